package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/visit"
)

// The cards of visits and inspections go through the outbox: an occurrence of the kind
// visit.Card is recorded with what it shows, and Settle keeps its timestamp in the
// transaction that settles it as sent. So a card is neither lost nor doubled. From then on
// card_rev says which revision it shows: one that is behind is to be redrawn.

// awaitsCard is the condition that an occurrence waits for the card of its subject.
func awaitsCard(o string) string {
	return `(` + o + `.kind <> 'card' AND EXISTS (SELECT 1 FROM occurrences c WHERE c.workspace = ` + o + `.workspace AND c.subject = ` + o + `.subject
		AND c.state IN ('pending', 'sending', 'uncertain') AND c.kind = 'card' AND c.recipient = ` + o + `.recipient))`
}

// cardTable is where what has a card is kept.
func cardTable(s visit.Subject) (table string, err error) {
	switch kind, _ := s.Cut(); kind {
	case visit.OfVisit:
		return visits.table, nil
	case visit.OfInspection:
		return inspections.table, nil
	}
	return "", fmt.Errorf("the card of %s: %w", s, visit.ErrNotFound)
}

// addCard records that w is to get a card. The caller holds its row. In a gap it may have
// got one; the zero Gap is none.
func (t *txn) addCard(ctx context.Context, w *visit.Work, s visit.Subject, g Gap, now time.Time) error {
	n, err := t.count(ctx, `SELECT COUNT(*) FROM occurrences WHERE workspace = $1 AND subject = $2 AND kind = 'card'`, w.Workspace, string(s))
	if err != nil {
		return err
	}
	origin, err := t.origin(ctx, w.Workspace, s)
	if err != nil {
		return err
	}
	card := visit.CardOf(w, s, origin, n+1, now)
	if g != (Gap{}) {
		card = g.uncertain(card)
	}
	return t.insertOccurrences(ctx, []visit.Occurrence{card})
}

// origin is what names a visit or an inspection in the keys of its messages.
func (t *txn) origin(ctx context.Context, workspace string, s visit.Subject) (visit.Subject, error) {
	if kind, _ := s.Cut(); kind != visit.OfInspection {
		return s, nil
	}
	i := visit.Inspection{Work: visit.Work{Number: s.Number()}}
	err := t.QueryRowContext(ctx, `SELECT plan, planned_day FROM inspections WHERE workspace = $1 AND number = $2`, workspace, i.Number).Scan(&i.Plan, &i.Planned)
	return i.Origin(), notFound(err, string(visit.OfInspection), i.Number)
}

// moveCard takes the card away from what has moved to another channel, and records that
// it is to get one there, if it had one.
func (t *txn) moveCard(ctx context.Context, s visit.Subject, w, old *visit.Work, now time.Time) error {
	if w.Channel == old.Channel {
		return nil
	}
	if err := t.leave(ctx, w.Workspace, s, old.Channel, old.Card); err != nil {
		return err
	}
	coming, err := t.count(ctx, `SELECT COUNT(*) FROM occurrences WHERE workspace = $1 AND subject = $2 AND kind = 'card'
		AND state IN ('pending', 'sending', 'uncertain', 'dead')`, w.Workspace, string(s))
	if err != nil || old.Card == "" && coming == 0 {
		return err
	}
	w.Card = ""
	if _, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled' WHERE workspace = $1 AND subject = $2 AND kind = 'card' AND state = 'pending'`,
		w.Workspace, string(s)); err != nil {
		return err
	}
	return t.addCard(ctx, w, s, Gap{}, now)
}

// keepCard keeps the timestamp of a card that was sent, and the revision that it shows.
// What has moved to another channel meanwhile has another card.
func (t *txn) keepCard(ctx context.Context, o visit.Occurrence) error {
	table, err := cardTable(o.Subject)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE `+table+` SET card = $4, card_rev = $5 WHERE workspace = $1 AND number = $2 AND channel = $3 AND card = ''`,
		o.Workspace, o.Subject.Number(), o.To, o.TS, o.Shows)
	return err
}

// NeedCard records that a visit or an inspection is to get a card, because it has none,
// or because the one with the timestamp lost is gone or cannot be changed; where one is on
// its way already, it is that one. It reports whether one is coming: not where somebody
// else has kept another meanwhile, nor where it was refused for good. That is not asked for
// anew unless again is set.
func (s *Store) NeedCard(ctx context.Context, workspace string, subject visit.Subject, lost string, again bool, now time.Time) (coming bool, err error) {
	table, err := cardTable(subject)
	if err != nil {
		return false, err
	}
	err = s.change(ctx, "ask for a card", func(t *txn) error {
		coming = false
		w := visit.Work{Workspace: workspace, Number: subject.Number()}
		// Writing first locks the row, and what is no longer so ends it here.
		err := t.QueryRowContext(ctx, `UPDATE `+table+` SET card = '', card_rev = 0 WHERE workspace = $1 AND number = $2 AND card = $3
			RETURNING schedule, channel, home, created_at`, workspace, w.Number, lost).Scan(&w.Schedule, &w.Channel, &w.ChannelZone, instantField{&w.Created})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		states, err := all(ctx, t, func(row scanner) (st visit.State, err error) { return st, row.Scan(&st) },
			`SELECT state FROM occurrences WHERE workspace = $1 AND subject = $2 AND kind = 'card' AND recipient = $3`, workspace, string(subject), w.Channel)
		if err != nil {
			return err
		}
		has := func(s visit.State) bool { return slices.Contains(states, s) }
		if coming = has(visit.Pending) || has(visit.Sending) || has(visit.Uncertain); coming || has(visit.Dead) && !again {
			return nil
		}
		coming = true
		g, err := gapOf(ctx, t)
		if err != nil {
			return err
		}
		if !g.Has(w.Created) || !g.echoes(now) {
			g = Gap{}
		}
		return t.addCard(ctx, &w, subject, g, now)
	})
	return coming, err
}

// CardDrawn notes that the card with the timestamp card shows the revision rev. It
// reports false where a later one was drawn meanwhile, perhaps before this one: then it
// is to be drawn again.
func (s *Store) CardDrawn(ctx context.Context, workspace string, subject visit.Subject, card string, rev int) (last bool, err error) {
	table, err := cardTable(subject)
	if err != nil {
		return false, err
	}
	err = s.change(ctx, "note what a card shows", func(t *txn) error {
		var shown int
		err := t.QueryRowContext(ctx, `UPDATE `+table+` SET card_rev = CASE WHEN card_rev < $4 THEN $4 ELSE card_rev END
			WHERE workspace = $1 AND number = $2 AND card = $3 RETURNING card_rev`, workspace, subject.Number(), card, rev).Scan(&shown)
		if errors.Is(err, sql.ErrNoRows) {
			last = true // it is no longer the card
			return nil
		}
		last = shown <= rev
		return err
	})
	return last, err
}

// A StaleCard is a card that shows less than its visit or inspection says.
type StaleCard struct {
	Workspace string
	Subject   visit.Subject
	Rev       int // that it should show
}

// servedIn leaves out rows of a table whose workspace has the app no more, of its own or by its
// organisation: nothing can be shown or taken down there until it adds it again. One that never had it
// that way has the token of the environment.
func servedIn(table string) string {
	return `(NOT EXISTS (SELECT 1 FROM installations e WHERE e.workspace = ` + table + `.workspace AND e.ended_at > 0) OR NOT ` + fmt.Sprintf(servesNone, table) + `)`
}

// StaleCards lists cards that are behind, at most so many of each kind in a workspace, the newest, so
// that no workspace keeps another's from being drawn. One in a channel that is archived, gone or left cannot be redrawn and is not among them.
func (s *Store) StaleCards(ctx context.Context, limit int) (cs []StaleCard, err error) {
	behind := func(table string, kind visit.SubjectKind) string {
		return `SELECT workspace, subject, rev FROM (
			SELECT v.workspace, '` + string(kind) + `/' || CAST(v.number AS TEXT) AS subject, v.rev, ROW_NUMBER() OVER (PARTITION BY v.workspace ORDER BY v.number DESC) AS nth FROM ` + table + ` v
			WHERE v.card <> '' AND v.card_rev < v.rev AND ` + servedIn("v") + `
			AND NOT EXISTS (SELECT 1 FROM channels h WHERE h.workspace = v.workspace AND h.channel = v.channel AND h.state <> '')) b WHERE nth <= $1`
	}
	cs, err = all(ctx, s.read, func(row scanner) (c StaleCard, err error) {
		return c, row.Scan(&c.Workspace, &c.Subject, &c.Rev)
	}, behind(visits.table, visit.OfVisit)+` UNION ALL `+behind(inspections.table, visit.OfInspection), limit)
	if err != nil {
		return nil, fmt.Errorf("list the cards that are behind: %w", classify(err))
	}
	return cs, nil
}
