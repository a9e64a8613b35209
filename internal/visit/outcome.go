package visit

import (
	"slices"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/lang"
)

// A Verdict says whether the team goes on with a factory after a visit.
type Verdict string

// The verdicts.
const (
	Go           Verdict = "go"
	GoConditions Verdict = "conditions" // go, once or as long as what the outcome names is so
	Stop         Verdict = "stop"
)

// Verdicts are all of them, the best first.
func Verdicts() []Verdict { return []Verdict{Go, GoConditions, Stop} }

// Words is the verdict as people read it.
func (d Verdict) Words(p *lang.Printer) string {
	switch d {
	case Go:
		return p.T("Go")
	case GoConditions:
		return p.T("Go with conditions")
	case Stop:
		return p.T("Stop")
	}
	return p.T("none yet")
}

// A VisitOutcome is what a visit came to, why, and who said so when. The zero one is
// none yet.
type VisitOutcome struct {
	Verdict Verdict
	Why     string // never empty of conditions and of a stop
	Said    Mark
}

// IsSet reports whether somebody has said what the visit came to.
func (o VisitOutcome) IsSet() bool { return o.Verdict != "" }

// Conclude records what the visit came to. The first word counts: it reports false, and
// changes nothing, where somebody has said so before.
func (v *Visit) Conclude(d Verdict, why, by string, now time.Time) (bool, error) {
	if v.Outcome.IsSet() {
		return false, nil
	}
	why = chars.Prose(why)
	var es InputErrors
	switch {
	case !v.Open():
		es.add("verdict", "This visit is cancelled. Press Restore visit on its card first.")
	case v.First.After(v.Today(now)):
		es.add("verdict", "This visit begins on %s. Please say then how it ended.", dayOf(v.First))
	case !slices.Contains(Verdicts(), d):
		es.add("verdict", "Please pick one of the three.")
	}
	missing := ""
	switch d {
	case GoConditions:
		missing = "Please write the conditions."
	case Stop:
		missing = "Please write why, for whoever reads it next year."
	}
	es.checkText("why", missing, why, MaxNote)
	if err := es.orNil(); err != nil {
		return false, err
	}
	v.Outcome = VisitOutcome{Verdict: d, Why: why, Said: Mark{by, now}}
	return true, nil
}

// TakeBackOutcome undoes Conclude. It reports false where there is nothing to undo.
func (v *Visit) TakeBackOutcome() bool {
	was := v.Outcome.IsSet()
	v.Outcome = VisitOutcome{}
	return was
}

// askOutcomeAfter is how many days after its last day whoever planned a visit is asked what
// it came to: the findings are written up, and nobody has forgotten.
const askOutcomeAfter = 7

// RemoveNote takes out the note that somebody wrote at an instant. It reports false where
// there is none any more.
func (v *Visit) RemoveNote(by string, at time.Time) bool {
	n := slices.IndexFunc(v.Notes, func(n Note) bool { return n.By == by && n.At.UnixMilli() == at.UnixMilli() })
	if n < 0 {
		return false
	}
	v.Notes = slices.Delete(v.Notes, n, n+1)
	return true
}

// Leave takes somebody off the visit. It reports false where they are not on it.
func (v *Visit) Leave(user string) bool {
	n := len(v.People)
	v.People = slices.DeleteFunc(v.People, func(p Person) bool { return user != "" && p.User == user })
	return len(v.People) < n
}

// Join puts somebody on the visit. It reports false where they are on it.
func (v *Visit) Join(user string) bool {
	if v.Travels(user) {
		return false
	}
	v.People = append(v.People, Person{User: user})
	return true
}

// Travels reports whether somebody is on the visit.
func (v *Visit) Travels(user string) bool {
	return slices.ContainsFunc(v.People, func(p Person) bool { return p.User == user })
}
