package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/letter"
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

// inChinese is the block of a form that begins so, in which the Chinese of a line is typed.
func inChinese(t *testing.T, form localslack.View, begins string) string {
	t.Helper()
	block := regexp.MustCompile(`"block_id":"(` + begins + `/[0-9a-f]{8})"`).FindStringSubmatch(fmt.Sprintf("%s", form.Blocks))
	if block == nil {
		t.Fatalf("the form has no block %s", begins)
	}
	return block[1]
}

// What is typed in Chinese goes to the words for which it was typed, wherever they stand now, and to
// no others: who typed it reads what was left out.
func TestChineseIsKeptForItsOwnWords(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inMarch(sourcing)
	for n, change := range []func(*visit.Finding){func(f *visit.Finding) { f.TextZH = "" }, func(f *visit.Finding) { f.RequestZH = "" }} {
		must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), n+1, s.bot.o.Now(), func(f *visit.Finding) error { change(f); return nil }))
	}
	s.lacking()
	s.settled()
	s.pressAgain(jonas, actLetterChinese, letterSubject(1))
	typing := s.modal(jonas, "What was good, line 2")
	for begins, text := range map[string]string{
		"zh/to/0": "王总", "zh/escort/0": "李经理", "zh/strength/1": "地面干净", "zh/strength/2": "标识清楚", "zh/text/1": "没有护角", "zh/request/2": "请回复",
	} {
		s.enter(jonas, typing, inChinese(t, typing, begins), text)
	}
	must(s.bot.o.Store.ChangeLetter(t.Context(), s.TeamID(), 1, func(l *visit.Letter) error {
		l.To, l.Escort.ZH = visit.Bilingual{EN: "Ms Li"}, "李厂长"
		l.Strengths = []visit.Bilingual{{EN: "clear labels"}, {EN: "clean floors"}, {EN: "quick answers"}}
		return nil
	}))
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Finding) error { f.Text = "8 of 50 cartons are wet"; return nil }))
	s.send(jonas, typing)
	page := s.modal(jonas, "Saved. Lines that still have no Chinese: 3.")
	expectForm(t, page.Blocks, "Left out, because the English was changed meanwhile or a colleague was quicker: 3.", "王总", "李经理", "没有护角")
	if strings.Contains(blockText(page.Blocks), "地面干净") {
		t.Error("what was kept is named as left out")
	}
	l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1))
	want := []visit.Bilingual{{EN: "clear labels", ZH: "标识清楚"}, {EN: "clean floors", ZH: "地面干净"}, {EN: "quick answers"}}
	if l.To.ZH != "" || l.Escort.ZH != "李厂长" || !slices.Equal(l.Strengths, want) {
		t.Errorf("the letter is to %+v, of %+v, with %+v", l.To, l.Escort, l.Strengths)
	}
	if one, two := s.finding(1), s.finding(2); one.TextZH != "" || two.RequestZH != "请回复" {
		t.Errorf("the findings have %q and %q", one.TextZH, two.RequestZH)
	}
	s.untilSays(mia, s.direct(mia), "Lines that still have none: 3.")
	s.nothingRefused()
}

// The words of a finding that change while its Chinese is being saved do not get it.
func TestAFindingOfOtherWordsGainsNoChinese(t *testing.T) {
	for part, f := range map[letter.Part]visit.Finding{letter.PartSeen: {Text: "a"}, letter.PartRequirement: {Requirement: "a"}, letter.PartRequest: {Request: "a"}} {
		g := gap{Missing: letter.Missing{Part: part, N: 1, EN: "b"}, finding: 1}
		if other := f; g.keep(&other, "甲") || other.TextZH+other.RequirementZH+other.RequestZH != "" {
			t.Errorf("%s of other words gains %+v", part, other)
		}
		if g.EN = "a"; !g.keep(&f, "甲") || f.TextZH+f.RequirementZH+f.RequestZH != "甲" {
			t.Errorf("%s gains no Chinese: %+v", part, f)
		}
	}
}

// A letter that is written on a later day asks by no day that is over: for the lot by a new one, and
// for the answer whoever wants the letter gives another.
func TestALetterThatIsWrittenLater(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inMarch(sourcing)
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	s.fills(mia, form)
	s.send(mia, form)
	head := s.untilSays(mia, s.direct(mia), "Letter 1: ")
	s.settled()
	s.closeAll(mia)
	s.goBy(func() time.Time { return time.Date(2027, time.March, 18, 3, 0, 0, 0, time.UTC) })
	s.press(mia, head, "I have sent it")
	refused := s.untilSays(mia, s.direct(mia), "The letter asks what becomes of the lot by a day that has passed.")
	s.press(mia, refused, "Write letter")
	s.until("it comes with a new day", func() bool {
		return slices.ContainsFunc(s.Messages(mia, s.direct(mia)), func(m localslack.Message) bool {
			return len(m.Blocks) == 0 && strings.Contains(m.Text, "Monday 22 March")
		})
	})
	s.settled()
	if l := must(s.bot.o.Store.Letter(t.Context(), s.TeamID(), 1)); l.LotBy.String() != "2027-03-22" {
		t.Errorf("it asks for the lot by %v", l.LotBy)
	}
	before := len(s.Messages(mia, s.direct(mia)))
	s.goBy(func() time.Time { return time.Date(2027, time.March, 29, 3, 0, 0, 0, time.UTC) })
	s.pressAgain(mia, actLetterWrite, letterSubject(1))
	s.settled() // that it comes in a moment may be said before or after
	since := s.Messages(mia, s.direct(mia))[before:]
	at := slices.IndexFunc(since, func(m localslack.Message) bool {
		return strings.Contains(says(m), "The letter asks for an answer by a day that has passed.")
	})
	if at < 0 {
		t.Fatal("nobody says that its day has passed")
	}
	expect(t, since[at], "Write letter", "Edit letter")
	for _, m := range since {
		if strings.Contains(m.Text, "Mr Wang") || len(m.Files) > 0 {
			t.Errorf("it came all the same:\n%s", says(m))
		}
	}
	s.nothingRefused()
}
