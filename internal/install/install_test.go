package install

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A rig is a Slack, the pages, a database and a browser.
type rig struct {
	t       *testing.T
	slack   *localslack.Workspace
	slackAt string
	at      string // of the pages
	file    string
	db      *store.Store
	o       Options
	tokens  *Tokens
	browser *http.Client
	log     *logged
}

type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func keys(t *testing.T, now, old string) *Keys {
	t.Helper()
	k, err := ParseKeys(now, old)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newRig(t *testing.T, change ...func(*localslack.Options)) *rig {
	t.Helper()
	r := &rig{t: t, log: new(logged), file: filepath.Join(t.TempDir(), "v.db")}
	pages := httptest.NewUnstartedServer(nil)
	r.at = "http://" + pages.Listener.Addr().String()
	o := localslack.Sample()
	o.ClientID, o.ClientSecret, o.RedirectURLs = "12.34", "the client secret", []string{r.at + DonePath}
	for _, c := range change {
		c(&o)
	}
	var err error
	if r.slack, err = localslack.New(o); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r.slack)
	r.slackAt = server.URL
	if r.db, err = store.Open(t.Context(), store.Options{URL: r.file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	r.o = Options{Store: r.db, Keys: keys(t, NewKey(), ""), ClientID: o.ClientID, ClientSecret: o.ClientSecret, APIURL: server.URL + "/api/", HTTP: server.Client(), PublicURL: r.at,
		Scopes: []Scope{{Name: "chat:write", Without: "nothing is posted"}, {Name: "commands", Without: "no command works"}},
		Now:    time.Now, Logger: slog.New(slog.NewTextHandler(r.log, nil))}
	p, err := NewPages(r.o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Mount(mux)
	pages.Config.Handler = mux
	pages.Start()
	r.tokens = NewTokens(r.o)
	r.browser = newBrowser(t)
	t.Cleanup(func() { pages.Close(); server.Close(); r.slack.Close(); r.db.Close() })
	return r
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

var heading = regexp.MustCompile(`<h1>([^<]*)</h1>`)
var button = regexp.MustCompile(`<a class="button" href="([^"]*)">([^<]*)</a>`)

// read is the heading, the button's address and the whole of a page.
func (r *rig) read(res *http.Response, err error) (title, to, page string) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	page = html.UnescapeString(string(b))
	if m := heading.FindStringSubmatch(page); m != nil {
		title = m[1]
	}
	if m := button.FindStringSubmatch(page); m != nil {
		to = m[1]
	}
	return title, to, page
}

// begin opens the install page and gives the address of Slack's.
func (r *rig) begin() (authorize string) {
	r.t.Helper()
	_, to, page := r.read(r.browser.Get(r.at + InstallPath))
	if !strings.HasPrefix(to, r.slackAt+"/oauth/v2/authorize?") {
		r.t.Fatalf("the button leads to %q in\n%s", to, page)
	}
	return to
}

func (r *rig) answer(authorize, answer string) (title, to, page string) {
	r.t.Helper()
	return r.read(r.browser.PostForm(authorize, url.Values{"answer": {answer}}))
}

// install does what somebody does who adds the app.
func (r *rig) install() {
	r.t.Helper()
	if title, _, page := r.answer(r.begin(), "allow"); !strings.HasPrefix(title, "Visit Prep is in ") {
		r.t.Fatalf("it ends with %q:\n%s\n%s", title, page, r.log)
	}
}

// stateOf is the state that an address of Slack's page has.
func stateOf(t *testing.T, authorize string) string {
	u, err := url.Parse(authorize)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("state")
}

func (r *rig) done(browser *http.Client, q url.Values) (title string) {
	r.t.Helper()
	title, _, _ = r.read(browser.Get(r.at + DonePath + "?" + q.Encode()))
	return title
}

func TestSomebodyAddsTheApp(t *testing.T) {
	r := newRig(t)
	authorize := r.begin()
	_, _, page := r.read(r.browser.Get(authorize))
	if !strings.Contains(page, "Visit Prep is asking for permission in Northlight") || !strings.Contains(page, "chat:write") {
		t.Errorf("Slack shows\n%s", page)
	}
	title, to, page := r.answer(authorize, "allow")
	if title != "Visit Prep is in Northlight" || to != "https://app.slack.com/client/T0LOCALTEAM" {
		t.Errorf("it ends with %q and leads to %q", title, to)
	}
	for _, words := range []string{"/invite @visitprep", "/visit-prep"} {
		if !strings.Contains(page, words) {
			t.Errorf("%q is not in\n%s", words, page)
		}
	}
	token, err := r.tokens.Token(t.Context(), "T0LOCALTEAM")
	if err != nil || !strings.HasPrefix(token, "xoxb-T0LOCALTEAM-") {
		t.Errorf("its token is %q, %v", token, err)
	}
	if _, err := r.tokens.Token(t.Context(), "T0STRANGER1"); !errors.Is(err, visit.ErrNotFound) {
		t.Errorf("a stranger gets %v", err)
	}
	i, err := r.db.Installation(t.Context(), "T0LOCALTEAM")
	if err != nil || i.By != localslack.SampleMia || i.Name != "Northlight" || i.App != localslack.DefaultAppID || i.Scopes != "chat:write,commands" {
		t.Errorf("kept %+v, %v", i, err)
	}
	// Removed, and added again.
	if _, err := r.db.End(t.Context(), store.Ending{Workspace: "T0LOCALTEAM", Why: store.Uninstalled, At: time.Now()}, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); !errors.Is(err, visit.ErrNotFound) {
		t.Errorf("what has ended gives a token, %v", err)
	}
	r.slack.Uninstall()
	if _, _, page := r.answer(r.begin(), "allow"); !strings.Contains(page, "It was here before.") {
		t.Errorf("nothing says that it was here before:\n%s", page)
	}
}

func TestAnOrganisationAddsTheApp(t *testing.T) {
	r := newRig(t)
	r.slack.OrgInstall(true)
	title, to, page := r.answer(r.begin(), "allow")
	if title != "Visit Prep is in Northlight" || to != "https://app.slack.com/manage/E0LOCALORG1/integrations/profile/A0LOCALAPP1/workspaces/add" || !strings.Contains(page, "Add it to workspaces") {
		t.Errorf("it ends with %q and leads to %q:\n%s", title, to, page)
	}
	if _, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); !errors.Is(err, visit.ErrNotFound) {
		t.Errorf("a workspace of which nobody knows that it is the organisation's gets %v", err)
	}
	if err := r.db.NoteOrganisation(t.Context(), "T0LOCALTEAM", "E0LOCALORG1", time.Now()); err != nil {
		t.Fatal(err)
	}
	if token, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); err != nil || !strings.HasPrefix(token, "xoxb-E0LOCALORG1-") {
		t.Errorf("a workspace of the organisation gets %q, %v", token, err)
	}
}

func TestThePagesSayWhatWentWrong(t *testing.T) {
	for name, c := range map[string]struct {
		does func(r *rig) (title string)
		want string
		kept bool // an installation of before
	}{
		"cancel is pressed in Slack": {does: func(r *rig) string { title, _, _ := r.answer(r.begin(), "cancel"); return title }, want: "Nothing was installed"},
		"another browser comes back": {does: func(r *rig) string {
			state := stateOf(r.t, r.begin())
			return r.done(newBrowser(r.t), url.Values{"state": {state}, "code": {r.slack.Allow(r.at+DonePath, "commands")}})
		}, want: "This page belongs to another attempt"},
		"the browser of another start comes back": {does: func(r *rig) string {
			state := stateOf(r.t, r.begin())
			r.begin()
			return r.done(r.browser, url.Values{"state": {state}, "code": {r.slack.Allow(r.at+DonePath, "commands")}})
		}, want: "This page belongs to another attempt"},
		"the state has a later end written in": {does: func(r *rig) string {
			_, mac, _ := strings.Cut(stateOf(r.t, r.begin()), ".")
			return r.done(r.browser, url.Values{"state": {fmt.Sprint(time.Now().Add(time.Hour).Unix()) + "." + mac}, "code": {r.slack.Allow(r.at+DonePath, "commands")}})
		}, want: "This page belongs to another attempt"},
		"there is no state at all": {does: func(r *rig) string { r.begin(); return r.done(r.browser, url.Values{"code": {"x"}}) }, want: "This page belongs to another attempt"},
		"the code is not Slack's": {does: func(r *rig) string {
			return r.done(r.browser, url.Values{"state": {stateOf(r.t, r.begin())}, "code": {"made-up"}})
		}, want: "Slack’s permission has expired"},
		"the page is opened twice": {does: func(r *rig) string {
			state := stateOf(r.t, r.begin())
			at, _ := url.Parse(r.at)
			cookies := r.browser.Jar.Cookies(at)
			r.done(r.browser, url.Values{"state": {state}, "code": {r.slack.Allow(r.at+DonePath, "commands")}})
			r.browser.Jar.SetCookies(at, cookies)
			return r.done(r.browser, url.Values{"state": {state}, "code": {r.slack.Allow(r.at+DonePath, "commands")}})
		}, want: "This page was opened twice", kept: true},
		"the client secret is wrong": {does: func(r *rig) string {
			r.slack.Fail("oauth.v2.access", "bad_client_secret", 1)
			title, _, _ := r.answer(r.begin(), "allow")
			return title
		}, want: "The app is not set up yet"},
		"Slack does not answer": {does: func(r *rig) string {
			r.slack.LoseAnswer("oauth.v2.access", 1)
			title, _, _ := r.answer(r.begin(), "allow")
			return title
		}, want: "Slack could not be reached"},
		"our database does not answer": {does: func(r *rig) string {
			to := r.begin()
			db, err := sql.Open("sqlite", r.file)
			if err != nil {
				r.t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(r.t.Context(), "ALTER TABLE handled RENAME TO away"); err != nil {
				r.t.Fatal(err)
			}
			title, _, _ := r.answer(to, "allow")
			return title
		}, want: "It could not be saved"},
		"other workspaces have another app": {does: func(r *rig) string {
			other := store.Installation{Workspace: "T0OTHER0001", App: "A0ANOTHER01", Token: []byte("x"), Key: "k", At: time.Now()}
			if _, err := r.db.Install(r.t.Context(), other); err != nil {
				r.t.Fatal(err)
			}
			title, _, _ := r.answer(r.begin(), "allow")
			return title
		}, want: "This is another Slack app"},
		"the workspace is being deleted": {does: func(r *rig) string {
			r.install()
			if _, err := r.db.ForgetWorkspace(r.t.Context(), "T0LOCALTEAM", time.Time{}); err != nil { // with no time it has not ended
				r.t.Fatal(err)
			}
			r.slack.Uninstall()
			title, _, _ := r.answer(r.begin(), "allow")
			return title
		}, want: "The data of this workspace is being deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if got := c.does(r); got != c.want {
				t.Errorf("the page says %q, want %q", got, c.want)
			}
			if _, err := r.db.Installation(t.Context(), "T0LOCALTEAM"); (err == nil) != c.kept {
				t.Errorf("an installation is kept: %v", err == nil)
			}
		})
	}
}

func TestAStateEnds(t *testing.T) {
	p, err := NewPages(Options{ClientID: "1", ClientSecret: "2", PublicURL: "https://visits.example"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cookie, state := p.begin(now)
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 600 || !strings.HasPrefix(cookie.Name, "__Host-") {
		t.Errorf("the cookie is %+v", cookie)
	}
	req := httptest.NewRequest("GET", "/slack/oauth", nil)
	req.AddCookie(cookie)
	if err := p.check(req, state, now.Add(9*time.Minute)); err != nil {
		t.Errorf("after nine minutes: %v", err)
	}
	if err := p.check(req, state, now.Add(10*time.Minute)); !errors.Is(err, errLateState) {
		t.Errorf("after ten minutes: %v", err)
	}
	other, err := NewPages(Options{ClientID: "1", ClientSecret: "3", PublicURL: "https://visits.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.check(req, state, now); !errors.Is(err, errNoState) {
		t.Errorf("signed by another secret: %v", err)
	}
}

// What a stranger may put into a page's address is shown as text, and nothing there runs.
func TestThePagesRunNothing(t *testing.T) {
	r := newRig(t)
	state := stateOf(t, r.begin())
	res, err := r.browser.Get(r.at + DonePath + "?" + url.Values{"state": {state}, "error": {"<script>alert(1)</script>"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if bytes.Contains(body, []byte("<script")) || !bytes.Contains(body, []byte("an error without a name")) {
		t.Errorf("the page is\n%s", body)
	}
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if got := res.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// in has a browser ask for the pages in some languages.
type in struct{ languages string }

func (i in) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if i.languages != "" {
		r.Header.Set("Accept-Language", i.languages)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// The pages are in the language that the browser asks for, as far as they have it.
func TestThePagesSpeakTheLanguageOfTheBrowser(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		asked   string
		chinese bool
	}{
		"nothing":                                    {"", false},
		"what is no language":                        {";q=x,,*;;", false},
		"any language":                               {"*", false},
		"British English":                            {"en-GB,en;q=0.9", false},
		"Chinese of the mainland":                    {"zh-CN,zh;q=0.9,en;q=0.8", true},
		"Chinese in traditional characters":          {"zh-TW,zh;q=0.9", true},
		"Chinese of Hong Kong and nothing else":      {"zh-Hant-HK", true},
		"German, which there is not, before Chinese": {"de-DE,zh-CN;q=0.8", true},
		"English before Chinese":                     {"en-US,en;q=0.9,zh-CN;q=0.8", false},
		"Chinese that stands last and weighs more":   {"en;q=0.3, zh;q=0.9", true},
		"Japanese, which shares characters":          {"ja-JP", false},
		"more languages than anybody has a right to": {strings.Repeat("a-b-c-d-e-f-g,", 3000), false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.at+InstallPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Language", c.asked)
		res, err := http.DefaultClient.Do(req)
		title, _, page := r.read(res, err)
		want, tag := "Add Visit Prep to Slack", "en"
		if c.chinese {
			want, tag = "将 Visit Prep 添加到 Slack", "zh-CN"
		}
		if title != want || !strings.Contains(page, `<html lang="`+tag+`">`) || res.Header.Get("Content-Language") != tag {
			t.Errorf("whoever asks for %s reads %q, marked as %q", name, title, res.Header.Get("Content-Language"))
		}
		if got := res.Header.Get("Vary"); got != "Accept-Language" {
			t.Errorf("the page that %s gets varies by %q", name, got)
		}
	}
}

// From the first page to the last, nothing is in English but names, commands and what is typed.
func TestSomebodyAddsTheAppInChinese(t *testing.T) {
	r := newRig(t)
	r.browser.Transport = in{"zh-CN"}
	typed := regexp.MustCompile(`<style>[^<]*</style>|<code>[^<]*</code>|<[^>]*>|Visit Prep|Slack|Northlight|Manage Distribution|chat:write|commands|access_denied|fatal_error`)
	reads := func(what, page string) {
		t.Helper()
		if english := regexp.MustCompile(`[A-Za-z]{3,}`).FindString(typed.ReplaceAllString(page, "")); english != "" {
			t.Errorf("%s has %q in\n%s", what, english, page)
		}
	}
	_, _, page := r.read(r.browser.Get(r.at + InstallPath))
	reads("the first page", strings.NewReplacer("nothing is posted", "", "no command works", "").Replace(page)) // which only the rig says
	title, _, page := r.answer(r.begin(), "cancel")
	if title != "未完成安装" {
		t.Errorf("whoever cancels reads %q", title)
	}
	reads("that nothing was installed", page)
	_, _, page = r.read(r.browser.Get(r.at + DonePath))
	reads("that it is another attempt", page)
	_, _, page = r.read(r.browser.Get(r.at + DonePath + "?" + url.Values{"state": {stateOf(t, r.begin())}, "error": {"fatal_error"}}.Encode()))
	reads("an error of Slack's", page)
	title, _, page = r.answer(r.begin(), "allow")
	if title != "Visit Prep 已安装：Northlight" {
		t.Errorf("it ends with %q", title)
	}
	reads("what to do next", page)
}

func TestKeys(t *testing.T) {
	first, second := NewKey(), NewKey()
	k := keys(t, first, "")
	i := store.Installation{Workspace: "T1"}
	k.Put(&i, "xoxb-secret-token", "xoxe-secret-refresh")
	if bytes.Contains(i.Token, []byte("secret")) || bytes.Contains(i.Refresh, []byte("secret")) {
		t.Error("it is not sealed")
	}
	opens := func(k *Keys, i store.Installation) error {
		token, refresh, err := k.tokens(&i)
		if err == nil && (token != "xoxb-secret-token" || refresh != "xoxe-secret-refresh") {
			t.Errorf("opened as %q and %q", token, refresh)
		}
		return err
	}
	if err := opens(k, i); err != nil {
		t.Error(err)
	}
	if err := opens(keys(t, second, first), i); err != nil {
		t.Errorf("the old key: %v", err)
	}
	for what, change := range map[string]func(*store.Installation){
		"moved to the row of another workspace":      func(i *store.Installation) { i.Workspace = "T2" },
		"the refresh token in the token's place":     func(i *store.Installation) { i.Token = i.Refresh },
		"one bit of it changed":                      func(i *store.Installation) { i.Token = bytes.Clone(i.Token); i.Token[20] ^= 1 },
		"said to be sealed by a key that nobody has": func(i *store.Installation) { i.Key = "00000000" },
	} {
		other := i
		change(&other)
		if err := opens(k, other); !errors.Is(err, ErrSealed) {
			t.Errorf("%s, it opens: %v", what, err)
		}
	}
	wrong := keys(t, second, "")
	err := wrong.Check([]store.Installation{i, {Workspace: "T7"}})
	if err == nil || !strings.Contains(err.Error(), "the tokens of T1 were sealed with another key, "+k.ID()) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("a wrong key is refused with %v", err)
	}
	if err := k.Check([]store.Installation{i}); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "short", first + "x", strings.Repeat("A", 43), "“" + first + "”"} {
		if _, err := ParseKeys(bad, ""); err == nil || strings.Contains(err.Error(), first) {
			t.Errorf("the key %q: %v", bad, err)
		}
	}
}

// Neither the database, nor what lies beside it, nor a backup, nor the log has a token in it.
func TestNoTokenIsWritten(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = 12 * time.Hour })
	r.install()
	token, err := r.tokens.Token(t.Context(), "T0LOCALTEAM")
	if err != nil || !strings.HasPrefix(token, "xoxe.xoxb-") {
		t.Fatalf("%q, %v", token, err)
	}
	i, err := r.db.Installation(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	_, refresh, err := r.o.Keys.tokens(&i)
	if err != nil || refresh == "" {
		t.Fatalf("%q, %v", refresh, err)
	}
	backup := filepath.Join(filepath.Dir(r.file), "backup.db")
	if err := r.db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(r.file), "*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	texts := map[string][]byte{"the log": []byte(r.log.String())}
	found := false
	for _, name := range files {
		if texts[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(texts[name], i.Token)
	}
	if !found {
		t.Error("the sealed token is nowhere: the search is wrong")
	}
	for name, text := range texts {
		for _, secret := range []string{token, refresh, "xoxb-", "xoxe", "the client secret"} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s has %q in it", name, secret[:5])
			}
		}
	}
}

func TestRotation(t *testing.T) {
	r := newRig(t)
	r.install()
	first, err := r.tokens.Token(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	old := r.o.Keys
	// The one that runs has the new key and the old one; a command seals all anew beside it.
	i, _ := r.db.Installation(t.Context(), "T0LOCALTEAM")
	key := NewKey()
	r.o.Keys = &Keys{append(keys(t, key, "").keys, old.keys...)}
	running := NewTokens(r.o)
	for _, when := range []string{"before", "after"} {
		if token, err := running.Token(t.Context(), "T0LOCALTEAM"); token != first {
			t.Errorf("%s the rotation it is %v", when, err)
		}
		if when == "before" {
			if n, err := r.db.Reseal(t.Context(), r.o.Keys.Reseal); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	if again, _ := r.db.Installation(t.Context(), "T0LOCALTEAM"); again.Key == i.Key || bytes.Equal(again.Token, i.Token) {
		t.Error("it is sealed as before")
	}
	r.o.Keys = keys(t, key, "")
	if token, err := NewTokens(r.o).Token(t.Context(), "T0LOCALTEAM"); token != first {
		t.Errorf("with the new key alone it is %v", err)
	}
	r.o.Keys = old
	if _, err := NewTokens(r.o).Token(t.Context(), "T0LOCALTEAM"); !errors.Is(err, ErrSealed) {
		t.Errorf("with the old key alone it is %v", err)
	}
}

// Eight processes see one token expire: it is refreshed once, and all have the new one.
func TestAnExpiredTokenIsRefreshedOnce(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	first, err := r.tokens.Token(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	r.expire()
	var wg sync.WaitGroup
	got := make([]string, 8)
	for n := range got {
		wg.Go(func() {
			var err error
			if got[n], err = NewTokens(r.o).Token(t.Context(), "T0LOCALTEAM"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, token := range got {
		if token != got[0] || token == first {
			t.Errorf("one has the token %v", token == first)
		}
	}
	if n := r.slack.Refreshed(); n != 1 {
		t.Errorf("refreshed %d times", n)
	}
}

// expire makes the token of the installation one whose hour is over.
func (r *rig) expire() {
	r.t.Helper()
	r.slack.ExpireTokens()
	i, err := r.db.Installation(r.t.Context(), "T0LOCALTEAM")
	if err == nil {
		err = r.db.Refreshed(r.t.Context(), &i, i.Token, i.Refresh, time.Now().Add(-time.Second), i.Key)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// What Slack refuses to refresh is held and told, asked again no oftener than once a minute, and
// goes on once it is installed again.
func TestARefreshTokenIsRefused(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	r.expire()
	r.slack.LoseRefreshTokens()
	for range 3 {
		_, err := r.tokens.Token(t.Context(), "T0LOCALTEAM")
		if err == nil || !strings.Contains(err.Error(), "invalid_refresh_token") || strings.Contains(err.Error(), "xox") {
			t.Errorf("the error is %v", err)
		}
	}
	if n := r.slack.Calls()["oauth.v2.access"]; n != 2 {
		t.Errorf("Slack was asked %d times, want once for the token and once to refresh it", n)
	}
	cs, err := r.db.Connections(t.Context())
	if err != nil || len(cs) != 1 || cs[0].Fault != "invalid_refresh_token" {
		t.Errorf("held: %+v, %v", cs, err)
	}
	if !strings.Contains(r.log.String(), "reminders wait until the app is installed again") {
		t.Errorf("the log is\n%s", r.log)
	}
	r.install()
	if _, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); err != nil {
		t.Errorf("installed again: %v", err)
	}
}

// While Slack cannot be reached the token is used to its end.
func TestARefreshFailsAWhileBeforeTheEnd(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	i, err := r.db.Installation(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	r.slack.FailHTTP("oauth.v2.access", http.StatusBadGateway, nil, 1)
	if _, err := r.tokens.refresh(t.Context(), i); err == nil {
		t.Fatal("it was refreshed")
	}
	if token, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); err != nil || token == "" {
		t.Errorf("the token is not used: %v", err)
	}
	if cs, _ := r.db.Connections(t.Context()); len(cs) != 0 {
		t.Errorf("held: %+v", cs)
	}
	if next, err := r.tokens.refresh(t.Context(), i); err != nil || next.Turn != i.Turn+1 {
		t.Errorf("later: %v", err)
	}
}

// A caller stands for Slack where it has to be slow.
type caller func(*http.Request) (*http.Response, error)

func (c caller) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// A slowSlack passes on what is sent to it once it is let.
type slowSlack struct {
	begun chan time.Duration // in which each call has to be answered
	let   chan struct{}
}

func (r *rig) slow() (*slowSlack, Options) {
	s := &slowSlack{make(chan time.Duration, 100), make(chan struct{})}
	o, direct := r.o, r.o.HTTP.Transport
	o.HTTP = &http.Client{Transport: caller(func(req *http.Request) (*http.Response, error) {
		ends, _ := req.Context().Deadline()
		s.begun <- time.Until(ends)
		select {
		case <-s.let:
			return direct.RoundTrip(req)
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	})}
	return s, o
}

// soon fails where something does not end.
func soon(t *testing.T, what string, ended <-chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatalf("%s does not end", what)
	}
}

// A program that stops does not wait for Slack without bound, asks it for no further token, and keeps
// the one that comes.
func TestSlackIsSlowWhileTheProgramStops(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	slow, o := r.slow()
	tokens := NewTokens(o)
	ctx, stop := context.WithCancel(t.Context())
	kept, waited := make(chan struct{}), make(chan struct{})
	go func() { defer close(kept); tokens.Keep(ctx) }()
	if within := <-slow.begun; within > 6*time.Second {
		t.Errorf("Slack has %v to answer", within)
	}
	stop()
	soon(t, "the keeping", kept)
	go func() { defer close(waited); tokens.Wait() }()
	r.expire() // of which this process knows nothing: the token that comes is not for this one
	if _, err := tokens.Token(t.Context(), "T0LOCALTEAM"); !errors.Is(err, errStopping) {
		t.Errorf("a request of the last moment gets %v", err)
	}
	select {
	case <-waited:
		t.Error("nobody waits for the answer")
	default:
	}
	close(slow.let)
	soon(t, "the waiting", waited)
	if n := len(slow.begun); n != 0 {
		t.Errorf("%d further questions were begun", n)
	}
}

func TestATokenThatComesAfterTheStopIsKept(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	slow, o := r.slow()
	tokens := NewTokens(o)
	ctx, stop := context.WithCancel(t.Context())
	go tokens.Keep(ctx)
	<-slow.begun
	stop()
	close(slow.let)
	tokens.Wait()
	if i, err := r.db.Installation(t.Context(), "T0LOCALTEAM"); err != nil || i.Turn != 2 {
		t.Errorf("the token is still number %d, %v", i.Turn, err)
	}
}

// Another process refreshes a token for longer than anybody waits. Slack has said nothing of the app,
// so nobody is told that it is connected no more.
func TestAnotherProcessIsSlowToRefreshAToken(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	r.expire()
	i, err := r.db.Installation(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	holder, err := r.db.RefreshBy(t.Context(), &i, time.Now(), time.Now().Add(refreshLease))
	if err != nil || holder == "" {
		t.Fatalf("the other process may not: %v", err)
	}
	r.tokens.wait = 0
	var answer slack.SlackErrorResponse
	if _, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); err == nil || errors.As(err, &answer) {
		t.Errorf("the error is %v, want one that is no word of Slack's", err)
	}
	if cs, err := r.db.Connections(t.Context()); err != nil || len(cs) != 0 {
		t.Errorf("held: %+v, %v", cs, err)
	}
	if err := r.db.NotRefreshed(t.Context(), &i, holder); err != nil {
		t.Fatal(err)
	}
	if _, err := r.tokens.Token(t.Context(), "T0LOCALTEAM"); err != nil {
		t.Errorf("once the other process has given up: %v", err)
	}
}

// Many requests need the token of one workspace: one asks for it, and the others have its answer.
func TestRequestsOfOneWorkspaceWaitTogether(t *testing.T) {
	r := newRig(t, func(o *localslack.Options) { o.TokenLife = time.Hour })
	r.install()
	r.expire()
	slow, o := r.slow()
	r.slack.FailHTTP("oauth.v2.access", http.StatusBadGateway, nil, 100)
	tokens := NewTokens(o)
	const many = 8
	var failed sync.WaitGroup
	for range many {
		failed.Go(func() {
			if _, err := tokens.Token(t.Context(), "T0LOCALTEAM"); err == nil {
				t.Error("there is a token")
			}
		})
	}
	<-slow.begun
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := tokens.Token(gone, "T0LOCALTEAM"); err == nil {
		t.Error("whoever has gone has a token")
	}
	for waiting := 0; waiting < many; time.Sleep(time.Millisecond) {
		stacks := make([]byte, 1<<20)
		waiting = 0
		for _, g := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			if first, _, _ := strings.Cut(g, "\n"); strings.Contains(first, "[select") && strings.Contains(g, "install.(*Tokens).Token(") {
				waiting++
			}
		}
	}
	close(slow.let)
	failed.Wait()
	if n := 1 + len(slow.begun); n != 1 {
		t.Errorf("Slack was asked %d times", n)
	}
}

// Somebody closes the page while Slack is asked: the app is installed, as Slack shows them.
func TestWhoeverClosesThePageHasTheApp(t *testing.T) {
	r := newRig(t)
	slow, o := r.slow()
	p, err := NewPages(o)
	if err != nil {
		t.Fatal(err)
	}
	cookie, state := p.begin(time.Now())
	ctx, leave := context.WithCancel(t.Context())
	req := httptest.NewRequestWithContext(ctx, "GET", DonePath+"?"+url.Values{"state": {state}, "code": {r.slack.Allow(r.at+DonePath, "commands")}}.Encode(), nil)
	req.AddCookie(cookie)
	done := make(chan struct{})
	go func() { defer close(done); p.done(httptest.NewRecorder(), req) }()
	<-slow.begun
	leave()
	close(slow.let)
	p.Wait()
	<-done
	if _, err := r.db.Installation(t.Context(), "T0LOCALTEAM"); err != nil {
		t.Errorf("it is not installed: %v\n%s", err, r.log)
	}
}

// One stranger comes back with made-up codes as fast as they can; somebody else installs the app.
func TestOneAddressKeepsNobodyElseFromInstalling(t *testing.T) {
	r := newRig(t)
	p, err := NewPages(r.o)
	if err != nil {
		t.Fatal(err)
	}
	title := func(from, code string) string {
		cookie, state := p.begin(time.Now())
		req := httptest.NewRequest("GET", DonePath+"?"+url.Values{"state": {state}, "code": {code}}.Encode(), nil)
		req.AddCookie(cookie)
		req.RemoteAddr = from
		w := httptest.NewRecorder()
		p.done(w, req)
		return html.UnescapeString(heading.FindStringSubmatch(w.Body.String())[1])
	}
	for n := range 60 {
		title(fmt.Sprintf("192.0.2.7:%d", 1000+n), "made-up")
		title(fmt.Sprintf("[2001:db8::%d]:1000", n+1), "made-up")
	}
	if got := title("192.0.2.7:999", "made-up"); got != "Too many at once" {
		t.Errorf("the stranger reads %q", got)
	}
	if n := r.slack.Calls()["oauth.v2.access"]; n > 30 {
		t.Errorf("Slack was asked %d times", n)
	}
	if got := title("198.51.100.1:1", r.slack.Allow(r.at+DonePath, "commands")); got != "Visit Prep is in Northlight" {
		t.Errorf("somebody else reads %q", got)
	}
	if strings.Contains(r.log.String(), "level=ERROR") {
		t.Errorf("a made-up code is an error in the log:\n%s", r.log)
	}
}

// The event was lost: Slack says it again to the token that is stored, and to no other.
func TestALostEventEndsAnInstallationAllTheSame(t *testing.T) {
	for word, ends := range map[string]bool{"token_revoked": true, "account_inactive": true, "invalid_auth": false, "missing_scope": false, "": false} {
		t.Run(word, func(t *testing.T) {
			r := newRig(t)
			r.install()
			r.slack.LoseEvents(true)
			if word != "" {
				r.slack.RevokeToken(word)
			}
			now := time.Now()
			if err := r.tokens.ask(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			is, err := r.db.Installations(t.Context())
			if err != nil || len(is) != 1 {
				t.Fatal(is, err)
			}
			if ended := !is[0].Ended.IsZero(); ended != ends || ended != (len(is[0].Token) == 0) || ended && string(is[0].Why) != word {
				t.Errorf("it has ended: %v, because of %q, with %d bytes of token", ended, is[0].Why, len(is[0].Token))
			}
			cs, err := r.db.Connections(t.Context())
			if err != nil || len(cs) == 1 != ends {
				t.Errorf("held: %+v, %v", cs, err)
			}
			if ends {
				return
			}
			if err := r.tokens.ask(t.Context(), now.Add(askAfter-time.Second)); err != nil {
				t.Fatal(err)
			}
			if n := r.slack.Calls()["auth.test"]; n != 1 {
				t.Errorf("Slack was asked %d times", n)
			}
			if _, err := r.db.NoteFault(t.Context(), "T0LOCALTEAM", "invalid_auth", now, now); err != nil {
				t.Fatal(err)
			}
			if err := r.tokens.ask(t.Context(), now.Add(keepEvery)); err != nil {
				t.Fatal(err)
			}
			if n := r.slack.Calls()["auth.test"]; n != 2 {
				t.Errorf("while it is held Slack was asked %d times", n)
			}
		})
	}
}

// TestThoseAfterATokenThatCannotBeAskedAboutAreAskedAboutAtTheNextLook, and not six hours later.
func TestThoseAfterATokenThatCannotBeAskedAboutAreAskedAboutAtTheNextLook(t *testing.T) {
	r := newRig(t)
	r.install()
	good, err := r.db.Installation(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	bad := good
	bad.Workspace, bad.Key = "T0ALOST", "no such key" // its workspace is asked about first
	if _, err := r.db.Install(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	r.slack.LoseEvents(true)
	r.slack.RevokeToken("token_revoked")
	now := time.Now()
	ended := func() bool {
		t.Helper()
		is, err := r.db.Installations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(is, func(i store.Installation) bool { return i.Workspace == good.Workspace && !i.Ended.IsZero() })
	}
	if err := r.tokens.ask(t.Context(), now); !errors.Is(err, ErrSealed) || ended() {
		t.Fatalf("at the first look: %v, and the second of them has ended: %t", err, ended())
	}
	if err := r.tokens.ask(t.Context(), now.Add(keepEvery)); err != nil || !ended() {
		t.Errorf("at the next look: %v, and the token that is none any more is known: %t", err, ended())
	}
	if err := r.tokens.ask(t.Context(), now.Add(2*keepEvery)); err != nil {
		t.Errorf("one that cannot be asked about is asked about at each look: %v", err)
	}
}

func TestAWordOfSlacksToAnOldTokenEndsNothing(t *testing.T) {
	r := newRig(t)
	r.install()
	old, err := r.db.Installation(t.Context(), "T0LOCALTEAM")
	if err != nil {
		t.Fatal(err)
	}
	r.install() // again, while Slack is asked about the token of before
	r.slack.RevokeToken("token_revoked")
	if err := r.tokens.askOf(t.Context(), &old); err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Installation(t.Context(), "T0LOCALTEAM"); err != nil {
		t.Errorf("the new installation has ended: %v", err)
	}
}
