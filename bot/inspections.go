package bot

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler/calendar"
)

// The verbs of inspections.
const (
	actInspect     blocks.ActionID = "inspect"     // open the form for an inspection or a plan
	actInspections blocks.ActionID = "inspections" // list them
	actReport      blocks.ActionID = "report"      // open the form for a result
	actReopen      blocks.ActionID = "reopen"      // take a result back
	actMove        blocks.ActionID = "move"        // ask for another day
	actMoveTo      blocks.ActionID = "move-to"     // give one the day in the value: "inspection/3:2027-03-15"
)

// The modals of inspections.
const (
	modalInspection modalID = "inspection"
	modalReport     modalID = "report"
	modalMove       modalID = "move"
)

// The fields of the form for an inspection.
const (
	fieldType       = "type"
	fieldRepeat     = "repeat" // once or again
	fieldDue        = "due"
	fieldBefore     = "before" // days before the day, when the day is that of shipping
	fieldRule       = "rule"
	fieldOrder      = "order"
	fieldLeads      = "leads"
	fieldInspectors = "inspectors"
	fieldResult     = "result"
)

const (
	repeatOnce  = "once"
	repeatAgain = "again"
)

// inspections are the inspections of a team and the plans that they come from.
type inspections struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	words     *wording
	live      *live
	drafts    *drafts
	factories *factories
}

func (ins *inspections) listCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return ins.list(ctx, q.guide, q.caller)
}

func (ins *inspections) listClick(ctx context.Context, c click) error {
	m, err := ins.list(ctx, ins.guide.Load(), c.caller)
	return ins.replies.answerClick(ctx, c, ins.replies.orApology("list inspections", m, err))
}

func (ins *inspections) doneCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, ins.reportForm(ctx, q.caller, visit.SubjectOf(visit.OfInspection, q.number), false)
}

func (ins *inspections) skipCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, ins.reportForm(ctx, q.caller, visit.SubjectOf(visit.OfInspection, q.number), true)
}

func (ins *inspections) reportClick(ctx context.Context, c click) error {
	return ins.reportForm(ctx, c.caller, visit.Subject(c.about), false)
}

func (ins *inspections) moveCommand(ctx context.Context, q request) (*blocks.Message, error) {
	if q.rest == "" {
		return nil, ins.moveForm(ctx, q.caller, visit.SubjectOf(visit.OfInspection, q.number))
	}
	return ins.move(ctx, q.team, q.user, q.number, q.rest)
}

func (ins *inspections) moveClick(ctx context.Context, c click) error {
	return ins.moveForm(ctx, c.caller, visit.Subject(c.about))
}

func (ins *inspections) moveToClick(ctx context.Context, c click) error {
	about, to, _ := strings.Cut(string(c.about), ":")
	m, err := ins.move(ctx, c.team, c.user, visit.Subject(about).Number(), to)
	return ins.replies.replyPrivately(ctx, c, ins.replies.orApology("move an inspection", m, err))
}

// reopenClick takes a result back.
func (ins *inspections) reopenClick(ctx context.Context, c click) error {
	old, err := ins.access.inspection(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return ins.replies.sayError(ctx, c, "find an inspection", err)
	}
	i, err := ins.o.Store.ChangeInspection(ctx, c.team, old.Number, ins.o.Now(), func(i *visit.Inspection) error { i.Reopen(); return nil })
	if err != nil {
		return ins.replies.sayError(ctx, c, "change an inspection", err)
	}
	ins.live.changed(c.team, i.Subject(), c.user, i.Inspector)
	return nil
}

// refresh draws the form again, with the fields that a choice brought.
func (ins *inspections) refresh(ctx context.Context, c click) error {
	m, err := ins.form(ctx, c.team, c.values.form(form{}), c.meta)
	if err != nil {
		m = ins.replies.errorPage(ins.p.T("Schedule inspection"), "fill a form", err)
	}
	return ins.replies.redraw(ctx, c.view, m)
}

// list is what is due in the channels of a person.
func (ins *inspections) list(ctx context.Context, g *guide.Guide, who caller) (*blocks.Message, error) {
	if !ins.directory.insider(ctx, who.team, who.user) {
		return nil, errNotYours
	}
	channels, err := ins.directory.channelsOf(ctx, who.user)
	if err != nil {
		return nil, err
	}
	f := store.Filter{Channels: append([]string{}, channels...)}
	is, err := ins.o.Store.Inspections(ctx, who.team, store.InspectionFilter{Filter: f, Open: true})
	if err != nil {
		return nil, err
	}
	plans, err := ins.o.Store.Plans(ctx, who.team, f)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(ins.p.T("Inspections"))
	now := ins.o.Now()
	shown := 0
	for _, i := range is {
		if !visibleIn(i.Place, who.channel) {
			continue
		}
		if shown++; shown > pageRows {
			continue
		}
		m.Add(inspectionLine(ins.p, g, &i, now, guide.Private))
		m.Text.Line(ins.p.T("Inspection %d: %s, %s", i.Number, i.Factory.Name, dueWords(ins.p, &i.Inspection, now)))
	}
	if shown == 0 {
		m.Say(ins.p.T("No inspections are due in your channels."))
	} else if shown > pageRows {
		m.Add(blocks.Note(blocks.Escape(ins.p.T("And %d more after these.", shown-pageRows))))
	}
	listed := 0
	for _, p := range plans {
		if !visibleIn(p.Place, who.channel) {
			continue
		}
		words := p.Rule
		if r, err := calendar.Parse(p.Rule); err == nil {
			words = r.Describe(ins.p.Printer)
		}
		line := blocks.Bold(ins.p.T("Plan %d: %s", p.Number, p.Factory.Name)) + "\n" + blocks.Escape(g.Template(p.Type).Title+", "+words)
		if listed++; listed > pageRows {
			continue
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(p.Subject()), ins.p.T("Show plan")))))
		m.Text.Line(ins.p.T("Plan %d: %s, %s", p.Number, p.Factory.Name, words))
	}
	if listed > pageRows {
		m.Add(blocks.Note(blocks.Escape(ins.p.T("And %d more plans. To see one, type its number: /inspection plan %d.", listed-pageRows, plans[len(plans)-1].Number))))
	}
	m.Add(blocks.Actions(blocks.Button(actInspect, "", ins.p.T("Schedule inspection"))))
	return m, nil
}

func dueWords(p blocks.Printer, i *visit.Inspection, now time.Time) string {
	if i.Overdue(now) {
		return p.T("overdue since %s", blocks.OnDay(p, i.Due))
	}
	return p.T("due %s, %s", blocks.OnDay(p, i.Due), blocks.Ahead(p, i.Due, i.Today(now)))
}

// inspectionLine is an inspection in a list.
func inspectionLine(p blocks.Printer, g *guide.Guide, i *store.InspectionSummary, now time.Time, on guide.Surface) slack.Block {
	line := blocks.Bold(p.T("Inspection %d: %s", i.Number, i.Factory.Name)) + "\n" + blocks.Escape(g.Template(i.Type).Title+", "+dueWords(p, &i.Inspection, now)) + "\n" +
		p.M("%d of %d done · %s", i.Done, i.All, channelName(i.Channel))
	open := blocks.Button(actOpen, blocks.Subject(i.Subject()), p.T("Show inspection"))
	if on == guide.Home {
		open = blocks.Button(actChecklist, blocks.Subject(i.Subject()), p.T("Open checklist"))
		if !i.Due.After(i.Today(now)) {
			open = blocks.Button(actReport, blocks.Subject(i.Subject()), p.T("Report result"))
		}
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(open))
}

// openForm opens the form for one inspection or a series.
func (ins *inspections) openForm(ctx context.Context, who caller) error {
	return ins.replies.open(ctx, who.trigger, ins.p.T("Schedule inspection"), func(ctx context.Context) (*modal, error) {
		if !ins.directory.insider(ctx, who.team, who.user) {
			return &modal{title: ins.p.T("Visit Prep"), blocks: outsider(ins.p).Blocks}, nil
		}
		return ins.form(ctx, who.team, form{fieldChannel: who.standsIn(), fieldRepeat: repeatOnce, fieldLeads: "14, 3"}, meta{Draft: rand.Text()[:12]})
	})
}

func (ins *inspections) form(ctx context.Context, team string, f form, about meta) (*modal, error) {
	templates, err := ins.guide.Load().Templates()
	if err != nil {
		return nil, err
	}
	factories, err := ins.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalInspection, title: ins.p.T("Schedule inspection"), submit: ins.p.T("Save inspection"), meta: about}
	editing := about.About != ""
	options := []*slack.OptionBlockObject{blocks.Option(newFactory, ins.p.T("New factory"))}
	for _, o := range factories {
		options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), factoryLabel(&o)))
	}
	chosen := f[fieldFactory]
	if chosen == "" && len(factories) == 0 {
		chosen = newFactory
	}
	if editing {
		m.title = ins.p.T("Edit plan")
	} else {
		m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, ins.p.T("Factory"), blocks.Choice(ins.p, string(actRefresh), ins.p.T("Pick a factory"), chosen, options))))
	}
	if chosen == newFactory && !editing {
		m.blocks = append(m.blocks, blocks.Input(fieldName, ins.p.T("Factory's name"), blocks.TextInput(f[fieldName], ins.p.T("Ningbo Bright Metal Co., Ltd."), false)))
	}
	var types []*slack.OptionBlockObject
	for _, t := range templates.For(knowledge.ForInspection) {
		types = append(types, blocks.Option(blocks.Subject(t.ID), t.Title))
	}
	repeats := slack.NewRadioButtonsBlockElement(string(actRefresh), blocks.Option(repeatOnce, ins.p.T("Once")), blocks.Option(repeatAgain, ins.p.T("On a schedule")))
	repeats.InitialOption = repeats.Options[0]
	if f[fieldRepeat] == repeatAgain {
		repeats.InitialOption = repeats.Options[1]
	}
	if !editing {
		m.blocks = append(m.blocks,
			blocks.Input(fieldType, ins.p.T("Type of inspection"), blocks.Choice(ins.p, blocks.InputAction, ins.p.T("Pick a type"), f[fieldType], types)),
			blocks.Refilling(blocks.Input(fieldRepeat, ins.p.T("How often?"), repeats)),
		)
	}
	if f[fieldRepeat] == repeatAgain {
		m.submit = ins.p.T("Preview dates")
		m.blocks = append(m.blocks,
			blocks.Hinted(blocks.Input(fieldRule, ins.p.T("When?"), blocks.TextInput(f[fieldRule], ins.p.T("every 2 weeks from 2027-03-15 at 09:00"), false)), ins.p.T(`For example "every 3 months from 2027-01-31", "second Tuesday of the month", or a cron line. You will see the next five dates before anything is saved.`)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldInspectors, ins.p.T("Inspectors"), blocks.PeopleInput(ins.p, blocks.InputAction, f.people(fieldInspectors)))), ins.p.T("If you pick several, they take turns.")),
		)
	} else {
		m.blocks = append(m.blocks,
			blocks.Input(fieldDue, ins.p.T("Day"), blocks.DayInput(ins.p, f[fieldDue])),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldBefore, ins.p.T("Days before that date"), blocks.TextInput(f[fieldBefore], "10", false))), ins.p.T("Use this when the day above is the ship date: 10 means ten days before it.")),
			blocks.Optional(blocks.Input(fieldOrder, ins.p.T("Order"), blocks.TextInput(f[fieldOrder], "4512", false))),
			blocks.Optional(blocks.Input(fieldInspectors, ins.p.T("Inspector"), blocks.PeopleInput(ins.p, blocks.InputAction, f.people(fieldInspectors)))),
		)
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Optional(blocks.Input(fieldLeads, ins.p.T("Remind how many days before?"), blocks.TextInput(f[fieldLeads], "14, 3", false))), ins.p.T("The team is also reminded on the day, and again while no result is reported.")),
		blocks.Input(fieldChannel, ins.p.T("Channel"), blocks.ChannelInput(ins.p, f[fieldChannel])),
	)
	return m, nil
}

// submit takes the form: it saves one inspection, or shows the dates of a
// series, and saves the series once they were shown.
func (ins *inspections) submit(ctx context.Context, s submission) ([]byte, error) {
	f, err := ins.inputs(ctx, s)
	if err != nil {
		return nil, err
	}
	in, err := ins.read(ctx, s.team, s.user, f)
	if err != nil {
		return nil, err
	}
	switch {
	case f[fieldRepeat] != repeatAgain:
		return nil, ins.save(ctx, s, in)
	case s.meta.DatesShown:
		return ins.savePlan(ctx, s, f, in)
	}
	if err := ins.drafts.keep(ctx, s.team, s.user, s.inspectionDraft(), draft{Base: f, Mine: f}); err != nil {
		return nil, err
	}
	return updated(ins.p, ins.words.datesShown(in.rule, in.factory.Zone, ins.o.Now(), s.meta)), nil
}

// inspectionDraft is where the form of an inspection is kept from one step to the next.
func (s submission) inspectionDraft() string { return "inspection/" + s.meta.Draft }

// inputs is what was entered: now, or before the dates were shown.
func (ins *inspections) inputs(ctx context.Context, s submission) (form, error) {
	if !s.meta.DatesShown && s.meta.About == "" {
		return s.values.form(form{}), nil
	}
	d, err := ins.drafts.read(ctx, s.team, s.user, s.inspectionDraft())
	if err != nil {
		return nil, err
	}
	if s.meta.DatesShown {
		return d.Mine, nil
	}
	return s.values.form(d.Base), nil // a plan's factory and type are not in its form
}

// An inspectionEntry is the form of one inspection or of a plan, read.
type inspectionEntry struct {
	kind       string // id of a template
	order      string
	factory    visit.Factory
	place      visit.Place
	leadDays   []int
	inspectors []string
	due        civil.Date    // of one inspection
	rule       calendar.Rule // of a plan
}

// read reads and checks a form. The error has all its mistakes at once.
func (ins *inspections) read(ctx context.Context, team, person string, f form) (in inspectionEntry, err error) {
	in.kind, in.order, in.inspectors = f[fieldType], f[fieldOrder], f.people(fieldInspectors)
	in.factory.Name = f[fieldName]
	in.factory.Number, _ = strconv.Atoi(f[fieldFactory])
	if in.factory, err = ins.factories.complete(ctx, team, in.factory); err != nil {
		return in, err
	}
	var errs visit.InputErrors
	in.leadDays, err = visit.ParseLeads(f[fieldLeads])
	errs.Collect(err)
	if in.factory.Number == 0 {
		errs.Collect(in.factory.Check())
	}
	in.place.Zone = in.factory.Zone
	if f[fieldRepeat] != repeatAgain {
		in.due, err = f.dueDay(in.place.Today(ins.o.Now()))
		errs.Collect(err)
	} else if in.rule, err = calendar.Parse(f[fieldRule]); err != nil {
		errs = append(errs, visit.Invalid(fieldRule, "%s", blocks.Clip(blocks.Sentence(ins.p.Err(err)), 300)))
	}
	if len(errs) > 0 {
		return in, errs
	}
	place, blocked, err := ins.access.place(ctx, team, person, f[fieldChannel], false)
	if err != nil {
		return in, err
	}
	if blocked != nil {
		return in, visit.Invalid(fieldChannel, "I can't post reminders there. Invite me with /invite @visitprep first, and pick a channel that isn't shared with another company.")
	}
	in.place = place
	in.place.Zone, in.place.ChannelZone = in.factory.Zone, ins.directory.zoneOf(ctx, team, person)
	return in, nil
}

// dueDay reads the day of one inspection, from today at the factory on: the day that was
// picked, or a number of days before it.
func (f form) dueDay(today civil.Date) (due civil.Date, err error) {
	if due, err = civil.Parse(f[fieldDue]); err != nil {
		return due, visit.Invalid(fieldDue, "Please pick a day.")
	}
	if before := f[fieldBefore]; before != "" {
		n, err := strconv.Atoi(before)
		if err != nil || n < 0 || n > visit.MaxLead {
			return due, visit.Invalid(fieldBefore, "%q is not a number of days from 0 to %d.", blocks.Clip(before, 40), visit.MaxLead)
		}
		due = due.AddDays(-n)
	}
	if due.Before(today) {
		return due, visit.Invalid(fieldDue, "That is %s, which has already passed at the factory. Please pick a later day.", lang.Date{Time: due.Start(time.UTC), Layout: "Mon 2 January 2006"})
	}
	return due, nil
}

// save records one inspection.
func (ins *inspections) save(ctx context.Context, s submission, in inspectionEntry) error {
	i := visit.Inspection{
		Work: visit.Work{Workspace: s.team, Factory: in.factory, Place: in.place, Owner: s.user, Items: lines(ins.guide.Load(), in.kind)},
		Type: in.kind, Order: in.order, Due: in.due, LeadDays: in.leadDays,
	}
	if len(in.inspectors) > 0 {
		i.Inspector = in.inspectors[0]
	}
	_, err := ins.requests.do("inspection/"+s.team+"/"+s.meta.Draft, time.Now(), func() (err error) {
		i, err = ins.o.Store.AddInspection(ctx, i, ins.o.Now())
		if err == nil {
			ins.live.changed(s.team, i.Subject(), s.user, i.Inspector)
		}
		return err
	})
	return err
}

// savePlan records a plan, or what was edited in one, after its dates were shown.
func (ins *inspections) savePlan(ctx context.Context, s submission, f form, in inspectionEntry) ([]byte, error) {
	p := visit.Plan{
		Workspace: s.team, Factory: in.factory, Type: in.kind, Rule: in.rule.String(), Place: in.place,
		LeadDays: in.leadDays, Inspectors: in.inspectors, Owner: s.user,
	}
	saved, err := ins.requests.do("inspection/"+s.team+"/"+s.meta.Draft, time.Now(), func() (err error) {
		if s.meta.About != "" {
			p, err = ins.savePlanEdit(ctx, s, f, p)
		} else {
			p, err = ins.o.Store.AddPlan(ctx, p, ins.o.Now())
		}
		return err
	})
	if err != nil || !saved {
		return nil, err
	}
	ins.drafts.drop(ctx, s.team, s.inspectionDraft())
	return updated(ins.p, &modal{title: ins.p.T("Plan saved"), blocks: []slack.Block{blocks.Section(blocks.Escape(ins.p.T("Plan %d is saved: %s. Each inspection appears in the channel's list, and the channel is reminded of it.", p.Number, in.rule.Describe(ins.p.Printer))))}}), nil
}

// datesShown shows the next five dates of a rule before it is saved, with what
// China's calendar and people's usual mistakes have to do with them.
func (wd *wording) datesShown(rule calendar.Rule, zone string, now time.Time, about meta) *modal {
	about.DatesShown = true
	m := &modal{id: modalInspection, title: wd.p.T("Next dates"), submit: wd.p.T("Save plan"), close: wd.p.T("Cancel"), meta: about}
	m.blocks = append(m.blocks, blocks.Section(blocks.Escape(wd.p.T("Schedule: %s.", rule.Describe(wd.p.Printer)))))
	z := zoneOr(zone)
	var notes []string
	for _, t := range rule.NextDates(now, z, 5) {
		d := civil.Of(t.In(z))
		for _, w := range wd.o.CalendarNotes(wd.p.Printer, d, d) {
			if !slices.Contains(notes, w) {
				notes = append(notes, w)
			}
		}
	}
	m.blocks = append(m.blocks, blocks.Section(blocks.Escape("• "+strings.Join(wd.nextDates(rule, zone), "\n• "))))
	for _, w := range append(rule.Warnings(wd.p.Printer), notes...) {
		m.blocks = append(m.blocks, blocks.Note(blocks.Bold(wd.p.T("Note:"))+" "+blocks.Escape(blocks.Sentence(w))))
	}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(wd.p.T("Times are in the factory's time zone, %s.", zone))))
	return m
}

// reportForm opens the form for an inspection's result.
func (ins *inspections) reportForm(ctx context.Context, who caller, s visit.Subject, skip bool) error {
	return ins.replies.open(ctx, who.trigger, ins.p.T("Report result"), func(ctx context.Context) (*modal, error) {
		i, err := ins.access.inspection(ctx, who.team, who.user, s)
		if err != nil {
			return nil, err
		}
		if !i.Open() {
			return &modal{title: ins.p.T("Report result"), blocks: []slack.Block{blocks.Section(blocks.Escape(ins.p.T("Inspection %d already has a result: %s.", i.Number, i.Result)))}}, nil
		}
		results := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option(blocks.Subject(visit.Passed), ins.p.T("Passed")), blocks.Option(blocks.Subject(visit.Failed), ins.p.T("Failed")), blocks.Option(blocks.Subject(visit.Skipped), ins.p.T("Skipped: it did not or will not take place")))
		if skip {
			results.InitialOption = results.Options[2]
		}
		return &modal{id: modalReport, title: ins.p.T("Report result"), submit: ins.p.T("Save result"), meta: meta{About: blocks.Subject(s)}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(i.Title(ins.p.Printer))),
			blocks.Input(fieldResult, ins.p.T("Result"), results),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldNote, ins.p.T("Note"), blocks.TextInput("", ins.p.T("3 major defects of 125 pieces; reinspection on 20 March"), true))), ins.p.T("If it was skipped, say why.")),
		}}, nil
	})
}

// submitReport keeps a result.
func (ins *inspections) submitReport(ctx context.Context, s submission) ([]byte, error) {
	old, err := ins.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	now, did := ins.o.Now(), false
	i, err := ins.o.Store.ChangeInspection(ctx, s.team, old.Number, now, func(i *visit.Inspection) (err error) {
		did, err = i.Report(visit.Result(s.values.picked(fieldResult)), s.values.text(fieldNote), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !did {
		return updated(ins.p, &modal{title: ins.p.T("Report result"), blocks: []slack.Block{blocks.Section(blocks.Escape(ins.p.T("A colleague has already reported the result: %s.", i.Result)))}}), nil
	}
	ins.live.changed(s.team, i.Subject(), s.user, i.Inspector)
	return nil, nil
}

// moveForm asks for another day of an inspection.
func (ins *inspections) moveForm(ctx context.Context, who caller, s visit.Subject) error {
	return ins.replies.open(ctx, who.trigger, ins.p.T("Move inspection"), func(ctx context.Context) (*modal, error) {
		i, err := ins.access.inspection(ctx, who.team, who.user, s)
		if err != nil {
			return nil, err
		}
		hint := ins.p.T("Its reminders move with it.")
		if i.Plan > 0 {
			hint = ins.p.T("Its reminders move with it. The plan's other dates stay the same.")
		}
		return &modal{id: modalMove, title: ins.p.T("Move inspection"), submit: ins.p.T("Move inspection"), meta: meta{About: blocks.Subject(s)}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(ins.p.T("%s, on %s", i.Title(ins.p.Printer), blocks.OnDay(ins.p, i.Due)))),
			blocks.Hinted(blocks.Input(fieldDue, ins.p.T("New day"), blocks.DayInput(ins.p, i.Due.String())), hint),
		}}, nil
	})
}

// submitMove gives an inspection the day that was picked.
func (ins *inspections) submitMove(ctx context.Context, s submission) ([]byte, error) {
	m, err := ins.move(ctx, s.team, s.user, visit.Subject(s.meta.About).Number(), s.values.day(fieldDue))
	if err != nil {
		return nil, err
	}
	return updated(ins.p, &modal{title: ins.p.T("Move inspection"), blocks: m.Blocks}), nil
}

// move gives an inspection another day.
func (ins *inspections) move(ctx context.Context, team, person string, n int, when string) (*blocks.Message, error) {
	if err := ins.access.checkAccess(ctx, team, person, visit.SubjectOf(visit.OfInspection, n)); err != nil {
		return nil, err
	}
	d, err := civil.Parse(when)
	if err != nil {
		return nil, visit.Invalid(fieldDue, "I can't read the day %q. Write it like this: /inspection move %d 2027-03-15.", blocks.Clip(when, 40), n)
	}
	now := ins.o.Now()
	i, err := ins.o.Store.ChangeInspection(ctx, team, n, now, func(i *visit.Inspection) error { return i.Move(d, now) })
	if err != nil {
		return nil, err
	}
	ins.live.changed(team, i.Subject(), person, i.Inspector)
	words := ins.p.T("Inspection %d at %s is now on %s.", n, i.Factory.Name, blocks.OnDay(ins.p, i.Due))
	if i.Plan > 0 {
		words = ins.p.T("Inspection %d at %s is now on %s. The plan's other dates stay the same.", n, i.Factory.Name, blocks.OnDay(ins.p, i.Due))
	}
	m := blocks.Said(words)
	ins.words.addNotes(m, ins.o.CalendarNotes(ins.p.Printer, d, d))
	return m, nil
}

// inspectionCard is an inspection on one screen.
func (wd *wording) inspectionCard(g *guide.Guide, i *visit.Inspection, to audience) *blocks.Message {
	m := new(blocks.Message)
	m.Title(wd.p.T("Inspection %d: %s", i.Number, i.Factory.Name))
	done, all := progress(i.Items, to)
	kind := g.Template(i.Type).Title
	if to == everyone && sensitivePurpose(i.Type) {
		kind = wd.p.T("Inspection")
	}
	when := wd.p.T("%s, %s", blocks.OnDay(wd.p, i.Due), blocks.Ahead(wd.p, i.Due, i.Today(wd.o.Now())))
	m.Add(slack.NewSectionBlock(nil, []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(wd.p.T("When")) + "\n" + blocks.Escape(when)),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Type")) + "\n" + blocks.Escape(kind)),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Checklist")) + "\n" + blocks.Escape(wd.p.T("%d of %d done", done, all))),
	}, nil))
	m.Text.Line(wd.p.T("%s, %s", kind, when))
	if i.Result == visit.Withdrawn {
		words := wd.p.T("Withdrawn: its plan has ended or its schedule has changed.")
		m.Add(blocks.Section(blocks.Escape(words)))
		m.Text.Line(words)
		m.Add(blocks.Actions(blocks.Button(actOpen, blocks.Subject(visit.SubjectOf(visit.OfPlan, i.Plan)), wd.p.T("Show plan"))))
		return m
	}
	if !i.Open() {
		words := wd.p.T("Result: %s", i.Result)
		m.Add(blocks.Section(wd.p.M("%s, reported by %s\n%s", blocks.Bold(words), blocks.Mention(i.Reported.By), i.Note)))
		m.Text.Line(words)
		m.Add(blocks.Actions(blocks.Button(actReopen, blocks.Subject(i.Subject()), wd.p.T("Undo result")), blocks.Button(actChecklist, blocks.Subject(i.Subject()), wd.p.T("Open checklist"))))
		return m
	}
	notes := wd.o.CalendarNotes(wd.p.Printer, i.Due, i.Due)
	wd.addNotes(m, notes)
	if better, ok := wd.o.SuggestDay(i.Due); ok && len(notes) > 0 && better != i.Due && !better.Before(i.Today(wd.o.Now())) {
		m.Add(blocks.Actions(blocks.Button(actMoveTo, blocks.Subject(string(i.Subject())+":"+better.String()), wd.p.T("Move to %s", blocks.OnDay(wd.p, better)))))
	}
	var about []blocks.Markup
	if i.Order != "" {
		about = append(about, blocks.Escape(wd.p.T("Order %s", i.Order)))
	}
	if i.Inspector != "" {
		about = append(about, wd.p.M("Inspector: %s", blocks.Mention(i.Inspector)))
	}
	if len(about) > 0 {
		m.Add(blocks.Note(blocks.Join(about, " · ")))
	}
	m.Add(blocks.Actions(
		blocks.Button(actReport, blocks.Subject(i.Subject()), wd.p.T("Report result")),
		blocks.Button(actMove, blocks.Subject(i.Subject()), wd.p.T("Move inspection")),
		blocks.Button(actChecklist, blocks.Subject(i.Subject()), wd.p.T("Open checklist")),
		blocks.Button(actAdd, blocks.Subject(i.Subject()), wd.p.T("Add item")),
		blocks.Button(actCalendar, blocks.Subject(i.Subject()), wd.p.T("Calendar file")),
	))
	if to == insiders {
		es := []slack.BlockElement{blocks.Button(actHistory, historySubject(i.Factory.Number, 0), wd.p.T("Earlier results"))}
		if i.Plan > 0 {
			es = append(es, blocks.Button(actOpen, blocks.Subject(visit.SubjectOf(visit.OfPlan, i.Plan)), wd.p.T("Show plan")))
		}
		m.Add(blocks.Actions(es...))
	}
	return m
}
