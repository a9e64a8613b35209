package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// faulty records a finding of Mia's visit in a channel, of a severity, of which 6 of 50 pieces
// were bad, with a photo.
func (s *stage) faulty(channel string, severity visit.Severity) visit.Finding {
	s.t.Helper()
	v := s.onVisit(channel)
	return s.logs(visit.Finding{
		Subject: v.Subject(), Kind: visit.OfProduct, Severity: severity, Text: "no corner guard", TextZH: "没有护角", Bad: 6, Checked: 50, ForFactory: true, By: mia, At: time.Now(),
	}, 1)
}

// action is the action of a finding as it stands.
func (s *stage) action(number int) visit.ActionOf {
	s.t.Helper()
	return must(s.bot.o.Store.Action(context.Background(), s.TeamID(), number))
}

// opensFinding shows somebody a finding by the list of its visit, and returns its card.
func (s *stage) opensFinding(who, channel string, number int) localslack.Message {
	s.t.Helper()
	m := s.command(who, channel, "/visit-prep findings 1")
	s.pick(who, m, "Open finding", s.headOf(number))
	return s.after(who, channel)
}

func (s *stage) headOf(number int) string {
	f := s.finding(number)
	return findingHead(s.bot.english, &f)
}

// takes opens the form of a step, by a button with the label or in the menu beside it.
func (s *stage) takes(who string, m localslack.Message, label string) localslack.View {
	s.t.Helper()
	s.closeAll(who)
	if strings.Contains(buttonsOf(m), "\n"+label+"\n") {
		s.press(who, m, label)
	} else {
		s.pick(who, m, "More steps", label)
	}
	s.settled()
	return s.top(who)
}

// buttonsOf are the labels of the buttons of a message, without what menus offer.
func buttonsOf(m localslack.Message) string {
	said := "\n"
	for _, raw := range m.Blocks {
		var b struct {
			Elements []struct {
				Type string
				Text json.RawMessage
			}
		}
		json.Unmarshal(raw, &b)
		for _, e := range b.Elements {
			var text struct{ Text string }
			if json.Unmarshal(e.Text, &text); e.Type == "button" {
				said += text.Text + "\n"
			}
		}
	}
	return said
}

// does takes a step with its fields, and returns what then stands on the card.
func (s *stage) does(who, channel string, number int, label string, fields map[string]string) localslack.Message {
	s.t.Helper()
	v := s.takes(who, s.opensFinding(who, channel, number), label)
	for field, value := range fields {
		switch field {
		case fieldProofs, fieldEnough, fieldShows:
			s.tick(who, v, field, strings.FieldsFunc(value, func(r rune) bool { return r == ',' })...)
		default:
			s.enter(who, v, field, value)
		}
	}
	s.send(who, v)
	if wrong := s.errorsIn(who); len(wrong) > 0 {
		s.t.Fatalf("%s: %v", label, wrong)
	}
	return s.after(who, channel)
}

// after is what stands on the card of a finding once a step, or a click, is done with.
func (s *stage) after(who, channel string) localslack.Message {
	s.t.Helper()
	s.settled()
	s.closeAll(who)
	for _, m := range slices.Backward(s.Messages(who, channel)) {
		if strings.Contains(says(m), "Action:") {
			return m
		}
	}
	s.t.Fatal("nothing shows an action")
	return localslack.Message{}
}

// workday is the first working day of a factory in China so many days ahead.
func (s *stage) workday(ahead int) string {
	return s.bot.o.Timing.Later(dayAhead(ahead), "Asia/Shanghai").String()
}

// TestTheWayOfAFinding: from open to verified by way of a proof that was not enough, and open
// again when the fault is back. Each step shows on the card of who takes it.
func TestTheWayOfAFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := must(s.bot.o.Store.Visit(t.Context(), s.TeamID(), s.faulty(sourcing, visit.Major).Subject.Number()))
	m := s.opensFinding(mia, sourcing, 1)
	expect(t, m, "Action: Open", "Log answer", "More steps", "Log containment", "Change due day")
	if buttons := buttonsOf(m); strings.Contains(buttons, "Agree on action") || strings.Contains(buttons, "Verify finding") {
		t.Errorf("an open finding offers%s", buttons)
	}

	m = s.does(mia, sourcing, 1, "Log answer", map[string]string{fieldProposal: "A stop at the conveyor", fieldCause: "Nobody checked", fieldSaidBy: "Mr Wang"})
	expect(t, m, "Action: Proposed", "They will: A stop at the conveyor (says Mr Wang)", "Cause, as they see it: Nobody checked", "Agree on action", "Ask again", "answer logged by <@"+mia+">")
	if strings.Contains(says(m), "Undo finding") {
		t.Error("a finding with an answer can be undone")
	}

	form := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Agree on action")
	expectForm(t, form.Blocks, "Next lot: check at least 24 pieces", "Needed in any case: Next lot; one more proof")
	due := s.workday(30)
	s.enter(mia, form, fieldDue, due)
	s.enter(mia, form, fieldReviewer, jonas)
	s.send(mia, form)
	m = s.after(mia, sourcing)
	expect(t, m, "Action: Agreed, due "+blocks.FullDay(s.bot.english, must(civil.Parse(due))), "Reviewer: <@"+jonas+">", "Log as done", "Still to be shown: Next lot; Photo of the change", "check at least 24 pieces")
	s.until("the list under the card has it", func() bool {
		text, _ := s.thread(sourcing, v.Card)
		return strings.Contains(text, "Agreed, due")
	})

	// The proof is a photo: it stands beside that of the fault.
	form = s.takes(mia, s.opensFinding(mia, sourcing, 1), "Log as done")
	s.attach(mia, form, s.uploaded(mia, 1)...)
	s.enter(mia, form, fieldStepText, "Stop at the conveyor")
	s.send(mia, form)
	m = s.after(mia, sourcing)
	expect(t, m, "Action: Waits for the next lot", "*Before*\n6 of 50\nPhoto 1", "*After*\nPhoto of the change", "Photo 2", "Stop at the conveyor", "Log next lot", "Not enough")
	if strings.Contains(buttonsOf(m), "Verify finding") {
		t.Error("Mia may verify, though Jonas reviews")
	}
	page := says(s.command(mia, sourcing, "/factory "+v.Factory.Name))
	pdf := strings.Join(strings.Fields(pdfText(t, s.sentFile(mia, actYearPage, factorySubject(v.Factory.Number)).Content)), " ")
	for where, text := range map[string]string{"its page": page, "its year": pdf} { // one action stands alike wherever it is listed
		if !strings.Contains(text, "Waits for the") || strings.Contains(text, "says the factory") || strings.Contains(text, "(due ") {
			_, from, _ := strings.Cut(text, "no corner guard")
			t.Errorf("of the factory %s says %.200s", where, from)
		}
	}
	if f := s.finding(1); len(f.Photos) != 2 {
		t.Errorf("it has %d photos", len(f.Photos))
	}

	m = s.does(jonas, sourcing, 1, "Not enough", map[string]string{fieldLacks: "照片上看不到护角", fieldDue: s.workday(40)})
	expect(t, m, "Action: Agreed", "Still open because: 照片上看不到护角", "Not enough so far: 1", "(does not count any more)", "Log as done")

	form = s.takes(mia, s.opensFinding(mia, sourcing, 1), "Log as done")
	s.attach(mia, form, s.uploaded(mia, 1)...)
	s.tick(mia, form, fieldProofs, string(visit.ProofInstruction))
	s.enter(mia, form, fieldStepText, "Instruction, revision 5")
	s.send(mia, form)
	s.after(mia, sourcing)

	// Without the next lot it is not verified.
	form = s.takes(jonas, s.opensFinding(jonas, sourcing, 1), "Verify finding")
	expectForm(t, form.Blocks, "Still to be shown: Next lot")
	s.send(jonas, form)
	if got := s.errorsIn(jonas)[fieldProofs]; !strings.Contains(got, "proofs are missing") {
		t.Errorf("without the next lot: %v", s.errorsIn(jonas))
	}
	form = s.takes(jonas, s.opensFinding(jonas, sourcing, 1), "Log next lot")
	expectForm(t, form.Blocks, "Next lot: check at least 24 pieces")
	s.enter(jonas, form, fieldLot, "Order 4588")
	s.enter(jonas, form, fieldChecked, "0/20")
	s.send(jonas, form)
	if got := s.errorsIn(jonas)[fieldChecked]; !strings.Contains(got, "at least 24 pieces") {
		t.Errorf("of too few: %v", s.errorsIn(jonas))
	}
	s.enter(jonas, form, fieldChecked, "0/50")
	s.send(jonas, form)
	m = s.after(jonas, sourcing)
	expect(t, m, "Done, says the factory", "Later lots: not seen again in 50 pieces", "Next lot: Order 4588 · ", "Verify finding")
	m = s.does(jonas, sourcing, 1, "Verify finding", map[string]string{fieldStepText: "Looked at 50 cartons"})
	expect(t, m, "Action: Verified on", "Reopen finding", "verified by <@"+jonas+">")
	if a := s.action(1); a.Action.State != visit.ActionVerified || a.Action.NotIndependent {
		t.Errorf("it is %+v", a.Action.ActionFacts)
	}

	m = s.does(mia, sourcing, 1, "Reopen finding", map[string]string{fieldWhy: "3 of 80 in the lot of May", fieldDue: s.workday(20)})
	expect(t, m, "Action: Agreed", "Still open because: 3 of 80 in the lot of May", "Log as done")
	s.nothingRefusedBut("files.info") // of photos that were never in Slack
}

// TestStepsBesideTheUsualOnes: what becomes of the lot, the reviewer, the day, undo, and the
// two ends without proof.
func TestStepsBesideTheUsualOnes(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Critical)
	s.logs(visit.Finding{Subject: "visit/1", Kind: visit.OfProduct, Severity: visit.Minor, Text: "crooked label", By: mia, At: time.Now()}, 0)

	m := s.opensFinding(mia, sourcing, 1)
	if buttons := buttonsOf(m); !strings.Contains(buttons, "Log containment") || strings.Contains(says(m), "Accept as is") {
		t.Errorf("a critical finding offers %s", says(m))
	}
	expect(t, m, "This lot: ask them to stop it; to be known by")
	m = s.does(mia, sourcing, 1, "Log containment", map[string]string{fieldWhat: "All 300 cartons are sorted", fieldSaidBy: "Mr Wang"})
	expect(t, m, "This lot: All 300 cartons are sorted (says Mr Wang)", "containment logged")
	m = s.does(mia, sourcing, 1, "Undo last step", nil)
	expect(t, m, "This lot: ask them to stop it", "last step undone")
	m = s.does(mia, sourcing, 1, "Change due day", map[string]string{fieldDue: s.workday(5)})
	expect(t, m, "Action: Open, due", "due day changed")
	m = s.does(mia, sourcing, 1, "Change reviewer", map[string]string{fieldReviewer: jonas})
	expect(t, m, "Reviewer: <@"+jonas+">")

	// The menu of a minor one, and who may close it without proof.
	m = s.opensFinding(jonas, sourcing, 2)
	if strings.Contains(says(m), "Accept as is") {
		t.Error("Jonas may accept what is Mia's")
	}
	m = s.does(mia, sourcing, 2, "Accept as is", map[string]string{fieldWhy: "Nobody sees it"})
	expect(t, m, "Action: Accepted as is", "Why: Nobody sees it")
	m = s.does(mia, sourcing, 2, "Undo last step", nil)
	v := s.takes(mia, m, "Withdraw finding")
	for typed, want := range map[string]string{"": "", "x": "such as 31", "2": "another finding", "77": "There is no finding 77 here"} {
		s.enter(mia, v, fieldSame, typed)
		s.send(mia, v)
		if got := s.errorsIn(mia)[fieldSame]; !strings.Contains(got, want) || typed == "" && s.errorsIn(mia)[fieldWhy] == "" {
			t.Errorf("the same as %q: %v", typed, s.errorsIn(mia))
		}
	}
	s.enter(mia, v, fieldSame, "#1")
	s.send(mia, v)
	expect(t, s.after(mia, sourcing), "Withdrawn: same as finding 1")
	s.nothingRefused()
}

// TestMistakesOfSteps stand beside their fields, and what was typed is there again.
func TestMistakesOfSteps(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	f := s.faulty(sourcing, visit.Major)
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 1, time.Now(), func(f *visit.Finding) error { f.At = time.Now().AddDate(0, 0, -3); return nil }))
	at := func(label string, fields map[string]string, field, want string) {
		t.Helper()
		v := s.takes(mia, s.opensFinding(mia, sourcing, 1), label)
		for field, value := range fields {
			s.enter(mia, v, field, value)
		}
		s.send(mia, v)
		if got := s.errorsIn(mia)[field]; !strings.Contains(got, want) {
			t.Errorf("%s with %v: %v, want %q at %s", label, fields, s.errorsIn(mia), want, field)
		}
	}
	at("Log answer", map[string]string{fieldProposal: "…", fieldCause: " ", fieldSaidBy: "Mr Wang"}, fieldCause, "")
	at("Log answer", map[string]string{fieldProposal: "A stop", fieldCause: "Haste"}, fieldSaidBy, "Please complete this required field.")
	at("Log containment", nil, fieldWhat, "Please complete this required field.")
	at("Change due day", map[string]string{fieldDue: inDays(-1)}, fieldDue, "That day has passed")
	s.does(mia, sourcing, 1, "Log answer", map[string]string{fieldProposal: "A stop", fieldCause: "Haste", fieldSaidBy: "Mr Wang"})
	at("Ask again", map[string]string{fieldLacks: "what?", fieldDue: inDays(-2)}, fieldDue, "That day has passed")
	v := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Ask again")
	expectForm(t, v.Blocks, "Filled in with what you entered last time.")
	at("Agree on action", map[string]string{fieldReviewer: liwei}, fieldReviewer, "is not a colleague here")
	at("Agree on action", map[string]string{fieldReviewer: mia, fieldDue: inDays(-1)}, fieldDue, "That day has passed")
	v = s.takes(mia, s.opensFinding(mia, sourcing, 1), "Agree on action")
	s.tick(mia, v, fieldProofs)
	s.enter(mia, v, fieldDue, s.workday(9))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldProofs]; got == "" {
		t.Errorf("without a proof: %v", s.errorsIn(mia))
	}
	s.tick(mia, v, fieldProofs, string(visit.ProofTest))
	s.send(mia, v)
	if a := s.action(1); a.Action.State != visit.ActionAgreed || !slices.Equal(a.Action.Wanted, []visit.ProofKind{visit.ProofTest}) {
		t.Fatalf("it is %+v", a.Action.ActionFacts)
	}
	at("Log as done", nil, fieldProofs, "Please add at least one proof.")
	at("Log as done", map[string]string{fieldDay: inDays(3)}, fieldDay, "still to come")
	at("Log as done", map[string]string{fieldDay: inDays(-9)}, fieldDay, "before the finding")
	v = s.takes(mia, s.opensFinding(mia, sourcing, 1), "Log as done")
	s.enter(mia, v, fieldDay, inDays(0))
	s.tick(mia, v, fieldProofs, string(visit.ProofTest))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldProofs]; !strings.Contains(got, "what the proof shows") {
		t.Errorf("a test without its data: %v", s.errorsIn(mia))
	}
	s.tick(mia, v, fieldShows, f.Photos[0].FileID)
	s.enter(mia, v, fieldStepText, "32 N")
	s.send(mia, v)
	if a := s.action(1); a.Action.State != visit.ActionDone || len(a.Action.Proofs) != 2 || a.Action.Proofs[0].Kind != visit.ProofPhoto {
		t.Fatalf("it is %+v, %v", a.Action.ActionFacts, s.errorsIn(mia))
	}
	for typed, want := range map[string]string{"50": "0/50", "7/5": "cannot be", "0/0": "0/50", "many": "0/50", "0/5": "at least 24"} {
		at("Log next lot", map[string]string{fieldLot: "4588", fieldChecked: typed}, fieldChecked, strings.ReplaceAll(want, "0/50", "6/50"))
	}
	at("Log next lot", map[string]string{fieldLot: "inspection 9", fieldChecked: "0/50"}, fieldLot, "I can't find that inspection")
	at("Log next lot", map[string]string{fieldLot: "4588", fieldChecked: "0/50", fieldLotSize: "many"}, fieldLotSize, "as a number")
	s.nothingRefused()
}

// TestADueDayOnWhichTheFactoryIsClosed is asked about with its next working day, and either is
// taken once.
func TestADueDayOnWhichTheFactoryIsClosed(t *testing.T) {
	t.Parallel()
	for _, instead := range []bool{true, false} {
		t.Run(fmt.Sprint(instead), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.faulty(sourcing, visit.Minor)
			day := dayAhead(10)
			for day.Weekday() != time.Saturday {
				day = day.AddDays(1)
			}
			v := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Change due day")
			s.enter(mia, v, fieldDue, day.String())
			s.enter(mia, v, fieldStepText, "Told on the phone")
			s.send(mia, v)
			v = s.modal(mia, "The factory is expected to be closed on "+blocks.OnDay(s.bot.english, day))
			if a := s.action(1); a.Action.Rev != 0 {
				t.Fatal("it was saved before it was asked about")
			}
			label, want := "Keep "+blocks.FullDay(s.bot.english, day), day
			if instead {
				want = day.AddDays(2)
				label = "Take " + blocks.FullDay(s.bot.english, want)
			}
			press := s.find(v.Blocks, label, "")
			press.View = v.ID
			done(t, s.Act(mia, press))
			s.Act(mia, press) // the page may have been replaced already
			s.settled()
			a := s.action(1)
			if a.Action.Due != want || len(a.Action.Steps) != 1 || a.Action.Steps[0].Text != "Told on the phone" {
				t.Errorf("it is due %s, %+v", a.Action.Due, a.Action.Steps)
			}
			s.modal(mia, "Open, due "+blocks.FullDay(s.bot.english, want))
			s.nothingRefused()
		})
	}
}

// TestAStepIsTakenOnce: sent twice, or by two people, it is one.
func TestAStepIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Minor)
	of := func(who string) localslack.View {
		v := s.takes(who, s.opensFinding(who, sourcing, 1), "Log answer")
		s.enter(who, v, fieldProposal, "A stop")
		s.enter(who, v, fieldSaidBy, "Mr Wang")
		return v
	}
	hers, his := of(mia), of(jonas)
	s.DropAcks(1)
	s.Submit(mia, hers.ID)
	s.settled()
	s.Submit(mia, hers.ID)
	s.settled()
	if wrong := s.errorsIn(mia); len(wrong) > 0 {
		t.Errorf("sent again it says %v", wrong)
	}
	s.send(jonas, his)
	if got := fmt.Sprint(s.errorsIn(jonas)); !strings.Contains(got, "has changed since you saw it") {
		t.Errorf("Jonas reads %s", got)
	}
	if a := s.action(1); len(a.Action.Steps) != 1 || a.Action.Steps[0].By != mia {
		t.Errorf("it is %+v", a.Action.Steps)
	}
	s.closeAll(jonas)
	old := s.opensFinding(jonas, sourcing, 1)
	s.does(mia, sourcing, 1, "Agree on action", map[string]string{fieldDue: s.workday(9), fieldReviewer: mia})
	s.press(jonas, old, "Agree on action")
	s.modal(jonas, "That step does not fit any more")
}

// TestAnActionIsForThoseWhoMaySeeItsFinding: no control of it shows or changes anything for
// somebody else, whatever number it carries.
func TestAnActionIsForThoseWhoMaySeeItsFinding(t *testing.T) {
	t.Parallel()
	for verb, about := range map[blocks.ActionID]blocks.Subject{actStep: "finding/1:answer", actWeChat: "finding/1:remind"} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			s.faulty(project, visit.Major)
			dm := s.direct(jonas)
			m := blocks.Said("Here")
			m.Add(blocks.Actions(blocks.Button(verb, about, "Use it")))
			done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", m))
			s.press(jonas, s.last(jonas, dm), "Use it")
			s.settled()
			read := says(s.last(jonas, dm))
			for _, v := range s.Modals(jonas) {
				read += blockText(v.Blocks)
			}
			if !strings.Contains(read, notYours) || strings.Contains(read, "corner") || strings.Contains(read, "护角") {
				t.Errorf("Jonas reads\n%s", read)
			}
		})
	}
}

// TestAStepIsCheckedWhenItIsSent: who has left the channel meanwhile takes none.
func TestAStepIsCheckedWhenItIsSent(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.faulty(project, visit.Minor)
	v := s.takes(mia, s.opensFinding(mia, project, 1), "Log answer")
	s.enter(mia, v, fieldProposal, "A stop")
	s.enter(mia, v, fieldSaidBy, "Mr Wang")
	done(t, s.Leave(mia, project))
	s.settled()
	s.bot.directory.forget(s.TeamID())
	s.send(mia, v)
	s.settled()
	if a := s.action(1); a.Action.Rev != 0 {
		t.Errorf("it is %+v", a.Action.ActionFacts)
	}
}

// TestAReviewerMayReadWhatTheyVerify.
func TestAReviewerMayReadWhatTheyVerify(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.faulty(project, visit.Minor)
	v := s.takes(mia, s.opensFinding(mia, project, 1), "Change reviewer")
	s.enter(mia, v, fieldReviewer, jonas)
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldReviewer]; !strings.Contains(got, "not in the channel") {
		t.Errorf("Jonas as a reviewer: %v", s.errorsIn(mia))
	}
}

// TestTheCheckOfANextLot of an inspection takes the sample that it had; with the fault in it the
// finding is open again.
func TestTheCheckOfANextLot(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.faulty(sourcing, visit.Major)
	at := s.finding(1).Factory
	inspect := func(channel, factory string, day civil.Date) int {
		const pieces = 125
		i := visit.Inspection{Type: "pre_shipment", Due: day}
		i.Workspace, i.Owner, i.Factory, i.Place = s.TeamID(), mia, visit.Factory{Name: factory}, in(channel)
		i = must(s.bot.o.Store.AddInspection(t.Context(), i, time.Now()))
		s.changeInspection(i, func(i *visit.Inspection) {
			i.Lot = visit.Lot{Size: 3000, Level: "II", Classes: []visit.LotClass{{Class: visit.Critical, N: pieces, Re: 1}, {Class: visit.Major, AQL: "2.5", Letter: "K", N: pieces, Ac: 7, Re: 8}}}
		})
		return i.Number
	}
	ours, other, hidden := inspect(sourcing, at, dayAhead(1)), inspect(sourcing, "Other Works", dayAhead(1)), inspect(project, at, dayAhead(1))
	early := inspect(sourcing, at, dayAhead(-1)) // the factory says today that it is done
	s.does(jonas, sourcing, 1, "Log answer", map[string]string{fieldProposal: "We will train the workers", fieldCause: "Haste", fieldSaidBy: "Mr Wang"})
	s.does(jonas, sourcing, 1, "Agree on action", map[string]string{fieldDue: s.workday(9), fieldReviewer: mia})
	s.does(jonas, sourcing, 1, "Log as done", map[string]string{fieldProofs: string(visit.ProofTraining), fieldStepText: "List of 12"})
	for number, want := range map[int]string{other: "I can't find that inspection", hidden: "I can't find that inspection", early: "Please give a lot that was made after the change."} {
		v := s.takes(jonas, s.opensFinding(jonas, sourcing, 1), "Log next lot")
		s.enter(jonas, v, fieldLot, fmt.Sprintf("inspection %d", number))
		s.enter(jonas, v, fieldChecked, "0/125")
		s.send(jonas, v)
		if got := s.errorsIn(jonas)[fieldLot]; !strings.Contains(got, want) {
			t.Errorf("inspection %d: %v", number, s.errorsIn(jonas))
		}
	}
	v := s.takes(jonas, s.opensFinding(jonas, sourcing, 1), "Log next lot")
	s.enter(jonas, v, fieldLot, fmt.Sprintf("Inspection #%d", ours))
	s.enter(jonas, v, fieldChecked, "0/50")
	s.send(jonas, v)
	if got := s.errorsIn(jonas)[fieldChecked]; !strings.Contains(got, "at least 125 pieces") {
		t.Errorf("less than the sample: %v", s.errorsIn(jonas))
	}
	s.enter(jonas, v, fieldLotSize, "100")
	s.enter(jonas, v, fieldChecked, "0/125")
	s.send(jonas, v)
	if got := s.errorsIn(jonas)[fieldChecked]; !strings.Contains(got, "125 pieces of a lot of 100 cannot be") {
		t.Errorf("more than the lot has: %v", s.errorsIn(jonas))
	}
	s.enter(jonas, v, fieldLotSize, "3000")
	s.enter(jonas, v, fieldChecked, "3/125")
	s.send(jonas, v)
	s.modal(jonas, "The fault is there again")
	if a := s.action(1); a.Action.State != visit.ActionAgreed || a.Action.Rejected != 1 || a.Action.Proofs[1].Lot.Subject != visit.SubjectOf(visit.OfInspection, ours) {
		t.Errorf("it is %+v", a.Action.ActionFacts)
	}
	s.nothingRefused()
}

// TestTrainingAloneGetsAHint, and is logged all the same.
func TestTrainingAloneGetsAHint(t *testing.T) {
	t.Parallel()
	for proposal, hinted := range map[string]bool{
		"We will train the worker again": true, "加强培训": true, "Operators will be more careful": true,
		"We train the workers and add a sensor": false, "A stop at the conveyor": false, "培训并增加治具": false, "The trainee has left": false,
	} {
		if got := training.MatchString(proposal) && !process.MatchString(proposal); got != hinted {
			t.Errorf("%q: a hint %v, want %v", proposal, got, hinted)
		}
	}
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Minor)
	v := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Log answer")
	s.enter(mia, v, fieldProposal, "We will train the worker again")
	s.enter(mia, v, fieldSaidBy, "Mr Wang")
	s.send(mia, v)
	s.modal(mia, "what in the process keeps it from coming back")
}

// textsOf are the texts of the messages at the end of a conversation.
func textsOf(ms []localslack.Message, n int) (texts []string) {
	for _, m := range ms[max(0, len(ms)-n):] {
		texts = append(texts, m.Text)
	}
	return texts
}

// TestTheTextForWeChat is nothing but the text, in each language, for who clicked alone; of what
// is only for us there is none.
func TestTheTextForWeChat(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Major)
	s.logs(visit.Finding{Subject: "visit/1", Kind: visit.OfProduct, Severity: visit.Minor, Text: "their secret", By: mia, At: time.Now()}, 0)
	s.does(mia, sourcing, 1, "Log answer", map[string]string{fieldProposal: "A <stop> & more", fieldCause: "Haste", fieldSaidBy: "王总"})
	v := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Ask again")
	s.enter(mia, v, fieldLacks, "工序上怎样防止再次漏装？")
	s.enter(mia, v, fieldDue, s.workday(0))
	s.send(mia, v)
	s.pressIn(mia, s.top(mia), "Text for WeChat", "")
	s.modal(mia, "It stands in our direct message")
	s.closeAll(mia)
	got := textsOf(s.Messages(mia, s.direct(mia)), 2)
	if !slices.Equal(got, []string{"谢谢您的回复。麻烦再补充一点：工序上怎样防止再次漏装？", "Thank you for your answer. May I ask for one more thing: 工序上怎样防止再次漏装？"}) {
		t.Errorf("the text is %q", got)
	}
	for _, m := range s.Messages(mia, s.direct(mia))[len(s.Messages(mia, s.direct(mia)))-2:] {
		if len(m.Blocks) > 0 {
			t.Errorf("the text comes with %s", blockText(m.Blocks))
		}
	}
	s.clicks(mia, actWeChat, "finding/1:remind")
	s.settled()
	zh := textsOf(s.Messages(mia, s.direct(mia)), 2)[0]
	if !strings.HasPrefix(zh, "王总，您好！关于") || !strings.Contains(zh, "发现的问题（没有护角）") {
		t.Errorf("the reminder is %q", zh)
	}
	s.clicks(mia, actWeChat, "finding/2:remind")
	m := s.untilSays(mia, s.direct(mia), "is only for us")
	if strings.Contains(says(m), "secret") {
		t.Errorf("she reads %s", says(m))
	}
	s.nothingRefused()
}

// TestATextForWeChatSaysNoMoreThanIsSo: before any letter the factory has neither a number nor a day from us, it
// is asked what becomes of a lot while that is open, and what was agreed is to be done by its day, not answered.
func TestATextForWeChatSaysNoMoreThanIsSo(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Critical)
	texts := func(about blocks.Subject) (zh, en string) {
		t.Helper()
		s.clicks(mia, actWeChat, about)
		s.settled()
		got := textsOf(s.Messages(mia, s.direct(mia)), 2)
		return got[0], got[1]
	}
	zh, en := texts("finding/1:remind")
	if !strings.Contains(en, "about what we found on ") || !strings.Contains(en, "what you plan to do with this lot") || strings.Contains(en, "planned for") || strings.Contains(en, "point ") {
		t.Errorf("of a critical finding nobody has written of: %s", en)
	}
	if !strings.Contains(zh, "发现的问题") || !strings.Contains(zh, "这批货您打算怎么处理") || strings.Contains(zh, "原定") || strings.Contains(zh, "第1项") {
		t.Errorf("of a critical finding nobody has written of: %s", zh)
	}

	now := s.bot.o.Now()
	doer := visit.Doer{By: mia, Lead: mia, Now: now, Today: dayAhead(0)}
	stood := s.action(1)
	old := weChatSubject(&stood, textReminder)
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 1, now, func(f *visit.Finding, a *visit.Action) error {
		return a.Contain(f, visit.Containment{What: "Sorted and reworked"}, doer)
	}))
	if read := s.reads(mia, func() { s.clicks(mia, actWeChat, old); s.settled() }); !strings.Contains(read, "Finding 1 has changed since then") {
		t.Errorf("a button from when the lot was asked about gives\n%s", read)
	}
	if _, en = texts("finding/1:remind"); strings.Contains(en, "this lot") {
		t.Errorf("what becomes of the lot is known, and it is asked: %s", en)
	}

	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 1, now, func(f *visit.Finding, a *visit.Action) error {
		if err := a.LogAnswer(f, visit.Answer{Proposal: "A stop", Cause: "Haste", SaidBy: "王总"}, doer); err != nil {
			return err
		}
		return a.Agree(f, visit.Agreed{Due: dayAhead(9), Reviewer: mia, Proofs: []visit.ProofKind{visit.ProofOnSite, visit.ProofPhoto}}, doer)
	}))
	if zh, en = texts("finding/1:remind"); !strings.Contains(en, "we agreed that the change will be in place by ") || !strings.Contains(zh, "前完成") || strings.Contains(zh, "回复") {
		t.Errorf("of what was agreed:\n%s\n%s", zh, en)
	}
}

// TestActionsOverSeveralVisits: a list with what is mine, what is late and what is of one
// factory; nothing of a private channel elsewhere; and a line on Home.
func TestActionsOverSeveralVisits(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.faulty(sourcing, visit.Major)
	s.logs(visit.Finding{Subject: "visit/1", Kind: visit.OfProduct, Severity: visit.Minor, Text: "crooked label", By: jonas, At: time.Now()}, 0)
	s.logs(visit.Finding{Subject: "visit/1", Kind: visit.Idea, Text: "a lamp", By: jonas, At: time.Now()}, 0)
	hidden := s.visitIn(project)
	s.logs(visit.Finding{Subject: hidden.Subject(), Kind: visit.OfProduct, Severity: visit.Critical, Text: "hidden burrs", By: mia, At: time.Now()}, 0)
	far := s.inFactory(visit.Factory{Name: "Foshan Ceramics", City: "Foshan"}, sourcing)
	s.logs(visit.Finding{Subject: "visit/3", Kind: visit.OfProduct, Severity: visit.Major, Text: "cracked tiles", By: mia, At: time.Now()}, 0)
	s.does(mia, sourcing, 1, "Change reviewer", map[string]string{fieldReviewer: jonas})
	s.does(mia, sourcing, 1, "Change due day", map[string]string{fieldDue: s.workday(1)})
	s.inFactory(visit.Factory{Name: "Secret Works"}, project)
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 4, time.Now(), func(f *visit.Finding, a *visit.Action) error {
		return a.SetDue(f, dayAhead(1), "", visit.Doer{By: mia, Lead: mia, Now: time.Now(), Today: dayAhead(0)})
	}))
	s.goBy(func() time.Time { return time.Now().AddDate(0, 0, 9) })

	m := s.command(mia, sourcing, "/factory actions")
	expect(t, m, "Corrective actions (3)", "no corner guard", "Open, was due", "crooked label", "cracked tiles", far.Name, "Overdue", "All that are open")
	for _, no := range []string{"hidden burrs", "a lamp"} {
		if strings.Contains(says(m), no) {
			t.Errorf("the list has %q:\n%s", no, says(m))
		}
	}
	expect(t, s.command(mia, project, "/factory actions"), "Corrective actions (4)", "hidden burrs")
	if m := s.command(jonas, s.direct(jonas), "/factory actions"); strings.Contains(says(m), "hidden burrs") {
		t.Errorf("Jonas reads\n%s", says(m))
	}
	if m := s.command(mia, sourcing, "/factory actions foshan"); strings.Contains(says(m), "no corner guard") || !strings.Contains(says(m), "cracked tiles") {
		t.Errorf("of Foshan are\n%s", says(m))
	}
	expect(t, s.command(mia, s.direct(mia), "/factory actions secret"), "Corrective actions (0)")
	expect(t, s.command(jonas, s.direct(jonas), "/factory actions secret"), "I can't tell which factory you mean.")
	s.pick(jonas, s.command(jonas, sourcing, "/factory actions"), "Show", "Those that I follow")
	s.settled()
	if m := s.last(jonas, sourcing); !strings.Contains(says(m), "Corrective actions (1)") || !strings.Contains(says(m), "no corner guard") {
		t.Errorf("Jonas follows\n%s", says(m))
	}
	s.pick(mia, s.command(mia, sourcing, "/factory actions"), "Show", "Overdue")
	s.settled()
	m = s.last(mia, sourcing)
	if !strings.Contains(says(m), "Corrective actions (1)") {
		t.Errorf("late are\n%s", says(m))
	}
	s.pick(mia, m, "Open finding", s.headOf(1))
	expect(t, s.untilSays(mia, sourcing, "due day changed"), "Action: Open, was due")
	expect(t, s.command(mia, sourcing, "/visit-prep findings 1"), "crooked label", "Open, was due")
	for who, words := range map[string]string{jonas: "1 corrective action is overdue, since", mia: "2 corrective actions are overdue, the first since"} {
		done(t, s.bot.live.openHome(t.Context(), s.TeamID(), who))
		home, _ := s.Home(who)
		if text := blockText(home.Blocks); !strings.Contains(text, words) {
			t.Errorf("Home says to %s\n%s", who, text)
		}
	}
	if m := s.command(mia, sourcing, "/visit-prep capa"); strings.Contains(says(m), "no corner guard") {
		t.Errorf("a topic answers with the list\n%s", says(m))
	}
	s.nothingRefused()
}

// remindsOfActions sends the first reminder of actions that is still to come, by the clock of
// its hour.
func (s *stage) remindsOfActions(of visit.Subject, to string) (visit.Occurrence, visit.Delivery) {
	s.t.Helper()
	for _, o := range s.pending(of) {
		if isOfActions(o.Kind) && o.To == to {
			s.goBy(func() time.Time { return o.Due })
			return o, s.posted(o)
		}
	}
	s.t.Fatalf("no reminder of actions to %s", to)
	return visit.Occurrence{}, visit.Delivery{}
}

// TestAReminderOfActions: one message a day in the thread with all that is due, for the
// reviewer, with a text for WeChat; none where all is settled.
func TestAReminderOfActions(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := must(s.bot.o.Store.Visit(t.Context(), s.TeamID(), s.faulty(sourcing, visit.Major).Subject.Number()))
	s.logs(visit.Finding{Subject: "visit/1", Kind: visit.OfProduct, Severity: visit.Minor, Text: "crooked label", ForFactory: true, By: mia, At: time.Now()}, 0)
	day := s.workday(20)
	for _, n := range []int{1, 2} {
		s.does(mia, sourcing, n, "Change due day", map[string]string{fieldDue: day})
	}
	s.does(mia, sourcing, 1, "Change reviewer", map[string]string{fieldReviewer: jonas})
	o, d := s.remindsOfActions(v.Subject(), sourcing)
	if d.Outcome != visit.Delivered {
		t.Fatalf("not sent: %+v", d)
	}
	m := s.card(sourcing, d.TS)
	if m.ThreadTS != v.Card {
		t.Errorf("it stands under %q", m.ThreadTS)
	}
	expect(t, m, "corrective actions", "For <@"+jonas+">, <@"+mia+">", "no corner guard", "crooked label", "Open, due", "Text for WeChat", "Open finding", "Fewer of these")
	if found := s.bot.reminders.Find(t.Context(), posted2(o)); found.Outcome != visit.Delivered || found.TS != d.TS {
		t.Errorf("looked for it is %+v", found)
	}
	s.press(jonas, m, "Text for WeChat")
	s.settled()
	if n := s.count(mia, sourcing, "everyone"); n != 0 {
		t.Errorf("Mia reads the text, too")
	}
	s.untilTold(jonas, sourcing, "Hello everyone, about what we found on ")
	s.pick(jonas, m, "Open finding", s.headOf(1))
	s.untilSays(jonas, sourcing, "reviewer changed")

	// What is settled is not told.
	for _, n := range []int{1, 2} {
		must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), n, s.bot.o.Now(), func(f *visit.Finding, a *visit.Action) error {
			return a.Accept(f, "seen", visit.Doer{By: mia, Lead: mia, Now: s.bot.o.Now(), Today: dayAhead(0)})
		}))
	}
	if d := s.posted(o); d.Outcome != visit.NothingSaid {
		t.Errorf("of what is settled: %+v", d)
	}
	s.nothingRefused()
}

// posted2 is an occurrence whose sending was begun just now.
func posted2(o visit.Occurrence) visit.Occurrence { o.Posted = time.Now(); return o }

// TestAReminderOfActionsStaysWithUs: where another company reads, it goes to the reviewer
// directly, and what is late to whoever planned the visit, with what helps where reminders do
// not.
func TestAReminderOfActionsStaysWithUs(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	f := s.faulty(acme, visit.Major)
	now := time.Now()
	doer := visit.Doer{By: mia, Lead: mia, Now: now, Today: dayAhead(0)}
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 1, now, func(f *visit.Finding, a *visit.Action) error {
		if err := a.SetReviewer(f, jonas, doer); err != nil {
			return err
		}
		return a.SetDue(f, dayAhead(20), "", doer)
	}))
	was := len(s.Messages(liwei, acme))
	s.speaks(jonas, "zh-CN")
	o, d := s.remindsOfActions(f.Subject, acme)
	if d.Outcome != visit.Delivered || len(s.Messages(liwei, acme)) != was {
		t.Fatalf("it was sent: %+v; Li Wei reads %d messages", d, len(s.Messages(liwei, acme)))
	}
	// Each reads it in their own language, wherever it was to go.
	expect(t, s.last(jonas, s.direct(jonas)), s.bot.chinese.T("Open finding"), "no corner guard")
	if found := s.bot.reminders.Find(t.Context(), posted2(o)); found.Outcome != visit.Delivered || found.TS != d.TS {
		t.Errorf("looked for it is %+v", found)
	}
	_, d = s.remindsOfActions(f.Subject, mia)
	if d.Outcome != visit.Delivered {
		t.Fatalf("it was not sent: %+v", d)
	}
	expect(t, s.last(mia, s.direct(mia)), "Open, was due", "you planned this")
	s.nothingRefused()
}

// TestWhoMayNotReadAnActionIsNotRemindedOfIt: the next who may is.
func TestWhoMayNotReadAnActionIsNotRemindedOfIt(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	f := s.faulty(project, visit.Major)
	s.does(mia, project, 1, "Change due day", map[string]string{fieldDue: s.workday(20)})
	s.changeVisit(s.visit(1), func(v *visit.Visit) { v.Owner = jonas })
	tried := 0
	for _, o := range s.pending(f.Subject) {
		if !isOfActions(o.Kind) || !visit.IsPerson(o.To) {
			continue
		}
		tried++
		o.To = jonas
		if d := s.posted(o); d.Outcome == visit.Delivered {
			t.Errorf("Jonas is told %s", says(s.last(jonas, s.direct(jonas))))
		}
	}
	if tried == 0 {
		t.Error("nothing was to be told")
	}
}

// TestTheAdviceThatActionsPointToIsThere.
func TestTheAdviceThatActionsPointToIsThere(t *testing.T) {
	t.Parallel()
	base := must(knowledge.Embedded())
	for _, id := range []string{escalationAdvice, trainingAdvice} {
		if _, ok := base.Entry(id); !ok {
			t.Errorf("there is no entry %s", id)
		}
	}
}

// TestLateActionsInTheFirstMessageOfAWeek, and only there: to the reviewer and to whoever
// planned the visit, who may still see it.
func TestLateActionsInTheFirstMessageOfAWeek(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.faulty(sourcing, visit.Major)
	hidden := s.visitIn(project)
	s.logs(visit.Finding{Subject: hidden.Subject(), Kind: visit.OfProduct, Severity: visit.Critical, Text: "hidden burrs", By: mia, At: time.Now()}, 0)
	doer := visit.Doer{By: mia, Lead: mia, Now: time.Now(), Today: dayAhead(0)}
	for _, n := range []int{1, 2} {
		must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), n, time.Now(), func(f *visit.Finding, a *visit.Action) error {
			if err := a.SetReviewer(f, jonas, doer); err != nil {
				return err
			}
			return a.SetDue(f, dayAhead(1), "", doer)
		}))
	}
	ahead := 7
	for dayAhead(ahead).Weekday() != time.Monday {
		ahead++
	}
	daily := must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), jonas, time.Now()))
	for in, want := range map[int]bool{ahead: true, ahead + 1: false, ahead - 7: dayAhead(ahead - 7).After(dayAhead(1))} {
		if got := daily.Comes(dayAhead(in), "Europe/Berlin", &s.bot.o.Timing); got != want {
			t.Errorf("on %s it comes: %v", dayAhead(in), got)
		}
	}
	m := s.dailyOn(jonas, ahead)
	expect(t, m, "Corrective actions that are late", "no corner guard", "Open, was due", "Show actions")
	if strings.Contains(says(m), "hidden burrs") || strings.Contains(says(m), "ladder") {
		t.Errorf("Jonas reads\n%s", says(m))
	}
	m = s.dailyOn(mia, ahead+14)
	expect(t, m, "hidden burrs", "late by more than two weeks")
	if m := s.dailyOn(mia, ahead+1); strings.Contains(says(m), "Corrective actions") {
		t.Errorf("on a Tuesday she reads\n%s", says(m))
	}
	s.nothingRefused()
}

// TestALotThatNobodySpeaksOfIsToldAgain: a critical finding with which nobody has done anything has no
// due day, and is late once it was to be known what becomes of the lot: at the beginning of each week,
// and in the list of what is overdue.
func TestALotThatNobodySpeaksOfIsToldAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Critical)
	ahead := 7
	for dayAhead(ahead).Weekday() != time.Monday {
		ahead++
	}
	if daily := must(s.bot.o.Store.Daily(t.Context(), s.TeamID(), mia, time.Now())); !daily.Comes(dayAhead(ahead), "Europe/Berlin", &s.bot.o.Timing) {
		t.Error("no daily message comes")
	}
	expect(t, s.dailyOn(mia, ahead), "Corrective actions that are late", "no corner guard", "Open; what becomes of this lot was to be known by")
	if a := must(s.bot.o.Store.Action(t.Context(), s.TeamID(), 1)); a.LateOn(dayAhead(1)) || !a.LateOn(dayAhead(4)) {
		t.Error("it is not late once the day has passed")
	}
	s.nothingRefused()
}

// actionScenes gives hold the card of a finding in each state of its action, a reminder and the
// part of the daily message, with everything in them that somebody can have entered.
func actionScenes(t *testing.T, s *stage, hold func(t *testing.T, name string, raw []byte)) {
	b, p, now := s.bot, s.bot.english, s.bot.o.Now()
	on := civil.Of(now)
	f := visit.Finding{
		Workspace: s.TeamID(), Number: 31, Subject: "visit/1", Channel: sourcing, Factory: "Ningbo Bright <Metal>", Kind: visit.OfProduct, Severity: visit.Major, Text: "Cartons without <corner> protection",
		TextZH: "纸箱无护角", Place: "packing", Bad: 6, Checked: 50, ForFactory: true, By: mia, At: now.AddDate(0, 0, -20),
		Photos: []visit.PhotoRef{{ID: 1, FileID: "F1", Name: "1.jpg", Permalink: "https://example.com/1", State: visit.PhotoKept}, {ID: 2, FileID: "F2", Name: "2.jpg", Permalink: "https://example.com/2", State: visit.PhotoKept}},
	}
	x := visit.ActionOf{Finding: f, Action: visit.Action{Finding: 31, ActionFacts: visit.ActionFacts{State: visit.ActionOpen}}, Owner: mia, Place: visit.Place{Channel: sourcing, Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}}
	a, days := &x.Action, 0
	card := func(name string) {
		t.Helper()
		view := findingView{Finding: &x.Finding, action: &actionView{ActionOf: &x, reader: mia, today: x.Place.Today(now), zone: "Europe/Berlin"}}
		t.Run(name, func(t *testing.T) { hold(t, "finding "+name, findingCard(p, &view).EphemeralJSON()) })
	}
	step := func(do func(d visit.Doer) error) {
		t.Helper()
		days++
		at := now.AddDate(0, 0, days-18)
		if err := do(visit.Doer{By: mia, Lead: mia, Now: at, Today: civil.Of(at)}); err != nil {
			t.Fatal(err)
		}
		a.Rev++
	}
	card("open")
	step(func(d visit.Doer) error {
		return a.Contain(&x.Finding, visit.Containment{What: "All <300> cartons are sorted", SaidBy: "Mr <Wang>"}, d)
	})
	step(func(d visit.Doer) error {
		return a.LogAnswer(&x.Finding, visit.Answer{Proposal: "A <stop> at the conveyor", Cause: "Nobody <checked>", SaidBy: "Mr <Wang>"}, d)
	})
	card("proposed")
	forms := func(name string, k visit.StepKind) {
		t.Run(name, func(t *testing.T) {
			hold(t, "action form "+name, blocks.MustJSON(b.followUps.form(p, &x, k, mia, b.followUps.begin(&x, k, mia), meta{About: stepSubject(31, k)}, true).view(p)))
		})
	}
	forms("agree", visit.StepAgree)
	forms("ask again", visit.StepAskAgain)
	step(func(d visit.Doer) error {
		return a.Agree(&x.Finding, visit.Agreed{Due: on.AddDays(-5), Reviewer: mia, Proofs: []visit.ProofKind{visit.ProofPhoto, visit.ProofNextLot}}, d)
	})
	card("agreed and late")
	forms("done", visit.StepDone)
	due := visit.ActionDue{ActionOf: x, Points: []visit.ActionPoint{visit.PointOwner, visit.PointLate}}
	critical := x
	critical.Finding.Number, critical.Finding.Severity, critical.Finding.ClaimBy, critical.Action.Rejected = 32, visit.Critical, on.AddDays(3), 2
	t.Run("reminder", func(t *testing.T) {
		m := b.words(b.english, "").actionsDue(p.T("Visit %d", 1), []visit.ActionDue{due, {ActionOf: critical, Points: []visit.ActionPoint{visit.PointContain, visit.PointClaim}}}, on,
			[]ladder{{"Ningbo Bright <Metal>", visit.Agreement{Number: 3, Talk: visit.Talk{AnswerHours: 48, TheirLadder: "Ms <Li>, sales director", OurLadder: "Jonas & Mia"}}}})
		hold(t, "remind of actions", m.EphemeralJSON())
	})
	t.Run("digest", func(t *testing.T) {
		d, m := &dailyOf{on: on, words: b.words(s.bot.english, "Europe/Berlin")}, new(blocks.Message)
		d.Actions = []visit.ActionOf{x, critical}
		done(t, b.reminders.daily.actions(t.Context(), d, m))
		hold(t, "remind of late actions in the daily message", m.EphemeralJSON())
	})
	proof := visit.Proof{Kind: visit.ProofPhoto, Text: "Stop at the <conveyor>", Photos: []string{"F2"}}
	step(func(d visit.Doer) error {
		return a.LogDone(&x.Finding, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{proof}, Text: proof.Text}, d)
	})
	card("waiting for the next lot")
	forms("verify", visit.StepVerify)
	forms("next lot", visit.StepLot)
	forms("not enough", visit.StepNotEnough)
	step(func(d visit.Doer) error {
		return a.NotEnough(&x.Finding, "照片上看不到护角", on.AddDays(10), nil, d)
	})
	card("agreed after a proof that was not enough")
	proof.Kind = visit.ProofInstruction
	step(func(d visit.Doer) error {
		return a.LogDone(&x.Finding, visit.DoneClaim{Day: d.Today, Proofs: []visit.Proof{{Kind: visit.ProofPhoto, Photos: []string{"F2"}}, proof}}, d)
	})
	step(func(d visit.Doer) error {
		return a.CheckLot(&x.Finding, visit.NextLot{LotCheck: visit.LotCheck{Name: "Order <4588>", Checked: 80}, Day: d.Today}, d)
	})
	card("done")
	step(func(d visit.Doer) error { return a.Verify(&x.Finding, visit.Verification{Day: d.Today}, d) })
	card("verified")
	t.Run("saved", func(t *testing.T) {
		hold(t, "action verified", blocks.MustJSON(b.followUps.saved(p, &x, visit.StepVerify).view(p)))
	})
	forms("reopen", visit.StepReopen)
	step(func(d visit.Doer) error { return a.Reopen(&x.Finding, "3 of <80>", on.AddDays(10), d) })
	card("reopened")
	step(func(d visit.Doer) error { return a.Withdraw(&x.Finding, "", 12, d) })
	card("withdrawn")
	t.Run("closed", func(t *testing.T) {
		hold(t, "action due day on which the factory is closed", blocks.MustJSON(b.followUps.askAboutDue(p, &x, draft{Mine: form{fieldDue: "2027-03-06"}}, meta{About: stepSubject(31, visit.StepDue)}).view(p)))
	})
}

// TestAPhotoAfterTheChange is sent with the number of its finding, and is there to be ticked as a
// proof; who may not see the finding adds nothing to it.
func TestAPhotoAfterTheChange(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.faulty(project, visit.Minor)
	s.does(mia, project, 1, "Log answer", map[string]string{fieldProposal: "A stop", fieldSaidBy: "Mr Wang"})
	s.does(mia, project, 1, "Agree on action", map[string]string{fieldDue: s.workday(9), fieldReviewer: mia})
	expect(t, s.shares(mia, "After ＃1", 1), "That belongs to finding 1: no corner guard", "Open finding 1")
	if f := s.finding(1); len(f.Photos) != 2 || f.Text != "no corner guard" {
		t.Fatalf("it is %+v", f)
	}
	expect(t, s.shares(jonas, "after 1", 1), notYours)
	if f := s.finding(1); len(f.Photos) != 2 {
		t.Errorf("with Jonas's photo it is %+v", f)
	}
	v := s.takes(mia, s.opensFinding(mia, project, 1), "Log as done")
	s.tick(mia, v, fieldShows, s.finding(1).Photos[1].FileID)
	s.send(mia, v)
	if a := s.action(1); a.Action.State != visit.ActionDone || !slices.Equal(a.Action.Proofs[0].Photos, []string{s.finding(1).Photos[1].FileID}) {
		t.Errorf("it is %+v", a.Action.ActionFacts)
	}
	s.nothingRefusedBut("files.info") // the photo of the fault is none of Slack's
}

// The form for undo names a step. Where a colleague has taken another one meanwhile, that one is
// not taken back in its place.
func TestUndoTakesBackWhatItsFormNames(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Critical)
	m := s.does(mia, sourcing, 1, "Log containment", map[string]string{fieldWhat: "All 300 cartons are sorted"})
	v := s.takes(mia, m, "Undo last step")
	expectForm(t, v.Blocks, "containment logged")
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Finding, a *visit.Action) error {
		return a.SetReviewer(f, jonas, visit.Doer{By: jonas, Lead: mia, Now: s.bot.o.Now()})
	}))
	s.send(mia, v)
	s.modal(mia, "Finding 1 has changed since you saw it.")
	if a := must(s.bot.o.Store.Action(t.Context(), s.TeamID(), 1)); a.Action.Reviewer != jonas || len(a.Action.Steps) != 2 {
		t.Errorf("the reviewer is %q after %d steps", a.Action.Reviewer, len(a.Action.Steps))
	}
}
