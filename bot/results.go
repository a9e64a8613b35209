package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// results are what inspections at a factory found before.
type results struct {
	*core
	directory *directory
	replies   *replies
	factories *factories
}

// historySubject names the results at a factory, from one on.
func historySubject(factory, from int) blocks.Subject {
	return blocks.Subject(fmt.Sprintf("%d:%d", factory, from))
}

// turnPage shows results, from the page in the button on.
func (rs *results) turnPage(ctx context.Context, c click) error {
	p := rs.directory.printer(ctx, c.team, c.user)
	factory, from, _ := strings.Cut(string(c.about), ":")
	number, err1 := strconv.Atoi(factory)
	skip, err2 := strconv.Atoi(from)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("read the button of a history: %w", err)
	}
	f, err := rs.factories.factory(ctx, c.team, c.user, number)
	var m *blocks.Message
	if err == nil {
		m, err = rs.page(ctx, rs.guide.Load().In(p), c.caller, &f, skip)
	}
	m = rs.replies.orApologyTo(c.team, c.user, "list results", m, err)
	if skip > 0 {
		return rs.replies.answerClick(ctx, c, m)
	}
	return rs.replies.replyPrivately(ctx, c, m)
}

// historyCommand shows the results at the factory that somebody names, or asks which.
func (rs *results) historyCommand(ctx context.Context, q request) (*blocks.Message, error) {
	p := rs.directory.printer(ctx, q.team, q.user)
	all, err := rs.factories.knownTo(ctx, q.team, q.user)
	if err != nil {
		return nil, err
	}
	found := matches(all, q.rest)
	if len(found) == 1 {
		return rs.page(ctx, q.guide, q.caller, &found[0], 0)
	}
	m := new(blocks.Message)
	switch {
	case len(all) == 0:
		m.Say(p.T("There are no factories in your channels yet. Plan a visit or schedule an inspection to add one."))
		return m, nil
	case len(found) == 0:
		m.Say(p.T("I can't find a factory like %q. These are the ones I know:", blocks.Clip(q.rest, 80)))
		found = all
	default:
		m.Say(p.T("Which factory's results?"))
	}
	if len(found) > maxFactoryButtons {
		m.Add(blocks.Note(blocks.Escape(p.T("Showing the first %d of %d. Add part of the name: /inspection history bright.", maxFactoryButtons, len(found)))))
		found = found[:maxFactoryButtons]
	}
	var es []slack.BlockElement
	for _, f := range found {
		es = append(es, blocks.Button(actHistory.With(strconv.Itoa(f.Number)), historySubject(f.Number, 0), blocks.Clip(factoryLabel(p, &f), 70)))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// maxFactoryButtons is how many factories an answer offers.
const maxFactoryButtons = 10

// page lists the results at a factory in the channels of a person, the last first. All
// are read for each page: the sums above it count what this person may see here, which
// no query knows.
func (rs *results) page(ctx context.Context, g *guide.Guide, who caller, f *visit.Factory, from int) (*blocks.Message, error) {
	p := rs.directory.printer(ctx, who.team, who.user)
	channels, err := rs.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	is, err := rs.o.Store.Inspections(ctx, who.team, store.InspectionFilter{Over: true, Filter: store.Filter{Factory: f.Number, Channels: append([]string{}, channels...), Own: who.user}})
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(p.T("Inspections at %s", f.Name))
	count := map[visit.Result]int{}
	shown := 0
	var rows []*slack.SectionBlock
	for _, i := range is {
		if !visibleIn(i.Place, who.channel) {
			continue
		}
		count[i.Result]++
		if shown++; shown <= from || shown > from+pageRows {
			continue
		}
		kind := p.T(g.Template(i.Type).Title)
		if i.Order != "" {
			kind = p.T("%s, order %s", kind, i.Order)
		}
		line := blocks.Bold(p.T("%s: %s", blocks.OnDay(p, i.Due), i.Result)) + "\n" + p.M("%s · %s", kind, blocks.Mention(i.Reported.By))
		if i.Note != "" {
			line += "\n" + blocks.Escape(blocks.Clip(i.Note, 300))
		}
		rows = append(rows, slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(i.Subject()), p.T("Show inspection")))))
		m.Text.Line(p.T("%s: %s", blocks.OnDay(p, i.Due), i.Result))
	}
	if shown == 0 {
		m.Say(p.T("No inspection at this factory has a result in your channels yet."))
		return m, nil
	}
	var sums []string
	for _, r := range []visit.Result{visit.Passed, visit.Failed, visit.Undecided, visit.CouldNot, visit.Skipped} {
		if count[r] > 0 {
			sums = append(sums, p.T("%d %s", count[r], r))
		}
	}
	m.Add(blocks.Section(blocks.Escape(strings.Join(sums, p.Comma()))))
	for _, r := range rows {
		m.Add(r)
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actHistory.With("later"), historySubject(f.Number, max(0, from-pageRows)), p.T("Later results")))
	}
	if shown > from+pageRows {
		es = append(es, blocks.Button(actHistory.With("earlier"), historySubject(f.Number, from+pageRows), p.T("Earlier results")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}
