package bot

import (
	"visitprep/internal/blocks"
	"visitprep/internal/letter"
	"visitprep/knowledge"
)

// Letters are the sentences of what a factory reads in some folders: the program's, with a team's
// own in their place. The error lists every mistake.
func Letters(in []knowledge.Folder) (*letter.Book, error) {
	var folders []letter.Folder
	for _, f := range in {
		folders = append(folders, letter.Folder(f))
	}
	return letter.Load(folders[0], folders[1:]...)
}

// draftWording warns of Chinese sentences of ours that nobody has signed.
func draftWording(p blocks.Printer) string {
	return p.T("Draft wording: no native speaker has signed the Chinese sentences yet. Please let somebody who reads Chinese look at them first.")
}
