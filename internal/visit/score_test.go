package visit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/visit"
)

var q2 = visit.Quarter{Year: 2027, N: 2}

// factoryOf builds the facts of one factory, all in channel C1 unless said otherwise.
type factoryOf struct {
	visit.ScoreFacts
	n int
}

// lots adds lots a day after the other from a day on: A accepted, R not. Each has checked pieces,
// and all majors stand in the first.
func (f *factoryOf) lots(from civil.Date, letters string, majors, checked int) *factoryOf {
	for n, c := range letters {
		f.n++
		l := visit.LotFact{Inspection: f.n, Series: 1, Product: "Lamp", Channel: "C1", Day: from.AddDays(n), Passed: c == 'A', Checked: checked / len(letters)}
		if n == 0 {
			l.Majors, l.Checked = majors, checked-(len(letters)-1)*(checked/len(letters))
		}
		f.Lots = append(f.Lots, l)
	}
	return f
}

// orders adds orders confirmed for a day: k kept, l late.
func (f *factoryOf) orders(confirmed civil.Date, letters string) *factoryOf {
	for _, c := range letters {
		f.n++
		d := visit.OrderDelivery{Number: f.n, Channel: "C1", Order: fmt.Sprint("P", f.n), Confirmed: confirmed, Shipped: confirmed, Quantity: 100, Sent: 100}
		if c == 'l' {
			d.Shipped = confirmed.AddDays(1)
		}
		f.Deliveries = append(f.Deliveries, d)
	}
	return f
}

// actions adds minor findings with actions due on a day: v verified in time, l done late.
func (f *factoryOf) actions(due civil.Date, letters string) *factoryOf {
	for _, c := range letters {
		f.n++
		a := visit.ActionFact{Finding: f.n, Channel: "C1", Kind: visit.OfProduct, Severity: visit.Minor, Logged: due.AddDays(-20), State: visit.ActionVerified, Due: due, Done: due, Verified: due}
		if c == 'l' {
			a.Done, a.Verified = due.AddDays(1), due.AddDays(2)
		}
		f.Actions = append(f.Actions, a)
	}
	return f
}

// said adds a mark of a quarter.
func (f *factoryOf) said(k visit.MarkKind, points int) *factoryOf {
	f.n++
	f.Marks = append(f.Marks, visit.FactoryMark{Number: f.n, Channel: "C1", Kind: k, Quarter: q2, Points: points, By: "U1", At: time.Unix(int64(f.n), 0)})
	return f
}

// certificates adds so many that hold.
func (f *factoryOf) certificates(n int) *factoryOf {
	for range n {
		f.n++
		f.Certificates = append(f.Certificates, visit.Agreement{Number: f.n, Kind: visit.Certificate, State: visit.AgreementSigned, Signed: civil.On(2026, 1, 5), Place: visit.Place{Channel: "C1"}})
	}
	return f
}

// critical adds a critical finding that is open.
func (f *factoryOf) critical(logged civil.Date) *factoryOf {
	f.n++
	f.Actions = append(f.Actions, visit.ActionFact{Finding: f.n, Channel: "C1", Severity: visit.Critical, Logged: logged, State: visit.ActionOpen})
	return f
}

var april = civil.On(2027, 4, 5)

func whole(f *factoryOf) *factoryOf {
	return f.lots(april, "AAAAAAAR", 11, 1000).orders(april, "kkkkkkkkkl").actions(april, "vvvvvl").said(visit.MarkCost, 4).said(visit.MarkNeeded, 3).certificates(3)
}

// scored says what a scorecard came to.
func scored(s visit.Scorecard) string {
	if !s.Scored() {
		return fmt.Sprintf("no score, %d %%", s.Share)
	}
	return fmt.Sprintf("%d/%d %s %s %d %% %v", s.Value.Num, s.Value.Den, s.Value, s.Grade, s.Share, s.Weakest)
}

func TestWorkedScores(t *testing.T) {
	noDeliveries := new(factoryOf).lots(april, "AAAAAAAR", 11, 1000).actions(april, "vvvvvl").said(visit.MarkCost, 4).said(visit.MarkNeeded, 3).certificates(3)
	vetoed := new(factoryOf).lots(april, "AAAAAAAAAA", 0, 1000).orders(april, "kkkkkkkkkk").said(visit.MarkCost, 1).critical(april)
	vetoed.actions(april, "vvvlll") // (40·5 + 25·5 + 15·1 + 10·1) / 90
	for _, tc := range []struct {
		name string
		f    *factoryOf
		want string
	}{
		{"all five groups", whole(new(factoryOf)), "71/20 3.6 B 100 % [quality service]"},
		{"no deliveries: the weights are scaled", noDeliveries, "17/5 3.4 B 75 % [quality service]"},
		{"quality and cost alone are half", new(factoryOf).lots(april, "AAAAAAAR", 11, 1000).said(visit.MarkCost, 4), "no score, 50 %"},
		{"nothing at all", new(factoryOf), "no score, 0 %"},
		{"quality, cost and compliance are 60 %, which is enough", new(factoryOf).lots(april, "AAAAA", 0, 500).said(visit.MarkCost, 3).said(visit.MarkCompliance, 5), "14/3 4.7 A 60 % [cost]"},
		{"an open critical finding is at best C", vetoed, "35/9 3.9 C 90 % [service cost]"},
		{"a mark comes before certificates", new(factoryOf).lots(april, "AAAAA", 0, 500).said(visit.MarkCost, 3).said(visit.MarkNeeded, 3).said(visit.MarkCompliance, 1), "4/1 4.0 B 60 % [compliance]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := scored(tc.f.Score(q2, civil.On(2027, 7, 15))); got != tc.want {
				t.Errorf("it comes to %s; want %s", got, tc.want)
			}
		})
	}
}

func TestTheVetoKeepsTheValue(t *testing.T) {
	// (40·5 + 25·4 + 15·3 + 10·5 + 10·2) / 100 = 4.15
	f := new(factoryOf).lots(april, "AAAAAAAAAA", 0, 1000).actions(april, "vvvvvl").orders(april, "kkkkkkkkkl").said(visit.MarkCost, 5).said(visit.MarkCompliance, 2)
	f.critical(april)
	s := f.Score(q2, civil.On(2027, 7, 15))
	if got, want := scored(s), "83/20 4.2 C 100 % [compliance]"; got != want || s.Mean != visit.GradeA || len(s.Critical) != 1 {
		t.Errorf("it comes to %s, %s without the veto because of %v; want %s", got, s.Mean, s.Critical, want)
	}
	closed := f.ScoreFacts
	closed.Actions = slices.Clone(f.Actions)
	closed.Actions[len(closed.Actions)-1].State, closed.Actions[len(closed.Actions)-1].Verified = visit.ActionVerified, civil.On(2027, 6, 30)
	if s := closed.Score(q2, civil.On(2027, 7, 15)); s.Grade != visit.GradeA || len(s.Critical) != 0 {
		t.Errorf("verified on its last day, the quarter is %s with %v open", s.Grade, s.Critical)
	}
	closed.Actions[len(closed.Actions)-1].Verified = civil.On(2027, 7, 1)
	if s := closed.Score(q2, civil.On(2027, 7, 15)); s.Grade != visit.GradeC {
		t.Errorf("verified a day after it, the quarter is %s; it was open when it ended", s.Grade)
	}
	d := new(factoryOf).lots(april, "RRRRR", 500, 1000).orders(april, "lllll").critical(april)
	if s := d.Score(q2, civil.On(2027, 7, 15)); s.Grade != visit.GradeD || s.Mean != "" {
		t.Errorf("a D with an open critical finding is %s, %q without it", s.Grade, s.Mean)
	}
}

func quality(f *visit.ScoreFacts) *visit.GroupScore {
	s := f.Score(q2, civil.On(2027, 7, 15))
	return s.Group(visit.ScoreQuality)
}

func TestTooLittleInAQuarterTakesFour(t *testing.T) {
	f := new(factoryOf).lots(civil.On(2026, 8, 3), "AAAAAAA", 0, 700).lots(april, "AR", 0, 100)
	m := quality(&f.ScoreFacts).Measures[0]
	want := visit.Measure{Kind: visit.MeasureFirstPass, N: 8, Of: 9, Points: 3, Rolling: true, InQuarter: 2}
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
	f.lots(april.AddDays(10), "AAA", 0, 100)
	if m := quality(&f.ScoreFacts).Measures[0]; m.Rolling || m.N != 4 || m.Of != 5 {
		t.Errorf("with five lots the quarter counts alone, but it is %+v", m)
	}
	old := new(factoryOf).lots(civil.On(2026, 6, 30), "A", 0, 100)
	if g := quality(&old.ScoreFacts); !g.Missing() {
		t.Errorf("a lot of the fifth quarter back counts: %+v", g)
	}
}

func TestBands(t *testing.T) {
	for _, tc := range []struct {
		n, of, rate int
	}{{95, 100, 5}, {9499, 10000, 4}, {19, 20, 5}, {90, 100, 4}, {8999, 10000, 3}, {80, 100, 3}, {7999, 10000, 2}, {70, 100, 2}, {6999, 10000, 1}, {0, 1, 1}} {
		if got := visit.RatePoints(tc.n, tc.of); got != tc.rate {
			t.Errorf("%d of %d are %d points; want %d", tc.n, tc.of, got, tc.rate)
		}
	}
	for _, tc := range []struct {
		n, of, points int
	}{{0, 125, 5}, {5, 1000, 5}, {501, 100000, 4}, {10, 1000, 4}, {1001, 100000, 3}, {25, 1000, 3}, {2501, 100000, 2}, {40, 1000, 2}, {4001, 100000, 1}, {11, 1000, 3}} {
		if got := visit.MajorPoints(tc.n, tc.of); got != tc.points {
			t.Errorf("%d major faults in %d are %d points; want %d", tc.n, tc.of, got, tc.points)
		}
	}
	for n, want := range map[int]int{20: 139, 50: 58, 125: 24, 200: 15} {
		if got := visit.UpTo(n); got != want {
			t.Errorf("0 of %d could be up to %d in a thousand; want %d", n, got, want)
		}
	}
	for _, tc := range []struct {
		f    visit.Fraction
		want string
	}{{visit.Fraction{Num: 355, Den: 100}, "3.6"}, {visit.Fraction{Num: 3549, Den: 1000}, "3.5"}, {visit.Fraction{Num: 4, Den: 1}, "4.0"}, {visit.Fraction{}, ""}} {
		if got := tc.f.String(); got != tc.want {
			t.Errorf("%v reads %q; want %q", tc.f, got, tc.want)
		}
	}
}

func TestWhatCountsOfADelivery(t *testing.T) {
	base := visit.OrderDelivery{Channel: "C1", Order: "P1", Confirmed: april, Shipped: april, Quantity: 100, Sent: 100}
	for _, tc := range []struct {
		name   string
		change func(*visit.OrderDelivery)
		want   string
	}{
		{"on its day", func(*visit.OrderDelivery) {}, "1 of 1"},
		{"early is not late", func(d *visit.OrderDelivery) { d.Shipped = april.AddDays(-9) }, "1 of 1"},
		{"a day late", func(d *visit.OrderDelivery) { d.Shipped = april.AddDays(1) }, "0 of 1"},
		{"one piece short", func(d *visit.OrderDelivery) { d.Sent = 99 }, "0 of 1"},
		{"more than ordered", func(d *visit.OrderDelivery) { d.Sent = 101 }, "1 of 1"},
		{"not shipped at all", func(d *visit.OrderDelivery) { d.Shipped, d.Sent = civil.Date{}, 0 }, "0 of 1"},
		{"late, but we delayed it", func(d *visit.OrderDelivery) { d.Shipped, d.OurDelay = april.AddDays(30), true }, "nothing"},
		{"in time although we delayed it", func(d *visit.OrderDelivery) { d.OurDelay = true }, "1 of 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := base
			tc.change(&d)
			f := visit.ScoreFacts{Deliveries: []visit.OrderDelivery{d}}
			got := "nothing"
			s := f.Score(q2, civil.On(2027, 7, 15))
			if ms := s.Group(visit.ScoreDelivery).Measures; len(ms) > 0 {
				got = fmt.Sprintf("%d of %d", ms[0].N, ms[0].Of)
			}
			if got != tc.want {
				t.Errorf("it counts as %s; want %s", got, tc.want)
			}
		})
	}
}

func TestAnOrderThatTwoChannelsLoggedCountsOnce(t *testing.T) {
	at := func(channel, order string, late int) visit.OrderDelivery {
		return visit.OrderDelivery{Channel: channel, Order: order, Confirmed: april, Shipped: april.AddDays(late), Quantity: 100, Sent: 100}
	}
	open := func(d visit.OrderDelivery) visit.OrderDelivery {
		d.Shipped, d.Sent = civil.Date{}, 0
		return d
	}
	for _, tc := range []struct {
		name string
		ds   []visit.OrderDelivery
		want string
	}{
		{"the same in both", []visit.OrderDelivery{at("C1", "P1", 0), at("C2", "p1 ", 0)}, "1 of 1"},
		{"one channel has not logged that it was shipped", []visit.OrderDelivery{open(at("C1", "P1", 0)), at("C2", "P1", 0)}, "1 of 1"},
		{"they say different days: the first channel's counts", []visit.OrderDelivery{at("C1", "P1", 3), at("C2", "P1", 0)}, "0 of 1"},
		{"two deliveries of an order in one channel", []visit.OrderDelivery{at("C1", "P1", 0), at("C1", "P1", 2)}, "1 of 2"},
		{"two deliveries in one channel, one of them in the other", []visit.OrderDelivery{at("C1", "P1", 0), at("C2", "P1", 0), at("C2", "P1", 2)}, "1 of 2"},
		{"other orders", []visit.OrderDelivery{at("C1", "P1", 0), at("C2", "P2", 0)}, "2 of 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for range 2 {
				slices.Reverse(tc.ds) // in whichever order they were entered
				f := visit.ScoreFacts{Deliveries: tc.ds}
				s := f.Score(q2, civil.On(2027, 7, 15))
				if m := s.Group(visit.ScoreDelivery).Measures[0]; fmt.Sprintf("%d of %d", m.N, m.Of) != tc.want {
					t.Errorf("it counts as %d of %d; want %s", m.N, m.Of, tc.want)
				}
			}
		})
	}

	// Nor do two orders, one of them in two channels, make a third.
	two := visit.ScoreFacts{Deliveries: []visit.OrderDelivery{at("C1", "P1", 0), at("C2", "P1", 0), at("C1", "P2", 1)},
		Visits: []visit.VisitFact{{Number: 1, Channel: "C1", Last: april.AddDays(-90)}}}
	today := april.AddDays(30)
	if c := two.Cadence(two.Risk(today, nil), today, func(civil.Date) bool { return true }); !c.Propose.IsZero() {
		t.Errorf("after two orders a visit is proposed from %s on", c.Propose)
	}
}

func TestWhatCountsOfAnAction(t *testing.T) {
	base := visit.ActionFact{Finding: 1, Channel: "C1", Severity: visit.Minor, Logged: april.AddDays(-20), State: visit.ActionVerified, Due: april, Done: april, Verified: april.AddDays(60)}
	for _, tc := range []struct {
		name   string
		change func(*visit.ActionFact)
		want   string
	}{
		{"done in time and verified later: we took our time", func(*visit.ActionFact) {}, "1 of 1"},
		{"done a day late", func(a *visit.ActionFact) { a.Done = april.AddDays(1) }, "0 of 1"},
		{"not done", func(a *visit.ActionFact) { a.State, a.Done = visit.ActionAgreed, civil.Date{} }, "0 of 1"},
		{"done in time, not verified yet", func(a *visit.ActionFact) { a.State = visit.ActionDone }, "nothing"},
		{"done late, not verified yet", func(a *visit.ActionFact) { a.State, a.Done = visit.ActionDone, april.AddDays(3) }, "0 of 1"},
		{"we are to agree", func(a *visit.ActionFact) { a.State = visit.ActionProposed }, "nothing"},
		{"withdrawn", func(a *visit.ActionFact) { a.State = visit.ActionWithdrawn }, "nothing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := base
			tc.change(&a)
			f := visit.ScoreFacts{Actions: []visit.ActionFact{a}}
			got := "nothing"
			s := f.Score(q2, civil.On(2027, 7, 15))
			if ms := s.Group(visit.ScoreService).Measures; len(ms) > 0 {
				got = fmt.Sprintf("%d of %d", ms[0].N, ms[0].Of)
			}
			if got != tc.want {
				t.Errorf("it counts as %s; want %s", got, tc.want)
			}
		})
	}
}

func TestRiskClasses(t *testing.T) {
	today := civil.On(2027, 5, 20)
	open := func(f *factoryOf, s visit.Severity, due civil.Date) *factoryOf {
		f.Actions = append(f.Actions, visit.ActionFact{Finding: 900, Channel: "C1", Severity: s, Logged: april, State: visit.ActionAgreed, Due: due})
		return f
	}
	flag := func(f *factoryOf, fl visit.RiskFlag, on civil.Date) *factoryOf {
		f.Marks = append(f.Marks, visit.FactoryMark{Number: 900, Channel: "C1", Kind: visit.MarkFlag, Name: string(fl), Day: on, Points: 1, By: "U1", At: time.Unix(900, 0)})
		return f
	}
	set := func(f *factoryOf, c visit.RiskClass, against visit.RiskRule) *factoryOf {
		f.Marks = append(f.Marks, visit.FactoryMark{Number: 901, Channel: "C1", Kind: visit.MarkRisk, Name: string(c), Against: against, Why: "Known for years.", By: "U1", At: time.Unix(901, 0)})
		return f
	}
	ten := func() *factoryOf { return new(factoryOf).lots(april, "AAAAAAAAAA", 9, 1250) }
	for _, tc := range []struct {
		name string
		f    *factoryOf
		want string
	}{
		{"no lots at all", new(factoryOf), "new few_lots 0/3"},
		{"two lots accepted", new(factoryOf).lots(april, "AA", 0, 100), "new few_lots 2/3"},
		{"the last lot was not accepted", new(factoryOf).lots(april, "AAAAAR", 0, 100), "high last_lot 1/5"},
		{"then five accepted", new(factoryOf).lots(april, "AAAAARAAAAA", 0, 100), "medium else 5/10"},
		{"two of the last five", new(factoryOf).lots(april, "AARARA", 0, 100), "high two_of_five 2/5"},
		{"two of the last six", new(factoryOf).lots(april, "ARAARAAA", 0, 100), "medium else 3/10"},
		{"ten accepted with 9 majors of 1,250", ten(), "low steady 10/10"},
		{"nine accepted", new(factoryOf).lots(april, "AAAAAAAAA", 0, 1250), "medium else 9/10"},
		{"ten accepted with one major in a hundred", new(factoryOf).lots(april, "AAAAAAAAAA", 10, 1000), "medium else 10/10"},
		{"low with an open major", open(ten(), visit.Major, civil.On(2027, 6, 1)), "medium else 10/10"},
		{"low with an open minor", open(ten(), visit.Minor, civil.On(2027, 6, 1)), "low steady 10/10"},
		{"a major 14 days late", open(ten(), visit.Major, today.AddDays(-14)), "medium else 10/10"},
		{"a major 15 days late", open(ten(), visit.Major, today.AddDays(-15)), "high major_late 1/0"},
		{"an open critical", open(ten(), visit.Critical, civil.On(2027, 6, 1)), "high critical 1/0"},
		{"low with a new mould", flag(ten(), visit.FlagProcess, today.AddDays(-1)), "high flag 0/5 process"},
		{"a new mould and five accepted since", flag(ten(), visit.FlagProcess, april.AddDays(5)), "low steady 10/10"},
		{"a new mould and four accepted since", flag(ten(), visit.FlagProcess, april.AddDays(6)), "high flag 4/5 process"},
		{"a new mould, five accepted since, an open major", open(flag(ten(), visit.FlagProcess, april.AddDays(5)), visit.Major, civil.On(2027, 6, 1)), "high flag 5/5 process"},
		{"a pause of more than six months", new(factoryOf).lots(civil.On(2026, 1, 5), "AAAAAAAAAA", 0, 100).lots(april, "AA", 0, 100), "high flag 2/5 pause"},
		{"a pause and five accepted since", new(factoryOf).lots(civil.On(2026, 1, 5), "AAAAAAAAAA", 0, 100).lots(april, "AAAAA", 0, 100), "low steady 15/10"},
		{"no lot for more than six months now", new(factoryOf).lots(civil.On(2026, 11, 1), "AAAAAAAAAA", 0, 100), "high flag 0/5 pause"},
		{"set higher", set(ten(), visit.RiskHigh, visit.RuleSteady), "high set 0/0 low"},
		{"set lower, with a reason", set(new(factoryOf).lots(april, "AA", 0, 100), visit.RiskMedium, visit.RuleFewLots), "medium set 0/0 new"},
		{"set lower, but another rule says high by now", set(new(factoryOf).lots(april, "AAR", 0, 100), visit.RiskMedium, visit.RuleFewLots), "high last_lot 1/3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.f.Risk(today, nil)
			got := strings.TrimSpace(fmt.Sprintf("%s %s %d/%d %s%s", r.Class, r.Rule, r.N, r.Of, r.Flag, r.Counted))
			if got != tc.want {
				t.Errorf("it is %s; want %s", got, tc.want)
			}
		})
	}
}

func TestTheWorstProductMakesTheClass(t *testing.T) {
	f := new(factoryOf).lots(april, "AAAAAAAAAA", 0, 1000)
	f.Lots = append(f.Lots, visit.LotFact{Inspection: 99, Series: 2, Product: "Chair", Channel: "C1", Day: april.AddDays(3)})
	if r := f.Risk(civil.On(2027, 5, 20), nil); r.Class != visit.RiskHigh || r.Rule != visit.RuleLastLot || r.Product != "Chair" {
		t.Errorf("it is %+v", r)
	}
}

func TestAroundSpringFestivalLotsAreTreatedAsHigh(t *testing.T) {
	c, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	f := new(factoryOf).lots(civil.On(2026, 11, 2), "AAAAAAAAAA", 0, 1000)
	for s, want := range map[string]string{ // New Year is 6 February 2027
		"2027-01-08": "low", "2027-01-09": "high low", "2027-02-06": "high low", "2027-03-20": "high low", "2027-03-21": "low",
	} {
		r := f.Risk(day(t, s), c.Festival)
		if got := strings.TrimSpace(fmt.Sprint(r.Class, " ", r.Counted)); got != want {
			t.Errorf("on %s it is %s; want %s", s, got, want)
		}
		if got := f.Cadence(r, day(t, s), c.Runs); got.Class != visit.RiskLow {
			t.Errorf("on %s the next visit goes by the class %s", s, got.Class)
		}
	}
}

// A class that somebody set is settled before the season is put on top: the season says nothing about a
// factory, and so nothing about when it is visited.
func TestAroundSpringFestivalAClassThatSomebodySetStays(t *testing.T) {
	c, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	in, after := day(t, "2027-01-18"), day(t, "2027-03-22")
	for _, tc := range []struct {
		name           string
		lots           string
		set            visit.RiskClass
		against        visit.RiskRule
		inSeason, then string
		months         int
	}{
		{"medium by the rules, set high", "AAAAA", visit.RiskHigh, visit.RuleElse, "high set medium", "high set medium", 6},
		{"medium by the rules, set low", "AAAAA", visit.RiskLow, visit.RuleElse, "high spring_festival low", "low set medium", 24},
		{"medium by the rules, set new", "AAAAA", visit.RiskNew, visit.RuleElse, "high spring_festival new", "new set medium", 0},
		{"high by the rules, set medium", "AAAAAR", visit.RiskMedium, visit.RuleLastLot, "high spring_festival medium", "medium set high", 12},
		{"high by another rule than it was set against", "AAAAAR", visit.RiskMedium, visit.RuleElse, "high last_lot", "high last_lot", 6},
		{"nothing set", "AAAAA", "", "", "high spring_festival medium", "medium else", 12},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := new(factoryOf).lots(civil.On(2026, 11, 2), tc.lots, 0, 1000)
			f.Visits = []visit.VisitFact{{Number: 1, Channel: "C1", Owner: "U1", First: day(t, "2026-07-01"), Last: day(t, "2026-07-02")}}
			f.Marks = []visit.FactoryMark{{Number: 1, Channel: "C1", Kind: visit.MarkRisk, Name: string(tc.set), Against: tc.against, Why: "Known for years.", By: "U1", At: time.Unix(901, 0)}}
			for on, want := range map[civil.Date]string{in: tc.inSeason, after: tc.then} {
				r := f.Risk(on, c.Festival)
				if got := strings.TrimSpace(fmt.Sprint(r.Class, " ", r.Rule, " ", r.Counted)); got != want {
					t.Errorf("on %s it is %s; want %s", on, got, want)
				}
				if ruled := f.Counted(on).Class; r.Rule == visit.RuleSpringFestival && r.Set.By != "" && r.Ruled != ruled || r.Set.By == "" && r.Ruled != "" {
					t.Errorf("on %s the rules are said to say %q; they say %q", on, r.Ruled, ruled)
				}
				if got := f.Cadence(r, on, c.Runs); got.Months != tc.months {
					t.Errorf("on %s the interval is %d months; want %d", on, got.Months, tc.months)
				}
			}
			p := visit.Proposal{Facts: f.ScoreFacts}
			if _, next := p.On(in, c.Festival, c.Runs); p.Told(in, "Asia/Shanghai", &visit.Timing{}) && !next.Due(in) {
				t.Error("a visit is told of that is not proposed")
			}
		})
	}
}

func TestNextVisits(t *testing.T) {
	c, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	last := visit.VisitFact{Number: 3, Channel: "C1", Owner: "U1", First: civil.On(2026, 6, 1), Last: civil.On(2026, 6, 2)}
	visited := func(class string, more ...visit.VisitFact) *factoryOf {
		f := new(factoryOf).lots(civil.On(2026, 3, 2), map[string]string{"high": "AAAAAR", "medium": "AAAAA", "low": "AAAAAAAAAA", "new": "AA"}[class], 0, 1000)
		f.Visits = append(more, last)
		return f
	}
	major := func(f *factoryOf) *factoryOf {
		f.Actions = append(f.Actions, visit.ActionFact{Finding: 7, Visit: 3, Channel: "C1", Severity: visit.Major, Logged: last.First, State: visit.ActionVerified, Due: last.Last, Done: last.Last, Verified: last.Last})
		return f
	}
	notNow := func(f *factoryOf, until civil.Date) *factoryOf {
		f.Marks = append(f.Marks, visit.FactoryMark{Channel: "C1", Kind: visit.MarkNotNow, Day: until, By: "U1", At: time.Date(2026, 10, 25, 8, 0, 0, 0, time.UTC)})
		return f
	}
	for _, tc := range []struct {
		name, today string
		f           *factoryOf
		want        string
	}{
		{"high: half a year, a day before it is proposed", "2026-10-20", visited("high"), "by 2026-12-02, from 2026-10-21"},
		{"high: six weeks before", "2026-10-21", visited("high"), "by 2026-12-02, from 2026-10-21: 2026-11-18 2026-11-25 2026-12-02"},
		{"medium: a year", "2026-08-20", visited("medium"), "by 2027-06-02, from 2027-04-21"},
		{"low: two years", "2026-08-20", visited("low"), "by 2028-06-02, from 2028-04-21"},
		{"new, visited before its first order", "2026-08-20", visited("new"), "nothing to count from"},
		{"new, after its third order", "2026-08-20", visited("new").orders(civil.On(2026, 8, 10), "kkk"), "by 2026-09-21, from 2026-08-10: 2026-09-10 2026-09-17 2026-09-28"},
		{"a major finding: two to three months after", "2026-06-25", major(visited("low")), "follow-up 2026-08-02 to 2026-09-02, from 2026-06-21: 2026-08-03 2026-08-10 2026-08-17"},
		{"one is planned already", "2026-10-21", visited("high", visit.VisitFact{Number: 4, Channel: "C1", First: civil.On(2026, 12, 1), Last: civil.On(2026, 12, 2)}), "by 2026-12-02, from 2026-10-21, planned 4"},
		{"not now", "2026-10-30", notNow(visited("high"), civil.On(2026, 12, 1)), "by 2026-12-02, from 2026-10-21, not before 2026-12-01"},
		{"not now is over, and the days keep off the New Year", "2027-01-04", notNow(visited("high"), civil.On(2026, 12, 1)), "by 2026-12-02, from 2026-10-21: 2027-03-08 2027-03-15 2027-03-22"},
		{"never visited", "2026-08-20", new(factoryOf), "from 2026-08-20: 2026-09-10 2026-09-17 2026-09-28"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			today := day(t, tc.today)
			got := tc.f.Cadence(tc.f.Risk(civil.On(2026, 8, 1), nil), today, c.Runs)
			if words := proposal(got, today); words != tc.want {
				t.Errorf("the next visit is %s; want %s", words, tc.want)
			}
			for _, d := range got.Dates {
				if c.Holiday(d) || c.Holiday(d.AddDays(1)) || !c.Working(d) {
					t.Errorf("%s is no day on which the factory runs", d)
				}
			}
		})
	}
}

// The first working day of a week is not always seven days after that of the week before.
func TestAProposalIsToldOnceInFourWeeks(t *testing.T) {
	c, err := holiday.China()
	if err != nil {
		t.Fatal(err)
	}
	timing := visit.Timing{Weekends: true, Holidays: true, MakeUp: c.MakeUp, Holiday: c.Holiday}
	for _, tc := range []struct{ propose, want string }{
		{"2026-09-07", "2026-09-07 2026-10-08 2026-11-02 2026-11-30"}, // a Monday: that day
		{"2026-09-01", "2026-09-07 2026-10-08 2026-11-02 2026-11-30"}, // a Tuesday: the next week
		{"2026-09-08", "2026-09-14 2026-10-12 2026-11-09"},
		{"2026-09-13", "2026-09-14 2026-10-12 2026-11-09"}, // a Sunday
		{"2026-10-05", "2026-10-08 2026-11-02 2026-11-30"}, // a week that begins on its Thursday
		{"2026-10-07", "2026-10-12 2026-11-09"},
		{"2026-01-19", "2026-01-19 2026-02-24 2026-03-16"}, // nobody works in the week of 16 February
		{"2026-02-10", "2026-02-24 2026-03-16 2026-04-13"},
	} {
		next := visit.Cadence{Propose: day(t, tc.propose)}
		var told []string
		for d := next.Propose.AddDays(-7); len(told) < 1+strings.Count(tc.want, " ") && d.Sub(next.Propose) < 100; d = d.AddDays(1) {
			if next.TellIn(d, "Asia/Shanghai", &timing) {
				told = append(told, d.String())
			}
		}
		if got := strings.Join(told, " "); got != tc.want {
			t.Errorf("what is proposed from %s on is told on %s; want %s", tc.propose, got, tc.want)
		}
	}
}

// One proposal follows from all that its reader may see of a factory, in whichever channel, and from
// nothing else: a visit that they may not see neither ends it nor holds back the message that tells it.
func TestAProposalIsOfAllThatItsReaderMaySee(t *testing.T) {
	on, timing := civil.On(2027, 12, 6), visit.Timing{Weekends: true}
	due := visit.VisitFact{Number: 1, Channel: "C1", Owner: "U1", First: civil.On(2027, 1, 17), Last: civil.On(2027, 1, 17)}
	later := func(owner string, on civil.Date) visit.VisitFact {
		return visit.VisitFact{Number: 2, Channel: "C2", Owner: owner, First: on, Last: on}
	}
	notNow := visit.FactoryMark{Channel: "C2", Kind: visit.MarkNotNow, Day: civil.On(2028, 1, 10), By: "U1", At: time.Date(2027, 11, 15, 8, 0, 0, 0, time.UTC)}
	for _, tc := range []struct {
		name   string
		visits []visit.VisitFact
		marks  []visit.FactoryMark
		told   string // to who reads which channels
	}{
		{"one visit", nil, nil, "C1, C1+C2"},
		{"theirs, later, in another channel", []visit.VisitFact{later("U1", civil.On(2027, 11, 8))}, nil, "C1"},
		{"a colleague's, later", []visit.VisitFact{later("U2", civil.On(2027, 1, 19))}, nil, "C1"},
		{"one is planned in another channel", []visit.VisitFact{later("U2", civil.On(2028, 1, 17))}, nil, "C1"},
		{"put off in another channel", nil, []visit.FactoryMark{notNow}, "C1"},
		{"a colleague's, before", []visit.VisitFact{later("U2", civil.On(2026, 11, 8))}, nil, "C1, C1+C2"},
	} {
		f := new(factoryOf).lots(civil.On(2027, 9, 1), "AAAAA", 0, 1000)
		f.Visits, f.Marks = append(tc.visits, due), tc.marks
		p := visit.Proposal{Person: "U1", Facts: f.ScoreFacts}
		var told []string
		for _, reads := range []string{"C1", "C2", "C1+C2"} {
			if seen := p.SeenIn(func(c string) bool { return strings.Contains(reads, c) }); seen.Told(on, "Europe/Berlin", &timing) {
				told = append(told, reads)
			}
		}
		if got := strings.Join(told, ", "); got != tc.told {
			t.Errorf("%s: it is told to who reads %q; want %q", tc.name, got, tc.told)
		}
		for d, want := range map[civil.Date]bool{on.AddDays(-7): false, on: true, on.AddDays(1): false} {
			if p.MayBeTold(d, "Europe/Berlin", &timing) != want {
				t.Errorf("%s: it may be told on %s: %v", tc.name, d, !want)
			}
		}
	}
}

// proposal says when the next visit is.
func proposal(c visit.Cadence, today civil.Date) string {
	var parts []string
	switch {
	case c.FollowUp:
		parts = append(parts, fmt.Sprintf("follow-up %s to %s", c.From, c.Next))
	case !c.Next.IsZero():
		parts = append(parts, "by "+c.Next.String())
	}
	if c.Propose.IsZero() {
		return "nothing to count from"
	}
	parts = append(parts, "from "+c.Propose.String())
	if c.Planned > 0 {
		parts = append(parts, fmt.Sprint("planned ", c.Planned))
	}
	if c.Paused.After(today) {
		parts = append(parts, "not before "+c.Paused.String())
	}
	s := strings.Join(parts, ", ")
	if len(c.Dates) > 0 {
		s += ":"
	}
	for _, d := range c.Dates {
		s += " " + d.String()
	}
	return s
}

// twoYears are two years at one factory, by chance.
func twoYears(r *rand.Rand) *factoryOf {
	f := new(factoryOf)
	begin := civil.On(2025, 7, 1)
	for range 60 {
		f.lots(begin.AddDays(r.IntN(730)), []string{"A", "A", "A", "R"}[r.IntN(4)], r.IntN(3), 125)
		f.Lots[len(f.Lots)-1].Series = 1 + r.IntN(2)
		f.orders(begin.AddDays(r.IntN(730)), []string{"k", "k", "l"}[r.IntN(3)])
		f.actions(begin.AddDays(r.IntN(730)), []string{"v", "v", "l"}[r.IntN(3)])
		f.Actions[len(f.Actions)-1].Severity = []visit.Severity{visit.Critical, visit.Major, visit.Minor}[r.IntN(3)]
	}
	for n := range 8 {
		f.said(visit.MarkCost, 1+r.IntN(5))
		f.Marks[len(f.Marks)-1].Quarter = q2.Add(-n)
	}
	return f
}

// What is entered in whatever order gives the same scores, classes and proposals on every day.
func TestTheOrderOfEntryChangesNothing(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := twoYears(r)
		g := f.In(func(string) bool { return true })
		r.Shuffle(len(g.Lots), func(i, j int) { g.Lots[i], g.Lots[j] = g.Lots[j], g.Lots[i] })
		r.Shuffle(len(g.Deliveries), func(i, j int) { g.Deliveries[i], g.Deliveries[j] = g.Deliveries[j], g.Deliveries[i] })
		r.Shuffle(len(g.Actions), func(i, j int) { g.Actions[i], g.Actions[j] = g.Actions[j], g.Actions[i] })
		r.Shuffle(len(g.Marks), func(i, j int) { g.Marks[i], g.Marks[j] = g.Marks[j], g.Marks[i] })
		for n := range 8 {
			q := q2.Add(-n)
			want, got := f.Score(q, civil.On(2027, 7, 15)), g.Score(q, civil.On(2028, 1, 1))
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("seed %d, %s: %s", seed, q, d)
			}
			if d := cmp.Diff(f.Risk(q.Last(), nil), g.Risk(q.Last(), nil)); d != "" {
				t.Fatalf("seed %d, the class at the end of %s: %s", seed, q, d)
			}
		}
	}
}

// What a reader may not see changes nothing of what they get.
func TestFactsOfOtherChannelsAreNotCounted(t *testing.T) {
	mine := whole(new(factoryOf))
	both := whole(new(factoryOf))
	both.lots(april.AddDays(1), "RRRRRR", 99, 100).orders(april, "llllll").critical(april)
	for n := range both.Lots {
		if both.Lots[n].Inspection > mine.n {
			both.Lots[n].Channel = "G2"
		}
	}
	for n := range both.Deliveries {
		if both.Deliveries[n].Number > mine.n {
			both.Deliveries[n].Channel = "G2"
		}
	}
	both.Actions[len(both.Actions)-1].Channel = "G2"
	in := both.In(func(c string) bool { return c == "C1" })
	today := civil.On(2027, 7, 15)
	if d := cmp.Diff(mine.Score(q2, today), in.Score(q2, today)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(mine.Risk(today, nil), in.Risk(today, nil)); d != "" {
		t.Error(d)
	}
	if got := both.ChannelsOf(q2); !slices.Equal(got, []string{"C1", "G2"}) {
		t.Errorf("the quarter was counted from %v", got)
	}
}

func TestQuarters(t *testing.T) {
	for s, want := range map[string]string{"2027-Q1": "2027-01-01 2027-03-31 2026-Q4", "2027-Q4": "2027-10-01 2027-12-31 2027-Q3", "2027-Q5": "", "27-Q1": "", "2027Q1": "", "9999-Q1": ""} {
		q, ok := visit.ParseQuarter(s)
		got := ""
		if ok {
			got = fmt.Sprintf("%s %s %s", q.First(), q.Last(), q.Add(-1))
		}
		if got != want {
			t.Errorf("%s is %q; want %q", s, got, want)
		}
	}
}
