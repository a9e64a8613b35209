package visit

import (
	"slices"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
)

// An OrderDelivery is an order of a factory, when it was confirmed for, and when it was shipped.
type OrderDelivery struct {
	Workspace string
	Number    int
	Rev       int
	Factory   Factory
	Channel   string // whose members may see it
	Order     string
	// Confirmed is the day that the factory first confirmed. A later one that it asked for changes
	// nothing: the score is by the first.
	Confirmed civil.Date
	Shipped   civil.Date // zero while it is not
	Quantity  int        // pieces ordered
	Sent      int        // pieces shipped by that day
	OurDelay  bool       // we caused it: it does not count against them
	Why       string     // of our delay
	By        string
	Created   time.Time
	Revisions []OrderRevision
}

// An OrderRevision is how a delivery was before somebody corrected it, and why.
type OrderRevision struct {
	Order     string     `json:"order,omitempty"`
	Confirmed civil.Date `json:"confirmed"`
	Shipped   civil.Date `json:"shipped"`
	Quantity  int        `json:"quantity,omitempty"`
	Sent      int        `json:"sent,omitempty"`
	OurDelay  bool       `json:"our_delay,omitempty"`
	Why       string     `json:"why,omitempty"` // why it was corrected
	Said      Mark       `json:"said"`
}

// OfDelivery is the kind of a delivery in its Subject.
const OfDelivery SubjectKind = "delivery"

// The most that a delivery may say.
const (
	MaxOrdered   = 100_000_000 // pieces
	MaxRevisions = 50
	farOff       = 730 // days from today beyond which a day is asked about
)

// Subject names the delivery.
func (d *OrderDelivery) Subject() Subject { return SubjectOf(OfDelivery, d.Number) }

// Normalize tidies what was typed.
func (d *OrderDelivery) Normalize() {
	d.Order, d.Why = chars.Line(d.Order), chars.Prose(d.Why)
}

// FoldedOrder is the order's number as it is compared.
func (d *OrderDelivery) FoldedOrder() string { return folded(d.Order) }

// Check reports every mistake in d on a day. What is wrong with one field often shows only beside
// another, such as pieces without a day, so the fields are not checked one by one.
func (d *OrderDelivery) Check(today civil.Date) error {
	var es InputErrors
	es.checkText("order", "Please give the number of the order.", d.Order, MaxPlace)
	if d.Channel == "" {
		es.add("channel", "Please pick the channel whose members may see it.")
	}
	switch {
	case d.Confirmed.IsZero():
		es.add("confirmed", "Please pick the day that the factory first confirmed.")
	case d.Confirmed.Sub(today) > farOff || today.Sub(d.Confirmed) > 5*farOff:
		es.add("confirmed", "%s is very far off. Please check the year.", dayOf(d.Confirmed))
	}
	switch {
	case d.Shipped.IsZero():
	case d.Shipped.After(today):
		es.add("shipped", "%s has not come yet. Leave this empty until it is shipped.", dayOf(d.Shipped))
	case today.Sub(d.Shipped) > 5*farOff:
		es.add("shipped", "%s is very far off. Please check the year.", dayOf(d.Shipped))
	}
	if d.Quantity < 1 || d.Quantity > MaxOrdered {
		es.add("quantity", "Please give the number of pieces ordered, for example 3000.")
	}
	switch {
	case d.Sent < 0 || d.Sent > MaxOrdered:
		es.add("sent", "Please give the number of pieces shipped, for example 3000.")
	case d.Sent > 0 && d.Shipped.IsZero():
		es.add("shipped", "Please pick the day on which the %d pieces were shipped.", d.Sent)
	case d.Sent == 0 && !d.Shipped.IsZero():
		es.add("sent", "Please give the number of pieces shipped, for example 3000.")
	}
	if d.OurDelay {
		es.checkText("why", "Please write what on our side delayed it.", d.Why, MaxReason)
	}
	es.checkText("why", "", d.Why, MaxReason)
	return es.orNil()
}

// Kept reports whether it was shipped whole by the day that was confirmed first. Early is not
// late, more is not short.
func (d *OrderDelivery) Kept() bool {
	return !d.Shipped.IsZero() && !d.Shipped.After(d.Confirmed) && d.Sent >= d.Quantity
}

// counts reports whether it counts on a day: it was shipped, or its day has passed; and what we
// delayed counts only where they kept it all the same.
func (d *OrderDelivery) counts(today civil.Date) bool {
	happened := d.Confirmed.Before(today) || !d.Shipped.IsZero() && !d.Shipped.After(today)
	return happened && (d.Kept() || !d.OurDelay)
}

// eachOnce are the deliveries whose first day is in a time, those of an order by one channel only:
// the one that has most of them shipped, or else the first by its id. Two channels that log the same
// order tell of one, and a channel that logs several deliveries of an order of several.
func eachOnce(ds []OrderDelivery, in func(civil.Date) bool) (once []OrderDelivery) {
	shipped := map[string]map[string]int{} // by order and channel
	for _, d := range ds {
		if !in(d.Confirmed) {
			continue
		}
		of := shipped[d.FoldedOrder()]
		if of == nil {
			of = map[string]int{}
			shipped[d.FoldedOrder()] = of
		}
		if of[d.Channel] += 0; !d.Shipped.IsZero() {
			of[d.Channel]++
		}
		once = append(once, d)
	}
	return slices.DeleteFunc(once, func(d OrderDelivery) bool {
		of := shipped[d.FoldedOrder()]
		for channel, n := range of {
			if n > of[d.Channel] || n == of[d.Channel] && channel < d.Channel {
				return true
			}
		}
		return false
	})
}

// Correct changes a delivery and keeps how it was. The day that was confirmed first is corrected
// only with a reason: one that moved is none.
func (d *OrderDelivery) Correct(to OrderDelivery, why, by string, now time.Time) (bool, error) {
	to.Normalize()
	was := OrderRevision{Order: d.Order, Confirmed: d.Confirmed, Shipped: d.Shipped, Quantity: d.Quantity, Sent: d.Sent, OurDelay: d.OurDelay, Why: chars.Prose(why), Said: Mark{by, now}}
	var es InputErrors
	if to.Confirmed != d.Confirmed || to.Quantity != d.Quantity {
		es.checkText("correction", "The day first confirmed and the quantity stay as they were agreed. Please write why this is a correction.", was.Why, MaxReason)
	}
	if len(d.Revisions) >= MaxRevisions {
		es.add("correction", "Delivery %d has been corrected %d times. Please log it again as a new delivery.", d.Number, len(d.Revisions))
	}
	if err := es.orNil(); err != nil {
		return false, err
	}
	if to.Order == d.Order && to.Confirmed == d.Confirmed && to.Shipped == d.Shipped && to.Quantity == d.Quantity && to.Sent == d.Sent && to.OurDelay == d.OurDelay && to.Why == d.Why {
		return false, nil
	}
	d.Order, d.Confirmed, d.Shipped, d.Quantity, d.Sent, d.OurDelay, d.Why = to.Order, to.Confirmed, to.Shipped, to.Quantity, to.Sent, to.OurDelay, to.Why
	d.Revisions = append(d.Revisions[:len(d.Revisions):len(d.Revisions)], was)
	return true, nil
}

// TodayAt is the day at a factory.
func TodayAt(f *Factory, now time.Time) civil.Date {
	place := Place{Zone: f.Zone}
	return place.Today(now)
}
