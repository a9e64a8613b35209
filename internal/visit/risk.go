package visit

import "visitprep/internal/lang"

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
	// Counted is what the rules say, where somebody has set another class.
	Counted RiskClass
	Set     Mark   // who set it
	Why     string // and why
}
