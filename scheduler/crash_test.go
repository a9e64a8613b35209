package scheduler_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

var kills = flag.Int("crash.kills", 6, "how often the crash harness kills a process, for each database")

// What a process of the harness reads from its environment.
const (
	envDatabase   = "CRASH_DATABASE"
	envSlack      = "CRASH_SLACK"
	envToken      = "CRASH_TOKEN"
	envQuarantine = "CRASH_QUARANTINE"
)

func TestMain(m *testing.M) {
	if os.Getenv(envDatabase) != "" {
		os.Exit(replica())
	}
	pgtest.Main(m)
}

// replica is a process of the harness: it sends what is due until it is killed.
func replica() int {
	ctx := context.Background()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	timing := visit.DefaultTiming()
	timing.Quiet, timing.Weekends, timing.Holidays = visit.Quiet{}, false, false
	kept, err := store.Open(ctx, store.Options{URL: os.Getenv(envDatabase), Timing: timing, Logger: log})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	base, err := knowledge.Embedded()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	client := &http.Client{Transport: bot.Careful(http.DefaultTransport)}
	api := slack.New(os.Getenv(envToken), slack.OptionAPIURL(os.Getenv(envSlack)), slack.OptionHTTPClient(client))
	b, err := bot.New(bot.Options{Knowledge: base, Slack: api, HTTP: client, Store: kept, Timing: timing, Logger: log})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	quarantine, _ := time.ParseDuration(os.Getenv(envQuarantine))
	s, err := scheduler.New(scheduler.Options{
		Store: kept, Post: b.Post, Find: b.Find, Checklist: b.Checklist, Timing: timing, Logger: log,
		PostTimeout: time.Second, Lease: 1500 * time.Millisecond, Quarantine: quarantine, MaxSleep: 200 * time.Millisecond, Workers: 4,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.Run(ctx)
	return 0
}

// historyLag is how late Slack shows a message in the harness.
const historyLag = 600 * time.Millisecond

// crash has processes send reminders, kills and freezes them at random moments, and
// lets Slack lose answers. It returns how many reminders never arrived, and how many
// arrived more than once and did not say so.
func crash(t *testing.T, url string, replicas, kills int, quarantine time.Duration) (lost, doubled, marked int) {
	t.Helper()
	const channels = 12
	each := max(3, kills/2) // enough that something is under way until the last kill
	o := localslack.Sample()
	o.Scopes = bot.Scopes()
	o.HistoryLag = historyLag
	for n := range channels {
		o.Channels = append(o.Channels, localslack.Channel{ID: fmt.Sprintf("C%d", n), Name: fmt.Sprintf("room-%d", n), Members: []string{localslack.DefaultBotUserID, "U0MIACHEN01"}})
	}
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	server := httptest.NewServer(w.Handler())
	defer server.Close()
	w.SetBaseURL(server.URL)

	ctx := context.Background()
	timing := visit.DefaultTiming()
	kept, err := store.Open(ctx, store.Options{URL: url, Timing: timing, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	const team = localslack.DefaultTeamID
	first := visit.Visit{Place: visit.Place{Zone: visit.DefaultZone}}
	day := first.Today(time.Now()).AddDays(200)
	for n := range channels {
		v, err := kept.PlanVisit(ctx, visit.Visit{Workspace: team, Factory: visit.Factory{Name: "A"}, Purpose: "first_visit", First: day, Last: day, Place: visit.Place{Channel: fmt.Sprintf("C%d", n)}, Owner: "U0MIACHEN01"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for i := range each {
			if err := kept.AddOccurrence(ctx, visit.Occurrence{Workspace: team, Key: fmt.Sprintf("crash/%d/%d", n, i), Kind: visit.Remind, Milestone: -7, Subject: v.Subject(), Schedule: v.Schedule, To: v.Channel, Zone: "UTC", AnyHour: true, Due: time.Now(), Wake: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
	}
	begin := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envDatabase+"="+url, envSlack+"="+w.APIURL(server.URL), envToken+"="+w.BotToken(), envQuarantine+"="+quarantine.String())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	var running []*exec.Cmd
	for range replicas {
		running = append(running, begin())
	}
	end := func(cmd *exec.Cmd) {
		cmd.Process.Signal(syscall.SIGCONT)
		cmd.Process.Kill()
		cmd.Wait()
	}
	r := rand.New(rand.NewPCG(uint64(kills), uint64(replicas)))
	open := func() int {
		os, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: time.Now().AddDate(0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		return len(os)
	}
	pause := func(d time.Duration) { <-time.After(d) } // real processes run meanwhile
	for n := range kills {
		w.LoseAnswer("chat.postMessage", 1)
		pause(time.Duration(150+r.IntN(700)) * time.Millisecond)
		i := r.IntN(len(running))
		if n%3 == 2 { // frozen beyond its lease, and then it goes on
			running[i].Process.Signal(syscall.SIGSTOP)
			pause(2 * time.Second)
			running[i].Process.Signal(syscall.SIGCONT)
			continue
		}
		end(running[i])
		running[i] = begin()
		if open() == 0 {
			break
		}
	}
	deadline := time.Now().Add(90 * time.Second)
	for open() > 0 && time.Now().Before(deadline) {
		pause(100 * time.Millisecond)
	}
	for _, cmd := range running {
		end(cmd)
	}
	if n := open(); n > 0 {
		t.Errorf("%d reminders are still open", n)
	}
	seen := map[string]int{}
	for n := range channels {
		for _, m := range w.Messages("U0MIACHEN01", fmt.Sprintf("C%d", n)) {
			if m.Metadata == nil {
				continue
			}
			if seen[string(m.Metadata)]++; seen[string(m.Metadata)] > 1 {
				doubled++
			}
			if strings.Contains(m.Text, "You may have seen this before") {
				marked++
			}
		}
	}
	return channels*each - len(seen), doubled, marked
}

func TestCrash(t *testing.T) {
	for _, c := range []struct {
		name     string
		url      func(t *testing.T) string
		replicas int
	}{
		{"SQLite", func(t *testing.T) string { return filepath.Join(t.TempDir(), "v.db") }, 1},
		{"PostgreSQL, three replicas", func(t *testing.T) string { return pgtest.URL(t) }, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			lost, doubled, marked := crash(t, c.url(t), c.replicas, *kills, 1500*time.Millisecond)
			if lost != 0 || doubled != 0 {
				t.Errorf("lost %d, doubled %d", lost, doubled)
			}
			t.Log("lost " + strconv.Itoa(lost) + ", doubled " + strconv.Itoa(doubled) + ", marked as a possible repeat " + strconv.Itoa(marked))
		})
	}
}

// TestCrashFindsWhatNoQuarantineDoes proves that the harness can fail: without the
// wait, Slack does not show yet what it took, and it is sent again.
func TestCrashFindsWhatNoQuarantineDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("the long form proves it")
	}
	_, doubled, _ := crash(t, filepath.Join(t.TempDir(), "v.db"), 1, 6, -1)
	if doubled == 0 {
		t.Error("the quarantine is off and nothing came twice: the harness would not find a fault")
	}
}
