package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"afterglow/mwclient"
)

// courseUsers is a course's users.json.
// https://github.com/WikiEducationFoundation/WikiEduDashboard/blob/master/app/views/courses/_users.json.jbuilder
type courseUsers struct {
	Course struct {
		Users []struct {
			Name     string    `json:"username"`
			Role     *int      `json:"role"`
			Enrolled time.Time `json:"enrolled_at"`
		} `json:"users"`
	} `json:"course"`
}

// roleStudent is the role of those who take part: students of a class, editors
// of a program. Others are instructors and facilitators (1), volunteers (2, 3)
// and staff (4). A person may have several.
// https://github.com/WikiEducationFoundation/WikiEduDashboard/blob/master/docs/user_roles.md
const roleStudent = 0

// readCourse reads users.json.
func readCourse(text []byte, most int) ([]Person, LeftOut, error) {
	var c courseUsers
	if err := json.Unmarshal(text, &c); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, nil, fmt.Errorf("%w: its JSON is broken at byte %d", ErrInvalid, syntax.Offset)
		}
		return nil, nil, fmt.Errorf("%w: it is not a course's users.json", ErrInvalid)
	}
	left := LeftOut{}
	var people []Person
	students, others := map[string]bool{}, map[string]bool{}
	for _, u := range c.Course.Users {
		name := CleanName(u.Name)
		switch {
		case u.Role == nil:
			return nil, nil, fmt.Errorf("%w: it is not a course's users.json: an entry has no role", ErrInvalid)
		case *u.Role != roleStudent:
			others[name] = true
			continue
		case students[name]:
			continue
		}
		if reason := unusable(name); reason != "" {
			left[reason]++
			continue
		}
		students[name] = true
		people = append(people, Person{Name: name, Joined: u.Enrolled.UTC()})
		if len(people) > most {
			return nil, nil, tooMany(most)
		}
	}
	for name := range others {
		if !students[name] {
			left[Staff]++
		}
	}
	if len(people) == 0 {
		return nil, nil, fmt.Errorf("the course has no students or editors (%s): %w", left, ErrEmpty)
	}
	return people, left, nil
}

// course is a course at its address.
type course struct {
	client *mwclient.Client
	url    string
	most   int
	left   LeftOut
}

// People returns the students or editors in the dashboard's order.
func (s *course) People(ctx context.Context, _ int64) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		text, err := s.client.Document(ctx, strings.TrimSuffix(s.url, "/")+"/users.json")
		if err != nil {
			yield(Person{}, err)
			return
		}
		people, left, err := readCourse(text, s.most)
		if err != nil {
			yield(Person{}, fmt.Errorf("%s: %w", s.url, err))
			return
		}
		s.left = left
		for _, p := range people {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// LeftOut counts people.
func (s *course) LeftOut() LeftOut { return s.left }
