// Package knowledge is the knowledge base of Visit Prep: it loads the YAML topic
// files, checks them, and finds the entries that answer a question.
//
// It owns the words "entry", "topic", "kind" and "phase", the checklists that
// visits begin with, the vocabulary of defects, and the search. An entry is one piece of guidance; to
// the people who ask it is advice. The package does not know Slack, and it has no
// state but what it loads: a [Base] never changes, and to take up new files one
// loads again and swaps. Its one clock is that of [Watch].
package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"gopkg.in/yaml.v3"

	"visitprep/internal/yamlfile"
)

// A Kind says what an entry is for.
type Kind string

// The kinds of entries.
const (
	Guide     Kind = "guide"     // how to do something
	Checklist Kind = "checklist" // a line to tick off
	Question  Kind = "question"  // a question to put to the factory
	RedFlag   Kind = "red_flag"  // a warning sign and how to check it
	Etiquette Kind = "etiquette" // a tip on manners and culture
	Phrase    Kind = "phrase"    // something to say, or to understand, in Chinese
)

// A Phase is the part of a visit that an entry belongs to.
type Phase string

// The phases of a visit.
const (
	Before Phase = "before"
	During Phase = "during"
	After  Phase = "after"
)

// An Entry is one piece of guidance.
type Entry struct {
	ID    string `yaml:"id"`    // unique over all files: lower-case words joined by "-"
	Kind  Kind   `yaml:"kind"`  // one of the kinds above
	Phase Phase  `yaml:"phase"` // one of the phases above
	Group string `yaml:"group"` // id of one of the topic's groups; required when the topic has groups
	Title string `yaml:"title"` // at most 75 characters, so that it fits a Slack button
	Text  string `yaml:"text"`  // at most 900 characters: the direct answer first; lines, "- " items and short tables
	Why   string `yaml:"why"`   // the reason, where it is not obvious; at most 300 characters

	Aliases []string `yaml:"aliases"` // other words people use for it
	Asks    []string `yaml:"asks"`    // questions it answers, as people type them; found by, never shown
	Article Rows     `yaml:"article"` // rows of the article that it is based on, such as QC4
	Sources []Source `yaml:"sources"` // where its facts come from, beyond the article

	Verify bool   `yaml:"verify"` // the fact changes: law, visa, price, date
	Where  string `yaml:"where"`  // where to verify it; required with verify

	Chinese string `yaml:"zh"`     // phrases only: what is said
	Pinyin  string `yaml:"pinyin"` // phrases only: how it is said

	Delicate bool `yaml:"delicate"` // a question that it answers is nobody else's business: it is never kept

	AskedOn []string `yaml:"asked_on"` // questions only: purposes of the visits that have it as one of their market questions

	Reviewed Day `yaml:"reviewed"` // the day its facts were last checked

	topic *Topic
}

// Topic returns the topic that the entry belongs to.
func (e *Entry) Topic() *Topic { return e.topic }

// marketPurposes are the purposes of visits on which market questions are asked: all but the
// audits, in which they would be taken for a part of them.
var marketPurposes = []string{"first_visit", "negotiation", "relationship", "follow_up", "in_process"}

// A Source is a page that supports an entry.
type Source struct {
	Title string `yaml:"title"`
	URL   string `yaml:"url"` // http or https; empty for a work without an address
}

// Rows are ids of rows of the article, written as one word or as a list.
type Rows []string

// UnmarshalYAML reads QC4 as well as [QC4, QC5].
func (r *Rows) UnmarshalYAML(n *yaml.Node) error {
	wrong := yamlfile.Mistake{What: "this takes rows of the article", How: "write article: QC4, or article: [QC4, QC5]"}
	switch n.Kind {
	case yaml.ScalarNode:
		if n.ShortTag() == "!!null" {
			return nil
		}
		*r = Rows{n.Value}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			if c.Kind != yaml.ScalarNode || c.Value == "" {
				return wrong
			}
			*r = append(*r, c.Value)
		}
	default:
		return wrong
	}
	return nil
}

// A Day is a date without a zone, written 2026-11-22. The zero Day is no day.
type Day struct{ time.Time }

// UnmarshalText reads a day. An empty text is no day.
func (d *Day) UnmarshalText(text []byte) error {
	*d = Day{}
	if len(text) == 0 {
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return yamlfile.Mistake{What: fmt.Sprintf("%q is not a day", text), How: "write year, month and day, such as 2026-11-22"}
	}
	d.Time = t
	return nil
}

// MarshalText writes the day as UnmarshalText reads it.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns the day as 2026-11-22, and "" for no day.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// A Topic is a collection of entries: one section of the article, travel logistics
// or phrases. It is one YAML file.
type Topic struct {
	ID      string   `yaml:"topic"`   // the file's name without .yaml
	Title   string   `yaml:"title"`   // at most 75 characters
	Summary string   `yaml:"summary"` // two or three sentences that open the topic's answer
	Order   int      `yaml:"order"`   // place in menus, from 1
	Aliases []string `yaml:"aliases"` // words that open the topic when they are the whole question
	Groups  []Group  `yaml:"groups"`  // optional division, in the order of reading
	Top     []string `yaml:"top"`     // ids of the entries that people ask for most, at most five
	Hide    []string `yaml:"hide"`    // a team's own file only: ids of entries to remove
	Entries []*Entry `yaml:"entries"` // in the order of reading
}

// A Group divides a long topic.
type Group struct {
	ID      string   `yaml:"id"`
	Title   string   `yaml:"title"`
	Aliases []string `yaml:"aliases"` // words that open the group when they are the whole question

	Delicate bool `yaml:"delicate"` // all its entries are delicate
}

// Group returns the topic's group with the id.
func (t *Topic) Group(id string) (*Group, bool) {
	for i := range t.Groups {
		if t.Groups[i].ID == id {
			return &t.Groups[i], true
		}
	}
	return nil, false
}

// isPhrases reports whether the topic has phrases only.
func (t *Topic) isPhrases() bool {
	return !slices.ContainsFunc(t.Entries, func(e *Entry) bool { return e.Kind != Phrase })
}

// A Base is a loaded knowledge base. It never changes, so any number of
// goroutines may use it; what its methods return belongs to it and must not
// be changed either.
type Base struct {
	topics  []*Topic
	all     []*Entry
	byID    map[string]*Entry
	byWord  map[string]*Topic
	groups  map[string]groupOf
	defects *Defects
	letters []Folder
	version string
	doubts  yamlfile.Mistakes

	// index is built by BuildIndex or by the first search, so that a program can
	// give its first answers without it.
	index func() *index
}

// groupOf is a group with the topic that it divides.
type groupOf struct {
	topic *Topic
	group *Group
}

// Topics returns the topics in the order of the menus.
func (b *Base) Topics() []*Topic { return b.topics }

// Topic returns the topic whose id, title or alias is the word. Capitals do
// not matter, and "-", "_" and spaces are the same.
func (b *Base) Topic(word string) (*Topic, bool) {
	t, ok := b.byWord[plain(word)]
	return t, ok
}

// Group returns the group, and the topic that it divides, whose id, title or
// alias is the word, as [Base.Topic] does. Where two topics have such a
// group, it is the first topic's; advice wins over phrases, so that "dinner" is how to
// behave at one, whatever the phrases for it are filed under.
func (b *Base) Group(word string) (*Topic, *Group, bool) {
	g, ok := b.groups[plain(word)]
	return g.topic, g.group, ok
}

// Entry returns the entry with the id.
func (b *Base) Entry(id string) (*Entry, bool) {
	e, ok := b.byID[id]
	return e, ok
}

// BuildIndex builds the search index, so that no search has to wait for it. It
// returns when the index is built, and at once if it was before.
func (b *Base) BuildIndex() { b.index() }

// All returns every entry in the order of reading: topic by topic, as in
// the files.
func (b *Base) All() []*Entry { return b.all }

// Doubts are what reads well and is probably not meant, sorted by file and line.
func (b *Base) Doubts() yamlfile.Mistakes { return b.doubts }

// Version is a short hash of the bytes that were loaded: two bases of the same
// version have the same entries.
func (b *Base) Version() string { return b.version }

// plain returns the word of a topic or group in the form that is looked up:
// lower-case letters without accents, and single spaces between the words.
func plain(word string) string {
	return strings.Join(strings.FieldsFunc(fold(word), func(r rune) bool {
		return r == '-' || r == '_' || unicode.IsSpace(r)
	}), " ")
}
