package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/knowledge"
)

// event takes one event of the Events API. It returns at once; what there is to
// do happens after the acknowledgement. An event that Slack delivers again is
// known by its id and has no second effect.
func (b *Bot) event(e slackevents.EventsAPIEvent) {
	outer, ok := e.Data.(*slackevents.EventsAPICallbackEvent)
	if !ok || outer.EventID == "" {
		b.passOver(kindEvent, cmp.Or(e.InnerEvent.Type, e.Type))
		return
	}
	if b.requests.seen(inTeam(installed(outer), outer.EventID), time.Now()) {
		return
	}
	if !tellsOfInstallation(e.InnerEvent.Data) && !b.servesEvent(outer) {
		return
	}
	switch in := e.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		if in.Tab == "messages" {
			b.welcomes.meet(installed(outer), in.User)
		}
		if in.Tab == "home" {
			b.replies.later("open the Home tab", "", func(ctx context.Context) error { return b.live.openHome(ctx, installed(outer), in.User) })
		}
	case *slackevents.AppMentionEvent:
		if in.BotID == "" && in.Edited == nil {
			b.hear("answer a mention", chat{
				team: b.addressed(outer, in), event: outer.EventID, ts: in.TimeStamp, files: in.Files,
				channel: in.Channel, person: in.User, thread: cmp.Or(in.ThreadTimeStamp, in.TimeStamp), words: blocks.Incoming(in.Text), asked: blocks.WithoutReferences(in.Text),
				on: guide.Public, shared: outer.IsExtSharedChannel,
			})
		}
	case *slackevents.MessageEvent:
		// Our own messages come back as events, those with a file without our bot's id; so do
		// edits and deletions.
		if in.ChannelType == slackevents.ChannelTypeIM && in.BotID == "" && saidByAPerson[in.SubType] && in.User != "" && in.User != ourUser(outer) {
			c := chat{
				team: installed(outer), event: outer.EventID, ts: in.TimeStamp,
				channel: in.Channel, person: in.User, thread: in.ThreadTimeStamp, words: blocks.Incoming(in.Text), asked: blocks.WithoutReferences(in.Text),
				on: guide.Direct,
			}
			if in.Message != nil {
				c.files = in.Message.Files
			}
			b.hear("answer a direct message", c)
		}
	case *slackevents.MemberJoinedChannelEvent:
		b.replies.later("greet a channel", "", func(ctx context.Context) error {
			return errors.Join(b.changes.take(ctx, outer, in), b.greet(ctx, outer, in))
		})
	default:
		b.replies.later("take a change of the workspace", "", func(ctx context.Context) error { return b.changes.take(ctx, outer, in) })
	}
}

// saidByAPerson are the subtypes of a message that somebody wrote: plain, with a
// file, sent to the channel from a thread, or by /me.
var saidByAPerson = map[string]bool{"": true, slack.MsgSubTypeFileShare: true, slack.MsgSubTypeThreadBroadcast: true, slack.MsgSubTypeMeMessage: true}

// ourUser is the app's own user in the workspace for which an event was delivered.
func ourUser(e *slackevents.EventsAPICallbackEvent) string {
	if len(e.Authorizations) > 0 {
		return e.Authorizations[0].UserID
	}
	return ""
}

// installed is the workspace for which an event was delivered: in a shared channel the event itself
// may carry the other company's. It is one of those that see it. Slack delivers an event once, also
// where several installations see it, and names any of them.
func installed(e *slackevents.EventsAPICallbackEvent) string {
	if len(e.Authorizations) > 0 && e.Authorizations[0].TeamID != "" {
		return e.Authorizations[0].TeamID
	}
	return e.TeamID
}

// addressed is the workspace whose app somebody means who mentions it in a shared channel: the one
// whose bot they name, and where that says nothing, their own.
func (b *Bot) addressed(outer *slackevents.EventsAPICallbackEvent, in *slackevents.AppMentionEvent) string {
	team := installed(outer)
	if b.o.Slack.isOne() || !outer.IsExtSharedChannel {
		return team
	}
	ctx, cancel := context.WithTimeout(context.Background(), claimWithin)
	defer cancel()
	is, err := b.o.Store.Installations(ctx)
	if err != nil {
		b.log.Warn("could not look whose app was mentioned", "err", err)
		return team
	}
	of := func(workspace string) *store.Installation { // what serves it, whose bot was named or none
		i, err := b.o.Store.Installation(ctx, workspace)
		if workspace == "" || err != nil {
			return nil
		}
		return &i
	}
	names := func(i *store.Installation) bool {
		return i != nil && i.BotUser != "" && (strings.Contains(in.Text, "<@"+i.BotUser+">") || strings.Contains(in.Text, "<@"+i.BotUser+"|"))
	}
	own := cmp.Or(in.UserTeam, in.SourceTeam)
	for _, workspace := range []string{own, team} {
		if names(of(workspace)) {
			return workspace
		}
	}
	for _, i := range is {
		if i.Ended.IsZero() && !i.OrganisationWide() && names(&i) {
			return i.Workspace
		}
	}
	if of(own) != nil {
		return own
	}
	return team
}

// admit is the workspace for which somebody acts, who may: of another company nobody may
// use the app, whatever workspace their request carries. The error is errNotColleague
// or errUnchecked.
func (b *Bot) admit(ctx context.Context, team, person string) (string, error) {
	team, err := b.directory.home(ctx, team)
	if err != nil {
		return "", unchecked(err)
	}
	s, err := b.directory.relation(ctx, team, person)
	if err == nil && s == stranger {
		err = errNotColleague
	}
	return team, err
}

// A chat is something said to the bot in words.
type chat struct {
	team, event                    string // ids
	channel, person, thread, words string
	asked                          string // the words without those whom they mention
	ts                             string // of the message
	files                          []slack.File
	on                             guide.Surface
	shared                         bool // the event says that another company reads the channel
}

// hear takes what was said to the bot: what somebody saw, or a question.
func (b *Bot) hear(what string, c chat) {
	if isSighting(&c) {
		s := sighting{team: c.team, person: c.person, channel: c.channel, ts: c.ts, thread: c.thread, words: c.words, files: c.files, on: c.on}
		b.findings.take(s)
		return
	}
	b.answerInChat(what, c)
}

// answerInChat answers a mention in its thread and a direct message where it stands.
// In a channel shared with another company only the asker reads the answer,
// and may share it.
func (b *Bot) answerInChat(what string, c chat) {
	b.replies.later(what, "", func(ctx context.Context) error {
		err := guard(func(ctx context.Context) error {
			first, unsure := b.firstDelivery(ctx, c.team, c.event)
			if unsure == nil && !first {
				return nil
			}
			team, err := b.admit(ctx, c.team, c.person)
			if errors.Is(err, errNotColleague) {
				return b.replies.answerPrivately(ctx, c, outsider(b.directory.printerNow(c.team, c.person)))
			}
			if err != nil {
				return err
			}
			if unsure != nil && c.on == guide.Public && !c.shared {
				return unsure
			}
			// Where Slack does not say who reads along, the asker alone gets the answer.
			if c.on == guide.Public && b.readAlong(ctx, team, c) {
				p := b.directory.printer(ctx, c.team, c.person)
				m := b.reply(p, team, c, guide.Private)
				m.Add(blocks.Note(p.M("This channel is shared with another company, so only you can see this answer.")))
				m.Text.Line(p.T("This channel is shared with another company, so only you can see this answer."))
				return b.replies.answerPrivately(ctx, c, m)
			}
			if c.on == guide.Direct {
				if added, err := b.findings.adds(ctx, team, &c); added || err != nil {
					return err
				}
			}
			p := b.directory.channelPrinter(ctx, team)
			if c.on == guide.Direct {
				p = b.directory.printer(ctx, c.team, c.person)
			}
			m := b.reply(p, team, c, c.on)
			if c.on == guide.Direct {
				b.findings.offers(ctx, team, &c, m)
			}
			if err := b.replies.post(ctx, c.team, c.channel, c.thread, m); err != nil {
				return err
			}
			if c.on == guide.Direct {
				b.welcomes.meet(team, c.person)
			}
			return nil
		}, ctx)
		if err == nil {
			return nil
		}
		// The asker hears of it, in the channel if that is possible, otherwise directly.
		m := new(blocks.Message)
		words, known := explain(b.directory.printerNow(c.team, c.person), err)
		if known {
			m.Say(words)
		} else {
			m = b.replies.errorTo(c.team, c.person, what, err)
		}
		if b.replies.answerPrivately(ctx, c, m) == nil || b.replies.post(ctx, c.team, c.person, "", m) == nil {
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

// reply answers what was said in a conversation: a page, what to type where it is a command,
// or a question.
func (b *Bot) reply(p blocks.Printer, team string, c chat, on guide.Surface) *blocks.Message {
	if _, page := b.guide.Load().In(p).Lookup(c.words); !page {
		if m := b.unslashed(p, c.words); m != nil {
			return m
		}
		if name, sure := placeToPlan(c.words); sure && b.guide.Load().Base.Search(c.words, 1).Match != knowledge.Good {
			ps := proposals{forms: []string{oneLine("/visit-prep", "plan", "visit", "to", name)}}
			return ps.said(p)
		}
	}
	return b.advice.reply(p, team, c, on)
}

// readAlong reports whether people of another company read a channel, or may. Where the
// event says so, it is looked at all the same: what stands there may not know it yet.
func (b *Bot) readAlong(ctx context.Context, team string, c chat) bool {
	if known, ok := b.directory.channels.kept(inTeam(team, c.channel)); ok && c.shared && !known.shared {
		b.directory.channels.drop(inTeam(team, c.channel))
	}
	to, err := b.directory.readers(ctx, team, c.channel)
	return c.shared || err != nil || to == everyone
}

// greet says once, when the bot is invited into a channel, what it does there.
func (b *Bot) greet(ctx context.Context, outer *slackevents.EventsAPICallbackEvent, in *slackevents.MemberJoinedChannelEvent) error {
	p := b.directory.channelPrinter(ctx, installed(outer))
	self := ""
	if len(outer.Authorizations) > 0 && outer.Authorizations[0].IsBot {
		self = outer.Authorizations[0].UserID
	} else {
		who, err := b.api(ctx, installed(outer)).AuthTestContext(ctx)
		if err != nil {
			return fmt.Errorf("learn the bot's own id: %w", err)
		}
		self = who.UserID
	}
	if in.User != self {
		return nil
	}
	if first, err := b.firstDelivery(ctx, installed(outer), outer.EventID); err != nil || !first {
		return err
	}
	m := blocks.Said(p.T("I help you prepare for factory visits in China: what to check, what to ask, how to be a good guest."))
	m.Add(blocks.Note(p.M("Type %s for the topics, or ask %s. Answers to commands are visible only to you until you share them; when you mention me, everyone in the thread sees the answer.", blocks.Code("/visit-prep"), blocks.Code("/visit-prep how do I know it is a real factory"))))
	m.Text.Line(p.T("Type /visit-prep for the topics, or ask /visit-prep how do I know it is a real factory. Answers to commands are visible only to you until you share them; when you mention me, everyone in the thread sees the answer."))
	m.Add(blocks.Actions(blocks.Button(guide.ActShow.With("menu"), guide.SubjectMenu, p.T("Show topics"))))
	return b.replies.post(ctx, installed(outer), in.Channel, "", m)
}
