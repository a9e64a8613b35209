package visit

import (
	"math"
	"slices"

	"visitprep/internal/civil"
)

// fewInQuarter is below how many lots, orders or actions a measure takes four quarters instead
// of one.
const fewInQuarter = 5

// Score is what a quarter comes to, counted as of a day: of what was known then, all that had
// happened by the end of the quarter. A quarter that is over is counted as of the day after it, so
// that it comes to the same whenever it is counted.
func (f *ScoreFacts) Score(q Quarter, today civil.Date) Scorecard {
	if today.After(q.Last()) {
		today = q.Last().AddDays(1)
	}
	s := Scorecard{Quarter: q, Groups: []GroupScore{
		{ScoreQuality, append(f.measure(q, MeasureFirstPass, today), f.measure(q, MeasureMajors, today)...)},
		{ScoreDelivery, f.measure(q, MeasureOnTime, today)},
		{ScoreService, f.measure(q, MeasureActions, today)},
		{ScoreCost, f.marks(MarkCost, q)},
		{ScoreCompliance, f.compliance(q, today)},
	}}
	end := today
	if end.After(q.Last()) {
		end = q.Last()
	}
	for _, a := range f.Actions {
		if a.Severity == Critical && a.openOn(end) {
			s.Critical = append(s.Critical, a.Finding)
		}
	}
	slices.Sort(s.Critical)
	s.sum()
	return s
}

// measure is a measure that counts: that of the quarter, or where it has too little of the four
// quarters up to it. It is empty where there is nothing to count.
func (f *ScoreFacts) measure(q Quarter, k MeasureKind, today civil.Date) []Measure {
	m := Measure{Kind: k}
	var cases int
	if m.N, m.Of, cases = f.count(q, q, k, today); cases < fewInQuarter {
		in := m.Of
		m.N, m.Of, _ = f.count(q.Add(-3), q, k, today)
		m.Rolling, m.InQuarter = m.Of != in, in
		if !m.Rolling {
			m.InQuarter = 0
		}
	}
	if m.Of == 0 {
		return nil
	}
	m.Points = RatePoints(m.N, m.Of)
	if k == MeasureMajors {
		m.Points = MajorPoints(m.N, m.Of)
	}
	return []Measure{m}
}

// count counts a measure over the quarters from first to last; cases are the lots, orders or
// actions that there were.
func (f *ScoreFacts) count(first, last Quarter, k MeasureKind, today civil.Date) (n, of, cases int) {
	in := func(d civil.Date) bool { return !d.IsZero() && !d.Before(first.First()) && !d.After(last.Last()) }
	add := func(yes bool) {
		of++
		if yes {
			n++
		}
	}
	switch k {
	case MeasureFirstPass, MeasureMajors:
		for _, l := range f.Lots {
			if !in(l.Day) || l.Day.After(today) {
				continue
			}
			if cases++; k == MeasureFirstPass {
				add(l.Passed)
			} else {
				n, of = n+l.Majors, of+l.Checked
			}
		}
		return n, of, cases
	case MeasureOnTime:
		for _, d := range eachOnce(f.Deliveries, in) {
			if d.counts(today) {
				add(d.Kept())
			}
		}
	case MeasureActions:
		for _, a := range f.Actions {
			if in(a.Due) && a.counts(today) {
				add(a.State == ActionVerified && !a.Done.After(a.Due))
			}
		}
	}
	return n, of, of
}

// counts reports whether an action counts for service on a day: it is verified, or the factory
// is late with it. While we are to agree or to verify what came in time, nobody is late; and what
// was withdrawn or accepted is no promise.
func (a *ActionFact) counts(today civil.Date) bool {
	switch a.State {
	case ActionVerified:
		return true
	case ActionOpen, ActionAgreed:
		return a.Due.Before(today)
	case ActionDone:
		return a.Done.After(a.Due)
	}
	return false
}

// marks are what somebody entered for a quarter, one of each channel that did.
func (f *ScoreFacts) marks(k MarkKind, q Quarter) (ms []Measure) {
	for _, m := range f.said(k) {
		if m.Quarter == q && m.Points > 0 {
			ms = append(ms, Measure{Kind: MeasureMark, Points: m.Points})
		}
	}
	return ms
}

// compliance is the mark of the quarter, or else the certificates that hold of those needed.
func (f *ScoreFacts) compliance(q Quarter, today civil.Date) []Measure {
	if ms := f.marks(MarkCompliance, q); len(ms) > 0 {
		return ms
	}
	needed, hold := f.needed(q), 0
	if needed == 0 {
		return nil
	}
	if today.After(q.Last()) {
		today = q.Last()
	}
	for _, a := range f.Certificates {
		if a.HeldOn(today) {
			hold++
		}
	}
	hold = min(hold, needed)
	return []Measure{{Kind: MeasureCertificates, N: hold, Of: needed, Points: RatePoints(hold, needed)}}
}

// sum makes the score of the groups: a missing one drops out and the weights of the others are
// scaled; where too little is known there is none.
func (s *Scorecard) sum() {
	sum := Fraction{0, 1}
	for n := range s.Groups {
		g := &s.Groups[n]
		if g.Missing() {
			continue
		}
		v := g.Value()
		s.Share += g.Group.Weight()
		sum = Fraction{sum.Num*v.Den + int64(g.Group.Weight())*v.Num*sum.Den, sum.Den * v.Den}.reduced()
		switch c := compareFractions(v, s.lowest()); {
		case len(s.Weakest) == 0 || c < 0:
			s.Weakest = []ScoreGroup{g.Group}
		case c == 0:
			s.Weakest = append(s.Weakest, g.Group)
		}
	}
	if s.Share < MinScoreShare {
		return
	}
	s.Value = Fraction{sum.Num, sum.Den * int64(s.Share)}.reduced()
	s.Grade = gradeOf(s.Value)
	if len(s.Critical) > 0 && (s.Grade == GradeA || s.Grade == GradeB) {
		s.Mean, s.Grade = s.Grade, GradeC
	}
}

// lowest is the value of the weakest groups so far.
func (s *Scorecard) lowest() Fraction {
	if len(s.Weakest) == 0 {
		return Fraction{}
	}
	return s.Group(s.Weakest[0]).Value()
}

func compareFractions(a, b Fraction) int {
	switch d := a.Num*b.Den - b.Num*a.Den; {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

func (f Fraction) reduced() Fraction {
	a, b := f.Num, f.Den
	for b != 0 {
		a, b = b, a%b
	}
	return Fraction{f.Num / a, f.Den / a}
}

// gradeOf is the grade of a score.
func gradeOf(v Fraction) Grade {
	switch {
	case v.Compare(4) > 0:
		return GradeA
	case v.Compare(3) >= 0:
		return GradeB
	case v.Compare(2) >= 0:
		return GradeC
	}
	return GradeD
}

// RatePoints are the points of a rate: 95 in 100 and more are five, then 90, 80 and 70.
func RatePoints(n, of int) int {
	for p, percent := range []int{95, 90, 80, 70} {
		if n*100 >= percent*of {
			return 5 - p
		}
	}
	return 1
}

// MajorPoints are the points of major faults in so many pieces: at most 0.5 in 100 are five, then
// 1, 2.5 and 4.
func MajorPoints(n, of int) int {
	for p, tenths := range []int{5, 10, 25, 40} {
		if n*1000 <= tenths*of {
			return 5 - p
		}
	}
	return 1
}

// UpTo is, where none of n pieces was bad, how many in a thousand could be: so many or fewer
// with 95 %. No count shows that there are none.
func UpTo(n int) int {
	if n < 1 {
		return 1000
	}
	return int(math.Round(1000 * (1 - math.Pow(0.05, 1/float64(n)))))
}

// FreezeAfter is how many days after its end a quarter is frozen: time to enter what is late.
const FreezeAfter = 14

// FreezesOn is the day on which a quarter is frozen, whose first lot or order was entered on a
// day: of what was entered long after, such as from a file, the rest is waited for as long.
func (q Quarter) FreezesOn(entered civil.Date) civil.Date {
	from := q.Last()
	if entered.After(from) && entered.Sub(from) > FreezeAfter {
		from = entered
	}
	return from.AddDays(FreezeAfter)
}
