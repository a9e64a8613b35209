// Package calendar has the rules by which things recur: when the next one is, in
// a zone. A rule is a cron line of five fields, or one of the plain forms for what
// cron cannot say: every so many weeks or months from a day, the second Tuesday of
// a month, and its last working day. [Read] takes what people say, and a rule is said
// back in words.
//
// robfig/cron/v3 reads and evaluates the cron lines and nothing else of it is
// used. The package corrects what it gets wrong around changes of the clock: a
// rule for one hour of the day fires exactly once on every day that exists in the
// zone, where the clock skips its time at the first moment after, where the clock
// shows it twice the first time.
package calendar

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines that have none

	"github.com/robfig/cron/v3"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
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
	on     int // day of the month, or its last where it is shorter
	nth    int // 1 to 5, or last
	week   time.Weekday
	china  *holiday.Calendar // of a rule of working days
	hour   int
	minute int
}

type kind int

const (
	never   kind = iota
	byCron       // cron line
	weeks        // every n weeks from a day
	months       // a day of every n-th month
	weekday      // the nth weekday of every n-th month
	workday      // the nth day of every n-th month that is worked
)

const last = -1

// String writes the rule as Parse reads it.
func (r Rule) String() string { return r.text }

// From is the day from which the rule counts; the zero day where it counts from none.
func (r Rule) From() civil.Date { return r.from }

// written is the text of a rule that was read.
func (r Rule) written() string {
	in := "of the month"
	if !r.from.IsZero() {
		in = fmt.Sprintf("every %d months from %s", r.n, r.from)
	}
	s := r.text
	switch {
	case r.kind == weeks:
		s = fmt.Sprintf("every %d weeks from %s", r.n, r.from)
	case r.kind == months && r.on == r.from.Day:
		s = in
	case r.kind == months:
		s = fmt.Sprintf("every %d months on the %s from %s", r.n, numbered(r.on), r.from)
	case r.kind == weekday:
		s = fmt.Sprintf("%s %s %s", ordinal(r.nth), r.week, in)
	case r.kind == workday:
		s = fmt.Sprintf("%s working day %s", ordinal(r.nth), in)
	default:
		return s
	}
	return fmt.Sprintf("%s at %02d:%02d", s, r.hour, r.minute)
}

// Next is the first time of the rule after an instant, in a zone. Where there is
// none, in the next five years for a cron line, it is the zero time and false.
func (r Rule) Next(after time.Time, zone *time.Location) (time.Time, bool) {
	switch r.kind {
	case byCron:
		if r.hourly {
			return r.running(after, zone)
		}
		return r.wall(after, zone)
	case weeks, months, weekday, workday:
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
		default:
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
	if r.kind == weeks {
		return r.from.AddDays(7 * r.n * i), true
	}
	start := r.from
	if start.IsZero() {
		start = today
	}
	d, ok := r.inMonth(civil.On(start.Year, start.Month, 1).AddMonths(r.n * i))
	return d, ok && (r.from.IsZero() || !d.Before(r.from))
}

// inMonth is the rule's day in the month that begins with first, if it has one.
func (r Rule) inMonth(first civil.Date) (civil.Date, bool) {
	end := civil.On(first.Year, first.Month+1, 0)
	switch r.kind {
	case months:
		return first.AddDays(min(r.on, end.Day) - 1), true
	case workday:
		return r.workdayIn(first, end)
	}
	d := first.AddDays((int(r.week) - int(first.Weekday()) + 7) % 7)
	if r.nth == last {
		for next := d.AddDays(7); next.Month == first.Month; next = next.AddDays(7) {
			d = next
		}
	} else {
		d = d.AddDays(7 * (r.nth - 1))
	}
	return d, d.Month == first.Month
}

// workdayIn counts the days from Monday to Friday that are no public holiday. A weekend
// that is worked in exchange for one is not among them: nobody counts on it.
func (r Rule) workdayIn(first, end civil.Date) (civil.Date, bool) {
	d, step, left := first, 1, r.nth
	if r.nth == last {
		d, step, left = end, -1, 1
	}
	for ; d.Month == first.Month; d = d.AddDays(step) {
		if w := d.Weekday(); w == time.Saturday || w == time.Sunday || r.china.Holiday(d) {
			continue
		}
		if left--; left == 0 {
			return d, true
		}
	}
	return civil.Date{}, false
}

// NextDays are the first n days of the rule from a day on, in a zone, fewer where it
// ends.
func (r Rule) NextDays(from civil.Date, zone *time.Location, n int) []civil.Date {
	var days []civil.Date
	for d := r.NextDay(from.AddDays(-1), zone); !d.IsZero() && len(days) < n; d = r.NextDay(d, zone) {
		days = append(days, d)
	}
	return days
}

// usualHour is the hour of a rule that names none.
const usualHour = 9

// perDay is how often the rule comes on each of its days, and the first time of those.
func (r Rule) perDay() (times, hour, minute int) {
	s, ok := r.cron.(*cron.SpecSchedule)
	if !ok {
		return 1, r.hour, r.minute
	}
	hours, minutes := s.Hour&(1<<24-1), s.Minute&(1<<60-1) // the bit above them is robfig's, for a star
	return bits.OnesCount64(hours) * bits.OnesCount64(minutes), bits.TrailingZeros64(hours), bits.TrailingZeros64(minutes)
}

// Warnings are what people get wrong about the rule of an inspection plan.
func (r Rule) Warnings(p *lang.Printer) []string {
	var ws []string
	switch times, hour, minute := r.perDay(); {
	case times > 1:
		ws = append(ws, p.T(`this rule comes %d times a day, and a plan makes one inspection a day; for one a week write "0 9 * * 1"`, times))
	case r.kind != never && (hour != usualHour || minute != 0):
		ws = append(ws, p.T("an inspection is on a day, without an hour: its %02d:%02d is not used", hour, minute))
	}
	if r.kind != byCron {
		return ws
	}
	f := strings.Fields(r.text)
	if f[2] != "*" && f[4] != "*" {
		ws = append(ws, p.T(`this cron line means days %s of the month and also every weekday %s; for one weekday of a month write "first Monday of the month"`, f[2], f[4]))
	}
	if strings.HasPrefix(f[3], "*/") {
		ws = append(ws, p.T(`months %s count from January; to count from a day write "every %s months from 2027-03-15"`, f[3], f[3][2:]))
	}
	if strings.HasPrefix(f[2], "*/") {
		ws = append(ws, p.T(`days %s start again every month; for even intervals write "every 2 weeks from 2027-03-15"`, f[2]))
	}
	return ws
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
