package knowledge

import (
	"embed"
	"os"
	"slices"
)

//go:embed letters/*.yaml
var letterFiles embed.FS

// lettersDir is where a team's own folder has its own sentences of letters.
const lettersDir = "letters"

// Letters are the folders with the sentences of what a factory reads, for package letter: the
// program's first, then those in the team's own that were there when the base was loaded.
func (b *Base) Letters() []Folder { return slices.Clone(b.letters) }

// LettersIn are the same folders for a team's own folder, of which nothing has been loaded yet; dir
// is empty where there is none.
func LettersIn(dir string) []Folder {
	if dir == "" {
		return foldersOf(lettersDir, letterFiles, nil)
	}
	return foldersOf(lettersDir, letterFiles, []Folder{{Path: dir, FS: os.DirFS(dir)}})
}
