package yamlfile

import (
	"strings"
	"testing"
)

func TestValuesThatACommentCutsOff(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // all of the doubts
	}{
		{"text after a #", "- text: Take gauge # 4512 from the box, never gauge # 4513.\n", []string{
			`f.yaml:1: text ends before "# 4512 from the box, never gauge # 4513.", which YAML reads as a comment: put the whole value in quotes: text: "Take gauge # 4512 from the box, never gauge # 4513."; or, if it is a comment, put two spaces before the #`}},
		{"without a space after the #", "- text: Take gauge #4512\n", []string{`f.yaml:1: text ends before "#4512", which YAML reads as a comment: put the whole value in quotes: text: "Take gauge #4512"`}},
		{"after a tab", "- text: Take gauge\t# 4512\n", []string{`f.yaml:1: text ends before "# 4512"`}},
		{"with quotes in it", "- text: The \"blue\" gauge # 4512\n", []string{`f.yaml:1: text ends before "# 4512", which YAML reads as a comment: put the whole value in quotes: text: 'The "blue" gauge # 4512'`}},
		{"in Chinese", "- title: 取 4512 号量规 # 不要 4513\n", []string{`f.yaml:1: title ends before "# 不要 4513"`}},
		{"nothing but a #", "- text: # 4512 is the gauge\n  title: t\n", []string{`f.yaml:1: text is empty, for YAML reads "# 4512 is the gauge" as a comment: put it in quotes: text: "# 4512 is the gauge"; or, if it is a comment, put two spaces before the #`}},
		{"on the last of several lines", "- text: Take the box\n    and the gauge # 4512\n  title: t\n", []string{`f.yaml:2: text ends before "# 4512"`}},
		{"in a list", "- words:\n    - gauge # 4\n    - box\n", []string{`f.yaml:2: an item of words ends before "# 4", which YAML reads as a comment: put the whole value in quotes: - "gauge # 4"`}},
		{"in a list in brackets", "- words: [box,\n    gauge # 4\n    ]\n", []string{`f.yaml:2: an item of words ends before "# 4"`}},
		{"in a list of fields", "- words:\n    - Ms Zhang: quality # 2\n", []string{`f.yaml:2: Ms Zhang ends before "# 2"`}},
		{"behind an anchor and a tag", "- text: &a !!str gauge # 4\n- text: *a\n", []string{`f.yaml:1: text ends before "# 4"`}},
		{"nothing behind an anchor", "- text: &a # 4\n", []string{`f.yaml:1: text is empty, for YAML reads "# 4" as a comment`}},
		{"a number", "- text: 4512 # 4513\n", []string{`f.yaml:1: text ends before "# 4513"`}},
		{"in a second document", "- text: a\n---\n- text: gauge # 4\n", []string{`f.yaml:3: text ends before "# 4"`}},
		{"as Windows writes it", "\ufeff- text: gauge # 4\r\n  title: t\r\n", []string{`f.yaml:1: text ends before "# 4", which YAML reads as a comment: put the whole value in quotes: text: "gauge # 4";`}},
		{"several", "- text: gauge # 4\n  title: box # 5\n", []string{`f.yaml:1: text`, `f.yaml:2: title`}},
		{"on a line that seems to go on", "- text: Take it\n      # 4512 on the shelf\n  title: t\n", []string{
			`f.yaml:2: text ends before "# 4512 on the shelf", which YAML reads as a comment: put the whole value in quotes: text: "Take it # 4512 on the shelf"; or, if it is a comment, indent it no deeper than the name of the field`}},
		{"on the third of its lines", "- text: Take it\n    with you\n    #4512\n", []string{`f.yaml:3: text ends before "#4512"`}},
		{"below a blank line", "- text: Take it\n\n    # 4512\n", []string{`f.yaml:3: text ends before "# 4512"`}},
		{"below a field without a value", "- text:\n    # 4512 on the shelf\n", []string{`f.yaml:2: text is empty, for YAML reads "# 4512 on the shelf" as a comment`}},
		{"below an item", "- words:\n    - gauge\n      # 4\n    - box\n", []string{`f.yaml:3: an item of words ends before "# 4", which YAML reads as a comment: put the whole value in quotes: - "gauge # 4"; or, if it is a comment, indent it no deeper than the dash`}},
		{"below a field of a file", "text: Take it\n # 4512\n", []string{`f.yaml:2: text ends before "# 4512"`}},
		{"below, after a tab", "text: Take it\n \t# 4512\n", []string{`f.yaml:2: text ends before "# 4512"`}},

		{"below a value in quotes", "- text: \"Take it\"\n      # 4512\n", nil},
		{"below, as far left as the field", "- text: Take it\n  # 4512\n  title: t\n", nil},
		{"below, as far left as the dash", "- words:\n    - gauge\n    # 4\n    - box\n", nil},
		{"below a value in brackets", "- words: [box\n      # the second\n      , gauge]\n- {text: a\n      # b\n  }\n", nil},
		{"below another field", "- id: gauge\n      # 4\n  text: t\n", nil},
		{"below a comment as far left as the field", "- text: gauge\n  # the blue one\n     # of 4\n", nil},
		{"in quotes", "- text: \"gauge # 4\"\n  title: 'gauge # 4'\n", nil},
		{"after quotes", "- text: \"gauge\" # the blue one\n", nil},
		{"in a block", "- text: >-\n    gauge # 4\n    # 5\n  title: |\n    gauge # 4\n", nil},
		{"after the mark of a block", "- text: >- # the answer\n    gauge # 4\n", nil},
		{"without a space before it", "- text: gauge#4\n", nil},
		{"with two spaces before it", "- text: gauge  # the blue one\n- text:  # to be written\n", nil},
		{"behind another field", "- id: gauge # the blue one\n  text: gauge\n", nil},
		{"on a line of its own", "# text: gauge # 4\n- text: gauge\n  # the # blue one\n", nil},
		{"behind a list", "- words: [a, b] # the words\n- words: # the words\n    - a\n", nil},
		{"between the items of a list in brackets", "- words: [a, # the first\n    b]\n", nil},
		{"in a file that cannot be read", "- text: a: b # c\n", nil},
		{"in nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := CutOff("f.yaml", []byte(c.text), "text", "title", "words")
			if len(got) != len(c.want) {
				t.Fatalf("the doubts are\n%v\nwant %d", got, len(c.want))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i].String(), want) {
					t.Errorf("a doubt is\n%s\nwant\n%s", got[i], want)
				}
			}
		})
	}
}

// A value that goes on after a comment cannot be read at all. It is said why.
func TestValuesThatACommentBreaks(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"in the middle of several lines", "- text: Take the\n    gauge # 4512 from the box\n    and bring it.\n  title: x\n",
			`f.yaml:3: the value above ends at its " #", which begins a comment in YAML: put all of it in quotes, or write >- after the name and indent all of its lines below it`},
		{"with an apostrophe", "- text: Don't take\n    gauge # 4512\n    from the box\n", `f.yaml:3: the value above ends at its " #"`},
		{"on the first of several lines", "- text: Take gauge # 4512\n    from the box\n", `f.yaml:2: the value above ends at its " #"`},
		{"in brackets", "- words: [gauge # 4, box]\n  title: x\n", `f.yaml:1: words has " #" in an item, which begins a comment in YAML: put the item in quotes: "gauge # 4"`},
		{"in brackets over two lines", "- words: [gauge # 4,\n    box]\n", `f.yaml:1: words has " #" in an item`},
		{"in the second of them", "- words: [box, gauge # 4]\n  title: x\n", `f.yaml:1: words has " #" in an item, which begins a comment in YAML: put the item in quotes: "gauge # 4"`},
		{"in braces", "- {id: A, text: Take gauge # 4512 from the box, title: t}\n", `f.yaml:1: this line has " #" in an item, which begins a comment in YAML: put the item in quotes: text: "Take gauge # 4512 from the box"`},
		{"a comment between brackets is none of it", "- words: [box, # 4\n    b\n  title: x\n", `f.yaml:1: words starts with [, and YAML cannot find its end`},
		{"on a line of its own in the middle", "- text: Take it\n    # 4512 from the box\n    and bring it.\n", `f.yaml:3: the value above ends at its " #", which begins a comment in YAML`},
		{"a version", "%YAML 1.2\n---\n- id: A\n", `f.yaml:1: this line names a version of YAML that is not known here: remove it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []item
			err := Decode("f.yaml", []byte(c.text), &got)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("it is refused as\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func FuzzCutOff(f *testing.F) {
	for _, s := range []string{"- text: a # b\n", "- text: 宁 # b\r\n", "text: &a !x a\n  b # c\n", "? text\n: a # b\n", "{text: a # b\n}\n", "- text: \"a\\\n  b\" # c\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		last := strings.Count(string(data), "\n") + 1
		for _, m := range CutOff("f.yaml", data, "text") {
			if m.Line < 1 || m.Line > last || !strings.Contains(string(data), "#") {
				t.Errorf("%v of %q", m, data)
			}
		}
	})
}
