package fakewiki

import (
	"slices"
	"strconv"
)

// What a made-up edit's row shows beyond its time and namespace comes from its
// mark: it costs no memory and is the same each time.

func (e *edit) isNew() bool {
	if e.exact != nil {
		return e.exact.New
	}
	return e.mark%13 == 0
}

func (e *edit) minor() bool {
	if e.exact != nil {
		return e.exact.Minor
	}
	return e.mark>>8%5 == 0
}

func (e *edit) top() bool {
	if e.exact != nil {
		return e.exact.Top
	}
	return e.mark>>16%4 == 0
}

func (e *edit) page() int64 {
	if e.exact != nil {
		return e.exact.PageID
	}
	return 1 + int64(e.mark>>24%50_000)
}

func (e *edit) parent() int64 {
	if e.exact != nil {
		return e.exact.ParentID
	}
	if e.isNew() {
		return 0
	}
	return e.rev - 1 - int64(e.mark>>20%(1<<40))%(e.rev-1)
}

func (e *edit) sizes() (size, diff int64, ok bool) {
	if e.exact != nil {
		return int64(e.exact.Size), int64(e.exact.SizeDiff), !e.exact.NoSize
	}
	size = 200 + int64(e.mark>>32%9000)
	if e.isNew() {
		return size, size, true
	}
	return size, int64(e.mark>>44%1500) - 400, e.mark%997 != 0
}

func (e *edit) comment() (text string, hidden bool) {
	if e.exact != nil {
		return e.exact.Comment, e.exact.CommentHidden
	}
	if e.mark%499 == 0 {
		return "", true
	}
	return [...]string{"", "typo", "copyedit", "/* History */ add source", "#WikiLoves", "إضافة مصدر",
		`<script>alert(1)</script> & "test"`, "new page"}[e.mark>>40%8], false
}

// tags are the change tags, mw-reverted last as it comes last.
func (e *edit) tags(now int64) []string {
	var out []string
	switch {
	case e.exact != nil:
		out = slices.Clip(e.exact.Tags)
	case e.mark>>48%6 == 0:
		out = []string{"visualeditor"}
	case e.mark>>48%6 == 1:
		out = []string{"mobile edit", "mobile web edit"}
	}
	if e.reverted(now) {
		out = append(out, "mw-reverted")
	}
	return out
}

// title is the page's title; user is the author, whose drafts some pages are.
func (e *edit) title(w *wiki, user string) string {
	if e.exact != nil && e.exact.Title != "" {
		return e.exact.Title
	}
	n := strconv.FormatInt(e.page(), 10)
	switch e.ns {
	case 0:
		return "Article " + n
	case 1:
		return w.prefix(1) + "Article " + n
	case 2, 3:
		return w.prefix(int(e.ns)) + user + "/Draft " + n
	case 6:
		return w.prefix(6) + "Photo " + n + ".jpg"
	}
	return w.prefix(int(e.ns)) + "Page " + n
}
