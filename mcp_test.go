package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/install"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A toolStage is a server for tools, with a local Slack and a database of two workspaces behind it.
type toolStage struct {
	t     *testing.T
	slack *localslack.Workspace
	db    *store.Store
	file  string
	url   string
	today civil.Date
	team  *teamReader

	options bot.Options
}

const (
	otherTeam = "T0ELSEWHERE" // another workspace, with the same people's ids and the same numbers
	onlyMia   = "C0PRIVATE01"
)

// newToolStage has a visit with a finding in a channel of all (1), one in a private channel of Mia's (2),
// one at a factory alone in the private channel, and a visit of the same number in another workspace.
func newToolStage(t *testing.T) *toolStage {
	t.Helper()
	o := localslack.Sample()
	o.Channels = append(o.Channels, localslack.Channel{ID: onlyMia, Name: "secret", Private: true, Members: []string{localslack.DefaultBotUserID, localslack.SampleMia}})
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	slackServer := httptest.NewServer(w.Handler())
	t.Cleanup(func() { w.Close(); slackServer.Close() })
	w.SetBaseURL(slackServer.URL)

	cfg, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	timing, _, err := cfg.timing()
	if err != nil {
		t.Fatal(err)
	}
	s := &toolStage{t: t, slack: w, file: filepath.Join(t.TempDir(), "team.db")}
	if s.db, err = store.Open(t.Context(), store.Options{URL: s.file, Timing: timing, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	base, err := loadKnowledge(cfg)
	if err != nil {
		t.Fatal(err)
	}
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL(slackServer.URL)))
	s.options = bot.Options{Knowledge: base, Slack: bot.OneClient(api), HTTP: http.DefaultClient, Store: s.db, Timing: timing, Logger: slog.New(slog.DiscardHandler)}
	s.today = civil.Of(time.Now().UTC())
	noon, looks := s.today.Start(time.UTC).Add(12*time.Hour), new(atomic.Int64)
	s.team = &teamReader{db: s.db, now: func() time.Time { return noon.Add(time.Duration(looks.Add(1)) * time.Second / toolRate) }, log: slog.New(slog.DiscardHandler)}
	s.again()
	server, _, err := serverOf(cfg, s.team)
	if err != nil {
		t.Fatal(err)
	}
	tools := httptest.NewServer(forTools(server, s.team))
	t.Cleanup(tools.Close)
	s.url = tools.URL

	s.plans(w.TeamID(), "Ningbo Bright", localslack.SampleSourcing, false)
	s.plans(w.TeamID(), "SECRET Metal", onlyMia, true)
	s.plans(otherTeam, "ELSEWHERE Ltd", localslack.SampleSourcing, false)
	s.plans(otherTeam, "ELSEWHERE Two", localslack.SampleSourcing, false)
	s.plans(otherTeam, "ELSEWHERE Three", localslack.SampleSourcing, false)
	return s
}

// stops stops the clock of the limits, which otherwise goes fast enough that nobody reaches one.
func (s *toolStage) stops() {
	now := s.team.now()
	s.team.now = func() time.Time { return now }
}

// plans plans a visit with a finding whose action is under way, and logs a finding of its factory alone.
func (s *toolStage) plans(team, factory, channel string, private bool) {
	s.t.Helper()
	ctx, now := context.Background(), s.team.now()
	v, err := s.db.PlanVisit(ctx, visit.Visit{
		Work: visit.Work{
			Workspace: team, Factory: visit.Factory{Name: factory}, Owner: localslack.SampleMia,
			Place: visit.Place{Channel: channel, Private: private, Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"},
			Items: visit.Checklist{{ID: 1, Milestone: -14, Text: "Book the interpreter of " + factory, Owner: localslack.SampleJonas}},
		},
		Purpose: "first_visit", First: s.today.AddDays(30), Last: s.today.AddDays(31), People: []visit.Person{{Name: "Ms Zhang"}},
	}, now)
	if err != nil {
		s.t.Fatal(err)
	}
	over := v.Clone()
	over.Number, over.Items, over.First, over.Last = 0, nil, s.today.AddDays(-40), s.today.AddDays(-39)
	over.Outcome = visit.VisitOutcome{Verdict: visit.Go, Said: visit.Mark{By: localslack.SampleMia, At: now}}
	if _, err := s.db.KeepVisit(ctx, over, now); err != nil {
		s.t.Fatal(err)
	}
	_, _, err = s.db.AddFinding(ctx, visit.Finding{
		Workspace: team, Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "scratches at " + factory, Bad: 6, Checked: 50,
		Source: "visit " + factory, By: localslack.SampleMia, At: now,
	}, now)
	if err != nil {
		s.t.Fatal(err)
	}
	alone := visit.Finding{Workspace: team, Kind: visit.OfProduct, Severity: visit.Minor, Text: "dust alone at " + factory, Source: "alone " + factory, By: localslack.SampleMia, At: now}
	alone.HangOn(&v.Factory, channel)
	loose := visit.Finding{Workspace: team, Kind: visit.OfProduct, Severity: visit.Minor, Text: "loose at " + factory, Source: "loose " + factory, By: localslack.SampleMia, At: now}
	looseOfJonas := loose
	looseOfJonas.Text, looseOfJonas.Source, looseOfJonas.By = "a loose one of Jonas", "Jonas's "+factory, localslack.SampleJonas
	for _, f := range []visit.Finding{alone, loose, looseOfJonas} {
		if _, _, err := s.db.AddFinding(ctx, f, now); err != nil {
			s.t.Fatal(err)
		}
	}
}

// tokenOf makes a token as Slack does.
func (s *toolStage) tokenOf(team, person string, made civil.Date) string {
	s.t.Helper()
	var random [visit.ToolTokenBytes]byte
	rand.Read(random[:])
	token, kept := visit.NewToolToken(team, person, random, made)
	if err := s.db.AddToolToken(context.Background(), kept); err != nil {
		s.t.Fatal(err)
	}
	return token
}

// withToken sends a token with each request.
type withToken string

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(w))
	return http.DefaultTransport.RoundTrip(r)
}

// connect connects with the library's own client.
func (s *toolStage) connect(token string) (*mcp.ClientSession, error) {
	c, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(s.t.Context(),
		&mcp.StreamableClientTransport{Endpoint: s.url, HTTPClient: &http.Client{Transport: withToken(token)}, DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	if err == nil {
		s.t.Cleanup(func() { c.Close() })
	}
	return c, err
}

func (s *toolStage) connected(token string) *mcp.ClientSession {
	s.t.Helper()
	c, err := s.connect(token)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// call calls a tool, and returns all that it says.
func (s *toolStage) call(c *mcp.ClientSession, tool string, args map[string]any) (said string, failed bool) {
	s.t.Helper()
	r, err := c.CallTool(s.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return err.Error(), true
	}
	raw, err := json.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw), r.IsError
}

// teamCalls are calls that ask for all that a team has, with every number that there is.
func teamCalls() (calls []toolCall) {
	calls = append(calls, toolCall{"visits", nil}, toolCall{"visits", map[string]any{"past": true}}, toolCall{"findings", nil}, toolCall{"actions", nil}, toolCall{"actions", map[string]any{"mine": true}})
	for n := 1; n <= 9; n++ {
		calls = append(calls, toolCall{"visit", map[string]any{"number": n}})
		for _, of := range []string{"visit", "inspection", "factory"} {
			calls = append(calls, toolCall{"findings", map[string]any{of: n}})
		}
	}
	return calls
}

type toolCall struct {
	tool string
	args map[string]any
}

// everything is all that a person gets of a team, tools and resources.
func (s *toolStage) everything(c *mcp.ClientSession) string {
	s.t.Helper()
	return s.read(c, teamCalls(), visitsURI, visitsURI+"/1", visitsURI+"/2", visitsURI+"/3")
}

// read is all that these tools and resources give.
func (s *toolStage) read(c *mcp.ClientSession, calls []toolCall, uris ...string) string {
	s.t.Helper()
	var all strings.Builder
	for _, call := range calls {
		said, _ := s.call(c, call.tool, call.args)
		all.WriteString(said + "\n")
	}
	for _, uri := range uris {
		r, err := c.ReadResource(s.t.Context(), &mcp.ReadResourceParams{URI: uri})
		if err != nil {
			all.WriteString(err.Error() + "\n")
			continue
		}
		for _, part := range r.Contents {
			all.WriteString(part.Text + "\n")
		}
	}
	return all.String()
}

func TestWhatAToolReadsIsWhatItsPersonMayRead(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	team := s.slack.TeamID()
	open := []string{"Ningbo Bright", "Book the interpreter of Ningbo Bright", "scratches at Ningbo Bright", "dust alone at Ningbo Bright"}
	secret := []string{"SECRET Metal", "Book the interpreter of SECRET Metal", "scratches at SECRET Metal", "dust alone at SECRET Metal"}
	for _, c := range []struct {
		name       string
		person     string
		before     func()
		has, lacks []string
	}{
		{"who is in both channels reads both, and what they logged alone", localslack.SampleMia, nil, slices.Concat(open, secret, []string{`loose at Ningbo`}), []string{"a loose one of Jonas"}},
		{"who is in one channel reads that one", localslack.SampleJonas, nil, append(open, "a loose one of Jonas"), append(secret, "loose at Ningbo")},
		{"who left the channel reads nothing of it", localslack.SampleJonas, func() { done(t, s.slack.Leave(localslack.SampleJonas, localslack.SampleSourcing)); s.again() }, nil, slices.Concat(open, secret)},
		{"who came back reads it again", localslack.SampleJonas, func() { done(t, s.slack.Join(localslack.SampleJonas, localslack.SampleSourcing)); s.again() }, open, secret},
		{"a guest reads nothing of the team's", localslack.SampleJonas, func() { done(t, s.slack.SetGuest(localslack.SampleJonas, "restricted")); s.again() }, []string{"for members of this workspace"}, slices.Concat(open, secret, []string{"loose at", "loose one"})},
	} {
		if c.before != nil {
			c.before()
		}
		got := s.everything(s.connected(s.tokenOf(team, c.person, s.today)))
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, got)
			}
		}
		for _, never := range append(c.lacks, "ELSEWHERE") {
			if strings.Contains(got, never) {
				t.Errorf("%s: there is %q", c.name, never)
			}
		}
	}
	if said, _ := s.call(s.connected(s.tokenOf(team, localslack.SampleMia, s.today)), "actions", nil); !strings.Contains(said, "scratches at SECRET") || !strings.Contains(said, `"state":"open"`) {
		t.Errorf("Mia's actions are %s", said)
	}
	mias := s.connected(s.tokenOf(team, localslack.SampleMia, s.today))
	if said, _ := s.call(mias, "visits", map[string]any{"past": true}); !strings.Contains(said, "SECRET Metal") || !strings.Contains(said, "Ningbo Bright") {
		t.Errorf("Mia's visits that are over are %s", said)
	}
	guest := s.connected(s.tokenOf(team, localslack.SampleJonas, s.today))
	if said, failed := s.call(guest, "ask", map[string]any{"question": "what gift should I not bring"}); failed || !strings.Contains(said, `"match":"good"`) {
		t.Errorf("a guest asks the advice and gets %s", said)
	}
}

// again forgets what Slack said: what was learnt a moment ago is believed for a while.
func (s *toolStage) again() {
	s.t.Helper()
	rights, err := bot.NewRights(s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	s.team.rights = rights
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestATokenThatIsNotGoodReadsNothing(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	team, mia := s.slack.TeamID(), localslack.SampleMia
	good := s.tokenOf(team, mia, s.today)
	ended := s.tokenOf(team, mia, s.today)
	_, hash, _ := visit.ReadToolToken(ended)
	done(t, s.db.DropToolToken(t.Context(), team, mia, hash))
	done(t, s.slack.AddPerson(localslack.Person{ID: "U0GONE00001", Name: "gone", RealName: "Gone", TeamID: team, TZ: "Europe/Berlin"}))
	gone := s.tokenOf(team, "U0GONE00001", s.today)
	s.connected(gone)
	done(t, s.slack.Deactivate("U0GONE00001"))
	s.again()
	for name, token := range map[string]string{
		"of nobody":                         "visitprep-" + team + "-" + strings.Repeat("A", 43),
		"that is none":                      "secret",
		"that its person ended":             ended,
		"of 90 days ago":                    s.tokenOf(team, mia, s.today.AddDays(-visit.ToolTokenDays)),
		"of somebody whose account ended":   gone,
		"of somebody of another company":    s.tokenOf(team, localslack.SampleLiWei, s.today),
		"of the other workspace":            s.tokenOf(otherTeam, mia, s.today),
		"with another workspace written in": strings.Replace(good, team, otherTeam, 1),
	} {
		if _, err := s.connect(token); err == nil || !strings.Contains(err.Error(), "Unauthorized") {
			t.Errorf("a token %s connects: %v", name, err)
		}
	}
	c := s.connected(good)
	if said, failed := s.call(c, "visits", nil); failed || !strings.Contains(said, "Ningbo Bright") {
		t.Errorf("a good token reads %s", said)
	}
	_, hash, _ = visit.ReadToolToken(good)
	if k, err := s.db.ToolToken(t.Context(), team, hash); err != nil || k.Used != s.today {
		t.Errorf("it was used on %s, %v", k.Used, err)
	}
	done(t, s.db.DropToolToken(t.Context(), team, mia, hash))
	if said, failed := s.call(c, "ask", map[string]any{"question": "gifts"}); !failed {
		t.Errorf("a token that was ended while a tool was connected reads %s", said)
	}
}

func TestWhileSlackCannotBeAskedNothingOfTheTeamIsRead(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	c := s.connected(s.tokenOf(s.slack.TeamID(), localslack.SampleMia, s.today))
	for method, names := range map[string][]string{"conversations.members": {"visits", "actions"}, "users.info": {"visits", "findings"}} {
		s.again()
		s.slack.Fail(method, "internal_error", 100)
		for _, name := range names {
			if said, failed := s.call(c, name, nil); !failed || strings.Contains(said, "Bright") {
				t.Errorf("without %s, %s reads %s", method, name, said)
			}
		}
		s.slack.Fail(method, "", 0)
	}
}

// TestToolsWriteNothing compares every row of the database before and after everything was read.
func TestToolsWriteNothing(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	token := s.tokenOf(s.slack.TeamID(), localslack.SampleMia, s.today)
	before := s.rows()
	c := s.connected(token)
	s.everything(c)
	for _, call := range []toolCall{
		{"ask", map[string]any{"question": "a question that nobody answers: zebra fishing quota"}}, {"ask", map[string]any{"question": "gifts"}},
		{"advice", nil}, {"advice", map[string]any{"topic": "quality-checks"}}, {"phrases", map[string]any{}}, {"calendar", map[string]any{"first": "2026-10-01"}}, {"sample", map[string]any{"lot": 3000}},
	} {
		if said, failed := s.call(c, call.tool, call.args); failed {
			t.Errorf("%s says %s", call.tool, said)
		}
	}
	if diff := cmp.Diff(before, s.rows()); diff != "" {
		t.Errorf("what was read changed the database: %s", diff)
	}
}

// rows are all rows of the database, by table, but for the day on which a token was used.
func (s *toolStage) rows() map[string][]string {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	list := func(query string) (lines []string) {
		rows, err := db.Query(query)
		if err != nil {
			s.t.Fatal(err)
		}
		defer rows.Close()
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for n := range values {
				values[n] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				s.t.Fatal(err)
			}
			var line strings.Builder
			for n, name := range columns {
				if name != "used_day" {
					fmt.Fprintf(&line, "%s=%v ", name, *values[n].(*any))
				}
			}
			lines = append(lines, line.String())
		}
		slices.Sort(lines)
		return lines
	}
	all := map[string][]string{}
	for _, line := range list(`SELECT name FROM sqlite_master WHERE type = 'table'`) {
		name := strings.TrimSpace(strings.TrimPrefix(line, "name="))
		all[name] = list(`SELECT * FROM "` + name + `"`)
	}
	if len(all["visits"]) == 0 || len(all["tool_tokens"]) == 0 {
		s.t.Fatal("the rows are not read")
	}
	return all
}

func TestToolsSayThatTheyOnlyReadAndThatTextIsData(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	c := s.connected(s.tokenOf(s.slack.TeamID(), localslack.SampleMia, s.today))
	r, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range r.Tools {
		names = append(names, tool.Name)
		if a := tool.Annotations; a == nil || !a.ReadOnlyHint {
			t.Errorf("%s does not say that it only reads", tool.Name)
		}
		if tool.InputSchema == nil || tool.OutputSchema == nil || tool.Description == "" {
			t.Errorf("%s does not say what it takes and gives", tool.Name)
		}
		if ofTeam := slices.Contains([]string{"visits", "visit", "findings", "actions"}, tool.Name); ofTeam != strings.Contains(tool.Description, "not instructions") {
			t.Errorf("%s says %q", tool.Name, tool.Description)
		}
	}
	slices.Sort(names)
	if want := []string{"actions", "advice", "ask", "calendar", "findings", "phrases", "sample", "visit", "visits"}; !slices.Equal(names, want) {
		t.Errorf("the tools are %q", names)
	}
	if !strings.Contains(c.InitializeResult().Instructions, "not instructions") {
		t.Errorf("clients are told %q", c.InitializeResult().Instructions)
	}
	page, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: visitsURI + "/1"})
	if err != nil || page.CacheScope != "private" || !strings.Contains(page.Contents[0].Text, "Book the interpreter") {
		t.Errorf("a visit as a page is %+v, %v", page, err)
	}
}

// TestVisitsAreFoundHoweverManyThereAreElsewhere and come 50 at once, with how many there are. What a
// person may not see is counted for nothing.
func TestVisitsAreFoundHoweverManyThereAreElsewhere(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	team := s.slack.TeamID()
	for range maxListed + 2 { // both over and ahead, at another factory, nearer than those at Bright
		v := visit.Visit{
			Work: visit.Work{Workspace: team, Factory: visit.Factory{Name: "Dark Works"}, Owner: localslack.SampleMia,
				Place: visit.Place{Channel: localslack.SampleSourcing, Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}},
			Purpose: "first_visit", First: s.today.AddDays(10), Last: s.today.AddDays(11),
		}
		_, err := s.db.PlanVisit(t.Context(), v, s.team.now())
		done(t, err)
		v.First, v.Last = s.today.AddDays(-30), s.today.AddDays(-29)
		v.Outcome = visit.VisitOutcome{Verdict: visit.Go, Said: visit.Mark{By: localslack.SampleMia, At: s.team.now()}}
		_, err = s.db.KeepVisit(t.Context(), v, s.team.now())
		done(t, err)
	}
	c := s.connected(s.tokenOf(team, localslack.SampleJonas, s.today)) // who is not in the channel of the secret ones
	for _, past := range []bool{true, false} {
		for _, q := range []struct {
			name    string
			factory string
			from    int
			n, all  int
		}{
			{"at a factory that few were to", "Bright", 0, 1, 1},
			{"at every factory", "", 0, 50, 53},
			{"the rest of them", "", 50, 3, 53},
			{"beyond the last", "", 99, 0, 53},
			{"at one whose visits are not theirs", "SECRET", 0, 0, 0},
		} {
			said, failed := s.call(c, "visits", map[string]any{"past": past, "factory": q.factory, "from": q.from})
			var r struct{ StructuredContent visitsOut }
			if err := json.Unmarshal([]byte(said), &r); failed || err != nil {
				t.Fatalf("%s: %s, %v", q.name, said, err)
			}
			if out := r.StructuredContent; len(out.Visits) != q.n || out.All != q.all {
				t.Errorf("%s, past %t: %d visits of %d, want %d of %d", q.name, past, len(out.Visits), out.All, q.n, q.all)
			}
		}
	}
	if got := s.read(c, nil, visitsURI); !strings.Contains(got, "and 3 more: call visits with from") {
		t.Errorf("the resource ends with %q", got[max(0, len(got)-200):])
	}
}

// TestActionsComeFiftyAtOnce with how many there are, of what their reader may see.
func TestActionsComeFiftyAtOnce(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	team := s.slack.TeamID()
	for n := range maxListed + 2 {
		for of, severity := range map[visit.Subject]visit.Severity{"visit/1": visit.Minor, "visit/3": visit.Critical} { // the second are Mia's alone
			_, _, err := s.db.AddFinding(t.Context(), visit.Finding{Workspace: team, Subject: of, Kind: visit.OfProduct, Severity: severity,
				Text: "dent", Source: fmt.Sprint(of, n), By: localslack.SampleMia, At: s.team.now()}, s.team.now())
			done(t, err)
		}
	}
	for _, q := range []struct {
		name, person string
		args         map[string]any
		n, all       int
	}{
		{"the first of one's own channels", localslack.SampleJonas, nil, 50, 54},
		{"the rest of them", localslack.SampleJonas, map[string]any{"from": 50}, 4, 54},
		{"at a factory", localslack.SampleMia, map[string]any{"factory": "secret", "from": 50}, 4, 54},
		{"at one that is not theirs", localslack.SampleJonas, map[string]any{"factory": "secret"}, 0, 0},
		{"those that they follow", localslack.SampleMia, map[string]any{"mine": true}, 50, 108},
		{"those that nobody is late with", localslack.SampleMia, map[string]any{"overdue": true}, 0, 0},
	} {
		said, failed := s.call(s.connected(s.tokenOf(team, q.person, s.today)), "actions", q.args)
		var r struct{ StructuredContent actionsOut }
		if err := json.Unmarshal([]byte(said), &r); failed || err != nil {
			t.Fatalf("%s: %s, %v", q.name, said, err)
		}
		if out := r.StructuredContent; len(out.Actions) != q.n || out.All != q.all {
			t.Errorf("%s: %d of %d, want %d of %d", q.name, len(out.Actions), out.All, q.n, q.all)
		}
	}
}

func TestWhatAPersonAsksATool(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	c := s.connected(s.tokenOf(s.slack.TeamID(), localslack.SampleMia, s.today))
	for _, call := range []struct {
		name, tool string
		args       map[string]any
		failed     bool
		has        string
	}{
		{"the advice answers", "ask", map[string]any{"question": "what gift should I not bring"}, false, `"match":"good"`},
		{"the advice says that it has none", "ask", map[string]any{"question": "write a python script to sort a list"}, false, `"match":"none"`},
		{"no question is none", "ask", map[string]any{"question": " "}, true, "in a few words"},
		{"too many answers are refused", "ask", map[string]any{"question": "gifts", "limit": 51}, true, "from 1 to 50"},
		{"without anything there are the topics", "advice", nil, false, "quality-checks"},
		{"a topic", "advice", map[string]any{"topic": "quality-checks", "phase": "before"}, false, `"entries":[`},
		{"no such topic", "advice", map[string]any{"topic": "cooking"}, true, "for the topics"},
		{"no such piece", "advice", map[string]any{"id": "no-such-piece"}, true, "ask a question"},
		{"the groups of phrases", "phrases", nil, false, `"groups":[`},
		{"no such group", "phrases", map[string]any{"group": "nowhere"}, true, "for the groups"},
		{"a holiday", "calendar", map[string]any{"first": "2026-10-01"}, false, `"working":false`},
		{"no day", "calendar", map[string]any{"first": "soon"}, true, "as 2027-03-15"},
		{"too many days", "calendar", map[string]any{"first": "2026-01-01", "last": "2026-12-31"}, true, "at most"},
		{"a sample", "sample", map[string]any{"lot": 3000, "aql": "4", "level": "ii"}, false, `"accept":10`},
		{"no lot", "sample", map[string]any{"lot": 0}, true, "lot: write how many pieces"},
		{"no level", "sample", map[string]any{"lot": 500, "level": "IV"}, true, "level: write S-1"},
		{"no AQL", "sample", map[string]any{"lot": 500, "aql": "3"}, true, "aql: write one of"},
		{"no severity", "sample", map[string]any{"lot": 500, "severity": "stopped"}, true, "severity: write normal"},
		{"a year that is not known", "calendar", map[string]any{"first": "2099-03-15"}, true, "a year that is nearer"},
		{"no such kind", "advice", map[string]any{"kind": "joke"}, true, "a kind guide"},
		{"visits at a factory", "visits", map[string]any{"factory": "bright"}, false, `"number":1`},
		{"a visit that is not there", "visit", map[string]any{"number": 99}, true, "I can't find that number"},
		{"findings of two things", "findings", map[string]any{"visit": 1, "factory": 1}, true, "one number"},
		{"an argument that is none", "visit", map[string]any{"id": 1}, true, "id"},
	} {
		if said, failed := s.call(c, call.tool, call.args); failed != call.failed || !strings.Contains(said, call.has) {
			t.Errorf("%s: %s", call.name, said)
		}
	}
}

func TestTheAddressForToolsIsGuarded(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	token := s.tokenOf(s.slack.TeamID(), localslack.SampleMia, s.today)
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	send := func(body string, change func(*http.Request)) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set("Authorization", "Bearer "+token)
		if change != nil {
			change(r)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		said, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(said)
	}
	for _, c := range []struct {
		name, body string
		change     func(*http.Request)
		want       int
		says       string
	}{
		{"a tool is answered", ping, nil, http.StatusOK, `"result"`},
		{"a tool that names its own machine is, too", ping, func(r *http.Request) { r.Host = "localhost:8090" }, http.StatusOK, `"result"`},
		{"and one on IPv6 without a port", ping, func(r *http.Request) { r.Host = "[::1]" }, http.StatusOK, `"result"`},
		{"without a token nobody is", ping, func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized, errNoToken.Error()},
		{"nor with a password", ping, func(r *http.Request) { r.SetBasicAuth("mia", token) }, http.StatusUnauthorized, errNoToken.Error()},
		{"nor with a token that is not good", ping, func(r *http.Request) { r.Header.Set("Authorization", "Bearer secret") }, http.StatusUnauthorized, errToken.Error()},
		{"a page of another origin is not", ping, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden, errBrowser.Error()},
		{"nor one that came by another name", ping, func(r *http.Request) { r.Host = "evil.example" }, http.StatusForbidden, errHost.Error()},
		{"nor one by a name that only begins as this machine's", ping, func(r *http.Request) { r.Host = "localhost.evil.example" }, http.StatusForbidden, errHost.Error()},
		{"nor a body without end", `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"` + strings.Repeat("a", maxToolRequest) + `"}}`, nil, http.StatusRequestEntityTooLarge, "exceeds 262144 bytes"},
		{"nor what is no JSON", "{", nil, http.StatusBadRequest, ""},
	} {
		if code, said := send(c.body, c.change); code != c.want || !strings.Contains(said, c.says) {
			t.Errorf("%s: %d %s", c.name, code, said)
		}
	}
	s.stops()
	codes := map[int]int{}
	for range 2 * toolBurst {
		code, _ := send(ping, nil)
		codes[code]++
	}
	if codes[http.StatusTooManyRequests] == 0 || codes[http.StatusOK] == 0 {
		t.Errorf("many requests at once are answered %v", codes)
	}
	if code, _ := send(ping, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+s.tokenOf(s.slack.TeamID(), localslack.SampleJonas, s.today))
	}); code != http.StatusOK {
		t.Errorf("one who asks too much keeps another from asking: %d", code)
	}
}

func TestTheTokensOfWhoHasLeftEndWhenOneIsUsed(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	team, mia := s.slack.TeamID(), localslack.SampleMia
	mias := s.tokenOf(team, mia, s.today)
	for n, c := range []struct {
		name string
		does func(person string)
		code int
		kept int
	}{
		{"of a deactivated account all end", func(p string) { done(t, s.slack.Deactivate(p)) }, http.StatusUnauthorized, 0},
		{"those of a guest stay, for the advice", func(p string) { done(t, s.slack.SetGuest(p, localslack.Restricted)) }, http.StatusOK, 2},
		{"those of a person of whom Slack does not tell now stay", func(string) { s.slack.Fail("users.info", "internal_error", 1) }, http.StatusServiceUnavailable, 2},
		{"nor do they end where Slack knows nobody of that id", func(string) { s.slack.Fail("users.info", "user_not_found", 1) }, http.StatusUnauthorized, 2},
	} {
		person := fmt.Sprintf("U0LEAVER%03d", n)
		done(t, s.slack.AddPerson(localslack.Person{ID: person, Name: "leaver", RealName: "Leaver", TeamID: team, TZ: "Europe/Berlin"}))
		used := s.tokenOf(team, person, s.today)
		s.tokenOf(team, person, s.today)
		s.tokenOf(otherTeam, person, s.today)
		c.does(person)
		s.again()
		if got := s.answers(used, 1); got[c.code] != 1 {
			t.Errorf("%s: the answer is %v, want %d", c.name, got, c.code)
		}
		for of, want := range map[reader]int{{team, person}: c.kept, {otherTeam, person}: 1, {team, mia}: 1} {
			if kept, err := s.db.ToolTokens(t.Context(), of.team, of.person); err != nil || len(kept) != want {
				t.Errorf("%s: %v has %d tokens, want %d, %v", c.name, of, len(kept), want, err)
			}
		}
	}
	if got := s.answers(mias, 1); got[http.StatusOK] != 1 {
		t.Errorf("Mia's token is answered %v", got)
	}
}

// ping asks nothing with a token, and gives the code and the text of the answer.
func (s *toolStage) ping(token string) (code int, said string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// answers are the codes of n pings with a token.
func (s *toolStage) answers(token string, n int) map[int]int {
	s.t.Helper()
	codes := map[int]int{}
	for range n {
		code, _ := s.ping(token)
		codes[code]++
	}
	return codes
}

// TestToolsOfManyWorkspacesReadEachTheirOwn starts the program where four workspaces have the app, with the
// same people, channels and numbers. Then one uninstalls it, Slack takes the token of one back, and one
// is deleted.
func TestToolsOfManyWorkspacesReadEachTheirOwn(t *testing.T) {
	t.Parallel()
	const alpha, beta, revoked, deleted = "T0ALPHA0001", "T0BETA00001", "T0REVOKED01", "T0DELETED01"
	factory := map[string]string{alpha: "Alphaville Chairs", beta: "Betaford Lamps", revoked: "Revokeham Tools", deleted: "Deletington Toys"}
	ids := []string{alpha, beta, revoked, deleted}
	all := slacks{byID: map[string]*localslack.Workspace{}}
	front := httptest.NewServer(&all)
	defer front.Close()
	s := &toolStage{t: t, file: filepath.Join(t.TempDir(), "team.db"), today: civil.Of(time.Now().UTC()), team: &teamReader{now: time.Now}}
	var err error
	if s.db, err = store.Open(t.Context(), store.Options{URL: s.file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	env := map[string]string{"SLACK_CLIENT_ID": "12.34", "SLACK_CLIENT_SECRET": "0123456789abcdef0123456789abcdef", "SLACK_SIGNING_SECRET": "fedcba9876543210fedcba9876543210",
		"SLACK_API_URL": front.URL + "/api/", "VISITPREP_TOKEN_KEY": install.NewKey(), "DATABASE_URL": s.file}
	keys, err := install.ParseKeys(env["VISITPREP_TOKEN_KEY"], "")
	if err != nil {
		t.Fatal(err)
	}
	adds := func(id string) {
		t.Helper()
		i := store.Installation{Workspace: id, BotUser: localslack.DefaultBotUserID, At: time.Now()}
		keys.Put(&i, all.byID[id].BotToken(), "")
		if _, err := s.db.Install(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	tokens := map[string]string{}
	for _, id := range ids {
		o := localslack.Sample()
		o.TeamID, o.TeamName, o.BotToken, o.BaseURL = id, "Team of "+id, "xoxb-"+id, front.URL+"/w/"+id
		for n := range o.People {
			if o.People[n].TeamID == localslack.DefaultTeamID {
				o.People[n].TeamID = id
			}
		}
		ws, err := localslack.New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ws.Close() })
		all.byID[id] = ws
		adds(id)
		s.plans(id, factory[id], localslack.SampleSourcing, false)
		tokens[id] = s.tokenOf(id, localslack.SampleMia, s.today)
	}

	var log lockedLog
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"mcp", "--listen", "127.0.0.1:0"}, nil, io.Discard, &log, environment(env))
	}()
	defer func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("it ends with %d:\n%s", code, &log)
		}
	}()
	until(t, "tools can read", func() bool {
		found := regexp.MustCompile(`tools can read.* address=(\S+)`).FindStringSubmatch(log.String())
		if found != nil {
			s.url = "http://" + found[1] + "/mcp"
		}
		return found != nil
	})
	// Few enough for three times within the limit of a person.
	calls := []toolCall{{"visits", nil}, {"visits", map[string]any{"past": true}}, {"visit", map[string]any{"number": 1}}, {"findings", nil}, {"findings", map[string]any{"visit": 1}},
		{"findings", map[string]any{"factory": 1}}, {"actions", nil}}
	reads := func(when string, live ...string) {
		t.Helper()
		for _, id := range live {
			got := s.read(s.connected(tokens[id]), calls, visitsURI, visitsURI+"/1")
			for _, want := range []string{"Book the interpreter of " + factory[id], "scratches at " + factory[id], "dust alone at " + factory[id], "loose at " + factory[id]} {
				if !strings.Contains(got, want) {
					t.Errorf("%s, %s does not read %q but\n%s", when, id, want, got)
				}
			}
			for _, other := range ids {
				if other != id && strings.Contains(got, factory[other]) {
					t.Errorf("%s, %s reads of %s", when, id, factory[other])
				}
			}
		}
	}
	refused := func(when, token string, code int, want string) {
		t.Helper()
		if got, said := s.ping(token); got != code || strings.TrimSpace(said) != want {
			t.Errorf("%s it is answered %d %s, want %d %s", when, got, said, code, want)
		}
		if _, err := s.connect(token); err == nil {
			t.Errorf("%s a tool connects", when)
		}
	}
	all.byID[revoked].RevokeToken("token_revoked") // nobody has noticed it
	refused("where Slack takes the app's token no more", tokens[revoked], http.StatusForbidden, errHeld.Error())
	reads("first", alpha, beta, deleted)
	refused("with another workspace written in", strings.Replace(tokens[alpha], alpha, beta, 1), http.StatusUnauthorized, errToken.Error())

	if _, err := s.db.End(t.Context(), store.Ending{Workspace: beta, Why: store.Uninstalled, At: time.Now()}, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	refused("where the app is installed no more", tokens[beta], http.StatusForbidden, errHeld.Error())
	reads("after one has uninstalled the app", alpha, deleted)

	if code := run(t.Context(), []string{"forget", "--workspace", deleted, "--yes"}, nil, io.Discard, &log, environment(env)); code != 0 {
		t.Fatal(log.String())
	}
	refused("in a workspace that was deleted", tokens[deleted], http.StatusUnauthorized, errToken.Error())
	for _, id := range ids {
		want := 1
		if id == deleted {
			want = 0
		}
		if kept, err := s.db.ToolTokens(t.Context(), id, localslack.SampleMia); err != nil || len(kept) != want {
			t.Errorf("%s has %d tokens, want %d, %v", id, len(kept), want, err)
		}
	}
	adds(beta)
	reads("after one has added the app again, and one was deleted", alpha, beta)
}

func TestWhoHoldsHowManyRequests(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	s.stops()
	team, mia, jonas := s.slack.TeamID(), localslack.SampleMia, localslack.SampleJonas
	want := func(name string, got map[int]int, want map[int]int) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	ok, unknown, tooMany, untold := http.StatusOK, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable

	one, two := s.tokenOf(team, mia, s.today), s.tokenOf(team, mia, s.today)
	want("with two tokens a person has what they have with one", s.answers(one, toolBurst-10), map[int]int{ok: toolBurst - 10})
	want("with two tokens a person has what they have with one", s.answers(two, 20), map[int]int{ok: 10, tooMany: 10})
	want("with two tokens a person has what they have with one", s.answers(one, 1), map[int]int{tooMany: 1})
	want("nor do they have more with a third", s.answers(s.tokenOf(team, mia, s.today), 1), map[int]int{tooMany: 1})
	if err := s.slack.AddPerson(localslack.Person{ID: mia + "X", Name: "other", RealName: "Other", TeamID: team, TZ: "Europe/Berlin"}); err != nil {
		t.Fatal(err)
	}
	want("another person has their own", s.answers(s.tokenOf(team, mia+"X", s.today), 1), map[int]int{ok: 1})

	// More than all that are not good have together, of people whom Slack does not tell of.
	s.again()
	s.slack.Fail("users.info", "internal_error", strangerBurst+1)
	for n := range strangerBurst + 1 {
		person := fmt.Sprintf("U0UNTOLD%03d", n)
		want("a good token whose person Slack does not tell of", s.answers(s.tokenOf(team, person, s.today), 1), map[int]int{untold: 1})
	}
	good := s.tokenOf(team, jonas, s.today)
	want("that counts for nobody as a token that is not good", s.answers(good, 1), map[int]int{ok: 1})

	bad := "visitprep-" + team + "-" + strings.Repeat("A", 43)
	want("tokens that are not good are refused, and then there are too many of them", s.answers(bad, strangerBurst+5), map[int]int{unknown: strangerBurst, tooMany: 5})
	want("whoever has sent a good one is not kept from asking", s.answers(good, 1), map[int]int{ok: 1})
}

func TestThatTheDatabaseDoesNotAnswerIsNobodysBadToken(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	token := s.tokenOf(s.slack.TeamID(), localslack.SampleMia, s.today)
	done(t, s.db.Close())
	s.stops()
	if got, want := s.answers(token, strangerBurst+1), (map[int]int{http.StatusServiceUnavailable: strangerBurst + 1}); !cmp.Equal(got, want) {
		t.Errorf("without a database a token is answered %v, want %v", got, want)
	}
}

func TestOverStdioATokenIsLookedAtEachTime(t *testing.T) {
	t.Parallel()
	s := newToolStage(t)
	team, mia := s.slack.TeamID(), localslack.SampleMia
	s.team.token = s.tokenOf(team, mia, s.today)
	cfg, err := loadConfig("")
	done(t, err)
	server, _, err := serverOf(cfg, s.team)
	done(t, err)
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- overStdio(t.Context(), server, toServer, fromServer) }()
	c, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.IOTransport{Reader: toClient, Writer: fromClient}, nil)
	done(t, err)
	if said, failed := s.call(c, "visits", nil); failed || !strings.Contains(said, "Ningbo Bright") {
		t.Errorf("it reads %s", said)
	}
	_, hash, _ := visit.ReadToolToken(s.team.token)
	done(t, s.db.DropToolToken(t.Context(), team, mia, hash))
	if said, failed := s.call(c, "visits", nil); !failed || !strings.Contains(said, "this token is not good") {
		t.Errorf("with a token that was ended it reads %s", said)
	}
	done(t, c.Close())
	done(t, <-served)
}
