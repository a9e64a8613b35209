package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Everything stands in the place of a person where a whole workspace was forgotten.
const Everything = "everything"

// rest is noted, of no workspace, while the file may still have in its free space what was deleted.
const rest = "rest"

// A Rows is how many rows a table has of a workspace.
type Rows struct {
	Table string
	N     int
}

// RowsOf counts what is kept of a workspace, by table; tables without a row of it are left out.
func (s *Store) RowsOf(ctx context.Context, workspace string) (rows []Rows, err error) {
	err = s.change(ctx, "count what is kept of a workspace", func(t *txn) error {
		rows = nil
		names, err := t.tablesInOrder(ctx)
		if err != nil {
			return err
		}
		for _, table := range names {
			n, err := t.count(ctx, `SELECT COUNT(*) FROM `+table+` WHERE workspace = $1`, workspace)
			if err != nil {
				return err
			}
			if n > 0 {
				rows = append(rows, Rows{table, n})
			}
		}
		return nil
	})
	return rows, err
}

// first are the tables of which a workspace is deleted before all others: without them nothing is sent.
var first = []string{"schedules", "occurrences"}

// ofInstalling are deleted as the forgetting begins: from then on [Store.Install] refuses the workspace until it has
// ended, so that none of what is deleted later is a new installation's.
var ofInstalling = []string{"installations", "organisations"}

// tablesInOrder are the tables that have rows of workspaces, in the order in which one is deleted. The note of
// who was forgotten is not among them.
func (t *txn) tablesInOrder(ctx context.Context) ([]string, error) {
	tables, err := t.tables(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for table := range tables {
		names = append(names, table)
	}
	rank := func(table string) int {
		if n := slices.Index(first, table); n >= 0 {
			return n
		}
		return len(first)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names, nil
}

// ErrBeingForgotten says that everything of a workspace is being deleted, or that this was cut off and is gone on
// with within some minutes.
var ErrBeingForgotten = errors.New("what is kept of the workspace is being deleted")

// lockForgetting has whoever installs the app in a workspace, and whoever begins to forget it, wait for each other.
func (t *txn) lockForgetting(ctx context.Context, workspace string) error {
	if t.skipLocked == "" { // on SQLite all who write do
		return nil
	}
	_, err := t.ExecContext(ctx, `SELECT pg_advisory_xact_lock(19, hashtext($1))`, workspace)
	return err
}

// ForgetWorkspace deletes every row of a workspace, in portions between which others write. Nothing is kept
// but its id, with a number above all of its numbers, in the note that it was forgotten, by which
// [Store.ForgetAgain] does it in a copy that is put back. Where it is cut off, the note says so, and
// [Store.GoOnForgetting] goes on from there. In the end a SQLite file
// is rewritten, so that neither the file nor its log has anything of it: for that time nobody else writes.
// It returns how many rows it has deleted.
func (s *Store) ForgetWorkspace(ctx context.Context, workspace string, now time.Time) (deleted int, err error) {
	return s.forgetWorkspace(ctx, workspace, now, func(*txn) error { return nil })
}

// ErrInstalled says that a workspace has the app, and so is not deleted by itself.
var ErrInstalled = errors.New("the app is installed there again")

// ForgetEnded is ForgetWorkspace for one of [Store.EndedWorkspaces] that ended by an instant. One that has
// installed the app again keeps everything, and the error is [ErrInstalled].
func (s *Store) ForgetEnded(ctx context.Context, workspace string, by, now time.Time) (deleted int, err error) {
	return s.forgetWorkspace(ctx, workspace, now, func(t *txn) error {
		ended, err := endedWorkspaces(ctx, t)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(ended, func(w EndedWorkspace) bool { return w.Workspace == workspace && !w.Ended.After(by) && !w.Used }) {
			return ErrInstalled
		}
		return nil
	})
}

// ForgetLate deletes what requests that were under way have written of workspaces after these were forgotten, between
// two instants, where no installation serves them. It returns of how many something was there.
func (s *Store) ForgetLate(ctx context.Context, from, until, now time.Time) (late int, err error) {
	recent := `SELECT workspace FROM forgotten WHERE who = $1 AND at > $2 AND at <= $3 AND ` + fmt.Sprintf(servesNone, "forgotten")
	args := []any{Everything, millis(from), millis(until)}
	scan := func(row scanner) (w string, err error) { return w, row.Scan(&w) }
	ws, err := all(ctx, s.read, scan, recent, args...)
	if err != nil {
		return 0, fmt.Errorf("list who was forgotten: %w", classify(err))
	}
	var errs []error
	for _, w := range ws {
		rows, err := s.RowsOf(ctx, w)
		if err == nil && len(rows) > 0 {
			_, err = s.forgetWorkspace(ctx, w, now, func(t *txn) error {
				still, err := all(ctx, t, scan, recent, args...)
				if err == nil && !slices.Contains(still, w) {
					err = ErrInstalled
				}
				return err
			})
			if err == nil {
				late++
			}
		}
		if err != nil && !errors.Is(err, ErrInstalled) {
			errs = append(errs, err)
		}
	}
	return late, errors.Join(errs...)
}

func (s *Store) forgetWorkspace(ctx context.Context, workspace string, now time.Time, may func(*txn) error) (deleted int, err error) {
	const doing = "forget a workspace"
	if workspace == "" {
		return 0, fmt.Errorf("%s: it has no id", doing)
	}
	var names []string
	if err := s.change(ctx, doing, func(t *txn) (err error) {
		deleted = 0
		if err := t.lockForgetting(ctx, workspace); err != nil {
			return err
		}
		if err := may(t); err != nil {
			return err
		}
		if err := t.noteForgotten(ctx, workspace, Everything, time.Time{}); err != nil {
			return err
		}
		if names, err = t.tablesInOrder(ctx); err != nil {
			return err
		}
		names = slices.DeleteFunc(names, func(table string) bool { return table == "counters" || slices.Contains(ofInstalling, table) })
		deleted, err = t.deleteAll(ctx, workspace, ofInstalling)
		return err
	}); err != nil {
		return 0, err
	}
	for _, table := range names {
		n, err := s.deletePortions(ctx, doing, table, `workspace = $1`, workspace)
		if deleted += n; err != nil {
			return deleted, err
		}
	}
	// What others have written meanwhile is little, and goes with the note that nothing is left.
	last := 0
	err = s.change(ctx, doing, func(t *txn) (err error) {
		if last, err = t.deleteAll(ctx, workspace, names); err != nil {
			return err
		}
		counters, err := t.forgetNumbers(ctx, workspace)
		if err != nil {
			return err
		}
		last += counters
		if _, err := t.ExecContext(ctx, `DELETE FROM forgotten WHERE workspace = $1 AND who <> $2`, workspace, Everything); err != nil {
			return err
		}
		if err := t.noteForgotten(ctx, "", rest, time.Time{}); err != nil {
			return err
		}
		return t.noteForgotten(ctx, workspace, Everything, now)
	})
	if err != nil {
		return deleted, err
	}
	return deleted + last, s.Scrub(ctx)
}

// forgottenNumbers is to the next of which the numbers of a workspace that comes back leave those it had behind.
const forgottenNumbers = 100

// forgetNumbers deletes the counters of a workspace, and notes from where they go on if it comes back.
func (t *txn) forgetNumbers(ctx context.Context, workspace string) (deleted int, err error) {
	had, err := all(ctx, t, func(row scanner) (n int, err error) { return n, row.Scan(&n) },
		`DELETE FROM counters WHERE workspace = $1 RETURNING last`, workspace)
	if err != nil || len(had) == 0 {
		return 0, err
	}
	above := (slices.Max(had)/forgottenNumbers + 1) * forgottenNumbers
	_, err = t.ExecContext(ctx, `UPDATE forgotten SET numbers = $3 WHERE workspace = $1 AND who = $2 AND numbers < $3`, workspace, Everything, above)
	return len(had), err
}

// deleteAll deletes what some tables have of a workspace.
func (t *txn) deleteAll(ctx context.Context, workspace string, tables []string) (deleted int, err error) {
	for _, table := range tables {
		r, err := t.ExecContext(ctx, `DELETE FROM `+table+` WHERE workspace = $1`, workspace)
		if err != nil {
			return deleted, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return deleted, err
		}
		deleted += int(n)
	}
	return deleted, nil
}

// noteForgotten notes who was forgotten; with no time, that it is still to be done.
func (t *txn) noteForgotten(ctx context.Context, workspace, who string, at time.Time) error {
	_, err := t.ExecContext(ctx, `INSERT INTO forgotten (workspace, who, at) VALUES ($1, $2, $3) ON CONFLICT (workspace, who) DO UPDATE SET at = excluded.at`, workspace, who, millis(at))
	return err
}

// portionRows is how many rows one statement deletes: a photo has up to 400 kB, and SQLite overwrites it.
const portionRows = 20

// deletePortions deletes rows in transactions of at most [Portion], and lets others write in between. The
// condition has the arguments from $1 on.
func (s *Store) deletePortions(ctx context.Context, doing, table, where string, args ...any) (deleted int, err error) {
	row := "rowid IN (SELECT rowid FROM "
	end := ")"
	if s.postgres {
		row, end = "ctid = ANY(ARRAY(SELECT ctid FROM ", "))"
	}
	query := fmt.Sprintf(`DELETE FROM %s WHERE %s%s WHERE %s LIMIT %d%s`, table, row, table, where, portionRows, end)
	for {
		var n int
		left := true
		err := s.change(ctx, doing, func(t *txn) error {
			n, left = 0, true
			for began := time.Now(); left && time.Since(began) < Portion; {
				r, err := t.ExecContext(ctx, query, args...)
				if err != nil {
					return err
				}
				rows, err := r.RowsAffected()
				if err != nil {
					return err
				}
				n, left = n+int(rows), rows > 0
			}
			return nil
		})
		if err != nil {
			return deleted, err
		}
		if deleted += n; !left {
			return deleted, nil
		}
		if err := s.LetOthersWrite(ctx); err != nil {
			return deleted, err
		}
	}
}

// Scrub rewrites a SQLite file if something was deleted of which its free space may still have a part, and
// empties the log beside it. Whoever reads goes on; whoever writes waits, or is told that the database is busy.
// On PostgreSQL it does nothing: the server does that in its own time.
func (s *Store) Scrub(ctx context.Context) error {
	n := 0
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM forgotten WHERE workspace = '' AND who = $1`, rest).Scan(&n); err != nil {
		return fmt.Errorf("look for what is to be rewritten: %w", classify(err))
	}
	if n == 0 {
		return nil
	}
	if !s.postgres {
		if err := s.patiently(ctx, s.rewrite); err != nil {
			return fmt.Errorf("what was forgotten is deleted, but may still be read in free space of the file, because it could not be rewritten; the next start of serve tries again: %w", classify(err))
		}
	}
	if err := s.change(ctx, "note that the file was rewritten", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM forgotten WHERE workspace = '' AND who = $1`, rest)
		return err
	}); err != nil {
		return err
	}
	if s.postgres {
		return nil
	}
	return s.patiently(ctx, s.emptyLog)
}

// Rewrite does what Scrub does without being asked whether it is needed: somebody was deleted for good.
func (s *Store) Rewrite(ctx context.Context) error {
	if err := s.change(ctx, "note that the file is to be rewritten", func(t *txn) error {
		return t.noteForgotten(ctx, "", rest, time.Time{})
	}); err != nil {
		return err
	}
	return s.Scrub(ctx)
}

// patiently runs what has to have the database for itself, again while it is busy.
func (s *Store) patiently(ctx context.Context, f func(context.Context) error) error {
	for began := time.Now(); ; {
		err := f(ctx)
		if err == nil || !errors.Is(classify(err), ErrBusy) || time.Since(began) > patience {
			return err
		}
		if err := s.LetOthersWrite(ctx); err != nil {
			return err
		}
	}
}

// rewrite writes every page of the file anew: secure_delete leaves copies of rows that SQLite has moved from
// one page to another.
func (s *Store) rewrite(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, `VACUUM`); err != nil {
		return err
	}
	return s.emptyLog(ctx)
}

// emptyLog writes the log into the file and cuts it off. It fails with [ErrBusy] while somebody reads what was.
func (s *Store) emptyLog(ctx context.Context) error {
	var busy, log, written int
	if err := s.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &written); err != nil {
		return err
	}
	if busy != 0 {
		return ErrBusy
	}
	return nil
}
