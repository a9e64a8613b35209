package blocks

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// A Message is one thing the bot says: blocks, and the text that stands for
// them in notifications, for screen readers and where blocks cannot be shown.
type Message struct {
	Text   Fallback
	Blocks []slack.Block
}

// Fallback builds the plain-text form of a message, line by line.
type Fallback struct{ b []byte }

// maxFallback is Slack's advice for the text of a message, in characters.
const maxFallback = 4000

// Line adds s as one line; an empty one is left out.
func (f *Fallback) Line(s string) {
	if s = OneLine(s); s != "" {
		f.Lines(s)
	}
}

// Lines adds lines that Line has put together before.
func (f *Fallback) Lines(s string) {
	if len(f.b) > 0 {
		f.b = append(f.b, '\n')
	}
	f.b = append(f.b, s...)
}

func (f *Fallback) String() string { return string(f.b) }

// Escaped is the fallback as it is sent: Slack reads the text of a message as mrkdwn.
func (f *Fallback) Escaped() string {
	s := string(Escape(f.String()))
	if utf8.RuneCountInString(s) <= maxFallback {
		return s
	}
	// Cut before escaping, so that no entity is cut in two.
	return string(Escape(Clip(f.String(), maxFallback*3/4)))
}

// Add puts blocks below those that are there.
func (m *Message) Add(blocks ...slack.Block) { m.Blocks = append(m.Blocks, blocks...) }

// Append puts another message below what is there.
func (m *Message) Append(o *Message) {
	m.Add(o.Blocks...)
	m.Text.Lines(o.Text.String())
}

// Said is a message of one paragraph.
func Said(s string) *Message {
	m := new(Message)
	m.Say(s)
	return m
}

// Title begins a message, both as a block and in the fallback.
func (m *Message) Title(s string) {
	m.Add(Header(s))
	m.Text.Line(s)
}

// Say adds one paragraph, both as a block and to the fallback.
func (m *Message) Say(s string) {
	m.Add(Section(Escape(s)))
	m.Text.Line(s)
}

// A rendered block was encoded before: its JSON is sent as it is. What it was encoded from
// is not kept, which needs as much memory again.
type rendered struct {
	kind slack.MessageBlockType
	id   string
	json []byte
}

func (r rendered) BlockType() slack.MessageBlockType { return r.kind }
func (r rendered) ID() string                        { return r.id }
func (r rendered) MarshalJSON() ([]byte, error)      { return r.json, nil }

// Render encodes blocks once, for answers that are given again and again.
func Render(blocks []slack.Block) []slack.Block {
	rs := make([]slack.Block, len(blocks))
	for i, b := range blocks {
		rs[i] = rendered{b.BlockType(), b.ID(), MustJSON(b)}
	}
	return rs
}

// A renderedElement is a button or menu that was encoded before.
type renderedElement struct {
	kind slack.MessageElementType
	json []byte
}

func (r renderedElement) ElementType() slack.MessageElementType { return r.kind }

func (r renderedElement) MarshalJSON() ([]byte, error) { return r.json, nil }

// RenderElement is Render for one button or menu.
func RenderElement(e slack.BlockElement) slack.BlockElement {
	return renderedElement{e.ElementType(), MustJSON(e)}
}

// encodeBlock appends the JSON of a block.
func encodeBlock(b []byte, block slack.Block) []byte {
	switch block := block.(type) {
	case rendered:
		return append(b, block.json...)
	case *slack.ActionBlock:
		if block.BlockID != "" || block.Elements == nil {
			break
		}
		b = append(b, `{"type":"actions","elements":[`...)
		for i, e := range block.Elements.ElementSet {
			if i > 0 {
				b = append(b, ',')
			}
			if r, ok := e.(renderedElement); ok {
				b = append(b, r.json...)
			} else {
				b = append(b, MustJSON(e)...)
			}
		}
		return append(b, "]}"...)
	}
	return append(b, MustJSON(block)...)
}

// Response is how commands and response URLs take a message.
type Response struct {
	Message         *Message
	InChannel       bool // for everyone there; otherwise only for the person who asked
	ReplaceOriginal bool
	ThreadTS        string
}

// Encode writes the JSON of w. It does by hand what json.Marshal would do, so that
// rendered blocks are copied and not read again.
func (w Response) Encode() []byte {
	text := MustJSON(w.Message.Text.Escaped())
	b := make([]byte, 0, 4096)
	b = append(b, `{"text":`...)
	b = append(b, text...)
	b = append(b, `,"response_type":"`...)
	if w.InChannel {
		b = append(b, slack.ResponseTypeInChannel...)
	} else {
		b = append(b, slack.ResponseTypeEphemeral...)
	}
	b = append(b, '"')
	if w.ReplaceOriginal {
		b = append(b, `,"replace_original":true`...)
	}
	if w.ThreadTS != "" {
		b = append(append(b, `,"thread_ts":`...), MustJSON(w.ThreadTS)...)
	}
	b = append(b, `,"blocks":[`...)
	for i, block := range w.Message.Blocks {
		if i > 0 {
			b = append(b, ',')
		}
		b = encodeBlock(b, block)
	}
	return append(b, "]}"...)
}

// EphemeralJSON encodes m as the answer to a command, visible to the asker alone.
func (m *Message) EphemeralJSON() []byte { return Response{Message: m}.Encode() }

// MustJSON encodes a value of our own making. An error would be a field of a
// type that JSON does not have: a mistake of this package, caught as any panic.
func MustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
