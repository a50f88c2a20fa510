package gadget

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service"
	"afterglow/service/e2e/running"
)

// The campaigns. Their wiki has the name of the real one, so that an event's
// page there leads to the campaign of that number.
const (
	measured  = 201 // an edit-a-thon with figures
	hostile   = 202 // whose title is an attack
	unread    = 203 // tracked and not read yet
	untracked = 999
)

const hostileTitle = `<script>window.pwned='title'</script><img src=x onerror="window.pwned='img'"> & "أسبوع" ]]>`

// startService tracks and reads the campaigns and serves them, as serve does. It
// returns the service's address.
func startService(t *testing.T) string {
	t.Helper()
	now := time.Now().UTC().Truncate(24 * time.Hour)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 20, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: wikiName, Name: "Test Wiki"}, {DB: "enwiki", Name: "Wikipedia"}},
		Events: []fakewiki.EventSpec{
			{ID: measured, Title: "Women in Science edit-a-thon", Start: ago(410), End: ago(409), Participants: 120, NewcomerShare: .55, EditsPerPerson: 40,
				EditWikis: map[string]float64{"enwiki": 5, wikiName: 1}},
			{ID: hostile, Title: hostileTitle, Page: "Event:Hostile", Start: ago(220), End: ago(213), Participants: 60, NewcomerShare: .6, EditsPerPerson: 30},
			{ID: unread, Title: "Not read yet", Start: ago(100), End: ago(99), Participants: 30, NewcomerShare: .6, EditsPerPerson: 30},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	hosts := []string{strings.TrimPrefix(farm.URL(wikiName), "http://"), strings.TrimPrefix(farm.URL("enwiki"), "http://")}
	cfg, err := config.Load("", []string{
		"AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_REFRESH_SCHEDULE=false", "AFTERGLOW_DATABASE=sqlite:" + t.TempDir() + "/afterglow.db", "AFTERGLOW_WIKIS=" + strings.Join(hosts, ","),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{measured, hostile, unread} {
		if err := service.AddCampaign(t.Context(), cfg, service.Tracking{Event: farm.EventURL(id)}, service.CampaignOptions{Quiet: true, Stdout: io.Discard, Stderr: io.Discard}); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	if err := service.Refresh(t.Context(), cfg, service.RefreshOptions{
		IDs: []string{campaign(measured), campaign(hostile)}, Quiet: true, Stdout: io.Discard, Stderr: &log,
	}); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	return "http://" + running.Start(t, cfg).Addr()
}
