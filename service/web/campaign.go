package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// campaignJSON is a campaign as the API shows it.
type campaignJSON struct {
	retention.Campaign
	Timezone  string              `json:"timezone,omitempty"`
	Wikis     []string            `json:"wikis"` // the registration's own list; ["*"] is all
	State     store.State         `json:"state"`
	Frozen    *string             `json:"frozen"` // why the figures no longer change
	MadeUp    bool                `json:"made_up"`
	Revision  int64               `json:"revision"`
	AsOf      *time.Time          `json:"as_of"`
	Refreshed *time.Time          `json:"refreshed"`
	Progress  progress            `json:"progress"`
	LastError *string             `json:"last_error"`
	Coverage  *retention.Coverage `json:"coverage"`
	// Marks is the points of the marks chart, by the default definition; absent
	// in lists, and before the campaign is ready.
	Marks json.RawMessage `json:"marks,omitempty"`
	// Snapshots are the marks reached, whose figures stay; nil in lists.
	Snapshots *[]snapshotLink `json:"snapshots,omitempty"`
	Links     campaignLinks   `json:"links"`
}

type campaignLinks struct {
	Self string `json:"self"`
	Page string `json:"page"`
	// Charts is an address for each chart, without its format.
	Charts map[string]string `json:"charts"`
}

func (s *Server) campaignJSON(c store.Campaign) campaignJSON {
	self := "/v1/campaigns/" + url.PathEscape(c.ID)
	j := campaignJSON{
		Campaign: c.Campaign, Timezone: c.Timezone, Wikis: c.Wikis, State: c.State, MadeUp: c.MadeUp, Revision: c.Revision,
		Progress: progress{c.Read, c.Total},
		Links:    campaignLinks{Self: s.link(self), Page: s.link("/campaigns/" + url.PathEscape(c.ID)), Charts: map[string]string{}},
	}
	if j.Wikis == nil {
		j.Wikis = []string{}
	}
	if c.Frozen != "" {
		j.Frozen = &c.Frozen
	}
	if c.LastError != "" {
		j.LastError = &c.LastError
	}
	if !c.AsOf.IsZero() {
		j.AsOf = &c.AsOf
	}
	if !c.Refreshed.IsZero() {
		j.Refreshed = &c.Refreshed
	}
	if c.State == store.Ready {
		coverage := publicCoverage(c, s.o.MinCell)
		j.Coverage = &coverage
	}
	for _, name := range chartNames() {
		j.Links.Charts[name] = s.link(self + "/" + name)
	}
	return j
}

// campaign answers with one campaign.
func (s *Server) campaign(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "a campaign", nil); err != nil {
		return err
	}
	c, done, err := s.campaignOf(w, r)
	if err != nil || done {
		return err
	}
	cache := cacheFigures
	if c.State != store.Ready {
		cache = cacheNot // how far it is changes without a new revision
	}
	key := s.tag("campaign", c.ID, revision(c), string(c.State), strconv.Itoa(c.Read), strconv.Itoa(c.Total), c.LastError, c.Refreshed.String())
	return s.remembered(w, r, cache, key, func(ctx context.Context) (*answer, error) {
		j := s.campaignJSON(c)
		if c.State == store.Ready {
			if j.Marks, err = s.marksJSON(ctx, c); err != nil {
				return nil, err
			}
		}
		snapshots, err := s.snapshotLinks(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		j.Snapshots = &snapshots
		body, err := json.Marshal(j)
		if err != nil {
			return nil, fmt.Errorf("writing a campaign: %w", err)
		}
		return &answer{contentType: "application/json", csp: dataCSP, body: body}, nil
	})
}

// marksJSON is the points of a campaign's marks by the default definition, as
// the marks chart has them.
func (s *Server) marksJSON(ctx context.Context, c store.Campaign) (json.RawMessage, error) {
	result, err := s.figure(ctx, c, retention.MeasureMarks, retention.Default())
	if err != nil {
		return nil, err
	}
	whole, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("writing marks: %w", err)
	}
	var part struct {
		Points json.RawMessage `json:"points"`
	}
	if err := json.Unmarshal(whole, &part); err != nil {
		return nil, fmt.Errorf("writing marks: %w", err)
	}
	return part.Points, nil
}

// campaigns answers with a page of the list.
func (s *Server) campaigns(w http.ResponseWriter, r *http.Request) error {
	q, err := readListQuery(r)
	if err != nil {
		return err
	}
	page, next, err := s.list(r.Context(), q)
	if err != nil {
		return err
	}
	out := struct {
		Campaigns []campaignJSON `json:"campaigns"`
		Next      *string        `json:"next"` // the cursor of the next page
	}{Campaigns: make([]campaignJSON, len(page))}
	for i, c := range page {
		out.Campaigns[i] = s.campaignJSON(c)
	}
	a := &answer{contentType: "application/json", csp: dataCSP}
	if next != "" {
		out.Next = &next
		values := r.URL.Query()
		values.Set("cursor", next)
		a.links = "<" + s.link("/v1/campaigns?"+values.Encode()) + `>; rel="next"`
	}
	if a.body, err = json.Marshal(out); err != nil {
		return fmt.Errorf("writing a list: %w", err)
	}
	return s.unnamed(w, r, a, cacheList)
}

// Bounds of a list's parameters.
const (
	mostListed     = 100
	defaultListed  = 20
	mostTitleBytes = 255 // MediaWiki's own limit, with room for a namespace
	mostCursor     = 1024
)

func listParams() []string { return []string{"q", "wiki", "page", "sort", "limit", "cursor"} }

// readListQuery reads the parameters of a list.
func readListQuery(r *http.Request) (store.Query, error) {
	q, err := readQuery(r, "the list of campaigns", listParams())
	if err != nil {
		return store.Query{}, err
	}
	return q.list()
}

func (q query) list() (out store.Query, err error) {
	if out.Q, err = q.text("q", 200); err != nil {
		return out, err
	}
	out.Q = strings.TrimSpace(out.Q)
	out.Wiki = q.values.Get("wiki")
	if q.values.Has("wiki") && (!idForm.MatchString(out.Wiki) || len(out.Wiki) > 64) {
		return out, refuse("wiki", out.Wiki, "a wiki's database name, such as metawiki")
	}
	if out.Page, err = q.text("page", 2*mostTitleBytes); err != nil {
		return out, err
	}
	if q.values.Has("page") && strings.TrimSpace(out.Page) == "" {
		return out, refuse("page", out.Page, "an event page's title, such as Event:Example")
	}
	out.Page = strings.TrimSpace(strings.ReplaceAll(out.Page, "_", " ")) // as in addresses
	if out.Sort, err = q.word("sort", store.Sorts()...); err != nil {
		return out, err
	}
	if out.Limit, err = q.number("limit", defaultListed, 1, mostListed); err != nil {
		return out, err
	}
	out.Cursor, err = q.text("cursor", mostCursor)
	if err == nil && q.values.Has("cursor") && out.Cursor == "" {
		err = refuse("cursor", "", "the \"next\" of the page before")
	}
	return out, err
}

// list asks the store for a page of campaigns. All that can be wrong with a
// query that readListQuery let through is its cursor.
func (s *Server) list(ctx context.Context, q store.Query) ([]store.Campaign, string, error) {
	page, next, err := s.o.Campaigns.Campaigns(ctx, q)
	if errors.Is(err, store.ErrInvalid) {
		return nil, "", refuse("cursor", q.Cursor, "the \"next\" of the page before, with the same other parameters")
	}
	if err != nil {
		return nil, "", fmt.Errorf("listing campaigns: %w", err)
	}
	return page, next, nil
}
