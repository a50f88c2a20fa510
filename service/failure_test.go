package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"afterglow/mwclient"
	"afterglow/service/e2e/machine"
	"afterglow/service/refresh"
	"afterglow/service/store"
	"afterglow/service/web"
)

// brokenNetwork is a transport over which nothing is reached.
type brokenNetwork struct{ err error }

func (n brokenNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, n.err }

// TestFailuresTellNothingOfTheInside has readings fail by what the network and the
// database say, and looks for it wherever a reader is told why. The log has it.
func TestFailuresTellNothingOfTheInside(t *testing.T) {
	const inside = "10.0.0.53"
	lookup := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "meta.test", Server: inside + ":53", IsNotFound: true}}
	proxy := &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("dial tcp " + inside + ":3128: connect: connection refused")}
	for _, test := range []struct {
		name    string
		network error // what the client meets
		reading error // what the reading ends in; nil: what the client's error makes of it
		want    string
	}{
		{"lookup", lookup, nil, "meta.test cannot be reached"},
		{"proxy", proxy, nil, "meta.test cannot be reached"},
		{"database", nil, fmt.Errorf("read the campaign: dial tcp %s:3306: i/o timeout", inside), "something went wrong here; the log says what"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t, 2)
			// The second was read before.
			if _, err := o.mine.EndRefresh(t.Context(), "metawiki-2", now().Add(-2e9), nil, ""); err != nil {
				t.Fatal(err)
			}
			client, err := mwclient.New(mwclient.Options{Contact: "test", Base: brokenNetwork{test.network}, MaxRetries: -1})
			if err != nil {
				t.Fatal(err)
			}
			r := newRefresher(o.mine, client, refresh.Options{})
			j, stop := o.process(func(ctx context.Context, id string, progress func(refresh.Progress)) (refresh.Report, error) {
				if test.reading != nil {
					return refresh.Report{}, test.reading
				}
				return r.Refresh(ctx, id, progress)
			})
			stop() // to log what it does from now on
			var log machine.Buffer
			j.logger = slog.New(slog.NewTextHandler(&log, nil))
			server, err := web.New(web.Options{Now: now, Campaigns: o.mine, Jobs: j, People: o.mine, Tracker: o.tracker(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"metawiki-1", "metawiki-2"} {
				made, err := j.CreateJob(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				claimed, err := j.store.ClaimJob(t.Context(), "test")
				if err != nil || claimed.ID != made.ID {
					t.Fatalf("%+v %v", claimed, err)
				}
				j.do(t.Context(), claimed)
				if ended := o.await(made.ID, ended); ended.State != store.Broken || ended.Error != test.want {
					t.Errorf("%+v", ended)
				}
				told := map[string]string{"/v1/jobs/" + made.ID: "error", "/v1/jobs/" + made.ID + "/events": "event: end"}
				if test.reading == nil {
					told["/v1/campaigns"] = `"last_error":"` + test.want
					told["/campaigns/"+id] = test.want
					if id == "metawiki-1" {
						told["/v1/campaigns/"+id] = `"last_error":"` + test.want
						told["/v1/campaigns/"+id+"/retention.svg"] = test.want
					}
				}
				for address, want := range told {
					var accept string
					if strings.HasPrefix(address, "/campaigns/") {
						accept = "text/html"
					}
					req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
					req.Header.Set("Accept", accept)
					answer := httptest.NewRecorder()
					server.ServeHTTP(answer, req)
					body := answer.Body.Bytes()
					if !bytes.Contains(body, []byte(want)) || bytes.Contains(body, []byte(inside)) || bytes.Contains(body, []byte("tcp")) {
						t.Errorf("%s: %d %s", address, answer.Code, body)
					}
					if failed := strings.HasSuffix(address, ".svg"); failed && answer.Code != http.StatusServiceUnavailable {
						t.Errorf("%s: %d", address, answer.Code)
					}
				}
			}
			if n := strings.Count(log.String(), inside); n != 2 {
				t.Errorf("two failures are %d times in the log: %s", n, log.String())
			}
		})
	}
}
