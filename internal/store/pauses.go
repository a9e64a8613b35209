package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"visitprep/internal/visit"
)

// Pauses are what some people have paused, by their id; who has paused nothing is not
// among them.
func (s *Store) Pauses(ctx context.Context, workspace string, people []string) (map[string]visit.Pauses, error) {
	args := arguments{workspace}
	type pause struct{ person, what string }
	ps, err := all(ctx, s.read, func(row scanner) (p pause, err error) { return p, row.Scan(&p.person, &p.what) },
		`SELECT person, what FROM pauses WHERE workspace = $1`+oneOf(&args, "person", append([]string{}, people...)), args...)
	if err != nil {
		return nil, fmt.Errorf("list what people have paused: %w", classify(err))
	}
	of := map[string]visit.Pauses{}
	for _, p := range ps {
		if of[p.person] == nil {
			of[p.person] = visit.Pauses{}
		}
		of[p.person][p.what] = true
	}
	return of, nil
}

// Pause has somebody get fewer messages of something, or as many as before.
func (s *Store) Pause(ctx context.Context, workspace, person, what string, paused bool, now time.Time) error {
	return s.change(ctx, "pause reminders", func(t *txn) (err error) {
		if paused {
			_, err = t.ExecContext(ctx, `INSERT INTO pauses (workspace, person, what, since) VALUES ($1, $2, $3, $4)
				ON CONFLICT (workspace, person, what) DO NOTHING`, workspace, person, what, millis(now))
		} else {
			_, err = t.ExecContext(ctx, `DELETE FROM pauses WHERE workspace = $1 AND person = $2 AND what = $3`, workspace, person, what)
		}
		return err
	})
}

// without takes out what a person has paused. That something was given to them is told
// all the same.
func (d *Daily) without(p visit.Pauses) {
	if len(p) == 0 {
		return
	}
	given := func(t Task) bool {
		return slices.ContainsFunc(d.Asks, func(a visit.Ask) bool {
			return a.Kind == visit.AskGiven && a.Subject == t.Subject && a.About == strconv.Itoa(t.Item.ID)
		})
	}
	d.Own = slices.DeleteFunc(d.Own, func(t Task) bool { return (p[visit.PauseItems] || p[string(t.Subject)]) && !given(t) })
	d.Unowned = slices.DeleteFunc(d.Unowned, func(t Task) bool { return p[visit.PauseUnowned] || p[string(t.Subject)] })
	d.Actions = slices.DeleteFunc(d.Actions, func(a visit.ActionOf) bool { return p[string(a.Finding.Subject)] })
	d.Asks = slices.DeleteFunc(d.Asks, func(a visit.Ask) bool { return !p.Asked(&a) })
	for n := range d.Own {
		t := &d.Own[n]
		t.Named = t.Named && p.Named(t.Subject) || p[visit.PauseItems] || p[string(t.Subject)]
	}
}
