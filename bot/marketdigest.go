package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler/calendar"
)

// digestOff ends the digest of a channel; the rhythms are [visit.Rhythm].
const digestOff = "off"

// How much of a digest stands under a tag, and of each note, in characters; and how many
// questions that nobody asked.
const (
	digestNotes   = 3
	digestText    = 160
	digestUnasked = 5
)

// subscribeCommand answers /factory market subscribe monthly, quarterly or off.
func (mk *market) subscribeCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return mk.subscribe(ctx, q.caller, chars.ASCII(q.rest))
}

// subscribeClick does what its button says: "monthly", or "off:C123" of a channel.
func (mk *market) subscribeClick(ctx context.Context, c click) error {
	how, channel, _ := strings.Cut(string(c.about), ":")
	who := c.caller
	if channel != "" {
		who.channel = channel
	}
	m, err := mk.subscribe(ctx, who, how)
	m = mk.replies.orApologyTo(c.team, c.user, "subscribe to the digest of market notes", m, err)
	if c.ephemeral {
		return mk.replies.answerClick(ctx, c, m)
	}
	return mk.replies.replyPrivately(ctx, c, m)
}

// subscribe has the digest of a channel come, or no more; in words that are none of these it asks
// which. It never comes where another company reads.
func (mk *market) subscribe(ctx context.Context, who caller, how string) (*blocks.Message, error) {
	p := mk.directory.printer(ctx, who.team, who.user)
	if onSurface(who.channel) == guide.Direct || who.channel == "" {
		return blocks.Said(p.T("The digest comes to a channel. Type /factory market subscribe in the one that should get it.")), nil
	}
	if err := mk.directory.canSee(ctx, who.team, who.user, who.channel); errors.Is(err, errNotYours) {
		return blocks.Said(p.T("You're not in this channel. Join it first, then try again.")), nil
	} else if err != nil {
		return nil, err
	}
	s := visit.SubjectOf(visit.OfChannel, who.channel)
	if how == digestOff { // also while market notes are off
		if err := mk.o.Store.DropSchedule(ctx, who.team, visit.RecurMarket, s); err != nil {
			return nil, err
		}
		return blocks.Said(p.T("No digest of market notes comes here any more. /factory market still lists them.")), nil
	}
	if !mk.set().MarketNotes {
		m := new(blocks.Message)
		mk.off(p, m)
		return m, nil
	}
	rhythm := visit.Rhythm(how)
	if rhythm != visit.Monthly && rhythm != visit.Quarterly {
		m := blocks.Said(p.T("How often should the digest of market notes come here?"))
		m.Add(blocks.Actions(
			blocks.Button(actMarketDigest.With(string(visit.Monthly)), blocks.Subject(visit.Monthly), p.T("Monthly digest")),
			blocks.Button(actMarketDigest.With(string(visit.Quarterly)), blocks.Subject(visit.Quarterly), p.T("Quarterly digest")),
			stopDigest(p, "")))
		return m, nil
	}
	return mk.begin(ctx, p, who, rhythm)
}

// begin has the digest come to a channel that the app is in and that nobody else reads.
func (mk *market) begin(ctx context.Context, p blocks.Printer, who caller, rhythm visit.Rhythm) (*blocks.Message, error) {
	s := visit.SubjectOf(visit.OfChannel, who.channel)
	if !mk.directory.isIn(ctx, who.team, who.channel) {
		m := new(blocks.Message)
		m.Add(blocks.Section(p.M("I'm not in %s yet. Type %s here, then press Try again.", channelName(who.channel), blocks.Code("/invite @visitprep"))))
		m.Text.Line(p.T("I'm not in this channel yet. Type /invite @visitprep here, then press Try again."))
		m.Add(blocks.Actions(blocks.Button(actMarketDigest.With("again"), blocks.Subject(rhythm), p.T("Try again"))))
		return m, nil
	}
	if to, err := mk.directory.readers(ctx, who.team, who.channel); err != nil {
		return nil, err
	} else if to == everyone {
		return blocks.Said(p.T("Guests or another company read in this channel, so no digest of market notes comes here. Pick a channel of your own team.")), nil
	}
	zone := mk.directory.zoneOf(ctx, who.team, who.user)
	rule := rhythm.Rule(mk.o.Timing.At)
	r, err := calendar.Parse(rule)
	if err != nil {
		return nil, err
	}
	next, ok := r.Next(mk.o.Now(), zoneOr(zone))
	if !ok {
		return nil, fmt.Errorf("the rule %q has no next time", rule)
	}
	if err := mk.o.Store.PutSchedule(ctx, visit.Schedule{Workspace: who.team, Subject: s, Kind: visit.RecurMarket, Rule: rule, Zone: zone, Next: next, By: who.user}); err != nil {
		return nil, err
	}
	comes := blocks.OnDay(p, civil.Of(mk.o.Timing.OnWorkingDay(next, zone).In(zoneOr(zone))))
	words := p.T("I'll sum up the market notes of this channel here every month, first on %s. With nothing new I say nothing.", comes)
	if rhythm == visit.Quarterly {
		words = p.T("I'll sum up the market notes of this channel here every quarter, first on %s. With nothing new I say nothing.", comes)
	}
	m := blocks.Said(words)
	m.Add(blocks.Actions(stopDigest(p, "")))
	return m, nil
}

// stopDigest is the button that ends the digest of a channel; "" is where it is pressed.
func stopDigest(p blocks.Printer, channel string) *slack.ButtonBlockElement {
	about := blocks.Subject(digestOff)
	if channel != "" {
		about += ":" + blocks.Subject(channel)
	}
	return blocks.Button(actMarketDigest.With(digestOff), about, p.T("Stop digest"))
}

// marketDigest words the digest of a channel from what was noted in it; nil where nothing was,
// while market notes are off, and where another company reads by now.
func (rm *Reminders) marketDigest(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	if !rm.set().MarketNotes {
		return nil, nil
	}
	if to, err := rm.directory.readers(ctx, o.Workspace, o.To); err != nil || to == everyone {
		return nil, err
	}
	from, before := visit.Rhythm(o.Payload).Period(o.Day)
	zone := zoneOr(o.Zone)
	ns, err := rm.o.Store.MarketNotes(ctx, o.Workspace, store.MarketFilter{Filter: store.Filter{Channels: []string{o.To}}, Since: from.Start(zone), Until: before.Start(zone)})
	if err != nil || len(ns) == 0 {
		return nil, err
	}
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	m := new(blocks.Message)
	months := blocks.Time(p, from.Start(zone), "January 2006")
	if last := before.AddDays(-1); last.Month != from.Month {
		months = p.T("%s to %s", blocks.Time(p, from.Start(zone), "January"), blocks.Time(p, last.Start(zone), "January 2006"))
	}
	m.Title(p.T("Market notes, %s", months))
	for _, t := range visit.MarketTags() {
		rm.digestTag(p, m, t, ns)
	}
	if unasked := rm.unasked(ns); len(unasked) > 0 {
		words := p.T("What we did not ask: %s", strings.Join(unasked, " · "))
		m.Add(blocks.Section(blocks.Escape(words)))
		m.Text.Line(words)
	}
	note := p.T("As noted, without conclusions. Prices, rules and capacity change: verify them before you rely on them.")
	m.Add(blocks.Note(blocks.Escape(note)))
	m.Text.Line(note)
	m.Add(blocks.Actions(blocks.Button(actMarket, marketList{}.value(), p.T("All market notes")), stopDigest(p, "")))
	return m, nil
}

// digestTag adds what was noted under a tag: of how many factories, and the newest notes.
func (rm *Reminders) digestTag(p blocks.Printer, m *blocks.Message, t visit.MarketTag, ns []visit.MarketNote) {
	under := slices.DeleteFunc(slices.Clone(ns), func(n visit.MarketNote) bool { return !n.Has(t) })
	if len(under) == 0 {
		return
	}
	factories := map[int]bool{}
	for _, n := range under {
		factories[n.Factory.Number] = true
	}
	head := p.T("%s: 1 factory", t.Words(p.Printer))
	if len(factories) > 1 {
		head = p.T("%s: %d factories", t.Words(p.Printer), len(factories))
	}
	body := blocks.Bold(head)
	m.Text.Line(head)
	for _, n := range under[:min(len(under), digestNotes)] {
		line := p.T("%s – %s, %s", blocks.OneLine(blocks.Clip(n.Text, digestText)), n.Factory.Name, blocks.Time(p, n.At.In(zoneOr(n.ChannelZone)), "January 2006"))
		body += "\n• " + blocks.Escape(line)
		m.Text.Line(line)
	}
	if more := len(under) - digestNotes; more > 0 {
		words := p.T("And %d more.", more)
		body += "\n" + blocks.Escape(words)
		m.Text.Line(words)
	}
	m.Add(blocks.Section(blocks.ClipLines(body, 2900)))
}

// unasked are the market questions that no note answers.
func (rm *Reminders) unasked(ns []visit.MarketNote) (titles []string) {
	for _, id := range rm.questionIDs() {
		if len(titles) < digestUnasked && !slices.ContainsFunc(ns, func(n visit.MarketNote) bool { return n.Question == id }) {
			titles = append(titles, rm.questionTitle(id))
		}
	}
	return titles
}
