package bot

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"
)

// markup is text in Slack's mrkdwn that is safe to send: everything in it that
// came from outside has gone through text. The type keeps the two apart.
type markup string

// text makes s safe inside mrkdwn: "<!channel>" stays the nine characters that
// they are. It is the only way from a string of unknown origin to markup.
func text(s string) markup { return markup(slackutilsx.EscapeMessage(s)) }

func bold(s string) markup { return "*" + text(oneLine(s)) + "*" }

// user names a person; Slack shows the name in the reader's own form.
func user(id string) markup {
	for _, r := range id {
		if r < '0' || r > 'Z' || r > '9' && r < 'A' {
			return text(id)
		}
	}
	return markup("<@" + id + ">")
}

// link shows label for an address. The characters that would end a link early
// are percent-encoded, so that an address cannot smuggle markup.
func link(address, label string) markup {
	address = strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20").Replace(address)
	label = strings.ReplaceAll(oneLine(label), "|", "/")
	return "<" + text(address) + "|" + text(label) + ">"
}

// reference is a mention, channel or address as Slack writes it in what a
// person typed: <@U123|robin>, <#C123|general>, <https://example.com|label>.
var reference = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// unescape undoes the escaping with which Slack sends what a person typed.
var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// incoming turns what Slack sends of a person's words back into those words:
// references become their label, or nothing where they have none.
func incoming(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = reference.ReplaceAllString(s, " $2 ")
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = unescape.Replace(s)
	}
	return oneLine(s)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip shortens s to at most n characters, on a word where it can.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-1]
	cut := string(r)
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}

// Limits of Block Kit that the wording has to fit, in characters.
// Source: docs.slack.dev, reference/block-kit.
const (
	maxHeader = 150
	maxButton = 75
	maxOption = 75
)

func plain(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s}
}

// mrkdwn sends markup verbatim: Slack links nothing by itself, so that @here
// and #name in an entry stay words.
func mrkdwn(m markup) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: string(m), Verbatim: true}
}

func header(s string) slack.Block { return slack.NewHeaderBlock(plain(clip(oneLine(s), maxHeader))) }

func section(m markup) slack.Block { return slack.NewSectionBlock(mrkdwn(m), nil, nil) }

func note(m markup) slack.Block { return slack.NewContextBlock("", mrkdwn(m)) }

// said shows a person's own words in a context line, as plain text.
func said(s string) slack.Block { return slack.NewContextBlock("", plain(clip(oneLine(s), 300))) }

func button(id actionID, about subject, label string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(string(id), string(about), plain(clip(oneLine(label), maxButton)))
}

func actions(elements ...slack.BlockElement) slack.Block {
	return slack.NewActionBlock("", elements...)
}

func option(about subject, label string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(string(about), plain(clip(oneLine(label), maxOption)), nil)
}

func menu(id actionID, placeholder string, options []*slack.OptionBlockObject) slack.BlockElement {
	return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(placeholder), string(id), options...)
}

// maxOptions is how many options Slack takes in one menu.
const maxOptions = 100

// maxActions is how many elements Slack takes in one actions block.
const maxActions = 25

func example(s string) markup { return "`" + text(s) + "`" }

func joinMarkup(ms []markup, sep markup) markup {
	var out markup
	for i, m := range ms {
		if i > 0 {
			out += sep
		}
		out += m
	}
	return out
}

// clipMarkup shortens a list of names; it cuts between two of them.
func clipMarkup(m markup, n int) markup {
	if len(m) <= n {
		return m
	}
	cut := m[:n]
	if i := strings.LastIndex(string(cut), ", "); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}

// clipText shortens text for one section.
func clipText(m markup, n int) markup {
	if len(m) <= n {
		return m
	}
	cut := m[:n]
	if i := strings.LastIndexByte(string(cut), '\n'); i > n/2 {
		cut = cut[:i]
	}
	return markup(strings.ToValidUTF8(string(cut), "")) + "\n…"
}
