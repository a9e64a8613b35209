package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/spelling"
	"visitprep/internal/visit"
)

// factoryPages are what a person may know of one factory, on one page.
type factoryPages struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	words     *wording
	factories *factories
}

// actFactoryPage shows the page of a factory.
const actFactoryPage blocks.ActionID = "factory-page"

// registers are the words after /factory that name no factory, whether or not a row of the
// table has them: what a word means may not change with the next version.
var registers = set("agreements contacts actions score market help")

// command shows the page of the factory that was typed.
func (ps *factoryPages) command(ctx context.Context, q request) (*blocks.Message, error) {
	if registers[plainWord(q.rest)] {
		return nil, errOtherwise
	}
	return ps.shownCommand(ctx, q)
}

// shownCommand shows the page of the factory that was typed, whatever it is called.
func (ps *factoryPages) shownCommand(ctx context.Context, q request) (*blocks.Message, error) {
	f, which, err := ps.named(ctx, q.caller, q.rest, actFactoryPage)
	if f == nil {
		return which, err
	}
	return ps.page(ctx, q.caller, f)
}

// click shows the page of the factory that a control names.
func (ps *factoryPages) click(ctx context.Context, c click) error {
	f, err := ps.factories.factory(ctx, c.team, c.user, factoryNumber(c.about))
	var m *blocks.Message
	if err == nil {
		m, err = ps.page(ctx, c.caller, &f)
	}
	return ps.replies.replyPrivately(ctx, c, ps.replies.orApologyTo(c.user, "show a factory", m, err))
}

// named is the factory that somebody means by some words, among those that they may know of.
// It is nil where that cannot be told, and then which asks: each factory that it can be is a
// button with the verb.
func (ps *factoryPages) named(ctx context.Context, who caller, words string, verb blocks.ActionID) (f *visit.Factory, which *blocks.Message, err error) {
	all, err := ps.factories.knownTo(ctx, who.team, who.user)
	if err != nil {
		return nil, nil, err
	}
	p := ps.directory.printer(ctx, who.user)
	m := new(blocks.Message)
	found := meant(all, words)
	switch {
	case len(all) == 0:
		m.Say(p.T("There are no factories in your channels yet. Plan a visit or schedule an inspection to add one."))
		return nil, m, nil
	case len(found) == 1:
		return &found[0], nil, nil
	case len(found) > 1:
		m.Say(p.T("Which factory do you mean?"))
	default:
		found = misspelt(all, words)
		if len(found) == 0 {
			m.Say(p.T("I can't find a factory like %q in your channels. Type /factory for all of them, or /factory help.", blocks.Clip(words, 80)))
			return nil, m, nil
		}
		m.Say(p.T("I can't find a factory like %q in your channels. Did you mean one of these?", blocks.Clip(words, 80)))
	}
	if more := len(found) - maxFactoryButtons; more > 0 {
		m.Add(blocks.Note(blocks.Escape(p.T("Showing the first %d of %d. Type more of the name.", maxFactoryButtons, len(found)))))
		found = found[:maxFactoryButtons]
	}
	var es []slack.BlockElement
	for _, f := range found {
		es = append(es, blocks.Button(verb.With(strconv.Itoa(f.Number)), factorySubject(f.Number), blocks.Clip(factoryLabel(&f), 70)))
		m.Text.Line(factoryLabel(&f))
	}
	m.Add(blocks.Actions(es...))
	return nil, m, nil
}

// meant are the factories that words name: the one that is called exactly so, or else all
// that have the words in their name or city. Marks count only where that finds one.
func meant(all []visit.Factory, words string) []visit.Factory {
	exact := slices.DeleteFunc(slices.Clone(all), func(f visit.Factory) bool {
		return letters(f.Name) != letters(words) && (f.Chinese == "" || letters(f.Chinese) != letters(words))
	})
	if len(exact) == 1 && letters(words) != "" {
		return exact
	}
	if found := matches(all, words); len(found) > 0 {
		return found
	}
	if letters(words) == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(all), func(f visit.Factory) bool {
		return !strings.Contains(letters(f.Name)+"\n"+letters(f.Chinese)+"\n"+letters(f.City), letters(words))
	})
}

// letters are a name as it is said: its letters and figures, in lower case.
func letters(s string) string {
	return strings.Join(wordsOf(s), " ")
}

// wordsOf are the words of a name, without marks.
func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(chars.ASCII(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// misspelt are the factories whose name has a word that somebody may have misspelt.
func misspelt(all []visit.Factory, words string) (found []visit.Factory) {
	typed := wordsOf(words)
	for _, f := range all {
		known := slices.DeleteFunc(wordsOf(f.Name+" "+f.City), func(w string) bool { return companyWords[w] })
		if slices.ContainsFunc(typed, func(w string) bool { return len(w) > 2 && spelling.Nearest(w, known) != "" }) {
			found = append(found, f)
		}
	}
	return found
}

// page is what a person may know of a factory, where they stand.
func (ps *factoryPages) page(ctx context.Context, who caller, f *visit.Factory) (*blocks.Message, error) {
	m := new(blocks.Message)
	m.Title(f.Name)
	m.Add(slack.NewSectionBlock(blocks.Mrkdwn(ps.words.factoryLines(f)), nil, slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), ps.p.T("Edit factory")))))
	if err := ps.factories.addHistory(ctx, m, who, f.Number); err != nil {
		return nil, err
	}
	return m, nil
}
