package main

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// root is the module.
var root = os.DirFS("../..")

func patches(t *testing.T) []*patch {
	t.Helper()
	sub, err := fs.Sub(root, patchesDir)
	if err != nil {
		t.Fatal(err)
	}
	ps, err := load(sub)
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) == 0 {
		t.Fatal("there are no patches")
	}
	return ps
}

func TestEveryPatchStillApplies(t *testing.T) {
	for _, p := range patches(t) {
		src, err := fs.ReadFile(root, p.file)
		if err == nil {
			_, err = p.apply(src)
		}
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

func TestEveryQuestionWhetherSomebodyMaySeeSomethingHasAPatch(t *testing.T) {
	missing, err := unguarded(root, "bot", patches(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		t.Errorf("%s: no patch shows that a test would miss this; write one into %s, with the test", m, patchesDir)
	}
}

// Without the patch of a question, the question is found.
func TestAQuestionWithoutItsPatchIsFound(t *testing.T) {
	all := patches(t)
	for name, want := range map[string]string{
		"can-see-insider": "bot/channels.go:", "remind-sensitive": "bot/pressed.go:", "show-member": "bot/commands.go:",
	} {
		left := slices.DeleteFunc(slices.Clone(all), func(p *patch) bool { return p.name == name })
		if len(left) != len(all)-1 {
			t.Errorf("there is no patch %s", name)
			continue
		}
		missing, err := unguarded(root, "bot", left)
		if err != nil {
			t.Fatal(err)
		}
		if len(missing) != 1 || !strings.HasPrefix(missing[0], want) {
			t.Errorf("without %s it misses %q, want one in %s", name, missing, want)
		}
	}
}

const example = `Two and two are four.
go test -run 'TestSum' ./sum ./all
-- sum/sum.go --
	return a + b
-- becomes --
	return 5
`

func TestParse(t *testing.T) {
	p, err := parse("sum", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if p.rule != "Two and two are four." || p.run != "TestSum" || !slices.Equal(p.packages, []string{"./sum", "./all"}) || p.file != "sum/sum.go" {
		t.Errorf("read %+v", p)
	}
	for name, body := range map[string]string{
		"no command":               strings.Replace(example, "go test", "go vet", 1),
		"no packages":              strings.Replace(example, " ./sum ./all", "", 1),
		"a third line":             strings.Replace(example, "-- sum", "why\n-- sum", 1),
		"no new text":              strings.Replace(example, "-- becomes --", "", 1),
		"the new text is the old":  strings.Replace(example, "return 5", "return a + b", 1),
		"nothing that is replaced": strings.Replace(example, "\treturn a + b\n", "", 1),
	} {
		if p, err := parse("sum", []byte(body)); err == nil {
			t.Errorf("%s: read %+v", name, p)
		}
	}
}

func TestApply(t *testing.T) {
	p, err := parse("sum", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, src, want string }{
		{"once", "{\n\treturn a + b\n}\n", "{\n\treturn 5\n}\n"},
		{"not there", "{\n\treturn b + a\n}\n", ""},
		{"twice", "\treturn a + b\n\treturn a + b\n", ""},
	} {
		got, err := p.apply([]byte(c.src))
		if string(got) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: got %q, %v", c.name, got, err)
		}
	}
}

func TestUnguarded(t *testing.T) {
	files := fstest.MapFS{"sum/sum.go": {Data: []byte(`package sum

func Sum(a, b int) int {
	if !insider(a) || c.visibleIn(b) || c.Sensitive {
		return 0
	}
	return a + b
}
`)}, "sum/sum_test.go": {Data: []byte("package sum\n\nvar _ = insider(1)\n")}}
	p, err := parse("sum", []byte(strings.Replace(example, "return a + b", "if !insider(a) ||", 1)))
	if err != nil {
		t.Fatal(err)
	}
	missing, err := unguarded(files, "sum", []*patch{p})
	if want := []string{"sum/sum.go:4: visibleIn", "sum/sum.go:4: Sensitive"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("got %q, %v, want %q", missing, err, want)
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name, out string
		want      state
		by        string
	}{
		{"a test fails", `{"Action":"run","Test":"TestA"}
{"Action":"fail","Test":"TestA/x"}
{"Action":"fail","Test":"TestA"}
{"Action":"fail"}
`, dead, "TestA/x"},
		{"all pass", `{"Action":"run","Test":"TestA"}
{"Action":"pass","Test":"TestA"}
{"Action":"pass"}
`, lives, ""},
		{"it does not compile", `{"Action":"build-output","Output":"undefined: x\n"}
{"Action":"build-fail"}
{"Action":"fail"}
`, broken, ""},
		{"no test has that name", `{"Action":"output","Output":"ok  \tvisitprep/bot\t0.1s [no tests to run]\n"}
{"Action":"pass"}
`, unreachable, ""},
		{"the go command cannot begin", "go: no such package\n", unreachable, ""},
	} {
		if s, by := judge([]byte(c.out)); s != c.want || by != c.by {
			t.Errorf("%s: judged %q by %q, want %q by %q", c.name, s, by, c.want, c.by)
		}
	}
}

func TestPartsTogetherAreAll(t *testing.T) {
	all := make([]*patch, 10)
	for i := range all {
		all[i] = &patch{name: string(rune('a' + i))}
	}
	seen := map[string]int{}
	for _, part := range []string{"1/3", "2/3", "3/3"} {
		first, every, err := parsePart(part)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range everyOf(all, first, every) {
			seen[p.name]++
		}
	}
	for _, p := range all {
		if seen[p.name] != 1 {
			t.Errorf("%s is tried %d times", p.name, seen[p.name])
		}
	}
	for _, wrong := range []string{"", "3", "0/3", "4/3", "a/b"} {
		if _, _, err := parsePart(wrong); err == nil {
			t.Errorf("%q is taken for a part", wrong)
		}
	}
}
