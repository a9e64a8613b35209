package visit

import (
	"cmp"
	"slices"

	"visitprep/internal/civil"
	"visitprep/internal/lang"
)

// A RiskClass says how closely the lots of a factory are looked at.
type RiskClass string

// The classes.
const (
	RiskHigh   RiskClass = "high"
	RiskNew    RiskClass = "new"
	RiskMedium RiskClass = "medium"
	RiskLow    RiskClass = "low"
)

// Words are its name.
func (c RiskClass) Words(p *lang.Printer) string {
	switch c {
	case RiskHigh:
		return p.T("High")
	case RiskNew:
		return p.T("New")
	case RiskMedium:
		return p.T("Medium")
	case RiskLow:
		return p.T("Low")
	}
	return string(c)
}

// A RiskRule is the rule that made a class: the first that fits.
type RiskRule string

// The rules, in their order.
const (
	RuleSpringFestival RiskRule = "spring_festival" // lots are finished around it
	RuleLastLot        RiskRule = "last_lot"        // the last lot was not accepted
	RuleTwoOfFive      RiskRule = "two_of_five"     // N of the last Of lots were not accepted
	RuleCritical       RiskRule = "critical"        // N critical findings are open
	RuleMajorLate      RiskRule = "major_late"      // N majors are more than 14 days late
	RuleFlag           RiskRule = "flag"            // Flag, with N of Of accepted since
	RuleFewLots        RiskRule = "few_lots"        // N original lots, fewer than Of
	RuleSteady         RiskRule = "steady"          // N accepted in a row, few majors in them, nothing open above minor
	RuleElse           RiskRule = "else"            // none of the others
	RuleSet            RiskRule = "set"             // somebody set it
)

// A RiskFlag is what makes a factory high for a while.
type RiskFlag string

// The flags. The pause is counted from the lots.
const (
	FlagSafety   RiskFlag = "safety"   // a safety product
	FlagSite     RiskFlag = "site"     // new site
	FlagProcess  RiskFlag = "process"  // new process or mould
	FlagMaterial RiskFlag = "material" // new material
	FlagOwner    RiskFlag = "owner"    // new owner
	FlagPause    RiskFlag = "pause"    // more than six months without a lot
)

// A Risk is the class of a factory with the rule that made it.
type Risk struct {
	Class   RiskClass
	Rule    RiskRule
	N, Of   int      // what the rule counts
	Flag    RiskFlag // of RuleFlag
	Product string   // of which series, where there are several
	// Counted is what the rules say, where somebody has set another class; around Spring Festival,
	// what it would be otherwise.
	Counted RiskClass
	Ruled   RiskClass // what the rules say, where somebody has set what it would be outside the season
	Set     Mark      // who set it
	Why     string    // and why
}

// RiskClasses are all of them, the one that is looked at most closely first.
func RiskClasses() []RiskClass { return []RiskClass{RiskHigh, RiskNew, RiskMedium, RiskLow} }

// weight is the place in RiskClasses; -1 for another word.
func (c RiskClass) weight() int { return slices.Index(RiskClasses(), c) }

// Below reports whether c looks less closely than o does.
func (c RiskClass) Below(o RiskClass) bool { return c.weight() > o.weight() }

// RiskFlags are those that a person sets.
func RiskFlags() []RiskFlag {
	return []RiskFlag{FlagSafety, FlagSite, FlagProcess, FlagMaterial, FlagOwner}
}

// Words are its name.
func (f RiskFlag) Words(p *lang.Printer) string {
	switch f {
	case FlagSafety:
		return p.T("A safety product")
	case FlagSite:
		return p.T("New site")
	case FlagProcess:
		return p.T("New process or mould")
	case FlagMaterial:
		return p.T("New material")
	case FlagOwner:
		return p.T("New owner")
	case FlagPause:
		return p.T("More than six months without a lot")
	}
	return string(f)
}

// The numbers of the rules.
const (
	riskNew        = 3  // original lots below which a factory is new
	riskLow        = 10 // accepted in a row for low
	riskWindow     = 5  // the last lots of which two make high
	riskRefused    = 2
	riskAgain      = 5  // accepted in a row end a flag
	riskLateDays   = 14 // of a major
	riskPause      = 6  // months without a lot
	riskMajorBelow = 1  // in 100, for low
)

// Risk is the class on a day, and the rule that made it: the worst of its products, or what
// somebody has set instead. The season stands on top of either: festival reports whether lots that
// are finished on a day are finished around Spring Festival; nil is never.
func (f *ScoreFacts) Risk(today civil.Date, festival func(civil.Date) bool) Risk {
	counted := f.Counted(today)
	r := counted
	for _, m := range f.said(MarkRisk) {
		class := RiskClass(m.Name)
		switch {
		case class.weight() < 0 || class == counted.Class: // taken back, or what the rules say anyway
		case class.Below(counted.Class) && m.Against != counted.Rule: // its reason was about another rule
		default:
			r = Risk{Class: class, Rule: RuleSet, Counted: counted.Class, Set: Mark{m.By, m.At}, Why: m.Why}
		}
	}
	if r.Class != RiskHigh && festival != nil && festival(today) {
		return Risk{Class: RiskHigh, Rule: RuleSpringFestival, Counted: r.Class, Ruled: r.Counted, Set: r.Set, Why: r.Why}
	}
	return r
}

// Counted is what the rules say on a day, whatever somebody has set, and whatever the season.
func (f *ScoreFacts) Counted(today civil.Date) Risk {
	for _, rule := range []func(civil.Date) (Risk, bool){f.lotRules, f.openRules, f.flagRule} {
		if r, high := rule(today); high {
			return r
		}
	}
	worst := Risk{Class: RiskNew, Rule: RuleFewLots, Of: riskNew}
	all := f.series(today)
	for n, lots := range all {
		r := f.quietRules(lots, today)
		if len(all) > 1 {
			r.Product = lots[0].Product
		}
		if n == 0 || worst.Class.Below(r.Class) {
			worst = r
		}
	}
	return worst
}

// series are the lots by their products, each in order; of a single product they have no name.
func (f *ScoreFacts) series(today civil.Date) (all [][]LotFact) {
	lots := slices.DeleteFunc(slices.Clone(f.Lots), func(l LotFact) bool { return l.Day.After(today) })
	slices.SortFunc(lots, func(a, b LotFact) int {
		return cmp.Or(cmp.Compare(a.Series, b.Series), compareLotFacts(a, b))
	})
	for n, l := range lots {
		if n == 0 || l.Series != lots[n-1].Series {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], l)
	}
	return all
}

// lotRules are the rules about the last lots of a product.
func (f *ScoreFacts) lotRules(today civil.Date) (Risk, bool) {
	all := f.series(today)
	for _, rule := range []RiskRule{RuleLastLot, RuleTwoOfFive} {
		for _, lots := range all {
			last := lots[max(0, len(lots)-riskWindow):]
			refused := 0
			for _, l := range last {
				if !l.Passed {
					refused++
				}
			}
			r := Risk{Class: RiskHigh, Rule: rule, N: refused, Of: len(last)}
			if len(all) > 1 {
				r.Product = lots[0].Product
			}
			if rule == RuleLastLot && !lots[len(lots)-1].Passed || rule == RuleTwoOfFive && refused >= riskRefused {
				return r, true
			}
		}
	}
	return Risk{}, false
}

// openRules are the rules about what is open.
func (f *ScoreFacts) openRules(today civil.Date) (Risk, bool) {
	critical, late := 0, 0
	for _, a := range f.Actions {
		if !a.openOn(today) {
			continue
		}
		if a.Severity == Critical {
			critical++
		}
		if a.Severity == Major && a.State.WithFactory() && !a.Due.IsZero() && today.Sub(a.Due) > riskLateDays {
			late++
		}
	}
	switch {
	case critical > 0:
		return Risk{Class: RiskHigh, Rule: RuleCritical, N: critical}, true
	case late > 0:
		return Risk{Class: RiskHigh, Rule: RuleMajorLate, N: late}, true
	}
	return Risk{}, false
}

// graveOn is how many critical and major findings were open on a day.
func (f *ScoreFacts) graveOn(d civil.Date) (n int) {
	for _, a := range f.Actions {
		if (a.Severity == Critical || a.Severity == Major) && a.openOn(d) {
			n++
		}
	}
	return n
}

// A flagged is a flag, from when on it stands.
type flagged struct {
	flag RiskFlag
	from civil.Date
}

// flagRule is the flag that stands, the last to come first.
func (f *ScoreFacts) flagRule(today civil.Date) (Risk, bool) {
	var flags []flagged
	for _, m := range f.said(MarkFlag) {
		if m.Points > 0 && !m.Day.After(today) {
			flags = append(flags, flagged{RiskFlag(m.Name), m.Day})
		}
	}
	all := slices.Concat(f.series(today)...)
	slices.SortFunc(all, compareLotFacts)
	for n, l := range all {
		if n > 0 && all[n-1].Day.AddMonths(riskPause).Before(l.Day) {
			flags = append(flags, flagged{FlagPause, l.Day})
		}
	}
	if n := len(all); n > 0 && all[n-1].Day.AddMonths(riskPause).Before(today) {
		flags = append(flags, flagged{FlagPause, today})
	}
	slices.SortFunc(flags, func(a, b flagged) int { return cmp.Or(-a.from.Compare(b.from), cmp.Compare(a.flag, b.flag)) })
	for _, fl := range flags {
		if in, over := f.steadySince(all, fl.from, today); !over {
			return Risk{Class: RiskHigh, Rule: RuleFlag, Flag: fl.flag, N: min(in, riskAgain), Of: riskAgain}, true
		}
	}
	return Risk{}, false
}

// steadySince reports whether on some day since a day so many lots in a row were accepted and
// nothing above minor was open; in is how many in a row there are now.
func (f *ScoreFacts) steadySince(lots []LotFact, from, today civil.Date) (in int, over bool) {
	days := []civil.Date{today}
	for _, a := range f.Actions {
		if a.State == ActionVerified && !a.Verified.Before(from) {
			days = append(days, a.Verified)
		}
	}
	row := func(d civil.Date) (n int) {
		for _, l := range lots {
			switch {
			case l.Day.Before(from) || l.Day.After(d):
			case l.Passed:
				n++
			default:
				n = 0
			}
		}
		return n
	}
	for _, l := range lots {
		if !l.Day.Before(from) {
			days = append(days, l.Day)
		}
	}
	for _, d := range days {
		if !d.After(today) && row(d) >= riskAgain && f.graveOn(d) == 0 {
			return riskAgain, true
		}
	}
	return row(today), false
}

// quietRules are the rules where nothing makes a factory high.
func (f *ScoreFacts) quietRules(lots []LotFact, today civil.Date) Risk {
	if n := len(lots); n < riskNew {
		return Risk{Class: RiskNew, Rule: RuleFewLots, N: n, Of: riskNew}
	}
	row, majors, checked := 0, 0, 0
	for _, l := range slices.Backward(lots) {
		if !l.Passed {
			break
		}
		row, majors, checked = row+1, majors+l.Majors, checked+l.Checked
	}
	if row >= riskLow && majors*100 < max(checked, 1)*riskMajorBelow && f.graveOn(today) == 0 {
		return Risk{Class: RiskLow, Rule: RuleSteady, N: row, Of: riskLow}
	}
	return Risk{Class: RiskMedium, Rule: RuleElse, N: row, Of: riskLow}
}

// Flags are those that somebody has set by a day and not taken back, whether or not they have
// ended.
func (f *ScoreFacts) Flags(today civil.Date) (flags []RiskFlag) {
	for _, m := range f.said(MarkFlag) {
		if m.Points > 0 && !m.Day.After(today) {
			flags = append(flags, RiskFlag(m.Name))
		}
	}
	return flags
}
