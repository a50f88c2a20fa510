package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/store"
)

// town is a Tracker that knows some events and who organizes them. The real one
// is tested with a wiki in package service.
type town struct {
	store      *store.Store
	mu         sync.Mutex
	organizers map[string][]int64 // by campaign
	err        error              // of every call that asks a wiki
	asked      int
	removed    []string
}

func (t *town) set(change func(*town)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(t)
}

func (t *town) ask() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	return t.err
}

// eventURL is the address of an event that a town knows.
func eventURL(n int) string { return fmt.Sprintf("https://meta.example.org/wiki/Event:%d", n) }

func (t *town) Track(ctx context.Context, address string) (Tracked, error) {
	if err := t.ask(); err != nil {
		return Tracked{}, err
	}
	var n int
	switch u, err := url.Parse(address); {
	case err != nil || u.Host == "":
		return Tracked{}, fmt.Errorf("%q: %w", address, mwclient.ErrAddress)
	case u.Host != "meta.example.org":
		return Tracked{}, fmt.Errorf("%s: %w; allowed: meta.example.org", u.Host, mwclient.ErrNotAllowed)
	}
	if _, err := fmt.Sscanf(address, "https://meta.example.org/wiki/Event:%d", &n); err != nil {
		return Tracked{}, fmt.Errorf("%s: %w", address, mwclient.ErrNotFound)
	}
	id := fmt.Sprintf("metawiki-%d", n)
	_, err := t.store.Campaign(ctx, id)
	c, saveErr := t.store.SaveCampaign(ctx, store.Campaign{
		Campaign: retention.Campaign{
			ID: id, Title: "Event " + id, Start: now.Add(-40 * day), End: now.Add(-38 * day),
			Source: retention.Source{Kind: "event", Wiki: "metawiki", Event: int64(n), URL: address},
		},
		Farm: farmName, Timezone: "UTC",
	})
	return Tracked{Campaign: c, IsNew: err != nil}, saveErr
}

func (t *town) TrackList(ctx context.Context, l List) (Tracked, error) {
	if err := t.ask(); err != nil {
		return Tracked{}, err
	}
	id := "list-" + strings.ToLower(strings.ReplaceAll(l.Title, " ", "-"))
	if old, err := t.store.Campaign(ctx, id); err == nil && !l.Replace {
		return Tracked{Campaign: old}, fmt.Errorf("campaign %s: %w", id, store.ErrExists)
	}
	if strings.Contains(l.Names, "|") {
		return Tracked{}, fmt.Errorf("line 1 is no name: %w", store.ErrInvalid)
	}
	c, err := t.store.SaveCampaign(ctx, store.Campaign{
		Campaign: retention.Campaign{ID: id, Title: l.Title, Start: l.Start, End: l.End, Source: retention.Source{Kind: "list", Wiki: "metawiki"}},
		Farm:     farmName, Timezone: "UTC",
	})
	return Tracked{Campaign: c, IsNew: !l.Replace, People: len(strings.Fields(l.Names)), LeftOut: map[string]int{"names given twice": 1}}, err
}

func (t *town) Organizers(_ context.Context, c store.Campaign) ([]int64, error) {
	if err := t.ask(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.organizers[c.ID], nil
}

func (t *town) Remove(ctx context.Context, id string) error {
	t.set(func(t *town) { t.removed = append(t.removed, id) })
	return t.store.DeleteCampaign(ctx, id)
}

// People of the tests. The organizer of the libraries' event is organizer().
func stranger() Person { return Person{Farm: farmName, Sub: "99", ID: 99, Name: "Some Stranger"} }
func otherOrganizer() Person {
	return Person{Farm: farmName, Sub: "4712", ID: 4712, Name: "Other Organizer"}
}
func listOwner() Person { return Person{Farm: farmName, Sub: "17", ID: 17, Name: "List Owner"} }
func admin() Person     { return Person{Farm: farmName, Sub: "1", ID: 1, Name: "The Operator"} }

// elsewhere is the person with the same number on another farm: somebody else.
func elsewhere(p Person) Person {
	p.Farm = "wiki.elsewhere.org"
	return p
}

// people is a server where people can sign in and track.
type people struct {
	*fixture
	town    *town
	cookies map[string]string
}

func newPeople(tb testing.TB, change func(*Options)) *people {
	tb.Helper()
	p := &people{town: &town{organizers: map[string][]int64{libraries: {4711}, nasty: {4712}}}, cookies: map[string]string{}}
	p.fixture = newFixture(tb, func(o *Options) {
		s, ok := o.Campaigns.(*store.Store)
		if !ok {
			tb.Fatal("the fixture's campaigns are not in a store")
		}
		p.town.store = s
		o.BaseURL = "https://afterglow.example.org"
		o.Login = loginOptions(tb, s)
		o.Login.Administrators = []string{farmName + ":1"}
		o.Tracker, o.Jobs, o.People, o.Snapshots = p.town, s, s, s
		if change != nil {
			change(o)
		}
	})
	if err := p.store.SaveTracker(tb.Context(), listOwner().Farm, listOwner().Sub, writers); err != nil {
		tb.Fatal(err)
	}
	return p
}

// as sends a request as somebody, or nobody where the person is zero.
func (p *people) as(tb testing.TB, who Person, method, address, content string, headers ...string) answered {
	tb.Helper()
	if who.Sub != "" {
		if p.cookies[who.key()] == "" {
			c := signIn(tb, p.Server, who)
			p.cookies[who.key()] = c.Name + "=" + c.Value
		}
		headers = append(headers, "Cookie", p.cookies[who.key()])
	}
	return send(tb, p.Server, method, address, content, headers...)
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

// track posts to /v1/campaigns.
func (p *people) track(tb testing.TB, who Person, contentType, content string, headers ...string) answered {
	tb.Helper()
	return p.as(tb, who, http.MethodPost, "/v1/campaigns", content, append(headers, "Content-Type", contentType)...)
}
