package mwclient

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AccountOptions says what to read of accounts beside what costs nothing.
type AccountOptions struct {
	// HomeWikis asks for Account.HomeWiki, Local for Account.Local. On a farm
	// either costs one request an account, even where list=globalusers exists.
	HomeWikis, Local bool
}

func (o AccountOptions) depth() depth {
	switch {
	case o.Local:
		return withLocal
	case o.HomeWikis:
		return withHome
	}
	return shallow
}

const (
	// batch is how many values the Action API takes at once.
	batch = 50
	// batchBytes keeps names under the size beyond which go-mwclient turns to
	// multipart bodies.
	batchBytes = 7500
	// windowSize bounds the accounts that are held while some of them are asked for.
	windowSize = 1000
)

// Accounts returns the accounts with these central ids (local ids on a wiki
// without central accounts), one for each id, in the same order; Missing where
// there is none. They come from list=globalusers, 50 a request, where the wiki
// has it; from meta=globaluserinfo, one a request, elsewhere on a farm; from
// list=users, 50 a request, where there are no central accounts. An account that
// was read within the hour is not asked for again. A sequence ends after its
// first error.
// https://www.mediawiki.org/wiki/Extension:CentralAuth/API
func (w *Wiki) Accounts(ctx context.Context, ids []int64, o AccountOptions) iter.Seq2[Account, error] {
	asked := func(yield func(subject) bool) {
		for _, id := range ids {
			if !yield(subject{id: id}) {
				return
			}
		}
	}
	return w.accounts(ctx, asked, o)
}

// AccountsByName is Accounts by name: one for each name, in the same order.
func (w *Wiki) AccountsByName(ctx context.Context, names []string, o AccountOptions) iter.Seq2[Account, error] {
	asked := func(yield func(subject) bool) {
		for _, name := range names {
			if !yield(subject{name: normalName(name)}) {
				return
			}
		}
	}
	return w.accounts(ctx, asked, o)
}

// subject is whom to read: by id, or by name if the id is 0 and the name is not
// empty.
type subject struct {
	id   int64
	name string
}

func (s subject) key(wiki string) accountKey { return accountKey{wiki: wiki, id: s.id, name: s.name} }

// missing is the account that there is not.
func (s subject) missing() Account { return Account{ID: max(s.id, 0), Name: s.name, Missing: true} }

// askable is false for what no account can have, so that it need not be asked.
func (s subject) askable() bool { return s.id > 0 || (s.id == 0 && usableName(s.name)) }

// place is one account of a window: who, and what is known.
type place struct {
	who     subject
	account Account
	known   bool
}

func (w *Wiki) accounts(ctx context.Context, asked iter.Seq[subject], o AccountOptions) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		var window []place
		missing, bytes := 0, 0
		flush := func() bool {
			if err := w.fill(ctx, window, o); err != nil {
				yield(Account{}, err)
				return false
			}
			for _, p := range window {
				if !yield(p.account, nil) {
					return false
				}
			}
			window, missing, bytes = window[:0], 0, 0
			return true
		}
		for who := range asked {
			p := place{who: who}
			if !who.askable() {
				p.account, p.known = who.missing(), true
			} else {
				p.account, p.known = w.c.known.get(who.key(w.key()), o.depth())
			}
			if !p.known {
				if missing == batch || bytes+len(who.name) > batchBytes {
					if !flush() {
						return
					}
				}
				missing++
				bytes += len(who.name) + 1
			}
			window = append(window, p)
			if len(window) >= windowSize && !flush() {
				return
			}
		}
		flush()
	}
}

// fill asks for the accounts of a window that are not known.
func (w *Wiki) fill(ctx context.Context, window []place, o AccountOptions) error {
	var unknown []subject
	for _, p := range window {
		if !p.known && !slices.Contains(unknown, p.who) {
			unknown = append(unknown, p.who)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	found := make(map[subject]Account, len(unknown))
	if err := w.readAccounts(ctx, unknown, o.depth(), found); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for i := range window {
		p := &window[i]
		if p.known {
			continue
		}
		account, ok := found[p.who]
		if !ok {
			return fmt.Errorf("accounts: %w", &ResponseError{Wiki: w.label(), Err: errors.New("it left out an account that it was asked for")})
		}
		p.account, p.known = account.clone(), true
	}
	return nil
}

// readAccounts picks the module that the wiki has.
func (w *Wiki) readAccounts(ctx context.Context, who []subject, need depth, found map[subject]Account) error {
	site, known := w.siteKnown()
	if known && !site.CentralAuth {
		return w.readLocalAccounts(ctx, who, found)
	}
	w.mu.Lock()
	bulk := w.bulk
	w.mu.Unlock()
	if need == shallow && bulk == bulkYes {
		return w.readGlobalUsers(ctx, who, found)
	}
	for i, one := range who {
		if need == shallow && bulk == bulkUnknown {
			// Both modules in one request: whichever the wiki has answers.
			var err error
			if bulk, err = w.probe(ctx, who[i:], found); err != nil {
				return err
			}
			if bulk == bulkYes {
				return nil
			}
		} else if err := w.readGlobalUserInfo(ctx, one, need, found); err != nil {
			return err
		}
		if site, known = w.siteKnown(); known && !site.CentralAuth {
			return w.readLocalAccounts(ctx, who, found)
		}
	}
	return nil
}

// remember keeps an account under what it was asked by.
func (w *Wiki) remember(found map[subject]Account, who subject, account Account, has depth) {
	found[who] = account
	w.c.known.put(who.key(w.key()), account, has)
}

func (a Account) clone() Account {
	a.Groups = slices.Clone(a.Groups)
	a.Local = slices.Clone(a.Local)
	return a
}

// normalName writes a user name as wikis do: no underscores, single blanks, the
// first letter in upper case. https://www.mediawiki.org/wiki/Manual:Title.php
func normalName(name string) string {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == ' ' }), " ")
	first, size := utf8.DecodeRuneInString(name)
	if upper := unicode.ToUpper(first); upper != first && first != utf8.RuneError {
		name = string(upper) + name[size:]
	}
	return name
}

// usableName is false for text that is no name and would not arrive as one
// value: it separates values, or is too long.
func usableName(name string) bool {
	return name != "" && len(name) <= 255 && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return r == '|' || unicode.IsControl(r) })
}
