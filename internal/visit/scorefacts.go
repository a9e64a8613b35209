package visit

import (
	"cmp"
	"slices"
	"time"

	"visitprep/internal/civil"
)

// ScoreFacts are what the scores, the risk class and the cadence of one factory are counted
// from. In which order they were entered changes nothing.
type ScoreFacts struct {
	Lots         []LotFact
	Actions      []ActionFact
	Deliveries   []OrderDelivery
	Marks        []FactoryMark
	Certificates []Agreement // of the kind certificate
	Visits       []VisitFact
}

// A LotFact is what counts of a lot that was inspected and has its result.
type LotFact struct {
	Inspection      int
	No              int // its number among the lots of one day
	Series          int // 0 for a lot on its own
	Product         string
	Channel         string
	Day             civil.Date
	Passed          bool
	Majors, Checked int // major faults in so many pieces; 0 where the lot had no such class
}

// LotFact is what counts of an inspection: an original lot with counts that passed or failed.
// What was inspected before, or has no result, does not count.
func (i *Inspection) LotFact() (LotFact, bool) {
	if i.Lot.IsZero() || !i.Lot.Original() || !i.Lot.Counted.IsSet() || i.Result != Passed && i.Result != Failed {
		return LotFact{}, false
	}
	l := LotFact{Inspection: i.Number, No: i.Lot.No, Series: i.Lot.Series, Product: i.Lot.Product, Channel: i.Channel, Day: i.Due, Passed: i.Result == Passed}
	if c, ok := i.Lot.Class(Major); ok {
		l.Majors, l.Checked = c.Bad, c.N
	}
	return l, true
}

func compareLotFacts(a, b LotFact) int {
	return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.No, b.No), cmp.Compare(a.Inspection, b.Inspection))
}

// An ActionFact is what counts of a finding and its action.
type ActionFact struct {
	Finding  int
	Visit    int // the visit it was logged on; 0 for none
	Channel  string
	Kind     FindingKind
	Severity Severity
	Logged   civil.Date
	State    ActionState
	Due      civil.Date
	Done     civil.Date // on which the factory had done it
	Verified civil.Date
}

// ActionFact is what counts of a finding and its action, where something is asked of the
// factory.
func (a *ActionOf) ActionFact() (ActionFact, bool) {
	f, s := &a.Finding, &a.Action.ActionFacts
	if !f.HasAction() || f.Channel == "" {
		return ActionFact{}, false
	}
	at := f.At
	if !f.TakenAt.IsZero() {
		at = f.TakenAt
	}
	fact := ActionFact{Finding: f.Number, Channel: f.Channel, Kind: f.Kind, Severity: f.Severity, Logged: civil.Of(at.In(mustZone(a.Place.Zone))),
		State: s.State, Due: s.Due, Done: s.DoneDay, Verified: s.VerifiedDay}
	if kind, _ := f.Subject.Cut(); kind == OfVisit {
		fact.Visit = f.Subject.Number()
	}
	return fact, true
}

// openOn reports whether it was open on a day.
func (a *ActionFact) openOn(d civil.Date) bool {
	switch {
	case a.Logged.After(d) || a.State == ActionWithdrawn || a.State == ActionAccepted:
		return false
	case a.State == ActionVerified:
		return a.Verified.After(d)
	}
	return true
}

// A VisitFact is what counts of a visit that is not cancelled.
type VisitFact struct {
	Number      int
	Channel     string
	Owner       string
	First, Last civil.Date
}

// A MarkKind says what somebody said about a factory.
type MarkKind string

// The kinds of mark.
const (
	MarkCost       MarkKind = "cost"       // Points 1 to 5, of a quarter
	MarkCompliance MarkKind = "compliance" // Points 1 to 5, of a quarter
	MarkNeeded     MarkKind = "needed"     // so many certificates are needed, from a quarter on: Points
	MarkFlag       MarkKind = "flag"       // Name is the flag, Day from when on; Points 0 takes it back
	MarkRisk       MarkKind = "risk"       // Name is the class, Points how much lower than the rules say; empty takes it back
	MarkNotNow     MarkKind = "not_now"    // no visit is proposed before Day
)

// A FactoryMark is what somebody said about a factory. Marks are only ever added: of one kind,
// name and quarter the last one of a channel counts.
type FactoryMark struct {
	Workspace string
	Number    int
	Factory   int
	Channel   string // whose members may see it
	Kind      MarkKind
	Name      string
	Quarter   Quarter
	Day       civil.Date
	Points    int
	Against   RiskRule // of a risk class: what the rules said then
	Why       string
	By        string
	At        time.Time
}

// Check reports what cannot be in a mark.
func (m *FactoryMark) Check() error {
	var es InputErrors
	switch m.Kind {
	case MarkCost, MarkCompliance:
		if m.Points < 0 || m.Points > 5 {
			es.add(string(m.Kind), "Please give a mark from 1 to 5.")
		}
	case MarkNeeded:
		if m.Points < 0 || m.Points > MaxCertificates {
			es.add("needed", "Please give a whole number, at most %d.", MaxCertificates)
		}
	case MarkRisk:
		if m.Name != "" && RiskClass(m.Name).weight() < 0 {
			es.add("risk", "Please pick one of the classes.")
		}
		if m.Points > 0 {
			es.checkText("why", "A lower class needs a reason. Please write why.", m.Why, MaxReason)
		}
	}
	es.checkText("why", "", m.Why, MaxReason)
	return es.orNil()
}

// MaxCertificates is how many certificates may be needed of one factory.
const MaxCertificates = 50

// In are the facts of some channels: what whoever reads only those may know of.
func (f *ScoreFacts) In(reads func(channel string) bool) ScoreFacts {
	return ScoreFacts{
		Lots:         only(f.Lots, func(l *LotFact) string { return l.Channel }, reads),
		Actions:      only(f.Actions, func(a *ActionFact) string { return a.Channel }, reads),
		Deliveries:   only(f.Deliveries, func(d *OrderDelivery) string { return d.Channel }, reads),
		Marks:        only(f.Marks, func(m *FactoryMark) string { return m.Channel }, reads),
		Certificates: only(f.Certificates, func(a *Agreement) string { return a.Channel }, reads),
		Visits:       only(f.Visits, func(v *VisitFact) string { return v.Channel }, reads),
	}
}

// Channels are those that the facts are of, sorted.
func (f *ScoreFacts) Channels() (channels []string) {
	f.In(func(c string) bool {
		channels = append(channels, c)
		return false
	})
	slices.Sort(channels)
	return slices.Compact(channels)
}

func only[T any](all []T, channel func(*T) string, reads func(string) bool) (some []T) {
	for n := range all {
		if reads(channel(&all[n])) {
			some = append(some, all[n])
		}
	}
	return some
}

// ChannelsOf are the channels whose facts the score of a quarter is counted from, sorted: those
// of the four quarters up to it, of critical findings that were open, and of what was said.
func (f *ScoreFacts) ChannelsOf(q Quarter) (channels []string) {
	add := func(c string) { channels = append(channels, c) }
	in := func(d civil.Date) bool { return !d.Before(q.Add(-3).First()) && !d.After(q.Last()) }
	for _, l := range f.Lots {
		if in(l.Day) {
			add(l.Channel)
		}
	}
	for _, a := range f.Actions {
		if in(a.Due) || a.Severity == Critical && a.openOn(q.Last()) {
			add(a.Channel)
		}
	}
	for _, d := range f.Deliveries {
		if in(d.Confirmed) {
			add(d.Channel)
		}
	}
	needed := f.needed(q) > 0
	for _, m := range f.Marks {
		if (m.Kind == MarkCost || m.Kind == MarkCompliance) && m.Quarter == q || m.Kind == MarkNeeded && m.Quarter.String() <= q.String() {
			add(m.Channel)
		}
	}
	for _, a := range f.Certificates {
		if needed && a.HeldOn(q.Last()) {
			add(a.Channel)
		}
	}
	slices.Sort(channels)
	return slices.Compact(channels)
}

// said are the marks of a kind that count, each channel's last of its name and quarter, in an
// order that does not depend on when they were read.
func (f *ScoreFacts) said(k MarkKind) (ms []FactoryMark) {
	all := slices.DeleteFunc(slices.Clone(f.Marks), func(m FactoryMark) bool { return m.Kind != k })
	slices.SortFunc(all, func(a, b FactoryMark) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number)) })
	for _, m := range all {
		same := func(o FactoryMark) bool {
			return o.Channel == m.Channel && o.Quarter == m.Quarter && (k == MarkRisk || k == MarkNotNow || o.Name == m.Name)
		}
		ms = append(slices.DeleteFunc(ms, same), m)
	}
	return ms
}

// StandsIn are the channels in which something said about a factory stands: a flag by its name, a class
// that was set, a mark of a quarter.
func (f *ScoreFacts) StandsIn(k MarkKind, name string, q Quarter) (channels []string) {
	for _, m := range f.said(k) {
		stands := m.Points > 0
		if k == MarkRisk {
			stands = m.Name != ""
		}
		if stands && m.Quarter == q && (k != MarkFlag || m.Name == name) {
			channels = append(channels, m.Channel)
		}
	}
	return channels
}

// needed is how many certificates are needed in a quarter: of what was said for it or before it
// last, the most of any channel.
func (f *ScoreFacts) needed(q Quarter) (n int) {
	last := map[string]FactoryMark{}
	for _, m := range f.said(MarkNeeded) {
		if m.Quarter.String() <= q.String() && m.Quarter.String() >= last[m.Channel].Quarter.String() {
			last[m.Channel] = m
		}
	}
	for _, m := range last {
		n = max(n, m.Points)
	}
	return n
}
