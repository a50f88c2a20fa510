//go:build linux

package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/machine"
	"afterglow/service/store"
)

// patience is how long anything may take before a test gives up. Nothing is
// measured by it.
const patience = 4 * time.Minute

func TestMain(m *testing.M) { machine.Main(m) }

// site is a farm of wikis, a database, and the program configured for both.
type site struct {
	t        *testing.T
	farm     *fakewiki.Farm
	database string // as the program takes it
	dir      string // of logs
	starts   int
}

func newSite(t *testing.T, farm *fakewiki.Farm, database string) *site {
	t.Helper()
	return &site{t: t, farm: farm, database: database, dir: t.TempDir()}
}

// start starts the program with more of its environment. It ends with the test.
func (s *site) start(env []string, args ...string) *machine.Process {
	s.t.Helper()
	var hosts []string
	for wiki := range s.farm.Requests() {
		hosts = append(hosts, strings.TrimPrefix(s.farm.URL(wiki), "http://"))
	}
	s.starts++
	log := filepath.Join(s.dir, fmt.Sprintf("%02d-%s.log", s.starts, args[0]))
	p, err := machine.StartProcess(machine.Command{Path: machine.Program(s.t), Args: args, Dir: s.dir, Log: log, Env: append([]string{
		"AFTERGLOW_DATABASE=" + s.database, "AFTERGLOW_WIKIS=" + strings.Join(hosts, ","),
	}, env...)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { p.Kill() })
	return p
}

// run runs the program to its end, which must be a good one, and returns what it said.
func (s *site) run(args ...string) string {
	s.t.Helper()
	p := s.start(nil, args...)
	s.mustEnd(p, strings.Join(args, " "))
	return p.Said()
}

// mustEnd waits for a process, which must end well.
func (s *site) mustEnd(p *machine.Process, what string) {
	s.t.Helper()
	if err := p.Wait(patience); err != nil {
		s.t.Fatalf("afterglow %s: %v\n%s", what, err, p.Said())
	}
}

// serve starts a server and waits until it is ready. It does not refresh: that is
// the workers' part.
func (s *site) serve(address string) *machine.Process {
	s.t.Helper()
	p := s.start([]string{"AFTERGLOW_LISTEN=" + address, "AFTERGLOW_REFRESH_SCHEDULE=false", "AFTERGLOW_LIMITS_ADDRESS_RATE=0"}, "serve")
	err := p.Ready(s.t.Context(), patience, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// servers starts n servers, each on a port of its own that it has again when it
// is started again.
func (s *site) servers(n int) (addresses []string, all []*machine.Process) {
	s.t.Helper()
	ports, err := machine.FreePorts(s.t.Context(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, port := range ports {
		address := fmt.Sprint("127.0.0.1:", port)
		addresses, all = append(addresses, address), append(all, s.serve(address))
	}
	return addresses, all
}

// track tracks all events of the farm and returns the campaigns' ids.
func (s *site) track() (ids []string) {
	s.t.Helper()
	for _, id := range s.farm.Events() {
		s.run("campaign", "add", s.farm.EventURL(id))
		ids = append(ids, fmt.Sprintf("metawiki-%d", id))
	}
	s.farm.ResetStats()
	return ids
}

// until waits until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			t.Fatalf("waited %s until %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// kill ends a process that must still be at work, at once.
func (s *site) kill(p *machine.Process, what string) {
	s.t.Helper()
	if !p.Running() {
		s.t.Fatalf("%s ended before it was killed: the test shows nothing\n%s", what, p.Said())
	}
	if err := p.Kill(); err != nil {
		s.t.Fatal(err)
	}
}

// killAtWork kills a worker in the middle of a campaign, whose id it returns: it is
// halted, and goes on until it is found with a campaign in hand.
func (s *site) killAtWork(p *machine.Process) (id string) {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.database, store.Options{Now: time.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	step := regexp.MustCompile(`(metawiki-\d+): (?:participants|accounts|contributions)`)
	until(s.t, "the worker has a campaign in hand", func() bool {
		if !p.Running() {
			s.t.Fatalf("the worker ended before it was killed: the test shows nothing\n%s", p.Said())
		}
		if err := p.Signal(syscall.SIGSTOP); err != nil {
			s.t.Fatal(err)
		}
		if all := step.FindAllStringSubmatch(p.Said(), -1); len(all) > 0 {
			id = all[len(all)-1][1]
			held, err := db.Leases(s.t.Context(), "campaign ")
			if err != nil {
				s.t.Fatal(err)
			}
			c, err := db.Campaign(s.t.Context(), id)
			if err != nil {
				s.t.Fatal(err)
			}
			if slices.Contains(held, "campaign "+id) && c.Refreshed.IsZero() {
				return true
			}
		}
		if err := p.Signal(syscall.SIGCONT); err != nil {
			s.t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
		return false
	})
	s.kill(p, "the worker")
	return id
}

// terminate asks a process to end in order, as a deployment does.
func (s *site) terminate(p *machine.Process, what string) {
	s.t.Helper()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	s.mustEnd(p, what)
}
