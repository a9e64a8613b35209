package bot

import (
	"hash/maphash"
	"sync"
	"time"
)

// once remembers what was done, so that a request delivered again has no second
// effect. A key is remembered for at least keep and at most twice as long.
//
// Only a hash of a key is kept: nine bytes or so, however long the key. Keys are
// noted after the signature was checked, and the hash has a seed of its own
// process, so nobody can make two keys meet on purpose.
type once struct {
	keep     time.Duration
	mu       sync.Mutex
	seed     maphash.Seed
	now, old map[uint64]struct{}
	turned   time.Time
}

const (
	// Slack redelivers an event at about 0, 1 and 5 minutes, and a signature is
	// good for five.
	keepDelivery = 7 * time.Minute
	// Two clicks within this time are a double click.
	keepClick = 2 * time.Second
	// maxOnce bounds the memory under a flood: beyond it the oldest half is
	// forgotten early.
	maxOnce = 1 << 19
)

func newOnce(keep time.Duration) *once {
	return &once{keep: keep, seed: maphash.MakeSeed(), now: map[uint64]struct{}{}}
}

// first notes key and reports whether it was not there yet.
func (o *once) first(key string, at time.Time) bool {
	h := maphash.String(o.seed, key)
	o.mu.Lock()
	defer o.mu.Unlock()
	if at.Sub(o.turned) > o.keep || len(o.now) >= maxOnce {
		o.old = o.now
		if at.Sub(o.turned) > 2*o.keep {
			o.old = nil
		}
		o.now, o.turned = map[uint64]struct{}{}, at
	}
	if _, ok := o.now[h]; ok {
		return false
	}
	_, ok := o.old[h]
	o.now[h] = struct{}{}
	return !ok
}

// forget takes key back, so that an action that failed can be tried again.
func (o *once) forget(key string) {
	h := maphash.String(o.seed, key)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.now, h)
	delete(o.old, h)
}

// do runs f unless key is there already, and reports whether it did. When f fails, key is
// taken back, so that it can be tried again.
func (o *once) do(key string, at time.Time, f func() error) (ran bool, err error) {
	if !o.first(key, at) {
		return false, nil
	}
	if err := f(); err != nil {
		o.forget(key)
		return true, err
	}
	return true, nil
}
