package mwclient

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cgt.name/pkg/go-mwclient/params"
)

// globalUserRow is one of list=globalusers.
type globalUserRow struct {
	CentralID    number    `json:"centralid"`
	Name         string    `json:"name"`
	Missing      flag      `json:"missing"`
	Invalid      flag      `json:"invalid"`
	Locked       flag      `json:"locked"`
	EditCount    number    `json:"editcount"`
	Registration timestamp `json:"registration"` // left out where it is not known
	Groups       texts     `json:"groups"`
}

func (row globalUserRow) account() Account {
	return Account{
		ID: int64(row.CentralID), Name: row.Name, Registration: row.Registration.Time,
		EditCount: int(row.EditCount), Groups: row.Groups, Locked: bool(row.Locked),
		Missing: bool(row.Missing || row.Invalid),
	}
}

// globalUserInfo is meta=globaluserinfo.
type globalUserInfo struct {
	ID           number    `json:"id"`
	Name         string    `json:"name"`
	Home         string    `json:"home"`
	Registration timestamp `json:"registration"`
	Missing      flag      `json:"missing"`
	Locked       flag      `json:"locked"`
	EditCount    number    `json:"editcount"`
	Groups       texts     `json:"groups"`
	Merged       []struct {
		Wiki         string    `json:"wiki"`
		URL          string    `json:"url"`
		ID           number    `json:"id"`
		EditCount    number    `json:"editcount"`
		Registration timestamp `json:"registration"`
		Groups       texts     `json:"groups"`
	} `json:"merged"`
}

// nullRegistration is how near to the answer's own time a registration is taken
// for what meta=globaluserinfo gives where none is stored: now.
const nullRegistration = 5 * time.Minute

// account reads the answer that was given at that time.
func (g globalUserInfo) account(at time.Time) Account {
	stored := func(t timestamp) time.Time {
		if d := at.Sub(t.Time).Abs(); d <= nullRegistration {
			return time.Time{}
		}
		return t.Time
	}
	a := Account{
		ID: int64(g.ID), Name: g.Name, Registration: stored(g.Registration), HomeWiki: g.Home,
		EditCount: int(g.EditCount), Groups: g.Groups, Locked: bool(g.Locked), Missing: bool(g.Missing),
	}
	for _, m := range g.Merged {
		a.Local = append(a.Local, LocalAccount{
			Wiki: m.Wiki, Name: g.Name, CentralID: int64(g.ID), URL: m.URL, ID: int64(m.ID),
			EditCount: int(m.EditCount), Registration: stored(m.Registration), Groups: m.Groups,
		})
	}
	return a
}

// Parameters that ask for accounts.
const (
	globalUsersProps = "locked|editcount|registration|groups"
	userInfoProps    = "groups|merged|editcount"
)

func askGlobalUsers(p params.Values, who []subject) {
	p.Add("list", "globalusers")
	p.Set("gusprop", globalUsersProps)
	if who[0].id > 0 {
		p.Set("guscentralids", joinIDs(who))
		return
	}
	p.Set("gususers", joinNames(who))
}

func askGlobalUserInfo(p params.Values, one subject) {
	p.Add("meta", "globaluserinfo")
	p.Set("guiprop", userInfoProps)
	p.Set("curtimestamp", "1")
	if one.id > 0 {
		p.Set("guiid", strconv.FormatInt(one.id, 10))
		return
	}
	p.Set("guiuser", one.name)
}

func joinIDs(who []subject) string {
	ids := make([]string, len(who))
	for i, one := range who {
		ids[i] = strconv.FormatInt(one.id, 10)
	}
	return strings.Join(ids, "|")
}

func joinNames(who []subject) string {
	names := make([]string, len(who))
	for i, one := range who {
		names[i] = one.name
	}
	return strings.Join(names, "|")
}

// probe asks with list=globalusers and, in the same request, for the first
// account with meta=globaluserinfo. An unknown module is only a warning, so one
// of them answers and no request is lost. It reports which.
// list=globalusers is written from its documentation
// (https://www.mediawiki.org/wiki/Extension:CentralAuth/API): it came in 2026.
func (w *Wiki) probe(ctx context.Context, who []subject, found map[subject]Account) (bulk, error) {
	p := params.Values{"action": "query"}
	askGlobalUsers(p, who)
	askGlobalUserInfo(p, who[0])
	w.askSite(p)
	has := bulkUnknown
	err := w.pages(ctx, EndpointGlobalUsers, p, true, nil, func(r *reply) (bool, error) {
		if has == bulkUnknown {
			has = bulkNo
		}
		if r.Query.GlobalUsers != nil {
			has = bulkYes
			w.takeGlobalUsers(r, who, found)
			return true, nil
		}
		if has == bulkNo && r.Query.GlobalUserInfo != nil {
			w.takeGlobalUserInfo(r, who[0], withLocal, found)
		}
		return has == bulkYes, nil
	})
	if isNoSuchUser(err) {
		// Both modules know the account no more; which of them exist is for the
		// next to tell.
		w.remember(found, who[0], who[0].missing(), withLocal)
		return bulkUnknown, nil
	}
	if err != nil {
		return bulkUnknown, err
	}
	w.mu.Lock()
	w.bulk = has
	w.mu.Unlock()
	if has == bulkYes {
		return has, w.readLeftOut(ctx, who, found)
	}
	return has, nil
}

// readGlobalUsers asks with list=globalusers.
func (w *Wiki) readGlobalUsers(ctx context.Context, who []subject, found map[subject]Account) error {
	p := params.Values{"action": "query"}
	askGlobalUsers(p, who)
	w.askSite(p)
	err := w.pages(ctx, EndpointGlobalUsers, p, false, nil, func(r *reply) (bool, error) {
		w.takeGlobalUsers(r, who, found)
		return true, nil
	})
	if err != nil {
		return err
	}
	return w.readLeftOut(ctx, who, found)
}

func (w *Wiki) takeGlobalUsers(r *reply, who []subject, found map[subject]Account) {
	w.c.stats.add(w.key(), EndpointGlobalUsers, Counts{Rows: int64(len(r.Query.GlobalUsers))})
	for _, row := range r.Query.GlobalUsers {
		account := row.account()
		asked := subject{id: account.ID}
		if who[0].id == 0 {
			asked = subject{name: normalName(account.Name)}
		}
		if slices.Contains(who, asked) {
			w.remember(found, asked, account, shallow)
		}
	}
}

// readLeftOut asks alone for the names that the answer spells so differently
// that they were not found in it, so that none is taken for missing by mistake.
func (w *Wiki) readLeftOut(ctx context.Context, who []subject, found map[subject]Account) error {
	for _, one := range who {
		if _, ok := found[one]; ok {
			continue
		}
		if one.id > 0 {
			w.remember(found, one, one.missing(), shallow)
			continue
		}
		p := params.Values{"action": "query"}
		askGlobalUsers(p, []subject{one})
		r, err := w.query(ctx, EndpointGlobalUsers, p, false)
		if err != nil {
			return err
		}
		w.c.stats.add(w.key(), EndpointGlobalUsers, Counts{Rows: int64(len(r.Query.GlobalUsers))})
		account := one.missing()
		if len(r.Query.GlobalUsers) == 1 {
			account = r.Query.GlobalUsers[0].account()
		}
		w.remember(found, one, account, shallow)
	}
	return nil
}

// readGlobalUserInfo asks for one account with meta=globaluserinfo.
func (w *Wiki) readGlobalUserInfo(ctx context.Context, one subject, need depth, found map[subject]Account) error {
	p := params.Values{"action": "query"}
	askGlobalUserInfo(p, one)
	_, known := w.siteKnown()
	w.askSite(p)
	// Without siteinfo it is not known yet whether the wiki has the module.
	r, err := w.query(ctx, EndpointGlobalUserInfo, p, !known)
	if isNoSuchUser(err) {
		w.remember(found, one, one.missing(), withLocal)
		return nil
	}
	if err != nil {
		return err
	}
	if r.Query.GlobalUserInfo == nil {
		if site, ok := w.siteKnown(); ok && !site.CentralAuth {
			return nil // readAccounts goes on with list=users
		}
		return &ResponseError{Wiki: w.label(), Err: errors.New("it has no meta=globaluserinfo")}
	}
	w.takeGlobalUserInfo(r, one, max(need, withLocal), found)
	return nil
}

func (w *Wiki) takeGlobalUserInfo(r *reply, one subject, has depth, found map[subject]Account) {
	w.c.stats.add(w.key(), EndpointGlobalUserInfo, Counts{Rows: 1})
	account := r.Query.GlobalUserInfo.account(w.answeredAt(r))
	if account.Missing {
		account = one.missing()
	}
	w.remember(found, one, account, has)
}

// answeredAt is the wiki's time when it answered.
func (w *Wiki) answeredAt(r *reply) time.Time {
	if !r.Now.IsZero() {
		return r.Now.Time
	}
	if g := r.Query.General; g != nil && !g.Time.IsZero() {
		return g.Time.Time
	}
	if at, err := http.ParseTime(r.header.Get("Date")); err == nil {
		return at
	}
	return w.c.clock.Now()
}

// isNoSuchUser reports whether the wiki says that there is no such account, or
// that it could not have that name.
func isNoSuchUser(err error) bool {
	var refused *APIError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case "invaliduserid", "invaliduser", "baduser", "baduserid", "nosuchuser", "nosuchuserid":
		return true
	}
	return false
}
