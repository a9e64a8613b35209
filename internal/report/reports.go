package report

import (
	"cmp"
	"slices"
	"time"
)

// A Cover is what every report begins with.
type Cover struct {
	Title     string // what it is about: "Inspection 7"
	Company   string // ours; the file says it and its title, and nothing else about itself
	Factory   string
	FactoryZH string
	Days      string // as they are to be read
	People    []string

	Version int
	Final   bool
	By      string    // who made this version
	At      time.Time // in the zone in which it is to be read
}

// Severity says how bad a finding is. The zero value is not sorted yet.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
)

// FindingKind says what a finding is about.
type FindingKind string

// The kinds of findings. What a red flag says is for us alone: no factory version has it.
const (
	Product FindingKind = "product"
	System  FindingKind = "system"
	RedFlag FindingKind = "redflag"
	Idea    FindingKind = "idea"
)

// A Finding is what somebody saw.
type Finding struct {
	Number               int
	Kind                 FindingKind
	Severity             Severity // none of a red flag or an idea
	Text, TextZH         string
	Place                string
	Bad, Checked         int    // Checked 0: nothing was counted
	Requirement, Request string // what is asked for, and what we ask of them
	Line                 string // of the checklist from which it was opened
	By, At               string // who saw it and when, as they are to be read
	Photos               []Photo
}

// A Photo stands beside what it shows, and has a number of its own in its report.
//
// JPEG gives its bytes, upright and without anything that a phone put beside them: what
// has such a thing is not taken. It is called twice, at first to see how large the photo
// is, and one photo is held at a time.
type Photo struct {
	JPEG    func() ([]byte, error)
	Missing string // why there are no bytes, for the place where it would stand
	Note    string // below it: when it was taken
}

// Result is how an inspection ended. The zero value is that nobody has said so.
type Result string

// The results of inspections, audits and tests.
const (
	Passed   Result = "passed"
	Failed   Result = "failed"
	Pending  Result = "pending"
	CouldNot Result = "could_not"
	NotDone  Result = "not_done" // of a test
	// OnConditions is of an audit: we go on once, or as long as, something is so.
	OnConditions Result = "on_conditions"
)

// Decision is what becomes of the lot. The zero value is that nobody has decided.
type Decision string

// The decisions.
const (
	Release  Decision = "release"
	Hold     Decision = "hold"
	Rework   Decision = "rework"
	AcceptAs Decision = "accept_as_is"
)

// An InspectionReport says whether a lot may be shipped.
type InspectionReport struct {
	Cover
	Kind string // of inspection, as it is to be read

	Result      Result
	ResultWhy   string // of one that is pending or could not be done, or a note
	Decision    Decision
	DecisionWhy string
	DecisionBy  string

	Order, Product        string
	Ordered, Made, Packed int // pieces; 0: not known
	Firm                  Firm
	Sample                *Sample
	Lots                  []Lot // earlier ones of the series, newest first
	Findings              []Finding
	Tests                 []Test
	Sealed                Sealed
	CartonsOpened         int
	Cartons               int    // that there are
	CartonNumbers         string // which ones were opened
	NotChecked            []string
	Notes                 []string
}

// A Firm is whoever inspects for us. Its verdict is not our decision.
type Firm struct {
	Name, Booking, Contact, Cost string
	Result                       Result
	File                         string // the name of its own report, which stands beside ours
}

// A Sample is what was drawn and by which rules.
type Sample struct {
	Standard string
	Lot      int
	Level    string
	Letter   string // the code letter
	Severity string // normal, tightened or reduced of each class, and why, as it is to be read
	Sees     string // what the sample can see
	Note     string // of disputed cells, of one letter for all classes
	Classes  []Class
}

// A Class is the plan for one class of defects and what was counted.
type Class struct {
	Severity  Severity
	AQL       string // "2.5"; empty for critical, of which none may be bad
	Letter    string // of its plan, which an arrow may move from that of the lot
	By        string // normal, tightened or reduced, as it is to be read
	N, Ac, Re int
	All       bool // every piece is inspected, since the lot is no larger than the sample
	Counted   bool
	Bad       int
	Accepted  bool // of one that was counted
}

// A Lot is an earlier one of the same series.
type Lot struct {
	Name     string // its inspection and day, as they are to be read
	Size     int
	Severity string // as it is to be read
	Bad      string // of each class, as it is to be read
	Accepted bool
	Again    bool // it was inspected again, and does not count for switching
}

// A Test is a test or measurement of the product.
type Test struct {
	Name, Limit, Level string
	N                  int // pieces; 0: not said
	Value              string
	Result             Result // passed, failed, not done, or none yet
	// Against is set where Result is not what the limit says of Value: somebody chose it, By.
	Against bool
	By      string
}

// Sealed is the sample that both sides signed. It is the zero value where there is none.
type Sealed struct{ Version, Where, Until string }

// An AuditReport says whether the system works.
type AuditReport struct {
	Cover
	Kind      string
	Result    Result
	ResultWhy string

	Scores     []Score
	Findings   []Finding // a critical one of an audit is zero tolerance
	NotChecked []string
	Strengths  []string
	Notes      []string
}

// A Score is what a group of questions came to: so many points of those that could be had.
type Score struct {
	Group      string
	Points, Of int
	NotSeen    int // questions that nobody answered; they count for neither
}

// A VisitReport says whether we shall work with them.
type VisitReport struct {
	Cover
	Purpose     string
	Decision    string // as it is to be read: go on, on conditions, stop
	DecisionWhy string

	Strengths  []string
	Findings   []Finding
	Actions    []Action
	Agreements []string
	Market     []string
	Open       []string // questions
	Next       string   // the next visit
	NotChecked []string
	Notes      []string
}

// An Action is the follow-up of a finding. All of it is as it is to be read.
type Action struct {
	Finding int
	Text    string
	Who     string // does the next thing
	Until   string
	State   string
}

// A FactoryReport is what a factory gets. It is a whitelist: it can hold no result, red
// flag, name of ours but one, note, cost or number of ours.
type FactoryReport struct {
	Company   string
	Factory   string
	FactoryZH string
	Order     string
	Product   string
	Day       string // of the visit or inspection, as it is to be read
	Strengths []string
	Findings  []FactoryFinding
	ReplyBy   string // the day by which we ask for an answer, as it is to be read
	From      string // who writes
}

// A FactoryFinding is one that the factory is to work on, numbered from 1 in its report.
type FactoryFinding struct {
	Severity             Severity
	Text, TextZH, Place  string
	Bad, Checked         int
	Requirement, Request string
	Photos               []Photo // somebody looked at each of them
}

// rank orders findings as a report has them: the worst first, then what nobody has
// sorted, and what is no fault last.
func (f *Finding) rank() int {
	switch {
	case f.Kind == RedFlag:
		return 4
	case f.Kind == Idea:
		return 5
	}
	switch f.Severity {
	case Critical:
		return 0
	case Major:
		return 1
	case Minor:
		return 2
	}
	return 3
}

// ranked are findings in the order in which a report has them.
func ranked(fs []Finding) []Finding {
	return slices.SortedStableFunc(slices.Values(fs), func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Number, b.Number))
	})
}
