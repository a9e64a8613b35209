package letter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/civil"
)

// FactoryLetters and WeChat are files of sentences: those of the letter after a visit, and those
// of short texts on one of its points.
const (
	FactoryLetters = "factory"
	WeChat         = "wechat"
)

// A Text is what somebody typed, in one or in both languages.
type Text struct{ EN, ZH string }

// IsZero reports whether it says nothing.
func (t Text) IsZero() bool { return t == Text{} }

// In is the text in a language. Where it has none, the other one stands for it: nothing is
// translated.
func (t Text) In(l Lang) string {
	if l == Chinese && t.ZH != "" || t.EN == "" {
		return t.ZH
	}
	return t.EN
}

// lacks reports whether it says something that is not there in Chinese.
func (t Text) lacks() bool { return t.EN != "" && t.ZH == "" }

// A Severity is the class of a point.
type Severity string

// The severities; Idea is of what is no fault.
const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
	Idea     Severity = "idea"
)

// A Letter is what is told to a factory after a visit. Whatever it has the factory may read.
type Letter struct {
	To        Text       // as they are addressed: Mr Wang, 王总
	Escort    Text       // who looked after us: Manager Li, 李经理; perhaps nobody
	First     civil.Date // of the visit
	Last      civil.Date // the same for one day
	Strengths []Text     // what was good: parts of a sentence, at least one
	Points    []Point
	From      string // who signs
}

// A Point is a finding as the factory reads it.
type Point struct {
	Severity    Severity
	Seen        Text // what was seen; photos are named at the end of its first line
	Bad         int  // pieces
	Checked     int  // pieces; 0 where nobody counted
	Photos      []int
	Requirement Text
	Request     Text // what is asked besides the fixed sentence of the severity, or in its place
	AnswerBy    civil.Date
	// LotBy is until when it is to be told what becomes of the lot, at five in the afternoon at the
	// factory; the zero Date where nobody asks.
	LotBy civil.Date
}

// A Part is what a text in a letter is of.
type Part string

// The parts of a letter that somebody types. The last three are of a point.
const (
	PartTo          Part = "to"
	PartEscort      Part = "escort"
	PartStrength    Part = "strength"
	PartSeen        Part = "text"
	PartRequirement Part = "requirement"
	PartRequest     Part = "request"
)

// A Missing is a text for which a letter has no Chinese.
type Missing struct {
	Part Part
	N    int    // of the strength or the point, from 1
	EN   string // what stands in the place of the Chinese
}

// MissingChinese are the texts for which the letter has no Chinese, in its order.
func (l *Letter) MissingChinese() (ms []Missing) {
	add := func(p Part, n int, t Text) {
		if t.lacks() {
			ms = append(ms, Missing{p, n, t.EN})
		}
	}
	add(PartTo, 0, l.To)
	add(PartEscort, 0, l.Escort)
	for i, s := range l.Strengths {
		add(PartStrength, i+1, s)
	}
	for i, p := range l.Points {
		add(PartSeen, i+1, p.Seen)
		add(PartRequirement, i+1, p.Requirement)
		add(PartRequest, i+1, p.Request)
	}
	return ms
}

// Letter writes the letter: paragraphs of one line each, without a mark of where it came from.
func (b *Book) Letter(l *Letter, in Lang) string {
	w := writer{b, in, l}
	paragraphs := []string{w.opening(), w.intro()}
	for i := range l.Points {
		paragraphs = append(paragraphs, w.point(i))
	}
	return strings.Join(append(paragraphs, w.say("closing", nil), l.From), "\n")
}

// PhotoLabel is what stands below a photo that a letter names by its number.
func (b *Book) PhotoLabel(number int, in Lang) string {
	return b.Say(FactoryLetters, "photo-label", in, Values{"number": strconv.Itoa(number)})
}

// A writer writes one letter in one language.
type writer struct {
	book *Book
	in   Lang
	l    *Letter
}

func (w writer) say(id string, v Values) string { return w.book.Say(FactoryLetters, id, w.in, v) }

func (w writer) opening() string {
	text := w.say("greeting", Values{"to": w.l.To.In(w.in)})
	if w.in == Chinese {
		text += "\n"
	} else {
		text += " "
	}
	thanks := Values{"days": Days(w.l.First, w.l.Last, w.in)}
	if w.l.Escort.IsZero() {
		text += w.say("thanks", thanks)
	} else {
		thanks["escort"] = w.l.Escort.In(w.in)
		text += w.say("thanks-escort", thanks)
	}
	if n := len(w.l.Strengths); n == 1 {
		text += w.gap() + w.say("strength", Values{"strength": bare(w.l.Strengths[0].In(w.in))})
	} else if n > 1 {
		text += w.gap() + w.say("strengths", Values{"number": capital(Number(n, w.in)), "strengths": w.strengths()})
	}
	return text
}

// gap is what stands between two sentences.
func (w writer) gap() string {
	if w.in == Chinese {
		return ""
	}
	return " "
}

// strengths are all of them as one sentence.
func (w writer) strengths() string {
	var parts []string
	for i, s := range w.l.Strengths {
		text := bare(s.In(w.in))
		if w.in == Chinese {
			text = w.say("strength-item", Values{"number": ordinal(i + 1), "strength": text})
		} else {
			text = w.say("strength-item", Values{"number": strconv.Itoa(i + 1), "strength": text})
		}
		parts = append(parts, text)
	}
	if w.in == Chinese {
		return strings.Join(parts, "；")
	}
	return strings.Join(parts, "; ")
}

func (w writer) intro() string {
	if len(w.l.Points) == 1 {
		return w.say("intro-one", nil)
	}
	return w.say("intro", Values{"number": Number(len(w.l.Points), w.in)})
}

// point is the paragraph of the point at the place i.
func (w writer) point(i int) string {
	p := &w.l.Points[i]
	first, rest, _ := strings.Cut(p.Seen.In(w.in), "\n")
	seen := strings.TrimRight(first, " .。")
	if p.Checked > 0 && !hasNumbers(p.Seen.In(w.in), p.Bad, p.Checked) {
		seen = w.say("count", Values{"seen": seen, "bad": strconv.Itoa(p.Bad), "checked": strconv.Itoa(p.Checked)})
	}
	switch len(p.Photos) {
	case 0:
	case 1:
		seen += w.say("photo", Values{"number": strconv.Itoa(p.Photos[0])})
	default:
		seen += w.say("photos", Values{"numbers": w.numbers(p.Photos)})
	}
	parts := append([]string{seen}, strings.Split(rest, "\n")...)
	parts = append(parts, p.Requirement.In(w.in))
	parts = append(parts, w.asks(p)...)
	head := w.say("label", Values{"number": strconv.Itoa(i + 1), "class": w.say(p.class(), nil)})
	if w.in == Chinese {
		return head + w.sentences(parts)
	}
	return head + " " + w.sentences(parts)
}

// class is the id of the sentence that names how bad the point is.
func (p *Point) class() string {
	switch p.Severity {
	case Critical, Major, Minor, Idea:
		return string(p.Severity)
	}
	return "unsorted"
}

// asks is what the point asks of the factory: the fixed sentence of its severity, then what
// somebody typed. Where that names the day of the answer, or the point is no grave one, it says
// all that is asked.
func (w writer) asks(p *Point) []string {
	grave := p.Severity == Critical || p.Severity == Major
	typed := p.Request.In(w.in)
	if typed != "" && (!grave || strings.Contains(typed, Day(p.AnswerBy, w.in))) {
		return []string{typed}
	}
	switch day := Day(p.AnswerBy, w.in); {
	case !grave && p.Severity != Minor:
		return nil
	case !grave:
		return []string{w.say("ask-next-lot", nil)}
	case p.LotBy.IsZero():
		return []string{w.say("ask-cause", Values{"day": day}), typed}
	default:
		return []string{w.say("ask-lot-and-cause", Values{"lot": WeekDay(p.LotBy, w.in), "day": day}), typed}
	}
}

// sentences puts parts together, each with a full stop. One that begins with a comma or a
// semicolon goes on with the sentence before it.
func (w writer) sentences(parts []string) string {
	text := ""
	for _, p := range parts {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		switch r, _ := utf8.DecodeRuneInString(p); {
		case text == "":
			text = begun(p)
		case strings.ContainsRune(",;:，；：、", r):
			text = strings.TrimRight(text, ".。") + p
		default:
			text = w.ended(text) + w.gap() + begun(p)
		}
	}
	return w.ended(text)
}

// begun is a sentence with its capital, which people leave out in forms.
func begun(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsLower(r) && (unicode.IsLower(next) || next == ' ') {
		return string(unicode.ToUpper(r)) + s[n:]
	}
	return s
}

// ended is a sentence with its full stop.
func (w writer) ended(s string) string {
	r, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case s == "" || strings.ContainsRune(".。!！?？…;；", r):
		return s
	case w.in == Chinese && r > unicode.MaxASCII:
		return s + "。"
	}
	return s + "."
}

// numbers is a list of the numbers of photos.
func (w writer) numbers(ns []int) string {
	var parts []string
	for _, n := range ns {
		parts = append(parts, strconv.Itoa(n))
	}
	if w.in == Chinese {
		return strings.Join(parts, "、")
	}
	return strings.Join(parts, ", ")
}

// bare is a part of a sentence without a full stop.
func bare(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".。;；") }

// hasNumbers reports whether a text names all of some numbers.
func hasNumbers(text string, ns ...int) bool {
	fields := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
	for _, n := range ns {
		found := false
		for _, f := range fields {
			found = found || f == strconv.Itoa(n)
		}
		if !found {
			return false
		}
	}
	return true
}

// Number is how many things there are: three, 三; above ten in digits.
func Number(n int, in Lang) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	if in == Chinese {
		words = []string{"零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"}
	}
	if n < 0 || n >= len(words) {
		return strconv.Itoa(n)
	}
	return words[n]
}

// ordinal is the place in a Chinese list: 二 where a number is 两.
func ordinal(n int) string {
	if n == 2 {
		return "二"
	}
	return Number(n, Chinese)
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// Day is a day without its year: 15 March, 3月15日.
func Day(d civil.Date, in Lang) string {
	if in == Chinese {
		return fmt.Sprintf("%d月%d日", d.Month, d.Day)
	}
	return d.Format("2 January")
}

// WeekDay is a day with the day of the week: Wednesday 17 March, 3月17日（周三）.
func WeekDay(d civil.Date, in Lang) string {
	if in == Chinese {
		return Day(d, in) + "（周" + []string{"日", "一", "二", "三", "四", "五", "六"}[d.Weekday()] + "）"
	}
	return d.Format("Monday 2 January")
}

// Days are the days from one to another: 15–16 March, 3月15日至16日.
func Days(first, last civil.Date, in Lang) string {
	same := first.Month == last.Month && first.Year == last.Year
	switch {
	case last.IsZero() || first == last:
		return Day(first, in)
	case in == Chinese && same:
		return fmt.Sprintf("%s至%d日", Day(first, in), last.Day)
	case in == Chinese:
		return Day(first, in) + "至" + Day(last, in)
	case same:
		return fmt.Sprintf("%d–%s", first.Day, Day(last, in))
	}
	return Day(first, in) + " – " + Day(last, in)
}

func factorySpec() spec {
	return spec{FactoryLetters, []need{
		{"greeting", []string{"to"}},
		{"thanks", []string{"days"}},
		{"thanks-escort", []string{"days", "escort"}},
		{"strength", []string{"strength"}},
		{"strengths", []string{"number", "strengths"}},
		{"strength-item", []string{"number?", "strength"}},
		{"intro-one", nil},
		{"intro", []string{"number"}},
		{"label", []string{"number", "class"}},
		{"critical", nil}, {"major", nil}, {"minor", nil}, {"idea", nil}, {"unsorted", nil},
		{"count", []string{"seen", "bad", "checked"}},
		{"photo", []string{"number"}},
		{"photos", []string{"numbers"}},
		{"photo-label", []string{"number"}},
		{"ask-lot-and-cause", []string{"lot", "day"}},
		{"ask-cause", []string{"day"}},
		{"ask-next-lot", nil},
		{"closing", nil},
	}}
}
