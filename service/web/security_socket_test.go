package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is the time after which a test gives up: nothing is measured by it.
const patience = time.Minute

// listening serves a handler on a real socket with short times.
func listening(t *testing.T, h http.Handler, limits Limits) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	limits.Shutdown = time.Second
	go func() { done <- Serve(ctx, l, h, limits, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { stop(); <-done })
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// raw sends bytes as they are and returns the statuses of the answers until the
// server closes the connection, or has nothing more to say to a last GET.
func raw(t *testing.T, address, request string) (statuses []int) {
	t.Helper()
	conn := dial(t, address)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && !strings.Contains(request, "Connection: close") {
		_ = tcp.CloseWrite() // so that the server ends after what it has read
	}
	r := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		statuses = append(statuses, res.StatusCode)
	}
}

func smuggling(t *testing.T) {
	p := newPeople(t, nil)
	address := listening(t, p.Server, Limits{})
	const hidden = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		most    int // answers
		refused bool
	}{
		"two lengths":                  {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 36\r\n\r\n" + hidden, 1, true},
		"a signed length":              {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", 1, true},
		"a list of lengths":            {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 36\r\n\r\n" + hidden, 1, true},
		"an encoding with a tab":       {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n", 1, true},
		"an unknown encoding":          {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc", 1, true},
		"a space before the colon":     {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length : 0\r\n\r\n" + hidden, 1, true},
		"a folded header":              {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 1, true},
		"two hosts":                    {"GET / HTTP/1.1\r\nHost: x\r\nHost: evil.example\r\n\r\n", 1, true},
		"no host":                      {"GET / HTTP/1.1\r\n\r\n", 1, true},
		"a host with a space":          {"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 1, true},
		"a bad chunk":                  {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n0\r\n\r\n" + hidden, 1, false},
		"a method with odd characters": {"G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n", 1, true},
		"another version":              {"GET / HTTP/3.7\r\nHost: x\r\n\r\n", 1, true},
		"a null in a header":           {"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n", 1, true},
		// RFC 9112, 6.3: the encoding counts, and what follows it is no request of
		// a client that meant the length; the connection is closed.
		"a length and an encoding": {"POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length: 41\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, 2, false},
	} {
		statuses := raw(t, address, c.request)
		if len(statuses) > c.most {
			t.Errorf("%s: read as %d requests: %v", name, len(statuses), statuses)
		}
		for _, s := range statuses {
			if s < 400 || c.refused && s != 400 && s != 501 && s != 505 {
				t.Errorf("%s: %d", name, s)
			}
		}
		if c.refused && len(statuses) == 0 {
			t.Errorf("%s: no answer", name)
		}
	}
}

func oddPaths(t *testing.T) {
	p := newPeople(t, nil)
	address := listening(t, p.Server, Limits{})
	for _, path := range []string{
		"/static/../openapi.yaml", "/static/..%2f..%2fgo.mod", "/static/%2e%2e/%2e%2e/etc/passwd", "//about", "///", "/./about", "/about/", "/about/../metrics", "/ABOUT",
		"/v1/campaigns/..%2f..%2fmetrics", "/v1//campaigns", "/v1/campaigns/metawiki-101/", "/v1/campaigns/metawiki-101%2fretention.svg", "/v1/campaigns/%2e%2e", "/campaigns/metawiki-101;x=y",
		"/%61bout%00", "/about%0d%0a", "/debug/pprof/", "/debug/pprof/profile", "/.git/config", "/.env", "/server-status", "/v1/campaigns/metawiki-101/retention.svg/x", "/static/", "/templates/login.html",
		"/%", "/%zz", "http://evil.example/nonsense", "*",
	} {
		statuses := raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if len(statuses) != 1 || statuses[0] != http.StatusNotFound && statuses[0] != http.StatusBadRequest {
			t.Errorf("%s: %v", path, statuses)
		}
	}
	if statuses := raw(t, address, "CONNECT internal.example:22 HTTP/1.1\r\nHost: internal.example:22\r\n\r\n"); len(statuses) != 1 || statuses[0] < 400 {
		t.Errorf("CONNECT: %v", statuses)
	}
}

func oversize(t *testing.T) {
	p := newPeople(t, nil)
	address := listening(t, p.Server, Limits{HeaderBytes: 16 << 10})
	get := func(path, headers string) []int {
		return raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\n"+headers+"Connection: close\r\n\r\n")
	}
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "campaign=metawiki-%d&", i)
		}
		return strings.TrimSuffix(b.String(), "&")
	}
	for name, c := range map[string]struct {
		got  []int
		want int
	}{
		"an address":                            {get("/?q="+strings.Repeat("a", 9000), ""), http.StatusRequestURITooLong},
		"a header":                              {get("/", "X-A: "+strings.Repeat("a", 40<<10)+"\r\n"), http.StatusRequestHeaderFieldsTooLarge},
		"many headers":                          {get("/", strings.Repeat("X-A: aaaaaaaaaaaaaaaa\r\n", 2000)), http.StatusRequestHeaderFieldsTooLarge},
		"a cookie":                              {get("/", "Cookie: a="+strings.Repeat("a", 40<<10)+"\r\n"), http.StatusRequestHeaderFieldsTooLarge},
		"thirteen campaigns":                    {get("/v1/compare/retention.json?"+many(13), ""), http.StatusBadRequest},
		"a parameter 300 times":                 {get("/v1/compare/retention.json?"+many(300), ""), http.StatusBadRequest},
		"a picture as wide as a town":           {get(chartPath(libraries, "retention.svg")+"?width=1000000", ""), http.StatusBadRequest},
		"a picture of 10,000 bytes of language": {get(chartPath(libraries, "retention.svg")+"?uselang="+strings.Repeat("x", 5000), ""), http.StatusBadRequest},
		"a list of a million":                   {get("/v1/campaigns?limit=1000000", ""), http.StatusBadRequest},
		"a search":                              {get("/v1/campaigns?q="+strings.Repeat("x", 5000), ""), http.StatusBadRequest},
	} {
		if len(c.got) != 1 || c.got[0] != c.want {
			t.Errorf("%s: %v, want %d", name, c.got, c.want)
		}
	}
	huge := `{"event": "` + strings.Repeat("a", mostTrackBytes) + `"}`
	if a := p.track(t, stranger(), asJSON, huge); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("more than a body may have: %d %.200s", a.StatusCode, a.body)
	}
	if a := p.as(t, organizer(), http.MethodPost, "/logout", "return_to="+strings.Repeat("a", 1<<20), "Content-Type", asForm); a.StatusCode >= 500 {
		t.Errorf("signing out with a body of 1 MiB: %d", a.StatusCode)
	}
}

func slowRequests(t *testing.T) {
	p := newPeople(t, nil)
	address := listening(t, p.Server, Limits{Read: 300 * time.Millisecond})
	for name, begin := range map[string]string{
		"nothing":   "",
		"a line":    "GET / HTTP/1.1\r\n",
		"headers":   "GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
		"a body":    "POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
		"chunks":    "POST /logout HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
		"keepalive": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
	} {
		conn := dial(t, address)
		if _, err := io.WriteString(conn, begin); err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		dripped := make(chan struct{})
		go func() { // a byte now and then keeps a naive server waiting for ever
			defer close(dripped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				if begin != "" {
					if _, err := io.WriteString(conn, "a"); err != nil {
						return
					}
				}
			}
		}()
		_, err := io.Copy(io.Discard, conn) // until the server closes; an error if patience ends before
		close(stop)
		<-dripped
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // io.Copy's own
			t.Errorf("%s: the server still waits after %s", name, patience)
		}
	}
}

func slowReader(t *testing.T) {
	// An answer larger than what the two kernels keep for a reader who does not read.
	big := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 1<<20)
		for range 64 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	ended := make(chan struct{})
	address := listening(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		big.ServeHTTP(w, r)
	}), Limits{Write: 500 * time.Millisecond})
	conn := dial(t, address)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended: // without a byte having been read
	case <-time.After(patience):
		t.Error("the server still writes to somebody who does not read")
	}
}
