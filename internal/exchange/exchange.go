// Package exchange reads visits, inspection plans, agreements, market notes and deliveries from files and writes them, for
// a team that moves in, keeps a spreadsheet or takes its data along.
//
// A file is a list of entries, each a visit, a plan, an agreement, a market note or a delivery. What an entry holds is the
// struct entry, by its tags the same in every format: in a workbook (.xlsx) and in CSV a
// column for each field, in YAML a key. What Write writes, Read reads, also after a
// spreadsheet program opened and saved it. What can be read in two ways is refused
// or told, never guessed in silence. A row carries the number of the visit or plan that it
// is, and is compared with what is recorded now: what differs is a change of it, and a row
// without a number is added. The package knows no database: its caller brings what is
// recorded, the purposes and types that the checklists give, and records the result.
package exchange

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"visitprep/internal/civil"
	"visitprep/internal/spelling"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
)

// Contents are what a file holds.
type Contents struct {
	Visits     []visit.Visit
	Plans      []visit.Plan
	Agreements []visit.Agreement
	Market     []visit.MarketNote
	Deliveries []visit.OrderDelivery
	// Doubts are what reads well and is probably not meant, with file, line and column.
	// Write leaves them out.
	Doubts yamlfile.Mistakes
}

// Kinds are the words that a file may use for what a visit or an inspection is about.
type Kinds struct {
	Purposes, Types []string
	// Today is the day from which a rule counts that does not say from when.
	Today civil.Date
	// Checklist gives the items with which a visit of a purpose begins.
	Checklist func(purpose string, unannounced bool) visit.Checklist
	// Refuses says in a sentence why a person with an id cannot own or take part in what is the
	// team's; empty where they can. Nil looks nobody up.
	Refuses func(id string) (why string)
	// OthersRead reports whether another company reads in a channel, as far as can be told. Nil asks
	// nobody; then what is recorded there says so.
	OthersRead func(channel string) bool
}

// formats are the ways of writing entries, by the end of a file's name. A further one
// is a line here.
var formats = map[string]struct {
	// read also tells what reads well and is probably not meant.
	read  func(file string, data []byte) (rows []row, doubts yamlfile.Mistakes, err error)
	write func(io.Writer, []entry) error
}{
	"csv":  {readCSV, writeCSV},
	"yaml": {readYAML, writeYAML},
	"yml":  {readYAML, writeYAML},
	"xlsx": {readXLSX, writeXLSX},
}

// others are endings of tables that cannot be read, with what to do instead.
var others = map[string]string{
	"xls": asWorkbook, "xlsm": asWorkbook, "xlsb": asWorkbook, "xltx": asWorkbook, "ods": asWorkbook, "fods": asWorkbook, "numbers": asWorkbook, "et": asWorkbook,
	"tsv": asTable, "tab": asTable,
}

const (
	asWorkbook = "open it in your spreadsheet program and save it as .xlsx"
	asTable    = "if it is a table in text, let its name end in .csv"
)

// Formats are the names that Write takes, in order.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Read makes visits and plans of the workspace from a file, whose format follows
// from the end of its name, and compares them with what is recorded. Nothing of it is
// recorded anywhere. Its error lists every mistake with line and column; then the import
// is empty.
func Read(file string, data []byte, workspace string, kinds Kinds, recorded Recorded) (Import, error) {
	end := strings.ToLower(strings.TrimPrefix(filepath.Ext(file), "."))
	f, ok := formats[end]
	if how := others[end]; how != "" {
		return Import{}, fmt.Errorf("%s: a file that ends in .%s cannot be read: %s", file, end, how)
	} else if !ok {
		return Import{}, fmt.Errorf("%s: the end of its name does not say how to read it; the files that can be read end in .%s", file, strings.Join(Formats(), ", ."))
	}
	rows, doubts, err := f.read(file, data)
	if err != nil {
		return Import{}, err
	}
	c, err := compare(file, rows, workspace, kinds, recorded)
	if err == nil {
		c.Doubts = append(doubts, c.Doubts...)
	}
	return c, err
}

// Write writes c in the format of that name, one of [Formats].
func Write(w io.Writer, format string, c Contents) error {
	f, ok := formats[format]
	if !ok {
		return fmt.Errorf("there is no format %q; write %s", format, strings.Join(Formats(), " or "))
	}
	return f.write(w, entriesOf(c))
}

// An entry is a visit, an inspection plan or an agreement as a file has it. The order of the fields
// is the order in which they are written. The example is shown to somebody who wrote
// the field wrongly.
type entry struct {
	Kind text `yaml:"kind,omitempty"`
	// Of the visit or plan that it is, and of its factory; a row without a number is new.
	Number        text `yaml:"number,omitempty" example:"3"`
	FactoryNumber text `yaml:"factory_number,omitempty" example:"3"`

	Factory  text `yaml:"factory,omitempty"`
	Chinese  text `yaml:"factory_chinese,omitempty"`
	City     text `yaml:"city,omitempty"`
	Address  text `yaml:"address,omitempty"`
	Contacts text `yaml:"contacts,omitempty"`
	Zone     text `yaml:"zone,omitempty" example:"Asia/Shanghai"`

	// Of a visit.
	Purpose text `yaml:"purpose,omitempty" example:"first_visit"`
	First   text `yaml:"first,omitempty" example:"2027-03-15"`
	Last    text `yaml:"last,omitempty" example:"2027-03-16"`
	People  list `yaml:"people,omitempty" example:"U0123ABCD: leads; Ms Zhang: interpreter"`
	Agenda  text `yaml:"agenda,omitempty"`
	// yes where the factory does not know about it.
	Unannounced text `yaml:"unannounced,omitempty" example:"yes"`
	// What the visit came to. It is written, and said in Slack only.
	Outcome    text `yaml:"outcome,omitempty"`
	OutcomeWhy text `yaml:"outcome_why,omitempty"`

	// Of an inspection plan.
	Type       text `yaml:"type,omitempty" example:"pre_shipment"`
	Rule       text `yaml:"rule,omitempty" example:"every 2 weeks from 2027-03-15"`
	Leads      list `yaml:"leads,omitempty" example:"14; 3"`
	Inspectors list `yaml:"inspectors,omitempty" example:"U0123ABCD; U0456EFGH"`

	// Of an agreement.
	Agreement text `yaml:"agreement,omitempty" example:"framework"`
	Title     text `yaml:"title,omitempty"`
	// How far it has come. It is written, and said in Slack only.
	State        text `yaml:"state,omitempty"`
	Signed       text `yaml:"signed,omitempty" example:"2027-03-15"`
	Starts       text `yaml:"starts,omitempty" example:"2027-03-15"`
	Ends         text `yaml:"ends,omitempty" example:"2028-03-14"`
	Renews       text `yaml:"renews,omitempty" example:"12"`
	Notice       text `yaml:"notice,omitempty" example:"60"`
	NoticeHow    text `yaml:"notice_how,omitempty"`
	NoticeGiven  text `yaml:"notice_given,omitempty" example:"2028-01-10"` // on which somebody said that it is not renewed
	Link         text `yaml:"link,omitempty" example:"https://acme.slack.com/archives/C0123ABCD/p1"`
	Company      text `yaml:"company,omitempty"`
	Code         text `yaml:"code,omitempty" example:"91350100M000100Y43"`
	ForUs        text `yaml:"for_us,omitempty"`
	ForThem      text `yaml:"for_them,omitempty"`
	Seal         text `yaml:"seal,omitempty" example:"company"`
	Authority    text `yaml:"authority,omitempty"`
	Languages    text `yaml:"languages,omitempty"`
	TalkBy       text `yaml:"talk_by,omitempty"`
	AnswerHours  text `yaml:"answer_hours,omitempty" example:"24"`
	TheyTurnTo   text `yaml:"they_turn_to,omitempty"`
	WeTurnTo     text `yaml:"we_turn_to,omitempty"`
	LeadDays     text `yaml:"lead_days,omitempty" example:"45"`
	LeadFrom     text `yaml:"lead_from,omitempty"`
	Minimum      text `yaml:"minimum,omitempty"`
	Payment      text `yaml:"payment,omitempty"`
	Incoterm     text `yaml:"incoterm,omitempty"`
	Warranty     text `yaml:"warranty_months,omitempty" example:"24"`
	ClaimDays    text `yaml:"claim_days,omitempty" example:"30"`
	SpareYears   text `yaml:"spare_years,omitempty" example:"5"`
	Sampling     text `yaml:"sampling,omitempty" example:"II 2.5 4.0"`
	Reinspection text `yaml:"reinspection,omitempty"`
	Penalty      text `yaml:"penalty,omitempty"`
	Law          text `yaml:"law,omitempty"`

	// Of a market note. Who wrote it is its owner.
	Question  text `yaml:"question,omitempty" example:"trends-ask-roadmap"`
	Note      text `yaml:"note,omitempty"`
	Tags      list `yaml:"tags,omitempty" example:"automation; price"`
	Photo     text `yaml:"photo,omitempty" example:"https://acme.slack.com/files/U0123ABCD/F0123ABCD"`
	Noted     text `yaml:"noted,omitempty" example:"2027-03-15"`
	Idea      text `yaml:"idea,omitempty" example:"open"`
	IdeaOwner text `yaml:"idea_owner,omitempty" example:"U0123ABCD"`
	IdeaNext  text `yaml:"idea_next,omitempty"`
	IdeaDue   text `yaml:"idea_due,omitempty" example:"2027-04-15"`

	// Of a delivery. Who logged it is its owner.
	Order     text `yaml:"order,omitempty" example:"4512"`
	Confirmed text `yaml:"confirmed,omitempty" example:"2027-03-15"`
	Shipped   text `yaml:"shipped,omitempty" example:"2027-03-15"`
	Quantity  text `yaml:"quantity,omitempty" example:"3000"`
	Sent      text `yaml:"shipped_pieces,omitempty" example:"3000"`
	OurDelay  text `yaml:"our_delay,omitempty" example:"yes"`
	Why       text `yaml:"why,omitempty"`

	Channel text `yaml:"channel,omitempty" example:"C0123ABCD"`
	Owner   text `yaml:"owner,omitempty" example:"U0123ABCD"`

	// Exported is the checkWord of the entry as it was written.
	Exported text `yaml:"exported,omitempty"`
}

// text is a field as it is written, without space around it. It takes what YAML
// would make a number or a date of: people write days and leads without quotes.
type text string

// UnmarshalText takes anything.
func (t *text) UnmarshalText(b []byte) error {
	*t = text(strings.TrimSpace(string(b)))
	return nil
}

// columns are the names of an entry's fields, and examples what they may hold.
var columns, examples = fieldsOf(reflect.TypeFor[entry]())

func fieldsOf(t reflect.Type) (names []string, examples map[string]string) {
	examples = map[string]string{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		names, examples[name] = append(names, name), f.Tag.Get("example")
	}
	return names, examples
}

// A row is an entry at its place in a file.
type row struct {
	entry
	given func(column string) bool // whether the file has the column here, if only to leave it empty
	line  func(column string) int
	cell  func(column string) string // what people call its cell, or nothing; nil where a file has no cells
}

// unknownColumn is the mistake of a name that no field has.
func unknownColumn(file string, line int, name string) yamlfile.Mistake {
	how := "the columns are " + strings.Join(columnsOf(nil), ", ") + "; those of agreements also " + strings.Join(ofAgreement, ", ") + "; those of market notes also " + strings.Join(ofMarket, ", ") + "; those of deliveries also " + strings.Join(ofDelivery, ", ")
	if near := spelling.Nearest(name, columns); near != "" {
		how = "did you mean " + near + "?"
	}
	return yamlfile.Mistake{File: file, Line: line, What: fmt.Sprintf("there is no column %q", name), How: how}
}
