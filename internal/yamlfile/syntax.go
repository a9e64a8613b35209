package yamlfile

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// lineEnds are characters that YAML takes for the end of a line and no editor
// shows as one: with them, no line number would be right.
const lineEnds = "\u0085\u2028\u2029"

// badBytes finds bytes that a YAML file cannot have. Nothing else is worth
// saying about such a file: it was not written as text.
func badBytes(data []byte) []Mistake {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	clean := utf8.Valid(data)
	for _, r := range lineEnds { // one at a time: ContainsAny takes ten times as long
		clean = clean && !bytes.ContainsRune(data, r)
	}
	for i := 0; clean && i < len(data); i++ {
		clean = data[i] >= ' ' && data[i] != 0x7f || data[i] == '\n' || data[i] == '\t' ||
			data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n'
	}
	if clean {
		return nil
	}
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return []Mistake{{Line: 1, What: "the file is UTF-16 text", How: "save it as UTF-8"}}
	}
	var found []Mistake
	for i, line := range bytes.Split(data, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		for rest := line; len(rest) > 0; {
			r, n := utf8.DecodeRune(rest)
			if r == utf8.RuneError && n == 1 {
				found = append(found, Mistake{Line: i + 1, What: "this line is not UTF-8 text", How: "save the file as UTF-8"})
				break
			}
			if r < ' ' && r != '\t' || r == 0x7f || strings.ContainsRune(lineEnds, r) {
				found = append(found, Mistake{Line: i + 1, What: fmt.Sprintf("this line has the control character U+%04X", r), How: "take it out"})
				break
			}
			rest = rest[n:]
		}
	}
	return found
}

// parse returns the nodes of the file's document and the mistakes in how it
// is written. Where there are some, the nodes are those of the file with them
// put right, on the same lines, or nil where that did not work.
func parse(data []byte) (*yaml.Node, []Mistake) {
	root, second, err := parseOnce(data)
	if err == nil && second == 0 {
		return root, nil
	}
	// The happy path ends above: from here on time does not matter.
	s := scan(data)
	repaired := []byte(strings.Join(s.lines, "\n"))
	root, second, err = parseOnce(repaired)
	switch {
	case err != nil:
		line := lastReadable(s.lines) + 1
		if len(s.mistakes) == 0 || !s.reported(line) {
			what, how := explain(err, s.lines, line)
			s.add(line-1, what, how)
		}
		root = nil
	case second > 0 && len(s.mistakes) == 0:
		s.add(second-1, "a second document begins here", "put it in a file of its own, and take the --- out")
	}
	return root, s.mistakes
}

func (s *scanner) reported(line int) bool {
	for _, m := range s.mistakes {
		if m.Line == line {
			return true
		}
	}
	return false
}

// lastReadable returns the number of lines up to the last place where the
// file could end and be well written. What comes next is where to look:
// yaml.v3 itself names the start of the block, or the line after.
func lastReadable(lines []string) int {
	readable := func(n int) bool {
		_, _, err := parseOnce([]byte(strings.Join(lines[:n], "\n") + "\n"))
		return err == nil
	}
	good, bad := 0, len(lines)
	for tries := 0; tries < 4; tries++ {
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

// explain puts yaml.v3's words into ours.
func explain(err error, lines []string, line int) (what, how string) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = regexp.MustCompile(`^line \d+: `).ReplaceAllString(text, "")
	switch {
	case strings.Contains(text, "expected ',' or"):
		return "YAML cannot read the brackets here, or they are not closed", "put the items in quotes, and close with ] or }"
	case strings.Contains(text, "unexpected end of stream"), strings.Contains(text, "unexpected document indicator"):
		return "a quote is opened here and not closed", "close it at the end of the value"
	case strings.Contains(text, "expected '-' indicator"), strings.Contains(text, "expected key"), strings.Contains(text, "not allowed in this context"), strings.Contains(text, "invalid leading"):
		return "the indentation does not fit the lines above", "indent the fields of one item by the same number of spaces"
	case strings.Contains(text, "expected ':'"):
		return "there is no field name on this line", `write "name: value", or indent it below the field that it belongs to`
	case strings.Contains(text, "unknown anchor"):
		return "YAML reads a leading * as an alias, and there is none of this name", "put the value in quotes"
	case strings.Contains(text, "already defined"):
		return "a field is written twice", "keep one of them"
	case strings.Contains(text, "exceeded max depth"), strings.Contains(text, "excessive"):
		return "the file is nested too deeply", "write it with fewer levels"
	}
	return "YAML cannot read this line (" + text + ")", "put the value in quotes"
}

// A scanner goes through a file that yaml.v3 refused, line by line, knowing
// the mistakes that people make. It is no YAML parser: what it does not know
// it leaves to yaml.v3.
type scanner struct {
	lines    []string // as written, and put right where a mistake was found
	mistakes []Mistake
	anchors  map[string]bool
	open     []block
}

// block is a list or a group of fields that is open at a line.
type block struct {
	column int
	list   bool
}

func (s *scanner) add(i int, what, how string) {
	s.mistakes = append(s.mistakes, Mistake{Line: i + 1, What: what, How: how})
}

// lazily compiles a pattern when it is first asked for. A file without mistakes
// needs none of them, and compiling them at every start would allocate 160 kB.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

var (
	keyed     = lazily(`^("[^"]*"|'[^']*'|[\pL_][\pL\pN_./-]*)[ \t]*:(?:[ \t]+(.*))?$`)
	glued     = lazily(`^([a-z_]+):([^\s/].*)$`)
	heading   = lazily(`^[|>][-+0-9]*(?:[ \t]+#.*)?$`)
	reference = lazily(`^\*[A-Za-z0-9_-]+(?:[ \t]+#.*)?$`)
	anchored  = lazily(`^&([A-Za-z0-9_-]+)(?:[ \t]+(.*))?$`)
	tagged    = lazily(`^!{1,2}[A-Za-z]|^!<|^! |^!$`)
	conflict  = lazily(`^(<<<<<<< |=======$|>>>>>>> )`)
)

// scan finds the mistakes that a line shows by itself, and repairs them so
// that the rest of the file can be looked at.
func scan(data []byte) *scanner {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	s := &scanner{lines: strings.Split(text, "\n"), anchors: map[string]bool{}}
	nested := true // the line before may be followed by a deeper one
	started := false
	for i := 0; i < len(s.lines); {
		line := s.lines[i]
		if conflict().MatchString(line) {
			s.add(i, "a merge conflict was left here", "keep one side, and take the <<<<<<<, ======= and >>>>>>> lines out")
			s.lines = s.lines[:i] // what follows says everything twice
			break
		}
		white := len(line) - len(strings.TrimLeft(line, " \t"))
		if rest := line[white:]; rest == "" || rest[0] == '#' {
			i++
			continue
		}
		if strings.HasPrefix(line, "---") && strings.Trim(line[3:], " \t") == "" {
			if started {
				s.add(i, "a second document begins here", "put it in a file of its own, and take the --- out")
				s.lines = s.lines[:i]
				break
			}
			i++
			continue
		}
		if strings.HasPrefix(line, "...") || strings.HasPrefix(line, "%") && !started {
			i++
			continue
		}
		started = true
		if strings.Contains(line[:white], "\t") {
			s.add(i, "there is a tab in the indentation", "use spaces, two for each level")
			line = strings.ReplaceAll(line[:white], "\t", "  ") + line[white:]
			s.lines[i] = line
			white = len(line) - len(strings.TrimLeft(line, " "))
		}
		i, nested = s.line(i, white, nested)
	}
	return s
}

// line looks at the line i, and returns the next line to look at and whether
// that may be deeper.
func (s *scanner) line(i, indent int, nested bool) (next int, deeper bool) {
	rest := s.lines[i][indent:]
	dash := rest == "-" || strings.HasPrefix(rest, "- ")
	key, _, hasKey := splitKey(rest)
	if !dash && !hasKey {
		if g := glued().FindStringSubmatch(rest); g != nil && len(s.open) > 0 {
			s.add(i, fmt.Sprintf("there is no space after %q", g[1]+":"), "write "+g[1]+": "+short(g[2]))
			rest = g[1] + ": " + g[2]
			s.lines[i] = s.lines[i][:indent] + rest
			key, _, hasKey = splitKey(rest)
		}
	}
	if !dash && !hasKey && len(s.open) > 0 && !nested {
		s.add(i, "there is no field name on this line", `write "name: value", or indent it below the field that it belongs to`)
		s.lines[i] = ""
		return i + 1, false
	}
	indent = s.place(i, indent, dash, hasKey, nested, key)

	column := indent
	for dash {
		item := strings.TrimLeft(rest[1:], " ")
		if item == "" || item[0] == '#' {
			return i + 1, true
		}
		column += len(rest) - len(item)
		rest = item
		if dash = rest == "-" || strings.HasPrefix(rest, "- "); dash {
			s.open = append(s.open, block{column, true})
		} else if _, _, hasKey = splitKey(rest); hasKey {
			s.open = append(s.open, block{column, false})
		}
	}
	parent, name := indent, "the item"
	value := rest
	if k, v, ok := splitKey(rest); ok {
		parent, name, value = column, k, v
	}
	if value == "" || value[0] == '#' {
		return i + 1, true
	}
	start := len(s.lines[i]) - len(value)
	return s.value(i, start, parent, name)
}

// place checks that a line is indented as a block that is open, opens a new
// one where that may be, and returns the indentation it ought to have.
func (s *scanner) place(i, indent int, dash, hasKey, nested bool, key string) int {
	if nested {
		if n := len(s.open); n == 0 || indent > s.open[n-1].column || dash && !s.open[n-1].list && indent == s.open[n-1].column {
			if dash || hasKey {
				s.open = append(s.open, block{indent, dash})
			}
			return indent
		}
	}
	fits, fitsDash := -1, -1
	for n := len(s.open) - 1; n >= 0; n-- {
		b := s.open[n]
		if b.column == indent && b.list == dash {
			s.open = s.open[:n+1]
			return indent
		}
		if b.list == dash && (fits < 0 || abs(b.column-indent) < abs(fits-indent)) {
			fits = b.column
		}
		if b.list && b.column == indent {
			fitsDash = b.column
		}
	}
	what := fmt.Sprintf("this line is indented by %s, and nothing above it is", spaces(indent))
	switch {
	case !dash && fitsDash >= 0 && (fits < 0 || fits != fitsDash):
		if fits < 0 || abs(fits-indent) > 2 {
			s.add(i, "there are items of a list above, and no - on this line", `begin it with "- "`)
			break
		}
		fallthrough
	case fits >= 0:
		beside := "the fields beside it"
		if dash {
			beside = "the other items of the list"
		}
		s.add(i, what, fmt.Sprintf("indent it by %s, as %s", spaces(fits), beside))
	case dash:
		s.add(i, "a list begins here, among fields", "put it below a field, such as \"aliases:\"")
	default:
		s.add(i, what, "indent it as the lines above")
	}
	if fits >= 0 {
		s.lines[i] = strings.Repeat(" ", fits) + strings.TrimLeft(s.lines[i], " ")
		for n := len(s.open) - 1; n >= 0 && s.open[n] != (block{fits, dash}); n-- {
			s.open = s.open[:n]
		}
		return fits
	}
	return indent
}

// value looks at the value that starts at the byte start of line i, below a
// field or item at the column parent.
func (s *scanner) value(i, start, parent int, name string) (next int, deeper bool) {
	value := strings.TrimRight(s.lines[i][start:], " \t")
	replace := func(with string) { s.lines[i] = s.lines[i][:start] + with }
	wrong := func(what string) (int, bool) {
		s.add(i, name+" "+what, "put it in quotes: "+assignShort(name, quoted(value)))
		replace(strconv.Quote(value))
		return i + 1, false
	}
	after := s.continued(i, parent) // the first line that is not part of it
	if value == "" {
		return i + 1, true // only blanks and tabs behind a dash or colon
	}

	switch c := value[0]; {
	case c == '"' || c == '\'':
		return s.quote(i, start, parent, name)
	case c == '[' || c == '{':
		return s.brackets(i, start, parent, name)
	case heading().MatchString(value):
		return after, false
	case c == '|' || c == '>':
		return wrong(fmt.Sprintf("starts with %c, which YAML reads as the start of a longer text below", c))
	case c == '*':
		if !reference().MatchString(value) {
			return wrong("starts with *, which YAML reads as an alias")
		}
		if alias, _, _ := strings.Cut(value[1:], " "); !s.anchors[alias] {
			return wrong(fmt.Sprintf("starts with *, which YAML reads as an alias, and there is no &%s above", alias))
		}
		return i + 1, false
	case c == '&':
		m := anchored().FindStringSubmatch(value)
		if m == nil {
			return wrong("starts with &, which YAML reads as the name of an anchor")
		}
		s.anchors[m[1]] = true
		if m[2] == "" || m[2][0] == '#' {
			return i + 1, true
		}
		return s.value(i, start+len(value)-len(m[2]), parent, name)
	case c == '!':
		if !tagged().MatchString(value) {
			return wrong("starts with !, which YAML reads as a tag")
		}
		return after, true
	case c == '@' || c == '`' || c == '%' || c == ',' || c == ']' || c == '}':
		return wrong(fmt.Sprintf("starts with %c, which has a meaning of its own in YAML", c))
	case (c == '-' || c == '?' || c == ':') && (len(value) == 1 || value[1] == ' '):
		return wrong(fmt.Sprintf("starts with %c and a space, which has a meaning of its own in YAML", c))
	}
	plain := value
	if at := strings.Index(plain, " #"); at >= 0 {
		plain = strings.TrimRight(plain[:at], " \t")
	}
	if strings.Contains(plain, ": ") || strings.HasSuffix(plain, ":") {
		return wrong(`has ": " in it, and YAML takes that for another field`)
	}
	for j := i + 1; j < after; j++ {
		text := strings.TrimLeft(s.lines[j], " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		if key, _, ok := splitKey(text); ok {
			if len(key) <= 12 && strings.ToLower(key) == key {
				column := len(s.lines[j]) - len(text)
				s.add(j, fmt.Sprintf("this line is indented by %s, so it goes on with %s, which is at %s", spaces(column), name, spaces(parent)),
					"indent it by "+spaces(parent)+" for a field of its own, or put the text in quotes")
				s.lines[j] = strings.Repeat(" ", parent) + text
				return j, false
			}
			s.add(j, `the text has ": " in it, and YAML takes that for another field`, "write the text below "+assignShort(name, ">-")+", indented")
			s.lines[j] = ""
		}
	}
	return after, false
}

// continued returns the first line after i that is not deeper than parent.
func (s *scanner) continued(i, parent int) int {
	for i++; i < len(s.lines); i++ {
		text := strings.TrimLeft(s.lines[i], " \t")
		if text != "" && len(s.lines[i])-len(text) <= parent {
			break
		}
	}
	return i
}

// quote looks at a value that starts with a quote.
func (s *scanner) quote(i, start, parent int, name string) (next int, deeper bool) {
	mark := s.lines[i][start]
	at := start + 1
	for j := i; j < len(s.lines); j, at = j+1, 0 {
		line := s.lines[j]
		if j > i {
			text := strings.TrimLeft(line, " \t")
			if _, _, ok := splitKey(strings.TrimPrefix(text, "- ")); ok && len(line)-len(text) <= parent {
				break // a field below: the quote was forgotten
			}
		}
		for ; at < len(line); at++ {
			switch {
			case mark == '"' && line[at] == '\\':
				if at+1 < len(line) && !strings.ContainsRune("0abt\tnvfre \"/\\N_LPxuU", rune(line[at+1])) {
					s.add(j, fmt.Sprintf(`%s has \%c in double quotes, and YAML does not know it`, name, line[at+1]), `write \\ for a backslash, or use single quotes`)
					s.lines[j] = line[:at] + "\\" + line[at:]
					line = s.lines[j]
				}
				at++
			case line[at] != mark:
			case mark == '\'' && at+1 < len(line) && line[at+1] == '\'':
				at++
			default:
				tail := strings.TrimSpace(line[at+1:])
				if tail == "" || tail[0] == '#' {
					return j + 1, false
				}
				whole := strings.TrimSpace(line)
				if j == i {
					whole = strings.TrimSpace(line[start:])
				}
				if strings.HasSuffix(whole, string(mark)) && len(whole) > 1 && j == i {
					whole = whole[1 : len(whole)-1] // quotes inside quotes
				}
				s.add(j, fmt.Sprintf("%s goes on after the closing %c", name, mark), "put all of it in other quotes: "+assignShort(name, quoted(whole)))
				s.lines[j] = s.lines[j][:at+1]
				return j + 1, false
			}
		}
	}
	value := strings.TrimSpace(s.lines[i][start+1:])
	s.add(i, fmt.Sprintf("%s starts with %c, and there is no %c at the end", name, mark, mark), "write "+assignShort(name, quoted(value)))
	s.lines[i] = s.lines[i][:start] + strconv.Quote(value)
	return i + 1, false
}

// brackets looks at a value that starts with [ or {.
func (s *scanner) brackets(i, start, parent int, name string) (next int, deeper bool) {
	opening := s.lines[i][start]
	closing := byte(']')
	if opening == '{' {
		closing = '}'
	}
	var inside []byte // the brackets to close
	quote := byte(0)
	before := byte(' ') // the character before, spaces left out
	at, j := start, i
	for ; j < len(s.lines); j, at = j+1, 0 {
		line := s.lines[j]
		if j > i {
			text := strings.TrimLeft(line, " \t")
			if text != "" && len(line)-len(text) <= parent && text[0] != ']' && text[0] != '}' {
				break
			}
		}
		for ; at < len(line); at++ {
			c := line[at]
			switch {
			case quote != 0:
				if c == '\\' && quote == '"' {
					at++
				} else if c == quote {
					quote = 0
					before = c
				}
				continue
			case c == ' ' || c == '\t':
				if at+1 < len(line) && line[at+1] == '#' {
					at = len(line)
				}
				continue
			case (c == '"' || c == '\'') && strings.IndexByte("[{,: ", before) >= 0:
				quote = c
			case strings.IndexByte("@`%", c) >= 0 && strings.IndexByte("[{,:", before) >= 0,
				c == '*' && strings.IndexByte("[{,:", before) >= 0 && !reference().MatchString(strings.FieldsFunc(line[at:]+" ", func(r rune) bool { return strings.ContainsRune(",]} ", r) })[0]):
				item, _, _ := strings.Cut(line[at:], ",")
				item = strings.TrimRight(item, "]} ")
				s.add(j, fmt.Sprintf("%s has an item that starts with %c, which has a meaning of its own in YAML", name, c), "put the item in quotes: "+quoted(item))
				s.lines[j] = line[:at] + strconv.Quote(item) + line[at+len(item):]
				line = s.lines[j]
				quote = '"'
			case c == '?':
				s.add(j, name+" has a ? within brackets, which has a meaning of its own in YAML", "put the item in quotes: "+quoted(itemAt(line, at)))
				s.lines[j] = line[:at] + "_" + line[at+1:]
				line = s.lines[j]
			case (before == '"' || before == '\'') && strings.IndexByte(",:]}", c) < 0:
				s.add(j, fmt.Sprintf("%s has an item that goes on after the closing %c", name, before), "put all of it in other quotes: "+quoted(itemAt(line, at)))
				s.blank(i, start, s.continued(i, parent), opening, closing)
				return s.continued(i, parent), false
			case c == '[' || c == '{':
				inside = append(inside, c+2) // ] and } come two after [ and {
			case c == ']' || c == '}':
				if len(inside) == 0 || inside[len(inside)-1] != c {
					break
				}
				if inside = inside[:len(inside)-1]; len(inside) > 0 {
					break
				}
				tail := strings.TrimSpace(line[at+1:])
				if tail == "" || tail[0] == '#' {
					return j + 1, false
				}
				if j == i {
					value := strings.TrimSpace(line[start:])
					s.add(i, fmt.Sprintf("%s starts with %c, which YAML reads as a list or fields in brackets", name, opening), "put it in quotes: "+assignShort(name, quoted(value)))
					s.lines[i] = line[:start] + strconv.Quote(value)
					return i + 1, false
				}
				s.add(j, fmt.Sprintf("there is something after the closing %c", closing), "take it out, or put the value in quotes")
				s.lines[j] = line[:at+1]
				return j + 1, false
			}
			before = c
		}
		quoteOpen := quote != 0 && j == i && s.continued(i, parent) == i+1
		if quoteOpen {
			s.add(i, fmt.Sprintf("%s has a %c that is not closed", name, quote), fmt.Sprintf("close it with %c", quote))
			s.blank(i, start, j+1, opening, closing)
			return j + 1, false
		}
	}
	s.add(i, fmt.Sprintf("%s starts with %c, and there is no %c", name, opening, closing), fmt.Sprintf("close it with %c, or put the value in quotes if it is text", closing))
	s.blank(i, start, j, opening, closing)
	return j, false
}

// itemAt is the item of a list in brackets that the byte at the place is in.
func itemAt(line string, at int) string {
	start := max(strings.LastIndexAny(line[:at], "[{,")+1, strings.LastIndex(line[:at], ": ")+1)
	end := at + strings.IndexAny(line[at:]+",", ",]}")
	return strings.TrimSpace(line[start:end])
}

// blank empties a value in brackets up to the line end.
func (s *scanner) blank(i, start, end int, opening, closing byte) {
	s.lines[i] = s.lines[i][:start] + string([]byte{opening, closing})
	for j := i + 1; j < end; j++ {
		s.lines[j] = ""
	}
}

// splitKey divides "key: value".
func splitKey(text string) (key, value string, ok bool) {
	m := keyed().FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// quoted puts a value in the quotes that need the least care.
func quoted(value string) string {
	value = short(value)
	if strings.ContainsAny(value, `"\`) {
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return `"` + value + `"`
}

// short keeps a long value from filling the screen.
func short(value string) string {
	const most = 60
	if utf8.RuneCountInString(value) <= most {
		return value
	}
	return string([]rune(value)[:most-3]) + "..."
}

func assignShort(name, value string) string {
	if name == "the item" {
		return "- " + value
	}
	return name + ": " + value
}

func spaces(n int) string {
	if n == 1 {
		return "1 space"
	}
	return strconv.Itoa(n) + " spaces"
}

func abs(n int) int { return max(n, -n) }
