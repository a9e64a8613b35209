package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/visit"
)

// appointment is what the store asks of a *visit.Visit and a *visit.Inspection.
type appointment[T any] interface {
	*T
	visit.Appointment
	Normalize()
	Check() error
	Clone() T
	SameReminders(*T) bool
	ShareOut(before *T)
	Reminders(t *visit.Timing, now time.Time, catchUp bool) []visit.Occurrence
	Asks(t *visit.Timing) []visit.Ask
	Replan(t *visit.Timing, now time.Time, before *T, rows []visit.Occurrence) (withdrawn []string, added []visit.Occurrence)
}

// workRecord is a record with the columns of visit.Work and its own.
func workRecord[T any, P appointment[T]](r record[T], columns string) record[T] {
	own := r.fields
	r.fields = func(x *T) []any { return append(workFields(P(x).Common()), own(x)...) }
	r.factory = func(x *T) *visit.Factory { return &P(x).Common().Factory }
	return newRecord(r, `workspace number rev schedule factory channel private shared zone home owner card created_at `+columns)
}

func workFields(w *visit.Work) []any {
	return append(make([]any, 0, 40), // with room for the rest
		&w.Workspace, &w.Number, &w.Rev, &w.Schedule, &w.Factory.Number, &w.Channel, &w.Private, &w.Shared, &w.Zone, &w.ChannelZone,
		&w.Owner, &w.Card, instantField{&w.Created})
}

// Appointment returns the visit or the inspection that a subject names, with its
// factory and its checklist.
func (s *Store) Appointment(ctx context.Context, workspace string, subject visit.Subject) (visit.Appointment, error) {
	switch kind, _ := subject.Cut(); kind {
	case visit.OfVisit:
		v, err := s.Visit(ctx, workspace, subject.Number())
		return &v, err
	case visit.OfInspection:
		i, err := s.Inspection(ctx, workspace, subject.Number())
		return &i, err
	}
	return nil, fmt.Errorf("%s: %w", subject, visit.ErrNotFound)
}

// ChangeAppointment is ChangeVisit or ChangeInspection, by the kind of the subject.
func (s *Store) ChangeAppointment(ctx context.Context, workspace string, subject visit.Subject, now time.Time,
	f func(visit.Appointment) error) (visit.Appointment, error) {
	switch kind, _ := subject.Cut(); kind {
	case visit.OfVisit:
		v, err := s.ChangeVisit(ctx, workspace, subject.Number(), now, func(v *visit.Visit) error { return f(v) })
		return &v, err
	case visit.OfInspection:
		i, err := s.ChangeInspection(ctx, workspace, subject.Number(), now, func(i *visit.Inspection) error { return f(i) })
		return &i, err
	}
	return nil, fmt.Errorf("%s: %w", subject, visit.ErrNotFound)
}

// add records what was checked, with its checklist and its reminders. A factory
// without a number is recorded with it. In the gap again it was recorded before; the zero
// Gap is none.
func add[T any, P appointment[T]](ctx context.Context, t *txn, r record[T], x P, timing *visit.Timing, again Gap, now time.Time) (err error) {
	w := x.Common()
	if w.Number, err = t.next(ctx, w.Workspace, string(r.kind)); err != nil {
		return err
	}
	if w.Factory, err = t.withFactory(ctx, w.Workspace, w.Factory, w.Channel, now); err != nil {
		return err
	}
	w.Rev, w.Schedule, w.Created = 1, 1, now
	x.ShareOut(nil)
	if again == (Gap{}) {
		g, err := gapOf(ctx, t)
		if err != nil {
			return err
		}
		w.Schedule = max(1, g.revision())
	}
	if err := r.insert(ctx, t, x); err != nil {
		return err
	}
	d := digests{timing.At, w.ChannelZone, now}
	if err := t.saveItems(ctx, w.Workspace, x.Subject(), nil, w.Items, d); err != nil {
		return err
	}
	if err := t.askAnew(ctx, w.Workspace, x.Subject(), x.Asks(timing), d); err != nil {
		return err
	}
	return t.insertOccurrences(ctx, again.mark(x.Reminders(timing, now, true)))
}

// addInStore completes and checks what was entered, and adds it in a transaction of its
// own, with its card unless it is over. Where that fails, what was entered comes back.
func addInStore[T any, P appointment[T]](ctx context.Context, s *Store, r record[T], x T, over bool, now time.Time) (T, error) {
	p := P(&x)
	w := p.Common()
	if err := checkNewFactory(w.Workspace, &w.Factory); err != nil {
		return x, err
	}
	p.Normalize()
	if err := p.Check(); err != nil {
		return x, err
	}
	var added T
	err := s.change(ctx, "record "+r.a, func(t *txn) error {
		added = x
		if err := add(ctx, t, r, P(&added), &s.timing, Gap{}, now); err != nil || over {
			return err
		}
		return t.addCard(ctx, P(&added).Common(), P(&added).Subject(), Gap{}, now)
	})
	return added, err
}

// whole loads one with its factory and its checklist.
func whole[T any, P appointment[T]](ctx context.Context, db reader, r record[T], workspace string, number int) (x T, err error) {
	if x, err = r.get(ctx, db, workspace, number); err != nil {
		return x, err
	}
	p := P(&x)
	p.Common().Items, err = items(ctx, db, workspace, p.Subject())
	return x, err
}

// wholeInStore is whole outside a transaction, with an error that says what was read.
func wholeInStore[T any, P appointment[T]](ctx context.Context, s *Store, r record[T], workspace string, number int) (T, error) {
	x, err := whole[T, P](ctx, s.read, r, workspace, number)
	if err != nil {
		return x, fmt.Errorf("read %s: %w", r.a, classify(err))
	}
	return x, nil
}

// change is what [Store.ChangeVisit] promises, inside a transaction.
func change[T any, P appointment[T]](ctx context.Context, t *txn, r record[T], workspace string, number int,
	timing *visit.Timing, now time.Time, f func(P) error) (x T, err error) {
	if err := r.lock(ctx, t, workspace, number); err != nil {
		return x, err
	}
	before, err := whole[T, P](ctx, t, r, workspace, number)
	if err != nil {
		return x, err
	}
	x = P(&before).Clone()
	p := P(&x)
	if err := f(p); err != nil {
		return x, err
	}
	p.Normalize()
	if err := p.Check(); err != nil {
		return x, err
	}
	p.ShareOut(&before)
	w, old := p.Common(), P(&before).Common()
	if err := t.moveCard(ctx, p.Subject(), w, old, now); err != nil {
		return x, err
	}
	if err := t.moveTo(ctx, &w.Factory, &old.Factory); err != nil {
		return x, err
	}
	reschedule := !p.SameReminders(&before) && (p.Reminded() || P(&before).Reminded())
	if reschedule { // under other keys than any of a gap
		g, err := gapOf(ctx, t)
		if err != nil {
			return x, err
		}
		w.Schedule = max(w.Schedule+1, g.revision())
	}
	if err := r.update(ctx, t, p); err != nil {
		return x, err
	}
	d := digests{timing.At, w.ChannelZone, now}
	if err := t.tell(ctx, P(&before), p, timing, now, d); err != nil {
		return x, err
	}
	if err := t.tellHosts(ctx, P(&before), p, now); err != nil {
		return x, err
	}
	if err := t.saveItems(ctx, workspace, p.Subject(), old.Items, w.Items, d); err != nil {
		return x, err
	}
	if as := p.Asks(timing); !slices.Equal(as, P(&before).Asks(timing)) {
		if err := t.askAnew(ctx, workspace, p.Subject(), as, d); err != nil {
			return x, err
		}
	}
	if w.Channel != old.Channel || w.ChannelZone != old.ChannelZone || w.Owner != old.Owner || w.Factory.Number != old.Factory.Number {
		if err := t.remindActions(ctx, workspace, now, p.Subject()); err != nil {
			return x, err
		}
	}
	if w.Owner != old.Owner {
		if err := t.tellOwner(ctx, workspace, p.Subject(), w.Owner, d); err != nil {
			return x, err
		}
	}
	if !reschedule {
		return x, nil
	}
	rows, err := t.occurrencesOf(ctx, workspace, p.Subject())
	if err != nil {
		return x, err
	}
	withdrawn, added := p.Replan(timing, now, &before, rows)
	if err := t.cancelOccurrences(ctx, workspace, p.Subject(), w.Schedule, withdrawn); err != nil {
		return x, err
	}
	return x, t.insertOccurrences(ctx, added)
}

// changeInStore is change in a transaction of its own.
func changeInStore[T any, P appointment[T]](ctx context.Context, s *Store, r record[T], workspace string, number int,
	now time.Time, f func(P) error) (x T, err error) {
	err = s.change(ctx, "change "+r.a, func(t *txn) (err error) {
		x, err = change(ctx, t, r, workspace, number, &s.timing, now, f)
		return err
	})
	return x, err
}
