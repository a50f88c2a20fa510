package refresh

import (
	"context"
	"net/url"
	"slices"
	"sync"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// queue is the wikis of a campaign that nobody has begun to read.
type queue struct {
	*run
	mu    sync.Mutex
	names []string
	hosts []string // of each
}

func (n *run) newQueue(names []string, known map[string]store.Wiki) *queue {
	q := &queue{run: n, names: names, hosts: make([]string, len(names))}
	for i, name := range names {
		if u, err := url.Parse(known[name].URL); err == nil {
			q.hosts[i] = u.Host
		}
	}
	return q
}

// next takes a wiki out that can be read now, and waits for one if there is none.
// ok is false when none is left.
func (q *queue) next(ctx context.Context) (name string, ok bool, err error) {
	for {
		name, left, err := q.try(ctx)
		if err != nil || name != "" || !left {
			return name, name != "", err
		}
		if err := mwclient.Sleep(ctx, q.o.Wait/50); err != nil {
			return "", false, err
		}
	}
}

// try is next without waiting; left says that there are wikis, but none to read now.
func (q *queue) try(ctx context.Context) (name string, left bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.names) == 0 {
		return "", false, nil
	}
	// Whose address is not known cannot be chosen; reading it says so.
	i := max(slices.Index(q.hosts, ""), 0)
	if q.o.Choose != nil && q.hosts[i] != "" {
		if i, err = q.o.Choose(ctx, q.hosts); err != nil || i < 0 {
			return "", true, err
		}
	}
	name = q.names[i]
	q.names = append(q.names[:i:i], q.names[i+1:]...)
	q.hosts = append(q.hosts[:i:i], q.hosts[i+1:]...)
	return name, true, nil
}
