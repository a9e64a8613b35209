package yamlfile

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
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
// Beyond what yaml.v3 refuses, these are mistakes: a field that the struct
// does not have, a bare number, date, true or no where text is wanted, an
// empty item of a list, a tag such as !name, a second document, and bytes
// that are not UTF-8 text. A type may decode itself with UnmarshalText or
// UnmarshalYAML and return a Mistake with What and How.
func Decode(file string, data []byte, into any) error {
	out := reflect.ValueOf(into)
	if out.Kind() != reflect.Pointer || out.IsNil() || out.Elem().Kind() != reflect.Struct && out.Elem().Kind() != reflect.Slice {
		panic(fmt.Sprintf("yamlfile: Decode into %T, want a pointer to a struct or to a slice", into))
	}
	w := &walker{file: file}
	w.decode(data, into, out.Elem().Type())
	ms := Mistakes(w.mistakes)
	ms.Sort()
	return ms.Err()
}

// decode checks the nodes by itself before yaml.v3 decodes them: its KnownFields
// loses the place of most mistakes, speaks of Go types, stops at half of them,
// and is silently off inside UnmarshalYAML.
func (w *walker) decode(data []byte, into any, t reflect.Type) {
	root, mistakes := parse(data)
	for _, m := range mistakes {
		w.add(m.Line, m.What, m.How)
	}
	switch {
	case root != nil && w.check(root, t, ""):
		if err := root.Decode(into); err != nil {
			w.add(root.Line, strings.TrimPrefix(err.Error(), "yaml: "), "write it without anchors and aliases (& and *)")
		}
	case root == nil && len(mistakes) == 0:
		w.add(1, "the file is empty", "start with "+w.example(t))
	}
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
			"put the whole value in quotes: "+assign(name, strconv.Quote(strings.TrimSpace(n.Tag+" "+n.Value))))
		return false
	}
	if p := reflect.PointerTo(t); p.Implements(yamlUnmarshaler) || p.Implements(textUnmarshaler) && n.Kind == yaml.ScalarNode {
		return w.checkOwn(n, t, name)
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == nullTag || t.Kind() == reflect.Interface {
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
		w.add(n.Line, what, "put it in quotes: "+assign(name, strconv.Quote(n.Value)))
		return false
	}
	err := n.Decode(reflect.New(t).Interface())
	if err != nil {
		w.wrong(n, t, name)
	}
	return err == nil
}

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
	fields := w.fieldsOf(t)
	first := map[string]int{}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.ShortTag() == mergeTag && (v.Kind == yaml.AliasNode || v.Kind == yaml.MappingNode) {
			if w.check(v, t, name) {
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
		if w.check(v, fields[at].typ, k.Value) {
			kept = append(kept, k, v)
		}
	}
	n.Content = kept
	return true
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
			fs = append(fs, field{strings.ToLower(f.Name), f.Type, false})
		default:
			_, former := f.Tag.Lookup("former")
			fs = append(fs, field{name, f.Type, former})
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
	switch k := t.Kind(); {
	case t == durationType:
		return "a duration", "such as " + assign(name, "90m") + " or " + assign(name, "336h")
	case t == timeType:
		return "a date", "such as " + assign(name, "2026-11-22")
	case k == reflect.String:
		return "text", "write " + assign(name, "some words") + ", or " + assign(name, ">-") + " with the words indented below it"
	case k == reflect.Bool:
		return "true or false", "write " + assign(name, "true")
	case k >= reflect.Int && k <= reflect.Uintptr && n.ShortTag() == intTag:
		return "a number in its range", "write " + assign(name, "3")
	case k >= reflect.Int && k <= reflect.Uintptr:
		return "a whole number", "write " + assign(name, "3")
	case k == reflect.Float32 || k == reflect.Float64:
		return "a number", "write " + assign(name, "2.5")
	case k != reflect.Slice && k != reflect.Array:
		return "fields of its own", "write them below it, indented, such as " + w.example(t)
	}
	if e := deref(t.Elem()); nodeKind(e) == yaml.MappingNode {
		return "a list", `begin each item below it with "- ", as in "- ` + w.example(e) + `"`
	}
	item := "one"
	if n.Kind == yaml.ScalarNode && n.Value != "" && len(n.Value) <= 40 {
		item = n.Value
	}
	return "a list", "write " + assign(name, "["+item+"]") + `, or each on a line of its own after "- "`
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// assign writes a field with a value as a line of YAML.
func assign(name, value string) string {
	if of, ok := strings.CutPrefix(name, "an item of "); ok && of != "" {
		return "- " + value
	}
	if name == "" {
		return value
	}
	return name + ": " + value
}

// example is how a block of type t begins.
func (w *walker) example(t reflect.Type) string {
	if t.Kind() == reflect.Slice {
		return "- " + w.example(deref(t.Elem()))
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
