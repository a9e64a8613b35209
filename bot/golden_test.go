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
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/holiday"
	"visitprep/internal/localslack"
	"visitprep/knowledge"
)

var update = flag.Bool("update", false, "rewrite the golden messages; read the difference before you commit it")

// TestGoldenMessages holds every kind of message as Slack gets it.
func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	guideScenes(t, english, golden)
}

// guideScenes gives hold each kind of answer from the knowledge, with its name.
func guideScenes(t *testing.T, p blocks.Printer, hold func(t *testing.T, name string, raw []byte)) {
	g := must(newBot(&core{english: p, o: Options{Calendar: must(holiday.China())}}).newGuide(testBase(t)))
	// It is Monday, 1 March 2027, half past nine in China.
	from := func(zone *time.Location, before, words string) func(guide.Surface) *blocks.Message {
		return func(on guide.Surface) *blocks.Message {
			now := time.Date(2027, 3, 1, 1, 30, 0, 0, time.UTC)
			m, _ := g.Question(guide.Asking{Words: words, Before: before, Now: now, Zone: func() *time.Location { return zone }}, on)
			return m
		}
	}
	newYork := must(time.LoadLocation("America/New_York"))
	question := func(words string) func(guide.Surface) *blocks.Message { return from(newYork, "", words) }
	about := func(s blocks.Subject) func(guide.Surface) *blocks.Message {
		return func(on guide.Surface) *blocks.Message {
			m, ok := g.Answer(s, on)
			if !ok {
				panic("nothing about " + string(s))
			}
			return m
		}
	}
	for _, c := range []struct {
		name  string
		on    guide.Surface
		build func(guide.Surface) *blocks.Message
	}{
		{"menu", guide.Private, about(guide.SubjectMenu)},
		{"menu in a direct message", guide.Direct, about(guide.SubjectMenu)},
		{"menu on Home", guide.Home, about(guide.SubjectMenu)},
		{"help", guide.Private, about(guide.SubjectHelp)},
		{"phrases", guide.Private, about(guide.SubjectPhrases)},
		{"topic page one", guide.Private, about(guide.PageSubject(guide.TopicKey("quality-checks"), 0))},
		{"topic page two in a channel for all", guide.Public, about(guide.PageSubject(guide.TopicKey("quality-checks"), 1))},
		{"group", guide.Private, about(guide.PageSubject(guide.GroupKey("phrases", "dinner"), 0))},
		{"phase", guide.Private, about(guide.PageSubject(guide.PhaseKey(knowledge.Before), 0))},
		{"advice guide to verify", guide.Private, about(guide.EntrySubject("culture-visa"))},
		{"advice etiquette", guide.Private, about(guide.EntrySubject("culture-clock"))},
		{"advice etiquette in a channel for all", guide.Public, about(guide.EntrySubject("culture-clock"))},
		{"advice red flag", guide.Private, about(guide.EntrySubject("quality-open-access"))},
		{"advice question", guide.Private, about(guide.EntrySubject("quality-ask"))},
		{"advice checklist", guide.Private, about(guide.EntrySubject("quality-gauges"))},
		{"advice phrase", guide.Private, about(guide.EntrySubject("phrase-ganbei"))},
		{"tip", guide.Private, func(on guide.Surface) *blocks.Message { return g.Tip(g.Tips[0], on) }},
		{"question good", guide.Private, question("what gift should I not bring")},
		{"question misspelt", guide.Private, question("specificaton")},
		{"question none", guide.Private, question("how do I fix my printer")},
		{"question about a working day", guide.Private, question("is 22 march a working day")},
		{"question about a make-up day", guide.Private, question("do they work on 10 October 2026")},
		{"question about a holiday", guide.Public, question("are factories open on 1 october 2027?")},
		{"question about a day of two readings", guide.Direct, question("are they open on 3/4?")},
		{"question about several days", guide.Private, question("closed between 28 September and 10 October 2026?")},
		{"question about an hour", guide.Private, question("9 am in Ningbo is when here")},
		{"question about an hour where the zone is not known", guide.Private, from(nil, "", "call at 15:30 their time")},
		{"question about the time", guide.Direct, question("what time is it in China")},
		{"question about a time difference", guide.Private, question("time difference to new york in January")},
		{"question in a thread", guide.Public, from(newYork, "what gift should I not bring", "and why?")},
		{"thanks", guide.Direct, question("thank you!")},
		{"question about another country", guide.Private, question("what about vietnam?")},
		{"question in another language", guide.Private, question("wie ist das Wetter und wer hat den Schirm")},
		{"ask before sharing", guide.Private, func(guide.Surface) *blocks.Message {
			return askToShare(p, guide.EntrySubject("culture-clock"), nil)
		}},
		{"outsider", guide.Public, func(guide.Surface) *blocks.Message { return outsider(p) }},
		{"sorry", guide.Private, func(guide.Surface) *blocks.Message { return sorry(p, "ABC234") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			hold(t, c.name, c.build(c.on).EphemeralJSON())
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
	g := must(declared().newGuide(base))
	subjects := []blocks.Subject{guide.SubjectMenu, guide.SubjectHelp, guide.SubjectPhrases}
	for key, l := range g.Listings {
		for n := range max(len(l.Pages), 1) {
			subjects = append(subjects, guide.PageSubject(key, n))
		}
	}
	for _, e := range g.Base.All() {
		subjects = append(subjects, guide.EntrySubject(e.ID))
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
		for _, on := range []guide.Surface{guide.Private, guide.Direct, guide.Public, guide.Home} {
			m, ok := g.Answer(s, on)
			if !ok {
				t.Fatalf("no answer about %s", s)
			}
			if err := put(t.Context(), api, m, on); err != nil {
				t.Errorf("%s on surface %d: %v", s, on, err)
			}
			if n := len(m.EphemeralJSON()); on == guide.Private && n > maxSocketAnswer {
				t.Errorf("%s is %d bytes, more than a socket takes", s, n)
			}
			if on != guide.Home && len(strings.TrimSpace(m.Text.String())) < 10 {
				t.Errorf("%s has no real plain text: %q", s, m.Text.String())
			}
		}
	}
	for _, e := range g.Tips {
		for _, on := range []guide.Surface{guide.Private, guide.Direct} {
			if err := put(t.Context(), api, g.Tip(e, on), on); err != nil {
				t.Errorf("the tip %s: %v", e.ID, err)
			}
		}
	}
	for _, r := range w.Refusals() {
		t.Errorf("refused: %s: %s: %s", r.Call, r.Error, r.Reason)
	}
	t.Logf("%d answers on 4 surfaces", len(subjects))
}

func put(ctx context.Context, api *slack.Client, m *blocks.Message, on guide.Surface) error {
	if on == guide.Home {
		_, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: mia, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.Blocks}}})
		return err
	}
	_, err := api.PostEphemeralContext(ctx, sourcing, mia, postOptions(m, "")...)
	return err
}
