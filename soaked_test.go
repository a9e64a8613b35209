package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"
)

// soaked is the program that internal/soak runs: visitprep serve, whose calendar the soak
// moves and which gives account of its memory when it is asked to. Its environment has, beside
// what serve reads,
//
//	SOAK_CLOCK    a file with how far the calendar is ahead of the machine's clock: 8 bytes,
//	              nanoseconds, big-endian
//	SOAK_LISTEN   where it listens, which is its public address; a port that is free where it is empty
//	SOAK_ACCOUNT  where SIGUSR1 has it write its goroutines, the bytes of its heap, and those
//	              that Go has of the machine, once what nobody needs is collected
//
// Elapsed time, by which it waits and gives up, stays the machine's own.
func soaked() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	moved, err := os.Open(os.Getenv("SOAK_CLOCK"))
	cfg, err2 := loadConfig("")
	s, err3 := loadSlackSettings(os.Getenv)
	if err := errors.Join(err, err2, err3); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		for range asked {
			account(os.Getenv("SOAK_ACCOUNT"))
		}
	}()
	now := func() time.Time {
		var ahead [8]byte
		if _, err := moved.ReadAt(ahead[:], 0); err != nil {
			panic(err) // the soak wrote it before it started us
		}
		return time.Now().Add(time.Duration(binary.BigEndian.Uint64(ahead[:])))
	}
	cfg.Listen = "127.0.0.1:0"
	if at := os.Getenv("SOAK_LISTEN"); at != "" {
		cfg.Listen, cfg.PublicURL = at, "http://"+at
	}
	// Nobody tells the scheduler that the calendar was moved.
	if err := serve(ctx, cfg, &reloading{started: *cfg, now: *cfg}, s, calendar{now: now, sleep: 100 * time.Millisecond}, cfg.logger(os.Stderr)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

// account writes a file that is whole from the moment on at which it is there.
func account(file string) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	text := fmt.Sprintf("%d %d %d\n", runtime.NumGoroutine(), m.HeapAlloc, m.Sys-m.HeapReleased)
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		panic(err)
	}
	// Whoever reads that one of them grows wants to know what.
	for _, profile := range []string{"goroutine", "heap"} {
		if f, err := os.Create(file + "." + profile); err == nil {
			pprof.Lookup(profile).WriteTo(f, 0)
			f.Close()
		}
	}
}
