package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/knowledge"
)

// actConfirm is actShare after asking: the channel is shared with another company.
const actConfirm blocks.ActionID = "share-ok"

// advice answers what is asked of the knowledge: questions, pages and tips, and the
// buttons below them.
type advice struct {
	*core
	replies *replies
	live    *live
	tips    *tips
	gaps    *gaps

	directory *directory
	talks     *talks
}

// asking is a question of somebody, with what is known of their time. asked is what may be
// kept of it where it is not answered well; nothing is where that is empty.
func (ad *advice) asking(team, person, words, asked string) guide.Asking {
	q := guide.Asking{Words: words, Asked: asked, Now: ad.o.Now(), Zone: func() *time.Location { return ad.directory.knownZone(team, person) }}
	if asked != "" {
		q.Found = func(found knowledge.Result) { ad.gaps.noted(team, person, asked, found) }
	}
	return q
}

// reply answers what was said in a conversation, with what was asked there before.
func (ad *advice) reply(p blocks.Printer, team string, c chat, on guide.Surface) *blocks.Message {
	q, now := ad.asking(team, c.person, c.words, c.asked), time.Now()
	q.Before = ad.talks.before(team, c.channel, c.thread, now)
	m, next := ad.guide.Load().In(p).Reply(q, on)
	ad.talks.note(team, c.channel, c.thread, next, now)
	return m
}

// actHelp shows the advice that explains an item, over the checklist.
const actHelp blocks.ActionID = "how-to"

// helpful keeps what a person thinks of an entry.
func (ad *advice) helpful(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := ad.directory.printer(ctx, c.team, c.user)
		id, asked, ok := guide.CutAsked(c.about)
		if !ok {
			return fmt.Errorf("an opinion of %q", blocks.Clip(string(c.about), 100))
		}
		if err := ad.o.Store.PutFeedback(ctx, c.team, id, c.user, yes, ad.o.Now()); err != nil {
			return ad.replies.sayError(ctx, c, "keep an opinion", err)
		}
		if !yes {
			return ad.replies.replyPrivately(ctx, c, ad.gaps.afterUnhelpful(c, asked, id, ad.isDouble(ctx, c)))
		}
		return ad.replies.replyPrivately(ctx, c, blocks.Said(p.T("Thank you. Your feedback goes to the people who look after this advice.")))
	}
}

// question answers words that are about no visit: with the page that they name, or
// as a question.
func (ad *advice) question(q request) []byte {
	s, ok := q.guide.Lookup(q.words)
	if !ok {
		m, _ := q.guide.Question(ad.asking(q.team, q.user, q.words, q.asked), q.on)
		return m.EphemeralJSON()
	}
	return q.guide.EphemeralJSON(s, q.on)
}

func (ad *advice) helpCommand(_ context.Context, q request) (*blocks.Message, error) {
	m, _ := q.guide.Answer(guide.SubjectHelp, q.on)
	return m, nil
}

func (ad *advice) tipCommand(_ context.Context, q request) (*blocks.Message, error) {
	return q.guide.Tip(ad.tips.next(q.guide, q.team, q.channel), q.on), nil
}

// phrasesCommand shows the phrases of a situation, or which there are. What is no
// situation is a question about a phrase.
func (ad *advice) phrasesCommand(_ context.Context, q request) (*blocks.Message, error) {
	g := q.guide
	if q.rest == "" {
		m, _ := g.Answer(guide.SubjectPhrases, q.on)
		return m, nil
	}
	t, _ := g.Base.Topic(guide.PhrasesTopic)
	for _, group := range t.Groups {
		names := append([]string{group.ID, group.Title}, group.Aliases...)
		if slices.ContainsFunc(names, func(n string) bool {
			return strings.EqualFold(n, q.rest) || strings.EqualFold(n, q.rest+" phrases")
		}) {
			m, _ := g.Answer(guide.PageSubject(guide.GroupKey(t.ID, group.ID), 0), q.on)
			return m, nil
		}
	}
	words := "phrase " + q.rest
	if s, ok := g.Lookup(words); ok {
		m, _ := g.Answer(s, q.on)
		return m, nil
	}
	m, _ := g.Question(ad.asking(q.team, q.user, words, q.asked), q.on)
	return m, nil
}

// show shows a subject below what is there. Twice would do harm, unlike turning to the
// same page twice.
func (ad *advice) show(ctx context.Context, c click) error {
	if ad.isDouble(ctx, c) {
		return nil
	}
	return ad.turn(ctx, c)
}

// turn shows a subject where the button says.
func (ad *advice) turn(ctx context.Context, c click) error {
	p := ad.directory.printer(ctx, c.team, c.user)
	if c.on == guide.Home && c.about == guide.SubjectMenu {
		return ad.live.openHome(ctx, c.team, c.user)
	}
	g := ad.guide.Load().In(p)
	m, ok := g.Answer(c.about, c.answerOn())
	if !ok {
		m = gone(p, g, c.answerOn())
	}
	return ad.replies.answerClick(ctx, c, m)
}

func (ad *advice) nextTip(ctx context.Context, c click) error {
	p := ad.directory.printer(ctx, c.team, c.user)
	if ad.isDouble(ctx, c) { // the button carries the tip it stands under
		return nil
	}
	g := ad.guide.Load().In(p)
	return ad.replies.answerClick(ctx, c, g.Tip(ad.tips.next(g, c.team, c.channel), c.answerOn()))
}

func (ad *advice) ask(ctx context.Context, c click) error {
	p := ad.directory.printer(ctx, c.team, c.user)
	if ad.isDouble(ctx, c) {
		return nil
	}
	// What was asked before stands corrected, and was kept then.
	m, _ := ad.guide.Load().In(p).Reply(ad.asking(c.team, c.user, string(c.about), ""), c.answerOn())
	return ad.replies.answerClick(ctx, c, m)
}

// share posts a subject into the channel for all to read. In a channel that is
// shared with another company it asks first, unless the person has agreed; so it does
// where Slack does not let it see.
func (ad *advice) share(agreed bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := ad.directory.printer(ctx, c.team, c.user)
		if c.on != guide.Private {
			return errors.New("share: not an answer in a channel")
		}
		all := ad.directory.channelPrinter(ctx, c.team)
		m, ok := ad.guide.Load().In(all).Answer(c.about, guide.Public)
		if !ok {
			return ad.replies.answerClick(ctx, c, gone(p, ad.guide.Load().In(p), guide.Private))
		}
		if !agreed {
			now, err := ad.live.directory.look(ctx, c.team, c.channel)
			if err != nil {
				ad.log.Warn("could not see whether a channel is shared; asked the person", "err", err)
			}
			if err != nil || now.ForAll() {
				return ad.replies.answerClick(ctx, c, askToShare(p, c.about, err))
			}
		}
		// A double click is two requests; where the post fails the click does not count,
		// so that "Share again" works.
		m.Add(blocks.Note(all.M("Shared by %s", blocks.Mention(c.user))))
		shared, err := ad.postOnce(ctx, c, "share/"+string(c.about), func() error { return ad.replies.post(ctx, c.team, c.channel, c.threadTS, m) })
		if err != nil {
			words, ok := explain(p, err)
			if !ok {
				return ad.replies.sayError(ctx, c, "share an answer", err)
			}
			sorry := blocks.Said(words)
			sorry.Add(blocks.Actions(blocks.Button(c.verb, c.about, p.T("Share again")), blocks.Button(guide.ActTurn.With("keep"), c.about, p.T("Back to the answer"))))
			return ad.replies.answerClick(ctx, c, sorry)
		}
		if !shared {
			return nil
		}
		done := blocks.Said(p.T("Shared in this channel."))
		done.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("back"), c.about, p.T("Back to the answer")), blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, p.T("All topics"))))
		return ad.replies.answerClick(ctx, c, done)
	}
}

// askToShare asks before an answer goes where another company reads. unseen is
// the error with which Slack declined to say whether one does.
func askToShare(p blocks.Printer, about blocks.Subject, unseen error) *blocks.Message {
	m := new(blocks.Message)
	if unseen == nil {
		m.Say(p.T("This channel is shared with another company. They would see this answer too."))
	} else {
		m.Say(p.T("I can't tell whether this channel is shared with another company. If it is, they would see this answer too."))
		if words, ok := explain(p, unseen); ok {
			m.Add(blocks.Note(blocks.Escape(words)))
		}
	}
	ok := blocks.Button(actConfirm, about, p.T("Share with everyone here"))
	ok.Style = slack.StyleDanger
	m.Add(blocks.Actions(ok, blocks.Button(guide.ActTurn.With("keep"), about, p.T("Keep it private"))))
	return m
}

// explainItem lays the advice over the checklist, or opens it from a reminder.
func (ad *advice) explainItem(ctx context.Context, c click) error {
	p := ad.directory.printerNow(c.team, c.user)
	return ad.replies.open(ctx, opening{c.caller, actHelp, c.about, p.T("How to")}, func(ctx context.Context, team string) (*modal, error) {
		p := ad.directory.printer(ctx, c.team, c.user)
		g := ad.guide.Load().In(p)
		c.team = team
		ad.live.refresh(ctx, c) // the reminder from which it was opened
		m := &modal{title: p.T("How to")}
		if e, ok := g.Base.Entry(strings.TrimPrefix(string(c.about), "advice/")); ok {
			m.blocks = g.Full(e).Blocks
		} else {
			m.blocks = gone(p, g, guide.Private).Blocks[:1]
		}
		return m, nil
	})
}
