package localslack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// renderBlocks draws Block Kit for one reader. Every address passes safeURL. What
// cannot be drawn becomes a visible box that names it, never silence.
//
// scope is the beginning of the id of each control, so that the same block can be
// on the page twice, in a channel and in its thread.
func renderBlocks(r *reader, scope string, blocks []json.RawMessage) g.Node {
	return renderView(r, scope, blocks, nil)
}

// renderView draws a modal, with the errors beside its inputs, by block.
func renderView(r *reader, scope string, blocks []json.RawMessage, wrong map[string]string) g.Node {
	d := &drawing{reader: r, scope: scope, wrong: wrong}
	return g.Map(blocks, d.block)
}

type drawing struct {
	*reader
	scope string
	wrong map[string]string
}

// A textObject is Slack's plain_text or mrkdwn.
type textObject struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji"`
	Verbatim bool   `json:"verbatim"`
}

func (d *drawing) text(t *textObject) g.Node {
	switch {
	case t == nil:
		return nil
	case t.Type == "mrkdwn":
		return d.mrkdwn(t.Text, t.Verbatim)
	}
	return plainText(t.Text, t.Emoji == nil || *t.Emoji)
}

// words is a text object where there can be no HTML: in an attribute or an option.
func words(t *textObject) string {
	if t == nil {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(t.Text); {
		if t.Text[i] == ':' {
			if glyph, n := shortcode(t.Text[i:]); n > 0 {
				b.WriteString(glyph)
				i += n
				continue
			}
		}
		b.WriteByte(t.Text[i])
		i++
	}
	return b.String()
}

// decoded draws what raw holds, or a box that says why it cannot be read. Each
// kind has a type with its own fields, so a wrong one is found and named here.
func decoded[T any](raw json.RawMessage, draw func(T) g.Node) g.Node {
	var t T
	if err := json.Unmarshal(raw, &t); err != nil {
		return notDrawn(typeOf(raw), misshapen(err), raw)
	}
	return draw(t)
}

// block draws one block. These are the kinds that validate.go has rules for.
func (d *drawing) block(raw json.RawMessage) g.Node {
	switch kind := typeOf(raw); kind {
	case "section":
		return decoded(raw, d.section)
	case "header":
		return decoded(raw, d.header)
	case "divider":
		return h.Hr()
	case "context":
		return decoded(raw, d.context)
	case "actions":
		return decoded(raw, d.actions)
	case "image":
		return decoded(raw, d.image)
	case "input":
		return decoded(raw, d.input)
	case "rich_text":
		return decoded(raw, d.richText)
	case "table":
		return decoded(raw, d.table)
	case "data_visualization":
		return decoded(raw, d.chart)
	default:
		return notDrawn(kind, "", raw)
	}
}

// notDrawn is the box for what cannot be drawn: its name, why, and its JSON.
func notDrawn(kind, why string, raw json.RawMessage) g.Node {
	var pretty bytes.Buffer
	if json.Indent(&pretty, raw, "", "  ") != nil {
		pretty.Reset()
		pretty.Write(raw)
	}
	return h.Div(h.Class("not-drawn"),
		h.Span(g.Text("not drawn here: "), h.B(g.Text(kind)), g.If(why != "", g.Text(" ("+why+")"))),
		g.If(len(raw) > 0, h.Details(h.Summary(g.Text("JSON")), h.Pre(g.Text(pretty.String())))))
}

func typeOf(raw json.RawMessage) string {
	var t struct {
		Type any `json:"type"`
	}
	switch {
	case json.Unmarshal(raw, &t) != nil:
		return "something that is not a block"
	case t.Type == nil || t.Type == "":
		return "a block without a type"
	}
	return fmt.Sprint(t.Type)
}

func misshapen(err error) string {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) && e.Field != "" {
		return e.Field + ": not what Slack has there"
	}
	return "not shaped as Slack has it"
}

// given reports whether a part is there and not null.
func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

type kitSection struct {
	BlockID   string          `json:"block_id"`
	Text      *textObject     `json:"text"`
	Fields    []*textObject   `json:"fields"`
	Accessory json.RawMessage `json:"accessory"`
}

func (d *drawing) section(k kitSection) g.Node {
	text := func(t *textObject) g.Node { return h.Div(h.Class("text"), d.text(t)) }
	return h.Div(h.Class("section"),
		h.Div(h.Class("section-body"),
			g.If(k.Text != nil, text(k.Text)),
			g.If(len(k.Fields) > 0, h.Div(h.Class("fields"), g.Map(k.Fields, text)))),
		g.Iff(given(k.Accessory), func() g.Node {
			return h.Div(h.Class("accessory"), d.element(k.Accessory, k.BlockID, false))
		}))
}

type kitHeader struct {
	Text  *textObject `json:"text"`
	Level int         `json:"level"`
}

// header begins at h3, since the page itself has the first two.
func (d *drawing) header(k kitHeader) g.Node {
	if k.Level < 1 || k.Level > 4 {
		k.Level = 1
	}
	return g.El("h"+strconv.Itoa(k.Level+2), h.Class("header"), d.text(k.Text))
}

type kitContext struct {
	Elements []json.RawMessage `json:"elements"`
}

func (d *drawing) context(k kitContext) g.Node {
	return h.Div(h.Class("context"), g.Map(k.Elements, func(raw json.RawMessage) g.Node {
		switch kind := typeOf(raw); kind {
		case "image":
			return decoded(raw, kitPicture.draw)
		case "plain_text", "mrkdwn":
			return decoded(raw, func(t *textObject) g.Node { return h.Span(h.Class("text"), d.text(t)) })
		default:
			return notDrawn(kind+" in context", "", raw)
		}
	}))
}

type kitActions struct {
	BlockID  string            `json:"block_id"`
	Elements []json.RawMessage `json:"elements"`
}

func (d *drawing) actions(k kitActions) g.Node {
	return h.Div(h.Class("actions"), g.Map(k.Elements, func(raw json.RawMessage) g.Node { return d.element(raw, k.BlockID, false) }))
}

// A kitPicture is the image element, and what the image block shares with it.
type kitPicture struct {
	ImageURL  string          `json:"image_url"`
	AltText   string          `json:"alt_text"`
	SlackFile json.RawMessage `json:"slack_file"`
}

// draw shows pictures over https only, as the page's policy does. A picture of
// Slack's own (slack_file) is not here to be shown.
func (k kitPicture) draw() g.Node {
	if strings.HasPrefix(k.ImageURL, "https://") && safeURL(k.ImageURL) {
		return h.Img(h.Src(k.ImageURL), h.Alt(k.AltText), h.Loading("lazy"))
	}
	return h.Span(h.Class("no-image"), g.Text("[image: "+k.AltText+"]"),
		g.If(!given(k.SlackFile), g.Group{space, h.Small(g.Text(k.ImageURL))}))
}

type kitImage struct {
	kitPicture
	Title *textObject `json:"title"`
}

func (d *drawing) image(k kitImage) g.Node {
	return h.Figure(h.Class("image"), g.If(k.Title != nil, h.FigCaption(d.text(k.Title))), k.draw())
}

type kitInput struct {
	BlockID        string          `json:"block_id"`
	Label          *textObject     `json:"label"`
	Element        json.RawMessage `json:"element"`
	Hint           *textObject     `json:"hint"`
	Optional       bool            `json:"optional"`
	DispatchAction bool            `json:"dispatch_action"`
}

func (d *drawing) input(k kitInput) g.Node {
	class := "input"
	if k.DispatchAction {
		class += " dispatches"
	}
	var e struct {
		ActionID string `json:"action_id"`
	}
	_ = json.Unmarshal(k.Element, &e) // if it fails, element says so
	wrong := d.wrong[k.BlockID]
	return h.Div(h.Class(class),
		h.Label(h.For(d.id(k.BlockID, e.ActionID)), d.text(k.Label),
			g.If(k.Optional, g.Group{space, h.Span(h.Class("quiet"), g.Text("(optional)"))})),
		d.element(k.Element, k.BlockID, true),
		g.If(k.Hint != nil, h.Small(h.Class("quiet"), d.text(k.Hint))),
		g.If(wrong != "", h.P(h.Class("error"), h.Role("alert"), g.Text(wrong))))
}

type kitTable struct {
	Rows           [][]json.RawMessage `json:"rows"`
	ColumnSettings []struct {
		Align     string `json:"align"`
		IsWrapped bool   `json:"is_wrapped"`
	} `json:"column_settings"`
}

// table draws the first row as the head, as Slack does.
func (d *drawing) table(k kitTable) g.Node {
	rows := make(g.Group, 0, len(k.Rows))
	for i, row := range k.Rows {
		cells := make(g.Group, 0, len(row))
		for j, raw := range row {
			var classes []string
			if j < len(k.ColumnSettings) {
				if a := k.ColumnSettings[j].Align; a == "center" || a == "right" {
					classes = append(classes, "align-"+a)
				}
				if k.ColumnSettings[j].IsWrapped {
					classes = append(classes, "wrapped")
				}
			}
			class := g.If(len(classes) > 0, h.Class(strings.Join(classes, " ")))
			if i == 0 {
				cells = append(cells, h.Th(h.Scope("col"), class, d.cell(raw)))
			} else {
				cells = append(cells, h.Td(class, d.cell(raw)))
			}
		}
		rows = append(rows, h.Tr(cells))
	}
	return scrolling("Table", h.Table(rows))
}

// scrolling lets people scroll what is wider than the page, with the keyboard too.
func scrolling(label string, inside g.Node) g.Node {
	return h.Div(h.Class("table"), h.Role("region"), h.Aria("label", label), h.TabIndex("0"), inside)
}

// cell draws one cell. Slack leaves a null one empty.
func (d *drawing) cell(raw json.RawMessage) g.Node {
	if !given(raw) {
		return nil
	}
	type cell struct {
		Text  string      `json:"text"`
		Value json.Number `json:"value"`
	}
	switch kind := typeOf(raw); kind {
	case "raw_text":
		return decoded(raw, func(c cell) g.Node { return plainText(c.Text, true) })
	case "raw_number":
		return decoded(raw, func(c cell) g.Node {
			if c.Text == "" {
				c.Text = c.Value.String()
			}
			return g.Text(c.Text)
		})
	case "rich_text":
		return decoded(raw, d.richText)
	default:
		return notDrawn("cell "+kind, "", raw)
	}
}

type kitChart struct {
	Title string `json:"title"`
	Chart struct {
		Type     string       `json:"type"`
		Segments []chartPoint `json:"segments"`
		Series   []struct {
			Name string       `json:"name"`
			Data []chartPoint `json:"data"`
		} `json:"series"`
		AxisConfig struct {
			XLabel string `json:"x_label"`
			YLabel string `json:"y_label"`
		} `json:"axis_config"`
	} `json:"chart"`
}

type chartPoint struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// chart draws a chart as a table of its numbers with small bars. What matters when
// trying the app is that the right numbers arrive, and a reader of the page can
// check those more easily than a curve.
func (d *drawing) chart(k kitChart) g.Node {
	most := 0.0
	for _, p := range k.Chart.Segments {
		most = max(most, p.Value)
	}
	for _, s := range k.Chart.Series {
		for _, p := range s.Data {
			most = max(most, p.Value)
		}
	}
	row := func(p chartPoint) g.Node {
		length := 0
		if most > 0 && p.Value > 0 {
			length = int(p.Value / most * 120)
		}
		return h.Tr(h.Th(h.Scope("row"), g.Text(p.Label)),
			h.Td(h.Class("align-right"), g.Text(strconv.FormatFloat(p.Value, 'f', -1, 64))),
			h.Td(bar(120, 10, length)))
	}
	rows := g.Map(k.Chart.Segments, row)
	for _, s := range k.Chart.Series {
		rows = append(rows, h.Tr(h.Th(h.Scope("rowgroup"), h.ColSpan("3"), g.Text(s.Name))))
		rows = append(rows, g.Map(s.Data, row)...)
	}
	axes := strings.Trim(k.Chart.AxisConfig.XLabel+" / "+k.Chart.AxisConfig.YLabel, " /")
	return scrolling("Chart", h.Table(h.Class("chart"),
		h.Caption(plainText(k.Title, true), space, h.Span(h.Class("quiet"), g.Text(k.Chart.Type+" chart, drawn as numbers"))),
		g.If(axes != "", h.Tr(h.Td(h.ColSpan("3"), h.Class("quiet"), g.Text(axes)))),
		rows))
}

// bar is a bar of a given length, in SVG attributes, since the page's policy allows
// no inline style.
func bar(width, height, length int) g.Node {
	size := func(w, tall int) g.Node {
		return g.Group{g.Attr("width", strconv.Itoa(w)), g.Attr("height", strconv.Itoa(tall))}
	}
	return h.SVG(size(width, height), decoration(), g.El("rect", size(length, height), g.Attr("rx", "2")))
}

// A control is what all interactive elements have in common, and where it is.
type control struct {
	Type      string        `json:"type"`
	ActionID  string        `json:"action_id"`
	Confirm   *confirmation `json:"confirm"`
	VisibleTo []string      `json:"visible_to_user_ids"`

	blockID  string
	labelled bool // the label of its input names it
}

// element draws an element of a block, unless it is for somebody else. With a
// confirmation, the script asks before it sends anything.
func (d *drawing) element(raw json.RawMessage, blockID string, labelled bool) g.Node {
	return decoded(raw, func(c control) g.Node {
		if len(c.VisibleTo) > 0 && !slices.Contains(c.VisibleTo, d.viewer) {
			return nil
		}
		c.blockID, c.labelled = blockID, labelled
		drawn := d.control(c, raw)
		if c.Confirm == nil {
			return drawn
		}
		return h.Span(h.Class("confirmed"), drawn, d.confirm(c.Confirm))
	})
}

func (d *drawing) control(c control, raw json.RawMessage) g.Node {
	switch c.Type {
	case "button":
		return decoded(raw, func(k kitButton) g.Node { return d.button(c, k) })
	case "image":
		return decoded(raw, kitPicture.draw)
	case "static_select", "users_select", "multi_users_select", "conversations_select":
		return decoded(raw, func(k kitSelect) g.Node { return d.selectMenu(c, k) })
	case "radio_buttons":
		return decoded(raw, func(k kitChoices) g.Node { return d.radioButtons(c, k) })
	case "datepicker":
		return decoded(raw, func(k kitField) g.Node { return d.field(c, k, "date", k.InitialDate) })
	case "plain_text_input":
		return decoded(raw, func(k kitField) g.Node {
			if k.Multiline {
				return d.textarea(c, k)
			}
			return d.field(c, k, "text", k.InitialValue)
		})
	default:
		return notDrawn(typeOf(raw), "", raw)
	}
}

// id is the id of an element on the page, or of one of its parts.
func (d *drawing) id(blockID, actionID string, parts ...string) string {
	return safeID(strings.Join(append([]string{d.scope, blockID, actionID}, parts...), "-"))
}

// hooks are the attributes by which the page's script and tests find a control.
func (d *drawing) hooks(c control) g.Node {
	return g.Group{h.ID(d.id(c.blockID, c.ActionID)), h.Data("action", c.ActionID), h.Data("block", c.blockID)}
}

// safeID keeps an id free of what would need escaping in a selector. Different
// ids stay different.
func safeID(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, ".%x", r)
		}
	}
	return b.String()
}

func ariaLabel(text string) g.Node { return g.If(text != "", h.Aria("label", text)) }

type kitButton struct {
	Text               *textObject `json:"text"`
	Value              string      `json:"value"`
	URL                string      `json:"url"`
	Style              string      `json:"style"`
	AccessibilityLabel string      `json:"accessibility_label"`
}

func (d *drawing) button(c control, k kitButton) g.Node {
	class := "button"
	if k.Style == "primary" || k.Style == "danger" {
		class += " " + k.Style
	}
	inside := g.Group{h.Data("value", k.Value), d.hooks(c), ariaLabel(k.AccessibilityLabel), d.text(k.Text)}
	switch {
	case k.URL == "":
		return h.Button(h.Type("button"), h.Class(class), inside)
	case safeURL(k.URL):
		return h.A(h.Class(class), h.Href(k.URL), leaving(), inside)
	}
	return g.Group{h.Button(h.Type("button"), h.Class(class), h.Disabled(), d.text(k.Text)), space,
		h.Small(h.Class("quiet"), g.Text("(this address cannot be opened: "+k.URL+")"))}
}

type confirmation struct {
	Title   *textObject `json:"title"`
	Text    *textObject `json:"text"`
	Confirm *textObject `json:"confirm"`
	Deny    *textObject `json:"deny"`
	Style   string      `json:"style"`
}

// confirm is the question before an action is sent. The script opens it.
func (d *drawing) confirm(k *confirmation) g.Node {
	style := "primary"
	if k.Style == "danger" {
		style = "danger"
	}
	title := cmp.Or(words(k.Title), "Are you sure?")
	answer := func(class, dialog, label string) g.Node {
		return h.Button(h.Type("button"), h.Class(class), h.Data("dialog", dialog), g.Text(label))
	}
	return h.Dialog(h.Class("confirm"), h.Aria("label", title), h.H2(g.Text(title)), h.Div(h.Class("text"), d.text(k.Text)),
		h.Div(h.Class("actions"),
			answer("button", "deny", cmp.Or(words(k.Deny), "Cancel")),
			answer("button "+style, "confirm", cmp.Or(words(k.Confirm), "Yes"))))
}

type kitOption struct {
	Text        *textObject `json:"text"`
	Value       string      `json:"value"`
	Description *textObject `json:"description"`
}

type kitOptionGroup struct {
	Label   *textObject `json:"label"`
	Options []kitOption `json:"options"`
}

type kitSelect struct {
	Placeholder         *textObject      `json:"placeholder"`
	Options             []kitOption      `json:"options"`
	OptionGroups        []kitOptionGroup `json:"option_groups"`
	InitialOption       kitOption        `json:"initial_option"`
	InitialUser         string           `json:"initial_user"`
	InitialUsers        []string         `json:"initial_users"`
	InitialConversation string           `json:"initial_conversation"`
}

// offer is what a menu offers. Slack fills the menus of people and
// conversations from its own lists.
func (d *drawing) offer(kind string, k kitSelect) []kitOptionGroup {
	switch {
	case kind == "users_select" || kind == "multi_users_select":
		return []kitOptionGroup{{Options: d.peopleOptions()}}
	case kind == "conversations_select":
		return []kitOptionGroup{
			{Label: &textObject{Text: "Channels"}, Options: d.channelOptions()},
			{Label: &textObject{Text: "People"}, Options: d.peopleOptions()},
		}
	case len(k.Options) > 0:
		return append(k.OptionGroups, kitOptionGroup{Options: k.Options})
	}
	return k.OptionGroups
}

// selectMenu draws every kind of select as a select of the browser. The first
// option is the placeholder, which shows and cannot be chosen.
func (d *drawing) selectMenu(c control, k kitSelect) g.Node {
	chosen := append(k.InitialUsers, k.InitialOption.Value, k.InitialUser, k.InitialConversation)
	chosen = slices.DeleteFunc(chosen, func(s string) bool { return s == "" })
	option := func(o kitOption) g.Node {
		text := words(o.Text)
		if o.Description != nil {
			text += " – " + words(o.Description)
		}
		return h.Option(h.Value(o.Value), g.If(slices.Contains(chosen, o.Value), h.Selected()), g.Text(text))
	}
	placeholder := cmp.Or(words(k.Placeholder), "Choose…")
	first := h.Option(h.Value(""), h.Disabled(), hidden(), g.If(len(chosen) == 0, h.Selected()), g.Text(placeholder))
	size := g.Node(nil)
	if c.Type == "multi_users_select" {
		first, size = nil, g.Group{h.Multiple(), g.Attr("size", "4")}
	}
	return h.Select(g.If(!c.labelled, h.Aria("label", placeholder)), h.Data("initial", strings.Join(chosen, ",")), d.hooks(c), size, first,
		g.Map(d.offer(c.Type, k), func(o kitOptionGroup) g.Node {
			options := g.Map(o.Options, option)
			if o.Label == nil {
				return options
			}
			return h.OptGroup(g.Attr("label", words(o.Label)), options)
		}))
}

func (d *drawing) peopleOptions() []kitOption {
	var os []kitOption
	for id, p := range d.people {
		os = append(os, kitOption{Text: &textObject{Text: displayName(p)}, Value: id})
	}
	return sortOptions(os)
}

func (d *drawing) channelOptions() []kitOption {
	var os []kitOption
	for id, ch := range d.channels {
		if !ch.IM {
			os = append(os, kitOption{Text: &textObject{Text: "#" + ch.Name}, Value: id})
		}
	}
	return sortOptions(os)
}

func sortOptions(os []kitOption) []kitOption {
	slices.SortFunc(os, func(a, b kitOption) int { return strings.Compare(a.Text.Text+a.Value, b.Text.Text+b.Value) })
	return os
}

type kitChoices struct {
	Options       []kitOption `json:"options"`
	InitialOption kitOption   `json:"initial_option"`
}

func (d *drawing) radioButtons(c control, k kitChoices) g.Node {
	choices := make(g.Group, 0, len(k.Options))
	for i, o := range k.Options {
		choices = append(choices, h.Label(
			h.Input(h.Type("radio"), h.ID(d.id(c.blockID, c.ActionID, strconv.Itoa(i))), h.Name(d.id(c.blockID, c.ActionID)), h.Value(o.Value),
				g.If(o.Value == k.InitialOption.Value, h.Checked())),
			h.Span(d.text(o.Text), g.If(o.Description != nil, h.Small(d.text(o.Description))))))
	}
	return h.Div(h.Class("choices"), h.Role("radiogroup"), d.hooks(c), choices)
}

type kitField struct {
	Placeholder  *textObject `json:"placeholder"`
	InitialDate  string      `json:"initial_date"`
	InitialValue string      `json:"initial_value"`
	Multiline    bool        `json:"multiline"`
	MaxLength    int         `json:"max_length"`
}

// field draws a field of one line. By data-initial the script notices that the app
// sent another value: only then does it replace what somebody typed.
func (d *drawing) field(c control, k kitField, kind, value string) g.Node {
	placeholder := words(k.Placeholder)
	return h.Input(h.Type(kind), h.Value(value), h.Placeholder(placeholder), h.Data("initial", value), d.hooks(c),
		g.If(!c.labelled, h.Aria("label", cmp.Or(placeholder, kind))),
		g.If(k.MaxLength > 0, h.MaxLength(strconv.Itoa(k.MaxLength))))
}

func (d *drawing) textarea(c control, k kitField) g.Node {
	// A browser drops one newline at the start.
	return h.Textarea(h.Rows("3"), h.Placeholder(words(k.Placeholder)), h.Data("initial", k.InitialValue), d.hooks(c),
		g.Text("\n"+k.InitialValue))
}
