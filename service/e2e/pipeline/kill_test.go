//go:build linux

package pipeline

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A refresh that is killed at any point goes on where it was, once the leases of
// the dead have ended, and gives what one gives that was never disturbed.
func TestKilledAtTwentyPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("kills twenty processes")
	}
	const seed = 20260115
	random := rand.New(rand.NewPCG(seed, 0))
	farm := farmOf(t, nil, 220)
	want, requests := undisturbed(t, farm)
	template := onFile(t, farm)
	ids := template.track()
	killed, missed := 0, 0
	for killed < 20 {
		s := onFile(t, farm)
		copyFile(t, strings.TrimPrefix(s.database, "sqlite:"), strings.TrimPrefix(template.database, "sqlite:"))
		farm.ResetStats()
		k := random.IntN(requests)
		later := time.Duration(random.IntN(8000)) * time.Microsecond
		p := s.start("refresh", ids[0])
		s.afterRequests(k, p)
		time.Sleep(later)
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		if !isKilled(p) { // it had ended before; another point takes its place
			if code := p.State().ExitCode(); code != 0 {
				t.Errorf("it was not killed, and ended with exit code %d\n%s", code, p.Said())
			}
			if missed++; missed > 40 {
				t.Fatalf("%d ended before they were killed, %d were killed", missed, killed)
			}
			continue
		}
		killed++
		before := farm.Stats().Requests
		s.letLeasesEnd()
		s.run(0, "refresh", ids[0])
		s.same(filepath.Base(t.Name()), want)
		t.Logf("seed %d, kill %d: after request %d of %d and %s; %d requests to go on", seed, killed, k, requests, later, farm.Stats().Requests-before)
	}
	t.Logf("%d were killed, %d more had ended before", killed, missed)
}
