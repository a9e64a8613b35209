package bot

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// A message is one thing the bot says: blocks, and the text that stands for
// them in notifications, for screen readers and where blocks cannot be shown.
type message struct {
	text   fallback
	blocks []slack.Block
}

// fallback builds the plain-text form of a message, line by line.
type fallback struct{ b []byte }

// maxFallback is Slack's advice for the text of a message, in characters.
const maxFallback = 4000

func (f *fallback) line(s string) {
	if s = oneLine(s); s != "" {
		f.lines(s)
	}
}

// lines adds lines that line has put together before.
func (f *fallback) lines(s string) {
	if len(f.b) > 0 {
		f.b = append(f.b, '\n')
	}
	f.b = append(f.b, s...)
}

func (f *fallback) String() string { return string(f.b) }

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

// A rendered block was encoded before: its JSON is sent as it is.
type rendered struct {
	slack.Block
	json []byte
}

func (r rendered) MarshalJSON() ([]byte, error) { return r.json, nil }

// render encodes blocks once, for answers that are given again and again.
func render(blocks []slack.Block) []slack.Block {
	rs := make([]slack.Block, len(blocks))
	for i, b := range blocks {
		rs[i] = rendered{b, mustJSON(b)}
	}
	return rs
}

// A renderedElement is a button or menu that was encoded before.
type renderedElement struct {
	slack.BlockElement
	json []byte
}

func (r renderedElement) MarshalJSON() ([]byte, error) { return r.json, nil }

func renderElement(e slack.BlockElement) slack.BlockElement { return renderedElement{e, mustJSON(e)} }

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
				b = append(b, mustJSON(e)...)
			}
		}
		return append(b, "]}"...)
	}
	return append(b, mustJSON(block)...)
}

// wire is how commands and response URLs take a message.
type wire struct {
	message         *message
	inChannel       bool // for everyone there; otherwise only for the person who asked
	replaceOriginal bool
	threadTS        string
}

// encode writes the JSON of w. It does by hand what json.Marshal would do, so that
// rendered blocks are copied and not read again.
func (w wire) encode() []byte {
	text := mustJSON(w.message.text.escaped())
	b := make([]byte, 0, 4096)
	b = append(b, `{"text":`...)
	b = append(b, text...)
	b = append(b, `,"response_type":"`...)
	if w.inChannel {
		b = append(b, slack.ResponseTypeInChannel...)
	} else {
		b = append(b, slack.ResponseTypeEphemeral...)
	}
	b = append(b, '"')
	if w.replaceOriginal {
		b = append(b, `,"replace_original":true`...)
	}
	if w.threadTS != "" {
		b = append(append(b, `,"thread_ts":`...), mustJSON(w.threadTS)...)
	}
	b = append(b, `,"blocks":[`...)
	for i, block := range w.message.blocks {
		if i > 0 {
			b = append(b, ',')
		}
		b = encodeBlock(b, block)
	}
	return append(b, "]}"...)
}

// onlyYou encodes m as the answer to a command, visible to the asker alone.
func (m *message) onlyYou() []byte { return wire{message: m}.encode() }

// mustJSON encodes a value of our own making. An error would be a field of a
// type that JSON does not have: a mistake of this package, caught as any panic.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
