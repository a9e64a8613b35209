package main

import (
	"context"
	"fmt"
	"time"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// sampleWorkspace is a local Slack in which the app is installed as its manifest says.
func sampleWorkspace() localslack.Options {
	o := localslack.Sample()
	o.Scopes, o.Events = bot.Scopes(), bot.Events()
	o.Commands = nil // the sample's are of an app that nobody serves
	for _, c := range bot.Commands() {
		o.Commands = append(o.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}
	for _, c := range bot.Shortcuts() {
		o.Shortcuts = append(o.Shortcuts, localslack.Shortcut{Name: c[0], CallbackID: c[1], OnMessage: c[2] == "message"})
	}
	return o
}

// addSample puts a visit in preparation, an inspection, one of today and an inspection plan
// into the database of `visitprep try`, whose cards the scheduler then posts. Somebody who opens
// an empty channel learns nothing of reminders and checklists, and leaves.
func addSample(ctx context.Context, db *store.Store, b *bot.Bot, now time.Time) error {
	const team, mia, jonas, sourcing = localslack.DefaultTeamID, localslack.SampleMia, localslack.SampleJonas, localslack.SampleSourcing
	factory, err := db.AddFactory(ctx, visit.Factory{
		Workspace: team, Name: "Ningbo Bright Metal", Chinese: "宁波光明金属制品有限公司", City: "Ningbo",
		Address: "浙江省宁波市江北区庄桥街道工业路88号", Contacts: "Ms Li Na, sales, +86 574 5550 0188",
	}, now)
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
	onFloor := visit.Inspection{
		Work: visit.Work{Workspace: team, Factory: factory, Place: place, Owner: mia},
		Type: i.Type, Order: "4498", Due: today, LeadDays: i.LeadDays, Inspector: jonas, Ordered: visit.Quantities{Ordered: 3000, Made: 3000, Packed: 2640},
	}
	onFloor.Items = ready(b.Checklist(i.Type), onFloor.DueDay)
	return addLot(ctx, db, onFloor, now)
}

// addLot adds an inspection whose inspector has drawn the sample of its lot.
func addLot(ctx context.Context, db *store.Store, i visit.Inspection, now time.Time) error {
	i, err := db.AddInspection(ctx, i, now)
	if err != nil {
		return fmt.Errorf("add a sample inspection of today: %w", err)
	}
	s, _, err := db.AddSeries(ctx, visit.Series{
		Workspace: i.Workspace, Factory: i.Factory, Channel: i.Channel, Product: "LED desk lamp DL-20", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: i.Owner,
	}, now)
	if err != nil {
		return fmt.Errorf("add a sample product: %w", err)
	}
	lot := visit.Lot{Series: s.Number, Product: s.Product, Size: 2640, Cartons: 132, Level: s.Level}
	err = lot.Sample([]visit.ClassRule{{Class: visit.Major, AQL: s.AQLMajor, Strictness: visit.Normal}, {Class: visit.Minor, AQL: s.AQLMinor, Strictness: visit.Normal}})
	if err == nil {
		_, err = db.ChangeInspection(ctx, i.Workspace, i.Number, now, func(i *visit.Inspection) error { return i.Draw(lot, i.Inspector, now) })
	}
	if err != nil {
		return fmt.Errorf("draw a sample lot: %w", err)
	}
	return nil
}

// sightings are what the inspector of the sample sends from the floor: photos that are drawn,
// with their captions.
var sightings = []struct{ name, caption string }{
	{"IMG_0412.jpg", "major 6/50 no corner guard @packing"},
	{"IMG_0415.jpg", "minor 2/13 barcode on the side mark does not scan @packing"},
}

// sendSightings has the inspector send them once the app listens, as it is done from a phone:
// in the direct message.
func sendSightings(ctx context.Context, workspace *localslack.Workspace, now time.Time) error {
	if err := workspace.WaitFor(ctx, func() bool { return workspace.Connections() > 0 }); err != nil {
		return fmt.Errorf("wait for the app: %w", err)
	}
	for _, c := range workspace.Channels(localslack.SampleJonas) {
		if !c.IM {
			continue
		}
		for n, s := range sightings {
			f, err := workspace.Upload(localslack.SampleJonas, s.name, phototest.Draw(uint64(n+1), 1200, 1600, 6, now))
			if err != nil {
				return fmt.Errorf("upload a sample photo: %w", err)
			}
			if _, err := workspace.Share(localslack.SampleJonas, c.ID, "", s.caption, f.ID); err != nil {
				return fmt.Errorf("send a sample photo: %w", err)
			}
		}
	}
	return nil
}
