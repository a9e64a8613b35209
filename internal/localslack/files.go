package localslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Files. An upload takes three steps, as in Slack: ask for an address, send the
// bytes there, and complete, which shares the file.

// A File is a file that the app uploaded.
type File struct {
	ID, Name, Title string
	Content         []byte
	length          int
	shared          bool
}

// fileMost bounds what this workspace keeps in memory for one file; Slack takes
// more.
const fileMost = 8 << 20

func (w *Workspace) uploadURL(c *call) (map[string]any, *apiError) {
	n, err := strconv.Atoi(c.args["length"])
	switch {
	case c.args["filename"] == "":
		return nil, fail("invalid_arguments", "filename is missing.")
	case err != nil || n < 1:
		return nil, fail("invalid_arguments", "length is the file's size in bytes.")
	case n > fileMost:
		return nil, fail("file_upload_size_restricted", fmt.Sprintf("The file has %d bytes; this workspace keeps 8 MB at most.", n))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &File{ID: "F0" + strings.ToUpper(random(9)), Name: c.args["filename"], Title: c.args["filename"], length: n}
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
	defer w.mu.Unlock()
	f := w.files[r.PathValue("id")]
	switch {
	case f == nil || f.Content != nil:
		http.Error(rw, "not an upload that was asked for", http.StatusNotFound)
	case err != nil || len(content) != f.length:
		w.refuseLocked("upload", "invalid_length", fmt.Sprintf("%d bytes came for a file of which %d were announced.", len(content), f.length))
		http.Error(rw, "not the announced length", http.StatusBadRequest)
	default:
		f.Content = content
		fmt.Fprintf(rw, "OK - %d", len(content))
	}
}

// completeUpload shares files that have their bytes, all in one message. Without
// a channel they stay private, and nobody sees them.
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
	w.mu.Lock()
	defer w.mu.Unlock()
	m := Message{Channel: ch.ID, User: w.opt.BotUserID, BotID: w.opt.BotID, Text: c.args["initial_comment"], ThreadTS: c.args["thread_ts"], Subtype: "file_share"}
	var out []any
	for _, l := range list {
		f := w.files[l.ID]
		if f == nil || f.Content == nil || f.shared {
			return nil, fail("file_not_found", fmt.Sprintf("There is no upload %q that has its bytes and was not shared yet.", l.ID))
		}
		f.Title, f.shared = l.Title, true
		if f.Title == "" {
			f.Title = f.Name
		}
		m.Files = append(m.Files, *f)
		out = append(out, map[string]any{"id": f.ID, "title": f.Title})
	}
	if ch.ID != "" {
		w.addLocked(m)
	}
	return map[string]any{"files": out}, nil
}

func (w *Workspace) fileInfo(c *call) (map[string]any, *apiError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[c.args["file"]]
	if f == nil || !f.shared {
		return nil, fail("file_not_found", fmt.Sprintf("There is no file %q.", c.args["file"]))
	}
	return map[string]any{"file": map[string]any{"id": f.ID, "name": f.Name, "title": f.Title, "size": len(f.Content)}, "comments": []any{}}, nil
}

// File finds a file in a message that the person can see.
func (w *Workspace) File(id, viewer string) (File, bool) {
	for _, c := range w.Channels(viewer) {
		for _, m := range w.Messages(viewer, c.ID) {
			for _, f := range m.Files {
				if f.ID == id {
					return f, true
				}
			}
		}
	}
	return File{}, false
}
