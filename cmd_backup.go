package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func backupCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of the database while it runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Opening a missing file would create it, and back up nothing.
			if url := databaseURL(getenv); !strings.HasPrefix(url, "postgres") {
				if _, err := os.Stat(url); err != nil {
					return fmt.Errorf("back up the database: there is no file %s; DATABASE_URL names another", url)
				}
			}
			return withDatabase(cmd, getenv, func(ctx context.Context, db database) error {
				if err := db.Backup(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "The copy is %s.\n", args[0])
				return err
			})
		},
	}
}
