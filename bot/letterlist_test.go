package bot

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A letter that was saved, and whose page somebody closed, is found above the form for another one:
// it opens with what was typed. One that was sent is there with its day, to read.
func TestASavedLetterIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := withSam(t)
	v := s.inMarch(sourcing)
	s.command(mia, sourcing, "/visit-prep letter 1")
	form := s.modal(mia, "What was good? Be specific")
	if text := blockText(form.Blocks); strings.Contains(text, "Open letter") || strings.Contains(text, "another letter") {
		t.Errorf("where there is no letter yet the form says\n%s", text)
	}
	s.fills(mia, form)
	s.enter(mia, form, fieldTo, "Mr Wang")
	s.enter(mia, form, fieldStrengthsZH, "")
	s.send(mia, form)
	page := s.modal(mia, "These lines have no Chinese yet")
	expectForm(t, page.Blocks, "Later you open it with `/visit-prep letter 1`.")
	done(t, s.CloseModal(mia, page.ID))

	s.command(mia, sourcing, "/visit-prep letter 1")
	form = s.modal(mia, "The form below is for another letter.")
	expectForm(t, form.Blocks, "*Letter 1, not sent* · Mr Wang", "Open letter 1")
	s.pressIn(mia, form, "Open letter 1", "")
	s.settled() // the form below says the same
	again := s.modal(mia, "What was good? Be specific")
	if raw := fmt.Sprintf("%s", again.Blocks); !strings.Contains(raw, "the incoming area") || !strings.Contains(raw, "2027-03-26") || strings.Contains(raw, "Open letter") {
		t.Errorf("opened again it has\n%s", raw)
	}
	s.enter(mia, again, fieldStrengths, "the line was tidy")
	s.enter(mia, again, fieldStrengthsZH, "产线很整洁")
	s.enter(mia, again, fieldTo, "Mr Wang / 王总")
	s.send(mia, again)
	s.modal(mia, "Your letter comes to you alone")
	head := s.untilSays(mia, s.direct(mia), "Letter 1: ")
	s.closeAll(mia)

	s.press(mia, head, "I have sent it")
	s.untilSays(mia, s.direct(mia), "Sent by Mia Chen on 15 March 2027.")
	newer := must(s.bot.o.Store.AddLetter(t.Context(), visit.Letter{Workspace: s.TeamID(), Subject: v.Subject(), To: visit.Bilingual{EN: "Ms Li"}, Strengths: []visit.Bilingual{{EN: "good"}}, Findings: []int{1},
		ReplyBy: civil.On(2027, 3, 26), English: true, From: "Mia", Made: visit.Mark{By: mia, At: s.bot.o.Now()}}))
	done(t, s.Join(sam, sourcing)) // a colleague of the channel finds them, too
	s.bot.directory.members.drop(inTeam(s.TeamID(), sourcing))
	s.command(sam, sourcing, "/visit-prep letter 1")
	form = s.modal(sam, "The form below is for another letter.")
	text := blockText(form.Blocks)
	open, sent := strings.Index(text, fmt.Sprintf("*Letter %d, not sent* · Ms Li", newer.Number)), strings.Index(text, "*Letter 1, sent on 15 March 2027* · Mr Wang / 王总")
	if open < 0 || sent < open {
		t.Errorf("the letters stand there as\n%s", text)
	}
	s.pressIn(sam, form, "Open letter 1", "")
	read := s.modal(sam, "Letter 1 was sent, so it stays as it is.")
	expectForm(t, read.Blocks, "Sent by Mia Chen on 15 March 2027.", "Below it is with the words that its findings have today.", "the line was tidy", "产线很整洁", "王总，您好", "Write letter")
	s.nothingRefused()
}

// Where nothing may go to the factory any more, the letters that there are stay to be found.
func TestLettersAreFoundWhereNothingIsLeftToSend(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	must(s.bot.o.Store.AddLetter(t.Context(), visit.Letter{Workspace: s.TeamID(), Subject: v.Subject(), To: visit.Bilingual{ZH: "王总"}, Strengths: []visit.Bilingual{{EN: "good"}}, Findings: []int{1},
		ReplyBy: civil.On(2027, 3, 26), English: true, From: "Mia", Made: visit.Mark{By: mia, At: s.bot.o.Now()}}))
	s.command(mia, sourcing, "/visit-prep letter 1")
	page := s.modal(mia, "Nothing to send yet")
	expectForm(t, page.Blocks, "*Letter 1, not sent* · 王总", "Open letter 1")
	s.nothingRefused()
}

// The longest letter is read in sections that Slack takes, with nothing lost.
func TestALetterIsReadInSections(t *testing.T) {
	text := strings.Repeat(strings.Repeat("字", 400)+"\n", 20)
	parts := inSections(text)
	for _, p := range parts {
		if n := utf8.RuneCountInString(p); n > 3000 || n == 0 {
			t.Errorf("a section has %d characters", n)
		}
	}
	if strings.Join(parts, "") != text || len(parts) != 3 {
		t.Errorf("%d sections, and not the text", len(parts))
	}
}

func TestWhereALetterIsOpenedLater(t *testing.T) {
	for s, want := range map[visit.Subject]string{
		visit.SubjectOf(visit.OfVisit, 12): "Later you open it with `/visit-prep letter 12`.", visit.SubjectOf(visit.OfInspection, 3): "Later you open it with `/inspection letter 3`.",
	} {
		if got := string(foundAgain(english, s)); got != want {
			t.Errorf("of %s it says %q, want %q", s, got, want)
		}
	}
}
