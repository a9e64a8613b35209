package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"visitprep/internal/store"
)

// When what is not to be kept is deleted. Of replicas one does it: whoever notes it first within a round.
const (
	firstRound  = time.Minute      // after the start, which people wait for
	everyRound  = 10 * time.Minute // so that what was cut off is gone on with soon
	everybodys  = ""               // the workspace of the notes
	noteOfRound = "keeping/round"
	noteOfDay   = "keeping/day/" // and the day

	// A workspace that was forgotten is looked at again for what requests have written that were under way then.
	lateFrom, lateUntil = 5 * time.Minute, time.Hour
)

// A keeper deletes by itself what the settings say is not to be kept.
type keeper struct {
	db              *store.Store
	deleteAfterDays int // 0 never
	reminders       int // days; 0 for ever, as the next
	photos          int
	many            bool // this process serves every workspace that has installed it; of one, nothing is deleted
	log             *slog.Logger
}

// run does its rounds until ctx ends. Its time is elapsed time.
func (k *keeper) run(ctx context.Context, now func() time.Time) {
	rounds(ctx, func(ctx context.Context) {
		if err := k.round(ctx, now()); err != nil && ctx.Err() == nil {
			k.log.Error("could not delete all that is not to be kept; tried again in ten minutes", "err", err)
		}
	})
}

// rounds calls f a while after the start, and from then on again and again.
func rounds(ctx context.Context, f func(context.Context)) {
	next := time.NewTimer(firstRound)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		f(ctx)
		next.Reset(everyRound)
	}
}

// round deletes what is to be deleted by now, unless another replica does.
func (k *keeper) round(ctx context.Context, now time.Time) error {
	if mine, err := k.db.Handle(ctx, everybodys, noteOfRound, now, everyRound-time.Minute); err != nil || !mine {
		return err
	}
	err := k.goOn(ctx, now)
	if k.many {
		err = errors.Join(err, k.late(ctx, now))
	}
	if k.many && k.deleteAfterDays > 0 {
		err = errors.Join(err, k.ended(ctx, now))
	}
	return errors.Join(err, k.daily(ctx, now))
}

// daily deletes what is over, once a day, and notes it when that is done: what failed is tried again in the next round.
func (k *keeper) daily(ctx context.Context, now time.Time) error {
	note := noteOfDay + now.UTC().Format(time.DateOnly)
	if done, err := k.db.Handled(ctx, everybodys, note); err != nil || done {
		return err
	}
	if err := k.old(ctx, now); err != nil {
		return err
	}
	_, err := k.db.Handle(ctx, everybodys, note, now, store.KeepHandled)
	return err
}

// late deletes what came of a workspace after it was forgotten.
func (k *keeper) late(ctx context.Context, now time.Time) error {
	n, err := k.db.ForgetLate(ctx, now.Add(-lateUntil), now.Add(-lateFrom), now)
	if n > 0 {
		k.log.Info("requests that were under way had written of workspaces that were forgotten; that is deleted too", "of", n)
	}
	return err
}

// goOn ends what was cut off.
func (k *keeper) goOn(ctx context.Context, now time.Time) error {
	again, err := k.db.GoOnForgetting(ctx, now)
	if again > 0 {
		k.log.Info("the database had people or workspaces who were forgotten; they are forgotten once more", "of", again)
	}
	return errors.Join(err, k.db.Scrub(ctx))
}

// ended deletes the workspaces that uninstalled the app so many days ago.
func (k *keeper) ended(ctx context.Context, now time.Time) error {
	ws, err := k.db.EndedWorkspaces(ctx)
	if err != nil {
		return err
	}
	for _, w := range ws {
		if w.Used || w.Deleted(k.deleteAfterDays).After(now) {
			continue
		}
		k.log.Warn("everything of a workspace is being deleted, because it uninstalled the app", "workspace", w.Workspace, "name", w.Name, "uninstalled", w.Ended.UTC().Format(time.DateOnly), "delete_after_days", k.deleteAfterDays)
		n, err := k.db.ForgetEnded(ctx, w.Workspace, w.Ended, now)
		if errors.Is(err, store.ErrInstalled) {
			k.log.Info("nothing of it is deleted: it has installed the app again", "workspace", w.Workspace)
			continue
		}
		if err != nil {
			return err
		}
		k.log.Info("everything of a workspace is deleted", "workspace", w.Workspace, "rows", n)
	}
	return nil
}

// old deletes messages and photos that are older than the settings say.
func (k *keeper) old(ctx context.Context, now time.Time) error {
	before := func(days int) time.Time {
		if days == 0 {
			return time.Time{}
		}
		return now.AddDate(0, 0, -days)
	}
	d, err := k.db.DropOld(ctx, store.Retention{Reminders: before(k.reminders), Photos: before(k.photos)}, now)
	if d.Messages > 0 || d.Photos > 0 {
		k.log.Info("what is older than the settings keep is deleted", "messages", d.Messages, "photos", d.Photos)
	}
	return err
}
