package visit

import (
	"math/big"
	"slices"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// The most that is measured of a product.
const (
	MaxTests = 60
	MaxUnit  = 16 // characters
	MaxValue = 40 // characters
)

// A Test is a test or a measurement of a product at a factory.
type Test struct {
	ID     int    `json:"id"` // its own in its series
	Name   string `json:"name"`
	NameZH string `json:"name_zh,omitempty"`
	Limit  Limit  `json:"limit,omitzero"`
	Level  string `json:"level,omitempty"` // of inspection, where n follows from the lot
	N      int    `json:"n,omitempty"`     // pieces; 0 where it follows from the level
}

// A Limit is between what a value has to be. A text that is no number, such as "no crack",
// stands in Words.
type Limit struct {
	Lower string `json:"lower,omitempty"` // a decimal number; empty for none
	Upper string `json:"upper,omitempty"`
	Unit  string `json:"unit,omitempty"`
	Words string `json:"words,omitempty"`
}

// IsZero reports whether there is no limit.
func (l Limit) IsZero() bool { return l == Limit{} }

// Normalize tidies what was typed.
func (t *Test) Normalize() {
	for _, s := range []*string{&t.Name, &t.NameZH, &t.Limit.Unit, &t.Limit.Words} {
		*s = chars.Line(*s)
	}
	t.Limit.Lower, t.Limit.Upper = tidyNumber(t.Limit.Lower), tidyNumber(t.Limit.Upper)
}

// tidyNumber is a number that was typed, with a point whatever the keyboard.
func tidyNumber(s string) string {
	return strings.ReplaceAll(strings.TrimSpace(chars.Line(chars.ASCII(s))), ",", ".")
}

// Check reports every mistake in t.
func (t *Test) Check() error {
	var es InputErrors
	es.checkText("test", "Please name the test.", t.Name, MaxName)
	es.checkText("test_zh", "", t.NameZH, MaxName)
	es.checkText("unit", "", t.Limit.Unit, MaxUnit)
	es.checkText("limit", "", t.Limit.Words, MaxReason)
	es.checkText("level", "", t.Level, MaxAQL)
	lower, okLower := decimal(t.Limit.Lower)
	upper, okUpper := decimal(t.Limit.Upper)
	switch {
	case !okLower || !okUpper:
		es.add("limit", "Please write the limits as numbers, for example 12.5.")
	case lower != nil && upper != nil && lower.Cmp(upper) > 0:
		es.add("limit", "The lower limit is above the upper one.")
	}
	if t.N < 0 || t.N > MaxChecked {
		es.add("n", "Please give the number of pieces, at most %d.", MaxChecked)
	}
	return es.orNil()
}

// decimal reads a decimal number of any length exactly; nil for the empty text.
func decimal(s string) (*big.Rat, bool) {
	if s == "" {
		return nil, true
	}
	if len(s) > MaxValue || strings.Trim(s, "+-.0123456789") != "" {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(s)
	return r, ok
}

// Allows reports whether a value lies within the limit, and whether that can be told: the
// value is a number and there is a limit in numbers.
func (l Limit) Allows(value string) (pass, known bool) {
	v, ok := decimal(tidyNumber(value))
	lower, okLower := decimal(l.Lower)
	upper, okUpper := decimal(l.Upper)
	if !ok || !okLower || !okUpper || v == nil || lower == nil && upper == nil {
		return false, false
	}
	return (lower == nil || v.Cmp(lower) >= 0) && (upper == nil || v.Cmp(upper) <= 0), true
}

// A Measured is what a test gave at an inspection. Test is as it was then: a limit that
// changes later changes no report.
type Measured struct {
	Test   Test        `json:"test"`
	N      int         `json:"n,omitempty"`     // pieces that were tested
	Bad    int         `json:"bad,omitempty"`   // of them
	Value  string      `json:"value,omitempty"` // with the unit of the limit
	Result TestOutcome `json:"result,omitempty"`
	Note   string      `json:"note,omitempty"`
	Said   Mark        `json:"said"`
}

// Against reports whether a person chose an outcome that is not what the limit says of the value.
// A value that passes says nothing against bad pieces beside it.
func (m *Measured) Against() bool {
	pass, known := m.Test.Limit.Allows(m.Value)
	return known && (m.Result == TestPassed && !pass || m.Result == TestFailed && pass && m.Bad == 0)
}

// A TestOutcome is what became of a test. The empty one is not known yet.
type TestOutcome string

// The outcomes of a test.
const (
	TestPassed  TestOutcome = "passed"
	TestFailed  TestOutcome = "failed"
	TestNotDone TestOutcome = "not_done"
)

// Measure records what a test gave; one test has one entry, and the last counts. Where nobody
// says whether it passed, the limit does.
func (i *Inspection) Measure(m Measured) error {
	m.Test.Normalize()
	m.Value, m.Note = chars.Line(m.Value), chars.Prose(m.Note)
	if m.Result == "" {
		if pass, known := m.Test.Limit.Allows(m.Value); known {
			m.Result = TestFailed
			if pass {
				m.Result = TestPassed
			}
		}
	}
	var es InputErrors
	es.Collect(m.Test.Check())
	es.checkText("value", "", m.Value, MaxValue)
	es.checkText("note", "", m.Note, MaxReason)
	es.Collect(CheckCount(m.Bad, m.N))
	switch m.Result {
	case "", TestPassed, TestFailed, TestNotDone:
	default:
		es.add("result", "Please pick passed, failed or not done.")
	}
	n := slices.IndexFunc(i.Measured, func(o Measured) bool { return o.Test.ID == m.Test.ID })
	if n < 0 && len(i.Measured) >= MaxTests {
		es.add("test", "That is more than %d tests.", MaxTests)
	}
	if err := es.orNil(); err != nil {
		return err
	}
	i.Measured = slices.Clone(i.Measured)
	if n < 0 {
		i.Measured = append(i.Measured, m)
	} else {
		i.Measured[n] = m
	}
	return nil
}

// AddTest adds a test to the product and returns it with its id.
func (s *Series) AddTest(t Test) Test {
	t.ID = 1
	for _, o := range s.Tests {
		t.ID = max(t.ID, o.ID+1)
	}
	s.Tests = append(s.Tests, t)
	return t
}

// A SealedSample is the piece that both sides signed, by which a product is judged. The zero
// one is none.
type SealedSample struct {
	Version string     `json:"version,omitempty"`
	Where   string     `json:"where,omitempty"`
	Until   civil.Date `json:"until,omitzero"` // its last day; the zero Date where it has none
}

// IsZero reports whether there is none.
func (s SealedSample) IsZero() bool { return s == SealedSample{} }

// Expired reports whether the sample does not count any more on a day.
func (s SealedSample) Expired(day civil.Date) bool { return !s.Until.IsZero() && s.Until.Before(day) }

func (s *SealedSample) normalize() { s.Version, s.Where = chars.Line(s.Version), chars.Line(s.Where) }

// Check reports every mistake in s.
func (s SealedSample) Check() error {
	var es InputErrors
	es.checkText("sealed_version", "", s.Version, MaxPlace)
	es.checkText("sealed_where", "", s.Where, MaxReason)
	if s.Until.Year > MaxYear {
		es.add("sealed_until", "%s is too far off. Please pick a day before 2200.", dayOf(s.Until))
	}
	return es.orNil()
}
