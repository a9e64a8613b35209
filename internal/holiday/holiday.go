// Package holiday knows mainland China's public holidays, the weekends that are
// worked in exchange, and the weeks in which factories slow down. The data and
// where it comes from are in the folder data.
//
// What the State Council has announced is reported as such. Later years are
// computed from the law and the moon, and are reported as expected.
package holiday

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

//go:embed data/*.csv
var data embed.FS

// A Day is one day of the holiday calendar.
type Day struct {
	Name     string // of the holiday that it belongs to
	Off      bool   // a day off
	MakeUp   bool   // a weekend day on which offices work
	Expected bool   // computed; not announced yet
}

// A Calendar is China's calendar. It never changes and may be used by any number
// of goroutines.
type Calendar struct {
	days     map[civil.Date]Day
	newYears map[int]festival // by Gregorian year
	announced,
	until int // the last year announced, and the last one computed
}

type festival struct{ newYear, lantern civil.Date }

// China reads the calendar that comes with the program.
func China() (*Calendar, error) {
	c := &Calendar{days: map[civil.Date]Day{}, newYears: map[int]festival{}}
	err := read("cn.csv", func(row []string) error {
		d, err := civil.Parse(row[0])
		if err != nil {
			return err
		}
		c.days[d] = Day{Name: row[1], Off: row[3] == "holiday", MakeUp: row[3] == "makeup_workday"}
		c.announced = max(c.announced, d.Year)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := read("statutory_computed.csv", func(row []string) error {
		d, err := civil.Parse(row[0])
		if err != nil {
			return err
		}
		if d.Year > c.announced {
			day := Day{Name: row[1], Off: true, Expected: true}
			if was, ok := c.days[d]; ok { // two festivals on one day
				day.Name = was.Name + " and " + day.Name
			}
			c.days[d] = day
		}
		c.until = max(c.until, d.Year)
		return nil
	}); err != nil {
		return nil, err
	}
	return c, read("festival_dates.csv", func(row []string) error {
		var f festival
		var err error
		if f.newYear, err = civil.Parse(row[2]); err != nil {
			return err
		}
		if f.lantern, err = civil.Parse(row[3]); err != nil {
			return err
		}
		c.newYears[f.newYear.Year] = f
		return nil
	})
}

func read(name string, row func([]string) error) error {
	raw, err := data.ReadFile("data/" + name)
	if err != nil {
		return fmt.Errorf("read the holidays: %w", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for i, r := range rows[1:] {
		if err := row(r); err != nil {
			return fmt.Errorf("read %s, line %d: %w", name, i+2, err)
		}
	}
	return nil
}

// Day says what is special about a day; it reports false for an ordinary one.
func (c *Calendar) Day(d civil.Date) (Day, bool) {
	day, ok := c.days[d]
	return day, ok
}

// Holiday reports whether a day is off by the announced or expected calendar.
func (c *Calendar) Holiday(d civil.Date) bool { return c.days[d].Off }

// MakeUp reports whether a weekend day is worked in exchange for a holiday.
func (c *Calendar) MakeUp(d civil.Date) bool { return c.days[d].MakeUp }

// Working reports whether offices work on a day.
func (c *Calendar) Working(d civil.Date) bool {
	if c.Holiday(d) {
		return false
	}
	w := d.Weekday()
	return c.MakeUp(d) || w != time.Saturday && w != time.Sunday
}

// The weeks around Spring Festival, in days from the New Year. Sources differ and
// every factory sets its own; these are the middle of what trade sources give:
// output falls away one to three weeks before, and full strength comes two to four
// weeks after the break (research cited in data/README.md).
const (
	slowBefore = 14
	slowAfter  = 28
)

// A Break is a holiday's days off in a row, weekends included.
type Break struct {
	Name        string
	First, Last civil.Date
	Expected    bool
}

// Breaks lists the holidays that touch the days from first to last, in order.
func (c *Calendar) Breaks(first, last civil.Date) []Break {
	var bs []Break
	for d := first; !d.After(last); d = d.AddDays(1) {
		if !c.Holiday(d) {
			continue
		}
		b := Break{Name: c.days[d].Name, First: d, Last: d, Expected: c.days[d].Expected}
		for !c.Working(b.First.AddDays(-1)) {
			b.First = b.First.AddDays(-1)
		}
		for !c.Working(b.Last.AddDays(1)) {
			b.Last = b.Last.AddDays(1)
		}
		bs = append(bs, b)
		d = b.Last
	}
	return bs
}

// slow reports the New Year in whose slow weeks a day is.
func (c *Calendar) slow(d civil.Date) (civil.Date, bool) {
	for _, y := range []int{d.Year, d.Year + 1} {
		f, ok := c.newYears[y]
		if ok && !d.Before(f.newYear.AddDays(-slowBefore)) && !d.After(f.newYear.AddDays(slowAfter)) {
			return f.newYear, true
		}
	}
	return civil.Date{}, false
}

// Warnings says what the calendar does to the days of a visit or an inspection, a
// sentence each; nothing where they are ordinary, or beyond the known years.
func (c *Calendar) Warnings(p *lang.Printer, first, last civil.Date) []string {
	var ws []string
	for _, b := range c.Breaks(first, last) {
		days := p.T("%s", dayAs(b.First, "2 January 2006"))
		if b.First != b.Last {
			days = p.T("%s to %s", dayAs(b.First, "2 January"), dayAs(b.Last, "2 January 2006"))
		}
		if b.Expected {
			ws = append(ws, p.T("%s (%s) is expected but not yet announced. Ask the factory which days it closes.", p.T(b.Name), days))
		} else {
			ws = append(ws, p.T("%s: offices are closed %s. Ask the factory which days it closes.", p.T(b.Name), days))
		}
	}
	for d := first; !d.After(last); d = d.AddDays(1) {
		if year, ok := c.slow(d); ok {
			w := p.T("These are the weeks before Chinese New Year (%s): many factories wind down one to three weeks before it. Ask the factory when it runs normally.", dayAs(year, "2 January 2006"))
			if !d.Before(year) {
				w = p.T("These are the weeks after Chinese New Year (%s): many factories are back at full strength only two to four weeks after the break. Ask the factory when it runs normally.", dayAs(year, "2 January 2006"))
			}
			ws = append(ws, w)
			break
		}
	}
	for d := first; !d.After(last); d = d.AddDays(1) {
		if d.Month == time.September && d.Day >= 20 && len(c.Breaks(d.AddDays(1), d.AddDays(14))) > 0 && !c.Holiday(d) {
			ws = append(ws, p.T("Shipments peak in the last days before National Day (1 October). Book the inspector and the truck early."))
			break
		}
	}
	for d := first; !d.After(last); d = d.AddDays(1) {
		if c.MakeUp(d) {
			ws = append(ws, p.T("%s falls on a weekend, but offices work that day to make up for %s.", dayAs(d, "Mon 2 January"), p.T(c.days[d].Name)))
		}
	}
	return ws
}

func dayAs(d civil.Date, layout string) lang.Date {
	return lang.Date{Time: d.Start(time.UTC), Layout: layout}
}

// betterWithin bounds the search for a better day.
const betterWithin = 70

// Better is the nearest working day outside holidays and slow weeks: d itself when
// it is one, an earlier one when it is as near. It reports false where the years
// are not known.
func (c *Calendar) Better(d civil.Date) (civil.Date, bool) {
	if d.Year > c.until {
		return d, false
	}
	good := func(d civil.Date) bool {
		_, slow := c.slow(d)
		return c.Working(d) && !slow
	}
	for n := range betterWithin {
		if e := d.AddDays(-n); good(e) {
			return e, true
		}
		if l := d.AddDays(n); good(l) {
			return l, true
		}
	}
	return d, false
}
