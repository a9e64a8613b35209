package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A database is the store as a command opens it, with the settings it goes by.
type database struct {
	*store.Store
	cfg    *config
	timing visit.Timing
}

// withDatabase runs a command's work on the database, beside a process that may be
// serving it.
func withDatabase(cmd *cobra.Command, getenv func(string) string, work func(context.Context, database) error) error {
	cfg, err := settings(cmd)
	if err != nil {
		return err
	}
	timing, _, err := cfg.timing()
	if err != nil {
		return err
	}
	db, err := store.Open(cmd.Context(), store.Options{URL: databaseURL(getenv), Timing: timing, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(work(cmd.Context(), database{db, cfg, timing}), db.Close())
}

// workspaceUsage is the help of a --workspace flag.
const workspaceUsage = "the Slack workspace's `ID`; not needed if the database has only one"

// workspace is the one that a command is about: the one named, or the only one there is.
func (db database) workspace(ctx context.Context, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	ws, err := db.Workspaces(ctx)
	switch {
	case err != nil:
		return "", err
	case len(ws) == 1:
		return ws[0], nil
	case len(ws) == 0:
		return "", errors.New("the database is empty, so name the Slack workspace: --workspace T0123ABCD (Slack shows it in the address of your workspace in a browser)")
	}
	return "", fmt.Errorf("the database has several workspaces, so name one: --workspace %s", strings.Join(ws, " or "))
}
