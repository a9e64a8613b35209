package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"
)

// actConfirm is actShare after asking: the channel is shared with another company.
const actConfirm blocks.ActionID = "share-ok"

// A click is one use of a button or menu.
type click struct {
	team, user string
	channel    string
	messageTS  string
	threadTS   string
	on         guide.Surface
	ephemeral  bool
	url        string // where the answer goes; empty on the Home tab and in a modal
	trigger    string // opens a modal, for three seconds
	verb       blocks.ActionID
	about      blocks.Subject
	block      string // of the control
	chosen     string // the person picked in it
	view       string // id of the modal
	meta       meta
	values     values // of the modal's inputs so far
}

// interaction takes what Slack sends when somebody clicks, sends off a form or
// uses a shortcut. The body is the acknowledgement: empty, but for a form, whose
// mistakes it carries. Any other answer follows by the response URL.
func (b *Bot) interaction(i slack.InteractionCallback) (body []byte) {
	if i.Type == slack.InteractionTypeViewSubmission {
		return b.submitted(i)
	}
	if i.TriggerID != "" && !b.once.first(i.TriggerID, time.Now()) {
		return nil
	}
	switch i.Type {
	case slack.InteractionTypeBlockActions:
		for _, a := range i.ActionCallback.BlockActions {
			c := newClick(i, a)
			b.later("act on "+string(c.verb), c.url, func(ctx context.Context) error {
				if i.User.TeamID == "" || i.User.TeamID != i.Team.ID {
					return b.refuseOutsider(ctx, c)
				}
				return b.act(ctx, c)
			})
		}
	case slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction:
		b.later("open a shortcut", i.ResponseURL, func(ctx context.Context) error { return b.shortcut(ctx, i) })
	}
	return nil
}

func newClick(i slack.InteractionCallback, a *slack.BlockAction) click {
	c := click{
		team: i.Team.ID, user: i.User.ID,
		channel:   i.Container.ChannelID,
		messageTS: i.Container.MessageTs, threadTS: i.Container.ThreadTs,
		ephemeral: i.Container.IsEphemeral,
		url:       i.ResponseURL, trigger: i.TriggerID,
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

// refuseOutsider answers a click by somebody of another company. In a shared
// channel such a click carries our workspace; only the person's own tells.
func (b *Bot) refuseOutsider(ctx context.Context, c click) error {
	return b.respond(ctx, c.url, outsider(b.p).EphemeralJSON())
}

func outsider(p blocks.Printer) *blocks.Message {
	m := new(blocks.Message)
	m.Say(p.T("Visit Prep answers members of the workspace that installed it. Please ask your contact there to share what you need."))
	return m
}

// act is the table of what buttons and menus do.
func (b *Bot) act(ctx context.Context, c click) error {
	k := b.book.Load()
	switch c.verb {
	case guide.ActShow, guide.ActTurn:
		// Turning a page twice to the same place does no harm; showing it twice would.
		if c.verb == guide.ActShow && b.isDouble(c) {
			return nil
		}
		if c.on == guide.Home && c.about == guide.SubjectMenu {
			return b.openHome(ctx, c.team, c.user)
		}
		m, ok := k.Answer(c.about, c.answerOn())
		if !ok {
			m = gone(b.p, k, c.answerOn())
		}
		return b.answerClick(ctx, c, m)
	case guide.ActTip:
		if b.isDouble(c) { // the button carries the tip it stands under
			return nil
		}
		return b.answerClick(ctx, c, k.Tip(b.nextTip(k, c.team, c.channel), c.answerOn()))
	case guide.ActAsk:
		if b.isDouble(c) {
			return nil
		}
		return b.answerClick(ctx, c, k.Reply(string(c.about), c.answerOn()))
	case guide.ActShare:
		return b.share(ctx, k, c, false)
	case actConfirm:
		return b.share(ctx, k, c, true)
	case actOpen, actVisit, actInspectOne, actPlanShow:
		return b.openSubject(ctx, c)
	case actPlan, actEdit, actList, actBrief, actCalendar, actCancel, actRestore:
		return b.onVisit(ctx, c)
	case actChecklist:
		return b.openChecklist(ctx, c)
	case actPage:
		return b.turnPage(ctx, c)
	case actAdd:
		return b.addItem(ctx, c)
	case actDone, actUndo, actOwner, actRemove:
		return b.onItem(ctx, c)
	case actSkip:
		return b.skipItem(ctx, c)
	case actHelp:
		return b.showHow(ctx, c)
	case actRefill:
		return b.refill(ctx, c)
	case actRedraft:
		return b.redraft(ctx, c)
	case actAnew:
		return b.anew(ctx, c)
	case actRetry:
		return b.retry(ctx, c, false)
	case actPostOK:
		return b.retry(ctx, c, true)
	case guide.ActHelpful, guide.ActUnhelpful:
		return b.opinion(ctx, c)
	case actSnooze:
		return b.snooze(ctx, c)
	case actPlanEdit, actPlanEnd, actPlanResume:
		return b.onPlan(ctx, c)
	case actFactories, actFactory, actFactoryRemove, actFactoryBack:
		return b.onFactory(ctx, c)
	case actHistory:
		return b.onHistory(ctx, c)
	case actInspect, actInspections, actReport, actReopen, actMove, actMoveTo:
		return b.onInspection(ctx, c)
	case actSettings:
		return b.openSettings(ctx, c)
	}
	return fmt.Errorf("unknown action %q", blocks.Clip(string(c.verb), 100))
}

// opinion keeps what a person thinks of an entry.
func (b *Bot) opinion(ctx context.Context, c click) error {
	id, ok := strings.CutPrefix(string(c.about), "advice/")
	if !ok {
		return fmt.Errorf("an opinion of %q", blocks.Clip(string(c.about), 100))
	}
	if err := b.o.Store.PutFeedback(ctx, c.team, id, c.user, c.verb == guide.ActHelpful, b.o.Now()); err != nil {
		return b.sayError(ctx, c, "keep an opinion", err)
	}
	m := new(blocks.Message)
	m.Say(b.p.T("Thank you. It is kept for whoever looks after this advice."))
	return b.whisperTo(ctx, c, m)
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
func (b *Bot) isDouble(c click) bool {
	return !b.double.first(c.user+"/"+c.channel+"/"+c.messageTS+"/"+string(c.verb)+"/"+string(c.about), time.Now())
}

// gone is said when a button's subject is no longer in the knowledge base.
func gone(p blocks.Printer, k *guide.Guide, on guide.Surface) *blocks.Message {
	m := new(blocks.Message)
	m.Say(p.T("That advice has changed since this button was made. Here is what there is now:"))
	m.Add(k.TopicMenu(on))
	return m
}

// answerClick shows m where the click was made: in place for actTurn, below for
// the rest. On a message that others read too, only the person who clicked sees it.
func (b *Bot) answerClick(ctx context.Context, c click, m *blocks.Message) error {
	if c.on == guide.Home {
		return b.publishHome(ctx, c.user, m)
	}
	w := blocks.Response{Message: m, ThreadTS: c.threadTS}
	switch {
	case c.verb != guide.ActShow && c.verb != guide.ActAsk && c.on != guide.Public:
		w.ReplaceOriginal = true
	case c.on == guide.Direct && !c.ephemeral:
		w.InChannel = true
	}
	return b.respond(ctx, c.url, w.Encode())
}

// share posts a subject into the channel for all to read. In a channel that is
// shared with another company it asks first; so it does where Slack does not
// let it see.
func (b *Bot) share(ctx context.Context, k *guide.Guide, c click, confirmed bool) error {
	if c.on != guide.Private {
		return errors.New("share: not an answer in a channel")
	}
	m, ok := k.Answer(c.about, guide.Public)
	if !ok {
		return b.answerClick(ctx, c, gone(b.p, k, guide.Private))
	}
	if !confirmed {
		info, err := b.o.Slack.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: c.channel})
		if err != nil {
			b.log.Warn("could not see whether a channel is shared; asked the person", "err", err)
		}
		if err != nil || info.IsExtShared || info.IsPendingExtShared {
			return b.answerClick(ctx, c, askToShare(b.p, c.about, err))
		}
	}
	// A double click is two requests; the first takes the key. It is given back
	// when the post failed, so that "Try again" works.
	key := "share/" + c.team + "/" + c.channel + "/" + c.messageTS + "/" + string(c.about)
	if !b.once.first(key, time.Now()) {
		return nil
	}
	m.Add(blocks.Note(b.p.M("Shared by %s", blocks.Mention(c.user))))
	if err := b.post(ctx, c.channel, c.threadTS, m); err != nil {
		b.once.forget(key)
		words, ok := explain(b.p, err)
		if !ok {
			return fmt.Errorf("share an answer: %w", err)
		}
		sorry := new(blocks.Message)
		sorry.Say(words)
		sorry.Add(blocks.Actions(blocks.Button(c.verb, c.about, b.p.T("Share again")), blocks.Button(guide.ActTurn.With("keep"), c.about, b.p.T("Back to the answer"))))
		return b.answerClick(ctx, c, sorry)
	}
	done := new(blocks.Message)
	done.Say(b.p.T("Shared in this channel."))
	done.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("back"), c.about, b.p.T("Back to the answer")), blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics"))))
	return b.answerClick(ctx, c, done)
}

// askToShare asks before an answer goes where another company reads. unseen is
// the error with which Slack declined to say whether one does.
func askToShare(p blocks.Printer, about blocks.Subject, unseen error) *blocks.Message {
	m := new(blocks.Message)
	if unseen == nil {
		m.Say(p.T("This channel is shared with another company. They would read this answer too."))
	} else {
		m.Say(p.T("I cannot see whether this channel is shared with another company. If it is, they would read this answer too."))
		if words, ok := explain(p, unseen); ok {
			m.Add(blocks.Note(blocks.Escape(words)))
		}
	}
	ok := blocks.Button(actConfirm, about, p.T("Share with everyone here"))
	ok.Style = slack.StyleDanger
	m.Add(blocks.Actions(ok, blocks.Button(guide.ActTurn.With("keep"), about, p.T("Keep it private"))))
	return m
}

// post puts m into a channel or thread for all to read.
func (b *Bot) post(ctx context.Context, channel, threadTS string, m *blocks.Message) error {
	_, _, err := b.o.Slack.PostMessageContext(ctx, channel, postOptions(m, threadTS)...)
	return err
}

// postOptions are m as the Web API takes it. Links to sources are not unfurled: an
// answer is long enough.
func postOptions(m *blocks.Message, threadTS string) []slack.MsgOption {
	os := []slack.MsgOption{
		slack.MsgOptionText(m.Text.Escaped(), false),
		slack.MsgOptionBlocks(m.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
	if threadTS != "" {
		os = append(os, slack.MsgOptionTS(threadTS))
	}
	return os
}
