package guide

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// A listing is a run of advice that is read page by page: a topic, a group of
// one, or a phase.
type listing struct {
	p       blocks.Printer
	key     string // "topic/quality-checks", "group/phrases/dinner", "phase/before"
	title   string
	summary string
	Pages   []page
	marks   []mark // where each part begins, for the "Go to" menu
}

// A page is as much of a listing as one message holds.
type page []pageEntry

// A pageEntry is one entry of a page; heading is set where a new part begins.
type pageEntry struct {
	entry   *knowledge.Entry
	heading string
}

// A mark is a part of a listing and the page on which it begins.
type mark struct {
	title string
	page  int
}

// The size of a page: what reads well on one screen, and far inside the 50
// blocks and about 13,000 characters that Slack takes in a message.
const (
	pageEntries    = 6
	pageCharacters = 2900
	pageBreak      = 4 // a new part begins a new page after this many entries
)

// addPart appends entries under a heading and keeps the page's size.
func (l *listing) addPart(heading string, entries []*knowledge.Entry) {
	if len(entries) == 0 {
		return
	}
	size := func(e *knowledge.Entry) int {
		return utf8.RuneCountInString(e.Title) + utf8.RuneCountInString(e.Text)
	}
	used := 0
	if n := len(l.Pages); n > 0 {
		for _, shown := range l.Pages[n-1] {
			used += size(shown.entry)
		}
	}
	for i, e := range entries {
		n := len(l.Pages)
		if n == 0 || len(l.Pages[n-1]) == pageEntries || used+size(e) > pageCharacters ||
			i == 0 && heading != "" && len(l.Pages[n-1]) >= pageBreak {
			l.Pages = append(l.Pages, nil)
			n, used = n+1, 0
		}
		next := pageEntry{entry: e}
		if i == 0 && heading != "" {
			next.heading = heading
			l.marks = append(l.marks, mark{heading, n - 1})
		}
		l.Pages[n-1] = append(l.Pages[n-1], next)
		used += size(e)
	}
}

// groupListing is one group of a topic by itself.
func groupListing(p blocks.Printer, t *knowledge.Topic, g *knowledge.Group) *listing {
	l := &listing{p: p, key: GroupKey(t.ID, g.ID), title: p.T("%s: %s", t.Title, g.Title)}
	l.addPart("", inGroup(t, g.ID))
	return l
}

func inGroup(t *knowledge.Topic, group string) []*knowledge.Entry {
	var in []*knowledge.Entry
	for _, e := range t.Entries {
		if e.Group == group {
			in = append(in, e)
		}
	}
	return in
}

func topicListing(p blocks.Printer, t *knowledge.Topic) *listing {
	l := &listing{p: p, key: TopicKey(t.ID), title: t.Title, summary: t.Summary}
	if len(t.Groups) == 0 {
		l.addPart("", t.Entries)
		return l
	}
	for _, g := range t.Groups {
		l.addPart(g.Title, inGroup(t, g.ID))
	}
	return l
}

// phaseListing collects what to know in one phase: topics with the most things
// to do first, and within a topic what can be ticked off before what can be read.
// Phrases have listings of their own.
func phaseListing(p blocks.Printer, base *knowledge.Base, phase knowledge.Phase) *listing {
	l := &listing{p: p, key: PhaseKey(phase), title: phaseLabel(p, phase), summary: phaseSummary(p, phase)}
	rank := map[knowledge.Kind]int{knowledge.Checklist: 0, knowledge.Guide: 1, knowledge.Question: 2, knowledge.RedFlag: 3, knowledge.Etiquette: 4}
	type part struct {
		topic   *knowledge.Topic
		entries []*knowledge.Entry
		todo    int
	}
	var parts []part
	for _, t := range base.Topics() {
		pt := part{topic: t}
		for _, e := range t.Entries {
			if e.Phase != phase || e.Kind == knowledge.Phrase {
				continue
			}
			pt.entries = append(pt.entries, e)
			if e.Kind == knowledge.Checklist {
				pt.todo++
			}
		}
		slices.SortStableFunc(pt.entries, func(a, b *knowledge.Entry) int { return rank[a.Kind] - rank[b.Kind] })
		parts = append(parts, pt)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return b.todo - a.todo })
	for _, pt := range parts {
		l.addPart(pt.topic.Title, pt.entries)
	}
	return l
}

func phaseSummary(p blocks.Printer, phase knowledge.Phase) string {
	switch phase {
	case knowledge.Before:
		return p.T("What to settle before you travel: what to ask for, what to read, what to bring.")
	case knowledge.During:
		return p.T("What to look at, ask and agree while you are at the factory, and how to be a good guest.")
	}
	return p.T("What to do once you are back: write it down, follow up, and keep in touch.")
}

// TopicKey names the listing of a topic.
func TopicKey(id string) string { return "topic/" + id }

// TopicSubject is a topic's first page: what it is about, what people ask for most, and its
// groups.
func TopicSubject(id string) blocks.Subject { return blocks.Subject(TopicKey(id)) }

// GroupKey names the listing of a group of a topic.
func GroupKey(topic, group string) string { return "group/" + topic + "/" + group }

// PhaseKey names the listing of a phase.
func PhaseKey(p knowledge.Phase) string { return "phase/" + string(p) }

// PhaseSubject is a phase's first page, as TopicSubject is a topic's.
func PhaseSubject(p knowledge.Phase) blocks.Subject { return blocks.Subject(PhaseKey(p)) }

// PageSubject is a page of a listing, from 0.
func PageSubject(key string, page int) blocks.Subject {
	return blocks.Subject(key + ":" + strconv.Itoa(page))
}

// cutPage undoes PageSubject. A subject without a page means the first page.
func cutPage(s blocks.Subject) (key string, page int) {
	key, n, _ := strings.Cut(string(s), ":")
	n, _, _ = strings.Cut(n, ":")
	page, err := strconv.Atoi(n)
	if err != nil {
		page = 0
	}
	return key, page
}

// content adds page n of the listing to m; a number outside is the nearest page.
func (l *listing) content(m *blocks.Message, n int) {
	n = l.clamp(n)
	title := l.title
	m.Add(blocks.Header(title))
	where := l.p.T("Page %d of %d", n+1, max(len(l.Pages), 1))
	m.Text.Line(title)
	if len(l.Pages) > 1 {
		m.Add(blocks.Note(blocks.Escape(where)))
		m.Text.Line(where)
	}
	if n == 0 && l.summary != "" {
		m.Say(l.summary)
	}
	m.Add(slack.NewDividerBlock())
	if len(l.Pages) == 0 {
		m.Say(l.p.T("There is no advice here yet."))
		return
	}
	for _, e := range l.Pages[n] {
		if e.heading != "" {
			m.Add(blocks.Note(blocks.Bold(e.heading)))
			m.Text.Line(e.heading)
		}
		m.Add(blocks.Section(summaryOf(l.p, e.entry)))
		m.Text.Line(plainSummaryOf(l.p, e.entry))
	}
}

func (l *listing) clamp(n int) int { return max(0, min(n, len(l.Pages)-1)) }

// controls are the elements that move through the listing: previous and next
// page, and a menu of its parts.
func (l *listing) controls(n int) []slack.BlockElement {
	n = l.clamp(n)
	var es []slack.BlockElement
	if n > 0 {
		es = append(es, blocks.Button(ActTurn.With("previous"), PageSubject(l.key, n-1), l.p.T("Previous page")))
	}
	if n+1 < len(l.Pages) {
		es = append(es, blocks.Button(ActTurn.With("next"), PageSubject(l.key, n+1), l.p.T("Next page")))
	}
	if len(l.marks) > 1 {
		options := make([]*slack.OptionBlockObject, 0, len(l.marks))
		for i, mk := range l.marks[:min(len(l.marks), blocks.MaxOptions)] {
			// Two parts may begin on one page, and option values must differ.
			options = append(options, blocks.Option(PageSubject(l.key, mk.page)+blocks.Subject(":"+strconv.Itoa(i)), mk.title))
		}
		es = append(es, blocks.Menu(ActTurn.With("jump"), l.p.T("Go to …"), options))
	}
	return es
}

// summaryOf is an entry in a list: title, text, and for a phrase how it is said.
func summaryOf(p blocks.Printer, e *knowledge.Entry) blocks.Markup {
	m := blocks.Bold(e.Title)
	if k := kindLabel(p, e.Kind); k != "" {
		m += " _" + blocks.Escape(k) + "_"
	}
	if e.Kind == knowledge.Phrase {
		m += "\n" + blocks.Bold(e.Chinese) + "  " + blocks.Escape(e.Pinyin)
	}
	return m + "\n" + blocks.Body(e.Text)
}

func plainSummaryOf(p blocks.Printer, e *knowledge.Entry) string {
	title := e.Title
	if k := kindLabel(p, e.Kind); k != "" {
		title = p.T("%s (%s)", title, k)
	}
	if e.Kind == knowledge.Phrase {
		title = p.T("%s: %s, %s", title, e.Chinese, e.Pinyin)
	}
	return p.T("%s. %s", title, blocks.PlainBody(e.Text))
}

// kindLabel is how an entry's kind reads in a line; guides and tips need none.
func kindLabel(p blocks.Printer, k knowledge.Kind) string {
	switch k {
	case knowledge.Checklist:
		return p.T("to do")
	case knowledge.Question:
		return p.T("question to ask")
	case knowledge.RedFlag:
		return p.T("red flag")
	}
	return ""
}

func phaseLabel(p blocks.Printer, phase knowledge.Phase) string {
	switch phase {
	case knowledge.Before:
		return p.T("Before the visit")
	case knowledge.During:
		return p.T("During the visit")
	}
	return p.T("After the visit")
}
