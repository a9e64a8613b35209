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
	"visitprep/knowledge"
)

// bracketed is a made-up language: whatever a text says by itself stands in ⟦ ⟧, and what
// is filled in stands outside. Every string of the packages that speak is in its catalog,
// as a catalog of a real language would have those that are read.
func bracketed(t *testing.T) blocks.Printer {
	t.Helper()
	var keys []string
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
	verb := regexp.MustCompile(`%[-+# 0]*(\[\d\])?\d*[a-z%]`)
	for _, key := range keys {
		var words strings.Builder
		verbs := append(verb.FindAllString(key, -1), "")
		for i, part := range verb.Split(key, -1) {
			if strings.ContainsFunc(part, unicode.IsLetter) {
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

// TestEveryWordHasAKey is the proof that a language can be added without touching a
// message: in a made-up one, no word of the bot's own is left in English.
func TestEveryWordHasAKey(t *testing.T) {
	t.Parallel()
	p := bracketed(t)
	given := givenWords(t)
	check := func(t *testing.T, name string, raw []byte) {
		t.Helper()
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		leaves := 0
		eachText(v, func(text string) {
			leaves++
			if left := unworded(text, given); left != "" {
				t.Errorf("%s: %q has no key of its own in %q", name, left, text)
			}
		})
		if leaves == 0 {
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
	if !strings.ContainsFunc(left.String(), unicode.IsLetter) {
		return ""
	}
	return left.String()
}

// givenWords takes out what people and the knowledge say, which is no work of a catalog's.
func givenWords(t *testing.T) *strings.Replacer {
	base := testBase(t)
	words := append([]string{"#china-sourcing", "liwei", "Li Wei", "/visit-prep what gift should I not bring", "specification", "how do I fix my printer", "ABC234", driverHere,
		"what gift should I not bring, and why", "what about vietnam?", "Vietnam", "Ms <Li>, sales director", "Jonas & Mia", "wie ist das Wetter und wer hat den Schirm", "New York"}, enteredInScenes...)
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
