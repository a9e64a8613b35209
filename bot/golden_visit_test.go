package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestGoldenVisits holds what people read about visits and inspections, as Slack
// gets it, on one fixed morning.
func TestGoldenVisits(t *testing.T) {
	t.Parallel()
	visitScenes(t, newStage(t, overHTTP), golden)
}

// What people have entered in these scenes.
var enteredInScenes = []string{
	"Ningbo Bright <Metal>", "宁波光明金属有限公司", "Ningbo", "浙江省宁波市江北区 88号", "Ms Zhang, sales, +86 574 0000 0000",
	"Ms Li", "interpreter", "leads", "quality", "mia", "jonas",
	"09:00 opening meeting", "10:00 line 2 & warehouse", "18:30 dinner", "They moved to the new building.",
	"Apply for the visa", "Book the interpreter", "Send the agenda", "Agree the target price among yourselves", "See the incoming inspection",
	"Send the report", "Book the train", "The factory sends a car", "Tell the factory", "Draw the sample", "3 major defects of 125 pieces",
}

// visitScenes gives hold each message about visits and inspections, with its name.
func visitScenes(t *testing.T, s *stage, hold func(t *testing.T, name string, raw []byte)) {
	b, ctx, team := s.bot, context.Background(), s.TeamID()
	china, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC) // Monday, half past nine at the factory
	b.o.Now = func() time.Time { return now }
	b.o.CalendarNotes, b.o.SuggestDay = china.Warnings, china.Better
	b.o.Timing.Holiday, b.o.Timing.MakeUp = china.Holiday, china.MakeUp
	g := b.guide.Load()

	v, err := b.o.Store.PlanVisit(ctx, visit.Visit{
		Purpose: "first_visit", First: civil.On(2027, 3, 8), Last: civil.On(2027, 3, 9), Agenda: "09:00 opening meeting\n10:00 line 2 & warehouse\n18:30 dinner",
		Work: visit.Work{
			Workspace: team, Owner: mia,
			Factory: visit.Factory{Name: "Ningbo Bright <Metal>", Chinese: "宁波光明金属有限公司", City: "Ningbo", Address: "浙江省宁波市江北区 88号", Contacts: "Ms Zhang, sales, +86 574 0000 0000"},
			Place:   visit.Place{Channel: sourcing, ChannelZone: "Europe/Berlin"},
			Items: visit.Checklist{
				{ID: 1, Milestone: -28, Text: "Apply for the visa", Owner: mia, Done: visit.Mark{By: mia, At: now.AddDate(0, 0, -20)}},
				{ID: 2, Milestone: -14, Text: "Book the interpreter", Owner: jonas, Entries: []string{"quality-ask"}},
				{ID: 3, Milestone: -7, Text: "Send the agenda", Owner: mia},
				{ID: 4, Milestone: -7, Text: "Agree the target price among yourselves", Sensitive: true},
				{ID: 5, Milestone: 0, Text: "See the incoming inspection"},
				{ID: 6, Milestone: 7, Text: "Send the report", Custom: true, Owner: jonas},
				{ID: 7, Milestone: -14, Text: "Book the train", Done: visit.Mark{By: jonas, At: now.AddDate(0, 0, -2)}, Skipped: "The factory sends a car"},
			},
		},
		People: []visit.Person{{User: mia, Role: "leads"}, {User: jonas, Role: "quality"}, {Name: "Ms Li", Role: "interpreter"}},
		Notes:  []visit.Note{{By: jonas, At: now.AddDate(0, 0, -3), Text: "They moved to the new building."}},
	}, now.AddDate(0, -2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if v, err = b.o.Store.Visit(ctx, team, v.Number); err != nil {
		t.Fatal(err)
	}
	p, err := b.o.Store.AddPlan(ctx, visit.Plan{
		Workspace: team, Factory: visit.Factory{Number: v.Factory.Number}, Type: "pre_shipment", Rule: "every 4 weeks from 2027-03-17 at 09:00",
		Place: visit.Place{Channel: sourcing, ChannelZone: "Europe/Berlin"}, LeadDays: []int{14, 3}, Inspectors: []string{jonas, mia}, Owner: mia,
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	inspection := func(due civil.Date, order string) visit.Inspection {
		i := p.Inspection(due, now)
		i.Order = order
		i.Items = visit.Checklist{{ID: 1, Milestone: -3, Text: "Tell the factory", Owner: jonas}, {ID: 2, Milestone: 0, Text: "Draw the sample"}}
		i, err := b.o.Store.AddInspection(ctx, i, now)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	i := inspection(civil.On(2027, 3, 17), "4512")
	inHoliday := inspection(civil.On(2027, 4, 5), "")
	over := inspection(civil.On(2027, 2, 24), "4498")
	passed, err := b.o.Store.ChangeInspection(ctx, team, inspection(civil.On(2027, 2, 3), "4470").Number, now, func(i *visit.Inspection) error {
		_, err := i.Report(visit.Failed, "3 major defects of 125 pieces", jonas, now.AddDate(0, 0, -20))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	cancelled, ended := v, p
	cancelled.Cancelled = visit.Mark{By: mia, At: now}
	ended.Ended = visit.Mark{By: mia, At: now}
	withdrawn := i
	withdrawn.Result = visit.Withdrawn
	remind := func(kind visit.Kind, a visit.Appointment, o visit.Occurrence) *blocks.Message {
		o.Workspace, o.Kind, o.Key, o.Zone, o.To = team, kind, "k", "Europe/Berlin", sourcing
		o.Subject = a.Subject()
		if o.Due.IsZero() {
			o.Due = now
		}
		o.Schedule = 1
		m, _, err := b.reminders.message(ctx, &o)
		if err != nil || m == nil {
			t.Fatalf("%s: %v", kind, err)
		}
		return m
	}
	ofVisit, ofInspection := &v, &i
	message := func(m *blocks.Message, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m.EphemeralJSON()
	}
	lost := func(about visit.Subject, n int) []byte {
		os, err := b.o.Store.Occurrences(ctx, team, store.OccurrenceFilter{Subject: about})
		if err != nil || len(os) <= n {
			t.Fatalf("%d reminders about %s, %v", len(os), about, err)
		}
		return message(b.reminders.notice(ctx, &visit.Occurrence{Workspace: team, Subject: about, Payload: os[n].Key}))
	}
	form := func(m *modal, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return blocks.MustJSON(m.view(b.p))
	}
	for _, c := range []struct {
		name string
		raw  []byte
	}{
		{"visit card", message(b.words.visitCard(g, &v, insiders), nil)},
		{"visit card in a shared channel", message(b.words.visitCard(g, &v, everyone), nil)},
		{"visit card cancelled", message(b.words.visitCard(g, &cancelled, insiders), nil)},
		{"visit list", message(b.visits.list(ctx, g, caller{team: team, user: mia, channel: sourcing}, 0))},
		{"visit form new", form(b.visits.form(ctx, team, map[string]string{fieldChannel: sourcing}, 0, meta{Draft: "d"}, false))},
		{"visit form edit", form(b.visits.form(ctx, team, formOf(&v), v.Number, meta{Draft: "d", About: visitSubject(&v)}, false))},
		{"visit checklist", form(b.words.checklist(ofVisit, 0, ""), nil)},
		{"visit brief", message(b.words.brief(g, &v), nil)},
		{"inspection card", message(b.words.inspectionCard(g, &i, insiders), nil)},
		{"inspection card on a holiday", message(b.words.inspectionCard(g, &inHoliday, insiders), nil)},
		{"inspection card with its result", message(b.words.inspectionCard(g, &passed, insiders), nil)},
		{"inspection card withdrawn", message(b.words.inspectionCard(g, &withdrawn, insiders), nil)},
		{"inspection list", message(b.inspections.list(ctx, g, caller{team: team, user: mia, channel: sourcing}))},
		{"inspection history", message(b.results.page(ctx, g, caller{team: team, user: mia, channel: sourcing}, &v.Factory, 0))},
		{"inspection plan", message(b.words.planCard(g, &p), nil)},
		{"inspection plan ended", message(b.words.planCard(g, &ended), nil)},
		{"inspection form once", form(b.inspections.form(ctx, team, map[string]string{fieldChannel: sourcing, fieldRepeat: repeatOnce, fieldLeads: "14, 3"}, meta{Draft: "d"}))},
		{"inspection form again", form(b.inspections.form(ctx, team, map[string]string{fieldChannel: sourcing, fieldRepeat: repeatAgain, fieldLeads: "14, 3"}, meta{Draft: "d"}))},
		{"remind a week before", message(remind(visit.Remind, ofVisit, visit.Occurrence{Milestone: -7}), nil)},
		{"remind on the day", message(remind(visit.Remind, ofVisit, visit.Occurrence{Day: v.First}), nil)},
		{"remind a week after, late", message(remind(visit.Remind, ofVisit, visit.Occurrence{Milestone: 7, Due: now.Add(-26 * time.Hour)}), nil)},
		{"remind perhaps twice", message(remind(visit.Remind, ofVisit, visit.Occurrence{Milestone: -14, Repeat: true}), nil)},
		{"remind catch-up", message(remind(visit.CatchUp, ofVisit, visit.Occurrence{Milestone: -14}), nil)},
		{"remind inspection", message(remind(visit.Remind, ofInspection, visit.Occurrence{Milestone: -14}), nil)},
		{"remind overdue", message(remind(visit.Overdue, &over, visit.Occurrence{}), nil)},
		{"remind escalation", message(remind(visit.Escalation, &over, visit.Occurrence{To: mia}), nil)},
		{"notice about a visit", lost(v.Subject(), 1)},
		{"notice about an inspection", lost(i.Subject(), 0)},
		{"remind own items", message(b.reminders.digest(ctx, &visit.Occurrence{Workspace: team, To: jonas, Day: civil.On(2027, 3, 1)}))},
	} {
		t.Run(c.name, func(t *testing.T) { hold(t, strings.ReplaceAll(c.name, ",", ""), c.raw) })
	}
	if err := b.live.openHome(ctx, team, jonas); err != nil {
		t.Fatal(err)
	}
	h, ok := s.Home(jonas)
	if !ok {
		t.Fatal("no Home tab")
	}
	shown := make([]any, len(h.Blocks))
	for n, raw := range h.Blocks {
		shown[n] = raw
	}
	hold(t, "home of the quality engineer", blocks.MustJSON(map[string]any{"type": slack.VTHomeTab, "blocks": shown}))
	b.Wait()
	s.nothingRefused()
}
