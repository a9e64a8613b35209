package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// modalContact is the form of a contact.
const modalContact modalID = "contact"

// The fields of a contact's form, as its InputErrors name them. fieldName, fieldChinese, fieldCity, fieldFirm and
// fieldChannel are those of other forms.
const (
	fieldAt      = "at" // the factory
	fieldSaid    = "said"
	fieldRoles   = "roles"
	fieldAlso    = "also" // another role
	fieldPhone   = "phone"
	fieldWeChat  = "wechat"
	fieldEmail   = "email"
	fieldSpeaks  = "speaks"
	fieldMet     = "met"
	fieldKnownBy = "known_by"
	fieldPaidBy  = "paid_by"
	fieldTrust   = "trust"
	fieldConsent = "consent"
	fieldTier    = "tier"
)

// noFactory is no factory in a menu, whose values are not empty.
const noFactory = "none"

// contactForm is what stands in the form, over what was there before.
func (v values) contactForm(before form) form {
	f := form{}
	for field, value := range before {
		f[field] = value
	}
	for block := range v {
		switch block {
		case fieldAt: // what is not in this person's menu stays; to take it out there is "No factory"
			if at := v.picked(block); at != "" {
				f[block] = at
			}
		case fieldConsent, fieldRoles, fieldAlso:
			f[block] = v.picked(block)
		case fieldKnownBy:
			f[block] = strings.Join(v.users(block), ",")
		case fieldChannel:
			f[block] = v.conversation(block)
		default:
			f[block] = v.text(block)
		}
	}
	return f
}

func formOfContact(c *visit.Contact) form {
	var role, also string
	if len(c.Roles) > 0 {
		role = string(c.Roles[0])
	}
	if len(c.Roles) > 1 {
		also = string(c.Roles[1])
	}
	at := noFactory
	if c.Factory > 0 {
		at = strconv.Itoa(c.Factory)
	}
	return form{
		fieldAt: at, fieldName: c.Name, fieldChinese: c.Chinese, fieldSaid: c.Said, fieldTitle: c.Title, fieldFirm: c.Firm, fieldRoles: role, fieldAlso: also, fieldCity: c.City,
		fieldPhone: c.Phone, fieldWeChat: c.WeChat, fieldEmail: c.Email, fieldSpeaks: c.Speaks, fieldMet: c.Met, fieldVisit: typedNumber(c.Visit),
		fieldKnownBy: strings.Join(c.KnownBy, ","), fieldPaidBy: c.PaidBy, fieldTrust: c.Trust, fieldConsent: string(c.Consent), fieldTier: typedNumber(c.Tier), fieldChannel: c.Channel,
	}
}

// applyToContact writes the form into a contact, but for its channel.
func (f form) applyToContact(c *visit.Contact) error {
	var errs visit.InputErrors
	number := func(field string, to *int, wrong *visit.InputError) {
		*to = 0
		if f[field] == "" || f[field] == noFactory {
			return
		}
		n, err := strconv.Atoi(strings.TrimSpace(f[field]))
		if err != nil || n < 0 {
			errs = append(errs, wrong)
			return
		}
		*to = n
	}
	number(fieldAt, &c.Factory, visit.Invalid(fieldAt, "Please pick a factory from the list."))
	number(fieldVisit, &c.Visit, visit.Invalid(fieldVisit, "Please give the number of the visit, or leave it empty."))
	number(fieldTier, &c.Tier, visit.Invalid(fieldTier, "Please give a number from 2 to 5, or leave it empty."))
	c.Name, c.Chinese, c.Said, c.Title, c.Firm, c.City = f[fieldName], f[fieldChinese], f[fieldSaid], f[fieldTitle], f[fieldFirm], f[fieldCity]
	c.Phone, c.WeChat, c.Email, c.Speaks, c.Met, c.PaidBy, c.Trust = f[fieldPhone], f[fieldWeChat], f[fieldEmail], f[fieldSpeaks], f[fieldMet], f[fieldPaidBy], f[fieldTrust]
	c.Consent, c.KnownBy, c.Roles = visit.Consent(f[fieldConsent]), f.people(fieldKnownBy), nil
	for _, r := range []string{f[fieldRoles], f[fieldAlso]} {
		if r != "" {
			c.Roles = append(c.Roles, visit.ContactRole(r))
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// addCommand opens the form for a new contact.
func (ct *contacts) addCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, ct.newForm(ctx, q.caller, "")
}

// addClick opens the form for a new contact, at the factory that the button names.
func (ct *contacts) addClick(ctx context.Context, c click) error {
	return ct.newForm(ctx, c.caller, c.about)
}

func (ct *contacts) newForm(ctx context.Context, who caller, about blocks.Subject) error {
	return ct.replies.open(ctx, opening{who, actAddContact, about, ct.directory.printerNow(who.team, who.user).T("Add contact")}, func(ctx context.Context, team string) (*modal, error) {
		f := form{fieldChannel: who.standsIn(), fieldKnownBy: who.user}
		if n := factoryNumber(about); n > 0 {
			f[fieldAt], f[fieldRoles] = strconv.Itoa(n), string(visit.FactoryStaff)
		}
		return ct.form(ctx, team, who.user, f, meta{})
	})
}

// editClick opens the form of a contact.
func (ct *contacts) editClick(ctx context.Context, c click) error {
	return ct.replies.open(ctx, opening{c.caller, actEditContact, c.about, ct.directory.printerNow(c.team, c.user).T("Edit contact")}, func(ctx context.Context, team string) (*modal, error) {
		who := c.caller
		who.team, who.channel = team, ""
		k, err := ct.access.contactOf(ctx, who, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		if k.State != visit.ContactKept {
			return nil, visit.Invalid("", "This contact was deleted.")
		}
		f := formOfContact(&k)
		about := meta{About: c.about, Draft: store.EditOf(k.Subject()) + rand.Text()[:12]}
		if err := ct.drafts.keep(ctx, team, c.user, about.Draft, draft{Base: f, Mine: f}); err != nil {
			return nil, err
		}
		return ct.form(ctx, team, c.user, f, about)
	})
}

// asTheyRead is the hint of every form about people.
func asTheyRead(p blocks.Printer) string {
	return p.T("Write it as if they will read it. Business only: nothing of family, health or opinions.")
}

// form is the form of a contact.
func (ct *contacts) form(ctx context.Context, team, person string, f form, about meta) (*modal, error) {
	p := ct.directory.printer(ctx, team, person)
	known, err := ct.factories.knownTo(ctx, team, person)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalContact, title: p.T("Add contact"), submit: p.T("Save contact"), meta: about}
	if about.About != "" {
		m.title = p.T("Edit contact")
	}
	text := func(field, label, example string) *slack.InputBlock {
		return blocks.Optional(blocks.Input(field, label, bounded(blocks.TextInput(f[field], example, false), visit.MaxContactText)))
	}
	var roles, consents []*slack.OptionBlockObject
	for _, r := range visit.ContactRoles() {
		roles = append(roles, blocks.Option(blocks.Subject(r), r.Words(p.Printer)))
	}
	for _, c := range visit.Consents() {
		consents = append(consents, blocks.Option(blocks.Subject(c), c.Words(p.Printer)))
	}
	if f[fieldConsent] == "" {
		f[fieldConsent] = string(visit.ConsentNo)
	}
	m.blocks = []slack.Block{
		blocks.Note(blocks.Escape(asTheyRead(p))),
		blocks.Input(fieldRoles, p.T("What do they do?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), f[fieldRoles], roles)),
		blocks.Optional(blocks.Input(fieldAlso, p.T("What else?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), f[fieldAlso], roles))),
		text(fieldName, p.T("Name"), p.T("Wang Wei")),
		text(fieldChinese, p.T("Name in Chinese"), "王伟"),
		blocks.Hinted(text(fieldSaid, p.T("How the name is said"), p.T("wáng wěi, or: wong way")), p.T("Pinyin, or spell the sound.")),
		text(fieldTitle, p.T("Addressed as"), p.T("Director Wang 王总")),
		text(fieldFirm, p.T("Firm"), p.T("Ningbo Bright Metal Co., Ltd.")),
		text(fieldCity, p.T("City"), p.T("Ningbo")),
		blocks.Optional(blocks.Input(fieldAt, p.T("Factory"), blocks.Choice(p, blocks.InputAction, p.T("Pick a factory"), f[fieldAt], factoryOptions(p, known)))),
		text(fieldPhone, p.T("Phone"), "+86 …"),
		text(fieldWeChat, p.T("WeChat"), ""),
		text(fieldEmail, p.T("E-mail"), "wang@example.com"),
		text(fieldSpeaks, p.T("Speaks"), p.T("Mandarin, some English")),
		blocks.Hinted(text(fieldMet, p.T("How did you meet?"), p.T("Canton Fair 2026")), asTheyRead(p)),
		blocks.Optional(blocks.Input(fieldVisit, p.T("Met on visit (number)"), blocks.TextInput(f[fieldVisit], "12", false))),
		blocks.Optional(blocks.Input(fieldKnownBy, p.T("Which of us knows them?"), blocks.PeopleInput(p, blocks.InputAction, f.people(fieldKnownBy)))),
		blocks.Hinted(text(fieldPaidBy, p.T("Paid by"), p.T("The factory, by commission")), p.T("For agents and inspection firms: who pays them?")),
		blocks.Hinted(text(fieldTrust, p.T("Our note"), p.T("Answers within a day; cleared two lots for us")), p.T("Only members of the channel read it, and the contact if they ask. Business only.")),
		blocks.Hinted(blocks.Input(fieldConsent, p.T("May the name be passed on?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), f[fieldConsent], consents)), p.T("Without a yes, colleagues who are not in the channel see what they do, the city, and whom to ask.")),
		blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, f[fieldChannel])), p.T("Its members can see the contact.")),
	}
	if ct.set().SubTier {
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Optional(blocks.Input(fieldTier, p.T("Supplier of the factory: which tier?"), blocks.TextInput(f[fieldTier], "2", false))), counselWords(p)))
	}
	return m, nil
}

// counselWords stand where something about supply chains is collected.
func counselWords(p blocks.Printer) string {
	return p.T("China restricts collecting supply-chain data; ask counsel first.")
}

// factoryOptions are factories in a menu, after none.
func factoryOptions(p blocks.Printer, known []visit.Factory) []*slack.OptionBlockObject {
	options := []*slack.OptionBlockObject{blocks.Option(noFactory, p.T("No factory"))}
	for _, o := range known {
		options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), blocks.Clip(factoryLabel(p, &o), 70)))
	}
	return options
}

// read makes a contact of what was typed, over the one that is edited, and checks it.
func (ct *contacts) read(ctx context.Context, s *submission, f form) (c visit.Contact, err error) {
	who := caller{team: s.team, user: s.user}
	c = visit.Contact{Workspace: s.team, By: s.user, Created: ct.o.Now()}
	if s.meta.About != "" {
		if c, err = ct.access.contactOf(ctx, who, visit.Subject(s.meta.About)); err != nil {
			return c, err
		}
	}
	was := c.Clone()
	var errs visit.InputErrors
	errs.Collect(f.applyToContact(&c))
	if c.Factory > 0 && c.Factory != was.Factory {
		if _, err := ct.factories.factory(ctx, s.team, s.user, c.Factory); err != nil {
			return c, err
		}
	}
	if c.Visit > 0 && c.Visit != was.Visit {
		if _, err := ct.access.visit(ctx, s.team, s.user, visit.SubjectOf(visit.OfVisit, c.Visit)); err != nil {
			errs = append(errs, visit.Invalid(fieldVisit, "There is no visit %d in your channels.", c.Visit))
		}
	}
	place, err := ct.access.placeOf(ctx, s.team, s.user, f[fieldChannel], was.Place)
	if n := len(errs); err != nil {
		if errs.Collect(err); len(errs) == n {
			return c, err
		}
	}
	c.Place = place
	if !slices.Equal(c.KnownBy, was.KnownBy) {
		wrong, err := ct.directory.noColleagues(ctx, s.team, fieldKnownBy, c.KnownBy)
		if err != nil {
			return c, err
		}
		errs = append(errs, wrong...)
	}
	c.Normalize()
	errs.Collect(c.Check(ct.set().SubTier || c.Tier == was.Tier))
	for _, wrong := range errs { // three fields are those of other forms, and stand in blocks of their names
		if block := map[string]string{"name": fieldName, "chinese": fieldChinese, "city": fieldCity}[wrong.Field]; block != "" {
			wrong.Field = block
		}
	}
	if len(errs) > 0 {
		return c, errs
	}
	return c, nil
}

// placeOf is the channel that somebody picked for what is only read by one person at a time: it may be one
// that another company reads, for nothing is posted there.
func (acc *access) placeOf(ctx context.Context, team, person, channel string, was visit.Place) (visit.Place, error) {
	if channel == "" || channel == was.Channel {
		was.Channel = channel
		return was, nil
	}
	place, blocked, err := acc.place(ctx, team, person, channel, true)
	if err == nil && blocked != nil {
		err = visit.Invalid(fieldChannel, "I'm not in this channel. Type /invite @visitprep there first, or pick another one.")
	}
	if err != nil {
		return was, err
	}
	place.Zone, place.ChannelZone = was.Zone, was.ChannelZone
	if place.ChannelZone == "" {
		place.ChannelZone = acc.directory.zoneOf(ctx, team, person)
	}
	return place, nil
}

// submit saves a contact.
func (ct *contacts) submit(ctx context.Context, s submission) ([]byte, error) {
	if s.meta.About != "" {
		return ct.submitEdit(ctx, s)
	}
	typed, err := ct.read(ctx, &s, s.values.contactForm(form{}))
	if err != nil {
		return nil, err
	}
	c, err := s.making(ct.o.Store).AddContact(ctx, typed, ct.o.Now())
	if err != nil {
		return nil, err
	}
	return ct.saved(ctx, &s, &c)
}

// submitEdit saves what was changed in a contact. What a colleague has changed meanwhile stays, unless
// this person changed the same: then they are told, and saving again is their decision.
func (ct *contacts) submitEdit(ctx context.Context, s submission) ([]byte, error) {
	d, err := ct.drafts.read(ctx, s.team, s.user, s.meta.Draft)
	if errors.Is(err, visit.ErrNotFound) {
		return nil, alreadyMade()
	}
	if err != nil {
		return nil, err
	}
	d.Mine = s.values.contactForm(d.Mine)
	typed, err := ct.read(ctx, &s, d.Mine)
	if err != nil {
		return nil, err
	}
	now := ct.o.Now()
	var theirs form
	var conflicts []string
	c, err := s.changing(ct.o.Store).ChangeContact(ctx, s.team, typed.Number, now, func(c *visit.Contact) error {
		if c.State != visit.ContactKept {
			return visit.Invalid("", "This contact was deleted.")
		}
		var merged form
		theirs = formOfContact(c)
		if merged, conflicts = merge(d.Base, d.Mine, theirs); len(conflicts) > 0 {
			return errConflict
		}
		if merged[fieldChannel] != theirs[fieldChannel] {
			c.Place = typed.Place
		}
		c.Use(c.Today(now))
		return merged.applyToContact(c)
	})
	if errors.Is(err, errConflict) {
		for _, field := range conflicts {
			d.Base[field] = theirs[field]
		}
		if err := ct.drafts.keep(ctx, s.team, s.user, s.meta.Draft, d); err != nil {
			return nil, err
		}
		return nil, visit.Invalid(conflicts[0], "A colleague changed this contact while you were typing. Save again to keep what you entered.")
	}
	if err != nil {
		return nil, err
	}
	ct.drafts.drop(ctx, s.team, s.meta.Draft)
	return ct.saved(ctx, &s, &c)
}

// saved says that a contact is saved, and shows it.
func (ct *contacts) saved(ctx context.Context, s *submission, c *visit.Contact) ([]byte, error) {
	p := ct.directory.printer(ctx, s.team, s.user)
	m := new(blocks.Message)
	if err := ct.addConflict(ctx, caller{team: s.team, user: s.user}, p, m, c); err != nil {
		return nil, err
	}
	bs := []slack.Block{blocks.Section(blocks.Bold(p.T("Contact %d: %s", c.Number, c.Heading(p.Printer))) + "\n" + blocks.Escape(ct.usedWords(p, c)))}
	bs = append(bs, m.Blocks...)
	if c.Shared {
		bs = append(bs, blocks.Note(p.M("Another company reads in %s. Nothing about this contact is posted there.", channelName(c.Channel))))
	}
	bs = append(bs, blocks.Actions(blocks.Button(actOpen, blocks.Subject(c.Subject()), p.T("Show contact"))))
	return updated(p, &modal{title: p.T("Contact saved"), blocks: bs}), nil
}

// ofMessage is the form for a contact that somebody makes of a message, whose words stand above it.
func (ct *contacts) ofMessage(ctx context.Context, team, person, channel, words string, on int) (*modal, error) {
	p := ct.directory.printer(ctx, team, person)
	m, err := ct.form(ctx, team, person, form{fieldChannel: channel, fieldKnownBy: person, fieldVisit: typedNumber(on)}, meta{})
	if err == nil && words != "" {
		m.blocks = append([]slack.Block{blocks.Section(blocks.Bold(p.T("The message")) + "\n" + blocks.Escape(blocks.Clip(words, 1500)))}, m.blocks...)
	}
	return m, err
}
