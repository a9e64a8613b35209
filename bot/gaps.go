package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/knowledge"
)

// gaps are the questions that were not answered well. They are kept so that the advice can be
// completed, and so that nobody can find out who asked: names and numbers are struck out,
// only the day is kept, and nothing is shown before [ShownAfter].
type gaps struct {
	*core
	directory *directory
	replies   *replies
}

// actGaps turns to a page of the gaps.
const actGaps blocks.ActionID = "gaps"

// ShownAfter is how many days pass before a question is shown, in Slack or by the command: by
// then nobody remembers who asked on that day.
const ShownAfter = 7

const (
	// leastOurs is how likely a question has to be one for us; below it stands what people ask
	// anybody.
	leastOurs = 0.02
	// maxGap is the longest question that is kept, in characters.
	maxGap = 400
)

// noted keeps a question in the background if it was not answered well. It never delays an
// answer, and it never fails one.
func (gp *gaps) noted(team, asker, asked string, found knowledge.Result) {
	got := store.GotNone
	switch found.Match {
	case knowledge.Good:
		return
	case knowledge.Weak:
		got = store.GotWeak
	}
	entry := ""
	if len(found.Hits) > 0 {
		entry = found.Hits[0].Entry.ID
	}
	gp.later(team, asker, asked, found, got, entry)
}

// unhelpful keeps the question whose answer somebody did not find helpful.
func (gp *gaps) unhelpful(team, asker, asked, entry string) {
	if asked == "" || gp.set().KeepMissed == 0 {
		return
	}
	gp.later(team, asker, asked, gp.guide.Load().Base.Search(asked, 3), store.GotUnhelpful, entry)
}

func (gp *gaps) later(team, asker, asked string, found knowledge.Result, got store.Got, entry string) {
	if gp.set().KeepMissed == 0 || !isGap(asked, found) {
		return
	}
	gp.keep(team, asker, asked, got, entry)
}

// keep writes down what somebody asked or said, struck.
func (gp *gaps) keep(team, asker, asked string, got store.Got, entry string) {
	day := civil.Of(gp.o.Now().UTC())
	gp.replies.later("keep a question that was not answered well", "", func(ctx context.Context) error {
		team, err := gp.directory.home(ctx, team)
		if err != nil {
			return err
		}
		names, err := gp.o.Store.Names(ctx, team)
		if err != nil {
			return err
		}
		if err := gp.directory.list(unattended(ctx), team); err != nil {
			gp.log.Warn("a question that was not answered well is not kept: the people whose names are struck out could not be listed", "err", err)
			return nil
		}
		question := newStriker(gp.guide.Load().Base, names, gp.directory.namesOf(team)).strike(asked)
		if len(knowledge.ContentWords(question)) == 0 {
			return nil
		}
		_, err = gp.o.Store.PutMissed(ctx, store.Missed{Workspace: team, Question: question, Day: day, Got: got, Entry: entry}, asker)
		return err
	})
}

// isGap reports whether a question that was not answered well may be kept: it is one for us,
// and not about what is nobody else's business.
func isGap(asked string, found knowledge.Result) bool {
	switch {
	case utf8.RuneCountInString(asked) > maxGap:
		return false
	case found.Remark == knowledge.Courtesy, found.Remark == knowledge.OtherTongue:
		return false
	case found.Ours < leastOurs:
		return false
	}
	return !knowledge.IsDelicate(asked, found.Hits)
}

// namesOf are the names of a workspace's people, as far as Slack has told.
func (d *directory) namesOf(team string) (names []string) {
	d.listed.each(team, func(p *person) {
		if slices.Contains(p.teams, team) {
			names = append(append(names, p.name), p.also...)
		}
	})
	return names
}

// forget deletes what was kept for as long as the settings say, in all workspaces: all of it
// where they say that nothing is kept.
func (gp *gaps) forget(ctx context.Context) error {
	return gp.o.Store.DropMissed(ctx, FirstKept(gp.o.Now(), gp.set().KeepMissed))
}

// FirstKept is the first day whose questions are kept at an instant, where they are kept for
// some days; with 0 it is tomorrow.
func FirstKept(now time.Time, days int) civil.Date {
	return civil.Of(now.UTC()).AddDays(1 - days)
}

// LastShown is the last day whose questions are shown at an instant.
func LastShown(now time.Time) civil.Date {
	return civil.Of(now.UTC()).AddDays(-ShownAfter)
}

// A Gap is what people asked in some words or others that mean the same, and how often.
type Gap struct {
	Questions             []string // most often asked first
	Times                 int
	None, Weak, Unhelpful int    // how often they got what
	Missing               int    // how often it was said to be missing in an answer
	Entry                 string // id of the entry that was found most often, if any was
	asked                 map[string]int
	found                 map[string]int
}

// Gaps brings together what is alike, most often asked first.
func Gaps(missed []store.Missed) []Gap {
	byWords := map[string]*Gap{}
	for _, m := range missed {
		key := strings.Join(knowledge.ContentWords(m.Question), " ")
		g := byWords[key]
		if g == nil {
			g = &Gap{asked: map[string]int{}, found: map[string]int{}}
			byWords[key] = g
		}
		g.Times += m.Times
		g.asked[m.Question] += m.Times
		if m.Entry != "" {
			g.found[m.Entry] += m.Times
		}
		switch m.Got {
		case store.GotNone:
			g.None += m.Times
		case store.GotWeak:
			g.Weak += m.Times
		case store.GotUnhelpful:
			g.Unhelpful += m.Times
		case store.GotRemark:
			g.Missing += m.Times
		}
	}
	list := make([]Gap, 0, len(byWords))
	for _, g := range byWords {
		g.Questions = mostFirst(g.asked)
		if entries := mostFirst(g.found); len(entries) > 0 {
			g.Entry = entries[0]
		}
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Questions[0], b.Questions[0]))
	})
	return list
}

func mostFirst(counts map[string]int) []string {
	list := make([]string, 0, len(counts))
	for s := range counts {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return list
}

// command lists the gaps, for admins.
func (gp *gaps) command(ctx context.Context, q request) (*blocks.Message, error) {
	return gp.list(ctx, q.guide, q.caller, 0)
}

// turnPage lists them from the one in the button on.
func (gp *gaps) turnPage(ctx context.Context, c click) error {
	p := gp.directory.printer(ctx, c.team, c.user)
	from, _ := strconv.Atoi(string(c.about))
	m, err := gp.list(ctx, gp.guide.Load().In(p), c.caller, from)
	return gp.replies.answerClick(ctx, c, gp.replies.orApologyTo(c.team, c.user, "list the gaps", m, err))
}

// gapRows is how many gaps a page shows.
const gapRows = 10

// list is a page of the gaps.
func (gp *gaps) list(ctx context.Context, g *guide.Guide, who caller, from int) (*blocks.Message, error) {
	p := gp.directory.printer(ctx, who.team, who.user)
	if err := gp.directory.checkAdmin(ctx, who.team, who.user); err != nil {
		if errors.Is(err, errNoAdmin) {
			return blocks.Said(p.T("Only admins of your workspace can see what was asked. Ask one of them.")), nil
		}
		return nil, err
	}
	if gp.set().KeepMissed == 0 {
		return blocks.Said(p.T("Questions are not kept here: entries_missed is 0 in the settings.")), nil
	}
	now := gp.o.Now()
	missed, err := gp.o.Store.Missed(ctx, who.team, FirstKept(now, gp.set().KeepMissed), LastShown(now))
	if err != nil {
		return nil, err
	}
	list := Gaps(missed)
	m := new(blocks.Message)
	m.Title(p.T("What people asked and I could not answer well"))
	if len(list) == 0 {
		m.Say(p.T("There is nothing here yet. Questions appear %d days after they were asked, without who asked.", ShownAfter))
		return m, nil
	}
	from = min(max(from, 0), len(list)-1)
	for _, one := range list[from:min(len(list), from+gapRows)] {
		line := gp.line(p, g, &one)
		m.Add(blocks.Section(blocks.Bold(blocks.Clip(one.Questions[0], 300)) + "\n" + blocks.Escape(line)))
		m.Text.Line(p.T("%s: %s", one.Questions[0], line))
	}
	m.Add(blocks.Note(p.M("Names and numbers are struck out. A question is shown %d days after it was asked, and deleted after %d. %s prints entries to fill in.", ShownAfter, gp.set().KeepMissed, blocks.Code("visitprep gaps --yaml"))))
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actGaps.With("back"), blocks.Subject(strconv.Itoa(max(from-gapRows, 0))), p.T("Previous questions")))
	}
	if from+gapRows < len(list) {
		es = append(es, blocks.Button(actGaps.With("on"), blocks.Subject(strconv.Itoa(from+gapRows)), p.T("More questions")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// line says how often something was asked and what people got.
func (gp *gaps) line(p blocks.Printer, g *guide.Guide, one *Gap) string {
	asked := one.Times - one.Missing
	line := p.T("asked once")
	switch {
	case asked == 0:
		line = p.T("said to be missing in an answer")
	case asked > 1:
		line = p.T("asked %d times", asked)
	}
	if asked > 0 && one.Missing > 0 {
		line = p.T("%s; said to be missing: %d", line, one.Missing)
	}
	if one.None > 0 {
		line = p.T("%s; no answer: %d", line, one.None)
	}
	if one.Weak > 0 {
		line = p.T("%s; only something near it: %d", line, one.Weak)
	}
	if one.Unhelpful > 0 {
		line = p.T("%s; not helpful: %d", line, one.Unhelpful)
	}
	if e, ok := g.Base.Entry(one.Entry); ok {
		line = p.T("%s. The nearest: %s (%s)", line, e.Title, e.ID)
	}
	return line
}

// errNoAdmin is returned where a colleague who is no admin asks for what admins may see.
var errNoAdmin = fmt.Errorf("the person is no admin: %w", errNotYours)

// checkAdmin is nil for colleagues who are admins of the workspace.
func (d *directory) checkAdmin(ctx context.Context, team, id string) error {
	if err := d.checkColleague(ctx, team, id); err != nil {
		return err
	}
	p, err := d.person(ctx, team, id)
	if err != nil {
		return unchecked(err)
	}
	if !p.admin {
		return errNoAdmin
	}
	return nil
}
