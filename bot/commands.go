package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// ackWithin is how long an answer may take and still be the acknowledgement
// itself. Slack gives up after three seconds.
const ackWithin = 2 * time.Second

// command answers a slash command with the body of its acknowledgement; nil is
// an empty one. What takes longer follows by the response URL.
func (b *Bot) command(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.caught("take "+c.Command, p)
		}
	}()
	if c.TriggerID != "" && b.requests.seen(c.TriggerID, time.Now()) {
		return nil
	}
	ready := make(chan []byte, 1)
	b.work.Go(func() { ready <- b.answerCommand(c) })
	late := time.NewTimer(b.ackWithin)
	defer late.Stop()
	select {
	case body := <-ready:
		return body
	case <-late.C:
		b.replies.later("answer a command late", c.ResponseURL, func(ctx context.Context) error {
			return b.replies.respond(ctx, c.ResponseURL, <-ready)
		})
		return nil
	}
}

func (b *Bot) answerCommand(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.caught("answer "+c.Command, p)
		}
	}()
	for i := range b.commands {
		if cmd := &b.commands[i]; cmd.name == c.Command {
			return b.answer(cmd, request{
				caller: caller{c.TeamID, c.UserID, c.ChannelID, onSurface(c.ChannelID), c.TriggerID},
				guide:  b.guide.Load(), words: blocks.Incoming(c.Text),
			})
		}
	}
	m := blocks.Said(b.p.T("I don't know %s. Try /visit-prep, /inspection or /etiquette.", blocks.Clip(c.Command, 50)))
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics"))))
	return m.EphemeralJSON()
}

// answer runs the row of a command that takes the words.
func (b *Bot) answer(cmd *command, q request) []byte {
	words := strings.Fields(strings.ToLower(q.words))
	for _, row := range cmd.rows {
		number, rest, ok := row.match(words)
		if !ok {
			continue
		}
		q.number, q.rest = number, rest
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		m, err := row.run(ctx, q)
		switch {
		case errors.Is(err, errOtherwise):
			return cmd.otherwise(q)
		case err != nil:
			m = b.replies.errorMessage("answer "+cmd.name+" "+row.usage, err)
		case m == nil:
			return nil // a form has opened
		}
		return m.EphemeralJSON()
	}
	return cmd.otherwise(q)
}

// errOtherwise is returned by a row that leaves its words to what the command does
// with all others: they turned out to be a question.
var errOtherwise = errors.New("these words are none of the row's")

func useOtherwise(context.Context, request) (*blocks.Message, error) { return nil, errOtherwise }

// inspectionHelp is what can be typed after /inspection.
func (b *Bot) inspectionHelp(request) []byte {
	m := new(blocks.Message)
	m.Title(b.p.T("Inspections"))
	var list blocks.Markup
	for _, c := range b.commands {
		if c.name != "/inspection" {
			continue
		}
		for _, l := range c.help() {
			list += blocks.Code(l.Command) + "  " + blocks.Escape(l.Meaning) + "\n"
			m.Text.Line(l.Command + ": " + l.Meaning)
		}
	}
	m.Add(blocks.Section(list))
	return m.EphemeralJSON()
}

// onSurface tells where the answer to a command will be read. Slack's ids say
// which conversations are direct messages.
func onSurface(channel string) guide.Surface {
	if strings.HasPrefix(channel, "D") {
		return guide.Direct
	}
	return guide.Private
}

// showCommand shows the visit, inspection or plan of a number.
func (b *Bot) showCommand(kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return b.show(ctx, q.guide, q.caller, visit.SubjectOf(kind, q.number))
	}
}

// openClick shows the person who clicked what the button is about, whatever it is.
func (b *Bot) openClick(ctx context.Context, c click) error {
	m, err := b.show(ctx, b.guide.Load(), c.caller, visit.Subject(c.about))
	return b.replies.replyPrivately(ctx, c, b.replies.orApology("open "+string(c.about), m, err))
}

// show is a visit, an inspection or a plan on one screen, for somebody who may see it
// where they stand.
func (b *Bot) show(ctx context.Context, g *guide.Guide, who caller, s visit.Subject) (*blocks.Message, error) {
	if kind, _ := s.Cut(); kind == visit.OfPlan {
		p, err := b.access.plan(ctx, who.team, who.user, s.Number())
		if err != nil {
			return nil, err
		}
		if !visibleIn(p.Place, who.channel) {
			return nil, errElsewhere
		}
		return b.words.planCard(g, &p), nil
	}
	a, err := b.access.appointment(ctx, who.team, who.user, s)
	if err != nil {
		return nil, err
	}
	if !visibleIn(a.Common().Place, who.channel) {
		return nil, errElsewhere
	}
	return b.words.card(g, a, insiders), nil
}
