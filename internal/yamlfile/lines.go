package yamlfile

import "gopkg.in/yaml.v3"

// A LineIndex finds the line of a value in a file.
type LineIndex struct{ root *yaml.Node }

// Lines reads data again for [LineIndex.Of]. It costs as much as decoding, and
// is meant for when there is something to report. Of a file with mistakes it
// knows what [Decode] could read.
func Lines(data []byte) *LineIndex {
	roots, _ := parse(data, one)
	return &LineIndex{joinLists(roots)}
}

// Of returns the line of the value at the path of field names (string) and
// places in lists (int, from 0), such as Of("entries", 3, "title"). A field's
// line is the line of its name, where it is written: what an alias or a merge key
// stands for is elsewhere. Where the path ends early, it is the line of the last part
// that is there, and 1 when nothing is.
func (x *LineIndex) Of(path ...any) int {
	line, _ := x.find(path)
	return line
}

// Has reports whether something stands at the path, if only nothing, as after "title:".
func (x *LineIndex) Has(path ...any) bool {
	_, there := x.find(path)
	return there
}

func (x *LineIndex) find(path []any) (line int, there bool) {
	line, n := 1, x.root
	if n != nil {
		line = n.Line
	}
	for _, p := range path {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil {
			return line, false
		}
		var next *yaml.Node
		switch p := p.(type) {
		case int:
			if n.Kind == yaml.SequenceNode && p >= 0 && p < len(n.Content) {
				next = n.Content[p]
				line = next.Line
			}
		case string:
			if key, value := fieldOf(n, p, map[*yaml.Node]bool{}); key != nil {
				next, line = value, key.Line
			}
		}
		if next == nil {
			return line, false
		}
		n = next
	}
	return line, n != nil
}

// fieldOf finds a field of a mapping, its own or one that it takes over with a merge key.
func fieldOf(n *yaml.Node, name string, seen map[*yaml.Node]bool) (key, value *yaml.Node) {
	if n.Kind != yaml.MappingNode || seen[n] {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Value == name && !isMerge(k) {
			return k, n.Content[i+1]
		}
	}
	seen[n] = true
	for _, l := range lenders(n) {
		if key, value = fieldOf(l, name, seen); key != nil {
			return key, value
		}
	}
	return nil, nil
}
