package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// FuzzSecrets holds that of a value in the environment no message says more than its kind, and
// that what is taken has nothing around it.
func FuzzSecrets(f *testing.F) {
	for _, s := range []string{"xoxb-1-", "xoxe.xoxb-1-", "xapp-1-", "xoxz-", "0123456789abcdef", "Bearer xoxb-", "\ufeff\"xoxb-1", "xoxb-\n", "xoxb-\xff", "“", "\u200b\x1b[31m", "SLACK_BOT_TOKEN=xoxb-", "https://me:", "postgres://me:"} {
		f.Add(s, "")
		f.Add(s, "@127.0.0.1/api\r\n")
	}
	const hidden = "H1dd3nH1dd3n"
	good := map[string]string{"SLACK_BOT_TOKEN": "xoxb-1-a", "SLACK_APP_TOKEN": "xapp-1-a", "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef"}
	f.Fuzz(func(t *testing.T, before, after string) {
		value := before + hidden + after
		p := pasted(value)
		if pasted(p) != p {
			t.Errorf("%q is taken as %q, and that as %q", value, p, pasted(p))
		}
		if !strings.Contains(p, hidden) || strings.TrimSpace(p) != p || strings.Trim(p, "\"'`\ufeff\u200b\x00") != p {
			t.Errorf("%q is taken as %q", value, p)
		}
		for name := range good {
			env := map[string]string{name: value}
			for other, v := range good {
				if other != name {
					env[other] = v
				}
			}
			s, err := loadSlackSettings(environment(env))
			said := strings.Join(s.Doubts, "\n")
			if err != nil {
				said += "\n" + err.Error()
			}
			if strings.Contains(said, hidden) || strings.Contains(said, hidden[:6]) {
				t.Errorf("of %s = %q it says %s", name, value, said)
			}
			if !utf8.ValidString(said) || strings.ContainsFunc(said, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
				t.Errorf("of %s = %q it says %q", name, value, said)
			}
			for line := range strings.SplitSeq(said, "\n") {
				if len(line) > 300 {
					t.Errorf("of %s = %q it says %q", name, value, line)
				}
			}
			// What is taken can be sent: net/http refuses a header that has anything else.
			if inside(p) == "" {
				r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+p)
				if err := r.Write(io.Discard); err != nil {
					t.Errorf("%q cannot be sent: %v", p, err)
				}
			} else if err == nil {
				t.Errorf("%q is taken, and %s", p, inside(p))
			}
		}
	})
}

// FuzzAPIURL holds that an address for Slack's API that is taken is one that methods can be
// called at, and that no password in it is said.
func FuzzAPIURL(f *testing.F) {
	for _, s := range []string{"https://slack.com/api/", "http://127.0.0.1:9/api", "http://[::1]:80", "https://slack-gov.com/api", "HTTPS://X", "https://slack.com/api?team=1", "https://slack.com/api#a", "https://:443/", "http://h:99999/", "http:slack.com", "https://a b/", "//x", "https://me@x/", "http://%31/", "\"https://x\"\r\n"} {
		f.Add(s, "")
		f.Add(s, "pass")
	}
	f.Fuzz(func(t *testing.T, address, password string) {
		const hidden = "H1dd3nH1dd3n"
		for _, a := range []string{address, strings.Replace(address, "://", "://"+password+":"+hidden+"@", 1), strings.Replace(address, "://", "://"+hidden+"@", 1)} {
			s, err := loadSlackSettings(environment(map[string]string{"SLACK_BOT_TOKEN": "xoxb-1-a", "SLACK_APP_TOKEN": "xapp-1-a", "SLACK_API_URL": a}))
			if err != nil {
				if strings.Contains(err.Error(), hidden) || strings.Contains(err.Error(), "\n\n") {
					t.Errorf("of %q it says %q", a, err)
				}
				continue
			}
			said := apiAddress(s)
			if strings.Contains(said, hidden) && !strings.Contains(address, hidden) || strings.ContainsFunc(said, unicode.IsControl) {
				t.Errorf("%q is called %q", a, said)
			}
			if s.APIURL == "" {
				continue
			}
			r, err := http.NewRequest(http.MethodPost, s.APIURL+"auth.test", nil)
			switch {
			case err != nil:
				t.Errorf("%q is taken, and cannot be called: %v", a, err)
			case r.URL.Hostname() == "" || !strings.HasSuffix(r.URL.Path, "/auth.test") || r.URL.RawQuery != "" || r.URL.Fragment != "":
				t.Errorf("%q is taken, and calls %q", a, r.URL)
			}
		}
	})
}

// An answerer answers all calls alike.
type answerer struct {
	status int
	header http.Header
	body   string
}

func (a answerer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// oneLine says what is wrong with a line that a person is to read in a terminal.
func oneLine(s string) string {
	switch {
	case s == "":
		return "it is empty"
	case !utf8.ValidString(s):
		return "it is not text"
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
		return "it has a line break or a control character"
	case len(s) > 2000:
		return "it is long"
	case strings.Contains(s, "xoxb-s3cret"), strings.Contains(s, "xapp-s3cret"):
		return "it says the token"
	}
	return ""
}

// FuzzSlackAnswers has Slack, or what stands in its place, answer anything to what check and
// serve ask it. What is said of it is one line, and says no token, even if the answer does.
func FuzzSlackAnswers(f *testing.F) {
	for _, body := range []string{
		`{"ok":true,"team":"Acme","team_id":"T1","user":"visitprep","url":"wss://x"}`, `{"ok":false,"error":"invalid_auth"}`, `{"ok":false,"error":"missing_scope"}`,
		`{"ok":false,"error":"xoxb-s3cret is unknown"}`, `{"ok":false,"error":"xoxb-\u0000s3cret"}`, `{"ok":false,"error":"a\nb\u001b[2J"}`, `{"ok":false}`, `{"ok":true,"team":"A\nB","user":"\u0007"}`,
		`{"ok":false,"error":"invalid_blocks","errors":[{"pointer":"/blocks/0","message":"no\nsuch type"},7,{"pointer":null}]}`, `{"errors":[]}`, `<html>`, ``, `null`, `[]`, `{"ok":1}`,
	} {
		f.Add(200, "chat:write,commands", "", body)
	}
	f.Add(429, "", "99999999999999", "")
	f.Add(429, "", "-1", "")
	f.Add(302, ",", "", "")
	f.Add(999, " chat:write", "", "xoxb-s3cret")
	f.Fuzz(func(t *testing.T, status int, scopes, after, body string) {
		if status < 200 || status > 999 {
			return
		}
		h := http.Header{"X-Oauth-Scopes": {scopes}, "Retry-After": {after}}
		s := slackSettings{BotToken: "xoxb-s3cret", AppToken: "xapp-s3cret"}
		client := &http.Client{Transport: answerer{status, h, body}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		api := s.client(client)
		check := func(what, line string) {
			if wrong := oneLine(line); wrong != "" {
				t.Errorf("%s: %s: %q", what, wrong, line)
			}
		}
		k, r := tryBotToken(t.Context(), api, s)
		if r != nil {
			check("the bot token", r.line)
			if r.after < 0 || r.after > time.Hour {
				t.Errorf("it is tried again after %v", r.after)
			}
		} else {
			check("the workspace", "@"+k.bot+" in "+k.team+" ("+k.teamID+")")
			required, optional := k.scopeLines()
			for _, line := range append(required, optional...) {
				check("a scope", line)
			}
			if len(required) > 0 && scopes == "" {
				t.Errorf("of no header it says %q", required)
			}
		}
		if r := tryAppToken(t.Context(), api, s); r != nil {
			check("the app token", r.line)
		}
		v := validator{client: client, settings: s, token: string(s.BotToken)}
		words, err := v.once(t.Context(), specimen{"a card", "message", "{}"})
		switch {
		case err != nil:
			check("blocks.validate", refused("SLACK_BOT_TOKEN", whereBotToken, s, err).line)
		case words != "":
			check("blocks.validate", words)
		case !strings.Contains(body, "true"):
			t.Errorf("%q is taken for Slack's consent", body)
		}
	})
}
