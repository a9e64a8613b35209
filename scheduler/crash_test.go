package scheduler_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sys/unix"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

var kills = flag.Int("crash.kills", 6, "how often the crash harness kills, freezes or robs a process, for each database")

// What a process of the harness reads from its environment.
const (
	envDatabase   = "CRASH_DATABASE"
	envSlack      = "CRASH_SLACK"
	envToken      = "CRASH_TOKEN"
	envQuarantine = "CRASH_QUARANTINE"
	envAt         = "CRASH_AT"     // the point at which the process kills itself
	envSecret     = "CRASH_SECRET" // with which Slack signs; a process that has it answers people, too
	envClock      = "CRASH_CLOCK"  // by how many seconds its clock is ahead
)

// A point lies between two steps of the scheduler.
type point string

var points = []point{
	"a step begins", // what was settled before is written down
	"an inspection is being planned",
	"claimed, not yet worded",
	"worded, not yet written to Slack",
	"Slack has it, the answer is not read",
	"the answer is read, not yet settled",
	"claimed to be looked for",
	"looked for, not yet settled",
}

// killsAt is the pass of its point at which a process kills itself: some work is
// done before.
const killsAt = 2

func TestMain(m *testing.M) {
	if os.Getenv(envDatabase) != "" {
		os.Exit(replica())
	}
	// The crash tests wait for leases and pauses, hardly ever for a processor: more of
	// them run at once than there are processors, unless -parallel says otherwise.
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		f.Value.Set("8")
	}
	pgtest.Main(m)
}

// replica is a process of the harness: it sends what is due until it is killed.
func replica() int {
	ctx := context.Background()
	if err := wrongClock(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	die := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var passed atomic.Int32
	at := func(p point) {
		if os.Getenv(envAt) == string(p) && passed.Add(1) == killsAt {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	timing := visit.DefaultTiming()
	timing.Quiet, timing.Weekends, timing.Holidays = visit.Quiet{}, false, false
	kept, err := store.Open(ctx, store.Options{URL: os.Getenv(envDatabase), Timing: timing, Logger: log, Faster: 40})
	if err != nil {
		return die(err)
	}
	base, err := knowledge.Embedded()
	if err != nil {
		return die(err)
	}
	client := &http.Client{Transport: bot.DeadlineTransport(pointed{http.DefaultTransport, at})}
	api := slack.New(os.Getenv(envToken), slack.OptionAPIURL(os.Getenv(envSlack)), slack.OptionHTTPClient(client))
	b, err := bot.New(bot.Options{Knowledge: base, Slack: bot.OneClient(api), HTTP: client, Store: kept, Timing: timing, Logger: log, SigningSecret: os.Getenv(envSecret)})
	if err != nil {
		return die(err)
	}
	quarantine, err := time.ParseDuration(os.Getenv(envQuarantine))
	if err != nil {
		return die(err)
	}
	s, err := scheduler.New(scheduler.Options{
		Store: kept, Timing: timing, Logger: log, Check: b.Reminders().Check, Tell: b.Reminders().Tell,
		PostTimeout: time.Second, Lease: 1500 * time.Millisecond, Quarantine: quarantine, MaxSleep: 200 * time.Millisecond, Workers: 4,
		Now: func() time.Time {
			at("a step begins")
			return time.Now()
		},
		Checklist: func(kind string) visit.Checklist {
			at("an inspection is being planned")
			return b.Checklist(kind)
		},
		Post: func(ctx context.Context, o visit.Occurrence) visit.Delivery {
			at("claimed, not yet worded")
			d := b.Reminders().Post(ctx, o)
			at("the answer is read, not yet settled")
			if d.Fault != "" || d.RetryAfter > time.Second {
				d.RetryAfter = time.Second // real pauses are too slow, as those of the store
			}
			return d
		},
		Find: func(ctx context.Context, o visit.Occurrence) visit.Delivery {
			at("claimed to be looked for")
			d := b.Reminders().Find(ctx, o)
			at("looked for, not yet settled")
			if d.Fault != "" {
				d.Outcome, d.RetryAfter = visit.Limited, time.Second
			}
			return d
		},
	})
	if err != nil {
		return die(err)
	}
	if os.Getenv(envSecret) != "" {
		if err := answer(ctx, b, kept); err != nil {
			return die(err)
		}
	}
	s.Run(ctx)
	return 0
}

// pointed is a transport with a point before and after each post.
type pointed struct {
	next http.RoundTripper
	at   func(point)
}

func (p pointed) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, postMessage) {
		return p.next.RoundTrip(r)
	}
	p.at("worded, not yet written to Slack")
	r = r.Clone(r.Context())
	r.Header.Set(headerWritten, strconv.FormatInt(int64(monotonic()), 10))
	res, err := p.next.RoundTrip(r)
	p.at("Slack has it, the answer is not read")
	return res, err
}

// headerWritten says when a post was written, by the clock that nobody sets.
const headerWritten = "X-Written"

// maxFlight is how long a post may be under way. With it, the deadline of a post and
// what Slack takes to show it end before anybody looks for it.
const maxFlight = 700 * time.Millisecond

// inTime drops what was under way for longer, as a machine that is busy with other
// things may keep it: a quarantine is no help against a network that slow.
func inTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at, err := strconv.ParseInt(r.Header.Get(headerWritten), 10, 64); err == nil && monotonic()-time.Duration(at) > maxFlight {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

// A harness is a local Slack, a database full of reminders that are due, and the
// processes that send them.
type harness struct {
	t          *testing.T
	url        string
	slack      *localslack.Workspace
	slackURL   string
	kept       *store.Store
	quarantine time.Duration
	channels   int
	each       int
	running    []*exec.Cmd
	log        *os.File // what the processes say
}

func newHarness(t *testing.T, url string, channels, each int, quarantine time.Duration) *harness {
	t.Helper()
	historyLag := 600 * time.Millisecond // how late Slack shows a message
	if quarantine < 0 {
		historyLag = 5 * time.Second // so late that whoever does not wait for it finds nothing
	}
	w, slackURL := serveSlack(t, channels, historyLag)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	h := &harness{t: t, url: url, slack: w, slackURL: slackURL, kept: openStore(t, url), quarantine: quarantine, channels: channels, each: each, log: log}
	for n := range channels {
		v := planVisit(t, h.kept, room(n))
		for i := range each {
			remind(t, h.kept, v, fmt.Sprintf("crash/%d/%d", n, i), room(n), time.Now())
		}
	}
	return h
}

func (h *harness) begin(p point) *exec.Cmd {
	h.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDatabase+"="+h.url, envSlack+"="+h.slackURL, envToken+"="+h.slack.BotToken(), envQuarantine+"="+h.quarantine.String(), envAt+"="+string(p))
	cmd.Stderr = h.log
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	return cmd
}

// said is what the processes logged.
func (h *harness) said() string {
	data, err := os.ReadFile(h.log.Name())
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}

func end(cmd *exec.Cmd) {
	cmd.Process.Signal(syscall.SIGCONT)
	cmd.Process.Kill()
	cmd.Wait()
}

// pause lets the real processes run.
func pause(d time.Duration) { <-time.After(d) }

// open counts what is not settled yet. The connections of a database that was
// restarted are of no use, and are replaced one by one.
func (h *harness) open() int {
	h.t.Helper()
	var err error
	for range 50 {
		var os []visit.Occurrence
		os, err = h.kept.Occurrences(context.Background(), team, store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: time.Now()})
		if err == nil {
			return len(os)
		}
	}
	h.t.Fatal(err)
	return 0
}

// patience is how long a busy machine may take for anything.
const patience = time.Minute

// await waits until something is so.
func (h *harness) await(what string, is func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for !is() {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited in vain until %s; %s; the processes said: %s", what, h.waiting(), h.said())
		}
		pause(20 * time.Millisecond)
	}
}

// waiting says what is not settled, and what holds it.
func (h *harness) waiting() string {
	os, err := h.kept.Occurrences(context.Background(), team, store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: time.Now(), Limit: 5})
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, o := range os {
		fmt.Fprintf(&b, "%s is %s, due %s ago, held for %s, attempt %d, %s\n", o.Key, o.State, time.Since(o.Wake), time.Until(o.Hold), o.Attempt, o.Error)
	}
	return b.String()
}

// drain waits until nothing is left to send.
func (h *harness) drain() {
	h.t.Helper()
	h.await("nothing is left to send", func() bool { return h.open() == 0 })
}

// losses counts how often a process has said that the database is lost.
func (h *harness) losses() int {
	said := h.said()
	return strings.Count(said, "the scheduler failed") + strings.Count(said, "could not record")
}

// count returns how many reminders never arrived, how many arrived more than once
// and did not say so, and how many are marked as a possible repeat.
func (h *harness) count() (lost, doubled, marked int) {
	seen := map[string]int{}
	for n := range h.channels {
		for _, m := range h.slack.Messages(mia, room(n)) {
			if m.Metadata == nil {
				continue
			}
			seen[string(m.Metadata)]++
			if strings.Contains(m.Text, "You may have seen this before") {
				marked++
			} else if seen[string(m.Metadata)] > 1 {
				doubled++
			}
		}
	}
	return h.channels*h.each - len(seen), doubled, marked
}

// A database of the harness.
type database struct {
	name     string
	replicas int
	url      func(t testing.TB) string
	// fragile is one that nobody else uses, and how it is lost until a process notices.
	fragile func(t testing.TB) (url string, lose func(h *harness))
}

var crashed = []database{
	{"SQLite", 1, newFile, func(t testing.TB) (string, func(*harness)) { return newFile(t), fillDisk }},
	{"PostgreSQL, three replicas", 3, func(t testing.TB) string { return pgtest.URL(t) }, func(t testing.TB) (string, func(*harness)) {
		c := pgtest.New(t)
		return c.Database(t), func(h *harness) {
			before := h.losses()
			c.Stop()
			h.await("a process notices that PostgreSQL is gone", func() bool { return h.losses() > before })
			if err := c.Start(); err != nil {
				h.t.Fatal(err)
			}
		}
	}},
	{"PostgreSQL behind a pooler, two replicas", 2, func(t testing.TB) string { return pgtest.Pooled(t) }, func(t testing.TB) (string, func(*harness)) {
		c := pgtest.New(t)
		p := c.Pooler(t)
		return p.URL(c.Database(t)), func(h *harness) {
			before := h.losses()
			p.Stop()
			h.await("a process notices that the pooler is gone", func() bool { return h.losses() > before })
			if err := p.Start(); err != nil {
				h.t.Fatal(err)
			}
		}
	}},
}

// killedOn are those on which processes are killed. Under the race detector, where each takes
// a minute, the pooler is left out: it adds a program, and no code of ours.
func killedOn() []database {
	if underRace {
		return crashed[:2]
	}
	return crashed
}

func newFile(t testing.TB) string { return filepath.Join(t.TempDir(), "v.db") }

// fillDisk lets no file of the processes grow until one notices. Without anything to
// write, none does.
func fillDisk(h *harness) {
	limit := func(bytes uint64) {
		for _, cmd := range h.running {
			if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	left := h.open()
	h.await("the process is at work", func() bool { n := h.open(); return n < left || n == 0 })
	before := h.losses()
	limit(4096)
	h.await("a process notices that the disk is full", func() bool { return h.losses() > before || h.open() == 0 })
	limit(unix.RLIM_INFINITY)
}

// crash kills processes at random moments, freezes them beyond their lease, takes
// the database from them, and lets Slack lose answers all the while.
func (h *harness) crash(replicas, kills int, lose func(*harness)) {
	h.t.Helper()
	for range replicas {
		h.running = append(h.running, h.begin(""))
	}
	r := rand.New(rand.NewPCG(uint64(kills), uint64(replicas)))
	for n := range kills {
		h.slack.LoseAnswer("chat.postMessage", 1)
		pause(time.Duration(150+r.IntN(700)) * time.Millisecond)
		i := r.IntN(len(h.running))
		switch n % 6 {
		case 2, 5: // frozen beyond its lease, and then it goes on
			h.running[i].Process.Signal(syscall.SIGSTOP)
			pause(2 * time.Second)
			h.running[i].Process.Signal(syscall.SIGCONT)
		case 3:
			lose(h)
		default:
			end(h.running[i])
			h.running[i] = h.begin("")
		}
		if h.open() == 0 {
			break
		}
	}
	h.drain()
	for _, cmd := range h.running {
		end(cmd)
	}
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for _, db := range killedOn() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			url, lose := db.fragile(t)
			// Enough that something is under way until the last kill.
			h := newHarness(t, url, 12, max(3, *kills/2), 1500*time.Millisecond)
			h.crash(db.replicas, *kills, lose)
			lost, doubled, marked := h.count()
			if lost != 0 || doubled != 0 {
				t.Errorf("lost %d, doubled %d", lost, doubled)
			}
			t.Logf("lost %d, doubled %d, marked as a possible repeat %d", lost, doubled, marked)
		})
	}
}

// TestCrashFindsWhatNoQuarantineDoes proves that the harness can fail: without the
// wait, Slack does not show yet what it took, and it is sent again.
func TestCrashFindsWhatNoQuarantineDoes(t *testing.T) {
	t.Parallel()
	h := newHarness(t, newFile(t), 12, 3, -1)
	h.crash(1, 6, fillDisk)
	if _, doubled, _ := h.count(); doubled == 0 {
		t.Error("the quarantine is off and nothing came twice: the harness would not find a fault")
	}
}

// TestCrashBetweenTheSteps has processes kill themselves between each pair of the
// scheduler's steps, three times each where the tests run whole.
func TestCrashBetweenTheSteps(t *testing.T) {
	t.Parallel()
	deaths := 3
	if !whole() {
		deaths = 1
		shortened(t, "1 death of 3 at each point")
	}
	for _, db := range killedOn() {
		for _, p := range points {
			t.Run(db.name+"/"+string(p), func(t *testing.T) {
				t.Parallel()
				crashAt(t, db, p, deaths)
			})
		}
	}
}

func crashAt(t *testing.T, db database, p point, deaths int) {
	t.Helper()
	h := newHarness(t, db.url(t), 6, 3, 1500*time.Millisecond)
	h.slack.LoseAnswer("chat.postMessage", 2*killsAt*deaths) // so that there is something to look for
	place := visit.Place{Zone: visit.DefaultZone}
	today := place.Today(time.Now())
	var plans []visit.Plan
	for n := range killsAt * deaths {
		plan, err := h.kept.AddPlan(context.Background(), visit.Plan{
			Workspace: team, Factory: visit.Factory{Name: "A"}, Type: "pre_shipment", Rule: fmt.Sprintf("every 1 weeks from %s at 09:00", today.AddDays(30+n)),
			Place: visit.Place{Channel: sourcing}, Owner: mia, LeadDays: []int{3},
		}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	for n := range deaths {
		cmd := h.begin(p)
		died := make(chan error, 1)
		go func() { died <- cmd.Wait() }()
		select {
		case <-died:
			if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || ws.Signal() != syscall.SIGKILL {
				t.Fatalf("it ended by itself: %s", h.said())
			}
		case <-time.After(patience):
			end(cmd)
			t.Fatalf("process %d did not come to the point", n+1)
		}
	}
	h.running = append(h.running, h.begin(""))
	h.drain()
	end(h.running[0])
	if lost, doubled, _ := h.count(); lost != 0 || doubled != 0 {
		t.Errorf("lost %d, doubled %d", lost, doubled)
	}
	for _, plan := range plans {
		is, err := h.kept.Inspections(context.Background(), team, store.InspectionFilter{Plan: plan.Number})
		if err != nil {
			t.Fatal(err)
		}
		days := map[civil.Date]int{}
		for _, i := range is {
			if days[i.Planned]++; days[i.Planned] > 1 {
				t.Errorf("plan %d has two inspections on %s", plan.Number, i.Planned)
			}
		}
		if len(is) == 0 {
			t.Errorf("plan %d has no inspection", plan.Number)
		}
	}
}
