package bot

import "sync"

// A keyLock keeps what is done to one message or one modal in order, so that an
// older state never overwrites a newer one. Each key has a lock of its own: a call to
// Slack that hangs holds up nobody else. Its zero value is ready.
type keyLock struct {
	mu    sync.Mutex
	locks map[string]*sharedLock // those that somebody holds or waits for
}

type sharedLock struct {
	sync.Mutex
	users int
}

// lock waits until nobody holds key. unlock gives it back; call it once.
func (l *keyLock) lock(key string) (unlock func()) {
	l.mu.Lock()
	k := l.locks[key]
	if k == nil {
		if l.locks == nil {
			l.locks = map[string]*sharedLock{}
		}
		k = new(sharedLock)
		l.locks[key] = k
	}
	k.users++
	l.mu.Unlock()

	k.Lock()
	return func() {
		k.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(l.locks, key)
		}
	}
}
