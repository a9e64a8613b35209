package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// scores are the scorecards of factories, their risk class and when the next visit is proposed.
type scores struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	factories *factories
	pages     *factoryPages
}

// The verbs of scores.
const (
	actScore      blocks.ActionID = "score"       // the scorecard of a factory
	actScores     blocks.ActionID = "scores"      // the table of all, from one on
	actNotNow     blocks.ActionID = "visit-later" // no visit is proposed for a while
	actDelivery   blocks.ActionID = "delivery"    // the form for a delivery of a factory, or of one that is there
	actDeliveries blocks.ActionID = "deliveries"  // those of a factory
	actMarks      blocks.ActionID = "score-marks" // the form for marks, a flag, the risk class
	actCorrect    blocks.ActionID = "score-anew"  // the form that counts a frozen quarter anew
	scoreRows                     = 10            // factories on a page of the table
	scoreQuarters                 = 8             // on a card, before the one that runs
	notNowDays                    = 56            // for which no visit is proposed
)

// A scoreReader is who reads scores, and which channels count for them where they stand.
type scoreReader struct {
	caller
	channels []string
	reads    map[string]bool
	now      time.Time
}

// in reports whether the reader may read a channel here.
func (rd *scoreReader) in(channel string) bool { return rd.reads[channel] }

// scoreReader finds which channels count for somebody where they stand: those that they are in,
// of which private ones count there and in direct messages only.
func (acc *access) scoreReader(ctx context.Context, who caller) (*scoreReader, error) {
	theirs, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	rd := &scoreReader{caller: who, reads: map[string]bool{}, now: acc.o.Now()}
	for _, c := range theirs {
		if who.channel != "" && !strings.HasPrefix(who.channel, "D") && c != who.channel {
			r, err := acc.directory.channel(ctx, who.team, c)
			if err != nil {
				return nil, unchecked(err)
			}
			if r.private {
				continue
			}
		}
		rd.channels = append(rd.channels, c)
		rd.reads[c] = true
	}
	return rd, nil
}

// runs reports whether a factory can be expected to run on a day.
func (acc *access) runs(d civil.Date) bool {
	if acc.o.Calendar != nil {
		return acc.o.Calendar.Runs(d)
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// festival reports whether lots that are finished on a day are finished around Spring Festival.
func (acc *access) festival(d civil.Date) bool {
	return acc.o.Calendar != nil && acc.o.Calendar.Festival(d)
}

// scoreYears are the last quarters, the class and the next visit of some factories, as one person may
// know of them where they stand. Of a frozen quarter it is the last version of which they may read every
// channel that it was counted from; of any other quarter there are their own counts, and no grade. So nothing that
// they may not see changes a count, a word or a plot of theirs.
func (acc *access) scoreYears(ctx context.Context, rd *scoreReader, fs []visit.Factory) ([]visit.ScoreYear, error) {
	numbers := make([]int, len(fs))
	for n := range fs {
		numbers[n] = fs[n].Number
	}
	facts, err := acc.o.Store.ScoreFacts(ctx, rd.team, numbers)
	if err != nil {
		return nil, err
	}
	from := visit.QuarterOf(civil.Of(rd.now.UTC())).Add(-scoreQuarters - 1)
	frozen, err := acc.o.Store.Scores(ctx, rd.team, numbers, from)
	if err != nil {
		return nil, err
	}
	years := make([]visit.ScoreYear, len(fs))
	for n := range fs {
		years[n] = acc.scoreYear(rd, &fs[n], facts[fs[n].Number], frozen)
	}
	return years, nil
}

func (acc *access) scoreYear(rd *scoreReader, f *visit.Factory, facts *visit.ScoreFacts, frozen []store.FrozenScore) visit.ScoreYear {
	mine := facts.In(rd.in)
	today := visit.TodayAt(f, rd.now)
	y := visit.ScoreYear{Factory: *f, Today: today, Risk: mine.Risk(today, acc.festival)}
	y.Cadence = mine.Cadence(y.Risk, today, acc.runs)
	running := visit.QuarterOf(today)
	y.Now = counts(mine.Score(running, today))
	for q := running.Add(-scoreQuarters); q != running; q = q.Add(1) {
		n := slices.IndexFunc(frozen, func(s store.FrozenScore) bool {
			return s.Factory == f.Number && s.Quarter == q && s.ReadBy(rd.in)
		})
		if n >= 0 {
			y.Quarters = append(y.Quarters, frozen[n].Scorecard)
			continue
		}
		y.Quarters = append(y.Quarters, counts(mine.Score(q, today)))
	}
	return y
}

// counts are what a quarter was counted from, without what it comes to.
func counts(s visit.Scorecard) visit.Scorecard {
	s.Value, s.Grade, s.Mean, s.Weakest, s.Provisional = visit.Fraction{}, "", "", nil, true
	return s
}

// lastScored is the last quarter that is frozen for the reader; nil where none is.
func lastScored(y *visit.ScoreYear) *visit.Scorecard {
	for n := len(y.Quarters) - 1; n >= 0; n-- {
		if y.Quarters[n].Version > 0 {
			return &y.Quarters[n]
		}
	}
	return nil
}

// factoryOfTheirs is a factory that some channels of a reader have something with.
func (acc *access) factoryOfTheirs(ctx context.Context, rd *scoreReader, number int) (visit.Factory, error) {
	f, err := acc.o.Store.Factory(ctx, rd.team, number)
	if err != nil {
		return f, err
	}
	there, err := acc.o.Store.FactoryIsIn(ctx, rd.team, number, rd.channels)
	if err == nil && !there {
		err = errNotYours
	}
	return f, err
}

// command shows the scorecard of the factory that was typed, or the table of all.
func (sc *scores) command(ctx context.Context, q request) (*blocks.Message, error) {
	rd, err := sc.access.scoreReader(ctx, q.caller)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(q.rest) == "" {
		return sc.table(ctx, rd, 0)
	}
	// Most people type the name as it is, which is one look-up; the search reads all names.
	named, err := sc.o.Store.FactoriesNamed(ctx, rd.team, strings.TrimSpace(q.rest), rd.channels)
	if err != nil {
		return nil, err
	}
	if len(named) == 1 {
		return sc.card(ctx, rd, &named[0])
	}
	f, which, err := sc.pages.named(ctx, q.caller, q.rest, actScore)
	if f == nil {
		return which, err
	}
	return sc.card(ctx, rd, f)
}

// click shows the scorecard of the factory that a control names.
func (sc *scores) click(ctx context.Context, c click) error {
	m, err := sc.cardOf(ctx, c.caller, factoryNumber(c.about))
	return sc.replies.replyPrivately(ctx, c, sc.replies.orApologyTo(c.team, c.user, "show a scorecard", m, err))
}

func (sc *scores) cardOf(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	rd, err := sc.access.scoreReader(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := sc.access.factoryOfTheirs(ctx, rd, number)
	if err != nil {
		return nil, err
	}
	return sc.card(ctx, rd, &f)
}

// tableClick turns the page of the table.
func (sc *scores) tableClick(ctx context.Context, c click) error {
	from, _ := strconv.Atoi(string(c.about))
	rd, err := sc.access.scoreReader(ctx, c.caller)
	var m *blocks.Message
	if err == nil {
		m, err = sc.table(ctx, rd, from)
	}
	return sc.replies.answerClick(ctx, c, sc.replies.orApologyTo(c.team, c.user, "list the scores", m, err))
}

// table is a page of the factories that a person may know of, with their scores.
func (sc *scores) table(ctx context.Context, rd *scoreReader, from int) (*blocks.Message, error) {
	from = max(from, 0)
	fs, err := sc.o.Store.FactoriesIn(ctx, rd.team, rd.channels, scoreRows+1, from)
	if err != nil {
		return nil, err
	}
	more := len(fs) > scoreRows
	fs = fs[:min(len(fs), scoreRows)]
	years, err := sc.access.scoreYears(ctx, rd, fs)
	if err != nil {
		return nil, err
	}
	p := sc.directory.printer(ctx, rd.team, rd.user)
	m := new(blocks.Message)
	m.Title(p.T("Scores of your factories"))
	if len(fs) == 0 {
		m.Say(p.T("There are no factories in your channels yet. Plan a visit or schedule an inspection to add one."))
		return m, nil
	}
	var options []*slack.OptionBlockObject
	var lines []blocks.Markup
	for n := range years {
		y := &years[n]
		words := strings.Join(rowWords(p, y), " · ")
		lines = append(lines, blocks.Bold(y.Factory.Name)+" · "+blocks.Escape(words))
		m.Text.Line(y.Factory.Name + " · " + words)
		options = append(options, blocks.Option(factorySubject(y.Factory.Number), blocks.Clip(factoryLabel(p, &y.Factory), 70)))
	}
	m.Add(blocks.Section(blocks.ClipLines(blocks.Join(lines, "\n"), 2900)))
	es := []slack.BlockElement{blocks.Choice(p, string(actScore), p.T("Open scorecard"), "", options)}
	if from > 0 {
		es = append(es, blocks.Button(actScores.With("back"), blocks.Subject(strconv.Itoa(max(0, from-scoreRows))), p.T("Previous factories")))
	}
	if more {
		es = append(es, blocks.Button(actScores.With("on"), blocks.Subject(strconv.Itoa(from+scoreRows)), p.T("More factories")))
	}
	m.Add(blocks.Actions(es...), blocks.Note(blocks.Escape(oursWords(p))))
	return m, nil
}

// card is the scorecard of a factory for one reader.
func (sc *scores) card(ctx context.Context, rd *scoreReader, f *visit.Factory) (*blocks.Message, error) {
	years, err := sc.access.scoreYears(ctx, rd, []visit.Factory{*f})
	if err != nil {
		return nil, err
	}
	y := &years[0]
	p := sc.directory.printer(ctx, rd.team, rd.user)
	m := new(blocks.Message)
	m.Title(p.T("Scorecard: %s", f.Name))
	say := func(head string, lines ...string) {
		m.Add(blocks.Section(blocks.ClipLines(blocks.Bold(head)+blocks.Escape("\n"+strings.Join(lines, "\n")), 2900)))
		m.Text.Line(head)
		m.Text.Lines(strings.Join(lines, "\n"))
	}
	if s := lastScored(y); s != nil {
		say(scoreHead(p, s), append(scoreLines(p, s), groupLines(p, s)...)...)
	} else {
		m.Say(p.T("There is no score to show. What follows is counted from what you may see."))
		m.Say(p.T("A quarter gets its score %d days after its end, if at least %d %% of what counts is known: inspected lots, deliveries, corrective actions and marks.", visit.FreezeAfter, visit.MinScoreShare))
	}
	say(p.T("So far in %s", quarterLabel(p, y.Now.Quarter)), groupLines(p, &y.Now)...)
	say(p.T("Risk class: %s", y.Risk.Class.Words(p.Printer)), riskWords(p, &y.Risk), stageWords(p, y.Risk.Class))
	say(p.T("Next visit"), cadenceWords(p, &y.Cadence, y.Today)...)
	if es := cadenceButtons(p, y); len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	es := yearButtons(p, f.Number)
	if chart := scoreChart(p, y); len(chart.Categories) > 0 {
		m.Chart(chart)
	} else {
		es = es[1:] // a plot of nothing
	}
	m.Add(blocks.Actions(es...))
	about := factorySubject(f.Number)
	es = []slack.BlockElement{
		blocks.Button(actDelivery, about, p.T("Log a delivery")), blocks.Button(actMarks, about, p.T("Set marks")),
	}
	if lastScored(y) != nil {
		es = append(es, blocks.Button(actCorrect, about, p.T("Correct a quarter")))
	}
	es = append(es, blocks.Button(actDeliveries, about, p.T("List deliveries")), blocks.Button(actFactoryPage, about, p.T("Open factory")))
	m.Add(blocks.Actions(es...), blocks.Note(blocks.Escape(oursWords(p))))
	m.Text.Line(oursWords(p))
	return m, nil
}

// cadenceButtons plan the visit that is proposed, or put it off.
func cadenceButtons(p blocks.Printer, y *visit.ScoreYear) []slack.BlockElement {
	if !y.Cadence.Due(y.Today) {
		return nil
	}
	day := ""
	if len(y.Cadence.Dates) > 0 {
		day = y.Cadence.Dates[0].String()
	}
	about := factorySubject(y.Factory.Number)
	return []slack.BlockElement{
		blocks.Button(actPlan.With("proposed"), about+":"+blocks.Subject(day), p.T("Plan a visit")),
		blocks.Button(actNotNow, about, p.T("No visit now")),
	}
}

// notNow has no visit to a factory be proposed for a while.
func (sc *scores) notNow(ctx context.Context, c click) error {
	m, err := sc.putOff(ctx, c.caller, factoryNumber(c.about))
	return sc.replies.replyPrivately(ctx, c, sc.replies.orApologyTo(c.team, c.user, "put off a visit", m, err))
}

func (sc *scores) putOff(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	rd, err := sc.access.scoreReader(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := sc.access.factoryOfTheirs(ctx, rd, number)
	if err != nil {
		return nil, err
	}
	facts, err := sc.o.Store.ScoreFacts(ctx, rd.team, []int{number})
	if err != nil {
		return nil, err
	}
	mine := facts[number].In(rd.in)
	channel, err := sc.channelFor(rd, &mine)
	if err != nil {
		return nil, err
	}
	day := visit.TodayAt(&f, rd.now).AddDays(notNowDays)
	mark := visit.FactoryMark{Workspace: rd.team, Factory: number, Channel: channel, Kind: visit.MarkNotNow, Day: day, By: rd.user}
	if err := sc.o.Store.AddMarks(ctx, []visit.FactoryMark{mark}, rd.now); err != nil {
		return nil, err
	}
	p := sc.directory.printer(ctx, rd.team, rd.user)
	m := new(blocks.Message)
	m.Say(p.T("No visit to %s is proposed before %s. Plan one whenever you like.", f.Name, blocks.FullDay(p, day)))
	return m, nil
}

// channelFor is the channel of a reader to which something that they say of a factory belongs: that
// of the last visit, or else of a lot or a delivery.
func (sc *scores) channelFor(rd *scoreReader, mine *visit.ScoreFacts) (string, error) {
	last := visit.VisitFact{}
	for _, v := range mine.Visits {
		if cmp.Or(v.Last.Compare(last.Last), cmp.Compare(v.Number, last.Number)) > 0 {
			last = v
		}
	}
	switch {
	case last.Channel != "":
		return last.Channel, nil
	case len(mine.Lots) > 0:
		return mine.Lots[0].Channel, nil
	case len(mine.Deliveries) > 0:
		return mine.Deliveries[0].Channel, nil
	case rd.reads[rd.channel]:
		return rd.channel, nil
	case len(rd.channels) > 0:
		return rd.channels[0], nil
	}
	return "", errNotYours
}

// riskLine is the risk class of a factory on its page, as its reader may know it; empty where nothing
// is known that it could be counted from.
func (ps *factoryPages) riskLine(ctx context.Context, rd *factoryReader) (string, error) {
	reader, err := ps.access.scoreReader(ctx, rd.caller)
	if err != nil {
		return "", err
	}
	facts, err := ps.o.Store.ScoreFacts(ctx, rd.team, []int{rd.f.Number})
	if err != nil {
		return "", err
	}
	mine := facts[rd.f.Number].In(reader.in)
	r := mine.Risk(rd.today, ps.access.festival)
	if len(mine.Lots) == 0 && (r.Rule == visit.RuleFewLots || r.Rule == visit.RuleSpringFestival && r.Set.By == "") {
		return "", nil
	}
	return rd.p.T("Risk class: %s. %s", r.Class.Words(rd.p.Printer), riskWords(rd.p, &r)), nil
}

// theirDelivery is a delivery that a person may see where they stand.
func (sc *scores) theirDelivery(ctx context.Context, rd *scoreReader, number int) (visit.OrderDelivery, error) {
	d, err := sc.o.Store.Delivery(ctx, rd.team, number)
	if err == nil && !rd.in(d.Channel) {
		err = errNotYours
	}
	return d, err
}

// deliveriesClick lists the deliveries of a factory.
func (sc *scores) deliveriesClick(ctx context.Context, c click) error {
	about, at, turns := strings.Cut(string(c.about), ":")
	from, _ := strconv.Atoi(at)
	m, err := sc.deliveries(ctx, c.caller, factoryNumber(blocks.Subject(about)), from)
	m = sc.replies.orApologyTo(c.team, c.user, "list deliveries", m, err)
	if turns {
		return sc.replies.answerClick(ctx, c, m)
	}
	return sc.replies.replyPrivately(ctx, c, m)
}

// deliveries is a page of the deliveries of a factory that a person may see, the last confirmed
// first.
func (sc *scores) deliveries(ctx context.Context, who caller, number, from int) (*blocks.Message, error) {
	rd, err := sc.access.scoreReader(ctx, who)
	if err != nil {
		return nil, err
	}
	f, err := sc.access.factoryOfTheirs(ctx, rd, number)
	if err != nil {
		return nil, err
	}
	ds, err := sc.o.Store.Deliveries(ctx, rd.team, number, append([]string{}, rd.channels...), 0)
	if err != nil {
		return nil, err
	}
	p := sc.directory.printer(ctx, rd.team, rd.user)
	m := new(blocks.Message)
	m.Title(p.T("Deliveries: %s", f.Name))
	if len(ds) == 0 {
		m.Say(p.T("No delivery is recorded here yet. Log each order with the day that the factory first confirmed."))
	}
	from = min(max(from, 0), max(len(ds)-1, 0))
	for _, d := range ds[from:min(len(ds), from+scoreRows)] {
		words := deliveryWords(p, &d, visit.TodayAt(&f, rd.now))
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(p.T("Order %s", d.Order))+"\n"+blocks.Escape(words)), nil,
			slack.NewAccessory(blocks.Button(actDelivery, blocks.Subject(d.Subject()), p.T("Edit delivery")))))
		m.Text.Line(p.T("Order %s", d.Order) + ". " + words)
	}
	about := factorySubject(number)
	es := []slack.BlockElement{blocks.Button(actDelivery, about, p.T("Log a delivery"))}
	if from > 0 {
		es = append(es, blocks.Button(actDeliveries.With("back"), about+blocks.Subject(fmt.Sprintf(":%d", max(0, from-scoreRows))), p.T("Newer deliveries")))
	}
	if from+scoreRows < len(ds) {
		es = append(es, blocks.Button(actDeliveries.With("on"), about+blocks.Subject(fmt.Sprintf(":%d", from+scoreRows)), p.T("Older deliveries")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}
