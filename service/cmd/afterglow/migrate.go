package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"afterglow/service"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate [up|status]",
		Short: "Bring the database's schema up to date, or show where it is",
		Example: `  afterglow migrate
  afterglow migrate status --config config.yaml`,
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		action := "up"
		if len(args) > 0 {
			action = args[0]
		}
		if len(args) > 1 || (action != "up" && action != "status") {
			return usageError{fmt.Errorf("migrate %q: allowed are up and status", args)}
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		return service.Migrate(cmd.Context(), cfg, action, cmd.OutOrStdout())
	}
	return cmd
}
