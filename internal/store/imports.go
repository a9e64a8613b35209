package store

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/visit"
)

// Workspaces lists the workspaces that have anything in the database.
func (s *Store) Workspaces(ctx context.Context) ([]string, error) {
	ws, err := all(ctx, s.read, func(row scanner) (w string, err error) { return w, row.Scan(&w) },
		`SELECT DISTINCT workspace FROM counters ORDER BY workspace`)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces: %w", classify(err))
	}
	return ws, nil
}

// Import records visits and plans in one transaction: all of them or none. What
// already exists is left alone: a visit with the same factory, first day, purpose
// and channel, a plan with the same factory, type, rule and channel. It returns how
// many were new. The caller has checked them.
func (s *Store) Import(ctx context.Context, vs []visit.Visit, ps []visit.Plan, now time.Time) (added int, err error) {
	err = s.change(ctx, "import visits and plans", func(t *txn) error {
		added = 0
		for _, v := range vs {
			n, err := t.addOnce(ctx, v.Workspace, &v.Factory, func() (string, []any) {
				v.Normalize()
				return `visits WHERE workspace = $1 AND factory = $2 AND first_day = $3 AND purpose = $4 AND channel = $5`,
					[]any{v.Workspace, v.Factory.Number, v.First, v.Purpose, v.Channel}
			}, func() error { return add(ctx, t, visits, &v, &s.timing, now) })
			if err != nil {
				return err
			}
			added += n
		}
		for _, p := range ps {
			n, err := t.addOnce(ctx, p.Workspace, &p.Factory, func() (string, []any) {
				p.Normalize()
				return `plans WHERE workspace = $1 AND factory = $2 AND type = $3 AND rule = $4 AND channel = $5`,
					[]any{p.Workspace, p.Factory.Number, p.Type, p.Rule, p.Channel}
			}, func() error { return t.addPlan(ctx, &p, now) })
			if err != nil {
				return err
			}
			added += n
		}
		return nil
	})
	return added, err
}

// addOnce records the factory of something imported and then, with record, the thing
// itself, unless one like it exists. It returns how many it recorded.
func (t *txn) addOnce(ctx context.Context, workspace string, f *visit.Factory,
	like func() (from string, args []any), record func() error) (int, error) {
	f.Workspace, f.Number = workspace, 0
	f.Normalize()
	err := f.Check()
	if err == nil {
		*f, err = t.addFactory(ctx, *f)
	}
	if err != nil {
		return 0, err
	}
	from, args := like()
	if existing, err := t.count(ctx, `SELECT COUNT(*) FROM `+from, args...); err != nil || existing > 0 {
		return 0, err
	}
	return 1, record()
}

func (t *txn) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = t.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}
