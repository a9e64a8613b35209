// Package calendar has the rules by which things recur: when the next one is, in
// a zone. A rule is a cron line of five fields, or one of the plain forms for what
// cron cannot say: every so many weeks or months from a day, and the second
// Tuesday of a month.
//
// robfig/cron/v3 reads and evaluates the cron lines and nothing else of it is
// used. The package corrects what it gets wrong around changes of the clock: a
// rule for one hour of the day fires exactly once on every day that exists in the
// zone, where the clock skips its time at the first moment after, where the clock
// shows it twice the first time.
package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines that have none

	"github.com/robfig/cron/v3"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A Rule says when something recurs. The zero Rule never does; Parse makes one.
type Rule struct {
	kind   kind
	text   string // canonical
	cron   cron.Schedule
	hourly bool // the hour field begins with *: follow the running clock
	n      int  // every n weeks or months
	from   civil.Date
	nth    int // 1 to 5, or last
	week   time.Weekday
	hour   int
	minute int
}

type kind int

const (
	never   kind = iota
	byCron       // cron line
	weeks        // every n weeks from a day
	months       // every n months from a day
	weekday      // the nth weekday of every n-th month
)

const last = -1

var ordinals = []struct {
	word, digit string
	n           int
}{{"first", "1st", 1}, {"second", "2nd", 2}, {"third", "3rd", 3}, {"fourth", "4th", 4}, {"fifth", "5th", 5}, {"last", "last", last}}

func ordinal(n int) string {
	for _, o := range ordinals {
		if o.n == n {
			return o.word
		}
	}
	return strconv.Itoa(n)
}

// examples shows the forms to somebody who wrote something else.
const examples = `write it as "every 2 weeks from 2027-03-15 at 09:00", "every 3 months from 2027-01-31", "second Tuesday of the month at 09:00", "last Friday every 3 months from 2027-01-01", or a cron line such as "0 9 * * 1"`

// Parse reads a rule. Capitals and spaces do not matter; without a time it is
// 09:00. The error is a sentence for the person who wrote the rule.
func Parse(text string) (Rule, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return Rule{}, lang.Errorf("there is no rule; %s", lang.Errorf(examples))
	}
	switch first := words[0]; {
	case strings.HasPrefix(first, "tz=") || strings.HasPrefix(first, "cron_tz="):
		return Rule{}, lang.Errorf("a rule has no %s: the zone has a field of its own", strings.ToUpper(strings.SplitN(first, "=", 2)[0]))
	case strings.HasPrefix(first, "@"):
		return Rule{}, lang.Errorf("%q is a short form that is not supported; %s", text, lang.Errorf(examples))
	case first == "every":
		return parseEvery(text, words)
	case strings.ContainsAny(first[:1], "0123456789*") && !isOrdinal(first):
		return parseCron(text, strings.Fields(text))
	}
	return parseWeekday(text, words)
}

func isOrdinal(w string) bool {
	for _, o := range ordinals {
		if w == o.word || w == o.digit {
			return true
		}
	}
	return false
}

func parseCron(text string, fields []string) (Rule, error) {
	if len(fields) != 5 {
		return Rule{}, lang.Errorf("%q has %d fields; a cron line has five: minute, hour, day, month, weekday", text, len(fields))
	}
	line := strings.Join(fields, " ")
	if strings.ContainsAny(line, "?L#W") {
		return Rule{}, lang.Errorf(`%q has ?, L, W or #, which plain cron does not know; write such rules as "last Friday of the month at 09:00"`, text)
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse("CRON_TZ=UTC " + line)
	if err != nil {
		return Rule{}, lang.Errorf("%q is not a cron line: %s", text, strings.TrimPrefix(err.Error(), "failed to "))
	}
	for i, f := range fields {
		if _, step, ok := strings.Cut(f, "/"); ok {
			most := []int{59, 23, 31, 12, 6}[i]
			if n, err := strconv.Atoi(step); err != nil || n < 1 || n > most {
				return Rule{}, lang.Errorf("%q has the step %s; that field takes steps from 1 to %d", text, step, most)
			}
		}
	}
	// Every leap day is within eight years of another but around 1900 and 2100.
	if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Rule{}, lang.Errorf("%q names a date that does not exist", text)
	}
	r := Rule{kind: byCron, text: line, cron: s, hourly: strings.HasPrefix(fields[1], "*")}
	return r, nil
}

// clock reads the end of a rule, "at 09:00"; without it the hour is nine.
func clock(text string, words []string) (hour, minute int, err error) {
	if len(words) == 0 {
		return 9, 0, nil
	}
	if len(words) == 2 && words[0] == "at" {
		if t, err := time.Parse("15:04", words[1]); err == nil {
			return t.Hour(), t.Minute(), nil
		}
	}
	return 0, 0, lang.Errorf("the end of %q, %q, is not clear; write the time as \"at 09:00\"", text, strings.Join(words, " "))
}

// from reads "from 2027-03-15" or "from 15 March 2027" and returns what follows.
func from(text string, words []string) (d civil.Date, rest []string, err error) {
	if len(words) < 2 || words[0] != "from" && words[0] != "starting" {
		return d, nil, lang.Errorf(`%q does not say from when; add, for example, "from 2027-03-15"`, text)
	}
	if d, err = civil.Parse(words[1]); err == nil {
		return d, words[2:], nil
	}
	if len(words) >= 4 {
		for _, layout := range []string{"2 January 2006", "2 Jan 2006", "January 2 2006", "Jan 2 2006"} {
			if t, err := time.Parse(layout, strings.ReplaceAll(strings.Join(words[1:4], " "), ",", "")); err == nil {
				return civil.Of(t), words[4:], nil
			}
		}
	}
	return d, nil, lang.Errorf("%q has no date I can read; write it as 2027-03-15", text)
}

func parseEvery(text string, words []string) (Rule, error) {
	n, rest := 1, words[1:]
	if len(rest) > 0 {
		if v, err := strconv.Atoi(rest[0]); err == nil {
			n, rest = v, rest[1:]
		} else if rest[0] == "second" || rest[0] == "other" {
			n, rest = 2, rest[1:]
		}
	}
	if len(rest) == 0 {
		return Rule{}, lang.Errorf("%q does not say how often; %s", text, lang.Errorf(examples))
	}
	r := Rule{n: n}
	most := 0
	switch rest[0] {
	case "week", "weeks":
		r.kind, most = weeks, 104
	case "month", "months":
		r.kind, most = months, 60
	default:
		return Rule{}, lang.Errorf("every %q is not a rule I know; %s", rest[0], lang.Errorf(examples))
	}
	if n < 1 || n > most {
		return Rule{}, lang.Errorf("every %d %s: give a number from 1 to %d", n, rest[0], most)
	}
	d, rest, err := from(text, rest[1:])
	if err != nil {
		return Rule{}, err
	}
	r.from = d
	if r.hour, r.minute, err = clock(text, rest); err != nil {
		return Rule{}, err
	}
	unit := "weeks"
	if r.kind == months {
		unit = "months"
	}
	r.text = fmt.Sprintf("every %d %s from %s at %02d:%02d", n, unit, d, r.hour, r.minute)
	return r, nil
}

// parseWeekday reads what cron has no way to say: "second Tuesday of the month", "last
// Friday every 3 months from 2027-01-01".
func parseWeekday(text string, words []string) (Rule, error) {
	if words[0] == "the" {
		words = words[1:]
	}
	if len(words) < 2 || !isOrdinal(words[0]) {
		return Rule{}, lang.Errorf("%q is not clear; %s", text, lang.Errorf(examples))
	}
	r := Rule{kind: weekday, n: 1, week: -1}
	for _, o := range ordinals {
		if words[0] == o.word || words[0] == o.digit {
			r.nth = o.n
		}
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); words[1] == name || words[1] == name[:3] {
			r.week = d
		}
	}
	if r.week < 0 {
		return Rule{}, lang.Errorf("%q is not a day of the week; %s", words[1], lang.Errorf(examples))
	}
	rest, err := r.parseMonths(text, words[2:])
	if err != nil {
		return Rule{}, err
	}
	if r.hour, r.minute, err = clock(text, rest); err != nil {
		return Rule{}, err
	}
	of := "of the month"
	if !r.from.IsZero() {
		of = fmt.Sprintf("every %d months from %s", r.n, r.from)
	}
	r.text = fmt.Sprintf("%s %s %s at %02d:%02d", ordinal(r.nth), r.week, of, r.hour, r.minute)
	return r, nil
}

// parseMonths reads of which months a weekday is meant, and returns what follows.
func (r *Rule) parseMonths(text string, words []string) (rest []string, err error) {
	if len(words) >= 3 {
		first, second, third := words[0], words[1], words[2]
		switch {
		case first == "of" && third == "month" && slices.Contains([]string{"the", "each", "every"}, second):
			return words[3:], nil
		case first == "every" && (third == "month" || third == "months"):
			if r.n, err = strconv.Atoi(second); err != nil || r.n < 1 || r.n > 60 {
				return nil, lang.Errorf("every %s months: give a number from 1 to 60", second)
			}
			r.from, rest, err = from(text, words[3:])
			return rest, err
		}
	}
	return nil, lang.Errorf(`%q does not say in which months; write "of the month", or "every 3 months from 2027-01-01"`, text)
}

// String writes the rule as Parse reads it.
func (r Rule) String() string { return r.text }

// Next is the first time of the rule after an instant, in a zone. Where there is
// none, in the next five years for a cron line, it is the zero time and false.
func (r Rule) Next(after time.Time, zone *time.Location) (time.Time, bool) {
	switch r.kind {
	case byCron:
		if r.hourly {
			return r.running(after, zone)
		}
		return r.wall(after, zone)
	case weeks, months, weekday:
		return r.day(after, zone)
	}
	return time.Time{}, false
}

// NextDay is the first day of the rule after d, as the calendar of a zone has days;
// the zero day where there is none.
func (r Rule) NextDay(d civil.Date, zone *time.Location) civil.Date {
	// Next looks after an instant, and a rule may fire in the first one of a day.
	t, ok := r.Next(d.AddDays(1).Start(zone).Add(-time.Second), zone)
	if !ok {
		return civil.Date{}
	}
	return civil.Of(t.In(zone))
}

// On reports whether d is a day of the rule.
func (r Rule) On(d civil.Date, zone *time.Location) bool {
	return !d.IsZero() && r.NextDay(d.AddDays(-1), zone) == d
}

// running follows the running clock: a rule for many hours of the day.
func (r Rule) running(after time.Time, zone *time.Location) (time.Time, bool) {
	s, ok := r.cron.(*cron.SpecSchedule)
	if !ok {
		return time.Time{}, false
	}
	in := *s
	in.Location = zone
	// robfig may return the instant it was given (Chatham): ask a little later.
	for try := after; try.Sub(after) < 3*time.Hour; try = try.Add(time.Minute) {
		t := in.Next(try.In(zone))
		if t.IsZero() {
			return t, false
		}
		if t.After(after) {
			return t, true
		}
	}
	return time.Time{}, false
}

// maxCandidates bounds the search on the wall clock: a day and an hour of minutes,
// and some.
const maxCandidates = 4000

// wall evaluates the rule on the numbers that a clock on the wall shows, and then
// finds the instant at which it shows them.
func (r Rule) wall(after time.Time, zone *time.Location) (time.Time, bool) {
	l := after.In(zone)
	at := time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC).Add(-26 * time.Hour)
	for range maxCandidates {
		if at = r.cron.Next(at); at.IsZero() {
			return at, false
		}
		if t, ok := onDay(civil.Of(at), at.Hour(), at.Minute(), zone); ok && t.After(after) {
			return t, true
		}
	}
	return time.Time{}, false
}

// onDay is the instant of a time on a day, if the zone has that day.
func onDay(d civil.Date, hour, minute int, zone *time.Location) (time.Time, bool) {
	if civil.Of(d.Start(zone).In(zone)) != d {
		return time.Time{}, false // Apia had no 30 December 2011
	}
	t := d.At(hour, minute, zone)
	if civil.Of(t.In(zone)) != d {
		t = t.Add(-time.Minute) // Nuuk loses the last hour of a day: then it is the last minute there is
	}
	return t, true
}

// day finds the next day of a rule that counts days.
func (r Rule) day(after time.Time, zone *time.Location) (time.Time, bool) {
	today := civil.Of(after.In(zone)).AddDays(-1)
	i := 0
	if !r.from.IsZero() && today.After(r.from) {
		switch r.kind {
		case weeks:
			i = today.Sub(r.from) / (7 * r.n)
		case months, weekday:
			i = max(((today.Year-r.from.Year)*12+int(today.Month)-int(r.from.Month))/r.n-1, 0)
		}
	}
	for tries := 0; tries < 1000; tries, i = tries+1, i+1 {
		d, ok := r.nthDay(i, today)
		if !ok {
			continue
		}
		if t, ok := onDay(d, r.hour, r.minute, zone); ok && t.After(after) {
			return t, true
		}
	}
	return time.Time{}, false
}

// nthDay is the rule's day number i, counted from its first. A rule without a
// first day counts months from that of today.
func (r Rule) nthDay(i int, today civil.Date) (civil.Date, bool) {
	switch r.kind {
	case weeks:
		return r.from.AddDays(7 * r.n * i), true
	case months:
		return r.from.AddMonths(r.n * i), true
	}
	start := r.from
	if start.IsZero() {
		start = today
	}
	month := civil.On(start.Year, start.Month, 1).AddMonths(r.n * i)
	d := month.AddDays((int(r.week) - int(month.Weekday()) + 7) % 7)
	if r.nth == last {
		for next := d.AddDays(7); next.Month == month.Month; next = next.AddDays(7) {
			d = next
		}
	} else {
		d = d.AddDays(7 * (r.nth - 1))
	}
	return d, d.Month == month.Month && (r.from.IsZero() || !d.Before(r.from))
}

// NextDates are the rule's next n times after an instant, fewer where it ends.
func (r Rule) NextDates(after time.Time, zone *time.Location, n int) []time.Time {
	var ts []time.Time
	for range n {
		t, ok := r.Next(after, zone)
		if !ok {
			break
		}
		ts = append(ts, t)
		after = t
	}
	return ts
}

// Warnings are what people get wrong about a rule like this one.
func (r Rule) Warnings(p *lang.Printer) []string {
	if r.kind != byCron {
		return nil
	}
	f := strings.Fields(r.text)
	var ws []string
	if f[2] != "*" && f[4] != "*" {
		ws = append(ws, p.T(`this cron line means days %s of the month and also every weekday %s; for one weekday of a month write "first Monday of the month at 09:00"`, f[2], f[4]))
	}
	if strings.HasPrefix(f[3], "*/") {
		ws = append(ws, p.T(`months %s count from January; to count from a day write "every %s months from 2027-03-15"`, f[3], f[3][2:]))
	}
	if strings.HasPrefix(f[2], "*/") {
		ws = append(ws, p.T(`days %s start again every month; for even intervals write "every 2 weeks from 2027-03-15"`, f[2]))
	}
	return ws
}

// Describe says the rule in plain words.
func (r Rule) Describe(p *lang.Printer) string {
	at := p.T("%02d:%02d", r.hour, r.minute)
	from := lang.Date{Time: r.from.Start(time.UTC), Layout: "2 January 2006"}
	switch r.kind {
	case weeks:
		on := p.T(r.from.Weekday().String())
		switch r.n {
		case 1:
			return p.T("every week on %s at %s, from %s", on, at, from)
		case 2:
			return p.T("every second week on %s at %s, from %s", on, at, from)
		}
		return p.T("every %d weeks on %s at %s, from %s", r.n, on, at, from)
	case months:
		switch r.n {
		case 1:
			return p.T("every month on day %d (or the last day) at %s, from %s", r.from.Day, at, from)
		case 2:
			return p.T("every second month on day %d (or the last day) at %s, from %s", r.from.Day, at, from)
		}
		return p.T("every %d months on day %d (or the last day) at %s, from %s", r.n, r.from.Day, at, from)
	case weekday:
		s := r.describeWeekday(p, at)
		if !r.from.IsZero() {
			return p.T("%s, from %s", s, from)
		}
		return s
	case byCron:
		return p.T("by the cron line %s", r.text)
	}
	return p.T("never")
}

func (r Rule) describeWeekday(p *lang.Printer, at string) string {
	nth, week := p.T(ordinal(r.nth)), p.T(r.week.String())
	switch r.n {
	case 1:
		return p.T("the %s %s of every month at %s", nth, week, at)
	case 2:
		return p.T("the %s %s of every second month at %s", nth, week, at)
	}
	return p.T("the %s %s of every %d months at %s", nth, week, r.n, at)
}

// LoadZone finds a zone by its IANA name. The machine's own zone has no name here.
func LoadZone(name string) (*time.Location, error) {
	if name != "" && name != "Local" {
		if z, err := time.LoadLocation(name); err == nil {
			return z, nil
		}
	}
	hint := "write it as Asia/Shanghai or Europe/Berlin"
	switch strings.ToLower(name) {
	case "china", "beijing", "asia/beijing", "shanghai", "cst", "gmt+8", "utc+8", "asia/shangai", "asia/shenzhen", "asia/guangzhou":
		hint = "for mainland China write Asia/Shanghai"
	}
	return nil, fmt.Errorf("%q is not the name of a time zone; %s", name, hint)
}
