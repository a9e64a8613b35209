package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"visitprep/bot"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// health is how the scheduler is doing, as the bot tells it.
func health(s *scheduler.Scheduler) bot.Health {
	st := s.Status()
	return bot.Health{Lag: st.Lag, LastError: st.LastError, Sent: st.Sent, Repeated: st.Repeated, Expired: st.Expired, Dead: st.Dead}
}

// loadKnowledge loads the advice that comes with the program, and the team's own
// over it. Its error lists every mistake.
func loadKnowledge(cfg *config) (*knowledge.Base, error) {
	load := knowledge.Embedded
	if dir := cfg.Knowledge.Dir; dir != "" {
		load = func() (*knowledge.Base, error) { return knowledge.WithDir(dir) }
	}
	base, err := load()
	if err != nil {
		return nil, fmt.Errorf("mistakes in the knowledge:\n%w", err)
	}
	return base, nil
}

// serveHTTP serves until ctx ends, then lets running requests finish.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		server.Close() // pages that listen for changes never finish by themselves
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
