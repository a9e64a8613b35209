package bot

import (
	"cmp"
	"slices"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// remindItems is how many open items a reminder shows; the checklist has the rest.
const remindItems = 8

// reminder words a reminder of a visit or an inspection; nil where nothing is to be said.
func (wd *wording) reminder(g *guide.Guide, a visit.Appointment, o *visit.Occurrence, to audience) *blocks.Message {
	if i, ok := a.(*visit.Inspection); ok && missing(o) {
		return wd.resultQuestion(i, to)
	}
	if v, ok := a.(*visit.Visit); ok && o.Kind == visit.Remind && o.Milestone == 0 {
		return wd.dayCard(v, o, to)
	}
	w := a.Common()
	m := new(blocks.Message)
	head := headline(wd.p, a, o, wd.today(&w.Place))
	m.Add(blocks.Section(blocks.Bold(head)))
	m.Text.Line(head)
	due := wd.itemsDue(a, o, to)
	addItems(wd.p, m, a, &due, o.To)
	m.Add(blocks.Actions(reminderButtons(wd.p, g, a, o, due.own)...))
	return m
}

// missing reports whether a reminder is about a result that nobody has reported.
func missing(o *visit.Occurrence) bool {
	return o.Kind == visit.Overdue || o.Kind == visit.Escalation
}

// headline is the first line of a reminder that is read today.
func headline(p blocks.Printer, a visit.Appointment, o *visit.Occurrence, t today) string {
	title := a.Title(p.Printer)
	first, _ := a.Days()
	v, _ := a.(*visit.Visit)
	switch {
	case o.Kind == visit.CatchUp:
		return p.T("%s: what should be done by now", title)
	case v == nil && o.Milestone > 0:
		return p.T("%s: what follows from the result", title)
	case v != nil && o.Milestone > 0:
		return p.T("%s: %s the visit", title, o.Milestone.Label(p.Printer))
	}
	switch here, factory := t.ahead(p, first); {
	case v == nil && factory == "":
		return p.T("%s: due %s, on %s", title, here, blocks.OnDay(p, first))
	case v == nil:
		return p.T("%s: due %s, on %s (%s)", title, here, blocks.OnDay(p, first), factory)
	case factory == "":
		return p.T("%s: the visit begins %s, on %s", title, here, blocks.OnDay(p, first))
	default:
		return p.T("%s: the visit begins %s, on %s (%s)", title, here, blocks.OnDay(p, first), factory)
	}
}

// A dueList is what a reminder lists.
type dueList struct {
	own         []visit.Item // due since the reminder before it, the last due first
	older       int          // how many are open of those before
	next        string       // in words the first one after them
	ownRange    rest
	beforeRange rest
}

// noMilestone is before any that there is.
const noMilestone visit.Milestone = -100_000

// itemsDue are the open items that a reminder is about. After a visit, what was to be done
// before its end is over; a list of what should be done by now has all of it.
func (wd *wording) itemsDue(a visit.Appointment, o *visit.Occurrence, to audience) (due dueList) {
	since := noMilestone
	if o.Milestone > 0 {
		since = 1
	}
	from := since
	if o.Kind == visit.Remind {
		for _, m := range wd.reminded(a) {
			if m < o.Milestone {
				from = max(from, m+1)
			}
		}
	}
	due.ownRange, due.beforeRange = rest{restMore, from, o.Milestone}, rest{restOlder, since, from - 1}
	var next civil.Date
	for _, i := range a.Common().Items {
		switch on := i.Falls(a.Days()); {
		case !i.Open() || hidden(&i, to):
		case due.ownRange.has(on):
			due.own = append(due.own, i)
		case due.beforeRange.has(on):
			due.older++
		case on > o.Milestone && (due.next == "" || i.DueDay(a.Days()).Before(next)):
			next = i.DueDay(a.Days())
			due.next = wd.p.T("%s, by %s", i.Text, blocks.ShortDay(wd.p, next))
		}
	}
	slices.SortStableFunc(due.own, func(x, y visit.Item) int { return cmp.Compare(y.Falls(a.Days()), x.Falls(a.Days())) })
	return due
}

// reminded are the milestones of which a is reminded.
func (wd *wording) reminded(a visit.Appointment) []visit.Milestone {
	ms := append([]visit.Milestone{0}, a.Common().Items.OwnDays(a.Days())...)
	before, after := wd.o.Timing.Before, wd.o.Timing.After
	if i, ok := a.(*visit.Inspection); ok {
		before, after = i.LeadDays, nil
	}
	for _, n := range before {
		ms = append(ms, visit.Milestone(-n))
	}
	for _, n := range after {
		ms = append(ms, visit.Milestone(n))
	}
	return ms
}

// addItems lists the open items of a reminder to a channel or a person, each with a button
// that ticks it. Where there is none, it says what comes next.
func addItems(p blocks.Printer, m *blocks.Message, a visit.Appointment, due *dueList, to string) {
	reader := ""
	if visit.IsPerson(to) {
		reader = to
	}
	shown := due.own[:min(len(due.own), remindItems)]
	if len(due.own) == remindItems+1 { // the line that counts it would take the same room
		shown = due.own
	}
	for _, i := range shown {
		m.Add(itemLine(p, a.Subject(), &i, reader))
		m.Text.Line(p.T("Open: %s", i.Text))
	}
	if len(due.own) == 0 && due.older == 0 {
		words := p.T("Nothing is left to do.")
		if due.next != "" {
			words = p.T("On the checklist, nothing is due right now. Next: %s.", due.next)
		}
		m.Add(blocks.Note(blocks.Escape(words)))
		m.Text.Line(words)
	}
	if n := len(due.own) - len(shown); n > 0 {
		m.Add(due.ownRange.line(p, a.Subject(), n))
	}
	if due.older > 0 {
		line := due.beforeRange.line(p, a.Subject(), due.older)
		m.Add(line)
		m.Text.Line(line.Text.Text)
	}
}

// reminderButtons are what can be done about a reminder.
func reminderButtons(p blocks.Printer, g *guide.Guide, a visit.Appointment, o *visit.Occurrence, open []visit.Item) []slack.BlockElement {
	about := blocks.Subject(a.Subject())
	es := []slack.BlockElement{blocks.Button(actChecklist, about, p.T("Open checklist"))}
	for _, i := range open {
		if len(i.Entries) == 0 {
			continue
		}
		if e, ok := g.Base.Entry(i.Entries[0]); ok { // it opens over Slack, where everybody looks
			es = append(es, blocks.Button(actHelp, guide.EntrySubject(e.ID), e.Title))
			break
		}
	}
	if i, ok := a.(*visit.Inspection); ok && i.Open() {
		es = append(es, blocks.Button(actReport, about, p.T("Report result")))
	} else if ok && i.Result == visit.Failed {
		es = append(es, blocks.Button(actReinspect, about, p.T("Plan re-inspection")))
	} else if !ok && o.Milestone > 0 { // whether there is one yet or not: another company may read along
		es = append(es, blocks.Button(actOutcome, about, p.T("Outcome")))
	} else if !ok {
		es = append(es, blocks.Button(actBrief, about, p.T("Send me the brief")))
	}
	if o.Milestone != 0 {
		es = append(es, blocks.Button(actSnooze, blocks.Subject(o.Key), p.T("Snooze reminder")))
	}
	return es
}
