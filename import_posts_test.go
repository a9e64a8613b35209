package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
)

// Whoever reads a channel, import cannot ask Slack: that is done before the first message, by
// the serve that is started later. This imports an audit into channels of every kind while
// nobody serves, and then serves.
func TestWhatWasImportedWhileNobodyServedIsAskedOfSlackFirst(t *testing.T) {
	const guests, archived, consultant = "C0GUESTS001", "C0ARCHIVE01", "U0CONSULT01"
	mia, jonas, liwei := localslack.SampleMia, localslack.SampleJonas, localslack.SampleLiWei
	sourcing, shared, notIn := localslack.SampleSourcing, localslack.SampleShared, localslack.SampleShenzhen

	options := localslack.Sample()
	options.Scopes, options.Events = bot.Scopes(), bot.Events()
	in := []string{localslack.DefaultBotUserID, mia, jonas}
	options.Channels = append(options.Channels,
		localslack.Channel{ID: guests, Name: "with-a-guest", Members: append(in[:3:3], consultant)},
		localslack.Channel{ID: archived, Name: "old", Members: in})
	options.People = append(options.People, localslack.Person{ID: consultant, Name: "con", RealName: "Con Sultant", TeamID: localslack.DefaultTeamID, TZ: "UTC"})
	var slackSide http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { slackSide.ServeHTTP(w, r) }))
	defer server.Close()
	options.BaseURL = server.URL
	workspace, err := localslack.New(options)
	if err != nil {
		t.Fatal(err)
	}
	defer workspace.Close()
	slackSide = workspace.Handler()
	for _, err := range []error{workspace.SetGuest(consultant, localslack.Restricted), workspace.ArchiveChannel(archived)} {
		if err != nil {
			t.Fatal(err)
		}
	}

	// The file: an audit in three weeks in each channel, 200 visits that are over, and a plan.
	calendar := new(clock)
	day := func(n int) string { return calendar.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	var file strings.Builder
	file.WriteString("kind,factory,purpose,first,channel,owner,type,rule,leads\n")
	for i, channel := range []string{sourcing, shared, guests, archived, notIn} {
		fmt.Fprintf(&file, "visit,Factory %d,supplier_audit,%s,%s,%s,,,\n", i, day(21), channel, mia)
	}
	for n := range 200 {
		fmt.Fprintf(&file, "visit,History %d,supplier_audit,%s,%s,%s,,,\n", n%7, day(-30-n), sourcing, mia)
	}
	fmt.Fprintf(&file, "plan,Factory 0,,,%s,%s,pre_shipment,every 2 weeks from %s,3\n", sourcing, mia, day(8))
	dir := t.TempDir()
	path, database := filepath.Join(dir, "team.csv"), filepath.Join(dir, "v.db")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	getenv := func(name string) string { return map[string]string{"DATABASE_URL": database}[name] }
	if code := run(t.Context(), []string{"import", path, "--workspace", localslack.DefaultTeamID}, strings.NewReader(""), &out, &errs, getenv); code != 0 {
		t.Fatal(errs.String())
	}
	if got := out.String(); got != "206 added, 0 changed, 0 as they were.\n" {
		t.Errorf("import says %s", got)
	}

	cfg, err := loadConfig("")
	if err != nil {
		t.Fatal(err)
	}
	api := slack.New(workspace.BotToken(), slack.OptionAPIURL(workspace.APIURL(server.URL)), slack.OptionHTTPClient(http.DefaultClient))
	a, err := newApp(t.Context(), cfg, parts{slack: bot.OneClient(api), apiURL: workspace.APIURL(server.URL), http: http.DefaultClient, signingSecret: "secret", database: database, owner: true, now: calendar.Now, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	calendar.Set(time.Now().UTC().Truncate(24 * time.Hour).Add(34 * time.Hour)) // by day wherever somebody reads
	err = a.run(t.Context(), func(ctx context.Context) error {
		for _, channel := range []string{sourcing, shared, guests, archived, notIn} {
			for { // until it has been looked at
				if _, err := a.db.ChannelFacts(ctx, localslack.DefaultTeamID, channel); err == nil {
					break
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
		return a.scheduler.Advance(ctx, calendar.Now().Add(5*time.Minute), calendar.Set)
	})
	if err != nil {
		t.Fatal(err)
	}

	read := func(viewer, channel string) string {
		var all []string
		for _, m := range workspace.Messages(viewer, channel) {
			if m.BotID == "" {
				continue
			}
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, strings.ToLower(string(b)))
		}
		return strings.Join(all, "\n")
	}
	// The card and what should be done by now, and no word about what is over.
	posted := read(jonas, sourcing)
	if !strings.Contains(posted, "visit 1: factory 0") || !strings.Contains(posted, "visit 1, factory 0: what should be done by now") || !strings.Contains(posted, "supplier audit") {
		t.Errorf("colleagues read\n%s", posted)
	}
	if strings.Contains(posted, "history") {
		t.Errorf("something is said of what is over:\n%s", posted)
	}
	for viewer, channel := range map[string]string{liwei: shared, consultant: guests} {
		got := read(viewer, channel)
		if !strings.Contains(got, "factory") {
			t.Errorf("%s reads nothing of the visit:\n%s", viewer, got)
		}
		for _, item := range checklistsOf(must(loadTemplates(cfg)))("supplier_audit") {
			if item.Sensitive && strings.Contains(got, strings.ToLower(item.Text)) {
				t.Errorf("%s reads %q", viewer, item.Text)
			}
		}
		if strings.Contains(got, "supplier audit") {
			t.Errorf("%s reads what the visit is for:\n%s", viewer, got)
		}
	}
	for _, channel := range []string{archived, notIn} {
		if got := read(mia, channel); got != "" {
			t.Errorf("in a channel where nothing can be posted there is\n%s", got)
		}
	}
	// Whoever is said to have planned it is told.
	var told string
	for _, c := range workspace.Channels(mia) {
		if strings.HasPrefix(c.ID, "D") {
			told += read(mia, c.ID)
		}
	}
	for _, words := range []string{"is now shared with another company", "a guest reads", "is archived, so nothing can be posted there", "i'm no longer in"} {
		if !strings.Contains(told, words) {
			t.Errorf("mia is not told %q:\n%s", words, told)
		}
	}
	// The plan makes its inspections.
	is, err := a.db.Inspections(t.Context(), localslack.DefaultTeamID, store.InspectionFilter{})
	if err != nil || len(is) == 0 {
		t.Errorf("the plan made %d inspections, %v", len(is), err)
	}
}

// An unannounced visit does not come into a channel that another company reads, as Slack tells.
func TestAFilePutsNoUnannouncedVisitWhereOthersRead(t *testing.T) {
	options := localslack.Sample()
	options.Scopes, options.Events = bot.Scopes(), bot.Events()
	var slackSide http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { slackSide.ServeHTTP(w, r) }))
	defer server.Close()
	options.BaseURL = server.URL
	workspace, err := localslack.New(options)
	if err != nil {
		t.Fatal(err)
	}
	defer workspace.Close()
	slackSide = workspace.Handler()
	dir := t.TempDir()
	env := map[string]string{"DATABASE_URL": filepath.Join(dir, "v.db"), "SLACK_BOT_TOKEN": workspace.BotToken(), "SLACK_API_URL": workspace.APIURL(server.URL)}
	imports := func(channel string) (out, errs bytes.Buffer, code int) {
		path := filepath.Join(dir, "team.csv")
		row := fmt.Sprintf("kind,factory,purpose,first,channel,owner,unannounced\nvisit,Ningbo Bright Metal,supplier_audit,2040-03-15,%s,%s,yes\n", channel, localslack.SampleMia)
		if err := os.WriteFile(path, []byte(row), 0o600); err != nil {
			t.Fatal(err)
		}
		code = run(t.Context(), []string{"import", path, "--workspace", localslack.DefaultTeamID}, strings.NewReader(""), &out, &errs, func(name string) string { return env[name] })
		return out, errs, code
	}
	_, errs, code := imports(localslack.SampleShared)
	if code == 0 || !strings.Contains(errs.String(), "team.csv:2: channel: another company reads in "+localslack.SampleShared+", and would learn of an unannounced visit: write a channel that your own company alone reads") {
		t.Errorf("it says %d, %s", code, errs.String())
	}
	if out, errs, code := imports(localslack.SampleSourcing); code != 0 || out.String() != "1 added, 0 changed, 0 as they were.\n" {
		t.Errorf("in a channel of ours: %d, %s%s", code, out.String(), errs.String())
	}
}
