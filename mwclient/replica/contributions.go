package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"afterglow/mwclient"
)

// pageSize is how many edits a query reads at most, about 1 MB.
const pageSize = 10_000

// Contributions returns the contributions of many users, user by user, oldest
// first, as mwclient's Wiki.Contributions does; in which order the users come
// differs. No more than 10,000 edits are held, and no connection is, while the
// loop's body runs. A query that the replicas would end for its duration is
// split by people, then by time. A sequence ends after its first error:
// mwclient.ErrNotFound, mwclient.ErrForbidden, ErrQueryLimit, …
//
// Of accounts the replicas do not tell the groups that a wiki derives, such as
// autoconfirmed.
func (w *Wiki) Contributions(ctx context.Context, q mwclient.ContributionsQuery) iter.Seq2[mwclient.Contribution, error] {
	return func(yield func(mwclient.Contribution, error) bool) {
		more := true
		err := w.contributions(ctx, q, func(c mwclient.Contribution) bool {
			more = yield(c, nil)
			return more
		})
		if err != nil && more {
			yield(mwclient.Contribution{}, fmt.Errorf("contributions: %w", err))
		}
	}
}

// errStopped says that the loop over a sequence was left.
var errStopped = errors.New("stopped")

func (w *Wiki) contributions(ctx context.Context, q mwclient.ContributionsQuery, each func(mwclient.Contribution) bool) error {
	if !q.Start.IsZero() && !q.End.IsZero() && q.Start.After(q.End) {
		return fmt.Errorf("from %s to %s: the end is before the start",
			q.Start.UTC().Format(time.RFC3339), q.End.UTC().Format(time.RFC3339))
	}
	s, err := w.c.at(ctx, w.db)
	if err != nil {
		return err
	}
	r := reader{w: w, s: s, each: each}
	if r.reverted, err = w.tag(ctx, s, "mw-reverted"); err != nil {
		return err
	}
	names := w.names(ctx, q)
	for len(names) > 0 {
		n := min(len(names), w.batchSize())
		if err := r.readBatch(ctx, names[:n], q); err != nil {
			if errors.Is(err, errStopped) {
				return nil
			}
			return err
		}
		names = names[n:]
	}
	return nil
}

// names returns whom to read, each once, and reports those that are no names.
func (w *Wiki) names(ctx context.Context, q mwclient.ContributionsQuery) []string {
	seen := make(map[string]bool, len(q.Users))
	var names []string
	for _, user := range q.Users {
		name, ok := mwclient.NormalName(user)
		if seen[name] {
			continue
		}
		seen[name] = true
		if ok {
			names = append(names, name)
		} else if q.OnAccount != nil {
			q.OnAccount(mwclient.LocalAccount{Wiki: w.db, URL: w.c.url(ctx, w.db), Name: name, Missing: true})
		}
	}
	return names
}

func (w *Wiki) batchSize() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.batch
}

// tooMany remembers that a query for n users took too long.
func (w *Wiki) tooMany(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batch = max(1, min(w.batch, n/2))
}

// tag returns the number of a tag, 0 where no edit has it yet.
// https://www.mediawiki.org/wiki/Manual:Change_tag_def_table
func (w *Wiki) tag(ctx context.Context, s *section, name string) (int64, error) {
	ids, err := read(ctx, w.c, s, query{
		wiki: w.db, endpoint: mwclient.EndpointContributions,
		text: "SELECT ctd_id FROM " + w.c.views(w.db) + "change_tag_def WHERE ctd_name = ?", args: binary(name),
	}, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// actors returns who of these users has edits that may be seen, by id.
func (w *Wiki) actors(ctx context.Context, s *section, names []string) ([]actor, error) {
	return read(ctx, w.c, s, query{
		wiki: w.db, endpoint: mwclient.EndpointContributions,
		text: "SELECT actor_id, actor_user, actor_name FROM " + w.c.views(w.db) + "actor_revision WHERE actor_name IN " +
			list(len(names)) + " ORDER BY actor_id",
		args: binary(names...),
	}, func(rows *sql.Rows) (a actor, err error) {
		var user sql.NullInt64
		var name []byte
		err = rows.Scan(&a.id, &user, &name)
		a.user, a.name = user.Int64, text(name)
		return a, err
	})
}

// reader reads the edits of one call.
type reader struct {
	w        *Wiki
	s        *section
	reverted int64 // the tag's number
	each     func(mwclient.Contribution) bool
}

func (r *reader) readBatch(ctx context.Context, names []string, q mwclient.ContributionsQuery) error {
	if q.OnAccount != nil {
		accounts, err := r.w.localAccounts(ctx, names)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			q.OnAccount(a)
		}
	}
	actors, err := r.w.actors(ctx, r.s, names)
	if err != nil || len(actors) == 0 {
		return err
	}
	return r.readAll(ctx, []piece{{actors: actors, from: q.Start, to: q.End}})
}

// readAll reads pieces in order, and what they are split into.
func (r *reader) readAll(ctx context.Context, work []piece) error {
	c := r.w.c
	for try := 0; len(work) > 0; {
		p := work[0]
		work = work[1:]
		page, last, ran, err := r.readPage(ctx, p)
		for _, row := range page {
			if !r.each(row) {
				return errStopped
			}
		}
		if ctx.Err() != nil {
			return explain(r.w.db, ctx.Err())
		}
		left := []piece{p}
		if len(page) > 0 {
			left, try = p.rest(last), 0
		}
		if err != nil {
			switch c.judge(err, ran) {
			case final:
				return explain(r.w.db, err)
			case again:
				if try++; try > c.o.MaxRetries {
					return explain(r.w.db, err)
				}
				// Lost twice without a row, it may have been ended for its duration.
				if halves, ok := p.halves(c.o.Clock.Now()); ok && try > 1 && ran > 0 && len(page) == 0 {
					left = halves
				}
				if err := c.pause(ctx, query{wiki: r.w.db, endpoint: mwclient.EndpointContributions}, try, err); err != nil {
					return explain(r.w.db, err)
				}
			case split:
				r.ranLong(ctx, p, len(page), ran)
				if len(page) == 0 {
					halves, ok := p.halves(c.o.Clock.Now())
					if !ok {
						return explain(r.w.db, fmt.Errorf("%w: %w", ErrQueryLimit, err))
					}
					left = halves
				}
			}
			work = append(left, work...)
		} else if len(page) == pageSize {
			work = append(left, work...)
		}
	}
	return nil
}

// ranLong notes that a query ran into the time limit.
func (r *reader) ranLong(ctx context.Context, p piece, rows int, ran time.Duration) {
	r.w.c.stats.add(r.w.db, mwclient.EndpointContributions, mwclient.Counts{Throttled: 1})
	r.w.c.o.Logger.DebugContext(ctx, "a query took too long and is split", "wiki", r.w.db,
		"people", len(p.actors), "rows", rows, "ran", ran)
	r.w.tooMany(len(p.actors))
}

// readPage reads a piece's first rows, pageSize at most. With an error, the rows
// that came before it are good.
func (r *reader) readPage(ctx context.Context, p piece) (page []mwclient.Contribution, last position, ran time.Duration, err error) {
	who := make(map[int64]actor, len(p.actors))
	for _, a := range p.actors {
		who[a.id] = a
	}
	ran, err = r.w.c.run(ctx, r.s, r.statement(p), func(rows *sql.Rows) error {
		var row mwclient.Contribution
		var next position
		var at sql.RawBytes
		if err := rows.Scan(&next.actor, &next.rev, &at, &row.Namespace, &row.Reverted); err != nil {
			return err
		}
		if next.at, err = parseStamp(at); err != nil {
			return &mwclient.ResponseError{Wiki: r.w.db, Err: fmt.Errorf("revision %d: %w", next.rev, err)}
		}
		a, ok := who[next.actor]
		if !ok || len(page) > 0 && !last.before(next) {
			// Going on from the last row relies on it.
			return &mwclient.ResponseError{Wiki: r.w.db, Err: fmt.Errorf("revision %d is out of order", next.rev)}
		}
		row.UserID, row.User, row.RevID, row.Timestamp = a.user, a.name, next.rev, next.at
		page, last = append(page, row), next
		return nil
	})
	return page, last, ran, err
}

// statement asks for a piece. The index rev_actor_timestamp (actor, time,
// revision) gives the rows in this order without sorting, as long as the
// database begins with that table: STRAIGHT_JOIN.
// https://www.mediawiki.org/wiki/Manual:Revision_table
func (r *reader) statement(p piece) query {
	views := r.w.c.views(r.w.db)
	var b strings.Builder
	var args []any
	b.WriteString("SELECT STRAIGHT_JOIN rev_actor, rev_id, rev_timestamp, page_namespace, ")
	if r.reverted != 0 {
		b.WriteString("ct_rev_id IS NOT NULL")
	} else {
		b.WriteString("FALSE")
	}
	b.WriteString(" FROM " + views + "revision_userindex JOIN " + views + "page ON page_id = rev_page")
	if r.reverted != 0 {
		b.WriteString(" LEFT JOIN " + views + "change_tag ON ct_rev_id = rev_id AND ct_tag_id = ?")
		args = append(args, r.reverted)
	}
	b.WriteString(" WHERE rev_actor IN " + list(len(p.actors)))
	for _, a := range p.actors {
		args = append(args, a.id)
	}
	if !p.from.IsZero() {
		b.WriteString(" AND rev_timestamp >= ?")
		args = append(args, binary(stamp(p.from))...)
	}
	if p.after > 0 {
		b.WriteString(" AND (rev_timestamp > ? OR rev_id > ?)")
		args = append(args, []byte(stamp(p.from)), p.after)
	}
	if !p.to.IsZero() {
		b.WriteString(" AND rev_timestamp <= ?")
		args = append(args, binary(stamp(p.to))...)
	}
	fmt.Fprintf(&b, " ORDER BY rev_actor, rev_timestamp, rev_id LIMIT %d", pageSize)
	return query{wiki: r.w.db, endpoint: mwclient.EndpointContributions, text: b.String(), args: args}
}
