package service

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"afterglow/config"
	"afterglow/retention"
	"afterglow/service/store"
)

// ExportOptions is what `afterglow export edits` was asked for: Campaign or All.
type ExportOptions struct {
	Campaign       string
	All            bool
	Out            string // a file, packed with gzip where the name ends in .gz; empty: Stdout
	Quiet          bool
	Stdout, Stderr io.Writer
}

// exportColumns are the columns of an export, in order.
func exportColumns() []string {
	return []string{"campaign", "user_id", "user_name", "wiki", "timestamp", "namespace", "reverted"}
}

// ExportEdits writes the stored edits of campaigns as CSV: a row for each edit of
// a participant, by campaign, account, wiki and time. It streams. A file appears
// whole or not at all.
func ExportEdits(ctx context.Context, cfg *config.Config, o ExportOptions) error {
	if (o.Campaign == "") == !o.All {
		return fmt.Errorf("%w: export edits takes --campaign ID or --all", ErrUsage)
	}
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	ids := []string{o.Campaign}
	if o.All {
		ids = nil
		err := allCampaigns(ctx, s, store.Query{Sort: store.ByTitle}, func(c store.Campaign) error {
			ids = append(ids, c.ID)
			return nil
		})
		if err != nil {
			return err
		}
	} else if _, err := s.Campaign(ctx, o.Campaign); err != nil {
		return fmt.Errorf("campaign %s: %w", o.Campaign, err)
	}
	if o.Out == "" {
		return o.write(ctx, s, ids, o.Stdout)
	}
	if err := o.writeFile(ctx, s, ids); err != nil {
		return fmt.Errorf("export to %s: %w", o.Out, err)
	}
	return nil
}

// writeFile writes beside the file and puts it in place when it is whole.
func (o ExportOptions) writeFile(ctx context.Context, s *store.Store, ids []string) error {
	f, err := os.CreateTemp(filepath.Dir(o.Out), filepath.Base(o.Out)+".*.partial")
	if err != nil {
		return err
	}
	var out io.Writer = f
	var packed *gzip.Writer
	if strings.HasSuffix(o.Out, ".gz") {
		packed = gzip.NewWriter(f)
		out = packed
	}
	err = o.write(ctx, s, ids, out)
	if packed != nil {
		err = errors.Join(err, packed.Close())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), o.Out)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// write writes the CSV.
func (o ExportOptions) write(ctx context.Context, s *store.Store, ids []string, out io.Writer) error {
	p := newProgress(o.Stderr, o.Quiet)
	defer p.finish()
	rows := csv.NewWriter(out)
	if err := rows.Write(exportColumns()); err != nil {
		return err
	}
	edits := 0
	for i, id := range ids {
		p.step("exporting", i, len(ids))
		err := s.Export(ctx, id, func(e store.Exported) error {
			n, err := writeEdits(rows, id, e)
			edits += n
			return err
		})
		if err != nil {
			return err
		}
	}
	rows.Flush()
	if err := rows.Error(); err != nil {
		return err
	}
	p.say("exported %d edits of %d campaigns", edits, len(ids))
	return nil
}

// writeEdits writes one participant's edits on one wiki.
func writeEdits(rows *csv.Writer, campaign string, e store.Exported) (int, error) {
	edits, err := retention.Unpack(e.Packed)
	if err != nil {
		return 0, fmt.Errorf("edits of account %d on %s: %w", e.Account, e.Wiki, err)
	}
	account := strconv.FormatInt(e.Account, 10)
	for _, edit := range edits {
		err := rows.Write([]string{campaign, account, e.Name, e.Wiki, time.Unix(edit.Time, 0).UTC().Format(time.RFC3339),
			strconv.Itoa(int(edit.Namespace)), strconv.FormatBool(edit.Reverted)})
		if err != nil {
			return 0, err
		}
	}
	return len(edits), nil
}
