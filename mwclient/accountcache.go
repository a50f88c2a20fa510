package mwclient

import (
	"container/list"
	"sync"
	"time"
)

// accountKey is an account as it is asked for: by id or by name, at a wiki.
type accountKey struct {
	wiki string
	id   int64
	name string
}

// accountCache keeps accounts that were read lately. It is bounded by weight, an
// account weighing 1 and each of its local accounts 1 more, and drops the ones
// that were not asked for longest.
type accountCache struct {
	clock Clock

	mu     sync.Mutex
	weight int
	order  *list.List // of *accountEntry, the latest used first
	byKey  map[accountKey]*list.Element
}

type accountEntry struct {
	key     accountKey
	account Account
	depth   depth
	at      time.Time
}

// depth is how much is known of an account.
type depth int

const (
	shallow depth = iota // what list=globalusers tells
	withHome
	withLocal
)

const (
	maxAccountWeight = 100_000 // about 20 MB
	accountsLast     = time.Hour
)

func newAccountCache(clock Clock) *accountCache {
	return &accountCache{clock: clock, order: list.New(), byKey: map[accountKey]*list.Element{}}
}

func (c *accountCache) get(key accountKey, need depth) (Account, bool) {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byKey[key]
	if !ok {
		return Account{}, false
	}
	entry := element.Value.(*accountEntry) //nolint:forcetypeassert // the list holds nothing else
	if now.Sub(entry.at) >= accountsLast {
		c.drop(element)
		return Account{}, false
	}
	if entry.depth < need {
		return Account{}, false
	}
	c.order.MoveToFront(element)
	return entry.account.clone(), true
}

func (c *accountCache) put(key accountKey, account Account, has depth) {
	entry := &accountEntry{key: key, account: account.clone(), depth: has, at: c.clock.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.byKey[key]; ok {
		c.drop(element)
	}
	c.byKey[key] = c.order.PushFront(entry)
	c.weight += entry.weight()
	for c.weight > maxAccountWeight {
		c.drop(c.order.Back())
	}
}

func (c *accountCache) drop(element *list.Element) {
	entry := element.Value.(*accountEntry) //nolint:forcetypeassert // the list holds nothing else
	c.order.Remove(element)
	delete(c.byKey, entry.key)
	c.weight -= entry.weight()
}

func (e *accountEntry) weight() int { return 1 + len(e.account.Local) }
