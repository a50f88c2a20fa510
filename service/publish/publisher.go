package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"afterglow/mwclient"
)

// Outcome is what became of a page.
type Outcome string

// Outcomes.
const (
	Saved     Outcome = "saved"
	Unchanged Outcome = "unchanged"
	WouldSave Outcome = "would save"
	// OptedOut: the page tells programs to stay away.
	OptedOut Outcome = "left alone ({{nobots}} or {{bots}})"
)

// ErrStopped is wrapped where the page that stops everything has text.
var ErrStopped = errors.New("publishing is stopped")

// tries is how often an edit is begun anew after a conflict.
const tries = 3

// Publisher writes to one wiki.
type Publisher struct {
	Editor *mwclient.Editor
	// Stop is the title of a page of that wiki which stops everything as soon as
	// it has any text; empty: there is none.
	Stop string
	// DryRun saves nothing.
	DryRun bool
}

// Change is what became of a page, and its new text as a unified diff.
type Change struct {
	Title    string
	Outcome  Outcome
	Revision int64
	Diff     string
}

// page rewrites a page. make is given the page and returns its new text; the same
// text is no edit. An edit that comes between is read and kept: make is asked
// again. Errors: ErrStopped, make's, mwclient.Editor's.
func (p *Publisher) page(ctx context.Context, title, summary string, make func(mwclient.PageText) (string, error)) (Change, error) {
	for try := 1; ; try++ {
		c, err := p.once(ctx, title, summary, make)
		if err == nil || try == tries || !errors.Is(err, mwclient.ErrEditConflict) {
			return c, err
		}
	}
}

func (p *Publisher) once(ctx context.Context, title, summary string, make func(mwclient.PageText) (string, error)) (Change, error) {
	if err := p.stopped(ctx); err != nil {
		return Change{}, err
	}
	old, err := p.Editor.Page(ctx, title)
	if err != nil {
		return Change{}, fmt.Errorf("reading %s: %w", title, err)
	}
	c := Change{Title: old.Title, Outcome: Unchanged}
	if !welcome(old.Text, p.Editor.Name) {
		c.Outcome = OptedOut
		return c, nil
	}
	text, err := make(old)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", old.Title, err)
	}
	// MediaWiki takes white space off a page's end.
	text = strings.TrimRight(text, " \t\r\n")
	if text == old.Text {
		return c, nil
	}
	c.Diff = udiff.Unified(old.Title, old.Title, old.Text+"\n", text+"\n")
	if p.DryRun {
		c.Outcome = WouldSave
		return c, nil
	}
	c.Revision, err = p.Editor.Save(ctx, mwclient.Edit{Base: old, Text: text, Summary: summary})
	if err != nil {
		return Change{}, fmt.Errorf("saving %s: %w", old.Title, err)
	}
	if c.Revision != 0 {
		c.Outcome = Saved
	}
	return c, nil
}

// stopped asks the page that stops everything. One that cannot be read stops too.
func (p *Publisher) stopped(ctx context.Context) error {
	if p.Stop == "" {
		return nil
	}
	page, err := p.Editor.Page(ctx, p.Stop)
	if err != nil {
		return fmt.Errorf("reading %s, which could stop this: %w", p.Stop, err)
	}
	if strings.TrimSpace(page.Text) != "" {
		return fmt.Errorf("%w by %s; empty that page to go on", ErrStopped, page.Title)
	}
	return nil
}
