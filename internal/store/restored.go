package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A copy that is put in the place of a database knows nothing of what that one did since.
// What it did stands in Slack: messages that must not come twice, and buttons with numbers
// that must not mean something else. So everything that fell due in between is uncertain,
// and is looked for before it is sent (takeForRestored, gap.mark); plans make their
// inspections once more as they made them then, under the same keys; new numbers and
// revisions are others than any that may have been given.

// A Gap is the time of which a database knows nothing, because it was a copy. The zero
// one is none.
type Gap struct{ From, Until time.Time }

// Gap returns the last gap of the database.
func (s *Store) Gap(ctx context.Context) (Gap, error) {
	g, err := gapOf(ctx, s.read)
	if err != nil {
		return g, fmt.Errorf("read when the database was restored: %w", classify(err))
	}
	return g, nil
}

func gapOf(ctx context.Context, r reader) (g Gap, err error) {
	err = r.QueryRowContext(ctx, `SELECT copied_at, restored_at FROM restored WHERE workspace = '' AND restored_at > 0`).Scan(instantField{&g.From}, instantField{&g.Until})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return g, err
}

// Has reports whether an instant lies in the gap or before it.
func (g Gap) Has(at time.Time) bool { return !g.Until.IsZero() && !at.After(g.Until) }

// gapEchoes is how long after a gap somebody may still find out, for the first time since,
// what was told or shown in it already.
const gapEchoes = 30 * 24 * time.Hour

// echoes reports whether something found out now may have been found out in the gap.
func (g Gap) echoes(now time.Time) bool { return g.Has(now.Add(-gapEchoes)) }

// dueShifts is by how much a message may have been sent before the time that the copy
// says: its reader, or the channel, may have moved to another zone.
const dueShifts = 26 * time.Hour

// uncertain is o where it may have been sent in the gap, at any time of it.
func (g Gap) uncertain(o visit.Occurrence) visit.Occurrence {
	o.State, o.Posted = visit.Uncertain, g.From
	return o
}

// mark makes uncertain what falls due in the gap. Only the day tells of a digest: it comes
// at once where somebody was given their first item.
func (g Gap) mark(os []visit.Occurrence) []visit.Occurrence {
	if g == (Gap{}) {
		return os
	}
	marked := make([]visit.Occurrence, len(os))
	for n, o := range os {
		early := o.Due.Add(-dueShifts)
		if g.Has(o.Due) || o.Kind == visit.Digest {
			o = g.uncertain(o)
		}
		if g.Has(o.Due) && early.After(g.From) {
			o.Posted = early
		}
		marked[n] = o
	}
	return marked
}

// revision is from where the revisions of a schedule are counted on: the keys of new
// messages are then others than those of messages of the gap. It is 0 without one.
func (g Gap) revision() int {
	if g == (Gap{}) {
		return 0
	}
	return int(g.Until.Unix())
}

// A numbered is the last number of a counter.
type numbered struct {
	workspace, name string
	last            int
}

// How far new numbers leave those behind that may have been given in a gap, where nothing
// tells which were: to the next round number, of which so many are free at least.
const (
	roundNumber = 10000
	freeNumbers = roundNumber / 2
)

// takeForRestored notes in tx that the database was a copy and is put back at now. What may
// have been sent since becomes uncertain, and cards are redrawn, which may show what is
// no longer known. given are the last numbers of the database that the copy replaces;
// without them new numbers leave room. It returns how many messages are looked for.
func takeForRestored(ctx context.Context, tx *sql.Tx, given []numbered, now time.Time) (uncertain int64, err error) {
	numbers := 0
	if given == nil {
		numbers = roundNumber
	}
	// Written first, so that it is locked. A copy without a mark is as old as what it did last.
	const did = `(SELECT COALESCE(MAX(at), 0) FROM (SELECT MAX(posted_at) AS at FROM occurrences WHERE posted_at <= $1
		UNION ALL SELECT MAX(sent_at) FROM occurrences WHERE sent_at <= $1
		UNION ALL SELECT MAX(handled_at) FROM handled WHERE handled_at <= $1
		UNION ALL SELECT MAX(created_at) FROM visits WHERE created_at <= $1
		UNION ALL SELECT MAX(created_at) FROM plans WHERE created_at <= $1
		UNION ALL SELECT MAX(created_at) FROM inspections WHERE created_at <= $1) AS d)`
	var copied int64
	err = tx.QueryRowContext(ctx, `INSERT INTO restored (workspace, copied_at, restored_at, numbers) VALUES ('', `+did+`, $1, $2)
		ON CONFLICT (workspace) DO UPDATE SET copied_at = CASE WHEN restored.restored_at = 0 THEN restored.copied_at ELSE excluded.copied_at END,
		restored_at = excluded.restored_at, numbers = CASE WHEN restored.numbers > excluded.numbers THEN restored.numbers ELSE excluded.numbers END
		RETURNING copied_at`, millis(now), numbers).Scan(&copied)
	if err != nil {
		return 0, err
	}
	const uncertainNow = `UPDATE occurrences SET state = 'uncertain', owner = '', hold_until = $1, error = 'it may have been sent before the database was restored'`
	for _, q := range []struct {
		text string
		args []any
	}{
		{uncertainNow + ` WHERE state = 'sending'`, []any{millis(now)}},
		{uncertainNow + `, posted_at = CASE WHEN due_at - CAST($3 AS BIGINT) > CAST($2 AS BIGINT) THEN due_at - CAST($3 AS BIGINT) ELSE CAST($2 AS BIGINT) END
			WHERE state = 'pending' AND wake_at <= $1`, []any{millis(now), copied, dueShifts.Milliseconds()}},
	} {
		r, err := tx.ExecContext(ctx, q.text, q.args...)
		if err != nil {
			return 0, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return 0, err
		}
		uncertain += n
	}
	// A card is of use as long as its reminders come, the last three months after the visit.
	since := civil.Of(instant(copied)).AddDays(-100).String()
	// A token that its owner ended since would be good again.
	if _, err := tx.ExecContext(ctx, `DELETE FROM tool_tokens`); err != nil {
		return 0, err
	}
	for _, q := range []string{
		`UPDATE visits SET card_rev = 0 WHERE card <> '' AND last_day >= $1`,
		`UPDATE inspections SET card_rev = 0 WHERE card <> '' AND due_day >= $1`,
	} {
		if _, err := tx.ExecContext(ctx, q, since); err != nil {
			return 0, err
		}
	}
	if given == nil {
		_, err = tx.ExecContext(ctx, `UPDATE counters SET last = ((last + $1) / $2) * $2`, roundNumber+freeNumbers-1, roundNumber)
	}
	for _, g := range given {
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO counters (workspace, name, last) VALUES ($1, $2, $3) ON CONFLICT (workspace, name)
				DO UPDATE SET last = CASE WHEN counters.last > excluded.last THEN counters.last ELSE excluded.last END`, g.workspace, g.name, g.last)
		}
	}
	return uncertain, err
}
