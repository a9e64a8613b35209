package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/sampling"
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
	"Ms Li", "interpreter", "leads", "quality", "mia", "jonas", "liwei", "Mia Chen", "Jonas Weber", "Li Wei", "china-sourcing", "shenzhen-trip", "shenzhen-visit",
	"09:00 opening meeting", "10:00 line 2 & warehouse", "18:30 dinner", "They moved to the new building.",
	"Apply for the visa", "Book the interpreter", "Send the agenda", "Agree the target price among yourselves", "See the incoming inspection",
	driverLine, "Send the report", "Book the train", "The factory sends a car", "Tell the factory", "Draw the sample", "Go once the second line is inspected <too>.", "3 major defects of 125 pieces",
	"Cartons without <corner> protection", "纸箱无护角", "packing", "Something at line 2", "Two sets of records", "A lamp above the table", "All <300> cartons are sorted", "Mr <Wang>", "A <stop> at the conveyor", "Nobody <checked>", "Stop at the <conveyor>", "照片上看不到护角", "Order <4588>", "3 of <80>", "1.jpg", "2.jpg", "工序上怎样防止再次漏装？", digest(nil), sampling.Standard,
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
	// Reminders stand under cards.
	carded := func(a visit.Appointment) error { a.Common().Card = "1772000000.000100"; return nil }
	if _, err := b.o.Store.ChangeAppointment(ctx, team, v.Subject(), now, carded); err != nil {
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
		if err == nil {
			_, err = b.o.Store.ChangeAppointment(ctx, team, i.Subject(), now, carded)
		}
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

	b.o.Calendar = china
	concluded := v.Clone()
	concluded.First, concluded.Last = civil.On(2027, 2, 22), civil.On(2027, 2, 23)
	unconcluded := concluded.Clone()
	concluded.Outcome = visit.VisitOutcome{Verdict: visit.GoConditions, Why: "Go once the second line is inspected <too>.", Said: visit.Mark{By: jonas, At: now.AddDate(0, 0, -1)}}
	question := new(blocks.Message)
	b.words(b.english, "").outcomeQuestion(question, &unconcluded)
	past := new(blocks.Message)
	b.words(b.english, "").addPast(g, past, []store.Summary{{Visit: concluded}, {Visit: unconcluded}})
	slow := v.Clone()
	slow.First, slow.Last = civil.On(2028, 1, 10), civil.On(2028, 1, 11)
	onHoliday := v.Clone()
	onHoliday.First, onHoliday.Last = civil.On(2027, 5, 1), civil.On(2027, 5, 2)
	cancelled, ended := v, p
	cancelled.Cancelled = visit.Mark{By: mia, At: now}
	ended.Ended = visit.Mark{By: mia, At: now}
	withdrawn := i
	withdrawn.Result = visit.Withdrawn
	remind := func(kind visit.Kind, a visit.Appointment, o visit.Occurrence) *blocks.Message {
		o.Workspace, o.Kind, o.Key, o.Zone, o.To = team, kind, "k", "Europe/Berlin", sourcing
		if kind == visit.Escalation {
			o.To = mia
		}
		o.Subject = a.Subject()
		if o.Due.IsZero() {
			o.Due = now
		}
		o.Schedule = 1
		m, err := b.reminders.message(ctx, &o)
		if err != nil || m == nil {
			t.Fatalf("%s: %v", kind, err)
		}
		return m.Message
	}
	ofVisit, ofInspection := &v, &i
	quiet := v.Clone()
	quiet.Purpose, quiet.Unannounced = "supplier_audit", true
	message := func(m *blocks.Message, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m.EphemeralJSON()
	}
	lost := func(reader string, about visit.Subject, ns ...int) []byte {
		os, err := b.o.Store.Occurrences(ctx, team, store.OccurrenceFilter{Subject: about})
		os = slices.DeleteFunc(os, func(o visit.Occurrence) bool { return o.Kind == visit.Card })
		var keys []string
		for _, n := range ns {
			if err != nil || len(os) <= n {
				t.Fatalf("%d reminders about %s, %v", len(os), about, err)
			}
			keys = append(keys, os[n].Key)
		}
		return message(b.reminders.notice(ctx, &visit.Occurrence{Workspace: team, To: reader, Subject: about, Payload: strings.Join(keys, "\n")}))
	}
	form := func(m *modal, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return blocks.MustJSON(m.view(b.english))
	}
	for _, c := range []struct {
		name string
		raw  []byte
	}{
		{"visit card", message(b.words(b.english, "").visitCard(g, &v, insiders), nil)},
		{"visit card in a shared channel", message(b.words(b.english, "").visitCard(g, &v, everyone), nil)},
		{"visit card unannounced", message(b.words(b.english, "").visitCard(g, &quiet, insiders), nil)},
		{"visit card unannounced in a shared channel", message(b.words(b.english, "").visitCard(g, &quiet, everyone), nil)},
		{"visit form of an audit", form(b.visits.form(ctx, team, mia, map[string]string{fieldChannel: sourcing, fieldPurpose: "supplier_audit"}, 0, meta{Draft: "d"}, false))},
		{"visit card cancelled", message(b.words(b.english, "").visitCard(g, &cancelled, insiders), nil)},
		{"visit card over", message(b.words(b.english, "").visitCard(g, &unconcluded, insiders), nil)},
		{"visit card with its outcome", message(b.words(b.english, "").visitCard(g, &concluded, insiders), nil)},
		{"visit card with its outcome in a shared channel", message(b.words(b.english, "").visitCard(g, &concluded, everyone), nil)},
		{"visit outcome asked", message(question, nil)},
		{"visit outcome said", form(b.words(b.english, "").outcomeSaid(&concluded), nil)},
		{"visit outcome taken back", form(b.words(b.english, "").outcomeGone(&unconcluded), nil)},
		{"visits past", message(past, nil)},
		{"visit shown with its notes", message(b.words(b.english, "").shownVisit(g, &v), nil)},
		{"visit notes", form(b.words(b.english, "").notesPage(&v), nil)},
		{"visit days asked about", form(b.visits.askAboutDays(b.english, &onHoliday, "", meta{}), nil)},
		{"visit planned in the six weeks before New Year", form(b.words(b.english, "").planned(&slow, mia), nil)},
		{"factories of a name", message(b.factories.list(ctx, caller{team: team, user: mia, channel: sourcing}, "ningbo", 0))},
		{"visit list", message(b.visits.list(ctx, g, caller{team: team, user: mia, channel: sourcing}, 0))},
		{"visit form new", form(b.visits.form(ctx, team, mia, map[string]string{fieldChannel: sourcing}, 0, meta{Draft: "d"}, false))},
		{"visit form edit", form(b.visits.form(ctx, team, mia, formOf(&v), v.Number, meta{Draft: "d", About: visitSubject(&v)}, false))},
		{"visit checklist", form(b.words(b.english, "").checklist(ofVisit, listView{reader: jonas}, ""), nil)},
		{"visit checklist, what is late", form(b.words(b.english, "").checklist(ofVisit, listView{listState: listState{Show: visit.ShowLate}, reader: jonas}, ""), nil)},
		{"visit checklist, none of mine", form(b.words(b.english, "").checklist(ofVisit, listView{listState: listState{Show: visit.ShowMine}, reader: liwei}, ""), nil)},
		{"edit item", form(b.words(b.english, "").editForm(ofVisit, &visit.Item{ID: 2, Milestone: -14, Text: "Book Ms Li", Original: "Book the interpreter", Owner: jonas, Due: civil.On(2027, 3, 1)}, "visit/1:2", &channelNow{Shared: true}), nil)},
		{"visit brief", message(b.words(b.english, "").brief(g, &v), nil)},
		{"inspection card", message(b.words(b.english, "").inspectionCard(g, &i, insiders), nil)},
		{"inspection card on a holiday", message(b.words(b.english, "").inspectionCard(g, &inHoliday, insiders), nil)},
		{"inspection card with its result", message(b.words(b.english, "").inspectionCard(g, &passed, insiders), nil)},
		{"inspection card withdrawn", message(b.words(b.english, "").inspectionCard(g, &withdrawn, insiders), nil)},
		{"inspection list", message(b.inspections.list(ctx, g, caller{team: team, user: mia, channel: sourcing}))},
		{"inspection history", message(b.results.page(ctx, g, caller{team: team, user: mia, channel: sourcing}, &v.Factory, 0))},
		{"inspection plan", message(b.words(b.english, "").planCard(g, &p, nil), nil)},
		{"inspection plan ended", message(b.words(b.english, "").planCard(g, &ended, nil), nil)},
		{"inspection form once", form(b.inspections.form(ctx, team, mia, map[string]string{fieldChannel: sourcing, fieldRepeat: repeatOnce, fieldLeads: "14, 3"}, meta{Draft: "d"}))},
		{"inspection form again", form(b.inspections.form(ctx, team, mia, map[string]string{fieldChannel: sourcing, fieldRepeat: repeatAgain, fieldLeads: "14, 3"}, meta{Draft: "d"}))},
		{"remind a week before", message(remind(visit.Remind, ofVisit, visit.Occurrence{Milestone: -7}), nil)},
		{"remind on the day", message(remind(visit.Remind, ofVisit, visit.Occurrence{Day: v.First}), nil)},
		{"remind a week after, late", message(remind(visit.Remind, ofVisit, visit.Occurrence{Milestone: 7, Due: now.Add(-26 * time.Hour)}), nil)},
		{"remind perhaps twice", message(remind(visit.Remind, ofVisit, visit.Occurrence{Milestone: -14, Repeat: true}), nil)},
		{"remind catch-up", message(remind(visit.CatchUp, ofVisit, visit.Occurrence{Milestone: -14}), nil)},
		{"remind inspection", message(remind(visit.Remind, ofInspection, visit.Occurrence{Milestone: -14}), nil)},
		{"remind overdue", message(remind(visit.Overdue, &over, visit.Occurrence{}), nil)},
		{"remind escalation", message(remind(visit.Escalation, &over, visit.Occurrence{To: mia}), nil)},
		{"notice about a visit", lost(mia, v.Subject(), 1)},
		{"notice about an inspection", lost(mia, i.Subject(), 0)},
		{"notice about several reminders", lost(mia, v.Subject(), 0, 1, 2)},
		{"notice for an admin who is not in the channel", lost(liwei, v.Subject(), 1)},
		{"remind own items", message(b.reminders.daily.message(ctx, g, &visit.Occurrence{Workspace: team, To: jonas, Day: civil.On(2027, 3, 1)}))},
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
	toldScenes(t, s, hold, v.Subject(), over.Subject())
	newsScenes(t, s, hold)
	reportScenes(t, s, hold, &v, &passed)
	actionScenes(t, s, hold)
}

// reportScenes gives hold what people read beside a report, and while it is made.
func reportScenes(t *testing.T, s *stage, hold func(t *testing.T, name string, raw []byte), v *visit.Visit, i *visit.Inspection) {
	rp, at := s.bot.reports, s.bot.o.Now()
	found := []visit.Finding{
		{Number: 31, Kind: visit.OfProduct, Severity: visit.Major, Text: "Cartons without <corner> protection", TextZH: "纸箱无护角", Place: "packing", Bad: 6, Checked: 50, ForFactory: true, By: jonas, At: at,
			Photos: []visit.PhotoRef{{ID: 1, State: visit.PhotoKept}, {ID: 2, State: visit.PhotoWaiting}}},
		{Number: 32, Kind: visit.OfProduct, Text: "Something at line 2", By: jonas, At: at},
		{Number: 33, Kind: visit.RedFlag, Text: "Two sets of records", By: mia, At: at},
		{Number: 34, Kind: visit.Idea, Text: "A lamp above the table", By: mia, At: at},
	}
	inspected := i.Clone()
	inspected.Lot = visit.Lot{Size: 3000, Level: "II", Counted: visit.Mark{By: jonas, At: at}, Classes: []visit.LotClass{{Class: visit.Critical, N: 125, Re: 1}, {Class: visit.Major, AQL: "2.5", Letter: "K", N: 125, Ac: 7, Re: 8, Bad: 9}}}
	inspected.Decision = visit.LotOutcome{Decision: visit.Rework, Said: visit.Mark{By: mia, At: at}}
	begun := v.Clone()
	begun.First, begun.Last = civil.On(2027, 2, 25), civil.On(2027, 2, 26)
	for _, c := range []struct {
		name  string
		a     visit.Appointment
		kind  visit.ReportKind
		final bool
	}{
		{"report of an inspection, a draft", &inspected, visit.ReportInspection, false},
		{"report of an inspection, final", &inspected, visit.ReportInspection, true},
		{"report of a visit, a draft", &begun, visit.ReportVisit, false},
		{"report of a visit for the factory", &begun, visit.ReportFactory, false},
	} {
		r := &visit.Report{Workspace: s.TeamID(), Subject: c.a.Subject(), Kind: c.kind, Made: visit.Mark{By: mia, At: at}}
		pg := &pages{p: s.bot.english, r: r, version: 2, final: c.final, material: &material{a: c.a, findings: found, names: map[string]string{mia: "Mia Chen", jonas: "Jonas Weber"}}}
		var m *blocks.Message
		if c.kind == visit.ReportFactory {
			m = pg.forFactory(pg.factoryReport())
		} else {
			m = pg.summary(rp.document(pg).Blanks(pg.p.Printer), &drawnReport{sha256: digest(nil)})
		}
		hold(t, strings.ReplaceAll(c.name, ",", ""), m.EphemeralJSON())
	}
	for name, why := range map[string]privately{"in its thread": inThread, "where another company reads": readAlong, "of a closed channel": closedOff} {
		r := &visit.Report{Kind: visit.ReportVisit}
		hold(t, "report is made "+name, rp.comes(s.bot.english, &begun, r, why, false).EphemeralJSON())
		hold(t, "report is being made already "+name, rp.comes(s.bot.english, &begun, r, why, true).EphemeralJSON())
	}
	hold(t, "report is made for the factory", rp.comes(s.bot.english, &begun, &visit.Report{Kind: visit.ReportFactory}, forPerson, false).EphemeralJSON())
}

// toldScenes gives hold what people read when somebody has changed something.
func toldScenes(t *testing.T, s *stage, hold func(t *testing.T, name string, raw []byte), ofVisit, ofInspection visit.Subject) {
	b, ctx, team := s.bot, context.Background(), s.TeamID()
	tell := func(name string, of visit.Subject, by string, change func(v *visit.Visit, i *visit.Inspection) error) {
		t.Helper()
		must(b.o.Store.By(by).ChangeAppointment(ctx, team, of, b.o.Now(), func(a visit.Appointment) error {
			v, _ := a.(*visit.Visit)
			i, _ := a.(*visit.Inspection)
			return change(v, i)
		}))
		for _, o := range s.changesWait() {
			m, _, _, err := b.told.message(ctx, &o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if m != nil && o.To == sourcing {
				hold(t, "told "+name, m.EphemeralJSON())
			} else if m != nil && o.To != mia {
				hold(t, "told "+name+" directly", m.EphemeralJSON())
			}
			sent := o
			sent.State = visit.Sent
			must(b.o.Store.Settle(ctx, o, sent))
		}
	}
	give := func(owner string, ids ...int) func(*visit.Visit, *visit.Inspection) error {
		return func(v *visit.Visit, _ *visit.Inspection) error {
			for _, id := range ids {
				if _, err := v.Items.Assign(id, owner); err != nil {
					return err
				}
			}
			return nil
		}
	}
	tell("of new days", ofVisit, mia, func(v *visit.Visit, _ *visit.Inspection) error {
		v.First, v.Last = v.First.AddDays(7), v.Last.AddDays(7)
		return nil
	})
	tell("of an item", ofVisit, mia, give(jonas, 4))
	tell("of items", ofVisit, jonas, give(mia, 2, 4, 5, 6))
	tell("of who is taken off", ofVisit, mia, func(v *visit.Visit, _ *visit.Inspection) error { v.People = slices.Delete(v.People, 1, 2); return nil })
	tell("of who is added", ofVisit, mia, func(v *visit.Visit, _ *visit.Inspection) error {
		v.People = slices.Insert(v.People, 1, visit.Person{User: jonas, Role: "quality"})
		return nil
	})
	tell("of a cancelled visit", ofVisit, mia, func(v *visit.Visit, _ *visit.Inspection) error { v.Cancel(mia, b.o.Now()); return nil })
	tell("of a restored visit", ofVisit, mia, func(v *visit.Visit, _ *visit.Inspection) error { v.Restore(); return nil })
	tell("of an inspector who is taken off", ofInspection, mia, func(_ *visit.Visit, i *visit.Inspection) error { i.Inspector = ""; return nil })
	tell("of an inspector", ofInspection, mia, func(_ *visit.Visit, i *visit.Inspection) error { i.Inspector = jonas; return nil })
	tell("of an inspection on another day", ofInspection, mia, func(_ *visit.Visit, i *visit.Inspection) error { return i.Move(civil.On(2027, 3, 3), b.o.Now()) })
	report := func(r visit.Result) func(*visit.Visit, *visit.Inspection) error {
		return func(_ *visit.Visit, i *visit.Inspection) error {
			_, err := i.Report(r, "3 major defects of 125 pieces", mia, b.o.Now())
			return err
		}
	}
	reopen := func(_ *visit.Visit, i *visit.Inspection) error { i.Reopen(); return nil }
	tell("of a skipped inspection", ofInspection, mia, report(visit.Skipped))
	tell("of one that takes place after all", ofInspection, mia, reopen)
	tell("of one that passed", ofInspection, mia, report(visit.Passed))
	tell("of a result that was taken back", ofInspection, mia, reopen)
	tell("of one that failed", ofInspection, mia, report(visit.Failed))
	tell("of a visit before", ofVisit, mia, func(v *visit.Visit, _ *visit.Inspection) error {
		v.First, v.Last = v.First.AddDays(-7), v.Last.AddDays(-7)
		if err := give(jonas, 2, 6)(v, nil); err != nil { // as it was
			return err
		}
		return give("", 4, 5)(v, nil)
	})
	must(b.o.Store.ChangeInspection(ctx, team, ofInspection.Number(), b.o.Now(), func(i *visit.Inspection) error {
		i.Reopen()
		i.Due = i.Planned
		return nil
	}))
}

// newsScenes gives hold what people are told when their channel or a colleague changes.
func newsScenes(t *testing.T, s *stage, hold func(t *testing.T, name string, raw []byte)) {
	b, ctx, team := s.bot, context.Background(), s.TeamID()
	settled := func() {
		s.settled()
		b.Wait()
		b.directory.channels.answers.Purge()
	}
	said := func(name string, m *blocks.Message, err error) {
		t.Helper()
		if err != nil || m == nil {
			t.Fatalf("%s: %v", name, err)
		}
		hold(t, name, m.EphemeralJSON())
	}
	news := func(name string, about visit.Subject, c visit.Change, to string) {
		t.Helper()
		settled()
		m, err := b.news.message(ctx, &visit.Occurrence{Workspace: team, Kind: visit.News, Subject: about, To: to, Payload: string(c) + " " + mia})
		said(name, m, err)
	}
	press := func(yes bool) (*blocks.Message, error) {
		return b.guests.vouch(ctx, click{caller: caller{team: team, user: mia}, about: jonas}, yes)
	}
	here := visit.SubjectOf(visit.OfChannel, sourcing)

	done(t, s.ShareChannel(sourcing))
	done(t, s.Join(liwei, sourcing))
	news("news of a shared channel", here, visit.Opened, mia)
	done(t, s.Leave(liwei, sourcing))
	done(t, s.UnshareChannel(sourcing))
	done(t, s.SetGuest(jonas, localslack.Restricted))
	news("news of a guest", here, visit.Opened, mia)
	news("news of an owner who is a guest", visit.SubjectOf(visit.OfPerson, jonas), visit.Gone, mia)
	m, err := press(true)
	said("guest who works for us", m, err)
	m, err = press(false)
	said("guest who does not work for us", m, err)
	done(t, s.Deactivate(jonas))
	news("news of an owner who is gone", visit.SubjectOf(visit.OfPerson, jonas), visit.Gone, mia)

	done(t, s.ArchiveChannel(sourcing))
	news("news of an archived channel", here, visit.Closed, mia)
	m, err = b.show(ctx, b.guide.Load(), caller{team: team, user: mia, channel: s.direct(mia)}, "visit/1")
	said("visit card in an archived channel", m, err)
	m, err = b.visits.list(ctx, b.guide.Load(), caller{team: team, user: mia, channel: s.direct(mia)}, 0)
	said("visit list with an archived channel", m, err)
	form := s.opens(mia, s.directly(mia, "/visit-prep show 1"), b.english.T("Move visit"))
	hold(t, "visit move form", blocks.MustJSON(map[string]any{"title": form.Title, "blocks": form.Blocks}))
	done(t, s.Invite(mia, "C0SHENZHEN1"))
	s.enter(mia, form, fieldChannel, "C0SHENZHEN1")
	s.send(mia, form)
	moved := s.top(mia)
	settled() // the channel's name is known from now on
	hold(t, "visit moved", blocks.MustJSON(map[string]any{"title": moved.Title, "blocks": moved.Blocks}))
	done(t, s.UnarchiveChannel(sourcing))
	settled()
	done(t, s.RemoveApp(sourcing))
	news("news of a channel that the app has left", here, visit.Closed, mia)
	done(t, s.DeleteChannel("C0SHENZHEN1"))
	news("news of a channel that is gone", visit.SubjectOf(visit.OfChannel, "C0SHENZHEN1"), visit.Closed, mia)
}

// directly is the answer to a command that somebody types in their direct messages.
func (s *stage) directly(who, line string) localslack.Message {
	s.t.Helper()
	return s.command(who, s.direct(who), line)
}
