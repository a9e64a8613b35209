package bot

import (
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
)

// botEvents are the events that (*Bot).event acts on, and nothing more.
var botEvents = []string{"app_home_opened", "app_mention", "member_joined_channel", "message.im"}

// botScopes are the permissions that today's features use, each with its use.
var botScopes = []string{
	"app_mentions:read", // mentions
	"channels:read",     // whether a channel is shared with another company; being invited
	"chat:write",        // shared answers, threads, direct messages
	"commands",          // slash commands
	"groups:read",       // as channels:read, for private channels
	"im:history",        // what people write to the bot directly
	"im:write",          // the direct message that a calendar file goes to
	"channels:history",  // look whether a reminder arrived, before it is sent again
	"groups:history",    // the same in private channels
	"files:write",       // calendar files
	"users:read",        // whose colleague somebody is, and their time zone
}

// declared is a bot that nobody serves: its table is what the app declares to Slack.
func declared() *Bot { return newBot(&core{p: blocks.Printer{Printer: lang.English()}}) }

// Commands lists the slash commands: name, description and usage hint of each.
func Commands() [][3]string {
	var cs [][3]string
	for _, c := range declared().commands {
		cs = append(cs, [3]string{c.name, c.description, c.usage()})
	}
	return cs
}

// Scopes lists the bot scopes that the app asks for.
func Scopes() []string { return append([]string(nil), botScopes...) }

// Manifest is the app's manifest as JSON, ready for Slack's "From a manifest"
// page. url is the public address of POST /slack/events; empty means Socket Mode.
func Manifest(url string) ([]byte, error) {
	m := slack.Manifest{
		Display: slack.Display{
			Name:            "Visit Prep",
			Description:     "Advice for visiting your factory in China",
			LongDescription: "Visit Prep helps a team prepare for visits to its manufacturing partner's factory in China: what to check, what to ask, what to agree, and how to be a good guest. It keeps the team's visits and their checklists in the channel. Type /visit-prep or /etiquette, mention the app in a thread, or send it a direct message. Answers to commands are visible only to you until you share them.",
			BackgroundColor: "#1f4d3f",
		},
		Features: slack.Features{
			AppHome: slack.AppHome{HomeTabEnabled: true, MessagesTabEnabled: true},
			BotUser: slack.BotUser{DisplayName: "visitprep", AlwaysOnline: true},
		},
		OAuthConfig: slack.OAuthConfig{Scopes: slack.OAuthScopes{Bot: botScopes}},
		Settings: slack.Settings{
			EventSubscriptions: &slack.EventSubscriptions{RequestUrl: url, BotEvents: botEvents},
			Interactivity:      &slack.Interactivity{IsEnabled: true, RequestUrl: url},
			SocketModeEnabled:  url == "",
		},
	}
	b := declared()
	for _, row := range b.shortcuts {
		m.Features.Shortcuts = append(m.Features.Shortcuts, slack.Shortcut{Name: row.name, CallbackID: row.id, Description: row.description, Type: slack.ShortcutType(row.kind)})
	}
	for _, c := range b.commands {
		m.Features.SlashCommands = append(m.Features.SlashCommands, slack.ManifestSlashCommand{
			Command: c.name, Description: c.description, UsageHint: c.usage(), Url: url,
		})
	}
	// The library leaves out what is false, but Slack takes a missing
	// messages_tab_read_only_enabled for true, and then nobody can write to the bot.
	var tree map[string]any
	if err := json.Unmarshal(blocks.MustJSON(m), &tree); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	tree["features"].(map[string]any)["app_home"].(map[string]any)["messages_tab_read_only_enabled"] = false
	delete(tree, "_metadata")
	return json.MarshalIndent(tree, "", "  ")
}

// Shortcuts lists the shortcuts: name, callback id and type of each.
func Shortcuts() [][3]string {
	var out [][3]string
	for _, row := range declared().shortcuts {
		out = append(out, [3]string{row.name, row.id, row.kind})
	}
	return out
}

// Events lists the events that the app subscribes to.
func Events() []string { return append([]string(nil), botEvents...) }
