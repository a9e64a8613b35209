package bot

import (
	"strings"

	"github.com/slack-go/slack"
)

// commands is the table of slash commands: one row a command. The manifest is
// made from it too, so a command that works is also declared.
var commands = []struct {
	name, description, usage string
	answer                   func(*Bot, *book, slack.SlashCommand) []byte
}{
	{"/visit-prep", "Advice for visiting a factory in China", "[topic, phase or question]", (*Bot).visitPrep},
	{"/etiquette", "Manners, culture and phrases for your visit", "[question] or phrases [situation]", (*Bot).etiquette},
}

// onSurface tells where the answer to a command will be read. Slack's ids say
// which conversations are direct messages.
func onSurface(channel string) surface {
	if strings.HasPrefix(channel, "D") {
		return direct
	}
	return private
}

// visitPrep answers /visit-prep.
func (b *Bot) visitPrep(k *book, c slack.SlashCommand) []byte {
	words := incoming(c.Text)
	on := onSurface(c.ChannelID)
	s, ok := k.lookup(words)
	if !ok {
		return k.question(words, on).onlyYou()
	}
	return k.onlyYou(s, on)
}

// onlyYou is the encoded answer about a subject that exists, from what was
// rendered at load where that serves.
func (k *book) onlyYou(s subject, on surface) []byte {
	if on == private {
		if ready, ok := k.ready[s]; ok {
			return ready
		}
	}
	m, _ := k.answer(s, on)
	return m.onlyYou()
}

// etiquette answers /etiquette: without words a tip, "phrases" and a situation,
// or any question.
func (b *Bot) etiquette(k *book, c slack.SlashCommand) []byte {
	words := incoming(c.Text)
	on := onSurface(c.ChannelID)
	first, rest, _ := strings.Cut(strings.ToLower(words), " ")
	switch {
	case words == "" || words == "tip" || words == "tips":
		m := k.tip(b.nextTip(c.TeamID, c.ChannelID), on)
		return m.onlyYou()
	case first == "phrases" || first == "phrase":
		if rest == "" {
			return k.onlyYou(subjectPhrases, on)
		}
		t, _ := k.base.Topic(phrasesTopic)
		for _, g := range t.Groups {
			if strings.EqualFold(rest, g.ID) || strings.EqualFold(rest, g.Title) || containsFold(g.Aliases, rest) || containsFold(g.Aliases, rest+" phrases") {
				return k.onlyYou(pageSubject(groupKey(t.ID, g.ID), 0), on)
			}
		}
		// Not a situation that we know by that word: what to say about it, then.
		words = "phrase " + rest
	}
	if s, ok := k.lookup(words); ok {
		return k.onlyYou(s, on)
	}
	return k.question(words, on).onlyYou()
}

func containsFold(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}
