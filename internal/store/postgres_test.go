package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/pgtest"
	"visitprep/internal/visit"
)

// planAndList plans twelve visits at once and lists them, as a dozen people do, in a bounded time: a
// transaction that waited for a second connection while it has the only one would never end.
func planAndList(t *testing.T, s *Store) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			v, err := s.PlanVisit(ctx, sampleVisit("T1"), noon)
			if err != nil {
				t.Errorf("plan: %v", err)
				return
			}
			if _, err := s.ChangeVisit(ctx, "T1", v.Number, noon, func(v *visit.Visit) error { v.Agenda = "寸法 \\ ' \" $1 ?"; return nil }); err != nil {
				t.Errorf("change: %v", err)
			}
			if got, err := s.Visit(ctx, "T1", v.Number); err != nil || got.Agenda != "寸法 \\ ' \" $1 ?" {
				t.Errorf("it is kept as %q, %v", got.Agenda, err)
			}
			if _, err := s.Visits(ctx, "T1", Filter{Channels: []string{"C1", "C2"}}); err != nil {
				t.Errorf("list: %v", err)
			}
			if _, err := s.NextVisit(ctx, "T1", "C1", civil.On(2027, 3, 17)); err != nil {
				t.Errorf("the next: %v", err)
			}
		})
	}
	wg.Wait()
	if vs, err := s.Visits(ctx, "T1", Filter{}); err != nil || len(vs) != 12 {
		t.Errorf("%d visits, %v, want 12", len(vs), err)
	}
}

func TestADozenFormsBehindAPooler(t *testing.T) {
	for _, settings := range [][]string{
		{"pool_mode = transaction", "default_pool_size = 1"},
		{"pool_mode = transaction", "default_pool_size = 5"},
		{"pool_mode = session", "default_pool_size = 2"},
	} {
		t.Run(strings.Join(settings, ", "), func(t *testing.T) {
			p := pgtest.Shared(t).Pooler(t, settings...)
			planAndList(t, opened(t, p.URL(pgtest.URL(t))))
		})
	}
	t.Run("another connection each time", func(t *testing.T) { planAndList(t, opened(t, pgtest.Naming(t))) })
}

// Three replicas that share one connection of the server take turns from the first question on.
func TestThreeReplicasShareOneConnection(t *testing.T) {
	p := pgtest.Shared(t).Pooler(t, "default_pool_size = 1")
	url := p.URL(pgtest.URL(t))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			s, err := Open(context.Background(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Errorf("one of three did not start: %v", err)
				return
			}
			defer s.Close()
			if _, err := s.PlanVisit(context.Background(), sampleVisit("T1"), noon); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// How statements are sent is what the server sees of it: whether their values stand apart, and whether
// they have been given a name.
func TestHowStatementsAreSent(t *testing.T) {
	pooler, session := pgtest.Shared(t).Pooler(t), pgtest.Shared(t).Pooler(t, "pool_mode = session")
	for _, at := range []struct {
		name    string
		through func(string) string
		word    string // what DATABASE_URL says about it
		apart   bool
		named   bool
		told    string // in the log
	}{
		{"directly", func(u string) string { return u }, "", true, true, ""},
		{"directly, as the user says", func(u string) string { return u }, "&default_query_exec_mode=simple_protocol", false, false, ""},
		{"behind a pooler", pooler.URL, "", true, false, "queries=exec"},
		{"behind a pooler, as the user says", pooler.URL, "&default_query_exec_mode=simple_protocol", false, false, `queries="simple protocol"`},
		{"behind a pooler in session mode", session.URL, "", true, false, "queries=exec"},
		{"behind a pooler that the user knows", session.URL, "&default_query_exec_mode=cache_statement", true, true, `queries="cache statement"`},
	} {
		t.Run(at.name, func(t *testing.T) {
			var log bytes.Buffer
			s, err := Open(context.Background(), Options{URL: at.through(pgtest.URL(t)) + at.word, Timing: visit.DefaultTiming(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.write.SetMaxOpenConns(1)
			var text string
			var named int
			for range 2 {
				if err := s.read.QueryRowContext(context.Background(), `SELECT current_query(), (SELECT COUNT(*) FROM pg_prepared_statements WHERE name <> '') WHERE $1 = 'x'`, "x").Scan(&text, &named); err != nil {
					t.Fatal(err)
				}
			}
			if strings.Contains(text, "$1") != at.apart || named > 0 != at.named {
				t.Errorf("the server reads %q, and has %d prepared statements", text, named)
			}
			if !strings.Contains(log.String(), at.told) || at.told == "" && log.Len() > 0 {
				t.Errorf("the log has %q", log.String())
			}
		})
	}
}

// A wire relays connections and counts the requests to cancel a query among them.
type wire struct {
	net.Listener
	to      string
	mu      sync.Mutex
	cancels int
	closed  chan bool // for each other connection whose client said goodbye
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	w := &wire{Listener: l, to: to, closed: make(chan bool, 100)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go w.relay(conn)
		}
	}()
	return w
}

func (w *wire) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer server.Close()
	buf := make([]byte, 4096)
	n, err := client.Read(buf) // a pooler wants the first packet whole
	if err != nil || n < 8 {
		return
	}
	cancel := binary.BigEndian.Uint32(buf[4:]) == 80877102
	if cancel {
		w.mu.Lock()
		w.cancels++
		w.mu.Unlock()
	}
	server.Write(buf[:n])
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	var last [5]byte
	for {
		n, err := client.Read(buf)
		if n >= 5 {
			copy(last[:], buf[n-5:n])
		}
		server.Write(buf[:n])
		if err != nil || last == [5]byte{'X', 0, 0, 0, 4} {
			if !cancel {
				w.closed <- true
			}
			return
		}
	}
}

// A query whose time is over is cancelled on the server, but not through a pooler.
func TestNothingIsCancelledThroughAPooler(t *testing.T) {
	p := pgtest.Shared(t).Pooler(t)
	for name, at := range map[string]struct {
		through func(string) string
		cancels int
	}{"directly": {func(u string) string { return u }, 1}, "behind a pooler": {p.URL, 0}} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(at.through(pgtest.URL(t)))
			if err != nil {
				t.Fatal(err)
			}
			w := newWire(t, u.Host)
			u.Host = w.Addr().String()
			s := opened(t, u.String())
			for len(w.closed) > 0 {
				<-w.closed // the question at the start
			}
			ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer stop()
			if _, err := s.write.ExecContext(ctx, `SELECT pg_sleep(3)`); err == nil {
				t.Fatal("it was answered")
			}
			select {
			case <-w.closed: // whatever is cancelled was before
			case <-time.After(20 * time.Second):
				t.Fatal("its connection was not closed")
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.cancels != at.cancels {
				t.Errorf("%d requests to cancel it, want %d", w.cancels, at.cancels)
			}
		})
	}
}

// What a pooler cannot do is said at the start, with what has to be changed.
func TestAPoolerThatCannotBeUsed(t *testing.T) {
	c := pgtest.Shared(t)
	database := pgtest.URL(t)
	for _, at := range []struct {
		settings, parameter string
		says                []string
	}{
		{"pool_mode = statement", "", []string{"pool_mode = transaction", "pgbouncer.ini"}},
		{"pool_mode = transaction", "&search_path=visits", []string{"take it out of DATABASE_URL", `ALTER ROLE "postgres" SET`, "ignore_startup_parameters = search_path"}},
		{"pool_mode = transaction", "&default_query_exec_mode=cache_statement", []string{"knows no prepared statements", "take default_query_exec_mode=cache_statement out"}},
		{"pool_mode = transaction", "&options=-c%20search_path%3Dvisits", []string{"take it out of DATABASE_URL", "ignore_startup_parameters = options"}},
	} {
		_, err := Open(context.Background(), Options{URL: c.Pooler(t, at.settings).URL(database) + at.parameter, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("%s %s: it was opened", at.settings, at.parameter)
			continue
		}
		for _, words := range at.says {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s %s: nothing of %q in %v", at.settings, at.parameter, words, err)
			}
		}
	}
}

// A server that cannot be reached is one of the calm errors, and no error of the start has a password.
func TestAPostgreSQLThatCannotBeReached(t *testing.T) {
	for url, is := range map[string]error{
		"postgres://u:s3cret@127.0.0.1:1/db":                               ErrUnavailable,
		"postgres://u:s3cret@127.0.0.1:1/db?default_query_exec_mode=quick": nil,
		"postgres://u:s3cret@127.0.0.1:port/db":                            nil,
		"postgres://u:s3%zzcret@127.0.0.1:1/db":                            nil,
	} {
		_, err := Open(context.Background(), Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err == nil || is != nil && !errors.Is(err, is) || strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// At the start a server that cannot be used is one line: where it was looked for, why it did not
// work, and what to do.
func TestAStartWithoutPostgreSQLIsOneLine(t *testing.T) {
	there, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	for _, c := range []struct {
		address string
		says    []string
	}{
		{"postgres://u:hunter2@127.0.0.1:1/d", []string{"127.0.0.1:1", "connection refused", "start it", "DATABASE_URL"}},
		{"postgres://u:hunter2@localhost:1/d", []string{"localhost:1", "connection refused"}},
		{"postgres://u:hunter2@127.0.0.1:1,127.0.0.1:2/d", []string{"127.0.0.1:1", "127.0.0.1:2", "connection refused"}},
		{"postgres://u:hunter2@nobody.invalid/d", []string{"nobody.invalid:5432", "DATABASE_URL"}},
		{"postgres://u:hunter2@" + silent.Addr().String() + "/d", []string{silent.Addr().String(), "closed the connection"}},
		{"postgres:///d?host=/nowhere", []string{"/nowhere/.s.PGSQL.5432", "no such file"}},
		{"postgres://postgres@" + there.Host + "/nothere", []string{there.Host, `database "nothere" does not exist`, "DATABASE_URL"}},
		{"postgres://nobody:hunter2@" + there.Host + there.Path, []string{there.Host, `role "nobody" does not exist`, "DATABASE_URL"}},
		{"postgres://postgres@" + there.Host + there.Path + "?sslmode=require", []string{there.Host, "TLS"}},
	} {
		_, err := Open(t.Context(), Options{URL: c.address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("%s was opened", c.address)
			continue
		}
		if strings.ContainsAny(err.Error(), "\n\t") || strings.Contains(err.Error(), secretWord) || strings.Count(err.Error(), "127.0.0.1:1 ") > 1 {
			t.Errorf("%s: %v", c.address, err)
		}
		for _, words := range c.says {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%s: nothing of %q in %q", c.address, words, err)
			}
		}
	}
}

// A pooler that is started again, and a server behind one, are a server that went and came back. A
// pooler lets a query wait for the server, so whether it is there is asked with patience that ends.
func TestAPoolerGoesAndComesBack(t *testing.T) {
	t.Parallel()
	c := pgtest.New(t)
	p := c.Pooler(t, "query_wait_timeout = 4") // it comes with two minutes
	for name, one := range map[string]struct {
		stop  func()
		start func() error
	}{"the pooler": {p.Stop, p.Start}, "the server behind it": {c.Stop, c.Start}} {
		t.Run(name, func(t *testing.T) { goesAndComesBack(t, p.URL(c.Database(t)), one.stop, one.start) })
	}
	s := opened(t, p.URL(c.Database(t)))
	if err := s.Ping(context.Background()); err != nil {
		t.Errorf("it is not there: %v", err)
	}
	c.Stop()
	for began := time.Now(); ; {
		asked := time.Now()
		err := s.Ping(context.Background())
		if took := time.Since(asked); took > pingWithin+time.Second {
			t.Fatalf("the answer took %s", took)
		}
		if err != nil {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("a server that is gone is there")
		}
	}
}
