package bot

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
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

// inspections answers /inspection.
func (b *Bot) inspections(k *guide.Guide, c slack.SlashCommand) []byte {
	ctx, cancel := context.WithTimeout(context.Background(), workLimit)
	defer cancel()
	words := strings.Fields(strings.ToLower(blocks.Incoming(c.Text)))
	first := ""
	if len(words) > 0 {
		first = words[0]
	}
	number := func() int {
		if len(words) < 2 {
			return 0
		}
		n, _ := strconv.Atoi(words[1])
		return n
	}
	var m *blocks.Message
	switch {
	case first == "" || first == "list":
		m = b.orSorry("list inspections", func() (*blocks.Message, error) { return b.inspectionList(ctx, k, c.TeamID, c.UserID, c.ChannelID) })
	case first == "plan" && number() > 0:
		m = b.orSorry("show an inspection plan", func() (*blocks.Message, error) {
			return b.show(ctx, k, c.TeamID, c.UserID, c.ChannelID, visit.SubjectOf(visit.OfPlan, number()))
		})
	case first == "history":
		m = b.orSorry("list results", func() (*blocks.Message, error) {
			return b.historyOf(ctx, k, c.TeamID, c.UserID, c.ChannelID, strings.Join(words[1:], " "))
		})
	case first == "schedule" || first == "plan":
		channel := c.ChannelID
		if onSurface(channel) == guide.Direct {
			channel = ""
		}
		if err := b.inspectForm(ctx, c.TeamID, c.UserID, channel, c.TriggerID); err != nil {
			m = b.sorryFor("open a form", err)
		}
	case first == "show" && number() > 0:
		m = b.orSorry("show an inspection", func() (*blocks.Message, error) {
			return b.show(ctx, k, c.TeamID, c.UserID, c.ChannelID, visit.SubjectOf(visit.OfInspection, number()))
		})
	case (first == "done" || first == "skip") && number() > 0:
		if err := b.reportForm(ctx, c.TeamID, c.UserID, visit.SubjectOf(visit.OfInspection, number()), first == "skip", c.TriggerID); err != nil {
			m = b.sorryFor("open a form", err)
		}
	case first == "move" && number() > 0 && len(words) == 2:
		if err := b.moveForm(ctx, c.TeamID, c.UserID, visit.SubjectOf(visit.OfInspection, number()), c.TriggerID); err != nil {
			m = b.sorryFor("open a form", err)
		}
	case first == "move" && number() > 0:
		m = b.orSorry("move an inspection", func() (*blocks.Message, error) {
			return b.moveInspection(ctx, c.TeamID, c.UserID, number(), strings.Join(words[2:], " "))
		})
	default:
		m = inspectionHelp(b.p)
	}
	if m == nil {
		return nil
	}
	return m.EphemeralJSON()
}

func inspectionHelp(p blocks.Printer) *blocks.Message {
	m := new(blocks.Message)
	m.Add(blocks.Header(p.T("Inspections")))
	m.Text.Line(p.T("Inspections"))
	var ms blocks.Markup
	for _, l := range [][2]string{
		{"/inspection", p.T("what is due")},
		{"/inspection schedule", p.T("plan one inspection, or a series")},
		{"/inspection show 3", p.T("one inspection with its checklist")},
		{"/inspection done 3", p.T("report its result")},
		{"/inspection move 3 2027-03-15", p.T("give it another day; without a day you pick one")},
		{"/inspection skip 3", p.T("leave it out, with a reason")},
		{"/inspection plan 2", p.T("a series: its next dates, edit or end it")},
		{"/inspection history", p.T("earlier results at a factory")},
	} {
		ms += blocks.Code(l[0]) + "  " + blocks.Escape(l[1]) + "\n"
		m.Text.Line(l[0] + ": " + l[1])
	}
	m.Add(blocks.Section(ms))
	return m
}

// inspectionList is what is due in the channels of a person.
func (b *Bot) inspectionList(ctx context.Context, k *guide.Guide, team, person, channel string) (*blocks.Message, error) {
	if !b.insider(ctx, team, person) {
		return nil, errNotYours
	}
	channels, err := b.channelsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	f := store.Filter{Channels: append([]string{}, channels...)}
	is, err := b.o.Store.Inspections(ctx, team, store.InspectionFilter{Filter: f, Open: true})
	if err != nil {
		return nil, err
	}
	plans, err := b.o.Store.Plans(ctx, team, f)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Add(blocks.Header(b.p.T("Inspections")))
	m.Text.Line(b.p.T("Inspections"))
	now := b.o.Now()
	shown := 0
	for _, i := range is {
		if !visibleIn(i.Place, channel) {
			continue
		}
		if shown++; shown > pageVisits {
			continue
		}
		m.Add(inspectionLine(b.p, k, &i, now, guide.Private))
		m.Text.Line(b.p.T("Inspection %d: %s, %s", i.Number, i.Factory.Name, dueWords(b.p, &i.Inspection, now)))
	}
	if shown == 0 {
		m.Say(b.p.T("No inspection is due in your channels."))
	} else if shown > pageVisits {
		m.Add(blocks.Note(blocks.Escape(b.p.T("And %d later ones.", shown-pageVisits))))
	}
	listed := 0
	for _, p := range plans {
		if !visibleIn(p.Place, channel) {
			continue
		}
		words := p.Rule
		if r, err := calendar.Parse(p.Rule); err == nil {
			words = r.Describe()
		}
		line := blocks.Bold(b.p.T("Plan %d: %s", p.Number, p.Factory.Name)) + "\n" + blocks.Escape(k.Template(p.Type).Title+", "+words)
		if listed++; listed > pageVisits {
			continue
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(p.Subject()), b.p.T("Show plan")))))
		m.Text.Line(b.p.T("Plan %d: %s, %s", p.Number, p.Factory.Name, words))
	}
	if listed > pageVisits {
		m.Add(blocks.Note(blocks.Escape(b.p.T("And %d more plans. /inspection plan %d shows one by its number.", listed-pageVisits, plans[len(plans)-1].Number))))
	}
	m.Add(blocks.Actions(blocks.Button(actInspect, "", b.p.T("Schedule inspection"))))
	return m, nil
}

func dueWords(p blocks.Printer, i *visit.Inspection, now time.Time) string {
	if i.Overdue(now) {
		return p.T("overdue since %s", blocks.OnDay(i.Due))
	}
	return p.T("due %s, %s", blocks.OnDay(i.Due), blocks.Ahead(p, i.Due, i.Today(now)))
}

// inspectionLine is an inspection in a list.
func inspectionLine(p blocks.Printer, k *guide.Guide, i *store.InspectionSummary, now time.Time, on guide.Surface) slack.Block {
	line := blocks.Bold(p.T("Inspection %d: %s", i.Number, i.Factory.Name)) + "\n" + blocks.Escape(k.Template(i.Type).Title+", "+dueWords(p, &i.Inspection, now)) + "\n" +
		blocks.Escape(p.T("%d of %d done · ", i.Done, i.All)) + channelName(i.Channel)
	open := blocks.Button(actOpen, blocks.Subject(i.Subject()), p.T("Show inspection"))
	if on == guide.Home {
		open = blocks.Button(actChecklist, blocks.Subject(i.Subject()), p.T("Open checklist"))
		if !i.Due.After(i.Today(now)) {
			open = blocks.Button(actReport, blocks.Subject(i.Subject()), p.T("Report result"))
		}
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(open))
}

// inspectForm opens the form for one inspection or a series.
func (b *Bot) inspectForm(ctx context.Context, team, person, channel, trigger string) error {
	return b.open(ctx, trigger, b.p.T("Schedule inspection"), func(ctx context.Context) (*modal, error) {
		if !b.insider(ctx, team, person) {
			return &modal{title: b.p.T("Visit Prep"), blocks: outsider(b.p).Blocks}, nil
		}
		return b.inspectionForm(ctx, team, form{fieldChannel: channel, fieldRepeat: repeatOnce, fieldLeads: "14, 3"}, meta{Draft: rand.Text()[:12]})
	})
}

func (b *Bot) inspectionForm(ctx context.Context, team string, f form, about meta) (*modal, error) {
	templates, err := b.book.Load().Templates()
	if err != nil {
		return nil, err
	}
	factories, err := b.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalInspection, title: b.p.T("Schedule inspection"), submit: b.p.T("Save inspection"), meta: about}
	editing := about.About != ""
	options := []*slack.OptionBlockObject{blocks.Option(newFactory, b.p.T("New factory"))}
	for _, o := range factories {
		options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), factoryLabel(&o)))
	}
	chosen := f[fieldFactory]
	if chosen == "" && len(factories) == 0 {
		chosen = newFactory
	}
	if editing {
		m.title = b.p.T("Edit plan")
	} else {
		m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, b.p.T("Factory"), blocks.Choice(b.p, string(actRefill), b.p.T("Pick a factory"), chosen, options))))
	}
	if chosen == newFactory && !editing {
		m.blocks = append(m.blocks, blocks.Input(fieldName, b.p.T("Factory's name"), blocks.TextInput(f[fieldName], b.p.T("Ningbo Bright Metal Co., Ltd."), false)))
	}
	var types []*slack.OptionBlockObject
	for _, t := range templates.For(knowledge.ForInspection) {
		types = append(types, blocks.Option(blocks.Subject(t.ID), t.Title))
	}
	repeats := slack.NewRadioButtonsBlockElement(string(actRefill), blocks.Option(repeatOnce, b.p.T("Once")), blocks.Option(repeatAgain, b.p.T("Again and again")))
	repeats.InitialOption = repeats.Options[0]
	if f[fieldRepeat] == repeatAgain {
		repeats.InitialOption = repeats.Options[1]
	}
	if !editing {
		m.blocks = append(m.blocks,
			blocks.Input(fieldType, b.p.T("Type of inspection"), blocks.Choice(b.p, blocks.InputAction, b.p.T("Pick a type"), f[fieldType], types)),
			blocks.Refilling(blocks.Input(fieldRepeat, b.p.T("How often?"), repeats)),
		)
	}
	if f[fieldRepeat] == repeatAgain {
		m.submit = b.p.T("See the dates")
		m.blocks = append(m.blocks,
			blocks.Hinted(blocks.Input(fieldRule, b.p.T("When?"), blocks.TextInput(f[fieldRule], b.p.T("every 2 weeks from 2027-03-15 at 09:00"), false)), b.p.T(`Such as "every 3 months from 2027-01-31", "second Tuesday of the month", or a cron line. You see the next five dates before anything is saved.`)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldInspectors, b.p.T("Inspectors"), blocks.PeopleInput(b.p, blocks.InputAction, f.people(fieldInspectors)))), b.p.T("Several take turns.")),
		)
	} else {
		m.blocks = append(m.blocks,
			blocks.Input(fieldDue, b.p.T("Day"), blocks.DayInput(b.p, f[fieldDue])),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldBefore, b.p.T("Days before that day"), blocks.TextInput(f[fieldBefore], "10", false))), b.p.T("When the day above is the day it ships: 10 means ten days before.")),
			blocks.Optional(blocks.Input(fieldOrder, b.p.T("Order"), blocks.TextInput(f[fieldOrder], "4512", false))),
			blocks.Optional(blocks.Input(fieldInspectors, b.p.T("Inspector"), blocks.PeopleInput(b.p, blocks.InputAction, f.people(fieldInspectors)))),
		)
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Optional(blocks.Input(fieldLeads, b.p.T("Remind how many days before?"), blocks.TextInput(f[fieldLeads], "14, 3", false))), b.p.T("The team is also reminded on the day, and when no result is in.")),
		blocks.Input(fieldChannel, b.p.T("Channel"), blocks.ChannelInput(b.p, f[fieldChannel])),
	)
	return m, nil
}

// submitInspection takes the form: it saves one inspection, or shows the dates of a
// series, and saves the series once they were shown.
func (b *Bot) submitInspection(ctx context.Context, s submission) ([]byte, error) {
	f, err := b.inspectionInputs(ctx, s)
	if err != nil {
		return nil, err
	}
	in, err := b.readInspection(ctx, s.team, s.user, f)
	if err != nil {
		return nil, err
	}
	switch {
	case f[fieldRepeat] != repeatAgain:
		return nil, b.saveInspection(ctx, s, in)
	case s.meta.DatesShown:
		return b.savePlan(ctx, s, f, in)
	}
	if err := b.keepDraft(ctx, s.team, s.user, s.inspectionDraft(), draft{Base: f, Mine: f}); err != nil {
		return nil, err
	}
	return updated(b.p, b.datesShown(in.rule, in.factory.Zone, b.o.Now(), s.meta)), nil
}

// inspectionDraft is where the form of an inspection is kept from one step to the next.
func (s submission) inspectionDraft() string { return "inspection/" + s.meta.Draft }

// inspectionInputs is what was entered: now, or before the dates were shown.
func (b *Bot) inspectionInputs(ctx context.Context, s submission) (form, error) {
	if !s.meta.DatesShown && s.meta.About == "" {
		return s.values.form(form{}), nil
	}
	d, err := b.draft(ctx, s.team, s.user, s.inspectionDraft())
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

// readInspection reads and checks a form. The error has all its mistakes at once.
func (b *Bot) readInspection(ctx context.Context, team, person string, f form) (in inspectionEntry, err error) {
	in.kind, in.order, in.inspectors = f[fieldType], f[fieldOrder], f.people(fieldInspectors)
	in.factory.Name = f[fieldName]
	in.factory.Number, _ = strconv.Atoi(f[fieldFactory])
	if in.factory, err = b.factory(ctx, team, in.factory); err != nil {
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
		in.due, err = f.dueDay(in.place.Today(b.o.Now()))
		errs.Collect(err)
	} else if in.rule, err = calendar.Parse(f[fieldRule]); err != nil {
		errs = append(errs, visit.Invalid(fieldRule, "%s", blocks.Clip(blocks.Sentence(err.Error()), 300)))
	}
	if len(errs) > 0 {
		return in, errs
	}
	place, blocked, err := b.place(ctx, team, person, f[fieldChannel], false)
	if err != nil {
		return in, err
	}
	if blocked != nil {
		return in, visit.Invalid(fieldChannel, "I cannot remind anybody there: invite me with /invite @visitprep first, and pick a channel that no other company shares.")
	}
	in.place = place
	in.place.Zone, in.place.ChannelZone = in.factory.Zone, b.zoneOf(ctx, team, person)
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
		return due, visit.Invalid(fieldDue, "That is %s, which is over at the factory. Please pick a later day.", blocks.OnDay(due))
	}
	return due, nil
}

// saveInspection records one inspection.
func (b *Bot) saveInspection(ctx context.Context, s submission, in inspectionEntry) error {
	i := visit.Inspection{
		Work: visit.Work{Workspace: s.team, Factory: in.factory, Place: in.place, Owner: s.user, Items: lines(b.book.Load(), in.kind)},
		Type: in.kind, Order: in.order, Due: in.due, LeadDays: in.leadDays,
	}
	if len(in.inspectors) > 0 {
		i.Inspector = in.inspectors[0]
	}
	_, err := b.once.do("inspection/"+s.team+"/"+s.meta.Draft, time.Now(), func() (err error) {
		i, err = b.o.Store.AddInspection(ctx, i, b.o.Now())
		if err == nil {
			b.changed(s.team, i.Subject(), s.user, i.Inspector)
		}
		return err
	})
	return err
}

// savePlan records a plan, or what was edited in one, after its dates were shown.
func (b *Bot) savePlan(ctx context.Context, s submission, f form, in inspectionEntry) ([]byte, error) {
	p := visit.Plan{
		Workspace: s.team, Factory: in.factory, Type: in.kind, Rule: in.rule.String(), Place: in.place,
		LeadDays: in.leadDays, Inspectors: in.inspectors, Owner: s.user,
	}
	saved, err := b.once.do("inspection/"+s.team+"/"+s.meta.Draft, time.Now(), func() (err error) {
		if s.meta.About != "" {
			p, err = b.savePlanEdit(ctx, s, f, p)
		} else {
			p, err = b.o.Store.AddPlan(ctx, p, b.o.Now())
		}
		return err
	})
	if err != nil || !saved {
		return nil, err
	}
	if err := b.o.Store.DropDraft(ctx, s.team, s.inspectionDraft()); err != nil {
		b.log.Warn("could not drop a draft that was saved", "err", err)
	}
	return updated(b.p, &modal{title: b.p.T("Plan saved"), blocks: []slack.Block{blocks.Section(blocks.Escape(b.p.T("Plan %d is saved: %s. Each inspection appears in the channel's list and is reminded of.", p.Number, in.rule.Describe())))}}), nil
}

// datesShown shows the next five dates of a rule before it is saved, with what
// China's calendar and people's usual mistakes have to do with them.
func (b *Bot) datesShown(rule calendar.Rule, zone string, now time.Time, about meta) *modal {
	about.DatesShown = true
	m := &modal{id: modalInspection, title: b.p.T("The next dates"), submit: b.p.T("Save plan"), close: b.p.T("Cancel"), meta: about}
	m.blocks = append(m.blocks, blocks.Section(blocks.Escape(b.p.T("This is %s.", rule.Describe()))))
	z := zoneOr(zone)
	var notes []string
	for _, t := range rule.NextDates(now, z, 5) {
		d := civil.Of(t.In(z))
		for _, w := range b.o.Warnings(d, d) {
			if !slices.Contains(notes, w) {
				notes = append(notes, w)
			}
		}
	}
	m.blocks = append(m.blocks, blocks.Section(blocks.Escape("• "+strings.Join(b.nextDates(rule, zone), "\n• "))))
	for _, w := range append(rule.Warnings(), notes...) {
		m.blocks = append(m.blocks, blocks.Note(blocks.Bold(b.p.T("Note:"))+" "+blocks.Escape(blocks.Sentence(w))))
	}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(b.p.T("Times at the factory, %s.", zone))))
	return m
}

// reportForm opens the form for an inspection's result.
func (b *Bot) reportForm(ctx context.Context, team, person string, s visit.Subject, skip bool, trigger string) error {
	return b.open(ctx, trigger, b.p.T("Report result"), func(ctx context.Context) (*modal, error) {
		i, err := b.inspection(ctx, team, person, s)
		if err != nil {
			return nil, err
		}
		if !i.Open() {
			return &modal{title: b.p.T("Report result"), blocks: []slack.Block{blocks.Section(blocks.Escape(b.p.T("Inspection %d has its result already: %s.", i.Number, i.Result)))}}, nil
		}
		results := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option(blocks.Subject(visit.Passed), b.p.T("Passed")), blocks.Option(blocks.Subject(visit.Failed), b.p.T("Failed")), blocks.Option(blocks.Subject(visit.Skipped), b.p.T("Skipped: it does not take place")))
		if skip {
			results.InitialOption = results.Options[2]
		}
		return &modal{id: modalReport, title: b.p.T("Report result"), submit: b.p.T("Save result"), meta: meta{About: blocks.Subject(s)}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(i.Title())),
			blocks.Input(fieldResult, b.p.T("Result"), results),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldNote, b.p.T("Note"), blocks.TextInput("", b.p.T("3 major defects of 125 pieces; reinspection on 20 March"), true))), b.p.T("When it is skipped: why.")),
		}}, nil
	})
}

// submitReport keeps a result.
func (b *Bot) submitReport(ctx context.Context, s submission) ([]byte, error) {
	old, err := b.inspection(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	now, did := b.o.Now(), false
	i, err := b.o.Store.ChangeInspection(ctx, s.team, old.Number, now, func(i *visit.Inspection) (err error) {
		did, err = i.Report(visit.Result(s.values.picked(fieldResult)), s.values.text(fieldNote), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !did {
		return updated(b.p, &modal{title: b.p.T("Report result"), blocks: []slack.Block{blocks.Section(blocks.Escape(b.p.T("A colleague was faster: the result is %s already.", i.Result)))}}), nil
	}
	b.changed(s.team, i.Subject(), s.user, i.Inspector)
	return nil, nil
}

// moveForm asks for another day of an inspection.
func (b *Bot) moveForm(ctx context.Context, team, person string, s visit.Subject, trigger string) error {
	return b.open(ctx, trigger, b.p.T("Move inspection"), func(ctx context.Context) (*modal, error) {
		i, err := b.inspection(ctx, team, person, s)
		if err != nil {
			return nil, err
		}
		hint := b.p.T("Its reminders move with it.")
		if i.Plan > 0 {
			hint = b.p.T("Its reminders move with it. Its plan keeps its rhythm.")
		}
		return &modal{id: modalMove, title: b.p.T("Move inspection"), submit: b.p.T("Move inspection"), meta: meta{About: blocks.Subject(s)}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(b.p.T("%s, on %s", i.Title(), blocks.OnDay(i.Due)))),
			blocks.Hinted(blocks.Input(fieldDue, b.p.T("New day"), blocks.DayInput(b.p, i.Due.String())), hint),
		}}, nil
	})
}

// submitMove gives an inspection the day that was picked.
func (b *Bot) submitMove(ctx context.Context, s submission) ([]byte, error) {
	m, err := b.moveInspection(ctx, s.team, s.user, visit.Subject(s.meta.About).Number(), s.values.day(fieldDue))
	if err != nil {
		return nil, err
	}
	return updated(b.p, &modal{title: b.p.T("Move inspection"), blocks: m.Blocks}), nil
}

// moveInspection gives an inspection another day.
func (b *Bot) moveInspection(ctx context.Context, team, person string, n int, when string) (*blocks.Message, error) {
	if err := b.checkAccess(ctx, team, person, visit.SubjectOf(visit.OfInspection, n)); err != nil {
		return nil, err
	}
	d, err := civil.Parse(when)
	if err != nil {
		return nil, visit.Invalid(fieldDue, "I do not know the day %q. Write it as /inspection move %d 2027-03-15.", blocks.Clip(when, 40), n)
	}
	now := b.o.Now()
	i, err := b.o.Store.ChangeInspection(ctx, team, n, now, func(i *visit.Inspection) error { return i.Move(d, now) })
	if err != nil {
		return nil, err
	}
	b.changed(team, i.Subject(), person, i.Inspector)
	m := new(blocks.Message)
	words := b.p.T("Inspection %d at %s is on %s now.", n, i.Factory.Name, blocks.OnDay(i.Due))
	if i.Plan > 0 {
		words += b.p.T(" Its plan keeps its rhythm.")
	}
	m.Say(words)
	for _, w := range b.o.Warnings(d, d) {
		m.Add(blocks.Note(blocks.Bold(b.p.T("Note:")) + " " + blocks.Escape(w)))
		m.Text.Line(b.p.T("Note: %s", w))
	}
	return m, nil
}

// onInspection does what the buttons of an inspection say.
func (b *Bot) onInspection(ctx context.Context, c click) error {
	k, s := b.book.Load(), visit.Subject(c.about)
	switch c.verb {
	case actInspect:
		channel := c.channel
		if c.on == guide.Direct {
			channel = ""
		}
		return b.inspectForm(ctx, c.team, c.user, channel, c.trigger)
	case actInspections:
		m := b.orSorry("list inspections", func() (*blocks.Message, error) { return b.inspectionList(ctx, k, c.team, c.user, c.channel) })
		return b.answerClick(ctx, c, m)
	case actReport:
		return b.reportForm(ctx, c.team, c.user, s, false, c.trigger)
	case actMove:
		return b.moveForm(ctx, c.team, c.user, s, c.trigger)
	case actMoveTo:
		about, to, _ := strings.Cut(string(c.about), ":")
		return b.whisperTo(ctx, c, b.orSorry("move an inspection", func() (*blocks.Message, error) {
			return b.moveInspection(ctx, c.team, c.user, visit.Subject(about).Number(), to)
		}))
	}
	// What is left is actReopen.
	old, err := b.inspection(ctx, c.team, c.user, s)
	if err != nil {
		return b.sayError(ctx, c, "find an inspection", err)
	}
	i, err := b.o.Store.ChangeInspection(ctx, c.team, old.Number, b.o.Now(), func(i *visit.Inspection) error { i.Reopen(); return nil })
	if err != nil {
		return b.sayError(ctx, c, "change an inspection", err)
	}
	b.changed(c.team, i.Subject(), c.user, i.Inspector)
	return nil
}
