package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

const patchesDir = "internal/mutants/patches"

// A patch takes one rule out of the program. Its file says in plain words which,
// how its tests are run, the file and the text that is changed, and what the text
// becomes:
//
//	Whoever is not in a channel sees nothing of it.
//	go test -run 'TestWhoIsNotInAChannel' ./bot
//	-- bot/channels.go --
//		return slices.Contains(rooms, channel)
//	-- becomes --
//		return true
//
// It gives the text and not a line number or a diff, because the tree moves. The
// text has to be there exactly once.
type patch struct {
	name     string
	rule     string
	run      string   // the tests that must fail
	packages []string // and where they are
	file     string   // from the root of the module
	old, new string
}

// load reads all patches of a folder, by name.
func load(dir fs.FS) ([]*patch, error) {
	names, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, err
	}
	var all []*patch
	for _, name := range names {
		body, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		p, err := parse(strings.TrimSuffix(path.Base(name), ".txt"), body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func parse(name string, body []byte) (*patch, error) {
	a := txtar.Parse(body)
	rule, command, _ := strings.Cut(strings.TrimSpace(string(a.Comment)), "\n")
	p := &patch{name: name, rule: rule}
	rest, ok := strings.CutPrefix(command, "go test -run '")
	run, packages, quoted := strings.Cut(rest, "' ")
	p.run, p.packages = run, strings.Fields(packages)
	switch {
	case !ok || !quoted || len(p.packages) == 0 || strings.Contains(command, "\n"):
		return nil, fmt.Errorf("the second line is %q; write go test -run 'EXPR' ./package", command)
	case len(a.Files) != 2 || a.Files[1].Name != "becomes":
		return nil, fmt.Errorf("after the first two lines write -- FILE -- with the text, and -- becomes -- with the new text")
	}
	p.file = a.Files[0].Name
	p.old, p.new = strings.TrimSuffix(string(a.Files[0].Data), "\n"), strings.TrimSuffix(string(a.Files[1].Data), "\n")
	if strings.TrimSpace(p.old) == "" || p.old == p.new {
		return nil, fmt.Errorf("it changes nothing")
	}
	return p, nil
}

// at is where the text is in the file that it changes.
func (p *patch) at(src []byte) (from, to int, err error) {
	switch n := bytes.Count(src, []byte(p.old)); n {
	case 1:
		from = bytes.Index(src, []byte(p.old))
		return from, from + len(p.old), nil
	default:
		return 0, 0, fmt.Errorf("%s has the text %d times, and it must be there once: %q", p.file, n, p.old)
	}
}

// apply makes the change.
func (p *patch) apply(src []byte) ([]byte, error) {
	from, to, err := p.at(src)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{src[:from], []byte(p.new), src[to:]}, nil), nil
}
