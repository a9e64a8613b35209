package visit

import (
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
)

// A Change is what News tells of.
type Change string

// The changes that people are told of.
const (
	Opened Change = "opened" // people of another company read a channel from now on
	Closed Change = "closed" // nothing can be posted in a channel: archived, gone, or the app is not in it
	Gone   Change = "gone"   // a person is no colleague any more
)

// How long News waits and is kept: what is changed back at once is no news, nor is what
// is a month old.
const (
	newsAfter = 10 * time.Second
	newsKept  = 30 * 24 * time.Hour
)

// NewsOf tells a person of a change of a channel or another person, about, because of what
// somebody, of, has planned or has to do with it. The instant at tells one such change
// from the next; now is calendar time.
func NewsOf(workspace string, about Subject, c Change, of, to, zone string, at, now time.Time) Occurrence {
	o := Occurrence{
		Workspace: workspace, Kind: News, Subject: about, To: to, Zone: zone, Day: civil.Of(now.In(mustZone(zone))), Payload: string(c) + " " + of,
		Due: now.Add(newsAfter), Wake: now.Add(newsAfter), Expires: now.Add(newsKept), State: Pending,
	}
	o.Key = key(workspace, about, 0, string(c)+"-"+of+"-"+at.UTC().Format("20060102T150405.000"), to)
	return o
}

// GoneNews tells whoever planned something that a person who owns items of it is no
// colleague any more: once, however often that is noticed.
func GoneNews(workspace, person, planner, zone string, now time.Time) Occurrence {
	o := NewsOf(workspace, SubjectOf(OfPerson, person), Gone, planner, planner, zone, time.Time{}, now)
	o.Key = key(workspace, o.Subject, 0, string(Gone)+"-"+planner, planner)
	return o
}

// PassedOn is News for somebody else than its reader, who may not read it any more.
func (o Occurrence) PassedOn(to string, now time.Time) Occurrence {
	n := o
	n.To = to
	n.Key = strings.TrimSuffix(o.Key, "/"+o.To) + "/" + to
	n.Due, n.Wake, n.State, n.Attempt, n.Error, n.Repeat, n.Owner = now, now, Pending, 0, "", false, ""
	n.Hold, n.Posted = time.Time{}, time.Time{}
	return n
}

// Change is what an occurrence of the kind News tells of, and because of whom.
func (o *Occurrence) Change() (c Change, of string) {
	what, of, _ := strings.Cut(o.Payload, " ")
	return Change(what), of
}

// Concerned are whoever planned the visit, and whoever takes part and has a Slack id.
func (v *Visit) Concerned() []string {
	people := []string{v.Owner}
	for _, p := range v.People {
		people = append(people, p.User)
	}
	return named(people)
}

// Concerned are whoever planned the inspection, and its inspector.
func (i *Inspection) Concerned() []string { return named([]string{i.Owner, i.Inspector}) }

// Concerned are whoever made the plan, and its inspectors.
func (p *Plan) Concerned() []string { return named(append([]string{p.Owner}, p.Inspectors...)) }

// named leaves out nobody's names, and each after the first time.
func named(people []string) (ids []string) {
	for _, p := range people {
		if p != "" && !slices.Contains(ids, p) {
			ids = append(ids, p)
		}
	}
	return ids
}
