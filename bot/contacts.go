package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// contacts are the people and firms around factories: their list, their cards and their form. A
// contact is read by one person at a time, and nothing of it is posted in a channel.
type contacts struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	factories *factories
	drafts    *drafts
}

// The verbs of contacts. The value is "contact/3" where nothing else is said.
const (
	actContacts      blocks.ActionID = "contacts"       // list them: "20:customs ningbo" is those from the 20th on that have the words
	actAddContact    blocks.ActionID = "add-contact"    // the form for a new one; the value is a factory or nothing
	actEditContact   blocks.ActionID = "edit-contact"   // the form of one
	actStillRight    blocks.ActionID = "still-right"    // it is right, and not ended for another two years
	actForgetContact blocks.ActionID = "forget-contact" // clears what is about the person
	actKeptNotice    blocks.ActionID = "kept-notice"    // the text that tells them what we keep
)

// contact finds a contact as it is now for somebody where they stand. Whoever is not in its channel, and
// is none of those who know it, gets what may be passed on, and member is false; of a private channel's
// they get nothing.
func (acc *access) contact(ctx context.Context, who caller, number int) (c visit.Contact, member bool, err error) {
	c, err = acc.o.Store.Contact(ctx, who.team, number)
	if errors.Is(err, visit.ErrNotFound) {
		return c, false, errNotYours // its words are the same whether the number exists or not
	}
	if err != nil {
		return c, false, err
	}
	c.RollOver(c.Today(acc.o.Now()))
	err = acc.directory.canSee(ctx, who.team, who.user, c.Channel)
	switch {
	case err == nil && !visibleIn(c.Place, who.channel):
		return visit.Contact{}, false, errElsewhere
	case err == nil:
		return c, true, nil
	case !errors.Is(err, errNotYours) || errors.Is(err, errNotColleague) || errors.Is(err, errGuest) || c.Private || c.State != visit.ContactKept:
		return visit.Contact{}, false, err
	case known(&c, who.user):
		return c, true, nil
	}
	return c.Passed(), false, nil
}

// known reports whether somebody is one of those who know a contact.
func known(c *visit.Contact, person string) bool {
	return c.By == person || slices.Contains(c.KnownBy, person)
}

// asker is who of us is asked for a contact: of those who know it the first who is here and may read it, else a member
// of its channel; nobody where there is none.
func (acc *access) asker(ctx context.Context, c *visit.Contact) (string, error) {
	members, err := acc.directory.membersOf(ctx, c.Workspace, c.Channel)
	if err != nil {
		members = nil // those who know it are asked about one by one
	}
	for _, id := range slices.Concat(c.KnownBy, []string{c.By}, slices.Sorted(maps.Keys(members))) {
		if !visit.IsPerson(id) {
			continue
		}
		err := acc.directory.canSee(ctx, c.Workspace, id, c.Channel)
		outside := errors.Is(err, errNotColleague) || errors.Is(err, errGuest)
		switch {
		case err == nil, errors.Is(err, errNotYours) && !outside && !c.Private && known(c, id):
			return id, nil
		case !isHidden(err):
			return "", err
		}
	}
	return "", nil
}

// contactOf is [access.contact] for whoever may change it.
func (acc *access) contactOf(ctx context.Context, who caller, s visit.Subject) (visit.Contact, error) {
	c, member, err := acc.contact(ctx, who, s.Number())
	if err == nil && !member {
		err = errNotYours
	}
	return c, err
}

// contacts lists the contacts that a person may know of where they stand, each as [access.contact] gives
// it; full says of which they may read everything.
func (acc *access) contacts(ctx context.Context, who caller) (cs []visit.Contact, full map[int]bool, err error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, nil, err
	}
	all, err := acc.o.Store.Contacts(ctx, who.team, false, acc.o.Now())
	if err != nil {
		return nil, nil, err
	}
	full = map[int]bool{}
	for _, c := range all {
		in := slices.Contains(channels, c.Channel)
		switch {
		case !visibleIn(c.Place, who.channel) || c.Private && !in:
		case in || known(&c, who.user):
			cs, full[c.Number] = append(cs, c), true
		default:
			cs = append(cs, c.Passed())
		}
	}
	return cs, full, nil
}

// addressee is how the one contact is addressed whom the factory of some work has, for what somebody
// writes to it. It is nobody where there are several, or none that they and the channel of the work
// may know of: whoever reads there reads what is written.
func (acc *access) addressee(ctx context.Context, team, person string, w *visit.Work) (to visit.Bilingual, err error) {
	cs, full, err := acc.contacts(ctx, caller{team: team, user: person, channel: w.Channel})
	if err != nil {
		return to, err
	}
	cs = slices.DeleteFunc(cs, func(c visit.Contact) bool {
		return c.Factory != w.Factory.Number || !full[c.Number] || c.Channel != w.Channel && !c.NamePassedOn() || c.Title == "" || !slices.Contains(c.Roles, visit.FactoryStaff)
	})
	if len(cs) == 1 && w.Factory.Number > 0 {
		to = visit.Bilingual(addressedAs(&cs[0]))
	}
	return to, nil
}

// searchWords are the words that somebody looks for, without those that every question has.
func searchWords(s string) []string {
	return slices.DeleteFunc(strings.Fields(strings.ToLower(chars.ASCII(s))), func(w string) bool { return searchFillers[w] })
}

var searchFillers = set("a an the in at of for who knows we know any")

// command lists the contacts with the words that were typed.
func (ct *contacts) command(ctx context.Context, q request) (*blocks.Message, error) {
	return ct.list(ctx, q.caller, q.rest, 0)
}

func (ct *contacts) listClick(ctx context.Context, c click) error {
	from, words, _ := strings.Cut(string(c.about), ":")
	n, _ := strconv.Atoi(from)
	m, err := ct.list(ctx, c.caller, words, n)
	m = ct.replies.orApologyTo(c.team, c.user, "list contacts", m, err)
	if c.on == guide.Public || c.on == guide.Home || c.on == guide.InModal {
		return ct.replies.replyPrivately(ctx, c, m)
	}
	return ct.replies.answerClick(ctx, c, m)
}

func contactsSubject(from int, words string) blocks.Subject {
	return blocks.Subject(fmt.Sprintf("%d:%s", from, blocks.Clip(words, 100)))
}

// factoryNames are the names of the factories that somebody may know of, by number.
func (fs *factories) names(ctx context.Context, team, person string) (map[int]string, error) {
	known, err := fs.knownTo(ctx, team, person)
	names := make(map[int]string, len(known))
	for _, f := range known {
		names[f.Number] = f.Name
	}
	return names, err
}

// list is a page of the contacts that have some words, those with a name that may be read first.
func (ct *contacts) list(ctx context.Context, who caller, typed string, from int) (*blocks.Message, error) {
	all, full, err := ct.access.contacts(ctx, who)
	if err != nil {
		return nil, err
	}
	names, err := ct.factories.names(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	p, words := ct.directory.printer(ctx, who.team, who.user), searchWords(typed)
	cs := slices.DeleteFunc(slices.Clone(all), func(c visit.Contact) bool { return !c.Has(words, names[c.Factory]) })
	slices.SortStableFunc(cs, func(a, b visit.Contact) int { return btoi(full[b.Number]) - btoi(full[a.Number]) })
	m := new(blocks.Message)
	title := p.T("Contacts")
	if len(words) > 0 {
		title = p.T("Contacts: %s", blocks.Clip(typed, 60))
	}
	m.Title(title)
	switch {
	case len(all) == 0:
		m.Say(p.T("No contact is recorded yet: brokers, forwarders, laboratories, people of a factory. Add one, and colleagues can ask for an introduction."))
	case len(cs) == 0:
		m.Say(p.T("No contact here has all of these words. Try fewer: what they do, or the city."))
	}
	from = min(max(from, 0), max(len(cs)-1, 0))
	for _, c := range cs[from:min(len(cs), from+pageRows)] {
		head, rest := contactLine(p, &c, names[c.Factory])
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(head)+"\n"+rest), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(c.Subject()), p.T("Show contact")))))
		m.Text.Line(head)
	}
	es := []slack.BlockElement{blocks.Button(actAddContact, "", p.T("Add contact"))}
	if from > 0 {
		es = append(es, blocks.Button(actContacts.With("back"), contactsSubject(max(0, from-pageRows), typed), p.T("Previous contacts")))
	}
	if from+pageRows < len(cs) {
		es = append(es, blocks.Button(actContacts.With("on"), contactsSubject(from+pageRows, typed), p.T("More contacts")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// contactLine is a contact in a list: its name, or what may be said of it, and what it does where.
func contactLine(p blocks.Printer, c *visit.Contact, factory string) (head string, rest blocks.Markup) {
	parts := []string{c.RoleWords(p.Printer)}
	for _, part := range []string{c.City, factory} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	does := strings.Join(parts, " · ")
	if name := c.Heading(p.Printer); name != "" {
		return name, blocks.Escape(does)
	}
	return p.T("Contact %d: %s", c.Number, does), p.M("Ask %s", blocks.Mention(c.Asker()))
}

// shown is the card of a contact for somebody who may know of it.
func (ct *contacts) shown(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	c, member, err := ct.access.contact(ctx, who, number)
	if err != nil {
		return nil, err
	}
	if !member {
		return ct.passedCard(ctx, who.user, &c), nil
	}
	return ct.card(ctx, who, &c)
}

// showCommand shows the contact of a number.
func (ct *contacts) showCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return ct.shown(ctx, q.caller, q.number)
}

// reachLines say who a contact is, and how to reach them.
func reachLines(p blocks.Printer, c *visit.Contact) (lines []string) {
	for _, l := range []struct{ said, words string }{
		{c.Title, p.T("Addressed as: %s", c.Title)}, {c.Said, p.T("How the name is said: %s", c.Said)}, {c.Firm, p.T("Firm: %s", c.Firm)},
		{c.Phone, p.T("Phone: %s", c.Phone)}, {c.WeChat, p.T("WeChat: %s", c.WeChat)}, {c.Email, p.T("E-mail: %s", c.Email)}, {c.Speaks, p.T("Speaks: %s", c.Speaks)},
	} {
		if l.said != "" {
			lines = append(lines, l.words)
		}
	}
	return lines
}

// passedCard is what a colleague may have of a contact that is of a channel they are not in.
func (ct *contacts) passedCard(ctx context.Context, person string, c *visit.Contact) *blocks.Message {
	p := ct.directory.printer(ctx, c.Workspace, person)
	m := new(blocks.Message)
	head, rest := contactLine(p, c, "")
	m.Title(head)
	m.Add(blocks.Section(rest))
	if lines := reachLines(p, c); len(lines) > 0 {
		m.Say(strings.Join(lines, "\n"))
	} else {
		m.Say(p.T("The name is not passed on before they agree."))
	}
	m.Add(blocks.Note(p.M("Ask %s, who knows them.", blocks.Mention(c.Asker()))))
	m.Add(blocks.Actions(blocks.Button(actAskIntro, blocks.Subject(c.Subject()), p.T("Ask for an introduction"))))
	return m
}

// card is a contact with everything, for those who may read it.
func (ct *contacts) card(ctx context.Context, who caller, c *visit.Contact) (*blocks.Message, error) {
	p := ct.directory.printer(ctx, who.team, who.user)
	names, err := ct.factories.names(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(p.T("Contact %d: %s", c.Number, c.Heading(p.Printer)))
	if c.State != visit.ContactKept {
		m.Say(ct.clearedWords(p, c))
		return m, nil
	}
	about := []string{c.RoleWords(p.Printer)}
	for _, part := range []string{c.City, names[c.Factory]} {
		if part != "" {
			about = append(about, part)
		}
	}
	if c.Tier > 0 {
		about = append(about, p.T("supplier of tier %d", c.Tier))
	}
	lines := append([]string{strings.Join(about, " · ")}, reachLines(p, c)...)
	for _, l := range []struct{ said, words string }{
		{c.Met, p.T("How we met: %s", c.Met)}, {c.PaidBy, p.T("Paid by: %s", c.PaidBy)}, {c.Trust, p.T("Our note: %s", c.Trust)},
	} {
		if l.said != "" {
			lines = append(lines, l.words)
		}
	}
	if c.Visit > 0 {
		lines = append(lines, p.T("Met on visit %d", c.Visit))
	}
	lines = append(lines, p.T("May the name be passed on? %s", c.Consent.Words(p.Printer)))
	m.Say(strings.Join(lines, "\n"))
	if err := ct.addConflict(ctx, who, p, m, c); err != nil {
		return nil, err
	}
	m.Add(blocks.Note(p.M("Known by %s. The members of %s can see it.", knownBy(p, c), channelName(c.Channel))))
	m.Add(blocks.Note(blocks.Escape(ct.usedWords(p, c))))
	subject := blocks.Subject(c.Subject())
	m.Add(blocks.Actions(
		blocks.Button(actEditContact, subject, p.T("Edit contact")), blocks.Button(actStillRight, subject, p.T("Still right")),
		blocks.Button(actAskIntro, subject, p.T("Introduce somebody")), blocks.Button(actKeptNotice, subject, p.T("What we keep about you")),
		blocks.Confirmed(blocks.Button(actForgetContact, subject, p.T("Delete contact")), p.T("Delete this contact?"), p.T("The name and everything about the person are deleted for good. The contact's number stays."), p.T("Keep contact"))))
	return m, nil
}

// knownBy names those who know a contact, or whoever entered it.
func knownBy(p blocks.Printer, c *visit.Contact) blocks.Markup {
	people := c.KnownBy
	if len(people) == 0 {
		people = []string{c.By}
	}
	var ms []blocks.Markup
	for _, id := range people {
		ms = append(ms, blocks.Mention(id))
	}
	return p.List(ms)
}

// clearedWords say why nothing of a contact is left.
func (ct *contacts) clearedWords(p blocks.Printer, c *visit.Contact) string {
	if c.State == visit.ContactUnused {
		return p.T("Nobody has used this contact for 24 months, so what it said about the person is deleted.")
	}
	return p.T("This contact was deleted.")
}

// usedWords say when a contact was last used, and when it ends.
func (ct *contacts) usedWords(p blocks.Printer, c *visit.Contact) string {
	return p.T("Last used %s. It is deleted on %s unless somebody uses it or presses Still right.", blocks.OnDay(p, c.Used), blocks.OnDay(p, c.EndsOn()))
}

// addConflict says that a firm both inspects and is an agent, as far as the reader may know of the other.
func (ct *contacts) addConflict(ctx context.Context, who caller, p blocks.Printer, m *blocks.Message, c *visit.Contact) error {
	all, full, err := ct.access.contacts(ctx, who)
	if err != nil {
		return err
	}
	o := c.Conflict(slices.DeleteFunc(all, func(o visit.Contact) bool { return !full[o.Number] }))
	if o == nil {
		return nil
	}
	words := p.T("This firm is named as inspection firm and as agent. Nobody should inspect what they are paid to sell: ask who pays them, and have somebody else inspect.")
	if o.Number != c.Number {
		words = p.T("This firm is named as inspection firm and as agent: see contact %d. Nobody should inspect what they are paid to sell: ask who pays them, and have somebody else inspect.", o.Number)
	}
	m.Add(blocks.Note(blocks.Bold(p.T("Note:")) + " " + blocks.Escape(words)))
	m.Text.Line(words)
	return nil
}

// stillRight notes that a contact is right.
func (ct *contacts) stillRight(ctx context.Context, c click) error {
	return ct.change(ctx, c, func(k *visit.Contact, today civil.Date) { k.Use(today) })
}

// change changes the contact of a button, and shows it.
func (ct *contacts) change(ctx context.Context, c click, f func(*visit.Contact, civil.Date)) error {
	old, err := ct.access.contactOf(ctx, c.caller, visit.Subject(c.about))
	var m *blocks.Message
	if err == nil {
		now := ct.o.Now()
		_, err = ct.o.Store.By(c.user).ChangeContact(ctx, c.team, old.Number, now, func(k *visit.Contact) error {
			f(k, k.Today(now))
			return nil
		})
	}
	if err == nil {
		m, err = ct.shown(ctx, c.caller, old.Number)
	}
	return ct.replies.answerClick(ctx, c, ct.replies.orApologyTo(c.team, c.user, "change a contact", m, err))
}

// forget clears a contact for good, everywhere that is known.
func (ct *contacts) forget(ctx context.Context, c click) error {
	old, err := ct.access.contactOf(ctx, c.caller, visit.Subject(c.about))
	var m *blocks.Message
	var left store.Forgotten
	if err == nil {
		left, err = ct.o.Store.By(c.user).Forget(ctx, c.team, string(old.Subject()), c.user, ct.o.Now())
	}
	if err == nil {
		p := ct.directory.printer(ctx, c.team, c.user)
		m = blocks.Said(p.T("Contact %d is deleted. Reports that were made before may still have the name: visitprep forget --person contact/%d lists them.", old.Number, old.Number))
		sayNamed(p, m, left.Named)
	}
	return ct.replies.answerClick(ctx, c, ct.replies.orApologyTo(c.team, c.user, "delete a contact", m, err))
}

// sayNamed says in which texts the name of a contact still stands that is deleted: once it is, nobody can look for it.
func sayNamed(p blocks.Printer, m *blocks.Message, named []string) {
	if len(named) == 0 {
		return
	}
	m.Say(p.T("These texts still have the name. Read them, and change what must go:") + "\n" + strings.Join(named, "\n"))
}

// contactsPart are the contacts at a factory on its page.
func (ps *factoryPages) contactsPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	cs, _, err := ps.access.contacts(ctx, rd.caller)
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partContacts, all: p.T("All contacts at this factory"), open: actOpen, menu: p.T("Open a contact")}
	for _, c := range cs { // of one that is only passed on nobody learns where it is
		if c.Factory != rd.f.Number {
			continue
		}
		rest := []string{c.RoleWords(p.Printer)}
		for _, part := range []string{c.Title, c.Said} {
			if part != "" {
				rest = append(rest, part)
			}
		}
		pt.add(c.Subject(), c.Heading(p.Printer), rest...)
	}
	pt.title = p.T("Contacts: %d", len(pt.lines))
	return pt, nil
}

// shownOfPeople shows what a subject names where that is a contact or an introduction; ok is false elsewhere.
func (b *Bot) shownOfPeople(ctx context.Context, who caller, s visit.Subject) (m *blocks.Message, ok bool, err error) {
	switch kind, _ := s.Cut(); kind {
	case visit.OfContact:
		m, err = b.contacts.shown(ctx, who, s.Number())
	case visit.OfPromise:
		m, err = b.promises.shown(ctx, who, s.Number())
	case visit.OfIntroduction:
		m, err = b.intros.shown(ctx, who, s.Number())
	default:
		return nil, false, nil
	}
	return m, true, err
}
