package mwclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cgt.name/pkg/go-mwclient/params"
)

// How an edit can be refused. Each is wrapped around the wiki's own *APIError. A
// wiki that is read only or lags asks for patience, and is a *RateLimitError
// when that ends.
var (
	// ErrEditConflict: the page is not as it was read: changed, made, or deleted.
	ErrEditConflict = errors.New("the page was changed meanwhile")
	// ErrProtected: the page is protected against this account.
	ErrProtected = errors.New("the page is protected")
	// ErrBlocked: the account may not edit, here or at all.
	ErrBlocked = errors.New("the account is blocked")
	// ErrLogin: the wiki does not take the client for an account.
	ErrLogin = errors.New("the wiki does not accept the account's login")
)

// BotPassword is a login for programs (Special:BotPasswords): "Name@program" and
// the password that the wiki made. https://www.mediawiki.org/wiki/Manual:Bot_passwords
type BotPassword struct{ Name, Password string }

// PageText is a page as it was read.
type PageText struct {
	Title    string // as the wiki writes it
	Text     string
	Revision int64     // 0: there is no such page
	Time     time.Time // of the revision
	// Read is when the wiki answered: what was deleted later is a conflict.
	Read time.Time
}

// Edit is a page's new text.
type Edit struct {
	Base    PageText // what the text was made from; its title is the page's
	Text    string
	Summary string
}

// Editor edits a wiki as one account. It is safe for concurrent use, but edits
// of a wiki want to be made one after the other.
type Editor struct {
	// Name is the account's.
	Name string
	// Bot says that its edits bear the bot flag.
	Bot bool

	wiki  *Wiki
	token string
}

type loginRow struct {
	Result string `json:"result"`
}

type editRow struct {
	Result   string `json:"result"`
	NoChange flag   `json:"nochange"`
	Revision number `json:"newrevid"`
}

// userInfoRow is meta=userinfo.
type userInfoRow struct {
	Name   string   `json:"name"`
	Rights []string `json:"rights"`
	Block  number   `json:"blockid"`
}

// revisionRow is one of prop=revisions.
type revisionRow struct {
	ID    number    `json:"revid"`
	Time  timestamp `json:"timestamp"`
	Slots struct {
		Main struct {
			Content string `json:"content"`
			Hidden  flag   `json:"texthidden"`
		} `json:"main"`
	} `json:"slots"`
}

// Editor returns an editor with the account of a bot password, or, where that is
// zero, of the token in Options.Tokens for the wiki's host. Errors: ErrLogin.
func (w *Wiki) Editor(ctx context.Context, login BotPassword) (*Editor, error) {
	e, err := w.editor(ctx, login)
	if login.Name == "" || !errors.Is(err, ErrLogin) {
		return e, err
	}
	if err := w.login(ctx, login); err != nil {
		return nil, err
	}
	return w.editor(ctx, login)
}

// editor asks for what an editor needs, as the account that is logged in.
func (w *Wiki) editor(ctx context.Context, login BotPassword) (*Editor, error) {
	p := params.Values{"action": "query", "meta": "tokens|userinfo", "type": "csrf", "uiprop": "rights|blockinfo", "assert": "user"}
	if login.Name != "" {
		// A login is refused to those who have one.
		p.Set("assertuser", login.Name[:max(strings.LastIndexByte(login.Name, '@'), 0)])
	}
	r, err := w.query(ctx, EndpointEdit, p, false)
	if err != nil {
		return nil, refusal(err)
	}
	token, info := r.Query.Tokens["csrftoken"], r.Query.UserInfo
	if token == "" || token == anonymousToken || info.Name == "" {
		return nil, fmt.Errorf("%w: %s gives it no token", ErrLogin, w.label())
	}
	return &Editor{Name: info.Name, Bot: slices.Contains(info.Rights, "bot"), wiki: w, token: token}, nil
}

// anonymousToken is the token of those who are not logged in.
const anonymousToken = `+\`

func (w *Wiki) login(ctx context.Context, b BotPassword) error {
	r, err := w.query(ctx, EndpointEdit, params.Values{"action": "query", "meta": "tokens", "type": "login"}, false)
	if err != nil {
		return err
	}
	r, err = w.write(ctx, params.Values{
		"action": "login", "lgname": b.Name, "lgpassword": b.Password, "lgtoken": r.Query.Tokens["logintoken"],
	})
	if err != nil {
		return err
	}
	if r.Login.Result != "Success" {
		// What the wiki says of it can repeat the name; the result is one word.
		return fmt.Errorf("%w: %s answers %q", ErrLogin, w.label(), shorten(r.Login.Result))
	}
	return nil
}

// Page reads a page's wikitext. A page that does not exist has Revision 0.
// https://www.mediawiki.org/wiki/API:Revisions
func (e *Editor) Page(ctx context.Context, title string) (PageText, error) {
	if title == "" || strings.ContainsAny(title, "|\x1f#<>[]{}\n") {
		return PageText{}, fmt.Errorf("%q: %w", shorten(title), errTitle)
	}
	r, err := e.wiki.query(ctx, EndpointEdit, params.Values{
		"action": "query", "prop": "revisions", "titles": title, "rvprop": "ids|timestamp|content", "rvslots": "main",
		"curtimestamp": "1", "assert": "user",
	}, false)
	if err != nil {
		return PageText{}, refusal(err)
	}
	if len(r.Query.Pages) != 1 || r.Now.IsZero() {
		return PageText{}, &ResponseError{Wiki: e.wiki.label(), Err: fmt.Errorf("it gave %d pages for one", len(r.Query.Pages))}
	}
	row := r.Query.Pages[0]
	page := PageText{Title: row.Title, Read: r.Now.Time}
	switch {
	case bool(row.Invalid):
		return PageText{}, fmt.Errorf("%q: %w", shorten(title), errTitle)
	case bool(row.Missing):
		return page, nil
	case len(row.Revisions) != 1 || row.Revisions[0].ID <= 0 || bool(row.Revisions[0].Slots.Main.Hidden):
		return PageText{}, &ResponseError{Wiki: e.wiki.label(), Err: fmt.Errorf("it does not give the text of %q", shorten(title))}
	}
	page.Text, page.Revision, page.Time = row.Revisions[0].Slots.Main.Content, int64(row.Revisions[0].ID), row.Revisions[0].Time.Time
	return page, nil
}

var errTitle = errors.New("not a title of a page")

// Save saves an edit and returns the new revision, or 0 where the page had that
// text already. A page that Base does not have is made, never overwritten; one
// that it has is never made anew. A try that broke off is safe to repeat: what it
// saved is what the next one finds. MediaWiki tells revisions apart by their
// second: what is saved in the second of Base is no conflict to it. Errors: ErrEditConflict, ErrProtected,
// ErrBlocked, ErrForbidden, ErrLogin, *RateLimitError.
// https://www.mediawiki.org/wiki/API:Edit
func (e *Editor) Save(ctx context.Context, edit Edit) (revision int64, err error) {
	p := params.Values{
		"action": "edit", "title": edit.Base.Title, "text": edit.Text, "summary": edit.Summary,
		"starttimestamp": edit.Base.Read.UTC().Format(time.RFC3339), "watchlist": "nochange", "assert": "user", "assertuser": e.Name, "token": e.token,
	}
	if edit.Base.Revision == 0 {
		p.Set("createonly", "1")
	} else {
		p.Set("nocreate", "1")
		p.Set("baserevid", strconv.FormatInt(edit.Base.Revision, 10))
		p.Set("basetimestamp", edit.Base.Time.UTC().Format(time.RFC3339))
	}
	if e.Bot {
		p.Set("bot", "1")
	}
	r, err := e.wiki.write(ctx, p)
	if err != nil {
		return 0, refusal(err)
	}
	switch {
	case r.Edit.Result != "Success":
		// A captcha, or an extension that says no without an error's code.
		return 0, fmt.Errorf("%s: the edit ended with %q: %w", e.wiki.label(), shorten(r.Edit.Result), ErrForbidden)
	case bool(r.Edit.NoChange):
		return 0, nil
	}
	return int64(r.Edit.Revision), nil
}

// write posts a call that changes something.
func (w *Wiki) write(ctx context.Context, p params.Values) (*reply, error) {
	var r *reply
	err := w.perform(ctx, kindAPI, EndpointEdit, func(e *exchange, api *url.URL) (err error) {
		e.write = true
		r, err = w.c.ask(e, api, p)
		return err
	})
	return r, err
}

// refusal gives an error of the API its meaning.
// https://www.mediawiki.org/wiki/API:Edit#Possible_errors
func refusal(err error) error {
	var api *APIError
	if !errors.As(err, &api) {
		return err
	}
	kind := ErrForbidden
	switch code := api.Code; {
	case code == "editconflict", code == "articleexists", code == "missingtitle", code == "pagedeleted":
		kind = ErrEditConflict
	case strings.Contains(code, "protected"):
		kind = ErrProtected
	case strings.HasSuffix(code, "blocked"):
		kind = ErrBlocked
	case strings.HasPrefix(code, "assert"), code == "badtoken", code == "readapidenied", strings.HasPrefix(code, "mwoauth-"):
		kind = ErrLogin
	case code == "permissiondenied", strings.HasPrefix(code, "cantcreate"), code == "noedit", code == "writeapidenied",
		strings.HasPrefix(code, "abusefilter"), code == "spamblacklist", strings.HasPrefix(code, "titleblacklist"):
	default:
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}
