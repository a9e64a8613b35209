package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// TestTheFormOfAFinding: at a desk, with everything that a letter needs, from a command and
// from a card, and changed later.
func TestTheFormOfAFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	s.command(mia, sourcing, "/visit-prep finding 1")
	form := s.modal(mia, "What did you see?")
	expectForm(t, form.Blocks, "Visit 1, "+visited, "Write the station, not the person.")
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldSeverity]; got == "" {
		t.Errorf("without a severity: %v", s.errorsIn(mia))
	}
	s.enter(mia, form, fieldSeverity, string(visit.Major))
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldSaw]; got != "Please write what you saw." {
		t.Errorf("without words: %v", s.errorsIn(mia))
	}
	s.enter(mia, form, fieldSaw, "scratched")
	for typed, want := range map[string]string{"7/5": "7 of 5 cannot be: there are more bad pieces than were checked.", "many": "6/50", "3/0": "6/50", "-1/50": "6/50", "1/1000001": "at most 1000000"} {
		s.enter(mia, form, fieldCount, typed)
		s.send(mia, form)
		if got := s.errorsIn(mia)[fieldCount]; !strings.Contains(got, want) {
			t.Errorf("the count %q: %q, want %q", typed, got, want)
		}
	}
	s.enter(mia, form, fieldCount, "６／５０")
	s.enter(mia, form, fieldPlace, "Packing, line 2")
	s.enter(mia, form, fieldRequirement, "No scratch longer than 10 mm")
	s.enter(mia, form, fieldRequest, "Sort this lot")
	s.attach(mia, form, s.uploaded(mia, 2)...)
	s.send(mia, form)
	s.modal(mia, "Finding 1 · Major · 6 of 50 · Packing, line 2")
	f := s.finding(1)
	if f.Subject != v.Subject() || f.By != mia || f.Severity != visit.Major || f.Bad != 6 || f.Checked != 50 || f.Requirement != "No scratch longer than 10 mm" || f.Request != "Sort this lot" ||
		!f.ForFactory || len(f.Photos) != 2 || f.Defect != "scratch" || f.TextZH != "划伤" {
		t.Errorf("saved is %+v", f)
	}
	s.until("the list has it", func() bool {
		text, _ := s.thread(sourcing, v.Card)
		return strings.Contains(text, "scratched 划伤 (2 photos)")
	})

	// Sent again, as Slack does where an answer is lost, it is the same finding.
	form2 := s.modal(mia, "Finding saved")
	s.pressIn(mia, form2, "Open finding 1", "")
	done(t, s.CloseModal(mia, form2.ID))
	m := s.untilSays(mia, s.direct(mia), "Required: No scratch longer than 10 mm")
	expect(t, m, "Finding 1 · Major · 6 of 50 · Packing, line 2", "We ask: Sort this lot")
	s.press(mia, m, "Add words")
	form = s.modal(mia, "It has 2 photos.")
	s.enter(mia, form, fieldSeverity, string(visit.RedFlag))
	s.attach(mia, form, s.uploaded(mia, 9)...)
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldPhotos]; !strings.Contains(got, "That would be 11 photos") {
		t.Errorf("with eleven photos: %v", s.errorsIn(mia))
	}
	s.attach(mia, form, s.uploaded(mia, 1)...)
	s.send(mia, form)
	s.modal(mia, "Finding 1 · Red flag · 6 of 50")
	if f := s.finding(1); f.Kind != visit.RedFlag || f.ForFactory || len(f.Photos) != 3 || f.Text != "scratched" {
		t.Errorf("changed it is %+v", f)
	}
	s.nothingRefused()
}

// TestAFormIsOneFinding: sent twice, or again after its answer was lost, it makes one.
func TestAFormIsOneFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	s.command(mia, sourcing, "/visit-prep finding 1")
	form := s.modal(mia, "What did you see?")
	s.enter(mia, form, fieldSeverity, string(visit.Minor))
	s.enter(mia, form, fieldSaw, "crooked label")
	s.DropAcks(1)
	s.Submit(mia, form.ID)
	s.settled()
	s.Submit(mia, form.ID)
	s.settled()
	if n := len(s.findings("visit/1")); n != 1 {
		t.Errorf("%d findings of one form", n)
	}
}

// TestWhatWasTypedIsKept where a form cannot be saved: it stands there when it is opened again.
func TestWhatWasTypedIsKept(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	s.command(mia, sourcing, "/visit-prep finding 1")
	form := s.modal(mia, "What did you see?")
	s.enter(mia, form, fieldSeverity, string(visit.Minor))
	s.enter(mia, form, fieldSaw, "crooked label")
	must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { _, err := v.Cancel(jonas, time.Now()); return err }))
	s.send(mia, form)
	if got := fmt.Sprint(s.errorsIn(mia)); !strings.Contains(got, "This visit is cancelled") {
		t.Errorf("the form says %s", got)
	}
	done(t, s.CloseModal(mia, form.ID))
	s.command(mia, sourcing, "/visit-prep finding 1")
	refused := s.modal(mia, "This visit is cancelled")
	done(t, s.CloseModal(mia, refused.ID))
	must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { v.Restore(); return nil }))
	s.command(mia, sourcing, "/visit-prep finding 1")
	form = s.modal(mia, "Filled in with what you entered last time.")
	s.send(mia, form)
	s.modal(mia, "Finding 1 · Minor")
	if f := s.finding(1); f.Text != "crooked label" {
		t.Errorf("saved is %+v", f)
	}
	form = s.modal(mia, "Finding saved")
	s.pressIn(mia, form, "Add another finding", "")
	form = s.modal(mia, "What did you see?")
	if strings.Contains(blockText(form.Blocks), "Filled in with") {
		t.Error("what was saved is offered again")
	}
	s.nothingRefused()
}

// TestALineThatIsNotAllRight opens a finding with the line in it, and is answered by it.
func TestALineThatIsNotAllRight(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionIn(sourcing, visit.Item{ID: 1, Milestone: 0, Text: "Four corner guards in each carton"})
	must(s.bot.o.Store.ChangeInspection(t.Context(), s.TeamID(), i.Number, time.Now(), func(i *visit.Inspection) error { i.Due = dayAhead(0); return nil }))
	s.settled()
	s.show("inspection/1")
	card := s.card(sourcing, s.inspection(1).Card)
	expect(t, card, "Add finding")
	s.press(mia, card, "Open checklist")
	list := s.modal(mia, "Four corner guards in each carton")
	s.pressIn(mia, list, "Not all right", "item-1")
	form := s.modal(mia, "From the checklist: Four corner guards in each carton")
	s.enter(mia, form, fieldSeverity, string(visit.Major))
	s.enter(mia, form, fieldSaw, "6 cartons without")
	s.send(mia, form)
	s.modal(mia, "Finding 1 · Major")
	f := s.finding(1)
	if f.Item != 1 || f.Subject != "inspection/1" || f.Text != "6 cartons without" {
		t.Errorf("saved is %+v", f)
	}
	if it := must(s.inspection(1).Items.Find(1)); it.Done.By != mia {
		t.Errorf("the line is %+v", it)
	}
	// Lines of preparation are not looked at on the spot.
	if n := strings.Count(blockText(list.Blocks), "Not all right"); n != 1 {
		t.Errorf("%d lines can be answered so", n)
	}
	s.nothingRefused()
}

// TestAnAuditFindsNonconformities, and goods have defects.
func TestAnAuditFindsNonconformities(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { v.Purpose = "quality_audit"; return nil }))
	expect(t, s.shares(mia, "major no training records @office", 1), "Finding 1 · Major nonconformity · office")
	if f := s.finding(1); f.Kind != visit.OfSystem {
		t.Errorf("it is of kind %s", f.Kind)
	}
	s.shares(mia, "idea a board for results @office", 1)
	if f := s.finding(2); f.Kind != visit.Idea {
		t.Errorf("it is of kind %s", f.Kind)
	}
	s.command(mia, sourcing, "/visit-prep finding 1")
	form := s.modal(mia, "What did you see?")
	s.enter(mia, form, fieldSeverity, string(visit.Critical))
	s.enter(mia, form, fieldSaw, "locked fire exit")
	s.send(mia, form)
	s.modal(mia, "Finding 3 · Critical nonconformity")
	s.nothingRefused()
}

// TestFindingsNeedTheirNumber: without one the words are a question, or get the help.
func TestFindingsNeedTheirNumber(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionIn(sourcing)
	expect(t, s.command(mia, sourcing, "/inspection findings 1"), "Inspection 1, "+inspected, "There are no findings yet.")
	expect(t, s.command(mia, sourcing, "/inspection findings"), "Which one? Type its number too, such as /inspection findings 3.")
	if m := s.command(mia, sourcing, "/visit-prep findings"); strings.Contains(says(m), "There are no findings") {
		t.Errorf("without a number it answers\n%s", says(m))
	}
	expect(t, s.command(mia, sourcing, "/inspection findings 7"), "I can't find that number")
}

func expectForm(t *testing.T, form []json.RawMessage, words ...string) {
	t.Helper()
	text := blockText(form)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("nothing of %q in:\n%s", w, text)
		}
	}
}

// attach uploads files into the form that somebody has open.
func (s *stage) attach(who string, v localslack.View, ids ...string) {
	s.t.Helper()
	a := s.find(v.Blocks, "", fieldPhotos)
	a.View, a.Values = v.ID, ids
	if err := s.Act(who, a); err != nil {
		s.t.Fatalf("attach: %v", err)
	}
}

// TestTheFormWithoutThePermissionForFiles takes everything but photos, and says why.
func TestTheFormWithoutThePermissionForFiles(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	s.Fail("views.update", "missing_scope", 1)
	s.command(mia, sourcing, "/visit-prep finding 1")
	form := s.modal(mia, "Photos can't be added here: I'm missing the permission")
	s.enter(mia, form, fieldSeverity, string(visit.Minor))
	s.enter(mia, form, fieldSaw, "crooked label")
	s.send(mia, form)
	s.modal(mia, "Finding 1 · Minor")
	if f := s.finding(1); f.Text != "crooked label" {
		t.Errorf("saved is %+v", f)
	}
}
