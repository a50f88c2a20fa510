package main

import (
	"github.com/spf13/cobra"

	"afterglow/config"
	"afterglow/service"
)

func campaignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Track, list, show and remove campaigns",
		Example: `  afterglow campaign add https://meta.wikimedia.org/wiki/Event:Example
  afterglow campaign list
  afterglow campaign show metawiki-1234
  afterglow campaign remove metawiki-1234`,
	}
	var o service.CampaignOptions
	var t service.Tracking
	add := &cobra.Command{Use: "add EVENT", Short: "Track an event", Args: exactly(1)}
	add.Flags().StringVar(&t.Wiki, "wiki", "", "the `URL` of the wiki that holds the event page")
	list := &cobra.Command{Use: "list", Short: "List the tracked campaigns", Args: noArgs}
	list.Flags().StringVar(&o.Query, "q", "", "only titles that contain this")
	show := &cobra.Command{Use: "show ID", Short: "Show one campaign", Args: exactly(1)}
	remove := &cobra.Command{Use: "remove ID", Short: "Stop tracking a campaign and delete its data", Args: exactly(1)}

	type work func(*cobra.Command, *config.Config, []string) error
	for c, do := range map[*cobra.Command]work{
		add: func(cmd *cobra.Command, cfg *config.Config, args []string) error {
			t.Event = args[0]
			return service.AddCampaign(cmd.Context(), cfg, t, cmd.OutOrStdout())
		},
		list: func(cmd *cobra.Command, cfg *config.Config, _ []string) error {
			return service.ListCampaigns(cmd.Context(), cfg, o, cmd.OutOrStdout())
		},
		show: func(cmd *cobra.Command, cfg *config.Config, args []string) error {
			return service.ShowCampaign(cmd.Context(), cfg, args[0], cmd.OutOrStdout())
		},
		remove: func(cmd *cobra.Command, cfg *config.Config, args []string) error {
			return service.RemoveCampaign(cmd.Context(), cfg, args[0], cmd.OutOrStdout())
		},
	} {
		load := configFlag(c)
		c.RunE = func(cmd *cobra.Command, args []string) error {
			cfg, err := load()
			if err != nil {
				return err
			}
			return do(cmd, cfg, args)
		}
	}
	cmd.AddCommand(add, list, show, remove)
	return cmd
}
