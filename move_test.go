package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
)

// A mover is one database of the sample, and a Slack of its own to which it sends.
type mover struct {
	*app
	slack *localslack.Workspace
	now   time.Time
}

func moverOn(t *testing.T, database string, now time.Time) *mover {
	t.Helper()
	m := &mover{now: now}
	o := sampleWorkspace()
	o.BaseURL, o.Now = "http://127.0.0.1:9", func() time.Time { return m.now }
	m.slack = must(localslack.New(o))
	t.Cleanup(func() { m.slack.Close() })
	client := m.slack.HTTPClient()
	api := slack.New(m.slack.BotToken(), slack.OptionAPIURL(m.slack.APIURL(o.BaseURL)), slack.OptionHTTPClient(client))
	var err error
	m.app, err = newApp(t.Context(), must(loadConfig("")), parts{slack: bot.OneClient(api), apiURL: m.slack.APIURL(o.BaseURL), http: client, database: database, now: func() time.Time { return m.now }, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sends has everything sent that is due within a time, and returns what Slack has then.
func (m *mover) sends(t *testing.T, within time.Duration) (texts []string) {
	t.Helper()
	if err := m.scheduler.Advance(t.Context(), m.now.Add(within), func(to time.Time) { m.now = to }); err != nil {
		t.Fatal(err)
	}
	m.close()
	for _, c := range m.slack.Channels(localslack.SampleMia) {
		for _, msg := range m.slack.Messages(localslack.SampleMia, c.ID) {
			if msg.Metadata != nil {
				texts = append(texts, c.ID+" "+msg.Text+" "+string(msg.Metadata))
			}
		}
	}
	slices.Sort(texts)
	return texts
}

// The sample with its two years of history, moved: an export has the same bytes, due says the same, and
// PostgreSQL sends what the file would have sent.
func TestASampleIsMovedWhole(t *testing.T) {
	t.Parallel()
	target := pgtest.New(t).Database(t)
	dir := t.TempDir()
	file, other := filepath.Join(dir, "v.db"), filepath.Join(dir, "other.db")
	now := time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC)
	first := moverOn(t, file, now)
	if err := addSample(t.Context(), first.db, first.bot, now); err != nil {
		t.Fatal(err)
	}
	first.close()
	says := func(database string, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(context.Background(), args, strings.NewReader(""), &out, &errs, func(name string) string {
			if name == "DATABASE_URL" {
				return database
			}
			return ""
		}); code != 0 {
			t.Fatalf("%s: %s", args, errs.String())
		}
		return out.String()
	}
	exported := says(file, "export")
	says(file, "export", "--output", filepath.Join(dir, "before.csv"))
	due := says(file, "due", "--from", "2026-11-01", "--until", "2027-11-01")
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(other, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}

	if said := says(file, "move", target); !strings.Contains(said, " visits  ") || !strings.Contains(said, "Set DATABASE_URL to that address") {
		t.Errorf("move says\n%s", said)
	}
	if got := says(target, "export"); got != exported {
		t.Errorf("export says\n%s\nand said\n%s", got, exported)
	}
	says(target, "export", "--output", filepath.Join(dir, "after.csv"))
	for _, pair := range [][2]string{{"before.csv", "after.csv"}, {"before-people.json", "after-people.json"}, {"before-findings/findings.json", "after-findings/findings.json"}} {
		before, err1 := os.ReadFile(filepath.Join(dir, pair[0]))
		after, err2 := os.ReadFile(filepath.Join(dir, pair[1]))
		if err1 != nil || err2 != nil || !bytes.Equal(before, after) {
			t.Errorf("%s has other bytes than %s (%v, %v)", pair[1], pair[0], err1, err2)
		}
	}
	if got := says(target, "due", "--from", "2026-11-01", "--until", "2027-11-01"); got != due || strings.Count(due, "\n") < 20 {
		t.Errorf("due says\n%s\nand said\n%s", got, due)
	}

	want, got := moverOn(t, other, now).sends(t, 36*time.Hour), moverOn(t, target, now).sends(t, 36*time.Hour)
	if len(want) < 5 || !slices.Equal(got, want) {
		t.Errorf("PostgreSQL sends\n%s\nthe file sends\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestScriptsWithPostgreSQL are scripts whose commands need a server: $POSTGRES and $EMPTY are the addresses
// of two empty databases.
func TestScriptsWithPostgreSQL(t *testing.T) {
	t.Parallel()
	c := pgtest.New(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script/postgres",
		Setup: func(e *testscript.Env) error {
			e.Values[processesOf{}] = processes{}
			e.Setenv("POSTGRES", c.Database(t))
			e.Setenv("EMPTY", c.Database(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"start": start, "await": await, "interrupt": interrupt, "get": get},
	})
}
