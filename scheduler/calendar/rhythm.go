package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A Rhythm is a rule in the parts of which a form makes one: every N units on a day, from a
// day on.
type Rhythm struct {
	N    int
	Unit string // one of Units
	On   string // one of Places or, for weeks, of Weekdays; where it is empty the day is that of From
	From civil.Date
}

// The units of a rhythm.
const (
	Weeks  = "weeks"
	Months = "months"
	Years  = "years"
)

// Units are the units of a rhythm.
func Units() []string { return []string{Weeks, Months, Years} }

// Places are the days on which a rhythm of months or years can be: those of the month, its
// weekdays, its first and last working day.
func Places() (all []string) {
	for n := 1; n <= 31; n++ {
		all = append(all, numbered(n))
	}
	for _, nth := range []int{1, 2, 3, 4, last} {
		for n := range 7 {
			all = append(all, ordinal(nth)+" "+time.Weekday((n+1)%7).String())
		}
	}
	return append(all, ordinal(1)+" "+workingDay, ordinal(last)+" "+workingDay)
}

const workingDay = "working day"

// Weekdays are the days on which a rhythm of weeks can be, from Monday on.
func Weekdays() (all []string) {
	for n := range 7 {
		all = append(all, time.Weekday((n+1)%7).String())
	}
	return all
}

// PlaceWords says one of Places in words.
func PlaceWords(p *lang.Printer, place string) string {
	nth, what, two := strings.Cut(place, " ")
	switch {
	case place == numbered(31):
		return p.T("the last day")
	case !two:
		return p.T("the %s", p.T(place))
	case what == workingDay && nth == ordinal(1):
		return p.T("the first working day")
	case what == workingDay && nth == ordinal(last):
		return p.T("the last working day")
	case what == workingDay:
		return p.T("the %s working day", p.T(nth))
	}
	return p.T("the %s %s", p.T(nth), p.T(what))
}

// Typed is the rhythm as Read reads it.
func (rh Rhythm) Typed() string {
	on := ""
	switch {
	case rh.On != "" && rh.Unit == Weeks:
		on = " on " + rh.On
	case rh.On != "":
		on = " on the " + rh.On
	}
	return fmt.Sprintf("every %d %s%s from %s", rh.N, rh.Unit, on, rh.From)
}

// Rhythm is the rule in parts, where a form has them for it.
func (r Rule) Rhythm() (Rhythm, bool) {
	rh := Rhythm{N: r.n, Unit: Months, From: r.from}
	switch r.kind {
	case weeks:
		rh.Unit, rh.On = Weeks, r.from.Weekday().String()
	case months, weekday, workday:
		rh.On = r.place()
		if r.n%12 == 0 {
			rh.N, rh.Unit = r.n/12, Years
		}
	}
	if rh.From.IsZero() || rh.Unit != Weeks && !slices.Contains(Places(), rh.On) {
		return rh, false
	}
	// What is read again must be what it was: the months of an older rule may count from a
	// day that is none of its own.
	again, err := Read(rh.Typed(), r.from)
	return rh, err == nil && again.text == (Rule{kind: r.kind, n: r.n, from: r.from, on: r.on, nth: r.nth, week: r.week, hour: usualHour}).written()
}

// place is the one of Places on which a rule of months is.
func (r Rule) place() string {
	switch r.kind {
	case weekday:
		return ordinal(r.nth) + " " + r.week.String()
	case workday:
		return ordinal(r.nth) + " " + workingDay
	}
	return numbered(r.on)
}
