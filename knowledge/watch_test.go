package knowledge

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ownFile is a team's file that adds one entry to a topic of ours.
func ownFile(title string) string {
	return `topic: quality-checks
entries:
  - id: our-torque-check
    kind: checklist
    phase: during
    group: floor
    title: ` + title + `
    text: Check the torque of five screws with our own wrench.
    article: QC5
    reviewed: 2026-11-22
`
}

func writeOwn(t *testing.T, dir, name, data string, at time.Time) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	// Two writes in one tick of the file system's clock are told apart by this.
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	base, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	topic, _ := base.Topic("quality-checks")
	group := topic.Groups[0].ID
	file := func(title string) string { return strings.Replace(ownFile(title), "group: floor", "group: "+group, 1) }

	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "own")
		at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		type load struct {
			base *Base
			err  error
		}
		seen := make(chan load, 10) // Watch and the test share no variable
		ctx, stop := context.WithCancel(t.Context())
		go Watch(ctx, dir, StateOf(dir), func(b *Base, err error) { seen <- load{b, err} })
		var bases []*Base
		var errs []error
		// after waits two seconds, the time within which an edit must show.
		after := func(what string, loads int, ok bool) {
			t.Helper()
			time.Sleep(2 * time.Second)
			synctest.Wait()
			for len(seen) > 0 {
				l := <-seen
				bases, errs = append(bases, l.base), append(errs, l.err)
			}
			if len(bases) != loads {
				t.Fatalf("%s: %d loads, want %d", what, len(bases), loads)
			}
			if loads > 0 && (errs[loads-1] == nil) != ok {
				t.Fatalf("%s: %v", what, errs[loads-1])
			}
		}
		after("a folder that is not there", 0, true)

		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range 5 { // a burst of saves, 100 ms apart
			writeOwn(t, dir, "quality-checks.yaml", file(fmt.Sprintf("Torque, version %d", i)), at.Add(time.Duration(i)*time.Second))
			time.Sleep(100 * time.Millisecond)
		}
		after("a burst of saves", 1, true)
		if e, ok := bases[0].Entry("our-torque-check"); !ok || e.Title != "Torque, version 4" {
			t.Errorf("after the burst: %+v", e)
		}

		writeOwn(t, dir, "quality-checks.yaml", strings.Replace(file("x"), "kind: checklist", "kind: chekclist", 1), at.Add(time.Minute))
		after("a broken edit", 2, false)
		want := filepath.Join(dir, "quality-checks.yaml") + `:4: kind "chekclist" is not known: did you mean checklist?`
		if got := errs[1].Error(); got != want {
			t.Errorf("the mistake reads\n%s\nwant\n%s", got, want)
		}
		after("nothing new", 2, false)

		writeOwn(t, dir, "quality-checks.yaml", file("Torque again"), at.Add(2*time.Minute))
		after("the edit put right", 3, true)

		writeOwn(t, dir, ".#quality-checks.yaml", "an editor's lock", at.Add(150*time.Second))
		after("an editor's hidden file", 3, true)

		hidden := bases[2].All()[0].ID
		writeOwn(t, dir, "phrases.yaml", "topic: phrases\nhide: ["+hidden+"]\n", at.Add(3*time.Minute))
		after("a file that hides an entry", 4, true)
		if _, ok := bases[3].Entry(hidden); ok {
			t.Errorf("%s is still there", hidden)
		}
		writeOwn(t, dir, "phrases.yaml", "topic: phrases\nhide: [no-such-entry]\n", at.Add(4*time.Minute))
		after("hiding what is not there", 5, false)

		writeOwn(t, dir, "phrases.yaml", "topic: phrases\nhide: ["+hidden+"]\n", at.Add(5*time.Minute))
		writeDefects(t, dir, "ours.yaml", "vocabulary: ours\nhide: [scratch]\n")
		after("a file of defects", 6, true)
		if _, ok := bases[5].Defects().Defect("scratch"); ok {
			t.Error("a hidden defect is still there")
		}
		writeDefects(t, dir, "ours.yaml", "vocabulary: ours\nhide: [dent]\n# longer\n")
		after("another defect hidden", 7, true)
		if _, ok := bases[6].Defects().Defect("dent"); ok {
			t.Error("a defect that is hidden now is still there")
		}

		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		after("the folder deleted", 8, true)
		if _, ok := bases[7].Entry("our-torque-check"); ok || len(bases[7].All()) != len(base.All()) {
			t.Error("the team's entry is still there without its folder")
		}
		stop()
		synctest.Wait()
	})
}

// TestALargeOwnFolder loads a thousand files and ten megabytes.
func TestALargeOwnFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.Repeat("Measure it with our own gauge and write it down. ", 12)[:580]
	total := 0
	for i := range 1000 {
		var b strings.Builder
		fmt.Fprintf(&b, "topic: line-%d\ntitle: Line %d\nsummary: What to check on line %d.\norder: %d\nentries:\n", i, i, i, 100+i)
		for j := range 13 {
			fmt.Fprintf(&b, "  - id: line-%d-%d\n    kind: checklist\n    phase: during\n    title: Check point %d of line %d\n    text: %s\n    article: QC1\n    reviewed: 2026-11-22\n", i, j, j, i, text)
		}
		total += b.Len()
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("line-%d.yaml", i)), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	base, err := WithDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := base.Entry("line-999-12"); !ok || total < 9_500_000 {
		t.Errorf("%d bytes written; the last entry is there: %v", total, ok)
	}
	if r := base.Search("check point 12 of line 999", 3); r.Match == None {
		t.Error("the search finds nothing in it")
	}
}
