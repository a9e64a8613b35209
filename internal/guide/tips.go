package guide

import (
	"strings"
	"time"
	"unicode"

	"visitprep/knowledge"
)

// UnseenTip is a tip that place has not seen, by id: one of the phase if there is one,
// then any. It is nil when all were seen. Two places begin at different tips.
func (g *Guide) UnseenTip(place string, seen map[string]bool, phase knowledge.Phase) *knowledge.Entry {
	var other *knowledge.Entry
	start := int(hash(place) % 1000)
	for i := range g.Tips {
		e := g.Tips[(start+i)%len(g.Tips)]
		switch {
		case seen[e.ID]:
		case e.Phase == phase:
			return e
		case other == nil:
			other = e
		}
	}
	return other
}

// TipOfTheDay is the same for a place all day, and takes nothing from a round. It is
// nil where there are no tips.
func (g *Guide) TipOfTheDay(place string, day time.Time) *knowledge.Entry {
	if len(g.Tips) == 0 {
		return nil
	}
	return g.Tips[(int(hash(place)%1000)+day.YearDay())%len(g.Tips)]
}

// Opening is as many whole sentences, or lines, from the start of s as fit into n bytes, and
// the first one in any case. It ends in no quotation and no brackets, and not after a colon. A
// list in which it would end is there whole if that fits into whole bytes; otherwise shown is how
// many of its lines are there, of all that it has.
func Opening(s string, n, whole int) (opening string, shown, of int) {
	if len(s) <= n {
		return s, 0, 0
	}
	var end stop
	for _, e := range stops(s) {
		if e.item == 1 && e.of > 1 {
			continue // one line of many tells little
		}
		if end.at == 0 || e.at <= n || e.of > 0 && e.item == e.of && e.at <= whole {
			end = e
		}
	}
	switch {
	case end.at == 0:
		return s, 0, 0
	case end.item == end.of:
		return s[:end.at], 0, 0
	}
	return s[:end.at], end.item, end.of
}

// A stop is where text may be cut: after the line item of the of that a list has, or after a
// sentence, where both are 0.
type stop struct{ at, item, of int }

// stops are where text may be cut, from its start on.
func stops(s string) (all []stop) {
	var open enclosed
	lines := strings.SplitAfter(s, "\n")
	at, list := 0, 0 // list is where in all the stops of a list begin
	for i, line := range lines {
		kind := lineOf(line)
		if i == 0 || lineOf(lines[i-1]) != kind {
			list = len(all)
		}
		switch text := strings.TrimRight(line, "\n"); {
		case kind == prose:
			all = append(all, open.sentences(at, text)...)
		case kind == row && (i == 0 || lineOf(lines[i-1]) != row): // the heads of a table
		default:
			if open.read(text); open.none() {
				all = append(all, stop{at: at + len(text), item: len(all) - list + 1})
			}
			for j := range all[list:] {
				all[list+j].of = len(all) - list
			}
		}
		at += len(line)
	}
	return all
}

// What a line is; [blocks.Body] shows it so.
const (
	prose = iota
	item
	row // of a table
)

func lineOf(line string) int {
	line = strings.TrimLeft(line, " ")
	number := len(line) - len(strings.TrimLeft(line, "0123456789"))
	switch {
	case strings.HasPrefix(line, "- ") || number > 0 && strings.HasPrefix(line[number:], ". "):
		return item
	case strings.Contains(line, " | "):
		return row
	}
	return prose
}

// enclosed is what is open where text has been read up to.
type enclosed struct {
	quoted   bool
	brackets int
}

func (e *enclosed) none() bool { return !e.quoted && e.brackets == 0 }

func (e *enclosed) read(text string) {
	for _, c := range text {
		switch c {
		case '"':
			e.quoted = !e.quoted
		case '(':
			e.brackets++
		case ')':
			e.brackets--
		}
	}
}

// sentences reads a line that begins at a place of the text, and are where its sentences end.
func (e *enclosed) sentences(at int, text string) (all []stop) {
	begun := 0
	for i := range len(text) {
		e.read(text[i : i+1])
		rest := text[i+1:]
		if !e.none() || rest != "" && rest[0] != ' ' {
			continue
		}
		said := strings.TrimRight(text[begun:i+1], `")`)
		switch {
		case rest == "" && said != "" && !strings.HasSuffix(said, ":"):
		case rest == "" || !strings.ContainsAny(said[max(len(said)-1, 0):], ".?!"):
			continue
		case strings.Trim(said, "0123456789. ") == "": // "1. Wait" is no end of a sentence
			continue
		case unicode.IsLower([]rune(strings.TrimLeft(rest, " ") + " ")[0]): // nor is "ask "Why?" twice"
			continue
		}
		all = append(all, stop{at: at + i + 1})
		begun = i + 1
	}
	return all
}

// FirstPhrases are at most so many phrases that a visit needs most: the first two of each of the
// first groups.
func (g *Guide) FirstPhrases(most int) []*knowledge.Entry {
	t, ok := g.Base.Topic(PhrasesTopic)
	if !ok {
		return nil
	}
	var out []*knowledge.Entry
	seen := map[string]int{}
	const perGroup = 2
	for _, e := range t.Entries {
		if len(out) < most && seen[e.Group] < perGroup {
			seen[e.Group]++
			out = append(out, e)
		}
	}
	return out
}

// Manners are at most so many tips on manners that fit what the visit is for.
func (g *Guide) Manners(purpose string, most int) []*knowledge.Entry {
	var out []*knowledge.Entry
	at := int(hash(purpose) % 97)
	for i := range g.Tips {
		e := g.Tips[(at+i)%len(g.Tips)]
		if len(out) < most && e.Phase == knowledge.During {
			out = append(out, e)
		}
	}
	return out
}
