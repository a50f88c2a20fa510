//go:build linux

package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// balancer sends each request to the next server in turn, as a load balancer
// does: where the connection breaks, and only there, it asks another server, and
// leaves the broken one alone for a while. An answer of whatever status is the
// answer. https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream
type balancer struct {
	client  *http.Client
	servers []*server
	turn    atomic.Uint64
}

// server is one of those behind a balancer.
type server struct {
	address  string
	away     atomic.Int64 // not asked before this time, in nanoseconds
	answered atomic.Int64
	refused  atomic.Int64 // connections that were not taken
	cut      atomic.Int64 // connections that broke before an answer began
	torn     atomic.Int64 // answers that broke off
}

// awayTime is how long a server is left alone, nginx's fail_timeout.
const awayTime = time.Second

func newBalancer(t *testing.T, addresses []string) *balancer {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	b := &balancer{client: &http.Client{Transport: transport, Timeout: time.Minute}}
	for _, address := range addresses {
		b.servers = append(b.servers, &server{address: address})
	}
	return b
}

// answer is what a server said.
type answer struct {
	status int
	etag   string
	body   []byte
}

// get asks for a path. It fails where no server answers.
func (b *balancer) get(ctx context.Context, path, etag string) (answer, error) {
	first := int(b.turn.Add(1))
	var errs []error
	for _, leaveAway := range []bool{true, false} {
		for i := range b.servers {
			s := b.servers[(first+i)%len(b.servers)]
			if leaveAway == (time.Now().UnixNano() < s.away.Load()) {
				continue
			}
			a, err := s.get(ctx, b.client, path, etag)
			if err == nil {
				return a, nil
			}
			errs = append(errs, err)
			s.away.Store(time.Now().Add(awayTime).UnixNano())
		}
	}
	return answer{}, fmt.Errorf("%s: no server answered: %w", path, errors.Join(errs...))
}

func (s *server) get(ctx context.Context, client *http.Client, path, etag string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		return answer{}, err
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := client.Do(req)
	var op *net.OpError
	switch {
	case err == nil:
	case ctx.Err() != nil: // the reader went away
		return answer{}, err
	case errors.As(err, &op) && op.Op == "dial":
		s.refused.Add(1)
		return answer{}, err
	default:
		s.cut.Add(1)
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		if ctx.Err() == nil {
			s.torn.Add(1)
		}
		return answer{}, err
	}
	s.answered.Add(1)
	return answer{resp.StatusCode, resp.Header.Get("ETag"), body}, nil
}

// readers is a load of readers.
type readers struct {
	b      *balancer
	n      int
	stop   context.CancelFunc
	wg     sync.WaitGroup
	asked  atomic.Int64
	mu     sync.Mutex
	failed []error // no answer, or one that is an error
	codes  map[int]int
}

// read starts n readers, who ask for charts, figures and the list of campaigns,
// and again for what they have, until stopped.
func (b *balancer) read(t *testing.T, n int, campaigns []string) *readers {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &readers{b: b, n: n, stop: stop, codes: map[int]int{}}
	var paths []string
	for _, id := range campaigns {
		for _, what := range []string{"", "/retention.svg", "/marks.svg?theme=dark", "/survival.svg", "/retention.json", "/retention.png"} {
			paths = append(paths, "/v1/campaigns/"+id+what)
		}
	}
	paths = append(paths, "/v1/campaigns", "/", "/healthz")
	for i := range n {
		r.wg.Go(func() {
			have := map[string]string{} // etag of a path
			for k := i * len(paths) / n; ctx.Err() == nil; k++ {
				path := paths[k%len(paths)]
				a, err := b.get(ctx, path, have[path])
				if ctx.Err() != nil {
					return
				}
				r.note(path, have[path], a, err)
				have[path] = a.etag
				pause(ctx, 5*time.Millisecond)
			}
		})
	}
	t.Cleanup(r.end)
	return r
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// note counts an answer.
func (r *readers) note(path, etag string, a answer, err error) {
	r.asked.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.codes[a.status]++
	switch {
	case err != nil:
		r.failed = append(r.failed, err)
	case a.status == http.StatusNotModified && etag != "":
	case a.status == http.StatusOK && len(a.body) > 0, a.status == http.StatusAccepted: // 202: not measured yet
	default:
		r.failed = append(r.failed, fmt.Errorf("%s: status %d, %.200s", path, a.status, a.body))
	}
}

// end stops the readers and waits for them.
func (r *readers) end() {
	r.stop()
	r.wg.Wait()
}

// check says what the readers saw, and fails where one of them did not get an
// answer.
func (r *readers) check(t *testing.T) {
	t.Helper()
	r.end()
	t.Logf("%d readers asked %d times: %v", r.n, r.asked.Load(), r.codes)
	for i, s := range r.b.servers {
		t.Logf("server %d: %d answers; %d connections refused, %d cut, %d answers torn", i, s.answered.Load(), s.refused.Load(), s.cut.Load(), s.torn.Load())
	}
	for _, err := range r.failed[:min(len(r.failed), 5)] {
		t.Error(err)
	}
	if len(r.failed) > 0 {
		t.Errorf("%d of %d requests failed", len(r.failed), r.asked.Load())
	}
	if r.codes[http.StatusOK] == 0 || r.codes[http.StatusNotModified] == 0 {
		t.Errorf("the readers saw %v: this test shows little", r.codes)
	}
}

// same fails where the servers do not all say the same of a campaign.
func (b *balancer) same(t *testing.T, path string) {
	t.Helper()
	var all []answer
	agree := func() bool {
		all = all[:0]
		for _, s := range b.servers {
			a, err := s.get(t.Context(), b.client, path, "")
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
		return !slices.ContainsFunc(all, func(a answer) bool {
			return a.status != http.StatusOK || a.etag != all[0].etag || string(a.body) != string(all[0].body)
		})
	}
	// Each learns of what is new within a second.
	for range 40 {
		if agree() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	for i, a := range all {
		t.Errorf("%s of server %d: status %d, ETag %s, %d bytes", path, i, a.status, a.etag, len(a.body))
	}
}
