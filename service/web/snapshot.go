package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"afterglow/retention"
	"afterglow/service/store"
)

// Snapshots are figures as they were published at a mark.
type Snapshots interface {
	// Snapshots returns those of a campaign, by mark.
	Snapshots(ctx context.Context, campaign string) ([]store.Snapshot, error)
	// Reached returns the marks reached last, the latest first: of a campaign, or
	// of all where it is empty; each with the snapshot of a kind.
	Reached(ctx context.Context, campaign, kind string, limit int) ([]store.Reached, error)
}

// snapshotLink is a mark that a campaign has reached, in the campaign's JSON.
type snapshotLink struct {
	Mark  int       `json:"mark"`
	Start time.Time `json:"start"` // the campaign's dates then
	End   time.Time `json:"end"`
	AsOf  time.Time `json:"as_of"`
	Saved time.Time `json:"saved"`
	Href  string    `json:"href"`
}

// snapshotJSON is a figure as it was published.
type snapshotJSON struct {
	Chart      string          `json:"chart"`
	Start      time.Time       `json:"start"`
	End        time.Time       `json:"end"`
	AsOf       time.Time       `json:"as_of"`
	Saved      time.Time       `json:"saved"`
	Definition json.RawMessage `json:"definition"`
	Coverage   json.RawMessage `json:"coverage"`
	Figures    json.RawMessage `json:"figures"` // the chart's JSON as it was then
}

// snapshotPath is the address of what was published at a mark.
func (s *Server) snapshotPath(id string, mark int) string {
	return s.link(fmt.Sprintf("/v1/campaigns/%s/snapshots/%d.json", url.PathEscape(id), mark))
}

// snapshotLinks lists the marks that a campaign has reached. A mark of former
// dates is one of its own.
func (s *Server) snapshotLinks(ctx context.Context, id string) ([]snapshotLink, error) {
	links := []snapshotLink{}
	if s.o.Snapshots == nil {
		return links, nil
	}
	all, err := s.o.Snapshots.Snapshots(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		same := func(l snapshotLink) bool {
			return l.Mark == n.Mark && l.Start.Equal(n.Start) && l.End.Equal(n.End)
		}
		if !slices.ContainsFunc(links, same) {
			links = append(links, snapshotLink{n.Mark, n.Start, n.End, n.AsOf, n.Saved, s.snapshotPath(id, n.Mark)})
		}
	}
	return links, nil
}

// snapshot answers with what was published of a campaign at a mark, as it was.
func (s *Server) snapshot(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "a snapshot", nil); err != nil {
		return err
	}
	c, done, err := s.campaignOf(w, r)
	if err != nil || done {
		return err
	}
	mark, _ := strconv.Atoi(mux.Vars(r)["mark"]) // digits, or it would be another route
	key := s.tag("snapshot", c.ID, revision(c), strconv.Itoa(mark))
	return s.remembered(w, r, cacheFigures, key, func(ctx context.Context) (*answer, error) {
		out := struct {
			Campaign  retention.Campaign `json:"campaign"`
			Mark      int                `json:"mark"`
			Snapshots []snapshotJSON     `json:"snapshots"`
		}{Campaign: c.Campaign, Mark: mark}
		var all []store.Snapshot
		if s.o.Snapshots != nil {
			if all, err = s.o.Snapshots.Snapshots(ctx, c.ID); err != nil {
				return nil, err
			}
		}
		for _, n := range all {
			if n.Mark != mark {
				continue
			}
			if !json.Valid(n.Body) {
				return nil, fmt.Errorf("the snapshot %s of %s at %d is not JSON: %w", n.Kind, c.ID, mark, store.ErrFormat)
			}
			out.Snapshots = append(out.Snapshots, snapshotJSON{n.Kind, n.Start, n.End, n.AsOf, n.Saved, n.Definition, n.Coverage, n.Body})
		}
		if len(out.Snapshots) == 0 {
			return nil, &problem{
				Type: typeSnapshot, Title: "Nothing was published at this mark", Status: http.StatusNotFound,
				Detail: "the marks are 1, 3, 6 and 12 months after the end; the campaign's snapshots say which were reached",
			}
		}
		body, err := json.Marshal(out)
		if err != nil {
			return nil, fmt.Errorf("writing snapshots: %w", err)
		}
		return &answer{contentType: "application/json", csp: dataCSP, body: body}, nil
	})
}
