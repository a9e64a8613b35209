package main

import (
	"strings"
	"testing"
)

// environment is one that has these variables and no others.
func environment(of map[string]string) func(string) string {
	return func(name string) string { return of[name] }
}

// TestSecretsAreTakenWithoutWhatIsAroundThem pastes them as files, shells and editors
// leave them.
func TestSecretsAreTakenWithoutWhatIsAroundThem(t *testing.T) {
	for name, around := range map[string][2]string{
		"as they are":             {"", ""},
		"with a line end":         {"", "\n"},
		"of a Windows file":       {"", "\r\n"},
		"with spaces and tabs":    {" \t", "\t "},
		"in double quotes":        {`"`, `"`},
		"in single quotes":        {"'", "'"},
		"in a word processor's":   {"“", "”"},
		"quotes, then a line end": {` "`, "\"\r\n"},
		"a line end in quotes":    {`"`, "\n\""},
		"after a byte order mark": {"\ufeff", ""},
		"between zero widths":     {"\u200b\u2060", "\u200d\u200b"},
		"with a no-break space":   {"\u00a0", "\u3000"},
		"the end of a command":    {`"`, `";`},
		"an item of a list":       {"", ",\n"},
	} {
		t.Run(name, func(t *testing.T) {
			wrap := func(s string) string { return around[0] + s + around[1] }
			s, err := loadSlackSettings(environment(map[string]string{
				"SLACK_BOT_TOKEN": wrap("xoxb-1-a"), "SLACK_APP_TOKEN": wrap("xapp-1-b"), "SLACK_SIGNING_SECRET": wrap("0123456789abcdef0123456789abcdef"), "SLACK_API_URL": wrap("http://127.0.0.1:9/api"),
			}))
			if err != nil {
				t.Fatal(err)
			}
			if s.BotToken != "xoxb-1-a" || s.AppToken != "xapp-1-b" || s.SigningSecret != "0123456789abcdef0123456789abcdef" || s.APIURL != "http://127.0.0.1:9/api/" {
				t.Errorf("they are %q, %q, %q, %q", string(s.BotToken), string(s.AppToken), string(s.SigningSecret), s.APIURL)
			}
			if len(s.Doubts) != 0 {
				t.Errorf("it doubts %q", s.Doubts)
			}
		})
	}
}

// TestSecretsOfTheWrongKindAreNamed puts each kind of token where another belongs, and
// what is no token at all.
func TestSecretsOfTheWrongKindAreNamed(t *testing.T) {
	const hex = "0123456789abcdef0123456789abcdef"
	good := map[string]string{"SLACK_BOT_TOKEN": "xoxb-1-hidden", "SLACK_APP_TOKEN": "xapp-1-hidden", "SLACK_SIGNING_SECRET": hex}
	for _, c := range []struct{ name, variable, value, says, doubts string }{
		{"an app token for the bot's", "SLACK_BOT_TOKEN", "xapp-1-A0-hidden", "SLACK_BOT_TOKEN holds an app-level token (xapp-…): it needs the Bot User OAuth Token, which starts with xoxb-", ""},
		{"a user token for the bot's", "SLACK_BOT_TOKEN", "xoxp-1-hidden", "SLACK_BOT_TOKEN holds a user token (xoxp-…): it needs", ""},
		{"a refresh token for the bot's", "SLACK_BOT_TOKEN", "xoxe-1-hidden", "SLACK_BOT_TOKEN holds a refresh token (xoxe-…): it needs", ""},
		{"a user token that expires", "SLACK_BOT_TOKEN", "xoxe.xoxp-1-hidden", "SLACK_BOT_TOKEN holds a user token that expires (xoxe.xoxp-…): it needs", ""},
		{"a browser's token", "SLACK_BOT_TOKEN", "xoxc-1-hidden", "SLACK_BOT_TOKEN holds a token of a browser (xoxc-…): it needs", ""},
		{"some other token of Slack's", "SLACK_BOT_TOKEN", "xoxz-1-hidden", "SLACK_BOT_TOKEN holds another kind of token (xoxz-…): it needs", ""},
		{"a bot token for the app's", "SLACK_APP_TOKEN", "xoxb-1-hidden", "SLACK_APP_TOKEN holds a bot token (xoxb-…): it needs the App-Level Token, which starts with xapp-", ""},
		{"a user token for the app's", "SLACK_APP_TOKEN", "xoxp-1-hidden", "SLACK_APP_TOKEN holds a user token (xoxp-…): it needs", ""},
		{"a bot token for the secret", "SLACK_SIGNING_SECRET", "xoxb-1-hidden", "SLACK_SIGNING_SECRET holds a bot token (xoxb-…): it needs the Signing Secret", ""},
		{"an app token for the secret", "SLACK_SIGNING_SECRET", "xapp-1-hidden", "SLACK_SIGNING_SECRET holds an app-level token (xapp-…): it needs the Signing Secret", ""},
		{"two lines", "SLACK_BOT_TOKEN", "xoxb-1-hidden\nxapp-1-hidden", "SLACK_BOT_TOKEN has a line break in the middle: copy the value again, alone", ""},
		{"a Windows line end inside", "SLACK_SIGNING_SECRET", "0123\r\n4567", "SLACK_SIGNING_SECRET has a line break in the middle", ""},
		{"a header", "SLACK_BOT_TOKEN", "Bearer xoxb-1-hidden", "SLACK_BOT_TOKEN has a space in the middle: copy", ""},
		{"a control character", "SLACK_APP_TOKEN", "xapp-1-\x07hidden", "SLACK_APP_TOKEN has a control character in the middle", ""},
		{"README's dots", "SLACK_BOT_TOKEN", "xoxb-…", "SLACK_BOT_TOKEN has a character in it that no secret of Slack's has: copy", ""},
		{"bytes that are no text", "SLACK_BOT_TOKEN", "xoxb-\xff-hidden", "SLACK_BOT_TOKEN has bytes that are not text in the middle", ""},
		{"no address", "SLACK_API_URL", "slack.com/api", `SLACK_API_URL is not an address: leave it out, or write one such as https://slack.com/api/`, ""},
		{"an address with a password in a form that is none", "SLACK_API_URL", "https://me:hidden@exa mple/api", "SLACK_API_URL is not an address", ""},
		{"what only begins as a token", "SLACK_BOT_TOKEN", "xoxhidden-1", "", "SLACK_BOT_TOKEN does not start with xoxb-: it needs"},
		{"a query in the address", "SLACK_API_URL", "https://slack.com/api/?token=hidden", "SLACK_API_URL is not an address", ""},
		{"an address without a host", "SLACK_API_URL", "https://:443/api/", "SLACK_API_URL is not an address", ""},
		{"a name for the bot's", "SLACK_BOT_TOKEN", "hidden", "", "SLACK_BOT_TOKEN does not start with xoxb-: it needs"},
		{"a bot token that expires", "SLACK_BOT_TOKEN", "xoxe.xoxb-1-hidden", "", "SLACK_BOT_TOKEN holds a bot token that expires"},
		{"a name for the app's", "SLACK_APP_TOKEN", "hidden", "", "SLACK_APP_TOKEN does not start with xapp-"},
		{"half a secret", "SLACK_SIGNING_SECRET", "0123456789abcdef", "", "SLACK_SIGNING_SECRET is not 32 hexadecimal digits"},
		{"a verification token", "SLACK_SIGNING_SECRET", "hiddenhiddenhiddenhidden", "", "SLACK_SIGNING_SECRET is not 32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := map[string]string{c.variable: c.value}
			for name, value := range good {
				if name != c.variable {
					env[name] = value
				}
			}
			s, err := loadSlackSettings(environment(env))
			switch {
			case c.says == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("the error is %v, want %s", err, c.says)
			}
			if doubts := strings.Join(s.Doubts, "\n"); c.doubts == "" && doubts != "" && err == nil || !strings.HasPrefix(doubts, c.doubts) {
				t.Errorf("it doubts %q, want %q", doubts, c.doubts)
			}
			if err != nil && strings.Contains(err.Error(), "hidden") || strings.Contains(strings.Join(s.Doubts, ""), "hidden") {
				t.Errorf("it says a secret: %v %q", err, s.Doubts)
			}
		})
	}
}

// TestSecretsOfNothingAreMissing has values of which nothing is left, and says all
// mistakes at once.
func TestSecretsOfNothingAreMissing(t *testing.T) {
	for _, nothing := range []string{"", "\n", `""`, "\ufeff \r\n"} {
		_, err := loadSlackSettings(environment(map[string]string{"SLACK_BOT_TOKEN": nothing, "SLACK_SIGNING_SECRET": nothing}))
		if err == nil || !strings.Contains(err.Error(), "SLACK_BOT_TOKEN (starts with xoxb-)") || !strings.Contains(err.Error(), "or SLACK_SIGNING_SECRET") {
			t.Errorf("of %q the error is %v", nothing, err)
		}
	}
	_, err := loadSlackSettings(environment(map[string]string{"SLACK_APP_TOKEN": "xoxb-1"}))
	if err == nil || !strings.Contains(err.Error(), "SLACK_APP_TOKEN holds a bot token") || !strings.Contains(err.Error(), "SLACK_BOT_TOKEN (starts with xoxb-)") || strings.Contains(err.Error(), "or SLACK_SIGNING_SECRET") {
		t.Errorf("of one that is wrong and one that is missing it says %v", err)
	}
}
