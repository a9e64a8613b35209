package scheduler_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// planSoon plans a visit that is so near that the team has to catch up.
func (s *stage) planSoon() visit.Visit {
	s.t.Helper()
	first := civil.Of(time.Now()).AddDays(10)
	v := visit.Visit{Purpose: "first_visit", First: first, Last: first}
	v.Workspace, v.Owner, v.Factory.Name, v.Channel, v.ChannelZone = team, mia, "Ningbo Bright Metal", sourcing, "Europe/Berlin"
	v.Items = visit.Checklist{{ID: 1, Milestone: -28, Text: "Book the interpreter"}}
	v, err := s.kept.PlanVisit(context.Background(), v, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// ofVisit are the cards of a visit in its channel, and the reminders that stand under one.
func (s *stage) ofVisit(v visit.Visit) (cards, under []localslack.Message) {
	for _, m := range s.slack.Messages(mia, v.Channel) {
		switch {
		case m.Metadata == nil:
		case m.ThreadTS != "" && m.ThreadTS != m.TS:
			under = append(under, m)
		default:
			cards = append(cards, m)
		}
	}
	return cards, under
}

// Whatever Slack does while a visit is planned, its channel has one card in the end, and
// the list of what to catch up with stands under it.
func TestACardIsNeitherLostNorDoubled(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const method = "chat.postMessage"
	for _, c := range []struct {
		name  string
		fault func(s *stage)
	}{
		{"no fault", func(*stage) {}},
		{"asked to wait", func(s *stage) { s.slack.FailHTTP(method, 429, http.Header{"Retry-After": {"30"}}, 2) }},
		{"a lost answer", func(s *stage) { s.slack.LoseAnswer(method, 1) }},
		{"a lost answer, and nobody can look for a while", func(s *stage) {
			s.slack.LoseAnswer(method, 1)
			s.slack.FailHTTP("conversations.history", 500, nil, 4)
		}},
		{"a server error", func(s *stage) { s.slack.FailHTTP(method, 503, nil, 1) }},
		{"not reached", func(s *stage) {
			s.wire.breaks(2, func(*http.Request, http.RoundTripper) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			})
		}},
		{"killed between posting and keeping", func(s *stage) {
			os, err := s.kept.Claim(context.Background(), store.Claim{Owner: "killed", Now: time.Now(), Elapsed: time.Now(), Lease: 30 * time.Second, Limit: 1})
			if err != nil || len(os) != 1 || os[0].Kind != visit.Card {
				s.t.Fatalf("taken is %v, %v", os, err)
			}
			if d := s.bot(base, slog.New(slog.DiscardHandler)).Reminders().Post(context.Background(), os[0]); d.Outcome != visit.Delivered {
				s.t.Fatalf("%+v", d)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				v := s.planSoon()
				c.fault(s)
				s.run(base, 5*time.Minute)
				cards, under := s.ofVisit(v)
				kept, err := s.kept.Visit(context.Background(), team, v.Number)
				if err != nil {
					t.Fatal(err)
				}
				if len(cards) != 1 || cards[0].TS != kept.Card {
					t.Fatalf("%d cards are in the channel, kept is %q", len(cards), kept.Card)
				}
				if kept.Rev != v.Rev || kept.Schedule != v.Schedule {
					t.Errorf("the card made it revision %d and schedule %d", kept.Rev, kept.Schedule)
				}
				if len(under) != 1 || under[0].ThreadTS != kept.Card || !strings.Contains(under[0].Text, "what should be done by now") {
					t.Errorf("under the card stand %v", under)
				}
			})
		})
	}
}
