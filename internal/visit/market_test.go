package visit_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// asked are questions a to e for a yearly review, and f for a negotiation.
func asked() []visit.MarketQuestion {
	var qs []visit.MarketQuestion
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		qs = append(qs, visit.MarketQuestion{ID: id, Purposes: []string{"relationship", "first_visit", "supplier_audit", "social_audit"}})
	}
	return append(qs, visit.MarketQuestion{ID: "f", Purposes: []string{"negotiation"}})
}

func TestWhichMarketQuestionsAVisitHas(t *testing.T) {
	t.Parallel()
	first := civil.On(2027, 3, 15)
	type days = map[string]civil.Date
	for name, c := range map[string]struct {
		purpose         string
		cancelled       bool
		unannounced     bool
		had             []string
		asked, answered days
		want            []string
	}{
		"three of those that fit":                               {purpose: "relationship", want: []string{"a", "b", "c"}},
		"fewer where fewer fit":                                 {purpose: "negotiation", want: []string{"f"}},
		"none in an audit":                                      {purpose: "supplier_audit"},
		"none in an audit that asked as something else":         {purpose: "social_audit", had: []string{"a"}},
		"none on an unannounced visit":                          {purpose: "relationship", unannounced: true},
		"none on a visit that is cancelled":                     {purpose: "relationship", cancelled: true},
		"not what was answered within a year":                   {purpose: "relationship", answered: days{"a": civil.On(2026, 3, 15), "b": civil.On(2027, 3, 1)}, want: []string{"c", "d", "e"}},
		"again what was answered longer ago":                    {purpose: "relationship", answered: days{"a": civil.On(2026, 3, 14)}, want: []string{"a", "b", "c"}},
		"what was never asked comes before what was":            {purpose: "relationship", asked: days{"a": civil.On(2026, 9, 1), "b": civil.On(2026, 9, 1)}, want: []string{"c", "d", "e"}},
		"then what was asked longest ago":                       {purpose: "relationship", asked: days{"a": civil.On(2026, 9, 1), "b": civil.On(2025, 9, 1), "c": civil.On(2026, 9, 2), "d": civil.On(2026, 9, 3)}, want: []string{"e", "b", "a"}},
		"it keeps what it has":                                  {purpose: "relationship", had: []string{"e", "d", "c"}, want: []string{"e", "d", "c"}},
		"and what was answered on it":                           {purpose: "relationship", had: []string{"e", "d", "c"}, answered: days{"d": first}, want: []string{"e", "d", "c"}},
		"but not what no longer fits or is no longer asked":     {purpose: "negotiation", had: []string{"a", "gone"}, want: []string{"f"}},
		"a place that became free is filled":                    {purpose: "relationship", had: []string{"e", "gone"}, want: []string{"e", "a", "b"}},
		"with everything answered there is nothing left to ask": {purpose: "negotiation", answered: days{"f": first}},
	} {
		v := visit.Visit{Purpose: c.purpose, First: first, Unannounced: c.unannounced}
		if c.cancelled {
			v.Cancelled = visit.Mark{By: "U1"}
		}
		if got := v.MarketQuestions(asked(), c.had, visit.MarketPast{Asked: c.asked, Answered: c.answered}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func aNote() visit.MarketNote {
	return visit.MarketNote{Workspace: "T1", Number: 3, Factory: visit.Factory{Number: 1, Name: "Ningbo Bright", Zone: "Asia/Shanghai"}, Place: visit.Place{Channel: "C1"},
		Text: "two robots since May", Tags: []visit.MarketTag{visit.TagPrice, visit.TagAutomation, visit.TagPrice}, By: "U1"}
}

func TestWhatAMarketNoteMustSay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*visit.MarketNote)
		wrong  []string
	}{
		"nothing is wrong":                       {func(*visit.MarketNote) {}, nil},
		"no words":                               {func(n *visit.MarketNote) { n.Text = " \n" }, []string{"note"}},
		"500 characters":                         {func(n *visit.MarketNote) { n.Text = long(500) }, nil},
		"501 characters":                         {func(n *visit.MarketNote) { n.Text = long(501) }, []string{"note"}},
		"no tag, no factory, no channel at once": {func(n *visit.MarketNote) { n.Tags, n.Factory.Number, n.Channel = nil, 0, "" }, []string{"factory", "channel", "tags"}},
		"a tag that there is not":                {func(n *visit.MarketNote) { n.Tags = []visit.MarketTag{"gossip"} }, []string{"tags"}},
		"a link that is none":                    {func(n *visit.MarketNote) { n.Link = "javascript:alert(1)" }, []string{"link"}},
		"an open idea without anything":          {func(n *visit.MarketNote) { n.Idea.State = visit.IdeaOpen }, []string{"owner", "due", "next"}},
		"a dropped idea needs no next step":      {func(n *visit.MarketNote) { n.Idea = visit.MarketIdea{State: visit.IdeaDropped, Owner: "U1"} }, nil},
	} {
		n := aNote()
		c.change(&n)
		n.Normalize()
		var es visit.InputErrors
		es.Collect(n.Check())
		var fields []string
		for _, e := range es {
			fields = append(fields, e.Field)
		}
		if !slices.Equal(fields, c.wrong) {
			t.Errorf("%s: wrong is %q, want %q", name, fields, c.wrong)
		}
	}
	n := aNote()
	n.Normalize()
	if want := []visit.MarketTag{visit.TagAutomation, visit.TagPrice}; !reflect.DeepEqual(n.Tags, want) {
		t.Errorf("its tags are %q, want %q", n.Tags, want)
	}
}

func long(n int) string {
	b := make([]rune, n)
	for i := range b {
		b[i] = '价'
	}
	return string(b)
}

func TestAnIdeaFromANoteToItsEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 15, 8, 0, 0, 0, time.UTC)
	today := civil.Of(now)
	n := aNote()
	idea := visit.MarketIdea{State: visit.IdeaOpen, Owner: "U2", Next: "  ask for a sample ", Due: today.AddDays(-1)}
	var es visit.InputErrors
	if err := n.Pursue(idea, "U1", today, now); !errors.As(err, &es) || es[0].Field != "due" || n.Idea.State != "" {
		t.Errorf("by a day that has passed: %v, and it is %+v", err, n.Idea)
	}
	idea.Due = today
	if err := n.Pursue(idea, "U1", today, now); err != nil || n.Idea.Next != "ask for a sample" || n.Idea.Closed.IsSet() {
		t.Errorf("made an idea it is %+v, %v", n.Idea, err)
	}
	later := today.AddDays(30)
	if err := n.Pursue(n.Idea, "U1", later, now); err != nil {
		t.Errorf("with the day that it had: %v", err)
	}
	done := n.Idea
	done.State = visit.IdeaDone
	if err := n.Pursue(done, "U3", later, now); err != nil || n.Idea.Closed != (visit.Mark{By: "U3", At: now}) {
		t.Errorf("done it is %+v, %v", n.Idea, err)
	}
	if err := n.Pursue(done, "U4", later, now.Add(time.Hour)); err != nil || n.Idea.Closed.By != "U3" {
		t.Errorf("done twice it is %+v, %v", n.Idea, err)
	}
	again := n.Idea
	again.State, again.Due = visit.IdeaOpen, later
	if err := n.Pursue(again, "U1", later, now); err != nil || n.Idea.Closed.IsSet() {
		t.Errorf("opened again it is %+v, %v", n.Idea, err)
	}
	if n.MayChange("U1") != nil || n.MayChange("U2") == nil || n.MayChange("") == nil {
		t.Error("a note is not only its author's")
	}
}

func TestWhatADigestTellsOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rhythm       visit.Rhythm
		day          civil.Date
		from, before civil.Date
	}{
		"the month before":                       {visit.Monthly, civil.On(2027, 3, 1), civil.On(2027, 2, 1), civil.On(2027, 3, 1)},
		"in January that of last year":           {visit.Monthly, civil.On(2027, 1, 1), civil.On(2026, 12, 1), civil.On(2027, 1, 1)},
		"the quarter before":                     {visit.Quarterly, civil.On(2027, 4, 1), civil.On(2027, 1, 1), civil.On(2027, 4, 1)},
		"late in a quarter still the one before": {visit.Quarterly, civil.On(2027, 6, 30), civil.On(2027, 1, 1), civil.On(2027, 4, 1)},
	} {
		if from, before := c.rhythm.Period(c.day); from != c.from || before != c.before {
			t.Errorf("%s: from %s before %s", name, from, before)
		}
	}
	// The first of October is a holiday: the digest comes on the first working day after it, once.
	sc := visit.Schedule{Workspace: "T1", Subject: "channel/C1", Kind: visit.RecurMarket, Zone: "Europe/Berlin", Rule: visit.Quarterly.Rule(visit.TimeOfDay{Hour: 9})}
	at := time.Date(2026, 10, 1, 7, 0, 0, 0, time.UTC)
	o := visit.MarketDigestOf(sc, at, chinese(t))
	if o.Payload != "quarterly" || o.Day != civil.On(2026, 10, 1) || o.Due.Day() != 8 || !o.Expires.After(o.Due) || o.To != "C1" {
		t.Errorf("the digest is %+v", o)
	}
	sc.Rule = visit.Monthly.Rule(visit.TimeOfDay{Hour: 9})
	if o := visit.MarketDigestOf(sc, at, chinese(t)); o.Payload != "monthly" {
		t.Errorf("a monthly one is %q", o.Payload)
	}
}
