package knowledge

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/yamlfile"
)

// embedded loads the advice that comes with the program.
func embedded(t testing.TB) *Base {
	t.Helper()
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// files is a folder with the texts in it.
func files(texts map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range texts {
		m[name] = &fstest.MapFile{Data: []byte(strings.TrimPrefix(text, "\n"))}
	}
	return m
}

func TestEveryRowOfTheArticleIsCovered(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	rows := b.Rows()
	if len(rows) < 40 {
		t.Fatalf("the table has %d rows, want the article's", len(rows))
	}
	uncovered := map[string]bool{}
	for _, id := range b.Uncovered() {
		uncovered[id] = true
	}
	for _, r := range rows {
		if uncovered[r.ID] {
			t.Errorf("no entry grows from %s: %s", r.ID, r.Advice)
		}
	}
}

func TestEmbeddedIsInReadingOrder(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	n := 0
	for i, topic := range b.Topics() {
		if i > 0 && topic.Order < b.Topics()[i-1].Order {
			t.Errorf("topic %s comes after %s", topic.ID, b.Topics()[i-1].ID)
		}
		for _, e := range topic.Entries {
			if b.All()[n] != e || e.Topic() != topic {
				t.Errorf("%s is not where it is read", e.ID)
			}
			if got, ok := b.Entry(e.ID); !ok || got != e {
				t.Errorf("%s is not found by its id", e.ID)
			}
			n++
		}
	}
	if n != len(b.All()) {
		t.Errorf("%d entries in topics, %d in all", n, len(b.All()))
	}
	again := embedded(t)
	if v := b.Version(); len(v) != 12 || v != again.Version() {
		t.Errorf("versions %q and %q of the same advice", v, again.Version())
	}
}

func TestFoldRemovesAccents(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Gān bēi": "gan bei", "nǚ": "nu", "Đặng": "dang", "Łódź": "lodz", "cafe\u0301": "cafe", "ＡＱＬ ２．５": "aql 2.5",
		"naïve Ørsted": "naive orsted", "straße": "straße", "なが": "なが", "é́ß": "eß",
	} {
		if got := fold(in); got != want {
			t.Errorf("fold(%q) is %q, want %q", in, got, want)
		}
	}
}

const head = `topic: tea
title: Tea
summary: How tea is drunk.
order: 1
`

// good is an entry without mistakes; cases change one line of it.
const good = head + `entries:
  - id: tea-cup
    kind: etiquette
    phase: during
    title: Take the cup
    text: With both hands.
    article: CU1
    reviewed: 2026-11-22
`

func TestLoadMistakes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 901)
	for _, c := range []struct{ name, in, want string }{
		{"a file without its required fields", "topic: tea\nentries: []\n",
			`tea.yaml:1: title is missing: write title: and the topic's name
tea.yaml:1: summary is missing: write summary: and two or three sentences that open the topic's answer
tea.yaml:1: order is missing: write order: and the topic's place in menus, from 1
tea.yaml:2: entries is missing: write entries: and at least one entry below it`},
		{"a topic that is not the file's name", strings.Replace(good, "topic: tea", "topic: coffee", 1),
			`tea.yaml:1: topic is "coffee", but the file's name says "tea": make them the same`},
		{"an order below 1", strings.Replace(good, "order: 1", "order: -1", 1),
			`tea.yaml:4: order is below 1: count the places in menus from 1`},
		{"an entry without its required fields", head + "entries:\n  - why: Because.\n",
			`tea.yaml:6: the entry has no id: write id: and a few lower-case words joined by "-"
tea.yaml:6: the entry has no kind: write kind: and one of guide, checklist, question, red_flag, etiquette, phrase
tea.yaml:6: the entry has no phase: write phase: and one of before, during, after
tea.yaml:6: the entry has no title: write title: and a plain statement or instruction
tea.yaml:6: the entry has no text: write text: and the direct answer first
tea.yaml:6: the entry names neither a row of the article nor a source: write article: QC4, or sources: with title and url
tea.yaml:6: the entry has no review date: write reviewed: and the day somebody last checked it, such as 2026-11-22`},
		{"an id with capitals", strings.Replace(good, "id: tea-cup", "id: Tea_Cup", 1),
			`tea.yaml:6: id "Tea_Cup" is not an id: use lower-case letters and digits, joined by "-", at most 75`},
		{"a kind that is not known", strings.Replace(good, "kind: etiquette", "kind: etiquete", 1),
			`tea.yaml:7: kind "etiquete" is not known: did you mean etiquette?`},
		{"a phase that is not known", strings.Replace(good, "phase: during", "phase: later", 1),
			`tea.yaml:8: phase "later" is not known: use one of before, during, after`},
		{"a group in a topic without groups", strings.Replace(good, "phase: during", "phase: during\n    group: cups", 1),
			`tea.yaml:9: tea-cup is in the group "cups", but the topic has no groups: add groups: at the top of the file, or remove the line`},
		{"no group in a topic with groups", strings.Replace(good, "entries:", "groups:\n  - {id: cups, title: Cups}\nentries:", 1),
			`tea.yaml:8: tea-cup has no group: write group: and one of cups`},
		{"a group that the topic does not have", strings.Replace(strings.Replace(good, "phase: during", "phase: during\n    group: cup", 1), "entries:", "groups:\n  - {id: cups, title: Cups}\nentries:", 1),
			`tea.yaml:11: group "cup" is not known: did you mean cups?`},
		{"two groups with one id", strings.Replace(strings.Replace(good, "phase: during", "phase: during\n    group: cups", 1), "entries:", "groups:\n  - {id: cups, title: Cups}\n  - {id: cups, title: More}\nentries:", 1),
			`tea.yaml:7: the group cups is already taken (first in tea.yaml:6): give each group an id of its own`},
		{"a title that is too long", strings.Replace(good, "Take the cup", strings.Repeat("é", 76), 1),
			`tea.yaml:9: title has 76 characters: use at most 75`},
		{"a text that is too long", strings.Replace(good, "With both hands.", long, 1),
			`tea.yaml:10: text has 901 characters: use at most 900`},
		{"an entry asked for most that is not there", strings.Replace(good, "entries:", "top: [tee-cup]\nentries:", 1),
			`tea.yaml:5: top: there is no entry "tee-cup": look the id up with visitprep ask --json`},
		{"six entries asked for most", strings.Replace(good, "entries:", "top: ["+strings.Repeat("tea-cup, ", 6)+"]\nentries:", 1),
			`tea.yaml:5: top has 6 entries: name at most 5`},
		{"a question that is too long", strings.Replace(good, "article: CU1", "article: CU1\n    asks: [what do i do with the tea, "+long[:121]+"]", 1),
			`tea.yaml:12: the question has 121 characters: use at most 120`},
		{"a question that is empty", strings.Replace(good, "article: CU1", "article: CU1\n    asks: [\" \"]", 1),
			`tea.yaml:12: a question is empty: remove it`},
		{"a why that is too long", strings.Replace(good, "article: CU1", "article: CU1\n    why: "+long[:301], 1),
			`tea.yaml:12: why has 301 characters: use at most 300`},
		{"a summary that is too long", strings.Replace(good, "How tea is drunk.", long[:401], 1),
			`tea.yaml:3: summary has 401 characters: use at most 400`},
		{"an alias that is too long", strings.Replace(good, "article: CU1", "article: CU1\n    aliases: [brew, "+long[:61]+"]", 1),
			`tea.yaml:12: the alias has 61 characters: use at most 60`},
		{"a title on two lines", strings.Replace(good, "title: Take the cup", "title: |\n      Take\n      it", 1),
			`tea.yaml:9: title has more than one line: write it on one line, or with >- instead of |`},
		{"a character that turns the writing", strings.Replace(good, "Take the cup", "Take \u202ethe cup", 1),
			`tea.yaml:9: title has the control character U+202E: remove it`},
		{"a phrase without Chinese", strings.Replace(good, "kind: etiquette", "kind: phrase", 1),
			`tea.yaml:6: tea-cup is a phrase without zh: write zh: and the Chinese characters
tea.yaml:6: tea-cup is a phrase without pinyin: write pinyin: and how it is said`},
		{"Chinese in another kind", strings.Replace(good, "article: CU1", "article: CU1\n    zh: 茶\n    pinyin: chá", 1),
			`tea.yaml:12: tea-cup has zh, but its kind is not phrase: write kind: phrase, or remove the line
tea.yaml:13: tea-cup has pinyin, but its kind is not phrase: write kind: phrase, or remove the line`},
		{"to be verified, but not where", strings.Replace(good, "article: CU1", "article: CU1\n    verify: true", 1),
			`tea.yaml:12: tea-cup has verify: true, but does not say where: write where: and who knows, such as an office or its site`},
		{"where, but not to be verified", strings.Replace(good, "article: CU1", "article: CU1\n    where: the embassy", 1),
			`tea.yaml:12: tea-cup says where to verify it, but not verify: true: write verify: true, or remove where:`},
		{"a row that the article does not have", strings.Replace(good, "article: CU1", "article: [CU1, CV2]", 1),
			`tea.yaml:11: the article has no row "CV2": did you mean CU2?`},
		{"a row that is a map", strings.Replace(good, "article: CU1", "article: {a: b}", 1),
			`tea.yaml:11: article: this takes rows of the article: write article: QC4, or article: [QC4, QC5]`},
		{"a source without a web address", strings.Replace(good, "article: CU1", "sources:\n      - {title: A, url: www.example.com}\n      - {url: ftp://example.com/x}", 1),
			`tea.yaml:12: url "www.example.com" is not a web address: begin it with https://, or leave url: out for a work without one
tea.yaml:13: the source has no title: write title: and the page's title
tea.yaml:13: url "ftp://example.com/x" is not a web address: begin it with https://, or leave url: out for a work without one`},
		{"an entry without a review date", strings.Replace(good, "    reviewed: 2026-11-22\n", "", 1),
			`tea.yaml:6: tea-cup has no review date: write reviewed: and the day somebody last checked it, such as 2026-11-22`},
		{"a day that is none", strings.Replace(good, "2026-11-22", "2026-11-31", 1),
			`tea.yaml:12: reviewed: "2026-11-31" is not a day: write year, month and day, such as 2026-11-22`},
		{"an id and a title twice in a file", good + "  - id: tea-cup\n    kind: guide\n    phase: during\n    title: take the Cup\n    text: x\n    article: CU1\n    reviewed: 2026-11-22\n",
			`tea.yaml:13: the id tea-cup is already taken (first in tea.yaml:6): give each entry an id of its own
tea.yaml:16: the title "take the Cup" is already taken (first in tea.yaml:9): say in the title what is different`},
		{"a mistake of writing does not hide one of meaning", strings.Replace(strings.Replace(good, "title: Take the cup", "title: @all", 1), "kind: etiquette", "kind: rule", 1),
			`tea.yaml:7: kind "rule" is not known: use one of guide, checklist, question, red_flag, etiquette, phrase
tea.yaml:9: title starts with @, which has a meaning of its own in YAML: put it in quotes: title: "@all"`},
		{"an unknown field does not also count as a missing one", strings.Replace(good, "title: Take the cup", "titel: Take the cup", 1),
			`tea.yaml:9: unknown field "titel": did you mean title?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(files(map[string]string{"tea.yaml": c.in}))
			var ms yamlfile.Mistakes
			if !errors.As(err, &ms) {
				t.Fatalf("the error is %v, want yamlfile.Mistakes", err)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestLoadMistakesOverFiles(t *testing.T) {
	t.Parallel()
	coffee := strings.NewReplacer("topic: tea", "topic: coffee", "order: 1", "order: 2\naliases: [drinks]").Replace(good)
	tea := strings.Replace(good, "order: 1", "order: 1\naliases: [drinks]", 1)
	_, err := Load(files(map[string]string{"tea.yaml": tea, "coffee.yaml": coffee, "milk.yml": "topic: milk\n", "empty.yaml": ""}))
	want := `empty.yaml:1: the file is empty: start with topic: ...
milk.yml: only files that end in .yaml are read: rename it to milk.yaml
tea.yaml:5: the alias "drinks" already opens something else (coffee.yaml:5): remove one of them
tea.yaml:7: the id tea-cup is already taken (first in coffee.yaml:7): give each entry an id of its own`
	if err == nil || err.Error() != want {
		t.Error(cmp.Diff(want, errText(err)))
	}
	if _, err := Load(fstest.MapFS{}); errText(err) != ".: there is no topic file: add one that ends in .yaml" {
		t.Errorf("an empty folder: %v", err)
	}
}

// Teams have files from before entries had that name.
func TestLoadReadsTheOldNameOfEntries(t *testing.T) {
	t.Parallel()
	old := strings.Replace(good, "entries:", "advices:", 1)
	b, err := Load(files(map[string]string{"tea.yaml": old}))
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := b.Entry("tea-cup"); !ok || e.Topic().Entries[0] != e {
		t.Errorf("tea-cup is %+v, want it in its topic", e)
	}
	for _, c := range []struct{ name, in, want string }{
		{"a mistake under the old name has its line", strings.Replace(old, "kind: etiquette", "kind: etiquete", 1),
			`tea.yaml:7: kind "etiquete" is not known: did you mean etiquette?`},
		{"both names", old + strings.TrimPrefix(strings.Replace(good, "tea-cup", "tea-pot", 1), head),
			`tea.yaml:5: the file has both entries: and advices:, their old name: write all of them under entries:`},
		{"the old name is not offered", strings.Replace(good, "entries:", "advicse:", 1),
			`tea.yaml:5: unknown field "advicse": the fields here are topic, title, summary, order, aliases, groups, top, hide, entries`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(files(map[string]string{"tea.yaml": c.in}))
			if diff := cmp.Diff(c.want, errText(err)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLoadFindsByWord(t *testing.T) {
	t.Parallel()
	b, err := Load(files(map[string]string{
		"tea.yaml":    strings.Replace(strings.Replace(good, "phase: during", "phase: during\n    group: hot-cups", 1), "entries:", "aliases: [chá, green tea]\ngroups:\n  - {id: hot-cups, title: All about cups, aliases: [mugs]}\nentries:", 1),
		"coffee.yaml": strings.NewReplacer("topic: tea", "topic: coffee", "title: Tea", "title: Coffee & milk", "order: 1", "order: 2", "tea-cup", "coffee-cup").Replace(good),
	}))
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{
		"tea": "tea", "TEA": "tea", "cha": "tea", "Chá": "tea", "green-tea": "tea", "Green  Tea ": "tea", "coffee & milk": "coffee", "cups": "", "": "",
	} {
		topic, ok := b.Topic(word)
		if ok != (want != "") || ok && topic.ID != want {
			t.Errorf("Topic(%q) is %v, want %q", word, topic, want)
		}
	}
	for word, want := range map[string]string{"hot cups": "hot-cups", "HOT-CUPS": "hot-cups", "All about cups": "hot-cups", "mugs": "hot-cups", "tea": ""} {
		topic, group, ok := b.Group(word)
		if ok != (want != "") || ok && (group.ID != want || topic.ID != "tea") {
			t.Errorf("Group(%q) is %v, want %q", word, group, want)
		}
	}
	e, _ := b.Entry("tea-cup")
	if want := (Day{time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}); e.Reviewed != want || e.Reviewed.String() != "2026-11-22" {
		t.Errorf("reviewed on %v, want %v", e.Reviewed, want)
	}
	if _, ok := b.Entry("no-such"); ok {
		t.Error("an entry that is not there is found")
	}
}

// A newcomer types one word before an evening out, and wants to know how it goes.
func TestAWordOfAdviceAndOfPhrasesNamesTheAdvice(t *testing.T) {
	t.Parallel()
	b := embedded(t)
	for word, want := range map[string]string{
		"dinner":         "cultural-exchange/banquets",
		"Greetings":      "cultural-exchange/greetings",
		"negotiation":    "agreements/terms",
		"emergency":      "travel-logistics/health",
		"dinner phrases": "phrases/dinner",
		"meeting":        "phrases/meeting", // no advice has the word
	} {
		topic, group, ok := b.Group(word)
		if !ok || topic.ID+"/"+group.ID != want {
			t.Errorf("%q names %v of %v, want %s", word, group, topic, want)
		}
	}
	_, banquets, _ := b.Group("dinner")
	for _, e := range b.All() {
		if e.Group == banquets.ID {
			if e.ID != "etiquette-first-dinner" {
				t.Errorf("how a first dinner goes is not the first of its page: %s", e.ID)
			}
			break
		}
	}
}

// Two of a team's files amend two of our topics; neither may take away what the
// other brings.
func TestLoadOwnFolderOfTwoFiles(t *testing.T) {
	t.Parallel()
	base := files(map[string]string{
		"tea.yaml":    good,
		"coffee.yaml": strings.NewReplacer("topic: tea", "topic: coffee", "order: 1", "order: 2", "tea-cup", "coffee-cup").Replace(good),
	})
	own := func(topic, id string) string {
		return "topic: " + topic + "\nentries:\n  - {id: " + id + ", kind: guide, phase: during, title: Our " + id + ", text: Ours., article: CU1, reviewed: 2026-11-22}\n"
	}
	b, err := Load(base, Folder{"own", files(map[string]string{"coffee.yaml": own("coffee", "coffee-cup"), "tea.yaml": own("tea", "tea-spoon")})})
	if err != nil {
		t.Fatal(err)
	}
	for id, title := range map[string]string{"coffee-cup": "Our coffee-cup", "tea-spoon": "Our tea-spoon", "tea-cup": "Take the cup"} {
		if e, ok := b.Entry(id); !ok || e.Title != title {
			t.Errorf("%s is %+v, want the title %q", id, e, title)
		}
	}
}

func TestLoadOwnFolderAmends(t *testing.T) {
	t.Parallel()
	base := files(map[string]string{
		"tea.yaml":    good,
		"coffee.yaml": strings.NewReplacer("topic: tea", "topic: coffee", "order: 1", "order: 2", "tea-cup", "coffee-cup").Replace(good),
	})
	own := files(map[string]string{"tea.yaml": `
topic: tea
summary: How we drink tea.
entries:
  - {id: tea-cup, kind: etiquette, phase: during, title: Take the mug, text: We have no cups., article: CU1, reviewed: 2026-11-22}
  - {id: coffee-cup, kind: etiquette, phase: during, title: No coffee, text: We have none., article: CU1, reviewed: 2026-11-22}
`})
	b, err := Load(base, Folder{"own", own})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range b.All() {
		got = append(got, e.Topic().ID+" "+e.ID+" "+e.Title)
	}
	want := []string{"tea tea-cup Take the mug", "tea coffee-cup No coffee"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if topic, _ := b.Topic("tea"); topic.Title != "Tea" || topic.Summary != "How we drink tea." {
		t.Errorf("the topic is %q, %q", topic.Title, topic.Summary)
	}
	if plain, err := Load(base); err != nil || plain.Version() == b.Version() {
		t.Errorf("the version is the same with and without the own folder (%v)", err)
	}
}

// FuzzLoad: any bytes as a topic file give mistakes or a base that answers, and so do any bytes
// as a file of a team's own folder. Each mistake and doubt is one line, about a line of the file.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, "CU1", "[CU1, QC2]", 1)))
	f.Add([]byte("topic: tea\nadvices:\n  - {id: x}\nentries: []\n"))
	f.Add([]byte("topic: tea\nentries:\n  - &a {id: x}\n  - *a\n  -\n"))
	f.Add([]byte("topic: tea\ngroups: [{id: a}, {id: a}]\nentries: {}\n"))
	f.Add([]byte("topic: tea\nhide: [tea-cup, tea-cup, none]\n"))
	f.Add([]byte("topic: tea\nsummary: \"a\\nb\\e[2J\"\nentries:\n  - {id: tea-cup, kind: \"a\\nb\", phase: \"\\e\", title: \"\\0\", text: We have no cups., article: CU1, reviewed: 2026-11-22}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := fstest.MapFS{"tea.yaml": &fstest.MapFile{Data: data}}
		last := strings.Count(string(data), "\n") + 1
		look := func(name string, b *Base, err error) {
			var told yamlfile.Mistakes
			if err == nil {
				told = b.Doubts()
			} else {
				told = err.(yamlfile.Mistakes)
				if len(told) == 0 || b != nil {
					t.Errorf("%d mistakes and base %v", len(told), b)
				}
			}
			for _, m := range told {
				if m.File == name && (m.Line < 0 || m.Line > last) || m.What == "" || strings.ContainsFunc(m.Error(), unicode.IsControl) {
					t.Errorf("it says %q of %q", m.Error(), data)
				}
			}
			if err != nil {
				return
			}
			for _, e := range b.All() {
				if found, ok := b.Entry(e.ID); !ok || found != e || e.Title == "" || e.Text == "" {
					t.Errorf("the entry %q is %+v", e.ID, e)
				}
			}
			if all := b.All(); len(all) > 0 {
				b.Search(all[0].Title, 3)
				b.Related(all[0], 3)
			}
		}
		b, err := Load(file)
		look("tea.yaml", b, err)
		b, err = Load(files(map[string]string{"tea.yaml": good}), Folder{"own", file})
		look("own/tea.yaml", b, err)
	})
}
