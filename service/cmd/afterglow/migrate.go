package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate [up|status|down VERSION]",
		Short: "Bring the database's schema up to date, show where it is, or undo its last steps",
		Long: `Bring the database's schema up to date, or show where it is.

"down VERSION" undoes every step after that version, and what only those steps keep
is lost: make a backup and stop every afterglow first, then say --yes. It does nothing
while a refresh is under way. The former program starts on the schema of the newer one,
so going back to it needs no "down": see docs/operations.md.`,
		Example: `  afterglow migrate
  afterglow migrate status --config config.yaml
  afterglow migrate down 4 --yes`,
	}
	var yes bool
	cmd.Flags().BoolVar(&yes, "yes", false, "with down: there is a backup, and nothing else runs")
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		action, version := "up", int64(0)
		if len(args) > 0 {
			action = args[0]
		}
		wrong := usageError{fmt.Errorf("migrate %q: allowed are up, status and down VERSION", args)}
		switch {
		case action == "down" && len(args) == 2:
			var err error
			if version, err = strconv.ParseInt(args[1], 10, 64); err != nil || version < 0 {
				return wrong
			}
			if !yes {
				return usageError{fmt.Errorf("migrate down %d deletes what only the steps after %d keep; make a backup, stop every afterglow, and add --yes", version, version)}
			}
		case yes && action != "down":
			return usageError{fmt.Errorf("--yes belongs to migrate down VERSION")}
		case action == "down" || len(args) > 1 || action != "up" && action != "status":
			return wrong
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		return service.Migrate(cmd.Context(), cfg, action, version, cmd.OutOrStdout())
	}
	return cmd
}
