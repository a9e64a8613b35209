package bot

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
)

// event takes one event of the Events API. It returns at once; what there is to
// do happens after the acknowledgement. An event that Slack delivers again is
// known by its id and has no second effect.
func (b *Bot) event(e slackevents.EventsAPIEvent) {
	outer, ok := e.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok || outer.EventID == "" || b.requests.seen(outer.EventID, time.Now()) {
		return
	}
	switch in := e.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		if in.Tab == "home" {
			b.replies.later("open the Home tab", "", func(ctx context.Context) error { return b.live.openHome(ctx, outer.TeamID, in.User) })
		}
	case *slackevents.AppMentionEvent:
		if in.BotID == "" && in.Edited == nil {
			b.answerInChat("answer a mention", chat{
				channel: in.Channel, person: in.User, thread: cmp.Or(in.ThreadTimeStamp, in.TimeStamp), words: blocks.Incoming(in.Text),
				on: guide.Public, shared: outer.IsExtSharedChannel, outsider: foreign(outer, in.UserTeam),
			})
		}
	case *slackevents.MessageEvent:
		// Our own messages come back as events, as do edits and deletions.
		if in.ChannelType == slackevents.ChannelTypeIM && in.BotID == "" && saidByAPerson[in.SubType] && in.User != "" {
			b.answerInChat("answer a direct message", chat{
				channel: in.Channel, person: in.User, thread: in.ThreadTimeStamp, words: blocks.Incoming(in.Text),
				on: guide.Direct, outsider: foreign(outer, in.UserTeam),
			})
		}
	case *slackevents.MemberJoinedChannelEvent:
		b.replies.later("greet a channel", "", func(ctx context.Context) error { return b.greet(ctx, outer, in) })
	}
}

// saidByAPerson are the subtypes of a message that somebody wrote: plain, with a
// file, sent to the channel from a thread, or by /me.
var saidByAPerson = map[string]bool{"": true, slack.MsgSubTypeFileShare: true, slack.MsgSubTypeThreadBroadcast: true, slack.MsgSubTypeMeMessage: true}

// installed is the workspace for which an event was delivered: in a shared
// channel the event itself may carry the other company's.
func installed(e *slackevents.EventsAPICallbackEvent) string {
	if len(e.Authorizations) > 0 && e.Authorizations[0].TeamID != "" {
		return e.Authorizations[0].TeamID
	}
	return e.TeamID
}

// foreign tells whether the person behind an event is of another company. In a
// channel shared with one, a person of unknown origin is.
func foreign(e *slackevents.EventsAPICallbackEvent, personTeam string) bool {
	if personTeam == "" {
		return e.IsExtSharedChannel
	}
	return personTeam != installed(e)
}

// A chat is something said to the bot in words.
type chat struct {
	channel, person, thread, words string
	on                             guide.Surface
	shared                         bool // the channel is shared with another company
	outsider                       bool // and the person is of that company
}

// answerInChat answers a mention in its thread and a direct message where it stands.
// In a channel shared with another company only the asker reads the answer,
// and may share it.
func (b *Bot) answerInChat(what string, c chat) {
	b.replies.later(what, "", func(ctx context.Context) error {
		err := guard(func(ctx context.Context) error {
			if c.outsider {
				return b.replies.answerPrivately(ctx, c, outsider(b.p))
			}
			if c.shared {
				m := b.guide.Load().Reply(c.words, guide.Private)
				m.Add(blocks.Note(b.p.M("This channel is shared with another company, so only you can see this answer.")))
				m.Text.Line(b.p.T("This channel is shared with another company, so only you can see this answer."))
				return b.replies.answerPrivately(ctx, c, m)
			}
			return b.replies.post(ctx, c.channel, c.thread, b.guide.Load().Reply(c.words, c.on))
		}, ctx)
		if err == nil {
			return nil
		}
		// The asker hears of it, in the channel if that is possible, otherwise directly.
		m := new(blocks.Message)
		words, known := explain(b.p, err)
		if known {
			m.Say(words)
		} else {
			m = sorry(b.p, b.replies.report(what, err))
		}
		if b.replies.answerPrivately(ctx, c, m) == nil || b.replies.post(ctx, c.person, "", m) == nil {
			if known {
				b.log.Warn("could not answer as asked; said what to do", "doing", what, "err", err)
			}
			return nil
		}
		if known {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil // reported above
	})
}

// greet says once, when the bot is invited into a channel, what it does there.
func (b *Bot) greet(ctx context.Context, outer *slackevents.EventsAPICallbackEvent, in *slackevents.MemberJoinedChannelEvent) error {
	self := ""
	if len(outer.Authorizations) > 0 && outer.Authorizations[0].IsBot {
		self = outer.Authorizations[0].UserID
	} else {
		who, err := b.o.Slack.AuthTestContext(ctx)
		if err != nil {
			return fmt.Errorf("learn the bot's own id: %w", err)
		}
		self = who.UserID
	}
	if in.User != self {
		return nil
	}
	m := blocks.Said(b.p.T("I help you prepare for factory visits in China: what to check, what to ask, how to be a good guest."))
	m.Add(blocks.Note(b.p.M("Type %s for the topics, or ask %s. Answers to commands are visible only to you until you share them; when you mention me, everyone in the thread sees the answer.", blocks.Code("/visit-prep"), blocks.Code("/visit-prep how do I know it is a real factory"))))
	m.Text.Line(b.p.T("Type /visit-prep for the topics, or ask /visit-prep how do I know it is a real factory. Answers to commands are visible only to you until you share them; when you mention me, everyone in the thread sees the answer."))
	m.Add(blocks.Actions(blocks.Button(guide.ActShow.With("menu"), guide.SubjectMenu, b.p.T("Show topics"))))
	return b.replies.post(ctx, in.Channel, "", m)
}
