package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// wording puts visits, inspections, plans and checklists into words. It needs the clock,
// the calendar's notes and the printer, and asks neither Slack nor the store.
type wording struct {
	*core
	p    blocks.Printer // the language of the reader
	zone string         // of the reader; empty where a channel reads, each thing in the zone of its own
}

// words are for a reader of a language, in their zone; a channel has none.
func (c *core) words(p blocks.Printer, zone string) *wording { return &wording{c, p, zone} }

// dated is a day in words, and how far it is. A channel's card stands for months and is not
// drawn again each night, so there it is the day alone.
func (wd *wording) dated(day, ahead, both string) string {
	if wd.zone == "" {
		return day
	}
	return wd.p.T(both, day, ahead)
}

// card is the card of a, which is where a visit and an inspection really differ.
func (wd *wording) card(g *guide.Guide, a visit.Appointment, to audience) *blocks.Message {
	switch a := a.(type) {
	case *visit.Visit:
		return wd.visitCard(g, a, to)
	case *visit.Inspection:
		return wd.inspectionCard(g, a, to)
	}
	panic(fmt.Sprintf("no card for a %T", a))
}

// pageRows is how many visits, inspections, plans or factories a list shows at once.
const pageRows = 10

// audience is who reads a card: it decides what is left out.
type audience int

const (
	insiders audience = iota
	everyone          // another company reads along
)

// sensitivePurpose are the purposes of which nothing goes to another company
// without somebody saying so: audits and negotiations.
func sensitivePurpose(id string) bool {
	return strings.Contains(id, "audit") || strings.Contains(id, "negotiation")
}

// purposeFor is what a visit is for, as the audience reads it.
func purposeFor(p blocks.Printer, g *guide.Guide, v *visit.Visit, to audience) string {
	if to == everyone && sensitivePurpose(v.Purpose) {
		return p.T("Visit")
	}
	return p.T(g.Template(v.Purpose).Title)
}

// progress counts the items that the audience may know of.
func progress(items visit.Checklist, to audience) visit.Progress {
	if to == insiders {
		return items.Progress()
	}
	var open visit.Checklist
	for _, i := range items {
		if !i.Sensitive {
			open = append(open, i)
		}
	}
	return open.Progress()
}

// visitSubject is what the buttons of a visit carry.
func visitSubject(v *visit.Visit) blocks.Subject { return blocks.Subject(v.Subject()) }

// today is the day that it is for a reader, and the one at the factory. For some hours of
// each day the two differ, by one.
type today struct{ here, there civil.Date }

// today is the day at p's factory and that of the reader.
func (wd *wording) today(p *visit.Place) today {
	now := wd.o.Now()
	return today{civil.Of(now.In(zoneOr(cmp.Or(wd.zone, p.ChannelZone)))), p.Today(now)}
}

// ahead says how far a day is from the reader's. factory is the same from the factory's
// day, or empty where that is no news: it says nothing else, or both are some days away.
func (t today) ahead(p blocks.Printer, d civil.Date) (here, factory string) {
	here = blocks.Ahead(p, d, t.here)
	near := func(today civil.Date) bool { n := d.Sub(today); return -1 <= n && n <= 1 }
	if t.here != t.there && (near(t.here) || near(t.there)) {
		factory = p.T("%s at the factory", blocks.Ahead(p, d, t.there))
	}
	return here, factory
}

// countdown says how far a day is, with the factory's view beside the reader's.
func (t today) countdown(p blocks.Printer, d civil.Date) string {
	here, factory := t.ahead(p, d)
	if factory == "" {
		return here
	}
	return p.T("%s (%s)", here, factory)
}

// countdown says where a visit stands.
func countdown(p blocks.Printer, v *visit.Visit, t today) string {
	switch {
	case v.Cancelled.IsSet():
		return p.T("cancelled")
	case v.Last.Before(t.there):
		return p.T("ended on %s", blocks.ShortDay(p, v.Last))
	case v.First.After(t.there), v.First == v.Last:
		return t.countdown(p, v.First)
	case t.here != t.there:
		return p.T("it is %s at the factory, day %d of %d", blocks.OnDay(p, t.there), t.there.Sub(v.First)+1, v.Last.Sub(v.First)+1)
	}
	return p.T("today is day %d of %d", t.there.Sub(v.First)+1, v.Last.Sub(v.First)+1)
}

// who lists people for a line.
func who(printer blocks.Printer, people []visit.Person) blocks.Markup {
	var names []blocks.Markup
	for _, p := range people {
		n := blocks.Escape(p.Name)
		if p.User != "" {
			n = blocks.Mention(p.User)
		}
		if p.Role != "" {
			n = printer.M("%s (%s)", n, p.Role)
		}
		names = append(names, n)
	}
	return printer.List(names)
}

// whoPlain is who for the fallback, which shows no mentions.
func whoPlain(p blocks.Printer, people []visit.Person) string {
	named := 0
	var names []string
	for _, person := range people {
		if person.User == "" {
			names = append(names, person.Name)
		} else {
			named++
		}
	}
	switch {
	case named == 1:
		names = append([]string{p.T("1 colleague")}, names...)
	case named > 1:
		names = append([]string{p.T("%d colleagues", named)}, names...)
	}
	return strings.Join(names, p.Comma())
}

func factoryLabel(p blocks.Printer, f *visit.Factory) string { return p.Details(f.Name, f.City) }

func channelName(id string) blocks.Markup {
	for _, r := range id {
		if r < '0' || r > 'Z' || r > '9' && r < 'A' {
			return blocks.Escape(id)
		}
	}
	return blocks.Markup("<#" + id + ">")
}

// channelOr is a channel, or what has become of it.
func channelOr(p blocks.Printer, id string, state store.ChannelState) blocks.Markup {
	switch state {
	case store.ChannelArchived:
		return p.M("its channel is archived")
	case store.ChannelLeft:
		return p.M("I'm not in its channel")
	case store.ChannelGone:
		return p.M("its channel is gone")
	}
	return channelName(id)
}

// numbers writes ns with sep between them.
func numbers(ns []int, sep string) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, sep)
}

func zoneOr(name string) *time.Location {
	if z, err := visit.Zone(name); err == nil {
		return z
	}
	return time.UTC
}

// valueWords is a field's value as a person reads it.
func (wd *wording) valueWords(field, value string) string {
	switch {
	case value == "":
		return wd.p.T("nothing")
	case field == fieldPurpose:
		return wd.p.T("“%s”", wd.guide.Load().Template(value).Title)
	case field == fieldFirst || field == fieldLast:
		if d, err := civil.Parse(value); err == nil {
			return blocks.OnDay(wd.p, d)
		}
	case field == fieldPeople || field == fieldChannel || field == fieldFactory || field == fieldAloud || field == fieldUnannounced:
		return wd.p.T("something else")
	}
	return wd.p.T("“%s”", blocks.Clip(value, 80))
}

// addNotes adds what China's calendar has against a day.
func (wd *wording) addNotes(m *blocks.Message, notes []string) {
	for _, n := range notes {
		m.Add(blocks.Note(blocks.Bold(wd.p.T("Note:")) + " " + blocks.Escape(n)))
		m.Text.Line(wd.p.T("Note: %s", n))
	}
}

// lines are the checklist that a template begins with.
func lines(g *guide.Guide, id string) visit.Checklist { return Lines(g.Template(id)) }

// linesOfVisit are the checklist that a visit begins with.
func linesOfVisit(g *guide.Guide, v *visit.Visit) visit.Checklist {
	t := g.Template(v.Purpose)
	if v.Unannounced {
		return UnannouncedLines(t)
	}
	return Lines(t)
}

// UnannouncedLines are those of a visit of which the factory does not know: without the lines before
// it for which the factory is asked to prepare something. Those of the day itself stay.
func UnannouncedLines(t *knowledge.Template) visit.Checklist {
	quiet := *t
	quiet.Lines = slices.DeleteFunc(slices.Clone(t.Lines), func(l knowledge.Line) bool { return !l.Host.IsZero() && l.Milestone.Days() < 0 })
	return Lines(&quiet)
}

// Lines are a template's lines as the checklist of a visit or an inspection.
func Lines(t *knowledge.Template) visit.Checklist {
	items := make(visit.Checklist, len(t.Lines))
	for i, l := range t.Lines {
		items[i] = visit.Item{ID: i + 1, Milestone: visit.Milestone(l.Milestone.Days()), Text: l.Item, Sensitive: l.Sensitive, Role: l.Role}
		for _, a := range l.Entries {
			items[i].Entries = append(items[i].Entries, a.ID)
		}
	}
	return items
}
