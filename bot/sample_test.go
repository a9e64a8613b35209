package bot

import (
	"strings"
	"testing"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// TestASampleIsLookedUp: the answer has the plan, the words for what the table does not show,
// and the standard, for anybody and for the asker alone.
func TestASampleIsLookedUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	for _, c := range []struct {
		line string
		says []string
		not  []string
	}{
		{"3000", []string{"Draw 125 of 3000 pieces", "Major: 125 pieces, accept 7, reject 8.", "Minor: 125 pieces, accept 10, reject 11.", "Critical: one, and the lot is not accepted.",
			"a lot with 10 % bad pieces is still accepted 6 times in 100", "None bad among 125 can still mean up to 2.4 % in the lot", "counts once, under the worst",
			"Level II, AQL 2.5 for major and 4.0 for minor defects, normal inspection, letter K. ISO 2859-1:1999 / GB/T 2828.1-2012", "of 100 cartons, 10"},
			[]string{"arrow", "first", "reduced", "Use letter", "swapped"}},
		{"#3000", []string{"Draw 125 of 3000 pieces"}, nil},
		{"3000 4.0 2.5", []string{"Major: 125 pieces, accept 10, reject 11.", "AQL 4.0 for major and 2.5 for minor defects lets more of the worse ones pass. Check that the two are not swapped."}, nil},
		{"3000 2.5 2.5", []string{"Minor: 125 pieces, accept 7, reject 8."}, []string{"swapped"}},
		{"3000-5000", []string{`A lot is one number of pieces, not "3000-5000". Type, for example, /inspection sample 3000.`}, []string{"Draw", "step"}},
		{"2000 ii 2.5 4.0 tightened 100 cartons", []string{"accept 5, reject 6", "accept 8, reject 9", "tightened inspection", "Open 10 of 100 cartons."}, nil},
		{"8", []string{"Draw 5 of 8 pieces", "Major: letter A has no plan for AQL 2.5. The arrow points down to letter C, a larger sample.", "Minor: count only what is in the first 3 pieces that you draw."}, nil},
		{"50000", []string{"Draw 500 of 50000 pieces", "Minor: letter N has no plan for AQL 4.0. The arrow points up to letter M, a smaller sample.", "in the first 315 pieces"}, []string{"Use letter"}},
		{"20 II 0.65 4.0", []string{"Look at all 20 pieces", "The sample is as large as the lot"}, []string{"What it sees"}},
		{"100 II 15 15", []string{"Above AQL 10 defects are counted"}, []string{"counts once", "What it sees"}},
		{"2000 II 2.5 4.0 reduced", []string{"public sources disagree here", "accepts 5; the stricter one is shown", "Reduced inspection is only for"}, nil},
		{"批量三千 水平Ⅱ 加严", []string{"Draw 125 of 3000 pieces", "accept 5, reject 6"}, nil},
		{"", []string{"How many pieces has the lot? Type, for example, /inspection sample 3000."}, []string{"Draw"}},
		{"0", []string{"A lot has at least 2 pieces"}, []string{"Draw"}},
		{"1", []string{"One piece is no lot", "Inspect it."}, []string{"Draw"}},
		{"2.5", []string{`"2.5" is not a number of pieces`}, []string{"Draw"}},
		{"10000001", []string{"up to 10000000 pieces"}, []string{"Draw"}},
		{"10^9", []string{"up to 10000000 pieces"}, []string{"Draw"}},
		{"3000 II 2", []string{"AQL 2 is not a step of the standard. Do you mean 1.5 or 2.5?"}, []string{"Draw"}},
		{"3000 II 2.5 3.0", []string{"Do you mean 2.5 or 4.0?"}, []string{"Draw"}},
		{"3000 II 0", []string{"It is short for critical defects"}, []string{"Draw"}},
		{"3000 IV", []string{`There is no level "IV".`}, []string{"Draw"}},
		{"3000 <!channel>", []string{"I don't know what"}, []string{"<!channel>", "Draw"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			for _, word := range []string{"sample", "aql", "抽样"} {
				m := s.command(mia, sourcing, "/inspection "+word+" "+c.line)
				expect(t, m, c.says...)
				for _, not := range c.not {
					if strings.Contains(says(m), not) {
						t.Errorf("/inspection %s %s says %q:\n%s", word, c.line, not, says(m))
					}
				}
			}
		})
	}
	s.nothingRefused()
}

// TestASampleAsksBack: what may be misread is asked back, and the answer is one press away.
func TestASampleAsksBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	m := s.command(mia, sourcing, "/inspection sample 3k III tightened")
	expect(t, m, `Did you mean a lot of 3000 pieces by "3k"?`)
	s.press(mia, m, "Yes, 3000 pieces")
	expect(t, s.untilSays(mia, sourcing, "Draw 200 of 3000 pieces"), "Level III", "tightened")

	m = s.command(mia, sourcing, "/inspection sample 90")
	expect(t, m, "Draw 20 of 90 pieces", "in the first 13 pieces", "letter F can be used for both classes: 20 pieces")
	s.press(mia, m, "Use letter F for both")
	same := s.untilSays(mia, sourcing, "Minor: 20 pieces, accept 2, reject 3.")
	if strings.Contains(says(same), "in the first") || strings.Contains(says(same), "Use letter F") {
		t.Errorf("with one letter all count in the same sample:\n%s", says(same))
	}
	s.nothingRefused()
}

// TestAGuestMayLookUpASample: the tables are public, so whoever may have general advice
// may ask.
func TestAGuestMayLookUpASample(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	done(t, s.SetGuest(jonas, localslack.Restricted))
	expect(t, s.command(jonas, sourcing, "/inspection sample 500"), "Draw 50 of 500 pieces")
}

func TestGoldenSamples(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		s.golden("sample", s.command(mia, sourcing, "/inspection sample 3000 II 2.5 4.0 in 100 cartons"))
		s.golden("sample with arrows", s.command(mia, sourcing, "/inspection sample 50000"))
		s.golden("sample with one letter on offer", s.command(mia, sourcing, "/inspection sample 90"))
		s.golden("sample asked back", s.command(mia, sourcing, "/inspection sample 3k"))
	})
}

// TestGoldenLots holds the forms and pages of a sample, its counts, and what is measured.
func TestGoldenLots(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		s.inspectionOn(0, "4512")
		s.goldenForm("lot form", s.onCard(mia, 1, "Choose sample"))
		s.closeAll(mia)
		s.goldenForm("lot saved", s.draws(mia, 1, map[string]string{fieldCartons: "100"}))
		s.closeAll(mia)
		s.settled()
		s.golden("lot on its card", s.card(sourcing, s.inspection(1).Card))
		s.goldenForm("quantities and firm", s.onCard(mia, 1, "Quantities and firm"))
		s.closeAll(mia)
		s.goldenForm("test form", s.onCard(mia, 1, "Tests and measurements"))
		s.closeAll(mia)
		s.goldenForm("sealed sample form", s.onCard(mia, 1, "Sealed sample"))
		s.closeAll(mia)
		v := s.onCard(mia, 1, "Report result")
		s.goldenForm("lot counts", v)
		s.enter(mia, v, fieldBad(visit.Major), "8")
		s.send(mia, v)
		v = s.top(mia)
		s.goldenForm("lot proposal", v)
		s.send(mia, v)
		s.goldenForm("lot reported", s.top(mia))
		s.closeAll(mia)
		s.settled()
		s.golden("lot counted on its card", s.card(sourcing, s.inspection(1).Card))
		s.goldenForm("lot decision", s.onCard(mia, 1, "Decide on the lot"))
		s.closeAll(mia)
	})
}
