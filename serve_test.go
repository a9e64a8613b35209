package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
)

// served is the app as serve has it, over HTTP, on a database in memory. No Slack is
// behind it.
func served(t *testing.T) (*app, http.Handler) {
	t.Helper()
	cfg, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, parts{slack: bot.OneClient(slack.New("xoxb-test")), http: http.DefaultClient, signingSecret: "secret", database: ":memory:", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	counts := newMeters()
	counts.reminders(a.scheduler.Status, time.Now)
	counts.database(a.db.Ping, a.db.Room)
	mux := http.NewServeMux()
	a.forSlack(mux, counts)
	a.forWatchers(t.Context(), mux, counts)
	return a, mux
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

// pipes is a listener on connections within the process, for a synctest bubble.
type pipes struct {
	far    chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.far:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{} }

// atTheEdge is what serve has at the address that Slack posts to, with nothing behind it
// but an answer. It gives how to connect.
func atTheEdge(t *testing.T) (connect func() net.Conn) {
	l := &pipes{far: make(chan net.Conn, maxConnections+1), closed: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	server, limited := guarded(l, closing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "an answer")
	})))
	ended := make(chan error, 1)
	go func() { ended <- serveHTTP(ctx, limited, server) }()
	var open []net.Conn
	t.Cleanup(func() {
		stop()
		for _, c := range open {
			c.Close()
		}
		<-ended
	})
	return func() net.Conn {
		near, far := net.Pipe()
		l.far <- far
		open = append(open, near)
		return near
	}
}

func TestWhatStrangersHoldIsBounded(t *testing.T) {
	t.Parallel()
	const request = "POST /slack/events HTTP/1.1\r\nHost: visitprep\r\nContent-Length: 0\r\n"
	in := func(name string, f func(t *testing.T, connect func() net.Conn)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(t, atTheEdge(t)) }) })
	}
	answer := func(t *testing.T, c net.Conn) *http.Response {
		t.Helper()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	for _, c := range []struct {
		name string
		long int
		code int
	}{{"headers of 15 kB are taken", 15 << 10, http.StatusOK}, {"headers of 17 kB are not", 17 << 10, http.StatusRequestHeaderFieldsTooLarge}} {
		in(c.name, func(t *testing.T, connect func() net.Conn) {
			conn := connect()
			go io.WriteString(conn, request+"X-Long: "+strings.Repeat("x", c.long)+"\r\n\r\n")
			if res := answer(t, conn); res.StatusCode != c.code {
				t.Errorf("answered %d, want %d", res.StatusCode, c.code)
			}
		})
	}
	for _, c := range []struct {
		name, head string
		code       int
	}{
		{"a head of 99 lines is taken", request + strings.Repeat("0:\r\n", 95) + "\r\n", http.StatusOK},
		{"one of 101 is not", request + strings.Repeat("0:\r\n", 97) + "\r\n", http.StatusBadRequest},
		{"nor is one that does not end", request + strings.Repeat("X:\n", 2_300), http.StatusBadRequest},
		{"nor one of lines that go on", request + "X: y\r\n" + strings.Repeat(" \r\n", 2_300), http.StatusBadRequest},
		{"the lines of a body do not count", "POST /slack/events HTTP/1.1\r\nHost: visitprep\r\nContent-Length: 2300\r\n\r\n" + strings.Repeat("\n", 2_300), http.StatusOK},
	} {
		in(c.name, func(t *testing.T, connect func() net.Conn) {
			conn := connect()
			go io.WriteString(conn, c.head)
			if res := answer(t, conn); res.StatusCode != c.code {
				t.Errorf("answered %d, want %d", res.StatusCode, c.code)
			}
		})
	}
	in("each request on a connection has as many lines, and no more", func(t *testing.T, connect func() net.Conn) {
		conn := connect()
		answers := bufio.NewReader(conn)
		send := func(lines int) (*http.Response, error) {
			go io.WriteString(conn, request+strings.Repeat("0:\r\n", lines)+"\r\n")
			res, err := http.ReadResponse(answers, nil)
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
			}
			return res, err
		}
		for range 3 {
			if res, err := send(90); err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("answered %v, %v", res, err)
			}
		}
		if res, err := send(2_300); err == nil && res.StatusCode == http.StatusOK {
			t.Error("a long one behind them is answered")
		}
	})
	for _, c := range []struct {
		name, sends string
		within      time.Duration
	}{
		{"who says nothing is cut off", "", headersWithin},
		{"who does not end the headers is too", request, headersWithin},
		{"and who does not end the body", "POST /elsewhere HTTP/1.1\r\nHost: visitprep\r\nContent-Length: 9\r\n\r\n", requestWithin},
	} {
		in(c.name, func(t *testing.T, connect func() net.Conn) {
			conn := connect()
			began := time.Now()
			go io.WriteString(conn, c.sends)
			io.Copy(io.Discard, conn)
			if took := time.Since(began); took > c.within+time.Second {
				t.Errorf("after %s, want %s", took, c.within)
			}
		})
	}
	in("a connection waits for another request of Slack's, and of nobody else", func(t *testing.T, connect func() net.Conn) {
		for method, close := range map[string]bool{"POST /slack/events": false, "GET /slack/events": true, "GET /healthz": true, "POST /": true} {
			conn := connect()
			go io.WriteString(conn, method+" HTTP/1.1\r\nHost: visitprep\r\nContent-Length: 0\r\n\r\n")
			if res := answer(t, conn); res.Close != close {
				t.Errorf("%s: closed: %v, want %v", method, res.Close, close)
			}
		}
	})
	in("beyond a thousand connections the next waits until one is given up", func(t *testing.T, connect func() net.Conn) {
		for range maxConnections {
			connect()
		}
		synctest.Wait()
		began, conn := time.Now(), connect()
		go io.WriteString(conn, request+"\r\n")
		if res := answer(t, conn); res.StatusCode != http.StatusOK || time.Since(began) != headersWithin {
			t.Errorf("answered %d after %s, want 200 after %s", res.StatusCode, time.Since(began), headersWithin)
		}
	})
	in("with five hundred that say nothing the next is answered at once", func(t *testing.T, connect func() net.Conn) {
		for range 500 {
			connect()
		}
		synctest.Wait()
		began, conn := time.Now(), connect()
		go io.WriteString(conn, request+"\r\n")
		if res := answer(t, conn); res.StatusCode != http.StatusOK || time.Since(began) != 0 {
			t.Errorf("answered %d after %s", res.StatusCode, time.Since(began))
		}
	})
}

// TestManyLinesEndAConnection sends a head that never ends over the network.
func TestManyLinesEndAConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	server, limited := guarded(l, http.NotFoundHandler())
	go func() { ended <- serveHTTP(ctx, limited, server) }()
	defer func() { stop(); <-ended }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	io.WriteString(conn, "POST /slack/events HTTP/1.1\r\nHost: visitprep\r\n"+strings.Repeat("0:\r\n", 2_300))
	io.Copy(io.Discard, conn) // until the server has closed it, with an answer or without
	if took := time.Since(began); took > headersWithin/2 {
		t.Errorf("it was held open for %s", took)
	}
}

// TestRequestsUnderWayEndBeforeTheServer stops a server in the middle of an answer.
func TestRequestsUnderWayEndBeforeTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	answering, ended := make(chan struct{}), make(chan error, 1)
	server, limited := guarded(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(answering)
		<-ctx.Done()
		io.WriteString(w, "all of it")
	}))
	go func() { ended <- serveHTTP(ctx, limited, server) }()
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

// What goes to Slack goes nowhere else, however it is asked to.
func TestNoRedirectIsFollowed(t *testing.T) {
	asked := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer elsewhere.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		from := httptest.NewServer(http.RedirectHandler(elsewhere.URL, code))
		res, err := slackHTTP(http.DefaultTransport).Post(from.URL, "application/json", strings.NewReader(`{"text":"the visit"}`))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		from.Close()
		if res.StatusCode != code || asked > 0 {
			t.Errorf("a %d is answered with %d and followed %d times", code, res.StatusCode, asked)
		}
	}
}
