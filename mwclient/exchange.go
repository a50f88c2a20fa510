package mwclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// kind is what an answer must look like.
type kind int

const (
	kindAPI  kind = iota // JSON, errors in the body under status 200
	kindREST             // JSON, errors by status
	kindPage             // HTML, also that of a page that is not there
)

const (
	maxRedirects = 5
	// maxQuery is the longest query string that goes into a URL: servers refuse
	// a line over 8 KB (414).
	maxQuery = 4000
	// maxErrorBody is how much of an answer is searched for an error's code
	// where the header does not tell it: such answers are short.
	maxErrorBody = 16 << 10
)

// errNotAPI: what is at the address is not the API, so that the address may be wrong.
var errNotAPI = errors.New("no MediaWiki API there")

// exchange is one request with everything that may happen before its answer
// comes: pacing, tries, waits, redirects. It is an http.RoundTripper, because
// that is where go-mwclient can be given manners; it carries the context, which
// go-mwclient does not know, and the error, whose identity go-mwclient loses.
// It is used once.
type exchange struct {
	c        *Client
	ctx      context.Context
	label    string // the wiki in errors and logs
	key      string // the wiki in counters
	endpoint Endpoint
	kind     kind
	bearer   bool // send the host's token
	known    bool // the address is known to be an API: HTML then means trouble
	write    bool // it changes something, or holds a password: it is posted, and follows no redirect

	last answer // what was answered
	err  error  // why there is none
}

// answer is a whole answer.
type answer struct {
	status int
	header http.Header
	body   []byte
	url    *url.URL // after redirects
}

// message is what is sent, over and over.
type message struct {
	method string
	url    *url.URL
	form   string // the body of a POST
	mime   string
}

// RoundTrip sends the request, again where that may help, and returns a whole
// and, for an API, well-formed answer.
func (e *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	m := message{method: req.Method, url: req.URL, mime: req.Header.Get("Content-Type")}
	if req.Body != nil {
		defer req.Body.Close()
		form, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, e.fail(err)
		}
		m.form = string(form)
	}
	ans, err := e.run(e.ctx, &m)
	if err != nil {
		return nil, e.fail(err)
	}
	e.last = ans
	header := ans.header.Clone()
	// go-mwclient takes this for a maxlag error of its own.
	header.Del("X-Database-Lag")
	header.Del("Content-Encoding")
	return &http.Response{
		Status:     strconv.Itoa(ans.status) + " " + http.StatusText(ans.status),
		StatusCode: ans.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(ans.body)),
		ContentLength: int64(len(ans.body)), Request: req,
	}, nil
}

func (e *exchange) fail(err error) error {
	e.err = err
	return err
}

// run tries until there is an answer or no hope.
func (e *exchange) run(ctx context.Context, m *message) (answer, error) {
	began := e.c.clock.Now()
	failures := map[class]int{}
	for try := 0; ; try++ {
		ans, f := e.once(ctx, m, try)
		if f == nil {
			return ans, nil
		}
		if err := ctx.Err(); err != nil {
			return answer{}, fmt.Errorf("reading %s of %s: %w", e.endpoint, e.label, err)
		}
		if ans.status == http.StatusRequestURITooLong && m.method == http.MethodGet && m.url.RawQuery != "" {
			m.post()
			continue
		}
		failures[f.class]++
		host := hostKey(m.url)
		wait := f.pause(try, host, e.c.jitter)
		if f.class == throttled {
			e.c.stats.add(e.key, e.endpoint, Counts{Throttled: 1})
		}
		if try >= e.c.o.MaxRetries || failures[f.class] > f.class.tries() ||
			wait > longestAsked+longestWait || e.c.clock.Now().Add(wait).Sub(began) > e.c.o.MaxElapsed {
			return answer{}, f.err
		}
		e.c.log.DebugContext(ctx, "trying again", "wiki", e.label, "endpoint", string(e.endpoint),
			"reason", f.reason, "try", try+1, "wait", wait)
		if f.class == throttled {
			e.c.pacer.hold(host, wait) // for everybody; the next turn waits for it
			continue
		}
		if err := e.c.clock.Sleep(ctx, wait); err != nil {
			return answer{}, fmt.Errorf("reading %s of %s: %w", e.endpoint, e.label, err)
		}
	}
}

// post moves a query from the URL into the body.
func (m *message) post() {
	u := *m.url
	m.method, m.form, m.mime = http.MethodPost, u.RawQuery, "application/x-www-form-urlencoded"
	u.RawQuery = ""
	m.url = &u
}

// once sends the message and follows redirects. What is redirected only reads,
// so a POST stays a POST (but for 303).
func (e *exchange) once(ctx context.Context, m *message, try int) (answer, *fault) {
	method := m.method
	at, err := e.c.admit(m.url)
	if err != nil {
		return answer{}, &fault{err: err, class: final}
	}
	for hop := 0; ; hop++ {
		ans, f := e.send(ctx, m, method, at, try)
		if f != nil {
			return ans, f
		}
		switch ans.status {
		case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		case http.StatusSeeOther:
			method = http.MethodGet
		default:
			return ans, e.judge(ans)
		}
		if e.write {
			return ans, e.unusable(final, "redirect", errors.New("a redirect of what was to be written"))
		}
		next, err := at.Parse(ans.header.Get("Location"))
		switch {
		case err != nil || next.Hostname() == "" || next.User != nil || (next.Scheme != "https" && next.Scheme != "http"):
			return ans, e.unusable(final, "redirect", errors.New("a redirect to nowhere"))
		case hop == maxRedirects:
			return ans, e.unusable(final, "redirect", fmt.Errorf("more than %d redirects", maxRedirects))
		case at.Scheme == "https" && next.Scheme == "http" && hostKey(at) == hostKey(next):
			return ans, e.unusable(final, "redirect", errors.New("a redirect from https to http"))
		}
		next.Fragment, next.RawFragment = "", ""
		if at, err = e.c.follow(at, next); err != nil {
			return ans, &fault{err: err, class: final}
		}
	}
}

// send does one request to one host, in its turn.
func (e *exchange) send(ctx context.Context, m *message, method string, target *url.URL, try int) (answer, *fault) {
	host := hostKey(target)
	release, err := e.c.pacer.acquire(ctx, host)
	if err != nil {
		return answer{}, &fault{err: err, class: final}
	}
	defer release()
	bounded, cancel := context.WithTimeout(ctx, e.c.o.Timeout)
	defer cancel()
	late := func() bool { return bounded.Err() != nil && ctx.Err() == nil }
	var body io.Reader = http.NoBody
	if method == http.MethodPost {
		body = strings.NewReader(m.form)
	}
	req, err := http.NewRequestWithContext(bounded, method, target.String(), body)
	if err != nil {
		return answer{}, &fault{err: fmt.Errorf("%w: %s", ErrAddress, e.label), class: final}
	}
	e.dress(req, m, host)
	counts := Counts{Requests: 1}
	if try > 0 {
		counts.Retries = 1
	}
	e.c.stats.add(e.key, e.endpoint, counts)
	resp, err := e.c.o.Base.RoundTrip(req)
	if err != nil {
		return answer{}, e.lost(err, late())
	}
	defer resp.Body.Close()
	e.c.skews.note(host, resp.Header, e.c.clock)
	keepCookies(e.c.jar, target, resp.Header)
	text, err := readBody(resp, e.c.o.MaxBody)
	e.c.stats.add(e.key, e.endpoint, Counts{Bytes: int64(len(text))})
	ans := answer{status: resp.StatusCode, header: resp.Header, body: text, url: target}
	if err != nil {
		if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
			return ans, e.judge(ans) // what it says is in the header
		}
		if bounded.Err() != nil {
			return ans, e.lost(err, late())
		}
		return ans, e.unusable(garbled, "cut off", err)
	}
	return ans, nil
}

// dress sets the headers of a request.
func (e *exchange) dress(req *http.Request, m *message, host string) {
	req.Header.Set("User-Agent", e.c.agent)
	req.Header.Set("Accept-Encoding", "gzip")
	for _, cookie := range e.c.jar.Cookies(req.URL) {
		req.AddCookie(cookie)
	}
	if e.kind != kindPage {
		req.Header.Set("Accept", "application/json")
	}
	if req.Method == http.MethodPost {
		req.Header.Set("Content-Type", m.mime)
		if e.kind == kindAPI && !e.write {
			// Lets the nearest data center answer a POST that only reads:
			// https://www.mediawiki.org/wiki/API:Data_formats, "Promise-Non-Write-API-Action".
			req.Header.Set("Promise-Non-Write-API-Action", "true")
		}
	}
	// A token goes to the host that it was configured for, whatever redirects say.
	if token := e.c.o.Tokens[host]; token != "" && e.bearer && e.kind != kindPage {
		req.Header.Set("Authorization", "Bearer "+token)
	}
}

// lost says what a broken connection means. Errors of net/http repeat the whole
// URL with the names in it, so only their cause is kept.
func (e *exchange) lost(err error, late bool) *fault {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	f := &fault{class: broken, reason: "connection"}
	var after time.Duration
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case late:
		f.reason, after = "timeout", e.c.o.Timeout
		err = fmt.Errorf("no answer within %s", e.c.o.Timeout)
	case errors.As(err, &dns) && dns.IsNotFound:
		f.class = final
	case errors.As(err, &certificate), errors.Is(err, ErrNotAllowed):
		f.class = final
	case errors.Is(err, syscall.ECONNREFUSED):
		f.class = refused
	}
	f.err = &UnreachableError{Wiki: e.label, After: after, Err: err}
	return f
}

func (e *exchange) unusable(c class, reason string, err error) *fault {
	return &fault{err: &ResponseError{Wiki: e.label, Err: err}, class: c, reason: reason}
}

// judge decides whether an answer is one.
func (e *exchange) judge(ans answer) *fault {
	status := &StatusError{Status: ans.status, Wiki: e.label}
	switch {
	case ans.status == http.StatusTooManyRequests || ans.status == http.StatusServiceUnavailable:
		return e.patience(ans, strconv.Itoa(ans.status))
	case ans.status == http.StatusRequestTimeout || ans.status == http.StatusTooEarly || ans.status >= 500:
		return &fault{err: status, class: passing, reason: strconv.Itoa(ans.status)}
	case ans.status >= 300 && ans.status < 400:
		return &fault{err: status, class: final}
	case e.kind == kindPage:
		if ans.status >= 400 && ans.status != http.StatusNotFound {
			return &fault{err: status, class: final}
		}
		if !bytes.Contains(ans.body, []byte("</html>")) {
			// What names the event may be missing with the rest.
			return e.unusable(broken, "cut off", errors.New("its HTML is cut off"))
		}
		return nil
	case !looksLikeJSON(ans):
		switch {
		case !e.known && ans.status != http.StatusRequestURITooLong:
			return &fault{err: fmt.Errorf("%s: %w (it answered %d)", e.label, errNotAPI, ans.status), class: final}
		case ans.status >= 400:
			return &fault{err: status, class: final}
		}
		return e.unusable(garbled, "not JSON", errors.New("it is not JSON"))
	case !jsontext.Value(ans.body).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)):
		return e.unusable(garbled, "cut off", errors.New("its JSON is cut off or broken"))
	case e.kind == kindAPI:
		return e.judgeAPI(ans)
	}
	return nil
}

// judgeAPI looks for the Action API's errors that pass by themselves.
// https://www.mediawiki.org/wiki/API:Errors_and_warnings
func (e *exchange) judgeAPI(ans answer) *fault {
	code := ans.header.Get("MediaWiki-API-Error")
	if code == "" && len(ans.body) <= maxErrorBody {
		if err := apiErrorIn(ans.body); err != nil {
			code = err.Code
		}
	}
	switch {
	case code == "maxlag" || code == "ratelimited" || code == "readonly":
		return e.patience(ans, code)
	case strings.HasPrefix(code, "internal_api_error"):
		err := &APIError{Code: code, Wiki: e.label, Status: ans.status}
		return &fault{err: err, class: passing, reason: code}
	}
	return nil
}

func (e *exchange) patience(ans answer, reason string) *fault {
	after := retryAfter(ans.header, e.c.clock.Now())
	return &fault{
		err:   &RateLimitError{RetryAfter: max(after, 0), Wiki: e.label, Reason: reason},
		class: throttled, reason: reason, retryAfter: after,
	}
}

// looksLikeJSON goes by the type, or by the text where a proxy changed the type.
func looksLikeJSON(ans answer) bool {
	if strings.Contains(ans.header.Get("Content-Type"), "json") {
		return true
	}
	text := bytes.TrimLeft(ans.body, " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}
