package install

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/slack-go/slack"
	"golang.org/x/text/language"
	"golang.org/x/time/rate"

	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
	"visitprep/internal/store"
)

// Where the pages are.
const (
	InstallPath = "/slack/install"
	DonePath    = "/slack/oauth"
)

// Strangers can reach the pages. What asks Slack something, once a browser has come back from it, is
// so much at once and so much a second.
const (
	exchangesAtOnce  = 100
	exchangesASecond = 10
	ofOneAtOnce      = 10 // of one address
	ofOneASecond     = 0.5
	maxAddresses     = 10_000           // that are remembered
	exchangeWithin   = 10 * time.Second // serve gives an answer 15 s
	rememberUsed     = stateFor + time.Minute
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// Pages are what somebody sees who adds the app to a workspace.
type Pages struct {
	o          Options
	cookieName string
	secure     bool
	page       *template.Template
	policy     string
	english    *lang.Printer
	chinese    *lang.Printer
	languages  language.Matcher // by the order of the two
	exchanges  *rate.Limiter
	under      sync.WaitGroup // exchanges

	mu     sync.Mutex
	ofEach *lru.Cache[string, *rate.Limiter] // by address
}

// NewPages makes Pages.
func NewPages(o Options) (*Pages, error) {
	p := &Pages{
		o: o, cookieName: strings.TrimPrefix(cookieName, "__Host-"), exchanges: rate.NewLimiter(exchangesASecond, exchangesAtOnce),
		english: lang.English(), chinese: zh.Printer(), languages: language.NewMatcher([]language.Tag{language.English, language.Chinese}),
	}
	if p.secure = strings.HasPrefix(o.PublicURL, "https://"); p.secure {
		p.cookieName = cookieName
	}
	var err error
	if p.ofEach, err = lru.New[string, *rate.Limiter](maxAddresses); err != nil {
		return nil, err
	}
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("read the install page: %w", err)
	}
	p.page = page
	sum := sha256.Sum256([]byte(pageStyle))
	p.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return p, nil
}

// Mount puts the pages where Slack and people look for them.
func (p *Pages) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET "+InstallPath, p.install)
	mux.HandleFunc("GET "+DonePath, p.done)
}

// A view is what a page shows.
type view struct {
	Lang    string // of its words
	Style   template.CSS
	Title   string
	Lead    []string
	Steps   []step   // in order
	Needs   []need   // what the app asks for, or was not given
	NeedsAs string   // the heading of Needs
	Button  string   // its words
	To      string   // where it leads
	Notes   []string // small, at the end
}

// A step is what to do, and what to type for it.
type step struct{ Words, Type string }

// A need is a permission, and what does not work without it.
type need struct{ Name, Without string }

func needOf(words *lang.Printer, s Scope) need {
	n := need{s.Name, words.T(s.Without)}
	if s.Optional {
		n.Name = words.T("%s (you may decline it)", s.Name)
	}
	return n
}

// words are in the language that the browser asks for, Chinese of whichever characters or English.
func (p *Pages) words(r *http.Request) *lang.Printer {
	if _, i := language.MatchStrings(p.languages, r.Header.Get("Accept-Language")); i == 1 {
		return p.chinese
	}
	return p.english
}

func (p *Pages) write(w http.ResponseWriter, words *lang.Printer, code int, v view) {
	v.Style, v.Lang = template.CSS(pageStyle), "en"
	if words == p.chinese {
		v.Lang = "zh-CN"
	}
	var b bytes.Buffer
	if err := p.page.Execute(&b, v); err != nil {
		p.o.Logger.Error("could not draw the install page", "err", err)
		http.Error(w, "The page could not be drawn.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", v.Lang)
	h.Set("Vary", "Accept-Language")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	w.Write(b.Bytes())
}

// authorize is Slack's page on which somebody allows the app.
func (p *Pages) authorize(state string) string {
	at := "https://slack.com/oauth/v2/authorize"
	if p.o.APIURL != "" {
		at = strings.TrimSuffix(p.o.APIURL, "api/") + "oauth/v2/authorize"
	}
	var names []string
	for _, s := range p.o.Scopes {
		names = append(names, s.Name)
	}
	return at + "?" + url.Values{"client_id": {p.o.ClientID}, "scope": {strings.Join(names, ",")}, "redirect_uri": {p.redirect()}, "state": {state}}.Encode()
}

func (p *Pages) redirect() string { return p.o.PublicURL + DonePath }

func (p *Pages) install(w http.ResponseWriter, r *http.Request) {
	cookie, state := p.begin(time.Now())
	http.SetCookie(w, cookie)
	words := p.words(r)
	v := view{
		Title: words.T("Add Visit Prep to Slack"),
		Lead: []string{
			words.T("Visit Prep helps a team prepare visits to its manufacturing partner’s factory in China: what to check, what to ask, what to agree, and how to be a good guest."),
			words.T("It keeps the team’s visits, inspections and checklists in the channels that it is invited to, and reminds people of them."),
		},
		Button: words.T("Add to Slack"), To: p.authorize(state),
		NeedsAs: words.T("What it asks Slack for, and what does not work without it"),
		Notes: []string{
			words.T("Slack then shows which workspace it is for and what the app may do. In some workspaces an admin approves it first."),
			words.T("It reads no channel that it is not invited to. What is kept is deleted some time after the app is removed from the workspace; whoever runs this address can say when, and can delete it at once."),
		},
	}
	for _, s := range p.o.Scopes {
		v.Needs = append(v.Needs, needOf(words, s))
	}
	p.write(w, words, http.StatusOK, v)
}

// A problem is why somebody is not done, for them to read.
type problem struct {
	code  int
	title *lang.Mistake
	what  []*lang.Mistake
}

func (e *problem) Error() string { return e.title.Error() }

func wrong(code int, title *lang.Mistake, what ...*lang.Mistake) *problem {
	return &problem{code, title, what}
}

// done takes the browser that Slack sends back.
func (p *Pages) done(w http.ResponseWriter, r *http.Request) {
	q, words := r.URL.Query(), p.words(r)
	i, back, err := p.take(r.Context(), r, q)
	var ours *problem
	switch {
	case err == nil:
		http.SetCookie(w, p.cookie("", -1))
		p.write(w, words, http.StatusOK, p.installed(words, i, back))
		return
	case !errors.As(err, &ours):
		reference := strings.ToLower(rand.Text()[:8])
		level := slog.LevelError
		if codeIsBad(err) { // anybody can send one
			level = slog.LevelWarn
		}
		p.o.Logger.Log(r.Context(), level, "could not install the app", "reference", reference, "err", withoutAddress(err))
		ours = explain(err, reference)
	}
	v := view{Title: ours.title.Words(words), Button: words.T("Start again"), To: InstallPath}
	for _, what := range ours.what {
		v.Lead = append(v.Lead, what.Words(words))
	}
	p.write(w, words, ours.code, v)
}

// errNotKept marks an error of our database: Slack was in reach.
var errNotKept = errors.New("what came could not be kept")

// take exchanges the code that came back for a token, and keeps it.
func (p *Pages) take(ctx context.Context, r *http.Request, q url.Values) (i store.Installation, back bool, err error) {
	now := time.Now()
	state := q.Get("state")
	switch err := p.check(r, state, now); {
	case errors.Is(err, errLateState):
		return i, false, wrong(http.StatusBadRequest, lang.Errorf("That took longer than ten minutes"), lang.Errorf("The link has expired, and nothing was installed."))
	case err != nil:
		return i, false, wrong(http.StatusBadRequest, lang.Errorf("This page belongs to another attempt"), lang.Errorf("It was opened in a different browser from the one in which you began, or you have begun again since. Nothing was installed."))
	}
	if answer := q.Get("error"); answer != "" {
		return i, false, denied(answer)
	}
	code := q.Get("code")
	if code == "" {
		return i, false, wrong(http.StatusBadRequest, lang.Errorf("Slack’s answer is incomplete"), lang.Errorf("It has no code in it, and nothing was installed."))
	}
	if !p.allow(r.RemoteAddr) {
		return i, false, wrong(http.StatusServiceUnavailable, lang.Errorf("Too many at once"), lang.Errorf("Many people are adding the app at the moment. Nothing was installed; please try again in a minute."))
	}
	// Once Slack has the code there may be a token, and nobody who closes the page loses it.
	p.under.Add(1)
	defer p.under.Done()
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), exchangeWithin)
	defer stop()
	first, err := p.o.Store.UseState(ctx, state, now, rememberUsed)
	if err != nil {
		return i, false, errors.Join(errNotKept, err)
	}
	if !first {
		return i, false, wrong(http.StatusBadRequest, lang.Errorf("This page was opened twice"), lang.Errorf("The first time counts: if it said that Visit Prep is installed, it is. Look for it under Apps in Slack before you start again."))
	}
	res, err := slack.GetOAuthV2ResponseContext(ctx, p.o.HTTP, p.o.ClientID, p.o.ClientSecret, code, p.redirect(), p.o.oauth()...)
	if err != nil {
		return i, false, fmt.Errorf("exchange the code for a token: %w", err)
	}
	return p.keep(context.WithoutCancel(ctx), res, now)
}

// Wait returns once what has begun to exchange a code has kept what came.
func (p *Pages) Wait() { p.under.Wait() }

// allow reports whether somebody at an address may have Slack asked something: not too often, nor all
// of them together.
func (p *Pages) allow(address string) bool {
	if a, err := netip.ParseAddrPort(address); err == nil {
		address = a.Addr().Unmap().WithZone("").String()
		if a.Addr().Is6() && !a.Addr().Is4In6() { // whoever has one has 2^64
			prefix, _ := a.Addr().WithZone("").Prefix(64)
			address = prefix.String()
		}
	}
	p.mu.Lock()
	one, ok := p.ofEach.Get(address)
	if !ok {
		one = rate.NewLimiter(ofOneASecond, ofOneAtOnce)
		p.ofEach.Add(address, one)
	}
	p.mu.Unlock()
	return one.Allow() && p.exchanges.Allow()
}

// keep keeps what Slack gave. A token is kept under the workspace that Slack names, and nowhere else.
func (p *Pages) keep(ctx context.Context, res *slack.OAuthV2Response, now time.Time) (i store.Installation, back bool, err error) {
	i = store.Installation{Workspace: res.Team.ID, Organisation: res.Enterprise.ID, App: res.AppID, BotUser: res.BotUserID, Name: res.Team.Name, Scopes: res.Scope, By: res.AuthedUser.ID, At: now}
	if res.IsEnterpriseInstall {
		i.Workspace, i.Name = res.Enterprise.ID, res.Enterprise.Name
	}
	if res.TokenType != "bot" || res.AccessToken == "" || res.BotUserID == "" || res.AppID == "" || !slackID.MatchString(i.Workspace) || i.OrganisationWide() != res.IsEnterpriseInstall {
		return i, false, errors.New("the answer lacks what Slack's has: a bot token, and whose it is")
	}
	if err := p.sameApp(ctx, &i); err != nil {
		return i, false, err
	}
	if res.ExpiresIn > 0 {
		i.Expires = now.Add(time.Duration(res.ExpiresIn) * time.Second)
	}
	p.o.Keys.Put(&i, res.AccessToken, res.RefreshToken)
	back, err = p.o.Store.Install(ctx, i)
	if errors.Is(err, store.ErrBeingForgotten) {
		return i, false, wrong(http.StatusConflict, lang.Errorf("The data of this workspace is being deleted"), lang.Errorf("So Visit Prep was not installed. Please try again in some minutes."))
	}
	if err != nil {
		return i, false, errors.Join(errNotKept, err)
	}
	p.o.Logger.Info("the app was installed", "workspace", i.Workspace, "organisation", i.Organisation, "by", i.By, "again", back)
	return i, back, nil
}

var slackID = regexp.MustCompile(`^[TE][A-Z0-9]{3,}$`)

// sameApp refuses an app that is not the one which others have: its requests are signed by another
// secret.
func (p *Pages) sameApp(ctx context.Context, i *store.Installation) error {
	is, err := p.o.Store.Installations(ctx)
	if err != nil {
		return errors.Join(errNotKept, err)
	}
	for _, other := range is {
		if other.Ended.IsZero() && other.App != i.App && other.Workspace != i.Workspace {
			p.o.Logger.Error("SLACK_CLIENT_ID belongs to another app than the one that the workspaces here have installed: set that one's, or give this app a database of its own", "app", i.App, "installed", other.App)
			return wrong(http.StatusConflict, lang.Errorf("This is another Slack app"), lang.Errorf("It is not the one that other workspaces have from this address, so it was not kept. Whoever runs the address can say which one is right."))
		}
	}
	return nil
}

// denied words what Slack says where no code came.
func denied(answer string) *problem {
	switch answer {
	case "access_denied":
		return wrong(http.StatusOK, lang.Errorf("Nothing was installed"), lang.Errorf("You pressed Cancel in Slack, or an admin of your workspace has to approve the app first. If you asked for approval, Slack tells you when it is given; then start again."))
	case "invalid_team_for_non_distributed_app":
		return wrong(http.StatusBadRequest, lang.Errorf("This app is for one workspace only"), lang.Errorf("Its owner has not opened it to others (in Slack’s settings of the app: Manage Distribution). Whoever runs this address can do that."))
	}
	if !slackWord.MatchString(answer) {
		return wrong(http.StatusBadRequest, lang.Errorf("Slack did not install the app"), lang.Errorf("It answered with an error without a name. Nothing was installed."))
	}
	return wrong(http.StatusBadRequest, lang.Errorf("Slack did not install the app"), lang.Errorf("It answered %s. Nothing was installed.", answer))
}

var slackWord = regexp.MustCompile(`^[a-z0-9_]{1,60}$`)

// codeIsBad reports whether Slack refuses the code that a browser came with.
func codeIsBad(err error) bool {
	var answer slack.SlackErrorResponse
	return errors.As(err, &answer) && slices.Contains([]string{"invalid_code", "code_expired", "code_already_used"}, answer.Err)
}

// explain words an error of the exchange; the reference is in the log with the cause.
func explain(err error, reference string) *problem {
	quote := lang.Errorf("If it happens again, tell whoever runs this address the reference %s.", reference)
	var answer slack.SlackErrorResponse
	if codeIsBad(err) {
		return wrong(http.StatusBadRequest, lang.Errorf("Slack’s permission has expired"), lang.Errorf("It can be used once, within ten minutes. Nothing was installed."), quote)
	}
	if errors.Is(err, errNotKept) {
		return wrong(http.StatusServiceUnavailable, lang.Errorf("It could not be saved"), lang.Errorf("Nothing was installed. Please try again in a few minutes."), quote)
	}
	switch errors.As(err, &answer); answer.Err {
	case "bad_client_secret", "invalid_client_id", "bad_redirect_uri", "oauth_authorization_url_mismatch", "invalid_team_for_non_distributed_app":
		return wrong(http.StatusInternalServerError, lang.Errorf("The app is not set up yet"), lang.Errorf("Its settings here and in Slack do not match, and nothing was installed. Tell whoever runs this address the reference %s: the log says what to change.", reference))
	case "":
		return wrong(http.StatusBadGateway, lang.Errorf("Slack could not be reached"), lang.Errorf("Nothing was installed. Please try again in a few minutes."), quote)
	}
	return wrong(http.StatusBadGateway, lang.Errorf("Slack did not install the app"), lang.Errorf("Nothing was installed. Please try again in a few minutes."), quote)
}

// installed is what to do next.
func (p *Pages) installed(words *lang.Printer, i store.Installation, back bool) view {
	v := view{Title: words.T("Visit Prep is in %s", cmp.Or(i.Name, words.T("your workspace"))), Steps: []step{
		{words.T("In Slack, open the channel in which your team plans its visits, and invite the app:"), "/invite @visitprep"},
		{words.T("Ask for what is next, or plan a visit:"), "/visit-prep"},
		{words.T("Anybody can ask a question, there or in a direct message to Visit Prep:"), "/visit-prep what do we check before shipping?"},
	}, Button: words.T("Open Slack"), To: "https://app.slack.com/client/" + i.Workspace}
	if back {
		v.Lead = append(v.Lead, words.T("It was here before. Its visits, checklists and reminders are back, and what has waited goes out now."))
	}
	if i.OrganisationWide() {
		v.Lead = append(v.Lead, words.T("It is installed for the organisation, and works in the workspaces to which an admin adds it."))
		v.Steps = append([]step{{words.T("Add it to workspaces: press the button below, and choose them."), ""}}, v.Steps...)
		v.Button, v.To = words.T("Choose workspaces"), "https://app.slack.com/manage/"+i.Workspace+"/integrations/profile/"+url.PathEscape(i.App)+"/workspaces/add"
	}
	has := map[string]bool{}
	for _, s := range strings.Split(i.Scopes, ",") {
		has[s] = true
	}
	for _, s := range p.o.Scopes {
		if !has[s.Name] {
			v.Needs, v.NeedsAs = append(v.Needs, needOf(words, s)), words.T("What Slack has not allowed, and what does not work without it")
		}
	}
	return v
}

// withoutAddress is an error without the address that was asked: what is sent stands in the body, but
// whoever answers may have sent on to another address.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s %s: %w", u.Op, "Slack", u.Err)
	}
	return err
}
