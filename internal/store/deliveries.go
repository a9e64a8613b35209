package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

var deliveries = newRecord(record[visit.OrderDelivery]{
	table: "deliveries", kind: visit.OfDelivery, a: "a delivery",
	fields: func(d *visit.OrderDelivery) []any {
		folded := d.FoldedOrder() // written, and read by queries only
		return []any{&d.Workspace, &d.Number, &d.Rev, &d.Factory.Number, &d.Channel, &d.Order, &folded, &d.Confirmed, &d.Shipped, &d.Quantity, &d.Sent,
			&d.OurDelay, &d.Why, &d.By, instantField{&d.Created}, list(&d.Revisions)}
	},
	factory: func(d *visit.OrderDelivery) *visit.Factory { return &d.Factory },
}, `workspace number rev factory channel order_name folded confirmed_day shipped_day quantity sent our_delay why made_by created_at revisions`)

// AddDelivery records a delivery of a factory that is known. Where the channel has one of the same
// order with the factory, that one stands and comes back, and did is false, unless again says that
// the order has several.
func (s *Store) AddDelivery(ctx context.Context, d visit.OrderDelivery, again bool, now time.Time) (added visit.OrderDelivery, did bool, err error) {
	err = s.change(ctx, "record a delivery", func(t *txn) error {
		added, did, err = t.addDelivery(ctx, d, again, now)
		return err
	})
	return added, did, err
}

func (t *txn) addDelivery(ctx context.Context, d visit.OrderDelivery, again bool, now time.Time) (visit.OrderDelivery, bool, error) {
	if d.Workspace == "" || d.By == "" || d.Factory.Number == 0 {
		return d, false, errors.New("its factory or who recorded it is missing")
	}
	d.Normalize()
	f, err := factory(ctx, t, d.Workspace, d.Factory.Number)
	if err != nil {
		return d, false, err
	}
	d.Factory = f
	if err := d.Check(visit.TodayAt(&f, now)); err != nil {
		return d, false, err
	}
	if err := t.lockCounter(ctx, d.Workspace, string(visit.OfDelivery)); err != nil {
		return d, false, err
	}
	if !again {
		same, err := all(ctx, t, deliveries.scan, `SELECT `+deliveries.columns+deliveries.from+
			`WHERE v.workspace = $1 AND v.factory = $2 AND v.channel = $3 AND v.folded = $4 ORDER BY v.number`, d.Workspace, f.Number, d.Channel, d.FoldedOrder())
		if err != nil || len(same) > 0 {
			if err == nil {
				d = same[0]
			}
			return d, false, err
		}
	}
	if d.Number, err = t.next(ctx, d.Workspace, string(visit.OfDelivery)); err != nil {
		return d, false, err
	}
	d.Rev, d.Created, d.Revisions = 1, now, nil
	return d, true, deliveries.insert(ctx, t, &d)
}

// ImportDeliveries records deliveries that the caller has checked, with factories that are new. One
// that its channel has already, with the same days and pieces, is left alone: an order may have
// several. It returns how many were new.
func (s *Store) ImportDeliveries(ctx context.Context, ds []visit.OrderDelivery, now time.Time) (added int, err error) {
	rows := portions{doing: "import deliveries", counters: []string{string(visit.OfDelivery)}}
	for _, d := range ds {
		rows.add(d.Workspace, func(t *txn) (int, error) { return t.importDelivery(ctx, d, now) })
	}
	return rows.write(ctx, s)
}

func (t *txn) importDelivery(ctx context.Context, d visit.OrderDelivery, now time.Time) (int, error) {
	if err := checkNewFactory(d.Workspace, &d.Factory); err != nil {
		return 0, err
	}
	if err := t.importPlace(ctx, d.Workspace, &d.Factory, &visit.Place{Channel: d.Channel}, now); err != nil {
		return 0, err
	}
	d.Normalize()
	same, err := t.count(ctx, `SELECT COUNT(*) FROM deliveries WHERE workspace = $1 AND factory = $2 AND channel = $3 AND folded = $4
		AND confirmed_day = $5 AND shipped_day = $6 AND quantity = $7 AND sent = $8`,
		stored([]any{&d.Workspace, &d.Factory.Number, &d.Channel, d.FoldedOrder(), &d.Confirmed, &d.Shipped, &d.Quantity, &d.Sent})...)
	if err != nil || same > 0 {
		return 0, err
	}
	_, did, err := t.addDelivery(ctx, d, true, now)
	if !did {
		return 0, err
	}
	return 1, err
}

// Delivery returns a delivery with its factory.
func (s *Store) Delivery(ctx context.Context, workspace string, number int) (visit.OrderDelivery, error) {
	d, err := deliveries.get(ctx, s.read, workspace, number)
	if err != nil {
		return d, fmt.Errorf("read a delivery: %w", classify(err))
	}
	return d, nil
}

// Deliveries lists the deliveries of a factory in some channels, the last confirmed first; nil
// channels are all, and the factory 0 is every one.
func (s *Store) Deliveries(ctx context.Context, workspace string, factory int, channels []string, limit int) ([]visit.OrderDelivery, error) {
	args := arguments{workspace}
	where := `WHERE v.workspace = $1` + oneOf(&args, "v.channel", channels)
	if factory > 0 {
		where += ` AND v.factory = ` + args.add(factory)
	}
	f := Filter{Limit: limit}
	ds, err := all(ctx, s.read, deliveries.scan, `SELECT `+deliveries.columns+deliveries.from+where+` ORDER BY v.confirmed_day DESC, v.number DESC`+f.page(), args...)
	if err != nil {
		return nil, fmt.Errorf("list the deliveries: %w", classify(err))
	}
	return ds, nil
}

// ChangeDelivery changes one delivery: f is called on it while nobody else changes it. What it is
// of, and in which channel, stays.
func (s *Store) ChangeDelivery(ctx context.Context, workspace string, number int, now time.Time, f func(d *visit.OrderDelivery, today civil.Date) error) (d visit.OrderDelivery, err error) {
	err = s.change(ctx, "change a delivery", func(t *txn) error {
		if err := deliveries.lock(ctx, t, workspace, number); err != nil {
			return err
		}
		before, err := deliveries.get(ctx, t, workspace, number)
		if err != nil {
			return err
		}
		d = before
		today := visit.TodayAt(&d.Factory, now)
		if err := f(&d, today); err != nil {
			return err
		}
		d.Workspace, d.Number, d.Rev, d.Factory, d.Channel, d.By, d.Created = before.Workspace, before.Number, before.Rev, before.Factory, before.Channel, before.By, before.Created
		d.Normalize()
		if err := d.Check(today); err != nil {
			return err
		}
		return deliveries.update(ctx, t, &d)
	})
	return d, err
}

const markColumns = `workspace, number, factory, channel, kind, name, quarter, day, points, against, why, made_by, made_at`

// markFields are what stands in the columns of a mark. quarter is its quarter as text.
func markFields(m *visit.FactoryMark, quarter *string) []any {
	return []any{&m.Workspace, &m.Number, &m.Factory, &m.Channel, (*string)(&m.Kind), &m.Name, quarter, &m.Day, &m.Points, (*string)(&m.Against), &m.Why, &m.By, instantField{&m.At}}
}

func scanMark(row scanner) (m visit.FactoryMark, err error) {
	var quarter string
	err = row.Scan(markFields(&m, &quarter)...)
	m.Quarter, _ = visit.ParseQuarter(quarter)
	return m, err
}

// AddMarks records what somebody said about a factory.
func (s *Store) AddMarks(ctx context.Context, ms []visit.FactoryMark, now time.Time) error {
	for n := range ms {
		if err := ms[n].Check(); err != nil {
			return err
		}
		if ms[n].Workspace == "" || ms[n].Factory == 0 || ms[n].Channel == "" || ms[n].By == "" {
			return errors.New("record a mark: its factory, its channel or who gave it is missing")
		}
	}
	return s.change(ctx, "record what was said about a factory", func(t *txn) error {
		for _, m := range ms {
			number, err := t.next(ctx, m.Workspace, "factory_mark")
			if err != nil {
				return err
			}
			m.Number, m.At = number, now
			quarter := ""
			if !m.Quarter.IsZero() {
				quarter = m.Quarter.String()
			}
			if err := t.insert(ctx, `factory_marks (`+markColumns+`)`, [][]any{stored(markFields(&m, &quarter))}, ""); err != nil {
				return err
			}
		}
		return nil
	})
}
