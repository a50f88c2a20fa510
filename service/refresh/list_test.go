package refresh

import (
	"errors"
	"strings"
	"testing"
	"time"

	"afterglow/service/store"
)

func TestReadList(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want []string
		err  string
	}{
		"a name a line":           {in: "Ada\n\n# a note\n  User:Bob_the builder \r\nÉmile, comte\n", want: []string{"Ada", "Bob the builder", "Émile, comte"}},
		"a mark of byte order":    {in: "\ufeffAda\nBob", want: []string{"Ada", "Bob"}},
		"marks of direction":      {in: "\u200fليلى\u200e\n", want: []string{"ليلى"}},
		"CSV":                     {in: "id,User name,Joined\n1,Ada,2025-05-01\n2,\"Bob, the\",\n", want: []string{"Ada", "Bob, the"}},
		"tabs":                    {in: "username\tdate\nAda\t20250501080000\n", want: []string{"Ada"}},
		"semicolons":              {in: "x;name\n;Ada\n", want: []string{"Ada"}},
		"one column":              {in: "username\nAda\n", want: []string{"Ada"}},
		"nothing":                 {in: "\n\n", err: "no name"},
		"a header alone":          {in: "username,date\n", err: "no name"},
		"a date that is none":     {in: "username,date\nAda,yesterday\n", err: "line 2"},
		"a row without a name":    {in: "date,username\n2025-05-01,\n", err: "line 2"},
		"a row that is too short": {in: "date,username\n2025-05-01\n", err: "line 2"},
		"a name too long":         {in: "Ada\n" + strings.Repeat("x", 256), err: "line 2"},
		"bytes":                   {in: "Ada\x00", err: "UTF-8"},
		"not UTF-8":               {in: "Ad\xe9le", err: "UTF-8"},
		"too large":               {in: strings.Repeat("x\n", 6<<20), err: "10 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			entries, err := ReadList(strings.NewReader(tc.in))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || !errors.Is(err, store.ErrInvalid) && !errors.Is(err, ErrTooMany) {
					t.Fatalf("%v, want an error that says %q", err, tc.err)
				}
				return
			}
			must(t, err)
			var got []string
			for _, e := range entries {
				got = append(got, e.Name)
			}
			if strings.Join(got, "|") != strings.Join(tc.want, "|") {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
	entries, err := ReadList(strings.NewReader("username,joined\nAda,2025-05-01T10:00:00+02:00\n"))
	must(t, err)
	if want := time.Date(2025, 5, 1, 8, 0, 0, 0, time.UTC); !entries[0].Joined.Equal(want) {
		t.Errorf("joined %s, want %s", entries[0].Joined, want)
	}
}

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
			l := List{Title: "By name", Start: start, End: end, Wiki: b.wiki("metawiki"), Entries: []Entry{
				{Name: "Nobody of this name"}, {Name: "not|a name"}, {Name: event.Participants[3].Name}, // the first again below
			}}
			for _, p := range event.Participants {
				l.Entries = append(l.Entries, Entry{Name: strings.ReplaceAll(p.Name, " ", "_"), Joined: p.Registered})
			}
			c, err := b.r.TrackList(t.Context(), l)
			must(t, err)
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
			l.Replace, l.Entries = true, append(l.Entries[3:63:63], Entry{Name: "Nobody of this name"})
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
	l := List{Title: "X", Start: start, End: end, Wiki: b.wiki("metawiki"), Entries: make([]Entry, 4)}
	if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many names: %v", err)
	}
	l.Entries = nil
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
