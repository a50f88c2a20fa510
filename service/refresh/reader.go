package refresh

import (
	"context"
	"iter"
	"time"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// Contributor is where the contributions of a wiki are read: the wiki itself over
// its Action API (*mwclient.Wiki), or a Replica.
type Contributor interface {
	Contributions(ctx context.Context, q mwclient.ContributionsQuery) iter.Seq2[mwclient.Contribution, error]
}

// Replica is a copy of a wiki's database (*replica.Wiki), and how far behind it is.
type Replica interface {
	Contributor
	Lag(ctx context.Context) (time.Duration, error)
}

// replicaBatch is how many accounts are read from a replica at once.
const replicaBatch = 200

// reader reads the contributions of one wiki.
type reader struct {
	wiki string
	api  *mwclient.Wiki
	from Contributor // api, or the replica
	size int         // of a batch, in accounts
	// complete is the time up to which what is read from now on is complete.
	complete func() time.Time
}

// newReader finds out where a wiki's contributions are read, and how old they
// are there. Its errors are the wiki's own.
func (n *run) newReader(ctx context.Context, known store.Wiki) (reader, error) {
	w, err := n.c.Wiki(ctx, known.URL)
	if err != nil {
		return reader{}, err
	}
	r := reader{wiki: known.Name, api: w, from: w, size: batchSize, complete: func() time.Time { return n.completeOn(w) }}
	if n.o.Replica == nil {
		return r, nil
	}
	copied, err := n.o.Replica(known.Name)
	if err != nil {
		return r, err
	}
	asked := n.completeOn(w)
	lag, err := copied.Lag(ctx)
	if err != nil {
		return r, err
	}
	// A replica never goes back: what it had then, it has.
	to := asked.Add(-lag).Truncate(time.Second)
	r.from, r.size, r.complete = copied, replicaBatch, func() time.Time { return to }
	return r, nil
}

// overAPI is the same wiki read over its API.
func (n *run) overAPI(r reader) reader {
	r.from, r.size, r.complete = r.api, batchSize, func() time.Time { return n.completeOn(r.api) }
	return r
}

// isReplica reports whether the wiki itself may know more than what is read.
func (r reader) isReplica() bool { return r.from != Contributor(r.api) }
