package replica

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// interpolate writes a query's arguments into it, for EXPLAIN.
func interpolate(q query) string {
	text := q.text
	for _, arg := range q.args {
		value := fmt.Sprint(arg)
		if b, ok := arg.([]byte); ok {
			value = "'" + string(b) + "'"
		}
		text = strings.Replace(text, "?", value, 1)
	}
	return text
}

func TestSectionsHaveTheirHosts(t *testing.T) {
	for _, test := range []struct {
		o       Options
		section string
		want    string
	}{
		{Options{}, "s1", "s1.web.db.svc.wikimedia.cloud:3306"},
		{Options{Service: "analytics"}, "s8", "s8.analytics.db.svc.wikimedia.cloud:3306"},
		{Options{Host: "127.0.0.1:3307"}, "s1", "127.0.0.1:3307"},
		{Options{Host: "{name}.db.example"}, "enwiki", "enwiki.db.example:3306"},
		{Options{Host: "::1"}, "s1", "[::1]:3306"},
	} {
		test.o.User = "u"
		c := open(t, test.o)
		s, err := c.section(test.section)
		if err != nil || s.address != test.want {
			t.Errorf("%s: %v, %v, want %s", test.section, s, err, test.want)
		}
		if again, _ := c.section(test.section); again != s {
			t.Errorf("%s has two pools", test.section)
		}
	}

	c := open(t, Options{User: "u", Sections: map[string]string{"enwiki": "s1", "simplewiki": "s3", "metawiki": "s7"}, NoMeta: true})
	for db, want := range map[string]string{"enwiki": "s1", "simplewiki": "s3", "metawiki": "s7", "centralauth": "s7", "dewiki": "dewiki"} {
		if got, err := c.sectionName(t.Context(), db); err != nil || got != want {
			t.Errorf("%s is in %s, want %s (%v)", db, got, want, err)
		}
	}
	if c.views("enwiki") != "`enwiki_p`." {
		t.Errorf("views of enwiki: %s", c.views("enwiki"))
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, o := range []Options{
		{}, {User: "u", Service: "batch"}, {User: "u", QueryLimit: -1}, {User: "u", Batch: -1}, {User: "u", Batch: 6000},
		{User: "u", Database: "a`b"}, {User: "u", Sections: map[string]string{"en wiki": "s1"}}, {User: "u", Sections: map[string]string{"enwiki": "s1.evil/"}},
	} {
		if c, err := New(o); err == nil {
			t.Errorf("%+v was accepted: %v", o, c)
		}
	}
	c := open(t, Options{User: "u", Service: "analytics"})
	if c.o.QueryLimit != 3*time.Hour || c.statementTime() >= c.o.QueryLimit {
		t.Errorf("limits %s, %s", c.o.QueryLimit, c.statementTime())
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC)
	if got, err := parseStamp([]byte("20240229235958")); err != nil || !got.Equal(at) {
		t.Errorf("%v, %v", got, err)
	}
	if got := stamp(at.In(time.FixedZone("", 3*3600)).Add(999 * time.Millisecond)); got != "20240229235958" {
		t.Errorf("written %s", got)
	}
	for _, bad := range []string{"", "2024022923595", "20230229000000", "20241301000000", "20240101240000", "2024010100000x", "2024010 000000", "99999999999999"} {
		if got, err := parseStamp([]byte(bad)); err == nil {
			t.Errorf("%q read as %v", bad, got)
		}
	}
}

func FuzzParseStamp(f *testing.F) {
	for _, s := range []string{"20240229235958", "20230229000000", "00000000000000", "2024022923595x", "-0240229235958", "A0000101000000"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		at, err := parseStamp(b)
		if err == nil && stamp(at) != string(b) {
			t.Errorf("%q read as %s", b, stamp(at))
		}
		// time.Parse knows the calendar too.
		if _, want := time.Parse(layout, string(b)); (want == nil) != (err == nil) {
			t.Errorf("%q: %v, time.Parse: %v", b, err, want)
		}
	})
}

func TestRestGoesOnAfterTheLastRow(t *testing.T) {
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	p := piece{actors: []actor{{id: 3}, {id: 5}, {id: 9}}, from: at, to: at.AddDate(1, 0, 0)}
	left := p.rest(position{actor: 5, at: at.Add(time.Hour), rev: 77})
	if len(left) != 2 || len(left[0].actors) != 1 || left[0].actors[0].id != 5 || left[0].after != 77 ||
		!left[0].from.Equal(at.Add(time.Hour)) || !left[0].to.Equal(p.to) {
		t.Errorf("first %+v", left[0])
	}
	if len(left[1].actors) != 1 || left[1].actors[0].id != 9 || left[1].after != 0 || !left[1].from.Equal(at) {
		t.Errorf("then %+v", left[1])
	}
	if left := p.rest(position{actor: 9, at: at, rev: 1}); len(left) != 1 {
		t.Errorf("after the last actor: %+v", left)
	}
}

func TestHalvesCoverTheWhole(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	two, ok := piece{actors: []actor{{id: 1}, {id: 2}, {id: 3}}}.halves(now)
	if !ok || len(two[0].actors)+len(two[1].actors) != 3 {
		t.Errorf("by people: %+v", two)
	}
	// By time, down to the hour: no second twice, none left out, open ends stay open.
	work := []piece{{actors: []actor{{id: 1}}, after: 5}}
	var smallest []piece
	for len(work) > 0 && len(smallest) < 400_000 {
		p := work[0]
		two, ok := p.halves(now)
		if !ok {
			smallest, work = append(smallest, p), work[1:]
			continue
		}
		work = append(two, work[1:]...)
	}
	if !smallest[0].from.IsZero() || smallest[0].after != 5 || !smallest[len(smallest)-1].to.IsZero() {
		t.Errorf("ends: %+v and %+v", smallest[0], smallest[len(smallest)-1])
	}
	for i, p := range smallest[1:] {
		if !p.from.Equal(smallest[i].to.Add(time.Second)) || p.after != 0 {
			t.Fatalf("%+v follows %+v", p, smallest[i])
		}
	}
	if _, ok := (piece{actors: []actor{{id: 1}}, from: now.Add(time.Hour)}).halves(now); ok {
		t.Error("a span in the future was halved")
	}
}

func TestErrorsAreJudged(t *testing.T) {
	c := open(t, Options{User: "u", QueryLimit: 10 * time.Second})
	number := func(n uint16) error { return fmt.Errorf("wrapped: %w", &mysql.MySQLError{Number: n}) }
	for _, test := range []struct {
		err  error
		ran  time.Duration
		want outcome
	}{
		{number(errStatementTime), 0, split},
		{number(errInterrupted), 0, split},
		{number(errConnectionKilled), 9 * time.Second, split},
		{number(errConnectionKilled), time.Second, again},
		{number(errUserConnections), 0, again},
		{mysql.ErrInvalidConn, time.Second, again},
		{mysql.ErrInvalidConn, 9 * time.Second, split},
		{io.ErrUnexpectedEOF, 0, again},
		{number(errNoDatabase), 0, final},
		{number(1064), 9 * time.Second, final},
		{io.ErrShortBuffer, 0, final},
	} {
		if got := c.judge(test.err, test.ran); got != test.want {
			t.Errorf("%v after %s: %d, want %d", test.err, test.ran, got, test.want)
		}
	}
}

func TestTextsAreUTF8(t *testing.T) {
	if got := text([]byte("a\xffb")); got != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
	if !slices.Equal([]byte(list(3)), []byte("(?,?,?)")) {
		t.Error(list(3))
	}
}
