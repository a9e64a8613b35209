package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// marketNote is the kind of a row that is a market note.
const marketNote = "market_note"

// ofMarket are the columns that only market notes have. A file without any is written without
// them.
var ofMarket = []string{"question", "note", "tags", "photo", "noted", "idea", "idea_owner", "idea_next", "idea_due"}

// fieldsOfMarket names the column of an input of a note's forms that has another name. Its author
// stands under owner.
var fieldsOfMarket = map[string]string{"link": "photo", "owner": "idea_owner", "next": "idea_next", "due": "idea_due", "state": "idea"}

// noon is the hour of a note of which only the day is known.
const noon = 12

// marketNote makes a market note of the row.
func (r *reader) marketNote() (n visit.MarketNote) {
	n.Workspace, n.Number, n.By = r.workspace, r.number, r.owner()
	if n.By == "" && r.Owner == "" {
		r.wrong("owner", "who wrote it is missing")
	}
	n.Factory, n.Place = r.place()
	n.Text, n.Question, n.Link = string(r.Note), string(r.Question), string(r.Photo)
	var tags []string
	for _, t := range visit.MarketTags() {
		tags = append(tags, string(t))
	}
	for _, t := range chars.List(string(r.Tags)) {
		if word := asWord(text(t)); r.oneOf("tags", word, tags) {
			n.Tags = append(n.Tags, visit.MarketTag(word))
		}
	}
	if day := r.day("noted", r.Noted); !day.IsZero() {
		zone, err := visit.Zone(cmp.Or(n.ChannelZone, visit.DefaultZone))
		if err != nil {
			zone = time.UTC
		}
		if n.At = day.At(noon, 0, zone); day.After(r.kinds.Today) {
			r.wrongly("noted", fmt.Sprintf("%s has not come yet", day), "write the day on which it was noted")
		}
	}
	n.Idea = visit.MarketIdea{State: visit.IdeaState(asWord(r.Idea)), Next: string(r.IdeaNext), Due: r.day("idea_due", r.IdeaDue)}
	if r.IdeaOwner != "" {
		n.Idea.Owner = r.id("idea_owner", r.IdeaOwner, personIDs)
		r.ours("idea_owner", n.Idea.Owner)
	}
	if n.Idea.State == "" && n.Idea != (visit.MarketIdea{}) {
		r.wrong("idea", "it has a next step, a day or somebody who looks after it, and no state")
	}
	if n.Idea.State == visit.IdeaDone || n.Idea.State == visit.IdeaDropped {
		n.Idea.Closed.By = n.Idea.Owner
	}
	n.Normalize()
	checked := n.Clone()
	checked.Factory.Number = max(checked.Factory.Number, 1) // a new one is recorded with it
	var es visit.InputErrors
	es.Collect(checked.Check())
	for _, e := range es {
		e.Field = cmp.Or(fieldsOfMarket[e.Field], e.Field)
		r.check(visit.InputErrors{e})
	}
	return n
}

func entryOfMarket(n *visit.MarketNote) entry {
	e := shared(marketNote, n.Number, &n.Factory, &n.Place, n.By)
	tags := make([]string, len(n.Tags))
	for i, t := range n.Tags {
		tags[i] = string(t)
	}
	e.Question, e.Note, e.Tags, e.Photo = text(n.Question), text(n.Text), listOf(tags), text(n.Link)
	if zone, err := visit.Zone(cmp.Or(n.ChannelZone, visit.DefaultZone)); err == nil && !n.At.IsZero() {
		e.Noted = text(civil.Of(n.At.In(zone)).String())
	}
	if n.Idea.State != "" {
		e.Idea, e.IdeaOwner, e.IdeaNext, e.IdeaDue = text(n.Idea.State), text(n.Idea.Owner), text(n.Idea.Next), text(n.Idea.Due.String())
	}
	return e
}

// MarketNote makes the change to n.
func (c *Change) MarketNote(n *visit.MarketNote) error {
	if err := c.still(entryOfMarket(n)); err != nil {
		return err
	}
	closed := n.Idea.Closed
	n.Text, n.Question, n.Link, n.Tags, n.Idea = c.marketNote.Text, c.marketNote.Question, c.marketNote.Link, slices.Clone(c.marketNote.Tags), c.marketNote.Idea
	switch n.Idea.State {
	case visit.IdeaDone, visit.IdeaDropped:
		n.Idea.Closed = closed
		if !closed.IsSet() {
			n.Idea.Closed = visit.Mark{By: n.Idea.Owner}
		}
	}
	return nil
}
