package localslack

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"sync/atomic"
	"time"
)

// What stands between the app and the answer: rate limits, slowness, a token that is
// no longer good, a proxy.

// perMinute are Slack's rate limits by tier, in calls a minute of one method.
var perMinute = map[int]int{1: 1, 2: 20, 3: 50, 4: 100}

// LimitRates turns the rate limits of Slack on: Tier 2, 3 and 4 allow 20, 50 and 100
// calls a minute of each method, chat.postMessage one a second in each channel. A
// call above that gets HTTP 429 with Retry-After and is not carried out. scale 1 is
// as documented, 2 twice as much; 0 turns the limits off. Time is the wall clock's.
func (w *Workspace) LimitRates(scale float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rateScale = scale
	clear(w.spent)
	w.changedLocked()
}

// Calls is how many calls of each method were answered since the start, with
// whatever answer, and Limited how many got HTTP 429 instead.
func (w *Workspace) Calls() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.calls)
}

// Limited is how many calls of each method got HTTP 429 since the start.
func (w *Workspace) Limited() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.limited)
}

func (w *Workspace) count(calls map[string]int, method string) {
	w.mu.Lock()
	calls[method]++
	w.mu.Unlock()
}

// overLimit spends one call of a method's allowance, or says after how long there is
// one again.
func (w *Workspace) overLimit(m method, c *call) (wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rateScale <= 0 {
		return 0
	}
	key, most, window := c.method, max(1, int(float64(perMinute[m.tier])*w.rateScale)), time.Minute
	switch {
	case c.method == "chat.postMessage":
		channel := c.args["channel"]
		if ch := w.channelLocked(channel); ch == nil {
			if ch = w.namedLocked(channel); ch != nil {
				channel = ch.ID
			}
		}
		key, most, window = key+" "+channel, 1, time.Duration(float64(time.Second)/w.rateScale)
	case m.tier == 0:
		return 0
	}
	now := time.Now()
	recent := w.spent[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= window {
		recent = recent[1:]
	}
	if len(recent) >= most {
		w.spent[key] = recent
		return window - now.Sub(recent[0])
	}
	w.spent[key] = append(recent, now)
	return 0
}

// retryAfterSeconds is a wait in whole seconds, as the header wants it.
func retryAfterSeconds(wait time.Duration) int { return max(1, int(math.Ceil(wait.Seconds()))) }

// AnswerSlowly makes the answers of a method come after d, those of all methods for
// "". The call itself is carried out at once, so that a message may be posted though
// the app gave up waiting. "response_url" is a method here too; 0 ends it.
func (w *Workspace) AnswerSlowly(method string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d <= 0 {
		delete(w.slow, method)
	} else {
		w.slow[method] = d
	}
	w.changedLocked()
}

// hold waits as long as a method's answer is to take, or until the caller leaves.
func (w *Workspace) hold(r *http.Request, method string) {
	w.mu.Lock()
	d := max(w.slow[method], w.slow[""])
	w.mu.Unlock()
	if d == 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-w.ctx.Done():
	}
}

// ProxyRefuses puts a proxy before Slack that answers every call with this status,
// such as 403 or 407, and a page of its own; 0 takes it away.
func (w *Workspace) ProxyRefuses(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proxy = status
	w.changedLocked()
}

// proxied answers in the place of Slack, if a proxy does.
func (w *Workspace) proxied(rw http.ResponseWriter) bool {
	w.mu.Lock()
	status := w.proxy
	w.mu.Unlock()
	if status == 0 {
		return false
	}
	proxyPage(rw, status)
	return true
}

func proxyPage(rw http.ResponseWriter, status int) {
	if status == http.StatusProxyAuthRequired {
		rw.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = fmt.Fprintf(rw, "<!doctype html><title>%d %s</title><p>The proxy did not let this request through.", status, http.StatusText(status))
}

func (w *Workspace) flag(f *atomic.Bool, on bool) {
	f.Store(on)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changedLocked()
}
