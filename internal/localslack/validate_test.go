package localslack

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// try sends a payload to the method that it is meant for.
func (r *rig) try(payload any) map[string]any {
	r.t.Helper()
	m, _ := payload.(map[string]any)
	switch m["type"] {
	case "home":
		return r.call("views.publish", map[string]any{"user_id": miaID, "view": payload})
	case "modal":
		r.Workspace.mu.Lock()
		trigger := r.triggerLocked(miaID)
		r.Workspace.mu.Unlock()
		return r.call("views.open", map[string]any{"trigger_id": trigger, "view": payload})
	}
	args := map[string]any{"channel": sourcingID}
	for k, v := range m {
		args[k] = v
	}
	return r.call("chat.postMessage", args)
}

func TestWhatSlackDocumentsIsAccepted(t *testing.T) {
	t.Parallel()
	all := files(t, "accept")
	if len(all) < 20 {
		t.Fatalf("only %d payloads", len(all))
	}
	for name, raw := range all {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			kitten := r.newFile(DefaultBotUserID, "xyz.png") // the file of Slack's examples
			kitten.ID, kitten.Content = "F0123456", drawnPNG(4, 4)
			r.keep(kitten)
			var payload map[string]any
			if err := json.Unmarshal(raw, &payload); err != nil {
				t.Fatal(err)
			}
			if answer := r.try(payload); answer["ok"] != true {
				t.Fatalf("refused: %v\n%+v", answer, r.Refusals())
			}
			if reason, ok := r.refused("not_checked"); ok {
				t.Error(reason)
			}
			if blocks, ok := payload["blocks"]; ok {
				var decoded slack.Blocks
				if err := json.Unmarshal(encode(blocks), &decoded); err != nil {
					t.Errorf("slack-go cannot read the test data: %v", err)
				}
				for _, b := range decoded.BlockSet {
					if _, unknown := b.(*slack.UnknownBlock); unknown {
						t.Errorf("slack-go does not know %s", encode(b))
					}
				}
			}
		})
	}
}

var repeated = regexp.MustCompile(`\{\{(\d+)\}\}`)

func TestWhatSlackRefusesIsRefused(t *testing.T) {
	t.Parallel()
	all := files(t, "refuse")
	if len(all) < 20 {
		t.Fatalf("only %d payloads", len(all))
	}
	for name, raw := range all {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			var broken struct {
				Error, Pointer string
				Payload        any
			}
			raw = repeated.ReplaceAllFunc(raw, func(b []byte) []byte {
				n, _ := strconv.Atoi(string(b[2 : len(b)-2]))
				return []byte(strings.Repeat("x", n))
			})
			if err := json.Unmarshal(raw, &broken); err != nil {
				t.Fatal(err)
			}
			answer := r.try(broken.Payload)
			if answer["ok"] != false || answer["error"] != broken.Error {
				t.Fatalf("got %v, want %s", answer, broken.Error)
			}
			if broken.Pointer != "" {
				if told := string(encode(answer["response_metadata"])); !strings.Contains(told, "[json-pointer:"+broken.Pointer+"]") {
					t.Errorf("the answer does not name %s: %s", broken.Pointer, told)
				}
			}
			reason, ok := r.refused(broken.Error)
			if !ok || !strings.Contains(reason, broken.Pointer) || len(reason) < 15 {
				t.Errorf("the refusal does not say where and how: %q", reason)
			}
			if n := len(r.Messages("", sourcingID)); n != 0 {
				t.Errorf("%d messages were posted all the same", n)
			}
		})
	}
}

// What Slack has and this workspace does not know is taken, shown as a box, and
// told of, wherever it comes; what is around it is checked as ever.
func TestWhatIsNotCheckedLeavesANotice(t *testing.T) {
	t.Parallel()
	const menu = `{"type":"overflow","action_id":"m","options":"whatever"}`
	const section = `{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":`
	const modal = `{"type":"modal","title":{"type":"plain_text","text":"x"},"submit":{"type":"plain_text","text":"Go"},"blocks":[`
	for name, c := range map[string]struct{ payload, at string }{
		"a block":     {`{"text":"x","blocks":[{"type":"divider"},{"type":"card","anything":1}]}`, "/blocks/1: card"},
		"a choice":    {`{"text":"x","blocks":[{"type":"actions","elements":[` + menu + `]}]}`, "/blocks/0/elements/0: overflow"},
		"on Home":     {`{"type":"home","blocks":[` + section + menu + `}]}`, "/view/blocks/0/accessory: overflow"},
		"in a modal":  {modal + `{"type":"alert"}]}`, "/view/blocks/0: alert"},
		"in an input": {modal + `{"type":"input","label":{"type":"plain_text","text":"x"},"element":{"type":"timepicker"}}]}`, "/view/blocks/0/element: timepicker"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			payload, err := decodeAny([]byte(c.payload))
			if err != nil {
				t.Fatal(err)
			}
			if answer := r.try(payload); answer["ok"] != true {
				t.Fatalf("refused: %v", answer)
			}
			if all := r.Refusals(); len(all) != 1 || !all[0].Notice || all[0].Error != "not_checked" || !strings.HasPrefix(all[0].Reason, c.at+" ") {
				t.Errorf("%+v, want a notice that names %s", all, c.at)
			}
		})
	}
	r := newRig(t)
	answer := r.try(map[string]any{"text": "x", "blocks": json.RawMessage(`[{"type":"card","block_id":"a"},{"type":"divider","block_id":"a"}]`)})
	if answer["error"] != "invalid_blocks" {
		t.Errorf("a block_id that a card has too: %v", answer)
	}
}

func TestSlackGoSeesTheReasonsOfARefusal(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, _, err := r.api.PostMessage(sourcingID, slack.MsgOptionBlocks(slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, strings.Repeat("x", 151), false, false))))
	refused, ok := err.(slack.SlackErrorResponse)
	if !ok || refused.Err != "invalid_blocks" || len(refused.ResponseMetadata.Messages) != 1 {
		t.Fatalf("got %#v", err)
	}
	if want := "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"; refused.ResponseMetadata.Messages[0] != want {
		t.Errorf("got %q, want %q", refused.ResponseMetadata.Messages[0], want)
	}
}

func TestBlocksWithoutTextAreANotice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, _, err := r.api.PostMessage(sourcingID, oneButton("1")); err != nil {
		t.Fatal(err)
	}
	if f := r.Refusals(); len(f) != 1 || !f[0].Notice || f[0].Error != "no_fallback_text" {
		t.Errorf("got %+v", f)
	}
}

func TestIDsAreFilledInAndStayTheSame(t *testing.T) {
	t.Parallel()
	post := func() []json.RawMessage {
		r := newRig(t)
		r.try(map[string]any{"text": "x", "blocks": []any{
			map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "a"},
				"accessory": map[string]any{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}},
			map[string]any{"type": "actions", "elements": []any{map[string]any{"type": "button", "text": map[string]any{"type": "plain_text", "text": "b"}}}},
		}})
		return r.Messages(miaID, sourcingID)[0].Blocks
	}
	one, two := post(), post()
	if string(encode(one)) != string(encode(two)) {
		t.Errorf("%s\n%s", encode(one), encode(two))
	}
	var actions struct {
		BlockID  string `json:"block_id"`
		Elements []struct {
			ActionID string `json:"action_id"`
		}
	}
	if err := json.Unmarshal(one[1], &actions); err != nil || actions.BlockID == "" || actions.Elements[0].ActionID == "" {
		t.Errorf("%v %s", err, one[1])
	}
	if strings.Contains(string(one[0]), `action_id`) || strings.Count(string(one[0]), "block_id") != 1 {
		t.Errorf("an image is no block here: %s", one[0])
	}
}

// FuzzBlocks holds that nothing a bot sends panics, and that blocks accepted once
// are accepted again after they were completed.
func FuzzBlocks(f *testing.F) {
	for _, folder := range []string{"accept", "refuse"} {
		names, _ := os.ReadDir("testdata/slackdocs/" + folder)
		for _, n := range names {
			raw, _ := os.ReadFile("testdata/slackdocs/" + folder + "/" + n.Name())
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := decodeAny(raw)
		m, ok := v.(map[string]any)
		if err != nil || !ok {
			return
		}
		checkView(m, "home")
		checkView(m, "modal")
		items, _ := m["blocks"].([]any)
		if len(checkMessage(items).breaches) > 0 {
			return
		}
		blockText(items)
		again, err := decodeAny(encode(complete(items)))
		if err != nil {
			t.Fatal(err)
		}
		if b := checkMessage(again.([]any)).breaches; len(b) > 0 {
			t.Errorf("completed blocks are refused: %+v", b)
		}
	})
}
