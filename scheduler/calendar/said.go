package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// rule makes the rule of what was understood. The order of the cases matters: a day or a
// date says more than how often does, and so decides which kind of rule it is.
func (s *sentence) rule() (Rule, error) {
	if s.times > 0 {
		if err := s.share(); err != nil {
			return Rule{}, err
		}
	}
	if err := s.everySecond(); err != nil {
		return Rule{}, err
	}
	i := s.every
	if i.unit == noUnit {
		i = s.within
	}
	if i.tooLong() {
		return Rule{}, lang.Errorf("%q is too long to wait: at most %d weeks or %d months", s.text, maxWeeks, maxMonths)
	}
	s.startOnDate(i)
	nothing := len(s.dates)+len(s.months)+len(s.weekdays)+len(s.days) == 0 && !s.working
	switch {
	case i.unit == noUnit && nothing && !s.start.IsZero():
		return Rule{}, s.either("every month"+s.sinceTyped(), "every year"+s.sinceTyped())
	case i.unit == noUnit && nothing:
		return Rule{}, lang.Errorf("%q does not say how often; %s", s.text, lang.Errorf(examples))
	case i.unit == day:
		return s.daily(i)
	case s.working && s.nth == 0:
		return s.everyWorkingDay(i)
	case len(s.dates)+len(s.months) > 0:
		return s.yearly(i)
	case i.unit == week || i.unit == noUnit && s.nth == 0 && len(s.weekdays) > 0:
		return s.weekly(i)
	}
	if i.unit == noUnit {
		i = interval{n: 1, unit: month}
	}
	return s.monthly(i)
}

// everySecond asks about "every second Thursday", which is every two weeks to one reader and
// once a month to another.
func (s *sentence) everySecond() error {
	if !s.counted || s.nth <= 1 || len(s.weekdays) != 1 || s.every.unit != noUnit || s.within.unit != noUnit || len(s.months) > 0 {
		return nil
	}
	name := s.weekdays[0].String()
	return s.either(fmt.Sprintf("every %d weeks on %s", s.nth, name)+s.sinceTyped(), ordinal(s.nth)+" "+name+" of every month"+s.sinceTyped())
}

func (i interval) tooLong() bool {
	return i.unit == month && i.n > maxMonths || i.unit == week && i.n > maxWeeks
}

// startOnDate takes a date beside an interval that is no whole year as the start:
// "every 3 months, 15 January".
func (s *sentence) startOnDate(i interval) {
	within := i.unit == week || i.unit == month && i.n%12 != 0
	if len(s.dates) != 1 || len(s.months) > 0 || !s.start.IsZero() || !within || s.today.IsZero() {
		return
	}
	of := s.dates[0]
	s.start, s.dates = s.next(func(d civil.Date) bool { return d.Month == of.Month && d.Day == of.Day }), nil
}

// share makes "twice a year" every six months, unless it says when.
func (s *sentence) share() error {
	n, i := s.times, s.within
	said := len(s.days) + len(s.dates) + len(s.months) + len(s.weekdays)
	switch {
	case n == 1 || said == n:
		return s.often(i)
	case i.unit == month && n > 0 && i.n%n == 0:
		return s.often(interval{n: i.n / n, unit: month})
	case i.unit == month && i.n == 1 && n == 2:
		return s.either("on the 1st and 15th of every month", "every 2 weeks"+s.sinceTyped())
	case i.unit == month && i.n == 1:
		return s.notKept("every week"+s.sinceTyped(), "every 2 weeks"+s.sinceTyped())
	case i.unit == week && n == 2:
		return s.notKept("every Monday and Thursday", "every Tuesday and Friday")
	case i.unit == week:
		return s.notKept("every Monday, Wednesday and Friday", "every working day")
	case i.unit == day:
		return s.notKept("every day", "every working day")
	}
	weeks := max(1, i.n*52/12/n)
	months := max(1, i.n/n)
	return s.notKept(fmt.Sprintf("every %d weeks", weeks)+s.sinceTyped(), fmt.Sprintf("every %d months", months)+s.sinceTyped())
}

// daily is every so many days, which a rule says of whole weeks only.
func (s *sentence) daily(i interval) (Rule, error) {
	if len(s.weekdays)+len(s.days)+len(s.dates)+len(s.months) > 0 {
		return Rule{}, lang.Errorf("%q says twice how often; %s", s.text, lang.Errorf(examples))
	}
	switch n := i.n; {
	case n == 1 && !s.start.IsZero():
		return Rule{}, s.notKept("every day", "every week"+s.sinceTyped())
	case n == 1:
		return s.cron("*", "*", "*")
	case n%7 == 0:
		return s.weekly(interval{n: n / 7, unit: week})
	case n < 25:
		return Rule{}, s.notKept(fmt.Sprintf("every %d weeks", max(1, n/7))+s.sinceTyped(), fmt.Sprintf("every %d weeks", n/7+1)+s.sinceTyped())
	default:
		return Rule{}, s.either(fmt.Sprintf("every %d weeks", (n+3)/7)+s.sinceTyped(), fmt.Sprintf("every %d months", min(maxMonths, (n+15)/30))+s.sinceTyped())
	}
}

func (s *sentence) everyWorkingDay(i interval) (Rule, error) {
	switch {
	case i.unit == month:
		return Rule{}, s.either("first working day of every month", "last working day of every month")
	case !s.start.IsZero() || i.n > 1 || len(s.weekdays)+len(s.days)+len(s.dates)+len(s.months) > 0:
		return Rule{}, s.notKept("every working day", "every week"+s.sinceTyped())
	}
	return s.cron("*", "*", "1-5")
}

// cron is a rule for days that no other kind has.
func (s *sentence) cron(days, months, weekdays string) (Rule, error) {
	return parseCron(fmt.Sprintf("%d %d %s %s %s", s.minute, s.hour, days, months, weekdays))
}

func (s *sentence) weekly(i interval) (Rule, error) {
	n := max(i.n, 1)
	if len(s.days) > 0 || s.nth != 0 {
		if len(s.days) > 0 {
			return Rule{}, s.notKept(fmt.Sprintf("every %d weeks", n)+s.sinceTyped(), fmt.Sprintf("monthly on the %s", numbered(s.days[0]))+s.sinceTyped())
		}
		what := time.Monday.String()
		if len(s.weekdays) > 0 {
			what = s.weekdays[0].String()
		}
		return Rule{}, s.notKept(fmt.Sprintf("every %d weeks on %s", n, what)+s.sinceTyped(), s.nthTyped(s.nth)+" of every month"+s.sinceTyped())
	}
	slices.Sort(s.weekdays)
	s.weekdays = slices.Compact(s.weekdays)
	if len(s.weekdays) > 1 {
		if n > 1 || !s.start.IsZero() {
			return Rule{}, s.notKept(fmt.Sprintf("every %d weeks on %s", n, s.weekdays[0])+s.sinceTyped(), "every "+joinedTyped(s.weekdays))
		}
		var ds []string
		for _, d := range s.weekdays {
			ds = append(ds, strconv.Itoa(int(d)))
		}
		return s.cron("*", "*", strings.Join(ds, ","))
	}
	from := s.base()
	if from.IsZero() {
		return Rule{}, s.fromWhen()
	}
	if len(s.weekdays) == 1 {
		from = from.AddDays((int(s.weekdays[0]-from.Weekday()) + 7) % 7)
	}
	return Rule{kind: weeks, n: n, from: from, hour: s.hour, minute: s.minute}, nil
}

// names joins what has names: "Monday and Thursday".
func joinedTyped[T fmt.Stringer](all []T) string {
	s := all[0].String()
	for n, one := range all[1:] {
		if n == len(all)-2 {
			s += " and " + one.String()
		} else {
			s += ", " + one.String()
		}
	}
	return s
}

// twoDays says what to write where more than one day of a month is named, and they are not
// all days by their number.
func (s *sentence) twoDays(i interval) error {
	often := intervalTyped(i)
	switch {
	case len(s.days) > 0 && s.nth != 0 && s.days[0] <= 5: // "2nd and 4th Tuesday"
		return s.notKept(s.nthTyped(s.days[0])+" "+often+s.sinceTyped(), s.nthTyped(s.nth)+" "+often+s.sinceTyped())
	case len(s.days) > 0 && (s.nth != 0 || len(s.weekdays) > 0):
		return lang.Errorf("%q names a day of the month and a day of the week; %s", s.text, lang.Errorf(examples))
	case s.nth == 0 && len(s.weekdays) > 0:
		return s.either("first "+s.weekdays[0].String()+" "+often+s.sinceTyped(), "last "+s.weekdays[0].String()+" "+often+s.sinceTyped())
	case len(s.weekdays) > 1:
		return s.notKept(s.nthTyped(s.nth)+" "+often+s.sinceTyped(), ordinal(s.nth)+" "+s.weekdays[1].String()+" "+often+s.sinceTyped())
	}
	return nil
}

// monthly is every so many months, on a day of them. What leaves the day or the first month
// open is asked about: a rule that begins in the wrong month is found out months later.
func (s *sentence) monthly(i interval) (Rule, error) {
	slices.Sort(s.days)
	s.days = slices.Compact(s.days)
	if err := s.twoDays(i); err != nil {
		return Rule{}, err
	}
	if len(s.days) > 1 {
		return s.severalDays(i)
	}
	r := Rule{kind: months, n: i.n, from: s.base(), hour: s.hour, minute: s.minute}
	placed := s.nth != 0 || len(s.days) == 1
	switch {
	case s.nth != 0 && s.working:
		r.kind, r.nth, r.china = workday, s.nth, s.china
	case s.nth != 0:
		r.kind, r.nth, r.week = weekday, s.nth, s.weekdays[0]
	case placed:
		r.on = s.days[0]
	}
	if r.kind != months && i.n == 1 && s.start.IsZero() {
		r.from = civil.Date{}
		return r, nil
	}
	if i.year && placed && s.start.IsZero() {
		if s.nth != 0 {
			return Rule{}, s.either("yearly on the "+s.nthTyped(s.nth)+" of January", s.nthTyped(s.nth)+" of every month")
		}
		return Rule{}, s.either(fmt.Sprintf("monthly on the %s", numbered(s.days[0])), fmt.Sprintf("yearly on %d January", s.days[0]))
	}
	if r.from.IsZero() {
		return Rule{}, s.fromWhen()
	}
	if !placed {
		r.on = r.from.Day
		return r, nil
	}
	if s.today.IsZero() && r.kind == weekday { // as it was kept: the months count from the day that it names
		return r, nil
	}
	return s.from(r, func(m time.Month) bool {
		switch {
		case i.year:
			return m == s.start.Month
		case i.quarter && (r.nth == last || r.on == 31):
			return m%3 == 0
		case i.quarter && (r.nth != 0 || r.on == 1):
			return m%3 == 1
		}
		return true
	})
}

// intervalTyped is an interval in words that are read.
func intervalTyped(i interval) string {
	switch {
	case i.quarter:
		return "of every quarter"
	case i.n == 1:
		return "of every month"
	}
	return fmt.Sprintf("every %d months", i.n)
}

// from has a rule begin with its first day, in one of some months.
func (s *sentence) from(r Rule, in func(time.Month) bool) (Rule, error) {
	base := s.base()
	if base.IsZero() {
		return Rule{}, s.fromWhen()
	}
	for n := range 12 * 9 {
		first := civil.On(base.Year, base.Month+time.Month(n), 1)
		if d, ok := r.inMonth(first); ok && !d.Before(base) && in(first.Month) {
			r.from = d
			return r, nil
		}
	}
	return Rule{}, lang.Errorf("%q names a date that does not exist", s.text)
}

func (s *sentence) severalDays(i interval) (Rule, error) {
	a, b := s.days[0], s.days[1]
	if i.n > 1 || !s.start.IsZero() || s.days[len(s.days)-1] > 28 {
		return Rule{}, s.notKept("on the "+numbered(a)+" "+intervalTyped(i)+s.sinceTyped(), "on the "+numbered(b)+" "+intervalTyped(i)+s.sinceTyped())
	}
	var ds []string
	for _, d := range s.days {
		ds = append(ds, strconv.Itoa(d))
	}
	return s.cron(strings.Join(ds, ","), "*", "*")
}

// yearly is on days that name their months. Months at even distances are a rule of months,
// which can begin later and use working days; others can only be kept as a cron line.
func (s *sentence) yearly(i interval) (Rule, error) {
	for _, d := range s.dates {
		s.days, s.months = append(s.days, d.Day), append(s.months, d.Month)
	}
	slices.Sort(s.days)
	slices.Sort(s.months)
	s.days, s.months = slices.Compact(s.days), slices.Compact(s.months)
	in := joinedTyped(s.months)
	switch {
	case len(s.days) > 1 && len(s.dates) > 1:
		a, b := s.dates[0], s.dates[1]
		return Rule{}, s.notKept(fmt.Sprintf("yearly on %d %s", a.Day, a.Month), fmt.Sprintf("yearly on %d %s", b.Day, b.Month))
	case len(s.days) > 1:
		return Rule{}, s.notKept(fmt.Sprintf("on the %s of %s", numbered(s.days[0]), in), fmt.Sprintf("on the %s of %s", numbered(s.days[1]), in))
	case len(s.days) == 1 && (s.nth != 0 || len(s.weekdays) > 0):
		return Rule{}, lang.Errorf("%q names a day of the month and a day of the week; %s", s.text, lang.Errorf(examples))
	case s.nth != 0 && len(s.weekdays) > 1:
		return Rule{}, s.notKept(s.nthTyped(s.nth)+" of "+in, ordinal(s.nth)+" "+s.weekdays[1].String()+" of "+in)
	case s.nth == 0 && len(s.weekdays) > 0:
		return Rule{}, s.either("first "+s.weekdays[0].String()+" of "+in, "last "+s.weekdays[0].String()+" of "+in)
	case s.nth == 0 && len(s.days) == 0:
		return Rule{}, s.either("on the 1st of "+in, "first Monday of "+in)
	}
	r := Rule{kind: months, hour: s.hour, minute: s.minute, from: s.base()}
	switch {
	case s.nth != 0 && s.working:
		r.kind, r.nth, r.china = workday, s.nth, s.china
	case s.nth != 0:
		r.kind, r.nth, r.week = weekday, s.nth, s.weekdays[0]
	default:
		r.on = s.days[0]
	}
	gap := 12 / len(s.months)
	even := 12%len(s.months) == 0
	for n, m := range s.months {
		even = even && m == s.months[0]+time.Month(n*gap)
		if r.on != 31 && r.on > civil.On(4, m+1, 0).Day {
			return Rule{}, lang.Errorf("%q names a date that does not exist", s.text)
		}
	}
	switch {
	case even:
		r.n = gap
		if len(s.months) == 1 && i.year {
			r.n = i.n
		}
		return s.from(r, func(m time.Month) bool { return slices.Contains(s.months, m) })
	case r.kind != months || !s.start.IsZero() || r.on > 28:
		one := s.months[0].String()
		on := fmt.Sprintf("on the %s of ", numbered(max(r.on, 1)))
		if s.nth != 0 {
			on = s.nthTyped(s.nth) + " of "
		}
		return Rule{}, s.notKept(on+one+s.sinceTyped(), on+s.months[1].String()+s.sinceTyped())
	}
	var ms []string
	for _, m := range s.months {
		ms = append(ms, strconv.Itoa(int(m)))
	}
	return s.cron(strconv.Itoa(r.on), strings.Join(ms, ","), "*")
}

// numbered is the number of a day of the month as people count them: "15th". Each is a key.
func numbered(n int) string {
	return [...]string{
		"1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th",
		"11th", "12th", "13th", "14th", "15th", "16th", "17th", "18th", "19th", "20th",
		"21st", "22nd", "23rd", "24th", "25th", "26th", "27th", "28th", "29th", "30th",
		"31st",
	}[n-1]
}
