package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
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
	// Two clicks within this time are a double click, in one process.
	keepClick = 2 * time.Second
	// Two clicks on what posts are one, over all processes, within the time in which
	// nobody can know yet that the first has posted. It is longer than their clocks differ.
	keepPost = 10 * time.Second
	// claimWithin is how long the database has to say who was first.
	claimWithin = 2 * time.Second
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

// first notes in the database what somebody may send again, and reports whether it is
// the first of its key within a time, over all processes. It is asked before something is
// posted; what only the person who asked reads need not wait for it.
func (b *core) first(ctx context.Context, team, key string, within time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	first, err := b.o.Store.Handle(ctx, team, key, time.Now(), within)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return first, err
}

// firstDelivery reports whether an event is to be answered here: Slack delivers one
// again, to any process, for as long as it lacks an acknowledgement.
func (b *core) firstDelivery(ctx context.Context, team, event string) (bool, error) {
	return b.first(ctx, team, "event/"+event, store.KeepHandled)
}

// postOnce runs post unless the same person used the same control of the same message a
// moment ago, in whichever process, and reports whether it did. about says what the post
// is about. When post fails the click is taken back, so that the next one counts.
func (b *core) postOnce(ctx context.Context, c click, about string, post func() error) (ran bool, err error) {
	key := "click/" + c.user + "/" + c.channel + "/" + c.messageTS + "/" + about
	_, err = b.doubleClicks.do(c.team+"/"+key, time.Now(), func() error {
		first, err := b.first(ctx, c.team, key, keepPost)
		if err != nil || !first {
			return err
		}
		ran = true
		if err = post(); err != nil {
			b.takeBack(ctx, c.team, key)
		}
		return err
	})
	return ran, err
}

// takeBack lets a request be sent again that has posted nothing. Where the database does
// not answer, that is when its time is over.
func (b *core) takeBack(ctx context.Context, team, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimWithin)
	defer cancel()
	if err := b.o.Store.Unhandle(ctx, team, key); err != nil {
		b.log.Warn("could not take back the note of a click that posted nothing", "err", err)
	}
}

// isDouble reports whether the same person used the same control of the same message a
// moment ago. What stays where it is posted is looked for in the database, too: without
// it, twice is better than not at all.
func (b *core) isDouble(ctx context.Context, c click) bool {
	key := "click/" + c.user + "/" + c.channel + "/" + c.messageTS + "/" + string(c.verb) + "/" + string(c.about)
	if b.doubleClicks.seen(c.team+"/"+key, time.Now()) {
		return true
	}
	if c.on != guide.Direct || c.ephemeral {
		return false
	}
	first, err := b.first(ctx, c.team, key, keepClick)
	if err != nil {
		b.log.Warn("could not look whether a click is the second of a double click", "err", err)
	}
	return err == nil && !first
}

// once is a form as it was sent: the same view with the same in it.
func (s *submission) once() string {
	sum := sha256.Sum256(blocks.MustJSON([]any{s.id, s.meta, s.values}))
	return made(s.view) + "/" + hex.EncodeToString(sum[:16])
}

// made is what a view makes, which is one thing whatever is in it.
func made(view string) string { return "form/" + view }

// making is the store for what a form makes. The form makes it once, whichever process
// gets it and however often: only Slack knows whether the first answer arrived.
func (s *submission) making(st *store.Store) *store.Store {
	return st.By(s.user).Once(s.team, time.Now(), made(s.view), s.once())
}

// changing is the store for what a form changes. Sent again as it was it changes nothing
// more; with something else in it, it is another change.
func (s *submission) changing(st *store.Store) *store.Store {
	return st.By(s.user).Once(s.team, time.Now(), s.once())
}

// alreadyMade is for a form that has made something and is sent again with something
// else in it: its first answer was lost, and its person went on typing.
func alreadyMade() error {
	return visit.Invalid("", "This was already saved when you sent it before. What you changed since then is not saved: please close this form, and change it where it is shown now.")
}

// wasSaved reports whether a form was saved as it is; it closes then, as it did the
// first time.
func (b *core) wasSaved(ctx context.Context, s *submission) bool {
	saved, err := b.o.Store.Handled(ctx, s.team, s.once())
	if err != nil { // saving it will say the same
		b.log.Warn("could not look whether a form was saved before", "err", err)
	}
	return saved
}
