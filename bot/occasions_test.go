package bot

import (
	"strings"
	"testing"
	"time"

	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// TestAdviceMeetsTheWork: what has happened shows the entry that helps, and only then; each of
// them is one that there is.
func TestAdviceMeetsTheWork(t *testing.T) {
	t.Parallel()
	base := must(knowledge.Embedded())
	title := map[string]string{}
	for _, id := range []string{severityAdvice, refusedAdvice, endingAdvice, escalationAdvice, trainingAdvice} {
		e, ok := base.Entry(id)
		if !ok {
			t.Fatalf("there is no entry %s", id)
		}
		title[id] = e.Title
	}
	s := newStage(t, inProcess)
	s.bot.Reload(base, nil)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	shows := func(typed, id string, want bool) {
		t.Helper()
		if text := says(s.command(mia, sourcing, typed)); strings.Contains(text, title[id]) != want {
			t.Errorf("%s shows %s: %t\n%s", typed, id, !want, text)
		}
	}
	i := visit.Inspection{Type: "pre_shipment", Due: dayAhead(-1)}
	i.Workspace, i.Owner, i.Factory, i.Place = s.TeamID(), mia, f, in(sourcing)
	i = must(s.bot.o.Store.AddInspection(t.Context(), i, time.Now()))
	shows("/inspection show 1", refusedAdvice, false)
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Failed, "Burrs", mia, time.Now())) })
	shows("/inspection show 1", refusedAdvice, true)

	for n, ends := range []int{400, 40} {
		a := visit.Agreement{Workspace: s.TeamID(), Factory: f, Place: in(sourcing), Owner: mia, By: mia, Kind: visit.NNN, Title: "Lamps", Signed: dayAhead(-40), Starts: dayAhead(-30), Ends: dayAhead(ends)}
		must(s.bot.o.Store.AddAgreement(t.Context(), a, time.Now()))
		shows([]string{"/factory agreement 1", "/factory agreement 2"}[n], endingAdvice, n == 1)
	}

	x := visit.Finding{Workspace: s.TeamID(), Text: "burrs", Source: "form/1", By: mia, At: time.Now().AddDate(0, 0, -30)}
	x.HangOn(&f, sourcing)
	_, _, err := s.bot.o.Store.AddFinding(t.Context(), x, time.Now())
	done(t, err)
	card := func() string {
		v, err := s.bot.o.Store.Finding(t.Context(), s.TeamID(), 1)
		done(t, err)
		m := must(s.bot.findings.card(t.Context(), mia, sourcing, &v, answerNote{}, false))
		return string(m.EphemeralJSON())
	}
	if text := card(); !strings.Contains(text, severityAdvice) || strings.Contains(text, escalationAdvice) {
		t.Errorf("unsorted, the finding shows\n%s", text)
	}
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 1, time.Now(), func(f *visit.Finding, a *visit.Action) error {
		f.Sort(visit.OfProduct, visit.Major)
		return a.SetDue(f, dayAhead(-5), "as they said", visit.Doer{By: mia, Lead: mia, Now: time.Now().AddDate(0, 0, -20), Today: dayAhead(-20)})
	}))
	if text := card(); strings.Contains(text, severityAdvice) || !strings.Contains(text, escalationAdvice) {
		t.Errorf("late, the finding shows\n%s", text)
	}
	s.nothingRefused()
}

// TestAdviceLeadsToTheRegister: an entry on feedback has the way to the actions, for its reader
// alone.
func TestAdviceLeadsToTheRegister(t *testing.T) {
	t.Parallel()
	s := newStage(t, inProcess)
	base := must(knowledge.Embedded())
	s.bot.Reload(base, nil)
	e, _ := base.Entry("feedback-finding-is-not-action")
	for _, state := range []string{"open", "proposed", "agreed", "done", "verified", "withdraw", "accept it as is"} {
		if !strings.Contains(e.Text, state) {
			t.Errorf("the entry on actions does not know the state %q:\n%s", state, e.Text)
		}
	}
	m := s.command(mia, sourcing, "/visit-prep corrective action: name owner, reviewer, date and proof")
	expect(t, m, e.Title, "Your actions")
	s.press(mia, m, "Your actions")
	if got := s.answer(mia, sourcing); !strings.Contains(says(got), "ction") {
		t.Errorf("the button shows\n%s", says(got))
	}
	s.nothingRefused()
}
