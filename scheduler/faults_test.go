package scheduler_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// counted counts the calls that post a message.
type counted struct {
	next  http.RoundTripper
	posts atomic.Int64
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/chat.postMessage") {
		c.posts.Add(1)
	}
	return c.next.RoundTrip(r)
}

func TestFaultsOfSlack(t *testing.T) {
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const method = "chat.postMessage"
	for _, c := range []struct {
		name   string
		fault  func(w *localslack.Workspace)
		state  visit.State
		after  time.Duration // not before
		posts  int64         // at most, with the notice
		notice bool          // the owner is told
	}{
		{"no fault", func(*localslack.Workspace) {}, visit.Sent, 0, 1, false},
		{"asked to wait, it waits, and that costs no attempt", func(w *localslack.Workspace) {
			w.FailHTTP(method, 429, http.Header{"Retry-After": {"30"}}, 3)
		}, visit.Sent, 90 * time.Second, 4, false},
		{"a server error may have posted: looked for, not there, sent", func(w *localslack.Workspace) { w.FailHTTP(method, 500, nil, 1) }, visit.Sent, 5 * time.Second, 2, false},
		{"so may internal_error", func(w *localslack.Workspace) { w.Fail(method, "internal_error", 1) }, visit.Sent, 5 * time.Second, 2, false},
		{"an answer that was lost: looked for and found", func(w *localslack.Workspace) { w.LoseAnswer(method, 1) }, visit.Sent, 0, 1, false},
		{"lost, and looking fails for a while", func(w *localslack.Workspace) {
			w.LoseAnswer(method, 1)
			w.FailHTTP("conversations.history", 500, nil, 4)
		}, visit.Sent, 5 * time.Second, 1, false},
		{"the bot was thrown out of the channel", func(w *localslack.Workspace) { w.Fail(method, "channel_not_found", 1) }, visit.Dead, 0, 2, true},
		{"the channel is archived", func(w *localslack.Workspace) { w.Fail(method, "is_archived", 1) }, visit.Dead, 0, 2, true},
		{"the token is revoked", func(w *localslack.Workspace) { w.Fail(method, "token_revoked", 1) }, visit.Dead, 0, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)))
				ctx, stop := context.WithCancel(context.Background())
				timing := visit.DefaultTiming()
				quiet := slog.New(slog.DiscardHandler)
				kept, err := store.Open(ctx, store.Options{URL: ":memory:", Timing: timing, Logger: quiet})
				if err != nil {
					t.Fatal(err)
				}
				defer kept.Close()
				o := localslack.Sample()
				o.Scopes, o.BaseURL, o.Deliver = bot.Scopes(), "http://slack.test", http.NotFoundHandler()
				w, err := localslack.New(o)
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				count := &counted{next: w.HTTPClient().Transport}
				client := &http.Client{Transport: bot.Careful(count)}
				api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(client))
				b, err := bot.New(bot.Options{Knowledge: base, Slack: api, HTTP: client, Store: kept, Timing: timing, Logger: quiet})
				if err != nil {
					t.Fatal(err)
				}
				s, err := scheduler.New(scheduler.Options{Store: kept, Post: b.Post, Find: b.Find, Checklist: b.Checklist, Timing: timing, Logger: quiet})
				if err != nil {
					t.Fatal(err)
				}
				const team, mia, sourcing = localslack.DefaultTeamID, "U0MIACHEN01", "C0SOURCING1"
				place := visit.Place{Zone: visit.DefaultZone}
				day := place.Today(time.Now()).AddDays(200)
				v, err := kept.PlanVisit(ctx, visit.Visit{Workspace: team, Factory: visit.Factory{Name: "A"}, Purpose: "first_visit", First: day, Last: day, Place: visit.Place{Channel: sourcing}, Owner: mia}, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				if err := kept.AddOccurrence(ctx, visit.Occurrence{Workspace: team, Key: "k", Kind: visit.Remind, Milestone: -7, Subject: v.Subject(), Schedule: v.Schedule, To: sourcing, Zone: "Europe/Berlin", Due: began, Wake: began}); err != nil {
					t.Fatal(err)
				}
				c.fault(w)
				done := make(chan error, 1)
				go func() { done <- s.Run(ctx) }()
				time.Sleep(15 * time.Minute)
				stop()
				<-done
				got, err := kept.Occurrence(context.Background(), team, "k")
				if err != nil {
					t.Fatal(err)
				}
				inChannel, told := 0, false
				for _, m := range w.Messages(mia, sourcing) {
					if m.Metadata != nil {
						inChannel++
					}
				}
				for _, ch := range w.Channels(mia) {
					for _, m := range w.Messages(mia, ch.ID) {
						told = told || ch.IM && strings.Contains(m.Text, "did not reach anybody")
					}
				}
				if got.State != c.state || told != c.notice {
					t.Errorf("it is %s (%s), owner told %v; want %s, %v", got.State, got.Error, told, c.state, c.notice)
				}
				if want := map[visit.State]int{visit.Sent: 1, visit.Dead: 0}[c.state]; inChannel != want {
					t.Errorf("%d messages in the channel, want %d", inChannel, want)
				}
				if c.state == visit.Sent && got.Sent.Sub(began) < c.after {
					t.Errorf("sent after %s, want %s or more", got.Sent.Sub(began), c.after)
				}
				if n := count.posts.Load(); n > c.posts {
					t.Errorf("%d posts were tried, want at most %d", n, c.posts)
				}
			})
		})
	}
}
