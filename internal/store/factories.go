package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

const factoryColumns = `workspace, number, name, chinese, city, address, zone, contacts, removed`

func factoryFields(f *visit.Factory) []any {
	return []any{&f.Workspace, &f.Number, &f.Name, &f.Chinese, &f.City, &f.Address, &f.Zone, &f.Contacts, &f.Removed}
}

func scanFactory(row scanner) (f visit.Factory, err error) {
	err = row.Scan(factoryFields(&f)...)
	return f, err
}

// Factories lists the workspace's factories by name, without those removed.
func (s *Store) Factories(ctx context.Context, workspace string) ([]visit.Factory, error) {
	fs, err := all(ctx, s.read, scanFactory, `SELECT `+factoryColumns+` FROM factories
		WHERE workspace = $1 AND removed = $2 ORDER BY name, number`, workspace, false)
	if err != nil {
		return nil, fmt.Errorf("list the factories: %w", classify(err))
	}
	return fs, nil
}

// Factory returns one factory, also when it was removed.
func (s *Store) Factory(ctx context.Context, workspace string, number int) (visit.Factory, error) {
	f, err := factory(ctx, s.read, workspace, number)
	if err != nil {
		return f, fmt.Errorf("read a factory: %w", classify(err))
	}
	return f, nil
}

func factory(ctx context.Context, r reader, workspace string, number int) (visit.Factory, error) {
	f, err := scanFactory(r.QueryRowContext(ctx, `SELECT `+factoryColumns+` FROM factories
		WHERE workspace = $1 AND number = $2`, workspace, number))
	return f, notFound(err, "factory", number)
}

// AddFactory records a factory and returns it with its number. One that is not removed and
// may be the same site, see [visit.Factory.SameSite], is that one: what is recorded of it
// stays, and what was not known is filled in. Where several may be, that is an InputError.
// But it is not one that is known only from private channels, for that would tell of it.
func (s *Store) AddFactory(ctx context.Context, f visit.Factory, now time.Time) (visit.Factory, error) {
	f.Normalize()
	if err := f.Check(); err != nil {
		return f, err
	}
	err := s.change(ctx, "record a factory", func(t *txn) (err error) {
		f, err = t.addFactory(ctx, f, "", now)
		return err
	})
	return f, err
}

// addFactory is AddFactory for something in a channel, which may be private itself.
func (t *txn) addFactory(ctx context.Context, f visit.Factory, channel string, now time.Time) (visit.Factory, error) {
	const counter = "factory"
	if err := t.lockCounter(ctx, f.Workspace, counter); err != nil {
		return f, err
	}
	named, err := t.factoriesNamed(ctx, &f)
	if err != nil {
		return f, err
	}
	var seen []visit.Factory
	for _, o := range named {
		if hidden, err := t.hidden(ctx, &o, channel); err != nil {
			return f, err
		} else if !hidden {
			seen = append(seen, o)
		}
	}
	switch sites := f.Sites(seen); len(sites) {
	case 0:
	case 1:
		return t.completed(ctx, sites[0], &f, now)
	default:
		return f, f.Several(sites)
	}
	if f.Number, err = t.next(ctx, f.Workspace, counter); err != nil {
		return f, err
	}
	f.Removed = false
	_, err = t.ExecContext(ctx, `INSERT INTO factories (`+factoryColumns+`, rev)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`, stored(factoryFields(&f))...)
	t.factories.rows, t.factories.revs = t.factories.rows+1, t.factories.revs+1
	t.factories.put(f)
	return f, err
}

// A factoryIndex holds the factories of a workspace that are not removed, by their folded
// names.
type factoryIndex struct {
	workspace string
	named     map[string][]visit.Factory
	// How many the table has, with those removed, and how often they were changed. Neither
	// becomes less, so while both are as they were, so is the table.
	rows, revs int
}

// factoriesNamed are the workspace's factories with the name of f. A transaction reads all of
// them once; an import, whose portions hand them on, only where somebody has changed one in
// between. The caller holds the lock.
func (t *txn) factoriesNamed(ctx context.Context, f *visit.Factory) ([]visit.Factory, error) {
	if x := t.factories; x != nil && x.workspace == f.Workspace && !t.indexed {
		var rows, revs int
		if err := t.QueryRowContext(ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(rev), 0) AS BIGINT) FROM factories WHERE workspace = $1`, f.Workspace).Scan(&rows, &revs); err != nil {
			return nil, err
		}
		t.indexed = rows == x.rows && revs == x.revs
	}
	if x := t.factories; x == nil || x.workspace != f.Workspace || !t.indexed {
		x = &factoryIndex{workspace: f.Workspace, named: map[string][]visit.Factory{}}
		fs, err := all(ctx, t, func(row scanner) (f visit.Factory, err error) {
			var rev int
			err = row.Scan(append(factoryFields(&f), &rev)...)
			x.rows, x.revs = x.rows+1, x.revs+rev
			return f, err
		}, `SELECT `+factoryColumns+`, rev FROM factories WHERE workspace = $1 ORDER BY number`, f.Workspace)
		if err != nil {
			return nil, err
		}
		for _, o := range fs {
			x.put(o)
		}
		t.factories, t.indexed = x, true
	}
	return t.factories.named[f.FoldedName()], nil
}

func (x *factoryIndex) put(f visit.Factory) {
	if f.Removed {
		return
	}
	name := f.FoldedName()
	x.named[name] = append(x.named[name], f)
}

// changed keeps up with a change of the transaction; of another workspace it has nothing.
func (x *factoryIndex) changed(before, after *visit.Factory) {
	if x == nil || x.workspace != after.Workspace {
		return
	}
	name := before.FoldedName()
	x.named[name] = slices.DeleteFunc(x.named[name], func(o visit.Factory) bool { return o.Number == before.Number })
	x.put(*after)
	x.revs++
}

// HiddenFactories are the factories that are known only from private channels, and from
// which.
func (s *Store) HiddenFactories(ctx context.Context, workspace string) (map[int][]string, error) {
	type place struct {
		factory int
		channel string
		private bool
	}
	places, err := all(ctx, s.read, func(row scanner) (p place, err error) { return p, row.Scan(&p.factory, &p.channel, &p.private) },
		`SELECT factory, channel, private FROM visits WHERE workspace = $1
		UNION SELECT factory, channel, private FROM inspections WHERE workspace = $1
		UNION SELECT factory, channel, private FROM plans WHERE workspace = $1
		UNION SELECT factory, channel, private FROM agreements WHERE workspace = $1
		UNION SELECT factory, channel, private FROM promises WHERE workspace = $1
		UNION SELECT factory, channel, private FROM gifts WHERE workspace = $1
		UNION SELECT factory, channel, private FROM market_notes WHERE workspace = $1`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the factories of private channels: %w", classify(err))
	}
	hidden, open := map[int][]string{}, map[int]bool{}
	for _, p := range places {
		hidden[p.factory] = append(hidden[p.factory], p.channel)
		open[p.factory] = open[p.factory] || !p.private
	}
	for number := range open {
		if open[number] {
			delete(hidden, number)
		}
	}
	return hidden, nil
}

// FactoryChannels are the channels that have something with each factory.
func (s *Store) FactoryChannels(ctx context.Context, workspace string) (map[int][]string, error) {
	type pair struct {
		factory int
		channel string
	}
	pairs, err := all(ctx, s.read, func(row scanner) (p pair, err error) { return p, row.Scan(&p.factory, &p.channel) },
		`SELECT factory, channel FROM visits WHERE workspace = $1
		UNION SELECT factory, channel FROM inspections WHERE workspace = $1
		UNION SELECT factory, channel FROM plans WHERE workspace = $1
		UNION SELECT factory, channel FROM agreements WHERE workspace = $1
		UNION SELECT factory, channel FROM promises WHERE workspace = $1
		UNION SELECT factory, channel FROM gifts WHERE workspace = $1
		UNION SELECT factory, channel FROM deliveries WHERE workspace = $1
		UNION SELECT factory, channel FROM market_notes WHERE workspace = $1
		UNION SELECT of_number, channel FROM findings WHERE workspace = $1 AND of_kind = 'factory'`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the channels of the factories: %w", classify(err))
	}
	channels := map[int][]string{}
	for _, p := range pairs {
		channels[p.factory] = append(channels[p.factory], p.channel)
	}
	return channels, nil
}

// hidden reports whether a factory is known only from private channels other than one.
func (t *txn) hidden(ctx context.Context, f *visit.Factory, channel string) (hidden bool, err error) {
	there := func(and string) string { // the first will do: an import asks this of each row
		const of = ` WHERE workspace = $1 AND factory = $2`
		return `(EXISTS (SELECT 1 FROM visits` + of + and + `) OR EXISTS (SELECT 1 FROM inspections` + of + and + `) OR EXISTS (SELECT 1 FROM plans` + of + and + `)
			OR EXISTS (SELECT 1 FROM agreements` + of + and + `) OR EXISTS (SELECT 1 FROM promises` + of + and + `) OR EXISTS (SELECT 1 FROM gifts` + of + and + `) OR EXISTS (SELECT 1 FROM market_notes` + of + and + `))`
	}
	err = t.QueryRowContext(ctx, `SELECT `+there("")+` AND NOT `+there(" AND (NOT private OR channel = $3)"), f.Workspace, f.Number, channel).Scan(&hidden)
	return hidden, err
}

// ChangeFactory changes one factory. The cards that show it are behind then, and redrawn by
// the process that serves.
func (s *Store) ChangeFactory(ctx context.Context, workspace string, number int, now time.Time, change func(*visit.Factory) error) (visit.Factory, error) {
	var f visit.Factory
	err := s.change(ctx, "change a factory", func(t *txn) (err error) {
		f, err = t.changeFactory(ctx, workspace, number, now, change)
		return err
	})
	return f, err
}

func (t *txn) changeFactory(ctx context.Context, workspace string, number int, now time.Time, change func(*visit.Factory) error) (visit.Factory, error) {
	_, err := t.ExecContext(ctx, `UPDATE factories SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number)
	if err != nil {
		return visit.Factory{}, err
	}
	f, err := factory(ctx, t, workspace, number)
	if err != nil {
		return f, err
	}
	before := f
	if err := change(&f); err != nil {
		return f, err
	}
	f.Normalize()
	if err := f.Check(); err != nil {
		return f, err
	}
	_, err = t.ExecContext(ctx, `UPDATE factories SET name = $3, chinese = $4, city = $5, address = $6, zone = $7,
		contacts = $8, removed = $9 WHERE workspace = $1 AND number = $2`, stored(factoryFields(&f))...)
	t.factories.changed(&before, &f)
	if err != nil || f == before {
		return f, err
	}
	return f, t.factoryShown(ctx, workspace, number, now)
}

// factoryShown counts a change of what is ahead at a factory and has a card, which is behind
// then.
func (t *txn) factoryShown(ctx context.Context, workspace string, number int, now time.Time) error {
	yesterday := civil.Of(now.UTC().AddDate(0, 0, -1)) // it is over wherever the factory is
	_, err := t.ExecContext(ctx, `UPDATE visits SET rev = rev + 1 WHERE workspace = $1 AND factory = $2 AND card <> '' AND last_day >= $3`, workspace, number, yesterday)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE inspections SET rev = rev + 1 WHERE workspace = $1 AND factory = $2 AND card <> '' AND result IN ('', 'pending')`, workspace, number)
	return err
}

// withFactory records the factory of something new, or reads it again where it is
// known; what was not known of it is filled in.
func (t *txn) withFactory(ctx context.Context, workspace string, f visit.Factory, channel string, now time.Time) (visit.Factory, error) {
	if f.Number == 0 {
		return t.addFactory(ctx, f, channel, now)
	}
	o, err := factory(ctx, t, workspace, f.Number)
	if err != nil {
		return o, err
	}
	return t.completed(ctx, o, &f, now)
}

// completed is o with what is known of f and was not of o.
func (t *txn) completed(ctx context.Context, o visit.Factory, f *visit.Factory, now time.Time) (visit.Factory, error) {
	if !o.Complete(f) {
		return o, nil
	}
	return t.changeFactory(ctx, o.Workspace, o.Number, now, func(x *visit.Factory) error { x.Complete(f); return nil })
}

// moveTo reads the factory of something that was at another one.
func (t *txn) moveTo(ctx context.Context, f, old *visit.Factory) (err error) {
	if f.Number != old.Number {
		*f, err = factory(ctx, t, old.Workspace, f.Number)
	}
	return err
}

// checkNewFactory completes the factory of something new and checks one that is
// not recorded yet.
func checkNewFactory(workspace string, f *visit.Factory) error {
	f.Workspace = workspace
	f.Normalize()
	if f.Number == 0 {
		return f.Check()
	}
	return nil
}
