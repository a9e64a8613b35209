package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/visit"
)

var agreements = newRecord(record[visit.Agreement]{
	table: "agreements", kind: visit.OfAgreement, a: "an agreement",
	fields: func(a *visit.Agreement) []any {
		return []any{&a.Workspace, &a.Number, &a.Rev, &a.Schedule, &a.Factory.Number, &a.Channel, &a.Private, &a.Shared, &a.Zone, &a.ChannelZone,
			&a.Owner, &a.OwnerZone, &a.By, instantField{&a.Created}, (*string)(&a.Kind), &a.Title, (*string)(&a.State), &a.Visit, &a.Signed,
			asJSON(&a.Signing), &a.Starts, &a.Ends, &a.Renews, &a.Notice, &a.NoticeHow, &a.Link, asJSON(&a.Terms), asJSON(&a.Talk),
			&a.NoticeGiven.By, instantField{&a.NoticeGiven.At}, &a.Early, &a.LastDay, &a.Why, &a.Closed.By, instantField{&a.Closed.At}, &a.ReplacedBy, list(&a.Renewals)}
	},
	factory: func(a *visit.Agreement) *visit.Factory { return &a.Factory },
}, `workspace number rev schedule factory channel private shared zone home
	owner owner_zone made_by created_at kind title state visit signed_day signing starts_day ends_day renews notice notice_how link terms talk
	noticed_by noticed_at early was_last_day why closed_by closed_at replaced_by renewals`)

// AddAgreement records an agreement with its reminders.
func (s *Store) AddAgreement(ctx context.Context, a visit.Agreement, now time.Time) (added visit.Agreement, err error) {
	err = s.change(ctx, "record an agreement", func(t *txn) error {
		added = a.Clone()
		return t.addAgreement(ctx, &added, &s.timing, now)
	})
	return added, err
}

func (t *txn) addAgreement(ctx context.Context, a *visit.Agreement, timing *visit.Timing, now time.Time) (err error) {
	if err := checkNewFactory(a.Workspace, &a.Factory); err != nil {
		return err
	}
	if a.Workspace == "" || a.By == "" {
		return errors.New("who recorded it is missing")
	}
	if a.Number, err = t.next(ctx, a.Workspace, string(visit.OfAgreement)); err != nil {
		return err
	}
	if a.Factory, err = t.withFactory(ctx, a.Workspace, a.Factory, a.Channel, now); err != nil {
		return err
	}
	g, err := gapOf(ctx, t)
	if err != nil {
		return err
	}
	a.Rev, a.Schedule, a.Created = 1, max(1, g.revision()), now
	a.Normalize()
	if err := a.Check(); err != nil {
		return err
	}
	a.RollOver(a.Today(now))
	if err := agreements.insert(ctx, t, a); err != nil {
		return err
	}
	if err := t.remindAgreed(ctx, a, now); err != nil {
		return err
	}
	return t.insertOccurrences(ctx, a.Reminders(timing, now))
}

// Agreement returns an agreement with its factory, as it was when it was changed last: see
// [visit.Agreement.RollOver].
func (s *Store) Agreement(ctx context.Context, workspace string, number int) (visit.Agreement, error) {
	a, err := agreements.get(ctx, s.read, workspace, number)
	if err != nil {
		return a, fmt.Errorf("read an agreement: %w", classify(err))
	}
	return a, nil
}

// Agreements lists agreements as people read them, see [visit.CompareAgreements], each as it is at now.
// Filter.Cancelled also lists those that are over. From and Before are about their last days.
func (s *Store) Agreements(ctx context.Context, workspace string, f Filter, now time.Time) ([]visit.Agreement, error) {
	var args arguments
	where := f.where(workspace, "v", "ends_day", visit.OfAgreement, args.add)
	as, err := all(ctx, s.read, agreements.scan, `SELECT `+agreements.columns+agreements.from+where+` ORDER BY v.number`, args...)
	if err != nil {
		return nil, fmt.Errorf("list the agreements: %w", classify(err))
	}
	for n := range as {
		as[n].RollOver(as[n].Today(now))
	}
	if !f.Cancelled {
		as = slices.DeleteFunc(as, func(a visit.Agreement) bool { return a.Over(a.Today(now)) })
	}
	place := visit.Place{Zone: visit.DefaultZone}
	slices.SortFunc(as, visit.CompareAgreements(place.Today(now)))
	if f.Limit > 0 {
		as = as[min(max(f.Offset, 0), len(as)):]
		as = as[:min(f.Limit, len(as))]
	}
	return as, nil
}

// ChangeAgreement changes one agreement: f is called on it, as it is at now, while nobody else
// changes it; a factory without a number is recorded with it. Its reminders are made anew in the same transaction where what they depend on has
// changed.
func (s *Store) ChangeAgreement(ctx context.Context, workspace string, number int, now time.Time, f func(*visit.Agreement) error) (a visit.Agreement, err error) {
	err = s.change(ctx, "change an agreement", func(t *txn) (err error) {
		a, err = t.changeAgreement(ctx, workspace, number, &s.timing, now, f)
		return err
	})
	return a, err
}

func (t *txn) changeAgreement(ctx context.Context, workspace string, number int, timing *visit.Timing, now time.Time, f func(*visit.Agreement) error) (visit.Agreement, error) {
	if err := agreements.lock(ctx, t, workspace, number); err != nil {
		return visit.Agreement{}, err
	}
	before, err := agreements.get(ctx, t, workspace, number)
	if err != nil {
		return before, err
	}
	a := before.Clone()
	a.RollOver(a.Today(now))
	today := a.Clone()
	if err := f(&a); err != nil {
		return a, err
	}
	a.Workspace, a.Number, a.Rev, a.By, a.Created = before.Workspace, before.Number, before.Rev, before.By, before.Created
	if a.Factory.Number == 0 { // a new one, entered with the change
		if err := checkNewFactory(a.Workspace, &a.Factory); err != nil {
			return a, err
		}
		if a.Factory, err = t.withFactory(ctx, a.Workspace, a.Factory, a.Channel, now); err != nil {
			return a, err
		}
	}
	a.Normalize()
	if err := a.Check(); err != nil {
		return a, err
	}
	a.Follow(&today, a.Today(now))
	if err := t.moveTo(ctx, &a.Factory, &before.Factory); err != nil {
		return a, err
	}
	replan := !a.SameReminders(&before)
	if replan { // under other keys than any of a gap
		g, err := gapOf(ctx, t)
		if err != nil {
			return a, err
		}
		a.Schedule = max(a.Schedule+1, g.revision())
	}
	if err := agreements.update(ctx, t, &a); err != nil {
		return a, err
	}
	if !a.SameTalk(&before) {
		for _, x := range []*visit.Agreement{&before, &a} {
			if err := t.remindAgreed(ctx, x, now); err != nil {
				return a, err
			}
		}
	}
	if !replan {
		return a, nil
	}
	rows, err := t.occurrencesOf(ctx, workspace, a.Subject())
	if err != nil {
		return a, err
	}
	withdrawn, added := a.Replan(timing, now, rows)
	if err := t.cancelOccurrences(ctx, workspace, a.Subject(), a.Schedule, withdrawn); err != nil {
		return a, err
	}
	return a, t.insertOccurrences(ctx, added)
}

// ImportAgreements records agreements that the caller has checked, in the manner of Import: one
// that the channel has already, with the same factory, kind, title and day of signing, is left
// alone. It returns how many were new.
func (s *Store) ImportAgreements(ctx context.Context, as []visit.Agreement, now time.Time) (added int, err error) {
	rows := portions{doing: "import agreements", counters: []string{string(visit.OfAgreement)}}
	for _, a := range as {
		rows.add(a.Workspace, func(t *txn) (int, error) { return t.importAgreement(ctx, a, &s.timing, now) })
	}
	return rows.write(ctx, s)
}

func (t *txn) importAgreement(ctx context.Context, a visit.Agreement, timing *visit.Timing, now time.Time) (int, error) {
	if err := checkNewFactory(a.Workspace, &a.Factory); err != nil {
		return 0, err
	}
	if err := t.importPlace(ctx, a.Workspace, &a.Factory, &a.Place, now); err != nil {
		return 0, err
	}
	a.Normalize()
	n, err := t.count(ctx, `SELECT COUNT(*) FROM agreements WHERE workspace = $1 AND factory = $2 AND kind = $3 AND title = $4 AND signed_day = $5 AND channel = $6`,
		a.Workspace, a.Factory.Number, string(a.Kind), a.Title, a.Signed, a.Channel)
	if err != nil || n > 0 {
		return 0, err
	}
	return 1, t.addAgreement(ctx, &a, timing, now)
}
