package scheduler

import (
	"context"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// freeze freezes the quarters whose day has come, once a day. What is frozen is frozen, so that
// another process that does the same does nothing; and nothing is sent of it, so that reminders go
// first. Where there are many, such as on the first day of all, more of them are left for the next
// step. What cannot be frozen is logged, keeps nothing back and is tried again the next day.
func (s *Scheduler) freeze(ctx context.Context, now time.Time) (more bool) {
	today := civil.Of(now.UTC())
	if today == s.frozen {
		return false
	}
	fs, err := s.o.Store.Freezable(ctx, today.AddDays(-visit.FreezeAfter))
	if err != nil {
		if ctx.Err() != nil { // it stops
			return false
		}
		s.log.Error("could not list the quarters to freeze; trying again in the next step", "err", err)
		return false
	}
	if s.attemptedOn != today {
		s.attemptedOn, s.attempted = today, map[store.Freezable]bool{}
	}
	done, began := 0, time.Now()
	for _, f := range fs {
		if f.Quarter.FreezesOn(civil.Of(f.Entered.UTC())).After(today) || s.attempted[f] {
			continue
		}
		if done > 0 && time.Since(began) >= store.Portion {
			return true
		}
		if _, err := s.o.Store.FreezeScore(ctx, f.Workspace, f.Factory, f.Quarter, now); err != nil {
			s.log.Error("could not freeze a score; trying again tomorrow", "workspace", f.Workspace, "factory", f.Factory, "quarter", f.Quarter, "err", err)
		}
		if ctx.Err() != nil {
			return false
		}
		s.attempted[f] = true
		done++
	}
	s.frozen = today
	return false
}
