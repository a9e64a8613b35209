package localslack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// redOverBlue is a picture that is red above and blue below.
func redOverBlue(width, height int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{R: 0xc0, A: 0xff}
			if y >= height/2 {
				c = color.RGBA{B: 0xc0, A: 0xff}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

func drawnPNG(width, height int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, redOverBlue(width, height))
	return b.Bytes()
}

// drawnJPEG is redOverBlue with an orientation in its EXIF, as a phone writes it; 0 is none.
func drawnJPEG(width, height, turn int) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, redOverBlue(width, height), nil)
	if turn == 0 {
		return b.Bytes()
	}
	tiff := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	tiff[6+8+2+9] = byte(turn)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(tiff)+2))
	return slices.Concat(head, tiff, b.Bytes()[2:])
}

// upload is Upload that must succeed.
func (r *rig) upload(user, name string, content []byte) File {
	r.t.Helper()
	f, err := r.Upload(user, name, content)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

func (r *rig) share(user, channel, thread, text string, ids ...string) (ts string) {
	r.t.Helper()
	ts, err := r.Share(user, channel, thread, text, ids...)
	if err != nil {
		r.t.Fatal(err)
	}
	return ts
}

// fetch gets an address as the app does, with its token; "" for what was redirected.
func (r *rig) fetch(address string) (status int, kind string, body []byte) {
	r.t.Helper()
	return r.fetchWith(r.BotToken(), address)
}

func (r *rig) fetchWith(token, address string) (status int, kind string, body []byte) {
	r.t.Helper()
	req, _ := http.NewRequest(http.MethodGet, address, nil)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := r.HTTPClient().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Content-Type"), body
}

func TestPhotoInADirectMessageIsWhatSlackSends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	photo := drawnJPEG(1600, 1200, 0)
	f := r.upload(miaID, "Line 2.jpg", photo)
	if len(r.arrivals()) != 0 {
		t.Error("the app heard of a file that nobody sent")
	}
	if reason, info := r.call("files.info", map[string]any{"file": f.ID})["error"]; !info || reason != "file_not_found" {
		t.Errorf("a file that was not sent: %v", reason)
	}
	ts := r.share(miaID, miaDM, "", "major 6/50 no corner guard @packing", f.ID)
	e, raw := r.parsed("message_file_share")
	m := e.InnerEvent.Data.(*slackevents.MessageEvent)
	if m.SubType != slack.MsgSubTypeFileShare || m.User != miaID || m.Text != "major 6/50 no corner guard @packing" || m.TimeStamp != ts {
		t.Errorf("got %+v", m)
	}
	if _, has := raw["team"]; has {
		t.Error("Slack names no team in a message with files")
	}
	list := raw["files"].([]any)
	file := list[0].(map[string]any)
	if len(list) != 1 || file["name"] != "Line 2.jpg" || file["mimetype"] != "image/jpeg" || file["filetype"] != "jpg" || file["size"] != float64(len(photo)) || file["original_w"] != 1600.0 {
		t.Errorf("got %v", file)
	}

	// The bytes, and a thumb.
	for _, k := range []string{"url_private", "url_private_download"} {
		if status, kind, body := r.fetch(file[k].(string)); status != 200 || kind != "image/jpeg" || !bytes.Equal(body, photo) {
			t.Errorf("%s: %d %s, %d bytes", k, status, kind, len(body))
		}
	}
	for name, want := range map[string]image.Point{"thumb_1024": {1024, 768}, "thumb_480": {480, 360}, "thumb_360": {360, 270}, "thumb_64": {64, 64}} {
		status, kind, body := r.fetch(file[name].(string))
		p, _, err := image.Decode(bytes.NewReader(body))
		if status != 200 || kind != "image/jpeg" || err != nil || p.Bounds().Size() != want {
			t.Errorf("%s: %d %s %v", name, status, kind, err)
		}
	}

	// And slack-go reads them too, as it does of Slack.
	var out bytes.Buffer
	if err := r.api.GetFile(file["url_private_download"].(string), &out); err != nil || !bytes.Equal(out.Bytes(), photo) {
		t.Errorf("slack-go: %v, %d bytes", err, out.Len())
	}
	reply := r.share(jonasID, sourcingID, r.share(jonasID, sourcingID, "", "look"), "", r.upload(jonasID, "a.png", drawnPNG(20, 10)).ID)
	if reply == "" {
		t.Error("no reply")
	}
	if _, err := r.Say(miaID, miaDM, ts, "and another"); err != nil {
		t.Fatal(err)
	}
	answer := r.call("files.info", map[string]any{"file": f.ID})
	coversFile(t, "files_info", answer)
	info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1)
	if err != nil || len(info.Shares.Private[miaDM]) != 1 || info.Shares.Private[miaDM][0].Ts != ts || info.Shares.Private[miaDM][0].ReplyCount != 1 || !slices.Equal(info.IMs, []string{miaDM}) {
		t.Errorf("%+v, %v", info, err)
	}
	if refused := r.Refusals(); len(refused) != 1 { // files.info of what was not sent
		t.Errorf("refused: %+v", refused)
	}
}

func TestWhoMayNotHaveAFileGetsTheSignInPage(t *testing.T) {
	t.Parallel()
	noScope := func(o *Options) {
		o.Scopes = slices.DeleteFunc(o.Scopes, func(s string) bool { return s == "files:read" })
	}
	for name, c := range map[string]struct {
		channel string
		options []func(*Options)
		before  func(r *rig, f File)
	}{
		"without the scope":         {channel: miaDM, options: []func(*Options){noScope}},
		"with a revoked token":      {channel: miaDM, before: func(r *rig, _ File) { r.RevokeToken("token_revoked") }},
		"where the app is not":      {channel: generalID},
		"of a file that is guarded": {channel: miaDM, before: func(r *rig, f File) { r.DenyFile(f.ID) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.options...)
			f := r.upload(miaID, "a.jpg", drawnJPEG(40, 30, 0))
			r.share(miaID, c.channel, "", "", f.ID)
			if c.before != nil {
				c.before(r, f)
			}
			r.Workspace.mu.Lock()
			private, _, _ := r.addressesLocked(r.Workspace.files[f.ID])
			r.Workspace.mu.Unlock()
			status, kind, body := r.fetch(private)
			if status != 200 || !strings.HasPrefix(kind, "text/html") || !bytes.Contains(body, []byte("Sign in")) {
				t.Errorf("%d %s %s", status, kind, body)
			}
			if err := r.api.GetFile(private, io.Discard); err == nil || !strings.Contains(err.Error(), "sign-in page") {
				t.Errorf("slack-go took it for the file: %v", err)
			}
		})
	}
	r := newRig(t)
	f := r.upload(miaID, "a.jpg", drawnJPEG(40, 30, 0))
	r.share(miaID, miaDM, "", "", f.ID)
	r.Workspace.mu.Lock()
	private, _, _ := r.addressesLocked(r.Workspace.files[f.ID])
	r.Workspace.mu.Unlock()
	resp, err := r.HTTPClient().Get(private)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("without a token: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	if status, _, _ := r.fetch(strings.Replace(private, f.ID, "F0NOTTHERE", 1)); status != 404 {
		t.Errorf("a file that is not there: %d", status)
	}
}

// The token of an app that somebody has added on the page of Slack's is one as well, until it ends.
func TestATokenOfThePageGetsFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.TokenLife = time.Hour })
	f := r.upload(miaID, "a.jpg", drawnJPEG(40, 30, 0))
	r.share(miaID, miaDM, "", "", f.ID)
	r.Workspace.mu.Lock()
	private, _, _ := r.addressesLocked(r.Workspace.files[f.ID])
	token := r.grantLocked("files:read")["access_token"].(string)
	r.Workspace.mu.Unlock()
	if status, kind, _ := r.fetchWith(token, private); status != 200 || kind != "image/jpeg" {
		t.Errorf("with a token that was given it is %d %s", status, kind)
	}
	r.ExpireTokens()
	if status, kind, _ := r.fetchWith(token, private); status != 200 || !strings.HasPrefix(kind, "text/html") {
		t.Errorf("with a token that has ended it is %d %s", status, kind)
	}
}

func TestDownloadsCanFailAndBreakOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	f := r.upload(miaID, "a.jpg", drawnJPEG(400, 300, 0))
	r.share(miaID, miaDM, "", "", f.ID)
	info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	r.FailHTTP("download", http.StatusInternalServerError, nil, 1)
	if err := r.api.GetFile(info.URLPrivate, io.Discard); err == nil {
		t.Error("a download that failed was taken")
	}
	r.LoseAnswer("download", 1)
	if err := r.api.GetFile(info.URLPrivate, io.Discard); err == nil {
		t.Error("a download that broke off was taken")
	}
	if err := r.api.GetFile(info.URLPrivate, io.Discard); err != nil {
		t.Error(err)
	}
	if n := r.Calls()["download"]; n != 3 {
		t.Errorf("%d downloads", n)
	}
}

func TestThumbsComeAWhileAfterTheUpload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.ThumbLag = 2 * time.Second })
		defer func() { _ = r.Close() }()
		f := r.upload(miaID, "a.png", drawnPNG(500, 500))
		r.share(miaID, miaDM, "", "", f.ID)
		r.Wait()
		_, raw := r.parsed("message_im")
		early := raw["files"].([]any)[0].(map[string]any)
		if early["thumb_360"] != nil || early["original_w"] != nil || early["url_private"] == nil {
			t.Errorf("at once: %v", early)
		}
		show := func() map[string]any {
			return r.call("chat.postMessage", map[string]any{"channel": miaDM, "text": "A picture", "blocks": []any{
				map[string]any{"type": "image", "slack_file": map[string]any{"id": f.ID}, "alt_text": "A square"}}})
		}
		answer := show()
		if answer["error"] != "invalid_blocks" || !strings.Contains(string(encode(answer["errors"])), "invalid slack file [json-pointer:/blocks/0/slack_file]") {
			t.Errorf("before it is ready: %v", answer)
		}
		if reason, _ := r.refused("invalid_blocks"); !strings.Contains(reason, "not ready") {
			t.Errorf("the refusal says %q", reason)
		}
		time.Sleep(3 * time.Second)
		if answer := show(); answer["ok"] != true {
			t.Errorf("once it is ready: %v", answer)
		}
		info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1)
		if err != nil || info.Thumb480W != 480 || info.Thumb720 != "" || info.OriginalW != 500 {
			t.Errorf("%+v, %v", info, err)
		}
		r.Wait()
	})
}

func TestThumbsAreUpright(t *testing.T) {
	t.Parallel()
	// Where red is, of a picture 60 wide and 40 high: above, unless it is turned.
	red := map[int]string{1: "above", 2: "above", 3: "below", 4: "below", 5: "left", 6: "right", 7: "right", 8: "left"}
	for turn, where := range red {
		w, h, thumbs := thumbsOf(drawnJPEG(60, 40, turn))
		p, err := jpeg.Decode(bytes.NewReader(thumbs[360].content))
		if err != nil {
			t.Fatal(err)
		}
		b := p.Bounds()
		isRed := func(x, y int) bool { r, _, blue, _ := p.At(x, y).RGBA(); return r > blue }
		spots := map[string]bool{"above": isRed(b.Dx()/2, 5), "below": isRed(b.Dx()/2, b.Dy()-5), "left": isRed(5, b.Dy()/2), "right": isRed(b.Dx()-5, b.Dy()/2)}
		upright := image.Pt(60, 40)
		if turn > 4 {
			upright = image.Pt(40, 60)
		}
		other := map[string]string{"above": "below", "below": "above", "left": "right", "right": "left"}[where]
		if image.Pt(w, h) != upright || b.Size() != upright || !spots[where] || spots[other] {
			t.Errorf("orientation %d: %dx%d, thumb %v, red %v, want it %s", turn, w, h, b.Size(), spots, where)
		}
		if bytes.Contains(thumbs[360].content, []byte("Exif")) {
			t.Error("a thumb has EXIF")
		}
	}
	if got := orientation(drawnJPEG(8, 8, 9)); got != 1 {
		t.Errorf("orientation 9 is read as %d", got)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(drawnJPEG(8, 8, 6))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x02"))
	f.Add([]byte("\xff\xd8\xff\xe1\xff\xffExif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if turn := orientation(b); turn < 1 || turn > 8 {
			t.Errorf("orientation %d", turn)
		}
	})
}

func TestWhatIsNoPictureHasNoThumbs(t *testing.T) {
	t.Parallel()
	var animated bytes.Buffer
	_ = gif.Encode(&animated, redOverBlue(30, 20), nil)
	huge := drawnPNG(1, 1)
	copy(huge[16:], "\x00\x00\x27\x10\x00\x00\x27\x10") // its head says 10,000 by 10,000
	for _, c := range []struct {
		name, mimetype, filetype, pretty string
		content                          []byte
		width                            int
	}{
		{"IMG_1.heic", "image/heic", "heic", "HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), 0},
		{"IMG_2.HEIC", "image/heic", "heic", "HEIC", []byte("of no phone"), 0},
		{"clip.mp4", "video/mp4", "mp4", "MPEG 4 Video", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), 0},
		{"report.pdf", "application/pdf", "pdf", "PDF", []byte("%PDF-1.7"), 0},
		{"notes", "text/plain", "text", "Plain Text", []byte("two words"), 0},
		{"data.bin", "application/octet-stream", "binary", "Binary", []byte{0, 1, 2, 3}, 0},
		{"broken.jpg", "image/jpeg", "jpg", "JPEG", drawnJPEG(80, 60, 0)[:300], 0},
		{"huge.png", "image/png", "png", "PNG", huge, 0},
		{"really a png.jpg", "image/png", "png", "PNG", drawnPNG(30, 20), 30},
		{"moving.gif", "image/gif", "gif", "GIF", animated.Bytes(), 30},
	} {
		r := newRig(t)
		f := r.upload(miaID, c.name, c.content)
		r.share(miaID, miaDM, "", "", f.ID)
		info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mimetype != c.mimetype || info.Filetype != c.filetype || info.PrettyType != c.pretty || info.OriginalW != c.width || (info.Thumb360 != "") != (c.width > 0) || !f.Ready {
			t.Errorf("%s: %+v", c.name, info)
		}
		answer := r.call("chat.postMessage", map[string]any{"channel": miaDM, "text": "A picture", "blocks": []any{
			map[string]any{"type": "image", "slack_file": map[string]any{"url": info.Permalink}, "alt_text": "It"}}})
		if (answer["ok"] == true) != (c.width > 0) {
			t.Errorf("%s in blocks: %v", c.name, answer)
		}
	}
}

func TestFilesOfASharedChannelAreLookedUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Events = append(o.Events, "message.channels")
		o.Shortcuts = []Shortcut{{Name: "Log finding", CallbackID: "finding", OnMessage: true}}
	})
	f := r.upload(liweiID, "a.jpg", drawnJPEG(40, 30, 0))
	ts := r.share(liweiID, acmeID, "", "", f.ID)
	_, raw := r.parsed("message_im")
	want := map[string]any{"id": f.ID, "mode": "file_access", "file_access": "check_file_info", "created": 0.0, "timestamp": 0.0, "user": ""}
	same := func(got any) bool { return string(encode(got)) == string(encode([]any{want})) }
	if !same(raw["files"]) {
		t.Errorf("the event has %v", raw["files"])
	}
	if err := r.Shortcut(miaID, "finding", acmeID, ts); err != nil {
		t.Fatal(err)
	}
	if message := r.last().payload(t)["message"].(map[string]any); !same(message["files"]) || message["subtype"] != "file_share" {
		t.Errorf("the shortcut has %v", message)
	}
	if full := r.call("files.info", map[string]any{"file": f.ID})["file"].(map[string]any); full["file_access"] != "visible" || full["user_team"] != "T0ACMELIGHT" {
		t.Errorf("files.info: %v", full)
	}
	history := r.call("conversations.history", map[string]any{"channel": acmeID})["messages"].([]any)
	if got := history[0].(map[string]any)["files"].([]any)[0].(map[string]any); got["file_access"] != "visible" {
		t.Errorf("history has %v", got)
	}
	r.DenyFile(f.ID)
	if got := r.call("files.info", map[string]any{"file": f.ID})["file"].(map[string]any); got["file_access"] != "access_denied" || got["url_private"] != nil {
		t.Errorf("a guarded file: %v", got)
	}
}

func TestShortcutOnAPhotoCarriesIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Shortcuts = []Shortcut{{Name: "Log finding", CallbackID: "finding", OnMessage: true}}
	})
	head := r.share(miaID, sourcingID, "", "On the floor")
	ts := r.share(jonasID, sourcingID, head, "scratch", r.upload(jonasID, "a.jpg", drawnJPEG(900, 30, 0)).ID, r.upload(jonasID, "b.heic", []byte("x")).ID)
	if err := r.Shortcut(miaID, "finding", sourcingID, ts); err != nil {
		t.Fatal(err)
	}
	var callback slack.InteractionCallback
	if err := json.Unmarshal([]byte(r.last().form(t)), &callback); err != nil {
		t.Fatal(err)
	}
	got := callback.Message.Files
	if len(got) != 2 || got[0].Name != "a.jpg" || got[0].Thumb720W != 720 || got[0].User != jonasID || got[1].Thumb360 != "" || callback.Message.ThreadTimestamp != head {
		t.Errorf("got %+v", got)
	}
}

func TestFilesInAForm(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	modal := func(element map[string]any, optional bool) map[string]any {
		element["type"], element["action_id"] = "file_input", "photos"
		return map[string]any{"type": "modal", "title": kitPlain("Add finding"), "submit": kitPlain("Save"), "blocks": []any{
			map[string]any{"type": "input", "block_id": "photos", "label": kitPlain("Photos"), "optional": optional, "element": element}}}
	}
	open := func(view map[string]any) string {
		t.Helper()
		r.Workspace.mu.Lock()
		trigger := r.triggerLocked(miaID)
		r.Workspace.mu.Unlock()
		answer := r.call("views.open", map[string]any{"trigger_id": trigger, "view": view})
		if answer["ok"] != true {
			t.Fatal(answer)
		}
		return answer["view"].(map[string]any)["id"].(string)
	}
	id := open(modal(map[string]any{"filetypes": []string{"jpg", "heic"}, "max_files": 2}, false))
	choose := func(ids ...string) error {
		return r.Act(miaID, Action{View: id, BlockID: "photos", ActionID: "photos", Values: ids})
	}
	jpg, heic, third := r.upload(miaID, "a.jpg", drawnJPEG(40, 30, 0)), r.upload(miaID, "b.HEIC", []byte("x")), r.upload(miaID, "c.jpg", drawnJPEG(4, 3, 0))
	for name, ids := range map[string][]string{
		"too many":          {jpg.ID, heic.ID, third.ID},
		"of another type":   {r.upload(miaID, "d.pdf", []byte("%PDF-1.7")).ID},
		"of somebody else":  {r.upload(jonasID, "e.jpg", drawnJPEG(4, 3, 0)).ID},
		"that is not there": {"F0NOTTHERE"},
		"too large":         {r.upload(miaID, "f.jpg", make([]byte, fileInputBytes+1)).ID},
	} {
		if err := choose(ids...); err == nil {
			t.Errorf("a file %s was taken", name)
		}
	}
	if err := r.Submit(miaID, id); err != nil || r.Modals(miaID)[0].Errors["photos"] == "" {
		t.Errorf("a required input without a file was sent: %v", err)
	}
	if err := choose(jpg.ID, heic.ID); err != nil {
		t.Fatal(err)
	}
	if err := r.Submit(miaID, id); err != nil {
		t.Fatal(err)
	}
	var callback slack.InteractionCallback
	if err := json.Unmarshal([]byte(r.last().form(t)), &callback); err != nil {
		t.Fatal(err)
	}
	got := callback.View.State.Values["photos"]["photos"].Files
	if len(got) != 2 || got[0].ID != jpg.ID || got[0].Thumb360 == "" || got[0].FileAccess != "visible" || got[0].IsPublic || len(got[0].Shares.Public) != 0 {
		t.Fatalf("got %+v", got)
	}
	// The app may have what it was given, though it was sent nowhere.
	if err := r.api.GetFile(got[1].URLPrivateDownload, io.Discard); err != nil {
		t.Error(err)
	}

	// Left empty.
	id = open(modal(map[string]any{}, true))
	if err := r.Submit(miaID, id); err != nil {
		t.Fatal(err)
	}
	if state := string(encode(r.last().payload(t)["view"].(map[string]any)["state"])); !strings.Contains(state, `"photos":{"files":[],"type":"file_input"}`) {
		t.Errorf("an empty input: %s", state)
	}

	without := newRig(t, func(o *Options) {
		o.Scopes = slices.DeleteFunc(o.Scopes, func(s string) bool { return s == "files:read" })
	})
	if answer := without.try(modal(map[string]any{}, true)); answer["error"] != "missing_scope" || answer["needed"] != "files:read" {
		t.Errorf("without the scope: %v", answer)
	}
}

func TestDeletedFileLeavesATombstone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	f := r.upload(miaID, "a.jpg", drawnJPEG(40, 30, 0))
	r.share(miaID, miaDM, "", "", f.ID)
	info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.DeleteFile(jonasID, f.ID); err == nil {
		t.Error("somebody else deleted it")
	}
	if err := r.DeleteFile(miaID, f.ID); err != nil {
		t.Fatal(err)
	}
	r.Wait()
	event := r.last().payload(t)["event"].(map[string]any)
	message, _ := event["message"].(map[string]any)
	if event["subtype"] != "message_changed" || event["channel"] != miaDM || string(encode(message["files"])) != `[{"id":"`+f.ID+`","mode":"tombstone"}]` {
		t.Errorf("got %v", event)
	}
	if answer := r.call("files.info", map[string]any{"file": f.ID}); answer["error"] != "file_deleted" {
		t.Errorf("files.info: %v", answer)
	}
	if status, _, _ := r.fetch(info.URLPrivate); status != 404 {
		t.Errorf("its bytes: %d", status)
	}
	if _, err := r.Share(miaID, miaDM, "", "", f.ID); err == nil {
		t.Error("it was sent again")
	}
	if files := r.Messages(miaID, miaDM)[0].Files; len(files) != 1 || !files[0].Deleted || files[0].Content != nil {
		t.Errorf("the message has %+v", files)
	}
}

// TestTheAppDeletesItsOwnFiles and nobody else's.
func TestTheAppDeletesItsOwnFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	own, err := r.api.UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: "report.pdf", FileSize: 8, Reader: strings.NewReader("%PDF-1.7"), Title: "Report", Channel: miaDM, InitialComment: "Here"})
	if err != nil {
		t.Fatal(err)
	}
	hers, unsent := r.upload(miaID, "a.jpg", drawnJPEG(40, 30, 0)), r.upload(miaID, "b.jpg", drawnJPEG(40, 30, 0))
	r.share(miaID, miaDM, "", "", hers.ID)
	for _, c := range []struct{ name, file, want string }{
		{"its own", own.ID, ""},
		{"its own for a second time", own.ID, "file_deleted"},
		{"a person's", hers.ID, "cant_delete_file"},
		{"one that it does not see", unsent.ID, "file_not_found"},
		{"none", "F0NONE", "file_not_found"},
	} {
		if got, _ := r.call("files.delete", map[string]any{"file": c.file})["error"].(string); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	ms := r.Messages(miaID, miaDM)
	if len(ms) != 2 || !ms[0].Files[0].Deleted || ms[1].Files[0].Deleted {
		t.Errorf("the messages are %+v", ms)
	}
	r.Wait()
	heard := slices.ContainsFunc(r.arrivals(), func(a arrival) bool {
		event, _ := a.payload(t)["event"].(map[string]any)
		return event["subtype"] == "message_changed" && event["channel"] == miaDM
	})
	if !heard {
		t.Error("the app does not hear of it")
	}
}

func TestTheAppsOwnFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	send := func() *slack.FileSummary {
		t.Helper()
		f, err := r.api.UploadFileContext(t.Context(), slack.UploadFileParameters{Filename: "report.pdf", FileSize: 8, Reader: strings.NewReader("%PDF-1.7"), Title: "Report", AltTxt: "A report", Channel: miaDM, InitialComment: "Here"})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := send()
	r.Wait()
	event := r.last().payload(t)["event"].(map[string]any)
	if event["subtype"] != "file_share" || event["user"] != DefaultBotUserID || event["bot_id"] != nil {
		t.Errorf("the app hears %v", event)
	}
	info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1)
	if err != nil || info.AltTxt != "A report" || len(info.Shares.Private[miaDM]) != 1 || info.User != DefaultBotUserID {
		t.Errorf("%+v, %v", info, err)
	}
	// Slack says ok and shares nothing.
	r.LoseShares(1)
	f = send()
	if info, _, _, err := r.api.GetFileInfo(f.ID, 1, 1); err != nil || len(info.Shares.Private) != 0 {
		t.Errorf("%+v, %v", info, err)
	}
	if n := len(r.Messages(miaID, miaDM)); n != 1 {
		t.Errorf("%d messages", n)
	}
	send()
	if n := len(r.Messages(miaID, miaDM)); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestWhatPeopleCannotSend(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, c := range map[string]struct {
		user    string
		content []byte
	}{"nothing": {miaID, nil}, "too much": {miaID, make([]byte, fileMost+1)}, "as the app": {DefaultBotUserID, []byte("x")}} {
		if _, err := r.Upload(c.user, "a.txt", c.content); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	var many []string
	for range attachedMost + 1 {
		many = append(many, r.upload(miaID, "a.txt", []byte("x")).ID)
	}
	for name, ids := range map[string][]string{"eleven files": many, "somebody else's": {r.upload(jonasID, "a.txt", []byte("x")).ID}, "what is not there": {"F0NOTTHERE"}} {
		if _, err := r.Share(miaID, miaDM, "", "", ids...); err == nil {
			t.Errorf("%s was sent", name)
		}
	}
	r.share(miaID, miaDM, "", "", many[0], many[0], many[1])
	if m := r.Messages(miaID, miaDM); len(m) != 1 || len(m[0].Files) != 2 {
		t.Errorf("the same file twice: %+v", m)
	}
	if f := r.upload(miaID, `C:\photos\..\a.txt`, []byte("x")); f.Name != "a.txt" {
		t.Errorf("a name with a folder: %q", f.Name)
	}
}
