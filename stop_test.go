package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
)

// stopsWithin is what docs/operate.md promises.
const stopsWithin = 10 * time.Second

// terminate sends SIGTERM and gives how long the process then took to end.
func (p *process) terminate(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.until(func() bool { return p.ended })
	return time.Since(began)
}

// A silence stands between the app and the local Slack, and keeps what it is asked to without an
// answer, for ever.
type silence struct {
	server *httptest.Server
	of     atomic.Pointer[[]string] // calls whose path has one of these in it; nil is none
	kept   atomic.Int64
}

func newSilence(t *testing.T, slack http.Handler) *silence {
	k := &silence{}
	k.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if of := k.of.Load(); of != nil && slices.ContainsFunc(*of, func(part string) bool { return strings.Contains(r.URL.Path, part) }) {
			io.Copy(io.Discard, r.Body) // else net/http does not notice that the caller has gone
			k.kept.Add(1)
			<-r.Context().Done()
			return
		}
		slack.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { k.server.CloseClientConnections(); k.server.Close() })
	return k
}

// keeps has the calls kept whose path has one of these in it.
func (k *silence) keeps(of ...string) { k.of.Store(&of) }

// frontOf is the address that Slack posts to, in front of whichever serve is there.
func frontOf(t *testing.T) (serve *atomic.Pointer[servedProcess], url string) {
	serve = new(atomic.Pointer[servedProcess])
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, serve.Load().url+slackPath, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = r.Header
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
		w.WriteHeader(res.StatusCode)
		var answer json.RawMessage
		if json.NewDecoder(res.Body).Decode(&answer) == nil {
			w.Write(answer)
		}
	}))
	t.Cleanup(front.Close)
	return serve, front.URL
}

// TestStopsInTimeWhateverSlackDoes stops a real serve while Slack takes everything and answers
// nothing: a reminder is being posted, a photo fetched, a report drawn and a form answered. The
// next one takes up what was under way, and nothing is there twice.
func TestStopsInTimeWhateverSlackDoes(t *testing.T) {
	t.Parallel()
	const mia, sourcing, tools = localslack.SampleMia, localslack.SampleSourcing, "C0TOOLS0001"
	serve, front := frontOf(t)
	o := sampleWorkspace()
	o.RequestURL = front
	o.Channels = append(o.Channels, localslack.Channel{ID: tools, Name: "tools", Members: []string{localslack.DefaultBotUserID, mia}})
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	slack := newSilence(t, w.Handler())
	w.SetBaseURL(slack.server.URL)
	until := func(what string, is func() bool) {
		t.Helper()
		late, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := w.WaitFor(late, is); err != nil {
			t.Fatalf("waited in vain until %s; refused: %+v; Mia sees %+v", what, w.Refusals(), w.Modals(mia))
		}
	}
	// keepsOne waits until another call is kept.
	keepsOne := func(what string, after int64) {
		t.Helper()
		late := time.Now().Add(30 * time.Second)
		for slack.kept.Load() <= after {
			if time.Now().After(late) {
				t.Fatal(what + " asks Slack nothing")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	count := func(channel, words string) (n int) {
		for _, m := range w.Messages(mia, channel) {
			if raw, _ := json.Marshal(m); m.BotID != "" && strings.Contains(string(raw), words) {
				n++
			}
		}
		return n
	}
	dir := t.TempDir()
	database := filepath.Join(dir, "v.db")
	env := []string{"DATABASE_URL=" + database, "SLACK_API_URL=" + w.APIURL(slack.server.URL), "SLACK_APP_TOKEN=", "SLACK_BOT_TOKEN=" + w.BotToken(), "SLACK_SIGNING_SECRET=" + w.SigningSecret()}
	imports := func(file string) *exec.Cmd {
		cmd := exec.Command("visitprep", "import", file, "--workspace", w.TeamID())
		cmd.Env = append(os.Environ(), "DATABASE_URL="+database, "SLACK_BOT_TOKEN=")
		return cmd
	}
	rows := func(name string, all ...string) string {
		file := filepath.Join(dir, name)
		text := "kind,factory,purpose,first,channel,owner\n" + strings.Join(all, "\n") + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	row := func(factory, first string) string {
		return fmt.Sprintf("visit,%s,first_visit,%s,%s,%s", factory, first, sourcing, mia)
	}
	if said, err := imports(rows("one.csv", row("Ningbo Bright Metal", time.Now().AddDate(0, 0, 1).Format(time.DateOnly)))).CombinedOutput(); err != nil {
		t.Fatalf("%s", said)
	}
	serve.Store(serving(t, env...))
	until("the card is posted", func() bool { return count(sourcing, "Ningbo Bright Metal") > 0 })

	// form opens the form for a visit and fills it in.
	form := func() string {
		t.Helper()
		if _, err := w.Ask(mia, tools, "/visit-prep plan"); err != nil {
			t.Fatal(err)
		}
		until("the form is open", func() bool { vs := w.Modals(mia); return len(vs) == 1 && vs[0].Submit != "" })
		for _, f := range [][2]string{{"factory", "1"}, {"purpose", "first_visit"}, {"first", runningDay(t, 60)}} {
			if err := w.Idle(t.Context()); err != nil { // the choice before may have drawn the form again
				t.Fatal(err)
			}
			v := w.Modals(mia)[0]
			for _, raw := range v.Blocks {
				var b struct {
					BlockID string `json:"block_id"`
					Element struct {
						ActionID string `json:"action_id"`
					}
				}
				if json.Unmarshal(raw, &b) == nil && b.BlockID == f[0] {
					if err := w.Act(mia, localslack.Action{View: v.ID, BlockID: f[0], ActionID: b.Element.ActionID, Value: f[1]}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		return w.Modals(mia)[0].ID
	}
	planned := form()
	slack.keeps("files.")
	answered, err := w.Ask(mia, sourcing, "/visit-prep report 1")
	if err != nil {
		t.Fatal(err)
	}
	until("a report is asked for", func() bool { m, ok := answered(); t.Log(m.Text); return ok })
	keepsOne("a report", 0)
	kept := slack.kept.Load()
	slack.keeps("files.", "chat.postMessage")
	if err := w.Submit(mia, planned); err != nil {
		t.Fatal(err)
	}
	over := func() bool { vs := w.Modals(mia); return len(vs) == 0 || len(vs) == 1 && vs[0].Submit == "" }
	until("the visit is planned", over)
	for _, v := range w.Modals(mia) {
		w.CloseModal(mia, v.ID)
	}
	keepsOne("the card of the new visit", kept)
	last := form()

	var direct string
	for _, c := range w.Channels(mia) {
		if strings.HasPrefix(c.ID, "D") {
			direct = c.ID
		}
	}
	slack.keeps("/")
	kept = slack.kept.Load()
	f, err := w.Upload(mia, "IMG_1.jpg", phototest.Draw(1, 40, 30, 1, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Share(mia, direct, "", "major scratched housing", f.ID); err != nil {
		t.Fatal(err)
	}
	keepsOne("a finding with a photo", kept)
	submitted := make(chan error, 1)
	go func() { submitted <- w.Submit(mia, last) }()

	p := serve.Load()
	took := make(chan time.Duration)
	go func() { took <- p.terminate(t) }()
	// It still answers, and says that nothing should be sent to it any more.
	for began := time.Now(); ; {
		res, err := http.Get(p.url + "/readyz")
		if err != nil {
			t.Fatalf("it cannot be reached any more before it has said that it is not ready: %v", err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable {
			break
		}
		if time.Since(began) > time.Second {
			t.Fatal("a second after SIGTERM it is still ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if res, err := http.Get(p.url + "/healthz"); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %v", err)
	}
	if d := <-took; d > stopsWithin || p.err != nil {
		t.Errorf("it took %s to stop, and ended with %v", d, p.err)
	} else {
		t.Logf("it took %s to stop", d)
	}
	if err := <-submitted; err != nil {
		t.Errorf("the form under way is not answered: %v", err)
	}

	slack.of.Store(nil)
	serve.Store(serving(t, env...))
	until("the photo is fetched", func() bool { return count(direct, "scratched housing") > 0 && count(direct, "1 photo saved") > 0 })
	until("the report stands there", func() bool { return count(sourcing, ".pdf") > 0 })
	until("the card is posted", func() bool { return count(tools, "Visit 2: Ningbo") > 0 })
	saved := over()
	if saved {
		until("the card of the form is posted", func() bool { return count(tools, "Visit 3: Ningbo") > 0 })
	} else if err := w.Submit(mia, last); err != nil { // what was typed is still there
		t.Error(err)
	}
	until("what was typed is kept", func() bool { return count(tools, "Visit 3: Ningbo") > 0 })
	if n := count(tools, "Visit 2: Ningbo"); n > 1 {
		t.Errorf("the card is there %d times", n)
	}
	serve.Load().cmd.Process.Signal(os.Interrupt)
}

// An import that is stopped leaves whole rows, and the same file brings the rest.
func TestAnImportThatIsStoppedGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "team.csv")
	const all = 2000
	var text strings.Builder
	text.WriteString("kind,factory,purpose,first,channel,owner\n")
	for n := range all {
		fmt.Fprintf(&text, "visit,Factory %d,first_visit,%s,C0SOURCING1,U0MIACHEN01\n", n%50, time.Now().AddDate(0, 0, -30-n).Format(time.DateOnly))
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(dir, "v.db")
	importing := func() *process {
		cmd := exec.Command("visitprep", "import", file, "--workspace", "T0TEAM")
		cmd.Env = append(os.Environ(), "DATABASE_URL="+database, "SLACK_BOT_TOKEN=")
		return runs(t, cmd)
	}
	p := importing()
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(time.Millisecond) { // until some of it is there
		if info, err := os.Stat(database + "-wal"); err == nil && info.Size() > 600<<10 {
			break
		}
	}
	if took := p.terminate(t); took > stopsWithin {
		t.Errorf("it took %s to stop", took)
	}
	p = importing()
	p.until(func() bool { return p.ended })
	if said := p.output.String(); p.err != nil || !strings.Contains(said, "as they were") {
		t.Fatalf("the second time it says %s", said)
	}
	var said strings.Builder
	code := run(t.Context(), []string{"export", "--format", "csv"}, strings.NewReader(""), &said, os.Stderr, environment(map[string]string{"DATABASE_URL": database}))
	if n := strings.Count(said.String(), "\nvisit,"); code != 0 || n != all {
		t.Errorf("%d visits, want %d", n, all)
	}
}

// TestAServerThatIsTerminatedAnswersALittleLonger: on Ctrl+C a server stops at once; on SIGTERM it answers a little
// longer, so that whoever sends to it learns of it.
func TestAServerThatIsTerminatedAnswersALittleLonger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		cause error
		took  time.Duration
	}{{"on SIGTERM", errTerminated, drainFor}, {"on Ctrl+C", context.Canceled, 0}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancelCause(t.Context())
				l := &pipes{far: make(chan net.Conn), closed: make(chan struct{})}
				server, limited := guarded(l, http.NotFoundHandler())
				ended := make(chan error, 1)
				go func() { ended <- serveHTTP(ctx, limited, server) }()
				synctest.Wait()
				began := time.Now()
				end(c.cause)
				if <-ended; time.Since(began) != c.took {
					t.Errorf("it answers for %s, want %s", time.Since(began), c.took)
				}
			})
		})
	}
}

// TestGoneWhateverHappens stops a program that waits for somebody who types.
func TestGoneWhateverHappens(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("visitprep", "ask", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p := runs(t, cmd)
	for range 8 { // what is answered is written in portions; the first one shows that it runs
		fmt.Fprintln(in, "what gift should I not bring")
	}
	p.until(func() bool { return p.output.Len() > 0 })
	if took := p.terminate(t); took > stopsWithin {
		t.Errorf("it took %s to stop", took)
	}
	if !strings.Contains(p.output.String(), "it took too long to stop") {
		t.Errorf("it says %q", p.output.String())
	}
}

// From the moment on in which it is told to stop, nothing should be sent to it.
func TestStoppingIsNotReady(t *testing.T) {
	t.Parallel()
	a, _ := served(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	mux := http.NewServeMux()
	a.forWatchers(ctx, mux, newMeters())
	for _, want := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if w.Code != want {
			t.Errorf("/readyz answers %d, want %d", w.Code, want)
		}
		end()
	}
}
