package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

const contactColumns = `workspace, number, rev, schedule, channel, private, shared, zone, home, made_by, created_at, factory, tier, name, chinese, said, title, firm, roles,
	city, phone, wechat, email, speaks, met, visit, known_by, paid_by, trust, consent, used_day, state, cleared_by, cleared_at`

func contactFields(c *visit.Contact) []any {
	return []any{&c.Workspace, &c.Number, &c.Rev, &c.Schedule, &c.Channel, &c.Private, &c.Shared, &c.Zone, &c.ChannelZone, &c.By, instantField{&c.Created},
		&c.Factory, &c.Tier, &c.Name, &c.Chinese, &c.Said, &c.Title, &c.Firm, list(&c.Roles), &c.City, &c.Phone, &c.WeChat, &c.Email, &c.Speaks, &c.Met, &c.Visit,
		list(&c.KnownBy), &c.PaidBy, &c.Trust, (*string)(&c.Consent), &c.Used, (*string)(&c.State), &c.Cleared.By, instantField{&c.Cleared.At}}
}

func scanContact(row scanner) (c visit.Contact, err error) {
	err = row.Scan(contactFields(&c)...)
	return c, err
}

func getContact(ctx context.Context, db reader, workspace string, number int) (visit.Contact, error) {
	c, err := scanContact(db.QueryRowContext(ctx, `SELECT `+contactColumns+` FROM contacts WHERE workspace = $1 AND number = $2`, workspace, number))
	return c, notFound(err, string(visit.OfContact), number)
}

// put writes a row anew, whose key it has already or not.
func (t *txn) put(ctx context.Context, table, columns, workspace string, number int, fields []any) error {
	if _, err := t.ExecContext(ctx, `DELETE FROM `+table+` WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
		return err
	}
	return t.insert(ctx, table+` (`+columns+`)`, [][]any{stored(fields)}, "")
}

// AddContact records a contact with its reminders.
func (s *Store) AddContact(ctx context.Context, c visit.Contact, now time.Time) (added visit.Contact, err error) {
	err = s.change(ctx, "record a contact", func(t *txn) error {
		added = c.Clone()
		return t.addContact(ctx, &added, &s.timing, now)
	})
	return added, err
}

func (t *txn) addContact(ctx context.Context, c *visit.Contact, timing *visit.Timing, now time.Time) (err error) {
	if c.Workspace == "" || c.By == "" {
		return errors.New("who recorded it is missing")
	}
	if c.Number, err = t.next(ctx, c.Workspace, string(visit.OfContact)); err != nil {
		return err
	}
	g, err := gapOf(ctx, t)
	if err != nil {
		return err
	}
	c.Rev, c.Schedule, c.Created = 1, max(1, g.revision()), now
	c.Normalize()
	if err := c.Check(true); err != nil {
		return err
	}
	if err := t.insert(ctx, `contacts (`+contactColumns+`)`, [][]any{stored(contactFields(c))}, ""); err != nil {
		return err
	}
	return t.insertOccurrences(ctx, c.Reminders(timing, now))
}

// Contact returns a contact as it was when it was changed last: see [visit.Contact.RollOver].
func (s *Store) Contact(ctx context.Context, workspace string, number int) (visit.Contact, error) {
	c, err := getContact(ctx, s.read, workspace, number)
	if err != nil {
		return c, fmt.Errorf("read a contact: %w", classify(err))
	}
	return c, nil
}

// Contacts lists the contacts of a workspace by their numbers, each as it is at now: those that are kept, or with
// cleared all.
func (s *Store) Contacts(ctx context.Context, workspace string, cleared bool, now time.Time) ([]visit.Contact, error) {
	cs, err := all(ctx, s.read, scanContact, `SELECT `+contactColumns+` FROM contacts WHERE workspace = $1 ORDER BY number`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the contacts: %w", classify(err))
	}
	kept := cs[:0]
	for _, c := range cs {
		c.RollOver(c.Today(now))
		if cleared || c.State == visit.ContactKept {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

// ChangeContact changes one contact: f is called on it, as it is at now, while nobody else changes
// it. Its reminders are made anew in the same transaction where what they depend on has changed.
func (s *Store) ChangeContact(ctx context.Context, workspace string, number int, now time.Time, f func(*visit.Contact) error) (c visit.Contact, err error) {
	err = s.change(ctx, "change a contact", func(t *txn) (err error) {
		c, err = t.changeContact(ctx, workspace, number, &s.timing, now, f)
		return err
	})
	return c, err
}

func (t *txn) changeContact(ctx context.Context, workspace string, number int, timing *visit.Timing, now time.Time, f func(*visit.Contact) error) (visit.Contact, error) {
	if _, err := t.ExecContext(ctx, `UPDATE contacts SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
		return visit.Contact{}, err
	}
	before, err := getContact(ctx, t, workspace, number)
	if err != nil {
		return before, err
	}
	c := before.Clone()
	c.RollOver(c.Today(now))
	if err := f(&c); err != nil {
		return c, err
	}
	c.Workspace, c.Number, c.Rev, c.By, c.Created = before.Workspace, before.Number, before.Rev, before.By, before.Created
	c.Normalize()
	if err := c.Check(true); err != nil {
		return c, err
	}
	if c.Consent == visit.ConsentNo && before.Consent != visit.ConsentNo { // they took back that somebody gets the name
		if _, err := t.ExecContext(ctx, `UPDATE introductions SET theirs_by = '', theirs_at = 0, state = CASE WHEN state = 'agreed' THEN 'asked' ELSE state END,
			rev = rev + 1 WHERE workspace = $1 AND contact = $2 AND ended_by = ''`, workspace, number); err != nil {
			return c, err
		}
	}
	ended := c.State == visit.ContactUnused && before.State == visit.ContactKept // with time
	if ended {
		if err := t.formerContact(ctx, &before); err != nil {
			return c, err
		}
	}
	replan := !c.SameReminders(&before)
	if replan {
		g, err := gapOf(ctx, t)
		if err != nil {
			return c, err
		}
		c.Schedule = max(c.Schedule+1, g.revision())
	}
	if err := t.put(ctx, "contacts", contactColumns, workspace, number, contactFields(&c)); err != nil {
		return c, err
	}
	if ended {
		if err := t.noteNamed(ctx, &before); err != nil {
			return c, err
		}
	}
	if !replan {
		return c, nil
	}
	if err := t.cancelAbout(ctx, workspace, c.Subject(), c.Schedule, c.State == visit.ContactUnused); err != nil {
		return c, err
	}
	return c, t.insertOccurrences(ctx, c.Reminders(timing, now))
}

// cancelAbout cancels what waits to be said about a subject; keepLast keeps that a contact has ended.
func (t *txn) cancelAbout(ctx context.Context, workspace string, s visit.Subject, schedule int, keepLast bool) error {
	_, err := t.ExecContext(ctx, `UPDATE occurrences SET state = 'cancelled', schedule = $3 WHERE workspace = $1 AND subject = $2 AND state = 'pending'
		AND NOT ($4 = 1 AND kind = 'contact' AND milestone = $5)`, workspace, string(s), schedule, btoi(keepLast), int(visit.EndsAfter))
	return err
}

const introColumns = `workspace, number, rev, schedule, contact, introduced, made_by, zone, created_at, who, why, next_step, state, theirs_by, theirs_at, ours_by, ours_at,
	done_by, done_at, ended_by, ended_at`

func introFields(i *visit.Introduction) []any {
	return []any{&i.Workspace, &i.Number, &i.Rev, &i.Schedule, &i.Contact, &i.For, &i.By, &i.Zone, instantField{&i.Created}, asJSON(&i.Who), asJSON(&i.Why), (*string)(&i.Next),
		(*string)(&i.State), &i.Theirs.By, instantField{&i.Theirs.At}, &i.Ours.By, instantField{&i.Ours.At}, &i.Made.By, instantField{&i.Made.At}, &i.Ended.By, instantField{&i.Ended.At}}
}

func scanIntro(row scanner) (i visit.Introduction, err error) {
	err = row.Scan(introFields(&i)...)
	return i, err
}

func getIntro(ctx context.Context, db reader, workspace string, number int) (visit.Introduction, error) {
	i, err := scanIntro(db.QueryRowContext(ctx, `SELECT `+introColumns+` FROM introductions WHERE workspace = $1 AND number = $2`, workspace, number))
	return i, notFound(err, string(visit.OfIntroduction), number)
}

// AddIntroduction records that somebody asks for one, and has whoever introduces told.
func (s *Store) AddIntroduction(ctx context.Context, i visit.Introduction, now time.Time) (visit.Introduction, error) {
	err := s.change(ctx, "record an introduction", func(t *txn) (err error) {
		if i.Number, err = t.next(ctx, i.Workspace, string(visit.OfIntroduction)); err != nil {
			return err
		}
		g, err := gapOf(ctx, t)
		if err != nil {
			return err
		}
		i.Rev, i.Schedule, i.Created = 1, max(1, g.revision()), now
		i.Normalize()
		if err := i.Check(); err != nil {
			return err
		}
		if err := t.insert(ctx, `introductions (`+introColumns+`)`, [][]any{stored(introFields(&i))}, ""); err != nil {
			return err
		}
		return t.insertOccurrences(ctx, i.Reminders(&s.timing, now))
	})
	return i, err
}

// Introduction returns one.
func (s *Store) Introduction(ctx context.Context, workspace string, number int) (visit.Introduction, error) {
	i, err := getIntro(ctx, s.read, workspace, number)
	if err != nil {
		return i, fmt.Errorf("read an introduction: %w", classify(err))
	}
	return i, nil
}

// Introductions lists those to a contact, or with 0 all, the latest first.
func (s *Store) Introductions(ctx context.Context, workspace string, contact int) ([]visit.Introduction, error) {
	is, err := all(ctx, s.read, scanIntro, `SELECT `+introColumns+` FROM introductions WHERE workspace = $1 AND ($2 = 0 OR contact = $2) ORDER BY number DESC`, workspace, contact)
	if err != nil {
		return nil, fmt.Errorf("list the introductions: %w", classify(err))
	}
	return is, nil
}

// ChangeIntroduction changes one. Once it is made, its contact was used.
func (s *Store) ChangeIntroduction(ctx context.Context, workspace string, number int, now time.Time, f func(*visit.Introduction) error) (i visit.Introduction, err error) {
	err = s.change(ctx, "change an introduction", func(t *txn) error {
		if _, err := t.ExecContext(ctx, `UPDATE introductions SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number); err != nil {
			return err
		}
		before, err := getIntro(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		i = before
		if err := f(&i); err != nil {
			return err
		}
		i.Normalize()
		if err := i.Check(); err != nil {
			return err
		}
		replan := i.Made != before.Made || i.Over() != before.Over()
		if replan {
			i.Schedule++
		}
		if err := t.put(ctx, "introductions", introColumns, workspace, number, introFields(&i)); err != nil || !replan {
			return err
		}
		if err := t.cancelAbout(ctx, workspace, i.Subject(), i.Schedule, false); err != nil {
			return err
		}
		if err := t.insertOccurrences(ctx, i.Reminders(&s.timing, now)); err != nil || !i.Made.IsSet() || before.Made.IsSet() {
			return err
		}
		_, err = t.changeContact(ctx, workspace, i.Contact, &s.timing, now, func(c *visit.Contact) error { c.Use(civil.Of(now.In(time.UTC))); return nil })
		return err
	})
	return i, err
}
