package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
	"visitprep/scheduler/calendar"
)

// contentsOf makes visits and plans of rows. The error lists every mistake.
func contentsOf(file string, rows []row, workspace string, kinds Kinds) (Contents, error) {
	var (
		c  Contents
		ms yamlfile.Mistakes
	)
	for _, r := range rows {
		rd := &reader{row: r, file: file, workspace: workspace, kinds: kinds}
		switch r.Kind {
		case "visit":
			c.Visits = append(c.Visits, rd.visit())
		case "plan":
			c.Plans = append(c.Plans, rd.plan())
		default:
			rd.oneOf("kind", r.Kind, []string{"visit", "plan"})
		}
		ms = append(ms, rd.mistakes...)
	}
	if len(ms) > 0 {
		ms.Sort()
		return Contents{}, ms
	}
	return c, nil
}

// A reader makes a visit or a plan of one row, and notes what is wrong with it.
type reader struct {
	row
	file, workspace string
	kinds           Kinds
	mistakes        yamlfile.Mistakes
	noted           []string // the columns with a mistake: each is reported once
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
		r.mistakes = append(r.mistakes, yamlfile.Mistake{File: r.file, Line: r.line(column), What: column + ": " + what, How: how})
	}
}

// columnOf names the column of an input that has another name in Slack's forms.
var columnOf = map[string]string{
	"factory_name": "factory", "factory_city": "city", "factory_address": "address", "factory_contacts": "contacts", "factory_zone": "zone",
}

// check notes what the rules of package visit find.
func (r *reader) check(err error) {
	var list visit.InputErrors
	if one := (*visit.InputError)(nil); !errors.As(err, &list) && errors.As(err, &one) {
		list = visit.InputErrors{one}
	}
	for _, e := range list {
		r.wrong(cmp.Or(columnOf[e.Field], e.Field), strings.TrimSuffix(e.Mistake.Error(), "."))
	}
}

// oneOf notes a word that is not one of those known.
func (r *reader) oneOf(column string, word text, known []string) bool {
	ok := slices.Contains(known, string(word))
	if !ok {
		r.wrongly(column, fmt.Sprintf("%q is not known", word), "write one of "+strings.Join(known, ", "))
	}
	return ok
}

func (r *reader) day(column string, s text) (d civil.Date) {
	if s == "" {
		return d
	}
	d, err := civil.Parse(string(s))
	if err != nil {
		r.wrong(column, fmt.Sprintf("%q is not a day", s))
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

func (r *reader) visit() (v visit.Visit) {
	v.Workspace, v.Factory, v.Owner = r.workspace, r.factory(), string(r.Owner)
	v.Place = visit.Place{Channel: string(r.Channel), Zone: v.Factory.Zone, ChannelZone: v.Factory.Zone}
	v.Purpose, v.Agenda, v.People = string(r.Purpose), string(r.Agenda), people(r.People)
	v.First, v.Last = r.day("first", r.First), r.day("last", r.Last)
	if r.oneOf("purpose", r.Purpose, r.kinds.Purposes) {
		v.Items = r.kinds.Checklist(v.Purpose)
	}
	v.Normalize()
	r.check(v.Check())
	return v
}

func (r *reader) plan() (p visit.Plan) {
	p.Workspace, p.Factory, p.Owner = r.workspace, r.factory(), string(r.Owner)
	p.Place = visit.Place{Channel: string(r.Channel), Zone: p.Factory.Zone, ChannelZone: p.Factory.Zone}
	p.Type = string(r.Type)
	p.Inspectors = strings.FieldsFunc(string(r.Inspectors), func(c rune) bool { return strings.ContainsRune("; ,", c) })
	rule, err := calendar.Parse(string(r.Rule))
	if err != nil {
		r.wrongly("rule", err.Error(), "") // it says how
	}
	p.Rule = rule.String()
	p.LeadDays, err = visit.ParseLeads(string(r.Leads))
	r.check(err)
	r.oneOf("type", r.Type, r.kinds.Types)
	p.Normalize()
	r.check(p.Check())
	return p
}

// people reads "U0123ABCD: leads; Ms Zhang: interpreter".
func people(s text) []visit.Person {
	var ps []visit.Person
	for part := range strings.SplitSeq(string(s), ";") {
		name, role, _ := strings.Cut(part, ":")
		p := visit.Person{Name: strings.TrimSpace(name), Role: strings.TrimSpace(role)}
		if isSlackID(p.Name) {
			p.User, p.Name = p.Name, ""
		}
		if p.User != "" || p.Name != "" {
			ps = append(ps, p)
		}
	}
	return ps
}

// isSlackID reports whether a word is the id of somebody in Slack: U or W, then
// capitals and digits.
func isSlackID(s string) bool {
	return len(s) >= 8 && (s[0] == 'U' || s[0] == 'W') && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// entriesOf is the way back.
func entriesOf(c Contents) []entry {
	var es []entry
	for _, v := range c.Visits {
		e := shared("visit", &v.Factory, &v.Place, v.Owner)
		e.Purpose, e.Agenda = text(v.Purpose), text(v.Agenda)
		e.First, e.Last = text(v.First.String()), text(v.Last.String())
		var people []string
		for _, p := range v.People {
			s := cmp.Or(p.User, p.Name)
			if p.Role != "" {
				s += ": " + p.Role
			}
			people = append(people, s)
		}
		e.People = list(people)
		es = append(es, e)
	}
	for _, p := range c.Plans {
		e := shared("plan", &p.Factory, &p.Place, p.Owner)
		e.Type, e.Rule = text(p.Type), text(p.Rule)
		var leads []string
		for _, l := range p.LeadDays {
			leads = append(leads, strconv.Itoa(l))
		}
		e.Leads, e.Inspectors = list(leads), list(p.Inspectors)
		es = append(es, e)
	}
	return es
}

func shared(kind text, f *visit.Factory, p *visit.Place, owner string) entry {
	return entry{
		Kind: kind, Factory: text(f.Name), Chinese: text(f.Chinese), City: text(f.City), Address: text(f.Address), Contacts: text(f.Contacts), Zone: text(f.Zone),
		Channel: text(p.Channel), Owner: text(owner),
	}
}

func list(items []string) text { return text(strings.Join(items, "; ")) }
