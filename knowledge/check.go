package knowledge

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/spelling"
	"visitprep/internal/yamlfile"
)

// How long a text may be, in characters, so that it fits a message.
const (
	maxTitle   = 75
	maxText    = 900
	maxWhy     = 300
	maxSummary = 400
	maxAlias   = 60
	maxTop     = 5
	maxAsk     = 120
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
	defects  []*Defect
	defectAt map[*Defect]definedAt
	mistakes yamlfile.Mistakes
	doubts   yamlfile.Mistakes
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

// line returns the line of a value in the file.
func (f *topicFile) line(path ...any) int {
	if f.lines == nil {
		f.lines = yamlfile.Lines(f.data)
	}
	return f.lines.Of(path...)
}

// A scope is a part of a file, such as one entry, in which paths begin.
type scope struct {
	*checker
	file *topicFile
	root []any // the path to the part; empty for the whole file
}

func (s scope) report(what, how string, path ...any) {
	line := s.file.line(slices.Concat(s.root, path)...)
	s.mistakes = append(s.mistakes, yamlfile.Mistake{File: s.file.path, Line: line, What: what, How: how})
}

// missing reports a required value that is not there. A file that could not
// be decoded fully has said so already: its gaps are not reported again.
func (s scope) missing(what, how string, path ...any) {
	if len(s.file.wrong) == 0 {
		s.report(what, how, path...)
	}
}

// unique reports a key that is already in seen.
func (s scope) unique(seen map[string]place, key, what, how string, path ...any) {
	if key == "" {
		return
	}
	if first, twice := seen[key]; twice {
		s.report(fmt.Sprintf("%s is already taken (first in %s)", what, first), how, path...)
		return
	}
	seen[key] = place{file: s.file, path: slices.Concat(s.root, path)}
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
		scope{checker: c, file: f}.checkTopic(amended)
		groups := groupIDs(f.topic, amended)
		titles := map[string]place{}
		for i, e := range f.topic.Entries {
			entry := scope{c, f, []any{f.entriesKey, i}}
			entry.checkEntry(e, groups)
			entry.unique(ids, e.ID, "the id "+e.ID, "give each entry an id of its own", "id")
			entry.unique(titles, plain(e.Title), fmt.Sprintf("the title %q", e.Title), "say in the title what is different", "title")
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
			s := scope{checker: c, file: f}
			s.hide(below)
			s.checkTop()
		}
	}
}

// groupIDs returns the groups that entries of a topic may be in.
func groupIDs(t, amended *Topic) []string {
	var ids []string
	for _, g := range t.Groups {
		ids = append(ids, g.ID)
	}
	if amended != nil {
		ids = append(ids, groupIDs(amended, nil)...)
	}
	return ids
}

// hide removes the entries of the layers below that a team's file hides.
func (s scope) hide(below []*Topic) {
	for i, id := range s.file.topic.Hide {
		if !s.own {
			s.report("hide is for a team's own files", "remove the entry instead", "hide", i)
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
			s.report(fmt.Sprintf("hide: there is no entry %q to hide", id), "look the id up with visitprep ask --json", "hide", i)
		}
	}
}

// checkTop checks the ids that a file names as asked for most.
func (s scope) checkTop() {
	top := s.file.topic.Top
	if len(top) > maxTop {
		s.report(fmt.Sprintf("top has %d entries", len(top)), fmt.Sprintf("name at most %d", maxTop), "top")
	}
	for i, id := range top {
		if !slices.ContainsFunc(s.topics, func(t *Topic) bool {
			return slices.ContainsFunc(t.Entries, func(e *Entry) bool { return e.ID == id })
		}) {
			s.report(fmt.Sprintf("top: there is no entry %q", id), "look the id up with visitprep ask --json", "top", i)
		}
	}
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
	if len(own.Top) > 0 {
		t.Top = own.Top
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

// checkTopic checks the head of a file. In a file that amends a topic, what is
// left out stays as it is.
func (s scope) checkTopic(amended *Topic) {
	t := s.file.topic
	id := strings.TrimSuffix(s.file.name, ".yaml")
	if t.ID == "" {
		s.missing("topic is missing", "write topic: "+id)
	} else if t.ID != id {
		s.report(fmt.Sprintf("topic is %q, but the file's name says %q", t.ID, id), "make them the same", "topic")
	} else if !idPattern.MatchString(t.ID) {
		s.report(fmt.Sprintf("topic %q is not an id", t.ID), `use lower-case letters and digits, joined by "-"`, "topic")
	}
	if amended == nil {
		if t.Title == "" {
			s.missing("title is missing", "write title: and the topic's name")
		}
		if t.Summary == "" {
			s.missing("summary is missing", "write summary: and two or three sentences that open the topic's answer")
		}
		if t.Order == 0 {
			s.missing("order is missing", "write order: and the topic's place in menus, from 1")
		}
		if len(t.Entries) == 0 {
			s.missing("entries is missing", "write entries: and at least one entry below it", s.file.entriesKey)
		}
	} else if len(t.Groups) > 0 && len(amended.Groups) == 0 {
		s.report(fmt.Sprintf("topic %s has no groups, and a file that amends it cannot add any", t.ID), "remove groups:", "groups")
	}
	if t.Order < 0 {
		s.report("order is below 1", "count the places in menus from 1", "order")
	}
	s.checkLine(t.Title, maxTitle, "title")
	s.checkText(t.Summary, maxSummary, "summary")
	s.checkAliases("topic "+t.ID, t.Aliases)
	s.checkGroups()
}

// checkGroups checks the groups of a file.
func (s scope) checkGroups() {
	ids := map[string]place{}
	for i, g := range s.file.topic.Groups {
		switch {
		case g.ID == "":
			s.missing("the group has no id", "write id: and a short word, lower-case", "groups", i)
		case !idPattern.MatchString(g.ID):
			s.report(fmt.Sprintf("id %q is not an id", g.ID), `use lower-case letters and digits, joined by "-"`, "groups", i, "id")
		}
		s.unique(ids, g.ID, "the group "+g.ID, "give each group an id of its own", "groups", i, "id")
		if g.Title == "" {
			s.missing("the group has no title", "write title: and the group's name", "groups", i)
		}
		s.checkLine(g.Title, maxTitle, "groups", i, "title")
		s.checkAliases("group "+g.ID, g.Aliases, "groups", i)
	}
}

// checkAliases checks the aliases of a topic or group: a word that opens one must
// not open another.
func (s scope) checkAliases(owner string, aliases []string, path ...any) {
	owner = s.file.topic.ID + " " + owner // the same group of an amended topic is the same owner
	for i, alias := range aliases {
		at := slices.Concat(path, []any{"aliases", i})
		s.checkAlias(alias, at...)
		word := plain(alias)
		if first, taken := s.words[word]; taken && first.owner != owner {
			s.report(fmt.Sprintf("the alias %q already opens something else (%s)", alias, first), "remove one of them", at...)
		} else if word != "" {
			s.words[word] = place{s.file, at, owner}
		}
	}
}

func (s scope) checkAlias(alias string, path ...any) {
	if strings.TrimSpace(alias) == "" {
		s.missing("an alias is empty", "remove it", path...)
	}
	s.checkLine(alias, maxAlias, path...)
}

// checkEntry checks the entry that the scope is of. It may be in one of the groups.
func (s scope) checkEntry(e *Entry, groups []string) {
	name := "the entry"
	if e.ID != "" {
		name = e.ID
	}
	s.checkClass(e, name, groups)
	s.checkTexts(e, name)
	s.checkPhrase(e, name)
	s.checkGrounds(e, name)
	s.checkAskedOn(e, name)
}

// checkAskedOn checks on which visits an entry is a market question.
func (s scope) checkAskedOn(e *Entry, name string) {
	if len(e.AskedOn) > 0 && e.Kind != Question {
		s.report(name+" has asked_on and is no question", "remove asked_on:, or write kind: question", "asked_on")
	}
	for i, purpose := range e.AskedOn {
		if !slices.Contains(marketPurposes, purpose) {
			s.report(fmt.Sprintf("asked_on: no market question is asked on a visit of the purpose %q", purpose), "write one of "+strings.Join(marketPurposes, ", "), "asked_on", i)
		}
	}
}

// checkClass checks what an entry is filed under: its id, kind, phase and group.
func (s scope) checkClass(e *Entry, name string, groups []string) {
	switch {
	case e.ID == "":
		s.missing("the entry has no id", `write id: and a few lower-case words joined by "-"`)
	case !idPattern.MatchString(e.ID) || len(e.ID) > maxTitle:
		s.report(fmt.Sprintf("id %q is not an id", e.ID), fmt.Sprintf(`use lower-case letters and digits, joined by "-", at most %d`, maxTitle), "id")
	}
	s.checkOneOf(name, "kind", string(e.Kind), kinds)
	s.checkOneOf(name, "phase", string(e.Phase), phases)
	if len(groups) > 0 {
		s.checkOneOf(name, "group", e.Group, groups)
	} else if e.Group != "" {
		s.report(fmt.Sprintf("%s is in the group %q, but the topic has no groups", name, e.Group), "add groups: at the top of the file, or remove the line", "group")
	}
}

// checkTexts checks what people read of an entry.
func (s scope) checkTexts(e *Entry, name string) {
	if e.Title == "" {
		s.missing(name+" has no title", "write title: and a plain statement or instruction")
	}
	if e.Text == "" {
		s.missing(name+" has no text", "write text: and the direct answer first")
	}
	s.checkLine(e.Title, maxTitle, "title")
	s.checkText(e.Text, maxText, "text")
	s.checkText(e.Why, maxWhy, "why")
	s.checkText(e.Where, maxWhy, "where")
	for j, alias := range e.Aliases {
		s.checkAlias(alias, "aliases", j)
	}
	for j, ask := range e.Asks {
		if strings.TrimSpace(ask) == "" {
			s.missing("a question is empty", "remove it", "asks", j)
		}
		s.checkLine(ask, maxAsk, "asks", j)
	}
}

// checkPhrase checks that a phrase has its Chinese, and that nothing else has.
func (s scope) checkPhrase(e *Entry, name string) {
	for _, field := range []struct{ key, value, how string }{
		{"zh", e.Chinese, "write zh: and the Chinese characters"},
		{"pinyin", e.Pinyin, "write pinyin: and how it is said"},
	} {
		switch {
		case e.Kind == Phrase && field.value == "":
			s.missing(name+" is a phrase without "+field.key, field.how)
		case e.Kind != Phrase && field.value != "":
			s.report(fmt.Sprintf("%s has %s, but its kind is not phrase", name, field.key), "write kind: phrase, or remove the line", field.key)
		}
		s.checkLine(field.value, maxWhy, field.key)
	}
}

// checkGrounds checks what an entry rests on: where it comes from, when somebody last
// looked, and where to verify what changes.
func (s scope) checkGrounds(e *Entry, name string) {
	if e.Verify && e.Where == "" {
		s.missing(name+" has verify: true, but does not say where", "write where: and who knows, such as an office or its site", "verify")
	}
	if !e.Verify && e.Where != "" {
		s.missing(name+" says where to verify it, but not verify: true", "write verify: true, or remove where:", "where")
	}
	for j, id := range e.Article {
		s.checkRow(id, "article", j)
	}
	if len(e.Article) == 0 && len(e.Sources) == 0 {
		s.missing(name+" names neither a row of the article nor a source", "write article: QC4, or sources: with title and url")
	}
	if e.Reviewed.IsZero() {
		s.missing(name+" has no review date", "write reviewed: and the day somebody last checked it, such as 2026-11-22")
	}
	for j, source := range e.Sources {
		s.checkSource(source, j)
	}
}

// checkSource checks the j-th of the sources.
func (s scope) checkSource(source Source, j int) {
	if source.Title == "" {
		s.missing("the source has no title", "write title: and the page's title", "sources", j)
	}
	s.checkLine(source.Title, maxWhy, "sources", j, "title")
	if source.URL != "" && !isWebAddress(source.URL) {
		s.report(fmt.Sprintf("url %q is not a web address", source.URL), "begin it with https://, or leave url: out for a work without one", "sources", j, "url")
	}
}

// checkRow checks that the article has a row.
func (s scope) checkRow(id string, path ...any) {
	if slices.ContainsFunc(s.rows, func(r ArticleRow) bool { return r.ID == id }) {
		return
	}
	var ids []string
	for _, r := range s.rows {
		ids = append(ids, r.ID)
	}
	s.report(fmt.Sprintf("the article has no row %q", id), nearestOr(id, ids, "the rows are those of article-advice.csv, such as QC4"), path...)
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// checkOneOf checks a required field that has one of a few values.
func (s scope) checkOneOf(name, field, value string, values []string) {
	if slices.Contains(values, value) && value != "" {
		return
	}
	list := strings.Join(values, ", ")
	if value == "" {
		s.missing(fmt.Sprintf("%s has no %s", name, field), fmt.Sprintf("write %s: and one of %s", field, list))
		return
	}
	s.report(fmt.Sprintf("%s %q is not known", field, value), nearestOr(value, values, "use one of "+list), field)
}

// nearestOr asks for the known word that was most likely meant, and says otherwise
// where none is near.
func nearestOr(word string, known []string, otherwise string) string {
	if near := spelling.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// checkLine checks a text that must be a single line.
func (s scope) checkLine(text string, limit int, path ...any) {
	if strings.ContainsRune(text, '\n') {
		s.report(fmt.Sprintf("%s has more than one line", fieldOf(path)), "write it on one line, or with >- instead of |", path...)
		return
	}
	s.checkText(text, limit, path...)
}

// checkText checks a text's length and characters.
func (s scope) checkText(text string, limit int, path ...any) {
	if n := utf8.RuneCountInString(text); n > limit {
		s.report(fmt.Sprintf("%s has %d characters", fieldOf(path), n), fmt.Sprintf("use at most %d", limit), path...)
	}
	if i := strings.IndexFunc(text, invisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		s.report(fmt.Sprintf("%s has the control character U+%04X", fieldOf(path), r), "remove it", path...)
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
			switch s {
			case "aliases":
				return "the alias"
			case "asks":
				return "the question"
			}
			return s
		}
	}
	return "the file"
}
