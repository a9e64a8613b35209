package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func exportCommand(getenv func(string) string) *cobra.Command {
	var workspace, format string
	cmd := &cobra.Command{
		Use: "export", Short: "Write visits and inspection plans as import reads them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "csv" && format != "yaml" {
				return fmt.Errorf("export --format %s: write csv or yaml", format)
			}
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, _ visit.Timing, _ *config) error {
				team, err := workspaceOf(ctx, s, workspace)
				if err != nil {
					return err
				}
				vs, err := s.Visits(ctx, team, store.Filter{})
				if err != nil {
					return err
				}
				ps, err := s.Plans(ctx, team, store.Filter{})
				if err != nil {
					return err
				}
				return writeRows(cmd.OutOrStdout(), format, toRows(vs, ps))
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "the Slack workspace's `ID`; not needed where the database has one only")
	cmd.Flags().StringVar(&format, "format", "yaml", "csv or yaml")
	return cmd
}
