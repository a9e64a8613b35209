package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// advance lets calendar time go on for a while, from one thing that is due to the next.
func (s *stage) advance(base *knowledge.Base, d time.Duration) {
	s.t.Helper()
	sched := s.scheduler(base, slog.New(slog.DiscardHandler))
	until := func(t time.Time) { time.Sleep(time.Until(t)) }
	if err := sched.Advance(context.Background(), time.Now().Add(d), until); err != nil {
		s.t.Fatal(err)
	}
}

// reminders are those that somebody has got, in a channel or directly.
func (s *stage) reminders(who, channel string) (ms []localslack.Message) {
	for _, m := range s.slack.Messages(who, channel) {
		if m.Metadata != nil {
			ms = append(ms, m)
		}
	}
	return ms
}

// direct is where Mia is written to directly.
func (s *stage) direct() string {
	for _, c := range s.slack.Channels(mia) {
		if c.IM {
			return c.ID
		}
	}
	s.t.Fatal("no direct message channel")
	return ""
}

func TestOneMessageASecondGoesToAChannel(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:", "CQUIET")
		for _, key := range []string{"a", "b", "c", "d"} {
			s.due(key, sourcing)
		}
		s.due("e", "CQUIET")
		began := time.Now()
		s.run(base, time.Minute)
		ms := s.reminders(mia, sourcing)
		if len(ms) != 4 {
			t.Fatalf("%d arrived, want 4", len(ms))
		}
		for n, m := range ms[1:] {
			if gap := m.At.Sub(ms[n].At); gap < time.Second || gap > 3*time.Second {
				t.Errorf("message %d came %s after the one before it", n+2, gap)
			}
		}
		if ms := s.reminders(mia, "CQUIET"); len(ms) != 1 || ms[0].At.Sub(began) >= time.Second {
			t.Errorf("another channel waited: %d arrived", len(ms))
		}
	})
}

func TestNobodyIsWrittenToInTheirQuietHours(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const direct = "Mia"
	for _, c := range []struct {
		name        string
		mia         *store.Person // what she has chosen
		to          string
		due, arrive string // in Berlin
		visitDay    bool
	}{
		{"a channel is not written to at night", nil, sourcing, "Mon 22:00", "Tue 08:00", false},
		{"nor early in the morning", nil, sourcing, "Tue 05:30", "Tue 08:00", false},
		{"by day it is", nil, sourcing, "Mon 15:00", "Mon 15:00", false},
		{"what is due on a visit day comes at any hour", nil, sourcing, "Tue 00:00", "Tue 00:00", true},
		{"a person who chose nothing is not written to at night", nil, direct, "Mon 22:00", "Tue 08:00", false},
		{"nor one who only fixed a zone, by its night", &store.Person{Zone: "America/Chicago", Fixed: true, Quiet: store.DefaultQuiet}, direct, "Mon 13:00", "Mon 15:00", false},
		{"a person's own quiet hours count", &store.Person{Zone: "Europe/Berlin", Quiet: "14:00-16:30"}, direct, "Mon 15:00", "Mon 16:30", false},
		{"and instead of the night", &store.Person{Zone: "Europe/Berlin", Quiet: "14:00-16:30"}, direct, "Mon 22:00", "Mon 22:00", false},
		{"one who wants none has none", &store.Person{Zone: "Europe/Berlin", Quiet: ""}, direct, "Mon 22:00", "Mon 22:00", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				z, err := time.LoadLocation("Europe/Berlin")
				if err != nil {
					t.Fatal(err)
				}
				now := time.Now().In(z) // Monday 10:00
				clock, err := time.Parse("15:04", c.due[4:])
				if err != nil {
					t.Fatal(err)
				}
				day := now.Day()
				if strings.HasPrefix(c.due, "Tue") {
					day++
				}
				due := time.Date(now.Year(), now.Month(), day, clock.Hour(), clock.Minute(), 0, 0, z)
				if c.mia != nil {
					c.mia.Workspace, c.mia.ID = team, mia
					if err := s.kept.PutPerson(context.Background(), *c.mia, time.Now()); err != nil {
						t.Fatal(err)
					}
				}
				to, at := c.to, c.to
				if c.to == direct {
					to, at = mia, s.direct()
				}
				err = s.kept.AddOccurrence(context.Background(), visit.Occurrence{
					Workspace: team, Key: "k", Kind: visit.Remind, Milestone: -7, Subject: s.about.Subject(), Schedule: s.about.Schedule,
					To: to, Zone: "Europe/Berlin", AnyHour: c.visitDay, Due: due,
				})
				if err != nil {
					t.Fatal(err)
				}
				s.advance(base, 36*time.Hour)
				ms := s.reminders(mia, at)
				if len(ms) != 1 || ms[0].At.In(z).Format("Mon 15:04") != c.arrive {
					t.Errorf("%d arrived, %v, want one on %s", len(ms), ms, c.arrive)
				}
			})
		})
	}
}

// It is ten in Berlin, and in Chicago, where Mia is, the night has five hours to go.
func TestWhatChangesInSomebodysNightIsToldThemInTheMorningAsOne(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	type change struct {
		by string
		do func(*visit.Visit)
	}
	cancel := func(v *visit.Visit) { v.Cancelled = visit.Mark{By: jonas, At: time.Now()} }
	restore := func(v *visit.Visit) { v.Restore() }
	move := func(v *visit.Visit) { v.First, v.Last = v.First.AddDays(7), v.Last.AddDays(7) }
	for _, c := range []struct {
		name    string
		lost    bool // nobody knows whether the first message has arrived
		changes []change
		says    []string // of each message
	}{
		{"what is cancelled and restored is no news", false, []change{{jonas, cancel}, {jonas, restore}}, nil},
		{"nor is it when they then move it themselves", false, []change{{jonas, cancel}, {jonas, restore}, {mia, move}}, nil},
		{"what is moved twice is one message", false, []change{{jonas, move}, {jonas, move}}, []string{"Jonas Weber moved it from Fri 17 September 2027 to Fri 1 October 2027"}},
		{"what is moved while it is cancelled is told with who restores it", false, []change{{jonas, cancel}, {jonas, move}, {jonas, restore}}, []string{"Jonas Weber moved it from Fri 17 September 2027 to Fri 24 September 2027"}},
		{"what may have been read is told again, and then what came of it", true, []change{{jonas, cancel}, {jonas, restore}}, []string{"cancelled it", "restored it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				sleeps := func() {
					if err := s.kept.PutPerson(context.Background(), store.Person{Workspace: team, ID: mia, Zone: "America/Chicago", Fixed: true, Quiet: store.DefaultQuiet}, time.Now()); err != nil {
						t.Fatal(err)
					}
				}
				if !c.lost {
					sleeps()
				}
				for n, ch := range c.changes {
					if _, err := s.kept.By(ch.by).ChangeVisit(context.Background(), team, s.about.Number, time.Now(), func(v *visit.Visit) error { ch.do(v); return nil }); err != nil {
						t.Fatal(err)
					}
					if n == 0 && c.lost { // she is written to, and then known to sleep
						s.slack.LoseAnswer("chat.postMessage", 2) // in the channel, and to her
						s.slack.Fail("conversations.history", "missing_scope", 1000)
						s.run(base, 61*time.Second)
						sleeps()
						s.run(base, 5*time.Minute)
					}
					s.advance(base, 10*time.Minute)
				}
				before := len(s.reminders(mia, s.direct()))
				s.advance(base, 24*time.Hour)
				ms := s.reminders(mia, s.direct())[before:]
				for n, m := range ms {
					if n >= len(c.says) || !strings.Contains(m.Text, c.says[n]) {
						t.Errorf("message %d says %q, want those of %q", n+1, m.Text, c.says)
					}
				}
				if len(ms) < len(c.says) {
					t.Errorf("%d came in the morning, want those of %q", len(ms), c.says)
				}
			})
		})
	}
}

// In the local workspace two days pass at once, and the pause of a connection is one of real
// time: it ends where the clock is moved.
func TestWhereTheClockIsMovedAConnectionIsTriedAtOnce(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:")
		b, now := s.bot(base, slog.New(slog.DiscardHandler)), time.Now()
		post := b.Reminders()
		sched, err := scheduler.New(scheduler.Options{Store: s.kept, Post: post.Post, Find: post.Find, Check: post.Check, Tell: post.Tell,
			Checklist: b.Checklist, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		move := func(d time.Duration) {
			t.Helper()
			if err := sched.Advance(context.Background(), now.Add(d), func(t time.Time) { now = t }); err != nil {
				t.Fatal(err)
			}
		}
		s.due("k", sourcing)
		s.slack.RevokeToken("token_revoked")
		move(48 * time.Hour)
		if n := s.in(sourcing); n > 0 {
			t.Fatalf("%d came without a token", n)
		}
		s.slack.RestoreToken()
		move(0)
		if n := s.in(sourcing); n != 1 {
			t.Errorf("%d came once the token was restored, want 1", n)
		}
	})
}

// A clock that is moved goes on to the morning while no time passes.
func TestWhatWaitsForTheMorningIsHeldByNothingElse(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:")
		time.Sleep(12 * time.Hour) // Monday 22:00 in Berlin
		err := s.kept.AddOccurrence(context.Background(), visit.Occurrence{
			Workspace: team, Key: "k", Kind: visit.Remind, Milestone: -7, Subject: s.about.Subject(), Schedule: s.about.Schedule,
			To: sourcing, Zone: "Europe/Berlin", Due: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		s.run(base, time.Second)
		os, err := s.kept.Occurrences(context.Background(), team, store.OccurrenceFilter{States: []visit.State{visit.Pending}, Until: time.Now()})
		if err != nil || len(os) != 1 || !os[0].Wake.After(time.Now()) {
			t.Fatalf("%v waits, %v", os, err)
		}
		if !os[0].Hold.IsZero() {
			t.Errorf("it is held for %s more", time.Until(os[0].Hold))
		}
	})
}

// What is too late to be of use is given up where all can see it: the person who
// planned it is told, and nothing else is said.
func TestAReminderThatTheNextHasOvertakenIsNotSentAndItsPlannerIsTold(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:")
		first := civil.Of(time.Now()).AddDays(16) // two weeks before is on Wednesday, one week before a week later
		v := visit.Visit{Purpose: "first_visit", First: first, Last: first}
		v.Workspace, v.Owner, v.Factory.Name, v.Channel, v.ChannelZone = team, mia, "Ningbo Bright Metal", sourcing, "Europe/Berlin"
		if _, err := s.kept.PlanVisit(context.Background(), v, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * 24 * time.Hour) // nothing runs
		s.run(base, time.Minute)
		ms := s.reminders(mia, sourcing)
		ms = slices.DeleteFunc(ms, func(m localslack.Message) bool { return m.ThreadTS == "" }) // its card
		if len(ms) != 1 || !strings.Contains(ms[0].Text, "in 6 days") {
			t.Errorf("%d reminders came: %v", len(ms), ms)
		}
		if told := s.reminders(mia, s.direct()); len(told) != 1 || !strings.Contains(told[0].Text, "too late to be useful") {
			t.Errorf("Mia was told %v", told)
		}
	})
}

// A reminder that may have arrived is looked for. Where nobody can look, reading it
// twice is the lesser harm, and it says so; with a tip it is the other way about.
func TestWhereNobodyCanLookAReminderIsRepeatedAndATipIsNot(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind visit.Kind
		come int
	}{{visit.Remind, 2}, {visit.Tip, 1}} {
		t.Run(string(c.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				o := visit.Occurrence{Workspace: team, Key: "k", Kind: c.kind, Milestone: -7, Subject: s.about.Subject(), Schedule: s.about.Schedule, To: sourcing, Zone: "Europe/Berlin", Due: time.Now()}
				if err := s.kept.AddOccurrence(context.Background(), o); err != nil {
					t.Fatal(err)
				}
				s.slack.LoseAnswer("chat.postMessage", 1)
				s.slack.Fail("conversations.history", "missing_scope", 1000)
				s.run(base, 5*time.Minute)
				ms := s.reminders(mia, sourcing)
				if len(ms) != c.come {
					t.Fatalf("%d came, want %d", len(ms), c.come)
				}
				for n, m := range ms {
					if said := strings.Contains(m.Text, "You may have seen this before"); said != (n > 0) {
						t.Errorf("message %d says that it may have been seen before: %v", n+1, said)
					}
				}
			})
		})
	}
}

// Where the optional scopes were declined when the app was installed, everything is sent
// as ever. Only what may have arrived cannot be looked for, and comes again, marked.
func TestWithoutTheOptionalScopesAReminderIsRepeatedMarked(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, s := range bot.Permissions() {
		if !s.Optional {
			required = append(required, s.Name)
		}
	}
	for _, private := range []bool{false, true} {
		t.Run(fmt.Sprintf("private %v", private), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStageWith(t, ":memory:", required)
				if private {
					if err := s.slack.MakePrivate(sourcing); err != nil {
						t.Fatal(err)
					}
				}
				s.due("arrives", sourcing)
				s.run(base, 5*time.Minute)
				s.due("is lost", sourcing)
				s.slack.LoseAnswer("chat.postMessage", 1)
				s.run(base, 5*time.Minute)
				s.due("arrives again", sourcing)
				said := s.run(base, 5*time.Minute)
				ms := s.reminders(mia, sourcing)
				var marked []int
				for n, m := range ms {
					if strings.Contains(m.Text, "You may have seen this before") {
						marked = append(marked, n)
					}
				}
				if len(ms) != 4 || !slices.Equal(marked, []int{2}) {
					t.Errorf("%d came and %v are marked as a possible repeat, want 4 and the third: %v", len(ms), marked, ms)
				}
				for _, key := range []string{"arrives", "is lost", "arrives again"} {
					if o, err := s.kept.Occurrence(context.Background(), team, key); err != nil || o.State != visit.Sent {
						t.Errorf("what %s is %s, %v", key, o.State, err)
					}
				}
				if strings.Contains(said, "connection to Slack has failed") {
					t.Errorf("a declined scope counts as a fault of the connection:\n%s", said)
				}
			})
		})
	}
}
