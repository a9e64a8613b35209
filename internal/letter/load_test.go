package letter

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// amended loads the sentences of the program with a team's own files over them.
func amended(files map[string]string) (*Book, error) {
	own := fstest.MapFS{}
	for name, text := range files {
		own[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(Folder{"letters", os.DirFS("../../knowledge/letters")}, Folder{"own/letters", own})
}

const closing = "letters: factory\nsentences:\n  - id: closing\n    en: Thank you.\n    zh: 谢谢！\n"

func TestATeamsOwnSentences(t *testing.T) {
	b, err := amended(map[string]string{"factory.yaml": closing})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Letter(worked(), Chinese); !strings.HasSuffix(got, "\n谢谢！\nMia Chen") || !strings.HasPrefix(got, "王总，您好！") {
		t.Errorf("the letter is\n%s", got)
	}
	before := loaded(t)
	for n, f := range b.Files() {
		old := before.Files()[n]
		if want := old.Check - 1; f.Name == FactoryLetters && (f.Check != want || f.Sentences != old.Sentences) {
			t.Errorf("of the letter %d of %d sentences are to be read, want %d: the team's own is not marked", f.Check, f.Sentences, want)
		}
	}
}

// A letter is of draft wording until a native reader has signed each file that it takes a sentence
// of.
func TestWhoHasSigned(t *testing.T) {
	const signed = "signed:\n  reader: Li Na\n  day: \"2027-01-12\"\n"
	base := fstest.MapFS{}
	for _, name := range []string{"factory.yaml", "wechat.yaml", "host.yaml", "introduction.yaml", "people.yaml"} {
		data, err := os.ReadFile("../../knowledge/letters/" + name)
		if err != nil {
			t.Fatal(err)
		}
		base[name] = &fstest.MapFile{Data: data}
	}
	withSignature := strings.Replace(string(base["factory.yaml"].Data), "signed:\n  reader: \"\"\n  day: \"\"\n", signed, 1)
	for _, c := range []struct {
		name, base, own string
		draft           bool
	}{
		{"nobody", string(base["factory.yaml"].Data), "", true},
		{"somebody", withSignature, "", false},
		{"nobody the team's own", withSignature, closing, true},
		{"somebody the team's own as well", withSignature, strings.Replace(closing, "sentences:", signed+"sentences:", 1), false},
		{"somebody the team's own alone", string(base["factory.yaml"].Data), strings.Replace(closing, "sentences:", signed+"sentences:", 1), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			base["factory.yaml"] = &fstest.MapFile{Data: []byte(c.base)}
			var own []Folder
			if c.own != "" {
				own = []Folder{{"own", fstest.MapFS{"factory.yaml": {Data: []byte(c.own)}}}}
			}
			b, err := Load(Folder{"letters", base}, own...)
			if err != nil {
				t.Fatal(err)
			}
			if b.Draft(FactoryLetters) != c.draft || !b.Draft(WeChat) {
				t.Errorf("draft is %v, want %v; of WeChat %v, want true", b.Draft(FactoryLetters), c.draft, b.Draft(WeChat))
			}
		})
	}
}

func TestMistakesInSentences(t *testing.T) {
	sentence := func(id, en, zh string) string {
		return fmt.Sprintf("letters: factory\nsentences:\n  - id: %s\n    en: %q\n    zh: %q\n", id, en, zh)
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"a place that is none", "factory.yaml", sentence("thanks", "on {dayss}", "{days}"), `own/letters/factory.yaml:4: {dayss} is no place of this sentence: did you mean days?`},
		{"a place in a sentence without any", "factory.yaml", sentence("closing", "Thanks, {to}", "谢谢"), `own/letters/factory.yaml:4: {to} is no place of this sentence: the sentence closing has no places`},
		{"a place that is left out", "factory.yaml", sentence("thanks", "on {days}", "感谢"), `own/letters/factory.yaml:5: thanks lacks {days}: write {days} where it is to stand`},
		{"a brace that is open", "factory.yaml", sentence("thanks", "on {days", "{days}"), `own/letters/factory.yaml:4: {days is no place of this sentence`},
		{"a brace that closes nothing", "factory.yaml", sentence("thanks", "on {days}}", "{days}"), `own/letters/factory.yaml:4: } is no place of this sentence`},
		{"a sentence that no letter has", "factory.yaml", sentence("greting", "Dear {to}", "{to}"), `own/letters/factory.yaml:3: no letter has a sentence "greting": did you mean greeting?`},
		{"no Chinese", "factory.yaml", "letters: factory\nsentences:\n  - id: closing\n    en: Thanks.\n", `own/letters/factory.yaml:3: closing has no zh: write zh: and the sentence`},
		{"no English", "factory.yaml", sentence("closing", " ", "谢谢"), `own/letters/factory.yaml:3: closing has no en`},
		{"no id", "factory.yaml", "letters: factory\nsentences:\n  - en: Thanks.\n    zh: 谢谢\n", `own/letters/factory.yaml:3: the sentence has no id`},
		{"the same id twice", "factory.yaml", closing + "  - id: closing\n    en: Thanks.\n    zh: 谢谢\n", `own/letters/factory.yaml:6: the sentence closing is here and on line 3: keep one of them`},
		{"a field that is none", "factory.yaml", closing + "    de: Danke\n", `own/letters/factory.yaml:6: unknown field "de": the fields here are id, en, zh, check`},
		{"a file that is none", "factroy.yaml", closing, `own/letters/factroy.yaml:1: there are no letters "factroy": did you mean factory?`},
		{"another name inside", "wechat.yaml", closing, `own/letters/wechat.yaml:1: letters is "factory", but the file's name says "wechat": make them the same`},
		{"no name inside", "factory.yaml", strings.TrimPrefix(closing, "letters: factory\n"), `letters is missing: write letters: factory`},
		{"no sentences", "factory.yaml", "letters: factory\n", `sentences is missing`},
		{"a signature without a day", "factory.yaml", "signed:\n  reader: Li Na\n" + closing, `own/letters/factory.yaml:1: signed has no day`},
		{"a signature of nobody", "factory.yaml", "signed:\n  day: \"2027-01-12\"\n" + closing, `own/letters/factory.yaml:1: signed has no reader`},
		{"a signature with no day of the calendar", "factory.yaml", "signed:\n  reader: Li Na\n  day: \"2027-02-30\"\n" + closing, `own/letters/factory.yaml:3: day: `},
		{"another ending", "factory.yml", closing, `own/letters/factory.yml: only files that end in .yaml are read: rename it to factory.yaml`},
		{"an empty file", "factory.yaml", "", `own/letters/factory.yaml:1: the file is empty`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := amended(map[string]string{c.file: c.text})
			if err == nil {
				t.Fatal("it is taken")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says\n%s\nwant\n%s", err, c.want)
			}
		})
	}
}

// What the program needs is there, or it does not begin.
func TestASentenceThatIsNotThere(t *testing.T) {
	files := fstest.MapFS{"factory.yaml": {Data: []byte(closing)}}
	_, err := Load(Folder{"letters", files})
	if err == nil || !strings.Contains(err.Error(), "letters/factory.yaml: there is no sentence greeting: write id: greeting, en: and zh: below sentences:") {
		t.Errorf("it says %v", err)
	}
}

func TestDoubtsAboutSentences(t *testing.T) {
	b, err := amended(map[string]string{"factory.yaml": "letters: factory\nsentences:\n  - id: closing\n    en: Thank you # all\n    zh: 必须立即回复。\n"})
	if err != nil {
		t.Fatal(err)
	}
	got := b.Doubts().Error()
	for _, want := range []string{`own/letters/factory.yaml:4: en ends before "# all"`, "own/letters/factory.yaml:5: a factory reads 必须立即 as blame or a threat: say what happened, and ask"} {
		if !strings.Contains(got, want) {
			t.Errorf("the doubts are\n%s\nwant %q", got, want)
		}
	}
}

// No sentence of ours blames or threatens.
func TestOurMannersInLetters(t *testing.T) {
	b := loaded(t)
	if ds := b.Doubts(); len(ds) > 0 {
		t.Error(ds)
	}
	for id, s := range b.sentences {
		for _, w := range []string{"你们的工人", "为什么没有", "必须立即", "投诉", "罚款"} {
			if strings.Contains(s.zh, w) {
				t.Errorf("%s says %s", id, w)
			}
		}
	}
	for _, f := range b.Files() {
		if f.Signed {
			t.Errorf("%s is signed: is it by a native reader?", f.Name)
		}
	}
}
