package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
)

func restoreCommand(getenv func(string) string) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "restore [FILE]", Short: "Put a copy in the place of the database, or say that a dump was put back", Args: takes(0, 1, "one file, or none on PostgreSQL", "restore copy.db"),
		Long: `Put the copy FILE, which backup made, in the place of the database that DATABASE_URL names. What
was there is kept beside it. On PostgreSQL put the dump back into an empty database with psql or pg_restore,
then run this without a FILE, before any serve. What may have been sent since the copy was made is looked for in
Slack before it is sent again.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o := store.Options{URL: databaseURL(getenv), Logger: slog.New(slog.DiscardHandler)}
			if len(args) == 0 {
				r, err := store.TakeForRestored(cmd.Context(), o, yes, time.Now())
				if err != nil {
					return err
				}
				return errors.Join(reportRestored(cmd.OutOrStdout(), r, true), warnOfTokens(cmd.OutOrStdout(), getenv))
			}
			if yes {
				return errors.New("--yes is for a dump of PostgreSQL: visitprep restore --yes")
			}
			r, err := store.Restore(cmd.Context(), o, args[0], time.Now())
			if err != nil {
				return err
			}
			return errors.Join(reportRestored(cmd.OutOrStdout(), r, false), warnOfTokens(cmd.OutOrStdout(), getenv))
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "on PostgreSQL: although others are connected to the database, none of them is serve or mcp")
	return cmd
}

// reportRestored says what was done, and what to do next. Whether a dump was put back is known to nobody but
// who has done it.
func reportRestored(out io.Writer, r store.Restored, dump bool) error {
	state := "is the copy"
	if dump && r.Copied.IsZero() {
		state = "is marked as put back"
	} else if dump {
		state = "is marked as put back, from a dump of " + r.Copied.UTC().Format("2 January 2006 at 15:04 MST")
	} else if !r.Copied.IsZero() {
		state = "is as it was on " + r.Copied.UTC().Format("2 January 2006 at 15:04 MST")
	}
	fmt.Fprintf(out, "The database %s. Now start serve: %s.\n", state, looks(r.Looked))
	for _, k := range r.Kept {
		fmt.Fprintf(out, "Kept, until you delete it: %s\n", k)
	}
	for _, w := range r.Installed {
		fmt.Fprintf(out, "%s has installed the app since this copy: what it has planned since is not in it, and its people have to add the app again.\n", w)
	}
	var err error
	if r.Jumped {
		_, err = fmt.Fprintln(out, "New visits and inspections get numbers from the next ten thousand on: nobody knows which were given since the copy.")
	} else if dump {
		_, err = fmt.Fprintln(out, "Numbers go on as they are: none was given since it was last marked.")
	}
	return err
}

// warnOfTokens says what an older database does not have where many workspaces are served.
func warnOfTokens(out io.Writer, getenv func(string) string) error {
	if getenv("SLACK_CLIENT_ID") == "" {
		return nil
	}
	_, err := fmt.Fprintln(out, "Tokens that expire and were refreshed since are not in it: a workspace whose old token Slack takes no more has to add the app again (visitprep status lists it).")
	return err
}

// looks says what happens to messages that may have been sent.
func looks(n int64) string {
	switch n {
	case 0:
		return "nothing was to be sent since then"
	case 1:
		return "1 message that may have been sent since is looked for in Slack before it is sent"
	}
	return fmt.Sprintf("%d messages that may have been sent since are looked for in Slack before they are sent", n)
}
