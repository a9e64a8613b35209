package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// guards are the functions of package bot that answer whether somebody may see or do
// something, or who reads what is posted. A new one is added here.
//
// drafts.read is not among them: it is given the person and compares, so that a call cannot
// leave it out. A patch takes the comparison out.
var guards = map[string]bool{
	"relation":         true, // how does somebody stand to the workspace?
	"checkColleague":   true, // are they a colleague?
	"mayAsk":           true, // may they have general advice?
	"admit":            true, // and use the app at all?
	"canSee":           true, // may they see what is in a channel?
	"channelsOf":       true, // which channels is a person in?
	"visible":          true, // which of some channels, or factories, may they see?
	"factory":          true, // a factory for those who may see it
	"knownTo":          true, // which factories may they know of?
	"checkAccess":      true, // may they see what a subject names?
	"appointment":      true, // finds a visit or an inspection for those who may see it
	"visit":            true, // the same for what must be a visit
	"inspection":       true, // or an inspection
	"plan":             true, // and for a plan
	"finding":          true, // and for a finding
	"agreement":        true, // and for an agreement
	"agreements":       true, // and those that they may see
	"upcoming":         true, // which visits may they see here?
	"past":             true, // and which that are over?
	"followed":         true, // which actions may they see here?
	"show":             true, // what a subject names, for whom and where
	"place":            true, // may they plan in a channel?
	"visibleIn":        true, // may something of a private channel be shown here?
	"mayTell":          true, // may a reminder be announced here?
	"readers":          true, // who reads a channel?
	"readAlong":        true, // does another company?
	"look":             true, // what is a channel at this moment?
	"facts":            true, // and what was noted of it?
	"relationOf":       true, // how does somebody stand to the workspace, as Slack told?
	"noColleagues":     true, // who of some people is no colleague?
	"notOwner":         true, // may somebody own an item?
	"Theirs":           true, // is something a person's own?
	"mayRead":          true, // what news may somebody read?
	"guestsIn":         true, // is a guest in it who counts as another company?
	"recipient":        true, // who gets a reminder?
	"checkAdmin":       true, // are they an admin?
	"mayVouch":         true, // may they say that a guest works for us?
	"sensitivePurpose": true, // may they know what it is for?
}

// sensitive is the field of an item that says that other companies must not read
// it. Reading it is asking, too.
const sensitive = "Sensitive"

// A place is a span of a file.
type place struct {
	file     string
	from, to int
}

// unguarded lists where the folder of a package asks one of its guards and no patch
// shows that a test would miss the question: "bot/channels.go:141: canSee".
func unguarded(root fs.FS, folder string, patches []*patch) ([]string, error) {
	var covered []place
	for _, p := range patches {
		src, err := fs.ReadFile(root, p.file)
		if err != nil {
			return nil, err
		}
		from, to, err := p.at(src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		covered = append(covered, place{p.file, from, to})
	}
	names, err := fs.Glob(root, path.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, asked := range questions(file) {
			at := files.Position(asked.Pos())
			held := false
			for _, c := range covered {
				held = held || c.file == name && c.from <= at.Offset && at.Offset < c.to
			}
			if !held {
				missing = append(missing, fmt.Sprintf("%s:%d: %s", name, at.Line, asked.Name))
			}
		}
	}
	return missing, nil
}

// questions are the calls of guards in a file, and where it reads what is sensitive.
func questions(file *ast.File) (asked []*ast.Ident) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name, ok := n.Fun.(*ast.Ident)
			if s, selected := n.Fun.(*ast.SelectorExpr); selected {
				name, ok = s.Sel, true
			}
			if ok && guards[name.Name] {
				asked = append(asked, name)
			}
		case *ast.SelectorExpr:
			if n.Sel.Name == sensitive {
				asked = append(asked, n.Sel)
			}
		}
		return true
	})
	return asked
}
