package bot

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
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

// planCard is a plan with its next dates and what can be done with it.
func (wd *wording) planCard(g *guide.Guide, p *visit.Plan, made []store.InspectionSummary) *blocks.Message {
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
		m.Add(blocks.Section(wd.nextDates(wd.nextDays(rule, p.Zone), made)))
	}
	m.Add(blocks.Note(wd.remindedWords(p)))
	if len(p.Inspectors) > 0 {
		m.Add(blocks.Note(wd.inspectors(p.Inspectors)))
	}
	end := blocks.Confirmed(blocks.Button(actPlanEnd, about, wd.p.T("End plan")), wd.p.T("End this plan?"), wd.p.T("Its upcoming inspections are withdrawn, unless someone has moved or started them. You can resume the plan later."), wd.p.T("Keep plan"))
	m.Add(blocks.Actions(blocks.Button(actPlanEdit, about, wd.p.T("Edit plan")), blocks.Button(actHistory, historySubject(p.Factory.Number, 0), wd.p.T("Earlier results")), end))
	return m
}

// nextDays are the next five days of a rule, those of its inspections.
func (wd *wording) nextDays(rule calendar.Rule, zone string) []civil.Date {
	z := zoneOr(zone)
	return rule.NextDays(civil.Of(wd.o.Now().In(z)), z, 5)
}

// planMessage is a plan's card for somebody who may see it.
func (ins *inspections) planMessage(ctx context.Context, p blocks.Printer, g *guide.Guide, plan *visit.Plan) (*blocks.Message, error) {
	from := civil.Of(ins.o.Now().In(zoneOr(plan.Zone)))
	made, err := ins.o.Store.Inspections(ctx, plan.Workspace, store.InspectionFilter{Plan: plan.Number, Planned: from, Filter: store.Filter{Cancelled: true}})
	if err != nil {
		return nil, err
	}
	return ins.words(p, "").planCard(g, plan, made), nil
}

// nextDates are days in words, each with what became of its inspection where one was made
// and moved or left out; else with what speaks against it and a better one.
func (wd *wording) nextDates(days []civil.Date, made []store.InspectionSummary) blocks.Markup {
	var lines []string
	for _, d := range days {
		line := blocks.OnDay(wd.p, d)
		at := slices.IndexFunc(made, func(i store.InspectionSummary) bool { return i.Planned == d && i.Result != visit.Withdrawn })
		switch why := wd.against(d); {
		case at >= 0 && !made[at].Open():
			line = wd.p.T("%s: inspection %d, %s", line, made[at].Number, made[at].Result)
		case at >= 0 && made[at].Due != d:
			line = wd.p.T("%s: inspection %d, moved to %s", line, made[at].Number, blocks.OnDay(wd.p, made[at].Due))
		case why != "":
			better, _ := wd.better(d)
			line = wd.p.T("%s (%s): %s would be better, and you can move it then", line, why, blocks.OnDay(wd.p, better))
		}
		lines = append(lines, line)
	}
	return blocks.Escape("• " + strings.Join(lines, "\n• "))
}

// editPlan opens the form of a plan.
func (ins *inspections) editPlan(ctx context.Context, c click) error {
	return ins.replies.open(ctx, opening{c.caller, actPlanEdit, c.about, ins.directory.printerNow(c.team, c.user).T("Edit plan")}, func(ctx context.Context, team string) (*modal, error) {
		p, err := ins.access.plan(ctx, team, c.user, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		f := form{
			fieldFactory: strconv.Itoa(p.Factory.Number), fieldType: p.Type, fieldRepeat: repeatWritten, fieldRule: strings.TrimSuffix(p.Rule, " at 09:00"), fieldLeads: numbers(p.LeadDays, ", "),
			fieldInspectors: strings.Join(p.Inspectors, ","), fieldChannel: p.Channel, fieldRev: strconv.Itoa(p.Rev),
		}
		if rule, err := calendar.Parse(p.Rule); err == nil {
			if rh, ok := rule.Rhythm(); ok {
				f[fieldRepeat] = repeatAgain
				f.setRhythm(rh)
			}
		}
		about := meta{About: blocks.Subject(p.Subject()), Draft: rand.Text()[:12]}
		if err := ins.drafts.keep(ctx, team, c.user, "inspection/"+about.Draft, draft{Base: f}); err != nil {
			return nil, err
		}
		return ins.form(ctx, team, c.user, f, about)
	})
}

// planEnded ends plans, or resumes them.
func (ins *inspections) planEnded(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		m, err := ins.setEnded(ctx, c, yes)
		return ins.replies.answerClick(ctx, c, ins.replies.orApologyTo(c.team, c.user, "change an inspection plan", m, err))
	}
}

func (ins *inspections) setEnded(ctx context.Context, c click, yes bool) (*blocks.Message, error) {
	n, now := visit.Subject(c.about).Number(), ins.o.Now()
	if _, err := ins.access.plan(ctx, c.team, c.user, n); err != nil {
		return nil, err
	}
	plan, err := ins.changePlan(ctx, ins.o.Store, c.team, c.user, n, func(p *visit.Plan) error {
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
	p := ins.directory.printer(ctx, c.team, c.user)
	return ins.planMessage(ctx, p, ins.guide.Load().In(p), &plan)
}

// changePlan changes a plan in a store and brings up to date what follows from it.
func (ins *inspections) changePlan(ctx context.Context, st *store.Store, team, person string, number int, change func(*visit.Plan) error) (visit.Plan, error) {
	p, touched, err := st.ChangePlan(ctx, team, number, person, ins.o.Now(), change, func(p *visit.Plan, d civil.Date) bool {
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
	return ins.changePlan(ctx, s.changing(ins.o.Store), s.team, s.user, number, func(p *visit.Plan) error {
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
