package exchange

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"visitprep/internal/chars"
	"visitprep/internal/lang"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
)

// Recorded is what a workspace has, with which a file is compared: visits that are cancelled,
// plans that have ended and agreements that are over are among it.
type Recorded struct {
	Visits     []visit.Visit
	Plans      []visit.Plan
	Agreements []visit.Agreement
	Market     []visit.MarketNote
	Deliveries []visit.OrderDelivery
	Factories  []visit.Factory
	// Hidden are the factories that are known only from private channels, with these. In
	// another channel none of them is found by its name.
	Hidden map[int][]string
}

// An Import is what a file asks for.
type Import struct {
	Contents          // what is to be added
	Changes  []Change // to what is recorded, and what is added, in the order of the file
	Same     int      // rows that are recorded as they are, or exist and are left alone
}

// ofFactory are the columns that describe a factory. Its zone cannot be changed: visits,
// plans and reminders follow from it.
var ofFactory = []string{"factory", "factory_chinese", "city", "address", "contacts", "zone"}

// of are the columns of each kind beside those of its factory.
var of = map[string][]string{
	"visit":     {"purpose", "first", "last", "people", "agenda", "unannounced", "channel", "owner"},
	"plan":      {"type", "rule", "leads", "inspectors", "channel", "owner"},
	"agreement": append(slices.DeleteFunc(slices.Clone(ofAgreement), isSaid), "channel", "owner"),
	marketNote:  append(slices.Clone(ofMarket), "channel", "owner"),
	delivery:    append(slices.Clone(ofDelivery), "channel", "owner"),
}

// unchangeable are the columns of something recorded that a file cannot change, and what to do
// instead.
var unchangeable = map[string]string{
	"outcome":      saidInSlack,
	"outcome_why":  saidInSlack,
	"state":        stateInSlack,
	"notice_given": "say it in Slack, with End agreement on its card, and leave the cell as it was",
	"channel":      "move it in Slack, where you are asked who reads the new channel; leave the cell as it was",
	"type":         "end the plan in Slack, and add another in a row without a number",
	"noted":        "leave the cell as it was",
	"confirmed":    agreedOnce,
	"quantity":     agreedOnce,
}

// agreedOnce is what to do about what a delivery is measured by: it is corrected with a reason.
const agreedOnce = "say in Slack why it is corrected, with Edit delivery, and leave the cell as it was"

// saidInSlack is what to do about an outcome, which has somebody who said so and a day.
const saidInSlack = "say it in Slack, with Outcome on the visit's card, and leave the cell empty"

// isSaid reports whether a column is written for whoever reads the file, and not read back: an
// empty cell says nothing of it.
func isSaid(column string) bool { return column == "state" || unchangeable[column] == saidInSlack }

// saidOf is the kind of row that has something in a column that is only said.
func saidOf(column string) text {
	if column == "state" {
		return "agreement"
	}
	return "visit"
}

// stateInSlack is the same of the state of an agreement.
const stateInSlack = "say it in Slack, on the agreement's card, and leave the cell empty"

// kindsOfRow are the kinds of row.
var kindsOfRow = []string{"visit", "plan", "agreement", marketNote, delivery}

func set(f *visit.Factory, column, to string) {
	*map[string]*string{"factory": &f.Name, "factory_chinese": &f.Chinese, "city": &f.City, "address": &f.Address, "contacts": &f.Contacts, "zone": &f.Zone}[column] = to
}

func entryOfFactory(f *visit.Factory) entry {
	return entry{Factory: text(f.Name), Chinese: text(f.Chinese), City: text(f.City), Address: text(f.Address), Contacts: text(f.Contacts), Zone: text(f.Zone)}
}

// value is what an entry has in a column.
func (e *entry) value(column string) string {
	return reflect.ValueOf(e).Elem().Field(slices.Index(columns, column)).String()
}

func (e *entry) setValue(column, s string) {
	reflect.ValueOf(e).Elem().Field(slices.Index(columns, column)).SetString(s)
}

// sameText reports whether two cells say the same: some programs end lines in another way.
func sameText(a, b string) bool {
	a, b = strings.ReplaceAll(a, "\r\n", "\n"), strings.ReplaceAll(b, "\r\n", "\n")
	return strings.TrimSpace(a) == strings.TrimSpace(b)
}

// checkWord says what an entry was when it was written: letters of which no spreadsheet makes
// a number, a day or a word. Its halves are of the visit or plan and of its factory, which
// other rows change too.
func checkWord(e entry) text {
	own, site := halves(e)
	return text(own + site)
}

const halfWord = 6

func halves(e entry) (own, site string) {
	return letters(e, append([]string{"kind", "number", "factory_number"}, of[string(e.Kind)]...)), letters(e, ofFactory)
}

func letters(e entry, columns []string) string {
	sum := sha256.New()
	for _, column := range columns {
		if column == "unannounced" && e.Unannounced == "" {
			continue // files of before there was the column
		}
		fmt.Fprintf(sum, "%s\x00", e.value(column))
	}
	const from = "BCDFGHJKLMNPQRSTVWXZ"
	word := sum.Sum(nil)[:halfWord]
	for i, b := range word {
		word[i] = from[int(b)%len(from)]
	}
	return string(word)
}

// quoted is a cell in a sentence.
func quoted(s string) string {
	if s == "" {
		return "empty"
	}
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	if strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "\"\ufffd") || strings.Contains(s, "; ") {
		return strconv.Quote(s)
	}
	return s
}

// A comparison compares the rows of a file with what is recorded.
type comparison struct {
	file, workspace string
	kinds           Kinds
	recorded        Recorded

	visits      map[int]*visit.Visit
	plans       map[int]*visit.Plan
	agreements  map[int]*visit.Agreement
	market      map[int]*visit.MarketNote
	deliveries  map[int]*visit.OrderDelivery
	orders      map[thing][]standing   // deliveries that no row has claimed, by order
	factories   map[int]*visit.Factory // as the file corrects them
	corrections map[int]map[string]correction
	lines       map[visit.Subject]int // of numbers
	readers     []*reader
	mistakes    yamlfile.Mistakes
	Import
}

// A correction is what a row wants a cell of a factory to be.
type correction struct {
	line     int
	from, to string
	by       *reader
}

// compare makes of rows what they ask for. The error lists every mistake.
func compare(file string, rows []row, workspace string, kinds Kinds, recorded Recorded) (Import, error) {
	c := &comparison{
		file: file, workspace: workspace, kinds: kinds, recorded: recorded,
		visits: map[int]*visit.Visit{}, plans: map[int]*visit.Plan{}, agreements: map[int]*visit.Agreement{}, market: map[int]*visit.MarketNote{}, deliveries: map[int]*visit.OrderDelivery{}, factories: map[int]*visit.Factory{}, corrections: map[int]map[string]correction{}, lines: map[visit.Subject]int{},
	}
	// What is recorded may be at a factory that was removed.
	for i, v := range recorded.Visits {
		c.visits[v.Number], c.factories[v.Factory.Number] = &recorded.Visits[i], &v.Factory
	}
	for i, p := range recorded.Plans {
		c.plans[p.Number], c.factories[p.Factory.Number] = &recorded.Plans[i], &p.Factory
	}
	for i, a := range recorded.Agreements {
		c.agreements[a.Number], c.factories[a.Factory.Number] = &recorded.Agreements[i], &a.Factory
	}
	for i, n := range recorded.Market {
		c.market[n.Number], c.factories[n.Factory.Number] = &recorded.Market[i], &n.Factory
	}
	for i, d := range recorded.Deliveries {
		c.deliveries[d.Number], c.factories[d.Factory.Number] = &recorded.Deliveries[i], &d.Factory
	}
	for _, f := range recorded.Factories {
		c.factories[f.Number] = &f
	}
	shared := map[string]bool{}
	for _, v := range recorded.Visits {
		shared[v.Channel] = shared[v.Channel] || v.Shared
	}
	for _, p := range recorded.Plans {
		shared[p.Channel] = shared[p.Channel] || p.Shared
	}
	othersRead := func(channel string) bool {
		return shared[channel] || kinds.OthersRead != nil && kinds.OthersRead(channel)
	}
	for _, r := range rows {
		typed := r.entry
		r.Kind, r.Purpose, r.Type = asWord(r.Kind), asWord(r.Purpose), asWord(r.Type)
		r.Number, r.FactoryNumber = asNumber(r.Number), asNumber(r.FactoryNumber)
		rd := &reader{row: r, typed: typed, file: file, workspace: workspace, kinds: kinds, plans: recorded.Plans, othersRead: othersRead}
		c.readers = append(c.readers, rd)
		switch r.Kind {
		case "visit", "plan", "agreement", marketNote, delivery:
			c.begin(rd)
		default:
			rd.oneOf("kind", r.Kind, kindsOfRow)
			rd.done = true
		}
	}
	c.bare()
	c.correct()
	c.checkNamed()
	c.place()
	exists := c.change()
	for _, rd := range c.readers {
		if !rd.done {
			c.add(rd, exists)
		}
		c.mistakes = append(c.mistakes, rd.mistakes...)
		c.Doubts = append(c.Doubts, rd.doubts...)
	}
	if len(c.mistakes) > 0 {
		c.mistakes.Sort()
		return Import{}, c.mistakes
	}
	slices.SortStableFunc(c.Changes, func(a, b Change) int { return cmp.Compare(a.Line, b.Line) })
	return c.Import, nil
}

// aNumber is the number of a visit, a plan or a factory as people and programs write it.
var aNumber = regexp.MustCompile(`^#? ?0*([1-9][0-9]*)(?:\.00?)?$`)

// asNumber is a number as it is exported: ２, 2.0 and #2 are 2.
func asNumber(s text) text {
	if m := aNumber.FindStringSubmatch(strings.TrimSpace(chars.ASCII(string(s)))); m != nil {
		return text(m[1])
	}
	return s
}

// whole reads a number.
func (r *reader) whole(column string, s text) int {
	n, err := strconv.Atoi(string(s))
	if s != "" && (err != nil || n < 1) {
		r.wrongly(column, fmt.Sprintf("%q is not a number", s), "leave it as it was exported, or empty for what is new")
		return -1
	}
	return n
}

// begin finds what a row is about, and of something recorded what the row changes.
func (c *comparison) begin(rd *reader) {
	number, at := rd.whole("number", rd.Number), rd.whole("factory_number", rd.FactoryNumber)
	if number == 0 && at >= 0 {
		c.beginNew(rd, at)
		return
	}
	if number < 0 || at < 0 || !c.find(rd, number) {
		rd.done = true
		return
	}
	was := rd.whole("factory_number", rd.base.FactoryNumber)
	if at == 0 && rd.FactoryNumber == "" && rd.describes(c.factories[was]) {
		rd.asRecorded("factory_number")
	}
	if rd.Exported != "" {
		rd.sinceExported()
	}
	if len(rd.changed) == 0 || len(rd.mistakes) > 0 {
		if len(rd.mistakes) == 0 {
			c.Same++
		}
		rd.done = true
		return
	}
	rd.checkChanged()
	switch {
	case !slices.Contains(rd.changed, "factory_number"):
		c.at(rd, was)
	case rd.Kind != "visit":
		rd.wrongly("factory_number", rd.what()+" stays at its factory", "end it in Slack, and add another in a row without a number")
	default:
		rd.leaves = c.factories[was]
		c.at(rd, at)
	}
}

// beginNew begins a row that is to be added, at a factory or, with 0, one that is named.
func (c *comparison) beginNew(rd *reader, factory int) {
	c.at(rd, factory)
	for _, column := range inProse {
		rd.lost(column, "", "")
	}
	if rd.Outcome != "" || rd.OutcomeWhy != "" {
		rd.doubt("outcome", "the outcome of a visit that is added is not recorded: "+saidInSlack)
	}
}

// what names what the row is.
func (r *reader) what() string { return fmt.Sprintf("%s %d", r.Kind, r.number) }

// find lays a row over what its number names. It reports false where that cannot be changed.
func (c *comparison) find(rd *reader, number int) bool {
	rd.number = number
	base, ended, found := c.recordedAs(string(rd.Kind), number)
	first, twice := c.lines[visit.Subject(rd.what())]
	other, isOther := "", false
	for _, kind := range kindsOfRow {
		if _, _, there := c.recordedAs(kind, number); there && kind != string(rd.Kind) && !isOther {
			other, isOther = kind, true
		}
	}
	switch {
	case !found && isOther:
		rd.wrongly("number", fmt.Sprintf("there is no %s, though there is a %s %d", rd.what(), other, number), "write the kind as it was exported; leave number empty to add one")
	case !found:
		rd.wrongly("number", "there is no "+rd.what(), "leave number empty to add one")
	case ended != "":
		rd.wrongly("number", rd.what()+" "+ended, "take this row out of the file")
	case twice:
		rd.wrongly("number", fmt.Sprintf("%s stands on line %d already", rd.what(), first), "keep one of the two, or leave number empty to add one")
	default:
		c.lines[visit.Subject(rd.what())] = rd.line("number")
		rd.overlay(base)
		return true
	}
	return false
}

// checkChanged refuses columns that a file cannot change.
func (r *reader) checkChanged() {
	for _, column := range r.changed {
		if stays := map[text]string{marketNote: "who wrote ", delivery: "who logged "}[r.Kind]; stays != "" && column == "owner" {
			r.wrongly(column, stays+r.what()+" stays", "leave the cell as it was")
		} else if how := unchangeable[column]; how != "" && !(isSaid(column) && r.Kind != saidOf(column)) {
			r.wrongly(column, fmt.Sprintf("that of %s is %s and cannot be changed by a file", r.what(), quoted(r.base.value(column))), how)
		} else if !slices.Contains(of[string(r.Kind)], column) && !slices.Contains(ofFactory, column) && column != "factory_number" {
			r.wrongly(column, fmt.Sprintf("%s has none", map[text]string{"visit": "a visit", "plan": "a plan", "agreement": "an agreement", marketNote: "a market note", delivery: "a delivery"}[r.Kind]), "leave it empty")
		}
	}
}

// describes reports whether the row can be at a factory.
func (r *reader) describes(f *visit.Factory) bool {
	here := visit.Factory{Name: string(r.Factory), City: string(r.City), Address: string(r.Address)}
	return here.SameSite(f)
}

// asRecorded takes back what the row says in a column.
func (r *reader) asRecorded(column string) {
	r.setValue(column, r.base.value(column))
	r.changed = slices.DeleteFunc(r.changed, func(c string) bool { return c == column })
}

// sinceExported looks whether what is recorded has changed since the file was written. What
// nobody has touched in the file is as it is recorded now. What somebody has, and differs, is
// refused: they have not seen what it is now.
func (r *reader) sinceExported() {
	here := r.normalised()
	own, site := halves(here)
	ownNow, siteNow := halves(*r.base)
	ownThen, siteThen := "", ""
	if len(r.Exported) == 2*halfWord {
		ownThen, siteThen = string(r.Exported[:halfWord]), string(r.Exported[halfWord:])
	}
	var differ []string
	for _, column := range slices.Clone(r.changed) {
		then, now, is := ownThen, ownNow, own
		if slices.Contains(ofFactory, column) {
			then, now, is = siteThen, siteNow, site
		}
		switch {
		case sameText(r.base.value(column), here.value(column)), then != now && then == is:
			r.asRecorded(column)
		case then != now:
			differ = append(differ, fmt.Sprintf("%s is %s now and %s here", column, quoted(r.base.value(column)), quoted(r.value(column))))
		}
	}
	if len(differ) > 0 {
		r.wrongly("exported", fmt.Sprintf("%s has changed since this file was written: %s", r.what(), strings.Join(differ, "; ")), "export again, or empty exported in this row to let the file win")
	}
}

// normalised is the row as it would be exported, where that can be read: a day is written in
// many ways.
func (r *reader) normalised() entry {
	probe := &reader{row: r.row, file: r.file, workspace: r.workspace, kinds: r.kinds, plans: r.plans, number: r.number, base: r.base, changed: r.changed}
	var e entry
	switch r.Kind {
	case "plan":
		p := probe.plan()
		e = entryOfPlan(&p)
	case "agreement":
		a := probe.agreement()
		e = entryOfAgreement(&a)
	case marketNote:
		n := probe.marketNote()
		e = entryOfMarket(&n)
	case delivery:
		d := probe.delivery()
		e = entryOfDelivery(&d)
	default:
		v := probe.visit()
		e = entryOfVisit(&v)
	}
	for _, column := range columns {
		if slices.Contains(probe.noted, column) || !slices.Contains(of[string(r.Kind)], column) {
			e.setValue(column, r.value(column))
		}
	}
	return e
}

// recordedAs is what is recorded, as an entry, and what has ended it.
func (c *comparison) recordedAs(kind string, number int) (e entry, ended string, found bool) {
	if p := c.plans[number]; p != nil && kind == "plan" {
		if p.Ended.IsSet() {
			ended = "has ended"
		}
		return entryOfPlan(p), ended, true
	}
	if a := c.agreements[number]; a != nil && kind == "agreement" {
		if a.Over(c.kinds.Today) {
			ended = "is over"
		}
		return entryOfAgreement(a), ended, true
	}
	if n := c.market[number]; n != nil && kind == marketNote {
		return entryOfMarket(n), "", true
	}
	if d := c.deliveries[number]; d != nil && kind == delivery {
		return entryOfDelivery(d), "", true
	}
	if v := c.visits[number]; v != nil && kind == "visit" {
		if v.Cancelled.IsSet() {
			ended = "is cancelled"
		}
		return entryOfVisit(v), ended, true
	}
	return e, "", false
}

// overlay puts what the file gives over what is recorded. Columns that it lacks are as they
// were; a cell that was emptied empties the field.
func (r *reader) overlay(base entry) {
	r.base = &base
	for _, column := range columns {
		switch {
		case column == "kind" || column == "number" || column == "exported":
		case !r.given(column) || sameText(r.value(column), base.value(column)), isSaid(column) && r.value(column) == "":
			r.setValue(column, base.value(column))
		case r.lost(column, r.what(), base.value(column)):
			r.setValue(column, base.value(column))
		default:
			r.changed = append(r.changed, column)
		}
	}
}

// A thing is what makes a visit or a plan the same as another.
type thing struct {
	kind    string
	site    *visit.Factory
	what    string // purpose or type
	when    string // first day or rule
	channel string
}

// A standing thing is one that exists, by its number or by the line that adds it.
type standing struct {
	number, line int
	ended        bool
	entry
}

func thingOf(kind string, site *visit.Factory, e *entry) thing {
	switch kind {
	case "plan":
		return thing{kind, site, string(e.Type), string(e.Rule), string(e.Channel)}
	case "agreement":
		return thing{kind, site, string(e.Agreement) + " " + string(e.Title), string(e.Signed), string(e.Channel)}
	case marketNote:
		return thing{kind, site, string(e.Note), "", string(e.Channel)}
	case delivery:
		return deliveryThing(site, e)
	}
	return thing{kind, site, string(e.Purpose), string(e.First), string(e.Channel)}
}

// change notes what rows change, and returns what exists once they have.
func (c *comparison) change() map[thing]standing {
	changed := map[string]*Change{}
	for _, rd := range c.readers {
		if rd.base == nil || rd.done {
			continue
		}
		rd.done = true
		ch := c.changeOf(rd)
		if len(ch.Cells) == 0 { // of its factory only, or written otherwise
			c.Same++
			continue
		}
		changed[ch.Of()] = &ch
		c.Changes = append(c.Changes, ch)
	}
	for number := range c.corrections {
		c.Changes = append(c.Changes, c.correctionOf(number))
	}
	exists := map[thing]standing{}
	note := func(kind string, number int, ended bool, e entry, site *visit.Factory) {
		if ch := changed[fmt.Sprintf("%s %d", kind, number)]; ch != nil {
			e, site = ch.to, ch.site
		}
		exists[thingOf(kind, site, &e)] = standing{number: number, ended: ended, entry: e}
	}
	for _, v := range c.recorded.Visits {
		note("visit", v.Number, v.Cancelled.IsSet(), entryOfVisit(&v), c.factories[v.Factory.Number])
	}
	for _, p := range c.recorded.Plans {
		note("plan", p.Number, p.Ended.IsSet(), entryOfPlan(&p), c.factories[p.Factory.Number])
	}
	for _, a := range c.recorded.Agreements {
		note("agreement", a.Number, a.Over(c.kinds.Today), entryOfAgreement(&a), c.factories[a.Factory.Number])
	}
	for _, n := range c.recorded.Market {
		note(marketNote, n.Number, false, entryOfMarket(&n), c.factories[n.Factory.Number])
	}
	for _, d := range c.recorded.Deliveries {
		note(delivery, d.Number, false, entryOfDelivery(&d), c.factories[d.Factory.Number])
	}
	c.orders = c.unclaimed()
	return exists
}

// changeOf is what a row changes of the visit or plan that it numbers.
func (c *comparison) changeOf(rd *reader) Change {
	ch := Change{Line: rd.line("number"), Kind: string(rd.Kind), Number: rd.number, site: rd.site, checklist: c.kinds.Checklist}
	switch rd.Kind {
	case "visit":
		ch.visit = rd.visit()
		ch.to = entryOfVisit(&ch.visit)
	case "agreement":
		ch.agreement = rd.agreement()
		ch.to = entryOfAgreement(&ch.agreement)
		ch.to.State = rd.base.State
	case marketNote:
		ch.marketNote = rd.marketNote()
		ch.to = entryOfMarket(&ch.marketNote)
	case delivery:
		ch.delivery = rd.delivery()
		ch.to = entryOfDelivery(&ch.delivery)
	default:
		ch.plan = rd.plan()
		ch.to = entryOfPlan(&ch.plan)
	}
	if rd.leaves != nil && rd.site != nil {
		to := "that of a new one, " + rd.site.Where(lang.English())
		if rd.site.Number > 0 {
			to = strconv.Itoa(rd.site.Number)
		}
		ch.Cells = append(ch.Cells, Cell{"factory_number", string(rd.base.FactoryNumber), to})
	}
	for _, column := range of[ch.Kind] {
		if slices.Contains(rd.changed, column) && !sameText(rd.base.value(column), ch.to.value(column)) {
			ch.Cells = append(ch.Cells, Cell{column, rd.base.value(column), ch.to.value(column)})
		}
	}
	ch.Title = title(ch.Kind, rd.site, rd.base)
	return ch
}

// correctionOf is what rows change of a factory.
func (c *comparison) correctionOf(number int) Change {
	ch := Change{Kind: "factory", Number: number, Title: c.factories[number].Name}
	for _, column := range ofFactory {
		if cell, ok := c.corrections[number][column]; ok {
			ch.Cells = append(ch.Cells, Cell{column, cell.from, cell.to})
			if ch.Line == 0 || cell.line < ch.Line {
				ch.Line = cell.line
			}
		}
	}
	return ch
}

// add adds what a row without a number is, unless it exists.
func (c *comparison) add(rd *reader, exists map[thing]standing) {
	ch := Change{Line: rd.line("kind"), Kind: string(rd.Kind)}
	var v visit.Visit
	var p visit.Plan
	var a visit.Agreement
	var n visit.MarketNote
	var d visit.OrderDelivery
	switch rd.Kind {
	case "visit":
		v = rd.visit()
		ch.to = entryOfVisit(&v)
	case "agreement":
		a = rd.agreement()
		ch.to = entryOfAgreement(&a)
	case marketNote:
		n = rd.marketNote()
		ch.to = entryOfMarket(&n)
	case delivery:
		d = rd.delivery()
		ch.to = entryOfDelivery(&d)
	default:
		p = rd.plan()
		ch.to = entryOfPlan(&p)
	}
	if len(rd.mistakes) > 0 {
		return
	}
	is := thingOf(ch.Kind, rd.site, &ch.to)
	old, there := exists[is]
	if rd.Kind == delivery {
		old, there = c.delivered(rd.site, &ch.to, exists)
	}
	if there {
		c.Same++
		rd.tellOf(old, &ch.to)
		return
	}
	exists[is] = standing{line: ch.Line, entry: ch.to}
	if ahead := rd.Kind == "plan" || !v.Last.Before(c.kinds.Today); ahead && ch.to.Owner == "" {
		rd.doubt("owner", fmt.Sprintf("the %s is nobody's, and nobody is asked how it went; write the id of whoever plans it", ch.Kind))
	}
	ch.Title = title(ch.Kind, rd.site, &ch.to)
	c.Changes = append(c.Changes, ch)
	switch rd.Kind {
	case "visit":
		c.Visits = append(c.Visits, v)
	case "agreement":
		c.Agreements = append(c.Agreements, a)
	case marketNote:
		c.Market = append(c.Market, n)
	case delivery:
		c.Deliveries = append(c.Deliveries, d)
	default:
		c.Plans = append(c.Plans, p)
	}
}

// tellOf says of a row that adds nothing what it says otherwise than what is there.
func (r *reader) tellOf(old standing, here *entry) {
	kind := string(r.Kind)
	what := fmt.Sprintf("%s %d", kind, old.number)
	if old.line > 0 {
		r.doubt("kind", fmt.Sprintf("the same %s is on line %d", kind, old.line))
		return
	}
	if old.ended {
		r.doubt("kind", fmt.Sprintf("%s is the same and was ended or cancelled; resume or restore it in Slack", what))
		return
	}
	for _, column := range of[kind] {
		if r.value(column) != "" && !sameText(old.value(column), here.value(column)) {
			r.doubt(column, fmt.Sprintf("%s is there already and has %s, which stays; write %d in the column number to change it", what, quoted(old.value(column)), old.number))
		}
	}
}

// title is what something is called where it is told of.
func title(kind string, site *visit.Factory, e *entry) string {
	name := string(e.Factory)
	if site != nil {
		name = site.Name
		if site.City != "" {
			name += ", " + site.City
		}
	}
	switch kind {
	case "plan":
		return fmt.Sprintf("%s: %s, %s", name, e.Type, e.Rule)
	case "agreement":
		return fmt.Sprintf("%s: %s, %s", name, e.Agreement, e.Title)
	case marketNote:
		return fmt.Sprintf("%s: %s", name, quoted(string(e.Note)))
	case delivery:
		return fmt.Sprintf("%s: order %s, confirmed for %s", name, e.Order, e.Confirmed)
	}
	return fmt.Sprintf("%s: %s on %s", name, e.Purpose, e.First)
}
