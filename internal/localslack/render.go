package localslack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// safeHTML is HTML that needs no more escaping. It is a type of its own, so that
// text cannot be taken for it by mistake; only what has escaped its parts
// converts to it.
type safeHTML string

// Render makes it a part of the page (a gomponents.Node).
func (s safeHTML) Render(w io.Writer) error {
	_, err := io.WriteString(w, string(s))
	return err
}

// renderBlocks draws Block Kit as HTML for one reader. Every string is escaped
// where it is written (put) and every address passes safeURL. What has no
// drawing here becomes a visible box that names it: never silence.
//
// scope begins the id of each control, so that the same block can stand on the
// page twice (in a channel and in its thread).
func renderBlocks(r *reader, scope string, blocks []json.RawMessage) safeHTML {
	d := &drawing{reader: r, scope: scope}
	for _, b := range blocks {
		d.block(b)
	}
	return safeHTML(d.b.String())
}

// renderView draws a modal, with what is wrong beside its inputs.
func renderView(r *reader, scope string, blocks []json.RawMessage, errors map[string]string) safeHTML {
	d := &drawing{reader: r, scope: scope, errors: errors}
	for _, b := range blocks {
		d.block(b)
	}
	return safeHTML(d.b.String())
}

type drawing struct {
	*reader
	scope    string
	labelled bool              // inside an input block, whose label names the control
	errors   map[string]string // of a form, by block
	b        strings.Builder
}

// put writes HTML: strings among args are escaped, safeHTML is not.
func (d *drawing) put(format string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = esc(strings.ToValidUTF8(a, "\uFFFD"))
		case safeHTML:
			args[i] = string(a)
		}
	}
	fmt.Fprintf(&d.b, format, args...)
}

// A textObject is Slack's plain_text or mrkdwn.
type textObject struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji"`
	Verbatim bool   `json:"verbatim"`
}

func (d *drawing) text(t *textObject) safeHTML {
	if t == nil {
		return ""
	}
	if t.Type == "mrkdwn" {
		return d.mrkdwn(t.Text, t.Verbatim)
	}
	return plainHTML(t.Text, t.Emoji == nil || *t.Emoji)
}

// words is a text object where no HTML can stand: in an attribute or an option.
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

// A kitBlock has the fields of every block; its type says which are meant.
type kitBlock struct {
	Type      string            `json:"type"`
	BlockID   string            `json:"block_id"`
	Text      json.RawMessage   `json:"text"`  // a text object
	Title     json.RawMessage   `json:"title"` // a text object; a string in charts
	Fields    []*textObject     `json:"fields"`
	Accessory json.RawMessage   `json:"accessory"`
	Elements  []json.RawMessage `json:"elements"`
	Level     json.RawMessage   `json:"level"` // a number

	// image
	ImageURL  string     `json:"image_url"`
	AltText   string     `json:"alt_text"`
	SlackFile *slackFile `json:"slack_file"`

	// input
	Label          json.RawMessage `json:"label"`
	Element        json.RawMessage `json:"element"`
	Hint           *textObject     `json:"hint"`
	Optional       bool            `json:"optional"`
	DispatchAction bool            `json:"dispatch_action"`

	// table
	Rows           json.RawMessage `json:"rows"`
	ColumnSettings []*column       `json:"column_settings"`

	Chart json.RawMessage `json:"chart"` // data_visualization
}

type slackFile struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

type column struct {
	Align     string `json:"align"`
	IsWrapped bool   `json:"is_wrapped"`
}

func (d *drawing) block(raw json.RawMessage) {
	var k kitBlock
	if err := json.Unmarshal(raw, &k); err != nil {
		d.notDrawn(typeOf(raw), misshapen(err), raw)
		return
	}
	if len(k.Text) > 0 && string(k.Text) != "null" && object(k.Text) == nil {
		d.notDrawn(k.Type, "text: not what Slack has there", raw)
		return
	}
	switch k.Type {
	case "section":
		d.section(&k)
	case "header":
		level := 1
		if n, err := strconv.Atoi(string(k.Level)); err == nil && n >= 1 && n <= 4 {
			level = n
		}
		d.put(`<h%d class="header">%s</h%d>`, level+2, d.text(object(k.Text)), level+2)
	case "divider":
		d.put(`<hr>`)
	case "context":
		d.context(&k)
	case "actions":
		d.put(`<div class="actions">`)
		for _, e := range k.Elements {
			d.element(k.BlockID, e)
		}
		d.put(`</div>`)
	case "image":
		d.put(`<figure class="image">`)
		if t := object(k.Title); t != nil {
			d.put(`<figcaption>%s</figcaption>`, d.text(t))
		}
		d.picture(k.ImageURL, k.AltText, k.SlackFile)
		d.put(`</figure>`)
	case "input":
		d.input(&k)
	case "rich_text":
		d.richText(&k)
	case "table":
		d.table(&k)
	case "data_visualization":
		d.chart(&k)
	default:
		d.notDrawn(k.Type, "", raw)
	}
}

// notDrawn stands where something has no drawing: its name, and its JSON to open.
func (d *drawing) notDrawn(kind, why string, raw json.RawMessage) {
	if kind == "" {
		kind = "a block without a type"
	}
	d.put(`<div class="not-drawn"><span>not drawn here: <b>%s</b>`, kind)
	if why != "" {
		d.put(` (%s)`, why)
	}
	d.put(`</span>`)
	if len(raw) > 0 {
		var pretty bytes.Buffer
		if json.Indent(&pretty, raw, "", "  ") != nil {
			pretty.Reset()
			pretty.Write(raw)
		}
		d.put(`<details><summary>JSON</summary><pre>%s</pre></details>`, pretty.String())
	}
	d.put(`</div>`)
}

func typeOf(raw json.RawMessage) string {
	var t struct {
		Type any `json:"type"`
	}
	if json.Unmarshal(raw, &t) == nil && t.Type != nil {
		return fmt.Sprint(t.Type)
	}
	return "something that is not a block"
}

func misshapen(err error) string {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) && e.Field != "" {
		return e.Field + ": not what Slack has there"
	}
	return "not shaped as Slack has it"
}

// object decodes a text object; nil when raw is absent or no object.
func object(raw json.RawMessage) *textObject {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	var t textObject
	if json.Unmarshal(raw, &t) != nil {
		return nil
	}
	return &t
}

func word(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// titleOf draws a title that some blocks have as a string, others as an object.
func (d *drawing) titleOf(k *kitBlock) safeHTML {
	if t := object(k.Title); t != nil {
		return d.text(t)
	}
	return plainHTML(word(k.Title), true)
}

func (d *drawing) section(k *kitBlock) {
	d.put(`<div class="section"><div class="section-body">`)
	if t := object(k.Text); t != nil {
		d.put(`<div class="text">%s</div>`, d.text(t))
	}
	if len(k.Fields) > 0 {
		d.put(`<div class="fields">`)
		for _, f := range k.Fields {
			d.put(`<div class="text">%s</div>`, d.text(f))
		}
		d.put(`</div>`)
	}
	d.put(`</div>`)
	if len(k.Accessory) > 0 && string(k.Accessory) != "null" {
		d.put(`<div class="accessory">`)
		d.element(k.BlockID, k.Accessory)
		d.put(`</div>`)
	}
	d.put(`</div>`)
}

func (d *drawing) context(k *kitBlock) {
	d.put(`<div class="context">`)
	for _, raw := range k.Elements {
		var e struct {
			Type      string     `json:"type"`
			ImageURL  string     `json:"image_url"`
			AltText   string     `json:"alt_text"`
			SlackFile *slackFile `json:"slack_file"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			d.notDrawn("an element of context", misshapen(err), raw)
			continue
		}
		switch e.Type {
		case "image":
			d.picture(e.ImageURL, e.AltText, e.SlackFile)
		case "plain_text", "mrkdwn":
			d.put(`<span class="text">%s</span>`, d.text(object(raw)))
		default:
			d.notDrawn(e.Type+" in context", "", raw)
		}
	}
	d.put(`</div>`)
}

func (d *drawing) picture(src, alt string, file *slackFile) {
	switch {
	case strings.HasPrefix(src, "https://") && safeURL(src):
		d.put(`<img src="%s" alt="%s" loading="lazy">`, src, alt)
	case file != nil:
		d.put(`<span class="no-image">[image: %s]</span>`, alt)
	default:
		d.put(`<span class="no-image">[image: %s] <small>%s</small></span>`, alt, src)
	}
}

// link is an anchor, or the bare words and address when the address is not safe.
func (d *drawing) link(address, label string) safeHTML {
	if label == "" {
		label = address
	}
	if safeURL(address) {
		return safeHTML(linkHTML(address, esc(label)))
	}
	if address == "" || address == label {
		return safeHTML(esc(label))
	}
	return safeHTML(esc(label + " (" + address + ")"))
}

// table draws the first row as the header.
func (d *drawing) table(k *kitBlock) {
	var rows [][]json.RawMessage
	if err := json.Unmarshal(k.Rows, &rows); err != nil {
		d.notDrawn(k.Type, misshapen(err), k.Rows)
		return
	}
	d.put(`<div class="table" role="region" aria-label="Table" tabindex="0"><table>`)
	for i, row := range rows {
		d.put(`<tr>`)
		for j, cell := range row {
			tag := safeHTML("td")
			if i == 0 {
				tag = `th scope="col"`
			}
			class := ""
			if j < len(k.ColumnSettings) && k.ColumnSettings[j] != nil {
				if a := k.ColumnSettings[j].Align; a == "center" || a == "right" {
					class = "align-" + a
				}
				if k.ColumnSettings[j].IsWrapped {
					class = strings.TrimSpace(class + " wrapped")
				}
			}
			if class != "" {
				d.put(`<%s class="%s">`, tag, class)
			} else {
				d.put(`<%s>`, tag)
			}
			d.cell(cell)
			d.put(`</%s>`, tag[:2])
		}
		d.put(`</tr>`)
	}
	d.put(`</table></div>`)
}

func (d *drawing) cell(raw json.RawMessage) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	var c struct {
		Type     string            `json:"type"`
		Text     string            `json:"text"`
		Value    json.Number       `json:"value"`
		Elements []json.RawMessage `json:"elements"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		d.notDrawn("cell", misshapen(err), raw)
		return
	}
	switch c.Type {
	case "raw_text":
		d.put(`%s`, plainHTML(c.Text, true))
	case "raw_number":
		if c.Text == "" {
			c.Text = c.Value.String()
		}
		d.put(`%s`, c.Text)
	case "rich_text":
		d.richText(&kitBlock{Elements: c.Elements})
	default:
		d.notDrawn("cell "+c.Type, "", raw)
	}
}

// chart draws the numbers of a chart as a table with small bars.
func (d *drawing) chart(k *kitBlock) {
	type point struct {
		Label string  `json:"label"`
		Value float64 `json:"value"`
	}
	var chart struct {
		Type     string  `json:"type"`
		Segments []point `json:"segments"`
		Series   []struct {
			Name string  `json:"name"`
			Data []point `json:"data"`
		} `json:"series"`
		AxisConfig struct {
			XLabel string `json:"x_label"`
			YLabel string `json:"y_label"`
		} `json:"axis_config"`
	}
	if err := json.Unmarshal(k.Chart, &chart); err != nil {
		d.notDrawn("data_visualization", misshapen(err), k.Chart)
		return
	}
	d.put(`<div class="table" role="region" aria-label="Chart" tabindex="0"><table class="chart"><caption>%s <span class="quiet">%s chart, drawn as numbers</span></caption>`,
		d.titleOf(k), chart.Type)
	most := 0.0
	for _, p := range chart.Segments {
		most = max(most, p.Value)
	}
	for _, s := range chart.Series {
		for _, p := range s.Data {
			most = max(most, p.Value)
		}
	}
	row := func(p point) {
		length := 0
		if most > 0 && p.Value > 0 {
			length = int(p.Value / most * 120)
		}
		d.put(`<tr><th scope="row">%s</th><td class="align-right">%s</td><td><svg width="120" height="10" aria-hidden="true"><rect width="%d" height="10" rx="2"></rect></svg></td></tr>`,
			p.Label, strconv.FormatFloat(p.Value, 'f', -1, 64), length)
	}
	if axes := strings.Trim(chart.AxisConfig.XLabel+" / "+chart.AxisConfig.YLabel, " /"); axes != "" {
		d.put(`<tr><td colspan="3" class="quiet">%s</td></tr>`, axes)
	}
	for _, p := range chart.Segments {
		row(p)
	}
	for _, s := range chart.Series {
		d.put(`<tr><th scope="rowgroup" colspan="3">%s</th></tr>`, s.Name)
		for _, p := range s.Data {
			row(p)
		}
	}
	d.put(`</table></div>`)
}

// A kitElement has the fields of every element.
type kitElement struct {
	Type               string            `json:"type"`
	ActionID           string            `json:"action_id"`
	Text               *textObject       `json:"text"`
	Value              string            `json:"value"`
	URL                string            `json:"url"`
	Style              string            `json:"style"`
	AccessibilityLabel string            `json:"accessibility_label"`
	Confirm            *confirmation     `json:"confirm"`
	VisibleTo          []string          `json:"visible_to_user_ids"`
	Placeholder        *textObject       `json:"placeholder"`
	Options            []*kitOption      `json:"options"`
	OptionGroups       []*kitOptionGroup `json:"option_groups"`

	InitialOption       *kitOption      `json:"initial_option"`
	InitialUser         string          `json:"initial_user"`
	InitialUsers        []string        `json:"initial_users"`
	InitialConversation string          `json:"initial_conversation"`
	InitialDate         string          `json:"initial_date"`
	InitialValue        json.RawMessage `json:"initial_value"`

	Multiline bool       `json:"multiline"`
	MaxLength int        `json:"max_length"`
	ImageURL  string     `json:"image_url"`
	AltText   string     `json:"alt_text"`
	SlackFile *slackFile `json:"slack_file"`
}

type confirmation struct {
	Title   *textObject `json:"title"`
	Text    *textObject `json:"text"`
	Confirm *textObject `json:"confirm"`
	Deny    *textObject `json:"deny"`
	Style   string      `json:"style"`
}

type kitOption struct {
	Text        *textObject `json:"text"`
	Value       string      `json:"value"`
	Description *textObject `json:"description"`
}

type kitOptionGroup struct {
	Label   *textObject  `json:"label"`
	Options []*kitOption `json:"options"`
}

func (d *drawing) element(blockID string, raw json.RawMessage) {
	var e kitElement
	if err := json.Unmarshal(raw, &e); err != nil {
		d.notDrawn(typeOf(raw), misshapen(err), raw)
		return
	}
	if len(e.VisibleTo) > 0 && !slices.Contains(e.VisibleTo, d.viewer) {
		return
	}
	if e.Confirm != nil {
		d.put(`<span class="confirmed">`)
		defer func() {
			d.confirm(e.Confirm)
			d.put(`</span>`)
		}()
	}
	c := &control{blockID: blockID, kitElement: &e}
	switch e.Type {
	case "button":
		d.button(c)
	case "image":
		d.picture(e.ImageURL, e.AltText, e.SlackFile)
	case "static_select", "users_select", "multi_users_select", "conversations_select":
		d.selectMenu(c)
	case "radio_buttons":
		d.choices(c)
	case "datepicker":
		d.field(c, "date", e.InitialDate)
	case "plain_text_input":
		if e.Multiline {
			d.textarea(c, word(e.InitialValue))
			break
		}
		d.field(c, "text", word(e.InitialValue))
	default:
		d.notDrawn(e.Type, "", raw)
	}
}

// A control is an element in its block: what an action is sent for.
type control struct {
	blockID string
	suffix  string
	*kitElement
}

func (c *control) part(suffix string) *control {
	return &control{blockID: c.blockID, suffix: "-" + suffix, kitElement: c.kitElement}
}

func (d *drawing) id(c *control) string {
	return safeID(d.scope + "-" + c.blockID + "-" + c.ActionID + c.suffix)
}

// hooks are what the page's script and tests find a control by.
func (d *drawing) hooks(c *control) safeHTML {
	return safeHTML(fmt.Sprintf(` id="%s" data-action="%s" data-block="%s" data-kind="%s"`,
		d.id(c), esc(c.ActionID), esc(c.blockID), esc(c.Type)))
}

// safeID keeps an id free of what would need escaping in a selector.
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

func label(text string) safeHTML {
	if text == "" {
		return ""
	}
	return safeHTML(` aria-label="` + esc(text) + `"`)
}

func (d *drawing) button(c *control) {
	class := "button"
	if c.Style == "primary" || c.Style == "danger" {
		class += " " + c.Style
	}
	switch {
	case c.URL == "":
		d.put(`<button type="button" class="%s" data-value="%s"%s%s>%s</button>`,
			class, c.Value, d.hooks(c), label(c.AccessibilityLabel), d.text(c.Text))
	case safeURL(c.URL):
		d.put(`<a class="%s" href="%s" target="_blank" rel="noopener noreferrer" data-value="%s"%s%s>%s</a>`,
			class, c.URL, c.Value, d.hooks(c), label(c.AccessibilityLabel), d.text(c.Text))
	default:
		d.put(`<button type="button" class="%s" disabled>%s</button> <small class="quiet">(not an address that opens: %s)</small>`,
			class, d.text(c.Text), c.URL)
	}
}

// confirm is asked before the action is sent. The script opens it.
func (d *drawing) confirm(c *confirmation) {
	style := "primary"
	if c.Style == "danger" {
		style = "danger"
	}
	yes, no := words(c.Confirm), words(c.Deny)
	if yes == "" {
		yes = "Yes"
	}
	if no == "" {
		no = "Cancel"
	}
	title := words(c.Title)
	if title == "" {
		title = "Are you sure?"
	}
	d.put(`<dialog class="confirm" aria-label="%s"><h2>%s</h2><div class="text">%s</div><div class="actions"><button type="button" class="button" data-dialog="deny">%s</button><button type="button" class="button %s" data-dialog="confirm">%s</button></div></dialog>`,
		title, title, d.text(c.Text), no, style, yes)
}

// selectMenu draws every kind of select as the browser's own.
func (d *drawing) selectMenu(c *control) {
	e := c.kitElement
	groups := e.OptionGroups
	var chosen []string
	if e.InitialOption != nil {
		chosen = append(chosen, e.InitialOption.Value)
	}
	kind := strings.TrimPrefix(e.Type, "multi_")
	switch kind {
	case "static_select":
		if len(e.Options) > 0 {
			groups = append(groups, &kitOptionGroup{Options: e.Options})
		}
	case "users_select":
		groups = []*kitOptionGroup{{Options: d.peopleOptions()}}
		chosen = append(e.InitialUsers, e.InitialUser)
	case "conversations_select":
		groups = []*kitOptionGroup{
			{Label: &textObject{Text: "Channels"}, Options: d.channelOptions()},
			{Label: &textObject{Text: "People"}, Options: d.peopleOptions()},
		}
		chosen = []string{e.InitialConversation}
	}
	multiple := safeHTML("")
	if kind != e.Type {
		multiple = ` multiple size="4"`
	}
	placeholder := words(e.Placeholder)
	if placeholder == "" {
		placeholder = "Choose…"
	}
	chosen = slices.DeleteFunc(chosen, func(s string) bool { return s == "" })
	name := placeholder
	if e.AccessibilityLabel != "" {
		name = e.AccessibilityLabel
	}
	if d.labelled {
		name = ""
	}
	d.put(`<select%s data-initial="%s"%s%s>`, label(name), strings.Join(chosen, ","), d.hooks(c), multiple)
	if multiple == "" {
		selected := safeHTML("")
		if len(chosen) == 0 {
			selected = " selected"
		}
		d.put(`<option value="" disabled hidden%s>%s</option>`, selected, placeholder)
	}
	for _, g := range groups {
		if g == nil {
			continue
		}
		if g.Label != nil {
			d.put(`<optgroup label="%s">`, words(g.Label))
		}
		for _, o := range g.Options {
			if o == nil {
				continue
			}
			selected := safeHTML("")
			if slices.Contains(chosen, o.Value) {
				selected = " selected"
			}
			text := words(o.Text)
			if o.Description != nil {
				text += " – " + words(o.Description)
			}
			d.put(`<option value="%s"%s>%s</option>`, o.Value, selected, text)
		}
		if g.Label != nil {
			d.put(`</optgroup>`)
		}
	}
	d.put(`</select>`)
}

func (d *drawing) peopleOptions() []*kitOption {
	var os []*kitOption
	for id, p := range d.people {
		os = append(os, &kitOption{Text: &textObject{Text: displayName(p)}, Value: id})
	}
	return sortOptions(os)
}

func (d *drawing) channelOptions() []*kitOption {
	var os []*kitOption
	for id, ch := range d.channels {
		if !ch.IM {
			os = append(os, &kitOption{Text: &textObject{Text: "#" + ch.Name}, Value: id})
		}
	}
	return sortOptions(os)
}

func sortOptions(os []*kitOption) []*kitOption {
	slices.SortFunc(os, func(a, b *kitOption) int { return strings.Compare(a.Text.Text+a.Value, b.Text.Text+b.Value) })
	return os
}

// choices draws radio buttons.
func (d *drawing) choices(c *control) {
	d.put(`<div class="choices" role="radiogroup"%s>`, d.hooks(c))
	for i, o := range c.Options {
		if o == nil {
			continue
		}
		checked := safeHTML("")
		if c.InitialOption != nil && c.InitialOption.Value == o.Value {
			checked = " checked"
		}
		d.put(`<label><input type="radio" id="%s" name="%s" value="%s"%s><span>%s`,
			d.id(c.part(strconv.Itoa(i))), d.id(c), o.Value, checked, d.text(o.Text))
		if o.Description != nil {
			d.put(`<small>%s</small>`, d.text(o.Description))
		}
		d.put(`</span></label>`)
	}
	d.put(`</div>`)
}

func (d *drawing) field(c *control, kind, value string) {
	d.put(`<input type="%s" value="%s" placeholder="%s" data-initial="%s"%s`, kind, value, words(c.Placeholder), value, d.hooks(c))
	if !d.labelled {
		name := words(c.Placeholder)
		if name == "" {
			name = strings.TrimSuffix(strings.TrimSuffix(strings.ReplaceAll(c.Type, "_", " "), "picker"), " input")
		}
		d.put(` aria-label="%s"`, name)
	}
	if c.MaxLength > 0 {
		d.put(` maxlength="%d"`, c.MaxLength)
	}
	d.put(`>`)
}

func (d *drawing) textarea(c *control, value string) {
	d.put(`<textarea rows="3" placeholder="%s" data-initial="%s"%s>`, words(c.Placeholder), value, d.hooks(c))
	// A browser drops one newline at the start.
	d.put("\n%s</textarea>", value)
}

func (d *drawing) input(k *kitBlock) {
	var e kitElement
	_ = json.Unmarshal(k.Element, &e)
	dispatch := ""
	if k.DispatchAction {
		dispatch = " dispatches"
	}
	d.put(`<div class="input%s"><label for="%s">%s`, dispatch,
		d.id(&control{blockID: k.BlockID, kitElement: &e}), d.text(object(k.Label)))
	if k.Optional {
		d.put(` <span class="quiet">(optional)</span>`)
	}
	d.put(`</label>`)
	d.labelled = true
	d.element(k.BlockID, k.Element)
	d.labelled = false
	if k.Hint != nil {
		d.put(`<small class="quiet">%s</small>`, d.text(k.Hint))
	}
	if words := d.errors[k.BlockID]; words != "" {
		d.put(`<p class="error" role="alert">%s</p>`, words)
	}
	d.put(`</div>`)
}
