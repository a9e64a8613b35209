package bot

import (
	"context"
	"errors"
	"fmt"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler/calendar"
)

// tips choose the tips on manners that a channel or a person has not seen, and let
// them come by themselves.
type tips struct {
	*core
	directory *directory
}

// next is the tip for a channel or, on the Home tab, for a person. It comes
// also when the database does not answer: then it may have been seen before.
func (tp *tips) next(g *guide.Guide, team, channel string) *knowledge.Entry {
	ctx, cancel := context.WithTimeout(context.Background(), tp.ackWithin)
	defer cancel()
	e, err := tp.stored(ctx, g, team, channel)
	if err != nil {
		tp.log.Warn("could not look up which tips were seen", "err", err)
		return g.TipOfTheDay(team+"/"+channel, tp.o.Now())
	}
	return e
}

// stored picks a tip that a place has not seen and notes it as seen. Those that
// fit the phase of the place's next visit come first; when all were seen, a new
// round begins.
func (tp *tips) stored(ctx context.Context, g *guide.Guide, team, place string) (*knowledge.Entry, error) {
	defer tp.locks.lock("tip/" + team + "/" + place)()
	seen, err := tp.o.Store.SeenTips(ctx, team, place)
	if err != nil {
		return nil, err
	}
	phase, err := tp.phaseOf(ctx, team, place)
	if err != nil {
		return nil, err
	}
	e := g.UnseenTip(team+"/"+place, seen, phase)
	if e == nil {
		if err := tp.o.Store.ForgetTips(ctx, team, place); err != nil {
			return nil, err
		}
		e = g.UnseenTip(team+"/"+place, nil, phase)
	}
	if e == nil {
		return nil, nil // there are no tips
	}
	return e, tp.o.Store.SeeTip(ctx, team, place, e.ID, tp.o.Now())
}

// phaseOf is the phase of a channel's next visit; none without one.
func (tp *tips) phaseOf(ctx context.Context, team, channel string) (knowledge.Phase, error) {
	now := tp.o.Now()
	v, err := tp.o.Store.NextVisit(ctx, team, channel, civil.Of(now.UTC().AddDate(0, 0, -1)))
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

// subscribeCommand answers /etiquette subscribe daily, weekly or off, for the channel it
// is typed in; in a direct message for the person.
func (tp *tips) subscribeCommand(ctx context.Context, q request) (*blocks.Message, error) {
	team, person, channel, how := q.team, q.user, q.channel, q.rest
	if !tp.directory.insider(ctx, team, person) {
		return outsider(tp.p), nil
	}
	place, kind := channel, visit.OfChannel
	if onSurface(channel) == guide.Direct {
		place, kind = person, visit.OfPerson
	} else if !tp.directory.canSee(ctx, team, person, channel) || how != "off" && !tp.directory.isIn(ctx, channel) {
		return blocks.Said(tp.p.T("I'm not in this channel yet, or you aren't. Type /invite @visitprep here, then try again.")), nil
	}
	s := visit.SubjectOf(kind, place)
	m := new(blocks.Message)
	rule := ""
	at := tp.o.Timing.At
	switch how {
	case "daily":
		rule = fmt.Sprintf("%d %d * * 1-5", at.Minute, at.Hour)
	case "weekly":
		rule = fmt.Sprintf("%d %d * * 1", at.Minute, at.Hour)
	case "off":
		if err := tp.o.Store.DropSchedule(ctx, team, visit.RecurTip, s); err != nil {
			return nil, err
		}
		m.Say(tp.p.T("Tips are off here. /etiquette still gives you one whenever you ask."))
		return m, nil
	default:
		m.Say(tp.p.T("Type /etiquette subscribe daily, /etiquette subscribe weekly or /etiquette subscribe off."))
		return m, nil
	}
	zone := tp.directory.zoneOf(ctx, team, person)
	r, err := calendar.Parse(rule)
	if err != nil {
		return nil, err
	}
	next, ok := r.Next(tp.o.Now(), zoneOr(zone))
	if !ok {
		return nil, fmt.Errorf("the rule %q has no next time", rule)
	}
	if err := tp.o.Store.PutSchedule(ctx, visit.Schedule{Workspace: team, Subject: s, Kind: visit.RecurTip, Rule: rule, Zone: zone, Next: next}); err != nil {
		return nil, err
	}
	rhythm := tp.p.T("weekly")
	if how == "daily" {
		rhythm = tp.p.T("every working day")
	}
	m.Say(tp.p.T("I'll post a tip here %s, starting on %s. None comes twice until you have seen them all. To stop: /etiquette subscribe off.", rhythm, blocks.Time(tp.p, next.In(zoneOr(zone)), "Mon 2 January at 15:04")))
	return m, nil
}
