package scheduler

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Options are what a Scheduler needs. Durations that are zero take the defaults.
type Options struct {
	Store *store.Store
	// Post sends one occurrence to Slack, worded from the state at that moment. It
	// must not write the request once the deadline of its context has passed: by
	// then another process may hold the lease.
	Post func(context.Context, visit.Occurrence) visit.Delivery
	// Find looks in Slack for the message of an occurrence that may have been sent.
	Find func(context.Context, visit.Occurrence) visit.Delivery
	// Check asks whether Slack takes what a workspace sends, where nothing is due with which
	// to try it: Delivered is yes. Nil leaves that to the next message.
	Check func(ctx context.Context, workspace string) visit.Delivery
	// Tell says who is to hear that a message was given up: the first of whom tried does
	// not name, or nobody. Nil tells whoever planned it.
	Tell func(ctx context.Context, lost visit.Occurrence, tried []string) (person string, err error)
	// Checklist gives the items with which an inspection of a type begins.
	Checklist func(kind string) visit.Checklist
	Timing    visit.Timing
	// Now is calendar time; nil is the machine's clock.
	Now    func() time.Time
	Logger *slog.Logger

	Workers     int           // posts under way at once
	LookUps     int           // look-ups under way at once
	PostTimeout time.Duration // one attempt to post
	Lease       time.Duration // how long a claim holds; longer than PostTimeout
	// Quarantine is how long Slack is given to show the message of an uncertain attempt
	// before we look for it. Looking too early finds nothing and sends it twice. A
	// negative one is none: the crash harness proves with it that the wait is needed.
	Quarantine time.Duration
	MaxSleep   time.Duration // the longest sleep: another process may have written meanwhile
}

// The defaults of the durations.
const (
	defaultWorkers     = 20
	defaultLookUps     = 5
	defaultPostTimeout = 10 * time.Second
	defaultLease       = 30 * time.Second
	defaultQuarantine  = 5 * time.Second
	defaultMaxSleep    = 30 * time.Second
)

// setDefaults fills in what is zero.
func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = o.planner
	}
	o.Workers = cmp.Or(o.Workers, defaultWorkers)
	o.LookUps = cmp.Or(o.LookUps, defaultLookUps)
	o.PostTimeout = cmp.Or(o.PostTimeout, defaultPostTimeout)
	o.Lease = cmp.Or(o.Lease, defaultLease)
	o.MaxSleep = cmp.Or(o.MaxSleep, defaultMaxSleep)
	o.Quarantine = max(cmp.Or(o.Quarantine, defaultQuarantine), 0)
}

// validate names everything that is missing or contradicts something else.
func (o *Options) validate() error {
	var errs []error
	for _, f := range []struct {
		name    string
		missing bool
	}{{"Store", o.Store == nil}, {"Post", o.Post == nil}, {"Find", o.Find == nil}, {"Checklist", o.Checklist == nil}, {"Logger", o.Logger == nil}} {
		if f.missing {
			errs = append(errs, fmt.Errorf("scheduler.Options.%s is missing", f.name))
		}
	}
	if o.Lease <= o.PostTimeout {
		errs = append(errs, fmt.Errorf("scheduler.Options.Lease is %s: it has to be longer than PostTimeout, %s", o.Lease, o.PostTimeout))
	}
	return errors.Join(errs...)
}

// A Scheduler sends what is due. Its methods are safe for concurrent use.
type Scheduler struct {
	o     Options
	log   *slog.Logger
	owner string
	free  chan struct{} // a token for each worker without work
	idle  chan struct{} // the same for look-ups, and for finding out whom to tell
	ended chan struct{} // capacity 1: a worker has ended

	// Posts begin while stepping is held, and a wait for all of them holds it too: Run
	// and Advance work side by side in try, and a WaitGroup must not start again from
	// zero while somebody waits for it.
	stepping sync.Mutex
	posts    sync.WaitGroup

	// Read and written while stepping is held: the last day on which all quarters were frozen whose
	// day had come, and which were tried on a day, for what can't be frozen must not come first again.
	frozen, attemptedOn civil.Date
	attempted           map[store.Freezable]bool

	mu     sync.Mutex
	status Status
	unripe map[attempt]time.Time // from when on what is uncertain may be looked for, see ripe
}

// Status is how the scheduler is doing.
type Status struct {
	LastStep  time.Time // by calendar time
	LastError error     // of the last step that failed, nil once one succeeds
	Lag       time.Duration
	Oldest    time.Time // since when what waits longest has been due, where its workspace can be sent to; zero for nothing
	Sent      int       // since the process started, as the rest
	Repeated  int       // marked as a possible repeat
	Uncertain int
	Expired   int
	Dead      int
	// Connections are the workspaces that cannot be sent to although the app is installed there, as
	// all replicas see them.
	Connections []store.Connection
}

// New makes a Scheduler; it does nothing before Run or RunDue.
func New(o Options) (*Scheduler, error) {
	o.setDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Scheduler{o: o, log: o.Logger, owner: rand.Text(), free: make(chan struct{}, o.Workers), idle: make(chan struct{}, o.LookUps), ended: make(chan struct{}, 1), unripe: map[attempt]time.Time{}}
	for range o.Workers {
		s.free <- struct{}{}
	}
	for range o.LookUps {
		s.idle <- struct{}{}
	}
	return s, nil
}

// Status returns how the scheduler is doing.
func (s *Scheduler) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Scheduler) note(f func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.status)
}

// How long Run waits after a step that failed; the pause doubles with each failure.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// stopWithin is how long posts under way may take once Run is to end. What is left
// becomes uncertain when its lease ends, and is then looked for. Less than the ten seconds that
// service managers give a process.
const stopWithin = 7 * time.Second

// Run sends what is due until ctx ends, then lets posts under way finish. When steps
// fail, the first is logged, and each is tried again after a pause that grows to a
// minute.
func (s *Scheduler) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			s.stop()
			return nil
		case <-s.o.Store.Wakes():
		case <-s.ended:
		case <-timer.C:
		}
		if pause > 0 { // a wake does not shorten the pause after an error
			select {
			case <-ctx.Done():
				s.stop()
				return nil
			case <-time.After(pause):
			}
		}
		s.stepping.Lock()
		next, _, err := s.step(ctx, s.o.Now())
		s.stepping.Unlock()
		if err != nil {
			if ctx.Err() != nil {
				continue
			}
			if pause == 0 {
				s.log.Error("the scheduler failed; it will keep trying", "err", err)
			}
			pause = min(max(2*pause, firstPause), lastPause)
			timer.Reset(0)
			continue
		}
		if pause > 0 {
			s.log.Info("the scheduler has recovered")
			pause = 0
		}
		timer.Reset(min(max(time.Until(next), 0), s.o.MaxSleep))
	}
}

func (s *Scheduler) stop() {
	done := make(chan struct{})
	go func() {
		s.stepping.Lock()
		defer s.stepping.Unlock()
		s.posts.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(stopWithin):
		s.log.Warn("stopped while posts were under way; the next start looks for them")
	}
}

// RunDue does everything that is due at now, by calendar time, and waits for the posts
// it began. It returns when, by elapsed time, the scheduler is next needed; the zero
// time is never.
func (s *Scheduler) RunDue(ctx context.Context, now time.Time) (next time.Time, err error) {
	s.stepping.Lock()
	defer s.stepping.Unlock()
	for {
		next, begun, err := s.step(ctx, now)
		if err != nil {
			return next, err
		}
		s.posts.Wait()
		if begun == 0 {
			return next, nil
		}
	}
}

// Advance moves calendar time to the instant to, stopping at each thing that is due on
// the way, so that each is sent at its own time. set moves the clock that Options.Now
// reads. One jump would look like downtime, and what is late would be given up. The pause of
// a connection, which is one of elapsed time, ends with it.
func (s *Scheduler) Advance(ctx context.Context, to time.Time, set func(time.Time)) error {
	if err := s.o.Store.RetryConnections(ctx); err != nil {
		return err
	}
	for {
		now := s.o.Now()
		if _, err := s.RunDue(ctx, now); err != nil {
			return err
		}
		w, err := s.o.Store.NextWaits(ctx, now, time.Now())
		if err != nil {
			return err
		}
		switch {
		case !w.Elapsed.IsZero() && time.Until(w.Elapsed) < 2*pacePause:
			// The pace of a channel holds something back, for a moment only.
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(max(time.Until(w.Elapsed), 10*time.Millisecond)):
			}
		case !w.Calendar.IsZero() && w.Calendar.After(now) && !w.Calendar.After(to):
			set(w.Calendar)
		default:
			set(to)
			_, err := s.RunDue(ctx, to)
			return err
		}
	}
}

// pacePause is the shortest pause between two messages in one channel.
const pacePause = time.Second

// Next is when something is next due by calendar time after now, in any workspace.
func (s *Scheduler) Next(ctx context.Context, now time.Time) (time.Time, error) {
	w, err := s.o.Store.NextWaits(ctx, now, time.Now())
	return w.Calendar, err
}

// step plans, reconciles, and begins as many posts as there are free workers. It
// returns when, by elapsed time, the next step is needed, and how many posts it began.
func (s *Scheduler) step(ctx context.Context, now time.Time) (next time.Time, begun int, err error) {
	defer func() {
		s.note(func(st *Status) {
			st.LastStep, st.LastError = now, err
		})
	}()
	elapsed := time.Now()
	n, err := s.o.Store.ReleaseExpiredLeases(ctx, elapsed, s.o.Quarantine)
	if err != nil {
		return next, 0, err
	}
	if n > 0 {
		s.note(func(st *Status) { st.Uncertain += int(n) })
		s.log.Warn("reminders were left in the middle of sending; looking for them before they are sent again", "count", n)
	}
	ripe, err := s.ripe(ctx, elapsed)
	if err != nil {
		return next, 0, err
	}
	if err := s.reconcile(ctx, now, elapsed, ripe); err != nil {
		return next, 0, err
	}
	if err := s.plan(ctx, now); err != nil {
		return next, 0, err
	}
	expired, err := s.o.Store.Expire(ctx, now)
	if err != nil {
		return next, 0, err
	}
	for _, o := range expired {
		s.note(func(st *Status) { st.Expired++ })
		s.log.Warn("a reminder has expired: it was too late to be useful", "workspace", o.Workspace, "reminder", o.Key, "due", o.Due, "err", o.Error)
	}
	if err := s.tell(ctx, now, elapsed); err != nil {
		return next, 0, err
	}
	probes, err := s.probe(ctx, now, elapsed, ripe)
	if err != nil {
		return next, probes, err
	}
	begun, err = s.dispatch(ctx, now, elapsed)
	begun += probes
	if err != nil {
		return next, begun, err
	}
	more := s.freeze(ctx, now)
	cs, err := s.o.Store.LostConnections(ctx)
	if err != nil {
		return next, begun, err
	}
	w, err := s.o.Store.NextWaits(ctx, now, elapsed)
	if err != nil {
		return next, begun, err
	}
	s.note(func(st *Status) { st.Connections, st.Oldest = cs, w.Oldest })
	if !w.Calendar.IsZero() {
		next = elapsed.Add(w.Calendar.Sub(now))
	}
	if !w.Elapsed.IsZero() && (next.IsZero() || w.Elapsed.Before(next)) {
		next = w.Elapsed
	}
	if next.IsZero() {
		next = elapsed.Add(s.o.MaxSleep)
	}
	if soon := elapsed.Add(pacePause); more && next.After(soon) {
		next = soon
	}
	return next, begun, nil
}
