package bot

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"visitprep/knowledge"
)

// with is the tests' knowledge with one file of a team's own over it.
func with(t *testing.T, name, file string) (*knowledge.Base, error) {
	t.Helper()
	return knowledge.Load(os.DirFS("testdata/knowledge"), knowledge.Folder{Path: "own", FS: fstest.MapFS{name: {Data: []byte(file)}}})
}

func TestReload(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		expect(t, s.command(mia, sourcing, "/visit-prep status"), "16 pieces of advice in 3 topics", "No mistakes in the knowledge files.")

		s.bot.Reload(with(t, "quality-checks.yaml", `topic: quality-checks
entries:
  - {id: our-torque, kind: checklist, phase: during, group: line, title: Check the torque, text: Five screws with our own wrench., article: QC5, reviewed: 2026-11-22}
`))
		expect(t, s.command(mia, sourcing, "/visit-prep torque"), "Five screws with our own wrench.")

		base, err := with(t, "quality-checks.yaml", "topic: quality-checks\nentries:\n  - {id: our-torque, kind: rule}\n")
		if err == nil {
			t.Fatal("a broken file loads")
		}
		s.bot.Reload(base, err)
		expect(t, s.command(mia, sourcing, "/visit-prep torque"), "Five screws with our own wrench.")
		expect(t, s.command(mia, sourcing, "/visit-prep status"), "has mistakes", "own/quality-checks.yaml:3", "kind")
		if n := strings.Count(s.log.String(), "has mistakes"); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}

		// A button made before the advice was hidden still answers.
		m := s.command(mia, sourcing, "/visit-prep what gift should I not bring")
		s.bot.Reload(with(t, "cultural-exchange.yaml", "topic: cultural-exchange\nhide: [culture-clock]\n"))
		s.press(mia, m, "Share in channel")
		s.untilSays(mia, sourcing, "That advice has changed since this message was sent")
		expect(t, s.command(mia, sourcing, "/visit-prep status"), "15 pieces of advice", "No mistakes in the knowledge files.")

		// What reads well and is probably not meant is in use, and told.
		s.bot.Reload(with(t, "quality-checks.yaml", `topic: quality-checks
entries:
  - id: our-torque
    kind: checklist
    phase: during
    group: line
    title: Check the torque
    text: Take gauge # 4512 from the box.
    article: QC5
    reviewed: 2026-11-22
`))
		status := s.command(mia, sourcing, "/visit-prep status")
		expect(t, status, "17 pieces of advice", "Please check these lines in your knowledge folder", "own/quality-checks.yaml:8: text ends before", "put the whole value in quotes")
		if strings.Contains(says(status), "No mistakes") {
			t.Error("the status says both that there is something to check and that there is nothing")
		}
		if n := strings.Count(s.log.String(), "own/quality-checks.yaml:8"); n != 1 {
			t.Errorf("logged %d times, want once", n)
		}

		s.bot.Reload(nil, errors.New("a.yaml:1: one\n"+strings.Repeat("b.yaml:2: two\n", 30)))
		expect(t, s.command(mia, sourcing, "/visit-prep status"), "the log lists them all")
		s.nothingRefused()
	})
}
