package bot

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// A book is one load of the knowledge base as the bot presents it. What never
// changes, the first page of every topic and phase, the menu and the help, is
// rendered when the book is made, so that a request only sends it; an entry is
// rendered when it is first shown. A book is safe for concurrent use.
type book struct {
	base     *knowledge.Base
	planning []slack.BlockElement // what the menu begins with
	listings map[string]*listing
	tips     []*knowledge.Entry // in an order that mixes the themes
	ready    map[subject][]byte // rendered answers to commands in a channel
	views    sync.Map           // *knowledge.Entry → *view, rendered when first shown
	seeAlso  slack.Block

	// templates are the checklists, read when a visit is first planned.
	templates func() (knowledge.Templates, error)
}

// A surface is where an answer is shown; it decides which controls it gets.
type surface int

const (
	private  surface = iota // in a channel, visible only to the asker
	direct                  // in a direct message with the bot
	public                  // in a channel, visible to all
	home                    // the Home tab
	inModal                 // a modal
	surfaces                // how many there are
)

// opens is what a menu's button does on a surface: where only one person reads, the
// answer takes the menu's place.
func (on surface) opens() actionID {
	if on == direct || on == public {
		return actShow
	}
	return actTurn
}

// The two topics that /etiquette reads from. A team may replace their files but
// not take them away: newBook refuses a base without them.
const (
	etiquetteTopic = "cultural-exchange"
	phrasesTopic   = "phrases"
)

// newBook presents base. The menu begins with planning, where a person can act.
func newBook(base *knowledge.Base, planning ...slack.BlockElement) (*book, error) {
	k := &book{base: base, planning: planning, listings: map[string]*listing{}, ready: map[subject][]byte{}, seeAlso: render([]slack.Block{note(bold("See also"))})[0]}
	for _, id := range []string{etiquetteTopic, phrasesTopic} {
		if _, ok := base.Topic(id); !ok {
			return nil, fmt.Errorf("the knowledge base has no topic %q, which /etiquette needs", id)
		}
	}
	k.templates = sync.OnceValues(func() (knowledge.Templates, error) { return knowledge.EmbeddedTemplates(base) })
	put := func(l *listing) { k.listings[l.key] = l }
	for _, t := range base.Topics() {
		put(topicListing(t))
		for i := range t.Groups {
			put(groupListing(t, &t.Groups[i]))
		}
	}
	for _, p := range phases {
		put(phaseListing(base, p))
	}
	for _, e := range base.All() {
		if e.Kind == knowledge.Etiquette {
			k.tips = append(k.tips, e)
		}
	}
	// By hash of the id: neighbours in a file are on one theme, neighbours here are not.
	slices.SortFunc(k.tips, func(a, b *knowledge.Entry) int {
		if x, y := hash(a.ID), hash(b.ID); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	ready := []subject{subjectMenu, subjectHelp, subjectPhrases}
	for _, t := range base.Topics() {
		ready = append(ready, pageSubject(topicKey(t.ID), 0))
	}
	for _, p := range phases {
		ready = append(ready, pageSubject(phaseKey(p), 0))
	}
	for _, s := range ready {
		m, _ := k.answer(s, private)
		k.ready[s] = m.onlyYou()
	}
	return k, nil
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// answer builds what there is to say about a subject. It reports false for a
// subject that is no longer there, such as an entry removed since.
func (k *book) answer(s subject, on surface) (*message, bool) {
	switch s {
	case subjectMenu:
		return k.menu(on), true
	case subjectHelp:
		return k.help(on), true
	case subjectPhrases:
		return k.phrases(on), true
	}
	if id, ok := strings.CutPrefix(string(s), "advice/"); ok {
		e, ok := k.base.Entry(id)
		if !ok {
			return nil, false
		}
		return k.entryAnswer(e, k.related(e, nil), on), true
	}
	key, n := cutPage(s)
	l, ok := k.listings[key]
	if !ok {
		return nil, false
	}
	m := new(message)
	l.content(m, n)
	m.add(k.listingControls(l, n, on)...)
	return m, true
}

func (k *book) listingControls(l *listing, n int, on surface) []slack.Block {
	if on == public {
		// A page turned in public would change under other readers' eyes.
		return []slack.Block{actions(button(actShow.with("read"), pageSubject(l.key, n), "Read it just for me"))}
	}
	es := l.controls(n)
	if topic, _, ok := strings.Cut(strings.TrimPrefix(l.key, "group/"), "/"); ok && strings.HasPrefix(l.key, "group/") {
		es = append(es, button(actTurn.with("topic"), pageSubject(topicKey(topic), 0), "Whole topic"))
	}
	return []slack.Block{actions(append(es, k.standing(pageSubject(l.key, n), on)...)...)}
}

// standing are the controls that every answer ends with on a surface.
func (k *book) standing(s subject, on surface) []slack.BlockElement {
	switch on {
	case private:
		return []slack.BlockElement{
			button(actTurn.with("menu"), subjectMenu, "All topics"),
			button(actShare, s, "Share in channel"),
		}
	case home:
		return []slack.BlockElement{button(actTurn.with("menu"), subjectMenu, "Back to Home")}
	case direct:
		return []slack.BlockElement{button(actShow.with("menu"), subjectMenu, "All topics")}
	}
	return nil
}

// A view is one entry as it is shown again and again, rendered when it is
// first asked for.
type view struct {
	full     *message
	standing [surfaces][]slack.Block        // what the answer ends with
	related  [maxRelated]slack.BlockElement // the button that leads here, by its place in the row
	onHome   [maxRelated]slack.BlockElement // the same on the Home tab, where it turns the page
}

func (k *book) view(e *knowledge.Entry) *view {
	if v, ok := k.views.Load(e); ok {
		return v.(*view)
	}
	v := &view{full: k.full(e)}
	v.full.blocks = render(v.full.blocks)
	s := entrySubject(e.ID)
	for on := range surfaces {
		es := k.standing(s, on)
		if on == private || on == direct {
			es = append(es, button(actHelpful, s, "Helpful"), button(actUnhelpful, s, "Not helpful"))
		}
		if len(es) > 0 {
			v.standing[on] = render([]slack.Block{actions(es...)})
		}
	}
	for i := range maxRelated {
		place := "related-" + strconv.Itoa(i+1)
		v.related[i] = renderElement(button(actShow.with(place), s, e.Title))
		v.onHome[i] = renderElement(button(actTurn.with(place), s, e.Title))
	}
	kept, _ := k.views.LoadOrStore(e, v)
	return kept.(*view)
}

// entryAnswer is one entry with what to see also.
func (k *book) entryAnswer(e *knowledge.Entry, related []*knowledge.Entry, on surface) *message {
	m := new(message)
	k.addEntry(m, e, related, on)
	return m
}

func (k *book) addEntry(m *message, e *knowledge.Entry, related []*knowledge.Entry, on surface) {
	v := k.view(e)
	m.add(v.full.blocks...)
	m.text.lines(v.full.text.String())
	if len(related) > 0 {
		row := make([]slack.BlockElement, len(related))
		for i, r := range related {
			row[i] = k.view(r).related[i]
			if on == home {
				row[i] = k.view(r).onHome[i]
			}
		}
		m.add(k.seeAlso, actions(row...))
	}
	m.add(v.standing[on]...)
}

// maxRelated is how many further entries an answer offers.
const maxRelated = 3

// related picks what to offer beside a: first what the search found too, then
// what is near it.
func (k *book) related(e *knowledge.Entry, found []knowledge.Hit) []*knowledge.Entry {
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
		for _, o := range k.base.Related(e, maxRelated) {
			add(o)
		}
	}
	return rs
}

// full is one entry: the direct answer, why, and where it comes from.
func (k *book) full(e *knowledge.Entry) *message {
	m := new(message)
	m.add(header(e.Title))
	m.text.line(e.Title)
	if e.Kind == knowledge.Phrase {
		m.add(section(bold(e.Chinese) + "\n" + text(e.Pinyin)))
		m.text.line(e.Chinese + ", " + e.Pinyin)
	}
	m.say(e.Text)
	if e.Why != "" {
		m.add(section(bold("Why") + "\n" + text(e.Why)))
		m.text.line("Why: " + e.Why)
	}
	if e.Verify {
		m.add(note(bold("This changes.") + " Verify before you rely on it: " + text(e.Where)))
		m.text.line("This changes. Verify before you rely on it: " + e.Where)
	}
	m.add(note(k.origin(e)))
	return m
}

// origin is the line that says what kind of advice it is, where it comes from
// and when it was last reviewed.
func (k *book) origin(e *knowledge.Entry) markup {
	parts := []markup{text(e.Topic().Title)}
	if l := kindLabel(e.Kind); l != "" {
		parts = append(parts, text(l))
	}
	if e.Kind != knowledge.Phrase {
		parts = append(parts, text(phaseLabel(e.Phase)))
	}
	if len(e.Article) > 0 {
		parts = append(parts, "From the article on factory visits")
	}
	for _, s := range e.Sources {
		if s.URL == "" {
			parts = append(parts, text(s.Title))
		} else {
			parts = append(parts, link(s.URL, s.Title))
		}
	}
	parts = append(parts, "Reviewed "+text(day(e.Reviewed.Time)))
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
func (k *book) menu(on surface) *message {
	m := new(message)
	if on == home {
		m.add(header("Prepare your factory visit"))
		m.text.line("Prepare your factory visit")
	} else {
		m.add(header("Visit Prep"))
		m.text.line("Visit Prep")
	}
	m.say("Advice for visiting your manufacturing partner's factory in China. Pick a topic, or ask in your own words.")
	if on != home && on != public && len(k.planning) > 0 {
		m.add(actions(k.planning...))
		m.text.line("To plan a visit together: /visit-prep plan")
	}
	verb := on.opens()
	var es []slack.BlockElement
	for i, t := range k.base.Topics()[:min(len(k.base.Topics()), maxTopics)] {
		es = append(es, button(verb.with("topic-"+strconv.Itoa(i+1)), pageSubject(topicKey(t.ID), 0), t.Title))
		m.text.line(fmt.Sprintf("%d. %s", i+1, t.Title))
	}
	for len(es) > 0 {
		n := min(len(es), maxActions)
		m.add(actions(es[:n]...))
		es = es[n:]
	}
	m.add(note(bold("By phase")))
	es = nil
	for _, p := range phases {
		es = append(es, button(verb.with("phase-"+string(p)), pageSubject(phaseKey(p), 0), phaseLabel(p)))
	}
	m.add(actions(es...))
	if on != home {
		m.add(note("Try " + example("/visit-prep what gift should I not bring") + ", " + example("/etiquette") + " or " + example("/visit-prep help")))
	}
	return m
}

// phases are the parts of a visit, in order.
var phases = []knowledge.Phase{knowledge.Before, knowledge.During, knowledge.After}

// maxTopics is how many topics a menu offers; it keeps the menu far inside what
// an acknowledgement may hold. A team with more finds the rest by name.
const maxTopics = 50

// help is the short manual, examples first.
func (k *book) help(on surface) *message {
	m := new(message)
	m.add(header("How to ask"))
	m.text.line("How to ask")
	lines := []struct{ command, meaning string }{
		{"/visit-prep", "the channel's next visit, or the topics"},
		{"/visit-prep plan", "plan a visit: checklist, reminders, brief"},
		{"/visit-prep list", "the visits of your channels; /visit-prep show 3 opens one"},
		{"/visit-prep factories", "addresses for the driver, contacts; edit them"},
		{"/visit-prep quality", "a topic: " + k.topicWords()},
		{"/visit-prep before", "what to do in a phase: before, during or after the visit"},
		{"/visit-prep what gift should I not bring", "any question, in your own words"},
		{"/visit-prep status", "which version of the advice answers, and mistakes in your team's own"},
		{"/etiquette", "a tip on manners and culture"},
		{"/etiquette toasts", "a question about manners"},
		{"/etiquette phrases dinner", "what to say in Chinese, by situation"},
		{"@visitprep is a clock a good gift?", "the same answers in a thread, for everyone to read"},
	}
	var ms markup
	for _, l := range lines {
		ms += example(l.command) + "  " + text(l.meaning) + "\n"
		m.text.line(l.command + ": " + l.meaning)
	}
	m.add(section(ms))
	m.add(note("Answers to commands are visible only to you, until you press " + bold("Share in channel") + ". In a direct message just type your question."))
	m.text.line("Answers to commands are visible only to you, until you press Share in channel. In a direct message just type your question.")
	m.add(actions(button(on.opens().with("menu"), subjectMenu, "All topics")))
	return m
}

func (k *book) topicWords() string {
	topics := k.base.Topics()
	var ws []string
	for _, t := range topics[:min(len(topics), 12)] {
		ws = append(ws, strings.ToLower(t.Title))
	}
	if len(topics) > len(ws) {
		ws = append(ws, "…")
	}
	return strings.Join(ws, ", ")
}

// phrases is the menu of the groups of phrases.
func (k *book) phrases(on surface) *message {
	t, _ := k.base.Topic(phrasesTopic)
	m := new(message)
	m.add(header(t.Title))
	m.text.line(t.Title)
	m.say(t.Summary)
	var es []slack.BlockElement
	for i, g := range t.Groups {
		if i == maxActions {
			break
		}
		es = append(es, button(on.opens().with("group-"+strconv.Itoa(i+1)), pageSubject(groupKey(t.ID, g.ID), 0), g.Title))
		m.text.line(g.Title)
	}
	if len(es) > 0 {
		m.add(actions(es...))
	}
	if on == private || on == direct {
		m.add(note("Or type " + example("/etiquette phrases dinner")))
	}
	return m
}

// tip is one tip on manners, with the way to the next. A book without tips has
// a word about that.
func (k *book) tip(e *knowledge.Entry, on surface) *message {
	m := new(message)
	if e == nil {
		m.say("There are no tips yet.")
		return m
	}
	full := k.view(e).full
	m.add(full.blocks...)
	m.text.lines(full.text.String())
	es := []slack.BlockElement{
		button(actTip, entrySubject(e.ID), "Another tip"),
		button(actTurn.with("phrases"), subjectPhrases, "Phrases"),
	}
	if t, _ := k.base.Topic(etiquetteTopic); len(t.Groups) > 0 {
		var options []*slack.OptionBlockObject
		for _, g := range t.Groups[:min(len(t.Groups), maxOptions)] {
			options = append(options, option(pageSubject(groupKey(t.ID, g.ID), 0), g.Title))
		}
		es = append(es, menu(actTurn.with("theme"), "Etiquette about …", options))
	}
	if on == private {
		es = append(es, button(actShare, entrySubject(e.ID), "Share in channel"))
	}
	m.add(actions(es...))
	return m
}

func day(t time.Time) string { return t.Format("2 Jan 2006") }

// onlyYou is the encoded answer about a subject that exists, from what was
// rendered at load where that serves.
func (k *book) onlyYou(s subject, on surface) []byte {
	if on == private {
		if ready, ok := k.ready[s]; ok {
			return ready
		}
	}
	m, _ := k.answer(s, on)
	return m.onlyYou()
}
