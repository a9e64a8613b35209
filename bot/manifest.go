package bot

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
	"visitprep/internal/store"
)

// botEvents are the events that (*Bot).event acts on, and nothing more.
var botEvents = []string{
	"app_home_opened", "app_mention", "message.im",
	// Who is in a channel and who reads there, kept current.
	"channel_archive", "channel_deleted", "channel_id_changed", "channel_left", "channel_rename", "channel_shared", "channel_unarchive", "channel_unshared",
	"group_archive", "group_deleted", "group_left", "group_rename", "group_unarchive",
	"member_joined_channel", "member_left_channel", "team_join", "user_change",
	// Whether anything can be sent at all.
	"app_uninstalled", "tokens_revoked",
}

// A Permission is a scope that today's features use.
type Permission struct {
	Name     string
	Optional bool   // may be declined when the app is installed
	Without  string // what does not work without it, as a clause
}

var permissions = []Permission{
	{Name: "app_mentions:read", Without: "mentions are not answered"},
	{Name: "channels:read", Without: "who is in a channel, and whether it is shared with another company, cannot be told"},
	{Name: "chat:write", Without: "nothing is posted: no card, no reminder, no answer in a thread"},
	{Name: "commands", Without: "slash commands do not work"},
	{Name: "groups:read", Without: "who is in a private channel cannot be told"},
	{Name: "im:history", Without: "direct messages to the app are not answered, and photos that people send it are not seen: findings can still be logged by button, form and shortcut"},
	{Name: "im:write", Without: "nobody is reminded by direct message, and no calendar file arrives"},
	{Name: "channels:history", Optional: true, Without: "a reminder in a channel may come twice after an interruption, marked as a possible repeat"},
	{Name: "groups:history", Optional: true, Without: "a reminder in a private channel may come twice after an interruption, marked as a possible repeat"},
	{Name: "files:read", Without: "photos of findings stay in Slack: what is written with them is saved, and reports come without pictures"},
	{Name: "files:write", Without: "no calendar file and no report arrives"},
	{Name: "users:read", Without: "colleagues cannot be told from guests and outsiders, so nobody sees visits"},
}

// declared is a bot that nobody serves: its table is what the app declares to Slack.
func declared() *Bot {
	return newBot(&core{english: blocks.Printer{Printer: lang.English()}, chinese: blocks.Printer{Printer: lang.English()}})
}

// Commands lists the slash commands: name, description and usage hint of each.
func Commands() [][3]string {
	var cs [][3]string
	for _, c := range declared().commands {
		cs = append(cs, [3]string{c.name, c.description, c.usage(lang.English())})
	}
	return cs
}

// Permissions lists the scopes that the app asks for, each with its use.
func Permissions() []Permission { return slices.Clone(permissions) }

// Scopes lists the names of the scopes that the app asks for.
func Scopes() []string { return scopeNames(permissions) }

func scopeNames(ps []Permission) (names []string) {
	for _, p := range ps {
		names = append(names, p.Name)
	}
	return names
}

// optional are the permissions that may be declined when the app is installed.
func optional() []Permission {
	return slices.DeleteFunc(Permissions(), func(p Permission) bool { return !p.Optional })
}

// A Distribution is what the manifest of an app says that many workspaces install.
type Distribution struct {
	Redirect     string // where Slack sends people back to; "" is an app of one workspace
	Rotation     bool   // of tokens: each lasts for 12 hours
	Organisation bool   // an organisation can install it for its workspaces
}

// Manifest is the app's manifest as JSON, ready for Slack's "From a manifest"
// page. url is the public address of POST /slack/events; empty means Socket Mode. An app has one
// manifest for all its people, so l is the language in which all of them read the menus of commands
// and shortcuts, and what the app is.
func Manifest(url string, l store.Language, d Distribution) ([]byte, error) {
	p := lang.English()
	if l == store.Chinese {
		p = zh.Printer()
	}
	m := slack.Manifest{
		Display: slack.Display{
			Name:            "Visit Prep",
			Description:     p.T("Advice for visiting your factory in China"),
			LongDescription: p.T("Visit Prep helps a team prepare for visits to its manufacturing partner's factory in China: what to check, what to ask, what to agree, and how to be a good guest. It keeps the team's visits and their checklists in the channel. Type /visit-prep or /etiquette, mention the app in a thread, or send it a direct message. Answers to commands are visible only to you until you share them."),
			BackgroundColor: "#1f4d3f",
		},
		Features: slack.Features{
			AppHome: slack.AppHome{HomeTabEnabled: true, MessagesTabEnabled: true},
			BotUser: slack.BotUser{DisplayName: "visitprep", AlwaysOnline: true},
		},
		// What is optional has to be in both lists.
		OAuthConfig: slack.OAuthConfig{Scopes: slack.OAuthScopes{Bot: Scopes(), BotOptional: scopeNames(optional())}},
		Settings: slack.Settings{
			EventSubscriptions: &slack.EventSubscriptions{RequestUrl: url, BotEvents: botEvents},
			Interactivity:      &slack.Interactivity{IsEnabled: true, RequestUrl: url, MessageMenuOptionsUrl: url},
			SocketModeEnabled:  url == "",
			OrgDeployEnabled:   d.Organisation, TokenRotationEnabled: d.Rotation,
		},
	}
	if d.Redirect != "" {
		m.OAuthConfig.RedirectUrls = []string{d.Redirect}
	}
	if d.Organisation {
		m.Settings.EventSubscriptions.BotEvents = append(Events(), "team_access_granted", "team_access_revoked")
	}
	b := declared()
	for _, row := range b.shortcuts {
		m.Features.Shortcuts = append(m.Features.Shortcuts, slack.Shortcut{Name: p.T(row.name), CallbackID: row.id, Description: p.T(row.description), Type: slack.ShortcutType(row.kind)})
	}
	for _, c := range b.commands {
		m.Features.SlashCommands = append(m.Features.SlashCommands, slack.ManifestSlashCommand{
			Command: c.name, Description: p.T(c.description), UsageHint: c.usage(p), Url: url,
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
