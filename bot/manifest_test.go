package bot

import (
	"encoding/json"
	"slices"
	"testing"
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
		if err := json.Unmarshal(must(Manifest(url, Distribution{})), &m); err != nil {
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

// TestEveryPermissionSaysWhatIsLostWithoutIt is read by who is told that one is missing.
func TestEveryPermissionSaysWhatIsLostWithoutIt(t *testing.T) {
	for _, p := range Permissions() {
		if p.Without == "" {
			t.Errorf("%s does not say what is lost", p.Name)
		}
	}
}
