package visit

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
)

func TestHowManyPiecesOfTheNextLotShowSomething(t *testing.T) {
	for _, c := range []struct{ bad, checked, want int }{
		{6, 50, 24}, {2, 13, 18}, {4, 125, 93}, {3, 100, 99}, {1, 100, 299},
		{0, 50, 0}, {0, 0, 0}, {5, 5, 1}, {1, 2, 5}, {6, 5, 0}, {1, 0, 0}, {50, 50, 1},
	} {
		if got := NextLotSize(c.bad, c.checked); got != c.want {
			t.Errorf("%d of %d were bad: %d pieces, want %d", c.bad, c.checked, got, c.want)
		}
	}
	f := Finding{Severity: Major, Bad: 6, Checked: 50}
	for _, c := range []struct {
		name string
		in   NextLot
		want int
	}{
		{"the next-lot size alone", NextLot{}, 24},
		{"the AQL asks for more", NextLot{Sample: 80}, 80},
		{"the AQL asks for less", NextLot{Sample: 8}, 24},
		{"the lot is smaller than both", NextLot{Sample: 80, Size: 20}, 20},
		{"the lot is bigger", NextLot{Size: 3000}, 24},
	} {
		if got := c.in.Enough(&f); got != c.want {
			t.Errorf("%s: %d pieces, want %d", c.name, got, c.want)
		}
	}
	if got := (&NextLot{}).Enough(&Finding{}); got != 1 {
		t.Errorf("of a finding that nobody counted %d pieces are enough, want 1", got)
	}
}

// china2026 is the default timing with China's holidays.
func china2026(t *testing.T) Timing {
	t.Helper()
	timing := DefaultTiming()
	c, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	timing.Holiday, timing.MakeUp = c.Holiday, c.MakeUp
	return timing
}

// actionOf is an agreed action of visit 12, due on a day, for readers in a zone.
func actionOf(number int, due civil.Date, zone string) ActionOf {
	return ActionOf{
		Finding: Finding{Workspace: "T1", Number: number, Subject: "visit/12", Channel: "C1", Kind: OfProduct, Severity: Major, By: "U1", At: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)},
		Action:  Action{Workspace: "T1", Finding: number, ActionFacts: ActionFacts{State: ActionAgreed, Due: due, Reviewer: "U2"}},
		Owner:   "U9", Place: Place{Channel: "C1", Zone: "Asia/Shanghai", ChannelZone: zone},
	}
}

// told are the reminders in a line each.
func toldOf(os []Occurrence) (lines []string) {
	for _, o := range os {
		z, _ := Zone(o.Zone)
		lines = append(lines, fmt.Sprintf("%s %s %s %s", o.Day, o.Due.In(z).Format("15:04"), o.Kind, o.To))
	}
	return lines
}

func TestWhenAnActionIsRemindedOf(t *testing.T) {
	timing := china2026(t)
	due := civil.On(2026, 10, 2) // a Friday, in the holiday of National Day
	for _, c := range []struct {
		name string
		as   []ActionOf
		want []string
	}{
		{"for readers in Berlin", []ActionOf{actionOf(1, due, "Europe/Berlin")},
			[]string{"2026-09-28 09:00 action C1", "2026-09-30 09:00 action C1", "2026-10-08 09:00 action-overdue C1", "2026-10-14 09:00 action-overdue U9"}},
		{"in China the make-up day of 10 October counts", []ActionOf{actionOf(1, due, "Asia/Shanghai")},
			[]string{"2026-09-28 09:00 action C1", "2026-09-30 09:00 action C1", "2026-10-08 09:00 action-overdue C1", "2026-10-13 09:00 action-overdue U9"}},
		{"what falls on one day is one message", []ActionOf{actionOf(1, due, "Europe/Berlin"), actionOf(2, civil.On(2026, 9, 29), "Europe/Berlin"), actionOf(3, due, "Europe/Berlin")},
			[]string{"2026-09-23 09:00 action C1", "2026-09-28 09:00 action C1", "2026-09-29 09:00 action C1", "2026-09-30 09:00 action-overdue C1",
				"2026-10-08 09:00 action-overdue C1", "2026-10-13 09:00 action-overdue U9", "2026-10-14 09:00 action-overdue U9"}},
		{"without a day nobody is reminded", []ActionOf{actionOf(1, civil.Date{}, "Europe/Berlin")}, nil},
		{"the visit has nobody who planned it", []ActionOf{func() ActionOf { a := actionOf(1, due, "Europe/Berlin"); a.Owner = ""; return a }()},
			[]string{"2026-09-28 09:00 action C1", "2026-09-30 09:00 action C1", "2026-10-08 09:00 action-overdue C1"}},
	} {
		if got := toldOf(ActionReminders(&timing, c.as)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, s := range ActionStates() {
		a := actionOf(1, due, "Europe/Berlin")
		a.Action.State = s
		if got, clock := len(ActionReminders(&timing, []ActionOf{a})), s == ActionOpen || s == ActionAgreed; (got > 0) != clock {
			t.Errorf("an action that is %s has %d reminders", s, got)
		}
	}
	for name, change := range map[string]func(*ActionOf){
		"a red flag":                 func(a *ActionOf) { a.Finding.Kind = RedFlag },
		"a finding that was undone":  func(a *ActionOf) { a.Finding.Withdrawn = Mark{"U1", time.Unix(1, 0)} },
		"a finding of no channel":    func(a *ActionOf) { a.Finding.Channel = "" },
		"one withdrawn with a claim": func(a *ActionOf) { a.Action.State, a.Finding.ClaimBy = ActionWithdrawn, due },
	} {
		a := actionOf(1, due, "Europe/Berlin")
		change(&a)
		if os := ActionReminders(&timing, []ActionOf{a}); len(os) > 0 {
			t.Errorf("%s is reminded of: %q", name, toldOf(os))
		}
	}
}

func TestEachReminderLastsUntilTheNext(t *testing.T) {
	timing := china2026(t)
	os := ActionReminders(&timing, []ActionOf{actionOf(1, civil.On(2026, 10, 2), "Europe/Berlin")})
	for n, want := range []time.Time{os[1].Due, os[2].Due, os[2].Due.Add(14 * 24 * time.Hour), os[3].Due.Add(14 * 24 * time.Hour)} {
		if !os[n].Expires.Equal(want) {
			t.Errorf("that of %s is of use until %s, want %s", os[n].Day, os[n].Expires, want)
		}
	}
}

func TestWhatAReminderOfActionsTells(t *testing.T) {
	timing := china2026(t)
	due := civil.On(2026, 10, 2)
	done := actionOf(3, due, "Europe/Berlin")
	done.Action.State = ActionDone
	claim := actionOf(4, civil.Date{}, "Europe/Berlin")
	claim.Finding.ClaimBy = due
	other := actionOf(5, due, "Europe/Berlin")
	other.Finding.Subject = "visit/13"
	late := actionOf(2, civil.On(2026, 9, 25), "Europe/Berlin")
	as := []ActionOf{actionOf(1, due, "Europe/Berlin"), late, done, claim, other}
	for _, c := range []struct {
		day, to string
		want    string
	}{
		{"2026-09-28", "C1", "1 soon, 2 late, 4 claim"},
		{"2026-09-30", "C1", "1 due, 4 claim"},
		{"2026-10-08", "C1", "1 late"},
		{"2026-10-14", "U9", "1 owner"},
		{"2026-10-14", "C1", ""},
	} {
		day, err := civil.Parse(c.day)
		if err != nil {
			t.Fatal(err)
		}
		o := Occurrence{Subject: "visit/12", Day: day, To: c.to}
		var got []string
		for _, d := range o.ActionsAt(as, &timing) {
			for _, p := range d.Points {
				got = append(got, fmt.Sprintf("%d %s", d.Finding.Number, p))
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("on %s %s is told %q, want %q", c.day, c.to, s, c.want)
		}
	}
}

func TestWhatHappensToTheRemindersOfActions(t *testing.T) {
	timing := china2026(t)
	berlin := "Europe/Berlin"
	due := civil.On(2026, 10, 2)
	now := at(t, "2026-09-29 12:00", berlin)
	made := func(as ...ActionOf) []Occurrence { return ActionReminders(&timing, as) }
	as := func(os []Occurrence, states ...State) []Occurrence {
		for n, s := range states {
			os[n].State = s
		}
		return os
	}
	moved := actionOf(1, due, berlin)
	moved.Finding.Channel, moved.Place.Channel, moved.Owner = "C2", "C2", "U8"
	done := actionOf(1, due, berlin)
	done.Action.State = ActionDone
	foreign := []Occurrence{{Key: "other", Kind: Remind, State: Pending, Day: due, To: "C1"}}
	for _, c := range []struct {
		name      string
		as        []ActionOf
		rows      []Occurrence
		withdrawn int
		added     []string
	}{
		{"the first one: what is past is not told", []ActionOf{actionOf(1, due, berlin)}, nil, 0,
			[]string{"2026-09-30 09:00 action C1", "2026-10-08 09:00 action-overdue C1", "2026-10-14 09:00 action-overdue U9"}},
		{"nothing has changed", []ActionOf{actionOf(1, due, berlin)}, as(made(actionOf(1, due, berlin)), Sent), 3,
			[]string{"2026-09-30 09:00 action C1", "2026-10-08 09:00 action-overdue C1", "2026-10-14 09:00 action-overdue U9"}},
		{"what is due and was not sent yet stays", []ActionOf{actionOf(1, due, berlin)}, made(actionOf(1, due, berlin))[:1], 0,
			[]string{"2026-09-30 09:00 action C1", "2026-10-08 09:00 action-overdue C1", "2026-10-14 09:00 action-overdue U9"}},
		{"they have done it", []ActionOf{done}, made(actionOf(1, due, berlin)), 4, nil},
		{"it has no finding any more", nil, append(made(actionOf(1, due, berlin)), foreign...), 4, nil},
		{"a new day", []ActionOf{actionOf(1, civil.On(2026, 10, 30), berlin)}, as(made(actionOf(1, due, berlin)), Sent), 3,
			[]string{"2026-10-27 09:00 action C1", "2026-10-30 09:00 action C1", "2026-11-02 09:00 action-overdue C1", "2026-11-06 09:00 action-overdue U9"}},
		{"another channel: what was held there comes, what was sent does not", []ActionOf{moved}, made(actionOf(1, due, berlin)), 4,
			[]string{"2026-09-28 09:00 action C2", "2026-09-30 09:00 action C2", "2026-10-08 09:00 action-overdue C2", "2026-10-14 09:00 action-overdue U8"}},
		{"another channel, after the first was sent", []ActionOf{moved}, as(made(actionOf(1, due, berlin)), Sent), 3,
			[]string{"2026-09-30 09:00 action C2", "2026-10-08 09:00 action-overdue C2", "2026-10-14 09:00 action-overdue U8"}},
		{"another channel, after the old one refused the first", []ActionOf{moved}, as(made(actionOf(1, due, berlin)), Dead), 3,
			[]string{"2026-09-28 09:00 action C2", "2026-09-30 09:00 action C2", "2026-10-08 09:00 action-overdue C2", "2026-10-14 09:00 action-overdue U8"}},
		{"a second one on a day that was told", []ActionOf{actionOf(1, due, berlin), actionOf(2, civil.On(2026, 9, 29), "America/Chicago")},
			as(made(actionOf(1, due, berlin), actionOf(2, civil.On(2026, 9, 29), berlin)), Sent, Sent, Sent), 4,
			[]string{"2026-09-30 09:00 action-overdue C1", "2026-10-08 09:00 action-overdue C1", "2026-10-13 09:00 action-overdue U9", "2026-10-14 09:00 action-overdue U9"}},
	} {
		withdrawn, added := ReplanActions(&timing, now, c.as, c.rows)
		if got := toldOf(added); len(withdrawn) != c.withdrawn || !slices.Equal(got, c.added) || slices.Contains(withdrawn, "other") {
			t.Errorf("%s: withdrawn %q, want %d; added %q, want %q", c.name, withdrawn, c.withdrawn, got, c.added)
		}
	}
}

func TestTheFactoryIsAskedInTimeWhatBecomesOfTheLot(t *testing.T) {
	timing := china2026(t)
	a := actionOf(1, civil.Date{}, "Europe/Berlin")
	a.Finding.Severity, a.Finding.At = Critical, at(t, "2026-09-14 15:00", "Europe/Berlin")
	a.Action.State = ActionOpen
	if got := a.ContainBy(); !got.Equal(at(t, "2026-09-16 15:00", "Europe/Berlin")) {
		t.Errorf("it is to be said by %s", got)
	}
	if got := toldOf(ActionReminders(&timing, []ActionOf{a})); !slices.Equal(got, []string{"2026-09-15 09:00 action C1", "2026-09-17 09:00 action-overdue C1"}) {
		t.Errorf("it is asked %q", got)
	}
	for name, change := range map[string]func(*ActionOf){
		"somebody has said it": func(a *ActionOf) { a.Action.Contained = &Containment{What: "sorted"} },
		"it is a major one":    func(a *ActionOf) { a.Finding.Severity = Major },
		"it is withdrawn":      func(a *ActionOf) { a.Action.State = ActionWithdrawn },
	} {
		b := a
		change(&b)
		if !b.ContainBy().IsZero() {
			t.Errorf("%s, and somebody waits", name)
		}
	}
	a.Finding.Severity = Major
	if err := a.Action.SetContainBy(&a.Finding, at(t, "2026-09-17 17:00", "Asia/Shanghai"), doer(a.Finding.At)); err != nil {
		t.Fatal(err)
	}
	if got := toldOf(ActionReminders(&timing, []ActionOf{a})); !slices.Equal(got, []string{"2026-09-16 09:00 action C1", "2026-09-18 09:00 action-overdue C1"}) {
		t.Errorf("by the day that was set it is asked %q", got)
	}
}

func TestADayOnWhichTheFactoryIsClosed(t *testing.T) {
	timing := china2026(t)
	timing.Weekends, timing.Holidays = false, false // of reminders, not of factories
	for _, c := range []struct {
		name, day, zone, next string
	}{
		{"a working day", "2026-09-30", "Asia/Shanghai", ""},
		{"National Day", "2026-10-02", "Asia/Shanghai", "2026-10-08"},
		{"a Saturday that is worked", "2026-10-10", "Asia/Shanghai", ""},
		{"a Saturday", "2026-10-17", "Asia/Shanghai", "2026-10-19"},
		{"a factory elsewhere works on it", "2026-10-02", "Asia/Ho_Chi_Minh", ""},
		{"a factory elsewhere rests on Saturdays", "2026-10-10", "Asia/Ho_Chi_Minh", "2026-10-12"},
	} {
		day, _ := civil.Parse(c.day)
		got, closed := timing.ClosedOn(day, c.zone)
		if closed != (c.next != "") || got.Next.String() != c.next || closed && got.Day != day {
			t.Errorf("%s: %+v, %v, want %q", c.name, got, closed, c.next)
		}
	}
}

// doer is U1, who planned nothing, at an instant.
func doer(now time.Time) Doer { return Doer{By: "U1", Lead: "U9", Now: now, Today: civil.Of(now)} }

var actionNoon = time.Date(2027, 3, 15, 12, 0, 0, 0, time.UTC)

// sorted is a finding with photos, of a severity.
func gradedFinding(s Severity) *Finding {
	return &Finding{Workspace: "T1", Number: 31, Kind: OfProduct, Severity: s, Text: "x", Bad: 6, Checked: 50, By: "U1", At: actionNoon.AddDate(0, 0, -20), Channel: "C1", Factory: "Bright",
		Photos: []PhotoRef{{ID: 1, FileID: "F1"}, {ID: 2, FileID: "F2"}}}
}

// proof is one of a kind that counts.
func proof(k ProofKind) Proof { return Proof{Kind: k, Text: "seen", Photos: []string{"F2"}} }

func TestAnActionFromFindingToProof(t *testing.T) {
	f, a, d := gradedFinding(Major), &Action{Workspace: "T1", Finding: 31, ActionFacts: ActionFacts{State: ActionOpen}}, doer(actionNoon)
	today := d.Today
	steps := []struct {
		what string
		do   func() error
		want ActionState
	}{
		{"an answer", func() error { return a.LogAnswer(f, Answer{"four corners, checked", "nobody checked", "Mr Wang"}, d) }, ActionProposed},
		{"asked again", func() error { return a.AskAgain(f, "how at the station?", today.AddDays(7), d) }, ActionOpen},
		{"an answer", func() error { return a.LogAnswer(f, Answer{"a sensor", "nobody checked", "Mr Wang"}, d) }, ActionProposed},
		{"agreed", func() error {
			return a.Agree(f, Agreed{today.AddDays(30), "U2", []ProofKind{ProofPhoto, ProofNextLot}}, d)
		}, ActionAgreed},
		{"done", func() error { return a.LogDone(f, DoneClaim{Day: today, Proofs: []Proof{proof(ProofPhoto)}}, d) }, ActionDone},
		{"not enough", func() error { return a.NotEnough(f, "the photo is blurred", today.AddDays(10), nil, d) }, ActionAgreed},
		{"done", func() error { return a.LogDone(f, DoneClaim{Day: today, Proofs: []Proof{proof(ProofPhoto)}}, d) }, ActionDone},
		{"a good lot", func() error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "4600", Checked: 80}, Day: today, Sample: 80}, d)
		}, ActionDone},
		{"verified", func() error { return a.Verify(f, Verification{Day: today}, Doer{By: "U2", Now: d.Now, Today: today}) }, ActionVerified},
	}
	for n, s := range steps {
		if err := s.do(); err != nil || a.State != s.want {
			t.Fatalf("%d, %s: %v, and it is %s, want %s", n, s.what, err, a.State, s.want)
		}
		if n == 6 && (!a.WaitsForLot(f) || a.OverdueOn(today.AddDays(365))) {
			t.Errorf("done, it does not wait for the next lot: missing %+v", a.Missing(f))
		}
	}
	if a.Rejected != 1 || a.NotIndependent || a.VerifiedBy != "U2" || a.GoodIn() != 80 || len(a.Steps) != len(steps) {
		t.Errorf("at the end it is %+v after %d steps", a.ActionFacts, len(a.Steps))
	}
	if before, after := a.PhotosOf(f); len(before) != 1 || before[0].FileID != "F1" || len(after) != 1 {
		t.Errorf("before stands %v, after %v", before, after)
	}
	// The fault is back in a lot: it is open again with its number, and no old proof counts.
	if err := a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "4700", Bad: 1, Checked: 5}, Day: today}, d); err != nil || a.State != ActionAgreed || len(a.Missing(f)) != 2 || a.Due != today.AddDays(30) {
		t.Errorf("after a bad lot it is %+v, %v", a.ActionFacts, err)
	}
	if a.Rejected != 1 || a.VerifiedBy != "" {
		t.Errorf("reopened it is %+v", a.ActionFacts)
	}
}

func TestWhatAStepNeeds(t *testing.T) {
	d := doer(actionNoon)
	today := d.Today
	long := strings.Repeat("x", 501)
	at := func(s ActionState, severity Severity) (*Finding, *Action) {
		return gradedFinding(severity), &Action{Finding: 31, ActionFacts: ActionFacts{State: s, Reviewer: "U1", DoneBy: "U1", DoneDay: today.AddDays(-1)}}
	}
	agree := Agreed{today, "U2", []ProofKind{ProofPhoto}}
	for _, c := range []struct {
		name     string
		state    ActionState
		severity Severity
		do       func(f *Finding, a *Action) error
		want     string
	}{
		{"an answer without anything", ActionOpen, Major, func(f *Finding, a *Action) error { return a.LogAnswer(f, Answer{}, d) }, "proposal cause said_by"},
		{"a minor one needs no cause", ActionOpen, Minor, func(f *Finding, a *Action) error { return a.LogAnswer(f, Answer{Proposal: "x", SaidBy: "Li"}, d) }, ""},
		{"an answer that is too long", ActionOpen, Minor, func(f *Finding, a *Action) error { return a.LogAnswer(f, Answer{long, long, "Li"}, d) }, "proposal cause"},
		{"an answer to what was agreed", ActionAgreed, Minor, func(f *Finding, a *Action) error { return a.LogAnswer(f, Answer{Proposal: "x", SaidBy: "Li"}, d) }, "state"},
		{"asked again without saying what", ActionProposed, Minor, func(f *Finding, a *Action) error { return a.AskAgain(f, " ", civil.Date{}, d) }, "lacks"},
		{"asked again by yesterday", ActionProposed, Minor, func(f *Finding, a *Action) error { return a.AskAgain(f, "x", today.AddDays(-1), d) }, "due"},
		{"agreed on nothing", ActionProposed, Minor, func(f *Finding, a *Action) error { return a.Agree(f, Agreed{}, d) }, "due reviewer proofs"},
		{"agreed by yesterday", ActionProposed, Minor, func(f *Finding, a *Action) error {
			return a.Agree(f, Agreed{today.AddDays(-1), "U2", agree.Proofs}, d)
		}, "due"},
		{"agreed by today", ActionProposed, Minor, func(f *Finding, a *Action) error { return a.Agree(f, agree, d) }, ""},
		{"agreed on a proof that there is not", ActionProposed, Minor, func(f *Finding, a *Action) error { return a.Agree(f, Agreed{today, "U2", []ProofKind{"promise"}}, d) }, "proofs"},
		{"agreed before it was sorted", ActionProposed, "", func(f *Finding, a *Action) error { return a.Agree(f, agree, d) }, "severity"},
		{"done without proof", ActionAgreed, Minor, func(f *Finding, a *Action) error { return a.LogDone(f, DoneClaim{Day: today}, d) }, "proofs"},
		{"done tomorrow", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.LogDone(f, DoneClaim{Day: today.AddDays(1), Proofs: []Proof{proof(ProofTest)}}, d)
		}, "day"},
		{"done before it was found", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.LogDone(f, DoneClaim{Day: today.AddDays(-40), Proofs: []Proof{proof(ProofTest)}}, d)
		}, "day"},
		{"a photo of the change without one", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.LogDone(f, DoneClaim{Day: today, Proofs: []Proof{{Kind: ProofPhoto, Text: "see WeChat"}}}, d)
		}, "proofs"},
		{"a photo that is not there", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.LogDone(f, DoneClaim{Day: today, Proofs: []Proof{{Kind: ProofPhoto, Photos: []string{"F9"}}}}, d)
		}, "proofs"},
		{"a record of which nothing is said", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.LogDone(f, DoneClaim{Day: today, Proofs: []Proof{{Kind: ProofRecord}}}, d)
		}, "proofs"},
		{"a next lot without its pieces", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.LogDone(f, DoneClaim{Day: today, Proofs: []Proof{{Kind: ProofNextLot, Text: "good"}}}, d)
		}, "proofs"},
		{"verified without proof", ActionDone, Minor, func(f *Finding, a *Action) error { return a.Verify(f, Verification{Day: today}, d) }, "proofs"},
		{"verified, seen on site", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.Verify(f, Verification{Day: today, Proofs: []Proof{{Kind: ProofOnSite}}}, d)
		}, ""},
		{"verified before it was done", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.Verify(f, Verification{Day: today.AddDays(-2), Proofs: []Proof{{Kind: ProofOnSite}}}, d)
		}, "day"},
		{"a major one verified on site alone", ActionDone, Major, func(f *Finding, a *Action) error {
			return a.Verify(f, Verification{Day: today, Proofs: []Proof{{Kind: ProofOnSite}}}, d)
		}, "proofs"},
		{"verified by somebody else than its reviewer", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.Verify(f, Verification{Day: today, Proofs: []Proof{{Kind: ProofOnSite}}}, Doer{By: "U3", Now: d.Now, Today: today})
		}, "by"},
		{"verified while nobody has sorted it", ActionDone, "", func(f *Finding, a *Action) error {
			return a.Verify(f, Verification{Day: today, Proofs: []Proof{{Kind: ProofOnSite}}}, d)
		}, "severity"},
		{"not enough without a reason and a day", ActionDone, Minor, func(f *Finding, a *Action) error { return a.NotEnough(f, "", civil.Date{}, nil, d) }, "lacks due"},
		{"opened again without a reason and a day", ActionVerified, Minor, func(f *Finding, a *Action) error { return a.Reopen(f, "", civil.Date{}, d) }, "why due"},
		{"withdrawn without a reason", ActionAgreed, Minor, func(f *Finding, a *Action) error { return a.Withdraw(f, "", 0, d) }, "why"},
		{"withdrawn as the same as itself", ActionAgreed, Minor, func(f *Finding, a *Action) error { return a.Withdraw(f, "", 31, d) }, "same"},
		{"withdrawn as the same as another", ActionAgreed, Minor, func(f *Finding, a *Action) error { return a.Withdraw(f, "", 30, d) }, ""},
		{"withdrawn after it was verified", ActionVerified, Minor, func(f *Finding, a *Action) error { return a.Withdraw(f, "no", 0, d) }, "state"},
		{"withdrawn by a colleague", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.Withdraw(f, "no", 0, Doer{By: "U3", Lead: "U9", Now: d.Now, Today: today})
		}, "finding"},
		{"withdrawn by who planned the visit", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.Withdraw(f, "no", 0, Doer{By: "U9", Lead: "U9", Now: d.Now, Today: today})
		}, ""},
		{"accepted without a reason", ActionAgreed, Minor, func(f *Finding, a *Action) error { return a.Accept(f, "", d) }, "why"},
		{"a critical one accepted", ActionAgreed, Critical, func(f *Finding, a *Action) error { return a.Accept(f, "cheap", d) }, "severity"},
		{"contained by nothing", ActionOpen, Critical, func(f *Finding, a *Action) error { return a.Contain(f, Containment{}, d) }, "what"},
		{"a lot without its name", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Checked: 80}, Day: today}, d)
		}, "lot"},
		{"too few pieces of a lot", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Checked: 23}, Day: today}, d)
		}, "checked"},
		{"just enough pieces of a lot", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Checked: 24}, Day: today}, d)
		}, ""},
		{"more bad than checked", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Bad: 25, Checked: 24}, Day: today}, d)
		}, "checked"},
		{"a lot from before the change", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Checked: 24}, Day: today.AddDays(-3)}, d)
		}, "day"},
		{"a lot checked before the change, in an inspection", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Subject: "inspection/7", Checked: 24}, Held: a.DoneDay.AddDays(-1), Day: today}, d)
		}, "lot"},
		{"a bad lot of before the change", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Subject: "inspection/7", Bad: 1, Checked: 24}, Held: a.DoneDay.AddDays(-1), Day: today}, d)
		}, "lot"},
		{"an inspection on the day of the change", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Subject: "inspection/7", Checked: 24}, Held: a.DoneDay, Day: today}, d)
		}, ""},
		{"the lot in which it was found", ActionDone, Minor, func(f *Finding, a *Action) error {
			f.Subject = "inspection/7"
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Subject: "inspection/7", Checked: 24}, Held: today, Day: today}, d)
		}, "lot"},
		{"the bad lot in which it was found", ActionVerified, Minor, func(f *Finding, a *Action) error {
			f.Subject = "inspection/7"
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Subject: "inspection/7", Bad: 6, Checked: 24}, Held: today, Day: today}, d)
		}, "lot"},
		{"more pieces than the lot has", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Checked: 24}, Size: 23, Day: today}, d)
		}, "checked"},
		{"more pieces than a bad lot has", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Bad: 1, Checked: 24}, Size: 23, Day: today}, d)
		}, "checked"},
		{"all pieces of a small lot", ActionDone, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Checked: 20}, Size: 20, Day: today}, d)
		}, ""},
		{"a lot while nobody says that it is done", ActionAgreed, Minor, func(f *Finding, a *Action) error {
			return a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: "1", Checked: 24}, Day: today}, d)
		}, "state"},
		{"another day that has passed", ActionOpen, Minor, func(f *Finding, a *Action) error { return a.SetDue(f, today.AddDays(-1), "", d) }, "due"},
		{"a time that has passed", ActionOpen, Critical, func(f *Finding, a *Action) error { return a.SetContainBy(f, d.Now, d) }, "contain_by"},
		{"nobody reviews", ActionOpen, Minor, func(f *Finding, a *Action) error { return a.SetReviewer(f, "", d) }, "reviewer"},
		{"nothing to undo", ActionOpen, Minor, func(f *Finding, a *Action) error { return a.Undo(f, d) }, "state"},
		{"of a red flag", ActionOpen, Minor, func(f *Finding, a *Action) error {
			f.Kind = RedFlag
			return a.SetReviewer(f, "U2", d)
		}, "finding"},
		{"of what was undone", ActionOpen, Minor, func(f *Finding, a *Action) error {
			f.Withdrawn = Mark{"U1", d.Now}
			return a.SetReviewer(f, "U2", d)
		}, "finding"},
	} {
		f, a := at(c.state, c.severity)
		before := a.ActionFacts.Clone()
		err := c.do(f, a)
		if got := strings.Join(wrongFields(err), " "); got != c.want {
			t.Errorf("%s: wrong is %q (%v), want %q", c.name, got, err, c.want)
		}
		if err != nil && (!reflect.DeepEqual(a.ActionFacts, before) || len(a.Steps) > 0) {
			t.Errorf("%s: it was refused and changed all the same: %+v", c.name, a)
		}
		if err == nil && (len(a.Steps) != 1 || a.Steps[0].N != 1 || a.Steps[0].From != c.state || a.Steps[0].To != a.State || !reflect.DeepEqual(a.Steps[0].Was, before)) {
			t.Errorf("%s: its step is %+v", c.name, a.Steps)
		}
	}
}

func TestWhatProvesThatItWorks(t *testing.T) {
	lot := func(name string) Proof {
		return Proof{Kind: ProofNextLot, Lot: &LotCheck{Name: name, Checked: 80}}
	}
	void := lot("9")
	void.Void = true
	for _, c := range []struct {
		name     string
		severity Severity
		wanted   []ProofKind
		have     []Proof
		want     string // what is missing
	}{
		{"a minor one, nothing", Minor, nil, nil, "any"},
		{"a minor one, any proof", Minor, nil, []Proof{proof(ProofTraining)}, ""},
		{"a minor one with what was agreed on missing", Minor, []ProofKind{ProofTest}, []Proof{proof(ProofTraining)}, "test"},
		{"a major one, nothing", Major, nil, nil, "next_lot(1) any"},
		{"a major one, a photo", Major, nil, []Proof{proof(ProofPhoto)}, "next_lot(1)"},
		{"a major one, two lots and nothing else", Major, nil, []Proof{lot("1"), lot("2")}, "any"},
		{"a major one, both", Major, nil, []Proof{proof(ProofPhoto), lot("1")}, ""},
		{"a major one with a lot that does not count any more", Major, nil, []Proof{proof(ProofPhoto), void}, "next_lot(1)"},
		{"a critical one, nothing", Critical, nil, nil, "on_site,next_lot(3) any"},
		{"a critical one, seen on site twice", Critical, nil, []Proof{proof(ProofOnSite), proof(ProofOnSite)}, "any"},
		{"a critical one, papers only", Critical, nil, []Proof{proof(ProofPhoto), proof(ProofTest)}, "on_site,next_lot(3)"},
		{"a critical one, seen on site and a record", Critical, nil, []Proof{proof(ProofOnSite), proof(ProofRecord)}, ""},
		{"a critical one, a record and two lots", Critical, nil, []Proof{proof(ProofRecord), lot("1"), lot("2")}, "on_site,next_lot(1)"},
		{"a critical one, a record and three lots", Critical, nil, []Proof{proof(ProofRecord), lot("1"), lot("2"), lot("3")}, ""},
		{"a critical one, seen on site and three lots", Critical, nil, []Proof{proof(ProofOnSite), lot("1"), lot("2"), lot("3")}, ""},
		{"a critical one with lots agreed on", Critical, []ProofKind{ProofNextLot}, []Proof{proof(ProofOnSite), proof(ProofRecord), lot("1")}, "next_lot(2)"},
	} {
		s := ActionFacts{State: ActionDone, Wanted: c.wanted, Proofs: c.have}
		var got []string
		for _, n := range s.Missing(gradedFinding(c.severity)) {
			switch {
			case len(n.OneOf) > 2:
				got = append(got, "any")
			case n.Lots > 0:
				got = append(got, fmt.Sprintf("%s(%d)", strings.Trim(strings.ReplaceAll(fmt.Sprint(n.OneOf), " ", ","), "[]"), n.Lots))
			default:
				got = append(got, strings.Trim(fmt.Sprint(n.OneOf), "[]"))
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: missing is %q, want %q", c.name, g, c.want)
		}
	}
}

func TestWhoVerifiesWhatTheyLoggedIsNotIndependent(t *testing.T) {
	d := doer(actionNoon)
	f, a := gradedFinding(Minor), &Action{Finding: 31, ActionFacts: ActionFacts{State: ActionAgreed, Reviewer: "U2"}}
	if err := a.LogDone(f, DoneClaim{Day: d.Today, Proofs: []Proof{proof(ProofPhoto)}}, d); err != nil {
		t.Fatal(err)
	}
	if a.MayDo(StepVerify, f, "U1", "U9") || !a.MayDo(StepVerify, f, "U2", "U9") {
		t.Error("somebody else than the reviewer may verify it")
	}
	if err := a.SetReviewer(f, "U1", d); err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(f, Verification{Day: d.Today}, d); err != nil || !a.NotIndependent {
		t.Errorf("verified by who logged it: %v, not independent %v", err, a.NotIndependent)
	}
}

func TestALotCountsOnce(t *testing.T) {
	d := doer(actionNoon)
	f, a := gradedFinding(Critical), &Action{Finding: 31, ActionFacts: ActionFacts{State: ActionDone}}
	check := func(l LotCheck) error { return a.CheckLot(f, NextLot{LotCheck: l, Day: d.Today}, d) }
	for _, c := range []struct {
		name string
		lot  LotCheck
		want string
	}{
		{"by its order", LotCheck{Name: "Order 4600", Checked: 80}, ""},
		{"the same in other letters", LotCheck{Name: "order  4600", Checked: 80}, "lot"},
		{"by its inspection", LotCheck{Subject: "inspection/7", Checked: 80}, ""},
		{"the same inspection", LotCheck{Subject: "inspection/7", Name: "4700", Checked: 80}, "lot"},
		{"another inspection", LotCheck{Subject: "inspection/8", Checked: 80}, ""},
	} {
		if got := strings.Join(wrongFields(check(c.lot)), " "); got != c.want {
			t.Errorf("%s: wrong is %q, want %q", c.name, got, c.want)
		}
	}
	if a.GoodIn() != 240 || slices.ContainsFunc(a.Missing(f), func(n Need) bool { return n.Lots > 0 }) {
		t.Errorf("good in %d pieces, missing %+v", a.GoodIn(), a.Missing(f))
	}
	// A bad one takes what the good ones proved.
	if err := check(LotCheck{Name: "4800", Bad: 1, Checked: 2}); err != nil || a.State != ActionAgreed || a.Rejected != 1 || a.GoodIn() != 0 {
		t.Errorf("after a bad lot: %v, %+v", err, a.ActionFacts)
	}
}

func TestHowLateTheFactoryIs(t *testing.T) {
	due, day := civil.On(2027, 3, 10), civil.On(2027, 3, 30)
	for _, c := range []struct {
		name      string
		s         ActionFacts
		late      bool
		days      int
		escalates bool
	}{
		{"agreed and not done", ActionFacts{State: ActionAgreed, Due: due}, true, 20, true},
		{"late by two weeks", ActionFacts{State: ActionAgreed, Due: day.AddDays(-14)}, true, 14, false},
		{"due today", ActionFacts{State: ActionAgreed, Due: day}, false, 0, false},
		{"without a day", ActionFacts{State: ActionAgreed}, false, 0, false},
		{"it has answered, and we have not", ActionFacts{State: ActionProposed, Due: due}, false, 0, false},
		{"done in time, and we have not looked", ActionFacts{State: ActionDone, Due: due, DoneDay: due}, false, 0, false},
		{"done late", ActionFacts{State: ActionDone, Due: due, DoneDay: due.AddDays(3)}, false, 3, false},
		{"verified after weeks, done in time", ActionFacts{State: ActionVerified, Due: due, DoneDay: due.AddDays(-1), VerifiedDay: day}, false, 0, false},
		{"withdrawn", ActionFacts{State: ActionWithdrawn, Due: due}, false, 0, false},
		{"not enough twice", ActionFacts{State: ActionAgreed, Due: day.AddDays(9), Rejected: 2}, false, 0, true},
		{"verified at the third time", ActionFacts{State: ActionVerified, Due: day, DoneDay: day, Rejected: 2}, false, 0, false},
	} {
		if c.s.OverdueOn(day) != c.late || c.s.DaysLate(day) != c.days || c.s.Escalates(day) != c.escalates {
			t.Errorf("%s: late %v by %d days, escalates %v", c.name, c.s.OverdueOn(day), c.s.DaysLate(day), c.s.Escalates(day))
		}
	}
}

// No order of clicks leads to verified without the proofs that it takes, and nothing is ever
// forgotten: steps only grow, an undo restores what was, and a proof that does not count any more
// is still there.
func TestNoPathToVerifiedWithoutItsProofs(t *testing.T) {
	verified, undone, reopened := 0, 0, 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(18, seed))
		f := gradedFinding(Severities()[r.IntN(3)])
		a := &Action{Finding: f.Number, ActionFacts: ActionFacts{State: ActionOpen}}
		now := actionNoon
		for n := range 60 {
			now = now.Add(time.Duration(1+r.IntN(30)) * time.Hour)
			d := Doer{By: []string{"U1", "U2", "U9"}[r.IntN(3)], Lead: "U9", Now: now, Today: civil.Of(now)}
			if a.Reviewer != "" && r.IntN(2) == 0 {
				d.By = a.Reviewer
			}
			steps, before := slices.Clone(a.Steps), a.ActionFacts.Clone()
			if r.IntN(15) == 0 && a.State != ActionVerified {
				f.Severity = Severities()[r.IntN(3)] // somebody sorts it anew
			}
			k, err := anyStep(r, f, a, d, n)
			switch {
			case err != nil && (len(a.Steps) != len(steps) || !reflect.DeepEqual(a.ActionFacts, before)):
				t.Fatalf("seed %d: %s was refused, %v, and changed something", seed, k, err)
			case err != nil:
				continue
			case len(a.Steps) != len(steps)+1 || len(steps) > 0 && !reflect.DeepEqual(a.Steps[:len(steps)], steps):
				t.Fatalf("seed %d: %s left %d steps of %d, or changed one", seed, k, len(a.Steps), len(steps))
			}
			last := a.Steps[len(a.Steps)-1]
			if !reflect.DeepEqual(last.Was, before) || last.From != before.State || last.To != a.State || last.By != d.By {
				t.Fatalf("seed %d: the step is %+v", seed, last)
			}
			if k == StepUndo {
				undone++
				if !reflect.DeepEqual(a.ActionFacts, steps[len(steps)-1].Was) {
					t.Fatalf("seed %d: undone it is not as before the step", seed)
				}
			} else if len(a.Proofs) < len(before.Proofs) || a.Rejected < before.Rejected {
				t.Fatalf("seed %d: %s has forgotten a proof, or that one was not enough", seed, k)
			}
			if a.State == ActionVerified && before.State != ActionVerified && k != StepUndo {
				verified++
				provenByHand(t, seed, f, a)
			}
			if before.State == ActionVerified && a.State == ActionAgreed && k != StepUndo {
				reopened++
				for _, p := range a.Proofs {
					if !p.Void {
						t.Fatalf("seed %d: open again, and %+v still counts", seed, p)
					}
				}
			}
			if a.State == ActionAccepted && f.Severity == Critical && k == StepAccept {
				t.Fatalf("seed %d: a critical finding was accepted", seed)
			}
		}
		if err := a.Check(); len(a.Steps) > 0 && err != nil {
			t.Fatalf("seed %d: a file could not have it: %v", seed, err)
		}
	}
	if verified < 50 || undone < 50 || reopened < 20 {
		t.Errorf("%d were verified, %d undone, %d open again: too few to show anything", verified, undone, reopened)
	}
}

// provenByHand counts the proofs of a verified action without the code under test.
func provenByHand(t *testing.T, seed uint64, f *Finding, a *Action) {
	t.Helper()
	kinds, lots := map[ProofKind]bool{}, map[string]bool{}
	for _, p := range a.Proofs {
		if p.Void {
			continue
		}
		if p.Lot != nil {
			if p.Lot.Bad > 0 || p.Lot.Checked < 24 {
				t.Fatalf("seed %d: the lot %+v counts", seed, p.Lot)
			}
			lots[p.Lot.Name] = true
			continue
		}
		kinds[p.Kind] = true
	}
	ok := true
	switch f.Severity {
	case Critical:
		onSite := kinds[ProofOnSite]
		delete(kinds, ProofOnSite)
		ok = onSite && (len(kinds) > 0 || len(lots) >= 3) || len(lots) >= 3 && len(kinds) > 0
	case Major:
		ok = len(lots) > 0 && len(kinds) > 0
	case Minor:
		ok = len(lots)+len(kinds) > 0
	}
	if !ok {
		t.Fatalf("seed %d: a %s finding is verified by %v and %d lots", seed, f.Severity, kinds, len(lots))
	}
	if a.Reviewer != a.VerifiedBy || a.NotIndependent != (a.VerifiedBy == a.DoneBy) {
		t.Fatalf("seed %d: verified by %s, reviewer %s, logged by %s, not independent %v", seed, a.VerifiedBy, a.Reviewer, a.DoneBy, a.NotIndependent)
	}
}

// anyStep tries one of the steps, with what may be right or wrong.
func anyStep(r *rand.Rand, f *Finding, a *Action, d Doer, n int) (k StepKind, err error) {
	some := func(s string) string { return s[:r.IntN(6)*len(s)/5] }
	due := d.Today.AddDays(r.IntN(20) - 1)
	kind := func() ProofKind { return ProofKinds()[r.IntN(len(ProofKinds()))] }
	proofs := func() (ps []Proof) {
		for range r.IntN(4) {
			ps = append(ps, proof(kind()))
		}
		return ps
	}
	all := []StepKind{StepAnswer, StepAskAgain, StepAgree, StepAgree, StepDone, StepDone, StepVerify, StepVerify, StepNotEnough, StepReopen, StepWithdraw, StepAccept,
		StepContain, StepLot, StepLot, StepLot, StepDue, StepReview, StepUndo}
	if live := a.Next(f, d.By, d.Lead); r.IntN(3) > 0 && len(live) > 0 {
		all = live
	}
	k = all[r.IntN(len(all))]
	if ahead := []StepKind{StepAnswer, StepAgree, StepDone, StepLot, StepVerify}; (k == StepUndo || k == StepWithdraw || k == StepAccept || k == StepNotEnough) && r.IntN(8) > 0 {
		k = ahead[r.IntN(len(ahead))]
	}
	switch k {
	case StepAnswer:
		err = a.LogAnswer(f, Answer{some("a sensor"), some("nobody checked"), some("Mr Wang")}, d)
	case StepAskAgain:
		err = a.AskAgain(f, some("and at the station?"), due, d)
	case StepAgree:
		err = a.Agree(f, Agreed{due, []string{"", "U1", "U2"}[r.IntN(3)], []ProofKind{kind()}}, d)
	case StepDone:
		err = a.LogDone(f, DoneClaim{Day: d.Today.AddDays(1 - r.IntN(3)), Proofs: proofs()}, d)
	case StepVerify:
		err = a.Verify(f, Verification{Day: d.Today, Proofs: proofs()}, d)
	case StepNotEnough:
		err = a.NotEnough(f, some("it is blurred"), due, []int{r.IntN(5)}, d)
	case StepReopen:
		err = a.Reopen(f, some("it is back"), due, d)
	case StepWithdraw:
		err = a.Withdraw(f, some("no fault"), r.IntN(40), d)
	case StepAccept:
		err = a.Accept(f, some("as agreed"), d)
	case StepContain:
		err = a.Contain(f, Containment{What: some("sorted")}, d)
	case StepLot:
		err = a.CheckLot(f, NextLot{LotCheck: LotCheck{Name: fmt.Sprint(n), Bad: max(0, r.IntN(8)-6), Checked: 20 + r.IntN(20)}, Day: d.Today}, d)
	case StepDue:
		err = a.SetDue(f, due, "", d)
	case StepContainBy:
		err = a.SetContainBy(f, d.Now.Add(time.Duration(r.IntN(9)-1)*time.Hour), d)
	case StepReview:
		err = a.SetReviewer(f, []string{"", "U1", "U2"}[r.IntN(3)], d)
	case StepUndo:
		err = a.Undo(f, d)
	}
	return k, err
}

func TestWhatAnActionOfAFileCannotBe(t *testing.T) {
	d := doer(actionNoon)
	for name, change := range map[string]func(a *Action){
		"no step":                        func(a *Action) { a.Steps = nil },
		"a state that no step leads to":  func(a *Action) { a.State = ActionVerified },
		"a step that is missing":         func(a *Action) { a.Steps = a.Steps[1:] },
		"a step of nobody":               func(a *Action) { a.Steps[0].By = "" },
		"a state that there is not":      func(a *Action) { a.State, a.Steps[1].To = "closed", "closed" },
		"a proof that there is not":      func(a *Action) { a.Proofs = []Proof{{Kind: "promise"}} },
		"a next lot without its pieces":  func(a *Action) { a.Proofs = []Proof{{Kind: ProofNextLot}} },
		"a proposal that no form takes":  func(a *Action) { a.Proposal = strings.Repeat("x", 501) },
		"a day that nobody can look for": func(a *Action) { a.Due = civil.On(9999, 1, 1) },
	} {
		f, a := gradedFinding(Minor), &Action{Finding: 31, ActionFacts: ActionFacts{State: ActionOpen}}
		if err := a.LogAnswer(f, Answer{Proposal: "x", SaidBy: "Li"}, d); err != nil {
			t.Fatal(err)
		}
		if err := a.Agree(f, Agreed{d.Today, "U2", []ProofKind{ProofPhoto}}, d); err != nil || a.Check() != nil {
			t.Fatal(err, a.Check())
		}
		if change(a); a.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTheSameFaultAgain(t *testing.T) {
	a := ActionOf{Finding: *gradedFinding(Major), Action: Action{ActionFacts: ActionFacts{State: ActionVerified, VerifiedAt: actionNoon}}}
	a.Finding.Defect = "no-corner-guard"
	for _, c := range []struct {
		name   string
		change func(f *Finding, a *ActionOf)
		want   bool
	}{
		{"the same defect after that", func(*Finding, *ActionOf) {}, true},
		{"another defect", func(f *Finding, _ *ActionOf) { f.Defect = "scratch" }, false},
		{"no defect is named", func(f *Finding, a *ActionOf) { f.Defect, a.Finding.Defect = "", "" }, false},
		{"of another factory", func(f *Finding, _ *ActionOf) { f.Factory = "Dull" }, false},
		{"in another channel", func(f *Finding, _ *ActionOf) { f.Channel = "C2" }, false},
		{"from before it was verified", func(f *Finding, _ *ActionOf) { f.At = actionNoon.Add(-time.Hour) }, false},
		{"counted, and none was bad", func(f *Finding, _ *ActionOf) { f.Bad, f.Checked = 0, 50 }, false},
		{"of what is not verified", func(_ *Finding, a *ActionOf) { a.Action.State = ActionAgreed }, false},
		{"itself", func(f *Finding, a *ActionOf) { f.Number = a.Finding.Number }, false},
	} {
		f, b := *gradedFinding(Minor), a
		f.Number, f.Defect, f.At = 40, "no-corner-guard", actionNoon.Add(time.Hour)
		c.change(&f, &b)
		if got := f.ShowsAgain(&b); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	f := *gradedFinding(Minor)
	f.Number = 40
	d := doer(actionNoon)
	if err := a.Action.ReopenFor(&a.Finding, &f, d); err != nil || a.Action.State != ActionAgreed || a.Action.Due != d.Today.AddDays(30) || a.Action.Steps[0].Other != 40 {
		t.Errorf("open again it is %+v, %v", a.Action, err)
	}
}
