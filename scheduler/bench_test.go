package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// A bench is the whole path: store, scheduler, bot, and the local Slack over HTTP.
type bench struct {
	kept  *store.Store
	sched *scheduler.Scheduler
	about visit.Visit
}

func newBench(b *testing.B, url string, channels int) *bench {
	b.Helper()
	base, err := knowledge.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	w, apiURL := serveSlack(b, channels, 0)
	timing := visit.DefaultTiming()
	quiet := slog.New(slog.DiscardHandler)
	kept := openStore(b, url)
	client := &http.Client{Transport: bot.DeadlineTransport(&http.Transport{MaxIdleConnsPerHost: 32})}
	api := slack.New(w.BotToken(), slack.OptionAPIURL(apiURL), slack.OptionHTTPClient(client))
	bt, err := bot.New(bot.Options{Knowledge: base, Slack: bot.OneClient(api), HTTP: client, Store: kept, Timing: timing, Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	s, err := scheduler.New(scheduler.Options{Store: kept, Post: bt.Reminders().Post, Find: bt.Reminders().Find, Checklist: bt.Checklist, Timing: timing, Logger: quiet})
	if err != nil {
		b.Fatal(err)
	}
	return &bench{kept, s, planVisit(b, kept, "C0")}
}

func (n *bench) add(b *testing.B, key, to string, due time.Time) {
	b.Helper()
	remind(b, n.kept, n.about, key, to, due)
}

var databases = []struct {
	name string
	url  func(b *testing.B) string
}{
	{"SQLite", func(b *testing.B) string { return filepath.Join(b.TempDir(), "v.db") }},
	{"PostgreSQL", func(b *testing.B) string { return pgtest.URL(b) }},
}

// BenchmarkDrain sends 20,000 reminders that are due at once in 20,000 channels.
func BenchmarkDrain(b *testing.B) {
	const many = 20_000
	for _, db := range databases {
		b.Run(db.name, func(b *testing.B) {
			n := newBench(b, db.url(b), many)
			for i := range many {
				n.add(b, fmt.Sprintf("k%d", i), fmt.Sprintf("C%d", i), time.Now())
			}
			runtime.GC()
			b.ResetTimer()
			from := time.Now()
			for range b.N {
				if _, err := n.sched.RunDue(context.Background(), time.Now()); err != nil {
					b.Fatal(err)
				}
			}
			took := time.Since(from)
			if sent := n.sched.Status().Sent; sent != many {
				b.Fatalf("%d of %d sent", sent, many)
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(took.Seconds(), "s")
			b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-with-localslack")
		})
	}
}

// BenchmarkLateness is how late a reminder is sent at light load: one every 20 ms.
func BenchmarkLateness(b *testing.B) {
	n := newBench(b, filepath.Join(b.TempDir(), "v.db"), 500)
	ctx, stop := context.WithCancel(context.Background())
	start := time.Now().Add(2 * time.Second).Truncate(time.Millisecond)
	const many = 400
	for i := range many {
		n.add(b, fmt.Sprintf("k%d", i), fmt.Sprintf("C%d", i), start.Add(time.Duration(i)*20*time.Millisecond))
	}
	done := make(chan error, 1)
	go func() { done <- n.sched.Run(ctx) }()
	<-time.After(time.Until(start.Add(many*20*time.Millisecond + time.Second)))
	stop()
	<-done
	os, err := n.kept.Occurrences(context.Background(), n.about.Workspace, store.OccurrenceFilter{States: []visit.State{visit.Sent}})
	if err != nil || len(os) != many {
		b.Fatalf("%d sent, %v", len(os), err)
	}
	var late []time.Duration
	for _, o := range os {
		late = append(late, o.Sent.Sub(o.Due))
	}
	slices.Sort(late)
	b.ReportMetric(float64(late[many/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(late[many*99/100].Milliseconds()), "p99-ms")
}

// BenchmarkIdle is what a scheduler costs that has 10,000 rows for the future.
func BenchmarkIdle(b *testing.B) {
	n := newBench(b, filepath.Join(b.TempDir(), "v.db"), 10)
	for i := range 10_000 {
		n.add(b, fmt.Sprintf("k%d", i), "C1", time.Now().AddDate(0, 1, 0).Add(time.Duration(i)*time.Second))
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.sched.Run(ctx) }()
	<-time.After(2 * time.Second)
	runtime.GC()
	var before, after syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	const watched = 30 * time.Second
	<-time.After(watched)
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	stop()
	<-done
	used := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	b.ReportMetric(100*float64(used)/float64(watched), "%-of-a-core")
	b.ReportMetric(resident(), "MiB-resident-with-localslack")
}

// resident is the memory that the process holds, in MiB.
func resident() float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb float64
			fmt.Sscan(rest, &kb)
			return kb / 1024
		}
	}
	return 0
}

// BenchmarkStep is one step of a scheduler with nothing due, with more and more reminders that
// wait and as many that were sent.
func BenchmarkStep(b *testing.B) {
	for _, many := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("%d-reminders", many), func(b *testing.B) {
			n := newBench(b, filepath.Join(b.TempDir(), "v.db"), 10)
			for i := range many {
				n.add(b, fmt.Sprintf("k%d", i), "C1", time.Now().AddDate(0, 1, 0).Add(time.Duration(i)*time.Second))
			}
			for b.Loop() {
				if _, err := n.sched.RunDue(context.Background(), time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
