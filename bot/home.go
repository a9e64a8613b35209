package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// How much of each the Home tab shows; the lists have the rest.
const (
	homeVisits      = 4
	homeInspections = 4
	homeTasks       = 8
)

// openHome publishes the first page of the Home tab. Whatever happens the person
// sees words of ours, never Slack's placeholder.
func (b *Bot) openHome(ctx context.Context, team, person string) error {
	b.homes.see(team, person)
	defer b.locks.lock("home/" + person)()
	err := guard(func(ctx context.Context) error {
		k := b.book.Load()
		m := new(blocks.Message)
		if b.insider(ctx, team, person) {
			b.homeWork(ctx, k, m, team, person)
		}
		topics, _ := k.Answer(guide.SubjectMenu, guide.Home)
		m.Add(topics.Blocks...)
		if tip := k.TipOfTheDay(team+"/"+person, b.o.Now()); tip != nil {
			m.Add(slack.NewDividerBlock(), blocks.Note(blocks.Bold(b.p.T("A tip for today"))))
			m.Add(k.View(tip).Full.Blocks...)
		}
		return b.publishHome(ctx, person, m)
	}, ctx)
	if err == nil {
		return nil
	}
	m := new(blocks.Message)
	m.Say(b.p.T("Visit Prep cannot show this page right now. Open it again in a minute; /visit-prep works meanwhile."))
	if err2 := b.publishHome(ctx, person, m); err2 != nil {
		b.log.Warn("could not publish the plain Home tab either", "err", err2)
	}
	return err
}

// homeWork adds the person's open items, visits and inspections. What cannot be read is said;
// the rest of the tab stands.
func (b *Bot) homeWork(ctx context.Context, k *guide.Guide, m *blocks.Message, team, person string) {
	tasks, err := b.o.Store.Tasks(ctx, team, person)
	if err != nil {
		m.Add(b.sorryFor("list open items", err).Blocks...)
		return
	}
	channels, err := b.channelsOf(ctx, person)
	if err != nil {
		b.log.Warn("could not see which channels a person is in; Home shows no visits", "err", err)
		m.Add(blocks.Note(b.p.M("I cannot see your channels right now, so your visits are not shown. Open this tab again in a minute.")))
		return
	}
	mine := map[string]bool{}
	for _, r := range channels {
		mine[r] = true
	}
	m.Add(blocks.Header(b.p.T("What needs you")))
	today := civil.Of(b.o.Now().In(b.locationOf(ctx, team, person)))
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
		when := b.p.T("by %s, %s", blocks.ShortDay(due), blocks.Ahead(b.p, due, today))
		if due.Before(today) {
			when = b.p.T("was due %s", blocks.ShortDay(due))
		}
		s := slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(t.Item.Text)+"\n"+blocks.Escape(when+" · "+t.Factory)), nil,
			slack.NewAccessory(blocks.Button(actDone, itemSubject(t.Subject, t.Item.ID), b.p.T("Done"))))
		m.Add(s)
	}
	switch {
	case shown == 0:
		m.Add(blocks.Section(b.p.M("Nothing is waiting for you. Items that you own on a checklist appear here.")))
	case more > 0:
		m.Add(blocks.Note(blocks.Escape(b.p.T("And %d more, on the checklists of your visits.", more))))
	}
	m.Add(blocks.Header(b.p.T("Next visits")))
	vs, err := b.upcoming(ctx, team, person, "")
	if err != nil {
		m.Add(b.sorryFor("list visits", err).Blocks...)
		return
	}
	for _, s := range vs[:min(len(vs), homeVisits)] {
		m.Add(b.visitLine(k, &s, guide.Home))
	}
	if len(vs) == 0 {
		m.Add(blocks.Section(b.p.M("No visit is planned in your channels.")))
	}
	is, err := b.o.Store.Inspections(ctx, team, store.InspectionFilter{Open: true, Filter: store.Filter{Channels: append([]string{}, channels...), Limit: homeInspections}})
	if err != nil {
		m.Add(b.sorryFor("list inspections", err).Blocks...)
		return
	}
	if len(is) > 0 {
		m.Add(blocks.Header(b.p.T("Next inspections")))
	}
	for _, i := range is {
		m.Add(inspectionLine(b.p, k, &i, b.o.Now(), guide.Home))
	}
	es := []slack.BlockElement{blocks.Button(actPlan, "", b.p.T("Plan a visit"))}
	if len(vs) > homeVisits {
		es = append(es, blocks.Button(actList.With("all"), "0", b.p.T("All visits")))
	}
	es = append(es, blocks.Button(actInspect, "", b.p.T("Schedule inspection")), blocks.Button(actSettings, "", b.p.T("Settings")))
	m.Add(blocks.Actions(es...), slack.NewDividerBlock())
}

// maxHomeBlocks is Slack's limit for a Home tab.
const maxHomeBlocks = 100

func (b *Bot) publishHome(ctx context.Context, person string, m *blocks.Message) error {
	_, err := b.o.Slack.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: person,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.Blocks[:min(len(m.Blocks), maxHomeBlocks)]}},
	})
	if err != nil {
		return fmt.Errorf("publish the Home tab: %w", err)
	}
	return nil
}

// The fields of a person's settings.
const (
	fieldZone  = "zone"
	fieldQuiet = "quiet"
)

// openSettings opens a person's settings: the zone, and the hours without messages.
func (b *Bot) openSettings(ctx context.Context, c click) error {
	return b.open(ctx, c.trigger, b.p.T("Your settings"), func(ctx context.Context) (*modal, error) {
		p, err := b.o.Store.Person(ctx, c.team, c.user)
		if errors.Is(err, visit.ErrNotFound) {
			p, err = store.Person{Quiet: store.DefaultQuiet}, nil
		}
		if err != nil {
			return nil, err
		}
		zone, quiet := "", p.Quiet
		if p.Fixed {
			zone = p.Zone
		}
		if quiet == store.DefaultQuiet {
			quiet = b.o.Timing.Quiet.String()
		}
		follows := visit.DefaultZone
		if who, err := b.person(ctx, c.user); err == nil {
			follows = who.zone
		}
		return &modal{id: modalSelf, title: b.p.T("Your settings"), submit: b.p.T("Save settings"), blocks: []slack.Block{
			blocks.Hinted(blocks.Optional(blocks.Input(fieldZone, b.p.T("Time zone"), blocks.TextInput(zone, follows, false))), b.p.T("Leave it empty to follow Slack, which says %s. Otherwise write it as Asia/Shanghai or Europe/Berlin.", follows)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldQuiet, b.p.T("Quiet hours"), blocks.TextInput(quiet, "20:00-08:00", false))), b.p.T("Nothing is sent to you directly in these hours, but what is due on a visit day. Empty means none.")),
		}}, nil
	})
}

// submitSettings keeps a person's settings.
func (b *Bot) submitSettings(ctx context.Context, s submission) ([]byte, error) {
	p := store.Person{Workspace: s.team, ID: s.user, Zone: s.values.text(fieldZone), Quiet: s.values.text(fieldQuiet)}
	var errs visit.InputErrors
	p.Fixed = p.Zone != ""
	if p.Fixed {
		if _, err := visit.Zone(p.Zone); err != nil {
			errs = append(errs, visit.Invalid(fieldZone, "I do not know the time zone %q. Write it as Asia/Shanghai or Europe/Berlin.", blocks.Clip(p.Zone, 60)))
		}
	} else {
		p.Zone = visit.DefaultZone
		if who, err := b.person(ctx, s.user); err == nil {
			p.Zone = who.zone
		}
	}
	q, err := visit.ParseQuiet(strings.ReplaceAll(p.Quiet, " ", ""))
	if err != nil {
		errs = append(errs, visit.Invalid(fieldQuiet, "Please write the hours as 20:00-08:00, or leave the field empty."))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	p.Quiet = q.String()
	if err := b.o.Store.PutPerson(ctx, p); err != nil {
		return nil, err
	}
	// Their own items and tips follow the zone.
	for _, kind := range []visit.RecurKind{visit.RecurDigest, visit.RecurTip} {
		sc, err := b.o.Store.Schedule(ctx, s.team, kind, visit.SubjectOf(visit.OfPerson, s.user))
		if errors.Is(err, visit.ErrNotFound) || err == nil && sc.Zone == p.Zone {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r, err := calendar.Parse(sc.Rule); err == nil {
			sc.Zone = p.Zone
			sc.Next, _ = r.Next(b.o.Now(), zoneOr(p.Zone))
			if err := b.o.Store.PutSchedule(ctx, sc); err != nil {
				return nil, err
			}
		}
	}
	b.later("bring a Home tab up to date", "", func(ctx context.Context) error { return b.openHome(ctx, s.team, s.user) })
	return nil, nil
}
