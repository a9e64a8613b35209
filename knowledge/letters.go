package knowledge

import (
	"embed"
	"slices"
)

//go:embed letters/*.yaml
var letterFiles embed.FS

// lettersDir is where a team's own folder has its own sentences of letters.
const lettersDir = "letters"

// Letters are the folders with the sentences of what a factory reads, for package letter: the
// program's first, then those in the team's own that were there when the base was loaded.
func (b *Base) Letters() []Folder { return slices.Clone(b.letters) }
