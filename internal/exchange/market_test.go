package exchange_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

const marketYAML = `- kind: market note
  factory: Ningbo Bright Metal
  city: Ningbo
  question: trends-ask-robot-payback
  note: two robots since May
  tags: automation; price
  photo: https://acme.slack.com/files/U1/F1
  noted: "2027-02-10"
  idea: open
  idea_owner: U0MIACHEN01
  idea_next: ask for a sample
  idea_due: "2027-04-01"
  channel: C0SOURCING1
  owner: U0MIACHEN01
`

// What is written of a market note is read, in every format; a file without any has no columns
// for them.
func TestAMarketNoteIsWrittenAndRead(t *testing.T) {
	im, err := exchange.Read("team.yaml", []byte(marketYAML), "T1", in2027(), exchange.Recorded{})
	if err != nil || len(im.Market) != 1 || len(im.Doubts) != 0 {
		t.Fatal(err, im.Doubts)
	}
	n := im.Market[0]
	if n.By != "U0MIACHEN01" || len(n.Tags) != 2 || civil.Of(n.At) != civil.On(2027, 2, 10) || n.Idea.Due != civil.On(2027, 4, 1) || n.Link == "" || n.Channel != "C0SOURCING1" {
		t.Errorf("read is %+v", n)
	}
	for _, format := range exchange.Formats() {
		var b strings.Builder
		if err := exchange.Write(&b, format, im.Contents); err != nil {
			t.Fatal(err)
		}
		again, err := exchange.Read("team."+format, []byte(b.String()), "T1", in2027(), exchange.Recorded{})
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if diff := cmp.Diff(im.Contents, again.Contents); diff != "" {
			t.Errorf("%s: what is read is not what was written (-written +read):\n%s", format, diff)
		}
	}
	var b strings.Builder
	if err := exchange.Write(&b, "csv", exchange.Contents{Visits: team().Visits[:1]}); err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(b.String(), "\n"); strings.Contains(head, "idea") || !strings.Contains(head, "purpose") {
		t.Errorf("its columns are %s", head)
	}
}

func TestMistakesInARowOfAMarketNote(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a tag that there is not":         {"automation; price", "automation; prise", "did you mean price?"},
		"no tag":                          {"  tags: automation; price\n", "", "tags: Please tick at least one"},
		"no words":                        {"note: two robots since May", "note: ''", "note: Please write what you heard"},
		"no author":                       {"  owner: U0MIACHEN01\n", "", "owner: who wrote it is missing"},
		"a day that has not come":         {"2027-02-10", "2027-03-02", "noted: 2027-03-02 has not come yet"},
		"an idea that nobody looks after": {"  idea_owner: U0MIACHEN01\n", "", "idea_owner: Please pick who looks after it"},
		"a next step of no idea":          {"  idea: open\n", "", "idea: it has a next step, a day or somebody who looks after it"},
		"a link that is none":             {"https://acme.slack.com/files/U1/F1", "ftp://x", "photo: Please give a link"},
	} {
		_, err := exchange.Read("team.yaml", []byte(strings.Replace(marketYAML, c.old, c.new, 1)), "T1", in2027(), exchange.Recorded{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An idea that a file says is done has somebody who said so, as where a row changes one.
func TestAnIdeaThatIsOverSaysWhoClosedIt(t *testing.T) {
	for name, c := range map[string]struct{ state, owner, want string }{
		"done, with an owner": {"done", "U0JONAS0001", "U0JONAS0001"},
		"dropped":             {"dropped", "U0JONAS0001", "U0JONAS0001"},
		"open":                {"open", "U0JONAS0001", ""},
	} {
		file := strings.NewReplacer("idea: open", "idea: "+c.state, "idea_owner: U0MIACHEN01", "idea_owner: "+c.owner).Replace(marketYAML)
		im, err := exchange.Read("team.yaml", []byte(file), "T1", in2027(), exchange.Recorded{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := im.Market[0].Idea.Closed.By; got != c.want {
			t.Errorf("%s: closed by %q; want %q", name, got, c.want)
		}
	}
}

// A row with a number changes the note; who wrote it and when stays.
func TestARowChangesTheMarketNoteThatItNumbers(t *testing.T) {
	r := team()
	im, err := exchange.Read("team.yaml", []byte(marketYAML), "T1", in2027(), exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	n := im.Market[0]
	n.Number, n.Factory, n.Visit = 1, r.Factories[0], 7
	r.Market = []visit.MarketNote{n}
	var b strings.Builder
	if err := exchange.Write(&b, "yaml", exchange.Contents{Market: r.Market}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want, wrong string }{
		"nothing is changed": {},
		"its words":          {"two robots since May", "three robots", `note: two robots since May → three robots`, ""},
		"the idea is done":   {"idea: open", "idea: done", `idea: open → done`, ""},
		"another author":     {"owner: U0MIACHEN01\n", "owner: U0JONAS0001\n", "", "who wrote market_note 1 stays"},
		"another day":        {"2027-02-10", "2027-02-11", "", "cannot be changed by a file"},
	} {
		file := b.String()
		if c.old != "" {
			at := strings.LastIndex(file, c.old)
			file = file[:at] + c.new + file[at+len(c.old):]
		}
		im, err := exchange.Read("team.yaml", []byte(file), "T1", in2027(), r)
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", name, err)
			continue
		case c.want == "":
			if len(im.Changes) != 0 || im.Same != 1 {
				t.Errorf("%s: %+v", name, im.Changes)
			}
			continue
		case len(im.Changes) != 1 || len(im.Changes[0].Cells) != 1 || im.Changes[0].Cells[0].String() != c.want:
			t.Errorf("%s: %+v", name, im.Changes)
			continue
		}
		now := n.Clone()
		now.At = now.At.Add(time.Hour)
		if err := im.Changes[0].MarketNote(&now); err != nil || now.Visit != 7 || now.By != n.By || !now.At.Equal(n.At.Add(time.Hour)) {
			t.Errorf("%s: it is %+v, %v", name, now, err)
		}
		if now.Idea.State == visit.IdeaDone && !now.Idea.Closed.IsSet() {
			t.Errorf("%s: nobody has said so", name)
		}
		now.Text = "somebody else's words"
		if err := im.Changes[0].MarketNote(&now); name == "its words" && err == nil {
			t.Error("what somebody changed meanwhile is overwritten")
		}
	}
}
