package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/visit"
)

// An Installation is the app in one workspace, or in an organisation for those of its workspaces
// that it is given to.
type Installation struct {
	Workspace    string // T…, or the E… of an organisation
	Organisation string // E…, "" for none
	App, BotUser string
	Name         string // of the workspace, or the organisation
	Scopes       string
	Token        []byte    // sealed
	Refresh      []byte    // sealed; empty for a token that stays
	Expires      time.Time // elapsed time; zero is never
	Key          string    // names the key that seals them
	Turn         int       // counts the tokens that it has had
	By           string    // who installed it
	At           time.Time // elapsed time, as are all here
	Ended        time.Time // zero while it lasts
	Why          visit.Fault
}

// Why an installation has ended.
const (
	Uninstalled  visit.Fault = "app_uninstalled"
	TokenRevoked visit.Fault = "token_revoked"
)

// OrganisationWide reports whether it is an organisation's.
func (i *Installation) OrganisationWide() bool { return isOrganisation(i.Workspace) }

func isOrganisation(id string) bool { return len(id) > 0 && id[0] == 'E' }

const installationColumns = `workspace, organisation, app, bot_user, name, scopes, token, refresh, expires_at, key_id, turn, installed_by, installed_at, ended_at, ended_why`

func scanInstallation(row scanner) (i Installation, err error) {
	err = row.Scan(&i.Workspace, &i.Organisation, &i.App, &i.BotUser, &i.Name, &i.Scopes, &i.Token, &i.Refresh, instantField{&i.Expires}, &i.Key, &i.Turn, &i.By, instantField{&i.At}, instantField{&i.Ended}, &i.Why)
	return i, err
}

// Install keeps an installation in the place of one that was there before, and tries at once what
// waits for its workspaces. It reports whether one comes back that had ended. While the workspace is
// being forgotten the error is [ErrBeingForgotten].
func (s *Store) Install(ctx context.Context, i Installation) (back bool, err error) {
	err = s.change(ctx, "keep an installation", func(t *txn) error {
		if err := t.lockForgetting(ctx, i.Workspace); err != nil {
			return err
		}
		open, err := t.count(ctx, `SELECT COUNT(*) FROM forgotten WHERE workspace = $1 AND who = $2 AND at = 0`, i.Workspace, Everything)
		if err != nil {
			return err
		}
		if open > 0 {
			return ErrBeingForgotten
		}
		ended := int64(0)
		err = t.QueryRowContext(ctx, `SELECT ended_at FROM installations WHERE workspace = $1`, i.Workspace).Scan(&ended)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		back, t.wake = ended > 0, true
		if _, err := t.ExecContext(ctx, `INSERT INTO installations (`+installationColumns+`, refresh_until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, 0, '', 0)
			ON CONFLICT (workspace) DO UPDATE SET organisation = excluded.organisation, app = excluded.app, bot_user = excluded.bot_user, name = excluded.name,
			scopes = excluded.scopes, token = excluded.token, refresh = excluded.refresh, expires_at = excluded.expires_at, key_id = excluded.key_id,
			turn = installations.turn + 1,
			installed_by = excluded.installed_by, installed_at = excluded.installed_at, ended_at = 0, ended_why = '', refresh_until = 0`,
			i.Workspace, i.Organisation, i.App, i.BotUser, i.Name, i.Scopes, notNull(i.Token), notNull(i.Refresh), millis(i.Expires), i.Key, i.By, millis(i.At)); err != nil {
			return err
		}
		if i.Organisation != "" && !i.OrganisationWide() {
			// What an organisation has taken away from its workspace stays taken away.
			if _, err := t.ExecContext(ctx, `INSERT INTO organisations (workspace, organisation, ended_at, said_at) VALUES ($1, $2, 0, $3)
				ON CONFLICT (workspace) DO UPDATE SET organisation = excluded.organisation, ended_at = 0, said_at = excluded.said_at
				WHERE organisations.organisation <> excluded.organisation`, i.Workspace, i.Organisation, millis(i.At)); err != nil {
				return err
			}
		}
		// What has ended waits for no probe; any other fault is found to be over by the next one.
		if _, err := t.ExecContext(ctx, `UPDATE connections SET tries = 0, retry_at = 0 WHERE workspace = $1
			OR workspace IN (SELECT workspace FROM organisations WHERE organisation = $1)`, i.Workspace); err != nil {
			return err
		}
		return nil
	})
	return back, err
}

func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Installation is the one that serves a workspace: its own, else its organisation's. The error is
// visit.ErrNotFound where neither lasts.
func (s *Store) Installation(ctx context.Context, workspace string) (Installation, error) {
	i, err := scanInstallation(s.read.QueryRowContext(ctx, `SELECT `+installationColumns+` FROM installations i WHERE i.ended_at = 0 AND (i.workspace = $1
		OR i.workspace = (SELECT o.organisation FROM organisations o WHERE o.workspace = $1 AND o.ended_at = 0))
		ORDER BY CASE WHEN i.workspace = $1 THEN 0 ELSE 1 END LIMIT 1`, workspace))
	if err != nil {
		return Installation{}, fmt.Errorf("read an installation: %w", classify(notFound(err, "installation", workspace)))
	}
	return i, nil
}

// Installations lists all, those that have ended too.
func (s *Store) Installations(ctx context.Context) ([]Installation, error) {
	is, err := all(ctx, s.read, scanInstallation, `SELECT `+installationColumns+` FROM installations ORDER BY workspace`)
	if err != nil {
		return nil, fmt.Errorf("list the installations: %w", classify(err))
	}
	return is, nil
}

// NoteOrganisation notes to which organisation a workspace belongs, as an event says that its
// installation is for: the organisation's installation serves it from now on. It counts for no more
// than what the workspace itself has installed, nor than what Slack has said later. at is when Slack
// said so.
func (s *Store) NoteOrganisation(ctx context.Context, workspace, organisation string, at time.Time) error {
	if workspace == "" || organisation == "" {
		return nil
	}
	var known bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM organisations WHERE workspace = $1 AND (organisation = $2 AND ended_at = 0 OR said_at > $3))
		OR EXISTS (SELECT 1 FROM installations WHERE workspace = $1 AND organisation <> $2)`, workspace, organisation, millis(at)).Scan(&known)
	if err != nil {
		return fmt.Errorf("read an organisation: %w", classify(err))
	}
	if known {
		return nil
	}
	return s.GiveAccess(ctx, workspace, organisation, at)
}

// GiveAccess notes that an organisation has given the app to a workspace of its, unless Slack has said
// something later, and tries at once what waits there. at is when Slack said so.
func (s *Store) GiveAccess(ctx context.Context, workspace, organisation string, at time.Time) error {
	return s.change(ctx, "note the organisation of a workspace", func(t *txn) error {
		n, err := t.noteOrganisation(ctx, workspace, organisation, time.Time{}, at)
		if err != nil || n == 0 {
			return err
		}
		t.wake = true
		_, err = t.ExecContext(ctx, `UPDATE connections SET tries = 0, retry_at = 0 WHERE workspace = $1`, workspace)
		return err
	})
}

// noteOrganisation notes what Slack said of an organisation and its workspace at an instant, and
// returns 0 where it has said something later.
func (t *txn) noteOrganisation(ctx context.Context, workspace, organisation string, ended, at time.Time) (int64, error) {
	r, err := t.ExecContext(ctx, `INSERT INTO organisations (workspace, organisation, ended_at, said_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace) DO UPDATE SET organisation = excluded.organisation, ended_at = excluded.ended_at, said_at = excluded.said_at
		WHERE organisations.said_at <= excluded.said_at`, workspace, organisation, millis(ended), millis(at))
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// An Ending says which installation has ended, and why.
type Ending struct {
	Workspace string // T…, or E… of an organisation for all of its workspaces
	Bot       string // whose token was revoked; "" is any
	Turn      int    // of the token that Slack refuses; 0 is any
	Why       visit.Fault
	At        time.Time // when Slack said so: what was installed after it lasts
}

// End ends an installation, if there is one. Nothing is deleted but its tokens, which are good for
// nothing any more, and nothing is sent to the workspaces that are left without one until it is
// installed again. It returns those for which that
// begins, of several callers to one. now is calendar time, for people to read.
func (s *Store) End(ctx context.Context, e Ending, now, elapsed time.Time) (held []string, err error) {
	err = s.change(ctx, "end an installation", func(t *txn) error {
		held = nil
		if _, err := t.ExecContext(ctx, `UPDATE installations SET ended_at = $2, ended_why = $3, token = $5, refresh = $5, turn = turn + 1
			WHERE workspace = $1 AND ended_at = 0 AND installed_at <= $4 AND $6 IN ('', bot_user) AND CAST($7 AS BIGINT) IN (0, turn)`, e.Workspace, millis(elapsed), string(e.Why), millis(e.At), []byte{}, e.Bot, e.Turn); err != nil {
			return err
		}
		return t.holdEnded(ctx, e, &held, now, elapsed)
	})
	return held, err
}

// EndAccess notes that an organisation has taken its installation away from a workspace, unless Slack
// has said something later. It is as End.
func (s *Store) EndAccess(ctx context.Context, organisation string, e Ending, now, elapsed time.Time) (held []string, err error) {
	err = s.change(ctx, "end an organisation's installation in a workspace", func(t *txn) error {
		held = nil
		if n, err := t.noteOrganisation(ctx, e.Workspace, organisation, elapsed, e.At); err != nil || n == 0 {
			return err
		}
		return t.holdEnded(ctx, e, &held, now, elapsed)
	})
	return held, err
}

// Hold notes that nothing can be sent to the workspaces that an installation serves. It returns those
// for which that begins.
func (s *Store) Hold(ctx context.Context, installation string, fault visit.Fault, now, elapsed time.Time) (held []string, err error) {
	err = s.change(ctx, "hold what waits for an installation", func(t *txn) error {
		held = nil
		return t.hold(ctx, `SELECT CAST($1 AS TEXT) AS workspace UNION SELECT o.workspace FROM organisations o WHERE o.organisation = $1 AND o.ended_at = 0
			AND NOT EXISTS (SELECT 1 FROM installations i WHERE i.workspace = o.workspace AND i.ended_at = 0)`, installation, fault, &held, now, elapsed)
	})
	return held, err
}

// servesNone is of a workspace that no installation serves.
const servesNone = `NOT EXISTS (SELECT 1 FROM installations i WHERE i.ended_at = 0 AND (i.workspace = %[1]s.workspace
			OR i.workspace = (SELECT o.organisation FROM organisations o WHERE o.workspace = %[1]s.workspace AND o.ended_at = 0)))`

// withoutOwn is of a workspace u of an organisation that has no installation of its own.
const withoutOwn = `NOT EXISTS (SELECT 1 FROM installations own WHERE own.workspace = u.workspace AND own.ended_at = 0)`

// UsersOf lists the workspaces that have no installation of their own and belong to an organisation.
func (s *Store) UsersOf(ctx context.Context, organisation string) ([]string, error) {
	ws, err := all(ctx, s.read, func(row scanner) (w string, err error) { return w, row.Scan(&w) },
		`SELECT u.workspace FROM organisations u WHERE u.organisation = $1 AND `+withoutOwn+` ORDER BY u.workspace`, organisation)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces of an organisation: %w", classify(err))
	}
	return ws, nil
}

// holdEnded holds what an ending leaves without an installation.
func (t *txn) holdEnded(ctx context.Context, e Ending, held *[]string, now, elapsed time.Time) error {
	return t.hold(ctx, `SELECT workspace FROM (SELECT CAST($1 AS TEXT) AS workspace UNION SELECT workspace FROM organisations WHERE organisation = $1 AND ended_at = 0) of_it
		WHERE `+fmt.Sprintf(servesNone, "of_it"), e.Workspace, e.Why, held, now, elapsed)
}

// hold notes as not connected the workspaces that a query lists.
func (t *txn) hold(ctx context.Context, query, installation string, fault visit.Fault, held *[]string, now, elapsed time.Time) error {
	ws, err := all(ctx, t, func(row scanner) (w string, err error) { return w, row.Scan(&w) }, query, installation)
	if err != nil {
		return err
	}
	for _, w := range ws {
		if isOrganisation(w) {
			continue
		}
		r, err := t.ExecContext(ctx, `INSERT INTO connections (`+connectionColumns+`) VALUES ($1, $2, $3, 1, $4) ON CONFLICT (workspace) DO NOTHING`,
			w, string(fault), millis(now), millis(elapsed.Add(fault.Pause(1))))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return err
		}
		if n == 1 {
			*held, t.wake = append(*held, w), true
		}
	}
	return nil
}

// An EndedWorkspace is one that had the app and has it no more.
type EndedWorkspace struct {
	Workspace string // T…, or E… of an organisation: of that nothing but its installation is kept
	Name      string
	Ended     time.Time // elapsed time
	Why       visit.Fault
	Used      bool // an organisation to which a workspace that is kept belongs: it is deleted after that
}

// EndedWorkspaces lists the workspaces that no installation serves any more, the longest first: what
// is kept of them is deleted some days after Ended.
func (s *Store) EndedWorkspaces(ctx context.Context) ([]EndedWorkspace, error) {
	ws, err := endedWorkspaces(ctx, s.read)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces that have ended: %w", classify(err))
	}
	return ws, nil
}

// endedQuery is the workspaces of endedWorkspaces, in no order.
var endedQuery = `SELECT workspace, MAX(name) AS name, MAX(ended_at) AS ended, MAX(ended_why) AS why,
		EXISTS (SELECT 1 FROM organisations u WHERE u.organisation = over_it.workspace AND ` + withoutOwn + `) AS used FROM (
		SELECT workspace, name, ended_at, ended_why FROM installations WHERE ended_at > 0
		UNION ALL SELECT o.workspace, '', CASE WHEN o.ended_at > 0 THEN o.ended_at ELSE i.ended_at END, CASE WHEN o.ended_at > 0 THEN 'app_uninstalled' ELSE i.ended_why END
			FROM organisations o LEFT JOIN installations i ON i.workspace = o.organisation WHERE o.ended_at > 0 OR i.ended_at > 0) over_it
		WHERE ` + fmt.Sprintf(servesNone, "over_it") + `
		GROUP BY workspace`

func endedWorkspaces(ctx context.Context, r reader) ([]EndedWorkspace, error) {
	return all(ctx, r, func(row scanner) (w EndedWorkspace, err error) {
		err = row.Scan(&w.Workspace, &w.Name, instantField{&w.Ended}, &w.Why, &w.Used)
		return w, err
	}, endedQuery+` ORDER BY ended, workspace`)
}

// absurd is how many times its length a right of RefreshBy may still last. One that lasts longer is of
// a clock that was far ahead, and nobody waits for it.
const absurd = 10

// RefreshBy gives one caller alone the right to use an installation's refresh token, until a time.
// It returns the holder of the right, to give it back by, or "" where it is not given: another has it,
// or the token is not the one that the caller has read. Nothing is written then.
func (s *Store) RefreshBy(ctx context.Context, i *Installation, now, until time.Time) (holder string, err error) {
	const free = ` workspace = $1 AND turn = $2 AND ended_at = 0 AND (refresh_until <= $3 OR refresh_until > $4)`
	late := now.Add(absurd * until.Sub(now))
	var n int64
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM installations WHERE`+free, i.Workspace, i.Turn, millis(now), millis(late)).Scan(&n); err != nil {
		return "", fmt.Errorf("look who refreshes a token: %w", classify(err))
	}
	if n == 0 {
		return "", nil
	}
	holder = rand.Text()
	err = s.change(ctx, "take the right to refresh a token", func(t *txn) error {
		r, err := t.ExecContext(ctx, `UPDATE installations SET refresh_until = $5, refresh_by = $6 WHERE`+free, i.Workspace, i.Turn, millis(now), millis(late), millis(until), holder)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	if err != nil || n == 0 {
		return "", err
	}
	return holder, nil
}

// Refreshed keeps the tokens that came for those of an installation, unless it has others by now. They
// are kept whoever has the right by then: it was a right to the token that they replace.
func (s *Store) Refreshed(ctx context.Context, i *Installation, token, refresh []byte, expires time.Time, key string) error {
	return s.change(ctx, "keep a refreshed token", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE installations SET token = $3, refresh = $4, expires_at = $5, key_id = $6, turn = turn + 1, refresh_until = 0 WHERE workspace = $1 AND turn = $2`,
			i.Workspace, i.Turn, token, notNull(refresh), millis(expires), key)
		return err
	})
}

// NotRefreshed gives back the right that RefreshBy gave a holder, unless another has it by now.
func (s *Store) NotRefreshed(ctx context.Context, i *Installation, holder string) error {
	return s.change(ctx, "give back the right to refresh a token", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE installations SET refresh_until = 0 WHERE workspace = $1 AND refresh_by = $2`, i.Workspace, holder)
		return err
	})
}

// UseState notes that a state of the pages on which the app is added is used, and reports whether it is
// so for the first time within a time. Strangers can have as many notes written as they like, so none is
// kept for longer. at is elapsed time.
func (s *Store) UseState(ctx context.Context, state string, at time.Time, within time.Duration) (first bool, err error) {
	err = s.change(ctx, "note that a state is used", func(t *txn) (err error) {
		if first, err = t.handle(ctx, "", "install/"+state, at, within); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `DELETE FROM handled WHERE workspace = '' AND key IN
			(SELECT key FROM handled WHERE workspace = '' AND key >= 'install/' AND key < 'install0' AND handled_at < $1 LIMIT $2 `+t.skipLocked+`)`,
			millis(at.Add(-within)), dropHandled)
		return err
	})
	return first, err
}

// Reseal has f seal the tokens of every installation with another key, all of them or none: f changes
// Token, Refresh and Key, and its error leaves everything as it was. It returns how many there are.
func (s *Store) Reseal(ctx context.Context, f func(*Installation) error) (n int, err error) {
	err = s.change(ctx, "seal the tokens anew", func(t *txn) error {
		// Locks each row before it is read, so that a token refreshed meanwhile is not lost.
		if _, err := t.ExecContext(ctx, `UPDATE installations SET key_id = key_id`); err != nil {
			return err
		}
		is, err := all(ctx, t, scanInstallation, `SELECT `+installationColumns+` FROM installations ORDER BY workspace`)
		if err != nil {
			return err
		}
		n = len(is)
		for _, i := range is {
			if err := f(&i); err != nil {
				return err
			}
			if _, err := t.ExecContext(ctx, `UPDATE installations SET token = $2, refresh = $3, key_id = $4 WHERE workspace = $1`,
				i.Workspace, notNull(i.Token), notNull(i.Refresh), i.Key); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// Organisations says of each workspace of an organisation that it has been given the app, which one.
func (s *Store) Organisations(ctx context.Context) (map[string]string, error) {
	of := map[string]string{}
	_, err := all(ctx, s.read, func(row scanner) (_ struct{}, err error) {
		var workspace, organisation string
		err = row.Scan(&workspace, &organisation)
		of[workspace] = organisation
		return struct{}{}, err
	}, `SELECT workspace, organisation FROM organisations`)
	if err != nil {
		return nil, fmt.Errorf("list the organisations: %w", classify(err))
	}
	return of, nil
}

// Waiting is how many messages wait to be sent.
type Waiting struct {
	All  int
	Late int // that were due
}

// Waiting counts what waits for each workspace. now is calendar time.
func (s *Store) Waiting(ctx context.Context, now time.Time) (map[string]Waiting, error) {
	waits := map[string]Waiting{}
	_, err := all(ctx, s.read, func(row scanner) (_ struct{}, err error) {
		var workspace string
		var w Waiting
		err = row.Scan(&workspace, &w.All, &w.Late)
		waits[workspace] = w
		return struct{}{}, err
	}, `SELECT workspace, COUNT(*), SUM(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END) FROM occurrences WHERE state IN ('pending', 'sending', 'uncertain') GROUP BY workspace`, millis(now))
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", classify(err))
	}
	return waits, nil
}
