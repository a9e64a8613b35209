package knowledge

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

var update = flag.Bool("update", false, "rewrite the schema from the Go types")

const schemaFile = "topic.schema.json"

// TestSchemaIsCurrent keeps the schema that editors complete and check by the
// same as the types that the loader decodes into.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	r := &jsonschema.Reflector{
		FieldNameTag:               "yaml",
		DoNotReference:             true,
		RequiredFromJSONSchemaTags: true,
		Anonymous:                  true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			words := func(ws []string) *jsonschema.Schema {
				s := &jsonschema.Schema{Type: "string"}
				for _, w := range ws {
					s.Enum = append(s.Enum, w)
				}
				return s
			}
			one := &jsonschema.Schema{Type: "string", Pattern: "^[A-Z]{2}[0-9]$"}
			switch t {
			case reflect.TypeFor[Kind]():
				return words(kinds)
			case reflect.TypeFor[Phase]():
				return words(phases)
			case reflect.TypeFor[Rows]():
				return &jsonschema.Schema{OneOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
			case reflect.TypeFor[Day]():
				return &jsonschema.Schema{Type: "string", Format: "date"}
			}
			return nil
		},
	}
	if err := r.AddGoComments("visitprep/knowledge", "."); err != nil {
		t.Fatal(err)
	}
	s := r.Reflect(&Topic{})
	s.Title = "A topic of Visit Prep's knowledge"
	s.Required = []string{"topic"}
	limit := func(s *jsonschema.Schema, field string, most uint64) {
		f, ok := s.Properties.Get(field)
		if !ok {
			t.Fatalf("no field %s", field)
		}
		f.MaxLength = &most
	}
	limit(s, "title", maxTitle)
	limit(s, "summary", maxSummary)
	entries, _ := s.Properties.Get("entries")
	entry := entries.Items
	entry.Required = []string{"id", "kind", "phase", "title", "text", "reviewed"}
	limit(entry, "title", maxTitle)
	limit(entry, "text", maxText)
	limit(entry, "why", maxWhy)
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types say; go test ./knowledge -run Schema -update rewrites it", schemaFile)
	}
}

// TestEveryFileNamesItsSchema is for editors: the first line tells them how to
// complete and check the rest.
func TestEveryFileNamesItsSchema(t *testing.T) {
	t.Parallel()
	const line = "# yaml-language-server: $schema=../" + schemaFile + "\n"
	names, err := fs.Glob(Content(), "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(Content(), name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), line) {
			t.Errorf("content/%s does not begin with %s", name, line)
		}
	}
}

// TestTheExampleInTheDocsLoads tries what docs/knowledge.md tells people to write.
func TestTheExampleInTheDocsLoads(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/knowledge.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(doc), "```yaml\n")
	example, _, ok2 := strings.Cut(after, "```")
	if !ok || !ok2 {
		t.Fatal("docs/knowledge.md has no example")
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/quality-checks.yaml", []byte(example), 0o644); err != nil {
		t.Fatal(err)
	}
	base, err := WithDir(dir)
	if err != nil {
		t.Fatalf("the example does not load:\n%v", err)
	}
	if _, ok := base.Entry("our-torque-check"); !ok {
		t.Error("the example's entry is not there")
	}
	if r := base.Search("torque wrench", 3); len(r.Hits) == 0 || r.Hits[0].Entry.ID != "our-torque-check" {
		t.Errorf("a question about it finds %+v", r.Hits)
	}
}
