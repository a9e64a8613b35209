package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func scanOccurrence(row scanner) (o visit.Occurrence, err error) {
	err = row.Scan(&o.Workspace, &o.Key, &o.Kind, &o.Subject, &o.Schedule, &o.Milestone, &o.Day, &o.To, &o.Zone, &o.AnyHour, &o.Payload,
		instantField{&o.Due}, instantField{&o.Wake}, instantField{&o.Expires}, &o.State, instantField{&o.Hold}, &o.Owner, &o.Attempt,
		instantField{&o.Posted}, instantField{&o.Sent}, &o.TS, &o.Error, &o.Repeat)
	return o, err
}

// AddOccurrence records one message that is to be sent: a snooze, a notice. One
// with its key that was cancelled is pending again; any other stays as it is.
func (s *Store) AddOccurrence(ctx context.Context, o visit.Occurrence) error {
	return s.change(ctx, "record a reminder", func(t *txn) error {
		if o.Wake.IsZero() {
			o.Wake = o.Due
		}
		if o.Kind == visit.News {
			g, err := gapOf(ctx, t)
			if err != nil {
				return err
			}
			if g.echoes(o.Due) {
				o = g.uncertain(o)
			}
		}
		return t.insertOccurrences(ctx, []visit.Occurrence{o})
	})
}

// Occurrence returns one occurrence.
func (s *Store) Occurrence(ctx context.Context, workspace, key string) (visit.Occurrence, error) {
	o, err := scanOccurrence(s.read.QueryRowContext(ctx, `SELECT `+occurrenceColumns+` FROM occurrences
		WHERE workspace = $1 AND key = $2`, workspace, key))
	if err != nil {
		return o, fmt.Errorf("read a reminder: %w", classify(notFound(err, "reminder", key)))
	}
	return o, nil
}

// An OccurrenceFilter says which occurrences to list; its zero value is all.
type OccurrenceFilter struct {
	States      []visit.State
	Kinds       []visit.Kind
	NoNotices   bool     // what people planned, not what tells of it or of a change
	To          []string // only to these channels and people; nil is to all
	Subject     visit.Subject
	From, Until time.Time // by when they are due
	Limit       int
	Newest      bool // the last due first
}

// where builds the condition of a filter.
func (f *OccurrenceFilter) where(workspace string, args *arguments) string {
	where := "WHERE workspace = " + args.add(workspace)
	where += oneOf(args, "state", f.States) + oneOf(args, "kind", f.Kinds) + oneOf(args, "recipient", f.To)
	if f.NoNotices {
		where += " AND kind NOT IN (" + args.add(string(visit.Notice)) + ", " + args.add(string(visit.News)) + ")"
	}
	if f.Subject != "" {
		where += " AND subject = " + args.add(string(f.Subject))
	}
	if !f.From.IsZero() {
		where += " AND due_at >= " + args.add(millis(f.From))
	}
	if !f.Until.IsZero() {
		where += " AND due_at < " + args.add(millis(f.Until))
	}
	return where
}

// oneOf is the condition that a column has one of some values; of none where the list is
// empty and not nil.
func oneOf[T ~string](args *arguments, column string, values []T) string {
	if values == nil {
		return ""
	}
	marks := []string{"NULL"}
	for _, v := range values {
		marks = append(marks, args.add(string(v)))
	}
	return " AND " + column + " IN (" + strings.Join(marks, ", ") + ")"
}

// CountOccurrences counts what a filter lists, without its limit.
func (s *Store) CountOccurrences(ctx context.Context, workspace string, f OccurrenceFilter) (n int, err error) {
	var args arguments
	where := f.where(workspace, &args)
	if err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM occurrences `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the reminders: %w", classify(err))
	}
	return n, nil
}

// Occurrences lists occurrences by when they are due.
func (s *Store) Occurrences(ctx context.Context, workspace string, f OccurrenceFilter) ([]visit.Occurrence, error) {
	var args arguments
	where := f.where(workspace, &args)
	order := " ORDER BY due_at, key"
	if f.Newest {
		order = " ORDER BY due_at DESC, key"
	}
	os, err := all(ctx, s.read, scanOccurrence, `SELECT `+occurrenceColumns+` FROM occurrences `+where+order+
		(&Filter{Limit: f.Limit}).page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the reminders: %w", classify(err))
	}
	return os, nil
}

// A Claim is what the dispatcher asks for: at most Limit occurrences that are due
// at Now, by calendar time, for as long as the lease from Elapsed, real time.
type Claim struct {
	Owner        string
	Now, Elapsed time.Time
	Lease        time.Duration
	Limit        int
	// Ripe are the keys, by workspace, of what may be looked for; nil is all.
	Ripe map[string][]string
}

// pace is the time between two messages in one channel: what Slack allows, and the
// millisecond that a kept time may be short of.
const pace = time.Second + time.Millisecond

// How far ahead anything of elapsed time can lie by right. Whatever lies further ahead was
// written by a machine whose clock was wrong, and counts as over.
const (
	MaxHold   = 15 * time.Minute // of a back-off, or of what Slack asks to wait: no longer wait is kept
	maxPause  = visit.MaxPause   // of a connection
	clockSkew = time.Minute      // by which the clocks of replicas may differ
)

// lookBackDay is how far back a message is looked for whose time of posting a wrong
// clock has told.
const lookBackDay = 24 * time.Hour

// Claim takes occurrences that are due, at most one for each channel that is
// open: none is on its way there, the last went out a second ago, no pause
// that Slack asked for is running, and the workspace is connected. What is about
// a visit or an inspection waits for its card, to stand under it. In the same statement it
// notes when the earliest request for each can have been written. Two
// claimers never get the same one.
func (s *Store) Claim(ctx context.Context, c Claim) (os []visit.Occurrence, err error) {
	err = s.change(ctx, "take what is due", func(t *txn) (err error) {
		os, err = s.claim(ctx, t, c, "")
		return err
	})
	return os, err
}

// claim is Claim in a transaction: in all workspaces that are connected, or in one
// whose connection is tried.
func (s *Store) claim(ctx context.Context, t *txn, c Claim, probed string) ([]visit.Occurrence, error) {
	if s.postgres {
		// A burst is due before PostgreSQL has counted it: without this it reads
		// the whole table for every claim (20,000 due at once: 87 s against 49).
		if _, err := t.ExecContext(ctx, `SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
			set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`); err != nil {
			return nil, err
		}
	}
	// A connection is tried with whatever was not tried for longest, for what is wrong with
	// it may be wrong with one message only.
	which, order, last := `o.workspace = $8`, `o.hold_until, o.wake_at`, any(probed)
	if probed == "" {
		order, last = `o.wake_at`, millis(c.Elapsed.Add(clockSkew))
		which = notHeld(`o`) + ` AND ` + connected(`o`) + `
		AND NOT EXISTS (SELECT 1 FROM occurrences e WHERE e.workspace = o.workspace AND e.recipient = o.recipient
			AND e.state = 'pending' AND e.wake_at <= $1 AND ` + notHeld(`e`) + ` AND (e.wake_at, e.key) < (o.wake_at, o.key)
			AND NOT ` + awaitsCard(`e`) + `)`
	}
	return all(ctx, t, scanOccurrence, `WITH taken AS MATERIALIZED (
		SELECT o.workspace, o.key FROM occurrences o
		WHERE o.state = 'pending' AND o.wake_at <= $1 AND `+which+` AND NOT `+awaitsCard(`o`)+`
		AND NOT EXISTS (SELECT 1 FROM occurrences e WHERE e.workspace = o.workspace AND e.recipient = o.recipient
			AND e.state = 'sending')
		AND NOT EXISTS (SELECT 1 FROM occurrences e WHERE e.workspace = o.workspace AND e.recipient = o.recipient
			AND e.state = 'sent' AND e.sent_at > $3 AND e.sent_at <= $2)
		AND NOT EXISTS (SELECT 1 FROM channel_gate g WHERE g.workspace = o.workspace AND g.channel IN (o.recipient, '')
			AND g.open_at > $2 AND g.open_at <= $7)
		ORDER BY `+order+` LIMIT $4 `+s.skipLocked+`)
		UPDATE occurrences SET state = 'sending', owner = $5, attempt = attempt + 1, posted_at = $2, hold_until = $6
		WHERE state = 'pending' AND (workspace, key) IN (SELECT workspace, key FROM taken)
		RETURNING `+occurrenceColumns,
		millis(c.Now), millis(c.Elapsed), millis(c.Elapsed.Add(-pace)), c.Limit, c.Owner, millis(c.Elapsed.Add(c.Lease)),
		millis(c.Elapsed.Add(MaxHold)), last)
}

// notHeld is the condition that nothing holds back what is pending: $2 is now, $7 as
// far ahead as a hold can lie, $8 as far ahead as a right clock can have told.
func notHeld(table string) string {
	return `(` + table + `.hold_until <= $2 OR ` + table + `.hold_until > $7 OR ` + table + `.posted_at > $8)`
}

// connected is the condition that the workspace of a row can be sent to.
func connected(table string) string {
	return `NOT EXISTS (SELECT 1 FROM connections n WHERE n.workspace = ` + table + `.workspace)`
}

// held is the condition of the index occurrences_held. SQLite takes a partial index
// only where its condition stands in the query; that a state is one of two does not
// tell it enough, and it would read every reminder ever sent.
func held(table string) string { return table + `.state IN ('sending', 'uncertain')` }

// lookUps is the gate of the methods that look for messages, among the channels' gates.
const lookUps = "conversations.history"

// How many look-ups a workspace is asked for: 25 a minute and five at once are what
// nobody waits for may take of Slack's Tier 3, which is 50 a minute for each method.
const (
	lookUpEvery = 2400 * time.Millisecond
	lookUpBurst = 5
)

// Uncertain lists what may or may not have been sent, over all workspaces, what is to be
// looked for first at the head. Of each it has the key, when it was posted, and its hold.
func (s *Store) Uncertain(ctx context.Context, limit int) ([]visit.Occurrence, error) {
	os, err := all(ctx, s.read, func(row scanner) (o visit.Occurrence, err error) {
		return o, row.Scan(&o.Workspace, &o.Key, instantField{&o.Posted}, instantField{&o.Hold})
	}, `SELECT workspace, key, posted_at, hold_until FROM occurrences WHERE state = 'uncertain' AND `+held(`occurrences`)+` ORDER BY hold_until LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list what is uncertain: %w", classify(err))
	}
	return os, nil
}

// Over reports whether nothing holds o back at an elapsed time. What a wrong clock has told
// holds nothing back.
func Over(o *visit.Occurrence, elapsed time.Time) bool {
	return !o.Hold.After(elapsed) || o.Hold.After(elapsed.Add(MaxHold)) || o.Posted.After(elapsed.Add(clockSkew))
}

// ClaimUncertain takes occurrences whose quarantine is over, so that one process
// looks for each, and no more of a workspace than Slack lets look for. They stay uncertain.
func (s *Store) ClaimUncertain(ctx context.Context, c Claim) (os []visit.Occurrence, err error) {
	err = s.change(ctx, "take what is uncertain", func(t *txn) error {
		os = nil
		ws, err := all(ctx, t, func(row scanner) (w string, err error) { return w, row.Scan(&w) }, `SELECT DISTINCT o.workspace FROM occurrences o
			WHERE o.state = 'uncertain' AND `+held(`o`)+` AND (o.hold_until <= $1 OR o.hold_until > $2 OR o.posted_at > $3)
			AND `+connected(`o`)+` ORDER BY o.workspace`,
			millis(c.Elapsed), millis(c.Elapsed.Add(MaxHold)), millis(c.Elapsed.Add(clockSkew)))
		for _, w := range ws {
			if err != nil || len(os) >= c.Limit {
				break
			}
			one := c
			one.Limit = c.Limit - len(os)
			var more []visit.Occurrence
			more, err = s.claimUncertain(ctx, t, one, w)
			os = append(os, more...)
		}
		return err
	})
	return os, err
}

// claimUncertain is ClaimUncertain for one workspace, in a transaction.
func (s *Store) claimUncertain(ctx context.Context, t *txn, c Claim, workspace string) ([]visit.Occurrence, error) {
	// The gate holds when the next look-up is due; what was not asked for since is kept, up
	// to the burst.
	var open int64
	err := t.QueryRowContext(ctx, `INSERT INTO channel_gate (workspace, channel, open_at) VALUES ($1, $2, 0)
		ON CONFLICT (workspace, channel) DO UPDATE SET open_at = channel_gate.open_at RETURNING open_at`, workspace, lookUps).Scan(&open)
	if err != nil {
		return nil, err
	}
	every := lookUpEvery / s.faster
	next := instant(open)
	if next.After(c.Elapsed.Add(MaxHold)) {
		next = c.Elapsed
	}
	if saved := c.Elapsed.Add(-(lookUpBurst - 1) * every); next.Before(saved) {
		next = saved
	}
	if next.After(c.Elapsed) {
		return nil, nil
	}
	limit := min(c.Limit, int(c.Elapsed.Sub(next)/every)+1)
	var ripe [lookUpBurst]string
	copy(ripe[:], c.Ripe[workspace])
	// Where a wrong clock told when it was posted, nobody knows: it is looked for in a day.
	os, err := all(ctx, t, scanOccurrence, `WITH taken AS MATERIALIZED (
		SELECT o.workspace, o.key FROM occurrences o
		WHERE o.workspace = $7 AND o.state = 'uncertain' AND `+held(`o`)+` AND (o.hold_until <= $1 OR o.hold_until > $5 OR o.posted_at > $6)
		AND ($9 = 0 OR o.key IN ($10, $11, $12, $13, $14))
		ORDER BY o.hold_until LIMIT $2 `+s.skipLocked+`)
		UPDATE occurrences SET owner = $3, hold_until = $4, posted_at = CASE WHEN posted_at > $6 THEN $8 ELSE posted_at END
		WHERE state = 'uncertain' AND (hold_until <= $1 OR hold_until > $5 OR posted_at > $6)
		AND (workspace, key) IN (SELECT workspace, key FROM taken)
		RETURNING `+occurrenceColumns,
		millis(c.Elapsed), limit, c.Owner, millis(c.Elapsed.Add(c.Lease)), millis(c.Elapsed.Add(MaxHold)), millis(c.Elapsed.Add(clockSkew)),
		workspace, millis(c.Elapsed.Add(-lookBackDay)), btoi(c.Ripe != nil), ripe[0], ripe[1], ripe[2], ripe[3], ripe[4])
	if err != nil || len(os) == 0 {
		return nil, err
	}
	_, err = t.ExecContext(ctx, `UPDATE channel_gate SET open_at = $3 WHERE workspace = $1 AND channel = $2`,
		workspace, lookUps, millis(next.Add(time.Duration(len(os))*every)))
	return os, err
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// PauseLookUps lets nobody look for messages of a workspace until an instant: Slack
// has asked to wait. Posts go on.
func (s *Store) PauseLookUps(ctx context.Context, workspace string, elapsed, open time.Time) error {
	return s.change(ctx, "note a pause of the look-ups", func(t *txn) error {
		_, err := t.ExecContext(ctx, `INSERT INTO channel_gate (workspace, channel, open_at) VALUES ($1, $2, $3)`+laterGate, workspace, lookUps,
			millis(atMost(open, elapsed)), millis(elapsed.Add(MaxHold)))
		return err
	})
}

// laterGate keeps the later end of a pause, unless a wrong clock has told it; $4 is as
// far ahead as one can lie.
const laterGate = ` ON CONFLICT (workspace, channel) DO UPDATE SET open_at = excluded.open_at
	WHERE channel_gate.open_at < excluded.open_at OR channel_gate.open_at > $4`

// atMost is t, or as late as a pause may end.
func atMost(t, elapsed time.Time) time.Time {
	if last := elapsed.Add(MaxHold); t.After(last) {
		return last
	}
	return t
}

// Settle writes what became of an occurrence that was claimed: o with another
// State, Wake, Hold, Attempt, Posted, TS, Sent, Error or Repeat. What is dead or expired is
// Untold unless o has no owner. It reports false, and
// writes nothing, when somebody else has taken it since: from is as it was
// claimed, and its owner and attempt are the fence.
func (s *Store) Settle(ctx context.Context, from, o visit.Occurrence) (settled bool, err error) {
	err = s.change(ctx, "settle a reminder", func(t *txn) error {
		settled = false
		owner := ""
		if o.State == visit.Dead || o.State == visit.Expired {
			if t.wake = true; o.Owner != "" {
				owner = visit.Untold
			}
		}
		r, err := t.ExecContext(ctx, `UPDATE occurrences SET state = $6, wake_at = $7, hold_until = $8, attempt = $9, sent_at = $10, ts = $11,
			error = $12, repeated = $13, owner = $14, posted_at = $15
			WHERE workspace = $1 AND key = $2 AND state = $3 AND owner = $4 AND attempt = $5`,
			from.Workspace, from.Key, string(from.State), from.Owner, from.Attempt,
			string(o.State), millis(o.Wake), millis(o.Hold), o.Attempt, millis(o.Sent), o.TS, o.Error, o.Repeat, owner, millis(o.Posted))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		settled = n == 1
		if err != nil || !settled {
			return err
		}
		if o.Kind == visit.Overdue {
			return t.askAgain(ctx, o, &s.timing)
		}
		if o.State != visit.Sent {
			return nil
		}
		if o.Kind == visit.Card {
			return t.keepCard(ctx, o)
		}
		return t.told(ctx, o.Told, o.Day)
	})
	return settled, err
}

// askAgain has the result of an inspection asked for once more in its time, unless it is
// there: after a question that was sent or given up, or that somebody had answered for the
// time being.
func (t *txn) askAgain(ctx context.Context, o visit.Occurrence, timing *visit.Timing) error {
	if o.State != visit.Sent && o.State != visit.Dead && o.State != visit.Cancelled {
		return nil
	}
	i, err := inspections.get(ctx, t, o.Workspace, o.Subject.Number())
	if errors.Is(err, visit.ErrNotFound) || err == nil && !i.Open() {
		return nil
	}
	if err != nil {
		return err
	}
	asked := o.Day
	if z, err := visit.Zone(i.ChannelZone); err == nil && !o.Settled.IsZero() && civil.Of(o.Settled.In(z)).After(asked) {
		asked = civil.Of(o.Settled.In(z))
	}
	// One that was held while the inspection moved has the question of the new days beside it.
	n, err := t.count(ctx, `SELECT COUNT(*) FROM occurrences WHERE workspace = $1 AND subject = $2 AND kind = 'overdue' AND state = 'pending' AND day > $3`,
		o.Workspace, string(o.Subject), asked)
	if err != nil || n > 0 {
		return err
	}
	return t.insertOccurrences(ctx, []visit.Occurrence{i.AskAgain(timing, asked)})
}

// ReleaseExpiredLeases makes uncertain what was being sent when its lease ended: its process
// died or was stopped, and nobody knows whether it arrived. It returns how many.
func (s *Store) ReleaseExpiredLeases(ctx context.Context, elapsed time.Time, quarantine time.Duration) (n int64, err error) {
	err = s.change(ctx, "find what was left in the middle", func(t *txn) error {
		r, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'uncertain', owner = '', hold_until = $2,
			posted_at = CASE WHEN posted_at > $3 THEN $4 ELSE posted_at END, error = 'the lease ended in the middle of sending'
			WHERE state = 'sending' AND `+held(`occurrences`)+` AND (hold_until <= $1 OR posted_at > $3)`,
			millis(elapsed), millis(elapsed.Add(quarantine)), millis(elapsed.Add(clockSkew)), millis(elapsed.Add(-lookBackDay)))
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return n, err
}

// Expire gives up what is no longer of use at now, and returns it. It is Untold, but
// for a notice, and for news: the connection was away for as long as they were of use.
func (s *Store) Expire(ctx context.Context, now time.Time) (os []visit.Occurrence, err error) {
	err = s.change(ctx, "give up what is too late", func(t *txn) (err error) {
		os, err = all(ctx, t, scanOccurrence, `UPDATE occurrences SET state = 'expired', hold_until = 0,
			owner = CASE WHEN kind IN ('notice', 'news') THEN '' ELSE '`+visit.Untold+`' END,
			error = CASE WHEN error = '' THEN 'it was too late to be of use' ELSE error END
			WHERE state = 'pending' AND wake_at <= $1 AND expires_at > 0 AND expires_at <= $1 RETURNING `+occurrenceColumns, millis(now))
		return err
	})
	return os, err
}

// PauseChannel keeps a channel closed from the instant elapsed until open, for all
// replicas; a pause is never made shorter. Slack does not say which of its limits
// was met. A channel's own is seldom it, since Claim keeps the pace: when a second
// channel is told to wait meanwhile, the limit is the workspace's, and all wait.
func (s *Store) PauseChannel(ctx context.Context, workspace, channel string, elapsed, open time.Time) error {
	return s.change(ctx, "note a pause that Slack asked for", func(t *txn) error {
		ahead := millis(elapsed.Add(MaxHold))
		if _, err := t.ExecContext(ctx, `INSERT INTO channel_gate (workspace, channel, open_at) VALUES ($1, $2, $3)`+laterGate,
			workspace, channel, millis(atMost(open, elapsed)), ahead); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `INSERT INTO channel_gate (workspace, channel, open_at) SELECT workspace, '', open_at FROM channel_gate
			WHERE workspace = $1 AND channel = $2 AND EXISTS (SELECT 1 FROM channel_gate g
				WHERE g.workspace = $1 AND g.channel NOT IN ($2, '', '`+lookUps+`') AND g.open_at > $3 AND g.open_at <= $4)`+laterGate,
			workspace, channel, millis(elapsed), ahead)
		return err
	})
}

// DueSchedules lists schedules whose time has come, over all workspaces.
func (s *Store) DueSchedules(ctx context.Context, now time.Time, limit int) ([]visit.Schedule, error) {
	scs, err := all(ctx, s.read, scanSchedule, `SELECT `+scheduleColumns+` FROM schedules
		WHERE next_at > 0 AND NOT paused AND next_at <= $1 ORDER BY next_at LIMIT $2`, millis(now), limit)
	if err != nil {
		return nil, fmt.Errorf("list what recurs now: %w", classify(err))
	}
	return scs, nil
}

// Waits are the instants at which somebody is next needed; a zero one is never.
type Waits struct {
	Calendar time.Time // something becomes due
	Elapsed  time.Time // a lease, back-off, pause or quarantine ends
	Oldest   time.Time // since when what waits longest has been due, where its workspace can be sent to
}

// NextWaits finds when the scheduler is next needed. What is due already but held
// back counts by the end of what holds it.
func (s *Store) NextWaits(ctx context.Context, now, elapsed time.Time) (w Waits, err error) {
	// One row, each column from the edge of its index.
	var schedule, pending, held, channel, untold, connection, oldest *int64
	const unconnected = `(SELECT 1 FROM connections n WHERE n.workspace = h.workspace)`
	soon := elapsed.Add(pace / 2) // what is due already waits for a channel, a gate or a worker
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT MIN(next_at) FROM schedules WHERE next_at > 0 AND NOT paused),
		(SELECT MIN(wake_at) FROM occurrences WHERE state = 'pending' AND wake_at > $1),
		(SELECT hold_until FROM occurrences h WHERE state IN ('sending', 'uncertain') AND (state = 'sending' OR NOT EXISTS `+unconnected+`)
			ORDER BY hold_until LIMIT 1),
		(SELECT MIN(CASE WHEN o.hold_until > $2 THEN o.hold_until ELSE $3 END)
			FROM (SELECT hold_until FROM occurrences h WHERE state = 'pending' AND wake_at <= $1 AND NOT EXISTS `+unconnected+` LIMIT 100) o),
		(SELECT hold_until FROM occurrences WHERE `+untoldRows+` ORDER BY hold_until LIMIT 1),
		(SELECT MIN(retry_at) FROM connections),
		(SELECT wake_at FROM occurrences h WHERE state = 'pending' AND wake_at <= $1 AND NOT EXISTS `+unconnected+` ORDER BY wake_at LIMIT 1)`,
		millis(now), millis(elapsed), millis(soon)).Scan(&schedule, &pending, &held, &channel, &untold, &connection, &oldest)
	if err != nil {
		return w, fmt.Errorf("find the next reminder: %w", classify(err))
	}
	earlier := func(t *time.Time, ms *int64) {
		if ms != nil && (t.IsZero() || instant(*ms).Before(*t)) {
			*t = instant(*ms)
		}
	}
	earlier(&w.Oldest, oldest)
	earlier(&w.Calendar, schedule)
	earlier(&w.Calendar, pending)
	for _, ms := range []*int64{held, channel, untold, connection} {
		if ms != nil {
			*ms = max(*ms, millis(soon))
		}
		earlier(&w.Elapsed, ms)
	}
	return w, nil
}

// untoldRows is the condition of the index occurrences_untold.
const untoldRows = `state IN ('dead', 'expired') AND owner = '` + visit.Untold + `'`

// ClaimUntold takes what was given up and nobody has been told of, so that one process
// finds out whom to tell. It stays Untold until [Store.Told].
func (s *Store) ClaimUntold(ctx context.Context, c Claim) (os []visit.Occurrence, err error) {
	err = s.change(ctx, "take what nobody has been told of", func(t *txn) (err error) {
		os, err = all(ctx, t, scanOccurrence, `WITH taken AS MATERIALIZED (
			SELECT workspace, key FROM occurrences WHERE `+untoldRows+` AND (hold_until <= $1 OR hold_until > $2)
			ORDER BY hold_until LIMIT $3 `+s.skipLocked+`)
			UPDATE occurrences SET hold_until = $4
			WHERE `+untoldRows+` AND (hold_until <= $1 OR hold_until > $2) AND (workspace, key) IN (SELECT workspace, key FROM taken)
			RETURNING `+occurrenceColumns,
			millis(c.Elapsed), millis(c.Elapsed.Add(MaxHold)), c.Limit, millis(c.Elapsed.Add(c.Lease)))
		return err
	})
	return os, err
}

// Told records who is to be told of something that was given up: a notice whose payload
// names it. Where a notice of the same subject still waits for its reader, that one
// names it too; where one has gone out today, that is enough. Without a notice nobody
// is left who could be told.
func (s *Store) Told(ctx context.Context, lost visit.Occurrence, notice *visit.Occurrence) error {
	return s.change(ctx, "record who is told of a reminder", func(t *txn) error {
		r, err := t.ExecContext(ctx, `UPDATE occurrences SET owner = '', hold_until = 0 WHERE workspace = $1 AND key = $2 AND `+untoldRows, lost.Workspace, lost.Key)
		if err != nil || notice == nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 { // somebody else did it
			return err
		}
		r, err = t.ExecContext(ctx, `UPDATE occurrences SET payload = payload || $5 WHERE workspace = $1 AND subject = $2 AND recipient = $3
			AND kind = 'notice' AND state = $4`, notice.Workspace, string(notice.Subject), notice.To, string(visit.Pending), "\n"+notice.Payload)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n > 0 {
			return err
		}
		g, err := gapOf(ctx, t)
		if err != nil {
			return err
		}
		told := *notice
		told.Repeat = g.Has(lost.Due) && g.echoes(told.Due) // under the key of another day
		return t.insertOccurrences(ctx, []visit.Occurrence{told})
	})
}

// TellLater lets what nobody could be told of wait until an instant.
func (s *Store) TellLater(ctx context.Context, lost visit.Occurrence, elapsed, until time.Time) error {
	return s.change(ctx, "put off telling of a reminder", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE occurrences SET hold_until = $3 WHERE workspace = $1 AND key = $2 AND `+untoldRows,
			lost.Workspace, lost.Key, millis(atMost(until, elapsed)))
		return err
	})
}

// OwnerOf is who planned what a subject names, and in which channel; a person
// owns what is theirs. What was found at a factory without a visit has who logged it last.
func (s *Store) OwnerOf(ctx context.Context, workspace string, subject visit.Subject) (owner, channel string, err error) {
	kind, id := subject.Cut()
	table := map[visit.SubjectKind]string{visit.OfVisit: "visits", visit.OfInspection: "inspections", visit.OfPlan: "plans", visit.OfAgreement: "agreements", visit.OfPromise: "promises", visit.OfGift: "gifts", visit.OfMarket: "market_notes"}[kind]
	if table == "" {
		switch kind {
		case visit.OfPerson:
			return id, "", nil
		case visit.OfContact:
			c, err := s.Contact(ctx, workspace, subject.Number())
			return c.Asker(), c.Channel, err
		case visit.OfIntroduction:
			i, err := s.Introduction(ctx, workspace, subject.Number())
			return i.By, "", err
		case visit.OfFactory: // which has no planner, and findings in several channels
			err = s.read.QueryRowContext(ctx, `SELECT made_by FROM findings WHERE workspace = $1 AND of_kind = 'factory' AND of_number = $2 AND withdrawn_by = ''
				ORDER BY number DESC LIMIT 1`, workspace, subject.Number()).Scan(&owner)
			if err != nil {
				return "", "", fmt.Errorf("find the owner: %w", classify(notFound(err, string(kind), id)))
			}
			return owner, "", nil
		}
		return "", id, nil
	}
	err = s.read.QueryRowContext(ctx, `SELECT owner, channel FROM `+table+` WHERE workspace = $1 AND number = $2`,
		workspace, subject.Number()).Scan(&owner, &channel)
	if err != nil {
		return "", "", fmt.Errorf("find the owner: %w", classify(notFound(err, string(kind), id)))
	}
	return owner, channel, nil
}
