package localslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Files: what people and the app upload, what the app is told of them, and how it
// gets their bytes. thumbs.go makes the small pictures.

// A File is a file that a person or the app uploaded, as it was when it was asked for.
type File struct {
	ID, Name, Title string
	Content         []byte
	User            string // who uploaded it
	Mimetype        string // "image/jpeg"
	Filetype        string // Slack's word for it: "jpg", "heic", "binary"
	AltText         string
	At              time.Time
	Ready           bool // Slack is done with it: a picture has its size and thumbs
	Width, Height   int  // of a ready picture, upright
	Deleted         bool

	thumbs   map[int]thumb // by the most that a side has
	secret   string        // in the addresses of the thumbs
	length   int           // announced by the app
	complete bool          // the app may not complete it again
	given    bool          // a person gave it to the app in a form
	denied   bool          // the app may not see it
}

// fileMost bounds what this workspace keeps in memory for one file; Slack takes
// more.
const fileMost = 32 << 20

// Limits of Slack's for what people send.
const (
	attachedMost   = 10       // files in one message
	fileInputMost  = 10       // files in one input, if it says no less
	fileInputBytes = 10 << 20 // of one file in an input
)

// Upload keeps a file that somebody picked and has not sent yet, as Slack's clients
// do. Share sends it, or Act with a file_input.
func (w *Workspace) Upload(user, name string, content []byte) (File, error) {
	p, err := w.human(user)
	if err != nil {
		return File{}, err
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	switch {
	case len(content) == 0:
		return File{}, cannot("%s is empty, so there is nothing to upload.", name)
	case len(content) > fileMost:
		return File{}, cannot("%s is too large: this workspace keeps %d MB at most.", name, fileMost>>20)
	}
	f := w.newFile(p.ID, name)
	f.Content = content
	w.keep(f)
	w.mu.Lock()
	defer w.mu.Unlock()
	return *f, nil
}

func (w *Workspace) newFile(user, name string) *File {
	return &File{ID: "F0" + strings.ToUpper(random(9)), Name: name, Title: name, User: user, At: w.opt.Now(), secret: random(10)}
}

// keep puts a file that has its bytes among the files, and has it looked at: at once,
// or after ThumbLag.
func (w *Workspace) keep(f *File) {
	f.Mimetype, f.Filetype = kindOf(f.Name, f.Content)
	w.mu.Lock()
	w.files[f.ID] = f
	w.changedLocked()
	w.mu.Unlock()
	if w.opt.ThumbLag <= 0 {
		w.lookAt(f)
		return
	}
	w.start(func() { // not inBackground: nothing is on its way to the app
		timer := time.NewTimer(w.opt.ThumbLag)
		defer timer.Stop()
		select {
		case <-timer.C:
			w.lookAt(f)
		case <-w.ctx.Done():
		}
	})
}

func (w *Workspace) lookAt(f *File) {
	width, height, thumbs := thumbsOf(f.Content)
	w.mu.Lock()
	defer w.mu.Unlock()
	f.Ready, f.Width, f.Height, f.thumbs = true, width, height, thumbs
	w.changedLocked()
}

// DenyFile lets the app no longer see a file, as in Slack one whose owner is of a
// company that does not let files out.
func (w *Workspace) DenyFile(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.files[id]; f != nil {
		f.denied = true
	}
}

// LoseShares lets the next n uploads of the app complete with "ok" and never appear
// in their channel, as happens in Slack.
func (w *Workspace) LoseShares(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lostShares = n
}

// DeleteFile takes a file away for good. Where it was shared, only that there was one
// is left.
func (w *Workspace) DeleteFile(user, id string) error {
	p, err := w.human(user)
	if err != nil {
		return err
	}
	w.mu.Lock()
	f := w.files[id]
	if f == nil || f.Deleted || f.User != user && !(p.Admin && f.User == w.opt.BotUserID) {
		w.mu.Unlock()
		return cannot("You can delete your own files only.")
	}
	changes := w.deleteLocked(f)
	w.mu.Unlock()
	changes()
	return nil
}

// deleteFile is DeleteFile by the app, which may delete what it has uploaded itself.
func (w *Workspace) deleteFile(c *call) (map[string]any, *apiError) {
	w.mu.Lock()
	f := w.files[c.args["file"]]
	var refused *apiError
	switch {
	case f == nil || f.Content == nil && !f.Deleted:
		refused = fail("file_not_found", fmt.Sprintf("There is no file %q.", c.args["file"]))
	case f.Deleted:
		refused = fail("file_deleted", "The file was deleted.")
	case !w.appSeesLocked(f):
		refused = fail("file_not_found", fmt.Sprintf("The file %q was not sent to a channel that the app is in.", f.ID))
	case f.User != w.opt.BotUserID:
		refused = fail("cant_delete_file", "The app can delete only what it has uploaded.")
	}
	if refused != nil {
		w.mu.Unlock()
		return nil, refused
	}
	changes := w.deleteLocked(f)
	w.mu.Unlock()
	changes()
	return map[string]any{}, nil
}

// deleteLocked takes a file away. What it returns tells the app, without the lock, of the
// messages that had it.
func (w *Workspace) deleteLocked(f *File) (echo func()) {
	type change struct {
		in    *Channel
		inner map[string]any
	}
	var changes []change
	before := map[*Message]map[string]any{}
	w.sharedLocked(f, func(_ *Channel, m *Message) { before[m] = w.messageJSON(m, false) })
	f.Deleted, f.Content, f.thumbs = true, nil, nil
	w.sharedLocked(f, func(c *Channel, m *Message) {
		there := c.clone()
		changes = append(changes, change{&there, map[string]any{
			"subtype": "message_changed", "message": w.messageJSON(m, false), "previous_message": before[m], "hidden": true, "ts": w.stampLocked(),
		}})
	})
	w.changedLocked()
	return func() {
		for _, c := range changes {
			w.echo(c.in, c.inner)
		}
	}
}

// sharedLocked calls visit for every message that has a file, in the order in which
// they were sent.
func (w *Workspace) sharedLocked(f *File, visit func(*Channel, *Message)) {
	for _, c := range w.channels {
		for _, m := range w.messages[c.ID] {
			if slices.Contains(m.files, f) {
				visit(c, m)
			}
		}
	}
}

// appSeesLocked reports whether the app may read a file: its own, one that it was given
// in a form, and what was sent where it is a member.
func (w *Workspace) appSeesLocked(f *File) bool {
	seen := f.User == w.opt.BotUserID || f.given
	w.sharedLocked(f, func(c *Channel, m *Message) { seen = seen || c.has(w.opt.BotUserID) })
	return seen && !f.denied
}

// notInAddress is what does not stand in the addresses of files.
var notInAddress = lazily(`[^a-z0-9.-]+`)

func slug(name string) string { return notInAddress().ReplaceAllString(strings.ToLower(name), "_") }

// addressesLocked are where the bytes of a file are, and its page.
func (w *Workspace) addressesLocked(f *File) (private, download, permalink string) {
	at := w.baseLocked() + "/files-pri/" + w.opt.TeamID + "-" + f.ID
	return at + "/" + slug(f.Name), at + "/download/" + slug(f.Name), w.baseLocked() + "/files/" + f.User + "/" + f.ID + "/" + slug(f.Name)
}

// fileJSON is a file as Slack shows it to the app in a message or a form. Until Slack
// is done with a picture it says neither its size nor where its thumbs are.
func (w *Workspace) fileJSON(f *File) map[string]any {
	if f.Deleted {
		return map[string]any{"id": f.ID, "mode": "tombstone"}
	}
	if f.denied {
		return map[string]any{"id": f.ID, "mode": "file_access", "file_access": "access_denied", "created": 0, "timestamp": 0, "user": ""}
	}
	team := w.opt.TeamID
	if p, ok := w.Person(f.User); ok && p.TeamID != "" {
		team = p.TeamID
	}
	private, download, permalink := w.addressesLocked(f)
	j := map[string]any{
		"id": f.ID, "created": f.At.Unix(), "timestamp": f.At.Unix(), "name": f.Name, "title": f.Title,
		"mimetype": f.Mimetype, "filetype": f.Filetype, "pretty_type": prettyType(f.Filetype), "user": f.User, "user_team": team,
		"editable": false, "size": len(f.Content), "mode": "hosted", "is_external": false, "external_type": "", "is_public": false,
		"public_url_shared": false, "display_as_bot": false, "username": "", "url_private": private, "url_private_download": download,
		"media_display_type": "unknown", "permalink": permalink,
		"permalink_public": w.baseLocked() + "/public/" + w.opt.TeamID + "-" + f.ID, "has_rich_preview": false, "file_access": "visible",
	}
	w.sharedLocked(f, func(c *Channel, _ *Message) {
		if c.kind() == "channels" {
			j["is_public"] = true
		}
	})
	if f.AltText != "" {
		j["alt_txt"] = f.AltText
	}
	if f.Width == 0 {
		return j
	}
	j["original_w"], j["original_h"] = f.Width, f.Height
	for most, t := range f.thumbs {
		name := "thumb_" + strconv.Itoa(most)
		j[name] = fmt.Sprintf("%s/files-tmb/%s-%s-%s/%s", w.baseLocked(), w.opt.TeamID, f.ID, f.secret, thumbName(f, most))
		if most >= firstFitted {
			j[name+"_w"], j[name+"_h"] = t.width, t.height
		}
	}
	return j
}

// pushed is a message as an event or a shortcut carries it: of a file in a channel
// shared with another company it has the id alone, and files.info the rest.
func (w *Workspace) pushed(c *Channel, j map[string]any) map[string]any {
	list, has := j["files"].([]any)
	if !has || !c.ExtShared {
		return j
	}
	stubs := make([]any, len(list))
	for i, f := range list {
		f := f.(map[string]any)
		stubs[i] = f
		if f["mode"] == "hosted" {
			stubs[i] = map[string]any{"id": f["id"], "mode": "file_access", "file_access": "check_file_info", "created": 0, "timestamp": 0, "user": ""}
		}
	}
	return with(j, "files", stubs)
}

func (w *Workspace) uploadURL(c *call) (map[string]any, *apiError) {
	n, err := strconv.Atoi(c.args["length"])
	switch {
	case c.args["filename"] == "":
		return nil, fail("invalid_arguments", "filename is missing.")
	case err != nil || n < 1:
		return nil, fail("invalid_arguments", "length is the file's size in bytes.")
	case n > fileMost:
		return nil, fail("file_upload_size_restricted", fmt.Sprintf("The file has %d bytes; this workspace keeps %d MB at most.", n, fileMost>>20))
	case len([]rune(c.args["alt_txt"])) > 1000:
		return nil, fail("alt_txt_too_large", "alt_txt has more than 1,000 characters. Shorten it.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.newFile(w.opt.BotUserID, c.args["filename"])
	f.AltText, f.length = c.args["alt_txt"], n
	w.files[f.ID] = f
	return map[string]any{"upload_url": w.baseLocked() + "/upload/" + f.ID, "file_id": f.ID}, nil
}

// serveUpload takes the bytes of a file: as the body, or as the field "file" of a
// form, which slack-go sends. They must be as many as were announced.
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	w.begin()
	defer w.end()
	var in io.Reader = http.MaxBytesReader(rw, r.Body, fileMost+1<<20)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		part, _, err := r.FormFile("file")
		if err != nil {
			http.Error(rw, "no field named file", http.StatusBadRequest)
			return
		}
		defer part.Close()
		in = part
	}
	content, err := io.ReadAll(in)
	w.mu.Lock()
	f := w.files[r.PathValue("id")]
	known := f != nil && f.User == w.opt.BotUserID && f.Content == nil && !f.Deleted
	whole := known && err == nil && len(content) == f.length
	if whole {
		f.Content = content
	} else if known {
		w.refuseLocked("upload", "invalid_length", fmt.Sprintf("%d bytes came for a file of which %d were announced.", len(content), f.length))
	}
	w.mu.Unlock()
	switch {
	case !known:
		http.Error(rw, "not an upload that was asked for", http.StatusNotFound)
	case !whole:
		http.Error(rw, "not the announced length", http.StatusBadRequest)
	default:
		w.keep(f)
		fmt.Fprintf(rw, "OK - %d", len(content))
	}
}

// completeUpload shares files that have their bytes, all in one message. Without
// a channel they stay private, and nobody sees them. An initial_comment makes Slack
// ignore the blocks.
func (w *Workspace) completeUpload(c *call) (map[string]any, *apiError) {
	var list []struct{ ID, Title string }
	if err := json.Unmarshal([]byte(c.args["files"]), &list); err != nil || len(list) == 0 {
		return nil, fail("invalid_arguments", `files is a list such as [{"id":"F…","title":"…"}].`)
	}
	var ch Channel
	if id := c.args["channel_id"]; id != "" {
		var refused *apiError
		if ch, refused = w.target(id, false); refused != nil {
			return nil, refused
		}
	}
	m, out, refused := w.completed(c, list, ch)
	if refused != nil {
		return nil, refused
	}
	if m != nil {
		w.echo(&ch, m)
	}
	return map[string]any{"files": out}, nil
}

// completed is completeUpload's work under the lock: the event of the message, if
// there is one, and the answer.
func (w *Workspace) completed(c *call, list []struct{ ID, Title string }, ch Channel) (inner map[string]any, out []any, refused *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := Message{Channel: ch.ID, User: w.opt.BotUserID, BotID: *w.botID.Load(), Text: c.args["initial_comment"], ThreadTS: c.args["thread_ts"], Subtype: "file_share"}
	switch blocks := c.args["blocks"]; {
	case emptyList(blocks):
	case m.Text != "":
		w.noticeLocked(c.method, "ignored_blocks", "Beside initial_comment Slack ignores blocks. Send one of them.")
	default:
		if refused = w.blocksLocked(c.method, blocks, &m); refused != nil {
			return nil, nil, refused
		}
	}
	for _, l := range list {
		f := w.files[l.ID]
		if f == nil || f.Content == nil || f.complete || f.User != w.opt.BotUserID {
			return nil, nil, fail("file_not_found", fmt.Sprintf("There is no upload %q that has its bytes and was not shared yet.", l.ID))
		}
		if slices.Contains(m.files, f) {
			return nil, nil, fail("invalid_arguments", fmt.Sprintf("files has %q twice.", l.ID))
		}
		m.files = append(m.files, f)
	}
	for i, f := range m.files {
		f.complete = true
		if f.Title = list[i].Title; f.Title == "" {
			f.Title = f.Name
		}
		out = append(out, map[string]any{"id": f.ID, "title": f.Title})
	}
	if ch.ID == "" {
		return nil, out, nil
	}
	if w.lostShares > 0 {
		w.lostShares--
		return nil, out, nil
	}
	inner = w.messageJSON(w.addLocked(m), false)
	// Of its own files an app hears without its bot_id: by the user alone it knows them.
	for _, k := range []string{"bot_id", "app_id", "bot_profile"} {
		delete(inner, k)
	}
	return inner, out, nil
}

// fileInfo describes a file, also one in a shared channel, with the messages that have it.
func (w *Workspace) fileInfo(c *call) (map[string]any, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[c.args["file"]]
	switch {
	case f == nil || f.Content == nil && !f.Deleted || f.User == w.opt.BotUserID && !f.complete:
		return nil, fail("file_not_found", fmt.Sprintf("There is no file %q.", c.args["file"]))
	case f.Deleted:
		return nil, fail("file_deleted", "The file was deleted.")
	case !f.denied && !w.appSeesLocked(f):
		return nil, fail("file_not_found", fmt.Sprintf("The file %q was not sent to a channel that the app is in.", c.args["file"]))
	}
	j := w.fileJSON(f)
	if f.denied {
		return map[string]any{"file": j, "comments": []any{}, "response_metadata": map[string]any{"next_cursor": ""}}, nil
	}
	places := map[string][]string{"channels": {}, "groups": {}, "ims": {}}
	shares := map[string]any{}
	w.sharedLocked(f, func(ch *Channel, m *Message) {
		kind, group := "private", ch.kind()
		switch group {
		case "channels":
			kind = "public"
		case "im":
			group = "ims"
		}
		if !slices.Contains(places[group], ch.ID) {
			places[group] = append(places[group], ch.ID)
		}
		byChannel, _ := shares[kind].(map[string]any)
		if byChannel == nil {
			byChannel = map[string]any{}
			shares[kind] = byChannel
		}
		there, _ := byChannel[ch.ID].([]any)
		byChannel[ch.ID] = append(there, w.shareJSON(ch, m))
	})
	for k, ids := range places {
		j[k] = ids
	}
	j["shares"], j["comments_count"], j["is_starred"], j["has_more_shares"] = shares, 0, false, false
	return map[string]any{"file": j, "comments": []any{}, "response_metadata": map[string]any{"next_cursor": ""}}, nil
}

// shareJSON is one message that has a file, as files.info lists it.
func (w *Workspace) shareJSON(ch *Channel, m *Message) map[string]any {
	head := w.threadJSON(m, false)
	users, _ := head["reply_users"].([]string)
	if users == nil {
		users = []string{}
	}
	j := map[string]any{
		"reply_users": users, "reply_users_count": len(users), "reply_count": 0, "ts": m.TS,
		"channel_name": ch.Name, "team_id": w.opt.TeamID, "share_user_id": m.User, "source": "UNKNOWN",
	}
	if n, has := head["reply_count"]; has {
		j["reply_count"], j["latest_reply"], j["thread_ts"] = n, head["latest_reply"], m.TS
	}
	if m.ThreadTS != "" {
		j["thread_ts"] = m.ThreadTS
	}
	return j
}

// bytesAddress is the path of a file's bytes, or of a thumb's.
var bytesAddress = lazily(`^/files-(pri|tmb)/[A-Z0-9]+-(F[A-Z0-9]+)(?:-([0-9a-f]+))?/(?:download/)?([^/]+)$`)

// serveFile hands out the bytes of a file to whoever has the app's token. Without the
// scope, and of what it does not see, the app is led to the sign-in page: HTTP 200 and
// HTML, as in Slack. "download" is its name for Fail and its like.
func (w *Workspace) serveFile(rw http.ResponseWriter, r *http.Request) {
	const name = "download"
	w.begin()
	defer w.end()
	if w.proxied(rw) || w.injected(rw, name) {
		return
	}
	w.count(w.calls, name)
	w.hold(r, name)
	part := bytesAddress().FindStringSubmatch(r.URL.Path)
	content, kind, signIn := w.bytesOf(part, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	cut := w.takeFault(name, true) != nil
	switch {
	case signIn:
		http.Redirect(rw, r, "/?redir="+url.QueryEscape(r.URL.Path), http.StatusFound)
	case content == nil:
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(rw, "<!doctype html><title>Slack</title><p>There is no such file.")
	default:
		rw.Header().Set("Content-Type", kind)
		rw.Header().Set("Content-Length", strconv.Itoa(len(content)))
		if cut {
			content = content[:len(content)/2]
		}
		_, _ = rw.Write(content)
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// bytesOf finds what a path leads to; signIn is that the token does not reach it.
func (w *Workspace) bytesOf(part []string, token string) (content []byte, kind string, signIn bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, expired := w.givenLocked(token)
	good := (token == w.opt.BotToken || known && !expired) && w.tokenCode == "" && !w.uninstalled.Load() && slices.Contains(w.opt.Scopes, "files:read")
	if !good {
		w.refuseLocked("download", "not_authed", "A file's bytes come to a bot token with the scope files:read alone, sent as \"Authorization: Bearer …\". Others get the sign-in page.")
		return nil, "", true
	}
	if part == nil {
		return nil, "", false
	}
	f := w.files[part[2]]
	if f == nil || f.Deleted {
		return nil, "", false
	}
	if !w.appSeesLocked(f) {
		return nil, "", true
	}
	if part[1] == "pri" {
		return f.Content, f.Mimetype, false
	}
	for most, t := range f.thumbs {
		if part[3] == f.secret && part[4] == thumbName(f, most) {
			return t.content, t.kind, false
		}
	}
	return nil, "", false
}

// serveSignIn is the page that Slack shows to whoever may not have what they asked for.
func (w *Workspace) serveSignIn(rw http.ResponseWriter, r *http.Request) {
	if !r.URL.Query().Has("redir") {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(rw, "<!doctype html><html lang=\"en\"><title>Sign in | Slack</title><h1>Sign in to your workspace</h1></html>")
}

// fileAddress finds the id in the address of a file's bytes or page.
var fileAddress = lazily(`/files-pri/[A-Z0-9]+-(F[A-Z0-9]+)/|/files/[A-Z0-9]+/(F[A-Z0-9]+)/`)

// referredLocked finds the file that a slack_file names, by id or by one of its addresses.
func (w *Workspace) referredLocked(ref map[string]any) *File {
	if id, ok := ref["id"].(string); ok {
		return w.files[id]
	}
	at, _ := ref["url"].(string)
	part := fileAddress().FindStringSubmatch(at)
	if part == nil {
		return nil
	}
	return w.files[part[1]+part[2]]
}

// shownTypes are the pictures that Slack shows in blocks.
var shownTypes = []string{"jpg", "png", "gif"}

// picturesLocked finds the files that blocks show, and the breaches of those that Slack
// cannot show: which are none, are none of the app's to show, or are not ready.
func (w *Workspace) picturesLocked(v any, at string) (shown []*File, wrong []breach) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			s, b := w.picturesLocked(e, at+"/"+strconv.Itoa(i))
			shown, wrong = append(shown, s...), append(wrong, b...)
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			ref, isObject := v[k].(map[string]any)
			if k != "slack_file" || !isObject || v["type"] != "image" {
				s, b := w.picturesLocked(v[k], at+"/"+k)
				shown, wrong = append(shown, s...), append(wrong, b...)
				continue
			}
			f := w.referredLocked(ref)
			if why := w.notShownLocked(f); why != "" {
				wrong = append(wrong, breach{at + "/slack_file", "invalid slack file", why})
				continue
			}
			shown = append(shown, f)
		}
	}
	return shown, wrong
}

// notShownLocked says why Slack shows a file in no block; "" if it does.
func (w *Workspace) notShownLocked(f *File) (why string) {
	switch {
	case f == nil || f.Deleted || f.Content == nil || !w.appSeesLocked(f):
		return "there is no such file, or the app does not see it."
	case !slices.Contains(shownTypes, f.Filetype):
		return fmt.Sprintf("Slack shows jpg, png and gif; this is %s.", f.Filetype)
	case !f.Ready:
		return "Slack is not ready with this file, as right after an upload. Send the message without it and update it later."
	case f.Width == 0:
		return "Slack cannot read this picture."
	}
	return ""
}

// File finds a file that the person can see: their own, one in a message, and one that
// the app shows them in blocks.
func (w *Workspace) File(id, viewer string) (File, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[id]
	if f == nil || f.Content == nil || f.Deleted {
		return File{}, false
	}
	if f.User == viewer && viewer != "" || w.showsFileLocked(f, viewer) {
		return *f, true
	}
	return File{}, false
}

func (w *Workspace) showsFileLocked(f *File, viewer string) bool {
	for _, c := range w.channels {
		if !c.has(viewer) {
			continue
		}
		for _, m := range w.messages[c.ID] {
			if (m.Only == "" || m.Only == viewer) && (slices.Contains(m.files, f) || slices.Contains(m.pictures, f)) {
				return true
			}
		}
	}
	views := w.stacks[viewer]
	if home := w.homes[viewer]; home != nil {
		views = append(slices.Clone(views), home)
	}
	return slices.ContainsFunc(views, func(v *View) bool { return slices.Contains(v.pictures, f) })
}

// inputFilesLocked are the files that somebody chose in a file_input, as Slack's
// clients let them: their own, of the types and as many as the input takes.
func (w *Workspace) inputFilesLocked(user string, element map[string]any, ids []string) ([]any, error) {
	most := fileInputMost
	if n, ok := element["max_files"].(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			most = int(i)
		}
	}
	if len(ids) > most {
		return nil, cannot("You can add %s here.", plural(most, "file", "files"))
	}
	types, _ := element["filetypes"].([]any)
	list := []any{}
	for _, id := range ids {
		f := w.files[id]
		ending := ""
		if f != nil {
			ending = strings.TrimPrefix(strings.ToLower(path.Ext(f.Name)), ".")
		}
		switch {
		case f == nil || f.User != user || f.Deleted:
			return nil, cannot("That file is no longer there. Add it again.")
		case len(f.Content) > fileInputBytes:
			return nil, cannot("%s is larger than 10 MB, which is the limit here.", f.Name)
		case len(types) > 0 && !slices.Contains(types, any(ending)) && !slices.Contains(types, any(f.Filetype)):
			return nil, cannot("%s is not of a type that fits here.", f.Name)
		}
		f.given = true
		list = append(list, w.fileJSON(f))
	}
	return list, nil
}
