package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
)

func migrateCommand(getenv func(string) string) *cobra.Command {
	var status bool
	var to int
	cmd := &cobra.Command{
		Use: "migrate", Short: "Say which version the tables are, or take them back for an older program", Args: cobra.NoArgs,
		Long: `Each start of a program brings the tables of its database up to date; nothing has to be run for that. Of a
SQLite file a copy is kept beside it first.

With --status it says which version the tables are, and changes nothing. With --to it takes them back to
an older version, so that the program of that version starts on them; what only newer versions keep is deleted.
Stop every serve first, and on PostgreSQL make a dump.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			back := cmd.Flags().Changed("to")
			if status == back {
				return errors.New("migrate takes --status or --to N: visitprep migrate --status")
			}
			o := store.Options{URL: databaseURL(getenv), Logger: slog.New(slog.DiscardHandler)}
			if back {
				kept, err := store.TakeBack(cmd.Context(), o, to)
				if err != nil {
					return err
				}
				if kept != "" {
					fmt.Fprintf(cmd.OutOrStdout(), "Kept, until you delete it: %s\n", kept)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tables are version %d. Now start the program of that version; any other brings them up to date again.\n", to)
				return err
			}
			tables, program, err := store.Tables(cmd.Context(), o)
			if err != nil {
				return err
			}
			next := "There is nothing to do."
			switch {
			case tables == 0:
				next = "There are none: the next start makes them."
			case tables < program:
				next = "The next start brings them up to date."
			case tables > program:
				next = fmt.Sprintf("A newer program made them: start that one, or have it take them back with visitprep migrate --to %d.", program)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The tables are version %d, and this program's are version %d. %s\n", tables, program, next)
			return err
		},
	}
	cmd.Flags().BoolVar(&status, "status", false, "say which version the tables are")
	cmd.Flags().IntVar(&to, "to", 0, "take the tables back to version `N`")
	return cmd
}
