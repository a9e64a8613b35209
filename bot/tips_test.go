package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

func TestNoTipTwiceUntilAllWereSeen(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, must(knowledge.Embedded()))
	g := b.guide.Load()
	for round := range 2 {
		seen := map[string]bool{}
		for range g.Tips {
			e := b.tips.next(g, "T1", "C1")
			if seen[e.ID] {
				t.Fatalf("round %d: %s came twice", round, e.ID)
			}
			seen[e.ID] = true
		}
	}
	// A bot that starts anew on the same database goes on where the other was.
	first := b.tips.next(g, "T1", "C2")
	again, err := New(b.o)
	if err != nil {
		t.Fatal(err)
	}
	if e := again.tips.next(g, "T1", "C2"); e == first {
		t.Errorf("%s came again after a restart", e.ID)
	}
}

func TestEtiquetteTipsDoNotRepeatInAChannel(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		seen := map[string]bool{}
		m := s.command(mia, sourcing, "/etiquette")
		for range len(s.bot.guide.Load().Tips) - 1 {
			if seen[m.Text] {
				t.Fatalf("seen before: %s", m.Text)
			}
			seen[m.Text] = true
			if len(seen)%2 == 0 { // asked for again by a colleague, or by the button
				m = s.command(jonas, sourcing, "/etiquette")
				continue
			}
			before := m.Text
			s.press(mia, s.last(mia, sourcing), "Another tip")
			s.until("another tip is shown", func() bool { return s.last(mia, sourcing).Text != before })
			m = s.last(mia, sourcing)
		}
	})
}

func TestFromTheEveOfAVisitOnTipsAreForTheVisitItself(t *testing.T) {
	for _, c := range []struct {
		name  string
		today civil.Date
		want  knowledge.Phase
	}{
		{"two days before", civil.On(2027, 3, 6), knowledge.Before},
		{"on the eve", civil.On(2027, 3, 7), knowledge.During},
		{"on its last day", civil.On(2027, 3, 9), knowledge.During},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			s.goBy(func() time.Time { return c.today.At(12, 0, must(time.LoadLocation(visit.DefaultZone))) })
			v := s.visitIn(sourcing)
			s.changeVisit(v, func(v *visit.Visit) { v.First, v.Last = civil.On(2027, 3, 8), civil.On(2027, 3, 9) })
			shown := says(s.command(mia, sourcing, "/etiquette"))
			var phase knowledge.Phase
			for _, tip := range s.bot.guide.Load().Tips {
				if strings.Contains(shown, tip.Title) {
					phase = tip.Phase
				}
			}
			if phase != c.want {
				t.Errorf("the tip is for %q the visit, want %q:\n%s", phase, c.want, shown)
			}
		})
	}
}

func TestTipsAreSubscribedToWhereTheAppIs(t *testing.T) {
	const away = "C0AWAY00001"
	s := newStage(t, overHTTP, localslack.Channel{ID: away, Name: "away", Private: true, Members: []string{mia}})
	for _, c := range []struct{ channel, says string }{{away, "Type /invite @visitprep here, then press Try again"}, {general, "Type /invite @visitprep here, then press Try again"}, {sourcing, "I'll post a tip here every working day"}, {s.direct(mia), "I'll post a tip here every working day"}} {
		if got := s.types(mia, c.channel, "/etiquette subscribe daily"); !strings.Contains(got, c.says) {
			t.Errorf("in %s she reads\n%s", c.channel, got)
		}
	}
	subscribed := func() int {
		return len(must(s.bot.o.Store.Schedules(context.Background(), s.TeamID(), visit.RecurTip)))
	}
	if n := subscribed(); n != 2 {
		t.Errorf("%d subscriptions, want 2", n)
	}
	if got := s.types(jonas, sourcing, "/etiquette subscribe off"); !strings.Contains(got, "Tips are off here") || subscribed() != 1 {
		t.Errorf("%d subscriptions are left when he reads\n%s", subscribed(), got)
	}
}

// TestWhoIsNotInAChannelSubscribesNothingThere: Slack would not let them type there; a
// request that says so is not proof that they can.
func TestWhoIsNotInAChannelSubscribesNothingThere(t *testing.T) {
	s := newPrivateStage(t)
	for who, may := range map[string]bool{mia: true, jonas: false} {
		m, err := s.bot.tips.subscribeCommand(context.Background(), request{caller: caller{team: s.TeamID(), user: who, channel: project, on: guide.Private}, rest: "daily"})
		if err != nil || strings.Contains(m.Text.String(), "I'll post a tip here") != may {
			t.Errorf("%s reads %q, %v", who, m.Text.String(), err)
		}
	}
}
