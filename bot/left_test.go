package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// listed is a visit of Mia's in a channel, with a finding in the list under its card.
func (s *stage) listed(channel string) visit.Visit {
	s.t.Helper()
	v := s.onVisit(channel)
	f := visit.Finding{Workspace: s.TeamID(), Subject: v.Subject(), Kind: visit.RedFlag, Text: "hidden workshop", Source: "form/listed", By: mia}
	_, _, err := s.bot.o.Store.AddFinding(s.t.Context(), f, time.Now())
	done(s.t, err)
	s.show(v.Subject())
	if text, _ := s.thread(channel, v.Card); !strings.Contains(text, "hidden workshop") {
		s.t.Fatalf("no list under the card:\n%s", text)
	}
	return v
}

// TestTheListFollowsAChannelThatGetsAnotherID: it gets one on being shared, and then nothing of
// the list may stay in it.
func TestTheListFollowsAChannelThatGetsAnotherID(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	v := s.listed(project)
	done(t, s.ShareChannel(project))
	s.settled()
	now := must(s.bot.o.Store.Visit(t.Context(), s.TeamID(), v.Number))
	if now.Channel == project {
		t.Fatal("the channel has kept its id")
	}
	s.show(v.Subject())
	text, n := s.thread(now.Channel, v.Card)
	if strings.Contains(text, "hidden workshop") || !strings.Contains(text, "Findings are not shown here") || n != 1 {
		t.Errorf("%d messages, and they say\n%s", n, text)
	}
	s.nothingRefused()
}

// TestNoFindingStaysInTheOldChannel of what has moved: neither on its card nor in the list below
// it, and where Slack does not take that at once, it is tried again, by whichever process.
func TestNoFindingStaysInTheOldChannel(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(s *stage, v visit.Visit){
		"by its form": func(s *stage, v visit.Visit) {
			form := s.opens(mia, s.card(sourcing, v.Card), "Edit visit")
			s.enter(mia, form, fieldChannel, project)
			s.send(mia, form)
		},
		"by its channel": func(s *stage, v visit.Visit) {
			done(s.t, s.bot.moves.carry(s.t.Context(), s.bot.o.Store, s.TeamID(), v.Subject(), in(project), mia))
		},
		"by a process that dies": func(s *stage, v visit.Visit) {
			must(s.bot.o.Store.ChangeVisit(s.t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { v.Place = in(project); return nil }))
			s.bot.live.leaveAll(s.t.Context())
		},
		"while Slack is down": func(s *stage, v visit.Visit) {
			s.Fail("chat.update", "internal_error", 2)
			done(s.t, s.bot.moves.carry(s.t.Context(), s.bot.o.Store, s.TeamID(), v.Subject(), in(project), mia))
			s.settled()
			for _, r := range []*redraws{&s.bot.live.left, &s.bot.live.redraws} {
				r.mu.Lock()
				clear(r.failed) // the pause is over
				r.mu.Unlock()
			}
			s.bot.live.leaveAll(s.t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			v := s.listed(sourcing)
			move(s, v)
			s.settled()
			text, _ := s.thread(sourcing, v.Card)
			if text += says(s.card(sourcing, v.Card)); strings.Contains(text, "hidden workshop") || strings.Contains(text, "red flag") || strings.Count(text, "Visit 1 is now prepared in another channel.") < 2 {
				t.Errorf("in the old channel stands\n%s", text)
			}
			if ms := must(s.bot.o.Store.LeftBehind(t.Context(), 9)); len(ms) > 0 {
				t.Errorf("left behind are %+v", ms)
			}
			// In the new one there is a list under the new card, without a change of the visit.
			s.postCards(s.bot, s.bot.o.Store)
			s.bot.live.heal(t.Context(), s.bot.live.heal(t.Context(), nil))
			s.until("the list stands in the new channel", func() bool {
				text, _ := s.thread(project, s.visit(1).Card)
				return strings.Contains(text, "hidden workshop")
			})
		})
	}
}

// What is being taken down and is looked at again meanwhile is taken down once more, and not without end.
func TestWhatIsTakenDownTwiceAtOnceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess, localslack.Channel{ID: project, Name: "project", Private: true, Members: []string{localslack.DefaultBotUserID, mia}})
		v := s.visitIn(sourcing)
		must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { v.Place = in(project); return nil }))
		s.AnswerSlowly("chat.update", 2*time.Second)
		before := s.Calls()["chat.update"]
		s.bot.live.leaveAll(t.Context())
		time.Sleep(time.Second)
		s.bot.live.leaveAll(t.Context())
		time.Sleep(time.Minute)
		if n := s.Calls()["chat.update"] - before; n < 1 || n > 2 {
			t.Errorf("in a minute it was taken down %d times", n)
		}
		s.bot.Wait()
	})
}

// TestAListInAClosedChannelIsLeftForLater: what is archived now may be opened again, and shared.
func TestAListInAClosedChannelIsLeftForLater(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	v := s.listed(sourcing)
	done(t, s.ArchiveChannel(sourcing))
	s.settled()
	done(t, s.bot.moves.carry(t.Context(), s.bot.o.Store, s.TeamID(), v.Subject(), in(project), mia))
	s.settled()
	if ms := must(s.bot.o.Store.LeftBehind(t.Context(), 9)); len(ms) != 2 {
		t.Fatalf("left behind are %+v", ms)
	}
	calls := s.Calls()["chat.update"]
	s.bot.live.leaveAll(t.Context())
	s.settled()
	if s.Calls()["chat.update"] != calls {
		t.Error("it is tried again at once")
	}
	done(t, s.UnarchiveChannel(sourcing))
	s.settled()
	s.bot.live.left.failed = nil // the pause is over
	s.bot.live.leaveAll(t.Context())
	s.settled()
	if text, _ := s.thread(sourcing, v.Card); strings.Contains(text, "hidden workshop") {
		t.Errorf("in the old channel stands\n%s", text)
	}
}

// TestAProductStaysInItsChannel: who reads an inspection that has come from another channel reads
// and changes nothing of the product there, not even by a form that was opened before.
func TestAProductStaysInItsChannel(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	i := s.inspectionOn(0, "")
	s.draws(mia, 1, nil)
	s.closeAll(mia)
	x := must(s.bot.o.Store.ChangeSeries(t.Context(), s.TeamID(), 1, func(x *visit.Series) error {
		x.Sealed = visit.SealedSample{Version: "hidden version"}
		x.AddTest(visit.Test{Name: "hidden test"})
		return nil
	}))
	test := s.onCard(mia, 1, "Tests and measurements")
	expectView(t, test, "hidden test")
	test = s.choose(mia, test, fieldWhichTest, newTest)
	done(t, s.bot.moves.carry(t.Context(), s.bot.o.Store, s.TeamID(), i.Subject(), in(project), mia))
	s.settled()
	s.enter(mia, test, fieldTest, "theirs")
	s.Submit(mia, test.ID)
	s.settled()
	s.closeAll(mia)
	for _, label := range []string{"Tests and measurements", "Sealed sample"} {
		v := s.opens(mia, s.command(mia, project, "/inspection show 1"), label)
		if says := blockText(v.Blocks); strings.Contains(says, "hidden") || !strings.Contains(says, "Tests belong to a product.") && !strings.Contains(says, "A sealed sample belongs to a product.") {
			t.Errorf("%s:\n%s", label, says)
		}
		s.closeAll(mia)
	}
	for _, submit := range []func(context.Context, submission) ([]byte, error){s.bot.measures.submitTest, s.bot.measures.submitSealed} {
		_, err := submit(t.Context(), submission{team: s.TeamID(), user: mia, meta: meta{About: blocks.Subject(i.Subject())}})
		if !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("sent there: %v", err)
		}
	}
	if now := must(s.bot.o.Store.Series(t.Context(), s.TeamID(), 1)); now.Rev != x.Rev {
		t.Errorf("the product is %+v", now)
	}
	now := s.inspection(1)
	now.Lot.Counted, now.Result = visit.Mark{By: mia, At: time.Now()}, visit.Passed
	if brings, err := s.bot.lots.brings(t.Context(), &now); err != nil || brings != nil {
		t.Errorf("it brings %+v for the product, %v", brings, err)
	}
}

// TestTheAnswerToAFindingStaysAsItIs where whoever logged it may not see it any more: its visit
// is in a private channel by now, and what colleagues write there is theirs.
func TestTheAnswerToAFindingStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	v := s.onVisit(sourcing)
	dm := s.direct(jonas)
	m := s.shares(jonas, "minor mine @here", 1)
	done(t, s.Act(jonas, s.element(m, false, "Which is it for?", visitChoice(s, v.Number))))
	s.until("it belongs to the visit", func() bool { return s.finding(1).Subject == v.Subject() })
	s.settled()
	change := func(text string) {
		t.Helper()
		must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Finding) error { f.Text = text; return nil }))
		done(t, s.bot.findings.redraw(t.Context(), s.TeamID(), 1))
	}
	reads := func() (text string) {
		for _, m := range s.Messages(jonas, dm) {
			text += says(m)
		}
		return text
	}
	if change("seen by all"); !strings.Contains(reads(), "seen by all") {
		t.Fatalf("while he may see it he reads\n%s", reads())
	}
	must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error { v.Place, v.Agenda = in(project), "hidden"; return nil }))
	if change("hidden words"); strings.Contains(reads(), "hidden words") {
		t.Errorf("he reads\n%s", reads())
	}
	// Nor is he answered where he was not yet.
	f := visit.Finding{Workspace: s.TeamID(), Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "hidden burrs", Source: dm + ":1.2", By: jonas}
	f, _, err := s.bot.o.Store.AddFinding(t.Context(), f, time.Now())
	done(t, err)
	done(t, s.bot.findings.redraw(t.Context(), s.TeamID(), f.Number))
	if strings.Contains(reads(), "hidden burrs") {
		t.Errorf("he reads\n%s", reads())
	}
}
