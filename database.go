package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/internal/holiday"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// openStore opens the database beside a process that may be serving it.
func openStore(ctx context.Context, cfg *config, getenv func(string) string) (*store.Store, visit.Timing, error) {
	china, err := holiday.China()
	if err != nil {
		return nil, visit.Timing{}, err
	}
	t := cfg.timing(china)
	s, err := store.Open(ctx, store.Options{URL: databaseURL(getenv), Timing: t, Logger: slog.New(slog.DiscardHandler)})
	return s, t, err
}

// workspaceOf is the workspace that a subcommand is about: the one named, or the
// only one in the database.
func workspaceOf(ctx context.Context, s *store.Store, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	ws, err := s.Workspaces(ctx)
	switch {
	case err != nil:
		return "", err
	case len(ws) == 1:
		return ws[0], nil
	case len(ws) == 0:
		return "", errors.New("the database is empty, so say which Slack workspace is meant: --workspace T0123ABCD (Slack shows it in the address of your workspace in a browser)")
	}
	return "", fmt.Errorf("the database has several workspaces, so say which is meant: --workspace %s", strings.Join(ws, " or "))
}

func withStore(cmd *cobra.Command, getenv func(string) string, f func(context.Context, *store.Store, visit.Timing, *config) error) error {
	name, _ := cmd.Flags().GetString("config")
	cfg, err := loadConfig(name)
	if err != nil {
		return fmt.Errorf("mistakes in the settings:\n%w", err)
	}
	s, t, err := openStore(cmd.Context(), cfg, getenv)
	if err != nil {
		return err
	}
	return errors.Join(f(cmd.Context(), s, t, cfg), s.Close())
}
