package yamlfile

import "visitprep/internal/spelling"

// Nearest returns the known word that somebody most likely meant by word, or
// "" if none is near. It is [spelling.Nearest].
func Nearest(word string, known []string) string { return spelling.Nearest(word, known) }
