// Package visit has the nouns that a team works with, factory, visit, checklist,
// inspection plan, inspection, and the rules about them: what may be entered, what
// may be ticked, when somebody is reminded.
//
// It reads no clock, no file and no database: the time is an argument, package
// store keeps what it decides, and package bot words it. An [*InputError] is meant
// to be read by the person who caused it; any other error is the program's.
package visit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// ErrNotFound is returned where a factory, visit, plan, inspection or item with
// the number does not exist in the workspace.
var ErrNotFound = errors.New("not found")

// An InputError is a mistake in what a person entered. Field names the input that it
// is about; its Words, without the field, are a sentence for that person, with what to
// do next.
type InputError struct {
	Field string
	lang.Mistake
}

// Invalid says what is wrong with an input.
func Invalid(field, text string, args ...any) *InputError {
	return &InputError{field, lang.Mistake{Text: text, Args: args}}
}

func (e *InputError) Error() string { return e.Field + ": " + e.Mistake.Error() }

// InputErrors are all the mistakes of one form.
type InputErrors []*InputError

func (es InputErrors) Error() string {
	var b strings.Builder
	for i, e := range es {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Unwrap lets errors.As find the single mistakes.
func (es InputErrors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// orNil keeps an empty list from being an error.
func (es InputErrors) orNil() error {
	if len(es) == 0 {
		return nil
	}
	return es
}

// Collect adds the mistakes that err holds, if it holds any; another error is dropped.
func (es *InputErrors) Collect(err error) {
	var list InputErrors
	var one *InputError
	if errors.As(err, &list) {
		*es = append(*es, list...)
	} else if errors.As(err, &one) {
		*es = append(*es, one)
	}
}

func (es *InputErrors) add(field, text string, args ...any) {
	*es = append(*es, Invalid(field, text, args...))
}

// The most that may be entered, in characters unless said otherwise. They keep
// every card and list inside one Slack message.
const (
	MaxName    = 120
	MaxAddress = 300
	MaxAgenda  = 2000
	MaxNote    = 1000
	MaxItem    = 150
	MaxReason  = 200
	MaxPeople  = 40  // people of one visit
	MaxItems   = 120 // items of one checklist
	MaxNotes   = 100
	MaxDays    = 60 // days of one visit
	// MaxYear is the last year of visits and inspections. A later one is a slip of the keyboard,
	// and what is counted from its days would run out of the calendar.
	MaxYear = 2199
	// MinYear is the first one. An earlier one is a slip, too: 0027, 1027.
	MinYear = 1990
)

// checkText reports a text that is too long. Where missing is given, an empty text is
// reported too, in those words.
func (es *InputErrors) checkText(field, missing, s string, most int) {
	switch n := utf8.RuneCountInString(s); {
	case missing != "" && chars.Blank(s):
		es.add(field, missing)
	case n > most:
		es.add(field, "That is %d characters; please use at most %d.", n, most)
	case !utf8.ValidString(s):
		es.add(field, "That has characters I can't read. Please type it again.")
	}
}

// checkZone reports a zone that does not exist.
func (es *InputErrors) checkZone(field, zone string) {
	if _, err := Zone(zone); err != nil {
		es.add(field, "I don't know the time zone %q. Use a name such as Asia/Shanghai or Europe/Berlin.", zone)
	}
}

// Zone finds a zone by its IANA name. The machine's own zone has no name here.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not the name of a time zone", name)
	}
	return time.LoadLocation(name)
}

// mustZone is the zone of something that was checked when it was entered.
// Should the zone data have lost it since, UTC is a wrong hour rather than no reminder.
func mustZone(name string) *time.Location {
	if z, err := Zone(name); err == nil {
		return z
	}
	return time.UTC
}

// DefaultZone is where factories are unless somebody says otherwise: all of
// mainland China keeps Beijing time.
const DefaultZone = "Asia/Shanghai"

// A Subject names what a reminder, a checklist or a note is about: "visit/12".
type Subject string

// SubjectKind is the part of a Subject before its number.
type SubjectKind string

// The kinds of subject.
const (
	OfVisit      SubjectKind = "visit"
	OfInspection SubjectKind = "inspection"
	OfPlan       SubjectKind = "plan"
	OfFactory    SubjectKind = "factory" // "factory/3": what was found without a visit
	OfPerson     SubjectKind = "person"  // "person/U123": what one person has to do
	OfChannel    SubjectKind = "channel" // "channel/C123": tips for a channel
)

// SubjectOf makes a subject of a kind and a number or an id.
func SubjectOf(kind SubjectKind, id any) Subject { return Subject(fmt.Sprintf("%s/%v", kind, id)) }

// Cut undoes SubjectOf.
func (s Subject) Cut() (kind SubjectKind, id string) {
	k, id, _ := strings.Cut(string(s), "/")
	return SubjectKind(k), id
}

// Number is the number that s names; 0 when it names a person, a channel or nothing.
func (s Subject) Number() int {
	_, id := s.Cut()
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0
	}
	return n
}

// A Factory is the manufacturing partner's site.
type Factory struct {
	Workspace string
	Number    int
	Name      string // as the team writes it
	Chinese   string // the registered name or what stands at the gate
	City      string
	Address   string // in Chinese, for the driver
	Zone      string
	Contacts  string // names and numbers, free text
	Removed   bool   // gone from the menus; its visits keep it
}

// Normalize tidies what was typed, as package chars does, and fills in the default zone.
func (f *Factory) Normalize() {
	for _, s := range []*string{&f.Name, &f.Chinese, &f.City} {
		*s = chars.Line(*s)
	}
	f.Address, f.Contacts = chars.Prose(f.Address), chars.Prose(f.Contacts)
	f.Zone = chars.Line(chars.ASCII(f.Zone))
	if f.Zone == "" {
		f.Zone = DefaultZone
	}
}

// Check reports every mistake in f, as InputErrors.
func (f *Factory) Check() error {
	var es InputErrors
	es.checkText("factory_name", "Please enter the factory's name.", f.Name, MaxName)
	es.checkText("factory_chinese", "", f.Chinese, MaxName)
	es.checkText("factory_city", "", f.City, MaxName)
	es.checkText("factory_address", "", f.Address, MaxAddress)
	es.checkText("factory_contacts", "", f.Contacts, MaxAddress)
	es.checkZone("factory_zone", f.Zone)
	return es.orNil()
}

// A Person travels or takes part. User is their Slack id where they have one.
type Person struct {
	User string `json:"user,omitempty"`
	Name string `json:"name,omitempty"` // for somebody without Slack
	Role string `json:"role,omitempty"`
}

// A Note is something worth keeping, by hand or from a message.
type Note struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	Link string    `json:"link,omitempty"` // to the message that it was
}

// A Visit is a trip of some people to a factory on some days, for a purpose.
type Visit struct {
	Work
	Purpose   string // id of a checklist template
	First     civil.Date
	Last      civil.Date
	People    []Person
	Agenda    string
	Notes     []Note
	Cancelled Mark // who cancelled it and when, if somebody did
	Outcome   VisitOutcome
	Broadcast Broadcast
	// Unannounced: the factory does not know about it. It has no host brief, nothing on its checklist
	// asks the factory for something beforehand, and nothing of it stands where another company reads.
	Unannounced bool
}

// A Mark says who did something and when. The zero Mark is nobody.
type Mark struct {
	By string
	At time.Time
}

// IsSet reports whether somebody did it.
func (m Mark) IsSet() bool { return m.By != "" }

// Subject names the visit.
func (v *Visit) Subject() Subject { return SubjectOf(OfVisit, v.Number) }

// Title names the visit in a line, such as "Visit 12, Ningbo Bright Metal".
func (v *Visit) Title(p *lang.Printer) string { return p.T("Visit %d, %s", v.Number, v.Factory.Name) }

// Days are the first and the last day of the visit.
func (v *Visit) Days() (first, last civil.Date) { return v.First, v.Last }

// Milestones are those that an item of the visit can have.
func (v *Visit) Milestones(t *Timing) []Milestone {
	ms := v.Items.Milestones()
	if len(ms) > 0 {
		return ms
	}
	for _, n := range t.Before {
		ms = append(ms, Milestone(-n))
	}
	ms = append(ms, 0)
	for _, n := range t.After {
		ms = append(ms, Milestone(n))
	}
	return ms
}

// Open reports whether the visit is not cancelled.
func (v *Visit) Open() bool { return !v.Cancelled.IsSet() }

// Reminded reports whether reminders of the visit are sent: as long as it is open.
func (v *Visit) Reminded() bool { return v.Open() }

// OpenChecklist is the checklist for a change, or an InputError where the visit is
// cancelled.
func (v *Visit) OpenChecklist() (*Checklist, error) {
	if !v.Open() {
		return nil, Invalid("item", "This visit is cancelled. Press Restore visit on its card first.")
	}
	return &v.Items, nil
}

// Clone is a copy that shares nothing which can be changed.
func (v *Visit) Clone() Visit {
	c := *v
	c.People, c.Notes, c.Items = slices.Clone(v.People), slices.Clone(v.Notes), slices.Clone(v.Items)
	return c
}

// SameReminders reports whether v and o have the same reminders: all that these
// depend on is equal.
func (v *Visit) SameReminders(o *Visit) bool {
	return v.sameReminders(&o.Work) && v.First == o.First && v.Last == o.Last && v.Open() == o.Open() && v.Items.sameOwnDays(o.Items)
}

// Normalize tidies what was typed, as package chars does, fills in what follows from the
// factory and drops people who are named twice.
func (v *Visit) Normalize() {
	v.Purpose, v.Agenda = chars.Line(v.Purpose), chars.Prose(v.Agenda)
	if v.Last.IsZero() {
		v.Last = v.First
	}
	v.fillZones(&v.Factory)
	var people []Person
	for _, p := range v.People {
		p.Name, p.Role = chars.Line(p.Name), chars.Line(p.Role)
		twice := slices.ContainsFunc(people, func(o Person) bool { return o.User == p.User && o.Name == p.Name })
		if (p.User != "" || p.Name != "") && !twice {
			people = append(people, p)
		}
	}
	v.People = people
}

// CheckDays reports days that a visit entered now cannot have.
func (v *Visit) CheckDays(now time.Time) error {
	var es InputErrors
	v.checkDays(&es)
	if len(es) == 0 && v.Last.Before(v.Today(now)) {
		es.add("first", "%s has already passed. Please pick today or a later day.", dayOf(v.First))
	}
	return es.orNil()
}

// dayOf is a day in a sentence, "15 March 2027".
func dayOf(d civil.Date) lang.Date {
	return lang.Date{Time: d.Start(time.UTC), Layout: "2 January 2006"}
}

func (v *Visit) checkDays(es *InputErrors) {
	switch days := v.Last.Sub(v.First) + 1; {
	case v.First.IsZero():
		es.add("first", "Please pick the first day.")
	case v.First.Year < MinYear:
		es.add("first", "%s is too long ago. Please pick a day after 1989.", dayOf(v.First))
	case v.First.Year > MaxYear:
		es.add("first", "%s is too far off. Please pick a day before 2200.", dayOf(v.First))
	case days < 1:
		es.add("last", "The last day is before the first. Please pick %s or later.", dayOf(v.First))
	case days > MaxDays:
		es.add("last", "That is a visit of %d days. Please plan at most %d, and a second visit for the rest.", days, MaxDays)
	case v.Last.Year > MaxYear:
		es.add("last", "%s is too far off. Please pick a day before 2200.", dayOf(v.Last))
	}
}

// Check reports every mistake in v but those of its days against the clock.
func (v *Visit) Check() error {
	var es InputErrors
	if v.Purpose == "" {
		es.add("purpose", "Please pick what the visit is for.")
	}
	if v.Channel == "" {
		es.add("channel", "Please pick the channel where the team prepares the visit.")
	}
	v.checkDays(&es)
	es.checkText("agenda", "", v.Agenda, MaxAgenda)
	es.checkZone("zone", v.Zone)
	if n := len(v.People); n > MaxPeople {
		es.add("people", "That is %d people. Please name at most %d; a delegation can be one line.", n, MaxPeople)
	}
	for _, p := range v.People {
		es.checkText("people", "", p.Name, MaxName)
		es.checkText("people", "", p.Role, MaxName)
	}
	return es.orNil()
}

// Cancel marks the visit as cancelled. It reports false when it already was. One that is
// over took place, or not: it cannot be cancelled any more.
func (v *Visit) Cancel(by string, now time.Time) (bool, error) {
	if v.Cancelled.IsSet() {
		return false, nil
	}
	if v.Over(now) {
		return false, Invalid("visit", "This visit ended on %s, so it can't be cancelled any more. Press Outcome on its card to say how it ended.", dayOf(v.Last))
	}
	v.Cancelled = Mark{by, now}
	return true, nil
}

// Restore undoes Cancel. It reports false when there is nothing to undo.
func (v *Visit) Restore() bool {
	was := v.Cancelled.IsSet()
	v.Cancelled = Mark{}
	return was
}

// AddNote keeps a note.
func (v *Visit) AddNote(n Note) error {
	n.Text = chars.Prose(n.Text)
	var es InputErrors
	es.checkText("note", "Please enter the note.", n.Text, MaxNote)
	if len(v.Notes) >= MaxNotes {
		es.add("note", "This visit already has %d notes, the most it can hold. Please keep the rest in a document.", MaxNotes)
	}
	if err := es.orNil(); err != nil {
		return err
	}
	// The same message added twice is one note.
	if n.Link != "" && slices.ContainsFunc(v.Notes, func(o Note) bool { return o.Link == n.Link }) {
		return nil
	}
	v.Notes = append(v.Notes, n)
	return nil
}

// Over reports whether the last day has passed at the factory.
func (v *Visit) Over(now time.Time) bool { return v.Last.Before(v.Today(now)) }

// Active reports whether the visit is neither cancelled nor over.
func (v *Visit) Active(now time.Time) bool { return v.Open() && !v.Over(now) }

// day is the day of a milestone: counted from the first day before the visit, from
// the last after it.
func (v *Visit) day(m Milestone) civil.Date {
	if m > 0 {
		return v.Last.AddDays(int(m))
	}
	return v.First.AddDays(int(m))
}

// DueDay is the day by which the items of a milestone are to be done.
func (v *Visit) DueDay(m Milestone) civil.Date { return m.DueDay(v.First, v.Last) }
