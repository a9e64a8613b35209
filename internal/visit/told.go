package visit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/civil"
)

// Facts are what people are told of when somebody else changes it.
type Facts struct {
	First  civil.Date     `json:"first"`
	Last   civil.Date     `json:"last"`
	Off    bool           `json:"off,omitempty"`    // it does not take place: cancelled, skipped or withdrawn
	Result Result         `json:"result,omitempty"` // of an inspection that took place
	People []string       `json:"people,omitempty"` // who take part and have a Slack id; the inspector of an inspection
	Owners map[int]string `json:"owners,omitempty"` // of items, by their ids
}

// FactsOf are the facts of a as it is.
func FactsOf(a Appointment) Facts {
	f := Facts{Owners: map[int]string{}}
	f.First, f.Last = a.Days()
	switch a := a.(type) {
	case *Visit:
		f.Off = !a.Open()
		for _, p := range a.People {
			f.People = append(f.People, p.User)
		}
	case *Inspection:
		f.Off = a.Result.Off()
		if !f.Off {
			f.Result = a.Result
		}
		f.People = []string{a.Inspector}
	}
	f.People = named(f.People)
	for _, i := range a.Common().Items {
		if i.Owner != "" && !i.Removed {
			f.Owners[i.ID] = i.Owner
		}
	}
	return f
}

// A Fact names one of the Facts.
type Fact string

// The facts that there is one of. Each person who takes part is a fact, and so is each
// item's owner: see [Fact.Person] and [Fact.Item].
const (
	FactDays   Fact = "days"
	FactOff    Fact = "off"
	FactResult Fact = "result"

	factPerson = "person/"
	factItem   = "item/"
)

// Person is who takes part or no longer does, of a fact that says so; else empty.
func (f Fact) Person() string {
	id, ok := strings.CutPrefix(string(f), factPerson)
	if !ok {
		return ""
	}
	return id
}

// Item is the item whose owner the fact names, or 0.
func (f Fact) Item() int {
	id, _ := strings.CutPrefix(string(f), factItem)
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0
	}
	return n
}

// Changed are the facts that differ in what was and what is now, the weightiest first. Of
// what does not take place nothing else is news, nor that an item has nobody any more.
func (f Facts) Changed(now Facts) (facts []Fact) {
	switch {
	case f.Off && now.Off:
		return nil
	case now.Off:
		return []Fact{FactOff}
	case f.Off:
		facts = append(facts, FactOff)
	}
	if f.First != now.First || f.Last != now.Last {
		facts = append(facts, FactDays)
	}
	if f.Result != now.Result {
		facts = append(facts, FactResult)
	}
	for _, p := range append(slices.Clone(now.People), f.People...) {
		if slices.Contains(f.People, p) != slices.Contains(now.People, p) {
			facts = append(facts, factPerson+Fact(p))
		}
	}
	var items []int
	for id, owner := range now.Owners {
		if owner != f.Owners[id] {
			items = append(items, id)
		}
	}
	slices.Sort(items)
	for _, id := range items {
		facts = append(facts, factItem+Fact(strconv.Itoa(id)))
	}
	return facts
}

// A Telling is what an occurrence of the kind Changed has as its payload: from what on people
// are told, and who changed what since.
type Telling struct {
	Rev int             `json:"rev"` // of the change that it begins with: which of two comes first
	Was Facts           `json:"was"`
	By  map[Fact]string `json:"by"`
}

// ByImport changes what a file says.
const ByImport = "import"

// Telling reads the payload of an occurrence of the kind Changed.
func (o *Occurrence) Telling() (t Telling, err error) {
	if err := json.Unmarshal([]byte(o.Payload), &t); err != nil {
		return t, fmt.Errorf("read what a message tells of: %w", err)
	}
	return t, nil
}

// payload undoes [Occurrence.Telling].
func (t Telling) payload() string {
	b, err := json.Marshal(t)
	if err != nil { // days, texts and numbers only
		panic(err)
	}
	return string(b)
}

// Until is what the last change that o tells of has led to: what the next message to the
// same reader begins with, or how a is now. So each change is told once, whatever happens
// while a message is on its way. rows are the messages of this kind to the reader of o.
func (o *Occurrence) Until(a Appointment, rows []Occurrence) (Facts, error) {
	t, err := o.Telling()
	if err != nil {
		return Facts{}, err
	}
	until, next := FactsOf(a), 0
	for _, r := range rows {
		other, err := r.Telling()
		if err != nil {
			return Facts{}, err
		}
		if other.Rev > t.Rev && (next == 0 || other.Rev < next) {
			until, next = other.Was, other.Rev
		}
	}
	return until, nil
}

// How long a change waits before it is told, so that several are one and what is changed
// back is none, and how long it is news.
const (
	toldAfter = time.Minute
	toldKept  = 7 * 24 * time.Hour
)

// nearDays is how many days before a visit it is told at night, too, that its days change or
// that it does not take place.
const nearDays = 2

// Tell says who is to be told that somebody, by, has changed a from what it was before.
// waiting are the messages of the kind Changed about it that still wait: they tell of it as
// well, and are returned with it in joined. added are those to others.
//
// All that is told goes into the thread of the card. Those whose days have changed, whom
// somebody took off, or who have to do with a result that came, are written to directly.
// Nobody is told what they did themselves.
func Tell(before, a Appointment, by string, waiting []Occurrence, t *Timing, now time.Time) (joined, added []Occurrence, err error) {
	was, is := FactsOf(before), FactsOf(a)
	facts := was.Changed(is)
	if len(facts) == 0 {
		return nil, nil, nil
	}
	w := a.Common()
	told := Telling{Rev: w.Rev, Was: was, By: map[Fact]string{}}
	var to []string
	for _, f := range facts {
		told.By[f] = by
		if !f.OfThemselves(is, by) {
			to = append(to, w.Channel)
			to = append(to, f.Direct(a, was)...)
		}
	}
	near := (slices.Contains(facts, FactDays) || slices.Contains(facts, FactOff)) &&
		min(abs(was.First.Sub(w.Today(now))), abs(is.First.Sub(w.Today(now)))) <= nearDays
	for _, o := range waiting {
		earlier, err := o.Telling()
		if err != nil {
			return nil, nil, err
		}
		for _, f := range facts {
			earlier.By[f] = by
		}
		// What was changed while nothing took place is told with who had it take place.
		for _, f := range earlier.Was.Changed(is) {
			if slices.Contains(facts, FactOff) && earlier.By[f] == "" {
				earlier.By[f] = by
			}
		}
		o.Payload = earlier.payload()
		if near && !o.AnyHour { // it would have waited for the morning
			o.AnyHour, o.Wake = true, now.Add(toldAfter)
		}
		joined = append(joined, o)
	}
	for _, id := range named(to) {
		if id == by || slices.ContainsFunc(waiting, func(o Occurrence) bool { return o.To == id }) {
			continue
		}
		o := Occurrence{
			Workspace: w.Workspace, Kind: Changed, Subject: a.Subject(), Schedule: w.Schedule, To: id, Zone: w.ChannelZone, AnyHour: near,
			Payload: told.payload(), Day: civil.Of(now.In(mustZone(w.ChannelZone))), Due: now.Add(toldAfter), State: Pending, Expires: now.Add(toldKept),
		}
		if !near && !IsPerson(id) {
			o.Due = t.Quiet.Over(o.Due, mustZone(o.Zone))
		}
		o.Wake = o.Due
		o.Key = key(w.Workspace, a.Subject(), w.Schedule, fmt.Sprintf("changed-%d-%d", w.Rev, now.UnixMilli()), id)
		added = append(added, o)
	}
	return joined, added, nil
}

func abs(n int) int { return max(n, -n) }

// OfThemselves reports whether somebody changed what concerns nobody but themselves.
func (f Fact) OfThemselves(is Facts, by string) bool {
	return f.Person() == by || is.Owners[f.Item()] == by
}

// Direct are those who are written to directly when a fact of a has changed from what it
// was, each once.
func (f Fact) Direct(a Appointment, was Facts) (people []string) {
	switch is := FactsOf(a); {
	case f == FactDays, f == FactOff:
		people = append([]string{a.Common().Owner}, is.People...)
		for _, i := range a.Common().Items {
			if i.Open() {
				people = append(people, i.Owner)
			}
		}
	case f == FactResult:
		people = append([]string{a.Common().Owner}, is.People...)
	case f.Person() != "" && slices.Contains(was.People, f.Person()) && !slices.Contains(is.People, f.Person()):
		people = []string{f.Person()}
	}
	return named(people)
}

// A CalendarFile is what somebody has in their calendar of a visit or an inspection: it was
// sent to them as a file.
type CalendarFile struct {
	Subject     Subject
	Person      string
	First, Last civil.Date
	Off         bool // it says that it does not take place
}

// Stale reports whether a file says something else than a does by now.
func (c *CalendarFile) Stale(a Appointment) bool {
	is := FactsOf(a)
	return c.Off != is.Off || !is.Off && (c.First != is.First || c.Last != is.Last)
}

// FileFor is the file that replaces one which says what is no longer so.
func FileFor(a Appointment, person string, now time.Time) Occurrence {
	w := a.Common()
	o := Occurrence{
		Workspace: w.Workspace, Kind: NewFile, Subject: a.Subject(), Schedule: w.Schedule, To: person, Zone: w.ChannelZone,
		Day: civil.Of(now.In(mustZone(w.ChannelZone))), Due: now.Add(toldAfter), Wake: now.Add(toldAfter), State: Pending, Expires: now.Add(toldKept),
	}
	o.Key = key(w.Workspace, a.Subject(), w.Schedule, fmt.Sprintf("file-%d-%d", w.Rev, now.UnixMilli()), person)
	return o
}
