package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// ChannelFacts are what was last known of a channel that something belongs to.
type ChannelFacts struct {
	Channel, Name string
	Private       bool
	Shared        bool // another company reads there, or has been invited
	Guests        bool // a guest who counts as another company is in it
	State         ChannelState
	Checked       time.Time // elapsed time
}

// ForAll reports whether people of other companies read in the channel.
func (f *ChannelFacts) ForAll() bool { return f.Shared || f.Guests }

// After is f where before was known: what cannot be seen of a channel that is closed to
// us is as it was.
func (f ChannelFacts) After(before ChannelFacts) ChannelFacts {
	if f.State != ChannelOpen {
		f.Guests = before.Guests
	}
	if f.Name == "" { // nothing was seen
		f.Name, f.Private, f.Shared = before.Name, before.Private, before.Shared
	}
	if f.State == ChannelGone && before.State == ChannelLeft {
		f.State = ChannelLeft // a private channel is hidden from those who left
	}
	return f
}

// Differs reports whether something other than the time is known otherwise.
func (f ChannelFacts) Differs(from ChannelFacts) bool {
	f.Checked = from.Checked
	return f != from
}

// A ChannelState says whether the app can post in a channel.
type ChannelState string

// The states of a channel.
const (
	ChannelOpen     ChannelState = ""
	ChannelArchived ChannelState = "archived"
	ChannelLeft     ChannelState = "left" // the app is not in it
	ChannelGone     ChannelState = "gone"
)

// withChannel are the tables whose rows stand in a channel.
var withChannel = [...]string{"visits", "inspections", "plans", "agreements", "contacts", "promises", "gifts", "market_notes"}

// ofChannels selects the channels of all that a workspace, $1, has. Of what there is much of, it goes
// along an index from one channel to the next: a workspace has few.
const ofChannels = `WITH RECURSIVE
	a(channel) AS (SELECT MIN(channel) FROM visits WHERE workspace = $1
		UNION ALL SELECT (SELECT MIN(x.channel) FROM visits x WHERE x.workspace = $1 AND x.channel > a.channel) FROM a WHERE a.channel IS NOT NULL),
	b(channel) AS (SELECT MIN(channel) FROM inspections WHERE workspace = $1
		UNION ALL SELECT (SELECT MIN(x.channel) FROM inspections x WHERE x.workspace = $1 AND x.channel > b.channel) FROM b WHERE b.channel IS NOT NULL),
	c(channel) AS (SELECT MIN(channel) FROM deliveries WHERE workspace = $1
		UNION ALL SELECT (SELECT MIN(x.channel) FROM deliveries x WHERE x.workspace = $1 AND x.channel > c.channel) FROM c WHERE c.channel IS NOT NULL)
	SELECT channel FROM a WHERE channel IS NOT NULL
	UNION SELECT channel FROM b WHERE channel IS NOT NULL
	UNION SELECT channel FROM c WHERE channel IS NOT NULL
	UNION SELECT channel FROM plans WHERE workspace = $1
	UNION SELECT channel FROM agreements WHERE workspace = $1
	UNION SELECT channel FROM contacts WHERE workspace = $1
	UNION SELECT channel FROM promises WHERE workspace = $1
	UNION SELECT channel FROM gifts WHERE workspace = $1
	UNION SELECT channel FROM market_notes WHERE workspace = $1
	UNION SELECT channel FROM findings WHERE workspace = $1 AND of_kind = 'factory'`

// Channels lists the channels that have something of ours.
func (s *Store) Channels(ctx context.Context, workspace string) ([]string, error) {
	cs, err := all(ctx, s.read, func(row scanner) (c string, err error) { return c, row.Scan(&c) }, ofChannels+` ORDER BY 1`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the channels with something in them: %w", classify(err))
	}
	return cs, nil
}

// WorkspacesOf lists the workspaces that know a channel as one that they share with another company,
// or with anyShared, that know it at all.
func (s *Store) WorkspacesOf(ctx context.Context, channel string, anyShared bool) ([]string, error) {
	ws, err := all(ctx, s.read, func(row scanner) (w string, err error) { return w, row.Scan(&w) },
		`SELECT workspace FROM channels WHERE channel = $1 AND (shared OR $2) ORDER BY 1`, channel, anyShared)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces that know a channel: %w", classify(err))
	}
	return ws, nil
}

// PlannedIn lists the channels in which a person has planned something.
func (s *Store) PlannedIn(ctx context.Context, workspace, owner string) ([]string, error) {
	cs, err := all(ctx, s.read, func(row scanner) (c string, err error) { return c, row.Scan(&c) },
		`SELECT channel FROM visits WHERE workspace = $1 AND owner = $2
		UNION SELECT channel FROM inspections WHERE workspace = $1 AND owner = $2
		UNION SELECT channel FROM plans WHERE workspace = $1 AND owner = $2
		UNION SELECT channel FROM agreements WHERE workspace = $1 AND owner = $2
		UNION SELECT channel FROM market_notes WHERE workspace = $1 AND (owner = $2 OR made_by = $2)`, workspace, owner)
	if err != nil {
		return nil, fmt.Errorf("list the channels in which somebody planned something: %w", classify(err))
	}
	return cs, nil
}

// Cards lists the visits and inspections that have a card in a channel, the newest of
// each first. What is over is among them: its card says what it was for and what was
// found.
func (s *Store) Cards(ctx context.Context, workspace, channel string) ([]visit.Subject, error) {
	ss, err := all(ctx, s.read, func(row scanner) (visit.Subject, error) {
		var kind string
		var number int
		err := row.Scan(&kind, &number)
		return visit.SubjectOf(visit.SubjectKind(kind), number), err
	}, `SELECT '`+string(visit.OfVisit)+`', number FROM visits WHERE workspace = $1 AND channel = $2 AND card <> ''
		UNION ALL SELECT '`+string(visit.OfInspection)+`', number FROM inspections WHERE workspace = $1 AND channel = $2 AND card <> ''
		ORDER BY 2 DESC`, workspace, channel)
	if err != nil {
		return nil, fmt.Errorf("list the cards of a channel: %w", classify(err))
	}
	return ss, nil
}

const channelColumns = `channel, name, private, shared, guests, state, checked_at`

func channelFields(f *ChannelFacts) []any {
	return []any{&f.Channel, &f.Name, &f.Private, &f.Shared, &f.Guests, &f.State, instantField{&f.Checked}}
}

// ChannelFacts returns what was last known of a channel.
func (s *Store) ChannelFacts(ctx context.Context, workspace, channel string) (f ChannelFacts, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT `+channelColumns+` FROM channels WHERE workspace = $1 AND channel = $2`,
		workspace, channel).Scan(channelFields(&f)...)
	if err != nil {
		return f, fmt.Errorf("read what is known of a channel: %w", classify(notFound(err, "channel", channel)))
	}
	return f, nil
}

// NoteChannel records what is now known of a channel, on what stands in it too, and
// returns what was known before: that of the rows themselves where nothing was. What it
// records is now.After(before). Of
// those who note the same change at once one is told that it is one. A channel with
// nothing of ours is not recorded. Whom the change concerns is told, see
// [visit.News]; at is calendar time.
func (s *Store) NoteChannel(ctx context.Context, workspace string, now ChannelFacts, at time.Time) (before ChannelFacts, changed bool, err error) {
	err = s.change(ctx, "note what a channel is", func(t *txn) error {
		const unknown = "unknown" // in the row of this transaction only
		err := t.QueryRowContext(ctx, `INSERT INTO channels (workspace, `+channelColumns+`) VALUES ($1, $2, '', FALSE, FALSE, FALSE, $3, $4)
			ON CONFLICT (workspace, channel) DO UPDATE SET checked_at = channels.checked_at RETURNING `+channelColumns,
			workspace, now.Channel, unknown, millis(now.Checked)).Scan(channelFields(&before)...)
		if err != nil {
			return err
		}
		if before.State == unknown {
			if before, err = t.factsOfRows(ctx, workspace, now); err != nil {
				return err
			}
			if before.Channel == "" { // nothing stands there
				_, err := t.ExecContext(ctx, `DELETE FROM channels WHERE workspace = $1 AND channel = $2`, workspace, now.Channel)
				return err
			}
		}
		now = now.After(before)
		changed = now.Differs(before)
		if _, err := t.ExecContext(ctx, `UPDATE channels SET name = $3, private = $4, shared = $5, guests = $6, state = $7, checked_at = $8
			WHERE workspace = $1 AND channel = $2`, workspace, now.Channel, now.Name, now.Private, now.Shared, now.Guests, string(now.State), millis(now.Checked)); err != nil {
			return err
		}
		if err := t.tellOfChannel(ctx, workspace, before, now, at); err != nil {
			return err
		}
		for _, table := range withChannel {
			if _, err := t.ExecContext(ctx, `UPDATE `+table+` SET private = $3, shared = $4, rev = rev + 1
				WHERE workspace = $1 AND channel = $2 AND (private <> $3 OR shared <> $4)`, workspace, now.Channel, now.Private, now.ForAll()); err != nil {
				return err
			}
		}
		return nil
	})
	return before, changed, err
}

// factsOfRows are the facts of a channel by what stands in it; none where nothing
// does. What a row does not say is as it is now.
func (t *txn) factsOfRows(ctx context.Context, workspace string, now ChannelFacts) (before ChannelFacts, err error) {
	for _, table := range withChannel {
		var private, shared bool
		// What another company can read already was agreed to; the least open row counts.
		err := t.QueryRowContext(ctx, `SELECT private, shared FROM `+table+` WHERE workspace = $1 AND channel = $2 ORDER BY shared, private DESC LIMIT 1`,
			workspace, now.Channel).Scan(&private, &shared)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return before, err
		}
		if before.Channel == "" {
			before = now
			before.State = ChannelOpen
		} else {
			private, shared = private || before.Private, shared && before.ForAll()
		}
		before.Private, before.Shared, before.Guests = private, shared && now.Shared, shared && !now.Shared
	}
	if before.Channel == "" { // a finding of a factory alone says nothing of what its channel is
		n, err := t.count(ctx, `SELECT COUNT(*) FROM findings WHERE workspace = $1 AND channel = $2 AND of_kind = 'factory'`, workspace, now.Channel)
		if err != nil {
			return before, err
		}
		if n > 0 {
			before = now
			before.State = ChannelOpen
		}
	}
	return before, nil
}

// MoveChannel moves everything of a channel whose id has changed, what waits to be
// sent there too. What may have been sent already keeps its key, by which it is looked
// for. Doing it twice is doing it once.
func (s *Store) MoveChannel(ctx context.Context, workspace, from, to string) error {
	const twin = `SELECT o.number FROM series x JOIN series o ON o.workspace = x.workspace AND o.channel = $3 AND o.factory = x.factory AND o.folded = x.folded
		WHERE x.workspace = inspections.workspace AND x.number = inspections.series AND x.channel = $2`
	return s.change(ctx, "move a channel", func(t *txn) error {
		t.wake = true
		for _, q := range []string{
			`UPDATE visits SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE inspections SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE plans SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE agreements SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE contacts SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE promises SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE gifts SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE market_notes SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE findings SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE deliveries SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2`,
			`UPDATE factory_marks SET channel = $3 WHERE workspace = $1 AND channel = $2`,
			`INSERT INTO score_channels (workspace, factory, quarter, version, channel) SELECT workspace, factory, quarter, version, $3 FROM score_channels
				WHERE workspace = $1 AND channel = $2 ON CONFLICT DO NOTHING`,
			`UPDATE reports SET channel = $3 WHERE workspace = $1 AND channel = $2`,
			`UPDATE shown SET channel = $3 WHERE workspace = $1 AND channel = $2`,
			// The lots of a product that is there already are of that one.
			`UPDATE inspections SET series = (` + twin + `) WHERE workspace = $1 AND channel = $3 AND series > 0 AND EXISTS (` + twin + `)`,
			`UPDATE series SET channel = $3, rev = rev + 1 WHERE workspace = $1 AND channel = $2 AND NOT EXISTS (SELECT 1 FROM series o
				WHERE o.workspace = $1 AND o.channel = $3 AND o.factory = series.factory AND o.folded = series.folded)`,
			`INSERT INTO severity_words (workspace, channel, yanzhong, set_by, set_at) SELECT workspace, $3, yanzhong, set_by, set_at FROM severity_words
				WHERE workspace = $1 AND channel = $2 ON CONFLICT DO NOTHING`,
			// A key that is there already is the same message to the new id.
			`UPDATE occurrences SET key = replace(key, $2, $3) WHERE workspace = $1 AND recipient = $2 AND state = 'pending' AND posted_at = 0
				AND NOT EXISTS (SELECT 1 FROM occurrences n WHERE n.workspace = $1 AND n.key = replace(occurrences.key, $2, $3))`,
			`UPDATE occurrences SET state = 'cancelled' WHERE workspace = $1 AND recipient = $2 AND state = 'pending' AND posted_at = 0
				AND EXISTS (SELECT 1 FROM occurrences n WHERE n.workspace = $1 AND n.key <> occurrences.key AND n.key = replace(occurrences.key, $2, $3))`,
			`UPDATE occurrences SET recipient = $3 WHERE workspace = $1 AND recipient = $2 AND state IN ('pending', 'sending', 'uncertain')`,
			`UPDATE occurrences SET subject = 'channel/' || $3 WHERE workspace = $1 AND subject = 'channel/' || $2 AND state IN ('pending', 'sending', 'uncertain')`,
			`DELETE FROM schedules WHERE workspace = $1 AND subject = 'channel/' || $3 AND EXISTS
				(SELECT 1 FROM schedules o WHERE o.workspace = $1 AND o.kind = schedules.kind AND o.subject = 'channel/' || $2)`,
			`UPDATE schedules SET subject = 'channel/' || $3, rev = rev + 1 WHERE workspace = $1 AND subject = 'channel/' || $2`,
			`INSERT INTO tips_seen (workspace, place, advice, seen_at) SELECT workspace, $3, advice, seen_at FROM tips_seen
				WHERE workspace = $1 AND place = $2 ON CONFLICT DO NOTHING`,
			`UPDATE drafts SET body = replace(body, '"' || $2 || '"', '"' || $3 || '"') WHERE workspace = $1`,
			`INSERT INTO channels (workspace, channel, name, private, shared, guests, state, checked_at)
				SELECT workspace, $3, name, private, shared, guests, state, 0 FROM channels WHERE workspace = $1 AND channel = $2 ON CONFLICT DO NOTHING`,
		} {
			if _, err := t.ExecContext(ctx, q, workspace, from, to); err != nil {
				return err
			}
		}
		for _, q := range []string{
			`DELETE FROM tips_seen WHERE workspace = $1 AND place = $2`,
			`DELETE FROM severity_words WHERE workspace = $1 AND channel = $2`,
			`DELETE FROM score_channels WHERE workspace = $1 AND channel = $2`,
			`DELETE FROM channels WHERE workspace = $1 AND channel = $2`,
			`DELETE FROM channel_gate WHERE workspace = $1 AND channel = $2`,
		} {
			if _, err := t.ExecContext(ctx, q, workspace, from); err != nil {
				return err
			}
		}
		return nil
	})
}

// openIn are the channels of the workspace $2 that have something open, or to be sent, on the day $1.
// shared is what that was planned for; NULL where it does not say.
const openIn = `SELECT channel, shared FROM visits WHERE workspace = $2 AND cancelled_by = '' AND last_day >= $1
	UNION SELECT channel, shared FROM inspections WHERE workspace = $2 AND result IN ('', 'pending')
	UNION SELECT channel, shared FROM plans WHERE workspace = $2 AND ended_by = ''
	UNION SELECT channel, shared FROM agreements WHERE workspace = $2 AND state IN ('draft', 'signed', 'renewed')
	UNION SELECT channel, shared FROM contacts WHERE workspace = $2 AND state = ''
	UNION SELECT channel, shared FROM promises WHERE workspace = $2 AND kept_by = '' AND dropped_by = ''
	UNION SELECT channel, shared FROM market_notes WHERE workspace = $2 AND idea = 'open'
	UNION SELECT recipient, NULL FROM occurrences WHERE workspace = $2 AND state = 'pending' AND kind IN ('remind', 'catch-up', 'overdue', 'action', 'action-overdue')
		AND recipient NOT LIKE 'U%' AND recipient NOT LIKE 'W%'`

// HasOpen reports whether a workspace has anything open, or a message to be sent to anybody. A visit
// that ended before since is not open.
func (s *Store) HasOpen(ctx context.Context, workspace string, since civil.Date) (has bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (`+openIn+`) OR EXISTS (SELECT 1 FROM occurrences WHERE workspace = $2 AND state = 'pending')`, since.String(), workspace).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look whether a workspace has anything open: %w", classify(err))
	}
	return has, nil
}

// ChannelsToCheck lists the channels of a workspace that have something open or to be sent
// and were not looked at since a time, those that waited longest first. A visit
// that ended before since is not open. now bounds what a clock that was ahead has noted.
func (s *Store) ChannelsToCheck(ctx context.Context, workspace string, since civil.Date, before, now time.Time, limit int) ([]string, error) {
	cs, err := all(ctx, s.read, func(row scanner) (c string, err error) { return c, row.Scan(&c) },
		`SELECT o.channel FROM (`+openIn+`) o LEFT JOIN channels c ON c.workspace = $2 AND c.channel = o.channel
		WHERE c.channel IS NULL OR c.checked_at < $3 OR c.checked_at > $4 OR c.state = '' AND o.shared <> (c.shared OR c.guests)
		GROUP BY o.channel ORDER BY MIN(COALESCE(c.checked_at, 0)), o.channel LIMIT $5`, since.String(), workspace, millis(before), millis(now), limit)
	if err != nil {
		return nil, fmt.Errorf("list the channels to look at: %w", classify(err))
	}
	return cs, nil
}
