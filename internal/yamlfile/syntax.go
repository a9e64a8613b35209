package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

const byteOrderMark = "\ufeff"

// lineEnds are characters that YAML takes for the end of a line and no editor
// shows as one: with them, no line number would be right.
const lineEnds = "\u0085\u2028\u2029"

// badBytes finds bytes that a YAML file cannot have. Nothing else is worth
// saying about such a file: it was not written as text.
func badBytes(data []byte) []Mistake {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if clean(data) {
		return nil
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return []Mistake{{Line: 1, What: "the file is UTF-16 text", How: "save it as UTF-8"}}
	}
	var found []Mistake
	for i, line := range bytes.Split(data, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if !utf8.Valid(line) {
			found = append(found, Mistake{Line: i + 1, What: "this line is not UTF-8 text", How: "save the file as UTF-8"})
			continue
		}
		for _, r := range string(line) {
			if r < ' ' && r != '\t' || r == 0x7f || strings.ContainsRune(lineEnds, r) {
				found = append(found, Mistake{Line: i + 1, What: fmt.Sprintf("this line has the control character U+%04X", r), How: "remove it"})
				break
			}
		}
	}
	return found
}

// clean reports whether data is text without control characters. Every file is
// asked this at every start, so it goes over the bytes, not the characters.
func clean(data []byte) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, r := range lineEnds { // one at a time: ContainsAny takes ten times as long
		if bytes.ContainsRune(data, r) {
			return false
		}
	}
	for i, c := range data {
		switch {
		case c == '\r' && i+1 < len(data) && data[i+1] == '\n', c == '\n', c == '\t':
		case c < ' ', c == 0x7f:
			return false
		}
	}
	return true
}

// maxUnreadable is how many unreadable lines of one file are reported. Finding
// one takes some tens of readings of the file.
const maxUnreadable = 10

// documents says how many of them a file may have.
type documents int

const (
	one documents = iota
	all
	settings // one or none
)

// parse returns the content of the file's documents, without empty ones, and the mistakes
// that keep YAML from reading all of it. A value that is wrong by itself is left out, so
// that the rest can be checked too. From a line in the wrong place on nothing
// is read: where the lines below it belong would be a guess.
func parse(data []byte, which documents) (roots []*yaml.Node, mistakes []Mistake) {
	if bad := badBytes(data); len(bad) > 0 {
		return nil, bad
	}
	docs, err := parseOnce(data)
	if err == nil && (len(docs) <= 1 || which == all) {
		return contents(docs), nil
	}
	// The happy path ends above: from here on time does not matter.
	text := strings.TrimPrefix(string(data), byteOrderMark)
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	add := func(i int, what, how string) {
		mistakes = append(mistakes, Mistake{Line: i + 1, What: what, How: how})
	}
	conflict := func(line string) bool { return strings.HasPrefix(line, "<<<<<<< ") }
	if i := slices.IndexFunc(lines, conflict); i >= 0 && err != nil {
		add(i, "a merge conflict was left here", "keep one side, and remove the <<<<<<<, ======= and >>>>>>> lines")
		return nil, mistakes // the file says everything twice
	}
	for err != nil {
		i := lastReadable(lines)
		what, how := explainAlias(lines[i], err)
		if what == "" {
			what, how = explainValue(lines[i])
		}
		badValue := what != ""
		if !badValue {
			what, how = explainPlace(lines[:i+1], err)
		}
		add(i, what, how)
		if badValue && len(mistakes) < maxUnreadable {
			leaveOut(lines, i)
		} else {
			lines = lines[:i]
		}
		docs, err = parseOnce(joined(lines))
	}
	if which != all && len(docs) > 1 {
		add(max(docs[1].Line, 1)-1, "a second document begins here", "put it in a file of its own, and remove the ---")
		docs = docs[:1]
	}
	return contents(docs), mistakes
}

// parseOnce returns the documents of a file that YAML can read.
func parseOnce(data []byte) (docs []*yaml.Node, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		doc := new(yaml.Node)
		if err := dec.Decode(doc); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
}

// contents are what documents hold, of those that hold anything.
func contents(docs []*yaml.Node) (roots []*yaml.Node) {
	for _, doc := range docs {
		if len(doc.Content) == 0 {
			continue
		}
		if root := doc.Content[0]; root.Kind != yaml.ScalarNode || root.Tag != nullTag || root.Value != "" {
			roots = append(roots, root)
		}
	}
	return roots
}

func joined(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

// lastReadable returns the number of lines up to the last place where the
// file could end and be well written. What comes next is where to look:
// yaml.v3 itself names the start of the block, or the line after.
func lastReadable(lines []string) int {
	readable := func(n int) bool {
		_, err := parseOnce(joined(lines[:n]))
		return err == nil
	}
	good, bad := 0, len(lines)
	for range 4 {
		for good+1 < bad {
			if mid := (good + bad) / 2; readable(mid) {
				good = mid
			} else {
				bad = mid
			}
		}
		// A list in brackets over several lines cannot end in its middle:
		// see whether it goes on well further down.
		next := 0
		for n := good + 2; n <= min(good+30, len(lines)); n++ {
			if readable(n) {
				next = n
			}
		}
		if next == 0 {
			break
		}
		good, bad = next, len(lines)
	}
	return min(good, len(lines)-1)
}

// leaveOut empties the value of the field on line i, or the line where it names
// no field, and the lines below that are indented deeper.
func leaveOut(lines []string, i int) {
	start, name, _ := split(lines[i])
	column := len(start)
	if name == "" {
		column = len(lines[i]) - len(strings.TrimLeft(lines[i], " \t"))
		lines[i] = ""
	} else {
		lines[i] = start + name + ":"
	}
	for j := i + 1; j < len(lines); j++ {
		text := strings.TrimLeft(lines[j], " \t")
		if text != "" && len(lines[j])-len(text) <= column {
			break
		}
		lines[j] = ""
	}
}
