package guide

import (
	"strings"

	"visitprep/internal/blocks"

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
	if trimmed := strings.Trim(words, " !.?,"); trimmed != "" {
		words = trimmed
	}
	switch strings.ToLower(words) {
	case "":
		return SubjectMenu, true
	case "help", "?":
		return SubjectHelp, true
	}
	if p, ok := phaseWords[strings.ToLower(words)]; ok {
		return PageSubject(PhaseKey(p), 0), true
	}
	if t, ok := g.Base.Topic(words); ok {
		return PageSubject(TopicKey(t.ID), 0), true
	}
	if t, g, ok := g.Base.Group(words); ok {
		return PageSubject(GroupKey(t.ID, g.ID), 0), true
	}
	return "", false
}

// maxSuggestion keeps a corrected question short enough for a button.
const maxSuggestion = 60

// Question answers a free question. It always says something useful: an answer,
// the closest there is, or what can be asked instead.
func (g *Guide) Question(words string, on Surface) *blocks.Message {
	found := g.Base.Search(words, 1+maxRelated)
	m := new(blocks.Message)
	suggest := func() {
		if s := found.DidYouMean; s != "" && len(s) <= maxSuggestion {
			m.Add(blocks.Actions(blocks.Button(ActAsk, blocks.Subject(s), g.p.T("Did you mean “%s”?", s))))
			m.Text.Line(g.p.T("Did you mean: %s", s))
		}
	}
	switch found.Match {
	case knowledge.Good:
		if found.DidYouMean != "" {
			m.Add(blocks.Quote(g.p.T("Answer for: %s", found.DidYouMean)))
		}
	case knowledge.Weak:
		m.Say(g.p.T("I have nothing on exactly that. This is the closest:"))
		suggest()
	default:
		m.Add(blocks.Quote(g.p.T("You asked: %s", words)))
		m.Say(g.p.T("I have no advice on that. Try other words, or pick a topic."))
		suggest()
		m.Add(g.TopicMenu(on))
		return m
	}
	lead := found.Hits[0].Entry
	g.AddEntry(m, lead, g.related(lead, found.Hits[1:]), on)
	return m
}

// TopicMenu offers all topics in one menu.
func (g *Guide) TopicMenu(on Surface) slack.Block {
	verb := on.opens()
	topics := g.Base.Topics()
	var options []*slack.OptionBlockObject
	for _, t := range topics[:min(len(topics), maxTopics)] {
		options = append(options, blocks.Option(PageSubject(TopicKey(t.ID), 0), t.Title))
	}
	return blocks.Actions(
		blocks.Menu(verb.With("topic"), g.p.T("Topics"), options),
		blocks.Button(verb.With("help"), SubjectHelp, g.p.T("How to ask")),
	)
}

// Reply answers words in a direct message or after a mention.
func (g *Guide) Reply(words string, on Surface) *blocks.Message {
	switch strings.ToLower(strings.Trim(words, " !.?")) {
	case "hi", "hello", "hey", "nihao", "ni hao", "你好":
		words = ""
	}
	if s, ok := g.Lookup(words); ok {
		m, _ := g.Answer(s, on)
		return m
	}
	return g.Question(words, on)
}
