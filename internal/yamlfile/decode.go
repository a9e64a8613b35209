package yamlfile

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/spelling"

	"gopkg.in/yaml.v3"
)

// Decode reads the one YAML document in data into the struct, or the list of
// structs, that into points to. Fields are matched by their yaml tags, and values already there are
// kept where the document says nothing, so that defaults can be set first.
//
// The error is nil or Mistakes, sorted by line. Even with mistakes, into gets
// what could be read: a list keeps its length and a value that was wrong is left
// as it was, so that the caller can check the rest. Below a line whose place
// YAML cannot make out, nothing is read.
//
// A field with the tag former:"name" is the old name of the field called name:
// it is read, and no message offers it.
//
// A list in brackets may be separated by the commas and semicolons of a Chinese keyboard.
//
// Beyond what yaml.v3 refuses, these are mistakes: a field that the struct
// does not have, a bare number, date, true or no where text is wanted, an
// empty item of a list, a tag such as !name, a second document, and bytes
// that are not UTF-8 text. A type may decode itself with UnmarshalText or
// UnmarshalYAML and return a Mistake with What and How.
func Decode(file string, data []byte, into any) error {
	_, err := decode(file, data, into, one)
	return err
}

// DecodeAll is [Decode] for a list that may be written as several documents, each of
// them a list or empty: into gets the items of all, one after the other. The index finds
// their lines in the same order.
func DecodeAll[T any](file string, data []byte, into *[]T) (*LineIndex, error) {
	return decode(file, data, into, all)
}

// DecodeSettings is [Decode] for settings over their defaults. A file that says nothing is
// no mistake. Text may be a bare number or a bare no: the caller knows the few words that a
// setting takes, and quotes would only lead to its next mistake. Where something else than
// text, a number or a list stands, the mistake offers what the field's tag example:"…" says.
func DecodeSettings(file string, data []byte, into any) error {
	_, err := decode(file, data, into, settings)
	return err
}

// decode checks the nodes by itself before yaml.v3 decodes them: its KnownFields
// loses the place of most mistakes, speaks of Go types, stops at half of them,
// and is silently off inside UnmarshalYAML.
func decode(file string, data []byte, into any, which documents) (*LineIndex, error) {
	out := reflect.ValueOf(into)
	if out.Kind() != reflect.Pointer || out.IsNil() || out.Elem().Kind() != reflect.Struct && out.Elem().Kind() != reflect.Slice {
		panic(fmt.Sprintf("yamlfile: Decode into %T, want a pointer to a struct or to a slice", into))
	}
	t := out.Elem().Type()
	w := &walker{file: file, settings: which == settings}
	roots, mistakes := parse(data, which)
	for _, m := range mistakes {
		w.add(m.Line, m.What, m.How)
	}
	if len(roots) == 0 && len(mistakes) == 0 && !w.settings {
		w.add(1, "the file is empty", "start with "+w.begins(t))
	}
	roots = slices.DeleteFunc(roots, func(root *yaml.Node) bool { return !w.check(root, t, "") })
	root := joinLists(roots)
	if root != nil {
		if err := root.Decode(into); err != nil {
			w.add(root.Line, strings.TrimPrefix(err.Error(), "yaml: "), "write it without anchors and aliases (& and *)")
		}
	}
	ms := Mistakes(w.mistakes)
	ms.Sort()
	return &LineIndex{root}, ms.Err()
}

// joinLists makes one list of the lists in several documents.
func joinLists(roots []*yaml.Node) *yaml.Node {
	if len(roots) == 0 {
		return nil
	}
	joined := *roots[0]
	for _, root := range roots[1:] {
		if joined.Kind != yaml.SequenceNode {
			joined = *root // what came before is nothing, such as ~
			continue
		}
		joined.Content = append(slices.Clip(joined.Content), root.Content...)
	}
	return &joined
}

const (
	nullTag  = "!!null"
	boolTag  = "!!bool"
	strTag   = "!!str"
	intTag   = "!!int"
	floatTag = "!!float"
	timeTag  = "!!timestamp"
	mergeTag = "!!merge"
)

var (
	standardTags    = []string{strTag, intTag, floatTag, boolTag, nullTag, timeTag, "!!seq", "!!map"}
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	yamlUnmarshaler = reflect.TypeFor[yaml.Unmarshaler]()
	durationType    = reflect.TypeFor[time.Duration]()
	timeType        = reflect.TypeFor[time.Time]()
)

// A walker compares nodes with the type that they are to fill, and takes out
// what does not fit, so that the rest can be decoded.
type walker struct {
	file     string
	mistakes []Mistake
	fields   map[reflect.Type][]field
	followed map[follow]bool // aliases already looked into: an alias of aliases must not explode
	settings bool            // of DecodeSettings
	example  string          // of the field that is checked
	brackets bool            // the list that is checked is in brackets
}

// follow is an anchored node together with the type it is to fill.
type follow struct {
	node *yaml.Node
	typ  reflect.Type
}

// field is a struct field under the name that the file uses.
type field struct {
	name   string
	typ    reflect.Type
	former bool // an old name of another field

	example string // how its value may be written, of settings
}

func (w *walker) add(line int, what, how string) {
	w.mistakes = append(w.mistakes, Mistake{w.file, line, what, how})
}

// check reports the mistakes in n, which is to fill a value of type t, and
// whether n may be decoded. The name is the field's, empty for the file. Each
// branch is a kind of node or type; which is asked first decides.
func (w *walker) check(n *yaml.Node, t reflect.Type, name string) bool {
	if n.Kind == yaml.AliasNode {
		return w.checkAlias(n, t, name)
	}
	for t.Kind() == reflect.Pointer && !t.Implements(textUnmarshaler) && !t.Implements(yamlUnmarshaler) {
		t = t.Elem()
	}
	if n.Style&yaml.TaggedStyle != 0 && !slices.Contains(standardTags, n.ShortTag()) {
		w.add(n.Line, fmt.Sprintf("%s starts with %s, and YAML reads a leading ! as a tag", orFile(name), n.Tag),
			"put the whole value in quotes: "+w.assign(name, strconv.Quote(strings.TrimSpace(n.Tag+" "+n.Value))))
		return false
	}
	if p := reflect.PointerTo(t); p.Implements(yamlUnmarshaler) || p.Implements(textUnmarshaler) && n.Kind == yaml.ScalarNode {
		return w.checkOwn(n, t, name)
	}
	// In settings a ~ is meant: for none, or for no. It is read as the word that it looks like.
	meant := w.settings && n.Value != "" && nodeKind(t) != yaml.MappingNode
	if n.Kind == yaml.ScalarNode && n.ShortTag() == nullTag && !meant || t.Kind() == reflect.Interface {
		return true // with nothing written, the value stays as it is
	}
	if n.Kind != nodeKind(t) {
		w.wrong(n, t, name)
		return false
	}
	switch {
	case n.Kind == yaml.SequenceNode:
		return w.checkList(n, t, name)
	case n.Kind == yaml.ScalarNode:
		return w.checkScalar(n, t, name)
	case t.Kind() == reflect.Map:
		return w.checkMap(n, t)
	}
	return w.checkStruct(n, t, name)
}

// nodeKind is the kind of node that a value of type t is written as.
func nodeKind(t reflect.Type) yaml.Kind {
	switch k := t.Kind(); {
	case k == reflect.Map, k == reflect.Struct && t != timeType:
		return yaml.MappingNode
	case k == reflect.Slice, k == reflect.Array:
		return yaml.SequenceNode
	}
	return yaml.ScalarNode
}

// checkAlias checks what the alias n stands for, once for each type.
func (w *walker) checkAlias(n *yaml.Node, t reflect.Type, name string) bool {
	f := follow{n.Alias, t}
	if ok, seen := w.followed[f]; seen {
		return ok
	}
	if w.followed == nil {
		w.followed = map[follow]bool{}
	}
	w.followed[f] = false // until known: an anchor that contains itself is refused
	before := len(w.mistakes)
	ok := w.check(n.Alias, t, name)
	if !ok && len(w.mistakes) == before {
		w.add(n.Line, fmt.Sprintf("%s: *%s contains itself", orFile(name), n.Value), "write the value out")
	}
	w.followed[f] = ok
	return ok
}

// checkOwn lets a type that decodes itself say what is wrong.
func (w *walker) checkOwn(n *yaml.Node, t reflect.Type, name string) bool {
	var err error
	switch own := reflect.New(t).Interface().(type) {
	case yaml.Unmarshaler:
		err = own.UnmarshalYAML(n)
	case encoding.TextUnmarshaler:
		err = own.UnmarshalText([]byte(n.Value))
	}
	if err == nil {
		return true
	}
	var m Mistake
	if !errors.As(err, &m) {
		m = Mistake{What: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if name != "" {
		m.What = name + ": " + m.What
	}
	w.add(n.Line, m.What, m.How)
	return false
}

func (w *walker) checkScalar(n *yaml.Node, t reflect.Type, name string) bool {
	tag := n.ShortTag()
	if t.Kind() == reflect.String {
		if n.Style&yaml.TaggedStyle != 0 {
			return true
		}
		if w.settings {
			n.Tag = strTag
			return true
		}
		var what string
		switch {
		case tag == boolTag:
			what = fmt.Sprintf("%s: YAML reads %s as yes-or-no, not as text", name, n.Value)
		case tag == intTag || tag == floatTag:
			what = fmt.Sprintf("%s: YAML reads %s as a number, not as text", name, n.Value)
		case tag == timeTag:
			what = fmt.Sprintf("%s: YAML reads %s as a date, not as text", name, n.Value)
		case tag == mergeTag:
			what = fmt.Sprintf("%s: << has a meaning of its own in YAML", name)
		case n.Style == 0 && oldBool(n.Value):
			what = fmt.Sprintf("%s: many YAML readers take a bare %s for yes-or-no", name, n.Value)
		default:
			return true
		}
		w.add(n.Line, what, "put it in quotes: "+w.assign(name, strconv.Quote(n.Value)))
		return false
	}
	// YAML also takes 0.5 for an int, and 0x10, 010 and 1_0: none is what a person reads.
	whole := !isInt(t) || t == durationType || wholeNumber.MatchString(n.Value)
	if !whole || tag == nullTag || n.Decode(reflect.New(t).Interface()) != nil {
		w.wrong(n, t, name)
		return false
	}
	return true
}

var wholeNumber = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)

func isInt(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr }

// oldBool reports whether YAML 1.1 reads the bare word as true or false.
func oldBool(s string) bool {
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return true
	}
	return false
}

func (w *walker) checkList(n *yaml.Node, t reflect.Type, name string) bool {
	item := "an item of " + orFile(name)
	defer func(outer bool) { w.brackets = outer }(w.brackets)
	w.brackets = n.Style&yaml.FlowStyle != 0
	if w.brackets {
		n.Content = apart(n.Content)
	}
	for i, c := range n.Content {
		ok := true
		target := c
		if c.Kind == yaml.AliasNode {
			target = c.Alias
		}
		if target.Kind == yaml.ScalarNode && target.ShortTag() == nullTag {
			w.add(c.Line, item+" is empty", `write something after the "-", or remove the line`)
			ok = false
		} else {
			ok = w.check(c, t.Elem(), item)
		}
		if !ok {
			n.Content[i] = blank(t.Elem(), c) // the list keeps its length
		}
	}
	return true
}

// separators are those of a Chinese keyboard, which are letters to YAML.
const separators = "，、；"

// apart takes apart the items of a list in brackets that was typed on a Chinese keyboard. In
// quotes an item is one, whatever it has in it.
func apart(items []*yaml.Node) (found []*yaml.Node) {
	for _, item := range items {
		if item.Kind != yaml.ScalarNode || item.Style != 0 || item.Anchor != "" || !strings.ContainsAny(item.Value, separators) {
			found = append(found, item)
			continue
		}
		for _, word := range strings.FieldsFunc(item.Value, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
			if word = strings.TrimSpace(word); word != "" {
				found = append(found, &yaml.Node{Kind: yaml.ScalarNode, Value: word, Line: item.Line, Column: item.Column})
			}
		}
	}
	return found
}

// blank returns a node that decodes to an empty value of type t.
func blank(t reflect.Type, at *yaml.Node) *yaml.Node {
	t = deref(t)
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Line: at.Line, Column: at.Column}
	switch {
	case nodeKind(t) == yaml.MappingNode:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
	case t.Kind() == reflect.String:
		n.Tag, n.Style = strTag, yaml.DoubleQuotedStyle
	}
	return n
}

func (w *walker) checkMap(n *yaml.Node, t reflect.Type) bool {
	first := map[string]int{}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if w.key(k, first) && w.check(v, t.Elem(), k.Value) {
			kept = append(kept, k, v)
		}
	}
	n.Content = kept
	return true
}

// key reports whether k can name a field, and is not there yet.
func (w *walker) key(k *yaml.Node, first map[string]int) bool {
	if k.Kind != yaml.ScalarNode {
		w.add(k.Line, "a field's name has to be a word here, not brackets", `write "name: value", and a value that starts with { or [ in quotes`)
		return false
	}
	if line, twice := first[k.Value]; twice {
		w.add(k.Line, fmt.Sprintf("%s appears twice (first on line %d)", k.Value, line), `keep one of them, or begin a new item with "- "`)
		return false
	}
	first[k.Value] = k.Line
	return true
}

func (w *walker) checkStruct(n *yaml.Node, t reflect.Type, name string) bool {
	fields, outer := w.fieldsOf(t), w.example
	first := map[string]int{}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if isMerge(k) {
			if w.checkMerge(k, v, t, first) {
				kept = append(kept, k, v)
			}
			continue
		}
		if !w.key(k, first) {
			continue
		}
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == k.Value })
		if at < 0 {
			var names []string
			for _, f := range fields {
				if !f.former {
					names = append(names, f.name)
				}
			}
			how := "the fields here are " + strings.Join(names, ", ")
			if near := spelling.Nearest(k.Value, names); near != "" {
				how = "did you mean " + near + "?"
			}
			w.add(k.Line, fmt.Sprintf("unknown field %q", k.Value), how)
			continue
		}
		w.example = fields[at].example
		if w.check(v, fields[at].typ, k.Value) {
			kept = append(kept, k, v)
		}
		w.example = outer
	}
	n.Content = kept
	return true
}

// isMerge reports whether k is the key "<<", whose value lends its fields.
func isMerge(k *yaml.Node) bool { return k.Kind == yaml.ScalarNode && k.ShortTag() == mergeTag }

// checkMerge checks what a merge key takes over: fields, or a list of such.
func (w *walker) checkMerge(k, v *yaml.Node, t reflect.Type, first map[string]int) bool {
	if line, twice := first[k.Value]; twice {
		w.add(k.Line, fmt.Sprintf("<< appears twice (first on line %d)", line), "write <<: [*one, *other]")
		return false
	}
	first[k.Value] = k.Line
	lenders := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		lenders = v.Content
	}
	for _, l := range lenders {
		fields := l
		if l.Kind == yaml.AliasNode {
			fields = l.Alias
		}
		switch {
		case fields.Kind != yaml.MappingNode:
			found := strconv.Quote(fields.Value)
			if fields.Kind == yaml.SequenceNode {
				found = "a list"
			}
			w.add(l.Line, "<< needs fields to take over, not "+found, "write <<: *name, of an entry that begins with &name")
			return false
		case l.Kind == yaml.AliasNode && lends(fields, fields, map[*yaml.Node]bool{}):
			w.add(l.Line, "<< contains itself", "write the fields out")
			return false
		case !w.check(l, t, ""):
			return false
		}
	}
	return true
}

// lends reports whether the fields of target are among those that n takes over, by merge
// keys however deep. Each node is looked into once.
func lends(n, target *yaml.Node, seen map[*yaml.Node]bool) bool {
	if seen[n] {
		return false
	}
	seen[n] = true
	return slices.ContainsFunc(lenders(n), func(l *yaml.Node) bool { return l == target || lends(l, target, seen) })
}

// lenders are the nodes whose fields a mapping takes over, in the order in which they win.
func lenders(n *yaml.Node) (of []*yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		from := []*yaml.Node{n.Content[i+1]}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, l := range from {
			if l.Kind == yaml.AliasNode {
				l = l.Alias
			}
			of = append(of, l)
		}
	}
	return of
}

// fieldsOf lists a struct's fields as yaml.v3 sees them.
func (w *walker) fieldsOf(t reflect.Type) []field {
	if fs, ok := w.fields[t]; ok {
		return fs
	}
	var fs []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.PkgPath != "" && !f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "-":
		case strings.Contains(options, "inline"):
			inline := f.Type
			if inline.Kind() == reflect.Pointer {
				inline = inline.Elem()
			}
			fs = append(fs, w.fieldsOf(inline)...)
		case name == "":
			fs = append(fs, field{name: strings.ToLower(f.Name), typ: f.Type})
		default:
			_, former := f.Tag.Lookup("former")
			fs = append(fs, field{name, f.Type, former, f.Tag.Get("example")})
		}
	}
	if w.fields == nil {
		w.fields = map[reflect.Type][]field{}
	}
	w.fields[t] = fs
	return fs
}

// wrong says that n is not what a value of type t is written as.
func (w *walker) wrong(n *yaml.Node, t reflect.Type, name string) {
	var found string
	switch {
	case n.Kind == yaml.SequenceNode:
		found = "a list"
	case n.Kind == yaml.MappingNode:
		found = "fields of its own"
	case n.ShortTag() == strTag && len(n.Value) > 40:
		found = "text"
	default:
		found = strconv.Quote(n.Value)
	}
	wants, how := w.wanted(n, deref(t), name)
	w.add(n.Line, fmt.Sprintf("%s needs %s, not %s", orFile(name), wants, found), how)
}

// wanted says what a value of type t is called, and how to write one in the
// place of n. The branches are a table: a line for each kind of type.
func (w *walker) wanted(n *yaml.Node, t reflect.Type, name string) (wants, how string) {
	listed := strings.HasPrefix(name, "an item of ")
	number := "3"
	if w.example != "" && !listed {
		number = w.example
	} else if wholeNumber.MatchString(n.Value) && n.ShortTag() == strTag {
		number = strings.TrimLeft(n.Value, "+-") // it only stands in quotes
	}
	switch k := t.Kind(); {
	case w.example != "" && !listed && (k == reflect.String || k == reflect.Slice):
		return map[bool]string{true: "text", false: "a list"}[k == reflect.String], "write " + w.assign(name, w.example)
	case t == durationType:
		return "a duration", "such as " + w.assign(name, "90m") + " or " + w.assign(name, "336h")
	case t == timeType:
		return "a date", "such as " + w.assign(name, "2026-11-22")
	case k == reflect.String:
		return "text", "write " + w.assign(name, "some words") + ", or " + w.assign(name, ">-") + " with the words indented below it"
	case k == reflect.Bool:
		meant := !slices.Contains([]string{"0", "no", "n", "off", "false", "none", "never", "~", "null"}, strings.ToLower(n.Value))
		return "true or false", "write " + w.assign(name, strconv.FormatBool(meant))
	case isInt(t) && n.ShortTag() == intTag && wholeNumber.MatchString(n.Value):
		return "a number in its range", "write " + w.assign(name, number)
	case isInt(t):
		return "a whole number", "write " + w.assign(name, number)
	case k == reflect.Float32 || k == reflect.Float64:
		return "a number", "write " + w.assign(name, "2.5")
	case k != reflect.Slice && k != reflect.Array:
		return "fields of its own", "write them below it, indented, such as " + w.begins(t)
	}
	if e := deref(t.Elem()); nodeKind(e) == yaml.MappingNode {
		return "a list", `begin each item below it with "- ", as in "- ` + w.begins(e) + `"`
	}
	item := "one"
	if n.Kind == yaml.ScalarNode && n.Value != "" && len(n.Value) <= 40 {
		item = strings.Join(strings.FieldsFunc(n.Value, func(r rune) bool { return strings.ContainsRune(separators, r) }), ", ")
	}
	return "a list", "write " + w.assign(name, "["+item+"]") + `, or each on a line of its own after "- "`
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// assign writes a field with a value as a line of YAML, or an item as it stands in its list.
func (w *walker) assign(name, value string) string { return assign(name, value, w.brackets) }

func assign(name, value string, inBrackets bool) string {
	if of, ok := strings.CutPrefix(name, "an item of "); ok && of != "" && !inBrackets {
		return "- " + value
	} else if ok || name == "" {
		return value
	}
	return name + ": " + value
}

// begins is how a block of type t begins.
func (w *walker) begins(t reflect.Type) string {
	if t.Kind() == reflect.Slice {
		return "- " + w.begins(deref(t.Elem()))
	}
	if t.Kind() == reflect.Struct {
		if fs := w.fieldsOf(t); len(fs) > 0 {
			return fs[0].name + ": ..."
		}
	}
	return "name: value"
}

func orFile(name string) string {
	if name == "" {
		return "the file"
	}
	return name
}
