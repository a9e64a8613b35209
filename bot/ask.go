package bot

import (
	"strings"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// phaseWords open a phase when they are the whole question.
var phaseWords = map[string]knowledge.Phase{
	"before": knowledge.Before, "before the visit": knowledge.Before, "prepare": knowledge.Before, "preparation": knowledge.Before,
	"during": knowledge.During, "during the visit": knowledge.During, "on site": knowledge.During, "at the factory": knowledge.During,
	"after": knowledge.After, "after the visit": knowledge.After, "follow-up": knowledge.After, "follow up": knowledge.After,
}

// lookup finds the subject that words name as a whole: a page of the bot's own, a
// phase, a topic or a group. Anything else is a question.
func (k *book) lookup(words string) (subject, bool) {
	if trimmed := strings.Trim(words, " !.?,"); trimmed != "" {
		words = trimmed
	}
	switch strings.ToLower(words) {
	case "":
		return subjectMenu, true
	case "help", "?":
		return subjectHelp, true
	}
	if p, ok := phaseWords[strings.ToLower(words)]; ok {
		return pageSubject(phaseKey(p), 0), true
	}
	if t, ok := k.base.Topic(words); ok {
		return pageSubject(topicKey(t.ID), 0), true
	}
	if t, g, ok := k.base.Group(words); ok {
		return pageSubject(groupKey(t.ID, g.ID), 0), true
	}
	return "", false
}

// maxSuggestion keeps a corrected question short enough for a button.
const maxSuggestion = 60

// question answers a free question. It always says something useful: an answer,
// the closest there is, or what can be asked instead.
func (k *book) question(words string, on surface) *message {
	found := k.base.Search(words, 1+maxRelated)
	m := new(message)
	suggest := func() {
		if s := found.DidYouMean; s != "" && len(s) <= maxSuggestion {
			m.add(actions(button(actAsk, subject(s), "Did you mean “"+s+"”?")))
			m.text.line("Did you mean: " + s)
		}
	}
	switch found.Match {
	case knowledge.Good:
		if found.DidYouMean != "" {
			m.add(said("Answer for: " + found.DidYouMean))
		}
	case knowledge.Weak:
		m.say("I have nothing on exactly that. This is the closest:")
		suggest()
	default:
		m.add(said("You asked: " + words))
		m.say("I have no advice on that. Try other words, or pick a topic.")
		suggest()
		m.add(k.topicMenu(on))
		return m
	}
	lead := found.Hits[0].Entry
	k.addEntry(m, lead, k.related(lead, found.Hits[1:]), on)
	return m
}

// topicMenu offers all topics in one menu.
func (k *book) topicMenu(on surface) slack.Block {
	verb := on.opens()
	topics := k.base.Topics()
	var options []*slack.OptionBlockObject
	for _, t := range topics[:min(len(topics), maxTopics)] {
		options = append(options, option(pageSubject(topicKey(t.ID), 0), t.Title))
	}
	return actions(
		menu(verb.with("topic"), "Topics", options),
		button(verb.with("help"), subjectHelp, "How to ask"),
	)
}

// reply answers words in a direct message or after a mention.
func (k *book) reply(words string, on surface) *message {
	switch strings.ToLower(strings.Trim(words, " !.?")) {
	case "hi", "hello", "hey", "nihao", "ni hao", "你好":
		words = ""
	}
	if s, ok := k.lookup(words); ok {
		m, _ := k.answer(s, on)
		return m
	}
	return k.question(words, on)
}
