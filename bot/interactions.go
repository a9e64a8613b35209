package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// A click is one use of a button or menu.
type click struct {
	caller
	messageTS string
	threadTS  string
	ephemeral bool
	broadcast bool          // the message stands in its thread and in the channel, and was pressed in one of them
	shown     []slack.Block // what the message showed to whoever clicked; none of an ephemeral one
	text      string        // its fallback, escaped
	url       string        // where the answer goes; empty on the Home tab and in a modal
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
	switch i.Type {
	case slack.InteractionTypeViewSubmission:
		return b.submitted(i)
	case slack.InteractionTypeBlockSuggestion:
		return b.suggested(i)
	}
	if i.TriggerID != "" && b.requests.seen(inTeam(b.workspaceOf(&i), i.TriggerID), time.Now()) {
		return nil
	}
	switch i.Type {
	case slack.InteractionTypeBlockActions:
		for _, a := range i.ActionCallback.BlockActions {
			c := newClick(b.workspaceOf(&i), i, a)
			b.replies.later("act on "+string(c.verb), c.url, func(ctx context.Context) (err error) {
				if open := rowOf(b.openings, c.verb); open != nil { // which asks who it is once the form is there
					return open(ctx, c)
				}
				if c.team, err = b.admit(ctx, c.team, c.user); err != nil {
					return b.replies.sayError(ctx, c, "act on "+string(c.verb), err)
				}
				return b.act(ctx, c)
			})
		}
	case slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction:
		b.replies.later("open a shortcut", i.ResponseURL, func(ctx context.Context) error { return b.useShortcut(ctx, i) })
	default:
		b.passOver(kindInteraction, string(i.Type))
	}
	return nil
}

// workspaceOf is the workspace whose work somebody does with a control, a form or a shortcut;
// empty where Slack does not say. The numbers in it are that workspace's: where two companies
// that both have the app share a channel, a visit 1 of each may be meant. So it is, in this order:
//
//   - of a form the workspace whose app opened it: the team of the payload is then that of
//     whoever sends the form off (view.app_installed_team_id; Bolt reads it first, too),
//   - of a message the workspace whose bot posted it: only there its numbers mean something,
//   - the team of the payload, which for a button is that of the installation as well, and of an
//     installation of an organisation is null,
//   - where each workspace has its own token, the one to which the person belongs.
//
// Whether the person may act there is for admit to say.
func (b *Bot) workspaceOf(i *slack.InteractionCallback) string {
	if of := i.View.AppInstalledTeamID; i.View.Type == slack.VTModal && isWorkspace(of) {
		return of
	}
	if i.Type == slack.InteractionTypeBlockActions && i.Message.BotID != "" {
		of := i.Message.Team
		if p := i.Message.BotProfile; p != nil {
			of = cmp.Or(p.TeamID, of)
		}
		if isWorkspace(of) {
			return of
		}
	}
	named := cmp.Or(i.Team.ID, i.View.TeamID)
	if named == "" && !b.o.Slack.isOne() && isWorkspace(i.User.TeamID) {
		return i.User.TeamID
	}
	return named
}

// isWorkspace tells a workspace from an organisation, which stands in its place where a whole
// organisation has installed the app.
func isWorkspace(id string) bool { return strings.HasPrefix(id, "T") }

// suggested answers what somebody types in a menu that Slack fills by asking. Where nothing
// fits, or the menu is none of ours, it offers nothing.
func (b *Bot) suggested(i slack.InteractionCallback) []byte {
	answer := struct {
		Options []*slack.OptionBlockObject `json:"options"`
	}{[]*slack.OptionBlockObject{}}
	at := slices.IndexFunc(b.suggestions, func(row suggestion) bool { return row.field == i.BlockID })
	if at < 0 {
		b.passOver(kindInteraction, string(slack.InteractionTypeBlockSuggestion))
		return blocks.MustJSON(answer)
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.ackWithin)
	defer cancel()
	err := guard(func(ctx context.Context) error {
		offered := b.suggestions[at].offer(ctx, caller{team: b.workspaceOf(&i), user: i.User.ID}, i.Value)
		answer.Options = append(answer.Options, offered...)
		return nil
	}, ctx)
	if err != nil {
		b.replies.report("offer what fits", err)
	}
	return blocks.MustJSON(answer)
}

func newClick(team string, i slack.InteractionCallback, a *slack.BlockAction) click {
	c := click{
		caller:    caller{team: team, user: i.User.ID, channel: i.Container.ChannelID, trigger: i.TriggerID},
		messageTS: i.Container.MessageTs, threadTS: i.Container.ThreadTs,
		ephemeral: i.Container.IsEphemeral, broadcast: i.Message.SubType == slack.MsgSubTypeThreadBroadcast,
		shown: i.Message.Blocks.BlockSet, text: i.Message.Text,
		url:  i.ResponseURL,
		verb: blocks.Verb(a.ActionID), about: blocks.Subject(a.Value), block: a.BlockID, chosen: a.SelectedUser,
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

// rowOf is what the row of a verb runs; nil where none has it.
func rowOf(rows []action, verb blocks.ActionID) func(context.Context, click) error {
	for _, row := range rows {
		if row.verb == verb {
			return row.run
		}
	}
	return nil
}

// act runs the row of a verb.
func (b *Bot) act(ctx context.Context, c click) error {
	if run := rowOf(b.actions, c.verb); run != nil {
		return run(ctx, c)
	}
	b.passOver(kindInteraction, string(c.verb))
	return fmt.Errorf("unknown action %q", blocks.Clip(string(c.verb), 100))
}

// refreshForm draws a form again, with the fields that a choice brought.
func (b *Bot) refreshForm(ctx context.Context, c click) error {
	switch {
	case c.values.has(fieldRepeat):
		return b.inspections.refresh(ctx, c)
	case c.values.has(fieldLot):
		return b.lots.refresh(ctx, c)
	case c.values.has(fieldKind):
		return b.agreements.back(ctx, c)
	case c.values.has(fieldWhichTest):
		return b.measures.refresh(ctx, c)
	case c.values.has(visit.HostPurposes):
		return b.hosts.refresh(ctx, c)
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
