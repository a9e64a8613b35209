package scheduler_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
	"visitprep/scheduler/calendar"
)

func TestAPlanThatChanges(t *testing.T) {
	t.Parallel()
	for _, db := range []struct {
		name string
		url  func() string
	}{
		{"SQLite", func() string { return ":memory:" }},
		{"PostgreSQL", func() string { return pgtest.URL(t) }},
	} {
		t.Run(db.name, func(t *testing.T) { planChanges(t, openStore(t, db.url())) })
	}
}

func planChanges(t *testing.T, kept *store.Store) {
	ctx := context.Background()
	z, err := calendar.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, z)
	said := func(context.Context, visit.Occurrence) visit.Delivery {
		return visit.Delivery{Outcome: visit.NothingSaid}
	}
	s, err := scheduler.New(scheduler.Options{
		Store: kept, Post: said, Find: said, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler),
		Checklist: func(string) visit.Checklist { return visit.Checklist{{ID: 1, Milestone: -3, Text: "Tell the factory"}} },
	})
	if err != nil {
		t.Fatal(err)
	}
	day := func(d string) civil.Date {
		t.Helper()
		c, err := civil.Parse(d)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	mondays := []string{"2027-03-15", "2027-03-22", "2027-03-29", "2027-04-05", "2027-04-12"}
	wednesdays := []string{"2027-03-17", "2027-03-24", "2027-03-31", "2027-04-07"}
	asked := func(p *visit.Plan, d civil.Date) bool {
		days := mondays
		if strings.Contains(p.Rule, "03-17") {
			days = wednesdays
		}
		return slices.Contains(days, d.String())
	}
	p, err := kept.AddPlan(ctx, visit.Plan{Workspace: team, Factory: visit.Factory{Name: "A"}, Type: "pre_shipment", Rule: "every 1 weeks from 2027-03-15 at 09:00", Place: visit.Place{Channel: "C1"}, Owner: mia, LeadDays: []int{3}}, now)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(*visit.Plan)) {
		t.Helper()
		if _, _, err := kept.ChangePlan(ctx, team, p.Number, mia, now, func(p *visit.Plan) error { f(p); return nil }, asked); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, days ...string) {
		t.Helper()
		if _, err := s.RunDue(ctx, now); err != nil {
			t.Fatal(err)
		}
		is, err := kept.Inspections(ctx, team, store.InspectionFilter{Plan: p.Number, Open: true})
		if err != nil {
			t.Fatal(err)
		}
		var open []string
		for _, i := range is {
			open = append(open, i.Due.String())
			os, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{Subject: i.Subject(), States: []visit.State{visit.Pending}})
			if err != nil || len(os) == 0 {
				t.Errorf("%s: the inspection on %s has %d reminders, %v", what, i.Due, len(os), err)
			}
		}
		if !slices.Equal(open, days) {
			t.Errorf("%s: open on %v, want %v", what, open, days)
		}
		pending, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Pending}})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range pending {
			if o.Kind != visit.Changed && !slices.ContainsFunc(is, func(i store.InspectionSummary) bool { return i.Subject() == o.Subject }) {
				t.Errorf("%s: a reminder is left of %s, which is not open", what, o.Subject)
			}
		}
	}
	want("a new plan", mondays...)
	change(func(p *visit.Plan) { p.Rule = "every 1 weeks from 2027-03-17 at 09:00" })
	want("another rhythm", wednesdays...)
	change(func(p *visit.Plan) { p.Rule = "every 1 weeks from 2027-03-15 at 09:00" })
	want("the old rhythm again", mondays...)
	change(func(p *visit.Plan) { p.Ended = visit.Mark{By: mia, At: now} })
	want("ended")
	change(func(p *visit.Plan) { p.Ended = visit.Mark{} })
	want("resumed", mondays...)
	// What people have touched is theirs.
	touch := func(n int, f func(*visit.Inspection) error) {
		t.Helper()
		if _, err := kept.ChangeInspection(ctx, team, n, now, f); err != nil {
			t.Fatal(err)
		}
	}
	touch(2, func(i *visit.Inspection) error { return i.Move(day("2027-03-26"), now) })
	touch(3, func(i *visit.Inspection) error { _, err := i.Items.Tick(1, mia, now); return err })
	change(func(p *visit.Plan) { p.Ended = visit.Mark{By: mia, At: now} })
	want("ended after two were touched", "2027-03-26", "2027-03-29")
	change(func(p *visit.Plan) { p.Ended = visit.Mark{} })
	want("resumed after two were touched", "2027-03-15", "2027-03-26", "2027-03-29", "2027-04-05", "2027-04-12")
	// Other leads and another channel reach what is made already.
	change(func(p *visit.Plan) { p.LeadDays, p.Channel = []int{7}, "C2" })
	i, err := kept.Inspection(ctx, team, 1)
	if err != nil || i.Channel != "C2" || !slices.Equal(i.LeadDays, []int{7}) {
		t.Errorf("the next one is in %s with leads %v, %v", i.Channel, i.LeadDays, err)
	}
}
