package refresh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/store"
)

// TestReason: readers are told what a wiki and our own checks say, and nothing of
// what the network and the database say.
func TestReason(t *testing.T) {
	inner := errors.New("dial tcp 10.0.0.53:443: connect: connection refused")
	const generic = "something went wrong here; the log says what"
	for _, test := range []struct {
		err  error
		want string
	}{
		{&mwclient.UnreachableError{Wiki: "enwiki", Err: inner}, "enwiki cannot be reached"},
		{&mwclient.UnreachableError{Wiki: "enwiki", Err: fmt.Errorf("%w: leads to 10.0.0.53", mwclient.ErrNotAllowed)}, "enwiki cannot be reached"},
		{&mwclient.UnreachableError{Wiki: "enwiki", After: 30 * time.Second, Err: inner}, "enwiki cannot be reached: no answer within 30s"},
		{fmt.Errorf("%w: meta.test leads to 10.0.0.53", mwclient.ErrNotAllowed), "its address leads to a host that may not be asked"},
		{fmt.Errorf("accounts: %w", &mwclient.APIError{Wiki: "enwiki", Code: "internal_api_error", Info: "no"}), `accounts: enwiki answered "internal_api_error": no`},
		{&mwclient.StatusError{Wiki: "enwiki", Status: 502}, "enwiki answered 502 Bad Gateway"},
		{&mwclient.RateLimitError{Wiki: "enwiki", Reason: "429"}, "enwiki asks to wait (429)"},
		{errors.Join(inner, &mwclient.StatusError{Wiki: "enwiki", Status: 502}), "enwiki answered 502 Bad Gateway"},
		{&mwclient.ResponseError{Wiki: "enwiki", Err: inner}, "enwiki gave an answer that cannot be used"},
		{&mwclient.ResponseError{Wiki: "enwiki", Err: mwclient.ErrTooLarge}, "enwiki gave an answer that cannot be used: the answer is too large"},
		{fmt.Errorf("event 101: %w", mwclient.ErrDeleted), "event 101: the event registration was deleted: not found"},
		{fmt.Errorf("%w: %w", mwclient.ErrForbidden, inner), "forbidden"},
		{fmt.Errorf("%w participants: more than %d", ErrTooMany, 9), "too many participants: more than 9"},
		{fmt.Errorf("campaign metawiki-1: %w", store.ErrBusy), "campaign metawiki-1: in use by another worker"},
		{fmt.Errorf("%w: enwiki: 503", ErrPartial), "some wikis could not be read: enwiki: 503"},
		{fmt.Errorf("reading: %w", context.DeadlineExceeded), "it took too long"},
		{fmt.Errorf("save the edits: %w", inner), generic},
		{inner, generic},
	} {
		if got := Reason(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}

// TestLostConnectionsAreNotTold: what is stored of a wiki whose connections break
// says so, without the addresses that they went between.
func TestLostConnectionsAreNotTold(t *testing.T) {
	b := newBench(t, spec(60), Options{})
	id := b.track(101).ID
	broken := fakewiki.Rule{Kind: fakewiki.Reset, Endpoint: fakewiki.EndpointUserContribs, Wiki: "enwiki", Probability: 1, Times: -1}
	for _, wiki := range []string{"enwiki", ""} {
		broken.Wiki = wiki
		b.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{broken}})
		rep, err := b.r.Refresh(t.Context(), id, nil)
		if err == nil || errors.Is(err, ErrPartial) != (wiki != "") {
			t.Fatalf("%q is broken: %v", wiki, err)
		}
		if cause := rep.WikisFailed["enwiki"]; cause == nil || !strings.Contains(cause.Error(), "tcp") && !strings.Contains(cause.Error(), "EOF") {
			t.Errorf("the report tells the cause %v", cause)
		}
		c, err := b.s.Campaign(t.Context(), id)
		must(t, err)
		if !strings.Contains(c.LastError, "enwiki: ") || !strings.Contains(c.LastError, "cannot be reached") || strings.Contains(c.LastError, "tcp") || strings.Contains(c.LastError, "EOF") {
			t.Errorf("%q is broken: readers are told %q", wiki, c.LastError)
		}
		b.pass(day)
		b.restart(Options{})
	}
}
