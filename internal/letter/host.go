package letter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/civil"
	"visitprep/internal/role"
	"visitprep/internal/visit"
)

// HostBriefs is the file with the sentences of what a factory is told before a visit.
const HostBriefs = "host"

// A Purpose is what a host may be told that a visit is for.
type Purpose struct {
	ID     string
	agenda string   // the kind of its agenda
	ofWhat bool     // it can name an order
	From   []string // templates of checklists whose lines for the host go with it
}

// Purposes are those that a host can be told, in the order of the form. They are no purposes of
// ours: what we call an audit of a social kind is one of these, or another.
func Purposes() []Purpose {
	return []Purpose{
		{"exchange", "visit", false, []string{"relationship"}},
		{"first", "visit", false, []string{"first_visit"}},
		{"before-order", "visit", true, []string{"first_visit"}},
		{"inspection", "inspection", true, []string{"pre_shipment"}},
		{"audit", "audit", false, []string{"supplier_audit"}},
		{"trial", "trial", false, []string{"initial_production"}},
		{"follow-up", "visit", false, []string{"follow_up"}},
	}
}

// PurposeOf is the purpose with the id.
func PurposeOf(id string) (Purpose, bool) {
	ps := Purposes()
	at := slices.IndexFunc(ps, func(p Purpose) bool { return p.ID == id })
	if at < 0 {
		return Purpose{}, false
	}
	return ps[at], true
}

// Lunches are the ids of what can be said about lunch, and Diets those of what people eat.
func Lunches() []string { return []string{"canteen", "own"} }

// Diets are described at Lunches.
func Diets() []string { return []string{"vegetarian", "no-pork", "halal", "no-seafood", "nuts"} }

// HostPhrase is a sentence of the brief in both languages.
func (b *Book) HostPhrase(id string, en, zh Values) visit.Bilingual {
	return visit.Bilingual{ZH: b.Say(HostBriefs, id, Chinese, zh), EN: b.Say(HostBriefs, id, English, en)}
}

// PurposePhrase is a purpose without its order.
func (b *Book) PurposePhrase(id string) visit.Bilingual { return b.HostPhrase("purpose-"+id, nil, nil) }

// DietPhrase is what somebody eats.
func (b *Book) DietPhrase(id string) visit.Bilingual { return b.HostPhrase("diet-"+id, nil, nil) }

// RolePhrase is the title of somebody who plays a part on a visit.
func (b *Book) RolePhrase(r role.Role) visit.Bilingual {
	return b.HostPhrase("role-"+string(r), nil, nil)
}

// ArrivalOn and DepartureOn are what most people do: they arrive on the evening before the first
// day, and leave in the afternoon of the last.
func (b *Book) ArrivalOn(first civil.Date) visit.Bilingual {
	return b.onDay("arrival", first.AddDays(-1))
}

// DepartureOn is described at ArrivalOn.
func (b *Book) DepartureOn(last civil.Date) visit.Bilingual { return b.onDay("departure", last) }

func (b *Book) onDay(id string, d civil.Date) visit.Bilingual {
	return b.HostPhrase(id, Values{"day": Day(d, English)}, Values{"day": Day(d, Chinese)})
}

// Agenda is the usual one of a visit for some purposes: so many days, at most
// [visit.MaxHostDays] of them. The first purpose fills the days, the last one the last day.
func (b *Book) Agenda(purposes []string, days int) (ds []visit.HostDay) {
	kind := func(i int) string {
		if len(purposes) == 0 {
			return "visit"
		}
		p, _ := PurposeOf(purposes[i])
		return p.agenda
	}
	days = min(days, visit.MaxHostDays)
	for n := range days {
		id := "agenda-next"
		switch {
		case days == 1:
			id = "agenda-" + kind(0) + "-one"
		case n == 0:
			id = "agenda-" + kind(0) + "-first"
		case n == days-1:
			id = "agenda-" + kind(max(len(purposes)-1, 0)) + "-last"
		}
		ds = append(ds, agendaOf(b.HostPhrase(id, nil, nil)))
	}
	return ds
}

// agendaOf is a day of an agenda in both languages, whose lines have the same hours.
func agendaOf(p visit.Bilingual) (d visit.HostDay) {
	en := strings.Split(p.EN, "\n")
	for i, line := range strings.Split(p.ZH, "\n") {
		at, zh, _ := strings.Cut(line, " ")
		_, english, _ := strings.Cut(en[i], " ")
		d.Lines = append(d.Lines, visit.HostLine{Time: at, Bilingual: visit.Bilingual{ZH: zh, EN: english}})
	}
	return d
}

// checkAgenda reports a day of an agenda whose languages do not have the same hours.
func (f *file) checkAgenda(w *writtenSentence, at ...any) {
	if f.spec.file != HostBriefs || !strings.HasPrefix(w.ID, "agenda-") {
		return
	}
	hours := func(text string) (hs []string) {
		for line := range strings.Lines(text) {
			h, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if d, err := visit.ParseHostDay(0, line); err != nil || len(d.Lines) != 1 || d.Lines[0].Time != h || rest == "" {
				h = "?" + line
			}
			hs = append(hs, h)
		}
		return hs
	}
	en, zh := hours(w.EN), hours(w.ZH)
	if !slices.Equal(en, zh) || slices.ContainsFunc(en, func(h string) bool { return strings.HasPrefix(h, "?") }) {
		f.report(fmt.Sprintf("%s does not have the same hours in en and zh", w.ID), "write a line each, such as 9:30 检验 and 9:30 inspection", at...)
	}
}

// A Row is a paragraph of a brief for a host in both languages.
type Row struct{ ZH, EN string }

// A HostText is what a factory is told before a visit.
type HostText struct {
	Rows []Row
	// Missing are the lines, as they were typed, that have no Chinese and are left out of it.
	Missing []string
}

// In is the text in a language: one paragraph a line.
func (t *HostText) In(l Lang) string {
	var lines []string
	for _, r := range t.Rows {
		text := r.EN
		if l == Chinese {
			text = r.ZH
		}
		if text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}

// Host writes what a factory is told. changes are what is another than in the version before; none
// of a first version.
func (b *Book) Host(h *visit.Host, changes []visit.HostChange) *HostText {
	w := hostWriter{book: b, h: h, t: new(HostText)}
	w.changed(changes)
	w.opening()
	w.who()
	w.travel()
	w.agenda()
	w.prepare()
	w.manners()
	w.say("answers", Values{"day": Day(h.ReplyBy, English)}, Values{"day": Day(h.ReplyBy, Chinese)})
	return w.t
}

// A hostWriter writes one brief.
type hostWriter struct {
	book *Book
	h    *visit.Host
	t    *HostText
}

// say adds a sentence in both languages.
func (w *hostWriter) say(id string, en, zh Values) {
	p := w.book.HostPhrase(id, en, zh)
	w.add(p.ZH, p.EN)
}

func (w *hostWriter) add(zh, en string) { w.t.Rows = append(w.t.Rows, Row{zh, en}) }

// label adds what stands behind a heading, unless there is nothing.
func (w *hostWriter) label(id, place string, of texts) {
	zh, en := "", ""
	if len(of.zh) > 0 {
		zh = w.book.Say(HostBriefs, id, Chinese, Values{place: of.Chinese()})
	}
	if len(of.en) > 0 {
		en = w.book.Say(HostBriefs, id, English, Values{place: of.English()})
	}
	if zh+en != "" {
		w.add(zh, en)
	}
}

// texts are parts of a paragraph.
type texts struct{ zh, en []string }

func (t *texts) Chinese() string { return strings.Join(t.zh, "；") }
func (t *texts) English() string { return strings.Join(t.en, "; ") }

func (t *texts) add(p visit.Bilingual) {
	if p.ZH != "" {
		t.zh = append(t.zh, bare(p.ZH))
	}
	if en := p.EN; en != "" {
		t.en = append(t.en, bare(en))
	} else if p.ZH != "" {
		t.en = append(t.en, bare(p.ZH))
	}
}

// typed adds what somebody typed. What has no Chinese is left out of it, and named.
func (w *hostWriter) typed(t *texts, p visit.Bilingual) {
	if p.ZH == "" && p.EN != "" {
		w.t.Missing = append(w.t.Missing, p.EN)
	}
	t.add(p)
}

// name is what somebody typed where a name needs no Chinese: it stands in both languages.
func name(p visit.Bilingual) visit.Bilingual {
	if p.ZH == "" {
		p.ZH = p.EN
	}
	return p
}

func (w *hostWriter) changed(changes []visit.HostChange) {
	if len(changes) == 0 {
		return
	}
	var t texts
	for _, c := range changes {
		var en, zh Values
		if c == visit.HostDaysChanged {
			en, zh = w.days(English), w.days(Chinese)
		}
		t.add(w.book.HostPhrase("changed-"+string(c), en, zh))
	}
	w.say("changed", Values{"changes": strings.Join(t.en, ", ")}, Values{"changes": strings.Join(t.zh, "，")})
}

func (w *hostWriter) days(in Lang) Values { return Values{"days": Days(w.h.First, w.h.Last, in)} }

// opening greets, and says when we come. English greets only who has a name in it.
func (w *hostWriter) opening() {
	var zh, en []string
	for _, to := range w.h.To {
		if to.ZH != "" {
			zh = append(zh, to.ZH)
		} else {
			w.t.Missing = append(w.t.Missing, to.EN)
		}
		if to.EN != "" {
			en = append(en, to.EN)
		}
	}
	greeting := w.book.Say(HostBriefs, "greeting-nobody", Chinese, nil)
	if len(zh) > 0 {
		greeting = w.book.Say(HostBriefs, "greeting", Chinese, Values{"to": strings.Join(zh, "、")})
	}
	open := w.book.HostPhrase("open", w.days(English), w.days(Chinese))
	if len(en) > 0 {
		open.EN = w.book.Say(HostBriefs, "greeting", English, Values{"to": strings.Join(en, ", ")}) + " " + open.EN
	}
	open.EN = begun(open.EN)
	w.add(greeting+open.ZH, open.EN)
}

func (w *hostWriter) who() {
	var company, purposes, people texts
	company.add(name(w.h.Company))
	w.label("company", "company", company)
	for _, id := range w.h.Purposes {
		switch p, ok := PurposeOf(id); {
		case !ok:
		case p.ofWhat && w.h.Order != "":
			v := Values{"order": w.h.Order}
			purposes.add(w.book.HostPhrase("purpose-"+id+"-of", v, v))
		default:
			purposes.add(w.book.PurposePhrase(id))
		}
	}
	w.label("purpose", "purposes", purposes)
	for _, p := range w.h.People {
		if p.ZH == "" { // everybody is counted, and a name needs no Chinese
			short, title, _ := strings.Cut(p.EN, ",")
			if title != "" {
				w.t.Missing = append(w.t.Missing, p.EN)
			}
			p.ZH = strings.TrimSpace(short)
		}
		people.add(p)
	}
	number := strconv.Itoa(len(w.h.People))
	w.say("people", Values{"number": number, "people": people.English()}, Values{"number": number, "people": people.Chinese()})
}

func (w *hostWriter) travel() {
	var t, place texts
	w.typed(&t, w.h.Arrival)
	w.typed(&t, w.h.Departure)
	w.label("travel", "travel", t)
	switch w.h.Transport {
	case visit.OwnCar:
		w.say("transport-own", nil, nil)
	case visit.PickUp:
		w.typed(&place, w.h.Pickup)
		w.label("transport-pickup", "place", place)
	}
}

// agenda is all days in one paragraph. A month is named once.
func (w *hostWriter) agenda() {
	var zhDays, enDays []string
	month := civil.Date{}
	for i, d := range w.h.Days {
		day := w.h.First.AddDays(i)
		if day.After(w.h.Last) {
			break
		}
		var t texts
		for _, l := range d.Lines {
			p := l.Bilingual
			if p.ZH != "" {
				p.ZH = l.Time + " " + p.ZH
			}
			if p.EN != "" {
				p.EN = l.Time + " " + p.EN
			}
			if p.ZH == "" {
				w.t.Missing = append(w.t.Missing, p.EN)
			}
			t.add(p)
		}
		if len(t.zh) > 0 {
			head := WeekDay(day, Chinese)
			if month.Month == day.Month && month.Year == day.Year {
				_, head, _ = strings.Cut(head, "月")
			}
			month = day
			zhDays = append(zhDays, head+" "+strings.Join(t.zh, " → "))
		}
		if len(t.en) > 0 {
			enDays = append(enDays, WeekDay(day, English)+": "+t.English())
		}
	}
	var all texts
	if len(zhDays) > 0 {
		all.zh = []string{strings.Join(zhDays, "。")}
	}
	if len(enDays) > 0 {
		all.en = []string{strings.Join(enDays, ". ")}
	}
	w.label("agenda", "agenda", all)
}

// prepare are numbered lines; those that only English has come last, so that a number is of the
// same line in both.
func (w *hostWriter) prepare() {
	var t texts
	n := 0
	number := func(p visit.Bilingual) {
		n++
		p = Prepared(p, w.h)
		if p.EN == "" {
			p.EN = p.ZH
		}
		if p.ZH != "" {
			p.ZH = circled(n) + " " + p.ZH
		}
		p.EN = fmt.Sprintf("(%d) %s", n, p.EN)
		t.add(p)
	}
	for _, p := range w.h.Prepare {
		if p.ZH != "" {
			number(p)
		}
	}
	for _, p := range w.h.Prepare {
		if p.ZH == "" {
			w.t.Missing = append(w.t.Missing, p.EN)
			number(p)
		}
	}
	w.label("prepare", "prepare", t)
}

// Prepared is what h asks to prepare with its days in their places.
func Prepared(p visit.Bilingual, h *visit.Host) visit.Bilingual {
	last := Day(h.Last, Chinese)
	if h.First.Month == h.Last.Month && h.First.Year == h.Last.Year {
		_, last, _ = strings.Cut(last, "月") // the month has been named
	}
	zh := strings.NewReplacer("{ready}", Day(h.Ready, Chinese), "{last}", last)
	en := strings.NewReplacer("{ready}", Day(h.Ready, English), "{last}", Day(h.Last, English))
	return visit.Bilingual{ZH: zh.Replace(p.ZH), EN: en.Replace(p.EN)}
}

// circled is a number in a circle, as far as there are such.
func circled(n int) string {
	if n <= 20 {
		return string(rune('①' + n - 1))
	}
	return strconv.Itoa(n) + "."
}

// manners is what makes a visit easy for both sides: photos, shoes, food, gifts, and whom to call.
func (w *hostWriter) manners() {
	if w.h.Photos {
		w.say("photos", nil, nil)
	}
	switch {
	case !w.h.Safety:
	case len(w.h.Shoes) == 0:
		w.say("safety", nil, nil)
	default:
		var sizes []string
		for _, s := range w.h.Shoes {
			sizes = append(sizes, strconv.Itoa(s))
		}
		w.say("safety-sizes", Values{"sizes": strings.Join(sizes, ", ")}, Values{"sizes": strings.Join(sizes, "、")})
	}
	var food, contact texts
	if slices.Contains(Lunches(), w.h.Lunch) {
		food.add(w.book.HostPhrase("lunch-"+w.h.Lunch, nil, nil))
	}
	for _, d := range w.h.Diet {
		w.typed(&food, d)
	}
	if w.h.NoAlcohol {
		food.add(w.book.HostPhrase("no-alcohol", nil, nil))
	}
	w.label("food", "food", food)
	if w.h.NoGifts {
		w.say("no-gifts", nil, nil)
	}
	contact.add(name(w.h.Contact))
	w.label("contact", "contact", contact)
}

func hostSpec() spec {
	s := spec{HostBriefs, []need{
		{"greeting", []string{"to"}}, {"greeting-nobody", nil},
		{"open", []string{"days"}},
		{"changed", []string{"changes"}},
		{"changed-days", []string{"days"}}, {"changed-people", nil}, {"changed-agenda", nil}, {"changed-arrival", nil}, {"changed-other", nil},
		{"company", []string{"company"}},
		{"purpose", []string{"purposes"}},
		{"people", []string{"number", "people"}},
		{"travel", []string{"travel"}},
		{"arrival", []string{"day"}}, {"departure", []string{"day"}},
		{"transport-own", nil}, {"transport-pickup", []string{"place"}},
		{"agenda", []string{"agenda"}}, {"agenda-next", nil},
		{"prepare", []string{"prepare"}},
		{"photos", nil}, {"safety", nil}, {"safety-sizes", []string{"sizes"}},
		{"food", []string{"food"}}, {"no-alcohol", nil}, {"no-gifts", nil},
		{"contact", []string{"contact"}},
		{"answers", []string{"day"}},
	}}
	add := func(id string, places ...string) { s.sentences = append(s.sentences, need{id, places}) }
	for _, p := range Purposes() {
		add("purpose-" + p.ID)
		if p.ofWhat {
			add("purpose-"+p.ID+"-of", "order")
		}
		for _, day := range []string{"one", "first", "last"} {
			if id := "agenda-" + p.agenda + "-" + day; !slices.ContainsFunc(s.sentences, func(n need) bool { return n.id == id }) {
				add(id)
			}
		}
	}
	for _, r := range role.All() {
		add("role-" + string(r))
	}
	for _, id := range Lunches() {
		add("lunch-" + id)
	}
	for _, id := range Diets() {
		add("diet-" + id)
	}
	return s
}
