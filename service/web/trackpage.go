package web

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"strconv"

	"afterglow/charts/i18n"
)

const trackPagePath = "/track"

// trackView is the page where somebody has a campaign measured.
type trackView struct {
	base
	// ID, Wiki and Event name an event that is not tracked yet; empty: none.
	ID, Wiki, Event string
	Form            trackRequest
	List            bool // the form for lists is open
	Problem         *trackTrouble
	Hosts           string // of wikis that can be read; empty: not said
}

// trackTrouble is why something could not be tracked.
type trackTrouble struct {
	Field  string // of the form; empty: none of them
	Text   string
	Reason string
	Detail string // in English, where there is no Reason
}

// Error is the id of the sentence that belongs to a field, or empty.
func (v trackView) Error(field string) string {
	if v.Problem != nil && v.Problem.Field == field {
		return "error"
	}
	return ""
}

func (s *Server) trackView(r *http.Request) (trackView, error) {
	q, err := readQuery(r, "the page about tracking", []string{"campaign", "event", "uselang"})
	if err != nil {
		return trackView{}, err
	}
	b, err := s.base(r, q)
	if err != nil {
		return trackView{}, err
	}
	v := trackView{base: b, ID: q.values.Get("campaign")}
	v.Title = b.T("web-track-title")
	if q.values.Has("campaign") {
		wiki, event, ok := eventOf(v.ID)
		if !ok || !idForm.MatchString(v.ID) {
			return v, refuse("campaign", v.ID, "an event's id, WIKI-EVENTID")
		}
		v.Wiki, v.Event = wiki, strconv.FormatInt(event, 10)
	}
	v.Form.Event, err = q.text("event", mostAddress)
	return v, err
}

// Example is an event's address.
func (v trackView) Example() string {
	return cmp.Or(v.server.o.EventExample, "https://meta.wikimedia.org/wiki/Event:…")
}

// CanTrack reports whether people can have campaigns measured here.
func (b base) CanTrack() bool {
	return b.server.login != nil && b.server.canTrack() == nil && !b.server.o.ReadOnly
}

// trackPage is the form, or says how an event comes to be tracked here.
func (s *Server) trackPage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.trackView(r)
	if err != nil {
		return err
	}
	return s.live(w, r, v.base, "track.html", v)
}

// postTrack tracks what the form says, and shows the campaign, or the form again
// with what is wrong.
func (s *Server) postTrack(w http.ResponseWriter, r *http.Request) error {
	v, err := s.trackView(r)
	if err != nil {
		return err
	}
	p, done, err := s.admitTracking(r)
	if err != nil {
		return err
	}
	defer done()
	in, err := readTrackRequest(w, r)
	if err == nil {
		v.Form = in
		var t Tracked
		if t, _, err = s.startTracking(r, p, in); err == nil {
			return s.seeOther(w, v.inLanguage("/campaigns/"+t.Campaign.ID))
		}
	}
	var known *problem
	if !errors.As(err, &known) || known.Status >= http.StatusInternalServerError && known.Type != typeWiki {
		return err
	}
	v.List = in.Event == "" && (in.Title != "" || in.Source != "" || in.Names != "" || in.Start != "" || in.End != "" || in.Wiki != "")
	v.Problem = v.trouble(known)
	if known.cause != nil {
		s.o.Logger.WarnContext(r.Context(), "tracking a campaign", "error.message", known.cause, "http.request.id", requestID(w))
	}
	if known.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(known.retryAfter))
	}
	return s.sendPage(w, r, known.Status, "track.html", v)
}

// trouble puts a problem into words.
func (v trackView) trouble(p *problem) *trackTrouble {
	t := &trackTrouble{Field: p.Parameter, Text: v.T("web-track-wrong"), Reason: v.reason(p.reason), Detail: p.Detail}
	switch p.Type {
	case typeEvent:
		t.Text = v.T("web-track-no-event")
	case typeWiki:
		t.Text, t.Detail = v.T("web-error-wiki-detail"), ""
	case typeList:
		t.Text = v.T("web-track-bad-list")
	case typeTaken:
		t.Text, t.Detail = v.T("web-track-taken"), ""
	case typeTooOften:
		t.Text, t.Detail = v.T("web-error-often-minutes", i18n.Int(max(1, int(math.Ceil(float64(p.retryAfter)/60))))), ""
	case typeParameter:
		t.Detail = p.Allowed
	}
	return t
}

// inLanguage is a path of ours in the page's language, without the base path.
func (b base) inLanguage(path string) string {
	if b.Lang() == "en" {
		return path
	}
	return path + "?uselang=" + b.Lang()
}
