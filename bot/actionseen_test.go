package bot

import (
	"strings"
	"testing"

	"visitprep/internal/visit"
)

// An answer that came, or proofs that were renewed, while the form stood open are not judged by who
// has not seen them; what else was done meanwhile keeps nobody.
func TestAFormJudgesWhatItsPersonHasSeen(t *testing.T) {
	t.Parallel()
	type does = func(f *visit.Finding, a *visit.Action, d visit.Doer) error
	answer := func(words string) does {
		return func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.LogAnswer(f, visit.Answer{Cause: "No stop", Proposal: words, SaidBy: "Mr Wang"}, d)
		}
	}
	agree := func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.Agree(f, visit.Agreed{Due: d.Today.AddDays(30), Reviewer: mia, Proofs: []visit.ProofKind{visit.ProofPhoto}}, d)
	}
	doneBy := func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.LogDone(f, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: "a log"}}}, d)
	}
	undo := func(f *visit.Finding, a *visit.Action, d visit.Doer) error { return a.Undo(f, d) }
	reviewer := func(f *visit.Finding, a *visit.Action, d visit.Doer) error { return a.SetReviewer(f, mia, d) }
	lacks := func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
		return a.AskAgain(f, "什么时候", d.Today.AddDays(5), d)
	}
	for _, c := range []struct {
		name, label       string
		before, meanwhile []does
		refused           bool
	}{
		{"another answer is agreed to", "Agree on action", []does{answer("A stop")}, []does{lacks, answer("Training")}, true},
		{"another answer is asked about", "Ask again", []does{answer("A stop")}, []does{undo, answer("Training")}, true},
		{"other proofs are verified", "Verify finding", []does{answer("A stop"), agree, doneBy}, []does{undo, doneBy}, true},
		{"other proofs are not enough", "Not enough", []does{answer("A stop"), agree, doneBy}, []does{undo, doneBy}, true},
		{"another reviewer", "Agree on action", []does{answer("A stop")}, []does{reviewer}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.faulty(sourcing, visit.Minor)
			take := func(steps []does) {
				t.Helper()
				now := s.bot.o.Now()
				a := s.action(1)
				d := visit.Doer{By: mia, Lead: mia, Now: now, Today: a.Place.Today(now)}
				for _, step := range steps {
					must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 1, now, func(f *visit.Finding, a *visit.Action) error { return step(f, a, d) }))
				}
			}
			take(c.before)
			form := s.takes(mia, s.opensFinding(mia, sourcing, 1), c.label)
			if strings.Contains(blockText(form.Blocks), "What is missing?") {
				s.enter(mia, form, fieldLacks, "照片上看不到。")
			}
			take(c.meanwhile)
			was := len(s.action(1).Action.Steps)
			s.send(mia, form)
			s.settled()
			said := ""
			for _, wrong := range s.errorsIn(mia) {
				said += wrong
			}
			if want := "Finding 1 has changed since you saw it. Please look at it again."; c.refused && said != want {
				t.Errorf("it says %q, want %q", said, want)
			}
			if got := len(s.action(1).Action.Steps); (got == was) != c.refused {
				t.Errorf("of %d steps there are %d now", was, got)
			}
			s.nothingRefused()
		})
	}
}
