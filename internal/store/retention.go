package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// Deleted is when what is kept of the workspace is deleted by itself, so many days after it ended; the zero
// Time where that is never, as with 0 days.
func (w EndedWorkspace) Deleted(days int) time.Time {
	if days <= 0 {
		return time.Time{}
	}
	return w.Ended.Add(time.Duration(days) * 24 * time.Hour)
}

// A Retention says before when what is over is deleted; with the zero Time nothing is.
type Retention struct {
	Reminders time.Time // messages that were sent or given up
	Photos    time.Time // copies of photos, by when their finding was made
}

// Dropped is how much was deleted of what is over.
type Dropped struct{ Messages, Photos int }

// DropOld deletes what is over and older than a retention says, of all workspaces, in portions between which
// others write. Of messages stays what is to be sent or looked for, the cards, and whatever is about
// something that is not over: its rules ask what was sent before. Of photos stay those of a final report, and
// those of a finding whose action is open. Notes of requests and drafts that nothing asks for any more go
// whatever it says. now is elapsed time.
func (s *Store) DropOld(ctx context.Context, r Retention, now time.Time) (d Dropped, err error) {
	if _, err := s.deletePortions(ctx, "delete old notes of requests", "handled", `handled_at < $1`, millis(now.Add(-KeepHandled))); err != nil {
		return d, err
	}
	if _, err := s.deletePortions(ctx, "delete old drafts", "drafts", `kept_at < $1`, millis(now.Add(-keepDrafts))); err != nil {
		return d, err
	}
	if !r.Reminders.IsZero() {
		if d.Messages, err = s.dropMessages(ctx, r.Reminders); err != nil {
			return d, err
		}
	}
	if !r.Photos.IsZero() {
		d.Photos, err = s.dropPhotos(ctx, r.Photos)
	}
	return d, err
}

// A rowKey is the key of a row in its workspace.
type rowKey struct {
	workspace, key string
}

// overMessages are the messages of which nothing depends any more. Of a card depends whether another is
// posted, of a beginning plan and of a colleague who is gone whether it is told again.
var overMessages = `state IN ('sent', 'expired', 'dead', 'cancelled') AND owner <> '` + visit.Untold + `'
	AND kind NOT IN ('card', 'series') AND NOT (kind = 'news' AND subject LIKE 'person/%')`

// dropMessages deletes what was sent, or given up, before an instant. What is to be deleted is looked for beside
// those who write.
func (s *Store) dropMessages(ctx context.Context, before time.Time) (deleted int, err error) {
	over := func(table string, kind visit.SubjectKind, lasts string) string {
		return ` AND NOT EXISTS (SELECT 1 FROM ` + table + ` x WHERE x.workspace = o.workspace AND x.number = ` + numberIn("o.subject", kind) + ` AND (` + lasts + `))`
	}
	keys, err := all(ctx, s.read, func(row scanner) (k rowKey, err error) { return k, row.Scan(&k.workspace, &k.key) },
		`SELECT o.workspace, o.key FROM occurrences o WHERE `+overMessages+`
		AND o.due_at < $1 AND o.wake_at < $1 AND o.expires_at < $1 AND o.sent_at < $1 AND o.posted_at < $1`+
			over("visits", visit.OfVisit, `x.last_day >= $2`)+
			over("inspections", visit.OfInspection, `x.due_day >= $2 OR x.result = ''`)+
			over("agreements", visit.OfAgreement, `x.state IN ('draft', 'signed', 'renewed')`)+
			over("contacts", visit.OfContact, `x.state = ''`)+
			over("introductions", visit.OfIntroduction, `x.ended_by = ''`)+
			over("promises", visit.OfPromise, `x.kept_by = '' AND x.dropped_by = ''`)+`
		AND NOT EXISTS (SELECT 1 FROM items i WHERE i.workspace = o.workspace AND i.subject = o.subject AND i.owner <> '' AND i.done_by = '' AND i.skipped = '' AND NOT i.removed)
		AND NOT EXISTS (SELECT 1 FROM findings n JOIN actions a ON a.workspace = n.workspace AND a.finding = n.number
			WHERE n.workspace = o.workspace AND n.withdrawn_by = '' AND `+live("a.state")+` AND ((n.of_kind = 'visit' AND n.of_number = `+numberIn("o.subject", visit.OfVisit)+`)
				OR (n.of_kind = 'inspection' AND n.of_number = `+numberIn("o.subject", visit.OfInspection)+`)
				OR (n.of_kind = 'factory' AND n.of_number = `+numberIn("o.subject", visit.OfFactory)+`)))`,
		millis(before), civil.Of(before.UTC()).String())
	if err != nil {
		return 0, fmt.Errorf("look for old messages: %w", classify(err))
	}
	return s.inPortions(ctx, "delete old messages", len(keys), func(t *txn, n int) (sql.Result, error) {
		return t.ExecContext(ctx, `DELETE FROM occurrences WHERE workspace = $1 AND key = $2 AND `+overMessages, keys[n].workspace, keys[n].key)
	})
}

// live is the condition that an action is open; one that nobody has done anything with is.
func live(state string) string {
	return `COALESCE(` + state + `, 'open') IN ('open', 'proposed', 'agreed', 'done')`
}

// dropPhotos deletes the copies of the photos of findings that were made before an instant.
func (s *Store) dropPhotos(ctx context.Context, before time.Time) (deleted int, err error) {
	const condition = `n.made_at < $1 AND NOT n.final AND n.withdrawn_by = '' AND (n.kind = '` + string(visit.RedFlag) + `' OR NOT EXISTS (
		SELECT 1 FROM findings x LEFT JOIN actions a ON a.workspace = x.workspace AND a.finding = x.number WHERE x.workspace = n.workspace AND x.number = n.number AND `
	type old struct {
		workspace   string
		finding, id int
	}
	photos, err := all(ctx, s.read, func(row scanner) (p old, err error) { return p, row.Scan(&p.workspace, &p.finding, &p.id) },
		`SELECT n.workspace, n.number, p.id FROM photos p JOIN findings n ON n.workspace = p.workspace AND n.number = p.finding
		WHERE p.state = 'kept' AND `+condition+live("a.state")+`))`, millis(before))
	if err != nil {
		return 0, fmt.Errorf("look for old photos: %w", classify(err))
	}
	return s.inPortions(ctx, "delete old photos", len(photos), func(t *txn, i int) (sql.Result, error) {
		p := photos[i]
		// Locked as by all who change a finding; a report that was drawn before has less to show now.
		r, err := t.ExecContext(ctx, `UPDATE findings SET rev = rev + 1 WHERE workspace = $2 AND number = $3 AND EXISTS (
			SELECT 1 FROM findings n WHERE n.workspace = $2 AND n.number = $3 AND `+condition+live("a.state")+`)))`, millis(before), p.workspace, p.finding)
		if err != nil {
			return nil, err
		}
		if rows, err := r.RowsAffected(); err != nil || rows == 0 {
			return r, err
		}
		return t.ExecContext(ctx, `UPDATE photos SET state = 'refused', why = $3, width = 0, height = 0, sha256 = '', jpeg = NULL
			WHERE workspace = $1 AND id = $2 AND state = 'kept'`, p.workspace, p.id, visit.PhotoOld)
	})
}

// inPortions does something for each of n in transactions of at most [Portion], and lets others write in
// between. It returns how many rows were changed.
func (s *Store) inPortions(ctx context.Context, doing string, n int, each func(t *txn, i int) (sql.Result, error)) (changed int, err error) {
	for from := 0; from < n; {
		next, rows := from, 0
		err := s.change(ctx, doing, func(t *txn) error {
			next, rows = from, 0
			for began := time.Now(); next < n && (next == from || time.Since(began) < Portion); next++ {
				r, err := each(t, next)
				if err != nil {
					return err
				}
				of, err := r.RowsAffected()
				if err != nil {
					return err
				}
				rows += int(of)
			}
			return nil
		})
		if err != nil {
			return changed, err
		}
		if changed, from = changed+rows, next; from < n {
			if err := s.LetOthersWrite(ctx); err != nil {
				return changed, err
			}
		}
	}
	return changed, nil
}
