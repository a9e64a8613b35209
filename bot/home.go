package bot

import (
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
)

// How much of each the Home tab shows; the lists have the rest.
const (
	homeVisits      = 4
	homeInspections = 4
	homeTasks       = 8
)

// openHome publishes the first page of the Home tab. Whatever happens the person
// sees words of ours, never Slack's placeholder.
func (lv *live) openHome(ctx context.Context, team, person string) error {
	lv.homes.see(team, person)
	defer lv.locks.lock("home/" + person)()
	err := guard(func(ctx context.Context) error {
		g := lv.guide.Load()
		m := new(blocks.Message)
		if lv.directory.insider(ctx, team, person) {
			lv.homeWork(ctx, g, m, team, person)
		}
		topics, _ := g.Answer(guide.SubjectMenu, guide.Home)
		m.Add(topics.Blocks...)
		if tip := g.TipOfTheDay(team+"/"+person, lv.o.Now()); tip != nil {
			m.Add(slack.NewDividerBlock(), blocks.Note(blocks.Bold(lv.p.T("A tip for today"))))
			m.Add(g.View(tip).Full.Blocks...)
		}
		return lv.replies.publishHome(ctx, person, m)
	}, ctx)
	if err == nil {
		return nil
	}
	m := blocks.Said(lv.p.T("Visit Prep can't show this page right now. Please open it again in a minute; /visit-prep still works."))
	if err2 := lv.replies.publishHome(ctx, person, m); err2 != nil {
		lv.log.Warn("could not publish the plain Home tab either", "err", err2)
	}
	return err
}

// homeWork adds the person's open items, visits and inspections. The tab has a
// hundred blocks and no second page, so each list is cut. What cannot be read ends this
// part with a word; the rest of the tab stands.
func (lv *live) homeWork(ctx context.Context, g *guide.Guide, m *blocks.Message, team, person string) {
	tasks, err := lv.o.Store.Tasks(ctx, team, person)
	if err != nil {
		m.Add(lv.replies.errorMessage("list open items", err).Blocks...)
		return
	}
	channels, err := lv.directory.channelsOf(ctx, person)
	if err != nil {
		lv.log.Warn("could not see which channels a person is in; Home shows no visits", "err", err)
		m.Add(blocks.Note(lv.p.M("I can't see your channels right now, so your visits aren't shown. Please open this tab again in a minute.")))
		return
	}
	mine := map[string]bool{}
	for _, r := range channels {
		mine[r] = true
	}
	m.Add(blocks.Header(lv.p.T("Your open items")))
	today := civil.Of(lv.o.Now().In(lv.directory.locationOf(ctx, team, person)))
	shown, more := 0, 0
	for _, t := range tasks {
		if !mine[t.Channel] {
			continue
		}
		if shown == homeTasks {
			more++
			continue
		}
		shown++
		due := t.Due()
		when := lv.p.T("by %s, %s", blocks.ShortDay(lv.p, due), blocks.Ahead(lv.p, due, today))
		if due.Before(today) {
			when = lv.p.T("was due %s", blocks.ShortDay(lv.p, due))
		}
		s := slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(t.Item.Text)+"\n"+blocks.Escape(when+" · "+t.Factory)), nil,
			slack.NewAccessory(blocks.Button(actDone, itemSubject(t.Subject, t.Item.ID), lv.p.T("Done"))))
		m.Add(s)
	}
	switch {
	case shown == 0:
		m.Add(blocks.Section(lv.p.M("Nothing is waiting for you. Checklist items that you own appear here.")))
	case more > 0:
		m.Add(blocks.Note(blocks.Escape(lv.p.T("And %d more on the checklists of your visits.", more))))
	}
	m.Add(blocks.Header(lv.p.T("Next visits")))
	vs, err := lv.access.upcoming(ctx, team, person, "")
	if err != nil {
		m.Add(lv.replies.errorMessage("list visits", err).Blocks...)
		return
	}
	for _, s := range vs[:min(len(vs), homeVisits)] {
		m.Add(lv.words.visitLine(g, &s, guide.Home))
	}
	if len(vs) == 0 {
		m.Add(blocks.Section(lv.p.M("No visits are planned in your channels.")))
	}
	is, err := lv.o.Store.Inspections(ctx, team, store.InspectionFilter{Open: true, Filter: store.Filter{Channels: append([]string{}, channels...), Limit: homeInspections}})
	if err != nil {
		m.Add(lv.replies.errorMessage("list inspections", err).Blocks...)
		return
	}
	if len(is) > 0 {
		m.Add(blocks.Header(lv.p.T("Next inspections")))
	}
	for _, i := range is {
		m.Add(inspectionLine(lv.p, g, &i, lv.o.Now(), guide.Home))
	}
	es := []slack.BlockElement{blocks.Button(actPlan, "", lv.p.T("Plan a visit"))}
	if len(vs) > homeVisits {
		es = append(es, blocks.Button(actList.With("all"), "0", lv.p.T("All visits")))
	}
	es = append(es, blocks.Button(actInspect, "", lv.p.T("Schedule inspection")), blocks.Button(actSettings, "", lv.p.T("Settings")))
	m.Add(blocks.Actions(es...), slack.NewDividerBlock())
}

// maxHomeBlocks is Slack's limit for a Home tab.
const maxHomeBlocks = 100

func (r *replies) publishHome(ctx context.Context, person string, m *blocks.Message) error {
	_, err := r.o.Slack.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: person,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.Blocks[:min(len(m.Blocks), maxHomeBlocks)]}},
	})
	if err != nil {
		return fmt.Errorf("publish the Home tab: %w", err)
	}
	return nil
}
