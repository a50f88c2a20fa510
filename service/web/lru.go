package web

import (
	"container/list"
	"sync"
)

// lru keeps values under a budget of bytes and forgets those least recently
// used. It is safe for concurrent use.
type lru[V any] struct {
	mu           sync.Mutex
	budget, used int64
	items        map[string]*list.Element
	order        *list.List // front: used last
}

type lruItem[V any] struct {
	key   string
	value V
	size  int64
}

func newLRU[V any](budget int64) *lru[V] {
	return &lru[V]{budget: budget, items: map[string]*list.Element{}, order: list.New()}
}

// get returns the value of a key.
func (c *lru[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		var zero V
		return zero, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruItem[V]).value, true
}

// put keeps a value of that many bytes, in the place of the key's former one.
// A value larger than the whole budget is not kept.
func (c *lru[V]) put(key string, v V, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[key]; ok {
		c.drop(e)
	}
	if size > c.budget {
		return
	}
	c.items[key] = c.order.PushFront(&lruItem[V]{key, v, size})
	c.used += size
	for c.used > c.budget {
		c.drop(c.order.Back())
	}
}

// getOrPut returns the value of a key; one without gets a new one, of size 1.
func (c *lru[V]) getOrPut(key string, fresh func() V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*lruItem[V]).value
	}
	v := fresh()
	c.items[key] = c.order.PushFront(&lruItem[V]{key, v, 1})
	c.used++
	for c.used > c.budget {
		c.drop(c.order.Back())
	}
	return v
}

// forget drops a key.
func (c *lru[V]) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.items[key]; ok {
		c.drop(e)
	}
}

func (c *lru[V]) drop(e *list.Element) {
	i := e.Value.(*lruItem[V])
	c.order.Remove(e)
	delete(c.items, i.key)
	c.used -= i.size
}

// bytes returns how much of the budget is used.
func (c *lru[V]) bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}
