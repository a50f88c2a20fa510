package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service"
)

// The arithmetic is held against the program: requests of first and later
// refreshes to within a tenth, a database's bytes to within a quarter.
func TestArithmetic(t *testing.T) {
	for _, w := range []World{
		{Name: "few people on many wikis", Campaigns: 8, Years: 1, People: 50, Wikis: 6, Spread: 6, Edits: 15},
		{Name: "many on two", Campaigns: 4, Years: 1, People: 400, Wikis: 2, Spread: 2, Edits: 10},
		{Name: "many edits", Campaigns: 3, Years: 1, People: 160, Wikis: 2, Spread: 2, Edits: 200},
	} {
		t.Run(w.Name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("reads some thousands of people")
			}
			w.Persons = w.Campaigns * w.People // none is in two
			r := read(t, w)
			w.Edits = float64(r.edits)
			near(t, "requests of the first refresh", float64(r.first), w.Campaigns*w.First(), .1)
			near(t, "requests of a later refresh", float64(r.again), w.Campaigns*w.Again(), .1)
			near(t, "bytes of SQLite", float64(r.bytes), w.SQLite(), .25)
		})
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	t.Logf("%s: %.0f, by the arithmetic %.0f", what, got, want)
	if math.Abs(got-want) > tolerance*got {
		t.Errorf("%s: %.0f, by the arithmetic %.0f", what, got, want)
	}
}

// reading is what the program took for a world.
type reading struct {
	first, again, edits int
	bytes               int64
}

// read has the program read a world whose people have so many edits each.
func read(t *testing.T, w World) (r reading) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Hour)
	end := now.AddDate(0, 0, -200)
	spec := fakewiki.Spec{Seed: 9, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true}
	weights := map[string]float64{}
	for i := range int(w.Spread) {
		db := fmt.Sprintf("w%dwiki", i)
		spec.Wikis = append(spec.Wikis, fakewiki.WikiSpec{DB: db})
		weights[db] = 1
	}
	for i := range int(w.Campaigns) {
		spec.Events = append(spec.Events, fakewiki.EventSpec{
			ID: int64(101 + i), Title: fmt.Sprint("Campaign ", i), Participants: int(w.People), EditsPerPerson: w.Edits, Wikis: []string{"*"},
			Start: end.AddDate(0, 0, -14), End: end, EditWikis: weights, NewcomerShare: .5,
		})
	}
	farm, err := fakewiki.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	var hosts []string
	for _, wiki := range spec.Wikis {
		hosts = append(hosts, strings.TrimPrefix(farm.URL(wiki.DB), "http://"))
	}
	path := filepath.Join(t.TempDir(), "afterglow.db")
	cfg, err := config.Load("", []string{"AFTERGLOW_WIKIS=" + strings.Join(hosts, ","), "AFTERGLOW_DATABASE=sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range farm.Events() {
		if err := service.AddCampaign(t.Context(), cfg, service.Tracking{Event: farm.EventURL(id)}, service.CampaignOptions{Quiet: true, Stdout: io.Discard, Stderr: io.Discard}); err != nil {
			t.Fatal(err)
		}
		r.edits += farm.EditsOf(id)
	}
	refresh := func() int {
		t.Helper()
		farm.ResetStats()
		var said bytes.Buffer
		if err := service.Refresh(t.Context(), cfg, service.RefreshOptions{All: true, Quiet: true, Stdout: &said, Stderr: &said}); err != nil {
			t.Fatal(err, said.String())
		}
		return farm.Stats().Requests
	}
	r.first = refresh()
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil {
			r.bytes += info.Size()
		}
	}
	yesterday(t.Context(), t, path)
	r.again = refresh()
	return r
}

// yesterday is when everything was read, from now on.
func yesterday(ctx context.Context, t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"UPDATE campaigns SET refreshed = refreshed - 86400, listed = listed - 86400, list_began = list_began - 86400",
		"UPDATE account_wikis SET high_water = high_water - 86400 WHERE high_water > 0",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
}

// What runs out is found in its order, and is used up there.
func TestBreaks(t *testing.T) {
	w := worlds()[2]
	before := 0.0
	for _, l := range byBreak(w) {
		f := l.breaks(w)
		if f < before {
			t.Errorf("%s runs out at %g, the one before at %g", l.What, f, before)
		}
		before = f
		if use := l.Use(w.times(f)); math.Abs(use/l.Limit-1) > .01 {
			t.Errorf("%s: %g of %g is used where it runs out", l.What, use, l.Limit)
		}
	}
}

// docs/scaling.md has the tables that the program prints.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sizes(&out, worlds())
	order(&out, worlds()[2])
	rows := 0
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		if rows++; !strings.Contains(string(text), line) {
			t.Errorf("docs/scaling.md lacks this row; run: go run ./docs/reports/scaling\n%s", line)
		}
	}
	if rows < 30 {
		t.Errorf("only %d rows", rows)
	}
}
