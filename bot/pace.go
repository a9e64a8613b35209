package bot

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/time/rate"
)

// Slack allows a workspace so many calls of a method in a minute (its tiers).
// chat.postMessage is not among them: its pace is the outbox's, by channel.
var perMinute = map[string]int{
	"users.list":            20, // Tier 2
	"conversations.info":    50, // Tier 3
	"conversations.history": 50,
	"conversations.replies": 50,
	"conversations.open":    50,
	"chat.update":           50,
	"files.delete":          50,
	"conversations.members": 100, // Tier 4
	"users.info":            100,
	"views.open":            100,
	"views.push":            100,
	"views.update":          100,
	"views.publish":         100,
	"chat.postEphemeral":    100,
	"files.info":            100,
}

// Of each minute's calls a part may come at once, and the rest follows at a steady
// pace, so that no minute has more than the tier. What nobody waits for takes at most
// seven tenths; the rest is for people.
const (
	burst, steady                   = 0.4, 0.55
	burstUnattended, steadyUnattend = 0.2, 0.5
)

// maxPatience is how long a call that somebody waits for may be held back.
const maxPatience = 5 * time.Second

type unattendedKey struct{}

// unattended marks the calls of ctx as such that nobody waits for: reminders and what is
// looked at daily. They leave a part of Slack's tiers to people.
func unattended(ctx context.Context) context.Context {
	return context.WithValue(ctx, unattendedKey{}, true)
}

// PaceTransport is a transport for calls to Slack that keeps each method within its
// tier, and after a 429 says nothing of the method for as long as Slack asks. A call
// that would have to wait beyond its deadline is not sent: its error is a
// *slack.RateLimitedError with the time after which it can be.
func PaceTransport(next http.RoundTripper) http.RoundTripper {
	p := &pace{next: next, methods: map[string]*methodPace{}}
	for method, n := range perMinute {
		p.methods[method] = &methodPace{
			all:        limiter(n, burst, steady),
			unattended: limiter(n, burstUnattended, steadyUnattend),
		}
	}
	return p
}

func limiter(n int, burst, steady float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(n)*steady/60), max(1, int(float64(n)*burst)))
}

type pace struct {
	next    http.RoundTripper
	methods map[string]*methodPace
}

type methodPace struct {
	all, unattended *rate.Limiter
	mu              sync.Mutex
	closed          time.Time // until then Slack wants none, by the machine's clock
}

func (p *pace) RoundTrip(r *http.Request) (*http.Response, error) {
	_, method, _ := strings.Cut(r.URL.Path, "/api/")
	m := p.methods[method]
	if m == nil {
		return p.next.RoundTrip(r)
	}
	if err := m.wait(r.Context()); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	res, err := p.next.RoundTrip(r)
	if err == nil && res.StatusCode == http.StatusTooManyRequests {
		m.close(res.Header.Get("Retry-After"))
	}
	return res, err
}

// maxPause bounds what Slack, or something between us, asks for.
const maxPause = 5 * time.Minute

// close keeps the method closed for as long as Slack asks, in seconds.
func (m *methodPace) close(retryAfter string) {
	n, err := strconv.Atoi(retryAfter)
	if err != nil || n < 1 {
		n = 1
	}
	until := time.Now().Add(time.Duration(min(n, int(maxPause/time.Second))) * time.Second)
	m.mu.Lock()
	defer m.mu.Unlock()
	if until.After(m.closed) {
		m.closed = until
	}
}

// wait waits until the method may be called, or returns at once with the time after
// which it may be.
func (m *methodPace) wait(ctx context.Context) error {
	waited := []*rate.Limiter{m.all}
	if nobodyWaits(ctx) { // takes nothing of everybody's before its turn has come
		waited = []*rate.Limiter{m.unattended, m.all}
	}
	if err := m.pause(ctx); err != nil {
		return err
	}
	for _, l := range waited {
		r := l.Reserve()
		if err := holdBack(ctx, r.Delay()); err != nil {
			r.Cancel()
			return err
		}
	}
	return m.pause(ctx) // Slack may have asked for it meanwhile
}

// pause waits for as long as Slack wants no calls.
func (m *methodPace) pause(ctx context.Context) error {
	m.mu.Lock()
	until := m.closed
	m.mu.Unlock()
	return holdBack(ctx, time.Until(until))
}

// holdBack waits, unless that would be too long.
func holdBack(ctx context.Context, d time.Duration) error {
	if d > patience(ctx) {
		return &slack.RateLimitedError{RetryAfter: d}
	}
	if d <= 0 {
		return tooLate(ctx)
	}
	select {
	case <-ctx.Done():
		return tooLate(ctx)
	case <-time.After(d):
		return nil
	}
}

// tooLate is nil while ctx goes on. What was held back until it ended says nothing of Slack.
func tooLate(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", errTooLate, err)
	}
	return nil
}

func nobodyWaits(ctx context.Context) bool { return ctx.Value(unattendedKey{}) != nil }

// patience is how long a call may be held back.
func patience(ctx context.Context) time.Duration {
	p := maxPatience
	if nobodyWaits(ctx) {
		p = listLimit
	}
	if end, ok := ctx.Deadline(); ok { // the last third is for the call itself
		p = min(p, time.Until(end)*2/3)
	}
	return max(p, 0)
}
