package holiday

import (
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// Closed says why a factory is very likely closed, or does not run as usual, on days that
// somebody wants to visit it: a public holiday, the slow weeks around Chinese New Year, or
// a weekend on which the visit begins or ends. A weekend within a longer visit is rest, and
// asked about by nobody. It is empty where the factory can be expected to run.
func (c *Calendar) Closed(p *lang.Printer, first, last civil.Date) []string {
	why := append(c.holidays(p, first, last), c.slowWeeks(p, first, last)...)
	for _, d := range []civil.Date{first, last} {
		if c.Working(d) || c.Holiday(d) {
			continue
		}
		words := p.T("%s is a weekend day, on which most offices and many factories are closed.", dayAs(d, "Mon 2 January 2006"))
		if len(why) == 0 || why[len(why)-1] != words {
			why = append(why, words)
		}
	}
	return why
}

// running reports whether a factory can be expected to run on the days of a visit.
func (c *Calendar) running(first, last civil.Date) bool {
	if !c.Working(first) || !c.Working(last) {
		return false
	}
	for d := first; !d.After(last); d = d.AddDays(1) {
		if _, slow := c.slow(d); slow || c.Holiday(d) {
			return false
		}
	}
	return true
}

// Running is on which first days a visit of so many days would find the factory running:
// the nearest before first, but not before from, and the nearest from first on. It is empty
// where the years are not known.
func (c *Calendar) Running(first civil.Date, days int, from civil.Date) (near []civil.Date) {
	runs := func(d civil.Date) bool { return c.running(d, d.AddDays(days-1)) }
	for n := 1; n < betterWithin; n++ {
		if d := first.AddDays(-n); !d.Before(from) && d.Year <= c.until && runs(d) {
			near = append(near, d)
			break
		}
	}
	for n := range betterWithin {
		if d := first.AddDays(n); !d.Before(from) && d.AddDays(days).Year <= c.until && runs(d) {
			return append(near, d)
		}
	}
	return near
}

// busyBefore is how many days before Chinese New Year a visit begins to be less welcome: the
// advice calls the six weeks before it less good.
const busyBefore = 42

// Busy says that days are in the six weeks before Chinese New Year, when a visit is less
// good although factories run; it is empty otherwise, and in the slow weeks, of which
// [Calendar.Warnings] tells.
func (c *Calendar) Busy(p *lang.Printer, first, last civil.Date) string {
	if len(c.slowWeeks(p, first, last)) > 0 {
		return ""
	}
	for _, y := range []int{first.Year, last.Year, last.Year + 1} {
		newYear, ok := c.newYears[y]
		if ok && !last.Before(newYear.AddDays(-busyBefore)) && first.Before(newYear) {
			if first == last {
				return p.T("This day is in the six weeks before Chinese New Year (%s). Factories are busy then, and less happy to receive visitors. Ask whether it suits them.", dayAs(newYear, "2 January 2006"))
			}
			return p.T("These days are in the six weeks before Chinese New Year (%s). Factories are busy then, and less happy to receive visitors. Ask whether the days suit them.", dayAs(newYear, "2 January 2006"))
		}
	}
	return ""
}

// The days around Chinese New Year in which lots are finished in a hurry, or by new people.
const (
	festivalBefore = 28
	festivalAfter  = 42
)

// Festival reports whether a lot that is finished on a day is finished around Chinese New Year:
// at most four weeks before it, or six weeks after.
func (c *Calendar) Festival(d civil.Date) bool {
	for _, y := range []int{d.Year, d.Year + 1} {
		newYear, ok := c.newYears[y]
		if ok && !d.Before(newYear.AddDays(-festivalBefore)) && !d.After(newYear.AddDays(festivalAfter)) {
			return true
		}
	}
	return false
}

// Runs reports whether a factory can be expected to run on a day: it is worked, no holiday, and
// not in the slow weeks around Chinese New Year.
func (c *Calendar) Runs(d civil.Date) bool { return c.running(d, d) }
