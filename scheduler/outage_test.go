package scheduler_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// always breaks every post until an instant, as f does.
func (s *stage) always(until time.Time, f func(r *http.Request, next http.RoundTripper) (*http.Response, error)) {
	s.wire.breaks(1<<30, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if !time.Now().Before(until) {
			return next.RoundTrip(r)
		}
		return f(r, next)
	})
}

// answers is a Slack that says no, with a word of its own or, in the middle, a code of HTTP.
func answers(code int, body string) func(*http.Request, http.RoundTripper) (*http.Response, error) {
	return func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		return &http.Response{StatusCode: code, Status: fmt.Sprint(code, " ", http.StatusText(code)), Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// says is a refusal of Slack's.
func says(word string) func(*http.Request, http.RoundTripper) (*http.Response, error) {
	return answers(200, fmt.Sprintf(`{"ok":false,"error":%q}`, word))
}

func unreachable(*http.Request, http.RoundTripper) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// What is wrong with the connection is not the message's fault: it waits, and comes late.
func TestAFaultOfTheConnectionKeepsWhatIsDue(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const many = 60
	var channels []string
	for n := range many {
		channels = append(channels, fmt.Sprintf("CROOM%03d", n))
	}
	type fault = func(*http.Request, http.RoundTripper) (*http.Response, error)
	faults := map[string]fault{
		"an answer of HTML": answers(200, "<html>Sign in to the network</html>"),
		"dial":              unreachable,
		"DNS": func(*http.Request, http.RoundTripper) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "slack.com", IsNotFound: true}
		},
		"reset": func(*http.Request, http.RoundTripper) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		},
		"hangs": func(r *http.Request, _ http.RoundTripper) (*http.Response, error) { return hangs(r) },
	}
	for _, word := range []string{
		"token_revoked", "invalid_auth", "not_authed", "token_expired", "account_inactive", "missing_scope", "team_access_not_granted",
		"org_login_required", "ekm_access_denied", "access_denied", "no_permission", "two_factor_setup_required", "accesslimited",
		"not_allowed_token_type", "team_added_to_org", "enterprise_is_restricted", "deprecated_endpoint", "method_deprecated",
		"service_unavailable", "request_timeout",
	} {
		faults[word] = says(word)
	}
	for _, code := range []int{401, 403, 407, 404, 408, 500, 502, 503, 504} {
		faults[fmt.Sprint("HTTP ", code)] = answers(code, "")
	}
	if underRace { // one of each kind; what an answer means is not where goroutines meet
		maps.DeleteFunc(faults, func(name string, _ fault) bool {
			return !slices.Contains([]string{"dial", "hangs", "token_revoked", "HTTP 503", "an answer of HTML"}, name)
		})
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:", channels...)
				for _, c := range channels {
					s.due(c, c)
				}
				lasts := 2 * time.Hour
				if underRace {
					lasts = 40 * time.Minute
				}
				s.always(time.Now().Add(lasts), fault)
				during, tried, attempts := 0, 0, 0
				go func() {
					time.Sleep(lasts - time.Minute)
					os, err := s.kept.Occurrences(context.Background(), team, store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: time.Now()})
					if err != nil {
						t.Error(err)
					}
					during, tried = len(os), s.wire.count()
					for _, o := range os {
						attempts = max(attempts, o.Attempt)
					}
				}()
				said := s.run(base, lasts+10*time.Minute)
				if during != many || attempts > 1 { // one that is being tried has its attempt
					t.Errorf("%d wait while it lasts, after %d attempts; want %d and none", during, attempts, many)
				}
				if most := 20 + 2*int(lasts/time.Minute) + 6; tried > most { // 20 workers had begun
					t.Errorf("%d posts were tried while it lasted, want at most %d", tried, most)
				}
				came := 0
				for _, c := range channels {
					for _, m := range s.reminders(mia, c) {
						came++
						if !strings.Contains(m.Text, "This is late") {
							t.Errorf("what came late does not say so: %s", m.Text)
						}
					}
				}
				if came != many || s.told() {
					t.Errorf("%d came in the end, and told %v; want %d, each once, and nobody told", came, s.told(), many)
				}
				if began, ended := strings.Count(said, "connection to Slack has failed"), strings.Count(said, "connection to Slack is back"); began != 1 || ended != 1 {
					t.Errorf("the log says %d times that it begins and %d times that it ends, want once each", began, ended)
				}
			})
		})
	}
}

// A reminder that never expires is not given up because Slack was away for long.
func TestALongOutageLosesNothing(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []visit.Kind{visit.Overdue, visit.Remind} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				s.due("k", sourcing)
				lasts := 26 * time.Hour
				if underRace {
					lasts = 2 * time.Hour
				}
				s.always(time.Now().Add(lasts), unreachable)
				s.run(base, lasts+5*time.Minute)
				if o, err := s.kept.Occurrence(context.Background(), team, "k"); err != nil || o.State != visit.Sent {
					t.Errorf("it is %s (%s), %v", o.State, o.Error, err)
				}
				if s.told() {
					t.Error("somebody was told that it could not be delivered")
				}
			})
		})
	}
}

// A message on which Slack stumbles each time ends, and is told of.
func TestAMessageOnWhichSlackStumblesEndsAndIsToldOf(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"internal_error", "fatal_error"} {
		t.Run(word, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:", "CBAD", "CGOOD")
				s.due("bad", "CBAD")
				s.wire.breaks(1<<30, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						return nil, err
					}
					r.Body = io.NopCloser(strings.NewReader(string(body)))
					if strings.Contains(string(body), "CBAD") {
						return says(word)(r, next)
					}
					return next.RoundTrip(r)
				})
				go func() {
					time.Sleep(time.Minute)
					s.due("good", "CGOOD")
					time.Sleep(time.Minute)
					if s.in("CGOOD") != 1 {
						t.Error("another channel waits for the message on which Slack stumbles")
					}
				}()
				s.run(base, 2*time.Hour)
				o, err := s.kept.Occurrence(context.Background(), team, "bad")
				if err != nil || o.State != visit.Dead || !s.told() {
					t.Errorf("it is %s after %d attempts, told %v, %v; want dead and told", o.State, o.Attempt, s.told(), err)
				}
				if n := s.wire.count(); n > 15 {
					t.Errorf("%d posts were tried", n)
				}
			})
		})
	}
}

// Tier 3 of Slack's limits: look-ups in a workspace, each minute.
const tier3 = 50

// A finder counts look-ups and says 429 beyond the tier.
type finder struct {
	mu       sync.Mutex
	asked    []time.Time
	refused  int
	outcome  func(o visit.Occurrence, n int) visit.Delivery // n counts those of one message
	each     map[string]int
	inFlight int
	most     int
}

func (f *finder) find(_ context.Context, o visit.Occurrence) visit.Delivery {
	f.mu.Lock()
	now := time.Now()
	f.asked = append(f.asked, now)
	recent := 0
	for _, t := range slices.Backward(f.asked) {
		if now.Sub(t) >= time.Minute {
			break
		}
		recent++
	}
	f.inFlight++
	f.most = max(f.most, f.inFlight)
	if f.each == nil {
		f.each = map[string]int{}
	}
	f.each[o.Key]++
	n := f.each[o.Key]
	if recent > tier3 {
		f.refused++
	}
	f.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inFlight--
	if recent > tier3 {
		return visit.Delivery{Outcome: visit.Limited, RetryAfter: 30 * time.Second}
	}
	return f.outcome(o, n)
}

func TestManyUncertainAtOnceStayInsideTheTierAndAllEnd(t *testing.T) {
	t.Parallel()
	many := 1500
	if underRace {
		many = 150
	}
	for _, c := range []struct {
		name    string
		outcome func(o visit.Occurrence, n int) visit.Delivery
		want    visit.State
		within  time.Duration
	}{
		{"all are there", func(visit.Occurrence, int) visit.Delivery {
			return visit.Delivery{Outcome: visit.Delivered, TS: "1.1"}
		}, visit.Sent, 70 * time.Minute},
		{"none is there: they are sent again", func(visit.Occurrence, int) visit.Delivery {
			return visit.Delivery{Outcome: visit.NotFound}
		}, visit.Sent, 70 * time.Minute},
		{"Slack stumbles over each look-up twice", func(_ visit.Occurrence, n int) visit.Delivery {
			if n <= 2 {
				return visit.Delivery{Outcome: visit.Unknown}
			}
			return visit.Delivery{Outcome: visit.Delivered, TS: "1.1"}
		}, visit.Sent, 200 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := context.Background()
				db := openStore(t, ":memory:")
				posts := map[string]int{}
				hung := true
				f := &finder{outcome: c.outcome}
				var mu sync.Mutex
				s, err := scheduler.New(scheduler.Options{
					Store: db, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler),
					Checklist: noItems, Find: f.find,
					Post: func(_ context.Context, o visit.Occurrence) visit.Delivery {
						mu.Lock()
						defer mu.Unlock()
						posts[o.Key]++
						if hung {
							return visit.Delivery{Outcome: visit.Unknown}
						}
						return visit.Delivery{Outcome: visit.Delivered, TS: "1.2"}
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				for n := range many {
					to := fmt.Sprintf("C%d", n)
					o := visit.Occurrence{Workspace: team, Key: to, Kind: visit.Remind, Subject: "visit/1", To: to, Zone: "Europe/Berlin", AnyHour: true, Due: time.Now()}
					if err := db.AddOccurrence(ctx, o); err != nil {
						t.Fatal(err)
					}
				}
				go func() {
					time.Sleep(3 * time.Second)
					mu.Lock()
					defer mu.Unlock()
					hung = false
				}()
				running, stop := context.WithCancel(ctx)
				done := make(chan error, 1)
				go func() { done <- s.Run(running) }()
				time.Sleep(c.within)
				stop()
				<-done
				os, err := db.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{c.want}})
				if err != nil || len(os) != many {
					t.Errorf("%d are %s within %s, %v; want %d", len(os), c.want, c.within, err, many)
				}
				if f.refused > 0 || f.most > 8 {
					t.Errorf("%d look-ups were refused and %d were under way at once", f.refused, f.most)
				}
			})
		})
	}
}

// A machine whose clock was ahead when a message went out, and was then set right.
func TestAClockThatWasAheadHoldsNothingBack(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	const ahead = 6 * time.Hour
	for name, before := range map[string]func(s *stage, at time.Time){
		"a message went out": func(s *stage, at time.Time) { s.leave(at, visit.Sent, time.Time{}) },
		"one was on its way": func(s *stage, at time.Time) { s.leave(at, visit.Sending, time.Time{}) },
		"one was uncertain":  func(s *stage, at time.Time) { s.leave(at, visit.Uncertain, at.Add(5*time.Second)) },
		"one was backed off": func(s *stage, at time.Time) { s.leave(at, visit.Pending, at.Add(4*time.Second)) },
		"Slack had asked the channel to wait": func(s *stage, at time.Time) {
			if err := s.kept.PauseChannel(context.Background(), team, sourcing, at, at.Add(30*time.Second)); err != nil {
				s.t.Fatal(err)
			}
		},
		"Slack asks it to wait for a day": func(s *stage, _ time.Time) {
			s.slack.FailHTTP("chat.postMessage", 429, http.Header{"Retry-After": {"86400"}}, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, ":memory:")
				before(s, time.Now().Add(ahead))
				s.due("k", sourcing)
				s.run(base, 20*time.Minute)
				if o, err := s.kept.Occurrence(context.Background(), team, "k"); err != nil || o.State != visit.Sent {
					t.Errorf("after 20 minutes the next reminder is %s, %v", o.State, err)
				}
				if o, err := s.kept.Occurrence(context.Background(), team, "left"); err == nil && o.State != visit.Sent {
					t.Errorf("after 20 minutes the one that was under way is %s", o.State)
				}
			})
		})
	}
}

// leave puts a reminder into the state in which a process whose clock says at left it.
func (s *stage) leave(at time.Time, state visit.State, hold time.Time) {
	s.t.Helper()
	ctx := context.Background()
	remind(s.t, s.kept, s.about, "left", sourcing, time.Now())
	os, err := s.kept.Claim(ctx, store.Claim{Owner: "gone", Now: time.Now(), Elapsed: at, Lease: 30 * time.Second, Limit: 1})
	if err != nil || len(os) != 1 {
		s.t.Fatalf("claimed %d, %v", len(os), err)
	}
	if state == visit.Sending {
		return
	}
	to := os[0]
	to.State, to.Hold = state, hold
	if state == visit.Sent {
		to.Sent, to.TS = at, "1.1"
	}
	if ok, err := s.kept.Settle(ctx, os[0], to); err != nil || !ok {
		s.t.Fatalf("settled %v, %v", ok, err)
	}
}

// A try that tells nothing of the connection is followed by another at once: a message that waits for its
// card, has nothing left to say or was only looked for keeps nobody from what can be sent.
func TestATryThatTellsNothingIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]visit.Delivery{
		"waits for its card":   {Outcome: visit.NotSent},
		"has nothing to say":   {Outcome: visit.NothingSaid},
		"may have arrived":     {Outcome: visit.NotFound},
		"and nothing else due": {Outcome: visit.Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ctx := openStore(t, ":memory:"), t.Context()
				v := planVisit(t, s, sourcing)
				due := time.Now().Add(-time.Minute)
				remind(t, s, v, "first", sourcing, due)
				if of.Outcome == visit.NotFound {
					o := must(s.Claim(ctx, store.Claim{Owner: "one that died", Now: time.Now(), Elapsed: time.Now(), Lease: time.Second, Limit: 1}))[0]
					lost := o
					lost.State, lost.Hold = visit.Uncertain, time.Now()
					must(s.Settle(ctx, o, lost))
				} else {
					remind(t, s, v, "second", sourcing, due)
					remind(t, s, v, "last", sourcing, due.Add(time.Second))
				}
				answer := func(_ context.Context, o visit.Occurrence) visit.Delivery {
					if o.Key == "last" {
						return visit.Delivery{Outcome: visit.Delivered, TS: "1.0"}
					}
					return of
				}
				if must(s.NoteFault(ctx, team, "token_revoked", time.Now(), time.Now())) != true {
					t.Fatal("the fault is not noted")
				}
				if err := s.FaultGoesOn(ctx, team, "token_revoked", time.Now()); err != nil { // two minutes, in which what may have arrived ripens
					t.Fatal(err)
				}
				sched := must(scheduler.New(scheduler.Options{Store: s, Post: answer, Find: answer, Checklist: noItems, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler),
					Check: func(context.Context, string) visit.Delivery { return visit.Delivery{Outcome: visit.Delivered} }}))
				ctx, stop := context.WithTimeout(ctx, 2*time.Minute+5*time.Second)
				defer stop()
				sched.Run(ctx)
				if cs := must(s.Connections(t.Context())); len(cs) > 0 {
					t.Errorf("5 s after its pause the connection still has %+v", cs)
				}
			})
		})
	}
}
