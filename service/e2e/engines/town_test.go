package engines

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service"
	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/running"
	"afterglow/service/web"
)

// The events. The last is left for the flow to track.
const (
	science = 301
	library = 302
	museum  = 303
)

const (
	consumer = "browser-test"
	secret   = "of-nobody"
)

// town is a farm of wikis and a service that has read two of its events. Its
// fields for the flow are what a person would know.
type town struct {
	farm *fakewiki.Farm

	Base      string `json:"base"` // address of the service
	Wiki      string `json:"wiki"`
	Organizer string `json:"organizer"` // who may delete the museum's campaign
	Event     string `json:"event"`     // address of the museum's
	Campaign  string `json:"campaign"`
	Title     string `json:"title"`
}

func newTown(t *testing.T) *town {
	t.Helper()
	ports, err := machine.FreePorts(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf("127.0.0.1:%d", ports[0])
	base := "http://" + listen
	now := time.Now().UTC().Truncate(24 * time.Hour)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	event := func(id int64, title string, days, people int) fakewiki.EventSpec {
		return fakewiki.EventSpec{ID: id, Title: title, Timezone: "Europe/Paris", Start: ago(days), End: ago(days - 2), Wikis: []string{"*"},
			Participants: people, NewcomerShare: .5, EditsPerPerson: 30}
	}
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 6, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true,
		Consumers: []fakewiki.Consumer{{ID: consumer, Secret: secret, Name: "Afterglow", Callback: base + web.CallbackPath}},
		Wikis:     []fakewiki.WikiSpec{{DB: "metawiki", Name: "Meta-Wiki", Code: "special"}, {DB: "enwiki", Name: "Wikipedia"}},
		Events: []fakewiki.EventSpec{event(science, "Women in Science edit-a-thon", 410, 90), event(library, `أسبوع المكتبات & <"Libraries">`, 220, 120),
			event(museum, "Museum Weekend", 130, 80)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	cfg, err := config.Load("", []string{
		"AFTERGLOW_LISTEN=" + listen, "AFTERGLOW_BASE_URL=" + base, "AFTERGLOW_DATABASE=sqlite:" + t.TempDir() + "/afterglow.db",
		"AFTERGLOW_WIKIS=" + strings.TrimPrefix(farm.URL("metawiki"), "http://") + "," + strings.TrimPrefix(farm.URL("enwiki"), "http://"),
		"AFTERGLOW_OAUTH_WIKI=" + farm.URL("metawiki"), "AFTERGLOW_OAUTH_CLIENT_ID=" + consumer, "AFTERGLOW_OAUTH_CLIENT_SECRET=" + secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	quiet := service.CampaignOptions{Quiet: true, Stdout: io.Discard, Stderr: io.Discard}
	for _, id := range []int64{science, library} {
		if err := service.AddCampaign(t.Context(), cfg, service.Tracking{Event: farm.EventURL(id)}, quiet); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	if err := service.Refresh(t.Context(), cfg, service.RefreshOptions{All: true, Quiet: true, Stdout: io.Discard, Stderr: &log}); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	running.Start(t, cfg)
	return &town{
		farm: farm, Base: base, Wiki: farm.URL("metawiki"), Organizer: farm.Organizers(museum)[0], Event: farm.EventURL(museum),
		Campaign: fmt.Sprintf("metawiki-%d", museum), Title: "Museum Weekend",
	}
}

// hold lets the wikis answer nothing about edits; release lets them.
func (w *town) hold() {
	w.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{
		{Kind: fakewiki.Slow, Endpoint: fakewiki.EndpointUserContribs, Probability: 1, Times: -1, Delay: time.Hour},
	}})
}

func (w *town) release() { w.farm.SetFaults(fakewiki.Faults{}) }
