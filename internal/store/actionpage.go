package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// ActionsPage lists the actions of a filter that keep takes, as Actions does: so many of them, from one
// on, and all is how many there are. Only those that it lists are read whole, with their photos. keep is
// called with what decides who may read an action and in which list it is: its finding's number, subject,
// channel, factory, kind, severity and time, its state, due day and reviewer, what becomes of its lot and
// by when that is to be known, its owner, its factory and its place, without the zone of its channel. It is called while no query runs, and again with what is read whole.
func (s *Store) ActionsPage(ctx context.Context, workspace string, f ActionFilter, keep func(*visit.ActionOf) bool, from, most int) (page []visit.ActionOf, total int, err error) {
	page, total, err = actionsPage(ctx, s.read, workspace, f, keep, from, most)
	if err != nil {
		return nil, 0, fmt.Errorf("list a page of the actions: %w", classify(err))
	}
	return page, total, nil
}

func actionsPage(ctx context.Context, r reader, workspace string, f ActionFilter, keep func(*visit.ActionOf) bool, from, most int) ([]visit.ActionOf, int, error) {
	var args arguments
	where := f.where(workspace, &args)
	os, err := all(ctx, r, scanOutline, outlinesFrom+where, args...)
	if err != nil {
		return nil, 0, err
	}
	os = slices.DeleteFunc(os, func(o actionOutline) bool {
		a := o.action(workspace)
		return !f.lists(&a) || !keep(&a)
	})
	slices.SortFunc(os, func(a, b actionOutline) int { return visit.CompareActions(a.order(), b.order()) })
	from = min(max(from, 0), len(os))
	part := os[from:min(len(os), from+most)]
	if len(part) == 0 {
		return nil, len(os), nil
	}
	var numbers []int
	for _, o := range part {
		numbers = append(numbers, o.number)
	}
	where += " AND " + numbersIn(&args, "n.number", numbers) // by its rights still: it may have moved since
	as, err := all(ctx, r, scanActionOf, actionsFrom+where, args...)
	if err != nil {
		return nil, 0, err
	}
	as = slices.DeleteFunc(as, func(a visit.ActionOf) bool { return !f.lists(&a) || !keep(&a) })
	slices.SortFunc(as, visit.CompareActions)
	if err := homesOf(ctx, r, workspace, as, func(n int, zone string) { as[n].Place.ChannelZone = zone }); err != nil {
		return nil, 0, err
	}
	photos, err := photosOf(ctx, r, `SELECT n.number`+actionsJoin+where, args...)
	for n := range as {
		as[n].Finding.Photos = photos[as[n].Finding.Number]
	}
	return as, len(os), err
}

// An actionOutline is what is read of each action to find which are on a page: there may be very many.
type actionOutline struct {
	number, ofNumber, rev, at             int
	ofKind, channel, factory, owner, zone string
	kind, severity, state, reviewer, made string
	due                                   civil.Date
	logged                                time.Time
	facts                                 visit.ActionFacts // of the lot, where anybody waits to hear of it
	private, shared                       bool
}

const outlinesFrom = `SELECT n.number, n.of_kind, n.of_number, COALESCE(v.channel, i.channel, n.channel), COALESCE(f.name, n.factory), n.kind, n.severity, n.made_by,
	COALESCE(a.rev, 0), COALESCE(a.state, ''), COALESCE(a.due, ''), COALESCE(a.reviewer, ''), COALESCE(v.owner, i.owner, n.made_by),
	COALESCE(v.private, i.private, h.private, TRUE), COALESCE(v.shared, i.shared, h.shared OR h.guests, TRUE), COALESCE(v.zone, i.zone, f.zone, ''), COALESCE(f.number, 0), n.made_at,
	CASE WHEN n.severity = '` + string(visit.Critical) + `' OR a.facts LIKE '%"ContainSet"%' THEN COALESCE(a.facts, '{}') ELSE '{}' END` + actionsJoin

func scanOutline(row scanner) (o actionOutline, err error) {
	return o, row.Scan(&o.number, &o.ofKind, &o.ofNumber, &o.channel, &o.factory, &o.kind, &o.severity, &o.made,
		&o.rev, &o.state, &o.due, &o.reviewer, &o.owner, &o.private, &o.shared, &o.zone, &o.at, instantField{&o.logged}, asJSON(&o.facts))
}

func (o *actionOutline) action(workspace string) visit.ActionOf {
	a := o.order()
	a.Action.Contained, a.Action.ContainTill, a.Finding.At = o.facts.Contained, o.facts.ContainTill, o.logged
	a.Finding.Workspace, a.Finding.Channel, a.Finding.Factory, a.Finding.By = workspace, o.channel, o.factory, o.made
	if o.ofKind != "" {
		a.Finding.Subject = visit.SubjectOf(visit.SubjectKind(o.ofKind), o.ofNumber)
	}
	a.Action.Workspace, a.Action.Finding, a.Action.Rev, a.Action.Reviewer = workspace, o.number, o.rev, o.reviewer
	if a.Action.State = visit.ActionState(o.state); o.state == "" {
		a.Action.State = visit.ActionOpen
	}
	a.Owner, a.At = o.owner, o.at
	a.Place = visit.Place{Channel: o.channel, Private: o.private, Shared: o.shared, Zone: o.zone}
	return a
}

// order is what an action has its place in a list by.
func (o *actionOutline) order() (a visit.ActionOf) {
	a.Finding.Number, a.Finding.Kind, a.Finding.Severity, a.Action.Due = o.number, visit.FindingKind(o.kind), visit.Severity(o.severity), o.due
	return a
}
