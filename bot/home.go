package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// How much of each the Home tab shows; the lists have the rest.
const (
	homeVisits      = 4
	homeInspections = 4
	homeDone        = 3
)

// homeWithin is how long Slack may take to say what somebody may see. Then the tab is
// shown without it: somebody looks at an empty one meanwhile.
const homeWithin = 10 * time.Second

// openHome publishes the first page of the Home tab. Whatever happens the person
// sees words of ours, never Slack's placeholder.
func (lv *live) openHome(ctx context.Context, team, person string) error {
	p := lv.directory.printer(ctx, team, person)
	lv.homes.see(team, person)
	defer lv.locks.lock("home/" + inTeam(team, person))()
	err := guard(func(ctx context.Context) error {
		p := lv.directory.printer(ctx, team, person)
		g := lv.guide.Load().In(p)
		m := new(blocks.Message)
		look, cancel := context.WithTimeout(ctx, homeWithin)
		defer cancel()
		switch s, err := lv.directory.relation(look, team, person); {
		case err != nil:
			lv.log.Warn("could not see whether a person is a colleague; Home shows no visits", "err", err)
			m.Add(blocks.Note(p.M("I can't see your channels right now, so your visits aren't shown. Please open this tab again in a minute.")))
		case s == stranger:
			return lv.replies.publishHome(ctx, team, person, outsider(p))
		case s == colleague:
			lv.homeWork(look, g, m, team, person)
		}
		topics, _ := g.Answer(guide.SubjectMenu, guide.Home)
		m.Add(topics.Blocks...)
		if tip := g.TipOfTheDay(team+"/"+person, lv.o.Now()); tip != nil {
			m.Add(slack.NewDividerBlock(), blocks.Note(blocks.Bold(p.T("A tip for today"))))
			m.Add(g.View(tip).Full.Blocks...)
		}
		return lv.replies.publishHome(ctx, team, person, m)
	}, ctx)
	if err == nil {
		return nil
	}
	m := blocks.Said(p.T("Visit Prep can't show this page right now. Please open it again in a minute; /visit-prep still works."))
	if err2 := lv.replies.publishHome(ctx, team, person, m); err2 != nil {
		lv.log.Warn("could not publish the plain Home tab either", "err", err2)
	}
	return err
}

// homeWork adds what needs the person, what is late, which factory deserves a visit, and then the
// visits and inspections to come. The tab has a hundred blocks and no second page, so each list is cut. What cannot be read ends this
// part with a word; the rest of the tab stands.
func (lv *live) homeWork(ctx context.Context, g *guide.Guide, m *blocks.Message, team, person string) {
	p := lv.directory.printer(ctx, team, person)
	tasks, err := lv.o.Store.Tasks(ctx, team, person)
	if err != nil {
		m.Add(lv.replies.errorTo(team, person, "list open items", err).Blocks...)
		return
	}
	channels, err := lv.directory.channelsOf(ctx, team, person)
	if err != nil {
		lv.log.Warn("could not see which channels a person is in; Home shows no visits", "err", err)
		m.Add(blocks.Note(p.M("I can't see your channels right now, so your visits aren't shown. Please open this tab again in a minute.")))
		return
	}
	closed, err := lv.o.Store.ClosedChannels(ctx, team)
	if err != nil {
		m.Add(lv.replies.errorTo(team, person, "list closed channels", err).Blocks...)
		return
	}
	mine := map[string]bool{}
	for _, r := range channels {
		mine[r] = true
	}
	for r := range closed { // where an item is, its owner still sees it
		mine[r] = true
	}
	words := lv.words(p, lv.directory.zoneOf(ctx, team, person))
	tasks = slices.DeleteFunc(tasks, func(t store.Task) bool { return !mine[t.Channel] || t.Past(lv.o.Now()) })
	vs, err := lv.access.upcoming(ctx, team, person, "")
	if err != nil {
		m.Add(lv.replies.errorTo(team, person, "list visits", err).Blocks...)
		return
	}
	is, err := lv.o.Store.Inspections(ctx, team, store.InspectionFilter{Open: true, Filter: store.Filter{
		Channels: append([]string{}, channels...), Own: person, From: civil.Of(lv.o.Now().UTC().AddDate(0, 0, -1)), Limit: homeInspections}})
	if err != nil {
		m.Add(lv.replies.errorTo(team, person, "list inspections", err).Blocks...)
		return
	}
	h := &firstPage{team: team, person: person, channels: append([]string{}, channels...), p: lv.directory.printer(ctx, team, person), words: words, guide: g, closed: closed,
		tasks: tasks, lines: map[visit.Matter]slack.Block{}}
	if err := lv.readFirst(ctx, h); err != nil {
		m.Add(lv.replies.errorTo(team, person, "list what needs somebody", err).Blocks...)
		return
	}
	needs, late := visit.FirstPage(h.matters)
	shown := func(i store.InspectionSummary) bool { // above already
		return slices.ContainsFunc(h.matters, func(o visit.Matter) bool { return o.Kind == visit.MatterInspection && o.Subject == i.Subject() })
	}
	is = slices.DeleteFunc(is, shown)
	nothing := len(needs)+len(late)+len(vs)+len(is) == 0
	if nothing {
		m.Add(blocks.Section(p.M("Nothing is planned in your channels yet. Plan a visit, and its checklist, reminders and brief come by themselves.")))
		m.Add(blocks.Actions(blocks.Button(actPlan, "", p.T("Plan a visit")), exampleButton(p), blocks.Button(actInspect, "", p.T("Schedule inspection"))))
	} else {
		h.needsYou(m, needs)
	}
	lv.homeLoose(ctx, m, team, person)
	lv.homeDone(ctx, m, team, person, mine)
	if !nothing {
		words.unshared(m, vs, is, person)
		h.isLate(m, late)
	}
	if err := lv.deserve(ctx, h, m); err != nil {
		lv.log.Warn("could not see which factory deserves a visit", "err", err)
	}
	if nothing {
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(p.M("Your time zone, and the hours in which nothing is sent to you.")), nil,
			slack.NewAccessory(blocks.Button(actSettings, "", p.T("Settings")))), slack.NewDividerBlock())
		return
	}
	m.Add(blocks.Header(p.T("Next visits")))
	for _, s := range vs[:min(len(vs), homeVisits)] {
		m.Add(words.visitLine(g, &s, guide.Home, closed[s.Channel]))
	}
	if len(vs) == 0 {
		m.Add(blocks.Section(p.M("No visits are planned in your channels.")))
	}
	if len(is) > 0 {
		m.Add(blocks.Header(p.T("Next inspections")))
	}
	for _, i := range is {
		m.Add(words.inspectionLine(g, &i, guide.Home, closed[i.Channel]))
	}
	es := []slack.BlockElement{blocks.Button(actPlan, "", p.T("Plan a visit"))}
	if len(vs) > homeVisits {
		es = append(es, blocks.Button(actList.With("all"), "0", p.T("All visits")))
	}
	es = append(es, blocks.Button(actInspect, "", p.T("Schedule inspection")), blocks.Button(actActions.With("mine"), actionList{which: mineActions}.value(), p.T("Actions you follow")), blocks.Button(actSettings, "", p.T("Settings")))
	if paused, err := lv.o.Store.Pauses(ctx, team, []string{person}); err != nil {
		lv.log.Warn("could not see what a person has paused", "err", err)
	} else if len(paused[person]) > 0 {
		es = append(es, blocks.Button(actFewer, "", p.T("What you have paused")))
	}
	m.Add(blocks.Actions(es...), slack.NewDividerBlock())
}

// homeLists is how many checklists the tab leads to.
const homeLists = 5

// unshared adds what somebody planned and of which nobody has taken some items.
func (wd *wording) unshared(m *blocks.Message, vs []store.Summary, is []store.InspectionSummary, person string) {
	shown := 0
	add := func(a visit.Appointment, n int) {
		if a.Common().Owner != person || n == 0 || shown == homeLists {
			return
		}
		if shown++; shown == 1 {
			m.Add(blocks.Header(wd.p.T("Nobody has taken yet")))
		}
		words := wd.p.T("%s: 1 item", a.Title(wd.p.Printer))
		if n > 1 {
			words = wd.p.T("%s: %d items", a.Title(wd.p.Printer), n)
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(words)), nil,
			slack.NewAccessory(blocks.Button(actChecklist, showSubject(a.Subject(), visit.ShowUnowned), wd.p.T("Share out items")))))
	}
	for n := range vs {
		add(&vs[n].Visit, vs[n].Unowned)
	}
	for n := range is {
		add(&is[n].Inspection, is[n].Unowned)
	}
}

// undoFor is how long the Home tab offers to take a tick back.
const undoFor = 24 * time.Hour

// homeDone adds what a person has ticked of late, struck, so that a slip is soon mended.
func (lv *live) homeDone(ctx context.Context, m *blocks.Message, team, person string, mine map[string]bool) {
	p := lv.directory.printer(ctx, team, person)
	ts, err := lv.o.Store.TasksDone(ctx, team, person, lv.o.Now().Add(-undoFor))
	if err != nil {
		m.Add(lv.replies.errorTo(team, person, "list what was done", err).Blocks...)
		return
	}
	shown := 0
	for _, t := range ts {
		if mine[t.Channel] && shown < homeDone {
			shown++
			m.Add(itemLine(p, t.Subject, &t.Item, person))
		}
	}
}

// maxHomeBlocks is Slack's limit for a Home tab.
const maxHomeBlocks = 100

func (r *replies) publishHome(ctx context.Context, team, person string, m *blocks.Message) error {
	_, err := r.api(ctx, team).PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: person,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.Blocks[:min(len(m.Blocks), maxHomeBlocks)]}},
	})
	if err != nil {
		return fmt.Errorf("publish the Home tab: %w", err)
	}
	return nil
}
