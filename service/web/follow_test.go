package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"afterglow/service/store"

	chromium "afterglow/service/e2e/browser"
)

// reading is a window at the page of a campaign that a worker reads, behind a
// proxy that can lose the server.
type reading struct {
	*chromium.Window
	people *people
	server *httptest.Server
	lost   atomic.Bool // the proxy answers 502
	asked  atomic.Int64
	job    store.Job
}

func newReading(t *testing.T, change func(*Options)) *reading {
	t.Helper()
	r := &reading{server: httptest.NewUnstartedServer(nil)}
	r.people = newPeople(t, func(o *Options) {
		o.BaseURL = "http://" + r.server.Listener.Addr().String()
		o.Now = time.Now
		o.JobBeat = 20 * time.Millisecond
		if change != nil {
			change(o)
		}
	})
	service := checked(t, r.people)
	r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/events") {
			r.asked.Add(1)
		}
		if r.lost.Load() {
			http.Error(w, "Bad Gateway", http.StatusBadGateway)
			return
		}
		service.ServeHTTP(w, request)
	})
	r.server.Start()
	t.Cleanup(r.server.Close)
	if _, err := r.people.store.CreateJob(t.Context(), measuring); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.job, err = r.people.store.ClaimJob(t.Context(), "worker"); err != nil {
		t.Fatal(err)
	}
	r.Window = chromium.Open(t, r.server.URL)
	return r
}

// open opens the campaign's page, which is to stay in the window.
func (r *reading) open(t *testing.T) {
	t.Helper()
	r.Go("/campaigns/" + measuring)
	r.Becomes(`document.readyState === 'complete' && !!document.querySelector('[data-follow]')`)
	r.Run(chromedp.Evaluate(`window.same = true`, nil))
}

// end ends the reading.
func (r *reading) end(t *testing.T) {
	t.Helper()
	if err := r.people.store.FailRefresh(t.Context(), measuring, "meta.example.org: 503 Service Unavailable"); err != nil {
		t.Fatal(err)
	}
	r.job.State = store.Broken
	if err := r.people.store.UpdateJob(t.Context(), &r.job); err != nil {
		t.Fatal(err)
	}
}

// learns waits until the page says what came of the reading.
func (r *reading) learns(t *testing.T) {
	t.Helper()
	r.Becomes(`!document.querySelector('[data-follow]') && document.body.innerText.includes('503 Service Unavailable')`)
	if !chromium.Value[bool](r.Window, `window.same === true`) {
		t.Error("the page was loaded anew")
	}
}

// TestFollowWithoutAPlace: a page whose address has no place left among those
// who follow events still tells how far the reading is, and how it ended.
func TestFollowWithoutAPlace(t *testing.T) {
	r := newReading(t, func(o *Options) { o.EventClientsEach = 1 })
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.server.URL+"/v1/jobs/"+r.job.ID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Body.Close()
	r.open(t)
	r.job.Done, r.job.Total = 30, 100
	if err := r.people.store.UpdateJob(t.Context(), &r.job); err != nil {
		t.Fatal(err)
	}
	r.Becomes(`document.querySelector('.measuring progress').value === 30`)
	r.end(t)
	r.learns(t)
}

// TestFollowThroughADeploy: a page whose server is away for a while, with a
// proxy that says so, learns afterwards how the reading ended; nor does it ask
// without end while there is no answer.
func TestFollowThroughADeploy(t *testing.T) {
	r := newReading(t, nil)
	r.open(t)
	for deadline := time.Now().Add(time.Minute); r.asked.Load() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the page does not follow")
		}
	}
	r.lost.Store(true)
	r.server.CloseClientConnections()
	// The browser comes back once, is refused, and the page goes on by itself.
	r.Becomes(`performance.getEntriesByType('resource').some((e) => e.name.endsWith('` + r.job.ID + `'))`)
	if !chromium.Value[bool](r.Window, `!!document.querySelector('[data-follow]') && window.same === true`) {
		t.Error("the page has gone with the server")
	}
	if n := r.asked.Load(); n > 3 {
		t.Errorf("the events were asked for %d times while the server was away", n)
	}
	r.end(t)
	r.lost.Store(false)
	r.learns(t)
}
