package store

import (
	"context"
	"fmt"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

const toolTokenColumns = `workspace, person, hash, ending, made_day, used_day`

func scanToolToken(row scanner) (t visit.ToolToken, err error) {
	return t, row.Scan(&t.Workspace, &t.Person, &t.Hash, &t.Ending, &t.Made, &t.Used)
}

// AddToolToken keeps a token of a person, and nothing of those of theirs that are over. A person
// who has [visit.MaxToolTokens] gets an input error.
func (s *Store) AddToolToken(ctx context.Context, k visit.ToolToken) error {
	return s.change(ctx, "keep a token of a tool", func(t *txn) error {
		// Written first, so that two at once cannot both be the last that fits.
		if _, err := t.ExecContext(ctx, `INSERT INTO tool_tokens (`+toolTokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
			k.Workspace, k.Person, k.Hash, k.Ending, k.Made, ""); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM tool_tokens WHERE workspace = $1 AND person = $2 AND made_day < $3`,
			k.Workspace, k.Person, k.Made.AddDays(1-visit.ToolTokenDays)); err != nil {
			return err
		}
		var n int
		if err := t.QueryRowContext(ctx, `SELECT COUNT(*) FROM tool_tokens WHERE workspace = $1 AND person = $2`, k.Workspace, k.Person).Scan(&n); err != nil {
			return err
		}
		if n > visit.MaxToolTokens {
			return visit.Invalid("token", "You have %d tokens already. Disconnect one that you don't use, then make another.", visit.MaxToolTokens)
		}
		return nil
	})
}

// ToolTokens lists the tokens of a person that are kept, the newest first.
func (s *Store) ToolTokens(ctx context.Context, workspace, person string) ([]visit.ToolToken, error) {
	ts, err := all(ctx, s.read, scanToolToken, `SELECT `+toolTokenColumns+` FROM tool_tokens WHERE workspace = $1 AND person = $2 ORDER BY made_day DESC, hash`, workspace, person)
	if err != nil {
		return nil, fmt.Errorf("list the tokens of a person: %w", classify(err))
	}
	return ts, nil
}

// ToolToken finds the token of a hash in a workspace; visit.ErrNotFound where there is none.
func (s *Store) ToolToken(ctx context.Context, workspace, hash string) (visit.ToolToken, error) {
	t, err := scanToolToken(s.read.QueryRowContext(ctx, `SELECT `+toolTokenColumns+` FROM tool_tokens WHERE workspace = $1 AND hash = $2`, workspace, hash))
	if err != nil {
		return t, fmt.Errorf("find a token: %w", classify(notFound(err, "token", "")))
	}
	return t, nil
}

// UseToolToken notes the day on which a token was last used.
func (s *Store) UseToolToken(ctx context.Context, workspace, hash string, today civil.Date) error {
	return s.change(ctx, "note that a token was used", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE tool_tokens SET used_day = $3 WHERE workspace = $1 AND hash = $2 AND used_day < $3`, workspace, hash, today)
		return err
	})
}

// DropToolToken ends a token of a person's own.
func (s *Store) DropToolToken(ctx context.Context, workspace, person, hash string) error {
	return s.change(ctx, "end a token of a tool", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM tool_tokens WHERE workspace = $1 AND person = $2 AND hash = $3`, workspace, person, hash)
		return err
	})
}

// DropToolTokens ends all tokens of a person.
func (s *Store) DropToolTokens(ctx context.Context, workspace, person string) error {
	return s.change(ctx, "end the tokens of a person", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM tool_tokens WHERE workspace = $1 AND person = $2`, workspace, person)
		return err
	})
}
