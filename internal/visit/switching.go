package visit

import (
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/sampling"
)

// Chosen is the Why of a class that a person chose to judge more strictly than the lots before
// ask for.
const Chosen = "chosen"

// A Standing is how one class of a series stands after some of its lots. It is counted anew
// each time and never kept.
type Standing struct {
	Next    Strictness      // of the lot that comes next
	Why     sampling.Reason // of the last change; empty while there was none
	Since   int             // number of the inspection that brought the change; 0 where a person did
	Lots    int             // that count
	Score   int             // towards reduced inspection, which nobody is offered
	InARow  int             // lots accepted one after another since it was tightened
	Refused int             // lots not accepted since it was tightened
	Differ  []Differing     // lots that were judged in another way than is counted now
}

// A Differing is a lot that was judged under one strictness, and would have been under another
// if all that is known now had been known then: somebody entered an earlier lot after it.
// What was judged stays.
type Differing struct {
	Inspection int
	Due        civil.Date
	Judged     Strictness
	Would      Strictness
}

// Standing counts the lots of s that come before an inspection, or with nil all of them. lots
// are in any order; those of other series, and those that do not count, are passed over. Which
// come before depends on the number of before's own lot as well: see [CompareLots].
func (s *Series) Standing(class Severity, lots []Inspection, before *Inspection) Standing {
	lots = slices.Clone(lots)
	slices.SortFunc(lots, CompareLots)
	events := slices.DeleteFunc(slices.Clone(s.Events), func(e SeriesEvent) bool { return e.Class != "" && e.Class != class })
	slices.SortStableFunc(events, func(a, b SeriesEvent) int { return a.Day.Compare(b.Day) })

	var r sampling.Record
	st := Standing{}
	noted := func(why sampling.Reason, inspection int) {
		if why != "" {
			st.Why, st.Since = why, inspection
		}
	}
	var early int                   // resumptions of the day below that had nothing to end when they were read
	var today civil.Date            // of the lot that was counted last
	until := func(day civil.Date) { // what was said by then holds for the lots of the day
		if day != today {
			today, early = day, 0
		}
		for len(events) > 0 && !events[0].Day.After(day) {
			e := events[0]
			events = events[1:]
			why := e.apply(&r)
			noted(why, 0)
			if why == "" && e.Kind == Resumed && e.Day == day {
				early++
			}
		}
		// It ends a stop that an earlier lot of the day brought.
		if early > 0 && r.Severity() == sampling.Stopped {
			noted(r.Resume(), 0)
			early--
		}
	}
	for n := range lots {
		i := &lots[n]
		c, ok := i.Lot.Class(class)
		if !ok || i.Lot.Series != s.Number || !i.CountsForSeries() {
			continue
		}
		if before != nil && (i.Number == before.Number || CompareLots(*i, *before) > 0) {
			continue
		}
		until(i.Due)
		if would := Strictness(r.Severity()); would != c.Strictness && c.Why != Chosen {
			st.Differ = append(st.Differ, Differing{i.Number, i.Due, c.Strictness, would})
		}
		st.Lots++
		noted(r.Add(c.judged()), i.Number)
	}
	switch {
	case before != nil:
		until(before.Due)
	case len(events) > 0:
		until(events[len(events)-1].Day)
	default:
		until(today)
	}
	st.Next, st.Score, st.InARow, st.Refused = Strictness(r.Severity()), r.Score(), r.InARow(), r.Refused()
	return st
}

// judged is what became of the lot in the class.
func (c LotClass) judged() sampling.Judged {
	return sampling.Judged{Accept: c.Ac, Accepted: c.Accepted(), Tighter: c.Bad <= c.TighterAc, Severity: sampling.Severity(c.Strictness)}
}

// apply lets a record know what somebody said.
func (e SeriesEvent) apply(r *sampling.Record) sampling.Reason {
	switch e.Kind {
	case ReducedAllowed:
		r.MayReduce = true
	case ReducedForbidden, Irregular:
		r.MayReduce = false
		return r.Irregular()
	case Resumed:
		return r.Resume()
	}
	return ""
}

// InTheYearTo counts the lots of a series in the year that ends on a day. Below five, a plan
// that lives from switching protects little.
func (s *Series) InTheYearTo(day civil.Date, lots []Inspection) (n int) {
	for _, i := range lots {
		if i.Lot.Series == s.Number && i.CountsForSeries() && !i.Due.After(day) && i.Due.After(day.AddDays(-365)) {
			n++
		}
	}
	return n
}

// A ClassRule is by what a class of a lot is judged.
type ClassRule struct {
	Class      Severity
	AQL        string
	Strictness Strictness
	Why        string
}

// Sample looks up the sample of the lot for its size and level: each class by its rule, or,
// where that was agreed and can be, all with the letter of the largest sample. Critical
// defects are looked for in the largest sample, and none may be. Its mistakes are for whoever
// typed the lot.
func (l *Lot) Sample(rules []ClassRule) error {
	if l.Size < sampling.MinLot || l.Size > sampling.MaxLot {
		return Invalid("lot", "Please give a number of pieces from %d to %d.", sampling.MinLot, sampling.MaxLot)
	}
	var plans []sampling.Plan
	for _, r := range rules {
		if r.Strictness == Stopped {
			return Invalid("strictness", "Inspection of this product is stopped. Somebody has to say why it goes on.")
		}
		plan, err := sampling.LookUp(l.Size, sampling.Level(l.Level), sampling.Severity(r.Strictness), sampling.AQL(r.AQL))
		if err != nil {
			return Invalid("level", "There is no plan for level %s and AQL %s. Please pick both from the lists.", l.Level, r.AQL)
		}
		plans = append(plans, plan)
	}
	if same, ok := sampling.OneLetter(plans); ok && l.OneLetter {
		plans = same
	}
	largest := 0
	for n := range plans {
		if plans[n].Sample > plans[largest].Sample {
			largest = n
		}
	}
	l.Classes = nil
	for n := range plans {
		plan := &plans[n]
		if n == 0 {
			big := &plans[largest]
			l.Classes = append(l.Classes, LotClass{Class: Critical, Letter: big.Used, N: big.Pieces(), Re: 1, All: big.All(), Strictness: rules[largest].Strictness, Why: rules[largest].Why, TighterAc: -1})
		}
		l.Classes = append(l.Classes, LotClass{
			Class: rules[n].Class, AQL: rules[n].AQL, Letter: plan.Used, N: plan.Pieces(), Ac: plan.Accept, Re: plan.Reject, All: plan.All(),
			Strictness: rules[n].Strictness, Why: rules[n].Why, TighterAc: plan.TighterAccept(),
		})
	}
	return nil
}

// Plans are the plans of the classes that have an AQL, as they were looked up.
func (l *Lot) Plans() []sampling.Plan {
	var plans []sampling.Plan
	for _, c := range l.Classes {
		if c.AQL == "" {
			continue
		}
		plan, err := sampling.LookUp(l.Size, sampling.Level(l.Level), sampling.Severity(c.Strictness), sampling.AQL(c.AQL))
		if err != nil {
			continue // of a file that somebody else wrote
		}
		plans = append(plans, plan)
	}
	if same, ok := sampling.OneLetter(plans); ok && l.OneLetter {
		return same
	}
	return plans
}

// Recount puts the counts of a lot in the place of those that a result taken back had left:
// they stand only as long as the result does.
func (i *Inspection) Recount(bad map[Severity]int, opened int, by string, now time.Time) (bool, error) {
	was := i.Lot
	i.Uncount()
	did, err := i.Count(bad, opened, by, now)
	if err != nil {
		i.Lot = was
	}
	return did, err
}
