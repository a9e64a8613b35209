package visit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A Plan is a recurring inspection of a factory.
type Plan struct {
	Workspace string
	Number    int
	Rev       int
	Factory   Factory
	Type      string // id of a checklist template for inspections
	Rule      string // as package calendar writes it
	Place
	LeadDays        []int      // days before an inspection on which the team is reminded
	Inspectors      []string   // Slack ids; with several they take turns
	Owner           string     // who planned it, and is told what nobody has done
	Next            civil.Date // day of the first inspection that does not exist yet
	InspectionsMade int        // so far: whose turn it is
	Ended           Mark
	Created         time.Time
}

// The most that a plan may say.
const (
	MaxLeads      = 6
	MaxLead       = 120 // days
	MaxInspectors = 20
)

// Subject names the plan.
func (p *Plan) Subject() Subject { return SubjectOf(OfPlan, p.Number) }

// Normalize fills in what follows from the factory, and puts the leads in order,
// the longest first.
func (p *Plan) Normalize() {
	p.fillZones(&p.Factory)
	p.LeadDays = orderLeads(p.LeadDays)
	p.Inspectors = slices.Compact(p.Inspectors)
}

func orderLeads(leads []int) []int {
	ls := slices.Clone(leads)
	slices.Sort(ls)
	ls = slices.Compact(ls)
	slices.Reverse(ls)
	return ls
}

// Check reports every mistake in p but those of its rule, which package
// calendar reads.
func (p *Plan) Check() error {
	var es InputErrors
	if p.Type == "" {
		es.add("type", "Please pick the type of inspection.")
	}
	if p.Channel == "" {
		es.add("channel", "Please pick the channel to remind.")
	}
	if p.Rule == "" {
		es.add("rule", "Please say when the inspections take place.")
	}
	es.checkZone("zone", p.Zone)
	checkLeads(&es, p.LeadDays)
	if n := len(p.Inspectors); n > MaxInspectors {
		es.add("inspectors", "That is %d inspectors; please name at most %d.", n, MaxInspectors)
	}
	return es.orNil()
}

func checkLeads(es *InputErrors, leads []int) {
	if len(leads) > MaxLeads {
		es.add("leads", "That is %d reminders; please give at most %d.", len(leads), MaxLeads)
	}
	for _, l := range leads {
		if l < 1 || l > MaxLead {
			es.add("leads", "%d is not a number of days from 1 to %d.", l, MaxLead)
			return
		}
	}
}

// ParseLeads reads days before an inspection, such as "14, 3".
func ParseLeads(s string) ([]int, error) {
	var leads []int
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		var n int
		if _, err := fmt.Sscanf(f, "%d", &n); err != nil || fmt.Sprint(n) != f {
			return nil, Invalid("leads", "%q is not a number of days. Write, for example, 14, 3.", f)
		}
		leads = append(leads, n)
	}
	var es InputErrors
	checkLeads(&es, leads)
	return orderLeads(leads), es.orNil()
}

// Ahead is the day on which the plan's inspection on due is to be made, so that
// every reminder of it still lies ahead.
func (p *Plan) Ahead(due civil.Date) civil.Date {
	lead := 0
	for _, l := range p.LeadDays {
		lead = max(lead, l)
	}
	return due.AddDays(-lead - maxOff)
}

// Inspection is the plan's next inspection, on due. Its number and its checklist
// are given by those who store it.
func (p *Plan) Inspection(due civil.Date, now time.Time) Inspection {
	i := Inspection{
		Work: Work{Workspace: p.Workspace, Schedule: 1, Factory: p.Factory, Place: p.Place, Owner: p.Owner, Created: now},
		Plan: p.Number, Type: p.Type, Due: due, Planned: due, LeadDays: p.LeadDays,
	}
	if n := len(p.Inspectors); n > 0 {
		i.Inspector = p.Inspectors[p.InspectionsMade%n]
	}
	return i
}

// A Result is what became of an inspection.
type Result string

// The results. The empty one means that none is reported yet.
const (
	Passed  Result = "passed"
	Failed  Result = "failed"
	Skipped Result = "skipped"
	// Withdrawn is given by no person: the plan that made it has ended or has another
	// rule.
	Withdrawn Result = "withdrawn"
)

// Words is the result in the language of p.
func (r Result) Words(p *lang.Printer) string { return p.T(string(r)) }

// An Inspection is one inspection on one day, from a plan or on its own.
type Inspection struct {
	Work
	Plan      int // number of the plan it comes from; 0 for one on its own
	Type      string
	Order     string     // the order it checks, as the team names it
	Due       civil.Date // the day it is on
	Planned   civil.Date // the day the plan's rule gave, before it was moved
	LeadDays  []int
	Inspector string
	Result    Result
	Reported  Mark
	Note      string // to the result, or why it was skipped
}

// Subject names the inspection.
func (i *Inspection) Subject() Subject { return SubjectOf(OfInspection, i.Number) }

// Title names the inspection in a line, such as "Inspection 3, Ningbo Bright Metal".
func (i *Inspection) Title(p *lang.Printer) string {
	return p.T("Inspection %d, %s", i.Number, i.Factory.Name)
}

// Days are the day of the inspection, twice.
func (i *Inspection) Days() (first, last civil.Date) { return i.Due, i.Due }

// DueDay is the day by which the items of a milestone are to be done.
func (i *Inspection) DueDay(m Milestone) civil.Date { return i.Due.AddDays(int(m)) }

// Milestones are those that an item of the inspection can have.
func (i *Inspection) Milestones(*Timing) []Milestone {
	if ms := i.Items.Milestones(); len(ms) > 0 {
		return ms
	}
	return []Milestone{-14, -3, 0, 1, 7}
}

// Open reports whether its result is still to come.
func (i *Inspection) Open() bool { return i.Result == "" }

// Clone is a copy that shares nothing which can be changed.
func (i *Inspection) Clone() Inspection {
	c := *i
	c.LeadDays, c.Items = slices.Clone(i.LeadDays), slices.Clone(i.Items)
	return c
}

// SameReminders reports whether i and o have the same reminders: all that these
// depend on is equal.
func (i *Inspection) SameReminders(o *Inspection) bool {
	return i.sameReminders(&o.Work) && i.Due == o.Due && i.Open() == o.Open() && i.Owner == o.Owner && slices.Equal(i.LeadDays, o.LeadDays)
}

// Overdue reports whether its day has passed at the factory without a result.
func (i *Inspection) Overdue(now time.Time) bool { return i.Open() && i.Due.Before(i.Today(now)) }

// Normalize does for an inspection what [Plan.Normalize] does for a plan.
func (i *Inspection) Normalize() {
	i.Order = strings.Join(strings.Fields(i.Order), " ")
	i.fillZones(&i.Factory)
	if i.Planned.IsZero() {
		i.Planned = i.Due
	}
	i.LeadDays = orderLeads(i.LeadDays)
}

// Check reports every mistake in i.
func (i *Inspection) Check() error {
	var es InputErrors
	if i.Type == "" {
		es.add("type", "Please pick the type of inspection.")
	}
	if i.Channel == "" {
		es.add("channel", "Please pick the channel to remind.")
	}
	if i.Due.IsZero() {
		es.add("due", "Please pick the day of the inspection.")
	}
	es.checkText("order", "", i.Order, MaxName)
	es.checkZone("zone", i.Zone)
	checkLeads(&es, i.LeadDays)
	return es.orNil()
}

// Report gives the result. It reports false when there is one already; then the
// first stands.
func (i *Inspection) Report(r Result, note, by string, now time.Time) (bool, error) {
	note = strings.TrimSpace(note)
	var es InputErrors
	switch r {
	case Passed, Failed:
		es.checkText("note", "", note, MaxNote)
	case Skipped:
		es.checkText("note", "Please enter why it was skipped.", note, MaxNote)
	default:
		es.add("result", "Please pick passed or failed.")
	}
	if err := es.orNil(); err != nil || !i.Open() {
		return false, err
	}
	i.Result, i.Note, i.Reported = r, note, Mark{by, now}
	return true, nil
}

// SyncWithPlan applies a change of the plan to an inspection that it made ahead: it
// is withdrawn when the plan no longer asks for its day, comes back when it does
// again, and takes over the channel, the leads and the inspectors. What is due
// today, was moved, was begun or has its result stays as it is. It reports whether
// anything changed.
func (i *Inspection) SyncWithPlan(p *Plan, onPlan bool, by string, now time.Time) bool {
	begun := slices.ContainsFunc(i.Items, func(it Item) bool { return it.Done.IsSet() })
	if !i.Open() && i.Result != Withdrawn || i.Due != i.Planned || !i.Due.After(i.Today(now)) || begun {
		return false
	}
	if !onPlan {
		was := i.Open()
		i.Result, i.Reported = Withdrawn, Mark{by, now}
		return was
	}
	before := *i
	i.Result, i.Reported = "", Mark{}
	i.Place, i.LeadDays = p.Place, p.LeadDays
	switch n := len(p.Inspectors); {
	case n == 0:
		i.Inspector = ""
	case !slices.Contains(p.Inspectors, i.Inspector):
		i.Inspector = p.Inspectors[i.Number%n]
	}
	return before.Result != i.Result || before.Place != i.Place || !slices.Equal(before.LeadDays, i.LeadDays) || before.Inspector != i.Inspector
}

// Reopen undoes a result that a person gave.
func (i *Inspection) Reopen() bool {
	if i.Result == Withdrawn {
		return false
	}
	was := !i.Open()
	i.Result, i.Note, i.Reported = "", "", Mark{}
	return was
}

// Move gives the inspection another day. The plan's other dates stay as they are.
func (i *Inspection) Move(to civil.Date, now time.Time) error {
	switch {
	case !i.Open():
		return Invalid("due", "Inspection %d already has a result (%s), so it can't be moved.", i.Number, i.Result)
	case to.IsZero():
		return Invalid("due", "Please give the new day, for example 2027-03-15.")
	case to.Before(i.Today(now)):
		return Invalid("due", "%s has already passed at the factory. Please pick today or a later day.", dayOf(to))
	}
	i.Due = to
	return nil
}

// Reminders lists what is still to be sent about i, as [Visit.Reminders] does: the
// leads before, the day itself, and, while it has no result, overdue and one
// escalation.
func (i *Inspection) Reminders(t *Timing, now time.Time, catchUp bool) []Occurrence {
	if !i.Open() {
		return nil
	}
	r := newReminders(t, &i.Work, i.Subject())
	for _, l := range i.LeadDays {
		r.milestone(Milestone(-l), i.Due.AddDays(-l))
	}
	r.onTheDay(i.Due)
	if t.Overdue > 0 {
		d := t.workingDays(i.Due, t.Overdue, i.ChannelZone)
		r.add(Occurrence{Kind: Overdue, Day: d, Zone: i.ChannelZone, Due: t.Hour(d, r.channel)}, "overdue")
	}
	if t.Escalate > 0 && i.Owner != "" {
		d := t.workingDays(i.Due, t.Escalate, i.ChannelZone)
		r.add(Occurrence{Kind: Escalation, Day: d, Zone: i.ChannelZone, To: i.Owner, Due: t.Hour(d, r.channel)}, "escalation")
	}
	return r.ahead(now, catchUp)
}
