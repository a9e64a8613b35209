package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

const visitColumns = `v.workspace, v.number, v.rev, v.schedule, v.purpose, v.first_day, v.last_day, v.channel, v.private, v.shared, v.zone, v.home,
	v.owner, v.people, v.agenda, v.notes, v.card, v.cancelled_by, v.cancelled_at, v.created_at, ` + factoryOf

const fromVisits = ` FROM visits v JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory `

func scanVisit(row interface{ Scan(...any) error }) (v visit.Visit, err error) {
	people, notes, cancelled, created, dest := visitDest(&v)
	if err = row.Scan(dest...); err != nil {
		return v, err
	}
	return v, finishVisit(&v, *people, *notes, *cancelled, *created)
}

// visitDest is where the columns of a visit go, and those of them that are put
// together afterwards.
func visitDest(v *visit.Visit) (people, notes *string, cancelled, created *int64, dest []any) {
	people, notes, cancelled, created = new(string), new(string), new(int64), new(int64)
	return people, notes, cancelled, created, append([]any{
		&v.Workspace, &v.Number, &v.Rev, &v.Schedule, &v.Purpose, &v.First, &v.Last, &v.Channel, &v.Private, &v.Shared, &v.Zone, &v.Home,
		&v.Owner, people, &v.Agenda, notes, &v.Card, &v.Cancelled.By, cancelled, created,
	}, factoryDest(&v.Factory)...)
}

func finishVisit(v *visit.Visit, people, notes string, cancelled, created int64) error {
	v.Cancelled.At, v.Created = instant(cancelled), instant(created)
	if err := fromJSON(people, &v.People); err != nil {
		return err
	}
	return fromJSON(notes, &v.Notes)
}

// PlanVisit records a visit with its checklist and its reminders, and returns it
// with its number. A factory without a number is recorded with it. The error is
// visit.InputErrors for what was entered wrongly.
func (s *Store) PlanVisit(ctx context.Context, v visit.Visit, now time.Time) (visit.Visit, error) {
	if err := checkNewFactory(v.Workspace, &v.Factory); err != nil {
		return v, err
	}
	v.Normalize()
	if err := v.Check(); err != nil {
		return v, err
	}
	err := s.change(ctx, "plan a visit", func(t *txn) (err error) {
		p, err := t.planVisit(ctx, v, &s.timing, now)
		if err == nil {
			v = p
		}
		return err
	})
	return v, err
}

// planVisit records a visit that was checked.
func (t *txn) planVisit(ctx context.Context, p visit.Visit, timing *visit.Timing, now time.Time) (_ visit.Visit, err error) {
	if p.Number, err = t.next(ctx, p.Workspace, "visit"); err != nil {
		return p, err
	}
	if p.Factory, err = t.withFactory(ctx, p.Workspace, p.Factory); err != nil {
		return p, err
	}
	p.Rev, p.Schedule, p.Created = 1, 1, now
	if err = t.insert(ctx, `visits (workspace, number, rev, schedule, factory, purpose, first_day, last_day, channel, private, shared, zone, home,
			owner, people, agenda, notes, card, cancelled_by, cancelled_at, created_at)`, [][]any{{
		p.Workspace, p.Number, p.Rev, p.Schedule, p.Factory.Number, p.Purpose, p.First.String(), p.Last.String(), p.Channel, p.Private, p.Shared, p.Zone, p.Home,
		p.Owner, toJSON(p.People), p.Agenda, toJSON(p.Notes), p.Card, p.Cancelled.By, millis(p.Cancelled.At), millis(p.Created)}}, ""); err != nil {
		return p, err
	}
	if err = t.saveItems(ctx, p.Workspace, p.Subject(), nil, p.Items, digests{timing.At, p.Home, now}); err != nil {
		return p, err
	}
	return p, t.insertOccurrences(ctx, p.Reminders(timing, now, true))
}

// Visit returns a visit with its factory and its checklist.
func (s *Store) Visit(ctx context.Context, workspace string, number int) (visit.Visit, error) {
	v, err := wholeVisit(ctx, s.read, workspace, number)
	if err != nil {
		return v, fmt.Errorf("read a visit: %w", classify(err))
	}
	return v, nil
}

func wholeVisit(ctx context.Context, r reader, workspace string, number int) (visit.Visit, error) {
	v, err := scanVisit(r.QueryRowContext(ctx, `SELECT `+visitColumns+fromVisits+`WHERE v.workspace = $1 AND v.number = $2`, workspace, number))
	if err != nil {
		return v, notFound(err, "visit", number)
	}
	v.Items, err = items(ctx, r, workspace, v.Subject())
	return v, err
}

// ChangeVisit changes one visit: it loads the whole, calls change, and writes what
// differs. Two at once take turns, so none is lost. An error of change comes back
// and nothing is written. When what reminders follow from has changed, those not
// yet sent are replaced in the same transaction.
func (s *Store) ChangeVisit(ctx context.Context, workspace string, number int, now time.Time, change func(*visit.Visit) error) (visit.Visit, error) {
	var v visit.Visit
	err := s.change(ctx, "change a visit", func(t *txn) error {
		if _, err := t.ExecContext(ctx, `UPDATE visits SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
			return err
		}
		was, err := wholeVisit(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		v = was
		v.People, v.Notes, v.Items = slices.Clone(was.People), slices.Clone(was.Notes), slices.Clone(was.Items)
		if err := change(&v); err != nil {
			return err
		}
		v.Normalize()
		if err := v.Check(); err != nil {
			return err
		}
		if v.Factory.Number != was.Factory.Number {
			if v.Factory, err = factory(ctx, t, workspace, v.Factory.Number); err != nil {
				return err
			}
		}
		again := v.First != was.First || v.Last != was.Last || v.Channel != was.Channel || v.Zone != was.Zone || v.Home != was.Home || v.Cancelled.Done() != was.Cancelled.Done()
		if again {
			v.Schedule++
		}
		if _, err := t.ExecContext(ctx, `UPDATE visits SET schedule = $3, factory = $4, purpose = $5, first_day = $6, last_day = $7, channel = $8, private = $9, shared = $10, zone = $11, home = $12,
				owner = $13, people = $14, agenda = $15, notes = $16, card = $17, cancelled_by = $18, cancelled_at = $19 WHERE workspace = $1 AND number = $2`,
			workspace, number, v.Schedule, v.Factory.Number, v.Purpose, v.First.String(), v.Last.String(), v.Channel, v.Private, v.Shared, v.Zone, v.Home,
			v.Owner, toJSON(v.People), v.Agenda, toJSON(v.Notes), v.Card, v.Cancelled.By, millis(v.Cancelled.At)); err != nil {
			return err
		}
		if err := t.saveItems(ctx, workspace, v.Subject(), was.Items, v.Items, digests{s.timing.At, v.Home, now}); err != nil {
			return err
		}
		if !again {
			return nil
		}
		if err := t.cancelOccurrences(ctx, workspace, v.Subject()); err != nil {
			return err
		}
		return t.insertOccurrences(ctx, v.Reminders(&s.timing, now, v.First.Before(was.First)))
	})
	return v, err
}

// NextVisit returns the visit that a channel prepares: the first by its first day
// that is neither cancelled nor over on today. It returns visit.ErrNotFound where
// there is none.
func (s *Store) NextVisit(ctx context.Context, workspace, channel string, today civil.Date) (visit.Visit, error) {
	v, err := scanVisit(s.read.QueryRowContext(ctx, `SELECT `+visitColumns+fromVisits+`
		WHERE v.workspace = $1 AND v.channel = $2 AND v.last_day >= $3 AND v.cancelled_by = ''
		ORDER BY v.first_day, v.number LIMIT 1`, workspace, channel, today.String()))
	if err == nil {
		v.Items, err = items(ctx, s.read, workspace, v.Subject())
	}
	if err != nil {
		return v, fmt.Errorf("find the next visit: %w", classify(notFound(err, "a visit in", channel)))
	}
	return v, nil
}

// A Filter says what to list; its zero value is everything that is not cancelled.
type Filter struct {
	Channels      []string   // only in these; nil is in all
	Factory       int        // only at this one; 0 is at all
	From          civil.Date // only what ends on or after the day
	Cancelled     bool       // also what is cancelled or ended
	Limit, Offset int        // Limit 0 is all
}

// A Summary is a visit in a list: without its items and notes, but with how many
// items there are and how many are done or do not apply.
type Summary struct {
	visit.Visit
	Done, All int
}

// where builds the condition of a filter; day is the column that From is about.
func (f *Filter) where(workspace, table, day string, arg func(any) string) string {
	w := "WHERE " + table + ".workspace = " + arg(workspace)
	if f.Channels != nil {
		marks := make([]string, len(f.Channels))
		for i, c := range f.Channels {
			marks[i] = arg(c)
		}
		if len(marks) == 0 {
			marks = []string{"''"} // no channel has that name
		}
		w += " AND " + table + ".channel IN (" + strings.Join(marks, ", ") + ")"
	}
	if f.Factory > 0 {
		w += " AND " + table + ".factory = " + arg(f.Factory)
	}
	if !f.From.IsZero() {
		w += " AND " + table + "." + day + " >= " + arg(f.From.String())
	}
	return w
}

// page is the end of a query that lists.
func (f *Filter) page() string {
	if f.Limit <= 0 {
		return ""
	}
	return " LIMIT " + strconv.Itoa(f.Limit) + " OFFSET " + strconv.Itoa(max(f.Offset, 0))
}

// arguments collects the values of a query and names each by its place.
type arguments []any

func (a *arguments) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// counts are the columns that sum up a checklist.
func counts(subject string) string {
	return `(SELECT COUNT(*) FROM items i WHERE i.workspace = v.workspace AND i.subject = ` + subject + ` AND NOT i.removed AND i.done_by <> ''),
		(SELECT COUNT(*) FROM items i WHERE i.workspace = v.workspace AND i.subject = ` + subject + ` AND NOT i.removed)`
}

// Visits lists visits by their first day.
func (s *Store) Visits(ctx context.Context, workspace string, f Filter) ([]Summary, error) {
	var args arguments
	where := f.where(workspace, "v", "last_day", args.add)
	if !f.Cancelled {
		where += " AND v.cancelled_by = ''"
	}
	vs, err := all(ctx, s.read, func(row interface{ Scan(...any) error }) (Summary, error) {
		var m Summary
		people, notes, cancelled, created, dest := visitDest(&m.Visit)
		if err := row.Scan(append(dest, &m.Done, &m.All)...); err != nil {
			return m, err
		}
		return m, finishVisit(&m.Visit, *people, *notes, *cancelled, *created)
	}, `SELECT `+visitColumns+`, `+counts(`'visit/' || CAST(v.number AS TEXT)`)+fromVisits+where+` ORDER BY v.first_day, v.number`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the visits: %w", classify(err))
	}
	return vs, nil
}
