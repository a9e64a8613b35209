package scheduler

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Of something that was given up a notice tells. It waits a moment, so that what is lost
// at once becomes one notice, and is of use for a week.
const (
	noticeAfter = 20 * time.Second
	noticeKept  = 7 * 24 * time.Hour
)

// tell has somebody told of what was given up. A notice that cannot be delivered is given
// up like anything else, and then the next in line is told.
func (s *Scheduler) tell(ctx context.Context, now, elapsed time.Time) error {
	idle := take(s.idle)
	if idle == 0 {
		return nil
	}
	os, err := s.o.Store.ClaimUntold(ctx, store.Claim{Elapsed: elapsed, Lease: s.o.Lease, Limit: idle})
	for range idle - len(os) {
		s.idle <- struct{}{}
	}
	for _, o := range os {
		s.posts.Go(func() {
			defer s.done(s.idle)
			s.tellOf(context.WithoutCancel(ctx), o, now)
		})
	}
	return err
}

func (s *Scheduler) tellOf(ctx context.Context, lost visit.Occurrence, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, s.o.PostTimeout)
	defer cancel()
	n := visit.Occurrence{
		Workspace: lost.Workspace, Kind: visit.Notice, Subject: lost.Subject, Schedule: lost.Schedule, Zone: lost.Zone, Day: civil.Of(now.UTC()),
		Payload: lost.Key, Due: now.Add(noticeAfter), Wake: now.Add(noticeAfter), Expires: now.Add(noticeKept),
	}
	if lost.Kind == visit.Notice {
		n.Payload = lost.Payload
	}
	tried, err := s.tried(ctx, lost, n)
	if err == nil {
		n.To, err = s.o.Tell(ctx, lost, tried)
	}
	switch {
	case err != nil:
		s.log.Warn("could not find out whom to tell of a reminder that was not delivered; trying again", "workspace", lost.Workspace, "reminder", lost.Key, "err", err)
		elapsed := time.Now()
		err = s.o.Store.TellLater(ctx, lost, elapsed, elapsed.Add(patience(lost, now, time.Minute, longestBackOff)))
	case n.To == "":
		s.log.Error("nobody could be told of a reminder that was not delivered", "workspace", lost.Workspace, "reminder", lost.Key)
		err = s.o.Store.Told(ctx, lost, nil)
	default:
		n.Key = visit.DayKey(n)
		err = s.o.Store.Told(ctx, lost, &n)
	}
	if err != nil {
		s.log.Warn("could not record who is told of a reminder that was not delivered; trying again", "workspace", lost.Workspace, "reminder", lost.Key, "err", err)
	}
}

// tried are the people who cannot be told of a loss, or were told of it already: whoever
// Slack would not let us write to, and whom a notice of it went to, or of the same subject
// today in vain.
func (s *Scheduler) tried(ctx context.Context, lost, n visit.Occurrence) (people []string, err error) {
	if lost.State == visit.Dead && visit.IsPerson(lost.To) {
		people = append(people, lost.To)
	}
	notices, err := s.o.Store.Occurrences(ctx, lost.Workspace, store.OccurrenceFilter{Subject: lost.Subject, Kinds: []visit.Kind{visit.Notice}})
	keys := strings.Split(n.Payload, "\n")
	for _, o := range notices {
		same := slices.ContainsFunc(strings.Split(o.Payload, "\n"), func(k string) bool { return slices.Contains(keys, k) })
		if same || o.State == visit.Dead && o.Day == n.Day {
			people = append(people, o.To)
		}
	}
	return people, err
}

// planner is Options.Tell where package main passes none in.
func (o *Options) planner(ctx context.Context, lost visit.Occurrence, tried []string) (string, error) {
	owner, _, err := o.Store.OwnerOf(ctx, lost.Workspace, lost.Subject)
	if errors.Is(err, visit.ErrNotFound) || slices.Contains(tried, owner) {
		return "", nil
	}
	return owner, err
}
