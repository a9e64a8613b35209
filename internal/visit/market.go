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

// OfMarket is the kind of a market note in its Subject.
const OfMarket SubjectKind = "market"

// A MarketTag says what a market note is about.
type MarketTag string

// The tags of market notes.
const (
	TagAutomation MarketTag = "automation"
	TagCapacity   MarketTag = "capacity"
	TagPeople     MarketTag = "people"
	TagMaterials  MarketTag = "materials"
	TagPrice      MarketTag = "price"
	TagRules      MarketTag = "rules"
	TagMarkets    MarketTag = "other_markets"
	TagProduct    MarketTag = "product_idea"
)

// MarketTags are all of them, in the order in which people read them.
func MarketTags() []MarketTag {
	return []MarketTag{TagAutomation, TagCapacity, TagPeople, TagMaterials, TagPrice, TagRules, TagMarkets, TagProduct}
}

// Words are its name.
func (t MarketTag) Words(p *lang.Printer) string {
	switch t {
	case TagAutomation:
		return p.T("Automation")
	case TagCapacity:
		return p.T("Capacity")
	case TagPeople:
		return p.T("People")
	case TagMaterials:
		return p.T("Materials")
	case TagPrice:
		return p.T("Price")
	case TagRules:
		return p.T("Rules")
	case TagMarkets:
		return p.T("Other markets")
	case TagProduct:
		return p.T("Product idea")
	}
	return string(t)
}

// Ages reports whether what is noted under the tag changes within months, so that nobody should
// rely on it unverified.
func (t MarketTag) Ages() bool {
	return t == TagCapacity || t == TagMaterials || t == TagPrice || t == TagRules
}

// The most that a market note may say, in characters.
const (
	MaxMarketNote = 500
	MaxNextStep   = 200
	MaxQuestionID = 80 // of an entry of the advice
)

// A MarketNote is what somebody heard at a factory about its market: an answer to a question of
// the advice, or something that nobody asked. It stays with the factory, whatever becomes of its
// visit.
type MarketNote struct {
	Workspace string
	Number    int // short, its own in each workspace
	Rev       int // counts every change
	Factory   Factory
	Place            // its channel's members may read it
	Visit     int    // on which it was heard; 0 for none
	Question  string // id of the entry that it answers; empty for none
	Text      string
	Tags      []MarketTag // at least one
	Link      string      // to a photo or a message
	By        string
	At        time.Time // when it was noted
	Idea      MarketIdea
}

// An IdeaState is how far an idea from a market note has come.
type IdeaState string

// The states of an idea. A note that is none has the empty one.
const (
	IdeaOpen    IdeaState = "open"
	IdeaDone    IdeaState = "done"
	IdeaDropped IdeaState = "dropped"
)

// IdeaStates are all that an idea can have.
func IdeaStates() []IdeaState { return []IdeaState{IdeaOpen, IdeaDone, IdeaDropped} }

// Words are its name.
func (s IdeaState) Words(p *lang.Printer) string {
	switch s {
	case IdeaOpen:
		return p.T("Still open")
	case IdeaDone:
		return p.T("Done")
	case IdeaDropped:
		return p.T("Dropped")
	}
	return string(s)
}

// A MarketIdea is what we make of a note. It is ours and never the factory's: so it is no
// finding, whose action the factory answers, proves and has verified, and which may go into a
// letter or a report.
type MarketIdea struct {
	State  IdeaState // empty while the note is none
	Owner  string    // one of us
	Next   string    // the next step
	Due    civil.Date
	Closed Mark // who said that it is done or dropped
}

// Subject names the note.
func (n *MarketNote) Subject() Subject { return SubjectOf(OfMarket, n.Number) }

// Normalize tidies what was typed. Its tags stand in their order, each once.
func (n *MarketNote) Normalize() {
	n.Text, n.Link, n.Question = chars.Prose(n.Text), chars.Line(n.Link), chars.Line(n.Question)
	n.Idea.Next = chars.Line(n.Idea.Next)
	order := MarketTags()
	slices.SortStableFunc(n.Tags, func(a, b MarketTag) int { return cmp.Compare(slices.Index(order, a), slices.Index(order, b)) })
	n.Tags = slices.Compact(n.Tags)
	n.fillZones(&n.Factory)
}

// Check reports every mistake in n.
func (n *MarketNote) Check() error {
	var es InputErrors
	if n.Factory.Number == 0 {
		es.add("factory", "Please pick the factory.")
	}
	if n.Channel == "" {
		es.add("channel", "Please pick the channel whose members may see it.")
	}
	es.checkText("note", "Please write what you heard.", n.Text, MaxMarketNote)
	es.checkText("question", "", n.Question, MaxQuestionID)
	es.checkLink(n.Link)
	if len(n.Tags) == 0 {
		es.add("tags", "Please tick at least one.")
	}
	for _, t := range n.Tags {
		if !slices.Contains(MarketTags(), t) {
			es.add("tags", "Please tick only what is on the list.")
		}
	}
	if n.Idea.State != "" {
		n.Idea.check(&es)
	}
	es.checkZone("zone", n.Zone)
	return es.orNil()
}

// check reports what an idea lacks. Only one that is open needs a next step.
func (i *MarketIdea) check(es *InputErrors) {
	if !slices.Contains(IdeaStates(), i.State) {
		es.add("state", "Please pick how far it has come.")
	}
	if i.Owner == "" {
		es.add("owner", "Please pick who looks after it.")
	}
	if i.State == IdeaOpen && i.Due.IsZero() {
		es.add("due", "Please pick a day.")
	}
	if i.State == IdeaOpen {
		es.checkText("next", "Please write the next step.", i.Next, MaxNextStep)
	}
	es.checkText("next", "", i.Next, MaxNextStep)
	if i.Due.Year > MaxYear {
		es.add("due", "Please pick a day up to the year %d.", MaxYear)
	}
}

// MayChange reports whether somebody may edit or delete the note: whoever wrote it.
func (n *MarketNote) MayChange(by string) error {
	if by == "" || by != n.By {
		return Invalid("", "Somebody else wrote market note %d. Please ask them to change it.", n.Number)
	}
	return nil
}

// Pursue makes an idea of the note, or says how far it has come. A day that has passed is
// refused unless the idea had it before.
func (n *MarketNote) Pursue(in MarketIdea, by string, today civil.Date, now time.Time) error {
	in.Next, in.Closed = chars.Line(in.Next), Mark{}
	var es InputErrors
	in.check(&es)
	if in.State == IdeaOpen && !in.Due.IsZero() && in.Due.Before(today) && in.Due != n.Idea.Due {
		es.add("due", "That day has passed. Please pick today or a later day.")
	}
	if err := es.orNil(); err != nil {
		return err
	}
	if in.State != IdeaOpen {
		in.Closed = Mark{by, now}
		if in.State == n.Idea.State {
			in.Closed = n.Idea.Closed
		}
	}
	n.Idea = in
	return nil
}

// Ages reports whether somebody should verify the note before they rely on it.
func (n *MarketNote) Ages() bool { return slices.ContainsFunc(n.Tags, MarketTag.Ages) }

// Has reports whether the note has a tag.
func (n *MarketNote) Has(t MarketTag) bool { return slices.Contains(n.Tags, t) }

// Clone is a copy that shares nothing which can be changed.
func (n *MarketNote) Clone() MarketNote {
	c := *n
	c.Tags = slices.Clone(n.Tags)
	return c
}

// How many questions a visit gets, and for how many months a factory is not asked again what it
// has answered.
const (
	MarketQuestionsAVisit = 3
	marketAnswerMonths    = 12
)

// A MarketQuestion is an entry of the advice that is asked at a factory, on visits of some
// purposes.
type MarketQuestion struct {
	ID       string
	Purposes []string
}

// MarketPast is what a factory has been asked on other visits and what it has answered, by the id
// of the question: the last day of each.
type MarketPast struct{ Asked, Answered map[string]civil.Date }

// AsksMarket reports whether a visit has market questions: in an audit they would be taken for a
// part of it, and on an unannounced visit nobody is ready for them.
func (v *Visit) AsksMarket() bool {
	return v.Open() && !v.Unannounced && !strings.Contains(v.Purpose, "audit")
}

// MarketQuestions are the ids of the questions of a visit. had are those that it has already: they
// stay while they fit, so that a brief, a checklist and a card say the same, and what was answered
// on the visit stays too. The others are such as fit its purpose and the factory has not answered
// for a year; what it was asked longest ago comes first, and before that what it was never asked.
func (v *Visit) MarketQuestions(all []MarketQuestion, had []string, past MarketPast) (ids []string) {
	if !v.AsksMarket() {
		return nil
	}
	fits := slices.DeleteFunc(slices.Clone(all), func(q MarketQuestion) bool { return !slices.Contains(q.Purposes, v.Purpose) })
	for _, id := range had {
		if len(ids) < MarketQuestionsAVisit && slices.ContainsFunc(fits, func(q MarketQuestion) bool { return q.ID == id }) {
			ids = append(ids, id)
		}
	}
	since := v.First.AddMonths(-marketAnswerMonths)
	fits = slices.DeleteFunc(fits, func(q MarketQuestion) bool {
		day, answered := past.Answered[q.ID]
		return slices.Contains(ids, q.ID) || answered && !day.Before(since)
	})
	slices.SortStableFunc(fits, func(a, b MarketQuestion) int { return past.Asked[a.ID].Compare(past.Asked[b.ID]) })
	for _, q := range fits[:min(len(fits), MarketQuestionsAVisit-len(ids))] {
		ids = append(ids, q.ID)
	}
	return ids
}

// A Rhythm is how often a channel gets the digest of its market notes.
type Rhythm string

// The rhythms.
const (
	Monthly   Rhythm = "monthly"
	Quarterly Rhythm = "quarterly"
)

// Rule is the rhythm as package calendar writes it: on the first day, at an hour.
func (r Rhythm) Rule(at TimeOfDay) string {
	months := "*"
	if r == Quarterly {
		months = "1,4,7,10"
	}
	return fmt.Sprintf("%d %d 1 %s *", at.Minute, at.Hour, months)
}

// Period is what a digest of a day tells of: the whole months, or the whole quarter, before that
// of the day. before is the first day after it.
func (r Rhythm) Period(day civil.Date) (from, before civil.Date) {
	months := 1
	before = civil.On(day.Year, day.Month, 1)
	if r == Quarterly {
		months = 3
		before = civil.On(day.Year, day.Month-(day.Month-1)%3, 1)
	}
	return before.AddMonths(-months), before
}

// marketLate is how long a digest is still of use.
const marketLate = 14 * 24 * time.Hour

// MarketDigestOf is the digest of a subscription whose time is at. It comes on a working day; its
// payload is its rhythm.
func MarketDigestOf(sc Schedule, at time.Time, t *Timing) Occurrence {
	_, to := sc.Subject.Cut()
	rhythm := Monthly
	if !strings.HasSuffix(sc.Rule, " * *") {
		rhythm = Quarterly
	}
	due := t.OnWorkingDay(at, sc.Zone)
	o := Occurrence{Workspace: sc.Workspace, Kind: MarketDigest, Subject: sc.Subject, Day: civil.Of(at.In(mustZone(sc.Zone))), To: to, Zone: sc.Zone,
		Payload: string(rhythm), Due: due, Wake: due, Expires: due.Add(marketLate)}
	o.Key = DayKey(o)
	return o
}
