package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// visitWords answers the words of /visit-prep that are about visits rather than
// advice. They count only when they match exactly: "list of documents for a visa"
// is a question. It reports false where the words are something else.
func (b *Bot) visitWords(k *book, c slack.SlashCommand, words string) (*message, bool) {
	first, rest, _ := strings.Cut(strings.ToLower(words), " ")
	if words != "" && !slices.Contains([]string{"plan", "list", "show", "factories"}, first) {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), workLimit)
	defer cancel()
	on := onSurface(c.ChannelID)
	switch {
	case words == "":
		return b.nextVisit(ctx, k, c.TeamID, c.UserID, c.ChannelID)
	case first == "plan" && rest == "":
		channel := c.ChannelID
		if on == direct {
			channel = "" // the form asks
		}
		if err := b.planForm(ctx, c.TeamID, c.UserID, channel, c.TriggerID); err != nil {
			return b.sorryFor("open a form", err), true
		}
		return nil, true
	case first == "list" && rest == "":
		return b.orSorry("list visits", func() (*message, error) { return b.visitList(ctx, k, c.TeamID, c.UserID, c.ChannelID, 0, on) }), true
	case first == "factories":
		all, err := b.o.Store.Factories(ctx, c.TeamID)
		if err == nil && rest != "" && len(matches(all, rest)) == 0 {
			return nil, false
		}
		return b.orSorry("list factories", func() (*message, error) { return b.factoryList(ctx, c.TeamID, c.UserID, rest, 0) }), true
	case first == "show":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return nil, false
		}
		return b.orSorry("show a visit", func() (*message, error) {
			return b.show(ctx, k, c.TeamID, c.UserID, c.ChannelID, visit.SubjectOf(visit.OfVisit, n))
		}), true
	}
	return nil, false
}

func (b *Bot) orSorry(what string, f func() (*message, error)) *message {
	m, err := f()
	if err != nil {
		return b.sorryFor(what, err)
	}
	return m
}

// nextVisit is the visit that the channel prepares, if the person may see it.
func (b *Bot) nextVisit(ctx context.Context, k *book, team, person, channel string) (*message, bool) {
	v, err := b.o.Store.NextVisit(ctx, team, channel, civil.Of(b.o.Now().UTC().AddDate(0, 0, -1)))
	if errors.Is(err, visit.ErrNotFound) {
		return nil, false
	}
	if err != nil {
		return b.sorryFor("find the channel's visit", err), true
	}
	if !v.Active(b.o.Now()) || !b.mayEnter(ctx, team, person, channel) {
		return nil, false
	}
	m := b.visitCard(k, &v, insiders)
	m.add(actions(button(actTurn.with("menu"), subjectMenu, "All topics"), button(actList, "0", "All visits"), button(actPlan, "", "Plan a visit")))
	return m, true
}

// visibleIn reports whether something may be shown in a channel: what belongs to a
// private one is shown there and in direct messages only. The Home tab is "".
func visibleIn(p visit.Place, channel string) bool {
	return !p.Private || channel == "" || channel == p.Channel || strings.HasPrefix(channel, "D")
}

// pageVisits is how many visits a list shows at once.
const pageVisits = 10

// upcoming lists the visits that a person may see in a channel and that are not over.
func (b *Bot) upcoming(ctx context.Context, team, person, channel string) ([]store.Summary, error) {
	if !b.insider(ctx, team, person) {
		return nil, errNotYours
	}
	rooms, err := b.roomsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	now := b.o.Now()
	all, err := b.o.Store.Visits(ctx, team, store.Filter{Channels: append([]string{}, rooms...), From: civil.Of(now.UTC().AddDate(0, 0, -1))})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s store.Summary) bool { return s.Over(now) || !visibleIn(s.Place, channel) }), nil
}

// visitList is a page of the visits that a person may see.
func (b *Bot) visitList(ctx context.Context, k *book, team, person, channel string, from int, on surface) (*message, error) {
	vs, err := b.upcoming(ctx, team, person, channel)
	if err != nil {
		return nil, err
	}
	m := new(message)
	m.add(header("Visits"))
	m.text.line("Visits")
	if len(vs) == 0 {
		m.say("No visit is planned in your channels.")
	}
	from = min(max(from, 0), max(len(vs)-1, 0))
	for _, s := range vs[from:min(len(vs), from+pageVisits)] {
		m.add(b.visitLine(k, &s, on))
		m.text.line(fmt.Sprintf("Visit %d: %s, %s (%s), %d of %d done", s.Number, s.Factory.Name, days(s.First, s.Last), countdown(&s.Visit, s.Today(b.o.Now())), s.Done, s.All))
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, button(actList.with("back"), subject(strconv.Itoa(max(from-pageVisits, 0))), "Earlier visits"))
	}
	if from+pageVisits < len(vs) {
		es = append(es, button(actList.with("on"), subject(strconv.Itoa(from+pageVisits)), "Later visits"))
	}
	es = append(es, button(actPlan, "", "Plan a visit"))
	if on == home {
		es = append(es, button(actTurn.with("menu"), subjectMenu, "Back to Home"))
	}
	m.add(actions(es...))
	return m, nil
}

// visitLine is a visit in a list.
func (b *Bot) visitLine(k *book, s *store.Summary, on surface) slack.Block {
	today := s.Today(b.o.Now())
	line := bold(fmt.Sprintf("Visit %d: %s", s.Number, s.Factory.Name)) + "\n" +
		text(days(s.First, s.Last)+", "+countdown(&s.Visit, today)) + "\n" +
		text(fmt.Sprintf("%s · %d of %d done · ", k.template(s.Purpose).Title, s.Done, s.All)) + channelName(s.Channel)
	open := button(actOpen, visitSubject(&s.Visit), "Show visit")
	if on == home {
		open = button(actChecklist, visitSubject(&s.Visit), "Open checklist")
	}
	return slack.NewSectionBlock(mrkdwn(line), nil, slack.NewAccessory(open))
}

// onVisit does what the buttons of a visit say.
func (b *Bot) onVisit(ctx context.Context, c click) error {
	k := b.book.Load()
	s := visit.Subject(c.about)
	switch c.verb {
	case actPlan:
		channel := c.channel
		if c.on == direct {
			channel = ""
		}
		return b.planForm(ctx, c.team, c.user, channel, c.trigger)
	case actEdit:
		return b.editForm(ctx, c.team, c.user, s, c.trigger)
	case actList:
		from, _ := strconv.Atoi(string(c.about))
		m := b.orSorry("list visits", func() (*message, error) {
			return b.visitList(ctx, k, c.team, c.user, c.channel, from, c.answerOn())
		})
		return b.answerClick(ctx, c, m)
	case actCalendar:
		a, err := b.appointment(ctx, c.team, c.user, s)
		if err != nil {
			return b.sayError(ctx, c, "find a visit", err)
		}
		return b.sendCalendar(ctx, c, a)
	}
	old, err := b.visit(ctx, c.team, c.user, s)
	if err != nil {
		return b.sayError(ctx, c, "find a visit", err)
	}
	if c.verb == actBrief {
		return b.sendBrief(ctx, c, old)
	}
	now, did := b.o.Now(), false
	v, err := b.o.Store.ChangeVisit(ctx, c.team, old.Number, now, func(v *visit.Visit) error {
		switch c.verb {
		case actCancel:
			did = v.Cancel(c.user, now)
		case actRestore:
			did = v.Restore()
		}
		return nil
	})
	if err != nil {
		return b.sayError(ctx, c, "change a visit", err)
	}
	b.changed(c.team, v.Subject(), append(b.concerned(&v), c.user)...)
	if c.on == private { // a card that only this person sees changes in its place
		return b.respond(ctx, c.url, wire{message: b.visitCard(k, &v, insiders), replaceOriginal: true}.encode())
	}
	if !did && c.on == public {
		m := new(message)
		m.say("Somebody was faster: that is done already.")
		return b.whisperTo(ctx, c, m)
	}
	return nil
}
