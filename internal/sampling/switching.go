package sampling

import "slices"

// A Judged is what became of a lot in one class of defects.
type Judged struct {
	Accept   int  // the accept number of its plan
	Accepted bool // by its plan
	// Tighter tells whether it would have been accepted under the next stricter AQL as well.
	// It counts where Accept is 2 or more.
	Tighter  bool
	Severity Severity // under which it was judged, whatever the lots before asked for; empty is normal
}

// Judge is what becomes of a lot with so many bad pieces, or defects, in its sample.
func (p *Plan) Judge(bad int) Judged {
	return Judged{Accept: p.Accept, Accepted: p.Accepts(bad), Tighter: bad <= p.TighterAccept(), Severity: p.Severity}
}

// TighterAccept is the accept number of the next stricter AQL for the same sample, and -1
// where the switching score does not ask for it: where Accept is below 2.
func (p *Plan) TighterAccept() int {
	if p.Accept < 2 {
		return -1
	}
	// For such a plan the next stricter AQL always has one with the same sample.
	stricter, err := cell(p.Used, Normal, p.AQL.tighter())
	if err != nil {
		return -1
	}
	return stricter.Accept
}

// A Reason says why the severity changed.
type Reason string

// The reasons. The first three are what a lot before has done; the next is offered to a
// series that may be reduced; the rest come from a reduced lot or a person.
const (
	TwoOfFive    Reason = "two of five"   // two of at most five lots one after another were not accepted
	FiveAccepted Reason = "five accepted" // five lots one after another were accepted while tightened
	FiveRefused  Reason = "five refused"  // five lots in all were not accepted while tightened
	Score        Reason = "score"         // the switching score is 30, production is steady, and a person agreed
	OneRefused   Reason = "one refused"   // one lot was not accepted while reduced
	Irregular    Reason = "irregular"     // production did not run evenly while reduced
	Resumed      Reason = "resumed"       // a person let a stopped series go on
)

// The figures of the rules.
const (
	window     = 5  // lots in which two that are not accepted tighten
	forNormal  = 5  // lots accepted on tightened inspection that lead back from it
	forStopped = 5  // lots not accepted while tightened that stop the inspection
	forReduced = 30 // points
)

// A Record is the state of one class of defects of one product at one factory: under which
// severity the next lot is judged. It is replayed from the lots, the first first, and only
// from original inspections: what is inspected again after rework counts nowhere, nor does
// what is pending or could not be done. The zero Record begins with normal inspection.
//
// A Record never leaves its four states; a new state begins its counts at zero.
type Record struct {
	// MayReduce is whether a person has agreed to reduced inspection and production is steady.
	MayReduce bool

	severity Severity // "" is normal
	recent   []bool   // the last lots under normal inspection: whether each was accepted
	accepted int      // lots one after another while tightened
	refused  int      // lots in all while tightened
	score    int
}

// Severity is the one for the next lot.
func (r *Record) Severity() Severity {
	if r.severity == "" {
		return Normal
	}
	return r.severity
}

// Score is the switching score. It counts under normal inspection only.
func (r *Record) Score() int { return r.score }

// Refused is how many lots were not accepted since inspection was tightened.
func (r *Record) Refused() int { return r.refused }

// InARow is how many lots one after another were accepted since inspection was tightened.
func (r *Record) InARow() int { return r.accepted }

// Add counts an original inspection. It returns why the severity changes with the next lot;
// empty where it stays. While stopped nothing counts.
func (r *Record) Add(j Judged) Reason {
	switch r.Severity() {
	case Normal:
		return r.underNormal(j)
	case Tightened:
		if !j.Accepted {
			r.accepted, r.refused = 0, r.refused+1
			if r.refused == forStopped {
				return r.become(Stopped, FiveRefused)
			}
			return ""
		}
		if j.Severity != Tightened {
			return "" // only what was accepted on tightened inspection leads back
		}
		if r.accepted++; r.accepted == forNormal {
			return r.become(Normal, FiveAccepted)
		}
	case Reduced:
		if !j.Accepted {
			return r.become(Normal, OneRefused)
		}
	}
	return ""
}

func (r *Record) underNormal(j Judged) Reason {
	switch {
	case j.Accept >= 2 && j.Accepted && j.Tighter:
		r.score += 3
	case j.Accept < 2 && j.Accepted:
		r.score += 2
	default:
		r.score = 0
	}
	r.recent = append(r.recent, j.Accepted)
	if len(r.recent) > window {
		r.recent = slices.Clone(r.recent[1:])
	}
	refused := 0
	for _, ok := range r.recent {
		if !ok {
			refused++
		}
	}
	switch {
	case refused >= 2:
		return r.become(Tightened, TwoOfFive)
	case r.score >= forReduced && r.MayReduce:
		return r.become(Reduced, Score)
	}
	return ""
}

// Irregular leads a reduced series back to normal inspection.
func (r *Record) Irregular() Reason {
	if r.Severity() != Reduced {
		return ""
	}
	return r.become(Normal, Irregular)
}

// Resume lets a stopped series go on, tightened. A person does that, once what the factory
// did has shown effect.
func (r *Record) Resume() Reason {
	if r.Severity() != Stopped {
		return ""
	}
	return r.become(Tightened, Resumed)
}

func (r *Record) become(s Severity, why Reason) Reason {
	*r = Record{MayReduce: r.MayReduce, severity: s}
	return why
}
