package service

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"afterglow/config"
	"afterglow/service/refresh/source"
)

// ImportOptions is what `afterglow campaign import` was asked for.
type ImportOptions struct {
	File           string
	DryRun         bool // only check the lines: no wiki is asked, nothing is tracked
	Replace        bool // bring lists that are tracked already up to date
	JSON, Quiet    bool
	Stdout, Stderr io.Writer
}

const (
	maxImport = 10 << 20 // bytes
	maxLines  = 10_000   // campaigns
)

// importColumns are the columns that an import may have.
func importColumns() []string {
	return []string{"source", "address", "title", "start", "end", "wiki", "slug"}
}

// importLine is one campaign of an import: what is asked for, or why it cannot be.
type importLine struct {
	line     int
	tracking Tracking
	err      error
}

// ImportResult is what an import did, in the order of its lines.
type ImportResult struct {
	Tracked []ImportTracked `json:"tracked"`
	Refused []ImportRefused `json:"refused"`
}

// ImportTracked is a line that was accepted.
type ImportTracked struct {
	Line  int    `json:"line"`
	ID    string `json:"id,omitempty"` // none of a dry run
	Title string `json:"title"`
	Names int    `json:"names"`
}

// ImportRefused is a line that was not, and why.
type ImportRefused struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// ImportCampaigns tracks the campaigns of a CSV. A line that is refused does not
// stop the others. ErrPartial: some were refused; if all were, it is a plain error.
func ImportCampaigns(ctx context.Context, cfg *config.Config, o ImportOptions) error {
	lines, err := readImportFile(o.File)
	if err != nil {
		return fmt.Errorf("import %s: %w", o.File, err)
	}
	track := func(ctx context.Context, t Tracking) (ImportTracked, error) { return checkOnly(t, cfg.Dashboards) }
	if !o.DryRun {
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
		track = func(ctx context.Context, t Tracking) (ImportTracked, error) {
			t.Replace = o.Replace
			tracked, err := w.track(ctx, cfg, t)
			return ImportTracked{ID: tracked.Campaign.ID, Title: tracked.Campaign.Title, Names: tracked.People}, err
		}
	}
	result, err := o.run(ctx, lines, track)
	if err != nil {
		return err
	}
	if o.JSON {
		if err := writeJSON(o.Stdout, result); err != nil {
			return err
		}
	}
	switch refused := len(result.Refused); {
	case refused == 0:
		return nil
	case len(result.Tracked) == 0:
		return fmt.Errorf("import %s: all %d campaigns were refused", o.File, refused)
	default:
		return fmt.Errorf("%w: %d of %d campaigns in %s were refused; correct their lines and import them again",
			ErrPartial, refused, len(lines), o.File)
	}
}

// run tracks the lines one after the other.
func (o ImportOptions) run(ctx context.Context, lines []importLine, track func(context.Context, Tracking) (ImportTracked, error)) (ImportResult, error) {
	result := ImportResult{Tracked: []ImportTracked{}, Refused: []ImportRefused{}}
	p := newProgress(o.Stderr, o.Quiet || o.JSON)
	defer p.finish()
	for i, l := range lines {
		p.step("importing", i, len(lines))
		var done ImportTracked
		err := l.err
		if err == nil {
			done, err = track(ctx, l.tracking)
		}
		if ctx.Err() != nil {
			return result, fmt.Errorf("stopped before line %d; the lines before it are done: %w", l.line, ctx.Err())
		}
		if err != nil {
			result.Refused = append(result.Refused, ImportRefused{Line: l.line, Reason: err.Error()})
			if !o.JSON {
				p.finish()
				fmt.Fprintf(o.Stderr, "line %d refused: %s\n", l.line, strings.Join(strings.Fields(err.Error()), " "))
			}
			continue
		}
		done.Line = l.line
		result.Tracked = append(result.Tracked, done)
		if !o.JSON {
			p.finish()
			fmt.Fprintf(o.Stdout, "line %d\t%s\t%s\n", l.line, done.ID, done.Title)
		}
	}
	return result, nil
}

// checkOnly does what can be done without asking anybody.
func checkOnly(t Tracking, dashboards []string) (ImportTracked, error) {
	if err := t.check(); err != nil || t.Event != "" {
		return ImportTracked{Title: t.Event}, err
	}
	l, err := t.list(dashboards)
	return ImportTracked{Title: l.Title, Names: len(l.People)}, err
}

func readImportFile(path string) ([]importLine, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	lines, err := readImport(f)
	return lines, errors.Join(err, f.Close())
}

// readImport reads a CSV of campaigns. Errors are of the file as a whole; those
// of a line are in it.
func readImport(r io.Reader) ([]importLine, error) {
	limited := &io.LimitedReader{R: r, N: maxImport + 1}
	rows := csv.NewReader(limited)
	rows.FieldsPerRecord = -1
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it is empty; the first line names its columns: %s", ErrUsage, strings.Join(importColumns(), ","))
	}
	if err != nil {
		return nil, fmt.Errorf("its first line: %w", err)
	}
	at, err := columnsOf(header)
	if err != nil {
		return nil, err
	}
	var lines []importLine
	for {
		fields, err := rows.Read()
		line, _ := rows.FieldPos(0)
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("it is larger than %d MB", maxImport>>20)
		case errors.Is(err, io.EOF) && len(lines) == 0:
			return nil, fmt.Errorf("it holds no campaigns")
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, err // it names the line; what follows cannot be told apart
		case len(lines) == maxLines:
			return nil, fmt.Errorf("it holds more than %d campaigns", maxLines)
		}
		l := importLine{line: line}
		l.tracking, l.err = trackingOf(fields, at, len(header))
		lines = append(lines, l)
	}
}

// columnsOf finds the known columns by their names.
func columnsOf(header []string) (map[string]int, error) {
	at := map[string]int{}
	known := strings.Join(importColumns(), ", ")
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("the column %q is there twice", name)
		}
		if !strings.Contains(", "+known+", ", ", "+name+", ") || name == "" {
			return nil, fmt.Errorf("%w: it has a column %.40q; allowed: %s", ErrUsage, name, known)
		}
		at[name] = i
	}
	if _, ok := at["address"]; !ok {
		return nil, fmt.Errorf("%w: it has no column address; allowed: %s", ErrUsage, known)
	}
	return at, nil
}

// trackingOf reads one line.
func trackingOf(fields []string, at map[string]int, width int) (Tracking, error) {
	if len(fields) != width {
		return Tracking{}, fmt.Errorf("it has %d fields, where the first line has %d", len(fields), width)
	}
	get := func(column string) string {
		if i, ok := at[column]; ok {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	t := Tracking{Wiki: get("wiki"), Title: get("title"), Slug: get("slug")}
	address := get("address")
	if address == "" {
		return t, errors.New("it has no address")
	}
	var err error
	if s := get("start"); s != "" {
		if t.Start, err = ParseInstant(s, false); err != nil {
			return t, fmt.Errorf("start: %w", err)
		}
	}
	if s := get("end"); s != "" {
		if t.End, err = ParseInstant(s, true); err != nil {
			return t, fmt.Errorf("end: %w", err)
		}
	}
	switch kind := source.Kind(get("source")); kind {
	case source.Event:
		// The event has its own, whatever the columns of the others hold.
		t = Tracking{Event: address, Wiki: t.Wiki}
	case source.Page:
		t.Page = address
	case source.Category:
		t.Category = address
	case source.Course:
		t.Course = address
	case source.List:
		t.List = address
	default:
		return t, fmt.Errorf("source is %.40q; allowed: event, page, category, course, list", kind)
	}
	return t, t.check()
}
