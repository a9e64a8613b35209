package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"visitprep/internal/yamlfile"
)

// maxFile is the size above which a file is certainly no topic. The largest of
// ours has a thirtieth of it.
const maxFile = 4 << 20

// Load reads every *.yaml at the root of base, and of each folder in own, as
// one topic. The error is yamlfile.Mistakes with all mistakes of all files,
// sorted by file and line.
//
// The folders in own are a team's: a file there with the name of a topic that
// is already loaded amends it. Its entries replace those with the same id,
// whichever topic they are in, or follow the others; its title, summary, order
// and aliases replace the topic's where they are given, and so do its groups,
// by id; what it hides is removed.
func Load(base fs.FS, own ...Folder) (*Base, error) {
	c := checker{rows: articleRows(), words: map[string]place{}}
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
		}
		c.add(files)
	}
	if len(c.mistakes) > 0 {
		c.mistakes.Sort()
		return nil, c.mistakes
	}
	return newBase(c.topics, hex.EncodeToString(hash.Sum(nil))[:12]), nil
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
	entriesKey string              // the name under which the file has its entries
	wrong      yamlfile.Mistakes   // from decoding
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
		case e.IsDir(), hiddenFile(e.Name()):
		case path.Ext(e.Name()) == ".yaml":
			files = append(files, &topicFile{name: e.Name(), path: path.Join(folder.Path, e.Name())})
		case path.Ext(e.Name()) == ".yml":
			name := path.Join(folder.Path, e.Name())
			files = append(files, &topicFile{name: e.Name(), path: name, wrong: yamlfile.Mistakes{
				{File: name, What: "only files that end in .yaml are read", How: "rename it to " + strings.TrimSuffix(e.Name(), ".yml") + ".yaml"},
			}})
		}
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
	if len(f.wrong) > 0 {
		return
	}
	if info, err := fs.Stat(fsys, f.name); err == nil && info.Size() > maxFile {
		f.report("the file is too large", "divide it into topics; a topic has at most 4 MB")
		return
	}
	data, err := fs.ReadFile(fsys, f.name)
	if err != nil {
		f.report("the file cannot be read", err.Error())
		return
	}
	f.data = data
	var w writtenTopic
	if err := yamlfile.Decode(f.path, data, &w); err != nil {
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
func newBase(topics []*Topic, version string) *Base {
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
	}
	for _, t := range topics {
		b.all = append(b.all, t.Entries...)
		for _, e := range t.Entries {
			e.topic = t
			b.byID[e.ID] = e
		}
	}
	// An id wins over a title, and a title over an alias.
	for _, words := range []func(id, title string, aliases []string) []string{
		func(id, _ string, _ []string) []string { return []string{id} },
		func(_, title string, _ []string) []string { return []string{title} },
		func(_, _ string, aliases []string) []string { return aliases },
	} {
		for _, t := range topics {
			for _, w := range words(t.ID, t.Title, t.Aliases) {
				if w = plain(w); b.byWord[w] == nil && w != "" {
					b.byWord[w] = t
				}
			}
			for i := range t.Groups {
				g := &t.Groups[i]
				for _, w := range words(g.ID, g.Title, g.Aliases) {
					if w = plain(w); b.groups[w].group == nil && w != "" {
						b.groups[w] = groupOf{t, g}
					}
				}
			}
		}
	}
	b.index = sync.OnceValue(func() *index { return newIndex(b.all) })
	return b
}
