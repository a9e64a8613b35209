package visit_test

import (
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

func TestAToolToken(t *testing.T) {
	made := civil.On(2027, 3, 1)
	token, kept := visit.NewToolToken("T1", "U1", [visit.ToolTokenBytes]byte{7, 31: 9}, made)
	workspace, hash, ok := visit.ReadToolToken(token)
	if !ok || workspace != "T1" || hash != kept.Hash || len(hash) != 64 {
		t.Errorf("%s is read as of %q with the hash %q, %v; kept is %+v", token, workspace, hash, ok, kept)
	}
	if strings.Contains(hash, token[len("visitprep-T1-"):]) || !strings.HasSuffix(token, kept.Ending) {
		t.Errorf("kept of %s is %+v", token, kept)
	}
	other, keptOther := visit.NewToolToken("T2", "U1", [visit.ToolTokenBytes]byte{7, 31: 9}, made)
	if other == token || keptOther.Hash == kept.Hash {
		t.Error("the same bytes are one token in two workspaces")
	}
	for day, over := range map[civil.Date]bool{made: false, made.AddDays(89): false, made.AddDays(90): true} {
		if kept.Over(day) != over {
			t.Errorf("made on %s it is over on %s: %v", made, day, !over)
		}
	}
	for _, no := range []string{"", "visitprep-", "visitprep-T1", "visitprep-T1-", "visitprep-T1-short", token + "A", token[:len(token)-1], "xoxb-" + token, strings.Replace(token, "T1", "", 1), token + "=", " " + token} {
		if _, _, ok := visit.ReadToolToken(no); ok {
			t.Errorf("%q is read as a token", no)
		}
	}
}
