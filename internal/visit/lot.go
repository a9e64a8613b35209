package visit

import (
	"cmp"
	"slices"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// A Strictness is how strictly a lot is judged. Which one the next lot of a series has is
// counted anew from the lots before, and never kept; the one under which a lot was judged is
// kept with that lot and never changes.
type Strictness string

// The strictnesses. Inspection rests while it is stopped, until a person resumes it.
const (
	Normal    Strictness = "normal"
	Tightened Strictness = "tightened"
	Reduced   Strictness = "reduced"
	Stopped   Strictness = "stopped"
)

// A Series is a product that a factory makes lot after lot, with the sample that was agreed
// for it. It belongs to a channel: two teams that buy the same do not count each other's lots.
type Series struct {
	Workspace string
	Number    int
	Rev       int
	Factory   Factory
	Channel   string
	Product   string
	Level     string // I, II, III, S-1 to S-4
	AQLMajor  string // as the table has it: "2.5"
	AQLMinor  string
	OneLetter bool // the letter of the largest sample is used for all classes, as agreed
	Events    []SeriesEvent
	Tests     []Test
	Sealed    SealedSample
	Note      string
	By        string
	Created   time.Time
}

// OfSeries is the kind of a series in its Subject.
const OfSeries SubjectKind = "series"

// The most that a series and a lot may have.
const (
	MaxLot     = 10_000_000 // pieces
	MaxCartons = 1_000_000
	MaxEvents  = 200
)

// A SeriesEventKind is what a person says about a series that its lots do not tell.
type SeriesEventKind string

// The kinds of event.
const (
	ReducedAllowed   SeriesEventKind = "reduced_allowed"   // production is steady, and reduced inspection may be used
	ReducedForbidden SeriesEventKind = "reduced_forbidden" // it may not, or no longer: back to normal
	Irregular        SeriesEventKind = "irregular"         // production has become irregular: back to normal
	Resumed          SeriesEventKind = "resumed"           // after a stop, on tightened
)

// A SeriesEvent is what somebody said about a series, and from which day on it holds.
type SeriesEvent struct {
	Kind  SeriesEventKind `json:"kind"`
	Class Severity        `json:"class,omitempty"` // empty for all
	Day   civil.Date      `json:"day"`
	Why   string          `json:"why,omitempty"`
	Said  Mark            `json:"said"`
}

// ReducedAllowed reports whether somebody has allowed reduced inspection of a class, as of
// what was said last.
func (s *Series) ReducedAllowed(class Severity) bool {
	yes := false
	for _, e := range s.Events {
		if e.Class == "" || e.Class == class {
			switch e.Kind {
			case ReducedAllowed:
				yes = true
			case ReducedForbidden, Irregular:
				yes = false
			}
		}
	}
	return yes
}

// Subject names the series.
func (s *Series) Subject() Subject { return SubjectOf(OfSeries, s.Number) }

// FoldedProduct is the name of the product as it is compared: two that differ in case or in
// blanks only are one.
func (s *Series) FoldedProduct() string { return folded(s.Product) }

// Normalize tidies what was typed.
func (s *Series) Normalize() {
	s.Product, s.Note = chars.Line(s.Product), chars.Prose(s.Note)
	s.Sealed.normalize()
	for i := range s.Tests {
		s.Tests[i].Normalize()
	}
	for i := range s.Events {
		s.Events[i].Why = chars.Prose(s.Events[i].Why)
	}
}

// Check reports every mistake in s but those of its level and its AQLs, which package
// sampling reads.
func (s *Series) Check() error {
	var es InputErrors
	es.checkText("product", "Please name the product.", s.Product, MaxName)
	es.checkText("note", "", s.Note, MaxNote)
	es.checkText("level", "Please pick the level.", s.Level, MaxAQL)
	es.checkText("aql_major", "", s.AQLMajor, MaxAQL)
	es.checkText("aql_minor", "", s.AQLMinor, MaxAQL)
	if len(s.Events) > MaxEvents {
		es.add("events", "That is %d entries; please give at most %d.", len(s.Events), MaxEvents)
	}
	for _, e := range s.Events {
		if e.Kind == Resumed && chars.Blank(e.Why) {
			es.add("why", "Please write why inspection goes on.")
		}
		es.checkText("why", "", e.Why, MaxReason)
	}
	if len(s.Tests) > MaxTests {
		es.add("tests", "That is %d tests; please give at most %d.", len(s.Tests), MaxTests)
	}
	for i := range s.Tests {
		es.Collect(s.Tests[i].Check())
	}
	es.Collect(s.Sealed.Check())
	return es.orNil()
}

// MaxAQL is how long a level or an AQL may be, in characters.
const MaxAQL = 8

// Say records what somebody says about the series.
func (s *Series) Say(e SeriesEvent) { s.Events = append(s.Events, e) }

// Clone is a copy that shares nothing which can be changed.
func (s *Series) Clone() Series {
	c := *s
	c.Events, c.Tests = slices.Clone(s.Events), slices.Clone(s.Tests)
	return c
}

// A Lot is what an inspection draws its sample from, and what it found. The zero one has no
// sample yet.
type Lot struct {
	Series     int        `json:"-"` // number of the series; 0 for a lot on its own
	Product    string     `json:"product,omitempty"`
	No         int        `json:"no,omitempty"`   // its number among the lots of one day; 0 where it has none
	Size       int        `json:"size,omitempty"` // pieces
	Cartons    int        `json:"cartons,omitempty"`
	Level      string     `json:"level,omitempty"`
	OneLetter  bool       `json:"one_letter,omitempty"` // the letter of the largest sample for all, as agreed
	Classes    []LotClass `json:"classes,omitempty"`
	Reinspects int        `json:"reinspects,omitempty"` // number of the inspection that had the same lot before; 0 for an original one
	Drawn      Mark       `json:"drawn,omitzero"`       // who kept the sample
	Counted    Mark       `json:"counted,omitzero"`     // who gave the counts
	Opened     int        `json:"opened,omitempty"`     // cartons
}

// A LotClass is the sample of one severity and what was found in it.
type LotClass struct {
	Class      Severity   `json:"class"`
	AQL        string     `json:"aql,omitempty"` // as the table has it; empty for critical, of which none may be
	Letter     string     `json:"letter,omitempty"`
	N          int        `json:"n"`             // pieces
	Ac         int        `json:"ac"`            // so many bad pieces are accepted
	Re         int        `json:"re"`            // so many are not
	All        bool       `json:"all,omitempty"` // the whole lot is looked at
	Strictness Strictness `json:"strictness,omitempty"`
	Why        string     `json:"why,omitempty"` // one word: why that strictness
	Bad        int        `json:"bad,omitempty"` // pieces; defects where the AQL is above 10
	// TighterAc is the accept number of the next tighter AQL with the same letter, and -1
	// where there is none: the score of switching asks for it.
	TighterAc int `json:"tighter_ac,omitempty"`
}

// Accepted reports whether the class alone is accepted.
func (c LotClass) Accepted() bool { return c.Bad <= c.Ac }

// IsZero reports whether no sample is kept.
func (l *Lot) IsZero() bool { return l.Size == 0 }

// Original reports whether the lot counts for its series: it was not inspected before.
func (l *Lot) Original() bool { return l.Reinspects == 0 }

// Class is the sample of a severity.
func (l *Lot) Class(s Severity) (LotClass, bool) {
	n := slices.IndexFunc(l.Classes, func(c LotClass) bool { return c.Class == s })
	if n < 0 {
		return LotClass{}, false
	}
	return l.Classes[n], true
}

// Accepted reports whether every class is accepted. It means something once they are counted.
func (l *Lot) Accepted() bool {
	return !slices.ContainsFunc(l.Classes, func(c LotClass) bool { return !c.Accepted() })
}

// Proposal is the result that the counts propose; a person decides. It is empty where there
// are none.
func (l *Lot) Proposal() Result {
	switch {
	case l.IsZero() || !l.Counted.IsSet():
		return ""
	case l.Accepted():
		return Passed
	}
	return Failed
}

// A Shortfall is a class of which fewer bad pieces are counted than findings tell of: somebody
// says why, for a piece may have been in two findings.
type Shortfall struct {
	Class          Severity
	Found, Counted int
}

// Shortfalls are those of a lot that is counted.
func (l *Lot) Shortfalls(fs []Finding) (all []Shortfall) {
	if !l.Counted.IsSet() {
		return nil
	}
	found := BadPieces(fs)
	for _, c := range l.Classes {
		if c.Bad < found[c.Class] {
			all = append(all, Shortfall{c.Class, found[c.Class], c.Bad})
		}
	}
	return all
}

func (l *Lot) clone() Lot {
	c := *l
	c.Classes = slices.Clone(l.Classes)
	return c
}

// Check reports every mistake in the lot but those of its plan, which package sampling looks
// up.
func (l *Lot) Check() error {
	var es InputErrors
	switch {
	case l.Size < 0:
		es.add("lot", "Please give the number of pieces in the lot, for example 3000.")
	case l.Size > MaxLot:
		es.add("lot", "That is %d pieces; please give at most %d.", l.Size, MaxLot)
	}
	if l.Cartons < 0 || l.Cartons > MaxCartons {
		es.add("cartons", "Please give the number of cartons, at most %d.", MaxCartons)
	}
	if l.Opened < 0 || l.Cartons > 0 && l.Opened > l.Cartons {
		es.add("opened", "%d cartons cannot have been opened of %d.", l.Opened, l.Cartons)
	}
	for n, c := range l.Classes {
		es.Collect(c.checkBad(c.Bad))
		if !slices.Contains(Severities(), c.Class) || slices.ContainsFunc(l.Classes[:n], func(o LotClass) bool { return o.Class == c.Class }) {
			es.add("lot", "A lot has the classes critical, major and minor, each at most once.")
		}
	}
	return es.orNil()
}

// checkBad reports a count that cannot be. Above AQL 10 defects are counted, and a piece may
// have several.
func (c LotClass) checkBad(bad int) error {
	switch {
	case bad < 0:
		return Invalid("bad_"+string(c.Class), "Please give the number of bad pieces, 0 for none.")
	case bad > c.N && !c.CountsDefects():
		return Invalid("bad_"+string(c.Class), "%d bad pieces of %d cannot be.", bad, c.N)
	case bad > MaxChecked:
		return Invalid("bad_"+string(c.Class), "That is %d; please give at most %d.", bad, MaxChecked)
	}
	return nil
}

// CountsDefects reports whether the class counts defects rather than pieces: its AQL is above 10.
func (c LotClass) CountsDefects() bool {
	switch c.AQL {
	case "15", "25", "40", "65", "100", "150", "250", "400", "650", "1000":
		return true
	}
	return false
}

// Draw keeps the sample of an inspection. It is refused once the pieces are counted: the lot
// was judged under that sample.
func (i *Inspection) Draw(l Lot, by string, now time.Time) error {
	switch {
	case i.Lot.Counted.IsSet():
		return Invalid("lot", "Inspection %d is counted already, so its sample stays.", i.Number)
	case !i.Open():
		return Invalid("lot", "Inspection %d already has a result (%s), so its sample stays.", i.Number, i.Result)
	case l.Reinspects != 0 && l.Reinspects == i.Number:
		return Invalid("reinspects", "An inspection cannot be its own re-inspection.")
	}
	l = l.clone()
	l.Drawn, l.Counted = Mark{by, now}, Mark{}
	for n := range l.Classes {
		l.Classes[n].Bad = 0
	}
	var es InputErrors
	if l.Size == 0 {
		es.add("lot", "Please give the number of pieces in the lot, for example 3000.")
	}
	es.Collect(l.Check())
	if err := es.orNil(); err != nil {
		return err
	}
	i.Lot = l
	return nil
}

// Count gives the bad pieces of each class. The first counts stand: it reports false, and
// changes nothing, where there are some, or a result. A class that is not named has none.
func (i *Inspection) Count(bad map[Severity]int, opened int, by string, now time.Time) (bool, error) {
	if i.Lot.IsZero() {
		return false, Invalid("lot", "Inspection %d has no sample yet. Please give the lot first.", i.Number)
	}
	if i.Lot.Counted.IsSet() || !i.Open() {
		return false, nil
	}
	l := i.Lot.clone()
	var es InputErrors
	for n := range l.Classes {
		c := &l.Classes[n]
		es.Collect(c.checkBad(bad[c.Class]))
		c.Bad = bad[c.Class]
	}
	l.Opened, l.Counted = opened, Mark{by, now}
	if len(es) == 0 {
		es.Collect(l.Check())
	}
	if err := es.orNil(); err != nil {
		return false, err
	}
	i.Lot = l
	return true, nil
}

// Uncount takes the counts back while there is no result. It reports false where there are
// none, or a result.
func (i *Inspection) Uncount() bool {
	if !i.Lot.Counted.IsSet() || !i.Open() {
		return false
	}
	i.Lot.Counted, i.Lot.Opened = Mark{}, 0
	i.Lot.Classes = slices.Clone(i.Lot.Classes)
	for n := range i.Lot.Classes {
		i.Lot.Classes[n].Bad = 0
	}
	return true
}

// CompareLots orders the lots of a series as switching counts them: by the day of the
// inspection, the number of the lot, and the inspection's. A lot without a number comes before
// those of its day that have one.
func CompareLots(a, b Inspection) int {
	return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Lot.No, b.Lot.No), cmp.Compare(a.Number, b.Number))
}

// CountsForSeries reports whether switching counts the lot: an original one with counts that
// passed or failed.
func (i *Inspection) CountsForSeries() bool {
	return i.Lot.Series > 0 && i.Lot.Original() && i.Lot.Counted.IsSet() && (i.Result == Passed || i.Result == Failed)
}

// A LotDecision is what becomes of a lot. It is ours, and a thing of its own: a lot that
// failed may be accepted as it is, and one that passed may be held.
type LotDecision string

// The decisions.
const (
	Release    LotDecision = "release"
	Hold       LotDecision = "hold" // until something is known; it may be followed by another decision
	Rework     LotDecision = "rework"
	AcceptAsIs LotDecision = "accept_as_is"
)

// LotDecisions are all of them.
func LotDecisions() []LotDecision { return []LotDecision{Release, Hold, Rework, AcceptAsIs} }

// A LotOutcome is what was decided about a lot, why, and who said so. The zero one is none yet.
type LotOutcome struct {
	Decision LotDecision
	Why      string // never empty of a lot that is accepted as it is, or released with a critical finding
	Said     Mark
}

// IsSet reports whether something was decided.
func (o LotOutcome) IsSet() bool { return o.Decision != "" }

// Decide records what becomes of the lot. The first word counts: it reports false, and changes
// nothing, where one stands that is not hold, or the same one. critical says that a critical
// finding stands: such a lot is not accepted as it is, and released only with a reason.
func (i *Inspection) Decide(d LotDecision, why string, critical bool, by string, now time.Time) (bool, error) {
	if i.Decision.IsSet() && (i.Decision.Decision != Hold || d == Hold) {
		return false, nil
	}
	why = chars.Prose(why)
	bad, ok := i.Lot.Class(Critical)
	critical = critical || ok && i.Lot.Counted.IsSet() && bad.Bad > 0
	var es InputErrors
	missing := ""
	switch {
	case !slices.Contains(LotDecisions(), d):
		es.add("decision", "Please pick one of the four.")
	case i.Open():
		es.add("decision", "Inspection %d has no result yet. Please report it first.", i.Number)
	case i.Result == Withdrawn || i.Result == Skipped:
		es.add("decision", "Inspection %d did not take place, so there is no lot to decide on.", i.Number)
	case d == Release && i.Result != Passed:
		es.add("decision", "Only a lot that passed is released. Please pick accept as is, and say why.")
	case d == AcceptAsIs && critical:
		es.add("decision", "A lot with a critical finding is not accepted as it is. Please pick hold or rework.")
	case d == AcceptAsIs:
		missing = "Please write why it is accepted as it is."
	case d == Release && critical:
		missing = "A critical finding stands. Please write why the lot is released."
	}
	es.checkText("why", missing, why, MaxNote)
	if err := es.orNil(); err != nil {
		return false, err
	}
	i.Decision = LotOutcome{Decision: d, Why: why, Said: Mark{by, now}}
	return true, nil
}

// TakeBackDecision undoes Decide. It reports false where there is nothing to undo.
func (i *Inspection) TakeBackDecision() bool {
	was := i.Decision.IsSet()
	i.Decision = LotOutcome{}
	return was
}

// Quantities are how many pieces were ordered, made and packed; 0 where nobody has said so.
type Quantities struct {
	Ordered int `json:"ordered,omitempty"`
	Made    int `json:"made,omitempty"`
	Packed  int `json:"packed,omitempty"`
}

func (q Quantities) check(es *InputErrors) {
	for _, n := range []struct {
		field string
		n     int
	}{{"ordered", q.Ordered}, {"made", q.Made}, {"packed", q.Packed}} {
		if n.n < 0 || n.n > MaxQuantity {
			es.add(n.field, "Please give a number of pieces, at most %d.", MaxQuantity)
		}
	}
}

// MaxQuantity is the most pieces of an order.
const MaxQuantity = 1_000_000_000

// A Firm is who inspects where it is not one of ours, and the report it sent. The zero one is
// none.
type Firm struct {
	Name    string `json:"name,omitempty"`
	Booking string `json:"booking,omitempty"` // its number for this inspection
	Contact string `json:"contact,omitempty"`
	Cost    string `json:"cost,omitempty"` // with its currency
	FileID  string `json:"file,omitempty"` // of its report in Slack
	Link    string `json:"link,omitempty"` // to it
	File    string `json:"name_of_file,omitempty"`
	Verdict Result `json:"verdict,omitempty"` // the firm's own; ours is the inspection's Result
}

// IsZero reports whether there is no firm.
func (f Firm) IsZero() bool { return f == Firm{} }

func (f *Firm) normalize() {
	for _, s := range []*string{&f.Name, &f.Booking, &f.Contact, &f.Cost, &f.Link, &f.File} {
		*s = chars.Line(*s)
	}
}

func (f *Firm) check(es *InputErrors) {
	if !f.IsZero() && chars.Blank(f.Name) {
		es.add("firm", "Please name the inspection firm.")
	}
	es.checkText("firm", "", f.Name, MaxName)
	es.checkText("firm_booking", "", f.Booking, MaxPlace)
	es.checkText("firm_contact", "", f.Contact, MaxReason)
	es.checkText("firm_cost", "", f.Cost, MaxPlace)
	switch f.Verdict {
	case "", Passed, Failed, Undecided, CouldNot:
	default:
		es.add("firm_verdict", "Please pick what the firm says.")
	}
}
