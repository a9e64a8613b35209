// Visitprep is a Slack app that helps a team prepare visits to its manufacturing
// partner's factory in China. `visitprep try` shows it without Slack; README.md
// has the rest.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"visitprep/bot"
	"visitprep/knowledge"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	stop()
	os.Exit(code)
}

// run is the whole program; main only lends it the process. It returns the exit
// code: 0, or 1 after saying on stderr what was wrong.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	cmd := command(getenv)
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(stderr, "visitprep:", err)
		return 1
	}
	return 0
}

// command is the table of subcommands.
func command(getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:           "visitprep",
		Short:         "Prepare visits to your manufacturing partner's factory in China, in Slack",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().String("config", "", "settings `FILE` (default: config.yaml of this folder, if there is one)")
	root.AddCommand(
		serveCommand(getenv),
		tryCommand(),
		askCommand(),
		checkCommand(),
		dueCommand(getenv),
		importCommand(getenv),
		exportCommand(getenv),
		backupCommand(getenv),
		manifestCommand(),
		&cobra.Command{
			Use: "version", Short: "Print the version", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), version())
				return err
			},
		},
	)
	return root
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "visitprep, version unknown"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "visitprep " + v + " " + info.GoVersion
}

func manifestCommand() *cobra.Command {
	var socket bool
	var url string
	cmd := &cobra.Command{
		Use: "manifest --socket | --url URL", Short: "Print the Slack app manifest, ready to paste", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if socket == (url != "") {
				return errors.New("say how Slack reaches the app: manifest --socket, or manifest --url https://your.host/slack/events")
			}
			if url != "" && !strings.HasPrefix(url, "https://") {
				return fmt.Errorf("manifest --url %s: Slack takes https:// addresses only, such as https://your.host/slack/events", url)
			}
			m, err := bot.Manifest(url)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", m)
			return err
		},
	}
	cmd.Flags().BoolVar(&socket, "socket", false, "for Socket Mode: no public address needed")
	cmd.Flags().StringVar(&url, "url", "", "for HTTP: the public `URL` of POST /slack/events")
	return cmd
}

// maxLimit bounds ask --limit: more answers than anybody reads.
const maxLimit = 50

func askCommand() *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use: "ask QUESTION", Short: "Ask the knowledge base; \"ask -\" reads one question a line", Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New(`ask what? For example: visitprep ask "what gift should I not bring"`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > maxLimit {
				return fmt.Errorf("ask --limit %d: give a number from 1 to %d", limit, maxLimit)
			}
			name, _ := cmd.Flags().GetString("config")
			cfg, err := loadConfig(name)
			if err != nil {
				return fmt.Errorf("mistakes in the settings:\n%w", err)
			}
			base, err := loadKnowledge(cfg)
			if err != nil {
				return err
			}
			out := bufio.NewWriter(cmd.OutOrStdout())
			defer out.Flush()
			if len(args) == 1 && args[0] == "-" {
				lines := bufio.NewScanner(cmd.InOrStdin())
				lines.Buffer(nil, 1<<20)
				for lines.Scan() {
					if q := strings.TrimSpace(lines.Text()); q != "" {
						if err := writeAnswerJSON(out, q, base.Search(q, limit)); err != nil {
							return err
						}
					}
				}
				if err := lines.Err(); err != nil {
					return fmt.Errorf("read the questions: %w", err)
				}
				return out.Flush()
			}
			q := strings.Join(args, " ")
			write := writeAnswer
			if asJSON {
				write = writeAnswerJSON
			}
			if err := write(out, q, base.Search(q, limit)); err != nil {
				return err
			}
			return out.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().IntVar(&limit, "limit", 3, "how many answers to print")
	return cmd
}

// answerJSON is what ask --json prints for one question.
type answerJSON struct {
	Question string          `json:"question"`
	Match    knowledge.Match `json:"match"`
	Answers  []hitJSON       `json:"answers"`
}

type hitJSON struct {
	ID    string          `json:"id"`
	Topic string          `json:"topic"`
	Kind  knowledge.Kind  `json:"kind"`
	Phase knowledge.Phase `json:"phase"`
	Title string          `json:"title"`
	Text  string          `json:"text"`
	Score float64         `json:"score"`
}

func writeAnswerJSON(w io.Writer, question string, r knowledge.Result) error {
	a := answerJSON{Question: question, Match: r.Match, Answers: []hitJSON{}}
	for _, h := range r.Hits {
		a.Answers = append(a.Answers, hitJSON{h.Entry.ID, h.Entry.Topic().ID, h.Entry.Kind, h.Entry.Phase, h.Entry.Title, h.Entry.Text, h.Score})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(a)
}

func writeAnswer(w io.Writer, _ string, r knowledge.Result) error {
	var b strings.Builder
	switch r.Match {
	case knowledge.None:
		b.WriteString("No advice on that. Try other words, or a topic's name.\n")
	case knowledge.Weak:
		b.WriteString("Nothing on exactly that. The closest:\n\n")
	}
	if r.DidYouMean != "" {
		fmt.Fprintf(&b, "Did you mean: %s\n\n", r.DidYouMean)
	}
	for i, h := range r.Hits {
		if i > 0 {
			b.WriteString("\n")
		}
		e := h.Entry
		fmt.Fprintf(&b, "%s\n", e.Title)
		if e.Kind == knowledge.Phrase {
			fmt.Fprintf(&b, "%s  %s\n", e.Chinese, e.Pinyin)
		}
		fmt.Fprintf(&b, "%s\n", e.Text)
		if e.Why != "" {
			fmt.Fprintf(&b, "Why: %s\n", e.Why)
		}
		if e.Verify {
			fmt.Fprintf(&b, "This changes. Verify before you rely on it: %s\n", e.Where)
		}
		fmt.Fprintf(&b, "[%s, %s]\n", e.Topic().Title, e.ID)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check settings and knowledge; say every mistake at once", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			name, _ := cmd.Flags().GetString("config")
			cfg, configErr := loadConfig(name)
			if configErr != nil {
				cfg = new(config) // the advice that comes with the program is checked all the same
			}
			base, baseErr := loadKnowledge(cfg)
			var templates knowledge.Templates
			var templatesErr error
			if baseErr == nil {
				templates, templatesErr = knowledge.EmbeddedTemplates(base)
			}
			if err := errors.Join(configErr, baseErr, templatesErr); err != nil {
				return fmt.Errorf("mistakes found:\n%w", err)
			}
			return writeReport(cmd.OutOrStdout(), base, templates)
		},
	}
}

// writeReport prints what the knowledge base holds: a table of advice by topic
// and kind, the article's rows covered, what needs verifying, the oldest review,
// and the checklists with their lines by milestone.
func writeReport(w io.Writer, base *knowledge.Base, templates knowledge.Templates) error {
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
			for _, e := range as {
				if e.Kind == k {
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
	for _, e := range base.All() {
		if e.Verify {
			verify++
		}
		if e.Reviewed.Before(oldest) {
			oldest = e.Reviewed.Time
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
	_, err := io.WriteString(w, b.String())
	return err
}
