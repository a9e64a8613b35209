package bot

import (
	"context"
	"encoding/json"
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
	shortcutLogFinding = "log-finding"  // on a message, with or without photos
)

// A shortcutUse is one use of a shortcut.
type shortcutUse = slack.InteractionCallback

// useShortcut opens the form that somebody picked from Slack's shortcuts.
func (b *Bot) useShortcut(ctx context.Context, i shortcutUse) error {
	i.Team.ID = b.workspaceOf(&i)
	for _, row := range b.shortcuts {
		if row.id == i.CallbackID {
			return row.open(ctx, i)
		}
	}
	b.passOver(kindInteraction, i.CallbackID)
	return fmt.Errorf("unknown shortcut %q", blocks.Clip(i.CallbackID, 100))
}

func usedBy(i shortcutUse) caller {
	return caller{team: i.Team.ID, user: i.User.ID, trigger: i.TriggerID}
}

func (vis *visits) planShortcut(ctx context.Context, i shortcutUse) error {
	return vis.planForm(ctx, usedBy(i))
}

// The fields of the form that puts a message on a visit.
const (
	fieldVisit = "visit"
	fieldAs    = "as" // note or item
	fieldNote  = "note"
)

// actAddTo opens the form of the shortcut again. Its value is the message.
const actAddTo blocks.ActionID = "add-to"

// A chosenMessage is a message that somebody wants to put on a visit.
type chosenMessage struct {
	Channel string `json:"c"`
	TS      string `json:"t"`
	Words   string `json:"w"`
}

// maxButtonValue is Slack's limit for the value of a button, in bytes: less than its
// characters.
const maxButtonValue = 2000

func (vis *visits) addToShortcut(ctx context.Context, i shortcutUse) error {
	return vis.addToForm(ctx, usedBy(i), chosenMessage{i.Channel.ID, i.Message.Timestamp, blocks.Clip(blocks.Incoming(i.Message.Text), visit.MaxNote)})
}

// addToClick opens the form of the shortcut again.
func (vis *visits) addToClick(ctx context.Context, c click) error {
	var of chosenMessage
	if err := json.Unmarshal([]byte(c.about), &of); err != nil {
		return fmt.Errorf("read the button of a message: %w", err)
	}
	return vis.addToForm(ctx, c.caller, of)
}

// addToForm opens the form that makes a message a note or an item of a visit.
func (vis *visits) addToForm(ctx context.Context, who caller, of chosenMessage) error {
	p := vis.directory.printerNow(who.team, who.user)
	value := blocks.MustJSON(of)
	for most := visit.MaxNote; len(value) > maxButtonValue; most /= 2 {
		value = blocks.MustJSON(chosenMessage{of.Channel, of.TS, blocks.Clip(of.Words, most)})
	}
	return vis.replies.open(ctx, opening{who, actAddTo, blocks.Subject(value), p.T("Add to visit")}, func(ctx context.Context, team string) (*modal, error) {
		p := vis.directory.printer(ctx, who.team, who.user)
		vs, err := vis.access.upcoming(ctx, team, who.user, of.Channel)
		if err != nil {
			return nil, err
		}
		if len(vs) == 0 {
			return &modal{title: p.T("Add to visit"), blocks: []slack.Block{
				blocks.Section(p.M("No visits are planned in your channels yet.")),
				blocks.Actions(blocks.Button(actPlan, "", p.T("Plan a visit"))),
			}}, nil
		}
		var options []*slack.OptionBlockObject
		initial := strconv.Itoa(vs[0].Number)
		for _, v := range vs {
			if len(options) < blocks.MaxOptions {
				options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(v.Number)), p.T("Visit %d: %s, %s", v.Number, v.Factory.Name, blocks.ShortDay(p, v.First))))
			}
			if v.Channel == of.Channel && vs[0].Channel != of.Channel {
				initial = strconv.Itoa(v.Number)
			}
		}
		link := ""
		if p, err := vis.api(ctx, team).GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: of.Channel, Ts: of.TS}); err == nil {
			link = p
		}
		as := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option("note", p.T("A note, with a link to the message")), blocks.Option("item", p.T("An item on the checklist")),
			blocks.Option("contact", p.T("A contact: I open the form")))
		as.InitialOption = as.Options[0]
		return &modal{id: modalAddToVisit, title: p.T("Add to visit"), submit: p.T("Add to visit"), meta: meta{Link: link, Channel: of.Channel}, blocks: []slack.Block{
			blocks.Input(fieldVisit, p.T("Visit"), blocks.Choice(p, blocks.InputAction, p.T("Pick a visit"), initial, options)),
			blocks.Input(fieldAs, p.T("Add as"), as),
			blocks.Input(fieldNote, p.T("Text"), blocks.TextInput(of.Words, "", true)),
		}}, nil
	})
}

// submitAddTo makes a message a note or an item.
func (vis *visits) submitAddTo(ctx context.Context, s submission) ([]byte, error) {
	p := vis.directory.printer(ctx, s.team, s.user)
	n, _ := strconv.Atoi(s.values.picked(fieldVisit))
	about := visit.SubjectOf(visit.OfVisit, n)
	if err := vis.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := vis.o.Now()
	words := s.values.text(fieldNote)
	if s.values.picked(fieldAs) == "contact" {
		m, err := vis.contacts.ofMessage(ctx, s.team, s.user, s.meta.Channel, words, n)
		if err != nil {
			return nil, err
		}
		return updated(vis.directory.printer(ctx, s.team, s.user), m), nil
	}
	asItem := s.values.picked(fieldAs) == "item"
	v, err := s.making(vis.o.Store).ChangeVisit(ctx, s.team, n, now, func(v *visit.Visit) error {
		if !asItem {
			return v.AddNote(visit.Note{By: s.user, At: now, Text: words, Link: s.meta.Link})
		}
		ms := visit.Milestone(0)
		for _, m := range v.Milestones(&vis.o.Timing) {
			if !v.DueDay(m).Before(v.Today(now)) {
				ms = m
				break
			}
		}
		_, err := v.Items.Add(visit.Item{Milestone: ms, Text: blocks.Clip(words, visit.MaxItem)}, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	vis.live.changed(s.team, about, s.user)
	said, button := p.T("It is on the checklist now."), blocks.Button(actChecklist, visitSubject(&v), p.T("Open checklist"))
	if !asItem {
		said, button = p.T("Its notes stand in the brief and under /visit-prep show %d.", n), blocks.Button(actNotes, visitSubject(&v), p.T("Notes (%d)", len(v.Notes)))
	}
	return updated(p, &modal{title: p.T("Add to visit"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(p.T("Added to visit %d.", n)) + " " + blocks.Escape(said)), blocks.Actions(button),
	}}), nil
}
