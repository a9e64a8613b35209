package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
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
	live      *live
	drafts    *drafts
	factories *factories
	lots      *lots
}

func (ins *inspections) listCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return ins.list(ctx, q.guide, q.caller)
}

func (ins *inspections) listClick(ctx context.Context, c click) error {
	p := ins.directory.printer(ctx, c.team, c.user)
	m, err := ins.list(ctx, ins.guide.Load().In(p), c.caller)
	return ins.replies.answerClick(ctx, c, ins.replies.orApologyTo(c.team, c.user, "list inspections", m, err))
}

func (ins *inspections) doneCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, ins.reportForm(ctx, q.caller, visit.SubjectOf(visit.OfInspection, q.number), false, "")
}

func (ins *inspections) skipCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, ins.reportForm(ctx, q.caller, visit.SubjectOf(visit.OfInspection, q.number), true, "")
}

func (ins *inspections) reportClick(ctx context.Context, c click) error {
	return ins.reportForm(ctx, c.caller, visit.Subject(c.about), false, c.copy())
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
	return ins.replies.replyPrivately(ctx, c, ins.replies.orApologyTo(c.team, c.user, "move an inspection", m, err))
}

// reopenClick takes a result back.
func (ins *inspections) reopenClick(ctx context.Context, c click) error {
	old, err := ins.access.inspection(ctx, c.team, c.user, visit.Subject(c.about))
	if err != nil {
		return ins.replies.sayError(ctx, c, "find an inspection", err)
	}
	i, err := ins.o.Store.By(c.user).ChangeInspection(ctx, c.team, old.Number, ins.o.Now(), func(i *visit.Inspection) error { i.Reopen(); return nil })
	if err != nil {
		return ins.replies.sayError(ctx, c, "change an inspection", err)
	}
	ins.live.changed(c.team, i.Subject(), c.user, i.Inspector)
	return ins.live.drawCopy(ctx, c.copy(), &i, c.user)
}

// copy is the response URL of the card that was clicked, if only this person sees it.
func (c click) copy() string {
	if c.on == guide.Private {
		return c.url
	}
	return ""
}

// list is what is due in the channels of a person.
func (ins *inspections) list(ctx context.Context, g *guide.Guide, who caller) (*blocks.Message, error) {
	p := ins.directory.printer(ctx, who.team, who.user)
	channels, err := ins.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	f := store.Filter{Channels: append([]string{}, channels...), Own: who.user}
	is, err := ins.o.Store.Inspections(ctx, who.team, store.InspectionFilter{Filter: f, Open: true})
	if err != nil {
		return nil, err
	}
	plans, err := ins.o.Store.Plans(ctx, who.team, f)
	if err != nil {
		return nil, err
	}
	closed, err := ins.o.Store.ClosedChannels(ctx, who.team)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(p.T("Inspections"))
	words := ins.words(p, ins.directory.zoneOf(ctx, who.team, who.user))
	shown := 0
	for _, i := range is {
		if !visibleIn(i.Place, who.channel) {
			continue
		}
		if shown++; shown > pageRows {
			continue
		}
		m.Add(words.inspectionLine(g, &i, guide.Private, closed[i.Channel]))
		m.Text.Line(p.T("Inspection %d: %s, %s", i.Number, i.Factory.Name, words.dueWords(&i.Inspection)))
	}
	if shown == 0 {
		m.Say(p.T("No inspections are due in your channels."))
	} else if shown > pageRows {
		m.Add(blocks.Note(blocks.Escape(p.T("And %d more after these.", shown-pageRows))))
	}
	listed := 0
	for _, plan := range plans {
		if !visibleIn(plan.Place, who.channel) {
			continue
		}
		words := plan.Rule
		if r, err := calendar.Parse(plan.Rule); err == nil {
			words = r.Describe(p.Printer)
		}
		line := blocks.Bold(p.T("Plan %d: %s", plan.Number, plan.Factory.Name)) + "\n" + blocks.Escape(p.T("%s, %s", p.T(g.Template(plan.Type).Title), words))
		if listed++; listed > pageRows {
			continue
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(plan.Subject()), p.T("Show plan")))))
		m.Text.Line(p.T("Plan %d: %s, %s", plan.Number, plan.Factory.Name, words))
	}
	if listed > pageRows {
		m.Add(blocks.Note(blocks.Escape(p.T("And %d more plans. To see one, type its number: /inspection plan %d.", listed-pageRows, plans[len(plans)-1].Number))))
	}
	m.Add(blocks.Actions(blocks.Button(actInspect, "", p.T("Schedule inspection"))))
	return m, nil
}

func (wd *wording) dueWords(i *visit.Inspection) string {
	if i.Overdue(wd.o.Now()) {
		return wd.p.T("overdue since %s", blocks.OnDay(wd.p, i.Due))
	}
	return wd.p.T("due %s, %s", blocks.OnDay(wd.p, i.Due), wd.today(&i.Place).countdown(wd.p, i.Due))
}

// inspectionLine is an inspection in a list.
func (wd *wording) inspectionLine(g *guide.Guide, i *store.InspectionSummary, on guide.Surface, state store.ChannelState) slack.Block {
	line := blocks.Bold(wd.p.T("Inspection %d: %s", i.Number, i.Factory.Name)) + "\n" + blocks.Escape(wd.p.T("%s, %s", wd.p.T(g.Template(i.Type).Title), wd.dueWords(&i.Inspection))) + "\n" +
		wd.p.M("%s · %s", i.Progress.Words(wd.p.Printer), channelOr(wd.p, i.Channel, state))
	open := blocks.Button(actOpen, blocks.Subject(i.Subject()), wd.p.T("Show inspection"))
	if on == guide.Home && state == store.ChannelOpen {
		open = blocks.Button(actChecklist, blocks.Subject(i.Subject()), wd.p.T("Open checklist"))
		if !i.Due.After(i.Today(wd.o.Now())) {
			open = blocks.Button(actReport, blocks.Subject(i.Subject()), wd.p.T("Report result"))
		}
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(open))
}

// openForm opens the form for one inspection or a series.
func (ins *inspections) openForm(ctx context.Context, who caller) error {
	p := ins.directory.printerNow(who.team, who.user)
	return ins.replies.open(ctx, opening{who, actInspect, "", p.T("Schedule inspection")}, func(ctx context.Context, team string) (*modal, error) {
		return ins.form(ctx, team, who.user, form{fieldChannel: who.standsIn(), fieldRepeat: repeatOnce, fieldLeads: "14, 3"}, meta{Draft: rand.Text()[:12]})
	})
}

// form is the form as it stands: what is shown depends on what was chosen above it, in the
// order in which people fill it in.
func (ins *inspections) form(ctx context.Context, team, person string, f form, about meta) (*modal, error) {
	p := ins.directory.printer(ctx, team, person)
	templates, err := ins.guide.Load().Templates()
	if err != nil {
		return nil, err
	}
	factories, err := ins.factories.knownTo(ctx, team, person)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalInspection, title: p.T("Schedule inspection"), submit: p.T("Save inspection"), meta: about}
	editing := about.About != ""
	options := []*slack.OptionBlockObject{blocks.Option(newFactory, p.T("New factory"))}
	chosen, zone := f[fieldFactory], visit.DefaultZone
	for _, o := range factories {
		number := strconv.Itoa(o.Number)
		options = append(options, blocks.Option(blocks.Subject(number), factoryLabel(p, &o)))
		if number == chosen {
			zone = o.Zone
		}
	}
	if chosen == "" && len(factories) == 0 {
		chosen = newFactory
	}
	if editing {
		m.title = p.T("Edit plan")
	} else {
		m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, p.T("Factory"), blocks.Choice(p, string(actRefresh), p.T("Pick a factory"), chosen, options))))
	}
	if chosen == newFactory && !editing {
		m.blocks = append(m.blocks, factoryFields(p, f)...)
	}
	var types []*slack.OptionBlockObject
	for _, t := range templates.For(knowledge.ForInspection) {
		types = append(types, blocks.Option(blocks.Subject(t.ID), p.T(t.Title)))
	}
	repeats := slack.NewRadioButtonsBlockElement(string(actRefresh), blocks.Option(repeatOnce, p.T("Once")),
		blocks.Option(repeatAgain, p.T("On a schedule")), blocks.Option(repeatWritten, p.T("On a schedule: write it myself")))
	if editing {
		repeats.Options = repeats.Options[1:]
	}
	repeats.InitialOption = repeats.Options[0]
	for _, o := range repeats.Options {
		if o.Value == f[fieldRepeat] {
			repeats.InitialOption = o
		}
	}
	if !editing {
		m.blocks = append(m.blocks, blocks.Input(fieldType, p.T("Type of inspection"), blocks.Choice(p, blocks.InputAction, p.T("Pick a type"), f[fieldType], types)))
	}
	m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldRepeat, p.T("How often?"), repeats)))
	if f.series() {
		var inputs []slack.Block
		if inputs, m.meta.Rule = ins.seriesInputs(p, f, zone); f[fieldRepeat] == repeatWritten {
			m.submit = p.T("Preview dates")
		} else {
			m.submit = p.T("Save plan")
		}
		m.blocks = append(m.blocks, inputs...)
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Optional(blocks.Input(fieldInspectors, p.T("Inspectors"), blocks.PeopleInput(p, blocks.InputAction, f.people(fieldInspectors)))), p.T("If you pick several, they take turns.")))
	} else {
		m.blocks = append(m.blocks,
			blocks.Input(fieldDue, p.T("Day"), blocks.DayInput(p, f[fieldDue])),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldBefore, p.T("Days before that date"), blocks.TextInput(f[fieldBefore], "10", false))), p.T("Use this when the day above is the ship date: 10 means ten days before it.")),
			blocks.Optional(blocks.Input(fieldOrder, p.T("Order"), blocks.TextInput(f[fieldOrder], "4512", false))),
			blocks.Optional(blocks.Input(fieldInspectors, p.T("Inspector"), blocks.PeopleInput(p, blocks.InputAction, f.people(fieldInspectors)))),
		)
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Optional(blocks.Input(fieldLeads, p.T("Remind how many days before?"), blocks.TextInput(f[fieldLeads], "14, 3", false))), p.T("The team is also reminded on the day, and again while no result is reported.")),
		blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, f[fieldChannel])),
	)
	return m, nil
}

// submit takes the form: it saves one inspection, or shows the dates of a
// series, and saves the series once they were shown.
func (ins *inspections) submit(ctx context.Context, s submission) ([]byte, error) {
	p := ins.directory.printer(ctx, s.team, s.user)
	f, err := ins.inputs(ctx, s)
	if err != nil {
		return nil, err
	}
	in, err := ins.read(ctx, s.team, s.user, f)
	if err != nil {
		return nil, err
	}
	switch {
	case !f.series():
		return nil, ins.save(ctx, s, in)
	case s.meta.DatesShown || s.meta.Rule == in.rule.String(): // no dates are saved that nobody has seen
		return ins.savePlan(ctx, s, f, in)
	}
	if err := ins.drafts.keep(ctx, s.team, s.user, s.inspectionDraft(), draft{Base: f, Mine: f}); err != nil {
		return nil, err
	}
	return pushed(p, ins.words(p, "").datesShown(in.rule, in.factory.Zone, s.meta)), nil
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
	p := ins.directory.printer(ctx, team, person)
	in.kind, in.order, in.inspectors = f[fieldType], f[fieldOrder], f.people(fieldInspectors)
	in.factory = visit.Factory{Name: f[fieldName], Chinese: f[fieldChinese], City: f[fieldCity], Address: f[fieldAddress], Contacts: f[fieldContact]}
	in.factory.Number, _ = strconv.Atoi(f[fieldFactory])
	if in.factory, err = ins.factories.complete(ctx, team, person, in.factory); err != nil {
		return in, err
	}
	errs, err := ins.directory.noColleagues(ctx, team, fieldInspectors, in.inspectors)
	if err != nil {
		return in, err
	}
	in.leadDays, err = visit.ParseLeads(f[fieldLeads])
	errs.Collect(err)
	if in.factory.Number == 0 {
		errs.Collect(in.factory.Check())
	}
	in.place.Zone = in.factory.Zone
	if f.series() {
		in.rule, err = f.rule(p, in.place.Today(ins.o.Now()))
	} else {
		in.due, err = f.dueDay(in.place.Today(ins.o.Now()))
	}
	errs.Collect(err)
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
		n, err := strconv.Atoi(chars.ASCII(before))
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
	i, err := s.making(ins.o.Store).AddInspection(ctx, i, ins.o.Now())
	if err == nil {
		ins.live.changed(s.team, i.Subject(), s.user, i.Inspector)
	}
	return err
}

// savePlan records a plan, or what was edited in one, after its dates were shown.
func (ins *inspections) savePlan(ctx context.Context, s submission, f form, in inspectionEntry) ([]byte, error) {
	p := visit.Plan{
		Workspace: s.team, Factory: in.factory, Type: in.kind, Rule: in.rule.String(), Place: in.place,
		LeadDays: in.leadDays, Inspectors: in.inspectors, Owner: s.user,
	}
	var err error
	if s.meta.About != "" {
		_, err = ins.savePlanEdit(ctx, s, f, p)
	} else {
		// The form makes it once, from whichever of its previews.
		_, err = ins.o.Store.Once(s.team, time.Now(), made(s.meta.Draft), s.once()).BeginPlan(ctx, p, ins.o.Now())
	}
	if err != nil {
		return nil, err
	}
	ins.replies.later("ask for time zones", "", func(ctx context.Context) error {
		ins.directory.noteZones(ctx, s.team, append([]string{s.user}, in.inspectors...))
		return nil
	})
	ins.drafts.drop(ctx, s.team, s.inspectionDraft())
	return s.closing(), nil
}

// reportForm opens the form for an inspection's result; copy is the card that it was
// opened from, if only this person sees that.
func (ins *inspections) reportForm(ctx context.Context, who caller, s visit.Subject, skip bool, copy string) error {
	return ins.replies.open(ctx, opening{who, actReport, blocks.Subject(s), ins.directory.printerNow(who.team, who.user).T("Report result")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := ins.access.inspection(ctx, team, who.user, s)
		if err != nil {
			return nil, err
		}
		p := ins.directory.printer(ctx, team, who.user)
		if !i.Open() && i.Result != visit.Undecided {
			return &modal{title: p.T("Report result"), blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("Inspection %d already has a result: %s.", i.Number, i.Result)))}}, nil
		}
		chosen := visit.Result("")
		if skip {
			chosen = visit.Skipped
		}
		m := &modal{id: modalReport, title: p.T("Report result"), submit: p.T("Save result"), meta: meta{About: blocks.Subject(s), Copy: copy}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(i.Title(p.Printer))),
		}}
		if asksCounts(i) {
			inputs, err := ins.countInputs(ctx, p, i)
			if err != nil {
				return nil, err
			}
			m.blocks = append(m.blocks, inputs...)
			chosen = cmp.Or(chosen, byCounts)
		}
		m.blocks = append(m.blocks, ins.resultInputs(p, i, chosen)...)
		if now := ins.access.readBy(ctx, i.Common()); now.ForAll() {
			m.blocks = append(m.blocks, readersInput(p, now))
		}
		return m, nil
	})
}

// submitReport keeps a result, and with it what was counted.
func (ins *inspections) submitReport(ctx context.Context, s submission) ([]byte, error) {
	old, err := ins.access.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	p := ins.directory.printer(ctx, s.team, s.user)
	if err := ins.tooEarly(p, s, old); err != nil {
		return nil, err
	}
	result, note := visit.Result(s.values.picked(fieldResult)), s.values.text(fieldNote)
	found, err := s.counts(old, result)
	if err != nil {
		return nil, err
	}
	fs, err := ins.o.Store.Findings(ctx, s.team, old.Subject())
	if err != nil {
		return nil, err
	}
	if result == byCounts && (old.Open() || old.Result == visit.Undecided) {
		now := ins.access.readBy(ctx, old.Common())
		return updated(p, ins.verdictPage(p, old, found, fs, s.meta, now)), nil
	}
	now := ins.o.Now()
	i, did, err := ins.report(ctx, s.changing(ins.o.Store), s.team, s.user, old.Number, func(i *visit.Inspection) (bool, error) {
		if found.asked && !i.Open() {
			return false, nil // a colleague was first, and what they counted stands
		}
		if err := found.keep(i, now); err != nil {
			return false, err
		}
		if err := i.Doubt(result, note, fs); err != nil {
			return false, err
		}
		did, err := i.Report(result, note, s.user, now)
		if did {
			i.NoteOpen = s.values.picked(fieldReaders) == readersEveryone
		}
		return did, err
	})
	if err != nil {
		return nil, err
	}
	if !did {
		return updated(p, &modal{title: p.T("Report result"), blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("A colleague has already reported the result: %s.", i.Result)))}}), nil
	}
	ins.replies.later("draw a card again", "", func(ctx context.Context) error { return ins.live.drawCopy(ctx, s.meta.Copy, &i, s.user) })
	brings, err := ins.lots.brings(ctx, &i)
	if err != nil {
		ins.log.Warn("could not see what a lot brings for the next", "inspection", i.Number, "err", err)
	}
	ins.replies.later("tell how the next lot is judged", "", func(ctx context.Context) error { return ins.lots.tell(ctx, &i, brings) })
	return updated(p, resultSaved(p, &i, brings.words(p))), nil
}

// resultSaved says what comes after a result that somebody has reported.
func resultSaved(p blocks.Printer, i *visit.Inspection, brought []string) *modal {
	about := blocks.Subject(i.Subject())
	m := &modal{title: p.T("Result saved"), blocks: []slack.Block{blocks.Section(p.M("%s: %s. It stands on the card, and those whom it touches hear of it in a minute.", i.Title(p.Printer), i.Result))}}
	for _, words := range brought {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(words)))
	}
	var es []slack.BlockElement
	if i.Result == visit.Failed {
		es = append(es, blocks.Button(actReinspect, about, p.T("Plan re-inspection")))
	}
	if i.Result.TookPlace() && !i.Lot.IsZero() {
		es = append(es, blocks.Button(actDecide, about, p.T("Decide on the lot")))
	}
	if len(i.Following()) > 0 {
		es = append(es, blocks.Button(actChecklist, about, p.T("Open checklist")))
	}
	if len(es) > 0 {
		m.blocks = append(m.blocks, blocks.Actions(es...))
	}
	return m
}

// moveForm asks for another day of an inspection.
func (ins *inspections) moveForm(ctx context.Context, who caller, s visit.Subject) error {
	p := ins.directory.printerNow(who.team, who.user)
	return ins.replies.open(ctx, opening{who, actMove, blocks.Subject(s), p.T("Move inspection")}, func(ctx context.Context, team string) (*modal, error) {
		p := ins.directory.printer(ctx, team, who.user)
		i, err := ins.access.inspection(ctx, team, who.user, s)
		if err != nil {
			return nil, err
		}
		hint := p.T("Its reminders move with it.")
		if i.Plan > 0 {
			hint = p.T("Its reminders move with it. The plan's other dates stay the same.")
		}
		return &modal{id: modalMove, title: p.T("Move inspection"), submit: p.T("Move inspection"), meta: meta{About: blocks.Subject(s)}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(p.T("%s, on %s", i.Title(p.Printer), blocks.OnDay(p, i.Due)))),
			blocks.Hinted(blocks.Input(fieldDue, p.T("New day"), blocks.DayInput(p, i.Due.String())), hint),
		}}, nil
	})
}

// submitMove gives an inspection the day that was picked.
func (ins *inspections) submitMove(ctx context.Context, s submission) ([]byte, error) {
	p := ins.directory.printer(ctx, s.team, s.user)
	m, err := ins.move(ctx, s.team, s.user, visit.Subject(s.meta.About).Number(), s.values.day(fieldDue))
	if err != nil {
		return nil, err
	}
	return updated(p, &modal{title: p.T("Move inspection"), blocks: m.Blocks}), nil
}

// move gives an inspection another day.
func (ins *inspections) move(ctx context.Context, team, person string, n int, when string) (*blocks.Message, error) {
	p := ins.directory.printer(ctx, team, person)
	if err := ins.access.checkAccess(ctx, team, person, visit.SubjectOf(visit.OfInspection, n)); err != nil {
		return nil, err
	}
	d, wrong, _ := civil.Read(when)
	if m := ins.whichDay(p, n, when); m != nil {
		return m, nil
	}
	if wrong != "" {
		return nil, visit.Invalid(fieldDue, "I can't read the day %q. Write it like this: /inspection move %d 2027-03-15.", blocks.Clip(when, 40), n)
	}
	now := ins.o.Now()
	i, err := ins.o.Store.By(person).ChangeInspection(ctx, team, n, now, func(i *visit.Inspection) error { return i.Move(d, now) })
	if err != nil {
		return nil, err
	}
	ins.live.changed(team, i.Subject(), person, i.Inspector)
	words := p.T("Inspection %d at %s is now on %s.", n, i.Factory.Name, blocks.OnDay(p, i.Due))
	if i.Plan > 0 {
		words = p.T("Inspection %d at %s is now on %s. The plan's other dates stay the same.", n, i.Factory.Name, blocks.OnDay(p, i.Due))
	}
	m := blocks.Said(words)
	ins.words(p, "").addNotes(m, ins.words(p, "").dayNotes(d))
	if better, ok := ins.words(p, "").betterDay(&i); ok {
		m.Add(blocks.Actions(better))
	}
	return m, nil
}

// whichDay asks which day is meant where when can be more than one, with what to type for
// each that is not over; it is nil where there is one, or none.
func (ins *inspections) whichDay(p blocks.Printer, n int, when string) *blocks.Message {
	days := civil.Readings(when)
	if len(days) < 2 {
		return nil
	}
	yesterday := civil.Of(ins.o.Now().AddDate(0, 0, -1)) // it may still be today somewhere
	if days = slices.DeleteFunc(days, func(d civil.Date) bool { return d.Before(yesterday) }); len(days) == 0 {
		return nil
	}
	if len(days) == 1 { // the other is over
		return blocks.Said(p.T("Did you mean %s? Then type /inspection move %d %s.", blocks.FullDay(p, days[0]), n, days[0].String()))
	}
	m := blocks.Said(p.T("%s can mean more than one day.", blocks.Clip(when, 40)))
	for _, d := range slices.Backward(days) {
		m.Say(p.T("Type /inspection move %d %s for %s.", n, d.String(), blocks.FullDay(p, d)))
	}
	return m
}

// noteFor is the note to a result, as the audience may read it.
func noteFor(i *visit.Inspection, to audience) string {
	if to == everyone && !i.NoteOpen {
		return ""
	}
	return i.Note
}

// inspectionCard is an inspection on one screen.
func (wd *wording) inspectionCard(g *guide.Guide, i *visit.Inspection, to audience) *blocks.Message {
	m := new(blocks.Message)
	m.Title(wd.p.T("Inspection %d: %s", i.Number, i.Factory.Name))
	done := progress(i.Items, to).Words(wd.p.Printer)
	kind := wd.p.T(g.Template(i.Type).Title)
	if to == everyone && sensitivePurpose(i.Type) {
		kind = wd.p.T("Inspection")
	}
	when := wd.dated(blocks.OnDay(wd.p, i.Due), wd.today(&i.Place).countdown(wd.p, i.Due), "%s, %s")
	if i.Overdue(wd.o.Now()) {
		when = blocks.Sentence(wd.p.T("overdue since %s", blocks.OnDay(wd.p, i.Due)))
	}
	m.Add(slack.NewSectionBlock(nil, []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(wd.p.T("When")) + "\n" + blocks.Escape(when)),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Type")) + "\n" + blocks.Escape(kind)),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Checklist")) + "\n" + blocks.Escape(done)),
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
		m.Add(blocks.Section(wd.p.M("%s, reported by %s\n%s", blocks.Bold(words), blocks.Mention(i.Reported.By), noteFor(i, to))))
		m.Text.Line(words)
		if to == insiders {
			m.Add(wd.lotLines(i)...)
		}
		var es []slack.BlockElement
		if i.Result == visit.Undecided {
			es = append(es, blocks.Button(actReport, blocks.Subject(i.Subject()), wd.p.T("Report result")))
		}
		es = append(es, blocks.Button(actReopen, blocks.Subject(i.Subject()), wd.p.T("Undo result")), blocks.Button(actChecklist, blocks.Subject(i.Subject()), wd.p.T("Open checklist")))
		if to == insiders {
			es = append(es, wd.reportButton(i))
			if help := wd.adviceButton(refusedAdvice); help != nil && i.Result == visit.Failed {
				es = append(es, help)
			}
		}
		m.Add(blocks.Actions(es...))
		wd.addLotButtons(m, i, to)
		return m
	}
	if answered := wd.answered(i, to); answered != "" {
		m.Add(blocks.Section(answered))
	}
	begun := !i.Due.After(i.Today(wd.o.Now()))
	if !begun {
		wd.addNotes(m, wd.dayNotes(i.Due))
		if better, ok := wd.betterDay(i); ok {
			m.Add(blocks.Actions(better))
		}
	}
	wd.addOrder(m, i)
	if to == insiders {
		m.Add(wd.lotLines(i)...)
	}
	wd.addInspectionButtons(m, i, begun, to)
	return m
}

// addOrder adds whose work an inspection is, and of what.
func (wd *wording) addOrder(m *blocks.Message, i *visit.Inspection) {
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
}

// addInspectionButtons adds what can be done about an open inspection: from its day on first
// what is done at the line.
func (wd *wording) addInspectionButtons(m *blocks.Message, i *visit.Inspection, begun bool, to audience) {
	about := blocks.Subject(i.Subject())
	result := blocks.Button(actReport, about, wd.p.T("Report result"))
	checklist := blocks.Button(actChecklist, about, wd.p.T("Open checklist"))
	move := blocks.Button(actMove, about, wd.p.T("Move inspection"))
	add := blocks.Button(actAdd, about, wd.p.T("Add item"))
	calendar := blocks.Button(actCalendar, about, wd.p.T("Calendar file"))
	last := []slack.BlockElement{move, add, calendar}
	switch {
	case !begun:
		m.Add(blocks.Actions(result, move, checklist, add, calendar))
		last = nil
	case to == insiders:
		m.Add(blocks.Actions(blocks.Button(actAddFinding, about, wd.p.T("Add finding")), result, checklist, wd.reportButton(i)))
	default:
		m.Add(blocks.Actions(result, checklist))
	}
	wd.addLotButtons(m, i, to)
	if to == insiders {
		last = append(last, blocks.Button(actHistory, historySubject(i.Factory.Number, 0), wd.p.T("Earlier results")))
		if i.Plan > 0 {
			last = append(last, blocks.Button(actOpen, blocks.Subject(visit.SubjectOf(visit.OfPlan, i.Plan)), wd.p.T("Show plan")))
		}
	}
	if len(last) > 0 {
		m.Add(blocks.Actions(last...))
	}
}
