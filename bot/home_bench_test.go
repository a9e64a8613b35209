package bot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// BenchmarkHome opens the Home tab of somebody who sees 2,000 factories with a visit, an inspection
// and an open finding each, the whole way up to what is published.
func BenchmarkHome(b *testing.B) {
	for _, db := range []struct {
		name string
		url  func() string
	}{
		{"SQLite", func() string { return filepath.Join(b.TempDir(), "v.db") }},
		{"PostgreSQL", func() string { return pgtest.URL(b) }},
	} {
		for _, factories := range []int{20, 2000} {
			b.Run(fmt.Sprintf("%s/%d-factories", db.name, factories), func(b *testing.B) {
				ctx := context.Background()
				kept, err := store.Open(ctx, store.Options{URL: db.url(), Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { kept.Close() })
				o := localslack.Sample()
				o.Scopes, o.Deliver, o.BaseURL = Scopes(), http.NotFoundHandler(), "http://slack.test"
				w, err := localslack.New(o)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { w.Close() })
				fillHome(b, kept, w.TeamID(), factories)
				api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(w.HTTPClient()))
				bot, err := New(Options{Knowledge: testBase(b), Slack: OneClient(api), APIURL: "http://slack.test/api/", HTTP: w.HTTPClient(), Store: kept, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), SigningSecret: testSecret})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(bot.Wait)
				median(b, func() {
					if err := bot.live.openHome(ctx, w.TeamID(), mia); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}

// fillHome records the factories by an import, which takes many at once, and a finding for each.
func fillHome(b *testing.B, kept *store.Store, team string, factories int) {
	b.Helper()
	ctx, now := context.Background(), time.Now()
	var vs []visit.Visit
	for n := range factories {
		day := civil.Of(now).AddDays(-400 - n%300)
		v := visit.Visit{Work: visit.Work{Workspace: team, Factory: visit.Factory{Workspace: team, Name: fmt.Sprint("Factory ", n)}, Place: in(sourcing), Owner: jonas}, Purpose: "first_visit", First: day, Last: day}
		v.ChannelZone = "Europe/Berlin"
		vs = append(vs, v)
	}
	if _, err := kept.Import(ctx, vs, nil, now); err != nil {
		b.Fatal(err)
	}
	for n := range factories {
		if _, _, err := kept.AddFinding(ctx, visit.Finding{Workspace: team, Subject: visit.SubjectOf(visit.OfVisit, n+1), Kind: visit.OfProduct, Severity: visit.Major, Text: "no corner guard", Source: fmt.Sprint("bench/", n), By: jonas, At: now.AddDate(0, -5, 0)}, now); err != nil {
			b.Fatal(err)
		}
	}
}
