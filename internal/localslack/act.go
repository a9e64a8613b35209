package localslack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What people do. Command, Act, Say, OpenHome and Invite return once the app has
// acknowledged what they sent, or failed to; what the acknowledgement carried is
// visible by then.

// An ActError says that a person cannot do what they tried; nothing was
// delivered. Message follows Slack's own wording.
type ActError struct{ Message string }

func (e *ActError) Error() string { return e.Message }

func cannot(format string, args ...any) error { return &ActError{fmt.Sprintf(format, args...)} }

// A DeliveryError says that the app did not acknowledge a command or a click: it
// was late, unreachable, or answered with an error. In a channel Slackbot has
// already told the person; Home and modals have no place for that, so show Message
// there.
type DeliveryError struct {
	Code    string // "operation_timeout", "dispatch_failed", "http_service_error", …
	Message string
}

func (e *DeliveryError) Error() string { return e.Message }

// An Action is one click or choice on a message, on Home or in a modal.
type Action struct {
	Channel, MessageTS string // the message; or
	Home               bool   // the person's Home tab; or
	View               string // the id of a modal that they have open

	BlockID, ActionID string

	// Value is the chosen option's value, the user's or channel's id, the date
	// ("2026-11-22") or the text. A button's value comes from the button. Values
	// is for elements that take several.
	Value  string
	Values []string
}

// Command sends "/name text" from a channel's message box. "/invite @app" is
// Slack's own and works as Invite does.
//
// An outsider's command goes out too, with the app's team_id and the outsider's
// user_id, so that a test reaches the app's own guard. Slack offers an app's
// commands only in the workspaces that installed it, and the page does the same.
func (w *Workspace) Command(user, channel, line string) error {
	_, err := w.Ask(user, channel, line)
	return err
}

// Ask is Command for a caller that wants the answer to this very command, whatever else
// appears in the channel. answer reports false until the app has answered: with a
// message, in the acknowledgement or at the response_url, of which it gives the newest;
// or with a modal, and then the message is empty.
func (w *Workspace) Ask(user, channel, line string) (answer func() (m Message, ok bool), err error) {
	p, c, err := w.writer(user, channel)
	if err != nil {
		return nil, err
	}
	name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	text = strings.TrimSpace(text)
	if name == "/invite" && strings.TrimPrefix(text, "@") == w.opt.BotName {
		return func() (Message, bool) { return Message{}, true }, w.Invite(user, channel)
	}
	command, ok := w.command(name)
	if !ok || w.uninstalled.Load() {
		return nil, noCommand(name)
	}
	text = escape(text)
	if command.Escape {
		text = w.mentions(text, true)
	}

	w.mu.Lock()
	reply := &replyURL{user: user, channel: channel, command: true}
	responseURL := w.replyURLLocked("commands", reply)
	trigger := w.triggerLocked(user)
	modal := w.triggers[trigger]
	w.mu.Unlock()
	payload := map[string]string{
		"token":                 w.verification(),
		"team_id":               w.opt.TeamID,
		"team_domain":           w.opt.TeamDomain,
		"channel_id":            channel,
		"channel_name":          c.payloadName(),
		"user_id":               user,
		"user_name":             p.Name,
		"command":               name,
		"text":                  text,
		"api_app_id":            w.opt.AppID,
		"is_enterprise_install": "false",
		"response_url":          responseURL,
		"trigger_id":            trigger,
	}
	if w.organisation() != nil {
		payload["is_enterprise_install"], payload["enterprise_id"], payload["enterprise_name"] = fmt.Sprint(w.orgInstall.Load()), w.opt.EnterpriseID, w.opt.TeamName
	}
	acked, failed := w.deliver(delivery{kind: "slash_commands", form: payload})
	if failed == nil {
		failed = w.commandAck(reply, acked)
	}
	if failed != nil {
		e := &DeliveryError{failed.code, fmt.Sprintf("%s failed with the error %q", name, failed.code)}
		w.mu.Lock()
		w.refuseLocked("ack", failed.code, name+": "+failed.detail)
		w.slackbotLocked(user, channel, "", e.Message)
		w.mu.Unlock()
		return nil, e
	}
	return func() (Message, bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if m := w.messageLocked(channel, reply.newest); m != nil {
			return m.clone(), true
		}
		return Message{}, modal.used
	}, nil
}

// command finds one of the app's commands by its name with the slash.
func (w *Workspace) command(name string) (SlashCommand, bool) {
	for _, c := range w.opt.Commands {
		if c.Name == name {
			return c, true
		}
	}
	return SlashCommand{}, false
}

// noCommand is Slack's answer to a command that the person's workspace does not
// have.
func noCommand(name string) error {
	return cannot("%s is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands. "+
		"If you are trying to send a message and not run a command, try preceding the “/” with an empty space.", name)
}

// Say posts a plain message, in a thread if threadTS is set, and returns its
// timestamp. "@visitprep" becomes a mention. An event that the app does not
// acknowledge is retried later, as in Slack, so it is not an error here.
//
// A mention of the app where it is not a member does not reach it: Slackbot offers
// to invite it, and only what is said after that is delivered.
func (w *Workspace) Say(user, channel, threadTS, text string) (ts string, err error) {
	return w.Share(user, channel, threadTS, text)
}

// Share is Say with files that the person has uploaded, by their ids; there may be no
// text then. Slack calls such a message file_share and leaves the person's team out.
func (w *Workspace) Share(user, channel, threadTS, text string, ids ...string) (ts string, err error) {
	p, c, err := w.writer(user, channel)
	if err != nil {
		return "", err
	}
	switch {
	case strings.TrimSpace(text) == "" && len(ids) == 0:
		return "", cannot("There is nothing to send.")
	case len(ids) > attachedMost:
		return "", cannot("A message takes %d files at most.", attachedMost)
	}
	text = linkify(w.mentions(escape(text), false))

	w.mu.Lock()
	sent, err := w.writtenLocked(Message{Channel: channel, ThreadTS: threadTS, User: user, Text: text}, ids)
	if err != nil {
		w.mu.Unlock()
		return "", err
	}
	threadTS = sent.ThreadTS
	m := w.addLocked(sent)
	ts = m.TS // the lock is given up before delivery: the app calls back while it answers
	mention := strings.Contains(text, "<@"+w.opt.BotUserID+">")
	member := c.has(w.opt.BotUserID)
	if mention && !member {
		w.slackbotLocked(user, channel, threadTS, fmt.Sprintf(
			"You mentioned <@%s>, but they’re not in this channel. Type `/invite @%s` to let them in.", w.opt.BotUserID, w.opt.BotName))
	}
	files := w.filesJSON(m)
	w.mu.Unlock()
	if !member {
		return ts, nil
	}

	inner := map[string]any{
		"user": user, "text": text, "ts": ts, "channel": channel, "event_ts": ts,
		"client_msg_id": uuid(),
	}
	if threadTS != "" {
		inner["thread_ts"] = threadTS
	}
	inner = w.aboutPerson(inner, p, c)
	if len(ids) > 0 {
		delete(inner, "team")
		inner["subtype"], inner["upload"], inner["files"] = "file_share", false, files
		inner = w.pushed(c, inner)
	}
	w.sendMessageEvent(c, inner, true)
	if mention && !c.IM { // in a direct message Slack sends message.im alone
		w.sendEvent("app_mention", c, with(inner, "type", "app_mention"), true)
	}
	return ts, nil
}

// writtenLocked leads a message of a person to the head of its thread, and puts the files
// into it.
func (w *Workspace) writtenLocked(m Message, ids []string) (Message, error) {
	if m.ThreadTS != "" {
		parent := w.messageLocked(m.Channel, m.ThreadTS)
		if parent == nil || parent.Only != "" {
			return m, cannot("That message cannot have replies.")
		}
		if parent.ThreadTS != "" {
			m.ThreadTS = parent.ThreadTS
		}
	}
	for _, id := range ids {
		f := w.files[id]
		if f == nil || f.User != m.User || f.Deleted {
			return m, cannot("That file is no longer there. Add it again.")
		}
		if !slices.Contains(m.files, f) {
			m.files, m.Subtype = append(m.files, f), "file_share"
		}
	}
	return m, nil
}

// Act clicks or chooses something that the person sees. An input without
// dispatch_action only remembers the choice; Submit sends it, or the state that
// goes with the next click.
func (w *Workspace) Act(user string, a Action) error {
	p, err := w.human(user)
	if err != nil {
		return err
	}
	w.mu.Lock()
	payload, dispatch, err := w.actLocked(p, a)
	thread := ""
	if m := w.messageLocked(a.Channel, a.MessageTS); m != nil {
		thread = m.ThreadTS
	}
	w.mu.Unlock()
	if err != nil || !dispatch {
		return err
	}
	answer, failed := w.deliver(delivery{kind: "interactive", payload: payload})
	if failed == nil {
		if len(strings.TrimSpace(string(answer.body))) > 0 && strings.TrimSpace(string(answer.body)) != "{}" {
			w.mu.Lock()
			w.noticeLocked("ack", "ignored_response", "The acknowledgement of a click had a body. Slack ignores it: answer with 200 and nothing, and use response_url or chat.update.")
			w.mu.Unlock()
		}
		return nil
	}
	e := &DeliveryError{failed.code, fmt.Sprintf("The app did not take your click (%s). Try again in a moment.", failed.code)}
	w.mu.Lock()
	w.refuseLocked("ack", failed.code, a.ActionID+": "+failed.detail)
	if !a.Home && a.View == "" {
		w.slackbotLocked(user, a.Channel, thread, e.Message)
	}
	w.mu.Unlock()
	return e
}

// Suggest types a.Value into an external_select and gives the options that the app
// offers for it, of which Act then takes one. With fewer letters than the menu wants, the
// app is not asked.
func (w *Workspace) Suggest(user string, a Action) ([]Option, error) {
	p, err := w.human(user)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	payload, key, err := w.suggestionLocked(p, a)
	w.mu.Unlock()
	if err != nil || payload == nil {
		return nil, err
	}
	answer, failed := w.deliver(delivery{kind: "interactive", payload: payload})
	if failed != nil {
		w.refuse("ack", failed.code, a.ActionID+": "+failed.detail)
		return nil, &DeliveryError{failed.code, "Options failed to load."}
	}
	offered, refused := offeredOptions(answer.body)
	if refused != nil {
		w.refuse("ack", refused.code, refused.reason)
		return nil, &DeliveryError{refused.code, "Options failed to load."}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offered[key] = offered
	var list []Option
	for _, o := range offered {
		o, _ := o.(map[string]any)
		text, _ := o["text"].(map[string]any)
		words, _ := text["text"].(string)
		value, _ := o["value"].(string)
		list = append(list, Option{Text: words, Value: value})
	}
	return list, nil
}

// An Option is one that an app offers in an external_select.
type Option struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// suggestionLocked makes the block_suggestion payload; nil if the app is not asked yet.
func (w *Workspace) suggestionLocked(p Person, a Action) (payload map[string]any, key inputKey, err error) {
	at, err := w.placeLocked(p, a)
	if err != nil {
		return nil, key, err
	}
	_, element := findElement(at.blocks, a.BlockID, a.ActionID)
	if element == nil || element["type"] != "external_select" {
		return nil, key, cannot("There is no menu to type in with the block_id %q and the action_id %q.", a.BlockID, a.ActionID)
	}
	least := int64(3) // Slack's, unless the app says otherwise
	if n, ok := element["min_query_length"].(json.Number); ok {
		least, _ = n.Int64()
	}
	if int64(len([]rune(a.Value))) < least {
		return nil, key, nil
	}
	payload = w.payload(p, "block_suggestion")
	payload["container"], payload["action_id"], payload["block_id"], payload["value"] = at.container, a.ActionID, a.BlockID, a.Value
	if at.view != nil {
		payload["view"] = at.view()
	} else {
		payload["channel"] = map[string]any{"id": at.channel.ID, "name": at.channel.payloadName()}
		payload["message"] = w.messageJSON(at.message, true)
	}
	return payload, inputKey{p.ID, at.id, a.BlockID, a.ActionID}, nil
}

// offeredOptions reads the answer to a block_suggestion: options, or groups of them.
func offeredOptions(body []byte) ([]any, *apiError) {
	decoded, err := decodeAny(body)
	answer, isObject := decoded.(map[string]any)
	if err != nil || !isObject {
		return nil, fail("invalid_options", "The answer is not JSON with options or option_groups.")
	}
	c := newChecker(inModal)
	c.fields("", answer, shape{fields: map[string]field{
		"options":       may(listOf(0, 100, oneOption(plainOnly))),
		"option_groups": may(listOf(0, 100, objectOf(shape{fields: map[string]field{"label": must(textOf(plainOnly, 1, 75)), "options": must(listOf(0, 100, oneOption(plainOnly)))}}))),
	}})
	if len(c.breaches) > 0 {
		return nil, refusedBlocks("invalid_options", "", c.breaches)
	}
	offered, flat := answer["options"].([]any)
	groups, _ := answer["option_groups"].([]any)
	if flat == (groups != nil) {
		return nil, fail("invalid_options", "Answer with either options or option_groups; an empty list if nothing fits.")
	}
	for _, g := range groups {
		part, _ := g.(map[string]any)["options"].([]any)
		offered = append(offered, part...)
	}
	return offered, nil
}

// A place is where somebody acts: a message, their Home tab or a modal.
type place struct {
	id        string // for what is entered there
	blocks    []json.RawMessage
	container map[string]any        // as the payload names it
	view      func() map[string]any // as the payload shows it; nil for a message
	channel   *Channel              // of a message
	message   *Message
}

// placeLocked finds where an action takes place, as far as this person can see
// it and the app may be told of it.
func (w *Workspace) placeLocked(p Person, a Action) (place, error) {
	switch {
	case a.View != "":
		v := w.modalLocked(p.ID, a.View)
		if v == nil {
			return place{}, cannot("That form is no longer open.")
		}
		return viewPlace(v, w.modalJSON), nil
	case a.Home:
		v := w.homes[p.ID]
		if v == nil {
			return place{}, cannot("Home is empty.")
		}
		return viewPlace(v, w.homeJSON), nil
	}
	c, m, err := w.seenLocked(p.ID, a.Channel, a.MessageTS)
	switch {
	case err != nil:
		return place{}, err
	case c.Archived:
		return place{}, cannot("#%s is archived.", c.Name)
	case m.BotID == "":
		return place{}, cannot("That message is not from the app.")
	}
	container := map[string]any{"type": "message", "message_ts": m.TS, "channel_id": c.ID, "is_ephemeral": m.Only != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	return place{id: c.ID + "/" + m.TS, blocks: m.Blocks, container: container, channel: c, message: m}, nil
}

func viewPlace(v *View, show func(*View) map[string]any) place {
	return place{
		id: v.ID, blocks: v.Blocks, container: map[string]any{"type": "view", "view_id": v.ID},
		view: func() map[string]any { return show(v) },
	}
}

// seenLocked finds a message that a person can see: in a channel of theirs, and
// not an ephemeral of somebody else.
func (w *Workspace) seenLocked(user, channel, ts string) (*Channel, *Message, error) {
	c, m := w.channelLocked(channel), w.messageLocked(channel, ts)
	if c == nil || !c.has(user) || m == nil || m.Only != "" && m.Only != user {
		return nil, nil, cannot("That message is no longer there.")
	}
	return c, m, nil
}

// actLocked makes the block_actions payload. dispatch is false for an input that
// only remembers what was entered. The choice is kept before the state is read,
// so that the payload's state already contains it, as in Slack.
func (w *Workspace) actLocked(p Person, a Action) (payload map[string]any, dispatch bool, err error) {
	at, err := w.placeLocked(p, a)
	if err != nil {
		return nil, false, err
	}
	block, element := findElement(at.blocks, a.BlockID, a.ActionID)
	if element == nil {
		return nil, false, cannot("There is nothing with the block_id %q and the action_id %q.", a.BlockID, a.ActionID)
	}
	if only, ok := element["visible_to_user_ids"].([]any); ok && !slices.Contains(only, any(p.ID)) {
		return nil, false, cannot("That is for somebody else.")
	}
	key := inputKey{p.ID, at.id, a.BlockID, a.ActionID}
	if element["type"] == "external_select" {
		element = with(element, "options", w.offered[key])
	}
	action, stateful, err := chosen(element, a)
	if element["type"] == "file_input" {
		action["files"], err = w.inputFilesLocked(p.ID, element, a.Values)
	}
	if err != nil {
		return nil, false, err
	}
	if stateful {
		w.inputs[key] = encode(action)
		w.changedLocked()
	}
	if block["type"] == "input" && block["dispatch_action"] != true {
		return nil, false, nil
	}

	payload = w.payload(p, "block_actions")
	payload["container"] = at.container
	if at.view != nil {
		payload["view"] = at.view()
	} else {
		payload["channel"] = map[string]any{"id": at.channel.ID, "name": at.channel.payloadName()}
		payload["state"] = w.stateLocked(inputKey{user: p.ID, place: at.id}, at.blocks)
		payload["response_url"] = w.replyURLLocked("actions", &replyURL{user: p.ID, channel: at.channel.ID, ts: at.message.TS})
		if at.message.Only == "" { // Slack stores no ephemerals, so it cannot send one along
			payload["message"] = w.messageJSON(at.message, true)
		}
	}
	payload["trigger_id"] = w.triggerLocked(p.ID)
	action = with(action, "action_id", a.ActionID)
	action["block_id"] = a.BlockID
	action["action_ts"] = w.stampLocked()
	for _, k := range []string{"text", "style", "placeholder"} {
		if v, ok := element[k]; ok {
			action[k] = v
		}
	}
	payload["actions"] = []any{action}
	return payload, true, nil
}

// An inputKey is where one person entered something: everybody has their own
// entries, also on a message that all see.
type inputKey struct{ user, place, block, action string }

// stateLocked is the "state" of all inputs in a place, as one person sees it:
// what they entered, or else the value that the app gave. key needs no block and
// action.
func (w *Workspace) stateLocked(key inputKey, blocks []json.RawMessage) map[string]any {
	values := map[string]any{}
	eachElement(blocks, func(block, element map[string]any) {
		initial, ok := initialState(element)
		if !ok {
			return
		}
		key.block, _ = block["block_id"].(string)
		key.action, _ = element["action_id"].(string)
		var v any = initial
		if entered, ok := w.inputs[key]; ok {
			v = entered
		}
		group, _ := values[key.block].(map[string]any)
		if group == nil {
			group = map[string]any{}
			values[key.block] = group
		}
		group[key.action] = v
	})
	return map[string]any{"values": values}
}

// OpenHome opens the app's Home tab. Slack tells the app each time, and the app
// publishes the tab in answer; until then an older one is shown.
func (w *Workspace) OpenHome(user string) error {
	p, err := w.human(user)
	if err != nil {
		return err
	}
	if !w.ours(p) {
		return cannot("The app is not installed in your workspace, so it has no Home there.")
	}
	w.mu.Lock()
	c := w.directLocked(user)
	inner := map[string]any{"type": "app_home_opened", "user": user, "channel": c.ID, "tab": "home", "event_ts": w.stampLocked()}
	if v := w.homes[user]; v != nil {
		inner["view"] = w.homeJSON(v)
	}
	w.mu.Unlock()
	w.sendEvent("app_home_opened", nil, inner, true)
	return nil
}

// Invite brings the app into a channel. The app learns of it from
// member_joined_channel.
func (w *Workspace) Invite(by, channel string) error {
	p, c, err := w.writer(by, channel)
	if err != nil {
		return err
	}
	if !w.ours(p) {
		return cannot("Only people of the workspace that installed the app can invite it.")
	}
	if c.IM {
		return cannot("You cannot invite anyone to a direct message.")
	}
	if c.has(w.opt.BotUserID) {
		return cannot("%s is already in this channel.", w.opt.BotRealName)
	}
	there, inner := w.join(channel, by)
	w.sendEvent("member_joined_channel", there, inner, true)
	return nil
}

// join makes the bot a member and returns the event that tells it so.
func (w *Workspace) join(channel, inviter string) (*Channel, map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channelLocked(channel)
	c.Members = append(c.Members, w.opt.BotUserID)
	text := fmt.Sprintf("<@%s> has joined the channel", w.opt.BotUserID)
	m := w.addLocked(Message{Channel: channel, User: w.opt.BotUserID, Subtype: "channel_join", Text: text})
	there := c.clone()
	return &there, map[string]any{
		"type": "member_joined_channel", "user": w.opt.BotUserID, "channel": channel, "inviter": inviter,
		"channel_type": c.letter(), "team": w.opt.TeamID, "event_ts": m.TS,
	}
}

// human finds somebody one can act as, which the app and Slackbot are not. Other bots
// and people whose accounts are deactivated are: a test that acts as one reaches the
// app's own guard. The page does not offer them.
func (w *Workspace) human(id string) (Person, error) {
	p, ok := w.Person(id)
	if !ok || id == w.opt.BotUserID || id == Slackbot {
		return Person{}, cannot("Nobody has the id %s.", id)
	}
	return p, nil
}

// writer checks that somebody may write in a channel.
func (w *Workspace) writer(user, channel string) (Person, *Channel, error) {
	p, err := w.human(user)
	if err != nil {
		return p, nil, err
	}
	c, ok := w.Channel(channel)
	switch {
	case !ok:
		return p, nil, cannot("There is no such channel.")
	case !c.has(user):
		return p, nil, cannot("You are not in #%s.", c.Name)
	case c.Archived:
		return p, nil, cannot("#%s is archived.", c.Name)
	}
	return p, &c, nil
}

// payloadName is the channel's name in commands and clicks, where Slack does not
// reveal the names of private channels.
func (c *Channel) payloadName() string {
	switch {
	case c.IM:
		return "directmessage"
	case c.Private:
		return "privategroup"
	}
	return c.Name
}

func (c *Channel) letter() string {
	switch {
	case c.IM:
		return "D"
	case c.Private:
		return "G"
	}
	return "C"
}

// escape replaces the three characters that mean something in mrkdwn, as Slack
// does with what people type.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// lazily compiles a pattern on first use: serve, which has no local workspace,
// does not pay for it.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

var (
	atName   = lazily(`(^|[^\w@&/.])([@#])([\w.-]*\w)`)
	httpLink = lazily(`https?://[^\s<>|]*[^\s<>|.,;:!?)"'\]]`)
)

// mentions turns @handle and #channel into Slack's references. named adds the
// name, as Slack does in the text of slash commands.
func (w *Workspace) mentions(s string, named bool) string {
	label := func(name string) string {
		if named {
			return "|" + name
		}
		return ""
	}
	return atName().ReplaceAllStringFunc(s, func(found string) string {
		part := atName().FindStringSubmatch(found)
		if part[2] == "#" {
			for _, c := range w.Channels("") {
				if !c.IM && c.Name == part[3] {
					return part[1] + "<#" + c.ID + "|" + c.Name + ">"
				}
			}
			return found
		}
		for _, p := range w.everybody() {
			if p.Name == part[3] {
				return part[1] + "<@" + p.ID + label(p.Name) + ">"
			}
		}
		return found
	})
}

// linkify puts addresses between < and >, as the message box does.
func linkify(s string) string { return httpLink().ReplaceAllString(s, "<$0>") }

// findElement finds one interactive element and its block. Ids are unique in a
// block only, so both are needed.
func findElement(blocks []json.RawMessage, blockID, actionID string) (block, element map[string]any) {
	eachElement(blocks, func(b, e map[string]any) {
		if element == nil && b["block_id"] == blockID && e["action_id"] == actionID {
			block, element = b, e
		}
	})
	return block, element
}

// eachElement calls f for every interactive element with the block it is in.
func eachElement(blocks []json.RawMessage, f func(block, element map[string]any)) {
	var walk func(block map[string]any, v any)
	walk = func(block map[string]any, v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v["action_id"].(string); ok {
				f(block, v)
				return
			}
			if _, ok := v["block_id"].(string); ok {
				block = v
			}
			for _, k := range sortedKeys(v) {
				walk(block, v[k])
			}
		case []any:
			for _, e := range v {
				walk(block, e)
			}
		}
	}
	for _, raw := range blocks {
		if v, err := decodeAny(raw); err == nil {
			walk(nil, v)
		}
	}
}

// singles are the inputs with one value: the field that a choice is sent in, and
// the field of the element that holds its initial value.
var singles = map[string][2]string{
	"users_select":         {"selected_user", "initial_user"},
	"conversations_select": {"selected_conversation", "initial_conversation"},
	"datepicker":           {"selected_date", "initial_date"},
	"plain_text_input":     {"value", "initial_value"},
	"static_select":        {"selected_option", "initial_option"},
	"external_select":      {"selected_option", "initial_option"},
	"radio_buttons":        {"selected_option", "initial_option"},
}

// initialState is the state of an untouched input; ok is false for what has no
// state, such as a button. Slack sends null for an empty single value and an
// empty list for several.
func initialState(element map[string]any) (state map[string]any, ok bool) {
	kind, _ := element["type"].(string)
	if f, ok := singles[kind]; ok {
		return map[string]any{"type": kind, f[0]: element[f[1]]}, true
	}
	if kind == "checkboxes" {
		list, _ := element["initial_options"].([]any)
		if list == nil {
			list = []any{}
		}
		return map[string]any{"type": kind, "selected_options": list}, true
	}
	if kind == "file_input" {
		return map[string]any{"type": kind, "files": []any{}}, true
	}
	if kind == "multi_users_select" {
		list, _ := element["initial_users"].([]any)
		if list == nil {
			list = []any{}
		}
		return map[string]any{"type": kind, "selected_users": list}, true
	}
	return nil, false
}

// chosen is what an action says about the choice, and whether the choice is part
// of the state. It refuses what the element does not offer, so that a test cannot
// choose what no person could.
func chosen(element map[string]any, a Action) (action map[string]any, stateful bool, err error) {
	kind, _ := element["type"].(string)
	action = map[string]any{"type": kind}
	switch kind {
	case "button":
		if v, ok := element["value"]; ok {
			action["value"] = v
		}
		return action, false, nil
	case "checkboxes":
		list := []any{}
		for _, v := range a.Values {
			o := option(element, v)
			if o == nil {
				return nil, false, cannot("There is no box for %q.", v)
			}
			list = append(list, o)
		}
		action["selected_options"] = list
	case "static_select", "radio_buttons", "external_select":
		o := option(element, a.Value)
		if o == nil && a.Value != "" { // an empty value clears the choice
			return nil, false, cannot("%q is not in the menu.", a.Value)
		}
		action["selected_option"] = nil
		if o != nil {
			action["selected_option"] = o
		}
	case "multi_users_select":
		values := a.Values
		if values == nil && a.Value != "" {
			values = []string{a.Value}
		}
		list := []any{}
		for _, v := range values {
			list = append(list, v)
		}
		action["selected_users"] = list
	case "file_input": // the files themselves are looked up
	default:
		f, ok := singles[kind]
		if !ok {
			return nil, false, cannot("%s cannot be used in this workspace.", kind)
		}
		action[f[0]] = a.Value
		if a.Value == "" && f[0] != "value" {
			action[f[0]] = nil
		}
	}
	return action, true, nil
}

// option finds an offered option by its value.
func option(element map[string]any, value string) map[string]any {
	var found map[string]any
	look := func(list any) {
		options, _ := list.([]any)
		for _, o := range options {
			if o, _ := o.(map[string]any); o != nil && found == nil && o["value"] == value {
				found = o
			}
		}
	}
	look(element["options"])
	groups, _ := element["option_groups"].([]any)
	for _, g := range groups {
		if g, _ := g.(map[string]any); g != nil {
			look(g["options"])
		}
	}
	return found
}
