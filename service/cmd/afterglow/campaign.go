package main

import (
	"github.com/spf13/cobra"

	"afterglow/config"
	"afterglow/service"
)

func campaignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Track, import, list, show and remove campaigns",
		Example: `  afterglow campaign add https://meta.wikimedia.org/wiki/Event:Example
  afterglow campaign import campaigns.csv
  afterglow campaign list
  afterglow campaign show metawiki-1234
  afterglow campaign remove metawiki-1234`,
	}
	cmd.AddCommand(campaignAdd(), campaignImport(), campaignList(), campaignShow(), campaignRemove())
	return cmd
}

// withConfig gives a command its configuration.
func withConfig(cmd *cobra.Command, do func(cmd *cobra.Command, cfg *config.Config, args []string) error) *cobra.Command {
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		return do(cmd, cfg, args)
	}
	return cmd
}

func campaignAdd() *cobra.Command {
	var t service.Tracking
	var o service.CampaignOptions
	var start, end string
	cmd := &cobra.Command{
		Use:   "add [EVENT | --page URL | --category URL | --course URL_OR_FILE | --list FILE]",
		Short: "Track an event, or a list of participants",
		Long: `Add tracks an event (its page's address, "Event:Title" or its number with --wiki), or a list of
participants from where a campaign keeps it:

  --page      a wiki page: users it links to, in any of the wiki's names for User, User talk and
              Special:Contributions; URL#Section limits it to a section. Names struck through, IP
              addresses and temporary accounts are not counted.
  --category  a category of files: who uploaded the first version of one between --start and --end.
  --course    a course of a Programs & Events Dashboard, by its address or its exported users
              (CSV or JSON): students and editors, not facilitators.
  --list      a file of names: one a line, or CSV with a header.

A page, category or course is read again at each refresh. What is not counted, and names that the
wiki does not know, are reported.`,
		Example: `  afterglow campaign add https://meta.wikimedia.org/wiki/Event:Example
  afterglow campaign add --page "https://meta.wikimedia.org/wiki/Edit-a-thon/People#Participants" --start 2025-03-01 --end 2025-03-31
  afterglow campaign add --category https://commons.wikimedia.org/wiki/Category:Images_from_Wiki_Loves_Earth_2025_in_Ghana \
      --start 2025-06-01 --end 2025-06-30 --title "Wiki Loves Earth 2025 in Ghana"
  afterglow campaign add --course "https://outreachdashboard.wmflabs.org/courses/School/Title_(Term)" \
      --wiki https://fr.wikipedia.org --start 2025-03-01 --end 2025-03-31
  afterglow campaign add --list names.csv --title "Workshop" --wiki https://fr.wikipedia.org --start 2025-03-01 --end 2025-03-02`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1)(cmd, args)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&t.Page, "page", "", "the `URL` of a wiki page that links to its participants")
	f.StringVar(&t.Category, "category", "", "the `URL` of a category of files")
	f.StringVar(&t.Course, "course", "", "the `URL` of a dashboard's course, or a file of its exported users")
	f.StringVar(&t.List, "list", "", "a `FILE` of names")
	f.StringVar(&t.Wiki, "wiki", "", "the `URL` of the wiki that holds the event page, or whose accounts the names are")
	f.StringVar(&t.Title, "title", "", "a list's title; default: the page's, category's or course's")
	f.StringVar(&t.Slug, "slug", "", "a list's id is list-`SLUG`; default: made from the title")
	f.StringVar(&start, "start", "", "a list's start: 2025-03-01 or 2025-03-01T08:00:00Z")
	f.StringVar(&end, "end", "", "a list's end, exclusive; a date means the end of that day")
	f.BoolVar(&t.Replace, "replace", false, "a list of that id may exist: bring it up to date")
	f.BoolVar(&o.JSON, "json", false, "print JSON")
	f.BoolVar(&o.Quiet, "quiet", false, "show no progress")
	return withConfig(cmd, func(cmd *cobra.Command, cfg *config.Config, args []string) (err error) {
		if len(args) == 1 {
			t.Event = args[0]
		}
		if t.Start, err = parseTime("--start", start); err != nil {
			return usageError{err}
		}
		if t.End, err = parseTime("--end", end); err != nil {
			return usageError{err}
		}
		o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.AddCampaign(cmd.Context(), cfg, t, o)
	})
}

func campaignImport() *cobra.Command {
	var o service.ImportOptions
	cmd := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Track the campaigns of a CSV",
		Long: `Import tracks many campaigns at once. The first line of the CSV names its columns, in any order:

  source   event, page, category, course or list
  address  an event's or page's address, a course's address or exported file, a file of names
  title    of a list; empty: the page's, category's or course's
  start, end  of a list: 2025-03-01 or 2025-03-01T08:00:00Z; a date as end means the end of that day
  wiki     the address of the wiki whose accounts the names of a course or list are
  slug     a list's id is list-SLUG; empty: made from the title

A line that is refused does not stop the others; it is reported with its number and the reason.
Exit code: 0 all were accepted, 3 some were refused, 1 all were.`,
		Example: `  afterglow campaign import campaigns.csv --dry-run
  afterglow campaign import campaigns.csv`,
		Args: exactly(1),
	}
	f := cmd.Flags()
	f.BoolVar(&o.DryRun, "dry-run", false, "only check the lines: ask no wiki, track nothing")
	f.BoolVar(&o.Replace, "replace", false, "bring lists that are tracked already up to date")
	f.BoolVar(&o.JSON, "json", false, "print JSON: what was tracked, what was refused and why")
	f.BoolVar(&o.Quiet, "quiet", false, "show no progress")
	return withConfig(cmd, func(cmd *cobra.Command, cfg *config.Config, args []string) error {
		o.File, o.Stdout, o.Stderr = args[0], cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.ImportCampaigns(cmd.Context(), cfg, o)
	})
}

func campaignList() *cobra.Command {
	var o service.CampaignOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tracked campaigns",
		Example: `  afterglow campaign list
  afterglow campaign list --q "Wiki Loves" --json`,
		Args: noArgs,
	}
	cmd.Flags().StringVar(&o.Query, "q", "", "only titles that contain this `TEXT`")
	cmd.Flags().BoolVar(&o.JSON, "json", false, "print JSON")
	return withConfig(cmd, func(cmd *cobra.Command, cfg *config.Config, _ []string) error {
		o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.ListCampaigns(cmd.Context(), cfg, o)
	})
}

func campaignShow() *cobra.Command {
	var o service.CampaignOptions
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one campaign: its source, who is counted, who is not",
		Example: `  afterglow campaign show metawiki-1234
  afterglow campaign show list-wiki-loves-earth-2025 --json`,
		Args: exactly(1),
	}
	cmd.Flags().BoolVar(&o.JSON, "json", false, "print JSON, with all names that the wiki does not know")
	return withConfig(cmd, func(cmd *cobra.Command, cfg *config.Config, args []string) error {
		o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.ShowCampaign(cmd.Context(), cfg, args[0], o)
	})
}

func campaignRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "remove ID",
		Short:   "Stop tracking a campaign and delete its data",
		Example: "  afterglow campaign remove metawiki-1234",
		Args:    exactly(1),
	}
	return withConfig(cmd, func(cmd *cobra.Command, cfg *config.Config, args []string) error {
		return service.RemoveCampaign(cmd.Context(), cfg, args[0], cmd.OutOrStdout())
	})
}

func exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write stored data as CSV",
		Example: "  afterglow export edits --campaign metawiki-1234 --out edits.csv.gz",
	}
	var o service.ExportOptions
	edits := &cobra.Command{
		Use:   "edits [--campaign ID | --all] [--out FILE]",
		Short: "The edits of participants, a row each",
		Long: `Export edits writes a CSV with a header and a row for each stored edit of a participant:

  campaign    the campaign's id
  user_id     the account's central id (its own wiki's where there are no central accounts)
  user_name   its name when it was last read
  wiki        the wiki's database name
  timestamp   RFC 3339 in UTC, to the second
  namespace   its number
  reverted    true where the edit was tagged mw-reverted

A person in two campaigns has their edits in both. Names are written exactly as they are, also those that begin
with = + - or @, which a spreadsheet may take for a formula: import the column user_name as text. All of it is public on the wikis, but put together
it shows when named people are active: keep it as such (docs/metrics.md says what the service publishes
instead: figures of at least a few people).`,
		Example: `  afterglow export edits --campaign metawiki-1234 > edits.csv
  afterglow export edits --all --out edits.csv.gz`,
		Args: noArgs,
	}
	f := edits.Flags()
	f.StringVar(&o.Campaign, "campaign", "", "the `ID` of a campaign")
	f.BoolVar(&o.All, "all", false, "all tracked campaigns")
	f.StringVar(&o.Out, "out", "", "a `FILE` to write, packed with gzip if its name ends in .gz; default: standard output")
	f.BoolVar(&o.Quiet, "quiet", false, "say nothing but errors")
	cmd.AddCommand(withConfig(edits, func(cmd *cobra.Command, cfg *config.Config, _ []string) error {
		o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.ExportEdits(cmd.Context(), cfg, o)
	}))
	return cmd
}
