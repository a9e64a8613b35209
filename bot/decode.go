package bot

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/blocks"
)

// What Slack sends is read by the library, which reads all of it: the blocks of
// somebody's message as well, of kinds that it may not know yet. Where it fails, what the
// bot needs is read alone. The types below say what that is. What they name is read
// strictly: a field that is left out in silence would be a form saved by halves, or a
// stranger taken for a colleague.

// An eventNeed is what the bot needs of an event.
type eventNeed struct {
	Type               string                     `json:"type"`
	TeamID             string                     `json:"team_id"`
	EventID            string                     `json:"event_id"`
	IsExtSharedChannel bool                       `json:"is_ext_shared_channel"`
	Authorizations     []slack.EventAuthorization `json:"authorizations"`
	Event              struct {
		Type        string          `json:"type"`
		SubType     string          `json:"subtype,omitempty"`
		Channel     string          `json:"channel,omitempty"`
		ChannelType string          `json:"channel_type,omitempty"`
		User        string          `json:"user,omitempty"`
		UserTeam    string          `json:"user_team,omitempty"`
		BotID       string          `json:"bot_id,omitempty"`
		Text        string          `json:"text,omitempty"`
		TS          string          `json:"ts,omitempty"`
		ThreadTS    string          `json:"thread_ts,omitempty"`
		Edited      json.RawMessage `json:"edited,omitempty"`
		Tab         string          `json:"tab,omitempty"`
		Files       fileNeeds       `json:"files,omitempty"`
	} `json:"event"`
}

// fileNeeds are the files of a message. One that cannot be read is left out: the words are
// taken all the same, and the message stays in Slack.
type fileNeeds []fileNeed

func (fs *fileNeeds) UnmarshalJSON(payload []byte) error {
	var all []json.RawMessage
	json.Unmarshal(payload, &all) // without the files the message is read all the same
	for _, file := range all {
		var f fileNeed
		if json.Unmarshal(file, &f) == nil && f.ID != "" {
			*fs = append(*fs, f)
		}
	}
	return nil
}

func (fs fileNeeds) MarshalJSON() ([]byte, error) { return json.Marshal(append([]fileNeed{}, fs...)) }

// A fileNeed is what the bot needs of a file: the rest is asked for when it is fetched.
type fileNeed struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Mimetype   string `json:"mimetype"`
	Filetype   string `json:"filetype"`
	Permalink  string `json:"permalink"`
	FileAccess string `json:"file_access,omitempty"`
}

// An interactionNeed is what the bot needs of a click, a form or a shortcut.
type interactionNeed struct {
	Type                string `json:"type"`
	CallbackID          string `json:"callback_id"`
	BlockID             string `json:"block_id,omitempty"` // of a menu in which somebody types
	Value               string `json:"value,omitempty"`    // what they typed
	TriggerID           string `json:"trigger_id"`
	ResponseURL         string `json:"response_url"`
	IsEnterpriseInstall bool   `json:"is_enterprise_install"`
	Team                struct {
		ID string `json:"id"`
	} `json:"team"`
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Enterprise struct {
		ID string `json:"id"`
	} `json:"enterprise"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		Type        string `json:"type"`
		ViewID      string `json:"view_id"`
		ChannelID   string `json:"channel_id"`
		MessageTS   string `json:"message_ts"`
		ThreadTS    string `json:"thread_ts"`
		IsEphemeral bool   `json:"is_ephemeral"`
	} `json:"container"`
	Message struct {
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts,omitempty"`
		User     string `json:"user,omitempty"`
		BotID    string `json:"bot_id,omitempty"`
		Team     string `json:"team,omitempty"`
		Bot      struct {
			TeamID string `json:"team_id,omitempty"`
		} `json:"bot_profile,omitzero"`
		Text  string    `json:"text"`
		Files fileNeeds `json:"files,omitempty"`
	} `json:"message"`
	Actions []actionNeed `json:"actions"`
	View    struct {
		ID              string `json:"id"`
		TeamID          string `json:"team_id,omitempty"`
		Installed       string `json:"app_installed_team_id,omitempty"`
		Type            string `json:"type"`
		CallbackID      string `json:"callback_id"`
		PrivateMetadata string `json:"private_metadata"`
		State           struct {
			Values map[string]map[string]actionNeed `json:"values"`
		} `json:"state"`
		Blocks inputNeeds `json:"blocks"`
	} `json:"view"`
}

// inputNeeds are the inputs of a form, in the order in which it shows them: beside one of
// them stands why it was not saved. A block that cannot be read is no input of ours.
type inputNeeds []inputNeed

type inputNeed struct {
	Type    string `json:"type"`
	BlockID string `json:"block_id"`
}

func (is *inputNeeds) UnmarshalJSON(payload []byte) error {
	var all []json.RawMessage
	json.Unmarshal(payload, &all) // without the blocks the form is read all the same
	for _, block := range all {
		var in inputNeed
		if json.Unmarshal(block, &in) == nil && in.Type == string(slack.MBTInput) {
			*is = append(*is, in)
		}
	}
	return nil
}

func (is inputNeeds) MarshalJSON() ([]byte, error) { return json.Marshal(append([]inputNeed{}, is...)) }

// An actionNeed is what the bot needs of a control or of an input.
type actionNeed struct {
	ActionID       string `json:"action_id"`
	BlockID        string `json:"block_id"`
	Value          string `json:"value"`
	SelectedOption struct {
		Value string `json:"value"`
	} `json:"selected_option"`
	SelectedUser         string   `json:"selected_user"`
	SelectedUsers        []string `json:"selected_users"`
	SelectedDate         string   `json:"selected_date"`
	SelectedConversation string   `json:"selected_conversation"`
	SelectedOptions      []struct {
		Value string `json:"value"`
	} `json:"selected_options,omitempty"`
	Files []fileNeed `json:"files,omitempty"`
}

// UnmarshalJSON reads files and options strictly where they are what the control is for. In
// a line of text they are nothing of ours.
func (a *actionNeed) UnmarshalJSON(payload []byte) error {
	type plain actionNeed
	of := struct {
		*plain
		Type            string          `json:"type"`
		Files           json.RawMessage `json:"files"`
		SelectedOptions json.RawMessage `json:"selected_options"`
	}{plain: (*plain)(a)}
	if err := json.Unmarshal(payload, &of); err != nil {
		return err
	}
	if len(of.Files) > 0 && (of.Type == "" || of.Type == string(slack.METFileInput)) {
		if err := json.Unmarshal(of.Files, &a.Files); err != nil {
			return err
		}
	}
	if len(of.SelectedOptions) > 0 && of.Type != string(slack.METPlainTextInput) {
		return json.Unmarshal(of.SelectedOptions, &a.SelectedOptions)
	}
	return nil
}

// narrowed is a payload with what need asks for alone.
func narrowed(payload []byte, need any) ([]byte, error) {
	if err := json.Unmarshal(payload, need); err != nil {
		return nil, err
	}
	return json.Marshal(need)
}

// readEvent reads an event. left is what of it could not be read, where the rest is
// enough; err says that it is not.
func readEvent(payload []byte) (e slackevents.EventsAPIEvent, left, err error) {
	read := func(payload []byte) (slackevents.EventsAPIEvent, error) {
		e, err := slackevents.ParseEvent(payload, slackevents.OptionNoVerifyToken())
		if err == nil && e.Type == "" {
			err = noType
		}
		return e, err
	}
	if e, left = read(payload); left == nil {
		return e, nil, nil
	}
	needed, err := narrowed(payload, new(eventNeed))
	if err == nil {
		e, err = read(needed)
	}
	if err != nil {
		return slackevents.EventsAPIEvent{}, nil, err
	}
	return e, left, nil
}

// A lack is why a payload is not read, in words of ours.
type lack string

func (l lack) Error() string { return string(l) }

const (
	noBlock = lack("a control is in a block without an id")
	noType  = lack("it does not say what it is")
	noKind  = lack("it is neither a command nor a payload")
	noID    = lack("it has no id to acknowledge")
)

// readInteraction reads a click, a form or a shortcut, in the manner of readEvent.
func readInteraction(payload []byte) (i slack.InteractionCallback, left, err error) {
	if left = json.Unmarshal(payload, &i); left == nil && isWhole(&i) {
		return i, nil, nil
	}
	if left == nil {
		left = noBlock
	}
	i = slack.InteractionCallback{}
	needed, err := narrowed(payload, new(interactionNeed))
	if err == nil {
		err = json.Unmarshal(needed, &i)
	}
	if err == nil && i.Type == "" {
		err = noType
	}
	if err != nil {
		return slack.InteractionCallback{}, nil, err
	}
	return i, left, nil
}

// isWhole reports whether nothing was left out of an interaction. The library takes a
// control whose block has no id for one of another kind, and says nothing.
func isWhole(i *slack.InteractionCallback) bool {
	return i.Type != "" && (i.Type != slack.InteractionTypeBlockActions || len(i.ActionCallback.AttachmentActions) == 0)
}

// An intake takes what Slack sends, as it is sent, reads it and gives it to the bot.
type intake struct{ b *Bot }

func (in intake) event(payload []byte) {
	if e, ok := in.read(payload); ok {
		in.b.event(e)
	}
}

// read reads an event; it reports false for one that cannot be read, and has told so.
func (in intake) read(payload []byte) (slackevents.EventsAPIEvent, bool) {
	e, left, err := readEvent(payload)
	if err != nil {
		in.b.replies.unread(kindEvent, payload, err)
		return e, false
	}
	in.b.replies.readInPart(kindEvent, payload, left)
	return e, true
}

// interaction takes a click, a form or a shortcut, and gives the answer.
func (in intake) interaction(payload []byte) (answer []byte) {
	i, left, err := readInteraction(payload)
	if err != nil {
		return in.b.replies.unreadInteraction(payload, err)
	}
	in.b.replies.readInPart(kindInteraction, payload, left)
	if !in.b.servesInteraction(&i) {
		return nil
	}
	return in.b.interaction(i)
}

// readCommand reads a slash command from Socket Mode, in the manner of readEvent.
func readCommand(payload []byte) (c slack.SlashCommand, left, err error) {
	if left = json.Unmarshal(payload, &c); left == nil {
		return c, nil, nil
	}
	var need struct {
		Command     string `json:"command"`
		Text        string `json:"text"`
		TeamID      string `json:"team_id"`
		ChannelID   string `json:"channel_id"`
		UserID      string `json:"user_id"`
		TriggerID   string `json:"trigger_id"`
		ResponseURL string `json:"response_url"`
	}
	if err := json.Unmarshal(payload, &need); err != nil {
		return slack.SlashCommand{}, nil, err
	}
	return slack.SlashCommand{
		Command: need.Command, Text: need.Text, TeamID: need.TeamID, ChannelID: need.ChannelID, UserID: need.UserID,
		TriggerID: need.TriggerID, ResponseURL: need.ResponseURL,
	}, left, nil
}

// The kinds of what Slack sends, as they are counted where they cannot be read.
const (
	kindEvent       = "event"
	kindInteraction = "interaction"
	kindCommand     = "command"
	kindEnvelope    = "envelope" // of Socket Mode, of a type that nobody knows
	kindFrame       = "frame"    // of Socket Mode, and no envelope
	kindRequest     = "request"  // over HTTP, and none of these
	kindOther       = "other"    // it was read, and is of a type that nothing here takes
)

// unread notes what could not be read: its kind and where reading ended, nothing that
// stands in it. It returns the reference of the line in the log.
func (r *replies) unread(kind string, payload []byte, err error) (ref string) {
	ref = reference()
	r.o.Undecodable(kind)
	r.log.Warn("could not read what Slack sent", "reference", ref, "kind", kind, "type", typeOf(payload), "err", whatFailed(err))
	return ref
}

// passOver notes what was read and is nothing that the bot takes: an event that nobody
// asked for, the button of a version that is gone. word is Slack's name of its type, or
// ours.
func (c *core) passOver(kind, word string) {
	c.o.Undecodable(kindOther)
	c.log.Debug("passed over what Slack sent", "kind", kind, "type", slackWord(word))
}

// readInPart notes what was read only as far as it is needed. left is nil for what was
// read whole.
func (r *replies) readInPart(kind string, payload []byte, left error) {
	if left != nil {
		r.o.Undecodable(kind)
		r.log.Warn("could not read all of what Slack sent; went on with what is needed", "kind", kind, "type", typeOf(payload), "err", whatFailed(left))
	}
}

// unreadInteraction acknowledges a click. A form stays, below a page that says that it
// is not saved.
func (r *replies) unreadInteraction(payload []byte, err error) (body []byte) {
	ref := r.unread(kindInteraction, payload, err)
	if typeOf(payload) != string(slack.InteractionTypeViewSubmission) {
		return nil
	}
	page := &modal{title: r.english.T("Visit Prep"), blocks: sorry(r.english, ref).Blocks} // who sent it could not be read either
	v := page.view(r.english)
	return blocks.MustJSON(slack.NewPushViewSubmissionResponse(&v))
}

// unreadCommand answers a command.
func (r *replies) unreadCommand(payload []byte, err error) (body []byte) {
	return sorry(r.english, r.unread(kindCommand, payload, err)).EphemeralJSON()
}

// reference is what the person reads and the log has, of the same trouble.
func reference() string { return rand.Text()[:6] }

// typeOf is what a payload says of its own type, or of that of the event in it.
func typeOf(payload []byte) string {
	var t struct{ Type, Event json.RawMessage }
	json.Unmarshal(payload, &t) // what cannot be read has no type
	if len(t.Event) > 0 {
		var in struct{ Type json.RawMessage }
		json.Unmarshal(t.Event, &in)
		t.Type = in.Type
	}
	var name string
	json.Unmarshal(t.Type, &name)
	return slackWord(name)
}

// slackWord is one of Slack's names of types, and nothing else that may stand there.
func slackWord(s string) string {
	if s == "" || len(s) > 60 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "unknown"
	}
	return s
}

// whatFailed says where reading failed. Decoders quote in their errors what they read;
// the place alone is told.
func whatFailed(err error) string {
	var t *json.UnmarshalTypeError
	var s *json.SyntaxError
	var l lack
	switch {
	case errors.As(err, &t):
		return fmt.Sprintf("%s is no %s", cmp.Or(t.Field, "it"), t.Type.Kind())
	case errors.As(err, &s):
		return fmt.Sprintf("no JSON from byte %d on", s.Offset)
	case errors.As(err, &l):
		return string(l)
	}
	if _, name, ok := strings.Cut(err.Error(), " element type "); ok {
		return "an element of the type " + slackWord(name)
	}
	if strings.Contains(err.Error(), "inner Event does not exist") {
		return "an event of that type is not known"
	}
	return fmt.Sprintf("%T", err)
}
