package visit

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A Quarter is three months of a year.
type Quarter struct{ Year, N int } // N is 1 to 4

// QuarterOf is the quarter in which a day is.
func QuarterOf(d civil.Date) Quarter { return Quarter{d.Year, (int(d.Month)-1)/3 + 1} }

// ParseQuarter reads what String writes.
func ParseQuarter(s string) (q Quarter, ok bool) {
	if len(s) != len("2027-Q1") || s[4:6] != "-Q" || s[6] < '1' || s[6] > '4' {
		return Quarter{}, false
	}
	year, err := strconv.Atoi(s[:4])
	if err != nil || year < MinYear || year > MaxYear {
		return Quarter{}, false
	}
	return Quarter{year, int(s[6] - '0')}, true
}

// String is "2027-Q1"; it sorts as quarters do.
func (q Quarter) String() string { return fmt.Sprintf("%04d-Q%d", q.Year, q.N) }

// IsZero reports whether q is none.
func (q Quarter) IsZero() bool { return q == Quarter{} }

// First is its first day.
func (q Quarter) First() civil.Date { return civil.On(q.Year, time.Month(3*q.N-2), 1) }

// Last is its last day.
func (q Quarter) Last() civil.Date { return q.Add(1).First().AddDays(-1) }

// Add is the quarter n later, or earlier.
func (q Quarter) Add(n int) Quarter {
	m := q.Year*4 + q.N - 1 + n
	return Quarter{m / 4, m%4 + 1}
}

// Has reports whether a day is in it.
func (q Quarter) Has(d civil.Date) bool { return QuarterOf(d) == q }

// MarshalText writes it as String does.
func (q Quarter) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (q *Quarter) UnmarshalText(b []byte) error {
	parsed, ok := ParseQuarter(string(b))
	if !ok {
		return fmt.Errorf("%q is no quarter", b)
	}
	*q = parsed
	return nil
}

// A ScoreGroup is one of the five things that are scored.
type ScoreGroup string

// The groups.
const (
	ScoreQuality    ScoreGroup = "quality"
	ScoreDelivery   ScoreGroup = "delivery"
	ScoreService    ScoreGroup = "service"
	ScoreCost       ScoreGroup = "cost"
	ScoreCompliance ScoreGroup = "compliance"
)

// ScoreGroups are all of them, in their order.
func ScoreGroups() []ScoreGroup {
	return []ScoreGroup{ScoreQuality, ScoreDelivery, ScoreService, ScoreCost, ScoreCompliance}
}

// Weight is its weight in percent.
func (g ScoreGroup) Weight() int {
	switch g {
	case ScoreQuality:
		return 40
	case ScoreDelivery:
		return 25
	case ScoreService:
		return 15
	}
	return 10
}

// Words are its name.
func (g ScoreGroup) Words(p *lang.Printer) string {
	switch g {
	case ScoreQuality:
		return p.T("Quality")
	case ScoreDelivery:
		return p.T("Delivery")
	case ScoreService:
		return p.T("Service")
	case ScoreCost:
		return p.T("Cost")
	case ScoreCompliance:
		return p.T("Compliance")
	}
	return string(g)
}

// A MeasureKind is what a measure counts.
type MeasureKind string

// The kinds of measure.
const (
	MeasureFirstPass    MeasureKind = "first_pass"   // N of Of lots passed their first inspection
	MeasureMajors       MeasureKind = "majors"       // N major faults in Of pieces checked
	MeasureOnTime       MeasureKind = "on_time"      // N of Of orders shipped whole by the first confirmed day
	MeasureActions      MeasureKind = "actions"      // N of Of actions verified, done by their day
	MeasureMark         MeasureKind = "mark"         // Points is what a person entered; no counts
	MeasureCertificates MeasureKind = "certificates" // N of Of certificates that are needed hold
)

// Words are its name.
func (k MeasureKind) Words(p *lang.Printer) string {
	switch k {
	case MeasureFirstPass:
		return p.T("Lots passed first time")
	case MeasureMajors:
		return p.T("Major faults")
	case MeasureOnTime:
		return p.T("Orders in full and on time")
	case MeasureActions:
		return p.T("Actions verified by their day")
	case MeasureMark:
		return p.T("Mark")
	case MeasureCertificates:
		return p.T("Valid certificates")
	}
	return string(k)
}

// A Measure is one figure of a group with what it was counted from.
type Measure struct {
	Kind MeasureKind `json:"kind"`
	N    int         `json:"n"`
	Of   int         `json:"of"` // 0 for a mark
	// Points are 1 to 5, by the bands.
	Points int `json:"points"`
	// Rolling: there was too little in the quarter, so it counts the four quarters up to it.
	Rolling bool `json:"rolling,omitempty"`
	// InQuarter is how many of Of there were in the quarter itself, where it is rolling.
	InQuarter int `json:"in_quarter,omitempty"`
}

// A Fraction is an exact value. Den is 0 where there is none.
type Fraction struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"`
}

// IsZero reports whether there is no value.
func (f Fraction) IsZero() bool { return f.Den == 0 }

// Compare compares with a whole number.
func (f Fraction) Compare(n int64) int {
	switch d := f.Num - n*f.Den; {
	case d < 0:
		return -1
	case d > 0:
		return 1
	}
	return 0
}

// Tenths is the value times ten, halves away from zero.
func (f Fraction) Tenths() int64 { return (f.Num*20 + f.Den) / (2 * f.Den) }

// String is the value to one decimal, halves away from zero: "3.6"; empty where there is none.
func (f Fraction) String() string {
	if f.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d.%d", f.Tenths()/10, f.Tenths()%10)
}

// A GroupScore is a group with its measures. One without measures is missing: nothing is known.
type GroupScore struct {
	Group    ScoreGroup `json:"group"`
	Measures []Measure  `json:"measures,omitempty"`
}

// Missing reports whether nothing is known of the group, so that it drops out.
func (g *GroupScore) Missing() bool { return len(g.Measures) == 0 }

// Value is the mean of its measures.
func (g *GroupScore) Value() (f Fraction) {
	for _, m := range g.Measures {
		f.Num += int64(m.Points)
		f.Den++
	}
	return f
}

// A Grade is what a score comes to; empty where there is no score.
type Grade string

// The grades.
const (
	GradeA Grade = "A" // above 4.0
	GradeB Grade = "B" // 3.0 to 4.0
	GradeC Grade = "C" // 2.0 to below 3.0: a plan within 90 days
	GradeD Grade = "D" // below 2.0
)

// A Scorecard is what a quarter of a factory came to. It says so with its counts: what it was
// counted from stands beside every figure.
type Scorecard struct {
	Quarter Quarter      `json:"quarter"`
	Groups  []GroupScore `json:"groups"` // all five, in their order
	// Share is how many percent of the weights are known. Below MinScoreShare there is no score.
	Share int `json:"share"`
	// Value is the score, exact; none where too little is known.
	Value Fraction `json:"value"`
	Grade Grade    `json:"grade,omitempty"` // after the veto
	// Mean is the grade that the value alone would have, where the veto changed it.
	Mean    Grade        `json:"mean,omitempty"`
	Weakest []ScoreGroup `json:"weakest,omitempty"` // all with the lowest points
	// Critical are the numbers of the critical findings that were open: the veto.
	Critical []int `json:"critical,omitempty"`
	// Provisional: the quarter is not over, or not frozen yet.
	Provisional bool `json:"provisional,omitempty"`
	// Version counts from 1 what was frozen and corrected; 0 is not frozen.
	Version  int       `json:"version,omitempty"`
	FrozenAt time.Time `json:"frozen_at,omitzero"`
	By       string    `json:"by,omitempty"`  // who corrected it
	Why      string    `json:"why,omitempty"` // and why
}

// MinScoreShare is how many percent of the weights must be known for there to be a score.
const MinScoreShare = 60

// Scored reports whether there is a score.
func (s *Scorecard) Scored() bool { return !s.Value.IsZero() }

// Group is one of its groups.
func (s *Scorecard) Group(g ScoreGroup) *GroupScore {
	n := slices.IndexFunc(s.Groups, func(o GroupScore) bool { return o.Group == g })
	if n < 0 {
		return &GroupScore{Group: g}
	}
	return &s.Groups[n]
}

// A ScoreYear is what the yearly page of a factory and its plot are made from: the last
// quarters, oldest first; one without a score is a gap.
type ScoreYear struct {
	Factory  Factory
	Today    civil.Date
	Quarters []Scorecard // the last 8, oldest first, each with its Quarter even where there is no score
	Now      Scorecard   // the quarter that runs, provisional
	Risk     Risk
	Cadence  Cadence
}
