package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler/calendar"
)

// nextTip is the tip for a channel or, on the Home tab, for a person. It comes
// also when the database does not answer: then it may have been seen before.
func (b *Bot) nextTip(k *guide.Guide, team, channel string) *knowledge.Entry {
	ctx, cancel := context.WithTimeout(context.Background(), b.ackWithin)
	defer cancel()
	e, err := b.storedTip(ctx, k, team, channel)
	if err != nil {
		b.log.Warn("could not look up which tips were seen", "err", err)
		return k.TipOfTheDay(team+"/"+channel, b.o.Now())
	}
	return e
}

// storedTip picks a tip that a place has not seen and notes it as seen. Those that
// fit the phase of the place's next visit come first; when all were seen, a new
// round begins.
func (b *Bot) storedTip(ctx context.Context, k *guide.Guide, team, place string) (*knowledge.Entry, error) {
	defer b.locks.lock("tip/" + team + "/" + place)()
	seen, err := b.o.Store.SeenTips(ctx, team, place)
	if err != nil {
		return nil, err
	}
	phase, err := b.phaseOf(ctx, team, place)
	if err != nil {
		return nil, err
	}
	e := k.UnseenTip(team+"/"+place, seen, phase)
	if e == nil {
		if err := b.o.Store.ForgetTips(ctx, team, place); err != nil {
			return nil, err
		}
		e = k.UnseenTip(team+"/"+place, nil, phase)
	}
	if e == nil {
		return nil, nil // there are no tips
	}
	return e, b.o.Store.SeeTip(ctx, team, place, e.ID, b.o.Now())
}

// phaseOf is the phase of a channel's next visit; none without one.
func (b *Bot) phaseOf(ctx context.Context, team, channel string) (knowledge.Phase, error) {
	now := b.o.Now()
	v, err := b.o.Store.NextVisit(ctx, team, channel, civil.Of(now.UTC().AddDate(0, 0, -1)))
	if errors.Is(err, visit.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	// The eve counts as the visit: that is when a traveller reads how to behave.
	if v.First.AddDays(-1).After(v.Today(now)) {
		return knowledge.Before, nil
	}
	return knowledge.During, nil
}

// subscribe answers /etiquette subscribe daily, weekly or off, for the channel it
// is typed in; in a direct message for the person.
func (b *Bot) subscribe(ctx context.Context, team, person, channel, how string) (*blocks.Message, error) {
	if !b.insider(ctx, team, person) {
		return outsider(b.p), nil
	}
	place, kind := channel, visit.OfChannel
	if onSurface(channel) == guide.Direct {
		place, kind = person, visit.OfPerson
	} else if !b.canSee(ctx, team, person, channel) {
		m := new(blocks.Message)
		m.Say(b.p.T("I am not in this channel yet, or you are not. Type /invite @visitprep here, then try again."))
		return m, nil
	}
	s := visit.SubjectOf(kind, place)
	m := new(blocks.Message)
	rule := ""
	at := b.o.Timing.At
	switch how {
	case "daily":
		rule = fmt.Sprintf("%d %d * * 1-5", at.Minute, at.Hour)
	case "weekly":
		rule = fmt.Sprintf("%d %d * * 1", at.Minute, at.Hour)
	case "off":
		if err := b.o.Store.DropSchedule(ctx, team, visit.RecurTip, s); err != nil {
			return nil, err
		}
		m.Say(b.p.T("Tips are off here. /etiquette still gives one whenever you ask."))
		return m, nil
	default:
		m.Say(b.p.T("Write /etiquette subscribe daily, /etiquette subscribe weekly or /etiquette subscribe off."))
		return m, nil
	}
	zone := b.zoneOf(ctx, team, person)
	r, err := calendar.Parse(rule)
	if err != nil {
		return nil, err
	}
	next, ok := r.Next(b.o.Now(), zoneOr(zone))
	if !ok {
		return nil, fmt.Errorf("the rule %q has no next time", rule)
	}
	if err := b.o.Store.PutSchedule(ctx, visit.Schedule{Workspace: team, Subject: s, Kind: visit.RecurTip, Rule: rule, Zone: zone, Next: next}); err != nil {
		return nil, err
	}
	m.Say(b.p.T("A tip comes here %s, first on %s. No tip comes twice until all were seen. To end it: /etiquette subscribe off.", strings.Replace(how, "daily", b.p.T("every working day"), 1), next.In(zoneOr(zone)).Format("Mon 2 January at 15:04")))
	return m, nil
}
