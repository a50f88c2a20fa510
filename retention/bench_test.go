package retention_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"afterglow/retention"
)

// The benchmarks make their own data: ten campaigns of thirty days, staggered,
// whose participants edit by a power law and leave as newcomers do. Times are
// what counts only beside the scan of the same edits in the same run, so each
// benchmark says its ratio to it.

// benchPerson is one participant with all their edits on one wiki.
type benchPerson struct {
	participant retention.Participant
	packed      []byte
	after       []uint32 // seconds after the campaign's end, sorted: what the scan reads
}

// benchCampaign is a campaign with its people.
type benchCampaign struct {
	campaign retention.Campaign
	people   []benchPerson
	edits    int
}

const (
	benchDay  = 86400
	benchWeek = 7 * benchDay
)

func benchAsOf() time.Time { return time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC) }

// makeBench generates about that many edits by that many people.
func makeBench(tb testing.TB, campaigns, edits, people int) []benchCampaign {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	base := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	cs := make([]benchCampaign, campaigns)
	for i := range cs {
		start := base.AddDate(0, 0, 56*i)
		cs[i].campaign = retention.Campaign{ID: fmt.Sprintf("bench-%d", i), Title: "Bench", Start: start, End: start.AddDate(0, 0, 30)}
	}
	// Pareto with exponent 1.3, at most 10,000 times the least; one in twenty
	// never edits.
	weights := make([]float64, people)
	total := 0.0
	for i := range weights {
		if r.Float64() >= .05 {
			weights[i] = min(1e4, math.Pow(1-r.Float64(), -1/1.3))
		}
		total += weights[i]
	}
	sum, made := 0.0, 0
	for i := range people {
		c := &cs[r.IntN(len(cs))]
		sum += weights[i]
		n := int(math.Round(sum/total*float64(edits))) - made
		made += n
		p := makePerson(tb, r, c.campaign, n)
		p.participant.Key = retention.PersonKey{Farm: "bench", ID: int64(i + 1)}
		c.people = append(c.people, p)
		c.edits += n
	}
	return cs
}

// makePerson generates a participant: nearly half edit only during the
// campaign, the others for a while after it, ever more rarely.
func makePerson(tb testing.TB, r *rand.Rand, c retention.Campaign, n int) benchPerson {
	start, end, asOf := c.Start.Unix(), c.End.Unix(), benchAsOf().Unix()
	p := benchPerson{participant: retention.Participant{Joined: start + r.Int64N(end-start), HomeWiki: "wiki0"}}
	p.participant.Registered = start - r.Int64N(10*365*benchDay)
	if r.Float64() < .6 {
		p.participant.Registered = start - 14*benchDay + r.Int64N(end-start+14*benchDay)
	}
	life := 0.0
	if r.Float64() < .55 { // Weibull of shape 0.6
		life = 45 * benchDay * math.Pow(r.ExpFloat64(), 1/.6)
	}
	edits := make([]retention.Edit, n)
	for i := range edits {
		t := p.participant.Joined + r.Int64N(end-p.participant.Joined)
		if life > 0 && r.Float64() < .55 {
			if later := end + int64(life*math.Pow(r.Float64(), 1.7)); later < asOf {
				t = later
			}
		}
		ns := []int32{0, 0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 1, 1, 2, 2, 0, 0}[r.IntN(20)]
		edits[i] = retention.Edit{Time: t, Namespace: ns, Reverted: r.Float64() < .06}
		if t >= end {
			p.after = append(p.after, uint32(t-end))
		}
	}
	slices.Sort(p.after)
	packed, err := retention.Pack(edits)
	if err != nil {
		tb.Fatal(err)
	}
	p.packed = packed
	return p
}

// buildBench loads a campaign's cohort from packed edits.
func buildBench(tb testing.TB, c benchCampaign) *retention.Cohort {
	b := retention.NewBuilder(c.campaign)
	b.Grow(len(c.people), c.edits)
	w := b.Wiki("wiki0", nil)
	for _, p := range c.people {
		b.Add(p.participant)
		if err := b.AddEdits(w, p.packed); err != nil {
			tb.Fatal(err)
		}
	}
	return cohortOf(tb, b)
}

// scanned is a campaign's edits as the scan wants them: contiguous, for each
// person sorted seconds after the end, nothing else.
type scanned struct {
	end     int64
	offsets []uint32
	after   []uint32
}

func scannedOf(c benchCampaign) scanned {
	s := scanned{end: c.campaign.End.Unix(), offsets: []uint32{0}}
	for _, p := range c.people {
		s.after = append(s.after, p.after...)
		s.offsets = append(s.offsets, uint32(len(s.after)))
	}
	return s
}

// scan is the least that can be done with times alone: count everybody's edits
// in three months and half a year and find their last, looking at every time
// once, then count who is retained and who left when.
func (s scanned) scan(asOf int64) (retained [2][4]int, left [2][]int) {
	bounds := [4]uint32{30 * benchDay, 60 * benchDay, 90 * benchDay, 180 * benchDay}
	horizon := asOf - 60*benchDay - s.end
	weeks := max(0, horizon)/benchWeek + 1
	left = [2][]int{make([]int, weeks), make([]int, weeks)}
	for i := range len(s.offsets) - 1 {
		times := s.after[s.offsets[i]:s.offsets[i+1]]
		var counts [4]int
		w := 0
		for _, t := range times {
			for w < 4 && t >= bounds[w] {
				w++
			}
			if w == 4 {
				break
			}
			counts[w]++
		}
		for w, n := range counts {
			if n >= 1 {
				retained[0][w]++
			}
			if n >= 5 {
				retained[1][w]++
			}
		}
		if horizon <= 0 {
			continue
		}
		last := int64(0)
		if len(times) > 0 {
			last = int64(times[len(times)-1])
		}
		if last <= horizon {
			left[0][last/benchWeek]++
		} else {
			left[1][horizon/benchWeek]++
		}
	}
	return retained, left
}

// benchData is made once for all benchmarks of a size.
type benchData struct {
	campaigns []benchCampaign
	cohorts   []*retention.Cohort
	scans     []scanned
	edits     int
}

var benchSizes = struct { //nolint:gochecknoglobals // made once, never changed
	sync.Mutex
	of map[[3]int]*benchData
}{of: map[[3]int]*benchData{}}

func benchOf(b *testing.B, campaigns, edits, people int) *benchData {
	b.Helper()
	benchSizes.Lock()
	defer benchSizes.Unlock()
	key := [3]int{campaigns, edits, people}
	if benchSizes.of[key] == nil {
		clear(benchSizes.of) // one size at a time in memory
		d := &benchData{campaigns: makeBench(b, campaigns, edits, people)}
		for _, c := range d.campaigns {
			d.cohorts = append(d.cohorts, buildBench(b, c))
			d.scans = append(d.scans, scannedOf(c))
			d.edits += c.edits
		}
		benchSizes.of[key] = d
	}
	return benchSizes.of[key]
}

// beside runs work and the scan of the same edits in turn, so that whatever
// else the machine does hits both, and reports the ratio of their medians.
func (d *benchData) beside(b *testing.B, work func() error) {
	b.Helper()
	var works, scans []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		begin := time.Now()
		if err := work(); err != nil {
			b.Fatal(err)
		}
		works = append(works, time.Since(begin))
		b.StopTimer()
		begin = time.Now()
		for _, s := range d.scans {
			s.scan(benchAsOf().Unix())
		}
		scans = append(scans, time.Since(begin))
		b.StartTimer()
	}
	slices.Sort(works)
	slices.Sort(scans)
	work50, scan50 := float64(works[len(works)/2]), float64(scans[len(scans)/2])
	b.ReportMetric(work50, "median-ns")
	b.ReportMetric(scan50, "scan-ns")
	b.ReportMetric(work50/scan50, "x-scan")
	b.ReportMetric(float64(works[0])/float64(scans[0]), "x-scan-least")
}

// BenchmarkCompute is curve, marks and survival of ten campaigns, from loaded
// cohorts, by four definitions.
func BenchmarkCompute(b *testing.B) {
	sizes := []struct{ campaigns, edits, people int }{{10, 100_000, 1_000}, {10, 1_000_000, 10_000}, {10, 10_000_000, 100_000}, {1, 300_000, 10_000}}
	unreverted := retention.Default()
	unreverted.Reverted = retention.Exclude
	content := retention.Default()
	content.Namespaces = retention.Namespaces{Kind: "content"}
	content.Reverted = retention.Exclude
	five := retention.Default()
	five.Threshold = 5
	definitions := []struct {
		name string
		d    retention.Definition
	}{{"default", retention.Default()}, {"threshold5", five}, {"unreverted", unreverted}, {"content-unreverted", content}}
	for _, size := range sizes {
		for _, def := range definitions {
			b.Run(fmt.Sprintf("campaigns=%d/edits=%d/people=%d/%s", size.campaigns, size.edits, size.people, def.name), func(b *testing.B) {
				d := benchOf(b, size.campaigns, size.edits, size.people)
				o := retention.Options{AsOf: benchAsOf(), MinCell: 5}
				d.beside(b, func() error {
					for _, c := range d.cohorts {
						for _, m := range []retention.Measure{retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival} {
							if _, err := retention.Compute(c, m, def.d, o); err != nil {
								return err
							}
						}
					}
					return nil
				})
			})
		}
	}
}

// BenchmarkMeasures is each measure alone at the largest size.
func BenchmarkMeasures(b *testing.B) {
	for _, m := range []retention.Measure{
		retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts,
		retention.MeasureIntensity, retention.MeasureActivity, retention.MeasureLifecycle,
	} {
		b.Run(string(m), func(b *testing.B) {
			d := benchOf(b, 10, 10_000_000, 100_000)
			def, err := retention.ParseDefinition(nil, m)
			if err != nil {
				b.Fatal(err)
			}
			o := retention.Options{AsOf: benchAsOf(), MinCell: 5}
			d.beside(b, func() error {
				for _, c := range d.cohorts {
					if _, err := retention.Compute(c, m, def, o); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}

// BenchmarkLoad builds the ten cohorts from packed edits.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []struct{ edits, people int }{{100_000, 1_000}, {1_000_000, 10_000}, {10_000_000, 100_000}} {
		b.Run(fmt.Sprintf("edits=%d", size.edits), func(b *testing.B) {
			d := benchOf(b, 10, size.edits, size.people)
			packed, held := 0, 0
			for i, c := range d.campaigns {
				held += d.cohorts[i].Bytes()
				for _, p := range c.people {
					packed += len(p.packed)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, c := range d.campaigns {
					runtime.KeepAlive(buildBench(b, c))
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(d.edits), "ns/edit")
			b.ReportMetric(float64(packed)/float64(d.edits), "packed-B/edit")
			b.ReportMetric(float64(held)/float64(d.edits), "memory-B/edit")
		})
	}
}
