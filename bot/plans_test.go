package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// made records an inspection as the planner makes it, and posts its card before it returns.
func (s *stage) made(p visit.Plan, day string) visit.Inspection {
	s.t.Helper()
	d, err := civil.Parse(day)
	if err != nil {
		s.t.Fatal(err)
	}
	i := p.Inspection(d, time.Now())
	i.Items = visit.Checklist{{ID: 1, Milestone: -3, Text: "Tell the factory"}}
	i, err = s.bot.o.Store.AddInspection(context.Background(), i, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.show(i.Subject())
	return i
}

func (s *stage) inspection(n int) visit.Inspection {
	s.t.Helper()
	i, err := s.bot.o.Store.Inspection(context.Background(), s.TeamID(), n)
	if err != nil {
		s.t.Fatal(err)
	}
	return i
}

// toTyping has the form of a series take its rhythm as text.
func (s *stage) toTyping(who string, v localslack.View) localslack.View {
	s.t.Helper()
	s.enter(who, v, fieldRepeat, repeatWritten)
	return s.redrawn(who, v)
}

func TestAPlanIsEditedEndedAndResumed(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	first, second := inDays(30), inDays(31)
	p, err := s.bot.o.Store.AddPlan(ctx, visit.Plan{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme Lighting"}, Type: "pre_shipment",
		Rule: "every 2 weeks from " + first + " at 09:00", Place: visit.Place{Channel: sourcing}, Owner: mia, LeadDays: []int{14, 3}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.made(p, first)
	card := s.last(mia, sourcing)
	expect(t, card, "Inspection 1: Acme Lighting")

	list := s.command(mia, sourcing, "/inspection")
	s.press(mia, list, "Show plan")
	shown := s.untilSays(mia, sourcing, "Inspection plan 1: Acme Lighting")
	expect(t, shown, "every second week", "14 and 3 days before", "Asia/Shanghai")

	// Another rhythm: what was made by the old one is withdrawn.
	s.press(mia, shown, "Edit plan")
	hers := s.toTyping(mia, s.modal(mia, "How often?"))
	s.press(jonas, s.command(jonas, sourcing, "/inspection plan 1"), "Edit plan")
	his := s.toTyping(jonas, s.modal(jonas, "How often?"))
	s.enter(mia, hers, fieldRule, "every 2 weeks from "+second+" at 09:00")
	s.send(mia, hers)
	s.send(mia, s.modal(mia, "Schedule: every second week"))
	s.noModal(mia)
	s.until("the old one is withdrawn", func() bool { return s.inspection(1).Result == visit.Withdrawn })
	s.until("its card says so", func() bool { return strings.Contains(says(s.card(sourcing, card.TS)), "Withdrawn") })

	// A colleague had the old form open.
	s.enter(jonas, his, fieldLeads, "5")
	s.send(jonas, his)
	s.send(jonas, s.modal(jonas, "Schedule: every second week"))
	s.modal(jonas, "A colleague has changed this plan in the meantime")
	now, err := s.bot.o.Store.Plan(ctx, s.TeamID(), 1)
	if err != nil || !strings.Contains(now.Rule, second) || len(now.LeadDays) != 2 || now.Factory.Name != "Acme Lighting" || now.Type != "pre_shipment" {
		t.Errorf("the plan is %+v, %v", now, err)
	}

	// Ended, and resumed.
	s.made(now, second)
	expect(t, s.last(mia, sourcing), "Inspection 2: Acme Lighting")
	s.press(mia, s.command(mia, sourcing, "/inspection plan 1"), "End plan")
	ended := s.untilSays(mia, sourcing, "No more inspections come from it")
	if r := s.inspection(2).Result; r != visit.Withdrawn {
		t.Errorf("the one ahead is %q after the end", r)
	}
	if scs, err := s.bot.o.Store.Schedules(ctx, s.TeamID(), visit.RecurPlan); err != nil || len(scs) != 0 {
		t.Errorf("%d schedules of an ended plan, %v", len(scs), err)
	}
	s.press(mia, ended, "Resume plan")
	s.until("it comes back", func() bool { return s.inspection(2).Result == "" })
	if r := s.inspection(1).Result; r != visit.Withdrawn {
		t.Errorf("one of the old rhythm is %q after the plan was resumed", r)
	}
	if scs, err := s.bot.o.Store.Schedules(ctx, s.TeamID(), visit.RecurPlan); err != nil || len(scs) != 1 {
		t.Errorf("%d schedules of a resumed plan, %v", len(scs), err)
	}

	// What is wrong is said.
	expect(t, s.command(mia, sourcing, "/inspection plan 77"), "can't find that number")
	s.nothingRefused()
}

func TestTheHistoryOfAFactory(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ctx := context.Background()
	expect(t, s.command(mia, sourcing, "/inspection history"), "There are no factories in your channels yet")
	p, err := s.bot.o.Store.AddPlan(ctx, visit.Plan{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme Lighting", City: "Ningbo"}, Type: "pre_shipment",
		Rule: "every 2 weeks from 2027-01-01 at 09:00", Place: visit.Place{Channel: sourcing}, Owner: mia}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.bot.o.Store.AddFactory(ctx, visit.Factory{Workspace: s.TeamID(), Name: "Bright Metal", City: "Ningbo"}, s.bot.o.Now()); err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		i := s.made(p, inDays(n+1))
		r := []visit.Result{visit.Passed, visit.Failed, visit.Skipped}[n%3]
		if _, err := s.bot.o.Store.ChangeInspection(ctx, s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error {
			_, err := i.Report(r, fmt.Sprintf("note %d", n+1), jonas, time.Now())
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.made(p, inDays(40)) // open: not yet history
	m := s.command(mia, sourcing, "/inspection history acme")
	expect(t, m, "Inspections at Acme Lighting", "4 passed, 4 failed, 4 skipped", "note 12", "note 3")
	if strings.Contains(says(m), "note 2\n") {
		t.Errorf("the first page is not a page:\n%s", says(m))
	}
	s.press(mia, m, "Earlier results")
	s.until("the second page is shown", func() bool {
		for _, m := range s.Messages(mia, sourcing) {
			if said := says(m); strings.Contains(said, "Inspections at Acme Lighting") && strings.Contains(said, "note 2\n") && !strings.Contains(said, "note 3\n") {
				return true
			}
		}
		return false
	})
	m = s.command(mia, sourcing, "/inspection history ningbo")
	expect(t, m, "Which factory's results?")
	s.press(mia, m, "Bright Metal, Ningbo")
	s.untilSays(mia, sourcing, "No inspection at this factory has a result")
	expect(t, s.command(mia, sourcing, "/inspection history nobody"), "I can't find a factory like")
	s.nothingRefused()
}

// TestThePreviewSaysThatNothingComesAtTheHourOfARule goes by the days of a rule, also of
// one that comes many times a day.
func TestThePreviewSaysThatNothingComesAtTheHourOfARule(t *testing.T) {
	s := newStage(t, overHTTP)
	now := time.Date(2027, 3, 15, 8, 0, 0, 0, time.UTC) // 16:00 in Shanghai: the hours of the day are past
	s.goBy(func() time.Time { return now })
	p, err := s.bot.o.Store.AddPlan(context.Background(), visit.Plan{Workspace: s.TeamID(), Factory: visit.Factory{Name: "Acme Lighting"}, Type: "pre_shipment",
		Rule: "every 2 weeks from 2027-03-15 at 14:00", Place: visit.Place{Channel: sourcing}, Owner: mia}, now)
	if err != nil {
		t.Fatal(err)
	}
	shown := s.command(mia, sourcing, "/inspection plan 1")
	expect(t, shown, "every second week on Monday, from", "• Mon 15 March 2027\n• Mon 29 March 2027\n")
	if strings.Contains(says(shown), "14:00") {
		t.Errorf("plan %d is shown with an hour:\n%s", p.Number, says(shown))
	}
	for _, c := range []struct{ rule, schedule, first, notes string }{
		{"every 2 weeks from 2027-03-15 at 14:00", "Schedule: every second week", "• Mon 15 March 2027\n• Mon 29 March 2027\n", "its 14:00 is not used"},
		{"*/5 * * * *", "Schedule: every day", "• Mon 15 March 2027\n• Tue 16 March 2027\n", "288 times a day"},
		{"0 9,14 * * 1", "Schedule: every Monday", "• Mon 15 March 2027\n• Mon 22 March 2027\n", "2 times a day"},
	} {
		s.press(mia, shown, "Edit plan")
		v := s.toTyping(mia, s.modal(mia, "How often?"))
		if !strings.Contains(blockText(v.Blocks), "An inspection is on a day, without an hour.") {
			t.Error("the form does not say that there is no hour")
		}
		s.enter(mia, v, fieldRule, c.rule)
		s.send(mia, v)
		got := blockText(s.modal(mia, c.schedule).Blocks)
		for _, want := range []string{c.first, c.notes, "An inspection is on a day, without an hour"} {
			if !strings.Contains(got, want) {
				t.Errorf("of %s the preview says nothing of %q:\n%s", c.rule, want, got)
			}
		}
	}
}
