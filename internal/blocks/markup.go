package blocks

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"

	"visitprep/internal/chars"
)

// Markup is text in Slack's mrkdwn that is safe to send: everything in it that
// came from outside has gone through Escape. The type keeps the two apart.
type Markup string

// Escape makes s safe inside mrkdwn: "<!channel>" stays the nine characters that
// they are. It is the only way from a string of unknown origin to markup.
func Escape(s string) Markup { return Markup(slackutilsx.EscapeMessage(s)) }

// Bold is s in bold, on one line.
func Bold(s string) Markup { return "*" + Escape(OneLine(s)) + "*" }

// Mention names a person; Slack shows the name in the reader's own form.
func Mention(id string) Markup {
	for _, r := range id {
		if r < '0' || r > 'Z' || r > '9' && r < 'A' {
			return Escape(id)
		}
	}
	return Markup("<@" + id + ">")
}

// Unmention has blocks name a person without calling them.
func Unmention(bs []slack.Block, id, name string) {
	in := func(t *slack.TextBlockObject) {
		if t != nil && t.Type == slack.MarkdownType {
			t.Text = strings.ReplaceAll(t.Text, string(Mention(id)), string(Escape(OneLine(name))))
		}
	}
	for _, b := range bs {
		switch b := b.(type) {
		case *slack.SectionBlock:
			in(b.Text)
			for _, f := range b.Fields {
				in(f)
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if t, ok := e.(*slack.TextBlockObject); ok {
					in(t)
				}
			}
		}
	}
}

// Link shows label for an address. The characters that would end a link early
// are percent-encoded, so that an address cannot smuggle markup.
func Link(address, label string) Markup {
	address = strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20").Replace(address)
	label = strings.ReplaceAll(OneLine(label), "|", "/")
	return "<" + Escape(address) + "|" + Escape(label) + ">"
}

// reference is a mention, channel or address as Slack writes it in what a
// person typed: <@U123|robin>, <#C123|general>, <https://example.com|label>.
var reference = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// Unescape undoes the escaping with which Slack sends what a person typed.
var Unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// Incoming turns what Slack sends of a person's words back into those words:
// references become their label, or nothing where they have none, and what cannot be
// seen goes, for the words may be shown to others.
func Incoming(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = reference.ReplaceAllString(s, " $2 ")
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = Unescape.Replace(s)
	}
	return OneLine(chars.Line(s))
}

// WithoutReferences is [Incoming] with a mark in the place of each reference, for words that
// shall name nobody.
func WithoutReferences(s string) string {
	return strings.Trim(Incoming(reference.ReplaceAllString(s, " … ")), "… ")
}

// OneLine folds all white space in s into single spaces.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Stops are the marks that end what somebody says.
const Stops = " .!?,;:…。！？，；："

// Clip shortens s to at most n characters, on a word where it can.
func Clip(s string, n int) string {
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

// Plain is text in which Slack reads no markup.
func Plain(s string) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.PlainTextType, Text: s}
}

// Mrkdwn sends markup verbatim: Slack links nothing by itself, so that @here
// and #name in an entry stay words.
func Mrkdwn(m Markup) *slack.TextBlockObject {
	return &slack.TextBlockObject{Type: slack.MarkdownType, Text: string(m), Verbatim: true}
}

// Header is a heading, cut to Slack's limit.
func Header(s string) slack.Block { return slack.NewHeaderBlock(Plain(Clip(OneLine(s), maxHeader))) }

// Section is a paragraph.
func Section(m Markup) slack.Block { return slack.NewSectionBlock(Mrkdwn(m), nil, nil) }

// Note is a line in small print.
func Note(m Markup) slack.Block { return slack.NewContextBlock("", Mrkdwn(m)) }

// Quote shows a person's own words in a context line, as plain text.
func Quote(s string) slack.Block { return slack.NewContextBlock("", Plain(Clip(OneLine(s), 300))) }

// Button asks for what id names, about a subject. Its label is cut to Slack's limit.
func Button(id ActionID, about Subject, label string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(string(id), string(about), Plain(Clip(OneLine(label), maxButton)))
}

// Actions is a row of buttons and menus, MaxActions at most.
func Actions(elements ...slack.BlockElement) slack.Block {
	return slack.NewActionBlock("", elements...)
}

// Option is a choice in a menu. Its label is cut to Slack's limit.
func Option(about Subject, label string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(string(about), Plain(Clip(OneLine(label), maxOption)), nil)
}

// Menu picks one of the options, MaxOptions at most.
func Menu(id ActionID, placeholder string, options []*slack.OptionBlockObject) slack.BlockElement {
	return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, Plain(placeholder), string(id), options...)
}

// MaxOptions is how many options Slack takes in one menu.
const MaxOptions = 100

// MaxActions is how many elements Slack takes in one actions block.
const MaxActions = 25

// Code is s as one types it.
func Code(s string) Markup { return "`" + Escape(s) + "`" }

// Join puts sep between the parts.
func Join(ms []Markup, sep Markup) Markup {
	var out Markup
	for i, m := range ms {
		if i > 0 {
			out += sep
		}
		out += m
	}
	return out
}

// ClipNames shortens a list of names, as [Printer.List] writes it; it cuts between two of them.
func ClipNames(m Markup, n int) Markup {
	if len(m) <= n {
		return m
	}
	cut := m[:n]
	if i := max(strings.LastIndex(string(cut), ", "), strings.LastIndex(string(cut), "、")); i > 0 {
		cut = cut[:i]
	}
	return Markup(strings.ToValidUTF8(string(cut), "")) + " …"
}

// ClipLines shortens text for one section.
func ClipLines(m Markup, n int) Markup {
	if len(m) <= n {
		return m
	}
	cut := m[:n]
	if i := strings.LastIndexByte(string(cut), '\n'); i > n/2 {
		cut = cut[:i]
	}
	return Markup(strings.ToValidUTF8(string(cut), "")) + "\n…"
}
