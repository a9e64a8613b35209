package visit

import (
	"strconv"
	"time"

	"visitprep/internal/civil"
)

// MayReport is nil where a report of a can be made at now; final says that it is to change no
// more. Otherwise the error says what is missing.
func MayReport(a Appointment, final bool, now time.Time) error {
	today := a.Common().Today(now)
	switch a := a.(type) {
	case *Visit:
		switch {
		case !a.Open():
			return Invalid("report", "Visit %d is cancelled. To report on it, press Restore visit on its card first.", a.Number)
		case a.First.After(today):
			return Invalid("report", "Visit %d begins on %s. From that day on there is something to report.", a.Number, dayOf(a.First))
		}
	case *Inspection:
		switch {
		case a.Result == Withdrawn:
			return Invalid("report", "Inspection %d was withdrawn with its plan, so there is nothing to report.", a.Number)
		case a.Open() && a.Due.After(today):
			return Invalid("report", "Inspection %d is on %s. From that day on there is something to report.", a.Number, dayOf(a.Due))
		case final && a.Open():
			return Invalid("report", "Inspection %d has no result yet. Press Report result on its card first, then make the report final.", a.Number)
		}
	}
	return nil
}

// Counts reports whether r ends a version: it is final, and its file was not lost.
func (r *Report) Counts() bool { return r.IsFinal() && r.State != ReportLost }

// HandIn has a report made and posted: to a channel, or to a person directly. It comes at any
// hour, for somebody has just asked for it.
func HandIn(r *Report, w *Work, to string, now time.Time) Occurrence {
	return Occurrence{
		Workspace: r.Workspace, Kind: NewReport, Subject: r.Subject, Schedule: w.Schedule, To: to, Zone: w.ChannelZone, AnyHour: true, Payload: strconv.Itoa(r.Number),
		Key: key(r.Workspace, r.Subject, r.Number, "report-"+strconv.Itoa(r.Number), to),
		Day: civil.Of(now.In(mustZone(w.ChannelZone))), Due: now, Wake: now, Expires: now.Add(reportKept), State: Pending,
	}
}
