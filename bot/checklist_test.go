package bot

import (
	"strings"
	"testing"
	"time"

	"visitprep/internal/visit"
)

func TestAChangeOfPurposeKeepsWhatWasTickedAssignedOrAdded(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing,
		visit.Item{ID: 1, Milestone: -7, Text: "Count the cavities", Owner: jonas},
		visit.Item{ID: 2, Milestone: -7, Text: "Weigh the sprue", Done: visit.Mark{By: mia, At: time.Now()}},
		visit.Item{ID: 3, Milestone: -7, Text: "Bring two gauges", Custom: true},
	)
	card := s.command(mia, sourcing, "/visit-prep show 1")
	form := s.opens(mia, card, "Edit visit")
	s.enter(mia, form, fieldPurpose, "relationship")
	s.send(mia, form)
	s.noModal(mia)

	read := ""
	list := s.opens(mia, card, "Open checklist")
	for {
		read += blockText(list.Blocks)
		if !strings.Contains(blockText(list.Blocks), "Next page") {
			break
		}
		s.pressIn(mia, list, "Next page", "")
		list = s.top(mia)
	}
	for _, words := range []string{"Count the cavities", "Weigh the sprue", "Bring two gauges", s.bot.Checklist("relationship")[0].Text} {
		if !strings.Contains(read, words) {
			t.Errorf("the checklist lacks %q:\n%s", words, read)
		}
	}
	if strings.Contains(read, "Step 4") {
		t.Errorf("a line of %s's old checklist that nobody touched is left:\n%s", v.Subject(), read)
	}
	s.nothingRefused()
}

func TestTheSameMessagePutOnAVisitTwiceIsOneNote(t *testing.T) {
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	first := must(s.Say(jonas, sourcing, "", "The mould was repaired in May"))
	second := must(s.Say(mia, sourcing, "", "They moved to the new building"))
	for _, put := range []struct{ who, message string }{{mia, first}, {jonas, first}, {jonas, second}} {
		if err := s.Shortcut(put.who, shortcutAddToVisit, sourcing, put.message); err != nil {
			t.Fatal(err)
		}
		s.send(put.who, s.top(put.who))
	}
	brief := s.reads(mia, func() { s.press(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Send me the brief") })
	for _, words := range []string{"*Note from a colleague*\nThe mould was repaired in May", "*Note from a colleague*\nThey moved to the new building"} {
		if n := strings.Count(brief, words); n != 1 {
			t.Errorf("%d times in the brief: %q", n, words)
		}
	}
	s.nothingRefused()
}
