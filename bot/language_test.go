package bot

import (
	"cmp"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
	"visitprep/knowledge"
)

// literals are the strings of the packages that speak: those that are read, and others.
func literals(t *testing.T) (keys []string) {
	t.Helper()
	for _, folder := range []string{".", "../internal/blocks", "../internal/guide", "../internal/visit", "../internal/report", "../internal/holiday", "../scheduler/calendar"} {
		names, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					keys = append(keys, must(strconv.Unquote(l.Value)))
				}
				return true
			})
		}
	}
	return keys
}

// verb is what stands in a text for something that is filled in.
var verb = regexp.MustCompile(`%[-+# 0]*(\[\d\])?\d*[a-z%]`)

// bracketed is a made-up language: whatever a text says by itself stands in ⟦ ⟧, and what
// is filled in stands outside. Every string of the packages that speak is in its catalog,
// as a catalog of a real language would have those that are read.
func bracketed(t *testing.T) blocks.Printer {
	t.Helper()
	keys := literals(t)
	// Words that no string of ours spells: Go's names, and those of the calendar's data.
	for d := civil.On(2027, 1, 1); d.Year == 2027; d = d.AddDays(5) {
		for _, layout := range []string{"Mon", "Monday", "Jan", "January"} {
			keys = append(keys, d.Format(layout))
		}
	}
	for _, b := range must(holiday.China()).Breaks(civil.On(2027, 1, 1), civil.On(2028, 1, 1)) {
		keys = append(keys, b.Name)
	}
	c := catalog.NewBuilder()
	for _, key := range keys {
		var words strings.Builder
		verbs := append(verb.FindAllString(key, -1), "")
		for i, part := range verb.Split(key, -1) {
			if strings.ContainsFunc(part, unicode.IsLetter) || mark.MatchString(part) {
				part = "⟦" + part + "⟧"
			}
			words.WriteString(part + verbs[i])
		}
		if err := c.SetString(language.German, key, words.String()); err != nil {
			t.Fatal(err)
		}
	}
	return blocks.Printer{Printer: lang.New(language.German, c)}
}

// mark stands in English between two words, and is another in another language.
var mark = regexp.MustCompile(`[,;:] `)

// TestEveryWordHasAKey is the proof that a language can be added without touching a
// message: in a made-up one, no word of the bot's own is left in English, and no comma,
// semicolon or colon between two of them.
func TestEveryWordHasAKey(t *testing.T) {
	t.Parallel()
	given := givenWords(t)
	inAllScenes(t, bracketed(t), func(t *testing.T, name, text string) {
		if left := unworded(text, given); left != "" {
			t.Errorf("%s: %q has no key of its own in %q", name, left, text)
		}
	})
}

// TestAllScenesInChinese reads every message, form and page of the golden files in Chinese: no
// sentence that has its Chinese stands there in English, and no mark of English between Chinese
// characters.
func TestAllScenesInChinese(t *testing.T) {
	t.Parallel()
	p := blocks.Printer{Printer: zh.Printer()}
	var sentences []string
	for _, key := range literals(t) {
		for _, said := range verb.Split(key, -1) {
			if len(strings.Fields(said)) > 2 && strings.ContainsFunc(key, unicode.IsLetter) && p.T(key) != lang.English().T(key) {
				sentences = append(sentences, strings.TrimSpace(said))
			}
		}
	}
	if len(sentences) < 1000 {
		t.Fatalf("there are %d sentences", len(sentences))
	}
	given := givenWords(t)
	inAllScenes(t, p, func(t *testing.T, name, text string) {
		text = notWords.ReplaceAllString(given.Replace(blocks.Unescape.Replace(text)), "")
		for _, s := range sentences {
			if strings.Contains(text, s) {
				t.Errorf("%s: %q is left in English in %q", name, s, text)
			}
		}
		if mark := halfWidth.FindString(text); mark != "" {
			t.Errorf("%s: %q is half-width in %q", name, mark, text)
		}
	})
}

// inAllScenes reads the texts of the golden files in the language of p.
func inAllScenes(t *testing.T, p blocks.Printer, read func(t *testing.T, name, text string)) {
	check := func(t *testing.T, name string, raw []byte) {
		t.Helper()
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		texts := 0
		eachText(v, func(text string) {
			texts++
			read(t, name, text)
		})
		if texts == 0 {
			t.Errorf("%s has no text", name)
		}
	}
	guideScenes(t, p, check)
	s := newStage(t, overHTTP)
	s.bot.english = p
	s.bot.guide.Store(must(s.bot.newGuide(s.bot.guide.Load().Base)))
	visitScenes(t, s, check)
}

// eachText visits the texts that a person reads in a message, a form or a page.
func eachText(v any, visit func(string)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			eachText(e, visit)
		}
	case map[string]any:
		for key, e := range v {
			if s, ok := e.(string); ok && key == "text" {
				visit(s)
			}
			eachText(e, visit)
		}
	}
}

// Slack's mentions and links, and what people type: commands, a time zone.
var notWords = regexp.MustCompile("<[^>]*>|`[^`]*`|/(visit-prep|inspection|factory|etiquette)[ a-z]*((N|\\[[^\\]]*\\]) ?[a-z]*)*|@visitprep|[A-Z][a-z]+/[A-Z][a-z]+")

// unworded is what is left of a text without the words in ⟦ ⟧, and without those given.
func unworded(text string, given *strings.Replacer) string {
	var left strings.Builder
	depth := 0
	for _, r := range notWords.ReplaceAllString(given.Replace(blocks.Unescape.Replace(text)), "") {
		switch {
		case r == '⟦':
			depth++
		case r == '⟧':
			depth--
		case depth == 0:
			left.WriteRune(r)
		}
	}
	if !strings.ContainsFunc(left.String(), unicode.IsLetter) && !mark.MatchString(left.String()) {
		return ""
	}
	return left.String()
}

// givenWords takes out what people and the knowledge say, which is no work of a catalog's.
func givenWords(t *testing.T) *strings.Replacer {
	base := testBase(t)
	words := append([]string{"#china-sourcing", "liwei", "Li Wei", "/visit-prep what gift should I not bring", "specification", "how do I fix my printer", "ABC234", driverHere,
		"what gift should I not bring", "and why", "14, 3", "what about vietnam?", "Vietnam", "Ms <Li>, sales director", "Jonas & Mia", "wie ist das Wetter und wer hat den Schirm", "New York"}, enteredInScenes...)
	for _, e := range base.All() {
		words = append(words, e.Title, e.Text, e.Why, e.Where, e.Chinese, e.Pinyin)
		for _, s := range e.Sources {
			words = append(words, s.Title)
		}
	}
	for _, topic := range base.Topics() {
		words = append(words, topic.Title, topic.Summary, strings.ToLower(topic.Title))
		for _, g := range topic.Groups {
			words = append(words, g.Title)
		}
	}
	for _, tpl := range must(knowledge.EmbeddedTemplates(base)) {
		words = append(words, tpl.Title)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, w := range words {
		if w != "" {
			pairs = append(pairs, w, "")
		}
	}
	return strings.NewReplacer(pairs...)
}
