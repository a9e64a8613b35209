package visit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/sampling"
)

// series3000 is a product whose lots of 3,000 give 125 pieces, of which 7 major and 10 minor
// ones may be bad.
var series3000 = Series{Number: 4, Level: "II", AQLMajor: "2.5", AQLMinor: "4.0"}

// lotOf is an inspection with a lot of series3000 that was judged after the lots before: A
// accepted, R not accepted, for major defects.
func lotOf(t *testing.T, number int, due civil.Date, before []Inspection, letter rune) Inspection {
	t.Helper()
	i := Inspection{Due: due}
	i.Number = number
	lot := Lot{Series: series3000.Number, Size: 3000, Level: series3000.Level}
	major, minor := series3000.Standing(Major, before, &i), series3000.Standing(Minor, before, &i)
	rules := []ClassRule{{Major, "2.5", major.Next, string(major.Why)}, {Minor, "4.0", minor.Next, string(minor.Why)}}
	if err := lot.Sample(rules); err != nil {
		t.Fatal(err)
	}
	if err := i.Draw(lot, "U1", time.Time{}.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	bad := map[Severity]int{}
	if letter == 'R' {
		bad[Major] = 9
	}
	if did, err := i.Count(bad, 0, "U1", time.Time{}.Add(time.Hour)); err != nil || !did {
		t.Fatal(did, err)
	}
	result := Passed
	if letter == 'R' {
		result = Failed
	}
	if _, err := i.Report(result, "", "U1", time.Time{}.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return i
}

// lotsOf are inspections a week apart.
func lotsOf(t *testing.T, letters string) (lots []Inspection) {
	t.Helper()
	for n, letter := range letters {
		lots = append(lots, lotOf(t, n+1, civil.On(2027, 3, 1).AddDays(7*n), lots, letter))
	}
	return lots
}

func TestASeriesIsCountedFromItsLots(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, lots string
		want       Strictness
		why        sampling.Reason
		since      int
	}{
		{"nothing yet", "", Normal, "", 0},
		{"two of five are not accepted", "ARAAR", Tightened, sampling.TwoOfFive, 5},
		{"two of six are", "RAAAAR", Normal, "", 0},
		{"five accepted lead back", "RRAAAAA", Normal, sampling.FiveAccepted, 7},
		{"five in all stop", "RRRARRARR", Stopped, sampling.FiveRefused, 9},
	} {
		t.Run(c.what, func(t *testing.T) {
			lots := lotsOf(t, c.lots)
			shuffled := slices.Clone(lots)
			rand.New(rand.NewPCG(1, uint64(len(lots)))).Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
			st := series3000.Standing(Major, shuffled, nil)
			if st.Next != c.want || st.Why != c.why || st.Since != c.since || st.Lots != len(lots) || len(st.Differ) > 0 {
				t.Errorf("%+v; want %s, %q since %d", st, c.want, c.why, c.since)
			}
			if minor := series3000.Standing(Minor, lots, nil); minor.Next != Normal {
				t.Errorf("minor defects have a record of their own: %+v", minor)
			}
		})
	}
}

// TestWhatDoesNotCount: re-inspections, what is undecided or could not be done, lots of other
// products, counts without a result.
func TestWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "AR")
	for what, change := range map[string]func(*Inspection){
		"a re-inspection":     func(i *Inspection) { i.Lot.Reinspects = 2 },
		"undecided":           func(i *Inspection) { i.Result = Undecided },
		"could not be done":   func(i *Inspection) { i.Result = CouldNot },
		"taken back":          func(i *Inspection) { i.Reopen() },
		"of another product":  func(i *Inspection) { i.Lot.Series++ },
		"on its own":          func(i *Inspection) { i.Lot.Series = 0 },
		"nobody gave a count": func(i *Inspection) { i.Lot.Counted = Mark{} },
	} {
		t.Run(what, func(t *testing.T) {
			more := lotOf(t, 3, civil.On(2027, 4, 1), lots, 'R')
			if st := series3000.Standing(Major, append(slices.Clone(lots), more), nil); st.Next != Tightened {
				t.Fatalf("it counts: %+v", st)
			}
			change(&more)
			if st := series3000.Standing(Major, append(slices.Clone(lots), more), nil); st.Next != Normal || st.Lots != 2 {
				t.Errorf("it does not count: %+v", st)
			}
		})
	}
}

// TestLotsJudgedNormallyDoNotLeadBackFromTightened, whoever chose so.
func TestLotsJudgedNormallyDoNotLeadBackFromTightened(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "RRAAAAA")
	for n := range lots[2:] {
		c := &lots[2+n].Lot.Classes[1]
		c.Strictness, c.Why = Normal, Chosen
	}
	if st := series3000.Standing(Major, lots, nil); st.Next != Tightened || st.InARow != 0 {
		t.Errorf("%+v", st)
	}
}

// TestALotThatIsEnteredLate: what was judged stays, what comes next is counted anew, and what
// would differ is told.
func TestALotThatIsEnteredLate(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "ARAA")
	judged := fmt.Sprint(lots[2].Lot, lots[3].Lot)
	late := lotOf(t, 9, lots[1].Due.AddDays(1), lots, 'R')
	all := append(slices.Clone(lots), late)
	st := series3000.Standing(Major, all, nil)
	if st.Next != Tightened || st.Since != 9 {
		t.Errorf("what comes next is %s since %d, want tightened since 9", st.Next, st.Since)
	}
	want := []Differing{{3, lots[2].Due, Normal, Tightened}, {4, lots[3].Due, Normal, Tightened}}
	if !slices.Equal(st.Differ, want) {
		t.Errorf("%+v differ, want %+v", st.Differ, want)
	}
	if fmt.Sprint(all[2].Lot, all[3].Lot) != judged {
		t.Error("what was judged has changed")
	}
	if before := series3000.Standing(Major, all, &late); before.Next != Normal || before.Lots != 2 {
		t.Errorf("it was itself judged after the two lots before it: %+v", before)
	}
}

// TestTwoLotsOfOneDay are counted by the number of the lot, then by that of the inspection.
func TestTwoLotsOfOneDay(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "R")
	second := lotOf(t, 2, lots[0].Due, nil, 'A')
	third := lotOf(t, 3, lots[0].Due, nil, 'R')
	lots[0].Lot.No, second.Lot.No, third.Lot.No = 3, 2, 1
	var order []int
	all := []Inspection{lots[0], second, third}
	slices.SortFunc(all, CompareLots)
	for _, i := range all {
		order = append(order, i.Number)
	}
	if !slices.Equal(order, []int{3, 2, 1}) {
		t.Errorf("counted in the order %v", order)
	}
	if st := series3000.Standing(Major, all, &lots[0]); st.Lots != 2 {
		t.Errorf("two lots come before the third of the day: %+v", st)
	}
}

func TestTheLotsOfAYear(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "AARA")
	last := lots[3].Due
	for day, want := range map[civil.Date]int{last: 4, last.AddDays(-1): 3, last.AddDays(364): 1, last.AddDays(365): 0, lots[0].Due.AddDays(365): 3} {
		if got := series3000.InTheYearTo(day, lots); got != want {
			t.Errorf("%d lots in the year to %s, want %d", got, day, want)
		}
	}
}

func TestWhatAPersonSays(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "RRRRRRR")
	s := series3000
	if st := s.Standing(Major, lots, nil); st.Next != Stopped {
		t.Fatalf("%+v", st)
	}
	last := lots[len(lots)-1].Due
	s.Say(SeriesEvent{Kind: Resumed, Day: last.AddDays(1), Why: "A new press"})
	st := s.Standing(Major, lots, nil)
	if st.Next != Tightened || st.Why != sampling.Resumed || st.Refused != 0 {
		t.Errorf("resumed: %+v", st)
	}
	next := Inspection{Due: last}
	next.Number = 20
	if st := s.Standing(Major, lots, &next); st.Next != Stopped {
		t.Errorf("a lot of the day before is still stopped: %+v", st)
	}
	var lot Lot
	lot.Size, lot.Level = 3000, "II"
	if err := lot.Sample([]ClassRule{{Major, "2.5", Stopped, ""}}); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("what is stopped has no sample: %v", err)
	}

	// Reduced only after somebody has allowed it, and never by the lots alone.
	lots = lotsOf(t, strings.Repeat("A", 12))
	if st := series3000.Standing(Major, lots, nil); st.Next != Normal || st.Score != 36 {
		t.Errorf("nobody has allowed reduced inspection: %+v", st)
	}
	s = series3000
	s.Say(SeriesEvent{Kind: ReducedAllowed, Day: lots[0].Due})
	if st := s.Standing(Major, lots, nil); st.Next != Reduced || st.Why != sampling.Score {
		t.Errorf("somebody has: %+v", st)
	}
	s.Say(SeriesEvent{Kind: Irregular, Day: lots[11].Due.AddDays(1), Class: Minor})
	if st := s.Standing(Major, lots, nil); st.Next != Reduced {
		t.Errorf("what was said of minor defects: %+v", st)
	}
	s.Say(SeriesEvent{Kind: Irregular, Day: lots[11].Due.AddDays(1)})
	if st := s.Standing(Major, lots, nil); st.Next != Normal || st.Why != sampling.Irregular {
		t.Errorf("irregular production: %+v", st)
	}
}

// TestAStopAndItsEndOnOneDay: what is said of a day holds as well for a lot after the one that
// stopped on it, and no longer than that day.
func TestAStopAndItsEndOnOneDay(t *testing.T) {
	t.Parallel()
	lots := lotsOf(t, "RRRRRRR")
	s, day := series3000, lots[6].Due
	lots[6].Lot.No = 1
	s.Say(SeriesEvent{Kind: Resumed, Day: day, Why: "A new press"})
	next := Inspection{Due: day, Lot: Lot{No: 2}}
	next.Number = 8
	for what, before := range map[string]*Inspection{"the second lot of the day": &next, "whatever comes next": nil} {
		if st := s.Standing(Major, lots, before); st.Next != Tightened || st.Why != sampling.Resumed || st.Refused != 0 {
			t.Errorf("%s: %+v", what, st)
		}
	}
	if st := s.Standing(Major, lots, &lots[6]); st.Next != Tightened || st.Why != sampling.TwoOfFive || st.Refused != 4 {
		t.Errorf("the lot that stopped it was judged before: %+v", st)
	}
	s = series3000
	s.Say(SeriesEvent{Kind: Resumed, Day: day.AddDays(-1), Why: "A new press"})
	next.Due = day.AddDays(1)
	if st := s.Standing(Major, lots, &next); st.Next != Stopped {
		t.Errorf("what was said before the stop does not end it: %+v", st)
	}
}

// TestTheSampleOfALot: critical defects are looked for in the largest sample; a lot no larger
// than its sample is looked at whole; the one letter is used where it can be.
func TestTheSampleOfALot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size int
		one  bool
		want string
	}{
		{3000, false, "critical K 125 0, major K 125 7, minor K 125 10"},
		{90, false, "critical F 20 0, major F 20 1, minor E 13 1"},
		{90, true, "critical F 20 0, major F 20 1, minor F 20 2"},
		{50000, true, "critical N 500 0, major N 500 21, minor M 315 21"},
		{4, false, "critical C 4 0 all, major C 4 0 all, minor B 3 0"},
	} {
		l := Lot{Size: c.size, Level: "II", OneLetter: c.one}
		if err := l.Sample([]ClassRule{{Major, "2.5", Normal, ""}, {Minor, "4.0", Normal, ""}}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range l.Classes {
			words := fmt.Sprintf("%s %s %d %d", k.Class, k.Letter, k.N, k.Ac)
			if k.All {
				words += " all"
			}
			got = append(got, words)
			if k.Re != k.Ac+1 {
				t.Errorf("%+v", k)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%d: %s; want %s", c.size, strings.Join(got, ", "), c.want)
		}
		plans := l.Plans()
		if len(plans) != 2 || plans[0].Used != l.Classes[1].Letter || plans[1].Accept != l.Classes[2].Ac {
			t.Errorf("%d: looked up again it is %+v", c.size, plans)
		}
	}
	for _, size := range []int{-1, 0, 1, 10_000_001} {
		l := Lot{Size: size, Level: "II"}
		if err := l.Sample([]ClassRule{{Major, "2.5", Normal, ""}}); err == nil {
			t.Errorf("a lot of %d has a sample", size)
		}
	}
	for _, wrong := range [][2]string{{"II", "2"}, {"IV", "2.5"}, {"", "2.5"}, {"II", ""}} {
		l := Lot{Size: 3000, Level: wrong[0]}
		if err := l.Sample([]ClassRule{{Major, wrong[1], Normal, ""}}); err == nil {
			t.Errorf("level %q and AQL %q have a sample", wrong[0], wrong[1])
		}
	}
}

func TestARecountTakesThePlaceOfWhatAResultTakenBackLeft(t *testing.T) {
	t.Parallel()
	i := lotsOf(t, "R")[0]
	now := time.Date(2027, 3, 2, 0, 0, 0, 0, time.UTC)
	if did, err := i.Recount(map[Severity]int{Major: 1}, 0, "U2", now); did || err != nil || i.Lot.Classes[1].Bad != 9 {
		t.Errorf("while its result stands the counts do: %v, %v, %+v", did, err, i.Lot.Classes)
	}
	i.Reopen()
	if _, err := i.Recount(map[Severity]int{Major: 126}, 0, "U2", now); err == nil || i.Lot.Classes[1].Bad != 9 || !i.Lot.Counted.IsSet() {
		t.Errorf("a count that cannot be changes nothing: %v, %+v", err, i.Lot)
	}
	if did, err := i.Recount(map[Severity]int{Major: 1}, 0, "U2", now); !did || err != nil || i.Lot.Classes[1].Bad != 1 || i.Lot.Counted.By != "U2" {
		t.Errorf("%v, %v, %+v", did, err, i.Lot)
	}
}
