package visit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/role"
)

// A Milestone is a day counted from a visit or an inspection: negative before
// its first day, 0 on each of its days, positive after its last.
type Milestone int

// Eve is the last milestone before a visit. Its reminder comes while nobody is on their
// way, see [Timing.EveOf].
const Eve Milestone = -1

// Label says when it is, in words: "8 weeks before", "on the day", "1 day after".
func (m Milestone) Label(p *lang.Printer) string {
	n := max(int(m), -int(m))
	weeks := n >= 14 && n < 90 && n%7 == 0
	switch {
	case m == 0:
		return p.T("on the day")
	case m == -7:
		return p.T("1 week before")
	case m == 7:
		return p.T("1 week after")
	case m == -1:
		return p.T("1 day before")
	case m == 1:
		return p.T("1 day after")
	case m < 0 && weeks:
		return p.T("%d weeks before", n/7)
	case weeks:
		return p.T("%d weeks after", n/7)
	case m < 0:
		return p.T("%d days before", n)
	}
	return p.T("%d days after", n)
}

// An Item is one line of a checklist.
type Item struct {
	ID        int // unique in its checklist, and never given again
	Milestone Milestone
	Position  int        // within its milestone, from 1; 0 where nobody has moved any item there
	Due       civil.Date // its own day; zero where it goes by its milestone, see [Item.DueDay]
	Text      string
	Original  string    // what it said before the team reworded it; empty where nobody did
	Role      role.Role // whom it is meant for, as the template has it
	Entries   []string  // ids of the knowledge entries that explain it
	Sensitive bool      // not for another company: about an audit, a price, a negotiation or a red flag, or the team's own
	Owner     string    // Slack id, or empty
	Done      Mark
	Skipped   string // why it does not apply; then Done says who decided so
	Custom    bool   // added by the team, so the team may remove it
	Removed   bool
}

// Open reports whether there is still something to do.
func (i *Item) Open() bool { return !i.Done.IsSet() && !i.Removed }

// Unowned reports whether the item is open and nobody has taken it.
func (i *Item) Unowned() bool { return i.Open() && i.Owner == "" }

// A Checklist is what there is to do for one visit or inspection.
type Checklist []Item

// Find returns the item with the id.
func (c Checklist) Find(id int) (*Item, error) {
	for i := range c {
		if c[i].ID == id && !c[i].Removed {
			return &c[i], nil
		}
	}
	return nil, fmt.Errorf("item %d: %w", id, ErrNotFound)
}

// Tick marks an item as done. It reports false when somebody already did; then
// the first tick stands.
func (c Checklist) Tick(id int, by string, now time.Time) (bool, error) {
	i, err := c.Find(id)
	if err != nil || i.Done.IsSet() {
		return false, err
	}
	i.Done = Mark{by, now}
	return true, nil
}

// Skip marks an item as not applicable, with a reason.
func (c Checklist) Skip(id int, reason, by string, now time.Time) (bool, error) {
	reason = chars.Prose(reason)
	var es InputErrors
	es.checkText("reason", "Please enter why this does not apply.", reason, MaxReason)
	if err := es.orNil(); err != nil {
		return false, err
	}
	i, err := c.Find(id)
	if err != nil || i.Done.IsSet() {
		return false, err
	}
	i.Done, i.Skipped = Mark{by, now}, reason
	return true, nil
}

// Reopen undoes Tick and Skip. It reports false when the item is open.
func (c Checklist) Reopen(id int) (bool, error) {
	i, err := c.Find(id)
	if err != nil || !i.Done.IsSet() {
		return false, err
	}
	i.Done, i.Skipped = Mark{}, ""
	return true, nil
}

// Assign gives an item to somebody, or to nobody.
func (c Checklist) Assign(id int, owner string) (bool, error) {
	i, err := c.Find(id)
	if err != nil || i.Owner == owner {
		return false, err
	}
	i.Owner = owner
	return true, nil
}

// Add puts an item of the team's own on the list and returns its id. Nobody can tell
// what the team writes there, so it is for insiders, unless whoever writes it says that
// another company may read it too: forAll. The same words at the same milestone are
// on the list already: then it is that item's id, and it stays as it is.
func (c *Checklist) Add(i Item, forAll bool) (int, error) {
	i.Text = strings.Join(strings.Fields(chars.Line(i.Text)), " ")
	i.Sensitive = !forAll
	var es InputErrors
	es.checkText("item", "Please enter what needs to be done.", i.Text, MaxItem)
	last := 0
	for _, o := range *c {
		last = max(last, o.ID)
		if !o.Removed && o.Milestone == i.Milestone && strings.EqualFold(o.Text, i.Text) {
			return o.ID, nil
		}
	}
	if len(*c) >= MaxItems {
		es.add("item", "This checklist already has %d items, the most it can hold. Please remove one first.", MaxItems)
	}
	if err := es.orNil(); err != nil {
		return 0, err
	}
	i.ID, i.Custom, i.Position = last+1, true, c.end(i.Milestone)
	*c = append(*c, i)
	c.Sort()
	return i.ID, nil
}

// Remove deletes an item that the team added. Lines of the template stay: they can
// be marked as not applicable.
func (c Checklist) Remove(id int) error {
	i, err := c.Find(id)
	if err != nil {
		return err
	}
	if !i.Custom {
		return Invalid("item", "This item came with the checklist, so it can't be removed. Mark it as not applicable instead.")
	}
	i.Removed = true
	return nil
}

// Sort orders the items by milestone, and within one by position, then by id.
func (c Checklist) Sort() {
	slices.SortFunc(c, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Milestone, b.Milestone), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
}

// Progress says how far a checklist is. What does not apply is neither done nor to do.
type Progress struct{ Done, All, Skipped int }

// Words are a progress as people read it: "2 of 43 done, 2 do not apply".
func (n Progress) Words(p *lang.Printer) string {
	if n.All == 0 && n.Skipped == 0 {
		return p.T("no checklist")
	}
	switch n.Skipped {
	case 0:
		return p.T("%d of %d done", n.Done, n.All)
	case 1:
		return p.T("%d of %d done, 1 does not apply", n.Done, n.All)
	}
	return p.T("%d of %d done, %d do not apply", n.Done, n.All, n.Skipped)
}

// Progress counts the items.
func (c Checklist) Progress() (n Progress) {
	for i := range c {
		switch it := &c[i]; {
		case it.Removed:
		case it.Skipped != "":
			n.Skipped++
		case it.Done.IsSet():
			n.Done++
			n.All++
		default:
			n.All++
		}
	}
	return n
}

// Milestones lists the milestones that have items, in order.
func (c Checklist) Milestones() []Milestone {
	var ms []Milestone
	for i := range c {
		if !c[i].Removed && !slices.Contains(ms, c[i].Milestone) {
			ms = append(ms, c[i].Milestone)
		}
	}
	slices.Sort(ms)
	return ms
}

// ApplyTemplate takes the lines of another template, after a change of purpose: what was
// ticked, assigned, changed or added stays, other open lines that the template lacks go.
func (c *Checklist) ApplyTemplate(lines []Item) {
	last := 0
	for _, o := range *c {
		last = max(last, o.ID)
	}
	same := func(a, b *Item) bool { return a.Milestone == b.Milestone && strings.EqualFold(a.Text, b.source()) }
	for i := range *c {
		o := &(*c)[i]
		kept := slices.ContainsFunc(lines, func(l Item) bool { return same(&l, o) })
		switch {
		case kept && o.Removed && !o.Custom:
			o.Removed = false // back after a change of purpose and back
		case !kept && !o.Custom && o.Open() && o.Owner == "" && o.Original == "" && o.Due.IsZero():
			o.Removed = true
		}
	}
	for _, l := range lines {
		if !slices.ContainsFunc(*c, func(o Item) bool { return same(&l, &o) }) {
			last++
			l.ID, l.Position = last, c.end(l.Milestone)
			*c = append(*c, l)
		}
	}
	c.Sort()
}
