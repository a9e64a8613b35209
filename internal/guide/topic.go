package guide

import (
	"slices"
	"strconv"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// topic is a topic's first page. A topic without groups and without entries that are asked
// for most begins with its entries.
func (g *Guide) topic(t *knowledge.Topic, on Surface) *blocks.Message {
	var top []*knowledge.Entry
	for _, id := range t.Top {
		if e, ok := g.Base.Entry(id); ok { // a team may hide it
			top = append(top, e)
		}
	}
	var parts []part
	for _, group := range t.Groups {
		parts = append(parts, part{group.Title, PageSubject(GroupKey(t.ID, group.ID), 0)})
	}
	m := g.firstPage(g.Listings[TopicKey(t.ID)], TopicSubject(t.ID), top, parts, on)
	if register, ok := g.o.Registers[t.ID]; ok && (on == Private || on == Direct) {
		m.Add(blocks.Actions(register))
	}
	if len(parts) > 0 && t.ID == PhrasesTopic && (on == Private || on == Direct) {
		m.Add(blocks.Note(g.p.M("Or type %s", blocks.Code("/etiquette phrases dinner"))))
	}
	return m
}

// phase is the first page of a phase. One that fits on a page begins with its entries.
func (g *Guide) phase(p knowledge.Phase, on Surface) *blocks.Message {
	l := g.Listings[PhaseKey(p)]
	var parts []part
	if len(l.Pages) > 1 {
		for _, mk := range l.marks {
			parts = append(parts, part{mk.title, PageSubject(l.key, mk.page)})
		}
	}
	var top []*knowledge.Entry
	if len(parts) > 0 {
		top = g.topIn(p)
	}
	return g.firstPage(l, PhaseSubject(p), top, parts, on)
}

// topIn are the entries of a phase that people ask for most: of each topic the first, then of
// each the second, until there are enough; and where there are not, what its parts begin with.
func (g *Guide) topIn(p knowledge.Phase) (top []*knowledge.Entry) {
	var of [][]*knowledge.Entry
	longest := 0
	for _, t := range g.Base.Topics() {
		var es []*knowledge.Entry
		for _, id := range t.Top {
			if e, ok := g.Base.Entry(id); ok && e.Phase == p && e.Kind != knowledge.Phrase {
				es = append(es, e)
			}
		}
		of = append(of, es)
		longest = max(longest, len(es))
	}
	for n := range longest {
		for _, es := range of {
			if n < len(es) && len(top) < maxButtons {
				top = append(top, es[n])
			}
		}
	}
	for _, pg := range g.Listings[PhaseKey(p)].Pages {
		for _, e := range pg {
			if e.heading != "" && len(top) < maxButtons && !slices.Contains(top, e.entry) {
				top = append(top, e.entry)
			}
		}
	}
	return top
}

// A part is where a button of a first page leads.
type part struct {
	title   string
	subject blocks.Subject
}

// firstPage is what a listing is about, what of it people ask for most, and its parts. A
// listing without either begins with its entries.
func (g *Guide) firstPage(l *listing, s blocks.Subject, top []*knowledge.Entry, parts []part, on Surface) *blocks.Message {
	m := new(blocks.Message)
	if len(top) == 0 && len(parts) == 0 {
		l.content(m, 0)
		m.Add(g.listingControls(l, 0, on)...)
		return m
	}
	m.Title(l.title)
	m.Say(l.summary)
	if len(top) > 0 {
		m.Add(blocks.Note(blocks.Bold(g.p.T("Asked for most"))))
		m.Text.Line(g.p.T("Asked for most"))
		m.Add(blocks.Actions(g.buttons(top, on)...))
		for _, e := range top {
			m.Text.Line(e.Title)
		}
	}
	if len(parts) > 0 {
		var es []slack.BlockElement
		for i, pt := range parts[:min(len(parts), blocks.MaxActions)] {
			es = append(es, blocks.Button(on.opens().With("group-"+strconv.Itoa(i+1)), pt.subject, pt.title))
			m.Text.Line(pt.title)
		}
		m.Add(blocks.Note(blocks.Bold(g.p.T("All of it, by theme"))))
		m.Add(blocks.Actions(es...))
	}
	turns := ActTurn
	if on == Public { // a page turned in public would change under other readers' eyes
		turns = ActShow
	}
	es := []slack.BlockElement{blocks.Button(turns.With("read"), PageSubject(l.key, 0), g.p.T("Read from the start"))}
	m.Add(blocks.Actions(append(es, g.standing(s, on)...)...))
	return m
}
