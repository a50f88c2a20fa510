package replica

import (
	"slices"
	"time"
)

// actor is who made an edit: https://www.mediawiki.org/wiki/Manual:Actor_table
type actor struct {
	id   int64
	user int64 // local user id; 0 without an account
	name string
}

// piece is a part of the edits to read: of some actors, in order of their ids,
// in a span of time. A query reads one piece; one that takes too long is read
// in smaller ones.
type piece struct {
	actors   []actor
	from, to time.Time // both inclusive; zero is open
	// after is the last revision of the second from that has been read already;
	// 0 if none. It is set for a single actor only.
	after int64
}

// position is where reading stands: the last row.
type position struct {
	actor int64
	at    time.Time
	rev   int64
}

// before reports whether p comes before o in the order of reading.
func (p position) before(o position) bool {
	if p.actor != o.actor {
		return p.actor < o.actor
	}
	if !p.at.Equal(o.at) {
		return p.at.Before(o.at)
	}
	return p.rev < o.rev
}

// rest returns what is left of a piece after a row: of that row's actor, then of
// those that follow.
func (p piece) rest(last position) []piece {
	i := slices.IndexFunc(p.actors, func(a actor) bool { return a.id == last.actor })
	left := []piece{{actors: p.actors[i : i+1], from: last.at, to: p.to, after: last.rev}}
	if i+1 < len(p.actors) {
		left = append(left, piece{actors: p.actors[i+1:], from: p.from, to: p.to})
	}
	return left
}

// shortest is the span of time of one actor that is not halved further.
const shortest = time.Hour

// halves splits a piece by its actors or, where there is one, by time. ok is
// false for a piece that is too small for that.
func (p piece) halves(now time.Time) (two []piece, ok bool) {
	if n := len(p.actors); n > 1 {
		return []piece{
			{actors: p.actors[:n/2], from: p.from, to: p.to},
			{actors: p.actors[n/2:], from: p.from, to: p.to},
		}, true
	}
	low, high := p.from, p.to
	if low.IsZero() {
		low = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // Wikipedia's first month
	}
	if high.IsZero() {
		high = now
	}
	span := high.Sub(low)
	if span < 2*shortest {
		return nil, false
	}
	middle := low.Add(span / 2).Truncate(time.Second)
	return []piece{
		{actors: p.actors, from: p.from, to: middle, after: p.after},
		{actors: p.actors, from: middle.Add(time.Second), to: p.to},
	}, true
}
