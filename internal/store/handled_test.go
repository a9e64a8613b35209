package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"visitprep/internal/visit"
)

func TestAChangeIsMadeOnceForItsRequest(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		visits := func() int { return len(must(s.Visits(ctx, "T1", Filter{}))) }
		wrong := sampleVisit("T1")
		wrong.Purpose = ""
		if _, err := s.Once("T1", noon, "form/V1").PlanVisit(ctx, wrong, noon); err == nil {
			t.Fatal("a visit without a purpose was planned")
		}
		refused := errors.New("refused")
		first := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		if _, err := s.Once("T1", noon, "form/V1").ChangeVisit(ctx, "T1", first.Number, noon, func(*visit.Visit) error { return refused }); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		if must(s.Handled(ctx, "T1", "form/V1")) {
			t.Error("what was refused is remembered as handled")
		}
		if _, err := s.Once("T1", noon, "form/V1", "form/V1/a").PlanVisit(ctx, sampleVisit("T1"), noon); err != nil {
			t.Fatalf("the form that was corrected: %v", err)
		}
		if !must(s.Handled(ctx, "T1", "form/V1")) || must(s.Handled(ctx, "T2", "form/V1")) {
			t.Error("it is remembered in its own workspace and in no other")
		}
		for _, keys := range [][]string{{"form/V1"}, {"form/V1/b", "form/V1"}, {"form/V1/a"}} {
			if _, err := s.Once("T1", noon.Add(time.Hour), keys...).PlanVisit(ctx, sampleVisit("T1"), noon); !errors.Is(err, ErrHandled) {
				t.Errorf("%v again: %v, want ErrHandled", keys, err)
			}
		}
		if must(s.Handled(ctx, "T1", "form/V1/b")) {
			t.Error("a key is noted although nothing was written")
		}
		if n := visits(); n != 2 {
			t.Errorf("%d visits, want 2", n)
		}
		if _, err := s.Once("T2", noon, "form/V1").PlanVisit(ctx, sampleVisit("T2"), noon); err != nil {
			t.Errorf("the same key in another workspace: %v", err)
		}
	})
}

func TestOfManyThatSendTheSameFormAtOnceOneChangesSomething(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		const forms, each = 10, 6
		ctx := context.Background()
		var planned atomic.Int64
		var wg sync.WaitGroup
		for n := range forms {
			for range each {
				wg.Go(func() {
					_, err := s.Once("T1", noon, fmt.Sprintf("form/%d", n)).PlanVisit(ctx, sampleVisit("T1"), noon)
					if err == nil {
						planned.Add(1)
					} else if !errors.Is(err, ErrHandled) {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if n := len(must(s.Visits(ctx, "T1", Filter{}))); n != forms || planned.Load() != forms {
			t.Errorf("%d visits, %d told so; want %d", n, planned.Load(), forms)
		}
	})
}

func TestARequestIsHandledOnceForATime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		const within = 10 * time.Second
		for _, c := range []struct {
			name, team, key string
			at              time.Duration
			first           bool
		}{
			{"the first time", "T1", "a", 0, true},
			{"a moment later", "T1", "a", 9 * time.Second, false},
			{"by a clock that is a little behind", "T1", "a", -3 * time.Second, false},
			{"another", "T1", "b", time.Second, true},
			{"in another workspace", "T2", "a", time.Second, true},
			{"when its time is over", "T1", "a", 10 * time.Second, true},
			{"again from then on", "T1", "a", 12 * time.Second, false},
			{"by a clock that is six hours ahead", "T1", "c", 6 * time.Hour, true},
			{"which holds back nobody whose clock is right", "T1", "c", 0, true},
		} {
			if first := must(s.Handle(ctx, c.team, c.key, noon.Add(c.at), within)); first != c.first {
				t.Errorf("%s: first is %v", c.name, first)
			}
		}
		if err := s.Unhandle(ctx, "T1", "a"); err != nil {
			t.Fatal(err)
		}
		if !must(s.Handle(ctx, "T1", "a", noon.Add(12*time.Second), within)) {
			t.Error("what was taken back is not free again")
		}
		if must(s.Handle(ctx, "T2", "a", noon.Add(2*time.Second), within)) {
			t.Error("what was taken back in one workspace is free in another")
		}
	})
}

func TestWhatWasHandledLongAgoIsDropped(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		left := func(team string) (n int) {
			if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM handled WHERE workspace = $1`, team).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		const old = 3 * dropHandled
		for n := range old {
			for _, team := range []string{"T1", "T2"} {
				must(s.Handle(ctx, team, fmt.Sprint("old/", n), noon, KeepHandled))
			}
		}
		must(s.Handle(ctx, "T1", "young", noon.Add(time.Hour), KeepHandled))
		late := noon.Add(KeepHandled + time.Minute)
		must(s.Handle(ctx, "T1", "new/1", late, KeepHandled))
		if n := left("T1"); n != old-dropHandled+2 {
			t.Errorf("%d are left after one note, want %d", n, old-dropHandled+2)
		}
		for n := range 3 {
			must(s.Handle(ctx, "T1", fmt.Sprint("newer/", n), late, KeepHandled))
		}
		if n := left("T1"); n != 1+1+3 {
			t.Errorf("%d are left, want the young and the new", n)
		}
		if n := left("T2"); n != old {
			t.Errorf("another workspace has %d left, want %d", n, old)
		}
	})
}
