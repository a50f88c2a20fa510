package publish_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service"
	"afterglow/service/e2e/mediawiki"
)

// TestCommand publishes measured campaigns to a real wiki, as the command does,
// with its errors.
func TestCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	wiki := mediawiki.Start(t, mediawiki.Options{Settings: `$wgExtraNamespaces[486] = 'Data'; $wgExtraNamespaces[1728] = 'Event';`})
	admin := wiki.Admin(t)
	name, password := wiki.BotPassword(t, wiki.AdminUser, "editpage", "createeditmovepage")
	now := time.Now().UTC().Truncate(24 * time.Hour)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 3, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "testwiki"}},
		Events: []fakewiki.EventSpec{
			{ID: 1, Title: "One", Start: now.AddDate(0, 0, -200), End: now.AddDate(0, 0, -199), Participants: 60, NewcomerShare: .5, EditsPerPerson: 20},
			{ID: 2, Title: "Two", Start: now.AddDate(0, 0, -200), End: now.AddDate(0, 0, -199), Participants: 60, NewcomerShare: .5, EditsPerPerson: 20},
			{ID: 3, Title: "Not read", Start: now.AddDate(0, 0, -200), End: now.AddDate(0, 0, -199), Participants: 5},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	host := func(address string) string { return strings.TrimPrefix(address, "http://") }
	cfg, err := config.Load("", []string{
		"AFTERGLOW_DATABASE=sqlite:" + t.TempDir() + "/a.db", "AFTERGLOW_WIKIS=" + host(farm.URL("testwiki")) + "," + host(wiki.URL),
		"AFTERGLOW_PUBLISH_WIKI=" + wiki.URL, "AFTERGLOW_PUBLISH_DATA_WIKI=" + wiki.URL, "AFTERGLOW_PUBLISH_CHARTS=retention,survival",
		"AFTERGLOW_PUBLISH_ACCOUNT=" + name, "AFTERGLOW_PUBLISH_PASSWORD=" + password, "AFTERGLOW_PUBLISH_STOP_PAGE=User:Bot/stop",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{1, 2, 3} {
		if err := service.AddCampaign(t.Context(), cfg, service.Tracking{Event: farm.EventURL(id)}, service.CampaignOptions{Quiet: true, Stdout: io.Discard, Stderr: io.Discard}); err != nil {
			t.Fatal(err)
		}
	}
	if err := service.Refresh(t.Context(), cfg, service.RefreshOptions{IDs: []string{"testwiki-1", "testwiki-2"}, Quiet: true, Stdout: io.Discard, Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	publish := func(o service.PublishOptions) (stdout, stderr string, err error) {
		var out, log bytes.Buffer
		o.Stdout, o.Stderr = &out, &log
		err = service.Publish(t.Context(), cfg, o)
		if strings.Contains(out.String()+log.String(), password) {
			t.Error("the password is in what was printed")
		}
		return out.String(), log.String(), err
	}
	admin.Edit(t, "Event:One", "before\n<!-- afterglow:begin --><!-- afterglow:end -->\nafter")
	admin.Edit(t, "Event:Two", "nobody asked for a section here")

	out, _, err := publish(service.PublishOptions{All: true, DryRun: true})
	if err != nil || !strings.Contains(out, "--- Event:One\n+++ Event:One\n") || !strings.Contains(out, "+++ Data:Afterglow/testwiki-1/survival.chart") {
		t.Errorf("dry run: %v\n%s", err, out)
	}
	_, log, err := publish(service.PublishOptions{All: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range []string{
		"testwiki-1: Event:One: saved", "testwiki-1: Data:Afterglow/testwiki-1/retention.tab: saved", "testwiki-1: Data:Afterglow/testwiki-1/survival.chart: saved",
		"testwiki-2: no section: Event:Two has no markers", "testwiki-2: Data:Afterglow/testwiki-2/retention.tab: saved",
		"testwiki-3: nothing to publish",
	} {
		if !strings.Contains(log, want+"\n") && !strings.Contains(log, want+": ") {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if _, log, err = publish(service.PublishOptions{All: true}); err != nil || strings.Contains(log, ": saved") || strings.Count(log, ": unchanged") != 9 {
		t.Errorf("again: %v\n%s", err, log)
	}
	// By its id, a page without markers is an error; the Data: pages are done.
	if _, _, err = publish(service.PublishOptions{IDs: []string{"testwiki-2"}}); !errors.Is(err, service.ErrPartial) || !strings.Contains(err.Error(), "Event:Two") {
		t.Errorf("without markers: %v", err)
	}
	if _, _, err = publish(service.PublishOptions{IDs: []string{"testwiki-99"}}); err == nil || errors.Is(err, service.ErrPartial) || !strings.Contains(err.Error(), "testwiki-99") {
		t.Errorf("an unknown campaign: %v", err)
	}
	admin.Edit(t, "User:Bot/stop", "stop")
	if _, log, err = publish(service.PublishOptions{All: true}); err == nil || errors.Is(err, service.ErrPartial) || !strings.Contains(err.Error(), "User:Bot/stop") || strings.Contains(log, "Event:One") {
		t.Errorf("stopped: %v\n%s", err, log)
	}
}
