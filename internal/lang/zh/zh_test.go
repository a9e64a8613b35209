package zh

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"visitprep/internal/lang"
	"visitprep/knowledge"
)

// spoken are the folders of what people read in Slack.
var spoken = []string{"bot", "internal/blocks", "internal/guide", "internal/holiday", "internal/install", "internal/report", "internal/sampling", "internal/store", "internal/visit", "scheduler/calendar"}

// english are the files whose keys stay English, with the reason.
var english = map[string]string{
	"scheduler/calendar/calendar.go": "mistakes in a rule, which is typed in English and named by its English words",
	"scheduler/calendar/cron.go":     "the same",
	"scheduler/calendar/read.go":     "the same",
	"scheduler/calendar/said.go":     "the same",
	"scheduler/calendar/sentence.go": "the same",
}

// keyed are the functions whose argument at a place is a key.
var keyed = map[string]int{"T": 0, "M": 0, "Errorf": 0, "Invalid": 1, "add": 1}

// keys finds the keys of the files, and where each stands first. A key that is put together
// when the program runs is found where its parts are constants of the same file.
func keys(t *testing.T, files []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range files {
		path := filepath.Join("../../..", name)
		names := []string{path}
		if info, err := os.Stat(path); err != nil {
			t.Errorf("%s is spoken, and not there: %v", name, err)
			continue
		} else if info.IsDir() {
			names, _ = filepath.Glob(path + "/*.go")
		}
		for _, n := range names {
			if strings.HasSuffix(n, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, n, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if row, ok := node.(*ast.CompositeLit); ok && strings.HasSuffix(n, "bot/table.go") && row.Type == nil {
					var keys []ast.Expr
					switch len(row.Elts) {
					case 3:
						keys = row.Elts[1:2] // the help of a row
					case 5:
						keys = row.Elts[1:3] // what the menu says of a command or a shortcut
					}
					for _, k := range keys {
						if key, ok := constant(k); ok {
							found[key] = fmt.Sprintf("bot/table.go:%d", set.Position(row.Pos()).Line)
						}
					}
				}
				if kv, ok := node.(*ast.KeyValueExpr); ok && strings.HasSuffix(n, "bot/manifest.go") {
					if field, ok := kv.Key.(*ast.Ident); ok && field.Name == "Without" { // of a permission
						if key, ok := constant(kv.Value); ok {
							found[key] = fmt.Sprintf("bot/manifest.go:%d", set.Position(kv.Pos()).Line)
						}
					}
				}
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				var name string
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
					if pkg, ok := f.X.(*ast.Ident); ok && name == "Errorf" && pkg.Name != "lang" {
						return true
					}
				case *ast.Ident:
					name = f.Name
				}
				at, ok := keyed[name]
				if !ok || len(call.Args) <= at {
					return true
				}
				if key, ok := constant(call.Args[at]); ok {
					where := set.Position(call.Pos())
					if _, ok := found[key]; !ok {
						found[key] = fmt.Sprintf("%s:%d", strings.TrimPrefix(where.Filename, "../../../"), where.Line)
					}
				}
				return true
			})
		}
	}
	return found
}

// constant is the text of a literal, or of several that are joined.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, ok1 := constant(e.X)
		b, ok2 := constant(e.Y)
		return a + b, ok1 && ok2
	}
	return "", false
}

// words are all of the catalogue.
func words(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, part := range parts() {
		for key, w := range part {
			if other, twice := all[key]; twice {
				t.Errorf("%q is %q in one part and %q in another", key, other, w)
			}
			all[key] = w
		}
	}
	return all
}

// Whatever people read in Slack is there in Chinese.
func TestNothingThatPeopleReadIsLeftInEnglish(t *testing.T) {
	all := words(t)
	found := keys(t, spoken)
	if len(found) < 300 {
		t.Errorf("only %d keys are found", len(found))
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		file, _, _ := strings.Cut(found[key], ":")
		if _, ok := all[key]; !ok && english[file] == "" && strings.ContainsFunc(key, unicode.IsLetter) && !verbsOnly.MatchString(key) {
			t.Errorf("%s: %q has no Chinese", found[key], key)
		}
	}
}

// verbsOnly is a key in which nothing is said: "%s: %s".
var verbsOnly = regexp.MustCompile(`^(%(\[\d\])?[sdqvt%]|[^\p{L}])*$`)

var verb = regexp.MustCompile(`%[-+# 0]*(\[(\d)\])?\d*[a-z%]`)

// verbs are what a text fills in: the place of each argument with its kind, in order of place.
func verbs(text string) (vs []string) {
	next := 1
	for _, m := range verb.FindAllStringSubmatch(text, -1) {
		kind := m[0][len(m[0])-1:]
		if kind == "%" {
			continue
		}
		at := next
		if m[2] != "" {
			at, _ = strconv.Atoi(m[2])
		}
		next = at + 1
		vs = append(vs, fmt.Sprintf("%d%s", at, kind))
	}
	slices.Sort(vs)
	return vs
}

// A Chinese text fills in what the English one does, is Chinese, and fits where that one does.
func TestTheChineseSaysWhatTheEnglishSays(t *testing.T) {
	for key, w := range words(t) {
		if w == key && slices.Contains(typed, key) {
			continue
		}
		if got, want := verbs(w), verbs(key); !slices.Equal(got, want) {
			t.Errorf("%q fills in %v, and %q %v", w, got, key, want)
		}
		if strings.Count(w, "%%") != strings.Count(key, "%%") {
			t.Errorf("%q and %q differ in percent signs", w, key)
		}
		said := notWords.ReplaceAllString(w, "")
		if strings.ContainsFunc(said, unicode.IsLetter) && !strings.ContainsFunc(said, isHan) {
			t.Errorf("%q is worded %q, which is not Chinese", key, w)
		}
		if n, most := len([]rune(verb.ReplaceAllString(w, ""))), max(len([]rune(verb.ReplaceAllString(key, ""))), 24); n > most {
			t.Errorf("%q has %d characters, the English %d: it may not fit", w, n, most)
		}
		if i := strings.IndexAny(said, ",;?!"); i >= 0 {
			t.Errorf("%q has the half-width %q", w, said[i:i+1])
		}
		if strings.HasSuffix(key, ".") && !strings.HasSuffix(key, "%s.") && !strings.HasSuffix(w, "。") || strings.HasSuffix(key, "?") != strings.HasSuffix(w, "？") {
			t.Errorf("%q ends otherwise than %q", w, key)
		}
	}
}

// typed are what a person may type as it stands: advice is searched, and schedules are read,
// in English.
var typed = []string{"what gift should I not bring", "@visitprep is a clock a good gift?", "every 3 months from 15 January 2027"}

// notWords are what is the same in every language: commands, verbs and names.
var notWords = regexp.MustCompile(`/(visit-prep|inspection)[ a-zA-Z0-9.]*|%[-+# 0]*(\[\d\])?\d*[a-z%]|Visit Prep|AQL|JPEG|PNG|MB|Slack|Mon(day)?|UTC`)

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// What nobody says any more is not kept.
func TestEveryKeyIsSaidSomewhere(t *testing.T) {
	literals := map[string]bool{}
	for _, folder := range []string{"bot", "internal/blocks", "internal/guide", "internal/holiday", "internal/install", "internal/lang", "internal/report", "internal/sampling", "internal/store", "internal/visit", "scheduler/calendar"} {
		names, err := filepath.Glob("../../../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if filepath.Base(name) == "english.go" {
				continue // it words what others say
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if s, err := strconv.Unquote(l.Value); err == nil {
						literals[s] = true
					}
				}
				return true
			})
		}
	}
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	templates, err := knowledge.EmbeddedTemplates(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, tm := range templates {
		literals[tm.Title] = true
		if _, ok := words(t)[tm.Title]; !ok {
			t.Errorf("%q has no Chinese", tm.Title)
		}
	}
	for n := 1; n <= 31; n++ {
		literals[numbered(n)] = true
	}
	for day := range 7 { // Go's own names
		d := time.Date(2027, 3, 1+day, 0, 0, 0, 0, time.UTC)
		literals[d.Format("Mon")], literals[d.Format("Monday")] = true, true
	}
	for key := range words(t) {
		if !literals[key] {
			t.Errorf("nobody says %q any more", key)
		}
	}
}

// things are what people read numbers of.
const things = "actions|cartons|certificates|characters|days|factories|faults|findings|hours|items|lines|lots|months|orders|parts|photos|pieces|plans|points|reminders|seconds|times|weeks|years"

// never are texts that are said of more than one only, with the reason.
var never = []struct{ text, why string }{
	{`^(That is|Those are|That would be) (a visit of )?%d |the most it can hold|holds? at most|has been corrected %d times|was renewed %d times|cannot have been opened|of %d cannot be|agenda for the first`, "said of what is above a limit"},
	{`at most %d (days|weeks)|up to %d pieces|^Fewer than %d lots|in the next %d days|every %d months, and the last|%d of the last %d|of %d lots accepted in a row since|^Its checklist has|checklist items to people|pieces of advice|^A quarter gets its score %d days|^in %d months$|^%d months ago$`, "a number of ours, which is more, or above a limit"},
	{`(after|appear|shown) %d days`, "the days of keeping, which are more"},
	{`pieces, accept %d|Look at all|in %d pieces|%d of %d pieces$|%d of %d pieces, %s|Draw %d of|Sample of|first %d pieces|both classes: %d pieces|a lot of %d pieces|Yes, %d pieces|Another has %d pieces|at least %d pieces of this lot`, "a lot and its sample have two pieces or more"},
	{`^(in %d (days|weeks)|every %d (weeks|months|years) on .*|%d next lots|asked %d times|this rule comes %d times a day.*|What it sees: .* times in 100\.|%s gave %s %d items: %s\.)$`, "one of it is said with other words"},
}

// Whatever is counted is worded for one of it too: in the English of its text, or in another text
// that is said where there is one.
func TestWhatIsCountedHasASingular(t *testing.T) {
	said := keys(t, spoken)
	verbs, counted := regexp.MustCompile(`%[-+# 0]*\d*[a-z]`), regexp.MustCompile(`^(.*?)%d ((?:[a-z]+ )?)(`+things+`)\b`)
	used := make([]bool, len(never))
	for key, where := range said {
		m := counted.FindStringSubmatch(key)
		if m == nil {
			continue
		}
		var ones []any
		for _, v := range verbs.FindAllString(strings.ReplaceAll(key, "%%", ""), -1) {
			if strings.HasSuffix(v, "d") {
				ones = append(ones, 1)
			} else {
				ones = append(ones, "x")
			}
		}
		one := strings.TrimSuffix(m[3], "s")
		if stem, ok := strings.CutSuffix(one, "ie"); ok {
			one = stem + "y"
		}
		switch {
		case lang.English().T(key, ones...) != fmt.Sprintf(key, ones...):
		case slices.ContainsFunc(slices.Collect(maps.Keys(said)), func(k string) bool {
			return strings.HasPrefix(k, m[1]+"1 "+m[2]+one) || strings.HasPrefix(k, m[1]+"A "+m[2]+one)
		}):
		default:
			n := slices.IndexFunc(never, func(n struct{ text, why string }) bool { return regexp.MustCompile(n.text).MatchString(key) })
			if n >= 0 {
				used[n] = true
				continue
			}
			t.Errorf("%s: %q has no form for 1: write it into internal/lang/english.go, or say here why there is never 1", where, key)
		}
	}
	for n, u := range used {
		if !u {
			t.Errorf("nothing is said any more of which %s", never[n].why)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "../english.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := constant(kv.Key); ok && said[key] == "" {
				t.Errorf("nobody says %q any more", key)
			}
		}
		return true
	})
}

var update = flag.Bool("update", false, "write docs/chinese/to-check.md anew")

// unread are the parts that no native reader outside of the team has read.
func unread() map[string]map[string]string {
	return map[string]map[string]string{
		"Visits": visiting(), "Checklists, briefs, inspections and plans": planning(), "Reminders, the daily message and changes": reminding(), "Rhythms": rhythms(),
		"Advice": advice(), "Channels, settings and faults": workspace(), "Home": home(), "Market notes": market(), "The pages that add the app": installing(),
	}
}

// The lines that a native reader should check are listed in docs/chinese/to-check.md: whatever of an
// unread part says a sentence.
func TestTheLinesToCheckAreListed(t *testing.T) {
	var b strings.Builder
	lines := 0
	parts := unread()
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprintf(&b, "\n## %s\n\n", name)
		for _, key := range slices.Sorted(maps.Keys(parts[name])) {
			w := parts[name][key]
			if !strings.ContainsAny(w, "。？！") {
				continue
			}
			lines++
			fmt.Fprintf(&b, "- %s\n  %s\n", strings.ReplaceAll(w, "\n", " ⏎ "), strings.ReplaceAll(key, "\n", " ⏎ "))
		}
	}
	page := fmt.Sprintf("# Lines for a native reader to check\n\nThese %d sentences were written by us. Each stands above the English that it says; `%%s` and `%%d` are filled in. "+
		"Mend a line in `internal/lang/zh`, where it is found by its English.\n%s", lines, b.String())
	const file = "../../../docs/chinese/to-check.md"
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != page {
		t.Errorf("%s lists other lines than the catalogue has: go test ./internal/lang/zh -update", file)
	}
}

func TestDaysInChinese(t *testing.T) {
	p := Printer()
	for layout, want := range map[string]string{"Mon 2 January 2006": "2027年3月15日（周一）", "2 January": "3月15日", "2 Jan 2006": "2027年3月15日"} {
		if got := (lang.Date{Time: time.Date(2027, 3, 15, 0, 0, 0, 0, time.UTC), Layout: layout}).Words(p); got != want {
			t.Errorf("%s is %q, want %q", layout, got, want)
		}
	}
	if got, want := p.T("Finding %d", 1204)+p.T("Bonjour %s", "x"), "问题1204Bonjour x"; got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
	if got, want := p.T("Draw %d of %d pieces", 125, 3000), "从3000件中抽取125件"; got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
}

func BenchmarkPrinter(b *testing.B) {
	for b.Loop() {
		Printer()
	}
}
