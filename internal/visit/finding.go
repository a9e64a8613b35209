package visit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A FindingKind says what a finding is of.
type FindingKind string

// The kinds of finding. Only the first two have a severity.
const (
	OfProduct FindingKind = "product"
	OfSystem  FindingKind = "system"  // how the factory works, in an audit
	RedFlag   FindingKind = "redflag" // a trader who poses as a factory, double records: never for the factory
	Idea      FindingKind = "idea"    // what would be better and is no fault
)

// A Severity is the class of a finding, and of the pieces of a sample. The empty one is not
// sorted yet.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
)

// Severities are all of them, the worst first.
func Severities() []Severity { return []Severity{Critical, Major, Minor} }

// Words are its name.
func (s Severity) Words(p *lang.Printer) string {
	switch s {
	case Critical:
		return p.T("Critical")
	case Major:
		return p.T("Major")
	case Minor:
		return p.T("Minor")
	}
	return p.T("Not sorted yet")
}

// SeenIn says where a finding of a factory alone was noticed: not at the factory itself.
type SeenIn string

// Where such a finding is noticed.
const (
	SeenByCustomer  SeenIn = "customer" // who complained
	SeenInWarehouse SeenIn = "warehouse"
	SeenOnCall      SeenIn = "call"
	SeenElsewhere   SeenIn = "other"
)

// SeenIns are all of them.
func SeenIns() []SeenIn { return []SeenIn{SeenByCustomer, SeenInWarehouse, SeenOnCall, SeenElsewhere} }

// Words are its name.
func (s SeenIn) Words(p *lang.Printer) string {
	switch s {
	case SeenByCustomer:
		return p.T("Customer complaint")
	case SeenInWarehouse:
		return p.T("Our warehouse")
	case SeenOnCall:
		return p.T("Call")
	case SeenElsewhere:
		return p.T("Somewhere else")
	}
	return ""
}

// The most that a finding may say, in characters unless said otherwise.
const (
	MaxFinding = 3000      // its text: a whole message with a photo
	MaxPlace   = 80        // the station, never the person
	MaxAsk     = 200       // the requirement, and what is asked
	MaxChecked = 1_000_000 // pieces
	MaxSource  = 200
	MaxDefect  = 80 // id in the vocabulary
)

// A Finding is one thing that somebody saw at a factory, with its photos.
type Finding struct {
	Workspace string
	Number    int // short, its own in each workspace
	Rev       int // counts every change
	// Subject is the visit or the inspection, or the factory of what was seen without one; empty
	// while it belongs to none. Where it is given, Factory is that of the subject as it is now,
	// and so is Channel, except of a factory alone: there it says who may read the finding.
	Subject     Subject
	Seen        SeenIn // of one of a factory alone
	Channel     string // in which it may be read; empty for who logged it alone
	Factory     string // the factory's name
	Kind        FindingKind
	Severity    Severity // empty: not sorted yet, or of a kind that has none
	Text        string
	TextZH      string // the same in Chinese, by a person
	Place       string // the station
	Bad         int    // pieces
	Checked     int    // pieces; 0 where nobody counted, and Bad is 0 then
	Requirement string
	Request     string // what we ask of the factory
	// RequirementZH and RequestZH are the same in Chinese, by a person, for the letter.
	RequirementZH, RequestZH string
	Defect                   string // id in the vocabulary of defects
	Item                     int    // id of the line on the checklist that it was opened from; 0 for none
	ForFactory               bool   // may go to the factory; never of a red flag
	Photos                   []PhotoRef
	// Source is what it was made of, once in a workspace: the channel, a colon and the
	// timestamp of the message, or the id of the form.
	Source    string
	By        string
	At        time.Time // when it was logged
	TakenAt   time.Time // of its first photo, where that says so; calendar time at the factory
	Withdrawn Mark
	Final     bool // it stands in a final report: it cannot be withdrawn any more
	// ClaimBy is the day by which a claim because of it must be made; zero for none.
	ClaimBy civil.Date
}

// SeverityWords are what words that have two meanings mean in a team's captions.
type SeverityWords struct {
	// Yanzhong is what 严重 alone means: Major as in the standard's use, Critical as at many
	// inspection firms. Empty where the team has not said so, and is asked.
	Yanzhong Severity
}

// Check reports a meaning that the word cannot have.
func (w SeverityWords) Check() error {
	switch w.Yanzhong {
	case "", Critical, Major:
		return nil
	}
	return Invalid("severity", "Please pick critical or major.")
}

// Normalize tidies what was typed and takes away what its kind cannot have.
func (f *Finding) Normalize() {
	for _, s := range []*string{&f.Place, &f.Requirement, &f.Request, &f.RequirementZH, &f.RequestZH, &f.Factory} {
		*s = chars.Line(*s)
	}
	f.Text, f.TextZH = chars.Prose(f.Text), chars.Prose(f.TextZH)
	if f.Kind == "" {
		f.Kind = OfProduct
	}
	if !f.Kind.graded() {
		f.Severity = ""
	}
	if f.Kind == RedFlag {
		f.ForFactory = false
	}
	for n := range f.Photos {
		f.Photos[n].Name = chars.Line(f.Photos[n].Name)
	}
}

// graded reports whether findings of the kind have a severity.
func (k FindingKind) graded() bool { return k == OfProduct || k == OfSystem }

// Check reports every mistake in f.
func (f *Finding) Check() error {
	var es InputErrors
	switch f.Kind {
	case OfProduct, OfSystem, RedFlag, Idea:
	default:
		es.add("kind", "Please pick what the finding is of.")
	}
	if f.Severity != "" && !slices.Contains(Severities(), f.Severity) {
		es.add("severity", "Please pick critical, major or minor.")
	}
	switch {
	case !f.OfFactory():
	case f.Channel == "":
		es.add("channel", "Please pick a channel: its members will see the finding.")
	case f.Seen != "" && !slices.Contains(SeenIns(), f.Seen):
		es.add("seen", "Please pick where it was seen.")
	}
	if len(f.Photos) == 0 && chars.Blank(f.Text) {
		es.add("text", "Please write what you saw.")
	}
	es.checkText("text", "", f.Text, MaxFinding)
	es.checkText("text_zh", "", f.TextZH, MaxFinding)
	es.checkText("place", "", f.Place, MaxPlace)
	es.checkText("requirement", "", f.Requirement, MaxAsk)
	es.checkText("request", "", f.Request, MaxAsk)
	es.checkText("requirement_zh", "", f.RequirementZH, MaxAsk)
	es.checkText("request_zh", "", f.RequestZH, MaxAsk)
	es.checkText("defect", "", f.Defect, MaxDefect)
	es.Collect(CheckCount(f.Bad, f.Checked))
	if len(f.Photos) > MaxPhotos {
		es.add("photos", "That is %d photos; a finding has at most %d.", len(f.Photos), MaxPhotos)
	}
	for _, p := range f.Photos {
		es.Collect(p.Crop.Check())
	}
	return es.orNil()
}

// CheckCount reports bad pieces of those checked that cannot be. 0 of 0 is no count.
func CheckCount(bad, checked int) error {
	switch {
	case bad == 0 && checked == 0:
		return nil
	case checked < 1 || bad < 0:
		return Invalid("count", "Please write bad and checked pieces as 6/50, or leave it empty.")
	case bad > checked:
		return Invalid("count", "%d of %d cannot be: there are more bad pieces than were checked.", bad, checked)
	case checked > MaxChecked:
		return Invalid("count", "That is %d pieces; please give at most %d.", checked, MaxChecked)
	}
	return nil
}

// Sorted reports whether nobody has to say any more how bad it is.
func (f *Finding) Sorted() bool { return f.Severity != "" || !f.Kind.graded() }

// Counted reports whether somebody counted the pieces.
func (f *Finding) Counted() bool { return f.Checked > 0 }

// OfNone reports whether somebody counted and found no bad piece.
func (f *Finding) OfNone() bool { return f.Counted() && f.Bad == 0 }

// Loose reports whether it belongs to nothing yet: no visit, no inspection and no factory.
func (f *Finding) Loose() bool { return f.Subject == "" }

// OfWork reports whether it belongs to a visit or an inspection, which have a card and a
// report.
func (f *Finding) OfWork() bool {
	kind, _ := f.Subject.Cut()
	return kind == OfVisit || kind == OfInspection
}

// OfFactory reports whether it hangs on a factory alone.
func (f *Finding) OfFactory() bool {
	kind, _ := f.Subject.Cut()
	return kind == OfFactory
}

// HangOn gives a finding to a factory alone; channel is where it may be read.
func (f *Finding) HangOn(factory *Factory, channel string) {
	f.Subject, f.Channel, f.Factory = SubjectOf(OfFactory, factory.Number), channel, factory.Name
}

// Sort gives a finding its kind and its severity. It reports whether that changes anything.
func (f *Finding) Sort(k FindingKind, s Severity) bool {
	was := *f
	f.Kind, f.Severity = k, s
	if f.Kind == RedFlag {
		f.ForFactory = false
	}
	return was.Kind != f.Kind || was.Severity != f.Severity
}

// BelongTo gives a finding to a visit or an inspection. What stands in a final report stays
// where it is.
func (f *Finding) BelongTo(a Appointment) error {
	w := a.Common()
	if f.Subject == a.Subject() {
		return nil
	}
	if f.Final {
		return Invalid("subject", "Finding %d stands in a final report, so it stays where it is.", f.Number)
	}
	f.Subject, f.Channel, f.Factory, f.Item, f.Seen = a.Subject(), w.Channel, w.Factory.Name, 0, ""
	return nil
}

// AddPhoto adds a photo that is still to be fetched. It reports false where the finding has
// the same file already, or as many photos as it may have.
func (f *Finding) AddPhoto(p PhotoRef) bool {
	if len(f.Photos) >= MaxPhotos || slices.ContainsFunc(f.Photos, func(o PhotoRef) bool { return o.FileID == p.FileID }) {
		return false
	}
	p.ID, p.State = 0, PhotoWaiting
	f.Photos = append(f.Photos, p)
	return true
}

// MayChange reports whether somebody may withdraw the finding, or bring it back: who logged
// it, and who planned the visit or the inspection, in lead.
func (f *Finding) MayChange(by, lead string) bool { return by != "" && (by == f.By || by == lead) }

// Withdraw undoes the finding, until it stands in a final report. It reports false where
// that was done before. lead is who planned its visit or inspection.
func (f *Finding) Withdraw(by, lead string, now time.Time) (bool, error) {
	if err := f.undone(by, lead); err != nil || f.Withdrawn.IsSet() {
		return false, err
	}
	f.Withdrawn = Mark{by, now}
	return true, nil
}

// Restore brings a finding back. It reports false where it was not withdrawn. Its photos are
// fetched once more.
func (f *Finding) Restore(by, lead string) (bool, error) {
	if err := f.undone(by, lead); err != nil || !f.Withdrawn.IsSet() {
		return false, err
	}
	f.Withdrawn = Mark{}
	return true, nil
}

// undone says why somebody cannot withdraw the finding or bring it back.
func (f *Finding) undone(by, lead string) error {
	switch {
	case f.Final:
		return Invalid("finding", "Finding %d stands in a final report, so it cannot be undone. Add words to it instead.", f.Number)
	case !f.MayChange(by, lead):
		return Invalid("finding", "Finding %d is somebody else's. Please ask who logged it.", f.Number)
	}
	return nil
}

// Clone is a copy that shares nothing which can be changed.
func (f *Finding) Clone() Finding {
	c := *f
	c.Photos = slices.Clone(f.Photos)
	return c
}

// CompareFindings orders findings as people read them: the worst first, then as they were
// logged.
func CompareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.weight(), b.weight()), cmp.Compare(a.Number, b.Number))
}

// weight is the place of a finding in a list: what nobody has sorted comes before what is
// minor, for it may be worse.
func (f *Finding) weight() int {
	switch {
	case f.Severity == Critical:
		return 0
	case f.Kind == RedFlag:
		return 1
	case f.Severity == Major:
		return 2
	case !f.Sorted():
		return 3
	case f.Severity == Minor:
		return 4
	}
	return 5
}

// BadPieces are the bad pieces of each severity that findings of the product tell of, to fill
// in the counts of a sample. A finding that nobody counted is one piece. Whether a piece was
// counted twice no program can see.
func BadPieces(fs []Finding) map[Severity]int {
	bad := map[Severity]int{}
	for _, f := range fs {
		switch {
		case f.Withdrawn.IsSet() || f.Kind != OfProduct || f.Severity == "":
		case f.Counted():
			bad[f.Severity] += f.Bad
		default:
			bad[f.Severity]++
		}
	}
	return bad
}

// Unsorted is how many findings of the product no class counts, because nobody has said yet how
// bad they are.
func Unsorted(fs []Finding) (n int) {
	for _, f := range fs {
		if f.Kind == OfProduct && !f.Sorted() && !f.Withdrawn.IsSet() {
			n++
		}
	}
	return n
}

// AnyCritical reports whether a finding that stands is critical.
func AnyCritical(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == Critical && !f.Withdrawn.IsSet() })
}

// KeepFinal reports what f lacks of was, which stands in a final report, in the field of each.
// Its words become more, and what nobody had said, sorted or counted may be added; of all else
// nothing but the file of the report would still say what was found.
func (f *Finding) KeepFinal(was *Finding) error {
	var es InputErrors
	stays := func(field string, same bool) {
		if !same {
			es.add(field, "Finding %d stands in a final report, so this stays as it is. Write what has changed below its words.", f.Number)
		}
	}
	stays("subject", f.Subject == was.Subject)
	stays("severity", !was.Sorted() || f.Kind == was.Kind && f.Severity == was.Severity)
	stays("count", !was.Counted() || f.Bad == was.Bad && f.Checked == was.Checked)
	stays("text", strings.Contains(f.Text, was.Text))
	stays("text_zh", strings.Contains(f.TextZH, was.TextZH))
	stays("place", was.Place == "" || f.Place == was.Place)
	stays("requirement", was.Requirement == "" || f.Requirement == was.Requirement)
	stays("request", was.Request == "" || f.Request == was.Request)
	stays("requirement_zh", was.RequirementZH == "" || f.RequirementZH == was.RequirementZH)
	stays("request_zh", was.RequestZH == "" || f.RequestZH == was.RequestZH)
	stays("defect", was.Defect == "" || f.Defect == was.Defect)
	for _, p := range was.Photos {
		stays("photos", slices.ContainsFunc(f.Photos, func(o PhotoRef) bool { return o.ID == p.ID }))
	}
	return es.orNil()
}
