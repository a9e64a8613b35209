package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// A modalID is the callback id of a modal. What its submission does is in the table.
type modalID string

// A meta is what a modal carries from one request to the next.
type meta struct {
	About   blocks.Subject `json:"a,omitempty"` // what it is about
	Channel string         `json:"c,omitempty"` // where it was opened
	Draft   string         `json:"d,omitempty"` // where what was typed is kept
	Root    string         `json:"r,omitempty"` // the modal below it, to be drawn again
	// DatesShown is the second step of a series: its dates were seen, and what was typed
	// is the draft.
	DatesShown bool   `json:"s,omitempty"`
	Page       int    `json:"p,omitempty"`
	Emptied    bool   `json:"n,omitempty"` // a form that was emptied
	Link       string `json:"l,omitempty"` // to the message that it comes from
}

// A modal is a form or a page that opens over Slack.
type modal struct {
	id     modalID
	title  string
	submit string // empty for a page without inputs
	close  string
	meta   meta
	blocks []slack.Block
}

// maxModalTitle is Slack's limit for titles and buttons of a modal, in characters.
const maxModalTitle = 24

func (m *modal) view(p blocks.Printer) slack.ModalViewRequest {
	v := slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: string(m.id), Title: blocks.Plain(blocks.Clip(m.title, maxModalTitle)),
		Close: blocks.Plain(cmp.Or(m.close, p.T("Close"))), PrivateMetadata: string(blocks.MustJSON(m.meta)), Blocks: slack.Blocks{BlockSet: m.blocks},
	}
	if m.submit != "" {
		v.Submit = blocks.Plain(blocks.Clip(m.submit, maxModalTitle))
		v.Close = blocks.Plain(cmp.Or(m.close, p.T("Cancel")))
	}
	return v
}

// resetInputs gives the inputs other action ids: Slack keeps what was typed where both
// the block and the action are the same.
func (m *modal) resetInputs() {
	const suffix = ".again"
	for _, block := range m.blocks {
		in, ok := block.(*slack.InputBlock)
		if !ok {
			continue
		}
		switch e := in.Element.(type) {
		case *slack.PlainTextInputBlockElement:
			e.ActionID += suffix
		case *slack.DatePickerBlockElement:
			e.ActionID += suffix
		case *slack.SelectBlockElement:
			e.ActionID += suffix
		case *slack.MultiSelectBlockElement:
			e.ActionID += suffix
		}
	}
}

// open shows a modal at once, before anything is looked up: a trigger is good for
// three seconds. fill then gives the modal itself.
func (r *replies) open(ctx context.Context, trigger, title string, fill func(context.Context) (*modal, error)) error {
	waiting := &modal{title: title, blocks: []slack.Block{blocks.Section(r.p.M("One moment …"))}}
	v, err := r.o.Slack.OpenViewContext(ctx, trigger, waiting.view(r.p))
	if err != nil {
		return fmt.Errorf("open a form: %w", err)
	}
	m, err := fill(ctx)
	if err != nil {
		// What happened stands where the person looks.
		m = r.errorPage(title, "fill a form", err)
	}
	return r.redraw(ctx, v.ID, m)
}

// push lays a modal over the one that is open. It has nothing to look up.
func (r *replies) push(ctx context.Context, trigger string, m *modal) error {
	if _, err := r.o.Slack.PushViewContext(ctx, trigger, m.view(r.p)); err != nil {
		return fmt.Errorf("open a form: %w", err)
	}
	return nil
}

// redraw puts a modal in the place of what the view shows.
func (r *replies) redraw(ctx context.Context, view string, m *modal) error {
	_, err := r.o.Slack.UpdateViewContext(ctx, m.view(r.p), "", "", view)
	if closed(err) {
		return nil // the person closed it meanwhile
	}
	if err != nil {
		return fmt.Errorf("fill a form: %w", err)
	}
	return nil
}

// closed reports whether Slack says that a view is not open any more.
func closed(err error) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && (e.Err == "not_found" || e.Err == "view_not_found")
}

// errorPage is the page that a modal shows instead of its content.
func (r *replies) errorPage(title, what string, err error) *modal {
	return &modal{title: title, blocks: r.errorMessage(what, err).Blocks}
}

// values are what a person entered in a modal, by block. Every input of ours is
// alone in its block.
type values map[string]map[string]slack.BlockAction

func (v values) action(block string) slack.BlockAction {
	for _, a := range v[block] {
		return a
	}
	return slack.BlockAction{}
}

func (v values) text(block string) string { return strings.TrimSpace(v.action(block).Value) }

func (v values) picked(block string) string { return v.action(block).SelectedOption.Value }

func (v values) users(block string) []string { return v.action(block).SelectedUsers }

func (v values) user(block string) string { return v.action(block).SelectedUser }

func (v values) day(block string) string { return v.action(block).SelectedDate }

func (v values) conversation(block string) string { return v.action(block).SelectedConversation }

func (v values) has(block string) bool { _, ok := v[block]; return ok }

// A submission is a modal that a person sent off.
type submission struct {
	team, user string
	id         modalID
	meta       meta
	view       string // its id
	values     values
}

// submitWithin bounds what a submission may take: Slack gives up after three seconds.
const submitWithin = 2500 * time.Millisecond

// submit runs the row of a form.
func (b *Bot) submit(ctx context.Context, s submission) ([]byte, error) {
	for _, row := range b.forms {
		if row.id == s.id {
			return row.submit(ctx, s)
		}
	}
	return nil, fmt.Errorf("unknown form %q", blocks.Clip(string(s.id), 100))
}

// submitted answers a submission with what Slack shall do: nil closes the modal.
func (b *Bot) submitted(i slack.InteractionCallback) (body []byte) {
	s := submission{team: i.Team.ID, user: i.User.ID, id: modalID(i.View.CallbackID), view: i.View.ID}
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.failedSubmission(s, &panicked{value: p})
		}
	}()
	if i.User.TeamID == "" || i.User.TeamID != i.Team.ID {
		return updated(b.p, &modal{title: b.p.T("Visit Prep"), blocks: outsider(b.p).Blocks})
	}
	if err := json.Unmarshal([]byte(cmp.Or(i.View.PrivateMetadata, "{}")), &s.meta); err != nil {
		return b.replies.failedSubmission(s, err)
	}
	if i.View.State != nil {
		s.values = i.View.State.Values
	}
	ctx, cancel := context.WithTimeout(context.Background(), submitWithin)
	defer cancel()
	answer, err := b.submit(ctx, s)
	if err != nil {
		return b.replies.failedSubmission(s, err)
	}
	return answer
}

// failedSubmission keeps the form open where its person can mend it: mistakes
// stand beside their fields. Nothing that was typed is lost.
func (r *replies) failedSubmission(s submission, err error) []byte {
	errs := map[string]string{}
	var list visit.InputErrors
	var one *visit.InputError
	switch {
	case errors.As(err, &list):
		for _, e := range list {
			if errs[e.Field] == "" {
				errs[e.Field] = e.Words(r.p.Printer)
			}
		}
	case errors.As(err, &one):
		errs[one.Field] = one.Words(r.p.Printer)
	}
	// An error at a field that the form does not show would leave it silent.
	shown := map[string]string{}
	for field, words := range errs {
		if s.values.has(field) {
			shown[field] = words
		}
	}
	if len(shown) > 0 {
		return blocks.MustJSON(slack.NewErrorsViewSubmissionResponse(shown))
	}
	m := r.errorMessage("save a form", err)
	for block := range s.values {
		// The first field will do: what matters is that the form stays.
		return blocks.MustJSON(slack.NewErrorsViewSubmissionResponse(map[string]string{block: blocks.Clip(m.Text.String(), 300)}))
	}
	return updated(r.p, &modal{title: r.p.T("Visit Prep"), blocks: m.Blocks})
}

// updated has Slack show m in the place of the modal that was sent off.
func updated(p blocks.Printer, m *modal) []byte {
	v := m.view(p)
	return blocks.MustJSON(slack.NewUpdateViewSubmissionResponse(&v))
}

// The inputs of a form. Their block id is the field that an InputError names.
