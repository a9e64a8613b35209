package exchange_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

var kinds = exchange.Kinds{
	Purposes: []string{"first_visit", "follow_up"}, Types: []string{"pre_shipment"},
	Today: civil.On(2000, 1, 1),
	Checklist: func(purpose string, unannounced bool) visit.Checklist {
		return visit.Checklist{{ID: 1, Text: "For a " + purpose}}
	},
}

const wholeYAML = `- kind: visit
  factory: Ningbo Bright Metal
  factory_chinese: 宁波光明金属
  city: Ningbo
  address: 浙江省宁波市江北区
  contacts: Ms Li, +86 574 5550 0188
  zone: Asia/Shanghai
  purpose: first_visit
  first: "2040-03-15"
  last: "2040-03-16"
  people: 'U0MIACHEN01: leads; Ms Zhang: interpreter; Mr Wu'
  agenda: |-
    Day 1: tour
    Day 2: "records, and lunch"
  channel: C0SOURCING1
  owner: U0MIACHEN01
- kind: plan
  factory: Foshan Clear Glass
  zone: Asia/Shanghai
  type: pre_shipment
  rule: every 2 weeks from 2040-03-19 at 09:00
  leads: 14; 3
  inspectors: U0JONASWEB1; U0MIACHEN01
  channel: C0SOURCING1
  owner: U0MIACHEN01
`

// TestWhatIsWrittenIsRead goes through every format.
func TestWhatIsWrittenIsRead(t *testing.T) {
	whole, err := exchange.Read("team.yaml", []byte(wholeYAML), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	v := whole.Visits[0]
	if v.Workspace != "T1" || v.First.String() != "2040-03-15" || v.ChannelZone != "Asia/Shanghai" || v.Items[0].Text != "For a first_visit" {
		t.Errorf("the visit is %+v", v)
	}
	people := []visit.Person{{User: "U0MIACHEN01", Role: "leads"}, {Name: "Ms Zhang", Role: "interpreter"}, {Name: "Mr Wu"}}
	if !slices.Equal(v.People, people) {
		t.Errorf("the people are %v, want %v", v.People, people)
	}
	p := whole.Plans[0]
	if !slices.Equal(p.LeadDays, []int{14, 3}) || !slices.Equal(p.Inspectors, []string{"U0JONASWEB1", "U0MIACHEN01"}) {
		t.Errorf("the plan is %+v", p)
	}
	for _, format := range exchange.Formats() {
		for name, c := range map[string]exchange.Contents{"everything": whole.Contents, "nothing": {}} {
			t.Run(format+" of "+name, func(t *testing.T) {
				var b strings.Builder
				if err := exchange.Write(&b, format, c); err != nil {
					t.Fatal(err)
				}
				again, err := exchange.Read("team."+format, []byte(b.String()), "T1", kinds, exchange.Recorded{})
				if err != nil {
					t.Fatalf("%v of\n%s", err, b.String())
				}
				if diff := cmp.Diff(c, again.Contents); diff != "" {
					t.Errorf("what is read is not what was written (-written +read):\n%s", diff)
				}
			})
		}
	}
	var b strings.Builder
	if err := exchange.Write(&b, "yaml", whole.Contents); err != nil || b.String() != wholeYAML {
		t.Errorf("YAML is written as\n%s, %v", b.String(), err)
	}
	if err := exchange.Write(&b, "xml", whole.Contents); err == nil || !strings.Contains(err.Error(), "write csv or xlsx or yaml or yml") {
		t.Errorf("a format that is none says %v", err)
	}
}

func TestWhatPeopleWrite(t *testing.T) {
	const head = "kind,factory,purpose,first,channel\n"
	for _, c := range []struct{ name, file, data, want string }{
		{"a visit of one day", "a.csv", head + "visit,A,first_visit,2040-01-02,C0SOURCING1\n", "A from 2040-01-02 to 2040-01-02"},
		{"what Excel puts before the first column", "a.csv", "\ufeff" + head + "visit,A,first_visit,2040-01-02,C0SOURCING1\n", "A from 2040-01-02 to 2040-01-02"},
		{"words as people write them", "a.csv", "kind,factory,purpose,first,channel\nVisit,A,First visit,2040-01-02,C0SOURCING1\n", "A from 2040-01-02 to 2040-01-02"},
		{"a type with a hyphen, and leads with their unit", "a.csv", "kind,factory,type,rule,leads,channel\nplan,A,Pre-shipment,weekly from 2040-01-02,14 days,C0SOURCING1\n", "A every 1 weeks from 2040-01-02 at 09:00 with leads of [14]"},
		{"columns in capitals, in another order", "a.csv", "First, Channel ,FACTORY,kind,purpose\n2040-01-02,C0SOURCING1,A,visit,first_visit\n", "A from 2040-01-02 to 2040-01-02"},
		{"a line that ends early", "a.csv", "kind,factory,purpose,first,channel,agenda,last\nvisit,A,first_visit,2040-01-02,C0SOURCING1\n", "A from 2040-01-02 to 2040-01-02"},
		{"empty lines", "a.csv", head + "\nvisit,A,first_visit,2040-01-02,C0SOURCING1\n\n", "A from 2040-01-02 to 2040-01-02"},
		{"a day that YAML would make a date of", "a.yml", "- {kind: visit, factory: A, purpose: first_visit, first: 2040-01-02, last: 2040-01-03, channel: C0SOURCING1}", "A from 2040-01-02 to 2040-01-03"},
		{"a factory that YAML would make a number of", "A.YAML", "- {kind: visit, factory: 007, purpose: first_visit, first: 2040-01-02, channel: C0SOURCING1}", "007 from 2040-01-02 to 2040-01-02"},
		{"leads that YAML would make a number of", "a.yaml", "- {kind: plan, factory: A, type: pre_shipment, rule: 0 9 * * 1, leads: 14, channel: C0SOURCING1}", "A 0 9 * * 1 with leads of [14]"},
		{"several entries keep their order", "a.csv", head + "visit,B,first_visit,2040-01-02,C0SOURCING1\nvisit,A,first_visit,2040-01-02,C0SOURCING1\n", "B from 2040-01-02 to 2040-01-02; A from 2040-01-02 to 2040-01-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read(c.file, []byte(c.data), "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			if got := inWords(contents); got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}

func inWords(c exchange.Import) string {
	var words []string
	for _, v := range c.Visits {
		words = append(words, fmt.Sprintf("%s from %s to %s", v.Factory.Name, v.First, v.Last))
	}
	for _, p := range c.Plans {
		words = append(words, fmt.Sprintf("%s %s with leads of %v", p.Factory.Name, p.Rule, p.LeadDays))
	}
	return strings.Join(words, "; ")
}

func TestMistakesNameLineAndColumn(t *testing.T) {
	const head = "kind,factory,purpose,first,channel,type,rule,leads,zone,people\n"
	for _, c := range []struct {
		name, file, data string
		want             []string // all of the mistakes
	}{
		{"a day that is none", "a.csv", head + "visit,A,first_visit,soon,C0SOURCING1\n", []string{`a.csv:2: first: "soon" is not a day: write it as 2027-03-15`}},
		{"a day that is left out", "a.csv", head + "visit,A,first_visit,,C0SOURCING1\n", []string{`a.csv:2: first: `}},
		{"a rule that is none says how to write one", "a.csv", head + "plan,A,,,C0SOURCING1,pre_shipment,every blue moon\n", []string{`a.csv:2: rule: "blue" in "every blue moon" is not clear; write it as "every 3 months`}},
		{"a plan without a rule", "a.csv", head + "plan,A,,,C0SOURCING1,pre_shipment\n", []string{`a.csv:2: rule: there is no rule`}},
		{"leads that are no numbers", "a.csv", head + "plan,A,,,C0SOURCING1,pre_shipment,0 9 * * 1,a week\n", []string{`a.csv:2: leads: "a" is not a number of days. Write, for example, 14, 3: write it as 14; 3`}},
		{"leads that are too long", "a.csv", head + "plan,A,,,C0SOURCING1,pre_shipment,0 9 * * 1,500\n", []string{`a.csv:2: leads: 500 is not a number of days from 1 to 120`}},
		{"a purpose that is nearly one", "a.csv", head + "visit,A,firstvisit,2040-01-02,C0SOURCING1\n", []string{`a.csv:2: purpose: "firstvisit" is not known: did you mean first_visit?`}},
		{"a purpose that no checklist has", "a.csv", head + "visit,A,party,2040-01-02,C0SOURCING1\n", []string{`a.csv:2: purpose: "party" is not known: write one of first_visit, follow_up`}},
		{"a type that no checklist has", "a.csv", head + "plan,A,,,C0SOURCING1,party,0 9 * * 1\n", []string{`a.csv:2: type: "party" is not known: write one of pre_shipment`}},
		{"a kind that is none, as it was typed", "a.csv", head + "# Our visits\n", []string{`a.csv:2: kind: "# Our visits" is not known: write one of visit, plan`}},
		{"a purpose as it was typed", "a.csv", head + "visit,A,Garden-Party,2040-01-02,C0SOURCING1\n", []string{`a.csv:2: purpose: "Garden-Party" is not known: write one of first_visit, follow_up`}},
		{"a line with other separators", "a.csv", head + "visit;b;x;2040-01-02;C0SOURCING1\n", []string{`a.csv:2: the line has semicolons between its cells, and line 1 has commas: use the same in every line`}},
		{"a line with tabs", "a.csv", head + "visit\tb\tx\n", []string{`a.csv:2: the line has tabs between its cells, and line 1 has commas: use the same in every line`}},
		{"a kind that is none", "a.csv", head + "party,A\n", []string{`a.csv:2: kind: "party" is not known: write one of visit, plan`}},
		{"a channel that is left out", "a.csv", head + "visit,A,first_visit,2040-01-02\n", []string{`a.csv:2: channel: `}},
		{"a zone that is none", "a.csv", head + "visit,A,first_visit,2040-01-02,C0SOURCING1,,,,Mars\n", []string{`a.csv:2: zone: I don't know the time zone "Mars"`}},
		{"a factory without a name", "a.csv", head + "visit,,first_visit,2040-01-02,C0SOURCING1\n", []string{`a.csv:2: factory: `}},
		{"a day that is none, before one that is", "a.csv", "kind,factory,purpose,first,last,channel\nvisit,A,first_visit,2027-13-15,2027-03-16,C0SOURCING1\n", []string{`a.csv:2: first: "2027-13-15" is not a day`}},
		{"a day that is none, after one that is", "a.csv", "kind,factory,purpose,first,last,channel\nvisit,A,first_visit,2027-03-15,2027-13-16,C0SOURCING1\n", []string{`a.csv:2: last: "2027-13-16" is not a day`}},
		{"two days that are none", "a.csv", "kind,factory,purpose,first,last,channel\nvisit,A,first_visit,soon,later,C0SOURCING1\n", []string{`a.csv:2: first: "soon" is not a day`, `a.csv:2: last: "later" is not a day`}},
		{"a zone that is none, of a plan", "a.csv", head + "plan,A,,,C0SOURCING1,pre_shipment,0 9 * * 1,3,China Standard Time\n", []string{`a.csv:2: zone: I don't know the time zone "China Standard Time"`}},
		{"several at once, each on its line", "a.csv", head + "visit,A,party,soon,C0SOURCING1\nvisit,B,first_visit,2040-01-02,C0SOURCING1\nplan,C,,,,party\n", []string{
			`a.csv:2: first: "soon"`, `a.csv:2: purpose: "party"`, `a.csv:4: rule: `, `a.csv:4: type: "party"`, `a.csv:4: channel: `}},
		{"a column that is none", "a.csv", "kind,factory,frist\nvisit,A,2040-01-02\n", []string{`a.csv:1: there is no column "frist": did you mean first?`}},
		{"a column that is like none", "a.csv", "kind,colour\n", []string{`a.csv:1: there is no column "colour": the columns are kind, number, factory_number, factory, factory_chinese`}},
		{"more fields than columns", "a.csv", "kind,agenda\nvisit,tour, then lunch\n", []string{`a.csv:2: 3 fields for 2 columns: put fields with commas into quotes`}},
		{"a quote that is not closed", "a.csv", "kind,agenda\nvisit,tour\nvisit,\"tour\n", []string{`a.csv:3: the line cannot be read`}},
		{"a file with nothing in it", "a.csv", "", []string{`a.csv:1: the columns are not named: write a first line such as kind,number,factory_number,factory`}},

		{"in YAML the line of the field", "a.yaml", "- kind: visit\n  factory: A\n  purpose: first_visit\n  first: soon\n  channel: C0SOURCING1\n", []string{`a.yaml:4: first: "soon" is not a day`}},
		{"and of the entry where it is left out", "a.yaml", "\n- kind: visit\n  factory: A\n  purpose: first_visit\n  first: 2040-01-02\n", []string{`a.yaml:2: channel: `}},
		{"a field that is none", "a.yaml", "- kind: visit\n  frist: soon\n", []string{`a.yaml:2: unknown field "frist": did you mean first?`}},
		{"a list where one value is wanted", "a.yaml", "- kind: plan\n  agenda: [tour, lunch]\n", []string{`a.yaml:2: agenda needs text, not a list`}},
		{"an entry that is none", "a.yaml", "- kind: visit\n  factory: A\n  purpose: first_visit\n  first: 2040-01-02\n  channel: C0SOURCING1\n- lunch\n", []string{`a.yaml:6: `}},
		{"entries that are no list", "a.yaml", "kind: visit\nfactory: A\n", []string{`a.yaml:1: the file needs a list, not fields of its own: begin each item below it with "- ", as in "- kind: ..."`}},
		{"YAML with nothing in it", "a.yaml", "", []string{`a.yaml:1: the file is empty: start with - kind: ...`}},

		{"a file of another kind", "notes.txt", "hello", []string{`notes.txt: the end of its name does not say how to read it; the files that can be read end in .csv, .xlsx, .yaml, .yml`}},
		{"a workbook in an old format", "notes.XLS", "\xd0\xcf\x11\xe0", []string{`notes.XLS: a file that ends in .xls cannot be read: open it in your spreadsheet program and save it as .xlsx`}},
		{"a workbook of Apple's", "Visits.numbers", "PK", []string{`Visits.numbers: a file that ends in .numbers cannot be read: open it in your spreadsheet program and save it as .xlsx`}},
		{"a workbook of LibreOffice's", "visits.ods", "PK", []string{`visits.ods: a file that ends in .ods cannot be read: open it`}},
		{"a table under another name", "visits.tsv", "kind\tfactory", []string{`visits.tsv: a file that ends in .tsv cannot be read: if it is a table in text, let its name end in .csv`}},
		{"a file without an end to its name", "notes", "hello", []string{`notes: the end of its name does not say how to read it`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read(c.file, []byte(c.data), "T1", kinds, exchange.Recorded{})
			if err == nil {
				t.Fatalf("it was read as %q", inWords(contents))
			}
			if inWords(contents) != "" {
				t.Errorf("beside the mistakes there is %q", inWords(contents))
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(c.want) {
				t.Errorf("the mistakes are\n%s\nwant %d", err, len(c.want))
			}
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, want) }) {
					t.Errorf("the mistakes are\n%s\nand not %s", err, want)
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("a.yaml", wholeYAML)
	f.Add("a.csv", "kind,factory,purpose,first,channel\nvisit,A,first_visit,2040-01-02,C0SOURCING1\n")
	f.Add("a.csv", "sep=;\rkind;factory;purpose;first;channel\rvisit;\"'=A\";first_visit;2.1.2040;C0SOURCING1\r;;\r")
	f.Add("a.csv", "\xff\xfek\x00i\x00n\x00d\x00")
	f.Add("a.csv", "kind,factory,purpose,first,channel\nvisit,\xc4\xfe\xb2\xa8,first_visit,2040-01-02,C0SOURCING1\n")
	f.Add("a.csv", "kind,factory,purpose,first,channel\nvisit,M\xfcnchen,first_visit,2 Jan 2040,C0SOURCING1\n")
	f.Add("a.csv", "kind,number,factory_number,factory,city,first,agenda,exported\nvisit,1,1,Ningbo Bright Metal,Taizhou,2027-03-14,,BCDFGHJKLMNP\nplan,1,,Foshan Glass,,,,\nvisit,2,2,,,,x,\n")
	whole, err := exchange.Read("a.yaml", []byte(wholeYAML), "T1", kinds, exchange.Recorded{})
	if err != nil {
		f.Fatal(err)
	}
	var book strings.Builder
	if err := exchange.Write(&book, "xlsx", whole.Contents); err != nil {
		f.Fatal(err)
	}
	f.Add("a.xlsx", book.String())
	f.Fuzz(func(t *testing.T, file, data string) {
		exchange.Read(file, []byte(data), "T1", kinds, team())
		c, err := exchange.Read(file, []byte(data), "T1", kinds, exchange.Recorded{})
		if err != nil {
			return
		}
		var b strings.Builder
		if err := exchange.Write(&b, "csv", c.Contents); err != nil {
			t.Fatal(err)
		}
		if _, err := exchange.Read("a.csv", []byte(b.String()), "T1", kinds, exchange.Recorded{}); err != nil {
			t.Fatalf("%v of\n%s", err, b.String())
		}
	})
}
