package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// A reply in a thread rings for nobody but those whom it names.
func TestAReminderNamesThoseWhomItIsFor(t *testing.T) {
	s := newStage(t, overHTTP)
	const ana = "U0ANASILVA1"
	v := s.visitIn(sourcing,
		visit.Item{ID: 1, Milestone: -7, Text: "Send the agenda", Owner: jonas},
		visit.Item{ID: 2, Milestone: -14, Text: "Book the train", Owner: ana},
		visit.Item{ID: 3, Milestone: -7, Text: "Pack", Owner: ana, Done: visit.Mark{By: mia, At: time.Now()}},
		visit.Item{ID: 4, Milestone: 0, Text: "Count", Owner: ana})
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: mia, Role: "leads"}, {Name: "Ms Li"}} })
	i := s.inspectionIn(sourcing, visit.Item{ID: 1, Milestone: -3, Text: "Call", Owner: ana})
	for _, c := range []struct {
		name      string
		of        visit.Subject
		kind      visit.Kind
		milestone visit.Milestone
		inspector string
		want      string
	}{
		{"who owns a line of this milestone", v.Subject(), visit.Remind, -7, "", jonas},
		{"those of another are not called", v.Subject(), visit.Remind, -14, "", ana},
		{"nobody owns one", v.Subject(), visit.Remind, -28, "", ""},
		{"on the day, who travels", v.Subject(), visit.Remind, 0, "", mia + " " + ana},
		{"all that should be done by now", v.Subject(), visit.CatchUp, -7, "", ana + " " + jonas},
		{"an inspection's inspector", i.Subject(), visit.Remind, -3, jonas, jonas + " " + ana},
		{"who is asked how it ended", i.Subject(), visit.Overdue, 0, jonas, jonas},
		{"or whoever planned it", i.Subject(), visit.Overdue, 0, "", mia},
	} {
		s.changeInspection(i, func(i *visit.Inspection) { i.Inspector = c.inspector })
		a, err := s.bot.o.Store.Appointment(context.Background(), s.TeamID(), c.of)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(called(a, &visit.Occurrence{Kind: c.kind, Milestone: c.milestone}, insiders), " "); got != c.want {
			t.Errorf("%s: called are %q, want %q", c.name, got, c.want)
		}
	}
	a := &visit.Visit{Work: visit.Work{Items: visit.Checklist{{ID: 1, Milestone: -7, Text: "Price", Owner: jonas, Sensitive: true}}}}
	for to, want := range map[audience]int{insiders: 1, everyone: 0} {
		if got := called(a, &visit.Occurrence{Kind: visit.Remind, Milestone: -7}, to); len(got) != want {
			t.Errorf("of a sensitive line, to %v, called are %q", to, got)
		}
	}
	m := s.reminded(s.remindOf(v.Subject(), visit.Remind, -7), sourcing)
	expect(t, m, string(blocks.Mention(jonas)))
	if m.ThreadTS == "" || m.Broadcast {
		t.Errorf("it stands under %q, in the channel %v", m.ThreadTS, m.Broadcast)
	}
	s.nothingRefused()
}

// What stands in the channel besides the thread is what the settings or the visit say.
func TestWhichRemindersAreBroadcast(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	post := func(key string, milestone visit.Milestone) localslack.Message {
		o := s.remindOf(v.Subject(), visit.Remind, milestone)
		o.Key += key
		if milestone == 0 {
			o.Day = v.First
		}
		return s.reminded(o, sourcing)
	}
	for _, c := range []struct {
		settings, ofVisit visit.Broadcast
		before, day       bool
	}{
		{"", "", false, true}, {visit.BroadcastAll, "", true, true}, {visit.BroadcastNever, "", false, false}, {visit.BroadcastNever, visit.BroadcastDay, false, true},
	} {
		s.bot.o.Timing.Broadcast = c.settings
		s.changeVisit(v, func(v *visit.Visit) { v.Broadcast = c.ofVisit })
		if got := post("a", -7).Broadcast; got != c.before {
			t.Errorf("settings %q, visit %q: a week before in the channel is %v", c.settings, c.ofVisit, got)
		}
		if got := post("b", 0).Broadcast; got != c.day {
			t.Errorf("settings %q, visit %q: its day in the channel is %v", c.settings, c.ofVisit, got)
		}
	}
	s.nothingRefused()
}

// A visit says in its form which of its reminders stand in the channel too. Who does not
// touch that leaves it as it is.
func TestAVisitSaysInItsFormWhatStandsInTheChannel(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	edit := func(fields ...string) visit.Broadcast {
		t.Helper()
		form := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
		for i := 0; i < len(fields); i += 2 {
			s.enter(mia, form, fields[i], fields[i+1])
		}
		s.send(mia, form)
		s.noModal(mia)
		return s.visit(1).Broadcast
	}
	for _, c := range []struct {
		fields []string
		want   visit.Broadcast
	}{
		{[]string{fieldAgenda, "09:00 line 2"}, ""},
		{[]string{fieldAloud, string(visit.BroadcastAll)}, visit.BroadcastAll},
		{[]string{fieldAgenda, "10:00 line 2"}, visit.BroadcastAll},
		{[]string{fieldAloud, string(visit.BroadcastNever)}, visit.BroadcastNever},
		{[]string{fieldAloud, aloudAsSet}, ""},
	} {
		if got := edit(c.fields...); got != c.want {
			t.Errorf("after %q the visit says %q, want %q", c.fields, got, c.want)
		}
	}
	s.nothingRefused()
}
