package store

import (
	"context"
	"fmt"
	"slices"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// Got says what somebody got who asked and was not answered well.
type Got string

// What they got.
const (
	GotNone      Got = "none"      // nothing
	GotWeak      Got = "weak"      // what is near it
	GotUnhelpful Got = "unhelpful" // an answer that they did not find helpful
	GotRemark    Got = "remark"    // the same, and said what was missing: that is the question
)

// Missed is a question that was not answered well. It says nothing of who asked: the caller
// has struck names and numbers out of it, and only the day is kept.
type Missed struct {
	Workspace, Question string
	Day                 civil.Date
	Got                 Got
	Entry               string // id of the first that was found; empty with GotNone
	Times               int    // that it was asked on that day
}

// PutMissed counts m once more on its day. Nothing is kept of whoever has chosen so: the
// database is asked in the transaction that writes, and kept reports whether it wrote.
func (s *Store) PutMissed(ctx context.Context, m Missed, asker string) (kept bool, err error) {
	err = s.change(ctx, "keep a question", func(t *txn) error {
		r, err := t.ExecContext(ctx, `INSERT INTO missed (workspace, question, day, got, entry, times)
			SELECT $1, $2, $3, $4, $5, 1 WHERE NOT EXISTS (SELECT 1 FROM people WHERE workspace = $1 AND person = $6 AND unkept)
			ON CONFLICT (workspace, question, day, got, entry) DO UPDATE SET times = missed.times + 1`,
			m.Workspace, m.Question, m.Day.String(), string(m.Got), m.Entry, asker)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		kept = n > 0
		return err
	})
	return kept, err
}

// Missed lists a workspace's questions of some days, the first and the last among them, by
// their words.
func (s *Store) Missed(ctx context.Context, workspace string, first, last civil.Date) ([]Missed, error) {
	gs, err := all(ctx, s.read, func(row scanner) (m Missed, err error) {
		m.Workspace = workspace
		return m, row.Scan(&m.Question, &m.Day, &m.Got, &m.Entry, &m.Times)
	}, `SELECT question, day, got, entry, times FROM missed WHERE workspace = $1 AND day >= $2 AND day <= $3
		ORDER BY question, day, got, entry`, workspace, first.String(), last.String())
	if err != nil {
		return nil, fmt.Errorf("list the questions kept: %w", classify(err))
	}
	return gs, nil
}

// DropMissed deletes the questions of the days before one, in all workspaces.
func (s *Store) DropMissed(ctx context.Context, before civil.Date) error {
	return s.change(ctx, "delete old questions", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM missed WHERE day < $1`, before.String())
		return err
	})
}

// Names are what a workspace calls its factories, channels and the people who have no
// account in Slack, and what it has written of contacts: for taking them out of a text.
type Names struct {
	Factories, Channels, People, Contacts []string
}

// Names collects the names that a workspace has recorded.
func (s *Store) Names(ctx context.Context, workspace string) (n Names, err error) {
	const factories, channels, people = "factory", "channel", "people"
	_, err = all(ctx, s.read, func(row scanner) (_ struct{}, err error) {
		var of, name, more, contacts string
		if err := row.Scan(&of, &name, &more, &contacts); err != nil {
			return struct{}{}, err
		}
		switch of {
		case factories:
			n.Factories = append(n.Factories, name, more)
			n.Contacts = append(n.Contacts, contacts)
		case channels:
			n.Channels = append(n.Channels, name)
		case people:
			var ps []visit.Person
			if err := list(&ps).Scan(name); err != nil { // empty where nobody goes yet, as in an import
				return struct{}{}, fmt.Errorf("read the people of a visit: %w", err)
			}
			for _, p := range ps {
				n.People = append(n.People, p.Name)
			}
		}
		return struct{}{}, nil
	}, `SELECT '`+factories+`', name, chinese, contacts FROM factories WHERE workspace = $1
		UNION ALL SELECT '`+channels+`', name, '', '' FROM channels WHERE workspace = $1
		UNION ALL SELECT '`+people+`', people, '', '' FROM visits WHERE workspace = $1`, workspace)
	if err != nil {
		return n, fmt.Errorf("collect the names of the workspace: %w", classify(err))
	}
	for _, list := range []*[]string{&n.Factories, &n.Channels, &n.People, &n.Contacts} {
		slices.Sort(*list)
		*list = slices.DeleteFunc(slices.Compact(*list), func(s string) bool { return s == "" })
	}
	return n, nil
}
