package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// picturesOf are the titles, alt texts and files of the pictures of a message.
func picturesOf(m localslack.Message) (all []string) {
	for _, raw := range m.Blocks {
		var b struct {
			Type, AltText string
			Alt           string `json:"alt_text"`
			Title         struct{ Text string }
			File          struct{ ID string } `json:"slack_file"`
		}
		json.Unmarshal(raw, &b)
		if b.Type == "image" {
			all = append(all, b.Title.Text+": "+b.Alt+": "+b.File.ID)
		}
	}
	return all
}

// The fault and what it looks like after the change stand on the card as two pictures, where only we
// read. One that Slack cannot show leaves the links.
func TestBeforeAndAfterStandOnTheCard(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	ids := s.uploaded(mia, 1)
	s.sharesFiles(mia, "major 6/50 no corner guard", ids...)
	s.does(mia, sourcing, 1, "Log answer", map[string]string{fieldProposal: "A stop", fieldCause: "No check", fieldSaidBy: "Mr Wang"})
	if ps := picturesOf(s.does(mia, sourcing, 1, "Agree on action", map[string]string{fieldDue: s.workday(30), fieldReviewer: jonas})); len(ps) > 0 {
		t.Errorf("before there is a photo after it, there stand %q", ps)
	}
	form := s.takes(mia, s.opensFinding(mia, sourcing, 1), "Log as done")
	after := s.uploaded(mia, 1)
	s.attach(mia, form, after...)
	s.enter(mia, form, fieldStepText, "Stop at the conveyor")
	s.send(mia, form)
	want := []string{"Before: Finding 1 before the change: no corner guard: " + ids[0], "After: Finding 1 after the change: no corner guard: " + after[0]}
	if ps := picturesOf(s.after(mia, sourcing)); !slices.Equal(ps, want) {
		t.Errorf("there stand %q, want %q", ps, want)
	}
	if ps := picturesOf(s.opensFinding(mia, sourcing, 1)); !slices.Equal(ps, want) {
		t.Errorf("opened by a colleague there stand %q", ps)
	}
	if ms := s.Messages(jonas, sourcing); slices.ContainsFunc(ms, func(m localslack.Message) bool { return len(picturesOf(m)) > 0 && m.Only == "" }) {
		t.Error("they stand in the channel for all")
	}

	// Gone from Slack, the links stay.
	s.Fail("files.info", "file_not_found", 1)
	m := s.opensFinding(mia, sourcing, 1)
	if ps := picturesOf(m); len(ps) > 0 || !strings.Contains(says(m), "*After*") {
		t.Errorf("without the file there stand %q in\n%s", ps, says(m))
	}
	s.nothingRefusedBut("files.info")

	// Another company reads the channel.
	s.changeVisit(v, func(v *visit.Visit) { v.Channel, v.Shared, v.Card = acme, true, "" })
	s.show(v.Subject())
	m = s.opensFinding(mia, acme, 1)
	if ps := picturesOf(m); len(ps) > 0 || !strings.Contains(says(m), "no corner guard") {
		t.Errorf("where another company reads, there stand %q in\n%s", ps, says(m))
	}
}

// nothingRefusedBut is nothingRefused without what a test has Slack refuse.
func (s *stage) nothingRefusedBut(call string) {
	s.t.Helper()
	for _, r := range s.Refusals() {
		if r.Call != call {
			s.t.Errorf("the workspace refused %s: %s: %s", r.Call, r.Error, r.Reason)
		}
	}
}
