package visit

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// AgendaOn is what the agenda has for one day of the visit. An agenda is prose: people write
// "Day 1: 09:30 …", "Mon 8 March", "第二天" or nothing of the kind. What stands before the
// first day, and an agenda that names none, is for every day.
func (v *Visit) AgendaOn(d civil.Date) string {
	var parts []string
	on := []civil.Date(nil) // the days that the text is about; none is all
	named := false
	for line := range strings.SplitSeq(v.Agenda, "\n") {
		for _, piece := range splitAtDays(line) {
			if days, rest, ok := v.daysNamed(piece); ok {
				on, named, piece = days, true, rest
			}
			if piece = strings.TrimSpace(piece); piece != "" && (!named || slices.Contains(on, d)) {
				parts = append(parts, piece)
			}
		}
	}
	return strings.Join(parts, "\n")
}

const (
	dayCount = `(\d{1,2}|one|two|three|four|five|six|seven)`
	endOfDay = `\s*(?:[:：.)\-–—]+\s*|$)`
)

var (
	dayNumber  = regexp.MustCompile(`(?i)^(?:\W*)days?\s*` + dayCount + `(?:\s*(?:-|–|to|and|&|\+)\s*(?:day\s*)?` + dayCount + `)?(?:\s*\([^)]{0,40}\)|,[^:：\d]{0,40})?` + endOfDay)
	dayAlone   = regexp.MustCompile(`(?i)^(?:\W*)days?\s*` + dayCount + endOfDay)
	dayOrdinal = regexp.MustCompile(`(?i)^\W*(first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th|6th|7th)\s+day` + endOfDay)
	dayChinese = regexp.MustCompile(`^\W*第\s*([一二三四五六七]|\d{1,2})\s*天[:：,，、\s]*`)
	// dayInLine is where the next day begins within a line: a number of a day before a colon.
	dayInLine = regexp.MustCompile(`(?i)\bdays?\s*` + dayCount + `(?:\s*\([^)]{0,40}\))?\s*[:：]|第\s*(?:[一二三四五六七]|\d{1,2})\s*天`)
	dayDate   = regexp.MustCompile(`(?i)^\W*(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b)?[\s,.]*(?:(?:(\d{1,2})(?:st|nd|rd|th)?[.\s]+(?:of\s+)?` + monthName + `[a-z]*|` + monthName + `[a-z]*\s+(\d{1,2})(?:st|nd|rd|th)?|\d{4}-(\d{2})-(\d{2})|(\d{1,2})\.(\d{1,2})\.)(?:[\s,]*\d{2,4})?)?(?:\s*\([^)]{0,40}\))?` + endOfDay)
)

const monthName = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`

var (
	counted  = []string{"one", "two", "three", "four", "five", "six", "seven"}
	ordinals = []string{"first", "second", "third", "fourth", "fifth"}
	months   = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	hanziOne = []string{"一", "二", "三", "四", "五", "六", "七"}
)

// splitAtDays cuts a line before each day that it names.
func splitAtDays(line string) []string {
	var pieces []string
	from := 0
	for _, at := range dayInLine.FindAllStringIndex(line, -1) {
		if at[0] > from {
			pieces = append(pieces, line[from:at[0]])
		}
		from = at[0]
	}
	return append(pieces, line[from:])
}

// daysNamed are the days of the visit with whose name a piece of its agenda begins, and what
// follows the name. Days that are none of the visit's are named too, and none.
func (v *Visit) daysNamed(piece string) (days []civil.Date, rest string, ok bool) {
	plain := chars.ASCII(piece)
	if len(plain) != len(piece) { // offsets would not be those of piece
		plain = piece
	}
	nth := func(n int) {
		if n >= 1 && n <= v.Last.Sub(v.First)+1 {
			days = append(days, v.First.AddDays(n-1))
		}
	}
	m := dayNumber.FindStringSubmatch(plain)
	if m != nil && m[2] != "" && strings.HasSuffix(m[0], ":") && startsWithDigit(piece[len(m[0]):]) { // "Day 1 - 09:30" has an hour, and no day 9
		m = dayAlone.FindStringSubmatch(plain)
	}
	if m != nil {
		first := dayCounted(m[1])
		last := first
		if len(m) > 2 {
			last = max(first, dayCounted(m[2]))
		}
		for n := first; n <= last; n++ {
			nth(n)
		}
		return days, piece[len(m[0]):], true
	}
	if m := dayOrdinal.FindStringSubmatch(plain); m != nil {
		n := slices.Index(ordinals, strings.ToLower(m[1])) + 1
		if n == 0 {
			n, _ = strconv.Atoi(m[1][:1])
		}
		nth(n)
		return days, piece[len(m[0]):], true
	}
	if m := dayChinese.FindStringSubmatch(piece); m != nil {
		n := slices.Index(hanziOne, m[1]) + 1
		if n == 0 {
			n, _ = strconv.Atoi(m[1])
		}
		nth(n)
		return days, piece[len(m[0]):], true
	}
	m = dayDate.FindStringSubmatch(plain)
	if m == nil || m[1] == "" && m[2] == "" && m[5] == "" && m[6] == "" && m[8] == "" {
		return nil, piece, false
	}
	for d := v.First; !d.After(v.Last); d = d.AddDays(1) {
		if dateNames(m, d) {
			days = append(days, d)
		}
	}
	// A weekday alone may be a name or a habit: "Mon team dinner" is no day of this visit.
	if len(days) == 0 && m[2] == "" && m[5] == "" && m[6] == "" && m[8] == "" {
		return nil, piece, false
	}
	return days, piece[len(m[0]):], true
}

func startsWithDigit(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }

// dayCounted reads 1 to 99 or "one" to "seven"; 0 is neither.
func dayCounted(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return slices.Index(counted, strings.ToLower(s)) + 1
}

// dateNames reports whether what dayDate found is the day d: by its date, or by its weekday
// where no date stands there.
func dateNames(m []string, d civil.Date) bool {
	day, month := 0, time.Month(0)
	switch {
	case m[2] != "":
		day, _ = strconv.Atoi(m[2])
		month = time.Month(slices.Index(months, strings.ToLower(m[3])) + 1)
	case m[5] != "":
		day, _ = strconv.Atoi(m[5])
		month = time.Month(slices.Index(months, strings.ToLower(m[4])) + 1)
	case m[6] != "":
		n, _ := strconv.Atoi(m[6])
		month = time.Month(n)
		day, _ = strconv.Atoi(m[7])
	case m[8] != "":
		day, _ = strconv.Atoi(m[8])
		n, _ := strconv.Atoi(m[9])
		month = time.Month(n)
	default:
		return strings.EqualFold(m[1], d.Weekday().String()[:3])
	}
	return d.Day == day && d.Month == month
}
