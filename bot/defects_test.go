package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
)

// offered reads what a menu offers as "value: text (description)".
func offered(t *testing.T, answer string) (options []string) {
	t.Helper()
	var body struct {
		Options []*slack.OptionBlockObject `json:"options"`
	}
	if err := json.Unmarshal([]byte(answer), &body); err != nil || body.Options == nil {
		t.Fatalf("the answer is %s: %v", answer, err)
	}
	for _, o := range body.Options {
		line := o.Value + ": " + o.Text.Text
		if o.Description != nil {
			line += " (" + o.Description.Text + ")"
		}
		options = append(options, line)
	}
	return options
}

func typing(field, typed, person string) string {
	return fmt.Sprintf(`{"type":"block_suggestion","team":{"id":"T1"},"user":{"id":%q},"action_id":"v","block_id":%q,"value":%s,"view":{"id":"V1","type":"modal"}}`,
		person, field, blocks.MustJSON(typed))
}

func TestDefectsAreOfferedWhileSomebodyTypes(t *testing.T) {
	onWires(t, func(t *testing.T, w *wire) {
		for typed, want := range map[string]string{
			"scrach": "scratch: Scratch · 划伤 (Usually minor)", "划": "scratch: Scratch · 划伤 (Usually minor)", "no corner": "no-corner-guard: No corner guard · 无护角 (Usually major)",
			"铜线外露": "wire-exposed: Live wire exposed · 铜线外露 (Usually critical)",
		} {
			if got := offered(t, w.send("interactive", typing(fieldDefect, typed, "U1"))); len(got) == 0 || got[0] != want || len(got) > offeredDefects {
				t.Errorf("%q offers %q, want %q first", typed, got, want)
			}
		}
		for _, nothing := range []string{"xyzzy", strings.Repeat("魑", 3000), "<@U1> & \"quotes\" \\"} {
			if got := offered(t, w.send("interactive", typing(fieldDefect, nothing, "U1"))); len(got) > 0 {
				t.Errorf("%q offers %q", blocks.Clip(nothing, 20), got)
			}
		}
		if n := w.counts.of(kindOther); n > 0 {
			t.Errorf("%d of them were passed over", n)
		}
		if got := offered(t, w.send("interactive", typing("weather", "scratch", "U1"))); len(got) > 0 {
			t.Errorf("a menu that is none of ours offers %q", got)
		}
	})
}

func TestDefectsAreInTheLanguageOfWhoTypes(t *testing.T) {
	s := newStage(t, overHTTP)
	done(t, s.AddPerson(localslack.Person{ID: qian, Name: "qian", RealName: "Qian", TZ: "Asia/Shanghai", TeamID: s.TeamID(), Locale: "zh-CN"}))
	done(t, s.bot.directory.list(t.Context(), s.TeamID()))
	ask := func(person string) []string {
		i := slack.InteractionCallback{Type: slack.InteractionTypeBlockSuggestion, BlockID: fieldDefect, Value: "no corner"}
		i.Team.ID, i.User.ID = s.TeamID(), person
		return offered(t, string(s.bot.interaction(i)))
	}
	if got, want := ask(qian), "no-corner-guard: 无护角 · No corner guard (通常为严重 MAJ)"; len(got) == 0 || got[0] != want {
		t.Errorf("an inspector in China is offered %q, want %q", got, want)
	}
	if got, want := ask(mia), "no-corner-guard: No corner guard · 无护角 (Usually major)"; len(got) == 0 || got[0] != want {
		t.Errorf("a colleague is offered %q, want %q", got, want)
	}
	if got := ask(liwei); len(got) > 0 {
		t.Errorf("somebody of another company is offered %q", got)
	}
}

// The menu of a form begins with what was picked before; what is no longer known is not shown.
func TestTheMenuOfDefects(t *testing.T) {
	s := newStage(t, overHTTP)
	ds := s.bot.defects
	if e := ds.menu(s.bot.english, "scratch"); e.InitialOption == nil || e.InitialOption.Value != "scratch" || *e.MinQueryLength != 1 || e.Type != slack.OptTypeExternal {
		t.Errorf("the menu is %s", blocks.MustJSON(e))
	}
	for _, none := range []string{"", "no-such-defect"} {
		if e := ds.menu(s.bot.english, none); e.InitialOption != nil {
			t.Errorf("with %q the menu begins with %s", none, blocks.MustJSON(e))
		}
	}
}
