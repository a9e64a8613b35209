package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// market is what factories say about their market: the notes, the ideas that some of them become,
// and the digest of a channel. What is noted is read by the members of its channel; nothing of it
// is posted where another company reads.
type market struct {
	*core
	directory  *directory
	access     *access
	replies    *replies
	live       *live
	factories  *factories
	pages      *factoryPages
	checklists *checklists
}

// The verbs of market notes. The value is "market/3" where nothing else is said.
const (
	actMarket       blocks.ActionID = "market"        // list them: "factory/4:20:ideas" are the open ideas of factory 4 from the 20th on
	actAddMarket    blocks.ActionID = "add-market"    // the form for a new one; the value is a factory
	actNoteAnswer   blocks.ActionID = "note-answer"   // the same, of a question of a visit: "visit/12:trends-ask-roadmap"
	actEditMarket   blocks.ActionID = "edit-market"   // the form of one
	actDeleteMarket blocks.ActionID = "delete-market" // for good
	actPursue       blocks.ActionID = "pursue"        // the form of the idea that it is, or becomes
	actMarketDigest blocks.ActionID = "market-digest" // how often the digest comes
)

// marketNote finds a market note, if the person may see it.
func (acc *access) marketNote(ctx context.Context, team, person string, number int) (visit.MarketNote, error) {
	n, err := acc.o.Store.MarketNote(ctx, team, number)
	if err == nil {
		err = acc.canSee(ctx, team, person, n.Subject(), n.Channel)
	}
	if err != nil {
		return visit.MarketNote{}, err
	}
	return n, nil
}

// marketNotes lists the market notes that a person may see where they stand, the newest first.
func (acc *access) marketNotes(ctx context.Context, who caller, f store.MarketFilter) ([]visit.MarketNote, error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	f.Channels, f.Own = append([]string{}, channels...), who.user
	ns, err := acc.o.Store.MarketNotes(ctx, who.team, f)
	return slices.DeleteFunc(ns, func(n visit.MarketNote) bool { return !visibleIn(n.Place, who.channel) }), err
}

// A marketList says which market notes to list, from which one on. A button carries it.
type marketList struct {
	factory, from int // 0 is all factories
	ideas         bool
}

func (l marketList) value() blocks.Subject {
	s := fmt.Sprintf("factory/%d:%d", l.factory, l.from)
	if l.ideas {
		s += ":ideas"
	}
	return blocks.Subject(s)
}

func (l marketList) at(from int) marketList { l.from = max(from, 0); return l }

func cutMarketList(s blocks.Subject) (l marketList) {
	about, rest, _ := strings.Cut(string(s), ":")
	from, ideas, _ := strings.Cut(rest, ":")
	l.from, _ = strconv.Atoi(from)
	l.factory, l.ideas = factoryNumber(blocks.Subject(about)), ideas != ""
	return l
}

// command lists the market notes, all or those of the factory that was typed.
func (mk *market) command(ctx context.Context, q request) (*blocks.Message, error) {
	if q.rest == "" {
		return mk.list(ctx, q.caller, marketList{})
	}
	f, which, err := mk.pages.named(ctx, q.caller, q.rest, actMarket)
	if f == nil {
		return which, err
	}
	return mk.list(ctx, q.caller, marketList{factory: f.Number})
}

func (mk *market) listClick(ctx context.Context, c click) error {
	m, err := mk.list(ctx, c.caller, cutMarketList(c.about))
	m = mk.replies.orApologyTo(c.team, c.user, "list market notes", m, err)
	if c.on == guide.Public || c.on == guide.Home || c.on == guide.InModal {
		return mk.replies.replyPrivately(ctx, c, m)
	}
	return mk.replies.answerClick(ctx, c, m)
}

// MarketCounsel says why market notes are off until somebody turns them on.
func MarketCounsel(p *lang.Printer) string {
	return p.T("China restricts collecting supply-chain data; ask counsel first.")
}

// off says that market notes are off, why, and how to turn them on.
func (mk *market) off(p blocks.Printer, m *blocks.Message) {
	m.Say(p.T("Market notes are off. %s", MarketCounsel(p.Printer)))
	m.Say(p.T("Whoever runs Visit Prep turns them on with market.notes: true in config.yaml."))
}

// list is a page of the market notes that a person may see, the newest first. While they are off,
// what was noted before can still be read, and deleted by whoever wrote it.
func (mk *market) list(ctx context.Context, who caller, l marketList) (*blocks.Message, error) {
	p := mk.directory.printer(ctx, who.team, who.user)
	ns, err := mk.access.marketNotes(ctx, who, store.MarketFilter{Filter: store.Filter{Factory: l.factory}})
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	title := p.T("Market notes")
	if l.factory > 0 {
		f, err := mk.factories.factory(ctx, who.team, who.user, l.factory)
		if err != nil {
			return nil, err
		}
		title = p.T("Market notes of %s", f.Name)
	}
	m.Title(title)
	if !mk.set().MarketNotes {
		mk.off(p, m)
	}
	ideas := slices.DeleteFunc(slices.Clone(ns), func(n visit.MarketNote) bool { return n.Idea.State != visit.IdeaOpen })
	all := len(ns)
	if l.ideas {
		ns = ideas
	}
	switch {
	case len(ns) > 0:
	case l.ideas:
		m.Say(p.T("No idea is open here."))
	case mk.set().MarketNotes:
		m.Say(p.T("Nothing is noted here yet. Three questions are on the card of each visit day; note there what the factory says."))
	}
	l = l.at(min(l.from, max(len(ns)-1, 0)))
	for _, n := range ns[l.from:min(len(ns), l.from+pageRows)] {
		line, plain := mk.line(p, &n, l.factory == 0)
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(n.Subject()), p.T("Open note")))))
		m.Text.Line(plain)
	}
	if es := mk.listButtons(p, l, len(ns), all, len(ideas)); len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// listButtons are what stands below a page of notes: of shown ones, of all and of open ideas there
// are so many.
func (mk *market) listButtons(p blocks.Printer, l marketList, shown, all, ideas int) (es []slack.BlockElement) {
	if mk.set().MarketNotes {
		es = append(es, blocks.Button(actAddMarket, factorySubject(l.factory), p.T("Add market note")))
	}
	if l.from > 0 {
		es = append(es, blocks.Button(actMarket.With("back"), l.at(l.from-pageRows).value(), p.T("Newer notes")))
	}
	if l.from+pageRows < shown {
		es = append(es, blocks.Button(actMarket.With("on"), l.at(l.from+pageRows).value(), p.T("Older notes")))
	}
	switch {
	case l.ideas:
		es = append(es, blocks.Button(actMarket.With("all"), marketList{factory: l.factory}.value(), p.T("All notes (%d)", all)))
	case ideas > 0:
		es = append(es, blocks.Button(actMarket.With("ideas"), marketList{factory: l.factory, ideas: true}.value(), p.T("Open ideas (%d)", ideas)))
	}
	return es
}

// lineNote is how much of a note stands in a list, in characters.
const lineNote = 240

// line is a market note in a list, also as plain text. withFactory names the factory.
func (mk *market) line(p blocks.Printer, n *visit.MarketNote, withFactory bool) (blocks.Markup, string) {
	head := notedOn(p, n) + " · " + tagWords(p, n)
	if withFactory {
		head = n.Factory.Name + " · " + head
	}
	line := blocks.Bold(head)
	if title := mk.questionTitle(n.Question); title != "" {
		line += "\n" + blocks.Escape(title)
	}
	line += "\n" + blocks.Escape(blocks.Clip(n.Text, lineNote))
	if n.Idea.State != "" {
		line += "\n" + ideaLine(p, n)
	}
	return line, p.T("%s: %s", head, blocks.OneLine(blocks.Clip(n.Text, lineNote)))
}

// notedOn is the day of a note, where its channel is.
func notedOn(p blocks.Printer, n *visit.MarketNote) string {
	return blocks.Time(p, n.At.In(zoneOr(n.ChannelZone)), "2 January 2006")
}

// tagWords are the tags of a note.
func tagWords(p blocks.Printer, n *visit.MarketNote) string {
	words := make([]string, len(n.Tags))
	for i, t := range n.Tags {
		words[i] = t.Words(p.Printer)
	}
	return strings.Join(words, p.Comma())
}

// ideaLine says in a line how far an idea has come, who looks after it and what comes next.
func ideaLine(p blocks.Printer, n *visit.MarketNote) blocks.Markup {
	i := &n.Idea
	if i.State == visit.IdeaOpen {
		return p.M("Idea, open: %s. %s, by %s", i.Next, blocks.Mention(i.Owner), blocks.OnDay(p, i.Due))
	}
	return p.M("Idea: %s, says %s", i.State.Words(p.Printer), blocks.Mention(i.Closed.By))
}

// ideaPlain is ideaLine without names.
func ideaPlain(p blocks.Printer, n *visit.MarketNote) string {
	if n.Idea.State == visit.IdeaOpen {
		return p.T("Idea, open: %s, by %s", n.Idea.Next, blocks.OnDay(p, n.Idea.Due))
	}
	return p.T("Idea: %s", n.Idea.State.Words(p.Printer))
}

// shown is a market note for somebody who may see it where they stand.
func (mk *market) shown(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	n, err := mk.access.marketNote(ctx, who.team, who.user, number)
	if err != nil {
		return nil, err
	}
	if !visibleIn(n.Place, who.channel) {
		return nil, errElsewhere
	}
	return mk.card(mk.directory.printer(ctx, who.team, who.user), who.user, &n), nil
}

// showCommand shows the market note of a number.
func (mk *market) showCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return mk.shown(ctx, q.caller, q.number)
}

// card is a market note with what can be done with it.
func (mk *market) card(p blocks.Printer, reader string, n *visit.MarketNote) *blocks.Message {
	m := new(blocks.Message)
	m.Title(p.T("Market note %d", n.Number))
	head := p.T("%s, %s: %s", n.Factory.Name, notedOn(p, n), tagWords(p, n))
	text := blocks.Bold(head)
	m.Text.Line(head)
	title := mk.questionTitle(n.Question)
	if title != "" {
		text += "\n" + blocks.Escape(title)
		m.Text.Line(title)
	}
	m.Add(blocks.Section(text), blocks.Section(blocks.Escape(n.Text)))
	m.Text.Lines(n.Text)
	if n.Link != "" {
		m.Add(blocks.Section(blocks.Link(n.Link, p.T("Open the photo"))))
	}
	if n.Idea.State != "" {
		m.Add(blocks.Section(ideaLine(p, n)))
		m.Text.Line(ideaPlain(p, n))
	}
	from := p.M("Noted by %s; the members of %s can see it.", blocks.Mention(n.By), channelName(n.Channel))
	if n.Visit > 0 {
		from = p.M("Noted on visit %d by %s; the members of %s can see it.", n.Visit, blocks.Mention(n.By), channelName(n.Channel))
	}
	m.Add(blocks.Note(from))
	advice := mk.adviceButton(n.Question)
	if e, ok := mk.guide.Load().Base.Entry(n.Question); n.Ages() || ok && e.Verify {
		m.Add(blocks.Note(blocks.Escape(verifyWords(p))))
		m.Text.Line(verifyWords(p))
	}
	var es []slack.BlockElement
	if mk.set().MarketNotes {
		es = append(es, pursueButton(p, n))
	}
	if n.MayChange(reader) == nil {
		if mk.set().MarketNotes {
			es = append(es, blocks.Button(actEditMarket, blocks.Subject(n.Subject()), p.T("Edit note")))
		}
		es = append(es, blocks.Confirmed(blocks.Button(actDeleteMarket, blocks.Subject(n.Subject()), p.T("Delete note")),
			p.T("Delete this note?"), p.T("If it has become an idea, that is deleted too. This can't be undone."), p.T("Keep note")))
	}
	if advice != nil {
		es = append(es, advice)
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m
}

// verifyWords stand with what may have changed since it was noted.
func verifyWords(p blocks.Printer) string {
	return p.T("This may be out of date: verify it before you rely on it.")
}

// pursueButton makes an idea of a note, or says how far the one that it is has come.
func pursueButton(p blocks.Printer, n *visit.MarketNote) *slack.ButtonBlockElement {
	label := p.T("Make it an idea")
	if n.Idea.State != "" {
		label = p.T("Update idea")
	}
	return blocks.Button(actPursue, blocks.Subject(n.Subject()), label)
}

// deleteClick deletes a note for whoever wrote it.
func (mk *market) deleteClick(ctx context.Context, c click) error {
	n, err := mk.access.marketNote(ctx, c.team, c.user, visit.Subject(c.about).Number())
	if err == nil {
		err = mk.o.Store.By(c.user).DeleteMarketNote(ctx, c.team, n.Number, func(n *visit.MarketNote) error { return n.MayChange(c.user) })
	}
	var m *blocks.Message
	if err == nil {
		m = blocks.Said(mk.directory.printer(ctx, c.team, c.user).T("Market note %d is deleted.", n.Number))
	}
	return mk.replies.answerClick(ctx, c, mk.replies.orApologyTo(c.team, c.user, "delete a market note", m, err))
}

// marketPart are the market notes of a factory, the newest first.
func (ps *factoryPages) marketPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	ns, err := ps.access.marketNotes(ctx, rd.caller, store.MarketFilter{Filter: store.Filter{Factory: rd.f.Number}})
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partMarket, title: p.T("Market notes: %d", len(ns)), all: p.T("All market notes"), open: actOpen, menu: p.T("Open a note"), done: max(len(ns)-1, 0)}
	for _, n := range ns {
		pt.add(n.Subject(), notedOn(p, &n), tagWords(p, &n), blocks.OneLine(n.Text))
	}
	return pt, nil
}
