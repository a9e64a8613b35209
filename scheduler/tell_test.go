package scheduler_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The cast: Jonas has planned, Nina goes there, and so does Li Wei of the other
// company; Mia and Otto are admins.
const (
	jonas = localslack.SampleJonas
	liwei = localslack.SampleLiWei
	nina  = "U0NINA00001"
	otto  = "U0OTTO00001"
)

func (s *stage) cast() {
	s.t.Helper()
	for _, p := range []localslack.Person{
		{ID: nina, Name: "nina", RealName: "Nina Roth", TeamID: team, TZ: "Europe/Berlin"},
		{ID: otto, Name: "otto", RealName: "Otto Lang", TeamID: team, TZ: "Europe/Berlin", Admin: true},
	} {
		if err := s.slack.AddPerson(p); err != nil {
			s.t.Fatal(err)
		}
		if err := s.slack.Join(p.ID, sourcing); err != nil {
			s.t.Fatal(err)
		}
	}
	ctx := context.Background()
	v, err := s.kept.ChangeVisit(ctx, team, s.about.Number, time.Now(), func(v *visit.Visit) error {
		v.Owner, v.People = jonas, []visit.Person{{User: liwei}, {User: nina}, {Name: "a driver"}}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.about = v
	for _, id := range []string{mia, jonas, nina, otto} { // nobody sleeps: it is the order that is tested
		if err := s.kept.PutPerson(ctx, store.Person{Workspace: team, ID: id, Zone: "Europe/Berlin"}, time.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// heard are the notices that each person has in their direct messages.
func (s *stage) heard() map[string][]string {
	heard := map[string][]string{}
	for _, p := range s.slack.People() {
		for _, c := range s.slack.Channels(p.ID) {
			if !c.IM || p.Bot {
				continue
			}
			for _, m := range s.slack.Messages(p.ID, c.ID) {
				if strings.Contains(m.Text, "could not be delivered") {
					heard[p.ID] = append(heard[p.ID], m.Text)
				}
			}
		}
	}
	return heard
}

// refuses lets Slack refuse what is written to some people, with a word.
func (s *stage) refuses(word string, people ...string) {
	s.wire.breaks(1<<30, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		for _, p := range people {
			if strings.Contains(string(body), "channel="+p) {
				return says(word)(r, next)
			}
		}
		return next.RoundTrip(r)
	})
}

func TestSomebodyIsToldOfWhatIsLost(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	leave := func(people ...string) func(*stage) {
		return func(s *stage) {
			for _, p := range people {
				if err := s.slack.Deactivate(p); err != nil {
					s.t.Fatal(err)
				}
			}
		}
	}
	milestone := func(s *stage) { s.due("k", sourcing) }
	for _, c := range []struct {
		name   string
		change func(s *stage)
		lost   func(s *stage)
		hears  []string
		says   string
	}{
		{"whoever planned it", func(*stage) {}, milestone, []string{jonas}, "the channel is archived"},
		{"they have left: who goes there, and nobody of another company", leave(jonas), milestone, []string{nina}, "Visit 1, A"},
		{"Slack refuses to write to them", func(s *stage) { s.refuses("user_disabled", jonas) }, milestone, []string{nina}, "Visit 1, A"},
		{"it stumbles on writing to them, each time", func(s *stage) { s.refuses("internal_error", jonas) }, milestone, []string{nina}, "Visit 1, A"},
		{"all of the visit have left: an admin", leave(jonas, nina), milestone, []string{mia}, "Visit 1, A"},
		{"and the next admin", func(s *stage) { leave(jonas)(s); s.refuses("channel_not_found", nina, mia) }, milestone, []string{otto}, "Visit 1, A"},
		{"nobody is left", func(s *stage) { leave(jonas, nina)(s); s.refuses("channel_not_found", mia, otto) }, milestone, nil, ""},
		{"what was for whoever planned it", leave(jonas), func(s *stage) {
			s.lose(visit.Occurrence{Key: "k", Kind: visit.Escalation, Subject: s.about.Subject(), Schedule: s.about.Schedule, To: jonas})
		}, []string{nina}, "the channel is archived"}, // where it went instead
		{"a person's own list: whoever planned what they have items of", func(s *stage) { s.refuses("user_disabled", nina) }, func(s *stage) {
			s.give(nina)
			s.lose(visit.Occurrence{Key: "k", Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, nina), To: nina, Day: civil.Of(time.Now())})
		}, []string{jonas}, "the open items of Nina Roth"},
		{"a tip: an admin", func(*stage) {}, func(s *stage) {
			s.lose(visit.Occurrence{Key: "k", Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, sourcing), To: sourcing})
		}, []string{mia}, "the tips for #china-sourcing"},
		{"several of one visit in one message", func(*stage) {}, func(s *stage) {
			for _, k := range []string{"k", "l", "m"} {
				s.due(k, sourcing)
			}
		}, []string{jonas}, "3 reminders about Visit 1, A could not be delivered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				s.cast()
				c.lost(s)
				c.change(s)
				if err := s.slack.ArchiveChannel(sourcing); err != nil {
					t.Fatal(err)
				}
				for range 40 { // a process that is restarted all the time
					s.run(base, 50*time.Second)
				}
				heard := s.heard()
				for _, p := range []string{mia, jonas, nina, otto, liwei} {
					want := 0
					if slices.Contains(c.hears, p) {
						want = 1
					}
					if len(heard[p]) != want || want == 1 && !strings.Contains(heard[p][0], c.says) {
						t.Errorf("%s hears %q, want %d that says %q", p, heard[p], want, c.says)
					}
				}
				notices, err := s.kept.Occurrences(context.Background(), team, store.OccurrenceFilter{Kinds: []visit.Kind{visit.Notice}, To: []string{liwei}})
				if err != nil || len(notices) > 0 {
					t.Errorf("for Li Wei there are %+v, %v", notices, err)
				}
				if o, err := s.kept.Occurrence(context.Background(), team, "k"); err != nil || o.State != visit.Dead {
					t.Errorf("it is %s (%s), %v", o.State, o.Error, err)
				}
			})
		})
	}
}

// lose records a message that is due.
func (s *stage) lose(o visit.Occurrence) {
	s.t.Helper()
	o.Workspace, o.Zone, o.AnyHour, o.Due = team, "Europe/Berlin", true, time.Now()
	if err := s.kept.AddOccurrence(context.Background(), o); err != nil {
		s.t.Fatal(err)
	}
}

// give gives a person an item of the visit.
func (s *stage) give(person string) {
	s.t.Helper()
	_, err := s.kept.ChangeVisit(context.Background(), team, s.about.Number, time.Now(), func(v *visit.Visit) error {
		v.Items = visit.Checklist{{ID: 1, Text: "Ask for the licence", Milestone: -200, Owner: person}}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// A process that dies after it has given something up leaves it to the next to tell.
func TestWhatWasGivenUpIsToldOfByTheNextProcess(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:")
		s.cast()
		s.due("k", sourcing)
		ctx := context.Background()
		os, err := s.kept.Claim(ctx, store.Claim{Owner: "gone", Now: time.Now(), Elapsed: time.Now(), Lease: 30 * time.Second, Limit: 1})
		if err != nil || len(os) != 1 {
			t.Fatal(os, err)
		}
		dead := os[0]
		dead.State, dead.Error = visit.Dead, "is_archived"
		if ok, err := s.kept.Settle(ctx, os[0], dead); err != nil || !ok {
			t.Fatal(ok, err)
		}
		s.run(base, 2*time.Minute)
		s.run(base, 2*time.Minute)
		if heard := s.heard(); len(heard[jonas]) != 1 || len(heard) != 1 {
			t.Errorf("they hear %q, want Jonas once", heard)
		}
	})
}

// Where Slack does not say who the admins are, it is asked again.
func TestAnAdminIsToldOnceSlackSaysWhoThatIs(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:")
		s.cast()
		for _, p := range []string{jonas, nina} {
			if err := s.slack.Deactivate(p); err != nil {
				t.Fatal(err)
			}
		}
		s.due("k", sourcing)
		if err := s.slack.ArchiveChannel(sourcing); err != nil {
			t.Fatal(err)
		}
		s.slack.Fail("users.list", "internal_error", 5)
		s.run(base, time.Hour)
		if heard := s.heard(); len(heard[mia]) != 1 || len(heard) != 1 {
			t.Errorf("they hear %q, want Mia once", heard)
		}
	})
}

// The token is revoked while reminders are due, and nobody starts the program again.
func TestARevokedTokenThatIsRestored(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, due := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, ":memory:")
			ctx := context.Background()
			s.slack.RevokeToken("token_revoked")
			if begins, err := s.kept.NoteFault(ctx, team, "token_revoked", time.Now(), time.Now()); err != nil || !begins {
				t.Fatal(begins, err)
			}
			if due {
				s.due("k", sourcing)
			}
			s.run(base, 3*time.Hour)
			if cs, err := s.kept.Connections(ctx); err != nil || len(cs) != 1 || cs[0].Fault != "token_revoked" || time.Since(cs[0].Since) < 3*time.Hour {
				t.Errorf("while it lasts the connections are %+v, %v", cs, err)
			}
			s.slack.RestoreToken()
			s.run(base, 6*time.Minute)
			if cs, err := s.kept.Connections(ctx); err != nil || len(cs) != 0 {
				t.Errorf("once it is good again they are %+v, %v", cs, err)
			}
			if due && s.in(sourcing) != 1 {
				t.Errorf("%d reminders came", s.in(sourcing))
			}
		})
	}
}

// Two replicas try a broken connection no more often than one.
func TestTwoReplicasTryABrokenConnectionOneAtATime(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:", "C1", "C2", "C3", "C4", "C5")
		if _, err := s.kept.NoteFault(context.Background(), team, "token_revoked", time.Now(), time.Now()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []string{"C1", "C2", "C3", "C4", "C5"} {
			s.due(c, c)
		}
		s.always(time.Now().Add(time.Hour), says("token_revoked"))
		ctx, stop := context.WithTimeout(context.Background(), time.Hour)
		defer stop()
		ended := make(chan error, 2)
		for range 2 {
			go func() { ended <- s.scheduler(base, slog.New(slog.DiscardHandler)).Run(ctx) }()
		}
		<-ended
		<-ended
		// After 1, 2, 4 and 5 minutes, and every 5 minutes then.
		if n := s.wire.count(); n < 10 || n > 14 {
			t.Errorf("%d posts were tried in an hour, want 12 or so", n)
		}
	})
}

// That Slack knows the token does not say that it takes what is posted: while a message is
// due, that is what the connection is tried with, and nothing else ends the fault.
func TestTheOnlyMessageThatIsDueTriesTheConnection(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, ":memory:")
		s.due("k", sourcing)
		s.always(time.Now().Add(2*time.Hour), says("missing_scope"))
		said := s.run(base, 3*time.Hour)
		if began, ended := strings.Count(said, "Slack has failed"), strings.Count(said, "Slack is back"); began != 1 || ended != 1 || s.in(sourcing) != 1 {
			t.Errorf("%d came, and the log says %d times that it begins and %d times that it ends:\n%s", s.in(sourcing), began, ended, said)
		}
		if n := s.wire.count(); n < 25 || n > 30 {
			t.Errorf("%d posts were tried, want one every five minutes at last", n)
		}
	})
}
