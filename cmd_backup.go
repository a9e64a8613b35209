package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func backupCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of the database while it runs", Args: takes(1, 1, "one file", "backup copy.db"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				if err := db.Backup(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "The copy is %s.\n", args[0])
				return err
			})
		},
	}
}
