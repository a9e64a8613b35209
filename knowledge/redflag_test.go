package knowledge

import (
	"slices"
	"testing"
)

// A line of ours that a team explains by a red flag of its own must not be posted
// where the supplier reads, though the team cannot mark it.
func TestALineThatATeamMadeARedFlagIsSensitive(t *testing.T) {
	const passport = "travel-docs-passport-check"
	base, err := Load(Content(), Folder{"own", files(map[string]string{"travel-logistics.yaml": `topic: travel-logistics
advices:
  - {id: ` + passport + `, kind: red_flag, phase: before, group: documents, title: They ask for passports, text: Ask what for., article: CU1, reviewed: 2026-11-22}
`})})
	if err != nil {
		t.Fatal(err)
	}
	ts, err := EmbeddedTemplates(base)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, tm := range ts {
		for _, l := range tm.Lines {
			if slices.ContainsFunc(l.Entries, func(a *Entry) bool { return a.ID == passport }) {
				found++
				if !l.Sensitive {
					t.Errorf("%s: the supplier reads %q", tm.ID, l.Item)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no line has that advice")
	}
}
