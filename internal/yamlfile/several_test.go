package yamlfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMergeKeysAndAliases(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []item
	}{
		{"an alias for a value", "- {id: &x A, title: t}\n- {id: *x, title: u}\n", []item{{ID: "A", Title: "t"}, {ID: "A", Title: "u"}}},
		{"a merge key fills what is not given", "- &a\n  id: A\n  title: t\n  words: [x]\n- <<: *a\n  id: B\n", []item{{ID: "A", Title: "t", Words: []string{"x"}}, {ID: "B", Title: "t", Words: []string{"x"}}}},
		{"also at the end", "- &a {id: A, title: t}\n- {id: B, <<: *a}\n", []item{{ID: "A", Title: "t"}, {ID: "B", Title: "t"}}},
		{"nothing over something", "- &a {id: A, title: t}\n- {<<: *a, title: ~}\n", []item{{ID: "A", Title: "t"}, {ID: "A"}}},
		{"a list of them, the first first", "- &a {id: A}\n- &b {id: B, title: t}\n- <<: [*a, *b]\n  text: x\n", []item{{ID: "A"}, {ID: "B", Title: "t"}, {ID: "A", Title: "t", Text: "x"}}},
		{"a list of some written here", "- &a {id: A}\n- <<:\n    - *a\n    - {title: t}\n", []item{{ID: "A"}, {ID: "A", Title: "t"}}},
		{"one merged into another", "- &a {id: A}\n- &b {<<: *a, title: t}\n- {<<: *b, text: x}\n", []item{{ID: "A"}, {ID: "A", Title: "t"}, {ID: "A", Title: "t", Text: "x"}}},
		{"an empty list of them", "- {<<: [], id: A}\n", []item{{ID: "A"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []item
			if err := Decode("f.yaml", []byte(c.text), &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMergeKeysThatAreWrong(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a word", "- id: A\n  <<: B\n", `f.yaml:2: << needs fields to take over, not "B": write <<: *name, of an entry that begins with &name`},
		{"a word in a list", "- &a {id: A}\n- <<: [*a, B]\n", `f.yaml:2: << needs fields to take over, not "B"`},
		{"an alias of a word", "- id: &a A\n  <<: *a\n", `f.yaml:2: << needs fields to take over, not "A"`},
		{"two of them", "- &a {id: A}\n- &b {title: t}\n- <<: *a\n  <<: *b\n", `f.yaml:4: << appears twice (first on line 3): write <<: [*one, *other]`},
		{"a field of theirs", "- &a {id: A, tilte: t}\n- <<: *a\n", `f.yaml:1: unknown field "tilte": did you mean title?`},
		{"one that contains itself", "- id: A\n- &b\n  <<: *b\n  id: B\n", `f.yaml:3: << contains itself: write the fields out`},
		{"an alias of nothing", "- {id: A}\n- <<: *b\n", `f.yaml:2: << takes over *b, and there is no &b above it: write &b at the beginning of the entry that is meant, or the fields themselves`},
		{"one below other fields", "- id: A\n  <<: *b\n", `f.yaml:2: << takes over *b, and there is no &b above it`},
		{"one in braces", "- &a {id: A}\n- {<<: [*a, *b], title: t}\n", `f.yaml:2: << takes over *b, and there is no &b above it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []item
			err := Decode("f.yaml", []byte(c.text), &got)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it is refused as\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestSeveralDocuments(t *testing.T) {
	ids := func(items []item) string {
		var s []string
		for _, i := range items {
			s = append(s, i.ID)
		}
		return strings.Join(s, " ")
	}
	for _, c := range []struct{ name, text, want string }{
		{"one", "- id: A\n- id: B\n", "A B"},
		{"two", "- id: A\n---\n- id: B\n- id: C\n", "A B C"},
		{"three, with marks around them", "%YAML 1.1\n---\n- id: A\n...\n---\n- id: B\n--- # the third\n- id: C\n...\n", "A B C"},
		{"empty ones between them", "---\n---\n# nothing yet\n---\n- id: A\n---\n~\n---\n[]\n---\n", "A"},
		{"as Windows writes them", "\ufeff- id: A\r\n---\r\n- id: B\r\n", "A B"},
		{"with anchors of their own", "- &a {id: A}\n- {<<: *a}\n---\n- &a {id: B}\n- {<<: *a}\n", "A A B B"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []item
			if _, err := DecodeAll("f.yaml", []byte(c.text), &got); err != nil {
				t.Fatal(err)
			}
			if ids(got) != c.want {
				t.Errorf("it holds %q, want %q", ids(got), c.want)
			}
		})
	}
	for _, c := range []struct {
		name, text string
		want       []string // all of the mistakes
	}{
		{"nothing at all", "---\n---\n", []string{"f.yaml:1: the file is empty: start with - id: ..."}},
		{"a document that is no list", "- id: A\n---\nid: B\n", []string{`f.yaml:3: the file needs a list, not fields of its own: begin each item below it with "- ", as in "- id: ..."`}},
		{"mistakes in each", "- idd: A\n---\n- id: B\n  tilte: t\n", []string{`f.yaml:1: unknown field "idd"`, `f.yaml:4: unknown field "tilte"`}},
		{"an example of a list before it", "- id: A\n  number: 3\n---\nid: B\n", []string{`f.yaml:4: the file needs a list, not fields of its own: begin each item below it with "- ", as in "- id: ..."`}},
		{"no mark before it", "- id: A\n...\n# the second\n- id: B\n", []string{`f.yaml:4: the document ends above, at its ...: remove the line with the ..., or write --- below it`}},
		{"one that cannot be read", "- id: A\n---\n- id: B\n  title: a: b\n", []string{`f.yaml:4: title contains ": "`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []item
			_, err := DecodeAll("f.yaml", []byte(c.text), &got)
			if err == nil {
				t.Fatalf("it holds %q", ids(got))
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(c.want) {
				t.Fatalf("the mistakes are\n%v\nwant %d", err, len(c.want))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("a mistake is\n%s\nwant\n%s", lines[i], want)
				}
			}
		})
	}
}

// Settings and advice are one document each, and a second one there is a mistake.
func TestASecondDocumentIsRefusedWhereThereIsOne(t *testing.T) {
	var got []item
	if err := Decode("f.yaml", []byte("- id: A\n---\n- id: B\n"), &got); err == nil || !strings.HasPrefix(err.Error(), "f.yaml:2: a second document begins here") {
		t.Errorf("it is refused as %v", err)
	}
}

func TestLinesSeeThroughAliasesAndMergeKeys(t *testing.T) {
	const text = "- &a\n" + // 1
		"  id: A\n" +
		"  title: t\n" +
		"- &b\n" + // 4
		"  text: x\n" +
		"- <<: [*a, *b]\n" + // 6
		"  id: C\n" +
		"- *a\n" + // 8
		"---\n" +
		"- &c {id: D}\n" + // 10
		"- <<: *c\n" +
		"  words:\n"
	var got []item
	lines, err := DecodeAll("f.yaml", []byte(text), &got)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path []any
		has  bool
		line int
	}{
		{[]any{0, "id"}, true, 2},
		{[]any{0, "text"}, false, 1},
		{[]any{2, "id"}, true, 7},
		{[]any{2, "title"}, true, 3},
		{[]any{2, "text"}, true, 5},
		{[]any{2, "words"}, false, 6},
		{[]any{2, "<<"}, false, 6},
		{[]any{3, "title"}, true, 3},
		{[]any{4, "id"}, true, 10},
		{[]any{5, "id"}, true, 10},
		{[]any{5, "words"}, true, 12},
		{[]any{6}, false, 1},
	} {
		if has, line := lines.Has(c.path...), lines.Of(c.path...); has != c.has || line != c.line {
			t.Errorf("%v: there %v on line %d, want %v on line %d", c.path, has, line, c.has, c.line)
		}
	}
}

// An alias of aliases neither takes long nor grows.
func TestAliasesOfAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("- &a0 {id: A, words: [x, x, x, x, x, x, x, x, x]}\n")
	for i := range 30 {
		ten := strings.Repeat(fmt.Sprintf("*a%d, ", i), 9) + fmt.Sprintf("*a%d", i)
		fmt.Fprintf(&b, "- &a%d {<<: [%s]}\n", i+1, ten)
	}
	var got []item
	lines, err := DecodeAll("f.yaml", []byte(b.String()), &got)
	if err == nil || !strings.Contains(err.Error(), "aliasing") {
		t.Errorf("it is refused as %v", err)
	}
	if lines.Has(30, "nothing") || !lines.Has(30, "words") {
		t.Error("what is there and what is not is not known")
	}
}

// A list in brackets that was typed on a Chinese keyboard has no comma that YAML knows.
func TestListsFromAChineseKeyboard(t *testing.T) {
	var got struct {
		Words []string `yaml:"words"`
		Days  []int    `yaml:"days"`
	}
	if err := Decode("f.yaml", []byte("words: [螺丝，扳手、 torque wrench；x, \"a，b\", c，]\ndays: [14，7、1]\n"), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"螺丝", "扳手", "torque wrench", "x", "a，b", "c"}, got.Words); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{14, 7, 1}, got.Days); d != "" {
		t.Error(d)
	}
	for text, want := range map[string]string{
		"days: 14、7\n":        `f.yaml:1: days needs a list, not "14、7": write days: [14, 7], or each on a line of its own after "- "`,
		"days: [14，soon]\n":   `f.yaml:1: an item of days needs a whole number, not "soon"`,
		"words: [a，3]\n":      `f.yaml:1: an item of words: YAML reads 3 as a number, not as text`,
		"words:\n  - 螺丝，扳手\n": "",
	} {
		got.Words = nil
		err := Decode("f.yaml", []byte(text), &got)
		if want == "" {
			if err != nil || len(got.Words) != 1 {
				t.Errorf("%q is %q, %v", text, got.Words, err)
			}
		} else if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q is refused as\n%v\nwant\n%s", text, err, want)
		}
	}
}
