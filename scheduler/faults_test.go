package scheduler_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
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

const postMessage = "/chat.postMessage"

// A wire carries the bot's calls to the local Slack, counts those that post, and
// breaks the first ones as a test asks.
type wire struct {
	next http.RoundTripper

	mu     sync.Mutex
	posts  int
	faulty func(r *http.Request, next http.RoundTripper) (*http.Response, error) // a post; nil is a whole wire
	times  int
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, postMessage) {
		return w.next.RoundTrip(r)
	}
	w.mu.Lock()
	w.posts++
	faulty := w.faulty
	if w.times--; w.times < 0 {
		faulty = nil
	}
	w.mu.Unlock()
	if faulty == nil {
		return w.next.RoundTrip(r)
	}
	return faulty(r, w.next)
}

func (w *wire) breaks(times int, f func(r *http.Request, next http.RoundTripper) (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times, w.faulty = times, f
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.posts
}

// hangs never answers; the client gives up.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A stage is a scheduler with a real store and the real bot, on a wire to the local
// Slack, in a synctest bubble that has begun on a working morning.
type stage struct {
	t     *testing.T
	kept  *store.Store
	slack *localslack.Workspace
	wire  *wire
	about visit.Visit
}

const (
	team     = localslack.DefaultTeamID
	mia      = "U0MIACHEN01"
	sourcing = "C0SOURCING1"
)

func newStage(t *testing.T, url string, channels ...string) *stage {
	t.Helper()
	return newStageWith(t, url, bot.Scopes(), channels...)
}

// newStageWith grants the app no more than these scopes.
func newStageWith(t *testing.T, url string, scopes []string, channels ...string) *stage {
	t.Helper()
	time.Sleep(time.Until(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)))
	kept := openStore(t, url)
	o := localslack.Sample()
	o.Scopes, o.BaseURL, o.Deliver = scopes, "http://slack.test", http.NotFoundHandler()
	for _, c := range channels {
		o.Channels = append(o.Channels, localslack.Channel{ID: c, Name: strings.ToLower(c), Members: []string{localslack.DefaultBotUserID, mia}})
	}
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return &stage{t, kept, w, &wire{next: w.HTTPClient().Transport}, planVisit(t, kept, sourcing)}
}

func (s *stage) due(key, to string) {
	s.t.Helper()
	remind(s.t, s.kept, s.about, key, to, time.Now())
}

// scheduler is a process with the scheduler and the bot on the wire.
func (s *stage) scheduler(base *knowledge.Base, log *slog.Logger) *scheduler.Scheduler {
	s.t.Helper()
	timing, b := visit.DefaultTiming(), s.bot(base, log)
	sched, err := scheduler.New(scheduler.Options{Store: s.kept, Post: b.Reminders().Post, Find: b.Reminders().Find, Check: b.Reminders().Check, Tell: b.Reminders().Tell, Checklist: b.Checklist, Timing: timing, Logger: log})
	if err != nil {
		s.t.Fatal(err)
	}
	return sched
}

// bot is the bot of a process, on the wire.
func (s *stage) bot(base *knowledge.Base, log *slog.Logger) *bot.Bot {
	s.t.Helper()
	client := &http.Client{Transport: bot.DeadlineTransport(s.wire)}
	api := slack.New(s.slack.BotToken(), slack.OptionAPIURL(s.slack.APIURL("http://slack.test")), slack.OptionHTTPClient(client))
	b, err := bot.New(bot.Options{Knowledge: base, Slack: bot.OneClient(api), HTTP: client, Store: s.kept, Timing: visit.DefaultTiming(), Logger: log})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// run lets the scheduler work for a while. It returns what the log said.
func (s *stage) run(base *knowledge.Base, d time.Duration) string {
	s.t.Helper()
	var said bytes.Buffer
	sched := s.scheduler(base, slog.New(slog.NewTextHandler(&said, nil)))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sched.Run(ctx) }()
	time.Sleep(d)
	stop()
	<-done
	return said.String()
}

// in counts the reminders in a channel.
func (s *stage) in(channel string) (n int) {
	for _, m := range s.slack.Messages(mia, channel) {
		if m.Metadata != nil {
			n++
		}
	}
	return n
}

// told reports whether Mia heard that a reminder did not arrive.
func (s *stage) told() bool {
	for _, c := range s.slack.Channels(mia) {
		for _, m := range s.slack.Messages(mia, c.ID) {
			if c.IM && strings.Contains(m.Text, "could not be delivered") {
				return true
			}
		}
	}
	return false
}

func TestFaultsOfSlack(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const method = "chat.postMessage"
	for _, c := range []struct {
		name  string
		fault func(s *stage)
		state visit.State
		after time.Duration // not before
		posts int           // at most, with the notice
		told  bool          // the owner is
	}{
		{"no fault", func(*stage) {}, visit.Sent, 0, 1, false},
		{"asked to wait, it waits, and that costs no attempt", func(s *stage) {
			s.slack.FailHTTP(method, 429, http.Header{"Retry-After": {"30"}}, 3)
		}, visit.Sent, 90 * time.Second, 4, false},
		{"a server error may have posted: looked for, not there, sent", func(s *stage) { s.slack.FailHTTP(method, 500, nil, 1) }, visit.Sent, 5 * time.Second, 2, false},
		{"so may internal_error", func(s *stage) { s.slack.Fail(method, "internal_error", 1) }, visit.Sent, 5 * time.Second, 2, false},
		{"an answer that was lost: looked for and found", func(s *stage) { s.slack.LoseAnswer(method, 1) }, visit.Sent, 0, 1, false},
		{"lost, and looking fails for a while", func(s *stage) {
			s.slack.LoseAnswer(method, 1)
			s.slack.FailHTTP("conversations.history", 500, nil, 4)
		}, visit.Sent, 5 * time.Second, 1, false},
		{"Slack is not reached at all: tried again soon", func(s *stage) {
			s.wire.breaks(3, func(*http.Request, http.RoundTripper) (*http.Response, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			})
		}, visit.Sent, 2*time.Second + 4*time.Second + 8*time.Second, 4, false},
		{"the connection is reset before the request is written", func(s *stage) {
			s.wire.breaks(1, func(*http.Request, http.RoundTripper) (*http.Response, error) {
				return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
			})
		}, visit.Sent, 5 * time.Second, 2, false},
		{"and after it is written", func(s *stage) {
			s.wire.breaks(1, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				if _, err := next.RoundTrip(r); err != nil {
					return nil, err
				}
				return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
			})
		}, visit.Sent, 5 * time.Second, 1, false},
		{"the request hangs and never arrives", func(s *stage) {
			s.wire.breaks(1, func(r *http.Request, _ http.RoundTripper) (*http.Response, error) { return hangs(r) })
		}, visit.Sent, 15 * time.Second, 2, false},
		{"it arrives and the answer hangs", func(s *stage) {
			s.wire.breaks(1, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				if _, err := next.RoundTrip(r); err != nil {
					return nil, err
				}
				return hangs(r)
			})
		}, visit.Sent, 15 * time.Second, 1, false},
		{"the answer is cut off in its middle", func(s *stage) {
			s.wire.breaks(1, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				res, err := next.RoundTrip(r)
				if err != nil {
					return nil, err
				}
				res.Body = io.NopCloser(io.MultiReader(io.LimitReader(res.Body, 20), cutOff{}))
				return res, nil
			})
		}, visit.Sent, 5 * time.Second, 1, false},
		{"something between answers with a page of HTML", func(s *stage) {
			s.wire.breaks(1, func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader("<html>Sign in to the network</html>")), Request: r}, nil
			})
		}, visit.Sent, 5 * time.Second, 2, false},
		{"the bot was thrown out of the channel", func(s *stage) { s.slack.Fail(method, "channel_not_found", 1) }, visit.Dead, 0, 2, true},
		{"the channel is archived", func(s *stage) { s.slack.Fail(method, "is_archived", 1) }, visit.Dead, 0, 2, true},
		{"the token is revoked: it waits", func(s *stage) { s.slack.Fail(method, "token_revoked", 2) }, visit.Sent, 3 * time.Minute, 3, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				began := time.Now()
				s.due("k", sourcing)
				c.fault(s)
				s.run(base, 15*time.Minute)
				got, err := s.kept.Occurrence(context.Background(), team, "k")
				if err != nil {
					t.Fatal(err)
				}
				if told := s.told(); got.State != c.state || told != c.told {
					t.Errorf("it is %s (%s), owner told %v; want %s, %v", got.State, got.Error, told, c.state, c.told)
				}
				if n, want := s.in(sourcing), map[visit.State]int{visit.Sent: 1, visit.Dead: 0}[c.state]; n != want {
					t.Errorf("%d messages in the channel, want %d", n, want)
				}
				if c.state == visit.Sent && got.Sent.Sub(began) < c.after {
					t.Errorf("sent after %s, want %s or more", got.Sent.Sub(began), c.after)
				}
				if n := s.wire.count(); n > c.posts {
					t.Errorf("%d posts were tried, want at most %d", n, c.posts)
				}
			})
		})
	}
}

// cutOff is the end of a body that has no end.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// limited answers 429 to posts in some channels, or in all, until the instant.
func limited(until time.Time, only string) func(*http.Request, http.RoundTripper) (*http.Response, error) {
	return func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		wait := time.Until(until)
		if wait <= 0 || !strings.Contains(string(body), only) {
			return next.RoundTrip(r)
		}
		h := http.Header{"Retry-After": {fmt.Sprint(int(wait.Seconds()) + 1)}}
		return &http.Response{StatusCode: 429, Header: h, Body: http.NoBody, Request: r}, nil
	}
}

func TestAskedToWait(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const many = 100
	var channels []string
	for n := range many {
		channels = append(channels, fmt.Sprintf("CROOM%03d", n))
	}
	for _, c := range []struct {
		name   string
		only   string
		during int // reminders that arrive while Slack asks to wait
		posts  int // at most
	}{
		{"in one channel: the others go on", "CROOM007", many - 1, many + 1},
		{"in the workspace: nothing hammers at it", "", 0, many + 2*20}, // 20 workers had begun
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:", channels...)
				for _, ch := range channels {
					s.due(ch, ch)
				}
				s.wire.breaks(1<<30, limited(time.Now().Add(2*time.Minute), c.only))
				arrived := func() (n int) {
					for _, ch := range channels {
						n += s.in(ch)
					}
					return n
				}
				during := 0
				go func() {
					time.Sleep(time.Minute)
					during = arrived()
				}()
				s.run(base, 10*time.Minute)
				if during != c.during {
					t.Errorf("%d arrived while Slack asked to wait, want %d", during, c.during)
				}
				if n := arrived(); n != many {
					t.Errorf("%d arrived in the end, want %d", n, many)
				}
				if n := s.wire.count(); n > c.posts {
					t.Errorf("%d posts were tried, want at most %d", n, c.posts)
				}
			})
		})
	}
}
