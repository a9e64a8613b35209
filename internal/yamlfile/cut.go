package yamlfile

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// CutOff finds values that YAML cuts off: in "text: Take gauge # 4512" all from the # on is
// a comment, and nothing is wrong with that to YAML. It looks at the fields of these names,
// which hold words for people, and at all that is in them. A comment is meant where two
// spaces stand before the #, as people align comments, or where the value is in quotes. On a
// line of its own one is meant unless it is indented as the value's next line would be.
//
// A file that cannot be read, or not all of it, has no doubts yet.
func CutOff(file string, data []byte, fields ...string) (doubts Mistakes) {
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !mayCut(data) {
		return nil
	}
	roots, mistakes := parse(data, all)
	if len(mistakes) > 0 {
		return nil
	}
	c := &cutter{file: file, fields: fields}
	for line := range strings.Lines(string(data)) {
		c.lines = append(c.lines, []rune(strings.TrimRight(line, "\r\n")))
	}
	for _, root := range roots {
		c.walk(root, place{})
	}
	c.doubts.Sort()
	return c.doubts
}

// mayCut reports whether a # after a space stands anywhere. Most files have none, and then
// need not be read again.
func mayCut(data []byte) bool {
	for len(data) > 0 {
		whole, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		line := bytes.TrimLeft(whole, " \t")
		indented := len(line) < len(whole)
		if len(line) > 0 && (line[0] != '#' || indented) && (bytes.Contains(whole, []byte(" #")) || bytes.Contains(whole, []byte("\t#"))) {
			return true
		}
	}
	return false
}

type cutter struct {
	file   string
	fields []string
	lines  [][]rune
	doubts Mistakes
}

// A place is where a value stands.
type place struct {
	name       string // of its field
	words      bool   // it holds words for people
	inBrackets bool
	indent     int // where its key or dash stands; what is indented deeper belongs to it
}

// walk looks at n. What an alias stands for is looked at where it is written.
func (c *cutter) walk(n *yaml.Node, at place) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			c.walk(item, place{"an item of " + orFile(at.name), at.words, n.Style&yaml.FlowStyle != 0, indentIn(n, n)})
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			c.walk(n.Content[i+1], place{k.Value, at.words || slices.Contains(c.fields, k.Value), false, indentIn(n, k)})
		}
	case yaml.ScalarNode:
		if at.words && n.Style&^yaml.TaggedStyle == 0 {
			c.value(n, at)
		}
	}
}

// anywhere is the indent of what is in brackets, where it means nothing.
const anywhere = math.MaxInt

// indentIn is the indent of what n has at the place of key.
func indentIn(n, key *yaml.Node) int {
	if n.Style&yaml.FlowStyle != 0 {
		return anywhere
	}
	return key.Column - 1
}

// value looks for a comment behind a value without quotes.
func (c *cutter) value(n *yaml.Node, at place) {
	line, column, ok := c.end(n)
	if !ok {
		return
	}
	meant := "put two spaces before the #"
	rest := c.lines[line][column:]
	if strings.TrimSpace(string(rest)) == "" {
		if line, column, ok = c.below(line, at.indent); !ok {
			return
		}
		rest, meant = c.lines[line][column-1:], "indent it no deeper than the name of the field"
		if strings.HasPrefix(at.name, "an item") {
			meant = "indent it no deeper than the dash"
		}
	}
	if len(rest) < 2 || rest[0] != ' ' && rest[0] != '\t' || rest[1] != '#' {
		return
	}
	comment := string(rest[1:])
	what := fmt.Sprintf("%s ends before %s, which YAML reads as a comment", at.name, quoted(comment))
	how := "put the whole value in quotes: "
	if n.Value == "" {
		what = fmt.Sprintf("%s is empty, for YAML reads %s as a comment", at.name, quoted(comment))
		how = "put it in quotes: "
	}
	how += assign(at.name, quoted(strings.TrimSpace(n.Value+" "+comment)), at.inBrackets) + "; or, if it is a comment, " + meant
	c.doubts = append(c.doubts, Mistake{c.file, line + 1, what, how})
}

// below finds the # of a comment that is all of the next line which is not blank, where it is
// indented deeper than indent.
func (c *cutter) below(line, indent int) (_, column int, ok bool) {
	for line++; line < len(c.lines); line++ {
		column = slices.IndexFunc(c.lines[line], func(r rune) bool { return !unicode.IsSpace(r) })
		if column >= 0 {
			return line, column, c.lines[line][column] == '#' && column > indent
		}
	}
	return 0, 0, false
}

// end finds the place behind a value without quotes: its characters stand in the file as
// they are, but for what is blank.
func (c *cutter) end(n *yaml.Node) (line, column int, ok bool) {
	line, column = n.Line-1, n.Column-1
	if line < 0 || line >= len(c.lines) {
		return 0, 0, false
	}
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		column = pastMarks(c.lines[line], column)
	}
	for _, r := range n.Value {
		if unicode.IsSpace(r) {
			continue
		}
		if line, column, ok = c.past(r, line, column); !ok {
			return 0, 0, false
		}
	}
	return line, column, column <= len(c.lines[line])
}

// past is the place behind r, which is the next character that is not blank.
func (c *cutter) past(r rune, line, column int) (_, _ int, ok bool) {
	for ; line < len(c.lines); line, column = line+1, 0 {
		for ; column < len(c.lines[line]); column++ {
			if at := c.lines[line][column]; at == r {
				return line, column + 1, true
			} else if !unicode.IsSpace(at) {
				return 0, 0, false
			}
		}
	}
	return 0, 0, false
}

// pastMarks is the column behind an anchor and a tag, which stand before a value and are
// not part of it, and behind the blank after them where a value follows.
func pastMarks(line []rune, column int) int {
	for column < len(line) && strings.ContainsRune("&!", line[column]) {
		end := column
		for end < len(line) && !unicode.IsSpace(line[end]) {
			end++
		}
		next := end
		for next < len(line) && unicode.IsSpace(line[next]) {
			next++
		}
		if next == len(line) || line[next] == '#' {
			return end
		}
		column = next
	}
	return column
}
