package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/lang"
	"visitprep/knowledge"
)

const (
	defaultLimit = 3
	// maxLimit bounds ask --limit: more answers than anybody reads.
	maxLimit = 50
)

func askCommand() *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use: "ask QUESTION", Short: "Ask the knowledge base; \"ask -\" reads one question per line",
		// cobra's own words for a missing argument count arguments; they do not say what to type.
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New(`ask what? For example: visitprep ask "what gift should I not bring"`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > maxLimit {
				return fmt.Errorf("ask --limit %d: give a number from 1 to %d", limit, maxLimit)
			}
			cfg, err := settings(cmd)
			if err != nil {
				return err
			}
			base, err := loadKnowledge(cfg)
			if err != nil {
				return err
			}
			if len(args) == 1 && args[0] == "-" {
				return answerLines(cmd.InOrStdin(), cmd.OutOrStdout(), base, limit)
			}
			write := writeAnswer
			if asJSON {
				write = writeAnswerJSON
			}
			q := strings.Join(args, " ")
			if !asJSON {
				if said, err := answerDays(q, civil.Of(time.Now())); said != "" || err != nil {
					_, err2 := io.WriteString(cmd.OutOrStdout(), said)
					return errors.Join(err, err2)
				}
			}
			return write(cmd.OutOrStdout(), q, base.Search(q, limit))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "how many answers to print")
	return cmd
}

// answerDays answers a question about days from the calendar; empty where it is another one.
func answerDays(question string, today civil.Date) (string, error) {
	q, ok := holiday.Read(question, today)
	if !ok {
		return "", nil
	}
	china, err := holiday.China()
	if err != nil {
		return "", err
	}
	r, ok := china.Answer(lang.English(), q)
	if !ok {
		return "", nil
	}
	return strings.Join(r.Sentences, "\n") + "\n[" + r.Entry + "]\n", nil
}

// maxQuestion bounds one line of "ask -", in bytes: a line of a file that is no list of
// questions ends there instead of filling the memory.
const maxQuestion = 1 << 20

// answerLines answers a question a line, as JSON: the evaluations of the search ask
// thousands, so the output is buffered.
func answerLines(in io.Reader, out io.Writer, base *knowledge.Base, limit int) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxQuestion)
	w := bufio.NewWriter(out)
	for lines.Scan() {
		q := strings.TrimSpace(lines.Text())
		if q == "" {
			continue
		}
		if err := writeAnswerJSON(w, q, base.Search(q, limit)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the questions: %w", errors.Join(err, w.Flush()))
	}
	return w.Flush()
}

// answerJSON is what ask --json prints for one question.
type answerJSON struct {
	Question string           `json:"question"`
	Match    knowledge.Match  `json:"match"`
	Remark   knowledge.Remark `json:"remark,omitempty"`
	Answers  []hitJSON        `json:"answers"`
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

// answerOf is what a search found, as ask --json prints it.
func answerOf(question string, r knowledge.Result) answerJSON {
	a := answerJSON{Question: question, Match: r.Match, Remark: r.Remark, Answers: []hitJSON{}}
	for _, h := range r.Hits {
		a.Answers = append(a.Answers, hitJSON{h.Entry.ID, h.Entry.Topic().ID, h.Entry.Kind, h.Entry.Phase, h.Entry.Title, h.Entry.Text, h.Score})
	}
	return a
}

func writeAnswerJSON(w io.Writer, question string, r knowledge.Result) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(answerOf(question, r))
}

// remarkOn is what stands above an answer, and instead of one.
func remarkOn(r knowledge.Result) string {
	switch {
	case r.Remark == knowledge.Courtesy:
		return "You're welcome. Ask anything about your visit.\n"
	case r.Remark == knowledge.OtherTongue && r.Match == knowledge.None:
		return "The advice is read by English and Chinese words. Try it in English.\n"
	case r.Remark == knowledge.OtherTongue && r.Match == knowledge.Weak:
		return "The advice is read by English and Chinese words. Try it in English. The closest:\n\n"
	case r.Remark == knowledge.OtherCountry && r.Match == knowledge.None:
		return "There is advice on China only. Ask about China, or a topic's name.\n"
	case r.Match == knowledge.None:
		return "No advice on that. Try other words, or a topic's name.\n"
	case r.Match == knowledge.Weak:
		return "It is not certain what is meant. Is it one of these?\n\n"
	}
	return ""
}

func writeAnswer(w io.Writer, _ string, r knowledge.Result) error {
	var b strings.Builder
	b.WriteString(remarkOn(r))
	if r.DidYouMean != "" {
		fmt.Fprintf(&b, "Did you mean: %s\n\n", r.DidYouMean)
	}
	for i, h := range r.Hits {
		if i > 0 {
			b.WriteString("\n")
		}
		a := h.Entry
		fmt.Fprintf(&b, "%s\n", a.Title)
		if a.Kind == knowledge.Phrase {
			fmt.Fprintf(&b, "%s  %s\n", a.Chinese, a.Pinyin)
		}
		fmt.Fprintf(&b, "%s\n", blocks.PlainBody(a.Text))
		if a.Why != "" {
			fmt.Fprintf(&b, "Why: %s\n", a.Why)
		}
		if a.Verify {
			fmt.Fprintf(&b, "This changes. Verify before you rely on it: %s\n", a.Where)
		}
		fmt.Fprintf(&b, "[%s, %s]\n", a.Topic().Title, a.ID)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
