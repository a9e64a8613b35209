package yamlfile

import "gopkg.in/yaml.v3"

// A LineIndex finds the line of a value in a file.
type LineIndex struct{ root *yaml.Node }

// Lines reads data again for [LineIndex.Of]. It costs as much as decoding, and
// is meant for when there is something to report. Of a file with mistakes it
// knows what [Decode] could read.
func Lines(data []byte) *LineIndex {
	root, _ := parse(data)
	return &LineIndex{root}
}

// Of returns the line of the value at the path of field names (string) and
// places in lists (int, from 0), such as Of("entries", 3, "title"). A field's
// line is the line of its name. Where the path ends early, it is the line of
// the last part that is there, and 1 when nothing is.
func (x *LineIndex) Of(path ...any) int {
	line, n := 1, x.root
	if n != nil {
		line = n.Line
	}
	for _, p := range path {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil {
			return line
		}
		var next *yaml.Node
		switch p := p.(type) {
		case int:
			if n.Kind == yaml.SequenceNode && p >= 0 && p < len(n.Content) {
				next = n.Content[p]
				line = next.Line
			}
		case string:
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == p {
					next = n.Content[i+1]
					line = n.Content[i].Line
					break
				}
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}
