package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"visitprep/internal/textfile"
	"visitprep/internal/yamlfile"
)

// A team's folder is read as often as it changes, by a program that has to go on answering.
const (
	// maxFile is the size above which a file is certainly no topic. The largest of ours has
	// a thirtieth of it.
	maxFile = 4 << 20
	// maxFiles and maxFolder are how many files a folder has at most, and how many bytes.
	maxFiles, maxFolder = 2000, 64 << 20
)

// Load reads every *.yaml at the root of base, and of each folder in own, as
// one topic. The error is yamlfile.Mistakes with all mistakes of all files,
// sorted by file and line.
//
// The folders in own are a team's: a file there with the name of a topic that
// is already loaded amends it. Its entries replace those with the same id,
// whichever topic they are in, or follow the others; its title, summary, order
// and aliases replace the topic's where they are given, and so do its groups,
// by id; what it hides is removed.
//
// The vocabulary of defects comes with the program, whatever base is, and the folder
// "defects" in a team's own amends it likewise. The folder "letters" is only found, see
// [Base.Letters].
func Load(base fs.FS, own ...Folder) (*Base, error) {
	c := checker{rows: articleRows(), words: map[string]place{}, defectAt: map[*Defect]definedAt{}}
	hash := sha256.New()
	for layer, folder := range append([]Folder{{FS: base}}, own...) {
		fsys := folder.FS
		files, err := topicFiles(folder)
		if err != nil {
			return nil, err
		}
		c.own = layer > 0
		if layer == 0 && len(files) == 0 {
			return nil, yamlfile.Mistakes{{File: ".", What: "there is no topic file", How: "add one that ends in .yaml"}}
		}
		decodeAll(fsys, files)
		for _, f := range files {
			fmt.Fprintf(hash, "%s %d\n", f.name, len(f.data))
			hash.Write(f.data)
			c.doubts = append(c.doubts, f.doubts...)
		}
		c.add(files)
	}
	for layer, folder := range defectFolders(own) {
		files, err := decodeVocabulary(folder)
		if err != nil {
			return nil, err
		}
		c.own = layer > 0
		for _, f := range files {
			fmt.Fprintf(hash, "%s %d\n", f.path, len(f.data))
			hash.Write(f.data)
			c.doubts = append(c.doubts, f.doubts...)
		}
		c.addVocabulary(files)
	}
	defects := c.vocabulary()
	if len(c.mistakes) > 0 {
		c.mistakes.Sort()
		return nil, c.mistakes
	}
	c.doubts.Sort()
	b := newBase(c.topics, hex.EncodeToString(hash.Sum(nil))[:12], c.doubts)
	b.defects = defects
	b.letters = foldersOf(lettersDir, letterFiles, own)
	return b, nil
}

// A Folder is a folder of topic files; mistakes name its files by Path.
type Folder struct {
	Path string
	FS   fs.FS
}

// A topicFile is one file on its way to becoming a topic.
type topicFile struct {
	name       string // in its folder
	path       string // as mistakes name it
	data       []byte
	topic      *Topic
	entriesKey string            // the name under which the file has its entries
	wrong      yamlfile.Mistakes // from decoding
	doubts     yamlfile.Mistakes
	lines      *yamlfile.LineIndex // read when the first mistake of meaning is found
}

func topicFiles(folder Folder) ([]*topicFile, error) {
	entries, err := fs.ReadDir(folder.FS, ".")
	if err != nil {
		return nil, yamlfile.Mistakes{{File: path.Join(folder.Path, "."), What: "the folder cannot be read", How: err.Error()}}
	}
	var files []*topicFile
	for _, e := range entries {
		switch {
		case hiddenFile(e.Name()):
		case path.Ext(e.Name()) == ".yaml":
			files = append(files, &topicFile{name: e.Name(), path: path.Join(folder.Path, e.Name())})
		case path.Ext(e.Name()) == ".yml":
			name := path.Join(folder.Path, e.Name())
			files = append(files, &topicFile{name: e.Name(), path: name, wrong: yamlfile.Mistakes{
				{File: name, What: "only files that end in .yaml are read", How: "rename it to " + strings.TrimSuffix(e.Name(), ".yml") + ".yaml"},
			}})
		}
	}
	var size int64
	for _, f := range files {
		if info, err := fs.Stat(folder.FS, f.name); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
	}
	if len(files) > maxFiles || size > maxFolder {
		return nil, yamlfile.Mistakes{{File: path.Join(folder.Path, "."), What: fmt.Sprintf("the folder has %d files of advice with %d MB", len(files), size>>20),
			How: fmt.Sprintf("keep what does not belong to the advice elsewhere; %d files and %d MB are read", maxFiles, maxFolder>>20)}}
	}
	return files, nil
}

// hiddenFile reports whether a file is an editor's or the system's own: a lock
// (.#name.yaml), a swap file, a resource fork (._name.yaml).
func hiddenFile(name string) bool { return strings.HasPrefix(name, ".") }

// decodeAll reads and decodes the files, as many at a time as there are
// processors: parsing YAML is nearly all of the time that loading takes.
func decodeAll(fsys fs.FS, files []*topicFile) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				files[i].decode(fsys)
			}
		})
	}
	wg.Wait()
}

func (f *topicFile) decode(fsys fs.FS) {
	if !f.read(fsys, proseFields...) {
		return
	}
	var w writtenTopic
	if err := yamlfile.Decode(f.path, f.data, &w); err != nil {
		f.wrong = err.(yamlfile.Mistakes)
	}
	f.topic, f.entriesKey = &w.Topic, "entries"
	if w.Advices == nil {
		return
	}
	if w.Entries != nil {
		f.wrong = append(f.wrong, yamlfile.Mistake{File: f.path, Line: f.line("advices"), What: "the file has both entries: and advices:, their old name",
			How: "write all of them under entries:"})
		return
	}
	f.topic.Entries, f.entriesKey = w.Advices, "advices"
}

// read reads the file, unless something is wrong with it, and looks for values of the prose
// fields that YAML cuts off.
func (f *topicFile) read(fsys fs.FS, prose ...string) bool {
	if len(f.wrong) > 0 {
		return false
	}
	data, err := textfile.Read(fsys, f.name, maxFile)
	var p *textfile.Problem
	switch {
	case errors.As(err, &p):
		f.report("this "+p.What, p.How)
		return false
	case err != nil:
		f.report("the file cannot be read", err.Error())
		return false
	}
	f.data, f.doubts = data, yamlfile.CutOff(f.path, data, prose...)
	return true
}

// proseFields are those that hold words for people, in topics and in checklists.
var proseFields = []string{"title", "summary", "text", "why", "where", "zh", "pinyin", "aliases", "item"}

// A writtenTopic is a topic as a file may write it.
type writtenTopic struct {
	Topic   `yaml:",inline"`
	Advices []*Entry `yaml:"advices" former:"entries"` // teams have files from before the name changed
}

// report adds a mistake of the file as a whole.
func (f *topicFile) report(what, how string) {
	f.wrong = append(f.wrong, yamlfile.Mistake{File: f.path, What: what, How: how})
}

// newBase prepares the lookups. The search index is made when it is needed.
func newBase(topics []*Topic, version string, doubts yamlfile.Mistakes) *Base {
	slices.SortStableFunc(topics, func(a, b *Topic) int {
		if a.Order != b.Order {
			return a.Order - b.Order
		}
		return strings.Compare(a.ID, b.ID)
	})
	compact(topics)
	b := &Base{
		topics:  topics,
		byID:    map[string]*Entry{},
		byWord:  map[string]*Topic{},
		groups:  map[string]groupOf{},
		version: version,
		doubts:  doubts,
	}
	for _, t := range topics {
		b.all = append(b.all, t.Entries...)
		for _, e := range t.Entries {
			e.topic = t
			b.byID[e.ID] = e
		}
	}
	// An id wins over a title, and a title over an alias.
	levels := []func(id, title string, aliases []string) []string{
		func(id, _ string, _ []string) []string { return []string{id} },
		func(_, title string, _ []string) []string { return []string{title} },
		func(_, _ string, aliases []string) []string { return aliases },
	}
	for _, words := range levels {
		for _, t := range topics {
			for _, w := range words(t.ID, t.Title, t.Aliases) {
				if w = plain(w); b.byWord[w] == nil && w != "" {
					b.byWord[w] = t
				}
			}
		}
	}
	for _, phrases := range []bool{false, true} {
		for _, words := range levels {
			for _, t := range topics {
				if t.isPhrases() == phrases {
					b.nameGroups(t, words)
				}
			}
		}
	}
	b.index = sync.OnceValue(func() *index { return newIndex(b.all, everydayQuestions, newLexicon()) })
	return b
}

// nameGroups keeps the groups of a topic under those of their words that no other group has yet.
func (b *Base) nameGroups(t *Topic, words func(id, title string, aliases []string) []string) {
	for i := range t.Groups {
		g := &t.Groups[i]
		for _, w := range words(g.ID, g.Title, g.Aliases) {
			if w = plain(w); b.groups[w].group == nil && w != "" {
				b.groups[w] = groupOf{t, g}
			}
		}
	}
}
