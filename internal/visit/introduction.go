package visit

import (
	"fmt"
	"slices"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// OfIntroduction is the kind of an introduction in its Subject.
const OfIntroduction SubjectKind = "introduction"

// An IntroState is how far an introduction has come.
type IntroState string

// The states of an introduction.
const (
	IntroAsked    IntroState = "asked"
	IntroAgreed   IntroState = "agreed" // both have said that their name may be given
	IntroMade     IntroState = "made"
	IntroUseful   IntroState = "useful"
	IntroNoAnswer IntroState = "no_answer"
	IntroDeclined IntroState = "declined" // one of them does not want it
)

// Words name the state.
func (s IntroState) Words(p *lang.Printer) string {
	switch s {
	case IntroAgreed:
		return p.T("Both agreed")
	case IntroMade:
		return p.T("Introduction made")
	case IntroUseful:
		return p.T("Useful")
	case IntroNoAnswer:
		return p.T("No answer came")
	case IntroDeclined:
		return p.T("Not made")
	}
	return p.T("Asked for")
}

// A NextStep is what both do after an introduction.
type NextStep string

// The next steps.
const (
	WriteWeChat NextStep = "wechat"
	WriteEmail  NextStep = "email"
	CallThem    NextStep = "call"
)

// NextSteps are all of them, as a menu offers them.
func NextSteps() []NextStep { return []NextStep{WriteWeChat, WriteEmail, CallThem} }

// Words name the step.
func (s NextStep) Words(p *lang.Printer) string {
	switch s {
	case WriteEmail:
		return p.T("By e-mail")
	case CallThem:
		return p.T("By phone")
	}
	return p.T("By WeChat")
}

// MaxIntroText is the most characters of a line of an introduction.
const MaxIntroText = 200

// An Introduction brings a colleague and a contact together, once both have agreed.
type Introduction struct {
	Workspace string
	Number    int
	Rev       int
	Schedule  int
	Contact   int    // number
	For       string // the colleague who is introduced
	By        string // the colleague who introduces
	Zone      string // of whoever introduces
	Created   time.Time

	Who    Bilingual // the colleague in a line: Jonas Weber, quality engineer at Acme Lighting
	Why    Bilingual // why now, in a line
	Next   NextStep
	State  IntroState
	Theirs Mark // that the contact agreed; who noted it
	Ours   Mark // that the colleague did
	Made   Mark
	Ended  Mark // useful, no answer or not made
}

// Subject names the introduction.
func (i *Introduction) Subject() Subject { return SubjectOf(OfIntroduction, i.Number) }

// Normalize tidies what was typed, and has the state follow from who agreed.
func (i *Introduction) Normalize() {
	for _, s := range []*string{&i.Who.EN, &i.Who.ZH, &i.Why.EN, &i.Why.ZH} {
		*s = chars.Line(*s)
	}
	if i.Next == "" {
		i.Next = WriteWeChat
	}
	switch {
	case i.Ended.IsSet() || i.Made.IsSet():
	case i.Theirs.IsSet() && i.Ours.IsSet():
		i.State = IntroAgreed
	default:
		i.State = IntroAsked
	}
}

// Check reports every mistake in i.
func (i *Introduction) Check() error {
	var es InputErrors
	if i.For == "" {
		es.add("for", "Please pick who is introduced.")
	}
	if i.For != "" && i.For == i.By {
		es.add("for", "Whoever introduces knows the contact already. Please pick somebody else.")
	}
	es.checkText("who", "Please say in a line who is introduced.", i.Who.EN, MaxIntroText)
	es.checkText("who_zh", "", i.Who.ZH, MaxIntroText)
	es.checkText("why", "Please say in a line why now.", i.Why.EN, MaxIntroText)
	es.checkText("why_zh", "", i.Why.ZH, MaxIntroText)
	if !slices.Contains(NextSteps(), i.Next) {
		es.add("next", "Please pick the next step.")
	}
	return es.orNil()
}

// Ready reports whether the text for both may be shown: both consents are ticked.
func (i *Introduction) Ready() bool {
	return i.Theirs.IsSet() && i.Ours.IsSet() && i.State != IntroDeclined
}

// Over reports whether nothing is left to do.
func (i *Introduction) Over() bool { return i.Ended.IsSet() }

// Agree notes who agreed that their name is given to the other. It reports false where that was so.
func (i *Introduction) Agree(theirs, ours bool, by string, now time.Time) (bool, error) {
	if i.Made.IsSet() || i.Over() {
		return false, Invalid("agreed", "This introduction has already been made, or is over.")
	}
	changed := i.Theirs.IsSet() != theirs || i.Ours.IsSet() != ours
	set := func(m *Mark, yes bool) {
		if yes != m.IsSet() {
			*m = Mark{}
			if yes {
				*m = Mark{by, now}
			}
		}
	}
	set(&i.Theirs, theirs)
	set(&i.Ours, ours)
	i.Normalize()
	return changed, nil
}

// Make notes that it was made. It reports false where it was.
func (i *Introduction) Make(by string, now time.Time) (bool, error) {
	switch {
	case i.Made.IsSet():
		return false, nil
	case i.Over():
		return false, Invalid("", "This introduction is already over.")
	case !i.Ready():
		return false, Invalid("", "Both must have agreed first. Note who agreed, then send the text.")
	}
	i.Made, i.State = Mark{by, now}, IntroMade
	return true, nil
}

// End notes what it came to. It reports false where that was said.
func (i *Introduction) End(as IntroState, by string, now time.Time) (bool, error) {
	switch {
	case i.State == as:
		return false, nil
	case as != IntroDeclined && !i.Made.IsSet():
		return false, Invalid("", "This introduction has not been made yet.")
	case as == IntroDeclined && i.Made.IsSet():
		return false, Invalid("", "This introduction has already been made.")
	}
	i.State, i.Ended = as, Mark{by, now}
	return true, nil
}

// When the introducer is asked how an introduction went, in days after it was made; on day 0 they are told
// that somebody asks for one. Whoever is introduced is told once, that it is made.
const (
	IntroWanted Milestone = 0
	IntroTold   Milestone = 1
	IntroFirst  Milestone = 7
	IntroSecond Milestone = 21
)

// Reminders lists what is to be sent about it to whoever introduces, and that it is made to whoever is
// introduced; none before now.
func (i *Introduction) Reminders(t *Timing, now time.Time) (os []Occurrence) {
	add := func(m Milestone, day civil.Date, due time.Time, to string) {
		o := Occurrence{
			Workspace: i.Workspace, Kind: IntroCheck, Subject: i.Subject(), Schedule: i.Schedule, Milestone: m, Day: day, To: to, Zone: i.Zone,
			Due: due, Wake: due, State: Pending,
		}
		o.Key = key(i.Workspace, o.Subject, i.Schedule, fmt.Sprintf("m%d", int(m)), o.To)
		os = append(os, o)
	}
	zone := mustZone(i.Zone)
	switch {
	case i.Over():
	case i.Made.IsSet():
		made := civil.Of(i.Made.At.In(zone))
		if !i.Made.At.Before(now) {
			add(IntroTold, made, now, i.For)
		}
		for _, m := range []Milestone{IntroFirst, IntroSecond} {
			if day := t.Later(made.AddDays(int(m)), i.Zone); !t.Hour(day, zone).Before(now) {
				add(m, day, t.Hour(day, zone), i.By)
			}
		}
	case i.State == IntroAsked && i.For != "" && i.Rev <= 1:
		add(IntroWanted, civil.Of(now.In(zone)), now, i.By)
	}
	return os
}

// Stands reports whether an occurrence about it is still to be said.
func (i *Introduction) Stands(o *Occurrence) bool {
	if i.Over() {
		return false
	}
	if o.Milestone == IntroWanted {
		return !i.Made.IsSet()
	}
	return i.Made.IsSet()
}
