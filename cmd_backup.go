package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func backupCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of the database while it runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if u := databaseURL(getenv); !strings.HasPrefix(u, "postgres") {
				if _, err := os.Stat(u); err != nil {
					return fmt.Errorf("back up the database: there is no file %s; DATABASE_URL names another", u)
				}
			}
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, _ visit.Timing, _ *config) error {
				if err := s.Backup(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "The copy is %s.\n", args[0])
				return err
			})
		},
	}
}
