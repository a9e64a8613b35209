package bot

import (
	"visitprep/internal/letter"
	"visitprep/knowledge"
)

// Letters are the sentences of what a factory reads, as a base has them: the program's, with a
// team's own in their place. The error lists every mistake.
func Letters(base *knowledge.Base) (*letter.Book, error) {
	var folders []letter.Folder
	for _, f := range base.Letters() {
		folders = append(folders, letter.Folder(f))
	}
	return letter.Load(folders[0], folders[1:]...)
}
