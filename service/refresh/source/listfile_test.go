package source

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
)

const students = `username,global_id,enrollment_timestamp,registered_at,revisions_during_project,mainspace_bytes_added
Ada,17,2025-05-02 09:30:00 UTC,2014-01-01 00:00:00 UTC,3,120
"Bob, the builder",18,2025-05-03 10:00:00 UTC,,0,0
`

const users = `{"course":{"users":[
	{"character_sum_ms":1,"role":0,"role_description":null,"id":1,"username":"Ada","enrolled_at":"2025-05-02T09:30:00.000Z","admin":false},
	{"role":1,"id":2,"username":"Teacher","enrolled_at":"2025-05-01T00:00:00.000Z"},
	{"role":4,"id":3,"username":"Staff","enrolled_at":"2025-05-01T00:00:00.000Z"},
	{"role":1,"id":1,"username":"Ada","enrolled_at":"2025-05-01T00:00:00.000Z"},
	{"role":0,"id":5,"username":"Bob, the builder","enrolled_at":"2025-05-03T10:00:00.000Z"}]}}`

func TestReadList(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want string // names joined by |
		left LeftOut
		err  string
		is   error
	}{
		"a name a line":           {in: "Ada\n\n# a note\n  User:Bob_the builder \r\nÉmile, comte\n", want: "Ada|Bob the builder|Émile, comte"},
		"a mark of byte order":    {in: "\ufeffAda\nBob", want: "Ada|Bob"},
		"marks of direction":      {in: "\u200fليلى\u200e\n", want: "ليلى"},
		"CSV":                     {in: "id,User name,Joined\n1,Ada,2025-05-01\n2,\"Bob, the\",\n", want: "Ada|Bob, the"},
		"tabs":                    {in: "username\tdate\nAda\t20250501080000\n", want: "Ada"},
		"semicolons":              {in: "x;name\n;Ada\n", want: "Ada"},
		"one column":              {in: "username\nAda\n", want: "Ada"},
		"a name twice":            {in: "Ada\nBob\nUser:Ada\n Ada", want: "Ada|Bob", left: LeftOut{Repeated: 2}},
		"a dashboard's students":  {in: students, want: "Ada|Bob, the builder"},
		"a dashboard's users":     {in: users, want: "Ada|Bob, the builder", left: LeftOut{Staff: 2}},
		"nothing":                 {in: "\n\n", err: "no name", is: ErrEmpty},
		"a header alone":          {in: "username,date\n", err: "no name", is: ErrEmpty},
		"a date that is none":     {in: "username,date\nAda,yesterday\n", err: "line 2", is: ErrInvalid},
		"a row without a name":    {in: "date,username\n2025-05-01,\n", err: "line 2", is: ErrInvalid},
		"a row that is too short": {in: "date,username\n2025-05-01\n", err: "line 2", is: ErrInvalid},
		"a name too long":         {in: "Ada\n" + strings.Repeat("x", 256), err: "line 2", is: ErrInvalid},
		"bytes":                   {in: "Ada\x00", err: "UTF-8", is: ErrInvalid},
		"a picture":               {in: "\x89PNG\r\n\x1a\n", err: "UTF-8", is: ErrInvalid},
		"not UTF-8":               {in: "Ad\xe9le", err: "UTF-8", is: ErrInvalid},
		"too large":               {in: strings.Repeat("x\n", 6<<20), err: "10 MB", is: ErrTooMany},
		"JSON that is cut off":    {in: users[:200], err: "byte", is: ErrInvalid},
		"other JSON":              {in: `{"course":{"users":[{"username":"Ada"}]}}`, err: "no role", is: ErrInvalid},
		"JSON of another shape":   {in: `{"course":[]}`, err: "users.json", is: ErrInvalid},
		"a course of staff":       {in: `{"course":{"users":[{"username":"T","role":1}]}}`, err: "facilitators: 1", is: ErrEmpty},
		"a course of nobody":      {in: `{"course":{"users":[]}}`, err: "no students", is: ErrEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			people, left, err := ReadList(strings.NewReader(tc.in))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || !errors.Is(err, tc.is) {
					t.Fatalf("%v, want an error that says %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := joined(people); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if !maps.Equal(left, tc.left) {
				t.Errorf("left out %v, want %v", left, tc.left)
			}
		})
	}
}

func joined(people []Person) string {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = p.Name
	}
	return strings.Join(names, "|")
}

// When somebody joined: never when their account was created.
func TestReadListJoined(t *testing.T) {
	enrolled := time.Date(2025, 5, 2, 9, 30, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"username,joined\nAda,2025-05-01T10:00:00+02:00\n": time.Date(2025, 5, 1, 8, 0, 0, 0, time.UTC),
		"username,date\nAda,2025-05-01\n":                  time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC),
		"username\nAda\n":                                  {},
		students:                                           enrolled,
		users:                                              enrolled,
		"registered_at,username,enrollment_timestamp\n2014-01-01,Ada,2025-05-02 09:30:00\n": enrolled,
	} {
		people, _, err := ReadList(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		if !people[0].Joined.Equal(want) {
			t.Errorf("joined %s, want %s, in %q", people[0].Joined, want, in)
		}
	}
}

func FuzzReadList(f *testing.F) {
	for _, seed := range []string{students, users, "Ada\n# x\nBob", "name;date\n\"A\";2025-01-01", "{", "username,joined\n\"", "\ufeff\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		people, _, err := ReadList(strings.NewReader(in))
		if (err == nil) == (len(people) == 0) {
			t.Fatalf("%d people and the error %v", len(people), err)
		}
		seen := map[string]bool{}
		for _, p := range people {
			if p.Name == "" || len(p.Name) > 255 || strings.ContainsAny(p.Name, "\x00\n") && !strings.Contains(in, `"`) || seen[p.Name] {
				t.Fatalf("the name %q", p.Name)
			}
			seen[p.Name] = true
		}
	})
}
