package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/knowledge"
)

var update = flag.Bool("update", false, "rewrite the golden messages; read the difference before you commit it")

// TestGoldenMessages holds every kind of message as Slack gets it.
func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	k := must(newBook(testBase(t), planning()...))
	question := func(words string) func(surface) *message {
		return func(on surface) *message { return k.question(words, on) }
	}
	about := func(s subject) func(surface) *message {
		return func(on surface) *message {
			m, ok := k.answer(s, on)
			if !ok {
				panic("nothing about " + string(s))
			}
			return m
		}
	}
	for _, c := range []struct {
		name  string
		on    surface
		build func(surface) *message
	}{
		{"menu", private, about(subjectMenu)},
		{"menu in a direct message", direct, about(subjectMenu)},
		{"menu on Home", home, about(subjectMenu)},
		{"help", private, about(subjectHelp)},
		{"phrases", private, about(subjectPhrases)},
		{"topic page one", private, about(pageSubject(topicKey("quality-checks"), 0))},
		{"topic page two in a channel for all", public, about(pageSubject(topicKey("quality-checks"), 1))},
		{"group", private, about(pageSubject(groupKey("phrases", "dinner"), 0))},
		{"phase", private, about(pageSubject(phaseKey(knowledge.Before), 0))},
		{"advice guide to verify", private, about(entrySubject("culture-visa"))},
		{"advice etiquette", private, about(entrySubject("culture-clock"))},
		{"advice etiquette in a channel for all", public, about(entrySubject("culture-clock"))},
		{"advice red flag", private, about(entrySubject("quality-open-access"))},
		{"advice question", private, about(entrySubject("quality-ask"))},
		{"advice checklist", private, about(entrySubject("quality-gauges"))},
		{"advice phrase", private, about(entrySubject("phrase-ganbei"))},
		{"tip", private, func(on surface) *message { return k.tip(k.tips[0], on) }},
		{"question good", private, question("what gift should I not bring")},
		{"question misspelt", private, question("specificaton")},
		{"question none", private, question("weather in Lisbon")},
		{"ask before sharing", private, func(surface) *message { return askToShare(entrySubject("culture-clock"), nil) }},
		{"outsider", public, func(surface) *message { return outsider() }},
		{"sorry", private, func(surface) *message { return sorry("ABC234") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, c.name, c.build(c.on).onlyYou())
		})
	}
}

// golden compares JSON that Slack gets with the file of its name.
func golden(t *testing.T, name string, raw []byte) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	// Angle brackets and ampersands as a person reads them.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(got.String()) + "\n"
	file := filepath.Join("testdata", "golden", strings.ReplaceAll(name, " ", "-")+".json")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), text); d != "" {
		t.Errorf("%s differs (-want +got); go test ./bot -update rewrites it:\n%s", file, d)
	}
}

// TestEveryAnswerFitsSlack builds every answer there is from the real knowledge,
// on every surface, and puts it to the local workspace, which refuses what
// Slack refuses.
func TestEveryAnswerFitsSlack(t *testing.T) {
	t.Parallel()
	everyAnswerFits(t, must(knowledge.Embedded()))
}

// TestEveryAnswerFitsSlackWithManyTopics does the same for a team that writes a
// thousand topics of its own: menus end early, and nothing is refused.
func TestEveryAnswerFitsSlackWithManyTopics(t *testing.T) {
	t.Parallel()
	many := fstest.MapFS{}
	for i := range 1000 {
		many[fmt.Sprintf("line-%d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"topic: line-%d\ntitle: What to check on production line number %d of the second plant\nsummary: Line %d.\norder: %d\nentries:\n  - {id: line-%d-check, kind: checklist, phase: during, title: Check line %d, text: Check it., article: QC1, reviewed: 2026-11-22}\n",
			i, i, i, 100+i, i, i)}
	}
	everyAnswerFits(t, must(knowledge.Load(os.DirFS("testdata/knowledge"), knowledge.Folder{Path: "own", FS: many})))
}

func everyAnswerFits(t *testing.T, base *knowledge.Base) {
	k := must(newBook(base, planning()...))
	subjects := []subject{subjectMenu, subjectHelp, subjectPhrases}
	for key, l := range k.listings {
		for n := range max(len(l.pages), 1) {
			subjects = append(subjects, pageSubject(key, n))
		}
	}
	for _, e := range k.base.All() {
		subjects = append(subjects, entrySubject(e.ID))
	}
	o := localslack.Sample()
	o.Logger = slog.New(slog.DiscardHandler)
	w, err := localslack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	api := slack.New(w.BotToken(), slack.OptionHTTPClient(w.HTTPClient()))
	for _, s := range subjects {
		for _, on := range []surface{private, direct, public, home} {
			m, ok := k.answer(s, on)
			if !ok {
				t.Fatalf("no answer about %s", s)
			}
			if err := put(t.Context(), api, m, on); err != nil {
				t.Errorf("%s on surface %d: %v", s, on, err)
			}
			if n := len(m.onlyYou()); on == private && n > maxSocketAnswer {
				t.Errorf("%s is %d bytes, more than a socket takes", s, n)
			}
			if on != home && len(strings.TrimSpace(m.text.String())) < 10 {
				t.Errorf("%s has no real plain text: %q", s, m.text.String())
			}
		}
	}
	for _, e := range k.tips {
		for _, on := range []surface{private, direct} {
			if err := put(t.Context(), api, k.tip(e, on), on); err != nil {
				t.Errorf("the tip %s: %v", e.ID, err)
			}
		}
	}
	for _, r := range w.Refusals() {
		t.Errorf("refused: %s: %s: %s", r.Call, r.Error, r.Reason)
	}
	t.Logf("%d answers on 4 surfaces", len(subjects))
}

func put(ctx context.Context, api *slack.Client, m *message, on surface) error {
	if on == home {
		_, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: mia, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.blocks}}})
		return err
	}
	_, err := api.PostEphemeralContext(ctx, sourcing, mia, postOptions(m, "")...)
	return err
}
