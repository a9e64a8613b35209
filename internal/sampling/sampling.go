// Package sampling says how many pieces of a lot are looked at, and how many of them may be
// bad: single sampling by attributes after [Standard], look-up and switching rules.
//
// The tables are in tables/, with where they come from and which of their cells public
// sources dispute. The package holds no state and words nothing: what it found out it
// returns as values, and whoever shows them words them. It never proposes reduced
// inspection; a person looks it up.
package sampling

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Standard names what the tables and the rules are from. It is printed with every plan. The
// edition of 2026 was not consulted.
const Standard = "ISO 2859-1:1999 / GB/T 2828.1-2012"

// The lots that are looked up. One piece is no lot: it is inspected.
const (
	MinLot = 2
	MaxLot = 10_000_000
)

// A Level is how much a lot of a size is looked at.
type Level string

// The levels, general and special.
const (
	S1       Level = "S-1"
	S2       Level = "S-2"
	S3       Level = "S-3"
	S4       Level = "S-4"
	LevelI   Level = "I"
	LevelII  Level = "II"
	LevelIII Level = "III"
)

// Levels are all of them, in the order of the table.
func Levels() []Level { return []Level{S1, S2, S3, S4, LevelI, LevelII, LevelIII} }

// An AQL is an acceptance quality limit, written as the standard prints it. Up to 10 it is
// bad pieces, or defects, in a hundred pieces; above, only defects.
type AQL string

// AQLs are all of them, the strictest first.
func AQLs() []AQL {
	return []AQL{
		"0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65", "1.0", "1.5", "2.5", "4.0", "6.5",
		"10", "15", "25", "40", "65", "100", "150", "250", "400", "650", "1000",
	}
}

// Value is the AQL as a number, 0 where it is none.
func (a AQL) Value() float64 {
	v, err := strconv.ParseFloat(string(a), 64)
	if err != nil {
		return 0
	}
	return v
}

// Defects reports whether the AQL counts defects only, of which a piece can have several.
func (a AQL) Defects() bool { return a.Value() > 10 }

// tighter is the next stricter one, empty where there is none.
func (a AQL) tighter() AQL {
	all := AQLs()
	if i := slices.Index(all, a); i > 0 {
		return all[i-1]
	}
	return ""
}

// NearestAQLs finds the step that v is, or the two that it lies between; below the first and
// above the last there is one.
func NearestAQLs(v float64) []AQL {
	all := AQLs()
	for i, a := range all {
		switch {
		case math.Abs(a.Value()-v) < 1e-9:
			return []AQL{a}
		case a.Value() > v && i == 0:
			return []AQL{a}
		case a.Value() > v:
			return []AQL{all[i-1], a}
		}
	}
	return all[len(all)-1:]
}

// A Severity is how strictly lots are judged, from what became of the lots before.
type Severity string

// The severities. A series that is Stopped has no plans until a person resumes it.
const (
	Normal    Severity = "normal"
	Tightened Severity = "tightened"
	Reduced   Severity = "reduced"
	Stopped   Severity = "stopped"
)

// An Arrow says where a plan stands in its column of the table.
type Arrow string

// The arrows. With one, the plan beside it holds, with its own sample size.
const (
	NoArrow Arrow = "plan"
	Down    Arrow = "down" // the first plan below: a larger sample
	Up      Arrow = "up"   // the first plan above: a smaller one
)

// A Plan is how a lot is looked at for one class of defects.
type Plan struct {
	Lot      int // pieces
	Level    Level
	Severity Severity
	AQL      AQL
	Letter   string // the code letter that the lot's size and the level have
	Used     string // the letter whose plan holds
	Arrow    Arrow  // how Used was found from Letter
	Sample   int    // pieces to draw, as the table has it
	Accept   int    // at most so many bad: accepted
	Reject   int    // from so many: not accepted
	// Disputed is what another public source has in this cell. The stricter of both is the
	// plan.
	Disputed *Disputed
}

// Disputed is another reading of a cell.
type Disputed struct{ Sample, Accept, Reject int }

// All reports whether every piece is looked at, because the lot is no larger than the sample.
// The accept number stays.
func (p *Plan) All() bool { return p.Sample >= p.Lot }

// Pieces is how many pieces are looked at.
func (p *Plan) Pieces() int { return min(p.Sample, p.Lot) }

// Accepts reports whether a lot with so many bad pieces, or defects, in its sample is
// accepted.
func (p *Plan) Accepts(bad int) bool { return bad <= p.Accept }

// Acceptance is the share of lots that the plan accepts although a share of their pieces is
// bad, from 0 to 1. It is 0 or 1 where every piece is looked at.
func (p *Plan) Acceptance(bad float64) float64 {
	if p.All() {
		if bad*float64(p.Lot) <= float64(p.Accept) {
			return 1
		}
		return 0
	}
	switch {
	case bad <= 0:
		return 1
	case bad >= 1:
		return 0
	}
	// In logarithms: 0.9 to the power of 2,000 is still a number, its factors need not be.
	sum, n := 0.0, float64(p.Sample)
	for k := 0; k <= min(p.Accept, p.Sample); k++ {
		all, _ := math.Lgamma(n + 1)
		in, _ := math.Lgamma(float64(k) + 1)
		out, _ := math.Lgamma(n - float64(k) + 1)
		sum += math.Exp(all - in - out + float64(k)*math.Log(bad) + (n-float64(k))*math.Log1p(-bad))
	}
	return min(sum, 1)
}

// AtMost is the share of bad pieces, from 0 to 1, that is not exceeded with 95 % certainty
// where none was found among n.
func AtMost(n int) float64 {
	if n < 1 {
		return 1
	}
	return 1 - math.Pow(0.05, 1/float64(n))
}

// ToOpen is how many of so many cartons are opened: the square root, rounded up. That is
// trade practice; the standard does not say.
func ToOpen(cartons int) int {
	if cartons < 1 {
		return 0
	}
	n := int(math.Sqrt(float64(cartons)))
	for n*n < cartons {
		n++
	}
	return n
}

//go:embed tables/code_letters.csv
var letters string

//go:embed tables/normal.csv
var normal string

//go:embed tables/tightened.csv
var tightened string

//go:embed tables/reduced.csv
var reduced string

// rows are the rows of a table, without its heading.
func rows(table string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		first := true
		for line := range strings.Lines(table) {
			if first {
				first = false
				continue
			}
			if !yield(strings.Split(strings.TrimSpace(line), ",")) {
				return
			}
		}
	}
}

// Letter is the code letter of a lot. The letters I and O are none.
func Letter(lot int, level Level) (string, error) {
	column := slices.Index(Levels(), level)
	if column < 0 {
		return "", fmt.Errorf("look up a letter: %q is no level", level)
	}
	for row := range rows(letters) {
		if least, most := number(row[0]), number(row[1]); lot >= least && (most == 0 || lot <= most) {
			return row[2+column], nil
		}
	}
	return "", fmt.Errorf("look up a letter: no lot has %d pieces", lot)
}

// number is a number of our own tables, 0 where a cell is empty; the tests read every cell.
func number(cell string) int {
	n, err := strconv.Atoi(cell)
	if err != nil {
		return 0
	}
	return n
}

// LookUp finds the plan of a lot from [MinLot] to [MaxLot] pieces for one class of defects.
func LookUp(lot int, level Level, s Severity, aql AQL) (Plan, error) {
	if lot < MinLot || lot > MaxLot {
		return Plan{}, fmt.Errorf("look up a plan: %d pieces are no lot from %d to %d", lot, MinLot, MaxLot)
	}
	letter, err := Letter(lot, level)
	if err != nil {
		return Plan{}, err
	}
	p, err := cell(letter, s, aql)
	p.Lot, p.Level = lot, level
	return p, err
}

// cell is what a table has for a letter and an AQL.
func cell(letter string, s Severity, aql AQL) (Plan, error) {
	table := map[Severity]string{Normal: normal, Tightened: tightened, Reduced: reduced}[s]
	begins := letter + "," + string(aql) + ","
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, begins) {
			continue
		}
		row := strings.Split(strings.TrimSpace(line), ",")
		p := Plan{
			Severity: s, AQL: aql, Letter: letter, Arrow: Arrow(row[2]), Used: row[3],
			Sample: number(row[4]), Accept: number(row[5]), Reject: number(row[6]),
		}
		if other := strings.Split(row[7], ":"); len(other) == 4 {
			p.Disputed = &Disputed{number(other[1]), number(other[2]), number(other[3])}
		}
		return p, nil
	}
	return Plan{}, fmt.Errorf("look up a plan: no plan for letter %q, AQL %q, %s", letter, aql, s)
}

// OneLetter gives every class the letter of the largest sample, which the standard allows
// where both sides agree, so that all are judged on the same pieces. It reports false where
// the samples are equal already, or where a class has no plan of its own for that letter.
func OneLetter(plans []Plan) ([]Plan, bool) {
	if len(plans) < 2 {
		return nil, false
	}
	largest := slices.MaxFunc(plans, func(a, b Plan) int { return a.Sample - b.Sample })
	if !slices.ContainsFunc(plans, func(p Plan) bool { return p.Sample != largest.Sample }) {
		return nil, false
	}
	same := make([]Plan, len(plans))
	for i, p := range plans {
		q, err := cell(largest.Used, p.Severity, p.AQL)
		if err != nil || q.Sample != largest.Sample {
			return nil, false
		}
		q.Lot, q.Level, q.Letter = p.Lot, p.Level, p.Letter
		same[i] = q
	}
	return same, true
}

// SizeOf is how many pieces a letter stands for under normal inspection, 0 for what is no
// letter. It is what a test of some pieces takes, whose AQL nobody agreed.
func SizeOf(letter string) int {
	for row := range rows(normal) {
		if row[0] == letter && row[2] == string(NoArrow) {
			return number(row[4])
		}
	}
	return 0
}
