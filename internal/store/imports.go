package store

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/visit"
)

// Workspaces lists the workspaces that have anything in the database.
func (s *Store) Workspaces(ctx context.Context) ([]string, error) {
	ws, err := all(ctx, s.read, func(row interface{ Scan(...any) error }) (w string, err error) { return w, row.Scan(&w) },
		`SELECT DISTINCT workspace FROM counters ORDER BY workspace`)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces: %w", classify(err))
	}
	return ws, nil
}

// Import records visits and plans in one transaction: all of them or none. What is
// there already is left alone: a visit with the same factory, first day, purpose
// and channel, a plan with the same factory, type, rule and channel. It returns how
// many were new. The caller has checked them.
func (s *Store) Import(ctx context.Context, visits []visit.Visit, plans []visit.Plan, now time.Time) (added int, err error) {
	err = s.change(ctx, "import visits and plans", func(t *txn) error {
		added = 0
		for _, v := range visits {
			f, err := t.importedFactory(ctx, v.Workspace, v.Factory)
			if err != nil {
				return err
			}
			v.Factory = f
			v.Normalize()
			there, err := t.count(ctx, `SELECT COUNT(*) FROM visits WHERE workspace = $1 AND factory = $2 AND first_day = $3 AND purpose = $4 AND channel = $5`,
				v.Workspace, f.Number, v.First.String(), v.Purpose, v.Channel)
			if err != nil {
				return err
			}
			if there > 0 {
				continue
			}
			if _, err := t.planVisit(ctx, v, &s.timing, now); err != nil {
				return err
			}
			added++
		}
		for _, p := range plans {
			f, err := t.importedFactory(ctx, p.Workspace, p.Factory)
			if err != nil {
				return err
			}
			p.Factory = f
			p.Normalize()
			there, err := t.count(ctx, `SELECT COUNT(*) FROM plans WHERE workspace = $1 AND factory = $2 AND type = $3 AND rule = $4 AND channel = $5`,
				p.Workspace, f.Number, p.Type, p.Rule, p.Channel)
			if err != nil {
				return err
			}
			if there > 0 {
				continue
			}
			if _, err := t.addPlan(ctx, p, now); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, err
}

func (t *txn) importedFactory(ctx context.Context, workspace string, f visit.Factory) (visit.Factory, error) {
	f.Workspace, f.Number = workspace, 0
	f.Normalize()
	if err := f.Check(); err != nil {
		return f, err
	}
	return t.addFactory(ctx, f)
}

func (t *txn) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = t.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}
