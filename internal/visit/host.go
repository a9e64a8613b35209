package visit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// HasHan reports whether a text has a Chinese character.
func HasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// ParseBilingual reads a line in which both languages stand, in any order, with "|" between them:
// "到厂 | Arrival". A line without it is in the one language that it is written in.
func ParseBilingual(line string) (p Bilingual) {
	parts := strings.FieldsFunc(chars.Line(line), func(r rune) bool { return r == '|' || r == '｜' })
	for _, part := range parts {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case HasHan(part) && p.ZH == "":
			p.ZH = part
		case p.EN == "":
			p.EN = part
		default:
			p.EN += ", " + part
		}
	}
	return p
}

// Line is the text as [ParseBilingual] reads it.
func (b Bilingual) Line() string {
	if b.ZH == "" || b.EN == "" {
		return b.ZH + b.EN
	}
	return b.ZH + " | " + b.EN
}

// ParseBilinguals reads one a line.
func ParseBilinguals(text string) (ps []Bilingual) {
	for line := range strings.Lines(chars.Prose(text)) {
		if p := ParseBilingual(line); !p.IsZero() {
			ps = append(ps, p)
		}
	}
	return ps
}

// BilingualLines are texts as [ParseBilinguals] reads them.
func BilingualLines(ps []Bilingual) string {
	var lines []string
	for _, p := range ps {
		lines = append(lines, p.Line())
	}
	return strings.Join(lines, "\n")
}

// A Transport says how visitors come to the factory. The zero value leaves it open.
type Transport string

// The transports.
const (
	OwnCar Transport = "own"
	PickUp Transport = "pickup" // the factory is asked to fetch them
)

// A Host is what a factory is told before a visit, and all that it is told: a whitelist. What
// stands here was typed or ticked for it; of a visit it has the days alone.
type Host struct {
	To        []Bilingual `json:"to"`              // whom it greets, as they are addressed: 王总
	Purposes  []string    `json:"purposes"`        // ids of those that can be told a host
	Order     string      `json:"order,omitempty"` // a number or a product, for purposes that name one
	Company   Bilingual   `json:"company"`         // ours
	People    []Bilingual `json:"people"`          // name and title
	First     civil.Date  `json:"first"`
	Last      civil.Date  `json:"last"`
	Arrival   Bilingual   `json:"arrival,omitzero"`
	Departure Bilingual   `json:"departure,omitzero"`
	Transport Transport   `json:"transport,omitempty"`
	Pickup    Bilingual   `json:"pickup,omitzero"`   // where and when to be fetched
	Days      []HostDay   `json:"days,omitempty"`    // the agenda, a day each from the first on
	Prepare   []Bilingual `json:"prepare,omitempty"` // {ready} in it is the day below, {last} the last one
	Ready     civil.Date  `json:"ready,omitzero"`    // by when figures are to be told
	Photos    bool        `json:"photos,omitempty"`  // says what we photograph
	Safety    bool        `json:"safety,omitempty"`  // asks for safety shoes and goggles
	Shoes     []int       `json:"shoes,omitempty"`   // European sizes
	Lunch     string      `json:"lunch,omitempty"`   // id of a wish; empty says nothing
	Diet      []Bilingual `json:"diet,omitempty"`
	NoAlcohol bool        `json:"no_alcohol,omitempty"`
	NoGifts   bool        `json:"no_gifts,omitempty"`
	Contact   Bilingual   `json:"contact"`
	ReplyBy   civil.Date  `json:"reply_by"`
}

// A HostDay is the agenda of one day.
type HostDay struct {
	Lines []HostLine `json:"lines,omitempty"`
}

// A HostLine is a line of an agenda: an hour, "9:30", and what happens.
type HostLine struct {
	Time string `json:"time"`
	Bilingual
}

// How much a brief for a host holds: what can be read in a chat.
const (
	MaxHostDays  = 7 // days with an agenda
	maxHostTo    = 6
	maxHostLines = 16 // of one day
	maxHostItems = 30 // people, or things to prepare
	maxHostText  = 200
	maxShoes     = 20
)

// The fields of a [Host] that an InputError names.
const (
	HostTo        = "host_to"
	HostPurposes  = "host_purposes"
	HostOrder     = "host_order"
	HostCompany   = "host_company"
	HostPeople    = "host_people"
	HostArrival   = "host_arrival"
	HostDeparture = "host_departure"
	HostTransport = "host_transport"
	HostPickup    = "host_pickup"
	HostAgenda    = "host_agenda" // with the number of the day behind it, from 1
	HostPrepare   = "host_prepare"
	HostShoes     = "host_shoes"
	HostDiet      = "host_diet"
	HostContact   = "host_contact"
	HostReplyBy   = "host_reply_by"
)

// HostAgendaOn is the field of the agenda of a day, from 0 on.
func HostAgendaOn(day int) string { return HostAgenda + strconv.Itoa(day+1) }

// hostTime begins a line of an agenda.
var hostTime = regexp.MustCompile(`^(\d{1,2})[:.](\d{2})\b[\s,;-]*(.*)$`)

// ParseHostDay reads the agenda of a day, from 0 on: a line each with its hour first, in the order
// of the hours. The error has every mistake of it.
func ParseHostDay(day int, text string) (d HostDay, err error) {
	var es InputErrors
	field := HostAgendaOn(day)
	for line := range strings.Lines(chars.Prose(text)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		at, rest := chars.ASCII(line), line
		m := hostTime.FindStringSubmatch(at)
		if m == nil {
			es.add(field, "“%s” has no time. Please begin each line with one, such as 9:30.", shortened(line))
			continue
		}
		// The rest as it was typed: full-width signs are right in Chinese.
		rest = string([]rune(line)[utf8.RuneCountInString(at)-utf8.RuneCountInString(m[3]):])
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		if hour > 23 || minute > 59 {
			es.add(field, "%s is not a time of day.", m[1]+":"+m[2])
			continue
		}
		l := HostLine{fmt.Sprintf("%d:%02d", hour, minute), ParseBilingual(rest)}
		if l.Bilingual.IsZero() {
			es.add(field, "Please write what happens at %s.", l.Time)
			continue
		}
		d.Lines = append(d.Lines, l)
	}
	slices.SortStableFunc(d.Lines, func(a, b HostLine) int { return a.minutes() - b.minutes() })
	return d, es.orNil()
}

// shortened is as much of a text as names it.
func shortened(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:29]) + "…"
	}
	return s
}

func (l *HostLine) minutes() int {
	h, m, _ := strings.Cut(l.Time, ":")
	hour, _ := strconv.Atoi(h)
	minute, _ := strconv.Atoi(m)
	return hour*60 + minute
}

// Text is the agenda of the day as [ParseHostDay] reads it.
func (d HostDay) Text() string {
	var lines []string
	for _, l := range d.Lines {
		lines = append(lines, l.Time+" "+l.Bilingual.Line())
	}
	return strings.Join(lines, "\n")
}

// ParseShoes reads sizes of shoes: "42, 39 and 37".
func ParseShoes(text string) (sizes []int, err error) {
	for _, word := range chars.List(chars.ASCII(text)) {
		if strings.EqualFold(word, "and") || word == "、" {
			continue
		}
		for _, w := range strings.Split(word, "、") {
			n, err := strconv.Atoi(w)
			if err != nil || n < 30 || n > 52 {
				return nil, Invalid(HostShoes, "I can't read %q as a European size. Please write sizes such as 42, 39, 37.", shortened(w))
			}
			sizes = append(sizes, n)
		}
	}
	if len(sizes) > maxShoes {
		return nil, Invalid(HostShoes, "That is %d sizes; please give at most %d.", len(sizes), maxShoes)
	}
	return sizes, nil
}

// checkPhrases checks that there is a phrase where one is needed, at most most of them, and each
// short enough.
func (es *InputErrors) checkPhrases(field, missing string, most int, ps ...Bilingual) {
	n := 0
	for _, p := range ps {
		if p.IsZero() {
			continue
		}
		n++
		es.checkText(field, "", p.ZH, maxHostText)
		es.checkText(field, "", p.EN, maxHostText)
	}
	switch {
	case n == 0 && missing != "":
		es.add(field, missing)
	case n > most:
		es.add(field, "Those are %d lines; please write at most %d.", n, most)
	}
}

// Check reports every mistake in h for a brief that is made today at the factory, as InputErrors.
func (h *Host) Check(today civil.Date) error {
	var es InputErrors
	es.checkPhrases(HostTo, "Please write who the brief is for, such as 王总.", maxHostTo, h.To...)
	if len(h.Purposes) == 0 {
		es.add(HostPurposes, "Please pick what the visit is for, as the host may know it.")
	}
	es.checkText(HostOrder, "", h.Order, MaxName)
	es.checkPhrases(HostCompany, "Please write the name of your company.", 1, h.Company)
	es.checkPhrases(HostPeople, "Please write who is coming, a line each.", maxHostItems, h.People...)
	es.checkPhrases(HostArrival, "", 1, h.Arrival)
	es.checkPhrases(HostDeparture, "", 1, h.Departure)
	if h.Transport == PickUp {
		es.checkPhrases(HostPickup, "Please write where and when the factory is to pick you up.", 1, h.Pickup)
	}
	if len(h.Days) > MaxHostDays {
		es.add(HostAgenda+"1", "A brief has an agenda for at most %d days.", MaxHostDays)
	}
	for i, d := range h.Days {
		var ps []Bilingual
		for _, l := range d.Lines {
			ps = append(ps, l.Bilingual)
		}
		es.checkPhrases(HostAgendaOn(i), "", maxHostLines, ps...)
	}
	es.checkPhrases(HostPrepare, "", maxHostItems, h.Prepare...)
	es.checkPhrases(HostDiet, "", maxHostItems, h.Diet...)
	es.checkPhrases(HostContact, "Please write whom the factory can call, with a number.", 1, h.Contact)
	latest := h.First
	if latest.Before(today) {
		latest = today
	}
	switch {
	case h.ReplyBy.IsZero():
		es.add(HostReplyBy, "Please pick a day.")
	case h.ReplyBy.Before(today):
		es.add(HostReplyBy, "%s has already passed. Please pick today or a later day.", dayOf(h.ReplyBy))
	case h.ReplyBy.After(latest):
		es.add(HostReplyBy, "That is after the visit begins. Please pick %s or an earlier day.", dayOf(latest))
	}
	return es.orNil()
}

// A HostChange is a part of a brief that is not as it was.
type HostChange string

// The parts of which a factory is told that they have changed.
const (
	HostDaysChanged    HostChange = "days"
	HostPeopleChanged  HostChange = "people"
	HostAgendaChanged  HostChange = "agenda"
	HostArrivalChanged HostChange = "arrival"
	HostOtherChanged   HostChange = "other" // only where none of those has
)

// Changes are what is another in h than it was before, in the order in which they are told. There
// are none where both say the same.
func (h *Host) Changes(before *Host) (cs []HostChange) {
	differ := func(a, b any) bool { return string(mustMarshal(a)) != string(mustMarshal(b)) }
	if h.First != before.First || h.Last != before.Last {
		cs = append(cs, HostDaysChanged)
	}
	if differ(h.People, before.People) {
		cs = append(cs, HostPeopleChanged)
	}
	if differ(h.Days, before.Days) {
		cs = append(cs, HostAgendaChanged)
	}
	if differ([]Bilingual{h.Arrival, h.Departure, h.Pickup}, []Bilingual{before.Arrival, before.Departure, before.Pickup}) || h.Transport != before.Transport {
		cs = append(cs, HostArrivalChanged)
	}
	if len(cs) == 0 && differ(h, before) {
		cs = append(cs, HostOtherChanged)
	}
	return cs
}

// mustMarshal is v as JSON; all that a Host holds has one.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// A HostBrief is a revision of what the factory of a visit is told. A revision never changes: what
// is another becomes the next one.
type HostBrief struct {
	Workspace string
	Visit     int // its number
	Revision  int // from 1
	Host      Host
	Items     []int // of the checklist, that wait for the factory's answers
	Made      Mark
}

// MayHost is nil where a brief for the host can be made of v.
func (v *Visit) MayHost(now time.Time) error {
	switch {
	case !v.Open():
		return Invalid("visit", "This visit is cancelled, so there is nothing to tell the host. Press Restore visit on its card first.")
	case v.Unannounced:
		return Invalid("visit", "This visit is unannounced, so it has no host brief: that would tell the factory that you come.")
	case v.Over(now):
		return Invalid("visit", "This visit ended on %s, so there is nothing to prepare for the host any more.", dayOf(v.Last))
	}
	return nil
}

// hostAnswers are what a factory is asked in its brief, as items of our checklist.
var hostAnswers = [...]string{
	"Ask the host: does the time suit?",
	"Note the host's contact and phone number",
	"Save the location of the factory's gate",
}

// AskHost puts what the factory is asked to answer on the checklist, due on a day and for whoever
// makes the brief, and gives the items' ids: fewer where the checklist is full.
func (v *Visit) AskHost(by string, due civil.Date) (ids []int) {
	for _, text := range hostAnswers {
		id, err := v.Items.Add(Item{Milestone: v.milestoneBy(due), Text: text, Owner: by}, false)
		if err != nil {
			continue // full
		}
		if i, err := v.Items.Find(id); err == nil && i.Open() && i.Due.IsZero() {
			i.Due = due
		}
		ids = append(ids, id)
	}
	return ids
}

// milestoneBy is the last milestone before the visit by which something is done that is due on a
// day.
func (v *Visit) milestoneBy(due civil.Date) Milestone {
	found := Eve
	for _, m := range v.Items.Milestones() {
		if m < 0 && (found == Eve || !v.DueDay(m).After(due)) {
			found = m
		}
	}
	return found
}

// AskHostBy moves those items to another day, unless somebody has given them one of their own.
func (v *Visit) AskHostBy(ids []int, was, due civil.Date) {
	for _, id := range ids {
		if i, err := v.Items.Find(id); err == nil && i.Open() && i.Due == was {
			i.Due = due
		}
	}
}

// PutHost is the next revision of what the factory of v is told, after last, the latest one; nil
// of the first. Where h says what last does, last comes back, and made is false. The first one
// puts what the factory is asked on the checklist; a later one only moves it to its own day.
func (v *Visit) PutHost(h Host, last *HostBrief, by string, now time.Time) (b HostBrief, made bool, err error) {
	if err := v.MayHost(now); err != nil {
		return b, false, err
	}
	if h.First != v.First || h.Last != v.Last {
		return b, false, Invalid(HostReplyBy, "Somebody has moved the visit meanwhile. Please close this form and open it again: what you entered is kept.")
	}
	if err := h.Check(v.Today(now)); err != nil {
		return b, false, err
	}
	b = HostBrief{Workspace: v.Workspace, Visit: v.Number, Revision: 1, Host: h, Made: Mark{by, now}}
	if last == nil {
		b.Items = v.AskHost(by, h.ReplyBy)
		return b, true, nil
	}
	if len(h.Changes(&last.Host)) == 0 {
		return *last, false, nil
	}
	b.Revision, b.Items = last.Revision+1, last.Items
	v.AskHostBy(last.Items, last.Host.ReplyBy, h.ReplyBy)
	return b, true, nil
}
