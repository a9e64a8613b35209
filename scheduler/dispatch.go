package scheduler

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// dispatch claims one occurrence for each free worker and begins to post them. What is
// claimed is never queued, for a claim must not wait out its lease.
func (s *Scheduler) dispatch(ctx context.Context, now, elapsed time.Time) (begun int, err error) {
	for {
		free := take(s.free)
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
				defer s.done(s.free)
				s.send(ctx, o, now, false)
			})
		}
	}
}

// take takes all that are free and returns how many.
func take(free <-chan struct{}) (n int) {
	for {
		select {
		case <-free:
			n++
		default:
			return n
		}
	}
}

// done gives a worker back and has the next step taken.
func (s *Scheduler) done(to chan<- struct{}) {
	to <- struct{}{}
	s.end()
}

func (s *Scheduler) end() {
	select {
	case s.ended <- struct{}{}:
	default:
	}
}

// probe tries each connection whose pause is over with one thing: what is due, else
// what is to be looked for, else a question.
func (s *Scheduler) probe(ctx context.Context, now, elapsed time.Time, ripe map[string][]string) (begun int, err error) {
	for {
		p, ok, err := s.o.Store.ClaimProbe(ctx, store.Claim{Owner: s.owner, Now: now, Elapsed: elapsed, Lease: s.o.Lease, Ripe: ripe})
		if err != nil || !ok {
			return begun, err
		}
		begun++
		s.posts.Go(func() {
			defer s.end()
			ctx := context.WithoutCancel(ctx)
			switch {
			case p.Occurrence.State == visit.Sending:
				s.tryNext(ctx, p, s.send(ctx, p.Occurrence, now, true))
			case p.Occurrence.State == visit.Uncertain:
				s.tryNext(ctx, p, s.lookFor(ctx, p.Occurrence, now, true))
			case s.o.Check != nil:
				asking, cancel := context.WithTimeout(ctx, s.o.PostTimeout)
				d := s.o.Check(asking, p.Workspace)
				cancel()
				s.connected(ctx, p.Workspace, d, now, true)
			}
		})
	}
}

// tryNext has the next thing tried at once where a probe has told nothing of the connection: what it took
// waits for its card, has nothing left to say, or was only looked for.
func (s *Scheduler) tryNext(ctx context.Context, p store.Probe, told bool) {
	if told {
		return
	}
	if err := s.o.Store.ProbeAgain(ctx, &p, time.Now()); err != nil {
		s.log.Warn("could not have a connection tried with something else; it is tried again when the lease ends", "workspace", p.Workspace, "err", err)
	}
}

// connected keeps account of the connection of a workspace after an answer of Slack's, or
// none. What begins and what ends is logged once, by whichever process notes it.
func (s *Scheduler) connected(ctx context.Context, workspace string, d visit.Delivery, now time.Time, probed bool) {
	var err error
	switch {
	case d.Fault != "" && probed:
		err = s.o.Store.FaultGoesOn(ctx, workspace, d.Fault, time.Now())
	case d.Fault != "":
		var begins bool
		if begins, err = s.o.Store.NoteFault(ctx, workspace, d.Fault, now, time.Now()); begins {
			s.log.Error("the connection to Slack has failed; reminders wait until it is back", "workspace", workspace, "fault", string(d.Fault), "err", d.Err)
		}
	case probed && tells(d): // Slack has answered
		var ended []store.Connection
		ended, err = s.o.Store.FaultIsOver(ctx, workspace)
		for _, c := range ended {
			s.log.Info("the connection to Slack is back", "workspace", workspace, "fault", string(c.Fault), "since", c.Since)
		}
	}
	if err != nil {
		s.log.Warn("could not share with the other replicas how the connection is", "workspace", workspace, "err", err)
	}
}

// send posts one claimed occurrence and settles it. A probe tells whether a connection
// that had failed is back; told reports whether it did.
func (s *Scheduler) send(ctx context.Context, o visit.Occurrence, now time.Time, probe bool) (told bool) {
	// The post outlives a stop: better finished than left uncertain.
	ctx = context.WithoutCancel(ctx)
	open, err := s.o.quietUntil(ctx, o, now)
	if err != nil {
		s.log.Warn("could not see for which factories a direct message is; only the zone of its planner counts", "err", err)
	}
	if open.After(now) {
		later := o
		later.State, later.Wake, later.Attempt, later.Hold = visit.Pending, open, o.Attempt-1, time.Time{}
		if later.Attempt == 0 && !o.Repeat && o.Error == "" { // no request for it was ever written: what changes meanwhile joins it
			later.Posted = time.Time{}
		}
		s.settle(ctx, o, later)
		return false
	}
	deadline := o.Posted.Add(s.o.PostTimeout)
	posting, cancel := context.WithDeadline(ctx, deadline)
	d := s.post(posting, o)
	cancel()
	s.connected(ctx, o.Workspace, d, now, probe)
	s.settle(ctx, o, s.after(ctx, o, d, time.Now(), now))
	return tells(d)
}

// tells reports whether an attempt to post has told of the connection: it failed, or Slack has answered.
func tells(d visit.Delivery) bool {
	return d.Fault != "" || d.Outcome != visit.NotSent && d.Outcome != visit.NothingSaid
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
// own settings count in a direct message, those of the program everywhere else. As long as
// nobody knows where a person is who was given something, it is no night where that was
// planned, nor at the factory; other messages go to who planned it. The error says why the
// factories are not known; then only the zone of its planner counts.
func (o *Options) quietUntil(ctx context.Context, oc visit.Occurrence, now time.Time) (open time.Time, unknown error) {
	if oc.AnyHour {
		return now, nil
	}
	quiet, zones := o.Timing.Quiet, []*time.Location{zoneOr(oc.Zone)}
	if visit.IsPerson(oc.To) {
		p, err := o.Store.Person(ctx, oc.Workspace, oc.To)
		if err == nil && p.Quiet != store.DefaultQuiet {
			if q, err := visit.ParseQuiet(p.Quiet); err == nil {
				quiet = q
			}
		}
		switch known := err == nil && p.Zone != ""; {
		case known:
			zones[0] = zoneOr(p.Zone)
		case oc.Kind == visit.Digest:
			zones, unknown = o.withFactories(ctx, oc, zones)
		}
	}
	open = quiet.Over(now, zones[0])
	for _, other := range zones[1:] {
		both := quiet.OverBoth(now, zones[0], other)
		if oc.Expires.IsZero() || both.Before(oc.Expires) {
			open = later(open, both)
		}
	}
	return open, unknown
}

// withFactories adds the zones of the factories that a digest is about.
func (o *Options) withFactories(ctx context.Context, oc visit.Occurrence, zones []*time.Location) ([]*time.Location, error) {
	tasks, err := o.Store.Tasks(ctx, oc.Workspace, oc.To)
	for _, t := range tasks {
		if z := zoneOr(t.Zone); !slices.ContainsFunc(zones[1:], func(o *time.Location) bool { return o.String() == z.String() }) {
			zones = append(zones, z)
		}
	}
	return zones, err
}

func zoneOr(name string) *time.Location {
	if z, err := visit.Zone(name); err == nil {
		return z
	}
	return time.UTC
}

// maxAttempts bounds how often Slack may stumble on one message. Not reaching it is no
// attempt.
const maxAttempts = 12

// backOff is the pause after so many attempts: 2 s, 4 s, …, 5 min.
func backOff(attempt int) time.Duration {
	return min(2*time.Second<<min(max(attempt-1, 0), 10), longestBackOff)
}

const longestBackOff = 5 * time.Minute

// patience is the pause of a message after something that is no attempt and so is not
// counted: as long again as it is late, so that the pauses double, within bounds.
func patience(o visit.Occurrence, now time.Time, least, most time.Duration) time.Duration {
	return min(max(now.Sub(o.Wake), least), most)
}

// after is what an occurrence is to be settled as after an attempt to post it.
func (s *Scheduler) after(ctx context.Context, o visit.Occurrence, d visit.Delivery, elapsed, now time.Time) visit.Occurrence {
	if d.Err != nil {
		o.Error = d.Err.Error()
	}
	if d.Fault != "" {
		o.Error = string(d.Fault)
	}
	switch d.Outcome {
	case visit.Delivered:
		o.State, o.TS, o.Sent, o.Error, o.Hold, o.Shows, o.Told = visit.Sent, d.TS, elapsed, "", time.Time{}, d.Shows, d.Told
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
		o.State, o.Attempt, o.Hold = visit.Pending, o.Attempt-1, elapsed.Add(min(d.RetryAfter, store.MaxHold))
		if err := s.o.Store.PauseChannel(ctx, o.Workspace, o.To, elapsed, o.Hold); err != nil {
			s.log.Warn("could not share a pause with the other replicas", "err", err)
		}
	case visit.Refused:
		o.State, o.Hold = visit.Dead, time.Time{}
	case visit.Unknown:
		o.State, o.Hold = visit.Uncertain, elapsed.Add(s.o.Quarantine)
		s.ripens(&o, elapsed)
		if d.Fault != "" {
			o.Attempt--
		}
		s.note(func(st *Status) { st.Uncertain++ })
		s.log.Warn("a reminder may or may not have arrived; looking for it before it is sent again", "workspace", o.Workspace, "reminder", o.Key, "err", d.Err)
	default: // definitely not sent: no attempt, and another message is tried before it
		wait := patience(o, now, 2*time.Second, longestBackOff)
		if d.Fault != "" {
			wait = patience(o, now, d.Fault.Pause(1), d.Fault.Pause(maxAttempts))
		}
		if d.RetryAfter > 0 {
			wait = min(d.RetryAfter, store.MaxHold)
		}
		o.State, o.Attempt, o.Hold = visit.Pending, o.Attempt-1, elapsed.Add(wait)
	}
	if o.State == visit.Dead {
		return s.dead(o)
	}
	return o
}

// dead counts and logs what was given up. Of news nobody is told: no reminder is lost.
func (s *Scheduler) dead(o visit.Occurrence) visit.Occurrence {
	s.note(func(st *Status) { st.Dead++ })
	s.log.Error("a reminder could not be delivered", "workspace", o.Workspace, "reminder", o.Key, "to", o.To, "err", o.Error)
	if o.Kind == visit.News {
		o.Owner = ""
	}
	return o
}

// settle records what became of an occurrence. If that fails, the occurrence becomes
// uncertain when its lease ends, and is looked for.
func (s *Scheduler) settle(ctx context.Context, from, to visit.Occurrence) {
	ctx, cancel := context.WithTimeout(ctx, s.o.PostTimeout)
	defer cancel()
	to.Settled = s.o.Now()
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
// How many look-ups a workspace is asked for is the store's to say, for all replicas.
func (s *Scheduler) reconcile(ctx context.Context, now, elapsed time.Time, ripe map[string][]string) error {
	idle := take(s.idle)
	if idle == 0 {
		return nil
	}
	os, err := s.o.Store.ClaimUncertain(ctx, store.Claim{Owner: s.owner, Elapsed: elapsed, Lease: s.o.Lease, Limit: idle, Ripe: ripe})
	for range idle - len(os) {
		s.idle <- struct{}{}
	}
	for _, o := range os {
		s.posts.Go(func() {
			defer s.done(s.idle)
			s.lookFor(context.WithoutCancel(ctx), o, now, false)
		})
	}
	return err
}

// An attempt is one try to send a message: each has a time of its own.
type attempt struct {
	workspace, key string
	posted         int64
}

func attemptOf(o *visit.Occurrence) attempt {
	return attempt{o.Workspace, o.Key, o.Posted.UnixMilli()}
}

// lookAhead is how many messages are watched until they may be looked for: more than a
// workspace may be asked for meanwhile.
const lookAhead = 20

// ripe is what may be looked for, by workspace. The database has when a quarantine ends,
// but by the clock of whoever began it, and where that is wrong it may seem over at once,
// or a lease that somebody holds. So each process also waits by its own ticks, which
// nobody sets, from when it first saw the message uncertain: as long as a post may take
// that is still being written, and then the quarantine.
func (s *Scheduler) ripe(ctx context.Context, elapsed time.Time) (map[string][]string, error) {
	os, err := s.o.Store.Uncertain(ctx, lookAhead)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ripe, still := map[string][]string{}, map[attempt]time.Time{}
	for _, o := range os {
		a := attemptOf(&o)
		at, seen := s.unripe[a]
		if !seen {
			at = elapsed.Add(s.o.PostTimeout + s.o.Quarantine)
		}
		still[a] = at
		if !at.After(elapsed) && store.Over(&o, elapsed) {
			ripe[o.Workspace] = append(ripe[o.Workspace], o.Key)
		}
	}
	for a, at := range s.unripe {
		if at.After(elapsed) { // it may not have been settled yet
			still[a] = at
		}
	}
	s.unripe = still
	return ripe, nil
}

// ripens notes that the attempt to send a message has ended here: only Slack can keep it
// from being found.
func (s *Scheduler) ripens(o *visit.Occurrence, elapsed time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unripe[attemptOf(o)] = elapsed.Add(s.o.Quarantine)
}

// missing is how long a message waits that was looked for and is not there: a moment, and
// longer the longer it is tried in vain, since what is lost on the way counts as no attempt.
func (s *Scheduler) missing(o visit.Occurrence, now time.Time) time.Duration {
	if o.Attempt > 0 {
		return backOff(o.Attempt)
	}
	return min(max(now.Sub(o.Wake), 0)/8, 6*s.o.Quarantine)
}

// lookFor looks for the message of one claimed occurrence and settles it. Of the connection it tells, as told
// reports, only that it has failed: that Slack lets us look does not say that it lets us post.
func (s *Scheduler) lookFor(ctx context.Context, o visit.Occurrence, now time.Time, probe bool) (told bool) {
	looking, cancel := context.WithTimeout(ctx, s.o.PostTimeout)
	d := s.o.Find(looking, o)
	cancel()
	if d.Fault != "" {
		s.connected(ctx, o.Workspace, d, now, probe)
	}
	elapsed, to := time.Now(), o
	switch d.Outcome {
	case visit.Delivered:
		to.State, to.TS, to.Sent, to.Hold, to.Error, to.Told = visit.Sent, d.TS, elapsed, time.Time{}, "", d.Told
	case visit.NotFound:
		to.State, to.Hold = visit.Pending, elapsed.Add(s.missing(o, now))
		if o.Attempt >= maxAttempts {
			to.State, to.Hold = visit.Dead, time.Time{}
		}
	case visit.CannotLook, visit.Refused:
		to = unseen(o)
	case visit.Limited:
		to.Hold = elapsed.Add(min(d.RetryAfter, store.MaxHold))
		if err := s.o.Store.PauseLookUps(ctx, o.Workspace, elapsed, to.Hold); err != nil {
			s.log.Warn("could not share a pause with the other replicas", "err", err)
		}
	default: // no answer: look again, and not without end where Slack stumbles each time
		switch {
		case d.Fault != "":
			to.Hold = elapsed.Add(patience(o, now, d.Fault.Pause(1), longestBackOff))
		case o.Attempt >= maxAttempts:
			to = unseen(o)
		default:
			to.Attempt++
			to.Hold = elapsed.Add(backOff(to.Attempt))
		}
	}
	if to.State != visit.Uncertain {
		s.log.Info("looked for a reminder that may have been sent", "workspace", o.Workspace, "reminder", o.Key, "outcome", string(d.Outcome), "now", string(to.State))
	}
	if to.State == visit.Dead {
		to = s.dead(to)
	}
	s.settle(ctx, o, to)
	return d.Fault != ""
}

// unseen is what becomes of a message that may have arrived and cannot be looked for.
// Nobody needs to be told of a tip that was perhaps lost.
func unseen(o visit.Occurrence) visit.Occurrence {
	o.Hold = time.Time{}
	if o.Kind.Repeats() {
		o.State, o.Repeat = visit.Pending, true
	} else {
		o.State, o.Owner, o.Error = visit.Expired, "", "it may have arrived, and I could not look; tips are not repeated"
	}
	return o
}
