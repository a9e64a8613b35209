package soak

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"visitprep/internal/localslack"
)

// A fault is one that was put in, by elapsed time.
type fault struct {
	kind     string
	in       *place    // nil where it is everybody's
	from, to time.Time // to is zero while it lasts
}

// faults are those that were put in.
type faults struct {
	mu  sync.Mutex
	all []fault
}

// begin notes that a fault begins in a place, or everywhere.
func (f *faults) begin(kind string, in *place) (end func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.all)
	f.all = append(f.all, fault{kind: kind, in: in, from: time.Now()})
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.all[n].to = time.Now()
	}
}

// behind reports whether there was a fault of these kinds at an instant, or so shortly before it
// that what began then may still have been under way. No kinds are all. What goes wrong in a place
// has no fault of another place behind it; nil is any.
func (f *faults) behind(in *place, at time.Time, grace time.Duration, kinds ...string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.all, func(one fault) bool {
		return (in == nil || one.in == nil || one.in == in) && (len(kinds) == 0 || slices.Contains(kinds, one.kind)) && !one.from.After(at) && (one.to.IsZero() || !one.to.Add(grace).Before(at))
	})
}

func (f *faults) counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := map[string]int{}
	for _, one := range f.all {
		n[one.kind]++
	}
	return n
}

// The kinds of faults. What Slack's API does to the program:
const (
	limited     = "429 with Retry-After"
	stumbles    = "500 or 503"
	slow        = "slow answers"
	reset       = "connections reset"
	lost        = "answers lost after the call was carried out"
	proxy       = "a proxy in between refuses"
	revoked     = "the token revoked, and good again"
	uninstalled = "uninstalled, and installed again"
)

// What comes from Slack, or does not:
const (
	twice   = "deliveries made twice"
	late    = "deliveries late"
	noEvent = "events lost"
	noAck   = "acknowledgements lost"
	garbage = "bodies nobody can read"
)

// What happens in the workspace and to the machine:
const (
	archived  = "a channel archived and opened again"
	left      = "a person left a channel and came back"
	gone      = "an account deactivated and given back"
	unshared  = "a channel shared with another company, and not any more"
	locked    = "the database locked, or its server down"
	killed    = "killed, and started again"
	ended     = "ended with SIGTERM, and started again"
	backwards = "the calendar set back, and ahead again"
)

// ofTheAPI are the faults after which a call of the program's to Slack fails.
var ofTheAPI = []string{limited, stumbles, slow, reset, lost, proxy, revoked, uninstalled}

// ofTheProcess are the faults after which nobody hears of what was under way.
var ofTheProcess = []string{killed, ended}

// ofAll are the faults that every place has.
var ofAll = append([]string{locked, backwards}, ofTheProcess...)

// A misfortune is how a fault is put in; it returns once the fault is over.
type misfortune struct {
	kind  string
	often int  // how likely it is beside the others
	waits bool // reminders wait for minutes after it, but after a start of the program
	early bool // it begins the process anew, so nothing can be measured across it
	do    func(ctx context.Context, p *place, dice *rand.Rand)
}

// misfortunes is the table of the faults.
func misfortunes() []misfortune {
	// while has something be so for a while.
	while := func(ctx context.Context, dice *rand.Rand, least, most time.Duration) {
		pause(ctx, least+time.Duration(dice.Int64N(int64(most-least))))
	}
	return []misfortune{
		{limited, 4, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.FailHTTP("*", http.StatusTooManyRequests, http.Header{"Retry-After": {strconv.Itoa(1 + dice.IntN(3))}}, 1+dice.IntN(20))
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.slack.FailHTTP("*", 0, nil, 0)
		}},
		{stumbles, 4, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.FailHTTP("*", []int{500, 502, 503}[dice.IntN(3)], nil, 1+dice.IntN(20))
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.slack.FailHTTP("*", 0, nil, 0)
		}},
		{slow, 2, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.AnswerSlowly("", time.Duration(500+dice.IntN(4000))*time.Millisecond)
			while(ctx, dice, time.Second, 3*time.Second)
			p.slack.AnswerSlowly("", 0)
		}},
		{reset, 3, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.api.resets.Store(true)
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.api.resets.Store(false)
		}},
		{lost, 4, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.LoseAnswer("chat.postMessage", 1+dice.IntN(3))
			while(ctx, dice, time.Second, 3*time.Second)
			p.slack.LoseAnswer("chat.postMessage", 0)
		}},
		{proxy, 1, true, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.ProxyRefuses([]int{403, 407}[dice.IntN(2)])
			while(ctx, dice, time.Second, 2*time.Second)
			p.slack.ProxyRefuses(0)
		}},
		{revoked, 1, true, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.RevokeToken([]string{"token_revoked", "invalid_auth", "account_inactive"}[dice.IntN(3)])
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.restore()
		}},
		{uninstalled, 1, true, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.Uninstall()
			while(ctx, dice, time.Second, 2*time.Second)
			p.restore()
		}},
		{twice, 4, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.front.twice.Store(true)
			while(ctx, dice, time.Second, 3*time.Second)
			p.front.twice.Store(false)
		}},
		{late, 3, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.front.late.Store(int64(500 + dice.IntN(5000)))
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.front.late.Store(0)
		}},
		{noEvent, 1, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.LoseEvents(true)
			while(ctx, dice, 500*time.Millisecond, time.Second)
			p.slack.LoseEvents(false)
		}},
		{noAck, 3, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.DropAcks(1 + dice.IntN(5))
			while(ctx, dice, 3*time.Second, 4*time.Second)
			p.slack.DropAcks(0)
		}},
		{garbage, 4, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			for range 3 {
				p.slack.SendUndecodable([]string{localslack.UndecodableMessage, localslack.UndecodableInteraction, localslack.UndecodableEvent, localslack.UndecodableGarbage}[dice.IntN(4)])
				p.front.nonsense(dice)
			}
		}},
		{archived, 1, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.ArchiveChannel(spare)
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.slack.UnarchiveChannel(spare)
		}},
		{left, 2, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.Leave(leaver, localslack.SampleSourcing)
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.slack.Join(leaver, localslack.SampleSourcing)
		}},
		{gone, 1, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.Deactivate(leaver)
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.slack.Reactivate(leaver)
		}},
		{unshared, 1, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.slack.ShareChannel(spare)
			while(ctx, dice, 500*time.Millisecond, 2*time.Second)
			p.slack.UnshareChannel(spare)
		}},
		{locked, 2, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.s.lockDatabase(ctx, time.Duration(200+dice.IntN(2800))*time.Millisecond)
		}},
		{killed, 2, false, true, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.s.program.end(syscall.SIGKILL)
			p.s.starts()
		}},
		{ended, 1, false, true, func(ctx context.Context, p *place, dice *rand.Rand) {
			p.s.ends()
		}},
		{backwards, 1, false, false, func(ctx context.Context, p *place, dice *rand.Rand) {
			// As a clock is corrected. After more, what is late waits as long again once it fails.
			d := time.Duration(1+dice.IntN(20)) * time.Second
			p.s.calendar.step(-d)
			while(ctx, dice, time.Second, 2*time.Second)
			p.s.calendar.step(d)
		}},
	}
}

// stopsWithin is how long a stop may take, as docs/operate.md says.
const stopsWithin = 10 * time.Second

// ends ends the program as a deployment does, and begins it again.
func (s *soak) ends() {
	if took, err := s.program.end(syscall.SIGTERM); err != nil || took > stopsWithin {
		s.broken("ended with SIGTERM after %s with %v", took, err)
	}
	s.starts()
}

// starts begins the program again, which is the only one that may run.
func (s *soak) starts() {
	if err := s.program.start(); err != nil {
		s.broken("%v", err)
		s.stop()
	}
}

// lockDatabase has another program hold the lock of whoever writes. A server, whose locks are of
// rows, is down for as long, as at its upgrade.
func (s *soak) lockDatabase(ctx context.Context, d time.Duration) {
	if s.server != nil {
		s.server.Stop()
		pause(ctx, d)
		if err := s.server.Start(); err != nil {
			s.broken("start PostgreSQL again: %v", err)
			s.stop()
		}
		return
	}
	db, err := sql.Open("sqlite", "file:"+s.file+"?_txlock=immediate&_pragma=busy_timeout(2000)")
	if err != nil {
		s.broken("open the database to lock it: %v", err)
		return
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return // it was busy for two seconds: the program writes
	}
	defer tx.Rollback()
	pause(ctx, d)
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// deck has each misfortune as often as its table says: each once before any comes again, those
// after which the process is another one first.
func deck(dice *rand.Rand) (all []misfortune) {
	table := misfortunes()
	dice.Shuffle(len(table), func(a, b int) { table[a], table[b] = table[b], table[a] })
	slices.SortStableFunc(table, func(a, b misfortune) int {
		switch {
		case a.early == b.early:
			return 0
		case a.early:
			return -1
		}
		return 1
	})
	var more []misfortune
	for _, m := range table {
		more = append(more, slices.Repeat([]misfortune{m}, m.often-1)...)
	}
	dice.Shuffle(len(more), func(a, b int) { more[a], more[b] = more[b], more[a] })
	return append(table, more...)
}

// misfortune puts faults in until ctx ends, with spells in between in which there is none, so
// that an error in them has nothing behind it.
func (s *soak) misfortune(ctx context.Context, dice *rand.Rand, length time.Duration) {
	began, deck := time.Now(), deck(dice)
	pause(ctx, length/10) // the cards of what the workspace has at first
	for ctx.Err() == nil {
		spell := time.Now().Add(max(length/30, 15*time.Second))
		for time.Now().Before(spell) && ctx.Err() == nil {
			m := deck[0]
			deck = append(deck[1:], m)
			if length < time.Minute && slices.Contains(ofTheAPI, m.kind) { // what waits after them would take minutes
				continue
			}
			into := time.Since(began)
			restarts := into < length/2-length/restartsEnd && length >= time.Minute
			if m.early && !restarts || m.waits && !restarts && (length < 15*time.Minute || into > length*3/4) {
				continue
			}
			p := s.places[dice.IntN(len(s.places))]
			in := p
			if slices.Contains(ofAll, m.kind) {
				in = nil
			}
			over := s.faults.begin(m.kind, in)
			m.do(ctx, p, dice)
			over()
			if m.waits && restarts { // as whoever mends a token does
				over := s.faults.begin(ended, nil)
				s.ends()
				over()
			}
			pause(ctx, time.Duration(dice.IntN(400))*time.Millisecond)
		}
		pause(ctx, quietSpell)
	}
}

const (
	// quietSpell is longer than what was under way when a fault ended may take to fail.
	quietSpell = grace + 8*time.Second
	// restartsEnd is how long before the second half the last restart is, as a part of the whole: the
	// process has then made its index, and parsed what it asks the database.
	restartsEnd = 8
)
