package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/install"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// slacks are several workspaces behind one address, as Slack's is: a call goes where its token, its
// code or its path is from.
type slacks struct {
	byID map[string]*localslack.Workspace // by what stands in its tokens

	// The sister is another workspace of the organisation, which has one token for both: by that, what
	// a call is about says where it goes. Its people and channels have ids of their own, as in Slack.
	organisation string
	sister       *localslack.Workspace
}

// means reports whether a call is about something of the sister.
func (s *slacks) means(said string) bool {
	if strings.Contains(said, s.sister.TeamID()) || strings.Contains(said, "0SISTER") {
		return true
	}
	for _, c := range s.sister.Channels(sisterMia) {
		if strings.Contains(said, c.ID) {
			return true
		}
	}
	return false
}

const (
	sisterMia      = "U0SISTERMIA"
	sisterSourcing = "C0SISTERSRC"
)

func (s *slacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/w/"); ok { // an address that one of them gave
		id, path, _ := strings.Cut(rest, "/")
		r.URL.Path = "/" + path
		s.byID[id].ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	if ws := s.sister; ws != nil && strings.Contains(r.Header.Get("Authorization")+form.Get("token"), s.organisation) && s.means(string(body)+r.URL.RawQuery) {
		r.Header.Set("Authorization", "Bearer "+ws.BotToken()) // which is one and the same in Slack
		form.Del("token")
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			body = []byte(form.Encode())
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		ws.ServeHTTP(w, r)
		return
	}
	said := strings.Join([]string{r.Header.Get("Authorization"), form.Get("token"), form.Get("code"), form.Get("refresh_token"), r.URL.RawQuery}, " ")
	for id, ws := range s.byID {
		if strings.Contains(said, id) {
			ws.ServeHTTP(w, r)
			return
		}
	}
	fmt.Fprint(w, `{"ok":false,"error":"invalid_auth"}`)
}

// Three workspaces of one organisation, two of which have the app by the organisation's one token, and
// two strangers: the same people, channels and numbers in each, but for one of the organisation. Each sees its own and nothing of another,
// also when one has its token revoked and one is deleted.
func TestManyWorkspacesSeeNothingOfEachOther(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	all := slacks{byID: map[string]*localslack.Workspace{}}
	front := httptest.NewServer(&all)
	defer front.Close()
	const (
		wide, own, revoked, deleted = "T0GRIDWIDE1", "T0GRIDOWN01", "T0REVOKED01", "T0DELETED01"
		sister                      = "T0SISTER001"
		organisation                = "E0GRID00001"
	)
	ids := []string{wide, own, revoked, deleted, sister}
	factory := map[string]string{wide: "Widefield Lamps", sister: "Sisterford Clocks", own: "Ownborough Chairs", revoked: "Revokeham Tools", deleted: "Deletington Toys"}
	for _, id := range ids {
		o := localslack.Sample()
		o.TeamID, o.TeamName, o.EnterpriseID, o.Grid = id, "Team of "+id, organisation, id == wide || id == own || id == sister
		o.ClientID, o.ClientSecret, o.RedirectURLs = "12.34", "0123456789abcdef0123456789abcdef", []string{"http://" + at + install.DonePath}
		o.SigningSecret, o.RequestURL, o.BaseURL = "fedcba9876543210fedcba9876543210", "http://"+at+slackPath, front.URL+"/w/"+id
		o.Events = bot.Events()
		for n := range o.People {
			if o.People[n].TeamID == localslack.DefaultTeamID {
				o.People[n].TeamID = id
			}
		}
		if id == sister {
			renumber(&o)
		}
		ws, err := localslack.New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		all.byID[id] = ws
	}
	all.byID[wide].OrgInstall(true)
	all.byID[sister].OrgInstall(true)
	all.organisation, all.sister = organisation, all.byID[sister]
	all.byID[organisation] = all.byID[wide] // whose tokens those of the organisation are

	file := filepath.Join(t.TempDir(), "visits.db")
	env := map[string]string{"SLACK_CLIENT_ID": "12.34", "SLACK_CLIENT_SECRET": "0123456789abcdef0123456789abcdef", "SLACK_SIGNING_SECRET": "fedcba9876543210fedcba9876543210",
		"SLACK_API_URL": front.URL + "/api/", "VISITPREP_TOKEN_KEY": install.NewKey(), "DATABASE_URL": file}
	s, err := loadSlackSettings(environment(env))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen, cfg.PublicURL, cfg.Welcome = at, "http://"+at, false
	var log lockedLog
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, cfg, &reloading{started: *cfg, now: *cfg}, s, calendar{now: time.Now}, slog.New(slog.NewTextHandler(&log, nil)))
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	until(t, "it serves", func() bool {
		res, err := http.Get("http://" + at + "/healthz")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
	db, err := store.Open(ctx, store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	// Nobody is served before somebody has added the app.
	if got := asksIn(t, all.byID[own], "/visit-prep"); !strings.Contains(got, "not installed in this workspace any more") {
		t.Errorf("before it is installed it answers %s", got)
	}
	for _, id := range ids {
		if id != sister { // it has it by the token of the organisation, from wide
			addTheApp(t, "http://"+at, id)
		}
	}
	first := civil.Of(time.Now()).AddDays(30)
	for _, id := range ids {
		if id == wide || id == sister { // nothing is known of it yet, and the first event says whose it is
			if err := all.byID[id].OpenHome(miaOf(all.byID[id])); err != nil {
				t.Fatal(err)
			}
			until(t, "the organisation's installation serves it", func() bool { i, err := db.Installation(ctx, id); return err == nil && i.Workspace == organisation })
		}
		v := visit.Visit{Work: visit.Work{Workspace: id, Factory: visit.Factory{Name: factory[id]}, Place: visit.Place{Channel: sourcingOf(all.byID[id]), ChannelZone: "Europe/Berlin"}, Owner: miaOf(all.byID[id])},
			Purpose: "first_visit", First: first, Last: first, People: []visit.Person{{User: miaOf(all.byID[id]), Role: "leads"}}}
		if v, err = db.PlanVisit(ctx, v, time.Now()); err != nil || v.Number != 1 {
			t.Fatalf("plan in %s: visit %d, %v", id, v.Number, err)
		}
	}
	sees := func(when string, live ...string) {
		t.Helper()
		for _, id := range live {
			if got := asksIn(t, all.byID[id], "/visit-prep show 1"); !strings.Contains(got, factory[id]) {
				t.Errorf("%s, visit 1 of %s is %s\n%s", when, id, got, &log)
			}
			until(t, "the card of "+id, func() bool { return strings.Contains(shown(all.byID[id]), factory[id]) })
		}
		for _, id := range ids {
			text := shown(all.byID[id])
			for _, other := range ids {
				if other != id && (strings.Contains(text, factory[other]) || strings.Contains(text, other)) {
					t.Errorf("%s, %s is seen in %s", when, factory[other], id)
				}
			}
		}
	}
	sees("first", ids...)
	for _, id := range ids {
		recordsPeopleAndFindings(t, db, all.byID[id], factory[id])
	}
	// What is exported of one, with its people, findings and photos, has nothing of another, and what is
	// measured names nobody.
	exported := exportOf(t, env, own)
	measured := got(t, "http://"+at+"/metrics")
	for _, words := range []string{"contact 1 " + factory[own], "finding 1 " + factory[own], "photo of " + factory[own]} {
		if !strings.Contains(exported, words) {
			t.Errorf("the export of %s lacks %q", own, words)
		}
	}
	if !strings.Contains(measured, "visitprep_requests_total") {
		t.Errorf("nothing is measured:\n%s", measured)
	}
	for _, id := range ids {
		if id != own && strings.Contains(exported, factory[id]) {
			t.Errorf("%s is in the export of %s", factory[id], own)
		}
		for _, words := range []string{id, factory[id], strings.Fields(factory[id])[0]} {
			if strings.Contains(measured, words) {
				t.Errorf("%q is in what is measured", words)
			}
		}
	}

	all.byID[revoked].RevokeToken("token_revoked")
	all.byID[deleted].Uninstall()
	until(t, "both are held", func() bool { cs, err := db.Connections(ctx); return err == nil && len(cs) == 2 })
	if got := asksIn(t, all.byID[revoked], "/visit-prep show 1"); !strings.Contains(got, "not installed in this workspace any more") {
		t.Errorf("with its token revoked it answers %s", got)
	}
	sees("after one was revoked and one has uninstalled it", wide, own, sister)
	until(t, "the log tells of both", func() bool {
		got := log.String()
		return strings.Contains(got, "reminders wait until it is installed again") && strings.Contains(got, revoked)
	})
	if got := log.String(); strings.Contains(got, "xoxb-") {
		t.Errorf("the log is\n%s", got)
	}
	var out, problems bytes.Buffer
	if code := run(ctx, []string{"status", "--json"}, nil, &out, &problems, environment(env)); code != 0 {
		t.Fatal(problems.String())
	}
	var told []workspaceStatus
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	how := map[string]string{}
	for _, w := range told {
		how[w.Workspace] = w.State
		if w.Workspace == revoked && (w.Waiting == 0 || w.Because != "token_revoked") {
			t.Errorf("of the revoked one %d reminders wait because of %s", w.Waiting, w.Because)
		}
	}
	if want := (map[string]string{wide: isConnected, own: isConnected, sister: isConnected, organisation: isConnected, revoked: isEnded, deleted: isEnded}); fmt.Sprint(how) != fmt.Sprint(want) {
		t.Errorf("status says %v, want %v", how, want)
	}
	if code := run(ctx, []string{"forget", "--workspace", deleted, "--yes"}, nil, &out, &problems, environment(env)); code != 0 {
		t.Fatal(problems.String())
	}
	backup := filepath.Join(filepath.Dir(file), "backup.db")
	if err := db.Backup(ctx, backup); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + "-wal", backup} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(factory[deleted])) {
			t.Errorf("what was deleted is in %s", filepath.Base(name))
		}
		if bytes.Contains(data, []byte("xoxb-")) {
			t.Errorf("a token is in %s", filepath.Base(name))
		}
	}
	sees("after one was deleted", wide, own, sister)

	// The revoked one adds it again: its visit is there, and what waited goes out.
	addTheApp(t, "http://"+at, revoked)
	sees("after the revoked one has added it again", wide, own, sister, revoked)
	addTheApp(t, "http://"+at, deleted)
	if got := asksIn(t, all.byID[deleted], "/visit-prep show 1"); strings.Contains(got, factory[deleted]) {
		t.Errorf("what was deleted is back: %s", got)
	}
	for _, id := range ids {
		for _, r := range all.byID[id].Refusals() {
			if !slices.Contains([]string{"token_revoked", "account_inactive"}, r.Error) {
				t.Errorf("%s refused %s: %s: %s", id, r.Call, r.Error, r.Reason)
			}
		}
	}
}

// recordsPeopleAndFindings has a workspace know somebody and log a finding with a photo: the same name, the
// same numbers and the same file everywhere.
func recordsPeopleAndFindings(t *testing.T, db *store.Store, ws *localslack.Workspace, factory string) {
	t.Helper()
	ctx, mia, now := t.Context(), miaOf(ws), time.Now()
	c, err := db.AddContact(ctx, visit.Contact{Workspace: ws.TeamID(), Place: visit.Place{Channel: sourcingOf(ws), ChannelZone: "Europe/Berlin"}, By: mia, KnownBy: []string{mia}, Name: "Wang Wei",
		Firm: "contact 1 " + factory, Roles: []visit.ContactRole{visit.Broker}, City: "Ningbo", Consent: visit.ConsentYes}, now)
	if err != nil || c.Number != 1 {
		t.Fatalf("the contact of %s has number %d, %v", ws.TeamID(), c.Number, err)
	}
	f, _, err := db.AddFinding(ctx, visit.Finding{Workspace: ws.TeamID(), Subject: "visit/1", Severity: visit.Major, Text: "finding 1 " + factory, Source: "same:1", By: mia,
		Photos: []visit.PhotoRef{{FileID: "F0SAMEPHOTO", Name: "IMG_1.jpg", State: visit.PhotoWaiting}}}, now)
	if err != nil || f.Number != 1 {
		t.Fatalf("the finding of %s has number %d, %v", ws.TeamID(), f.Number, err)
	}
	if _, _, err := db.KeepPhoto(ctx, ws.TeamID(), f.Photos[0].ID, store.Copy{JPEG: []byte("photo of " + factory), W: 4, H: 3}); err != nil {
		t.Fatal(err)
	}
}

// exportOf is all that the real export of a workspace writes.
func exportOf(t *testing.T, env map[string]string, workspace string) string {
	t.Helper()
	dir := t.TempDir()
	var said, problems bytes.Buffer
	if code := run(t.Context(), []string{"export", "--workspace", workspace, "--output", filepath.Join(dir, "visits.yaml")}, nil, &said, &problems, environment(env)); code != 0 {
		t.Fatal(problems.String())
	}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		said.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return said.String()
}

// got is what stands at an address.
func got(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, res.Status, err)
	}
	return string(body)
}

// renumber gives Mia and the channel of a workspace ids of their own.
func renumber(o *localslack.Options) {
	as := func(id string) string {
		return cmp.Or(map[string]string{localslack.SampleMia: sisterMia, localslack.SampleSourcing: sisterSourcing}[id], id)
	}
	for n := range o.People {
		o.People[n].ID = as(o.People[n].ID)
	}
	for n := range o.Channels {
		o.Channels[n].ID = as(o.Channels[n].ID)
		o.Channels[n].Members = slices.Clone(o.Channels[n].Members)
		for m, id := range o.Channels[n].Members {
			o.Channels[n].Members[m] = as(id)
		}
	}
}

func miaOf(ws *localslack.Workspace) string {
	if _, ok := ws.Person(sisterMia); ok {
		return sisterMia
	}
	return localslack.SampleMia
}

func sourcingOf(ws *localslack.Workspace) string {
	if _, ok := ws.Channel(sisterSourcing); ok {
		return sisterSourcing
	}
	return localslack.SampleSourcing
}

type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for late := time.Now().Add(30 * time.Second); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// asksIn types a command as Mia and gives all of the answer.
func asksIn(t *testing.T, ws *localslack.Workspace, line string) string {
	t.Helper()
	answer, err := ws.Ask(miaOf(ws), sourcingOf(ws), line)
	if err != nil {
		t.Fatal(err)
	}
	var m localslack.Message
	until(t, ws.TeamID()+" answers "+line, func() (ok bool) { m, ok = answer(); return ok })
	return fmt.Sprintf("%s %s", m.Text, m.Blocks)
}

// shown is all that anybody reads in a workspace.
func shown(ws *localslack.Workspace) string {
	var b strings.Builder
	for _, person := range []string{miaOf(ws), localslack.SampleJonas} {
		for _, channel := range []string{sourcingOf(ws), localslack.SampleShared, localslack.SampleGeneral} {
			for _, m := range ws.Messages(person, channel) {
				fmt.Fprintf(&b, "%s %s\n", m.Text, m.Blocks)
			}
		}
	}
	return b.String()
}

var addButton = regexp.MustCompile(`<a class="button" href="([^"]*)">Add to Slack</a>`)

// addTheApp does in a browser what somebody does who adds the app to a workspace.
func addTheApp(t *testing.T, at, id string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	found := addButton.FindStringSubmatch(read(browser.Get(at + install.InstallPath)))
	if found == nil {
		t.Fatal("the page has no button")
	}
	authorize := strings.ReplaceAll(found[1], "&amp;", "&") + "&team=" + id // as whoever is signed in there
	if page := read(browser.Get(authorize)); !strings.Contains(page, "Team of "+id) {
		t.Fatalf("Slack asks\n%s", page)
	}
	if page := read(browser.PostForm(authorize, url.Values{"answer": {"allow"}})); !strings.Contains(page, "<h1>Visit Prep is in Team of "+id+"</h1>") {
		t.Fatalf("it ends with\n%s", page)
	}
}

// A token that has expired is refreshed by the command that uses it, and kept; where Slack refuses that, it is
// said what to do.
func TestCheckRefreshesATokenThatHasExpired(t *testing.T) {
	t.Parallel()
	const done = "https://visits.example.com" + install.DonePath
	o := sampleWorkspace()
	o.ClientID, o.ClientSecret, o.RedirectURLs, o.TokenLife = "12.34", "0123456789abcdef0123456789abcdef", []string{done}, time.Hour
	ws, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	server := httptest.NewServer(ws)
	defer server.Close()
	file, key := filepath.Join(t.TempDir(), "visits.db"), install.NewKey()
	env := map[string]string{"SLACK_CLIENT_ID": o.ClientID, "SLACK_CLIENT_SECRET": o.ClientSecret, "SLACK_SIGNING_SECRET": "fedcba9876543210fedcba9876543210",
		"SLACK_API_URL": server.URL + "/api/", "VISITPREP_TOKEN_KEY": key, "DATABASE_URL": file}
	config := written(t, "public_url: https://visits.example.com\n")
	got, err := slack.GetOAuthV2ResponseContext(t.Context(), server.Client(), o.ClientID, o.ClientSecret, ws.Allow(done, bot.Scopes()...), done, slack.OAuthOptionAPIURL(server.URL+"/api/"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := install.ParseKeys(key, "")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	i := store.Installation{Workspace: ws.TeamID(), Name: "Northlight", App: "A1", BotUser: ws.BotUserID(), At: time.Now(), Expires: time.Now().Add(-time.Second)}
	keys.Put(&i, got.AccessToken, got.RefreshToken)
	if _, err := db.Install(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	ws.ExpireTokens()
	for _, nth := range []string{"first", "second"} {
		if code, text := said(t, env, "", "check", "--slack", "--config", config); code != 0 || !strings.Contains(text, "\nok     "+ws.TeamID()+" Northlight: @visitprep\n") {
			t.Errorf("the %s time it ends with %d:\n%s", nth, code, text)
		}
	}
	if n := ws.Refreshed(); n != 1 {
		t.Errorf("the token was refreshed %d times", n)
	}
	kept, err := db.Installation(t.Context(), ws.TeamID())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Refreshed(t.Context(), &kept, kept.Token, kept.Refresh, time.Now().Add(-time.Second), kept.Key); err != nil {
		t.Fatal(err)
	}
	ws.ExpireTokens()
	ws.LoseRefreshTokens()
	want := "the token of " + ws.TeamID() + ": it has expired, and Slack refuses to refresh it: have somebody there add the app again at https://visits.example.com/slack/install (invalid_refresh_token)"
	if code, text := said(t, env, "", "check", "--slack", "--config", config); code != 1 || !strings.Contains(text, want) || strings.Contains(text, "again in a while") {
		t.Errorf("where Slack refuses, it ends with %d:\n%s", code, text)
	}
}

// A process without the key of a token says so: reinstalling the app, which Slack's words ask for, would mend nothing.
func TestATokenWhoseKeyIsMissingIsNotOneThatSlackRefuses(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Options{URL: ":memory:", Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		name, workspace string
		want            visit.Fault
	}{{"sealed with another key", "T0OTHERKEY1", visit.KeyMissing}, {"of a row that was changed", "T0CHANGED01", "invalid_auth"}} {
		mine, err := install.ParseKeys(install.NewKey(), "")
		if err != nil {
			t.Fatal(err)
		}
		sealedBy := mine
		if c.want == visit.KeyMissing {
			if sealedBy, err = install.ParseKeys(install.NewKey(), ""); err != nil {
				t.Fatal(err)
			}
		}
		i := store.Installation{Workspace: c.workspace, Name: c.name, By: "U0MIACHEN01", At: time.Now()}
		sealedBy.Put(&i, "xoxb-secret", "")
		if c.want != visit.KeyMissing {
			i.Token[0] ^= 1
		}
		if _, err := db.Install(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		tokens := install.NewTokens(install.Options{Store: db, Keys: mine, HTTP: http.DefaultClient, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		_, err = tokenOf(tokens)(t.Context(), c.workspace)
		var answer slack.SlackErrorResponse
		if !errors.As(err, &answer) || answer.Err != string(c.want) || strings.Contains(err.Error(), "start it again with it") != (c.want == visit.KeyMissing) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}
