package visit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/chars"
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
	for _, f := range chars.List(s) {
		if f == "day" || f == "days" {
			continue
		}
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
	// Undecided is that the inspection took place and its pieces are counted, but nobody has
	// decided yet: a laboratory has the sample. It is asked for until it passed or failed.
	Undecided Result = "pending"
	// CouldNot is that the inspector could not do it: the goods were not ready, or the gate
	// stayed shut. It is over, as one that was skipped, and the note says why.
	CouldNot Result = "could_not"
	// Withdrawn is given by no person: the plan that made it has ended or has another
	// rule.
	Withdrawn Result = "withdrawn"
)

// What can be answered besides when somebody is asked for a result. No inspection has one of
// these as its Result.
const (
	Awaited Result = "awaited" // it is still to come
	Missed  Result = "missed"  // the inspection could not be done on its day, and has another
)

// Words is the result in the language of p.
func (r Result) Words(p *lang.Printer) string {
	if r == CouldNot {
		return p.T("could not be done")
	}
	return p.T(string(r))
}

// TookPlace reports whether the inspection was done, whatever it came to.
func (r Result) TookPlace() bool { return r == Passed || r == Failed || r == Undecided }

// Off reports whether the inspection does not take place.
func (r Result) Off() bool { return r == Skipped || r == CouldNot || r == Withdrawn }

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
	NoteOpen  bool   // whoever reported it says that another company may read Note
	Awaited   Mark   // who said last, of one without a result, that it is still awaited
	// Missed is who said that it could not be done on MissedDay. It was given another day
	// then, and Note says why.
	Missed    Mark
	MissedDay civil.Date

	Lot       Lot
	Decision  LotOutcome
	Ordered   Quantities
	Firm      Firm   // that inspects, where it is none of ours
	Unchecked string // what was not checked, and why
	Measured  []Measured
}

// Subject names the inspection.
func (i *Inspection) Subject() Subject { return SubjectOf(OfInspection, i.Number) }

// Origin is what names the inspection in the keys of its messages: the plan that made it
// and the day for which it did, or the inspection itself where a person planned it. A
// database that is put back from a copy makes the plan's inspections once more, and by
// these keys their messages are found although their numbers are others then.
func (i *Inspection) Origin() Subject {
	if i.Plan == 0 {
		return i.Subject()
	}
	return SubjectOf(OfPlan, i.Plan) + Subject("/"+i.Planned.String())
}

// Title names the inspection in a line, such as "Inspection 3, Ningbo Bright Metal".
func (i *Inspection) Title(p *lang.Printer) string {
	return p.T("Inspection %d, %s", i.Number, i.Factory.Name)
}

// Days are the day of the inspection, twice.
func (i *Inspection) Days() (first, last civil.Date) { return i.Due, i.Due }

// DueDay is the day by which the items of a milestone are to be done.
func (i *Inspection) DueDay(m Milestone) civil.Date { return m.DueDay(i.Due, i.Due) }

// Milestones are those that an item of the inspection can have.
func (i *Inspection) Milestones(*Timing) []Milestone {
	if ms := i.Items.Milestones(); len(ms) > 0 {
		return ms
	}
	return []Milestone{-14, -3, 0, 1, 7}
}

// Open reports whether its result is still to come.
func (i *Inspection) Open() bool { return i.Result == "" }

// Reminded reports whether reminders of it are sent: its result is still to come, or
// something that follows from it is open.
func (i *Inspection) Reminded() bool { return i.Open() || len(i.Following()) > 0 }

// Following are the milestones after an inspection at which something is still to be done,
// the earliest first, of one that took place and has its result. Without a result, or where
// it did not take place, nothing follows from it.
func (i *Inspection) Following() (ms []Milestone) {
	if !i.Result.TookPlace() {
		return nil
	}
	return slices.DeleteFunc(i.Items.OpenDays(i.Due, i.Due), func(m Milestone) bool { return m <= 0 })
}

// Clone is a copy that shares nothing which can be changed.
func (i *Inspection) Clone() Inspection {
	c := *i
	c.LeadDays, c.Items = slices.Clone(i.LeadDays), slices.Clone(i.Items)
	c.Lot, c.Measured = i.Lot.clone(), slices.Clone(i.Measured)
	return c
}

// SameReminders reports whether i has the same reminders as o, which it was before: all that
// these depend on is equal. That nobody awaits the result any more leaves the next question
// where it is.
func (i *Inspection) SameReminders(o *Inspection) bool {
	return i.sameReminders(&o.Work) && i.Due == o.Due && i.Open() == o.Open() && i.Owner == o.Owner && slices.Equal(i.LeadDays, o.LeadDays) &&
		(i.Awaited.At.Equal(o.Awaited.At) || !i.Awaited.IsSet()) && i.Items.sameOwnDays(o.Items) && slices.Equal(i.Following(), o.Following())
}

// Overdue reports whether its day has passed at the factory without a result.
func (i *Inspection) Overdue(now time.Time) bool { return i.Open() && i.Due.Before(i.Today(now)) }

// Near reports whether its reminders have begun.
func (i *Inspection) Near(now time.Time) bool {
	lead := 0
	for _, l := range i.LeadDays {
		lead = max(lead, l)
	}
	return !i.Today(now).Before(i.Due.AddDays(-lead))
}

// Normalize does for an inspection what [Plan.Normalize] does for a plan.
func (i *Inspection) Normalize() {
	i.Order = strings.Join(strings.Fields(chars.Line(i.Order)), " ")
	i.fillZones(&i.Factory)
	if i.Planned.IsZero() {
		i.Planned = i.Due
	}
	i.LeadDays = orderLeads(i.LeadDays)
	i.Firm.normalize()
	i.Unchecked = chars.Prose(i.Unchecked)
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
	if i.Due.Year > MaxYear {
		es.add("due", "%s is too far off. Please pick a day before 2200.", dayOf(i.Due))
	}
	es.checkText("order", "", i.Order, MaxName)
	es.checkZone("zone", i.Zone)
	checkLeads(&es, i.LeadDays)
	es.Collect(i.Lot.Check())
	i.Ordered.check(&es)
	i.Firm.check(&es)
	es.checkText("unchecked", "", i.Unchecked, MaxNote)
	return es.orNil()
}

// Report gives the result. It reports false when there is one already; then the
// first stands, but that one which is undecided may pass or fail yet. A result that says
// another thing than the counts do needs a note. The note is for insiders until NoteOpen says
// otherwise.
func (i *Inspection) Report(r Result, note, by string, now time.Time) (bool, error) {
	note = chars.Prose(note)
	var es InputErrors
	switch r {
	case Passed, Failed, Undecided:
		es.checkText("note", "", note, MaxNote)
	case Skipped:
		es.checkText("note", "Please enter why it was skipped.", note, MaxNote)
	case CouldNot:
		es.checkText("note", "Please enter why it could not be done.", note, MaxNote)
	default:
		es.add("result", "Please pick passed or failed.")
	}
	verdict := r == Passed || r == Failed
	decides := i.Result == Undecided && verdict
	if proposed := i.Lot.Proposal(); verdict && proposed != "" && proposed != r && chars.Blank(note) && (i.Open() || decides) {
		es.add("note", "The counts say %s. Please write why the result is %s.", proposed, r)
	}
	if err := es.orNil(); err != nil || !i.Open() && !decides {
		return false, err
	}
	i.Result, i.Note, i.NoteOpen, i.Reported = r, note, false, Mark{by, now}
	i.Awaited, i.Missed, i.MissedDay = Mark{}, Mark{}, civil.Date{}
	return true, nil
}

// Doubt reports, in the field of the note, that a result rests on counts below what findings tell
// of, and nobody has written why.
func (i *Inspection) Doubt(r Result, note string, fs []Finding) error {
	if r != Passed && r != Failed || !i.Open() && i.Result != Undecided || !chars.Blank(note) {
		return nil
	}
	if all := i.Lot.Shortfalls(fs); len(all) > 0 { // the worst; the note answers for all
		return Invalid("note", "%s: findings tell of %d bad, and %d are counted. Please write why.", all[0].Class, all[0].Found, all[0].Counted)
	}
	return nil
}

// Await notes that the result is still to come, and who says so. It reports false where
// there is one.
func (i *Inspection) Await(by string, now time.Time) bool {
	if !i.Open() {
		return false
	}
	if i.Missed.IsSet() {
		i.Missed, i.MissedDay, i.Note, i.NoteOpen = Mark{}, civil.Date{}, "", false
	}
	i.Awaited = Mark{by, now}
	return true
}

// awaitedFor is how long nobody is asked for a result that somebody awaits: a week, but for
// the days by which a weekend or a holiday brings the next question forward.
const awaitedFor = 5 * 24 * time.Hour

// Miss notes that the inspection could not be done on its day, and why. It gets another
// day; where that is the zero Date, it is skipped.
func (i *Inspection) Miss(why string, to civil.Date, by string, now time.Time) (bool, error) {
	if to.IsZero() || !i.Open() {
		return i.Report(Skipped, why, by, now)
	}
	why = chars.Prose(why)
	var es InputErrors
	es.checkText("note", "Please enter why it could not be done.", why, MaxNote)
	moved := *i
	es.Collect(moved.Move(to, now))
	if err := es.orNil(); err != nil {
		return false, err
	}
	was := i.Due
	i.Due = to
	i.Note, i.NoteOpen, i.Awaited = why, false, Mark{}
	i.Missed, i.MissedDay = Mark{by, now}, was
	return true, nil
}

// Answer is what somebody answered when they were asked for the result; empty where nobody
// did, or where it is time to ask again.
func (i *Inspection) Answer(now time.Time) Result {
	switch {
	case !i.Open():
		return i.Result
	case i.Missed.IsSet() && !i.Overdue(now):
		return Missed
	case i.Awaited.IsSet() && now.Sub(i.Awaited.At) < awaitedFor:
		return Awaited
	}
	return ""
}

// Unanswer takes an answer back. It reports false where another one stands by now, or none.
func (i *Inspection) Unanswer(r Result, now time.Time) bool {
	if r == "" || i.Answer(now) != r {
		return false
	}
	switch r {
	case Missed:
		i.Due, i.Note, i.NoteOpen = i.MissedDay, "", false
		i.Missed, i.MissedDay = Mark{}, civil.Date{}
	case Awaited:
		i.Awaited = Mark{}
	default:
		return i.Reopen()
	}
	return true
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
	i.Result, i.Note, i.NoteOpen, i.Reported = "", "", false, Mark{}
	i.Decision = LotOutcome{}
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
	case to.Year > MaxYear:
		return Invalid("due", "%s is too far off. Please pick a day before 2200.", dayOf(to))
	}
	i.Due, i.Awaited = to, Mark{}
	return nil
}

// Reminders lists what is still to be sent about i, as [Visit.Reminders] does: the
// leads before, the day itself, and, while it has no result, the first time that it is
// asked for; [Inspection.AskAgain] has the others.
func (i *Inspection) Reminders(t *Timing, now time.Time, catchUp bool) []Occurrence {
	if !i.Open() {
		return nil
	}
	return i.reminders(t).ahead(now, catchUp)
}

// reminders are all that there are about i, whether it is open and whatever the time.
func (i *Inspection) reminders(t *Timing) *reminders {
	r := newReminders(t, &i.Work, i.Subject(), i.Due, i.Due)
	r.origin = i.Origin()
	for _, l := range i.LeadDays {
		r.milestone(Milestone(-l), i.Due.AddDays(-l))
	}
	r.onTheDay(i.Due)
	r.ownDays()
	if t.Overdue > 0 {
		d := t.workingDays(i.Due, t.Overdue, i.ChannelZone)
		if week, ok := i.awaited(t, i.Due); ok {
			d = week
		}
		r.os = append(r.os, r.question(d, "overdue"))
	}
	r.order()
	return r
}

// AskAgain is the next time that the result is asked for, after it was on a day: on the
// third and the seventh working day after the inspection where the first time is on the
// first, and then every week, until somebody answers. Where somebody awaits the result it is
// every week from the day on which they said so.
func (i *Inspection) AskAgain(t *Timing, asked civil.Date) Occurrence {
	r := newReminders(t, &i.Work, i.Subject(), i.Due, i.Due)
	r.origin = i.Origin()
	if week, ok := i.awaited(t, asked); ok {
		return r.question(week, "overdue-"+week.String())
	}
	var day civil.Date
	for _, n := range []int{0, 2, 6} {
		if day = t.workingDays(i.Due, max(t.Overdue, 1)+n, i.ChannelZone); day.After(asked) {
			return r.question(day, "overdue-"+day.String())
		}
	}
	weeks := asked.Sub(day)/7 + 1
	day = t.Later(day.AddDays(7*weeks), i.ChannelZone)
	return r.question(day, "overdue-"+day.String())
}

// awaited is the first day after a day on which a result that somebody awaits is asked for.
func (i *Inspection) awaited(t *Timing, after civil.Date) (civil.Date, bool) {
	if !i.Awaited.IsSet() {
		return civil.Date{}, false
	}
	said := civil.Of(i.Awaited.At.In(mustZone(i.ChannelZone)))
	weeks := max(1, after.Sub(said)/7+1)
	return t.Later(said.AddDays(7*weeks), i.ChannelZone), true
}

// question asks for the result of an inspection on a day.
func (r *reminders) question(day civil.Date, what string) Occurrence {
	return r.made(Occurrence{Kind: Overdue, Day: day, Zone: r.work.ChannelZone, Due: r.t.Hour(day, r.channel)}, what)
}

// Replan is [Visit.Replan] for an inspection. Besides, one that is overdue and has its
// result taken back is brought up again on the next working morning, whatever was told
// before.
//
// One that has its result is reminded of what follows from it: see [Inspection.Following].
func (i *Inspection) Replan(t *Timing, now time.Time, before *Inspection, rows []Occurrence) (withdrawn []string, added []Occurrence) {
	withdrawn, added = replan(i, i.reminders(t), before, before.reminders(t), before.Reported.At, now, rows)
	if i.Open() {
		return withdrawn, added
	}
	for _, o := range rows { // what is due already, or was snoozed, stays
		if o.State != Pending || !o.follows() || !o.Promised() && o.Due.After(now) {
			continue
		}
		if o.Elsewhere(&i.Work) {
			added = append(added, o.MovedTo(&i.Work))
		} else {
			withdrawn = slices.DeleteFunc(withdrawn, func(k string) bool { return k == o.Key })
		}
	}
	r := newReminders(t, &i.Work, i.Subject(), i.Due, i.Due)
	r.origin = i.Origin()
	for _, m := range i.Following() {
		r.milestone(m, i.DueDay(m))
	}
	r.order()
	var past *Occurrence
	for n := range r.os {
		o := &r.os[n]
		told := slices.ContainsFunc(rows, func(r Occurrence) bool {
			return r.follows() && r.Milestone >= o.Milestone && r.State != Cancelled && (r.State != Pending || !r.Due.After(now))
		})
		switch {
		case told:
		case o.Due.Before(now):
			past = o
		default:
			added = append(added, *o)
		}
	}
	if past != nil { // the result came late, so what was to follow by now is told in the morning
		past.Due = t.NextMorning(now, past.Zone)
		past.Wake, past.Day, past.Expires = past.Due, civil.Of(past.Due.In(r.channel)), past.Due.Add(afterLast)
		added = append(added, *past)
	}
	return withdrawn, added
}

// follows reports whether o reminds of what comes after an inspection or a visit.
func (o *Occurrence) follows() bool { return o.Kind == Remind && o.Milestone > 0 }
