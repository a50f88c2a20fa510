package refresh

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Wiki Loves Earth 2025":           "wiki-loves-earth-2025",
		"  --- ":                          slug("  --- "),
		"أسبوع المكتبات":                  slug("أسبوع المكتبات"),
		"../../etc/passwd?x=1&y=<script>": "etc-passwd-x-1-y-script",
	} {
		got := slug(title)
		if got != want || got == "" || got != slug(got) {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
	if slug("Café 2025") == slug("Cafè 2025") {
		t.Error("two titles have one id")
	}
}

// A list of names gives what the event with the same people gives.
func TestAListIsReadLikeAnEvent(t *testing.T) {
	for _, kind := range []string{"globalusers", "globaluserinfo", "no central accounts"} {
		t.Run(kind, func(t *testing.T) {
			s := spec(120)
			s.GlobalUsers, s.CentralAuth = kind == "globalusers", kind != "no central accounts"
			s.Events[0].Wikis = []string{"*"}
			b := newBench(t, s, Options{})
			if !s.CentralAuth {
				b.local = "metawiki"
			}
			event, _ := b.farm.Event(101)
			l := List{Title: "By name", Start: start, End: end, Wiki: b.wiki("metawiki"), People: []source.Person{
				{Name: "Nobody of this name"}, {Name: "not|a name"}, {Name: event.Participants[3].Name}, // the first again below
			}}
			for _, p := range event.Participants {
				l.People = append(l.People, source.Person{Name: strings.ReplaceAll(p.Name, " ", "_"), Joined: p.Registered})
			}
			tracked, err := b.r.TrackList(t.Context(), l)
			must(t, err)
			c := tracked.Campaign
			if c.ID != "list-by-name" {
				t.Errorf("its id is %s", c.ID)
			}
			if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, store.ErrExists) {
				t.Errorf("a second list of that id: %v", err)
			}
			b.farm.ResetStats()
			rep := b.refresh(c.ID)
			requests := b.farm.Stats().Requests
			b.check(c.ID)
			if v := rep.Campaign.Coverage; v.Participants != 122 || v.NotFound != 2 || v.Measured != 120 {
				t.Errorf("coverage %+v", v)
			}
			if kind == "globaluserinfo" && requests > 122+12 {
				t.Errorf("%d requests: accounts were asked for twice", requests)
			}
			listed := edits(t, b, c.ID)
			fresh := onFarm(t, b.farm, Options{})
			id := fresh.track(101).ID
			fresh.refresh(id)
			if want := edits(t, fresh, id); listed != want {
				t.Errorf("the list has %d edits, the event %d", listed, want)
			}

			// Names that are on the new list only are read; the others leave.
			l.Replace, l.People = true, append(l.People[3:63:63], source.Person{Name: "Nobody of this name"})
			_, err = b.r.TrackList(t.Context(), l)
			must(t, err)
			b.pass(day)
			b.restart(Options{})
			rep = b.refresh(c.ID)
			b.check(c.ID)
			if v := rep.Campaign.Coverage; v.Participants != 61 || v.Measured != 60 || v.NotFound != 1 {
				t.Errorf("after the list was replaced: coverage %+v", v)
			}
		})
	}
}

func edits(t *testing.T, b *bench, id string) int {
	c, err := b.s.Cohort(t.Context(), id)
	must(t, err)
	return c.Edits()
}

func TestTrackListRefuses(t *testing.T) {
	b := newBench(t, spec(5), Options{MaxParticipants: 3})
	l := List{Title: "X", Start: start, End: end, Wiki: b.wiki("metawiki"), People: manyNames(4)}
	if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many names: %v", err)
	}
	l.People = manyNames(1)
	l.Start, l.End = l.End, l.Start
	if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("it ends before it starts: %v", err)
	}
	l.Slug = "../x"
	if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("an id that is none: %v", err)
	}
	id := b.track(101).ID
	if _, err := b.r.Refresh(t.Context(), id, nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("an event with more people than allowed: %v", err)
	}
	b.restart(Options{MaxEdits: 2})
	if _, err := b.r.Refresh(t.Context(), id, nil); err == nil {
		t.Error("more edits than allowed are read")
	}
}

// manyNames is a list of that many people.
func manyNames(n int) []source.Person {
	people := make([]source.Person, n)
	for i := range people {
		people[i].Name = fmt.Sprintf("Somebody %d", i)
	}
	return people
}
