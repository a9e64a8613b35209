package localslack

import (
	"crypto/subtle"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How an app comes into the workspace: the page on which somebody allows it, and the exchange of
// what that page sends back, or of a refresh token, for a bot token. Codes and tokens have the
// workspace's id in them, so that whoever stands before several workspaces knows whose they are.

// codeLife is how long a code of the page is good, as Slack's.
const codeLife = 10 * time.Minute

// A grant is what the page gave a code for.
type grant struct {
	redirect, scopes string
	until            time.Time
	used             bool
}

// authorizeText is the page that asks somebody to allow the app.
const authorizeText = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow {{.App}}?</title>
<h1>{{.App}} is asking for permission in {{.Team}}</h1>
<ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<form method="post"><button name="answer" value="allow">Allow</button> <button name="answer" value="cancel">Cancel</button></form>
</html>
`

// serveAuthorize is the page on which somebody allows the app, or does not. Like Slack's it says
// what is wrong with a request itself: what is not an address of the app's gets no answer.
func (w *Workspace) serveAuthorize(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	scopes := strings.FieldsFunc(q.Get("scope"), func(r rune) bool { return r == ',' || r == ' ' })
	back, err := url.Parse(q.Get("redirect_uri"))
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	wrong := ""
	switch {
	case q.Get("client_id") != w.opt.ClientID:
		wrong = "invalid_client_id: no app here has this client id."
	case err != nil || back.Host == "" || !slices.Contains(w.opt.RedirectURLs, back.String()):
		wrong = "bad_redirect_uri: the app has not declared this redirect URL."
	case len(scopes) == 0:
		wrong = "invalid_scope: no scope was asked for."
	}
	if wrong != "" {
		w.refuse("oauth/v2/authorize", strings.Split(wrong, ":")[0], wrong)
		rw.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(rw, "<!doctype html><title>Something went wrong</title><h1>Something went wrong</h1><p>%s</p>", template.HTMLEscapeString(wrong))
		return
	}
	if r.Method == http.MethodGet {
		_ = template.Must(template.New("authorize").Parse(authorizeText)).Execute(rw, map[string]any{"App": w.opt.BotRealName, "Team": w.opt.TeamName, "Scopes": scopes})
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if r.FormValue("answer") == "allow" {
		answer.Set("code", w.Allow(back.String(), scopes...))
	} else {
		answer.Set("error", "access_denied")
	}
	back.RawQuery = answer.Encode()
	http.Redirect(rw, r, back.String(), http.StatusFound)
}

// Allow is what pressing the button of the page gives: a code for the redirect URL that it goes to.
func (w *Workspace) Allow(redirect string, scopes ...string) (code string) {
	code = w.opt.TeamID + "." + random(24)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes[code] = &grant{redirect: redirect, scopes: strings.Join(scopes, ","), until: time.Now().Add(codeLife)}
	return code
}

// oauthAccess is oauth.v2.access, which takes no token. It gives the bot token, and one to refresh it
// where Options.TokenLife says that tokens end.
func (w *Workspace) oauthAccess(c *call) (map[string]any, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	same := func(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	id, secret := c.args["client_id"], c.args["client_secret"]
	if name, password, ok := c.r.BasicAuth(); ok {
		id, secret = name, password
	}
	switch {
	case !same(id, w.opt.ClientID):
		return nil, fail("invalid_client_id", "No app here has this client id.")
	case !same(secret, w.opt.ClientSecret):
		return nil, fail("bad_client_secret", "The client secret is not the app's.")
	}
	if c.args["grant_type"] == "refresh_token" {
		refresh := c.args["refresh_token"]
		good, known := w.refreshes[refresh]
		if !known || !good || w.uninstalled.Load() || w.tokenCode != "" {
			return nil, fail("invalid_refresh_token", "The refresh token was used before, or the app is not installed any more.")
		}
		w.refreshes[refresh] = false
		w.refreshed++
		return w.grantLocked(w.granted), nil
	}
	g := w.codes[c.args["code"]]
	switch {
	case g == nil:
		return nil, fail("invalid_code", "No page has given this code.")
	case g.used:
		return nil, fail("code_already_used", "A code is good once.")
	case time.Now().After(g.until):
		return nil, fail("code_expired", "A code is good for ten minutes.")
	case g.redirect != c.args["redirect_uri"]:
		return nil, fail("bad_redirect_uri", "The code was given for another redirect URL.")
	}
	g.used = true
	if w.uninstalled.Load() || w.tokenCode != "" { // what was revoked stays revoked: the tokens are new
		clear(w.tokens)
		clear(w.refreshes)
	}
	w.tokenCode, w.granted = "", g.scopes
	w.uninstalled.Store(false)
	w.changedLocked()
	return w.grantLocked(g.scopes), nil
}

// grantLocked is a new bot token, and what Slack says with it.
func (w *Workspace) grantLocked(scopes string) map[string]any {
	whose := w.opt.TeamID
	if w.orgInstall.Load() {
		whose = w.opt.EnterpriseID
	}
	token := "xoxb-" + whose + "-" + random(24)
	answer := map[string]any{
		"token_type": "bot", "scope": scopes, "bot_user_id": w.opt.BotUserID, "app_id": w.opt.AppID, "is_enterprise_install": w.orgInstall.Load(),
		"team": map[string]any{"id": w.opt.TeamID, "name": w.opt.TeamName}, "enterprise": nil, "authed_user": map[string]any{"id": w.installerLocked()},
	}
	if org := w.organisation(); org != nil {
		answer["enterprise"] = map[string]any{"id": org, "name": w.opt.TeamName}
	}
	if w.orgInstall.Load() {
		answer["team"] = nil
	}
	ends := time.Time{}
	if w.opt.TokenLife > 0 {
		refresh := "xoxe-1-" + whose + "-" + random(24)
		w.refreshes[refresh] = true
		token, ends = "xoxe."+token, time.Now().Add(w.opt.TokenLife)
		answer["refresh_token"], answer["expires_in"] = refresh, int(w.opt.TokenLife/time.Second)
	}
	w.tokens[token], answer["access_token"] = ends, token
	return answer
}

// installerLocked is who presses the button: an admin.
func (w *Workspace) installerLocked() string {
	for _, p := range w.opt.People {
		if p.Admin {
			return p.ID
		}
	}
	return ""
}

// given reports whether a token is one of those that the page led to, and whether it has ended.
func (w *Workspace) given(token string) (known, expired bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.givenLocked(token)
}

func (w *Workspace) givenLocked(token string) (known, expired bool) {
	ends, known := w.tokens[token]
	return known, known && !ends.IsZero() && time.Now().After(ends)
}

// Refreshed is how many tokens were refreshed.
func (w *Workspace) Refreshed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refreshed
}

// ExpireTokens ends all tokens that have an end; their refresh tokens are good.
func (w *Workspace) ExpireTokens() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for token, ends := range w.tokens {
		if !ends.IsZero() {
			w.tokens[token] = time.Unix(0, 0)
		}
	}
}

// LoseRefreshTokens makes every refresh token bad, as where its answer was lost.
func (w *Workspace) LoseRefreshTokens() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for refresh := range w.refreshes {
		w.refreshes[refresh] = false
	}
}
