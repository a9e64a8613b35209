package knowledge

import (
	"embed"
	"io/fs"
)

//go:embed content/*.yaml
var content embed.FS

// Content is the advice that comes with the program, one topic a file.
func Content() fs.FS {
	sub, err := fs.Sub(content, "content")
	if err != nil {
		panic("knowledge: " + err.Error()) // the folder is in the program
	}
	return sub
}

// Embedded loads the advice that comes with the program.
func Embedded() (*Base, error) { return Load(Content()) }
