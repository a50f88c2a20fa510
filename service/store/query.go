package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// Orders of a list of campaigns. The id decides between equals.
const (
	ByEnd       = "end"       // latest end first; the default
	ByStart     = "start"     // latest start first
	ByTitle     = "title"     // by code point
	ByRefreshed = "refreshed" // latest refresh first
)

// Sorts returns the orders that Query.Sort may have, the default first.
func Sorts() []string { return []string{ByEnd, ByStart, ByTitle, ByRefreshed} }

// Query selects campaigns of a list. Empty fields select all.
type Query struct {
	Q      string // part of the title, letters in either case
	Wiki   string // database name of the wiki that holds the event page
	Page   string // title of the event page
	Sort   string // one of Sorts; empty: ByEnd
	Limit  int    // 1 … 100; 0 is 20
	Cursor string // next of the page before
}

const (
	defaultLimit = 20
	maxLimit     = 100
)

// cursor is where a page ended. It is opaque to callers, and bound to the query
// whose pages it leads through.
type cursor struct {
	Filter string `json:"f"`
	Number int64  `json:"n,omitempty"` // the sort column of the last row
	Text   string `json:"t,omitempty"`
	ID     string `json:"i"`
}

func (q Query) filter() string { return strings.Join([]string{q.Sort, q.Q, q.Wiki, q.Page}, "\x00") }

func (q Query) after() (cursor, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Filter != q.filter() || c.ID == "" {
		return c, fmt.Errorf("the cursor is not one of this list: %w", ErrInvalid)
	}
	return c, nil
}

// Campaigns returns a page of campaigns and the cursor of the next, empty at the
// end. ErrInvalid: an unknown order, a limit out of range, a cursor of another query.
func (s *Store) Campaigns(ctx context.Context, q Query) (page []Campaign, next string, err error) {
	if q.Sort == "" {
		q.Sort = ByEnd
	}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if q.Limit < 1 || q.Limit > maxLimit {
		return nil, "", fmt.Errorf("list campaigns: limit %d is not 1 … %d: %w", q.Limit, maxLimit, ErrInvalid)
	}
	column, order, beyond := "ends", "DESC", "<"
	switch q.Sort {
	case ByEnd:
	case ByStart:
		column = "starts"
	case ByRefreshed:
		column = "refreshed"
	case ByTitle:
		column, order, beyond = "title", "ASC", ">"
	default:
		return nil, "", fmt.Errorf("list campaigns: sort %.20q is not one of %s: %w", q.Sort, strings.Join(Sorts(), ", "), ErrInvalid)
	}
	where, args := []string{"1 = 1"}, []any(nil)
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Q != "" {
		add("title_key LIKE ? ESCAPE '"+likeEscape+"'", like(titleKey(q.Q)))
	}
	if q.Wiki != "" {
		add("wiki = ?", q.Wiki)
	}
	if q.Page != "" {
		add("page = ?", strings.ReplaceAll(q.Page, "_", " "))
	}
	if q.Cursor != "" {
		c, err := q.after()
		if err != nil {
			return nil, "", fmt.Errorf("list campaigns: %w", err)
		}
		value := any(c.Number)
		if q.Sort == ByTitle {
			value = c.Text
		}
		add("("+column+" "+beyond+" ? OR ("+column+" = ? AND id "+beyond+" ?))", value, value, c.ID)
	}
	// One row more than asked for tells whether there is a next page.
	query := `SELECT ` + campaignColumns + ` FROM campaigns WHERE ` + strings.Join(where, " AND ") + //nolint:gosec // columns of this file
		` ORDER BY ` + column + ` ` + order + `, id ` + order + ` LIMIT ?`
	page, err = collect(ctx, s.r, scanCampaign, query, append(args, q.Limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("list campaigns: %w", err)
	}
	if len(page) <= q.Limit {
		return page, "", nil
	}
	page = page[:q.Limit]
	next, err = q.next(page[len(page)-1])
	return page, next, err
}

// next returns the cursor of the page after the one that ends with c.
func (q Query) next(c Campaign) (string, error) {
	end := cursor{Filter: q.filter(), ID: c.ID}
	switch q.Sort {
	case ByEnd:
		end.Number = unix(c.End)
	case ByStart:
		end.Number = unix(c.Start)
	case ByRefreshed:
		end.Number = unix(c.Refreshed)
	case ByTitle:
		end.Text = c.Title
	}
	b, err := json.Marshal(end)
	return base64.RawURLEncoding.EncodeToString(b), err
}
