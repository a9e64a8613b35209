package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// TestWhatPeopleReadIsWorded: text for people in Slack goes through the printer, so that
// a language is a catalog and nothing else. A string that reads as words is a key, or
// nobody reads it there. bot's TestEveryWordHasAKey sees what this one cannot: a single
// small word that is put beside others.
func TestWhatPeopleReadIsWorded(t *testing.T) {
	speaks := []string{"bot", "internal/guide", "internal/blocks", "internal/visit", "internal/holiday", "internal/report", "scheduler/calendar"}
	seen := 0
	for _, p := range loadShipped(t) {
		if !slices.Contains(speaks, strings.TrimPrefix(p.PkgPath, "visitprep/")) {
			continue
		}
		seen++
		for _, l := range unworded(p) {
			t.Errorf("%s: %s does not go through the printer (p.T or p.M); if nobody reads it in Slack, say so in elsewhere",
				p.Fset.Position(l.Pos()), l.Value)
		}
	}
	if seen != len(speaks) {
		t.Errorf("%d of %d packages are there", seen, len(speaks))
	}
}

// keyed are the functions and the type of whose strings each is a key, which the printer
// turns into the reader's language.
var keyed = []string{
	"(*visitprep/internal/lang.Printer).T", "(visitprep/internal/blocks.Printer).M", "visitprep/internal/lang.Errorf", "visitprep/internal/lang.Date",
	"visitprep/internal/blocks.Time", "visitprep/internal/blocks.dayAs", "visitprep/internal/holiday.dayAs", "(*visitprep/internal/guide.Guide).clock",
	"visitprep/internal/visit.Invalid", "(*visitprep/internal/visit.InputErrors).add", "(*visitprep/internal/visit.InputErrors).checkText",
	"(*visitprep/internal/visit.InputErrors).checkPhrases",
}

// unread are the functions and types whose strings nobody reads in Slack: they are the
// log's, or are compared with words that somebody wrote.
var unread = regexp.MustCompile(`^(fmt\.Errorf|errors\.New|\(\*log/slog\.Logger\)\..*|strings\..*|regexp\..*|.*net/http\..*|visitprep/internal/blocks\.Code|visitprep/internal/chars\.WordSet|visitprep/bot\.badRequest|\(\*visitprep/scheduler/calendar\.sentence\)\.(either|notKept))$`)

// elsewhere are the functions and tables whose strings are for other readers.
var elsewhere = map[string]string{
	"Error":          "the log",
	"validate":       "names of options, for whoever wires the bot",
	"card":           "a panic",
	"Why":            "other tools, which are told in English",
	"Manifest":       "ids, addresses and names in Slack's manifest",
	"permissions":    "the log, the command line, and keys of the pages that add the app",
	"shortcuts":      "keys of Slack's manifest",
	"newGuide":       "what people type",
	"phrasesCommand": "what the search is asked",
	"writeJSON":      "HTTP",
	"jsonType":       "HTTP",
	"noBlock":        "the log",
	"noType":         "the log",
	"noKind":         "the log",
	"noID":           "the log",
	"former":         "a comparison; who reads it has it through the printer",
	"whatFailed":     "the log",
	"writeObject":    "the form of a PDF",
	"commands":       "Slack's manifest, and what people type",
	"phaseWords":     "what people type",
	"leanOpenings":   "what people type",
	"leanQuestions":  "what people type",
	"polite":         "what people type",
	"articles":       "what people type",
	"dayBegins":      "what people type",
	"dayWords":       "what people type",
	"numberWords":    "what people type",
	"prepositions":   "what people type",
	"nouns":          "what people type",
	"changing":       "what people type",
	"examples":       "a key: Parse passes it to lang.Errorf",
	"from":           "how people write days",
	"written":        "a rule as it is kept",
	"Typed":          "a rule as people type it",
	"twofold":        "a rule as people type it",
	"nthTyped":       "a rule as people type it",
	"intervalTyped":  "a rule as people type it",
	"joinedTyped":    "a rule as people type it",
	"sinceTyped":     "a rule as people type it",
	"workingDay":     "a rule as people type it",
	"LoadZone":       "settings and files",
	"China":          "a name in the data, which is a key",
	"hostAnswers":    "items of a checklist, which stay as they are, like those of the advice",
	"hostAlt":        "a PDF in both languages",
	"hostPlan":       "a PDF in both languages",
	"registers":      "what people type",
	"searchFillers":  "what people type",
	"whoFields":      "examples in both languages, as the factory reads them",
	"travelFields":   "examples in both languages, as the factory reads them",
	"agendaFields":   "examples in both languages, as the factory reads them",
	"prepareFields":  "examples in both languages, as the factory reads them",
	"mannerFields":   "examples in both languages, as the factory reads them",
}

// unworded finds the strings of a package that read as words, and are no keys.
func unworded(p *packages.Package) (found []*ast.BasicLit) {
	// Two words, or one that begins a sentence; not a command, nor a zone.
	words := regexp.MustCompile(`^[^/]*( .*\p{Ll}{2}|\p{Ll}{2}.* )|^\p{Lu}\p{Ll}[^/]*$`)
	for _, f := range p.Syntax {
		var above []ast.Node
		ast.Inspect(f, func(n ast.Node) bool {
			if n == nil {
				above = above[:len(above)-1]
				return true
			}
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				s, err := strconv.Unquote(l.Value)
				if err == nil && words.MatchString(s) && s != "Visit Prep" && !excused(p.TypesInfo, above, l) {
					found = append(found, l)
				}
			}
			above = append(above, n)
			return true
		})
	}
	return found
}

// excused reports whether a string is a key, or read by nobody in Slack, by what it
// stands in.
func excused(info *types.Info, above []ast.Node, l *ast.BasicLit) bool {
	if t := info.TypeOf(l); t != nil && strings.HasPrefix(t.String(), "visitprep/internal/visit.") {
		return true // a State or an Outcome, which the database keeps
	}
	for _, n := range slices.Backward(above) {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.CaseClause, *ast.Field: // Field: a tag
			return true
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				return true
			}
		case *ast.CompositeLit:
			if name := types.TypeString(info.TypeOf(n), nil); slices.Contains(keyed, name) || unread.MatchString(name) {
				return true
			}
		case *ast.CallExpr:
			name, parameter := called(info, n, l)
			// "what" the bot was doing when something failed is for the log.
			if slices.Contains(keyed, name) {
				return slices.Contains([]string{"text", "layout", "missing"}, parameter) // or it is filled in
			}
			if unread.MatchString(name) || parameter == "what" {
				return true
			}
		case *ast.ValueSpec:
			return slices.ContainsFunc(n.Names, func(id *ast.Ident) bool { return elsewhere[id.Name] != "" })
		case *ast.FuncDecl:
			return elsewhere[n.Name.Name] != ""
		}
	}
	return false
}

// called is the function that a call calls, and its parameter that takes l.
func called(info *types.Info, c *ast.CallExpr, l *ast.BasicLit) (function, parameter string) {
	id, ok := c.Fun.(*ast.Ident)
	if s, selected := c.Fun.(*ast.SelectorExpr); selected {
		id, ok = s.Sel, true
	}
	if !ok {
		return "", ""
	}
	f, ok := info.Uses[id].(*types.Func)
	if !ok {
		return id.Name, ""
	}
	takes := f.Signature().Params()
	for i, a := range c.Args[:min(len(c.Args), takes.Len())] {
		if a.Pos() <= l.Pos() && l.End() <= a.End() {
			parameter = takes.At(i).Name()
		}
	}
	return f.FullName(), parameter
}
