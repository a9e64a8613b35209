package main

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

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

	for _, kind := range []string{"event", "event", "frame"} {
		m.undecodable(kind)
	}

	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text := w.Body.String()
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
		`visitprep_undecodable_total{kind="event"} 2`,
		`visitprep_undecodable_total{kind="frame"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("/metrics lacks %q", line)
		}
	}
	if strings.Contains(text, "secret") {
		t.Error("/metrics gives away a response URL, which is a secret")
	}
	readAsPrometheusDoes(t, text)
	if t.Failed() {
		t.Log(text)
	}
}

// readAsPrometheusDoes parses /metrics with Prometheus' own parser, which takes every
// family once and under one type, and asks for what its queries need.
func readAsPrometheusDoes(t *testing.T, text string) {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("Prometheus cannot read /metrics: %v", err)
	}
	for name, family := range families {
		want := dto.MetricType_GAUGE
		switch {
		case !strings.HasPrefix(name, "visitprep_"):
			continue // the library's own; it calls some of its totals gauges
		case strings.HasSuffix(name, "_total"): // rate() is for counters
			want = dto.MetricType_COUNTER
		case name == "visitprep_request_duration_seconds": // histogram_quantile() is for histograms
			want = dto.MetricType_HISTOGRAM
		}
		if family.GetType() != want {
			t.Errorf("%s is a %s, want a %s", name, family.GetType(), want)
		}
	}
	duration := families["visitprep_request_duration_seconds"].GetMetric()
	if len(duration) != 1 {
		t.Fatalf("the duration of requests has %d series, want 1", len(duration))
	}
	counts := map[float64]uint64{}
	for _, b := range duration[0].GetHistogram().GetBucket() {
		counts[b.GetUpperBound()] = b.GetCumulativeCount()
	}
	for _, le := range []float64{slackGivesUp, math.Inf(1)} {
		if counts[le] != 3 {
			t.Errorf("%d requests took at most %v s, want 3; the buckets are %v", counts[le], le, counts)
		}
	}
}
