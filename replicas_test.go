package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/bot"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// A servedProcess is a real visitprep serve over signed HTTP.
type servedProcess struct {
	*process
	url string
}

// serving starts visitprep serve and waits until it listens.
func serving(t testing.TB, env ...string) *servedProcess {
	t.Helper()
	ctx, end := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(end)
	cmd := exec.CommandContext(ctx, "visitprep", "serve", "--listen", "127.0.0.1:0")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), env...)
	p := &servedProcess{process: runs(t, cmd)}
	address := regexp.MustCompile(`address=(\S+)`)
	var found [][]byte
	if !p.until(func() bool { found = address.FindSubmatch(p.output.Bytes()); return found != nil }) {
		t.Fatalf("serve ended:\n%s", p.output.String())
	}
	p.url = "http://" + string(found[1])
	return p
}

// TestTwoServesOnOnePostgreSQL has two real processes get what Slack sends, crossed, with
// one killed and begun anew in between.
func TestTwoServesOnOnePostgreSQL(t *testing.T) {
	for name, database := range map[string]func(*testing.T, *pgtest.Cluster) string{
		"directly":        func(t *testing.T, c *pgtest.Cluster) string { return c.Database(t) },
		"behind a pooler": func(t *testing.T, c *pgtest.Cluster) string { return c.Pooler(t).URL(c.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twoServes(t, database(t, pgtest.New(t)))
		})
	}
}

func twoServes(t *testing.T, database string) {
	const mia, jonas, sourcing = "U0MIACHEN01", "U0JONASWEB1", "C0SOURCING1"
	ctx := t.Context()

	var mu sync.Mutex
	var to []*servedProcess // who gets the next request; the first one's answer counts
	var form *http.Request  // the last that was sent off
	var formBody []byte
	send := func(p *servedProcess, header http.Header, body []byte) (int, http.Header, []byte) {
		req, err := http.NewRequest(http.MethodPost, p.url+"/slack/events", bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0, nil, nil
		}
		req.Header = header.Clone()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return http.StatusBadGateway, nil, nil
		}
		defer res.Body.Close()
		answer, _ := io.ReadAll(res.Body)
		return res.StatusCode, res.Header, answer
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		now := to
		if bytes.Contains(body, []byte("view_submission")) {
			form, formBody = r.Clone(ctx), body
		}
		mu.Unlock()
		var all sync.WaitGroup
		for n, p := range now {
			all.Go(func() {
				code, header, answer := send(p, r.Header, body)
				if n == 0 {
					w.Header().Set("Content-Type", header.Get("Content-Type"))
					w.WriteHeader(code)
					w.Write(answer)
				}
			})
		}
		all.Wait()
	}))
	t.Cleanup(front.Close)

	o := localslack.Sample()
	o.Scopes, o.Events, o.RequestURL, o.Commands = bot.Scopes(), bot.Events(), front.URL, nil
	for _, c := range bot.Commands() {
		o.Commands = append(o.Commands, localslack.SlashCommand{Name: c[0], Description: c[1], UsageHint: c[2]})
	}
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	slackServer := httptest.NewServer(w.Handler())
	t.Cleanup(slackServer.Close)
	w.SetBaseURL(slackServer.URL)

	env := []string{"DATABASE_URL=" + database, "SLACK_API_URL=" + w.APIURL(slackServer.URL), "SLACK_APP_TOKEN=", "SLACK_BOT_TOKEN=" + w.BotToken(), "SLACK_SIGNING_SECRET=" + w.SigningSecret()}
	first, second := serving(t, env...), serving(t, env...)
	goTo := func(ps ...*servedProcess) {
		mu.Lock()
		defer mu.Unlock()
		to = ps
	}
	until := func(what string, is func() bool) {
		t.Helper()
		late, stop := context.WithTimeout(ctx, 30*time.Second)
		defer stop()
		if err := w.WaitFor(late, is); err != nil {
			t.Fatalf("waited in vain until %s; refused: %+v; Mia sees %+v", what, w.Refusals(), w.Modals(mia))
		}
	}
	count := func(words string) (n int) {
		for _, m := range w.Messages(jonas, sourcing) {
			if raw, _ := json.Marshal(m.Blocks); m.BotID != "" && strings.Contains(m.Text+string(raw), words) {
				n++
			}
		}
		return n
	}
	const question, answer = "@visitprep is a clock a good gift?", "clock"

	goTo(first, second)
	if _, err := w.Say(mia, sourcing, "", question); err != nil {
		t.Fatal(err)
	}
	until("the mention is answered", func() bool { return count(answer) > 0 })

	goTo(first)
	answered, err := w.Ask(mia, sourcing, "/visit-prep plan")
	if err != nil {
		t.Fatal(err)
	}
	until("the form is open", func() bool {
		_, ok := answered()
		vs := w.Modals(mia)
		return ok && len(vs) == 1 && vs[0].Submit != ""
	})
	v := w.Modals(mia)[0]
	for field, value := range map[string]string{"factory_name": "Ningbo Bright Metal", "purpose": "first_visit", "first": runningDay(t, 60)} {
		for _, raw := range v.Blocks {
			var b struct {
				BlockID string `json:"block_id"`
				Element struct {
					ActionID string `json:"action_id"`
				}
			}
			if json.Unmarshal(raw, &b) == nil && b.BlockID == field {
				if err := w.Act(mia, localslack.Action{View: v.ID, BlockID: field, ActionID: b.Element.ActionID, Value: value}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	goTo(first, second)
	if err := w.Submit(mia, v.ID); err != nil {
		t.Fatal(err)
	}
	until("the visit is planned", func() bool {
		vs := w.Modals(mia) // none where the other process was quicker: this one's answer says only that it was taken
		return len(vs) == 0 || len(vs) == 1 && vs[0].Submit == ""
	})
	for _, v := range w.Modals(mia) {
		if err := w.CloseModal(mia, v.ID); err != nil {
			t.Fatal(err)
		}
	}

	first.cmd.Process.Kill()
	first.until(func() bool { return first.ended })
	third := serving(t, env...)
	for _, p := range []*servedProcess{second, third} {
		if code, _, answer := send(p, form.Header, formBody); code != http.StatusOK || len(answer) != 0 {
			t.Errorf("the form sent again is answered %d %s", code, answer)
		}
	}
	goTo(third)
	if err := w.Redeliver(); err != nil {
		t.Fatal(err)
	}
	goTo(second, third)
	if err := w.SendUndecodable(localslack.UndecodableGarbage); err != nil {
		t.Errorf("it was not acknowledged: %v", err)
	}
	for _, p := range []*servedProcess{second, third} {
		res, err := http.Get(p.url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if !bytes.Contains(text, []byte(`visitprep_undecodable_total{kind="event"} 1`)) {
			t.Error("what could not be read is not counted")
		}
		p.cmd.Process.Signal(os.Interrupt) // it ends what it is doing
		p.until(func() bool { return p.ended })
	}
	if n := count(answer); n != 1 {
		t.Errorf("the mention is answered %d times, want once", n)
	}
	kept, err := store.Open(ctx, store.Options{URL: database, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if vs, err := kept.Visits(ctx, w.TeamID(), store.Filter{}); err != nil || len(vs) != 1 {
		t.Errorf("%d visits, %v, want 1", len(vs), err)
	}
}
