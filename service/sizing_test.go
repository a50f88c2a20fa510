package service_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service"
	"afterglow/service/store"
)

// sizes are what BenchmarkSizing measures: campaigns, people in each, edits of
// each person from half a year before to a year after.
var sizes = []struct{ campaigns, people, edits int }{
	{1, 100, 30}, {10, 100, 30}, {40, 100, 30}, {4, 1000, 30}, {4, 1000, 120}, {1, 5000, 30},
}

// BenchmarkSizing reads campaigns of several sizes as `refresh` does, and reports
// what they take: the database's bytes, cohorts' bytes in memory, requests.
//
//	go test -run '^$' -bench Sizing -benchtime 1x ./service
func BenchmarkSizing(b *testing.B) {
	for _, s := range sizes {
		b.Run(fmt.Sprintf("campaigns=%d/people=%d/edits=%d", s.campaigns, s.people, s.edits), func(b *testing.B) {
			for b.Loop() {
				measureSize(b, s.campaigns, s.people, s.edits)
			}
		})
	}
}

func measureSize(b *testing.B, campaigns, people, edits int) {
	end := farmNow.AddDate(0, 0, -200)
	spec := fakewiki.Spec{Seed: 3, Now: farmNow, CentralAuth: true, GlobalUsers: true, Recent: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}}}
	for i := range campaigns {
		spec.Events = append(spec.Events, fakewiki.EventSpec{
			ID: int64(101 + i), Title: fmt.Sprintf("Campaign %d", i), Participants: people, NewcomerShare: .6, EditsPerPerson: float64(edits),
			Start: end.AddDate(0, 0, -14), End: end, EditWikis: map[string]float64{"metawiki": 1, "enwiki": 3},
		})
	}
	farm, err := fakewiki.New(spec)
	if err != nil {
		b.Fatal(err)
	}
	defer farm.Close()
	path := filepath.Join(b.TempDir(), "afterglow.db")
	var hosts []string
	for _, wiki := range []string{"metawiki", "enwiki"} {
		hosts = append(hosts, strings.TrimPrefix(farm.URL(wiki), "http://"))
	}
	cfg, err := config.Load("", []string{"AFTERGLOW_WIKIS=" + strings.Join(hosts, ","), "AFTERGLOW_DATABASE=sqlite:" + path})
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	for i := range campaigns {
		t := service.Tracking{Event: fmt.Sprintf("%s/wiki/Special:EventDetails/%d", farm.URL("metawiki"), 101+i)}
		if err := service.AddCampaign(ctx, cfg, t, service.CampaignOptions{Stdout: io.Discard, Stderr: io.Discard}); err != nil {
			b.Fatal(err)
		}
	}
	farm.ResetStats()
	var said bytes.Buffer
	if err := service.Refresh(ctx, cfg, service.RefreshOptions{All: true, Quiet: true, Stdout: &said, Stderr: &said}); err != nil {
		b.Fatal(err, said.String())
	}
	memory, rows := cohortBytes(ctx, b, path)
	var disk int64
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil {
			disk += info.Size()
		}
	}
	b.ReportMetric(float64(rows), "edits")
	b.ReportMetric(float64(disk)/1024, "KiB-disk")
	b.ReportMetric(float64(memory)/1024, "KiB-memory")
	b.ReportMetric(float64(farm.Stats().Requests), "requests")
}

// cohortBytes loads every campaign and returns the memory of all, and their edits.
func cohortBytes(ctx context.Context, b *testing.B, path string) (memory, edits int) {
	s, err := store.Open(ctx, "sqlite:"+path, store.Options{Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	page, _, err := s.Campaigns(ctx, store.Query{Limit: 100})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range page {
		cohort, err := s.Cohort(ctx, c.ID)
		if err != nil {
			b.Fatal(err)
		}
		memory += cohort.Bytes()
		edits += cohort.Edits()
	}
	return memory, edits
}
