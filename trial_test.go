package main

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"visitprep/bot"
)

// What stands between here and Slack is told from Slack, from a proxy and from a machine
// whose clock is wrong, and whether it is waited for.
func TestWhatStandsInTheWayIsNamed(t *testing.T) {
	t.Parallel()
	encrypted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(encrypted.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("<html>Please log in to this network</html>"))
	}))
	t.Cleanup(page.Close)
	elsewhere := httptest.NewServer(http.RedirectHandler("https://example.com/", http.StatusFound))
	t.Cleanup(elsewhere.Close)
	proxy := func(status int) http.RoundTripper {
		p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(p.Close)
		address, err := url.Parse(p.URL)
		if err != nil {
			t.Fatal(err)
		}
		return bot.DeadlineTransport(&http.Transport{Proxy: http.ProxyURL(address)})
	}
	through := bot.DeadlineTransport(http.DefaultTransport)
	fails := func(err error) http.RoundTripper {
		return roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	answers := func(server *httptest.Server) http.RoundTripper { // whatever the address
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
			return http.DefaultTransport.RoundTrip(r)
		})
	}
	for _, c := range []struct {
		name, api string
		transport http.RoundTripper
		says      string
		passing   bool
	}{
		{"a certificate of somebody unknown", encrypted.URL + "/api/", through, "is signed by somebody whom this machine does not know", false},
		{"a certificate for another host", "", fails(x509.HostnameError{Certificate: new(x509.Certificate)}), "is for another host", false},
		{"a certificate that is over", "", fails(x509.CertificateInvalidError{Reason: x509.Expired}), "look at the clock of this machine", true},
		{"a proxy that wants a password", "https://slack.invalid/api/", proxy(http.StatusProxyAuthRequired), "the proxy wants a name and a password (407)", false},
		{"a proxy that refuses", "https://slack.invalid/api/", proxy(http.StatusForbidden), "such as a proxy, refuses what is sent (403)", true},
		{"a page at an address of one's own", page.URL + "/api/", through, "is not Slack's Web API (its answer is not JSON)", false},
		{"a page in the place of Slack", "", answers(page), "something between here and Slack, such as a proxy, answers in its place", true},
		{"an address that sends on", elsewhere.URL + "/api/", through, "is not Slack's Web API (it sends on to another address)", false},
		{"a name that nobody knows", "", fails(&net.DNSError{Name: "slack.com", IsNotFound: true}), "no address is found for slack.com", true},
		{"a proxy that is not there", "https://slack.invalid/api/", bot.DeadlineTransport(&http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:9", User: url.UserPassword("me", "hidden")})}), "the proxy that HTTPS_PROXY names cannot be reached (dial tcp 127.0.0.1:9: connect: connection refused): look at the variable", true},
		{"a proxy for what is not encrypted", "http://slack.invalid/api/", bot.DeadlineTransport(&http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:9"})}), "the proxy that HTTP_PROXY names cannot be reached (", true},
		{"a proxy whose name nobody knows", "", fails(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: &net.DNSError{Name: "proxi", IsNotFound: true}}), "the proxy that HTTPS_PROXY names cannot be reached (lookup proxi", true},
		{"no answer in time", "", fails(context.DeadlineExceeded), "https://slack.com/api/ cannot be reached (no answer in time)", true},
		{"a connection that breaks", "", fails(&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}), "cannot be reached (connection reset by peer)", true},
		{"a password in the address", "http://me:hidden@127.0.0.1:9/api/", through, "http://127.0.0.1:9/api/ cannot be reached", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slackSettings{BotToken: "xoxb-hidden", APIURL: c.api}
			_, r := tryBotToken(t.Context(), s.client(slackHTTP(c.transport)), s)
			if r == nil || !strings.Contains(r.line, c.says) || r.passing != c.passing {
				t.Fatalf("it says %+v, want %s", r, c.says)
			}
			if strings.Contains(r.line, "hidden") || strings.Contains(r.line, "\n") {
				t.Errorf("it says %q", r.line)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answering is a server that answers everything with the same words.
func answering(t *testing.T, words func(r *http.Request) string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, words(r))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/api/"
}

// Some other server's good answer is not Slack's, and the start and the check say so.
func TestWhatIsNotSlackDoesNotPass(t *testing.T) {
	t.Parallel()
	const tokenLess = `{"ok":true,"team":"Northlight","team_id":"T0LOCALTEAM"}`
	for _, words := range []string{`{"ok":true}`, `{}`, `null`, `{"ok":false}`, `{"status":"ok"}`, `[]`, `"ok"`, `1`, ``, `{"ok":"true"}`, tokenLess, `{"ok":true,"user_id":"U0"}`, `{"ok":true,"team_id":" ","user_id":"U0"}`} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			api := answering(t, func(*http.Request) string { return words })
			env := map[string]string{"DATABASE_URL": t.TempDir() + "/v.db", "SLACK_API_URL": api, "SLACK_BOT_TOKEN": "xoxb-1-hidden", "SLACK_APP_TOKEN": "xapp-1-hidden"}
			line := "SLACK_API_URL: what answers at " + api + " is not Slack's Web API ("
			for _, command := range []string{"check --slack", "serve --listen 127.0.0.1:0"} {
				if command == "check --slack" && words != `{"ok":true}` && words != `[]` {
					continue // it takes seconds, and asks as the start does
				}
				code, text := said(t, env, "", strings.Fields(command)...)
				if code != 1 || strings.Count(text, line) != 1 {
					t.Errorf("%s ends with %d:\n%s", command, code, text)
				}
			}
			s := slackSettings{BotToken: "xoxb-hidden"}
			elsewhere := roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(words)), Request: r}, nil
			})
			_, r := tryBotToken(t.Context(), s.client(slackHTTP(elsewhere)), s)
			if r == nil || !strings.Contains(r.line, "something between here and Slack, such as a proxy, answers in its place") {
				t.Errorf("without an address of one's own it says %+v", r)
			}
		})
	}
	t.Run("a connection that leads nowhere", func(t *testing.T) {
		api := answering(t, func(*http.Request) string { return `{"ok":true}` })
		s := slackSettings{AppToken: "xapp-hidden", APIURL: api}
		if r := tryAppToken(t.Context(), s.client(http.DefaultClient), s); r == nil || !strings.Contains(r.line, "is not Slack's Web API") {
			t.Errorf("it says %+v", r)
		}
	})
	t.Run("a message that is looked at by somebody else", func(t *testing.T) {
		api := answering(t, func(*http.Request) string { return `{}` })
		s := slackSettings{BotToken: "xoxb-hidden", APIURL: api}
		v := validator{client: http.DefaultClient, settings: s, token: "xoxb-hidden", refuse: func(err error) *refusal { return refused("SLACK_BOT_TOKEN", whereBotToken, s, err) }}
		if err := v.validate(t.Context(), specimen{kind: "message", name: "a card"}); err == nil || !strings.Contains(err.Error(), "is not Slack's Web API") {
			t.Errorf("it says %v", err)
		}
	})
}

// A server that repeats what it was sent does not get it into the log, nor anywhere else
// that is read.
func TestNoTokenIsRepeated(t *testing.T) {
	t.Parallel()
	repeats := func(r *http.Request) string {
		r.ParseForm()
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Form.Get("token")
		return `{"ok":false,"error":"token ` + token + ` is not known"}`
	}
	names := func(r *http.Request) string {
		r.ParseForm()
		return `{"ok":true,"team_id":"T0","user_id":"U0","team":"` + r.Form.Get("token") + `","user":"` + r.Form.Get("token") + `","errors":[]}`
	}
	for _, c := range []struct {
		name, command, config, until string
		words                        func(*http.Request) string
		mode                         string
	}{
		{"as an error, in the log", "serve --listen 127.0.0.1:0", "log:\n  level: debug\n", "could not look at all channels", repeats, "SLACK_SIGNING_SECRET"},
		{"in Socket Mode", "serve", "log:\n  level: debug\n", "no connection to Slack", repeats, "SLACK_APP_TOKEN"},
		{"in a log of JSON", "serve", "log:\n  format: json\n", "no connection to Slack", repeats, "SLACK_APP_TOKEN"},
		{"as an error, in a check", "check --slack", "", "", repeats, "SLACK_APP_TOKEN"},
		{"as a name, in a check", "check --slack", "", "", names, "SLACK_APP_TOKEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DATABASE_URL": t.TempDir() + "/v.db", "SLACK_API_URL": answering(t, c.words), "SLACK_BOT_TOKEN": "xoxb-1-hidden"}
			env[c.mode] = map[string]string{"SLACK_APP_TOKEN": "xapp-1-hidden", "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef"}[c.mode]
			_, text := said(t, env, c.until, append(strings.Fields(c.command), "--config", written(t, c.config))...)
			if !strings.Contains(text, c.until) || strings.Contains(text, "1-hidden") || !strings.Contains(text, "[hidden]") && c.until != "" {
				t.Errorf("it says\n%s", text)
			}
		})
	}
}
