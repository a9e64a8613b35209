package knowledge

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/spelling"
	"visitprep/internal/yamlfile"
)

//go:embed defects/*.yaml
var defectFiles embed.FS

// defectsDir is where a team's own folder has its own vocabulary.
const defectsDir = "defects"

// A Defect is a fault that inspectors meet often, under the names by which they know it.
type Defect struct {
	ID      string   // unique over all files: lower-case words joined by "-"
	Name    string   // English, at most 45 characters
	Chinese string   // what a Chinese inspector writes, at most 20 characters
	Class   string   // the usual one: critical, major or minor
	Groups  []string // of products, from defectGroups
	Aliases []string // what else it is called, in either language
	Sources []Source // pages that name it so; none where it is practice
}

// The classes of defects, the worst first, and the groups of products, in the order of menus.
var (
	defectClasses = []string{"critical", "major", "minor"}
	defectGroups  = []string{"hard_goods", "electronics", "textiles", "bags_shoes", "furniture", "toys", "glass_ceramics", "packing", "labels"}
)

// practice is the source of what no page says and inspectors do.
const practice = "practice"

const (
	maxDefect        = 45 // characters, so that both names fit one option of a menu
	maxDefectChinese = 20
)

// Defects are the loaded vocabulary of defects. Like a [Base] it never changes.
type Defects struct {
	all     []*Defect
	byID    map[string]*Defect
	byTerm  map[string]*Defect // by each of its names, in plain form
	entries []defectTerms      // of each of all
}

// Defects returns the vocabulary that was loaded with the base: the program's, amended
// by the team's own.
func (b *Base) Defects() *Defects { return b.defects }

// All returns every defect in the order of the files.
func (ds *Defects) All() []*Defect { return ds.all }

// Defect returns the defect with the id.
func (ds *Defects) Defect(id string) (*Defect, bool) {
	d, ok := ds.byID[id]
	return d, ok
}

// Named returns the defect that the whole text names, by its name or another one, in
// either language. Capitals do not matter, and "-", "_" and spaces are the same.
func (ds *Defects) Named(text string) (*Defect, bool) {
	d, ok := ds.byTerm[defectTerm(text)]
	return d, ok
}

// defectTerm is a name in the form that is looked up. Between Chinese characters spaces
// mean nothing.
func defectTerm(name string) string {
	name = strings.Trim(plain(name), ".,;:!?。，；：！？、")
	if !strings.ContainsFunc(name, isHanRune) {
		return name
	}
	return strings.ReplaceAll(name, " ", "")
}

func isHanRune(r rune) bool { return unicode.Is(unicode.Han, r) }

// A writtenVocabulary is a file of defects as it is written.
type writtenVocabulary struct {
	ID      string           `yaml:"vocabulary"` // the file's name without .yaml
	Title   string           `yaml:"title"`
	Chinese string           `yaml:"zh"`
	Sources []writtenSource  `yaml:"sources"` // pages that its defects name by their ids
	Hide    []string         `yaml:"hide"`    // a team's own file only: ids of defects to remove
	Defects []*writtenDefect `yaml:"defects"`
}

type writtenSource struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
}

type writtenDefect struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Chinese string   `yaml:"zh"`
	Class   string   `yaml:"class"`
	Groups  []string `yaml:"groups"`
	Aliases []string `yaml:"aliases"`
	Sources []string `yaml:"sources"` // ids of the file's sources, or practice
}

// A vocabularyFile is one file on its way into the vocabulary.
type vocabularyFile struct {
	topicFile
	written writtenVocabulary
}

// defectFolders are the folders of defects: the program's, and those in a team's own.
func defectFolders(own []Folder) []Folder { return foldersOf(defectsDir, defectFiles, own) }

// foldersOf are the folders of a name: the program's, in ours, and those in a team's own.
func foldersOf(dir string, ours fs.FS, own []Folder) []Folder {
	sub, err := fs.Sub(ours, dir)
	if err != nil {
		panic("knowledge: " + err.Error()) // the folder is in the program
	}
	folders := []Folder{{Path: dir, FS: sub}}
	for _, f := range own {
		info, err := fs.Stat(f.FS, dir)
		if err != nil || !info.IsDir() {
			continue
		}
		if sub, err = fs.Sub(f.FS, dir); err == nil {
			folders = append(folders, Folder{Path: path.Join(f.Path, dir), FS: sub})
		}
	}
	return folders
}

// decodeVocabulary reads the files of a folder.
func decodeVocabulary(folder Folder) ([]*vocabularyFile, error) {
	files, err := topicFiles(folder)
	if err != nil {
		return nil, err
	}
	var vs []*vocabularyFile
	for _, f := range files {
		v := &vocabularyFile{topicFile: *f}
		vs = append(vs, v)
		if !v.read(folder.FS, "name", "zh", "aliases", "title") {
			continue
		}
		if err := yamlfile.Decode(v.path, v.data, &v.written); err != nil {
			v.wrong = err.(yamlfile.Mistakes)
		}
		v.written.Defects = slices.DeleteFunc(v.written.Defects, func(d *writtenDefect) bool { return d == nil })
	}
	return vs, nil
}

// addVocabulary merges the files of one layer into the defects of those before. A defect
// with the id of one that is there replaces it.
func (c *checker) addVocabulary(files []*vocabularyFile) {
	ids := map[string]place{}
	for _, f := range files {
		c.mistakes = append(c.mistakes, f.wrong...)
		s := scope{checker: c, file: &f.topicFile}
		sources := s.checkVocabulary(&f.written)
		for i, w := range f.written.Defects {
			at := scope{c, &f.topicFile, []any{"defects", i}}
			d := at.checkDefect(w, sources)
			at.unique(ids, d.ID, "the id "+d.ID, "give each defect an id of its own", "id")
			if j := slices.IndexFunc(c.defects, func(old *Defect) bool { return old.ID == d.ID }); j >= 0 {
				c.defects[j] = d
			} else {
				c.defects = append(c.defects, d)
			}
			c.defectAt[d] = definedAt{at, len(c.defectAt)}
		}
	}
	for _, f := range files {
		for i, id := range f.written.Hide {
			s := scope{checker: c, file: &f.topicFile}
			j := slices.IndexFunc(c.defects, func(d *Defect) bool { return d.ID == id })
			switch {
			case !c.own:
				s.report("hide is for a team's own files", "remove the defect instead", "hide", i)
			case j < 0:
				s.report(fmt.Sprintf("hide: there is no defect %q to hide", id), "look the id up in knowledge/defects", "hide", i)
			default:
				c.defects = slices.Delete(c.defects, j, j+1)
			}
		}
	}
}

// checkVocabulary checks the head of a file, and gives its sources by their ids.
func (s scope) checkVocabulary(w *writtenVocabulary) map[string]Source {
	id := strings.TrimSuffix(s.file.name, ".yaml")
	if w.ID == "" {
		s.missing("vocabulary is missing", "write vocabulary: "+id)
	} else if w.ID != id {
		s.report(fmt.Sprintf("vocabulary is %q, but the file's name says %q", w.ID, id), "make them the same", "vocabulary")
	}
	if len(w.Defects) == 0 && len(w.Hide) == 0 {
		s.missing("defects is missing", "write defects: and at least one defect below it", "defects")
	}
	s.checkLine(w.Title, maxTitle, "title")
	s.checkLine(w.Chinese, maxTitle, "zh")
	ids, sources := map[string]place{}, map[string]Source{}
	for i, source := range w.Sources {
		switch {
		case source.ID == "":
			s.missing("the source has no id", "write id: and a short word by which defects name it", "sources", i)
		case !idPattern.MatchString(source.ID) || source.ID == practice:
			s.report(fmt.Sprintf("id %q is not an id", source.ID), `use lower-case letters and digits, joined by "-"; practice is what no page says`, "sources", i, "id")
		}
		s.unique(ids, source.ID, "the source "+source.ID, "give each source an id of its own", "sources", i, "id")
		s.checkSource(Source{source.Title, source.URL}, i)
		sources[source.ID] = Source{source.Title, source.URL}
	}
	return sources
}

// checkDefect checks one defect, and gives it with its sources.
func (s scope) checkDefect(w *writtenDefect, sources map[string]Source) *Defect {
	d := &Defect{ID: w.ID, Name: w.Name, Chinese: w.Chinese, Class: w.Class, Groups: w.Groups, Aliases: w.Aliases}
	name := "the defect"
	if w.ID != "" {
		name = w.ID
	}
	switch {
	case w.ID == "":
		s.missing("the defect has no id", `write id: and a few lower-case words joined by "-"`)
	case !idPattern.MatchString(w.ID) || len(w.ID) > maxDefect:
		s.report(fmt.Sprintf("id %q is not an id", w.ID), fmt.Sprintf(`use lower-case letters and digits, joined by "-", at most %d`, maxDefect), "id")
	}
	if w.Name == "" {
		s.missing(name+" has no name", "write name: and what it is called in English")
	}
	s.checkLine(w.Name, maxDefect, "name")
	if w.Chinese == "" {
		s.missing(name+" has no zh", "write zh: and what a Chinese inspector writes")
	} else if !strings.ContainsFunc(w.Chinese, isHanRune) {
		s.report(fmt.Sprintf("zh %q has no Chinese character", w.Chinese), "write what a Chinese inspector writes", "zh")
	}
	s.checkLine(w.Chinese, maxDefectChinese, "zh")
	s.checkOneOf(name, "class", w.Class, defectClasses)
	if len(w.Groups) == 0 {
		s.missing(name+" has no groups", "write groups: and one or more of "+strings.Join(defectGroups, ", "))
	}
	for i, g := range w.Groups {
		switch {
		case !slices.Contains(defectGroups, g):
			s.report(fmt.Sprintf("there is no group %q of products", g), nearestOr(g, defectGroups, "use one of "+strings.Join(defectGroups, ", ")), "groups", i)
		case slices.Contains(w.Groups[:i], g):
			s.report(fmt.Sprintf("%s is in the group %s twice", name, g), "keep one of them", "groups", i)
		}
	}
	for i, alias := range w.Aliases {
		s.checkAlias(alias, "aliases", i)
	}
	d.Sources = s.defectSources(w, name, sources)
	return d
}

// defectSources are the sources that a defect names, among those of its file.
func (s scope) defectSources(w *writtenDefect, name string, sources map[string]Source) (named []Source) {
	if len(w.Sources) == 0 && !s.own {
		s.missing(name+" names no source", "write sources: and ids of the file's sources, or practice")
	}
	for i, id := range w.Sources {
		source, ok := sources[id]
		switch {
		case ok:
			named = append(named, source)
		case id != practice:
			var ids []string
			for known := range sources {
				ids = append(ids, known)
			}
			slices.Sort(ids)
			s.report(fmt.Sprintf("the file has no source %q", id), nearestOr(id, ids, "add it to sources: at the top of the file, or write practice"), "sources", i)
		}
	}
	return named
}

// A definedAt is where a defect was read, and how many were before.
type definedAt struct {
	scope
	before int
}

// vocabulary prepares the look-ups. A name that two defects have is a mistake, of the one
// that was read later: nobody could tell which is meant.
func (c *checker) vocabulary() *Defects {
	ds := &Defects{all: c.defects, byID: map[string]*Defect{}, byTerm: map[string]*Defect{}}
	terms := map[*Defect]defectTerms{}
	inOrder := slices.SortedFunc(slices.Values(c.defects), func(a, b *Defect) int { return c.defectAt[a].before - c.defectAt[b].before })
	for _, d := range inOrder {
		ds.byID[d.ID] = d
		var of defectTerms
		of.main = 2
		for i, name := range append([]string{d.Name, d.Chinese}, d.Aliases...) {
			at := []any{"aliases", i - of.main}
			if i < of.main {
				at = []any{[]string{"name", "zh"}[i]}
			}
			term := defectTerm(name)
			if first := ds.byTerm[term]; first != nil && term != "" {
				c.defectAt[d].report(fmt.Sprintf("the name %q already means %s", name, first.ID), "remove one of them", at...)
			}
			ds.byTerm[term] = d
			of.terms = append(of.terms, newSearchedTerm(term))
		}
		terms[d] = of
	}
	delete(ds.byTerm, "")
	for _, d := range ds.all {
		ds.entries = append(ds.entries, terms[d])
	}
	return ds
}

// defectTerms are the names of a defect as they are searched: first so many main ones, then
// the aliases.
type defectTerms struct {
	main  int
	terms []searchedTerm
}

type searchedTerm struct {
	text  string   // in plain form
	words []string // English
}

func newSearchedTerm(term string) searchedTerm {
	st := searchedTerm{text: term}
	for _, tok := range tokens(nil, term) {
		if !isHan(tok.text) {
			st.words = append(st.words, tok.text)
		}
	}
	st.words = slices.Clip(st.words)
	return st
}

func hanRunes(s string) (han []rune) {
	for _, r := range s {
		if isHanRune(r) {
			han = append(han, r)
		}
	}
	return han
}

// How well a term fits what is typed, the best first. Below a hundred is left for how much
// else the term says, and for names, which count more than aliases.
const (
	fitsExactly  = 1000
	fitsStart    = 800 // the term begins with it
	fitsInside   = 700 // it stands in the term
	fitsWords    = 600 // each of its words is one of the term's, or the beginning of one
	fitsContains = 500 // the term stands in it, as in a whole sentence; the longest is meant
	fitsTypos    = 400 // as fitsWords, with a wrong letter or two
	fitsLoosely  = 300 // most of its Chinese characters are the term's, in their order
	ofName       = 30
	mostElse     = 40
)

// Find returns the defects that somebody may mean who has typed text so far, in English or
// Chinese, the likeliest first, at most n; with no text, the first n. The last word may be
// unfinished, and words may be misspelt.
func (ds *Defects) Find(text string, n int) []*Defect {
	q := newDefectQuery(text)
	type hit struct {
		d     *Defect
		score int
	}
	var hits []hit
	for i, d := range ds.all {
		best := 0
		for j, t := range ds.entries[i].terms {
			score := q.fit(t)
			if score > 0 && j < ds.entries[i].main {
				score += ofName
			}
			best = max(best, score)
		}
		if best > 0 || q.text == "" {
			hits = append(hits, hit{d, best})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	var found []*Defect
	for _, h := range hits[:min(max(n, 0), len(hits))] {
		found = append(found, h.d)
	}
	return found
}

// A defectQuery is what somebody types.
type defectQuery struct {
	text  string
	words []string // English, without those that carry no meaning
	han   []rune
}

func newDefectQuery(text string) *defectQuery {
	term := defectTerm(text)
	q := &defectQuery{text: term, han: hanRunes(term)}
	for _, tok := range tokens(nil, term) {
		if !isHan(tok.text) && !stopWords[tok.text] {
			q.words = append(q.words, tok.text)
		}
	}
	return q
}

// empty reports whether no word of it carries a meaning.
func (q *defectQuery) empty() bool { return len(q.words) == 0 && len(q.han) == 0 }

// fit is how well a term fits; 0 is not at all.
func (q *defectQuery) fit(t searchedTerm) int {
	switch {
	case q.text == "":
		return 0
	case q.text == t.text:
		return fitsExactly
	case strings.HasPrefix(t.text, q.text):
		return fitsStart - min(utf8.RuneCountInString(t.text)-utf8.RuneCountInString(q.text), mostElse)
	case q.empty():
		return 0
	case standsIn(q.text, t.text, false):
		return fitsInside
	case standsIn(t.text, q.text, true):
		return fitsContains + min(utf8.RuneCountInString(t.text), mostElse)
	case len(q.words) > 0 && len(t.words) > 0:
		return q.fitWords(t)
	case len(q.han) > 1:
		return q.fitHan(hanRunes(t.text))
	}
	return 0
}

// standsIn reports whether part stands in text: Chinese anywhere, English from the beginning
// of a word on and, if whole, up to the end of one.
func standsIn(part, text string, whole bool) bool {
	first, _ := utf8.DecodeRuneInString(part)
	last, _ := utf8.DecodeLastRuneInString(part)
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+i])
		after, _ := utf8.DecodeRuneInString(text[from+i+len(part):])
		if !joined(before, first) && !(whole && joined(last, after)) {
			return true
		}
		from += i + utf8.RuneLen(first)
	}
}

// joined reports whether two neighbours are of one English word.
func joined(a, b rune) bool {
	return unicode.IsLetter(a) && unicode.IsLetter(b) && !isHanRune(a) && !isHanRune(b)
}

// fitWords compares word by word. The last word of the query may be a beginning.
func (q *defectQuery) fitWords(t searchedTerm) int {
	fit := fitsWords
	for i, w := range q.words {
		score := 0
		for _, known := range t.words {
			switch {
			case sameWord(w, known), i == len(q.words)-1 && len(w) >= 2 && strings.HasPrefix(known, w):
				score = fitsWords
			case len(w) >= 4 && isLowerASCII(w) && misspelt(w, known):
				score = max(score, fitsTypos)
			}
		}
		if fit = min(fit, score); fit == 0 {
			return 0
		}
	}
	// Of two that have all words, the one with fewer others is meant.
	return fit - min(max(0, len(t.words)-len(q.words)), mostElse)
}

// sameWord reports whether two words are one, or differ by an ending only: scratch,
// scratches; crack, cracked.
func sameWord(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) >= 4 && len(b)-len(a) <= 3 && strings.HasPrefix(b, a)
}

// misspelt reports whether w may stand for the known word: one wrong letter in words of
// four to six, two in longer ones.
func misspelt(w, known string) bool {
	most := 1
	if len(w) > 6 {
		most = 2
	}
	return spelling.Distance(w, known, most) <= most
}

// fitHan compares Chinese characters: most of the shorter text's have to be the longer
// one's, in their order.
func (q *defectQuery) fitHan(term []rune) int {
	short, long := q.han, term
	if len(short) > len(long) {
		short, long = long, short
	}
	same, at := 0, 0
	for _, r := range short {
		if i := slices.Index(long[at:], r); i >= 0 {
			same, at = same+1, at+i+1
		}
	}
	if same < 2 || 3*same < 2*len(short) || 2*same < len(q.han) {
		return 0
	}
	return fitsLoosely + same - min(len(long)-same, mostElse)
}
