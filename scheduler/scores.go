package scheduler

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// freeze freezes the quarters whose day has come, once a day. What is frozen is frozen, so that
// another process that does the same does nothing; and nothing is sent of it.
func (s *Scheduler) freeze(ctx context.Context, now time.Time) error {
	today := civil.Of(now.UTC())
	if today == s.frozen {
		return nil
	}
	fs, err := s.o.Store.Freezable(ctx, today.AddDays(-visit.FreezeAfter))
	if err != nil {
		return err
	}
	for _, f := range fs {
		if f.Quarter.FreezesOn(civil.Of(f.Entered.UTC())).After(today) {
			continue
		}
		if _, err := s.o.Store.FreezeScore(ctx, f.Workspace, f.Factory, f.Quarter, now); err != nil {
			return fmt.Errorf("freeze %s of factory %d of %s: %w", f.Quarter, f.Factory, f.Workspace, err)
		}
	}
	s.frozen = today
	return nil
}
