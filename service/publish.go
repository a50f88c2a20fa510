package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/publish"
	"afterglow/service/store"
)

// PublishOptions is what `afterglow publish` was asked for: All, or IDs.
type PublishOptions struct {
	All            bool
	IDs            []string
	DryRun         bool // print what would change and change nothing
	Quiet          bool
	Stdout, Stderr io.Writer
	// Clock is mwclient's, for tests.
	Clock mwclient.Clock
}

// Publish writes campaigns' figures to the configured wikis. A page that cannot
// be written does not keep the others from being written; the error then wraps
// ErrPartial, unless none could be.
func Publish(ctx context.Context, cfg *config.Config, o PublishOptions) error {
	if cfg.Publish.Wiki == "" && cfg.Publish.DataWiki == "" {
		return errors.New("publish.wiki and publish.data_wiki are empty: nothing says where to publish; config/example.yaml explains the keys")
	}
	for _, name := range cfg.Publish.Charts {
		if !slices.Contains(publishable(), retention.Measure(name)) {
			return fmt.Errorf("publish.charts: %q is no chart that a Data: page can draw; allowed: %v", name, publishable())
		}
	}
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	var ids []string
	add := func(c store.Campaign) { ids = append(ids, c.ID) }
	if _, err := (RefreshOptions{All: o.All, IDs: o.IDs}).pick(ctx, s, 0, now, add); err != nil {
		return err
	}
	w := writer{cfg: cfg, o: o, store: s}
	if err := w.login(ctx); err != nil {
		return err
	}
	return w.all(ctx, ids)
}

// publishable lists the charts that Extension:Chart can draw.
func publishable() []retention.Measure {
	return []retention.Measure{retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival,
		retention.MeasureIntensity, retention.MeasureActivity, retention.MeasureLifecycle}
}

// writer publishes campaigns.
type writer struct {
	cfg   *config.Config
	o     PublishOptions
	store *store.Store

	pages, data *publish.Publisher // nil: not configured
	dbname      string             // of the wiki of pages
}

// login opens the two wikis, which may be one.
func (w *writer) login(ctx context.Context) error {
	c := w.cfg.Publish
	tokens := map[string]string{}
	for _, address := range []string{c.Wiki, c.DataWiki} {
		if u, err := url.Parse(address); err == nil && u.Host != "" && c.Token.Set() {
			tokens[u.Host] = c.Token.Reveal()
		}
	}
	client, err := mwclient.New(mwclient.Options{
		Contact: w.cfg.UserAgent.Contact, Version: Version, Tokens: tokens, MaxInFlight: 1, MaxLag: w.cfg.Refresh.MaxLag,
		Allow: w.cfg.Allowed, Logger: newLogger(w.cfg, w.o.Stderr), Clock: w.o.Clock,
	})
	if err != nil {
		return fmt.Errorf("setting up the client: %w", err)
	}
	open := func(address string) (*publish.Publisher, *mwclient.Wiki, error) {
		if address == "" {
			return nil, nil, nil
		}
		wiki, err := client.Wiki(ctx, address)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", address, err)
		}
		editor, err := wiki.Editor(ctx, mwclient.BotPassword{Name: c.Account, Password: c.Password.Reveal()})
		if err != nil {
			return nil, nil, fmt.Errorf("logging in at %s: %w", address, err)
		}
		return &publish.Publisher{Editor: editor, Stop: c.StopPage, DryRun: w.o.DryRun}, wiki, nil
	}
	var wiki *mwclient.Wiki
	if w.pages, wiki, err = open(c.Wiki); err != nil {
		return err
	}
	if wiki != nil {
		site, err := wiki.SiteInfo(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Wiki, err)
		}
		w.dbname = site.WikiID
	}
	if w.data, _, err = open(c.DataWiki); err != nil {
		return err
	}
	return nil
}

// all publishes campaigns one after the other.
func (w *writer) all(ctx context.Context, ids []string) error {
	var errs []error
	done := 0
	for _, id := range ids {
		n, err := w.campaign(ctx, id)
		done += n
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return fmt.Errorf("stopped: %w", ctx.Err())
		case errors.Is(err, publish.ErrStopped):
			return err
		default:
			errs = append(errs, err)
		}
	}
	switch err := errors.Join(errs...); {
	case err == nil:
		return nil
	case done > 0:
		return fmt.Errorf("%w: %w", ErrPartial, err)
	default:
		return err
	}
}

// campaign publishes one campaign and returns how many pages are as they should be.
func (w *writer) campaign(ctx context.Context, id string) (done int, err error) {
	c, err := w.store.Campaign(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("campaign %s: %w", id, err)
	}
	if c.State != store.Ready || c.MadeUp {
		w.say("%s: nothing to publish: it has no figures of real people yet", id)
		return 0, nil
	}
	f, err := w.figures(ctx, c)
	if err != nil {
		return 0, fmt.Errorf("campaign %s: %w", id, err)
	}
	var errs []error
	report := func(changes []publish.Change, err error) {
		for _, change := range changes {
			done++
			w.say("%s: %s: %s", id, change.Title, change.Outcome)
			if w.o.DryRun && change.Diff != "" {
				fmt.Fprint(w.o.Stdout, change.Diff)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
		}
	}
	if title, why := w.page(c); w.pages != nil && why != "" {
		w.say("%s: no section: %s", id, why)
	} else if w.pages != nil {
		change, err := w.pages.Section(ctx, title, f)
		switch {
		case errors.Is(err, publish.ErrNoSection) && w.o.All:
			w.say("%s: no section: %s has no markers", id, title)
		case err != nil:
			report(nil, err)
		default:
			report([]publish.Change{change}, nil)
		}
	}
	if w.data != nil && !errors.Is(errors.Join(errs...), publish.ErrStopped) {
		for i, name := range f.Names {
			report(w.data.Data(ctx, strings.NewReplacer("{page}", c.Source.Page, "{id}", c.ID, "{chart}", name).Replace(w.cfg.Publish.DataPage), f, f.Charts[i]))
		}
	}
	return done, errors.Join(errs...)
}

// page is the title of the page with a campaign's section, or why there is none.
func (w *writer) page(c store.Campaign) (title, why string) {
	pattern := w.cfg.Publish.Page
	if strings.Contains(pattern, "{page}") {
		switch {
		case c.Source.Page == "":
			return "", "the campaign has no page"
		case c.Source.Wiki != w.dbname:
			return "", fmt.Sprintf("its page is on %s, not on %s", c.Source.Wiki, w.dbname)
		}
	}
	return strings.NewReplacer("{page}", c.Source.Page, "{id}", c.ID).Replace(pattern), ""
}

// figures computes what is published: what everyone may see.
func (w *writer) figures(ctx context.Context, c store.Campaign) (publish.Figures, error) {
	cohort, err := w.store.Cohort(ctx, c.ID)
	if err != nil {
		return publish.Figures{}, err
	}
	o := retention.Options{AsOf: c.AsOf, MinCell: w.cfg.Privacy.MinCell}
	f := publish.Figures{Campaign: c.Campaign, AsOf: c.AsOf, Language: w.cfg.Publish.Language}
	if w.cfg.BaseURL != "" {
		f.Link = w.cfg.BaseURL + "/campaigns/" + url.PathEscape(c.ID)
	}
	compute := func(m retention.Measure) (retention.Result, error) {
		d, err := retention.ParseDefinition(url.Values{}, m)
		if err != nil {
			return nil, err
		}
		if m == retention.MeasureSurvival {
			d.Gap = w.cfg.Refresh.Gap
		}
		return retention.Compute(cohort, m, d, o)
	}
	if f.Marks, err = compute(retention.MeasureMarks); err != nil {
		return f, err
	}
	for _, name := range w.cfg.Publish.Charts {
		result, err := compute(retention.Measure(name))
		if err != nil {
			return f, err
		}
		f.Charts, f.Names = append(f.Charts, result), append(f.Names, name)
	}
	return f, nil
}

func (w *writer) say(format string, args ...any) {
	if !w.o.Quiet {
		fmt.Fprintf(w.o.Stderr, format+"\n", args...)
	}
}
