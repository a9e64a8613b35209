package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
		m := new(message)
		if b.insider(ctx, team, person) {
			b.homeWork(ctx, k, m, team, person)
		}
		topics, _ := k.answer(subjectMenu, home)
		m.add(topics.blocks...)
		if tip := k.tipOfTheDay(team+"/"+person, b.o.Now()); tip != nil {
			m.add(slack.NewDividerBlock(), note(bold("A tip for today")))
			m.add(k.view(tip).full.blocks...)
		}
		return b.publishHome(ctx, person, m)
	}, ctx)
	if err == nil {
		return nil
	}
	m := new(message)
	m.say("Visit Prep cannot show this page right now. Open it again in a minute; /visit-prep works meanwhile.")
	if err2 := b.publishHome(ctx, person, m); err2 != nil {
		b.log.Warn("could not publish the plain Home tab either", "err", err2)
	}
	return err
}

// homeWork adds the person's open items, visits and inspections. What cannot be read is said;
// the rest of the tab stands.
func (b *Bot) homeWork(ctx context.Context, k *book, m *message, team, person string) {
	tasks, err := b.o.Store.Tasks(ctx, team, person)
	if err != nil {
		m.add(b.sorryFor("list open items", err).blocks...)
		return
	}
	rooms, err := b.roomsOf(ctx, person)
	if err != nil {
		b.log.Warn("could not see which channels a person is in; Home shows no visits", "err", err)
		m.add(note("I cannot see your channels right now, so your visits are not shown. Open this tab again in a minute."))
		return
	}
	mine := map[string]bool{}
	for _, r := range rooms {
		mine[r] = true
	}
	m.add(header("What needs you"))
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
		when := "by " + shortDay(due) + ", " + ahead(due, today)
		if due.Before(today) {
			when = "was due " + shortDay(due)
		}
		s := slack.NewSectionBlock(mrkdwn(text(t.Item.Text)+"\n"+text(when+" · "+t.Factory)), nil,
			slack.NewAccessory(button(actDone, itemSubject(t.Subject, t.Item.ID), "Done")))
		m.add(s)
	}
	switch {
	case shown == 0:
		m.add(section("Nothing is waiting for you. Items that you own on a checklist appear here."))
	case more > 0:
		m.add(note(text(fmt.Sprintf("And %d more, on the checklists of your visits.", more))))
	}
	m.add(header("Next visits"))
	vs, err := b.upcoming(ctx, team, person, "")
	if err != nil {
		m.add(b.sorryFor("list visits", err).blocks...)
		return
	}
	for _, s := range vs[:min(len(vs), homeVisits)] {
		m.add(b.visitLine(k, &s, home))
	}
	if len(vs) == 0 {
		m.add(section("No visit is planned in your channels."))
	}
	is, err := b.o.Store.Inspections(ctx, team, store.InspectionFilter{Open: true, Filter: store.Filter{Channels: append([]string{}, rooms...), Limit: homeInspections}})
	if err != nil {
		m.add(b.sorryFor("list inspections", err).blocks...)
		return
	}
	if len(is) > 0 {
		m.add(header("Next inspections"))
	}
	for _, i := range is {
		m.add(inspectionLine(k, &i, b.o.Now(), home))
	}
	es := []slack.BlockElement{button(actPlan, "", "Plan a visit")}
	if len(vs) > homeVisits {
		es = append(es, button(actList.with("all"), "0", "All visits"))
	}
	es = append(es, button(actInspect, "", "Schedule inspection"), button(actSettings, "", "Settings"))
	m.add(actions(es...), slack.NewDividerBlock())
}

// maxHomeBlocks is Slack's limit for a Home tab.
const maxHomeBlocks = 100

func (b *Bot) publishHome(ctx context.Context, person string, m *message) error {
	_, err := b.o.Slack.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: person,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.blocks[:min(len(m.blocks), maxHomeBlocks)]}},
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
	return b.open(ctx, c.trigger, "Your settings", func(ctx context.Context) (*modal, error) {
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
		return &modal{id: modalSelf, title: "Your settings", submit: "Save settings", blocks: []slack.Block{
			hinted(optional(input(fieldZone, "Time zone", textInput(zone, follows, false))), "Leave it empty to follow Slack, which says "+follows+". Otherwise write it as Asia/Shanghai or Europe/Berlin."),
			hinted(optional(input(fieldQuiet, "Quiet hours", textInput(quiet, "20:00-08:00", false))), "Nothing is sent to you directly in these hours, but what is due on a visit day. Empty means none."),
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
			errs = append(errs, &visit.InputError{Field: fieldZone, Message: fmt.Sprintf("I do not know the time zone %q. Write it as Asia/Shanghai or Europe/Berlin.", clip(p.Zone, 60))})
		}
	} else {
		p.Zone = visit.DefaultZone
		if who, err := b.person(ctx, s.user); err == nil {
			p.Zone = who.zone
		}
	}
	q, err := visit.ParseQuiet(strings.ReplaceAll(p.Quiet, " ", ""))
	if err != nil {
		errs = append(errs, &visit.InputError{Field: fieldQuiet, Message: "Please write the hours as 20:00-08:00, or leave the field empty."})
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
