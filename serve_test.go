package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// served is the app as serve has it, over HTTP, on a database in memory. No Slack is
// behind it.
func served(t *testing.T) (*app, http.Handler) {
	t.Helper()
	cfg, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, parts{slack: slack.New("xoxb-test"), http: http.DefaultClient, signingSecret: "secret", database: ":memory:", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	counts := newMeters()
	counts.reminders(a.scheduler.Status, time.Now)
	return a, a.endpoints(counts)
}

// TestWhatServeAnswers asks every address that docs/operate.md and README name.
func TestWhatServeAnswers(t *testing.T) {
	a, endpoints := served(t)
	ask := func(method, path string) (int, string) {
		t.Helper()
		w := httptest.NewRecorder()
		endpoints.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("command=/visit-prep")))
		return w.Code, w.Body.String()
	}
	for _, c := range []struct {
		name, method, path string
		code               int
		says               string
	}{
		{"it runs", http.MethodGet, "/healthz", http.StatusOK, "ok"},
		{"its database answers", http.MethodGet, "/readyz", http.StatusOK, "ok"},
		{"a request without a signature is not Slack's", http.MethodPost, "/slack/events", http.StatusUnauthorized, ""},
		{"and is counted", http.MethodGet, "/metrics", http.StatusOK, `visitprep_requests_total{code="401"} 1`},
		{"reminders are counted from the start", http.MethodGet, "/metrics", http.StatusOK, `visitprep_reminders_total{outcome="sent"} 0`},
		{"Slack posts", http.MethodGet, "/slack/events", http.StatusMethodNotAllowed, ""},
		{"nothing else is there", http.MethodGet, "/", http.StatusNotFound, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if code, body := ask(c.method, c.path); code != c.code || !strings.Contains(body, c.says) {
				t.Errorf("%s %s answers %d %q, want %d and %q", c.method, c.path, code, body, c.code, c.says)
			}
		})
	}
	t.Run("without its database it runs and is not ready", func(t *testing.T) {
		if err := a.db.Close(); err != nil {
			t.Fatal(err)
		}
		if code, body := ask(http.MethodGet, "/readyz"); code != http.StatusServiceUnavailable || strings.Contains(body, "ok") {
			t.Errorf("/readyz answers %d %q", code, body)
		}
		if code, _ := ask(http.MethodGet, "/healthz"); code != http.StatusOK {
			t.Errorf("/healthz answers %d", code)
		}
	})
}

// TestRequestsUnderWayEndBeforeTheServer stops a server in the middle of an answer.
func TestRequestsUnderWayEndBeforeTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	answering, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- serveHTTP(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(answering)
			<-ctx.Done()
			io.WriteString(w, "all of it")
		}))
	}()
	go func() { <-answering; stop() }()
	res, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "all of it" {
		t.Errorf("the answer is %q, %v", body, err)
	}
	if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("the server ended with %v", err)
	}
}
