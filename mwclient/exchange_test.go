package mwclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// htmlAnswer is how proxies say things.
func htmlAnswer(rw http.ResponseWriter, status int, headers ...string) {
	rw.Header().Set("Content-Type", "text/html")
	for i := 0; i+1 < len(headers); i += 2 {
		rw.Header().Set(headers[i], headers[i+1])
	}
	rw.WriteHeader(status)
	io.WriteString(rw, "<!DOCTYPE html><html><head><title>Error</title></head><body>Our servers are tired.</body></html>")
}

// cut sends the start of an answer and hangs up.
func cut(t *testing.T, rw http.ResponseWriter, headers, body string) {
	conn, buf, err := rw.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	io.WriteString(buf, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+headers+"\r\n"+body)
	buf.Flush()
}

// TestPassingTrouble: trouble that passes by itself is waited out, as long as
// was asked for, and the answer that comes then is the same.
func TestPassingTrouble(t *testing.T) {
	date := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name    string
		trouble func(rw http.ResponseWriter)
		slept   time.Duration // at least: jitter is 0 here
		counted int64         // throttled
	}{
		{"maxlag", func(rw http.ResponseWriter) { loadCapture(t, "maxlag_error").play(t, rw) }, 5 * time.Second, 1},
		{"maxlag, plaintext", func(rw http.ResponseWriter) { loadCapture(t, "maxlag_error_plaintext").play(t, rw) }, 5 * time.Second, 1},
		{"maxlag without the header", func(rw http.ResponseWriter) {
			rw.Header().Set("Retry-After", "3")
			sayJSON(rw, `{"errors":[{"code":"maxlag","text":"Waiting"}]}`)
		}, 3 * time.Second, 1},
		{"ratelimited names no time", func(rw http.ResponseWriter) { loadCapture(t, "ratelimited_edit").play(t, rw) }, firstWait, 1},
		{"readonly", func(rw http.ResponseWriter) { loadCapture(t, "readonly_edit").play(t, rw) }, firstWait, 1},
		{"429 with HTML", func(rw http.ResponseWriter) { htmlAnswer(rw, 429, "Retry-After", "7") }, 7 * time.Second, 1},
		{"429 with a date", func(rw http.ResponseWriter) {
			htmlAnswer(rw, 429, "Date", date.Format(http.TimeFormat), "Retry-After", date.Add(42*time.Second).Format(http.TimeFormat))
		}, 42 * time.Second, 1},
		{"429 with a date gone by", func(rw http.ResponseWriter) {
			htmlAnswer(rw, 429, "Date", date.Format(http.TimeFormat), "Retry-After", date.Add(-time.Hour).Format(http.TimeFormat))
		}, 0, 1},
		{"429 with nonsense", func(rw http.ResponseWriter) { htmlAnswer(rw, 429, "Retry-After", "soon") }, firstWait, 1},
		{"503", func(rw http.ResponseWriter) { htmlAnswer(rw, 503, "Retry-After", "2") }, 2 * time.Second, 1},
		{"500", func(rw http.ResponseWriter) { htmlAnswer(rw, 500) }, 0, 0},
		{"502", func(rw http.ResponseWriter) { htmlAnswer(rw, 502) }, 0, 0},
		{"an internal error under 200", func(rw http.ResponseWriter) {
			rw.Header().Set("MediaWiki-API-Error", "internal_api_error_DBQueryTimeoutError")
			sayJSON(rw, `{"error":{"code":"internal_api_error_DBQueryTimeoutError","info":"[x] Caught exception"}}`)
		}, 0, 0},
		{"cut off by length", func(rw http.ResponseWriter) { cut(t, rw, "Content-Length: 5000\r\n", `{"query":{`) }, 0, 0},
		{"cut off in a chunk", func(rw http.ResponseWriter) {
			cut(t, rw, "Transfer-Encoding: chunked\r\n", "40\r\n"+`{"query":{`)
		}, 0, 0},
		{"cut off without a trace", func(rw http.ResponseWriter) {
			cut(t, rw, "Connection: close\r\n", `{"batchcomplete":true,"query":{"general":{"wikiid":"testwiki"}`)
		}, 0, 0},
		{"empty", func(rw http.ResponseWriter) { cut(t, rw, "Content-Length: 0\r\n", "") }, 0, 0},
		{"gzip that is none", func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Encoding", "gzip")
			sayJSON(rw, "this is plain text")
		}, 0, 0},
		{"too large", func(rw http.ResponseWriter) { sayJSON(rw, `"`+strings.Repeat(" ", 2<<20)+`"`) }, 0, 0},
		{"the connection is reset", func(rw http.ResponseWriter) {
			conn, _, err := rw.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newReplay(t, func(rw http.ResponseWriter, _ asked, n int) {
				if n <= 2 {
					test.trouble(rw)
					return
				}
				sayJSON(rw, emptySite)
			})
			c, clock := newTestClient(t, Options{MaxBody: 1 << 20})
			site, err := mustWiki(t, c, s.URL).SiteInfo(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if site.WikiID != "testwiki" || !site.CentralAuth || len(site.ContentNamespaces) != 1 {
				t.Errorf("got %+v", site)
			}
			if got, want := clock.slept(), 2*test.slept; got != want {
				t.Errorf("slept %v, want %v (%v)", got, want, clock.sleeps)
			}
			got := c.Stats()
			want := Counts{Requests: 3, Retries: 2, Throttled: 2 * test.counted, Bytes: got.Total.Bytes}
			if got.Total != want || got.Wikis["testwiki"][EndpointSiteInfo] != want {
				t.Errorf("stats %+v, want %+v", got, want)
			}
		})
	}
}

// TestLastingTrouble: trouble that does not pass ends, as the error that it is.
func TestLastingTrouble(t *testing.T) {
	for _, test := range []struct {
		name    string
		trouble func(rw http.ResponseWriter)
		tries   int // requests
		is      func(error) bool
	}{
		{"maxlag", func(rw http.ResponseWriter) { loadCapture(t, "maxlag_error").play(t, rw) }, defaultMaxRetries + 1,
			func(err error) bool {
				var limit *RateLimitError
				return errors.As(err, &limit) && limit.RetryAfter == 5*time.Second && limit.Reason == "maxlag"
			}},
		{"an hour's patience is not had", func(rw http.ResponseWriter) { htmlAnswer(rw, 429, "Retry-After", "3600") }, 1,
			func(err error) bool {
				var limit *RateLimitError
				return errors.As(err, &limit) && limit.RetryAfter == time.Hour && limit.Reason == "429"
			}},
		{"the time runs out", func(rw http.ResponseWriter) { htmlAnswer(rw, 503, "Retry-After", "240") }, 3,
			func(err error) bool {
				var limit *RateLimitError
				return errors.As(err, &limit) && limit.Reason == "503"
			}},
		{"500", func(rw http.ResponseWriter) { htmlAnswer(rw, 500) }, passing.tries() + 1,
			func(err error) bool {
				var status *StatusError
				return errors.As(err, &status) && status.Status == 500
			}},
		{"cut off", func(rw http.ResponseWriter) { sayJSON(rw, `{"query":`) }, defaultMaxRetries + 1,
			func(err error) bool {
				var bad *ResponseError
				return errors.As(err, &bad)
			}},
		{"a gzip bomb", func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Encoding", "gzip")
			rw.Header().Set("Content-Type", "application/json")
			rw.Write(bomb())
		}, defaultMaxRetries + 1, func(err error) bool { return errors.Is(err, ErrTooLarge) }},
		{"toomanyvalues", func(rw http.ResponseWriter) { loadCapture(t, "uc_51_users_too_many").play(t, rw) }, 1,
			func(err error) bool {
				var refused *APIError
				return errors.As(err, &refused) && refused.Code == "toomanyvalues" && strings.Contains(refused.Info, "ucuser")
			}},
		{"a dead token", func(rw http.ResponseWriter) { loadCapture(t, "bearer_bad").play(t, rw) }, 1,
			func(err error) bool {
				var refused *APIError
				return errors.As(err, &refused) && refused.Code == "mwoauth-invalid-authorization"
			}},
		{"a private wiki", func(rw http.ResponseWriter) {
			sayJSON(rw, `{"errors":[{"code":"readapidenied","text":"You need to log in."}]}`)
		}, 1,
			func(err error) bool { return errors.Is(err, ErrForbidden) && !errors.Is(err, ErrNotFound) }},
		{"something else", func(rw http.ResponseWriter) { sayJSON(rw, `{"query":{"general":7}}`) }, 1,
			func(err error) bool {
				var bad *ResponseError
				return errors.As(err, &bad)
			}},
		{"a part of the question is ignored", func(rw http.ResponseWriter) { loadCapture(t, "unrecognized_param").play(t, rw) }, 1,
			func(err error) bool {
				var bad *ResponseError
				return errors.As(err, &bad) && strings.Contains(err.Error(), "Unrecognized parameter: foo")
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) { test.trouble(rw) })
			c, _ := newTestClient(t, Options{MaxBody: 64 << 10})
			w := mustWiki(t, c, s.URL)
			w.confirmed = true
			_, err := w.SiteInfo(t.Context())
			if err == nil || !test.is(err) {
				t.Errorf("got %v", err)
			}
			if got := len(s.requests()); got != test.tries {
				t.Errorf("%d requests, want %d", got, test.tries)
			}
		})
	}
}

// bomb is 1 MB of blanks in 1 KB.
func bomb() []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(bytes.Repeat([]byte(" "), 1<<20))
	z.Close()
	return buf.Bytes()
}

// TestRESTErrors: every shape that the REST API's errors have.
func TestRESTErrors(t *testing.T) {
	for _, test := range []struct {
		capture string
		want    []error
		not     []error
		code    string
	}{
		{"event_get_nonexistent", []error{ErrNotFound}, []error{ErrDeleted, ErrNoEvents}, "campaignevents-rest-event-not-found"},
		{"event_get_deleted", []error{ErrNotFound, ErrDeleted}, []error{ErrNoEvents}, "campaignevents-rest-get-registration-deleted"},
		{"rest_unknown_route", []error{ErrNotFound, ErrNoEvents}, []error{ErrDeleted}, "rest-no-match"},
		{"event_get_not_int", nil, []error{ErrNotFound, ErrForbidden}, "badinteger"},
		{"rest_wrong_method", nil, []error{ErrNotFound, ErrForbidden}, ""},
		{"participants_anon_private_refused", []error{ErrForbidden}, []error{ErrNotFound}, "campaignevents-rest-list-participants-cannot-see-private"},
		{"bearer_expired_rest", []error{ErrForbidden}, []error{ErrNotFound}, "rest-read-denied"},
		{"participants_no_include_private", nil, []error{ErrNotFound}, "missingparam"},
	} {
		t.Run(test.capture, func(t *testing.T) {
			s := newReplay(t, captures(t, test.capture))
			c, _ := newTestClient(t, Options{})
			_, err := mustWiki(t, c, s.URL).Event(t.Context(), 99)
			var refused *APIError
			if !errors.As(err, &refused) || refused.Code != test.code {
				t.Fatalf("got %v", err)
			}
			for _, want := range test.want {
				if !errors.Is(err, want) {
					t.Errorf("%v is not %v", err, want)
				}
			}
			for _, not := range test.not {
				if errors.Is(err, not) {
					t.Errorf("%v is %v", err, not)
				}
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestWikimediaPatience: where Wikimedia's gateway names no time, a minute.
func TestWikimediaPatience(t *testing.T) {
	n := 0
	c, clock := newTestClient(t, Options{Contact: "ops@example.org", Base: transport(func(r *http.Request) (*http.Response, error) {
		if n++; n == 1 {
			return respond(r, 429, "<html>Too many", "Content-Type", "text/html"), nil
		}
		return respond(r, 200, emptySite), nil
	})})
	if _, err := mustWiki(t, c, "https://ar.wikipedia.org/wiki/X").SiteInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if clock.slept() != time.Minute {
		t.Errorf("slept %v", clock.sleeps)
	}
}

// TestWho: the User-Agent, the headers, maxlag, and POST for what is long.
func TestWho(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) { sayJSON(rw, emptySite) })
	c, _ := newTestClient(t, Options{Contact: "https://example.org/afterglow (ops@example.org)", Version: "1.2"})
	w := mustWiki(t, c, s.URL)
	if _, err := w.SiteInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := s.requests()[0]
	if want := "Afterglow/1.2 (https://example.org/afterglow ops@example.org) go-mwclient/1.3.0 (+https://github.com/cgt/go-mwclient)"; got.header.Get("User-Agent") != want {
		t.Errorf("User-Agent %q, want %q", got.header.Get("User-Agent"), want)
	}
	if got.header.Get("Accept-Encoding") != "gzip" || got.form.Get("maxlag") != "5" || got.form.Get("formatversion") != "2" || got.method != "GET" {
		t.Errorf("got %+v", got)
	}
	if got.form.Has("origin") || got.form.Has("assert") {
		t.Error("origin or assert is sent")
	}
	names := make([]string, 50)
	for i := range names {
		names[i] = "مستخدم طويل الاسم " + strings.Repeat("ا", 30) + string(rune('0'+i%10)) + string(rune('0'+i/10))
	}
	for range w.Contributions(t.Context(), ContributionsQuery{Users: names}) {
	}
	if got := s.requests()[1]; got.method != "POST" || len(strings.Split(got.form.Get("ucuser"), "|")) != 50 ||
		got.header.Get("Promise-Non-Write-API-Action") != "true" || got.form.Get("maxlag") != "5" {
		t.Errorf("got %s %v", got.method, got.header)
	}
}

// TestTooLongForTheServer: a server that takes less than we thought gets a POST.
func TestTooLongForTheServer(t *testing.T) {
	refusal := loadCapture(t, "uri_too_long")
	s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
		if r.method == "GET" {
			refusal.play(t, rw)
			return
		}
		sayJSON(rw, emptySite)
	})
	c, _ := newTestClient(t, Options{})
	if _, err := mustWiki(t, c, s.URL).SiteInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.requests(); len(got) != 2 || got[1].form.Get("siprop") == "" {
		t.Errorf("got %+v", got)
	}
}

// TestRedirects: to allowed hosts only, without end they end, and a token never
// goes along.
func TestRedirects(t *testing.T) {
	elsewhere := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) { sayJSON(rw, emptySite) })
	away, _ := url.Parse(elsewhere.URL)
	target := elsewhere.URL
	s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
		switch r.path {
		case "/loop/api.php":
			rw.Header().Set("Location", "/loop/api.php")
		case "/nowhere/api.php":
			rw.Header().Set("Location", "gopher://example.org/")
		default:
			rw.Header().Set("Location", target+"/w/api.php?"+r.form.Encode())
		}
		rw.WriteHeader(http.StatusMovedPermanently)
	})
	here, _ := url.Parse(s.URL)
	newClient := func(allow func(string) error) *Client {
		c, _ := newTestClient(t, Options{Allow: allow, Tokens: map[string]string{here.Host: "secret"}})
		return c
	}
	t.Run("allowed", func(t *testing.T) {
		c := newClient(nil)
		w := mustWiki(t, c, s.URL)
		if _, err := w.SiteInfo(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := elsewhere.requests()[0].header.Get("Authorization"); got != "" {
			t.Errorf("the token went to another host: %q", got)
		}
		if got := s.requests()[0].header.Get("Authorization"); got != "Bearer secret" {
			t.Errorf("the token did not go to its host: %q", got)
		}
		if w.Host() != away.Host {
			t.Errorf("the wiki is still at %s", w.Host())
		}
	})
	t.Run("not allowed", func(t *testing.T) {
		refusal := errors.New("only here")
		c := newClient(func(host string) error {
			if host != here.Host {
				return refusal
			}
			return nil
		})
		before := len(elsewhere.requests())
		_, err := mustWiki(t, c, s.URL).SiteInfo(t.Context())
		if !errors.Is(err, ErrNotAllowed) || !errors.Is(err, refusal) {
			t.Errorf("got %v", err)
		}
		if len(elsewhere.requests()) != before {
			t.Error("it was asked nevertheless")
		}
	})
	t.Run("without end", func(t *testing.T) {
		before := len(s.requests())
		_, err := mustWiki(t, newClient(nil), s.URL+"/loop/api.php").SiteInfo(t.Context())
		var bad *ResponseError
		if !errors.As(err, &bad) || len(s.requests())-before != maxRedirects+1 {
			t.Errorf("got %v after %d requests", err, len(s.requests())-before)
		}
	})
	t.Run("to another scheme", func(t *testing.T) {
		_, err := mustWiki(t, newClient(nil), s.URL+"/nowhere/api.php").SiteInfo(t.Context())
		var bad *ResponseError
		if !errors.As(err, &bad) {
			t.Errorf("got %v", err)
		}
	})
}

// TestRedirectInwards: no wiki outside leads to a service on this machine, by a
// redirect or by a page, nor from https to http.
func TestRedirectInwards(t *testing.T) {
	for _, to := range []string{"http://127.0.0.1:6379/", "http://localhost/x", "http://[::1]/", "http://wiki.example.org/w/api.php"} {
		var hosts []string
		c, _ := newTestClient(t, Options{Contact: "x", Base: transport(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host)
			if strings.HasPrefix(r.URL.Path, "/wiki/") {
				return respond(r, 200, htmlPage(strings.TrimSuffix(to, "/")+"/w/api.php", "", ""), "Content-Type", "text/html"), nil
			}
			return respond(r, 301, "", "Location", to), nil
		})})
		if _, err := mustWiki(t, c, "https://wiki.example.org").SiteInfo(t.Context()); err == nil {
			t.Errorf("%s: followed", to)
		}
		_, _, err := c.ResolveEvent(t.Context(), "https://wiki.example.org/wiki/Event:X", "")
		if outside := strings.Contains(to, "example"); err == nil || errors.Is(err, ErrNotAllowed) == outside {
			t.Errorf("%s: %v", to, err)
		}
		for _, host := range hosts {
			if host != "wiki.example.org" {
				t.Errorf("%s was asked", host)
			}
		}
	}
}

// TestTokenWithoutAccount: where the token's account does not exist, the wiki is
// read without it, once found out.
func TestTokenWithoutAccount(t *testing.T) {
	for _, test := range []struct {
		name, refusal, answer string
		call                  func(ctx context.Context, w *Wiki) error
	}{
		{"Action API", "bearer_no_local_account_enwiki", "siteinfo", func(ctx context.Context, w *Wiki) error {
			_, err := w.SiteInfo(ctx)
			return err
		}},
		{"REST", "bearer_no_local_account_enwiki_rest", "event_get_libraries", func(ctx context.Context, w *Wiki) error {
			_, err := w.Event(ctx, 101)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			refusal, answer := loadCapture(t, test.refusal), loadCapture(t, test.answer)
			s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
				if r.header.Get("Authorization") != "" {
					refusal.play(t, rw)
					return
				}
				answer.play(t, rw)
			})
			here, _ := url.Parse(s.URL)
			var logged bytes.Buffer
			c, _ := newTestClient(t, Options{Tokens: map[string]string{here.Host: "secret"}, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
			w := mustWiki(t, c, s.URL)
			if err := test.call(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			if got := s.requests(); len(got) != 2 {
				t.Errorf("%d requests, want 2", len(got))
			}
			if _, err := w.Event(t.Context(), 102); err == nil {
				t.Error("event 101 passes for event 102")
			}
			if got := s.requests(); len(got) != 3 || got[2].header.Get("Authorization") != "" {
				t.Error("the token is tried again")
			}
			if strings.Contains(logged.String(), "secret") || logged.Len() == 0 {
				t.Errorf("logged %q", logged.String())
			}
		})
	}
}

// TestReadDeniedAnyway: without the token it is a plain refusal.
func TestReadDeniedAnyway(t *testing.T) {
	s := newReplay(t, captures(t, "bearer_expired_rest"))
	here, _ := url.Parse(s.URL)
	c, _ := newTestClient(t, Options{Tokens: map[string]string{here.Host: "secret"}})
	_, err := mustWiki(t, c, s.URL).Event(t.Context(), 101)
	if !errors.Is(err, ErrForbidden) || len(s.requests()) != 2 {
		t.Errorf("got %v after %d requests", err, len(s.requests()))
	}
}

// TestCancel: a call ends when its context does, while the server is slow and
// while it asks for patience.
func TestCancel(t *testing.T) {
	t.Run("a slow server", func(t *testing.T) {
		arrived := make(chan struct{})
		gone := make(chan struct{})
		s := newReplay(t, func(_ http.ResponseWriter, _ asked, _ int) {
			close(arrived)
			<-gone
		})
		defer close(gone)
		c, _ := newTestClient(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		if _, err := mustWiki(t, c, s.URL).SiteInfo(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a wait", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
			cancel()
			htmlAnswer(rw, 429, "Retry-After", "60")
		})
		c, _ := newTestClient(t, Options{Clock: SystemClock{}})
		if _, err := mustWiki(t, c, s.URL).SiteInfo(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if len(s.requests()) != 1 {
			t.Errorf("%d requests", len(s.requests()))
		}
	})
	t.Run("a try takes too long", func(t *testing.T) {
		c, _ := newTestClient(t, Options{Timeout: time.Nanosecond, MaxRetries: 2, Base: transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		_, err := mustWiki(t, c, "http://127.0.0.1").SiteInfo(t.Context())
		if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 1ns") {
			t.Errorf("got %v", err)
		}
		if n := c.Stats().Total.Requests; n != 3 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestDown: a wiki that is down fails soon, and the error names it but not whom
// it was asked about.
func TestDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	c, _ := newTestClient(t, Options{})
	w := mustWiki(t, c, "http://"+address)
	for _, err := range w.Contributions(t.Context(), ContributionsQuery{Users: []string{"Private Person"}}) {
		if err == nil || !strings.Contains(err.Error(), address) || strings.Contains(err.Error(), "Private") {
			t.Errorf("got %v", err)
		}
	}
	if n := c.Stats().Total.Requests; n != int64(refused.tries())+1 {
		t.Errorf("%d requests", n)
	}
}

// TestUnknownHost: a host that does not exist is not asked twice.
func TestUnknownHost(t *testing.T) {
	c, _ := newTestClient(t, Options{Contact: "x", Base: transport(func(*http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "wiki.example.org", IsNotFound: true}
	})})
	_, err := mustWiki(t, c, "https://wiki.example.org").SiteInfo(t.Context())
	var dns *net.DNSError
	if !errors.As(err, &dns) || c.Stats().Total.Requests != 1 {
		t.Errorf("got %v after %d requests", err, c.Stats().Total.Requests)
	}
}

// TestCookies: a wiki's cookies come back to it alone, and not without bound.
func TestCookies(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, n int) {
		for i := range 100 {
			http.SetCookie(rw, &http.Cookie{Name: "c" + string(rune('a'+i%26)) + string(rune('a'+i/26)), Value: "v", Domain: "127.0.0.1"})
		}
		if n == 1 {
			htmlAnswer(rw, 500)
			return
		}
		sayJSON(rw, emptySite)
	})
	c, _ := newTestClient(t, Options{})
	if _, err := mustWiki(t, c, s.URL).SiteInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(s.requests()[1].header.Get("Cookie"), "="); got != maxCookies {
		t.Errorf("%d cookies came back, want %d", got, maxCookies)
	}
}

// TestHarmlessWarnings: what says nothing of the question is let pass.
func TestHarmlessWarnings(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, n int) {
		shapes := []string{
			`{"warnings":[{"code":"deprecation","text":"It is old.","module":"main"}],`,
			`{"warnings":{"main":{"warnings":"Subscribe to the mediawiki-api-announce mailing list."}},`,
		}
		sayJSON(rw, shapes[n-1]+emptySite[1:])
	})
	for range 2 {
		c, _ := newTestClient(t, Options{})
		if _, err := mustWiki(t, c, s.URL).SiteInfo(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestCutPage: half a page is not searched for what may be in the other half.
func TestCutPage(t *testing.T) {
	whole := pageHTML(t, "/w/api.php")
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, n int) {
		if n == 1 {
			sayHTML(rw, 200, whole[:len(whole)/10])
			return
		}
		sayHTML(rw, 200, whole)
	})
	c, _ := newTestClient(t, Options{})
	if _, event, err := c.ResolveEvent(t.Context(), s.URL+"/wiki/Event:X", ""); err != nil || event != 101 {
		t.Errorf("event %d, %v", event, err)
	}
}

// TestLagHeader: a good answer that tells the lag is a good answer.
func TestLagHeader(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
		rw.Header().Set("X-Database-Lag", "3")
		sayJSON(rw, emptySite)
	})
	c, _ := newTestClient(t, Options{})
	if _, err := mustWiki(t, c, s.URL).SiteInfo(t.Context()); err != nil {
		t.Error(err)
	}
}
