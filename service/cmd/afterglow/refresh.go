package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func refreshCommand() *cobra.Command {
	var o service.RefreshOptions
	cmd := &cobra.Command{
		Use:   "refresh [--due | --all | ID …]",
		Short: "Read what is new for tracked campaigns; run it from cron",
		Example: `  afterglow refresh --due
  afterglow refresh metawiki-1234 metawiki-1300
  afterglow refresh --all --config config.yaml`,
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.IDs = args
		if given := btoi(o.Due) + btoi(o.All) + btoi(len(args) > 0); given != 1 {
			return usageError{fmt.Errorf("refresh takes one of --due, --all, or campaigns' ids; see afterglow refresh --help")}
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return service.Refresh(cmd.Context(), cfg, o)
	}
	f := cmd.Flags()
	f.BoolVar(&o.Due, "due", false, "the campaigns whose refresh is due")
	f.BoolVar(&o.All, "all", false, "every tracked campaign")
	f.StringVar(&o.Shard, "shard", "", "only the part `I/N` of the campaigns, I from 0 (default: JOB_COMPLETION_INDEX/AFTERGLOW_SHARDS)")
	f.BoolVar(&o.Quiet, "quiet", false, "say nothing but errors")
	return cmd
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
