package main

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"gopkg.in/yaml.v3"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/promtest"
	"visitprep/internal/visit"
)

// alertRules are what docs/operate.md has people load into their Prometheus.
//
//go:embed deploy/prometheus/alerts.yaml
var alertRules []byte

// alertFile is a file with the rules.
func alertFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alerts.yaml")
	if err := os.WriteFile(file, alertRules, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// An alertedApp is what serve runs, with people at work in its workspace and a Prometheus that asks it
// how it is, in a bubble.
type alertedApp struct {
	*app
	t     *testing.T
	slack *localslack.Workspace
	delay atomic.Int64 // what each call of Slack takes, in nanoseconds
	room  atomic.Uint64
	gone  atomic.Bool // the program does not answer
	seen  promtest.Scrapes
	front http.Handler
}

// watch runs the app for half an hour, in which something goes wrong after ten minutes, and returns
// what Prometheus saw.
func watch(t *testing.T, goesWrong func(*alertedApp)) *promtest.Scrapes {
	w := &alertedApp{}
	synctest.Test(t, func(t *testing.T) {
		w.t = t
		time.Sleep(time.Until(instant("2026-11-30 02:00"))) // a morning in Shanghai
		o := sampleWorkspace()
		o.BaseURL, o.Deliver = "http://slack.invalid", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.front.ServeHTTP(rw, r) })
		var err error
		if w.slack, err = localslack.New(o); err != nil {
			t.Fatal(err)
		}
		defer w.slack.Close()
		cfg, err := loadConfig("")
		if err != nil {
			t.Fatal(err)
		}
		counts := newMeters()
		near := w.slack.HTTPClient().Transport
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Duration(w.delay.Load()))
			return near.RoundTrip(r)
		})}
		api := slack.New(w.slack.BotToken(), slack.OptionAPIURL(w.slack.APIURL(o.BaseURL)), slack.OptionHTTPClient(client))
		w.app, err = newApp(t.Context(), cfg, parts{slack: bot.OneClient(api), apiURL: w.slack.APIURL(o.BaseURL), http: client, signingSecret: secret(w.slack.SigningSecret()), database: ":memory:", now: time.Now, log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer w.app.close()
		w.room.Store(20e9)
		counts.reminders(w.app.scheduler.Status, time.Now)
		counts.database(w.app.db.Ping, func() (uint64, bool) { return w.room.Load(), true })
		mux := http.NewServeMux()
		w.app.forSlack(mux, counts)
		w.app.forWatchers(t.Context(), mux, counts)
		w.front = mux
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.app.run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil }) }()
		for begin := time.Now(); time.Since(begin) < 30*time.Minute; time.Sleep(promtest.Interval) {
			w.people()
			if time.Since(begin) == 10*time.Minute {
				goesWrong(w)
			}
			w.scrape()
		}
		end()
		<-ended
		time.Sleep(time.Minute) // an answer of Slack's for which nobody waits any more still comes
	})
	return &w.seen
}

// people plan a visit every other minute, whose card is sent, and ask for something, and open a form, four
// times a minute.
func (w *alertedApp) people() {
	if now := time.Now(); now.Minute()%2 == 0 && now.Second() == 0 {
		v := visit.Visit{Purpose: "first_visit", First: civil.Of(now).AddDays(40), Last: civil.Of(now).AddDays(41)}
		v.Workspace, v.Owner, v.Factory.Name, v.Channel = localslack.DefaultTeamID, localslack.SampleMia, "Ningbo Bright Metal", localslack.SampleSourcing
		w.app.db.PlanVisit(w.t.Context(), v, now) // where there is a database
	}
	go w.slack.Command(localslack.SampleMia, localslack.SampleSourcing, "/visit-prep show 1")
	go w.slack.Command(localslack.SampleJonas, localslack.SampleSourcing, "/visit-prep plan")
}

// scrape asks for /metrics as Prometheus does.
func (w *alertedApp) scrape() {
	if w.gone.Load() {
		w.seen.Missed(time.Now(), "a:8080")
		return
	}
	r := httptest.NewRecorder()
	w.front.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if err := w.seen.Add(time.Now(), "a:8080", r.Body.String()); err != nil {
		w.t.Fatal(err)
	}
}

// Each alert fires on what it is for, in the app that runs, and on nothing else.
func TestEachAlertFiresOnItsFault(t *testing.T) {
	for _, c := range []struct {
		name      string
		goesWrong func(*alertedApp)
		want      []string
	}{
		{"nothing goes wrong", func(*alertedApp) {}, nil},
		{"the program has ended", func(w *alertedApp) { w.gone.Store(true) }, []string{"VisitprepNotRunning"}},
		{"the database is gone", func(w *alertedApp) { w.app.db.Close() }, []string{"VisitprepDatabaseUnwell", "VisitprepNotRunning"}},
		{"the disk is nearly full", func(w *alertedApp) { w.room.Store(90e6) }, []string{"VisitprepDatabaseUnwell"}},
		{"the token is revoked", func(w *alertedApp) { w.slack.RevokeToken("token_revoked") }, []string{"VisitprepWorkspaceDisconnected"}},
		{"Slack has messages wait for long", func(w *alertedApp) {
			w.slack.FailHTTP("chat.postMessage", http.StatusTooManyRequests, http.Header{"Retry-After": {"1200"}}, 1000)
		}, []string{"VisitprepRemindersLate"}},
		{"a channel is archived with a reminder on its way", func(w *alertedApp) { w.slack.Fail("chat.postMessage", "is_archived", 3) }, []string{"VisitprepRemindersLost"}},
		{"Slack answers slowly what answers need", func(w *alertedApp) { w.delay.Store(int64(2500 * time.Millisecond)) }, []string{"VisitprepAnswersFail"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if fired := watch(t, c.goesWrong).Fired(t, alertFile(t)); !slices.Equal(fired, c.want) {
				t.Errorf("%q fired, want %q", fired, c.want)
			}
		})
	}
}

// An alert that names what /metrics does not have never fires, and one without a heading in the
// manual leaves whoever is woken alone.
func TestAlertsNameWhatIsThere(t *testing.T) {
	promtest.Check(t, alertFile(t))
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(alertRules, &file); err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, endpoints := served(t)
	r := httptest.NewRecorder()
	endpoints.ServeHTTP(r, httptest.NewRequest(http.MethodPost, slackPath, strings.NewReader("command=/visit-prep")))
	r = httptest.NewRecorder()
	endpoints.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	there := r.Body.String()
	alerts := 0
	for _, g := range file.Groups {
		for _, rule := range g.Rules {
			alerts++
			for _, name := range regexp.MustCompile(`visitprep_\w+`).FindAllString(rule.Expr, -1) {
				if name != "visitprep_database_free_bytes" && !regexp.MustCompile(`(?m)^`+name+`[{ ]`).MatchString(there) { // of a file only
					t.Errorf("%s asks for %s, which /metrics does not have", rule.Alert, name)
				}
				if !strings.Contains(string(manual), strings.TrimSuffix(name, "_bucket")) {
					t.Errorf("docs/operate.md does not say what %s is", name)
				}
			}
			if !strings.Contains(string(manual), "\n### "+rule.Alert+"\n") {
				t.Errorf("docs/operate.md has no heading %q", "### "+rule.Alert)
			}
			if want := "docs/operate.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook"] != want || rule.Annotations["summary"] == "" || rule.Annotations["action"] == "" {
				t.Errorf("%s has the annotations %q, want a summary, an action and the runbook %s", rule.Alert, rule.Annotations, want)
			}
		}
	}
	if alerts != 6 {
		t.Errorf("there are %d alerts", alerts)
	}
}
