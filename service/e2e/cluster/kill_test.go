//go:build linux

package cluster

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

const day = 24 * time.Hour

// town is a farm of three wikis with campaigns whose people are largely the same.
// Its time stands still, so that what is read does not depend on when.
func town(t *testing.T, campaigns int) *fakewiki.Farm {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	s := fakewiki.Spec{
		Seed: 41, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true, Latency: 30 * time.Millisecond,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}, {DB: "commonswiki", Code: "special"}},
	}
	for i := range campaigns {
		s.Events = append(s.Events, fakewiki.EventSpec{
			ID: int64(101 + i), Title: fmt.Sprint("Campaign ", i), Start: now.Add(-100 * day), End: now.Add(-80 * day),
			Participants: 60, NewcomerShare: .5, RepeatShare: .6, EditsPerPerson: 30, Wikis: []string{"*"},
			EditWikis: map[string]float64{"metawiki": 1, "enwiki": 3, "commonswiki": 2},
		})
	}
	farm, err := fakewiki.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	return farm
}

// refreshed is the campaigns that workers say they refreshed.
func refreshed(t *testing.T, said ...string) (n int) {
	t.Helper()
	for _, m := range regexp.MustCompile(`refreshed (\d+) campaigns`).FindAllStringSubmatch(strings.Join(said, "\n"), -1) {
		k, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	return n
}

// events is how often the farm was asked for an event: once for each time that a
// campaign is refreshed.
func events(farm *fakewiki.Farm) (n int) {
	for _, of := range farm.Requests() {
		n += of[fakewiki.EndpointEvent]
	}
	return n
}

// Three servers answer readers while four workers refresh what is due, all on one
// MariaDB; one server and one worker are killed. Readers lose no more than the
// dead server's open connections, which the balancer asks again elsewhere; no
// campaign is refreshed twice, and the one that the dead worker had in hand is
// finished by the next once its lease has ended. What is stored is, to the edit, what one
// worker stores whom nothing disturbs.
func TestServerAndWorkerKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MariaDB and eight processes")
	}
	const campaigns, clients = 16, 8
	farm := town(t, campaigns)
	alone := newSite(t, farm, "sqlite:"+filepath.Join(t.TempDir(), "afterglow.db"))
	alone.track()
	alone.run("refresh", "--due", "--quiet")
	want := alone.run("export", "edits", "--all", "--quiet")
	if n := events(farm); n != campaigns {
		t.Fatalf("%d requests for %d events by one worker", n, campaigns)
	}

	s := newSite(t, farm, mariadb.Start(t, mariadb.Options{}).Create(t, "cluster"))
	ids := s.track()
	addresses, servers := s.servers(3)
	b := newBalancer(t, addresses)
	load := b.read(t, clients, ids)

	// The worker that will die is at its second campaign or a later one.
	dying := s.start(nil, "refresh", "--due")
	begun := func(n int) func() bool { return func() bool { return events(farm) >= n || !dying.Running() } }
	until(t, "a worker is at its second campaign", begun(2))
	var workers []*machine.Process
	for range 3 {
		workers = append(workers, s.start(nil, "refresh", "--due"))
	}
	until(t, "others are at work too", begun(4))
	held := s.killAtWork(dying)
	before := load.asked.Load()
	until(t, "every server has answered", func() bool {
		for _, server := range b.servers {
			if server.answered.Load() < 10 {
				return false
			}
		}
		return true
	})
	s.kill(servers[1], "the server")
	until(t, "readers went on without it", func() bool { return load.asked.Load() > before+500 })
	s.serve(addresses[1])
	back := b.servers[1].answered.Load()
	until(t, "it is asked again", func() bool { return b.servers[1].answered.Load() > back+50 })

	said := []string{}
	for i, w := range workers {
		s.mustEnd(w, fmt.Sprint("refresh, worker ", i))
		said = append(said, w.Said())
	}
	load.check(t)
	// A later run finds what the dead one left, when its lease has ended.
	left := 0
	for end := time.Now().Add(patience); ; time.Sleep(time.Second) {
		text := s.run("refresh", "--due")
		left += refreshed(t, text)
		if !strings.Contains(text, "another worker has it") {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("nobody refreshes the dead worker's campaign:\n%s", text)
		}
	}
	t.Logf("%d campaigns: %d refreshed by three workers, %d left by the dead one; the farm was asked for an event %d times", campaigns, refreshed(t, said...), left, events(farm))

	killed := b.servers[1]
	if killed.refused.Load()+killed.cut.Load()+killed.torn.Load() == 0 {
		t.Error("nobody asked the dead server: this test shows nothing")
	}
	if n := killed.cut.Load() + killed.torn.Load(); n > clients {
		t.Errorf("%d connections to the dead server broke, %d were open", n, clients)
	}
	for _, i := range []int{0, 2} {
		if o := b.servers[i]; o.cut.Load()+o.torn.Load()+o.refused.Load() > 0 {
			t.Errorf("connections to server %d, which was not killed, broke", i)
		}
	}
	if left != 1 {
		t.Errorf("the dead worker left %d campaigns, it had %s in hand", left, held)
	}
	if n := events(farm); n < campaigns || n > campaigns+1 { // it may not have asked for the event yet
		t.Errorf("%d campaigns were begun; there are %d, and one was begun again", n, campaigns)
	}
	if n := refreshed(t, said...) + left; n > campaigns {
		t.Errorf("%d campaigns were refreshed, there are %d", n, campaigns)
	}
	farm.ResetStats()
	if text := s.run("refresh", "--due"); refreshed(t, text) != 0 || farm.Stats().Requests > 0 {
		t.Errorf("something is still due:\n%s", text)
	}
	if got := s.run("export", "edits", "--all", "--quiet"); got != want {
		t.Errorf("%d bytes of edits are stored, one worker stores %d", len(got), len(want))
	}
	for _, id := range ids {
		b.same(t, "/v1/campaigns/"+id+"/retention.svg")
		b.same(t, "/v1/campaigns/"+id+"/retention.json")
	}
}

// Servers that are replaced one after the other, as an upgrade does, break off no
// answer, and readers get one each time.
func TestServersReplacedUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MariaDB and three processes")
	}
	farm := town(t, 2)
	s := newSite(t, farm, mariadb.Start(t, mariadb.Options{}).Create(t, "cluster"))
	ids := s.track()
	s.run("refresh", "--due", "--quiet")
	addresses, servers := s.servers(3)
	b := newBalancer(t, addresses)
	load := b.read(t, 8, ids)
	for i, old := range servers {
		asked := load.asked.Load()
		until(t, "readers are at work", func() bool { return load.asked.Load() > asked+200 })
		s.terminate(old, fmt.Sprint("server ", i))
		s.serve(addresses[i])
	}
	asked := load.asked.Load()
	until(t, "readers are at work", func() bool { return load.asked.Load() > asked+200 })
	load.check(t)
	for i, server := range b.servers {
		if n := server.torn.Load(); n > 0 {
			t.Errorf("server %d broke off %d answers", i, n)
		}
	}
}
