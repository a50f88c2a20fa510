package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/refresh"
	"afterglow/service/refresh/source"
	"afterglow/service/report"
	"afterglow/service/store"
)

// ReportOptions is what `afterglow report` was asked for.
type ReportOptions struct {
	Events       []string // one to report, more to compare
	Wiki         string
	Participants string // a file of names, instead of Events
	Start, End   time.Time
	Title        string

	Definition url.Values
	Baseline   bool
	AsOf       time.Time
	MinCell    int

	Dir     string
	Formats []string
	Lang    string
	JSON    bool
	Quiet   bool

	Contact string
	Cache   string
	Fresh   bool

	Stdout, Stderr io.Writer
	// madeUp marks the people as made up (the demo's).
	madeUp bool
}

// maxCompared is how many campaigns a comparison may have.
const maxCompared = 12

// Report reads one event (or several) and writes its figures. It returns an
// error that wraps ErrPartial where some wikis could not be read and the report says which.
func Report(ctx context.Context, o ReportOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	cache, err := o.cacheFile()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, "sqlite:"+cache, store.Options{Now: now})
	if errors.Is(err, store.ErrNetwork) {
		// A home on NFS, as on Toolforge: no reason to give no report.
		fmt.Fprintf(o.Stderr, "nothing is kept for the next report: the cache %s is on a network file system; --cache names another place\n", cache)
		s, err = store.Open(ctx, "sqlite::memory:", store.Options{Now: now})
	}
	if err != nil {
		return fmt.Errorf("opening the cache %s: %w", cache, err)
	}
	defer s.Close()
	if err := s.Migrate(ctx); err != nil {
		return fmt.Errorf("preparing the cache %s: %w", cache, err)
	}
	r := newRefresher(s, client, refresh.Options{HomeWikis: o.needsHomeWikis(), MadeUp: o.madeUp, MinCell: max(o.MinCell, 1)})
	ids, err := o.track(ctx, client, r)
	if err != nil {
		return err
	}
	return o.run(ctx, s, client, r, ids)
}

// run refreshes the tracked campaigns and writes the report.
func (o ReportOptions) run(ctx context.Context, s *store.Store, client *mwclient.Client, r *refresh.Refresher, ids []string) error {
	p := newProgress(o.Stderr, o.Quiet)
	defer p.finish()
	began, before := now(), client.Stats()
	_, partial, err := refreshAll(ctx, r.Refresh, inOrder(ids), p)
	if err != nil {
		return err
	}
	if o.Baseline {
		p.step("reading accounts that did not take part", 0, 0)
		if err := r.Baseline(ctx, ids[0]); err != nil {
			return fmt.Errorf("baseline: %w", err)
		}
	}
	p.step("computing", 0, 0)
	in, err := o.input(ctx, s, ids)
	if err != nil {
		return err
	}
	in.Cost = cost(before, client.Stats(), now().Sub(began))
	results, err := report.Write(in, report.Output{Dir: o.Dir, Formats: o.Formats, Lang: o.Lang, MadeUp: o.madeUp})
	if err != nil {
		return asUsage(err)
	}
	p.finish()
	p.say("%s", summary(results, o.Lang))
	p.say("%s", in.Cost)
	p.say("wrote %s", o.Dir)
	if o.JSON {
		if err := printJSON(o.Stdout, results); err != nil {
			return err
		}
	}
	return partial
}

func (o ReportOptions) check() error {
	switch {
	case len(o.Events) > maxCompared:
		return fmt.Errorf("%w: %d events to compare; at most %d", ErrUsage, len(o.Events), maxCompared)
	case o.Baseline && len(o.Events) > 1:
		return fmt.Errorf("%w: --baseline goes with one event", ErrUsage)
	case o.MinCell < 0 || o.MinCell > 1000:
		return fmt.Errorf("%w: --min-cell %d; allowed: 0 to 1000", ErrUsage, o.MinCell)
	case o.Participants != "" && (o.Start.IsZero() || o.End.IsZero() || o.Wiki == ""):
		return fmt.Errorf("%w: --participants needs --start, --end and --wiki", ErrUsage)
	case o.Participants != "" && !o.Start.Before(o.End):
		return fmt.Errorf("%w: --end %s is not after --start %s", ErrUsage, o.End.Format(time.RFC3339), o.Start.Format(time.RFC3339))
	}
	return nil
}

func (o ReportOptions) client() (*mwclient.Client, error) {
	contact := o.Contact
	if contact == "" {
		contact = os.Getenv("AFTERGLOW_USER_AGENT_CONTACT")
	}
	c, err := mwclient.New(mwclient.Options{Contact: contact, Version: Version})
	if err != nil {
		return nil, fmt.Errorf("setting up the client: %w", err)
	}
	return c, nil
}

// needsHomeWikis reports whether the definition asks where people are at home.
func (o ReportOptions) needsHomeWikis() bool {
	return o.Baseline || o.Definition.Get("wikis") == "home" || o.Definition.Get("preset") == string(retention.Dashboard)
}

// track adds what was asked for and returns the campaigns' ids, each once.
func (o ReportOptions) track(ctx context.Context, client *mwclient.Client, r *refresh.Refresher) ([]string, error) {
	if o.Participants != "" {
		id, err := o.trackFile(ctx, client, r)
		return []string{id}, err
	}
	var ids []string
	for _, arg := range o.Events {
		wiki, event, err := client.ResolveEvent(ctx, arg, o.Wiki)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		c, err := r.Track(ctx, wiki, event)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		if !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// trackFile adds a list of participants.
func (o ReportOptions) trackFile(ctx context.Context, client *mwclient.Client, r *refresh.Refresher) (string, error) {
	people, left, err := source.ReadListFile(o.Participants)
	if err != nil {
		return "", err
	}
	wiki, err := client.Wiki(ctx, o.Wiki)
	if err != nil {
		return "", fmt.Errorf("--wiki %s: %w", o.Wiki, err)
	}
	title := o.Title
	if title == "" {
		title = strings.TrimSuffix(filepath.Base(o.Participants), filepath.Ext(o.Participants))
	}
	tracked, err := r.TrackList(ctx, refresh.List{Title: title, Start: o.Start, End: o.End, Wiki: wiki, People: people, LeftOut: left, Replace: true})
	if err != nil {
		return "", fmt.Errorf("%s: %w", o.Participants, err)
	}
	return tracked.Campaign.ID, nil
}

// cacheFile returns the database that keeps what this report reads. It is the
// report's own, so that first-time and repeat do not depend on other reports.
func (o ReportOptions) cacheFile() (string, error) {
	dir := o.Cache
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the user's cache directory (give --cache DIR): %w", err)
		}
		dir = filepath.Join(user, "afterglow")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the cache directory: %w", err)
	}
	sum := sha256.New()
	for _, part := range append([]string{o.Wiki, o.Participants, fmt.Sprint(o.needsHomeWikis())}, o.Events...) {
		fmt.Fprintf(sum, "%q", part)
	}
	path := filepath.Join(dir, "report-"+hex.EncodeToString(sum.Sum(nil))[:16]+".db")
	if o.Fresh {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", fmt.Errorf("removing the cache: %w", err)
			}
		}
	}
	return path, nil
}

// input loads what the report is computed from.
func (o ReportOptions) input(ctx context.Context, s *store.Store, ids []string) (report.Input, error) {
	in := report.Input{Definition: o.Definition}
	asOf := o.AsOf
	for _, id := range ids {
		c, err := s.Campaign(ctx, id)
		if err != nil {
			return in, fmt.Errorf("loading %s: %w", id, err)
		}
		if o.AsOf.After(c.AsOf) {
			return in, fmt.Errorf("%w: --as-of %s is later than the data, which is complete up to %s",
				ErrUsage, o.AsOf.Format(time.RFC3339), c.AsOf.Format(time.RFC3339))
		}
		if o.AsOf.IsZero() && (asOf.IsZero() || c.AsOf.Before(asOf)) {
			asOf = c.AsOf // several campaigns are compared as of the same instant
		}
		cohort, err := s.Cohort(ctx, id)
		if err != nil {
			return in, fmt.Errorf("loading %s: %w", id, err)
		}
		in.Cohorts = append(in.Cohorts, cohort)
	}
	in.Compute = retention.Options{AsOf: asOf, MinCell: o.MinCell}
	if o.Baseline {
		b, err := s.Baseline(ctx, ids[0])
		if err != nil {
			return in, fmt.Errorf("loading the baseline: %w", err)
		}
		in.Baseline = b
	}
	return in, nil
}

// asUsage marks errors in a definition as wrong usage.
func asUsage(err error) error {
	var param *retention.ParamError
	if errors.As(err, &param) {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return err
}

func printJSON(w io.Writer, results map[string]retention.Result) error {
	for _, name := range []string{"retention", "compare-retention"} {
		if r, ok := results[name]; ok {
			b, err := r.MarshalJSON()
			if err != nil {
				return fmt.Errorf("%s.json: %w", name, err)
			}
			_, err = fmt.Fprintf(w, "%s\n", b)
			return err
		}
	}
	return errors.New("--json: the retention curve could not be computed; the report says why")
}
