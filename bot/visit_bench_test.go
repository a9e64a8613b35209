package bot

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/slack-go/slack"
	_ "modernc.org/sqlite"

	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// BenchmarkVisitCommand is /visit-prep in a channel that prepares a visit, the whole
// way: the signed request, who may see it, the database, the card as it is answered.
// It is run with ten visits, and with 100,000 in 1,000 workspaces with ten items each.
func BenchmarkVisitCommand(b *testing.B) {
	for _, db := range []struct{ name, driver string }{{"SQLite", "sqlite"}, {"PostgreSQL", "pgx"}} {
		for _, size := range []struct{ workspaces, each int }{{1, 10}, {1000, 100}} {
			b.Run(fmt.Sprintf("%s/%d-visits", db.name, size.workspaces*size.each), func(b *testing.B) {
				address := filepath.Join(b.TempDir(), "v.db")
				if db.driver == "pgx" {
					address = pgtest.URL(b)
				}
				kept, err := store.Open(context.Background(), store.Options{URL: address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { kept.Close() })
				fillVisits(b, db.driver, address, size.workspaces, size.each)
				visitCommand(b, kept)
			})
		}
	}
}

// fillVisits writes visits straight into the tables: workspace 0 is the local one.
func fillVisits(b *testing.B, driver, address string, workspaces, each int) {
	b.Helper()
	d, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	team := `CASE WHEN w = 0 THEN '` + localslack.DefaultTeamID + `' ELSE 'T' || w END`
	numbers := func(name string, n int) string {
		return fmt.Sprintf("%[1]s(%[2]s) AS (SELECT 0 UNION ALL SELECT %[2]s + 1 FROM %[1]s WHERE %[2]s < %[3]d)", name, name[:1], n-1)
	}
	ws, vs, is := numbers("ws", workspaces), numbers("vs", each), numbers("is_", 10)
	for _, q := range []string{
		`INSERT INTO factories (workspace, number, name, chinese, city, address, zone, contacts, removed, rev)
			WITH RECURSIVE ` + ws + ` SELECT ` + team + `, 1, 'Ningbo Bright', '宁波光明', 'Ningbo', '', 'Asia/Shanghai', '', false, 1 FROM ws`,
		`INSERT INTO visits (workspace, number, rev, schedule, factory, purpose, first_day, last_day, channel, private, shared, zone, home, owner, people, agenda, notes, card, cancelled_by, cancelled_at, created_at)
			WITH RECURSIVE ` + ws + `, ` + vs + ` SELECT ` + team + `, v + 1, 1, 1, 1, 'first_visit', '20' || (40 + v % 50) || '-03-15', '20' || (40 + v % 50) || '-03-16',
			CASE WHEN v % 10 = 5 THEN '` + sourcing + `' ELSE 'C' || (v % 10) END, false, false, 'Asia/Shanghai', 'Europe/Berlin', '` + mia + `', '', '', '', '', '', 0, 0 FROM ws, vs`,
		`INSERT INTO items (workspace, subject, id, milestone, text, advice, sensitive, owner, done_by, done_at, skipped, own, removed)
			WITH RECURSIVE ` + ws + `, ` + vs + `, ` + is + ` SELECT ` + team + `, 'visit/' || (v + 1), i + 1, -7, 'Book the interpreter', '', false, '', '', 0, '', false, false FROM ws, vs, is_`,
	} {
		if _, err := d.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	if driver == "pgx" {
		if _, err := d.Exec("ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	var items int
	if err := d.QueryRow("SELECT COUNT(*) FROM items").Scan(&items); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d items", items)
}

func visitCommand(b *testing.B, kept *store.Store) {
	o := localslack.Sample()
	o.Scopes, o.Deliver, o.BaseURL = Scopes(), http.NotFoundHandler(), "http://slack.test"
	w, err := localslack.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(w.HTTPClient()))
	bot, err := New(Options{Knowledge: testBase(b), Slack: OneClient(api), APIURL: "http://slack.test/api/", HTTP: w.HTTPClient(), Store: kept, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), SigningSecret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(bot.Wait)
	ask := func(n int) *httptest.ResponseRecorder {
		body := url.Values{"command": {"/visit-prep"}, "team_id": {localslack.DefaultTeamID}, "channel_id": {sourcing}, "user_id": {mia}, "trigger_id": {fmt.Sprintf("t%d", n)}, "response_url": {"http://slack.test/r"}}.Encode()
		return post(bot, body, signed(body, time.Now(), "application/x-www-form-urlencoded"))
	}
	if r := ask(-1); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "Ningbo Bright") {
		b.Fatalf("it answers %d %s", r.Code, r.Body)
	}
	answers(b, ask)
}

// answers times a command, which is asked once a round, and reports the median.
func answers(b *testing.B, ask func(n int) *httptest.ResponseRecorder) {
	b.Helper()
	n := 0
	median(b, func() {
		if r := ask(n); r.Code != http.StatusOK || r.Body.Len() < 500 {
			b.Fatalf("it answers %d %s", r.Code, r.Body)
		}
		n++
	})
}

// median times what is done in a round, and reports the median of all rounds.
func median(b *testing.B, do func()) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		from := time.Now()
		do()
		took = append(took, time.Since(from))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
}
