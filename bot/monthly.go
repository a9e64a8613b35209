package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// monthly words the overview of a month for whoever has asked for it in their settings. It is made
// when it is sent, of what its reader may see at that moment.
type monthly struct {
	*core
	directory *directory
}

// How much an overview names; the rest is counted.
const (
	monthlyLines  = 6
	monthlyAhead  = 60 // days of visits that are named
	monthlyEnds   = 90 // days of agreements
	monthlyMonths = 6  // that its chart shows
	monthlyChunk  = 100
)

// An overview is what the message about a month is worded from.
type overview struct {
	team, person string
	p            blocks.Printer
	channels     []string
	first, last  civil.Date // of the month that it is about
	today        civil.Date // where its reader is
}

// message words the overview of o; nil where its reader has turned it off meanwhile, or is no
// colleague any more.
func (mo *monthly) message(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	if _, err := mo.o.Store.Schedule(ctx, o.Workspace, visit.RecurOverview, o.Subject); errors.Is(err, visit.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	first, ok := o.MonthOf()
	if !ok {
		return nil, fmt.Errorf("read the month of an overview: %q", o.Payload)
	}
	channels, err := mo.directory.channelsOf(ctx, o.Workspace, o.To)
	if errors.Is(err, errNotYours) {
		return nil, mo.o.Store.DropSchedule(ctx, o.Workspace, visit.RecurOverview, o.Subject)
	}
	if err != nil {
		return nil, err
	}
	v := &overview{team: o.Workspace, person: o.To, p: mo.directory.printer(ctx, o.Workspace, o.To), channels: append([]string{}, channels...), first: first, last: first.AddMonths(1).AddDays(-1),
		today: civil.Of(mo.o.Now().In(zoneOr(mo.directory.zoneOf(ctx, o.Workspace, o.To))))}
	body := new(blocks.Message)
	for _, add := range []func(context.Context, *overview, *blocks.Message) error{mo.visits, mo.inspections, mo.actions, mo.agreements, mo.risks} {
		if err := add(ctx, v, body); err != nil {
			return nil, err
		}
	}
	m := new(blocks.Message)
	m.Title(v.p.T("Your month: %s", blocks.Time(v.p, first.At(0, 0, zoneOr("UTC")), "January 2006")))
	if len(body.Blocks) == 0 { // one line, so that nobody wonders whether it got lost
		m.Say(v.p.T("Nothing to report: no visits, no inspections, nothing open and no agreement that ends soon."))
	}
	m.Append(body)
	m.Add(blocks.Note(blocks.Escape(v.p.T("This counts what you may see. It comes on the first working day of each month."))))
	m.Add(blocks.Actions(blocks.Button(actSettings.With("monthly"), "", v.p.T("Change settings"))))
	return m, nil
}

// part adds a heading and its lines, and how many more there are.
func (v *overview) part(m *blocks.Message, title string, lines []string) {
	v.partOf(m, title, lines, len(lines))
}

// partOf is part where only the first lines of so many were read.
func (v *overview) partOf(m *blocks.Message, title string, lines []string, all int) {
	m.Text.Line(title)
	text := blocks.Bold(title)
	for _, l := range lines[:min(len(lines), monthlyLines)] {
		text += "\n" + blocks.Escape("• "+l)
		m.Text.Line("• " + l)
	}
	if more := all - monthlyLines; more > 0 {
		text += "\n" + v.p.M("And %d more.", more)
		m.Text.Line(v.p.T("And %d more.", more))
	}
	m.Add(blocks.Section(blocks.ClipLines(text, 2900)))
}

// visits are those that were made in the month, and those that are ahead.
func (mo *monthly) visits(ctx context.Context, v *overview, m *blocks.Message) error {
	all, err := mo.o.Store.Visits(ctx, v.team, store.Filter{Channels: v.channels, From: v.first})
	if err != nil {
		return err
	}
	var made, ahead []string
	for _, s := range all {
		line := v.p.T("%s: %s", s.Factory.Name, blocks.Days(v.p, s.First, s.Last))
		switch {
		case s.Over(mo.o.Now()) && !s.Last.After(v.last):
			made = append(made, line)
		case !s.Over(mo.o.Now()) && !s.First.After(v.today.AddDays(monthlyAhead)):
			ahead = append(ahead, line)
		}
	}
	if len(made) > 0 {
		v.part(m, v.p.T("Visits made (%d)", len(made)), made)
	}
	if len(ahead) > 0 {
		v.part(m, v.p.T("Visits in the next %d days (%d)", monthlyAhead, len(ahead)), ahead)
	}
	return nil
}

// inspections are how those of the month ended, which have no result, and how the last months
// were.
func (mo *monthly) inspections(ctx context.Context, v *overview, m *blocks.Message) error {
	counts, err := mo.o.Store.ResultCounts(ctx, v.team, v.channels, v.first.AddMonths(1-monthlyMonths), v.last.AddDays(1))
	if err != nil {
		return err
	}
	silent := store.InspectionFilter{Silent: true, Filter: store.Filter{Channels: v.channels, Before: v.today, Limit: monthlyLines}}
	late, err := mo.o.Store.Inspections(ctx, v.team, silent)
	if err != nil {
		return err
	}
	overdue, err := mo.o.Store.CountInspections(ctx, v.team, silent)
	if err != nil {
		return err
	}
	n := func(month civil.Date, r visit.Result) (n int) {
		for _, c := range counts {
			if c.Month == month.String()[:len(c.Month)] && c.Result == r {
				n += c.N
			}
		}
		return n
	}
	passed, failed := n(v.first, visit.Passed), n(v.first, visit.Failed)
	var lines []string
	for _, i := range late {
		lines = append(lines, v.p.T("Inspection %d at %s was due on %s and has no result", i.Number, i.Factory.Name, blocks.ShortDay(v.p, i.Due)))
	}
	if passed+failed+overdue > 0 {
		v.partOf(m, v.p.T("Inspections: %d passed, %d failed, %d overdue", passed, failed, overdue), lines, overdue)
	}
	c := blocks.Chart{Title: v.p.T("Inspections by month"), Unit: v.p.T("inspections"), Bars: true,
		Series: []blocks.ChartSeries{{Name: v.p.T("Passed")}, {Name: v.p.T("Failed")}}}
	months := 0 // with a result
	for at := 1 - monthlyMonths; at <= 0; at++ {
		month := v.first.AddMonths(at)
		c.Categories = append(c.Categories, blocks.Time(v.p, month.At(0, 0, zoneOr("UTC")), "Jan 2006"))
		both := 0
		for s, r := range []visit.Result{visit.Passed, visit.Failed} {
			k := n(month, r)
			both += k
			c.Series[s].Values = append(c.Series[s].Values, blocks.ChartValue{Value: float64(k), Said: fmt.Sprint(k)})
		}
		if both > 0 {
			months++
		}
	}
	if months > 1 { // one bar is the line above
		m.Chart(&c)
	}
	return nil
}

// actions are how many are open, and where factories are late.
func (mo *monthly) actions(ctx context.Context, v *overview, m *blocks.Message) error {
	open, err := mo.o.Store.OpenActions(ctx, v.team, v.channels)
	if err != nil || open == 0 {
		return err
	}
	late, err := mo.o.Store.LateActions(ctx, v.team, v.channels, v.person, v.today)
	if err != nil {
		return err
	}
	var lines []string
	all := 0
	for _, l := range late {
		all += l.N
		words := v.p.T("%s: 1 overdue, since %s", l.Name, blocks.ShortDay(v.p, l.Since))
		if l.N > 1 {
			words = v.p.T("%s: %d overdue, the first since %s", l.Name, l.N, blocks.ShortDay(v.p, l.Since))
		}
		lines = append(lines, words)
	}
	v.part(m, v.p.T("Corrective actions: %d open, %d overdue", open, all), lines)
	return nil
}

// agreements are those that end soon.
func (mo *monthly) agreements(ctx context.Context, v *overview, m *blocks.Message) error {
	as, err := mo.o.Store.Agreements(ctx, v.team, store.Filter{Channels: v.channels, From: v.today, Before: v.today.AddDays(monthlyEnds + 1)}, mo.o.Now())
	if err != nil {
		return err
	}
	var lines []string
	for _, a := range as {
		if !a.Holds(v.today) {
			continue
		}
		lines = append(lines, v.p.T("%s, %s: %s", a.Factory.Name, a.Heading(v.p.Printer), endsWords(v.p, &a, v.today)))
	}
	if len(lines) > 0 {
		v.part(m, v.p.T("Agreements that end in the next %d days (%d)", monthlyEnds, len(lines)), lines)
	}
	return nil
}

// risks are the factories whose class is another than a month ago, and the rule that made it. Both
// are counted from what stands in the database now, each as of its day: a class that was stored
// would be one more thing that can contradict the others, and would not know of what was entered
// late or corrected. The weeks around Spring Festival make no change: they are every factory's.
func (mo *monthly) risks(ctx context.Context, v *overview, m *blocks.Message) error {
	needs, err := mo.o.Store.FactoryNeeds(ctx, v.team, v.channels, v.today)
	if err != nil {
		return err
	}
	var lines []string
	for part := range slices.Chunk(needs, monthlyChunk) {
		var numbers []int
		for _, n := range part {
			numbers = append(numbers, n.Factory.Number)
		}
		all, err := mo.o.Store.ScoreFacts(ctx, v.team, numbers)
		if err != nil {
			return err
		}
		for _, n := range part {
			facts := all[n.Factory.Number].In(func(c string) bool { return slices.Contains(v.channels, c) })
			was, is, changed := facts.RiskChange(v.today.AddMonths(-1), v.today)
			if changed {
				lines = append(lines, v.p.T("%s: %s, was %s. %s", n.Factory.Name, strings.ToLower(is.Class.Words(v.p.Printer)), strings.ToLower(was.Class.Words(v.p.Printer)), riskWords(v.p, &is)))
			}
		}
	}
	if len(lines) > 0 {
		v.part(m, v.p.T("Risk has changed (%d)", len(lines)), lines)
	}
	return nil
}

// monthlyInput is the switch of the overview in a person's settings.
func monthlyInput(p blocks.Printer, on bool) slack.Block {
	chosen := monthlyOff
	if on {
		chosen = monthlyOn
	}
	return blocks.Hinted(blocks.Input(fieldMonthly, p.T("Monthly overview"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), chosen, []*slack.OptionBlockObject{
		blocks.Option(monthlyOff, p.T("Off")), blocks.Option(monthlyOn, p.T("On the first working day of each month")),
	})), p.T("Visits, inspections, open actions, agreements that end and risks that changed, from all the channels you are in."))
}

// fieldMonthly says whether the overview comes.
const (
	fieldMonthly = "monthly"
	monthlyOn    = "on"
	monthlyOff   = "off"
)

// gets reports whether a person gets the overview.
func (mo *monthly) gets(ctx context.Context, team, person string) (bool, error) {
	_, err := mo.o.Store.Schedule(ctx, team, visit.RecurOverview, visit.SubjectOf(visit.OfPerson, person))
	if errors.Is(err, visit.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// set has the overview come to a colleague, or no more. What is so already stays as it is.
func (mo *monthly) set(ctx context.Context, team, person string, on bool) error {
	if err := mo.directory.checkColleague(ctx, team, person); err != nil {
		return err
	}
	was, err := mo.gets(ctx, team, person)
	if err != nil || was == on {
		return err
	}
	if !on {
		return mo.o.Store.DropSchedule(ctx, team, visit.RecurOverview, visit.SubjectOf(visit.OfPerson, person))
	}
	return mo.o.Store.PutSchedule(ctx, visit.MonthlySchedule(team, person, mo.directory.zoneOf(ctx, team, person), &mo.o.Timing, mo.o.Now()))
}
