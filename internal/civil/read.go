package civil

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// Read reads a day as people and spreadsheets write it, in any way that can mean one
// day only. Otherwise wrong says what is wrong with it, and how what to write instead.
func Read(s string) (d Date, wrong, how string) {
	t, clock := withoutTime(written(s))
	t, weekday, named := withoutWeekday(t)
	days := readingsOf(t)
	switch {
	case len(days) == 0 && clock == "" && isNumber.MatchString(t):
		n, _ := strconv.Atoi(t)
		if d := OfSerial(n); !d.IsZero() {
			return Date{}, fmt.Sprintf("%q is a spreadsheet's number for the day %s", s, d), fmt.Sprintf("write it as %s, or format its column as a date", d)
		}
		return Date{}, notADay(s), ""
	case len(days) == 0:
		return Date{}, notADay(s), ""
	case len(days) > 1:
		return Date{}, fmt.Sprintf("%q can mean %s", s, orOf(days)), "write the one that is meant"
	case clock != "" && clock != midnight:
		return Date{}, fmt.Sprintf("%q has a time of day, which is not kept", s), "write " + days[0].String()
	case named && days[0].Weekday() != weekday:
		return Date{}, fmt.Sprintf("%q is not on a %s: %s is a %s", s, weekday, days[0], days[0].Weekday()), "write the day without its weekday"
	}
	return days[0], "", ""
}

// Readings are the days that s can mean, in any way that [Read] knows, the earliest first.
func Readings(s string) []Date {
	t, _ := withoutTime(written(s))
	t, _, _ = withoutWeekday(t)
	return readingsOf(t)
}

// written is s with one sign for each meaning.
func written(s string) string {
	return strings.Join(strings.Fields(dayWriting.Replace(strings.ToLower(width.Fold.String(s)))), " ")
}

func notADay(s string) string { return fmt.Sprintf("%q is not a day", s) }

func orOf(days []Date) string {
	words := make([]string, len(days))
	for i, d := range days {
		words[i] = fmt.Sprintf("%s (%s)", d, d.Format("2 January 2006"))
	}
	return strings.Join(words, " or ")
}

// dayWriting brings the signs of one meaning to one form, and sets a weekday apart.
var dayWriting = strings.NewReplacer(
	"–", "-", "—", "-", "−", "-", "‐", "-", "‑", "-", "。", ".", "(", " ", ")", " ", "星期", " 星期", "周", " 周",
	"년", "年", "월", "月", "일", "日", "号", "日", "號", "日",
)

const midnight = "00:00"

var (
	isNumber = regexp.MustCompile(`^\d+$`)
	// What follows the day: 00:00, T00:00:00Z, 12:00:00 AM, 00:00:00.000+08:00.
	timeOfDay = regexp.MustCompile(`[t ] ?(?:(上午|下午) ?)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?: ?([ap])\.?m\.?)?(?: ?(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?$`)
	numbers   = regexp.MustCompile(`^(\d+) ?([-/. ]) ?(\d+) ?([-/. ]) ?(\d+)\.?$`)
	compact   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	eastAsian = regexp.MustCompile(`^(\d{2}|\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?$`)
	boundary  = regexp.MustCompile(`(\d)(\pL)|(\pL)(\d)`)
)

// withoutTime cuts a time of day off. The clock is midnight, or what it says, or empty.
func withoutTime(t string) (day, clock string) {
	m := timeOfDay.FindStringSubmatchIndex(t)
	if m == nil {
		return t, ""
	}
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return t[m[2*i]:m[2*i+1]]
	}
	hour, _ := strconv.Atoi(part(2))
	half := part(6)
	if hour == 12 && (half == "a" || part(1) == "上午") {
		hour = 0
	} else if hour == 0 && (half == "p" || part(1) == "下午") {
		hour = 12
	}
	if hour == 0 && strings.Trim(part(3)+part(4)+part(5), "0") == "" {
		return t[:m[0]], midnight
	}
	return t[:m[0]], t[m[0]:]
}

// withoutWeekday cuts off the day of the week, which long forms of a date begin or end with.
func withoutWeekday(t string) (day string, weekday time.Weekday, named bool) {
	words := strings.FieldsFunc(t, func(c rune) bool { return c == ' ' || c == ',' })
	for i, w := range words {
		for n, names := range weekdays {
			if (i == 0 || i == len(words)-1) && slices.Contains(names, strings.TrimSuffix(w, ".")) {
				return strings.Trim(strings.Replace(t, w, "", 1), " ,"), time.Weekday(n), true
			}
		}
	}
	return t, 0, false
}

var weekdays = [7][]string{
	{"sunday", "sun", "sonntag", "so", "星期日", "星期天", "周日"},
	{"monday", "mon", "montag", "mo", "星期一", "周一"},
	{"tuesday", "tue", "dienstag", "di", "星期二", "周二"},
	{"wednesday", "wed", "mittwoch", "mi", "星期三", "周三"},
	{"thursday", "thu", "donnerstag", "do", "星期四", "周四"},
	{"friday", "fri", "freitag", "fr", "星期五", "周五"},
	{"saturday", "sat", "samstag", "sa", "星期六", "周六"},
}

// months are what spreadsheets call them in the languages of Western Europe. A name may
// be cut short after three letters, where it still means one month.
var months = [12][]string{
	{"january", "januar", "jänner", "janvier", "enero", "gennaio", "januari", "janeiro"},
	{"february", "februar", "feber", "février", "fevrier", "febrero", "febbraio", "februari", "fevereiro"},
	{"march", "märz", "maerz", "mrz", "mars", "marzo", "maart", "mrt", "março"},
	{"april", "avril", "abril", "aprile"},
	{"may", "mai", "mayo", "maggio", "mei", "maio"},
	{"june", "juni", "juin", "junio", "giugno", "junho"},
	{"july", "juli", "juillet", "julio", "luglio", "julho"},
	{"august", "août", "aout", "agosto", "augustus"},
	{"september", "septembre", "septiembre", "settembre", "setembro"},
	{"october", "oktober", "octobre", "octubre", "ottobre", "outubro"},
	{"november", "novembre", "noviembre", "novembro"},
	{"december", "dezember", "décembre", "decembre", "diciembre", "dicembre", "dezembro"},
}

// monthOf finds the month of a name, or 0.
func monthOf(word string) (found time.Month) {
	word = strings.TrimSuffix(word, ".")
	for m, names := range months {
		for _, name := range names {
			if name == word || len([]rune(word)) >= 3 && strings.HasPrefix(name, word) {
				if found != 0 && found != time.Month(m+1) {
					return 0
				}
				found = time.Month(m + 1)
			}
		}
	}
	return found
}

// readingsOf are the days that t can mean, the earliest first.
func readingsOf(t string) []Date {
	t = strings.Trim(t, " ,.-")
	var days []Date
	add := func(year, month, day string) {
		y, _ := strconv.Atoi(year)
		m, _ := strconv.Atoi(month)
		d, _ := strconv.Atoi(day)
		ys := []int{y}
		switch {
		case len(year) == 2 && y < 70:
			ys = []int{2000 + y}
		case len(year) == 2: // a year of the last century or of this
			ys = []int{1900 + y, 2000 + y}
		case len(year) != 4:
			return
		}
		for _, y := range ys {
			if date := On(y, time.Month(m), d); len(month) <= 2 && len(day) <= 2 && y > 0 && date == (Date{Year: y, Month: time.Month(m), Day: d}) && !slices.Contains(days, date) {
				days = append(days, date)
			}
		}
	}
	if m := compact.FindStringSubmatch(t); m != nil {
		add(m[1], m[2], m[3])
	} else if m := eastAsian.FindStringSubmatch(arabic(t)); m != nil {
		add(m[1], m[2], m[3])
	} else if m := numbers.FindStringSubmatch(t); m != nil && m[2] == m[4] {
		a, b, c := m[1], m[3], m[5]
		add(a, b, c)
		if len(a) <= 2 {
			add(c, b, a)
			add(c, a, b)
		}
	} else if day, month, year, ok := named(t); ok {
		add(year, month, day)
	}
	slices.SortFunc(days, Date.Compare)
	return days
}

// named reads 15 March 2027, March 15th, 2027, 2027-Mar-15, 15-Mar-27 and 15MAR2027.
func named(t string) (day, month, year string, ok bool) {
	words := strings.FieldsFunc(boundary.ReplaceAllString(t, "$1$3 $2$4"), func(c rune) bool { return strings.ContainsRune(" ,-/.", c) })
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(asides, w) })
	at := slices.IndexFunc(words, func(w string) bool { return monthOf(w) != 0 })
	if len(words) != 3 || at < 0 || at == 2 {
		return "", "", "", false
	}
	month = strconv.Itoa(int(monthOf(words[at])))
	first, second := words[1-at], words[2]
	if at == 1 && len(first) == 4 {
		first, second = second, first
	}
	return first, month, second, isNumber.MatchString(first) && isNumber.MatchString(second)
}

// asides may stand beside the numbers of a day.
var asides = strings.Fields("de of the st nd rd th er º ª")

// arabic writes the numbers of a day such as 二〇二七年三月十五日 as digits.
func arabic(t string) string {
	rs := []rune(t)
	digit := func(i int) int {
		if i < 0 || i >= len(rs) {
			return -1
		}
		return slices.Index([]rune("〇一二三四五六七八九"), rs[i])
	}
	var b strings.Builder
	for i, c := range rs {
		switch d := digit(i); {
		case d >= 0:
			b.WriteByte(byte('0' + d))
		case c != '十':
			b.WriteRune(c)
		default: // 十五 is 15, 二十 is 20, and 二十五 is 25
			if digit(i-1) < 0 {
				b.WriteByte('1')
			}
			if digit(i+1) < 0 {
				b.WriteByte('0')
			}
		}
	}
	return b.String()
}

// OfSerial is the day that a spreadsheet counts as number n, or no day where n is not
// likely to be one: before March 1900, where programs differ, or after 2199.
func OfSerial(n int) Date {
	if n < 61 || n > 109574 {
		return Date{}
	}
	return On(1899, time.December, 30).AddDays(n)
}
