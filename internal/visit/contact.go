package visit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// OfContact is the kind of a contact in its Subject.
const OfContact SubjectKind = "contact"

// A ContactRole says what somebody does for those who buy.
type ContactRole string

// The roles of contacts.
const (
	Broker         ContactRole = "broker" // of customs
	Forwarder      ContactRole = "forwarder"
	InspectionFirm ContactRole = "inspection"
	Laboratory     ContactRole = "laboratory"
	InterpreterFor ContactRole = "interpreter"
	Agent          ContactRole = "agent"
	Lawyer         ContactRole = "lawyer"
	Chamber        ContactRole = "chamber"
	PartsMaker     ContactRole = "parts"
	FactoryStaff   ContactRole = "factory"
	OtherContact   ContactRole = "other"
)

// ContactRoles are all of them, as a menu offers them.
func ContactRoles() []ContactRole {
	return []ContactRole{FactoryStaff, Broker, Forwarder, InspectionFirm, Laboratory, InterpreterFor, Agent, Lawyer, Chamber, PartsMaker, OtherContact}
}

// Words name the role.
func (r ContactRole) Words(p *lang.Printer) string {
	switch r {
	case Broker:
		return p.T("Customs broker")
	case Forwarder:
		return p.T("Freight forwarder")
	case InspectionFirm:
		return p.T("Inspection firm")
	case Laboratory:
		return p.T("Test laboratory")
	case InterpreterFor:
		return p.T("Interpreter")
	case Agent:
		return p.T("Sourcing agent")
	case Lawyer:
		return p.T("Lawyer")
	case Chamber:
		return p.T("Chamber of commerce")
	case PartsMaker:
		return p.T("Component maker")
	case FactoryStaff:
		return p.T("Factory staff")
	}
	return p.T("Other contact")
}

// A Consent says whether a contact agreed that their name is passed on to our colleagues.
type Consent string

// The consents.
const (
	ConsentNo  Consent = "no" // also where nobody has asked
	ConsentAsk Consent = "ask"
	ConsentYes Consent = "yes"
)

// Consents are all of them, as a menu offers them.
func Consents() []Consent { return []Consent{ConsentNo, ConsentAsk, ConsentYes} }

// Words say what the consent allows.
func (c Consent) Words(p *lang.Printer) string {
	switch c {
	case ConsentYes:
		return p.T("Yes, colleagues may have the name")
	case ConsentAsk:
		return p.T("Ask them each time")
	}
	return p.T("No, or nobody has asked")
}

// A ContactState says why the fields of a contact are empty.
type ContactState string

// The states of a contact.
const (
	ContactKept      ContactState = ""
	ContactUnused    ContactState = "unused"    // for two years
	ContactForgotten ContactState = "forgotten" // somebody had it deleted
)

// The most that a contact may say.
const (
	MaxContactText = 120 // characters of a field
	MaxKnownBy     = 10  // people
	maxRoles       = 2
)

// A Contact is a person or a firm around a factory whom somebody of us knows. It belongs to the
// channel in which it was entered. It has business facts only, and is written as if they will
// read it.
type Contact struct {
	Workspace string
	Number    int // short, its own in each workspace
	Rev       int // counts every change
	Schedule  int // counts the changes that its reminders follow from
	Place
	By      string // who entered it
	Created time.Time

	Factory int // number of the factory that it is about; 0 for none
	Tier    int // of a supplier of the factory: 2 is its own supplier; 0 where it is none
	Name    string
	Chinese string // the name in Chinese
	Said    string // how the name is said: pinyin, or "say: …"
	Title   string // as they are addressed: Director Wang 王总
	Firm    string
	Roles   []ContactRole
	City    string
	Phone   string
	WeChat  string
	Email   string
	Speaks  string
	Met     string // how we met
	Visit   int    // on which; 0 for none
	KnownBy []string
	PaidBy  string // who pays them: commission
	Trust   string // a note that only members of its channel read
	Consent Consent
	Used    civil.Date // when it was last used, or somebody said that it is right

	State   ContactState
	Cleared Mark // who had it cleared; nobody where time did
}

// Subject names the contact.
func (c *Contact) Subject() Subject { return SubjectOf(OfContact, c.Number) }

// Heading names the contact in a line, as those read it who may: "王伟 Wang Wei, Ningbo Bright Metal".
func (c *Contact) Heading(p *lang.Printer) string {
	if c.State != ContactKept {
		return p.T("a former contact")
	}
	name := strings.TrimSpace(c.Name + " " + c.Chinese)
	switch {
	case name == "":
		return c.Firm
	case c.Firm == "" || c.Firm == name:
		return name
	}
	return p.T("%s, %s", name, c.Firm)
}

// RoleWords name the roles of the contact.
func (c *Contact) RoleWords(p *lang.Printer) string {
	words := make([]string, len(c.Roles))
	for n, r := range c.Roles {
		words[n] = r.Words(p)
	}
	return strings.Join(words, p.Comma())
}

// Asker is who of us is asked for the contact, and about it.
func (c *Contact) Asker() string {
	if len(c.KnownBy) > 0 {
		return c.KnownBy[0]
	}
	return c.By
}

// Normalize tidies what was typed.
func (c *Contact) Normalize() {
	for _, s := range c.texts() {
		*s = chars.Line(*s)
	}
	c.Email = strings.TrimSpace(chars.ASCII(c.Email))
	c.Consent = cmp.Or(c.Consent, ConsentNo)
	c.Roles = unique(c.Roles)
	c.KnownBy = unique(c.KnownBy)
	c.Zone = cmp.Or(c.Zone, DefaultZone)
	c.ChannelZone = cmp.Or(c.ChannelZone, c.Zone)
	if c.Used.IsZero() {
		c.Used = civil.Of(c.Created.In(mustZone(c.ChannelZone)))
	}
}

func unique[T comparable](list []T) (kept []T) {
	for _, x := range list {
		if !slices.Contains(kept, x) {
			kept = append(kept, x)
		}
	}
	return kept
}

// texts are the fields that somebody types.
func (c *Contact) texts() []*string {
	return append(c.personal(), &c.Firm, &c.City)
}

// personal are the fields that are about a person.
func (c *Contact) personal() []*string {
	return []*string{&c.Name, &c.Chinese, &c.Said, &c.Title, &c.Phone, &c.WeChat, &c.Email, &c.Speaks, &c.Met, &c.PaidBy, &c.Trust}
}

// Check reports every mistake in c. subTier says whether the suppliers of a factory may be kept.
// A field is looked for in one place, so they stay together.
func (c *Contact) Check(subTier bool) error {
	var es InputErrors
	if c.State == ContactKept && c.Name == "" && c.Chinese == "" && c.Firm == "" {
		es.add("name", "Please give a name, or the firm.")
	}
	if c.Channel == "" {
		es.add("channel", "Please pick the channel whose members may see it.")
	}
	c.checkRoles(&es)
	if !slices.Contains(Consents(), c.Consent) {
		es.add("consent", "Please pick whether the name may be passed on.")
	}
	for _, f := range []struct{ field, text string }{
		{"name", c.Name}, {"chinese", c.Chinese}, {"said", c.Said}, {"title", c.Title}, {"firm", c.Firm}, {"city", c.City}, {"phone", c.Phone}, {"wechat", c.WeChat},
		{"email", c.Email}, {"speaks", c.Speaks}, {"met", c.Met}, {"paid_by", c.PaidBy}, {"trust", c.Trust},
	} {
		es.checkText(f.field, "", f.text, MaxContactText)
	}
	if c.Email != "" && (strings.Count(c.Email, "@") != 1 || strings.ContainsAny(c.Email, " <>,;")) {
		es.add("email", "Please give one e-mail address, such as wang@example.com.")
	}
	if len(c.KnownBy) > MaxKnownBy {
		es.add("known_by", "That is %d people; please pick at most %d.", len(c.KnownBy), MaxKnownBy)
	}
	switch {
	case c.Tier < 0 || c.Tier > 5:
		es.add("tier", "Please give a number from 2 to 5, or leave it empty.")
	case c.Tier > 0 && !subTier:
		es.add("tier", "Suppliers of a factory are not kept here: the setting contacts.sub_tier is off.")
	}
	return es.orNil()
}

// CheckNow reports a day on which a contact cannot have been used yet.
func (c *Contact) CheckNow(today civil.Date) error {
	if c.Used.After(today) {
		return Invalid("last_used", "%s has not come yet. Give the day on which it was last used.", dayOf(c.Used))
	}
	return nil
}

func (c *Contact) checkRoles(es *InputErrors) {
	if len(c.Roles) == 0 {
		es.add("roles", "Please pick what they do.")
	}
	if len(c.Roles) > maxRoles {
		es.add("roles", "Please give at most two.")
	}
	for _, r := range c.Roles {
		if !slices.Contains(ContactRoles(), r) {
			es.add("roles", "Please pick from the list.")
		}
	}
}

// Clone is a copy that shares nothing which can be changed.
func (c *Contact) Clone() Contact {
	d := *c
	d.Roles, d.KnownBy = slices.Clone(c.Roles), slices.Clone(c.KnownBy)
	return d
}

// NamePassedOn reports whether a colleague who is not in the contact's channel may have its name.
func (c *Contact) NamePassedOn() bool {
	return c.Consent == ConsentYes && !c.Private && c.State == ContactKept
}

// Passed is what such a colleague may have of it: with consent what is needed to write to them, else
// the role and the city. What only its channel reads is in neither.
func (c *Contact) Passed() Contact {
	p := Contact{Workspace: c.Workspace, Number: c.Number, Rev: c.Rev, Place: c.Place, By: c.By, Created: c.Created,
		Roles: slices.Clone(c.Roles), City: c.City, KnownBy: slices.Clone(c.KnownBy), Consent: c.Consent, State: c.State}
	if c.NamePassedOn() {
		p.Name, p.Chinese, p.Said, p.Title, p.Firm, p.Speaks = c.Name, c.Chinese, c.Said, c.Title, c.Firm, c.Speaks
		p.Phone, p.WeChat, p.Email = c.Phone, c.WeChat, c.Email
	}
	return p
}

// Has reports whether every word stands somewhere in the role, the city, the firm, the name or the
// name of its factory.
func (c *Contact) Has(words []string, factory string) bool {
	p := lang.English()
	text := strings.ToLower(chars.ASCII(strings.Join([]string{c.RoleWords(p), c.City, c.Firm, c.Name, c.Chinese, c.Title, factory}, "\n")))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Conflict is another contact that shows that the same firm inspects for us and is paid by, or
// speaks for, the factory: nobody inspects what they sell. It is nil where there is none.
func (c *Contact) Conflict(others []Contact) *Contact {
	for i := range others {
		o := &others[i]
		if o.Number == c.Number || o.State != ContactKept || !sameFirm(c, o) || c.Factory > 0 && o.Factory > 0 && c.Factory != o.Factory {
			continue
		}
		if c.is(InspectionFirm) && o.is(Agent) || c.is(Agent) && o.is(InspectionFirm) {
			return o
		}
	}
	if c.is(InspectionFirm) && c.is(Agent) {
		return c
	}
	return nil
}

func (c *Contact) is(r ContactRole) bool { return slices.Contains(c.Roles, r) }

func sameFirm(a, b *Contact) bool {
	fold := func(s string) string { return strings.Join(strings.Fields(strings.ToLower(chars.ASCII(s))), " ") }
	return a.Firm != "" && fold(a.Firm) == fold(b.Firm)
}

// When a contact that nobody uses is asked about, warned of, and cleared, in months.
const (
	StillRightAfter Milestone = 12
	EndsSoonAfter   Milestone = 23
	EndsAfter       Milestone = 24
)

// EndsOn is the day on which a contact is cleared that nobody uses until then.
func (c *Contact) EndsOn() civil.Date { return c.Used.AddMonths(int(EndsAfter)) }

// Use notes that it was used, or is right.
func (c *Contact) Use(today civil.Date) {
	if today.After(c.Used) && c.State == ContactKept {
		c.Used = today
	}
}

// RollOver has time pass: what nobody used for two years is cleared. It reports whether anything changed.
func (c *Contact) RollOver(today civil.Date) bool {
	if c.State != ContactKept || c.Used.IsZero() || today.Before(c.EndsOn()) {
		return false
	}
	c.Clear(ContactUnused, "", time.Time{})
	return true
}

// Clear empties what is about a person; of one that is forgotten the firm too, which may have their name.
func (c *Contact) Clear(why ContactState, by string, now time.Time) {
	for _, s := range c.personal() {
		*s = ""
	}
	if why == ContactForgotten {
		c.Firm = ""
	}
	c.State, c.Cleared, c.Consent = why, Mark{by, now}, ConsentNo
}

// Reminders lists what is to be sent about the contact to whoever knows them, none of it before
// now: whether it is still right, that it ends, and that it has.
func (c *Contact) Reminders(t *Timing, now time.Time) []Occurrence {
	if c.State != ContactKept || c.Used.IsZero() {
		return nil
	}
	var os []Occurrence
	zone := mustZone(c.ChannelZone)
	for _, m := range []Milestone{StillRightAfter, EndsSoonAfter, EndsAfter} {
		day := t.Later(c.Used.AddMonths(int(m)), c.ChannelZone)
		o := Occurrence{
			Workspace: c.Workspace, Kind: ContactDue, Subject: c.Subject(), Schedule: c.Schedule, Milestone: m, Day: day, To: c.Asker(), Zone: c.ChannelZone,
			Due: t.Hour(day, zone), State: Pending, Payload: c.Used.String(),
		}
		o.Wake = o.Due
		o.Key = key(c.Workspace, o.Subject, c.Schedule, fmt.Sprintf("m%d-%s", int(m), o.Payload), o.To)
		if len(os) > 0 {
			os[len(os)-1].Expires = o.Due
		}
		os = append(os, o)
	}
	return slices.DeleteFunc(os, func(o Occurrence) bool { return o.Due.Before(now) })
}

// SameReminders reports whether a and b have the same reminders.
func (c *Contact) SameReminders(b *Contact) bool {
	return c.State == b.State && c.Used == b.Used && c.Asker() == b.Asker() && c.ChannelZone == b.ChannelZone
}

// Stands reports whether an occurrence about the contact is still to be said.
func (c *Contact) Stands(o *Occurrence) bool {
	if o.Milestone == EndsAfter {
		return c.State != ContactForgotten && c.Used.String() == o.Payload
	}
	return c.State == ContactKept && c.Used.String() == o.Payload
}
