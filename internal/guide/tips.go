package guide

import (
	"time"

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
// the first one in any case.
func Opening(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for i := range len(s) - 1 {
		switch {
		case s[i+1] == '\n':
		// "1. Wait" is no end of a sentence.
		case s[i] == '.' && s[i+1] == ' ' && i > 0 && (s[i-1] < '0' || s[i-1] > '9'):
		default:
			continue
		}
		if end > 0 && i+1 > n {
			break
		}
		end = i + 1
	}
	if end == 0 {
		return s
	}
	return s[:end]
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
