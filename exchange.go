package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
	"visitprep/knowledge"
	"visitprep/scheduler/calendar"
)

// columns are what import reads and export writes, in order: of a CSV file its
// columns, of a YAML file the keys of each entry.
var columns = []string{
	"kind", "factory", "factory_chinese", "city", "address", "contacts", "zone",
	"purpose", "first", "last", "people", "agenda", // of a visit
	"type", "rule", "leads", "inspectors", // of an inspection plan
	"channel", "owner",
}

// A row is one visit or plan of a file.
type row struct {
	line   int
	fields map[string]string
}

// readRows reads a file of either kind. What it has too much is a mistake.
func readRows(file string, data []byte) ([]row, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".csv":
		return readCSV(file, data)
	case ".yaml", ".yml":
		return readYAML(file, data)
	}
	return nil, fmt.Errorf("%s: import reads files whose name ends in .csv, .yaml or .yml", file)
}

func readCSV(file string, data []byte) ([]row, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: the first line names the columns: %s", file, strings.Join(columns, ","))
	}
	var ms yamlfile.Mistakes
	for i, h := range head {
		head[i] = strings.ToLower(strings.TrimSpace(h))
		if !slices.Contains(columns, head[i]) {
			ms = append(ms, unknownColumn(file, 1, head[i]))
		}
	}
	var rows []row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			ms = append(ms, yamlfile.Mistake{File: file, Line: line, What: "the line cannot be read", How: err.Error()})
			break
		}
		if len(record) > len(head) {
			ms = append(ms, yamlfile.Mistake{File: file, Line: line, What: fmt.Sprintf("%d fields for %d columns", len(record), len(head)), How: "put fields with commas into quotes"})
			continue
		}
		f := map[string]string{}
		for i, v := range record {
			f[head[i]] = strings.TrimSpace(v)
		}
		rows = append(rows, row{line, f})
	}
	if len(ms) > 0 {
		return nil, ms
	}
	return rows, nil
}

func readYAML(file string, data []byte) ([]row, error) {
	var list []yaml.Node
	if err := yaml.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: a list of entries is wanted, each beginning with \"- kind: visit\" or \"- kind: plan\": %w", file, err)
	}
	var ms yamlfile.Mistakes
	var rows []row
	for _, n := range list {
		f := map[string]string{}
		if n.Kind != yaml.MappingNode {
			ms = append(ms, yamlfile.Mistake{File: file, Line: n.Line, What: "that is no entry", How: `write "- kind: visit" and the rest below it`})
			continue
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch {
			case !slices.Contains(columns, key.Value):
				ms = append(ms, unknownColumn(file, key.Line, key.Value))
			case value.Kind != yaml.ScalarNode:
				ms = append(ms, yamlfile.Mistake{File: file, Line: value.Line, What: key.Value + ": one value is wanted", How: "write several with ; between"})
			default:
				f[key.Value] = strings.TrimSpace(value.Value)
			}
		}
		rows = append(rows, row{n.Line, f})
	}
	if len(ms) > 0 {
		return nil, ms
	}
	return rows, nil
}

func unknownColumn(file string, line int, name string) yamlfile.Mistake {
	how := "the columns are " + strings.Join(columns, ", ")
	if near := yamlfile.Nearest(name, columns); near != "" {
		how = "did you mean " + near + "?"
	}
	return yamlfile.Mistake{File: file, Line: line, What: fmt.Sprintf("there is no column %q", name), How: how}
}

// columnOf names the column of a field that an InputError is about.
var columnOf = map[string]string{
	"factory_name": "factory", "factory_city": "city", "factory_address": "address", "factory_contacts": "contacts", "factory_zone": "zone",
}

// fromRows makes visits and plans of rows. The error lists every mistake with line
// and column.
func fromRows(file, team string, rows []row, templates knowledge.Templates) (vs []visit.Visit, ps []visit.Plan, err error) {
	var ms yamlfile.Mistakes
	for _, r := range rows {
		bad := func(column, what, how string) {
			ms = append(ms, yamlfile.Mistake{File: file, Line: r.line, What: column + ": " + what, How: how})
		}
		inputs := func(err error) {
			var list visit.InputErrors
			if errors.As(err, &list) {
				for _, e := range list {
					bad(cmp.Or(columnOf[e.Field], e.Field), strings.TrimSuffix(e.Message, "."), "see docs/operate.md, Import and export")
				}
			} else if err != nil {
				bad("entry", err.Error(), "see docs/operate.md, Import and export")
			}
		}
		template := func(column string, use knowledge.Use) *knowledge.Template {
			t, ok := templates.Template(r.fields[column])
			if !ok || t.For != use {
				var ids []string
				for _, t := range templates.For(use) {
					ids = append(ids, t.ID)
				}
				bad(column, fmt.Sprintf("%q is not one that I know", r.fields[column]), "write one of "+strings.Join(ids, ", "))
				return nil
			}
			return t
		}
		f := visit.Factory{Workspace: team, Name: r.fields["factory"], Chinese: r.fields["factory_chinese"], City: r.fields["city"], Address: r.fields["address"], Contacts: r.fields["contacts"], Zone: r.fields["zone"]}
		f.Normalize()
		inputs(f.Check())
		place := visit.Place{Channel: r.fields["channel"], Zone: f.Zone, ChannelZone: f.Zone}
		switch r.fields["kind"] {
		case "visit":
			v := visit.Visit{
				Work:    visit.Work{Workspace: team, Factory: f, Place: place, Owner: r.fields["owner"]},
				Purpose: r.fields["purpose"], Agenda: r.fields["agenda"], People: people(r.fields["people"]),
			}
			for _, d := range []struct {
				column string
				into   *civil.Date
			}{{"first", &v.First}, {"last", &v.Last}} {
				if s := r.fields[d.column]; s != "" {
					day, err := civil.Parse(s)
					if err != nil {
						bad(d.column, fmt.Sprintf("%q is not a day", s), "write it as 2027-03-15")
						day = civil.On(2000, time.January, 1) // said once
					}
					*d.into = day
				}
			}
			if t := template("purpose", knowledge.ForVisit); t != nil {
				v.Items = bot.Lines(t)
			}
			v.Normalize()
			inputs(v.Check())
			vs = append(vs, v)
		case "plan":
			p := visit.Plan{Workspace: team, Factory: f, Type: r.fields["type"], Place: place, Owner: r.fields["owner"], Inspectors: strings.FieldsFunc(r.fields["inspectors"], func(c rune) bool { return c == ';' || c == ',' || c == ' ' })}
			rule, err := calendar.Parse(r.fields["rule"])
			if err != nil {
				bad("rule", err.Error(), `such as "every 2 weeks from 2027-03-15 at 09:00"`)
			}
			p.Rule = rule.String()
			if p.LeadDays, err = visit.ParseLeads(r.fields["leads"]); err != nil {
				bad("leads", fmt.Sprintf("%q are not numbers of days", r.fields["leads"]), `write them as "14; 3"`)
			}
			template("type", knowledge.ForInspection)
			p.Normalize()
			if p.Rule != "" {
				inputs(p.Check())
			}
			ps = append(ps, p)
		default:
			bad("kind", fmt.Sprintf("%q", r.fields["kind"]), "write visit or plan")
		}
	}
	if len(ms) > 0 {
		return nil, nil, ms
	}
	return vs, ps, nil
}

// people reads "U0123 leads; Ms Zhang: interpreter".
func people(s string) []visit.Person {
	var ps []visit.Person
	for part := range strings.SplitSeq(s, ";") {
		name, role, _ := strings.Cut(strings.TrimSpace(part), ":")
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

func writePeople(ps []visit.Person) string {
	var parts []string
	for _, p := range ps {
		s := cmp.Or(p.User, p.Name)
		if p.Role != "" {
			s += ": " + p.Role
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func toRows(vs []store.Summary, ps []visit.Plan) []row {
	var rows []row
	of := func(kind string, f *visit.Factory, p *visit.Place, owner string) map[string]string {
		return map[string]string{"kind": kind, "factory": f.Name, "factory_chinese": f.Chinese, "city": f.City, "address": f.Address, "contacts": f.Contacts, "zone": f.Zone, "channel": p.Channel, "owner": owner}
	}
	for _, v := range vs {
		f := of("visit", &v.Factory, &v.Place, v.Owner)
		f["purpose"], f["first"], f["last"], f["people"], f["agenda"] = v.Purpose, v.First.String(), v.Last.String(), writePeople(v.People), v.Agenda
		rows = append(rows, row{fields: f})
	}
	for _, p := range ps {
		f := of("plan", &p.Factory, &p.Place, p.Owner)
		var leads []string
		for _, l := range p.LeadDays {
			leads = append(leads, strconv.Itoa(l))
		}
		f["type"], f["rule"], f["leads"], f["inspectors"] = p.Type, p.Rule, strings.Join(leads, "; "), strings.Join(p.Inspectors, "; ")
		rows = append(rows, row{fields: f})
	}
	return rows
}

func writeRows(w io.Writer, format string, rows []row) error {
	if format == "csv" {
		c := csv.NewWriter(w)
		c.Write(columns)
		for _, r := range rows {
			record := make([]string, len(columns))
			for i, name := range columns {
				record[i] = r.fields[name]
			}
			c.Write(record)
		}
		c.Flush()
		return c.Error()
	}
	var list []yaml.Node
	for _, r := range rows {
		n := yaml.Node{Kind: yaml.MappingNode}
		for _, name := range columns {
			if v := r.fields[name]; v != "" {
				value := &yaml.Node{}
				value.SetString(v)
				n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
			}
		}
		list = append(list, n)
	}
	if len(list) == 0 {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	return errors.Join(enc.Encode(list), enc.Close())
}
