package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/localslack"
)

// slackSigned is a request as Slack sends it.
func slackSigned(ctx context.Context, address, secret, body string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/slack/events", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", ts, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Slack-Request-Timestamp", ts)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r, nil
}

// forgedHead is the head of a request whose signature can only be checked once all of its
// body is there.
func forgedHead(length int) string {
	return fmt.Sprintf("POST /slack/events HTTP/1.1\r\nHost: visitprep\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=%s\r\nContent-Length: %d\r\n\r\n",
		time.Now().Unix(), strings.Repeat("ab", 32), length)
}

// BenchmarkStrangers has strangers hold all the memory that they can, of a real process,
// while people go on asking. It reports what the process holds at rest, how much more it
// holds at most, and how long people wait.
func BenchmarkStrangers(b *testing.B) {
	head := []byte("POST /slack/events HTTP/1.1\r\nHost: visitprep\r\n")
	line := []byte("X-Long: " + strings.Repeat("x", 8<<10) + "\r\n")
	for _, attack := range []struct {
		name      string
		strangers int
		send      func(net.Conn) error
	}{
		{"500 slow bodies of 200 kB", 500, func(c net.Conn) error {
			if _, err := io.WriteString(c, forgedHead(200_000)); err != nil {
				return err
			}
			part := bytes.Repeat([]byte("x"), 20_000) // all but the end comes at once
			for range 9 {
				if _, err := c.Write(part); err != nil {
					return err
				}
			}
			for range 100 {
				time.Sleep(100 * time.Millisecond)
				if _, err := c.Write([]byte("x")); err != nil {
					return err
				}
			}
			return nil
		}},
		{"100 with 900 kB of headers", 100, func(c net.Conn) error {
			if _, err := c.Write(head); err != nil {
				return err
			}
			for range 900_000 / len(line) {
				if _, err := c.Write(line); err != nil {
					return err
				}
			}
			for range 100 {
				time.Sleep(100 * time.Millisecond)
				if _, err := io.WriteString(c, "X-More: x\r\n"); err != nil {
					return err
				}
			}
			return nil
		}},
		{"100 with 2,300 lines of headers", 100, func(c net.Conn) error {
			if _, err := c.Write(append(bytes.Clone(head), bytes.Repeat([]byte("0:\r\n"), 2_300)...)); err != nil {
				return err
			}
			for range 100 {
				time.Sleep(100 * time.Millisecond)
				if _, err := io.WriteString(c, "0:\r\n"); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		b.Run(attack.name, func(b *testing.B) {
			w, err := localslack.New(localslack.Sample())
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			slackServer := httptest.NewServer(w.Handler())
			defer slackServer.Close()
			w.SetBaseURL(slackServer.URL)
			p := serving(b, "DATABASE_URL="+b.TempDir()+"/v.db", "SLACK_API_URL="+w.APIURL(slackServer.URL), "SLACK_APP_TOKEN=", "SLACK_BOT_TOKEN="+w.BotToken(), "SLACK_SIGNING_SECRET="+w.SigningSecret())
			asked := 0
			ask := func() (time.Duration, error) {
				asked++
				form := url.Values{"command": {"/visit-prep"}, "text": {"quality"}, "team_id": {localslack.DefaultTeamID}, "channel_id": {"C0SOURCING1"}, "user_id": {"U0MIACHEN01"}, "trigger_id": {strconv.Itoa(asked)}}
				ctx, stop := context.WithTimeout(b.Context(), 10*time.Second)
				defer stop()
				r, err := slackSigned(ctx, p.url, w.SigningSecret(), form.Encode())
				if err != nil {
					return 0, err
				}
				r.Close = true // each on a connection of its own, which has to get in
				from := time.Now()
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					return 0, err
				}
				defer res.Body.Close()
				answer, err := io.ReadAll(res.Body)
				if err == nil && !bytes.Contains(answer, []byte("blocks")) {
					err = fmt.Errorf("%s: %s", res.Status, answer)
				}
				return time.Since(from), err
			}
			for range 100 {
				if _, err := ask(); err != nil {
					b.Fatal(err)
				}
			}
			time.Sleep(2 * time.Second)
			idle := residentOf(b, p.cmd.Process.Pid)
			most := idle
			var took []time.Duration
			failed := 0
			for b.Loop() {
				ctx, stop := context.WithTimeout(b.Context(), 8*time.Second)
				var all sync.WaitGroup
				for range attack.strangers {
					all.Go(func() {
						for ctx.Err() == nil {
							c, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(p.url, "http://"))
							if err != nil {
								time.Sleep(50 * time.Millisecond)
								continue
							}
							ended := context.AfterFunc(ctx, func() { c.Close() })
							attack.send(c)
							ended()
							c.Close()
						}
					})
				}
				for ctx.Err() == nil {
					d, err := ask()
					if err != nil {
						failed++
						b.Log(err)
					}
					took = append(took, d)
					most = max(most, residentOf(b, p.cmd.Process.Pid))
					time.Sleep(20 * time.Millisecond)
				}
				stop()
				all.Wait()
			}
			slices.Sort(took)
			b.ReportMetric(idle, "MiB-at-rest")
			b.ReportMetric(most-idle, "MiB-above")
			b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "ms-p99")
			b.ReportMetric(float64(failed), "failed")
			b.ReportMetric(float64(len(took)), "asked")
		})
	}
}

// residentOf is how much memory a process holds, in MiB.
func residentOf(b *testing.B, pid int) float64 {
	b.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("the memory of a process is read from /proc")
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if kb, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(kb)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(n) / 1024
		}
	}
	b.Fatal("the process is gone")
	return 0
}
