package web

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

// atomFeed is a feed: RFC 4287.
type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle"`
	Updated  string      `xml:"updated"`
	Author   atomAuthor  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published"`
	Links     []atomLink `xml:"link"`
	Summary   string     `xml:"summary"`
}

const (
	feedType = "application/atom+xml; charset=utf-8"
	// mostFeedEntries is how many marks a feed goes back.
	mostFeedEntries = 50
	// feedFresh is how long a feed is believed before the store is asked again.
	feedFresh = time.Minute
	// mostFeeds bounds the feeds remembered, in bytes.
	mostFeeds = 4 << 20
)

// feedKnown is a feed as last written.
type feedKnown struct {
	a  *answer
	at time.Time
}

// feed answers with the marks that campaigns have reached, or with one's: the
// latest first, each once and for ever under the same id.
func (s *Server) feed(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the feed", []string{"uselang"})
	if err != nil {
		return err
	}
	lang, err := q.language()
	if err != nil {
		return err
	}
	var c store.Campaign
	if mux.Vars(r)["id"] != "" {
		var done bool
		if c, done, err = s.campaignOf(w, r); err != nil || done {
			return err
		}
	}
	key := s.tag("feed", c.ID, revision(c), lang)
	known, ok := s.feeds.get(key)
	if age := s.o.Now().Sub(known.at); !ok || age < 0 || age >= feedFresh {
		known.a, err = s.feeding.do(r.Context(), key, func(ctx context.Context) (*answer, error) {
			at := s.o.Now()
			a, err := s.writeFeed(ctx, c, s.pages.texts.For(lang))
			if err == nil {
				s.feeds.put(key, feedKnown{a, at}, a.size())
			}
			return a, err
		})
		if err != nil {
			return err
		}
	}
	shown := *known.a // unnamed fills in the other encoding
	return s.unnamed(w, r, &shown, cacheFigures)
}

// writeFeed writes a feed: of a campaign, or of all where it has no id.
func (s *Server) writeFeed(ctx context.Context, c store.Campaign, loc *i18n.Locale) (*answer, error) {
	var reached []store.Reached
	var err error
	if s.o.Snapshots != nil {
		if reached, err = s.o.Snapshots.Reached(ctx, c.ID, string(retention.MeasureMarks), mostFeedEntries); err != nil {
			return nil, err
		}
	}
	path, page := "/v1/feed.atom", "/"
	title := loc.Message("web-feed-title")
	if c.ID != "" {
		path, page = "/v1/campaigns/"+url.PathEscape(c.ID)+"/feed.atom", "/campaigns/"+url.PathEscape(c.ID)
		title = loc.Message("web-feed-campaign", i18n.Text(c.Title))
	}
	lang := "?uselang=" + loc.Code()
	f := atomFeed{
		Lang: loc.Code(), ID: s.feedID(path + lang), Title: title, Subtitle: loc.Message("web-feed-subtitle"),
		Updated: atomTime(time.Unix(0, 0)), Author: atomAuthor{"Afterglow"},
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: s.link(path + lang)},
			{Rel: "alternate", Type: "text/html", Href: s.link(page + lang)},
		},
	}
	for i, m := range reached {
		if i == 0 {
			f.Updated = atomTime(m.Saved)
		}
		e, err := s.feedEntry(m, loc)
		if err != nil {
			return nil, err
		}
		f.Entries = append(f.Entries, e)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("writing a feed: %w", err)
	}
	b.WriteByte('\n')
	return &answer{contentType: feedType, csp: dataCSP, body: b.Bytes()}, nil
}

func (s *Server) feedEntry(m store.Reached, loc *i18n.Locale) (atomEntry, error) {
	var marks retention.Marks
	if err := json.Unmarshal(m.Body, &marks); err != nil {
		return atomEntry{}, fmt.Errorf("the snapshot of %s at %d: %w: %w", m.Campaign, m.Mark, store.ErrFormat, err)
	}
	summary := loc.Message("web-feed-unknown")
	for _, g := range marks.Groups {
		for _, p := range g.Points {
			if g.Group == retention.All && p.Month == m.Mark && p.Status.Known() {
				summary = loc.Message("web-feed-summary", i18n.Percent(p.Rate), i18n.Share(p.Low), i18n.Percent(p.High), i18n.Int(p.AtRisk), i18n.Int(m.Mark))
			}
		}
	}
	saved := atomTime(m.Saved)
	return atomEntry{
		ID:    s.feedID(fmt.Sprintf("mark %s %d %d %d", m.Campaign, m.Mark, m.Start.Unix(), m.End.Unix())),
		Title: loc.Message("web-feed-entry", i18n.Text(m.Title), i18n.Int(m.Mark)), Updated: saved, Published: saved, Summary: summary,
		Links: []atomLink{
			{Rel: "alternate", Type: "text/html", Href: s.link("/campaigns/" + url.PathEscape(m.Campaign) + "?uselang=" + loc.Code())},
			{Rel: "related", Type: "application/json", Href: s.snapshotPath(m.Campaign, m.Mark)},
		},
	}, nil
}

// feedID is an id that is always the same for the same thing of the same
// server: a UUID made of its name, RFC 9562, 5.5.
func (s *Server) feedID(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.o.BaseURL+" "+strconv.Quote(name))).URN()
}

// atomTime writes an instant as RFC 4287, 3.3, has it.
func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
