package bot

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// A message is one thing the bot says: blocks, and the text that stands for
// them in notifications, for screen readers and where blocks can not be shown.
type message struct {
	text   fallback
	blocks []slack.Block
}

// fallback builds the plain-text form of a message, line by line.
type fallback struct{ b strings.Builder }

// maxFallback is Slack's advice for the text of a message, in characters.
const maxFallback = 4000

func (f *fallback) line(s string) {
	if s = oneLine(s); s == "" {
		return
	}
	if f.b.Len() > 0 {
		f.b.WriteByte('\n')
	}
	f.b.WriteString(s)
}

func (f *fallback) String() string { return f.b.String() }

// escaped is the fallback as it is sent: Slack reads the text of a message as mrkdwn.
func (f *fallback) escaped() string {
	s := string(text(f.String()))
	if utf8.RuneCountInString(s) <= maxFallback {
		return s
	}
	// Cut before escaping, so that no entity is cut in two.
	return string(text(clip(f.String(), maxFallback*3/4)))
}

func (m *message) add(blocks ...slack.Block) { m.blocks = append(m.blocks, blocks...) }

// say adds one paragraph, both as a block and to the fallback.
func (m *message) say(s string) {
	m.add(section(text(s)))
	m.text.line(s)
}

// wire is a message as commands and response URLs take it.
type wire struct {
	Text            string        `json:"text"`
	ResponseType    string        `json:"response_type,omitempty"`
	ReplaceOriginal bool          `json:"replace_original,omitempty"`
	DeleteOriginal  bool          `json:"delete_original,omitempty"`
	ThreadTS        string        `json:"thread_ts,omitempty"`
	Blocks          []slack.Block `json:"blocks,omitempty"`
}

// onlyYou encodes m as the answer to a command, visible to the asker alone.
func (m *message) onlyYou() []byte {
	return mustJSON(wire{Text: m.text.escaped(), ResponseType: slack.ResponseTypeEphemeral, Blocks: m.blocks})
}

// mustJSON encodes a value of our own making. An error would be a field of a
// type that JSON does not have: a mistake of this package, caught as any panic.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
