package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func forgetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget [USER]",
		Short: "Remove a person everywhere, and keep them out",
		Long: `Remove a person everywhere, and keep them out.

All that is kept of the account is deleted: that it took part in campaigns, its
name, its edits, what it asked to be tracked. Later refreshes leave it out. What
stays is the account's number and a hash of its name, so that it is known
again. Figures already published are sums over many people and stay.

Everyone who is signed in has to sign in again. The database is rewritten, so
that nothing is left in its files; that needs as much free space as it has.
Backups made before are not touched.`,
		Example: `  afterglow forget "Example User" --dry-run
  afterglow forget "Example User"
  afterglow forget "New Name" --wiki https://meta.wikimedia.org   # after a rename, or before they ever took part
  afterglow forget --id meta.wikimedia.org:1234
  afterglow forget --list`,
	}
	var o service.ForgetOptions
	var list bool
	cmd.Flags().StringVar(&o.Wiki, "wiki", "", "ask the wiki at this `URL` who has that name")
	cmd.Flags().StringVar(&o.ID, "id", "", "the account as `FARM:NUMBER`, instead of a name")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what is kept of the account and change nothing")
	cmd.Flags().BoolVar(&list, "list", false, "list the accounts that are kept out, as --id takes them")
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if list {
			if len(args) > 0 || o.ID != "" || o.Wiki != "" || o.DryRun {
				return usageError{fmt.Errorf("forget --list takes nothing else")}
			}
		} else if len(args) > 1 || (len(args) == 1) == (o.ID != "") {
			return usageError{fmt.Errorf("forget takes one USER (in quotes if it has blanks), or --id; see afterglow forget --help")}
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		if list {
			return service.ListForgotten(cmd.Context(), cfg, cmd.OutOrStdout())
		}
		user := ""
		if len(args) == 1 {
			user = args[0]
		}
		return service.Forget(cmd.Context(), cfg, user, o, cmd.OutOrStdout())
	}
	return cmd
}
