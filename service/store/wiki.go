package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Farm is the wikis that share central accounts; one wiki alone where it has none.
type Farm struct {
	// Name keys the farm in this database: the host of the wiki it was first seen by.
	Name string
	// Central says that account numbers are central ids, valid on all its wikis.
	Central bool
	// SitesChecked is when the list of its wikis was last read; zero: never.
	SitesChecked time.Time
}

// Wiki is one wiki of a farm.
type Wiki struct {
	Name    string // database name
	URL     string // "https://en.wikipedia.org"
	Private bool   // cannot be read
	// ContentNamespaces is nil until the wiki was asked, at Checked.
	ContentNamespaces []int
	Checked           time.Time
}

// FarmByWiki returns the farm of the wiki with that name and address, or ErrNotFound.
func (s *Store) FarmByWiki(ctx context.Context, name, url string) (Farm, error) {
	var f Farm
	var checked int64
	err := s.r.QueryRowContext(ctx, `SELECT f.name, f.central, f.sites_checked FROM wikis w JOIN farms f ON f.name = w.farm
		WHERE w.url = ? AND w.name = ?`, url, name).Scan(&f.Name, &f.Central, &checked)
	if err != nil {
		return f, fmt.Errorf("look up a wiki's farm: %w", notFound(err, "wiki", name))
	}
	f.SitesChecked = instant(checked)
	return f, nil
}

// Farm returns a farm by name, or ErrNotFound.
func (s *Store) Farm(ctx context.Context, name string) (Farm, error) {
	f := Farm{Name: name}
	var checked int64
	err := s.r.QueryRowContext(ctx, `SELECT central, sites_checked FROM farms WHERE name = ?`, name).Scan(&f.Central, &checked)
	if err != nil {
		return f, fmt.Errorf("look up a farm: %w", notFound(err, "farm", name))
	}
	f.SitesChecked = instant(checked)
	return f, nil
}

// SaveFarm adds or updates a farm and wikis of it. Wikis not given stay. A wiki
// without content namespaces keeps those it has.
func (s *Store) SaveFarm(ctx context.Context, f Farm, wikis ...Wiki) error {
	farmColumns := []string{"central", "sites_checked"}
	err := s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, s.insert("farms", []string{"name"}, farmColumns, farmColumns),
			f.Name, f.Central, unix(f.SitesChecked)); err != nil {
			return err
		}
		return s.saveWikis(ctx, tx, f.Name, wikis)
	})
	if err != nil {
		return fmt.Errorf("save a farm: %w", err)
	}
	return nil
}

func (s *Store) saveWikis(ctx context.Context, tx *sql.Tx, farm string, wikis []Wiki) error {
	columns := []string{"url", "private", "content_namespaces", "checked"}
	keys := []string{"farm", "name"}
	for _, w := range wikis {
		if w.Name == "" || len(w.Name) > 64 || len(w.URL) > 255 {
			return fmt.Errorf("wiki %.70q: %w", w.Name, ErrInvalid)
		}
		update, ns := columns[:2], ""
		if w.ContentNamespaces != nil {
			b, err := json.Marshal(w.ContentNamespaces)
			if err != nil {
				return err
			}
			update, ns = columns, string(b)
		}
		if _, err := tx.ExecContext(ctx, s.insert("wikis", keys, columns, update),
			farm, w.Name, w.URL, w.Private, ns, unix(w.Checked)); err != nil {
			return err
		}
	}
	return nil
}

// Wikis returns all known wikis of a farm, by name.
func (s *Store) Wikis(ctx context.Context, farm string) ([]Wiki, error) {
	ws, err := wikisOf(ctx, s.r, farm)
	if err != nil {
		return nil, fmt.Errorf("read the wikis of %s: %w", farm, err)
	}
	return ws, nil
}

// querier is what a pool and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// execer is likewise.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func wikisOf(ctx context.Context, q querier, farm string) ([]Wiki, error) {
	return collect(ctx, q, func(row scanner) (Wiki, error) {
		var w Wiki
		var ns string
		var checked int64
		if err := row.Scan(&w.Name, &w.URL, &w.Private, &ns, &checked); err != nil {
			return w, err
		}
		if ns != "" {
			if err := json.Unmarshal([]byte(ns), &w.ContentNamespaces); err != nil {
				return w, err
			}
		}
		w.Checked = instant(checked)
		return w, nil
	}, `SELECT name, url, private, content_namespaces, checked FROM wikis WHERE farm = ? ORDER BY name`, farm)
}
