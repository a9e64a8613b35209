package visit

import (
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
)

// talking is a signed agreement in which an answer time and both ladders are agreed.
func talking(number, hours int, signed civil.Date) Agreement {
	return Agreement{Number: number, State: AgreementSigned, Signed: signed, Talk: Talk{AnswerHours: hours, TheirLadder: "Ms Li, sales director", OurLadder: "Jonas Weber"}}
}

func TestWhichAgreementSaysHowBothSidesTalk(t *testing.T) {
	day := civil.On(2026, 9, 15)
	ended := talking(1, 24, civil.On(2026, 1, 1))
	ended.Ends = civil.On(2026, 9, 14)
	renews := talking(2, 24, civil.On(2026, 1, 1))
	renews.Ends, renews.Renews = civil.On(2026, 9, 14), 12
	terminated := talking(3, 24, civil.On(2026, 1, 1))
	terminated.State = AgreementTerminated
	draft := talking(4, 24, civil.Date{})
	draft.State = AgreementDraft
	silent := talking(5, 0, civil.On(2026, 9, 1))
	silent.Talk = Talk{Channels: "WeChat"}
	later := talking(6, 48, civil.On(2026, 9, 16))
	for _, c := range []struct {
		name string
		as   []Agreement
		want int
	}{
		{"none", nil, 0},
		{"one that has ended", []Agreement{ended}, 0},
		{"one that renews itself goes on", []Agreement{renews}, 2},
		{"one that was terminated", []Agreement{terminated}, 0},
		{"a draft", []Agreement{draft}, 0},
		{"one that says nothing of it", []Agreement{silent}, 0},
		{"one that is signed later", []Agreement{later}, 0},
		{"of two the one signed last", []Agreement{talking(7, 48, civil.On(2026, 3, 1)), talking(8, 24, civil.On(2026, 2, 1)), silent}, 7},
	} {
		if a, _ := AgreedTalk(c.as, day); a.Number != c.want {
			t.Errorf("%s: agreement %d, want %d", c.name, a.Number, c.want)
		}
	}
}

func TestTheAgreedAnswerTimeCounts(t *testing.T) {
	timing := china2026(t)
	asked := at(t, "2026-09-15 15:00", "Asia/Shanghai") // a Tuesday
	ended := talking(1, 48, civil.On(2026, 1, 1))
	ended.Ends = civil.On(2026, 9, 16)
	for _, c := range []struct {
		name   string
		change func(a *ActionOf)
		want   []string
	}{
		{"two days after they were asked it is told on the next morning", func(*ActionOf) {}, []string{"2026-09-18 09:00 action C1"}},
		{"west of it the same morning is late enough", func(a *ActionOf) { a.Place.ChannelZone = "America/Chicago" }, []string{"2026-09-17 09:00 action C1"}},
		{"hours are hours", func(a *ActionOf) { a.Agreements[0].Talk.AnswerHours = 4 }, []string{"2026-09-16 09:00 action C1"}},
		{"a weekend does not count, but its Sunday that is worked", func(a *ActionOf) { a.Action.Asked = at(t, "2026-09-17 15:00", "Asia/Shanghai") }, []string{"2026-09-21 09:00 action C1"}},
		{"they have answered", func(a *ActionOf) { a.Action.State = ActionProposed }, nil},
		{"nobody has asked", func(a *ActionOf) { a.Action.Asked = time.Time{} }, nil},
		{"no answer time is agreed", func(a *ActionOf) { a.Agreements[0].Talk.AnswerHours = 0 }, nil},
		{"nothing is agreed", func(a *ActionOf) { a.Agreements = nil }, nil},
		{"the agreement ends before that", func(a *ActionOf) { a.Agreements = []Agreement{ended} }, nil},
		{"a later day was given: both are told", func(a *ActionOf) { a.Action.Due = civil.On(2026, 9, 29) },
			[]string{"2026-09-18 09:00 action C1", "2026-09-23 09:00 action C1", "2026-09-29 09:00 action C1", "2026-09-30 09:00 action-overdue C1", "2026-10-12 09:00 action-overdue U9"}},
		{"where it is late by then, that is told alone", func(a *ActionOf) { a.Action.Due = civil.On(2026, 9, 16) },
			[]string{"2026-09-11 09:00 action C1", "2026-09-16 09:00 action C1", "2026-09-17 09:00 action-overdue C1", "2026-09-22 09:00 action-overdue U9"}},
	} {
		a := actionOf(1, civil.Date{}, "Asia/Shanghai")
		a.Action.State, a.Action.Asked, a.Agreements = ActionOpen, asked, []Agreement{talking(1, 48, civil.On(2026, 1, 1))}
		c.change(&a)
		if got := toldOf(ActionReminders(&timing, []ActionOf{a})); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAFactoryIsAskedWhenSomebodySaysSo(t *testing.T) {
	d := doer(actionNoon)
	f, a := gradedFinding(Minor), &Action{Finding: 31, ActionFacts: ActionFacts{State: ActionOpen}}
	if err := a.SetDue(f, d.Today.AddDays(3), "", d); err != nil || !a.Asked.Equal(d.Now) {
		t.Errorf("with a day for the answer: asked %s, %v", a.Asked, err)
	}
	if err := a.LogAnswer(f, Answer{Proposal: "x", SaidBy: "Li"}, d); err != nil {
		t.Fatal(err)
	}
	d.Now = d.Now.Add(time.Hour)
	if err := a.AskAgain(f, "y", civil.Date{}, d); err != nil || !a.Asked.Equal(d.Now) {
		t.Errorf("asked again: %s, %v", a.Asked, err)
	}
	was := a.Asked
	a.State = ActionAgreed
	d.Now = d.Now.Add(time.Hour)
	if err := a.SetDue(f, d.Today.AddDays(9), "", d); err != nil || !a.Asked.Equal(was) {
		t.Errorf("a new day to have it done by asks for no answer: %s, %v", a.Asked, err)
	}
}

func TestItIsAskedWhatBecomesOfTheLotWhateverDayItIs(t *testing.T) {
	timing := china2026(t)
	berlin := "Europe/Berlin"
	for _, c := range []struct {
		name             string
		severity         Severity
		found, set, till string
		want             []string
	}{
		{"a critical one found on a Friday", Critical, "2026-09-18 15:00", "", "", []string{"2026-09-19 09:00 action C1", "2026-09-21 09:00 action-overdue C1"}},
		{"a critical one found before a holiday", Critical, "2026-09-30 18:00", "", "", []string{"2026-10-01 09:00 action C1", "2026-10-04 09:00 action-overdue C1"}},
		{"another day for a critical one", Critical, "2026-09-16 15:00", "2026-09-17 10:00", "2026-09-20 17:00", []string{"2026-09-19 09:00 action C1", "2026-09-21 09:00 action-overdue C1"}},
		{"a major one waits for no weekend either", Major, "2026-09-16 15:00", "2026-09-16 16:00", "2026-09-20 17:00", []string{"2026-09-18 09:00 action C1", "2026-09-21 09:00 action-overdue C1"}},
		{"a major one of a Friday is late on Monday", Major, "2026-09-16 15:00", "2026-09-16 16:00", "2026-09-18 17:00", []string{"2026-09-17 09:00 action C1", "2026-09-21 09:00 action-overdue C1"}},
		{"to be known within the day: at half of that", Critical, "2026-09-16 15:00", "2026-09-17 10:00", "2026-09-17 17:00", []string{"2026-09-17 13:30 action C1", "2026-09-18 09:00 action-overdue C1"}},
		{"by the next morning: after the quiet hours", Major, "2026-09-16 15:00", "2026-09-16 19:00", "2026-09-17 11:00", []string{"2026-09-17 08:00 action C1", "2026-09-18 09:00 action-overdue C1"}},
		{"within the quiet hours: at once", Major, "2026-09-16 15:00", "2026-09-16 19:00", "2026-09-17 07:00", []string{"2026-09-16 19:00 action C1", "2026-09-18 09:00 action-overdue C1"}},
	} {
		a := actionOf(1, civil.Date{}, berlin)
		a.Finding.Severity, a.Finding.At, a.Action.State = c.severity, at(t, c.found, berlin), ActionOpen
		if c.set != "" {
			if err := a.Action.SetContainBy(&a.Finding, at(t, c.till, berlin), doer(at(t, c.set, berlin))); err != nil {
				t.Fatal(err)
			}
		}
		os := ActionReminders(&timing, []ActionOf{a})
		if got := toldOf(os); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		if due := os[0].ActionsAt([]ActionOf{a}, &timing); len(due) != 1 || !slices.Equal(due[0].Points, []ActionPoint{PointContain}) {
			t.Errorf("%s: the message tells %+v", c.name, due)
		}
		if due := os[1].ActionsAt([]ActionOf{a}, &timing); len(due) != 1 || !slices.Equal(due[0].Points, []ActionPoint{PointLot}) || !a.LateOn(os[1].Day) || a.LateOn(os[0].Day) {
			t.Errorf("%s: once it is late the message tells %+v", c.name, due)
		}
	}
	// One that cannot wait does not swallow what is told on its day, and is not told with it.
	a, b := actionOf(1, civil.Date{}, berlin), actionOf(2, civil.On(2026, 9, 17), berlin)
	a.Action.State, a.Action.ContainSet, a.Action.ContainTill = ActionOpen, at(t, "2026-09-17 10:00", berlin), at(t, "2026-09-17 17:00", berlin)
	os := ActionReminders(&timing, []ActionOf{a, b})
	if got := toldOf(os); !slices.Contains(got, "2026-09-17 09:00 action C1") || !slices.Contains(got, "2026-09-17 13:30 action C1") {
		t.Fatalf("on one day: %q", got)
	}
	for _, o := range os {
		due := o.ActionsAt([]ActionOf{a, b}, &timing)
		if want := map[string]int{"": 2, "contain": 1}[o.Payload]; o.Day == civil.On(2026, 9, 17) && (len(due) != 1 || due[0].Finding.Number != want) {
			t.Errorf("the message %q tells %+v", o.Payload, due)
		}
	}
}

func TestAfterAnOutageTheNextReminderTellsWhatWasMissed(t *testing.T) {
	timing := china2026(t)
	a, b := actionOf(1, civil.On(2026, 9, 17), "Europe/Berlin"), actionOf(2, civil.On(2026, 9, 21), "Europe/Berlin")
	claim := actionOf(3, civil.Date{}, "Europe/Berlin")
	claim.Finding.ClaimBy = civil.On(2026, 9, 16)
	as := []ActionOf{a, b, claim}
	now := at(t, "2026-09-18 12:00", "Europe/Berlin")
	for _, c := range []struct {
		name   string
		states map[string]State // of the reminders before it; one that waits still is over, too
		want   []int
	}{
		{"all of them were missed", nil, []int{1, 2, 3}},
		{"they were given up", map[string]State{"2026-09-16": Expired, "2026-09-17": Expired}, []int{1, 2, 3}},
		{"all were sent", map[string]State{"2026-09-16": Sent, "2026-09-17": Sent}, []int{1}},
		{"one was missed, and the next was sent", map[string]State{"2026-09-16": Expired, "2026-09-17": Sent}, []int{1}},
		{"the last one was missed", map[string]State{"2026-09-16": Sent, "2026-09-17": Expired}, []int{1}},
		{"they were called off", map[string]State{"2026-09-11": Cancelled, "2026-09-14": Cancelled, "2026-09-16": Cancelled, "2026-09-17": Cancelled}, []int{1}},
	} {
		rows := ActionReminders(&timing, as)
		var told []int
		for n := range rows {
			if s := c.states[rows[n].Day.String()]; s != "" {
				rows[n].State = s
			}
		}
		for _, o := range rows {
			if o.Day.String() != "2026-09-18" || o.To != "C1" {
				continue
			}
			for _, d := range o.ActionsAt(as, &timing, o.MissedActions(rows, now)...) {
				told = append(told, d.Finding.Number)
			}
		}
		if !slices.Equal(told, c.want) {
			t.Errorf("%s: told of %v, want %v", c.name, told, c.want)
		}
	}
}
