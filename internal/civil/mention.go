package civil

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// A Mention is a day that a sentence names, or the first and last of several in a row.
type Mention struct {
	First, Last Date
	// Other is what the same words can mean too, as 3/4 can; zero where they mean one day.
	Other Date

	fromYear, toYear bool // whether the words name the year
	start, end       int  // in the plain sentence
}

// longestRun bounds the days of a mention.
const longestRun = 62

// Mentions finds the days that a sentence names, in the order in which they stand there, and
// returns what else it says, in lower case. A day without a year is the next one from today
// on; so is a day of the week.
func Mentions(sentence string, today Date) (found []Mention, rest string) {
	s := plainSentence(sentence)
	var b strings.Builder
	at := 0
	for at < len(s) {
		m, ok := firstMention(s[at:], today)
		if !ok {
			break
		}
		b.WriteString(s[at:at+m.start] + " ")
		m.start, m.end = m.start+at, m.end+at
		at = m.end
		found = append(found, m)
	}
	b.WriteString(s[at:])
	return joined(s, found), strings.Join(strings.Fields(b.String()), " ")
}

// plainSentence brings the signs of one meaning to one form.
func plainSentence(s string) string {
	s = sentenceWriting.Replace(strings.ToLower(width.Fold.String(s)))
	return strings.Join(strings.Fields(s), " ")
}

var sentenceWriting = strings.NewReplacer("–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-", "’", "'", "号", "日", "號", "日")

const (
	monthWord   = `(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?`
	dayNumber   = `(\d{1,2})(?:st|nd|rd|th)?`
	yearNumber  = `(?:,? (?:in )?(20\d\d))?\b`
	weekdayWord = `(mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs?|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)`
	ofWeek      = `(?:` + weekdayWord + `,? )?`
	through     = ` ?(?:-|to|until|till|through|and|or) ?`
)

// A writing is a way in which days stand in a sentence.
type writing struct {
	form *regexp.Regexp
	read func(part []string, today Date) (Mention, bool)
}

var writings = []writing{
	{regexp.MustCompile(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`), func(p []string, today Date) (Mention, bool) {
		return numbered(p[1], p[2], p[3], today)
	}},
	{regexp.MustCompile(`\b\d{1,2}([-/.])\d{1,2}([-/.])(?:\d{4}|\d{2})\b`), func(p []string, _ Date) (Mention, bool) {
		days := readingsOf(p[0])
		if p[1] != p[2] || len(days) == 0 || len(days) > 2 {
			return Mention{}, false
		}
		if p[1] == "." { // with points the day comes first everywhere
			days = slices.DeleteFunc(days, func(d Date) bool {
				n, _, _ := strings.Cut(p[0], ".")
				return strconv.Itoa(d.Day) != strings.TrimLeft(n, "0")
			})
		}
		if len(days) == 0 {
			return Mention{}, false
		}
		m := Mention{First: days[0], Last: days[0], fromYear: true, toYear: true}
		if len(days) == 2 {
			m.Other = days[1]
		}
		return m, true
	}},
	{regexp.MustCompile(`(?:(20\d\d) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?日?`), func(p []string, today Date) (Mention, bool) {
		return numbered(p[1], p[2], p[3], today)
	}},
	{regexp.MustCompile(`\b` + ofWeek + `(?:the )?` + dayNumber + through + ofWeek + `(?:the )?` + dayNumber + ` ?(?:of )?` + monthWord + yearNumber), func(p []string, today Date) (Mention, bool) {
		return run(p[6], p[5], p[2], p[5], p[4], today)
	}},
	{regexp.MustCompile(`\b` + monthWord + ` (?:the )?` + dayNumber + through + `(?:the )?` + dayNumber + `\b` + yearNumber), func(p []string, today Date) (Mention, bool) {
		return run(p[4], p[1], p[2], p[1], p[3], today)
	}},
	{regexp.MustCompile(`\b` + ofWeek + `(?:the )?` + dayNumber + `[ -]?(?:of )?` + monthWord + `(?:-(20\d\d))?` + yearNumber), func(p []string, today Date) (Mention, bool) {
		return run(p[4]+p[5], p[3], p[2], p[3], p[2], today)
	}},
	{regexp.MustCompile(`\b` + ofWeek + monthWord + ` (?:the )?` + dayNumber + `\b` + yearNumber), func(p []string, today Date) (Mention, bool) {
		return run(p[4], p[2], p[3], p[2], p[3], today)
	}},
	{regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})\b`), func(p []string, today Date) (Mention, bool) {
		m, ok := numbered("", p[2], p[1], today)
		n, also := numbered("", p[1], p[2], today)
		if !ok {
			return n, also
		}
		if also && n.First != m.First {
			m.Other = n.First
		}
		return m, true
	}},
	{regexp.MustCompile(`\b(\d{1,2})\.(\d{1,2})\.(?:[^\d]|$)`), func(p []string, today Date) (Mention, bool) {
		return numbered("", p[2], p[1], today)
	}},
	{regexp.MustCompile(`\b(the day after tomorrow|day after tomorrow|today|tomorrow|yesterday)\b`), func(p []string, today Date) (Mention, bool) {
		d := today.AddDays(map[string]int{"today": 0, "tomorrow": 1, "yesterday": -1}[p[1]])
		if strings.HasSuffix(p[1], "after tomorrow") {
			d = today.AddDays(2)
		}
		return Mention{First: d, Last: d}, true
	}},
	{regexp.MustCompile(`\b(?:(this coming|the coming|coming|this|next|a) )?` + weekdayWord + `\b`), func(p []string, today Date) (Mention, bool) {
		return ofTheWeek(p[1] == "next", weekdayOf(p[2]), today), true
	}},
	{regexp.MustCompile(`\b(this|next|the|the coming) weekend\b`), func(p []string, today Date) (Mention, bool) {
		d := today.AddDays((int(time.Saturday) - int(today.Weekday()) + 7) % 7)
		if today.Weekday() == time.Sunday {
			d = today.AddDays(-1)
		}
		if p[1] == "next" {
			d = d.AddDays(7)
		}
		return Mention{First: d, Last: d.AddDays(1)}, true
	}},
	{regexp.MustCompile(`\b(chinese |lunar )?(christmas eve|christmas day|christmas|xmas|boxing day|new year'?s eve|new year'?s day)` + yearNumber), func(p []string, today Date) (Mention, bool) {
		days := map[string][2]string{
			"christmas eve": {"12", "24"}, "christmas day": {"12", "25"}, "christmas": {"12", "25"}, "xmas": {"12", "25"}, "boxing day": {"12", "26"},
			"new years eve": {"12", "31"}, "new years day": {"1", "1"},
		}
		d, ok := days[strings.ReplaceAll(p[2], "'", "")]
		if !ok || p[1] != "" {
			return Mention{}, false
		}
		return numbered(p[3], d[0], d[1], today)
	}},
}

// firstMention is the mention that begins first in s; of those that begin together the one
// whose writing stands first.
func firstMention(s string, today Date) (first Mention, ok bool) {
	for _, w := range writings {
		at := w.form.FindStringSubmatchIndex(s)
		if at == nil || ok && at[0] >= first.start {
			continue
		}
		parts := make([]string, len(at)/2)
		for i := range parts {
			if at[2*i] >= 0 {
				parts[i] = s[at[2*i]:at[2*i+1]]
			}
		}
		if m, read := w.read(parts, today); read {
			m.start, m.end = at[0], at[1]
			first, ok = m, true
		}
	}
	return first, ok
}

// beyond are the writings of a day that names its month, for those that the month does not have:
// the part with the day, the month and the year.
var beyond = []struct {
	form             *regexp.Regexp
	day, month, year int
}{
	{regexp.MustCompile(`\b(?:the )?` + dayNumber + `[ -]?(?:of )?` + monthWord + yearNumber), 1, 2, 3},
	{regexp.MustCompile(`\b` + monthWord + ` (?:the )?` + dayNumber + `\b` + yearNumber), 2, 1, 3},
	{regexp.MustCompile(`\b(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b`), 3, 2, 1},
	{regexp.MustCompile(`(?:(20\d\d) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?日?`), 3, 2, 1},
}

// NoSuchDay finds a day in a sentence that its month does not have, such as 31 April, and
// returns the last one that it has and what else the sentence says, in lower case. Without a
// year it is the next such month from today on.
func NoSuchDay(sentence string, today Date) (last Date, rest string, ok bool) {
	s := plainSentence(sentence)
	for _, w := range beyond {
		at := w.form.FindStringSubmatchIndex(s)
		if at == nil {
			continue
		}
		part := func(n int) (v int, named bool) {
			if at[2*n] < 0 {
				return 0, false
			}
			word := s[at[2*n]:at[2*n+1]]
			if v, err := strconv.Atoi(word); err == nil {
				return v, true
			}
			return int(monthOf(word)), true
		}
		day, _ := part(w.day)
		month, _ := part(w.month)
		year, named := part(w.year)
		if month < 1 || month > 12 {
			continue
		}
		lastOf := func(year int) Date { return On(year, time.Month(month)+1, 1).AddDays(-1) }
		if !named {
			if year = today.Year; lastOf(year).Before(today) {
				year++
			}
			if month == 2 && day == 29 { // some year has it
				continue
			}
		}
		if last = lastOf(year); day > last.Day {
			return last, strings.Join(strings.Fields(s[:at[0]]+" "+s[at[1]:]), " "), true
		}
	}
	return Date{}, "", false
}

// numbered is a day of these numbers; without a year it is the next one.
func numbered(year, month, day string, today Date) (Mention, bool) {
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if year != "" {
		y, _ := strconv.Atoi(year)
		date := Date{y, time.Month(m), d}
		return Mention{First: date, Last: date, fromYear: true, toYear: true}, y > 0 && date == On(y, time.Month(m), d)
	}
	for y := today.Year; y <= today.Year+8; y++ { // 29 February comes at most eight years later
		if date := (Date{y, time.Month(m), d}); date == On(y, time.Month(m), d) && !date.Before(today) {
			return Mention{First: date, Last: date}, true
		}
	}
	return Mention{}, false
}

// run is a day, or several in a row, by the names of the months. Without a year it is the
// next one that is not over.
func run(year, fromMonth, fromDay, toMonth, toDay string, today Date) (Mention, bool) {
	number := func(month string) string { return strconv.Itoa(int(monthOf(strings.TrimSuffix(month, ".")))) }
	last, ok := numbered(year, number(toMonth), toDay, today)
	if !ok {
		return last, false
	}
	first, ok := numbered(strconv.Itoa(last.First.Year), number(fromMonth), fromDay, today)
	last.First = first.First
	return last, ok && !last.First.After(last.Last)
}

func weekdayOf(word string) time.Weekday {
	return time.Weekday(slices.IndexFunc(weekdays[:], func(names []string) bool { return strings.HasPrefix(names[0], word[:3]) }))
}

// ofTheWeek is the coming day of that name, which may be today. With "next" people mean
// that of the coming week, and where one is still to come in this week some mean that.
func ofTheWeek(next bool, w time.Weekday, today Date) Mention {
	ahead := (int(w) - int(today.Weekday()) + 7) % 7
	d := today.AddDays(ahead)
	if !next {
		return Mention{First: d, Last: d}
	}
	if ahead == 0 {
		d = d.AddDays(7)
		return Mention{First: d, Last: d}
	}
	m := Mention{First: d, Last: d}
	if fromMonday := (int(today.Weekday()) + 6) % 7; fromMonday+ahead < 7 {
		m.Other = d.AddDays(7)
	}
	return m
}

// joined makes one mention of two that stand as the ends of a run: "between … and …",
// "from … to …".
func joined(s string, found []Mention) []Mention {
	for i := 0; i+1 < len(found); i++ {
		a, b := found[i], found[i+1]
		before := strings.Fields(s[:a.start])
		opens := len(before) > 0 && slices.Contains([]string{"between", "from"}, before[len(before)-1])
		link := strings.TrimSpace(s[a.end:b.start])
		links := slices.Contains([]string{"-", "to", "until", "till", "through"}, link) || opens && link == "and"
		if !links || !a.Other.IsZero() || !b.Other.IsZero() {
			continue
		}
		if b.toYear && !a.fromYear {
			a.First = On(b.First.Year, a.First.Month, a.First.Day)
			if a.First.After(b.Last) {
				a.First = On(b.First.Year-1, a.First.Month, a.First.Day)
			}
		}
		if a.fromYear && !b.toYear {
			if y := On(a.First.Year, b.Last.Month, b.Last.Day); !y.Before(a.First) {
				b.Last = y
			} else {
				b.Last = On(a.First.Year+1, b.Last.Month, b.Last.Day)
			}
		}
		if !a.fromYear && !b.toYear && a.First.After(b.Last) {
			// The first has begun already: the last is this year's.
			if y := On(a.First.Year-1, a.First.Month, a.First.Day); !y.After(b.Last) && b.Last.Sub(y) < longestRun {
				a.First = y
			}
		}
		if a.First.After(b.Last) || b.Last.Sub(a.First) >= longestRun {
			continue
		}
		a.Last, a.toYear, a.end = b.Last, b.toYear, b.end
		found[i] = a
		found = slices.Delete(found, i+1, i+2)
		i--
	}
	return found
}
