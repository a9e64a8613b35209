// Package letter words what a factory reads of us: the letter after a visit, and the short
// texts that somebody sends by WeChat. Its sentences stand in YAML, in English and in
// Chinese, so that a native speaker can mend them without touching code; what goes between
// them comes as plain structs with nothing in them that a factory may not read. Nothing is
// translated here, and nobody is asked the time.
package letter

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"visitprep/internal/civil"
	"visitprep/internal/spelling"
	"visitprep/internal/textfile"
	"visitprep/internal/yamlfile"
)

// A Lang is a language in which letters are written.
type Lang string

// The languages of letters.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Langs are the languages of letters; the one that the factory reads comes first.
func Langs() []Lang { return []Lang{Chinese, English} }

// A Folder is a folder of files with sentences; mistakes name its files by Path.
type Folder struct {
	Path string
	FS   fs.FS
}

// Values are what stands in the places of a sentence, by the names in its braces.
type Values map[string]string

// A Book has the sentences of all letters. It never changes.
type Book struct {
	sentences map[string]sentence // by file and id: "factory/greeting"
	files     []File
	doubts    yamlfile.Mistakes
}

type sentence struct {
	en, zh string
	check  bool
}

// A File is what is to be known of the sentences in a file.
type File struct {
	Name      string
	Sentences int
	Check     int  // those that a native speaker should still read
	Signed    bool // a native reader has signed all of them, a team's own among them
}

// Files are the files, in a fixed order.
func (b *Book) Files() []File { return slices.Clone(b.files) }

// Draft reports whether no native reader has signed the sentences of a file. Who makes a letter
// of them is told so; the factory never is.
func (b *Book) Draft(file string) bool {
	return !slices.ContainsFunc(b.files, func(f File) bool { return f.Name == file && f.Signed })
}

// Doubts are what can be used and was probably not meant.
func (b *Book) Doubts() yamlfile.Mistakes { return b.doubts }

// Say is the sentence of a file with the id, with the values in its places. It panics where no
// specification names the sentence: what they name is there once a book was loaded.
func (b *Book) Say(file, id string, in Lang, with Values) string {
	s, ok := b.sentences[file+"/"+id]
	if !ok {
		panic("letter: there is no sentence " + file + "/" + id)
	}
	text := s.en
	if in == Chinese {
		text = s.zh
	}
	var pairs []string
	for name, value := range with {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// A spec says which sentences a file has, and which places each of them.
type spec struct {
	file      string
	sentences []need
}

// A need is a sentence that a file must have. Its places are named without braces; one with a ?
// after it may be left out of the sentence.
type need struct {
	id     string
	places []string
}

func (n need) names() (names []string) {
	for _, p := range n.places {
		names = append(names, strings.TrimSuffix(p, "?"))
	}
	return names
}

// specs are those of all files.
func specs() []spec {
	return []spec{factorySpec(), wechatSpec(), hostSpec(), introductionSpec(), peopleSpec()}
}

func specOf(file string) (spec, bool) {
	for _, s := range specs() {
		if s.file == file {
			return s, true
		}
	}
	return spec{}, false
}

func (s spec) need(id string) (need, bool) {
	for _, n := range s.sentences {
		if n.id == id {
			return n, true
		}
	}
	return need{}, false
}

// A writtenFile is a file as it is written.
type writtenFile struct {
	ID        string            `yaml:"letters"` // the file's name without .yaml
	Title     string            `yaml:"title"`
	Signed    writtenSignature  `yaml:"signed"` // empty: draft wording
	Sentences []writtenSentence `yaml:"sentences"`
}

// A writtenSignature is of the native reader who has read every sentence of a file.
type writtenSignature struct {
	Reader string     `yaml:"reader"`
	Day    civil.Date `yaml:"day"`
}

type writtenSentence struct {
	ID    string `yaml:"id"`
	EN    string `yaml:"en"`
	ZH    string `yaml:"zh"`
	Check bool   `yaml:"check"` // a native speaker should read it
}

// maxFile is the size above which a file certainly has no sentences, in bytes.
const maxFile = 1 << 20

// Load reads every *.yaml of base, which has all sentences, and then those of the folders in
// own: a sentence there replaces the one with the same id. The error is yamlfile.Mistakes with
// every mistake of all files.
func Load(base Folder, own ...Folder) (*Book, error) {
	l := loader{book: Book{sentences: map[string]sentence{}}, signed: map[string]bool{}}
	for layer, folder := range append([]Folder{base}, own...) {
		l.own = layer > 0
		l.folder(folder)
	}
	l.complete(base)
	if len(l.mistakes) > 0 {
		l.mistakes.Sort()
		return nil, l.mistakes
	}
	l.book.doubts.Sort()
	for _, s := range specs() {
		f := File{Name: s.file, Sentences: len(s.sentences), Signed: l.signed[s.file]}
		for _, n := range s.sentences {
			if l.book.sentences[s.file+"/"+n.id].check {
				f.Check++
			}
		}
		l.book.files = append(l.book.files, f)
	}
	return &l.book, nil
}

// A loader reads the files and collects their mistakes.
type loader struct {
	book     Book
	signed   map[string]bool
	own      bool // the folder that is read is a team's
	mistakes yamlfile.Mistakes
	dropped  bool // a file could not be read: what it lacks was said
}

func (l *loader) add(file string, line int, what, how string) {
	l.mistakes = append(l.mistakes, yamlfile.Mistake{File: file, Line: line, What: what, How: how})
}

func (l *loader) folder(folder Folder) {
	entries, err := fs.ReadDir(folder.FS, ".")
	if err != nil {
		l.dropped = true
		l.add(path.Join(folder.Path, "."), 0, "the folder cannot be read", err.Error())
		return
	}
	for _, e := range entries {
		name := path.Join(folder.Path, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."): // an editor's or the system's own
		case path.Ext(e.Name()) == ".yaml":
			l.file(folder.FS, e.Name(), name)
		case path.Ext(e.Name()) == ".yml":
			l.add(name, 0, "only files that end in .yaml are read", "rename it to "+strings.TrimSuffix(e.Name(), ".yml")+".yaml")
		}
	}
}

// file reads one file, and takes its sentences.
func (l *loader) file(fsys fs.FS, base, name string) {
	data, err := textfile.Read(fsys, base, maxFile)
	if err != nil {
		l.dropped = true
		what, how := "the file cannot be read", err.Error()
		if p := (*textfile.Problem)(nil); errors.As(err, &p) {
			what, how = "this "+p.What, p.How
		}
		l.add(name, 0, what, how)
		return
	}
	l.book.doubts = append(l.book.doubts, yamlfile.CutOff(name, data, "en", "zh", "title")...)
	var w writtenFile
	f := file{loader: l, name: name, clean: true}
	if err := yamlfile.Decode(name, data, &w); err != nil {
		l.mistakes = append(l.mistakes, err.(yamlfile.Mistakes)...)
		f.clean, l.dropped = false, true
	}
	f.lines = yamlfile.Lines(data)
	f.take(&w, strings.TrimSuffix(base, ".yaml"))
}

// A file is one that is being read.
type file struct {
	*loader
	name  string
	lines *yamlfile.LineIndex
	clean bool // decoded without a mistake
	spec  spec
}

func (f *file) report(what, how string, at ...any) { f.add(f.name, f.lines.Of(at...), what, how) }

// missing reports a value that is not there. A file that could not be decoded fully has said so
// already.
func (f *file) missing(what, how string, at ...any) {
	if f.clean {
		f.report(what, how, at...)
	}
}

func (f *file) take(w *writtenFile, id string) {
	known, ok := specOf(id)
	if !ok {
		var ids []string
		for _, s := range specs() {
			ids = append(ids, s.file)
		}
		f.report(fmt.Sprintf("there are no letters %q", id), nearestOr(id, ids, "name the file as one of "+strings.Join(ids, ".yaml, ")+".yaml"), "letters")
		return
	}
	f.spec = known
	switch {
	case w.ID == "":
		f.missing("letters is missing", "write letters: "+id)
	case w.ID != id:
		f.report(fmt.Sprintf("letters is %q, but the file's name says %q", w.ID, id), "make them the same", "letters")
	}
	if len(w.Sentences) == 0 {
		f.missing("sentences is missing", "write sentences: and at least one sentence below it: id, en and zh", "sentences")
	}
	signed := f.checkSigned(&w.Signed)
	before, seen := f.signed[id]
	f.signed[id] = signed && (before || !seen)
	at := map[string]int{}
	for i, s := range w.Sentences {
		f.sentence(s, i, at)
	}
}

// checkSigned reports whether the file is signed.
func (f *file) checkSigned(s *writtenSignature) bool {
	reader := strings.TrimSpace(s.Reader) != ""
	switch {
	case reader && s.Day.IsZero():
		f.missing("signed has no day", "write day: and when it was read, such as 2027-03-15", "signed")
	case !reader && !s.Day.IsZero():
		f.missing("signed has no reader", "write reader: and the name of the native speaker who read it", "signed")
	}
	return reader && !s.Day.IsZero()
}

// sentence takes the sentence at the place i; at says where each id was.
func (f *file) sentence(w writtenSentence, i int, at map[string]int) {
	if w.ID == "" {
		f.missing("the sentence has no id", "write id: and the name of the sentence that it is", "sentences", i)
		return
	}
	if first, twice := at[w.ID]; twice {
		f.report(fmt.Sprintf("the sentence %s is here and on line %d", w.ID, first), "keep one of them", "sentences", i, "id")
		return
	}
	at[w.ID] = f.lines.Of("sentences", i, "id")
	n, ok := f.spec.need(w.ID)
	if !ok {
		var ids []string
		for _, n := range f.spec.sentences {
			ids = append(ids, n.id)
		}
		f.report(fmt.Sprintf("no letter has a sentence %q", w.ID), nearestOr(w.ID, ids, "the sentences are "+strings.Join(ids, ", ")), "sentences", i, "id")
		return
	}
	for _, t := range []struct{ field, text string }{{"en", w.EN}, {"zh", w.ZH}} {
		if strings.TrimSpace(t.text) == "" {
			f.missing(fmt.Sprintf("%s has no %s", w.ID, t.field), "write "+t.field+": and the sentence", "sentences", i)
			continue
		}
		f.checkPlaces(n, t.text, "sentences", i, t.field)
		f.checkManner(t.text, "sentences", i, t.field)
	}
	f.checkAgenda(&w, "sentences", i, "zh")
	f.book.sentences[f.spec.file+"/"+w.ID] = sentence{en: w.EN, zh: w.ZH, check: w.Check}
}

// inBraces is a place in a sentence, or braces that are none.
var inBraces = regexp.MustCompile(`\{[^{}]*\}?|\}`)

// checkPlaces compares the places of a sentence with those that it must have.
func (f *file) checkPlaces(n need, text string, at ...any) {
	var used []string
	names := n.names()
	for _, m := range inBraces.FindAllString(text, -1) {
		name := strings.Trim(m, "{}")
		used = append(used, name)
		if "{"+name+"}" == m && slices.Contains(names, name) {
			continue
		}
		how := "the sentence " + n.id + " has no places"
		if len(names) > 0 {
			how = "the sentence " + n.id + " has {" + strings.Join(names, "}, {") + "}"
		}
		f.report(fmt.Sprintf("%s is no place of this sentence", m), nearestOr(name, names, how), at...)
	}
	for _, p := range n.places {
		if !strings.HasSuffix(p, "?") && !slices.Contains(used, p) {
			f.report(fmt.Sprintf("%s lacks {%s}", n.id, p), "write {"+p+"} where it is to stand", at...)
		}
	}
}

// never are words that blame or threaten. No letter needs them.
func never() []string {
	return []string{"你们的工人", "为什么没有", "必须立即", "投诉", "罚款"}
}

func (f *file) checkManner(text string, at ...any) {
	for _, w := range never() {
		if strings.Contains(text, w) {
			f.book.doubts = append(f.book.doubts, yamlfile.Mistake{File: f.name, Line: f.lines.Of(at...), What: "a factory reads " + w + " as blame or a threat", How: "say what happened, and ask"})
		}
	}
}

// complete reports the sentences that nothing has.
func (l *loader) complete(base Folder) {
	if l.dropped {
		return
	}
	for _, s := range specs() {
		for _, n := range s.sentences {
			if _, ok := l.book.sentences[s.file+"/"+n.id]; !ok {
				l.add(path.Join(base.Path, s.file+".yaml"), 0, "there is no sentence "+n.id, "write id: "+n.id+", en: and zh: below sentences:")
			}
		}
	}
}

func nearestOr(word string, known []string, otherwise string) string {
	if near := spelling.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}
