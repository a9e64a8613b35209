package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// numbersIn is the condition that a column is one of some numbers.
func numbersIn(args *arguments, column string, numbers []int) string {
	marks := []string{"-1"}
	for _, n := range numbers {
		marks = append(marks, args.add(n))
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")"
}

// ScoreFacts reads what the scores of some factories are counted from, of all channels: who may
// read which the caller knows.
func (s *Store) ScoreFacts(ctx context.Context, workspace string, factories []int) (map[int]*visit.ScoreFacts, error) {
	facts, err := scoreFacts(ctx, s.read, workspace, factories)
	if err != nil {
		return nil, fmt.Errorf("read what scores are counted from: %w", classify(err))
	}
	return facts, nil
}

func scoreFacts(ctx context.Context, r reader, workspace string, factories []int) (map[int]*visit.ScoreFacts, error) {
	facts := make(map[int]*visit.ScoreFacts, len(factories))
	for _, f := range factories {
		facts[f] = new(visit.ScoreFacts)
	}
	for _, read := range []func(context.Context, reader, string, []int, map[int]*visit.ScoreFacts) error{lotFacts, actionFacts, deliveryFacts, markFacts, certificateFacts, visitFacts} {
		if err := read(ctx, r, workspace, factories, facts); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

func lotFacts(ctx context.Context, r reader, workspace string, factories []int, facts map[int]*visit.ScoreFacts) error {
	args := arguments{workspace}
	is, err := all(ctx, r, func(row scanner) (i visit.Inspection, err error) {
		return i, row.Scan(&i.Factory.Number, &i.Number, &i.Channel, &i.Due, (*string)(&i.Result), asJSON(&i.Lot), &i.Lot.Series)
	}, `SELECT factory, number, channel, due_day, result, lot, series FROM inspections
		WHERE workspace = $1 AND `+numbersIn(&args, "factory", factories)+` AND result IN ('passed', 'failed') AND lot <> ''`, args...)
	for n := range is {
		if l, ok := is[n].LotFact(); ok {
			f := facts[is[n].Factory.Number]
			f.Lots = append(f.Lots, l)
		}
	}
	return err
}

// findingsAtOnce is of how many visits or inspections one query reads the findings. Of many at once
// PostgreSQL expects so much that it compiles the query first, which takes half a second.
const findingsAtOnce = 20

// A scorePlace is what findings hang on: a visit, an inspection or a factory.
type scorePlace struct {
	number, factory int
	channel, zone   string
}

// actionFacts reads the findings of factories from what they hang on, of which a factory has few, in
// two steps: in one, databases rather read every finding of the workspace.
func actionFacts(ctx context.Context, r reader, workspace string, factories []int, facts map[int]*visit.ScoreFacts) error {
	for _, of := range []struct{ kind, table, factory, channel string }{
		{"visit", "visits", "factory", "channel"}, {"inspection", "inspections", "factory", "channel"}, {"factory", "factories", "number", "''"},
	} {
		args := arguments{workspace}
		places, err := all(ctx, r, func(row scanner) (p scorePlace, err error) {
			return p, row.Scan(&p.number, &p.factory, &p.channel, &p.zone)
		},
			`SELECT number, `+of.factory+`, `+of.channel+`, zone FROM `+of.table+` WHERE workspace = $1 AND `+numbersIn(&args, of.factory, factories), args...)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(places, findingsAtOnce) {
			if err := actionsAt(ctx, r, workspace, of.kind, some, facts); err != nil {
				return err
			}
		}
	}
	return nil
}

func actionsAt(ctx context.Context, r reader, workspace, kind string, places []scorePlace, facts map[int]*visit.ScoreFacts) error {
	args, numbers, at := arguments{workspace, kind}, []int{}, map[int]*scorePlace{}
	for n := range places {
		p := &places[n]
		numbers, at[p.number] = append(numbers, p.number), p
	}
	as, err := all(ctx, r, func(row scanner) (a visit.ActionOf, err error) {
		var number int
		f := &a.Finding
		err = row.Scan(&f.Number, &number, &f.Channel, (*string)(&f.Kind), (*string)(&f.Severity), instantField{&f.At}, instantField{&f.TakenAt}, asJSON(&a.Action.ActionFacts))
		f.Subject = visit.SubjectOf(visit.SubjectKind(kind), number)
		if a.Action.State == "" {
			a.Action.State = visit.ActionOpen
		}
		return a, err
	}, `SELECT n.number, n.of_number, n.channel, n.kind, n.severity, n.made_at, n.taken_at,
			COALESCE((SELECT a.facts FROM actions a WHERE a.workspace = n.workspace AND a.finding = n.number), '') FROM findings n
		WHERE n.workspace = $1 AND n.of_kind = $2 AND `+numbersIn(&args, "n.of_number", numbers)+` AND n.withdrawn_by = '' AND n.kind <> '`+string(visit.RedFlag)+`'`, args...)
	for n := range as {
		a := &as[n]
		p := at[a.Finding.Subject.Number()]
		if kind != "factory" { // of a factory alone the finding says who may read it
			a.Finding.Channel = p.channel
		}
		a.Place.Zone = p.zone
		if fact, ok := a.ActionFact(); ok {
			facts[p.factory].Actions = append(facts[p.factory].Actions, fact)
		}
	}
	return err
}

func deliveryFacts(ctx context.Context, r reader, workspace string, factories []int, facts map[int]*visit.ScoreFacts) error {
	args := arguments{workspace}
	ds, err := all(ctx, r, func(row scanner) (d visit.OrderDelivery, err error) {
		return d, row.Scan(&d.Factory.Number, &d.Number, &d.Channel, &d.Order, &d.Confirmed, &d.Shipped, &d.Quantity, &d.Sent, &d.OurDelay)
	}, `SELECT factory, number, channel, order_name, confirmed_day, shipped_day, quantity, sent, our_delay FROM deliveries
		WHERE workspace = $1 AND `+numbersIn(&args, "factory", factories), args...)
	for _, d := range ds {
		f := facts[d.Factory.Number]
		f.Deliveries = append(f.Deliveries, d)
	}
	return err
}

func markFacts(ctx context.Context, r reader, workspace string, factories []int, facts map[int]*visit.ScoreFacts) error {
	args := arguments{workspace}
	ms, err := all(ctx, r, scanMark, `SELECT `+markColumns+` FROM factory_marks WHERE workspace = $1 AND `+numbersIn(&args, "factory", factories), args...)
	for _, m := range ms {
		f := facts[m.Factory]
		f.Marks = append(f.Marks, m)
	}
	return err
}

func certificateFacts(ctx context.Context, r reader, workspace string, factories []int, facts map[int]*visit.ScoreFacts) error {
	args := arguments{workspace}
	as, err := all(ctx, r, agreements.scan, `SELECT `+agreements.columns+agreements.from+
		`WHERE v.workspace = $1 AND v.kind = 'certificate' AND `+numbersIn(&args, "v.factory", factories), args...)
	for _, a := range as {
		f := facts[a.Factory.Number]
		f.Certificates = append(f.Certificates, a)
	}
	return err
}

func visitFacts(ctx context.Context, r reader, workspace string, factories []int, facts map[int]*visit.ScoreFacts) error {
	type at struct {
		factory int
		visit.VisitFact
	}
	args := arguments{workspace}
	vs, err := all(ctx, r, func(row scanner) (v at, err error) {
		return v, row.Scan(&v.factory, &v.Number, &v.Channel, &v.Owner, &v.First, &v.Last)
	}, `SELECT factory, number, channel, owner, first_day, last_day FROM visits
		WHERE workspace = $1 AND cancelled_by = '' AND `+numbersIn(&args, "factory", factories), args...)
	for _, v := range vs {
		f := facts[v.factory]
		f.Visits = append(f.Visits, v.VisitFact)
	}
	return err
}

// A FrozenScore is a version of a quarter that is frozen, and the channels that it was counted from.
type FrozenScore struct {
	Factory int
	visit.Scorecard
	Channels []string
}

// ReadBy reports whether somebody may see it: they read all the channels that it was counted from.
// What was counted from none nobody may.
func (f *FrozenScore) ReadBy(reads func(channel string) bool) bool {
	return len(f.Channels) > 0 && !slices.ContainsFunc(f.Channels, func(c string) bool { return !reads(c) })
}

// Scores lists the frozen quarters of some factories from one on, by factory and quarter, each in all
// its versions, the last one first. A reader is shown the first that they may see.
func (s *Store) Scores(ctx context.Context, workspace string, factories []int, from visit.Quarter) ([]FrozenScore, error) {
	args := arguments{workspace, from.String()}
	fs, err := all(ctx, s.read, scanScore, `SELECT factory, version, card, frozen_at FROM scores
		WHERE workspace = $1 AND quarter >= $2 AND `+numbersIn(&args, "factory", factories)+` ORDER BY factory, quarter, version DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("list the scores: %w", classify(err))
	}
	type place struct {
		factory, version int
		quarter, channel string
	}
	args = arguments{workspace, from.String()}
	ps, err := all(ctx, s.read, func(row scanner) (p place, err error) {
		return p, row.Scan(&p.factory, &p.quarter, &p.version, &p.channel)
	},
		`SELECT factory, quarter, version, channel FROM score_channels WHERE workspace = $1 AND quarter >= $2 AND `+numbersIn(&args, "factory", factories)+` ORDER BY channel`, args...)
	if err != nil {
		return nil, fmt.Errorf("list the channels of scores: %w", classify(err))
	}
	for n := range fs {
		for _, p := range ps {
			if f := &fs[n]; p.factory == f.Factory && p.quarter == f.Quarter.String() && p.version == f.Version {
				f.Channels = append(f.Channels, p.channel)
			}
		}
	}
	return fs, nil
}

func scanScore(row scanner) (f FrozenScore, err error) {
	var card string
	var version int
	var at time.Time
	if err := row.Scan(&f.Factory, &version, &card, instantField{&at}); err != nil {
		return f, err
	}
	err = json.Unmarshal([]byte(card), &f.Scorecard)
	f.Version, f.FrozenAt = version, at
	return f, err
}

// A Freezable is a quarter of a factory that is over and not frozen.
type Freezable struct {
	Workspace string
	Factory   int
	Quarter   visit.Quarter
	Entered   time.Time // when the first lot or order of it was
}

// Freezable lists the quarters, of all workspaces, that had a lot or an order, had ended on a
// day and are not frozen: those of the last two years, the oldest first.
func (s *Store) Freezable(ctx context.Context, ended civil.Date) ([]Freezable, error) {
	quarter := func(day string) string {
		return `substr(` + day + `, 1, 4) || '-Q' || CAST((CAST(substr(` + day + `, 6, 2) AS INTEGER) + 2) / 3 AS TEXT)`
	}
	last := visit.QuarterOf(ended.AddDays(1)).Add(-1)
	fs, err := all(ctx, s.read, func(row scanner) (f Freezable, err error) {
		var q string
		err = row.Scan(&f.Workspace, &f.Factory, &q, instantField{&f.Entered})
		f.Quarter, _ = visit.ParseQuarter(q)
		return f, err
	}, `SELECT x.workspace, x.factory, x.quarter, MIN(x.entered) FROM (
			SELECT workspace, factory, `+quarter("due_day")+` AS quarter, reported_at AS entered FROM inspections
				WHERE result IN ('passed', 'failed') AND lot <> '' AND due_day >= $1 AND due_day <= $2
			UNION ALL SELECT workspace, factory, `+quarter("confirmed_day")+`, created_at FROM deliveries WHERE confirmed_day >= $1 AND confirmed_day <= $2
		) x WHERE NOT EXISTS (SELECT 1 FROM scores c WHERE c.workspace = x.workspace AND c.factory = x.factory AND c.quarter = x.quarter)
		GROUP BY x.workspace, x.factory, x.quarter ORDER BY x.quarter, x.workspace, x.factory`,
		last.Add(-7).First().String(), last.Last().String())
	if err != nil {
		return nil, fmt.Errorf("list the quarters to freeze: %w", classify(err))
	}
	return fs, nil
}

// FreezeScore freezes a quarter of a factory as it is counted now from all its channels. Where it
// is frozen, that stands, and it reports false. So it does where no channel has anything to count.
func (s *Store) FreezeScore(ctx context.Context, workspace string, factory int, q visit.Quarter, now time.Time) (did bool, err error) {
	err = s.change(ctx, "freeze a score", func(t *txn) error {
		if _, err := t.ExecContext(ctx, `UPDATE factories SET rev = rev WHERE workspace = $1 AND number = $2`, workspace, factory); err != nil {
			return err
		}
		n, err := t.count(ctx, `SELECT COUNT(*) FROM scores WHERE workspace = $1 AND factory = $2 AND quarter = $3`, workspace, factory, q.String())
		if did = err == nil && n == 0; !did {
			return err
		}
		did, err = t.putScore(ctx, workspace, factory, q, visit.Scorecard{Version: 1, FrozenAt: now})
		return err
	})
	return did, err
}

// CorrectScore counts a frozen quarter anew and keeps it as its next version, with who asked for it
// and why. The versions before stay. It is visit.ErrNotFound where the quarter is not frozen.
func (s *Store) CorrectScore(ctx context.Context, workspace string, factory int, q visit.Quarter, by, why string, now time.Time) error {
	return s.change(ctx, "correct a score", func(t *txn) error {
		if _, err := t.ExecContext(ctx, `UPDATE factories SET rev = rev WHERE workspace = $1 AND number = $2`, workspace, factory); err != nil {
			return err
		}
		n, err := t.count(ctx, `SELECT COUNT(*) FROM scores WHERE workspace = $1 AND factory = $2 AND quarter = $3`, workspace, factory, q.String())
		if err != nil {
			return err
		}
		if n == 0 {
			return notFound(sql.ErrNoRows, "frozen quarter", q)
		}
		did, err := t.putScore(ctx, workspace, factory, q, visit.Scorecard{Version: n + 1, FrozenAt: now, By: by, Why: why})
		if err == nil && !did {
			err = visit.Invalid("quarter", "Nothing is recorded any more from which %s could be counted. What is frozen stays.", q)
		}
		return err
	})
}

// putScore counts a quarter and writes it as a version. What would be counted from no channel is not
// written: nobody could be asked whether they read it.
func (t *txn) putScore(ctx context.Context, workspace string, factory int, q visit.Quarter, as visit.Scorecard) (did bool, err error) {
	facts, err := scoreFacts(ctx, t, workspace, []int{factory})
	if err != nil {
		return false, err
	}
	f := facts[factory]
	channels := f.ChannelsOf(q)
	if len(channels) == 0 {
		return false, nil
	}
	card := f.Score(q, q.Add(1).First())
	card.Version, card.FrozenAt, card.By, card.Why = as.Version, as.FrozenAt, as.By, as.Why
	b, err := json.Marshal(card)
	if err != nil {
		return false, err
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO scores (workspace, factory, quarter, version, card, frozen_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		workspace, factory, q.String(), as.Version, string(b), millis(as.FrozenAt)); err != nil {
		return false, err
	}
	for _, c := range channels {
		if _, err := t.ExecContext(ctx, `INSERT INTO score_channels (workspace, factory, quarter, version, channel) VALUES ($1, $2, $3, $4, $5)`,
			workspace, factory, q.String(), as.Version, c); err != nil {
			return false, err
		}
	}
	return true, nil
}

// FactoriesIn lists a page of the factories that some channels have something with, by name. It is
// read along the names and stops at the end of the page.
func (s *Store) FactoriesIn(ctx context.Context, workspace string, channels []string, limit, offset int) ([]visit.Factory, error) {
	args := arguments{workspace, false}
	there := thereIn(&args, channels)
	fs, err := all(ctx, s.read, scanFactory, `SELECT `+factoryColumns+` FROM factories f WHERE workspace = $1 AND removed = $2 AND `+there+`
		ORDER BY name, number LIMIT `+strconv.Itoa(limit)+` OFFSET `+strconv.Itoa(max(offset, 0)), args...)
	if err != nil {
		return nil, fmt.Errorf("list the factories of some channels: %w", classify(err))
	}
	return fs, nil
}

// thereIn is the condition that a factory f has something in some channels. It is asked of one factory
// after the other: of EXISTS PostgreSQL makes a table of all that the channels have.
func thereIn(args *arguments, channels []string) string {
	in := oneOf(args, "o.channel || ''", append([]string{}, channels...)) // not by an index of channels: a factory has few rows, a channel many
	var there []string
	for _, table := range [...]string{"visits", "inspections", "plans", "agreements", "deliveries"} {
		there = append(there, `(SELECT 1 FROM `+table+` o WHERE o.workspace = f.workspace AND o.factory = f.number`+in+` LIMIT 1) IS NOT NULL`)
	}
	there = append(there, `(SELECT 1 FROM findings o WHERE o.workspace = f.workspace AND o.of_kind = 'factory' AND o.of_number = f.number`+in+` LIMIT 1) IS NOT NULL`)
	return "(" + strings.Join(there, " OR ") + ")"
}

// FactoriesNamed lists the factories of a name, but for its case, that some channels have something
// with.
func (s *Store) FactoriesNamed(ctx context.Context, workspace, name string, channels []string) ([]visit.Factory, error) {
	args := arguments{workspace, false, name}
	fs, err := all(ctx, s.read, scanFactory, `SELECT `+factoryColumns+` FROM factories f
		WHERE workspace = $1 AND removed = $2 AND LOWER(name) = LOWER($3) AND `+thereIn(&args, channels)+` ORDER BY number`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for a factory by name: %w", classify(err))
	}
	return fs, nil
}

// FactoryIsIn reports whether some channels have something with a factory.
func (s *Store) FactoryIsIn(ctx context.Context, workspace string, number int, channels []string) (bool, error) {
	args := arguments{workspace, number}
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM factories f WHERE workspace = $1 AND number = $2 AND `+thereIn(&args, channels), args...).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a factory in some channels: %w", classify(err))
	}
	return n > 0, nil
}

// How long ago a visit may have been for the next one to be proposed because of it: a follow-up is
// proposed after some weeks, and the longest interval is two years.
const (
	proposedFrom  = 14  // days
	proposedUntil = 900 // days
)

// proposals are the factories of which a person planned the last visit in a channel. Which of them is
// proposed depends on what the person may see, and that the caller knows: a later visit in another
// channel, or one that is planned there, counts for who reads that channel.
func (s *Store) proposals(ctx context.Context, workspace, person string, now time.Time) ([]visit.Proposal, error) {
	today := civil.Of(now.UTC())
	fs, err := all(ctx, s.read, scanFactory, `SELECT `+factoryColumns+` FROM factories f
		WHERE workspace = $1 AND removed = $5 AND number IN (SELECT v.factory FROM visits v
			WHERE v.workspace = $1 AND v.owner = $2 AND v.cancelled_by = '' AND v.last_day <= $3 AND v.last_day >= $4 AND NOT EXISTS (SELECT 1 FROM visits o
				WHERE o.workspace = v.workspace AND o.factory = v.factory AND o.channel = v.channel AND o.cancelled_by = ''
				AND (o.last_day > v.last_day OR o.last_day = v.last_day AND o.number > v.number)))
		ORDER BY number`, workspace, person, today.AddDays(-proposedFrom).String(), today.AddDays(-proposedUntil).String(), false)
	if err != nil || len(fs) == 0 {
		if err != nil {
			err = fmt.Errorf("list the last visits of a person: %w", classify(err))
		}
		return nil, err
	}
	numbers := make([]int, len(fs))
	for n := range fs {
		numbers[n] = fs[n].Number
	}
	facts, err := s.ScoreFacts(ctx, workspace, numbers)
	if err != nil {
		return nil, err
	}
	ps := make([]visit.Proposal, len(fs))
	for n := range fs {
		ps[n] = visit.Proposal{Person: person, Factory: fs[n], Facts: *facts[fs[n].Number]}
	}
	return ps, nil
}
