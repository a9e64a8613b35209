package main

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/install"
)

// pasted is a value without what files, shells and editors leave around it: line ends,
// spaces, a byte order mark, quotes, the mark that ends a command or an item of a list. No secret of Slack's begins or ends with any of them,
// and with one of them Slack refuses it without saying why.
func pasted(value string) string {
	return strings.TrimFunc(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'`“”‘’„«»;,", r)
	})
}

// inside says what stands in the middle of a value that cannot be in a secret; "" is
// nothing. It does not repeat what is secret.
func inside(value string) string {
	if !utf8.ValidString(value) {
		return "has bytes that are not text in the middle"
	}
	for _, r := range value {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028':
			return "has a line break in the middle"
		case unicode.IsSpace(r):
			return "has a space in the middle"
		case unicode.IsControl(r):
			return "has a control character in the middle"
		case r > unicode.MaxASCII:
			return "has a character in it that no secret of Slack's has"
		}
	}
	return ""
}

// shortSecret is how long a value is, in bytes, that may stand anywhere by chance.
const shortSecret = 8

// slackToken is what every token of Slack's looks like.
var slackToken = regexp.MustCompile(`\b(xoxe\.)?xox[a-z]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}`)

// struckOut is text with "[hidden]" in place of each secret.
func (s *slackSettings) struckOut(text []byte) []byte {
	// Those of the workspaces are in no variable.
	text = slackToken.ReplaceAll(text, []byte(secret("").String()))
	for _, v := range []secret{s.BotToken, s.AppToken, s.SigningSecret, s.ClientSecret, s.TokenKey, s.TokenKeyOld} {
		if len(v) < shortSecret {
			continue
		}
		quoted := strconv.Quote(string(v)) // as logs do, and addresses below
		for _, form := range []string{string(v), quoted[1 : len(quoted)-1], url.QueryEscape(string(v))} {
			text = bytes.ReplaceAll(text, []byte(form), []byte(v.String()))
		}
	}
	return text
}

// hiding writes to w, without the secrets of Slack in what is written at once.
func (s slackSettings) hiding(w io.Writer) io.Writer { return hidingWriter{w, s} }

type hidingWriter struct {
	to io.Writer
	of slackSettings
}

func (w hidingWriter) Write(p []byte) (int, error) {
	if _, err := w.to.Write(w.of.struckOut(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// tokenKinds are the kinds of Slack's tokens by how they begin. The longer of two that
// begin alike comes first.
var tokenKinds = []struct{ prefix, kind string }{
	{"xapp-", "an app-level token"},
	{"xoxb-", "a bot token"},
	{"xoxp-", "a user token"},
	{"xoxe.xoxb-", "a bot token that expires"},
	{"xoxe.xoxp-", "a user token that expires"},
	{"xoxe-", "a refresh token"},
	{"xoxc-", "a token of a browser"},
	{"xoxd-", "a token of a browser"},
	{"xoxs-", "a token of a browser"},
}

var otherToken = regexp.MustCompile(`^xox[a-z]{1,2}[.-]`)

// tokenKind is what kind of token a value is, and how those begin; "" is none.
func tokenKind(value string) (prefix, kind string) {
	for _, k := range tokenKinds {
		if strings.HasPrefix(value, k.prefix) {
			return k.prefix, k.kind
		}
	}
	if prefix = otherToken.FindString(value); prefix != "" {
		return prefix, "another kind of token"
	}
	return "", ""
}

// Where Slack shows each secret.
const (
	whereBotToken      = "the Bot User OAuth Token, which starts with xoxb- (OAuth & Permissions)"
	whereAppToken      = "the App-Level Token, which starts with xapp- (Basic Information, App-Level Tokens)"
	whereSigningSecret = "the Signing Secret (Basic Information, App Credentials)"
	whereClientSecret  = "the Client Secret (Basic Information, App Credentials)"
)

var signingSecretForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// check notes what is wrong with the secrets, and what is doubtful: a form that Slack does
// not promise is no reason to refuse one.
func (s *slackSettings) check() {
	wrong := func(format string, args ...any) { s.Wrong = append(s.Wrong, fmt.Sprintf(format, args...)) }
	doubt := func(format string, args ...any) { s.Doubts = append(s.Doubts, fmt.Sprintf(format, args...)) }
	for _, v := range []struct{ name, value, prefix, needs string }{
		{"SLACK_BOT_TOKEN", string(s.BotToken), "xoxb-", whereBotToken},
		{"SLACK_APP_TOKEN", string(s.AppToken), "xapp-", whereAppToken},
		{"SLACK_SIGNING_SECRET", string(s.SigningSecret), "", whereSigningSecret},
		{"SLACK_CLIENT_SECRET", string(s.ClientSecret), "", whereClientSecret},
	} {
		if v.value == "" {
			continue
		}
		if what := inside(v.value); what != "" {
			wrong("%s %s: copy the value again, alone; it is %s", v.name, what, v.needs)
			continue
		}
		prefix, kind := tokenKind(v.value)
		switch {
		case v.prefix == "xoxb-" && prefix == "xoxe.xoxb-":
			doubt("%s holds a bot token that expires (xoxe.xoxb-…), and nothing here renews it: within a day nothing works until it is replaced; an app without token rotation has one that stays", v.name)
		case prefix != v.prefix && kind != "":
			wrong("%s holds %s (%s…): it needs %s", v.name, kind, prefix, v.needs)
		case kind == "" && v.prefix != "":
			doubt("%s does not start with %s: it needs %s", v.name, v.prefix, v.needs)
		case v.prefix == "" && !signingSecretForm.MatchString(v.value):
			doubt("%s is not 32 hexadecimal digits, as Slack's secrets are: it needs %s", v.name, v.needs)
		}
	}
	s.checkMany(wrong, doubt)
	if s.APIURL != "" {
		u, err := url.Parse(s.APIURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "@") {
			// Methods are appended to it; and what comes before an @ may be a password.
			wrong("SLACK_API_URL is not an address: leave it out, or write one such as https://slack.com/api/")
		}
	}
}

var clientIDForm = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)

// checkMany notes what is wrong with the settings of many workspaces, and what of them is not used
// where there is one.
func (s *slackSettings) checkMany(wrong, doubt func(format string, args ...any)) {
	if s.BotToken != "" {
		if s.ClientID != "" {
			doubt("SLACK_BOT_TOKEN is set, so its workspace alone is served, and SLACK_CLIENT_ID is not used: leave one of them out")
		}
		return
	}
	if s.ClientID == "" {
		if s.ClientSecret != "" {
			wrong("SLACK_CLIENT_SECRET is set without SLACK_CLIENT_ID: set both to serve many workspaces, or SLACK_BOT_TOKEN to serve one")
		}
		return
	}
	if s.AppToken != "" {
		wrong("SLACK_APP_TOKEN is for Socket Mode, which an app of many workspaces has not: leave it out, and set SLACK_SIGNING_SECRET; or set SLACK_BOT_TOKEN to serve one workspace")
	}
	if !clientIDForm.MatchString(s.ClientID) {
		doubt("SLACK_CLIENT_ID is not two numbers with a dot between them, as Slack's are: it needs the Client ID (Basic Information, App Credentials)")
	}
	if s.TokenKey != "" {
		if _, err := s.keys(); err != nil {
			wrong("%s", err)
		}
	}
}

// keys are what seals and opens the tokens of workspaces.
func (s *slackSettings) keys() (*install.Keys, error) {
	return install.ParseKeys(string(s.TokenKey), string(s.TokenKeyOld))
}

// proxyVariable is which variable names the proxy on the way to Slack.
func (s *slackSettings) proxyVariable() string {
	if strings.HasPrefix(strings.ToLower(s.APIURL), "http:") {
		return "HTTP_PROXY"
	}
	return "HTTPS_PROXY"
}

// checkProxy notes a proxy that cannot be one. net/http says nothing then, and goes without.
// There may be a password in it, so it is not repeated.
func (s *slackSettings) checkProxy(getenv func(string) string) {
	name := s.proxyVariable()
	value := getenv(name)
	if value == "" {
		name = strings.ToLower(name)
		value = getenv(name)
	}
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if (err != nil || u.Scheme == "" || u.Host == "") && !strings.Contains(value, "://") { // as net/http reads it
		u, err = url.Parse("http://" + value)
	}
	if err != nil || u.Hostname() == "" || strings.ContainsFunc(u.Hostname(), unicode.IsSpace) || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Port() != "" && !isPort(u.Port()) {
		s.Wrong = append(s.Wrong, name+" is not the address of a proxy: write it as http://HOST:PORT, or http://NAME:PASSWORD@HOST:PORT, or leave it out")
	}
}

// mistakes is what check has found wrong.
func (s *slackSettings) mistakes() error {
	if len(s.Wrong) == 0 {
		return nil
	}
	return fmt.Errorf("mistakes in the environment:\n%s", strings.Join(s.Wrong, "\n"))
}
