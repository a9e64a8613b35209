package visit

import (
	"fmt"
	"strings"
	"time"

	"visitprep/internal/civil"
)

// A Kind says what an occurrence is about.
type Kind string

// The kinds of occurrence.
const (
	Remind     Kind = "remind"     // a milestone of a visit or an inspection, in its channel
	CatchUp    Kind = "catch-up"   // what was past already when it was planned or moved
	Overdue    Kind = "overdue"    // an inspection nobody has reported on
	Escalation Kind = "escalation" // the same, once, to the person who planned it
	Digest     Kind = "digest"     // what one person has to do, in a direct message
	Tip        Kind = "tip"        // etiquette advice by subscription
	Notice     Kind = "notice"     // that something could not be delivered
)

// Repeats reports whether a message of the kind is sent again when nobody can
// tell if it arrived: losing a reminder is worse than reading it twice, and for
// a tip it is the other way about.
func (k Kind) Repeats() bool { return k != Tip }

// A State is how far an occurrence has come.
type State string

// The states of an occurrence.
const (
	Pending   State = "pending"   // waits for its time
	Sending   State = "sending"   // somebody has taken it, until the lease ends
	Uncertain State = "uncertain" // was being sent when we died or lost the answer
	Sent      State = "sent"
	Dead      State = "dead"      // permanently refused
	Cancelled State = "cancelled" // what it was about has changed, or left nothing to say
	Expired   State = "expired"   // was too late to be of use
)

// An Occurrence is one message that is to be sent once.
type Occurrence struct {
	Workspace string
	Key       string // unique in the workspace: subject, revision, milestone, recipient
	Kind      Kind
	Subject   Subject
	Schedule  int        // the revision of the subject that it follows from
	Milestone Milestone  // of a Remind
	Day       civil.Date // the visit day, of a Remind on the day; else the day it falls on
	To        string     // a channel's id, or a person's for a direct message
	Zone      string     // whose hours count
	AnyHour   bool       // may come in quiet hours: a visit day has begun at the factory
	Payload   string     // what else the words need, such as the id of a tip
	Due       time.Time
	Expires   time.Time // then it is of no use any more; zero is never

	State   State
	Wake    time.Time // when it may be sent: due, or the end of quiet hours
	Owner   string    // who has taken it
	Attempt int
	Hold    time.Time // real time: end of a lease, back-off or quarantine
	Posted  time.Time // no request for it was written before
	Sent    time.Time
	TS      string // Slack's timestamp of the message
	Error   string // why the last attempt did not work
	Repeat  bool   // it may have arrived before: the message says so
}

// Late reports whether the message is so late that it should say so.
func (o *Occurrence) Late(now time.Time) bool { return now.Sub(o.Due) > 30*time.Minute }

// An Outcome is what became of one attempt to post.
type Outcome string

// The outcomes of an attempt.
const (
	Delivered   Outcome = "delivered"
	NothingSaid Outcome = "nothing"   // there was nothing left to say
	NotSent     Outcome = "not sent"  // definitely not; try again later
	Limited     Outcome = "limited"   // asked to wait; costs no attempt
	Unknown     Outcome = "uncertain" // it may have arrived
	Refused     Outcome = "refused"   // for good
	NotFound    Outcome = "not found" // looked for, and not found
	CannotLook  Outcome = "cannot look"
)

// A Delivery is what posting an occurrence, or looking for it, came to.
type Delivery struct {
	Outcome    Outcome
	TS         string        // of the message, when Delivered
	RetryAfter time.Duration // when Limited
	Err        error         // the cause, for the log and the status
}

// key builds an occurrence's key. It goes into Slack's message metadata, where other
// apps of the workspace can read it, so it names nothing but numbers and ids.
func key(workspace string, s Subject, schedule int, what, to string) string {
	return strings.Join([]string{workspace, string(s), fmt.Sprintf("r%d", schedule), what, to}, "/")
}

// A Schedule is something that recurs. Package scheduler turns each of its times
// into occurrences.
type Schedule struct {
	Workspace string
	Subject   Subject   // plan/3, person/U123, channel/C123
	Kind      RecurKind // with the subject its key
	Rule      string    // as package calendar writes it
	Zone      string
	Next      time.Time // zero when it has none
	Rev       int       // counts every firing and change; the guard against firing twice
	Paused    bool
}

// A RecurKind says what recurs.
type RecurKind string

// What recurs.
const (
	RecurPlan   RecurKind = "plan"   // the next inspection of a plan is to be made
	RecurDigest RecurKind = "digest" // a person's open items
	RecurTip    RecurKind = "tip"
)

// DayKey is the key of an occurrence that comes at most once a day for a subject:
// a person's digest, a tip, a notice.
func DayKey(o Occurrence) string {
	return key(o.Workspace, o.Subject, o.Schedule, string(o.Kind)+"-"+o.Day.String(), o.To)
}

// TipOf is the tip of a subscription whose time is at. It comes on a working day.
func TipOf(sc Schedule, at time.Time, t *Timing) Occurrence {
	_, to := sc.Subject.Cut()
	at = t.OnWorkingDay(at, sc.Zone)
	o := Occurrence{Workspace: sc.Workspace, Kind: Tip, Subject: sc.Subject, Day: civil.Of(at.In(mustZone(sc.Zone))), To: to, Zone: sc.Zone, Due: at, Wake: at, Expires: at.Add(24 * time.Hour)}
	o.Key = DayKey(o)
	return o
}

// Snoozed is o once more at another time. Snoozing twice to the same time is once.
func (o Occurrence) Snoozed(until time.Time) Occurrence {
	s := o
	s.Key = key(o.Workspace, o.Subject, o.Schedule, fmt.Sprintf("snooze-m%d-%s-%d", int(o.Milestone), o.Day, until.UnixMilli()), o.To)
	s.Due, s.Wake, s.Expires = until, until, until.Add(afterLast)
	s.State, s.Attempt, s.TS, s.Error, s.Repeat, s.Owner = Pending, 0, "", "", false, ""
	s.Hold, s.Posted, s.Sent = time.Time{}, time.Time{}, time.Time{}
	return s
}
