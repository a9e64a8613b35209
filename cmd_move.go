package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
)

func moveCommand(getenv func(string) string) *cobra.Command {
	var undo bool
	const example = "move postgres://user@host/database"
	cmd := &cobra.Command{
		Use: "move ADDRESS", Short: "Copy all of a SQLite file into an empty PostgreSQL database", Args: takes(0, 1, "the address of a PostgreSQL database", example),
		Long: `Copy all of the SQLite file that DATABASE_URL names into an empty PostgreSQL database, compare what
arrived, and mark the file, so that nothing opens it any more. Stop serve and mcp first. A password may stand in
PGPASSWORD or in ~/.pgpass instead of the address, where others on this machine could read it.

With --undo the file is used again. What was done on PostgreSQL since is not in it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if undo == (len(args) == 1) {
				return fmt.Errorf("move takes the address of a PostgreSQL database, or --undo: visitprep %s", example)
			}
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			timing, _, err := cfg.timing()
			if err != nil {
				return err
			}
			o := store.Options{URL: databaseURL(getenv), Timing: timing, Logger: slog.New(slog.DiscardHandler)}
			if undo {
				was, err := store.UndoMove(cmd.Context(), o)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is used again, as it was when it was moved to %s. Stop whatever serves that one, then start serve: what may have been sent since is looked for in Slack before it is sent.\n", was.File, was.To)
				return errors.Join(err, warnOfTokens(cmd.OutOrStdout(), getenv))
			}
			m, err := store.Move(cmd.Context(), o, args[0], time.Now())
			if err != nil {
				return err
			}
			return reportMoved(cmd.OutOrStdout(), m)
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "use the file again that was moved")
	return cmd
}

// reportMoved lists what has arrived, and says what to do next.
func reportMoved(out io.Writer, m store.Moved) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows := 0
	for _, t := range m.Tables {
		rows += t.Rows
		if t.Rows > 0 {
			fmt.Fprintf(table, "%d\t %s\t%s\t\n", t.Rows, t.Name, t.Sum)
		}
	}
	err := table.Flush()
	for _, column := range slices.Sorted(maps.Keys(m.Cleaned)) {
		english().Fprintf(out, "In %s texts had characters that PostgreSQL cannot keep, and are without them: %d\n", column, m.Cleaned[column])
	}
	_, last := english().Fprintf(out, "%d rows of %d tables are in %s, the same as in the file. Set DATABASE_URL to that address, and start serve. The file is kept, and nothing opens it any more.\n", rows, len(m.Tables), m.To)
	return errors.Join(err, last)
}
