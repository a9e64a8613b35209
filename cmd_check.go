package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/internal/lang"
	"visitprep/internal/letter"
	"visitprep/internal/store"
	"visitprep/knowledge"
)

func checkCommand(getenv func(string) string) *cobra.Command {
	var askSlack bool
	cmd := &cobra.Command{
		Use: "check", Short: "Check settings and knowledge, and report every mistake at once", Args: cobra.NoArgs,
		Long: `Check settings, secrets and knowledge, and report every mistake at once.

With --slack it also asks Slack: whether it knows the tokens, which scopes it has granted,
and whether it takes what the app shows. For that it sends a few messages of an invented
team to blocks.validate, which posts nothing; it says first what leaves this machine. Where
many workspaces are served, it tries the token of each, a line for each.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// One run reports everything: nobody wants to fix one mistake only to be told of
			// the next.
			cfg, configErr := settings(cmd)
			if configErr != nil {
				cfg = new(config) // the advice that comes with the program can be checked all the same
			}
			base, err := loadKnowledge(cfg)
			var templates knowledge.Templates
			if err == nil {
				templates, err = knowledge.EmbeddedTemplates(base)
			}
			s, secretErr := loadSlackSettings(getenv)
			if !askSlack && !s.begun() {
				secretErr = s.mistakes() // without tokens there is much to check as well
			}
			if configErr == nil {
				configErr = cfg.reached(&s)
			}
			addressErr := store.CheckPlace(databaseURL(getenv))
			doubts := slices.Clone(s.Doubts)
			for _, d := range cfg.doubts {
				doubts = append(doubts, d.Error())
			}
			var letters *letter.Book
			if err == nil {
				letters, err = bot.Letters(base.Letters())
			}
			if err == nil {
				for _, d := range slices.Concat(base.Doubts(), letters.Doubts()) {
					doubts = append(doubts, d.Error())
				}
			}
			if len(doubts) > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "Please check:\n%s\n", strings.Join(doubts, "\n"))
			}
			if err := errors.Join(configErr, cfg.together(&s), secretErr, addressErr, err); err != nil {
				return err
			}
			if err := writeReport(cmd.OutOrStdout(), base, templates, letters); err != nil {
				return err
			}
			if cfg.Market.Notes {
				fmt.Fprintf(cmd.OutOrStdout(), "\nmarket notes are on (market.notes). %s\n", bot.MarketCounsel(lang.English()))
			}
			if !askSlack {
				if !s.begun() {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), "\nNo variable for Slack is set, so nothing of it was checked: README.md, \"Install in Slack\", says which serve needs.")
				}
				return err
			}
			if !s.many() {
				return checkSlack(cmd.Context(), cmd.OutOrStdout(), cfg, s)
			}
			if noDatabase(string(s.DatabaseURL)) {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "\nThere is no database yet, so no workspace has the app, and there is no token to ask Slack with.")
				return err
			}
			return withDatabase(cmd, getenv, existing, func(ctx context.Context, db database) error {
				return checkInstalled(ctx, cmd.OutOrStdout(), db, s)
			})
		},
	}
	cmd.Flags().BoolVar(&askSlack, "slack", false, "ask Slack, too: tokens, scopes, and a few messages of an invented team")
	return cmd
}

// writeReport prints what the knowledge base holds: a table of advice by topic and
// kind, the article's rows covered, what needs verifying, the oldest review, the
// checklists with their lines by milestone, the defects by class, and the sentences of letters that
// a native speaker should read. It is for the people who look after the knowledge: what is thin, not covered or old shows here before a reader finds it.
func writeReport(w io.Writer, base *knowledge.Base, templates knowledge.Templates, letters *letter.Book) error {
	kinds := []knowledge.Kind{knowledge.Guide, knowledge.Checklist, knowledge.Question, knowledge.RedFlag, knowledge.Etiquette, knowledge.Phrase}
	var b strings.Builder
	row := func(name string, count func(knowledge.Kind) int) {
		fmt.Fprintf(&b, "%-28s", name)
		sum := 0
		for _, k := range kinds {
			n := count(k)
			sum += n
			fmt.Fprintf(&b, "%10d", n)
		}
		fmt.Fprintf(&b, "%8d\n", sum)
	}
	fmt.Fprintf(&b, "%-28s", "topic")
	for _, k := range kinds {
		fmt.Fprintf(&b, "%10s", k)
	}
	fmt.Fprintf(&b, "%8s\n", "all")
	of := func(as []*knowledge.Entry) func(knowledge.Kind) int {
		return func(k knowledge.Kind) int {
			n := 0
			for _, a := range as {
				if a.Kind == k {
					n++
				}
			}
			return n
		}
	}
	for _, t := range base.Topics() {
		row(t.ID, of(t.Entries))
	}
	row("all", of(base.All()))

	verify, oldest := 0, base.All()[0].Reviewed.Time
	for _, a := range base.All() {
		if a.Verify {
			verify++
		}
		if a.Reviewed.Before(oldest) {
			oldest = a.Reviewed.Time
		}
	}
	rows, missing := base.Rows(), base.Uncovered()
	fmt.Fprintf(&b, "\narticle rows covered: %d of %d\n", len(rows)-len(missing), len(rows))
	if len(missing) > 0 {
		fmt.Fprintf(&b, "not covered: %s\n", strings.Join(missing, ", "))
	}
	fmt.Fprintf(&b, "to verify before use: %d\noldest review: %s\n", verify, oldest.Format("2006-01-02"))

	fmt.Fprintf(&b, "\n%-28s%-12s%5s  by milestone\n", "checklist", "for", "lines")
	for _, t := range templates {
		fmt.Fprintf(&b, "%-28s%-12s%5d", t.ID, t.For, len(t.Lines))
		for _, m := range t.For.Milestones() {
			fmt.Fprintf(&b, "  %s %d", m, len(t.At(m)))
		}
		b.WriteString("\n")
	}
	classes := map[string]int{}
	for _, d := range base.Defects().All() {
		classes[d.Class]++
	}
	fmt.Fprintf(&b, "\ndefects: %d (critical %d, major %d, minor %d)\n", len(base.Defects().All()), classes["critical"], classes["major"], classes["minor"])
	check, all, draft := 0, 0, []string{}
	for _, f := range letters.Files() {
		all += f.Sentences
		check += f.Check
		if !f.Signed {
			draft = append(draft, f.Name)
		}
	}
	fmt.Fprintf(&b, "sentences of letters: %d, for a native speaker to read: %d\n", all, check)
	if len(draft) > 0 {
		fmt.Fprintf(&b, "draft wording, signed by no native reader: %s\n", strings.Join(draft, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
