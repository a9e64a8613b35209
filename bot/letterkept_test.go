package bot

import (
	"slices"
	"testing"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// lacking writes letter 1 with an address and lines of what was good that have no Chinese, and is the
// page that names them.
func (s *stage) lacking() localslack.View {
	s.t.Helper()
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	s.fills(mia, form)
	s.enter(mia, form, fieldTo, "Mr Wang")
	s.enter(mia, form, fieldEscort, "Manager Li")
	s.enter(mia, form, fieldStrengths, "clean floors\nclear labels")
	s.enter(mia, form, fieldStrengthsZH, "")
	s.send(mia, form)
	return s.modal(mia, "These lines have no Chinese yet")
}

// Chinese that a colleague types while the form of the letter stands open stays, for the words that
// are as they were. Whoever has it before them can empty it.
func TestALetterKeepsTheChineseThatWasTypedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inMarch(sourcing)
	s.lacking()
	s.settled()
	s.closeAll(mia)
	s.pressAgain(mia, actLetterEdit, letterSubject(1))
	form := s.modal(mia, "What was good? Be specific")
	must(s.bot.o.Store.ChangeLetter(t.Context(), s.TeamID(), 1, func(l *visit.Letter) error {
		l.To.ZH, l.Escort.ZH = "王总", "李经理"
		l.Strengths = []visit.Bilingual{{EN: "clean floors", ZH: "地面干净"}, {EN: "clear labels", ZH: "标识清楚"}}
		return nil
	}))
	s.enter(mia, form, fieldEscort, "Ms Zhao")
	s.enter(mia, form, fieldStrengths, "clear labels\nclean floors\nquick answers")
	s.send(mia, form)
	s.modal(mia, "These lines have no Chinese yet")
	l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1))
	want := []visit.Bilingual{{EN: "clear labels", ZH: "标识清楚"}, {EN: "clean floors", ZH: "地面干净"}, {EN: "quick answers"}}
	if l.To != (visit.Bilingual{EN: "Mr Wang", ZH: "王总"}) || l.Escort != (visit.Bilingual{EN: "Ms Zhao"}) || !slices.Equal(l.Strengths, want) {
		t.Errorf("the letter is to %+v, of %+v, with %+v", l.To, l.Escort, l.Strengths)
	}

	s.settled()
	s.closeAll(mia)
	s.pressAgain(mia, actLetterEdit, letterSubject(1))
	form = s.modal(mia, "What was good? Be specific")
	s.enter(mia, form, fieldStrengthsZH, "")
	s.send(mia, form)
	s.modal(mia, "These lines have no Chinese yet")
	if l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1)); l.To.ZH != "王总" || l.Strengths[0].ZH != "" {
		t.Errorf("emptied, the letter is to %+v, with %+v", l.To, l.Strengths)
	}
	s.nothingRefused()
}
