package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// installed is a local Slack behind a server, with these scopes granted to the app; nil
// are all.
func installed(t testing.TB, scopes []string) (w *localslack.Workspace, env map[string]string) {
	t.Helper()
	o := sampleWorkspace()
	if scopes != nil {
		o.Scopes = scopes
	}
	o.BotToken, o.AppToken, o.SigningSecret = "xoxb-1-hidden", "xapp-1-hidden", "0123456789abcdef0123456789abcdef"
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(func() { w.Close(); server.Close() })
	w.SetBaseURL(server.URL)
	return w, map[string]string{
		"DATABASE_URL": filepath.Join(t.TempDir(), "v.db"), "SLACK_API_URL": w.APIURL(server.URL),
		"SLACK_BOT_TOKEN": w.BotToken(), "SLACK_SIGNING_SECRET": w.SigningSecret(),
	}
}

// said runs a command until it ends or says something, and returns its code, which is -1
// where it had not ended, and all that it said.
func said(t testing.TB, env map[string]string, until string, args ...string) (int, string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	out := &watched{until: until, seen: make(chan struct{})}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, strings.NewReader(""), out, out, environment(env)) }()
	select {
	case code := <-ended:
		return code, out.String()
	case <-out.seen:
		stop()
		if code := <-ended; code != 0 {
			return code, out.String()
		}
		return -1, out.String()
	}
}

// A watched is an output that says when something has stood in it.
type watched struct {
	until string
	seen  chan struct{}

	mu sync.Mutex
	b  strings.Builder
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.until != "" && strings.Contains(w.b.String(), w.until)
	w.b.Write(p)
	if !before && w.until != "" && strings.Contains(w.b.String(), w.until) {
		close(w.seen)
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// with is an environment with some variables changed; "" takes one away.
func with(env map[string]string, pairs ...string) map[string]string {
	changed := make(map[string]string)
	for k, v := range env {
		changed[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		changed[pairs[i]] = pairs[i+1]
	}
	return changed
}

// Ten settings that are broken, and more, are each said in one line that names the mend: by
// serve, by check where no Slack is needed to see it, and by check --slack.
func TestWhatIsBrokenIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	const nowhere = "http://127.0.0.1:9/api/"
	for _, c := range []struct {
		name   string
		config string // in place of none
		env    []string
		slack  func(w *localslack.Workspace)
		scopes []string
		line   string // which says it
		check  bool   // check sees it without Slack
		serves bool   // serve says it and goes on
		doubt  bool   // each says it, and finds no fault
		fine   bool   // nobody says anything
		only   string // the one that can see it
		passes bool   // it may end by itself
	}{
		{name: "a setting with a word in place of a number", config: "reminders:\n  overdue: soon\n", line: `c.yaml:2: overdue needs a whole number, not "soon": write overdue: 3`, check: true},
		{name: "a level that is none", config: "log:\n  level: loud\n", line: `c.yaml:2: log.level: "loud" is not a level: write one of debug, info, warn, error`, check: true},
		{name: "a setting that is not there", config: "lisen: 127.0.0.1:8080\n", line: `c.yaml:1: unknown field "lisen": did you mean listen?`, check: true},
		{name: "a fraction where a whole number is due", config: "reminders:\n  before: [7, 1.5]\n", line: `c.yaml:2: an item of before needs a whole number, not "1.5": write 3`, check: true},
		{name: "an hour that is none", config: "reminders:\n  at: \"25:00\"\n", line: `c.yaml:2: reminders.at: "25:00" is not a time of the day: write it as "09:00"`, check: true},
		{name: "a folder of advice that is not there", config: "knowledge:\n  dir: nowhere\n", line: `c.yaml:2: knowledge.dir: there is no folder "nowhere": create the folder, or write its path relative to the one visitprep is started in, or "" for none`, check: true},
		{name: "a database of another program's form", env: []string{"DATABASE_URL", "host=db user=u password=hidden"}, line: "DATABASE_URL is a list of settings: write postgres://user:password@host/database, or the path of a file, such as visitprep.db", check: true},
		{name: "a database in a folder that is not there", env: []string{"DATABASE_URL", "nowhere/v.db"}, line: "the folder nowhere is not there", check: true},
		{name: "a port that is in use", env: []string{"LISTEN", "taken"}, line: "listen for Slack on 127.0.0.1:PORT: another program has this address: end it, or write another into listen in config.yaml", only: "serve"},
		{name: "a signing secret of another length", env: []string{"SLACK_SIGNING_SECRET", "0123456789abcdef"}, line: "SLACK_SIGNING_SECRET is not 32 hexadecimal digits, as Slack's secrets are: it needs the Signing Secret (Basic Information, App Credentials)", doubt: true},
		{name: "a token cut short at its beginning", env: []string{"SLACK_APP_TOKEN", "p-1-hidden"}, slack: func(w *localslack.Workspace) { w.Fail("apps.connections.open", "invalid_auth", 100) }, line: "SLACK_APP_TOKEN does not start with xapp-: it needs the App-Level Token", only: "check"},
		{name: "a proxy that cannot be read", env: []string{"HTTP_PROXY", "http://me:hidden@:80a/"}, line: "HTTP_PROXY is not the address of a proxy: write it as http://HOST:PORT, or http://NAME:PASSWORD@HOST:PORT, or leave it out", check: true},
		{name: "a proxy of an unknown kind", env: []string{"SLACK_API_URL", "", "https_proxy", "proxy://hidden:8080"}, line: "https_proxy is not the address of a proxy", check: true},
		{name: "metrics where Slack posts to", config: "metrics: 127.0.0.1:7171\nlisten: 0.0.0.0:7171\n", line: `metrics and listen have one address, 127.0.0.1:7171 and 0.0.0.0:7171: write another port into one of them in config.yaml, or metrics: "" to answer beside Slack`, only: "check without Slack"},
		{name: "a secret with a line end", env: []string{"SLACK_BOT_TOKEN", "xoxb-1-hidden\r\n", "SLACK_SIGNING_SECRET", "0123456789abcdef0123456789abcdef\n"}, fine: true},
		{name: "a user token for the bot's", env: []string{"SLACK_BOT_TOKEN", "xoxp-1-hidden"}, line: "SLACK_BOT_TOKEN holds a user token (xoxp-…): it needs the Bot User OAuth Token", check: true},
		{name: "a bot token for the app's", env: []string{"SLACK_APP_TOKEN", "xoxb-1-hidden"}, line: "SLACK_APP_TOKEN holds a bot token (xoxb-…): it needs the App-Level Token", check: true},
		{name: "a token for the signing secret", env: []string{"SLACK_SIGNING_SECRET", "xoxb-1-hidden"}, line: "SLACK_SIGNING_SECRET holds a bot token (xoxb-…): it needs the Signing Secret", check: true},
		{name: "two lines in one variable", env: []string{"SLACK_BOT_TOKEN", "xoxb-1-hidden\nxoxb-2-hidden"}, line: "SLACK_BOT_TOKEN has a line break in the middle: copy the value again, alone", check: true},
		{name: "an address that is none", env: []string{"SLACK_API_URL", "slack.com/api"}, line: "SLACK_API_URL is not an address: leave it out", check: true},
		{name: "no token", env: []string{"SLACK_BOT_TOKEN", "\n"}, line: "  SLACK_BOT_TOKEN (starts with xoxb-)", check: true},
		{name: "a token that Slack does not know", env: []string{"SLACK_BOT_TOKEN", "xoxb-2-hidden"}, line: "SLACK_BOT_TOKEN: Slack does not know this token: copy it again; it is the Bot User OAuth Token, which starts with xoxb- (OAuth & Permissions) (invalid_auth)"},
		{name: "a token that was revoked", slack: func(w *localslack.Workspace) { w.RevokeToken("token_revoked") }, line: "SLACK_BOT_TOKEN: the token was revoked: install the app again and copy the new token (token_revoked)"},
		{name: "an app that was uninstalled", slack: func(w *localslack.Workspace) { w.Uninstall() }, line: "SLACK_BOT_TOKEN: the app was uninstalled, or its workspace deleted: install the app again and copy the new token (account_inactive)"},
		{name: "an app token that Slack does not know", env: []string{"SLACK_APP_TOKEN", "xapp-2-hidden"}, line: "SLACK_APP_TOKEN: Slack does not know this token: copy it again; it is the App-Level Token, which starts with xapp- (Basic Information, App-Level Tokens) (invalid_auth)"},
		{name: "an app token without its scope", env: []string{"SLACK_APP_TOKEN", "xapp-1-hidden"}, slack: func(w *localslack.Workspace) { w.Fail("apps.connections.open", "missing_scope", 100) }, line: "SLACK_APP_TOKEN: the token lacks a scope, connections:write: generate a token with it (Basic Information, App-Level Tokens) (missing_scope)"},
		{name: "an address that is not Slack's", slack: func(w *localslack.Workspace) { w.FailHTTP("*", 404, nil, 100) }, line: "SLACK_API_URL: what answers at http://127.0.0.1:PORT/api/ is not Slack's Web API (404): leave it out, or write one such as https://slack.com/api/"},
		{name: "a proxy that wants a password", slack: func(w *localslack.Workspace) { w.ProxyRefuses(407) }, line: "the proxy wants a name and a password (407): write them into HTTPS_PROXY, as http://NAME:PASSWORD@HOST:PORT"},
		{name: "HTTPS where there is none", env: []string{"SLACK_API_URL", "https"}, line: "what answers at https://127.0.0.1:PORT/api/ does not speak HTTPS: write http:// in SLACK_API_URL, or look at the proxy"},
		{name: "a scope that is missing", scopes: slices.DeleteFunc(bot.Scopes(), func(s string) bool { return s == "chat:write" }), line: "the scope chat:write is missing: nothing is posted: no card, no reminder, no answer in a thread; paste the output of visitprep manifest into the app's App Manifest page again and reinstall the app", serves: true},
		{name: "the scope for photos is missing", scopes: slices.DeleteFunc(bot.Scopes(), func(s string) bool { return s == "files:read" }), line: "the scope files:read is missing: photos of findings stay in Slack: what is written with them is saved, and reports come without pictures; paste the output of visitprep manifest into the app's App Manifest page again and reinstall the app", serves: true},
		{name: "the scope for messages is missing", scopes: slices.DeleteFunc(bot.Scopes(), func(s string) bool { return s == "im:history" }), line: "the scope im:history is missing: direct messages to the app are not answered, and photos that people send it are not seen: findings can still be logged by button, form and shortcut; paste the output of visitprep manifest into the app's App Manifest page again and reinstall the app", serves: true},
		{name: "nobody there", env: []string{"SLACK_API_URL", nowhere}, line: nowhere + " cannot be reached (", serves: true, passes: true},
		{name: "a proxy that lets nothing through", slack: func(w *localslack.Workspace) { w.ProxyRefuses(403) }, line: "something between here and http://127.0.0.1:PORT/api/, such as a proxy, refuses what is sent (403): ask who runs it to let it through", serves: true, passes: true},
		{name: "Slack in trouble", slack: func(w *localslack.Workspace) { w.FailHTTP("auth.test", 503, nil, 1000) }, line: "Slack cannot answer at the moment (503)", serves: true, passes: true},
		{name: "Slack busy", slack: func(w *localslack.Workspace) {
			w.FailHTTP("auth.test", 429, http.Header{"Retry-After": {"30"}}, 1000)
		}, line: "Slack asks to wait 30s", serves: true, passes: true},
		{name: "a word that nobody knows", slack: func(w *localslack.Workspace) { w.Fail("auth.test", "fatal_error", 1000) }, line: "SLACK_BOT_TOKEN: Slack answers fatal_error", serves: true, passes: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, env := installed(t, c.scopes)
			if c.slack != nil {
				c.slack(w)
			}
			address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(env["SLACK_API_URL"])
			env = with(env, c.env...)
			if env["SLACK_API_URL"] == "https" {
				env["SLACK_API_URL"] = "https://" + address + "/api/"
			}
			line := strings.ReplaceAll(c.line, "127.0.0.1:PORT", address)
			flags := []string{}
			if c.config != "" {
				flags = append(flags, "--config", written(t, c.config))
			}
			says := func(text string) {
				t.Helper()
				lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool {
					return !strings.Contains(l, line) && !strings.Contains(l, strings.ReplaceAll(line, `"`, `\"`))
				})
				if len(lines) != 1 {
					t.Errorf("%d lines say %s in\n%s", len(lines), line, text)
				}
				if strings.Contains(text, "hidden") {
					t.Errorf("a secret is said:\n%s", text)
				}
			}

			listen := "127.0.0.1:0"
			if env["LISTEN"] != "" {
				l, err := net.Listen("tcp", listen)
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				listen = l.Addr().String()
				line = strings.ReplaceAll(c.line, "127.0.0.1:PORT", listen)
			}
			code, text := said(t, env, "", append(flags, "check")...)
			if c.only != "" && c.only != "serve" || c.doubt {
				says(text)
			}
			if c.only == "check without Slack" {
				if code != 1 {
					t.Errorf("it ends with %d", code)
				}
				return
			}
			switch {
			case c.fine || c.doubt:
				for _, command := range [][]string{{"check"}, {"check", "--slack"}, {"serve", "--listen", listen}} {
					until := ""
					if command[0] == "serve" {
						until = "visitprep is starting"
					}
					code, text := said(t, env, until, command...)
					if c.doubt {
						says(text)
					}
					if code > 0 || c.fine && (strings.Contains(text, "Please check") || strings.Contains(text, "fault ") || strings.Contains(text, "level=WARN")) {
						t.Errorf("%v ends with %d:\n%s", command, code, text)
					}
				}
				return
			case c.only == "check":
				return
			}
			if c.check {
				says(text)
			}
			if failed := code != 0; failed != c.check {
				t.Errorf("check ends with %d:\n%s", code, text)
			}
			if c.only == "" {
				code, text = said(t, env, "", append(flags, "check", "--slack")...)
				says(text)
				if code == 0 {
					t.Errorf("check --slack finds nothing:\n%s", text)
				}
				if strings.Contains(text, "again in a while") != c.passes {
					t.Errorf("check --slack says of another try\n%s", text)
				}
			}
			code, text = said(t, env, map[bool]string{true: strings.ReplaceAll(line, `"`, `\"`)}[c.serves], append(flags, "serve", "--listen", listen)...)
			says(text)
			if c.serves && code != -1 || !c.serves && code != 1 {
				t.Errorf("serve ends with %d:\n%s", code, text)
			}
		})
	}
}

// What check --slack sends is said before it is sent, and holds nothing of the team's.
func TestCheckSaysFirstWhatLeavesTheMachine(t *testing.T) {
	t.Parallel()
	w, env := installed(t, nil)
	advice := t.TempDir()
	const ours = "Gifts to avoid: do not bring clocks, or the sauce"
	if err := os.WriteFile(filepath.Join(advice, "cultural-exchange.yaml"), []byte(`topic: cultural-exchange
entries:
  - {id: etiquette-gift-clock, kind: etiquette, phase: during, group: gifts, title: "`+ours+`", text: "Gifts to avoid: what gift should I not bring? Do not bring a clock as a gift, nor the sauce.", aliases: [gifts to avoid], asks: [what gift should I not bring], reviewed: 2026-11-22, article: CU1}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	name := written(t, "knowledge:\n  dir: "+advice+"\n")
	code, text := said(t, with(env, "SLACK_APP_TOKEN", w.AppToken()), "", "check", "--slack", "--config", name)
	if code != 0 {
		t.Fatalf("it ends with %d:\n%s", code, text)
	}
	before, after, _ := strings.Cut(text, "this leaves the machine: SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and ")
	for _, line := range []string{"ok     the bot token: @visitprep in Northlight (T0LOCALTEAM)\n", "ok     the scopes\n", "ok     the app token, for Socket Mode\n",
		"ok     message: Visit 1: Ningbo Bright Metal\n", "ok     view: Home\n", "ok     view: Plan a visit\n", "ok     message: Inspection 1, Ningbo Bright Metal: due in "} {
		if !strings.Contains(after, line) || strings.Contains(before, line) {
			t.Errorf("after what leaves there is no %q:\n%s", line, text)
		}
	}
	if strings.Contains(after, "fault") {
		t.Errorf("there is a fault:\n%s", after)
	}
	cfg, err := loadConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	base, err := loadKnowledge(cfg)
	if err != nil || !slices.ContainsFunc(base.All(), func(e *knowledge.Entry) bool { return e.Title == ours }) {
		t.Fatalf("the team's own advice is not there: %v", err)
	}
	specimens, err := renderSpecimens(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, sp := range specimens {
		if strings.Contains(sp.payload, "sauce") {
			t.Errorf("%s %s has the team's own advice", sp.kind, sp.name)
		}
	}
	// How many there are depends on the clock, such as on what a week brings: those that were named count.
	named := strings.Count(after, "ok     message: ") + strings.Count(after, "ok     view: ")
	if calls := w.Calls(); calls["blocks.validate"] != named || named < 10 || calls["auth.test"] != 1 || calls["apps.connections.open"] != 1 || len(calls) != 3 {
		t.Errorf("it called %v, for %d messages and forms", calls, named)
	}
}

// What Slack does not take is said in its own words, with the exit code of a fault. It is
// waited for where it asks for that.
func TestCheckSaysWhatSlackDoesNotTake(t *testing.T) {
	t.Parallel()
	w, env := installed(t, nil)
	w.FailHTTP("blocks.validate", 429, http.Header{"Retry-After": {"1"}}, 2)
	w.Fail("blocks.validate", "invalid_message", 1)
	code, text := said(t, env, "", "check", "--slack")
	if code != 1 || strings.Count(text, "fault  ") != 1 || !strings.Contains(text, "invalid_message. Please report it: this is not a setting of yours") || strings.Count(text, "ok     ") < 7 {
		t.Errorf("it ends with %d:\n%s", code, text)
	}
}

// While Slack cannot be asked, it is said once, not once for each message: nothing of it is
// the message's fault, and check tries nothing again by itself.
func TestCheckSaysOneFaultOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(w *localslack.Workspace)
		line string
	}{
		{"a proxy that lets nothing through", func(w *localslack.Workspace) { w.FailHTTP("blocks.validate", 403, nil, 1000) }, "refuses what is sent (403)"},
		{"Slack in trouble", func(w *localslack.Workspace) { w.FailHTTP("blocks.validate", 503, nil, 1000) }, "Slack cannot answer at the moment (503): try check --slack again in a while"},
		{"a token revoked meanwhile", func(w *localslack.Workspace) { w.Fail("blocks.validate", "token_revoked", 1000) }, "the token was revoked"},
		{"Slack asks to wait for longer than anybody does", func(w *localslack.Workspace) {
			w.FailHTTP("blocks.validate", 429, http.Header{"Retry-After": {"3600"}}, 1000)
		}, "Slack asks to wait 1h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, env := installed(t, nil)
			c.do(w)
			code, text := said(t, env, "", "check", "--slack")
			if code != 1 || strings.Count(text, c.line) != 1 || strings.Count(text, "fault  ") != 1 || w.Calls()["blocks.validate"] > 1 || strings.Contains(text, "is tried again") || strings.Contains(text, "is asked again") {
				t.Errorf("it ends with %d after %v:\n%s", code, w.Calls(), text)
			}
		})
	}
}

// Who declined an optional scope is told what is lost, and is at no fault.
func TestAnOptionalScopeMayBeDeclined(t *testing.T) {
	t.Parallel()
	_, env := installed(t, slices.DeleteFunc(bot.Scopes(), func(s string) bool { return s == "groups:history" }))
	const line = "the optional scope groups:history was declined: a reminder in a private channel may come twice"
	if code, text := said(t, env, "", "check", "--slack"); code != 0 || !strings.Contains(text, "note   "+line) || !strings.Contains(text, "ok     the scopes") {
		t.Errorf("check --slack ends with %d:\n%s", code, text)
	}
	if code, text := said(t, env, line, "serve", "--listen", "127.0.0.1:0"); code != -1 || strings.Contains(text, "level=ERROR") {
		t.Errorf("serve ends with %d:\n%s", code, text)
	}
}

// A token of another workspace than the database's ends the start before anything is sent
// with it: each reminder would be refused for good.
func TestATokenOfAnotherWorkspaceSendsNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, workspace string
		refused         bool
	}{{"of another workspace", "T0ELSEWHERE", true}, {"of this one", localslack.DefaultTeamID, false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, env := installed(t, nil)
			w.AnswerSlowly("auth.test", 300*time.Millisecond) // in which a reminder could be sent
			db, err := store.Open(t.Context(), store.Options{URL: env["DATABASE_URL"], Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			var v visit.Visit
			v.Workspace, v.Owner, v.Purpose, v.Factory.Name, v.Channel = c.workspace, localslack.SampleMia, "first_visit", "A", localslack.SampleSourcing
			v.First = v.Place.Today(time.Now()).AddDays(200)
			v.Last = v.First
			if _, err := db.PlanVisit(t.Context(), v, time.Now()); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			code, text := said(t, env, "Slack knows the bot token", "serve", "--listen", "127.0.0.1:0")
			const line = "SLACK_BOT_TOKEN is of the workspace T0LOCALTEAM (Northlight), and the database holds visits of T0ELSEWHERE: take that workspace's token, or name another database in DATABASE_URL"
			if refused := code == 1 && strings.Contains(text, line); refused != c.refused || !refused && code != -1 {
				t.Errorf("serve ends with %d:\n%s", code, text)
			}
			if n := w.Calls()["chat.postMessage"]; c.refused && n != 0 {
				t.Errorf("%d messages were sent", n)
			}
		})
	}
}

// While Slack cannot be asked about the token, it is asked again, less and less often, and
// /readyz says so beside its ok.
func TestTheTokenIsTriedUntilSlackAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := sampleWorkspace()
		o.BaseURL, o.Deliver = "http://slack.invalid", http.NotFoundHandler()
		w, err := localslack.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		w.FailHTTP("auth.test", 503, nil, 3)
		a, endpoints := served(t)
		var log strings.Builder
		api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL(o.BaseURL)), slack.OptionHTTPClient(w.HTTPClient()))
		a.tokens = newTrial(api, slackSettings{}, a.db, slog.New(slog.NewTextHandler(&log, nil)))
		ready := func() string {
			r := httptest.NewRecorder()
			endpoints.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			if r.Code != http.StatusOK {
				t.Errorf("/readyz answers %d", r.Code)
			}
			return r.Body.String()
		}
		began, tried := time.Now(), 0
		done := make(chan error, 1)
		go func() { done <- a.tokens.run(t.Context(), func() { tried++ }) }()
		synctest.Wait()
		if tried != 1 {
			t.Error("what waits for the first try waits on")
		}
		if got := ready(); got != "ok\nthe bot token could not be tried yet: Slack cannot answer at the moment (503)\n" {
			t.Errorf("/readyz says %q", got)
		}
		if err := <-done; err != nil || tried != 1 {
			t.Errorf("it ends with %v, and began %d times", err, tried)
		}
		if d := time.Since(began); d != 14*time.Second { // 2, 4 and 8
			t.Errorf("Slack was asked until %v had gone by", d)
		}
		if got := ready(); got != "ok\n" {
			t.Errorf("once it has answered /readyz says %q", got)
		}
		if n := strings.Count(log.String(), "503"); n != 1 {
			t.Errorf("it is in the log %d times:\n%s", n, log.String())
		}
	})
}
