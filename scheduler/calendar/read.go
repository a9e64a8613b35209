package calendar

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
)

// examples shows the forms to somebody who wrote something else.
const examples = `write it as "every 3 months from 2027-01-31", "every 2 weeks on Monday", "third Thursday of every quarter", "last working day of the month" or "yearly on 3 March"`

// Parse reads a rule as String writes it, and what people write that means the same on
// whatever day it is read. Without a time it is 09:00. The error is a sentence for the
// person who wrote the rule.
func Parse(text string) (Rule, error) { return read(text, civil.Date{}, false) }

// Read reads a rule as people say it: "every quarter", "monthly on the 5th", "last working
// day of every month". Where it does not say from when, it is from today on. What can mean
// two things is refused with a way of writing each.
func Read(text string, today civil.Date) (Rule, error) {
	if kept, err := Parse(text); err == nil && sameWords(text, kept.text) {
		return kept, nil // a rule that was read before keeps its days
	}
	return read(text, today, false)
}

// sameWords reports whether text is a rule as it is written, perhaps without its hour.
func sameWords(text, written string) bool {
	plain := func(s string) string {
		return strings.TrimSuffix(strings.ToLower(strings.Join(strings.Fields(chars.ASCII(s)), " ")), " at 09:00")
	}
	return plain(text) == plain(written)
}

// read reads a rule; a proposed one makes no proposals of its own.
func read(text string, today civil.Date, proposed bool) (Rule, error) {
	text = strings.Join(strings.Fields(chars.ASCII(text)), " ")
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) == 0 {
		return Rule{}, lang.Errorf("there is no rule; %s", lang.Errorf(examples))
	}
	switch first := fields[0]; {
	case strings.HasPrefix(first, "tz=") || strings.HasPrefix(first, "cron_tz="):
		return Rule{}, lang.Errorf("a rule has no %s: the zone has a field of its own", strings.ToUpper(strings.SplitN(first, "=", 2)[0]))
	case strings.HasPrefix(first, "@"):
		return Rule{}, lang.Errorf("%q is a short form that is not supported; %s", text, lang.Errorf(examples))
	case isCron(text, fields):
		return parseCron(text)
	}
	s := sentence{text: clip(text), today: today, proposed: proposed, all: wordsOf(fields), hour: usualHour}
	s.words = s.all
	if err := s.read(); err != nil {
		return Rule{}, err
	}
	if s.working {
		var err error
		if s.china, err = holiday.China(); err != nil {
			return Rule{}, err
		}
	}
	r, err := s.rule()
	if err != nil {
		return Rule{}, err
	}
	r.text = r.written()
	return r, nil
}

// clip keeps a mistake short that quotes what was written.
func clip(text string) string {
	if rs := []rune(text); len(rs) > 60 {
		return string(rs[:59]) + "…"
	}
	return text
}

// isCron tells a cron line from a sentence that begins with a number.
func isCron(text string, fields []string) bool {
	sentences := chars.WordSet(`of every each per a an the on in at and from starting since day days week weeks month months quarter quarters year years
		times x weekly monthly quarterly yearly working`)
	return strings.ContainsAny(text[:1], "0123456789*") && (strings.Contains(text, "*") || len(fields) == 5) &&
		!slices.ContainsFunc(fields, func(w string) bool { return sentences[strings.Trim(w, ",.;")] })
}

var (
	weekdayRange = regexp.MustCompile(`^([a-z]+)-([a-z]+)$`)
	numberWord   = regexp.MustCompile(`^(\d{1,3})-?([a-z]+)$`)
	asOrdinal    = regexp.MustCompile(`^(\d{1,2})(st|nd|rd|th|\.)$`)
	fullDate     = regexp.MustCompile(`^\d{1,4}([-/.])(\d{1,2}|[a-z]{3,9})[-/.]\d{1,4}\.?$|^\d{1,4}年`)
	quarterWord  = regexp.MustCompile(`^q([1-4])$`)
	dayAndMonth  = regexp.MustCompile(`^(\d{1,2})([./])(\d{1,2})\.?$`)
	clockWord    = regexp.MustCompile(`^(\d{1,2})(?::(\d{2}))?([ap]m|h)?$`)
)

// wordsOf takes a sentence apart, without what only separates.
func wordsOf(fields []string) (words []string) {
	for _, f := range fields {
		f = strings.TrimLeft(strings.TrimRight(f, ",;:!?)\"'"), "(\"'")
		switch f = strings.TrimSuffix(strings.ReplaceAll(f, "&", "and"), "'s"); {
		case f == "" || f == "-":
		case asOrdinal.MatchString(f) || fullDate.MatchString(f) || dayAndMonth.MatchString(f):
			words = append(words, f)
		case known(strings.ReplaceAll(f, "-", "")):
			words = append(words, strings.ReplaceAll(f, "-", ""))
		case weekdayRange.MatchString(f):
			m := weekdayRange.FindStringSubmatch(f)
			if _, day := weekdayOf(m[1]); day {
				words = append(words, m[1], "to", m[2])
				break
			}
			words = append(words, m[1], m[2])
		case numberWord.MatchString(f) && !clockWord.MatchString(f):
			m := numberWord.FindStringSubmatch(f)
			words = append(words, m[1], m[2])
		default:
			words = append(words, strings.FieldsFunc(strings.Trim(f, "."), func(r rune) bool {
				return r == ',' || (r == '-' || r == '/') && !strings.ContainsAny(f, "0123456789") // "end-of-month"
			})...)
		}
	}
	return words
}

// known reports whether a word without its hyphen is one of ours.
func known(w string) bool {
	_, adverb := adverbs()[w]
	_, ordinal := ordinalOf(w)
	_, unit := units()[w]
	return adverb || ordinal || unit || strings.HasPrefix(w, "workingday")
}

// An interval is every so many days, weeks or months.
type interval struct {
	n    int
	unit unit
	// quarter is set where a quarter of the calendar is meant, and year where a year is.
	quarter, year bool
}

type unit int

const (
	noUnit unit = iota
	day
	week
	month
)

func units() map[string]interval {
	return map[string]interval{
		"day": {n: 1, unit: day}, "days": {n: 1, unit: day},
		"week": {n: 1, unit: week}, "weeks": {n: 1, unit: week}, "wk": {n: 1, unit: week}, "wks": {n: 1, unit: week},
		"fortnight": {n: 2, unit: week}, "fortnights": {n: 2, unit: week},
		"month": {n: 1, unit: month}, "months": {n: 1, unit: month}, "mth": {n: 1, unit: month}, "mths": {n: 1, unit: month},
		"quarter": {n: 3, unit: month, quarter: true}, "quarters": {n: 3, unit: month, quarter: true},
		"halfyear": {n: 6, unit: month}, "halfyears": {n: 6, unit: month},
		"year": {n: 12, unit: month, year: true}, "years": {n: 12, unit: month, year: true}, "yr": {n: 12, unit: month, year: true}, "yrs": {n: 12, unit: month, year: true},
	}
}

// adverbs are words for what is said with "every". Those with an empty interval mean two
// things.
func adverbs() map[string]interval {
	return map[string]interval{
		"daily": {n: 1, unit: day}, "weekly": {n: 1, unit: week}, "fortnightly": {n: 2, unit: week},
		"monthly": {n: 1, unit: month}, "quarterly": {n: 3, unit: month, quarter: true},
		"halfyearly": {n: 6, unit: month}, "semiannually": {n: 6, unit: month}, "semiannual": {n: 6, unit: month},
		"yearly": {n: 12, unit: month, year: true}, "annually": {n: 12, unit: month, year: true}, "annual": {n: 12, unit: month, year: true},
		"biennially": {n: 24, unit: month, year: true}, "biennial": {n: 24, unit: month, year: true},
		"biweekly": {}, "bimonthly": {}, "biannually": {}, "biannual": {}, "semiweekly": {}, "semimonthly": {},
	}
}

// twofold is what the words mean that mean two things.
func twofold(w string) (a, b string) {
	switch w {
	case "biweekly", "semiweekly":
		return "every 2 weeks", "every Monday and Thursday"
	case "bimonthly", "semimonthly":
		return "every 2 months", "on the 1st and 15th of every month"
	}
	return "every 6 months", "every 2 years"
}

// numberOf reads a number in digits or as a word.
func numberOf(w string) (int, bool) {
	if n, err := strconv.Atoi(w); err == nil && len(w) <= 3 && n >= 0 {
		return n, true
	}
	n := slices.Index(strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty`), w)
	return n, n > 0
}

// ordinalOf reads "15th", "15.", "fifteenth" and "last".
func ordinalOf(w string) (int, bool) {
	if w == "last" || w == "final" {
		return last, true
	}
	if m := asOrdinal.FindStringSubmatch(w); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n, n >= 1 && n <= 31
	}
	n := 1 + slices.Index(strings.Fields(`first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
		seventeenth eighteenth nineteenth twentieth twentyfirst twentysecond twentythird twentyfourth twentyfifth twentysixth twentyseventh twentyeighth twentyninth
		thirtieth thirtyfirst`), w)
	return n, n > 0
}

func weekdayOf(w string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if w == name || w == name+"s" || w == name[:3] || w == name[:3]+"s" {
			return d, true
		}
	}
	switch w {
	case "thur", "thurs":
		return time.Thursday, true
	case "weds":
		return time.Wednesday, true
	}
	return 0, false
}

func monthOf(w string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		if name := strings.ToLower(m.String()); w == name || w == name[:3] || w == "sept" && m == time.September {
			return m, true
		}
	}
	return 0, false
}
