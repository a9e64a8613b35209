package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// What a visit is to ask about its factory's market: its three questions, and the ideas of earlier
// visits that are still open. It stands in the brief, on the checklist and on the card of a visit
// day, and nowhere that another company reads.

// shownIdeas is how many open ideas a card or a brief shows; /factory market has all.
const shownIdeas = 3

// isAsked reports whether an entry of the advice is a market question.
func isAsked(e *knowledge.Entry) bool { return len(e.AskedOn) > 0 }

// marketQuestions are the market questions of the advice, in its order.
func (c *core) marketQuestions() (qs []visit.MarketQuestion) {
	for _, e := range c.guide.Load().Base.All() {
		if isAsked(e) {
			qs = append(qs, visit.MarketQuestion{ID: e.ID, Purposes: e.AskedOn})
		}
	}
	return qs
}

// questionIDs are their ids.
func (c *core) questionIDs() (ids []string) {
	for _, q := range c.marketQuestions() {
		ids = append(ids, q.ID)
	}
	return ids
}

// questionTitle is a question as it is asked; empty where the advice has no such entry.
func (c *core) questionTitle(id string) string {
	e, ok := c.guide.Load().Base.Entry(id)
	if !ok {
		return ""
	}
	return blocks.Sentence(strings.TrimPrefix(e.Title, "Ask: "))
}

// A marketAsk is what one visit is to ask.
type marketAsk struct {
	questions []string           // ids
	answers   []visit.MarketNote // of the visit
	ideas     []visit.MarketNote // open ones, of the same factory and channel
}

// marketAsk is what a visit is to ask; nothing while market notes are off.
func (acc *access) marketAsk(ctx context.Context, v *visit.Visit) (ask marketAsk, err error) {
	if !acc.set().MarketNotes || !v.AsksMarket() {
		return ask, nil
	}
	if ask.questions, err = acc.o.Store.MarketQuestions(ctx, v, acc.marketQuestions()); err != nil {
		return ask, err
	}
	if ask.answers, err = acc.answersOf(ctx, v); err != nil {
		return ask, err
	}
	ask.ideas, err = acc.o.Store.MarketNotes(ctx, v.Workspace, store.MarketFilter{
		Filter: store.Filter{Channels: []string{v.Channel}, Factory: v.Factory.Number, Limit: shownIdeas}, OpenIdeas: true,
	})
	return ask, err
}

// answersOf are the notes of a visit that its channel may read.
func (acc *access) answersOf(ctx context.Context, v *visit.Visit) ([]visit.MarketNote, error) {
	return acc.o.Store.MarketNotes(ctx, v.Workspace, store.MarketFilter{Filter: store.Filter{Channels: []string{v.Channel}}, Visit: v.Number})
}

// addMarket adds what a visit is to ask to a message, above the buttons that it ends with. What
// cannot be looked up is left out: the rest of the message is worth more.
func (acc *access) addMarket(ctx context.Context, p blocks.Printer, m *blocks.Message, v *visit.Visit) {
	ask, err := acc.marketAsk(ctx, v)
	if err != nil {
		acc.log.Warn("could not look up the market questions of a visit", "subject", string(v.Subject()), "err", err)
		return
	}
	at := len(m.Blocks)
	if at > 0 {
		if _, ends := m.Blocks[at-1].(*slack.ActionBlock); ends {
			at--
		}
	}
	m.Blocks = slices.Insert(m.Blocks, at, acc.marketBlocks(p, v, &ask)...)
	for _, line := range acc.marketLines(p, &ask) {
		m.Text.Line(line)
	}
}

// marketBlocks are what a visit is to ask, each with its button.
func (acc *access) marketBlocks(p blocks.Printer, v *visit.Visit, ask *marketAsk) (bs []slack.Block) {
	if len(ask.questions) > 0 {
		bs = append(bs, blocks.Section(blocks.Bold(p.T("Ask about their market"))+"\n"+p.M("When it fits; then note what they say.")))
	}
	for _, id := range ask.questions {
		if b := acc.questionBlock(p, v, id, ask.answers); b != nil {
			bs = append(bs, b)
		}
	}
	if len(ask.ideas) > 0 {
		bs = append(bs, blocks.Section(blocks.Bold(p.T("Ideas to come back to"))))
	}
	for _, n := range ask.ideas {
		bs = append(bs, ideaBlock(p, &n))
	}
	return bs
}

// marketLines are the same as plain text.
func (acc *access) marketLines(p blocks.Printer, ask *marketAsk) (lines []string) {
	for _, id := range ask.questions {
		if title := acc.questionTitle(id); title != "" {
			lines = append(lines, p.T("Ask: %s", title))
		}
	}
	for _, n := range ask.ideas {
		lines = append(lines, p.T("An idea to come back to: %s. Next step: %s", blocks.OneLine(n.Text), n.Idea.Next))
	}
	return lines
}

// questionBlock is a question of a visit with who has noted an answer; nil where the advice no
// longer has it.
func (acc *access) questionBlock(p blocks.Printer, v *visit.Visit, id string, answers []visit.MarketNote) *slack.SectionBlock {
	p, title := p, acc.questionTitle(id)
	if title == "" {
		return nil
	}
	text := blocks.Escape(title)
	var by []blocks.Markup
	for _, n := range slices.Backward(answers) {
		if who := blocks.Mention(n.By); n.Question == id && !slices.Contains(by, who) {
			by = append(by, who)
		}
	}
	if len(by) > 0 {
		text = "~" + text + "~\n" + p.M("Noted by %s", blocks.ClipNames(p.List(by), 500))
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(text), nil, slack.NewAccessory(blocks.Button(actNoteAnswer, visitSubject(v)+":"+blocks.Subject(id), p.T("Note answer"))))
}

// ideaBlock is an idea that is asked about, or what became of it.
func ideaBlock(p blocks.Printer, n *visit.MarketNote) *slack.SectionBlock {
	text := blocks.Escape(blocks.Clip(blocks.OneLine(n.Text), lineNote)) + "\n" + ideaLine(p, n)
	return slack.NewSectionBlock(blocks.Mrkdwn(text), nil, slack.NewAccessory(pursueButton(p, n)))
}

// marketQuestion draws a question of a visit again. It goes where another company reads by now.
func (d *drawing) marketQuestion(ctx context.Context, was *slack.SectionBlock, button *slack.ButtonBlockElement) (slack.Block, error) {
	about, id, _ := strings.Cut(button.Value, ":")
	a, err := d.seen(ctx, visit.Subject(about))
	if err != nil {
		return nil, err
	}
	v, ok := a.(*visit.Visit)
	if !ok {
		return was, nil
	}
	if d.to == everyone {
		d.changed = true
		return nil, nil
	}
	answers, err := d.access.answersOf(ctx, v)
	if err != nil {
		return nil, err
	}
	now := d.access.questionBlock(d.p, v, id, answers)
	if now == nil {
		return was, nil
	}
	d.replaces(was, now)
	return now, nil
}

// marketIdea draws an idea again. It goes with its note, and where another company reads by now.
func (d *drawing) marketIdea(ctx context.Context, was *slack.SectionBlock, button *slack.ButtonBlockElement) (slack.Block, error) {
	n, err := d.o.Store.MarketNote(ctx, d.team, visit.Subject(button.Value).Number())
	switch {
	case errors.Is(err, visit.ErrNotFound), err == nil && d.to == everyone:
		d.changed = true
		return nil, nil
	case err != nil:
		return nil, err
	case d.reader == "" && n.Channel != d.channel:
		return was, nil
	case d.reader != "":
		if err := d.access.canSee(ctx, d.team, d.reader, n.Subject(), n.Channel); err != nil {
			if isHidden(err) {
				return was, nil
			}
			return nil, err
		}
	}
	now := ideaBlock(d.p, &n)
	d.replaces(was, now)
	return now, nil
}

// page is a page of a checklist with what else its visit is to ask on its days.
func (cl *checklists) page(ctx context.Context, p blocks.Printer, a visit.Appointment, seen listView, notice string) *modal {
	m := cl.words(p, "").checklist(a, seen, notice)
	v, ok := a.(*visit.Visit)
	if !ok {
		return m
	}
	heading := blocks.Sentence(milestoneLabel(p, a, 0))
	at := slices.IndexFunc(m.blocks, func(b slack.Block) bool {
		h, ok := b.(*slack.HeaderBlock)
		return ok && h.Text.Text == heading
	})
	if at < 0 {
		return m
	}
	ask, err := cl.access.marketAsk(ctx, v)
	if err != nil {
		cl.log.Warn("could not look up the market questions of a visit", "subject", string(v.Subject()), "err", err)
		return m
	}
	m.blocks = slices.Insert(m.blocks, at+1, cl.access.marketBlocks(p, v, &ask)...)
	return m
}
