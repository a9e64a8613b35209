package guide

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// phaseWords open a phase when they are the whole question.
var phaseWords = map[string]knowledge.Phase{
	"before": knowledge.Before, "before the visit": knowledge.Before, "prepare": knowledge.Before, "preparation": knowledge.Before,
	"during": knowledge.During, "during the visit": knowledge.During, "on site": knowledge.During, "at the factory": knowledge.During,
	"after": knowledge.After, "after the visit": knowledge.After, "follow-up": knowledge.After, "follow up": knowledge.After,
}

// Lookup finds the subject that words name as a whole: a page of the bot's own, a
// phase, a topic or a group. Anything else is a question.
func (g *Guide) Lookup(words string) (blocks.Subject, bool) {
	if trimmed := chars.Unwrapped(strings.Trim(chars.Unwrapped(words), blocks.Stops)); trimmed != "" {
		words = trimmed
	}
	switch strings.ToLower(words) {
	case "":
		return SubjectMenu, true
	case "help", "?":
		return SubjectHelp, true
	}
	if p, ok := phaseWords[strings.ToLower(words)]; ok {
		return PhaseSubject(p), true
	}
	if t, ok := g.Base.Topic(words); ok {
		return TopicSubject(t.ID), true
	}
	if t, g, ok := g.Base.Group(words); ok {
		return PageSubject(GroupKey(t.ID, g.ID), 0), true
	}
	return "", false
}

// maxSuggestion keeps a corrected question short enough for a button.
const maxSuggestion = 60

// An Asking is a question, with what its answer may depend on.
type Asking struct {
	Words string
	Now   time.Time // calendar time
	// Zone is the asker's, or nil where it is not known. It is called only for a question
	// about days or hours.
	Zone func() *time.Location
	// Before is the question before it in the same conversation; empty where there is none.
	Before string
	// Asked is what the button for an unhelpful answer carries of the question: what may be
	// kept of it. Empty is nothing.
	Asked string
	// Found is told what the search found, where it was asked; nil is not.
	Found func(knowledge.Result)
}

// today is the asker's day, or that of the factory.
func (q *Asking) today() civil.Date {
	zone := q.Zone()
	if zone == nil {
		zone, _ = time.LoadLocation(chinaZone)
	}
	return civil.Of(q.Now.In(zone))
}

// Question answers a free question. It always says something useful: an answer,
// the closest there is, or what can be asked instead. With the answer it returns the
// question with which the next one is read, where that does not stand alone; empty is none.
func (g *Guide) Question(q Asking, on Surface) (m *blocks.Message, next string) {
	if m, next := g.calendar(q, on); m != nil {
		return m, next
	}
	found := g.search(q.Words)
	if found.Remark == knowledge.Courtesy {
		return g.courteous(q.Words, on), ""
	}
	m, next = new(blocks.Message), q.Words
	answerFor := found.DidYouMean
	if joined, as := g.joined(&q, &found); as != "" {
		found, next = joined, q.Before
		answerFor = cmp.Or(joined.DidYouMean, as)
		m.Add(blocks.Quote(g.p.T("Answer for: %s", answerFor)))
		m.Text.Line(g.p.T("Answer for: %s", answerFor))
	} else if found.Match == knowledge.Good && answerFor != "" {
		m.Add(blocks.Quote(g.p.T("Answer for: %s", answerFor)))
	}
	if q.Found != nil {
		q.Found(found)
	}
	suggest := func() {
		if s := found.DidYouMean; s != "" && len(s) <= maxSuggestion && found.Remark != knowledge.OtherTongue {
			m.Add(blocks.Actions(blocks.Button(ActAsk, blocks.Subject(s), g.p.T("Did you mean “%s”?", s))))
			m.Text.Line(g.p.T("Did you mean: %s", s))
		}
	}
	switch found.Match {
	case knowledge.Good:
		lead := found.Hits[0].Entry
		g.addOpening(m, lead, q.Asked, g.related(lead, found.Hits[1:]), on)
		return m, next
	case knowledge.Weak:
		switch country := g.countryIn(found.Remark, q.Words); {
		case found.Remark == knowledge.OtherTongue:
			m.Say(g.p.T("I read English, and Chinese words. Try it in English, or is it one of these?"))
		case country != "":
			m.Say(g.p.T("I know China only, not %s. Is it one of these?", country))
		default:
			m.Say(g.p.T("I am not sure what you mean. Is it one of these?"))
		}
		var near []*knowledge.Entry
		for _, h := range found.Hits[:min(len(found.Hits), maxRelated)] {
			near = append(near, h.Entry)
			m.Text.Line(h.Entry.Title)
		}
		m.Add(blocks.Actions(g.buttons(near, on)...))
		suggest()
		m.Add(g.TopicMenu(on))
		return m, next
	}
	m.Add(blocks.Quote(g.p.T("You asked: %s", q.Words)))
	m.Say(g.nothing(q.Words, found.Remark))
	suggest()
	m.Add(g.TopicMenu(on))
	return m, ""
}

// NextBest is the button that leads to what else a question found behind an answer that did not
// help, or to what is nearest to it; nil where there is nothing.
func (g *Guide) NextBest(id, asked string) *slack.ButtonBlockElement {
	var next *knowledge.Entry
	if asked != "" {
		hits := g.search(asked).Hits
		at := slices.IndexFunc(hits, func(h knowledge.Hit) bool { return h.Entry.ID == id })
		if at+1 < len(hits) {
			next = hits[at+1].Entry
		}
	}
	if e, ok := g.Base.Entry(id); ok && next == nil {
		if near := g.Base.Related(e, 1); len(near) > 0 {
			next = near[0]
		}
	}
	if next == nil {
		return nil
	}
	return blocks.Button(ActShow.With("next-best"), askedSubject(next.ID, asked), next.Title)
}

// search finds what answers a question, as it did before if it was asked lately.
func (g *Guide) search(words string) knowledge.Result {
	if r, ok := g.found.Get(words); ok {
		return r
	}
	r := g.Base.Search(words, 1+maxRelated)
	g.found.Add(words, r)
	return r
}

// nothing says why there is no advice, and what to do instead.
func (g *Guide) nothing(words string, remark knowledge.Remark) string {
	switch remark {
	case knowledge.OtherTongue:
		return g.p.T("I read English, and Chinese words. Try it in English, or pick a topic.")
	case knowledge.OtherCountry:
		if country := g.countryIn(remark, words); country != "" {
			return g.p.T("I know China only, not %s. Ask about China, or pick a topic.", country)
		}
		return g.p.T("I know China only. Ask about China, or pick a topic.")
	}
	return g.p.T("I have no advice on that. Try other words, or pick a topic.")
}

// countryIn is the country that a question names beside China, where it is about one.
func (g *Guide) countryIn(remark knowledge.Remark, words string) string {
	if remark != knowledge.OtherCountry {
		return ""
	}
	ws := strings.FieldsFunc(strings.ToLower(words), func(c rune) bool { return !unicode.IsLetter(c) })
	for n := 2; n > 0; n-- {
		for i := 0; i+n <= min(len(ws), maxCountryWords); i++ {
			name := strings.Join(ws[i:i+n], " ")
			// Two words count where neither is one alone: "sri lanka", not "in india".
			if n == 2 && (g.isCountry(ws[i]) || g.isCountry(ws[i+1])) {
				continue
			}
			if g.isCountry(name) {
				return titled(name)
			}
		}
	}
	return ""
}

// maxCountryWords bounds the look-ups for a name.
const maxCountryWords = 30

func (g *Guide) isCountry(name string) bool {
	return g.Base.Search(name, 1).Remark == knowledge.OtherCountry
}

// courteous answers what asks nothing.
func (g *Guide) courteous(words string, on Surface) *blocks.Message {
	w := " " + strings.Join(strings.FieldsFunc(strings.ToLower(words), func(c rune) bool { return !unicode.IsLetter(c) }), " ") + " "
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(w, " "+s+" ") })
	}
	var said string
	switch {
	case has("thanks", "thank", "thx", "ty", "tks", "helpful", "helps", "cheers"):
		said = g.p.T("You're welcome. Ask me anything about your visit, at any time.")
	case has("bye", "goodbye", "see you", "good night", "talk later", "take care", "have a"):
		said = g.p.T("Goodbye, and have a good visit.")
	case has("hi", "hello", "hey", "howdy", "yo", "greetings", "morning", "afternoon", "evening", "how are you", "how is it going", "meet you", "whats up"):
		m, _ := g.Answer(SubjectMenu, on)
		return m
	default:
		said = g.p.T("All right. Ask me anything about your visit, at any time.")
	}
	return g.said([]string{said}, "", false, on)
}

// TopicMenu offers all topics in one menu.
func (g *Guide) TopicMenu(on Surface) slack.Block {
	verb := on.opens()
	topics := g.Base.Topics()
	var options []*slack.OptionBlockObject
	for _, t := range topics[:min(len(topics), maxTopics)] {
		options = append(options, blocks.Option(TopicSubject(t.ID), t.Title))
	}
	return blocks.Actions(
		blocks.Menu(verb.With("topic"), g.p.T("Topics"), options),
		blocks.Button(verb.With("help"), SubjectHelp, g.p.T("How to ask")),
	)
}

// Reply answers words in a direct message or after a mention, as Question does.
func (g *Guide) Reply(q Asking, on Surface) (m *blocks.Message, next string) {
	switch strings.ToLower(strings.Trim(q.Words, " !.?")) {
	case "hi", "hello", "hey", "nihao", "ni hao", "你好":
		q.Words = ""
	}
	if s, ok := g.Lookup(q.Words); ok {
		m, _ := g.Answer(s, on)
		return m, ""
	}
	return g.Question(q, on)
}
