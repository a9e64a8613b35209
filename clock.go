package main

import (
	"sync"
	"time"
)

// A clock is calendar time as `visitprep try` has it: the machine's, moved ahead by
// what the person at the page asked for. It keeps running, so that reminders also
// come by themselves.
type clock struct {
	mu    sync.Mutex
	moved time.Duration
}

// Now is the time that the clock shows.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

// Set moves the clock to t. It never goes back: what was sent cannot be taken back either.
func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = max(c.moved, time.Until(t))
}
