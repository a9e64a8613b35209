package bot

import (
	"hash/maphash"
	"sync"
	"time"
)

// A dedup remembers what was done, so that a request delivered again has no second
// effect. A key is remembered for at least keep and at most twice as long.
//
// Only a hash of a key is kept: nine bytes or so, however long the key. Keys are
// noted after the signature was checked, and the hash has a seed of its own
// process, so nobody can make two keys meet on purpose.
type dedup struct {
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
	// maxDedup bounds the memory under a flood: beyond it the oldest half is
	// forgotten early.
	maxDedup = 1 << 19
)

func newDedup(keep time.Duration) *dedup {
	return &dedup{keep: keep, seed: maphash.MakeSeed(), now: map[uint64]struct{}{}}
}

// seen notes key and reports whether it was there already.
func (d *dedup) seen(key string, at time.Time) bool {
	h := maphash.String(d.seed, key)
	d.mu.Lock()
	defer d.mu.Unlock()
	if at.Sub(d.turned) > d.keep || len(d.now) >= maxDedup {
		d.old = d.now
		if at.Sub(d.turned) > 2*d.keep {
			d.old = nil
		}
		d.now, d.turned = map[uint64]struct{}{}, at
	}
	if _, ok := d.now[h]; ok {
		return true
	}
	_, ok := d.old[h]
	d.now[h] = struct{}{}
	return ok
}

// forget takes key back, so that an action that failed can be tried again.
func (d *dedup) forget(key string) {
	h := maphash.String(d.seed, key)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.now, h)
	delete(d.old, h)
}

// do runs f unless key is there already, and reports whether it did. When f fails, key is
// taken back, so that it can be tried again.
func (d *dedup) do(key string, at time.Time, f func() error) (ran bool, err error) {
	if d.seen(key, at) {
		return false, nil
	}
	if err := f(); err != nil {
		d.forget(key)
		return true, err
	}
	return true, nil
}
