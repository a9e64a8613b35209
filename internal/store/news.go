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

// A standing thing is what is open in a channel, and whom it concerns: who planned it
// first.
type standing struct {
	subject visit.Subject
	place   visit.Place
	people  []string
}

// standingIn lists what is open in a channel. A visit that ended before since is over.
func (t *txn) standingIn(ctx context.Context, workspace, channel string, since civil.Date) (ss []standing, err error) {
	const here = ` WHERE v.workspace = $1 AND v.channel = $2 AND `
	vs, err := all(ctx, t, visits.scan, `SELECT `+visits.columns+visits.from+here+`v.cancelled_by = '' AND v.last_day >= $3 ORDER BY v.number`, workspace, channel, since.String())
	if err != nil {
		return nil, err
	}
	for _, v := range vs {
		ss = append(ss, standing{v.Subject(), v.Place, v.Concerned()})
	}
	is, err := all(ctx, t, inspections.scan, `SELECT `+inspections.columns+inspections.from+here+`v.result IN ('', 'pending') ORDER BY v.number`, workspace, channel)
	if err != nil {
		return nil, err
	}
	for _, i := range is {
		ss = append(ss, standing{i.Subject(), i.Place, i.Concerned()})
	}
	ps, err := all(ctx, t, plans.scan, `SELECT `+plans.columns+plans.from+here+`v.ended_by = '' ORDER BY v.number`, workspace, channel)
	if err != nil {
		return nil, err
	}
	for _, p := range ps {
		ss = append(ss, standing{p.Subject(), p.Place, p.Concerned()})
	}
	for n := range ss {
		owners, err := all(ctx, t, func(row scanner) (id string, err error) { return id, row.Scan(&id) },
			`SELECT owner FROM items WHERE workspace = $1 AND subject = $2 AND owner <> '' AND done_by = '' AND NOT removed ORDER BY id`, workspace, string(ss[n].subject))
		if err != nil {
			return nil, err
		}
		ss[n].people = append(ss[n].people, owners...)
	}
	return ss, nil
}

// tellOfChannel records who is told that a channel has changed: that other companies read
// there from now on, those who planned something without anybody having agreed to that;
// that nothing can be posted there, all whom something there concerns. It is called before
// the rows of the channel know of it.
func (t *txn) tellOfChannel(ctx context.Context, workspace string, before, now ChannelFacts, at time.Time) error {
	opened := now.ForAll() && now.State == ChannelOpen
	closed := now.State != ChannelOpen && before.State == ChannelOpen
	if !opened && !closed {
		return nil
	}
	ss, err := t.standingIn(ctx, workspace, now.Channel, civil.Of(at.UTC().AddDate(0, 0, -1)))
	if err != nil {
		return err
	}
	g, err := gapOf(ctx, t)
	if err != nil {
		return err
	}
	// The first look since a gap finds what may have been told in it, under a key of its time.
	again := g.echoes(at) && (g.Has(before.Checked) || before.Checked.Equal(now.Checked))
	var news []visit.Occurrence
	tell := func(c visit.Change, s standing, person string) {
		o := visit.NewsOf(workspace, visit.SubjectOf(visit.OfChannel, now.Channel), c, person, person, s.place.ChannelZone, now.Checked, at)
		o.Repeat = again
		if !slices.ContainsFunc(news, func(n visit.Occurrence) bool { return n.Key == o.Key }) {
			news = append(news, o)
		}
	}
	for _, s := range ss {
		if opened && !s.place.Shared && len(s.people) > 0 {
			tell(visit.Opened, s, s.people[0])
		}
		if closed {
			for _, p := range s.people {
				tell(visit.Closed, s, p)
			}
		}
	}
	return t.insertOccurrences(ctx, news)
}

// Theirs reports whether a visit, an inspection, a plan or an agreement is a person's own: they
// planned or recorded it, take part, are reminded, or own an item of it.
func (s *Store) Theirs(ctx context.Context, workspace, person string, subject visit.Subject) (theirs bool, err error) {
	kind, _ := subject.Cut()
	own, ok := ownRows[kind]
	if !ok {
		return false, nil
	}
	var args arguments
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM `+own.table+` v WHERE v.workspace = `+args.add(workspace)+` AND v.number = `+args.add(subject.Number())+
		` AND `+own.where("v", person, args.add), args...).Scan(&theirs)
	if err != nil {
		return false, fmt.Errorf("ask whose something is: %w", classify(err))
	}
	return theirs, nil
}

// An ownTable is a table whose rows are somebody's own.
type ownTable struct {
	table  string
	kind   visit.SubjectKind
	column string // the ids of those who take part
	json   bool   // in JSON
}

var ownRows = map[visit.SubjectKind]ownTable{
	visit.OfVisit:      {"visits", visit.OfVisit, "people", true},
	visit.OfInspection: {"inspections", visit.OfInspection, "inspector", false},
	visit.OfPlan:       {"plans", visit.OfPlan, "inspectors", true},
	visit.OfAgreement:  {"agreements", visit.OfAgreement, "made_by", false},
	visit.OfPromise:    {"promises", visit.OfPromise, "made_by", false},
	visit.OfGift:       {"gifts", visit.OfGift, "made_by", false},
	visit.OfMarket:     {"market_notes", visit.OfMarket, "made_by", false},
}

// where is the condition that a row is a person's own.
func (o ownTable) where(v, person string, arg func(any) string) string {
	p := arg(person)
	takesPart := v + `.` + o.column + ` = ` + p
	if o.json {
		takesPart = v + `.` + o.column + ` LIKE ` + arg(`%"`+like.Replace(person)+`"%`) + ` ESCAPE '!'`
	}
	return `(` + v + `.owner = ` + p + ` OR ` + takesPart + ` OR EXISTS (SELECT 1 FROM items i WHERE i.workspace = ` + v + `.workspace
		AND i.subject = '` + string(o.kind) + `/' || CAST(` + v + `.number AS TEXT) AND i.owner = ` + p + ` AND NOT i.removed))`
}

// like escapes what means something in the pattern of LIKE.
var like = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// closedTo is the condition that a row stands in a channel in which nothing can be
// posted.
func closedTo(v string) string {
	return `EXISTS (SELECT 1 FROM channels h WHERE h.workspace = ` + v + `.workspace AND h.channel = ` + v + `.channel AND h.state <> '')`
}

// ClosedChannels are the channels in which nothing can be posted, as far as is known, and
// why.
func (s *Store) ClosedChannels(ctx context.Context, workspace string) (map[string]ChannelState, error) {
	cs, err := all(ctx, s.read, func(row scanner) (f ChannelFacts, err error) { return f, row.Scan(&f.Channel, &f.State) },
		`SELECT channel, state FROM channels WHERE workspace = $1 AND state <> ''`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the closed channels: %w", classify(err))
	}
	closed := make(map[string]ChannelState, len(cs))
	for _, c := range cs {
		closed[c.Channel] = c.State
	}
	return closed, nil
}
