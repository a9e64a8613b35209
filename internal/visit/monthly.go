package visit

import (
	"fmt"
	"time"

	"visitprep/internal/civil"
)

// monthlyUse is how many days after its own an overview of a month is of use.
const monthlyUse = 14

// MonthlySchedule has the overview of each month come to a person, from now on: also that of the
// last month where its day, the first working day of this one, has not come yet.
func MonthlySchedule(workspace, person, zone string, t *Timing, now time.Time) Schedule {
	z := mustZone(zone)
	today := civil.Of(now.In(z))
	first := civil.On(today.Year, today.Month, 1)
	sc := Schedule{Workspace: workspace, Subject: SubjectOf(OfPerson, person), Kind: RecurOverview, Zone: zone, By: person,
		Rule: fmt.Sprintf("%d %d 1 * *", t.At.Minute, t.At.Hour)}
	if !t.Hour(t.Later(first, zone), z).After(now) {
		first = first.AddMonths(1)
	}
	sc.Next = first.At(t.At.Hour, t.At.Minute, z)
	return sc
}

// MonthlyOf is the overview that a schedule brings when its time, the first of a month, is at: on
// the first working day from then on. Of a month there is one, whatever happens to the schedule.
func MonthlyOf(sc Schedule, at time.Time, t *Timing) Occurrence {
	_, person := sc.Subject.Cut()
	z := mustZone(sc.Zone)
	first := civil.Of(at.In(z))
	day := t.Later(first, sc.Zone)
	due := t.Hour(day, z)
	month := first.AddMonths(-1).String()[:len("2027-02")]
	return Occurrence{Workspace: sc.Workspace, Key: key(sc.Workspace, sc.Subject, 0, string(Overview)+"-"+month, person), Kind: Overview, Subject: sc.Subject, Day: day,
		To: person, Zone: sc.Zone, Payload: month, Due: due, Wake: due, Expires: day.AddDays(monthlyUse).Start(z)}
}

// MonthOf is the first day of the month that an overview is about.
func (o *Occurrence) MonthOf() (civil.Date, bool) {
	d, err := civil.Parse(o.Payload + "-01")
	return d, err == nil && o.Kind == Overview
}

// AsOf are the facts as they were on a day, as far as they can be told: without what was said
// later. The rules themselves leave out lots of later days and know when an action was verified.
func (f *ScoreFacts) AsOf(day civil.Date) ScoreFacts {
	was := *f
	was.Marks = nil
	for _, m := range f.Marks {
		if !civil.Of(m.At).After(day) {
			was.Marks = append(was.Marks, m)
		}
	}
	return was
}

// RiskChange is the class on an earlier day and on a day, and whether it is another. That a factory
// is new where nothing was before is no change, and neither are the weeks around Spring Festival.
func (f *ScoreFacts) RiskChange(before, today civil.Date) (was, is Risk, changed bool) {
	then := f.AsOf(before)
	was, is = then.Risk(before, nil), f.Risk(today, nil)
	return was, is, was.Class != is.Class
}
