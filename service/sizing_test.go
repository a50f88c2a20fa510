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
	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
	"afterglow/service/store"
)

// sizes are what BenchmarkSizing measures: campaigns, people in each, edits of
// each person from half a year before to a year after.
var sizes = []struct{ campaigns, people, edits int }{
	{1, 100, 30}, {10, 100, 30}, {40, 100, 30}, {4, 1000, 30}, {4, 1000, 120}, {1, 5000, 30}, {10, 4000, 30},
}

// BenchmarkSizing reads campaigns of several sizes as `refresh` does, and reports
// what they take in each database: its files' bytes, cohorts' bytes in memory, requests.
//
//	go test -run '^$' -bench Sizing -benchtime 1x ./service
func BenchmarkSizing(b *testing.B) {
	server, err := mariadb.New(b.Context(), mariadb.Options{})
	machine.Must(b, err)
	b.Cleanup(func() { server.Close() })
	for name, open := range map[string]func(b *testing.B) (address string, files []string){
		"SQLite": func(b *testing.B) (string, []string) {
			path := filepath.Join(b.TempDir(), "afterglow.db")
			return "sqlite:" + path, []string{path, path + "-wal"}
		},
		"MariaDB": func(b *testing.B) (string, []string) {
			return server.Create(b, "sizing"), []string{filepath.Join(server.Data(), "sizing", "*.ibd")}
		},
	} {
		for _, s := range sizes {
			b.Run(fmt.Sprintf("%s/campaigns=%d/people=%d/edits=%d", name, s.campaigns, s.people, s.edits), func(b *testing.B) {
				for b.Loop() {
					address, files := open(b)
					measureSize(b, address, files, s.campaigns, s.people, s.edits)
				}
			})
		}
	}
}

// measureSize takes a database's address and the patterns of its files.
func measureSize(b *testing.B, address string, files []string, campaigns, people, edits int) {
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
	var hosts []string
	for _, wiki := range []string{"metawiki", "enwiki"} {
		hosts = append(hosts, strings.TrimPrefix(farm.URL(wiki), "http://"))
	}
	cfg, err := config.Load("", []string{"AFTERGLOW_WIKIS=" + strings.Join(hosts, ","), "AFTERGLOW_DATABASE=" + address})
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
	memory, rows := cohortBytes(ctx, b, address)
	var disk int64
	for _, pattern := range files {
		names, err := filepath.Glob(pattern)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			if info, err := os.Stat(name); err == nil {
				disk += info.Size()
			}
		}
	}
	if disk == 0 {
		b.Fatalf("no files at %v", files)
	}
	b.ReportMetric(float64(rows), "edits")
	b.ReportMetric(float64(disk)/1024, "KiB-disk")
	b.ReportMetric(float64(memory)/1024, "KiB-memory")
	b.ReportMetric(float64(farm.Stats().Requests), "requests")
}

// cohortBytes loads every campaign and returns the memory of all, and their edits.
func cohortBytes(ctx context.Context, b *testing.B, address string) (memory, edits int) {
	s, err := store.Open(ctx, address, store.Options{Now: time.Now})
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
