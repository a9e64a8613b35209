package exchange

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"visitprep/internal/lang"
	"visitprep/internal/visit"
)

// at finds the factory of a row that names its number, and what the row corrects of it.
func (c *comparison) at(rd *reader, number int) {
	if number == 0 {
		rd.unplaced = true
		return
	}
	f := c.factories[number]
	if f == nil || f.Removed && (rd.base == nil || rd.leaves != nil) {
		rd.wrongly("factory_number", fmt.Sprintf("there is no factory %d", number), "leave factory_number empty to name one by its name and city")
		rd.done = true
		return
	}
	rd.site = f
	if o := c.otherDescribed(rd, f); o != nil {
		rd.wrongly("factory_number", fmt.Sprintf("the row names factory %d and describes factory %d", number, o.Number), "write the number and the name of the same one")
		return
	}
	recorded := entryOfFactory(f)
	for _, column := range ofFactory {
		// An emptied cell empties what it was in, but says nothing of another factory.
		is, here := recorded.value(column), rd.value(column)
		if rd.base == nil && here != "" && rd.lost(column, fmt.Sprintf("factory %d", number), is) {
			continue
		}
		if !sameText(is, here) && (here != "" || rd.base != nil && rd.leaves == nil) {
			c.differs(rd, number, column, is, here)
		}
	}
}

// otherDescribed is a factory of another name than f that the row describes: its number or
// its name was changed, and the other forgotten.
func (c *comparison) otherDescribed(rd *reader, f *visit.Factory) *visit.Factory {
	if rd.leaves != nil || rd.Factory == "" || rd.describes(f) {
		return nil
	}
	for _, o := range c.factories {
		if o != f && !o.Removed && o.FoldedName() != f.FoldedName() && rd.describes(o) {
			return o
		}
	}
	return nil
}

// differs takes that a row has something else in a column than its factory.
func (c *comparison) differs(rd *reader, number int, column, is, here string) {
	switch {
	case rd.leaves != nil:
		if left := entryOfFactory(rd.leaves); !sameText(left.value(column), here) {
			rd.wrongly(column, fmt.Sprintf("the %s moves to factory %d, where this is %s", rd.Kind, number, quoted(is)), "leave it empty here, and correct that factory in a row that stays there")
		}
	case column == "zone":
		rd.wrongly(column, fmt.Sprintf("that of factory %d is %s and cannot be changed by a file", number, is), "leave it as it was; what is in another zone is another factory")
	case rd.base == nil && is != "" && (column == "factory" || column == "city" || column == "address") && rd.Exported == "": // checkNamed looks at it
	case rd.base == nil && rd.Exported != "": // a copy of a row, and nobody knows of when
		rd.doubt(column, fmt.Sprintf("factory %d has %s, and a new row does not change that", number, quoted(is)))
	default:
		c.want(rd, number, column, is, here)
	}
}

// checkNamed refuses new rows that name the number of one factory and describe another. The
// copy of an exported row may have what that factory was before it was corrected.
func (c *comparison) checkNamed() {
	for _, rd := range c.readers {
		f := rd.site
		if rd.base != nil || rd.done || f == nil {
			continue
		}
		here := visit.Factory{Name: cmp.Or(string(rd.Factory), f.Name), City: cmp.Or(string(rd.City), f.City), Address: cmp.Or(string(rd.Address), f.Address)}
		if here.SameSite(f) || here.FoldedName() == f.FoldedName() && rd.copied() && !c.isOther(&here, f) {
			continue
		}
		is := *f
		for column, to := range c.corrections[f.Number] {
			if to.by == rd {
				set(&is, column, to.from)
			}
		}
		rd.wrongly("factory_number", fmt.Sprintf("%d is %s, and the row says %s", f.Number, named(&is, &here), named(&here, &is)), "empty factory_number for a new factory, or leave its other columns as recorded")
	}
}

// copied reports whether the row describes its factory as it was exported.
func (r *reader) copied() bool {
	_, site := halves(r.entry)
	return len(r.Exported) == 2*halfWord && string(r.Exported[halfWord:]) == site
}

// isOther reports whether what a row describes is recorded beside f.
func (c *comparison) isOther(here, f *visit.Factory) bool {
	for _, o := range c.factories {
		if o != f && here.SameSite(o) {
			return true
		}
	}
	return false
}

// named is a factory in a sentence, with its address where another one's differs.
func named(f, other *visit.Factory) string {
	s := f.Name
	if f.City != "" {
		s += " in " + f.City
	}
	if f.Address != other.Address && f.Address != "" {
		s += ", " + f.Address
	}
	return s
}

// want notes that a row corrects a cell of a factory.
func (c *comparison) want(rd *reader, number int, column, is, want string) {
	if c.corrections[number] == nil {
		c.corrections[number] = map[string]correction{}
	}
	if other, twice := c.corrections[number][column]; twice && !sameText(other.to, want) {
		rd.wrongly(column, fmt.Sprintf("factory %d has %s, and is to have %s by line %d and %s by this one", number, quoted(is), quoted(other.to), other.line, quoted(want)), "write the same in both, or in one what is recorded")
		return
	} else if twice {
		return
	}
	c.corrections[number][column] = correction{rd.line(column), is, want, rd}
}

// correct applies what rows correct of factories, so that others find them as they will be.
func (c *comparison) correct() {
	for number, cells := range c.corrections {
		f := c.factories[number]
		corrected := *f
		for column, to := range cells {
			set(&corrected, column, to.to)
		}
		corrected.Normalize()
		var wrong visit.InputErrors
		if wrong.Collect(corrected.Check()); len(wrong) > 0 {
			for _, e := range wrong {
				if cell, ok := cells[columnOf(e.Field)]; ok {
					cell.by.check(e)
				}
			}
			continue
		}
		*f = corrected
	}
}

// place finds the factories of rows that do not name a number: those that say most of theirs
// first, so that the others can only be one of them.
func (c *comparison) place() {
	var rows []*reader
	for _, rd := range c.readers {
		if rd.unplaced && !rd.done {
			rows = append(rows, rd)
		}
	}
	known := func(rd *reader) int {
		n := 0
		for _, s := range []text{rd.City, rd.Address} {
			if s != "" {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(rows, func(a, b *reader) int { return cmp.Compare(known(b), known(a)) })
	p := placing{c, map[string][]*visit.Factory{}, map[*visit.Factory]int{}}
	for _, number := range slices.Sorted(maps.Keys(c.factories)) {
		if f := c.factories[number]; !f.Removed {
			p.named[f.FoldedName()] = append(p.named[f.FoldedName()], f)
		}
	}
	for _, rd := range rows {
		p.place(rd)
		if rd.leaves != nil && rd.site == rd.leaves {
			rd.leaves = nil
			rd.changed = slices.DeleteFunc(rd.changed, func(column string) bool { return column == "factory_number" || slices.Contains(ofFactory, column) })
		}
	}
}

// A placing finds factories by their names.
type placing struct {
	*comparison
	named map[string][]*visit.Factory // by folded name, the new ones too
	line  map[*visit.Factory]int      // that named a new one first
}

// place finds the factory of a row, or takes it for a new one.
func (p *placing) place(rd *reader) {
	f := rd.factory()
	var known []visit.Factory
	var at []*visit.Factory
	for _, o := range p.named[f.FoldedName()] {
		if channels, hidden := p.recorded.Hidden[o.Number]; !hidden || slices.Contains(channels, string(rd.Channel)) {
			at, known = append(at, o), append(known, *o)
		}
	}
	rd.site = &f
	switch sites := f.Sites(known); {
	case len(sites) == 1:
		rd.site = at[slices.Index(known, sites[0])]
		p.sameSite(rd, rd.site, &f, p.line[rd.site])
	case len(sites) > 1:
		var may []string
		for _, s := range sites {
			where := s.Where(lang.English())
			if s.Number > 0 {
				where = fmt.Sprintf("factory %d (%s)", s.Number, where)
			}
			may = append(may, where)
		}
		slices.Sort(may)
		rd.wrongly("factory", "that may be "+strings.Join(may, " or "), "write its factory_number, or its city and address")
	default:
		p.named[f.FoldedName()] = append(p.named[f.FoldedName()], &f)
		p.line[&f] = rd.line("factory")
		if i := slices.IndexFunc(known, func(o visit.Factory) bool { return o.Number > 0 }); i >= 0 {
			rd.doubt("factory", fmt.Sprintf("that is a new factory beside factory %d (%s), whose city or address is another", known[i].Number, known[i].Where(lang.English())))
		}
	}
}

// sameSite has a row at a factory of which it may say more, or other, than is recorded, or
// than the line says that named it first.
func (c *comparison) sameSite(rd *reader, site, f *visit.Factory, line int) {
	was, here := entryOfFactory(site), entryOfFactory(f)
	from := fmt.Sprintf("factory %d", site.Number)
	if line > 0 {
		from = fmt.Sprintf("line %d", line)
	}
	for _, column := range ofFactory {
		is, says := was.value(column), here.value(column)
		switch {
		case says == "" || sameText(is, says) || rd.value(column) == "", line == 0 && rd.lost(column, from, is):
		case is == "" && site.Number > 0:
			c.want(rd, site.Number, column, "", says)
			set(site, column, says)
		case is == "":
			set(site, column, says)
		case column != "factory" && column != "city" && column != "address":
			rd.doubt(column, fmt.Sprintf("%s has %s, which stays", from, quoted(is)))
		}
	}
}
