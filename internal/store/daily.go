package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A Daily is all of which the one message may tell that a person gets by themselves on a
// working day.
type Daily struct {
	Own     []Task           // open items that they own, of what is not over
	Unowned []Task           // open items that nobody owns, of what they planned
	Actions []visit.ActionOf // open ones that they review, or of what they planned, without their steps
	Asks    []visit.Ask      // what they are to be told or asked and have not been, the first due first
	// Proposals are factories that they planned a visit to, with what the next one follows from: of all
	// channels, also those that they may not see.
	Proposals []visit.Proposal

	days map[civil.Date]bool // on which they are reminded of something, in their zone
}

// Comes reports whether it comes on a day to somebody in a zone: something that they own
// is due and no reminder in its channel names them, something that nobody owns is due, or
// there is something to tell or to ask. On the first working day of a week it comes for actions,
// too, that are late, and for visits that may be proposed to them, as far as is known here.
func (d *Daily) Comes(on civil.Date, zone string, t *visit.Timing) bool {
	if d.days == nil { // a forecast asks for many days
		d.days = map[civil.Date]bool{}
		for _, k := range d.Own {
			d.days[k.remindDay(zone, t)] = d.days[k.remindDay(zone, t)] || !k.Named
		}
		for _, k := range d.Unowned {
			d.days[k.remindDay(zone, t)] = true
		}
	}
	late := func(a visit.ActionOf) bool { return a.LateOn(on) || a.Action.Escalates(on) }
	proposed := func(p visit.Proposal) bool { return p.MayBeTold(on, zone, t) }
	if !on.IsZero() && (t.BeginsWeek(on, zone) && slices.ContainsFunc(d.Actions, late) || slices.ContainsFunc(d.Proposals, proposed)) {
		return true
	}
	return !on.IsZero() && d.days[on] || slices.ContainsFunc(d.Asks, func(a visit.Ask) bool { return !a.Day.After(on) })
}

// Tell takes out what the message of a day tells: all that is due, but of no kind about
// more than [visit.AsksAtOnce] subjects.
func (d *Daily) Tell(on civil.Date) (told []visit.Ask) {
	about := map[visit.AskKind][]visit.Subject{}
	d.Asks = slices.DeleteFunc(d.Asks, func(a visit.Ask) bool {
		of := about[a.Kind]
		if known := slices.Contains(of, a.Subject); a.Day.After(on) || !known && len(of) == visit.AsksAtOnce {
			return false
		} else if !known {
			about[a.Kind] = append(of, a.Subject)
		}
		told = append(told, a)
		return true
	})
	return told
}

// RemindedOn reports whether somebody in a zone is reminded of the task on a day. Items for
// the day itself are in the message that comes at the factory's hour.
func (t *Task) RemindedOn(on civil.Date, zone string, timing *visit.Timing) bool {
	return !on.IsZero() && t.remindDay(zone, timing) == on
}

// remindDay is the day on which somebody in a zone is reminded of the task; none for an
// item of the day itself.
func (t *Task) remindDay(zone string, timing *visit.Timing) civil.Date {
	m := t.Falls()
	if kind, _ := t.Subject.Cut(); m == visit.Eve && kind == visit.OfVisit {
		z, err := visit.Zone(zone)
		if err != nil {
			return civil.Date{}
		}
		return civil.Of(timing.EveOf(t.First, zone, t.Zone).In(z))
	}
	if m == 0 {
		return civil.Date{}
	}
	return timing.RemindDay(m, t.Due(), zone)
}

// Daily reads what there is to tell a person at now, but for what they have paused.
func (s *Store) Daily(ctx context.Context, workspace, person string, now time.Time) (d Daily, err error) {
	over := func(t Task) bool { return t.Past(now) }
	if d.Own, err = s.Tasks(ctx, workspace, person); err != nil {
		return d, err
	}
	if d.Unowned, err = s.unowned(ctx, workspace, person); err != nil {
		return d, err
	}
	if err := s.reminded(ctx, workspace, d.Own); err != nil {
		return d, err
	}
	d.Own, d.Unowned = slices.DeleteFunc(d.Own, over), slices.DeleteFunc(d.Unowned, over)
	if d.Actions, err = s.Actions(ctx, workspace, ActionFilter{Of: person, Live: true}); err != nil {
		return d, err
	}
	if d.Proposals, err = s.proposals(ctx, workspace, person, now); err != nil {
		return d, err
	}
	d.Asks, err = all(ctx, s.read, scanAsk, `SELECT `+askColumns+` FROM asks
		WHERE workspace = $1 AND person = $2 AND told_day = '' ORDER BY due_day, made_at, kind, subject, about`, workspace, person)
	if err != nil {
		return d, fmt.Errorf("list what a person is to be asked: %w", classify(err))
	}
	paused, err := s.Pauses(ctx, workspace, []string{person})
	d.without(paused[person])
	return d, err
}

const askColumns = `workspace, person, kind, subject, about, data, due_day, made_at`

func scanAsk(row scanner) (a visit.Ask, err error) {
	return a, row.Scan(&a.Workspace, &a.Person, &a.Kind, &a.Subject, &a.About, &a.Data, &a.Day, instantField{&a.Made})
}

// Ask records what somebody is to be told or asked in their daily message. What was told
// already is told again, from its new day on.
func (s *Store) Ask(ctx context.Context, a visit.Ask, zone string) error {
	return s.change(ctx, "record what a person is to be asked", func(t *txn) error {
		return t.ask(ctx, []visit.Ask{a}, true, digests{s.timing.At, zone, a.Made})
	})
}

// ask records asks and has the daily message of their people come. What was told already,
// and has the same day as then, is told again only where that is said.
func (t *txn) ask(ctx context.Context, as []visit.Ask, again bool, d digests) error {
	var people []string
	for _, a := range as {
		if a.Person == FormerColleague {
			continue
		}
		_, err := t.ExecContext(ctx, `INSERT INTO asks (`+askColumns+`, told_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')
			ON CONFLICT (workspace, person, kind, subject, about) DO UPDATE SET data = excluded.data, due_day = excluded.due_day, made_at = excluded.made_at,
				told_day = CASE WHEN $9 = 1 OR asks.due_day <> excluded.due_day THEN '' ELSE asks.told_day END`,
			a.Workspace, a.Person, string(a.Kind), string(a.Subject), a.About, a.Data, a.Day.String(), millis(a.Made), btoi(again))
		if err != nil {
			return err
		}
		if !slices.Contains(people, a.Person) {
			people = append(people, a.Person)
		}
	}
	if len(as) == 0 {
		return nil
	}
	return t.addDigests(ctx, as[0].Workspace, people, d)
}

// Unask takes back what was not told yet: of a kind, about a subject, or one thing of it.
func (s *Store) Unask(ctx context.Context, workspace string, k visit.AskKind, subject visit.Subject, about string) error {
	return s.change(ctx, "take back what a person was to be asked", func(t *txn) error {
		_, err := t.ExecContext(ctx, `DELETE FROM asks WHERE workspace = $1 AND subject = $2 AND kind = $3 AND about = $4 AND told_day = ''`,
			workspace, string(subject), string(k), about)
		return err
	})
}

// ToldInDaily notes what a daily message of a day has told, or what there is nothing to tell of
// any more.
func (s *Store) ToldInDaily(ctx context.Context, as []visit.Ask, on civil.Date) error {
	return s.change(ctx, "note what a person was told", func(t *txn) error { return t.told(ctx, as, on) })
}

// told leaves what was asked once more meanwhile to be told.
func (t *txn) told(ctx context.Context, as []visit.Ask, on civil.Date) error {
	for _, a := range as {
		if again := a.Kind.Again(on); !again.IsZero() { // until it is taken back
			if _, err := t.ExecContext(ctx, `UPDATE asks SET due_day = $6 WHERE workspace = $1 AND person = $2 AND kind = $3 AND subject = $4 AND about = $5 AND made_at = $7`,
				a.Workspace, a.Person, string(a.Kind), string(a.Subject), a.About, again.String(), millis(a.Made)); err != nil {
				return err
			}
			continue
		}
		if _, err := t.ExecContext(ctx, `UPDATE asks SET told_day = $6 WHERE workspace = $1 AND person = $2 AND kind = $3 AND subject = $4 AND about = $5 AND made_at = $7`,
			a.Workspace, a.Person, string(a.Kind), string(a.Subject), a.About, on.String(), millis(a.Made)); err != nil {
			return err
		}
	}
	return nil
}

// askAnew replaces what somebody is asked because of how a visit or an inspection is. It is
// made at now.
func (t *txn) askAnew(ctx context.Context, workspace string, subject visit.Subject, as []visit.Ask, d digests) error {
	kinds := visit.DerivedAsks()
	args := arguments{workspace, string(subject)}
	if _, err := t.ExecContext(ctx, `DELETE FROM asks WHERE workspace = $1 AND subject = $2 AND told_day = ''`+oneOf(&args, "kind", kinds), args...); err != nil {
		return err
	}
	for n := range as {
		as[n].Made = d.from
	}
	return t.ask(ctx, as, false, d)
}

// unowned lists the open items that nobody owns, of what a person planned. Those of an
// inspection are its inspector's.
func (s *Store) unowned(ctx context.Context, workspace, planner string) ([]Task, error) {
	return s.tasks(ctx, "list the items that nobody owns", `i.workspace = $1 AND i.owner = '' AND i.done_by = '' AND NOT i.removed AND v.owner = $2 AND v.owner <> ''`,
		`v.inspector = ''`, workspace, planner)
}

// readable is the condition that a reminder in the channel shows an item: the channel takes
// it, and nobody reads there who may not see the item.
const readable = `(NOT EXISTS (SELECT 1 FROM channels h WHERE h.workspace = v.workspace AND h.channel = v.channel AND h.state <> '')
	AND (NOT i.sensitive OR EXISTS (SELECT 1 FROM channels h WHERE h.workspace = v.workspace AND h.channel = v.channel AND NOT h.shared AND NOT h.guests)))`

// reminded leaves Named only where there is a reminder for the day on which a task falls.
func (s *Store) reminded(ctx context.Context, workspace string, ts []Task) error {
	type milestone struct {
		of visit.Subject
		on visit.Milestone
	}
	var subjects []visit.Subject
	for _, t := range ts {
		if !slices.Contains(subjects, t.Subject) {
			subjects = append(subjects, t.Subject)
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	args := arguments{workspace}
	ms, err := all(ctx, s.read, func(row scanner) (m milestone, err error) { return m, row.Scan(&m.of, &m.on) }, `SELECT subject, milestone FROM occurrences
		WHERE workspace = $1 AND kind = 'remind' AND state IN ('pending', 'sending', 'uncertain', 'sent')`+oneOf(&args, "subject", subjects), args...)
	if err != nil {
		return fmt.Errorf("list what is reminded of: %w", classify(err))
	}
	for n := range ts {
		ts[n].Named = ts[n].Named && slices.Contains(ms, milestone{ts[n].Subject, ts[n].Falls()})
	}
	return nil
}

// tasks lists open items, over all visits that are not cancelled and all inspections
// without a result, by the day they are due. Of an inspection that took place and has its
// result it lists what follows from it.
func (s *Store) tasks(ctx context.Context, what, which, ofInspections string, args ...any) ([]Task, error) {
	columns := "i." + strings.ReplaceAll(itemColumns, ", ", ", i.")
	ts, err := all(ctx, s.read, func(row scanner) (k Task, err error) {
		var workspace, subject string
		err = row.Scan(append([]any{&k.Subject, &k.Number, &k.Factory, &k.Channel, &k.Private, &k.Zone, &k.ChannelZone, &k.First, &k.Last, &k.Named,
			&workspace, &subject}, itemFields(&k.Item)...)...)
		return k, err
	}, `SELECT i.subject, v.number, f.name, v.channel, v.private, v.zone, v.home, v.first_day, v.last_day, `+readable+`, `+columns+`
		FROM items i JOIN visits v ON v.workspace = i.workspace
			AND v.number = `+numberIn(`i.subject`, visit.OfVisit)+` AND v.cancelled_by = ''
		JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory WHERE `+which+`
		UNION ALL
		SELECT i.subject, v.number, f.name, v.channel, v.private, v.zone, v.home, v.due_day, v.due_day, `+readable+`, `+columns+`
		FROM items i JOIN inspections v ON v.workspace = i.workspace
			AND v.number = `+numberIn(`i.subject`, visit.OfInspection)+` AND (v.result = '' OR v.result IN ('passed', 'failed', 'pending') AND (i.due_day = '' AND i.milestone > 0 OR i.due_day > v.due_day))
		JOIN factories f ON f.workspace = v.workspace AND f.number = v.factory WHERE `+which+` AND `+ofInspections, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, classify(err))
	}
	slices.SortStableFunc(ts, func(a, b Task) int { return a.Due().Compare(b.Due()) })
	return ts, nil
}
