package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The verbs of forms that are open.
const (
	actRefresh     blocks.ActionID = "refill"
	actReopenDraft blocks.ActionID = "redraft"
	actStartOver   blocks.ActionID = "anew"
	actRetry       blocks.ActionID = "retry"
	actPostOK      blocks.ActionID = "post-ok"
	actDaysOK      blocks.ActionID = "days-ok" // on the days in the value, although the factory is likely closed
	actDaysTo      blocks.ActionID = "days-to" // on these instead
)

// The modals of visits.
const (
	modalVisit      modalID = "visit" // plan a visit, or edit one
	modalAdd        modalID = "add-item"
	modalSkip       modalID = "skip-item"
	modalEditItem   modalID = "edit-item"
	modalList       modalID = "checklist"
	modalAddToVisit modalID = "add-to-visit"
	modalSettings   modalID = "settings"
)

// The fields of a visit's form. A role stands in a field of its own for each
// person: role_U123.
const (
	fieldFactory = "factory" // a number, or newFactory
	fieldName    = "factory_name"
	fieldChinese = "factory_chinese"
	fieldCity    = "factory_city"
	fieldAddress = "factory_address"
	fieldContact = "factory_contacts"
	fieldPurpose = "purpose"
	fieldFirst   = "first"
	fieldLast    = "last"
	fieldPeople  = "people" // Slack ids, with commas between
	fieldRole    = "role_"
	fieldGuests  = "guests" // a line each: name, role
	fieldChannel = "channel"
	fieldAgenda  = "agenda"
	// fieldAloud is which reminders stand in the channel too: a visit.Broadcast, or aloudAsSet.
	fieldAloud = "aloud"
	// fieldUnannounced is isUnannounced where the factory does not know of the visit. It is asked of audits.
	fieldUnannounced = "unannounced"
)

// isUnannounced is the only value of fieldUnannounced.
const isUnannounced = "yes"

// aloudAsSet leaves to the settings which reminders of a visit stand in the channel.
const aloudAsSet = "settings"

const newFactory = "new"

// formOf is a visit as its form shows it.
func formOf(v *visit.Visit) form {
	f := form{
		fieldFactory: strconv.Itoa(v.Factory.Number), fieldPurpose: v.Purpose, fieldFirst: v.First.String(), fieldLast: v.Last.String(),
		fieldChannel: v.Channel, fieldAgenda: v.Agenda, fieldAloud: cmp.Or(string(v.Broadcast), aloudAsSet),
		fieldName: v.Factory.Name, fieldChinese: v.Factory.Chinese, fieldCity: v.Factory.City, fieldAddress: v.Factory.Address, fieldContact: v.Factory.Contacts,
	}
	if v.Unannounced {
		f[fieldUnannounced] = isUnannounced
	}
	var users, guests []string
	for _, p := range v.People {
		switch {
		case p.User != "":
			users = append(users, p.User)
			f[fieldRole+p.User] = p.Role
		default:
			guests = append(guests, visit.FormatGuest(p))
		}
	}
	f[fieldPeople], f[fieldGuests] = strings.Join(users, ","), strings.Join(guests, "\n")
	return f
}

// participants are the persons that the form names.
func (f form) participants() []visit.Person {
	var ps []visit.Person
	for _, u := range f.people(fieldPeople) {
		ps = append(ps, visit.Person{User: u, Role: f[fieldRole+u]})
	}
	for line := range strings.Lines(f[fieldGuests]) {
		ps = append(ps, visit.ParseGuest(line))
	}
	return ps
}

// apply puts the form into a visit. The channel is not among it: who may choose
// one is asked before.
func (f form) apply(v *visit.Visit) error {
	var errs visit.InputErrors
	read := func(field string) (d civil.Date) {
		if f[field] == "" {
			return d
		}
		d, err := civil.Parse(f[field])
		if err != nil {
			errs = append(errs, visit.Invalid(field, "Please pick a day."))
		}
		return d
	}
	v.First, v.Last = read(fieldFirst), read(fieldLast)
	v.Purpose, v.Agenda, v.People = f[fieldPurpose], f[fieldAgenda], f.participants()
	v.Unannounced = f[fieldUnannounced] == isUnannounced
	if b := visit.Broadcast(f[fieldAloud]); f[fieldAloud] == aloudAsSet || slices.Contains(visit.Broadcasts(), b) {
		v.Broadcast = visit.Broadcast(strings.TrimPrefix(string(b), aloudAsSet))
	}
	switch n, err := strconv.Atoi(f[fieldFactory]); {
	case f[fieldFactory] == newFactory:
		v.Factory = visit.Factory{Workspace: v.Workspace, Name: f[fieldName], Chinese: f[fieldChinese], City: f[fieldCity], Address: f[fieldAddress], Contacts: f[fieldContact]}
	case err == nil && n > 0:
		v.Factory.Number = n
	default:
		errs = append(errs, visit.Invalid(fieldFactory, "Please pick a factory, or New factory."))
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// merge puts what one person entered over what a form showed them, base, and what
// others changed meanwhile, theirs. Where both changed the same field, it is a
// conflict, and their value stands.
func merge(base, mine, theirs form) (merged form, conflicts []string) {
	merged = form{}
	for field := range theirs {
		merged[field] = theirs[field]
	}
	for field, m := range mine {
		switch old, now := base[field], theirs[field]; {
		case m == old || m == now: // not touched, or the same
		case now == old:
			merged[field] = m
		default:
			conflicts = append(conflicts, field)
		}
	}
	slices.Sort(conflicts)
	return merged, conflicts
}

// newVisitDraft is the draft of the visit that a person is planning; there is one
// a person, so that a form closed by mistake can be opened again.
func newVisitDraft(person string) string { return "new-visit/" + person }

// planForm opens the form for a new visit.
func (vis *visits) planForm(ctx context.Context, who caller) error { return vis.planFor(ctx, who, "") }

// planClick opens the form for a new visit, with the factory and the first day that the button
// names, if it does: "factory/3:2027-03-15".
func (vis *visits) planClick(ctx context.Context, c click) error {
	return vis.planFor(ctx, c.caller, c.about)
}

// planNamed is before the name of a factory that nobody has recorded.
const planNamed = "name/"

func (vis *visits) planFor(ctx context.Context, who caller, about blocks.Subject) error {
	p := vis.directory.printerNow(who.team, who.user)
	return vis.replies.open(ctx, opening{who, actPlan, about, p.T("Plan a visit")}, func(ctx context.Context, team string) (*modal, error) {
		f, kept := form{fieldChannel: who.standsIn()}, false
		if at, day, _ := strings.Cut(string(about), ":"); strings.HasPrefix(at, "factory/") {
			number := factoryNumber(blocks.Subject(at))
			f[fieldFactory], f[fieldFirst] = strconv.Itoa(number), day
			if f[fieldChannel] == "" {
				f[fieldChannel] = vis.preparedIn(ctx, team, who.user, number)
			}
			return vis.form(ctx, team, who.user, f, 0, meta{}, false)
		}
		if name, ok := strings.CutPrefix(string(about), planNamed); ok {
			f[fieldFactory], f[fieldName] = newFactory, name
			return vis.form(ctx, team, who.user, f, 0, meta{}, false)
		}
		if d, err := vis.drafts.read(ctx, team, who.user, newVisitDraft(who.user)); err == nil && d.Mine != nil {
			f, kept = d.Mine, true
		}
		return vis.form(ctx, team, who.user, f, 0, meta{}, kept)
	})
}

// preparedIn is the channel in which the last visit to a factory was prepared, of those that a person is
// in: a daily message and Home stand in none themselves. Where it is not known, the form asks.
func (vis *visits) preparedIn(ctx context.Context, team, person string, factory int) string {
	theirs, err := vis.directory.channelsOf(ctx, team, person)
	if err != nil || len(theirs) == 0 {
		return ""
	}
	vs, err := vis.o.Store.Visits(ctx, team, store.Filter{Channels: theirs, Factory: factory})
	if err != nil || len(vs) == 0 {
		return ""
	}
	last := vs[len(vs)-1].Channel
	if r, err := vis.directory.channel(ctx, team, last); err != nil || r.archived || r.gone {
		return ""
	}
	return last
}

// editClick opens the form of a visit.
func (vis *visits) editClick(ctx context.Context, c click) error {
	p := vis.directory.printerNow(c.team, c.user)
	return vis.replies.open(ctx, opening{c.caller, actEdit, c.about, p.T("Edit visit")}, func(ctx context.Context, team string) (*modal, error) {
		v, err := vis.access.visit(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		f := formOf(v)
		id := "edit/" + rand.Text()[:12]
		if err := vis.drafts.keep(ctx, team, c.user, id, draft{Visit: v.Number, Base: f}); err != nil {
			return nil, err
		}
		return vis.form(ctx, team, c.user, f, v.Number, meta{Draft: id, About: c.about}, false)
	})
}

// maxRoles is how many people get a field for their role.
const maxRoles = 12

// form is the form of a visit as it is with f in it. A new visit is asked for what it cannot
// be without; the rest has time, and stands in the form that edits it.
func (vis *visits) form(ctx context.Context, team, person string, f form, number int, about meta, kept bool) (*modal, error) {
	p := vis.directory.printer(ctx, team, person)
	g := vis.guide.Load().In(p)
	templates, err := g.Templates()
	if err != nil {
		return nil, err
	}
	factories, err := vis.factories.knownTo(ctx, team, person)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalVisit, title: p.T("Plan a visit"), submit: p.T("Plan visit"), meta: about}
	if number > 0 {
		m.title, m.submit = p.T("Edit visit %d", number), p.T("Save visit")
	}
	if kept {
		m.blocks = append(m.blocks, blocks.Note(p.M("Filled in with what you entered last time.")), blocks.Actions(blocks.Button(actStartOver, "", p.T("Start with an empty form"))))
	}
	options, chosen := vis.factoryMenu(p, factories, f, number > 0)
	m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, p.T("Factory"), blocks.Choice(p, string(actRefresh), p.T("Pick a factory"), chosen, options))))
	if chosen == newFactory {
		m.blocks = append(m.blocks, factoryFields(p, f)...)
	}
	var purposes []*slack.OptionBlockObject
	for _, t := range templates.For(knowledge.ForVisit) {
		purposes = append(purposes, blocks.Option(blocks.Subject(t.ID), p.T(t.Title)))
	}
	m.blocks = append(m.blocks,
		blocks.Refilling(blocks.Hinted(blocks.Input(fieldPurpose, p.T("Purpose"), blocks.Choice(p, string(actRefresh), p.T("What the visit is for"), f[fieldPurpose], purposes)), p.T("It decides which checklist the visit starts with."))))
	if f[fieldUnannounced] != "" || isAudit(&visit.Visit{Purpose: f[fieldPurpose]}) {
		m.blocks = append(m.blocks, unannouncedField(p, f))
	}
	m.blocks = append(m.blocks,
		blocks.Input(fieldFirst, p.T("First day at the factory"), blocks.DayInput(p, f[fieldFirst])),
		blocks.Optional(blocks.Input(fieldLast, p.T("Last day, if different"), blocks.DayInput(p, f[fieldLast]))),
	)
	detailed := number > 0 || f.hasDetails()
	if detailed {
		m.blocks = append(m.blocks, vis.peopleFields(ctx, p, team, f)...)
	}
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, f[fieldChannel])), p.T("The team prepares the visit there. Its members see the visit, and reminders go there.")))
	if number > 0 {
		m.blocks = append(m.blocks, vis.aloudField(p, f))
	}
	if detailed {
		m.blocks = append(m.blocks, blocks.Optional(blocks.Input(fieldAgenda, p.T("Agenda"), blocks.TextInput(f[fieldAgenda], p.T("09:00 opening meeting …"), true))))
	}
	if about.Emptied {
		m.resetInputs()
	}
	return m, nil
}

// unannouncedField asks of an audit whether the factory knows of it.
func unannouncedField(p blocks.Printer, f form) slack.Block {
	option := blocks.Option(isUnannounced, p.T("Unannounced: the factory does not know about it"))
	return blocks.Hinted(blocks.Optional(blocks.Input(fieldUnannounced, p.T("Does the factory know?"), boxes(blocks.InputAction, []string{f[fieldUnannounced]}, option))),
		p.T("Then there is no host brief, nothing on the checklist asks the factory for anything beforehand, and nothing about it is shown in a channel that another company reads."))
}

// aloudField chooses which reminders stand in the channel besides the thread.
func (vis *visits) aloudField(p blocks.Printer, f form) slack.Block {
	options := []*slack.OptionBlockObject{
		blocks.Option(aloudAsSet, p.T("As the settings of Visit Prep say")),
		blocks.Option(blocks.Subject(visit.BroadcastDay), p.T("On its days, and when they change")),
		blocks.Option(blocks.Subject(visit.BroadcastAll), p.T("Each reminder")),
		blocks.Option(blocks.Subject(visit.BroadcastNever), p.T("Nothing, only in the thread")),
	}
	choice := blocks.Choice(p, blocks.InputAction, p.T("Pick one"), cmp.Or(f[fieldAloud], aloudAsSet), options)
	return blocks.Hinted(blocks.Input(fieldAloud, p.T("Post in the channel too"), choice), p.T("Reminders stand in the thread of the visit's card. This decides which of them the whole channel reads."))
}

// hasDetails reports whether the form holds what a new visit is not asked for: a draft of a
// version that did.
func (f form) hasDetails() bool {
	return f[fieldPeople] != "" || f[fieldGuests] != "" || f[fieldAgenda] != ""
}

// peopleFields are the inputs for who takes part, with a role for each.
func (vis *visits) peopleFields(ctx context.Context, p blocks.Printer, team string, f form) []slack.Block {
	bs := []slack.Block{blocks.Refilling(blocks.Optional(blocks.Input(fieldPeople, p.T("Who is travelling or taking part"), blocks.PeopleInput(p, string(actRefresh), f.people(fieldPeople)))))}
	for _, u := range f.people(fieldPeople)[:min(len(f.people(fieldPeople)), maxRoles)] {
		name := u
		if who, err := vis.directory.person(ctx, team, u); err == nil {
			name = who.name
		}
		bs = append(bs, blocks.Optional(blocks.Input(fieldRole+u, blocks.Clip(p.T("Role of %s", name), 150), blocks.TextInput(f[fieldRole+u], p.T("Leads, quality, interpreter …"), false))))
	}
	return append(bs, blocks.Hinted(blocks.Optional(blocks.Input(fieldGuests, p.T("People without Slack"), blocks.TextInput(f[fieldGuests], p.T("Ms Zhang, interpreter"), true))), p.T("One per line: name, role.")))
}

// factoryMenu lists the factories of a form, and which of them is chosen. A visit keeps
// a factory that is no longer offered; a draft of one begins with a new factory.
func (vis *visits) factoryMenu(p blocks.Printer, factories []visit.Factory, f form, editing bool) (options []*slack.OptionBlockObject, chosen string) {
	options = []*slack.OptionBlockObject{blocks.Option(newFactory, p.T("New factory"))}
	chosen = f[fieldFactory]
	offered := chosen == newFactory
	for _, o := range factories {
		number := strconv.Itoa(o.Number)
		options = append(options, blocks.Option(blocks.Subject(number), factoryLabel(p, &o)))
		offered = offered || number == chosen
	}
	switch {
	case offered || chosen == "" && len(factories) > 0:
	case editing && chosen != "": // removed from the menus, but still this visit's
		options = append(options, blocks.Option(blocks.Subject(chosen), cmp.Or(f[fieldName], p.T("Factory %s", chosen))))
	default:
		chosen = newFactory
	}
	return options, chosen
}

// refresh draws a visit's form again, with the fields that a choice brought.
func (vis *visits) refresh(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	number := visit.Subject(c.meta.About).Number()
	f := form{}
	if number > 0 {
		if d, err := vis.drafts.read(ctx, c.team, c.user, c.meta.Draft); err == nil {
			f = d.Base
		}
	}
	m, err := vis.form(ctx, c.team, c.user, c.values.form(f), number, c.meta, false)
	if err != nil {
		m = vis.replies.errorPageTo(c.team, c.user, p.T("Plan a visit"), "fill a form", err)
	}
	return vis.replies.redraw(ctx, p, c.team, c.view, m)
}

// startOver drops the draft and shows an empty form.
func (vis *visits) startOver(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	if err := vis.o.Store.DropDraft(ctx, c.team, newVisitDraft(c.user)); err != nil {
		return err
	}
	m, err := vis.form(ctx, c.team, c.user, form{}, 0, meta{Emptied: true}, false)
	if err != nil {
		return err
	}
	return vis.replies.redraw(ctx, p, c.team, c.view, m)
}

// submit takes a visit's form.
func (vis *visits) submit(ctx context.Context, s submission) ([]byte, error) {
	p := vis.directory.printer(ctx, s.team, s.user)
	if s.meta.About != "" {
		return vis.saveEdit(ctx, s)
	}
	page, err := vis.saveNew(ctx, s.making(vis.o.Store), s.team, s.user, draft{Mine: s.values.form(form{})})
	if err != nil {
		return nil, err
	}
	return updated(p, page), nil
}

// saveNew plans the visit that was typed, in a store of its own. It returns the page that
// says so, or the one that asks about what stands in the way; then what was typed is kept.
func (vis *visits) saveNew(ctx context.Context, making *store.Store, team, person string, d draft) (*modal, error) {
	p := vis.directory.printer(ctx, team, person)
	now := vis.o.Now()
	v := visit.Visit{Work: visit.Work{Workspace: team, Owner: person, Place: visit.Place{Channel: d.Mine[fieldChannel]}}}
	if err := d.Mine.apply(&v); err != nil {
		return nil, err
	}
	if _, asked := d.Mine[fieldPeople]; !asked { // whoever plans travels, unless they say no
		v.Join(person)
	}
	f, err := vis.factories.complete(ctx, team, person, v.Factory)
	if err != nil {
		return nil, err
	}
	v.Factory = f
	v.Normalize()
	wrong, err := vis.directory.noColleagues(ctx, team, fieldPeople, d.Mine.people(fieldPeople))
	if err != nil {
		return nil, err
	}
	if wrong.Collect(checkVisit(&v, now)); len(wrong) > 0 {
		return nil, wrong
	}
	place, blocked, err := vis.access.place(ctx, team, person, v.Channel, v.Unannounced || d.SharedOK == v.Channel)
	if err != nil {
		return nil, err
	}
	if v.Unannounced && place.Shared {
		return nil, tellsHost()
	}
	if blocked == nil {
		blocked = vis.askAboutDays(p, &v, d.DaysOK, meta{})
	}
	if blocked != nil {
		if err := vis.drafts.keep(ctx, team, person, newVisitDraft(person), d); err != nil {
			return nil, err
		}
		return blocked, nil
	}
	v.Channel, v.Private, v.Shared = place.Channel, place.Private, place.Shared
	v.ChannelZone = vis.directory.zoneOf(ctx, team, person)
	v.Items = linesOfVisit(vis.guide.Load(), &v)
	if v, err = making.PlanVisit(ctx, v, now); err != nil {
		return nil, err
	}
	vis.drafts.drop(ctx, team, newVisitDraft(person))
	vis.live.changed(team, v.Subject(), concerned(&v)...)
	return vis.words(p, "").planned(&v, person), nil
}

// concerned are the people to whom a change of a visit matters.
func concerned(v *visit.Visit) []string {
	ps := []string{v.Owner}
	for _, p := range v.People {
		ps = append(ps, p.User)
	}
	return ps
}

// checkVisit checks all that a form can be wrong about, at once.
func checkVisit(v *visit.Visit, now time.Time) error {
	var errs visit.InputErrors
	if v.Factory.Number == 0 {
		errs.Collect(v.Factory.Check())
	}
	errs.Collect(v.Check())
	if len(errs) == 0 {
		errs.Collect(v.CheckDays(now))
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// An agreement is what somebody says to a question that stood in the way of their form.
type agreement func(d *draft, about blocks.Subject)

func asBefore(*draft, blocks.Subject) {} // after the bot was invited

// shareAnyway agrees that another company may read in a channel.
func shareAnyway(d *draft, channel blocks.Subject) { d.SharedOK = string(channel) }

// goAnyway agrees to days on which the factory is likely closed.
func goAnyway(d *draft, days blocks.Subject) { d.DaysOK = string(days) }

// goInstead takes other days.
func goInstead(d *draft, days blocks.Subject) {
	d.Mine[fieldFirst], d.Mine[fieldLast], _ = strings.Cut(string(days), "..")
}

// again saves a draft once more, with an answer in it.
func (vis *visits) again(say agreement) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := vis.directory.printer(ctx, c.team, c.user)
		once := vis.o.Store.By(c.user).Once(c.team, time.Now(), made(c.view))
		d, err := vis.readDraft(ctx, c)
		var m *modal
		switch {
		case err != nil:
		case d.Visit > 0:
			say(&d, c.about)
			m, err = vis.editAgain(ctx, once, c, d)
		default:
			say(&d, c.about)
			m, err = vis.saveNew(ctx, once, c.team, c.user, d)
		}
		if saved, _ := vis.o.Store.Handled(ctx, c.team, made(c.view)); saved && err != nil {
			return nil // the first of two clicks has saved it, and shows so
		}
		if err != nil {
			m = vis.replies.errorPageTo(c.team, c.user, vis.formTitle(p, d), "save a draft", err)
			m.meta = c.meta
			m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actReopenDraft, "", p.T("Back to the form"))))
		}
		return vis.replies.redraw(ctx, p, c.team, c.view, m)
	}
}

// readDraft reads what the person who clicked was typing: a new visit, or changes of one.
func (vis *visits) readDraft(ctx context.Context, c click) (draft, error) {
	id := newVisitDraft(c.user)
	if c.meta.About != "" {
		id = c.meta.Draft
	}
	return vis.drafts.read(ctx, c.team, c.user, id)
}

func (vis *visits) formTitle(p blocks.Printer, d draft) string {
	if d.Visit > 0 {
		return p.T("Edit visit %d", d.Visit)
	}
	return p.T("Plan a visit")
}

// reopenDraft shows the form with the draft in it.
func (vis *visits) reopenDraft(ctx context.Context, c click) error {
	p := vis.directory.printer(ctx, c.team, c.user)
	d, err := vis.readDraft(ctx, c)
	var m *modal
	if err == nil {
		m, err = vis.form(ctx, c.team, c.user, d.Mine, d.Visit, c.meta, false)
	}
	if err != nil {
		m = vis.replies.errorPageTo(c.team, c.user, vis.formTitle(p, d), "fill a form", err)
	}
	return vis.replies.redraw(ctx, p, c.team, c.view, m)
}

// askAboutDays is the question whether somebody wants to go on days on which the factory is
// very likely closed, with better ones; nil where it can be expected to run, or where they
// have agreed to these days.
func (vis *visits) askAboutDays(p blocks.Printer, v *visit.Visit, agreed string, about meta) *modal {
	days := func(first, last civil.Date) blocks.Subject {
		return blocks.Subject(first.String() + ".." + last.String())
	}
	these := days(v.First, v.Last)
	if vis.o.Calendar == nil || !v.InChina() || agreed == string(these) {
		return nil
	}
	why := vis.o.Calendar.Closed(p.Printer, v.First, v.Last)
	if len(why) == 0 {
		return nil
	}
	m := &modal{title: p.T("Will the factory run?"), meta: about}
	m.blocks = append(m.blocks, blocks.Section(blocks.Bold(p.T("The factory is very likely closed, or not running as usual, on %s.", blocks.Days(p, v.First, v.Last)))))
	for _, w := range why {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(w)))
	}
	length := v.Last.Sub(v.First)
	instead, anyway := func(days string) string { return p.T("Plan for %s", days) }, p.T("Plan anyway")
	if about.About != "" {
		instead, anyway = func(days string) string { return p.T("Move to %s", days) }, p.T("Move anyway")
	}
	var better []slack.BlockElement
	for i, first := range vis.o.Calendar.Running(v.First, length+1, v.Today(vis.o.Now())) {
		last := first.AddDays(length)
		better = append(better, blocks.Button(actDaysTo.With(strconv.Itoa(i)), days(first, last), instead(blocks.Days(p, first, last))))
	}
	if len(better) > 0 {
		m.blocks = append(m.blocks, blocks.Actions(better...))
	}
	m.blocks = append(m.blocks,
		blocks.Actions(blocks.Button(actDaysOK, these, anyway), blocks.Button(actReopenDraft, "", p.T("Back to the form"))),
		blocks.Note(p.M("Nothing is saved yet. What you entered is kept.")))
	return m
}

// saveEdit saves the form of a visit that is edited. What others changed meanwhile
// stays, unless this person changed the same; then they are told, and saving
// again is their decision.
func (vis *visits) saveEdit(ctx context.Context, s submission) ([]byte, error) {
	p := vis.directory.printer(ctx, s.team, s.user)
	d, err := vis.drafts.read(ctx, s.team, s.user, s.meta.Draft)
	if err != nil {
		return nil, err
	}
	d.Mine = s.values.form(d.Base)
	e := &edit{visits: vis, p: p, team: s.team, person: s.user, meta: s.meta, draft: d}
	page, err := e.save(ctx, s.changing(vis.o.Store))
	if errors.Is(err, errConflict) {
		return e.conflict(ctx, s)
	}
	if err != nil || page == nil {
		return nil, err
	}
	return updated(p, page), nil
}

// editAgain saves an edit after its person has answered what stood in the way.
func (vis *visits) editAgain(ctx context.Context, once *store.Store, c click, d draft) (*modal, error) {
	p := vis.directory.printer(ctx, c.team, c.user)
	e := &edit{visits: vis, p: p, team: c.team, person: c.user, meta: c.meta, draft: d}
	page, err := e.save(ctx, once)
	switch {
	case errors.Is(err, errConflict):
		return e.conflictForm(ctx)
	case err == nil && page == nil:
		page = &modal{title: p.T("Visit saved"), blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("Visit %d is saved. Its card shows the new days.", d.Visit)))}}
	}
	return page, err
}

// An edit is a change of a visit by its form, on its way into the store.
type edit struct {
	*visits
	p            blocks.Printer
	team, person string
	meta         meta
	draft        draft // Base is what the form showed, Mine what is in it now

	theirs    form     // the visit as it is now
	conflicts []string // the fields that others changed meanwhile to something else
}

// save saves the edit. It returns a page where something is to be asked before; then what
// was typed is kept. The error is errConflict where others changed the same.
func (e *edit) save(ctx context.Context, changing *store.Store) (*modal, error) {
	old, err := e.access.visit(ctx, e.team, e.person, visit.Subject(e.meta.About))
	if err != nil {
		return nil, err
	}
	base, mine := e.draft.Base, e.draft.Mine
	now := e.o.Now()
	place, err := e.otherPlace(ctx)
	if err != nil {
		return nil, err
	}
	// Who has left the company since does not keep others from editing.
	added := slices.DeleteFunc(mine.people(fieldPeople), func(p string) bool { return slices.Contains(base.people(fieldPeople), p) })
	if wrong, err := e.directory.noColleagues(ctx, e.team, fieldPeople, added); err != nil {
		return nil, err
	} else if len(wrong) > 0 {
		return nil, wrong
	}
	if question, err := e.askAboutMove(ctx, old); question != nil || err != nil {
		return question, err
	}
	factory, err := e.otherFactory(ctx)
	if err != nil {
		return nil, err
	}
	others := false
	if mine[fieldUnannounced] != "" && place.Channel == "" {
		to, err := e.directory.readers(ctx, e.team, old.Channel)
		if err != nil {
			return nil, err
		}
		others = to == everyone
	}
	saved, err := changing.ChangeVisit(ctx, e.team, old.Number, now, func(v *visit.Visit) error {
		e.theirs = formOf(v)
		var merged form
		merged, e.conflicts = merge(base, mine, e.theirs)
		if len(e.conflicts) > 0 {
			return errConflict
		}
		purpose, quiet, first, last := v.Purpose, v.Unannounced, v.First, v.Last
		at := v.Factory
		if err := merged.apply(v); err != nil {
			return err
		}
		v.Factory = at
		if factory != nil {
			v.Factory, v.Zone = *factory, factory.Zone
		}
		if place.Channel != "" {
			v.Channel, v.Private, v.Shared, v.Card = place.Channel, place.Private, place.Shared, ""
		}
		v.Normalize()
		if v.Unannounced && others {
			return tellsHost()
		}
		if v.Purpose != purpose || v.Unannounced != quiet {
			v.ApplyTemplate(linesOfVisit(e.guide.Load(), v))
		}
		if v.First != first || v.Last != last {
			return checkVisit(v, now)
		}
		return v.Check()
	})
	if err != nil {
		return nil, err
	}
	e.drafts.drop(ctx, e.team, e.meta.Draft)
	if saved.Channel != old.Channel {
		e.live.leave()
	}
	e.live.changed(e.team, saved.Subject(), concerned(&saved)...)
	return nil, nil
}

// askAboutMove asks about other days on which the factory is very likely closed. It leaves
// days that cannot be, and those that a colleague changed too, to be refused.
func (e *edit) askAboutMove(ctx context.Context, old *visit.Visit) (*modal, error) {
	base, mine := e.draft.Base, e.draft.Mine
	if mine[fieldFirst] == base[fieldFirst] && mine[fieldLast] == base[fieldLast] {
		return nil, nil
	}
	moved := old.Clone()
	if err := mine.apply(&moved); err != nil {
		return nil, err
	}
	moved.Factory = old.Factory
	moved.Normalize()
	if checkVisit(&moved, e.o.Now()) != nil {
		return nil, nil
	}
	question := e.askAboutDays(e.p, &moved, e.draft.DaysOK, e.meta)
	if question == nil {
		return nil, nil
	}
	return question, e.drafts.keep(ctx, e.team, e.person, e.meta.Draft, e.draft)
}

// otherPlace is the place of the channel that somebody picked instead of the one that
// the form showed; none where they left it.
func (e *edit) otherPlace(ctx context.Context) (visit.Place, error) {
	mine := e.draft.Mine
	if mine[fieldChannel] == e.draft.Base[fieldChannel] {
		return visit.Place{}, nil
	}
	place, blocked, err := e.access.place(ctx, e.team, e.person, mine[fieldChannel], false)
	if err == nil && blocked != nil {
		err = visit.Invalid(fieldChannel, "I can't move the visit there. Invite me with /invite @visitprep first, and pick a channel that isn't shared with another company.")
	}
	return place, err
}

// otherFactory is the factory that somebody picked or entered instead of the one that
// the form showed; nil where they left it. A new one is recorded.
func (e *edit) otherFactory(ctx context.Context) (*visit.Factory, error) {
	mine := e.draft.Mine
	if mine[fieldFactory] == e.draft.Base[fieldFactory] {
		return nil, nil
	}
	var entered visit.Visit
	if err := mine.apply(&entered); err != nil {
		return nil, err
	}
	f, err := e.factories.complete(ctx, e.team, e.person, entered.Factory)
	if err == nil && f.Number == 0 {
		f, err = e.o.Store.AddFactory(ctx, f, e.o.Now())
	}
	return &f, err
}

// tellsHost is why an unannounced visit cannot be in a channel.
func tellsHost() error {
	return visit.Invalid(fieldChannel, "Another company reads in this channel, and would learn of an unannounced visit. Please pick another channel.")
}

var errConflict = errors.New("somebody else changed the same")

// secondWord has the next save be against what others changed.
func (e *edit) secondWord(ctx context.Context) error {
	for _, field := range e.conflicts { // the other fields of the form still show what they did
		e.draft.Base[field] = e.theirs[field]
	}
	return e.drafts.keep(ctx, e.team, e.person, e.meta.Draft, e.draft)
}

func (e *edit) conflictWords(field string) string {
	return e.p.T("A colleague changed this to %s while you were typing. Save again to keep yours.", e.words(e.p, "").valueWords(field, e.theirs[field]))
}

// conflict says beside each field that two people changed what it is now. Saving
// again then is against that, and the second word counts.
func (e *edit) conflict(ctx context.Context, s submission) ([]byte, error) {
	if err := e.secondWord(ctx); err != nil {
		return nil, err
	}
	errs := map[string]string{}
	for _, field := range e.conflicts {
		if s.values.has(field) {
			errs[field] = e.conflictWords(field)
		}
	}
	if len(errs) == 0 { // a field that this form does not show, such as the role of somebody who was taken out
		errs[fieldPeople] = e.p.T("A colleague changed who takes part while you were typing. Save again to keep yours.")
	}
	return blocks.MustJSON(slack.NewErrorsViewSubmissionResponse(errs)), nil
}

// conflictForm is the form again, with what two people changed above it: no error can stand
// at a field of a form that is not sent off.
func (e *edit) conflictForm(ctx context.Context) (*modal, error) {
	if err := e.secondWord(ctx); err != nil {
		return nil, err
	}
	m, err := e.form(ctx, e.team, e.person, e.draft.Mine, e.draft.Visit, e.meta, false)
	if err != nil {
		return nil, err
	}
	m.blocks = append([]slack.Block{blocks.Section(e.p.M("A colleague changed this visit while you were typing. Look through the form, and save it again to keep what you entered."))}, m.blocks...)
	return m, nil
}
