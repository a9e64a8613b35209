package visit

import (
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// OfPromise is the kind of a promise in its Subject.
const OfPromise SubjectKind = "promise"

// MaxPromise is the most characters of a promise.
const MaxPromise = 300

// A Promise is what one side of a relationship has said that it does: business only, and written as
// if the other side will read it. It belongs to a channel, as an agreement does.
type Promise struct {
	Workspace string
	Number    int
	Rev       int
	Factory   Factory
	Place
	Owner     string // who of us keeps it, or asks them about it
	OwnerZone string
	By        string // who recorded it
	Created   time.Time

	Ours    bool   // we promised; else they did
	Who     string // who of them said it, or heard it
	What    string
	Due     civil.Date
	Visit   int  // on which it was made; 0 for none
	Kept    Mark // it was done
	Dropped Mark // it is of no use any more
}

// Subject names the promise.
func (p *Promise) Subject() Subject { return SubjectOf(OfPromise, p.Number) }

// Open reports whether it is still to be kept.
func (p *Promise) Open() bool { return !p.Kept.IsSet() && !p.Dropped.IsSet() }

// Normalize tidies what was typed.
func (p *Promise) Normalize() {
	p.Who, p.What = chars.Line(p.Who), chars.Line(p.What)
	p.fillZones(&p.Factory)
	if p.OwnerZone == "" {
		p.OwnerZone = p.ChannelZone
	}
}

// Check reports every mistake in p.
func (p *Promise) Check() error {
	var es InputErrors
	if p.Factory.Number == 0 {
		es.add("factory", "Please pick the factory.")
	}
	if p.Channel == "" {
		es.add("channel", "Please pick the channel whose members may see it.")
	}
	if p.Owner == "" {
		es.add("owner", "Please pick which of you looks after it.")
	}
	es.checkText("what", "Please write what was promised.", p.What, MaxPromise)
	es.checkText("who", "", p.Who, MaxContactText)
	switch {
	case p.Due.IsZero():
		es.add("due", "Please pick the day by which it is to be done.")
	case p.Due.Year < MinYear || p.Due.Year > MaxYear:
		es.add("due", "%s is too far off. Please pick another day.", dayOf(p.Due))
	}
	return es.orNil()
}

// Asks is what its owner is asked in the daily message: on its day, and then every week while it
// is open, whether it was kept.
func (p *Promise) Asks(t *Timing) []Ask {
	if !p.Open() {
		return nil
	}
	return []Ask{{Workspace: p.Workspace, Person: p.Owner, Kind: AskPromise, Subject: p.Subject(), Day: t.Earlier(p.Due, p.OwnerZone), Made: p.Created}}
}

// Settle says what became of it. It reports false where that was said.
func (p *Promise) Settle(kept bool, by string, now time.Time) bool {
	if !p.Open() {
		return false
	}
	m := &p.Dropped
	if kept {
		m = &p.Kept
	}
	*m = Mark{by, now}
	return true
}

// Reopen takes that back.
func (p *Promise) Reopen() bool {
	was := !p.Open()
	p.Kept, p.Dropped = Mark{}, Mark{}
	return was
}
