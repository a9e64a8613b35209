package localslack

import (
	"encoding/json"
	"strconv"
	"strings"
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

func (d *drawing) richText(k *kitBlock) {
	d.put(`<div class="rich">`)
	d.richParts(k.Elements)
	d.put(`</div>`)
}

func (d *drawing) richParts(parts []json.RawMessage) {
	for _, raw := range parts {
		n, ok := d.richNode(raw)
		if !ok {
			continue
		}
		switch n.Type {
		case "rich_text_section":
			d.put(`<div class="text">`)
			d.inline(n.Elements, false)
			d.put(`</div>`)
		case "rich_text_quote":
			d.put(`<blockquote>`)
			d.inline(n.Elements, false)
			d.put(`</blockquote>`)
		case "rich_text_preformatted":
			d.put(`<pre>`)
			d.inline(n.Elements, true)
			d.put(`</pre>`)
		case "rich_text_list":
			d.richList(n)
		default:
			d.notDrawn(n.Type, "", raw)
		}
	}
}

func (d *drawing) richNode(raw json.RawMessage) (*richNode, bool) {
	var n richNode
	if err := json.Unmarshal(raw, &n); err != nil {
		d.notDrawn(typeOf(raw), misshapen(err), raw)
		return nil, false
	}
	return &n, true
}

func (d *drawing) richList(n *richNode) {
	indent := min(max(n.Indent, 0), 8)
	if word(n.Style) == "ordered" {
		d.put(`<ol class="indent-%d" start="%d">`, indent, max(n.Offset, 0)+1)
		defer d.put(`</ol>`)
	} else {
		d.put(`<ul class="indent-%d">`, indent)
		defer d.put(`</ul>`)
	}
	for _, raw := range n.Elements {
		item, ok := d.richNode(raw)
		if !ok {
			continue
		}
		d.put(`<li>`)
		if item.Type == "rich_text_section" {
			d.inline(item.Elements, false)
		} else {
			d.richParts([]json.RawMessage{raw})
		}
		d.put(`</li>`)
	}
}

// inline draws text, links, mentions and the like. In preformatted text
// newlines stand as they are.
func (d *drawing) inline(parts []json.RawMessage, pre bool) {
	for _, raw := range parts {
		n, ok := d.richNode(raw)
		if !ok {
			continue
		}
		text := func(s string) safeHTML {
			s = esc(clean(s))
			if !pre {
				s = strings.ReplaceAll(s, "\n", "<br>")
			}
			return safeHTML(s)
		}
		open, shut := styleTags(n.Style)
		d.put(`%s`, open)
		switch n.Type {
		case "text":
			d.put(`%s`, text(n.Text))
		case "link":
			d.put(`%s`, d.link(n.URL, n.Text))
		case "emoji":
			d.emoji(n)
		case "user", "canvas_user_mention":
			d.mention(d.userHTML(n.UserID, ""))
		case "channel":
			d.mention(d.channelHTML(n.ChannelID, ""))
		case "usergroup":
			d.mention(d.special("subteam^"+n.UsergroupID, ""))
		case "team":
			d.put(`<span class="mention">@%s</span>`, n.TeamID)
		case "broadcast":
			d.put(`<span class="mention me">@%s</span>`, n.Range)
		case "date":
			if at, err := strconv.ParseInt(string(n.Timestamp), 10, 64); err == nil {
				d.put(`%s`, safeHTML(d.dateHTML(at, n.Format, n.Fallback, n.URL, n.Timezone)))
			} else {
				d.put(`%s`, n.Fallback)
			}
		case "color":
			// An attribute of SVG, since the page's policy allows no inline style.
			if isColour(n.Value) {
				d.put(`<svg class="swatch" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="3" fill="%s"></rect></svg> `, n.Value)
			}
			d.put(`%s`, n.Value)
		case "tag":
			d.put(`<span class="tag">%s</span>`, n.Text)
		default:
			// Every other mention has a text, an address, or both.
			if n.Text == "" && n.URL == "" {
				d.put(`<span class="not-drawn">not drawn here: <b>%s</b></span>`, n.Type)
			} else {
				d.put(`%s`, d.link(n.URL, n.Text))
			}
		}
		d.put(`%s`, shut)
	}
}

// isColour holds for #RRGGBB.
func isColour(s string) bool {
	digits, ok := strings.CutPrefix(s, "#")
	return ok && len(digits) == 6 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

func (d *drawing) mention(html string, ok bool) {
	if !ok {
		html = `<span class="mention">(unknown)</span>`
	}
	d.put(`%s`, safeHTML(html))
}

func (d *drawing) emoji(n *richNode) {
	source := ":" + n.Name + ":"
	if glyph, ok := emojiNamed(n.Name); ok {
		if n.SkinTone >= 2 && n.SkinTone <= 6 {
			glyph += string(rune(0x1F3FB + n.SkinTone - 2))
		}
		d.put(`%s`, safeHTML(emojiHTML(glyph, source)))
		return
	}
	var glyph strings.Builder
	for hex := range strings.SplitSeq(n.Unicode, "-") {
		if r, err := strconv.ParseUint(hex, 16, 21); err == nil && r > 0x7f {
			glyph.WriteRune(rune(r))
		}
	}
	if glyph.Len() == 0 {
		d.put(`%s`, source)
		return
	}
	d.put(`%s`, safeHTML(emojiHTML(glyph.String(), source)))
}

func styleTags(raw json.RawMessage) (open, shut safeHTML) {
	var s struct {
		Bold, Italic, Strike, Code, Underline, Highlight bool
	}
	if json.Unmarshal(raw, &s) != nil {
		return "", ""
	}
	for _, t := range []struct {
		on  bool
		tag string
	}{{s.Bold, "strong"}, {s.Italic, "em"}, {s.Strike, "s"}, {s.Underline, "u"}, {s.Highlight, "mark"}, {s.Code, "code"}} {
		if t.on {
			open += safeHTML("<" + t.tag + ">")
			shut = safeHTML("</"+t.tag+">") + shut
		}
	}
	return open, shut
}
