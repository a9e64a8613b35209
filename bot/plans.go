package bot

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
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

// planCard is a plan with its next dates and what can be done with it.
func (wd *wording) planCard(g *guide.Guide, p *visit.Plan) *blocks.Message {
	m := new(blocks.Message)
	m.Title(wd.p.T("Inspection plan %d: %s", p.Number, p.Factory.Name))
	rule, err := calendar.Parse(p.Rule)
	words := p.Rule
	if err == nil {
		words = rule.Describe(wd.p.Printer)
	}
	words = wd.p.T("%s, %s", g.Template(p.Type).Title, words)
	m.Add(blocks.Section(blocks.Bold(words)))
	m.Text.Line(words)
	about := blocks.Subject(p.Subject())
	if p.Ended.IsSet() {
		ended := civil.Of(p.Ended.At.In(zoneOr(p.Zone)))
		m.Add(blocks.Section(wd.p.M("Ended by %s on %s. No more inspections come from it.", blocks.Mention(p.Ended.By), blocks.OnDay(wd.p, ended))))
		m.Text.Line(wd.p.T("This plan has ended."))
		m.Add(blocks.Actions(blocks.Button(actPlanResume, about, wd.p.T("Resume plan")), blocks.Button(actHistory, historySubject(p.Factory.Number, 0), wd.p.T("Earlier results"))))
		return m
	}
	if err == nil {
		m.Add(blocks.Section(blocks.Escape("• " + strings.Join(wd.nextDates(rule, p.Zone), "\n• "))))
	}
	text := wd.p.M("The team is reminded on the day, in %s. Times are in the factory's time zone, %s.", channelName(p.Channel), p.Zone)
	if len(p.LeadDays) > 0 {
		text = wd.p.M("The team is reminded %s days before and on the day, in %s. Times are in the factory's time zone, %s.",
			numbers(p.LeadDays, wd.p.T(" and ")), channelName(p.Channel), p.Zone)
	}
	m.Add(blocks.Note(text))
	if len(p.Inspectors) > 0 {
		var who []blocks.Markup
		for _, u := range p.Inspectors {
			who = append(who, blocks.Mention(u))
		}
		m.Add(blocks.Note(wd.p.M("Inspectors, in turn: %s", blocks.Join(who, ", "))))
	}
	end := blocks.Confirmed(blocks.Button(actPlanEnd, about, wd.p.T("End plan")), wd.p.T("End this plan?"), wd.p.T("Its upcoming inspections are withdrawn, unless someone has moved or started them. You can resume the plan later."), wd.p.T("Keep plan"))
	m.Add(blocks.Actions(blocks.Button(actPlanEdit, about, wd.p.T("Edit plan")), blocks.Button(actHistory, historySubject(p.Factory.Number, 0), wd.p.T("Earlier results")), end))
	return m
}

// nextDates are the next five dates of a rule in words, each with a better day where
// China's calendar has something against it.
func (wd *wording) nextDates(rule calendar.Rule, zone string) []string {
	z := zoneOr(zone)
	var lines []string
	for _, t := range rule.NextDates(wd.o.Now(), z, 5) {
		d := civil.Of(t.In(z))
		day, at := blocks.OnDay(wd.p, d), t.In(z).Format("15:04")
		line := wd.p.T("%s at %s", day, at)
		if better, ok := wd.o.SuggestDay(d); ok && better != d && len(wd.o.CalendarNotes(wd.p.Printer, d, d)) > 0 {
			line = wd.p.T("%s at %s; %s would be better, and you can move it then", day, at, blocks.ShortDay(wd.p, better))
		}
		lines = append(lines, line)
	}
	return lines
}

// editPlan opens the form of a plan.
func (ins *inspections) editPlan(ctx context.Context, c click) error {
	return ins.replies.open(ctx, c.trigger, ins.p.T("Edit plan"), func(ctx context.Context) (*modal, error) {
		p, err := ins.access.plan(ctx, c.team, c.user, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		f := form{
			fieldFactory: strconv.Itoa(p.Factory.Number), fieldType: p.Type, fieldRepeat: repeatAgain, fieldRule: p.Rule, fieldLeads: numbers(p.LeadDays, ", "),
			fieldInspectors: strings.Join(p.Inspectors, ","), fieldChannel: p.Channel, fieldRev: strconv.Itoa(p.Rev),
		}
		about := meta{About: blocks.Subject(p.Subject()), Draft: rand.Text()[:12]}
		if err := ins.drafts.keep(ctx, c.team, c.user, "inspection/"+about.Draft, draft{Base: f}); err != nil {
			return nil, err
		}
		return ins.form(ctx, c.team, f, about)
	})
}

// planEnded ends plans, or resumes them.
func (ins *inspections) planEnded(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		m, err := ins.setEnded(ctx, c, yes)
		return ins.replies.answerClick(ctx, c, ins.replies.orApology("change an inspection plan", m, err))
	}
}

func (ins *inspections) setEnded(ctx context.Context, c click, yes bool) (*blocks.Message, error) {
	n, now := visit.Subject(c.about).Number(), ins.o.Now()
	if _, err := ins.access.plan(ctx, c.team, c.user, n); err != nil {
		return nil, err
	}
	p, err := ins.changePlan(ctx, c.team, c.user, n, func(p *visit.Plan) error {
		switch {
		case !yes:
			p.Ended = visit.Mark{}
		case !p.Ended.IsSet():
			p.Ended = visit.Mark{By: c.user, At: now}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ins.words.planCard(ins.guide.Load(), &p), nil
}

// changePlan changes a plan and brings up to date what follows from it.
func (ins *inspections) changePlan(ctx context.Context, team, person string, number int, change func(*visit.Plan) error) (visit.Plan, error) {
	p, touched, err := ins.o.Store.ChangePlan(ctx, team, number, person, ins.o.Now(), change, func(p *visit.Plan, d civil.Date) bool {
		rule, err := calendar.Parse(p.Rule)
		return err == nil && rule.On(d, zoneOr(p.Zone))
	})
	for _, i := range touched {
		if i.Card != "" {
			ins.live.changed(team, i.Subject(), person, i.Inspector)
		}
	}
	return p, err
}

// savePlanEdit saves a plan that was edited and whose dates were shown.
func (ins *inspections) savePlanEdit(ctx context.Context, s submission, f form, edited visit.Plan) (visit.Plan, error) {
	number := visit.Subject(s.meta.About).Number()
	if _, err := ins.access.plan(ctx, s.team, s.user, number); err != nil {
		return edited, err
	}
	return ins.changePlan(ctx, s.team, s.user, number, func(p *visit.Plan) error {
		if strconv.Itoa(p.Rev-1) != f[fieldRev] {
			return visit.Invalid(fieldRule, "A colleague has changed this plan in the meantime. Nothing is lost: please open it again to see what it says now.")
		}
		p.Rule, p.LeadDays, p.Inspectors = edited.Rule, edited.LeadDays, edited.Inspectors
		zone := p.ChannelZone
		p.Place = edited.Place
		p.ChannelZone = zone
		return nil
	})
}
