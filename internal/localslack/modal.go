package localslack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Modals: views.open, views.push, views.update, and what a person does in one.

// stackMost is how many modals Slack lays over each other.
const stackMost = 3

// newModalLocked checks the "view" of a call and makes a modal of it.
func (w *Workspace) newModalLocked(c *call) (*View, *apiError) {
	v, fields, refused := w.viewLocked(c, "modal")
	if refused != nil {
		return nil, refused
	}
	v.dress(fields)
	return v, nil
}

// dress adds what only a modal has.
func (v *View) dress(fields map[string]any) {
	words := func(k string) string {
		t, _ := fields[k].(map[string]any)
		s, _ := t["text"].(string)
		return s
	}
	v.Title, v.Submit, v.Close = words("title"), words("submit"), words("close")
	v.notifyOnClose = fields["notify_on_close"] == true
	v.fields = map[string]any{}
	for _, k := range []string{"title", "submit", "close", "notify_on_close", "clear_on_close"} {
		if f, ok := fields[k]; ok {
			v.fields[k] = f
		}
	}
}

// opening checks the modal of a call and then spends the trigger_id that lets it
// open; user is the person whose it was. In this order the trigger of a view that
// is refused is still good.
func (w *Workspace) opening(c *call) (v *View, user string, refused *apiError) {
	w.mu.Lock()
	v, refused = w.newModalLocked(c)
	w.mu.Unlock()
	if refused != nil {
		return nil, "", refused
	}
	user, refused = w.useTrigger(c.args["trigger_id"])
	return v, user, refused
}

func (w *Workspace) openView(c *call) (map[string]any, *apiError) {
	v, user, refused := w.opening(c)
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forgetModalsLocked(user)
	return w.layLocked(user, v), nil
}

func (w *Workspace) pushView(c *call) (map[string]any, *apiError) {
	v, user, refused := w.opening(c)
	if refused != nil {
		return nil, refused
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch n := len(w.stacks[user]); {
	case n == 0:
		return nil, fail("invalid_trigger_id", "This person has no modal open; views.push lays one over another. Use views.open.")
	case n >= stackMost:
		return nil, fail("push_limit_reached", fmt.Sprintf("Three modals are open already; Slack allows no %dth.", n+1))
	}
	return w.layLocked(user, v), nil
}

// layLocked puts a modal on top of a person's stack.
func (w *Workspace) layLocked(user string, v *View) map[string]any {
	v.User, v.ID = user, "V0"+strings.ToUpper(random(9))
	w.stacks[user] = append(w.stacks[user], v)
	w.uncheckedLocked("modal", "/view", v.unchecked)
	w.changedLocked()
	return map[string]any{"view": w.modalJSON(v)}
}

// updateView replaces an open modal, found by its id or by the app's own
// external_id. With a hash, Slack refuses an update that would overwrite a newer
// one.
func (w *Workspace) updateView(c *call) (map[string]any, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, refused := w.newModalLocked(c)
	if refused != nil {
		return nil, refused
	}
	var old *View
	for _, stack := range w.stacks {
		for _, o := range stack {
			if o.ID == c.args["view_id"] || c.args["view_id"] == "" && o.ExternalID != "" && o.ExternalID == c.args["external_id"] {
				old = o
			}
		}
	}
	if old == nil {
		return nil, fail("not_found", "That modal is not open any more, or never was. The person may have closed it.")
	}
	if hash := c.args["hash"]; hash != "" && old.Hash != hash {
		return nil, fail("hash_conflict", "The modal was changed since this hash was read. Render it from the latest state and update once more.")
	}
	w.replaceLocked(old, v)
	return map[string]any{"view": w.modalJSON(old)}, nil
}

// replaceLocked shows v in place of old. As in Slack, what was entered stays where
// a block and its action keep their ids.
func (w *Workspace) replaceLocked(old, v *View) {
	v.ID, v.User, v.refused = old.ID, old.User, old.refused
	*old = *v
	w.uncheckedLocked("modal", "/view", v.unchecked)
	w.changedLocked()
}

func (w *Workspace) forgetModalsLocked(user string) {
	for _, v := range w.stacks[user] {
		w.forgetInputsLocked(v)
	}
	delete(w.stacks, user)
}

func (w *Workspace) forgetInputsLocked(v *View) {
	for k := range w.inputs {
		if k.place == v.ID {
			delete(w.inputs, k)
		}
	}
	for k := range w.offered {
		if k.place == v.ID {
			delete(w.offered, k)
		}
	}
}

// modalJSON is a modal as Slack shows it to the app.
func (w *Workspace) modalJSON(v *View) map[string]any {
	j := w.viewJSON(v, "modal", w.stateLocked(inputKey{user: v.User, place: v.ID}, v.Blocks))
	for k, f := range v.fields {
		j[k] = f
	}
	stack := w.stacks[v.User]
	for i, o := range stack {
		if o == v {
			j["root_view_id"] = stack[0].ID
			if i > 0 {
				j["previous_view_id"] = stack[i-1].ID
			}
		}
	}
	return j
}

// Modals are the modals that a person has open, the top one last.
func (w *Workspace) Modals(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var vs []View
	for _, v := range w.stacks[user] {
		vs = append(vs, *v)
	}
	return vs
}

// entered is what a person entered in a modal, by its inputs.
func (w *Workspace) entered(v *View) map[inputKey]json.RawMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[inputKey]json.RawMessage{}
	for k, value := range w.inputs {
		if k.user == v.User && k.place == v.ID {
			all[k] = value
		}
	}
	return all
}

// modalLocked finds a person's open modal.
func (w *Workspace) modalLocked(user, id string) *View {
	for _, v := range w.stacks[user] {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// Submit sends the modal on top of a person's stack, as its button does. If a
// required field is empty, nothing is sent and the errors stand beside the fields:
// Slack's own clients check that before the app hears of it.
//
// The answer in the acknowledgement decides what is shown next. The app may call
// views.update meanwhile, so the lock is not held while it answers.
func (w *Workspace) Submit(user, view string) error {
	p, err := w.human(user)
	if err != nil {
		return err
	}
	w.mu.Lock()
	stack := w.stacks[user]
	if len(stack) == 0 || stack[len(stack)-1].ID != view {
		w.mu.Unlock()
		return cannot("That form is no longer open.")
	}
	v := stack[len(stack)-1]
	if v.Submit == "" {
		w.mu.Unlock()
		return cannot("That form has nothing to submit.")
	}
	if v.Errors = w.emptyLocked(v); len(v.Errors) > 0 {
		v.refused++
		w.changedLocked()
		w.mu.Unlock()
		return nil
	}
	payload := w.payload(p, "view_submission")
	payload["trigger_id"] = w.triggerLocked(user)
	payload["view"] = w.modalJSON(v)
	payload["response_urls"] = []any{}
	w.changedLocked()
	w.mu.Unlock()
	answer, failed := w.deliver(delivery{kind: "interactive", payload: payload})
	w.mu.Lock()
	defer w.mu.Unlock()
	if failed != nil {
		w.refuseLocked("ack", failed.code, v.CallbackID+": "+failed.detail)
		return &DeliveryError{failed.code, "We had some trouble connecting. Try again?"}
	}
	return w.answeredLocked(user, v, answer.body)
}

// An inputBlock is what of an input block matters for checking a form.
type inputBlock struct {
	Type     string `json:"type"`
	BlockID  string `json:"block_id"`
	Optional bool   `json:"optional"`
}

func (v *View) inputs() []inputBlock {
	var list []inputBlock
	for _, raw := range v.Blocks {
		var b inputBlock
		if json.Unmarshal(raw, &b) == nil && b.Type == "input" {
			list = append(list, b)
		}
	}
	return list
}

// emptyLocked finds the required fields that are empty.
func (w *Workspace) emptyLocked(v *View) map[string]string {
	errs := map[string]string{}
	values := w.stateLocked(inputKey{user: v.User, place: v.ID}, v.Blocks)["values"].(map[string]any)
	for _, b := range v.inputs() {
		group, _ := values[b.BlockID].(map[string]any)
		for _, s := range group {
			if !b.Optional && !entered(s) {
				errs[b.BlockID] = "Please complete this required field."
			}
		}
	}
	return errs
}

// entered reports whether the state of an input holds a value. The state is a map
// while the input is untouched and JSON after that.
func entered(state any) bool {
	var fields map[string]any
	_ = json.Unmarshal(encode(state), &fields)
	delete(fields, "type")
	for _, value := range fields {
		switch value := value.(type) {
		case nil:
		case string:
			if strings.TrimSpace(value) != "" {
				return true
			}
		case []any:
			if len(value) > 0 {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// answeredLocked does what the app's answer to a submission asks for: nothing
// closes this modal, clear closes all, errors keeps it open, update and push show
// another. Slack shows the person its own error for an answer it cannot use.
func (w *Workspace) answeredLocked(user string, v *View, body []byte) error {
	text := strings.TrimSpace(string(body))
	if text == "" || text == "{}" || text == "null" {
		w.popLocked(user, v)
		return nil
	}
	var a struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		w.refuseLocked("ack", "invalid_response", "The answer to a submission is not JSON: "+err.Error())
		return &DeliveryError{"invalid_response", "We had some trouble connecting. Try again?"}
	}
	switch a.Action {
	case "":
		w.popLocked(user, v)
	case "clear":
		w.forgetModalsLocked(user)
		w.changedLocked()
	case "errors":
		w.wrongLocked(v, a.Errors)
	case "update", "push":
		next, refused := w.newModalLocked(&call{method: "ack", args: map[string]string{"view": string(a.View)}})
		if refused != nil {
			w.refuseLocked("ack", refused.code, refused.reason)
			return &DeliveryError{refused.code, "We had some trouble connecting. Try again?"}
		}
		if a.Action == "push" {
			if len(w.stacks[user]) >= stackMost {
				w.refuseLocked("ack", "push_limit_reached", "Three modals are open already.")
				return nil
			}
			w.layLocked(user, next)
			return nil
		}
		w.replaceLocked(v, next)
	default:
		w.refuseLocked("ack", "invalid_response_action", fmt.Sprintf("response_action is %q; it is errors, update, push or clear.", a.Action))
	}
	return nil
}

// wrongLocked shows what is wrong beside the inputs, by block. For a block that is
// not an input Slack shows nothing, and the person is left wondering why the form
// stays open: that counts as refused here.
func (w *Workspace) wrongLocked(v *View, wrong map[string]string) {
	inputs := map[string]bool{}
	for _, b := range v.inputs() {
		inputs[b.BlockID] = true
	}
	for block := range wrong {
		if !inputs[block] {
			w.refuseLocked("ack", "invalid_block_id", fmt.Sprintf("The answer has an error for the block %q, which is not an input of this modal. Slack shows the person nothing.", block))
		}
	}
	if len(wrong) == 0 {
		w.refuseLocked("ack", "no_errors", "response_action is errors, and there are none.")
	}
	v.Errors = wrong
	v.refused++
	w.changedLocked()
}

func (w *Workspace) popLocked(user string, v *View) {
	w.forgetInputsLocked(v)
	w.stacks[user] = slices.DeleteFunc(w.stacks[user], func(o *View) bool { return o == v })
	w.changedLocked()
}

// CloseModal closes a person's modal; the one below shows again. The app hears of
// it only if the view asked for it by notify_on_close.
func (w *Workspace) CloseModal(user, view string) error {
	p, err := w.human(user)
	if err != nil {
		return err
	}
	w.mu.Lock()
	v := w.modalLocked(user, view)
	if v == nil {
		w.mu.Unlock()
		return nil // closed already
	}
	payload := w.payload(p, "view_closed")
	payload["view"], payload["is_cleared"] = w.modalJSON(v), false
	w.popLocked(user, v)
	w.mu.Unlock()
	if v.notifyOnClose {
		w.inBackground(func() { w.deliver(delivery{kind: "interactive", payload: payload}) })
	}
	return nil
}

// payload is what every interactive payload has in common.
func (w *Workspace) payload(p Person, kind string) map[string]any {
	user := map[string]any{"id": p.ID, "username": p.Name, "name": p.Name}
	if p.TeamID != "" && !w.omitUserTeam.Load() {
		user["team_id"] = p.TeamID
	}
	j := map[string]any{
		"type":                  kind,
		"user":                  user,
		"api_app_id":            w.opt.AppID,
		"token":                 w.verification(),
		"team":                  map[string]any{"id": w.opt.TeamID, "domain": w.opt.TeamDomain},
		"enterprise":            nil,
		"is_enterprise_install": false,
	}
	if w.orgInstall.Load() {
		j["team"], j["is_enterprise_install"] = nil, true
	}
	if w.organisation() != nil {
		j["enterprise"] = map[string]any{"id": w.opt.EnterpriseID, "name": w.opt.TeamName}
	}
	return j
}

// A Shortcut is one that the app registered in its manifest.
type Shortcut struct {
	Name       string
	CallbackID string
	OnMessage  bool // on a message; otherwise anywhere
}

// Shortcuts lists the app's shortcuts.
func (w *Workspace) Shortcuts() []Shortcut { return slices.Clone(w.opt.Shortcuts) }

// Shortcut uses a shortcut: a global one, or one on a message of a channel. One on
// a message comes with that message and a response_url, a global one with neither.
func (w *Workspace) Shortcut(user, callbackID, channel, ts string) error {
	p, err := w.human(user)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(w.opt.Shortcuts, func(s Shortcut) bool { return s.CallbackID == callbackID })
	if i < 0 {
		return cannot("The app has no shortcut %q.", callbackID)
	}
	w.mu.Lock()
	payload := w.payload(p, "shortcut")
	payload["callback_id"], payload["action_ts"] = callbackID, w.stampLocked()
	if w.opt.Shortcuts[i].OnMessage {
		c, m, err := w.seenLocked(user, channel, ts)
		if err != nil {
			w.mu.Unlock()
			return err
		}
		payload["type"] = "message_action"
		payload["channel"] = map[string]any{"id": c.ID, "name": c.payloadName()}
		payload["message"] = w.pushed(c, w.messageJSON(m, true))
		payload["message_ts"] = m.TS
		payload["response_url"] = w.replyURLLocked("actions", &replyURL{user: user, channel: c.ID, ts: m.TS})
	}
	payload["trigger_id"] = w.triggerLocked(user)
	w.mu.Unlock()
	if _, failed := w.deliver(delivery{kind: "interactive", payload: payload}); failed != nil {
		w.refuse("ack", failed.code, callbackID+": "+failed.detail)
		return &DeliveryError{failed.code, fmt.Sprintf("The app did not take your shortcut (%s). Try again in a moment.", failed.code)}
	}
	return nil
}
