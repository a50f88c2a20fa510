package main

import (
	"github.com/spf13/cobra"

	"afterglow/service"
)

func demoCommand() *cobra.Command {
	var o service.DemoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A sample wiki with sample campaigns, refreshed, then served",
		Long: `Demo starts a farm of wikis in this process, with six campaigns of made-up people, reads them as
it would read Wikimedia's, and serves the result. Nothing leaves this machine.`,
		Example: `  afterglow demo
  afterglow demo --addr 127.0.0.1:9000
  afterglow demo --once`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Stdout, o.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return service.Demo(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Addr, "addr", "127.0.0.1:8080", "the address to serve on")
	f.BoolVar(&o.Once, "once", false, "write the reports under ./report and exit")
	f.StringVar(&o.Dir, "out", "report", "with --once, the `DIR`ectory to write to")
	f.BoolVar(&o.Quiet, "quiet", false, "say nothing but errors")
	return cmd
}
