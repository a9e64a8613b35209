package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
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

// openStore opens the database beside a process that may be serving it.
func openStore(ctx context.Context, cfg *config, getenv func(string) string) (*store.Store, visit.Timing, error) {
	china, err := holiday.China()
	if err != nil {
		return nil, visit.Timing{}, err
	}
	t := cfg.timing(china)
	s, err := store.Open(ctx, store.Options{URL: databaseURL(getenv), Timing: t, Logger: slog.New(slog.DiscardHandler)})
	return s, t, err
}

// workspaceOf is the workspace that a subcommand is about: the one named, or the
// only one in the database.
func workspaceOf(ctx context.Context, s *store.Store, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	ws, err := s.Workspaces(ctx)
	switch {
	case err != nil:
		return "", err
	case len(ws) == 1:
		return ws[0], nil
	case len(ws) == 0:
		return "", errors.New("the database is empty, so say which Slack workspace is meant: --workspace T0123ABCD (Slack shows it in the address of your workspace in a browser)")
	}
	return "", fmt.Errorf("the database has several workspaces, so say which is meant: --workspace %s", strings.Join(ws, " or "))
}

func withStore(cmd *cobra.Command, getenv func(string) string, f func(context.Context, *store.Store, visit.Timing, *config) error) error {
	name, _ := cmd.Flags().GetString("config")
	cfg, err := loadConfig(name)
	if err != nil {
		return fmt.Errorf("mistakes in the settings:\n%w", err)
	}
	s, t, err := openStore(cmd.Context(), cfg, getenv)
	if err != nil {
		return err
	}
	return errors.Join(f(cmd.Context(), s, t, cfg), s.Close())
}

func importCommand(getenv func(string) string) *cobra.Command {
	var workspace string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Record visits and inspection plans from a .csv or .yaml file", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, _ visit.Timing, cfg *config) error {
				team, err := workspaceOf(ctx, s, workspace)
				if err != nil {
					return err
				}
				data, err := os.ReadFile(args[0])
				if err != nil {
					return fmt.Errorf("read the file: %w", err)
				}
				rows, err := readRows(args[0], data)
				if err != nil {
					return err
				}
				base, err := loadKnowledge(cfg)
				if err != nil {
					return err
				}
				templates, err := knowledge.EmbeddedTemplates(base)
				if err != nil {
					return err
				}
				vs, ps, err := fromRows(args[0], team, rows, templates)
				if err != nil {
					return fmt.Errorf("nothing was imported:\n%w", err)
				}
				added, err := s.Import(ctx, vs, ps, time.Now())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d of %d are new; the others were there already.\n", added, len(rows))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "the Slack workspace's `ID`; not needed where the database has one only")
	return cmd
}

func exportCommand(getenv func(string) string) *cobra.Command {
	var workspace, format string
	cmd := &cobra.Command{
		Use: "export", Short: "Write visits and inspection plans as import reads them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "csv" && format != "yaml" {
				return fmt.Errorf("export --format %s: write csv or yaml", format)
			}
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, _ visit.Timing, _ *config) error {
				team, err := workspaceOf(ctx, s, workspace)
				if err != nil {
					return err
				}
				vs, err := s.Visits(ctx, team, store.Filter{})
				if err != nil {
					return err
				}
				ps, err := s.Plans(ctx, team, store.Filter{})
				if err != nil {
					return err
				}
				return writeRows(cmd.OutOrStdout(), format, toRows(vs, ps))
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", "the Slack workspace's `ID`; not needed where the database has one only")
	cmd.Flags().StringVar(&format, "format", "yaml", "csv or yaml")
	return cmd
}

func backupCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a consistent copy of the database while it runs", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if u := databaseURL(getenv); !strings.HasPrefix(u, "postgres") {
				if _, err := os.Stat(u); err != nil {
					return fmt.Errorf("back up the database: there is no file %s; DATABASE_URL names another", u)
				}
			}
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, _ visit.Timing, _ *config) error {
				if err := s.Backup(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "The copy is %s.\n", args[0])
				return err
			})
		},
	}
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
		place := visit.Place{Channel: r.fields["channel"], Zone: f.Zone, Home: f.Zone}
		switch r.fields["kind"] {
		case "visit":
			v := visit.Visit{Workspace: team, Factory: f, Purpose: r.fields["purpose"], Agenda: r.fields["agenda"], Place: place, Owner: r.fields["owner"], People: people(r.fields["people"])}
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
			if p.Leads, err = visit.ParseLeads(r.fields["leads"]); err != nil {
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
		for _, l := range p.Leads {
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

// A dueJSON is one line of due --json.
type dueJSON struct {
	Workspace string        `json:"workspace"`
	At        time.Time     `json:"at"`
	Local     string        `json:"local"` // where its reader is
	To        string        `json:"to"`
	Kind      visit.Kind    `json:"kind"`
	Subject   visit.Subject `json:"subject"`
	Milestone string        `json:"milestone,omitempty"`
	Planned   bool          `json:"planned,omitempty"` // of an inspection that its plan has still to make
}

func dueCommand(getenv func(string) string) *cobra.Command {
	var from, until string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "due", Short: "Print what would be sent between --from and --until", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			start := time.Now()
			var err error
			parse := func(flag, s string) time.Time {
				t, perr := time.Parse(time.DateOnly, s)
				if perr != nil {
					if t, perr = time.Parse(time.RFC3339, s); perr != nil {
						err = fmt.Errorf("due --%s %s: write a day such as 2027-03-15", flag, s)
					}
				}
				return t
			}
			if from != "" {
				start = parse("from", from)
			}
			end := start.AddDate(0, 0, 7)
			if until != "" {
				end = parse("until", until)
			}
			if err != nil {
				return err
			}
			if !end.After(start) {
				return fmt.Errorf("due: --until %s is not after --from", until)
			}
			return withStore(cmd, getenv, func(ctx context.Context, s *store.Store, t visit.Timing, _ *config) error {
				lines, err := dueBetween(ctx, s, &t, start, end)
				if err != nil {
					return err
				}
				return writeDue(cmd.OutOrStdout(), lines, asJSON, start, end)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "from this `DAY` on (default: now)")
	cmd.Flags().StringVar(&until, "until", "", "before this `DAY` (default: a week later)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return cmd
}

// dueBetween lists what waits to be sent, and what plans and subscriptions will
// bring until then.
func dueBetween(ctx context.Context, s *store.Store, timing *visit.Timing, from, until time.Time) ([]dueJSON, error) {
	workspaces, err := s.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	var lines []dueJSON
	add := func(o visit.Occurrence, planned bool) {
		l := dueJSON{Workspace: o.Workspace, At: o.Due.UTC(), Local: localTime(o.Due, o.Zone), To: o.To, Kind: o.Kind, Subject: o.Subject, Planned: planned}
		if o.Kind == visit.Remind {
			l.Milestone = o.Milestone.Label()
		}
		lines = append(lines, l)
	}
	for _, w := range workspaces {
		os, err := s.Occurrences(ctx, w, store.OccurrenceFilter{States: []visit.State{visit.Pending}, From: from, Until: until})
		if err != nil {
			return nil, err
		}
		for _, o := range os {
			add(o, false)
		}
		tips, err := s.Schedules(ctx, w, visit.RecurTip)
		if err != nil {
			return nil, err
		}
		for _, sc := range tips {
			zone, err := calendar.LoadZone(sc.Zone)
			if err != nil {
				continue
			}
			rule, err := calendar.Parse(sc.Rule)
			if err != nil {
				continue
			}
			day := civil.Date{}
			for at, ok := rule.Next(from.Add(-time.Second), zone); ok && at.Before(until); at, ok = rule.Next(at, zone) {
				if tip := visit.TipOf(sc, at, timing); tip.Day != day && tip.Due.Before(until) {
					day = tip.Day
					add(tip, false)
				}
			}
		}
		plans, err := s.Plans(ctx, w, store.Filter{})
		if err != nil {
			return nil, err
		}
		for _, p := range plans {
			zone, err := calendar.LoadZone(p.Zone)
			if err != nil {
				continue
			}
			rule, err := calendar.Parse(p.Rule)
			if err != nil {
				continue
			}
			for d := p.Next; !d.IsZero() && p.Ahead(d).Start(zone).Before(until); {
				i := p.Inspection(d, from)
				for _, o := range i.Reminders(timing, from, false) {
					if !o.Due.Before(from) && o.Due.Before(until) {
						o.Subject = p.Subject()
						add(o, true)
					}
				}
				next, ok := rule.Next(d.AddDays(1).Start(zone).Add(-time.Second), zone)
				if !ok {
					break
				}
				d = civil.Of(next.In(zone))
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b dueJSON) int { return a.At.Compare(b.At) })
	return lines, nil
}

func localTime(t time.Time, zone string) string {
	z, err := calendar.LoadZone(zone)
	if err != nil {
		z = time.UTC
	}
	return t.In(z).Format("Mon 2006-01-02 15:04 MST") + " (" + zone + ")"
}

func writeDue(w io.Writer, lines []dueJSON, asJSON bool, from, until time.Time) error {
	if asJSON {
		enc := json.NewEncoder(w)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	var b strings.Builder
	for _, l := range lines {
		what := string(l.Kind) + " " + string(l.Subject)
		if l.Milestone != "" {
			what += ", " + l.Milestone
		}
		if l.Planned {
			what += ", inspection still to be made"
		}
		fmt.Fprintf(&b, "%s  %s  to %s  %s\n", l.At.Format("2006-01-02 15:04Z"), l.Local, l.To, what)
	}
	if len(lines) == 0 {
		fmt.Fprintf(&b, "Nothing is due from %s to %s.\n", from.Format(time.DateOnly), until.Format(time.DateOnly))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
