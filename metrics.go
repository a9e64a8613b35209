package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"visitprep/scheduler"
)

// meters count what the people who run the program watch. They are served as
// Prometheus reads them, and name no workspace, person or factory.
type meters struct{ set *metrics.Set }

func newMeters() *meters {
	// Without TYPE lines a counter is a gauge to Prometheus. The library keeps this
	// switch for the whole process; nothing else in it writes metrics.
	metrics.ExposeMetadata(true)
	return &meters{set: metrics.NewSet()}
}

// ServeHTTP answers GET /metrics.
func (m *meters) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// reminders reads the scheduler's status each time /metrics is asked for.
func (m *meters) reminders(status func() scheduler.Status, now func() time.Time) {
	m.set.RegisterMetricsWriter(func(w io.Writer) {
		s := status()
		const total = "visitprep_reminders_total"
		metrics.WriteMetadataIfNeeded(w, total, "counter") // once for all of its outcomes
		for _, c := range []struct {
			outcome string
			n       int
		}{{"sent", s.Sent}, {"repeated", s.Repeated}, {"uncertain", s.Uncertain}, {"expired", s.Expired}, {"dead", s.Dead}} {
			fmt.Fprintf(w, "%s{outcome=%q} %d\n", total, c.outcome, c.n)
		}
		failing, age := uint64(0), time.Duration(0)
		if s.LastError != nil {
			failing = 1
		}
		if !s.LastStep.IsZero() { // it has begun
			age = now().Sub(s.LastStep)
		}
		waiting := time.Duration(0)
		if !s.Oldest.IsZero() {
			waiting = max(now().Sub(s.Oldest), 0)
		}
		fault, lasting := uint64(0), time.Duration(0)
		for _, c := range s.Connections {
			fault, lasting = 1, max(lasting, now().Sub(c.Since))
		}
		metrics.WriteGaugeUint64(w, "visitprep_connection_fault", fault)
		metrics.WriteGaugeFloat64(w, "visitprep_connection_fault_seconds", lasting.Seconds())
		metrics.WriteGaugeFloat64(w, "visitprep_reminder_lag_seconds", s.Lag.Seconds())
		metrics.WriteGaugeFloat64(w, "visitprep_reminder_waiting_seconds", waiting.Seconds())
		metrics.WriteGaugeUint64(w, "visitprep_scheduler_failing", failing)
		metrics.WriteGaugeFloat64(w, "visitprep_scheduler_step_age_seconds", age.Seconds())
	})
}

// database asks, each time /metrics is asked for, whether the database answers, and how much room
// the disk of a file has.
func (m *meters) database(ping func(context.Context) error, room func() (bytes uint64, known bool)) {
	m.set.RegisterMetricsWriter(func(w io.Writer) {
		up := uint64(1)
		if ping(context.Background()) != nil { // it ends by itself
			up = 0
		}
		metrics.WriteGaugeUint64(w, "visitprep_database_up", up)
		if bytes, known := room(); known {
			metrics.WriteGaugeUint64(w, "visitprep_database_free_bytes", bytes)
		}
	})
}

// slackGivesUp is how many seconds Slack waits for an answer.
const slackGivesUp = 3

// requests counts and times what Slack asks.
func (m *meters) requests(next http.Handler) http.Handler {
	took := m.set.NewPrometheusHistogramExt("visitprep_request_duration_seconds", []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, slackGivesUp, 10})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := time.Now()
		c := &codeWriter{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(c, r)
		took.UpdateDuration(from)
		m.set.GetOrCreateCounter(`visitprep_requests_total{code="` + strconv.Itoa(c.code) + `"}`).Inc()
	})
}

// undecodable counts what Slack sent and could not be read, or not all of it.
func (m *meters) undecodable(kind string) {
	m.set.GetOrCreateCounter(`visitprep_undecodable_total{kind=` + strconv.Quote(kind) + `}`).Inc()
}

// codeWriter remembers the status of an answer, which http.ResponseWriter does not tell.
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

// calls counts the bot's calls to Slack, by method and by how they ended. It stands
// around the transport, where a call that got no answer is seen as well.
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
