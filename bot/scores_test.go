package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// q2of27 is the quarter that the tests freeze; the clock stands three weeks after it.
var q2of27 = visit.Quarter{Year: 2027, N: 2}

const afterQ2 = "2027-07-21T08:00:00Z"

// scoring is a stage on 21 July 2027 with China's calendar and one factory, visited in January.
func scoring(t *testing.T) (*stage, visit.Factory) {
	t.Helper()
	s := newPrivateStage(t)
	s.at(afterQ2)
	s.bot.o.Calendar = must(holiday.China())
	return s, s.visitedOn(sourcing, civil.On(2027, 1, 11))
}

// visitedOn records a visit of two days to the factory, planned by Mia.
func (s *stage) visitedOn(channel string, first civil.Date) visit.Factory {
	s.t.Helper()
	v := visit.Visit{Purpose: "first_visit", First: first, Last: first.AddDays(1)}
	v.Workspace, v.Owner, v.Factory, v.Place = s.TeamID(), mia, visit.Factory{Name: visited, City: "Ningbo"}, in(channel)
	v.ChannelZone = "Europe/Berlin"
	return must(s.bot.o.Store.PlanVisit(context.Background(), v, first.AddDays(-30).Start(time.UTC))).Factory
}

// lot records a lot that was inspected on a day, with 125 pieces.
func (s *stage) lot(f *visit.Factory, channel string, on civil.Date, result visit.Result, majors int) {
	s.t.Helper()
	ctx, now := context.Background(), on.Start(time.UTC)
	i := visit.Inspection{Type: "pre_shipment", Due: on}
	i.Workspace, i.Owner, i.Factory, i.Place = s.TeamID(), mia, *f, in(channel)
	i = must(s.bot.o.Store.AddInspection(ctx, i, now))
	must(s.bot.o.Store.ChangeInspection(ctx, s.TeamID(), i.Number, now, func(i *visit.Inspection) error {
		i.Lot = visit.Lot{Product: "Lamp", Size: 3000, Level: "II", Drawn: visit.Mark{By: mia, At: now}, Counted: visit.Mark{By: mia, At: now},
			Classes: []visit.LotClass{{Class: visit.Major, AQL: "2.5", N: 125, Ac: 7, Re: 8, Bad: majors, Strictness: visit.Normal}}}
		i.Result, i.Reported = result, visit.Mark{By: mia, At: now}
		return nil
	}))
}

// order records a delivery that was confirmed for a day and shipped so many days later.
func (s *stage) order(f *visit.Factory, channel, order string, confirmed civil.Date, late int) {
	s.t.Helper()
	d := visit.OrderDelivery{Workspace: s.TeamID(), Factory: *f, Channel: channel, Order: order, Confirmed: confirmed, Shipped: confirmed.AddDays(late), Quantity: 3000, Sent: 3000, By: mia}
	_, _, err := s.bot.o.Store.AddDelivery(context.Background(), d, false, s.bot.o.Now())
	done(s.t, err)
}

// quarter records eight lots, of which one did not pass, with eleven major faults, and ten orders, of
// which one was late: quality 3, delivery 4.
func (s *stage) quarter(f *visit.Factory, channel string) {
	s.t.Helper()
	for n := range 8 {
		result, majors := visit.Passed, 0
		if n == 3 {
			result, majors = visit.Failed, 11
		}
		s.lot(f, channel, civil.On(2027, 4, 5+n), result, majors)
	}
	for n := range 10 {
		late := 0
		if n == 0 {
			late = 3
		}
		s.order(f, channel, fmt.Sprint("45", n), civil.On(2027, 5, 3+n), late)
	}
}

func (s *stage) freeze(f *visit.Factory) {
	s.t.Helper()
	must(s.bot.o.Store.FreezeScore(context.Background(), s.TeamID(), f.Number, q2of27, s.bot.o.Now()))
}

func TestAScorecardSaysFromWhatItWasCounted(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	before := s.command(mia, sourcing, "/factory score ningbo")
	expect(t, before, "There is no score to show", "Not known: quality, delivery, service, cost, compliance", "Risk class: New", "No lot was inspected yet",
		"A quarter gets its score 14 days after its end, if at least 60 % of what counts is known: inspected lots, deliveries, corrective actions and marks.", "Yearly page as PDF")
	if said := blockText(before.Blocks); strings.Count(said, "no score") != 1 || strings.Contains(said, "Score by quarter") || strings.Contains(said, "Plot as picture") {
		t.Errorf("that there is no score is said more than once:\n%s", said)
	}
	s.quarter(&f, sourcing)
	s.freeze(&f)
	card := s.command(mia, sourcing, "/factory score "+strings.ToUpper(visited))
	expect(t, card, "Scorecard: "+visited, "Q2 2027: 3.4, grade B", "Based on 65 % of what counts", "Weakest: quality", "7 of 8 lots passed first time (3 points)",
		"11 major faults in 1000 pieces (3 points)", "9 of 10 orders in full and on time", "So far in Q3 2027", "rolling year", "Risk class: Medium", "4 lots accepted in a row",
		"By 12 January 2028: every 12 months, and the last one was on 12 January 2027", "I'll propose it from 1 December 2027", "Score by quarter", "Q2 2027 3.4 B", "These figures are our own")
	if card.Only != mia {
		t.Error("others read a scorecard")
	}
	if strings.Contains(says(card), "Q1 2027 no score") {
		t.Errorf("of quarters before the first score it reads\n%s", says(card))
	}

	// The table has the same, and opens the card.
	table := s.command(jonas, sourcing, "/factory score")
	expect(t, table, visited, "Q2 2027 3.4 B", "risk medium", "next visit by 12 January 2028")

	// And the page of the factory says the class with its rule.
	expect(t, s.command(mia, sourcing, "/factory ningbo"), "Risk class: Medium. 4 lots accepted in a row; no rule for high or low applies.")
	s.nothingRefused()
}

// readsOf is everything that somebody gets of scores, with the blocks as they were sent.
func (s *stage) readsOf(who, channel string) string {
	s.t.Helper()
	var all []string
	for _, c := range []string{"/factory score", "/factory score ningbo", "/factory ningbo score"} {
		m := s.command(who, channel, c)
		all = append(all, says(m), string(must(json.Marshal(m.Blocks))))
	}
	return strings.Join(all, "\n")
}

func TestWhatAReaderMayNotSeeChangesNothingOfTheirScores(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.quarter(&f, sourcing)
	s.lot(&f, project, civil.On(2027, 4, 6), visit.Passed, 0) // so that Jonas has no grade in either case
	s.freeze(&f)
	// Mia is in both channels, Jonas in one.
	expect(t, s.command(mia, s.direct(mia), "/factory score ningbo"), "Q2 2027: 3.7, grade B", "8 of 9 lots passed first time")
	theirs := s.readsOf(jonas, sourcing)
	if !strings.Contains(theirs, "There is no score to show") || strings.Contains(theirs, "grade") || strings.Contains(theirs, "8 of 9") {
		t.Errorf("Jonas reads\n%s", theirs)
	}
	// Where others stand by, Mia does not get what belongs to the private channel either.
	if open := says(s.command(mia, sourcing, "/factory score ningbo")); strings.Contains(open, "grade B") || strings.Contains(open, "8 of 9") {
		t.Errorf("in an open channel Mia reads\n%s", open)
	}

	// A catastrophe in the private channel changes not a letter of what Jonas gets.
	for n := range 6 {
		s.lot(&f, project, civil.On(2027, 7, 1+n), visit.Failed, 99)
		s.order(&f, project, fmt.Sprint("99", n), civil.On(2027, 7, 1+n), 9)
	}
	_, _, err := s.bot.o.Store.AddFinding(t.Context(), visit.Finding{Workspace: s.TeamID(), Subject: visit.SubjectOf(visit.OfFactory, f.Number), Seen: visit.SeenByCustomer, Channel: project, Factory: f.Name,
		Kind: visit.OfProduct, Severity: visit.Critical, Text: "burns", Source: "x", By: mia}, s.bot.o.Now())
	done(t, err)
	ctx := context.Background()
	done(t, s.bot.o.Store.AddMarks(ctx, []visit.FactoryMark{
		{Workspace: s.TeamID(), Factory: f.Number, Channel: project, Kind: visit.MarkRisk, Name: string(visit.RiskHigh), By: mia},
		{Workspace: s.TeamID(), Factory: f.Number, Channel: project, Kind: visit.MarkCost, Quarter: visit.Quarter{Year: 2027, N: 3}, Points: 1, By: mia},
	}, s.bot.o.Now()))
	done(t, s.bot.o.Store.CorrectScore(ctx, s.TeamID(), f.Number, q2of27, mia, "More lots.", s.bot.o.Now()))
	if got := s.readsOf(jonas, sourcing); got != theirs {
		t.Errorf("Jonas reads\n%s\nand read before\n%s", got, theirs)
	}
	expect(t, s.command(mia, s.direct(mia), "/factory score ningbo"), "Version 2. Corrected because: More lots.", "Risk class: High")
	if page := says(s.command(jonas, sourcing, "/factory ningbo")); !strings.Contains(page, "Risk class: Medium") {
		t.Errorf("on the factory's page Jonas reads\n%s", page)
	}
	// Of a factory that only the private channel knows there is nothing.
	hidden := visit.OrderDelivery{Workspace: s.TeamID(), Channel: project, Order: "1", Confirmed: civil.On(2027, 7, 1), Quantity: 1, By: mia,
		Factory: must(s.bot.o.Store.AddFactory(ctx, visit.Factory{Workspace: s.TeamID(), Name: "Hidden Works"}, s.bot.o.Now()))}
	_, _, err = s.bot.o.Store.AddDelivery(ctx, hidden, false, s.bot.o.Now())
	done(t, err)
	if got := s.readsOf(jonas, sourcing); got != theirs {
		t.Errorf("with a hidden factory Jonas reads\n%s", got)
	}
	if got := says(s.command(jonas, sourcing, "/factory score hidden works")); !strings.Contains(got, "I can't find a factory") {
		t.Errorf("Jonas reads of a hidden factory\n%s", got)
	}
	s.pressAgain(jonas, actScore, factorySubject(hidden.Factory.Number))
	s.untilSays(jonas, s.direct(jonas), "I can't find that number in your channels")
}

func TestNobodyElseReadsOfScores(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.visitedOn(acme, civil.On(2027, 3, 1))
	s.quarter(&f, acme)
	s.freeze(&f)
	expect(t, s.command(mia, acme, "/factory score ningbo"), "grade B")
	if got := says(s.command(liwei, acme, "/factory score ningbo")); strings.Contains(got, "3.4") || !strings.Contains(got, "members of the workspace") {
		t.Errorf("another company reads\n%s", got)
	}
	for _, m := range s.Messages(liwei, acme) {
		if text := says(m); strings.Contains(text, "grade") || strings.Contains(text, "Scorecard") || strings.Contains(text, "Risk class") {
			t.Errorf("another company reads\n%s", text)
		}
	}
}

// delivers opens the form for a delivery from the card.
func (s *stage) delivers(who string) localslack.View {
	s.t.Helper()
	s.press(who, s.command(who, sourcing, "/factory score ningbo"), "Log a delivery")
	return s.modal(who, "Day first confirmed")
}

func TestADeliveryByItsForm(t *testing.T) {
	t.Parallel()
	s, _ := scoring(t)
	v := s.delivers(mia)
	for field, value := range map[string]string{fieldOrderNo: "4512", fieldConfirmed: "2037-05-03", fieldQuantity: "many", fieldShipped: "2027-08-01", fieldSent: ""} {
		s.enter(mia, v, field, value)
	}
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldQuantity], "whole number of pieces") {
		t.Errorf("many pieces: %q", errs)
	}
	s.enter(mia, v, fieldQuantity, "3,000")
	s.send(mia, v)
	errs := s.errorsIn(mia)
	for field, words := range map[string]string{fieldConfirmed: "very far off", fieldShipped: "has not come yet", fieldSent: "pieces shipped"} {
		if !strings.Contains(errs[field], words) {
			t.Errorf("%s says %q", field, errs[field])
		}
	}
	s.enter(mia, v, fieldConfirmed, "2027-05-03")
	s.enter(mia, v, fieldShipped, "2027-05-01")
	s.enter(mia, v, fieldSent, "3100") // more than ordered is none too few
	s.send(mia, v)
	saved := s.modal(mia, "Delivery saved")
	if text := blockText(saved.Blocks); !strings.Contains(text, "shipped on 1 May 2027: 3100 of 3000 pieces") || !strings.Contains(text, "in full and on time") || !strings.Contains(text, "only after you press Correct a quarter") {
		t.Errorf("the page says\n%s", text)
	}
	s.closeAll(mia)

	// The same order asks.
	v = s.delivers(mia)
	for field, value := range map[string]string{fieldOrderNo: "4512", fieldConfirmed: "2027-06-03", fieldQuantity: "500"} {
		s.enter(mia, v, field, value)
	}
	s.send(mia, v)
	v = s.modal(mia, "Order 4512 is recorded already")
	if n := len(s.deliveries()); n != 1 {
		t.Fatalf("%d deliveries before somebody agreed", n)
	}
	s.send(mia, v)
	s.modal(mia, "Delivery saved")
	if n := len(s.deliveries()); n != 2 {
		t.Errorf("%d deliveries", n)
	}
	s.closeAll(mia)

	// A correction of what was agreed says why, and keeps how it was.
	s.press(mia, s.command(mia, sourcing, "/factory score ningbo"), "List deliveries")
	list := s.untilTold(mia, sourcing, "confirmed for 3 May 2027")
	expect(t, list, "not shipped, and late")
	s.pressAgain(mia, actDelivery, "delivery/1")
	v = s.modal(mia, "Why is it corrected?")
	s.enter(mia, v, fieldConfirmed, "2027-05-10")
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldCorrection], "why this is a correction") {
		t.Errorf("another first day: %q", errs)
	}
	s.enter(mia, v, fieldCorrection, "Typed wrongly")
	s.send(mia, v)
	s.modal(mia, "Delivery saved")
	d := must(s.bot.o.Store.Delivery(t.Context(), s.TeamID(), 1))
	if d.Confirmed != civil.On(2027, 5, 10) || len(d.Revisions) != 1 || d.Revisions[0].Confirmed != civil.On(2027, 5, 3) || d.Channel != sourcing {
		t.Errorf("kept is %+v", d)
	}
	s.closeAll(mia)

	// Our delay needs its reason.
	s.pressAgain(mia, actDelivery, "delivery/2")
	v = s.modal(mia, "Why is it corrected?")
	s.enter(mia, v, fieldDelayedBy, delayOurs)
	s.send(mia, v)
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldWhy], "on our side") {
		t.Errorf("our delay without a reason: %q", errs)
	}
	s.nothingRefused()
}

// Whoever corrects a delivery in a form that was drawn before a colleague logged that it was shipped does not make it
// late again.
func TestADeliveryThatAColleagueChangedIsNotOverwritten(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	day := civil.On(2027, 5, 3)
	d := visit.OrderDelivery{Workspace: s.TeamID(), Factory: f, Channel: sourcing, Order: "4512", Confirmed: day, Quantity: 3000, By: mia}
	_, _, err := s.bot.o.Store.AddDelivery(t.Context(), d, false, s.bot.o.Now())
	done(t, err)
	s.command(mia, sourcing, "/factory score ningbo")
	edits := func() localslack.View {
		t.Helper()
		s.pressAgain(mia, actDelivery, "delivery/1")
		return s.modal(mia, "Why is it corrected?")
	}
	v := edits()
	must(s.bot.o.Store.ChangeDelivery(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(d *visit.OrderDelivery, _ civil.Date) error {
		d.Shipped, d.Sent = day, 3000
		return nil
	}))
	s.enter(mia, v, fieldOrderNo, "4512-A")
	for range 2 { // it is refused however often
		s.send(mia, v)
		if got, d := s.errorsIn(mia)[fieldOrderNo], s.deliveries()[0]; !strings.Contains(got, "A colleague changed this delivery") || d.Order != "4512" || d.Shipped != day || d.Sent != 3000 {
			t.Errorf("it says %q, and kept is %+v", got, d)
		}
	}
	s.closeAll(mia)
	v = edits()
	s.enter(mia, v, fieldOrderNo, "4512-A")
	s.send(mia, v)
	s.modal(mia, "Delivery saved")
	if d := s.deliveries()[0]; d.Order != "4512-A" || d.Shipped != day || d.Sent != 3000 {
		t.Errorf("kept is %+v", d)
	}
	s.nothingRefused()
}

func (s *stage) deliveries() []visit.OrderDelivery {
	s.t.Helper()
	return must(s.bot.o.Store.Deliveries(context.Background(), s.TeamID(), 0, nil, 0))
}

func TestADeliveryOfAnotherChannelIsNotOpened(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.order(&f, project, "secret-7", civil.On(2027, 5, 3), 0)
	s.command(jonas, sourcing, "/factory score ningbo")
	s.pressAgain(jonas, actDelivery, "delivery/1")
	if text := blockText(s.modal(jonas, "find that number in your channels").Blocks); strings.Contains(text, "secret-7") {
		t.Errorf("Jonas reads\n%s", text)
	}
}

func TestMarksAFlagAndARiskClass(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	for n := range 10 {
		s.lot(&f, sourcing, civil.On(2027, 4, 5+n), visit.Passed, 0)
	}
	expect(t, s.command(mia, sourcing, "/factory score ningbo"), "Risk class: Low", "10 lots accepted in a row", "0 major faults in 1250 pieces (could be up to 0.2 %)")
	set := func(fields map[string]string) {
		t.Helper()
		s.press(mia, s.command(mia, sourcing, "/factory score ningbo"), "Set marks")
		v := s.modal(mia, "Certificates needed")
		for field, value := range fields {
			s.enter(mia, v, field, value)
		}
		s.send(mia, v)
	}
	set(map[string]string{fieldQuarter: "2027-Q2"})
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldCost], "at least one") {
		t.Errorf("without anything: %q", errs)
	}
	s.closeAll(mia)
	set(map[string]string{fieldQuarter: "2027-Q3", fieldCost: "4", fieldCompliance: "5", fieldFlag: string(visit.FlagProcess), fieldFlagDay: "2027-07-20"})
	s.modal(mia, "Marks saved")
	s.closeAll(mia)
	expect(t, s.command(mia, sourcing, "/factory score ningbo"), "Risk class: High", "New process or mould: 0 of 5 lots accepted in a row since", "Cost 4.0: mark 4", "Compliance 5.0: mark 5")

	set(map[string]string{fieldRisk: string(visit.RiskMedium)})
	if errs := s.errorsIn(mia); !strings.Contains(errs[fieldWhy], "A lower class needs a reason") {
		t.Errorf("lower without a reason: %q", errs)
	}
	s.closeAll(mia)
	set(map[string]string{fieldRisk: string(visit.RiskMedium), fieldWhy: "Same mould, new insert."})
	s.modal(mia, "Marks saved")
	s.closeAll(mia)
	expect(t, s.command(mia, sourcing, "/factory score ningbo"), "Risk class: Medium", "A colleague set it: Same mould, new insert. The rules say high.")

	set(map[string]string{fieldFlag: flagOff + string(visit.FlagProcess), fieldRisk: asCounted})
	s.modal(mia, "Marks saved")
	s.closeAll(mia)
	expect(t, s.command(mia, sourcing, "/factory score ningbo"), "Risk class: Low")
	s.nothingRefused()
}

// What is taken back is taken back in every channel of theirs in which it stands, whichever the form has.
func TestWhatIsTakenBackStandsInNoChannelOfTheirs(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	for n := range 10 {
		s.lot(&f, sourcing, civil.On(2027, 4, 5+n), visit.Passed, 0)
	}
	s.visitedOn(project, civil.On(2027, 2, 1))
	mark := func(channel string, k visit.MarkKind, name string, q visit.Quarter, points int) visit.FactoryMark {
		return visit.FactoryMark{Workspace: s.TeamID(), Factory: f.Number, Channel: channel, Kind: k, Name: name, Quarter: q, Day: civil.On(2027, 7, 20), Points: points, By: mia}
	}
	q3 := visit.Quarter{Year: 2027, N: 3}
	done(t, s.bot.o.Store.AddMarks(t.Context(), []visit.FactoryMark{
		mark(sourcing, visit.MarkFlag, string(visit.FlagProcess), visit.Quarter{}, 1), mark(project, visit.MarkFlag, string(visit.FlagProcess), visit.Quarter{}, 1),
		mark(project, visit.MarkRisk, string(visit.RiskHigh), visit.Quarter{}, 0), mark(project, visit.MarkCost, "", q3, 1),
	}, s.bot.o.Now()))
	expect(t, s.command(mia, s.direct(mia), "/factory score ningbo"), "Risk class: High", "Cost 1.0: mark 1")
	s.press(mia, s.command(mia, s.direct(mia), "/factory score ningbo"), "Set marks")
	v := s.modal(mia, "Certificates needed")
	s.enter(mia, v, fieldChannel, sourcing)
	for field, value := range map[string]string{fieldQuarter: "2027-Q3", fieldCost: noMark, fieldFlag: flagOff + string(visit.FlagProcess), fieldRisk: asCounted} {
		s.enter(mia, v, field, value)
	}
	s.send(mia, v)
	s.modal(mia, "Marks saved")
	s.closeAll(mia)
	card := s.command(mia, s.direct(mia), "/factory score ningbo")
	expect(t, card, "Risk class: Low")
	if strings.Contains(says(card), "Cost 1.0") {
		t.Errorf("the mark still stands: %s", says(card))
	}
	s.nothingRefused()
}

func TestAQuarterIsCorrectedWithAReason(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.quarter(&f, sourcing)
	s.freeze(&f)
	for n := range 10 { // entered late
		s.order(&f, sourcing, fmt.Sprint("46", n), civil.On(2027, 6, 1+n), 0)
	}
	card := s.command(mia, sourcing, "/factory score ningbo")
	expect(t, card, "Q2 2027: 3.4, grade B", "9 of 10 orders")
	s.press(mia, card, "Correct a quarter")
	v := s.modal(mia, "is recalculated from")
	s.enter(mia, v, fieldQuarter, "2027-Q2")
	s.enter(mia, v, fieldWhy, "Ten deliveries were entered late.")
	s.send(mia, v)
	expectForm(t, s.modal(mia, "Quarter corrected").Blocks, "Q2 2027: 3.8, grade B", "19 of 20 orders", "Version 2. Corrected because: Ten deliveries were entered late.")
	s.closeAll(mia)
	s.nothingRefused()
}

// Who corrects a quarter that counts a channel of others by now keeps the version that they may see, and
// the answer says so without saying what else there is.
func TestWhoMayNotSeeTheCorrectedQuarterKeepsTheOneBefore(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.quarter(&f, sourcing)
	s.freeze(&f)
	s.lot(&f, project, civil.On(2027, 4, 20), visit.Failed, 99) // Jonas is not in that channel
	s.press(jonas, s.command(jonas, sourcing, "/factory score ningbo"), "Correct a quarter")
	v := s.modal(jonas, "is recalculated from")
	s.enter(jonas, v, fieldQuarter, "2027-Q2")
	s.enter(jonas, v, fieldWhy, "An order was forgotten.")
	s.send(jonas, v)
	answer := s.modal(jonas, "Quarter corrected").Blocks
	expectForm(t, answer, "The quarter is recalculated and kept.", "Q2 2027: 3.4, grade B", "7 of 8 lots")
	s.closeAll(jonas)
	expect(t, s.command(jonas, sourcing, "/factory score ningbo"), "Q2 2027: 3.4, grade B", "7 of 8 lots")
	expect(t, s.command(mia, s.direct(mia), "/factory score ningbo"), "7 of 9 lots", "Version 2. Corrected because: An order was forgotten.")
	_, home := s.homeOf(jonas)
	if strings.Contains(home, "An order was forgotten") {
		t.Errorf("Jonas's Home has %s", home)
	}
	s.nothingRefused()
}

func TestTheNextVisitIsProposedAndPlannedOrPutOff(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.lot(&f, sourcing, civil.On(2027, 7, 5), visit.Failed, 9) // high: half a year after January
	card := s.command(mia, sourcing, "/factory score ningbo")
	expect(t, card, "Risk class: High", "The last lot was not accepted", "It was due by 12 July 2027: every 6 months", "Days on which the factory should run: Wed 11 August 2027; Wed 18 August 2027; Wed 25 August 2027")
	s.press(mia, card, "Plan a visit")
	form := s.modal(mia, "First day at the factory")
	if raw := string(must(json.Marshal(form.Blocks))); !strings.Contains(raw, `"initial_date":"2027-08-11"`) || !strings.Contains(raw, visited) {
		t.Errorf("the form begins with\n%s", raw)
	}
	s.closeAll(mia)
	s.press(mia, card, "No visit now")
	s.untilTold(mia, sourcing, "No visit to "+visited+" is proposed before 15 September 2027")
	after := s.command(mia, sourcing, "/factory score ningbo")
	expect(t, after, "Not proposed before 15 September 2027")
	if strings.Contains(says(after), "Plan a visit") {
		t.Error("it is proposed all the same")
	}
	s.nothingRefused()
}

func TestTheTableTurnsItsPages(t *testing.T) {
	t.Parallel()
	s, _ := scoring(t)
	for n := range 12 {
		f := must(s.bot.o.Store.AddFactory(t.Context(), visit.Factory{Workspace: s.TeamID(), Name: fmt.Sprintf("Works %02d", n)}, s.bot.o.Now()))
		s.order(&f, sourcing, "1", civil.On(2027, 5, 3), 0)
	}
	first := s.command(mia, sourcing, "/factory score")
	expect(t, first, visited, "Works 08")
	if strings.Contains(says(first), "Works 09") {
		t.Error("the first page has more than ten")
	}
	s.press(mia, first, "More factories")
	second := s.untilTold(mia, sourcing, "Works 11")
	if strings.Contains(says(second), "Works 08") {
		t.Errorf("the second page is\n%s", says(second))
	}
}

func TestGoldenScores(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.quarter(&f, sourcing)
	s.lot(&f, sourcing, civil.On(2027, 7, 5), visit.Failed, 0)
	s.freeze(&f)
	card := s.command(mia, sourcing, "/factory score ningbo")
	s.golden("scorecard", card)
	s.golden("scores", s.command(mia, sourcing, "/factory score"))
	s.goldenForm("delivery", s.delivers(mia))
	s.closeAll(mia)
	s.press(mia, card, "Set marks")
	s.goldenForm("score-marks", s.modal(mia, "Certificates needed"))
	s.closeAll(mia)
	s.press(mia, card, "List deliveries")
	s.golden("deliveries", s.untilTold(mia, sourcing, "Deliveries: "))
}

// dailyOfMia is what Mia reads in the daily message of a day; empty where none comes.
func (s *stage) dailyOfMia(day string) string { return s.dailyOf(mia, day) }

func (s *stage) dailyOf(who, day string) string {
	s.t.Helper()
	s.at(day + "T07:00:00Z")
	on := must(civil.Parse(day))
	if daily := must(s.bot.o.Store.Daily(context.Background(), s.TeamID(), who, s.bot.o.Now())); !daily.Comes(on, "Europe/Berlin", &s.bot.o.Timing) {
		return ""
	}
	o := visit.DailyOf(visit.Schedule{Workspace: s.TeamID(), Subject: visit.SubjectOf(visit.OfPerson, 0), Zone: "Europe/Berlin"}, on, s.bot.o.Now())
	o.To, o.Subject = who, visit.Subject("person/"+who)
	if d := s.posted(o); d.Outcome != visit.Delivered {
		return ""
	}
	return says(s.last(who, s.direct(who)))
}

// Around Spring Festival a class that somebody set is still when the next visit is due, and the message
// that says so has its buttons: Slack takes no row without any.
func TestAroundSpringFestivalTheDailyMessageComes(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at("2026-07-10T08:00:00Z")
	s.bot.o.Calendar = must(holiday.China())
	f := s.visitedOn(sourcing, civil.On(2026, 7, 1))
	for n := range 5 {
		s.lot(&f, sourcing, civil.On(2026, 11, 2+n), visit.Passed, 0)
	}
	done(t, s.bot.o.Store.AddMarks(t.Context(), []visit.FactoryMark{
		{Workspace: s.TeamID(), Factory: f.Number, Channel: sourcing, Kind: visit.MarkRisk, Name: string(visit.RiskHigh), Against: visit.RuleElse, By: mia},
	}, s.bot.o.Now()))
	s.bot.o.Store.ToldInDaily(t.Context(), must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), mia, s.bot.o.Now())).Asks, civil.On(2026, 7, 20))
	s.at("2027-01-18T07:00:00Z")
	got := s.dailyOfMia("2027-01-18")
	if !strings.Contains(got, "Visits to plan") || !strings.Contains(got, "every 6 months") || !strings.Contains(got, "Plan a visit") {
		t.Errorf("she reads %q", got)
	}
	s.nothingRefused()
}

// A daily message stands in no channel, so the form that it opens begins with that of the last visit.
func TestAVisitThatIsProposedBeginsInTheChannelOfTheLast(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.lot(&f, sourcing, civil.On(2027, 1, 18), visit.Failed, 9)
	s.bot.o.Store.ToldInDaily(t.Context(), must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), mia, s.bot.o.Now())).Asks, civil.On(2027, 1, 20))
	if got := s.dailyOfMia("2027-05-31"); !strings.Contains(got, "Plan a visit") {
		t.Fatalf("she reads %q", got)
	}
	form := s.opensForm(mia, s.last(mia, s.direct(mia)), "Plan a visit", "First day at the factory")
	if raw := string(must(json.Marshal(form.Blocks))); !strings.Contains(raw, `"initial_conversation":"`+sourcing+`"`) || !strings.Contains(raw, visited) {
		t.Errorf("the form begins with\n%s", raw)
	}
	s.closeAll(mia)

	// It is the last one that the person may know of, and one in which something can be planned.
	begins := func(who, want string) {
		t.Helper()
		if got := s.bot.visits.preparedIn(t.Context(), s.TeamID(), who, f.Number); got != want {
			t.Errorf("for %s it begins in %q, want %q", who, got, want)
		}
	}
	s.visitedOn(project, civil.On(2027, 4, 12)) // Mia is in both channels, Jonas in one
	begins(mia, project)
	begins(jonas, sourcing)
	done(t, s.ArchiveChannel(sourcing))
	s.settled()
	begins(jonas, "")
	s.nothingRefused()
}

func TestWhoPlannedTheLastVisitIsToldOfTheNextSixWeeksAhead(t *testing.T) {
	t.Parallel()
	s, f := scoring(t)
	s.lot(&f, sourcing, civil.On(2027, 1, 18), visit.Failed, 9) // high: by 12 July, proposed from 31 May on
	told := s.dailyOfMia
	s.bot.o.Store.ToldInDaily(t.Context(), must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), mia, s.bot.o.Now())).Asks, civil.On(2027, 1, 20)) // how it ended
	for _, tc := range []struct {
		day  string
		want bool
	}{{"2027-05-24", false}, {"2027-05-31", true}, {"2027-06-01", false}, {"2027-06-07", false}, {"2027-06-28", true}} {
		got := told(tc.day)
		if strings.Contains(got, "Visits to plan") != tc.want {
			t.Errorf("on %s she reads %q", tc.day, got)
		}
		if tc.want && !strings.Contains(got, "By 12 July 2027: every 6 months") {
			t.Errorf("on %s she reads %q", tc.day, got)
		}
	}
	// "No visit now" ends it.
	s.press(mia, s.last(mia, s.direct(mia)), "No visit now")
	s.untilSays(mia, s.direct(mia), "is proposed before 23 August 2027")
	if got := told("2027-07-26"); got != "" {
		t.Errorf("put off, she reads %q", got)
	}
	// A visit that is planned ends it, too.
	if got := told("2027-08-23"); !strings.Contains(got, "Visits to plan") {
		t.Errorf("when the pause is over she reads %q", got)
	}
	s.visitedOn(sourcing, civil.On(2027, 10, 18))
	if got := told("2027-09-20"); strings.Contains(got, "Visits to plan") {
		t.Errorf("with a visit planned she reads %q", got)
	}
}

// askedAlready notes what somebody was to be asked as told, so that their daily message has only proposals.
func (s *stage) askedAlready(who string, on civil.Date) {
	s.t.Helper()
	done(s.t, s.bot.o.Store.ToldInDaily(s.t.Context(), must(s.bot.o.Store.Daily(s.t.Context(), s.TeamID(), who, s.bot.o.Now())).Asks, on))
}

// A channel for each trip is one factory: the visit of the last trip counts, and "No visit now" puts off
// all of it. A visit that somebody may not see changes nothing of what is proposed to them.
func TestAVisitIsProposedOnceOfAllChannelsThatItsReaderIsIn(t *testing.T) {
	t.Parallel()
	s, f := scoring(t) // Mia was there on 11 January 2027, for sourcing
	for n := range 8 { // a lot in two months: medium
		s.lot(&f, sourcing, civil.On(2027, 7, 1).AddMonths(2*n), visit.Passed, 0)
	}
	const proposed = "2027-12-06" // a year later, six weeks before
	s.askedAlready(mia, civil.On(2027, 1, 20))
	if got := s.dailyOfMia(proposed); !strings.Contains(got, "By 12 January 2028: every 12 months") {
		t.Fatalf("with one visit she reads %q", got)
	}
	s.at("2027-12-07T08:00:00Z")
	s.visitedOn(project, civil.On(2027, 12, 13))
	s.askedAlready(mia, civil.On(2027, 12, 28))
	for _, day := range []string{"2028-01-03", "2028-01-31", "2028-02-28", "2028-10-10"} {
		if got := s.dailyOfMia(day); strings.Contains(got, "Visits to plan") {
			t.Errorf("after a later visit in another channel, on %s she reads %q", day, got)
		}
	}
	got := s.dailyOfMia("2028-11-06")
	if strings.Count(got, "every 12 months") != 2 || !strings.Contains(got, "By 14 December 2028") { // in the text and in the blocks
		t.Errorf("a year after the last visit she reads %q", got)
	}
	s.press(mia, s.last(mia, s.direct(mia)), "No visit now")
	s.untilSays(mia, s.direct(mia), "is proposed before 1 January 2029")
	if got := s.dailyOfMia("2028-12-04"); got != "" {
		t.Errorf("put off, she reads %q", got)
	}
	s.nothingRefused()
}

func TestAVisitThatAPersonMayNotSeeEndsNoProposalOfTheirs(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at("2027-02-01T08:00:00Z")
	s.bot.o.Calendar = must(holiday.China())
	v := visit.Visit{Purpose: "first_visit", First: civil.On(2027, 1, 11), Last: civil.On(2027, 1, 12)}
	v.Workspace, v.Owner, v.Factory, v.Place, v.ChannelZone = s.TeamID(), jonas, visit.Factory{Name: visited, City: "Ningbo"}, in(sourcing), "Europe/Berlin"
	f := must(s.bot.o.Store.PlanVisit(t.Context(), v, civil.On(2026, 12, 1).Start(time.UTC))).Factory
	for n := range 5 {
		s.lot(&f, sourcing, civil.On(2027, 9, 6+n), visit.Passed, 0)
	}
	s.askedAlready(jonas, civil.On(2027, 1, 20))
	want := s.dailyOf(jonas, "2027-12-06")
	if !strings.Contains(want, "By 12 January 2028: every 12 months") {
		t.Fatalf("Jonas reads %q", want)
	}
	s.at("2027-12-06T06:00:00Z")
	s.visitedOn(project, civil.On(2027, 11, 15)) // in a channel that Jonas is not in
	s.visitedOn(project, civil.On(2028, 1, 17))
	s.lot(&f, project, civil.On(2027, 11, 15), visit.Failed, 20)
	if got := s.dailyOf(jonas, "2027-12-06"); got != want {
		t.Errorf("Jonas reads\n%s\nand without what he may not see\n%s", got, want)
	}
}

// Whoever may not see the visit for which the message comes gets none.
func TestNoDailyMessageComesForAVisitThatItsReaderMayNotSee(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at("2027-02-01T08:00:00Z")
	v := visit.Visit{Purpose: "first_visit", First: civil.On(2027, 1, 11), Last: civil.On(2027, 1, 12)}
	v.Workspace, v.Owner, v.Factory, v.Place, v.ChannelZone = s.TeamID(), jonas, visit.Factory{Name: visited, City: "Ningbo"}, in(project), "Europe/Berlin"
	f := must(s.bot.o.Store.PlanVisit(t.Context(), v, civil.On(2026, 12, 1).Start(time.UTC))).Factory
	s.lot(&f, project, civil.On(2027, 3, 1), visit.Failed, 20)
	v.First, v.Last, v.Factory, v.Place = civil.On(2027, 7, 5), civil.On(2027, 7, 6), visit.Factory{Name: inspected, City: "Dongguan"}, in(sourcing)
	v.Items = visit.Checklist{{ID: 1, Milestone: -32, Text: "Book", Owner: jonas}} // soon due: a message that comes lists it
	must(s.bot.o.Store.PlanVisit(t.Context(), v, s.bot.o.Now()))
	s.askedAlready(jonas, civil.On(2027, 1, 20))
	if got := s.dailyOf(jonas, "2027-05-31"); got != "" {
		t.Errorf("Jonas reads %q", got)
	}
}

// TestADeliveryIsInAChannelOfOnesOwn: one that somebody is not in is not picked.
func TestADeliveryIsInAChannelOfOnesOwn(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.at(afterQ2)
	s.visitedOn(sourcing, civil.On(2027, 1, 11))
	v := s.delivers(jonas)
	for field, value := range map[string]string{fieldOrderNo: "4512", fieldConfirmed: "2027-05-03", fieldQuantity: "3000", fieldShipped: "2027-05-01", fieldSent: "3000", fieldChannel: project} {
		s.enter(jonas, v, field, value)
	}
	s.send(jonas, v)
	if errs := s.errorsIn(jonas); errs[fieldChannel] == "" || len(s.deliveries()) > 0 {
		t.Errorf("the form says %q, and there are %+v", errs, s.deliveries())
	}
}
