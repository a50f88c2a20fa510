package main

import (
	"github.com/spf13/cobra"

	"afterglow/service"
)

func backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the SQLite database as it is now, while it is in use",
		Long: `Copy the SQLite database as it is now, while it is in use.

FILE must not exist. MariaDB has its own tools: docs/operations.md.`,
		Example: "  afterglow backup /backup/afterglow-2026-01-31.db",
		Args:    exactly(1),
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		return service.Backup(cmd.Context(), cfg, args[0], cmd.OutOrStdout())
	}
	return cmd
}
