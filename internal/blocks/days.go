package blocks

import (
	"visitprep/internal/civil"
)

// The wording of days. A day has no zone, so it is written out rather than left to
// Slack, which would show it in the reader's own zone and be a day off.

// onDay writes "Mon 15 March 2027".
func OnDay(d civil.Date) string { return d.Format("Mon 2 January 2006") }

// shortDay writes "15 March".
func ShortDay(d civil.Date) string { return d.Format("2 January") }

// days writes the days of a visit: "Mon 15 to Wed 17 March 2027".
func Days(p Printer, first, last civil.Date) string {
	switch {
	case first == last:
		return OnDay(first)
	case first.Format("2006-01") == last.Format("2006-01"):
		return p.T("%s to %s", first.Format("Mon 2"), OnDay(last))
	case first.Format("2006") == last.Format("2006"):
		return p.T("%s to %s", first.Format("Mon 2 January"), OnDay(last))
	}
	return p.T("%s to %s", OnDay(first), OnDay(last))
}

// ahead says how far a day is from today: "in 16 weeks", "tomorrow", "3 days ago".
func Ahead(p Printer, d, today civil.Date) string {
	switch n := d.Sub(today); {
	case n == 0:
		return "today"
	case n == 1:
		return "tomorrow"
	case n == -1:
		return "yesterday"
	case n < 0:
		return p.T("%s ago", span(p, -n))
	default:
		return p.T("in %s", span(p, n))
	}
}

func span(p Printer, n int) string {
	if n >= 14 {
		if n%7 == 0 || n > 28 {
			return p.T("%d weeks", (n+3)/7)
		}
	}
	return p.T("%d days", n)
}
