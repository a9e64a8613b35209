package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each command of docs/performance.md runs something: a figure without its measure is a rumour.
func TestEachFigureHasItsMeasure(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("docs", "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func (Benchmark\w+)\(`)
	in := func(folder string) (names []string) {
		files, _ := filepath.Glob(filepath.Join(folder, "*_test.go"))
		for _, f := range files {
			source, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllStringSubmatch(string(source), -1) {
				names = append(names, m[1])
			}
		}
		return names
	}
	commands := regexp.MustCompile("`go test (\\S+) [^`]*`").FindAllStringSubmatch(string(text), -1)
	if len(commands) < 5 {
		t.Errorf("docs/performance.md has %d commands", len(commands))
	}
	for _, c := range commands {
		names := in(c[1])
		if m := regexp.MustCompile(`-bench '?([^'\s` + "`" + `]+)`).FindStringSubmatch(c[0]); m != nil {
			if !slices.ContainsFunc(names, func(n string) bool {
				return regexp.MustCompile(m[1]).MatchString(n)
			}) {
				t.Errorf("%s runs no benchmark: %s has %s", c[0], c[1], strings.Join(names, ", "))
			}
		} else if !strings.Contains(c[0], "-soak ") {
			t.Errorf("%s measures nothing", c[0])
		}
	}
	of := regexp.MustCompile("`(Benchmark\\w+)`(?: in `(\\S+)`)?")
	folder := ""
	for _, m := range of.FindAllStringSubmatch(string(text), -1) {
		if m[2] != "" {
			folder = m[2]
		}
		if !slices.Contains(in(folder), m[1]) {
			t.Errorf("%s has no %s", folder, m[1])
		}
	}
}
