//go:build linux

package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

// together starts workers at the same instant and waits for all.
func (s *site) together(n int, args ...string) (said []string) {
	s.t.Helper()
	var all []*machine.Process
	for range n {
		all = append(all, s.start(args...))
	}
	for i, p := range all {
		if code := p.State().ExitCode(); code != 0 {
			s.t.Errorf("worker %d: exit code %d\n%s", i, code, p.Said())
		}
		said = append(said, p.Said())
	}
	return said
}

// Two workers that start at the same instant on one campaign: one reads it, the
// other passes it over, and nothing is lost or doubled.
func TestTwoWorkersAtTheSameInstant(t *testing.T) {
	databases := map[string]func(t *testing.T, farm *fakewiki.Farm) *site{
		"sqlite": onFile,
		"mariadb": func(t *testing.T, farm *fakewiki.Farm) *site {
			return at(t, farm, mariadb.Start(t, mariadb.Options{}).Create(t, "campaigns"))
		},
	}
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			if name == "mariadb" && testing.Short() {
				t.Skip("starts MariaDB")
			}
			farm := farmOf(t, nil, 160)
			want, requests := undisturbed(t, farm)
			s := open(t, farm)
			s.track()
			said := s.together(2, "refresh", "--due")
			if n := strings.Count(strings.Join(said, ""), "refreshed 1 campaigns"); n != 1 {
				t.Errorf("%d workers refreshed the campaign:\n%s", n, strings.Join(said, "\n"))
			}
			if n := farm.Stats().Requests; n != requests {
				t.Errorf("%d requests, one worker makes %d", n, requests)
			}
			s.same("two workers", want)
		})
	}
}

// Four workers on the same campaigns, whose people are largely the same: none is
// read twice, each wiki has one request in flight, and all of it is as one worker
// leaves it.
func TestWorkersShareCampaignsPeopleAndWikis(t *testing.T) {
	farm := farmOf(t, nil, 120, 90, 80, 70, 60, 50)
	want, requests := undisturbed(t, farm)
	s := onFile(t, farm)
	ids := s.track()
	said := strings.Join(s.together(4, "refresh", "--due"), "")
	done := 0
	for n := 1; n <= len(ids); n++ {
		done += n * strings.Count(said, fmt.Sprintf("refreshed %d campaigns", n))
	}
	if done != len(ids) {
		t.Errorf("%d campaigns were refreshed, there are %d:\n%s", done, len(ids), said)
	}
	stats := farm.Stats()
	for wiki, of := range stats.Wikis {
		if of.MaxInFlight > 1 {
			t.Errorf("%s had %d requests in flight", wiki, of.MaxInFlight)
		}
	}
	// Batches fall otherwise where workers share people, and a campaign that begins
	// while another reads its people's accounts asks for those too.
	if stats.Requests > requests*3/2 {
		t.Errorf("%d requests, one worker makes %d", stats.Requests, requests)
	}
	t.Logf("%d requests, one worker makes %d", stats.Requests, requests)
	s.same("four workers", want)
	farm.ResetStats()
	s.together(2, "refresh", "--due")
	if n := farm.Stats().Requests; n != 0 {
		t.Errorf("%d requests when nothing was due", n)
	}
}
