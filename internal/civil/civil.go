// Package civil has days of the calendar without a time and without a zone: the
// day of a visit is the same day for the factory and for a colleague abroad.
//
// It owns the step from a day and a wall clock to an instant, including the
// nights on which clocks change. Rules about days (weekends, holidays,
// milestones) belong to the packages that state them.
package civil

import (
	"cmp"
	"database/sql/driver"
	"fmt"
	"time"

	"visitprep/internal/chars"
)

// A Date is one day of the Gregorian calendar. Dates compare with ==; the zero
// Date is no day at all.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Of is the day that t falls on in its own location.
func Of(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// On is the day of these numbers, as time.Date reads them: the 31st of April
// is the 1st of May.
func On(year int, month time.Month, day int) Date {
	return Of(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// Parse reads a day written as 2027-03-15, on whatever keyboard.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, chars.ASCII(s))
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day; write it as 2027-03-15", s)
	}
	return Of(t), nil
}

// String writes d as 2027-03-15; the zero Date is empty.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// Format writes d as time.Time.Format does.
func (d Date) Format(layout string) string { return d.utc().Format(layout) }

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// AddDays is the day n days later.
func (d Date) AddDays(n int) Date { return On(d.Year, d.Month, d.Day+n) }

// AddMonths is the same day n months later, or that month's last day where it
// is shorter: a month after 31 January is the end of February.
func (d Date) AddMonths(n int) Date {
	first := On(d.Year, d.Month+time.Month(n), 1)
	last := On(first.Year, first.Month+1, 0)
	return Date{first.Year, first.Month, min(d.Day, last.Day)}
}

// Sub is the number of days from o to d.
func (d Date) Sub(o Date) int { return int(d.utc().Sub(o.utc()) / (24 * time.Hour)) }

// Compare orders days: negative when d is before o.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Before reports whether d is before o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is after o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// At is the instant at which the clock of zone shows this time of the day. Where
// clocks are put forward past it, it is the first instant after the gap; where
// they are put back, it is the first of the two.
func (d Date) At(hour, minute int, zone *time.Location) time.Time {
	wall := time.Date(d.Year, d.Month, d.Day, hour, minute, 0, 0, time.UTC).Unix()
	// No zone is further than a day from UTC, so the periods of one offset
	// that begin here are all that can show this time.
	from := time.Unix(wall, 0).Add(-24 * time.Hour).In(zone)
	for {
		start, end := from.ZoneBounds()
		_, offset := from.Zone()
		at := time.Unix(wall-int64(offset), 0).In(zone)
		switch {
		case at.Before(start): // the clock jumped over it
			return start
		case end.IsZero() || at.Before(end):
			return at
		}
		from = end
	}
}

// Start is the first instant of the day in zone.
func (d Date) Start(zone *time.Location) time.Time { return d.At(0, 0, zone) }

// MarshalText writes d as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	p, err := Parse(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// Value stores d in a database as text, the zero Date as the empty one.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads what Value stored.
func (d *Date) Scan(v any) error {
	switch v := v.(type) {
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	}
	return fmt.Errorf("a day is stored as text, not as %T", v)
}
