package main

import (
	"context"
	"fmt"
	"time"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// addSample puts a visit in preparation, an inspection and an inspection plan into the
// database of `visitprep try`, and shows the cards of the first two. Somebody who opens
// an empty channel learns nothing of reminders and checklists, and leaves.
func addSample(ctx context.Context, db *store.Store, b *bot.Bot, now time.Time) error {
	const team, mia, jonas, sourcing = localslack.DefaultTeamID, localslack.SampleMia, localslack.SampleJonas, localslack.SampleSourcing
	factory, err := db.AddFactory(ctx, visit.Factory{
		Workspace: team, Name: "Ningbo Bright Metal", Chinese: "宁波光明金属制品有限公司", City: "Ningbo",
		Address: "浙江省宁波市江北区庄桥街道工业路88号", Contacts: "Ms Li Na, sales, +86 574 5550 0188",
	})
	if err != nil {
		return fmt.Errorf("add a sample factory: %w", err)
	}
	place := visit.Place{Channel: sourcing, Zone: factory.Zone, ChannelZone: "Europe/Berlin"}
	today := place.Today(now)
	// A visit begins on a weekday.
	first := today.AddDays(29)
	for first.Weekday() != time.Tuesday {
		first = first.AddDays(1)
	}
	// ready ticks what should be done before a day, as a team on time would have.
	ready := func(items visit.Checklist, due func(visit.Milestone) civil.Date) visit.Checklist {
		owners := []string{mia, jonas}
		for n := range items {
			items[n].Owner = owners[n%2]
			if due(items[n].Milestone).Before(today.AddDays(1)) {
				items[n].Done = visit.Mark{By: owners[n%2], At: now.AddDate(0, 0, -3)}
			}
		}
		return items
	}
	v := visit.Visit{
		Work:    visit.Work{Workspace: team, Factory: factory, Place: place, Owner: mia},
		Purpose: "first_visit", First: first, Last: first.AddDays(1),
		People: []visit.Person{{User: mia, Role: "leads"}, {User: jonas, Role: "quality"}, {Name: "Ms Zhang", Role: "interpreter"}},
		Agenda: "Day 1: opening meeting, tour in the order of the material, dinner\nDay 2: records, open points, closing meeting",
	}
	v.Items = ready(b.Checklist(v.Purpose), v.DueDay)
	v, err = db.PlanVisit(ctx, v, now)
	if err != nil {
		return fmt.Errorf("add a sample visit: %w", err)
	}
	due := today.AddDays(8)
	for due.Weekday() == time.Saturday || due.Weekday() == time.Sunday {
		due = due.AddDays(1)
	}
	i := visit.Inspection{
		Work: visit.Work{Workspace: team, Factory: factory, Place: place, Owner: mia},
		Type: "pre_shipment", Order: "4512", Due: due, LeadDays: []int{14, 3}, Inspector: jonas,
	}
	i.Items = ready(b.Checklist(i.Type), i.DueDay)
	i, err = db.AddInspection(ctx, i, now)
	if err != nil {
		return fmt.Errorf("add a sample inspection: %w", err)
	}
	p := visit.Plan{Workspace: team, Factory: factory, Type: "during_production", Rule: fmt.Sprintf("every 3 months from %s at 09:00", today.AddDays(40)), Place: place, LeadDays: []int{14, 3}, Inspectors: []string{jonas}, Owner: mia}
	if _, err := db.AddPlan(ctx, p, now); err != nil {
		return fmt.Errorf("add a sample inspection plan: %w", err)
	}
	for _, s := range []visit.Subject{i.Subject(), v.Subject()} {
		if err := b.Show(ctx, team, s); err != nil {
			return fmt.Errorf("show a sample: %w", err)
		}
	}
	return nil
}
