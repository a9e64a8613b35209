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

var promises = newRecord(record[visit.Promise]{
	table: "promises", kind: visit.OfPromise, a: "a promise",
	fields: func(p *visit.Promise) []any {
		return []any{&p.Workspace, &p.Number, &p.Rev, &p.Factory.Number, &p.Channel, &p.Private, &p.Shared, &p.Zone, &p.ChannelZone, &p.Owner, &p.OwnerZone, &p.By, instantField{&p.Created},
			&p.Ours, &p.Who, &p.What, &p.Due, &p.Visit, &p.Kept.By, instantField{&p.Kept.At}, &p.Dropped.By, instantField{&p.Dropped.At}}
	},
	factory: func(p *visit.Promise) *visit.Factory { return &p.Factory },
}, `workspace number rev factory channel private shared zone home owner owner_zone made_by created_at ours who what due_day visit kept_by kept_at dropped_by dropped_at`)

var gifts = newRecord(record[visit.Gift]{
	table: "gifts", kind: visit.OfGift, a: "a gift",
	fields: func(g *visit.Gift) []any {
		return []any{&g.Workspace, &g.Number, &g.Rev, &g.Factory.Number, &g.Channel, &g.Private, &g.Shared, &g.Zone, &g.ChannelZone, &g.By, instantField{&g.Created},
			&g.Given, &g.Who, &g.Owner, &g.What, &g.Value.Hundredths, &g.Value.Currency, &g.Day, &g.Visit, &g.Approved, &g.Removed.By, instantField{&g.Removed.At}}
	},
	factory: func(g *visit.Gift) *visit.Factory { return &g.Factory },
}, `workspace number rev factory channel private shared zone home made_by created_at given who owner what amount currency gift_day visit approved removed_by removed_at`)

// AddPromise records a promise, about which its owner is asked on its day.
func (s *Store) AddPromise(ctx context.Context, p visit.Promise, now time.Time) (added visit.Promise, err error) {
	err = s.change(ctx, "record a promise", func(t *txn) error {
		added = p
		return t.addPromise(ctx, &added, &s.timing, now)
	})
	return added, err
}

func (t *txn) addPromise(ctx context.Context, p *visit.Promise, timing *visit.Timing, now time.Time) (err error) {
	if err := checkNewFactory(p.Workspace, &p.Factory); err != nil {
		return err
	}
	if p.Workspace == "" || p.By == "" {
		return errors.New("who recorded it is missing")
	}
	if p.Number, err = t.next(ctx, p.Workspace, string(visit.OfPromise)); err != nil {
		return err
	}
	if p.Factory, err = t.withFactory(ctx, p.Workspace, p.Factory, p.Channel, now); err != nil {
		return err
	}
	p.Rev, p.Created = 1, now
	p.Normalize()
	if err := p.Check(); err != nil {
		return err
	}
	if err := promises.insert(ctx, t, p); err != nil {
		return err
	}
	return t.ask(ctx, p.Asks(timing), false, digests{timing.At, p.OwnerZone, now})
}

// Promise returns one.
func (s *Store) Promise(ctx context.Context, workspace string, number int) (visit.Promise, error) {
	p, err := promises.get(ctx, s.read, workspace, number)
	if err != nil {
		return p, fmt.Errorf("read a promise: %w", classify(err))
	}
	return p, nil
}

// Promises lists promises by the day they are due: those that are open, or with Cancelled all.
func (s *Store) Promises(ctx context.Context, workspace string, f Filter) ([]visit.Promise, error) {
	var args arguments
	where := f.where(workspace, "v", "due_day", visit.OfPromise, args.add)
	if !f.Cancelled {
		where += ` AND v.kept_by = '' AND v.dropped_by = ''`
	}
	ps, err := all(ctx, s.read, promises.scan, `SELECT `+promises.columns+promises.from+where+` ORDER BY v.due_day, v.number`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the promises: %w", classify(err))
	}
	return ps, nil
}

// ChangePromise changes one, with what its owner is asked.
func (s *Store) ChangePromise(ctx context.Context, workspace string, number int, now time.Time, f func(*visit.Promise) error) (p visit.Promise, err error) {
	err = s.change(ctx, "change a promise", func(t *txn) error {
		if err := promises.lock(ctx, t, workspace, number); err != nil {
			return err
		}
		before, err := promises.get(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		p = before
		if err := f(&p); err != nil {
			return err
		}
		p.Workspace, p.Number, p.Rev, p.By, p.Created = before.Workspace, before.Number, before.Rev, before.By, before.Created
		p.Normalize()
		if err := p.Check(); err != nil {
			return err
		}
		if err := t.moveTo(ctx, &p.Factory, &before.Factory); err != nil {
			return err
		}
		if err := promises.update(ctx, t, &p); err != nil {
			return err
		}
		if p.Open() == before.Open() && p.Due == before.Due && p.Owner == before.Owner {
			return nil
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM asks WHERE workspace = $1 AND subject = $2`, workspace, string(p.Subject())); err != nil {
			return err
		}
		as := p.Asks(&s.timing)
		for n := range as {
			as[n].Made = now // a daily message that is on its way tells of what was asked before
		}
		return t.ask(ctx, as, true, digests{s.timing.At, p.OwnerZone, now})
	})
	return p, err
}

// AddGift records a gift.
func (s *Store) AddGift(ctx context.Context, g visit.Gift, now time.Time) (added visit.Gift, err error) {
	err = s.change(ctx, "record a gift", func(t *txn) error {
		added = g
		return t.addGift(ctx, &added, now)
	})
	return added, err
}

func (t *txn) addGift(ctx context.Context, g *visit.Gift, now time.Time) (err error) {
	if err := checkNewFactory(g.Workspace, &g.Factory); err != nil {
		return err
	}
	if g.Workspace == "" || g.By == "" {
		return errors.New("who recorded it is missing")
	}
	if g.Number, err = t.next(ctx, g.Workspace, string(visit.OfGift)); err != nil {
		return err
	}
	if g.Factory, err = t.withFactory(ctx, g.Workspace, g.Factory, g.Channel, now); err != nil {
		return err
	}
	g.Rev, g.Created = 1, now
	g.Normalize()
	if err := g.Check(); err != nil {
		return err
	}
	return gifts.insert(ctx, t, g)
}

// Gift returns one.
func (s *Store) Gift(ctx context.Context, workspace string, number int) (visit.Gift, error) {
	g, err := gifts.get(ctx, s.read, workspace, number)
	if err != nil {
		return g, fmt.Errorf("read a gift: %w", classify(err))
	}
	return g, nil
}

// Gifts lists gifts, the latest first, with those that were entered by mistake where Cancelled is set.
func (s *Store) Gifts(ctx context.Context, workspace string, f Filter) ([]visit.Gift, error) {
	var args arguments
	where := f.where(workspace, "v", "gift_day", visit.OfGift, args.add)
	if !f.Cancelled {
		where += ` AND v.removed_by = ''`
	}
	gs, err := all(ctx, s.read, gifts.scan, `SELECT `+gifts.columns+gifts.from+where+` ORDER BY v.gift_day DESC, v.number DESC`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the gifts: %w", classify(err))
	}
	return gs, nil
}

// ChangeGift changes one.
func (s *Store) ChangeGift(ctx context.Context, workspace string, number int, f func(*visit.Gift) error) (g visit.Gift, err error) {
	err = s.change(ctx, "change a gift", func(t *txn) error {
		if err := gifts.lock(ctx, t, workspace, number); err != nil {
			return err
		}
		before, err := gifts.get(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		g = before
		if err := f(&g); err != nil {
			return err
		}
		g.Workspace, g.Number, g.Rev, g.By, g.Created = before.Workspace, before.Number, before.Rev, before.By, before.Created
		g.Normalize()
		if err := g.Check(); err != nil {
			return err
		}
		if err := t.moveTo(ctx, &g.Factory, &before.Factory); err != nil {
			return err
		}
		return gifts.update(ctx, t, &g)
	})
	return g, err
}

// An ImportedContact is a contact that is to be recorded, with its factory by name, if it has one.
type ImportedContact struct {
	visit.Contact
	At visit.Factory
}

// ImportPeople records contacts, promises and gifts that the caller has checked. What is there already, by what
// makes it what it is, is left alone, so a file can be imported twice. Who was forgotten since the file was written
// does not come back: a contact that was deleted is left out, and an id becomes [FormerColleague]. It returns how
// many were new.
func (s *Store) ImportPeople(ctx context.Context, cs []ImportedContact, ps []visit.Promise, gs []visit.Gift, now time.Time) (added int, err error) {
	each := func(f func(t *txn) (bool, error)) {
		if err != nil {
			return
		}
		fresh := false
		err = s.change(ctx, "import people", func(t *txn) (err error) { fresh, err = f(t); return err })
		if fresh && err == nil {
			added++
		}
	}
	people, err := s.ForgottenPeople(ctx)
	if err != nil {
		return 0, err
	}
	gone := goneOf(people, cs)
	for _, c := range cs {
		if gone.who(c.Workspace, string(c.Subject())) {
			continue
		}
		gone.clean(c.Workspace, &c.By)
		c.KnownBy = slices.DeleteFunc(slices.Clone(c.KnownBy), func(id string) bool { return gone.who(c.Workspace, id) })
		each(func(t *txn) (bool, error) { return t.importContact(ctx, c, &s.timing, now) })
	}
	for _, p := range ps {
		gone.clean(p.Workspace, &p.By, &p.Owner)
		gone.cleanName(p.Workspace, &p.Factory, &p.Who)
		each(func(t *txn) (bool, error) {
			if err := t.importAt(ctx, p.Workspace, &p.Factory, &p.Place, now); err != nil {
				return false, err
			}
			n, err := t.count(ctx, `SELECT COUNT(*) FROM promises WHERE workspace = $1 AND factory = $2 AND channel = $3 AND what = $4 AND due_day = $5
				AND owner = $6 AND ours = $7 AND who = $8`, p.Workspace, p.Factory.Number, p.Channel, p.What, p.Due, p.Owner, p.Ours, p.Who)
			if err != nil || n > 0 {
				return false, err
			}
			return true, t.addPromise(ctx, &p, &s.timing, now)
		})
	}
	for _, g := range gs {
		gone.clean(g.Workspace, &g.By, &g.Owner)
		gone.cleanName(g.Workspace, &g.Factory, &g.Who)
		each(func(t *txn) (bool, error) {
			if err := t.importAt(ctx, g.Workspace, &g.Factory, &g.Place, now); err != nil {
				return false, err
			}
			n, err := t.count(ctx, `SELECT COUNT(*) FROM gifts WHERE workspace = $1 AND factory = $2 AND channel = $3 AND what = $4 AND gift_day = $5 AND who = $6 AND amount = $7
				AND currency = $8 AND owner = $9 AND given = $10`,
				g.Workspace, g.Factory.Number, g.Channel, g.What, g.Day, g.Who, g.Value.Hundredths, g.Value.Currency, g.Owner, g.Given)
			if err != nil || n > 0 {
				return false, err
			}
			return true, t.addGift(ctx, &g, now)
		})
	}
	return added, err
}

// The goneOnes were forgotten: ids, contacts by their numbers, and those by their names at a factory.
type goneOnes map[string]bool

// goneOf are those who were forgotten; of the contacts among cs also the names, which stand in promises and gifts.
func goneOf(people []ForgottenPerson, cs []ImportedContact) goneOnes {
	gone := goneOnes{}
	for _, p := range people {
		gone[p.Workspace+" "+p.Who] = true
	}
	for _, c := range cs {
		if c.At.Name == "" || !gone.who(c.Workspace, string(c.Subject())) {
			continue
		}
		for _, name := range []string{c.Name, c.Chinese} {
			if name != "" {
				gone[c.Workspace+" "+c.At.Name+"\n"+name] = true
			}
		}
	}
	return gone
}

func (gone goneOnes) who(workspace, who string) bool { return gone[workspace+" "+who] }

func (gone goneOnes) clean(workspace string, ids ...*string) {
	for _, id := range ids {
		if gone.who(workspace, *id) {
			*id = FormerColleague
		}
	}
}

func (gone goneOnes) cleanName(workspace string, at *visit.Factory, name *string) {
	if gone.who(workspace, at.Name+"\n"+*name) {
		*name = FormerContact
	}
}

// importAt finds the factory and the channel of a row. It is private where the file or the channel says so.
func (t *txn) importAt(ctx context.Context, workspace string, f *visit.Factory, p *visit.Place, now time.Time) error {
	private := p.Private
	if err := checkNewFactory(workspace, f); err != nil {
		return err
	}
	err := t.importPlace(ctx, workspace, f, p, now)
	p.Private = p.Private || private
	return err
}

// monthsBeforeWarning is how long a contact that is imported was unused at most: its end is announced a month later.
const monthsBeforeWarning = int(visit.EndsSoonAfter) - 1

func (t *txn) importContact(ctx context.Context, in ImportedContact, timing *visit.Timing, now time.Time) (bool, error) {
	c := in.Contact
	private := c.Private
	if in.At.Name != "" {
		if err := t.importAt(ctx, c.Workspace, &in.At, &c.Place, now); err != nil {
			return false, err
		}
		c.Factory = in.At.Number
	} else if err := t.QueryRowContext(ctx, `SELECT private FROM channels WHERE workspace = $1 AND channel = $2`, c.Workspace, c.Channel).Scan(&c.Private); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	c.Private = c.Private || private
	today := c.Today(now)
	if err := c.CheckNow(today); err != nil {
		return false, err
	}
	if soon := today.AddMonths(-monthsBeforeWarning); c.Used.Before(soon) { // or it ends before anybody is warned
		c.Used = soon
	}
	n, err := t.count(ctx, `SELECT COUNT(*) FROM contacts WHERE workspace = $1 AND channel = $2 AND name = $3 AND chinese = $4 AND firm = $5`, c.Workspace, c.Channel, c.Name, c.Chinese, c.Firm)
	if err != nil || n > 0 {
		return false, err
	}
	return true, t.addContact(ctx, &c, timing, now)
}
