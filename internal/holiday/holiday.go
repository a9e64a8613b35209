// Package holiday knows mainland China's public holidays, the weekends that are
// worked in exchange, and the weeks in which factories slow down. The data and
// where it comes from are in the folder data.
//
// What the State Council has announced is reported as such. Later years are
// computed from the law and the moon, in the length that the notices usually give
// the long holidays, and are reported as usual and not announced.
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
	whole    bool   // its holiday was computed with the weekends in it
}

// A Calendar is China's calendar. It never changes and may be used by any number
// of goroutines.
type Calendar struct {
	days     map[civil.Date]Day
	newYears map[int]civil.Date // by Gregorian year
	announced,
	until int // the last year announced, and the last one computed
}

// China reads the calendar that comes with the program.
func China() (*Calendar, error) {
	c := &Calendar{days: map[civil.Date]Day{}, newYears: map[int]civil.Date{}}
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
			c.days[d] = Day{Name: row[1], Off: true, Expected: true}
		}
		c.until = max(c.until, d.Year)
		return nil
	}); err != nil {
		return nil, err
	}
	return c, read("festival_dates.csv", func(row []string) error {
		newYear, err := civil.Parse(row[2])
		if err != nil {
			return err
		}
		midAutumn, err := civil.Parse(row[6])
		if err != nil {
			return err
		}
		c.newYears[newYear.Year] = newYear
		if newYear.Year > c.announced {
			c.expect("Spring Festival", newYear.AddDays(-1), springDays)
			c.expect("Labour Day", civil.On(newYear.Year, time.May, 1), labourDays)
			national := civil.On(newYear.Year, time.October, 1)
			if n := midAutumn.Sub(national); n >= 0 && n < nationalDays {
				c.expect("National Day and Mid-Autumn Festival", national, nationalDays+1)
			} else {
				c.expect("National Day", national, nationalDays)
			}
		}
		return nil
	})
}

// How long the notices have made the long holidays, in days from the first of May and of
// October and from New Year's Eve: since 2020, every year, and since the law of 2024.
// Where Mid-Autumn falls among the days of National Day, there is one more.
const (
	labourDays   = 5
	nationalDays = 7
	springDays   = 8
)

func (c *Calendar) expect(name string, first civil.Date, days int) {
	for n := range days {
		c.days[first.AddDays(n)] = Day{Name: name, Off: true, Expected: true, whole: true}
	}
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
	if day, ok := c.days[d]; ok || d.Year <= c.until {
		return day, ok
	}
	// Beyond the years whose moon is known, what goes by the sun still comes.
	day := Day{Off: true, Expected: true, whole: true}
	switch {
	case d.Month == time.January && d.Day == 1:
		day.Name, day.whole = "New Year's Day", false
	case d.Month == time.May && d.Day <= labourDays:
		day.Name = "Labour Day"
	case d.Month == time.October && d.Day <= nationalDays:
		day.Name = "National Day"
	default:
		return Day{}, false
	}
	return day, true
}

// Holiday reports whether a day is off by the announced or the usual calendar. The days
// that usually belong to a holiday count before they are announced: a reminder that keeps
// off one of them for nothing comes a few days early, while one on it would find an empty
// office.
func (c *Calendar) Holiday(d civil.Date) bool { day, _ := c.Day(d); return day.Off }

// MakeUp reports whether a weekend day is worked in exchange for a holiday. Which these
// will be only a notice says.
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

// A Break is a holiday's days off in a row, with the weekends beside it. Where the usual
// length of a holiday is not announced, it has that: a weekend beside it may be worked in
// exchange.
type Break struct {
	Name        string
	First, Last civil.Date
	Expected    bool
}

// Breaks lists the holidays that touch the days from first to last, in order.
func (c *Calendar) Breaks(first, last civil.Date) []Break {
	var bs []Break
	for d := first; !d.After(last); d = d.AddDays(1) {
		day, _ := c.Day(d)
		if !day.Off {
			continue
		}
		belongs := func(d civil.Date) bool {
			if !day.whole {
				return !c.Working(d)
			}
			other, _ := c.Day(d)
			return other == day
		}
		b := Break{Name: day.Name, First: d, Last: d, Expected: day.Expected}
		for belongs(b.First.AddDays(-1)) {
			b.First = b.First.AddDays(-1)
		}
		for belongs(b.Last.AddDays(1)) {
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
		newYear, ok := c.newYears[y]
		if ok && !d.Before(newYear.AddDays(-slowBefore)) && !d.After(newYear.AddDays(slowAfter)) {
			return newYear, true
		}
	}
	return civil.Date{}, false
}

// Warnings says what the calendar does to the days of a visit or an inspection, a
// sentence each; nothing where they are ordinary, or beyond the known years.
func (c *Calendar) Warnings(p *lang.Printer, first, last civil.Date) []string {
	ws := append(c.holidays(p, first, last), c.slowWeeks(p, first, last)...)
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

// holidays says which holidays the days touch.
func (c *Calendar) holidays(p *lang.Printer, first, last civil.Date) (ws []string) {
	for _, b := range c.Breaks(first, last) {
		days := span(p, b.First, b.Last)
		if b.Expected {
			ws = append(ws, p.T("%s: offices are usually closed %s (not announced yet, as far as I know). Check the official days, and ask the factory which days it closes.", p.T(b.Name), days))
		} else {
			ws = append(ws, p.T("%s: offices are closed %s. Ask the factory which days it closes.", p.T(b.Name), days))
		}
	}
	return ws
}

// slowWeeks says whether the days are in the slow weeks around a New Year.
func (c *Calendar) slowWeeks(p *lang.Printer, first, last civil.Date) []string {
	for d := first; !d.After(last); d = d.AddDays(1) {
		if year, ok := c.slow(d); ok {
			if !d.Before(year) {
				return []string{p.T("These are the weeks after Chinese New Year (%s): many factories are back at full strength only two to four weeks after the break. Ask the factory when it runs normally.", dayAs(year, "2 January 2006"))}
			}
			return []string{p.T("These are the weeks before Chinese New Year (%s): many factories wind down one to three weeks before it. Ask the factory when it runs normally.", dayAs(year, "2 January 2006"))}
		}
	}
	return nil
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
