package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/letter"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// What was good in some lines in Chinese too, and in others in Chinese alone, comes out of the form
// as it went in.
func TestTheLinesOfALetterStayBesideTheirs(t *testing.T) {
	for name, strengths := range map[string][]visit.Bilingual{
		"both in all":          {{EN: "a", ZH: "甲"}, {EN: "b", ZH: "乙"}},
		"the second in both":   {{EN: "a"}, {EN: "b", ZH: "乙"}, {EN: "c"}},
		"one in Chinese alone": {{EN: "a", ZH: "甲"}, {ZH: "乙"}, {EN: "c"}},
		"in English alone":     {{EN: "a"}, {EN: "b"}},
		"in Chinese alone":     {{ZH: "甲"}, {ZH: "乙"}},
	} {
		l, err := formOfLetter(&visit.Letter{Strengths: strengths}).letterOf(nil)
		if l.Normalize(); err != nil || !slices.Equal(l.Strengths, strengths) {
			t.Errorf("%s: it becomes %+v, %v", name, l.Strengths, err)
		}
	}
}

// A letter that was sent while somebody typed Chinese for it stays as it was sent.
func TestASentLetterGainsNoChinese(t *testing.T) {
	for _, part := range []letter.Part{letter.PartTo, letter.PartEscort, letter.PartStrength} {
		l := visit.Letter{To: visit.Bilingual{EN: "a"}, Escort: visit.Bilingual{EN: "a"}, Strengths: []visit.Bilingual{{EN: "a"}}}
		g := gap{Missing: letter.Missing{Part: part, N: 1, EN: "a"}}
		if g.keepOwn(&l, "甲"); l.To.ZH+l.Escort.ZH+l.Strengths[0].ZH != "甲" {
			t.Errorf("%s gains no Chinese before it is sent: %+v", part, l)
		}
		l = visit.Letter{To: visit.Bilingual{EN: "a"}, Escort: visit.Bilingual{EN: "a"}, Strengths: []visit.Bilingual{{EN: "a"}}, Sent: visit.Mark{By: mia, At: time.Now()}}
		if g.keepOwn(&l, "甲"); l.To.ZH+l.Escort.ZH+l.Strengths[0].ZH != "" {
			t.Errorf("%s gains Chinese after it was sent: %+v", part, l)
		}
	}
}

// What is typed up to the limit of a field, and gets longer as it is tidied, is refused beside the
// field while it can be shortened, not when the form is opened again.
func TestAHostBriefCanBeOpenedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.hosted(sourcing, "first_visit")
	s.command(mia, sourcing, "/visit-prep host 1")
	form := s.modal(mia, "Who it is for")
	s.enter(mia, form, visit.HostTo, "王总")
	line := "x单" + strings.Repeat("x", 107) + "|" + strings.Repeat("y", 110) // 220, and 222 with spaces
	s.enter(mia, form, visit.HostPrepare, strings.Repeat(line+"\n", 13)+line[:113])
	s.send(mia, form)
	if got := s.errorsIn(mia)[visit.HostPrepare]; got != "That is 3012 characters; please use at most 3000." {
		t.Errorf("it says %v", s.errorsIn(mia))
	}
	s.enter(mia, form, visit.HostPrepare, strings.TrimSpace(strings.Repeat(line+"\n", 13)))
	s.send(mia, form)
	s.modal(mia, "is on its way")
	s.settled()
	s.closeAll(mia)
	s.command(mia, sourcing, "/visit-prep host 1")
	s.modal(mia, "Who it is for")
	s.nothingRefused()
}

// Where Slack does not take a part of a letter or of a brief, its person reads so, even if Slack does
// not take that at once either; pressed again, twice, it comes whole once.
func TestWhatDoesNotComeWholeIsSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, said, button string }{
		{"a letter", "Not all of letter 1 came", "Write letter"},
		{"a host brief", "Not all of the host brief came", "Send host brief again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			var form localslack.View
			if c.button == "Write letter" {
				s.inMarch(sourcing)
				s.command(mia, sourcing, "/visit-prep letter 1")
				form = s.modal(mia, "What was good? Be specific")
				s.fills(mia, form)
			} else {
				s.hosted(sourcing, "first_visit")
				s.command(mia, sourcing, "/visit-prep host 1")
				form = s.modal(mia, "Who it is for")
				s.enter(mia, form, visit.HostTo, "王总")
			}
			s.settled()
			s.Fail("chat.postMessage", "internal_error", 2) // the first part, and once what says so
			s.send(mia, form)
			m := s.untilSays(mia, s.direct(mia), c.said)
			since := len(s.Messages(mia, s.direct(mia)))
			s.press(mia, m, c.button)
			s.press(mia, m, c.button)
			texts, files := 0, 0
			for _, m := range s.brought(mia, since) {
				if files += len(m.Files); len(m.Blocks) == 0 && len(m.Files) == 0 {
					texts++
				}
			}
			if texts != 2 || files != 1 {
				t.Errorf("pressed twice, %d texts and %d files came", texts, files)
			}
		})
	}
}
