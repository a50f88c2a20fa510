package store

// Sort is an order of a list of campaigns.
type Sort string

// Orders. The id decides between equals.
const (
	ByEnd       Sort = "end"       // latest end first; the default
	ByStart     Sort = "start"     // latest start first
	ByTitle     Sort = "title"     // by code point
	ByRefreshed Sort = "refreshed" // latest refresh first
)

// Query selects campaigns of a list. Empty fields select all.
type Query struct {
	Q      string // part of the title, ASCII letters in either case
	Wiki   string // database name of the wiki that holds the event page
	Page   string // title of the event page
	Sort   string // one of Sort; empty: ByEnd
	Limit  int    // 1 … 100; 0 is 20
	Cursor string // next of the page before
}
