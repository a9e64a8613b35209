package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/visit"
)

const hostColumns = `workspace, visit, revision, host, items, made_by, made_at`

func hostFields(b *visit.HostBrief) []any {
	return []any{&b.Workspace, &b.Visit, &b.Revision, asJSON(&b.Host), list(&b.Items), &b.Made.By, instantField{&b.Made.At}}
}

func scanHost(row scanner) (b visit.HostBrief, err error) {
	err = row.Scan(hostFields(&b)...)
	return b, err
}

// PutHost keeps what the factory of a visit is told, as [visit.Visit.PutHost] decides: the next
// revision, with the checklist in the same transaction, or the latest one where nothing is
// another. made says which.
func (s *Store) PutHost(ctx context.Context, workspace string, number int, h visit.Host, by string, now time.Time) (b visit.HostBrief, made bool, err error) {
	err = s.change(ctx, "keep a brief for a host", func(t *txn) error {
		_, err := change(ctx, t, visits, workspace, number, &s.timing, now, func(v *visit.Visit) error {
			last, err := hostBriefs(ctx, t, workspace, number, 1)
			if err != nil {
				return err
			}
			var latest *visit.HostBrief
			if len(last) > 0 {
				latest = &last[0]
			}
			b, made, err = v.PutHost(h, latest, by, now)
			return err
		})
		if err != nil || !made {
			return err
		}
		return t.insert(ctx, `host_briefs (`+hostColumns+`)`, [][]any{stored(hostFields(&b))}, "")
	})
	return b, made, err
}

// HostBriefs lists what the factory of a visit was told, the latest first, at most so many.
func (s *Store) HostBriefs(ctx context.Context, workspace string, number, limit int) ([]visit.HostBrief, error) {
	bs, err := hostBriefs(ctx, s.read, workspace, number, limit)
	if err != nil {
		return nil, fmt.Errorf("list the briefs for a host: %w", classify(err))
	}
	return bs, nil
}

func hostBriefs(ctx context.Context, db reader, workspace string, number, limit int) ([]visit.HostBrief, error) {
	return all(ctx, db, scanHost, `SELECT `+hostColumns+` FROM host_briefs WHERE workspace = $1 AND visit = $2 ORDER BY revision DESC LIMIT $3`, workspace, number, limit)
}

// LastHostOf is the latest brief that somebody made, of whichever visit: what it says of their own
// company need not be typed again. It returns visit.ErrNotFound where they have made none.
func (s *Store) LastHostOf(ctx context.Context, workspace, person string) (visit.HostBrief, error) {
	b, err := scanHost(s.read.QueryRowContext(ctx, `SELECT `+hostColumns+` FROM host_briefs WHERE workspace = $1 AND made_by = $2 ORDER BY made_at DESC, visit DESC, revision DESC LIMIT 1`, workspace, person))
	if err = notFound(err, "a brief by", person); err != nil && !errors.Is(err, visit.ErrNotFound) {
		err = fmt.Errorf("find somebody's last brief for a host: %w", classify(err))
	}
	return b, err
}

// tellHosts has whoever made the host brief of a visit read that it is not any more as that says.
func (t *txn) tellHosts(ctx context.Context, before, a visit.Appointment, now time.Time) error {
	v, ok := a.(*visit.Visit)
	if !ok {
		return nil
	}
	was, is := visit.HostFactsOf(before.(*visit.Visit)), visit.HostFactsOf(v)
	if was.Same(&is) {
		return nil // as with most changes: nothing is looked up
	}
	made, err := hostBriefs(ctx, t, v.Workspace, v.Number, 1)
	if err != nil || len(made) == 0 {
		return err
	}
	waiting, err := t.waiting(ctx, a, visit.BriefBehind)
	if err != nil {
		return err
	}
	if o, ok := visit.HostBehind(before.(*visit.Visit), v, &made[0], waiting, now); ok {
		return t.insertOccurrences(ctx, []visit.Occurrence{o})
	}
	return nil
}
