package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/lang"
)

// TestWordsFindTheirRow: only words that match a row exactly are a command. What no row
// takes is a question, or after /inspection gets the help.
func TestWordsFindTheirRow(t *testing.T) {
	t.Parallel()
	const none = "no row"
	for _, c := range []struct{ line, usage, rest string }{
		{"/visit-prep", "", ""},
		{"/visit-prep plan", "plan", ""},
		{"/visit-prep Plan", "plan", ""},
		{"/visit-prep plan a visit to Ningbo", none, ""},
		{"/visit-prep list", "list", ""},
		{"/visit-prep list of documents for a visa", none, ""},
		{"/visit-prep show 3", "show N", ""},
		{"/visit-prep show 0", none, ""},
		{"/visit-prep show 3 slides", none, ""},
		{"/visit-prep show me", none, ""},
		{"/visit-prep show", none, ""},
		{"/visit-prep factories", "factories [NAME]", ""},
		{"/visit-prep factories Bright Metal", "factories [NAME]", "bright metal"},
		{"/visit-prep factory", "factory [NAME]", ""}, // and then a question
		{"/visit-prep status", "status", ""},
		{"/visit-prep Status?", "status", ""},
		{"/visit-prep show #1", "show N", ""},
		{"/visit-prep show １", "show N", ""},
		{"/visit-prep ｓｈｏｗ ＃１", "show N", ""},
		{"/visit-prep show visit 1", "show visit N", ""},
		{"/visit-prep show Visit #1.", "show visit N", ""},
		{"/visit-prep visit 1", "visit N", ""},
		{"/visit-prep show inspection 2", "show inspection N", ""},
		{"/visit-prep show 1.", "show N", ""},
		{"/visit-prep “show 1”", "show N", ""},
		{"/visit-prep `show 1`", "show N", ""},
		{"/visit-prep list.", "list", ""},
		{"/visit-prep List!", "list", ""},
		{"/visit-prep plan.", "plan", ""},
		{"/visit-prep plan。", "plan", ""},
		{"/visit-prep /visit-prep list", "list", ""},
		{"/visit-prep /visit-prep", "", ""},
		{"/visit-prep show “1”", "show N", ""},
		{"/visit-prep show # 1", "show N", ""},
		{"/visit-prep show: 1", "show N", ""},
		{"/visit-prep \"show\" (1)", "show N", ""},
		{"/visit-prep `/visit-prep show 1`", "show N", ""},
		{"/visit-prep [list]", "list", ""},
		{"/visit-prep plan a visit", "plan visit", ""},
		{"/visit-prep ?", "help", ""},
		{"/inspection move 1, 2027-03-18", "move N [DATE]", "2027-03-18"},
		{"/visit-prep factories “Alpha”", "factories [NAME]", "alpha"},
		{"/visit-prep factories 宁波（光明）", "factories [NAME]", "宁波（光明）"},
		{"/visit-prep visit 1 or 2 factories a day?", none, ""},
		{"/inspection done #1", "done N", ""},
		{"/inspection done inspection 1", "done inspection N", ""},
		{"/inspection move 3 to 2027-03-15", "move N [DATE]", "2027-03-15"},
		{"/inspection move inspection 3 to 2027-03-15.", "move inspection N [DATE]", "2027-03-15"},
		{"/inspection show plan 2", "show plan N", ""},
		{"/visit-prep status of a supplier audit", none, ""},
		{"/visit-prep help", "help", ""},
		{"/visit-prep help with the visa", none, ""},
		{"/inspection", "", ""},
		{"/inspection list", "list", ""},
		{"/inspection schedule", "schedule", ""},
		{"/inspection plan", "plan", ""},
		{"/inspection plan 2", "plan N", ""},
		{"/inspection show 3", "show N", ""},
		{"/inspection done 3", "done N", ""},
		{"/inspection done", none, ""},
		{"/inspection skip 3", "skip N", ""},
		{"/inspection move 3", "move N [DATE]", ""},
		{"/inspection move 3 2027-03-15", "move N [DATE]", "2027-03-15"},
		{"/inspection move tomorrow", none, ""},
		{"/inspection history", "history [NAME]", ""},
		{"/inspection history Bright", "history [NAME]", "bright"},
		{"/inspection what is this", none, ""},
		{"/factory", "", ""},
		{"/factory list", "list", ""},
		{"/factory help", "help", ""},
		{"/factory ?", "help", ""},
		{"/factory Bright", "[NAME]", "bright"},
		{"/factory “Bright Metal”", "[NAME]", "bright metal"},
		{"/factory 宁波（光明）", "[NAME]", "宁波（光明）"},
		{"/factory 3", "[NAME]", "3"},
		{"/factory help me", "[NAME]", "help me"},
		{"/factory agreements", "agreements [NAME]", ""},
		{"/factory agreements bright", "agreements [NAME]", "bright"},
		{"/factory bright agreements", "[NAME] agreements", "bright"},
		{"/factory agreement 3", "agreement N", ""},
		{"/factory actions", "actions [NAME]", ""}, // and then the register, or the help
		{"/factory show Agreements", "show [NAME]", "agreements"},
		{"/factory /factory Bright", "[NAME]", "bright"},
		{"/etiquette", "", ""},
		{"/etiquette tips", "tips", ""},
		{"/etiquette tips for dinner", none, ""},
		{"/etiquette phrases", "phrases [SITUATION]", ""},
		{"/etiquette phrase dinner", "phrase [SITUATION]", "dinner"},
		{"/etiquette subscribe weekly", "subscribe [daily|weekly|off]", "weekly"},
		{"/etiquette how do I subscribe", none, ""},
	} {
		name, words, _ := strings.Cut(c.line, " ")
		usage, rest := none, ""
		all := declared().commands
		meant, words := plainly(all, name, words)
		if _, row, _, r := rowIn(all, commandOf(all, meant), words); row != nil {
			usage, rest = row.usage, r
		}
		if usage != c.usage || rest != c.rest {
			t.Errorf("%s: the row %q with %q, want %q with %q", c.line, usage, rest, c.usage, c.rest)
		}
	}
}

// TestEachRowOfACommandIsToldToPeople: in Slack's menu, in a help page and in README.
func TestEachRowOfACommandIsToldToPeople(t *testing.T) {
	t.Parallel()
	b := declared()
	g := must(b.newGuide(testBase(t)))
	page, _ := g.Answer(guide.SubjectHelp, guide.Private)
	help := page.Text.String() + "\n" + string(b.inspectionHelp(request{})) + "\n" + string(b.factoryHelp(request{}))
	readme := string(must(os.ReadFile("../README.md")))
	rows := 0
	for _, c := range b.commands {
		for _, row := range c.rows {
			if row.help == "" {
				continue
			}
			rows++
			line := strings.TrimSpace(c.name + " " + row.usage)
			if !strings.Contains(help, line+": ") {
				t.Errorf("no help page has %q", line)
			}
			if !strings.Contains(c.usage(lang.English()), row.usage) {
				t.Errorf("Slack's menu shows %s %q without %q", c.name, c.usage(lang.English()), row.usage)
			}
			word, _, _ := strings.Cut(row.usage, " ")
			told := "`(" + c.name + " ?)?" + word + "[ `]"
			if strings.HasPrefix(word, "[") { // told with an example
				_, after, _ := strings.Cut(row.usage, "]")
				told = "`" + c.name + ` \w+` + after + "`"
			}
			if !regexp.MustCompile(told).MatchString(readme) {
				t.Errorf("README.md does not name %s", line)
			}
		}
	}
	if rows < 15 {
		t.Errorf("%d rows with a line of help", rows)
	}
}

// TestEveryButtonHasARow walks the messages and forms that the goldens hold: whatever
// can be pressed in one of them finds a row, and every row has a verb of its own.
func TestEveryButtonHasARow(t *testing.T) {
	t.Parallel()
	rows := map[blocks.ActionID]bool{}
	for _, row := range append(declared().actions, declared().openings...) {
		if rows[row.verb] {
			t.Errorf("two rows for the verb %q", row.verb)
		}
		rows[row.verb] = true
	}
	pressed := map[blocks.ActionID]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if v["type"] == "input" && v["dispatch_action"] != true {
				return // nothing happens before the form is sent off
			}
			if id, ok := v["action_id"].(string); ok {
				pressed[blocks.Verb(id)] = true
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	files := must(filepath.Glob("testdata/golden/*.json"))
	for _, f := range files {
		var v any
		if err := json.Unmarshal(must(os.ReadFile(f)), &v); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		walk(v)
	}
	for verb := range pressed {
		if !rows[verb] {
			t.Errorf("a golden has a button %q, and the table no row", verb)
		}
	}
	if len(pressed) < 30 {
		t.Errorf("the goldens have %d verbs; is that all of them?", len(pressed))
	}
}

// recorded keeps what is sent to response URLs.
type recorded struct{ sent chan string }

func (r recorded) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	r.sent <- string(body)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(nil))}, err
}

// TestWhatNoRowTakesIsAnsweredCalmly: a button, form or shortcut of a newer or a much
// older version.
func TestWhatNoRowTakesIsAnsweredCalmly(t *testing.T) {
	t.Parallel()
	b, log := botAlone(t, testBase(t))
	r := recorded{make(chan string, 1)}
	b.o.HTTP = r
	who := slack.User{ID: "U1", TeamID: "T1"}
	b.directory.listed.put("T1", personOf(&who), time.Now())
	b.interaction(slack.InteractionCallback{
		Type: slack.InteractionTypeBlockActions, Team: slack.Team{ID: "T1"}, User: who, ResponseURL: "http://slack.test/answer",
		ActionCallback: slack.ActionCallbacks{BlockActions: []*slack.BlockAction{{ActionID: "weather", Value: "Lisbon"}}},
	})
	if got := <-r.sent; !strings.Contains(got, "That didn't work. Please try again.") {
		t.Errorf("an unknown button is answered with %s", got)
	}
	body := b.interaction(slack.InteractionCallback{
		Type: slack.InteractionTypeViewSubmission, Team: slack.Team{ID: "T1"}, User: who, View: slack.View{CallbackID: "weather"},
	})
	if !strings.Contains(string(body), "That didn't work. Please try again.") {
		t.Errorf("an unknown form is answered with %s", body)
	}
	if err := b.useShortcut(context.Background(), shortcutUse{Team: slack.Team{ID: "T1"}, User: who, CallbackID: "weather"}); err == nil {
		t.Error("an unknown shortcut does something")
	}
	for _, want := range []string{`unknown action \"weather\"`, `unknown form \"weather\"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
}

// TestWordingAsksNobody: what is shown on a card was looked up, and checked, before.
func TestWordingAsksNobody(t *testing.T) {
	t.Parallel()
	methods := 0
	for _, name := range must(filepath.Glob("*.go")) {
		files := token.NewFileSet()
		f := must(parser.ParseFile(files, name, nil, parser.SkipObjectResolution))
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil {
				continue
			}
			if types.ExprString(m.Recv.List[0].Type) != "*wording" {
				continue
			}
			methods++
			ast.Inspect(m, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && (s.Sel.Name == "Slack" || s.Sel.Name == "Store" || s.Sel.Name == "HTTP") {
					t.Errorf("%s: wording uses %s", files.Position(s.Pos()), s.Sel.Name)
				}
				return true
			})
		}
	}
	if methods == 0 {
		t.Error("wording has no methods any more")
	}
}
