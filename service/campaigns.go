package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"afterglow/config"
	"afterglow/retention"
	"afterglow/service/refresh"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// CampaignOptions is what `afterglow campaign` was asked for.
type CampaignOptions struct {
	Query          string // list: part of the title
	JSON           bool   // add, list, show: print JSON
	Quiet          bool   // add: no progress
	Stdout, Stderr io.Writer
}

// campaignJSON is a campaign as the command prints it.
type campaignJSON struct {
	retention.Campaign
	State     store.State         `json:"state"`
	Frozen    string              `json:"frozen,omitempty"`
	LastError string              `json:"last_error,omitempty"`
	AsOf      *time.Time          `json:"as_of"`
	Refreshed *time.Time          `json:"refreshed"`
	Coverage  *retention.Coverage `json:"coverage,omitempty"`
	// Of lists, by add and show.
	Names   int            `json:"names,omitempty"`
	Unknown []string       `json:"unknown_names,omitempty"`
	LeftOut map[string]int `json:"not_counted,omitempty"`
	// Snapshots are the marks that have figures, by show.
	Snapshots []markJSON `json:"snapshots,omitempty"`
}

func campaignAsJSON(c store.Campaign) campaignJSON {
	j := campaignJSON{Campaign: c.Campaign, State: c.State, Frozen: c.Frozen, LastError: c.LastError}
	if !c.AsOf.IsZero() {
		j.AsOf, j.Coverage = &c.AsOf, &c.Coverage
	}
	if !c.Refreshed.IsZero() {
		j.Refreshed = &c.Refreshed
	}
	return j
}

func writeJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// AddCampaign tracks an event or a list. Of a list it looks up which accounts
// the names are, and says which are none.
func AddCampaign(ctx context.Context, cfg *config.Config, t Tracking, o CampaignOptions) error {
	if err := t.check(); err != nil {
		return err
	}
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := newWorker(cfg, s, newLogger(cfg, o.Stderr))
	if err != nil {
		return err
	}
	defer w.Close()
	p := newProgress(o.Stderr, o.Quiet || o.JSON)
	defer p.finish()
	if t.Event == "" {
		p.step("reading who took part", 0, 0)
	}
	tracked, err := w.track(ctx, cfg, t)
	if errors.Is(err, store.ErrExists) && t.Event == "" {
		return fmt.Errorf("%w; --replace brings it up to date, --slug gives another id", err)
	}
	if err != nil {
		return err
	}
	j := campaignAsJSON(tracked.Campaign)
	j.Names = tracked.People
	j.LeftOut = leftOutOf(tracked)
	if t.Event == "" {
		j.Unknown, err = w.r.ResolveList(ctx, j.ID, func(pr refresh.Progress) { p.step("looking names up", pr.Done, pr.Total) })
		p.finish()
		if err != nil {
			return fmt.Errorf("%s is tracked, but its names could not be looked up; a refresh does it: %w", j.ID, err)
		}
	}
	if o.JSON {
		return writeJSON(o.Stdout, j)
	}
	fmt.Fprintf(o.Stdout, "%s\t%s\n", j.ID, j.Title)
	if t.Event == "" {
		fmt.Fprintf(o.Stdout, "%d names, %d of them unknown to the wiki%s\n", j.Names, len(j.Unknown), someOf(j.Unknown))
		if left := tracked.LeftOut.String(); left != "" {
			fmt.Fprintf(o.Stdout, "not counted: %s\n", left)
		}
	}
	fmt.Fprintf(o.Stdout, "read it with: afterglow refresh %s\n", j.ID)
	return nil
}

func leftOutOf(t refresh.Tracked) map[string]int {
	left := make(map[string]int, len(t.LeftOut))
	for reason, n := range t.LeftOut {
		if n > 0 {
			left[string(reason)] = n
		}
	}
	return left
}

// someOf is a list of names for a line; all of them are in the JSON.
func someOf(names []string) string {
	const most = 20
	switch {
	case len(names) == 0:
		return ""
	case len(names) > most:
		return ": " + strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more (--json lists all)", len(names)-most)
	}
	return ": " + strings.Join(names, ", ")
}

// allCampaigns calls each for every tracked campaign, in pages.
func allCampaigns(ctx context.Context, s *store.Store, q store.Query, each func(store.Campaign) error) error {
	q.Limit = 100
	for {
		page, next, err := s.Campaigns(ctx, q)
		if err != nil {
			return fmt.Errorf("listing campaigns: %w", err)
		}
		for _, c := range page {
			if err := each(c); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Cursor = next
	}
}

// ListCampaigns prints the tracked campaigns.
func ListCampaigns(ctx context.Context, cfg *config.Config, o CampaignOptions) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	all := []campaignJSON{}
	w := tabwriter.NewWriter(o.Stdout, 0, 4, 2, ' ', 0)
	rows := 0
	err = allCampaigns(ctx, s, store.Query{Q: o.Query}, func(c store.Campaign) error {
		if rows++; o.JSON {
			all = append(all, campaignAsJSON(c))
			return nil
		}
		if rows == 1 {
			fmt.Fprintln(w, "ID\tSOURCE\tEND\tSTATE\tPEOPLE\tAS OF\tTITLE")
		}
		asOf := "never read"
		if !c.AsOf.IsZero() {
			asOf = c.AsOf.Format(time.DateOnly)
		}
		state := string(c.State)
		if c.Frozen != "" {
			state = "frozen"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", c.ID, c.Source.Kind, c.End.Format(time.DateOnly), state, c.Coverage.Participants, asOf, c.Title)
		return nil
	})
	switch {
	case err != nil:
		return err
	case o.JSON:
		return writeJSON(o.Stdout, all)
	case rows == 0 && o.Query != "":
		fmt.Fprintf(o.Stdout, "no campaigns whose title contains %q\n", o.Query)
	case rows == 0:
		fmt.Fprintln(o.Stdout, "no campaigns; track one with: afterglow campaign add EVENT")
	}
	return w.Flush()
}

// ShowCampaign prints what is known of one campaign.
func ShowCampaign(ctx context.Context, cfg *config.Config, id string, o CampaignOptions) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", id, err)
	}
	j := campaignAsJSON(c)
	reading, err := s.Reading(ctx, id)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", id, err)
	}
	j.LeftOut = reading.LeftOut
	entries, err := s.Entries(ctx, id)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", id, err)
	}
	j.Names = len(entries)
	for _, e := range entries {
		if e.Account == 0 {
			j.Unknown = append(j.Unknown, e.Name)
		}
	}
	kept, err := s.Snapshots(ctx, id)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", id, err)
	}
	j.Snapshots = marksOf(kept)
	if o.JSON {
		return writeJSON(o.Stdout, j)
	}
	return j.write(o.Stdout, reading)
}

// markJSON is the figures kept at a mark, for the campaign's dates at that time.
type markJSON struct {
	Mark  int       `json:"mark"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	AsOf  time.Time `json:"as_of"`
	Kinds []string  `json:"kinds"`
}

// marksOf puts the kinds of each mark together.
func marksOf(kept []store.Snapshot) []markJSON {
	var marks []markJSON
	for _, s := range kept {
		i := slices.IndexFunc(marks, func(m markJSON) bool {
			return m.Mark == s.Mark && m.Start.Equal(s.Start) && m.End.Equal(s.End) && m.AsOf.Equal(s.AsOf)
		})
		if i < 0 {
			i = len(marks)
			marks = append(marks, markJSON{Mark: s.Mark, Start: s.Start, End: s.End, AsOf: s.AsOf})
		}
		marks[i].Kinds = append(marks[i].Kinds, s.Kind)
	}
	return marks
}

// write prints a campaign for people.
func (j campaignJSON) write(out io.Writer, reading store.Reading) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\n", name, value) }
	row("id", j.ID)
	row("title", j.Title)
	row("source", strings.TrimSpace(j.Source.Kind+" "+j.Source.URL))
	row("start", j.Start.Format(time.RFC3339))
	row("end", j.End.Format(time.RFC3339))
	row("state", j.State)
	if j.Frozen != "" {
		row("frozen", j.Frozen)
	}
	if j.LastError != "" {
		row("last error", j.LastError)
	}
	if j.Names > 0 {
		unknown := fmt.Sprintf("%d, %d of them unknown%s", j.Names, len(j.Unknown), someOf(j.Unknown))
		if j.AsOf == nil {
			// Those not looked up yet are not known to be unknown.
			unknown = fmt.Sprintf("%d, %d of them not found or not looked up yet%s", j.Names, len(j.Unknown), someOf(j.Unknown))
		}
		row("names", unknown)
	}
	if !reading.At.IsZero() {
		row("source read", reading.At.Format(time.RFC3339))
	}
	if left := describeLeftOut(reading.LeftOut); left != "" {
		row("not counted", left)
	}
	if v := j.Coverage; v != nil {
		row("as of", j.AsOf.Format(time.RFC3339))
		row("participants", v.Participants)
		row("measured", v.Measured)
		row("hidden, not found, bots", fmt.Sprintf("%d, %d, %d", v.Hidden, v.NotFound, v.Bots))
		row("wikis read", strings.Join(v.Wikis, ", "))
		if len(v.WikisFailed) > 0 {
			row("wikis not read", strings.Join(v.WikisFailed, ", "))
		}
	} else {
		row("as of", "never read; read it with: afterglow refresh "+j.ID)
	}
	for _, m := range j.Snapshots {
		row(fmt.Sprintf("snapshot of month %d", m.Mark), fmt.Sprintf("as of %s: %s", m.AsOf.Format(time.RFC3339), strings.Join(m.Kinds, ", ")))
	}
	return w.Flush()
}

func describeLeftOut(left map[string]int) string {
	by := make(source.LeftOut, len(left))
	for reason, n := range left {
		by[source.Reason(reason)] = n
	}
	return by.String()
}

// RemoveCampaign stops tracking a campaign and deletes its data.
func RemoveCampaign(ctx context.Context, cfg *config.Config, id string, out io.Writer) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.DeleteCampaign(ctx, id); err != nil {
		return fmt.Errorf("campaign %s: %w", id, err)
	}
	fmt.Fprintf(out, "removed %s and its data\n", id)
	return nil
}
