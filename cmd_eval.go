package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/internal/textfile"
	"visitprep/internal/yamlfile"
	"visitprep/knowledge"
)

func evalCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "eval FILE", Short: "Run a set of questions whose answers are known, and count",
		Long: `Run a set of questions whose answers are known, and count. The set is YAML:

  questions:
    - {ask: "what is a golden sample", want: [quality-golden-sample, quality-golden-*], style: plain}
    - {ask: "how do I cook rice", style: everyday}

want lists the entries that are accepted, by id or by the beginning of ids with a *; without
one the question is off topic, and the right answer is none.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("eval which file? For example: visitprep eval questions.yaml")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			base, err := loadKnowledge(cfg)
			if err != nil {
				return err
			}
			set, err := readSet(args[0], base)
			if err != nil {
				return err
			}
			if asJSON {
				return writeOutcomes(cmd.OutOrStdout(), base, set)
			}
			return writeEval(cmd.OutOrStdout(), evaluate(base, set))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a question, with what was found and without what is accepted, for judges")
	return cmd
}

// A setQuestion is a question with the entries that are accepted as its answer.
type setQuestion struct {
	Ask   string   `yaml:"ask"`
	Want  []string `yaml:"want"`  // ids, or beginnings of ids with "*"; none is off topic
	Style string   `yaml:"style"` // what the set calls questions of its kind
	line  int
}

// maxSet is the largest set of questions, in bytes.
const maxSet = 10 << 20

// readSet reads a set. Its error names every mistake with its line, such as an entry that
// the base does not have.
func readSet(name string, base *knowledge.Base) ([]setQuestion, error) {
	data, err := textfile.ReadFile(name, maxSet)
	if err != nil {
		return nil, fmt.Errorf("read the questions: %w", err)
	}
	var set struct {
		Questions []setQuestion `yaml:"questions"`
	}
	if err := yamlfile.Decode(name, data, &set); err != nil {
		return nil, err
	}
	var ms yamlfile.Mistakes
	lines := yamlfile.Lines(data)
	add := func(what, how string, path ...any) {
		ms = append(ms, yamlfile.Mistake{File: name, Line: lines.Of(path...), What: what, How: how})
	}
	if len(set.Questions) == 0 {
		add("there are no questions", `write questions: and below it "- {ask: what is a golden sample, want: [quality-golden-sample]}"`)
	}
	for i := range set.Questions {
		q := &set.Questions[i]
		q.line = lines.Of("questions", i)
		if strings.TrimSpace(q.Ask) == "" {
			add("a question asks nothing", `write ask: "what is a golden sample"`, "questions", i)
		}
		for j, want := range q.Want {
			if !slices.ContainsFunc(base.All(), func(e *knowledge.Entry) bool { return knowledge.Accepts(want, e.ID) }) {
				add(fmt.Sprintf("no entry has the id %q", want), `find it with visitprep ask --json`, "questions", i, "want", j)
			}
		}
	}
	return set.Questions, ms.Err()
}

// A tally counts what became of questions.
type tally struct {
	ours, first, three, refused, goodRight, goodWrong int // of those on topic
	other, none, good                                 int // of those off topic
}

// A miss is a question that was not answered as it should be.
type miss struct {
	setQuestion
	what  string
	match knowledge.Match
	got   []string
}

// An evaluation is what became of a set.
type evaluation struct {
	all     tally
	styles  []string // in the order of the set
	byStyle map[string]*tally
	misses  []miss
}

// evaluate asks the questions of a set. The first title of a weak match counts as first.
func evaluate(base *knowledge.Base, set []setQuestion) evaluation {
	e := evaluation{byStyle: map[string]*tally{}}
	for _, q := range set {
		if e.byStyle[q.Style] == nil {
			e.byStyle[q.Style] = new(tally)
			e.styles = append(e.styles, q.Style)
		}
		r := base.Search(q.Ask, 3)
		var got []string
		for _, h := range r.Hits {
			got = append(got, h.Entry.ID)
		}
		what := ""
		for _, t := range []*tally{&e.all, e.byStyle[q.Style]} {
			what = t.count(q, r.Match, got)
		}
		if what != "" {
			e.misses = append(e.misses, miss{q, what, r.Match, got})
		}
	}
	return e
}

// count counts one question, and says what was wrong with its answer; "" is nothing.
func (t *tally) count(q setQuestion, match knowledge.Match, got []string) (what string) {
	if len(q.Want) == 0 {
		t.other++
		switch match {
		case knowledge.None:
			t.none++
			return ""
		case knowledge.Good:
			t.good++
			return "off topic, good"
		}
		return "off topic, weak"
	}
	t.ours++
	rank := slices.IndexFunc(got, func(id string) bool {
		return slices.ContainsFunc(q.Want, func(want string) bool { return knowledge.Accepts(want, id) })
	})
	if rank == 0 {
		t.first++
	}
	if rank >= 0 {
		t.three++
	}
	switch {
	case match == knowledge.None:
		t.refused++
		return "wrongly refused"
	case match == knowledge.Good && rank == 0:
		t.goodRight++
	case match == knowledge.Good:
		t.goodWrong++
		return "confidently wrong"
	case rank > 0:
		return "not first"
	case rank < 0:
		return "not among three"
	}
	return ""
}

func writeEval(w io.Writer, e evaluation) error {
	var b strings.Builder
	row := func(name string, n, of int) {
		fmt.Fprintf(&b, "  %-20s%6d", name, n)
		if of > 0 {
			fmt.Fprintf(&b, "%8.3f", float64(n)/float64(of))
		}
		b.WriteString("\n")
	}
	a := &e.all
	fmt.Fprintf(&b, "on topic: %d\n", a.ours)
	row("right first", a.first, a.ours)
	row("among three", a.three, a.ours)
	row("good and right", a.goodRight, a.ours)
	row("confidently wrong", a.goodWrong, a.ours)
	row("wrongly refused", a.refused, a.ours)
	fmt.Fprintf(&b, "off topic: %d\n", a.other)
	row("refused", a.none, a.other)
	row("good", a.good, a.other)
	fmt.Fprintf(&b, "\n%-14s%8s%8s%8s%8s%8s%8s  %s%8s%8s\n", "style", "on", "first", "three", "right", "wrong", "refused", "off", "refused", "good")
	for _, s := range e.styles {
		t := e.byStyle[s]
		if s == "" {
			s = "-"
		}
		fmt.Fprintf(&b, "%-14s%8d%8d%8d%8d%8d%8d%5d%8d%8d\n", s, t.ours, t.first, t.three, t.goodRight, t.goodWrong, t.refused, t.other, t.none, t.good)
	}
	if len(e.misses) > 0 {
		b.WriteString("\n")
	}
	for _, m := range e.misses {
		fmt.Fprintf(&b, "line %d, %s: %s\n", m.line, m.what, quoted(m.Ask))
		if len(m.got) > 0 {
			fmt.Fprintf(&b, "    got %s\n", strings.Join(m.got, ", "))
		}
		if len(m.Want) > 0 {
			fmt.Fprintf(&b, "    accepted %s\n", strings.Join(m.Want, ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// An outcome is what eval --json prints of one question. What is accepted is not in it: whoever
// judges the answers is not to know.
type outcome struct {
	Question string          `json:"question"`
	Style    string          `json:"style,omitempty"`
	Match    knowledge.Match `json:"match"`
	Hits     []outcomeHit    `json:"hits"`
}

type outcomeHit struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func writeOutcomes(w io.Writer, base *knowledge.Base, set []setQuestion) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, q := range set {
		r := base.Search(q.Ask, 3)
		line := outcome{Question: q.Ask, Style: q.Style, Match: r.Match, Hits: []outcomeHit{}}
		for _, h := range r.Hits {
			line.Hits = append(line.Hits, outcomeHit{h.Entry.ID, h.Entry.Title})
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
