package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/exchange"
	"visitprep/knowledge"
)

func importCommand(getenv func(string) string) *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Record visits and inspection plans from a .csv or .yaml file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, getenv, func(ctx context.Context, db database) error {
				team, err := db.workspace(ctx, workspace)
				if err != nil {
					return err
				}
				data, err := os.ReadFile(args[0])
				if err != nil {
					return fmt.Errorf("read the file: %w", err)
				}
				templates, err := loadTemplates(db.cfg)
				if err != nil {
					return err
				}
				// The whole file is read before anything is recorded, and all of it is recorded or
				// nothing: after a mistake, the file is fixed and imported again.
				kinds := exchange.Kinds{
					Purposes: ids(templates.For(knowledge.ForVisit)), Types: ids(templates.For(knowledge.ForInspection)),
					Checklist: checklistsOf(templates),
				}
				c, err := exchange.Read(args[0], data, team, kinds)
				if err != nil {
					return fmt.Errorf("nothing was imported:\n%w", err)
				}
				added, err := db.Import(ctx, c.Visits, c.Plans, time.Now())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d of %d are new; the others were already there.\n", added, len(c.Visits)+len(c.Plans))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", workspaceUsage)
	return cmd
}

func ids(templates knowledge.Templates) []string {
	var ids []string
	for _, t := range templates {
		ids = append(ids, t.ID)
	}
	return ids
}
