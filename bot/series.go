package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// The fields of a series: "every 3 months on the 15th from 2027-01-15" by menus, or typed
// as fieldRule.
const (
	fieldEvery  = "every"   // a number
	fieldUnit   = "unit"    // one of calendar.Units
	fieldOn     = "on"      // one of calendar.Places
	fieldOnWeek = "on_week" // one of calendar.Weekdays, where the unit is weeks
	fieldFrom   = "from"
)

// fieldEarly asks whether a result before the day of its inspection is meant.
const fieldEarly = "early"

// repeatWritten is a series whose rhythm is typed.
const repeatWritten = "written"

// series reports whether the form is one of a plan.
func (f form) series() bool { return f[fieldRepeat] == repeatAgain || f[fieldRepeat] == repeatWritten }

// rhythm is what the menus say; it reports false while something is missing.
func (f form) rhythm() (calendar.Rhythm, bool) {
	n, err := strconv.Atoi(f[fieldEvery])
	from, err2 := civil.Parse(f[fieldFrom])
	rh := calendar.Rhythm{N: n, Unit: f[fieldUnit], On: f[fieldOn], From: from}
	if rh.Unit == calendar.Weeks {
		rh.On = f[fieldOnWeek]
	}
	return rh, err == nil && err2 == nil && rh.Unit != ""
}

// setRhythm has the menus say a rhythm.
func (f form) setRhythm(rh calendar.Rhythm) {
	f[fieldEvery], f[fieldUnit], f[fieldFrom] = strconv.Itoa(rh.N), rh.Unit, rh.From.String()
	f[fieldOn], f[fieldOnWeek] = rh.On, ""
	if rh.Unit == calendar.Weeks {
		f[fieldOn], f[fieldOnWeek] = "", rh.On
	}
}

// rule reads the rhythm of a series, from today at the factory on.
func (f form) rule(p blocks.Printer, today civil.Date) (calendar.Rule, error) {
	field, text := fieldRule, f[fieldRule]
	if f[fieldRepeat] == repeatAgain {
		rh, ok := f.rhythm()
		if !ok {
			return calendar.Rule{}, visit.Invalid(fieldFrom, "Please pick how often, and from which day.")
		}
		field, text = fieldFrom, rh.Typed()
	}
	r, err := calendar.Read(text, today)
	if err != nil {
		return r, visit.Invalid(field, "%s", blocks.Clip(blocks.Sentence(p.Err(err)), 300))
	}
	return r, nil
}

// rewritten has the other way of saying a rhythm say what the one did that was left.
func (f form) rewritten(today civil.Date) {
	typed, err := calendar.Read(f[fieldRule], today)
	said, ok := typed.Rhythm()
	switch rh, whole := f.rhythm(); {
	case f[fieldRepeat] == repeatWritten && whole && (f[fieldRule] == "" || err == nil && ok):
		f[fieldRule] = rh.Typed()
	case f[fieldRepeat] == repeatAgain && err == nil && ok:
		f.setRhythm(said)
	}
}

// firstAhead is how many days ahead a series begins that nobody has given a day yet: its
// first reminder lies ahead.
const firstAhead = 15

// seriesInputs are the inputs for the rhythm of a series, with its next dates below them,
// and the rule of those dates where there are any.
func (ins *inspections) seriesInputs(p blocks.Printer, f form, zone string) (inputs []slack.Block, shown string) {
	today := civil.Of(ins.o.Now().In(zoneOr(zone)))
	if f[fieldRepeat] == repeatWritten {
		return []slack.Block{blocks.Hinted(blocks.Input(fieldRule, p.T("When?"), blocks.TextInput(f[fieldRule], p.T("every 3 months from 15 January 2027"), false)),
			p.T(`For example "every quarter", "every other Tuesday", "monthly on the 5th", "last working day of every month", "yearly on 3 March". An inspection is on a day, without an hour. You will see the next five dates before anything is saved.`))}, ""
	}
	if f[fieldEvery] == "" {
		f[fieldEvery], f[fieldUnit] = "3", calendar.Months
	}
	if f[fieldFrom] == "" {
		first := today.AddDays(firstAhead)
		if better, _ := ins.words(p, "").better(first); !better.Before(today) {
			first = better
		}
		f[fieldFrom] = first.String()
	}
	var numbers, units, places []*slack.OptionBlockObject
	for n := range 12 {
		numbers = append(numbers, blocks.Option(blocks.Subject(strconv.Itoa(n+1)), strconv.Itoa(n+1)))
	}
	if n, err := strconv.Atoi(f[fieldEvery]); err == nil && n > 12 { // of a plan that was written
		numbers = append(numbers, blocks.Option(blocks.Subject(f[fieldEvery]), f[fieldEvery]))
	}
	for _, u := range calendar.Units() {
		units = append(units, blocks.Option(blocks.Subject(u), p.T(u)))
	}
	on := fieldOn
	if f[fieldUnit] == calendar.Weeks {
		on = fieldOnWeek
		for _, d := range calendar.Weekdays() {
			places = append(places, blocks.Option(blocks.Subject(d), p.T(d)))
		}
	} else {
		for _, place := range calendar.Places() {
			places = append(places, blocks.Option(blocks.Subject(place), calendar.PlaceWords(p.Printer, place)))
		}
	}
	menu := func(field, label, placeholder string, options []*slack.OptionBlockObject) *slack.InputBlock {
		return blocks.Refilling(blocks.Input(field, label, blocks.Choice(p, string(actRefresh), placeholder, f[field], options)))
	}
	from := blocks.DayInput(p, f[fieldFrom])
	from.ActionID = string(actRefresh)
	inputs = []slack.Block{
		menu(fieldEvery, p.T("Every"), p.T("Pick a number"), numbers),
		menu(fieldUnit, p.T("Weeks, months or years"), p.T("Pick one"), units),
		blocks.Hinted(blocks.Optional(menu(on, p.T("On"), p.T("The day of the first date"), places)), p.T("A working day is from Monday to Friday and not a public holiday in China. If you pick nothing, it is the day of the date below.")),
		blocks.Refilling(blocks.Input(fieldFrom, p.T("From"), from)),
	}
	rule, err := f.rule(p, today)
	if err != nil {
		return append(inputs, blocks.Note(blocks.Escape(p.Err(err)))), ""
	}
	return append(inputs, ins.words(p, "").datesOf(rule, zone)...), rule.String()
}

// datesOf are the next five dates of a rule, with what China's calendar and people's usual
// mistakes have to do with them.
func (wd *wording) datesOf(rule calendar.Rule, zone string) []slack.Block {
	bs := []slack.Block{blocks.Section(blocks.Escape(wd.p.T("Schedule: %s.", rule.Describe(wd.p.Printer))))}
	days := wd.nextDays(rule, zone)
	var notes []string
	for _, d := range days {
		for _, w := range wd.o.CalendarNotes(wd.p.Printer, d, d) {
			if !slices.Contains(notes, w) {
				notes = append(notes, w)
			}
		}
	}
	bs = append(bs, blocks.Section(wd.nextDates(days, nil)))
	for _, w := range append(rule.Warnings(wd.p.Printer), notes...) {
		bs = append(bs, blocks.Note(blocks.Bold(wd.p.T("Note:"))+" "+blocks.Escape(blocks.Sentence(w))))
	}
	return append(bs, blocks.Note(blocks.Escape(wd.p.T("An inspection is on a day, without an hour. Dates are in the factory's time zone, %s.", zone))))
}

// datesShown shows the next five dates of a rule over its form before it is saved. Closing
// it leads back to the form as it was.
func (wd *wording) datesShown(rule calendar.Rule, zone string, about meta) *modal {
	about.DatesShown = true
	return &modal{
		id: modalInspection, title: wd.p.T("Next dates"), submit: wd.p.T("Save plan"), close: wd.p.T("Back to form"), meta: about,
		blocks: wd.datesOf(rule, zone),
	}
}

// against says in a few words what speaks against an inspection on a day: that it is on a
// weekend, a holiday, or in the weeks around Chinese New Year. Empty says nothing does.
func (wd *wording) against(d civil.Date) string {
	better, _ := wd.better(d)
	if better == d {
		return ""
	}
	if wd.o.Calendar != nil {
		if day, ok := wd.o.Calendar.Day(d); ok && day.Off {
			return wd.p.T(day.Name)
		}
	}
	switch {
	case weekend(d):
		return wd.p.T("on a weekend")
	case wd.o.Calendar != nil:
		return wd.p.T("around Chinese New Year")
	}
	return wd.p.T("on or near a holiday")
}

func weekend(d civil.Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// better is the nearest day on which a factory works as usual: d itself when it is one. It
// reports false where it is the nearest from Monday to Friday and no more is known.
func (wd *wording) better(d civil.Date) (civil.Date, bool) {
	if better, ok := wd.o.SuggestDay(d); ok {
		if better != d && !weekend(d) && len(wd.o.CalendarNotes(wd.p.Printer, d, d)) == 0 {
			return d, true
		}
		return better, true
	}
	switch d.Weekday() {
	case time.Saturday:
		return d.AddDays(-1), false
	case time.Sunday:
		return d.AddDays(1), false
	}
	return d, false
}

// dayNotes are what is to be known about an inspection on a day.
func (wd *wording) dayNotes(d civil.Date) []string {
	notes := wd.o.CalendarNotes(wd.p.Printer, d, d)
	if better, _ := wd.better(d); weekend(d) && better != d && len(notes) == 0 {
		notes = append(notes, wd.p.T("%s is on a weekend. Ask the factory whether it works that day.", blocks.OnDay(wd.p, d)))
	}
	return notes
}

// betterDay is a button that moves an inspection to a better day, where there is one from
// today on.
func (wd *wording) betterDay(i *visit.Inspection) (slack.BlockElement, bool) {
	better, _ := wd.better(i.Due)
	if better == i.Due || better.Before(i.Today(wd.o.Now())) {
		return nil, false
	}
	return blocks.Button(actMoveTo, blocks.Subject(string(i.Subject())+":"+better.String()), wd.p.T("Move to %s", blocks.OnDay(wd.p, better))), true
}

// inspectors names who inspects.
func (wd *wording) inspectors(users []string) blocks.Markup {
	var who []blocks.Markup
	for _, u := range users {
		who = append(who, blocks.Mention(u))
	}
	if len(who) == 1 {
		return wd.p.M("Inspector: %s", who[0])
	}
	return wd.p.M("Inspectors, who take turns: %s", wd.p.List(who))
}

// seriesStart tells a channel that a plan begins, once.
func (rm *Reminders) seriesStart(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	plan, err := rm.o.Store.Plan(ctx, o.Workspace, o.Subject.Number())
	if err != nil || plan.Ended.IsSet() {
		return nil, err
	}
	o.To = plan.Channel // it may have moved meanwhile
	to, err := rm.directory.readers(ctx, o.Workspace, o.To)
	if err != nil {
		return nil, err
	}
	p := rm.directory.channelPrinter(ctx, o.Workspace)
	return rm.words(p, "").seriesMessage(rm.guide.Load().In(p), &plan, to), nil
}

func (wd *wording) seriesMessage(g *guide.Guide, p *visit.Plan, to audience) *blocks.Message {
	m := new(blocks.Message)
	m.Title(wd.p.T("New inspection plan %d: %s", p.Number, p.Factory.Name))
	kind := wd.p.T(g.Template(p.Type).Title)
	if to == everyone && sensitivePurpose(p.Type) {
		kind = wd.p.T("Inspection")
	}
	rule, err := calendar.Parse(p.Rule)
	if err != nil {
		return nil
	}
	words := wd.p.T("%s, %s", kind, rule.Describe(wd.p.Printer))
	m.Add(blocks.Section(blocks.Bold(words)))
	m.Text.Line(words)
	m.Add(blocks.Section(wd.nextDates(wd.nextDays(rule, p.Zone), nil)))
	by := wd.p.M("Planned by %s.", blocks.Mention(p.Owner))
	if len(p.Inspectors) > 0 {
		by = blocks.Join([]blocks.Markup{by, wd.inspectors(p.Inspectors)}, " ")
	}
	m.Add(blocks.Note(by))
	m.Add(blocks.Note(wd.remindedWords(p)))
	m.Add(blocks.Actions(blocks.Button(actOpen, blocks.Subject(p.Subject()), wd.p.T("Show plan"))))
	return m
}

// remindedWords says when the team of a plan is reminded, and where.
func (wd *wording) remindedWords(p *visit.Plan) blocks.Markup {
	if len(p.LeadDays) == 0 {
		return wd.p.M("The team is reminded on the day, in %s. Dates are in the factory's time zone, %s.", channelName(p.Channel), p.Zone)
	}
	days, dayBefore := p.LeadDays, p.LeadDays[len(p.LeadDays)-1] == 1
	if dayBefore {
		days = days[:len(days)-1]
	}
	if len(days) == 0 {
		return wd.p.M("The team is reminded the day before and on the day, in %s. Dates are in the factory's time zone, %s.", channelName(p.Channel), p.Zone)
	}
	last := len(days) - 1
	leads := strconv.Itoa(days[last])
	if last > 0 {
		leads = wd.p.T("%s and %s", numbers(days[:last], wd.p.Comma()), leads)
	}
	if dayBefore {
		return wd.p.M("The team is reminded %s days before, the day before and on the day, in %s. Dates are in the factory's time zone, %s.", leads, channelName(p.Channel), p.Zone)
	}
	return wd.p.M("The team is reminded %s days before and on the day, in %s. Dates are in the factory's time zone, %s.", leads, channelName(p.Channel), p.Zone)
}

// refresh draws the form again, with the fields that a choice brought. What it does not
// show any more is kept for when it does.
func (ins *inspections) refresh(ctx context.Context, c click) error {
	p := ins.directory.printer(ctx, c.team, c.user)
	f, err := ins.redrawnForm(ctx, c)
	var m *modal
	if err == nil {
		m, err = ins.form(ctx, c.team, c.user, f, c.meta)
	}
	if err != nil {
		m = ins.replies.errorPageTo(c.team, c.user, p.T("Schedule inspection"), "fill a form", err)
	}
	return ins.replies.redraw(ctx, p, c.team, c.view, m)
}

func (ins *inspections) redrawnForm(ctx context.Context, c click) (form, error) {
	id := "inspection/" + c.meta.Draft
	d, err := ins.drafts.read(ctx, c.team, c.user, id)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return nil, err
	}
	f := c.values.form(d.Base)
	if c.block == fieldRepeat {
		f.rewritten(civil.Of(ins.o.Now().In(zoneOr(visit.DefaultZone))))
	}
	d.Base = f
	return f, ins.drafts.keep(ctx, c.team, c.user, id, d)
}

// The answers of fieldEarly: whether an inspection has taken place before its day.
const (
	earlyYes = "yes"
	earlyNo  = "no"
)

// earlyInput asks about a result that comes before the day of its inspection.
func (ins *inspections) earlyInput(p blocks.Printer, i *visit.Inspection) slack.Block {
	answers := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option(earlyYes, p.T("Yes, before its day")), blocks.Option(earlyNo, p.T("No, not yet")))
	return blocks.Optional(blocks.Input(fieldEarly, p.T("Its day is %s, %s. Has it taken place already?", blocks.OnDay(p, i.Due), ins.words(p, "").today(&i.Place).countdown(p, i.Due)), answers))
}

// tooEarly refuses a result before the day of its inspection, unless its form says that it
// has taken place. One that is skipped is skipped ahead.
func (ins *inspections) tooEarly(p blocks.Printer, s submission, i *visit.Inspection) error {
	r := visit.Result(s.values.picked(fieldResult))
	early := s.values.picked(fieldEarly)
	if r.Off() || r == "" || early == earlyYes || !i.Open() || !i.Due.After(i.Today(ins.o.Now())) {
		return nil
	}
	on := blocks.OnDay(p, i.Due)
	if !s.values.has(fieldEarly) { // it was moved while the form was open
		return visit.Invalid(fieldResult, "This inspection is on %s. Please open this form again to report it before its day.", on)
	}
	if early == earlyNo {
		return visit.Invalid(fieldResult, "This inspection is on %s. Report it when it has taken place, or pick Skipped.", on)
	}
	return visit.Invalid(fieldEarly, "This inspection is on %s. Please say whether it has taken place already.", on)
}
