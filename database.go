package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
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

// What a command asks of a SQLite file: one that only reads finds nothing in a file that it
// makes in the wrong folder.
const (
	existing      = true
	madeIfMissing = false
)

// withDatabase runs a command's work on the database, beside a process that may be
// serving it.
func withDatabase(cmd *cobra.Command, getenv func(string) string, exists bool, work func(context.Context, database) error) error {
	cfg, err := settings(cmd)
	if err != nil {
		return err
	}
	timing, _, err := cfg.timing()
	if err != nil {
		return err
	}
	db, err := store.Open(cmd.Context(), store.Options{URL: databaseURL(getenv), Existing: exists, Importing: !exists, Timing: timing, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(work(cmd.Context(), database{db, cfg, timing}), db.Close())
}

// workspaceUsage is the help of a --workspace flag.
const workspaceUsage = "the Slack workspace's `ID`; not needed if the database has only one"

// nameWorkspace is said where the database knows of none.
const nameWorkspace = "the database is empty, so name the Slack workspace: --workspace T0123ABCD (Slack shows it in the address of your workspace in a browser)"

// isWorkspace refuses what is no ID of a workspace.
func isWorkspace(id string) error {
	if !workspaceID.MatchString(id) {
		return fmt.Errorf("--workspace %s: write the ID of a Slack workspace, such as T0123ABCD: a T, then capitals and digits", id)
	}
	return nil
}

// isOrganisation reports whether an id is an Enterprise organisation's, of which no more is kept than its installation.
func isOrganisation(id string) bool { return organisationID.MatchString(id) }

var organisationID = regexp.MustCompile(`^E[A-Z0-9]{3,}$`)

var workspaceID = regexp.MustCompile(`^T[A-Z0-9]{3,}$`)

// workspace is the one that a command is about: the one named, or the only one there is.
func (db database) workspace(ctx context.Context, named string) (string, error) {
	ws, err := db.Workspaces(ctx)
	switch {
	case err != nil:
		return "", err
	case named != "" && (len(ws) == 0 || slices.Contains(ws, named)):
		return named, isWorkspace(named)
	case named != "":
		// It may be served by what its organisation has installed, and have nothing yet.
		if _, err := db.Installation(ctx, named); err == nil {
			return named, nil
		}
		return "", fmt.Errorf("the database is of the workspace %s, not of %s: set DATABASE_URL to another, or leave out --workspace", strings.Join(ws, " and "), named)
	case len(ws) == 1:
		return ws[0], nil
	case len(ws) == 0:
		return "", errors.New(nameWorkspace)
	}
	return "", fmt.Errorf("the database has several workspaces, so name one: --workspace %s", strings.Join(ws, " or "))
}
