package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/internal/exchange"
	"visitprep/internal/store"
)

func exportCommand(getenv func(string) string) *cobra.Command {
	var workspace, format string
	formats := exchange.Formats()
	cmd := &cobra.Command{
		Use: "export", Short: "Write visits and inspection plans as import reads them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Before the database is opened, which makes one where there is none.
			if !slices.Contains(formats, format) {
				return fmt.Errorf("export --format %s: write %s", format, strings.Join(formats, " or "))
			}
			return withDatabase(cmd, getenv, func(ctx context.Context, db database) error {
				team, err := db.workspace(ctx, workspace)
				if err != nil {
					return err
				}
				var c exchange.Contents
				// Without what was cancelled: a file does not say so, and import would plan it again.
				visits, err := db.Visits(ctx, team, store.Filter{})
				if err != nil {
					return err
				}
				for _, v := range visits {
					c.Visits = append(c.Visits, v.Visit)
				}
				if c.Plans, err = db.Plans(ctx, team, store.Filter{}); err != nil {
					return err
				}
				return exchange.Write(cmd.OutOrStdout(), format, c)
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", workspaceUsage)
	cmd.Flags().StringVar(&format, "format", "yaml", strings.Join(formats, " or "))
	return cmd
}
