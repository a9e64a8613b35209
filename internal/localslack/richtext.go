package localslack

import (
	"encoding/json"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// A richNode has the fields of every part of a rich_text block.
type richNode struct {
	Type     string            `json:"type"`
	Elements []json.RawMessage `json:"elements"`
	Style    json.RawMessage   `json:"style"` // a word for a list, an object inline
	Indent   int               `json:"indent"`
	Offset   int               `json:"offset"`

	Text        string          `json:"text"`
	URL         string          `json:"url"`
	Name        string          `json:"name"`
	SkinTone    int             `json:"skin_tone"`
	Unicode     string          `json:"unicode"`
	UserID      string          `json:"user_id"`
	UsergroupID string          `json:"usergroup_id"`
	TeamID      string          `json:"team_id"`
	ChannelID   string          `json:"channel_id"`
	Range       string          `json:"range"`
	Value       string          `json:"value"`
	Timestamp   json.RawMessage `json:"timestamp"` // a number in date
	Format      string          `json:"format"`
	Timezone    string          `json:"timezone"`
	Fallback    string          `json:"fallback"`
}

func (d *drawing) richText(n richNode) g.Node {
	return h.Div(h.Class("rich"), g.Map(n.Elements, d.richPart))
}

func (d *drawing) richPart(raw json.RawMessage) g.Node {
	return decoded(raw, func(n richNode) g.Node {
		switch n.Type {
		case "rich_text_section":
			return h.Div(h.Class("text"), d.inline(n.Elements))
		case "rich_text_quote":
			return h.BlockQuote(d.inline(n.Elements))
		case "rich_text_preformatted":
			return h.Pre(d.preformatted(n.Elements))
		case "rich_text_list":
			return d.richList(n)
		default:
			return notDrawn(typeOf(raw), "", raw)
		}
	})
}

func (d *drawing) richList(n richNode) g.Node {
	class := h.Class("indent-" + strconv.Itoa(min(max(n.Indent, 0), 8)))
	items := g.Map(n.Elements, func(raw json.RawMessage) g.Node {
		return h.Li(decoded(raw, func(item richNode) g.Node {
			if item.Type == "rich_text_section" {
				return d.inline(item.Elements)
			}
			return d.richPart(raw)
		}))
	})
	var style string
	if _ = json.Unmarshal(n.Style, &style); style == "ordered" {
		return h.Ol(class, g.Attr("start", strconv.Itoa(max(n.Offset, 0)+1)), items)
	}
	return h.Ul(class, items)
}

// inline draws text, links, mentions and the like.
func (d *drawing) inline(parts []json.RawMessage) g.Node { return d.parts(parts, broken) }

// preformatted leaves newlines as they stand.
func (d *drawing) preformatted(parts []json.RawMessage) g.Node {
	return d.parts(parts, func(s string) g.Node { return g.Text(s) })
}

// broken is text in which newlines break the line.
func broken(s string) g.Node {
	var all g.Group
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			all = append(all, h.Br())
		}
		all = append(all, g.Text(line))
	}
	return all
}

func (d *drawing) parts(parts []json.RawMessage, text func(string) g.Node) g.Node {
	return g.Map(parts, func(raw json.RawMessage) g.Node {
		return decoded(raw, func(n richNode) g.Node {
			if n.Type == "text" {
				return styled(n.Style, text(clean(n.Text)))
			}
			return styled(n.Style, d.part(n))
		})
	})
}

// part draws a part that is more than text. It has one case for each kind that
// Slack documents.
func (d *drawing) part(n richNode) g.Node {
	switch n.Type {
	case "emoji":
		return richEmoji(n)
	case "user", "canvas_user_mention":
		return known(d.user(n.UserID, ""))
	case "channel":
		return known(d.channel(n.ChannelID, ""))
	case "usergroup":
		return known(d.special("subteam^"+n.UsergroupID, ""))
	case "team":
		return h.Span(h.Class("mention"), g.Text("@"+n.TeamID))
	case "broadcast":
		return h.Span(h.Class("mention me"), g.Text("@"+n.Range))
	case "date":
		at, err := strconv.ParseInt(string(n.Timestamp), 10, 64)
		if err != nil {
			return g.Text(n.Fallback)
		}
		return d.date(at, n.Format, n.Fallback, n.URL, n.Timezone)
	case "color":
		return g.Group{swatch(n.Value), g.Text(n.Value)}
	case "tag":
		return h.Span(h.Class("tag"), g.Text(n.Text))
	}
	// Every other mention, and a link, has a text, an address, or both.
	switch {
	case n.Text == "" && n.URL == "":
		return h.Span(h.Class("not-drawn"), g.Text("not drawn here: "), h.B(g.Text(n.Type)))
	case n.Text == "":
		return outside(n.URL, g.Text(n.URL))
	case n.URL == "" || safeURL(n.URL) || n.URL == n.Text:
		return outside(n.URL, g.Text(n.Text))
	}
	return g.Text(n.Text + " (" + n.URL + ")")
}

// swatch shows a colour #RRGGBB. An attribute of SVG, since the page's policy
// allows no inline style.
func swatch(colour string) g.Node {
	digits, ok := strings.CutPrefix(colour, "#")
	if !ok || len(digits) != 6 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return nil
	}
	size := g.Group{g.Attr("width", "12"), g.Attr("height", "12")}
	return g.Group{h.SVG(h.Class("swatch"), size, decoration(), g.El("rect", size, g.Attr("rx", "3"), g.Attr("fill", colour))), space}
}

// known is a mention, or a sign that its id is not one of Slack's.
func known(mention g.Node, ok bool) g.Node {
	if !ok {
		return h.Span(h.Class("mention"), g.Text("(unknown)"))
	}
	return mention
}

// richEmoji draws an emoji by its name, or by the code points that Slack sends
// along. ASCII is not accepted there, so that an emoji cannot spell words.
func richEmoji(n richNode) g.Node {
	source := ":" + n.Name + ":"
	if glyph, ok := emojiNamed(n.Name); ok {
		if n.SkinTone >= 2 && n.SkinTone <= 6 {
			glyph += string(rune(0x1F3FB + n.SkinTone - 2))
		}
		return emojiNode(glyph, source)
	}
	var glyph strings.Builder
	for hex := range strings.SplitSeq(n.Unicode, "-") {
		if r, err := strconv.ParseUint(hex, 16, 21); err == nil && r > 0x7f {
			glyph.WriteRune(rune(r))
		}
	}
	if glyph.Len() == 0 {
		return g.Text(source)
	}
	return emojiNode(glyph.String(), source)
}

// styled wraps a part in the elements of its style, bold outermost.
func styled(raw json.RawMessage, inside g.Node) g.Node {
	var s struct {
		Bold, Italic, Strike, Code, Underline, Highlight bool
	}
	if json.Unmarshal(raw, &s) != nil {
		return inside
	}
	for _, t := range []struct {
		on  bool
		tag string
	}{{s.Code, "code"}, {s.Highlight, "mark"}, {s.Underline, "u"}, {s.Strike, "s"}, {s.Italic, "em"}, {s.Bold, "strong"}} {
		if t.on {
			inside = g.El(t.tag, inside)
		}
	}
	return inside
}
