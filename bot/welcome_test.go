package bot

import (
	"testing"
	"time"
)

// welcomeStage is a stage whose app welcomes people, at an hour of a day in Berlin.
func welcomeStage(t *testing.T, hour int) *stage {
	t.Helper()
	s := newStage(t, overHTTP)
	s.bot.set().Welcome = true
	s.goBy(func() time.Time {
		return time.Date(2027, 3, 2, hour, 0, 0, 0, must(time.LoadLocation("Europe/Berlin")))
	})
	return s
}

const welcomed = "I help your team prepare visits"

func TestWhoeverFirstUsesTheAppIsWelcomedOnce(t *testing.T) {
	for name, use := range map[string]func(*stage){
		"a command": func(s *stage) { s.command(mia, sourcing, "/visit-prep") },
		"a direct message": func(s *stage) {
			if _, err := s.Say(mia, s.direct(mia), "", "is a clock a good gift?"); err != nil {
				s.t.Fatal(err)
			}
			s.settled()
		},
		"the messages tab": func(s *stage) {
			s.event(false, map[string]any{"type": "app_home_opened", "user": mia, "channel": s.direct(mia), "tab": "messages"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := welcomeStage(t, 12)
			for range 2 {
				use(s)
				s.bot.Wait()
			}
			again := must(New(s.bot.o)) // another process, on the same database
			again.welcomes.meet(s.TeamID(), mia)
			again.Wait()
			if n := s.count(mia, s.direct(mia), welcomed); n != 1 {
				t.Errorf("she is welcomed %d times", n)
			}
			s.nothingRefused()
		})
	}
}

func TestNobodyIsWelcomedAtNightNorFromOutside(t *testing.T) {
	s := welcomeStage(t, 23)
	s.command(mia, sourcing, "/visit-prep")
	s.bot.Wait()
	if s.has(mia, s.direct(mia), welcomed) {
		t.Error("she is written to at night")
	}
	noon := time.Date(2027, 3, 3, 12, 0, 0, 0, must(time.LoadLocation("Europe/Berlin")))
	s.goBy(func() time.Time { return noon })
	s.command(mia, sourcing, "/visit-prep")
	s.bot.Wait()
	if !s.has(mia, s.direct(mia), welcomed) {
		t.Error("she is not welcomed by day")
	}
	if err := s.SetGuest(jonas, "restricted"); err != nil {
		t.Fatal(err)
	}
	s.goBy(func() time.Time { return noon.Add(6 * time.Hour) }) // noon for him, too
	s.bot.Wait()
	s.command(jonas, sourcing, "/visit-prep")
	s.bot.Wait()
	if s.has(jonas, s.direct(jonas), welcomed) {
		t.Error("a guest is welcomed")
	}
}

// A welcome that could not be sent is tried again the next time.
func TestAWelcomeThatFailedComesTheNextTime(t *testing.T) {
	s := welcomeStage(t, 12)
	s.Fail("chat.postMessage", "internal_error", 1)
	for range 2 {
		s.bot.welcomes.meet(s.TeamID(), mia)
		s.bot.Wait()
	}
	if n := s.count(mia, s.direct(mia), welcomed); n != 1 {
		t.Errorf("she is welcomed %d times", n)
	}
}
