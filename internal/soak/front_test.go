package soak

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An apiServer stands before the local Slack, where the program calls it.
type apiServer struct {
	resets atomic.Bool
	next   http.Handler
}

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.resets.Load() {
		a.next.ServeHTTP(w, r)
		return
	}
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0) // an RST instead of a FIN
	}
	c.Close()
}

// A front stands before the program: what Slack sends goes through it, and is timed.
type front struct {
	p     *place
	twice atomic.Bool
	late  atomic.Int64 // ms

	under sync.WaitGroup // what is forwarded and nobody waits for
	mu    sync.Mutex
	acks  []ack
}

// An ack is how long the program took for one request.
type ack struct {
	at   time.Time
	took time.Duration
	code int
	what string // the beginning of the request
}

// slowest are the n requests that took longest with no fault behind them.
func (f *front) slowest(n int) []ack {
	f.mu.Lock()
	defer f.mu.Unlock()
	slow := slices.DeleteFunc(slices.Clone(f.acks), func(a ack) bool { return f.p.s.faults.behind(f.p, a.at, grace) })
	slices.SortFunc(slow, func(a, b ack) int { return cmp.Compare(b.took, a.took) })
	return slow[:min(n, len(slow))]
}

// whatIs names a request without its tokens.
func whatIs(body []byte) string {
	v, err := url.ParseQuery(string(body))
	switch {
	case err == nil && v.Get("command") != "":
		return v.Get("command") + " " + v.Get("text")
	case err == nil && v.Get("payload") != "":
		var p struct {
			Type    string
			Actions []struct {
				ID string `json:"action_id"`
			}
			View struct {
				Callback string `json:"callback_id"`
			}
		}
		json.Unmarshal([]byte(v.Get("payload")), &p)
		return fmt.Sprint(p.Type, " ", p.View.Callback, " ", p.Actions)
	}
	var e struct{ Event struct{ Type, Text string } }
	json.Unmarshal(body, &e)
	text, _, _ := strings.Cut(e.Event.Text, "\n")
	return e.Event.Type + " " + text
}

// acknowledgedWithin is how long Slack waits.
const acknowledgedWithin = 3 * time.Second

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	header := r.Header.Clone()
	// Only events may be late: who types or presses waits for an answer.
	if d := time.Duration(f.late.Load()) * time.Millisecond; d > 0 && strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		f.under.Go(func() { pause(f.p.s.ctx, d); f.forward(header, body) })
		return
	}
	if f.twice.Load() {
		f.under.Go(func() { f.forward(header, body) })
	}
	code, from, answer := f.forward(header, body)
	w.Header().Set("Content-Type", from.Get("Content-Type"))
	if skip := from.Get("X-Slack-No-Retry"); skip != "" {
		w.Header().Set("X-Slack-No-Retry", skip)
	}
	w.WriteHeader(code)
	w.Write(answer)
}

// forward sends a request to the program and times its answer. While there is no process it
// is answered as by a proxy.
func (f *front) forward(header http.Header, body []byte) (int, http.Header, []byte) {
	to := f.p.s.program.address()
	if to == "" {
		return http.StatusBadGateway, nil, nil
	}
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/slack/events", bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway, nil, nil
	}
	req.Header = header
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		if now := time.Now(); !f.p.s.faults.behind(f.p, now, time.Second, ofTheProcess...) {
			f.p.s.broken("a request was not answered: %v", err)
		}
		return http.StatusBadGateway, nil, nil
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	took := time.Since(began)
	f.mu.Lock()
	f.acks = append(f.acks, ack{began, took, res.StatusCode, whatIs(body)})
	f.mu.Unlock()
	if took > acknowledgedWithin {
		f.p.s.broken("a request was acknowledged after %s: %.300s", took, body)
	}
	if res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable {
		f.p.s.broken("a request was answered with %d: %.300s", res.StatusCode, body)
	}
	return res.StatusCode, res.Header, answer
}

// nonsense sends what is not Slack's: it is refused, whatever it is.
func (f *front) nonsense(dice *rand.Rand) {
	bodies := []string{"", "{", `{"type":"event_callback","event":null}`, "payload=%7B%7D", "command=%2Fvisit-prep&text=%00", strings.Repeat("x", 1+dice.IntN(200_000)), `[[[[[`}
	header := http.Header{"Content-Type": {[]string{"application/json", "application/x-www-form-urlencoded", "text/plain"}[dice.IntN(3)]},
		"X-Slack-Request-Timestamp": {"1"}, "X-Slack-Signature": {"v0=00"}}
	code, _, _ := f.forward(header, []byte(bodies[dice.IntN(len(bodies))]))
	if code < 400 {
		f.p.s.broken("a body that Slack did not sign was answered with %d", code)
	}
}
