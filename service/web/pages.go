package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"afterglow/charts/i18n"
	"afterglow/service/store"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

//go:embed i18n/*.json
var messageFiles embed.FS

const (
	htmlType   = "text/html; charset=utf-8"
	scriptType = "text/javascript; charset=utf-8"
)

// pages is what pages are made of: templates, texts, and the static files under
// names that change with their content.
type pages struct {
	templates *template.Template
	texts     *i18n.Catalog
	static    map[string]staticFile // by the name in the address
	names     map[string]string     // file → name in the address
}

type staticFile struct {
	contentType string
	body        []byte
}

func newPages() (*pages, error) {
	messages, err := fs.Sub(messageFiles, "i18n")
	if err != nil {
		return nil, err
	}
	p := &pages{static: map[string]staticFile{}, names: map[string]string{}}
	if p.texts, err = i18n.Load(messages); err != nil {
		return nil, err
	}
	if p.templates, err = template.New("").Funcs(template.FuncMap{"figure": figureOf}).ParseFS(templateFiles, "templates/*.html"); err != nil {
		return nil, err
	}
	for file, contentType := range map[string]string{
		"afterglow.css": "text/css; charset=utf-8", "afterglow.svg": "image/svg+xml", "theme.js": scriptType, "afterglow.js": scriptType,
	} {
		body, err := readStatic(file)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		stem, ext, _ := strings.Cut(file, ".")
		name := stem + "." + hex.EncodeToString(sum[:5]) + "." + ext
		p.static[name], p.names[file] = staticFile{contentType, body}, name
	}
	return p, nil
}

// readStatic reads a static file. The pages' script is a file for each thing
// that it does, in one function, so that they share names with nobody.
func readStatic(file string) ([]byte, error) {
	if file != "afterglow.js" {
		return staticFiles.ReadFile("static/" + file)
	}
	script := []byte("'use strict';\n( function () {\n")
	for _, part := range []string{"theme", "marks", "copy", "embed", "follow", "redraw"} {
		text, err := staticFiles.ReadFile("static/script/" + part + ".js")
		if err != nil {
			return nil, err
		}
		script = append(script, text...)
	}
	return append(script, "}() );\n"...), nil
}

// base is what every page has.
type base struct {
	server *Server
	loc    *i18n.Locale
	path   string     // of the page, without the base path
	lost   bool       // the page that is shown is none of path: an error, a login that failed
	query  url.Values // of the page, read already

	person Person // who reads it; zero: nobody has signed in

	Title  string // of the window
	MadeUp bool   // figures of made-up people are on the page
}

// T is a message's text.
func (b base) T(key string, args ...any) string { return b.loc.Message(key, args...) }

// Lang and Dir are of the page's language.
func (b base) Lang() string { return b.loc.Code() }

// Dir is ltr or rtl.
func (b base) Dir() string { return b.loc.Direction() }

// Static is the address of a static file.
func (b base) Static(file string) string {
	return b.server.basePath + "/static/" + b.server.pages.names[file]
}

// Href is the address of another page of ours in the same language, with
// parameters in pairs of a name and a value.
func (b base) Href(path string, params ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		values.Add(params[i], params[i+1])
	}
	if b.loc.Code() != "en" {
		values.Set("uselang", b.loc.Code())
	}
	if len(values) == 0 {
		return b.server.basePath + path
	}
	return b.server.basePath + path + "?" + values.Encode()
}

// Raw is the address of a path that is not a page.
func (b base) Raw(path string) string { return b.server.basePath + path }

// language is a link to this page in another language.
type language struct {
	Code, Name, Dir, Href string
	Current               bool
}

// Languages lists this page in every language, each named in itself.
func (b base) Languages() []language {
	var out []language
	for _, code := range i18n.Languages() {
		values := url.Values{}
		for name, v := range b.query {
			values[name] = v
		}
		values.Del("uselang")
		if code != "en" {
			values.Set("uselang", code)
		}
		out = append(out, language{
			Code: code, Name: b.server.pages.texts.For(code).Message("web-language"), Dir: i18n.Direction(code),
			Href: b.self(values), Current: code == b.loc.Code(),
		})
	}
	return out
}

// self is this page's address with other parameters.
func (b base) self(values url.Values) string {
	if len(values) == 0 {
		return b.server.basePath + b.path
	}
	return b.server.basePath + b.path + "?" + values.Encode()
}

// CanSignIn reports whether pages offer to sign in.
func (b base) CanSignIn() bool { return b.server.login != nil }

// SignedIn reports whether somebody who has signed in reads the page.
func (b base) SignedIn() bool { return b.person.Sub != "" }

// Person is who reads the page.
func (b base) Person() Person { return b.person }

// ReadOnly reports whether campaigns can only be added by the operator.
func (b base) ReadOnly() bool { return b.server.o.ReadOnly }

// Version is the program's.
func (b base) Version() string { return b.server.o.Version }

// base begins a page.
func (s *Server) base(r *http.Request, q query) (base, error) {
	lang, err := q.language()
	if err != nil {
		return base{}, err
	}
	return base{server: s, loc: s.pages.texts.For(lang), path: r.URL.Path, query: q.values, person: exchangeOf(r).person}, nil
}

// render executes a template.
func (s *Server) render(name string, view any) ([]byte, error) {
	var b bytes.Buffer
	if err := s.pages.templates.ExecuteTemplate(&b, name, view); err != nil {
		return nil, fmt.Errorf("the page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// page answers with a page that depends on nothing but its address, its parts
// and who reads it. One for somebody who has signed in is not remembered here.
func (s *Server) page(w http.ResponseWriter, r *http.Request, b base, parts []string, view func(context.Context) (string, any, error)) error {
	key := s.tag(append([]string{"page", r.URL.Path, b.loc.Code(), b.query.Encode(), strconv.FormatBool(s.o.ReadOnly)}, parts...)...)
	compute := func(ctx context.Context) (*answer, error) {
		name, v, err := view(ctx)
		if err != nil {
			return nil, err
		}
		body, err := s.render(name, v)
		if err != nil {
			return nil, err
		}
		return &answer{contentType: htmlType, csp: pageCSP, body: body}, nil
	}
	if !b.SignedIn() {
		return s.remembered(w, r, cachePage, key, compute)
	}
	a, err := compute(r.Context())
	if err != nil {
		return err
	}
	return s.unnamed(w, r, a, cachePrivate)
}

// sendPage sends a page that is not kept.
func (s *Server) sendPage(w http.ResponseWriter, r *http.Request, status int, name string, view any) error {
	body, err := s.render(name, view)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", cacheNot)
	h.Set("Content-Type", htmlType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}

// static answers with a file whose name changes with its content.
func (s *Server) static(w http.ResponseWriter, r *http.Request) error {
	name := mux.Vars(r)["file"]
	f, ok := s.pages.static[name]
	if !ok {
		return plain(http.StatusNotFound, "there is no such file")
	}
	return s.remembered(w, r, cacheForever, s.tag("static", name), func(context.Context) (*answer, error) {
		a := &answer{contentType: f.contentType, csp: dataCSP, body: f.body}
		if strings.HasPrefix(f.contentType, "image/svg") {
			a.csp = svgCSP
		}
		return a, nil
	})
}

// robots keeps crawlers from every combination of parameters.
func (s *Server) robots(w http.ResponseWriter, r *http.Request) error {
	return s.remembered(w, r, "public, max-age=86400", s.tag("robots"), func(context.Context) (*answer, error) {
		return &answer{contentType: "text/plain; charset=utf-8", csp: dataCSP, body: []byte("User-agent: *\nDisallow: /v1/\nDisallow: /*?\n")}, nil
	})
}

// about is the page about the numbers.
func (s *Server) about(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the page about the numbers", []string{"uselang"})
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	return s.page(w, r, b, nil, func(context.Context) (string, any, error) {
		b.Title = b.T("web-about-title")
		return "about.html", aboutView{b, s.o.MinCell, s.o.Gap}, nil
	})
}

type aboutView struct {
	base
	MinCell, Gap int
}

// stateKey is the message that names a state; none for a campaign that is ready.
func stateKey(c store.Campaign) string {
	switch {
	case c.State == store.New || c.State == store.Measuring:
		return "web-state-measuring"
	case c.State == store.Failed:
		return "web-state-failed"
	case c.Frozen != "":
		return "web-state-frozen"
	}
	return ""
}
