package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

func importCommand(getenv func(string) string) *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Record visits and inspection plans from a .csv or .yaml file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, _ visit.Timing, cfg *config) error {
				team, err := workspaceOf(ctx, s, workspace)
				if err != nil {
					return err
				}
				data, err := os.ReadFile(args[0])
				if err != nil {
					return fmt.Errorf("read the file: %w", err)
				}
				rows, err := readRows(args[0], data)
				if err != nil {
					return err
				}
				base, err := loadKnowledge(cfg)
				if err != nil {
					return err
				}
				templates, err := knowledge.EmbeddedTemplates(base)
				if err != nil {
					return err
				}
				vs, ps, err := fromRows(args[0], team, rows, templates)
				if err != nil {
					return fmt.Errorf("nothing was imported:\n%w", err)
				}
				added, err := s.Import(ctx, vs, ps, time.Now())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d of %d are new; the others were there already.\n", added, len(rows))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "the Slack workspace's `ID`; not needed where the database has one only")
	return cmd
}
