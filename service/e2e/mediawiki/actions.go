package mediawiki

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Edit is what the wiki says of an edit.
type Edit struct {
	PageID    int64     `json:"pageid"`
	Title     string    `json:"title"`
	RevID     int64     `json:"newrevid"`
	OldRevID  int64     `json:"oldrevid"`
	Timestamp time.Time `json:"newtimestamp"`
	NoChange  bool      `json:"nochange"`
}

// Edit saves a page's whole text.
func (s *Session) Edit(t testing.TB, title, text string) Edit {
	t.Helper()
	return s.edit(t, url.Values{"title": {title}, "text": {text}, "summary": {"edit"}})
}

// Append adds text to a page's end.
func (s *Session) Append(t testing.TB, title, text string) Edit {
	t.Helper()
	return s.edit(t, url.Values{"title": {title}, "appendtext": {text}})
}

// Undo undoes one edit. RunJobs then tags it mw-reverted.
func (s *Session) Undo(t testing.TB, title string, rev int64) Edit {
	t.Helper()
	return s.edit(t, url.Values{"title": {title}, "undo": {id(rev)}})
}

func (s *Session) edit(t testing.TB, params url.Values) Edit {
	t.Helper()
	params.Set("action", "edit")
	var answer struct{ Edit Edit }
	s.must(t, params, &answer)
	return answer.Edit
}

// Rollback reverts the last edits of a page, all by that user; it needs the
// right to. RunJobs then tags them mw-reverted.
func (s *Session) Rollback(t testing.TB, title, user string) {
	t.Helper()
	s.must(t, url.Values{"action": {"rollback"}, "title": {title}, "user": {user}, "token": {s.newToken(t, "rollback")}}, nil)
}

// Move renames a page, leaving a redirect.
func (s *Session) Move(t testing.TB, from, to string) {
	t.Helper()
	s.must(t, url.Values{"action": {"move"}, "from": {from}, "to": {to}, "movetalk": {"1"}}, nil)
}

// Delete deletes a page.
func (s *Session) Delete(t testing.TB, title string) {
	t.Helper()
	s.must(t, url.Values{"action": {"delete"}, "title": {title}}, nil)
}

// Undelete restores a page.
func (s *Session) Undelete(t testing.TB, title string) {
	t.Helper()
	s.must(t, url.Values{"action": {"undelete"}, "title": {title}}, nil)
}

// Block blocks a user for good. A hidden one vanishes from lists, and their name
// from their edits. Addresses are not blocked: all of a test's users share one.
func (s *Session) Block(t testing.TB, user string, hidden bool) {
	t.Helper()
	params := url.Values{"action": {"block"}, "user": {user}, "expiry": {"never"}, "reason": {"test"}, "reblock": {"1"}}
	if hidden {
		params.Set("hidename", "1")
	}
	s.must(t, params, nil)
}

// Unblock lifts a block.
func (s *Session) Unblock(t testing.TB, user string) {
	t.Helper()
	s.must(t, url.Values{"action": {"unblock"}, "user": {user}}, nil)
}

// Protect lets only administrators edit a page.
func (s *Session) Protect(t testing.TB, title string) {
	t.Helper()
	s.must(t, url.Values{"action": {"protect"}, "title": {title}, "protections": {"edit=sysop|move=sysop"}}, nil)
}

// What HideRevisions can hide of a revision.
const (
	HideContent = "content"
	HideComment = "comment"
	HideUser    = "user"
)

// HideRevisions hides parts of revisions from plain readers; suppressed ones
// from administrators too.
func (s *Session) HideRevisions(t testing.TB, what string, suppress bool, revs ...int64) {
	t.Helper()
	ids := make([]string, len(revs))
	for i, rev := range revs {
		ids[i] = id(rev)
	}
	params := url.Values{"action": {"revisiondelete"}, "type": {"revision"}, "ids": {strings.Join(ids, "|")}, "hide": {what}}
	if suppress {
		params.Set("suppress", "yes")
	}
	s.must(t, params, nil)
}

// SetGroups adds a user to groups, such as "bot".
func (s *Session) SetGroups(t testing.TB, user string, groups ...string) {
	t.Helper()
	s.must(t, url.Values{"action": {"userrights"}, "user": {user}, "add": {strings.Join(groups, "|")},
		"token": {s.newToken(t, "userrights")}}, nil)
}

// Rename renames an account, with a maintenance script and the jobs it leaves.
func (w *Wiki) Rename(t testing.TB, from, to string) {
	t.Helper()
	if w.instance.code.atLeast(1, 40) {
		w.Script(t, "", "renameUser", "--performer="+adminUser, from, to)
	} else {
		w.Script(t, "", "../extensions/Renameuser/maintenance/renameUser", "--performer="+adminUser, "--oldname="+from, "--newname="+to)
	}
	w.RunJobs(t)
}

// BotPassword returns a name and a password for action=login, with which a
// program acts for a user within grants such as "editpage".
func (w *Wiki) BotPassword(t testing.TB, user string, grants ...string) (name, secret string) {
	t.Helper()
	secret = strings.Repeat("0123456789abcdef", 2)
	w.Script(t, "", "createBotPassword", "--appid=bot", "--grants="+strings.Join(append(grants, "basic"), ","), user, secret)
	return user + "@bot", secret
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// Upload uploads a file, or a new version of it, under a name such as "A.png".
// The wiki must let people upload: Settings with $wgEnableUploads = true.
func (s *Session) Upload(t testing.TB, name, text string, content []byte) {
	t.Helper()
	if s.token == "" {
		s.token = s.newToken(t, "csrf")
	}
	err := s.send(t, url.Values{
		"action": {"upload"}, "filename": {name}, "text": {text}, "comment": {"upload"}, "ignorewarnings": {"1"}, "token": {s.token},
	}, "file", string(content), nil)
	if err != nil {
		t.Fatalf("upload %s as %q: %v", name, s.Name, err)
	}
}
