package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// wording puts visits, inspections, plans and checklists into words. It needs the clock,
// the calendar's notes and the printer, and asks neither Slack nor the store.
type wording struct{ *core }

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

func audienceOf(p visit.Place) audience {
	if p.Shared {
		return everyone
	}
	return insiders
}

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
	return g.Template(v.Purpose).Title
}

// progress counts the items that the audience may know of.
func progress(items visit.Checklist, to audience) (done, all int) {
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

// countdown says where a visit stands on a day at the factory.
func countdown(p blocks.Printer, v *visit.Visit, today civil.Date) string {
	switch {
	case v.Cancelled.IsSet():
		return p.T("cancelled")
	case v.Last.Before(today):
		return p.T("ended on %s", blocks.ShortDay(p, v.Last))
	case v.First.After(today):
		return blocks.Ahead(p, v.First, today)
	case v.First == v.Last:
		return p.T("today")
	}
	return p.T("today is day %d of %d", today.Sub(v.First)+1, v.Last.Sub(v.First)+1)
}

// who lists people for a line.
func who(people []visit.Person) blocks.Markup {
	var names []blocks.Markup
	for _, p := range people {
		n := blocks.Escape(p.Name)
		if p.User != "" {
			n = blocks.Mention(p.User)
		}
		if p.Role != "" {
			n += " (" + blocks.Escape(p.Role) + ")"
		}
		names = append(names, n)
	}
	return blocks.Join(names, ", ")
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
	return strings.Join(names, ", ")
}

func factoryLabel(f *visit.Factory) string {
	if f.City == "" {
		return f.Name
	}
	return f.Name + ", " + f.City
}

func channelName(id string) blocks.Markup {
	for _, r := range id {
		if r < '0' || r > 'Z' || r > '9' && r < 'A' {
			return blocks.Escape(id)
		}
	}
	return blocks.Markup("<#" + id + ">")
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
	case field == fieldPeople || field == fieldChannel || field == fieldFactory:
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

// Lines are a template's lines as the checklist of a visit or an inspection.
func Lines(t *knowledge.Template) visit.Checklist {
	items := make(visit.Checklist, len(t.Lines))
	for i, l := range t.Lines {
		items[i] = visit.Item{ID: i + 1, Milestone: visit.Milestone(l.Milestone.Days()), Text: l.Item, Sensitive: l.Sensitive}
		for _, a := range l.Entries {
			items[i].Entries = append(items[i].Entries, a.ID)
		}
	}
	return items
}
