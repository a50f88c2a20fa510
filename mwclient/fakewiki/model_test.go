package fakewiki

import (
	"math"
	"slices"
	"testing"
	"time"
)

// lab is a small farm with something of everything.
func lab() Spec {
	return Spec{Seed: 3, Now: date("2026-01-15"), CentralAuth: true, GlobalUsers: true,
		Wikis: []WikiSpec{{DB: "metawiki", Code: "special", Name: "Lab"}, {DB: "enwiki", FirstUser: 7000}, {DB: "arwiki", Lang: "ar", Closed: true}},
		Events: []EventSpec{
			{Title: `First <b>&"event"`, Start: date("2025-01-10"), End: date("2025-01-20"), Participants: 130, Private: 20,
				NewcomerShare: 0.5, Names: Mixed, Redirects: []string{"Event:Short"},
				Odd: Odd{Hidden: 2, NotFound: 2, Locked: 2, Renamed: 2, Vanished: 1, Bots: 2, NullDate: 3}},
			{Title: "Second", Wiki: "enwiki", Timezone: "+03:00", Start: date("2025-06-01"), End: date("2025-06-03"), Participants: 60,
				NewcomerShare: 0.4, RepeatShare: 0.5, Names: Arabic},
			{Title: "Nobody Came", Start: date("2025-02-01"), End: date("2025-02-02")},
		},
		Background: []BackgroundSpec{{Wiki: "enwiki", From: date("2025-01-01"), To: date("2025-02-01"), Accounts: 300, Bots: 3, ByOthers: 10}},
		Tokens:     map[string]Token{"high": {User: "Sam", HighLimits: true}}}
}

func start(t testing.TB, spec Spec) *Farm {
	t.Helper()
	f, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// fingerprint is all that a farm holds up to its clock.
func fingerprint(f *Farm) uint64 {
	h := uint64(0)
	for i := range f.pop.people {
		p := &f.pop.people[i]
		h = hash(h, hashText(p.name), uint64(p.id), uint64(p.reg), uint64(p.state))
		for j, edits := range f.history(int32(i)) {
			h = hash(h, uint64(p.locals[j].id), uint64(p.locals[j].actor), uint64(p.locals[j].reg))
			for _, e := range edits {
				h = hash(h, uint64(e.time), uint64(e.rev), e.mark, uint64(e.ns), uint64(e.revertedAt), uint64(e.deletedAt))
			}
		}
	}
	for _, e := range f.pop.events {
		for _, x := range e.parts {
			h = hash(h, uint64(e.ID), uint64(x.id), uint64(x.person), uint64(x.at))
		}
	}
	return h
}

func TestSameSeedSameFarm(t *testing.T) {
	a, b := start(t, lab()), start(t, lab())
	if fingerprint(a) != fingerprint(b) {
		t.Error("the same spec made two farms")
	}
	other := lab()
	other.Seed++
	if fingerprint(a) == fingerprint(start(t, other)) {
		t.Error("another seed made the same farm")
	}
}

// TestClock checks that the past stays as it was when the clock moves: both ways,
// and whatever was asked before.
func TestClock(t *testing.T) {
	f := start(t, lab())
	var marks []uint64
	times := []time.Time{date("2025-01-12"), date("2025-01-21"), date("2025-05-01"), date("2026-01-15")}
	for _, now := range times {
		f.SetNow(now)
		marks = append(marks, fingerprint(f))
	}
	if len(slices.Compact(slices.Clone(marks))) != len(marks) {
		t.Error("nothing happened in a stretch of time")
	}
	for k := len(times) - 1; k >= 0; k-- {
		f.SetNow(times[k])
		if fingerprint(f) != marks[k] {
			t.Errorf("%v is not what it was before the clock moved", times[k])
		}
	}
	for i := range f.pop.people {
		until := date("2025-03-01").Unix()
		early, late := f.pop.history(int32(i), until), f.pop.history(int32(i), date("2027-01-01").Unix())
		for j := range early {
			if n := len(early[j]); !slices.Equal(early[j], late[j][:n]) || n < len(late[j]) && late[j][n].time <= until {
				t.Fatalf("person %d: the edits up to a time depend on how far one looks", i)
			}
		}
	}
}

// TestModel checks that the population is what the spec asks and that people leave
// as the model says: newcomers fast at first, then ever more slowly, the others
// slowly.
func TestModel(t *testing.T) {
	end := date("2025-04-01")
	f := start(t, contest(5_000, 30))
	if got, want := float64(f.EditsOf(101)), 150_000.0; math.Abs(got/want-1) > 0.08 {
		t.Errorf("%.0f edits, want about %.0f", got, want)
	}
	retained := func(newcomers bool) (rates []float64, biggest float64) {
		var n float64
		var edits []int
		rates = make([]float64, 12)
		for i := range f.pop.people {
			p := &f.pop.people[i]
			if len(p.joins) == 0 || f.pop.groups[p.group].newcomers != newcomers {
				continue
			}
			n++
			var in [12]bool
			h := f.history(int32(i))
			edits = append(edits, h.size())
			for _, list := range h {
				for _, e := range list {
					if m := (e.time - end.Unix()) / int64(month.Seconds()); e.time >= end.Unix() && m < 12 {
						in[m] = true
					}
				}
			}
			for m := range in {
				if in[m] {
					rates[m]++
				}
			}
		}
		slices.Sort(edits)
		total, top := 0, 0
		for k, e := range edits {
			total += e
			if k >= len(edits)*9/10 {
				top += e
			}
		}
		for m := range rates {
			rates[m] /= n
		}
		return rates, float64(top) / float64(total)
	}
	fresh, top := retained(true)
	t.Logf("newcomers retained by month: %.3f; the top tenth makes %.2f of the edits", fresh, top)
	if fresh[0] < 0.08 || fresh[0] > 0.3 || fresh[11] < 0.01 || fresh[11] > 0.06 {
		t.Errorf("newcomers retained: %.3f", fresh)
	}
	if lost, later := fresh[0]-fresh[1], fresh[6]-fresh[7]; lost <= 2*later {
		t.Errorf("newcomers leave as fast in month 8 (%.3f) as in month 2 (%.3f)", later, lost)
	}
	if top < 0.4 {
		t.Errorf("the top tenth makes %.2f of the edits: no heavy tail", top)
	}
	old, _ := retained(false)
	t.Logf("experienced retained by month: %.3f", old)
	if old[0] < 0.6 || old[11] < 0.3 || old[11] > old[0] {
		t.Errorf("experienced retained: %.3f", old)
	}
}

// TestCalibrate checks the mean of edits over its range, where days get rarer and
// where they get longer.
func TestCalibrate(t *testing.T) {
	for _, want := range []float64{0.5, 3, 10, 100, 300} {
		f := start(t, contest(4_000, want))
		if got := float64(f.EditsOf(101)) / 4_000; math.Abs(got/want-1) > 0.15 {
			t.Errorf("%.2f edits a person, want %.2f", got, want)
		}
	}
}

// TestEdits checks what every list of edits must be.
func TestEdits(t *testing.T) {
	f := start(t, lab())
	seen := map[string]map[int64]bool{}
	reverted, deleted, late := 0, 0, 0
	for i := range f.pop.people {
		p := &f.pop.people[i]
		for j, edits := range f.history(int32(i)) {
			db := f.pop.wikis[p.locals[j].wiki].DB
			if seen[db] == nil {
				seen[db] = map[int64]bool{}
			}
			last := int64(0)
			for _, e := range edits {
				if seen[db][e.rev] {
					t.Fatalf("%s: revision %d twice", db, e.rev)
				}
				seen[db][e.rev] = true
				if e.time <= last || e.time < p.locals[j].reg || e.time > f.Now().Unix() {
					t.Fatalf("%s: an edit at %d after %d, registered %d", p.name, e.time, last, p.locals[j].reg)
				}
				last = e.time
				if e.rev >= 1<<53 || e.rev <= 0 || e.parent() < 0 || e.parent() >= e.rev {
					t.Fatalf("revision %d, parent %d", e.rev, e.parent())
				}
				if e.revertedAt != 0 {
					reverted++
					if d := e.revertedAt - e.time; d > int64(2*day.Seconds()) {
						late++
					} else if d <= 0 || d > int64(latest.Seconds()) {
						t.Fatalf("reverted after %d s", d)
					}
				}
				if e.deletedAt != 0 {
					deleted++
				}
			}
		}
	}
	if reverted == 0 || deleted == 0 || late == 0 {
		t.Errorf("%d edits reverted (%d of them days later), %d deleted", reverted, late, deleted)
	}
}

// TestPopulation checks the counts that a spec asks for.
func TestPopulation(t *testing.T) {
	f := start(t, lab())
	e, ok := f.Event(101)
	if !ok || len(e.Participants) != 150 || len(e.Organizers) != 1 {
		t.Fatalf("event 101: %v, %d participants, %d organizers", ok, len(e.Participants), len(e.Organizers))
	}
	counts := map[string]int{}
	for _, p := range e.Participants {
		a, ok := f.Account(p.User)
		if !ok {
			t.Fatalf("no account %d", p.User)
		}
		if p.Private {
			counts["private"]++
		}
		counts["state"+string(rune('0'+int(a.State)))]++
		switch {
		case a.FormerName != "":
			counts["renamed"]++
		case a.Registration.IsZero():
			counts["null"]++
		}
		for _, l := range a.Locals {
			if slices.Contains(l.Groups, "bot") {
				counts["bot"]++
			}
		}
		if !a.Registration.IsZero() && p.Registered.Before(a.Registration) {
			t.Errorf("%s signed up before the account was there", p.Name)
		}
		if a.Registration.After(e.Start.Add(-newcomerLead)) {
			counts["newcomer"]++
		}
	}
	want := map[string]int{"private": 20, "state1": 3, "state2": 2, "state3": 2, "renamed": 3, "null": 3, "bot": 2, "state0": 143}
	for k, n := range want {
		if counts[k] != n {
			t.Errorf("%s: %d, want %d (all: %v)", k, counts[k], n, counts)
		}
	}
	if n := counts["newcomer"]; n < 65 || n > 75 {
		t.Errorf("%d newcomers of 150, half wanted", n)
	}
	second, _ := f.Event(102)
	repeat := 0
	for _, p := range second.Participants {
		if slices.ContainsFunc(e.Participants, func(q Participant) bool { return q.User == p.User }) {
			repeat++
		}
	}
	if repeat != 18 {
		t.Errorf("%d of 60 took part before, want 18", repeat)
	}
}

// TestLarge checks that a population of 100,000 people with ten million edits
// holds no more than the edits in its cache.
func TestLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 100,000 people")
	}
	f := start(t, contest(100_000, 100))
	edits := 0
	for i := range 3_000 { // some of them, all over the population
		edits += f.history(int32(i * 33)).size()
	}
	if edits < 200_000 || f.cache.edits > cachedEdits {
		t.Errorf("%d edits of 3,000 people, %d kept", edits, f.cache.edits)
	}
}

func TestRefusedSpecs(t *testing.T) {
	d := date("2025-01-01")
	ok := EventSpec{Title: "x", Start: d, End: d.Add(day)}
	for name, spec := range map[string]Spec{
		"two wikis of one name": {Wikis: []WikiSpec{{DB: "a"}, {DB: "a"}}},
		"wiki without a name":   {Wikis: []WikiSpec{{}}},
		"event on no wiki":      {Events: []EventSpec{{Title: "x", Wiki: "nowhere", Start: d, End: d}}},
		"event without dates":   {Events: []EventSpec{{Title: "x"}}},
		"edits on no wiki":      {Events: []EventSpec{func() EventSpec { e := ok; e.EditWikis = map[string]float64{"nowhere": 1}; return e }()}},
		"share above 1":         {Events: []EventSpec{func() EventSpec { e := ok; e.NewcomerShare = 2; return e }()}},
		"more odd than people":  {Events: []EventSpec{func() EventSpec { e := ok; e.Odd.Bots = 1; return e }()}},
		"too many":              {Events: []EventSpec{func() EventSpec { e := ok; e.Participants = maxPeople; return e }()}},
		"two events of one id":  {Events: []EventSpec{func() EventSpec { e := ok; e.ID = 5; return e }(), func() EventSpec { e := ok; e.ID = 5; return e }()}},
		"bad name":              {Exact: &Dataset{Accounts: []Account{{Name: "a|b", Locals: []Local{{Wiki: "metawiki"}}}}}},
		"name not canonical":    {Exact: &Dataset{Accounts: []Account{{Name: "a_b", Locals: []Local{{Wiki: "metawiki"}}}}}},
		"unknown participant":   {Exact: &Dataset{Events: []Event{{Name: "x", Start: d, End: d, Participants: []Participant{{User: 5}}}}}},
		"background of bots":    {Background: []BackgroundSpec{{From: d, To: d, Accounts: 1, Bots: 2}}},
	} {
		if f, err := New(spec); err == nil {
			f.Close()
			t.Errorf("%s was accepted", name)
		}
	}
}
