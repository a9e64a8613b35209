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
	d := &drawing{reader: r, scope: scope, under: 2}
	return g.Map(blocks, d.block)
}

// renderHome draws a Home tab, whose headings stand right under the page's own.
func renderHome(r *reader, blocks []json.RawMessage) g.Node {
	d := &drawing{reader: r, scope: "home", under: 1}
	return g.Map(blocks, d.block)
}

// renderModal draws a modal with what was entered in it, and the errors beside its inputs.
func renderModal(r *reader, v *View, entered map[inputKey]json.RawMessage) g.Node {
	d := &drawing{reader: r, scope: v.ID, under: 2, view: v, entered: entered}
	return g.Map(v.Blocks, d.block)
}

type drawing struct {
	*reader
	scope string
	under int // the level of the heading above

	view    *View // the modal, if it is one
	entered map[inputKey]json.RawMessage
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
			return h.Div(h.Class("accessory"), d.element(k.Accessory, control{blockID: k.BlockID}))
		}))
}

type kitHeader struct {
	Text  *textObject `json:"text"`
	Level int         `json:"level"`
}

// header begins below the heading that the page itself has above it.
func (d *drawing) header(k kitHeader) g.Node {
	if k.Level < 1 || k.Level > 4 {
		k.Level = 1
	}
	return g.El("h"+strconv.Itoa(k.Level+d.under), h.Class("header level-"+strconv.Itoa(k.Level)), d.text(k.Text))
}

type kitContext struct {
	Elements []json.RawMessage `json:"elements"`
}

func (d *drawing) context(k kitContext) g.Node {
	return h.Div(h.Class("context"), g.Map(k.Elements, func(raw json.RawMessage) g.Node {
		switch kind := typeOf(raw); kind {
		case "image":
			return decoded(raw, d.picture)
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
	return h.Div(h.Class("actions"), g.Map(k.Elements, func(raw json.RawMessage) g.Node { return d.element(raw, control{blockID: k.BlockID}) }))
}

// A kitPicture is the image element, and what the image block shares with it.
type kitPicture struct {
	ImageURL  string      `json:"image_url"`
	AltText   string      `json:"alt_text"`
	SlackFile *kitFileRef `json:"slack_file"`
}

// A kitFileRef names an uploaded file by its id or by one of its addresses.
type kitFileRef struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

func (k *kitFileRef) id() string {
	if k == nil {
		return ""
	}
	if part := fileAddress().FindStringSubmatch(k.URL); part != nil {
		return part[1] + part[2]
	}
	return k.ID
}

// picture shows pictures over https only, as the page's policy does, and those that
// were uploaded (slack_file).
func (d *drawing) picture(k kitPicture) g.Node {
	if f, ok := d.files[k.SlackFile.id()]; ok && f.Width > 0 && !f.Deleted {
		return preview(f, d.viewer, k.AltText)
	}
	if strings.HasPrefix(k.ImageURL, "https://") && safeURL(k.ImageURL) {
		return h.Img(h.Src(k.ImageURL), h.Alt(k.AltText), h.Loading("lazy"))
	}
	return h.Span(h.Class("no-image"), g.Text("[image: "+k.AltText+"]"),
		g.If(k.SlackFile == nil, g.Group{space, h.Small(g.Text(k.ImageURL))}))
}

type kitImage struct {
	kitPicture
	Title *textObject `json:"title"`
}

func (d *drawing) image(k kitImage) g.Node {
	return h.Figure(h.Class("image"), g.If(k.Title != nil, h.FigCaption(d.text(k.Title))), d.picture(k.kitPicture))
}

type kitInput struct {
	BlockID        string          `json:"block_id"`
	Label          *textObject     `json:"label"`
	Element        json.RawMessage `json:"element"`
	Hint           *textObject     `json:"hint"`
	Optional       bool            `json:"optional"`
	DispatchAction bool            `json:"dispatch_action"`
}

// input draws a field with its label, its hint and what is wrong with it.
func (d *drawing) input(k kitInput) g.Node {
	class := "input"
	if k.DispatchAction {
		class += " dispatches"
	}
	var e struct {
		Type     string `json:"type"`
		ActionID string `json:"action_id"`
	}
	_ = json.Unmarshal(k.Element, &e) // if it fails, element says so
	id := d.id(k.BlockID, e.ActionID)
	c := control{blockID: k.BlockID, labelled: true}
	wrong := ""
	if d.view != nil {
		wrong = d.view.Errors[k.BlockID]
	}
	var said []string
	if wrong != "" {
		c.wrong = true
		said = append(said, id+"-error")
	}
	if k.Hint != nil {
		said = append(said, id+"-hint")
	}
	c.said = strings.Join(said, " ")
	words := g.Group{d.text(k.Label), g.If(k.Optional, g.Group{space, h.Span(h.Class("quiet"), g.Text("(optional)"))})}
	label := h.Label(h.For(id), h.ID(id+"-label"), words)
	if e.Type == "radio_buttons" || e.Type == "multi_users_select" || e.Type == "checkboxes" || e.Type == "file_input" { // a label is of one control
		label = h.Span(h.Class("label"), h.ID(id+"-label"), words)
	}
	return h.Div(h.Class(class), label, d.element(k.Element, c),
		g.If(wrong != "", h.P(h.ID(id+"-error"), h.Class("error"), g.Text(wrong))),
		g.If(k.Hint != nil, h.Small(h.ID(id+"-hint"), h.Class("quiet"), d.text(k.Hint))))
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

// A control is what all interactive elements have in common, and where it is.
type control struct {
	Type      string        `json:"type"`
	ActionID  string        `json:"action_id"`
	Confirm   *confirmation `json:"confirm"`
	VisibleTo []string      `json:"visible_to_user_ids"`

	blockID  string
	labelled bool   // the label of its input names it
	wrong    bool   // what was entered is refused
	said     string // ids of what is said of it
}

// element draws an element of a block, unless it is for somebody else. With a
// confirmation, the script asks before it sends anything.
func (d *drawing) element(raw json.RawMessage, of control) g.Node {
	return decoded(raw, func(c control) g.Node {
		if len(c.VisibleTo) > 0 && !slices.Contains(c.VisibleTo, d.viewer) {
			return nil
		}
		c.blockID, c.labelled, c.wrong, c.said = of.blockID, of.labelled, of.wrong, of.said
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
		return decoded(raw, d.picture)
	case "file_input":
		return decoded(raw, func(k kitFiles) g.Node { return d.fileInput(c, k) })
	case "static_select", "users_select", "conversations_select":
		return decoded(raw, func(k kitSelect) g.Node { return d.selectMenu(c, k) })
	case "external_select":
		return decoded(raw, func(k kitSelect) g.Node { return d.lookup(c, k) })
	case "checkboxes":
		return decoded(raw, func(k kitChoices) g.Node { return d.checkboxes(c, k) })
	case "multi_users_select":
		return decoded(raw, func(k kitSelect) g.Node { return d.several(c, k) })
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
	return g.Group{h.ID(d.id(c.blockID, c.ActionID)), h.Data("action", c.ActionID), h.Data("block", c.blockID),
		g.If(c.wrong, h.Aria("invalid", "true")), g.If(c.said != "", h.Aria("describedby", c.said))}
}

// now is what a control shows: what was entered in it, or what the app gave it. As in
// Slack, what was entered outlives a new drawing of the form.
func (d *drawing) now(c control, given ...string) []string {
	given = slices.DeleteFunc(given, func(s string) bool { return s == "" })
	if d.view == nil || !c.labelled {
		return given
	}
	raw, ok := d.entered[inputKey{d.view.User, d.view.ID, c.blockID, c.ActionID}]
	if !ok {
		return given
	}
	var e struct {
		Value        string      `json:"value"`
		Date         string      `json:"selected_date"`
		User         string      `json:"selected_user"`
		Conversation string      `json:"selected_conversation"`
		Users        []string    `json:"selected_users"`
		Option       *kitOption  `json:"selected_option"`
		Options      []kitOption `json:"selected_options"`
	}
	_ = json.Unmarshal(raw, &e) // what this workspace wrote
	for _, o := range e.Options {
		e.Users = append(e.Users, o.Value)
	}
	if e.Option != nil {
		e.Value = e.Option.Value
	}
	return slices.DeleteFunc(append(e.Users, e.Value, e.Date, e.User, e.Conversation), func(s string) bool { return s == "" })
}

// one is the only value of those, or none.
func one(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
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
	Filter              kitFilter        `json:"filter"`
	MinQueryLength      *int             `json:"min_query_length"`
}

// A kitFilter says which conversations a menu offers; the zero one all.
type kitFilter struct {
	Include       []string `json:"include"`
	ExcludeShared bool     `json:"exclude_external_shared_channels"`
	ExcludeBots   bool     `json:"exclude_bot_users"`
}

func (f *kitFilter) includes(kind string) bool {
	return len(f.Include) == 0 || slices.Contains(f.Include, kind)
}

// offer is what a menu offers. Slack fills the menus of people and
// conversations from its own lists.
func (d *drawing) offer(kind string, k kitSelect) []kitOptionGroup {
	switch kind {
	case "users_select", "multi_users_select":
		return []kitOptionGroup{{Options: d.peopleOptions(false)}}
	case "conversations_select":
		offered := []kitOptionGroup{{Label: &textObject{Text: "Channels"}, Options: d.channelOptions(&k.Filter)}}
		if k.Filter.includes("im") {
			offered = append(offered, kitOptionGroup{Label: &textObject{Text: "People"}, Options: d.peopleOptions(k.Filter.ExcludeBots)})
		}
		return slices.DeleteFunc(offered, func(o kitOptionGroup) bool { return len(o.Options) == 0 })
	}
	if len(k.Options) > 0 {
		return append(k.OptionGroups, kitOptionGroup{Options: k.Options})
	}
	return k.OptionGroups
}

// selectMenu draws a select of one value as a select of the browser. The first
// option is the placeholder, which shows and cannot be chosen.
func (d *drawing) selectMenu(c control, k kitSelect) g.Node {
	initial := cmp.Or(k.InitialOption.Value, k.InitialUser, k.InitialConversation)
	chosen := one(d.now(c, initial))
	option := func(o kitOption) g.Node {
		text := words(o.Text)
		if o.Description != nil {
			text += " – " + words(o.Description)
		}
		return h.Option(h.Value(o.Value), g.If(chosen != "" && o.Value == chosen, h.Selected()), g.Text(text))
	}
	placeholder := cmp.Or(words(k.Placeholder), "Choose…")
	return h.Select(g.If(!c.labelled, h.Aria("label", placeholder)), h.Data("initial", initial), d.hooks(c),
		h.Option(h.Value(""), h.Disabled(), hidden(), g.If(chosen == "", h.Selected()), g.Text(placeholder)),
		g.Map(d.offer(c.Type, k), func(o kitOptionGroup) g.Node {
			options := g.Map(o.Options, option)
			if o.Label == nil {
				return options
			}
			return h.OptGroup(g.Attr("label", words(o.Label)), options)
		}))
}

// lookup draws a menu that the app fills while somebody types. The script asks for what
// fits and shows it below.
func (d *drawing) lookup(c control, k kitSelect) g.Node {
	placeholder := cmp.Or(words(k.Placeholder), "Type to search…")
	chosen, text := k.InitialOption.Value, words(k.InitialOption.Text)
	if d.view != nil {
		var e struct {
			Option *kitOption `json:"selected_option"`
		}
		if raw, ok := d.entered[inputKey{d.view.User, d.view.ID, c.blockID, c.ActionID}]; ok && json.Unmarshal(raw, &e) == nil {
			chosen, text = "", ""
			if e.Option != nil {
				chosen, text = e.Option.Value, words(e.Option.Text)
			}
		}
	}
	list := d.id(c.blockID, c.ActionID, "offered")
	return h.Div(h.Class("lookup"),
		h.Input(h.Type("text"), h.Role("combobox"), h.Aria("autocomplete", "list"), h.Aria("expanded", "false"), h.Aria("controls", list), h.AutoComplete("off"),
			h.Value(text), h.Placeholder(placeholder), g.If(!c.labelled, h.Aria("label", placeholder)),
			h.Data("initial", chosen), h.Data("chosen", text), h.Data("least", strconv.Itoa(k.least())), d.hooks(c)),
		h.Ul(h.Class("suggest offered"), h.ID(list), h.Role("listbox"), h.Aria("label", "Suggestions"), hidden()))
}

// least is how many letters are typed before the app is asked.
func (k *kitSelect) least() int {
	if k.MinQueryLength == nil {
		return 3
	}
	return *k.MinQueryLength
}

// several draws a choice of several people: all of them, each to be ticked, and those
// chosen stand out.
func (d *drawing) several(c control, k kitSelect) g.Node {
	chosen := d.now(c, k.InitialUsers...)
	return h.Div(h.Class("several"), h.Role("group"), d.named(c, words(k.Placeholder)), h.Data("initial", strings.Join(k.InitialUsers, ",")), d.hooks(c),
		g.Map(d.peopleOptions(false), func(o kitOption) g.Node {
			return h.Label(h.Class("pick"), h.Input(h.Type("checkbox"), h.ID(d.id(c.blockID, c.ActionID, o.Value)), h.Value(o.Value),
				g.If(slices.Contains(chosen, o.Value), h.Checked())), h.Span(g.Text(words(o.Text))))
		}))
}

// named names a group of controls: by the label of its input, or in words.
func (d *drawing) named(c control, otherwise string) g.Node {
	if c.labelled {
		return h.Aria("labelledby", d.id(c.blockID, c.ActionID)+"-label")
	}
	return h.Aria("label", cmp.Or(otherwise, "Choose…"))
}

// peopleOptions are those whom the viewer sees in Slack: the people of their own
// workspace and of the channels that they are in, whose accounts are active.
func (d *drawing) peopleOptions(noBots bool) []kitOption {
	var os []kitOption
	for id, p := range d.people {
		if p.Deleted || noBots && p.Bot || !d.sees(&p) {
			continue
		}
		os = append(os, kitOption{Text: &textObject{Text: displayName(p)}, Value: id})
	}
	return sortOptions(os)
}

func (r *reader) sees(p *Person) bool {
	if r.people[r.viewer].TeamID == p.TeamID {
		return true
	}
	for _, c := range r.channels {
		if c.has(p.ID) {
			return true
		}
	}
	return false
}

// channelOptions are the viewer's channels that a filter lets through.
func (d *drawing) channelOptions(f *kitFilter) []kitOption {
	var os []kitOption
	for id, ch := range d.channels {
		kind := "public"
		if ch.Private {
			kind = "private"
		}
		if ch.IM || ch.Archived || !f.includes(kind) || f.ExcludeShared && ch.ExtShared {
			continue
		}
		os = append(os, kitOption{Text: &textObject{Text: "#" + ch.Name}, Value: id})
	}
	return sortOptions(os)
}

func sortOptions(os []kitOption) []kitOption {
	slices.SortFunc(os, func(a, b kitOption) int { return strings.Compare(a.Text.Text+a.Value, b.Text.Text+b.Value) })
	return os
}

type kitChoices struct {
	Options        []kitOption `json:"options"`
	InitialOption  kitOption   `json:"initial_option"`
	InitialOptions []kitOption `json:"initial_options"`
}

// checkboxes draws boxes to be ticked. What is ticked at first is named in data-initial,
// so that the script notices when the app sends something else.
func (d *drawing) checkboxes(c control, k kitChoices) g.Node {
	var initial []string
	for _, o := range k.InitialOptions {
		initial = append(initial, o.Value)
	}
	chosen := d.now(c, initial...)
	boxes := make(g.Group, 0, len(k.Options))
	for i, o := range k.Options {
		boxes = append(boxes, h.Label(
			h.Input(h.Type("checkbox"), h.ID(d.id(c.blockID, c.ActionID, strconv.Itoa(i))), h.Value(o.Value), g.If(slices.Contains(chosen, o.Value), h.Checked())),
			h.Span(d.text(o.Text), g.If(o.Description != nil, h.Small(d.text(o.Description))))))
	}
	return h.Div(h.Class("choices boxes"), h.Role("group"), d.named(c, ""), h.Data("initial", strings.Join(initial, ",")), d.hooks(c), boxes)
}

func (d *drawing) radioButtons(c control, k kitChoices) g.Node {
	choices := make(g.Group, 0, len(k.Options))
	chosen := one(d.now(c, k.InitialOption.Value))
	for i, o := range k.Options {
		choices = append(choices, h.Label(
			h.Input(h.Type("radio"), h.ID(d.id(c.blockID, c.ActionID, strconv.Itoa(i))), h.Name(d.id(c.blockID, c.ActionID)), h.Value(o.Value),
				g.If(chosen != "" && o.Value == chosen, h.Checked())),
			h.Span(d.text(o.Text), g.If(o.Description != nil, h.Small(d.text(o.Description))))))
	}
	return h.Div(h.Class("choices"), h.Role("radiogroup"), d.named(c, ""), d.hooks(c), choices)
}

type kitFiles struct {
	Filetypes []string `json:"filetypes"`
	MaxFiles  int      `json:"max_files"`
}

// fileInput draws the files that were chosen, each to be taken away again, and the
// button for more. The script uploads them and says how far they are.
func (d *drawing) fileInput(c control, k kitFiles) g.Node {
	var chosen struct {
		Files []struct{ ID string }
	}
	if d.view != nil {
		_ = json.Unmarshal(d.entered[inputKey{d.view.User, d.view.ID, c.blockID, c.ActionID}], &chosen) // what this workspace wrote, or nothing
	}
	var accept []string
	for _, t := range k.Filetypes {
		accept = append(accept, "."+t)
	}
	id := d.id(c.blockID, c.ActionID)
	return h.Div(h.Class("file-input"), h.Role("group"), d.named(c, "Files"), d.hooks(c),
		h.Ul(h.Class("chosen"), g.Map(chosen.Files, func(of struct{ ID string }) g.Node {
			f := d.files[of.ID]
			return h.Li(h.Data("file", of.ID),
				g.Iff(f.Width > 0, func() g.Node { return h.Img(h.Src(fileAt(of.ID, d.viewer, 80)), h.Alt("")) }),
				h.Span(g.Text(f.Name)),
				h.Button(h.Type("button"), h.Class("close"), h.Data("unfile", of.ID), h.Aria("label", "Remove "+f.Name), g.Text("×")))
		})),
		h.Input(h.Type("file"), h.ID(id+"-pick"), hidden(), d.named(c, "Files"), g.If(len(accept) > 0, h.Accept(strings.Join(accept, ","))),
			g.If(cmp.Or(k.MaxFiles, fileInputMost) > 1, h.Multiple())),
		h.Button(h.Type("button"), h.Class("button"), h.ID(id+"-add"), h.Data("attach", id+"-pick"), g.Text("Add files")),
		uploadStatus())
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
	return h.Input(h.Type(kind), h.Value(one(d.now(c, value))), h.Placeholder(placeholder), h.Data("initial", value), d.hooks(c),
		g.If(!c.labelled, h.Aria("label", cmp.Or(placeholder, kind))),
		g.If(k.MaxLength > 0, h.MaxLength(strconv.Itoa(k.MaxLength))))
}

func (d *drawing) textarea(c control, k kitField) g.Node {
	// A browser drops one newline at the start.
	return h.Textarea(h.Rows("3"), h.Placeholder(words(k.Placeholder)), h.Data("initial", k.InitialValue), d.hooks(c),
		g.Text("\n"+one(d.now(c, k.InitialValue))))
}
