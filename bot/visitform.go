package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The modals of visits.
const (
	modalVisit modalID = "visit" // plan a visit, or edit one
	modalAdd   modalID = "add-item"
	modalSkip  modalID = "skip-item"
	modalList  modalID = "checklist"
	modalKeep  modalID = "add-to-visit"
	modalSelf  modalID = "settings"
)

// A form is what a visit's form holds, by field. The fields are the blocks of the
// modal and what visit's InputErrors name, so that a mistake stands where it was made.
type form map[string]string

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

// people are the Slack ids in a field.
func (f form) people(field string) []string {
	return strings.FieldsFunc(f[field], func(r rune) bool { return r == ',' })
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
		switch was, is := base[field], theirs[field]; {
		case m == was || m == is: // not touched, or the same
		case is == was:
			merged[field] = m
		default:
			conflicts = append(conflicts, field)
		}
	}
	slices.Sort(conflicts)
	return merged, conflicts
}

// form takes the form out of a modal's inputs. What the modal did not show keeps
// the value it has in shown.
func (v values) form(shown form) form {
	f := form{}
	for field, value := range shown {
		f[field] = value
	}
	for block := range v {
		switch block {
		case fieldFactory, fieldPurpose, fieldType, fieldRepeat:
			f[block] = v.picked(block)
		case fieldFirst, fieldLast, fieldDue:
			f[block] = v.day(block)
		case fieldPeople, fieldInspectors:
			f[block] = strings.Join(v.users(block), ",")
		case fieldChannel:
			f[block] = v.conversation(block)
		default:
			f[block] = v.text(block)
		}
	}
	return f
}

// A draft is a form that somebody is filling in, as it is kept in the store.
type draft struct {
	Visit int  `json:"visit,omitempty"` // the visit that is edited; 0 for a new one
	Base  form `json:"base,omitempty"`  // what the form showed when it was opened, of a visit that is edited
	Mine  form `json:"mine,omitempty"`  // what was typed, when it could not be saved
}

func (b *Bot) keepDraft(ctx context.Context, team, person, id string, d draft) error {
	return b.o.Store.KeepDraft(ctx, store.Draft{Workspace: team, ID: id, Person: person, Kind: "visit", Body: string(blocks.MustJSON(d)), Kept: time.Now()})
}

// draft reads what a person was typing; nobody else's.
func (b *Bot) draft(ctx context.Context, team, person, id string) (d draft, err error) {
	kept, err := b.o.Store.Draft(ctx, team, id)
	if err != nil {
		return d, err
	}
	if kept.Person != person {
		return d, fmt.Errorf("draft %s: %w", id, visit.ErrNotFound)
	}
	return d, json.Unmarshal([]byte(kept.Body), &d)
}

// newVisitDraft is the draft of the visit that a person is planning; there is one
// a person, so that a form closed by mistake can be opened again.
func newVisitDraft(person string) string { return "new-visit/" + person }

// planForm opens the form for a new visit. channel is where the person stands, if
// that is a channel.
func (b *Bot) planForm(ctx context.Context, team, person, channel, trigger string) error {
	return b.open(ctx, trigger, b.p.T("Plan a visit"), func(ctx context.Context) (*modal, error) {
		if !b.insider(ctx, team, person) {
			return &modal{title: b.p.T("Visit Prep"), blocks: outsider(b.p).Blocks}, nil
		}
		f, kept := form{fieldChannel: channel}, false
		if d, err := b.draft(ctx, team, person, newVisitDraft(person)); err == nil && d.Mine != nil {
			f, kept = d.Mine, true
		}
		return b.visitForm(ctx, team, f, 0, meta{Draft: newVisitDraft(person) + "#" + rand.Text()[:8]}, kept)
	})
}

// editForm opens the form of a visit.
func (b *Bot) editForm(ctx context.Context, team, person string, s visit.Subject, trigger string) error {
	return b.open(ctx, trigger, b.p.T("Edit visit"), func(ctx context.Context) (*modal, error) {
		v, err := b.visit(ctx, team, person, s)
		if err != nil {
			return nil, err
		}
		f := formOf(v)
		id := "edit/" + rand.Text()[:12]
		if err := b.keepDraft(ctx, team, person, id, draft{Visit: v.Number, Base: f}); err != nil {
			return nil, err
		}
		return b.visitForm(ctx, team, f, v.Number, meta{Draft: id, About: blocks.Subject(s)}, false)
	})
}

// maxRoles is how many people get a field for their role.
const maxRoles = 12

// visitForm is the form of a visit as it is with f in it.
func (b *Bot) visitForm(ctx context.Context, team string, f form, number int, about meta, kept bool) (*modal, error) {
	k := b.book.Load()
	templates, err := k.Templates()
	if err != nil {
		return nil, err
	}
	factories, err := b.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalVisit, title: b.p.T("Plan a visit"), submit: b.p.T("Plan visit"), meta: about}
	if number > 0 {
		m.title, m.submit = b.p.T("Edit visit %d", number), b.p.T("Save visit")
	}
	if kept {
		m.blocks = append(m.blocks, blocks.Note(b.p.M("Filled in with what you entered last time.")), blocks.Actions(blocks.Button(actAnew, "", b.p.T("Start with an empty form"))))
	}
	options := []*slack.OptionBlockObject{blocks.Option(newFactory, b.p.T("New factory"))}
	known := number > 0
	for _, o := range factories {
		options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), factoryLabel(&o)))
		known = known || strconv.Itoa(o.Number) == f[fieldFactory]
	}
	if number > 0 && !slices.ContainsFunc(factories, func(o visit.Factory) bool { return strconv.Itoa(o.Number) == f[fieldFactory] }) && f[fieldFactory] != newFactory {
		// Removed from the menus, but still this visit's.
		options = append(options, blocks.Option(blocks.Subject(f[fieldFactory]), cmp.Or(f[fieldName], b.p.T("Factory %s", f[fieldFactory]))))
	}
	chosen := f[fieldFactory]
	if chosen == "" && len(factories) == 0 || !known && chosen != "" {
		chosen = newFactory
	}
	m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, b.p.T("Factory"), blocks.Choice(b.p, string(actRefill), b.p.T("Pick a factory"), chosen, options))))
	if chosen == newFactory {
		m.blocks = append(m.blocks, factoryFields(b.p, f)...)
	}
	var purposes []*slack.OptionBlockObject
	for _, t := range templates.For(knowledge.ForVisit) {
		purposes = append(purposes, blocks.Option(blocks.Subject(t.ID), t.Title))
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Input(fieldPurpose, b.p.T("Purpose"), blocks.Choice(b.p, blocks.InputAction, b.p.T("What the visit is for"), f[fieldPurpose], purposes)), b.p.T("It decides which checklist the visit begins with.")),
		blocks.Input(fieldFirst, b.p.T("First day at the factory"), blocks.DayInput(b.p, f[fieldFirst])),
		blocks.Optional(blocks.Input(fieldLast, b.p.T("Last day, if it is another"), blocks.DayInput(b.p, f[fieldLast]))),
		blocks.Refilling(blocks.Optional(blocks.Input(fieldPeople, b.p.T("Who travels or takes part"), blocks.PeopleInput(b.p, string(actRefill), f.people(fieldPeople))))),
	)
	for _, u := range f.people(fieldPeople)[:min(len(f.people(fieldPeople)), maxRoles)] {
		name := u
		if p, err := b.person(ctx, u); err == nil {
			name = p.name
		}
		m.blocks = append(m.blocks, blocks.Optional(blocks.Input(fieldRole+u, blocks.Clip(b.p.T("Role of %s", name), 150), blocks.TextInput(f[fieldRole+u], b.p.T("Leads, quality, interpreter …"), false))))
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Optional(blocks.Input(fieldGuests, b.p.T("People without Slack"), blocks.TextInput(f[fieldGuests], b.p.T("Ms Zhang, interpreter"), true))), b.p.T("One a line: name, role.")),
		blocks.Hinted(blocks.Input(fieldChannel, b.p.T("Channel"), blocks.ChannelInput(b.p, f[fieldChannel])), b.p.T("The team prepares the visit there: its members see it, and reminders go there.")),
		blocks.Optional(blocks.Input(fieldAgenda, b.p.T("Agenda"), blocks.TextInput(f[fieldAgenda], b.p.T("09:00 opening meeting …"), true))),
	)
	if about.Anew {
		m.forget()
	}
	return m, nil
}

func factoryLabel(f *visit.Factory) string {
	if f.City == "" {
		return f.Name
	}
	return f.Name + ", " + f.City
}

// refill draws a visit's form again, with the fields that a choice brought.
func (b *Bot) refill(ctx context.Context, c click) error {
	if c.values.has(fieldType) { // the form of an inspection
		m, err := b.inspectionForm(ctx, c.team, c.values.form(form{}), c.meta)
		if err != nil {
			m = b.failed(b.p.T("Schedule inspection"), "fill a form", err)
		}
		return b.redraw(ctx, c.view, m)
	}
	number := visit.Subject(c.meta.About).Number()
	f := form{}
	if number > 0 {
		if d, err := b.draft(ctx, c.team, c.user, c.meta.Draft); err == nil {
			f = d.Base
		}
	}
	m, err := b.visitForm(ctx, c.team, c.values.form(f), number, c.meta, false)
	if err != nil {
		m = b.failed(b.p.T("Plan a visit"), "fill a form", err)
	}
	return b.redraw(ctx, c.view, m)
}

// anew drops the draft and shows an empty form.
func (b *Bot) anew(ctx context.Context, c click) error {
	if err := b.o.Store.DropDraft(ctx, c.team, newVisitDraft(c.user)); err != nil {
		return err
	}
	m, err := b.visitForm(ctx, c.team, form{}, 0, meta{Draft: c.meta.Draft, Anew: true}, false)
	if err != nil {
		return err
	}
	return b.redraw(ctx, c.view, m)
}

// submitVisit takes a visit's form.
func (b *Bot) submitVisit(ctx context.Context, s submission) ([]byte, error) {
	if s.meta.About != "" {
		return b.saveEdit(ctx, s)
	}
	f := s.values.form(form{})
	answer, err := b.saveNew(ctx, s.team, s.user, f, s.meta.Draft, false)
	if err != nil || answer == nil {
		return nil, err
	}
	return updated(b.p, answer), nil
}

// saveNew plans the visit that was typed. It returns what to say where the
// channel stands in the way; then what was typed is kept.
func (b *Bot) saveNew(ctx context.Context, team, person string, typed form, once string, sharedOK bool) (*modal, error) {
	now := b.o.Now()
	v := visit.Visit{Work: visit.Work{Workspace: team, Owner: person, Place: visit.Place{Channel: typed[fieldChannel]}}}
	if err := typed.apply(&v); err != nil {
		return nil, err
	}
	f, err := b.factory(ctx, team, v.Factory)
	if err != nil {
		return nil, err
	}
	v.Factory = f
	v.Normalize()
	if err := checkVisit(&v, now); err != nil {
		return nil, err
	}
	place, blocked, err := b.place(ctx, team, person, v.Channel, sharedOK)
	if err != nil {
		return nil, err
	}
	if blocked != nil {
		if err := b.keepDraft(ctx, team, person, newVisitDraft(person), draft{Mine: typed}); err != nil {
			return nil, err
		}
		blocked.meta.Draft = once
		return blocked, nil
	}
	v.Channel, v.Private, v.Shared = place.Channel, place.Private, place.Shared
	v.ChannelZone = b.zoneOf(ctx, team, person)
	v.Items = lines(b.book.Load(), v.Purpose)
	// A second click on "Plan visit" is the same visit.
	saved, err := b.once.do("visit/"+team+"/"+once, time.Now(), func() (err error) {
		v, err = b.o.Store.PlanVisit(ctx, v, now)
		return err
	})
	if err != nil || !saved {
		return nil, err
	}
	if err := b.o.Store.DropDraft(ctx, team, newVisitDraft(person)); err != nil {
		b.log.Warn("could not drop a draft that was saved", "err", err)
	}
	b.changed(team, v.Subject(), b.concerned(&v)...)
	return nil, nil
}

// factory completes the factory of a form: one that is recorded is read.
func (b *Bot) factory(ctx context.Context, team string, f visit.Factory) (visit.Factory, error) {
	if f.Number > 0 {
		return b.o.Store.Factory(ctx, team, f.Number)
	}
	f.Workspace = team
	f.Normalize()
	return f, nil
}

func (b *Bot) concerned(v *visit.Visit) []string {
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

// place looks at the channel that somebody chose. Where the bot is not in it, or
// another company reads there and nobody has agreed yet, it returns what to say.
func (b *Bot) place(ctx context.Context, team, person, channel string, sharedOK bool) (visit.Place, *modal, error) {
	notThere := func() *modal {
		m := &modal{title: b.p.T("One thing is missing")}
		m.blocks = []slack.Block{
			blocks.Section(b.p.M("I am not in %s yet. Type %s there, then press Try again. What you entered is kept.", channelName(channel), blocks.Code("/invite @visitprep"))),
			blocks.Actions(blocks.Button(actRetry, blocks.Subject(channel), b.p.T("Try again")), blocks.Button(actRedraft, "", b.p.T("Choose another channel"))),
		}
		return m
	}
	b.channels.drop(channel) // invited a moment ago?
	r, err := b.channel(ctx, channel)
	if isSlackError(err, "channel_not_found") || err == nil && !r.member {
		return visit.Place{}, notThere(), nil
	}
	if err != nil {
		return visit.Place{}, nil, err
	}
	b.memberships.drop(person)
	if !b.canSee(ctx, team, person, channel) {
		return visit.Place{}, nil, visit.Invalid(fieldChannel, "You are not in this channel. Pick one of yours, or join it first.")
	}
	if r.shared && !sharedOK {
		m := &modal{title: b.p.T("Who reads along")}
		ok := blocks.Button(actPostOK, blocks.Subject(channel), b.p.T("Prepare it there"))
		ok.Style = slack.StyleDanger
		m.blocks = []slack.Block{
			blocks.Section(b.p.M("%s is shared with another company. Its people would see the visit's card and reminders. Lines about audits, prices, negotiation and red flags are left out there.", channelName(channel))),
			blocks.Actions(ok, blocks.Button(actRedraft, "", b.p.T("Choose another channel"))),
		}
		return visit.Place{}, m, nil
	}
	return visit.Place{Channel: channel, Private: r.private, Shared: r.shared}, nil, nil
}

func channelName(id string) blocks.Markup {
	for _, r := range id {
		if r < '0' || r > 'Z' || r > '9' && r < 'A' {
			return blocks.Escape(id)
		}
	}
	return blocks.Markup("<#" + id + ">")
}

// retry saves the draft again, after the bot was invited or the person agreed.
func (b *Bot) retry(ctx context.Context, c click, sharedOK bool) error {
	d, err := b.draft(ctx, c.team, c.user, newVisitDraft(c.user))
	if err != nil {
		return b.redraw(ctx, c.view, b.failed(b.p.T("Plan a visit"), "save a draft", err))
	}
	m, err := b.saveNew(ctx, c.team, c.user, d.Mine, c.meta.Draft, sharedOK)
	switch {
	case err != nil:
		m = b.failed(b.p.T("Plan a visit"), "save a draft", err)
	case m == nil:
		m = &modal{title: b.p.T("Visit planned"), blocks: []slack.Block{blocks.Section(b.p.M("The visit is planned. Its card is in %s.", channelName(d.Mine[fieldChannel])))}}
	}
	return b.redraw(ctx, c.view, m)
}

// redraft shows the form with the draft in it.
func (b *Bot) redraft(ctx context.Context, c click) error {
	d, err := b.draft(ctx, c.team, c.user, newVisitDraft(c.user))
	var m *modal
	if err == nil {
		m, err = b.visitForm(ctx, c.team, d.Mine, 0, c.meta, false)
	}
	if err != nil {
		m = b.failed(b.p.T("Plan a visit"), "fill a form", err)
	}
	return b.redraw(ctx, c.view, m)
}

// saveEdit saves the form of a visit that is edited. What others changed meanwhile
// stays, unless this person changed the same; then they are told, and saving
// again is their decision.
func (b *Bot) saveEdit(ctx context.Context, s submission) ([]byte, error) {
	old, err := b.visit(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	d, err := b.draft(ctx, s.team, s.user, s.meta.Draft)
	if err != nil {
		return nil, err
	}
	mine := s.values.form(d.Base)
	now := b.o.Now()
	var place visit.Place
	if mine[fieldChannel] != d.Base[fieldChannel] {
		p, blocked, err := b.place(ctx, s.team, s.user, mine[fieldChannel], false)
		if err != nil {
			return nil, err
		}
		if blocked != nil {
			return nil, visit.Invalid(fieldChannel, "I cannot move the visit there: invite me with /invite @visitprep first, and pick a channel that no other company shares.")
		}
		place = p
	}
	var moved *visit.Factory // to another factory
	if mine[fieldFactory] != d.Base[fieldFactory] {
		var entered visit.Visit
		if err := mine.apply(&entered); err != nil {
			return nil, err
		}
		f, err := b.factory(ctx, s.team, entered.Factory)
		if err == nil && f.Number == 0 {
			f, err = b.o.Store.AddFactory(ctx, f)
		}
		if err != nil {
			return nil, err
		}
		moved = &f
	}
	var theirs form
	var conflicts []string
	saved, err := b.o.Store.ChangeVisit(ctx, s.team, old.Number, now, func(v *visit.Visit) error {
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
		if moved != nil {
			v.Factory, v.Zone = *moved, moved.Zone
		}
		if place.Channel != "" {
			v.Channel, v.Private, v.Shared, v.Card = place.Channel, place.Private, place.Shared, ""
		}
		v.Normalize()
		if v.Purpose != purpose {
			v.Items.ApplyTemplate(lines(b.book.Load(), v.Purpose))
		}
		if v.First != first || v.Last != last {
			return checkVisit(v, now)
		}
		return v.Check()
	})
	if errors.Is(err, errConflict) {
		return b.conflict(ctx, s, d, theirs, conflicts)
	}
	if err != nil {
		return nil, err
	}
	if err := b.o.Store.DropDraft(ctx, s.team, s.meta.Draft); err != nil {
		b.log.Warn("could not drop a draft that was saved", "err", err)
	}
	if saved.Channel != old.Channel {
		b.leaveCard(old.Channel, old.Card, &saved)
	}
	b.changed(s.team, saved.Subject(), b.concerned(&saved)...)
	return nil, nil
}

// leaveCard takes the details off a card whose visit has moved to another channel.
func (b *Bot) leaveCard(channel, ts string, v *visit.Visit) {
	if ts == "" {
		return
	}
	b.later("take a card out of its old channel", "", func(ctx context.Context) error {
		m := new(blocks.Message)
		m.Say(b.p.T("Visit %d is prepared in another channel now.", v.Number))
		_, _, _, err := b.o.Slack.UpdateMessageContext(ctx, channel, ts, postOptions(m, "")...)
		return err
	})
}

var errConflict = errors.New("somebody else changed the same")

// conflict says beside each field that two people changed what it is now. Saving
// again then is against that, and the second word counts.
func (b *Bot) conflict(ctx context.Context, s submission, d draft, theirs form, conflicts []string) ([]byte, error) {
	for _, field := range conflicts { // the other fields of the form still show what they did
		d.Base[field] = theirs[field]
	}
	if err := b.keepDraft(ctx, s.team, s.user, s.meta.Draft, d); err != nil {
		return nil, err
	}
	errs := map[string]string{}
	for _, field := range conflicts {
		if s.values.has(field) {
			errs[field] = b.p.T("A colleague changed this to %s while you were typing. Save again to keep yours.", b.valueWords(field, theirs[field]))
		}
	}
	if len(errs) == 0 { // a field that this form does not show, such as the role of somebody who was taken out
		errs[fieldPeople] = b.p.T("A colleague changed who takes part while you were typing. Save again to keep yours.")
	}
	return blocks.MustJSON(slack.NewErrorsViewSubmissionResponse(errs)), nil
}

// valueWords is a field's value as a person reads it.
func (b *Bot) valueWords(field, value string) string {
	switch {
	case value == "":
		return "nothing"
	case field == fieldPurpose:
		return "“" + b.book.Load().Template(value).Title + "”"
	case field == fieldFirst || field == fieldLast:
		if d, err := civil.Parse(value); err == nil {
			return blocks.OnDay(d)
		}
	case field == fieldPeople || field == fieldChannel || field == fieldFactory:
		return b.p.T("something else")
	}
	return "“" + blocks.Clip(value, 80) + "”"
}
