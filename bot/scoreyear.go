package bot

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/report"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// yearlies send a factory's year to the person who asks for it, and to nobody else: its plot as a
// picture, and one page for the yearly review. Both are made from what that person may see.
type yearlies struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	visits    *visits
	reports   *reports // who draw one file at a time
}

// The verbs of a factory's year. The value is "factory/3".
const (
	actScorePlot blocks.ActionID = "score-plot" // also "factory/3:night", on a dark ground
	actYearPage  blocks.ActionID = "year-page"
)

// atNight ends the subject of a plot on a dark ground.
const atNight = ":night"

// yearButtons are those of a factory's year.
func yearButtons(p blocks.Printer, number int) []slack.BlockElement {
	return []slack.BlockElement{
		blocks.Button(actScorePlot, factorySubject(number), p.T("Plot as picture")),
		blocks.Button(actYearPage, factorySubject(number), p.T("Yearly page as PDF")),
	}
}

// plotClick sends the plot as a picture.
func (yl *yearlies) plotClick(ctx context.Context, c click) error {
	about, night := strings.CutSuffix(string(c.about), atNight)
	p := yl.directory.printer(ctx, c.team, c.user)
	m := blocks.Said(p.T("The plot comes to you alone in a moment, in your direct messages with Visit Prep."))
	if !night {
		m.Add(blocks.Actions(blocks.Button(actScorePlot, blocks.Subject(about)+atNight, p.T("Send plot on dark background"))))
	}
	return yl.send(ctx, c, blocks.Subject(about), m, "draw a plot", func(ctx context.Context, who caller, y *visit.ScoreYear) error {
		picture, err := yl.reports.drawn(func(w io.Writer, _ *lang.Printer) error { return scorePlot(p, y).WritePNG(w, night) }, p)
		if err != nil {
			return err
		}
		return yl.visits.sendFile(ctx, who.team, who.user, slack.UploadFileParameters{
			Filename: "score.png", Title: p.T("Score by quarter"), AltTxt: plotAlt(p, y), InitialComment: string(blocks.Escape(plotAlt(p, y))),
		}, picture)
	})
}

// pageClick sends the yearly page.
func (yl *yearlies) pageClick(ctx context.Context, c click) error {
	p := yl.directory.printer(ctx, c.team, c.user)
	m := blocks.Said(p.T("The yearly page comes to you alone in a moment, in your direct messages with Visit Prep. It is for your team: go through its figures with the factory before anybody uses them."))
	return yl.send(ctx, c, c.about, m, "draw a yearly page", func(ctx context.Context, who caller, y *visit.ScoreYear) error {
		page, err := yl.page(ctx, p, who, y)
		if err != nil {
			return err
		}
		pdf, err := yl.reports.drawn(page.WritePDF, p)
		if err != nil {
			return err
		}
		name := p.Details(page.Factory, page.Year)
		return yl.visits.sendFile(ctx, who.team, who.user, slack.UploadFileParameters{
			Filename: "factory-year.pdf", Title: p.T("Year %s: %s", page.Year, page.Factory), AltTxt: blocks.Clip(p.T("The yearly page of %s as PDF.", name), 1000),
			InitialComment: string(blocks.Escape(p.T("The yearly page of %s, for your team.", name))),
		}, pdf)
	})
}

// send answers a click at once, and sends what it asks for after that, as the person may see it in
// their direct messages. Who may not see the factory reads so.
func (yl *yearlies) send(ctx context.Context, c click, about blocks.Subject, m *blocks.Message, what string, then func(context.Context, caller, *visit.ScoreYear) error) error {
	number := factoryNumber(about)
	if _, err := yl.year(ctx, caller{team: c.team, user: c.user}, number); err != nil {
		return yl.replies.sayError(ctx, c, what, err)
	}
	_, err := yl.postOnce(ctx, c, string(c.verb)+"/"+string(c.about), func() error {
		yl.replies.later(what, c.url, func(ctx context.Context) error {
			who := caller{team: c.team, user: c.user}
			y, err := yl.year(ctx, who, number)
			if err == nil {
				err = then(ctx, who, y)
			}
			if err == nil {
				return nil
			}
			again := yl.replies.errorTo(c.team, c.user, what, err)
			again.Add(blocks.Actions(yearButtons(yl.directory.printer(ctx, c.team, c.user), number)...))
			return yl.replies.post(ctx, c.team, c.user, "", again)
		})
		return nil
	})
	if err != nil {
		return err
	}
	return yl.replies.replyPrivately(ctx, c, m)
}

// year is a factory's year as a person may know of it in their direct messages.
func (yl *yearlies) year(ctx context.Context, who caller, number int) (*visit.ScoreYear, error) {
	rd, err := yl.access.scoreReader(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := yl.access.factoryOfTheirs(ctx, rd, number)
	if err != nil {
		return nil, err
	}
	years, err := yl.access.scoreYears(ctx, rd, []visit.Factory{f})
	if err != nil {
		return nil, err
	}
	return &years[0], nil
}

// page puts the page together.
func (yl *yearlies) page(ctx context.Context, p blocks.Printer, who caller, y *visit.ScoreYear) (*report.YearPage, error) {
	qs := pageQuarters(y)
	page := &report.YearPage{Factory: y.Factory.Name, FactoryZH: y.Factory.Chinese, Year: yearSpan(p, qs), Plot: scorePlot(p, y), Missing: missingOf(p, qs)}
	page.Plot.Title = ""
	page.Risk, page.RiskRule = y.Risk.Class.Words(p.Printer), riskWords(p, &y.Risk)
	if next := cadenceWords(p, &y.Cadence, y.Today); len(next) > 0 {
		page.Next = p.T("Next visit: %s", next[0])
	}
	for n := range qs {
		page.Quarters = append(page.Quarters, yearQuarter(p, &qs[n]))
	}
	if us, err := yl.api(ctx, who.team).AuthTestContext(ctx); err == nil {
		page.Company = us.Team
	}
	if person, err := yl.directory.person(ctx, who.team, who.user); err == nil {
		page.By = person.name
	}
	page.Made = blocks.FullDay(p, civil.Of(yl.o.Now().In(yl.directory.locationOf(ctx, who.team, who.user))))
	return page, yl.lists(ctx, p, who, y, page)
}

// lists adds what happened in the year, what is open and what ends. A channel that the person is
// not in adds nothing.
func (yl *yearlies) lists(ctx context.Context, p blocks.Printer, who caller, y *visit.ScoreYear, page *report.YearPage) error {
	channels, err := yl.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return err
	}
	filter := store.Filter{Channels: append([]string{}, channels...), Own: who.user, Factory: y.Factory.Number}
	from, until := y.Today.AddDays(-365), y.Today
	if qs := pageQuarters(y); len(qs) > 0 { // what came after them is on no page that names them
		from, until = qs[0].Quarter.First(), qs[len(qs)-1].Quarter.Last()
	}
	vs, err := yl.o.Store.Visits(ctx, who.team, filter)
	if err != nil {
		return err
	}
	for _, v := range vs {
		if !v.Last.Before(from) && !v.First.After(until) {
			page.Visits = append(page.Visits, p.T("%s: %s", p.Details(p.T("Visit %d", v.Number), blocks.Days(p, v.First, v.Last)), p.T(yl.guide.Load().Template(v.Purpose).Title)))
		}
	}
	is, err := yl.o.Store.Inspections(ctx, who.team, store.InspectionFilter{Filter: filter})
	if err != nil {
		return err
	}
	for _, i := range is {
		if !i.Open() && !i.Due.Before(from) && !i.Due.After(until) {
			page.Visits = append(page.Visits, p.T("%s: %s", p.T("Inspection %d, %s", i.Number, blocks.FullDay(p, i.Due)), i.Result))
		}
	}
	if err := yl.openActions(ctx, p, who, y, page); err != nil {
		return err
	}
	as, err := yl.access.agreements(ctx, who, y.Factory.Number, false)
	if err != nil {
		return err
	}
	for _, a := range as {
		if !a.Ends.IsZero() && !a.Ends.After(y.Today.AddDays(365)) && !a.Over(y.Today) {
			_, line := agreementLine(p, &a, y.Today, false)
			page.Agreements = append(page.Agreements, line)
		}
	}
	return nil
}

// openActions adds the actions that are open, those that are due first before the others.
func (yl *yearlies) openActions(ctx context.Context, p blocks.Printer, who caller, y *visit.ScoreYear, page *report.YearPage) error {
	as, err := yl.o.Store.Actions(ctx, who.team, store.ActionFilter{At: y.Factory.Number})
	if err != nil {
		return err
	}
	as = slices.DeleteFunc(as, func(a visit.ActionOf) bool { return !a.Action.State.Live() || !a.Finding.HasAction() })
	for _, a := range as {
		err := yl.access.maySee(ctx, who, &a)
		if isHidden(err) {
			continue
		}
		if err != nil {
			return err
		}
		line := p.T("%s: %s", p.Details(p.T("Finding %d", a.Finding.Number), severityWord(p, &a.Finding)), blocks.OneLine(a.Finding.Text))
		page.Actions = append(page.Actions, p.T("%s (%s)", line, actionStanding(p, &a, y.Today)))
	}
	return nil
}

// yearSpan names the quarters of a page: a year, or from which to which.
func yearSpan(p blocks.Printer, qs []visit.Scorecard) string {
	if len(qs) == 0 {
		return ""
	}
	first, last := qs[0].Quarter, qs[len(qs)-1].Quarter
	switch {
	case first.N == 1 && last == (visit.Quarter{Year: first.Year, N: 4}):
		return strconv.Itoa(first.Year)
	case first == last:
		return quarterLabel(p, first)
	}
	return p.T("%s to %s", quarterLabel(p, first), quarterLabel(p, last))
}

// pageQuarters are the quarters that the yearly page has: the last four that are over.
func pageQuarters(y *visit.ScoreYear) []visit.Scorecard {
	return y.Quarters[max(len(y.Quarters)-4, 0):]
}

// yearQuarter is a quarter on the yearly page.
func yearQuarter(p blocks.Printer, s *visit.Scorecard) report.YearQuarter {
	q := report.YearQuarter{Label: quarterLabel(p, s.Quarter), Score: scoreFigure(s), Why: scoreWhy(p, s)}
	for _, g := range visit.ScoreGroups() {
		of := s.Group(g)
		q.Groups = append(q.Groups, report.YearGroup{Name: g.Words(p.Printer), Points: of.Value().String(), Counts: measuresSaid(p, of)})
	}
	return q
}

// scoreWhy says why a quarter has no score, or what its grade hangs on.
func scoreWhy(p blocks.Printer, s *visit.Scorecard) string {
	known := slices.ContainsFunc(s.Groups, func(g visit.GroupScore) bool { return !g.Missing() })
	switch {
	case s.Version == 0 && !known:
		return p.T("nothing is known")
	case s.Version == 0: // nothing tells why: it may have been counted from other channels too
		return p.T("counts only: there is no score to show")
	case !s.Scored():
		return p.T("no score: %d %% of what counts is known, %d %% is needed", s.Share, visit.MinScoreShare)
	}
	var said []string
	if s.Mean != "" && s.Mean != s.Grade {
		said = append(said, p.T("%s. Without it the grade would be %s.", criticalWords(p, s.Critical), string(s.Mean)))
	}
	if s.Share < 100 {
		said = append(said, p.T("based on %d %% of what counts", s.Share))
	}
	if s.Version > 1 {
		said = append(said, p.T("corrected, version %d", s.Version))
	}
	return strings.Join(said, p.Semicolon())
}

// missingOf says which groups nothing is known of, and in which quarters.
func missingOf(p blocks.Printer, qs []visit.Scorecard) (missing []string) {
	for _, g := range visit.ScoreGroups() {
		var in []string
		for n := range qs {
			if qs[n].Group(g).Missing() {
				in = append(in, quarterLabel(p, qs[n].Quarter))
			}
		}
		switch {
		case len(in) == 0:
		case len(in) == len(qs):
			missing = append(missing, p.T("%s in all quarters", g.Words(p.Printer)))
		default:
			missing = append(missing, p.T("%s in %s", g.Words(p.Printer), strings.Join(in, p.Comma())))
		}
	}
	return missing
}
