package exchange_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

// team is what a workspace has: visits 1 and 2 at factory 1, 4 at factory 2, 3 cancelled, and
// plan 1 at factory 1. Factory 3 is known only from a private channel, factory 4 from none.
func team() exchange.Recorded {
	ningbo := visit.Factory{Workspace: "T1", Number: 1, Name: "Ningbo Bright Metal", Chinese: "宁波光明金属", City: "Ningbo", Address: "江北区", Contacts: "Ms Li", Zone: "Asia/Shanghai"}
	foshan := visit.Factory{Workspace: "T1", Number: 2, Name: "Foshan Glass", City: "Foshan", Zone: "Asia/Shanghai"}
	secret := visit.Factory{Workspace: "T1", Number: 3, Name: "Zhuhai Optics", Contacts: "Mr Wu", Zone: "Asia/Shanghai"}
	empty := visit.Factory{Workspace: "T1", Number: 4, Name: "Acme", Zone: "Asia/Shanghai"}
	at := func(n int, f visit.Factory, first civil.Date) visit.Visit {
		v := visit.Visit{Work: visit.Work{Workspace: "T1", Number: n, Factory: f, Owner: "U0MIACHEN01", Place: visit.Place{Channel: "C0SOURCING1", Zone: f.Zone, ChannelZone: "Europe/Berlin"}}}
		v.Purpose, v.First, v.Last, v.Agenda = "first_visit", first, first.AddDays(1), "Tour; records"
		v.People = []visit.Person{{User: "U0MIACHEN01", Role: "leads"}, {Name: "Ms Zhang"}}
		v.Items = visit.Checklist{{ID: 1, Text: "For a first_visit"}}
		return v
	}
	gone := at(3, ningbo, civil.On(2027, 5, 3))
	gone.Cancelled.By = "U0MIACHEN01"
	p := visit.Plan{Workspace: "T1", Number: 1, Factory: ningbo, Type: "pre_shipment", Rule: "every 3 months from 2027-01-31 at 09:00", LeadDays: []int{14, 3}, Inspectors: []string{"U0JONASWEB1"}, Owner: "U0MIACHEN01"}
	p.Place = visit.Place{Channel: "C0SOURCING1", Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}
	return exchange.Recorded{
		Visits: []visit.Visit{at(1, ningbo, civil.On(2027, 3, 15)), at(2, ningbo, civil.On(2027, 4, 12)), gone, at(4, foshan, civil.On(2027, 6, 7))},
		Plans:  []visit.Plan{p}, Factories: []visit.Factory{ningbo, foshan, secret, empty},
		Hidden: map[int][]string{3: {"G0PRIVATE01"}},
	}
}

// A sheet is an export as a person has it open.
type sheet [][]string

func exported(t *testing.T, r exchange.Recorded) sheet {
	t.Helper()
	var b bytes.Buffer
	open := slices.DeleteFunc(slices.Clone(r.Visits), func(v visit.Visit) bool { return v.Cancelled.IsSet() })
	if err := exchange.Write(&b, "csv", exchange.Contents{Visits: open, Plans: r.Plans}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// set changes a cell of a line of the file.
func (s sheet) set(line int, column, to string) { s[line-1][slices.Index(s[0], column)] = to }

// added adds a line with these cells.
func (s sheet) added(cells ...string) sheet {
	row := make([]string, len(s[0]))
	for i := 0; i < len(cells); i += 2 {
		row[slices.Index(s[0], cells[i])] = cells[i+1]
	}
	if i := slices.Index(s[0], "owner"); i >= 0 && !slices.Contains(cells, "owner") {
		row[i] = "U0MIACHEN01"
	}
	return append(s, row)
}

// without leaves out columns.
func (s sheet) without(columns ...string) sheet {
	var out sheet
	for _, row := range s {
		var cells []string
		for i, c := range row {
			if !slices.Contains(columns, s[0][i]) {
				cells = append(cells, c)
			}
		}
		out = append(out, cells)
	}
	return out
}

func (s sheet) read(r exchange.Recorded) (exchange.Import, error) {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(s); err != nil {
		return exchange.Import{}, err
	}
	asked := kinds
	asked.OthersRead = func(channel string) bool { return channel == "C0ACMESHARE" }
	return exchange.Read("a.csv", b.Bytes(), "T1", asked, r)
}

// asked is what a file asks for, in words.
func asked(im exchange.Import) string {
	var words []string
	for _, c := range im.Changes {
		if c.Number == 0 {
			words = append(words, fmt.Sprintf("%d: add %s %s", c.Line, c.Kind, c.Title))
		}
		for _, cell := range c.Cells {
			words = append(words, fmt.Sprintf("%d: %s %s: %q to %q", c.Line, c.Of(), cell.Column, cell.From, cell.To))
		}
	}
	for _, d := range im.Doubts {
		words = append(words, "doubt "+d.String())
	}
	return strings.Join(append(words, fmt.Sprintf("%d same", im.Same)), "\n")
}

func TestARowChangesWhatItsNumberNames(t *testing.T) {
	const visit1, visit2, visit4, plan1 = 2, 3, 4, 5 // the lines of the export
	for _, c := range []struct {
		name string
		edit func(s sheet) sheet
		want []string // a line of what it asks for, or a mistake
	}{
		{"nothing is changed", func(s sheet) sheet { return s }, []string{"4 same"}},
		{"a visit moves by a week", func(s sheet) sheet {
			s.set(visit1, "first", "2027-03-22")
			s.set(visit1, "last", "2027-03-23")
			return s
		},
			[]string{`2: visit 1 first: "2027-03-15" to "2027-03-22"`, `2: visit 1 last: "2027-03-16" to "2027-03-23"`, "3 same"}},
		{"a day that another program writes in its own way", func(s sheet) sheet { s.set(visit1, "first", "2027/3/15"); return s }, []string{"4 same"}},
		{"a visit becomes unannounced", func(s sheet) sheet { s.set(visit1, "unannounced", "yes"); return s }, []string{`2: visit 1 unannounced: "" to "yes"`, "3 same"}},
		{"an unannounced visit where another company reads", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Ningbo Bright Metal", "factory_number", "1", "purpose", "first_visit", "first", "2027-04-15", "channel", "C0ACMESHARE", "unannounced", "yes")
		}, []string{`a.csv:6: channel: another company reads in C0ACMESHARE, and would learn of an unannounced visit: write a channel that your own company alone reads`}},
		{"one that is announced", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Ningbo Bright Metal", "factory_number", "1", "purpose", "first_visit", "first", "2027-04-15", "channel", "C0ACMESHARE")
		}, []string{"6: add visit Ningbo Bright Metal, Ningbo: first_visit on 2027-04-15", "4 same"}},
		{"it is unannounced perhaps", func(s sheet) sheet { s.set(visit1, "unannounced", "perhaps"); return s }, []string{`a.csv:2: unannounced`}},
		{"an agenda is emptied", func(s sheet) sheet { s.set(visit1, "agenda", ""); return s }, []string{`2: visit 1 agenda: "Tour; records" to ""`, "3 same"}},
		{"people are", func(s sheet) sheet { s.set(visit1, "people", ""); return s }, []string{`2: visit 1 people: "U0MIACHEN01: leads; Ms Zhang" to ""`, "3 same"}},
		{"the last day is", func(s sheet) sheet { s.set(visit1, "last", ""); return s }, []string{`2: visit 1 last: "2027-03-16" to "2027-03-15"`, "3 same"}},
		{"columns are left out", func(s sheet) sheet {
			s.set(visit1, "purpose", "follow_up")
			return s.without("agenda", "people", "last", "leads", "inspectors", "factory", "factory_number", "city", "address", "channel", "rule", "type", "owner")
		}, []string{`2: visit 1 purpose: "first_visit" to "follow_up"`, "3 same"}},
		{"a purpose that is none", func(s sheet) sheet { s.set(visit1, "purpose", "party"); return s }, []string{`a.csv:2: purpose`}},
		{"a rule as people say it", func(s sheet) sheet { s.set(plan1, "rule", "Last working day of every month"); return s },
			[]string{`5: plan 1 rule: "every 3 months from 2027-01-31 at 09:00" to "last working day of the month at 09:00"`, "3 same"}},
		{"a rule that does not say from when keeps its days", func(s sheet) sheet { s.set(plan1, "rule", "every quarter"); return s }, []string{"4 same"}},
		{"a new row with it is the plan that is there", func(s sheet) sheet {
			return s.added("kind", "plan", "factory", "Ningbo Bright Metal", "factory_number", "1", "type", "pre_shipment", "rule", "every quarter", "channel", "C0SOURCING1")
		}, []string{"5 same"}},
		{"a rule that can mean two things", func(s sheet) sheet { s.set(plan1, "rule", "every second Tuesday"); return s },
			[]string{`a.csv:5: rule: "every second Tuesday" can mean two things; write "every 2 weeks on Tuesday" or "second Tuesday of every month"`}},
		{"the rule, leads and inspectors of a plan", func(s sheet) sheet {
			s.set(plan1, "rule", "every 2 months from 2027-01-31")
			s.set(plan1, "leads", "7")
			s.set(plan1, "inspectors", "U0MIACHEN01;U0JONASWEB1")
			return s
		}, []string{
			`5: plan 1 rule: "every 3 months from 2027-01-31 at 09:00" to "every 2 months from 2027-01-31 at 09:00"`, `5: plan 1 leads: "14; 3" to "7"`,
			`5: plan 1 inspectors: "U0JONASWEB1" to "U0MIACHEN01; U0JONASWEB1"`, "3 same"}},
		{"whose it is", func(s sheet) sheet {
			s.set(visit1, "owner", "U0JONASWEB1")
			s.set(plan1, "owner", "U0JONASWEB1")
			return s
		}, []string{
			`2: visit 1 owner: "U0MIACHEN01" to "U0JONASWEB1"`, `5: plan 1 owner: "U0MIACHEN01" to "U0JONASWEB1"`, "2 same"}},
		{"it becomes nobody's", func(s sheet) sheet { s.set(visit1, "owner", ""); s.set(plan1, "owner", " "); return s }, []string{
			`a.csv:2: owner: that of visit 1 is U0MIACHEN01, and it would be nobody's: write the id of whoever takes it over, or leave it as it was`,
			`a.csv:5: owner: that of plan 1 is U0MIACHEN01, and it would be nobody's: `}},
		{"a row that is nobody's is added, and one of long ago", func(s sheet) sheet {
			s = s.added("kind", "visit", "factory_number", "1", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1", "owner", "")
			s = s.added("kind", "plan", "factory_number", "2", "type", "pre_shipment", "rule", "every 2 weeks from 2027-03-15", "channel", "C0SOURCING1", "owner", "")
			return s.added("kind", "visit", "factory_number", "1", "purpose", "first_visit", "first", "1999-07-01", "channel", "C0SOURCING1", "owner", "")
		}, []string{"6: add visit Ningbo Bright Metal, Ningbo: first_visit on 2027-07-01", "7: add plan Foshan Glass, Foshan: pre_shipment, every 2 weeks from 2027-03-15 at 09:00", "8: add visit Ningbo Bright Metal, Ningbo: first_visit on 1999-07-01",
			"doubt a.csv:6: owner: the visit is nobody's, and nobody is asked how it went; write the id of whoever plans it",
			"doubt a.csv:7: owner: the plan is nobody's, and nobody is asked how it went; write the id of whoever plans it", "4 same"}},
		{"a row is added", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Ningbo bright  metal", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit Ningbo Bright Metal, Ningbo: first_visit on 2027-07-01", "4 same"}},
		{"a row is there twice without a number", func(s sheet) sheet {
			s.set(visit1, "number", "")
			s.set(visit1, "agenda", "new")
			return s
		}, []string{`doubt a.csv:2: agenda: visit 1 is there already and has "Tour; records", which stays; write 1 in the column number to change it`, "4 same"}},
		{"two rows add the same", func(s sheet) sheet {
			s = s.added("kind", "visit", "factory", "New", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
			return s.added("kind", "visit", "factory", "NEW", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit New: first_visit on 2027-07-01", "doubt a.csv:7: kind: the same visit is on line 6", "5 same"}},
		{"a row adds what is cancelled", func(s sheet) sheet {
			return s.added("kind", "visit", "factory_number", "1", "purpose", "first_visit", "first", "2027-05-03", "channel", "C0SOURCING1")
		}, []string{"doubt a.csv:6: kind: visit 3 is the same and was ended or cancelled; resume or restore it in Slack", "5 same"}},

		{"a number from a Chinese keyboard", func(s sheet) sheet { s.set(visit1, "number", "１"); s.set(visit1, "factory_number", "１"); return s }, []string{"4 same"}},
		{"one that a program took for a fraction", func(s sheet) sheet {
			s.set(visit1, "number", "1.0")
			s.set(visit1, "factory_number", "1.00")
			return s
		}, []string{"4 same"}},
		{"one as people write it", func(s sheet) sheet { s.set(visit1, "number", "#1"); s.set(visit1, "factory_number", "# 1"); return s }, []string{"4 same"}},
		{"one that may be a thousand", func(s sheet) sheet { s.set(visit1, "number", "1.000"); s.set(visit2, "number", "1,000"); return s }, []string{
			`a.csv:2: number: "1.000" is not a number`, `a.csv:3: number: "1,000" is not a number`}},
		{"a number that nothing has", func(s sheet) sheet { s.set(visit1, "number", "9"); return s }, []string{`a.csv:2: number: there is no visit 9: leave number empty to add one`}},
		{"a number of another kind", func(s sheet) sheet { s.set(visit4, "kind", "plan"); return s }, []string{`a.csv:4: number: there is no plan 4, though there is a visit 4`}},
		{"one that is cancelled", func(s sheet) sheet { s.set(visit1, "number", "3"); return s }, []string{`a.csv:2: number: visit 3 is cancelled`}},
		{"the same number twice", func(s sheet) sheet { s.set(visit2, "number", "1"); return s }, []string{`a.csv:3: number: visit 1 stands on line 2 already`}},
		{"a number that is none", func(s sheet) sheet { s.set(visit1, "number", "visit 1"); s.set(visit2, "number", "-2"); return s }, []string{
			`a.csv:2: number: "visit 1" is not a number`, `a.csv:3: number: "-2" is not a number`}},
		{"another channel", func(s sheet) sheet { s.set(visit1, "channel", "C0ELSEWHERE"); return s }, []string{`a.csv:2: channel: that of visit 1 is C0SOURCING1 and cannot be changed by a file: move it in Slack`}},
		{"another type", func(s sheet) sheet { s.set(plan1, "type", "party"); return s }, []string{`a.csv:5: type: that of plan 1 is pre_shipment and cannot be changed by a file: end the plan in Slack`}},
		{"a rule of a visit", func(s sheet) sheet { s.set(visit1, "rule", "0 9 * * 1"); return s }, []string{`a.csv:2: rule: a visit has none: leave it empty`}},
		{"a last day before the first", func(s sheet) sheet { s.set(visit1, "first", "2027-03-22"); return s }, []string{`a.csv:2: last: The last day is before the first`}},

		{"what was changed in Slack meanwhile", func(s sheet) sheet {
			s.set(visit1, "exported", "BCDFGHJKLMNP")
			s.set(visit1, "first", "2027-03-14")
			return s
		}, []string{
			"a.csv:2: exported: visit 1 has changed since this file was written: first is 2027-03-15 now and 2027-03-14 here: export again, or empty exported in this row to let the file win"}},
		{"that, where nothing differs", func(s sheet) sheet {
			s.set(visit1, "exported", "BCDFGHJKLMNP")
			s.set(visit1, "first", "2027/03/15")
			return s
		}, []string{"4 same"}},
		{"that, where the file is to win", func(s sheet) sheet { s.set(visit1, "exported", ""); s.set(visit1, "first", "2027-03-14"); return s }, []string{
			`2: visit 1 first: "2027-03-15" to "2027-03-14"`, "3 same"}},
		{"that, of its factory", func(s sheet) sheet {
			s.set(visit1, "exported", "BCDFGHJKLMNP")
			s.set(visit1, "city", "Taizhou")
			return s
		}, []string{
			"a.csv:2: exported: visit 1 has changed since this file was written: city is Ningbo now and Taizhou here"}},

		{"what another row of the file has touched, in an old file", func(sheet) sheet {
			old := team()
			old.Visits[0].Agenda, old.Visits[0].Factory.City, old.Visits[1].Factory.City, old.Plans[0].Factory.City = "old agenda", "Yiwu", "Yiwu", "Yiwu"
			s := exported(t, old)
			s.set(visit4, "agenda", "new agenda")
			return s
		}, []string{`4: visit 4 agenda: "Tour; records" to "new agenda"`, "3 same"}},
		{"a row of which Slack has changed the factory, and the file the visit", func(sheet) sheet {
			old := team()
			old.Visits[0].Factory.City = "Yiwu"
			s := exported(t, old)
			s.set(visit1, "agenda", "new agenda")
			return s
		}, []string{`2: visit 1 agenda: "Tour; records" to "new agenda"`, "3 same"}},
		{"the number of one factory and the name of another", func(s sheet) sheet {
			s.set(visit1, "exported", "")
			s.set(visit1, "factory", "Foshan Glass")
			s.set(visit1, "city", "Foshan")
			s.set(visit1, "address", "")
			return s
		}, []string{"a.csv:2: factory_number: the row names factory 1 and describes factory 2"}},
		{"a factory is corrected by one row of three", func(s sheet) sheet { s.set(visit2, "city", "Taizhou"); s.set(visit2, "contacts", ""); return s }, []string{
			`3: factory 1 city: "Ningbo" to "Taizhou"`, `3: factory 1 contacts: "Ms Li" to ""`, "4 same"}},
		{"by two in the same way", func(s sheet) sheet { s.set(visit2, "city", "Taizhou"); s.set(plan1, "city", "Taizhou"); return s }, []string{
			`3: factory 1 city: "Ningbo" to "Taizhou"`, "4 same"}},
		{"by two in two ways", func(s sheet) sheet { s.set(visit1, "city", "Taizhou"); s.set(plan1, "city", "Yiwu"); return s }, []string{
			`a.csv:5: city: factory 1 has Ningbo, and is to have Taizhou by line 2 and Yiwu by this one`}},
		{"its name is emptied", func(s sheet) sheet { s.set(visit1, "factory", ""); return s }, []string{`a.csv:2: factory: Please enter the factory's name`}},
		{"its zone", func(s sheet) sheet { s.set(visit1, "zone", "Asia/Ho_Chi_Minh"); return s }, []string{`a.csv:2: zone: that of factory 1 is Asia/Shanghai and cannot be changed by a file`}},
		{"a visit moves to another factory", func(s sheet) sheet { s.set(visit1, "factory_number", "2"); return s }, []string{`2: visit 1 factory_number: "1" to "2"`, "3 same"}},
		{"and the row says what that one is", func(s sheet) sheet {
			s.set(visit1, "factory_number", "2")
			s.set(visit1, "factory", "Foshan Glass")
			s.set(visit1, "city", "Foshan")
			s.set(visit1, "factory_chinese", "")
			return s
		}, []string{`2: visit 1 factory_number: "1" to "2"`, "3 same"}},
		{"and the row says what neither is", func(s sheet) sheet { s.set(visit1, "factory_number", "2"); s.set(visit1, "city", "Yiwu"); return s }, []string{
			`a.csv:2: city: the visit moves to factory 2, where this is Foshan: leave it empty here`}},
		{"to one that is none", func(s sheet) sheet { s.set(visit1, "factory_number", "9"); return s }, []string{`a.csv:2: factory_number: there is no factory 9`}},
		{"to a new one", func(s sheet) sheet {
			s.set(visit1, "factory_number", "")
			s.set(visit1, "factory", "Yiwu Toys")
			s.set(visit1, "city", "Yiwu")
			s.set(visit1, "address", "")
			s.set(visit1, "factory_chinese", "")
			return s
		}, []string{`2: visit 1 factory_number: "1" to "that of a new one, Yiwu Toys, Yiwu"`, "3 same"}},
		{"its number is emptied and it is the same", func(s sheet) sheet { s.set(visit1, "factory_number", ""); return s }, []string{"4 same"}},
		{"a plan moves", func(s sheet) sheet { s.set(plan1, "factory_number", "2"); return s }, []string{`a.csv:5: factory_number: plan 1 stays at its factory`}},

		{"a new visit at a site that is recorded, of which it says more", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "foshan glass", "factory_chinese", "佛山玻璃", "address", "南海区", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{`6: factory 2 factory_chinese: "" to "佛山玻璃"`, `6: factory 2 address: "" to "南海区"`, "6: add visit Foshan Glass, Foshan: first_visit on 2027-07-01", "4 same"}},
		{"of which it says otherwise", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Ningbo Bright Metal", "contacts", "Mr Wu", "zone", "Asia/Urumqi", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit Ningbo Bright Metal, Ningbo: first_visit on 2027-07-01", "doubt a.csv:6: contacts: factory 1 has Ms Li, which stays", "doubt a.csv:6: zone: factory 1 has Asia/Shanghai, which stays", "4 same"}},
		{"in another city", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Ningbo Bright Metal", "city", "Suzhou", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit Ningbo Bright Metal, Suzhou: first_visit on 2027-07-01",
			"doubt a.csv:6: factory: that is a new factory beside factory 1 (Ningbo Bright Metal, Ningbo, 江北区), whose city or address is another", "4 same"}},
		{"in the city to which the file corrects it", func(s sheet) sheet {
			s.set(visit1, "city", "Taizhou")
			return s.added("kind", "visit", "factory", "Ningbo Bright Metal", "city", "Taizhou", "purpose", "first_visit", "first", "2027-03-15", "channel", "C0SOURCING1")
		}, []string{`2: factory 1 city: "Ningbo" to "Taizhou"`, "5 same"}},
		{"by the number of the factory, and nothing else", func(s sheet) sheet {
			return s.added("kind", "visit", "factory_number", "2", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit Foshan Glass, Foshan: first_visit on 2027-07-01", "4 same"}},
		{"a copy of a row at a factory that was corrected since", func(sheet) sheet {
			old := team()
			old.Visits[0].Factory.City = "Yiwu"
			was := exported(t, old)
			was.set(visit1, "number", "")
			was.set(visit1, "first", "2027-07-01")
			was.set(visit1, "last", "")
			return append(exported(t, team()), was[visit1-1])
		}, []string{"6: add visit Ningbo Bright Metal, Ningbo: first_visit on 2027-07-01", "doubt a.csv:6: city: factory 1 has Ningbo, and a new row does not change that", "4 same"}},
		{"a copy of a row, and the description of another factory", func(s sheet) sheet {
			s = append(s, slices.Clone(s[visit1-1]))
			s.set(6, "number", "")
			s.set(6, "factory", "Delta")
			s.set(6, "city", "Hefei")
			return s
		}, []string{"a.csv:6: factory_number: 1 is Ningbo Bright Metal in Ningbo, and the row says Delta in Hefei: empty factory_number for a new factory, or leave its other columns as recorded"}},
		{"a new row at a factory, and another city", func(s sheet) sheet {
			return s.added("kind", "visit", "factory_number", "1", "city", "Yiwu", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"a.csv:6: factory_number: 1 is Ningbo Bright Metal in Ningbo, and the row says Ningbo Bright Metal in Yiwu: "}},
		{"and another address", func(s sheet) sheet {
			return s.added("kind", "plan", "factory_number", "1", "factory", "NINGBO bright metal", "address", "慈溪", "type", "pre_shipment", "rule", "0 9 * * 1", "channel", "C0SOURCING1")
		}, []string{"a.csv:6: factory_number: 1 is Ningbo Bright Metal in Ningbo, 江北区, and the row says NINGBO bright metal in Ningbo, 慈溪: "}},
		{"and another name, where no city is known", func(s sheet) sheet {
			return s.added("kind", "visit", "factory_number", "4", "factory", "Delta", "city", "Hefei", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"a.csv:6: factory_number: 4 is Acme, and the row says Delta in Hefei: "}},
		{"a copy of a row of another site of the same name", func(sheet) sheet {
			r := team()
			r.Visits[3].Factory.Name, r.Visits[3].Factory.Address = "Ningbo Bright Metal", "Nanhai"
			s := exported(t, r)
			s = append(exported(t, team()), s[visit4-1])
			s.set(6, "number", "")
			s.set(6, "factory_number", "1")
			s.set(6, "exported", "")
			return s
		}, []string{"a.csv:6: factory_number: 1 is Ningbo Bright Metal in Ningbo, 江北区, and the row says Ningbo Bright Metal in Foshan, Nanhai: "}},
		{"a new row at a factory, which says the same and more", func(s sheet) sheet {
			return s.added("kind", "visit", "factory_number", "2", "factory", "foshan glass", "city", "FOSHAN", "address", "南海区", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{`6: factory 2 address: "" to "南海区"`, "6: add visit Foshan Glass, Foshan: first_visit on 2027-07-01", "4 same"}},
		{"a new row at a factory that the file corrects", func(s sheet) sheet {
			s.set(visit1, "city", "Taizhou")
			return s.added("kind", "visit", "factory_number", "1", "city", "Taizhou", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{`2: factory 1 city: "Ningbo" to "Taizhou"`, "6: add visit Ningbo Bright Metal, Taizhou: first_visit on 2027-07-01", "4 same"}},
		{"at a factory of a private channel, from another one", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Zhuhai Optics", "contacts", "Ms Yu", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit Zhuhai Optics: first_visit on 2027-07-01", "4 same"}},
		{"and from that one", func(s sheet) sheet {
			return s.added("kind", "visit", "factory", "Zhuhai Optics", "contacts", "Ms Yu", "purpose", "first_visit", "first", "2027-07-01", "channel", "G0PRIVATE01")
		}, []string{"6: add visit Zhuhai Optics: first_visit on 2027-07-01", "doubt a.csv:6: contacts: factory 3 has Mr Wu, which stays", "4 same"}},
		{"two sites and a row that may be each", func(s sheet) sheet {
			for _, city := range []string{"", "Dongguan", "Suzhou"} {
				s = s.added("kind", "visit", "factory", "Sunrise", "city", city, "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
			}
			return s
		}, []string{"a.csv:6: factory: that may be Sunrise, Dongguan or Sunrise, Suzhou: write its factory_number, or its city and address"}},
		{"one site, of which a later row says more", func(s sheet) sheet {
			s = s.added("kind", "visit", "factory", "Sunrise", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
			return s.added("kind", "visit", "factory", "Sunrise", "city", "Suzhou", "contacts", "Ms Yu", "purpose", "first_visit", "first", "2027-08-01", "channel", "C0SOURCING1")
		}, []string{"6: add visit Sunrise, Suzhou: first_visit on 2027-07-01", "7: add visit Sunrise, Suzhou: first_visit on 2027-08-01", "4 same"}},
		{"a visit makes room for another", func(s sheet) sheet {
			s.set(visit1, "first", "2027-03-22")
			s.set(visit1, "last", "2027-03-22")
			return s.added("kind", "visit", "factory_number", "1", "purpose", "first_visit", "first", "2027-03-15", "channel", "C0SOURCING1")
		}, []string{`2: visit 1 first: "2027-03-15" to "2027-03-22"`, `2: visit 1 last: "2027-03-16" to "2027-03-22"`, "6: add visit Ningbo Bright Metal, Ningbo: first_visit on 2027-03-15", "3 same"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := team()
			im, err := c.edit(exported(t, r)).read(r)
			if err != nil {
				got := strings.Split(err.Error(), "\n")
				if len(got) != len(c.want) {
					t.Fatalf("the mistakes are\n%s\nwant\n%s", err, strings.Join(c.want, "\n"))
				}
				for i, want := range c.want {
					if !strings.HasPrefix(got[i], want) {
						t.Errorf("it says\n%s\nwant\n%s", got[i], want)
					}
				}
				return
			}
			if got, want := asked(im), strings.Join(c.want, "\n"); got != want {
				t.Errorf("it asks for\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A visit that stands where another company reads does not become unannounced by a file; one that is,
// from before they came, is left alone.
func TestAVisitThatOthersReadDoesNotBecomeUnannounced(t *testing.T) {
	r := team()
	r.Visits[0].Shared, r.Visits[1].Shared, r.Visits[1].Unannounced = true, true, true
	s := exported(t, r)
	if im, err := s.read(r); err != nil || im.Same != 4 {
		t.Errorf("as it was exported: %v, %d same", err, im.Same)
	}
	s.set(2, "unannounced", "yes")
	const want = "a.csv:2: unannounced: another company reads in C0SOURCING1, and would learn of an unannounced visit: move the visit in Slack first, and leave the cell as it was until then"
	if _, err := s.read(r); err == nil || err.Error() != want {
		t.Errorf("it says %v, want %s", err, want)
	}
}

// What a row changes is set, and nothing else; not where somebody was quicker.
func TestAChangeSetsOnlyWhatTheRowChanged(t *testing.T) {
	r := team()
	s := exported(t, r)
	s.set(2, "agenda", "new")
	s.set(2, "purpose", "follow_up")
	s.set(5, "leads", "7")
	s.set(4, "city", "Nanhai")
	im, err := s.read(r)
	if err != nil {
		t.Fatal(err)
	}
	v, p, f := r.Visits[0].Clone(), r.Plans[0], r.Factories[1]
	v.Last, v.People = v.Last.AddDays(3), nil // by somebody in Slack, since the file was read
	p.Inspectors, f.Contacts = nil, "Mr Ho"
	for _, c := range im.Changes {
		var err error
		switch c.Kind {
		case "visit":
			err = c.Visit(&v)
		case "plan":
			err = c.Plan(&p)
		case "factory":
			err = c.Factory(&f)
		}
		if err != nil {
			t.Error(err)
		}
	}
	was := r.Visits[0]
	if v.Agenda != "new" || v.Purpose != "follow_up" || v.First != was.First || v.Last != was.Last.AddDays(3) || v.People != nil || v.Factory != was.Factory {
		t.Errorf("the visit is now %+v", v)
	}
	if len(v.Items) != 2 || !v.Items[0].Removed || v.Items[1].Text != "For a follow_up" {
		t.Errorf("its checklist is %+v", v.Items)
	}
	if !slices.Equal(p.LeadDays, []int{7}) || p.Inspectors != nil || p.Rule != r.Plans[0].Rule {
		t.Errorf("the plan is now %+v", p)
	}
	if f.City != "Nanhai" || f.Contacts != "Mr Ho" || f.Name != "Foshan Glass" {
		t.Errorf("the factory is now %+v", f)
	}
	for _, c := range im.Changes {
		if c.Kind == "visit" {
			quicker := r.Visits[0].Clone()
			quicker.Agenda = "somebody else's"
			if err := c.Visit(&quicker); err == nil || !strings.Contains(err.Error(), "somebody changed visit 1 meanwhile: its agenda is somebody else's now") || quicker.Purpose != "first_visit" {
				t.Errorf("over what somebody changed: %v, %+v", err, quicker)
			}
		}
	}
}

// What was exported and comes back changes nothing, in every format.
func TestAnExportThatComesBackChangesNothing(t *testing.T) {
	r := team()
	r.Visits[0].People = append(r.Visits[0].People, visit.Person{Name: "Wu; Li", Role: "drives: a van"})
	r.Visits[1].Channel, r.Visits[1].Owner, r.Visits[1].Purpose = "C0SOURCING1", "U1", "from_long_ago" // as it was recorded before ids were looked at
	r.Visits[0].Agenda = "Day 1: tour\nDay 2: records"
	r.Factories[0].Contacts = "+86 574 5550 0188"
	for i := range r.Visits {
		if r.Visits[i].Factory.Number == 1 {
			r.Visits[i].Factory = r.Factories[0]
		}
	}
	r.Plans[0].Factory = r.Factories[0]
	for _, format := range exchange.Formats() {
		var b bytes.Buffer
		if err := exchange.Write(&b, format, exchange.Contents{Visits: append(r.Visits[:2:2], r.Visits[3]), Plans: r.Plans}); err != nil {
			t.Fatal(err)
		}
		data := b.Bytes()
		if format == "csv" { // as some programs end lines
			data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		}
		im, err := exchange.Read("a."+format, data, "T1", kinds, r)
		if err != nil || asked(im) != "4 same" {
			t.Errorf("%s: %v\n%s\nof\n%s", format, err, asked(im), b.String())
		}
	}
}

// The same file can be imported again: what it asked for is recorded, and it asks for nothing
// more. So it goes on where an import was cut off.
func TestTheSameFileAsksForNothingTwice(t *testing.T) {
	r := team()
	s := exported(t, r)
	s.set(2, "first", "2027-03-14")
	s.set(2, "city", "Taizhou") // of factory 1, which the other rows have as it was
	s.set(3, "agenda", "new")
	s.set(4, "factory_number", "1") // whose cells are those of factory 2
	s.set(5, "leads", "7")
	s = s.added("kind", "visit", "factory", "Yiwu Toys", "city", "Yiwu", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
	im, err := s.read(r)
	if err != nil {
		t.Fatal(err)
	}
	total := len(im.Changes)
	if total != 6 {
		t.Fatalf("it asks for\n%s", asked(im))
	}
	// Factories first, as import does.
	slices.SortStableFunc(im.Changes, func(a, b exchange.Change) int { return strings.Compare(a.Kind, b.Kind) })
	for cut := range total + 1 {
		now := team()
		for _, c := range im.Changes[:cut] {
			switch {
			case c.Number == 0:
				v := im.Visits[0]
				v.Number, v.Factory.Number = 5, 5
				now.Visits, now.Factories = append(now.Visits, v), append(now.Factories, v.Factory)
			case c.Kind == "factory":
				f := &now.Factories[c.Number-1]
				if err := c.Factory(f); err != nil {
					t.Fatal(err)
				}
				for i := range now.Visits {
					if now.Visits[i].Factory.Number == f.Number {
						now.Visits[i].Factory = *f
					}
				}
				now.Plans[0].Factory = *f
			case c.Kind == "visit":
				i := slices.IndexFunc(now.Visits, func(v visit.Visit) bool { return v.Number == c.Number })
				if err := c.Visit(&now.Visits[i]); err != nil {
					t.Fatal(err)
				}
			default:
				if err := c.Plan(&now.Plans[0]); err != nil {
					t.Fatal(err)
				}
			}
		}
		again, err := s.read(now)
		if err != nil || len(again.Changes) != total-cut || len(again.Doubts) > 0 {
			t.Errorf("cut off after %d of %d: %v\n%s", cut, total, err, asked(again))
		}
	}
}

// A workbook that LibreOffice opens and saves changes nothing, and one cell that is changed
// there changes one row. So does a CSV of which every column is opened as text.
func TestANumberedExportThroughLibreOffice(t *testing.T) {
	o := newOffice(t)
	r := team()
	r.Visits[0].Agenda = "Day 1: tour\nDay 2: records"
	c := exchange.Contents{Visits: append(r.Visits[:2:2], r.Visits[3]), Plans: r.Plans}
	wants := func(name, format string, data []byte, want string) {
		t.Helper()
		im, err := exchange.Read("a."+format, data, "T1", kinds, r)
		if err != nil || asked(im) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, asked(im), want)
		}
	}
	book := o.saved("a.xlsx", write(t, "xlsx", c), workbookFilter, "")
	wants("a workbook that was saved", "xlsx", book, "4 same")

	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	head, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	cell, err := excelize.CoordinatesToCellName(slices.Index(head[0], "city")+1, 4) // of visit 4
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStr(sheet, cell, "Nanhai"); err != nil {
		t.Fatal(err)
	}
	changed, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	wants("one cell", "xlsx", o.saved("b.xlsx", changed.Bytes(), workbookFilter, ""), `4: factory 2 city: "Foshan" to "Nanhai"`+"\n4 same")

	var text []string
	for i := range head[0] {
		text = append(text, fmt.Sprintf("%d/2", i+1))
	}
	wants("a table", "csv", o.saved("c.csv", write(t, "csv", c), savedTable(1033), tableFilter(strings.Join(text, "/"), 1033)), "4 same")
	wants("a table as it comes", "csv", o.saved("d.csv", write(t, "csv", c), savedTable(2052), tableFilter("", 2052)), "4 same")
}
