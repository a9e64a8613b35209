package main

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"visitprep/scheduler"
)

// meters count what whoever runs the program watches. They are served as Prometheus
// reads them, and name no workspace, person or factory.
type meters struct{ set *metrics.Set }

func newMeters() *meters { return &meters{set: metrics.NewSet()} }

// ServeHTTP answers GET /metrics.
func (m *meters) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// reminders reads the scheduler's status each time it is asked.
func (m *meters) reminders(status func() scheduler.Status, now func() time.Time) {
	for outcome, n := range map[string]func(scheduler.Status) int{
		"sent":      func(s scheduler.Status) int { return s.Sent },
		"repeated":  func(s scheduler.Status) int { return s.Repeated },
		"uncertain": func(s scheduler.Status) int { return s.Uncertain },
		"expired":   func(s scheduler.Status) int { return s.Expired },
		"dead":      func(s scheduler.Status) int { return s.Dead },
	} {
		m.set.NewGauge(fmt.Sprintf(`visitprep_reminders_total{outcome=%q}`, outcome), func() float64 { return float64(n(status())) })
	}
	m.set.NewGauge(`visitprep_reminder_lag_seconds`, func() float64 { return status().Lag.Seconds() })
	m.set.NewGauge(`visitprep_scheduler_failing`, func() float64 {
		if status().LastError != nil {
			return 1
		}
		return 0
	})
	m.set.NewGauge(`visitprep_scheduler_step_age_seconds`, func() float64 {
		last := status().LastStep
		if last.IsZero() {
			return 0
		}
		return now().Sub(last).Seconds()
	})
}

// requests counts and times what Slack asks.
func (m *meters) requests(next http.Handler) http.Handler {
	took := m.set.NewHistogram(`visitprep_request_duration_seconds`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := time.Now()
		c := &codeWriter{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(c, r)
		took.UpdateDuration(from)
		m.set.GetOrCreateCounter(`visitprep_requests_total{code="` + strconv.Itoa(c.code) + `"}`).Inc()
	})
}

// codeWriter remembers the status of an answer.
type codeWriter struct {
	http.ResponseWriter
	code int
}

func (c *codeWriter) WriteHeader(code int) {
	c.code = code
	c.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *codeWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// calls counts the bot's calls to Slack, by method and by how they ended.
func (m *meters) calls(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		method := "other" // a response_url or an upload: its path is a secret
		if strings.HasPrefix(r.URL.Path, "/api/") {
			method = path.Base(r.URL.Path)
		}
		code := "none"
		if err == nil {
			code = strconv.Itoa(res.StatusCode)
		}
		m.set.GetOrCreateCounter(`visitprep_slack_calls_total{method=` + strconv.Quote(method) + `,code="` + code + `"}`).Inc()
		return res, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
