package bot

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
)

// TestManifestSaysWhichScopesMayBeDeclined reads the manifest as Slack does.
func TestManifestSaysWhichScopesMayBeDeclined(t *testing.T) {
	for _, url := range []string{"", "https://visits.example.com/slack/events"} {
		var m struct {
			OAuth struct {
				Scopes struct {
					Bot      []string
					Optional []string `json:"bot_optional"`
				}
			} `json:"oauth_config"`
		}
		if err := json.Unmarshal(must(Manifest(url, store.English, Distribution{})), &m); err != nil {
			t.Fatal(err)
		}
		if want := []string{"channels:history", "groups:history"}; !slices.Equal(m.OAuth.Scopes.Optional, want) {
			t.Errorf("optional are %q, want %q", m.OAuth.Scopes.Optional, want)
		}
		// Slack wants what is optional in both lists.
		for _, s := range append(m.OAuth.Scopes.Optional, "im:history") {
			if !slices.Contains(m.OAuth.Scopes.Bot, s) {
				t.Errorf("%s is not among the scopes of the bot: %q", s, m.OAuth.Scopes.Bot)
			}
		}
	}
}

// A manifest in Chinese differs from the English one in what people read, and in that alone; Slack takes
// it.
func TestManifestInChinese(t *testing.T) {
	type words struct {
		Name, Command, Type, Description string
		Callback                         string `json:"callback_id"`
		Hint                             string `json:"usage_hint"`
	}
	type manifest struct {
		Display struct {
			Name, Description string
			Long              string `json:"long_description"`
		} `json:"display_information"`
		Features struct {
			Commands  []words `json:"slash_commands"`
			Shortcuts []words
		}
	}
	const url = "https://visits.example.com/slack/events"
	var en, zh manifest
	raw := must(Manifest(url, store.Chinese, Distribution{}))
	done(t, json.Unmarshal(raw, &zh))
	done(t, json.Unmarshal(must(Manifest(url, store.English, Distribution{})), &en))
	if zh.Display.Name != "Visit Prep" {
		t.Errorf("the app is called %q", zh.Display.Name)
	}
	isChinese(t, "what the app is", nil, zh.Display.Description, regexp.MustCompile(`/[a-z-]+`).ReplaceAllString(zh.Display.Long, ""))
	if n := utf8.RuneCountInString(zh.Display.Long); n < 174 || n > 4000 {
		t.Errorf("the long description has %d characters, and Slack takes from 174 to 4000", n)
	}
	for i, c := range zh.Features.Commands {
		isChinese(t, c.Command, nil, c.Description)
		if was := en.Features.Commands[i]; c.Command != was.Command || c.Hint != strings.Replace(was.Hint, "[question]", "[提问]", 1) {
			t.Errorf("%s is typed with %q, in English with %q", c.Command, c.Hint, was.Hint)
		}
	}
	for i, s := range zh.Features.Shortcuts {
		isChinese(t, s.Callback, nil, s.Name, s.Description)
		if was := en.Features.Shortcuts[i]; s.Callback != was.Callback || s.Type != was.Type || utf8.RuneCountInString(s.Name) > 24 {
			t.Errorf("the shortcut %q of %q becomes %q of %q", was.Callback, was.Type, s.Callback, s.Type)
		}
	}
	for english, chinese := range map[string]string{en.Display.Description: zh.Display.Description, en.Display.Long: zh.Display.Long} {
		raw = bytes.Replace(raw, blocks.MustJSON(chinese), blocks.MustJSON(english), 1)
	}
	if n, want := bytes.Count(raw, []byte("\n")), bytes.Count(must(Manifest(url, store.English, Distribution{})), []byte("\n")); n != want {
		t.Errorf("it has %d lines, the English one %d", n, want)
	}
}

// TestEveryPermissionSaysWhatIsLostWithoutIt is read by who is told that one is missing.
func TestEveryPermissionSaysWhatIsLostWithoutIt(t *testing.T) {
	for _, p := range Permissions() {
		if p.Without == "" {
			t.Errorf("%s does not say what is lost", p.Name)
		}
	}
}
