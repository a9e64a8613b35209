package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// scheduling opens the form of an inspection on the calendar of China, on Tuesday, 1
// December 2026.
func scheduling(t *testing.T) (s *stage, v localslack.View) {
	t.Helper()
	s = newStage(t, overHTTP)
	china := must(holiday.China())
	s.bot.o.Calendar, s.bot.o.CalendarNotes, s.bot.o.SuggestDay = china, china.Warnings, china.Better
	s.goBy(func() time.Time { return time.Date(2026, time.December, 1, 4, 0, 0, 0, time.UTC) })
	s.command(mia, sourcing, "/inspection schedule")
	v = s.modal(mia, "How often?")
	s.enter(mia, v, fieldName, "Acme Lighting")
	s.enter(mia, v, fieldChinese, "顶点照明")
	s.enter(mia, v, fieldAddress, "浙江省宁波市")
	s.enter(mia, v, fieldType, "pre_shipment")
	return s, v
}

// choose uses the menu of a form, which is drawn again.
func (s *stage) choose(who string, v localslack.View, field, value string) localslack.View {
	s.t.Helper()
	s.enter(who, v, field, value)
	return s.redrawn(who, v)
}

func (s *stage) thePlan() visit.Plan {
	s.t.Helper()
	p, err := s.bot.o.Store.Plan(context.Background(), s.TeamID(), 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// TestASeriesIsPlannedByMenus: the next dates stand in the form, so that saving it saves
// it, and the channel is told once.
func TestASeriesIsPlannedByMenus(t *testing.T) {
	t.Parallel()
	s, v := scheduling(t)
	v = s.choose(mia, v, fieldRepeat, repeatAgain)
	expectText(t, blockText(v.Blocks), "Schedule: every 3 months on the 16th, from 16 December 2026", "• Wed 16 December 2026\n• Tue 16 March 2027\n")
	v = s.choose(mia, v, fieldOn, "31st")
	expectText(t, blockText(v.Blocks), "every 3 months on the last day, from 31 December 2026", "• Wed 30 June 2027\n• Thu 30 September 2027\n")
	v = s.choose(mia, v, fieldFrom, "2027-01-20")
	expectText(t, blockText(v.Blocks), "from 31 January 2027", "• Sun 31 January 2027 (on a weekend): ", "• Sat 31 July 2027 (on a weekend): Fri 30 July 2027 would be better")
	v = s.choose(mia, v, fieldFrom, "2027-01-01")
	v = s.choose(mia, v, fieldOn, "1st")
	expectText(t, blockText(v.Blocks), "• Fri 1 January 2027 (New Year's Day): ", "• Fri 1 October 2027 (National Day): Thu 30 September 2027 would be better")
	v = s.choose(mia, v, fieldUnit, "weeks")
	v = s.choose(mia, v, fieldOnWeek, "Thursday")
	expectText(t, blockText(v.Blocks), "every 3 weeks on Thursday, from 7 January 2027")
	v = s.choose(mia, v, fieldUnit, "months")
	expectText(t, blockText(v.Blocks), "every 3 months on the 1st") // what was picked before
	v = s.choose(mia, v, fieldEvery, "2")
	v = s.choose(mia, v, fieldOn, "last working day")
	expectText(t, blockText(v.Blocks), "every second month on the last working day, from 29 January 2027", "• Fri 29 January 2027 (around Chinese New Year): Fri 22 January 2027 would be better, and you can move it then\n• Wed 31 March 2027\n")
	s.enter(mia, v, fieldInspectors, jonas)
	s.send(mia, v)
	s.noModal(mia)
	p := s.thePlan()
	if p.Rule != "last working day every 2 months from 2027-01-29 at 09:00" || p.Factory.Chinese != "顶点照明" || p.Factory.Address != "浙江省宁波市" || len(p.Inspectors) != 1 {
		t.Errorf("the plan is %+v", p)
	}
	told := s.untilSays(mia, sourcing, "New inspection plan 1: Acme Lighting")
	expect(t, told, "every second month on the last working day", "• Fri 29 January 2027 (around", "Planned by <@"+mia+">", "Inspector: <@"+jonas+">", "14 and 3 days before and on the day")
	s.settled()
	n := 0
	for _, m := range s.Messages(mia, sourcing) {
		if strings.Contains(says(m), "New inspection plan 1") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the channel is told %d times", n)
	}

	// Its form shows what it is.
	s.press(mia, s.command(mia, sourcing, "/inspection plan 1"), "Edit plan")
	v = s.modal(mia, "Weeks, months or years")
	expectText(t, blockText(v.Blocks), "every second month on the last working day", "• Wed 31 March 2027\n")
	v = s.choose(mia, v, fieldEvery, "1")
	s.send(mia, v)
	s.noModal(mia)
	if p := s.thePlan(); p.Rule != "last working day every 1 months from 2027-01-29 at 09:00" || p.Type != "pre_shipment" {
		t.Errorf("the plan is %+v after it was edited", p)
	}
	s.nothingRefused()
}

func expectText(t *testing.T, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// TestTheWayBackFromTheDatesLosesNothing closes the preview, changes the form, and saves.
func TestTheWayBackFromTheDatesLosesNothing(t *testing.T) {
	t.Parallel()
	s, v := scheduling(t)
	v = s.choose(mia, v, fieldRepeat, repeatWritten)
	s.enter(mia, v, fieldRule, "every second Tuesday")
	s.enter(mia, v, fieldLeads, "7")
	s.send(mia, v)
	wrong := s.errorsIn(mia)[fieldRule]
	if want := `can mean two things; write "every 2 weeks on Tuesday" or "second Tuesday of every month"`; !strings.Contains(wrong, want) {
		t.Fatalf("the form says %q", wrong)
	}
	s.enter(mia, v, fieldRule, "second Tuesday of every month")
	s.send(mia, v)
	dates := s.modal(mia, "Next dates")
	expectText(t, blockText(dates.Blocks), "Schedule: every month on the second Tuesday.", "• Tue 8 December 2026\n")
	if dates.Close != "Back to form" {
		t.Errorf("it is closed with %q", dates.Close)
	}
	if err := s.CloseModal(mia, dates.ID); err != nil {
		t.Fatal(err)
	}
	back := s.modal(mia, "How often?")
	if back.ID != v.ID {
		t.Fatal("the form is another")
	}
	s.enter(mia, back, fieldRule, "every quarter")
	s.send(mia, back)
	s.send(mia, s.modal(mia, "Schedule: every 3 months on the 1st, from 1 December 2026."))
	s.noModal(mia)
	if p := s.thePlan(); p.Factory.Name != "Acme Lighting" || p.Factory.Address == "" || p.Type != "pre_shipment" || len(p.LeadDays) != 1 || p.LeadDays[0] != 7 {
		t.Errorf("the plan is %+v", p)
	}
	if ps := must(s.bot.o.Store.Plans(context.Background(), s.TeamID(), storeFilter())); len(ps) != 1 {
		t.Errorf("there are %d plans", len(ps))
	}
	s.nothingRefused()
}

// TestChangingHowARhythmIsSaid takes what the menus say into the text, and back.
func TestChangingHowARhythmIsSaid(t *testing.T) {
	t.Parallel()
	s, v := scheduling(t)
	v = s.choose(mia, v, fieldRepeat, repeatAgain)
	v = s.choose(mia, v, fieldOn, "third Thursday")
	v = s.choose(mia, v, fieldRepeat, repeatWritten)
	if typed := initialValue(t, v, fieldRule); typed != "every 3 months on the third Thursday from 2026-12-16" {
		t.Errorf("the text begins with %q", typed)
	}
	s.enter(mia, v, fieldRule, "every year on 3 March")
	v = s.choose(mia, v, fieldRepeat, repeatAgain)
	expectText(t, blockText(v.Blocks), "Schedule: every year on 3 March, from 3 March 2027")
	v = s.choose(mia, v, fieldRepeat, repeatOnce)
	s.enter(mia, v, fieldOrder, "4512")
	v = s.choose(mia, v, fieldRepeat, repeatAgain)
	expectText(t, blockText(v.Blocks), "Schedule: every year on 3 March, from 3 March 2027")
	v = s.choose(mia, v, fieldRepeat, repeatOnce)
	if order := initialValue(t, v, fieldOrder); order != "4512" {
		t.Errorf("the order is %q after a look at the schedule", order)
	}
	s.nothingRefused()
}

// initialValue is what an input of a form shows when it is drawn: text, a day, or the value
// of what is chosen.
func initialValue(t *testing.T, v localslack.View, field string) string {
	t.Helper()
	for _, raw := range v.Blocks {
		var b struct {
			ID      string `json:"block_id"`
			Element struct {
				Value  string                 `json:"initial_value"`
				Day    string                 `json:"initial_date"`
				Option struct{ Value string } `json:"initial_option"`
			}
		}
		if json.Unmarshal(raw, &b); b.ID == field {
			return b.Element.Value + b.Element.Day + b.Element.Option.Value
		}
	}
	t.Fatalf("the form has no %s", field)
	return ""
}

func TestSkippingOpensWithSkippedChosen(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionIn(sourcing)
	s.command(mia, sourcing, "/inspection skip 1")
	v := s.modal(mia, "If it was skipped")
	if chosen := initialValue(t, v, fieldResult); chosen != string(visit.Skipped) {
		t.Errorf("%q is chosen", chosen)
	}
	s.enter(mia, v, fieldNote, "The order was cancelled")
	s.send(mia, v)
	s.modal(mia, "skipped. It stands on the card")
	if i := s.inspection(1); i.Result != visit.Skipped {
		t.Errorf("the inspection is %+v", i)
	}
	s.nothingRefused()
}

// TestADayThatIsNoWorkingDayIsRemarked: moving an inspection to a Sunday or a holiday says so,
// and offers the nearest better day.
func TestADayThatIsNoWorkingDayIsRemarked(t *testing.T) {
	t.Parallel()
	s, _ := scheduling(t)
	i := s.inspectionIn(sourcing)
	for _, c := range []struct{ to, says, button string }{
		{"2027-06-20", "Sun 20 June 2027 is on a weekend. Ask the factory whether it works that day.", "Move to Mon 21 June 2027"},
		{"2027-06-19", "Sat 19 June 2027 is on a weekend.", "Move to Fri 18 June 2027"},
		{"2027-10-02", "National Day", "Move to Thu 30 September 2027"},
		{"2189-01-03", "Sat 3 January 2189 is on a weekend.", "Move to Fri 2 January 2189"}, // beyond the years that are known
		{"2027-06-22", "is now on Tue 22 June 2027", ""},
	} {
		m := s.command(mia, sourcing, "/inspection move 1 "+c.to)
		expect(t, m, c.says)
		if c.button == "" && (strings.Contains(says(m), "weekend") || strings.Contains(says(m), "Move to")) {
			t.Errorf("a working day is remarked:\n%s", says(m))
		}
		if c.button != "" {
			expect(t, m, c.button)
		}
	}
	m := s.command(mia, sourcing, "/inspection move 1 2027-06-20")
	s.press(mia, m, "Move to Mon 21 June 2027")
	s.until("it is moved", func() bool { return s.inspection(i.Number).Due.String() == "2027-06-21" })
	s.nothingRefused()
}

// TestANewSeriesIsToldAsItsChannelMayRead: that a factory is audited is not for its own eyes.
func TestANewSeriesIsToldAsItsChannelMayRead(t *testing.T) {
	t.Parallel()
	for channel, want := range map[string]string{sourcing: "Routine process audit, every second week", acme: "Inspection, every second week"} {
		s := newStage(t, overHTTP)
		p := s.planIn(channel)
		p.Type = "routine_audit"
		p = must(s.bot.o.Store.AddPlan(t.Context(), p, time.Now()))
		o := visit.SeriesOf(&p, time.Now())
		if d := s.bot.reminders.Post(t.Context(), o); d.Outcome != visit.Delivered {
			t.Fatalf("it is not told: %+v", d)
		}
		m := s.last(mia, channel)
		expect(t, m, "New inspection plan", want)
		if channel == acme && strings.Contains(says(m), "audit") {
			t.Errorf("the supplier reads\n%s", says(m))
		}

		// One that has ended meanwhile is no news.
		if _, _, err := s.bot.o.Store.ChangePlan(t.Context(), s.TeamID(), p.Number, mia, time.Now(), func(p *visit.Plan) error {
			p.Ended = visit.Mark{By: mia, At: time.Now()}
			return nil
		}, nil); err != nil {
			t.Fatal(err)
		}
		if d := s.bot.reminders.Post(t.Context(), o); d.Outcome != visit.NothingSaid {
			t.Errorf("a plan that has ended is told as one that begins: %+v", d)
		}
		s.nothingRefused()
	}
}

// TestAPlanShowsWhatBecameOfItsDays: one that was moved, and one that was skipped.
func TestAPlanShowsWhatBecameOfItsDays(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	p := s.planIn(sourcing)
	on := func(n int) string { return blocks.OnDay(english, must(civil.Parse(inDays(n)))) }
	moved, skipped := s.made(p, inDays(30)), s.made(p, inDays(44))
	s.command(mia, sourcing, fmt.Sprintf("/inspection move %d %s", moved.Number, inDays(33)))
	s.until("it is moved", func() bool { return s.inspection(moved.Number).Due.String() == inDays(33) })
	if _, err := s.bot.o.Store.ChangeInspection(t.Context(), s.TeamID(), skipped.Number, time.Now(), func(i *visit.Inspection) error {
		_, err := i.Report(visit.Skipped, "No order", mia, time.Now())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	expect(t, s.command(mia, sourcing, "/inspection plan 1"), "• "+on(30)+": inspection 1, moved to "+on(33), "• "+on(44)+": inspection 2, skipped", "• "+on(58))
	s.nothingRefused()
}

func TestWhenTheTeamOfAPlanIsReminded(t *testing.T) {
	wd := &wording{p: english}
	for _, tc := range []struct {
		days []int
		want string
	}{
		{nil, "reminded on the day, in"},
		{[]int{1}, "reminded the day before and on the day, in"},
		{[]int{7}, "reminded 7 days before and on the day, in"},
		{[]int{14, 3}, "reminded 14 and 3 days before and on the day, in"},
		{[]int{7, 1}, "reminded 7 days before, the day before and on the day, in"},
		{[]int{14, 7, 1}, "reminded 14 and 7 days before, the day before and on the day, in"},
	} {
		p := &visit.Plan{}
		p.LeadDays = tc.days
		if got := string(wd.remindedWords(p)); !strings.Contains(got, tc.want) {
			t.Errorf("%v: it says %q; want %q", tc.days, got, tc.want)
		}
	}
}
