package guide

import (
	"slices"
	"strings"
	"unicode"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/holiday"

	"github.com/slack-go/slack"

	"visitprep/knowledge"
)

// leanOpenings are what a question that does not stand alone may begin with, the longest first; they are
// not looked up.
var leanOpenings = []string{"and what about ", "and how about ", "and what if ", "what about ", "how about ", "what if ", "and also ", "and ", "or ", "also ", "but ", "then "}

// leanWords point to something that was said before.
var leanWords = chars.WordSet("why it its that this they them those these he she him her one ones same instead otherwise")

// leanQuestions are those that ask about what was said before.
var leanQuestions = []string{"why", "how much", "how many", "how long", "how often", "how come", "when", "where", "who", "which", "since when", "until when"}

// shortQuestion is how many words a question has that may lack its subject.
const shortQuestion = 4

// leans reports whether a question may need the one before it. rest is what it adds.
func leans(words string) (rest string, ok bool) {
	lower := strings.ToLower(strings.TrimSpace(words))
	for _, o := range leanOpenings {
		if rest, ok := strings.CutPrefix(lower, o); ok {
			return rest, true
		}
	}
	ws := strings.FieldsFunc(lower, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsNumber(c) && c != '\'' })
	if len(ws) <= 2*shortQuestion && slices.ContainsFunc(ws, func(w string) bool { return leanWords[w] }) {
		return lower, true
	}
	if len(ws) <= shortQuestion {
		for _, q := range leanQuestions {
			if lower == q || strings.HasPrefix(lower, q+" ") || strings.HasPrefix(lower, q+"?") {
				return lower, true
			}
		}
	}
	return lower, false
}

// points reports whether a question is about an "it" that it does not name.
func points(words string) bool {
	return slices.ContainsFunc(strings.Fields(words), func(w string) bool {
		w = strings.Trim(w, blocks.Stops)
		return w == "it" || w == "that" || w == "this"
	})
}

// joined asks the question before with this one added, where this one finds no good answer
// and may lack its subject. as is what was asked then, or empty where that finds no better one.
func (g *Guide) joined(q *Asking, alone *knowledge.Result) (found knowledge.Result, as string) {
	rest, leaning := leans(q.Words)
	short := len(strings.Fields(rest)) <= shortQuestion
	if q.Before == "" || alone.Remark != knowledge.NoRemark || alone.Match == knowledge.Good && !(short && points(rest)) {
		return found, ""
	}
	// A few words by themselves may be off topic, too: the question before must not make
	// them a good one.
	if !leaning && (alone.Match == knowledge.None || !short) {
		return found, ""
	}
	before := strings.TrimRight(q.Before, blocks.Stops)
	found = g.search(before + " " + rest)
	if alone.Match == knowledge.Good { // "is it legal?" finds something, and not what "it" is
		alone = &knowledge.Result{Match: knowledge.Weak}
	}
	if !leaning && found.Match != knowledge.Good {
		return found, ""
	}
	worth := map[knowledge.Match]int{knowledge.Good: 2, knowledge.Weak: 1, knowledge.None: 0}
	if worth[found.Match] < worth[alone.Match] || worth[found.Match] == worth[alone.Match] && (found.Match == knowledge.None || found.Right <= alone.Right) {
		return found, ""
	}
	return found, g.p.T("%s, %s", before, strings.TrimRight(q.Words, blocks.Stops))
}

// calendar answers a question about days or hours, and nil where it is none. A question that
// goes on from one of these is read with it.
func (g *Guide) calendar(q Asking, on Surface) (*blocks.Message, string) {
	if q.Zone == nil {
		return nil, ""
	}
	if g.o.Calendar != nil && holiday.MayAsk(q.Words) {
		today := q.today()
		if days, ok := holiday.Read(q.Words, today); ok {
			return g.days(days, on), q.Words
		}
		if _, ok := holiday.Read(q.Before, today); ok {
			if days, ok := holiday.ReadOn(q.Words, today); ok {
				return g.days(days, on), q.Before
			}
		}
	}
	if !onlyHours(q.Words) {
		return nil, ""
	}
	if timeHint.MatchString(strings.ToLower(q.Words)) {
		if hours, ok := readHours(q.Words, q.today()); ok {
			return g.said(g.hours(hours, q.Now, q.Zone()), "travel-way-time-zone", false, on), q.Words
		}
	}
	if timeHint.MatchString(strings.ToLower(q.Before)) {
		if hours, ok := readHoursOn(q.Before, q.Words, q.today()); ok {
			return g.said(g.hours(hours, q.Now, q.Zone()), "travel-way-time-zone", false, on), q.Before
		}
	}
	return nil, ""
}

// days answers a question about days, or nil where nothing is known of them.
func (g *Guide) days(q holiday.Question, on Surface) *blocks.Message {
	r, ok := g.o.Calendar.Answer(g.p.Printer, q)
	if !ok {
		return nil
	}
	return g.said(r.Sentences, r.Entry, r.Plan, on)
}

// said is an answer that is worked out: its sentences, and the way to the advice that says
// more, and to the form of a visit.
func (g *Guide) said(sentences []string, entry string, plan bool, on Surface) *blocks.Message {
	if len(sentences) == 0 {
		return nil
	}
	m := new(blocks.Message)
	for _, s := range sentences {
		m.Say(s)
	}
	var row []slack.BlockElement
	if e, ok := g.Base.Entry(entry); ok {
		row = g.buttons([]*knowledge.Entry{e}, on)
	}
	if plan && on != Public && len(g.o.Planning) > 0 {
		row = append(row, g.o.Planning[0])
	}
	row = append(row, blocks.Button(on.opens().With("menu"), SubjectMenu, g.p.T("All topics")))
	m.Add(blocks.Actions(row...))
	return m
}
