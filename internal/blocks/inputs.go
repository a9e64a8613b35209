package blocks

import (
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// Input is a field of a form. Its block id is the field that an InputError names.
func Input(field, label string, element slack.BlockElement) *slack.InputBlock {
	return slack.NewInputBlock(field, Plain(label), nil, element)
}

// Optional lets the input stay empty.
func Optional(i *slack.InputBlock) *slack.InputBlock {
	i.Optional = true
	return i
}

// Hinted adds a line below an input.
func Hinted(i *slack.InputBlock, hint string) *slack.InputBlock {
	i.Hint = Plain(hint)
	return i
}

// Refilling makes a choice of the input draw the form again.
func Refilling(i *slack.InputBlock) *slack.InputBlock {
	i.DispatchAction = true
	return i
}

// InputAction is the action id of every input: each is alone in its block, whose id
// tells them apart.
const InputAction = "v"

// TextInput takes text, of several lines where multiline is set.
func TextInput(value, placeholder string, multiline bool) *slack.PlainTextInputBlockElement {
	e := &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: InputAction, InitialValue: value, Multiline: multiline}
	if placeholder != "" {
		e.Placeholder = Plain(placeholder)
	}
	return e
}

// DayInput picks a day; value is one as 2027-03-15, or empty.
func DayInput(p Printer, value string) *slack.DatePickerBlockElement {
	e := slack.NewDatePickerBlockElement(InputAction)
	e.InitialDate = value
	e.Placeholder = Plain(p.T("Pick a day"))
	return e
}

// Choice is a menu in a form. initial is the value that is chosen to begin with. More
// options than Slack takes in one menu stand in groups, of which it takes as many.
func Choice(p Printer, action, placeholder, initial string, options []*slack.OptionBlockObject) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, Plain(placeholder), action, options...)
	if len(options) > MaxOptions {
		e.Options = nil
		for part := range slices.Chunk(options[:min(len(options), MaxOptions*MaxOptions)], MaxOptions) {
			label := p.T("%s to %s", Clip(part[0].Text.Text, 30), Clip(part[len(part)-1].Text.Text, 30))
			e.OptionGroups = append(e.OptionGroups, slack.NewOptionGroupBlockElement(Plain(label), part...))
		}
	}
	for _, o := range options {
		if o.Value == initial {
			e.InitialOption = o
		}
	}
	return e
}

// PeopleInput picks people of the workspace.
func PeopleInput(p Printer, action string, initial []string) *slack.MultiSelectBlockElement {
	e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, Plain(p.T("Pick people")), action)
	for _, id := range initial {
		if id = Person(id); id != "" {
			e.InitialUsers = append(e.InitialUsers, id)
		}
	}
	return e
}

// Person is the id of somebody to begin a menu of people with, and nobody where somebody stands there under no id,
// such as a former colleague: Slack refuses the whole form then.
func Person(id string) string {
	if strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return ""
	}
	return id
}

// ChannelInput picks a public or private channel.
func ChannelInput(p Printer, initial string) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, Plain(p.T("Pick a channel")), InputAction)
	e.InitialConversation = initial
	e.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeBotUsers: true}
	return e
}

// Confirmed makes a button dangerous: Slack asks first, and keep is the way out.
func Confirmed(b *slack.ButtonBlockElement, title, text, keep string) *slack.ButtonBlockElement {
	b.Style = slack.StyleDanger
	b.Confirm = slack.NewConfirmationBlockObject(Plain(title), Plain(text), Plain(b.Text.Text), Plain(keep))
	return b
}
