package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/visit"
)

// Workspaces lists the workspaces that have anything in the database.
func (s *Store) Workspaces(ctx context.Context) ([]string, error) {
	ws, err := all(ctx, s.read, func(row scanner) (w string, err error) { return w, row.Scan(&w) },
		`SELECT workspace FROM counters UNION SELECT workspace FROM schedules UNION SELECT workspace FROM missed
			UNION SELECT workspace FROM installations WHERE workspace NOT LIKE 'E%' ORDER BY workspace`)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces: %w", classify(err))
	}
	return ws, nil
}

// Portion is for how long somebody who has much to write goes on before they let others write:
// who saves a form waits for two seconds at most.
const Portion = 40 * time.Millisecond

// SQLite's writers look every tenth of a second whether it is their turn; PostgreSQL's are woken.
const (
	pauseSQLite   = 110 * time.Millisecond
	pausePostgres = 5 * time.Millisecond
)

// Import records visits and plans that the caller has checked, in portions: where it is cut
// off, those of the portions before stay, and importing the same again goes on from there.
// For what already exists is left alone: a visit with the same factory, first day, purpose
// and channel, a plan with the same factory, type, rule and channel. It returns how many were
// new. What is over is kept for the history, and nothing is sent about it.
func (s *Store) Import(ctx context.Context, vs []visit.Visit, ps []visit.Plan, now time.Time) (added int, err error) {
	rows := portions{doing: "import visits and plans", counters: []string{string(visit.OfVisit), string(visit.OfPlan)}}
	for _, v := range vs {
		if err := checkNewFactory(v.Workspace, &v.Factory); err != nil {
			return 0, err
		}
		rows.add(v.Workspace, func(t *txn) (int, error) { return t.importVisit(ctx, v, &s.timing, now) })
	}
	for _, p := range ps {
		if err := checkNewFactory(p.Workspace, &p.Factory); err != nil {
			return 0, err
		}
		rows.add(p.Workspace, func(t *txn) (int, error) { return t.importPlan(ctx, p, now) })
	}
	return rows.write(ctx, s)
}

// portions are rows that an import records, as many in one transaction as take no longer than
// [Portion].
type portions struct {
	doing      string
	counters   []string // what the rows draw numbers of, besides factories, in the order in which forms do
	workspaces []string
	rows       []func(*txn) (fresh int, err error)
}

// add adds a row of a workspace, which says how many it has added.
func (ps *portions) add(workspace string, row func(*txn) (int, error)) {
	if !slices.Contains(ps.workspaces, workspace) {
		ps.workspaces = append(ps.workspaces, workspace)
	}
	ps.rows = append(ps.rows, row)
}

// write records the rows and returns how many were new. Where it is cut off, the portions before stay.
func (ps *portions) write(ctx context.Context, s *Store) (added int, err error) {
	var known *factoryIndex
	for rows := ps.rows; len(rows) > 0; {
		var done, fresh int
		err := s.change(ctx, ps.doing, func(t *txn) error {
			done, fresh = 0, 0
			t.factories, known = known, nil // one that is rolled back knows what is not there
			if err := ps.lock(ctx, t); err != nil {
				return err
			}
			for began := time.Now(); done < len(rows) && (done == 0 || time.Since(began) < Portion); done++ {
				n, err := rows[done](t)
				if err != nil {
					return err
				}
				fresh += n
			}
			known = t.factories
			return nil
		})
		if err != nil {
			return added, err
		}
		added, rows = added+fresh, rows[done:]
		if len(rows) > 0 {
			if err := s.LetOthersWrite(ctx); err != nil {
				return added, err
			}
		}
	}
	return added, nil
}

// lock takes what a portion draws numbers of, in the order in which forms do: two that wait for
// each other are found out by PostgreSQL after a second only.
func (ps *portions) lock(ctx context.Context, t *txn) error {
	for _, w := range ps.workspaces {
		for _, counter := range append(slices.Clone(ps.counters), "factory") {
			if err := t.lockCounter(ctx, w, counter); err != nil {
				return err
			}
		}
	}
	return nil
}

// LetOthersWrite pauses for as long as another process needs to get its turn.
func (s *Store) LetOthersWrite(ctx context.Context) error {
	pause := pauseSQLite
	if s.postgres {
		pause = pausePostgres
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait between two portions: %w", ctx.Err())
	case <-time.After(pause):
		return nil
	}
}

func (t *txn) importVisit(ctx context.Context, v visit.Visit, timing *visit.Timing, now time.Time) (int, error) {
	if err := t.importPlace(ctx, v.Workspace, &v.Factory, &v.Place, now); err != nil {
		return 0, err
	}
	v.Normalize()
	n, err := t.count(ctx, `SELECT COUNT(*) FROM visits WHERE workspace = $1 AND factory = $2 AND first_day = $3 AND purpose = $4 AND channel = $5`,
		v.Workspace, v.Factory.Number, v.First, v.Purpose, v.Channel)
	if err != nil || n > 0 {
		return 0, err
	}
	if err := add(ctx, t, visits, &v, timing, Gap{}, now); err != nil || v.Over(now) {
		return 1, err
	}
	return 1, t.addCard(ctx, &v.Work, v.Subject(), Gap{}, now)
}

func (t *txn) importPlan(ctx context.Context, p visit.Plan, now time.Time) (int, error) {
	if err := t.importPlace(ctx, p.Workspace, &p.Factory, &p.Place, now); err != nil {
		return 0, err
	}
	p.Normalize()
	n, err := t.count(ctx, `SELECT COUNT(*) FROM plans WHERE workspace = $1 AND factory = $2 AND type = $3 AND rule = $4 AND channel = $5`,
		p.Workspace, p.Factory.Number, p.Type, p.Rule, p.Channel)
	if err != nil || n > 0 {
		return 0, err
	}
	return 1, t.addPlan(ctx, &p, now)
}

// importPlace records the factory of something imported, or reads it where it is known, and
// takes what was last known of its channel. Whether another company reads there is asked of
// Slack before the first message, and is news to whoever is said to have planned it.
func (t *txn) importPlace(ctx context.Context, workspace string, f *visit.Factory, p *visit.Place, now time.Time) (err error) {
	if *f, err = t.withFactory(ctx, workspace, *f, p.Channel, now); err != nil {
		return err
	}
	err = t.QueryRowContext(ctx, `SELECT private FROM channels WHERE workspace = $1 AND channel = $2`, workspace, p.Channel).Scan(&p.Private)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func (t *txn) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = t.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}
