package yamlfile

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Decode reads the one YAML document in data into the struct, or the list of
// structs, that into points to. Fields are matched by their yaml tags, and values already there are
// kept where the document says nothing, so that defaults can be set first.
//
// The error is nil or Mistakes, sorted by line. With mistakes, what could be
// read is in into nevertheless: a list keeps its length and a value that was
// wrong is left as it was, so that the caller can go on looking.
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
	w := &walker{file: file}
	w.decode(data, into)
	ms := Mistakes(w.mistakes)
	ms.Sort()
	return ms.Err()
}

// decode parses into nodes once. The strictness is our own, over the nodes:
// yaml.v3's KnownFields loses the place of most mistakes, speaks of Go types,
// stops at half of them, and is silently off inside UnmarshalYAML.
func (w *walker) decode(data []byte, into any) {
	out := reflect.ValueOf(into)
	if out.Kind() != reflect.Pointer || out.IsNil() || out.Elem().Kind() != reflect.Struct && out.Elem().Kind() != reflect.Slice {
		panic(fmt.Sprintf("yamlfile: Decode into %T, want a pointer to a struct or to a slice", into))
	}
	t := out.Elem().Type()
	if bad := badBytes(data); len(bad) > 0 {
		w.mistakes = append(w.mistakes, bad...)
		for i := range w.mistakes {
			w.mistakes[i].File = w.file
		}
		return
	}
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
		w.add(1, "the file has nothing in it", "start with "+w.example(t))
	}
}

// parseOnce returns the content of the first document, or nil when there is
// none, and the line of a second document, or 0.
func parseOnce(data []byte) (root *yaml.Node, second int, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, 0, nil
	} else if err != nil {
		return nil, 0, err
	}
	if len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	if root != nil && root.Kind == yaml.ScalarNode && root.Tag == nullTag && root.Value == "" {
		root = nil
	}
	var next yaml.Node
	if err := dec.Decode(&next); err == nil {
		second = max(next.Line, 1)
	} else if !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	return root, second, nil
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
// whether n may be decoded. The name is the field's, empty for the file.
func (w *walker) check(n *yaml.Node, t reflect.Type, name string) bool {
	if n.Kind == yaml.AliasNode {
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
	for t.Kind() == reflect.Pointer && !t.Implements(textUnmarshaler) && !t.Implements(yamlUnmarshaler) {
		t = t.Elem()
	}
	if n.Style&yaml.TaggedStyle != 0 && !slices.Contains([]string{strTag, intTag, floatTag, boolTag, nullTag, timeTag, "!!seq", "!!map"}, n.ShortTag()) {
		w.add(n.Line, fmt.Sprintf("%s starts with %s, and YAML reads a leading ! as a tag", orFile(name), n.Tag),
			"put the whole value in quotes: "+w.assign(name, strconv.Quote(strings.TrimSpace(n.Tag+" "+n.Value))))
		return false
	}
	if p := reflect.PointerTo(t); p.Implements(yamlUnmarshaler) || p.Implements(textUnmarshaler) && n.Kind == yaml.ScalarNode {
		return w.checkOwn(n, t, name)
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == nullTag {
		return true // nothing written: the value stays as it is
	}
	switch t.Kind() {
	case reflect.Struct:
		if t == timeType {
			break
		}
		if n.Kind != yaml.MappingNode {
			w.wrong(n, t, name)
			return false
		}
		return w.checkStruct(n, t, name)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			w.wrong(n, t, name)
			return false
		}
		return w.checkMap(n, t)
	case reflect.Slice, reflect.Array:
		if n.Kind != yaml.SequenceNode {
			w.wrong(n, t, name)
			return false
		}
		return w.checkList(n, t, name)
	case reflect.Interface:
		return true
	}
	if n.Kind != yaml.ScalarNode {
		w.wrong(n, t, name)
		return false
	}
	return w.checkScalar(n, t, name)
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
		w.add(n.Line, what, "put it in quotes: "+w.assign(name, strconv.Quote(n.Value)))
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
			w.add(c.Line, item+" is empty", `write something after the "-", or take the line out`)
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
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Line: at.Line, Column: at.Column}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		if t != timeType {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
	case reflect.String:
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
		w.add(k.Line, fmt.Sprintf("%s is written twice (first on line %d)", k.Value, line), `keep one of them, or begin a new item with "- "`)
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
			if near := Nearest(k.Value, names); near != "" {
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
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
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
	var wants, how string
	switch k := t.Kind(); {
	case t == durationType:
		wants, how = "a duration", "such as "+w.assign(name, "90m")+" or "+w.assign(name, "336h")
	case t == timeType:
		wants, how = "a date", "such as "+w.assign(name, "2026-11-22")
	case k == reflect.String:
		wants, how = "text", "write "+w.assign(name, "some words")+", or "+w.assign(name, ">-")+" with the words indented below it"
	case k == reflect.Bool:
		wants, how = "true or false", "write "+w.assign(name, "true")
	case k >= reflect.Int && k <= reflect.Uintptr:
		wants, how = "a whole number", "write "+w.assign(name, "3")
		if n.ShortTag() == intTag {
			wants = "a number in its range"
		}
	case k == reflect.Float32 || k == reflect.Float64:
		wants, how = "a number", "write "+w.assign(name, "2.5")
	case k == reflect.Slice || k == reflect.Array:
		wants = "a list"
		item := "one"
		if n.Kind == yaml.ScalarNode && n.Value != "" && len(n.Value) <= 40 {
			item = n.Value
		}
		if e := deref(t.Elem()); e.Kind() == reflect.Struct && e != timeType {
			how = `begin each item below it with "- ", as in "- ` + w.example(e) + `"`
		} else {
			how = "write " + w.assign(name, "["+item+"]") + `, or each on a line of its own after "- "`
		}
	default:
		wants, how = "fields of its own", "write them below it, indented, such as "+w.example(t)
	}
	w.add(n.Line, fmt.Sprintf("%s wants %s, not %s", orFile(name), wants, found), how)
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// assign writes a field with a value as a line of YAML.
func (w *walker) assign(name, value string) string {
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
