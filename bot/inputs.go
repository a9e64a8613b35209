package bot

import (
	"slices"

	"github.com/slack-go/slack"
)

func input(field, label string, element slack.BlockElement) *slack.InputBlock {
	return slack.NewInputBlock(field, plain(label), nil, element)
}

func optional(i *slack.InputBlock) *slack.InputBlock {
	i.Optional = true
	return i
}

// hinted adds a line below an input.
func hinted(i *slack.InputBlock, hint string) *slack.InputBlock {
	i.Hint = plain(hint)
	return i
}

// refilling makes a choice of the input draw the form again.
func refilling(i *slack.InputBlock) *slack.InputBlock {
	i.DispatchAction = true
	return i
}

const inputAction = "v"

func textInput(value, placeholder string, multiline bool) *slack.PlainTextInputBlockElement {
	e := &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: inputAction, InitialValue: value, Multiline: multiline}
	if placeholder != "" {
		e.Placeholder = plain(placeholder)
	}
	return e
}

func dayInput(value string) *slack.DatePickerBlockElement {
	e := slack.NewDatePickerBlockElement(inputAction)
	e.InitialDate = value
	e.Placeholder = plain("Pick a day")
	return e
}

// choice is a menu in a form. initial is the value that is chosen to begin with. More
// options than Slack takes in one menu stand in groups, of which it takes as many.
func choice(action, placeholder, initial string, options []*slack.OptionBlockObject) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain(placeholder), action, options...)
	if len(options) > maxOptions {
		e.Options = nil
		for part := range slices.Chunk(options[:min(len(options), maxOptions*maxOptions)], maxOptions) {
			label := clip(part[0].Text.Text, 30) + " to " + clip(part[len(part)-1].Text.Text, 30)
			e.OptionGroups = append(e.OptionGroups, slack.NewOptionGroupBlockElement(plain(label), part...))
		}
	}
	for _, o := range options {
		if o.Value == initial {
			e.InitialOption = o
		}
	}
	return e
}

func peopleInput(action string, initial []string) *slack.MultiSelectBlockElement {
	e := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, plain("Pick people"), action)
	e.InitialUsers = initial
	return e
}

func channelInput(initial string) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, plain("Pick a channel"), inputAction)
	e.InitialConversation = initial
	e.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeBotUsers: true}
	return e
}
