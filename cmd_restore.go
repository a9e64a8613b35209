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
	return &cobra.Command{
		Use: "restore [FILE]", Short: "Put a copy in the place of the database, or say that a dump was put back", Args: takes(0, 1, "one file, or none on PostgreSQL", "restore copy.db"),
		Long: `Put the copy FILE, which backup made, in the place of the database that DATABASE_URL names. What
was there is kept beside it. On PostgreSQL put the dump back with psql or pg_restore, then run this
without a FILE, before any serve. What may have been sent since the copy was made is looked for in
Slack before it is sent again.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o := store.Options{URL: databaseURL(getenv), Logger: slog.New(slog.DiscardHandler)}
			if len(args) == 0 {
				r, err := store.TakeForRestored(cmd.Context(), o, time.Now())
				if err != nil {
					return err
				}
				return errors.Join(reportRestored(cmd.OutOrStdout(), r), warnOfTokens(cmd.OutOrStdout(), getenv))
			}
			r, err := store.Restore(cmd.Context(), o, args[0], time.Now())
			if err != nil {
				return err
			}
			return errors.Join(reportRestored(cmd.OutOrStdout(), r), warnOfTokens(cmd.OutOrStdout(), getenv))
		},
	}
}

// reportRestored says what was done, and what to do next.
func reportRestored(out io.Writer, r store.Restored) error {
	state := "is the copy"
	if !r.Copied.IsZero() {
		state = "is as it was on " + r.Copied.UTC().Format("2 January 2006 at 15:04 MST")
	}
	fmt.Fprintf(out, "The database %s. Now start serve: %s.\n", state, looks(r.Looked))
	for _, k := range r.Kept {
		fmt.Fprintf(out, "Kept, until you delete it: %s\n", k)
	}
	var err error
	if r.Jumped {
		_, err = fmt.Fprintln(out, "New visits and inspections get numbers from the next ten thousand on: nobody knows which were given since the copy.")
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
