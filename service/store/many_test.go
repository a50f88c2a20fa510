package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// manyCampaigns is about four years of all of Wikimedia's events.
const manyCampaigns = 20_000

// BenchmarkManyCampaigns measures what goes over all campaigns, with very many of
// them: looking for what is due, the figures that serve exports every five
// seconds, pages of the list, and the one row that a reader's request asks for.
//
//	go test -run '^$' -bench ManyCampaigns ./service/store
func BenchmarkManyCampaigns(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{
		"SQLite":  func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "many.db") },
		"MariaDB": mariaDatabase,
	} {
		b.Run(name, func(b *testing.B) { benchmarkMany(b, address(b)) })
	}
}

func benchmarkMany(b *testing.B, address string) {
	ctx := b.Context()
	s := openTest(b, address, &clock{testNow})
	for i := range manyCampaigns {
		c := campaign(i + 1)
		c.Start = start.Add(-time.Duration(i) * time.Hour)
		c.End = c.Start.Add(10 * day)
		_, err := s.SaveCampaign(ctx, c)
		must(b, err)
	}
	// A day's worth is due, as each day.
	_, err := s.w.ExecContext(ctx, `UPDATE campaigns SET state = 'ready', refreshed = ? - (event % 288) * 300`, testNow.Unix())
	must(b, err)
	for name, f := range map[string]func() error{
		"due": func() error {
			n := 0
			for _, err := range s.Due(ctx, testNow.Add(12*time.Hour), day) {
				if n++; err != nil {
					return err
				}
			}
			if n == 0 {
				return fmt.Errorf("nothing is due of %d", manyCampaigns)
			}
			return nil
		},
		"next": func() error { _, _, err := s.NextDue(ctx, day); return err },
		"overview": func() error {
			o, err := s.Overview(ctx, testNow)
			if n := o.Buckets[BucketDaily].Campaigns + o.Buckets[BucketMonthly].Campaigns; err == nil && n != manyCampaigns {
				return fmt.Errorf("%d campaigns", n)
			}
			return err
		},
		"list":   func() error { return page(s.Campaigns(ctx, Query{Limit: 100})) },
		"search": func() error { return page(s.Campaigns(ctx, Query{Q: "paign 777"})) },
		"title":  func() error { return page(s.Campaigns(ctx, Query{Sort: ByTitle})) },
		"page":   func() error { return page(s.Campaigns(ctx, Query{Page: "Event:Campaign 777"})) },
		"one":    func() error { _, err := s.Campaign(ctx, "metawiki-777"); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				must(b, f())
			}
		})
	}
}

func page(list []Campaign, _ string, err error) error {
	if err == nil && len(list) == 0 {
		return fmt.Errorf("no campaigns")
	}
	return err
}
