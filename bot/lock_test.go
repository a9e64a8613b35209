package bot

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

func TestLocksOfTwoKeysDoNotWaitForEachOther(t *testing.T) {
	var l keyLock
	unlock := l.lock("card/1")
	for n := range 1000 {
		l.lock(fmt.Sprint("card/", 2+n))() // with a lock for several keys one of them would wait for ever
	}
	if len(l.locks) != 1 {
		t.Errorf("%d locks are kept while one is held", len(l.locks))
	}
	unlock()
	if len(l.locks) != 0 {
		t.Errorf("%d locks are kept after all were given back", len(l.locks))
	}
}

func TestOneKeyIsLockedByOneAtATime(t *testing.T) {
	var l keyLock
	var inside, most atomic.Int32
	done := make(chan struct{})
	for range 8 {
		go func() {
			for range 200 {
				unlock := l.lock("card/1")
				most.Store(max(most.Load(), inside.Add(1)))
				inside.Add(-1)
				unlock()
			}
			done <- struct{}{}
		}()
	}
	for range 8 {
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("somebody waits for a lock that nobody holds")
		}
	}
	if most.Load() != 1 || len(l.locks) != 0 {
		t.Errorf("%d inside at once, %d locks kept", most.Load(), len(l.locks))
	}
}
