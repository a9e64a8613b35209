package knowledge

import (
	"embed"
	"io/fs"
)

//go:embed content/*.yaml
var content embed.FS

// Content returns the topics that come with the program, one file each.
func Content() fs.FS {
	sub, err := fs.Sub(content, "content")
	if err != nil {
		panic("knowledge: " + err.Error()) // the folder is in the program
	}
	return sub
}

// Embedded loads the topics that come with the program.
func Embedded() (*Base, error) { return Load(Content()) }
