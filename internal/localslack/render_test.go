package localslack

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files; read the diff before committing it")

// Each testdata/render/*.json is a list of blocks; the .html beside it is how
// they are drawn for Mia in Berlin.
func TestRender(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/render/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var blocks []json.RawMessage
			if err := json.Unmarshal(raw, &blocks); err != nil {
				t.Fatal(err)
			}
			got := readable(draw(renderBlocks(testReader(), "m1", blocks)))
			golden := strings.TrimSuffix(file, ".json") + ".html"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got; go test -update after reading):\n%s", golden, diff)
			}
			for _, tag := range anyTag.FindAllString(got, -1) {
				if liveMarkup.MatchString(tag) {
					t.Errorf("%s: %s is live", golden, tag)
				}
			}
		})
	}
}

// liveMarkup is what a tag must not have: a script, a style, an event, an address that runs.
var liveMarkup = regexp.MustCompile(`(?i)^<script|^<style|^<iframe| on[a-z]+=| style=|(href|src)="(javascript|data|vbscript):`)

// readable breaks lines before block elements, so that a diff can be read.
func readable(s string) string {
	for _, tag := range []string{"<div", "<h3", "<h4", "<h5", "<h6", "<hr", "<button", "<select", "<option", "<optgroup", "<details",
		"<dialog", "<tr", "<li", "<figure", "<label", "<input", "<textarea", "<blockquote", "<pre", "<p>", "<ul", "<ol", "<table"} {
		s = strings.ReplaceAll(s, tag, "\n"+tag)
	}
	return strings.TrimPrefix(s, "\n") + "\n"
}

func TestNothingIsDrawnInSilence(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{"type":"hologram"}`, `{}`, `[]`, `7`, `"x"`, `null`, `{"type":"actions","elements":[{"type":"dial"}]}`,
		`{"type":"context","elements":[{"type":"dial"}]}`, `{"type":"table","rows":[[{"type":"dial"}]]}`,
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"dial"}]}]}`} {
		got := draw(renderBlocks(testReader(), "m1", []json.RawMessage{json.RawMessage(raw)}))
		if !strings.Contains(got, "not drawn here: <b>") {
			t.Errorf("%s is drawn as %q", raw, got)
		}
	}
}

// FuzzRender holds that no JSON, however odd, panics or brings a live tag.
func FuzzRender(f *testing.F) {
	files, _ := filepath.Glob("testdata/render/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var blocks []json.RawMessage
		if err := json.Unmarshal(raw, &blocks); err != nil {
			f.Fatal(err)
		}
		for _, b := range blocks {
			f.Add([]byte(b))
		}
	}
	f.Add([]byte(`{"type":"actions","elements":[{"type":"static_select","options":[null],"option_groups":[null]},{"type":"radio_buttons","options":[null]},null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, tag := range anyTag.FindAllString(draw(renderBlocks(testReader(), "m1", []json.RawMessage{raw})), -1) {
			if liveMarkup.MatchString(tag) {
				t.Errorf("%s: %s is live", raw, tag)
			}
		}
	})
}
