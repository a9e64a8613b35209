package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// isLate has the action of finding 1 be due on a day, and asked for now.
func (s *stage) isLate(due int) {
	s.t.Helper()
	now := s.bot.o.Now()
	must(s.bot.o.Store.ChangeAction(s.t.Context(), s.TeamID(), 1, now, func(f *visit.Finding, a *visit.Action) error {
		return a.SetDue(f, dayAhead(due), "", visit.Doer{By: mia, Lead: mia, Now: now, Today: dayAhead(0)})
	}))
}

// withLadder is an agreement of a channel that says how both sides talk.
func (s *stage) withLadder(channel, name string, change func(*visit.Agreement)) visit.Agreement {
	s.t.Helper()
	return s.agreed(channel, func(a *visit.Agreement) {
		a.Factory = s.visit(1).Factory
		a.Signed, a.Ends = dayAhead(-100), dayAhead(700)
		a.Talk = visit.Talk{AnswerHours: 48, TheirLadder: "Ms " + name + ", sales director", OurLadder: "Head " + name}
		if change != nil {
			change(a)
		}
	})
}

// TestTheLadderOfALateActionIsThatOfTheAgreement: whoever planned the visit is told whom to turn to at
// the factory and on our side, by the agreement that holds and that they may see.
func TestTheLadderOfALateActionIsThatOfTheAgreement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		record func(s *stage)
		want   string // whose name the message has; none where it is empty
	}{
		{"without an agreement", func(*stage) {}, ""},
		{"by one of the channel", func(s *stage) { s.withLadder(sourcing, "Li", nil) }, "Li"},
		{"by one of another channel that she is in", func(s *stage) { s.withLadder(project, "Li", nil) }, "Li"},
		{"by the last of two", func(s *stage) {
			s.withLadder(sourcing, "Old", func(a *visit.Agreement) { a.Signed = dayAhead(-300) })
			s.withLadder(sourcing, "Li", nil)
		}, "Li"},
		{"never by one that has ended", func(s *stage) {
			s.withLadder(sourcing, "Li", func(a *visit.Agreement) { a.Ends = dayAhead(3) })
		}, ""},
		{"never by one that was ended", func(s *stage) {
			a := s.withLadder(sourcing, "Li", nil)
			must(s.bot.o.Store.ChangeAgreement(s.t.Context(), s.TeamID(), a.Number, s.bot.o.Now(), func(a *visit.Agreement) error {
				return a.Terminate(dayAhead(-1), dayAhead(0), "moved", mia, time.Now())
			}))
		}, ""},
		{"never by a draft", func(s *stage) {
			s.withLadder(sourcing, "Li", func(a *visit.Agreement) { a.Signed = dayAhead(0).AddDays(0); a.Signed = visit.Agreement{}.Signed })
		}, ""},
		{"with what is agreed alone", func(s *stage) {
			s.withLadder(sourcing, "Li", func(a *visit.Agreement) { a.Talk.OurLadder, a.Talk.AnswerHours = "", 0 })
		}, "Li"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			f := s.faulty(sourcing, visit.Major)
			s.isLate(20)
			c.record(s)
			o, d := s.remindsOfActions(f.Subject, mia)
			if d.Outcome != visit.Delivered || o.To != mia {
				t.Fatalf("it was not sent: %+v", d)
			}
			said := says(s.last(mia, s.direct(mia)))
			if c.want == "" && (strings.Contains(said, "turn to") || strings.Contains(said, "Ms ") || strings.Contains(said, "agreed to answer")) {
				t.Errorf("she reads\n%s", said)
			}
			if c.want != "" && !strings.Contains(said, "At the factory, turn to: Ms "+c.want+", sales director") || strings.Contains(said, "Old") {
				t.Errorf("she reads\n%s", said)
			}
			if all := c.want != "" && c.name != "with what is agreed alone"; all != strings.Contains(said, "On our side, it goes to: Head Li") || all != strings.Contains(said, "They agreed to answer within 2 working days.") {
				t.Errorf("she reads\n%s", said)
			}
			s.press(mia, s.last(mia, s.direct(mia)), "Text for WeChat")
			s.settled()
			for _, text := range textsOf(s.Messages(mia, s.direct(mia)), 2) {
				if strings.Contains(text, "Li") || strings.Contains(text, "Head") {
					t.Errorf("the factory would read %q", text)
				}
			}
			s.nothingRefused()
		})
	}
}

// TestTheLadderIsForThoseWhoMaySeeTheAgreement: of a private channel it is not told to somebody who
// is not in it, nor in another channel.
func TestTheLadderIsForThoseWhoMaySeeTheAgreement(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	f := s.faulty(sourcing, visit.Major)
	s.isLate(20)
	s.withLadder(project, "Li", nil) // in which Jonas is not
	s.changeVisit(s.visit(1), func(v *visit.Visit) { v.Owner = jonas })
	if _, d := s.remindsOfActions(f.Subject, jonas); d.Outcome != visit.Delivered {
		t.Fatalf("it was not sent: %+v", d)
	}
	if said := says(s.last(jonas, s.direct(jonas))); strings.Contains(said, "Ms Li") {
		t.Errorf("Jonas reads\n%s", said)
	}
	if m := s.dailyOn(mia, 42); strings.Contains(says(m), "Ms Li") {
		t.Errorf("she did not plan it, and reads\n%s", says(m))
	}
	ladders := must(s.bot.reminders.access.ladders(t.Context(), s.TeamID(), sourcing, []visit.ActionOf{s.action(1)}))
	if len(ladders) > 0 {
		t.Errorf("in the channel of the finding stands %+v", ladders)
	}
}

// TestNoAnswerYetIsToldAfterTheAgreedTime, in the thread, with what was agreed.
func TestNoAnswerYetIsToldAfterTheAgreedTime(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	f := s.faulty(sourcing, visit.Major)
	s.isLate(60)
	a := s.withLadder(sourcing, "Li", nil)
	o, d := s.remindsOfActions(f.Subject, sourcing)
	if d.Outcome != visit.Delivered || o.Day.After(dayAhead(9)) {
		t.Fatalf("on %s it was sent: %+v", o.Day, d)
	}
	m := s.card(sourcing, d.TS)
	expect(t, m, "no corner guard", "Open, due", "No answer yet. They agreed to answer within 2 working days.", "Text for WeChat")
	if strings.Contains(says(m), "Ms Li") {
		t.Error("it goes over a head on the first day")
	}
	must(s.bot.o.Store.ChangeAgreement(t.Context(), s.TeamID(), a.Number, s.bot.o.Now(), func(a *visit.Agreement) error { a.Talk.AnswerHours = 0; return nil }))
	if d := s.posted(o); d.Outcome != visit.NothingSaid {
		t.Errorf("nothing is agreed any more, and it was sent: %+v", d)
	}
	s.nothingRefused()
}

// TestATextForWeChatIsOfThePointThatItStandsUnder: an old button says that things have changed, and
// gives no other text.
func TestATextForWeChatIsOfThePointThatItStandsUnder(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	f := s.faulty(sourcing, visit.Major)
	s.isLate(20)
	_, d := s.remindsOfActions(f.Subject, sourcing)
	m := s.card(sourcing, d.TS)
	s.press(mia, m, "Text for WeChat")
	s.untilTold(mia, sourcing, "Hello everyone, about what we found on ")
	// Whose review it is changes nothing in the text.
	s.does(mia, sourcing, 1, "Change reviewer", map[string]string{fieldReviewer: jonas})
	n := s.count(mia, sourcing, "Hello everyone, about what we found on ")
	s.press(mia, m, "Text for WeChat")
	s.settled()
	if got := s.count(mia, sourcing, "Hello everyone, about what we found on "); got != n+1 {
		t.Errorf("after another reviewer the text was given %d times", got-n)
	}
	s.does(mia, sourcing, 1, "Log answer", map[string]string{fieldProposal: "A stop", fieldCause: "Haste", fieldSaidBy: "Mr Wang"})
	ask := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Ask again")
	s.enter(mia, ask, fieldLacks, "哪个工位？")
	s.send(mia, ask)
	s.after(mia, sourcing)
	for _, about := range []blocks.Subject{"", "finding/1:" + textNotEnough, "finding/1:" + textVerified} {
		read := s.reads(mia, func() {
			if about == "" {
				s.press(mia, m, "Text for WeChat")
			} else {
				s.clicks(mia, actWeChat, about)
			}
			s.settled()
		})
		if !strings.Contains(read, "Finding 1 has changed since then") || strings.Contains(read, "哪个工位") || strings.Contains(read, "Hello") {
			t.Errorf("the old button %q gives\n%s", about, read)
		}
	}
	s.nothingRefused()
}

// TestTheDayForTheLotIsChanged by a form of its own, while somebody waits for it.
func TestTheDayForTheLotIsChanged(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.faulty(sourcing, visit.Critical)
	v := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Change day for this lot")
	expectForm(t, v.Blocks, "By when must they say what becomes of this lot?", "17:00 of that day at the factory")
	s.enter(mia, v, fieldLotBy, inDays(-2))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldLotBy]; !strings.Contains(got, "has passed") {
		t.Errorf("a day that is over: %v", s.errorsIn(mia))
	}
	s.enter(mia, v, fieldLotBy, inDays(6))
	s.send(mia, v)
	expect(t, s.after(mia, sourcing), "day for this lot set", "to be known by")
	if by := s.action(1); !by.ContainBy().Equal(visit.LotTill(dayAhead(6), "Asia/Shanghai")) {
		t.Errorf("it is to be known by %s", by.ContainBy())
	}
	s.goBy(func() time.Time { return time.Now().AddDate(0, 0, 8) })
	expect(t, s.opensFinding(mia, sourcing, 1), "This lot: nobody has noted what becomes of it; it was to be known by")
	s.goBy(time.Now)
	m := s.does(mia, sourcing, 1, "Log containment", map[string]string{fieldWhat: "All sorted"})
	if strings.Contains(says(m), "Change day for this lot") {
		t.Error("it is known, and its day can be changed")
	}
	s.nothingRefused()
}

// TestOldCardsOfAFindingWithAnAction still have their buttons: they say what to do instead, and the
// card is drawn without them.
func TestOldCardsOfAFindingWithAnAction(t *testing.T) {
	t.Parallel()
	for label, want := range map[string]string{
		"Undo finding": "Press More steps, then Withdraw finding", "One finding per photo": "so it can't be split", "move": "so it stays where it is",
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			v := s.onVisit(sourcing)
			s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "no corner guard", ForFactory: true, By: mia, At: time.Now()}, 2)
			other := s.visitIn(sourcing)
			old := s.cardOf(1)
			if label == "move" {
				s.opensFinding(mia, sourcing, 1)
			}
			s.does(mia, sourcing, 1, "Log answer", map[string]string{fieldProposal: "A stop", fieldCause: "Haste", fieldSaidBy: "Mr Wang"})
			read := s.reads(mia, func() {
				if label == "move" {
					s.clicks(mia, actBelongs, "finding/1:"+blocks.Subject(other.Subject()))
				} else {
					s.press(mia, old, label)
				}
				s.settled()
			})
			if !strings.Contains(read, want) {
				t.Errorf("she reads\n%s", read)
			}
			if f := s.finding(1); f.Withdrawn.IsSet() || f.Subject != v.Subject() || len(f.Photos) != 2 || len(s.findings(v.Subject())) != 1 {
				t.Errorf("it is %+v", f)
			}
			if label != "move" {
				if m := s.card(s.direct(mia), old.TS); strings.Contains(buttonsOf(m), label) || !strings.Contains(says(m), "Action: Proposed") {
					t.Errorf("the card is still\n%s", says(m))
				}
			}
			s.nothingRefused()
		})
	}
}

// cardOf posts the card of a finding to Mia directly, as an answer to her.
func (s *stage) cardOf(number int) localslack.Message {
	s.t.Helper()
	f, dm := s.finding(number), s.direct(mia)
	done(s.t, s.bot.replies.post(s.t.Context(), s.TeamID(), dm, "", must(s.bot.findings.card(s.t.Context(), mia, dm, &f, answerNote{}, false))))
	return s.last(mia, dm)
}

// TestTheClaimOfAFindingThatMovedToAVisit is seen on its card and changed in its form.
func TestTheClaimOfAFindingThatMovedToAVisit(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	f := visit.Finding{Workspace: s.TeamID(), Kind: visit.OfProduct, Severity: visit.Major, Text: "hinge breaks", Source: "form/V0", By: mia, ClaimBy: dayAhead(20)}
	f.HangOn(&v.Factory, sourcing)
	_, _, err := s.bot.o.Store.AddFinding(t.Context(), f, time.Now())
	done(t, err)
	s.clicks(mia, actBelongs, "finding/1:"+blocks.Subject(v.Subject()))
	s.settled()
	m := s.cardOf(1)
	expect(t, m, "Claim by "+blocks.FullDay(s.bot.english, dayAhead(20)))
	s.press(mia, m, "Add words")
	form := s.modal(mia, "Claim by")
	s.enter(mia, form, fieldClaim, inDays(-3))
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldClaim]; !strings.Contains(got, "That day is over") {
		t.Errorf("a day that is over: %v", s.errorsIn(mia))
	}
	s.enter(mia, form, fieldClaim, inDays(30))
	s.send(mia, form)
	s.modal(mia, "Finding saved")
	if got := s.finding(1); got.Subject != v.Subject() || got.ClaimBy != dayAhead(30) || got.Seen != "" {
		t.Errorf("it is %+v", got)
	}
	// One that never had a claim is not asked for one.
	s.closeAll(mia)
	s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Minor, Text: "crooked label", By: mia, At: time.Now()}, 0)
	s.press(mia, s.cardOf(2), "Add words")
	if said := blockText(s.modal(mia, "What did you see?").Blocks); strings.Contains(said, "Claim by") {
		t.Errorf("the form asks for a claim\n%s", said)
	}
	s.nothingRefused()
}

// TestWhatWasMissedIsInTheNextReminder: the app was away when a point of an action came, and tells
// of it with the next one.
func TestWhatWasMissedIsInTheNextReminder(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	f := s.faulty(sourcing, visit.Major)
	s.logs(visit.Finding{Subject: f.Subject, Kind: visit.OfProduct, Severity: visit.Minor, Text: "crooked label", ForFactory: true, By: mia, At: time.Now()}, 0)
	s.isLate(20)
	first := s.pending(f.Subject)
	now := s.bot.o.Now()
	must(s.bot.o.Store.ChangeAction(t.Context(), s.TeamID(), 2, now, func(f *visit.Finding, a *visit.Action) error {
		return a.SetDue(f, dayAhead(40), "", visit.Doer{By: mia, Lead: mia, Now: now, Today: dayAhead(0)})
	}))
	var next visit.Occurrence // the first one of finding 2 alone
	for _, o := range s.pending(f.Subject) {
		if isOfActions(o.Kind) && o.To == sourcing && !slices.ContainsFunc(first, func(p visit.Occurrence) bool { return p.Key == o.Key }) {
			next = o
			break
		}
	}
	s.goBy(func() time.Time { return next.Due })
	must(s.bot.o.Store.Expire(t.Context(), next.Due))
	d := s.posted(next)
	if d.Outcome != visit.Delivered {
		t.Fatalf("%s was sent: %+v", next.Key, d)
	}
	expect(t, s.card(sourcing, d.TS), "no corner guard", "crooked label")
	s.nothingRefused()
}
