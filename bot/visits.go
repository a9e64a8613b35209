package bot

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// visits are the visits that a team prepares: their form, their lists and what their
// cards offer.
type visits struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	words     *wording
	live      *live
	drafts    *drafts
	factories *factories
}

// The verbs of visits. Each carries the subject that it is about.
const (
	actOpen     blocks.ActionID = "open" // of inspections and plans, too
	actPlan     blocks.ActionID = "plan"
	actEdit     blocks.ActionID = "edit"
	actList     blocks.ActionID = "list"
	actBrief    blocks.ActionID = "brief"
	actCalendar blocks.ActionID = "calendar"
	actCancel   blocks.ActionID = "cancel-visit"
	actRestore  blocks.ActionID = "restore-visit"
)

// The verbs of old messages for actOpen, of which each kind had one of its own.
const (
	actVisit      blocks.ActionID = "visit"
	actInspectOne blocks.ActionID = "inspection"
	actPlanShow   blocks.ActionID = "show-plan"
)

// nextCommand shows the visit that the channel prepares, if the person may see it;
// otherwise there are the topics.
func (vis *visits) nextCommand(ctx context.Context, q request) (*blocks.Message, error) {
	v, err := vis.o.Store.NextVisit(ctx, q.team, q.channel, civil.Of(vis.o.Now().UTC().AddDate(0, 0, -1)))
	if errors.Is(err, visit.ErrNotFound) {
		return nil, errOtherwise
	}
	if err != nil {
		return nil, err
	}
	if !v.Active(vis.o.Now()) || !vis.directory.canSee(ctx, q.team, q.user, q.channel) {
		return nil, errOtherwise
	}
	m := vis.words.visitCard(q.guide, &v, insiders)
	m.Add(blocks.Actions(blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, vis.p.T("All topics")), blocks.Button(actList, "0", vis.p.T("All visits")), blocks.Button(actPlan, "", vis.p.T("Plan a visit"))))
	return m, nil
}

func (vis *visits) listCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return vis.list(ctx, q.guide, q.caller, 0)
}

func (vis *visits) listClick(ctx context.Context, c click) error {
	from, _ := strconv.Atoi(string(c.about))
	m, err := vis.list(ctx, vis.guide.Load(), c.caller, from)
	return vis.replies.answerClick(ctx, c, vis.replies.orApology("list visits", m, err))
}

// list is a page of the visits that a person may see.
func (vis *visits) list(ctx context.Context, g *guide.Guide, who caller, from int) (*blocks.Message, error) {
	vs, err := vis.access.upcoming(ctx, who.team, who.user, who.channel)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(vis.p.T("Visits"))
	if len(vs) == 0 {
		m.Say(vis.p.T("No visits are planned in your channels."))
	}
	from = min(max(from, 0), max(len(vs)-1, 0))
	for _, s := range vs[from:min(len(vs), from+pageRows)] {
		m.Add(vis.words.visitLine(g, &s, who.on))
		m.Text.Line(vis.p.T("Visit %d: %s, %s (%s), %d of %d done", s.Number, s.Factory.Name, blocks.Days(vis.p, s.First, s.Last), countdown(vis.p, &s.Visit, s.Today(vis.o.Now())), s.Done, s.All))
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actList.With("back"), blocks.Subject(strconv.Itoa(max(from-pageRows, 0))), vis.p.T("Earlier visits")))
	}
	if from+pageRows < len(vs) {
		es = append(es, blocks.Button(actList.With("on"), blocks.Subject(strconv.Itoa(from+pageRows)), vis.p.T("Later visits")))
	}
	es = append(es, blocks.Button(actPlan, "", vis.p.T("Plan a visit")))
	if who.on == guide.Home {
		es = append(es, blocks.Button(guide.ActTurn.With("menu"), guide.SubjectMenu, vis.p.T("Back to Home")))
	}
	m.Add(blocks.Actions(es...))
	return m, nil
}

// visitLine is a visit in a list.
func (wd *wording) visitLine(g *guide.Guide, s *store.Summary, on guide.Surface) slack.Block {
	today := s.Today(wd.o.Now())
	line := blocks.Bold(wd.p.T("Visit %d: %s", s.Number, s.Factory.Name)) + "\n" +
		blocks.Escape(blocks.Days(wd.p, s.First, s.Last)+", "+countdown(wd.p, &s.Visit, today)) + "\n" +
		wd.p.M("%s · %d of %d done · %s", g.Template(s.Purpose).Title, s.Done, s.All, channelName(s.Channel))
	open := blocks.Button(actOpen, visitSubject(&s.Visit), wd.p.T("Show visit"))
	if on == guide.Home {
		open = blocks.Button(actChecklist, visitSubject(&s.Visit), wd.p.T("Open checklist"))
	}
	return slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(open))
}

// cancelled cancels visits, or brings them back.
func (vis *visits) cancelled(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		old, err := vis.access.visit(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return vis.replies.sayError(ctx, c, "find a visit", err)
		}
		now, did := vis.o.Now(), false
		v, err := vis.o.Store.ChangeVisit(ctx, c.team, old.Number, now, func(v *visit.Visit) error {
			if yes {
				did = v.Cancel(c.user, now)
			} else {
				did = v.Restore()
			}
			return nil
		})
		if err != nil {
			return vis.replies.sayError(ctx, c, "change a visit", err)
		}
		vis.live.changed(c.team, v.Subject(), append(concerned(&v), c.user)...)
		if c.on == guide.Private { // a card that only this person sees changes in its place
			return vis.replies.respond(ctx, c.url, blocks.Response{Message: vis.words.visitCard(vis.guide.Load(), &v, insiders), ReplaceOriginal: true}.Encode())
		}
		if !did && c.on == guide.Public {
			return vis.replies.replyPrivately(ctx, c, blocks.Said(vis.p.T("A colleague has already done that.")))
		}
		return nil
	}
}

// visitCard is a visit on one screen, with what can be done.
func (wd *wording) visitCard(g *guide.Guide, v *visit.Visit, to audience) *blocks.Message {
	m := new(blocks.Message)
	today := v.Today(wd.o.Now())
	m.Title(wd.p.T("Visit %d: %s", v.Number, v.Factory.Name))
	when := blocks.Days(wd.p, v.First, v.Last)
	where := blocks.Escape(cmp.Or(v.Factory.City, "—"))
	if v.Factory.Chinese != "" {
		where = blocks.Escape(v.Factory.Chinese)
		if v.Factory.City != "" {
			where += ", " + blocks.Escape(v.Factory.City)
		}
	}
	done, all := progress(v.Items, to)
	fields := []*slack.TextBlockObject{
		blocks.Mrkdwn(blocks.Bold(wd.p.T("When")) + "\n" + blocks.Escape(when) + "\n" + blocks.Escape(blocks.Sentence(countdown(wd.p, v, today)))),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Where")) + "\n" + where),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Purpose")) + "\n" + blocks.Escape(purposeFor(wd.p, g, v, to))),
		blocks.Mrkdwn(blocks.Bold(wd.p.T("Checklist")) + "\n" + blocks.Escape(wd.p.T("%d of %d done", done, all))),
	}
	if len(v.People) > 0 {
		fields = append(fields, blocks.Mrkdwn(blocks.Bold(wd.p.T("Who"))+"\n"+blocks.Markup(blocks.ClipNames(who(v.People), 1900))))
	}
	m.Add(slack.NewSectionBlock(nil, fields, nil))
	m.Text.Line(wd.p.T("%s, %s", when, countdown(wd.p, v, today)))
	m.Text.Line(wd.p.T("%s. Checklist: %d of %d done", purposeFor(wd.p, g, v, to), done, all))
	if w := whoPlain(wd.p, v.People); w != "" {
		m.Text.Line(wd.p.T("Who: %s", w))
	}
	if v.Cancelled.IsSet() {
		m.Add(blocks.Section(wd.p.M("%s cancelled this visit. No reminders are sent.", blocks.Mention(v.Cancelled.By))))
		m.Text.Line(wd.p.T("This visit is cancelled. No reminders are sent."))
		m.Add(blocks.Actions(blocks.Button(actRestore, visitSubject(v), wd.p.T("Restore visit")), blocks.Button(actChecklist, visitSubject(v), wd.p.T("Open checklist"))))
		return m
	}
	if v.First.After(today) {
		wd.addNotes(m, wd.o.CalendarNotes(wd.p.Printer, v.First, v.Last))
	}
	if next, ok := nextMilestone(wd.p, v, to); ok && !v.Over(wd.o.Now()) {
		m.Add(blocks.Note(blocks.Escape(next)))
		m.Text.Line(next)
	}
	cancel := blocks.Confirmed(blocks.Button(actCancel, visitSubject(v), wd.p.T("Cancel visit")), wd.p.T("Cancel this visit?"), wd.p.T("Its reminders won't be sent. You can restore it from its card."), wd.p.T("Keep visit"))
	m.Add(blocks.Actions(
		blocks.Button(actChecklist, visitSubject(v), wd.p.T("Open checklist")),
		blocks.Button(actAdd, visitSubject(v), wd.p.T("Add item")),
		blocks.Button(actEdit, visitSubject(v), wd.p.T("Edit visit")),
		blocks.Button(actBrief, visitSubject(v), wd.p.T("Send me the brief")),
		blocks.Button(actCalendar, visitSubject(v), wd.p.T("Calendar file")),
		cancel,
	))
	m.Add(blocks.Note(wd.p.M("Planned by %s · Dates in the factory's time zone, %s", blocks.Mention(v.Owner), v.Zone)))
	return m
}

// nextMilestone says what is to be done next.
func nextMilestone(p blocks.Printer, v *visit.Visit, to audience) (string, bool) {
	for _, ms := range v.Items.Milestones() {
		open := 0
		for i := range v.Items {
			if it := &v.Items[i]; it.Milestone == ms && it.Open() && (to == insiders || !it.Sensitive) {
				open++
			}
		}
		switch by := blocks.ShortDay(p, v.DueDay(ms)); {
		case open == 1:
			return p.T("Next: 1 item, %s (by %s)", ms.Label(p.Printer), by), true
		case open > 1:
			return p.T("Next: %d items, %s (by %s)", open, ms.Label(p.Printer), by), true
		}
	}
	return "", false
}
