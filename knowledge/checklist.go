package knowledge

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"visitprep/internal/yamlfile"
)

//go:embed checklists/*.yaml
var checklists embed.FS

// A Milestone is a day counted from a visit or an inspection: negative before
// its first day, 0 on each of its days, positive after its last.
type Milestone int

// Days returns the days it stands for, as above.
func (m Milestone) Days() int { return int(m) }

// String returns the milestone as the files write it: before-56, day, after-1.
func (m Milestone) String() string {
	switch {
	case m < 0:
		return "before-" + strconv.Itoa(int(-m))
	case m > 0:
		return "after-" + strconv.Itoa(int(m))
	}
	return "day"
}

// A Use is what a template is for.
type Use string

// The uses of a template.
const (
	ForVisit      Use = "visit"
	ForInspection Use = "inspection"
	forPart       Use = "part" // only to be included
)

// Milestones returns the milestones that a template for the use may have, in
// order. An inspection plan has lead days of its own; a template's milestones
// say by when a line is to be done, whenever the plan reminds of it.
func (u Use) Milestones() []Milestone {
	visit := []Milestone{-56, -28, -14, -7, -1, 0, 1, 7, 30, 90}
	inspection := []Milestone{-14, -3, 0, 1, 7}
	switch u {
	case ForVisit:
		return visit
	case ForInspection:
		return inspection
	}
	all := append(visit, inspection...)
	slices.Sort(all)
	return slices.Compact(all)
}

// one names one thing of the use.
func (u Use) one() string {
	switch u {
	case ForVisit:
		return "a visit"
	case ForInspection:
		return "an inspection"
	}
	return "a visit or an inspection"
}

// A Template is the checklist that a visit or an inspection begins with.
type Template struct {
	ID    string // the file's name without .yaml: a visit's purpose or an inspection's type
	For   Use
	Title string
	Lines []Line // by milestone; on one milestone its own lines come before the included ones
}

// At returns the template's lines on one milestone.
func (t *Template) At(m Milestone) []Line {
	from, _ := slices.BinarySearchFunc(t.Lines, m, func(l Line, m Milestone) int { return int(l.Milestone - m) })
	to, _ := slices.BinarySearchFunc(t.Lines, m+1, func(l Line, m Milestone) int { return int(l.Milestone - m) })
	return t.Lines[from:to:to]
}

// A Line is one thing to do and to tick.
type Line struct {
	Milestone Milestone
	Item      string   // starts with a verb; at most 150 characters
	Entries   []*Entry // what explains it; seldom none
	Sensitive bool     // about an audit, a price, a negotiation or a red flag: not to be posted where another company reads
}

// Templates are the loaded templates in the order of the menus, visits first.
// Like a [Base] they never change; their entries are those of the base they were
// loaded with, so load them again when the base is swapped.
type Templates []*Template

// Template returns the template with the id.
func (ts Templates) Template(id string) (*Template, bool) {
	for _, t := range ts {
		if t.ID == id {
			return t, true
		}
	}
	return nil, false
}

// For returns the templates for one use.
func (ts Templates) For(u Use) Templates {
	var of Templates
	for _, t := range ts {
		if t.For == u {
			of = append(of, t)
		}
	}
	return of
}

// EmbeddedTemplates loads the templates that come with the program.
func EmbeddedTemplates(base *Base) (Templates, error) {
	sub, err := fs.Sub(checklists, "checklists")
	if err != nil {
		panic("knowledge: " + err.Error()) // the folder is in the program
	}
	return LoadTemplates(base, Folder{Path: "checklists", FS: sub})
}

// LoadTemplates reads every *.yaml at the root of the folder as one template,
// or as a part that templates include. The error is yamlfile.Mistakes with all
// mistakes of all files: what the base does not have is one. An entry of ours
// that the base lacks was hidden by a team, and drops out of its lines.
func LoadTemplates(base *Base, folder Folder) (Templates, error) {
	names, err := fs.Glob(folder.FS, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the checklists: %w", err)
	}
	c := templateChecker{base: base, files: map[string]*templateFile{}, ours: sync.OnceValue(func() *Base {
		b, err := Embedded()
		if err != nil {
			return base
		}
		return b
	})}
	for _, name := range names {
		c.read(folder, name)
	}
	var ts Templates
	order := map[*Template]int{}
	for _, name := range names {
		if f := c.files[strings.TrimSuffix(name, ".yaml")]; f != nil && Use(f.written.For) != forPart {
			t := c.resolve(f)
			ts = append(ts, t)
			order[t] = f.written.Order
		}
	}
	for _, f := range c.files {
		if Use(f.written.For) == forPart && !f.included {
			c.report(f, "no template includes this part", "include it, or take the file out", "for")
		}
	}
	if len(c.mistakes) > 0 {
		c.mistakes.Sort()
		return nil, c.mistakes
	}
	slices.SortStableFunc(ts, func(a, b *Template) int {
		if a.For != b.For {
			return strings.Compare(string(b.For), string(a.For))
		}
		return order[a] - order[b]
	})
	return ts, nil
}

// A templateFile is one file on its way to become a template.
type templateFile struct {
	path     string // as mistakes name it
	written  writtenTemplate
	whole    bool   // decoded without a mistake
	lines    []Line // of the file itself; one for each that is written
	index    *yamlfile.LineIndex
	included bool
}

type writtenTemplate struct {
	ID      string        `yaml:"template"` // the file's name without .yaml
	For     string        `yaml:"for"`      // visit, inspection or part
	Title   string        `yaml:"title"`
	Order   int           `yaml:"order"`   // place in menus, from 1; not for parts
	Include []string      `yaml:"include"` // parts whose lines are added
	Lines   []writtenLine `yaml:"lines"`
}

type writtenLine struct {
	Milestone string   `yaml:"milestone"`
	Item      string   `yaml:"item"`
	Entries   []string `yaml:"entries"`
	Sensitive bool     `yaml:"sensitive"`
}

// templateChecker reads the files and collects their mistakes.
type templateChecker struct {
	base     *Base
	ours     func() *Base // what comes with the program, without a team's changes
	files    map[string]*templateFile
	mistakes yamlfile.Mistakes
}

// How long an item may be, in characters, so that it fits a checkbox with its owner and day;
// and how many entries may explain it.
const (
	maxItem        = 150
	maxLineEntries = 3
)

func (c *templateChecker) report(f *templateFile, what, how string, at ...any) {
	c.mistakes = append(c.mistakes, yamlfile.Mistake{File: f.path, Line: f.index.Of(at...), What: what, How: how})
}

// read decodes one file and checks what it says by itself.
func (c *templateChecker) read(folder Folder, name string) {
	f := &templateFile{path: path.Join(folder.Path, name)}
	data, err := fs.ReadFile(folder.FS, name)
	if err != nil {
		c.mistakes = append(c.mistakes, yamlfile.Mistake{File: f.path, What: "the file cannot be read", How: err.Error()})
		return
	}
	w := &f.written
	f.whole = true
	if err := yamlfile.Decode(f.path, data, w); err != nil {
		c.mistakes = append(c.mistakes, err.(yamlfile.Mistakes)...)
		f.whole = false
	}
	f.index = yamlfile.Lines(data)
	id := strings.TrimSuffix(name, ".yaml")
	c.files[id] = f

	// A file that could not be decoded fully has said so: its gaps are not reported again.
	if w.ID != id && (w.ID != "" || f.whole) {
		c.report(f, fmt.Sprintf("template is %q, and the file's name says %q", w.ID, id), "write template: "+id+", or rename the file", "template")
	}
	if uses := []string{string(ForVisit), string(ForInspection), string(forPart)}; !slices.Contains(uses, w.For) && (w.For != "" || f.whole) {
		c.report(f, fmt.Sprintf("for is %q", w.For), "write one of "+strings.Join(uses, ", "), "for")
	}
	if w.Title == "" && f.whole {
		c.report(f, "title is missing", "say in a few words what the list is for", "title")
	}
	if n := utf8.RuneCountInString(w.Title); n > maxTitle {
		c.report(f, fmt.Sprintf("title has %d characters", n), fmt.Sprintf("use at most %d", maxTitle), "title")
	}
	if Use(w.For) == forPart && len(w.Include) > 0 {
		c.report(f, "a part includes other parts", "include them in the templates", "include")
	}
	if len(w.Lines) == 0 && f.whole {
		c.report(f, "lines is missing", "write at least one line: a milestone, an item and its entries", "lines")
	}
	for i, l := range w.Lines {
		f.lines = append(f.lines, c.line(f, l, i))
	}
}

// line checks the line at the place i.
func (c *templateChecker) line(f *templateFile, w writtenLine, i int) Line {
	l := Line{Item: w.Item, Sensitive: w.Sensitive}
	var names []string
	for _, m := range Use(f.written.For).Milestones() {
		names = append(names, m.String())
		if m.String() == w.Milestone {
			l.Milestone = m
		}
	}
	switch {
	case w.Milestone == "" && f.whole:
		c.report(f, "milestone is missing", "write one of "+strings.Join(names, ", "), "lines", i)
	case w.Milestone != "" && !slices.Contains(names, w.Milestone):
		c.report(f, fmt.Sprintf("%q is no milestone of %s", w.Milestone, Use(f.written.For).one()), "write one of "+strings.Join(names, ", "), "lines", i, "milestone")
	}
	if w.Item == "" && f.whole {
		c.report(f, "item is missing", "write what is to be done, beginning with a verb", "lines", i)
	}
	if n := utf8.RuneCountInString(w.Item); n > maxItem {
		c.report(f, fmt.Sprintf("item has %d characters", n), fmt.Sprintf("use at most %d: its entries explain it", maxItem), "lines", i, "item")
	}
	if len(w.Entries) > maxLineEntries {
		c.report(f, fmt.Sprintf("the line has %d entries", len(w.Entries)), fmt.Sprintf("keep the %d that explain it best", maxLineEntries), "lines", i, "entries")
	}
	for j, id := range w.Entries {
		e, ok := c.base.Entry(id)
		if !ok {
			if _, hidden := c.ours().Entry(id); !hidden {
				c.report(f, fmt.Sprintf("there is no entry %q", id), c.nearest(id), "lines", i, "entries", j)
			}
			continue
		}
		if slices.Contains(l.Entries, e) {
			c.report(f, fmt.Sprintf("the line has the entry %s twice", id), "keep one of them", "lines", i, "entries", j)
			continue
		}
		if e.Kind == RedFlag && !l.Sensitive {
			if was, ok := c.ours().Entry(id); ok && was.Kind != RedFlag {
				l.Sensitive = true // a team made it a red flag, and cannot edit our checklists
				l.Entries = append(l.Entries, e)
				continue
			}
			c.report(f, fmt.Sprintf("%s is a red flag, and the line may be posted where the supplier reads", id), "add sensitive: true", "lines", i, "entries", j)
		}
		l.Entries = append(l.Entries, e)
	}
	return l
}

func (c *templateChecker) nearest(id string) string {
	var ids []string
	for _, e := range c.base.All() {
		ids = append(ids, e.ID)
	}
	if near := yamlfile.Nearest(id, ids); near != "" {
		return "did you mean " + near + "?"
	}
	return "look the id up with visitprep ask --json"
}

// resolve adds the lines of the parts to those of the file.
func (c *templateChecker) resolve(f *templateFile) *Template {
	t := &Template{ID: f.written.ID, For: Use(f.written.For), Title: f.written.Title}
	items := map[string]string{} // where each stands, by its plain form
	add := func(from *templateFile, at func(i int) []any) {
		for i, l := range from.lines {
			key, here := plain(l.Item), fmt.Sprintf("%s:%d", from.path, from.index.Of("lines", i, "item"))
			if first, twice := items[key]; twice && key != "" {
				c.report(f, fmt.Sprintf("the item %q is in the list twice (%s and %s)", l.Item, first, here), "keep one of them", at(i)...)
			}
			items[key] = here
			if !slices.Contains(t.For.Milestones(), l.Milestone) {
				c.report(f, fmt.Sprintf("%s has the milestone %s, which %s does not have", here, l.Milestone, t.For.one()), "divide the part", at(i)...)
			}
			t.Lines = append(t.Lines, l)
		}
	}
	add(f, func(i int) []any { return []any{"lines", i, "item"} })
	var parts []string
	for id, p := range c.files {
		if Use(p.written.For) == forPart {
			parts = append(parts, id)
		}
	}
	slices.Sort(parts)
	for i, id := range f.written.Include {
		switch {
		case !slices.Contains(parts, id):
			how := "the parts are " + strings.Join(parts, ", ")
			if len(parts) == 0 {
				how = "there are no parts: write the lines here"
			}
			c.report(f, fmt.Sprintf("there is no part %q", id), how, "include", i)
		case slices.Contains(f.written.Include[:i], id):
			c.report(f, fmt.Sprintf("%s is included twice", id), "keep one of them", "include", i)
		default:
			c.files[id].included = true
			add(c.files[id], func(int) []any { return []any{"include", i} })
		}
	}
	slices.SortStableFunc(t.Lines, func(a, b Line) int { return int(a.Milestone - b.Milestone) })
	return t
}
