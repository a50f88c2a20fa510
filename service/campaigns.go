package service

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"afterglow/config"
	"afterglow/service/store"
)

// CampaignOptions is what `afterglow campaign` was asked for.
type CampaignOptions struct {
	Query string // list: part of the title
}

// AddCampaign tracks an event or a list.
func AddCampaign(ctx context.Context, cfg *config.Config, t Tracking, out io.Writer) error {
	if err := t.check(); err != nil {
		return err
	}
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := newWorker(cfg, s, nil)
	if err != nil {
		return err
	}
	defer w.Close()
	tracked, err := w.track(ctx, cfg, t)
	if err != nil {
		return err
	}
	c := tracked.Campaign
	fmt.Fprintf(out, "%s\t%s\n", c.ID, c.Title)
	if t.Event == "" {
		fmt.Fprintf(out, "%d names\n", tracked.People)
		if left := tracked.LeftOut.String(); left != "" {
			fmt.Fprintf(out, "not counted: %s\n", left)
		}
	}
	fmt.Fprintf(out, "read it with: afterglow refresh %s\n", c.ID)
	return nil
}

// ListCampaigns prints the tracked campaigns.
func ListCampaigns(ctx context.Context, cfg *config.Config, o CampaignOptions, out io.Writer) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	q := store.Query{Q: o.Query, Limit: 100}
	rows := 0
	for {
		page, next, err := s.Campaigns(ctx, q)
		if err != nil {
			return fmt.Errorf("listing campaigns: %w", err)
		}
		for _, c := range page {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d people\t%s\n", c.ID, c.End.Format(time.DateOnly), c.State, c.Coverage.Participants, c.Title)
			rows++
		}
		if next == "" {
			break
		}
		q.Cursor = next
	}
	if rows == 0 {
		fmt.Fprintln(out, "no campaigns; track one with: afterglow campaign add EVENT")
	}
	return w.Flush()
}

// ShowCampaign prints what is known of one campaign.
func ShowCampaign(ctx context.Context, cfg *config.Config, id string, out io.Writer) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return fmt.Errorf("campaign %s: %w", id, err)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	row := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\n", name, value) }
	row("id", c.ID)
	row("title", c.Title)
	row("page", c.Source.URL)
	row("start", c.Start.Format(time.RFC3339))
	row("end", c.End.Format(time.RFC3339))
	row("state", c.State)
	if c.Frozen != "" {
		row("frozen", c.Frozen)
	}
	if c.LastError != "" {
		row("last error", c.LastError)
	}
	if !c.AsOf.IsZero() {
		row("as of", c.AsOf.Format(time.RFC3339))
		v := c.Coverage
		row("public registrations", v.Participants)
		row("measured", v.Measured)
		row("hidden, not found, bots", fmt.Sprintf("%d, %d, %d", v.Hidden, v.NotFound, v.Bots))
		row("wikis read", v.Wikis)
		row("wikis not read", v.WikisFailed)
	}
	return w.Flush()
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
