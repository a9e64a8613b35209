package soak

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"visitprep/bot"
	"visitprep/internal/install"
	"visitprep/internal/localslack"
)

// A place is a workspace of a soak, with what stands between it and the program.
type place struct {
	s     *soak
	name  string // a word that every factory of it has in its name, and no other place's
	slack *localslack.Workspace
	api   *apiServer
	front *front
	heard *heard
}

// names are those of places.
var names = []string{"Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel"}

// What an app has that many workspaces install.
const (
	clientID      = "12.34"
	clientSecret  = "0123456789abcdef0123456789abcdef"
	signingSecret = "fedcba9876543210fedcba9876543210"
	// tokenLife has each token refreshed at every look of the program that keeps them.
	tokenLife = time.Hour
)

// settle makes the n-th place of a soak, whose calls go by router.
func (s *soak) settle(n int, router string) error {
	p := &place{s: s, name: names[n]}
	p.heard, p.front = newHeard(p), &front{p: p}
	before := httptest.NewServer(p.front)
	s.t.Cleanup(before.Close)
	o := cast(fmt.Sprintf("T0SOAK%05d", n+1))
	o.TeamName, o.SigningSecret, o.BaseURL = "Team "+p.name, signingSecret, router+"/"+o.TeamID
	o.Scopes, o.Events, o.RequestURL, o.Commands, o.Now = bot.Scopes(), bot.Events(), before.URL, nil, s.calendar.Now
	o.Logger = slog.New(slog.DiscardHandler)
	if s.listen != "" {
		o.ClientID, o.ClientSecret, o.RedirectURLs, o.TokenLife = clientID, clientSecret, []string{"http://" + s.listen + install.DonePath}, tokenLife
	}
	for _, c := range bot.Commands() {
		o.Commands = append(o.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}
	for _, c := range bot.Shortcuts() {
		o.Shortcuts = append(o.Shortcuts, localslack.Shortcut{Name: c[0], CallbackID: c[1], OnMessage: c[2] == "message"})
	}
	w, err := localslack.New(o)
	if err != nil {
		return err
	}
	p.slack = w
	s.t.Cleanup(func() { w.Close() })
	p.api = &apiServer{next: w.Handler()}
	s.places = append(s.places, p)
	return nil
}

// A router is the one address of Slack's: a call goes to the place that its token, its code or its
// path names.
type router struct{ s *soak }

func (r router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	for _, p := range r.s.places {
		if rest, ok := strings.CutPrefix(req.URL.Path, "/"+p.slack.TeamID()+"/"); ok {
			req.URL.Path = "/" + rest
			p.api.ServeHTTP(w, req)
			return
		}
	}
	said := req.Header.Get("Authorization") + " " + req.URL.RawQuery
	if !strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/") {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		said += " " + form.Get("token") + " " + form.Get("code") + " " + form.Get("refresh_token")
	}
	for _, p := range r.s.places {
		if len(r.s.places) == 1 || strings.Contains(said, p.slack.TeamID()) {
			p.api.ServeHTTP(w, req)
			return
		}
	}
	fmt.Fprint(w, `{"ok":false,"error":"invalid_auth"}`)
}

// restore has the token of a place good again: where each has its own, somebody adds the app again.
func (p *place) restore() {
	if p.s.listen == "" {
		p.slack.RestoreToken()
		return
	}
	if err := p.addTheApp(); err != nil {
		p.s.broken("add the app again in %s: %v", p.name, err)
	}
}

var button = regexp.MustCompile(`<a class="button" href="([^"]*)"`)

// addTheApp does what somebody does in a browser who adds the app.
func (p *place) addTheApp() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	read := func(res *http.Response, err error) (string, error) {
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		return string(page), err
	}
	page, err := read(browser.Get("http://" + p.s.listen + install.InstallPath))
	if err != nil {
		return err
	}
	found := button.FindStringSubmatch(page)
	if found == nil {
		return fmt.Errorf("the page has no button:\n%s", page)
	}
	authorize := strings.ReplaceAll(found[1], "&amp;", "&") + "&team=" + p.slack.TeamID() // as whoever is signed in there
	if page, err = read(browser.PostForm(authorize, url.Values{"answer": {"allow"}})); err != nil {
		return err
	}
	if !strings.Contains(page, "<h1>Visit Prep is in Team "+p.name+"</h1>") {
		return fmt.Errorf("it ends with\n%s", page)
	}
	return nil
}

// imports records what a file has.
func (p *place) imports(ctx context.Context, name, text string) error {
	file := filepath.Join(p.s.program.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, p.s.program.binary, "import", "--workspace", p.slack.TeamID(), file)
	cmd.Args[0], cmd.Dir, cmd.Env = "visitprep", p.s.program.dir, append(os.Environ(), p.s.program.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("import: %w: %s", err, out)
	}
	return os.Remove(file)
}

// atFirst is what a place has before anybody does anything, as a file that is imported:
// visits in the months to come, and plans that bring an inspection a week, so that reminders
// come due from the first night on.
func (p *place) atFirst() string {
	var b strings.Builder
	b.WriteString("kind,factory,city,purpose,first,last,type,rule,leads,inspectors,people,owner,channel\n")
	in := func(days int) string { return p.s.calendar.Now().AddDate(0, 0, days).Format(time.DateOnly) }
	people := []string{localslack.SampleMia, localslack.SampleJonas, "U0TANAKA001", "U0ROSSI0001"}
	for n := range 12 {
		who := people[n%len(people)]
		fmt.Fprintf(&b, "visit,Factory %d of %s,Ningbo,first_visit,%s,%s,,,,,%s: leads,%s,%s\n", n%9, p.name, in(4+9*n), in(5+9*n), who, who, []string{localslack.SampleSourcing, spare}[n%2])
	}
	for n := range 4 {
		fmt.Fprintf(&b, "plan,Factory %d of %s,Ningbo,,,,pre_shipment,every 1 weeks from %s at 09:00,3; 1,%s,,%s,%s\n", n, p.name, in(3+n), people[n], people[n], localslack.SampleSourcing)
	}
	return b.String()
}
