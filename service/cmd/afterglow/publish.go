package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func publishCommand() *cobra.Command {
	var o service.PublishOptions
	cmd := &cobra.Command{
		Use:   "publish [--all | ID …]",
		Short: "Write figures to wiki pages",
		Long: `Write figures to wiki pages.

On the campaign's page, what stands between <!-- afterglow:begin --> and
<!-- afterglow:end --> becomes a short section; the rest is never touched. On the
wiki of the Data: pages, a .tab and a .chart page are written for Extension:Chart.
The configuration's section "publish" says where, and by which account.

A page is edited only when the figures changed. {{nobots}} and {{bots|deny=…}} are
obeyed, and publish.stop_page stops everything. --dry-run shows what would change.
With --all, pages without markers are passed over; with ids they are an error.`,
		Example: `  afterglow publish --all --dry-run --config config.yaml
  afterglow publish metawiki-1234`,
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.IDs = args
		if o.All == (len(args) > 0) {
			return usageError{fmt.Errorf("publish takes either --all or campaigns' ids; see afterglow publish --help")}
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.Publish(cmd.Context(), cfg, o)
	}
	f := cmd.Flags()
	f.BoolVar(&o.All, "all", false, "every tracked campaign")
	f.BoolVar(&o.DryRun, "dry-run", false, "print what would change as a diff, and change nothing")
	f.BoolVar(&o.Quiet, "quiet", false, "say nothing but errors")
	return cmd
}
