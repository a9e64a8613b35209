package bot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// grown are how much there is: visits with ten items each, in so many workspaces. One in ten
// is of the channel in which is asked.
var grown = []struct{ workspaces, each int }{{1, 10}, {1, 100}, {1, 1000}, {1, 10_000}, {1000, 10}}

// BenchmarkGrowth is what people wait for, the whole way but for the network, with more and more
// visits. A workspace has a visit a week in its second year with some hundred of them.
func BenchmarkGrowth(b *testing.B) {
	for _, size := range grown {
		address := filepath.Join(b.TempDir(), "v.db")
		kept, err := store.Open(context.Background(), store.Options{URL: address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { kept.Close() })
		fillVisits(b, "sqlite", address, size.workspaces, size.each)
		w, bot := benched(b, kept)
		n := 0
		asks := func(command, text string) func() {
			return func() {
				n++
				body := url.Values{"command": {command}, "text": {text}, "team_id": {w.TeamID()}, "channel_id": {sourcing}, "user_id": {mia}, "trigger_id": {fmt.Sprint("t", n)}, "response_url": {"http://slack.test/r"}}.Encode()
				if r := sendsForm(bot, body); r.Code != http.StatusOK || r.Body.Len() < 300 {
					b.Fatalf("%s %s is answered %d %s", command, text, r.Code, r.Body)
				}
				bot.Wait()
			}
		}
		for _, what := range []struct {
			name string
			do   func()
		}{
			{"question", asks("/visit-prep", "what gift should i not bring")},
			{"visit", asks("/visit-prep", "")},
			{"list", asks("/visit-prep", "list")},
			{"factory", asks("/factory", "1")},
			{"home", func() {
				if err := bot.live.openHome(context.Background(), w.TeamID(), mia); err != nil {
					b.Fatal(err)
				}
			}},
			{"click", func() {
				n++
				press := blocks.MustJSON(map[string]any{
					"type": "block_actions", "team": map[string]any{"id": w.TeamID()}, "user": map[string]any{"id": mia, "team_id": w.TeamID()}, "api_app_id": w.AppID(), "trigger_id": fmt.Sprint("t", n),
					"channel": map[string]any{"id": sourcing}, "container": map[string]any{"type": "message", "channel_id": sourcing, "message_ts": "1.1"}, "response_url": "http://slack.test/r",
					"actions": []map[string]any{{"type": "button", "action_id": []blocks.ActionID{actDone, actUndo}[n%2], "block_id": "b", "action_ts": fmt.Sprint(n), "value": string(itemSubject(visit.SubjectOf(visit.OfVisit, 6), 1))}},
				})
				if r := sendsForm(bot, url.Values{"payload": {string(press)}}.Encode()); r.Code != http.StatusOK {
					b.Fatal(r.Code, r.Body)
				}
				// The card is drawn again a second later, with what else was pressed meanwhile.
				for until := time.Now().Add(5 * time.Second); ; {
					v, err := kept.Visit(context.Background(), w.TeamID(), 6)
					if err != nil || time.Now().After(until) {
						b.Fatal("the item was not ticked", err)
					}
					if v.Items[0].Done.IsSet() == (n%2 == 0) {
						return
					}
				}
			}},
		} {
			b.Run(fmt.Sprintf("%s/%d-visits-in-%d", what.name, size.workspaces*size.each, size.workspaces), func(b *testing.B) { median(b, what.do) })
		}
	}
}

// benched is a bot on a database, with a local Slack in the same process.
func benched(b *testing.B, kept *store.Store) (*localslack.Workspace, *Bot) {
	b.Helper()
	o := localslack.Sample()
	o.Scopes, o.Deliver, o.BaseURL = Scopes(), http.NotFoundHandler(), "http://slack.test"
	w, err := localslack.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	// Nothing is paced: what is measured is ours.
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(w.HTTPClient()))
	bot, err := New(Options{Knowledge: testBase(b), Slack: OneClient(api), APIURL: "http://slack.test/api/", HTTP: w.HTTPClient(), Store: kept, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), SigningSecret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(bot.Wait)
	return w, bot
}

func sendsForm(bot *Bot, body string) *httptest.ResponseRecorder {
	return post(bot, body, signed(body, time.Now(), formType))
}

// BenchmarkImport records 1,000 visits with ten items each at once, into a database that has none and into one with
// 10,000.
func BenchmarkImport(b *testing.B) {
	for _, has := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("into-%d-visits", has), func(b *testing.B) {
			address := filepath.Join(b.TempDir(), "v.db")
			kept, err := store.Open(context.Background(), store.Options{URL: address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { kept.Close() })
			now, days := time.Now(), 0
			imports := func(many int) {
				var vs []visit.Visit
				for n := range many { // each day a visit to each of a hundred factories
					day := civil.Of(now).AddDays(30 + days + n/100)
					v := visit.Visit{Work: visit.Work{Workspace: localslack.DefaultTeamID, Factory: visit.Factory{Workspace: localslack.DefaultTeamID, Name: fmt.Sprint("Factory ", n%100)}, Place: in(sourcing), Owner: jonas}, Purpose: "first_visit", First: day, Last: day}
					v.ChannelZone = "Europe/Berlin"
					for id := range 10 {
						v.Items = append(v.Items, visit.Item{ID: id + 1, Milestone: -7, Text: "Book the interpreter"})
					}
					vs = append(vs, v)
				}
				days += many / 100
				if added, err := kept.Import(context.Background(), vs, nil, now); err != nil || added != many {
					b.Fatal(added, err)
				}
			}
			if has > 0 {
				imports(has)
			}
			median(b, func() { imports(1000) })
		})
	}
}
