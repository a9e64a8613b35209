package localslack

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Block Kit's rules, as Slack's reference pages and SDK types state them in
// autumn 2026. Each kind of block is a shape: its fields, what each may hold,
// which are required. What is not in a shape is refused, as Slack refuses it.
// A kind that Slack has and that has no shape here passes with a notice.

// A breach is one broken rule.
type breach struct {
	at    string // JSON pointer below the blocks or the view
	slack string // as Slack words it
	mend  string // for people: what is wrong, and what to write instead
}

// The three places where blocks can be.
const (
	inMessage = "messages"
	inHome    = "Home tabs"
	inModal   = "modals"
)

// messageTextMost is how much text all blocks of a message may hold together.
// Slack does not publish it; messages were refused from about 13,200 characters.
const messageTextMost = 13000

// A rulebook has the shape of every block and every element, by type.
type rulebook struct {
	blocks, elements map[string]shape
}

// blockKit is made for the first message that is checked: serve, whose messages
// the real Slack checks, does not pay for it.
var blockKit = sync.OnceValue(func() *rulebook {
	return &rulebook{blocks: blockShapes(), elements: elementShapes()}
})

// Slack has these too. There are no rules for them here, so they are accepted as
// they come and each leaves a notice: a message must not pass as checked when a
// part of it was not.
var (
	uncheckedBlocks = []string{
		"alert", "call", "card", "carousel", "container", "context_actions", "data_table", "file", "layout", "markdown", "plan", "task_card", "video",
	}
	uncheckedElements = []string{
		"channels_select", "datetimepicker", "email_text_input", "multi_channels_select",
		"multi_conversations_select", "multi_external_select", "multi_static_select", "number_input", "overflow", "rich_text_input",
		"timepicker", "url_text_input", "workflow_button",
	}
)

// A checker collects the breaches of one message or view.
type checker struct {
	kit       *rulebook
	surface   string
	breaches  []breach
	unchecked []string          // what passed without a check, for the notices
	ids       map[string]string // block_id → where it was first used
	tables    int
	charts    int
	focus     string

	asksForFiles bool // there is a file_input
}

func newChecker(surface string) *checker {
	return &checker{kit: blockKit(), surface: surface, ids: map[string]string{}}
}

// pass accepts something that has no shape here.
func (c *checker) pass(at, kind string) {
	c.unchecked = append(c.unchecked, fmt.Sprintf("%s: %s is neither checked nor drawn here. Look at it in a real Slack.", at, kind))
}

func (c *checker) bad(at, slack, mend string, args ...any) {
	c.breaches = append(c.breaches, breach{at, slack, fmt.Sprintf(mend, args...)})
}

// checkMessage checks the blocks of a message.
func checkMessage(items []any) *checker {
	c := newChecker(inMessage)
	c.blocks("", items, 50)
	return c
}

// checkView checks a whole view of kind "home" or "modal". Its fields and its
// blocks are checked together, so that all breaches are reported at once.
func checkView(view map[string]any, kind string) *checker {
	c := newChecker(inHome)
	if kind == "modal" {
		c.surface = inModal
	}
	if view["type"] != kind {
		c.bad("/type", "must be equal to "+kind, "type is %v; this method wants %q.", view["type"], kind)
		return c
	}
	c.fields("", view, shape{fields: map[string]field{
		"type":             {check: anything, required: true},
		"blocks":           {check: anything, required: true},
		"title":            {check: textOf(plainOnly, 1, 24), required: kind == "modal"},
		"submit":           {check: textOf(plainOnly, 1, 24)},
		"close":            {check: textOf(plainOnly, 1, 24)},
		"private_metadata": {check: str(0, 3000)},
		"callback_id":      {check: str(0, 255)},
		"external_id":      {check: str(0, 255)},
		"clear_on_close":   {check: boolean},
		"notify_on_close":  {check: boolean},
		"submit_disabled":  {check: boolean},
	}})
	blocks, ok := view["blocks"].([]any)
	if !ok && view["blocks"] != nil {
		c.bad("/blocks", "must be an array", "blocks is not a list.")
	}
	c.blocks("/blocks", blocks, 100)
	if kind == "modal" && view["submit"] == nil {
		for _, b := range blocks {
			if b, _ := b.(map[string]any); b["type"] == "input" {
				c.bad("/submit", "missing required field: submit", "a modal with an input needs submit.")
				break
			}
		}
	}
	return c
}

func (c *checker) blocks(at string, items []any, most int) {
	if len(items) > most {
		c.bad(at, fmt.Sprintf("no more than %d items allowed", most), "there are %d blocks; %s can have %d. Send the rest separately.", len(items), c.surface, most)
	}
	for i, v := range items {
		c.block(at+"/"+strconv.Itoa(i), v)
	}
}

// block checks one block: that there is such a kind, that it may be in this place,
// that its block_id is its own, and its fields. What is wrong with the kind ends
// the check, since nothing could be said about the fields.
func (c *checker) block(at string, v any) {
	m, kind := c.typed(at, v)
	if m == nil {
		return
	}
	s, known := c.kit.blocks[kind]
	unchecked := slices.Contains(uncheckedBlocks, kind)
	switch {
	case !known && !unchecked && c.isElement(kind):
		c.bad(at+"/type", "unsupported type: "+kind, "%q is an element; put it into an actions block, or beside a section's text as accessory.", kind)
		return
	case !known && !unchecked:
		c.bad(at+"/type", "unsupported type: "+kind, "there is no block of type %q. Known are: %s.", kind, strings.Join(slices.Sorted(maps.Keys(c.kit.blocks)), ", "))
		return
	case s.surfaces != nil && !slices.Contains(s.surfaces, c.surface):
		c.bad(at+"/type", "unsupported type: "+kind, "a %s block works in %s, not in %s.", kind, strings.Join(s.surfaces, " and "), c.surface)
		return
	}
	if id, ok := m["block_id"].(string); ok && id != "" {
		if first, twice := c.ids[id]; twice {
			c.bad(at+"/block_id", "block_id already exists: "+id, "block_id %q is used at %s too; give each block its own.", id, first)
		} else {
			c.ids[id] = at
		}
	}
	if unchecked {
		c.pass(at, kind)
		return
	}
	c.fields(at, m, s)
	c.actionIDs(at, m)
}

func (c *checker) isElement(kind string) bool {
	_, known := c.kit.elements[kind]
	return known || slices.Contains(uncheckedElements, kind)
}

// actionIDs requires each action_id only once in a block.
func (c *checker) actionIDs(at string, m map[string]any) {
	list, _ := m["elements"].([]any)
	seen := map[string]bool{}
	for i, e := range list {
		e, _ := e.(map[string]any)
		id, _ := e["action_id"].(string)
		if id != "" && seen[id] {
			c.bad(fmt.Sprintf("%s/elements/%d/action_id", at, i), "action_id already exists: "+id, "action_id %q is in this block twice; Slack could not tell which one was used.", id)
		}
		seen[id] = true
	}
}

// typed requires an object with a type.
func (c *checker) typed(at string, v any) (m map[string]any, kind string) {
	m, ok := v.(map[string]any)
	if !ok {
		c.bad(at, "must provide an object", "write a JSON object here, not %s.", describe(v))
		return nil, ""
	}
	kind, ok = m["type"].(string)
	if !ok || kind == "" {
		c.bad(at, "missing required field: type", "the object has no type.")
		return nil, ""
	}
	return m, kind
}

// A shape is what one kind of object may hold.
type shape struct {
	fields   map[string]field
	surfaces []string // nil for all
	loose    bool     // more fields are fine: Slack makes these, apps hand them back
	also     func(c *checker, at string, m map[string]any)
}

type field struct {
	check    check
	required bool
}

// A check looks at one value.
type check func(c *checker, at string, v any)

func (c *checker) fields(at string, m map[string]any, s shape) {
	for _, k := range slices.Sorted(maps.Keys(s.fields)) {
		if _, ok := m[k]; s.fields[k].required && !ok {
			c.bad(at, "missing required field: "+k, "%s is missing.", k)
		}
	}
	for _, k := range sortedKeys(m) {
		f, ok := s.fields[k]
		if !ok && s.loose {
			continue
		}
		if !ok {
			c.bad(at, "invalid additional property: "+k, "Slack has no field %q here. Known are: %s.", k, strings.Join(slices.Sorted(maps.Keys(s.fields)), ", "))
			continue
		}
		f.check(c, at+"/"+k, m[k])
	}
	if s.also != nil {
		s.also(c, at, m)
	}
}

func must(k check) field { return field{check: k, required: true} }
func may(k check) field  { return field{check: k} }

func anything(*checker, string, any) {}

func boolean(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.bad(at, "must provide a boolean", "write true or false, not %s.", describe(v))
	}
}

func str(least, most int) check {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok {
			c.bad(at, "must provide a string", "write a string, not %s.", describe(v))
			return
		}
		c.length(at, s, least, most)
	}
}

func (c *checker) length(at, s string, least, most int) {
	switch n := utf8.RuneCountInString(s); {
	case n < least:
		c.bad(at, fmt.Sprintf("must be more than %d characters", least-1), "it is empty; Slack requires at least %d character.", least)
	case n > most:
		c.bad(at, fmt.Sprintf("must be less than %d characters", most+1), "it has %d characters; %d is the limit. Shorten or split it.", n, most)
	}
}

func integer(least, most int64) check {
	return func(c *checker, at string, v any) {
		n, ok := v.(json.Number)
		i, err := n.Int64()
		if !ok || err != nil {
			c.bad(at, "must provide an integer", "write a whole number, not %s.", describe(v))
		} else if i < least || i > most {
			c.bad(at, fmt.Sprintf("must be between %d and %d", least, most), "%d is out of range; write %d to %d.", i, least, most)
		}
	}
}

func isNumber(c *checker, at string, v any) {
	if _, ok := v.(json.Number); !ok {
		c.bad(at, "must provide a number", "write a number, not %s.", describe(v))
	}
}

func oneOf(words ...string) check {
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(words, s) {
			c.bad(at, "must be one of: "+strings.Join(words, ", "), "%s is not known here; write %s.", describe(v), strings.Join(words, " or "))
		}
	}
}

func listOf(least, most int, item check) check {
	return func(c *checker, at string, v any) {
		l, ok := v.([]any)
		if !ok {
			c.bad(at, "must provide an array", "write a list, not %s.", describe(v))
			return
		}
		if len(l) < least {
			c.bad(at, fmt.Sprintf("must have at least %d item(s)", least), "the list has %d; Slack requires %d or more.", len(l), least)
		}
		if len(l) > most {
			c.bad(at, fmt.Sprintf("no more than %d items allowed", most), "the list has %d; %d is the limit.", len(l), most)
		}
		for i, e := range l {
			item(c, at+"/"+strconv.Itoa(i), e)
		}
	}
}

func objectOf(s shape) check {
	return func(c *checker, at string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			c.bad(at, "must provide an object", "write a JSON object here, not %s.", describe(v))
			return
		}
		c.fields(at, m, s)
	}
}

// address requires an absolute address.
func address(most int) check {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		if !ok {
			c.bad(at, "must provide a string", "write an address, not %s.", describe(v))
			return
		}
		c.length(at, s, 1, most)
		if s != "" && !strings.Contains(s, ":") {
			c.bad(at, "must be a valid URL", "%q is not an absolute address; start it with https://.", s)
		}
	}
}

// isPicture is an address that Slack's servers can fetch.
func isPicture(c *checker, at string, v any) {
	address(3000)(c, at, v)
	if s, ok := v.(string); ok && s != "" && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		c.bad(at, "must be a valid URL", "Slack cannot fetch %q; start it with http:// or https://.", s)
	}
}

const (
	plainOnly = "plain_text"
	either    = "" // plain_text or mrkdwn
)

// textOf is a text object: of one kind, or of either. emoji belongs to plain_text
// alone and verbatim to mrkdwn, and Slack refuses each in the other.
func textOf(kind string, least, most int) check {
	return func(c *checker, at string, v any) {
		m, found := c.typed(at, v)
		if m == nil {
			return
		}
		switch {
		case found != "plain_text" && found != "mrkdwn":
			c.bad(at+"/type", "unsupported type: "+found, "a text is plain_text or mrkdwn, not %q.", found)
			return
		case kind == plainOnly && found != plainOnly:
			c.bad(at+"/type", "must be plain_text", "only plain_text works here.")
			return
		}
		fields := map[string]field{"type": must(anything), "text": must(str(least, most))}
		if found == plainOnly {
			fields["emoji"] = may(boolean)
		} else {
			fields["verbatim"] = may(boolean)
		}
		c.fields(at, m, shape{fields: fields})
	}
}

// elementOf is an element of one of the types. One that has no shape here passes
// wherever an element may be; only one in a message or view may take the focus.
func elementOf(types ...string) check {
	return func(c *checker, at string, v any) {
		m, kind := c.typed(at, v)
		if m == nil {
			return
		}
		if slices.Contains(uncheckedElements, kind) {
			c.pass(at, kind)
			return
		}
		s, ok := c.kit.elements[kind]
		if !ok {
			c.bad(at+"/type", "unsupported type: "+kind, "there is no element of type %q.", kind)
			return
		}
		if !slices.Contains(types, kind) {
			c.bad(at+"/type", "unsupported type: "+kind, "%s cannot be here; allowed are: %s.", kind, strings.Join(types, ", "))
			return
		}
		c.fields(at, m, s)
		if m["focus_on_load"] == true {
			if c.focus != "" {
				c.bad(at+"/focus_on_load", "only one element can have focus_on_load", "%s already has the focus.", c.focus)
			}
			c.focus = at
		}
	}
}

// contextItem is an image or a text.
func contextItem(c *checker, at string, v any) {
	m, kind := c.typed(at, v)
	if m == nil {
		return
	}
	if kind == "image" {
		c.fields(at, m, c.kit.elements["image"])
		return
	}
	if kind != "plain_text" && kind != "mrkdwn" {
		c.bad(at+"/type", "unsupported type: "+kind, "a context block can have image, plain_text and mrkdwn, not %q.", kind)
		return
	}
	textOf(either, 1, 3000)(c, at, v)
}

// variants picks the shape by type.
func variants(shapes map[string]shape) check {
	return func(c *checker, at string, v any) {
		m, kind := c.typed(at, v)
		if m == nil {
			return
		}
		s, ok := shapes[kind]
		if !ok {
			c.bad(at+"/type", "unsupported type: "+kind, "%q is not known here; write %s.", kind, strings.Join(slices.Sorted(maps.Keys(shapes)), ", "))
			return
		}
		c.fields(at, m, s)
	}
}

func optionsOf(kind string, most int) check { return listOf(1, most, oneOption(kind)) }

func oneOption(kind string) check {
	return objectOf(shape{fields: map[string]field{
		"text": must(textOf(kind, 1, 75)), "value": must(str(1, 150)), "description": may(textOf(kind, 1, 75)),
	}})
}

func groups() check {
	return listOf(1, 100, objectOf(shape{fields: map[string]field{
		"label": must(textOf(plainOnly, 1, 75)), "options": must(optionsOf(plainOnly, 100)),
	}}))
}

// offered requires options or option_groups, and the initial choice among them.
func offered(c *checker, at string, m map[string]any) {
	_, flat := m["options"]
	_, grouped := m["option_groups"]
	if flat == grouped {
		c.bad(at, "must define either options or option_groups", "give either options or option_groups, not %s.", map[bool]string{true: "both", false: "neither"}[flat])
	}
	chosenAmong(c, at, m)
}

func chosenAmong(c *checker, at string, m map[string]any) {
	among := func(at string, v any) {
		o, _ := v.(map[string]any)
		value, _ := o["value"].(string)
		if offer := option(m, value); o != nil && (offer == nil || string(encode(offer)) != string(encode(o))) {
			c.bad(at, "must match an option", "the initial choice must be exactly one of the options.")
		}
	}
	if v, ok := m["initial_option"]; ok {
		among(at+"/initial_option", v)
	}
	several, _ := m["initial_options"].([]any)
	for i, v := range several {
		among(at+"/initial_options/"+strconv.Itoa(i), v)
	}
}

// pictured requires image_url or slack_file, not both.
func pictured(c *checker, at string, m map[string]any) {
	_, byURL := m["image_url"]
	_, byFile := m["slack_file"]
	if byURL == byFile {
		c.bad(at, "must provide either image_url or slack_file", "give either image_url or slack_file.")
	}
}

func fileRef() check {
	return objectOf(shape{
		fields: map[string]field{"id": may(str(1, 255)), "url": may(address(3000))},
		also: func(c *checker, at string, m map[string]any) {
			if (m["id"] == nil) == (m["url"] == nil) {
				c.bad(at, "must provide either id or url", "give either id or url of the file.")
			}
		},
	})
}

func confirmDialog() check {
	return objectOf(shape{fields: map[string]field{
		"title": must(textOf(plainOnly, 1, 100)), "text": must(textOf(either, 1, 300)),
		"confirm": must(textOf(plainOnly, 1, 30)), "deny": must(textOf(plainOnly, 1, 30)), "style": may(oneOf("primary", "danger")),
	}})
}

func conversationFilter() check {
	return objectOf(shape{
		fields: map[string]field{
			"include":                          may(listOf(1, 4, oneOf("im", "mpim", "private", "public"))),
			"exclude_external_shared_channels": may(boolean),
			"exclude_bot_users":                may(boolean),
		},
		also: func(c *checker, at string, m map[string]any) {
			if len(m) == 0 {
				c.bad(at, "must define at least one field", "a filter needs include, exclude_external_shared_channels or exclude_bot_users.")
			}
		},
	})
}

func dispatchConfig() check {
	return objectOf(shape{fields: map[string]field{
		"trigger_actions_on": must(listOf(1, 2, oneOf("on_enter_pressed", "on_character_entered"))),
	}})
}

func isDay(c *checker, at string, v any) {
	s, _ := v.(string)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		c.bad(at, "must be a date in the format YYYY-MM-DD", "%s is not a date such as 2026-11-22.", describe(v))
	}
}

func isZone(c *checker, at string, v any) {
	s, _ := v.(string)
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
		c.bad(at, "must be a valid timezone", "%s is not an IANA zone such as Asia/Shanghai.", describe(v))
	}
}

// instant is a number of seconds; Slack's SDKs also send it as a string.
func instant(c *checker, at string, v any) {
	if s, ok := v.(string); ok {
		v = json.Number(s)
	}
	integer(0, 1<<40)(c, at, v)
}

// describe names a value in a message.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return fmt.Sprint(v)
}

// selects are the menus, which may be in actions, beside a section and in inputs.
var selects = []string{"static_select", "external_select", "users_select", "conversations_select", "multi_users_select"}

// elementShapes has the limits that Slack's reference gives for each element.
func elementShapes() map[string]shape {
	id := may(str(0, 255))
	kind := must(anything)
	idList := listOf(1, 100, str(1, 255))
	el := func(fields map[string]field, also func(*checker, string, map[string]any)) shape {
		fields["type"], fields["action_id"] = kind, id
		return shape{fields: fields, also: also}
	}
	selectOf := func(fields map[string]field) map[string]field {
		fields["placeholder"], fields["confirm"], fields["focus_on_load"] = may(textOf(plainOnly, 1, 150)), may(confirmDialog()), may(boolean)
		return fields
	}
	inputOf := func(fields map[string]field) map[string]field {
		fields["placeholder"], fields["focus_on_load"], fields["dispatch_action_config"] = may(textOf(plainOnly, 1, 150)), may(boolean), may(dispatchConfig())
		return fields
	}
	return map[string]shape{
		"button": el(map[string]field{
			"text": must(textOf(plainOnly, 1, 75)), "value": may(str(0, 2000)), "url": may(address(3000)), "style": may(oneOf("primary", "danger")),
			"confirm": may(confirmDialog()), "accessibility_label": may(str(0, 75)), "visible_to_user_ids": may(idList),
		}, nil),
		"image": {
			fields: map[string]field{"type": kind, "image_url": may(isPicture), "slack_file": may(fileRef()), "alt_text": must(str(1, 2000))},
			also:   pictured,
		},
		"radio_buttons": el(map[string]field{
			"options": must(optionsOf(either, 10)), "initial_option": may(oneOption(either)), "confirm": may(confirmDialog()), "focus_on_load": may(boolean),
		}, chosenAmong),
		"datepicker": el(selectOf(map[string]field{"initial_date": may(isDay)}), nil),
		"static_select": el(selectOf(map[string]field{
			"options": may(optionsOf(plainOnly, 100)), "option_groups": may(groups()), "initial_option": may(oneOption(plainOnly)),
		}), offered),
		"external_select": el(selectOf(map[string]field{
			"initial_option": may(oneOption(plainOnly)), "min_query_length": may(integer(0, 100)),
		}), nil),
		"checkboxes": el(map[string]field{
			"options": must(optionsOf(either, 10)), "initial_options": may(listOf(1, 10, oneOption(either))), "confirm": may(confirmDialog()), "focus_on_load": may(boolean),
		}, chosenAmong),
		"users_select":       el(selectOf(map[string]field{"initial_user": may(str(1, 255))}), nil),
		"multi_users_select": el(selectOf(map[string]field{"initial_users": may(idList), "max_selected_items": may(integer(1, 1000))}), nil),
		"conversations_select": el(selectOf(map[string]field{
			"initial_conversation": may(str(1, 255)), "default_to_current_conversation": may(boolean), "response_url_enabled": may(boolean), "filter": may(conversationFilter()),
		}), nil),
		"plain_text_input": el(inputOf(map[string]field{
			"initial_value": may(str(0, 3000)), "multiline": may(boolean), "min_length": may(integer(0, 3000)), "max_length": may(integer(1, 3000)),
		}), nil),
		"file_input": el(map[string]field{"filetypes": may(listOf(1, 100, str(1, 20))), "max_files": may(integer(1, 10))},
			func(c *checker, at string, _ map[string]any) {
				c.asksForFiles = true
				if c.surface != inModal {
					c.bad(at+"/type", "unsupported type: file_input", "a file_input works in modals, not in %s.", c.surface)
				}
			}),
	}
}

// blockShapes has the limits that Slack's reference gives for each block, which
// elements it may hold, and where it works if not everywhere.
func blockShapes() map[string]shape {
	id := may(str(0, 255))
	kind := must(anything)
	inActions := slices.Concat([]string{"button", "checkboxes", "datepicker", "radio_buttons"}, selects)
	inSection := slices.Concat([]string{"button", "checkboxes", "datepicker", "image", "radio_buttons"}, selects)
	inInput := slices.Concat([]string{"checkboxes", "datepicker", "file_input", "plain_text_input", "radio_buttons"}, selects)
	richText := richTextParts()
	bl := func(fields map[string]field) shape {
		fields["type"], fields["block_id"] = kind, id
		return shape{fields: fields}
	}
	on := func(s shape, surfaces ...string) shape { s.surfaces = surfaces; return s }
	checked := func(s shape, also func(*checker, string, map[string]any)) shape { s.also = also; return s }
	return map[string]shape{
		"actions": bl(map[string]field{"elements": must(listOf(1, 25, elementOf(inActions...)))}),
		"context": bl(map[string]field{"elements": must(listOf(1, 10, contextItem))}),
		"divider": bl(map[string]field{}),
		"header":  bl(map[string]field{"text": must(textOf(plainOnly, 1, 150)), "level": may(integer(1, 4))}),
		"section": checked(bl(map[string]field{
			"text": may(textOf(either, 1, 3000)), "fields": may(listOf(1, 10, textOf(either, 1, 2000))),
			"accessory": may(elementOf(inSection...)), "expand": may(boolean),
		}), func(c *checker, at string, m map[string]any) {
			if m["text"] == nil && m["fields"] == nil {
				c.bad(at, "must define either text or fields", "a section needs text or fields.")
			}
		}),
		"image": checked(bl(map[string]field{
			"image_url": may(isPicture), "slack_file": may(fileRef()), "alt_text": must(str(1, 2000)), "title": may(textOf(plainOnly, 1, 2000)),
		}), pictured),
		"input": bl(map[string]field{
			"label": must(textOf(plainOnly, 1, 2000)), "element": must(elementOf(inInput...)), "hint": may(textOf(plainOnly, 1, 2000)),
			"optional": may(boolean), "dispatch_action": may(boolean),
		}),
		"rich_text": bl(map[string]field{"elements": must(richText)}),
		"table": on(checked(bl(map[string]field{
			"rows": must(listOf(1, 100, listOf(1, 20, variants(map[string]shape{
				"raw_text":   {fields: map[string]field{"type": kind, "text": must(str(1, 3000))}},
				"raw_number": {fields: map[string]field{"type": kind, "value": must(isNumber), "text": may(str(0, 255))}},
				"rich_text":  {fields: map[string]field{"type": kind, "block_id": id, "elements": must(richText)}},
			})))),
			"column_settings": may(listOf(0, 20, func(c *checker, at string, v any) {
				if v != nil { // null leaves a column as it is
					objectOf(shape{fields: map[string]field{"align": may(oneOf("left", "center", "right")), "is_wrapped": may(boolean)}})(c, at, v)
				}
			})),
		}), func(c *checker, at string, _ map[string]any) {
			if c.tables++; c.tables > 1 {
				c.bad(at, "only_one_table_allowed", "a message can have one table.")
			}
		}), inMessage),
		"data_visualization": on(checked(bl(map[string]field{"title": must(str(1, 50)), "chart": must(variants(charts(kind)))}), oneChartMore), inMessage),
	}
}

func richStyle() check {
	return objectOf(shape{fields: map[string]field{
		"bold": may(boolean), "italic": may(boolean), "strike": may(boolean), "code": may(boolean), "underline": may(boolean),
		"highlight": may(boolean), "client_highlight": may(boolean), "unlink": may(boolean),
	}})
}

// richParts are what a line of rich text is made of.
func richParts() map[string]shape {
	part := func(fields map[string]field) shape {
		fields["type"], fields["style"] = must(anything), may(richStyle())
		return shape{fields: fields}
	}
	long, id := str(0, 3000), str(1, 255)
	parts := map[string]shape{
		"text":      part(map[string]field{"text": must(str(1, 12000))}),
		"link":      part(map[string]field{"url": must(address(3000)), "text": may(long), "unsafe": may(boolean)}),
		"user":      part(map[string]field{"user_id": must(id)}),
		"usergroup": part(map[string]field{"usergroup_id": must(id)}),
		"channel":   part(map[string]field{"channel_id": must(id)}),
		"team":      part(map[string]field{"team_id": must(id)}),
		"emoji":     part(map[string]field{"name": must(id), "unicode": may(long), "skin_tone": may(integer(1, 6)), "url": may(address(3000))}),
		"broadcast": part(map[string]field{"range": must(oneOf("here", "channel", "everyone"))}),
		"color":     part(map[string]field{"value": must(str(1, 20))}),
		"date": part(map[string]field{
			"timestamp": must(instant), "format": must(str(1, 255)), "timezone": may(isZone), "url": may(address(3000)), "fallback": may(long),
		}),
		"tag": part(map[string]field{
			"text": must(str(1, 75)), "color": may(oneOf("gray", "brown", "purple", "indigo", "blue", "green", "yellow", "orange", "red")),
		}),
	}
	// These come from Slack's clients; their fields are not ours to judge.
	for _, kind := range []string{
		"attachment_mention", "canvas", "canvas_message_unfurl", "canvas_user_mention", "citation", "file", "list_record",
		"message_mention", "salesforce_data_field", "work_object_mention", "workflow_mention",
	} {
		parts[kind] = shape{loose: true}
	}
	return parts
}

// richTextParts are the elements of a rich_text block.
func richTextParts() check {
	richLine := listOf(0, 1000, variants(richParts()))
	border := may(integer(0, 1))
	richBlock := shape{fields: map[string]field{"type": must(anything), "elements": must(richLine), "border": border}}
	return listOf(1, 1000, variants(map[string]shape{
		"rich_text_section":      {fields: map[string]field{"type": must(anything), "elements": must(richLine)}},
		"rich_text_quote":        richBlock,
		"rich_text_preformatted": {fields: map[string]field{"type": must(anything), "elements": must(richLine), "border": border, "language": may(str(1, 50))}},
		"rich_text_list": {fields: map[string]field{
			"type": must(anything), "style": must(oneOf("bullet", "ordered")), "indent": may(integer(0, 8)), "offset": may(integer(0, 1000)), "border": border,
			"elements": must(listOf(1, 1000, variants(map[string]shape{
				"rich_text_section":      {fields: map[string]field{"type": must(anything), "elements": must(richLine)}},
				"rich_text_quote":        richBlock,
				"rich_text_preformatted": richBlock,
			}))),
		}},
	}))
}

// blockText counts the characters of all texts in blocks, for messageTextMost.
func blockText(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += blockText(e)
		}
	case map[string]any:
		for k, e := range v {
			if s, ok := e.(string); ok {
				if k == "text" {
					n += utf8.RuneCountInString(s)
				}
			} else {
				n += blockText(e)
			}
		}
	}
	return n
}

// interactive reports whether Slack gives an element an action_id if it has none.
func interactive(kind string) bool {
	s, ok := blockKit().elements[kind]
	_, acts := s.fields["action_id"]
	return ok && acts
}

// complete gives every block a block_id and every element an action_id, as Slack
// does, and returns the blocks as they will be shown and sent. The ids that it
// makes up depend only on the content and its place, so that tests can compare
// what two runs sent.
func complete(items []any) []json.RawMessage {
	var fill func(v any, salt string)
	fill = func(v any, salt string) {
		switch v := v.(type) {
		case []any:
			for i, e := range v {
				fill(e, salt+"/"+strconv.Itoa(i))
			}
		case map[string]any:
			kind, _ := v["type"].(string)
			if id, _ := v["action_id"].(string); id == "" && interactive(kind) {
				v["action_id"] = madeUp(v, salt)
			}
			for _, k := range sortedKeys(v) {
				fill(v[k], salt+"/"+k)
			}
		}
	}
	out := make([]json.RawMessage, 0, len(items))
	for i, b := range items {
		salt := "/" + strconv.Itoa(i)
		if b, ok := b.(map[string]any); ok {
			if id, _ := b["block_id"].(string); id == "" {
				b["block_id"] = madeUp(b, salt)
			}
		}
		fill(b, salt)
		out = append(out, encode(b))
	}
	return out
}

// madeUp is an id that looks like Slack's.
func madeUp(v any, salt string) string {
	h := sha256.Sum256(append([]byte(salt), encode(v)...))
	return base64.RawURLEncoding.EncodeToString(h[:])[:5]
}
