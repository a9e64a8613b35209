package visit

import (
	"cmp"
	"slices"
	"strings"

	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/role"
)

// How a team makes a checklist its own: days, words and places of single items, and who does
// them.

// DueDay is the day of a milestone of what takes place from first to last: counted from the
// first day before it, from the last on it and after it.
func (m Milestone) DueDay(first, last civil.Date) civil.Date {
	if m < 0 {
		return first.AddDays(int(m))
	}
	return last.AddDays(int(m))
}

// DueDay is the day by which the item is to be done: its own, or else that of its milestone.
func (i *Item) DueDay(first, last civil.Date) civil.Date {
	if !i.Due.IsZero() {
		return i.Due
	}
	return i.Milestone.DueDay(first, last)
}

// Falls is the milestone on which the item is due: by its own day, if it has one.
func (i *Item) Falls(first, last civil.Date) Milestone {
	switch d := i.Due; {
	case d.IsZero():
		return i.Milestone
	case d.Before(first):
		return Milestone(d.Sub(first))
	case d.After(last):
		return Milestone(d.Sub(last))
	}
	return 0
}

// source is what the template says of the item.
func (i *Item) source() string { return cmp.Or(i.Original, i.Text) }

// OpenDays are the milestones on which open items are due, in order.
func (c Checklist) OpenDays(first, last civil.Date) []Milestone {
	return c.milestones(first, last, func(i *Item) bool { return i.Open() })
}

// OwnDays are those of open items that have a day of their own.
func (c Checklist) OwnDays(first, last civil.Date) []Milestone {
	return c.milestones(first, last, func(i *Item) bool { return i.Open() && !i.Due.IsZero() })
}

func (c Checklist) milestones(first, last civil.Date, of func(*Item) bool) (ms []Milestone) {
	for n := range c {
		if of(&c[n]) {
			ms = append(ms, c[n].Falls(first, last))
		}
	}
	slices.Sort(ms)
	return slices.Compact(ms)
}

// sameOwnDays reports whether the open items of two lists have the same days of their own.
func (c Checklist) sameOwnDays(o Checklist) bool {
	days := func(c Checklist) (ds []civil.Date) {
		for n := range c {
			if c[n].Open() && !c[n].Due.IsZero() {
				ds = append(ds, c[n].Due)
			}
		}
		slices.SortFunc(ds, civil.Date.Compare)
		return slices.Compact(ds)
	}
	return slices.Equal(days(c), days(o))
}

// A Show says which items of a checklist somebody wants to see.
type Show string

// The ways of looking at a checklist.
const (
	ShowAll     Show = ""
	ShowMine    Show = "mine" // of whoever looks, done or not
	ShowOpen    Show = "open"
	ShowLate    Show = "late"   // open, and its day has passed
	ShowUnowned Show = "nobody" // open, and nobody has taken it
)

// Shows are the ways of looking, in the order of a menu.
func Shows() []Show { return []Show{ShowAll, ShowMine, ShowOpen, ShowLate, ShowUnowned} }

// A View is who looks at the checklist of what takes place from First to Last, and on which day.
type View struct {
	Reader             string
	First, Last, Today civil.Date
}

// Late reports whether the item is open and its day has passed.
func (w View) Late(i *Item) bool { return i.Open() && i.DueDay(w.First, w.Last).Before(w.Today) }

// Shown reports whether the item is among those that s shows.
func (w View) Shown(i *Item, s Show) bool {
	switch s {
	case ShowMine:
		return !i.Removed && i.Owner != "" && i.Owner == w.Reader
	case ShowOpen:
		return i.Open()
	case ShowLate:
		return w.Late(i)
	case ShowUnowned:
		return i.Unowned()
	}
	return !i.Removed
}

// Unowned are the open items of a milestone that nobody has taken.
func (c Checklist) Unowned(m Milestone) (open []*Item) {
	for n := range c {
		if i := &c[n]; i.Milestone == m && i.Unowned() {
			open = append(open, i)
		}
	}
	return open
}

// AssignAll gives the open items of a milestone that nobody has taken to somebody, and returns
// how many those were.
func (c Checklist) AssignAll(m Milestone, owner string) int {
	open := c.Unowned(m)
	for _, i := range open {
		i.Owner = owner
	}
	return len(open)
}

// end is the position of what is put behind the last item of a milestone.
func (c Checklist) end(m Milestone) int {
	last := 0
	for n := range c {
		if c[n].Milestone == m {
			last = max(last, c[n].Position)
		}
	}
	if last == 0 {
		return 0 // nobody has moved any: they go by their ids
	}
	return last + 1
}

// Place is the item's place among those of its milestone, from 1, and how many those are.
func (c Checklist) Place(id int) (place, of int) {
	i, err := c.Find(id)
	if err != nil {
		return 0, 0
	}
	for n := range c {
		if o := &c[n]; !o.Removed && o.Milestone == i.Milestone {
			if of++; o.ID == id {
				place = of
			}
		}
	}
	return place, of
}

// Move puts an item at a place among those of its milestone, from 1; beyond the ends it is the
// first or the last. It reports whether that changed anything.
func (c Checklist) Move(id, place int) (bool, error) {
	was, of := c.Place(id)
	place = min(max(place, 1), of)
	i, err := c.Find(id)
	if err != nil || place == was {
		return false, err
	}
	var there []*Item
	for n := range c {
		if o := &c[n]; !o.Removed && o.Milestone == i.Milestone && o.ID != id {
			there = append(there, o)
		}
	}
	for n, o := range slices.Insert(there, place-1, i) {
		o.Position = n + 1
	}
	c.Sort()
	return true, nil
}

// Reword gives an item other words. A line that came with the checklist keeps what it said in
// Original. What the team writes is for insiders, unless whoever writes it says that another
// company may read it too: forAll. It reports false where the words are the same.
func (c Checklist) Reword(id int, text string, forAll bool) (bool, error) {
	text = strings.Join(strings.Fields(chars.Line(text)), " ")
	i, err := c.Find(id)
	if err != nil || text == i.Text {
		return false, err
	}
	var es InputErrors
	es.checkText("item", "Please enter what needs to be done.", text, MaxItem)
	for n := range c {
		if o := &c[n]; !o.Removed && o.ID != id && o.Milestone == i.Milestone && strings.EqualFold(o.Text, text) {
			es.add("item", "Another item here already says that. Please word it differently.")
			break
		}
	}
	if err := es.orNil(); err != nil {
		return false, err
	}
	original := i.source()
	if i.Text, i.Sensitive = text, !forAll; i.Custom {
		return true, nil
	}
	if i.Original = original; text == original {
		i.Original = ""
	}
	return true, nil
}

// SetDue gives an item a day of its own, or, with none, that of its milestone again. It reports
// false where that is its day.
func (c Checklist) SetDue(id int, due, today civil.Date) (bool, error) {
	i, err := c.Find(id)
	if err != nil || due == i.Due {
		return false, err
	}
	var es InputErrors
	switch {
	case due.IsZero():
	case due.Before(today):
		es.add("due", "%s has already passed. Please pick today or a later day.", dayOf(due))
	case due.Year > MaxYear:
		es.add("due", "%s is too far off. Please pick a day before 2200.", dayOf(due))
	}
	if err := es.orNil(); err != nil {
		return false, err
	}
	i.Due = due
	return true, nil
}

// A holder is somebody who can own items, and what they are on a visit or an inspection.
type holder struct {
	person string
	roles  []role.Role
}

// shareOut gives the open lines that nobody has taken and that are meant for a role to whom has
// it: to the one with the fewest roles, or of those the first. Against what was before, it looks
// only at lines that are new and at roles that somebody has newly got, so that what a team took
// away from somebody stays so.
func (c Checklist) shareOut(now []holder, before Checklist, had []holder) {
	for n := range c {
		i := &c[n]
		if !i.Open() || i.Owner != "" || i.Role == "" {
			continue
		}
		fresh := !slices.ContainsFunc(before, func(o Item) bool { return o.ID == i.ID && !o.Removed })
		fewest := 0
		for _, h := range now {
			got := !slices.ContainsFunc(had, func(o holder) bool { return o.person == h.person && slices.Contains(o.roles, i.Role) })
			if slices.Contains(h.roles, i.Role) && (fresh || got) && (fewest == 0 || len(h.roles) < fewest) {
				i.Owner, fewest = h.person, len(h.roles)
			}
		}
	}
}

// holders are the travellers with an account, and their roles.
func (v *Visit) holders() (hs []holder) {
	for _, p := range v.People {
		if p.User != "" {
			hs = append(hs, holder{p.User, role.Of(p.Role)})
		}
	}
	return hs
}

// ShareOut gives lines that are meant for a role and that nobody has taken to the traveller who
// has it: all of them with before nil, else those that are new or whose role somebody has got.
func (v *Visit) ShareOut(before *Visit) {
	if before == nil {
		v.Items.shareOut(v.holders(), nil, nil)
		return
	}
	v.Items.shareOut(v.holders(), before.Items, before.holders())
}

// ApplyTemplate is [Checklist.ApplyTemplate] for a visit, after a change of purpose: a line that
// only its role gave to somebody goes with the old template.
func (v *Visit) ApplyTemplate(lines []Item) {
	hs, owners := v.holders(), map[int]string{}
	for n := range v.Items {
		i := &v.Items[n]
		byRole := func(h holder) bool { return h.person == i.Owner && slices.Contains(h.roles, i.Role) }
		if i.Role != "" && i.Open() && slices.ContainsFunc(hs, byRole) {
			owners[i.ID], i.Owner = i.Owner, ""
		}
	}
	v.Items.ApplyTemplate(lines)
	for n := range v.Items {
		if i := &v.Items[n]; !i.Removed && i.Owner == "" {
			i.Owner = owners[i.ID]
		}
	}
}

// holders is the inspector, who checks the goods.
func (i *Inspection) holders() []holder {
	if i.Inspector == "" {
		return nil
	}
	return []holder{{i.Inspector, []role.Role{role.Quality}}}
}

// ShareOut is [Visit.ShareOut] for an inspection, whose inspector has the lines about quality.
func (i *Inspection) ShareOut(before *Inspection) {
	if before == nil {
		i.Items.shareOut(i.holders(), nil, nil)
		return
	}
	i.Items.shareOut(i.holders(), before.Items, before.holders())
}
