package guide

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"visitprep/internal/blocks"
	"visitprep/internal/holiday"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// A Guide is one load of the knowledge base as the bot presents it. What never
// changes, the first page of every topic and phase, the menu and the help, is
// rendered when the Guide is made, so that a request only sends it; an entry is
// rendered when it is first shown. A Guide is safe for concurrent use.
type Guide struct {
	p        blocks.Printer
	Base     *knowledge.Base
	o        Options
	Listings map[string]*listing
	Tips     []*knowledge.Entry        // in an order that mixes the themes
	ready    map[blocks.Subject][]byte // rendered answers to commands in a channel
	views    sync.Map                  // *knowledge.Entry → *view, rendered when first shown
	seeAlso  slack.Block

	// found is what was asked lately and what it found: many people ask the same, and the
	// answer does not change while the Guide lives.
	found *lru.Cache[string, knowledge.Result]

	words  func(blocks.Printer) Options
	others sync.Map // *lang.Printer → func() *Guide, of the same base in other languages

	// Templates are the checklists, read when a visit is first planned.
	Templates func() (knowledge.Templates, error)
}

// A Surface is where an answer is shown; it decides which controls it gets.
type Surface int

const (
	Private  Surface = iota // in a channel, visible only to the asker
	Direct                  // in a direct message with the bot
	Public                  // in a channel, visible to all
	Home                    // the Home tab
	InModal                 // a modal
	surfaces                // how many there are
)

// opens is what a menu's button does on a surface: where only one person reads, the
// answer takes the menu's place.
func (on Surface) opens() blocks.ActionID {
	if on == Direct || on == Public {
		return ActShow
	}
	return ActTurn
}

// The two topics that /etiquette reads from. A team may replace their files but
// not take them away: New refuses a base without them.
const (
	etiquetteTopic = "cultural-exchange"
	PhrasesTopic   = "phrases"
)

// Options are what a Guide says of what it does not do itself.
type Options struct {
	Planning []slack.BlockElement // what the menu begins with, where a person can act
	Commands []CommandHelp        // what the help lists before the ways to ask
	Calendar *holiday.Calendar    // answers questions about days; nil answers none
	// Registers are the ways from a topic, by its id, and from each of its entries to what the
	// team has recorded of it. They stand where one person reads.
	Registers map[string]slack.BlockElement
}

// A CommandHelp is one line of help: what is typed, and what it gives.
type CommandHelp struct{ Command, Meaning string }

// keptQuestions is how many questions a Guide remembers with what they found.
const keptQuestions = 500

// In is the same base as p words it. It is made when it is first asked for.
func (g *Guide) In(p blocks.Printer) *Guide {
	if p.Printer == g.p.Printer {
		return g
	}
	other, _ := g.others.LoadOrStore(p.Printer, sync.OnceValue(func() *Guide {
		o, err := New(p, g.Base, g.words)
		if err != nil {
			return g // which New refused, too
		}
		return o
	}))
	return other.(func() *Guide)()
}

// New presents base as p words it, with what words gives for a language.
func New(p blocks.Printer, base *knowledge.Base, words func(blocks.Printer) Options) (*Guide, error) {
	o := words(p)
	g := &Guide{p: p, Base: base, o: o, words: words, Listings: map[string]*listing{}, ready: map[blocks.Subject][]byte{}, seeAlso: blocks.Render([]slack.Block{blocks.Note(blocks.Bold(p.T("See also")))})[0]}
	for _, id := range []string{etiquetteTopic, PhrasesTopic} {
		if _, ok := base.Topic(id); !ok {
			return nil, fmt.Errorf("the knowledge base has no topic %q, which /etiquette needs", id)
		}
	}
	var err error
	if g.found, err = lru.New[string, knowledge.Result](keptQuestions); err != nil {
		return nil, fmt.Errorf("make room for what is asked: %w", err)
	}
	g.Templates = sync.OnceValues(func() (knowledge.Templates, error) { return knowledge.EmbeddedTemplates(base) })
	put := func(l *listing) { g.Listings[l.key] = l }
	for _, t := range base.Topics() {
		put(topicListing(p, t))
		for i := range t.Groups {
			put(groupListing(p, t, &t.Groups[i]))
		}
	}
	for _, phase := range phases {
		put(phaseListing(p, base, phase))
	}
	for _, e := range base.All() {
		if e.Kind == knowledge.Etiquette {
			g.Tips = append(g.Tips, e)
		}
	}
	// By hash of the id: neighbours in a file are on one theme, neighbours here are not.
	slices.SortFunc(g.Tips, func(a, b *knowledge.Entry) int {
		if x, y := hash(a.ID), hash(b.ID); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	ready := []blocks.Subject{SubjectMenu, SubjectHelp, SubjectPhrases}
	for _, t := range base.Topics() {
		ready = append(ready, TopicSubject(t.ID))
	}
	for _, phase := range phases {
		ready = append(ready, PhaseSubject(phase), PageSubject(PhaseKey(phase), 0))
	}
	for _, s := range ready {
		m, _ := g.Answer(s, Private)
		g.ready[s] = m.EphemeralJSON()
	}
	return g, nil
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// Answer builds what there is to say about a subject. It reports false for a
// subject that is no longer there, such as an entry removed since.
func (g *Guide) Answer(s blocks.Subject, on Surface) (*blocks.Message, bool) {
	switch s {
	case SubjectMenu:
		return g.menu(on), true
	case SubjectHelp:
		return g.help(on), true
	case SubjectPhrases:
		s = TopicSubject(PhrasesTopic)
	}
	if id, ok := strings.CutPrefix(string(s), "topic/"); ok && !strings.Contains(id, ":") {
		if t, ok := g.Base.Topic(id); ok && t.ID == id {
			return g.topic(t, on), true
		}
	}
	if p := knowledge.Phase(strings.TrimPrefix(string(s), "phase/")); slices.Contains(phases, p) && s == PhaseSubject(p) {
		return g.phase(p, on), true
	}
	if id, asked, ok := CutAsked(s); ok {
		e, ok := g.Base.Entry(id)
		if !ok {
			return nil, false
		}
		m := new(blocks.Message)
		g.addEntry(m, e, asked, g.related(e, nil), on)
		return m, true
	}
	key, n := cutPage(s)
	l, ok := g.Listings[key]
	if !ok {
		return nil, false
	}
	m := new(blocks.Message)
	l.content(m, n)
	m.Add(g.listingControls(l, n, on)...)
	return m, true
}

func (g *Guide) listingControls(l *listing, n int, on Surface) []slack.Block {
	if on == Public {
		// A page turned in public would change under other readers' eyes.
		return []slack.Block{blocks.Actions(blocks.Button(ActShow.With("read"), PageSubject(l.key, n), g.p.T("Show it only to me")))}
	}
	es := l.controls(n)
	if topic, _, ok := strings.Cut(strings.TrimPrefix(l.key, "group/"), "/"); ok && strings.HasPrefix(l.key, "group/") {
		es = append(es, blocks.Button(ActTurn.With("topic"), TopicSubject(topic), g.p.T("Whole topic")))
	}
	return []slack.Block{blocks.Actions(append(es, g.standing(PageSubject(l.key, n), on)...)...)}
}

// standing are the controls that every answer ends with on a surface.
func (g *Guide) standing(s blocks.Subject, on Surface) []slack.BlockElement {
	switch on {
	case Private:
		return []slack.BlockElement{
			blocks.Button(ActTurn.With("menu"), SubjectMenu, g.p.T("All topics")),
			blocks.Button(ActShare, s, g.p.T("Share in channel")),
		}
	case Home:
		return []slack.BlockElement{blocks.Button(ActTurn.With("menu"), SubjectMenu, g.p.T("Back to Home"))}
	case Direct:
		return []slack.BlockElement{blocks.Button(ActShow.With("menu"), SubjectMenu, g.p.T("All topics"))}
	}
	return nil
}

// A view is one entry as it is shown again and again, rendered when it is
// first asked for.
type view struct {
	Full     *blocks.Message
	short    *blocks.Message                // its opening; nil where that is all there is
	standing [surfaces][]slack.Block        // what the answer ends with
	more     [surfaces][]slack.Block        // what the opening ends with
	related  [maxButtons]slack.BlockElement // the button that leads here, by its place in the row
	onHome   [maxButtons]slack.BlockElement // the same on the Home tab, where it turns the page
}

// View is the entry as it is shown, rendered once.
func (g *Guide) View(e *knowledge.Entry) *view {
	if v, ok := g.views.Load(e); ok {
		return v.(*view)
	}
	v := &view{Full: g.Full(e)}
	v.Full.Blocks = blocks.Render(v.Full.Blocks)
	if v.short = g.short(e); v.short != nil {
		v.short.Blocks = blocks.Render(v.short.Blocks)
	}
	s := EntrySubject(e.ID)
	for on := range surfaces {
		if es := g.controls(e, "", on); len(es) > 0 {
			v.standing[on] = blocks.Render([]slack.Block{blocks.Actions(es...)})
		}
		v.more[on] = blocks.Render([]slack.Block{g.openingControls(e, "", on)})
	}
	for i := range maxButtons {
		place := "related-" + strconv.Itoa(i+1)
		v.related[i] = blocks.RenderElement(blocks.Button(ActShow.With(place), s, e.Title))
		v.onHome[i] = blocks.RenderElement(blocks.Button(ActTurn.With(place), s, e.Title))
	}
	kept, _ := g.views.LoadOrStore(e, v)
	return kept.(*view)
}

// controls are what the answer with an entry ends with. asked is the question that it
// answers, where somebody asked one: whoever finds the answer unhelpful sends it along.
func (g *Guide) controls(e *knowledge.Entry, asked string, on Surface) []slack.BlockElement {
	es := g.standing(EntrySubject(e.ID), on)
	if on == Private || on == Direct {
		if register, ok := g.o.Registers[e.Topic().ID]; ok {
			es = append(es, register)
		}
		es = append(es, blocks.Button(ActHelpful, EntrySubject(e.ID), g.p.T("Helpful")), blocks.Button(ActUnhelpful, askedSubject(e.ID, asked), g.p.T("Not helpful")))
	}
	return es
}

// openingControls are what the opening of an entry ends with.
func (g *Guide) openingControls(e *knowledge.Entry, asked string, on Surface) slack.Block {
	more := []slack.BlockElement{blocks.Button(ActTurn.With("more"), askedSubject(e.ID, asked), g.p.T("More"))}
	return blocks.Actions(append(more, g.controls(e, asked, on)...)...)
}

// EntryAnswer is one entry with what to see also.
func (g *Guide) EntryAnswer(e *knowledge.Entry, related []*knowledge.Entry, on Surface) *blocks.Message {
	m := new(blocks.Message)
	g.AddEntry(m, e, related, on)
	return m
}

// AddEntry adds an entry to m, with what to see also and the controls of the surface.
func (g *Guide) AddEntry(m *blocks.Message, e *knowledge.Entry, related []*knowledge.Entry, on Surface) {
	g.addEntry(m, e, "", related, on)
}

func (g *Guide) addEntry(m *blocks.Message, e *knowledge.Entry, asked string, related []*knowledge.Entry, on Surface) {
	v := g.View(e)
	m.Append(v.Full)
	g.addRelated(m, related, on)
	if asked == "" || len(v.standing[on]) == 0 {
		m.Add(v.standing[on]...)
		return
	}
	m.Add(blocks.Actions(g.controls(e, asked, on)...))
}

// addOpening adds as much of an entry as a phone shows at once, with a button for the rest.
// What everybody reads stands there whole: a button would turn it for all.
func (g *Guide) addOpening(m *blocks.Message, e *knowledge.Entry, asked string, related []*knowledge.Entry, on Surface) {
	v := g.View(e)
	if v.short == nil || on == Public {
		g.addEntry(m, e, asked, related, on)
		return
	}
	m.Append(v.short)
	g.addRelated(m, related, on)
	if asked == "" {
		m.Add(v.more[on]...)
		return
	}
	m.Add(g.openingControls(e, asked, on))
}

func (g *Guide) addRelated(m *blocks.Message, related []*knowledge.Entry, on Surface) {
	if len(related) == 0 {
		return
	}
	m.Add(g.seeAlso, blocks.Actions(g.buttons(related, on)...))
}

// buttons are those that lead to entries.
func (g *Guide) buttons(entries []*knowledge.Entry, on Surface) []slack.BlockElement {
	row := make([]slack.BlockElement, len(entries))
	for i, e := range entries {
		row[i] = g.View(e).related[i]
		if on == Home {
			row[i] = g.View(e).onHome[i]
		}
	}
	return row
}

// How many entries stand in a row of buttons: maxRelated beside an answer, maxButtons on a
// topic's first page.
const (
	maxRelated = 3
	maxButtons = 5
)

// related picks what to offer beside a: first what the search found too, then
// what is near it.
func (g *Guide) related(e *knowledge.Entry, found []knowledge.Hit) []*knowledge.Entry {
	var rs []*knowledge.Entry
	add := func(o *knowledge.Entry) {
		if len(rs) < maxRelated && o != e && !slices.Contains(rs, o) {
			rs = append(rs, o)
		}
	}
	for _, h := range found {
		add(h.Entry)
	}
	if len(rs) < maxRelated {
		for _, o := range g.Base.Related(e, maxRelated) {
			add(o)
		}
	}
	return rs
}

// Full is one entry: the direct answer, why, and where it comes from.
func (g *Guide) Full(e *knowledge.Entry) *blocks.Message {
	m := g.headed(e)
	m.Paragraph(e.Text)
	if e.Why != "" {
		m.Add(blocks.Section(blocks.Bold(g.p.T("Why")) + "\n" + blocks.Body(e.Why)))
		m.Text.Line(g.p.T("Why: %s", e.Why))
	}
	g.addOrigin(m, e, len(e.Sources))
	return m
}

// What of an entry is shown at first, in bytes: about four lines of a phone. An entry that
// is little longer is shown whole.
const (
	openingText = 220
	wholeText   = 320
)

// short is the opening of an entry, or nil where the whole is not much longer.
func (g *Guide) short(e *knowledge.Entry) *blocks.Message {
	if len(e.Text)+len(e.Why) <= wholeText {
		return nil
	}
	text, shown, of := Opening(e.Text, openingText, wholeText)
	if text == e.Text && e.Why == "" {
		return nil
	}
	m := g.headed(e)
	m.Paragraph(text)
	if of > 0 {
		m.Add(blocks.Note(g.p.M("The first %d of %d.", shown, of)))
		m.Text.Line(g.p.T("The first %d of %d.", shown, of))
	}
	g.addOrigin(m, e, 1)
	return m
}

// headed begins a message with an entry's title, and a phrase.
func (g *Guide) headed(e *knowledge.Entry) *blocks.Message {
	m := new(blocks.Message)
	m.Title(e.Title)
	if e.Kind == knowledge.Phrase {
		m.Add(blocks.Section(blocks.Bold(e.Chinese) + "\n" + blocks.Escape(e.Pinyin)))
		m.Text.Line(g.p.Details(e.Chinese, e.Pinyin))
	}
	return m
}

// addOrigin says what may have changed, and where an entry comes from: at most so many
// sources.
func (g *Guide) addOrigin(m *blocks.Message, e *knowledge.Entry, sources int) {
	if e.Verify {
		m.Add(blocks.Note(g.p.M("%s Verify before you rely on it: %s", blocks.Bold(g.p.T("This changes.")), e.Where)))
		m.Text.Line(g.p.T("This changes. Verify before you rely on it: %s", e.Where))
	}
	m.Add(blocks.Note(g.origin(e, sources)))
}

// origin is the line that says what kind of advice it is, where it comes from
// and when it was last reviewed.
func (g *Guide) origin(e *knowledge.Entry, sources int) blocks.Markup {
	parts := []blocks.Markup{blocks.Escape(e.Topic().Title)}
	if l := kindLabel(g.p, e.Kind); l != "" {
		parts = append(parts, blocks.Escape(l))
	}
	if e.Kind != knowledge.Phrase {
		parts = append(parts, blocks.Escape(phaseLabel(g.p, e.Phase)))
	}
	if len(e.Article) > 0 {
		parts = append(parts, g.p.M("From the article on factory visits"))
	}
	for _, s := range e.Sources[:min(sources, len(e.Sources))] {
		if s.URL == "" {
			parts = append(parts, blocks.Escape(s.Title))
		} else {
			parts = append(parts, blocks.Link(s.URL, s.Title))
		}
	}
	parts = append(parts, g.p.M("Reviewed %s", blocks.Time(g.p, e.Reviewed.Time, "2 Jan 2006")))
	m := parts[0]
	for _, p := range parts[1:] {
		// Slack takes 3,000 characters in a text; a long list of sources ends early.
		if len(m)+len(p) > 2800 {
			break
		}
		m += " · " + p
	}
	return m
}

// menu is where a newcomer starts.
func (g *Guide) menu(on Surface) *blocks.Message {
	m := new(blocks.Message)
	if on == Home {
		m.Title(g.p.T("Prepare your factory visit"))
	} else {
		m.Title(g.p.T("Visit Prep"))
	}
	m.Say(g.p.T("Advice for visiting your manufacturing partner's factory in China. Pick a topic, or ask in your own words."))
	if on != Home && on != Public && len(g.o.Planning) > 0 {
		m.Add(blocks.Actions(g.o.Planning...))
		m.Text.Line(g.p.T("To plan a visit together: /visit-prep plan"))
	}
	verb := on.opens()
	var es []slack.BlockElement
	for i, t := range g.Base.Topics()[:min(len(g.Base.Topics()), maxTopics)] {
		es = append(es, blocks.Button(verb.With("topic-"+strconv.Itoa(i+1)), TopicSubject(t.ID), t.Title))
		m.Text.Line(fmt.Sprintf("%d. %s", i+1, t.Title))
	}
	for len(es) > 0 {
		n := min(len(es), blocks.MaxActions)
		m.Add(blocks.Actions(es[:n]...))
		es = es[n:]
	}
	m.Add(blocks.Note(blocks.Bold(g.p.T("By phase"))))
	es = nil
	for _, p := range phases {
		es = append(es, blocks.Button(verb.With("phase-"+string(p)), PhaseSubject(p), phaseLabel(g.p, p)))
	}
	m.Add(blocks.Actions(es...))
	if on != Home {
		m.Add(blocks.Note(g.p.M("Try %s, %s or %s", blocks.Code("/visit-prep what gift should I not bring"), blocks.Code("/etiquette"), blocks.Code("/visit-prep help"))))
	}
	return m
}

// phases are the parts of a visit, in order.
var phases = []knowledge.Phase{knowledge.Before, knowledge.During, knowledge.After}

// maxTopics is how many topics a menu offers; it keeps the menu far inside what
// an acknowledgement may hold. A team with more finds the rest by name.
const maxTopics = 50

// help is the short manual, examples first.
func (g *Guide) help(on Surface) *blocks.Message {
	m := new(blocks.Message)
	m.Title(g.p.T("How to ask"))
	lines := slices.Concat(g.o.Commands, []CommandHelp{
		{"/visit-prep quality", g.p.T("a topic: %s", g.topicWords())},
		{"/visit-prep before", g.p.T("what to do in a phase: before, during or after the visit")},
		{"/visit-prep what gift should I not bring", g.p.T("any question, in your own words")},
		{"/etiquette toasts", g.p.T("a question about manners")},
		{g.p.T("@visitprep is a clock a good gift?"), g.p.T("the same answers in a thread, for everyone to read")},
	})
	// A command a section: Slack takes 3,000 characters in a text.
	var ms blocks.Markup
	for n, l := range lines {
		ms += blocks.Code(l.Command) + "  " + blocks.Escape(l.Meaning) + "\n"
		m.Text.Line(g.p.T("%s: %s", l.Command, l.Meaning))
		name, _, _ := strings.Cut(l.Command, " ")
		if n+1 == len(lines) || n < len(g.o.Commands) && (n+1 == len(g.o.Commands) || !strings.HasPrefix(lines[n+1].Command, name)) {
			m.Add(blocks.Section(ms))
			ms = ""
		}
	}
	m.Add(blocks.Note(g.p.M("Answers to commands are visible only to you until you press %s. In a direct message, just type your question.", blocks.Bold(g.p.T("Share in channel")))))
	m.Text.Line(g.p.T("Answers to commands are visible only to you until you press Share in channel. In a direct message, just type your question."))
	m.Add(blocks.Actions(blocks.Button(on.opens().With("menu"), SubjectMenu, g.p.T("All topics"))))
	return m
}

func (g *Guide) topicWords() string {
	topics := g.Base.Topics()
	var ws []string
	for _, t := range topics[:min(len(topics), 12)] {
		ws = append(ws, strings.ToLower(t.Title))
	}
	if len(topics) > len(ws) {
		ws = append(ws, "…")
	}
	return strings.Join(ws, g.p.Comma())
}

// Tip is one tip on manners, with the way to the next. A base without tips has
// a word about that.
func (g *Guide) Tip(e *knowledge.Entry, on Surface) *blocks.Message {
	m := new(blocks.Message)
	if e == nil {
		m.Say(g.p.T("There are no tips yet."))
		return m
	}
	full := g.View(e).Full
	m.Add(full.Blocks...)
	m.Text.Lines(full.Text.String())
	es := []slack.BlockElement{
		blocks.Button(ActTip, EntrySubject(e.ID), g.p.T("Another tip")),
		blocks.Button(ActTurn.With("phrases"), SubjectPhrases, g.p.T("Phrases")),
	}
	if t, _ := g.Base.Topic(etiquetteTopic); len(t.Groups) > 0 {
		var options []*slack.OptionBlockObject
		for _, g := range t.Groups[:min(len(t.Groups), blocks.MaxOptions)] {
			options = append(options, blocks.Option(PageSubject(GroupKey(t.ID, g.ID), 0), g.Title))
		}
		es = append(es, blocks.Menu(ActTurn.With("theme"), g.p.T("Etiquette about …"), options))
	}
	if on == Private {
		es = append(es, blocks.Button(ActShare, EntrySubject(e.ID), g.p.T("Share in channel")))
	}
	m.Add(blocks.Actions(es...))
	return m
}

// EphemeralJSON is the encoded answer about a subject that exists, from what was
// rendered at load where that serves.
func (g *Guide) EphemeralJSON(s blocks.Subject, on Surface) []byte {
	if on == Private {
		if ready, ok := g.ready[s]; ok {
			return ready
		}
	}
	m, _ := g.Answer(s, on)
	return m.EphemeralJSON()
}
