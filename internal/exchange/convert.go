package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/spelling"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
	"visitprep/scheduler/calendar"
)

// A reader makes a visit or a plan of one row, and notes what is wrong with it.
type reader struct {
	row
	typed           entry // the words of the row before they were read as ours
	file, workspace string
	kinds           Kinds
	plans           []visit.Plan              // that are recorded
	othersRead      func(channel string) bool // nil where the row is only written in our way
	mistakes        yamlfile.Mistakes
	doubts          yamlfile.Mistakes
	noted           []string // the columns with a mistake: each is reported once

	number   int    // of what is recorded, with base
	base     *entry // what is recorded, over which the row is laid; nil of what is new
	changed  []string
	site     *visit.Factory
	leaves   *visit.Factory // the factory from which the row moves a visit
	unplaced bool           // names its factory by its name
	done     bool           // nothing more is to be found out
}

// unchanged reports whether a column is as it is recorded.
func (r *reader) unchanged(column string) bool {
	return r.base != nil && !slices.Contains(r.changed, column)
}

// doubt notes what reads well and is probably not meant.
func (r *reader) doubt(column, what string) {
	r.doubts = append(r.doubts, yamlfile.Mistake{File: r.file, Line: r.line(column), What: r.at(column) + ": " + what})
}

// wrong notes a mistake in a column.
func (r *reader) wrong(column, what string) {
	how := ""
	if e := examples[column]; e != "" {
		how = "write it as " + e
	}
	r.wrongly(column, what, how)
}

func (r *reader) wrongly(column, what, how string) {
	if !slices.Contains(r.noted, column) {
		r.noted = append(r.noted, column)
		r.mistakes = append(r.mistakes, yamlfile.Mistake{File: r.file, Line: r.line(column), What: r.at(column) + ": " + what, How: how})
	}
}

// columnOf names the column of an input that has another name in Slack's forms.
func columnOf(field string) string {
	switch field {
	case "factory_name":
		return "factory"
	case "factory_city", "factory_address", "factory_contacts", "factory_zone":
		return strings.TrimPrefix(field, "factory_")
	}
	return field
}

// check notes what the rules of package visit find.
func (r *reader) check(err error) {
	var list visit.InputErrors
	if one := (*visit.InputError)(nil); !errors.As(err, &list) && errors.As(err, &one) {
		list = visit.InputErrors{one}
	}
	for _, e := range list {
		column, what := columnOf(e.Field), strings.TrimSuffix(e.Mistake.Error(), ".")
		if isDay(column) && r.value(column) != "" { // it was read: another example would not help
			r.wrongly(column, what, "")
			continue
		}
		r.wrong(column, what)
	}
}

// oneOf notes a word that is not one of those known.
func (r *reader) oneOf(column string, word text, known []string) bool {
	ok := slices.Contains(known, string(word))
	if !ok && !r.unchanged(column) {
		how := "write one of " + strings.Join(known, ", ")
		if near := spelling.Nearest(string(word), known); near != "" {
			how = "did you mean " + near + "?"
		}
		r.wrongly(column, fmt.Sprintf("%q is not known", r.typed.value(column)), how)
	}
	return ok
}

// asWord is a word of ours as people write it: "First visit" and "pre-shipment" are the words.
func asWord(s text) text {
	return text(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(chars.ASCII(string(s)))))
}

// isDay reports whether a column holds days. All others hold text.
func isDay(column string) bool {
	return slices.Contains([]string{"first", "last", "signed", "starts", "ends", "noted", "idea_due", "confirmed", "shipped"}, column)
}

// yes reads a column that is yes, no or empty.
func (r *reader) yes(column string, s text) bool {
	return s != "" && r.oneOf(column, s, []string{"yes", "no"}) && s == "yes"
}

func (r *reader) day(column string, s text) (d civil.Date) {
	if s == "" {
		return d
	}
	d, wrong, how := civil.Read(string(s))
	if wrong != "" && how == "" {
		r.wrong(column, wrong)
	} else if wrong != "" {
		r.wrongly(column, wrong, how)
	} else if d.Year < visit.MinYear {
		r.wrong(column, fmt.Sprintf("%q is in the year %d", s, d.Year))
	}
	return d
}

func (r *reader) factory() visit.Factory {
	f := visit.Factory{
		Workspace: r.workspace, Name: string(r.Factory), Chinese: string(r.Chinese), City: string(r.City),
		Address: string(r.Address), Contacts: string(r.Contacts), Zone: string(r.Zone),
	}
	f.Normalize()
	r.check(f.Check())
	return f
}

// place is the factory and the place of what the row is.
func (r *reader) place() (visit.Factory, visit.Place) {
	if r.site == nil {
		f := r.factory()
		r.site = &f
	}
	f := *r.site
	return f, visit.Place{Channel: r.id("channel", r.Channel, channelIDs), Zone: f.Zone, ChannelZone: f.Zone}
}

func (r *reader) visit() (v visit.Visit) {
	v.Workspace, v.Number, v.Owner = r.workspace, r.number, r.owner()
	v.Factory, v.Place = r.place()
	v.Purpose, v.Agenda, v.People = string(r.Purpose), string(r.Agenda), r.participants(visit.ParsePeople(string(r.People)))
	v.First, v.Last, v.Unannounced = r.day("first", r.First), r.day("last", r.Last), r.yes("unannounced", r.Unannounced)
	if r.oneOf("purpose", r.Purpose, r.kinds.Purposes) {
		v.Items = r.kinds.Checklist(v.Purpose, v.Unannounced)
	}
	v.Normalize()
	r.check(v.Check())
	r.keepsQuiet(&v)
	return v
}

// keepsQuiet refuses an unannounced visit in a channel that another company reads, as the form does.
// One that is recorded there is left as it is.
func (r *reader) keepsQuiet(v *visit.Visit) {
	if !v.Unannounced || r.unchanged("unannounced") || r.othersRead == nil || !r.othersRead(v.Channel) {
		return
	}
	what := fmt.Sprintf("another company reads in %s, and would learn of an unannounced visit", v.Channel)
	if r.base != nil {
		r.wrongly("unannounced", what, "move the visit in Slack first, and leave the cell as it was until then")
		return
	}
	r.wrongly("channel", what, "write a channel that your own company alone reads")
}

func (r *reader) plan() (p visit.Plan) {
	p.Workspace, p.Number, p.Owner = r.workspace, r.number, r.owner()
	p.Factory, p.Place = r.place()
	p.Type = string(r.Type)
	for _, i := range chars.List(string(r.Inspectors)) {
		p.Inspectors = append(p.Inspectors, r.id("inspectors", text(i), personIDs))
	}
	rule, err := r.rule(&p)
	if err != nil {
		r.wrongly("rule", err.Error(), "") // it says how
	}
	for _, w := range rule.Warnings(lang.English()) {
		if !r.unchanged("rule") {
			r.doubt("rule", w)
		}
	}
	p.Rule = rule.String()
	p.LeadDays, err = visit.ParseLeads(string(r.Leads))
	r.check(err)
	r.oneOf("type", r.Type, r.kinds.Types)
	p.Normalize()
	r.check(p.Check())
	return p
}

// rule reads the rhythm of a plan. One that does not say from when keeps the day from which
// the same is recorded: a file that is read again later adds no plan and moves no days.
func (r *reader) rule(p *visit.Plan) (calendar.Rule, error) {
	for _, recorded := range r.plans {
		if recorded.Type != p.Type || recorded.Channel != p.Channel || recorded.Factory.Name != p.Factory.Name || r.number != 0 && r.number != recorded.Number {
			continue
		}
		kept, err := calendar.Parse(recorded.Rule)
		if err != nil {
			continue
		}
		if same, err := calendar.Read(string(r.Rule), kept.From()); err == nil && same.String() == kept.String() {
			return kept, nil
		}
	}
	return calendar.Read(string(r.Rule), r.kinds.Today)
}

// participants gives those who are named by an id in Slack their id.
func (r *reader) participants(ps []visit.Person) []visit.Person {
	var recorded []visit.Person
	if r.base != nil {
		recorded = visit.ParsePeople(string(r.base.People))
	}
	for i, p := range ps {
		if p.User == "" {
			if id := r.participant(p.Name); id != "" {
				ps[i].User, ps[i].Name = id, ""
			}
		}
		if !slices.Contains(recorded, p) {
			r.apart(ps[i])
		}
		if ps[i].User != "" {
			r.ours("people", ps[i].User)
		}
	}
	return ps
}

// entriesOf is the way back.
func entriesOf(c Contents) []entry {
	var es []entry
	for _, v := range c.Visits {
		es = append(es, marked(entryOfVisit(&v)))
	}
	for _, p := range c.Plans {
		es = append(es, marked(entryOfPlan(&p)))
	}
	for _, a := range c.Agreements {
		es = append(es, marked(entryOfAgreement(&a)))
	}
	for _, n := range c.Market {
		es = append(es, marked(entryOfMarket(&n)))
	}
	for _, d := range c.Deliveries {
		es = append(es, marked(entryOfDelivery(&d)))
	}
	return es
}

// marked is an entry with the word that says what it was, if it is of something recorded.
func marked(e entry) entry {
	if e.Number != "" {
		e.Exported = checkWord(e)
	}
	return e
}

func entryOfVisit(v *visit.Visit) entry {
	e := shared("visit", v.Number, &v.Factory, &v.Place, v.Owner)
	e.Purpose, e.Agenda = text(v.Purpose), text(v.Agenda)
	e.First, e.Last = text(v.First.String()), text(v.Last.String())
	if v.Unannounced {
		e.Unannounced = "yes"
	}
	e.People = list(visit.FormatPeople(v.People))
	e.Outcome, e.OutcomeWhy = text(v.Outcome.Verdict), text(v.Outcome.Why)
	return e
}

func entryOfPlan(p *visit.Plan) entry {
	e := shared("plan", p.Number, &p.Factory, &p.Place, p.Owner)
	e.Type, e.Rule = text(p.Type), text(p.Rule)
	var leads []string
	for _, l := range p.LeadDays {
		leads = append(leads, strconv.Itoa(l))
	}
	e.Leads, e.Inspectors = listOf(leads), listOf(p.Inspectors)
	return e
}

func shared(kind text, number int, f *visit.Factory, p *visit.Place, owner string) entry {
	e := entryOfFactory(f)
	e.Kind, e.Number, e.FactoryNumber = kind, numbered(number), numbered(f.Number)
	e.Channel, e.Owner = text(p.Channel), text(owner)
	return e
}

func numbered(n int) text {
	if n == 0 {
		return ""
	}
	return text(strconv.Itoa(n))
}

func listOf(items []string) list { return list(strings.Join(items, "; ")) }
