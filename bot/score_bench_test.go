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
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// BenchmarkScoreCommand is /factory score, of one factory and as a table, the whole way: the signed
// request, who may see what, the database, the answer. It is run with ten factories of 100 findings
// each, and with 2,000 of them, 200,000 findings, among 1,000 other workspaces. Beyond the
// tenth, every second factory is in a channel that the reader is not in.
func BenchmarkScoreCommand(b *testing.B) {
	for _, db := range []struct{ name, driver string }{{"SQLite", "sqlite"}, {"PostgreSQL", "pgx"}} {
		for _, size := range []struct{ factories, others int }{{10, 0}, {2000, 1000}} {
			b.Run(fmt.Sprintf("%s/%d-factories", db.name, size.factories), func(b *testing.B) {
				address := filepath.Join(b.TempDir(), "v.db")
				if db.driver == "pgx" {
					address = pgtest.URL(b)
				}
				kept, err := store.Open(context.Background(), store.Options{URL: address, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { kept.Close() })
				fillScores(b, db.driver, address, size.factories, size.others)
				for name, words := range map[string]string{"one": "score Works 4", "table": "score"} {
					b.Run(name, func(b *testing.B) { scoreCommand(b, kept, words) })
				}
			})
		}
	}
}

// fillScores writes factories straight into the tables, each with a visit, ten lots, 100 findings, eight
// deliveries and two frozen quarters: so many in the local workspace, and two in each of the others.
func fillScores(b *testing.B, driver, address string, factories, others int) {
	b.Helper()
	d, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	// at are all factories: t is the workspace, n the number.
	at := fmt.Sprintf(`RECURSIVE fs(f) AS (SELECT 0 UNION ALL SELECT f + 1 FROM fs WHERE f < %d),
		at(t, n) AS (SELECT CASE WHEN f < %[2]d THEN '%[3]s' ELSE 'T' || ((f - %[2]d) / 2) END, CASE WHEN f < %[2]d THEN f + 1 ELSE (f - %[2]d) %% 2 + 1 END FROM fs)`,
		factories+2*others-1, factories, localslack.DefaultTeamID)
	each := func(n int) string {
		return fmt.Sprintf(`, xs(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM xs WHERE x < %d)`, n-1)
	}
	const channel = `CASE WHEN n % 2 = 0 OR n <= 10 THEN '` + sourcing + `' ELSE 'C' || (n % 10) END`
	lot := `{"product":"Lamp","size":3000,"level":"II","classes":[{"class":"major","aql":"2.5","n":125,"ac":7,"re":8,"bad":1,"strictness":"normal"}],"drawn":{"By":"U1","At":"2026-01-01T00:00:00Z"},"counted":{"By":"U1","At":"2026-01-01T00:00:00Z"}}`
	facts := `{"State":"verified","Due":"2026-05-01","DoneDay":"2026-04-20","VerifiedDay":"2026-04-25"}`
	card := `{"quarter":"2026-Q3","groups":[{"group":"quality","measures":[{"kind":"first_pass","n":7,"of":8,"points":3}]},{"group":"delivery","measures":[{"kind":"on_time","n":9,"of":10,"points":4}]}],"share":65,"value":{"num":17,"den":5},"grade":"B","weakest":["quality"]}`
	for _, q := range []string{
		`INSERT INTO factories (workspace, number, name, chinese, city, address, zone, contacts, removed, rev)
			WITH ` + at + ` SELECT t, n, 'Works ' || n, '', 'Ningbo', '', 'Asia/Shanghai', '', false, 1 FROM at`,
		`INSERT INTO visits (workspace, number, rev, schedule, factory, purpose, first_day, last_day, channel, private, shared, zone, home, owner, people, agenda, notes, card, cancelled_by, cancelled_at, created_at)
			WITH ` + at + ` SELECT t, n, 1, 1, n, 'first_visit', '2026-03-15', '2026-03-16', ` + channel + `, false, false, 'Asia/Shanghai', 'Europe/Berlin', '` + mia + `', '', '', '', '', '', 0, 0 FROM at`,
		`INSERT INTO inspections (workspace, number, rev, schedule, factory, channel, private, shared, zone, home, owner, card, created_at, plan, type, due_day, planned_day, leads, inspector, order_name, result, reported_by, reported_at, note, lot)
			WITH ` + at + each(10) + ` SELECT t, n * 10 + x, 1, 1, n, ` + channel + `, false, false, 'Asia/Shanghai', 'Europe/Berlin', '` + mia + `', '', 0, 0, 'pre_shipment', '2026-0' || (x % 9 + 1) || '-15', '', '', '', '', 'passed', 'U1', 1, '', '` + lot + `' FROM at, xs`,
		`INSERT INTO findings (workspace, number, rev, of_kind, of_number, channel, factory, kind, severity, text, text_zh, place, bad, checked, requirement, request, defect, item, for_factory, source, made_by, made_at, taken_at, withdrawn_by, withdrawn_at, final)
			WITH ` + at + each(100) + ` SELECT t, n * 100 + x, 1, CASE WHEN x % 5 = 0 THEN 'visit' ELSE 'inspection' END, CASE WHEN x % 5 = 0 THEN n ELSE n * 10 + x % 10 END, '', '', 'product', 'minor', 'Scratch', '', '', 1, 50, '', '', '', 0, true, 's' || (n * 100 + x), 'U1', 1771000000000, 0, '', 0, false FROM at, xs`,
		`INSERT INTO actions (workspace, finding, rev, state, due, reviewer, facts)
			WITH ` + at + each(50) + ` SELECT t, n * 100 + x, 1, 'verified', '2026-05-01', 'U1', '` + facts + `' FROM at, xs`,
		`INSERT INTO deliveries (workspace, number, rev, factory, channel, order_name, folded, confirmed_day, shipped_day, quantity, sent, our_delay, why, made_by, created_at, revisions)
			WITH ` + at + each(8) + ` SELECT t, n * 8 + x, 1, n, ` + channel + `, 'P' || x, 'p' || x, '2026-0' || (x + 1) || '-10', '2026-0' || (x + 1) || '-10', 100, 100, false, '', 'U1', 1, '' FROM at, xs`,
		`INSERT INTO scores (workspace, factory, quarter, version, card, frozen_at) WITH ` + at + each(2) + ` SELECT t, n, '2026-Q' || (x + 2), 1, REPLACE('` + card + `', '2026-Q3', '2026-Q' || (x + 2)), 1 FROM at, xs`,
		`INSERT INTO score_channels (workspace, factory, quarter, version, channel) WITH ` + at + each(2) + ` SELECT t, n, '2026-Q' || (x + 2), 1, ` + channel + ` FROM at, xs`,
	} {
		if _, err := d.Exec(q); err != nil {
			b.Fatalf("%v\n%s", err, q)
		}
	}
	if driver == "pgx" {
		if _, err := d.Exec("ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	var findings int
	if err := d.QueryRow("SELECT COUNT(*) FROM findings WHERE workspace = '" + localslack.DefaultTeamID + "'").Scan(&findings); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d findings in the workspace", findings)
}

func scoreCommand(b *testing.B, kept *store.Store, words string) {
	o := localslack.Sample()
	o.Scopes, o.Deliver, o.BaseURL = Scopes(), http.NotFoundHandler(), "http://slack.test"
	w, err := localslack.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL("http://slack.test")), slack.OptionHTTPClient(w.HTTPClient()))
	now := func() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }
	bot, err := New(Options{Knowledge: testBase(b), Slack: OneClient(api), APIURL: "http://slack.test/api/", HTTP: w.HTTPClient(), Store: kept, Timing: visit.DefaultTiming(), Now: now, Logger: slog.New(slog.DiscardHandler), SigningSecret: testSecret})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(bot.Wait)
	ask := func(n int) *httptest.ResponseRecorder {
		body := url.Values{"command": {"/factory"}, "text": {words}, "team_id": {localslack.DefaultTeamID}, "channel_id": {sourcing}, "user_id": {mia}, "trigger_id": {fmt.Sprintf("t%d", n)}}.Encode()
		return post(bot, body, signed(body, time.Now(), "application/x-www-form-urlencoded"))
	}
	if r := ask(-1); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "3.4") || strings.Contains(r.Body.String(), "Works 1001") {
		b.Fatalf("it answers %d %s", r.Code, r.Body)
	}
	answers(b, ask)
}
