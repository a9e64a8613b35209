package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

var marketNotes = newRecord(record[visit.MarketNote]{
	table: "market_notes", kind: visit.OfMarket, a: "a market note",
	fields: func(n *visit.MarketNote) []any {
		return []any{&n.Workspace, &n.Number, &n.Rev, &n.Factory.Number, &n.Channel, &n.Private, &n.Shared, &n.Zone, &n.ChannelZone,
			&n.Visit, &n.Question, &n.Text, list(&n.Tags), &n.Link, &n.By, instantField{&n.At},
			(*string)(&n.Idea.State), &n.Idea.Owner, &n.Idea.Next, &n.Idea.Due, &n.Idea.Closed.By, instantField{&n.Idea.Closed.At}}
	},
	factory: func(n *visit.MarketNote) *visit.Factory { return &n.Factory },
}, `workspace number rev factory channel private shared zone home
	visit question text tags link made_by made_at
	idea owner next_step due_day closed_by closed_at`)

// AddMarketNote records a market note.
func (s *Store) AddMarketNote(ctx context.Context, n visit.MarketNote, now time.Time) (added visit.MarketNote, err error) {
	err = s.change(ctx, "record a market note", func(t *txn) error {
		added = n.Clone()
		return t.addMarketNote(ctx, &added, now)
	})
	return added, err
}

func (t *txn) addMarketNote(ctx context.Context, n *visit.MarketNote, now time.Time) (err error) {
	if err := checkNewFactory(n.Workspace, &n.Factory); err != nil {
		return err
	}
	if n.Workspace == "" || n.By == "" {
		return errors.New("who wrote it is missing")
	}
	if n.Number, err = t.next(ctx, n.Workspace, string(visit.OfMarket)); err != nil {
		return err
	}
	if n.Factory, err = t.withFactory(ctx, n.Workspace, n.Factory, n.Channel, now); err != nil {
		return err
	}
	n.Rev = 1
	if n.At.IsZero() {
		n.At = now
	}
	n.Normalize()
	if err := n.Check(); err != nil {
		return err
	}
	return marketNotes.insert(ctx, t, n)
}

// MarketNote returns a market note with its factory.
func (s *Store) MarketNote(ctx context.Context, workspace string, number int) (visit.MarketNote, error) {
	n, err := marketNotes.get(ctx, s.read, workspace, number)
	if err != nil {
		return n, fmt.Errorf("read a market note: %w", classify(err))
	}
	return n, nil
}

// A MarketFilter says which market notes to list. From and Before of its Filter are not used.
type MarketFilter struct {
	Filter
	Visit        int       // only those of this visit; 0 is all
	OpenIdeas    bool      // only open ideas
	Since, Until time.Time // only what was noted from then on, and before then
}

// MarketNotes lists market notes, the newest first.
func (s *Store) MarketNotes(ctx context.Context, workspace string, f MarketFilter) ([]visit.MarketNote, error) {
	var args arguments
	where := f.where(workspace, "v", "due_day", visit.OfMarket, args.add)
	if f.Visit > 0 {
		where += " AND v.visit = " + args.add(f.Visit)
	}
	if f.OpenIdeas {
		where += " AND v.idea = " + args.add(string(visit.IdeaOpen))
	}
	if !f.Since.IsZero() {
		where += " AND v.made_at >= " + args.add(millis(f.Since))
	}
	if !f.Until.IsZero() {
		where += " AND v.made_at < " + args.add(millis(f.Until))
	}
	ns, err := all(ctx, s.read, marketNotes.scan, `SELECT `+marketNotes.columns+marketNotes.from+where+` ORDER BY v.made_at DESC, v.number DESC`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the market notes: %w", classify(err))
	}
	return ns, nil
}

// ChangeMarketNote changes one market note: f is called on it while nobody else changes it.
func (s *Store) ChangeMarketNote(ctx context.Context, workspace string, number int, f func(*visit.MarketNote) error) (n visit.MarketNote, err error) {
	err = s.change(ctx, "change a market note", func(t *txn) error {
		if err := marketNotes.lock(ctx, t, workspace, number); err != nil {
			return err
		}
		before, err := marketNotes.get(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		n = before.Clone()
		if err := f(&n); err != nil {
			return err
		}
		n.Workspace, n.Number, n.Rev, n.Factory, n.Place, n.Visit, n.By, n.At = before.Workspace, before.Number, before.Rev, before.Factory, before.Place, before.Visit, before.By, before.At
		n.Normalize()
		if err := n.Check(); err != nil {
			return err
		}
		return marketNotes.update(ctx, t, &n)
	})
	return n, err
}

// DeleteMarketNote deletes a market note, with the idea that it is, where may allows it. One that
// is not there is deleted already.
func (s *Store) DeleteMarketNote(ctx context.Context, workspace string, number int, may func(*visit.MarketNote) error) error {
	return s.change(ctx, "delete a market note", func(t *txn) error {
		n, err := marketNotes.get(ctx, t, workspace, number)
		if errors.Is(err, visit.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := may(&n); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `DELETE FROM market_notes WHERE workspace = $1 AND number = $2`, workspace, number)
		return err
	})
}

// MarketQuestions are the ids of the questions that a visit has, as [visit.Visit.MarketQuestions]
// picks them of all; what it picks is kept.
func (s *Store) MarketQuestions(ctx context.Context, v *visit.Visit, all []visit.MarketQuestion) ([]string, error) {
	had, ids, err := marketQuestions(ctx, s.read, v, all)
	if err != nil {
		return nil, fmt.Errorf("pick the market questions of a visit: %w", classify(err))
	}
	if slices.Equal(had, ids) || len(ids) == 0 {
		return ids, nil
	}
	err = s.change(ctx, "keep the market questions of a visit", func(t *txn) error {
		if _, ids, err = marketQuestions(ctx, t, v, all); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO market_questions (workspace, visit, questions) VALUES ($1, $2, $3)
			ON CONFLICT (workspace, visit) DO UPDATE SET questions = excluded.questions`, v.Workspace, v.Number, list(&ids))
		return err
	})
	return ids, err
}

// marketQuestions picks the questions of a visit, besides those that it has. What was asked and said
// in a private channel counts there only.
func marketQuestions(ctx context.Context, db reader, v *visit.Visit, of []visit.MarketQuestion) (had, ids []string, err error) {
	err = db.QueryRowContext(ctx, `SELECT questions FROM market_questions WHERE workspace = $1 AND visit = $2`, v.Workspace, v.Number).Scan(list(&had))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, err
	}
	past := visit.MarketPast{Asked: map[string]civil.Date{}, Answered: map[string]civil.Date{}}
	type asked struct {
		ids []string
		day civil.Date
	}
	before, err := all(ctx, db, func(row scanner) (a asked, err error) { return a, row.Scan(list(&a.ids), &a.day) },
		`SELECT m.questions, v.first_day FROM market_questions m JOIN visits v ON v.workspace = m.workspace AND v.number = m.visit
		WHERE m.workspace = $1 AND v.factory = $2 AND v.number <> $3 AND v.cancelled_by = '' AND (NOT v.private OR v.channel = $4) ORDER BY v.first_day`, v.Workspace, v.Factory.Number, v.Number, v.Channel)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range before {
		for _, id := range a.ids {
			past.Asked[id] = a.day
		}
	}
	type answered struct {
		id string
		at time.Time
	}
	answers, err := all(ctx, db, func(row scanner) (a answered, err error) { return a, row.Scan(&a.id, instantField{&a.at}) },
		`SELECT question, made_at FROM market_notes WHERE workspace = $1 AND factory = $2 AND question <> '' AND (NOT private OR channel = $3) ORDER BY made_at`,
		v.Workspace, v.Factory.Number, v.Channel)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range answers {
		past.Answered[a.id] = civil.Of(a.at.UTC())
	}
	return had, v.MarketQuestions(of, had, past), nil
}

// ImportMarketNotes records market notes that the caller has checked, in the manner of Import: one
// that the channel has already, of the same factory and day, to the same question and with the same words, is left alone. It
// returns how many were new.
func (s *Store) ImportMarketNotes(ctx context.Context, ns []visit.MarketNote, now time.Time) (added int, err error) {
	rows := portions{doing: "import market notes", counters: []string{string(visit.OfMarket)}}
	for _, n := range ns {
		rows.add(n.Workspace, func(t *txn) (int, error) { return t.importMarketNote(ctx, n, now) })
	}
	return rows.write(ctx, s)
}

func (t *txn) importMarketNote(ctx context.Context, n visit.MarketNote, now time.Time) (int, error) {
	if err := checkNewFactory(n.Workspace, &n.Factory); err != nil {
		return 0, err
	}
	if err := t.importPlace(ctx, n.Workspace, &n.Factory, &n.Place, now); err != nil {
		return 0, err
	}
	n.Normalize()
	noted, err := all(ctx, t, func(row scanner) (at time.Time, err error) { return at, row.Scan(instantField{&at}) },
		`SELECT made_at FROM market_notes WHERE workspace = $1 AND factory = $2 AND text = $3 AND channel = $4 AND question = $5`,
		n.Workspace, n.Factory.Number, n.Text, n.Channel, n.Question)
	if err != nil {
		return 0, err
	}
	zone, err := visit.Zone(cmp.Or(n.ChannelZone, visit.DefaultZone))
	if err != nil {
		return 0, err
	}
	for _, at := range noted { // a file knows the day, or nothing
		if n.At.IsZero() || civil.Of(at.In(zone)) == civil.Of(n.At.In(zone)) {
			return 0, nil
		}
	}
	return 1, t.addMarketNote(ctx, &n, now)
}
