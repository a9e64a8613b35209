package holiday

import (
	"slices"
	"strings"
	"unicode"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A Question asks whether days are worked.
type Question struct {
	days  []civil.Mention
	none  civil.Date // the last day of a month, where a day is asked for that it does not have
	today civil.Date // the asker's
}

// maxAsked is how many days one answer tells of.
const maxAsked = 3

// Read reads a question that is about days and nothing else. Any word that is not one of
// such a question makes it another: "is 10 October a working day" asks the calendar,
// "deposit due on 10 October" does not. Today is the asker's.
func Read(words string, today civil.Date) (Question, bool) {
	if !onlyWords(words) {
		return Question{}, false
	}
	q, rest, ok := daysOf(words, today)
	return q, ok && asksForDays(wordsOf(rest))
}

// ReadOn reads what asks the same of other days as a question before it: "and on a Sunday?".
func ReadOn(words string, today civil.Date) (Question, bool) {
	if !onlyWords(words) {
		return Question{}, false
	}
	q, rest, ok := daysOf(words, today)
	for _, w := range wordsOf(rest) {
		if !fillers[w] && w != "what" && w != "how" {
			return Question{}, false
		}
	}
	return q, ok
}

// daysOf are the days in a sentence, or the one that does not exist, and what else it says. It
// reports false where there is none, or more than is asked at once.
func daysOf(words string, today civil.Date) (q Question, rest string, ok bool) {
	q.today = today
	if q.none, rest, ok = civil.NoSuchDay(words, today); ok {
		others, _ := civil.Mentions(rest, today)
		return q, rest, len(others) == 0 && !strings.ContainsAny(rest, "0123456789")
	}
	q.days, rest = civil.Mentions(words, today)
	return q, rest, len(q.days) > 0 && len(q.days) <= maxAsked && !strings.ContainsAny(rest, "0123456789")
}

// The words of a question about days. What is none of them makes it another question.
var (
	// telling say by themselves that it is about a day.
	telling = chars.WordSet(`working workday workdays open opened opening back closed close closes closing shut holiday holidays off
		business weekday makeup operating operate operates running worked 放假 假期 节假日 上班 工作日 休息 开工 调休`)
	// perhaps say so where nothing is asked of the visit or the work itself.
	perhaps = chars.WordSet(`work works visit visiting inspect inspection tour`)
	// places are those whose days are China's.
	places = chars.WordSet(`factory factories plant plants supplier suppliers supplier's manufacturer manufacturers china chinese they them their
		mainland prc vendor vendors workshop 中国 工厂`)
	ours    = chars.WordSet(`i we us our my me you your office company`)
	running = chars.WordSet(`working running operating`) // also said of programs and machines
	fillers = chars.WordSet(`is are was were will would be been it its it's that this these there a an the in on at for of by to from until till through
		between and or also too then do does did don't doesn't can could may should shall if know tell please hi hello hey
		just still really actually already usually normally normal people everyone anybody all any some day days date dates
		offices companies workers staff bank banks customs government over as not isn't aren't won't
		public national official legal statutory regular ordinary good possible ok okay fine have has got get make up about whether
		so here now year no yes again another
		是 吗 不 要 会 否 还 是不是 是否 要不要`)
	asking = chars.WordSet(`what which how`)
	// dated are the words of the days themselves; what is left of them beside the days counts
	// as any other word.
	dated = chars.WordSet(`january february march april may june july august september october november december
		jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday
		mon tue tues wed thu thur thurs fri sat sun today tomorrow yesterday after next coming weekend
		christmas xmas eve boxing new year's years st nd rd th 月 日 号 年`)
)

// wordsOf are the words of a sentence in lower case; Chinese is divided by the words we know.
func wordsOf(sentence string) []string {
	sentence = strings.ReplaceAll(strings.ToLower(sentence), "’", "'")
	var words []string
	for w := range strings.FieldsFuncSeq(sentence, func(c rune) bool { return !unicode.IsLetter(c) && c != '\'' && c != '%' && c != '$' && c != '€' }) {
		if w = strings.Trim(w, "'"); strings.IndexFunc(w, func(c rune) bool { return unicode.Is(unicode.Han, c) }) != 0 {
			words = append(words, w)
			continue
		}
		for w != "" {
			n := len(w)
			for n > 0 && !knownWord(w[:n]) {
				n--
			}
			if n == 0 {
				return append(words, w)
			}
			words, w = append(words, w[:n]), w[n:]
		}
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

func knownWord(w string) bool {
	return fillers[w] || telling[w] || perhaps[w] || places[w] || asking[w] || ours[w] || dated[w]
}

// maxQuestion is the longest sentence that is about a day and nothing else, in bytes.
const maxQuestion = 200

// MayAsk reports whether Read or ReadOn can find a question about days in words. It is quick,
// and needs no day.
func MayAsk(words string) bool { return onlyWords(words) }

// onlyWords reports whether a sentence has the words of such a question and no other. Most
// questions have another soon, so that they cost little.
func onlyWords(sentence string) bool {
	if len(sentence) > maxQuestion {
		return false
	}
	for _, w := range wordsOf(sentence) {
		if !knownWord(w) {
			return false
		}
	}
	return true
}

// asksForDays reports whether the words beside a day ask whether it is worked.
func asksForDays(words []string) bool {
	has := func(set map[string]bool) bool {
		return slices.ContainsFunc(words, func(w string) bool { return set[w] })
	}
	for i, w := range words {
		switch {
		case dated[w] && !fillers[w]:
			return false // of a day that was not understood
		case asking[w] && i == 0 && len(words) > 1 && words[1] == "about":
		case w == "how", asking[w] && !has(telling):
			return false
		}
	}
	visits := slices.ContainsFunc(words, func(w string) bool { return perhaps[w] && !strings.HasPrefix(w, "work") })
	switch {
	case has(ours) && !has(places) && !visits: // our own office's days are not China's
		return false
	case slices.Contains(words, "it") && !has(places) && !slices.ContainsFunc(words, func(w string) bool { return telling[w] && !running[w] || w == "day" }):
		return false // "is it working today" is asked of a program
	}
	return has(telling) || has(perhaps)
}

// A Reply is what the calendar says to a question.
type Reply struct {
	Sentences []string // for people; a paragraph each
	Entry     string   // the id of the advice that says more
	Plan      bool     // whether a visit could be planned for one of the days
}

// Answer answers a question about days. It reports false where the years are not known.
func (c *Calendar) Answer(p *lang.Printer, q Question) (Reply, bool) {
	r := Reply{Entry: "travel-dates-official-breaks"}
	if !q.none.IsZero() {
		r.Sentences = append(r.Sentences, p.T("There is no such day: that month ends on %s.", longDay(q.none)))
		return r, true
	}
	var days []civil.Mention
	for _, m := range q.days {
		days = append(days, m)
		if !m.Other.IsZero() {
			r.Sentences = append(r.Sentences, p.T("This can mean %s or %s.", longDay(m.First), longDay(m.Other)))
			days = append(days, civil.Mention{First: m.Other, Last: m.Other})
		}
	}
	q.days = days
	for _, m := range q.days {
		if m.First.Year < firstYear || m.Last.Year > lastYear {
			return Reply{}, false
		}
		if m.First == m.Last {
			c.answerDay(p, &r, m.First)
		} else {
			c.answerRun(p, &r, m.First, m.Last)
		}
	}
	for _, m := range q.days {
		if newYear, ok := c.slowIn(m.First, m.Last); ok {
			r.Sentences = append(r.Sentences, p.T("Around Chinese New Year (%s) factories stop for longer than the law says. Ask yours when it runs normally.", dayAs(newYear, "2 January 2006")))
			r.Entry, r.Plan = "travel-dates-new-year-closure", false
			break
		}
	}
	r.Plan = r.Plan && !q.days[0].Last.Before(q.today)
	for _, m := range q.days {
		c.addUnannounced(p, &r, m.First, m.Last)
	}
	return r, true
}

// The years of which the calendar says something: from the first that was kept to where
// guessing would be all that is left.
const firstYear, lastYear = 2015, 2100

// longDay is a day as it is named in an answer.
func longDay(d civil.Date) lang.Date { return dayAs(d, "Monday 2 January 2006") }

func (c *Calendar) slowIn(first, last civil.Date) (civil.Date, bool) {
	for d := first; !d.After(last); d = d.AddDays(1) {
		if newYear, ok := c.slow(d); ok {
			return newYear, true
		}
	}
	return civil.Date{}, false
}

// answerDay says of one day whether offices work, and when they do next.
func (c *Calendar) answerDay(p *lang.Printer, r *Reply, d civil.Date) {
	day, _ := c.Day(d)
	switch {
	case day.Off:
		r.Entry = entryOf(c.Breaks(d, d)[0])
		s := p.T("%s is a day off in China: %s.", longDay(d), p.T(day.Name))
		if day.Expected {
			s = p.T("%s is expected to be a day off in China: %s.", longDay(d), p.T(day.Name))
		}
		r.Sentences = append(r.Sentences, p.T("%s The next working day is %s.", s, longDay(c.nextWorking(d))))
	case day.MakeUp:
		r.Entry, r.Plan = "travel-dates-makeup-days", true
		r.Sentences = append(r.Sentences, p.T("%s is a working day in China, although it is a weekend: offices make up for %s.", longDay(d), p.T(day.Name)))
	case c.Working(d):
		r.Plan = true
		if d.Month == 12 && d.Day >= 24 && d.Day <= 26 {
			r.Entry = "travel-dates-christmas"
		}
		r.Sentences = append(r.Sentences, p.T("%s is a working day in China.", longDay(d)))
	default:
		r.Entry = "travel-dates-makeup-days"
		r.Sentences = append(r.Sentences, p.T("%s is a weekend day, and offices in China are closed. Many factories work on Saturdays, fewer on Sundays: ask yours. The next working day is %s.", longDay(d), longDay(c.nextWorking(d))))
	}
}

// answerRun says which of several days in a row are off.
func (c *Calendar) answerRun(p *lang.Printer, r *Reply, first, last civil.Date) {
	works := 0
	var makeUps []string
	for d := first; !d.After(last); d = d.AddDays(1) {
		switch {
		case c.MakeUp(d):
			makeUps = append(makeUps, p.T("%s", longDay(d)))
			works++
		case c.Working(d):
			works++
		}
	}
	breaks := c.Breaks(first, last)
	r.Plan = r.Plan || works > 0
	days := span(p, first, last)
	switch {
	case len(breaks) == 0 && works == 0:
		r.Sentences = append(r.Sentences, p.T("%s: this is a weekend, and offices in China are closed. Many factories work on Saturdays, fewer on Sundays: ask yours.", days))
		r.Entry = "travel-dates-makeup-days"
	case len(breaks) == 0:
		r.Sentences = append(r.Sentences, p.T("%s: no public holiday in China falls on these days.", days))
	case works == 0:
		r.Sentences = append(r.Sentences, p.T("%s: all of these are days off in China, for %s. The next working day is %s.", days, p.T(breaks[0].Name), longDay(c.nextWorking(last))))
	default:
		r.Sentences = append(r.Sentences, p.T("%s: offices in China are closed on some of these days.", days))
		for _, b := range breaks {
			r.Sentences = append(r.Sentences, p.T("%s: %s.", p.T(b.Name), span(p, b.First, b.Last)))
		}
	}
	if len(breaks) > 0 {
		r.Entry = entryOf(breaks[0])
	}
	for _, d := range makeUps {
		r.Sentences = append(r.Sentences, p.T("%s is worked although it is a weekend.", d))
	}
}

// nearHoliday is within how many days of a holiday a notice may still change which days are
// worked.
const nearHoliday = 10

// addUnannounced says, once, that the days off near these are not announced yet.
func (c *Calendar) addUnannounced(p *lang.Printer, r *Reply, first, last civil.Date) {
	if last.Year <= c.announced || len(c.Breaks(first.AddDays(-nearHoliday), last.AddDays(nearHoliday))) == 0 {
		return
	}
	s := p.T("The days off of %d are not announced yet, as far as I know. Verify them at www.gov.cn before you book.", last.Year)
	if !slices.Contains(r.Sentences, s) {
		r.Sentences = append(r.Sentences, s)
	}
}

// nextWorking is the first day after d on which offices work.
func (c *Calendar) nextWorking(d civil.Date) civil.Date {
	for d = d.AddDays(1); !c.Working(d); d = d.AddDays(1) {
	}
	return d
}

// entryOf is the advice about a break.
func entryOf(b Break) string {
	switch {
	case strings.Contains(b.Name, "National Day"):
		return "travel-dates-golden-week"
	case strings.Contains(b.Name, "Spring Festival"):
		return "travel-dates-new-year-closure"
	}
	return "travel-dates-short-breaks"
}

// span writes a run of days, short where both are of one month.
func span(p *lang.Printer, first, last civil.Date) string {
	switch {
	case first == last:
		return p.T("%s", dayAs(first, "2 January 2006"))
	case first.Year != last.Year:
		return p.T("%s to %s", dayAs(first, "2 January 2006"), dayAs(last, "2 January 2006"))
	case first.Month != last.Month:
		return p.T("%s to %s", dayAs(first, "2 January"), dayAs(last, "2 January 2006"))
	}
	return p.T("%s to %s", dayAs(first, "2"), dayAs(last, "2 January 2006"))
}
