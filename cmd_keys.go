package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"visitprep/internal/install"
	"visitprep/internal/store"
)

func keysCommand(getenv func(string) string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Make the key that seals the tokens of many workspaces, or replace it",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("say what to do: keys new, or keys rotate")
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use: "new", Short: "Print a new key for VISITPREP_TOKEN_KEY", Args: cobra.NoArgs,
		Long: `Print a new key, for VISITPREP_TOKEN_KEY.

Keep it where your secrets are, and apart from the database and its backups: either is worth
nothing without the other. If it is lost, every workspace has to add the app again.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key := install.NewKey()
			keys, err := install.ParseKeys(key, "")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), key)
			fmt.Fprintf(cmd.ErrOrStderr(), "Messages call this key %s.\n", keys.ID())
			return err
		},
	}, &cobra.Command{
		Use: "rotate", Short: "Seal all tokens with VISITPREP_TOKEN_KEY, also those of VISITPREP_TOKEN_KEY_OLD", Args: cobra.NoArgs,
		Long: `Seal the tokens of all workspaces anew, with VISITPREP_TOKEN_KEY. It happens whole or not at all.

To replace the key: set VISITPREP_TOKEN_KEY to a new one and VISITPREP_TOKEN_KEY_OLD to the one
before, start serve with both (each replica), run this beside it with both, then start serve
again without VISITPREP_TOKEN_KEY_OLD.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := secretsOf(getenv)
			if s.TokenKey == "" {
				return errors.New("VISITPREP_TOKEN_KEY is not set: set it to the new key (visitprep keys new prints one), and VISITPREP_TOKEN_KEY_OLD to the one before")
			}
			keys, err := s.keys()
			if err != nil {
				return err
			}
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				is, err := db.Installations(ctx)
				if err != nil {
					return err
				}
				if err := keys.Check(is); err != nil {
					return err
				}
				before := 0
				n, err := db.Reseal(ctx, func(i *store.Installation) error {
					if len(i.Token) > 0 && i.Key != keys.ID() {
						before++
					}
					return keys.Reseal(i)
				})
				if err != nil {
					return err
				}
				_, err = english().Fprintf(cmd.OutOrStdout(), "Installations: %d. Sealed with another key until now: %d. All are sealed with the key %s.\n", n, before, keys.ID())
				if err == nil {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), "Now start every serve and mcp again with this key, without VISITPREP_TOKEN_KEY_OLD. Keep the old key for backups from before.")
				}
				return err
			})
		},
	})
	return cmd
}
