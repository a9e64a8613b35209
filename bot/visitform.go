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
)

// The modals of visits.
const (
	modalVisit      modalID = "visit" // plan a visit, or edit one
	modalAdd        modalID = "add-item"
	modalSkip       modalID = "skip-item"
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
)

const newFactory = "new"

// formOf is a visit as its form shows it.
func formOf(v *visit.Visit) form {
	f := form{
		fieldFactory: strconv.Itoa(v.Factory.Number), fieldPurpose: v.Purpose, fieldFirst: v.First.String(), fieldLast: v.Last.String(),
		fieldChannel: v.Channel, fieldAgenda: v.Agenda,
		fieldName: v.Factory.Name, fieldChinese: v.Factory.Chinese, fieldCity: v.Factory.City, fieldAddress: v.Factory.Address, fieldContact: v.Factory.Contacts,
	}
	var users, guests []string
	for _, p := range v.People {
		switch {
		case p.User != "":
			users = append(users, p.User)
			f[fieldRole+p.User] = p.Role
		case p.Role != "":
			guests = append(guests, p.Name+", "+p.Role)
		default:
			guests = append(guests, p.Name)
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
		name, role, _ := strings.Cut(strings.TrimSpace(line), ",")
		ps = append(ps, visit.Person{Name: name, Role: strings.TrimSpace(role)})
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
func (vis *visits) planForm(ctx context.Context, who caller) error {
	return vis.replies.open(ctx, who.trigger, vis.p.T("Plan a visit"), func(ctx context.Context) (*modal, error) {
		if !vis.directory.insider(ctx, who.team, who.user) {
			return &modal{title: vis.p.T("Visit Prep"), blocks: outsider(vis.p).Blocks}, nil
		}
		f, kept := form{fieldChannel: who.standsIn()}, false
		if d, err := vis.drafts.read(ctx, who.team, who.user, newVisitDraft(who.user)); err == nil && d.Mine != nil {
			f, kept = d.Mine, true
		}
		return vis.form(ctx, who.team, f, 0, meta{Draft: newVisitDraft(who.user) + "#" + rand.Text()[:8]}, kept)
	})
}

// editClick opens the form of a visit.
func (vis *visits) editClick(ctx context.Context, c click) error {
	return vis.replies.open(ctx, c.trigger, vis.p.T("Edit visit"), func(ctx context.Context) (*modal, error) {
		v, err := vis.access.visit(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		f := formOf(v)
		id := "edit/" + rand.Text()[:12]
		if err := vis.drafts.keep(ctx, c.team, c.user, id, draft{Visit: v.Number, Base: f}); err != nil {
			return nil, err
		}
		return vis.form(ctx, c.team, f, v.Number, meta{Draft: id, About: c.about}, false)
	})
}

// maxRoles is how many people get a field for their role.
const maxRoles = 12

// form is the form of a visit as it is with f in it.
func (vis *visits) form(ctx context.Context, team string, f form, number int, about meta, kept bool) (*modal, error) {
	g := vis.guide.Load()
	templates, err := g.Templates()
	if err != nil {
		return nil, err
	}
	factories, err := vis.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalVisit, title: vis.p.T("Plan a visit"), submit: vis.p.T("Plan visit"), meta: about}
	if number > 0 {
		m.title, m.submit = vis.p.T("Edit visit %d", number), vis.p.T("Save visit")
	}
	if kept {
		m.blocks = append(m.blocks, blocks.Note(vis.p.M("Filled in with what you entered last time.")), blocks.Actions(blocks.Button(actStartOver, "", vis.p.T("Start with an empty form"))))
	}
	options, chosen := vis.factoryMenu(factories, f, number > 0)
	m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, vis.p.T("Factory"), blocks.Choice(vis.p, string(actRefresh), vis.p.T("Pick a factory"), chosen, options))))
	if chosen == newFactory {
		m.blocks = append(m.blocks, factoryFields(vis.p, f)...)
	}
	var purposes []*slack.OptionBlockObject
	for _, t := range templates.For(knowledge.ForVisit) {
		purposes = append(purposes, blocks.Option(blocks.Subject(t.ID), t.Title))
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Input(fieldPurpose, vis.p.T("Purpose"), blocks.Choice(vis.p, blocks.InputAction, vis.p.T("What the visit is for"), f[fieldPurpose], purposes)), vis.p.T("It decides which checklist the visit starts with.")),
		blocks.Input(fieldFirst, vis.p.T("First day at the factory"), blocks.DayInput(vis.p, f[fieldFirst])),
		blocks.Optional(blocks.Input(fieldLast, vis.p.T("Last day, if different"), blocks.DayInput(vis.p, f[fieldLast]))),
		blocks.Refilling(blocks.Optional(blocks.Input(fieldPeople, vis.p.T("Who is travelling or taking part"), blocks.PeopleInput(vis.p, string(actRefresh), f.people(fieldPeople))))),
	)
	for _, u := range f.people(fieldPeople)[:min(len(f.people(fieldPeople)), maxRoles)] {
		name := u
		if p, err := vis.directory.person(ctx, u); err == nil {
			name = p.name
		}
		m.blocks = append(m.blocks, blocks.Optional(blocks.Input(fieldRole+u, blocks.Clip(vis.p.T("Role of %s", name), 150), blocks.TextInput(f[fieldRole+u], vis.p.T("Leads, quality, interpreter …"), false))))
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Optional(blocks.Input(fieldGuests, vis.p.T("People without Slack"), blocks.TextInput(f[fieldGuests], vis.p.T("Ms Zhang, interpreter"), true))), vis.p.T("One per line: name, role.")),
		blocks.Hinted(blocks.Input(fieldChannel, vis.p.T("Channel"), blocks.ChannelInput(vis.p, f[fieldChannel])), vis.p.T("The team prepares the visit there. Its members see the visit, and reminders go there.")),
		blocks.Optional(blocks.Input(fieldAgenda, vis.p.T("Agenda"), blocks.TextInput(f[fieldAgenda], vis.p.T("09:00 opening meeting …"), true))),
	)
	if about.Emptied {
		m.resetInputs()
	}
	return m, nil
}

// factoryMenu lists the factories of a form, and which of them is chosen. A visit keeps
// a factory that is no longer offered; a draft of one begins with a new factory.
func (vis *visits) factoryMenu(factories []visit.Factory, f form, editing bool) (options []*slack.OptionBlockObject, chosen string) {
	options = []*slack.OptionBlockObject{blocks.Option(newFactory, vis.p.T("New factory"))}
	chosen = f[fieldFactory]
	offered := chosen == newFactory
	for _, o := range factories {
		number := strconv.Itoa(o.Number)
		options = append(options, blocks.Option(blocks.Subject(number), factoryLabel(&o)))
		offered = offered || number == chosen
	}
	switch {
	case offered || chosen == "" && len(factories) > 0:
	case editing && chosen != "": // removed from the menus, but still this visit's
		options = append(options, blocks.Option(blocks.Subject(chosen), cmp.Or(f[fieldName], vis.p.T("Factory %s", chosen))))
	default:
		chosen = newFactory
	}
	return options, chosen
}

// refresh draws a visit's form again, with the fields that a choice brought.
func (vis *visits) refresh(ctx context.Context, c click) error {
	number := visit.Subject(c.meta.About).Number()
	f := form{}
	if number > 0 {
		if d, err := vis.drafts.read(ctx, c.team, c.user, c.meta.Draft); err == nil {
			f = d.Base
		}
	}
	m, err := vis.form(ctx, c.team, c.values.form(f), number, c.meta, false)
	if err != nil {
		m = vis.replies.errorPage(vis.p.T("Plan a visit"), "fill a form", err)
	}
	return vis.replies.redraw(ctx, c.view, m)
}

// startOver drops the draft and shows an empty form.
func (vis *visits) startOver(ctx context.Context, c click) error {
	if err := vis.o.Store.DropDraft(ctx, c.team, newVisitDraft(c.user)); err != nil {
		return err
	}
	m, err := vis.form(ctx, c.team, form{}, 0, meta{Draft: c.meta.Draft, Emptied: true}, false)
	if err != nil {
		return err
	}
	return vis.replies.redraw(ctx, c.view, m)
}

// submit takes a visit's form.
func (vis *visits) submit(ctx context.Context, s submission) ([]byte, error) {
	if s.meta.About != "" {
		return vis.saveEdit(ctx, s)
	}
	f := s.values.form(form{})
	answer, err := vis.saveNew(ctx, s.team, s.user, f, s.meta.Draft, false)
	if err != nil || answer == nil {
		return nil, err
	}
	return updated(vis.p, answer), nil
}

// saveNew plans the visit that was typed. It returns what to say where the
// channel stands in the way; then what was typed is kept.
func (vis *visits) saveNew(ctx context.Context, team, person string, typed form, once string, sharedOK bool) (*modal, error) {
	now := vis.o.Now()
	v := visit.Visit{Work: visit.Work{Workspace: team, Owner: person, Place: visit.Place{Channel: typed[fieldChannel]}}}
	if err := typed.apply(&v); err != nil {
		return nil, err
	}
	f, err := vis.factories.complete(ctx, team, v.Factory)
	if err != nil {
		return nil, err
	}
	v.Factory = f
	v.Normalize()
	if err := checkVisit(&v, now); err != nil {
		return nil, err
	}
	place, blocked, err := vis.access.place(ctx, team, person, v.Channel, sharedOK)
	if err != nil {
		return nil, err
	}
	if blocked != nil {
		if err := vis.drafts.keep(ctx, team, person, newVisitDraft(person), draft{Mine: typed}); err != nil {
			return nil, err
		}
		blocked.meta.Draft = once
		return blocked, nil
	}
	v.Channel, v.Private, v.Shared = place.Channel, place.Private, place.Shared
	v.ChannelZone = vis.directory.zoneOf(ctx, team, person)
	v.Items = lines(vis.guide.Load(), v.Purpose)
	// A second click on "Plan visit" is the same visit.
	saved, err := vis.requests.do("visit/"+team+"/"+once, time.Now(), func() (err error) {
		v, err = vis.o.Store.PlanVisit(ctx, v, now)
		return err
	})
	if err != nil || !saved {
		return nil, err
	}
	vis.drafts.drop(ctx, team, newVisitDraft(person))
	vis.live.changed(team, v.Subject(), concerned(&v)...)
	return nil, nil
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

// retry saves the draft again, after the bot was invited, or after the person agreed
// that another company may read in its channel.
func (vis *visits) retry(sharedOK bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		d, err := vis.drafts.read(ctx, c.team, c.user, newVisitDraft(c.user))
		if err != nil {
			return vis.replies.redraw(ctx, c.view, vis.replies.errorPage(vis.p.T("Plan a visit"), "save a draft", err))
		}
		m, err := vis.saveNew(ctx, c.team, c.user, d.Mine, c.meta.Draft, sharedOK)
		switch {
		case err != nil:
			m = vis.replies.errorPage(vis.p.T("Plan a visit"), "save a draft", err)
		case m == nil:
			m = &modal{title: vis.p.T("Visit planned"), blocks: []slack.Block{blocks.Section(vis.p.M("The visit is planned. Its card is in %s.", channelName(d.Mine[fieldChannel])))}}
		}
		return vis.replies.redraw(ctx, c.view, m)
	}
}

// reopenDraft shows the form with the draft in it.
func (vis *visits) reopenDraft(ctx context.Context, c click) error {
	d, err := vis.drafts.read(ctx, c.team, c.user, newVisitDraft(c.user))
	var m *modal
	if err == nil {
		m, err = vis.form(ctx, c.team, d.Mine, 0, c.meta, false)
	}
	if err != nil {
		m = vis.replies.errorPage(vis.p.T("Plan a visit"), "fill a form", err)
	}
	return vis.replies.redraw(ctx, c.view, m)
}

// saveEdit saves the form of a visit that is edited. What others changed meanwhile
// stays, unless this person changed the same; then they are told, and saving
// again is their decision.
func (vis *visits) saveEdit(ctx context.Context, s submission) ([]byte, error) {
	old, err := vis.access.visit(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	d, err := vis.drafts.read(ctx, s.team, s.user, s.meta.Draft)
	if err != nil {
		return nil, err
	}
	mine := s.values.form(d.Base)
	now := vis.o.Now()
	place, err := vis.otherPlace(ctx, s, d.Base, mine)
	if err != nil {
		return nil, err
	}
	factory, err := vis.otherFactory(ctx, s.team, d.Base, mine)
	if err != nil {
		return nil, err
	}
	var theirs form
	var conflicts []string
	saved, err := vis.o.Store.ChangeVisit(ctx, s.team, old.Number, now, func(v *visit.Visit) error {
		theirs = formOf(v)
		var merged form
		merged, conflicts = merge(d.Base, mine, theirs)
		if len(conflicts) > 0 {
			return errConflict
		}
		purpose, first, last := v.Purpose, v.First, v.Last
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
		if v.Purpose != purpose {
			v.Items.ApplyTemplate(lines(vis.guide.Load(), v.Purpose))
		}
		if v.First != first || v.Last != last {
			return checkVisit(v, now)
		}
		return v.Check()
	})
	if errors.Is(err, errConflict) {
		return vis.conflict(ctx, s, d, theirs, conflicts)
	}
	if err != nil {
		return nil, err
	}
	vis.drafts.drop(ctx, s.team, s.meta.Draft)
	if saved.Channel != old.Channel {
		vis.live.leaveCard(old.Channel, old.Card, &saved)
	}
	vis.live.changed(s.team, saved.Subject(), concerned(&saved)...)
	return nil, nil
}

// otherPlace is the place of the channel that somebody picked instead of the one that
// the form showed; none where they left it.
func (vis *visits) otherPlace(ctx context.Context, s submission, shown, mine form) (visit.Place, error) {
	if mine[fieldChannel] == shown[fieldChannel] {
		return visit.Place{}, nil
	}
	place, blocked, err := vis.access.place(ctx, s.team, s.user, mine[fieldChannel], false)
	if err == nil && blocked != nil {
		err = visit.Invalid(fieldChannel, "I can't move the visit there. Invite me with /invite @visitprep first, and pick a channel that isn't shared with another company.")
	}
	return place, err
}

// otherFactory is the factory that somebody picked or entered instead of the one that
// the form showed; nil where they left it. A new one is recorded.
func (vis *visits) otherFactory(ctx context.Context, team string, shown, mine form) (*visit.Factory, error) {
	if mine[fieldFactory] == shown[fieldFactory] {
		return nil, nil
	}
	var entered visit.Visit
	if err := mine.apply(&entered); err != nil {
		return nil, err
	}
	f, err := vis.factories.complete(ctx, team, entered.Factory)
	if err == nil && f.Number == 0 {
		f, err = vis.o.Store.AddFactory(ctx, f)
	}
	return &f, err
}

var errConflict = errors.New("somebody else changed the same")

// conflict says beside each field that two people changed what it is now. Saving
// again then is against that, and the second word counts.
func (vis *visits) conflict(ctx context.Context, s submission, d draft, theirs form, conflicts []string) ([]byte, error) {
	for _, field := range conflicts { // the other fields of the form still show what they did
		d.Base[field] = theirs[field]
	}
	if err := vis.drafts.keep(ctx, s.team, s.user, s.meta.Draft, d); err != nil {
		return nil, err
	}
	errs := map[string]string{}
	for _, field := range conflicts {
		if s.values.has(field) {
			errs[field] = vis.p.T("A colleague changed this to %s while you were typing. Save again to keep yours.", vis.words.valueWords(field, theirs[field]))
		}
	}
	if len(errs) == 0 { // a field that this form does not show, such as the role of somebody who was taken out
		errs[fieldPeople] = vis.p.T("A colleague changed who takes part while you were typing. Save again to keep yours.")
	}
	return blocks.MustJSON(slack.NewErrorsViewSubmissionResponse(errs)), nil
}
