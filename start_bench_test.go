package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"syscall"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// BenchmarkStart is how long serve takes from its start until it listens, and what memory it has a
// second later, with more and more visits in its database. The process is this test binary; the
// program itself is smaller.
func BenchmarkStart(b *testing.B) {
	for _, visits := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("%d-visits", visits), func(b *testing.B) {
			w, env := installed(b, nil)
			env["SLACK_APP_TOKEN"] = ""
			kept, err := store.Open(context.Background(), store.Options{URL: env["DATABASE_URL"], Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			var vs []visit.Visit
			for n := range visits { // none is due, and no card is to be sent
				day := civil.Of(time.Now()).AddDays(-400 - n%300)
				vs = append(vs, visit.Visit{Work: visit.Work{Workspace: w.TeamID(), Factory: visit.Factory{Workspace: w.TeamID(), Name: fmt.Sprint("Factory ", n%100)}, Place: visit.Place{Channel: localslack.SampleSourcing}, Owner: localslack.SampleMia}, Purpose: "first_visit", First: day, Last: day})
			}
			if _, err := kept.Import(context.Background(), vs, nil, time.Now()); err != nil {
				b.Fatal(err)
			}
			if err := kept.Close(); err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			var memory []float64
			vars := []string{}
			for name, value := range env {
				vars = append(vars, name+"="+value)
			}
			for b.Loop() {
				from := time.Now()
				p := serving(b, vars...)
				took = append(took, time.Since(from))
				time.Sleep(time.Second)
				memory = append(memory, residentOf(b, p.cmd.Process.Pid))
				p.cmd.Process.Signal(syscall.SIGTERM)
				p.until(func() bool { return p.ended })
			}
			slices.Sort(took)
			slices.Sort(memory)
			b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
			b.ReportMetric(memory[len(memory)/2], "MiB")
		})
	}
}
