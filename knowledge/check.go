package knowledge

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/yamlfile"
)

// How long a text may be, in characters, so that it fits a message.
const (
	maxTitle   = 75
	maxText    = 600
	maxWhy     = 300
	maxSummary = 400
	maxAlias   = 60
)

var (
	kinds     = []string{string(Guide), string(Checklist), string(Question), string(RedFlag), string(Etiquette), string(Phrase)}
	phases    = []string{string(Before), string(During), string(After)}
	idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// A checker takes in files layer by layer, merges them into topics, and
// collects the mistakes of meaning.
type checker struct {
	rows     []ArticleRow
	topics   []*Topic
	words    map[string]place // of topics and groups, in plain form
	own      bool             // the layer is a team's
	mistakes yamlfile.Mistakes
}

// A place is where something stands that must be there only once.
type place struct {
	file  *topicFile
	path  []any
	owner string // the topic or group it belongs to
}

func (p place) String() string {
	return fmt.Sprintf("%s:%d", p.file.path, p.file.line(p.path...))
}

// A pathTo returns the path to a field of one entry.
type pathTo func(field ...any) []any

// line returns the line of a value in the file.
func (f *topicFile) line(path ...any) int {
	if f.lines == nil {
		f.lines = yamlfile.Lines(f.data)
	}
	return f.lines.Of(path...)
}

func (c *checker) report(f *topicFile, what, how string, path ...any) {
	c.mistakes = append(c.mistakes, yamlfile.Mistake{File: f.path, Line: f.line(path...), What: what, How: how})
}

// missing reports a required value that is not there. A file that could not
// be decoded fully has said so already: its gaps are not reported again.
func (c *checker) missing(f *topicFile, what, how string, path ...any) {
	if len(f.wrong) == 0 {
		c.report(f, what, how, path...)
	}
}

// add merges the files of one layer into the topics of those before.
func (c *checker) add(files []*topicFile) {
	ids := map[string]place{}
	below := c.topics // of the layers before this one
	for _, f := range files {
		c.mistakes = append(c.mistakes, f.wrong...)
		if f.topic == nil {
			continue
		}
		f.topic.Entries = slices.DeleteFunc(f.topic.Entries, func(e *Entry) bool { return e == nil })
		at := slices.IndexFunc(c.topics, func(t *Topic) bool { return t.ID == f.topic.ID })
		var amended *Topic
		if at >= 0 {
			amended = c.topics[at]
		}
		c.topic(f, amended)
		groups := f.topic.Groups
		if amended != nil {
			groups = append(slices.Clone(groups), amended.Groups...)
		}
		titles := map[string]place{}
		for i, e := range f.topic.Entries {
			c.entry(f, e, i, groups)
			c.unique(f, ids, e.ID, "the id "+e.ID, "give each entry an id of its own", f.entriesKey, i, "id")
			c.unique(f, titles, plain(e.Title), fmt.Sprintf("the title %q", e.Title), "say in the title what is different", f.entriesKey, i, "title")
		}
		for _, t := range below { // an entry may move to another topic
			if t != amended {
				t.Entries = slices.DeleteFunc(t.Entries, func(e *Entry) bool {
					return slices.ContainsFunc(f.topic.Entries, func(own *Entry) bool { return own.ID == e.ID })
				})
			}
		}
		if amended == nil {
			c.topics = append(c.topics, f.topic)
		} else {
			amend(amended, f.topic)
		}
	}
	for _, f := range files {
		if f.topic != nil {
			c.hide(f, below)
		}
	}
}

// hide removes the entries of the layers below that a team's file hides.
func (c *checker) hide(f *topicFile, below []*Topic) {
	for i, id := range f.topic.Hide {
		if !c.own {
			c.report(f, "hide is for a team's own files", "remove the entry instead", "hide", i)
			continue
		}
		found := false
		for _, t := range below {
			t.Entries = slices.DeleteFunc(t.Entries, func(e *Entry) bool {
				found = found || e.ID == id
				return e.ID == id
			})
		}
		if !found {
			c.report(f, fmt.Sprintf("hide: there is no entry %q to hide", id), "look the id up with visitprep ask --json", "hide", i)
		}
	}
}

// unique reports a key that is already in seen.
func (c *checker) unique(f *topicFile, seen map[string]place, key, what, how string, path ...any) {
	if key == "" {
		return
	}
	if first, twice := seen[key]; twice {
		c.report(f, fmt.Sprintf("%s is taken (first in %s)", what, first), how, path...)
		return
	}
	seen[key] = place{file: f, path: path}
}

// amend replaces what t says by what own says.
func amend(t, own *Topic) {
	if own.Title != "" {
		t.Title = own.Title
	}
	if own.Summary != "" {
		t.Summary = own.Summary
	}
	if own.Order != 0 {
		t.Order = own.Order
	}
	if len(own.Aliases) > 0 {
		t.Aliases = own.Aliases
	}
	for _, g := range own.Groups {
		if i := slices.IndexFunc(t.Groups, func(old Group) bool { return old.ID == g.ID }); i >= 0 {
			t.Groups[i] = g
		} else {
			t.Groups = append(t.Groups, g)
		}
	}
	for _, e := range own.Entries {
		if i := slices.IndexFunc(t.Entries, func(old *Entry) bool { return old.ID == e.ID }); i >= 0 {
			t.Entries[i] = e
		} else {
			t.Entries = append(t.Entries, e)
		}
	}
}

// topic checks the head of a file. In a file that amends a topic, what is
// left out stays as it is.
func (c *checker) topic(f *topicFile, amended *Topic) {
	t := f.topic
	id := strings.TrimSuffix(f.name, ".yaml")
	if t.ID == "" {
		c.missing(f, "topic is missing", "write topic: "+id)
	} else if t.ID != id {
		c.report(f, fmt.Sprintf("topic is %q, but the file's name says %q", t.ID, id), "make them the same", "topic")
	} else if !idPattern.MatchString(t.ID) {
		c.report(f, fmt.Sprintf("topic %q is not an id", t.ID), `use lower-case letters and digits, joined by "-"`, "topic")
	}
	if amended == nil {
		if t.Title == "" {
			c.missing(f, "title is missing", "write title: and the topic's name")
		}
		if t.Summary == "" {
			c.missing(f, "summary is missing", "write summary: and two or three sentences that open the topic's answer")
		}
		if t.Order == 0 {
			c.missing(f, "order is missing", "write order: and the topic's place in menus, from 1")
		}
		if len(t.Entries) == 0 {
			c.missing(f, "entries is missing", "write entries: and at least one entry below it", f.entriesKey)
		}
	} else if len(t.Groups) > 0 && len(amended.Groups) == 0 {
		c.report(f, fmt.Sprintf("topic %s has no groups, and a file that amends it cannot add any", t.ID), "remove groups:", "groups")
	}
	if t.Order < 0 {
		c.report(f, "order is below 1", "count the places in menus from 1", "order")
	}
	c.line(f, t.Title, maxTitle, "title")
	c.text(f, t.Summary, maxSummary, "summary")
	c.topicAliases(f, "topic "+t.ID, t.Aliases)
	c.groups(f)
}

// groups checks the groups of a file.
func (c *checker) groups(f *topicFile) {
	ids := map[string]place{}
	for i, g := range f.topic.Groups {
		switch {
		case g.ID == "":
			c.missing(f, "the group has no id", "write id: and a short word, lower-case", "groups", i)
		case !idPattern.MatchString(g.ID):
			c.report(f, fmt.Sprintf("id %q is not an id", g.ID), `use lower-case letters and digits, joined by "-"`, "groups", i, "id")
		}
		c.unique(f, ids, g.ID, "the group "+g.ID, "give each group an id of its own", "groups", i, "id")
		if g.Title == "" {
			c.missing(f, "the group has no title", "write title: and the group's name", "groups", i)
		}
		c.line(f, g.Title, maxTitle, "groups", i, "title")
		c.topicAliases(f, "group "+g.ID, g.Aliases, "groups", i)
	}
}

// topicAliases checks the aliases of a topic or group: a word that opens one must
// not open another.
func (c *checker) topicAliases(f *topicFile, owner string, aliases []string, path ...any) {
	owner = f.topic.ID + " " + owner // the same group of an amended topic is the same owner
	for i, alias := range aliases {
		at := append(slices.Clone(path), "aliases", i)
		c.alias(f, alias, at...)
		word := plain(alias)
		if first, taken := c.words[word]; taken && first.owner != owner {
			c.report(f, fmt.Sprintf("the alias %q already opens something else (%s)", alias, first), "remove one of them", at...)
		} else if word != "" {
			c.words[word] = place{f, at, owner}
		}
	}
}

func (c *checker) alias(f *topicFile, alias string, path ...any) {
	if strings.TrimSpace(alias) == "" {
		c.missing(f, "an alias is empty", "remove it", path...)
	}
	c.line(f, alias, maxAlias, path...)
}

// entry checks one entry, the i-th of its file.
func (c *checker) entry(f *topicFile, e *Entry, i int, groups []Group) {
	at := func(field ...any) []any { return append([]any{f.entriesKey, i}, field...) }
	name := "the entry"
	if e.ID != "" {
		name = e.ID
	}
	c.classes(f, e, name, at, groups)
	c.texts(f, e, name, at)
	c.phrase(f, e, name, at)
	c.grounds(f, e, name, at)
}

// classes checks what an entry is filed under: its id, kind, phase and group.
func (c *checker) classes(f *topicFile, e *Entry, name string, at pathTo, groups []Group) {
	switch {
	case e.ID == "":
		c.missing(f, "the entry has no id", `write id: and a few lower-case words joined by "-"`, at()...)
	case !idPattern.MatchString(e.ID) || len(e.ID) > maxTitle:
		c.report(f, fmt.Sprintf("id %q is not an id", e.ID), fmt.Sprintf(`use lower-case letters and digits, joined by "-", at most %d`, maxTitle), at("id")...)
	}
	c.oneOf(f, name, "kind", string(e.Kind), kinds, at)
	c.oneOf(f, name, "phase", string(e.Phase), phases, at)
	if len(groups) > 0 {
		ids := make([]string, len(groups))
		for i, g := range groups {
			ids[i] = g.ID
		}
		c.oneOf(f, name, "group", e.Group, ids, at)
	} else if e.Group != "" {
		c.report(f, fmt.Sprintf("%s is in the group %q, but the topic has no groups", name, e.Group), "add groups: at the top of the file, or remove the line", at("group")...)
	}
}

// texts checks what people read of an entry.
func (c *checker) texts(f *topicFile, e *Entry, name string, at pathTo) {
	if e.Title == "" {
		c.missing(f, name+" has no title", "write title: and a plain statement or instruction", at()...)
	}
	if e.Text == "" {
		c.missing(f, name+" has no text", "write text: and the direct answer first", at()...)
	}
	c.line(f, e.Title, maxTitle, at("title")...)
	c.text(f, e.Text, maxText, at("text")...)
	c.text(f, e.Why, maxWhy, at("why")...)
	c.text(f, e.Where, maxWhy, at("where")...)
	for j, alias := range e.Aliases {
		c.alias(f, alias, at("aliases", j)...)
	}
}

// phrase checks that a phrase has its Chinese, and that nothing else has.
func (c *checker) phrase(f *topicFile, e *Entry, name string, at pathTo) {
	for _, field := range []struct{ key, value, how string }{
		{"zh", e.Chinese, "write zh: and the Chinese characters"},
		{"pinyin", e.Pinyin, "write pinyin: and how it is said"},
	} {
		switch {
		case e.Kind == Phrase && field.value == "":
			c.missing(f, name+" is a phrase without "+field.key, field.how, at()...)
		case e.Kind != Phrase && field.value != "":
			c.report(f, fmt.Sprintf("%s has %s, but its kind is not phrase", name, field.key), "write kind: phrase, or remove the line", at(field.key)...)
		}
		c.line(f, field.value, maxWhy, at(field.key)...)
	}
}

// grounds checks what an entry rests on: where it comes from, when somebody last
// looked, and where to verify what changes.
func (c *checker) grounds(f *topicFile, e *Entry, name string, at pathTo) {
	if e.Verify && e.Where == "" {
		c.missing(f, name+" has verify: true, but does not say where", "write where: and who knows, such as an office or its site", at("verify")...)
	}
	if !e.Verify && e.Where != "" {
		c.missing(f, name+" says where to verify it, but not verify: true", "write verify: true, or remove where:", at("where")...)
	}
	for j, id := range e.Article {
		c.row(f, id, at("article", j)...)
	}
	if len(e.Article) == 0 && len(e.Sources) == 0 {
		c.missing(f, name+" names neither a row of the article nor a source", "write article: QC4, or sources: with title and url", at()...)
	}
	if e.Reviewed.IsZero() {
		c.missing(f, name+" has no review date", "write reviewed: and the day somebody last checked it, such as 2026-11-22", at()...)
	}
	for j, s := range e.Sources {
		if s.Title == "" {
			c.missing(f, "the source has no title", "write title: and the page's title", at("sources", j)...)
		}
		c.line(f, s.Title, maxWhy, at("sources", j, "title")...)
		if s.URL != "" && !isWebAddress(s.URL) {
			c.report(f, fmt.Sprintf("url %q is not a web address", s.URL), "begin it with https://, or leave url: out for a work without one", at("sources", j, "url")...)
		}
	}
}

// row checks that the article has a row.
func (c *checker) row(f *topicFile, id string, path ...any) {
	var ids []string
	for _, r := range c.rows {
		ids = append(ids, r.ID)
	}
	if slices.Contains(ids, id) {
		return
	}
	how := "the rows are those of article-advice.csv, such as QC4"
	if near := yamlfile.Nearest(id, ids); near != "" {
		how = "did you mean " + near + "?"
	}
	c.report(f, fmt.Sprintf("the article has no row %q", id), how, path...)
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// oneOf checks a required field that has one of a few values.
func (c *checker) oneOf(f *topicFile, name, field, value string, values []string, at pathTo) {
	list := strings.Join(values, ", ")
	if value == "" {
		c.missing(f, fmt.Sprintf("%s has no %s", name, field), fmt.Sprintf("write %s: and one of %s", field, list), at()...)
	} else if !slices.Contains(values, value) {
		how := "use one of " + list
		if near := yamlfile.Nearest(value, values); near != "" {
			how = "did you mean " + near + "?"
		}
		c.report(f, fmt.Sprintf("%s %q is not known", field, value), how, at(field)...)
	}
}

// line checks a text that must be a single line.
func (c *checker) line(f *topicFile, s string, limit int, path ...any) {
	if strings.ContainsRune(s, '\n') {
		c.report(f, fmt.Sprintf("%s has more than one line", fieldOf(path)), "write it on one line, or with >- instead of |", path...)
		return
	}
	c.text(f, s, limit, path...)
}

// text checks a text's length and characters.
func (c *checker) text(f *topicFile, s string, limit int, path ...any) {
	if n := utf8.RuneCountInString(s); n > limit {
		c.report(f, fmt.Sprintf("%s has %d characters", fieldOf(path), n), fmt.Sprintf("use at most %d", limit), path...)
	}
	if i := strings.IndexFunc(s, invisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		c.report(f, fmt.Sprintf("%s has the control character U+%04X", fieldOf(path), r), "remove it", path...)
	}
}

// invisible reports characters that change a text without being seen: control
// characters, and those that turn the direction of writing.
func invisible(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// fieldOf returns the name of the field at the end of a path.
func fieldOf(path []any) string {
	for i := len(path) - 1; i >= 0; i-- {
		if s, ok := path[i].(string); ok {
			if s == "aliases" {
				return "the alias"
			}
			return s
		}
	}
	return "the file"
}
