package visit

import (
	"cmp"
	"slices"

	"visitprep/internal/civil"
)

// A Cadence is when the next visit to a factory is proposed. It is a proposal: no plan follows
// from it by itself.
type Cadence struct {
	Class  RiskClass
	Months int        // the interval; 0 where the class has none
	Last   civil.Date // last day of the last visit; zero where there was none
	Visit  int        // its number
	Owner  string     // who planned it, and is asked
	Next   civil.Date // by when the next one is; zero where there is nothing to count from
	// FollowUp: the last visit had a major finding, so there is one more two to three months
	// after it; From is then its first day and Next its last. Later it is a visit like any other.
	FollowUp bool
	From     civil.Date
	Propose  civil.Date   // from when on it is proposed: six weeks before
	Dates    []civil.Date // three first days off China's holidays, once it is proposed
	Planned  int          // number of the visit that is planned already; 0 for none
	Paused   civil.Date   // not proposed before that day: somebody said "Not now"
}

// The numbers of the cadence.
const (
	proposeAhead = 42 // days before
	followFrom   = 2  // months after a visit with a major finding
	followUntil  = 3
	newOrders    = 3  // orders after which a new factory is visited again
	proposedDays = 3  // first days that are proposed
	soonest      = 21 // days from today: nobody gets a visa and a flight faster
)

// Months is the interval between two visits; 0 of a new factory, which is visited before its
// first order and after its third.
func (c RiskClass) Months() int {
	switch c {
	case RiskHigh:
		return 6
	case RiskMedium:
		return 12
	case RiskLow:
		return 24
	}
	return 0
}

// Cadence is when the next visit is proposed, as of a day. Around Spring Festival the class that
// it would have otherwise counts: the season says nothing about a factory. runs reports
// whether a factory can be expected to run on a day.
func (f *ScoreFacts) Cadence(r Risk, today civil.Date, runs func(civil.Date) bool) Cadence {
	c := Cadence{Class: r.Class}
	if r.Rule == RuleSpringFestival {
		c.Class = r.Counted
	}
	c.Months = c.Class.Months()
	visits := slices.SortedFunc(slices.Values(f.Visits), func(a, b VisitFact) int {
		return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.Number, b.Number))
	})
	for _, v := range visits {
		switch {
		case v.Last.Before(today):
			c.Last, c.Visit, c.Owner = v.Last, v.Number, v.Owner
		case c.Planned == 0:
			c.Planned = v.Number
		}
	}
	for _, m := range f.said(MarkNotNow) {
		if m.Day.After(c.Paused) && (c.Last.IsZero() || civil.Of(m.At).After(c.Last)) {
			c.Paused = m.Day
		}
	}
	switch {
	case c.Last.IsZero():
		c.Propose = today
	case c.Months > 0:
		c.Next = c.Last.AddMonths(c.Months)
		c.Propose = c.Next.AddDays(-proposeAhead)
	default:
		if third := f.thirdOrder(); third.After(c.Last) && !third.After(today) {
			c.Next, c.Propose = third.AddDays(proposeAhead), third
		}
	}
	if until := c.Last.AddMonths(followUntil); !c.Last.IsZero() && !today.After(until) && f.graveAt(c.Visit) && (c.Next.IsZero() || !until.After(c.Next)) {
		c.FollowUp, c.From, c.Next = true, c.Last.AddMonths(followFrom), until
		c.Propose = c.From.AddDays(-proposeAhead)
	}
	if c.Due(today) {
		c.Dates = c.dates(today, runs)
	}
	return c
}

// Due reports whether a visit is proposed on a day: its time has come, none is planned, and
// nobody has said "Not now".
func (c *Cadence) Due(today civil.Date) bool {
	return !c.Propose.IsZero() && !c.Propose.After(today) && c.Planned == 0 && !c.Paused.After(today)
}

// tellEvery is how many weeks pass between two messages that propose the same visit.
const tellEvery = 4

// TellIn reports whether whoever planned the last visit, in a zone, is told of the proposal on a day:
// in the first message of the first whole week in which it is due, and then of every fourth week until
// a visit is planned or somebody says "Not now". Weeks are counted from Monday to Monday: after a holiday
// the first message comes later in its week. A week in which nobody works is made up for by the next.
func (c *Cadence) TellIn(on civil.Date, zone string, t *Timing) bool {
	if !c.Due(on) || !t.BeginsWeek(on, zone) {
		return false
	}
	first, week := monday(c.Propose.AddDays(6)), monday(on)
	for ; week.After(first) && week.Sub(first)/7%tellEvery != 0; week = week.AddDays(-7) {
		if !t.Earlier(week.AddDays(-1), zone).Before(week.AddDays(-7)) {
			return false
		}
	}
	return !week.Before(first)
}

// A Proposal is a factory of which a person planned the last visit in a channel, and what the next one
// follows from: of all channels, until [Proposal.SeenIn] leaves what the person may see.
type Proposal struct {
	Person  string
	Factory Factory
	Facts   ScoreFacts
}

// SeenIn is the proposal for a person who reads some channels only.
func (p *Proposal) SeenIn(reads func(channel string) bool) Proposal {
	return Proposal{Person: p.Person, Factory: p.Factory, Facts: p.Facts.In(reads)}
}

// On is the next visit as it is proposed on a day.
func (p *Proposal) On(today civil.Date, festival, runs func(civil.Date) bool) (Risk, Cadence) {
	r := p.Facts.Risk(today, festival)
	return r, p.Facts.Cadence(r, today, runs)
}

// Told reports whether the person, in a zone, is told of it on a day: the last visit is theirs, wherever
// it was planned, and the next one is due. Whether the season has lots looked at more closely changes
// nothing of it.
func (p *Proposal) Told(on civil.Date, zone string, t *Timing) bool {
	_, c := p.On(on, nil, func(civil.Date) bool { return true })
	return c.Owner == p.Person && c.TellIn(on, zone, t)
}

// LastVisit is the last day of the last visit that is over.
func (p *Proposal) LastVisit(today civil.Date) (last civil.Date) {
	for _, v := range p.Facts.Visits {
		if v.Last.Before(today) && v.Last.After(last) {
			last = v.Last
		}
	}
	return last
}

// mostTried is of how many channels of a factory every choice is tried.
const mostTried = 8

// MayBeTold reports whether the person may be told of it on a day, whichever of the channels they read:
// that Slack alone knows. A visit in a channel that they do not read must not keep away what they would
// be told without it.
func (p *Proposal) MayBeTold(on civil.Date, zone string, t *Timing) bool {
	if !t.BeginsWeek(on, zone) {
		return false
	}
	channels := p.Facts.Channels()
	if len(channels) > mostTried {
		return true
	}
	for chosen := range 1 << len(channels) {
		seen := p.SeenIn(func(c string) bool {
			n, _ := slices.BinarySearch(channels, c)
			return chosen>>n&1 == 1
		})
		if slices.ContainsFunc(seen.Facts.Visits, func(v VisitFact) bool { return v.Owner == p.Person }) && seen.Told(on, zone, t) {
			return true
		}
	}
	return false
}

// graveAt reports whether a major or critical finding was logged on a visit.
func (f *ScoreFacts) graveAt(number int) bool {
	return slices.ContainsFunc(f.Actions, func(a ActionFact) bool {
		return a.Visit == number && number > 0 && a.State != ActionWithdrawn && (a.Severity == Critical || a.Severity == Major)
	})
}

// thirdOrder is the day on which the third order was shipped; zero where there were fewer.
func (f *ScoreFacts) thirdOrder() civil.Date {
	var days []civil.Date
	for _, d := range eachOnce(f.Deliveries, func(civil.Date) bool { return true }) {
		if !d.Shipped.IsZero() {
			days = append(days, d.Shipped)
		}
	}
	if len(days) < newOrders {
		return civil.Date{}
	}
	slices.SortFunc(days, civil.Date.Compare)
	return days[newOrders-1]
}

// dates are three first days, a week apart, on which and on whose next day the factory can be
// expected to run: from the first day of a follow-up, else from two weeks before it is due.
func (c *Cadence) dates(today civil.Date, runs func(civil.Date) bool) (ds []civil.Date) {
	from := c.From
	if from.IsZero() && !c.Next.IsZero() {
		from = c.Next.AddDays(-14)
	}
	if soon := today.AddDays(soonest); from.Before(soon) {
		from = soon
	}
	for d := from; len(ds) < proposedDays && d.Sub(from) < 200; {
		if runs(d) && runs(d.AddDays(1)) {
			ds = append(ds, d)
			d = d.AddDays(7)
		} else {
			d = d.AddDays(1)
		}
	}
	return ds
}
