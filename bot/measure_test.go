package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestQuantitiesAndTheFirm stand on the card, what cannot be stands beside its field, and each
// line of the firm's defects is a finding, once.
func TestQuantitiesAndTheFirm(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "")
	v := s.onCard(mia, 1, "Quantities and firm")
	for field, typed := range map[string]string{
		fieldOrdered: "3,000", fieldMade: "many", fieldPacked: "-1", fieldFirmBooking: "HI-20417",
		fieldFirmDefects: "major 6/50 no corner guard @packing\n\n严重 9/5 无护角\n",
	} {
		s.enter(mia, v, field, typed)
	}
	s.send(mia, v)
	errs := s.errorsIn(mia)
	for field, want := range map[string]string{fieldMade: "not a number of pieces", fieldPacked: "not a number of pieces", fieldFirm: "name the inspection firm", fieldFirmDefects: "9/5 cannot be"} {
		if !strings.Contains(errs[field], want) {
			t.Errorf("beside %s stands %q, want %q", field, errs[field], want)
		}
	}
	s.enter(mia, v, fieldFirmDefects, "major 6/50 no corner guard\ncritical 0/125 live part")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldFirmDefects]; got != "0 of 125 pieces is no finding. Leave out that line, or write how many are bad." {
		t.Errorf("of a line without a bad piece it says %q", got)
	}
	if now := s.inspection(1); now.Ordered.Ordered > 0 || len(must(s.bot.o.Store.Findings(context.Background(), s.TeamID(), i.Subject()))) > 0 {
		t.Error("something is kept of a form with mistakes")
	}
	for field, typed := range map[string]string{
		fieldMade: "3000", fieldPacked: "２４００", fieldFirm: "Harbour Inspection", fieldFirmCost: "USD 298", fieldFirmVerdict: "failed",
		fieldUnchecked: "Drop test: no room", fieldFirmDefects: "major 6/50 no corner guard @packing\n\nminor label crooked\n",
	} {
		s.enter(mia, v, field, typed)
	}
	s.send(mia, v)
	s.noModal(mia)
	expect(t, s.command(mia, sourcing, "/inspection show 1"), "3000 ordered, 3000 made, 2400 packed", "Harbour Inspection, booking HI-20417, cost USD 298, its own verdict: failed", "Drop test: no room")
	found := must(s.bot.o.Store.Findings(context.Background(), s.TeamID(), i.Subject()))
	if len(found) != 2 || found[0].Severity != visit.Major || found[0].Bad != 6 || found[0].Checked != 50 || found[0].Place != "packing" || found[1].Severity != visit.Minor {
		t.Errorf("the findings are %+v", found)
	} else if found[0].TextZH != "无护角" || found[0].Defect != "no-corner-guard" || found[1].Defect != "label-position" {
		t.Errorf("the vocabulary gives %q of %q, and %q of the other", found[0].TextZH, found[0].Defect, found[1].Defect)
	}
	if r := s.inspection(1).Result; r != "" {
		t.Errorf("the firm's verdict is not ours, and it %s", r)
	}
	s.nothingRefused()
}

// TestTheFirmAndItsDefectsAreOne: both are kept or neither, and what was kept is not changed by
// the same form, which says so.
func TestTheFirmAndItsDefectsAreOne(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	db := s.onFile()
	i := s.inspectionOn(0, "")
	v := s.onCard(mia, 1, "Quantities and firm")
	s.enter(mia, v, fieldOrdered, "3000")
	s.enter(mia, v, fieldFirmDefects, "major no corner guard\nminor label crooked")
	must(db.Exec(`CREATE TRIGGER second BEFORE INSERT ON findings WHEN NEW.text LIKE 'label%' BEGIN SELECT RAISE(FAIL, 'no room'); END`))
	s.send(mia, v)
	s.settled()
	found := func() []visit.Finding {
		return must(s.bot.o.Store.Findings(context.Background(), s.TeamID(), i.Subject()))
	}
	if now := s.inspection(1); now.Ordered.Ordered > 0 || len(found()) > 0 {
		t.Errorf("half of it is kept: %+v, %+v", now.Ordered, found())
	}
	must(db.Exec(`DROP TRIGGER second`))
	sent := submission{team: s.TeamID(), user: mia, id: modalDetails, meta: meta{About: blocks.Subject(i.Subject())}, view: v.ID, values: values{}}
	of := func(line string) submission {
		in := sent
		in.values = values{fieldFirmDefects: {"typed": {Value: line}}}
		return in
	}
	if _, err := s.bot.measures.submitDetails(context.Background(), of("major no corner guard")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.bot.measures.submitDetails(context.Background(), of("major no corner guard at all")); !errors.Is(err, store.ErrHandled) {
		t.Errorf("the corrected line is lost, and the answer is %v", err)
	}
	if fs := found(); len(fs) != 1 || fs[0].Text != "no corner guard" {
		t.Errorf("the findings are %+v", fs)
	}
}

// TestTheFirmsReport is a PDF: it stands on the card, under it and in our report by its name;
// what is no PDF is refused.
func TestTheFirmsReport(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	give := func(v localslack.View, name string, content []byte) localslack.File {
		f, err := s.Upload(mia, name, content)
		done(t, err)
		a := s.find(v.Blocks, "", fieldFirmReport)
		a.View, a.Values = v.ID, []string{f.ID}
		done(t, s.Act(mia, a))
		return f
	}
	v := s.onCard(mia, 1, "Quantities and firm")
	s.enter(mia, v, fieldFirm, "Harbour Inspection")
	give(v, "photo of it.pdf", drawn(t, 1))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldFirmReport]; got != "photo of it.pdf is not a PDF." {
		t.Errorf("a picture is refused with %q", got)
	}
	if f := s.inspection(1).Firm; !f.IsZero() {
		t.Errorf("kept is %+v", f)
	}
	pdf := give(v, "HI-20417.pdf", []byte("%PDF-1.4\n%%EOF"))
	s.send(mia, v)
	s.noModal(mia)
	s.settled()
	if f := s.inspection(1).Firm; f.FileID != pdf.ID || f.File != "HI-20417.pdf" || f.Link == "" {
		t.Errorf("kept is %+v", f)
	}
	link := "<" + s.inspection(1).Firm.Link + "|"
	expect(t, s.command(mia, sourcing, "/inspection show 1"), link+"its report, HI-20417.pdf>")
	told := "The report of Harbour Inspection on inspection 1: "
	if text, _ := s.thread(sourcing, s.inspection(1).Card); strings.Count(text, told+link+"HI-20417.pdf>") != 1 {
		t.Errorf("in the thread stands\n%s", text)
	}
	// The form begins with it, and what is sent without another one keeps it and tells nobody again.
	v = s.onCard(mia, 1, "Quantities and firm")
	expectView(t, v, "There is HI-20417.pdf already")
	s.enter(mia, v, fieldFirmCost, "USD 298")
	s.send(mia, v)
	s.noModal(mia)
	s.settled()
	if f := s.inspection(1).Firm; f.FileID != pdf.ID || f.Cost != "USD 298" {
		t.Errorf("kept is %+v", f)
	}
	if text, _ := s.thread(sourcing, s.inspection(1).Card); strings.Count(text, told+link) != 1 {
		t.Errorf("in the thread stands\n%s", text)
	}
	s.command(mia, sourcing, "/inspection report 1")
	s.handIn()
	for _, f := range s.files(mia, sourcing) {
		if strings.HasSuffix(f.Name, "report-v1-draft.pdf") {
			if text := strings.Join(pdfLines(t, f.Content), " "); !strings.Contains(text, "Their report HI-20417.pdf") {
				t.Errorf("our report is\n%s", text)
			}
			s.nothingRefused()
			return
		}
	}
	t.Error("no report has come")
}

// TestTheOtherCompanyReadsNothingOfTheFirmsReport under a card in a shared channel.
func TestTheOtherCompanyReadsNothingOfTheFirmsReport(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "")
	s.changeInspection(i, func(i *visit.Inspection) { i.Channel, i.Shared = acme, true })
	s.postCards(s.bot, s.bot.o.Store)
	v := s.opens(mia, s.command(mia, s.direct(mia), "/inspection show 1"), "Quantities and firm")
	s.enter(mia, v, fieldFirm, "Harbour Inspection")
	f, err := s.Upload(mia, "HI-20417.pdf", []byte("%PDF-1.4\n%%EOF"))
	done(t, err)
	a := s.find(v.Blocks, "", fieldFirmReport)
	a.View, a.Values = v.ID, []string{f.ID}
	done(t, s.Act(mia, a))
	s.send(mia, v)
	s.noModal(mia)
	s.settled()
	s.show(i.Subject())
	if s.inspection(1).Firm.FileID != f.ID {
		t.Errorf("kept is %+v", s.inspection(1).Firm)
	}
	for _, secret := range []string{"Harbour", "HI-20417"} {
		if s.has(liwei, acme, secret) {
			t.Errorf("the other company reads %q", secret)
		}
	}
	s.nothingRefused()
}

// TestTestsAndMeasurements: a product has its list; the limit says whether a value passed; what
// is measured again takes the place of what was.
func TestTestsAndMeasurements(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	v := s.onCard(mia, 1, "Tests and measurements")
	expectView(t, v, "No sealed sample is noted")
	for field, typed := range map[string]string{fieldLower: "12,5", fieldUpper: "wide", fieldUnit: "mm", fieldValue: "12.6", fieldCount: "7/5"} {
		s.enter(mia, v, field, typed)
	}
	s.enter(mia, v, fieldTest, "Width")
	s.send(mia, v)
	errs := s.errorsIn(mia)
	if !strings.Contains(errs[fieldLower], "as numbers") || !strings.Contains(errs[fieldCount], "7 of 5 cannot be") {
		t.Errorf("the form says %q", errs)
	}
	s.enter(mia, v, fieldUpper, "12.7")
	s.enter(mia, v, fieldCount, "0/8")
	s.enter(mia, v, fieldTestLevel, "S-2")
	s.enter(mia, v, fieldResult, string(visit.TestPassed))
	s.send(mia, v)
	v = s.modal(mia, "Saved: Width: 12.6 mm, 0 bad of 8, passed.")

	// The same test again, by its limit: what was ticked for the one before is not ticked any more.
	v = s.choose(mia, v, fieldWhichTest, "1")
	expectView(t, v, "Limit: 12.5 to 12.7 mm. Test 8 pieces.")
	s.enter(mia, v, fieldValue, "12.8")
	s.send(mia, v)
	s.modal(mia, "Saved: Width: 12.8 mm, failed.")
	s.closeAll(mia)
	i := s.inspection(1)
	if len(i.Measured) != 1 || i.Measured[0].Result != visit.TestFailed || i.Measured[0].Value != "12.8" || i.Measured[0].Said.By != mia {
		t.Errorf("measured is %+v", i.Measured)
	}
	expect(t, s.command(mia, sourcing, "/inspection show 1"), "0 passed, 1 failed")

	v = s.onCard(mia, 1, "Sealed sample")
	s.enter(mia, v, fieldSealedVersion, "Version 3")
	s.enter(mia, v, fieldSealedWhere, "Shelf B2")
	s.enter(mia, v, fieldSealedUntil, inDays(-1))
	s.send(mia, v)
	s.modal(mia, "Sealed sample: Version 3, Shelf B2. It was good until")
	s.closeAll(mia)
	expectView(t, s.onCard(mia, 1, "Tests and measurements"), "ask for a new one", "Width: 12.8 mm, failed")
	s.nothingRefused()
}

// TestTwoAddTheSameTest: it is one.
func TestTwoAddTheSameTest(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	hers, his := s.onCard(mia, 1, "Tests and measurements"), s.onCard(jonas, 1, "Tests and measurements")
	s.enter(mia, hers, fieldTest, "Drop test")
	s.enter(mia, hers, fieldResult, string(visit.TestPassed))
	s.send(mia, hers)
	s.modal(mia, "Saved: Drop test, passed.")
	s.enter(jonas, his, fieldTest, "drop TEST")
	s.enter(jonas, his, fieldResult, string(visit.TestNotDone))
	s.send(jonas, his)
	s.modal(jonas, "Saved: Drop test, not done.")
	if tests := must(s.bot.o.Store.Series(context.Background(), s.TeamID(), 1)).Tests; len(tests) != 1 {
		t.Errorf("the tests are %+v", tests)
	}
}

// TestTheOtherCompanyReadsNothingThatIsMeasured on a card in a shared channel.
func TestTheOtherCompanyReadsNothingThatIsMeasured(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "")
	s.changeInspection(i, func(i *visit.Inspection) {
		i.Channel, i.Shared = acme, true
		i.Ordered, i.Unchecked = visit.Quantities{Ordered: 4711}, "Drop test"
		i.Firm = visit.Firm{Name: "Harbour", Cost: "USD 298"}
		done(t, i.Measure(visit.Measured{Test: visit.Test{ID: 1, Name: "Width"}, Value: "12", Said: visit.Mark{By: mia, At: time.Now()}}))
	})
	s.postCards(s.bot, s.bot.o.Store)
	s.show(i.Subject())
	expect(t, s.card(acme, s.inspection(1).Card), "Inspection 1: Acme Lighting")
	for _, secret := range []string{"4711", "Drop test", "Harbour", "USD 298", "Width", "Tests"} {
		if s.has(liwei, acme, secret) {
			t.Errorf("the other company reads %q", secret)
		}
	}
}
