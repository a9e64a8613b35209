package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// By is the store for what a person changes: those whom a change of a visit or an
// inspection touches are told of it, see [visit.Tell], in the transaction of the change.
// What the store changes for nobody is told to nobody.
func (s *Store) By(person string) *Store {
	by := *s
	by.by = person
	return &by
}

// tell records who is told of a change of a, and who gets a new calendar file.
func (t *txn) tell(ctx context.Context, before, a visit.Appointment, timing *visit.Timing, now time.Time, d digests) error {
	if t.by == "" {
		return nil
	}
	was, is := visit.FactsOf(before), visit.FactsOf(a)
	if err := t.askOfItems(ctx, a, was, is, now, d); err != nil {
		return err
	}
	facts := was.Changed(is)
	if len(facts) == 0 {
		return nil
	}
	waiting, err := t.waiting(ctx, a, visit.Changed)
	if err != nil {
		return err
	}
	joined, added, err := visit.Tell(before, a, t.by, waiting, timing, now)
	if err != nil {
		return err
	}
	for _, o := range joined {
		if _, err := t.ExecContext(ctx, `UPDATE occurrences SET payload = $3, any_hour = $4, wake_at = $5 WHERE workspace = $1 AND key = $2`,
			o.Workspace, o.Key, o.Payload, o.AnyHour, millis(o.Wake)); err != nil {
			return err
		}
		t.wake = true
	}
	if !slices.Contains(facts, visit.FactDays) && !slices.Contains(facts, visit.FactOff) {
		return t.insertOccurrences(ctx, added)
	}
	files, err := t.filesOf(ctx, a)
	if err != nil {
		return err
	}
	coming, err := t.waiting(ctx, a, visit.NewFile)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !slices.ContainsFunc(coming, func(o visit.Occurrence) bool { return o.To == f.Person }) {
			added = append(added, visit.FileFor(a, f.Person, now))
		}
	}
	return t.insertOccurrences(ctx, added)
}

// askOfItems has the next daily messages name the items that their readers were given, and
// those that somebody gave back to nobody, to who had given them.
func (t *txn) askOfItems(ctx context.Context, a visit.Appointment, was, is visit.Facts, now time.Time, d digests) error {
	w := a.Common()
	if is.Off {
		return nil
	}
	var asks []visit.Ask
	for _, i := range w.Items {
		before, about := was.Owners[i.ID], strconv.Itoa(i.ID)
		ask := visit.Ask{Workspace: w.Workspace, Person: i.Owner, Kind: visit.AskGiven, Subject: a.Subject(), About: about, Data: t.by, Day: d.today(), Made: now}
		if i.Owner == before || !i.Open() {
			continue
		}
		if i.Owner == "" && before == t.by {
			ask.Kind = visit.AskReturned
			err := t.QueryRowContext(ctx, `SELECT data FROM asks WHERE workspace = $1 AND person = $2 AND kind = $3 AND subject = $4 AND about = $5`,
				w.Workspace, before, string(visit.AskGiven), string(a.Subject()), about).Scan(&ask.Person)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		// What nobody has read of it yet is so no more.
		if _, err := t.ExecContext(ctx, `DELETE FROM asks WHERE workspace = $1 AND subject = $2 AND kind IN ($3, $4) AND about = $5 AND told_day = ''`,
			w.Workspace, string(a.Subject()), string(visit.AskGiven), string(visit.AskReturned), about); err != nil {
			return err
		}
		if visit.IsPerson(ask.Person) && ask.Person != t.by {
			asks = append(asks, ask)
		}
	}
	return t.ask(ctx, asks, true, d)
}

// today is the day on which something is given, where nobody has said otherwise.
func (d digests) today() civil.Date {
	zone, err := visit.Zone(d.zone)
	if err != nil {
		zone = time.UTC
	}
	return civil.Of(d.from.In(zone))
}

// waiting are the messages of a kind about a that nobody has begun to send. They are locked
// first, so that none is sent without what joins it.
func (t *txn) waiting(ctx context.Context, a visit.Appointment, k visit.Kind) ([]visit.Occurrence, error) {
	return all(ctx, t, scanOccurrence, `UPDATE occurrences SET state = 'pending' WHERE workspace = $1 AND subject = $2 AND kind = $3 AND state = 'pending' AND posted_at = 0
		RETURNING `+occurrenceColumns, a.Common().Workspace, string(a.Subject()), string(k))
}

func (t *txn) filesOf(ctx context.Context, a visit.Appointment) ([]visit.CalendarFile, error) {
	return all(ctx, t, scanFile, `SELECT `+fileColumns+` FROM calendar_files WHERE workspace = $1 AND subject = $2 ORDER BY person`, a.Common().Workspace, string(a.Subject()))
}

const fileColumns = `subject, person, first_day, last_day, off`

func scanFile(row scanner) (f visit.CalendarFile, err error) {
	err = row.Scan(&f.Subject, &f.Person, &f.First, &f.Last, &f.Off)
	return f, err
}

// NoteFile notes that somebody was sent the calendar file of a as it is.
func (s *Store) NoteFile(ctx context.Context, a visit.Appointment, person string) error {
	is := visit.FactsOf(a)
	return s.change(ctx, "note who has a calendar file", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO calendar_files (workspace, subject, person, first_day, last_day, off) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (workspace, subject, person) DO UPDATE SET first_day = excluded.first_day, last_day = excluded.last_day, off = excluded.off`,
			a.Common().Workspace, string(a.Subject()), person, is.First.String(), is.Last.String(), is.Off)
		return err
	})
}

// File is the calendar file that somebody was sent last, of a visit or an inspection. It
// returns visit.ErrNotFound where they have none.
func (s *Store) File(ctx context.Context, workspace string, subject visit.Subject, person string) (visit.CalendarFile, error) {
	f, err := scanFile(s.read.QueryRowContext(ctx, `SELECT `+fileColumns+` FROM calendar_files WHERE workspace = $1 AND subject = $2 AND person = $3`, workspace, string(subject), person))
	if err != nil {
		return f, fmt.Errorf("read who has a calendar file: %w", classify(notFound(err, "the calendar file of", person)))
	}
	return f, nil
}

// ToldTo are all messages of the kind Changed about something to one reader.
func (s *Store) ToldTo(ctx context.Context, workspace string, subject visit.Subject, to string) ([]visit.Occurrence, error) {
	return s.Occurrences(ctx, workspace, OccurrenceFilter{Subject: subject, Kinds: []visit.Kind{visit.Changed}, To: []string{to}})
}
