package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// visitWords answers the words of /visit-prep that are about visits rather than
// advice. They count only when they match exactly: "list of documents for a visa"
// is a question. It reports false where the words are something else.
func (b *Bot) visitWords(k *guide.Guide, c slack.SlashCommand, words string) (*blocks.Message, bool) {
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
		if on == guide.Direct {
			channel = "" // the form asks
		}
		if err := b.planForm(ctx, c.TeamID, c.UserID, channel, c.TriggerID); err != nil {
			return b.sorryFor("open a form", err), true
		}
		return nil, true
	case first == "list" && rest == "":
		return b.orSorry("list visits", func() (*blocks.Message, error) { return b.visitList(ctx, k, c.TeamID, c.UserID, c.ChannelID, 0, on) }), true
	case first == "factories":
		all, err := b.o.Store.Factories(ctx, c.TeamID)
		if err == nil && rest != "" && len(matches(all, rest)) == 0 {
			return nil, false
		}
		return b.orSorry("list factories", func() (*blocks.Message, error) { return b.factoryList(ctx, c.TeamID, c.UserID, rest, 0) }), true
	case first == "show":
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return nil, false
		}
		return b.orSorry("show a visit", func() (*blocks.Message, error) {
			return b.show(ctx, k, c.TeamID, c.UserID, c.ChannelID, visit.SubjectOf(visit.OfVisit, n))
		}), true
	}
	return nil, false
}

func (b *Bot) orSorry(what string, f func() (*blocks.Message, error)) *blocks.Message {
	m, err := f()
	if err != nil {
		return b.sorryFor(what, err)
	}
	return m
}

// nextVisit is the visit that the channel prepares, if the person may see it.
func (b *Bot) nextVisit(ctx context.Context, k *guide.Guide, team, person, channel string) (*blocks.Message, bool) {
	v, err := b.o.Store.NextVisit(ctx, team, channel, civil.Of(b.o.Now().UTC().AddDate(0, 0, -1)))
	if errors.Is(err, visit.ErrNotFound) {
		return nil, false
	}
	if err != nil {
		return b.sorryFor("find the channel's visit", err), true
	}
	if !v.Active(b.o.Now()) || !b.canSee(ctx, team, person, channel) {
		return nil, false
	}
	m := b.visitCard(k, &v, insiders)
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("All topics")), blocks.Button(actList, "0", b.p.T("All visits")), blocks.Button(actPlan, "", b.p.T("Plan a visit"))))
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
	channels, err := b.channelsOf(ctx, person)
	if err != nil {
		return nil, err
	}
	now := b.o.Now()
	all, err := b.o.Store.Visits(ctx, team, store.Filter{Channels: append([]string{}, channels...), From: civil.Of(now.UTC().AddDate(0, 0, -1))})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s store.Summary) bool { return s.Over(now) || !visibleIn(s.Place, channel) }), nil
}

// visitList is a page of the visits that a person may see.
func (b *Bot) visitList(ctx context.Context, k *guide.Guide, team, person, channel string, from int, on guide.Surface) (*blocks.Message, error) {
	vs, err := b.upcoming(ctx, team, person, channel)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Add(blocks.Header(b.p.T("Visits")))
	m.Text.Line(b.p.T("Visits"))
	if len(vs) == 0 {
		m.Say(b.p.T("No visit is planned in your channels."))
	}
	from = min(max(from, 0), max(len(vs)-1, 0))
	for _, s := range vs[from:min(len(vs), from+pageVisits)] {
		m.Add(b.visitLine(k, &s, on))
		m.Text.Line(b.p.T("Visit %d: %s, %s (%s), %d of %d done", s.Number, s.Factory.Name, blocks.Days(b.p, s.First, s.Last), countdown(b.p, &s.Visit, s.Today(b.o.Now())), s.Done, s.All))
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actList.With("back"), blocks.Subject(strconv.Itoa(max(from-pageVisits, 0))), b.p.T("Earlier visits")))
	}
	if from+pageVisits < len(vs) {
		es = append(es, blocks.Button(actList.With("on"), blocks.Subject(strconv.Itoa(from+pageVisits)), b.p.T("Later visits")))
	}
	es = append(es, blocks.Button(actPlan, "", b.p.T("Plan a visit")))
	if on == guide.Home {
		es = append(es, blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, b.p.T("Back to Home")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// visitLine is a visit in a list.
func (b *Bot) visitLine(k *guide.Guide, s *store.Summary, on guide.Surface) slack.Block {
	today := s.Today(b.o.Now())
	line := blocks.Bold(b.p.T("Visit %d: %s", s.Number, s.Factory.Name)) + "\n" +
		blocks.Escape(blocks.Days(b.p, s.First, s.Last)+", "+countdown(b.p, &s.Visit, today)) + "\n" +
		blocks.Escape(b.p.T("%s · %d of %d done · ", k.Template(s.Purpose).Title, s.Done, s.All)) + channelName(s.Channel)
	open := blocks.Button(actOpen, visitSubject(&s.Visit), b.p.T("Show visit"))
	if on == guide.Home {
		open = blocks.Button(actChecklist, visitSubject(&s.Visit), b.p.T("Open checklist"))
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(open))
}

// onVisit does what the buttons of a visit say.
func (b *Bot) onVisit(ctx context.Context, c click) error {
	k := b.book.Load()
	s := visit.Subject(c.about)
	switch c.verb {
	case actPlan:
		channel := c.channel
		if c.on == guide.Direct {
			channel = ""
		}
		return b.planForm(ctx, c.team, c.user, channel, c.trigger)
	case actEdit:
		return b.editForm(ctx, c.team, c.user, s, c.trigger)
	case actList:
		from, _ := strconv.Atoi(string(c.about))
		m := b.orSorry("list visits", func() (*blocks.Message, error) {
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
	if c.on == guide.Private { // a card that only this person sees changes in its place
		return b.respond(ctx, c.url, blocks.Response{Message: b.visitCard(k, &v, insiders), ReplaceOriginal: true}.Encode())
	}
	if !did && c.on == guide.Public {
		m := new(blocks.Message)
		m.Say(b.p.T("Somebody was faster: that is done already."))
		return b.whisperTo(ctx, c, m)
	}
	return nil
}
