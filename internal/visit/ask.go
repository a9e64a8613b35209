package visit

import (
	"cmp"
	"slices"
	"time"

	"visitprep/internal/civil"
)

// An AskKind says what an Ask is about. Each has a section in the daily message.
type AskKind string

// The kinds of Ask. Those of a visit or an inspection that follow from its days and its
// checklist are made and unmade with it, see [Visit.Asks] and [Inspection.Asks]; the others
// are recorded by whoever has something to tell.
const (
	AskShareOut   AskKind = "share-out"  // of a visit: lines that nobody owns, once after it was planned
	AskOutcome    AskKind = "outcome"    // of a visit: how it ended, a week after
	AskUnreported AskKind = "unreported" // of an inspection: nobody has reported its result
	AskUndecided  AskKind = "undecided"  // of an inspection: nobody has decided its result, every day
	AskGiven      AskKind = "given"      // About is the id of an item that was given to them, Data who gave it
	AskReturned   AskKind = "returned"   // About is the id of an item that is not theirs, they say; Data who says so
	AskTip        AskKind = "tip"        // the tip of their subscription
	AskPromise    AskKind = "promise"    // of a promise: whether it was kept, on its day and then every week
)

// derived are the kinds that follow from a visit or an inspection.
var derived = []AskKind{AskShareOut, AskOutcome, AskUnreported, AskUndecided}

// DerivedAsks lists the kinds that follow from a visit or an inspection.
func DerivedAsks() []AskKind { return slices.Clone(derived) }

// Again is the day from which an Ask of the kind is told again once it was told on a day, until it is
// taken back: a result that nobody decided on the next, a promise that is open in the next week. It
// is zero of a kind that is told once.
func (k AskKind) Again(told civil.Date) civil.Date {
	switch k {
	case AskUndecided:
		return told.AddDays(1)
	case AskPromise:
		return monday(told).AddDays(7)
	}
	return civil.Date{}
}

// AsksAtOnce is of how many subjects of a kind one daily message tells; the others stand in
// the next one.
const AsksAtOnce = 3

// An Ask is something that one person is told or asked once, in the daily message of the
// first working day from Day on; of some kinds it comes again, see [AskKind.Again]. There is one for each person, kind, subject and About.
type Ask struct {
	Workspace string
	Person    string
	Kind      AskKind
	Subject   Subject
	About     string     // what of the subject, such as an item's id
	Data      string     // what else the words need
	Day       civil.Date // from when on, where the person is
	Made      time.Time  // calendar time
}

// Asks are what whoever planned the visit is asked because of how it is: to share out what
// has no owner, on the working day after it was planned, and how it ended, a week after.
func (v *Visit) Asks(t *Timing) []Ask {
	if !v.Open() || v.Owner == "" || v.Over(v.Created) {
		return nil
	}
	var as []Ask
	planned := civil.Of(v.Created.In(mustZone(v.ChannelZone)))
	if day := t.Later(planned.AddDays(1), v.ChannelZone); !day.After(v.Last) && slices.ContainsFunc(v.Items, func(i Item) bool { return i.Unowned() }) {
		as = append(as, v.ask(AskShareOut, v.Subject(), day))
	}
	if !v.Outcome.IsSet() {
		as = append(as, v.ask(AskOutcome, v.Subject(), t.Later(v.Last.AddDays(askOutcomeAfter), v.ChannelZone)))
	}
	return as
}

// Asks is [Visit.Asks] for an inspection: whoever planned it is told that nobody has
// reported its result, some working days after it was due, and that nobody has decided it, on
// each working day after it was reported.
func (i *Inspection) Asks(t *Timing) []Ask {
	if i.Result == Undecided {
		reported := civil.Of(i.Reported.At.In(mustZone(i.ChannelZone)))
		a := i.ask(AskUndecided, i.Subject(), t.Later(reported.AddDays(1), i.ChannelZone))
		if a.Person = cmp.Or(i.Owner, i.Reported.By); a.Person == "" {
			return nil
		}
		return []Ask{a}
	}
	if !i.Open() || i.Owner == "" || t.Escalate == 0 {
		return nil
	}
	return []Ask{i.ask(AskUnreported, i.Subject(), t.workingDays(i.Due, t.Escalate, i.ChannelZone))}
}

func (w *Work) ask(k AskKind, s Subject, day civil.Date) Ask {
	return Ask{Workspace: w.Workspace, Person: w.Owner, Kind: k, Subject: s, Day: day}
}

// DailyOf is the daily message of a schedule on a day, of use until the day ends.
func DailyOf(sc Schedule, day civil.Date, due time.Time) Occurrence {
	_, person := sc.Subject.Cut()
	o := Occurrence{Workspace: sc.Workspace, Kind: Digest, Subject: sc.Subject, Day: day, To: person, Zone: sc.Zone,
		Due: due, Wake: due, Expires: day.AddDays(1).Start(mustZone(sc.Zone))}
	o.Key = DayKey(o)
	return o
}
