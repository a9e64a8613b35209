package bot

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
)

// maxCached bounds the memory of a cache: one answer more, and the one that was not
// used for longest goes.
const maxCached = 10_000

// unshared begins the keys of questions whose answers nobody waits for.
const unshared = "unattended/"

// A cache keeps answers of Slack's for a while. About one key at most one question is
// on its way; whoever asks meanwhile shares its answer. An error is not kept.
type cache[T any] struct {
	keep    time.Duration
	limit   time.Duration // of one question
	answers *lru.Cache[string, answer[T]]
	asking  singleflight.Group
	turn    atomic.Int64 // counts questions and changes, so that the newest counts

	learning sync.Mutex
}

// The times of an answer are by the machine's clock: Slack knows nothing of a calendar
// that was moved ahead.
type answer[T any] struct {
	value        T
	turn         int64 // of its question
	asked, until time.Time
}

func newCache[T any](keep time.Duration) *cache[T] {
	answers, err := lru.New[string, answer[T]](maxCached)
	if err != nil {
		panic(err) // only of a size below one
	}
	return &cache[T]{keep: keep, limit: workLimit, answers: answers}
}

// get returns the answer about key that is kept, or asks. It returns when ctx ends; the
// question goes on, at most for the cache's limit, for those who share it.
func (c *cache[T]) get(ctx context.Context, key string, ask func(context.Context) (T, error)) (T, error) {
	return c.renewed(ctx, key, 0, ask)
}

// renewed is get for an answer that is to be good for some time more. While one that is
// kept is asked for anew, it stays good.
func (c *cache[T]) renewed(ctx context.Context, key string, more time.Duration, ask func(context.Context) (T, error)) (T, error) {
	if v, ok := c.keptFor(key, more); ok {
		return v, nil
	}
	flight := key
	if nobodyWaits(ctx) { // such a question may wait for long, and nobody who waits shares it
		flight = unshared + key
	}
	reply := c.asking.DoChan(flight, func() (any, error) {
		v, ok := c.keptFor(key, more)
		if ok { // the question before this one was answered as this one came
			return v, nil
		}
		turn, begun := c.turn.Add(1), time.Now()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.limit) // not until the first caller gives up
		defer cancel()
		// Unguarded, a panic here would end the process: no caller stands above it.
		err := guard(func(ctx context.Context) (err error) { v, err = ask(ctx); return err }, ctx)
		if err == nil {
			c.learn(key, answer[T]{v, turn, begun, begun.Add(c.keep)})
		}
		return v, err
	})
	select {
	case r := <-reply:
		return r.Val.(T), r.Err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// learn keeps an answer, unless something newer is known.
func (c *cache[T]) learn(key string, a answer[T]) {
	c.learning.Lock()
	defer c.learning.Unlock()
	if old, ok := c.answers.Peek(key); !ok || old.turn < a.turn {
		c.answers.Add(key, a)
	}
}

func (c *cache[T]) kept(key string) (v T, ok bool) { return c.keptFor(key, 0) }

// keptFor is what is kept and good for some time more.
func (c *cache[T]) keptFor(key string, more time.Duration) (v T, ok bool) {
	a, ok := c.answers.Get(key)
	if !ok || !time.Now().Add(more).Before(a.until) {
		return v, false
	}
	return a.value, true
}

// drop forgets the answer about key. A question that is on its way is neither shared
// from now on nor kept.
func (c *cache[T]) drop(key string) {
	c.asking.Forget(key)
	c.asking.Forget(unshared + key)
	c.learn(key, answer[T]{turn: c.turn.Add(1), until: time.Now()})
}

// forget drops what is kept of a workspace.
func (c *cache[T]) forget(team string) {
	of := inTeam(team, "")
	for _, key := range c.answers.Keys() {
		if key != team && !strings.HasPrefix(key, of) {
			continue
		}
		if a, ok := c.answers.Peek(key); ok && !a.asked.IsZero() {
			c.drop(key)
		}
	}
}

// sweep frees what is believed no more. That it was dropped stays noted for as long as a
// question from before may be on its way.
func (c *cache[T]) sweep() {
	c.learning.Lock()
	defer c.learning.Unlock()
	for _, key := range c.answers.Keys() {
		if a, ok := c.answers.Peek(key); ok && time.Since(a.until) > c.limit {
			c.answers.Remove(key)
		}
	}
}

// dropOlder forgets an answer that is older than age.
func (c *cache[T]) dropOlder(key string, age time.Duration) {
	if a, ok := c.answers.Peek(key); ok && time.Since(a.asked) > age {
		c.drop(key)
	}
}

// amend changes the answer that is kept, where Slack has told what is new. It is
// believed no longer than before.
func (c *cache[T]) amend(key string, change func(T) T) {
	c.asking.Forget(key) // it may have been answered before the change
	c.asking.Forget(unshared + key)
	turn := c.turn.Add(1)
	a, ok := c.answers.Peek(key)
	if !ok || !time.Now().Before(a.until) {
		c.learn(key, answer[T]{turn: turn, until: time.Now()})
		return
	}
	c.learn(key, answer[T]{change(a.value), turn, time.Now(), a.until})
}
