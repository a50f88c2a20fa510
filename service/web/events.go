package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"afterglow/service/store"
)

// Names of server-sent events.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
const (
	eventProgress = "progress" // the job changed
	eventEnd      = "end"      // it has ended: the last event
	eventGone     = "gone"     // it was deleted: the last event
)

const (
	// eventsHeartbeat is after how long a comment is sent where nothing happens,
	// so that proxies keep the connection and clients that went are noticed.
	eventsHeartbeat = 15 * time.Second
	// eventsLongest is how long one answer goes on. The client then asks again.
	eventsLongest = time.Hour
	// eventsWrite is how long a client may take to read an event.
	eventsWrite = 10 * time.Second
	// eventsRetry is how long a client waits before it asks again.
	eventsRetry = 3 * time.Second
)

// jobEvents tells how far a job is, as that changes, until it ends: server-sent
// events, whose ids are the job's versions. A client that comes back with the
// last it has seen gets what is newer.
func (s *Server) jobEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "a job's events", nil); err != nil {
		return err
	}
	j, err := s.findJob(r)
	if err != nil {
		return err
	}
	seen, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64) // anything else is none
	h := w.Header()
	if j.State.Ended() && seen >= j.Version {
		h.Set("Cache-Control", cacheNot)
		w.WriteHeader(http.StatusNoContent) // tells the client not to come back
		return nil
	}
	h.Set("Content-Type", "text/event-stream")
	h.Set("Content-Security-Policy", dataCSP)
	h.Set("Cache-Control", cacheNot)
	h.Set("X-Accel-Buffering", "no") // nginx passes each event on at once
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	leave, err := s.watches.enter(s.addressOf(r))
	if err != nil {
		h.Del("X-Accel-Buffering")
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(r.Context(), eventsLongest)
	defer cancel()
	watch := s.watches.join(ctx, j)
	defer s.watches.part(watch)
	stream := &eventStream{w: w, c: http.NewResponseController(w), now: s.o.Now}
	w.WriteHeader(http.StatusOK)
	if err := stream.send(fmt.Sprintf("retry: %d\n\n", eventsRetry.Milliseconds())); err != nil {
		return nil //nolint:nilerr // the client has gone: there is nobody to tell
	}
	s.follow(ctx, watch, stream, seen)
	return nil
}

// follow sends what a watch tells until it ends, or the client goes, or the
// server stops.
func (s *Server) follow(ctx context.Context, watch *watch, stream *eventStream, seen int64) {
	heartbeat := time.NewTicker(s.o.Heartbeat)
	defer heartbeat.Stop()
	for {
		j, gone, changed := watch.state()
		switch {
		case gone:
			_ = stream.event(eventGone, j.Version, struct{}{})
			return
		case j.State.Ended():
			_ = stream.event(eventEnd, j.Version, s.jobJSON(j))
			return
		case j.Version > seen:
			if stream.event(eventProgress, j.Version, s.jobJSON(j)) != nil {
				return
			}
			seen = j.Version
		}
		select {
		case <-changed:
		case <-heartbeat.C:
			if stream.send(": still here\n\n") != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-s.stopping:
			return
		}
	}
}

// eventStream writes events to one client.
type eventStream struct {
	w   http.ResponseWriter
	c   *http.ResponseController
	now func() time.Time
}

func (s *eventStream) event(name string, id int64, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return s.send(fmt.Sprintf("event: %s\nid: %d\ndata: %s\n\n", name, id, body))
}

// send writes text, and gives up on a client that does not read it.
func (s *eventStream) send(text string) error {
	if err := s.c.SetWriteDeadline(s.now().Add(eventsWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}

// watches looks at jobs for those who follow their events: one question to the
// store for each job and beat, however many follow it.
type watches struct {
	jobs   Jobs
	every  time.Duration
	logger *slog.Logger
	// Bounds of clients, in all and for each address.
	most, mostEach int

	mu      sync.Mutex
	under   map[string]*watch
	clients map[string]int // by address
	all     int
}

// watch is one job that is looked at.
type watch struct {
	id        string
	followers int // under watches.mu
	stop      context.CancelFunc
	done      chan struct{}

	mu      sync.Mutex
	job     store.Job
	gone    bool
	changed chan struct{} // closed at the next change
}

func newWatches(o Options) *watches {
	return &watches{
		jobs: o.Jobs, every: o.JobBeat, logger: o.Logger, most: o.EventClients, mostEach: o.EventClientsEach,
		under: map[string]*watch{}, clients: map[string]int{},
	}
}

// enter counts a client. The problem is a 429 for an address with too many
// already, a 503 where all places are taken.
func (w *watches) enter(address string) (leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.clients[address] >= w.mostEach:
		return nil, tooOften(fmt.Sprintf("at most %d clients of one address follow events at once", w.mostEach), eventsHeartbeat)
	case w.all >= w.most:
		return nil, &problem{
			Type: typeBusy, Title: "Too many follow events", Status: http.StatusServiceUnavailable,
			Detail: "ask for the job itself from time to time", retryAfter: int(eventsHeartbeat.Seconds()),
		}
	}
	w.all++
	w.clients[address]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all--
		if w.clients[address]--; w.clients[address] == 0 {
			delete(w.clients, address)
		}
	}, nil
}

// join returns the watch of a job, which begins with its first follower.
func (w *watches) join(ctx context.Context, j store.Job) *watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	x, ok := w.under[j.ID]
	if !ok {
		// It belongs to all who follow, not to the first.
		looking, stop := context.WithCancel(context.WithoutCancel(ctx))
		x = &watch{id: j.ID, stop: stop, done: make(chan struct{}), job: j, changed: make(chan struct{})}
		w.under[j.ID] = x
		go w.look(looking, x)
	}
	x.followers++
	return x
}

// part ends what join began. The last follower ends the watch, and waits until
// it is over.
func (w *watches) part(x *watch) {
	w.mu.Lock()
	x.followers--
	last := x.followers == 0
	if last {
		delete(w.under, x.id)
	}
	w.mu.Unlock()
	if last {
		x.stop()
		<-x.done
	}
}

// look asks for a job at each beat until it has ended or nobody follows it.
func (w *watches) look(ctx context.Context, x *watch) {
	defer close(x.done)
	beat := time.NewTicker(w.every)
	defer beat.Stop()
	for failed := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		j, err := w.jobs.Job(ctx, x.id)
		switch {
		case err == nil:
			failed = false
			if x.set(j, false); j.State.Ended() {
				return
			}
		case errors.Is(err, store.ErrNotFound):
			x.set(x.job, true)
			return
		case ctx.Err() == nil && !failed: // said once; the next beat may do better
			failed = true
			w.logger.ErrorContext(ctx, "looking at a job", "error.message", err)
		}
	}
}

// set notes the state of a job, and tells the followers if it is new.
func (x *watch) set(j store.Job, gone bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if j.Version == x.job.Version && gone == x.gone {
		return
	}
	x.job, x.gone = j, gone
	close(x.changed)
	x.changed = make(chan struct{})
}

// state is the job as last seen; changed is closed when that is no longer so.
func (x *watch) state() (j store.Job, gone bool, changed <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.job, x.gone, x.changed
}
