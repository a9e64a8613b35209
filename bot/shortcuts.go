package bot

import (
	"context"
	"fmt"
	"strconv"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/visit"
)

// The shortcuts, as the manifest declares them.
const (
	shortcutPlan = "plan-visit"   // anywhere
	shortcutKeep = "add-to-visit" // on a message
)

// shortcut opens what somebody picked from Slack's shortcuts.
func (b *Bot) shortcut(ctx context.Context, i slack.InteractionCallback) error {
	if i.User.TeamID == "" || i.User.TeamID != i.Team.ID {
		return b.open(ctx, i.TriggerID, b.p.T("Visit Prep"), func(context.Context) (*modal, error) {
			return &modal{title: b.p.T("Visit Prep"), blocks: outsider(b.p).Blocks}, nil
		})
	}
	switch i.CallbackID {
	case shortcutPlan:
		return b.planForm(ctx, i.Team.ID, i.User.ID, "", i.TriggerID)
	case shortcutKeep:
		return b.keepForm(ctx, i)
	}
	return fmt.Errorf("unknown shortcut %q", blocks.Clip(i.CallbackID, 100))
}

// The fields of the form that puts a message on a visit.
const (
	fieldVisit = "visit"
	fieldAs    = "as" // note or item
	fieldNote  = "note"
)

// keepForm opens the form that makes a message a note or an item of a visit.
func (b *Bot) keepForm(ctx context.Context, i slack.InteractionCallback) error {
	return b.open(ctx, i.TriggerID, b.p.T("Add to visit"), func(ctx context.Context) (*modal, error) {
		vs, err := b.upcoming(ctx, i.Team.ID, i.User.ID, i.Channel.ID)
		if err != nil {
			return nil, err
		}
		if len(vs) == 0 {
			return &modal{title: b.p.T("Add to visit"), blocks: []slack.Block{
				blocks.Section(b.p.M("No visit is planned in your channels yet.")),
				blocks.Actions(blocks.Button(actPlan, "", b.p.T("Plan a visit"))),
			}}, nil
		}
		var options []*slack.OptionBlockObject
		initial := strconv.Itoa(vs[0].Number)
		for _, v := range vs {
			if len(options) < blocks.MaxOptions {
				options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(v.Number)), b.p.T("Visit %d: %s, %s", v.Number, v.Factory.Name, blocks.ShortDay(v.First))))
			}
			if v.Channel == i.Channel.ID && vs[0].Channel != i.Channel.ID {
				initial = strconv.Itoa(v.Number)
			}
		}
		link := ""
		if p, err := b.o.Slack.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: i.Channel.ID, Ts: i.Message.Timestamp}); err == nil {
			link = p
		}
		as := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option("note", b.p.T("A note, with a link to the message")), blocks.Option("item", b.p.T("An item on the checklist")))
		as.InitialOption = as.Options[0]
		return &modal{id: modalKeep, title: b.p.T("Add to visit"), submit: b.p.T("Add to visit"), meta: meta{Link: link, Channel: i.Channel.ID}, blocks: []slack.Block{
			blocks.Input(fieldVisit, b.p.T("Visit"), blocks.Choice(b.p, blocks.InputAction, b.p.T("Pick a visit"), initial, options)),
			blocks.Input(fieldAs, b.p.T("Add it as"), as),
			blocks.Input(fieldNote, b.p.T("Words"), blocks.TextInput(blocks.Clip(blocks.Incoming(i.Message.Text), visit.MaxNote), "", true)),
		}}, nil
	})
}

// submitKeep makes a message a note or an item.
func (b *Bot) submitKeep(ctx context.Context, s submission) ([]byte, error) {
	n, _ := strconv.Atoi(s.values.picked(fieldVisit))
	about := visit.SubjectOf(visit.OfVisit, n)
	if err := b.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := b.o.Now()
	words := s.values.text(fieldNote)
	_, err := b.o.Store.ChangeVisit(ctx, s.team, n, now, func(v *visit.Visit) error {
		if s.values.picked(fieldAs) == "item" {
			ms := visit.Milestone(0)
			for _, m := range v.Milestones(&b.o.Timing) {
				if !v.DueDay(m).Before(v.Today(now)) {
					ms = m
					break
				}
			}
			_, err := v.Items.Add(visit.Item{Milestone: ms, Text: blocks.Clip(words, visit.MaxItem)})
			return err
		}
		return v.AddNote(visit.Note{By: s.user, At: now, Text: words, Link: s.meta.Link})
	})
	if err != nil {
		return nil, err
	}
	b.changed(s.team, about, s.user)
	return updated(b.p, &modal{title: b.p.T("Add to visit"), blocks: []slack.Block{blocks.Section(blocks.Escape(b.p.T("It is with visit %d now. Notes stand in the brief, items on the checklist.", n)))}}), nil
}
