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
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"afterglow/charts/i18n"
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

// trackFields are the fields of a form; "file" may stand for names.
func trackFields() []string {
	return []string{"event", "title", "start", "end", "source", "names", "wiki"}
}

// readsForm reports whether the body is a form from a page of ours: its sender
// is a person in a browser, who reads pages.
func (s *Server) readsForm(r *http.Request) bool {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isForm := media == formType || media == multipartType
	exchangeOf(r).page = isForm
	return isForm
}

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
