package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"afterglow/charts/i18n"
	"afterglow/mwclient"
	"afterglow/service/store"
)

// trackRequest is the body of POST /v1/campaigns, in JSON or as a form: an
// event's address, or a list.
type trackRequest struct {
	Event  string `json:"event"`
	Title  string `json:"title"`
	Start  string `json:"start"`
	End    string `json:"end"`
	Source string `json:"source"`
	Names  names  `json:"names"`
	Wiki   string `json:"wiki"`
}

// names is one text with a name a line, or in JSON also a list of names.
type names string

func (n *names) UnmarshalJSON(b []byte) error {
	var list []string
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(s string) bool { return strings.ContainsAny(s, "\r\n") }) {
			return errors.New("a name cannot hold a line break")
		}
		*n = names(strings.Join(list, "\n"))
		return nil
	}
	var text string
	err := json.Unmarshal(b, &text)
	*n = names(text)
	return err
}

const (
	trackPath = "/v1/campaigns"
	// mostTrackBytes bounds the body of a request to track a list.
	mostTrackBytes = 10 << 20
	mostAddress    = 2000
	// The dates of a list, in years before and after now.
	earliestList, latestList = 30, 2
)

// trackFields are the fields of a form; "file" may stand for names.
func trackFields() []string {
	return []string{"event", "title", "start", "end", "source", "names", "wiki"}
}

// tracked is the answer to POST /v1/campaigns.
type tracked struct {
	Campaign campaignJSON `json:"campaign"`
	Job      *jobJSON     `json:"job"` // that reads it; null where it was read already
	// Names is how many a list has, LeftOut what was not taken for one, by reason.
	Names   *int           `json:"names,omitempty"`
	LeftOut map[string]int `json:"left_out,omitempty"`
}

// trackCampaign tracks an event or a list. The same one again is the same
// campaign: 201 the first time, then 200.
func (s *Server) trackCampaign(w http.ResponseWriter, r *http.Request) error {
	isForm := s.readsForm(r)
	if _, err := readQuery(r, "tracking a campaign", []string{"uselang"}); err != nil {
		return err
	}
	p, err := s.authorize(r, actTrack, store.Campaign{})
	if err != nil {
		return err
	}
	if err := s.canTrack(); err != nil {
		return err
	}
	done, err := s.admitBody(r)
	if err != nil {
		return err
	}
	defer done()
	in, err := readTrackRequest(w, r)
	if err != nil {
		return err
	}
	t, job, err := s.startTracking(r, p, in)
	if err != nil {
		return err
	}
	if isForm {
		return s.seeOther(w, s.afterTracking(t.Campaign, job))
	}
	out := tracked{Campaign: s.campaignJSON(t.Campaign), LeftOut: t.LeftOut}
	if in.Event == "" {
		out.Names = &t.People
	}
	if job != nil {
		j := s.jobJSON(*job)
		out.Job = &j
	}
	status := http.StatusOK
	if t.IsNew {
		status = http.StatusCreated
	}
	w.Header().Set("Location", out.Campaign.Links.Self)
	return writeJSON(w, r, status, out)
}

// startTracking tracks what a person asked for, and has it read.
func (s *Server) startTracking(r *http.Request, p Person, in trackRequest) (t Tracked, job *store.Job, err error) {
	list, err := in.check(s.o.Now())
	if err != nil {
		return t, nil, err
	}
	if err := s.limits.tracks.allow(p.key(), s.o.Now()); err != nil {
		return t, nil, err
	}
	if in.Event != "" {
		t, err = s.trackEvent(r.Context(), p, in.Event)
	} else {
		t, err = s.trackList(r, p, list)
	}
	if err != nil {
		return t, nil, trackProblem(in, err)
	}
	s.source.campaigns.forget(t.Campaign.ID) // that there was none
	job, err = s.firstJob(r.Context(), t)
	return t, job, err
}

// mostLargeBodies bounds how many bodies larger than Options.MaxBody are held at
// once: each may be mostTrackBytes.
const mostLargeBodies = 4

// admitBody waits until a large body may be read; done says that it is no
// longer needed.
func (s *Server) admitBody(r *http.Request) (done func(), err error) {
	if r.ContentLength >= 0 && r.ContentLength <= s.o.MaxBody {
		return func() {}, nil
	}
	return s.largeBodies.take(r.Context())
}

// canTrack refuses where nothing can be tracked at all.
func (s *Server) canTrack() error {
	if s.o.Tracker == nil || s.o.Jobs == nil || s.o.People == nil {
		return plain(http.StatusNotImplemented, "nothing can be tracked on this server but by its operator")
	}
	return nil
}

// afterTracking is where a person's browser goes who has tracked a campaign or
// asked for a refresh.
func (s *Server) afterTracking(c store.Campaign, _ *store.Job) string {
	return "/campaigns/" + url.PathEscape(c.ID)
}

// trackEvent tracks an event and remembers who asked.
func (s *Server) trackEvent(ctx context.Context, p Person, address string) (Tracked, error) {
	t, err := s.o.Tracker.Track(ctx, address)
	if err != nil {
		return t, err
	}
	return t, s.o.People.SaveTracker(ctx, p.Farm, p.Sub, t.Campaign.ID)
}

// trackList tracks a list. One that exists is changed by the person who tracked
// it, and is in the way of anybody else.
func (s *Server) trackList(r *http.Request, p Person, l List) (Tracked, error) {
	ctx := r.Context()
	t, err := s.o.Tracker.TrackList(ctx, l)
	if errors.Is(err, store.ErrExists) && t.Campaign.ID != "" {
		if _, denied := s.authorize(r, actChange, t.Campaign); denied != nil {
			if problemOf(denied).Status == http.StatusForbidden {
				return t, err
			}
			return t, denied
		}
		l.Replace = true
		return s.o.Tracker.TrackList(ctx, l)
	}
	if err != nil {
		return t, err
	}
	return t, s.o.People.SaveTracker(ctx, p.Farm, p.Sub, t.Campaign.ID)
}

// firstJob is the job that reads a campaign that is tracked now, or nil where
// it was read before.
func (s *Server) firstJob(ctx context.Context, t Tracked) (*store.Job, error) {
	c := t.Campaign
	if t.IsNew || c.Refreshed.IsZero() || c.Source.Kind != kindEvent {
		j, err := s.o.Jobs.CreateJob(ctx, c.ID)
		return &j, err
	}
	j, err := s.o.Jobs.LatestJob(ctx, c.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && j.State.Ended():
		return nil, nil //nolint:nilnil // there is nothing to wait for
	case err != nil:
		return nil, err
	}
	return &j, nil
}

// readsForm reports whether the body is a form from a page of ours: its sender
// is a person in a browser, who reads pages.
func (s *Server) readsForm(r *http.Request) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isForm := media == formType || media == multipartType
	exchangeOf(r).page = isForm
	return isForm
}

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

// readTrackRequest reads the body in any of its forms.
func readTrackRequest(w http.ResponseWriter, r *http.Request) (trackRequest, error) {
	var in trackRequest
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	switch media {
	case "application/json":
		return in, readJSON(r, &in)
	case formType:
		if err := r.ParseForm(); err != nil {
			return in, badBody(err)
		}
	case multipartType:
		// All of it fits into memory: mostTrackBytes bounds the body.
		if err := r.ParseMultipartForm(mostTrackBytes + 1); err != nil { //nolint:gosec // the body is bounded
			return in, badBody(err)
		}
	default:
		w.Header().Set("Accept-Post", "application/json, "+formType+", "+multipartType)
		return in, plain(http.StatusUnsupportedMediaType, "the body is application/json, "+formType+" or "+multipartType)
	}
	for name, v := range r.PostForm {
		if !slices.Contains(trackFields(), name) {
			return in, refuse(name, v[0], "the fields are "+strings.Join(trackFields(), ", ")+", file")
		}
		if len(v) > 1 {
			return in, refuse(name, strings.Join(v, ", "), "once")
		}
	}
	f := r.PostForm
	in = trackRequest{
		Event: f.Get("event"), Title: f.Get("title"), Start: f.Get("start"), End: f.Get("end"),
		Source: f.Get("source"), Names: names(f.Get("names")), Wiki: f.Get("wiki"),
	}
	return in, in.readFile(r)
}

// readFile takes the names from a file that was sent with a form; a browser
// sends an empty one where none was chosen.
func (in *trackRequest) readFile(r *http.Request) error {
	if r.MultipartForm == nil {
		return nil
	}
	for name, files := range r.MultipartForm.File {
		if name != "file" || len(files) > 1 {
			return refuse(name, "", "one file, in the field file")
		}
		if files[0].Size == 0 {
			continue
		}
		if in.Names != "" {
			return refuse("file", files[0].Filename, "a file or names, not both").because("web-reason-file")
		}
		f, err := files[0].Open()
		if err != nil {
			return badBody(err)
		}
		text, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			return badBody(err)
		}
		in.Names = names(text)
	}
	return nil
}

// readJSON reads a JSON body strictly into out.
func readJSON(r *http.Request, out any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil {
		return badBody(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badBody(errors.New("there is something after the object"))
	}
	return nil
}

// badBody is a body that cannot be read.
func badBody(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return refuse("body", err.Error(), "one JSON object, or a form, as /openapi.yaml describes it")
}

// check refuses what cannot be tracked, before any wiki is asked, and returns
// the list, if it is one.
func (in *trackRequest) check(now time.Time) (List, error) {
	for name, v := range map[string]*string{"event": &in.Event, "title": &in.Title, "source": &in.Source, "wiki": &in.Wiki} {
		*v = strings.TrimSpace(*v)
		if len(*v) > mostAddress || !utf8.ValidString(*v) || strings.ContainsFunc(*v, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
			return List{}, refuse(name, *v, fmt.Sprintf("text of at most %d bytes without control characters", mostAddress))
		}
	}
	if in.Event != "" {
		if in.Title != "" || in.Start != "" || in.End != "" || in.Source != "" || in.Names != "" || in.Wiki != "" {
			return List{}, refuse("event", in.Event, "the address of an event alone; it says the rest itself")
		}
		return List{}, nil
	}
	l := List{Title: in.Title, Source: in.Source, Names: string(in.Names), Wiki: in.Wiki}
	hasNames := strings.TrimSpace(l.Names) != ""
	switch {
	case l.Source == "" && !hasNames:
		field := "event"
		if l.Title != "" || in.Start != "" || in.End != "" {
			field = "names" // a list was meant
		}
		return l, refuse(field, "", "the address of an event; or names or the address of their source, with title, start and end").because("web-reason-nothing")
	case l.Source != "" && hasNames:
		return l, refuse("names", "", "names or a source, not both").because("web-reason-both")
	case l.Title == "" || len(l.Title) > mostTitleBytes:
		return l, refuse("title", l.Title, fmt.Sprintf("1 to %d bytes", mostTitleBytes)).because("web-reason-title", i18n.Int(mostTitleBytes))
	case hasNames && l.Wiki == "":
		return l, refuse("wiki", "", "the address of the wiki where the names are accounts, such as https://meta.wikimedia.org").because("web-reason-wiki")
	}
	var err error
	if l.Start, err = readDate("start", in.Start, false); err != nil {
		return l, err
	}
	if l.End, err = readDate("end", in.End, true); err != nil {
		return l, err
	}
	switch {
	case !l.Start.Before(l.End):
		return l, refuse("end", in.End, "a time after start").because("web-reason-end")
	case l.Start.Before(now.AddDate(-earliestList, 0, 0)):
		return l, refuse("start", in.Start, fmt.Sprintf("at most %d years ago", earliestList)).because("web-reason-early", i18n.Int(earliestList))
	case l.End.After(now.AddDate(latestList, 0, 0)):
		return l, refuse("end", in.End, fmt.Sprintf("at most %d years from now", latestList)).because("web-reason-late", i18n.Int(latestList))
	}
	return l, nil
}

// readDate reads an instant, or a day in UTC, from its beginning or to its end.
func readDate(name, s string, wholeDay bool) (time.Time, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		if wholeDay {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, refuse(name, s, "a day, 2025-01-31, or an instant, 2025-01-31T18:00:00Z").because("web-reason-day")
	}
	return t.UTC(), nil
}

// trackProblem says why something could not be tracked: what a wiki said, what
// the address was.
func trackProblem(in trackRequest, err error) error {
	field, value := "event", in.Event
	switch {
	case in.Source != "":
		field, value = "source", in.Source
	case in.Event == "":
		field, value = "wiki", in.Wiki
	}
	var (
		p    *problem
		api  *mwclient.APIError
		resp *mwclient.ResponseError
		lim  *mwclient.RateLimitError
		stat *mwclient.StatusError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, mwclient.ErrNotAllowed):
		return refuse(field, value, reasonOf(err)) // which names the hosts that are allowed
	case errors.Is(err, mwclient.ErrAddress):
		return refuse(field, value, reasonOf(err)).because("web-reason-address")
	case errors.Is(err, store.ErrExists):
		return &problem{
			Type: typeTaken, Title: "There is another campaign of that name", Status: http.StatusConflict,
			Detail: "who tracked it can change it; choose another title", Parameter: "title", Value: shorten(in.Title),
		}
	case errors.Is(err, mwclient.ErrNotFound), errors.Is(err, mwclient.ErrEvent), errors.Is(err, mwclient.ErrForbidden):
		return &problem{
			Type: typeEvent, Title: "There is nothing there to track", Status: http.StatusUnprocessableEntity,
			Detail: reasonOf(err), Parameter: field, Value: shorten(value), reason: absence(err),
		}
	case errors.Is(err, store.ErrInvalid):
		if in.Source == "" {
			field, value = "names", ""
		}
		return &problem{
			Type: typeList, Title: "This list cannot be used", Status: http.StatusUnprocessableEntity,
			Detail: reasonOf(err), Parameter: field, Value: shorten(value),
		}
	case errors.Is(err, mwclient.ErrNoContact), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &api), errors.As(err, &resp), errors.As(err, &lim), errors.As(err, &stat), errors.Is(err, mwclient.ErrUnreachable):
		p = wikiProblem("", err)
		p.Parameter, p.Value = field, shorten(value)
		return p
	}
	return err
}

// absence says why a wiki has nothing to track, where that can be said in a few
// words.
func absence(err error) reason {
	switch {
	case errors.Is(err, mwclient.ErrNoEvents):
		return reason{key: "web-reason-no-events"}
	case errors.Is(err, mwclient.ErrDeleted):
		return reason{key: "web-reason-deleted"}
	case errors.Is(err, mwclient.ErrForbidden):
		return reason{key: "web-reason-closed"}
	case errors.Is(err, mwclient.ErrEvent):
		return reason{key: "web-reason-dates"}
	}
	return reason{}
}

// reasonOf is an error's text, kept short.
func reasonOf(err error) string {
	const most = 400
	text := strings.Join(strings.Fields(err.Error()), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}

// seeOther sends a browser that has posted a form to a page.
func (s *Server) seeOther(w http.ResponseWriter, path string) error {
	h := w.Header()
	h.Set("Location", s.basePath+path)
	h.Set("Cache-Control", cacheNot)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
