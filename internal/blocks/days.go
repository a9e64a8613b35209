package blocks

import (
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// The wording of days. A day has no zone, so it is written out rather than left to
// Slack, which would show it in the reader's own zone and be a day off.

// OnDay writes "Mon 15 March 2027".
func OnDay(p Printer, d civil.Date) string { return dayAs(p, d, "Mon 2 January 2006") }

// ShortDay writes "15 March".
func ShortDay(p Printer, d civil.Date) string { return dayAs(p, d, "2 January") }

// FullDay writes "15 March 2027".
func FullDay(p Printer, d civil.Date) string { return dayAs(p, d, "2 January 2006") }

func dayAs(p Printer, d civil.Date, layout string) string {
	return Time(p, d.Start(time.UTC), layout)
}

// Time writes t by one of Go's layouts, as the language words it.
func Time(p Printer, t time.Time, layout string) string {
	return lang.Date{Time: t, Layout: layout}.Words(p.Printer)
}

// Days writes the days of a visit: "Mon 15 to Wed 17 March 2027".
func Days(p Printer, first, last civil.Date) string {
	switch {
	case first == last:
		return OnDay(p, first)
	case first.Year == last.Year && first.Month == last.Month:
		return p.T("%s to %s", dayAs(p, first, "Mon 2"), OnDay(p, last))
	case first.Year == last.Year:
		return p.T("%s to %s", dayAs(p, first, "Mon 2 January"), OnDay(p, last))
	}
	return p.T("%s to %s", OnDay(p, first), OnDay(p, last))
}

// Ahead says how far a day is from today: "in 16 weeks", "in 9 months", "tomorrow", "3 days ago".
func Ahead(p Printer, d, today civil.Date) string {
	n := d.Sub(today)
	span := max(n, -n)
	weeks := span >= 14 && (span%7 == 0 || span > 28) // in days they are hard to picture
	months := span > 26*7                             // and half a year in weeks
	switch {
	case months && n < 0:
		return p.T("%d months ago", (span+15)/30)
	case months:
		return p.T("in %d months", (span+15)/30)
	case n == 0:
		return p.T("today")
	case n == 1:
		return p.T("tomorrow")
	case n == -1:
		return p.T("yesterday")
	case n < 0 && weeks:
		return p.T("%d weeks ago", (span+3)/7)
	case n < 0:
		return p.T("%d days ago", span)
	case weeks:
		return p.T("in %d weeks", (span+3)/7)
	default:
		return p.T("in %d days", n)
	}
}
