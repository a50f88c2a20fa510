package service

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/machine"
)

// visitor is a browser that does not follow redirects.
type visitor struct {
	t    *testing.T
	http *http.Client
	base string
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, base}
}

func (v *visitor) send(method, address string, form url.Values) (*http.Response, string) {
	v.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.base + address
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.do(req)
}

// do sends a request and reads the whole answer.
func (v *visitor) do(req *http.Request) (*http.Response, string) {
	v.t.Helper()
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res, string(body)
}

func (v *visitor) get(address string) (*http.Response, string) {
	v.t.Helper()
	return v.send(http.MethodGet, address, nil)
}

// TestServeLogin signs somebody in at a server that was set up by configuration.
func TestServeLogin(t *testing.T) {
	const base = "http://127.0.0.1:8090" // readers' address: the test goes to the server itself
	farm, err := fakewiki.New(sampleFarm(time.Now(), base))
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	home := farm.URL(sampleHome)
	cfg, err := config.Load("", []string{
		"AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_REFRESH_SCHEDULE=false", "AFTERGLOW_BASE_URL=" + base, "AFTERGLOW_DATABASE=sqlite::memory:",
		"AFTERGLOW_WIKIS=" + strings.TrimPrefix(home, "http://") + "," + strings.TrimPrefix(farm.URL("enwiki"), "http://") + "," + strings.TrimPrefix(farm.URL("commonswiki"), "http://"),
		"AFTERGLOW_OAUTH_WIKI=" + home, "AFTERGLOW_OAUTH_CLIENT_ID=" + sampleConsumer, "AFTERGLOW_OAUTH_CLIENT_SECRET=" + sampleSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s, err := New(ctx, cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	v := newVisitor(t, "http://"+s.Addr())
	name := signInSample(t, v, farm, base)
	if _, page := v.get("/about"); !strings.Contains(page, name) {
		t.Errorf("not signed in: %s", page)
	}
	farms := strings.TrimPrefix(home, "http://")
	if f, err := s.store.FarmByWiki(t.Context(), sampleHome, home); err != nil || f.Name != farms {
		t.Errorf("the farm is %+v, %v", f, err)
	}
}

// signInSample signs the organizer of the first event in.
func signInSample(t *testing.T, v *visitor, farm *fakewiki.Farm, base string) (name string) {
	t.Helper()
	began, page := v.get("/login?return_to=/about")
	if began.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", began.StatusCode, page)
	}
	name = farm.Organizers(101)[0]
	back, err := farm.Visit(t.Context(), began.Header.Get("Location"), name, fakewiki.Allow)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(back.String(), base+"/oauth/callback?") {
		t.Fatalf("came back at %s", back)
	}
	if res, page := v.get(back.RequestURI()); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/about" {
		t.Fatalf("%d %s", res.StatusCode, page)
	}
	return name
}

// TestDemoLogin: in the demo a newcomer signs in without a password and tracks
// the event that is left for them; the demo asks its own wikis only.
func TestDemoLogin(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var stderr machine.Buffer
	done := make(chan error, 1)
	go func() { done <- Demo(ctx, DemoOptions{Addr: "127.0.0.1:0", Stdout: io.Discard, Stderr: &stderr}) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	serving := regexp.MustCompile(`Serving on (http://\S+)`)
	for serving.FindString(stderr.String()) == "" {
		select {
		case err := <-done:
			done <- err
			t.Fatalf("the demo ended: %v; it said %s", err, stderr.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	base := serving.FindStringSubmatch(stderr.String())[1]
	event := regexp.MustCompile(`not tracked yet: (\S+)`).FindStringSubmatch(stderr.String())[1]
	v := newVisitor(t, base)
	began, _ := v.get("/login")
	// The pages of the wiki's login, by hand: the farm is the demo's own.
	at := began.Header.Get("Location")
	for range 10 {
		res, page := v.get(at)
		if res.StatusCode == http.StatusOK {
			form := regexp.MustCompile(`<form method="post" action="([^"]*)">`).FindStringSubmatch(page)
			if form == nil {
				t.Fatalf("no form at %s: %s", at, page)
			}
			values := url.Values{}
			for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
				values.Set(unescaped(m[1]), unescaped(m[2]))
			}
			if values.Has("client_id") {
				values.Set("accept", "Allow")
			} else {
				values.Set("wpName", unescaped(regexp.MustCompile(`name="wpName" value="([^"]+)"`).FindStringSubmatch(page)[1]))
			}
			to, err := res.Request.URL.Parse(unescaped(form[1]))
			if err != nil {
				t.Fatal(err)
			}
			res, page = v.send(http.MethodPost, to.String(), values)
			if res.StatusCode != http.StatusFound {
				t.Fatalf("%d %s", res.StatusCode, page)
			}
		}
		if at = res.Header.Get("Location"); at == "/" {
			break
		}
	}
	if _, page := v.get("/about"); !strings.Contains(page, "/logout") {
		t.Fatalf("not signed in: %s", page)
	}
	res, page := v.send(http.MethodPost, "/v1/campaigns", url.Values{"event": {event}})
	if res.StatusCode >= http.StatusBadRequest {
		t.Errorf("tracking %s: %d %s", event, res.StatusCode, page)
	}
	if res, page := v.send(http.MethodPost, "/v1/campaigns", url.Values{"event": {base + "/wiki/Event:X"}}); res.StatusCode < http.StatusBadRequest {
		t.Errorf("the demo asked itself: %d %s", res.StatusCode, page)
	}
}

func unescaped(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(s)
}
