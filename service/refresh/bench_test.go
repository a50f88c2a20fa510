package refresh

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/retention"
	"afterglow/service/store"
)

// contest is a farm with a photo contest of 5,000 people and about 150,000 edits.
func contest() fakewiki.Spec {
	return fakewiki.Spec{
		Seed: 11, Now: testNow, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}, {DB: "commonswiki", Code: "special"}},
		Events: []fakewiki.EventSpec{{
			ID: 101, Title: "Photographs of Monuments", Start: start, End: end, Participants: 5000, NewcomerShare: .7, EditsPerPerson: 38,
			Wikis: []string{"*"}, EditWikis: map[string]float64{"commonswiki": 8, "enwiki": 2, "metawiki": .2},
		}},
	}
}

// BenchmarkRefresh reads that campaign as `afterglow report` does, from a farm
// without latency in another process, and computes its curve. It reports what
// each phase took, requests, rows and this process's greatest resident memory.
//
//	go test -run '^$' -bench Refresh -benchtime 3x ./service/refresh
func BenchmarkRefresh(b *testing.B) {
	address := farmProcess(b)
	phases := map[Phase]float64{}
	var rep Report
	for b.Loop() {
		rep = readContest(b, address)
		for p, s := range rep.Seconds {
			phases[p] += s
		}
	}
	for p, s := range phases {
		b.ReportMetric(s/float64(b.N), "s-"+string(p))
	}
	b.ReportMetric(float64(rep.Requests), "requests")
	b.ReportMetric(float64(rep.Rows), "rows")
	b.ReportMetric(peakMB(b), "MB-peak")
}

// readContest does one refresh into a database of its own.
func readContest(b *testing.B, address string) Report {
	ctx := b.Context()
	s, err := store.Open(ctx, "sqlite:"+filepath.Join(b.TempDir(), fmt.Sprint(time.Now().UnixNano())), store.Options{Now: time.Now})
	must(b, err)
	defer s.Close()
	must(b, s.Migrate(ctx))
	c, err := mwclient.New(mwclient.Options{})
	must(b, err)
	r := New(s, c, Options{Now: time.Now})
	w, err := c.Wiki(ctx, address)
	must(b, err)
	campaign, err := r.Track(ctx, w, 101)
	must(b, err)
	rep, err := r.Refresh(ctx, campaign.ID, nil)
	must(b, err)
	cohort, err := s.Cohort(ctx, campaign.ID)
	must(b, err)
	if cohort.People() != 5000 || cohort.Edits() < 140_000 {
		b.Fatalf("%d people, %d edits", cohort.People(), cohort.Edits())
	}
	_, err = retention.Compute(cohort, retention.MeasureRetention, retention.Default(), retention.Options{AsOf: testNow})
	must(b, err)
	return rep
}

// farmProcess serves the contest from a process of its own and returns metawiki's address.
func farmProcess(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestFarmProcess$")
	cmd.Env = append(os.Environ(), "AFTERGLOW_FARM=1")
	in, err := cmd.StdinPipe()
	must(b, err)
	out, err := cmd.StdoutPipe()
	must(b, err)
	must(b, cmd.Start())
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "farm at "); ok {
			return address
		}
	}
	b.Fatal("the farm did not start")
	return ""
}

// TestFarmProcess is that process; it ends with its standard input.
func TestFarmProcess(t *testing.T) {
	if os.Getenv("AFTERGLOW_FARM") == "" {
		t.Skip("only as a benchmark's other process")
	}
	farm, err := fakewiki.New(contest())
	must(t, err)
	defer farm.Close()
	fmt.Println("farm at " + farm.URL("metawiki"))
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// peakMB is the greatest resident memory of this process so far.
func peakMB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			must(b, err)
			return kb / 1024
		}
	}
	return 0
}
