package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A slowSlack answers a question after a second, and counts how often it was asked.
type slowSlack struct{ asked atomic.Int64 }

func (s *slowSlack) ask(ctx context.Context) (int64, error) {
	n := s.asked.Add(1)
	select {
	case <-time.After(time.Second):
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func TestTwentyWhoAskAtOnceAreOneQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := newCache[int64](time.Minute), new(slowSlack)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if n, err := c.get(t.Context(), "U1", s.ask); n != 1 || err != nil {
					t.Errorf("got %d, %v", n, err)
				}
			})
		}
		all.Go(func() {
			if n, err := c.get(t.Context(), "U2", func(context.Context) (int64, error) { return 2, nil }); n != 2 || err != nil {
				t.Errorf("about somebody else: %d, %v", n, err)
			}
		})
		all.Wait()
		if n := s.asked.Load(); n != 1 {
			t.Errorf("Slack was asked %d times, want once", n)
		}
	})
}

func TestWhoGivesUpEndsNobodyElsesQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := newCache[int64](time.Minute), new(slowSlack)
		impatient, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begun := time.Now()
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := c.get(impatient, "U1", s.ask); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 100*time.Millisecond {
				t.Errorf("the first to ask got %v after %s", err, time.Since(begun))
			}
		})
		synctest.Wait() // the first has asked
		both.Go(func() {
			if n, err := c.get(t.Context(), "U1", s.ask); n != 1 || err != nil || time.Since(begun) != time.Second {
				t.Errorf("the second got %d, %v after %s", n, err, time.Since(begun))
			}
		})
		both.Wait()
		if n := s.asked.Load(); n != 1 {
			t.Errorf("Slack was asked %d times, want once", n)
		}
	})
}

func TestAQuestionThatIsNeverAnsweredEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache[int64](time.Minute)
		begun := time.Now()
		_, err := c.get(t.Context(), "U1", func(ctx context.Context) (int64, error) { <-ctx.Done(); return 0, ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != workLimit {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	})
}

func TestAnAnswerIsBelievedForItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := newCache[int64](20*time.Second), new(slowSlack)
		asks := func(want int64) {
			t.Helper()
			if n, err := c.get(t.Context(), "U1", s.ask); n != want || err != nil {
				t.Errorf("got answer %d, %v; want answer %d", n, err, want)
			}
		}
		asks(1)
		time.Sleep(19*time.Second - 1) // with the second that Slack took it is just not over
		asks(1)
		time.Sleep(time.Nanosecond)
		asks(2)
		c.drop("U1")
		asks(3)
	})
}

func TestADroppedAnswerIsNotSharedEither(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := newCache[int64](time.Minute), new(slowSlack)
		var before sync.WaitGroup
		before.Go(func() { c.get(t.Context(), "U1", s.ask) })
		synctest.Wait()
		c.drop("U1") // somebody was invited while the question was on its way
		if n, err := c.get(t.Context(), "U1", s.ask); n != 2 || err != nil {
			t.Errorf("got answer %d, %v; the first is from before the invitation", n, err)
		}
		before.Wait()
	})
}

func TestAnAnswerFromBeforeAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, change := range map[string]func(c *cache[int64]){
			"dropped": func(c *cache[int64]) { c.drop("U1") },
			"amended": func(c *cache[int64]) { c.amend("U1", func(n int64) int64 { return 10 * n }) },
		} {
			c, s := newCache[int64](time.Minute), new(slowSlack)
			var before sync.WaitGroup
			before.Go(func() { c.get(t.Context(), "U1", s.ask) })
			synctest.Wait()
			change(c) // while the question was on its way
			before.Wait()
			if n, err := c.get(t.Context(), "U1", s.ask); n != 2 || err != nil {
				t.Errorf("%s: got answer %d, %v; the first is from before the change", name, n, err)
			}
			c.amend("U1", func(n int64) int64 { return 10 * n })
			if n, _ := c.get(t.Context(), "U1", s.ask); n != 20 {
				t.Errorf("%s: amended it is %d", name, n)
			}
			time.Sleep(time.Minute)
			if n, _ := c.get(t.Context(), "U1", s.ask); n != 3 {
				t.Errorf("%s: a minute later it is %d: what was amended is believed no longer than before", name, n)
			}
		}
	})
}

func TestAPersonDoesNotWaitForAQuestionThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache[string](time.Minute)
		ask := func(ctx context.Context) (string, error) {
			if nobodyWaits(ctx) {
				time.Sleep(40 * time.Second) // the pace holds it back
			}
			return "asked", nil
		}
		var reminder sync.WaitGroup
		reminder.Go(func() { c.get(unattended(t.Context()), "U1", ask) })
		synctest.Wait()
		begun := time.Now()
		if _, err := c.get(t.Context(), "U1", ask); err != nil || time.Since(begun) > 0 {
			t.Errorf("a person waits %s, %v", time.Since(begun), err)
		}
		reminder.Wait()
	})
}

func TestOneKeyTooManyDropsTheOldestOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache[int](time.Minute)
		asked := map[string]int{}
		asks := func(i int) {
			t.Helper()
			key := fmt.Sprintf("U%d", i)
			if v, err := c.get(t.Context(), key, func(context.Context) (int, error) { asked[key]++; return i, nil }); v != i || err != nil {
				t.Fatalf("got %d, %v; want %d", v, err, i)
			}
		}
		for i := range maxCached + 1 {
			asks(i)
		}
		for i := 1; i <= maxCached; i++ {
			asks(i)
		}
		if len(asked) != maxCached+1 {
			t.Errorf("asked about %d, want %d", len(asked), maxCached+1)
		}
		for key, n := range asked {
			if n != 1 {
				t.Errorf("asked %d times about %s, want once: only U0 had to go", n, key)
			}
		}
		asks(0)
		if asked["U0"] != 2 {
			t.Errorf("asked %d times about the oldest, want twice: the cache is bounded", asked["U0"])
		}
	})
}

func TestAnErrorIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache[int](time.Minute)
		for name, ask := range map[string]func(context.Context) (int, error){
			"ratelimited": func(context.Context) (int, error) { return 0, errors.New("ratelimited") },
			"panic":       func(context.Context) (int, error) { panic("a field of Slack's that we do not know") },
		} {
			if _, err := c.get(t.Context(), "U1", ask); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: the error is %v", name, err)
			}
		}
		if v, err := c.get(t.Context(), "U1", func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("after the error: %d, %v", v, err)
		}
	})
}

// What is believed no more is freed, and an answer from before a change is not believed for that.
func TestWhatIsBelievedNoMoreIsFreed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := newCache[int64](time.Minute), new(slowSlack)
		var before sync.WaitGroup
		before.Go(func() { c.get(t.Context(), "U1", s.ask) })
		synctest.Wait()
		c.drop("U1")
		time.Sleep(time.Millisecond)
		c.sweep()
		before.Wait()
		if n, ok := c.kept("U1"); ok {
			t.Errorf("kept is %d, from before it was dropped", n)
		}
		must(c.get(t.Context(), "U2", s.ask))
		c.sweep()
		if _, ok := c.kept("U2"); !ok {
			t.Error("what is believed is freed")
		}
		time.Sleep(c.keep + c.limit)
		c.sweep()
		if n := c.answers.Len(); n != 0 {
			t.Errorf("%d answers are kept that nobody believes", n)
		}
	})
}
