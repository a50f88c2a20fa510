package mwclient

import (
	"context"
	"sync"
	"time"
)

// pacer lets few requests into the air at a time: so many in all, so many to
// one host, and none to a host that asked for patience.
type pacer struct {
	clock Clock
	all   chan struct{}
	per   int
	turn  func(ctx context.Context, host string) (done func(), err error) // nil: no other process

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is the way to one host.
type lane struct {
	slots chan struct{}
	users int       // requests that hold or want a slot; guarded by pacer.mu
	until time.Time // no request before; guarded by pacer.mu
}

func newPacer(clock Clock, all, per int, turn func(context.Context, string) (func(), error)) *pacer {
	return &pacer{clock: clock, all: make(chan struct{}, all), per: per, turn: turn, lanes: map[string]*lane{}}
}

// acquire waits for a turn to ask host. The host's slot is taken before the
// common one, so that a queue for a slow wiki holds up no other wiki.
func (p *pacer) acquire(ctx context.Context, host string) (release func(), err error) {
	l := p.enter(host)
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		p.leave(host, l)
		return nil, ctx.Err()
	}
	giveUp := func(err error) (func(), error) {
		<-l.slots
		p.leave(host, l)
		return nil, err
	}
	for {
		wait := p.patience(l)
		if wait <= 0 {
			break
		}
		if err := p.clock.Sleep(ctx, wait); err != nil {
			return giveUp(err)
		}
	}
	done := func() {}
	if p.turn != nil {
		if done, err = p.turn(ctx, host); err != nil {
			return giveUp(err)
		}
	}
	select {
	case p.all <- struct{}{}:
	case <-ctx.Done():
		done()
		return giveUp(ctx.Err())
	}
	return func() {
		<-p.all
		done()
		<-l.slots
		p.leave(host, l)
	}, nil
}

// hold keeps all requests from host for a while.
func (p *pacer) hold(host string, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.lanes[host]
	if !ok {
		l = &lane{slots: make(chan struct{}, p.per)}
		p.lanes[host] = l
	}
	if until := p.clock.Now().Add(wait); until.After(l.until) {
		l.until = until
	}
}

func (p *pacer) patience(l *lane) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.until.Sub(p.clock.Now())
}

func (p *pacer) enter(host string) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.lanes[host]
	if !ok {
		l = &lane{slots: make(chan struct{}, p.per)}
		p.lanes[host] = l
	}
	l.users++
	return l
}

// leave forgets a lane that nobody uses and that need not be remembered, so
// that a farm of a thousand wikis leaves nothing behind.
func (p *pacer) leave(host string, l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.users--
	if l.users == 0 && !l.until.After(p.clock.Now()) {
		delete(p.lanes, host)
	}
}
