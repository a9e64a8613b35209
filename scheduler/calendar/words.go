package calendar

import (
	"slices"
	"strconv"
	"time"

	"github.com/robfig/cron/v3"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

var ordinals = []struct {
	word string
	n    int
}{{"first", 1}, {"second", 2}, {"third", 3}, {"fourth", 4}, {"fifth", 5}, {"last", last}}

func ordinal(n int) string {
	for _, o := range ordinals {
		if o.n == n {
			return o.word
		}
	}
	return strconv.Itoa(n)
}

// Describe says the days of the rule in plain words; its hour moves nothing that people
// see.
func (r Rule) Describe(p *lang.Printer) string {
	switch r.kind {
	case weeks:
		return p.T("%s, from %s", r.ofWeeks(p), fullDay(r.from))
	case months, weekday, workday:
		s := r.ofMonths(p)
		if r.from.IsZero() {
			return s
		}
		return p.T("%s, from %s", s, fullDay(r.from))
	case byCron:
		return r.ofCron(p)
	}
	return p.T("never")
}

func fullDay(d civil.Date) lang.Date {
	return lang.Date{Time: d.Start(time.UTC), Layout: "2 January 2006"}
}

func (r Rule) ofWeeks(p *lang.Printer) string {
	on := p.T(r.from.Weekday().String())
	switch r.n {
	case 1:
		return p.T("every week on %s", on)
	case 2:
		return p.T("every second week on %s", on)
	}
	return p.T("every %d weeks on %s", r.n, on)
}

// ofMonths says which day of how many months.
func (r Rule) ofMonths(p *lang.Printer) string {
	on, month := PlaceWords(p, r.place()), p.T(r.from.Month.String())
	if r.kind == months && r.on > 28 && r.on < 31 {
		on = p.T("%s (or the last day)", on)
	}
	yearly := r.n%12 == 0 && !r.from.IsZero()
	switch {
	case yearly && r.kind == months && r.n == 12:
		return p.T("every year on %s", lang.Date{Time: civil.On(4, r.from.Month, min(r.on, civil.On(4, r.from.Month+1, 0).Day)).Start(time.UTC), Layout: "2 January"})
	case yearly && r.kind == months:
		return p.T("every %d years on %s", r.n/12, lang.Date{Time: civil.On(4, r.from.Month, min(r.on, civil.On(4, r.from.Month+1, 0).Day)).Start(time.UTC), Layout: "2 January"})
	case yearly && r.n == 12:
		return p.T("every year on %s of %s", on, month)
	case yearly:
		return p.T("every %d years on %s of %s", r.n/12, on, month)
	case r.n == 1:
		return p.T("every month on %s", on)
	case r.n == 2:
		return p.T("every second month on %s", on)
	}
	return p.T("every %d months on %s", r.n, on)
}

// ofCron says the days of a cron line, with the months by their names.
func (r Rule) ofCron(p *lang.Printer) string {
	s, ok := r.cron.(*cron.SpecSchedule)
	if !ok {
		return r.text
	}
	const star = 1 << 63 // robfig's, for a field that is one
	set := func(field uint64, low, high int) (all []int) {
		for n := low; n <= high; n++ {
			if field>>n&1 == 1 {
				all = append(all, n)
			}
		}
		return all
	}
	days, ms, week := set(s.Dom, 1, 31), set(s.Month, 1, 12), set(s.Dow, 0, 6)
	anyDay, anyWeekday := s.Dom&star != 0 || len(days) == 31, s.Dow&star != 0 || len(week) == 7
	var dayWords, monthWords, weekWords []string
	for _, d := range days {
		dayWords = append(dayWords, p.T(numbered(d)))
	}
	for _, m := range ms {
		monthWords = append(monthWords, p.T(time.Month(m).String()))
	}
	for _, d := range week {
		weekWords = append(weekWords, p.T(time.Weekday(d).String()))
	}
	on := p.T("every %s", listed(p, weekWords))
	if slices.Equal(week, []int{1, 2, 3, 4, 5}) {
		on = p.T("every day from Monday to Friday")
	}
	of := p.T("every month")
	if len(ms) < 12 {
		of = listed(p, monthWords)
	}
	switch {
	case anyDay && anyWeekday && len(ms) == 12:
		return p.T("every day")
	case anyDay && anyWeekday:
		return p.T("every day in %s", of)
	case anyDay && len(ms) == 12:
		return on
	case anyDay:
		return p.T("%s in %s", on, of)
	case anyWeekday:
		return p.T("on the %s of %s", listed(p, dayWords), of)
	}
	return p.T("on the %s of %s, and besides %s", listed(p, dayWords), of, on)
}

// listed joins words as a list: "March, June and September".
func listed(p *lang.Printer, words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	case 2:
		return p.T("%s and %s", words[0], words[1])
	default:
		return p.T("%s, %s", words[0], listed(p, words[1:]))
	}
}
