package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
)

// A sentence is what a person says of a rhythm, and what of it was understood.
type sentence struct {
	text  string
	today civil.Date // the zero day where only what holds on any day is read
	// proposed is set of what a mistake says to write.
	proposed bool

	all   []string
	words []string // of all, those that are not read yet

	every    interval // how often
	within   interval // "of the month", "a year"
	times    int      // "twice a"
	nth      int      // the nth of the weekdays or working days
	counted  bool     // "every second Tuesday"
	working  bool     // working days
	weekdays []time.Weekday
	days     []int        // of a month; 31 is its last
	dates    []civil.Date // days of a year, all of the year 4, which has a 29th of February
	months   []time.Month
	start    civil.Date
	hour     int
	minute   int
	china    *holiday.Calendar // where working days are counted
}

func (s *sentence) at(n int) string {
	if n < len(s.words) {
		return s.words[n]
	}
	return ""
}

func (s *sentence) skip(words ...string) {
	for slices.Contains(words, s.at(0)) && len(s.words) > 0 {
		s.words = s.words[1:]
	}
}

// read takes the words one by one, in whatever order they come.
func (s *sentence) read() error {
	for len(s.words) > 0 {
		w := s.words[0]
		var err error
		switch {
		case slices.Contains([]string{"every", "each", "all"}, w):
			s.words = s.words[1:]
			err = s.readEvery()
		case s.isStart():
			err = s.readStart()
		case w == "at" && !slices.Contains(strings.Fields("the end start beginning"), s.at(1)) || strings.Contains(w, ":"):
			err = s.readClock()
		case slices.Contains(strings.Fields("until till ending ends"), w):
			err = lang.Errorf("a plan has no last day here; leave out %q, and end the plan when it is over", strings.Join(s.words, " "))
		case slices.Contains(strings.Fields("at the on of in and a an per please day date inspection inspections inspect check then always o'clock oclock regularly on onward onwards forward"), w):
			s.words = s.words[1:]
		default:
			err = s.readPart(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readPart reads what says how often or on which days.
func (s *sentence) readPart(w string) error {
	if i, ok := adverbs()[w]; ok {
		s.words = s.words[1:]
		if i.unit == noUnit {
			a, b := twofold(w)
			return s.either(a, b)
		}
		return s.often(i)
	}
	if i, ok := units()[w]; ok { // "of the month"
		s.words, s.within = s.words[1:], i
		return nil
	}
	if d, ok := weekdayOf(w); ok {
		s.words = s.words[1:]
		return s.readWeekdays(d)
	}
	if m, ok := monthOf(w); ok {
		s.words = s.words[1:]
		return s.readMonth(m)
	}
	if fullDate.MatchString(w) {
		return s.readDate()
	}
	if m := dayAndMonth.FindStringSubmatch(w); m != nil {
		s.words = s.words[1:]
		return s.readDayAndMonth(m)
	}
	if n, ok := s.workingDay(0); ok {
		s.words, s.working = s.words[n:], true
		return nil
	}
	switch w {
	case "once", "twice", "thrice":
		s.words = s.words[1:]
		return s.readTimes(slices.Index([]string{"", "once", "twice", "thrice"}, w))
	case "other", "alternate", "alternating":
		return s.readEvery()
	case "end":
		s.words, s.days = s.words[1:], append(s.days, 31)
		return nil
	case "start", "beginning":
		s.words, s.days = s.words[1:], append(s.days, 1)
		return nil
	case "mid", "middle":
		s.words, s.days = s.words[1:], append(s.days, 15)
		return nil
	case "half": // "half a year"
		s.words = s.words[1:]
		s.skip("a")
		if units()[s.at(0)].year {
			s.words = s.words[1:]
			return s.often(interval{n: 6, unit: month})
		}
		return s.unknown("half")
	}
	if n, ok := ordinalOf(w); ok {
		s.words = s.words[1:]
		return s.readOrdinal(n)
	}
	if n, ok := numberOf(w); ok {
		s.words = s.words[1:]
		return s.readNumber(w, n)
	}
	return s.unknown(w)
}

func (s *sentence) unknown(w string) error {
	if w == s.text {
		return lang.Errorf("%q is not a rule I know; %s", w, lang.Errorf(examples))
	}
	return lang.Errorf("%q in %q is not clear; %s", w, s.text, lang.Errorf(examples))
}

// often keeps how often it is said to be.
func (s *sentence) often(i interval) error {
	if s.every.unit != noUnit && s.every != i {
		return lang.Errorf("%q says twice how often; %s", s.text, lang.Errorf(examples))
	}
	s.every = i
	return nil
}

// times as often as an interval says.
func (i interval) by(n int) interval {
	i.n *= n
	i.quarter = i.quarter && n == 1
	return i
}

// readEvery reads what follows "every".
func (s *sentence) readEvery() error {
	s.skip("single", "the")
	n := 1
	switch w := s.at(0); {
	case slices.Contains([]string{"other", "alternate", "alternating"}, w):
		n, s.words = 2, s.words[1:]
		if _, ok := weekdayOf(s.at(0)); ok {
			return s.often(interval{n: 2, unit: week})
		}
	case w == "half":
		return nil
	default:
		if k, ok := numberOf(w); ok {
			if again, ok := numberOf(s.at(1)); ok && again == k { // "six (6) months"
				s.words = s.words[1:]
			}
			if _, day := weekdayOf(s.at(1)); day {
				s.words = s.words[1:]
				return s.often(interval{n: k, unit: week})
			}
			if _, is := units()[s.at(1)]; !is {
				return nil // "every 15 January"
			}
			n, s.words = k, s.words[1:]
		} else if k, ok := ordinalOf(w); ok {
			_, isDay := weekdayOf(s.at(1))
			s.counted = s.counted || isDay && k > 1
			if i, is := units()[s.at(1)]; !is || k == last || i.unit == day && s.ofMonth(2) {
				return nil
			}
			n, s.words = k, s.words[1:]
		}
	}
	i, ok := units()[s.at(0)]
	switch {
	case !ok && n > 1:
		return lang.Errorf("%q does not say how often; %s", s.text, lang.Errorf(examples))
	case !ok:
		return nil
	}
	s.words = s.words[1:]
	if n < 1 || i.unit == week && n*i.n > maxWeeks || i.unit == month && n*i.n > maxMonths || i.unit == day && n > 7*maxWeeks {
		most := map[unit]int{day: 7 * maxWeeks, week: maxWeeks / i.n, month: maxMonths / i.n}[i.unit]
		return lang.Errorf("every %d %s: give a number from 1 to %d", n, [...]string{"", "days", "weeks", "months"}[i.unit], most)
	}
	if i.unit == day && n == 1 && s.ofMonth(0) {
		return nil
	}
	return s.often(i.by(n))
}

// The most that a rule may wait.
const (
	maxWeeks  = 104
	maxMonths = 144
)

// ofMonth reports whether the words from n on are "of the month" or the like.
func (s *sentence) ofMonth(n int) bool { return s.at(n) == "of" }

// workingDay reports whether the words from n on name a working day, and behind which it
// ends.
func (s *sentence) workingDay(n int) (end int, ok bool) {
	switch w := s.at(n); {
	case slices.Contains(strings.Fields("workday workingday weekday businessday"), strings.TrimSuffix(w, "s")):
		return n + 1, true
	case slices.Contains(strings.Fields("working work business week"), w) && strings.TrimSuffix(s.at(n+1), "s") == "day":
		return n + 2, true
	}
	return n, false
}

// readTimes reads what follows "twice".
func (s *sentence) readTimes(n int) error {
	k := 0
	for slices.Contains(strings.Fields("a an per in each every the"), s.at(k)) {
		k++
	}
	i, ok := units()[s.at(k)]
	if !ok {
		if i, ok = adverbs()[s.at(k)]; i.unit == noUnit {
			ok = false
		}
	}
	switch {
	case ok:
		s.words, s.times, s.within = s.words[k+1:], n, i
		return nil
	case n == 1: // "once every six weeks"
		return nil
	}
	return lang.Errorf("%q does not say how often; %s", s.text, lang.Errorf(examples))
}

func (s *sentence) readWeekdays(d time.Weekday) error {
	s.weekdays = append(s.weekdays, d)
	if !slices.Contains(strings.Fields("to through thru"), s.at(0)) {
		return nil
	}
	end, ok := weekdayOf(s.at(1))
	if !ok {
		return s.unknown(s.at(0))
	}
	s.words = s.words[2:]
	for d != end {
		d = (d + 1) % 7
		s.weekdays = append(s.weekdays, d)
	}
	return nil
}

// readMonth reads what follows the name of a month: "March 3", "March 2027", or nothing.
func (s *sentence) readMonth(m time.Month) error {
	n, ok := ordinalOf(s.at(0))
	if k, plain := numberOf(s.at(0)); plain {
		_, unit := units()[s.at(1)]
		n, ok = k, !unit && s.at(1) != "times"
	}
	switch {
	case isYear(s.at(0)):
		s.start = civil.On(yearOf(s.at(0)), m, 1)
		s.words = s.words[1:]
	case ok && n != last:
		s.words = s.words[1:]
		return s.dayOfYear(n, m)
	default:
		s.months = append(s.months, m)
	}
	return nil
}

func isYear(w string) bool { return len(w) == 4 && yearOf(w) >= 1900 }

func yearOf(w string) int { n, _ := strconv.Atoi(w); return n }

// dayOfYear keeps a day of a month; with a year behind it is where the rhythm begins.
func (s *sentence) dayOfYear(n int, m time.Month) error {
	d := civil.On(4, m, n)
	if n < 1 || d.Month != m {
		return lang.Errorf("%d %s is not a day; %s", n, m.String(), lang.Errorf(examples))
	}
	if isYear(s.at(0)) {
		s.start = civil.On(yearOf(s.at(0)), m, n)
		s.words = s.words[1:]
		return nil
	}
	s.dates = append(s.dates, d)
	return nil
}

// readDayAndMonth reads a day without its year: "15.3." has the day first, and of "15/3" one
// number may be both.
func (s *sentence) readDayAndMonth(m []string) error {
	a, _ := strconv.Atoi(m[1])
	b, _ := strconv.Atoi(m[3])
	switch {
	case m[2] == "/" && a >= 1 && b >= 1 && a <= 12 && b <= 12 && a != b:
		before, rest := s.all[:len(s.all)-len(s.words)-1], s.words
		said := func(day, month int) string {
			return strings.Join(slices.Concat(before, []string{strconv.Itoa(day), strings.ToLower(time.Month(month).String())}, rest), " ")
		}
		return s.either(said(a, b), said(b, a))
	case m[2] == "/" && b > 12:
		a, b = b, a
	}
	if b < 1 || b > 12 {
		return s.unknown(m[0])
	}
	return s.dayOfYear(a, time.Month(b))
}

// readOrdinal reads what follows "third".
func (s *sentence) readOrdinal(n int) error {
	if end, ok := s.workingDay(0); ok {
		s.words, s.working = s.words[end:], true
		return s.count(n)
	}
	if d, ok := weekdayOf(s.at(0)); ok {
		s.words = s.words[1:]
		s.weekdays = append(s.weekdays, d)
		return s.count(n)
	}
	if k := s.at(0); k == "week" || k == "weeks" {
		return s.unknown(k)
	}
	s.skip("day", "days", "calendar", "of", "in", "the")
	if m, ok := monthOf(s.at(0)); ok {
		s.words = s.words[1:]
		if n == last {
			n = civil.On(4, m+1, 0).Day
		}
		return s.dayOfYear(n, m)
	}
	if n == last {
		n = 31
	}
	s.days = append(s.days, n)
	return nil
}

// count keeps which of the weekdays of a month is meant.
func (s *sentence) count(n int) error {
	switch {
	case n > 5:
		return lang.Errorf("%q: a month has no weekday or working day so often; give first to fifth, or last", s.text)
	case s.nth == n && len(s.weekdays) == 2 && s.weekdays[0] == s.weekdays[1]: // "first Monday in January and first Monday in July"
		s.weekdays = s.weekdays[:1]
	case s.nth != 0 && s.nth != n || s.nth != 0 && len(s.weekdays) > 1:
		return s.notKept(s.nthTyped(s.nth)+" of every month", s.nthTyped(n)+" of every month")
	}
	s.nth = n
	return nil
}

// nthTyped is the first of what was said, with another number before it.
func (s *sentence) nthTyped(n int) string {
	if s.working {
		return ordinal(n) + " working day"
	}
	return ordinal(n) + " " + s.weekdays[0].String()
}

// readNumber reads what follows a number.
func (s *sentence) readNumber(w string, n int) error {
	if again, ok := numberOf(s.at(0)); ok && again == n { // "six (6) months"
		s.words = s.words[1:]
	}
	next := s.at(0)
	if _, ok := units()[next]; ok { // "3 months"
		s.words = append([]string{w}, s.words...)
		return s.readEvery()
	}
	if i, ok := adverbs()[next]; ok && i.unit != noUnit { // "6-monthly"
		s.words = s.words[1:]
		return s.often(i.by(n))
	}
	if next == "times" || next == "time" || next == "x" {
		s.words = s.words[1:]
		return s.readTimes(n)
	}
	if next == "per" || next == "a" {
		return s.readTimes(n)
	}
	s.skip("of")
	if m, ok := monthOf(s.at(0)); ok {
		s.words = s.words[1:]
		return s.dayOfYear(n, m)
	}
	if n < 1 || n > 31 {
		return s.unknown(w)
	}
	s.days = append(s.days, n)
	return nil
}

// readClock reads "at 09:00".
func (s *sentence) readClock() error {
	rest := strings.Join(s.words, " ")
	s.skip("at")
	m := clockWord.FindStringSubmatch(s.at(0))
	if s.at(0) == "noon" {
		m = []string{"", "12", "", ""}
	}
	if m == nil {
		return lang.Errorf("the end of %q, %q, is not clear; write the time as \"at 09:00\"", s.text, rest)
	}
	s.words = s.words[1:]
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	half := m[3]
	if s.at(0) == "am" || s.at(0) == "pm" {
		half, s.words = s.at(0), s.words[1:]
	}
	switch {
	case half == "pm" && hour < 12:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	}
	if hour > 23 || minute > 59 {
		return lang.Errorf("the end of %q, %q, is not clear; write the time as \"at 09:00\"", s.text, rest)
	}
	s.hour, s.minute = hour, minute
	return nil
}

// isStart reports whether the words say next from when. "Start of the month" is no such
// word.
func (s *sentence) isStart() bool {
	switch s.at(0) {
	case "from", "starting", "starts", "since", "commencing", "begins", "effective":
		return true
	case "as":
		return s.at(1) == "of" || s.at(1) == "from"
	case "start", "beginning", "begin":
		return s.at(1) != "of"
	case "first":
		return slices.Contains(strings.Fields("one time date inspection on"), s.at(1))
	}
	return false
}

// readStart reads from when.
func (s *sentence) readStart() error {
	s.words = s.words[1:]
	s.skip("one", "time", "date", "inspection", "is", "on", "in", "at", "of", "the", "from")
	if !s.start.IsZero() {
		return lang.Errorf("%q says twice from when; %s", s.text, lang.Errorf(examples))
	}
	if s.at(0) == "" {
		return s.fromWhen()
	}
	return s.readDate()
}

func (s *sentence) fromWhen() error {
	return lang.Errorf(`%q does not say from when; add, for example, "from 2027-03-15"`, s.text)
}

// readDate reads a day that the words begin with.
func (s *sentence) readDate() error {
	for k := min(5, len(s.words)); k > 0; k-- {
		written := strings.Join(s.words[:k], " ")
		if d, wrong, _ := civil.Read(written); wrong == "" {
			s.start, s.words = d, s.words[k:]
			return nil
		}
		if days := s.likely(civil.Readings(written)); len(days) == 1 && !s.today.IsZero() {
			s.start, s.words = days[0], s.words[k:]
			return nil
		} else if len(days) > 1 {
			said := func(d civil.Date) string {
				before := s.all[:len(s.all)-len(s.words)]
				return strings.Join(slices.Concat(before, []string{d.String()}, s.words[k:]), " ")
			}
			return s.either(said(days[0]), said(days[1]))
		}
	}
	if m := dayAndMonth.FindStringSubmatch(s.at(0)); m != nil && !s.today.IsZero() { // "from 15.3."
		s.words = s.words[1:]
		if err := s.readDayAndMonth(m); err != nil {
			return err
		}
		if !s.start.IsZero() { // "from 15.3. 2027"
			return nil
		}
		of := s.dates[len(s.dates)-1]
		s.dates = s.dates[:len(s.dates)-1]
		s.start = s.next(func(d civil.Date) bool { return d.Month == of.Month && d.Day == of.Day })
		return nil
	}
	if d, n := s.relative(); n > 0 {
		s.start, s.words = d, s.words[n:]
		return nil
	}
	if _, needs := s.relativeWord(); needs && s.today.IsZero() {
		return s.fromWhen()
	}
	return lang.Errorf("%q has no date I can read; write it as 2027-03-15", s.text)
}

// likely are the days that a rhythm may begin on.
func (s *sentence) likely(days []civil.Date) []civil.Date {
	return slices.DeleteFunc(days, func(d civil.Date) bool { return len(days) > 1 && d.Year < 2000 || d.Year < s.today.Year-20 })
}

// relativeWord reports whether a start is said by what depends on today.
func (s *sentence) relativeWord() (string, bool) {
	w := s.at(0)
	_, isWeekday := weekdayOf(w)
	_, isMonth := monthOf(w)
	_, isOrdinal := ordinalOf(w)
	return w, isWeekday || isMonth || isOrdinal || slices.Contains(strings.Fields("today now tomorrow next this"), w) || quarterWord.MatchString(w) || dayAndMonth.MatchString(w)
}

// relative reads a start that depends on today: "Monday", "15 January", "next month". It
// returns of how many words it was made.
func (s *sentence) relative() (d civil.Date, n int) {
	if s.today.IsZero() {
		return d, 0
	}
	w := s.at(0)
	if w == "next" || w == "this" {
		n, w = 1, s.at(1)
		switch w {
		case "week":
			return s.next(func(d civil.Date) bool { return d.Weekday() == time.Monday && d != s.today }), 2
		case "month":
			return s.next(func(d civil.Date) bool { return d.Day == 1 && d != s.today }), 2
		case "quarter":
			return s.next(func(d civil.Date) bool { return d.Day == 1 && d.Month%3 == 1 && d != s.today }), 2
		case "year":
			return civil.On(s.today.Year+1, time.January, 1), 2
		}
	}
	if day, ok := weekdayOf(w); ok {
		return s.next(func(d civil.Date) bool { return d.Weekday() == day && (n == 0 || d != s.today) }), n + 1
	}
	switch w {
	case "today", "now":
		return s.today, n + 1
	case "tomorrow":
		return s.today.AddDays(1), n + 1
	}
	if m := quarterWord.FindStringSubmatch(w); m != nil { // "Q2", "Q2 2027"
		q, _ := strconv.Atoi(m[1])
		first := time.Month(3*q - 2)
		if isYear(s.at(n + 1)) {
			return civil.On(yearOf(s.at(n+1)), first, 1), n + 2
		}
		return s.next(func(d civil.Date) bool { return d.Month == first && d.Day == 1 }), n + 1
	}
	return s.dated(n)
}

// dated reads a start that names a day, a month or both, from the n-th word on: "15 January",
// "15th of January", "January 15", "January 2027", "January", "the 15th".
func (s *sentence) dated(n int) (civil.Date, int) {
	k := n
	number := func() (int, bool) {
		v, ok := ordinalOf(s.at(k))
		if plain, is := numberOf(s.at(k)); is {
			v, ok = plain, true
		}
		return v, ok && v >= 1 && v <= 31
	}
	v, numbered := number()
	if numbered {
		k++
		for s.at(k) == "of" || s.at(k) == "the" {
			k++
		}
	}
	m, named := monthOf(s.at(k))
	switch {
	case named && numbered:
		return s.next(func(d civil.Date) bool { return d.Month == m && d.Day == v }), k + 1
	case named:
		k++
		if isYear(s.at(k)) {
			return civil.On(yearOf(s.at(k)), m, 1), k + 1
		}
		if v, ok := number(); ok {
			return s.next(func(d civil.Date) bool { return d.Month == m && d.Day == v }), k + 1
		}
		return s.next(func(d civil.Date) bool { return d.Month == m && d.Day == 1 }), k
	case numbered && strings.Trim(s.at(n), "0123456789") != "":
		return s.next(func(d civil.Date) bool { return d.Day == v }), n + 1
	}
	return civil.Date{}, 0
}

// next is the first day from today on that is meant; the zero day where there is none in
// the next years.
func (s *sentence) next(is func(civil.Date) bool) civil.Date {
	for n := range 9 * 366 {
		if d := s.today.AddDays(n); is(d) {
			return d
		}
	}
	return civil.Date{}
}

// readable reports whether both of two proposals are read. They are not where something else
// in the sentence is not clear.
func (s *sentence) readable(a, b string) bool {
	today := s.today
	if today.IsZero() {
		today = civil.On(2027, time.January, 1)
	}
	for _, text := range []string{a, b} {
		if _, err := read(text, today, true); s.proposed || err != nil {
			return false
		}
	}
	return a != b
}

func (s *sentence) unclear() error {
	return lang.Errorf("%q is not clear; %s", s.text, lang.Errorf(examples))
}

// either refuses what can mean two things, with how to write each.
func (s *sentence) either(a, b string) error {
	if !s.readable(a, b) {
		return s.unclear()
	}
	return lang.Errorf("%q can mean two things; write %q or %q", s.text, a, b)
}

// notKept refuses what no rule says, with the next to it.
func (s *sentence) notKept(a, b string) error {
	if !s.readable(a, b) {
		return s.unclear()
	}
	return lang.Errorf("%q is no rhythm that I can keep; write %q or %q", s.text, a, b)
}

// sinceTyped is the end of a proposal: the start, where there is one.
func (s *sentence) sinceTyped() string {
	if s.start.IsZero() {
		return ""
	}
	return " from " + s.start.String()
}

// base is the day from which a rhythm is counted.
func (s *sentence) base() civil.Date {
	if !s.start.IsZero() {
		return s.start
	}
	return s.today
}
