package knowledge

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"visitprep/internal/role"
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
// order. They say by when a line is to be done. When people are reminded of it is
// up to the inspection plan, which has lead days of its own.
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

// noun returns the use with its article: "a visit".
func (u Use) noun() string {
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
	Item      string    // starts with a verb; at most 150 characters
	Entries   []*Entry  // what explains it; seldom none
	Sensitive bool      // about an audit, a price, a negotiation or a red flag: not to be posted where another company reads
	Role      role.Role // whom it is meant for; seldom anybody
	// Host is what the factory is asked to prepare for it, where there is something. It is all of
	// a line that a factory may ever read. {ready} in it is a day some days before, {last} the
	// last day of the visit.
	Host HostPhrase
}

// A HostPhrase is what a factory is asked to prepare, in both languages.
type HostPhrase struct{ Chinese, English string }

// IsZero reports whether there is nothing to prepare.
func (h HostPhrase) IsZero() bool { return h == HostPhrase{} }

// HostPhrases returns what the template's lines ask a factory to prepare, each once.
func (t *Template) HostPhrases() (hs []HostPhrase) {
	for _, l := range t.Lines {
		if !l.Host.IsZero() && !slices.Contains(hs, l.Host) {
			hs = append(hs, l.Host)
		}
	}
	return hs
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
// mistakes of all files. An entry that the base does not have is a mistake, unless
// it is one of ours: a team has hidden it, and the lines go on without it.
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
			c.report(f, "no template includes this part", "include it, or remove the file", "for")
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

// A templateFile is one file on its way to becoming a template.
type templateFile struct {
	path     string // as mistakes name it
	written  writtenTemplate
	clean    bool   // decoded without a mistake
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
	Milestone string       `yaml:"milestone"`
	Item      string       `yaml:"item"`
	Entries   []string     `yaml:"entries"`
	Sensitive bool         `yaml:"sensitive"`
	Role      string       `yaml:"role"` // whom of the team it is meant for
	Host      *writtenHost `yaml:"host"` // what the factory is to prepare for it
}

type writtenHost struct {
	Chinese string `yaml:"zh"`
	English string `yaml:"en"`
}

// templateChecker reads the files and collects their mistakes.
type templateChecker struct {
	base     *Base
	ours     func() *Base // what comes with the program, without a team's changes; loaded when it is needed
	files    map[string]*templateFile
	mistakes yamlfile.Mistakes
}

const (
	maxItem        = 150 // characters, so that an item fits a checkbox with its owner and day
	maxLineEntries = 3   // entries that explain an item
	maxHost        = 60  // characters of what a factory is to prepare, so that both languages fit a checkbox
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
	f.clean = true
	if err := yamlfile.Decode(f.path, data, &f.written); err != nil {
		c.mistakes = append(c.mistakes, err.(yamlfile.Mistakes)...)
		f.clean = false
	}
	f.index = yamlfile.Lines(data)
	id := strings.TrimSuffix(name, ".yaml")
	c.files[id] = f

	c.head(f, id)
	for i, l := range f.written.Lines {
		f.lines = append(f.lines, c.line(f, l, i))
	}
}

// missing reports a required value that is not there. A file that could not be
// decoded fully has said so already: its gaps are not reported again.
func (c *templateChecker) missing(f *templateFile, what, how string, at ...any) {
	if f.clean {
		c.report(f, what, how, at...)
	}
}

// head checks what a file says before its lines.
func (c *templateChecker) head(f *templateFile, id string) {
	w := &f.written
	if w.ID != id && (w.ID != "" || f.clean) {
		c.report(f, fmt.Sprintf("template is %q, but the file's name says %q", w.ID, id), "write template: "+id+", or rename the file", "template")
	}
	if uses := []string{string(ForVisit), string(ForInspection), string(forPart)}; !slices.Contains(uses, w.For) && (w.For != "" || f.clean) {
		c.report(f, fmt.Sprintf("for is %q", w.For), "write one of "+strings.Join(uses, ", "), "for")
	}
	if w.Title == "" {
		c.missing(f, "title is missing", "say in a few words what the list is for", "title")
	}
	if n := utf8.RuneCountInString(w.Title); n > maxTitle {
		c.report(f, fmt.Sprintf("title has %d characters", n), fmt.Sprintf("use at most %d", maxTitle), "title")
	}
	if Use(w.For) == forPart && len(w.Include) > 0 {
		c.report(f, "a part includes other parts", "include them in the templates", "include")
	}
	if len(w.Lines) == 0 {
		c.missing(f, "lines is missing", "write at least one line: a milestone, an item and its entries", "lines")
	}
}

// line checks the line at the place i.
func (c *templateChecker) line(f *templateFile, w writtenLine, i int) Line {
	l := Line{Item: w.Item, Sensitive: w.Sensitive}
	use := Use(f.written.For)
	var names []string
	for _, m := range use.Milestones() {
		names = append(names, m.String())
		if m.String() == w.Milestone {
			l.Milestone = m
		}
	}
	if w.Milestone == "" {
		c.missing(f, "milestone is missing", "write one of "+strings.Join(names, ", "), "lines", i)
	} else if !slices.Contains(names, w.Milestone) {
		c.report(f, fmt.Sprintf("%q is not a milestone of %s", w.Milestone, use.noun()), "write one of "+strings.Join(names, ", "), "lines", i, "milestone")
	}
	if w.Item == "" {
		c.missing(f, "item is missing", "write what is to be done, beginning with a verb", "lines", i)
	}
	if n := utf8.RuneCountInString(w.Item); n > maxItem {
		c.report(f, fmt.Sprintf("item has %d characters", n), fmt.Sprintf("use at most %d: its entries explain it", maxItem), "lines", i, "item")
	}
	if len(w.Entries) > maxLineEntries {
		c.report(f, fmt.Sprintf("the line has %d entries", len(w.Entries)), fmt.Sprintf("keep the %d that explain it best", maxLineEntries), "lines", i, "entries")
	}
	for j, id := range w.Entries {
		c.addEntry(f, &l, id, "lines", i, "entries", j)
	}
	if l.Role = role.Role(w.Role); w.Role != "" && !slices.Contains(role.All(), l.Role) {
		var names []string
		for _, r := range role.All() {
			names = append(names, string(r))
		}
		c.report(f, fmt.Sprintf("%q is not a role", w.Role), "write one of "+strings.Join(names, ", ")+", or leave role out", "lines", i, "role")
	}
	if w.Host != nil {
		l.Host = HostPhrase{w.Host.Chinese, w.Host.English}
		c.checkHost(f, l.Host, "lines", i, "host")
	}
	return l
}

// hostPlace is a place in what a factory is to prepare, or braces that are none.
var hostPlace = regexp.MustCompile(`\{[^{}]*\}?|\}`)

// checkHost checks what a factory is asked to prepare.
func (c *templateChecker) checkHost(f *templateFile, h HostPhrase, at ...any) {
	for _, t := range []struct {
		field, text string
		chinese     bool
	}{{"zh", h.Chinese, true}, {"en", h.English, false}} {
		here := append(slices.Clone(at), t.field)
		if strings.TrimSpace(t.text) == "" {
			c.missing(f, "host has no "+t.field, "write what the factory is to prepare in both languages: zh and en", at...)
			continue
		}
		if n := utf8.RuneCountInString(t.text); n > maxHost {
			c.report(f, fmt.Sprintf("%s has %d characters", t.field, n), fmt.Sprintf("use at most %d", maxHost), here...)
		}
		if strings.ContainsFunc(t.text, isHanRune) != t.chinese {
			c.report(f, fmt.Sprintf("%s is not in its language", t.field), "write Chinese in zh and English in en", here...)
		}
		for _, place := range hostPlace.FindAllString(t.text, -1) {
			if place != "{ready}" && place != "{last}" {
				c.report(f, place+" is no place of this text", "a host's text has {ready} and {last}", here...)
			}
		}
	}
}

// addEntry adds the entry with the id to a line.
func (c *templateChecker) addEntry(f *templateFile, l *Line, id string, at ...any) {
	e, ok := c.base.Entry(id)
	if !ok {
		if _, hidden := c.ours().Entry(id); !hidden {
			c.report(f, fmt.Sprintf("there is no entry %q", id), c.nearest(id), at...)
		}
		return
	}
	if slices.Contains(l.Entries, e) {
		c.report(f, fmt.Sprintf("the line has the entry %s twice", id), "keep one of them", at...)
		return
	}
	if e.Kind == RedFlag && !l.Sensitive {
		if original, ok := c.ours().Entry(id); ok && original.Kind != RedFlag {
			l.Sensitive = true // a team made it a red flag, and cannot edit our checklists
		} else {
			c.report(f, fmt.Sprintf("%s is a red flag, and the line may be posted where the supplier reads", id), "add sensitive: true", at...)
		}
	}
	l.Entries = append(l.Entries, e)
}

func (c *templateChecker) nearest(id string) string {
	var ids []string
	for _, e := range c.base.All() {
		ids = append(ids, e.ID)
	}
	return nearestOr(id, ids, "look the id up with visitprep ask --json")
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
				c.report(f, fmt.Sprintf("%s has the milestone %s, which %s does not have", here, l.Milestone, t.For.noun()), "divide the part", at(i)...)
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
