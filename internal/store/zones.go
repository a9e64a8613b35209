package store

import (
	"context"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// NoteZone keeps the zone that Slack gave of a person at an instant of elapsed time; ""
// says that it gave none. A zone that the person has fixed stays. What comes to the
// person by schedule follows the zone.
func (s *Store) NoteZone(ctx context.Context, workspace, person, zone string, now, elapsed time.Time) error {
	return s.change(ctx, "keep a person's zone", func(t *txn) error {
		var kept string
		err := t.QueryRowContext(ctx, `INSERT INTO people (workspace, person, zone, fixed, quiet, zone_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (workspace, person) DO UPDATE SET zone_at = excluded.zone_at,
				zone = CASE WHEN people.fixed OR excluded.zone = '' THEN people.zone ELSE excluded.zone END
			RETURNING zone`, workspace, person, zone, false, DefaultQuiet, millis(elapsed)).Scan(&kept)
		if err != nil || kept == "" {
			return err
		}
		return t.followZone(ctx, workspace, person, kept, &s.timing, now)
	})
}

// followZone has the digest, the tips and the overviews of a person come by the clock of a zone: those to
// come, and those that wait to be sent, which may have to wait for another morning.
func (t *txn) followZone(ctx context.Context, workspace, person, zone string, timing *visit.Timing, now time.Time) error {
	subject := visit.SubjectOf(visit.OfPerson, person)
	const theirs = `workspace = $1 AND subject = $2 AND kind IN ('digest', 'tip', 'overview') AND zone <> $3`
	// Written first, so that no planner fires them meanwhile.
	scs, err := all(ctx, t, scanSchedule, `UPDATE schedules SET rev = rev + 1 WHERE `+theirs+` RETURNING `+scheduleColumns,
		workspace, string(subject), zone)
	if err != nil {
		return err
	}
	for _, sc := range scs {
		sc = sc.InZone(zone, now)
		if _, err := t.ExecContext(ctx, `UPDATE schedules SET zone = $4, next_at = $5 WHERE workspace = $1 AND kind = $2 AND subject = $3`,
			workspace, string(sc.Kind), string(subject), sc.Zone, millis(sc.Next)); err != nil {
			return err
		}
		t.wake = true
	}
	z, err := visit.Zone(zone)
	if err != nil {
		return err
	}
	morning := civil.Of(timing.Quiet.Over(now, z).In(z))
	_, err = t.ExecContext(ctx, `UPDATE occurrences SET zone = $3, expires_at = CASE WHEN expires_at < $4 THEN $4 ELSE expires_at END
		WHERE `+theirs+` AND state = 'pending'`, workspace, string(subject), zone, millis(morning.AddDays(1).Start(z)))
	return err
}

// ZonesToAsk lists people of a workspace of whose zone Slack was last asked before an
// instant of elapsed time, or never, those longest ago first: whoever was asked about
// once, planned something that is not over, inspects, owns an open item or has
// subscribed to tips or to overviews. Who has fixed a zone is not among them.
func (s *Store) ZonesToAsk(ctx context.Context, workspace string, before time.Time, limit int) ([]string, error) {
	ids, err := all(ctx, s.read, func(row scanner) (id string, err error) {
		var asked int64
		return id, row.Scan(&id, &asked)
	}, `SELECT w.person, COALESCE(p.zone_at, 0) FROM (
			SELECT person FROM people WHERE workspace = $1
			UNION SELECT owner FROM items WHERE workspace = $1 AND owner <> '' AND done_by = ''
			UNION SELECT substr(subject, 8) FROM schedules WHERE workspace = $1 AND kind IN ('tip', 'overview') AND subject LIKE 'person/%'
			UNION SELECT owner FROM visits WHERE workspace = $1 AND cancelled_by = ''
			UNION SELECT owner FROM inspections WHERE workspace = $1 AND result IN ('', 'pending')
			UNION SELECT inspector FROM inspections WHERE workspace = $1 AND result IN ('', 'pending')
			UNION SELECT owner FROM plans WHERE workspace = $1 AND ended_by = ''
			UNION SELECT owner FROM agreements WHERE workspace = $1 AND state IN ('signed', 'renewed')
		) w LEFT JOIN people p ON p.workspace = $1 AND p.person = w.person
		WHERE w.person <> '' AND (p.person IS NULL OR NOT p.fixed) AND COALESCE(p.zone_at, 0) < $2
		ORDER BY 2, 1 LIMIT $3`, workspace, millis(before), limit)
	if err != nil {
		return nil, fmt.Errorf("list whose zone is to be asked: %w", classify(err))
	}
	return ids, nil
}
