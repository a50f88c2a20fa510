package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func reportCommand() *cobra.Command {
	var o service.ReportOptions
	var start, end, asOf string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report EVENT [EVENT …]",
		Short: "One event to charts, without a server or a login",
		Long: `Report reads who registered for an event and what they edited since, and writes the charts
(SVG), the figures (JSON, CSV) and one page (report.html) into a directory.

EVENT is an event page's address, "Event:Title" with --wiki, or an event's number with --wiki.
What was read is kept in a cache, so that a second run only reads what is new.`,
		Example: `  afterglow report https://meta.wikimedia.org/wiki/Event:Example --contact you@example.org
  afterglow report 1234 --wiki https://meta.wikimedia.org --contact you@example.org --group newcomers
  afterglow report Event:One --wiki https://meta.wikimedia.org --preset wmf-new-editor --out one
  afterglow report Event:One --compare Event:Two --wiki https://meta.wikimedia.org
  afterglow report --participants names.txt --wiki https://fr.wikipedia.org --start 2025-03-01 --end 2025-03-31`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Start, err = parseTime("--start", start); err != nil {
				return usageError{err}
			}
			if o.End, err = parseTime("--end", end); err != nil {
				return usageError{err}
			}
			if o.AsOf, err = parseTime("--as-of", asOf); err != nil {
				return usageError{err}
			}
			o.Events = append(o.Events, args...)
			if (len(o.Events) == 0) == (o.Participants == "") {
				return usageError{fmt.Errorf("report takes an EVENT, or --participants FILE with --start and --end; see afterglow report --help")}
			}
			o.Definition = definitionValues(cmd)
			o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			o.JSON = asJSON
			return service.Report(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Wiki, "wiki", "", "the `URL` of the wiki that holds the event page (or, with --participants, of the campaign's wiki)")
	f.StringVar(&o.Dir, "out", "report", "the `DIR`ectory to write to")
	f.StringSliceVar(&o.Formats, "format", []string{"svg", "json", "csv", "html"}, "what to write: svg, png, json, csv, tab, chart, html")
	f.StringVar(&o.Participants, "participants", "", "a `FILE` of participants: one name a line, or CSV with a header")
	f.StringVar(&start, "start", "", "the campaign's start, with --participants: 2025-03-01 or 2025-03-01T08:00:00Z")
	f.StringVar(&end, "end", "", "the campaign's end, exclusive; a date means the end of that day")
	f.StringVar(&o.Title, "title", "", "the campaign's title, with --participants")
	f.StringArrayVar(&o.Events, "compare", nil, "another `EVENT` to compare with; may be repeated, or name them after the first")
	f.BoolVar(&o.Baseline, "baseline", false, "also read matched accounts that did not take part")
	f.StringVar(&asOf, "as-of", "", "compute as of this `TIME` instead of now")
	f.IntVar(&o.MinCell, "min-cell", 5, "suppress points with fewer people; 0 shows all")
	f.StringVar(&o.Contact, "contact", "", "your e-mail address or user page, for the User-Agent; required for any wiki not on this machine (or AFTERGLOW_USER_AGENT_CONTACT)")
	f.StringVar(&o.Lang, "lang", "en", "the language of charts and page")
	f.StringVar(&o.Cache, "cache", "", "the `DIR`ectory that keeps what was read (default: the user's cache directory)")
	f.BoolVar(&o.Fresh, "fresh", false, "read everything anew")
	f.BoolVar(&asJSON, "json", false, "print retention.json to standard output")
	f.BoolVar(&o.Quiet, "quiet", false, "say nothing but errors")
	definitionFlags(cmd)
	return cmd
}

// definitionFlag is a definition parameter of docs/metrics.md as a flag.
var definitionFlag = []struct{ param, usage string }{
	{"population", "registered or active"},
	{"anchor", "end, start, join or registration"},
	{"mode", "bracket, unbounded or cumulative"},
	{"threshold", "edits that make one retained: 1 … 1000"},
	{"months", "length of the curve: 1 … 60"},
	{"group", "all, newcomers, experienced, first-time or repeat"},
	{"wikis", "all, campaign, home, or database names joined by |"},
	{"namespaces", "all, content, or numbers joined by |"},
	{"reverted", "include or exclude"},
	{"later_campaigns", "include or exclude"},
	{"newcomer_days", "0 … 180"},
	{"gap", "days without an edit that count as having left: 7 … 365"},
	{"preset", "a published definition: wmf-new-editor, surviving-new-editor, survival, growth, event-metrics, dashboard, program-evaluation, active-editor"},
	{"survival_n", "with --preset survival: edits"},
	{"survival_t", "with --preset survival: days until the window"},
	{"survival_s", "with --preset survival: the window's days; 0 is until now"},
}

func definitionFlags(cmd *cobra.Command) {
	for _, d := range definitionFlag {
		cmd.Flags().String(flagName(d.param), "", "definition: "+d.usage)
	}
}

// definitionValues collects the definition parameters that were given.
func definitionValues(cmd *cobra.Command) url.Values {
	v := url.Values{}
	for _, d := range definitionFlag {
		if f := cmd.Flags().Lookup(flagName(d.param)); f.Changed {
			v.Set(d.param, f.Value.String())
		}
	}
	return v
}

func flagName(param string) string {
	b := []byte(param)
	for i := range b {
		if b[i] == '_' {
			b[i] = '-'
		}
	}
	return string(b)
}

// parseTime reads an RFC 3339 time or a date (UTC). A date given as --end
// means the instant after that day.
func parseTime(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := service.ParseInstant(s, flag == "--end")
	if err != nil {
		return t, fmt.Errorf("%s %w", flag, err)
	}
	return t, nil
}
