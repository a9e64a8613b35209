package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"visitprep/internal/visit"
)

// A jsonValue is a field that is stored as JSON, and as the empty text when it is zero.
type jsonValue[T any] struct{ of *T }

func asJSON[T any](of *T) jsonValue[T] { return jsonValue[T]{of} }

func (j jsonValue[T]) Value() (driver.Value, error) {
	if reflect.ValueOf(*j.of).IsZero() {
		return "", nil
	}
	b, err := json.Marshal(*j.of)
	return string(b), err
}

func (j jsonValue[T]) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("JSON is stored as text, not as %T", v)
	}
	var zero T
	*j.of = zero
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), j.of)
}

var seriesRecord = newRecord(record[visit.Series]{
	table: "series", kind: visit.OfSeries, a: "a series",
	fields: func(s *visit.Series) []any {
		folded := s.FoldedProduct() // written, and read by queries only
		return []any{&s.Workspace, &s.Number, &s.Rev, &s.Factory.Number, &s.Channel, &s.Product, &folded, &s.Level, &s.AQLMajor, &s.AQLMinor,
			&s.OneLetter, list(&s.Events), list(&s.Tests), asJSON(&s.Sealed), &s.Note, &s.By, instantField{&s.Created}}
	},
	factory: func(s *visit.Series) *visit.Factory { return &s.Factory },
}, `workspace number rev factory channel product folded level aql_major aql_minor one_letter events tests sealed note made_by created_at`)

// AddSeries records a product that a factory makes lot after lot. Where the channel has one of
// the same name at the factory, that one stands and comes back, and did is false.
func (s *Store) AddSeries(ctx context.Context, x visit.Series, now time.Time) (added visit.Series, did bool, err error) {
	x.Normalize()
	if err := x.Check(); err != nil {
		return x, false, err
	}
	if x.Workspace == "" || x.Channel == "" || x.Factory.Number == 0 {
		return x, false, errors.New("record a series: its factory or its channel is missing")
	}
	err = s.change(ctx, "record a series", func(t *txn) error {
		if err := t.lockCounter(ctx, x.Workspace, string(visit.OfSeries)); err != nil {
			return err
		}
		added, did = x, false
		same, err := t.sameSeries(ctx, &x)
		if err != nil || len(same) > 0 {
			if err == nil {
				added = same[0]
			}
			return err
		}
		if added.Factory, err = factory(ctx, t, x.Workspace, x.Factory.Number); err != nil {
			return err
		}
		if added.Number, err = t.next(ctx, x.Workspace, string(visit.OfSeries)); err != nil {
			return err
		}
		added.Rev, added.Created, did = 1, now, true
		return seriesRecord.insert(ctx, t, &added)
	})
	return added, did, err
}

// sameSeries lists the series of the product of x in its channel.
func (t *txn) sameSeries(ctx context.Context, x *visit.Series) ([]visit.Series, error) {
	return all(ctx, t, seriesRecord.scan, `SELECT `+seriesRecord.columns+seriesRecord.from+`WHERE v.workspace = $1 AND v.factory = $2 AND v.channel = $3 AND v.folded = $4`,
		x.Workspace, x.Factory.Number, x.Channel, x.FoldedProduct())
}

// Series returns a series with its factory.
func (s *Store) Series(ctx context.Context, workspace string, number int) (visit.Series, error) {
	x, err := seriesRecord.get(ctx, s.read, workspace, number)
	if err != nil {
		return x, fmt.Errorf("read a series: %w", classify(err))
	}
	return x, nil
}

// SeriesOf returns the series that the lot of an inspection is of; visit.ErrNotFound where it is of
// none, or where the inspection has come from another channel: a product is its channel's.
func (s *Store) SeriesOf(ctx context.Context, i *visit.Inspection) (visit.Series, error) {
	x, err := s.Series(ctx, i.Workspace, i.Lot.Series)
	if err == nil && x.Channel != i.Channel {
		err = fmt.Errorf("series %d in the channel of inspection %d: %w", x.Number, i.Number, visit.ErrNotFound)
	}
	if err != nil {
		return visit.Series{}, err
	}
	return x, nil
}

// SeriesAt lists the series of a factory in a channel, by their products.
func (s *Store) SeriesAt(ctx context.Context, workspace string, factory int, channel string) ([]visit.Series, error) {
	xs, err := all(ctx, s.read, seriesRecord.scan, `SELECT `+seriesRecord.columns+seriesRecord.from+
		`WHERE v.workspace = $1 AND v.factory = $2 AND v.channel = $3 ORDER BY v.folded, v.number`, workspace, factory, channel)
	if err != nil {
		return nil, fmt.Errorf("list the series: %w", classify(err))
	}
	return xs, nil
}

// EverySeries lists the series of a workspace by their numbers.
func (s *Store) EverySeries(ctx context.Context, workspace string) ([]visit.Series, error) {
	xs, err := all(ctx, s.read, seriesRecord.scan, `SELECT `+seriesRecord.columns+seriesRecord.from+`WHERE v.workspace = $1 ORDER BY v.number`, workspace)
	if err != nil {
		return nil, fmt.Errorf("list the series: %w", classify(err))
	}
	return xs, nil
}

// ChangeSeries changes one series: f is called on it while nobody else changes it.
func (s *Store) ChangeSeries(ctx context.Context, workspace string, number int, f func(*visit.Series) error) (x visit.Series, err error) {
	err = s.change(ctx, "change a series", func(t *txn) error {
		if err := seriesRecord.lock(ctx, t, workspace, number); err != nil {
			return err
		}
		before, err := seriesRecord.get(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		x = before.Clone()
		if err := f(&x); err != nil {
			return err
		}
		x.Workspace, x.Number, x.Rev, x.Factory, x.Channel = before.Workspace, before.Number, before.Rev, before.Factory, before.Channel
		x.Normalize()
		if err := x.Check(); err != nil {
			return err
		}
		if x.FoldedProduct() != before.FoldedProduct() {
			if err := t.lockCounter(ctx, workspace, string(visit.OfSeries)); err != nil {
				return err
			}
			if same, err := t.sameSeries(ctx, &x); err != nil {
				return err
			} else if len(same) > 0 {
				return visit.Invalid("product", "This factory already has a product %s. Please give another name.", x.Product)
			}
		}
		return seriesRecord.update(ctx, t, &x)
	})
	return x, err
}

// Lots lists the inspections of a series that have a lot, in the order in which switching
// counts them, without their checklists. Which of them count, [visit.Inspection.CountsForSeries]
// says. What has moved to another channel is none of them there.
func (s *Store) Lots(ctx context.Context, workspace string, series int) ([]visit.Inspection, error) {
	is, err := all(ctx, s.read, inspections.scan, `SELECT `+inspections.columns+inspections.from+
		`WHERE v.workspace = $1 AND v.series = $2 AND v.series > 0
		AND v.channel = (SELECT x.channel FROM series x WHERE x.workspace = $1 AND x.number = $2)`, workspace, series)
	if err != nil {
		return nil, fmt.Errorf("list the lots: %w", classify(err))
	}
	slices.SortFunc(is, visit.CompareLots)
	return is, nil
}
