package store

import (
	"context"
	"fmt"
	"strings"

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

// AddFactory records a factory and returns it with its number. A factory of that
// name that is not removed is that one, as it is recorded already.
func (s *Store) AddFactory(ctx context.Context, f visit.Factory) (visit.Factory, error) {
	f.Normalize()
	if err := f.Check(); err != nil {
		return f, err
	}
	err := s.change(ctx, "record a factory", func(t *txn) (err error) {
		f, err = t.addFactory(ctx, f)
		return err
	})
	return f, err
}

func (t *txn) addFactory(ctx context.Context, f visit.Factory) (visit.Factory, error) {
	number, err := t.next(ctx, f.Workspace, "factory") // also takes the lock
	if err != nil {
		return f, err
	}
	existing, err := all(ctx, t, scanFactory, `SELECT `+factoryColumns+` FROM factories
		WHERE workspace = $1 AND removed = $2 ORDER BY number`, f.Workspace, false)
	if err != nil {
		return f, err
	}
	for _, o := range existing {
		if strings.EqualFold(o.Name, f.Name) {
			return o, nil
		}
	}
	f.Number, f.Removed = number, false
	_, err = t.ExecContext(ctx, `INSERT INTO factories (`+factoryColumns+`, rev)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`, stored(factoryFields(&f))...)
	return f, err
}

// ChangeFactory changes one factory.
func (s *Store) ChangeFactory(ctx context.Context, workspace string, number int, change func(*visit.Factory) error) (visit.Factory, error) {
	var f visit.Factory
	err := s.change(ctx, "change a factory", func(t *txn) error {
		_, err := t.ExecContext(ctx, `UPDATE factories SET rev = rev + 1 WHERE workspace = $1 AND number = $2`, workspace, number)
		if err != nil {
			return err
		}
		if f, err = factory(ctx, t, workspace, number); err != nil {
			return err
		}
		if err := change(&f); err != nil {
			return err
		}
		f.Normalize()
		if err := f.Check(); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `UPDATE factories SET name = $3, chinese = $4, city = $5, address = $6, zone = $7,
			contacts = $8, removed = $9 WHERE workspace = $1 AND number = $2`, stored(factoryFields(&f))...)
		return err
	})
	return f, err
}

// withFactory records the factory of something new, or reads it again where it is
// known.
func (t *txn) withFactory(ctx context.Context, workspace string, f visit.Factory) (visit.Factory, error) {
	if f.Number == 0 {
		return t.addFactory(ctx, f)
	}
	return factory(ctx, t, workspace, f.Number)
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
