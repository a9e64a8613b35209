package bot

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
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
			body = b.replies.caught(c.TeamID, c.UserID, "take "+c.Command, p)
		}
	}()
	if !b.serves(c.TeamID, "", time.Time{}) {
		return b.notInstalled()
	}
	if c.TriggerID != "" && b.requests.seen(inTeam(c.TeamID, c.TriggerID), time.Now()) {
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

// answerCommand answers in the language of whoever typed the command. Of somebody whom nobody knows
// Slack is asked first, once for all answers of half an hour: that takes at most one of the two
// seconds that an answer has to be the acknowledgement. Where Slack does not say, it is English.
func (b *Bot) answerCommand(c slack.SlashCommand) (body []byte) {
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.caught(c.TeamID, c.UserID, "answer "+c.Command, p)
		}
	}()
	p := b.directory.printer(context.Background(), c.TeamID, c.UserID)
	if err := b.directory.mayAsk(c.TeamID, c.UserID); err != nil {
		return b.replies.errorTo(c.TeamID, c.UserID, "answer "+c.Command, err).EphemeralJSON()
	}
	b.welcomes.meet(c.TeamID, c.UserID)
	name, words := plainly(b.commands, c.Command, blocks.Incoming(c.Text))
	_, asked := plainly(b.commands, c.Command, blocks.WithoutReferences(c.Text))
	if cmd := commandOf(b.commands, name); cmd != nil {
		return b.answer(cmd, request{
			caller: caller{c.TeamID, c.UserID, c.ChannelID, onSurface(c.ChannelID), c.TriggerID},
			guide:  b.guide.Load().In(p), words: words, asked: asked, url: c.ResponseURL,
		})
	}
	m := blocks.Said(p.T("I don't know %s. Try /visit-prep, /inspection, /factory or /etiquette.", blocks.Clip(c.Command, 50)))
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, p.T("All topics"))))
	return m.EphemeralJSON()
}

// answer runs the row of a command that takes the words.
func (b *Bot) answer(cmd *command, q request) []byte {
	p := b.directory.printerNow(q.team, q.user)
	in, row, number, rest := rowIn(b.commands, cmd, q.words)
	if row == nil {
		return b.answerOther(p, cmd, q)
	}
	cmd = in
	q.number, q.rest = number, rest
	q.form = cmd.typed(row, number, strings.Trim(rest, " ?!."))
	ctx, cancel := context.WithTimeout(context.Background(), workLimit)
	defer cancel()
	m, err := row.run(ctx, q)
	switch {
	case errors.Is(err, errOtherwise):
		return cmd.otherwise(q)
	case err != nil:
		m = b.replies.errorTo(q.team, q.user, "answer "+cmd.name+" "+row.usage, err)
	case m == nil:
		return nil // a form has opened
	case q.url != "" && m.WithoutCharts() != nil:
		// Slack does not tell what it thinks of an acknowledgement, and may not take a chart.
		b.replies.later("answer with a chart", q.url, func(ctx context.Context) error {
			return b.replies.respondWith(ctx, q.url, blocks.Response{Message: m})
		})
		return nil
	}
	return m.EphemeralJSON()
}

// answerOther answers words that no row of a command takes: what is nearly one, or a question.
func (b *Bot) answerOther(p blocks.Printer, cmd *command, q request) []byte {
	if m := b.almost(p, cmd, q.words); m != nil {
		return m.EphemeralJSON()
	}
	if cmd.name == "/visit-prep" {
		ctx, cancel := context.WithTimeout(context.Background(), workLimit)
		defer cancel()
		switch m, ok, err := b.plansTo(ctx, q.caller, q.guide, q.words); {
		case m != nil || err != nil:
			return b.replies.orApologyTo(q.team, q.user, "plan a visit", m, err).EphemeralJSON()
		case ok:
			return nil // the form has opened
		}
	}
	if m := b.nearly(p, cmd, q); m != nil {
		return m.EphemeralJSON()
	}
	return cmd.otherwise(q)
}

// typed is what to type for a row, with a number in the place of its N, and its argument.
func (c *command) typed(row *subcommand, number int, rest string) string {
	words := strings.Fields(row.usage)
	for i, w := range words {
		switch {
		case w == "N":
			words[i] = strconv.Itoa(number)
		case strings.HasPrefix(w, "["):
			_, after, _ := strings.Cut(row.usage, "]")
			return oneLine(c.name, strings.Join(words[:i], " "), rest, strings.TrimSpace(after))
		}
	}
	return oneLine(c.name, strings.Join(words, " "))
}

// unlessAsked is run for what changes something, or opens the form that does. Words with a
// question mark only ask about it: they are answered with what to type.
func (b *Bot) unlessAsked(run func(context.Context, request) (*blocks.Message, error)) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		if strings.Contains(chars.ASCII(q.words), "?") {
			return blocks.Said(b.directory.printer(ctx, q.team, q.user).T("That was a question, so I have changed nothing. To do it, type %s.", q.form)), nil
		}
		return run(ctx, q)
	}
}

// plainly is which command is meant, and what was typed after it: without what people put
// around words, such as quotation marks and Slack's marks for code, and without a command that
// was pasted with its name.
func plainly(all []command, name, words string) (meant, after string) {
	for {
		words = chars.Unwrapped(words)
		first, rest, _ := strings.Cut(words, " ")
		cmd := commandOf(all, pasted(first))
		if cmd == nil {
			return name, words
		}
		name, words = cmd.name, rest
	}
}

// pasted is the name of a command as it stands before what somebody pasted: on another
// keyboard, or as the app is called in a mention. The names that are words of a question,
// too, have to have their slash.
func pasted(word string) string {
	word = chars.ASCII(word)
	if name := strings.TrimLeft(word, "/@"); strings.EqualFold(name, "visit-prep") || strings.EqualFold(name, "visitprep") {
		return "/visit-prep"
	}
	return word
}

func commandOf(all []command, name string) *command {
	for i := range all {
		if strings.EqualFold(all[i].name, name) {
			return &all[i]
		}
	}
	return nil
}

// errOtherwise is returned by a row that leaves its words to what the command does
// with all others: they turned out to be a question.
var errOtherwise = errors.New("these words are none of the row's")

func useOtherwise(context.Context, request) (*blocks.Message, error) { return nil, errOtherwise }

// inspectionHelp is what can be typed after /inspection.
func (b *Bot) inspectionHelp(q request) []byte {
	p := b.directory.printerNow(q.team, q.user)
	return b.rowsOf(p, "/inspection", p.T("Inspections")).EphemeralJSON()
}

// factoryHelp is what can be typed after /factory.
func (b *Bot) factoryHelp(q request) []byte {
	p := b.directory.printerNow(q.team, q.user)
	m := b.rowsOf(p, "/factory", p.T("Factories"))
	m.Add(blocks.Note(p.M("NAME is part of a factory's name, in either language, or its city. For a factory that is called like one of these words, type %s.", blocks.Code("/factory show NAME"))))
	return m.EphemeralJSON()
}

// rowsOf says in lines what can be typed after a command.
func (b *Bot) rowsOf(p blocks.Printer, command, title string) *blocks.Message {
	m := new(blocks.Message)
	m.Title(title)
	var list blocks.Markup
	for _, l := range commandOf(b.commands, command).help(p) {
		list += blocks.Code(l.Command) + "  " + blocks.Escape(l.Meaning) + "\n"
		m.Text.Line(p.T("%s: %s", l.Command, l.Meaning))
	}
	m.Add(blocks.Section(list))
	return m
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

// pressed does for a command what a button does about the visit or inspection of a number.
func pressed(press func(context.Context, click) error, kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		// The trigger stands for the message that was pressed: each time it is typed is another.
		return nil, press(ctx, click{caller: q.caller, messageTS: q.trigger, ephemeral: true, url: q.url, about: blocks.Subject(visit.SubjectOf(kind, q.number))})
	}
}

// openClick shows the person who clicked what the button is about, whatever it is.
func (b *Bot) openClick(ctx context.Context, c click) error {
	p := b.directory.printer(ctx, c.team, c.user)
	m, err := b.show(ctx, b.guide.Load().In(p), c.caller, visit.Subject(c.about))
	return b.replies.replyPrivately(ctx, c, b.replies.orApologyTo(c.team, c.user, "open "+string(c.about), m, err))
}

// show is a visit, an inspection or a plan on one screen, for somebody who may see it
// where they stand.
func (b *Bot) show(ctx context.Context, g *guide.Guide, who caller, s visit.Subject) (*blocks.Message, error) {
	p := b.directory.printer(ctx, who.team, who.user)
	if kind, _ := s.Cut(); kind == visit.OfPlan {
		plan, err := b.access.plan(ctx, who.team, who.user, s.Number())
		if err != nil {
			return nil, err
		}
		if !visibleIn(plan.Place, who.channel) {
			return nil, errElsewhere
		}
		m, err := b.inspections.planMessage(ctx, p, g, &plan)
		if err != nil {
			return nil, err
		}
		return b.moves.offered(ctx, p, m, who.team, s, plan.Channel), nil
	}
	if kind, _ := s.Cut(); kind == visit.OfAgreement {
		return b.agreements.shown(ctx, who, s.Number())
	}
	if kind, _ := s.Cut(); kind == visit.OfMarket {
		return b.market.shown(ctx, who, s.Number())
	}
	if m, ok, err := b.shownOfPeople(ctx, who, s); ok {
		return m, err
	}
	a, err := b.access.appointment(ctx, who.team, who.user, s)
	if err != nil {
		return nil, err
	}
	if !visibleIn(a.Common().Place, who.channel) {
		return nil, errElsewhere
	}
	words := b.words(p, b.directory.zoneOf(ctx, who.team, who.user))
	var m *blocks.Message
	if v, ok := a.(*visit.Visit); ok {
		m = words.shownVisit(g, v)
		m.Add(blocks.Actions(blocks.Button(actFactoryPage, factorySubject(v.Factory.Number), p.T("Open factory"))))
	} else {
		m = words.card(g, a, insiders)
	}
	return b.moves.offered(ctx, p, m, who.team, s, a.Common().Channel), nil
}
