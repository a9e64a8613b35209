package localslack

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestBlocksAreCheckedWithoutBeingSent asks blocks.validate, as its page at Slack has it.
func TestBlocksAreCheckedWithoutBeingSent(t *testing.T) {
	r := newRig(t)
	const good, bad = `[{"type":"section","text":{"type":"mrkdwn","text":"Hello"}}]`, `[{"type":"section","text":{"type":"invalid","text":"Hello"}}]`
	modal := func(blocks string) string {
		return `{"type":"modal","title":{"type":"plain_text","text":"Plan visit"},"blocks":` + blocks + `}`
	}
	for _, c := range []struct {
		name             string
		args             map[string]any
		err, at, message string
	}{
		{"good blocks", map[string]any{"blocks": good}, "", "", ""},
		{"a good message", map[string]any{"message": `{"text":"Hello","blocks":` + good + `}`}, "", "", ""},
		{"a good form", map[string]any{"view": modal(good)}, "", "", ""},
		{"a good home", map[string]any{"view": `{"type":"home","blocks":` + good + `}`}, "", "", ""},
		{"bad blocks", map[string]any{"blocks": bad}, "invalid_blocks", "/0/text/type", ""},
		{"a bad message", map[string]any{"message": `{"blocks":` + bad + `}`}, "invalid_message", "/blocks/0/text/type", ""},
		{"a bad form", map[string]any{"view": modal(bad)}, "invalid_view", "/blocks/0/text/type", ""},
		{"a form without a title", map[string]any{"view": `{"type":"modal","blocks":` + good + `}`}, "invalid_view", "", "title"},
		{"a view of no kind", map[string]any{"view": `{"type":"page","blocks":` + good + `}`}, "invalid_view", "/type", ""},
		{"too much text", map[string]any{"blocks": "[" + strings.Repeat(`{"type":"section","text":{"type":"mrkdwn","text":"`+strings.Repeat("x", 2900)+`"}},`, 5) + `{"type":"divider"}]`}, "invalid_blocks", "", "too_long"},
		{"nothing", nil, "invalid_arguments", "", ""},
		{"two things", map[string]any{"blocks": good, "view": modal(good)}, "invalid_arguments", "", ""},
		{"no JSON", map[string]any{"blocks": "["}, "invalid_arguments", "", ""},
		{"blocks that are no list", map[string]any{"blocks": "{}"}, "invalid_arguments", "", ""},
		{"a message that is a list", map[string]any{"message": good}, "invalid_arguments", "", ""},
		{"a view that is a list", map[string]any{"view": good}, "invalid_arguments", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := r.call("blocks.validate", c.args)
			raw, _ := json.Marshal(answer)
			if ok := answer["ok"] == true; ok != (c.err == "") || !ok && answer["error"] != c.err {
				t.Fatalf("the answer is %s, want %q", raw, c.err)
			}
			if !strings.Contains(string(raw), `"pointer":"`+c.at) && c.at != "" || !strings.Contains(string(raw), c.message) {
				t.Errorf("the answer is %s, want one at %s of %s", raw, c.at, c.message)
			}
		})
	}
	if ms := r.Messages(SampleMia, SampleSourcing); len(ms) != 0 {
		t.Errorf("%d messages were posted", len(ms))
	}
}
