package mwclient

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// eventRow is GET event_registration/{id}. What tells where people meet or chat
// is not read.
type eventRow struct {
	ID       number `json:"id"`
	Name     string `json:"name"`
	Page     string `json:"event_page"`
	PageWiki string `json:"event_page_wiki"`
	Status   string `json:"status"`
	Timezone string `json:"timezone"`
	Start    string `json:"start_time"`
	End      string `json:"end_time"`
	Wikis    texts  `json:"wikis"`
	IsTest   flag   `json:"is_test_event"`
}

// readEvent is an event that was read.
type readEvent struct {
	event Event
	at    time.Time
}

const (
	// eventLasts is how long an event is believed: so long that finding an
	// event and then reading it costs one request.
	eventLasts = time.Minute
	maxEvents  = 256
)

// Event returns an event. Errors: ErrNotFound, ErrDeleted, ErrNoEvents (the wiki
// has no registration at all), ErrEvent (its dates cannot be used; the event is
// returned nevertheless, without them). All wikis of a farm know the same events.
// https://www.mediawiki.org/wiki/Extension:CampaignEvents
func (w *Wiki) Event(ctx context.Context, id int64) (Event, error) {
	now := w.c.clock.Now()
	w.mu.Lock()
	read, ok := w.events[id]
	w.mu.Unlock()
	if ok && now.Sub(read.at) < eventLasts {
		return read.event.clone(), nil
	}
	if id <= 0 {
		return Event{}, fmt.Errorf("event %d: %w", id, ErrNotFound)
	}
	var row eventRow
	if err := w.rest(ctx, EndpointEvent, "event_registration/"+strconv.FormatInt(id, 10), nil, &row); err != nil {
		return Event{}, fmt.Errorf("event %d: %w", id, err)
	}
	if int64(row.ID) != id {
		return Event{}, fmt.Errorf("event %d: %w", id, &ResponseError{Wiki: w.label(), Err: fmt.Errorf("it is about event %d", row.ID)})
	}
	w.c.stats.add(w.key(), EndpointEvent, Counts{Rows: 1})
	event, err := row.event()
	if err != nil {
		return event, fmt.Errorf("event %d: %w", id, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) >= maxEvents {
		clear(w.events)
	}
	w.events[id] = readEvent{event.clone(), now}
	return event, nil
}

func (e Event) clone() Event {
	e.Wikis = slices.Clone(e.Wikis)
	return e
}

// event turns the row's local times into UTC.
func (row eventRow) event() (Event, error) {
	event := Event{
		ID: int64(row.ID), Name: row.Name, Page: row.Page, PageWiki: row.PageWiki, Status: row.Status,
		Timezone: row.Timezone, Wikis: row.Wikis, IsTest: bool(row.IsTest),
	}
	zone, err := parseZone(row.Timezone)
	if err != nil {
		return event, err
	}
	start, err := localTime(row.Start, zone)
	if err != nil {
		return event, fmt.Errorf("%w: its start %w", ErrEvent, err)
	}
	end, err := localTime(row.End, zone)
	if err != nil {
		return event, fmt.Errorf("%w: its end %w", ErrEvent, err)
	}
	if end.Before(start) {
		return event, fmt.Errorf("%w: it ends (%s) before it starts (%s)", ErrEvent,
			end.Format(time.RFC3339), start.Format(time.RFC3339))
	}
	event.Start, event.End = start, end
	return event, nil
}

// listPeople pages through a list of an event's people by their ascending ids,
// beyond from. A page shorter than size is the last; with size 0 an empty one is.
func listPeople[T any](ctx context.Context, w *Wiki, endpoint Endpoint, event int64, size int, from int64, q url.Values, last string,
	id func(T) int64, each func(T) bool,
) error {
	const mostPages = 100_000
	if event <= 0 {
		return fmt.Errorf("event %d: %w", event, ErrNotFound)
	}
	path := "event_registration/" + strconv.FormatInt(event, 10) + "/" + string(endpoint)
	for range mostPages {
		if from > 0 {
			q.Set(last, strconv.FormatInt(from, 10))
		}
		var rows []T
		if err := w.rest(ctx, endpoint, path, q, &rows); err != nil {
			return fmt.Errorf("%s of event %d: %w", endpoint, event, err)
		}
		w.c.stats.add(w.key(), endpoint, Counts{Rows: int64(len(rows))})
		for _, row := range rows {
			if id(row) <= from {
				return fmt.Errorf("%s of event %d: %w", endpoint, event,
					&ResponseError{Wiki: w.label(), Err: fmt.Errorf("it lists %d after %d", id(row), from)})
			}
			from = id(row)
			if !each(row) {
				return nil
			}
		}
		if len(rows) == 0 || len(rows) < size {
			return nil
		}
	}
	return fmt.Errorf("%s of event %d: %w", endpoint, event,
		&ResponseError{Wiki: w.label(), Err: fmt.Errorf("the list does not end after %d pages", mostPages)})
}
