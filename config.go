package main

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"
	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/holiday"
	"visitprep/internal/textfile"
	"visitprep/internal/visit"
	"visitprep/internal/yamlfile"
)

// defaultConfig is config.yaml as it ships: the defaults are written once, where
// a user reads them.
//
//go:embed config.yaml
var defaultConfig []byte

// config is what config.yaml says; config.yaml explains each setting to its reader.
// Secrets are not in it: a file is copied and committed more easily than an
// environment.
type config struct {
	Listen  string `yaml:"listen" example:"127.0.0.1:8080"`
	Metrics string `yaml:"metrics" example:"127.0.0.1:9090"`
	// PublicURL is where people and Slack reach the program, without a slash at its end.
	PublicURL string `yaml:"public_url" example:"https://visits.example.com"`
	Guests    string `yaml:"guests" example:"outside"`
	Welcome   bool   `yaml:"welcome"`
	// EntriesMissed is for how many days questions are kept that were not answered well.
	EntriesMissed int `yaml:"entries_missed" example:"90"`
	// Tools is the address at which tools of people reach "visitprep mcp", for them to be told.
	Tools string `yaml:"tools" example:"https://visitprep.example.com/mcp"`
	// DeleteAfterDays is how many days after it uninstalled the app a workspace is deleted; 0 is never.
	DeleteAfterDays int `yaml:"delete_after_days" example:"30"`
	Keep            struct {
		Reminders int `yaml:"reminders" example:"400"`
		Photos    int `yaml:"photos" example:"0"`
	} `yaml:"keep"`
	Market struct {
		Notes bool `yaml:"notes"`
	} `yaml:"market"`
	Knowledge struct {
		Dir string `yaml:"dir" example:"\"\""`
	} `yaml:"knowledge"`
	Reminders struct {
		Before   []int  `yaml:"before" example:"[14, 7, 1]"`
		After    []int  `yaml:"after" example:"[1, 7, 30]"`
		At       string `yaml:"at" example:"\"09:00\""`
		Eve      string `yaml:"eve" example:"\"15:00\""`
		VisitDay string `yaml:"visit_day" example:"\"07:00\""`
		Channel  string `yaml:"channel" example:"day"`
		Overdue  int    `yaml:"overdue"`
		Escalate int    `yaml:"escalate"`
		Weekends bool   `yaml:"weekends"`
		Holidays bool   `yaml:"holidays"`
		Quiet    string `yaml:"quiet" example:"\"20:00-08:00\""`
	} `yaml:"reminders"`
	Contacts struct {
		SubTier bool `yaml:"sub_tier"`
	} `yaml:"contacts"`
	Gifts struct {
		Limit    int    `yaml:"limit" example:"50"`
		Currency string `yaml:"currency" example:"EUR"`
		Approver string `yaml:"approver" example:"\"the compliance officer\""`
	} `yaml:"gifts"`
	Log struct {
		Level  string `yaml:"level" example:"info"`
		Format string `yaml:"format" example:"text"`
	} `yaml:"log"`

	doubts yamlfile.Mistakes // what is read and probably not meant
	read   bool              // from a file, which has to be there when it is read again
	level  *slog.LevelVar    // of the logger that was made with it
}

// What guests of the workspace count as.
const (
	guestsOutside    = "outside"
	guestsColleagues = "colleagues"
)

// settings are what a command goes by: the file that --config names, or the default.
func settings(cmd *cobra.Command) (*config, error) {
	name, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	cfg, err := loadConfig(name)
	if err != nil {
		return nil, fmt.Errorf("mistakes in the settings:\n%w", err)
	}
	return cfg, nil
}

// maxSettings is the largest file of settings, in bytes: many times the default.
const maxSettings = 1 << 20

// loadConfig reads the settings from file, over the defaults. Without a file
// (name empty) it takes config.yaml of the current folder, if there is one. Its
// error lists every mistake with file and line.
func loadConfig(name string) (*config, error) {
	c := new(config)
	if err := yamlfile.DecodeSettings("config.yaml (built in)", defaultConfig, c); err != nil {
		return nil, err
	}
	given := name != ""
	if !given {
		name = "config.yaml"
	}
	data, err := textfile.ReadFile(name, maxSettings)
	if errors.Is(err, fs.ErrNotExist) && !given {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	if err := yamlfile.DecodeSettings(name, data, c); err != nil {
		return nil, err
	}
	c.read, c.doubts = true, yamlfile.CutOff(name, data, "dir")
	return c, c.validate(name, data)
}

// validate finds every value that is well written and makes no sense. It is one question after
// another, so that all mistakes are told at once, in the order of the file.
func (c *config) validate(file string, data []byte) error {
	var ms yamlfile.Mistakes
	add := func(what, how string, path ...any) {
		ms = append(ms, yamlfile.Mistake{File: file, Line: yamlfile.Lines(data).Of(path...), What: what, How: how})
	}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !isPort(port) {
		port = "8080"
		if isPort(c.Listen) {
			port = c.Listen
		}
		add(fmt.Sprintf("listen: %q is not an address", c.Listen), "write host:port, such as 127.0.0.1:"+port, "listen")
	}
	if _, port, err := net.SplitHostPort(c.Metrics); c.Metrics != "" && (err != nil || !isPort(port)) {
		add(fmt.Sprintf("metrics: %q is not an address", c.Metrics), `write host:port, such as 127.0.0.1:9090, or "" to answer beside Slack`, "metrics")
	}
	if u, err := url.Parse(c.Tools); c.Tools != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
		add(fmt.Sprintf("tools: %q is not an address", c.Tools), `write it whole, such as https://visitprep.example.com/mcp, or "" for none`, "tools")
	}
	c.validatePublicURL(add)
	if words := []string{guestsOutside, guestsColleagues}; !slices.Contains(words, c.Guests) {
		add(fmt.Sprintf("guests: %q says nothing of guests", c.Guests), "write "+strings.Join(words, " or "), "guests")
	}
	if c.Gifts.Limit < 0 {
		add(fmt.Sprintf("gifts.limit: %d is less than nothing", c.Gifts.Limit), "write the most that one person may get in a year, or 0 for no limit", "gifts", "limit")
	}
	if !visit.IsCurrency(c.Gifts.Currency) {
		add(fmt.Sprintf("gifts.currency: %q is not a currency", c.Gifts.Currency), "write its three capital letters, such as EUR", "gifts", "currency")
	}
	if levels := []string{"debug", "info", "warn", "error"}; !slices.Contains(levels, c.Log.Level) {
		add(fmt.Sprintf("log.level: %q is not a level", c.Log.Level), "write one of "+strings.Join(levels, ", "), "log", "level")
	}
	if formats := []string{"text", "json"}; !slices.Contains(formats, c.Log.Format) {
		add(fmt.Sprintf("log.format: %q is not a format", c.Log.Format), "write one of "+strings.Join(formats, ", "), "log", "format")
	}
	if dir := c.Knowledge.Dir; dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			add(fmt.Sprintf("knowledge.dir: there is no folder %q", dir), `create the folder, or write its path relative to the one visitprep is started in, or "" for none`, "knowledge", "dir")
		}
	}
	c.validateReminders(add)
	c.validateMissed(add)
	c.validateKept(add)
	return ms.Err()
}

// together refuses one address for Slack and for the people who run the program. In Socket Mode
// nothing listens for Slack.
func (c *config) together(s *slackSettings) error {
	if s.AppToken != "" || c.Metrics == "" || !sameAddress(c.Listen, c.Metrics) {
		return nil
	}
	return fmt.Errorf(`metrics and listen have one address, %s and %s: write another port into one of them in config.yaml, or metrics: "" to answer beside Slack`, c.Metrics, c.Listen)
}

// isLoopback reports whether a host is this machine alone.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// reached refuses to serve many workspaces where nobody can be sent to the page that adds the app.
func (c *config) reached(s *slackSettings) error {
	if !s.many() || c.PublicURL != "" {
		return nil
	}
	return errors.New("SLACK_CLIENT_ID is set and SLACK_BOT_TOKEN is not, so many workspaces are served, and people add the app on a page: write its public address into public_url in config.yaml, such as https://visits.example.com")
}

// sameAddress reports whether of two addresses only one can be listened on.
func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	numberA, _ := strconv.Atoi(portA)
	numberB, _ := strconv.Atoi(portB)
	if errA != nil || errB != nil || numberA != numberB || numberA == 0 { // with 0 each gets its own
		return false
	}
	every := func(host string) bool { ip := net.ParseIP(host); return host == "" || ip != nil && ip.IsUnspecified() }
	here := strings.NewReplacer("localhost", "127.0.0.1")
	return every(hostA) || every(hostB) || here.Replace(hostA) == here.Replace(hostB)
}

// validatePublicURL: Slack sends people there, and takes https only; http is for this machine.
func (c *config) validatePublicURL(add func(what, how string, path ...any)) {
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.PublicURL == "" {
		return
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) || u.String() != u.Scheme+"://"+u.Host {
		add(fmt.Sprintf("public_url: %q is not an address that Slack sends people to", c.PublicURL), `write it as https://visits.example.com, without a path, or "" for none`, "public_url")
	}
}

// maxDays bounds how far from a visit or an inspection a reminder may be: a year.
const maxDays = 366

// validateMissed: what is kept for less than it takes to be shown would be kept for nothing.
func (c *config) validateMissed(add func(what, how string, path ...any)) {
	if c.EntriesMissed != 0 && (c.EntriesMissed <= bot.ShownAfter || c.EntriesMissed > maxDays) {
		add(fmt.Sprintf("entries_missed: %d is not a number of days for which questions can be kept", c.EntriesMissed),
			fmt.Sprintf("write days from %d to %d, or 0 to keep none", bot.ShownAfter+1, maxDays), "entries_missed")
	}
}

// maxKept bounds how many days something is kept before it is deleted: ten years.
const maxKept = 3660

// validateKept: what was sent is asked for as long as a reminder may be away from its visit.
func (c *config) validateKept(add func(what, how string, path ...any)) {
	if n := c.DeleteAfterDays; n < 0 || n > maxKept {
		add(fmt.Sprintf("delete_after_days: %d is not a number of days", n), fmt.Sprintf("write days from 1 to %d, or 0 to delete no workspace", maxKept), "delete_after_days")
	}
	for _, l := range []struct {
		name        string
		days, least int
	}{{"reminders", c.Keep.Reminders, maxDays + 1}, {"photos", c.Keep.Photos, 1}} {
		if l.days != 0 && (l.days < l.least || l.days > maxKept) {
			add(fmt.Sprintf("keep.%s: %d is not a number of days for which they can be kept", l.name, l.days), fmt.Sprintf("write days from %d to %d, or 0 for ever", l.least, maxKept), "keep", l.name)
		}
	}
}

func (c *config) validateReminders(add func(what, how string, path ...any)) {
	r := &c.Reminders
	for _, l := range []struct {
		name string
		days []int
	}{{"before", r.Before}, {"after", r.After}} {
		for i, n := range l.days {
			if n < 1 || n > maxDays {
				add(fmt.Sprintf("reminders.%s: %d is not a number of days", l.name, n), fmt.Sprintf("write days from 1 to %d, such as [14, 7, 1]", maxDays), "reminders", l.name, i)
			}
		}
	}
	for _, l := range []struct{ name, clock string }{{"at", r.At}, {"eve", r.Eve}, {"visit_day", r.VisitDay}} {
		if _, err := visit.ParseTimeOfDay(l.clock); err != nil {
			add(fmt.Sprintf("reminders.%s: %q is not a time of the day", l.name, l.clock), `write it as "09:00"`, "reminders", l.name)
		}
	}
	if all := visit.Broadcasts(); !slices.Contains(all, visit.Broadcast(r.Channel)) {
		var words []string
		for _, b := range all {
			words = append(words, string(b))
		}
		add(fmt.Sprintf("reminders.channel: %q says nothing of which reminders stand in the channel", r.Channel), "write "+strings.Join(words, ", or "), "reminders", "channel")
	}
	if _, err := visit.ParseQuiet(r.Quiet); err != nil {
		add(fmt.Sprintf("reminders.quiet: %q are not quiet hours", r.Quiet), `write them as "20:00-08:00", or "" for none`, "reminders", "quiet")
	}
	for _, l := range []struct {
		name string
		days int
	}{{"overdue", r.Overdue}, {"escalate", r.Escalate}} {
		if l.days < 0 || l.days > maxDays {
			add(fmt.Sprintf("reminders.%s: %d is not a number of working days", l.name, l.days), fmt.Sprintf("write days from 0 (never) to %d", maxDays), "reminders", l.name)
		}
	}
}

// timing are the rules of the reminders, and China's calendar, which they go by. The
// settings have been checked.
func (c *config) timing() (visit.Timing, *holiday.Calendar, error) {
	china, err := holiday.China()
	if err != nil {
		return visit.Timing{}, nil, err
	}
	r := &c.Reminders
	t := visit.Timing{
		Before: slices.Clone(r.Before), After: slices.Clone(r.After), Overdue: r.Overdue, Escalate: r.Escalate,
		Broadcast: visit.Broadcast(r.Channel), Weekends: r.Weekends, Holidays: r.Holidays, Holiday: china.Holiday, MakeUp: china.MakeUp,
	}
	// The row of reminders is built in the order of time, whatever order people write.
	slices.SortFunc(t.Before, func(a, b int) int { return b - a })
	slices.Sort(t.After)
	t.Before, t.After = slices.Compact(t.Before), slices.Compact(t.After)
	t.At, _ = visit.ParseTimeOfDay(r.At)
	t.Eve, _ = visit.ParseTimeOfDay(r.Eve)
	t.VisitDay, _ = visit.ParseTimeOfDay(r.VisitDay)
	t.Quiet, _ = visit.ParseQuiet(r.Quiet)
	return t, china, nil
}

// isPort also takes 0, with which the system picks a free port.
func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 65535
}

// logLevel is from which level on the log is written.
func (c *config) logLevel() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // not reached: validate refuses every other word
	}
	return level
}

// logger writes what serve and try have to say about themselves.
func (c *config) logger(w io.Writer) *slog.Logger {
	c.level = new(slog.LevelVar)
	c.level.Set(c.logLevel())
	o := &slog.HandlerOptions{Level: c.level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// databaseURL is where visits are kept: the file visitprep.db in the folder that
// visitprep is started in, unless DATABASE_URL names another file or a PostgreSQL server.
// What it says is read by [store.Address].
func databaseURL(getenv func(string) string) string {
	return cmp.Or(strings.TrimSpace(getenv("DATABASE_URL")), "visitprep.db")
}

// A secret hides itself wherever it might be printed.
type secret string

func (secret) String() string               { return "[hidden]" }
func (secret) GoString() string             { return "[hidden]" }
func (secret) LogValue() slog.Value         { return slog.StringValue("[hidden]") }
func (secret) MarshalText() ([]byte, error) { return []byte("[hidden]"), nil }

// slackSettings are the settings that come from the environment, under the
// names that Slack's own frameworks use.
type slackSettings struct {
	// Exported fields, so that printing the whole still hides each secret.
	BotToken, AppToken, SigningSecret secret
	ClientID                          string // of an app that workspaces install by a page
	ClientSecret                      secret
	TokenKey, TokenKeyOld             secret // seal their tokens
	APIURL                            string
	DatabaseURL                       secret // it may hold a password
	// Wrong is what cannot be, and Doubts what is probably not meant, a line each; no secret
	// stands in them.
	Wrong, Doubts []string
}

// secretsOf reads what is between us and Slack, and nothing else.
func secretsOf(getenv func(string) string) slackSettings {
	return slackSettings{
		BotToken:      secret(pasted(getenv("SLACK_BOT_TOKEN"))),
		AppToken:      secret(pasted(getenv("SLACK_APP_TOKEN"))),
		SigningSecret: secret(pasted(getenv("SLACK_SIGNING_SECRET"))),
		ClientID:      pasted(getenv("SLACK_CLIENT_ID")),
		ClientSecret:  secret(pasted(getenv("SLACK_CLIENT_SECRET"))),
		TokenKey:      secret(pasted(getenv("VISITPREP_TOKEN_KEY"))),
		TokenKeyOld:   secret(pasted(getenv("VISITPREP_TOKEN_KEY_OLD"))),
	}
}

// loadSlackSettings reads the environment. Its error says every variable that is
// missing or holds what it cannot, a line each.
func loadSlackSettings(getenv func(string) string) (slackSettings, error) {
	s := secretsOf(getenv)
	s.APIURL, s.DatabaseURL = pasted(getenv("SLACK_API_URL")), secret(databaseURL(getenv))
	if s.APIURL != "" && !strings.HasSuffix(s.APIURL, "/") {
		s.APIURL += "/"
	}
	s.check()
	s.checkProxy(getenv)
	return s, errors.Join(s.mistakes(), s.missing())
}

// many reports whether workspaces install the app by a page, each with a token of its own. With a
// bot token in the environment one is served, and nothing of it is needed.
func (s *slackSettings) many() bool { return s.BotToken == "" && s.ClientID != "" }

// client calls Slack with these tokens.
func (s *slackSettings) client(through *http.Client) *slack.Client {
	return s.clientOf(string(s.BotToken), through)
}

// clientOf calls Slack with the bot token of a workspace.
func (s *slackSettings) clientOf(token string, through *http.Client) *slack.Client {
	options := []slack.Option{slack.OptionHTTPClient(through), slack.OptionAppLevelToken(string(s.AppToken))}
	if s.APIURL != "" {
		options = append(options, slack.OptionAPIURL(s.APIURL))
	}
	return slack.New(token, options...)
}

// begun reports whether any variable of a Slack app is set: then serve wants the others, too.
func (s *slackSettings) begun() bool {
	return s.BotToken != "" || s.AppToken != "" || s.SigningSecret != "" || s.ClientID != "" || s.ClientSecret != ""
}

// missing says without which variables there is no Slack app.
func (s *slackSettings) missing() error {
	var names []string
	if s.many() {
		for _, v := range []struct {
			value secret
			name  string
		}{{s.ClientSecret, "SLACK_CLIENT_SECRET (Basic Information, App Credentials)"}, {s.SigningSecret, "SLACK_SIGNING_SECRET (there, too)"}, {s.TokenKey, "VISITPREP_TOKEN_KEY (visitprep keys new prints one; keep it apart from the database and its backups)"}} {
			if v.value == "" {
				names = append(names, v.name)
			}
		}
		if len(names) == 0 {
			return nil
		}
		return fmt.Errorf("SLACK_CLIENT_ID is set and SLACK_BOT_TOKEN is not, so many workspaces are served. Set these environment variables, too:\n  %s\ndocs/operate.md, \"Many workspaces\", has the rest. For one workspace, set SLACK_BOT_TOKEN", strings.Join(names, "\n  "))
	}
	if s.BotToken == "" {
		names = append(names, "SLACK_BOT_TOKEN (starts with xoxb-)")
	}
	if s.AppToken == "" && s.SigningSecret == "" {
		names = append(names, "SLACK_APP_TOKEN (starts with xapp-, for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP)")
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf(`your Slack app is not known yet. Set these environment variables:
  %s
README.md, "Install in Slack", says where to find them.
To look around without Slack: visitprep try`, strings.Join(names, "\n  "))
}
