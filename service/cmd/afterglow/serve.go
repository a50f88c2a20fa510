package main

import (
	"github.com/spf13/cobra"

	"afterglow/config"
	"afterglow/service"
)

// configFlag adds --config and returns the loader of what it names.
func configFlag(cmd *cobra.Command) func() (*config.Config, error) {
	path := cmd.Flags().String("config", "", "a YAML `FILE`; config/example.yaml documents every key")
	return func() (*config.Config, error) { return loadConfig(*path) }
}

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "The HTTP API and the pages",
		Example: `  afterglow serve
  AFTERGLOW_LISTEN=0.0.0.0:8000 afterglow serve --config config.yaml`,
		Args: noArgs,
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		return service.Serve(cmd.Context(), cfg, cmd.ErrOrStderr())
	}
	return cmd
}
