package knowledge

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// WithDir loads the topics that come with the program, amended by the files of a
// team's own folder (see [Load]).
func WithDir(dir string) (*Base, error) {
	return Load(Content(), Folder{Path: dir, FS: os.DirFS(dir)})
}

// watchEvery is the time between two looks of Watch. An edit seen at one look is
// loaded at the next if nothing has changed since, so that a burst of saves is one
// load, well within two seconds.
const watchEvery = 600 * time.Millisecond

// A State is what a folder looked like at one moment. Take it before loading, so
// that Watch sees an edit made meanwhile.
type State uint64

// Watch looks at a team's own folder until ctx ends, and after each change since
// the state loaded calls changed with what WithDir returns: the new base, or the
// mistakes that keep it from loading. A folder that is removed while it is watched
// counts as empty. Watch polls, because notifications do not work on every file
// system, nor for a folder that goes and comes back.
func Watch(ctx context.Context, dir string, loaded State, changed func(*Base, error)) {
	last := loaded
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := StateOf(dir)
		if now == last && now != loaded {
			loaded = now
			if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
				changed(Embedded())
			} else {
				changed(WithDir(dir))
			}
		}
		last = now
	}
}

// StateOf changes when a topic file of the folder, or one of its defects or letters, is written,
// renamed, added or removed.
func StateOf(dir string) State {
	h := fnv.New64a()
	for _, folder := range []string{dir, path.Join(dir, defectsDir), path.Join(dir, lettersDir)} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if ext := path.Ext(e.Name()); hiddenFile(e.Name()) || !strings.HasPrefix(ext, ".y") {
				continue
			}
			// Stat follows links: mounted settings are often links to a folder that is swapped.
			if info, err := os.Stat(path.Join(folder, e.Name())); err == nil {
				fmt.Fprintf(h, "%s %s %d %d\n", folder, e.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return State(h.Sum64())
}
