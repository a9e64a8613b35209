package knowledge

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"visitprep/internal/yamlfile"
)

// TestAValueThatACommentCutsOffIsDoubted loads advice as somebody wrote it who thought that
// a # is a character like any other.
func TestAValueThatACommentCutsOffIsDoubted(t *testing.T) {
	t.Parallel()
	const file = `topic: our-rules # ours
title: Our rules
summary: What our team always does.
order: 40
aliases:
  - rule # 1
advices:
  - id: our-one # choose it once
    kind: guide # or checklist
    phase: before
    title: Bring the turquoise gauge
    text: Take gauge # 4512 from the box, never gauge # 4513.
    why: # 12 was out of calibration
    aliases: [a, b] # other words
    sources:
      - title: Our manual # 3
        url: https://example.com/ # the page
    reviewed: 2026-11-22 # today
`
	base, err := Load(Content(), Folder{Path: "own", FS: fstest.MapFS{"our-rules.yaml": {Data: []byte(file)}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"own/our-rules.yaml:6: an item of aliases ends before \"# 1\"", "own/our-rules.yaml:12: text ends before \"# 4512", "own/our-rules.yaml:13: why is empty", "own/our-rules.yaml:16: title ends before \"# 3\""}
	got := base.Doubts()
	if len(got) != len(want) {
		t.Fatalf("the doubts are\n%v\nwant %d", got, len(want))
	}
	for i := range want {
		if !strings.HasPrefix(got[i].String(), want[i]) {
			t.Errorf("a doubt is\n%v\nwant\n%s", got[i], want[i])
		}
	}
}

// What comes with the program has no doubts: they would be told to every team.
func TestOurOwnContentHasNoDoubts(t *testing.T) {
	t.Parallel()
	base, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if len(base.Doubts()) > 0 {
		t.Errorf("%v", base.Doubts())
	}
	names, err := fs.Glob(checklists, "checklists/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(checklists, name)
		if err != nil {
			t.Fatal(err)
		}
		if doubts := yamlfile.CutOff(name, data, proseFields...); len(doubts) > 0 {
			t.Errorf("%v", doubts)
		}
	}
}
