package scheduler

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// dispatch claims one occurrence for each free worker and begins to post them. What is
// claimed is never queued, for a claim must not wait out its lease.
func (s *Scheduler) dispatch(ctx context.Context, now, elapsed time.Time) (begun int, err error) {
	for {
		free := s.take()
		if free == 0 {
			return begun, nil
		}
		os, err := s.o.Store.Claim(ctx, store.Claim{Owner: s.owner, Now: now, Elapsed: elapsed, Lease: s.o.Lease, Limit: free})
		for range free - len(os) {
			s.free <- struct{}{}
		}
		if err != nil || len(os) == 0 {
			return begun, err
		}
		for _, o := range os {
			begun++
			s.posts.Go(func() {
				defer s.done()
				s.send(ctx, o, now)
			})
		}
	}
}

// take takes all free workers and returns how many.
func (s *Scheduler) take() (n int) {
	for {
		select {
		case <-s.free:
			n++
		default:
			return n
		}
	}
}

func (s *Scheduler) done() {
	s.free <- struct{}{}
	select {
	case s.ended <- struct{}{}:
	default:
	}
}

// send posts one claimed occurrence and settles it.
func (s *Scheduler) send(ctx context.Context, o visit.Occurrence, now time.Time) {
	// The post outlives a stop: better finished than left uncertain.
	ctx = context.WithoutCancel(ctx)
	if open := s.quietUntil(ctx, o, now); open.After(now) {
		later := o
		later.State, later.Wake, later.Attempt = visit.Pending, open, o.Attempt-1
		s.settle(ctx, o, later)
		return
	}
	deadline := o.Posted.Add(s.o.PostTimeout)
	posting, cancel := context.WithDeadline(ctx, deadline)
	d := s.post(posting, o)
	cancel()
	s.settle(ctx, o, s.after(ctx, o, d, time.Now(), now))
}

// post calls Options.Post. A panic there leaves the outcome unknown: the request may
// have been written.
func (s *Scheduler) post(ctx context.Context, o visit.Occurrence) (d visit.Delivery) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("posting a reminder panicked", "workspace", o.Workspace, "reminder", o.Key, "panic", p, "stack", string(debug.Stack()))
			d = visit.Delivery{Outcome: visit.Unknown, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	if !time.Now().Before(o.Posted.Add(s.o.PostTimeout)) {
		return visit.Delivery{Outcome: visit.NotSent, Err: context.DeadlineExceeded}
	}
	return s.o.Post(ctx, o)
}

// quietUntil is when the recipient's quiet hours end, or now outside them. A person's
// own settings count in a direct message, those of the program everywhere else.
func (s *Scheduler) quietUntil(ctx context.Context, o visit.Occurrence, now time.Time) time.Time {
	if o.AnyHour {
		return now
	}
	quiet, zone := s.o.Timing.Quiet, o.Zone
	if strings.HasPrefix(o.To, "U") || strings.HasPrefix(o.To, "W") {
		if p, err := s.o.Store.Person(ctx, o.Workspace, o.To); err == nil {
			zone = p.Zone
			if p.Quiet != store.DefaultQuiet {
				if q, err := visit.ParseQuiet(p.Quiet); err == nil {
					quiet = q
				}
			}
		}
	}
	z, err := visit.Zone(zone)
	if err != nil {
		z = time.UTC
	}
	return quiet.Over(now, z)
}

// maxAttempts bounds how often something that never expires is tried.
const maxAttempts = 12

// backOff is the pause after an attempt that definitely did not arrive: 2 s, 4 s, …, 5 min.
func backOff(attempt int) time.Duration {
	return min(2*time.Second<<min(max(attempt-1, 0), 10), 5*time.Minute)
}

// after is what an occurrence is to be settled as after an attempt to post it.
func (s *Scheduler) after(ctx context.Context, o visit.Occurrence, d visit.Delivery, elapsed, now time.Time) visit.Occurrence {
	if d.Err != nil {
		o.Error = d.Err.Error()
	}
	switch d.Outcome {
	case visit.Delivered:
		o.State, o.TS, o.Sent, o.Error, o.Hold = visit.Sent, d.TS, elapsed, "", time.Time{}
		s.note(func(st *Status) {
			st.Sent++
			st.Lag = max(now.Sub(o.Wake), 0)
			if o.Repeat {
				st.Repeated++
			}
		})
	case visit.NothingSaid:
		o.State, o.Error, o.Hold = visit.Cancelled, "there was nothing left to say", time.Time{}
	case visit.Limited:
		o.State, o.Attempt, o.Hold = visit.Pending, o.Attempt-1, elapsed.Add(d.RetryAfter)
		if err := s.o.Store.PauseChannel(ctx, o.Workspace, o.To, elapsed, o.Hold); err != nil {
			s.log.Warn("could not share a pause with the other replicas", "err", err)
		}
	case visit.Refused:
		o.State, o.Hold = visit.Dead, time.Time{}
	case visit.Unknown:
		o.State, o.Hold = visit.Uncertain, elapsed.Add(s.o.Quarantine)
		s.note(func(st *Status) { st.Uncertain++ })
		s.log.Warn("a reminder may or may not have arrived; looking for it before it is sent again", "workspace", o.Workspace, "reminder", o.Key, "err", d.Err)
	default: // definitely not sent
		o.State, o.Hold = visit.Pending, elapsed.Add(backOff(o.Attempt))
		if o.Attempt >= maxAttempts && o.Expires.IsZero() {
			o.State = visit.Dead
		}
	}
	if o.State == visit.Dead {
		s.note(func(st *Status) { st.Dead++ })
		s.log.Error("a reminder could not be delivered", "workspace", o.Workspace, "reminder", o.Key, "to", o.To, "err", o.Error)
		s.notifyOwner(ctx, o, now)
	}
	return o
}

// settle records what became of an occurrence. If that fails, the occurrence becomes
// uncertain when its lease ends, and is looked for.
func (s *Scheduler) settle(ctx context.Context, from, to visit.Occurrence) {
	ctx, cancel := context.WithTimeout(ctx, s.o.PostTimeout)
	defer cancel()
	settled, err := s.o.Store.Settle(ctx, from, to)
	switch {
	case err != nil:
		s.log.Error("could not record what became of a reminder; it will be looked for", "workspace", from.Workspace, "reminder", from.Key, "err", err)
	case !settled:
		s.log.Warn("another process took over a reminder before it was settled", "workspace", from.Workspace, "reminder", from.Key)
	}
}

// reconcile looks for what may have been sent, and has it sent again only when it is
// definitely not there, or when we cannot look and a repeat does less harm than a loss.
func (s *Scheduler) reconcile(ctx context.Context, elapsed time.Time) error {
	for {
		os, err := s.o.Store.ClaimUncertain(ctx, store.Claim{Owner: s.owner, Elapsed: elapsed, Lease: s.o.Lease, Limit: s.o.Workers})
		if err != nil || len(os) == 0 {
			return err
		}
		for _, o := range os {
			s.posts.Go(func() {
				defer func() {
					select {
					case s.ended <- struct{}{}:
					default:
					}
				}()
				s.lookFor(context.WithoutCancel(ctx), o)
			})
		}
	}
}

func (s *Scheduler) lookFor(ctx context.Context, o visit.Occurrence) {
	looking, cancel := context.WithTimeout(ctx, s.o.PostTimeout)
	d := s.o.Find(looking, o)
	cancel()
	elapsed, to := time.Now(), o
	switch d.Outcome {
	case visit.Delivered:
		to.State, to.TS, to.Sent, to.Hold, to.Error = visit.Sent, d.TS, elapsed, time.Time{}, ""
	case visit.NotFound:
		to.State, to.Hold = visit.Pending, time.Time{}
	case visit.CannotLook, visit.Refused:
		to.Hold = time.Time{}
		if o.Kind.Repeats() {
			to.State, to.Repeat = visit.Pending, true
		} else {
			to.State, to.Error = visit.Expired, "it may have arrived, and I could not look; tips are not repeated"
		}
	default: // Slack did not answer: look again
		wait := d.RetryAfter
		if wait == 0 {
			wait = backOff(o.Attempt)
		}
		to.Hold = elapsed.Add(wait)
	}
	if to.State != visit.Uncertain {
		s.log.Info("looked for a reminder that may have been sent", "workspace", o.Workspace, "reminder", o.Key, "outcome", string(d.Outcome), "now", string(to.State))
	}
	s.settle(ctx, o, to)
}

// notifyOwner tells the person who planned a visit or an inspection that a reminder of
// it could not be delivered, once a day for each. Of other messages the log and the
// status tell.
func (s *Scheduler) notifyOwner(ctx context.Context, o visit.Occurrence, now time.Time) {
	if o.Kind == visit.Notice || o.Kind == visit.Tip || o.Kind == visit.Digest {
		return
	}
	owner, _, err := s.o.Store.OwnerOf(ctx, o.Workspace, o.Subject)
	if err != nil || owner == "" {
		return
	}
	day := civil.Of(now)
	n := visit.Occurrence{
		Workspace: o.Workspace, Kind: visit.Notice, Subject: o.Subject, Schedule: o.Schedule, To: owner, Zone: o.Zone, Day: day,
		Payload: o.Key, Due: now, Expires: now.Add(7 * 24 * time.Hour),
	}
	n.Key = visit.DayKey(n)
	if err := s.o.Store.AddOccurrence(ctx, n); err != nil {
		s.log.Warn("could not notify the owner of a reminder that was not delivered", "err", err)
	}
}
