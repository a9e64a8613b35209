package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// The verbs of inspection plans and of what was inspected before.
const (
	actPlanEdit   blocks.ActionID = "edit-plan"
	actPlanEnd    blocks.ActionID = "end-plan"
	actPlanResume blocks.ActionID = "resume-plan"
	actHistory    blocks.ActionID = "history" // results at a factory: "4:20" is factory 4 from the 20th on
)

// fieldRev is the revision of a plan that a form was filled from.
const fieldRev = "rev"

// plan finds an inspection plan, if the person may see it.
func (b *Bot) plan(ctx context.Context, team, person string, number int) (visit.Plan, error) {
	p, err := b.o.Store.Plan(ctx, team, number)
	if err == nil && !b.canSee(ctx, team, person, p.Channel) {
		return visit.Plan{}, errNotYours
	}
	return p, err
}

// planCard is a plan with its next dates and what can be done with it.
func (b *Bot) planCard(k *guide.Guide, p *visit.Plan) *blocks.Message {
	m := new(blocks.Message)
	title := b.p.T("Inspection plan %d: %s", p.Number, p.Factory.Name)
	m.Add(blocks.Header(title))
	m.Text.Line(title)
	rule, err := calendar.Parse(p.Rule)
	words := p.Rule
	if err == nil {
		words = rule.Describe()
	}
	words = k.Template(p.Type).Title + ", " + words
	m.Add(blocks.Section(blocks.Bold(words)))
	m.Text.Line(words)
	about := blocks.Subject(p.Subject())
	if p.Ended.IsSet() {
		m.Add(blocks.Section(b.p.M("Ended by %s%s", blocks.Mention(p.Ended.By), b.p.T(" on %s. No more inspections come from it.", blocks.OnDay(civil.Of(p.Ended.At.In(zoneOr(p.Zone))))))))
		m.Text.Line(b.p.T("It has ended."))
		m.Add(blocks.Actions(blocks.Button(actPlanResume, about, b.p.T("Resume plan")), blocks.Button(actHistory, historySubject(p.Factory.Number, 0), b.p.T("Earlier results here"))))
		return m
	}
	if err == nil {
		m.Add(blocks.Section(blocks.Escape("• " + strings.Join(b.nextDates(rule, p.Zone), "\n• "))))
	}
	told := b.p.T("The team is reminded on the day")
	if len(p.LeadDays) > 0 {
		told = b.p.T("The team is reminded %s days before and on the day", numbers(p.LeadDays, b.p.T(" and ")))
	}
	m.Add(blocks.Note(blocks.Escape(b.p.T("%s, in ", told)) + channelName(p.Channel) + blocks.Escape(b.p.T(". Times at the factory, %s.", p.Zone))))
	if len(p.Inspectors) > 0 {
		var who []blocks.Markup
		for _, u := range p.Inspectors {
			who = append(who, blocks.Mention(u))
		}
		m.Add(blocks.Note(b.p.M("Inspectors, in turn: %s", blocks.Join(who, ", "))))
	}
	end := blocks.Button(actPlanEnd, about, b.p.T("End plan"))
	end.Style = slack.StyleDanger
	end.Confirm = slack.NewConfirmationBlockObject(blocks.Plain(b.p.T("End this plan?")), blocks.Plain(b.p.T("Its inspections that lie ahead are withdrawn, unless somebody has moved or begun them. You can resume the plan.")), blocks.Plain(b.p.T("End plan")), blocks.Plain(b.p.T("Keep plan")))
	m.Add(blocks.Actions(blocks.Button(actPlanEdit, about, b.p.T("Edit plan")), blocks.Button(actHistory, historySubject(p.Factory.Number, 0), b.p.T("Earlier results here")), end))
	return m
}

// nextDates are the next five dates of a rule in words, each with a better day where
// China's calendar has something against it.
func (b *Bot) nextDates(rule calendar.Rule, zone string) []string {
	z := zoneOr(zone)
	var lines []string
	for _, t := range rule.NextDates(b.o.Now(), z, 5) {
		d := civil.Of(t.In(z))
		line := b.p.T("%s at %s", blocks.OnDay(d), t.In(z).Format("15:04"))
		if better, ok := b.o.Better(d); ok && better != d && len(b.o.Warnings(d, d)) > 0 {
			line += b.p.T("; %s would be better, you can move it then", blocks.ShortDay(better))
		}
		lines = append(lines, line)
	}
	return lines
}

// editPlan opens the form of a plan.
func (b *Bot) editPlan(ctx context.Context, team, person string, n int, trigger string) error {
	return b.open(ctx, trigger, b.p.T("Edit plan"), func(ctx context.Context) (*modal, error) {
		p, err := b.plan(ctx, team, person, n)
		if err != nil {
			return nil, err
		}
		f := form{
			fieldFactory: strconv.Itoa(p.Factory.Number), fieldType: p.Type, fieldRepeat: repeatAgain, fieldRule: p.Rule, fieldLeads: numbers(p.LeadDays, ", "),
			fieldInspectors: strings.Join(p.Inspectors, ","), fieldChannel: p.Channel, fieldRev: strconv.Itoa(p.Rev),
		}
		about := meta{About: blocks.Subject(p.Subject()), Draft: rand.Text()[:12]}
		if err := b.keepDraft(ctx, team, person, "inspection/"+about.Draft, draft{Base: f}); err != nil {
			return nil, err
		}
		return b.inspectionForm(ctx, team, f, about)
	})
}

// numbers writes ns with sep between them.
func numbers(ns []int, sep string) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, sep)
}

// onPlan does what the buttons of a plan say.
func (b *Bot) onPlan(ctx context.Context, c click) error {
	k, n := b.book.Load(), visit.Subject(c.about).Number()
	if c.verb == actPlanEdit {
		return b.editPlan(ctx, c.team, c.user, n, c.trigger)
	}
	now := b.o.Now()
	return b.answerClick(ctx, c, b.orSorry("change an inspection plan", func() (*blocks.Message, error) {
		if _, err := b.plan(ctx, c.team, c.user, n); err != nil {
			return nil, err
		}
		p, err := b.changePlan(ctx, c.team, c.user, n, func(p *visit.Plan) error {
			switch {
			case c.verb == actPlanResume:
				p.Ended = visit.Mark{}
			case !p.Ended.IsSet():
				p.Ended = visit.Mark{By: c.user, At: now}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return b.planCard(k, &p), nil
	}))
}

// changePlan changes a plan and brings up to date what follows from it.
func (b *Bot) changePlan(ctx context.Context, team, person string, number int, change func(*visit.Plan) error) (visit.Plan, error) {
	p, touched, err := b.o.Store.ChangePlan(ctx, team, number, person, b.o.Now(), change, func(p *visit.Plan, d civil.Date) bool {
		rule, err := calendar.Parse(p.Rule)
		return err == nil && rule.On(d, zoneOr(p.Zone))
	})
	for _, i := range touched {
		if i.Card != "" {
			b.changed(team, i.Subject(), person, i.Inspector)
		}
	}
	return p, err
}

// savePlanEdit saves a plan that was edited and whose dates were shown.
func (b *Bot) savePlanEdit(ctx context.Context, s submission, f form, edited visit.Plan) (visit.Plan, error) {
	number := visit.Subject(s.meta.About).Number()
	if _, err := b.plan(ctx, s.team, s.user, number); err != nil {
		return edited, err
	}
	return b.changePlan(ctx, s.team, s.user, number, func(p *visit.Plan) error {
		if strconv.Itoa(p.Rev-1) != f[fieldRev] {
			return visit.Invalid(fieldRule, "A colleague has changed this plan meanwhile. Nothing was lost: please open it again and look at what it says now.")
		}
		p.Rule, p.LeadDays, p.Inspectors = edited.Rule, edited.LeadDays, edited.Inspectors
		zone := p.ChannelZone
		p.Place = edited.Place
		p.ChannelZone = zone
		return nil
	})
}

// historySubject names the results at a factory, from one on.
func historySubject(factory, from int) blocks.Subject {
	return blocks.Subject(fmt.Sprintf("%d:%d", factory, from))
}

// onHistory shows results, from the page in the button on.
func (b *Bot) onHistory(ctx context.Context, c click) error {
	factory, from, _ := strings.Cut(string(c.about), ":")
	number, err1 := strconv.Atoi(factory)
	skip, err2 := strconv.Atoi(from)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("read the button of a history: %w", err)
	}
	m := b.orSorry("list results", func() (*blocks.Message, error) {
		f, err := b.o.Store.Factory(ctx, c.team, number)
		if err != nil {
			return nil, err
		}
		return b.history(ctx, b.book.Load(), c.team, c.user, c.channel, &f, skip)
	})
	if skip > 0 {
		return b.answerClick(ctx, c, m)
	}
	return b.whisperTo(ctx, c, m)
}

// historyOf shows the results at the factory that somebody names, or asks which.
func (b *Bot) historyOf(ctx context.Context, k *guide.Guide, team, person, channel, name string) (*blocks.Message, error) {
	if !b.insider(ctx, team, person) {
		return nil, errNotYours
	}
	all, err := b.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	found := matches(all, name)
	if len(found) == 1 {
		return b.history(ctx, k, team, person, channel, &found[0], 0)
	}
	m := new(blocks.Message)
	switch {
	case len(all) == 0:
		m.Say(b.p.T("No factory is known yet. Plan a visit or schedule an inspection, and it is."))
		return m, nil
	case len(found) == 0:
		m.Say(b.p.T("I know no factory like %q. These are known:", blocks.Clip(name, 80)))
		found = all
	default:
		m.Say(b.p.T("Results of which factory?"))
	}
	if len(found) > maxFactoryButtons {
		m.Add(blocks.Note(blocks.Escape(b.p.T("The first %d of %d. Add a word of the name: /inspection history bright.", maxFactoryButtons, len(found)))))
		found = found[:maxFactoryButtons]
	}
	var es []slack.BlockElement
	for _, f := range found {
		es = append(es, blocks.Button(actHistory.With(strconv.Itoa(f.Number)), historySubject(f.Number, 0), blocks.Clip(factoryLabel(&f), 70)))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// maxFactoryButtons is how many factories an answer offers.
const maxFactoryButtons = 10

// history lists the results at a factory in the channels of a person, the last first.
func (b *Bot) history(ctx context.Context, k *guide.Guide, team, person, channel string, f *visit.Factory, from int) (*blocks.Message, error) {
	if !b.insider(ctx, team, person) {
		return nil, errNotYours
	}
	channels, err := b.channelsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	is, err := b.o.Store.Inspections(ctx, team, store.InspectionFilter{Over: true, Filter: store.Filter{Factory: f.Number, Channels: append([]string{}, channels...)}})
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	title := b.p.T("Inspections at %s", f.Name)
	m.Add(blocks.Header(title))
	m.Text.Line(title)
	count := map[visit.Result]int{}
	shown := 0
	var rows []*slack.SectionBlock
	for _, i := range is {
		if !visibleIn(i.Place, channel) {
			continue
		}
		count[i.Result]++
		if shown++; shown <= from || shown > from+pageVisits {
			continue
		}
		line := blocks.Bold(fmt.Sprintf("%s: %s", blocks.OnDay(i.Due), i.Result)) + "\n" + blocks.Escape(k.Template(i.Type).Title)
		if i.Order != "" {
			line += blocks.Escape(b.p.T(", order %s", i.Order))
		}
		line += blocks.Escape(" · ") + blocks.Mention(i.Reported.By)
		if i.Note != "" {
			line += "\n" + blocks.Escape(blocks.Clip(i.Note, 300))
		}
		rows = append(rows, slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actOpen, blocks.Subject(i.Subject()), b.p.T("Show inspection")))))
		m.Text.Line(fmt.Sprintf("%s: %s", blocks.OnDay(i.Due), i.Result))
	}
	if shown == 0 {
		m.Say(b.p.T("No inspection there has a result yet in your channels."))
		return m, nil
	}
	var sums []string
	for _, r := range []visit.Result{visit.Passed, visit.Failed, visit.Skipped} {
		if count[r] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", count[r], r))
		}
	}
	m.Add(blocks.Section(blocks.Escape(strings.Join(sums, ", "))))
	for _, r := range rows {
		m.Add(r)
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actHistory.With("later"), historySubject(f.Number, max(0, from-pageVisits)), b.p.T("Later ones")))
	}
	if shown > from+pageVisits {
		es = append(es, blocks.Button(actHistory.With("earlier"), historySubject(f.Number, from+pageVisits), b.p.T("Earlier ones")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}
