package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"visitprep/internal/civil"
	"visitprep/internal/install"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"visitprep": main,
		"soaked":    soaked,
	})
}

// TestScripts runs the real program as the scripts in testdata/script say: they
// are the manual of its commands. Beside testscript's own commands they have
//
//	start NAME ARGS…        run visitprep with these arguments, beside the script
//	await NAME VAR REGEXP   wait until it prints that, and set VAR to the group
//	interrupt NAME          end it as Ctrl+C does, and wait for a clean end
//	substitute FILE WORD BY write something in place of a word in a file
//	get URL                 print the status and the body of an answer
//	missed DAYS GOT ENTRY QUESTION
//	                        have the database of DATABASE_URL keep a question of so many days ago
//	installed ID NAME [DAY [WHY]]
//	                        have the database of DATABASE_URL keep that a workspace has installed the app, with a
//	                        token that is sealed by VISITPREP_TOKEN_KEY, and has it no more since a day: app_uninstalled
//	slacks ID…              run a local Slack for each of these workspaces, in which the app is installed with
//	                        the token that installed gives, and set the variables of many workspaces
//	revoked ID              have the local Slack of a workspace take its token back, and tell nobody
//	belongs ID ORG          have that database keep that a workspace is of an organisation
//	held ID FAULT           have that database keep since when a workspace cannot be sent to, and why
//	filled FILE             write what the skeletons in a file of advice lack
//	slack SCOPE…            run a local Slack with the app installed in it, but for these
//	                        scopes, and set the variables that serve and check read
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Values[processesOf{}] = processes{}
			e.Values[slacksOf{}] = &slacks{byID: map[string]*localslack.Workspace{}}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"start": start, "await": await, "interrupt": interrupt, "get": get, "substitute": substitute, "slack": slackFor, "missed": missedIn, "installed": installedIn, "slacks": slacksFor, "revoked": revokedIn, "held": heldIn, "belongs": belongsIn, "filled": filled},
	})
}

// processes are those that a script has started, by name.
type processes map[string]*process

// processesOf is the key of a script's processes among its values.
type processesOf struct{}

// A process is a visitprep that runs beside the script.
type process struct {
	cmd *exec.Cmd

	mu     sync.Mutex
	more   sync.Cond // on mu: it printed something, or ended
	output bytes.Buffer
	ended  bool
	err    error
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.more.Broadcast()
	return p.output.Write(b)
}

// runs begins a process beside a test, keeps what it prints, and ends it with the test.
func runs(t testing.TB, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd}
	p.more.L = &p.mu
	cmd.Stdout, cmd.Stderr = p, p
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.ends()
	t.Cleanup(func() {
		cmd.Process.Kill()
		p.until(func() bool { return p.ended })
		if t.Failed() {
			t.Logf("a process printed:\n%s", p.output.String())
		}
	})
	return p
}

// ends waits until the process has ended.
func (p *process) ends() {
	err := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.err = true, err
	p.more.Broadcast()
}

// until waits until something is so, and reports whether that was before the process
// ended.
func (p *process) until(is func() bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !is() {
		if p.ended {
			return false
		}
		p.more.Wait()
	}
	return true
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME ARGS…")
	}
	// No script is that patient: what it awaits will not come any more.
	ctx, end := context.WithTimeout(context.Background(), time.Minute)
	p := &process{cmd: exec.CommandContext(ctx, "visitprep", args[1:]...)}
	p.more.L = &p.mu
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = ts.MkAbs("."), p, p
	p.cmd.Env = os.Environ()
	for _, name := range []string{"DATABASE_URL", "SLACK_API_URL", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "VISITPREP_TOKEN_KEY", "VISITPREP_TOKEN_KEY_OLD"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(p.cmd.Start())
	go p.ends()
	ts.Defer(func() {
		end()
		p.until(func() bool { return p.ended })
		ts.Logf("%s printed:\n%s", args[0], p.output.String())
	})
	ts.Value(processesOf{}).(processes)[args[0]] = p
}

// started is the process that a script calls by a name.
func started(ts *testscript.TestScript, name string) *process {
	p := ts.Value(processesOf{}).(processes)[name]
	if p == nil {
		ts.Fatalf("nothing was started as %s", name)
	}
	return p
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: await NAME VAR REGEXP")
	}
	p, want := started(ts, args[0]), regexp.MustCompile(args[2])
	var found [][]byte
	if !p.until(func() bool { found = want.FindSubmatch(p.output.Bytes()); return found != nil }) {
		ts.Fatalf("%s ended without printing %s", args[0], args[2])
	}
	ts.Setenv(args[1], string(found[len(found)-1]))
}

func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: interrupt NAME")
	}
	p := started(ts, args[0])
	ts.Check(p.cmd.Process.Signal(os.Interrupt))
	p.until(func() bool { return p.ended })
	if p.err != nil {
		ts.Fatalf("%s ended with %v", args[0], p.err)
	}
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: get URL")
	}
	res, err := http.Get(args[0])
	ts.Check(err)
	defer res.Body.Close()
	fmt.Fprintln(ts.Stdout(), res.Status)
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
}

func substitute(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: substitute FILE WORD BY")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(ts.ReadFile(args[0]), args[1], args[2])), 0o600))
}

func missedIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: missed DAYS GOT ENTRY QUESTION")
	}
	days, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{URL: ts.MkAbs(ts.Getenv("DATABASE_URL")), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	_, err = s.PutMissed(ctx, store.Missed{
		Workspace: "T0TEAM", Question: args[3], Day: civil.Of(time.Now().UTC()).AddDays(-days), Got: store.Got(args[1]), Entry: args[2],
	}, "U0MIACHEN01")
	ts.Check(errors.Join(err, s.Close()))
}

func filled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: filled FILE")
	}
	text := ts.ReadFile(args[0])
	for n := 1; ; n++ {
		before := text
		text = strings.Replace(text, `title: ""  `, fmt.Sprintf("title: Title %d ", n), 1)
		text = strings.Replace(text, `text: ""`, fmt.Sprintf("text: Text %d.", n), 1)
		if text == before {
			break
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func slackFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: slack SCOPE…")
	}
	o := sampleWorkspace()
	o.Scopes = slices.DeleteFunc(o.Scopes, func(s string) bool { return slices.Contains(args, s) })
	o.BotToken, o.AppToken, o.SigningSecret = "xoxb-of-the-script", "xapp-of-the-script", "8f742231b10e8888abcd99000000085a"
	w, err := localslack.New(o)
	ts.Check(err)
	server := httptest.NewServer(w.Handler())
	ts.Defer(func() { w.Close(); server.Close() })
	w.SetBaseURL(server.URL)
	for name, value := range map[string]string{"SLACK_API_URL": w.APIURL(server.URL), "SLACK_BOT_TOKEN": o.BotToken, "SLACK_APP_TOKEN": o.AppToken, "SLACK_SIGNING_SECRET": o.SigningSecret} {
		ts.Setenv(name, value)
	}
}

// slacksOf is the key of a script's local Slacks among its values.
type slacksOf struct{}

func slacksFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: slacks ID…")
	}
	all := ts.Value(slacksOf{}).(*slacks)
	for _, id := range args {
		o := sampleWorkspace()
		o.TeamID, o.BotToken = id, tokenIn(id)
		for n := range o.People {
			if o.People[n].TeamID == localslack.DefaultTeamID {
				o.People[n].TeamID = id
			}
		}
		w, err := localslack.New(o)
		ts.Check(err)
		ts.Defer(func() { w.Close() })
		all.byID[id] = w
	}
	server := httptest.NewServer(all)
	ts.Defer(server.Close)
	for name, value := range map[string]string{"SLACK_API_URL": server.URL + "/api/", "SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "", "SLACK_CLIENT_ID": "12.34",
		"SLACK_CLIENT_SECRET": "0123456789abcdef0123456789abcdef", "SLACK_SIGNING_SECRET": "fedcba9876543210fedcba9876543210"} {
		ts.Setenv(name, value)
	}
}

func revokedIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: revoked ID")
	}
	ts.Value(slacksOf{}).(*slacks).byID[args[0]].RevokeToken("token_revoked")
}

func heldIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: held ID FAULT")
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: ts.MkAbs(ts.Getenv("DATABASE_URL")), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	defer db.Close()
	since := time.Date(2026, 11, 27, 8, 30, 0, 0, time.UTC)
	_, err = db.NoteFault(ctx, args[0], visit.Fault(args[1]), since, since)
	ts.Check(err)
}

func belongsIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: belongs ID ORG")
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: ts.MkAbs(ts.Getenv("DATABASE_URL")), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	defer db.Close()
	ts.Check(db.NoteOrganisation(ctx, args[0], args[1], time.Now()))
}

// tokenIn is the token of a workspace that installed keeps.
func tokenIn(id string) string { return "xoxb-secret-of-" + id }

// installedIn keeps that a workspace has installed the app.
func installedIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 4 {
		ts.Fatalf("usage: installed ID NAME [DAY [WHY]]")
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: ts.MkAbs(ts.Getenv("DATABASE_URL")), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	defer db.Close()
	keys, err := install.ParseKeys(ts.Getenv("VISITPREP_TOKEN_KEY"), "")
	ts.Check(err)
	i := store.Installation{Workspace: args[0], Name: args[1], App: "A1", BotUser: "UBOT", By: "U0ADMIN0001", At: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}
	keys.Put(&i, tokenIn(args[0]), "")
	_, err = db.Install(ctx, i)
	ts.Check(err)
	if len(args) >= 3 {
		why := store.Uninstalled
		if len(args) == 4 {
			why = visit.Fault(args[3])
		}
		day, err := time.Parse(time.DateOnly, args[2])
		ts.Check(err)
		_, err = db.End(ctx, store.Ending{Workspace: args[0], Why: why, At: day}, day, day)
		ts.Check(err)
	}
}
