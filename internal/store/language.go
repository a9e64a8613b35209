package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
)

// A Language is one in which channels can read.
type Language string

// The languages of channels.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// ChannelLanguage is the language in which the channels of a workspace read what the app posts:
// English, until [Store.SetChannelLanguage] says otherwise.
func (s *Store) ChannelLanguage(ctx context.Context, workspace string) (l Language, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT language FROM channel_language WHERE workspace = $1`, workspace).Scan((*string)(&l))
	if errors.Is(err, sql.ErrNoRows) {
		return English, nil
	}
	if err != nil {
		return English, fmt.Errorf("read the language of channels: %w", classify(err))
	}
	return l, nil
}

// SetChannelLanguage keeps the language of a workspace's channels. Where it is another than before,
// the cards count as behind, so that they are drawn in it one after another: those of what is still to
// come, and of what was over for at most 30 days.
func (s *Store) SetChannelLanguage(ctx context.Context, workspace string, l Language, by string, now time.Time) error {
	if l != English && l != Chinese {
		return fmt.Errorf("keep the language of channels: %q is none", l)
	}
	return s.change(ctx, "keep the language of channels", func(t *txn) error {
		before := English
		err := t.QueryRowContext(ctx, `SELECT language FROM channel_language WHERE workspace = $1`, workspace).Scan((*string)(&before))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if before == l {
			return nil
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO channel_language (workspace, language, set_by, set_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (workspace) DO UPDATE SET language = excluded.language, set_by = excluded.set_by, set_at = excluded.set_at`, workspace, string(l), by, millis(now)); err != nil {
			return err
		}
		for _, q := range []string{
			`UPDATE visits SET card_rev = 0 WHERE workspace = $1 AND card <> '' AND last_day >= $2`,
			`UPDATE inspections SET card_rev = 0 WHERE workspace = $1 AND card <> '' AND due_day >= $2`,
		} {
			if _, err := t.ExecContext(ctx, q, workspace, civil.Of(now.UTC()).AddDays(-30).String()); err != nil {
				return err
			}
		}
		return nil
	})
}
