package bot

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// forged are headers as Slack would send them, but for the signature, which only the whole
// body can show to be none.
func forged() map[string]string {
	return map[string]string{"Content-Type": formType, "X-Slack-Request-Timestamp": strconv.FormatInt(time.Now().Unix(), 10), "X-Slack-Signature": "v0=" + strings.Repeat("ab", 32)}
}

// sentBy is a request of a length, whose body is what a stranger makes of it.
func sentBy(body io.Reader, length int64, header map[string]string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/slack/events", body)
	r.ContentLength = length
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return r
}

// unread fails where somebody reads.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestNothingIsReadOfARequestWithoutASignature(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h map[string]string){
		"without a timestamp":                 func(h map[string]string) { delete(h, "X-Slack-Request-Timestamp") },
		"without a signature":                 func(h map[string]string) { delete(h, "X-Slack-Signature") },
		"with a signature of another version": func(h map[string]string) { h["X-Slack-Signature"] = "v1=" + strings.Repeat("ab", 32) },
		"with a signature that is too short":  func(h map[string]string) { h["X-Slack-Signature"] = "v0=abab" },
		"stale":                               func(h map[string]string) { h["X-Slack-Request-Timestamp"] = "1531420618" },
		"of tomorrow": func(h map[string]string) {
			h["X-Slack-Request-Timestamp"] = strconv.FormatInt(time.Now().Unix()+86400, 10)
		},
		"with a timestamp that is not a number": func(h map[string]string) { h["X-Slack-Request-Timestamp"] = "now" },
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := botAlone(t, testBase(t))
			h := forged()
			change(h)
			w := httptest.NewRecorder()
			b.ServeHTTP(w, sentBy(unread{t}, 200_000, h))
			if w.Code != http.StatusUnauthorized || w.Header().Get("Connection") != "close" {
				t.Errorf("answered %d, connection %q; want 401 and a closed one", w.Code, w.Header().Get("Connection"))
			}
		})
	}
	t.Run("longer than any of Slack's", func(t *testing.T) {
		b, _ := botAlone(t, testBase(t))
		w := httptest.NewRecorder()
		b.ServeHTTP(w, sentBy(unread{t}, maxBody+1, forged()))
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("answered %d, want 413", w.Code)
		}
	})
}

func TestABodyTakesMemoryAsItArrives(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	for _, c := range []struct {
		name    string
		length  int64 // announced
		arrives int
	}{
		{"all of a megabyte is announced and ten bytes come", maxBody, 10},
		{"no length is announced and ten bytes come", -1, 10},
		{"a third of it comes", maxBody, maxBody / 3},
		{"less is announced than a part", 100, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent := strings.NewReader(strings.Repeat("x", c.arrives))
			b.ServeHTTP(httptest.NewRecorder(), sentBy(watched{sent, func(p []byte) {
				if len(p) > partSize {
					t.Errorf("there is room for %d bytes, want at most %d", len(p), partSize)
				}
			}}, c.length, forged()))
		})
	}
}

// watched is a reader that shows what it is given to fill.
type watched struct {
	io.Reader
	given func(p []byte)
}

func (w watched) Read(p []byte) (int, error) {
	w.given(p)
	return w.Reader.Read(p)
}

func TestUnverifiedBodiesAreBoundedTogether(t *testing.T) {
	t.Parallel()
	b, _ := botAlone(t, testBase(t))
	const strangers, each = 200, 200_000
	type stranger struct {
		*io.PipeWriter
		code chan int
	}
	var held []stranger
	for range strangers {
		body, to := io.Pipe()
		s := stranger{to, make(chan int, 1)}
		go func() {
			w := httptest.NewRecorder()
			b.ServeHTTP(w, sentBy(body, each, forged()))
			body.Close()
			s.code <- w.Code
		}()
		s.Write(bytes.Repeat([]byte("x"), each-1)) // ends early where the bot reads no further
		held = append(held, s)
	}
	words := "text=" + strings.Repeat("x", 300_000)
	if w := post(b, slashForm("quality", "1"), signed(slashForm("quality", "1"), time.Now(), formType)); w.Code != http.StatusOK {
		t.Errorf("an honest request is answered %d meanwhile", w.Code)
	}
	refused := 0
	for _, s := range held {
		s.Close()
		if <-s.code == http.StatusServiceUnavailable {
			refused++
		}
	}
	if most := maxParts / (each / partSize); strangers-refused > most || refused == strangers {
		t.Errorf("%d bodies of %d bytes were held at once, want at most %d", strangers-refused, each, most)
	}
	for range maxParts * partSize / len(words) * 2 {
		if w := post(b, words, signed(words, time.Now(), formType)); w.Code != http.StatusOK {
			t.Fatalf("a large request of Slack's is answered %d after that, want 200", w.Code)
		}
	}
}

// dial connects to a server of the bot's inside a synctest bubble.
func dial(t *testing.T, b *Bot) net.Conn {
	t.Helper()
	near, far := net.Pipe()
	l := &pipes{far: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.far <- far
	server := &http.Server{Handler: b}
	ended := make(chan struct{})
	go func() { server.Serve(l); close(ended) }()
	t.Cleanup(func() { near.Close(); server.Close(); <-ended })
	return near
}

// pipes is a listener on connections within the process.
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

func head(length int, header map[string]string) string {
	var h strings.Builder
	fmt.Fprintf(&h, "POST /slack/events HTTP/1.1\r\nHost: visitprep\r\nContent-Length: %d\r\n", length)
	for k, v := range header {
		fmt.Fprintf(&h, "%s: %s\r\n", k, v)
	}
	return h.String() + "\r\n"
}

func TestASlowBodyIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := botAlone(t, testBase(t))
		c := dial(t, b)
		sending := make(chan struct{})
		go func() {
			defer close(sending)
			_, err := io.WriteString(c, head(200_000, forged()))
			for err == nil {
				time.Sleep(100 * time.Millisecond)
				_, err = c.Write([]byte("x"))
			}
		}()
		began := time.Now()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); res.StatusCode != http.StatusRequestTimeout || !res.Close || took != bodyWithin {
			t.Errorf("answered %d after %s, closed: %v; want 408, after %s, closed", res.StatusCode, took, res.Close, bodyWithin)
		}
		<-sending // until the other side has closed it
		if took := time.Since(began); took > bodyWithin+2*lingering {
			t.Errorf("the connection was closed after %s", took)
		}
	})
}

// The time for a body ends with the body: neither the answer nor the next request on the
// connection suffers from it.
func TestAConnectionOfSlacksStaysOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := botAlone(t, testBase(t))
		c := dial(t, b)
		answers := bufio.NewReader(c)
		for n := range 3 {
			body := slashForm("quality", strconv.Itoa(n))
			h := head(len(body), signed(body, time.Now(), formType))
			go func() {
				io.WriteString(c, h)
				time.Sleep(2 * time.Second) // slow, and in time
				io.WriteString(c, body)
			}()
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatalf("request %d: %v", n+1, err)
			}
			answer, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusOK || res.Close || !bytes.Contains(answer, []byte("A closed door")) {
				t.Errorf("request %d: %d, closed: %v, %v: %s", n+1, res.StatusCode, res.Close, err, answer)
			}
			time.Sleep(time.Minute)
		}
	})
}
