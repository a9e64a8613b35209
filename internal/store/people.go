package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A Person is what is kept of somebody: the zone that Slack reported, or a fixed
// one, and when they are not to be disturbed.
type Person struct {
	Workspace, ID string
	Zone          string // empty while nobody knows
	Fixed         bool
	Quiet         string // such as 20:00-08:00; "" is never quiet, DefaultQuiet what the settings say
	Unkept        bool   // nothing that they ask is kept, not even without their name
}

// DefaultQuiet is the Quiet of a person who has chosen nothing.
const DefaultQuiet = "default"

// Person returns what is kept of somebody.
func (s *Store) Person(ctx context.Context, workspace, id string) (Person, error) {
	p := Person{Workspace: workspace, ID: id}
	err := s.read.QueryRowContext(ctx, `SELECT zone, fixed, quiet, unkept FROM people WHERE workspace = $1 AND person = $2`,
		workspace, id).Scan(&p.Zone, &p.Fixed, &p.Quiet, &p.Unkept)
	if err != nil {
		return p, fmt.Errorf("read a person: %w", classify(notFound(err, "person", id)))
	}
	return p, nil
}

// PutPerson keeps p. What comes to them by schedule follows the zone; "" is one that
// nobody knows yet.
func (s *Store) PutPerson(ctx context.Context, p Person, now time.Time) error {
	return s.change(ctx, "keep a person's settings", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO people (workspace, person, zone, fixed, quiet, unkept) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (workspace, person) DO UPDATE SET zone = excluded.zone, fixed = excluded.fixed, quiet = excluded.quiet, unkept = excluded.unkept`,
			p.Workspace, p.ID, p.Zone, p.Fixed, p.Quiet, p.Unkept)
		if err != nil || p.Zone == "" {
			return err
		}
		return t.followZone(ctx, p.Workspace, p.ID, p.Zone, &s.timing, now)
	})
}

// Vouch records who said that a guest works for us; an empty by takes it back. zone is
// for somebody of whom nothing is kept yet.
func (s *Store) Vouch(ctx context.Context, workspace, guest, zone, by string) error {
	return s.change(ctx, "note that a guest works for us", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO people (workspace, person, zone, fixed, quiet, vouched_by) VALUES ($1, $2, $3, FALSE, $4, $5)
			ON CONFLICT (workspace, person) DO UPDATE SET vouched_by = excluded.vouched_by`, workspace, guest, zone, DefaultQuiet, by)
		return err
	})
}

// Vouched lists the guests of whom somebody said that they work for us.
func (s *Store) Vouched(ctx context.Context, workspace string) (map[string]bool, error) {
	ids, err := all(ctx, s.read, func(row scanner) (id string, err error) { return id, row.Scan(&id) },
		`SELECT person FROM people WHERE workspace = $1 AND vouched_by <> ''`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the guests who work for us: %w", classify(err))
	}
	vouched := make(map[string]bool, len(ids))
	for _, id := range ids {
		vouched[id] = true
	}
	return vouched, nil
}

// A Task is an open item that somebody owns, with what it belongs to.
type Task struct {
	Subject     visit.Subject
	Number      int
	Factory     string
	visit.Place            // without who reads in its channel
	First, Last civil.Date // of the visit, or the day of the inspection twice
	Named       bool       // of a Daily: a reminder in the channel names its owner
	Item        visit.Item
}

// Due is the day by which the task is to be done.
func (t *Task) Due() civil.Date { return t.Item.DueDay(t.First, t.Last) }

// Falls is the milestone on which the task is due.
func (t *Task) Falls() visit.Milestone { return t.Item.Falls(t.First, t.Last) }

// Past reports whether the task was for before the end of a visit that is over, or for
// before an inspection whose day has passed.
func (t *Task) Past(now time.Time) bool { return t.Falls() <= 0 && t.Last.Before(t.Today(now)) }

// Tasks lists the open items that a person owns, over all visits that are not
// cancelled and all inspections without a result, by the day they are due. Of an
// inspection that took place and has its result it lists what follows from it.
func (s *Store) Tasks(ctx context.Context, workspace, owner string) ([]Task, error) {
	return s.tasks(ctx, "list a person's open items", `i.workspace = $1 AND i.owner = $2 AND i.owner <> '' AND i.done_by = '' AND NOT i.removed`,
		`TRUE`, workspace, owner)
}

// TasksDone lists what a person has ticked since an instant, of the same visits and
// inspections, the last first.
func (s *Store) TasksDone(ctx context.Context, workspace, by string, since time.Time) ([]Task, error) {
	ts, err := s.tasks(ctx, "list what a person has done", `i.workspace = $1 AND i.done_by = $2 AND i.done_by <> '' AND i.done_at >= $3 AND i.skipped = '' AND NOT i.removed`,
		`TRUE`, workspace, by, millis(since))
	if err != nil {
		return nil, err
	}
	ts = slices.DeleteFunc(ts, func(t Task) bool { return t.Item.Done.At.Before(since) })
	slices.SortStableFunc(ts, func(a, b Task) int { return b.Item.Done.At.Compare(a.Item.Done.At) })
	return ts, nil
}

// numberIn is the number in a column with subjects, NULL in one of another kind: so
// that the rows of a subject are found by their key.
func numberIn(column string, kind visit.SubjectKind) string {
	return fmt.Sprintf("CASE WHEN %[1]s LIKE '%[2]s/%%' THEN CAST(substr(%[1]s, %[3]d) AS INTEGER) END", column, kind, len(kind)+2)
}

// A Feedback is what people think of one entry.
type Feedback struct {
	Entry        string
	Helpful, Not int
	Last         time.Time
}

// PutFeedback keeps what a person thinks of an entry; the last word counts.
func (s *Store) PutFeedback(ctx context.Context, workspace, entry, person string, helpful bool, now time.Time) error {
	return s.change(ctx, "keep an opinion", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO feedback (workspace, advice, person, helpful, said_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (workspace, advice, person) DO UPDATE SET helpful = excluded.helpful, said_at = excluded.said_at`,
			workspace, entry, person, helpful, millis(now))
		return err
	})
}

// Feedback lists the entries that people have an opinion of, the least helpful first.
func (s *Store) Feedback(ctx context.Context, workspace string) ([]Feedback, error) {
	fs, err := all(ctx, s.read, func(row scanner) (f Feedback, err error) {
		var last int64
		err = row.Scan(&f.Entry, &f.Helpful, &f.Not, &last)
		f.Last = instant(last)
		return f, err
	}, `SELECT advice, SUM(CASE WHEN helpful THEN 1 ELSE 0 END), SUM(CASE WHEN helpful THEN 0 ELSE 1 END) AS unhelpful, MAX(said_at)
		FROM feedback WHERE workspace = $1 GROUP BY advice ORDER BY unhelpful DESC, advice`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the opinions: %w", classify(err))
	}
	return fs, nil
}

// SeenTips are the tips that a channel or a person has seen in this round.
func (s *Store) SeenTips(ctx context.Context, workspace, place string) (map[string]bool, error) {
	ids, err := all(ctx, s.read, func(row scanner) (id string, err error) { return id, row.Scan(&id) },
		`SELECT advice FROM tips_seen WHERE workspace = $1 AND place = $2`, workspace, place)
	if err != nil {
		return nil, fmt.Errorf("list the tips seen: %w", classify(err))
	}
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		seen[id] = true
	}
	return seen, nil
}

// SeeTip notes that a channel or a person has seen a tip.
func (s *Store) SeeTip(ctx context.Context, workspace, place, entry string, now time.Time) error {
	return s.change(ctx, "note a tip as seen", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO tips_seen (workspace, place, advice, seen_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (workspace, place, advice) DO UPDATE SET seen_at = excluded.seen_at`, workspace, place, entry, millis(now))
		return err
	})
}

// ForgetTips begins a new round: everything has been seen.
func (s *Store) ForgetTips(ctx context.Context, workspace, place string) error {
	return s.change(ctx, "begin a new round of tips", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM tips_seen WHERE workspace = $1 AND place = $2`, workspace, place)
		return err
	})
}

// A Draft is a form that could not be saved yet, so that nobody types it twice.
type Draft struct {
	Workspace, ID, Person, Kind string
	Body                        string // JSON, in the form of its caller
	Kept                        time.Time
}

// keepDrafts is how long a draft waits for its person.
const keepDrafts = 30 * 24 * time.Hour

// KeepDraft keeps d, and drops drafts that nobody came back for.
func (s *Store) KeepDraft(ctx context.Context, d Draft) error {
	return s.change(ctx, "keep a draft", func(t *txn) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM drafts WHERE workspace = $1 AND kept_at < $2`,
			d.Workspace, millis(d.Kept.Add(-keepDrafts))); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO drafts (workspace, id, person, kind, body, kept_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (workspace, id) DO UPDATE SET body = excluded.body, kept_at = excluded.kept_at`,
			d.Workspace, d.ID, d.Person, d.Kind, d.Body, millis(d.Kept))
		return err
	})
}

// Draft returns a draft.
func (s *Store) Draft(ctx context.Context, workspace, id string) (Draft, error) {
	d := Draft{Workspace: workspace, ID: id}
	var kept int64
	err := s.read.QueryRowContext(ctx, `SELECT person, kind, body, kept_at FROM drafts WHERE workspace = $1 AND id = $2`,
		workspace, id).Scan(&d.Person, &d.Kind, &d.Body, &kept)
	d.Kept = instant(kept)
	if err != nil {
		return d, fmt.Errorf("read a draft: %w", classify(notFound(err, "draft", id)))
	}
	return d, nil
}

// DropDraft drops a draft that was saved or given up.
func (s *Store) DropDraft(ctx context.Context, workspace, id string) error {
	return s.change(ctx, "drop a draft", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM drafts WHERE workspace = $1 AND id = $2`, workspace, id)
		return err
	})
}
