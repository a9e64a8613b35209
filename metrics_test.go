package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"visitprep/scheduler"
)

func TestMetrics(t *testing.T) {
	m := newMeters()
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	st := scheduler.Status{Sent: 7, Dead: 1, Lag: 1500 * time.Millisecond, LastStep: now.Add(-20 * time.Second), LastError: errors.New("disk full")}
	m.reminders(func() scheduler.Status { return st }, func() time.Time { return now })

	events := m.requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Slack-Signature") == "" {
			http.Error(w, "not signed", http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "{}")
	}))
	for _, signature := range []string{"v0=1", "v0=2", ""} {
		r := httptest.NewRequest(http.MethodPost, "/slack/events", nil)
		if signature != "" {
			r.Header.Set("X-Slack-Signature", signature)
		}
		events.ServeHTTP(httptest.NewRecorder(), r)
	}

	slack := m.calls(roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "views") {
			return nil, errors.New("connection reset")
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	}))
	for _, url := range []string{"https://slack.com/api/chat.postMessage", "https://slack.com/api/views.open", "https://hooks.slack.com/commands/T1/secret"} {
		r := httptest.NewRequest(http.MethodPost, url, nil)
		if res, err := slack.RoundTrip(r); err == nil {
			res.Body.Close()
		}
	}

	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	said := w.Body.String()
	for _, line := range []string{
		`visitprep_reminders_total{outcome="sent"} 7`,
		`visitprep_reminders_total{outcome="dead"} 1`,
		`visitprep_reminder_lag_seconds 1.5`,
		`visitprep_scheduler_failing 1`,
		`visitprep_scheduler_step_age_seconds 20`,
		`visitprep_requests_total{code="200"} 2`,
		`visitprep_requests_total{code="401"} 1`,
		`visitprep_request_duration_seconds_count 3`,
		`visitprep_slack_calls_total{method="chat.postMessage",code="200"} 1`,
		`visitprep_slack_calls_total{method="views.open",code="none"} 1`,
		`visitprep_slack_calls_total{method="other",code="200"} 1`,
	} {
		if !strings.Contains(said, line+"\n") {
			t.Errorf("/metrics lacks %q", line)
		}
	}
	if strings.Contains(said, "secret") {
		t.Error("/metrics tells the address of an answer, which is a secret")
	}
	if t.Failed() {
		t.Log(said)
	}
}
