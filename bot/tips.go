package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
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
	replies   *replies
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

// actTips has tips come, or no more; its value is a tipsSubject.
const actTips blocks.ActionID = "tips"

// How often tips come, as it is typed and as buttons carry it.
const (
	tipsDaily  = "daily"
	tipsWeekly = "weekly"
	tipsOff    = "off"
)

// tipsSubject is how often tips are to come to a channel; "" is where the button is pressed.
// known says that the person knows that another company reads there.
func tipsSubject(how, channel string, known bool) blocks.Subject {
	s := how + ":" + channel
	if known {
		s += ":known"
	}
	return blocks.Subject(s)
}

// stopTips is the button that ends the tips of a channel, or of the person who presses it.
func stopTips(p blocks.Printer, channel string) *slack.ButtonBlockElement {
	return blocks.Button(actTips.With(tipsOff), tipsSubject(tipsOff, channel, false), p.T("Stop tips"))
}

// unsubscribeCommand is subscribe off.
func (tp *tips) unsubscribeCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return tp.subscribe(ctx, q.caller, tipsOff, false)
}

// subscribeCommand answers /etiquette subscribe daily, weekly or off, for the channel it
// is typed in; in a direct message for the person.
func (tp *tips) subscribeCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return tp.subscribe(ctx, q.caller, chars.ASCII(q.rest), false)
}

// subscribeClick does what its button says. What others read, or what says more than that,
// stays as it is.
func (tp *tips) subscribeClick(ctx context.Context, c click) error {
	p := tp.directory.printer(ctx, c.team, c.user)
	how, rest, _ := strings.Cut(string(c.about), ":")
	channel, known, _ := strings.Cut(rest, ":")
	who := c.caller
	if channel != "" {
		who.channel = channel
	}
	m, err := tp.subscribe(ctx, who, how, known != "")
	if err == nil && channel != "" && channel != c.channel && how == tipsOff {
		m = new(blocks.Message)
		m.Add(blocks.Section(p.M("No more tips come to %s.", channelName(channel))))
		m.Text.Line(p.T("No more tips come to that channel."))
	}
	m = tp.replies.orApologyTo(c.team, c.user, "subscribe to tips", m, err)
	if c.ephemeral {
		return tp.replies.answerClick(ctx, c, m)
	}
	return tp.replies.replyPrivately(ctx, c, m)
}

// subscribe has tips come to where somebody stands, or no more, and says so; in words that
// are none of these it asks which. known says that they know who reads there.
func (tp *tips) subscribe(ctx context.Context, who caller, how string, known bool) (*blocks.Message, error) {
	p := tp.directory.printer(ctx, who.team, who.user)
	team, person, channel := who.team, who.user, who.channel
	if err := tp.directory.checkColleague(ctx, team, person); err != nil {
		return nil, err
	}
	place, kind := channel, visit.OfChannel
	if onSurface(channel) == guide.Direct {
		place, kind = person, visit.OfPerson
	} else if how != tipsOff && !tp.directory.isIn(ctx, team, channel) {
		return tp.door(p, channel, how), nil
	} else if err := tp.directory.canSee(ctx, team, person, channel); errors.Is(err, errNotYours) {
		return blocks.Said(p.T("You're not in this channel. Join it first, then try again.")), nil
	} else if err != nil {
		return nil, err
	}
	s := visit.SubjectOf(kind, place)
	rule := ""
	at := tp.o.Timing.At
	switch how {
	case tipsDaily:
		rule = fmt.Sprintf("%d %d * * 1-5", at.Minute, at.Hour)
	case tipsWeekly:
		rule = fmt.Sprintf("%d %d * * 1", at.Minute, at.Hour)
	case tipsOff:
		if err := tp.o.Store.DropSchedule(ctx, team, visit.RecurTip, s); err != nil {
			return nil, err
		}
		m := blocks.Said(p.T("Tips are off here. /etiquette still gives you one whenever you ask."))
		m.Add(tp.choices(p, tipsOff))
		return m, nil
	default:
		m := new(blocks.Message)
		if how != "" {
			m.Say(p.T("Tips come daily or weekly."))
		}
		m.Say(p.T("How often should tips on manners and culture come here?"))
		m.Add(tp.choices(p, ""))
		return m, nil
	}
	if kind == visit.OfChannel && !known {
		to, err := tp.directory.readers(ctx, team, channel)
		if err != nil {
			return nil, err
		}
		if to == everyone {
			return tp.besideOthers(p, channel, how), nil
		}
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
	if err := tp.o.Store.PutSchedule(ctx, visit.Schedule{Workspace: team, Subject: s, Kind: visit.RecurTip, Rule: rule, Zone: zone, Next: next, By: person}); err != nil {
		return nil, err
	}
	rhythm := p.T("weekly")
	if how == tipsDaily {
		rhythm = p.T("every working day")
	}
	m := blocks.Said(p.T("I'll post a tip here %s, starting on %s. None comes twice until you have seen them all.", rhythm, blocks.Time(p, next.In(zoneOr(zone)), "Mon 2 January at 15:04")))
	m.Add(tp.choices(p, how))
	return m, nil
}

// choices are the buttons for how often tips come, without the one that was chosen.
func (tp *tips) choices(p blocks.Printer, chosen string) slack.Block {
	var es []slack.BlockElement
	for _, b := range []struct{ how, label string }{
		{tipsDaily, p.T("Daily tips")}, {tipsWeekly, p.T("Weekly tips")}, {tipsOff, p.T("Stop tips")},
	} {
		if b.how != chosen {
			es = append(es, blocks.Button(actTips.With(b.how), tipsSubject(b.how, "", false), b.label))
		}
	}
	return blocks.Actions(es...)
}

// door says how the app gets into a channel, as it does where a visit is planned.
func (tp *tips) door(p blocks.Printer, channel, how string) *blocks.Message {
	m := new(blocks.Message)
	m.Add(blocks.Section(p.M("I'm not in %s yet. Type %s here, then press Try again.", channelName(channel), blocks.Code("/invite @visitprep"))))
	m.Text.Line(p.T("I'm not in this channel yet. Type /invite @visitprep here, then press Try again."))
	m.Add(blocks.Actions(blocks.Button(actTips.With("again"), tipsSubject(how, "", false), p.T("Try again"))))
	return m
}

// besideOthers asks before tips on the manners of one side come where the other side reads.
func (tp *tips) besideOthers(p blocks.Printer, channel, how string) *blocks.Message {
	m := new(blocks.Message)
	m.Add(blocks.Section(p.M("Guests or another company read in %s. They would see these tips, too.", channelName(channel))))
	m.Text.Line(p.T("Guests or another company read in this channel. They would see these tips, too."))
	m.Add(blocks.Actions(blocks.Button(actTips.With("known"), tipsSubject(how, "", true), p.T("Post tips here anyway"))))
	return m
}
