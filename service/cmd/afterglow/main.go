// Command afterglow computes who stayed after a campaign: from one event's
// address to charts (report), as a service (serve), and on schedule (refresh).
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit code of contract:
// 0 done, 1 failed, 2 wrong usage, 3 partial.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "afterglow: "+oneLine(err.Error()))
	return exitCode(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "afterglow",
		Short: "Who stayed after the campaign?",
		Long: `Afterglow reads who registered for a Wikimedia campaign and what they edited since,
computes retention with its uncertainty, and draws it.`,
		Example: `  afterglow demo
  afterglow report https://meta.wikimedia.org/wiki/Event:Example --contact you@example.org
  afterglow serve --config config.yaml`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(reportCommand(), serveCommand(), refreshCommand(), campaignCommand(), exportCommand(),
		migrateCommand(), publishCommand(), forgetCommand(), backupCommand(), demoCommand(), versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintln(cmd.OutOrStdout(), "afterglow "+service.Version)
		},
	}
}
