package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
)

// A click is one use of a button or menu.
type click struct {
	caller
	messageTS string
	threadTS  string
	ephemeral bool
	url       string // where the answer goes; empty on the Home tab and in a modal
	verb      blocks.ActionID
	about     blocks.Subject
	block     string // of the control
	chosen    string // the person picked in it
	view      string // id of the modal
	meta      meta
	values    values // of the modal's inputs so far
}

// interaction takes what Slack sends when somebody clicks, sends off a form or
// uses a shortcut. The body is the acknowledgement: empty, but for a form, whose
// mistakes it carries. Any other answer follows by the response URL.
func (b *Bot) interaction(i slack.InteractionCallback) (body []byte) {
	if i.Type == slack.InteractionTypeViewSubmission {
		return b.submitted(i)
	}
	if i.TriggerID != "" && b.requests.seen(i.TriggerID, time.Now()) {
		return nil
	}
	switch i.Type {
	case slack.InteractionTypeBlockActions:
		for _, a := range i.ActionCallback.BlockActions {
			c := newClick(i, a)
			b.replies.later("act on "+string(c.verb), c.url, func(ctx context.Context) error {
				if i.User.TeamID == "" || i.User.TeamID != i.Team.ID {
					return b.replies.refuseOutsider(ctx, c)
				}
				return b.act(ctx, c)
			})
		}
	case slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction:
		b.replies.later("open a shortcut", i.ResponseURL, func(ctx context.Context) error { return b.useShortcut(ctx, i) })
	}
	return nil
}

func newClick(i slack.InteractionCallback, a *slack.BlockAction) click {
	c := click{
		caller:    caller{team: i.Team.ID, user: i.User.ID, channel: i.Container.ChannelID, trigger: i.TriggerID},
		messageTS: i.Container.MessageTs, threadTS: i.Container.ThreadTs,
		ephemeral: i.Container.IsEphemeral,
		url:       i.ResponseURL,
		verb:      blocks.Verb(a.ActionID), about: blocks.Subject(a.Value), block: a.BlockID, chosen: a.SelectedUser,
	}
	if a.SelectedOption.Value != "" {
		c.about = blocks.Subject(a.SelectedOption.Value)
	}
	switch {
	case i.View.Type == slack.VTModal:
		c.on, c.view = guide.InModal, i.View.ID
		json.Unmarshal([]byte(i.View.PrivateMetadata), &c.meta) // ours; what is missing is empty
		if i.View.State != nil {
			c.values = i.View.State.Values
		}
	case i.Container.Type == "view":
		c.on = guide.Home
	case strings.HasPrefix(c.channel, "D"):
		c.on = guide.Direct
	case c.ephemeral:
		c.on = guide.Private
	default:
		c.on = guide.Public
	}
	return c
}

// act runs the row of a verb.
func (b *Bot) act(ctx context.Context, c click) error {
	for _, row := range b.actions {
		if row.verb == c.verb {
			return row.run(ctx, c)
		}
	}
	return fmt.Errorf("unknown action %q", blocks.Clip(string(c.verb), 100))
}

// refreshForm draws a form again, with the fields that a choice brought.
func (b *Bot) refreshForm(ctx context.Context, c click) error {
	if c.values.has(fieldType) {
		return b.inspections.refresh(ctx, c)
	}
	return b.visits.refresh(ctx, c)
}

// answerOn is where the answer to a click is shown: on a message that all read,
// only to the person who clicked.
func (c click) answerOn() guide.Surface {
	if c.on == guide.Public {
		return guide.Private
	}
	return c.on
}

// isDouble reports whether the same person used the same button of the same
// message a moment ago.
func (b *core) isDouble(c click) bool {
	return b.doubleClicks.seen(c.user+"/"+c.channel+"/"+c.messageTS+"/"+string(c.verb)+"/"+string(c.about), time.Now())
}
