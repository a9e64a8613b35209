package main

import (
	"errors"
	"go/ast"
	gobuild "go/build"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// These tests keep the tree as the README describes it. The README is the truth: a
// new arrow between packages is written there first, where people will read it.

// longestChain is how many packages, main included, may stand on top of one
// another: that many have to be read, at worst, to follow a request to the bottom.
const longestChain = 6

// readmeTree returns the README's section about the tree.
func readmeTree(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(readme), "## The tree")
	if !ok {
		t.Fatal(`README.md has no section "The tree"`)
	}
	section, _, _ := strings.Cut(after, "\n## ")
	return section
}

// TestMapOfTheTree compares the README's map with the folders that are there.
func TestMapOfTheTree(t *testing.T) {
	var mapped, folders []string
	for _, m := range regexp.MustCompile(`(?m)^(\.?[a-z/]+)/ `).FindAllStringSubmatch(readmeTree(t), -1) {
		mapped = append(mapped, m[1])
	}
	for _, pattern := range []string{"*", "internal/*", "knowledge/*", "scheduler/*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			info, err := os.Stat(n)
			if err != nil {
				t.Fatal(err)
			}
			if info.IsDir() && n != "internal" && filepath.Base(n) != "testdata" && n != ".git" {
				folders = append(folders, n)
			}
		}
	}
	slices.Sort(mapped)
	slices.Sort(folders)
	if !slices.Equal(mapped, folders) {
		t.Errorf("README.md maps %q, but the folders are %q", mapped, folders)
	}
}

// graph holds the direct imports of each of our packages, tests left out. Our own
// packages go by their names in the README: "main", or the folder without "internal/".
type graph map[string][]string

func readImports(t *testing.T) graph {
	t.Helper()
	name := func(folder string) string {
		if folder == "." {
			return "main"
		}
		return strings.TrimPrefix(filepath.ToSlash(folder), "internal/")
	}
	g := make(graph)
	err := filepath.WalkDir(".", func(folder string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if folder != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		p, err := gobuild.ImportDir(folder, 0)
		var noGo *gobuild.NoGoError
		if errors.As(err, &noGo) {
			return nil
		}
		if err != nil {
			return err
		}
		imports := make([]string, len(p.Imports))
		for i, path := range p.Imports {
			if our, ok := strings.CutPrefix(path, "visitprep/"); ok {
				path = name(our)
			}
			imports[i] = path
		}
		g[name(folder)] = imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// ours returns the imports of a package that are our own.
func (g graph) ours(from string) []string {
	return slices.DeleteFunc(slices.Clone(g[from]), func(to string) bool { _, ok := g[to]; return !ok })
}

// below returns our packages that a package reaches, directly or through others.
func (g graph) below(from string) map[string]bool {
	reached := make(map[string]bool)
	for _, to := range g.ours(from) {
		reached[to] = true
		maps.Copy(reached, g.below(to))
	}
	return reached
}

// chain returns the longest path down from a package, itself included.
func (g graph) chain(from string) []string {
	var longest []string
	for _, to := range g.ours(from) {
		if c := g.chain(to); len(c) > len(longest) {
			longest = c
		}
	}
	return append([]string{from}, longest...)
}

// TestImportsMatchTheREADME reads the README's paragraph "Imports run one way" and
// compares it, arrow by arrow, with what the packages import.
func TestImportsMatchTheREADME(t *testing.T) {
	_, paragraph, ok := strings.Cut(readmeTree(t), "\nImports run one way")
	if !ok {
		t.Fatal(`README.md has no paragraph "Imports run one way"`)
	}
	paragraph, _, _ = strings.Cut(paragraph, "\n\n")
	stated := make(map[string][]string)
	for _, m := range regexp.MustCompile("`([^`→]+) → ([^`]+)`").FindAllStringSubmatch(paragraph, -1) {
		for to := range strings.SplitSeq(m[2], ",") {
			stated[m[1]] = append(stated[m[1]], strings.TrimSpace(to))
		}
	}
	g := readImports(t)
	for from := range g {
		missing := slices.DeleteFunc(g.ours(from), func(to string) bool { return slices.Contains(stated[from], to) })
		if len(missing) > 0 {
			t.Errorf("%s imports %s, which README.md does not state. If that is right, write `%s → %s`",
				from, strings.Join(missing, ", "), from, strings.Join(g.ours(from), ", "))
		}
	}
	for from, tos := range stated {
		for _, to := range tos {
			if !slices.Contains(g[from], to) {
				t.Errorf("README.md states %s → %s, but there is no such import", from, to)
			}
		}
	}
	if c := g.chain("main"); len(c) > longestChain {
		t.Errorf("%d packages stand on top of one another, and %d may: %s", len(c), longestChain, strings.Join(c, " → "))
	}
}

// TestWalls checks what a package must never reach, however the README changes.
func TestWalls(t *testing.T) {
	g := readImports(t)
	outside := []string{"os", "os/exec", "io/fs", "net", "net/http", "database/sql"}
	for _, wall := range []struct {
		of    string
		never []string // one of ours: not through another package either
		why   string
	}{
		{"bot", []string{"scheduler"}, "main hands the scheduler two functions of the bot"},
		{"scheduler", []string{"bot", "knowledge", "github.com/slack-go/slack"}, "it sends through a function and knows nothing about Slack"},
		{"store", []string{"bot", "scheduler", "knowledge"}, "it keeps things; others decide and word them"},
		{"visit", slices.Concat(outside, []string{"store"}), "its rules are functions of their arguments"},
		{"civil", outside, "a day is a value"},
		{"scheduler/calendar", slices.Concat(outside, []string{"store"}), "its rules are functions of their arguments"},
		{"blocks", slices.Concat(outside, []string{"store", "visit", "knowledge"}), "it is the vocabulary of Block Kit and nothing else"},
		{"guide", slices.Concat(outside, []string{"store", "bot"}), "it turns knowledge into pages and sends nothing"},
	} {
		if _, ok := g[wall.of]; !ok {
			t.Errorf("there is no package %s; its row here should move with it", wall.of)
		}
		below := g.below(wall.of)
		for _, path := range wall.never {
			if below[path] || slices.Contains(g[wall.of], path) {
				t.Errorf("%s reaches %s, but %s", wall.of, path, wall.why)
			}
		}
	}
	for from, paths := range g {
		// The bot cannot find out that it is not in Slack.
		if from != "main" && slices.Contains(paths, "localslack") {
			t.Errorf("%s imports localslack; only main and tests may", from)
		}
		if slices.Contains(paths, "pgtest") {
			t.Errorf("%s imports pgtest; only tests may", from)
		}
	}
	if o := g.ours("localslack"); len(o) > 0 {
		t.Errorf("localslack imports %q; a double that uses our code would repeat our mistakes", o)
	}
}

// loadShipped type-checks our packages, tests left out.
func loadShipped(t *testing.T) []*packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
	}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, err := range p.Errors {
			t.Fatal(err)
		}
	}
	return pkgs
}

// TestPurePackages checks that packages to which the time is an argument read no
// clock, and that packages which borrow Slack's block types make no client.
func TestPurePackages(t *testing.T) {
	pure := []string{"internal/visit", "internal/civil", "internal/holiday", "internal/blocks", "internal/guide", "scheduler/calendar"}
	impure := regexp.MustCompile(`^(time\.(Now|Since|Until|Sleep|After|Tick|NewTimer|NewTicker|AfterFunc)|github\.com/slack-go/slack\.(New|Client))$`)
	for _, p := range loadShipped(t) {
		if !slices.Contains(pure, strings.TrimPrefix(p.PkgPath, "visitprep/")) {
			continue
		}
		for use, o := range p.TypesInfo.Uses {
			if o.Pkg() == nil || o.Parent() != o.Pkg().Scope() {
				continue
			}
			if name := o.Pkg().Path() + "." + o.Name(); impure.MatchString(name) {
				t.Errorf("%s: %s is out of bounds in package %s", p.Fset.Position(use.Pos()), name, p.Name)
			}
		}
	}
}

// TestNoPackageState: whatever changes lives in a struct made by a constructor, so
// that any number can run side by side, as they do in tests. A package variable is a
// table, written once, where it is declared. pgtest is exempt: it starts one server
// for a whole test binary, and nothing ships with it.
func TestNoPackageState(t *testing.T) {
	// Nothing that a caller can see changes behind the methods of these.
	harmless := []string{"error", "reflect.Type", "*regexp.Regexp", "*strings.Replacer", "*unicode.RangeTable", "github.com/gorilla/websocket.Upgrader", "maragu.dev/gomponents.Node"}
	pkgs := slices.DeleteFunc(loadShipped(t), func(p *packages.Package) bool { return p.Name == "pgtest" })
	for _, p := range pkgs {
		for _, f := range p.Syntax {
			note := func(e ast.Expr, how string) {
				if v := packageVariable(p.TypesInfo, e); v != nil {
					t.Errorf("%s %s %s.%s: a package variable is written once, where it is declared", p.Fset.Position(e.Pos()), how, v.Pkg().Name(), v.Name())
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Recv == nil && n.Name.Name == "init" {
						t.Errorf("%s: init runs where nobody reads it; call it from main or a constructor", p.Fset.Position(n.Pos()))
					}
				case *ast.AssignStmt:
					for _, e := range n.Lhs {
						note(e, "assigns to")
					}
				case *ast.RangeStmt:
					note(n.Key, "assigns to")
					note(n.Value, "assigns to")
				case *ast.IncDecStmt:
					note(n.X, "changes")
				case *ast.UnaryExpr:
					if n.Op == token.AND {
						note(n.X, "lends the address of")
					}
				case *ast.CallExpr:
					if b, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, b.Name) && p.TypesInfo.Uses[b].Parent() == types.Universe {
						note(n.Args[0], "calls "+b.Name+" on")
					}
				case *ast.SelectorExpr:
					if s := p.TypesInfo.Selections[n]; s != nil && s.Kind() == types.MethodVal && !s.Indirect() && !slices.Contains(harmless, s.Recv().String()) {
						if _, byPointer := s.Obj().Type().(*types.Signature).Recv().Type().(*types.Pointer); byPointer {
							note(n.X, "calls a method on the address of")
						}
					}
				}
				return true
			})
		}
		for _, name := range p.Types.Scope().Names() {
			v, ok := p.Types.Scope().Lookup(name).(*types.Var)
			if !ok || slices.Contains(harmless, types.TypeString(v.Type(), nil)) {
				continue
			}
			switch v.Type().Underlying().(type) {
			case *types.Pointer, *types.Interface, *types.Chan:
				t.Errorf("%s: %s is a %s, and what is behind it may change: make it in a constructor, or add its type to harmless",
					p.Fset.Position(v.Pos()), name, v.Type())
			}
		}
	}
}

// packageVariable returns the package variable of ours that an expression is, or is
// part of: x in x, x[i], x.f, *x and other.x.
func packageVariable(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v, ok := info.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
				e = x.Sel
				continue
			}
			e = x.X
		case *ast.Ident:
			v, ok := info.Uses[x].(*types.Var)
			if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() || !strings.HasPrefix(v.Pkg().Path()+"/", "visitprep/") {
				return nil
			}
			return v
		default:
			return nil
		}
	}
}

// TestEveryFuzzTargetIsRun compares the fuzz targets that there are with the list of .ci/run.
func TestEveryFuzzTargetIsRun(t *testing.T) {
	script, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(script), "<<-'targets'\n")
	list, _, ok := strings.Cut(list, "\ntargets\n")
	if !ok {
		t.Fatal(".ci/run has no list of fuzz targets")
	}
	var run, written []string
	for line := range strings.SplitSeq(list, "\n") {
		run = append(run, strings.TrimSpace(line))
	}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)
	err = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		src, err := os.ReadFile(name)
		for _, m := range target.FindAllStringSubmatch(string(src), -1) {
			folder := "./" + filepath.ToSlash(filepath.Dir(name))
			written = append(written, strings.TrimSuffix(folder, "/.")+" "+m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range written {
		if !slices.Contains(run, w) {
			t.Errorf("%s is run nowhere: add it to the list of .ci/run", w)
		}
	}
	for _, r := range run {
		if !slices.Contains(written, r) {
			t.Errorf(".ci/run names %s, which is not there", r)
		}
	}
}
