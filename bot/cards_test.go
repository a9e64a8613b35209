package bot

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// cardsOf are the cards of the visit in a channel that somebody sees, the newest last.
func (s *stage) cardsOf(who, channel string) (cards []localslack.Message) {
	for _, m := range s.Messages(who, channel) {
		if m.Metadata != nil && strings.Contains(m.Text, visited) {
			cards = append(cards, m)
		}
	}
	return cards
}

// edits changes visit 1, in the store alone.
func (s *stage) edits(change func(*visit.Visit)) visit.Visit {
	s.t.Helper()
	return must(s.bot.o.Store.ChangeVisit(context.Background(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { change(v); return nil }))
}

func cancel(v *visit.Visit) { v.Cancel(mia, time.Now()) }

// A card that cannot be changed any more is replaced: the last one in the channel says
// what is so, and it is the one that is changed from then on.
func TestACardThatCannotBeChangedIsReplaced(t *testing.T) {
	for name, spoil := range map[string]func(s *stage, card localslack.Message){
		"the app was installed anew": func(s *stage, _ localslack.Message) { s.Reinstall() },
		"somebody deleted it":        func(s *stage, _ localslack.Message) { s.Fail("chat.update", "message_not_found", 1) },
		"another app's":              func(s *stage, _ localslack.Message) { s.Fail("chat.update", "cant_update_message", 1) },
		"the time for edits is over": func(s *stage, _ localslack.Message) { s.Fail("chat.update", "edit_window_closed", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			s.visitIn(sourcing)
			old := s.cardsOf(mia, sourcing)[0]
			spoil(s, old)
			s.press(mia, old, "Cancel visit")
			s.until("a new card says that the visit is cancelled", func() bool {
				cs := s.cardsOf(mia, sourcing)
				return len(cs) == 2 && strings.Contains(cs[1].Text, "This visit is cancelled")
			})
			s.bot.Wait()
			s.postCards(s.bot, s.bot.o.Store)
			s.press(mia, s.cardsOf(mia, sourcing)[1], "Restore visit")
			s.until("the new card says that the visit takes place", func() bool {
				cs := s.cardsOf(mia, sourcing)
				return len(cs) == 2 && !strings.Contains(cs[1].Text, "cancelled")
			})
		})
	}
}

// A card that could not be redrawn, whatever the reason, shows within a minute what is so.
func TestACardThatCouldNotBeRedrawnIsHealedWithinAMinute(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  func(s *stage)
		killed bool // nobody has even tried
	}{
		{"asked to wait", func(s *stage) { s.FailHTTP("chat.update", 429, http.Header{"Retry-After": {"30"}}, 1) }, false},
		{"asked to wait without a word of how long", func(s *stage) { s.FailHTTP("chat.update", 429, nil, 6) }, false},
		{"a server error", func(s *stage) { s.FailHTTP("chat.update", 503, nil, 1) }, false},
		{"internal_error, twice", func(s *stage) { s.Fail("chat.update", "internal_error", 2) }, false},
		{"nobody knows who reads there", func(s *stage) {
			s.bot.directory.forget("")
			s.FailHTTP("conversations.info", 429, http.Header{"Retry-After": {"70"}}, 1)
		}, false},
		{"killed before it was drawn", func(*stage) {}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, inProcess)
				s.visitIn(sourcing)
				ctx, stop := context.WithCancel(context.Background())
				done := make(chan struct{})
				go func() { defer close(done); s.bot.KeepCards(ctx) }()
				defer func() { stop(); <-done }()
				time.Sleep(7 * time.Second)
				v := s.edits(cancel)
				c.fault(s)
				if !c.killed {
					s.bot.live.changed(s.TeamID(), v.Subject())
				}
				time.Sleep(time.Minute)
				if m := s.cardsOf(mia, sourcing)[0]; !strings.Contains(m.Text, "This visit is cancelled") {
					t.Errorf("after a minute the card says %s; log:\n%s", m.Text, s.log)
				}
				if n := len(s.cardsOf(mia, sourcing)); n != 1 {
					t.Errorf("there are %d cards", n)
				}
				// What is right is left alone.
				before := s.Calls()["chat.update"]
				time.Sleep(5 * time.Minute)
				if n := s.Calls()["chat.update"]; n != before {
					t.Errorf("it was redrawn %d times more", n-before)
				}
			})
		})
	}
}

// In a channel where nothing can be posted no card is tried again and again; when it is
// open again, the card is brought up to date.
func TestACardInAClosedChannelIsLeftAloneUntilItIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		s.visitIn(sourcing)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); s.bot.KeepCards(ctx) }()
		defer func() { stop(); <-done }()
		if err := s.ArchiveChannel(sourcing); err != nil {
			t.Fatal(err)
		}
		v := s.edits(func(v *visit.Visit) { v.Agenda = "x"; v.First = v.First.AddDays(1) })
		before := s.Calls()["chat.update"]
		s.bot.live.changed(s.TeamID(), v.Subject())
		time.Sleep(2 * time.Hour)
		if n := s.Calls()["chat.update"] - before; n > 2 { // and once more when the channel has been looked at
			t.Errorf("it was tried %d times", n)
		}
		if n := len(s.cardsOf(mia, sourcing)); n != 1 {
			t.Errorf("there are %d cards", n)
		}
		if err := s.UnarchiveChannel(sourcing); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		first, _ := v.Days()
		if m := s.cardsOf(mia, sourcing)[0]; !strings.Contains(m.Text, first.Start(time.UTC).Format("2 January")) && !strings.Contains(m.Text, first.Start(time.UTC).Format("Mon 2")) {
			t.Errorf("the card says %s; log:\n%s", m.Text, s.log)
		}
	})
}

// Several ticks in a row are drawn together.
func TestSeveralTicksAreOneRedraw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		s.visitIn(sourcing)
		s.bot.live.redraws.pause = redrawPause
		before := s.Calls()["chat.update"]
		for n := range 10 {
			v := s.edits(func(v *visit.Visit) { must(v.Items.Tick(n+1, mia, time.Now())) })
			s.bot.live.changed(s.TeamID(), v.Subject())
			time.Sleep(50 * time.Millisecond)
		}
		s.bot.Wait()
		if n := s.Calls()["chat.update"] - before; n > 2 {
			t.Errorf("ten ticks were %d redraws", n)
		}
		if m := s.cardsOf(mia, sourcing)[0]; !strings.Contains(m.Text, "10 of 14 done") {
			t.Errorf("the card says %s", m.Text)
		}
	})
}

// A replica that is slow and draws an old state over a newer one draws once more.
func TestTheLaterRevisionWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		s.visitIn(sourcing)
		v := s.edits(cancel)
		s.AnswerSlowly("chat.update", 2*time.Second)
		s.bot.live.changed(s.TeamID(), v.Subject())
		time.Sleep(time.Second)
		// Another replica has drawn a later state, and ours came after it.
		later := s.edits(func(v *visit.Visit) { v.Restore() })
		if last, err := s.bot.o.Store.CardDrawn(context.Background(), s.TeamID(), v.Subject(), v.Card, later.Rev); err != nil || !last {
			t.Fatal(last, err)
		}
		s.bot.Wait()
		if m := s.cardsOf(mia, sourcing)[0]; strings.Contains(m.Text, "cancelled") {
			t.Errorf("the card says %s", m.Text)
		}
	})
}

// A card that was being drawn when the language of channels changed does not stay in the old one.
func TestACardInTheOldLanguageIsDrawnAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		v := s.visitIn(sourcing)
		s.AnswerSlowly("chat.update", 2*time.Second)
		s.bot.live.changed(s.TeamID(), v.Subject())
		time.Sleep(time.Second)
		done(t, s.bot.o.Store.SetChannelLanguage(t.Context(), s.TeamID(), store.Chinese, mia, time.Now()))
		s.bot.Wait()
		if m := s.cardsOf(mia, sourcing)[0]; !strings.Contains(says(m), "把简报发给我") {
			t.Errorf("the card says %s", says(m))
		}
	})
}

// A visit that moves while its card is on the way has one card in the end, where it is now.
func TestAVisitThatMovesBeforeItsCardHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess, localslack.Channel{ID: project, Name: "project", Members: []string{localslack.DefaultBotUserID, mia}})
		post := s.bot.holdCards() // nothing is posted for now
		v := visit.Visit{Purpose: "first_visit", First: dayAhead(60), Last: dayAhead(60)}
		v.Workspace, v.Owner, v.Factory.Name, v.Place = s.TeamID(), mia, visited, in(sourcing)
		must(s.bot.o.Store.PlanVisit(context.Background(), v, time.Now()))
		first := must(s.bot.o.Store.Occurrences(context.Background(), s.TeamID(), store.OccurrenceFilter{Subject: "visit/1", Limit: 1}))[0]
		for _, channel := range []string{project, sourcing, project} {
			s.edits(func(v *visit.Visit) { v.Channel = channel })
		}
		// Somebody had taken the first before the visit moved.
		if d := s.bot.reminders.Post(context.Background(), first); first.Kind != visit.Card || d.Outcome != visit.NothingSaid {
			t.Errorf("the %s of the old channel: %+v", first.Kind, d)
		}
		post()
		s.postCards(s.bot, s.bot.o.Store)
		if here, there := len(s.cardsOf(mia, project)), len(s.cardsOf(mia, sourcing)); here != 1 || there != 0 {
			t.Errorf("%d cards where it is, %d where it was", here, there)
		}
		if v := must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)); v.Card != s.cardsOf(mia, project)[0].TS {
			t.Errorf("kept is %q", v.Card)
		}
	})
}

// An inspection that its plan made has no card, nor has a visit whose card said nothing when
// it was to be posted: the first reminder asks for one, and comes under it.
func TestAReminderAsksForTheCardThatItStandsUnder(t *testing.T) {
	s := newStage(t, overHTTP)
	ctx := context.Background()
	v := visit.Visit{Purpose: "first_visit", First: dayAhead(60), Last: dayAhead(60)}
	v.Workspace, v.Owner, v.Factory.Name, v.Place = s.TeamID(), mia, visited, in(sourcing)
	s.withoutCard(v)
	if n := len(s.cardsOf(mia, sourcing)); n != 0 {
		t.Fatalf("%d cards", n)
	}
	post := s.bot.holdCards()
	o := s.remindOf("visit/1", visit.Remind, -28)
	if d := s.bot.reminders.Post(ctx, o); d.Outcome != visit.NotSent {
		t.Errorf("before the card: %+v", d)
	}
	post()
	s.postCards(s.bot, s.bot.o.Store)
	m := s.reminded(o, sourcing)
	if card := s.visit(1).Card; card == "" || m.ThreadTS != card {
		t.Errorf("the reminder stands under %q, the card is %q", m.ThreadTS, card)
	}
	// Where the card is refused for good, the reminder comes all the same.
	v.First, v.Last = dayAhead(70), dayAhead(70)
	s.withoutCard(v)
	s.Fail("chat.postMessage", "restricted_action", 1)
	if m := s.reminded(s.remindOf("visit/2", visit.Remind, -28), sourcing); m.ThreadTS != "" {
		t.Errorf("the reminder stands under %q", m.ThreadTS)
	}
}

// Where Slack asks to wait, the outbox hears of it at once, to note it for all replicas.
func TestAReminderIsNotRepeatedByTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		v := s.visitIn(sourcing)
		s.FailHTTP("chat.postMessage", 429, http.Header{"Retry-After": {"3"}}, 1)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		began := time.Now()
		d := s.bot.reminders.Post(ctx, s.remindOf(v.Subject(), visit.Remind, -28))
		if d.Outcome != visit.Limited || d.RetryAfter != 3*time.Second || time.Since(began) > time.Second {
			t.Errorf("after %s: %+v", time.Since(began), d)
		}
	})
}
