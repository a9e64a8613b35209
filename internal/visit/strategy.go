package visit

import (
	"cmp"
	"slices"
	"strings"

	"visitprep/internal/civil"
)

// A MatterKind says what sort of thing may need somebody.
type MatterKind string

// The kinds of matter, in the order in which people read those of one day.
const (
	MatterInspection MatterKind = "inspection" // that has no result yet
	MatterItem       MatterKind = "item"       // of a checklist
	MatterAction     MatterKind = "action"     // a factory's about a finding
	MatterAgreement  MatterKind = "agreement"  // that must be acted on
)

var matterKinds = []MatterKind{MatterInspection, MatterItem, MatterAction, MatterAgreement}

// A Matter is one thing that may need the reader of a first page, or be late.
type Matter struct {
	Kind    MatterKind
	Subject Subject // what it is, or belongs to
	N       int     // of an item or an action: which one of its subject
	Mine    bool    // the reader owns, inspects, reviews or leads it
	Ours    bool    // of an action or an inspection: the next step is ours, so that no clock of the factory runs
	Due     civil.Date
	Today   civil.Date // where its clock counts
}

// Late reports whether its day has passed. What waits for a step of ours is with us and not
// late, however long ago the factory's day was.
func (m *Matter) Late() bool { return !m.Ours && !m.Due.IsZero() && m.Due.Before(m.Today) }

// actSoon is how many days before an agreement must be acted on it needs its owner.
const actSoon = 30

// needs reports whether it needs the reader: it is theirs, its time has come, and it is not late.
func (m *Matter) needs() bool {
	switch {
	case !m.Mine || m.Late():
		return false
	case m.Kind == MatterAgreement:
		return !m.Due.After(m.Today.AddDays(actSoon))
	case m.Kind == MatterAction || m.Kind == MatterInspection:
		return m.Ours
	}
	return true
}

// FirstPage parts what may need somebody into what does and what is late, so that nothing stands
// twice. What needs them stands by its day, what has none at the end. Of what is late their own
// stands first, and then what is late for longest.
func FirstPage(ms []Matter) (needs, late []Matter) {
	type name struct {
		kind MatterKind
		of   Subject
		n    int
	}
	seen := map[name]bool{}
	for _, m := range ms {
		if id := (name{m.Kind, m.Subject, m.N}); seen[id] {
			continue
		} else if m.Late() {
			seen[id], late = true, append(late, m)
		} else if m.needs() {
			seen[id], needs = true, append(needs, m)
		}
	}
	slices.SortStableFunc(needs, func(a, b Matter) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return yesFirst(b.Due.IsZero(), a.Due.IsZero())
		}
		return cmp.Or(a.Due.Compare(b.Due), compareKinds(a, b))
	})
	slices.SortStableFunc(late, func(a, b Matter) int {
		return cmp.Or(yesFirst(a.Mine, b.Mine), a.Due.Compare(b.Due), compareKinds(a, b))
	})
	return needs, late
}

func compareKinds(a, b Matter) int {
	return cmp.Compare(slices.Index(matterKinds, a.Kind), slices.Index(matterKinds, b.Kind))
}

// yesFirst puts what is so before what is not.
func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// A GraveFinding is a critical or major finding that is open.
type GraveFinding struct {
	Number   int
	Severity Severity
	Day      civil.Date // on which it was seen
}

// A FactoryNeed is what says whether a factory deserves a visit, as far as one person may know.
type FactoryNeed struct {
	Factory Factory
	Last    civil.Date // last day of the last visit; zero where there was none
	First   civil.Date // its first day
	Planned bool       // a visit is planned, or going on
	Lots    int        // inspections with a result, of late
	Failed  bool       // the last of them failed
	Asked   bool       // an inspection, its plan or an agreement stands, so that we buy there or are about to
	Grave   []GraveFinding
	// Class is what the rules say of its risk; empty where nobody has looked.
	Class  RiskClass
	Paused civil.Date // not proposed before that day: somebody said "Not now"
	Third  civil.Date // on which its third order was shipped; zero where there were fewer
}

// Look takes over what the whole factory says: its class, and what was said about the next visit.
func (f *FactoryNeed) Look(c Cadence) {
	f.Class, f.Paused = c.Class, c.Paused
	f.Planned = f.Planned || c.Planned > 0
	if c.Class.Months() == 0 && !c.FollowUp && !c.Next.IsZero() {
		f.Third = c.Propose
	}
}

// A VisitRule is why a factory deserves a visit.
type VisitRule string

// The rules, in their order.
const (
	VisitCritical VisitRule = "critical" // a critical finding is open that nobody has looked at there since
	VisitMajor    VisitRule = "major"    // the same of a major one, and two months have gone by
	VisitHigh     VisitRule = "high"     // the interval of a high risk is over
	VisitNew      VisitRule = "new"      // nobody was there, and the first order is to come
	VisitNever    VisitRule = "never"    // nobody was there, and we buy there
	VisitThird    VisitRule = "third"    // three orders came from a new factory since
	VisitInterval VisitRule = "interval" // the interval of its class is over
)

var visitRules = []VisitRule{VisitCritical, VisitMajor, VisitHigh, VisitNew, VisitNever, VisitThird, VisitInterval}

// A VisitReason says which factory deserves a visit and why.
type VisitReason struct {
	Factory Factory
	Rule    VisitRule
	Class   RiskClass    // empty where nobody has looked
	Last    civil.Date   // of the last visit
	Months  int          // whole months since
	Grave   GraveFinding // of VisitCritical and VisitMajor

	over int // days by which its time has come
}

// DeserveVisit lists the factories that deserve a visit on a day, the one that deserves it most
// first: by the rule, and by how long ago its time came. Where a visit is planned, or somebody has
// said "Not now", there is none.
func DeserveVisit(fs []FactoryNeed, today civil.Date) (rs []VisitReason) {
	for n := range fs {
		if r, ok := fs[n].reason(today); ok {
			rs = append(rs, r)
		}
	}
	slices.SortStableFunc(rs, func(a, b VisitReason) int {
		return cmp.Or(cmp.Compare(slices.Index(visitRules, a.Rule), slices.Index(visitRules, b.Rule)), cmp.Compare(b.over, a.over),
			strings.Compare(a.Factory.Name, b.Factory.Name), cmp.Compare(a.Factory.Number, b.Factory.Number))
	})
	return rs
}

// reason is the first rule that fits. They stand in their order, each in a line or two: parted, they
// could not be read beside the list of the rules.
func (f *FactoryNeed) reason(today civil.Date) (VisitReason, bool) {
	if f.Planned || f.Paused.After(today) {
		return VisitReason{}, false
	}
	r := VisitReason{Factory: f.Factory, Class: f.Class, Last: f.Last, Months: wholeMonths(f.Last, today)}
	fits := func(rule VisitRule, since civil.Date) (VisitReason, bool) {
		r.Rule, r.over = rule, today.Sub(since)
		return r, true
	}
	for _, g := range f.unseen() {
		since := g.Day
		rule := VisitCritical
		if g.Severity != Critical {
			rule, since = VisitMajor, g.Day.AddMonths(followFrom).AddDays(-proposeAhead)
		}
		if r.Grave = g; !since.After(today) {
			return fits(rule, since)
		}
	}
	r.Grave = GraveFinding{}
	since := f.Last.AddMonths(f.months()).AddDays(-proposeAhead)
	switch {
	case f.Last.IsZero() && !f.Asked:
		return r, false
	case f.Last.IsZero() && f.Lots == 0 && (f.Class == "" || f.Class == RiskNew):
		return fits(VisitNew, today)
	case f.Last.IsZero():
		return fits(VisitNever, today)
	case f.Third.After(f.Last) && !f.Third.After(today):
		return fits(VisitThird, f.Third)
	case since.After(today):
		return r, false
	case f.Class == RiskHigh:
		return fits(VisitHigh, since)
	}
	return fits(VisitInterval, since)
}

// unseen are the findings that nobody has looked at there since, the worst first, and of those
// the one that has waited longest. A visit sees what was found before it.
func (f *FactoryNeed) unseen() []GraveFinding {
	gs := slices.DeleteFunc(slices.Clone(f.Grave), func(g GraveFinding) bool { return g.Day.Before(f.First) })
	slices.SortFunc(gs, func(a, b GraveFinding) int {
		return cmp.Or(yesFirst(a.Severity == Critical, b.Severity == Critical), a.Day.Compare(b.Day), cmp.Compare(a.Number, b.Number))
	})
	return gs
}

// months is the interval of its class. Where nobody has looked at the risk it is that of most
// factories, or of a high one where the last lot failed. A new one is visited after its third order,
// and after as long as most where that is not recorded.
func (f *FactoryNeed) months() int {
	switch {
	case f.Class.Months() > 0:
		return f.Class.Months()
	case f.Class == "" && f.Failed:
		return RiskHigh.Months()
	}
	return RiskMedium.Months()
}

// wholeMonths is how many months have gone by since a day; 0 for no day.
func wholeMonths(since, today civil.Date) (n int) {
	if since.IsZero() {
		return 0
	}
	n = (today.Year-since.Year)*12 + int(today.Month) - int(since.Month)
	if since.AddMonths(n).After(today) {
		n--
	}
	return max(n, 0)
}
