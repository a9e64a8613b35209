package bot

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/sampling"
	"visitprep/internal/visit"
)

// inspectionOn records a pre-shipment inspection of Acme Lighting in the sourcing channel, so
// many days from today.
func (s *stage) inspectionOn(ahead int, order string) visit.Inspection {
	s.t.Helper()
	var i visit.Inspection
	i.Workspace, i.Owner, i.Type, i.Order, i.Place = s.TeamID(), mia, "pre_shipment", order, visit.Place{Channel: sourcing}
	i.Factory = visit.Factory{Name: "Acme Lighting"}
	if all := must(s.bot.o.Store.Factories(context.Background(), s.TeamID())); len(all) > 0 {
		i.Factory = all[0]
	}
	i.Due = dayAhead(ahead)
	i.Items = visit.Checklist{{ID: 1, Milestone: -3, Text: "Tell the factory"}}
	i = must(s.bot.o.Store.AddInspection(context.Background(), i, time.Now()))
	s.show(i.Subject())
	return i
}

// onCard opens the card of an inspection for somebody and presses a button on it.
func (s *stage) onCard(who string, n int, label string) localslack.View {
	s.t.Helper()
	return s.opens(who, s.command(who, sourcing, "/inspection show "+strconv.Itoa(n)), label)
}

// draws chooses the sample of an inspection: 3,000 pieces of a desk lamp.
func (s *stage) draws(who string, n int, fields map[string]string) localslack.View {
	s.t.Helper()
	v := s.onCard(who, n, "Choose sample")
	if len(must(s.bot.o.Store.SeriesAt(context.Background(), s.TeamID(), s.inspection(n).Factory.Number, sourcing))) == 0 {
		s.enter(who, v, fieldProductName, "Desk lamp DL-3")
	}
	s.enter(who, v, fieldLot, "3000")
	for field, value := range fields {
		s.enter(who, v, field, value)
	}
	s.send(who, v)
	return s.top(who)
}

// counts reports the bad pieces for major defects and has the counts decide.
func (s *stage) counts(who string, n, bad int) localslack.View {
	s.t.Helper()
	s.closeAll(who)
	v := s.onCard(who, n, "Report result")
	s.enter(who, v, fieldBad(visit.Major), strconv.Itoa(bad))
	s.send(who, v)
	v = s.top(who)
	s.send(who, v)
	return s.top(who)
}

// TestANameOf120CharactersIsTaken: a factory and a product whose names are as long as they may
// be, in Chinese, stand on the card, in the menus of forms, in the answer to a finding, in the list
// and in the report, whose sheet has the name where a finding says it; Slack refuses none of them.
func TestANameOf120CharactersIsTaken(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	const factory, product = "宁波北仑光明五金制品厂", "可调光折叠台灯"
	name, lamp := strings.Repeat(factory, 11)[:3*visit.MaxName], strings.Repeat(product, 18)[:3*visit.MaxName]
	i := visit.Inspection{Work: visit.Work{Workspace: s.TeamID(), Owner: mia, Place: visit.Place{Channel: sourcing}, Factory: visit.Factory{Name: name, Chinese: name}}}
	i.Type, i.Order, i.Due = "pre_shipment", strings.Repeat("订", visit.MaxName), dayAhead(0)
	i = must(s.bot.o.Store.AddInspection(t.Context(), i, time.Now()))
	s.visitOn(sourcing, 0, 0) // to choose between
	s.postCards(s.bot, s.bot.o.Store)

	s.draws(mia, 1, map[string]string{fieldProductName: lamp})
	if is := must(s.bot.o.Store.SeriesAt(t.Context(), s.TeamID(), s.inspection(1).Factory.Number, sourcing)); len(is) != 1 || is[0].Product != lamp {
		t.Fatalf("the products are %+v", is)
	}
	s.closeAll(mia)
	expect(t, s.command(mia, sourcing, "/inspection show 1"), name, lamp)
	form := s.onCard(mia, 1, "Change sample") // and now it can be picked
	if !strings.Contains(blockText(form.Blocks), product+product) {
		t.Errorf("the form has no %s in\n%s", product, blockText(form.Blocks))
	}
	s.closeAll(mia)

	m := s.shares(mia, "major 6/50 "+lamp, 1)
	expect(t, m, "Finding 1 · Major", lamp, "Which is it for?")
	s.pick(mia, m, "Which is it for?", blocks.Option("", must(inspectionChoice(s, 1))).Text.Text)
	s.until("it is of the inspection", func() bool { return s.finding(1).Subject == i.Subject() })
	s.settled()
	expect(t, s.last(mia, s.direct(mia)), "Inspection 1, "+name)
	expect(t, s.command(mia, sourcing, "/inspection findings 1"), factory, "Finding 1 · Major", lamp)
	s.until("the photo is kept", func() bool { return s.finding(1).Photos[0].State == visit.PhotoKept })

	s.command(mia, sourcing, "/inspection report 1")
	s.handIn()
	found := map[string]bool{}
	for _, f := range s.files(mia, sourcing) {
		switch {
		case strings.HasSuffix(f.Name, ".pdf"):
			text := pdfText(t, f.Content)
			found["pdf"] = strings.Contains(text, factory) && strings.Contains(text, product)
		case strings.HasSuffix(f.Name, ".xlsx"):
			z := must(zip.NewReader(bytes.NewReader(f.Content), int64(len(f.Content))))
			words := ""
			for _, part := range z.File {
				words += string(must(io.ReadAll(must(part.Open()))))
			}
			found["sheet"] = strings.Contains(words, ">"+lamp+"<")
		}
	}
	if !found["pdf"] || !found["sheet"] {
		t.Errorf("the names stand in %v", found)
	}
	s.nothingRefused()
}

// TestTheSampleOfAnInspectionStandsOnItsCard: who is there reads what to draw before and
// after the result.
func TestTheSampleOfAnInspectionStandsOnItsCard(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "4512")
	expect(t, s.command(mia, sourcing, "/inspection show 1"), "none yet. Press Choose sample")

	page := s.draws(mia, 1, map[string]string{fieldCartons: "100"})
	words := page.Title + "\n" + blockText(page.Blocks)
	for _, want := range []string{"Sample saved", "Desk lamp DL-3", "Draw 125 of 3000 pieces", "Open 10 of 100 cartons.", "Fewer than 5 lots", "ISO 2859-1:1999 / GB/T 2828.1-2012"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	s.closeAll(mia)
	s.until("the card has the sample", func() bool {
		return strings.Contains(says(s.card(sourcing, s.inspection(1).Card)), "125 of 3000 pieces, Desk lamp DL-3")
	})
	expect(t, s.card(sourcing, s.inspection(1).Card), "Major: accept 7, reject 8 in 125 pieces", "Minor: accept 10, reject 11", "Critical: accept 0, reject 1", "Open 10 of 100 cartons", "ISO 2859-1:1999 / GB/T 2828.1-2012")

	v := s.onCard(mia, 1, "Report result")
	s.enter(mia, v, fieldBad(visit.Major), "8")
	s.enter(mia, v, fieldBad(visit.Minor), "2")
	s.enter(mia, v, fieldOpened, "11")
	s.send(mia, v)
	proposal := s.modal(mia, "The counts propose: failed.")
	expectView(t, proposal, "Major: 8 bad in 125 pieces, accepted up to 7: not accepted.", "Minor: 2 bad in 125 pieces, accepted up to 10: accepted.", "You decide.")
	if r := s.inspection(1).Result; r != "" {
		t.Fatalf("nobody has decided yet, and it %s", r)
	}
	s.send(mia, proposal)
	s.modal(mia, "Result saved")
	now := s.inspection(1)
	if now.Result != visit.Failed || now.Lot.Opened != 11 || now.Lot.Counted.By != mia || len(now.Lot.Classes) != 3 || now.Lot.Classes[1].Bad != 8 {
		t.Errorf("it is %s with %+v", now.Result, now.Lot)
	}
	s.until("the card has the counts", func() bool {
		return strings.Contains(says(s.card(sourcing, i.Card+s.inspection(1).Card)), "Major: 8 bad in 125 pieces, accept 7")
	})
	expect(t, s.card(sourcing, s.inspection(1).Card), "Result: failed", "Critical: 0 bad in 125 pieces (up to 2.4 % possible), accept 0", "Opened 11 of 100 cartons")
	s.nothingRefused()
}

func expectView(t *testing.T, v localslack.View, words ...string) {
	t.Helper()
	text := v.Title + "\n" + blockText(v.Blocks)
	for _, want := range words {
		if !strings.Contains(text, want) {
			t.Errorf("the form lacks %q:\n%s", want, text)
		}
	}
}

// TestWhichInspectionsHaveAPlan: those that look at a sample of a lot, and no audit.
func TestWhichInspectionsHaveAPlan(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	for kind, want := range map[string]bool{"pre_shipment": true, "during_production": true, "initial_production": true, "container_loading": true, "routine_audit": false} {
		i := s.inspectionOn(0, "")
		s.changeInspection(i, func(i *visit.Inspection) { i.Type = kind })
		if s.bot.guide.Load().Template(kind).ID != kind {
			t.Errorf("there is no inspection %s", kind)
		}
		card := says(s.command(mia, sourcing, "/inspection show "+strconv.Itoa(i.Number)))
		if got := strings.Contains(card, "Press Choose sample and give the number of pieces in the lot."); got != want {
			t.Errorf("%s: the card asks for a sample: %v, want %v:\n%s", kind, got, want, card)
		}
	}
}

// TestWhatCannotBeALot stands beside its field, and nothing is saved.
func TestWhatCannotBeALot(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	v := s.onCard(mia, 1, "Choose sample")
	s.enter(mia, v, fieldProductName, "Desk lamp")
	for typed, want := range map[string]string{
		"0": "at least 2 pieces", "1": "One piece is no lot", "2.5": "is not a number of pieces", "10,000,001": "up to 10000000 pieces",
		"3k": "Did you mean 3000? Then please write it so.", "many": "I don't know what", "-3": "at least 2 pieces",
	} {
		s.enter(mia, v, fieldLot, typed)
		s.send(mia, v)
		if got := s.errorsIn(mia)[fieldLot]; !strings.Contains(got, want) {
			t.Errorf("for %q the form says %q, want %q", typed, got, want)
		}
	}
	s.enter(mia, v, fieldLot, "３０００")
	for typed, want := range map[string]string{"0": "not a number from 1", "x": "not a number from 1", "1.5": "not a number from 1"} {
		s.enter(mia, v, fieldCartons, typed)
		s.send(mia, v)
		if got := s.errorsIn(mia)[fieldCartons]; !strings.Contains(got, want) {
			t.Errorf("for %q cartons the form says %q", typed, got)
		}
	}
	if l := s.inspection(1).Lot; !l.IsZero() {
		t.Errorf("kept is %+v", l)
	}
	s.enter(mia, v, fieldCartons, "")
	s.send(mia, v)
	s.modal(mia, "Sample saved")
	if l := s.inspection(1).Lot; l.Size != 3000 {
		t.Errorf("kept is %+v", l)
	}
}

// TestWhatCannotBeCounted stands beside its field; above AQL 10 a piece can have several
// defects.
func TestWhatCannotBeCounted(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, map[string]string{fieldMinor: "15"})
	s.closeAll(mia)
	v := s.onCard(mia, 1, "Report result")
	for typed, want := range map[string]string{"126": "126 bad pieces of 125 cannot be", "-1": "not a number", "a few": "not a number", "": "type 0 for none"} {
		s.enter(mia, v, fieldBad(visit.Major), typed)
		s.send(mia, v)
		if got := s.errorsIn(mia)[fieldBad(visit.Major)]; !strings.Contains(got, want) {
			t.Errorf("for %q the form says %q, want %q", typed, got, want)
		}
	}
	s.enter(mia, v, fieldBad(visit.Major), "0")
	s.enter(mia, v, fieldBad(visit.Minor), "130") // defects
	s.send(mia, v)
	expectView(t, s.modal(mia, "The counts propose: failed."), "Minor: 130 bad in")
	if i := s.inspection(1); i.Lot.Counted.IsSet() || i.Result != "" {
		t.Errorf("kept is %+v", i.Lot)
	}
}

// TestAResultAgainstTheCountsNeedsAReason: the counts propose, a person decides.
func TestAResultAgainstTheCountsNeedsAReason(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	v := s.onCard(mia, 1, "Report result")
	s.enter(mia, v, fieldBad(visit.Critical), "1")
	s.enter(mia, v, fieldResult, string(visit.Passed))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldNote]; !strings.Contains(got, "The counts say failed. Please write why the result is passed.") {
		t.Errorf("the form says %q", got)
	}
	s.enter(mia, v, fieldNote, "It was a test piece of ours")
	s.send(mia, v)
	s.modal(mia, "Result saved")
	if i := s.inspection(1); i.Result != visit.Passed || i.Lot.Classes[0].Bad != 1 {
		t.Errorf("it %s with %+v", i.Result, i.Lot.Classes)
	}
}

// TestWhatWasPendingIsDecidedByItsCounts, or with a reason: no button passes them by, nor one
// of a message from before the sample was chosen.
func TestWhatWasPendingIsDecidedByItsCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(-1, "")
	asked := s.reminded(s.remindOf(i.Subject(), visit.Overdue, 0), sourcing)
	expect(t, asked, "Passed", "Failed")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	if v := s.opens(mia, asked, "Passed"); !strings.Contains(blockText(v.Blocks), "Major: bad pieces of 125") || !open(s.inspection(1)) {
		t.Errorf("the pieces are not counted first:\n%s", blockText(v.Blocks))
	}
	s.closeAll(mia)

	v := s.onCard(mia, 1, "Report result")
	s.enter(mia, v, fieldBad(visit.Major), "9")
	s.enter(mia, v, fieldResult, string(visit.Undecided))
	s.send(mia, v)
	s.modal(mia, "Result saved")
	s.closeAll(mia)
	i = s.inspection(1)
	if now := string(blocks.MustJSON(s.bot.inspections.lots.core.words(s.bot.english, "").answers(&i, insiders))); strings.Contains(now, "Passed") || !strings.Contains(now, "Report result") || !strings.Contains(now, "Undo answer") {
		t.Errorf("the daily question has %s", now)
	}
	v = s.opens(mia, s.now(asked), "Report result")
	s.enter(mia, v, fieldResult, string(visit.Passed))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldNote]; !strings.Contains(got, "The counts say failed. Please write why the result is passed.") {
		t.Errorf("the form says %q, and it is %q", got, s.inspection(1).Result)
	}
	s.enter(mia, v, fieldNote, "The laboratory found nothing")
	s.send(mia, v)
	s.modal(mia, "Result saved")
	if i := s.inspection(1); i.Result != visit.Passed || i.Lot.Classes[1].Bad != 9 {
		t.Errorf("it %s with %+v", i.Result, i.Lot.Classes)
	}
	s.nothingRefused()
}

func open(i visit.Inspection) bool { return i.Open() }

// TestTwoReportAtOnce: the first result and its counts stand, the second person sees it.
func TestTwoReportAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	hers, his := s.onCard(mia, 1, "Report result"), s.onCard(jonas, 1, "Report result")
	s.enter(mia, hers, fieldBad(visit.Major), "3")
	s.enter(mia, hers, fieldResult, string(visit.Undecided))
	s.enter(jonas, his, fieldBad(visit.Major), "5")
	s.enter(jonas, his, fieldResult, string(visit.Passed))
	s.send(mia, hers)
	s.modal(mia, "Result saved")
	s.send(jonas, his)
	s.modal(jonas, "A colleague has already reported the result: pending.")
	if i := s.inspection(1); i.Result != visit.Undecided || i.Lot.Classes[1].Bad != 3 || i.Lot.Counted.By != mia {
		t.Errorf("it is %s, counted %+v", i.Result, i.Lot)
	}

	// What is pending is decided later, and the counts stand.
	s.closeAll(jonas)
	v := s.onCard(jonas, 1, "Report result")
	if text := blockText(v.Blocks); strings.Contains(text, "bad pieces of") {
		t.Errorf("counts are asked for again:\n%s", text)
	}
	s.enter(jonas, v, fieldResult, string(visit.Passed))
	s.send(jonas, v)
	s.modal(jonas, "Result saved")
	if i := s.inspection(1); i.Result != visit.Passed || i.Lot.Classes[1].Bad != 3 {
		t.Errorf("it %s, counted %+v", i.Result, i.Lot)
	}
	s.nothingRefused()
}

// TestWhatCouldNotBeDoneHasAReasonAndNoCounts.
func TestWhatCouldNotBeDoneHasAReasonAndNoCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	v := s.onCard(mia, 1, "Report result")
	s.enter(mia, v, fieldResult, string(visit.CouldNot))
	s.send(mia, v)
	if got := s.errorsIn(mia)["note"]; !strings.Contains(got, "why it could not be done") {
		t.Errorf("the form says %q", got)
	}
	s.enter(mia, v, fieldNote, "The goods were not ready")
	s.send(mia, v)
	s.modal(mia, "Result saved")
	if i := s.inspection(1); i.Result != visit.CouldNot || i.Lot.Counted.IsSet() {
		t.Errorf("it is %s, counted %+v", i.Result, i.Lot)
	}
	expect(t, s.command(mia, sourcing, "/inspection show 1"), "Result: could not be done")
}

// TestTheFindingsFillInTheCounts, with the question whether a piece was counted twice.
func TestTheFindingsFillInTheCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	for n, f := range []visit.Finding{
		{Severity: visit.Major, Text: "Dent", Bad: 6, Checked: 50}, {Severity: visit.Major, Text: "Scratch"}, {Severity: visit.Minor, Text: "Label", Bad: 2, Checked: 13},
		{Text: "Not sorted", Bad: 9, Checked: 10}, {Kind: visit.Idea, Text: "More light"},
	} {
		f.Workspace, f.Subject, f.Channel, f.By, f.Source = s.TeamID(), i.Subject(), sourcing, mia, "C1:"+strconv.Itoa(n)
		if _, _, err := s.bot.o.Store.AddFinding(context.Background(), f, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	v := s.onCard(mia, 1, "Report result")
	expectView(t, v, "From findings 1, 2. Is any piece counted twice?", "From finding 3. Is any piece counted twice?", "Critical: bad pieces of 125")
	expectView(t, v, "1 finding is not sorted and counts nowhere.")
	s.send(mia, v)
	expectView(t, s.modal(mia, "The counts propose: passed."), "Major: 7 bad in 125 pieces", "Minor: 2 bad in 125 pieces", "Critical: 0 bad", "1 finding is not sorted and counts nowhere.")
	if text := blockText(s.top(mia).Blocks); strings.Contains(text, "findings tell of") {
		t.Errorf("the counts are those of the findings, and the form says\n%s", text)
	}
}

// TestCountsBelowTheFindingsAreNamedAndNeedAReason, and so does the release of the lot while a
// critical finding stands.
func TestCountsBelowTheFindingsAreNamedAndNeedAReason(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	s.logs(visit.Finding{Subject: i.Subject(), Channel: sourcing, Severity: visit.Critical, Text: "Live wire", Bad: 6, Checked: 125, By: mia}, 0)
	for range 2 {
		s.logs(visit.Finding{Subject: i.Subject(), Channel: sourcing, Text: "Dust", By: mia}, 0)
	}
	v := s.onCard(mia, 1, "Report result")
	expectView(t, v, "2 findings are not sorted and count nowhere.")
	s.enter(mia, v, fieldBad(visit.Critical), "0")
	s.send(mia, v)
	const short = "Critical: findings tell of 6 bad, and 0 are counted. Please write why."
	v = s.modal(mia, "The counts propose: passed.")
	expectView(t, v, short)
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldNote]; got != short || !open(s.inspection(1)) {
		t.Errorf("the form says %q, and the result is %q", got, s.inspection(1).Result)
	}
	s.enter(mia, v, fieldNote, "Test pieces of ours")
	s.send(mia, v)
	s.modal(mia, "Result saved")
	s.closeAll(mia)

	v = s.onCard(mia, 1, "Decide on the lot")
	s.enter(mia, v, fieldDecision, string(visit.Release))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldNote]; !strings.Contains(got, "A critical finding stands.") || s.inspection(1).Decision.IsSet() {
		t.Errorf("the form says %q, and decided is %+v", got, s.inspection(1).Decision)
	}
	s.enter(mia, v, fieldNote, "The six are not of the lot")
	s.send(mia, v)
	s.noModal(mia)
	if d := s.inspection(1).Decision; d.Decision != visit.Release || d.Why == "" {
		t.Errorf("kept is %+v", d)
	}
	s.nothingRefused()
}

// TestWhatIsFoundAfterAResultIsTakenBackCounts: the form has the larger of what was counted and
// what the findings tell of.
func TestWhatIsFoundAfterAResultIsTakenBackCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	i := s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.counts(mia, 1, 7)
	s.closeAll(mia)
	s.press(mia, s.command(mia, sourcing, "/inspection show 1"), "Undo result")
	s.until("it is undone", func() bool { return open(s.inspection(1)) })
	s.logs(visit.Finding{Subject: i.Subject(), Channel: sourcing, Severity: visit.Critical, Text: "Another live wire", Bad: 1, Checked: 125, By: jonas}, 0)
	v := s.onCard(mia, 1, "Report result")
	expectView(t, v, "From finding 1. Is any piece counted twice?")
	s.send(mia, v)
	expectView(t, s.modal(mia, "The counts propose: failed."), "Critical: 1 bad in 125 pieces", "Major: 7 bad in 125 pieces")
}

// judged records a lot that was judged as the lots before have it, with so many bad pieces
// for major defects.
func (s *stage) judged(ahead, bad int) visit.Inspection {
	s.t.Helper()
	ctx, team, now := context.Background(), s.TeamID(), time.Now()
	i := s.inspectionOn(ahead, "")
	x, _, err := s.bot.o.Store.AddSeries(ctx, visit.Series{Workspace: team, Factory: i.Factory, Channel: sourcing, Product: "Desk lamp DL-3", Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", By: mia}, now)
	done(s.t, err)
	l := visit.Lot{Series: x.Number, Product: x.Product, Size: 3000, Level: "II"}
	done(s.t, l.Sample(rulesOf(&x, drawForm{major: "2.5", minor: "4.0"}, must(s.bot.o.Store.Lots(ctx, team, x.Number)), &i)))
	return must(s.bot.o.Store.ChangeInspection(ctx, team, i.Number, now, func(i *visit.Inspection) error {
		if err := i.Draw(l, mia, now); err != nil {
			return err
		}
		if _, err := i.Count(map[visit.Severity]int{visit.Major: bad}, 0, mia, now); err != nil {
			return err
		}
		result := visit.Passed
		if !i.Lot.Accepted() {
			result = visit.Failed
		}
		_, err := i.Report(result, "", mia, now)
		return err
	}))
}

// TestASwitchIsToldWithItsReason: tightened at once, in the form of the next lot, to whoever
// reported and under the card.
func TestASwitchIsToldWithItsReason(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.judged(-30, 8)
	s.inspectionOn(-20, "")
	s.draws(mia, 2, nil)
	const why = "from the next lot on Desk lamp DL-3 is judged tightened, because 2 of at most 5 lots in a row were not accepted, the last in inspection 2."
	expectView(t, s.counts(mia, 2, 9), "Major: "+why)
	s.bot.Wait()
	if !s.has(mia, sourcing, why) {
		t.Error("the thread does not tell it")
	}
	s.closeAll(mia)
	s.inspectionOn(-10, "")
	v := s.onCard(mia, 3, "Choose sample")
	expectView(t, v, "As the lots before say: tightened for major, normal for minor", "Major: tightened, because 2 of at most 5 lots in a row were not accepted, the last in inspection 2.")
	if strings.Contains(strings.ToLower(blockText(v.Blocks)), "reduced") {
		t.Errorf("reduced inspection is offered:\n%s", blockText(v.Blocks))
	}
	s.enter(mia, v, fieldLot, "3000")
	s.send(mia, v)
	expectView(t, s.modal(mia, "Sample saved"), "Major: tightened, because 2 of at most 5 lots", "tightened inspection for major and normal for minor defects")
	c := s.inspection(3).Lot.Classes
	if c[1].Strictness != visit.Tightened || c[1].Ac != 5 || c[2].Strictness != visit.Normal || c[2].Ac != 10 {
		t.Errorf("the classes are %+v", c)
	}
	s.nothingRefused()
}

// TestNobodyIsLaxerThanTheLotsSay: normal inspection is not offered where they say tightened,
// nor taken from a form that still offered it.
func TestNobodyIsLaxerThanTheLotsSay(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.judged(-30, 8)
	s.inspectionOn(-10, "")
	early := s.onCard(mia, 2, "Choose sample")
	expectView(t, early, "Normal for both classes", "Tightened for both classes")
	s.judged(-20, 9)
	v := s.onCard(jonas, 2, "Choose sample")
	if text := blockText(v.Blocks); strings.Contains(text, "Normal for both classes") || !strings.Contains(text, "Tightened for both classes") {
		t.Errorf("the form offers\n%s", text)
	}
	s.enter(mia, early, fieldLot, "3000")
	s.enter(mia, early, fieldStrictness, string(visit.Normal))
	s.send(mia, early)
	expectView(t, s.modal(mia, "Sample saved"), "Major: tightened, because 2 of at most 5 lots in a row were not accepted, the last in inspection 3.")
	if c := s.inspection(2).Lot.Classes; c[1].Strictness != visit.Tightened || c[1].Why == visit.Chosen || c[2].Strictness != visit.Normal {
		t.Errorf("the classes are %+v", c)
	}

	// Stricter than they say is anybody's choice.
	s.inspectionOn(-25, "")
	s.draws(mia, 4, map[string]string{fieldStrictness: string(visit.Tightened)})
	if c := s.inspection(4).Lot.Classes; c[1].Strictness != visit.Tightened || c[1].Why != visit.Chosen || c[2].Why != visit.Chosen {
		t.Errorf("the classes are %+v", c)
	}
	s.nothingRefused()
}

// TestAStoppedProductGoesOnWithAReason that somebody writes.
func TestAStoppedProductGoesOnWithAReason(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	for n := range 6 {
		s.judged(n-30, 9)
	}
	s.inspectionOn(-20, "")
	s.draws(mia, 7, nil)
	expectView(t, s.counts(mia, 7, 9), "Major: inspection of Desk lamp DL-3 is stopped, because 5 lots were not accepted while it was tightened, the last in inspection 7.")
	s.closeAll(mia)
	s.inspectionOn(-10, "")
	v := s.onCard(mia, 8, "Choose sample")
	expectView(t, v, "Why does inspection go on?", "Inspection of this product is stopped")
	s.enter(mia, v, fieldLot, "3000")
	s.enter(mia, v, fieldWhyOn, "New press tool, 50 pieces measured")
	s.send(mia, v)
	expectView(t, s.modal(mia, "Sample saved"), "Major: tightened, because somebody resumed it after a stop.")
	series := must(s.bot.o.Store.Series(context.Background(), s.TeamID(), 1))
	if len(series.Events) != 1 || series.Events[0].Kind != visit.Resumed || series.Events[0].Said.By != mia || series.Events[0].Why == "" {
		t.Errorf("kept is %+v", series.Events)
	}
	s.nothingRefused()
}

// numbered gives a lot its number among those of its day.
func (s *stage) numbered(i visit.Inspection, no int) {
	s.t.Helper()
	s.changeInspection(i, func(i *visit.Inspection) { i.Lot.No = no })
}

// TestTheNumberOfALotPutsItAmongThoseOfItsDay while its sample is chosen, and not only
// afterwards: the lots before it say how strictly it is judged.
func TestTheNumberOfALotPutsItAmongThoseOfItsDay(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.judged(-30, 8)
	s.numbered(s.judged(-20, 9), 1)
	s.inspectionOn(-20, "")
	v := s.draws(mia, 3, map[string]string{fieldLotNo: "2"})
	expectView(t, v, "Sample saved", "Major: tightened, because 2 of at most 5 lots in a row were not accepted, the last in inspection 2.")
	if c := s.inspection(3).Lot.Classes; c[1].Strictness != visit.Tightened || c[1].Ac != 5 {
		t.Errorf("the second lot of the day is judged by %+v", c[1])
	}
	s.closeAll(mia)

	// A lot without a number is the first of its day.
	s.inspectionOn(-20, "")
	s.draws(mia, 4, nil)
	if c := s.inspection(4).Lot.Classes; c[1].Strictness != visit.Normal || c[1].Ac != 7 {
		t.Errorf("the first lot of the day is judged by %+v", c[1])
	}
	s.nothingRefused()
}

// TestAProductThatIsStoppedOnTheSameDay goes on for its next lot of that day only with a
// reason.
func TestAProductThatIsStoppedOnTheSameDay(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	for n := range 6 {
		s.judged(n-30, 9)
	}
	s.numbered(s.judged(-20, 9), 1)
	s.inspectionOn(-20, "")
	v := s.draws(mia, 8, map[string]string{fieldLotNo: "2"})
	expectView(t, v, "Why does inspection go on?")
	if i := s.inspection(8); !i.Lot.IsZero() {
		t.Fatal("it has a sample, and nobody has said why inspection goes on")
	}
	s.enter(mia, v, fieldWhyOn, "New press tool, 50 pieces measured")
	s.send(mia, v)
	expectView(t, s.top(mia), "Sample saved", "Major: tightened, because somebody resumed it after a stop.")
	if l := s.inspection(8).Lot; l.No != 2 || l.Size != 3000 || l.Classes[1].Strictness != visit.Tightened {
		t.Errorf("kept is %+v", l)
	}
	s.nothingRefused()
}

// TestALotEnteredLateChangesNoResult: what was judged stays, and a note says what would
// differ.
func TestALotEnteredLateChangesNoResult(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.judged(-20, 8)
	s.judged(-10, 0)
	judged := s.inspection(2).Lot.Classes
	s.inspectionOn(-15, "")
	s.draws(mia, 3, nil)
	expectView(t, s.counts(mia, 3, 9), "Major: inspection 2 was judged as normal. With this lot before it, it would have been tightened. Its result stays.", "from the next lot on")
	now := s.inspection(2)
	if now.Result != visit.Passed || now.Lot.Classes[1] != judged[1] {
		t.Errorf("it is %s now, %+v", now.Result, now.Lot.Classes)
	}
}

// TestALotInspectedAgain counts for nothing but itself.
func TestALotInspectedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(-20, "4512")
	s.draws(mia, 1, nil)
	s.counts(mia, 1, 9)
	s.closeAll(mia)
	s.inspectionOn(-10, "4512")
	v := s.onCard(mia, 2, "Choose sample")
	expectView(t, v, "Was this lot inspected before?", "Yes, as inspection 1 on")
	s.enter(mia, v, fieldLot, "3000")
	s.send(mia, v)
	expectView(t, s.modal(mia, "Sample saved"), "It is inspected again after inspection 1, so it counts for nothing but itself.")
	if again := s.inspection(2).Lot.Reinspects; again != 1 {
		t.Errorf("the same order failed before, and the form begins with %d", again)
	}
	if v := s.counts(mia, 2, 9); strings.Contains(blockText(v.Blocks), "from the next lot on") {
		t.Errorf("it counts:\n%s", blockText(v.Blocks))
	}
}

// TestTheFormTakesWhatWasAgreedForTheProduct that is picked in it, and what was typed stays.
func TestTheFormTakesWhatWasAgreedForTheProduct(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(-5, "")
	s.draws(mia, 1, map[string]string{fieldLevel: "S-4", fieldMajor: "1.0", fieldMinor: "6.5", fieldOneLetter: answerYes})
	s.closeAll(mia)
	s.inspectionOn(0, "")
	v := s.onCard(mia, 2, "Choose sample")
	s.enter(mia, v, fieldLot, "800")
	v = s.choose(mia, v, fieldProduct, newProduct)
	s.enter(mia, v, fieldProductName, "Ceiling lamp")
	v = s.choose(mia, v, fieldProduct, "1")
	s.send(mia, v)
	s.modal(mia, "Sample saved")
	l := s.inspection(2).Lot
	if l.Series != 1 || l.Size != 800 || l.Level != "S-4" || l.Classes[1].AQL != "1.0" || l.Classes[2].AQL != "6.5" || !l.OneLetter {
		t.Errorf("kept is %+v", l)
	}
}

// TestWhatBecomesOfALot is a thing of its own, beside the result.
func TestWhatBecomesOfALot(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.counts(mia, 1, 9)
	s.closeAll(mia)
	v := s.onCard(mia, 1, "Decide on the lot")
	if strings.Contains(blockText(v.Blocks), "Release") {
		t.Error("a lot that failed is not released")
	}
	his := s.onCard(jonas, 1, "Decide on the lot")
	s.enter(mia, v, fieldDecision, string(visit.AcceptAsIs))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldNote]; !strings.Contains(got, "why it is accepted as it is") {
		t.Errorf("the form says %q", got)
	}
	s.enter(mia, v, fieldNote, "Sales agreed, 3 % off")
	s.send(mia, v)
	s.noModal(mia)
	s.enter(jonas, his, fieldDecision, string(visit.Rework))
	s.send(jonas, his)
	expectView(t, s.modal(jonas, "has already decided"), "accept as it is")
	shown := s.command(mia, sourcing, "/inspection show 1")
	expect(t, shown, "Result: failed", "accept as it is", "Sales agreed, 3 % off")
	s.press(mia, shown, "Undo decision")
	s.until("it is undone", func() bool { return !s.inspection(1).Decision.IsSet() })

	// Never with a critical finding.
	f := visit.Finding{Workspace: s.TeamID(), Subject: "inspection/1", Channel: sourcing, By: mia, Source: "C1:1", Severity: visit.Critical, Text: "Bare wire"}
	if _, _, err := s.bot.o.Store.AddFinding(context.Background(), f, time.Now()); err != nil {
		t.Fatal(err)
	}
	v = s.onCard(mia, 1, "Decide on the lot")
	s.enter(mia, v, fieldDecision, string(visit.AcceptAsIs))
	s.enter(mia, v, fieldNote, "Sales agreed")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldDecision]; !strings.Contains(got, "critical finding is not accepted") {
		t.Errorf("the form says %q", got)
	}
	s.enter(mia, v, fieldDecision, string(visit.Hold))
	s.send(mia, v)
	s.noModal(mia)
	if d := s.inspection(1).Decision; d.Decision != visit.Hold || d.Said.By != mia {
		t.Errorf("kept is %+v", d)
	}
	s.nothingRefused()
}

// TestTheOtherCompanyReadsNoSample: on a card in a shared channel stand no sample, no counts
// and no decision, and a switch is not posted there.
func TestTheOtherCompanyReadsNoSample(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	for n := 1; n <= 2; n++ {
		i := s.inspectionOn(n-30, "")
		s.draws(mia, n, nil)
		s.changeInspection(i, func(i *visit.Inspection) { i.Channel, i.Shared = acme, true })
	}
	s.closeAll(mia)
	shared := must(s.bot.o.Store.ChangeSeries(context.Background(), s.TeamID(), 1, func(*visit.Series) error { return nil }))
	if shared.Product != "Desk lamp DL-3" {
		t.Fatal(shared)
	}
	for n := 1; n <= 2; n++ {
		s.postCards(s.bot, s.bot.o.Store)
		m := s.command(mia, s.direct(mia), "/inspection show "+strconv.Itoa(n))
		v := s.opens(mia, m, "Report result")
		s.enter(mia, v, fieldBad(visit.Major), "9")
		s.send(mia, v)
		s.send(mia, s.top(mia))
		s.bot.Wait()
		s.closeAll(mia)
		s.show(visit.SubjectOf(visit.OfInspection, n))
		card := says(s.card(acme, s.inspection(n).Card))
		if !strings.Contains(card, "Result: failed") {
			t.Errorf("the card is\n%s", card)
		}
	}
	for _, secret := range []string{"Desk lamp", "125", "9 bad", "tightened", "Decide on the lot", "Choose sample"} {
		if s.has(liwei, acme, secret) {
			t.Errorf("the other company reads %q", secret)
		}
	}
	s.nothingRefused()
}

// TestTheNextLotIsNoNewsForTheOtherCompany: what two lots bring for the next one is posted only
// where our own people read.
func TestTheNextLotIsNoNewsForTheOtherCompany(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		s := newStage(t, overHTTP)
		for n := 1; n <= 2; n++ {
			s.inspectionOn(n-30, "")
			s.draws(mia, n, nil)
			s.closeAll(mia)
		}
		if shared {
			done(t, s.ShareChannel(sourcing))
		}
		for n := 1; n <= 2; n++ {
			v := s.opens(mia, s.command(mia, s.direct(mia), "/inspection show "+strconv.Itoa(n)), "Report result")
			s.enter(mia, v, fieldBad(visit.Major), "9")
			s.send(mia, v)
			s.send(mia, s.top(mia))
			s.bot.Wait()
			s.closeAll(mia)
		}
		if told := s.has(jonas, sourcing, "is judged tightened"); told == shared {
			t.Errorf("shared %v: the channel is told of the next lot: %v", shared, told)
		}
	}
}

// TestHowStrictlyALotWasJudged is said once where both classes were judged alike, whichever
// classes the lot has: one of a file may have others than ours.
func TestHowStrictlyALotWasJudged(t *testing.T) {
	t.Parallel()
	critical := visit.LotClass{Class: visit.Critical, Strictness: visit.Tightened, Why: visit.Chosen}
	major := visit.LotClass{Class: visit.Major, AQL: "2.5", Strictness: visit.Normal}
	minor := visit.LotClass{Class: visit.Minor, AQL: "4.0", Strictness: visit.Normal}
	tightened := minor
	tightened.Strictness, tightened.Why = visit.Tightened, string(sampling.TwoOfFive)
	for want, classes := range map[string][]visit.LotClass{
		"normal": {critical, major, minor},
		"Major: normal; Minor: tightened, because 2 of at most 5 lots in a row were not accepted": {major, tightened},
		"Minor: normal; Major: normal, because somebody chose so":                                 {minor, {Class: visit.Major, AQL: "2.5", Strictness: visit.Normal, Why: visit.Chosen}},
		"Major: normal": {critical, major},
		"":              {critical},
	} {
		if got := lotStrictness(english, &visit.Lot{Classes: classes}); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	if got := lotStrictness(english, &visit.Lot{Classes: []visit.LotClass{major, minor}}); got != "normal" {
		t.Errorf("of two classes it says %q", got)
	}
}
