package bot

import (
	"context"
	"fmt"
	"strconv"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// The shortcuts, as the manifest declares them.
const (
	shortcutPlan       = "plan-visit"   // anywhere
	shortcutAddToVisit = "add-to-visit" // on a message
)

// A shortcutUse is one use of a shortcut.
type shortcutUse = slack.InteractionCallback

// useShortcut opens what somebody picked from Slack's shortcuts.
func (b *Bot) useShortcut(ctx context.Context, i shortcutUse) error {
	if i.User.TeamID == "" || i.User.TeamID != i.Team.ID {
		return b.replies.open(ctx, i.TriggerID, b.p.T("Visit Prep"), func(context.Context) (*modal, error) {
			return &modal{title: b.p.T("Visit Prep"), blocks: outsider(b.p).Blocks}, nil
		})
	}
	for _, row := range b.shortcuts {
		if row.id == i.CallbackID {
			return row.open(ctx, i)
		}
	}
	return fmt.Errorf("unknown shortcut %q", blocks.Clip(i.CallbackID, 100))
}

func (vis *visits) planShortcut(ctx context.Context, i shortcutUse) error {
	return vis.planForm(ctx, caller{team: i.Team.ID, user: i.User.ID, trigger: i.TriggerID})
}

// The fields of the form that puts a message on a visit.
const (
	fieldVisit = "visit"
	fieldAs    = "as" // note or item
	fieldNote  = "note"
)

// addToShortcut opens the form that makes a message a note or an item of a visit.
func (vis *visits) addToShortcut(ctx context.Context, i slack.InteractionCallback) error {
	return vis.replies.open(ctx, i.TriggerID, vis.p.T("Add to visit"), func(ctx context.Context) (*modal, error) {
		vs, err := vis.access.upcoming(ctx, i.Team.ID, i.User.ID, i.Channel.ID)
		if err != nil {
			return nil, err
		}
		if len(vs) == 0 {
			return &modal{title: vis.p.T("Add to visit"), blocks: []slack.Block{
				blocks.Section(vis.p.M("No visits are planned in your channels yet.")),
				blocks.Actions(blocks.Button(actPlan, "", vis.p.T("Plan a visit"))),
			}}, nil
		}
		var options []*slack.OptionBlockObject
		initial := strconv.Itoa(vs[0].Number)
		for _, v := range vs {
			if len(options) < blocks.MaxOptions {
				options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(v.Number)), vis.p.T("Visit %d: %s, %s", v.Number, v.Factory.Name, blocks.ShortDay(vis.p, v.First))))
			}
			if v.Channel == i.Channel.ID && vs[0].Channel != i.Channel.ID {
				initial = strconv.Itoa(v.Number)
			}
		}
		link := ""
		if p, err := vis.o.Slack.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: i.Channel.ID, Ts: i.Message.Timestamp}); err == nil {
			link = p
		}
		as := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option("note", vis.p.T("A note, with a link to the message")), blocks.Option("item", vis.p.T("An item on the checklist")))
		as.InitialOption = as.Options[0]
		return &modal{id: modalAddToVisit, title: vis.p.T("Add to visit"), submit: vis.p.T("Add to visit"), meta: meta{Link: link, Channel: i.Channel.ID}, blocks: []slack.Block{
			blocks.Input(fieldVisit, vis.p.T("Visit"), blocks.Choice(vis.p, blocks.InputAction, vis.p.T("Pick a visit"), initial, options)),
			blocks.Input(fieldAs, vis.p.T("Add as"), as),
			blocks.Input(fieldNote, vis.p.T("Text"), blocks.TextInput(blocks.Clip(blocks.Incoming(i.Message.Text), visit.MaxNote), "", true)),
		}}, nil
	})
}

// submitAddTo makes a message a note or an item.
func (vis *visits) submitAddTo(ctx context.Context, s submission) ([]byte, error) {
	n, _ := strconv.Atoi(s.values.picked(fieldVisit))
	about := visit.SubjectOf(visit.OfVisit, n)
	if err := vis.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := vis.o.Now()
	words := s.values.text(fieldNote)
	_, err := vis.o.Store.ChangeVisit(ctx, s.team, n, now, func(v *visit.Visit) error {
		if s.values.picked(fieldAs) == "item" {
			ms := visit.Milestone(0)
			for _, m := range v.Milestones(&vis.o.Timing) {
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
	vis.live.changed(s.team, about, s.user)
	return updated(vis.p, &modal{title: vis.p.T("Add to visit"), blocks: []slack.Block{blocks.Section(blocks.Escape(vis.p.T("Added to visit %d. Notes appear in the brief, items on the checklist.", n)))}}), nil
}
