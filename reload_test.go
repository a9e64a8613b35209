package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// TestSettingsAreReadAgain changes the settings of a real serve while it runs: what can be is changed,
// what takes a restart is named and stays, and a mistake leaves all as it was.
func TestSettingsAreReadAgain(t *testing.T) {
	t.Parallel()
	const mia, sourcing = localslack.SampleMia, localslack.SampleSourcing
	serve, front := frontOf(t)
	o := sampleWorkspace()
	o.RequestURL = front
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	slack := httptest.NewServer(w.Handler())
	t.Cleanup(slack.Close)
	w.SetBaseURL(slack.URL)
	file := filepath.Join(t.TempDir(), "visits.db")
	p := serving(t, "DATABASE_URL="+file, "SLACK_API_URL="+w.APIURL(slack.URL), "SLACK_APP_TOKEN=", "SLACK_BOT_TOKEN="+w.BotToken(), "SLACK_SIGNING_SECRET="+w.SigningSecret())
	serve.Store(p)
	// asked is what a command answers, and read what is logged after the settings were read again.
	asked := func(line string) string {
		t.Helper()
		answered, err := w.Ask(mia, sourcing, line)
		if err != nil {
			t.Fatal(err)
		}
		late, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		var said string
		if err := w.WaitFor(late, func() bool { m, ok := answered(); said = fmt.Sprintf("%s %s", m.Text, m.Blocks); return ok }); err != nil {
			t.Fatalf("%s is not answered", line)
		}
		return said
	}
	hup := func(until string) string {
		t.Helper()
		var before int
		p.until(func() bool { before = p.output.Len(); return true })
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(20*time.Second, func() { p.cmd.Process.Kill() }) // what it does not log by then it never will
		defer late.Stop()
		var said string
		if !p.until(func() bool {
			said = p.output.String()[before:]
			return strings.Contains(said, until) || strings.Contains(said, "the last good ones stay")
		}) {
			t.Fatalf("it does not log %q", until)
		}
		return said
	}
	read := func(settings, until string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(p.cmd.Dir, "config.yaml"), []byte(settings), 0o600); err != nil {
			t.Fatal(err)
		}
		return hup(until)
	}
	gone := func() string {
		t.Helper()
		if err := os.Remove(filepath.Join(p.cmd.Dir, "config.yaml")); err != nil {
			t.Fatal(err)
		}
		return hup("read again")
	}
	// What a plan brings within a week is part of the status that is asked for.
	db, err := store.Open(t.Context(), store.Options{URL: file, Existing: true, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.AddPlan(t.Context(), visit.Plan{Workspace: w.TeamID(), Factory: visit.Factory{Name: "Ningbo Bright Metal"}, Type: "pre_shipment", Rule: "every 1 weeks from 2026-11-02 at 09:00",
		Place: visit.Place{Channel: sourcing, ChannelZone: "Europe/Berlin", Zone: "Asia/Shanghai"}, Owner: mia, LeadDays: []int{3}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	const on = "Market notes are on"
	if said := asked("/visit-prep status"); strings.Contains(said, on) || strings.Contains(said, "That didn't work") {
		t.Fatalf("market notes are on to begin with, or there is no status: %s", said)
	}
	own := filepath.Join(p.cmd.Dir, "advice")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	const advice = "topic: quality-checks\nentries:\n  - {id: our-torque, kind: checklist, phase: during, group: shop-floor, title: Check the torque, text: Five screws with our own wrench., article: QC5, reviewed: 2026-11-22}\n"
	if err := os.WriteFile(filepath.Join(own, "quality-checks.yaml"), []byte(advice), 0o600); err != nil {
		t.Fatal(err)
	}
	said := read("market: {notes: true}\ngifts: {limit: 50}\nlisten: 127.0.0.1:9\nreminders: {at: \"10:00\"}\nknowledge: {dir: advice}\n", "restart")
	for _, words := range []string{`changed="gifts.limit knowledge.dir market.notes"`, `these settings take a restart" settings="listen reminders.at"`} {
		if !strings.Contains(said, words) {
			t.Errorf("it does not log %s:\n%s", words, said)
		}
	}
	if said := asked("/visit-prep status"); !strings.Contains(said, on) {
		t.Errorf("market notes are not on: %s", said)
	}
	if said := asked("/visit-prep torque wrench"); !strings.Contains(said, "Five screws with our own wrench.") {
		t.Errorf("the advice of the other folder is not there: %s", said)
	}

	// A mistake in one of them, and nothing of the file is taken.
	for settings, told := range map[string]string{
		"market: {notes: false}\nlog: {level: loud}\n":        `config.yaml:2: log.level: \"loud\" is not a level: write one of debug, info, warn, error`,
		"market: {notes: false}\nknowledge: {dir: nowhere}\n": `config.yaml:2: knowledge.dir: there is no folder \"nowhere\"`,
		"market: {notes: false}\nmarkt:\n  notes: true\n":     `config.yaml:2: unknown field \"markt\": did you mean market?`,
	} {
		if said := read(settings, "the last good ones stay"); !strings.Contains(said, told) {
			t.Errorf("it does not log %s:\n%s", told, said)
		}
		if said := asked("/visit-prep status"); !strings.Contains(said, on) {
			t.Error("a mistake in the settings has changed one")
		}
	}

	// A file that is not there any more is a mistake, and does not bring the built-in settings back.
	if said := gone(); !strings.Contains(said, "config.yaml is gone: put it back") {
		t.Errorf("without its file it logs %s", said)
	}
	if said := asked("/visit-prep status"); !strings.Contains(said, on) {
		t.Error("a file that is gone has changed a setting")
	}

	// What is put right is taken, and what takes a restart is compared with what runs.
	if said := read("log: {level: debug}\n", "read again"); !strings.Contains(said, `changed="gifts.limit knowledge.dir log.level market.notes"`) {
		t.Errorf("it logs %s", said)
	}
	if said := asked("/visit-prep status"); strings.Contains(said, on) {
		t.Error("market notes are still on")
	}
	p.cmd.Process.Signal(os.Interrupt)
	if p.until(func() bool { return p.ended }); p.err != nil {
		t.Errorf("it ended with %v", p.err)
	}
}

// Every setting that can change while serve runs is one of the file, and the file says so of each.
func TestSettingsThatCanChangeAreSettings(t *testing.T) {
	t.Parallel()
	cfg, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	names := differing(new(config), cfg)
	names = append(names, "contacts.sub_tier", "gifts.approver", "gifts.limit", "market.notes", "knowledge.dir") // which are empty
	for _, name := range whileRunning {
		if !slices.Contains(names, name) {
			t.Errorf("%s is no setting", name)
		}
	}
	docs, err := os.ReadFile("docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(docs), "\n## Stop, and change settings while it runs\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, name := range whileRunning {
		if !strings.Contains(section, "`"+name+"`") {
			t.Errorf("docs/operate.md does not say that %s can change", name)
		}
	}
}
