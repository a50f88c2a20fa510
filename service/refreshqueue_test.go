package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"afterglow/retention"
	"afterglow/service/store"
)

// A worker passes over the campaigns of a wiki on which another reads one, while
// there are others, and none is lost or comes twice.
func TestQueueKeepsOutOfOtherWorkersWay(t *testing.T) {
	campaigns := map[string]store.Campaign{}
	var reading []string
	q := &queue{
		reading: func(context.Context) ([]string, error) { return reading, nil },
		campaign: func(_ context.Context, id string) (store.Campaign, error) {
			c, ok := campaigns[id]
			if !ok {
				return c, fmt.Errorf("%s: %w", id, store.ErrNotFound)
			}
			return c, nil
		},
	}
	for _, c := range [][3]string{{"a-1", "one", "awiki"}, {"a-2", "one", "awiki"}, {"b-1", "one", "bwiki"}, {"b-2", "two", "bwiki"}, {"a-3", "one", "awiki"}} {
		campaigns[c[0]] = store.Campaign{Campaign: retention.Campaign{ID: c[0], Source: retention.Source{Wiki: c[2]}}, Farm: c[1]}
		q.add(campaigns[c[0]])
	}
	steps := []struct {
		reading []string
		want    string
	}{
		{nil, "a-1"},
		{[]string{"a-1"}, "b-1"},
		{[]string{"a-1", "b-1", "removed-1"}, "b-2"}, // on another farm
		{[]string{"a-1", "b-1", "b-2"}, "a-2"},       // better than nothing
		{[]string{"a-1"}, "a-3"},
	}
	for i, s := range steps {
		reading = s.reading
		got, ok, err := q.next(t.Context())
		if err != nil || !ok || got != s.want {
			t.Errorf("step %d: %q %v %v, want %q", i, got, ok, err, s.want)
		}
	}
	if id, ok, err := q.next(t.Context()); ok || err != nil {
		t.Errorf("an empty queue gives %q %v", id, err)
	}
}

// A worker takes campaigns of the wiki with most of them waiting, but lets nobody
// wait for ever.
func TestQueueLeavesAChoiceToTheEnd(t *testing.T) {
	q := &queue{}
	q.add(store.Campaign{Campaign: retention.Campaign{ID: "old", Source: retention.Source{Wiki: "awiki"}}})
	for i := range 2 * mostPassed {
		q.add(store.Campaign{Campaign: retention.Campaign{ID: fmt.Sprint("new-", i), Source: retention.Source{Wiki: "bwiki"}}})
	}
	for i := range 2*mostPassed + 1 {
		want := fmt.Sprint("new-", i)
		switch {
		case i == mostPassed:
			want = "old"
		case i > mostPassed:
			want = fmt.Sprint("new-", i-1)
		}
		if got, ok, err := q.next(t.Context()); err != nil || !ok || got != want {
			t.Errorf("step %d: %q %v %v, want %q", i, got, ok, err, want)
		}
	}
}

// What cannot be asked of the database ends the run with its error.
func TestQueueWithoutADatabase(t *testing.T) {
	broken := errors.New("broken")
	q := &queue{reading: func(context.Context) ([]string, error) { return nil, broken }}
	q.waiting = slices.Repeat([]waiting{{id: "x"}}, 2)
	if _, _, err := refreshAll(t.Context(), nil, q, newProgress(t.Output(), true)); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}
