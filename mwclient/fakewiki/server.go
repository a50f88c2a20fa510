package fakewiki

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// server is one wiki's HTTP server.
type server struct {
	farm *Farm
	wiki *wiki
	ln   net.Listener
	http *http.Server
	ctx  context.Context // ends when the farm closes
	done sync.WaitGroup
}

const (
	maxURL    = 8 << 10  // nginx's limit of a request line
	maxBody   = 8 << 20  // of a POST
	maxForm   = 64 << 10 // of a form of OAuth
	apiPath   = "/w/api.php"
	indexPath = "/w/index.php"
	closeWait = 2 * time.Second
)

// listen opens a wiki's port, so that its address is known to the others before
// any of them answers.
func listen(ctx context.Context, f *Farm, w *wiki) (*server, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.url = "http://" + ln.Addr().String()
	s := &server{farm: f, wiki: w, ln: ln, ctx: ctx}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: log.New(io.Discard, "", 0)}
	return s, nil
}

func (s *server) start() {
	s.done.Go(func() { _ = s.http.Serve(s.ln) }) // ends with ErrServerClosed
}

// close lets requests in flight end, for a while.
func (s *server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	_ = s.ln.Close()
	s.done.Wait()
}

// request is what a request asks, as far as faults and counters want to know.
type request struct {
	endpoint string
	params   *params // of the Action API; nil elsewhere
	key      uint64  // the same for the same request sent again
}

// ServeHTTP answers one request, or lets a fault strike it.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, refused := s.read(w, r)
	leave := s.farm.counts.enter(s.wiki.index, req.endpoint, r.UserAgent())
	rows := 0
	defer func() { leave(rows) }()
	s.farm.applyChanges()
	strikes := s.farm.faults.strike(s.wiki.DB, req)
	s.farm.counts.strike(s.wiki.index, len(strikes))
	if !s.pause(r.Context(), s.farm.spec.Latency, strikes) {
		hangUp(w, false)
		return
	}
	if s.farm.faults.down(s.wiki.DB) {
		hangUp(w, false)
		return
	}
	if refused != nil {
		_ = s.send(w, r, refused)
		return
	}
	if k, ok := decisive(strikes); ok && k.rule.Kind == Reset {
		hangUp(w, true)
		return
	} else if ok && k.rule.Kind.isProxy() {
		_ = s.send(w, r, k.proxyPage())
		return
	}
	rep := s.answer(r, req, strikes)
	if k, ok := decisive(strikes); ok && k.rule.Kind.isBody() {
		k.spoil(w, r, rep)
		return
	}
	rows = rep.rows
	_ = s.send(w, r, rep) // the client has gone: nobody is left to tell
}

// read looks at what is asked. refused is the answer to a request that no wiki
// reads.
func (s *server) read(w http.ResponseWriter, r *http.Request) (req request, refused *reply) {
	path := r.URL.Path
	switch {
	case path == apiPath:
		req.endpoint = EndpointAPI
	case strings.HasPrefix(path, restPath+oauthPath):
		switch req.endpoint = strings.TrimPrefix(strings.TrimPrefix(path, restPath+oauthPath), "resource/"); req.endpoint {
		case EndpointAuthorize, EndpointToken, EndpointProfile:
		default:
			req.endpoint = EndpointREST
		}
	case strings.HasPrefix(path, restPath):
		req.endpoint, _ = route(strings.TrimPrefix(path, restPath))
		if strings.Contains(req.endpoint, "/") {
			req.endpoint = EndpointREST
		}
	default:
		req.endpoint = EndpointPage
	}
	req.key = hash(hashText(s.wiki.DB), hashText(r.Method+path))
	// The request line holds the method, two spaces and the version as well.
	if len(r.Method)+len(r.RequestURI)+len(" HTTP/1.1\r\n")+1 > maxURL {
		return req, tooLong()
	}
	query := r.URL.Query()
	if req.endpoint != EndpointAPI && r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			return req, newReply(http.StatusRequestEntityTooLarge, "text/html").text("<html><body>Request Entity Too Large</body></html>")
		}
	}
	if req.endpoint != EndpointAPI {
		req.key = hash(req.key, hashText(query.Encode()))
		return req, nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var body url.Values
	if r.Method == http.MethodPost {
		err := r.ParseForm()
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			err = r.ParseMultipartForm(maxBody) //nolint:gosec // the body is bounded above
		}
		if err != nil {
			return req, newReply(http.StatusRequestEntityTooLarge, "text/html").text("<html><body>Request Entity Too Large</body></html>")
		}
		body = r.PostForm
	}
	req.params = newParams(query, body)
	req.endpoint = s.farm.endpoint(req.params)
	for _, k := range sortedKeys(req.params.values) {
		if k != "maxlag" {
			req.key = hash(req.key, hashText(k), hashText(req.params.values[k]))
		}
	}
	return req, nil
}

// endpoint names what a call of the Action API counts for.
func (f *Farm) endpoint(p *params) string {
	switch action := p.values["action"]; action {
	case EndpointSiteMatrix, EndpointParse:
		return action
	}
	if p.values["generator"] == EndpointCategory || p.values["prop"] == "imageinfo" || p.values["prop"] == "categoryinfo" {
		return EndpointCategory
	}
	if p.values["action"] != "query" {
		return EndpointAPI
	}
	for _, name := range []string{EndpointUserContribs, EndpointLogEvents, EndpointGlobalUsers, EndpointGlobalUserInfo,
		EndpointUsers, EndpointSiteInfo, EndpointUserInfo} {
		for _, kind := range []string{"list", "meta"} {
			for v := range strings.SplitSeq(p.values[kind], "|") {
				if v == name {
					return name
				}
			}
		}
	}
	return EndpointAPI
}

// answer reads what is asked under the farm's lock. The body is written later and
// without it, as a client may be slow.
func (s *server) answer(r *http.Request, req request, strikes []strike) *reply {
	s.farm.mu.RLock()
	defer s.farm.mu.RUnlock()
	who := s.caller(r)
	path := r.URL.Path
	switch {
	case path == apiPath:
		return s.actionAPI(req.params, who, strikes)
	case strings.HasPrefix(path, restPath+oauthPath):
		return s.oauth2(r, strings.TrimPrefix(path, restPath+oauthPath), strikes)
	case strings.HasPrefix(path, restPath):
		return s.rest(r, who)
	case path == indexPath || strings.HasPrefix(path, "/wiki/"):
		if rep := s.oauthPage(r); rep != nil {
			return rep
		}
		return s.htmlPage(r.URL)
	case path == "/":
		rep := newReply(http.StatusMovedPermanently, "text/html; charset=utf-8")
		rep.header.Set("Location", s.wiki.url+"/wiki/Main_Page")
		return rep
	}
	return newReply(http.StatusNotFound, "text/html").text("<html><body><h1>404 Not Found</h1></body></html>")
}

// tooLong is nginx's page for a URL over its limit. Capture: uri_too_long.
func tooLong() *reply {
	return newReply(http.StatusRequestURITooLong, "text/html").text("<html>\n<head><title>414 Request-URI Too Large</title></head>\n" +
		"<body>\n<center><h1>414 Request-URI Too Large</h1></center>\n<hr><center>nginx/1.22.1</center>\n</body>\n</html>\n")
}

// pause waits as long as the farm's latency and a Slow fault want, or until the
// faults are over; false: the client or the farm has gone.
func (s *server) pause(ctx context.Context, d time.Duration, strikes []strike) bool {
	var over <-chan struct{}
	for _, k := range strikes {
		if k.rule.Kind == Slow {
			d += k.rule.delay()
			over = k.over
		}
	}
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-over:
		return true
	case <-ctx.Done():
		return false
	case <-s.ctx.Done():
		return false
	}
}

// hangUp closes the connection without an answer; reset sends RST for it.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
