package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// Action returns the action of a finding with its steps. Of a finding that nobody has done
// anything with it is open, with the revision 0.
func (s *Store) Action(ctx context.Context, workspace string, finding int) (visit.ActionOf, error) {
	a, err := actionOf(ctx, s.read, workspace, finding)
	if err != nil {
		return a, fmt.Errorf("read an action: %w", classify(err))
	}
	return a, nil
}

func actionOf(ctx context.Context, r reader, workspace string, number int) (visit.ActionOf, error) {
	a, err := scanActionOf(r.QueryRowContext(ctx, actionsFrom+`WHERE n.workspace = $1 AND n.number = $2`, workspace, number))
	if err != nil {
		return a, notFound(err, counterFinding, number)
	}
	if err := homesOf(ctx, r, workspace, []visit.ActionOf{a}, func(_ int, zone string) { a.Place.ChannelZone = zone }); err != nil {
		return a, err
	}
	if a.Finding.Photos, err = all(ctx, r, scanPhoto, `SELECT `+photoColumns+` FROM photos WHERE workspace = $1 AND finding = $2 ORDER BY id`, workspace, number); err != nil {
		return a, err
	}
	a.Action.Steps, err = steps(ctx, r, workspace, number)
	return a, err
}

// actionsFrom reads actions with the clocks that count for a finding and who reads it: those of its
// visit or inspection; of a factory's alone the factory's, until homesOf has asked the channel. A
// channel that nobody has asked Slack about yet counts as private and shared.
const (
	actionsFrom = `SELECT ` + findingColumns + `, COALESCE(a.rev, 0), COALESCE(a.facts, ''), COALESCE(v.owner, i.owner, n.made_by),
	COALESCE(v.private, i.private, h.private, TRUE), COALESCE(v.shared, i.shared, h.shared OR h.guests, TRUE), COALESCE(v.zone, i.zone, f.zone, ''),
	COALESCE(v.home, i.home, f.zone, ''), COALESCE(f.number, 0)` + actionsJoin
	actionsJoin = findingsFrom + `
	LEFT JOIN actions a ON a.workspace = n.workspace AND a.finding = n.number
	LEFT JOIN channels h ON h.workspace = n.workspace AND h.channel = n.channel `
)

func scanActionOf(row scanner) (x visit.ActionOf, err error) {
	var kind string
	var number int
	err = row.Scan(append(findingFields(&x.Finding, &kind, &number), &x.Action.Rev, asJSON(&x.Action.ActionFacts), &x.Owner,
		&x.Place.Private, &x.Place.Shared, &x.Place.Zone, &x.Place.ChannelZone, &x.At)...)
	if kind != "" {
		x.Finding.Subject = visit.SubjectOf(visit.SubjectKind(kind), number)
	}
	x.Place.Channel = x.Finding.Channel
	x.Action.Workspace, x.Action.Finding = x.Finding.Workspace, x.Finding.Number
	if x.Action.State == "" {
		x.Action.State = visit.ActionOpen
	}
	return x, err
}

// homesOf calls set with the zone of the channel of each action that hangs on no visit and no
// inspection, where the channel has any of these. It asks each channel once, and not in actionsFrom:
// there PostgreSQL expects it of every finding, and compiles the query first for as long as it takes.
func homesOf(ctx context.Context, r reader, workspace string, as []visit.ActionOf, set func(n int, zone string)) error {
	known := map[string]sql.NullString{}
	for n := range as {
		f := &as[n].Finding
		if f.OfWork() {
			continue
		}
		zone, asked := known[f.Channel]
		if !asked {
			err := r.QueryRowContext(ctx, `SELECT COALESCE((SELECT MAX(home) FROM visits WHERE workspace = $1 AND channel = $2),
				(SELECT MAX(home) FROM inspections WHERE workspace = $1 AND channel = $2))`, workspace, f.Channel).Scan(&zone)
			if err != nil {
				return err
			}
			known[f.Channel] = zone
		}
		if zone.Valid {
			set(n, zone.String)
		}
	}
	return nil
}

// Steps lists what was done with the action of a finding, in order.
func (s *Store) Steps(ctx context.Context, workspace string, finding int) ([]visit.Step, error) {
	ss, err := steps(ctx, s.read, workspace, finding)
	if err != nil {
		return nil, fmt.Errorf("list the steps of an action: %w", classify(err))
	}
	return ss, nil
}

const stepColumns = `n, kind, made_by, made_at, from_state, to_state, text, other, proofs, was`

func stepFields(p *visit.Step) []any {
	return []any{&p.N, (*string)(&p.Kind), &p.By, instantField{&p.At}, (*string)(&p.From), (*string)(&p.To), &p.Text, &p.Other, list(&p.Proofs), asJSON(&p.Was)}
}

func steps(ctx context.Context, r reader, workspace string, finding int) ([]visit.Step, error) {
	return all(ctx, r, func(row scanner) (p visit.Step, err error) { return p, row.Scan(stepFields(&p)...) },
		`SELECT `+stepColumns+` FROM steps WHERE workspace = $1 AND finding = $2 ORDER BY n`, workspace, finding)
}

// ChangeAction changes the action of a finding, and the finding with it: f is called on both
// while nobody else changes either, and what it did is written with its reminders, or nothing
// where it returns an error. The steps that f adds are added; those from before stay as they
// are, and without a step the action stays too.
func (s *Store) ChangeAction(ctx context.Context, workspace string, finding int, now time.Time,
	f func(*visit.Finding, *visit.Action) error) (a visit.ActionOf, err error) {
	err = s.change(ctx, "change an action", func(t *txn) (err error) {
		a, err = t.changeAction(ctx, workspace, finding, now, f)
		return err
	})
	return a, err
}

// AddAction records the action of a finding as it was elsewhere, with its steps, for an import. Where
// somebody has done something with the finding here, that stays. Where it is the same as a finding
// that it cannot be the same as here, such as one of another channel, it is withdrawn without
// that, and apart is true.
func (s *Store) AddAction(ctx context.Context, a visit.Action, now time.Time) (apart bool, err error) {
	if err := a.Check(); err != nil {
		return false, err
	}
	err = s.change(ctx, "record an action", func(t *txn) error {
		x := visit.Action{Workspace: a.Workspace, Finding: a.Finding, ActionFacts: a.ActionFacts.Clone(), Steps: slices.Clone(a.Steps)}
		apart = false
		if same := x.SameAs; same > 0 {
			err := t.checkSame(ctx, x.Workspace, x.Finding, same)
			if apart = errors.As(err, new(visit.InputErrors)); err != nil && !apart {
				return err
			}
			if apart {
				x.Forget(same)
			}
		}
		_, err := t.changeAction(ctx, x.Workspace, x.Finding, now, func(_ *visit.Finding, here *visit.Action) error {
			if apart = apart && here.Rev == 0; here.Rev == 0 {
				here.ActionFacts, here.Steps = x.ActionFacts, x.Steps
			}
			return nil
		})
		return err
	})
	return apart, err
}

func (t *txn) changeAction(ctx context.Context, workspace string, number int, now time.Time, f func(*visit.Finding, *visit.Action) error) (a visit.ActionOf, err error) {
	var before, after visit.Action
	var subject visit.Subject
	_, err = t.changeFinding(ctx, workspace, number, func(x *visit.Finding) error {
		was, err := actionOf(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		subject, before, after = x.Subject, was.Action, was.Action
		after.Steps = slices.Clone(before.Steps)
		after.ActionFacts = before.ActionFacts.Clone()
		return f(x, &after)
	})
	if err != nil {
		return a, err
	}
	if err := t.saveAction(ctx, &before, &after); err != nil {
		return a, err
	}
	if a, err = actionOf(ctx, t, workspace, number); err != nil {
		return a, err
	}
	if a.Action.Rev > before.Rev { // the first daily message of a week tells of what is late
		people := slices.DeleteFunc([]string{a.Action.Reviewer, a.Owner}, func(p string) bool { return p == "" })
		if err := t.addDigests(ctx, workspace, people, digests{t.timing.At, a.Place.ChannelZone, now}); err != nil {
			return a, err
		}
	}
	return a, t.remindActions(ctx, workspace, now, subject, a.Finding.Subject)
}

// remindActions makes anew the reminders of the actions of some subjects. What belongs to none
// has no reminders: nobody but who logged it can read it.
func (t *txn) remindActions(ctx context.Context, workspace string, now time.Time, subjects ...visit.Subject) error {
	slices.Sort(subjects)
	for _, subject := range slices.Compact(subjects) {
		switch kind, _ := subject.Cut(); kind {
		case visit.OfVisit, visit.OfInspection: // which who changes a finding has locked
		case visit.OfFactory:
			if _, err := t.ExecContext(ctx, `UPDATE factories SET rev = rev WHERE workspace = $1 AND number = $2`, workspace, subject.Number()); err != nil {
				return err
			}
		default:
			continue
		}
		rows, err := t.occurrencesOf(ctx, workspace, subject)
		if err != nil {
			return err
		}
		as, err := actions(ctx, t, workspace, ActionFilter{Subject: subject, Agreed: true})
		if err != nil {
			return err
		}
		withdrawn, added := visit.ReplanActions(t.timing, now, as, rows)
		if err := t.cancelOccurrences(ctx, workspace, subject, 0, withdrawn); err != nil {
			return err
		}
		if err := t.insertOccurrences(ctx, added); err != nil {
			return err
		}
		for n := range as {
			if a := &as[n]; a.Owner != "" && !a.ContainBy().IsZero() { // late without anybody having touched it
				if err := t.addDigests(ctx, workspace, []string{a.Owner}, digests{t.timing.At, a.Place.ChannelZone, now}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tellOwner gives who has taken over a visit or an inspection the daily message, whose first one of
// a week tells of its late actions.
func (t *txn) tellOwner(ctx context.Context, workspace string, of visit.Subject, owner string, d digests) error {
	as, err := actions(ctx, t, workspace, ActionFilter{Subject: of})
	if err != nil || !slices.ContainsFunc(as, func(a visit.ActionOf) bool {
		return a.Action.State.Live() && (a.Action.Rev > 0 || !a.ContainBy().IsZero())
	}) {
		return err
	}
	return t.addDigests(ctx, workspace, []string{owner}, d)
}

// remindAgreed makes anew the reminders of the actions that an agreement is about: those of its
// factory in its channel whose answer is waited for.
func (t *txn) remindAgreed(ctx context.Context, a *visit.Agreement, now time.Time) error {
	as, err := actions(ctx, t, a.Workspace, ActionFilter{At: a.Factory.Number, Channels: []string{a.Channel}, States: []visit.ActionState{visit.ActionOpen}})
	if err != nil {
		return err
	}
	var asked []visit.Subject
	for _, x := range as {
		if !x.Action.Asked.IsZero() && !slices.Contains(asked, x.Finding.Subject) {
			asked = append(asked, x.Finding.Subject)
		}
	}
	// As who changes a finding has its visit or its inspection.
	if err := t.touch(ctx, a.Workspace, asked...); err != nil {
		return err
	}
	return t.remindActions(ctx, a.Workspace, now, asked...)
}

func (t *txn) saveAction(ctx context.Context, before, a *visit.Action) error {
	had := len(before.Steps)
	if len(a.Steps) < had {
		return errors.New("steps of an action are only ever added")
	}
	if len(a.Steps) == had {
		return nil
	}
	if a.State == visit.ActionWithdrawn && a.SameAs > 0 {
		if err := t.checkSame(ctx, before.Workspace, before.Finding, a.SameAs); err != nil {
			return err
		}
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts) VALUES ($1, $2, 1, $3, $4, $5, $6)
		ON CONFLICT (workspace, finding) DO UPDATE SET rev = actions.rev + 1, state = excluded.state, due = excluded.due, reviewer = excluded.reviewer, facts = excluded.facts`,
		before.Workspace, before.Finding, string(a.State), a.Due.String(), a.Reviewer, asJSON(&a.ActionFacts)); err != nil {
		return err
	}
	var rows [][]any
	for n := had; n < len(a.Steps); n++ {
		p := a.Steps[n]
		p.N = n + 1
		rows = append(rows, append([]any{before.Workspace, before.Finding}, stored(stepFields(&p))...))
		about := p.Proofs
		if p.Kind == visit.StepUndo && n > 0 {
			about = a.Steps[n-1].Proofs
		}
		if err := t.markPhotos(ctx, a, before.Workspace, before.Finding, about); err != nil {
			return err
		}
	}
	return t.insert(ctx, `steps (workspace, finding, `+stepColumns+`)`, rows, "")
}

// markPhotos notes of the photos of some proofs whether they show the change: while a proof of the action
// has them, or a step that is not undone brought them.
func (t *txn) markPhotos(ctx context.Context, a *visit.Action, workspace string, finding int, about []visit.Proof) error {
	shows := slices.Clone(a.Proofs)
	for n, p := range a.Steps {
		if n+1 == len(a.Steps) || a.Steps[n+1].Kind != visit.StepUndo {
			shows = append(shows, p.Proofs...)
		}
	}
	for _, proof := range about {
		for _, id := range proof.Photos {
			after := slices.ContainsFunc(shows, func(o visit.Proof) bool { return slices.Contains(o.Photos, id) })
			if _, err := t.ExecContext(ctx, `UPDATE photos SET after_change = $4 WHERE workspace = $1 AND finding = $2 AND file_id = $3`, workspace, finding, id, after); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow does what a new finding brings: it is reminded of where that needs no step, and opens
// again what it shows once more.
func (t *txn) follow(ctx context.Context, f *visit.Finding, now time.Time) error {
	if !f.SameReminders(&visit.Finding{Subject: f.Subject, Kind: f.Kind}) {
		if err := t.remindActions(ctx, f.Workspace, now, f.Subject); err != nil {
			return err
		}
	}
	return t.reopenSame(ctx, f, now)
}

// reopenSame opens again what was verified of a finding when another one shows the same fault of
// the same factory later, in the same channel.
func (t *txn) reopenSame(ctx context.Context, f *visit.Finding, now time.Time) error {
	if !f.Repeats() {
		return nil
	}
	as, err := actions(ctx, t, f.Workspace, ActionFilter{Channels: []string{f.Channel}, Factory: f.Factory, Defect: f.Defect, States: []visit.ActionState{visit.ActionVerified}})
	for _, a := range as {
		if err != nil || !f.ShowsAgain(&a) {
			continue
		}
		_, err = t.changeAction(ctx, f.Workspace, a.Finding.Number, now, func(was *visit.Finding, x *visit.Action) error {
			return x.ReopenFor(was, f, visit.Doer{By: f.By, Now: now, Today: a.Place.Today(now)})
		})
	}
	return err
}

// checkSame reports a finding that another cannot be the same as: one of another channel, which
// is as if there were none, one of another factory, or that is itself the same as that one.
func (t *txn) checkSame(ctx context.Context, workspace string, number, same int) error {
	x, err := actionOf(ctx, t, workspace, number)
	if err != nil {
		return err
	}
	o, err := actionOf(ctx, t, workspace, same)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return err
	}
	switch {
	case err != nil || o.Finding.Channel != x.Finding.Channel || !o.Finding.HasAction():
		return visit.InputErrors{visit.Invalid("same", "There is no finding %d here. Please give another number.", same)}
	case o.Finding.Factory != x.Finding.Factory: // nobody there would mend it
		return visit.InputErrors{visit.Invalid("same", "Finding %d is of another factory. Please give one of the same factory.", same)}
	case o.Action.SameAs == number:
		return visit.InputErrors{visit.Invalid("same", "Finding %d is already marked as the same as this one.", same)}
	}
	return nil
}

// An ActionFilter says which actions to list; its zero value is every one of a workspace.
type ActionFilter struct {
	Channels []string      // only findings in these; nil is in all
	Own      string        // with Channels, also findings that this person logged and that stand in none
	Subject  visit.Subject // only of this visit, inspection or factory alone
	Factory  string        // only at the factories of this name; what belongs to nothing is at none
	At       int           // only at the factory of this number
	Defect   string        // only of this defect
	Reviewer string
	Of       string // only those that this person reviews, or of what they planned that have begun or are critical
	States   []visit.ActionState
	// Live leaves out those that are closed, and ideas that nobody has followed up.
	Live      bool
	OverdueOn civil.Date // only those whose factory is late on the day; zero is all
	Agreed    bool       // with the agreements that say how both sides talk
}

// Actions lists the actions of findings that ask for one, without their steps and with their
// photos: what is due first stands first, and what has no day last. Who may read which the
// caller knows: each has its channel.
func (s *Store) Actions(ctx context.Context, workspace string, f ActionFilter) ([]visit.ActionOf, error) {
	as, err := actions(ctx, s.read, workspace, f)
	if err == nil {
		err = photosOfActions(ctx, s.read, workspace, f, as)
	}
	if err != nil {
		return nil, fmt.Errorf("list the actions: %w", classify(err))
	}
	return as, nil
}

// photosOfActions adds the photos to what a filter lists.
func photosOfActions(ctx context.Context, r reader, workspace string, f ActionFilter, as []visit.ActionOf) error {
	var args arguments
	where := f.where(workspace, &args)
	of, err := photosOf(ctx, r, `SELECT n.number`+actionsJoin+where, args...)
	if err != nil {
		return err
	}
	for n := range as {
		as[n].Finding.Photos = of[as[n].Finding.Number]
	}
	return nil
}

func actions(ctx context.Context, r reader, workspace string, f ActionFilter) ([]visit.ActionOf, error) {
	var args arguments
	where := f.where(workspace, &args)
	as, err := all(ctx, r, scanActionOf, actionsFrom+where, args...)
	if err != nil {
		return nil, err
	}
	as = slices.DeleteFunc(as, func(a visit.ActionOf) bool { return !f.lists(&a) })
	slices.SortFunc(as, visit.CompareActions) // here and not in the query: along an order by number SQLite reads every finding
	if err = homesOf(ctx, r, workspace, as, func(n int, zone string) { as[n].Place.ChannelZone = zone }); err == nil && f.Agreed {
		err = agreedOf(ctx, r, workspace, as)
	}
	return as, err
}

// agreedOf adds to actions the agreements with their factories in their channels. Those of other
// channels are for other people.
func agreedOf(ctx context.Context, r reader, workspace string, as []visit.ActionOf) error {
	type place struct {
		factory int
		channel string
	}
	known := map[place][]visit.Agreement{}
	for n := range as {
		at := place{as[n].At, as[n].Finding.Channel}
		if at.factory == 0 || at.channel == "" {
			continue
		}
		found, there := known[at]
		if !there {
			var err error
			if found, err = all(ctx, r, agreements.scan, `SELECT `+agreements.columns+agreements.from+` WHERE v.workspace = $1 AND v.factory = $2 AND v.channel = $3 ORDER BY v.number`,
				workspace, at.factory, at.channel); err != nil {
				return err
			}
			known[at] = found
		}
		as[n].Agreements = found
	}
	return nil
}

func (f *ActionFilter) where(workspace string, args *arguments) string {
	w := "WHERE n.workspace = " + args.add(workspace) + " AND n.withdrawn_by = '' AND n.kind <> '" + string(visit.RedFlag) + "'"
	const state = "COALESCE(a.state, '" + string(visit.ActionOpen) + "')"
	w += oneOf(args, state, f.States)
	if f.Live {
		w += oneOf(args, state, []visit.ActionState{visit.ActionOpen, visit.ActionProposed, visit.ActionAgreed, visit.ActionDone})
		w += " AND (n.kind <> '" + string(visit.Idea) + "' OR a.rev IS NOT NULL)"
	}
	if f.Channels != nil {
		in := oneOf(args, "COALESCE(v.channel, i.channel, n.channel)", f.Channels)[len(" AND "):]
		if f.Own != "" {
			in = "(" + in + " OR n.of_kind = '' AND n.channel = '' AND n.made_by = " + args.add(f.Own) + ")"
		}
		w += " AND " + in
	}
	if f.Subject != "" {
		kind, _ := f.Subject.Cut()
		w += " AND n.of_kind = " + args.add(string(kind)) + " AND n.of_number = " + args.add(f.Subject.Number())
	}
	if f.Factory != "" {
		name := args.add(f.Factory)
		w += atFactories(args, workspace, `(SELECT number FROM factories WHERE workspace = `+args.add(workspace)+` AND removed IN (TRUE, FALSE) AND name = `+name+`)`)
	}
	if f.At > 0 {
		w += atFactories(args, workspace, "("+args.add(f.At)+")")
	}
	if f.Defect != "" {
		w += " AND n.defect = " + args.add(f.Defect)
	}
	if f.Reviewer != "" {
		w += " AND a.reviewer = " + args.add(f.Reviewer)
	}
	if f.Of != "" {
		of := args.add(f.Of)
		w += " AND (a.reviewer = " + of + " OR (a.rev IS NOT NULL OR n.severity = '" + string(visit.Critical) + "' AND n.of_kind <> '') AND COALESCE(v.owner, i.owner, n.made_by) = " + of + ")"
	}
	if !f.OverdueOn.IsZero() {
		w += " AND a.due <> '' AND a.due < " + args.add(f.OverdueOn.String())
	}
	return w
}

// atFactories is the condition that a finding n is at one of some factories. It goes from what findings
// hang on, of which a factory has little, along the index of that: by the factory that a finding is
// joined with, every finding of the workspace would be read. The join is CROSS, in which SQLite begins
// with what stands first.
func atFactories(args *arguments, workspace, factories string) string {
	w := args.add(workspace)
	of := func(kind visit.SubjectKind, table, factory string) string {
		return `SELECT '` + string(kind) + `' AS kind, number FROM ` + table + ` WHERE workspace = ` + w + ` AND ` + factory + ` IN ` + factories
	}
	return ` AND n.number IN (SELECT o.number FROM (` + of(visit.OfVisit, "visits", "factory") + ` UNION ALL ` + of(visit.OfInspection, "inspections", "factory") +
		` UNION ALL ` + of(visit.OfFactory, "factories", "number") + `) x CROSS JOIN findings o WHERE o.workspace = ` + w + ` AND o.of_kind = x.kind AND o.of_number = x.number)`
}

// lists reports what the query cannot say.
func (f *ActionFilter) lists(a *visit.ActionOf) bool {
	return f.OverdueOn.IsZero() || a.Action.OverdueOn(f.OverdueOn)
}
