package visit

import (
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
)

func TestWhatNeedsSomebodyAndWhatIsLate(t *testing.T) {
	today := civil.On(2027, 3, 15)
	at := func(days int) civil.Date { return today.AddDays(days) }
	for _, c := range []struct {
		name        string
		of          Matter
		needs, late bool
	}{
		{"my item of next week needs me", Matter{Kind: MatterItem, Mine: true, Due: at(7)}, true, false},
		{"my item of today is not late", Matter{Kind: MatterItem, Mine: true, Due: today}, true, false},
		{"my item of yesterday is late", Matter{Kind: MatterItem, Mine: true, Due: at(-1)}, false, true},
		{"my item without a day needs me", Matter{Kind: MatterItem, Mine: true}, true, false},
		{"a colleague's item of next week is not mine", Matter{Kind: MatterItem, Due: at(7)}, false, false},
		{"a colleague's item of yesterday is late", Matter{Kind: MatterItem, Due: at(-1)}, false, true},
		{"an inspection to come needs nobody yet", Matter{Kind: MatterInspection, Mine: true, Due: at(3)}, false, false},
		{"an inspection of yesterday without a result is late", Matter{Kind: MatterInspection, Due: at(-1)}, false, true},
		{"one of mine whose result is pending needs me and is not late", Matter{Kind: MatterInspection, Mine: true, Ours: true, Due: at(-9)}, true, false},
		{"a colleague's whose result is pending is theirs", Matter{Kind: MatterInspection, Ours: true, Due: at(-9)}, false, false},
		{"an answer of the factory waits for me", Matter{Kind: MatterAction, Mine: true, Ours: true, Due: at(-30)}, true, false},
		{"an action that the factory still works on does not", Matter{Kind: MatterAction, Mine: true, Due: at(5)}, false, false},
		{"an action whose day has passed is late, whoever follows it", Matter{Kind: MatterAction, Due: at(-1)}, false, true},
		{"my agreement to act on within 30 days needs me", Matter{Kind: MatterAgreement, Mine: true, Due: at(30)}, true, false},
		{"my agreement to act on in 31 days does not yet", Matter{Kind: MatterAgreement, Mine: true, Due: at(31)}, false, false},
		{"a colleague's agreement is theirs", Matter{Kind: MatterAgreement, Due: at(3)}, false, false},
		{"an agreement past its act-by day is late", Matter{Kind: MatterAgreement, Due: at(-1)}, false, true},
	} {
		c.of.Subject, c.of.Today = "visit/1", today
		needs, late := FirstPage([]Matter{c.of, c.of}) // said once
		if len(needs) != n01(c.needs) || len(late) != n01(c.late) {
			t.Errorf("%s: needs %v, late %v", c.name, needs, late)
		}
	}
}

func n01(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestTheOrderOfTheFirstPage(t *testing.T) {
	today := civil.On(2027, 3, 15)
	m := func(s Subject, kind MatterKind, mine bool, days int) Matter {
		return Matter{Kind: kind, Subject: s, Mine: mine, Due: today.AddDays(days), Today: today}
	}
	none := m("none", MatterItem, true, 0)
	none.Due = civil.Date{}
	needs, late := FirstPage([]Matter{
		none, m("in a week", MatterItem, true, 7), m("agreement tomorrow", MatterAgreement, true, 1), m("item tomorrow", MatterItem, true, 1),
		m("theirs, a month", MatterInspection, false, -30), m("mine, a day", MatterItem, true, -1), m("theirs, a week", MatterAction, false, -7), m("mine, a week", MatterItem, true, -7),
	})
	for _, c := range []struct {
		got  []Matter
		want []Subject
	}{
		{needs, []Subject{"item tomorrow", "agreement tomorrow", "in a week", "none"}},
		{late, []Subject{"mine, a week", "mine, a day", "theirs, a month", "theirs, a week"}},
	} {
		var got []Subject
		for _, m := range c.got {
			got = append(got, m.Subject)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("it is %v, want %v", got, c.want)
		}
	}
}

func TestWhichFactoryDeservesAVisitAndWhy(t *testing.T) {
	today := civil.On(2027, 3, 15)
	ago := func(months int) civil.Date { return today.AddMonths(-months) }
	visited := func(months int, class RiskClass) FactoryNeed {
		return FactoryNeed{First: ago(months), Last: ago(months), Class: class, Asked: true, Lots: 5}
	}
	found := func(n FactoryNeed, s Severity, day civil.Date) FactoryNeed {
		n.Grave = append(n.Grave, GraveFinding{Number: 1, Severity: s, Day: day})
		return n
	}
	with := func(n FactoryNeed, f func(*FactoryNeed)) FactoryNeed { f(&n); return n }
	for _, c := range []struct {
		name   string
		need   FactoryNeed
		want   VisitRule // empty: it deserves none now
		months int
	}{
		{"no visit for 14 months, medium risk", visited(14, RiskMedium), VisitInterval, 14},
		{"medium risk, visited 10 months ago: too early", visited(10, RiskMedium), "", 0},
		{"medium risk, six weeks before a year: now is the time to plan", with(visited(12, RiskMedium), func(n *FactoryNeed) { n.Last = today.AddMonths(-12).AddDays(42) }), VisitInterval, 10},
		{"and a day before that it is not", with(visited(12, RiskMedium), func(n *FactoryNeed) { n.Last = today.AddMonths(-12).AddDays(43) }), "", 0},
		{"low risk, no visit for 14 months: that is in order", visited(14, RiskLow), "", 0},
		{"low risk, no visit for two years", visited(24, RiskLow), VisitInterval, 24},
		{"high risk, no visit for half a year", visited(6, RiskHigh), VisitHigh, 6},
		{"nobody has looked at its risk: as most factories", visited(12, ""), VisitInterval, 12},
		{"nobody has looked, and its last lot failed: as a high risk", with(visited(6, ""), func(n *FactoryNeed) { n.Failed = true }), VisitInterval, 6},
		{"a critical finding of yesterday", found(visited(1, RiskHigh), Critical, today.AddDays(-1)), VisitCritical, 1},
		{"a critical finding that the last visit has seen", found(visited(1, RiskMedium), Critical, ago(2)), "", 0},
		{"a critical finding of the last visit itself", found(visited(1, RiskMedium), Critical, ago(1)), VisitCritical, 1},
		{"found on the first of its two days", found(with(visited(1, RiskMedium), func(n *FactoryNeed) { n.Last = n.First.AddDays(1) }), Critical, ago(1)), VisitCritical, 0},
		{"a major finding of last week: the factory needs its time", found(visited(1, RiskMedium), Major, today.AddDays(-7)), "", 0},
		{"a major finding of two months ago, not seen since", found(visited(3, RiskMedium), Major, ago(2)), VisitMajor, 3},
		{"a new factory before its first order", FactoryNeed{Class: RiskNew, Asked: true}, VisitNew, 0},
		{"a new factory of which nobody asks anything", FactoryNeed{Class: RiskNew}, "", 0},
		{"never visited, and we buy there", FactoryNeed{Class: RiskMedium, Asked: true, Lots: 8}, VisitNever, 0},
		{"new, visited, before the third order", visited(5, RiskNew), "", 0},
		{"new for a year, for nobody records lots and orders: as most factories", visited(14, RiskNew), VisitInterval, 14},
		{"new, visited, after the third order", with(visited(5, RiskNew), func(n *FactoryNeed) { n.Third = ago(1) }), VisitThird, 5},
		{"a visit is planned", with(visited(30, RiskHigh), func(n *FactoryNeed) { n.Planned = true }), "", 0},
		{"somebody has said Not now", with(visited(30, RiskHigh), func(n *FactoryNeed) { n.Paused = today.AddDays(1) }), "", 0},
		{"and that time is over", with(visited(30, RiskHigh), func(n *FactoryNeed) { n.Paused = today }), VisitHigh, 30},
	} {
		rs := DeserveVisit([]FactoryNeed{c.need}, today)
		if c.want == "" {
			if len(rs) > 0 {
				t.Errorf("%s: %+v", c.name, rs)
			}
			continue
		}
		if len(rs) != 1 || rs[0].Rule != c.want || rs[0].Months != c.months {
			t.Errorf("%s: %+v, want %s after %d months", c.name, rs, c.want, c.months)
		}
	}
}

func TestTheFactoryThatDeservesAVisitMostIsFirst(t *testing.T) {
	today := civil.On(2027, 3, 15)
	need := func(name string, months int, class RiskClass) FactoryNeed {
		return FactoryNeed{Factory: Factory{Name: name}, First: today.AddMonths(-months), Last: today.AddMonths(-months), Class: class, Asked: true, Lots: 3}
	}
	critical := need("critical", 2, RiskHigh)
	critical.Grave = []GraveFinding{{2, Major, today.AddMonths(-2)}, {3, Critical, today.AddDays(-3)}}
	rs := DeserveVisit([]FactoryNeed{
		need("medium, 13", 13, RiskMedium), need("medium, 20", 20, RiskMedium), need("high", 8, RiskHigh),
		{Factory: Factory{Name: "new"}, Class: RiskNew, Asked: true}, critical,
	}, today)
	var got []string
	for _, r := range rs {
		got = append(got, r.Factory.Name)
	}
	if want := []string{"critical", "high", "new", "medium, 20", "medium, 13"}; !slices.Equal(got, want) {
		t.Errorf("it is %v, want %v", got, want)
	}
	if g := rs[0].Grave; g.Number != 3 {
		t.Errorf("it names finding %d, not the worst", g.Number)
	}
}

// What the score counts of a whole factory and what the first page says are the same rules.
func TestALookAtTheWholeFactory(t *testing.T) {
	today := civil.On(2027, 9, 15)
	facts := ScoreFacts{Visits: []VisitFact{{Number: 1, First: civil.On(2026, 8, 1), Last: civil.On(2026, 8, 2)}}}
	for n := range 3 {
		facts.Lots = append(facts.Lots, LotFact{Inspection: n + 1, Day: civil.On(2027, time.Month(7), 1+n), Passed: n < 2})
	}
	need := FactoryNeed{First: civil.On(2026, 8, 1), Last: civil.On(2026, 8, 2), Lots: 3, Asked: true}
	need.Look(facts.Cadence(facts.Risk(today, nil), today, func(civil.Date) bool { return true }))
	if rs := DeserveVisit([]FactoryNeed{need}, today); len(rs) != 1 || rs[0].Rule != VisitHigh || rs[0].Class != RiskHigh || rs[0].Months != 13 {
		t.Errorf("with its last lot not accepted it is %+v", rs)
	}
	facts.Marks = []FactoryMark{{Kind: MarkNotNow, Day: today.AddDays(40), At: today.AddDays(-1).Start(time.UTC)}}
	need.Look(facts.Cadence(facts.Risk(today, nil), today, func(civil.Date) bool { return true }))
	if rs := DeserveVisit([]FactoryNeed{need}, today); len(rs) != 0 {
		t.Errorf("after Not now it is %+v", rs)
	}
}

func TestWhenTheOverviewOfAMonthComes(t *testing.T) {
	holidays := map[civil.Date]bool{}
	days := func(from civil.Date, n int) {
		for i := range n {
			holidays[from.AddDays(i)] = true
		}
	}
	days(civil.On(2027, 10, 1), 7) // National Day
	days(civil.On(2027, 1, 1), 1)
	days(civil.On(2028, 1, 25), 8) // as if it were the Spring Festival
	timing := DefaultTiming()
	timing.Holidays, timing.Weekends = true, true
	timing.Holiday = func(d civil.Date) bool { return holidays[d] }
	for _, c := range []struct {
		name, zone, now string // of switching it on
		want            string // when the first comes, there
		about           string
	}{
		{"the first is a Monday", "Europe/Berlin", "2027-02-15T12:00", "2027-03-01T09:00", "2027-02"},
		{"the first is a Saturday", "Europe/Berlin", "2027-04-15T12:00", "2027-05-03T09:00", "2027-04"},
		{"the first is New Year, a Friday", "Europe/Berlin", "2026-12-15T12:00", "2027-01-04T09:00", "2026-12"},
		{"the first begins the National Day week", "Asia/Shanghai", "2027-09-15T12:00", "2027-10-08T09:00", "2027-09"},
		{"and in Los Angeles, where one buys from there", "America/Los_Angeles", "2027-09-15T12:00", "2027-10-08T09:00", "2027-09"},
		{"the first is in the Spring Festival", "Asia/Shanghai", "2028-01-15T12:00", "2028-02-02T09:00", "2028-01"},
		{"after the clocks went forward", "Europe/Berlin", "2027-03-20T12:00", "2027-04-01T09:00", "2027-03"},
		{"after they went back", "America/Los_Angeles", "2027-11-02T12:00", "2027-12-01T09:00", "2027-11"},
		{"switched on on the first, before nine", "Europe/Berlin", "2027-03-01T08:59", "2027-03-01T09:00", "2027-02"},
		{"switched on on the first, at nine", "Europe/Berlin", "2027-03-01T09:00", "2027-04-01T09:00", "2027-03"},
		{"switched on on Sunday the second: it still comes on Monday", "Europe/Berlin", "2027-05-02T20:00", "2027-05-03T09:00", "2027-04"},
	} {
		z, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.ParseInLocation("2006-01-02T15:04", c.now, z)
		if err != nil {
			t.Fatal(err)
		}
		sc := MonthlySchedule("T1", "U1", c.zone, &timing, now)
		o := MonthlyOf(sc, sc.Next, &timing)
		if got := o.Due.In(z).Format("2006-01-02T15:04"); got != c.want || o.Payload != c.about {
			t.Errorf("%s: it comes at %s about %s, want %s about %s", c.name, got, o.Payload, c.want, c.about)
		}
		if month, ok := o.MonthOf(); !ok || month.String() != c.about+"-01" {
			t.Errorf("%s: it is about %s", c.name, month)
		}
	}
}

func TestWhenARiskHasChanged(t *testing.T) {
	today := civil.On(2027, 4, 1)
	before := today.AddMonths(-1)
	lot := func(n int, day civil.Date, passed bool) LotFact {
		return LotFact{Inspection: n, Day: day, Passed: passed}
	}
	three := []LotFact{lot(1, civil.On(2027, 1, 5), true), lot(2, civil.On(2027, 1, 20), true), lot(3, civil.On(2027, 2, 5), true)}
	for _, c := range []struct {
		name    string
		facts   ScoreFacts
		was, is RiskClass
	}{
		{"nothing happened", ScoreFacts{Lots: three}, RiskMedium, RiskMedium},
		{"the last lot failed in March", ScoreFacts{Lots: append(slices.Clone(three), lot(4, civil.On(2027, 3, 10), false))}, RiskMedium, RiskHigh},
		{"it failed in February: that was told a month ago", ScoreFacts{Lots: append(slices.Clone(three), lot(4, civil.On(2027, 2, 10), false))}, RiskHigh, RiskHigh},
		{"a critical finding of March is open", ScoreFacts{Lots: three, Actions: []ActionFact{{Finding: 1, Severity: Critical, Logged: civil.On(2027, 3, 5), State: ActionOpen}}}, RiskMedium, RiskHigh},
		{"one of January was verified in March", ScoreFacts{Lots: three, Actions: []ActionFact{{Finding: 1, Severity: Critical, Logged: civil.On(2027, 1, 5), State: ActionVerified, Verified: civil.On(2027, 3, 5)}}}, RiskHigh, RiskMedium},
		{"somebody set it higher in March", ScoreFacts{Lots: three, Marks: []FactoryMark{{Kind: MarkRisk, Name: "high", At: civil.On(2027, 3, 5).Start(time.UTC)}}}, RiskMedium, RiskHigh},
		{"somebody set it higher in February", ScoreFacts{Lots: three, Marks: []FactoryMark{{Kind: MarkRisk, Name: "high", At: civil.On(2027, 2, 5).Start(time.UTC)}}}, RiskHigh, RiskHigh},
	} {
		was, is, changed := c.facts.RiskChange(before, today)
		if was.Class != c.was || is.Class != c.is || changed != (c.was != c.is) {
			t.Errorf("%s: from %s to %s, %v; want from %s to %s", c.name, was.Class, is.Class, changed, c.was, c.is)
		}
	}
}
