package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Each row of docs/security.md names a guard that CI takes out, and the test that must
// notice: what it says of itself.
func TestEveryRowOfTheSecurityPageHasAGuardAndItsTest(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| .+ \\| .+ \\| `(Test\\w+)` \\| `([a-z0-9-]+)` \\|$")
	seen := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| --- ") || line == "| could | what stops it | test | guard |" {
			continue
		}
		m := row.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("this row names no test and guard: %s", line)
			continue
		}
		patch, err := os.ReadFile("internal/mutants/patches/" + m[2] + ".txt")
		if err != nil {
			t.Errorf("%s: there is no such guard: %v", m[2], err)
			continue
		}
		if !strings.Contains(string(patch), m[1]) {
			t.Errorf("%s: its test is not %s", m[2], m[1])
		}
		if seen[m[2]] {
			t.Errorf("%s stands twice", m[2])
		}
		seen[m[2]] = true
	}
	if len(seen) == 0 {
		t.Error("the page has no rows")
	}
}
