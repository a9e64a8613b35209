package yamlfile

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type page struct {
	Topic   string        `yaml:"topic"`
	Order   int           `yaml:"order"`
	Wait    time.Duration `yaml:"wait"`
	Open    bool          `yaml:"open"`
	Day     day           `yaml:"day"`
	Aliases []string      `yaml:"aliases"`
	Items   []*item       `yaml:"items"`
	Owner   owner         `yaml:"owner"`
}

type item struct {
	ID     string   `yaml:"id"`
	Title  string   `yaml:"title"`
	Text   string   `yaml:"text"`
	Words  []string `yaml:"words"`
	Number int      `yaml:"number" example:"7"`
}

type owner struct {
	Name string `yaml:"name"`
}

type day struct{ t time.Time }

func (d *day) UnmarshalText(text []byte) (err error) {
	if d.t, err = time.Parse(time.DateOnly, string(text)); err != nil {
		return Mistake{What: "not a day", How: "write 2026-11-22"}
	}
	return nil
}

// TestDecodeMistakes has a file a case: what stands in it, and every line of
// the error that it gives.
func TestDecodeMistakes(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an unknown field names the nearest known one",
			"topic: x\nitems:\n  - id: a\n    titel: b\n",
			`f.yaml:4: unknown field "titel": did you mean title?`},
		{"an unknown field that is near none lists the known ones",
			"topic: x\nitems:\n  - id: a\n    colour: b\n",
			`f.yaml:4: unknown field "colour": the fields here are id, title, text, words, number`},
		{"a field written twice names the first line",
			"topic: x\nitems:\n  - id: a\n    title: b\n    title: c\n",
			`f.yaml:5: title appears twice (first on line 4): keep one of them, or begin a new item with "- "`},
		{"a text where a list is wanted",
			"topic: x\nitems:\n  - id: a\n    words: bring a gift\n",
			`f.yaml:4: words needs a list, not "bring a gift": write words: [bring a gift], or each on a line of its own after "- "`},
		{"a list where text is wanted",
			"topic: [x]\n",
			`f.yaml:1: topic needs text, not a list: write topic: some words, or topic: >- with the words indented below it`},
		{"fields where a list is wanted",
			"topic: x\nitems:\n  id: a\n",
			`f.yaml:3: items needs a list, not fields of its own: begin each item below it with "- ", as in "- id: ..."`},
		{"a text where fields are wanted",
			"owner: robin\n",
			`f.yaml:1: owner needs fields of its own, not "robin": write them below it, indented, such as name: ...`},
		{"a word where a number is wanted",
			"topic: x\norder: high\n",
			`f.yaml:2: order needs a whole number, not "high": write order: 3`},
		{"a fraction where a whole number is wanted",
			"topic: x\norder: 0.5\n",
			`f.yaml:2: order needs a whole number, not "0.5": write order: 3`},
		{"a number that YAML reads as another",
			"topic: x\norder: 010\n",
			`f.yaml:2: order needs a whole number, not "010": write order: 3`},
		{"a word where true or false is wanted",
			"open: maybe\n",
			`f.yaml:1: open needs true or false, not "maybe": write open: true`},
		{"a text where a duration is wanted",
			"wait: 2 weeks\n",
			`f.yaml:1: wait needs a duration, not "2 weeks": such as wait: 90m or wait: 336h`},
		{"a type that decodes itself says what is wrong",
			"topic: x\nday: tomorrow\n",
			`f.yaml:2: day: not a day: write 2026-11-22`},
		{"a number where text is wanted",
			"topic: 12\n",
			`f.yaml:1: topic: YAML reads 12 as a number, not as text: put it in quotes: topic: "12"`},
		{"a date where text is wanted",
			"topic: 2026-11-22\n",
			`f.yaml:1: topic: YAML reads 2026-11-22 as a date, not as text: put it in quotes: topic: "2026-11-22"`},
		{"true where text is wanted",
			"topic: true\n",
			`f.yaml:1: topic: YAML reads true as yes-or-no, not as text: put it in quotes: topic: "true"`},
		{"a bare no where text is wanted",
			"topic: no\naliases: [yes, fine]\n",
			`f.yaml:1: topic: many YAML readers take a bare no for yes-or-no: put it in quotes: topic: "no"
f.yaml:2: an item of aliases: many YAML readers take a bare yes for yes-or-no: put it in quotes: "yes"`},
		{"an empty item of a list",
			"aliases:\n  - a\n  -\n",
			`f.yaml:3: an item of aliases is empty: write something after the "-", or remove the line`},
		{"a leading ! is a tag",
			"topic: x\nitems:\n  - title: !important Bring it\n",
			`f.yaml:3: title starts with !important, and YAML reads a leading ! as a tag: put the whole value in quotes: title: "!important Bring it"`},
		{"a colon in a text",
			"topic: x\nitems:\n  - id: a\n    title: Note: check\n",
			`f.yaml:4: title contains ": ", which YAML reads as another field: put it in quotes: title: "Note: check"`},
		{"a colon and what looks like a comment",
			"topic: Price: 5 # USD\n",
			`f.yaml:1: topic contains ": ", which YAML reads as another field: put it in quotes: topic: "Price: 5 # USD"`},
		{"a colon in a text over two lines",
			"topic: This is what\n  we say: nothing\norder: high\n",
			`f.yaml:2: this line is indented so far that YAML reads it as part of the value above: indent it like the fields beside it; or, if it is text, write >- after the name above, and indent all the text below it`},
		{"a tab",
			"topic: x\nitems:\n\t- id: a\n",
			`f.yaml:3: there is a tab in the indentation: use spaces, two for each level`},
		{"a mention",
			"topic: x\nitems:\n  - id: a\n    title: @robin\n",
			`f.yaml:4: title starts with @, which has a meaning of its own in YAML: put it in quotes: title: "@robin"`},
		{"bold as in Slack",
			"topic: x\nitems:\n  - id: a\n    title: *Bold* text\n",
			`f.yaml:4: title starts with *, which has a meaning of its own in YAML: put it in quotes: title: "*Bold* text"`},
		{"an unknown alias",
			"topic: x\nitems:\n  - id: a\n    title: *bold\n",
			`f.yaml:4: title starts with *, which has a meaning of its own in YAML: put it in quotes: title: "*bold"`},
		{"a command in backticks",
			"topic: `x`\n",
			"f.yaml:1: topic starts with `, which has a meaning of its own in YAML: put it in quotes: topic: \"`x`\""},
		{"more than",
			"topic: > 5 pieces\n",
			`f.yaml:1: topic starts with >, which has a meaning of its own in YAML: put it in quotes: topic: "> 5 pieces"`},
		{"a quote that is not closed",
			"topic: x\nitems:\n  - id: a\n    title: \"b\n    text: c\n",
			`f.yaml:4: title starts with ", and there is no " at the end: close the quotes: title: "b"`},
		{"a quote that is not closed at the end of the file",
			"topic: x\norder: 1\nitems:\n  - title: 'b\n",
			`f.yaml:4: title starts with ', and there is no ' at the end: close the quotes: title: "b"`},
		{"an apostrophe in single quotes",
			"topic: 'don't do it'\n",
			`f.yaml:1: topic goes on after the closing ': put all of it in other quotes: topic: "don't do it"`},
		{"text after a quoted word",
			"topic: \"Note\" is here\n",
			`f.yaml:1: topic goes on after the closing ": put all of it in other quotes: topic: '"Note" is here'`},
		{"a backslash in double quotes",
			"topic: \"C:\\path\"\n",
			`f.yaml:1: topic has a \ in double quotes that YAML does not know: write \\ for a backslash, or use single quotes`},
		{"a field indented less than those beside it",
			"topic: x\nitems:\n  - id: a\n   title: b\n",
			`f.yaml:4: the indentation does not fit the lines above: indent it by as many spaces as the fields or items beside it`},
		{"a field indented more than those beside it",
			"topic: x\nitems:\n  - id: a\n     title: b\n",
			`f.yaml:4: this line is indented so far that YAML reads it as part of the value above: indent it like the fields beside it; or, if it is text, write >- after the name above, and indent all the text below it`},
		{"an item indented differently",
			"topic: x\nitems:\n  - id: a\n    text: t\n - id: b\n    text: u\n",
			`f.yaml:5: the indentation does not fit the lines above: indent it by as many spaces as the fields or items beside it`},
		{"a text that is not indented below its field",
			"items:\n  - id: a\n    text: >-\n    Bring it along.\n    title: b\n",
			`f.yaml:4: there is no field name on this line: write "name: value", or indent it below the field that it belongs to`},
		{"no space after the colon",
			"topic: x\nitems:\n  - id: a\n    title:Bring it\n",
			`f.yaml:4: there is no space after "title:": write title: Bring it`},
		{"an open bracket",
			"topic: x\naliases:\n  - c\nitems:\n  - words: [a, b\n    title: b\n",
			`f.yaml:5: words starts with [, and YAML cannot find its end: close it with ], and put items that are not plain words in quotes, or all of it if it is text`},
		{"an open bracket on the last line",
			"topic: x\naliases: [a, b\n",
			`f.yaml:2: aliases starts with [, and YAML cannot find its end: close it with ], and put items that are not plain words in quotes, or all of it if it is text`},
		{"an open bracket on the first of two lines",
			"topic: x\naliases: [a,\n  b\norder: high\n",
			`f.yaml:2: aliases starts with [, and YAML cannot find its end: close it with ], and put items that are not plain words in quotes, or all of it if it is text
f.yaml:4: order needs a whole number, not "high": write order: 3`},
		{"text after a closing bracket",
			"topic: x\nitems:\n  - title: [New] forms\n",
			`f.yaml:3: title goes on after the closing ]: put it in quotes: title: "[New] forms"`},
		{"a mention in a list in brackets",
			"topic: x\naliases: [a, @robin]\n",
			`f.yaml:2: aliases has something between [ and ] that YAML cannot read: put what is not a plain word, such as "@team" or "when?", in quotes`},
		{"a question in a list in brackets",
			"topic: x\naliases: [a, who pays?]\nitems:\n  - {id: b, title: what now?}\n",
			`f.yaml:2: aliases has something between [ and ] that YAML cannot read: put what is not a plain word, such as "@team" or "when?", in quotes
f.yaml:4: this line has something between { and } that YAML cannot read: put what is not a plain word, such as "@team" or "when?", in quotes`},
		{"an item in brackets that is half in quotes",
			"topic: x\naliases: [\"a\" b, c]\n",
			`f.yaml:2: aliases has something between [ and ] that YAML cannot read: put what is not a plain word, such as "@team" or "when?", in quotes`},
		{"a template's braces",
			"topic: x\nitems:\n  - title: {{name}}\n",
			`f.yaml:3: title needs text, not fields of its own: write title: some words, or title: >- with the words indented below it`},
		{"an empty file", "", `f.yaml:1: the file is empty: start with topic: ...`},
		{"a file with only comments", "# nothing\n", `f.yaml:1: the file is empty: start with topic: ...`},
		{"a file that is a list", "- a\n", `f.yaml:1: the file needs fields of its own, not a list: write them below it, indented, such as topic: ...`},
		{"a second document", "topic: x\n---\ntopic: y\n",
			`f.yaml:2: a second document begins here: put it in a file of its own, and remove the ---`},
		{"a merge conflict", "topic: x\n<<<<<<< HEAD\norder: 1\n=======\norder: 2\n>>>>>>> b\n",
			`f.yaml:2: a merge conflict was left here: keep one side, and remove the <<<<<<<, ======= and >>>>>>> lines`},
		{"a merge conflict in a list in brackets", "order: high\naliases: [a,\n<<<<<<< HEAD\n  b]\n=======\n  c]\n>>>>>>> b\n",
			`f.yaml:3: a merge conflict was left here: keep one side, and remove the <<<<<<<, ======= and >>>>>>> lines`},
		{"a value and its place", "topic: x\nitems:\n  - id: a\n   title: @robin\n   txt: b\n",
			`f.yaml:4: title starts with @, which has a meaning of its own in YAML: put it in quotes: title: "@robin"
f.yaml:4: the indentation does not fit the lines above: indent it by as many spaces as the fields or items beside it`},
		{"bytes that are not UTF-8", "topic: x\nowner:\n  name: \xff\n",
			`f.yaml:3: this line is not UTF-8 text: save the file as UTF-8`},
		{"a file in UTF-16", "\xff\xfet\x00o\x00", `f.yaml:1: the file is UTF-16 text: save it as UTF-8`},
		{"a NUL byte", "topic: x\x00y\n", `f.yaml:1: this line has the control character U+0000: remove it`},
		{"an anchor that contains itself", "items: &a\n  - *a\n",
			`f.yaml:1: an item of items needs fields of its own, not a list: write them below it, indented, such as id: ...`},
		{"everything at once",
			"topic: no\nordr: 1\nitems:\n  - id: a\n    title: Note: check\n    words: one\n  - id: b\n    title: @robin\n    txt: c\n   text: d\n",
			`f.yaml:1: topic: many YAML readers take a bare no for yes-or-no: put it in quotes: topic: "no"
f.yaml:2: unknown field "ordr": did you mean order?
f.yaml:5: title contains ": ", which YAML reads as another field: put it in quotes: title: "Note: check"
f.yaml:6: words needs a list, not "one": write words: [one], or each on a line of its own after "- "
f.yaml:8: title starts with @, which has a meaning of its own in YAML: put it in quotes: title: "@robin"
f.yaml:9: unknown field "txt": did you mean text?
f.yaml:10: the indentation does not fit the lines above: indent it by as many spaces as the fields or items beside it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Decode("f.yaml", []byte(c.in), new(page))
			var ms Mistakes
			if !errors.As(err, &ms) {
				t.Fatalf("the error is %v, want Mistakes", err)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// Each unreadable line takes many readings of the file: a file with hundreds of
// them must not take minutes.
func TestDecodeReportsTenUnreadableLines(t *testing.T) {
	err := Decode("f.yaml", []byte("aliases:\n"+strings.Repeat("  - @robin\n", 300)), new(page))
	var ms Mistakes
	if !errors.As(err, &ms) || len(ms) != 10 || ms[9].Line != 11 {
		t.Errorf("want mistakes on lines 2 to 11:\n%v", err)
	}
}

// TestDecodeAccepts has what must not be called a mistake.
func TestDecodeAccepts(t *testing.T) {
	for name, in := range map[string]string{
		"a byte order mark":             "\ufefftopic: x\n",
		"Windows line ends":             "topic: x\r\norder: 2\r\n",
		"a document marker at the top":  "---\ntopic: x\n",
		"a day for a day":               "topic: x\nday: 2026-11-22\n",
		"a quoted number as text":       "topic: \"12\"\n",
		"a tagged number as text":       "topic: !!str 12\n",
		"a list in brackets over lines": "topic: x\naliases: [\n  a,\n  b\n]\n",
		"a quoted text over lines":      "topic: \"x\n  y\"\n",
		"an anchor and its alias":       "topic: &x abc\nowner: {name: *x}\n",
		"fields merged from an anchor":  "items:\n  - &a {id: a, text: b}\n  - <<: *a\n    id: c\n",
		"a field left empty":            "topic: x\norder:\naliases:\n",
		"a tab in a longer text":        "topic: |\n  a\tb\n",
		"a colon in a longer text":      "topic: >-\n  Note: check\n",
	} {
		t.Run(name, func(t *testing.T) {
			if err := Decode("f.yaml", []byte(in), new(page)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDecodeKeepsDefaultsAndWhatCouldBeRead(t *testing.T) {
	p := page{Order: 7, Wait: time.Hour}
	err := Decode("f.yaml", []byte("topic: x\norder: high\nitems:\n  - id: a\n  - plain\n  - id: c\n    titel: d\n    text: e\n"), &p)
	if n := len(err.(Mistakes)); n != 3 {
		t.Errorf("%d mistakes, want 3:\n%v", n, err)
	}
	want := page{Topic: "x", Order: 7, Wait: time.Hour, Items: []*item{{ID: "a"}, {}, {ID: "c", Text: "e"}}}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(day{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAliasesOfAliasesEndQuickly(t *testing.T) {
	var b strings.Builder
	b.WriteString("items:\n  - words: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		b.WriteString("  - words: &a" + string(rune('1'+i)) + " [" + strings.Repeat("*a"+string(rune('0'+i))+", ", 10) + "]\n")
	}
	if err := Decode("f.yaml", []byte(b.String()), new(page)); err == nil {
		t.Error("no mistake, want lists in lists refused")
	}
}

func TestLinesFindsValues(t *testing.T) {
	x := Lines([]byte("topic: x\nitems:\n  - id: a\n    text: >-\n      b\n      c\n  - id: d\n    words: [e,\n      f]\n"))
	for _, c := range []struct {
		path []any
		want int
	}{
		{nil, 1},
		{[]any{"topic"}, 1},
		{[]any{"items"}, 2},
		{[]any{"items", 0}, 3},
		{[]any{"items", 0, "text"}, 4},
		{[]any{"items", 1}, 7},
		{[]any{"items", 1, "words", 1}, 9},
		{[]any{"items", 1, "missing"}, 7},
		{[]any{"items", 5, "id"}, 2},
	} {
		if got := x.Of(c.path...); got != c.want {
			t.Errorf("%v is on line %d, want %d", c.path, got, c.want)
		}
	}
	if got := Lines([]byte("items:\n  - title: @a\n  - id: b\n")).Of("items", 1); got != 3 {
		t.Errorf("in a file with a mistake the second item is on line %d, want 3", got)
	}
}

// FuzzDecode: any bytes give Mistakes with a line of the file, or nothing.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"topic: x\nitems:\n  - id: a\n    title: b\n", "topic: *a\n", "topic: [a, {b: c\n", "a: 'b\n - \"c\\q\"\n", "- - - a\n? b\n: c\n",
		"&a [*a]\n", "topic: |2\n    x\n\ty: z\n", "---\n...\n---\n", "items:\n  - <<: {id: x}\n", "\ufeff", "topic: !!binary x\n", "{{a}}: b", "<<: 1",
		"- &a {id: x}\n- <<: [*a, {words: [y]}]\n---\n- &a\n  <<: *a\n", "- <<: &b [*b]\n", "- &c {<<: {<<: *c}}\n", "- &d\n  <<: [{<<: *d}]\n  <<: *d\n",
	} {
		f.Add([]byte(s))
	}
	if data, err := os.ReadFile("../../config.yaml"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p page
		err := Decode("f.yaml", data, &p)
		Lines(data).Of("items", 0, "id")
		var items []item
		lines, errAll := DecodeAll("f.yaml", data, &items)
		if errAll == nil && len(items) > 0 && (!lines.Has(len(items)-1) || lines.Has(len(items))) {
			t.Errorf("the index finds another number of items than %d in %q", len(items), data)
		}
		lines.Of(0, "id")
		var ms Mistakes
		for _, err := range []error{err, errAll} {
			if err != nil {
				ms = append(ms, err.(Mistakes)...)
			}
		}
		last := strings.Count(string(data), "\n") + 1
		for _, m := range ms {
			if m.File != "f.yaml" || m.Line < 1 || m.Line > last || m.What == "" || m.How == "" {
				t.Errorf("%#v in %q", m, data)
			}
			if strings.Contains(m.What, "yamlfile.") || strings.Contains(m.What, "into") && strings.Contains(m.What, "unmarshal") {
				t.Errorf("%q names a Go type", m.What)
			}
		}
	})
}

func ExampleDecode() {
	var settings struct {
		Team  string   `yaml:"team"`
		Hours []string `yaml:"hours"`
	}
	err := Decode("config.yaml", []byte("team: *Sourcing*\nhuors: [9, 17]\n"), &settings)
	println := func(s string) { os.Stdout.WriteString(s + "\n") }
	println(err.Error())
	// Output:
	// config.yaml:1: team starts with *, which has a meaning of its own in YAML: put it in quotes: team: "*Sourcing*"
	// config.yaml:2: unknown field "huors": did you mean hours?
}
