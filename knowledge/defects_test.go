package knowledge

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"visitprep/internal/yamlfile"
)

func TestTheVocabularyOfDefects(t *testing.T) {
	t.Parallel()
	ds := embedded(t).Defects()
	if n := len(ds.All()); n < 120 {
		t.Errorf("there are %d defects, want at least 120", n)
	}
	groups, classes, sourced := map[string]int{}, map[string]int{}, 0
	for _, d := range ds.All() {
		for _, g := range d.Groups {
			groups[g]++
		}
		classes[d.Class]++
		if len(d.Sources) > 0 {
			sourced++
		}
		if option := d.Name + " · " + d.Chinese; utf8.RuneCountInString(option) > 75 {
			t.Errorf("%s: %q is too long for an option of a menu", d.ID, option)
		}
		for _, name := range append([]string{d.ID, d.Name, d.Chinese}, d.Aliases...) {
			if first := ds.Find(name, 1); name != d.ID && (len(first) == 0 || first[0] != d) {
				t.Errorf("%q finds %v first, want %s", name, first, d.ID)
			}
		}
		if got, ok := ds.Defect(d.ID); !ok || got != d {
			t.Errorf("%s is not found by its id", d.ID)
		}
	}
	for _, g := range []string{"hard_goods", "electronics", "textiles", "bags_shoes", "furniture", "toys", "glass_ceramics", "packing", "labels"} {
		if groups[g] < 20 {
			t.Errorf("only %d defects are of %s", groups[g], g)
		}
	}
	if classes["critical"] < 20 || classes["major"] < 40 || classes["minor"] < 40 {
		t.Errorf("the classes are %v", classes)
	}
	if sourced < 120 {
		t.Errorf("only %d defects name a page", sourced)
	}
}

func TestADefectIsFoundWhileItIsTyped(t *testing.T) {
	t.Parallel()
	ds := embedded(t).Defects()
	for _, c := range []struct{ typed, want string }{
		{"scr", "scratch"}, {"Scratch", "scratch"}, {"SCRATCHES", "scratch"}, {"scrach", "scratch"}, {"scrtach", "scratch"},
		{"划", "scratch"}, {"划痕", "scratch"}, {"刮花", "scratch"}, {"表面划痕", "scratch"}, {"机身有划痕，左侧", "scratch"},
		{"no corner guard", "no-corner-guard"}, {"no corner", "no-corner-guard"}, {"corner guard", "no-corner-guard"},
		{"cartons without corner protection", "no-corner-guard"}, {"无护角", "no-corner-guard"}, {"护角", "no-corner-guard"}, {"没装护角", "no-corner-guard"}, {"没 有 护角", "no-corner-guard"},
		{"barcode", "barcode-unreadable"}, {"barcode not readable", "barcode-unreadable"}, {"条码扫不出来", "barcode-unreadable"}, {"bar-code unreadable", "barcode-unreadable"},
		{"hipot failed", "hipot-failed"}, {"Hi-Pot", "hipot-failed"}, {"耐压不合格", "hipot-failed"},
		{"skiped stich", "skipped-stitch"}, {"跳针", "skipped-stitch"}, {"untrimed thread", "untrimmed-thread"}, {"线头", "untrimmed-thread"},
		{"披锋", "flash"}, {"飞边", "flash"}, {"缩水", "sink-mark"}, {"sink", "sink-mark"},
		{"wobbl", "wobble"}, {"摇晃", "wobble"}, {"small parts came off", "small-part"}, {"小零件脱落", "small-part"},
		{"colour difference between left and right panel", "colour-difference"}, {"color differnce", "colour-difference"}, {"色差", "colour-difference"},
		{"ＲＵＳＴ", "rust"}, {"rusty screws", "rust"}, {"生锈了", "rust"}, {"shipping mark", "shipping-mark-missing"}, {"no light", "no-light"}, {"no", "no-power"}, {"唛头", "shipping-mark-wrong"},
		{"label crooked", "label-position"}, {"carton crushed", "carton-damaged"}, {"wet carton", "carton-wet"},
	} {
		found := ds.Find(c.typed, 5)
		var ids []string
		for _, d := range found {
			ids = append(ids, d.ID)
		}
		if len(ids) == 0 || ids[0] != c.want {
			t.Errorf("%q finds %v, want %s first", c.typed, ids, c.want)
		}
	}
	for _, nothing := range []string{"xyzzy", "Tuesday afternoon", "魑魅魍魉", "的", "the"} {
		if found := ds.Find(nothing, 5); len(found) > 0 {
			t.Errorf("%q finds %s", nothing, found[0].ID)
		}
	}
	if n := len(ds.Find("", 7)); n != 7 {
		t.Errorf("nothing typed offers %d, want the first 7", n)
	}
	for _, n := range []int{0, -1} {
		if got := ds.Find("scratch", n); len(got) > 0 {
			t.Errorf("at most %d are %d", n, len(got))
		}
	}
	if n := len(ds.Find(strings.Repeat("no corner guard 护角 ", 3000), 100)); n > 100 {
		t.Errorf("a long text finds %d", n)
	}
}

// A text names a defect only as a whole: a wrong Chinese word in a report is worse than none.
func TestATextThatNamesADefect(t *testing.T) {
	t.Parallel()
	ds := embedded(t).Defects()
	for typed, want := range map[string]string{
		"No corner guard": "no-corner-guard", "no corner-guard.": "no-corner-guard", "无护角": "no-corner-guard", "无护角。": "no-corner-guard", "FLASH": "flash",
		"6 cartons have no corner guard": "", "no scratch": "", "": "", "...": "",
	} {
		got := ""
		if d, ok := ds.Named(typed); ok {
			got = d.ID
		}
		if got != want {
			t.Errorf("%q names %q, want %q", typed, got, want)
		}
	}
}

// writeDefects writes a team's own vocabulary.
func writeDefects(t *testing.T, dir, name, text string) {
	t.Helper()
	folder := filepath.Join(dir, "defects")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestATeamsOwnDefects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeDefects(t, dir, "ours.yaml", `vocabulary: ours
hide: [orange-peel]
defects:
  - id: lens-fog
    name: Fog inside the lens
    zh: 透镜起雾
    class: major
    groups: [electronics]
    aliases: [foggy lens]
  - id: scratch
    name: Scratch longer than 10 mm
    zh: 长划伤
    class: major
    groups: [hard_goods]
    aliases: [scratch]
`)
	base, err := WithDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	ds, ours := base.Defects(), embedded(t)
	if d, ok := ds.Defect("lens-fog"); !ok || d.Chinese != "透镜起雾" || len(d.Sources) > 0 {
		t.Errorf("the added defect is %+v", d)
	}
	if d, _ := ds.Named("scratch"); d == nil || d.Name != "Scratch longer than 10 mm" || d.Class != "major" {
		t.Errorf("the replaced defect is %+v", d)
	}
	if d, ok := ds.Named("划痕"); ok {
		t.Errorf("an alias of the one that was replaced still names %s", d.ID)
	}
	if _, ok := ds.Defect("orange-peel"); ok {
		t.Error("a hidden defect is there")
	}
	if got, want := len(ds.All()), len(ours.Defects().All()); got != want {
		t.Errorf("there are %d defects, want %d: one more and one less", got, want)
	}
	if base.Version() == ours.Version() {
		t.Error("the version is the same with other defects")
	}
	if _, ok := ours.Defects().Defect("lens-fog"); ok {
		t.Error("a team's defect is in the program's own vocabulary")
	}
}

func TestMistakesInDefects(t *testing.T) {
	t.Parallel()
	tiny := fstest.MapFS{"ours.yaml": {Data: []byte("topic: ours\ntitle: Ours\nsummary: Ours.\norder: 1\nentries:\n  - id: ours-1\n    kind: checklist\n    phase: during\n    title: Ours\n    text: Do it.\n    article: QC1\n    reviewed: 2026-11-22\n")}}
	const head = "vocabulary: ours\ndefects:\n"
	entry := func(changes ...string) string {
		text := "  - id: lens-fog\n    name: Fog inside the lens\n    zh: 透镜起雾\n    class: major\n    groups: [electronics]\n    aliases: [foggy lens]\n"
		for i := 0; i < len(changes); i += 2 {
			text = strings.Replace(text, changes[i], changes[i+1], 1)
		}
		return text
	}
	for _, c := range []struct{ name, text, want string }{
		{"a field that is not known", head + entry("class:", "clas:"), `ours.yaml:6: `},
		{"no class", head + entry("    class: major\n", ""), "ours.yaml:3: lens-fog has no class: write class: and one of critical, major, minor"},
		{"a class that is not known", head + entry("major", "mayor"), `ours.yaml:6: class "mayor" is not known: did you mean major?`},
		{"a group that is not known", head + entry("electronics", "electronic"), `ours.yaml:7: there is no group "electronic" of products: did you mean electronics?`},
		{"no group", head + entry("[electronics]", "[]"), "ours.yaml:3: lens-fog has no groups: write groups: and one or more of hard_goods, "},
		{"a group twice", head + entry("[electronics]", "[toys, toys]"), "ours.yaml:7: lens-fog is in the group toys twice"},
		{"no id", head + entry("id: lens-fog\n    ", ""), "ours.yaml:3: the defect has no id"},
		{"a bad id", head + entry("lens-fog", "Lens fog"), `ours.yaml:3: id "Lens fog" is not an id`},
		{"no Chinese", head + entry("    zh: 透镜起雾\n", ""), "ours.yaml:3: lens-fog has no zh: write zh: and what a Chinese inspector writes"},
		{"English where Chinese belongs", head + entry("透镜起雾", "fog"), `ours.yaml:5: zh "fog" has no Chinese character`},
		{"Chinese that is too long", head + entry("透镜起雾", strings.Repeat("雾", 21)), "ours.yaml:5: zh has 21 characters: use at most 20"},
		{"no name", head + entry("    name: Fog inside the lens\n", ""), "ours.yaml:3: lens-fog has no name"},
		{"a name that is too long", head + entry("Fog inside", strings.Repeat("fog ", 12)+"inside"), "ours.yaml:4: name has 63 characters: use at most 45"},
		{"an id twice", head + entry() + entry("Fog inside", "Water inside", "透镜起雾", "透镜进水", "foggy", "watery"), "ours.yaml:9: the id lens-fog is already taken (first in "},
		{"a name of ours", head + entry("Fog inside the lens", "Scratched"), `ours.yaml:4: the name "Scratched" already means scratch: remove one of them`},
		{"a Chinese name of ours", head + entry("透镜起雾", "划 痕"), `ours.yaml:5: the name "划 痕" already means scratch`},
		{"an alias of ours", head + entry("foggy lens", "foggy lens, 刮花"), `ours.yaml:8: the name "刮花" already means scratch`},
		{"a name twice", head + entry("foggy lens", "fog inside the lens"), `ours.yaml:8: the name "fog inside the lens" already means lens-fog`},
		{"a source that is not there", head + entry("    aliases:", "    sources: [manuel]\n    aliases:"), `ours.yaml:8: the file has no source "manuel"`},
		{"a source that is called practice", "sources:\n  - id: practice\n    title: x\n" + head + entry(), `ours.yaml:2: id "practice" is not an id`},
		{"a source without a title", "sources:\n  - id: manual\n" + head + entry(), "ours.yaml:2: the source has no title"},
		{"a source without an address", "sources:\n  - id: manual\n    title: x\n    url: manual.pdf\n" + head + entry(), `ours.yaml:4: url "manual.pdf" is not a web address`},
		{"an empty alias", head + entry("foggy lens", `" "`), "ours.yaml:8: an alias is empty"},
		{"another name than the file's", strings.Replace(head, "ours", "theirs", 1) + entry(), `ours.yaml:1: vocabulary is "theirs", but the file's name says "ours"`},
		{"hiding what is not there", "vocabulary: ours\nhide: [orange-peal]\n", `ours.yaml:2: hide: there is no defect "orange-peal" to hide`},
		{"nothing", "vocabulary: ours\n", "ours.yaml:1: defects is missing"},
		{"an empty file", "", "ours.yaml:1: the file is empty"},
		{"a topic in the wrong folder", "topic: ours\ntitle: x\n", "ours.yaml:1: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeDefects(t, dir, "ours.yaml", c.text)
			_, err := Load(tiny, Folder{Path: dir, FS: os.DirFS(dir)})
			if want := filepath.Join(dir, "defects") + "/" + c.want; err == nil || !strings.Contains(fmt.Sprintf("\n%v", err), "\n"+want) {
				t.Errorf("the mistakes are\n%v\nwant one that begins\n%s", err, want)
			}
		})
	}
	dir := t.TempDir()
	writeDefects(t, dir, "ours.yml", head+entry())
	if _, err := WithDir(dir); err == nil || !strings.Contains(err.Error(), "rename it to ours.yaml") {
		t.Errorf("a file that ends in .yml: %v", err)
	}
}

// The docs tell people what to write, and how many defects there are.
func TestTheDefectsInTheDocs(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/knowledge.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(doc), "## What inspectors call the faults\n\n")
	if want := fmt.Sprintf("%d common faults come with", len(embedded(t).Defects().All())); !strings.HasPrefix(section, want) {
		t.Errorf("docs/knowledge.md does not say %q", want)
	}
	_, example, _ := strings.Cut(section, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	dir := t.TempDir()
	writeDefects(t, dir, "lamps.yaml", example)
	base, err := WithDir(dir)
	if err != nil {
		t.Fatalf("the example does not load:\n%v", err)
	}
	if d, ok := base.Defects().Named("镜片有雾"); !ok || d.ID != "lens-fog" || len(d.Sources) != 1 {
		t.Errorf("its defect is %+v", d)
	}
}

// What YAML would cut off is doubted in the vocabulary as in advice.
func TestADefectThatYAMLCutsOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeDefects(t, dir, "ours.yaml", "vocabulary: ours\ndefects:\n  - id: part-4\n    name: Part # 4 is loose\n    zh: 四号件松动\n    class: major\n    groups: [toys]\n")
	base, err := WithDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(base.Doubts(), func(m yamlfile.Mistake) bool { return strings.Contains(m.String(), "ours.yaml:4: name ends before") }) {
		t.Errorf("the doubts are %v", base.Doubts())
	}
}

func BenchmarkFindDefect(b *testing.B) {
	base, err := Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		base.Defects().Find("cartons withuot corner protection", 20)
	}
}
