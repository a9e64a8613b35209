package exchange

import (
	"fmt"
	"strconv"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// A Change is what one row of a file asks for. Of a factory it is what one or several rows do.
type Change struct {
	Line   int
	Kind   string // visit, plan, agreement, market_note, delivery or factory
	Number int    // 0 of what is added
	Title  string // what it is called where it is told of
	Cells  []Cell // what differs; none of what is added

	to         entry // as the row has it
	visit      visit.Visit
	plan       visit.Plan
	agreement  visit.Agreement
	marketNote visit.MarketNote
	delivery   visit.OrderDelivery
	site       *visit.Factory
	checklist  func(purpose string, unannounced bool) visit.Checklist
}

// A Cell is a column of what is recorded that is to say something else.
type Cell struct{ Column, From, To string }

// String tells of the change, in one line.
func (c Cell) String() string {
	return fmt.Sprintf("%s: %s → %s", c.Column, quoted(c.From), quoted(c.To))
}

// Of names what changes, such as "visit 3".
func (c *Change) Of() string { return c.Kind + " " + strconv.Itoa(c.Number) }

// NewFactory is the factory to which a visit is moved and that is not recorded yet, or nil. It
// is to be recorded, and its number set, before the change is made.
func (c *Change) NewFactory() *visit.Factory {
	if c.Kind == "visit" && c.Number > 0 && c.site.Number == 0 {
		return c.site
	}
	return nil
}

// Owner is whose the visit or plan is once it has changed.
func (c *Change) Owner() string { return string(c.to.Owner) }

// still reports an error where something is no longer what the file was compared with.
func (c *Change) still(now entry) error {
	for _, cell := range c.Cells {
		if is := now.value(cell.Column); !sameText(is, cell.From) {
			return fmt.Errorf("somebody changed %s meanwhile: its %s is %s now", c.Of(), cell.Column, quoted(is))
		}
	}
	return nil
}

// Visit makes the change to v: what the row changed, and nothing else.
func (c *Change) Visit(v *visit.Visit) error {
	if err := c.still(entryOfVisit(v)); err != nil {
		return err
	}
	again := false // the checklist is another
	for _, cell := range c.Cells {
		switch cell.Column {
		case "factory_number":
			v.Factory, v.Zone = *c.site, c.site.Zone
		case "purpose":
			v.Purpose = c.visit.Purpose
			again = true
		case "first":
			v.First = c.visit.First
		case "last":
			v.Last = c.visit.Last
		case "people":
			v.People = c.visit.People
		case "agenda":
			v.Agenda = c.visit.Agenda
		case "unannounced":
			v.Unannounced, again = c.visit.Unannounced, true
		case "owner":
			v.Owner = c.visit.Owner
		}
	}
	if again {
		v.ApplyTemplate(c.checklist(v.Purpose, v.Unannounced))
	}
	return nil
}

// Plan makes the change to p.
func (c *Change) Plan(p *visit.Plan) error {
	if err := c.still(entryOfPlan(p)); err != nil {
		return err
	}
	for _, cell := range c.Cells {
		switch cell.Column {
		case "rule":
			p.Rule = c.plan.Rule
		case "leads":
			p.LeadDays = c.plan.LeadDays
		case "inspectors":
			p.Inspectors = c.plan.Inspectors
		case "owner":
			p.Owner = c.plan.Owner
		}
	}
	return nil
}

// OnPlan reports whether the changed plan has an inspection on a day.
func (c *Change) OnPlan(p *visit.Plan, d civil.Date) bool {
	rule, err := calendar.Parse(p.Rule)
	if err != nil {
		return false
	}
	zone, err := calendar.LoadZone(p.Zone)
	return err == nil && rule.On(d, zone)
}

// Factory makes the change to f.
func (c *Change) Factory(f *visit.Factory) error {
	if err := c.still(entryOfFactory(f)); err != nil {
		return err
	}
	for _, cell := range c.Cells {
		set(f, cell.Column, cell.To)
	}
	return nil
}
