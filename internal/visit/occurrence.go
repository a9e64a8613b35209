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
	Remind     Kind = "remind"     // a milestone of a visit or an inspection, under its card
	CatchUp    Kind = "catch-up"   // what was past already when it was planned or moved
	Overdue    Kind = "overdue"    // how an inspection ended, asked until somebody answers
	Escalation Kind = "escalation" // made by older versions only: to whoever planned it, that nobody has answered
	Digest     Kind = "digest"     // the daily message to one person
	Tip        Kind = "tip"        // etiquette advice by subscription
	// Overview is that of a month, to who has asked for it. Its payload is the month.
	Overview Kind = "overview"
	// MarketDigest sums up the market notes of a channel, by subscription. Its payload is a [Rhythm].
	MarketDigest Kind = "market"
	Notice       Kind = "notice"   // that something could not be delivered
	News         Kind = "news"     // that a channel or a person has changed on which something rests
	PlanBegins   Kind = "series"   // that an inspection plan begins, once in its channel
	Card         Kind = "card"     // the card of a visit or an inspection, which its reminders stand under
	Changed      Kind = "changed"  // what somebody changed, to those whom it touches
	NewFile      Kind = "new-file" // the calendar file, to those whose last one says what is no longer so
	// BriefBehind is that a visit is not any more as the host brief says that somebody made.
	BriefBehind Kind = "host-behind"
	NewReport   Kind = "report" // a report that somebody asked for, with its files
	// AgreementDue is what is to be known of an agreement: that it must be acted on, or has ended.
	AgreementDue Kind = "agreement"
	// ContactDue asks whoever knows a contact whether it is still right, and says that it ends.
	ContactDue Kind = "contact"
	// IntroCheck tells whoever introduces that somebody asks for it, and later asks how it went.
	IntroCheck Kind = "intro-check"
	// What the factory is to do about findings: one message for a subject, a day and a recipient,
	// of all that [ActionsAt] finds. They come whatever has become of the subject.
	RemindAction  Kind = "action"         // something is due soon or today
	ActionOverdue Kind = "action-overdue" // something is late; also to whoever planned it
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
	Schedule  int        // the revision of the subject that it follows from, or by which it was cancelled
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
	Owner   string    // who has taken it; of what is dead or expired, Untold or nobody
	Attempt int       // that Slack stumbled on, or that a process died in
	Hold    time.Time // real time: end of a lease, back-off or quarantine
	Posted  time.Time // no request for it was written before
	Sent    time.Time
	TS      string // Slack's timestamp of the message
	Error   string // why the last attempt did not work
	Repeat  bool   // it may have arrived before: the message says so
	Shows   int    // the revision that a Card shows, where it has just been sent; not stored
	Told    []Ask  // what a Digest tells, where it has just been sent; not stored

	Settled time.Time // calendar time at which it was, where it has just been sent or given up; not stored
}

// Untold is the owner of what was given up while nobody has been told.
const Untold = "untold"

// IsPerson reports whether an id of Slack's is a person's: what goes to one is a direct
// message.
func IsPerson(id string) bool { return strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") }

// Late reports whether the message is so late that it should say so. What waited for the end
// of quiet hours is not.
func (o *Occurrence) Late(now time.Time) bool {
	due := o.Due
	if o.Wake.After(due) {
		due = o.Wake
	}
	return now.Sub(due) > 30*time.Minute
}

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
	RetryAfter time.Duration // when Limited, or when it is known for what was NotSent
	// Fault is set where a NotSent or an Unknown is not the message's doing: it costs no
	// attempt, and the workspace as a whole waits.
	Fault Fault
	Err   error // the cause, for the log and the status
	Shows int   // the revision that a Card shows, when Delivered and known
	Told  []Ask // what a Digest tells, when Delivered
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
	By        string // who asked for it, of a subscription; empty where that is not known
}

// InZone is sc by the clock of another zone: next at the same hour of the same day there.
// What is due by now stays due.
func (sc Schedule) InZone(zone string, now time.Time) Schedule {
	local := sc.Next.In(mustZone(sc.Zone))
	there := civil.Of(local).At(local.Hour(), local.Minute(), mustZone(zone))
	if sc.Next.After(now) || !sc.Next.IsZero() && there.Before(now) {
		sc.Next = there
	}
	sc.Zone = zone
	return sc
}

// A RecurKind says what recurs.
type RecurKind string

// What recurs.
const (
	RecurPlan   RecurKind = "plan"   // the next inspection of a plan is to be made
	RecurDigest RecurKind = "digest" // the daily message to a person
	RecurTip    RecurKind = "tip"
	RecurMarket RecurKind = "market" // the digest of a channel's market notes
	// RecurOverview is the overview of the month before, to a person.
	RecurOverview RecurKind = "overview"
)

// DayKey is the key of an occurrence that comes at most once a day for a subject:
// a person's digest, a tip, a notice.
func DayKey(o Occurrence) string {
	return key(o.Workspace, o.Subject, o.Schedule, string(o.Kind)+"-"+o.Day.String(), o.To)
}

// CardOf is the n-th card of a visit or an inspection; origin is in its key. It comes at any hour: whoever
// plans waits for it, and the card that is lost in the night is missing in the night. It
// is of use for as long as what it shows.
func CardOf(w *Work, s, origin Subject, n int, now time.Time) Occurrence {
	return Occurrence{
		Workspace: w.Workspace, Key: key(w.Workspace, origin, w.Schedule, fmt.Sprintf("card-%d", n), w.Channel), Kind: Card, Subject: s, Schedule: w.Schedule,
		Day: civil.Of(now.In(mustZone(w.ChannelZone))), To: w.Channel, Zone: w.ChannelZone, AnyHour: true, Due: now, Wake: now, State: Pending,
	}
}

// SeriesOf tells a plan's channel that it begins. It comes at any hour, as a card does.
func SeriesOf(p *Plan, now time.Time) Occurrence {
	return Occurrence{
		Workspace: p.Workspace, Key: key(p.Workspace, p.Subject(), p.Rev, string(PlanBegins), p.Channel), Kind: PlanBegins, Subject: p.Subject(), Schedule: p.Rev,
		Day: civil.Of(now.In(mustZone(p.ChannelZone))), To: p.Channel, Zone: p.ChannelZone, AnyHour: true, Due: now, Wake: now, Expires: now.Add(seriesLate), State: Pending,
	}
}

// seriesLate is how long a plan that begins is news.
const seriesLate = 7 * 24 * time.Hour

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
	s := o.again()
	s.Due, s.Wake, s.Expires = until, until, until.Add(afterLast)
	s.Key = key(o.Workspace, o.Subject, o.Schedule, snoozed+s.timeKey(), o.To)
	return s
}

// snoozed begins the part of a key that says what comes, of what was snoozed.
const snoozed = "snooze-"

// timeKey says in a key what comes and when.
func (o *Occurrence) timeKey() string {
	return fmt.Sprintf("m%d-%s-%d", int(o.Milestone), o.Day, o.Due.UnixMilli())
}

// Promised reports whether somebody was told when o comes: it was snoozed until then.
func (o *Occurrence) Promised() bool { return strings.Contains(o.Key, "/"+snoozed) }

// again is o as if it had never been tried.
func (o Occurrence) again() Occurrence {
	o.State, o.Attempt, o.TS, o.Error, o.Repeat, o.Owner = Pending, 0, "", "", false, ""
	o.Hold, o.Posted, o.Sent = time.Time{}, time.Time{}, time.Time{}
	return o
}
