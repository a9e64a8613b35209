package exchange

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/visit"
)

// delivery is the kind of a row that is a delivery of a factory.
const delivery = "delivery"

// ofDelivery are the columns that only deliveries have. A file without any is written without
// them.
var ofDelivery = []string{"order", "confirmed", "shipped", "quantity", "shipped_pieces", "our_delay", "why"}

// inThousands is a number whose thousands are parted: 3,000 or 3 000.
var inThousands = regexp.MustCompile(`^[0-9]{1,3}([, '][0-9]{3})+$`)

// pieces reads a number of pieces.
func (r *reader) pieces(column string, s text) int {
	if plain := strings.TrimSpace(chars.ASCII(string(s))); inThousands.MatchString(plain) {
		s = text(strings.NewReplacer(",", "", " ", "", "'", "").Replace(plain))
	}
	return r.amount(column, s)
}

// delivery makes a delivery of the row. It may be in a channel that another company reads: as with
// the form, nothing is posted there.
func (r *reader) delivery() (d visit.OrderDelivery) {
	d.Workspace, d.Number, d.By = r.workspace, r.number, r.owner()
	if r.Owner == "" && !r.unchanged("owner") {
		r.wrong("owner", "who logged it is missing")
	}
	f, place := r.place()
	d.Factory, d.Channel = f, place.Channel
	d.Order, d.Confirmed, d.Shipped = string(r.Order), r.day("confirmed", r.Confirmed), r.day("shipped", r.Shipped)
	d.Quantity, d.Sent = r.pieces("quantity", r.Quantity), r.pieces("shipped_pieces", r.Sent)
	d.OurDelay, d.Why = r.yes("our_delay", r.OurDelay), string(r.Why)
	d.Normalize()
	var es visit.InputErrors
	es.Collect(d.Check(r.kinds.Today))
	for _, e := range es {
		e.Field = cmp.Or(map[string]string{"sent": "shipped_pieces"}[e.Field], e.Field)
		r.check(visit.InputErrors{e})
	}
	return d
}

func entryOfDelivery(d *visit.OrderDelivery) entry {
	e := shared(delivery, d.Number, &d.Factory, &visit.Place{Channel: d.Channel}, d.By)
	e.Order, e.Confirmed, e.Shipped = text(d.Order), text(d.Confirmed.String()), text(d.Shipped.String())
	e.Quantity, e.Sent, e.Why = numbered(d.Quantity), numbered(d.Sent), text(d.Why)
	if d.OurDelay {
		e.OurDelay = "yes"
	}
	return e
}

// Delivery makes the change to d, which keeps how it was.
func (c *Change) Delivery(d *visit.OrderDelivery, now visit.Mark) error {
	if err := c.still(entryOfDelivery(d)); err != nil {
		return err
	}
	to := *d
	for _, cell := range c.Cells {
		switch cell.Column {
		case "order":
			to.Order = c.delivery.Order
		case "shipped":
			to.Shipped = c.delivery.Shipped
		case "shipped_pieces":
			to.Sent = c.delivery.Sent
		case "our_delay":
			to.OurDelay = c.delivery.OurDelay
		case "why":
			to.Why = c.delivery.Why
		}
	}
	_, err := d.Correct(to, "", now.By, now.At)
	return err
}

// orderOf is what all deliveries of an order have in common.
func orderOf(site *visit.Factory, e *entry) thing {
	d := visit.OrderDelivery{Order: string(e.Order)}
	return thing{delivery, site, d.FoldedOrder(), "", string(e.Channel)}
}

// deliveryThing is one delivery of an order, which may have several.
func deliveryThing(site *visit.Factory, e *entry) thing {
	of := orderOf(site, e)
	of.when = fmt.Sprintf("%s %s %s %s", e.Confirmed, e.Shipped, e.Quantity, e.Sent)
	return of
}

// unclaimed finds the recorded deliveries of each order that no row numbers.
func (c *comparison) unclaimed() map[thing][]standing {
	orders := map[thing][]standing{}
	ds := slices.Clone(c.recorded.Deliveries)
	slices.SortFunc(ds, func(a, b visit.OrderDelivery) int { return cmp.Compare(a.Number, b.Number) })
	for _, d := range ds {
		if _, numbered := c.lines[visit.Subject(fmt.Sprintf("%s %d", delivery, d.Number))]; numbered {
			continue
		}
		e := entryOfDelivery(&d)
		of := orderOf(c.factories[d.Factory.Number], &e)
		orders[of] = append(orders[of], standing{number: d.Number, entry: e})
	}
	return orders
}

// delivered finds the delivery that a row without a number is. An order may have several: it is
// the one that says the same, or else the first that no other row is. So the day of shipping that
// somebody writes beside an order is no second delivery; one is added where the file has the others too.
func (c *comparison) delivered(site *visit.Factory, e *entry, exists map[thing]standing) (standing, bool) {
	of := orderOf(site, e)
	left := c.orders[of]
	if old, there := exists[deliveryThing(site, e)]; there {
		c.orders[of] = slices.DeleteFunc(left, func(s standing) bool { return s.number == old.number && old.number > 0 })
		return old, true
	}
	if len(left) == 0 {
		return standing{}, false
	}
	c.orders[of], exists[deliveryThing(site, e)] = left[1:], left[0]
	return left[0], true
}
