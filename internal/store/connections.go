package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/visit"
)

// A Connection is a workspace that cannot be sent to, while that lasts.
type Connection struct {
	Workspace string
	Fault     visit.Fault
	Since     time.Time // calendar time
	Tries     int       // that failed
	Retry     time.Time // elapsed time
}

const connectionColumns = `workspace, fault, since, tries, retry_at`

func scanConnection(row scanner) (c Connection, err error) {
	err = row.Scan(&c.Workspace, &c.Fault, instantField{&c.Since}, &c.Tries, instantField{&c.Retry})
	return c, err
}

// Connections lists the workspaces that cannot be sent to, the longest first.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	cs, err := all(ctx, s.read, scanConnection, `SELECT `+connectionColumns+` FROM connections ORDER BY since, workspace`)
	if err != nil {
		return nil, fmt.Errorf("list what is not connected: %w", classify(err))
	}
	return cs, nil
}

// LostConnections are those of Connections in which the app is still installed: somebody who runs the
// program can mend them. That a workspace has uninstalled it is its own affair.
func (s *Store) LostConnections(ctx context.Context) ([]Connection, error) {
	cs, err := all(ctx, s.read, scanConnection, `SELECT `+connectionColumns+` FROM connections WHERE workspace NOT IN (SELECT workspace FROM (`+endedQuery+`) ended_ones) ORDER BY since, workspace`)
	if err != nil {
		return nil, fmt.Errorf("list which connections are lost: %w", classify(err))
	}
	return cs, nil
}

// NoteFault records that a workspace cannot be sent to: nothing is claimed for it until
// its pause is over, and then one message at a time. It reports whether that begins now,
// of several callers to one. now is calendar time, for people to read.
func (s *Store) NoteFault(ctx context.Context, workspace string, fault visit.Fault, now, elapsed time.Time) (begins bool, err error) {
	err = s.change(ctx, "note a fault of the connection", func(t *txn) error {
		r, err := t.ExecContext(ctx, `INSERT INTO connections (`+connectionColumns+`) VALUES ($1, $2, $3, 1, $4) ON CONFLICT (workspace) DO NOTHING`,
			workspace, string(fault), millis(now), millis(elapsed.Add(fault.Pause(1)/s.faster)))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		begins, t.wake = n == 1, true
		return err
	})
	return begins, err
}

// FaultGoesOn records that a try of [Store.ClaimProbe] has failed: the next pause is longer.
func (s *Store) FaultGoesOn(ctx context.Context, workspace string, fault visit.Fault, elapsed time.Time) error {
	return s.change(ctx, "note that a fault goes on", func(t *txn) error {
		tries := 0
		err := t.QueryRowContext(ctx, `UPDATE connections SET fault = $2, tries = tries + 1 WHERE workspace = $1 RETURNING tries`, workspace, string(fault)).Scan(&tries)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // somebody has found it to be over
		}
		if err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE connections SET retry_at = $2 WHERE workspace = $1`, workspace, millis(elapsed.Add(fault.Pause(tries)/s.faster)))
		return err
	})
}

// FaultIsOver records that Slack has answered again. It returns what has ended, of
// several callers to one.
func (s *Store) FaultIsOver(ctx context.Context, workspace string) (ended []Connection, err error) {
	err = s.change(ctx, "note that a fault is over", func(t *txn) (err error) {
		ended, err = all(ctx, t, scanConnection, `DELETE FROM connections WHERE workspace = $1 RETURNING `+connectionColumns, workspace)
		t.wake = true
		return err
	})
	return ended, err
}

// RetryConnections ends every pause: whoever starts the program, or moves its clock, may have
// mended what was wrong.
func (s *Store) RetryConnections(ctx context.Context) error {
	return s.change(ctx, "try the connections again", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE connections SET tries = 0, retry_at = 0 WHERE retry_at > $1`, 0)
		t.wake = true
		return err
	})
}

// A Probe is the one thing that is tried while a workspace cannot be sent to.
type Probe struct {
	Workspace  string
	Occurrence visit.Occurrence // Sending or Uncertain; without a key where nothing is due
	until      int64            // when the right to try ends, as connections.retry_at has it
}

// ProbeAgain has a connection that has failed tried again at once: a try of [Store.ClaimProbe] told
// nothing of it. Where somebody has tried since, their pause stands.
func (s *Store) ProbeAgain(ctx context.Context, p *Probe, elapsed time.Time) error {
	return s.change(ctx, "try a connection with something else", func(t *txn) error {
		t.wake = true
		_, err := t.ExecContext(ctx, `UPDATE connections SET retry_at = $2 WHERE workspace = $1 AND retry_at = $3`, p.Workspace, millis(elapsed), p.until)
		return err
	})
}

// ClaimProbe takes the right to try one connection whose pause is over, for as long as
// the lease, and what to try it with: what is due, else what is uncertain, else nothing.
// It reports false where there is none to try.
func (s *Store) ClaimProbe(ctx context.Context, c Claim) (p Probe, ok bool, err error) {
	err = s.change(ctx, "try a connection", func(t *txn) error {
		p, ok = Probe{until: millis(c.Elapsed.Add(c.Lease))}, false
		ws, err := all(ctx, t, func(row scanner) (w string, err error) { return w, row.Scan(&w) }, `UPDATE connections SET retry_at = $3
			WHERE workspace IN (SELECT workspace FROM connections WHERE retry_at <= $1 OR retry_at > $2 ORDER BY retry_at LIMIT 1 `+s.skipLocked+`)
			AND (retry_at <= $1 OR retry_at > $2) RETURNING workspace`,
			millis(c.Elapsed), millis(c.Elapsed.Add(maxPause)), p.until)
		if err != nil || len(ws) == 0 {
			return err
		}
		p.Workspace, ok, c.Limit = ws[0], true, 1
		os, err := s.claim(ctx, t, c, p.Workspace)
		if err == nil && len(os) == 0 {
			os, err = s.claimUncertain(ctx, t, c, p.Workspace)
		}
		if err == nil && len(os) > 0 {
			p.Occurrence = os[0]
		}
		return err
	})
	return p, ok, err
}
