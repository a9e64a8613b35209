package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/knowledge"
)

func gapsCommand(getenv func(string) string) *cobra.Command {
	var workspace string
	var asYAML bool
	cmd := &cobra.Command{
		Use: "gaps", Short: "List what people asked and got no good answer to", Args: cobra.NoArgs,
		Long: fmt.Sprintf(`List what people asked and got no good answer to, most often asked first.

A question is kept without who asked and with names and numbers struck out, for as many days
as entries_missed says in the settings, and shown %d days after it was asked. With --yaml it is
printed as a file for the folder of your team's own advice: write a title, a text and a source
for what you can answer, and delete the rest.`, bot.ShownAfter),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				out := cmd.OutOrStdout()
				if db.cfg.EntriesMissed == 0 {
					_, err := io.WriteString(cmd.ErrOrStderr(), "Questions are not kept: entries_missed is 0 in the settings.\n")
					return err
				}
				team, err := db.workspace(ctx, workspace)
				if err != nil {
					return err
				}
				now := time.Now()
				missed, err := db.Missed(ctx, team, bot.FirstKept(now, db.cfg.EntriesMissed), bot.LastShown(now))
				if err != nil {
					return err
				}
				gaps := bot.Gaps(missed)
				if len(gaps) == 0 {
					_, err := fmt.Fprintf(cmd.ErrOrStderr(), "There is nothing here yet. Questions appear %d days after they were asked.\n", bot.ShownAfter)
					return err
				}
				if !asYAML {
					return writeGaps(out, gaps)
				}
				base, err := loadKnowledge(db.cfg)
				if err != nil {
					return err
				}
				return writeSkeletons(out, base, gaps, now)
			})
		},
	}
	cmd.Flags().StringVar(&workspace, "workspace", "", workspaceUsage)
	cmd.Flags().BoolVar(&asYAML, "yaml", false, "print a file of entries to fill in")
	return cmd
}

func writeGaps(w io.Writer, gaps []bot.Gap) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%5s %5s %5s %9s  %s\n", "asked", "none", "weak", "unhelpful", "question")
	for _, g := range gaps {
		fmt.Fprintf(&b, "%5d %5d %5d %9d  %s", g.Times, g.None, g.Weak, g.Unhelpful, g.Questions[0])
		if g.Entry != "" {
			fmt.Fprintf(&b, " (%s)", g.Entry)
		}
		if g.Missing > 0 {
			b.WriteString(" said to be missing there")
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// gapsTopic is the topic that the skeletons make, and the name of its file.
const gapsTopic = "our-answers"

// maxAsks is how many of the questions a skeleton has, and maxAsk the most characters of one
// that the knowledge takes.
const (
	maxAsks = 15
	maxAsk  = 120
)

// writeSkeletons prints a file for the team's own advice, with an entry for each gap. It is
// no valid file before somebody has written what it lacks, so that nothing empty is shown.
func writeSkeletons(w io.Writer, base *knowledge.Base, gaps []bot.Gap, now time.Time) error {
	var b strings.Builder
	fmt.Fprintf(&b, `# What people asked and got no good answer to. Save this as %[1]s.yaml in the folder that
# knowledge.dir names. Write the title, the text and the source of what you can answer, delete
# the other entries, and run "visitprep check". An entry may move to the file of another topic.
topic: %[1]s
title: Our answers
summary: What our team was asked and has answered itself.
order: %d
entries:
`, gapsTopic, len(base.Topics())+1)
	taken := map[string]bool{}
	for _, e := range base.All() {
		taken[e.ID] = true
	}
	for _, g := range gaps {
		asks := asksOf(g.Questions)
		if len(asks) == 0 {
			continue
		}
		fmt.Fprintf(&b, "  # %s", times(g))
		if e, ok := base.Entry(g.Entry); ok {
			fmt.Fprintf(&b, "; the nearest is %s (%s)", e.ID, knowledgeTitle(e))
		}
		fmt.Fprintf(&b, `
  - id: %s
    kind: guide                 # or checklist, question, red_flag, etiquette
    phase: before               # or during, after
    title: ""                   # at most 75 characters
    text: ""                    # at most 900 characters: the direct answer first, then what to do
    asks:
`, idFor(g.Questions[0], taken))
		for _, a := range asks {
			fmt.Fprintf(&b, "      - %s\n", quoted(a))
		}
		fmt.Fprintf(&b, `    sources:
      - title: ""               # where it comes from
    reviewed: %s
`, now.Format(time.DateOnly))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func knowledgeTitle(e *knowledge.Entry) string { return strings.Join(strings.Fields(e.Title), " ") }

func times(g bot.Gap) string {
	if g.Times == 1 {
		return "asked once"
	}
	return fmt.Sprintf("asked %d times", g.Times)
}

// asksOf are the questions as asks: without what was struck out, and as long as they may be.
func asksOf(questions []string) (asks []string) {
	for _, q := range questions {
		q = strings.Join(strings.Fields(strings.ReplaceAll(q, "…", " ")), " ")
		if r := []rune(q); len(r) > maxAsk {
			q = string(r[:maxAsk])
			q = q[:cmp.Or(max(strings.LastIndexByte(q, ' '), 0), len(q))]
		}
		if q != "" && !slices.Contains(asks, q) && len(asks) < maxAsks {
			asks = append(asks, q)
		}
	}
	return asks
}

// idFor makes an id that no entry has from what a question is about.
func idFor(question string, taken map[string]bool) string {
	var words []string
	for _, w := range knowledge.ContentWords(question) {
		w = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, w)
		if w != "" && len(words) < 4 {
			words = append(words, w)
		}
	}
	id := strings.Join(append([]string{"our"}, words...), "-")
	for n, first := 2, id; taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", first, n)
	}
	taken[id] = true
	return id
}

// quoted is a text as YAML reads it back, whatever is in it: YAML takes the strings of JSON.
func quoted(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // not reached: a string is always encoded
	}
	return strings.TrimSpace(b.String())
}
