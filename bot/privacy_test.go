package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What these tests hold is the README's "Who sees what": a visit belongs to a
// channel, and its members see it; what belongs to a private channel never shows in
// another.

// project is a private channel with Mia and the app in it. Jonas is her colleague
// and not in it.
const project = "C0PROJECT01"

func newPrivateStage(t *testing.T) *stage {
	t.Helper()
	return newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
}

// Whoever reads one of these names has seen something of the visit, the inspection
// or the plan.
const (
	visited   = "Ningbo Bright Metal"
	inspected = "Dongguan Plastics"
	planned   = "Foshan Ceramics"
)

func tellsOf(text string) bool {
	return strings.Contains(text, visited) || strings.Contains(text, inspected) || strings.Contains(text, planned)
}

func in(channel string) visit.Place {
	return visit.Place{Channel: channel, Private: channel == project, Shared: channel == acme}
}

func dayAhead(n int) civil.Date { return must(civil.Parse(inDays(n))) }

// visitIn records a visit in a channel. Its checklist has two pages.
func (s *stage) visitIn(channel string, items ...visit.Item) visit.Visit {
	s.t.Helper()
	var v visit.Visit
	v.Workspace, v.Owner, v.Purpose, v.Factory.Name, v.Place = s.TeamID(), mia, "first_visit", visited, in(channel)
	v.First, v.Last, v.Items = dayAhead(60), dayAhead(62), items
	for n := len(items); n < pageItems+2; n++ {
		v.Items = append(v.Items, visit.Item{ID: n + 1, Milestone: -7, Text: fmt.Sprintf("Step %d", n+1)})
	}
	saved, err := s.bot.o.Store.PlanVisit(context.Background(), v, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.postCards(s.bot, s.bot.o.Store)
	return saved
}

// inspectionIn records an inspection in a channel.
func (s *stage) inspectionIn(channel string, items ...visit.Item) visit.Inspection {
	s.t.Helper()
	var i visit.Inspection
	i.Workspace, i.Owner, i.Type, i.Factory.Name, i.Place = s.TeamID(), mia, "pre_shipment", inspected, in(channel)
	i.Due, i.LeadDays, i.Items = dayAhead(30), []int{14}, append(items, visit.Item{ID: len(items) + 1, Milestone: -3, Text: "Tell the factory"})
	saved, err := s.bot.o.Store.AddInspection(context.Background(), i, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.postCards(s.bot, s.bot.o.Store)
	return saved
}

// planIn records an inspection plan in a channel.
func (s *stage) planIn(channel string) visit.Plan {
	s.t.Helper()
	p := visit.Plan{Workspace: s.TeamID(), Owner: mia, Type: "pre_shipment", Rule: "every 2 weeks from " + inDays(30) + " at 09:00", Place: in(channel), LeadDays: []int{14}}
	p.Factory.Name = planned
	saved, err := s.bot.o.Store.AddPlan(context.Background(), p, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return saved
}

// reported gives an inspection a result.
func (s *stage) reported(n int) {
	s.t.Helper()
	s.changeInspection(s.inspection(n), func(i *visit.Inspection) { must(i.Report(visit.Failed, "Burrs on the rim", mia, time.Now())) })
}

// hasProduct gives the first inspection a lot of a product.
func (s *stage) hasProduct() {
	s.t.Helper()
	i := s.inspection(1)
	x, _, err := s.bot.o.Store.AddSeries(context.Background(), visit.Series{Workspace: s.TeamID(), Factory: i.Factory, Channel: sourcing, Product: "Lamp", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: mia}, time.Now())
	done(s.t, err)
	l := visit.Lot{Series: x.Number, Product: x.Product, Size: 3000, Level: "II"}
	done(s.t, l.Sample(rulesOf(&x, drawForm{major: "2.5", minor: "4.0"}, nil, &i)))
	s.changeInspection(i, func(i *visit.Inspection) { done(s.t, i.Draw(l, mia, time.Now())) })
}

// hide moves all that there is into the private channel, as somebody in it may do
// while a colleague has it open. It returns how all is then.
func (s *stage) hide() (as string) {
	s.t.Helper()
	ctx, team, now := context.Background(), s.TeamID(), time.Now()
	st := s.bot.o.Store
	for _, v := range must(st.Visits(ctx, team, storeFilter())) {
		must(st.ChangeVisit(ctx, team, v.Number, now, func(v *visit.Visit) error { v.Channel, v.Private = project, true; return nil }))
	}
	if _, err := st.Inspection(ctx, team, 1); err == nil {
		i := must(st.ChangeInspection(ctx, team, 1, now, func(i *visit.Inspection) error { i.Channel, i.Private = project, true; return nil }))
		if i.Lot.Series > 0 { // its product is one of that channel now, too
			x, _, err := st.AddSeries(ctx, visit.Series{Workspace: team, Factory: i.Factory, Channel: project, Product: i.Lot.Product, Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: mia}, now)
			done(s.t, err)
			must(st.ChangeInspection(ctx, team, 1, now, func(i *visit.Inspection) error { i.Lot.Series = x.Number; return nil }))
		}
	}
	for _, p := range must(st.Plans(ctx, team, storeFilter())) {
		_, _, err := st.ChangePlan(ctx, team, p.Number, mia, now, func(p *visit.Plan) error { p.Channel, p.Private = project, true; return nil }, func(*visit.Plan, civil.Date) bool { return true })
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.postCards(s.bot, st)
	return s.state()
}

// state is how often each thing was changed, where it is, and what is still to be
// sent.
func (s *stage) state() string {
	s.t.Helper()
	ctx, team := context.Background(), s.TeamID()
	st := s.bot.o.Store
	var b strings.Builder
	for _, v := range must(st.Visits(ctx, team, storeFilter())) {
		fmt.Fprintf(&b, "visit %d, revision %d, in %s\n", v.Number, v.Rev, v.Channel)
	}
	if i, err := st.Inspection(ctx, team, 1); err == nil {
		fmt.Fprintf(&b, "inspection %d, revision %d, in %s\n", i.Number, i.Rev, i.Channel)
	}
	for _, p := range must(st.Plans(ctx, team, storeFilter())) {
		fmt.Fprintf(&b, "plan %d, revision %d, in %s\n", p.Number, p.Rev, p.Channel)
	}
	for _, f := range must(st.Factories(ctx, team)) {
		fmt.Fprintf(&b, "factory %d, %s\n", f.Number, f.Name)
	}
	fmt.Fprintf(&b, "%d reminders, %d subscriptions\n", len(must(st.Occurrences(ctx, team, occurrenceFilter()))), len(must(st.Schedules(ctx, team, visit.RecurTip))))
	return b.String()
}

// sees is all that somebody has before their eyes, by place.
func (s *stage) sees(who string) map[string]string {
	seen := map[string]string{}
	for _, c := range s.Channels(who) {
		for _, m := range s.Messages(who, c.ID) {
			text := says(m)
			for _, f := range m.Files {
				text += f.Title + "\n" + string(f.Content)
			}
			seen[c.ID+"/"+m.TS] = text
		}
	}
	for _, v := range s.Modals(who) {
		seen[v.ID] = v.Title + "\n" + blockText(v.Blocks)
		for field, words := range v.Errors {
			seen[v.ID+"/"+field] = words
		}
	}
	if h, ok := s.Home(who); ok {
		seen["home"] = blockText(h.Blocks)
	}
	return seen
}

// reads is what somebody comes to see when something is done and all that it sets
// off has ended. It is for a stage over HTTP, where that begins before the app
// acknowledges.
func (s *stage) reads(who string, do func()) string {
	s.t.Helper()
	before := s.sees(who)
	do()
	s.bot.Wait()
	now := s.sees(who)
	var news []string
	for _, place := range slices.Sorted(maps.Keys(now)) {
		if now[place] != before[place] {
			news = append(news, now[place])
		}
	}
	return strings.Join(news, "\n---\n")
}

// types is what somebody reads after typing a command.
func (s *stage) types(who, channel, line string) string {
	s.t.Helper()
	return s.reads(who, func() {
		if err := s.Command(who, channel, line); err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
	})
}

// opens presses a button of a message and returns the form that it opens.
func (s *stage) opens(who string, m localslack.Message, label string) localslack.View {
	s.t.Helper()
	s.press(who, m, label)
	return s.top(who)
}

// top is the form that somebody has open once everything has ended.
func (s *stage) top(who string) localslack.View {
	s.t.Helper()
	s.bot.Wait()
	vs := s.Modals(who)
	if len(vs) == 0 {
		s.t.Fatal("no form is open")
	}
	return vs[len(vs)-1]
}

const nothingThere = "can't find that number in your channels"

// TestWhatMovesToAPrivateChannelCloses goes every way on which Jonas could go on
// with what he had before him when it moved into a channel that he is not in.
func TestWhatMovesToAPrivateChannelCloses(t *testing.T) {
	// A way is what Jonas has before him, and what he then does with it.
	type way func(s *stage) (then func())
	press := func(command, label string) way {
		return func(s *stage) func() {
			m := s.command(jonas, sourcing, command)
			return func() { s.press(jonas, m, label) }
		}
	}
	onCard := func(label string) way { return press("/visit-prep show 1", label) }
	ended := func(label string) way {
		return func(s *stage) func() {
			s.over(s.visit(1), 8)
			return onCard(label)(s)
		}
	}
	typed := func(line string) way {
		return func(s *stage) func() { return func() { s.command(jonas, sourcing, line) } }
	}
	onList := func(label, block string) way {
		return func(s *stage) func() {
			list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
			return func() { s.pressIn(jonas, list, label, block) }
		}
	}
	sendOff := func(command, label string, fields map[string]string) way {
		return func(s *stage) func() {
			v := s.opens(jonas, s.command(jonas, sourcing, command), label)
			for field, value := range fields {
				s.enter(jonas, v, field, value)
			}
			return func() { s.send(jonas, v) }
		}
	}
	onVisitDay := func(label string) way {
		return func(s *stage) func() {
			m := s.reminded(s.remindOf("visit/1", visit.Remind, 0), sourcing)
			return func() { s.press(jonas, m, label) }
		}
	}
	onQuestion := func(label string) way {
		return func(s *stage) func() {
			m := s.reminded(s.remindOf("inspection/1", visit.Overdue, 0), sourcing)
			return func() { s.press(jonas, m, label) }
		}
	}
	for _, c := range []struct {
		name string
		way  way
	}{
		{"a visit that is asked for by its number", typed("/visit-prep show 1")},
		{"a visit of a list", press("/visit-prep list", "Show visit")},
		{"the checklist on its card", onCard("Open checklist")},
		{"the form for an item on its card", onCard("Add item")},
		{"the form of the visit", onCard("Edit visit")},
		{"the brief", onCard("Send me the brief")},
		{"the calendar file", onCard("Calendar file")},
		{"the form of the host brief", onCard("Host brief")},
		{"a host brief that was being typed", sendOff("/visit-prep show 1", "Host brief", map[string]string{visit.HostTo: "王总", visit.HostPeople: "Jonas Weber"})},
		{"another purpose in a host brief", func(s *stage) func() {
			v := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Host brief")
			return func() { s.tick(jonas, v, visit.HostPurposes, "audit") }
		}},
		{"cancelling it", onCard("Cancel visit")},
		{"the form for its outcome", ended("Outcome")},
		{"an outcome that was being typed", func(s *stage) func() {
			s.over(s.visit(1), 8)
			return sendOff("/visit-prep show 1", "Outcome", map[string]string{fieldVerdict: string(visit.Go)})(s)
		}},
		{"its notes", func(s *stage) func() {
			s.changeVisit(s.visit(1), func(v *visit.Visit) {
				v.Notes = []visit.Note{{By: mia, At: time.Now(), Text: "The mould was repaired"}}
			})
			return onCard("Notes (1)")(s)
		}},
		{"a tick in an open checklist", onList("Done", "item-1")},
		{"the next page of an open checklist", onList("Next page", "")},
		{"the form for an item over an open checklist", onList("Add item", "")},
		{"the question why an item does not apply", onList("Does not apply", "item-1")},
		{"the form of an item in an open checklist", onList("Edit item", "item-1")},
		{"an item that was being edited", func(s *stage) func() {
			list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
			s.pressIn(jonas, list, "Edit item", "item-1")
			v := s.modal(jonas, "What needs to be done?")
			s.enter(jonas, v, fieldItem, "Check mould 7")
			return func() { s.send(jonas, v) }
		}},
		{"what nobody has taken of a milestone", func(s *stage) func() {
			list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
			a := s.find(list.Blocks, "", "give--7")
			a.View, a.Value = list.ID, jonas
			return func() { s.Act(jonas, a) }
		}},
		{"other items of an open checklist", func(s *stage) func() {
			list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
			a := s.find(list.Blocks, "", "show")
			a.View, a.Value = list.ID, "nobody"
			return func() { s.Act(jonas, a) }
		}},
		{"an owner picked in an open checklist", func(s *stage) func() {
			list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
			a := s.find(list.Blocks, "", "item-1")
			a.View, a.ActionID, a.Value = list.ID, string(actOwner), jonas
			return func() { s.Act(jonas, a) }
		}},
		{"an item that was being typed", sendOff("/visit-prep show 1", "Add item", map[string]string{fieldItem: "Bring a gauge"})},
		{"a reason that was being typed", func(s *stage) func() {
			list := s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Open checklist")
			s.pressIn(jonas, list, "Does not apply", "item-1")
			v := s.top(jonas)
			s.enter(jonas, v, fieldReason, "The mould is ours")
			return func() { s.send(jonas, v) }
		}},
		{"an edit that was being typed", sendOff("/visit-prep show 1", "Edit visit", map[string]string{fieldAgenda: "09:00 opening"})},
		{"a message that was being put on the visit", func(s *stage) func() {
			ts := must(s.Say(jonas, sourcing, "", "The mould was repaired"))
			if err := s.Shortcut(jonas, shortcutAddToVisit, sourcing, ts); err != nil {
				s.t.Fatal(err)
			}
			v := s.top(jonas)
			return func() { s.send(jonas, v) }
		}},
		{"a reminder to be snoozed", func(s *stage) func() {
			m := s.reminded(s.remindOf("visit/1", visit.Remind, -7), sourcing)
			return func() { s.press(jonas, m, "Snooze reminder") }
		}},
		{"that the team has arrived", onVisitDay("We are here")},
		{"an arrival to be taken back", func(s *stage) func() {
			if _, _, err := s.bot.o.Store.Arrive(context.Background(), store.Arrival{Workspace: s.TeamID(), Visit: 1, Day: dayAhead(60), Mark: visit.Mark{By: mia, At: time.Now()}}); err != nil {
				s.t.Fatal(err)
			}
			return func() {
				s.clicked(jonas, localslack.Message{Channel: sourcing}, actUnarrive, daySubject("visit/1", dayAhead(60)))
			}
		}},
		{"the form for a note", onVisitDay("Log a note")},
		{"a note that was being typed", func(s *stage) func() {
			then := onVisitDay("Log a note")(s)
			then()
			v := s.top(jonas)
			s.enter(jonas, v, fieldNote, "Line 2 stood still")
			return func() { s.send(jonas, v) }
		}},

		{"an inspection that is asked for by its number", typed("/inspection show 1")},
		{"an inspection of a list", press("/inspection", "Show inspection")},
		{"the form for its result, by a command", typed("/inspection done 1")},
		{"the form for its result, by a button", press("/inspection show 1", "Report result")},
		{"the form for leaving it out", typed("/inspection skip 1")},
		{"the form for another day", typed("/inspection move 1")},
		{"another day by a command", typed("/inspection move 1 " + inDays(20))},
		{"a result that was being typed", sendOff("/inspection show 1", "Report result", map[string]string{fieldResult: "passed", fieldEarly: earlyYes})},
		{"an answer how it ended", onQuestion("Passed")},
		{"the question why it could not be done", onQuestion("Could not be done")},
		{"a reason why it could not be done", func(s *stage) func() {
			onQuestion("Could not be done")(s)()
			v := s.top(jonas)
			s.enter(jonas, v, fieldNote, "The goods were not ready")
			return func() { s.send(jonas, v) }
		}},
		{"another day that was being picked", sendOff("/inspection show 1", "Move inspection", map[string]string{fieldDue: inDays(20)})},
		{"a result to be taken back", func(s *stage) func() {
			s.reported(1)
			return press("/inspection show 1", "Undo result")(s)
		}},

		{"the form for a sample", press("/inspection show 1", "Choose sample")},
		{"a product picked in the form for a sample", func(s *stage) func() {
			lot := visit.Series{Workspace: s.TeamID(), Factory: s.inspection(1).Factory, Channel: sourcing, Product: "Lamp", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: mia}
			if _, _, err := s.bot.o.Store.AddSeries(context.Background(), lot, time.Now()); err != nil {
				s.t.Fatal(err)
			}
			v := s.opens(jonas, s.command(jonas, sourcing, "/inspection show 1"), "Choose sample")
			return func() { s.enter(jonas, v, fieldProduct, newProduct) }
		}},
		{"a sample that was being typed", sendOff("/inspection show 1", "Choose sample", map[string]string{fieldProductName: "Lamp", fieldLot: "3000"})},
		{"the form for what becomes of a lot", func(s *stage) func() {
			s.reported(1)
			return press("/inspection show 1", "Decide on the lot")(s)
		}},
		{"a decision that was being typed", func(s *stage) func() {
			s.reported(1)
			return sendOff("/inspection show 1", "Decide on the lot", map[string]string{fieldDecision: "hold"})(s)
		}},
		{"a decision to be taken back", func(s *stage) func() {
			s.reported(1)
			s.changeInspection(s.inspection(1), func(i *visit.Inspection) { must(i.Decide(visit.Hold, "", false, mia, time.Now())) })
			return press("/inspection show 1", "Undo decision")(s)
		}},

		{"the form for quantities and the firm", press("/inspection show 1", "Quantities and firm")},
		{"quantities that were being typed", sendOff("/inspection show 1", "Quantities and firm", map[string]string{fieldOrdered: "3000"})},
		{"the form for tests", func(s *stage) func() {
			s.hasProduct()
			return press("/inspection show 1", "Tests and measurements")(s)
		}},
		{"a test picked in the form", func(s *stage) func() {
			s.hasProduct()
			v := s.opens(jonas, s.command(jonas, sourcing, "/inspection show 1"), "Tests and measurements")
			return func() { s.enter(jonas, v, fieldWhichTest, newTest) }
		}},
		{"a test that was being typed", func(s *stage) func() {
			s.hasProduct()
			return sendOff("/inspection show 1", "Tests and measurements", map[string]string{fieldTest: "Width"})(s)
		}},
		{"the form for the sealed sample", func(s *stage) func() {
			s.hasProduct()
			return press("/inspection show 1", "Sealed sample")(s)
		}},
		{"a sealed sample that was being typed", func(s *stage) func() {
			s.hasProduct()
			return sendOff("/inspection show 1", "Sealed sample", map[string]string{fieldSealedVersion: "3"})(s)
		}},

		{"a plan that is asked for by its number", typed("/inspection plan 1")},
		{"a plan of a list", press("/inspection", "Show plan")},
		{"the form of a plan", press("/inspection plan 1", "Edit plan")},
		{"ending a plan", press("/inspection plan 1", "End plan")},
		{"an edit of a plan whose dates were shown", func(s *stage) func() {
			v := s.toTyping(jonas, s.opens(jonas, s.command(jonas, sourcing, "/inspection plan 1"), "Edit plan"))
			s.enter(jonas, v, fieldLeads, "5")
			s.send(jonas, v)
			dates := s.top(jonas)
			return func() { s.send(jonas, dates) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPrivateStage(t)
			s.visitIn(sourcing)
			s.inspectionIn(sourcing)
			s.planIn(sourcing)
			then := c.way(s)
			s.bot.Wait()
			hidden := s.hide()
			got := s.reads(jonas, then)
			if !strings.Contains(got, nothingThere) || tellsOf(got) {
				t.Errorf("he reads\n%s", got)
			}
			if now := s.state(); now != hidden {
				t.Errorf("it is now\n%swas\n%s", now, hidden)
			}
			s.nothingRefused()
		})
	}
}

// asked are the ways to ask for what there is, each with what tells of it.
var asked = []struct{ line, tells string }{
	{"/visit-prep list", visited},
	{"/visit-prep show 1", visited},
	{"/visit-prep status", visited},
	{"/visit-prep status", inspected},
	{"/visit-prep status", "a tip on manners"},
	{"/inspection", inspected},
	{"/inspection", planned},
	{"/inspection show 1", inspected},
	{"/inspection plan 1", planned},
	{"/inspection history dongguan", "Burrs on the rim"},
}

// newAsked is a stage on which all that asked asks for is in the private channel.
// An item of it was given to Jonas when he was still there.
func newAsked(t *testing.T) *stage {
	t.Helper()
	s := newPrivateStage(t)
	cavities := visit.Item{ID: 1, Milestone: -7, Text: "Count the cavities", Owner: jonas}
	s.visitIn(project, cavities)
	s.inspectionIn(project, cavities)
	s.planIn(project)
	s.reported(s.inspectionIn(project).Number)
	tip := visit.Occurrence{Workspace: s.TeamID(), Key: "tip", Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, project), To: project, Zone: "Europe/Berlin", Due: time.Now().Add(time.Hour)}
	if err := s.bot.o.Store.AddOccurrence(context.Background(), tip); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMembersOfAPrivateChannelReadThereAndInDirectMessagesWhatBelongsToIt(t *testing.T) {
	s := newAsked(t)
	for _, c := range asked {
		for _, channel := range []string{project, s.direct(mia)} {
			if got := s.types(mia, channel, c.line); !strings.Contains(got, c.tells) {
				t.Errorf("Mia types %s in %s and reads nothing of %q:\n%s", c.line, channel, c.tells, got)
			}
		}
	}
	if got := s.types(mia, project, "/visit-prep"); !strings.Contains(got, visited) {
		t.Errorf("the channel's next visit is\n%s", got)
	}
	if got := s.reads(mia, func() { s.OpenHome(mia) }); !strings.Contains(got, visited) || !strings.Contains(got, inspected) {
		t.Errorf("her Home tab says\n%s", got)
	}
	s.nothingRefused()
}

func TestWhatBelongsToAPrivateChannelNeverShowsInAnother(t *testing.T) {
	s := newAsked(t)
	for _, c := range asked {
		if got := s.types(mia, sourcing, c.line); strings.Contains(got, c.tells) {
			t.Errorf("Mia types %s in #china-sourcing and reads\n%s", c.line, got)
		}
	}
	if got := s.types(mia, sourcing, "/visit-prep show 1"); !strings.Contains(got, "That belongs to a private channel") {
		t.Errorf("she reads no word of where to look:\n%s", got)
	}
	// A message of another channel is not put on it either.
	ts := must(s.Say(mia, sourcing, "", "The mould was repaired"))
	if got := s.reads(mia, func() { s.Shortcut(mia, shortcutAddToVisit, sourcing, ts) }); tellsOf(got) || !strings.Contains(got, "No visits are planned in your channels") {
		t.Errorf("the form says\n%s", got)
	}
	s.nothingRefused()
}

// Mia is in both channels when a list of the one still offers what has moved into
// the other.
func TestWhatHasMovedToAPrivateChannelIsNotShownByAnOldButton(t *testing.T) {
	for _, c := range []struct{ command, label string }{
		{"/visit-prep list", "Show visit"},
		{"/inspection", "Show inspection"},
		{"/inspection", "Show plan"},
	} {
		t.Run(c.label, func(t *testing.T) {
			s := newPrivateStage(t)
			s.visitIn(sourcing)
			s.inspectionIn(sourcing)
			s.planIn(sourcing)
			m := s.command(mia, sourcing, c.command)
			s.hide()
			if got := s.reads(mia, func() { s.press(mia, m, c.label) }); tellsOf(got) || !strings.Contains(got, "That belongs to a private channel") {
				t.Errorf("she reads\n%s", got)
			}
			s.nothingRefused()
		})
	}
}

func TestAVisitThatMovesToAnotherChannelLeavesNoDetailsBehind(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(sourcing)
	s.show(v.Subject())
	card := s.last(jonas, sourcing)
	form := s.opens(mia, card, "Edit visit")
	s.enter(mia, form, fieldChannel, project)
	if got := s.reads(jonas, func() { s.send(mia, form) }); tellsOf(got) || !strings.Contains(got, "Visit 1 is now prepared in another channel") {
		t.Errorf("Jonas reads\n%s", got)
	}
	s.untilSays(mia, project, visited)
	if tellsOf(says(s.card(sourcing, card.TS))) || !tellsOf(says(s.last(mia, project))) {
		t.Errorf("there is\n%s\nand in the private channel\n%s", says(s.card(sourcing, card.TS)), says(s.last(mia, project)))
	}
	s.nothingRefused()
}

func TestWhoIsNotInAChannelReadsNothingOfItAnywhere(t *testing.T) {
	s := newAsked(t)
	for _, c := range asked {
		for _, channel := range []string{sourcing, s.direct(jonas)} {
			if got := s.types(jonas, channel, c.line); strings.Contains(got, c.tells) {
				t.Errorf("Jonas types %s in %s and reads\n%s", c.line, channel, got)
			}
		}
	}
	if got := s.reads(jonas, func() { s.OpenHome(jonas) }); tellsOf(got) || strings.Contains(got, "cavities") || !strings.Contains(got, "Nothing is planned in your channels yet") {
		t.Errorf("his Home tab says\n%s", got)
	}
	if got := s.reads(jonas, func() { s.posted(s.digestOf(jonas, 50)) }); got != "" {
		t.Errorf("he is told of his own items:\n%s", got)
	}
	s.nothingRefused()
}

func TestAPersonsOwnItemsComeOnceTheyAreInTheChannel(t *testing.T) {
	s := newPrivateStage(t)
	s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -7, Text: "Count the cavities", Owner: jonas})
	if got := s.reads(jonas, func() { s.posted(s.digestOf(jonas, 50)) }); !strings.Contains(got, "Count the cavities") {
		t.Errorf("he reads\n%s", got)
	}
	if got := s.reads(jonas, func() { s.OpenHome(jonas) }); !strings.Contains(got, "Count the cavities") {
		t.Errorf("his Home tab says\n%s", got)
	}
	s.nothingRefused()
}

func TestNobodyPlansInAChannelThatTheyAreNotIn(t *testing.T) {
	for _, c := range []struct {
		name   string
		open   func(s *stage) localslack.View
		fields [][2]string
	}{
		{"a visit", func(s *stage) localslack.View {
			s.command(jonas, sourcing, "/visit-prep plan")
			return s.top(jonas)
		}, [][2]string{{fieldName, "Acme Lighting"}, {fieldPurpose, "first_visit"}, {fieldFirst, inDays(60)}}},
		{"a visit that is edited", func(s *stage) localslack.View {
			s.visitIn(sourcing)
			return s.opens(jonas, s.command(jonas, sourcing, "/visit-prep show 1"), "Edit visit")
		}, nil},
		{"an inspection", func(s *stage) localslack.View {
			s.command(jonas, sourcing, "/inspection schedule")
			return s.top(jonas)
		}, [][2]string{{fieldName, "Acme Lighting"}, {fieldType, "pre_shipment"}, {fieldDue, inDays(40)}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newPrivateStage(t)
			v := c.open(s)
			for _, f := range append(c.fields, [2]string{fieldChannel, project}) {
				s.enter(jonas, v, f[0], f[1])
			}
			s.bot.Wait()
			was := s.state()
			s.send(jonas, s.top(jonas))
			s.bot.Wait()
			if got := s.errorsIn(jonas)[fieldChannel]; !strings.Contains(got, "You're not in this channel") {
				t.Errorf("the form says %q", s.errorsIn(jonas))
			}
			if now := s.state(); now != was {
				t.Errorf("it is now\n%swas\n%s", now, was)
			}
			if n := len(s.Messages(mia, project)); n != 0 {
				t.Errorf("%d messages are in the private channel", n)
			}
			s.nothingRefused()
		})
	}
}

// Where Slack does not say who somebody is or where they are, they may not.
func TestWhoSlackDoesNotVouchForIsRefused(t *testing.T) {
	for _, method := range []string{"users.info", "conversations.members"} {
		t.Run(method, func(t *testing.T) {
			s := newPrivateStage(t)
			v := visit.Visit{Work: visit.Work{Workspace: s.TeamID(), Owner: mia, Factory: visit.Factory{Name: visited}, Place: in(sourcing)}, Purpose: "first_visit", First: dayAhead(60), Last: dayAhead(60)}
			s.withoutCard(v) // for which Slack would be asked before
			times := 1
			if method == "users.info" {
				times = 3 // their language is asked for first, of the answer and of what is in it
			}
			s.Fail(method, "internal_error", times)
			if got := s.types(jonas, sourcing, "/visit-prep show 1"); tellsOf(got) || strings.Contains(got, nothingThere) || !strings.Contains(got, "I could not check that just now") {
				t.Errorf("he reads\n%s", got)
			}
			if got := s.types(jonas, sourcing, "/visit-prep show 1"); !tellsOf(got) {
				t.Errorf("once Slack answers again he reads\n%s", got)
			}
		})
	}
}

// TestWhoHasLeftTheChannelSavesNoPlan: they had the form open, and chose a channel that they
// are still in.
func TestWhoHasLeftTheChannelSavesNoPlan(t *testing.T) {
	s := newPrivateStage(t)
	done(t, s.Join(jonas, project))
	s.planIn(sourcing)
	s.planIn(project)
	v := s.toTyping(jonas, s.opens(jonas, s.command(jonas, project, "/inspection plan 2"), "Edit plan"))
	s.enter(jonas, v, fieldLeads, "5")
	s.enter(jonas, v, fieldChannel, sourcing)
	s.send(jonas, v)
	dates := s.top(jonas)
	done(t, s.Leave(jonas, project))
	s.settled()
	s.bot.Wait()
	was := s.state()
	if got := s.reads(jonas, func() { s.send(jonas, dates) }); !strings.Contains(got, nothingThere) {
		t.Errorf("he reads\n%s", got)
	}
	if now := s.state(); now != was {
		t.Errorf("it is now\n%swas\n%s", now, was)
	}
}

// A factory of a channel that somebody is not in is neither what their words mean nor on a menu of theirs.
func TestAFactoryThatOneDoesNotKnowIsNotNamedByWords(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.visitIn(project)
	s.inFactory(visit.Factory{Name: "Wenzhou Valves", City: "Wenzhou"}, sourcing)
	for _, who := range []string{mia, jonas} {
		if got := says(s.command(who, s.direct(who), "/factory gifts")); strings.Contains(got, visited) != (who == mia) || !strings.Contains(got, "Wenzhou Valves") {
			t.Errorf("%s may log a gift at\n%s", who, got)
		}
		if got := says(s.command(who, sourcing, "/factory gifts")); strings.Contains(got, visited) || !strings.Contains(got, "Wenzhou Valves") {
			t.Errorf("%s may log a gift in the channel at\n%s", who, got)
		}
	}
	got, err := s.Ask(jonas, sourcing, "/visit-prep plan "+visited)
	if err != nil {
		t.Fatal(err)
	}
	s.settled()
	if m, ok := got(); !ok || tellsOf(says(m)) || len(s.Modals(jonas)) > 0 {
		t.Errorf("Jonas plans a visit to what he does not know of: %s", says(m))
	}
	s.nothingRefused()
}
