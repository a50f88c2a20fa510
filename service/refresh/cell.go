package refresh

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"afterglow/mwclient"
	"afterglow/retention"
)

// A cell is the accounts created on one wiki in one week: where the candidates
// of the strata of that wiki and week, which differ by edits only, come from.
type cell struct {
	home      string
	week      int
	from, to  time.Time // of creation, [from, to]
	strata    []retention.Stratum
	newcomers int
	read      int // candidates so far
	queue     []mwclient.NewUser
	stretches [][2]time.Time // of the log, not read yet
	usedUp    bool
}

// home is the cells of one home wiki, which are read together.
type home struct {
	name  string
	cells []*cell
	turn  int
}

const (
	// logPage is what one request for a log returns.
	logPage = 500
	// A cell is given up after this many candidates for each of its newcomers, or
	// the least number: most new accounts never edit, and some strata have nobody.
	triesPerNewcomer, leastTries = 40, 200
)

// cells returns the home wikis with their cells, in a fixed order.
func (k *controls) cells() []*home {
	type place struct {
		home string
		week int
	}
	byPlace := map[place]*cell{}
	byHome := map[string]*home{}
	first := k.campaign.Start.Add(-time.Duration(retention.Default().NewcomerDays) * day)
	for s, n := range k.strata {
		if k.wikis[s.HomeWiki] == nil {
			continue
		}
		p := place{s.HomeWiki, s.Week}
		c := byPlace[p]
		if c == nil {
			c = &cell{home: s.HomeWiki, week: s.Week, from: first.Add(time.Duration(s.Week) * 7 * day)}
			c.to = c.from.Add(7*day - time.Second)
			if c.to.After(k.campaign.End) {
				c.to = k.campaign.End
			}
			c.stretches = k.order(c)
			byPlace[p] = c
			h := byHome[s.HomeWiki]
			if h == nil {
				h = &home{name: s.HomeWiki}
				byHome[s.HomeWiki] = h
			}
			h.cells = append(h.cells, c)
		}
		c.strata = append(c.strata, s)
		c.newcomers += n
	}
	var homes []*home
	for _, h := range byHome {
		slices.SortFunc(h.cells, func(a, b *cell) int {
			return cmp.Or(cmp.Compare(b.newcomers, a.newcomers), cmp.Compare(a.week, b.week))
		})
		homes = append(homes, h)
	}
	slices.SortFunc(homes, func(a, b *home) int { return cmp.Compare(a.name, b.name) })
	return homes
}

// order says in which order the week's log is read: from an instant that the
// seed chooses, and then around. A large wiki's week is longer than can be read, and its
// first hours would not stand for it.
func (k *controls) order(c *cell) [][2]time.Time {
	seconds := int64(c.to.Sub(c.from)/time.Second) + 1
	at := c.from.Add(time.Duration(retention.Priority(k.seed, retention.PersonKey{Farm: c.home, ID: int64(c.week)})%uint64(seconds)) * time.Second)
	if at.Equal(c.from) {
		return [][2]time.Time{{c.from, c.to}}
	}
	return [][2]time.Time{{at, c.to}, {c.from, at.Add(-time.Second)}}
}

// wants is how many controls a stratum may take.
func (k *controls) wants(s retention.Stratum) int {
	n := k.strata[s] * retention.ControlsPerParticipant
	if all := k.newcomers * retention.ControlsPerParticipant; all > retention.MaxControls {
		n = (n*retention.MaxControls + all - 1) / all
	}
	return n
}

// lacks is how many controls a cell still wants and may yet find.
func (c *cell) lacks(k *controls) int {
	if c.usedUp || c.read >= max(c.newcomers*triesPerNewcomer, leastTries) {
		return 0
	}
	n := 0
	for _, s := range c.strata {
		n += max(0, k.wants(s)-k.have[s])
	}
	return n
}

func (h *home) lacks(k *controls) int {
	n := 0
	for _, c := range h.cells {
		n += c.lacks(k)
	}
	return n
}

// draw takes up to 50 candidates from the cells that lack controls, in turn.
func (h *home) draw(ctx context.Context, k *controls) ([]mwclient.NewUser, error) {
	var batch []mwclient.NewUser
	for idle := 0; len(batch) < batchSize && idle < len(h.cells); h.turn++ {
		c := h.cells[h.turn%len(h.cells)]
		if c.lacks(k) == 0 {
			idle++
			continue
		}
		u, ok, err := c.take(ctx, k)
		if err != nil {
			return nil, err
		}
		if !ok {
			idle++
			continue
		}
		idle = 0
		batch = append(batch, u)
	}
	return batch, nil
}

// take returns the cell's next candidate. A page of the log is put in the order
// of the seed first.
func (c *cell) take(ctx context.Context, k *controls) (mwclient.NewUser, bool, error) {
	for len(c.queue) == 0 {
		if len(c.stretches) == 0 || k.left() <= k.perBatch() {
			c.usedUp = true
			return mwclient.NewUser{}, false, nil
		}
		if err := c.fetch(ctx, k); err != nil {
			return mwclient.NewUser{}, false, err
		}
	}
	u := c.queue[0]
	c.queue = c.queue[1:]
	c.read++
	return u, true, nil
}

// fetch reads a page of the log. What is left of the stretch begins a second
// after the page's last account.
func (c *cell) fetch(ctx context.Context, k *controls) error {
	s := c.stretches[0]
	k.spend(1)
	page, err := onePage(k.wikis[c.home].NewUsers(ctx, s[0], s[1]))
	if err != nil {
		return err
	}
	c.stretches = c.stretches[1:]
	if len(page) == logPage {
		if rest := page[len(page)-1].Created.Add(time.Second); !rest.After(s[1]) {
			c.stretches = slices.Insert(c.stretches, 0, [2]time.Time{rest, s[1]})
		}
	}
	rank := func(u mwclient.NewUser) uint64 {
		return retention.Priority(k.seed, retention.PersonKey{Farm: c.home, ID: u.ID})
	}
	slices.SortFunc(page, func(a, b mwclient.NewUser) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
	c.queue = page
	return nil
}

// onePage ranges over one page of a log.
func onePage(users iter.Seq2[mwclient.NewUser, error]) ([]mwclient.NewUser, error) {
	var page []mwclient.NewUser
	for u, err := range users {
		if err != nil {
			return nil, err
		}
		if page = append(page, u); len(page) == logPage {
			break
		}
	}
	return page, nil
}
