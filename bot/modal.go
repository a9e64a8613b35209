package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/guide"
	"visitprep/internal/store"
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
	Copy    string         `json:"q,omitempty"` // response URL of the card below it that only this person sees, to be drawn again
	// DatesShown is the second step of a series: its dates were seen, and what was typed
	// is the draft.
	DatesShown bool      `json:"s,omitempty"`
	Rule       string    `json:"e,omitempty"` // whose dates the form of a series shows
	Page       int       `json:"p,omitempty"`
	List       listState `json:"i,omitzero"`  // of a checklist, here or below
	Shown      []string  `json:"w,omitempty"` // what a form showed, to tell what was changed in it
	Language   string    `json:"t,omitempty"` // of channels, as the form showed it
	Emptied    bool      `json:"n,omitempty"` // a form that was emptied
	Link       string    `json:"l,omitempty"` // to the message that it comes from
	Spot       string    `json:"m,omitempty"` // the message that it was opened from, to be drawn again
}

// A modal is a form or a page that opens over Slack.
type modal struct {
	id     modalID
	title  string
	submit string // empty for a page without inputs
	close  string
	meta   meta
	blocks []slack.Block
	// unshown is what stands in the place of a picture that Slack does not show, by its file.
	unshown map[string]slack.Block
	// external is an id of our own, by which a view is found whose opening Slack did not
	// confirm.
	external string
}

// maxModalTitle is Slack's limit for titles and buttons of a modal, in characters.
const maxModalTitle = 24

func (m *modal) view(p blocks.Printer) slack.ModalViewRequest {
	v := slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: string(m.id), Title: blocks.Plain(blocks.Clip(m.title, maxModalTitle)),
		Close: blocks.Plain(cmp.Or(m.close, p.T("Close"))), PrivateMetadata: string(blocks.MustJSON(m.meta)), Blocks: slack.Blocks{BlockSet: m.blocks},
		ExternalID: m.external,
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

// An opening is a form that somebody asked for, and the button with which they can ask
// for it again from a direct message; an outsider has none.
type opening struct {
	caller
	verb  blocks.ActionID
	about blocks.Subject
	title string
}

// How long a form may take. A trigger is good for three seconds; what waits longer for
// Slack's answer knows that it comes too late.
const (
	openWithin = 3 * time.Second
	fillWithin = workLimit - sayLimit
)

// open shows a form at once, before anything is looked up, even who it is that asks: by
// itself, or over the one from which it was asked for. fill then gives the form itself, to
// a person of the workspace team. Whoever asked always reads something: the form, in its
// place what happened, or in their direct message what to do.
func (r *replies) open(ctx context.Context, o opening, fill func(ctx context.Context, team string) (*modal, error)) error {
	p, api := r.speaksTo(o.team, o.user), r.api(ctx, o.team)
	waiting := &modal{title: o.title, external: rand.Text(), blocks: []slack.Block{
		blocks.Section(p.M("One moment …")), blocks.Note(p.M("If this stays as it is, close it and open it again.")),
	}}
	view, opened := "", api.OpenViewContext
	if o.on == guide.InModal {
		opened = api.PushViewContext
	}
	soon, cancel := context.WithTimeout(ctx, openWithin)
	v, err := opened(soon, o.trigger, waiting.view(p))
	cancel()
	switch {
	case err == nil:
		view = v.ID
	case definite(err) || errors.Is(err, errNotWritten):
		return r.sayNotOpened(ctx, o, err, p.T("I couldn't open the form “%s”, because Slack didn't let me in time. Nothing has changed. Please open it here.", o.title))
	} // else it may have opened, and is found by its external id
	filling, cancel := context.WithTimeout(ctx, fillWithin)
	defer cancel()
	var m *modal
	team, err := r.admit(filling, o.team, o.user)
	if err == nil {
		m, err = fill(filling, team)
	}
	if err != nil {
		// What happened stands where the person looks.
		m = r.errorPageTo(o.team, o.user, o.title, "fill a form", err)
	}
	err = r.updateIn(filling, o.team, p, view, waiting.external, m)
	if isSlackError(err, "missing_scope") && m.withoutFiles(p) { // of an app that was not installed anew
		err = r.updateIn(filling, o.team, p, view, waiting.external, m)
	}
	for err != nil && m.withoutPictures(err) {
		r.log.Warn("a form comes without a picture that Slack refuses", "form", o.title, "err", err)
		err = r.updateIn(filling, o.team, p, view, waiting.external, m)
	}
	if err != nil && definite(err) && !closed(err) {
		// Slack does not take the form, but perhaps that it does not.
		err = r.updateIn(filling, o.team, p, view, waiting.external, r.errorPageTo(o.team, o.user, o.title, "fill a form", err))
	}
	switch {
	case err == nil || closed(err) && view != "": // the person closed it meanwhile
		return nil
	case closed(err):
		return r.sayNotOpened(ctx, o, err, p.T("I couldn't open the form “%s”, because Slack didn't let me in time. Nothing has changed. Please open it here.", o.title))
	}
	return r.sayNotOpened(ctx, o, err, p.T("I couldn't fill the form “%s”, because Slack didn't answer. Nothing has changed. Please close it, and open it again here.", o.title))
}

// withoutFiles takes the inputs for files out of a form, which Slack refuses without a
// permission, and says so. It reports false where there are none.
func (m *modal) withoutFiles(p blocks.Printer) bool {
	at := slices.IndexFunc(m.blocks, func(b slack.Block) bool {
		in, ok := b.(*slack.InputBlock)
		return ok && in.Element.ElementType() == slack.METFileInput
	})
	if at < 0 {
		return false
	}
	m.blocks[at] = blocks.Note(p.M("Photos can't be added here: I'm missing the permission %s. Ask the person who manages your Slack apps. Everything else is saved.", blocks.Code("files:read")))
	return true
}

// refusedBlock finds the block that Slack names where it refuses one.
var refusedBlock = regexp.MustCompile(`/blocks/(\d+)/`)

// withoutPictures takes the pictures out of a form that Slack refuses: those that err names, or
// else all. It reports false where Slack refuses something else, or there are none.
func (m *modal) withoutPictures(err error) bool {
	var e slack.SlackErrorResponse
	if !errors.As(err, &e) || e.Err != "invalid_blocks" && e.Err != "invalid_arguments" {
		return false
	}
	var named, all []int
	for n, b := range m.blocks {
		if picture, ok := b.(*slack.ImageBlock); ok && picture.SlackFile != nil && m.unshown[picture.SlackFile.ID] != nil {
			all = append(all, n)
		}
	}
	for _, words := range e.ResponseMetadata.Messages {
		if at := refusedBlock.FindStringSubmatch(words); at != nil {
			if n, _ := strconv.Atoi(at[1]); slices.Contains(all, n) {
				named = append(named, n)
			}
		}
	}
	if len(named) == 0 {
		named = all
	}
	for _, n := range named {
		if picture, ok := m.blocks[n].(*slack.ImageBlock); ok { // not named twice
			m.blocks[n] = m.unshown[picture.SlackFile.ID]
		}
	}
	return len(named) > 0
}

// sayNotOpened tells whoever asked for a form, in their direct message, what became of it.
func (r *replies) sayNotOpened(ctx context.Context, o opening, cause error, words string) error {
	m := blocks.Said(words)
	if o.verb != "" {
		m.Add(blocks.Actions(blocks.Button(o.verb, o.about, blocks.Clip(r.speaksTo(o.team, o.user).T("Open “%s”", o.title), 75))))
	}
	if err := r.post(ctx, o.team, o.user, "", m); err != nil {
		return fmt.Errorf("open a form: %w", errors.Join(cause, err))
	}
	r.log.Warn("could not open a form; told the person", "form", o.title, "err", cause)
	return nil
}

// redraw puts a modal in the place of what the view shows.
func (r *replies) redraw(ctx context.Context, p blocks.Printer, team, view string, m *modal) error {
	err := r.updateIn(ctx, team, p, view, "", m)
	if closed(err) {
		return nil // the person closed it meanwhile
	}
	if err != nil {
		return fmt.Errorf("fill a form: %w", err)
	}
	return nil
}

// updateIn shows m in the place of a view, which is found by its id or by the external id
// that it was opened with; p words the buttons of the form itself. Doing that twice does no
// harm, so it is tried until ctx ends.
func (r *replies) updateIn(ctx context.Context, team string, p blocks.Printer, view, external string, m *modal) error {
	m.external = external
	if view != "" {
		external = ""
	}
	for wait := retryAfter; ; wait *= 2 {
		_, err := r.api(ctx, team).UpdateViewContext(ctx, m.view(p), external, "", view)
		if err == nil || definite(err) || !pause(ctx, wait) {
			return err
		}
	}
}

// closed reports whether Slack says that a view is not open any more.
func closed(err error) bool {
	var e slack.SlackErrorResponse
	return errors.As(err, &e) && (e.Err == "not_found" || e.Err == "view_not_found")
}

// errorPage is the page that a modal shows instead of its content.
func (r *replies) errorPageTo(team, person, title, what string, err error) *modal {
	return &modal{title: title, blocks: r.errorTo(team, person, what, err).Blocks}
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

func (v values) text(block string) string { return chars.Prose(v.action(block).Value) }

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
	last       string // the last input that the form shows
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
	b.passOver(kindInteraction, string(s.id))
	return nil, fmt.Errorf("unknown form %q", blocks.Clip(string(s.id), 100))
}

// submitted answers a submission with what Slack shall do: nil closes the modal.
func (b *Bot) submitted(i slack.InteractionCallback) (body []byte) {
	s := submission{team: b.workspaceOf(&i), user: i.User.ID, id: modalID(i.View.CallbackID), view: i.View.ID}
	defer func() {
		if p := recover(); p != nil {
			body = b.replies.failedSubmission(s, &panicked{value: p})
		}
	}()
	if err := json.Unmarshal([]byte(cmp.Or(i.View.PrivateMetadata, "{}")), &s.meta); err != nil {
		return b.replies.failedSubmission(s, err)
	}
	if i.View.State != nil {
		s.values = i.View.State.Values
	}
	for _, block := range i.View.Blocks.BlockSet {
		if in, ok := block.(*slack.InputBlock); ok {
			s.last = in.BlockID
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.submitWithin)
	defer cancel()
	var err error
	if s.team, err = b.admit(ctx, s.team, s.user); errors.Is(err, errNotColleague) {
		p := b.replies.speaksTo(s.team, s.user)
		return updated(p, &modal{title: p.T("Visit Prep"), blocks: outsider(p).Blocks})
	} else if err != nil {
		return b.replies.failedSubmission(s, err)
	}
	if b.wasSaved(ctx, &s) {
		return s.closing()
	}
	answer, err := b.submit(ctx, s)
	switch {
	case err == nil:
		return answer
	case b.wasSaved(ctx, &s): // meanwhile, by another process
		return s.closing()
	case errors.Is(err, store.ErrHandled):
		err = alreadyMade()
	}
	return b.replies.failedSubmission(s, err)
}

// failedSubmission keeps the form open where its person can mend it: mistakes
// stand beside their fields. Nothing that was typed is lost.
func (r *replies) failedSubmission(s submission, err error) []byte {
	p := r.speaksTo(s.team, s.user)
	errs := map[string]string{}
	var list visit.InputErrors
	var one *visit.InputError
	switch {
	case errors.As(err, &list):
		for _, e := range list {
			if errs[e.Field] == "" {
				errs[e.Field] = e.Words(p.Printer)
			}
		}
	case errors.As(err, &one):
		errs[one.Field] = one.Words(p.Printer)
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
	m := r.errorTo(s.team, s.user, "save a form", err)
	if s.last != "" { // it stands above the button that was pressed, and the form stays
		return blocks.MustJSON(slack.NewErrorsViewSubmissionResponse(map[string]string{s.last: blocks.Clip(m.Text.String(), 300)}))
	}
	return updated(p, &modal{title: p.T("Visit Prep"), blocks: m.Blocks})
}

// updated has Slack show m in the place of the modal that was sent off.
func updated(p blocks.Printer, m *modal) []byte {
	v := m.view(p)
	return blocks.MustJSON(slack.NewUpdateViewSubmissionResponse(&v))
}

// pushed has Slack show m over the modal that was sent off, which is there again when m is
// closed.
func pushed(p blocks.Printer, m *modal) []byte {
	v := m.view(p)
	return blocks.MustJSON(slack.NewPushViewSubmissionResponse(&v))
}

// closing is the answer to a form that was saved: it closes, and with a preview the form
// below it.
func (s *submission) closing() []byte {
	if s.meta.DatesShown {
		return blocks.MustJSON(slack.NewClearViewSubmissionResponse())
	}
	return nil
}

// The inputs of a form. Their block id is the field that an InputError names.
