package bot

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/photo"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// filesOnSlack stands between the bot and its workspace and has files of its own, so that
// each of the ways can be tried in which Slack does not hand one out.
type filesOnSlack struct {
	next http.RoundTripper

	mu     sync.Mutex
	info   map[string]map[string]any // what files.info says, by id
	bytes  map[string]served         // what stands at an address
	scopes []string                  // that Slack says were granted
	asked  []string                  // the addresses, and the files.info
	token  map[string]bool           // hosts that were sent the token
	while  func(address string)      // runs before an answer
}

// A served is what comes from an address.
type served struct {
	status int // 200 if it is zero
	kind   string
	body   []byte
	length int // said, if it is not that of the body
	header http.Header
}

func (f *filesOnSlack) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	if r.Header.Get("Authorization") != "" {
		f.token[r.URL.Host] = true
	}
	var a served
	known := false
	what := r.URL.String()
	if strings.HasSuffix(r.URL.Path, "/api/files.info") {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := http.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		form.Header = r.Header
		id := form.FormValue("file")
		what = "files.info " + id
		file, there := f.info[id]
		if known = there; there {
			say := map[string]any{"ok": true, "file": file}
			if word, refused := file["error"]; refused {
				say = map[string]any{"ok": false, "error": word, "needed": file["needed"]}
			}
			a.body, _ = json.Marshal(say)
			a.kind = "application/json"
			if wait, limited := file["retry_after"].(string); limited {
				a = served{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {wait}}}
			}
		}
	} else if a, known = f.bytes[what]; !known && (strings.Contains(what, "/files-") || r.URL.Host == "files.slack.com" || strings.Contains(r.URL.Host, "elsewhere")) {
		a, known = served{status: http.StatusNotFound, body: []byte("<html>no such file")}, true
	}
	while := f.while
	if known {
		f.asked = append(f.asked, what)
	}
	f.mu.Unlock()
	if !known {
		res, err := f.next.RoundTrip(r)
		if err == nil {
			res.Header.Del("X-OAuth-Scopes")
			if f.scopes != nil {
				res.Header.Set("X-OAuth-Scopes", strings.Join(f.scopes, ","))
			}
		}
		return res, err
	}
	if while != nil {
		while(what)
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set("Content-Type", a.kind)
	if a.status == 0 {
		a.status = http.StatusOK
	}
	length := int64(len(a.body))
	var body io.Reader = bytes.NewReader(a.body)
	if a.length > 0 {
		length = int64(a.length)
		body = io.MultiReader(body, cutOff{})
	}
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header, Body: io.NopCloser(body), ContentLength: length, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// A cutOff is where a connection ends before all has come.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (f *filesOnSlack) sent() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	sent := slices.Clone(f.asked)
	f.asked = nil
	return sent
}

// put has a file on Slack: what files.info says of it, over what it says of any.
func (f *filesOnSlack) put(id string, say map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]any{"id": id, "name": "IMG_1.jpg", "mimetype": "image/jpeg", "filetype": "jpg", "mode": "hosted", "size": 4000,
		"url_private": at(id), "url_private_download": at(id), "original_w": 4000, "original_h": 3000}
	for k, v := range say {
		all[k] = v
	}
	f.info[id] = all
}

func (f *filesOnSlack) at(address string, a served) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes[address] = a
}

// at is where a file has its bytes.
func at(id string) string { return "https://files.slack.com/files-pri/T1-" + id + "/img.jpg" }

// thumb is where Slack's small copy of it is.
func thumb(id string, size int) string {
	return fmt.Sprintf("https://files.slack.com/files-tmb/T1-%s-abc/img_%d.jpg", id, size)
}

// picture is a photo of a colour.
func picture(w, h int, c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var (
	grey  = color.Gray{128}
	white = color.Gray{250}
)

// withFiles is a stage whose files are on another Slack.
func withFiles(t *testing.T) (*stage, *filesOnSlack) {
	s := newStage(t, overHTTP)
	f := &filesOnSlack{next: http.DefaultTransport, info: map[string]map[string]any{}, bytes: map[string]served{}, token: map[string]bool{}}
	client := &http.Client{Transport: f, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.bot.o.Slack = OneClient(slack.New(s.BotToken(), slack.OptionAPIURL(s.bot.o.APIURL), slack.OptionHTTPClient(client)))
	return s, f
}

// onFile gives the bot a database in a file, and opens it beside the bot.
func (s *stage) onFile() *sql.DB {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "visits.db")
	kept, err := store.Open(context.Background(), store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	done(s.t, err)
	s.t.Cleanup(func() { kept.Close() })
	s.bot.o.Store = kept
	db := must(sql.Open("sqlite", "file:"+file))
	s.t.Cleanup(func() { db.Close() })
	return db
}

// found logs a finding with files.
func (s *stage) found(ids ...string) visit.Finding {
	s.t.Helper()
	f := visit.Finding{Workspace: s.TeamID(), Text: "no corner guard", Source: "C1:" + strings.Join(ids, "+"), By: mia}
	for _, id := range ids {
		f.AddPhoto(visit.PhotoRef{FileID: id, Name: id + ".jpg"})
	}
	f, _, err := s.bot.o.Store.AddFinding(context.Background(), f, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// photosOf are the photos of a finding as they are now.
func (s *stage) photosOf(f visit.Finding) []visit.PhotoRef {
	s.t.Helper()
	return must(s.bot.o.Store.Finding(context.Background(), f.Workspace, f.Number)).Photos
}

// fetched fetches the photos of a finding, and gives the first.
func (s *stage) fetched(f visit.Finding) visit.PhotoRef {
	s.t.Helper()
	s.bot.photos.fetch(context.Background(), f.Workspace, f.Number)
	s.bot.Wait()
	return s.photosOf(f)[0]
}

// dueAgain has what waits be fetched without its pause.
func (s *stage) dueAgain(p visit.PhotoRef) {
	s.t.Helper()
	_, _, err := s.bot.o.Store.DelayPhoto(context.Background(), s.TeamID(), p.ID, p.Why, time.Now().Add(-time.Second))
	done(s.t, err)
}

// looked fetches what waits by now, as it is done from time to time.
func (s *stage) looked() {
	s.t.Helper()
	done(s.t, s.bot.photos.look(context.Background()))
}

// What is fetched is the smallest thing that can be read: Slack's own copy, or else the
// original, or else a smaller copy of what nothing here reads.
func TestWhichPictureIsFetched(t *testing.T) {
	t.Parallel()
	heic := []byte("\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic")
	for _, c := range []struct {
		name  string
		says  map[string]any
		at    map[string]served
		asks  []string // after files.info
		width int
		why   string
	}{
		{"Slack's copy, and not the original", map[string]any{"thumb_1024": thumb("F1", 1024)},
			map[string]served{thumb("F1", 1024): {body: picture(1024, 768, grey)}}, []string{thumb("F1", 1024)}, 1024, ""},
		{"the original, where Slack has no copy", nil, map[string]served{at("F1"): {body: picture(1600, 1200, grey)}}, []string{at("F1")}, 1280, ""},
		{"the original, where Slack's copy is broken", map[string]any{"thumb_1024": thumb("F1", 1024)},
			map[string]served{thumb("F1", 1024): {body: []byte("\xff\xd8\xff\xe0broken")}, at("F1"): {body: picture(400, 300, grey)}}, []string{thumb("F1", 1024), at("F1")}, 400, ""},
		{"a smaller copy of HEIC", map[string]any{"mimetype": "image/heic", "thumb_720": thumb("F1", 720), "thumb_480": thumb("F1", 480)},
			map[string]served{at("F1"): {body: heic}, thumb("F1", 720): {body: picture(720, 540, grey)}}, []string{at("F1"), thumb("F1", 720)}, 720, ""},
		{"a smaller copy of what is too large to be fetched", map[string]any{"size": 10_000_001, "thumb_960": thumb("F1", 960)},
			map[string]served{thumb("F1", 960): {body: picture(960, 720, grey)}}, []string{thumb("F1", 960)}, 960, ""},
		{"none of HEIC that Slack does not read", map[string]any{"mimetype": "image/heic"}, map[string]served{at("F1"): {body: heic}}, []string{at("F1")}, 0, "heic"},
		{"none of a photo that is too large", map[string]any{"size": 10_000_001}, nil, nil, 0, "bytes"},
		{"none of a film that is large", map[string]any{"size": 90_000_000, "mimetype": "video/mp4"}, nil, nil, 0, "video"},
		{"none of a scan", map[string]any{"mimetype": "application/pdf", "original_w": 0}, map[string]served{at("F1"): {body: []byte("%PDF-1.7")}}, []string{at("F1")}, 0, "pdf"},
		{"none of a page that somebody sent", map[string]any{"mimetype": "text/html", "original_w": 0}, nil, nil, 0, "other"},
		{"what its bytes are, whatever its name says", map[string]any{"mimetype": "application/pdf", "name": "scan.pdf"}, map[string]served{at("F1"): {body: picture(40, 30, grey)}}, []string{at("F1")}, 40, ""},
		{"none of more bytes than were said", map[string]any{"size": 5}, map[string]served{at("F1"): {body: append(picture(40, 30, grey), make([]byte, photo.MaxBytes)...)}}, []string{at("F1")}, 0, "bytes"},
		{"none of what was deleted meanwhile", nil, map[string]served{at("F1"): {status: http.StatusNotFound}}, []string{at("F1")}, 0, "deleted"},
		{"none of what lies elsewhere", map[string]any{"is_external": true, "url_private": "https://drive.elsewhere.example/1"}, nil, nil, 0, "elsewhere"},
		{"none from another host", map[string]any{"url_private_download": "https://elsewhere.example/1", "url_private": "https://elsewhere.example/1"}, nil, nil, 0, "elsewhere"},
		{"none from a host that only looks like Slack's", map[string]any{"url_private_download": "https://files.slack.com.elsewhere.example/1"}, nil, nil, 0, "elsewhere"},
		{"none over an open line", map[string]any{"url_private_download": "http://files.slack.com/1"}, nil, nil, 0, "elsewhere"},
		{"none that was deleted", map[string]any{"error": "file_not_found"}, nil, nil, 0, "deleted"},
		{"none of which there was one", map[string]any{"mode": "tombstone"}, nil, nil, 0, "deleted"},
		{"none that the free plan hides", map[string]any{"mode": "hidden_by_limit"}, nil, nil, 0, "deleted"},
		{"none of another company, which does not let it out", map[string]any{"mode": "file_access", "file_access": "access_denied"}, nil, nil, 0, "unreadable"},
		{"none where the app is not", map[string]any{"error": "not_visible"}, nil, nil, 0, "unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, slacks := withFiles(t)
			slacks.put("F1", c.says)
			for address, a := range c.at {
				slacks.at(address, a)
			}
			f := s.found("F1")
			p := s.fetched(f)
			if want := append([]string{"files.info F1"}, c.asks...); !slices.Equal(slacks.sent(), want) {
				t.Errorf("asked for other things than %q", want)
			}
			if c.why != "" {
				if p.State != visit.PhotoRefused || p.Why != c.why {
					t.Errorf("the photo is %s, %q, not refused as %q", p.State, p.Why, c.why)
				}
				return
			}
			if p.State != visit.PhotoKept || p.W != c.width || len(p.SHA256) != 64 {
				t.Fatalf("the photo is %+v", p)
			}
			kept := must(s.bot.o.Store.Photo(context.Background(), f.Workspace, p.ID))
			if size, err := jpeg.DecodeConfig(bytes.NewReader(kept)); err != nil || size.Width != c.width {
				t.Errorf("%d wide, %v", size.Width, err)
			}
			for host := range slacks.token {
				if host != "files.slack.com" && !strings.HasPrefix(host, "127.0.0.1") {
					t.Errorf("%s was sent the token", host)
				}
			}
		})
	}
}

// Each photo that stays in Slack says so with its reason in the answer, and where it is.
func TestWhyAPhotoStaysInSlackIsSaid(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	s.onVisit(sourcing)
	for i, c := range []struct {
		name  string
		says  map[string]any
		body  string
		words string
		gone  bool // there is nothing to open
	}{
		{"IMG_1.heic", map[string]any{"mimetype": "image/heic"}, "\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic", "IMG_1.heic stays in Slack: I can't read HEIC, so it cannot go into the report. Your phone can take JPEG (“Most compatible”).", false},
		{"film.mp4", map[string]any{"mimetype": "video/mp4", "size": 90_000_000}, "", "film.mp4 stays in Slack: a video cannot go into the report.", false},
		{"scan.pdf", map[string]any{"mimetype": "application/pdf", "original_w": 0}, "%PDF-1.7", "scan.pdf stays in Slack: it is no photo, so it cannot go into the report.", false},
		{"large.jpg", map[string]any{"size": 10_000_001}, "", "large.jpg stays in Slack: it is too large for the report. A smaller photo of the same can go there.", false},
		{"sixty.jpg", nil, "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x0b\x08\x17\x70\x27\x10\x01\x01\x11\x00", "sixty.jpg stays in Slack: it is too large for the report. A smaller photo of the same can go there.", false},
		{"broken.jpg", nil, "\xff\xd8\xff\xe0broken", "broken.jpg stays in Slack: it is damaged, so it cannot go into the report. Please send it again.", false},
		{"gone.jpg", map[string]any{"error": "file_not_found"}, "", "gone.jpg is not in Slack any more, so it cannot go into the report.", true},
		{"drive.jpg", map[string]any{"is_external": true, "url_private": "https://drive.elsewhere.example/1"}, "", "drive.jpg is only a link to another place, so it cannot go into the report. Please send me the photo itself.", false},
		{"theirs.jpg", map[string]any{"mode": "file_access", "file_access": "access_denied"}, "", "theirs.jpg stays in Slack: I cannot read it, because it is another company's or stands where I am not. Please send me a photo of your own.", false},
	} {
		f := must(s.Upload(mia, c.name, drawn(t, i+1)))
		slacks.put(f.ID, c.says)
		slacks.at(at(f.ID), served{body: []byte(c.body)})
		s.sharesFiles(mia, caption, f.ID)
		m := s.untilSays(mia, s.direct(mia), c.words)
		expect(t, m, fmt.Sprintf("Finding %d · Major · 6 of 50 · packing", i+1), "no corner guard")
		if got := s.finding(i + 1); got.Photos[0].Permalink == "" {
			t.Errorf("%s: the link is not kept", c.name)
		} else if link := "<" + got.Photos[0].Permalink + "|"; strings.Contains(says(m), link) == c.gone {
			t.Errorf("%s: %s is there: %v, in\n%s", c.name, link, !c.gone, says(m))
		}
	}
	s.nothingRefused()
}

// The photos beyond those that a visit keeps are said once, however many they are.
func TestThePhotosBeyondTheLastAreSaidOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	for n := range visit.MaxPhotosOfWork/visit.MaxPhotos - 1 {
		f := visit.Finding{Workspace: s.TeamID(), Text: "x", Source: fmt.Sprint("C1:", n), By: mia}
		done(t, f.BelongTo(&v))
		for i := range visit.MaxPhotos {
			f.AddPhoto(visit.PhotoRef{FileID: fmt.Sprintf("F%dX%d", n, i), Name: "a.jpg"})
		}
		_, _, err := s.bot.o.Store.AddFinding(t.Context(), f, time.Now())
		done(t, err)
	}
	s.shares(mia, caption, visit.MaxPhotos-1)
	s.shares(mia, "minor scratch @lid", 2)
	m := s.untilSays(mia, s.direct(mia), "1 photo saved.")
	expect(t, m, "1 photo stays in Slack: a visit or an inspection keeps at most 60.")
	s.shares(mia, "minor dents @lid", 3)
	m = s.untilSays(mia, s.direct(mia), "3 photos stay in Slack: a visit or an inspection keeps at most 60.")
	if n := strings.Count(blockText(m.Blocks), "in Slack: a visit"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	s.nothingRefused()
}

// A page to sign in with status 200, one that Slack leads to, a scope that is missing: the
// photo waits, the admins are told once which scope it is, and when they have mended it, the
// photo is there.
func TestAPhotoWaitsForItsScope(t *testing.T) {
	t.Parallel()
	page := served{kind: "text/html", body: []byte("<!DOCTYPE html><html><title>Sign in | Slack</title>")}
	for name, trap := range map[string]func(*filesOnSlack){
		"a page to sign in, as if it were the file": func(f *filesOnSlack) { f.at(at("F1"), page); f.at(at("F2"), page) },
		"a way that leads to another host": func(f *filesOnSlack) {
			to := served{status: http.StatusFound, header: http.Header{"Location": {"https://elsewhere.example/take"}}}
			f.at(at("F1"), to)
			f.at(at("F2"), to)
		},
		"a status that says so": func(f *filesOnSlack) {
			f.at(at("F1"), served{status: http.StatusForbidden})
			f.at(at("F2"), served{status: http.StatusForbidden})
		},
		"Slack's word": func(f *filesOnSlack) {
			f.put("F1", map[string]any{"error": "missing_scope", "needed": "files:read"})
			f.put("F2", map[string]any{"error": "missing_scope", "needed": "files:read"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, slacks := withFiles(t)
			slacks.put("F1", nil)
			slacks.put("F2", nil)
			trap(slacks)
			first, second := s.found("F1"), s.found("F2")
			p := s.fetched(first)
			s.fetched(second)
			if p.State != visit.PhotoWaiting || p.Tries != 1 {
				t.Fatalf("the photo is %+v", p)
			}
			// Mia and nobody else is an admin; she hears of two photos once.
			s.untilSays(mia, s.direct(mia), "files:read")
			told := 0
			for _, who := range []string{mia, jonas} {
				for _, m := range s.Messages(who, s.direct(who)) {
					if strings.Contains(says(m), "files:read") {
						told++
					}
				}
			}
			if told != 1 {
				t.Errorf("%d messages tell of the scope", told)
			}
			if slacks.token["elsewhere.example"] || slices.ContainsFunc(slacks.sent(), func(a string) bool { return strings.Contains(a, "elsewhere") }) {
				t.Error("the other host was asked")
			}
			s.looked()
			if len(slacks.sent()) > 0 {
				t.Error("it was tried again at once")
			}
			slacks.put("F1", nil)
			slacks.at(at("F1"), served{body: picture(40, 30, grey)})
			s.dueAgain(s.photosOf(first)[0])
			s.looked()
			if p := s.photosOf(first)[0]; p.State != visit.PhotoKept {
				t.Errorf("the photo is %+v", p)
			}
		})
	}
}

// What somebody did not get for days is given up, and says why.
func TestAPhotoIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	for _, c := range []struct {
		id    string
		says  map[string]any
		at    served
		tries int
		why   string // of the refusal; empty: it waits on
	}{
		{"F1", map[string]any{"mimetype": "image/heic", "original_w": 0}, served{body: []byte("\x00\x00\x00\x24ftypheic")}, triesNotReady, "heic"},
		{"F2", nil, served{body: []byte("<html>")}, triesSignIn, "unreadable"},
		{"F3", nil, served{status: http.StatusBadGateway}, triesSlack, "no_answer"},
		{"F4", map[string]any{"error": "missing_scope"}, served{}, triesSlack + 1, ""},
		{"F5", map[string]any{"error": "token_revoked"}, served{}, triesSlack + 1, ""},
	} {
		slacks.put(c.id, c.says)
		slacks.at(at(c.id), c.at)
		f := s.found(c.id)
		p := s.fetched(f)
		if p.State != visit.PhotoWaiting || p.Why == "" {
			t.Errorf("%s: the photo is %+v", c.id, p)
		}
		for range c.tries {
			_, _, err := s.bot.o.Store.TryPhoto(context.Background(), s.TeamID(), p.ID, time.Now().Add(-time.Second))
			done(t, err)
		}
		s.looked()
		if p = s.photosOf(f)[0]; c.why != "" && (p.State != visit.PhotoRefused || p.Why != c.why) || c.why == "" && p.State != visit.PhotoWaiting {
			t.Errorf("%s: after %d tries the photo is %s, %q", c.id, c.tries, p.State, p.Why)
		}
	}
}

// What comes cut off, or that Slack asks to wait for, comes later.
func TestAPhotoIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	whole := picture(200, 150, grey)
	slacks.put("F1", nil)
	slacks.at(at("F1"), served{body: whole[:len(whole)/2], length: len(whole)})
	slacks.put("F2", map[string]any{"retry_after": "30"})
	f, g := s.found("F1"), s.found("F2")
	for _, p := range []visit.PhotoRef{s.fetched(f), s.fetched(g)} {
		if p.State != visit.PhotoWaiting || p.Why != laterSlack {
			t.Errorf("the photo is %+v", p)
		}
	}
	waiting := func(after time.Duration) int {
		return len(must(s.bot.o.Store.PhotosWaiting(context.Background(), time.Now().Add(after), 9)))
	}
	if soon, later := waiting(time.Second), waiting(10*time.Second); soon != 0 || later != 1 {
		t.Errorf("%d are fetched at once, and %d in 10 s", soon, later)
	}
	slacks.at(at("F1"), served{body: whole})
	s.dueAgain(s.photosOf(f)[0])
	s.looked()
	if p := s.photosOf(f)[0]; p.State != visit.PhotoKept {
		t.Errorf("the photo is %+v", p)
	}
	if soon, later := waiting(20*time.Second), waiting(40*time.Second); soon != 0 || later != 1 {
		t.Errorf("Slack asked for 30 s; %d are fetched in 20 s, and %d in 40 s", soon, later)
	}
}

// What a process leaves behind is fetched by the next.
func TestPhotosAreFetchedAfterARestart(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	for _, id := range []string{"F1", "F2", "F3"} {
		slacks.put(id, nil)
		slacks.at(at(id), served{body: picture(40, 30, grey)})
	}
	f := s.found("F1", "F2", "F3")
	stopped := make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	slacks.while = func(string) { stop(); <-ctx.Done() } // it dies while it fetches the first
	go func() { defer close(stopped); s.bot.KeepPhotos(ctx) }()
	<-stopped
	slacks.while = nil
	if ps := s.photosOf(f); !slices.ContainsFunc(ps, func(p visit.PhotoRef) bool { return p.State == visit.PhotoWaiting && p.Tries == 0 }) {
		t.Fatalf("nothing was left behind: %+v", ps)
	}
	for _, p := range s.photosOf(f) { // what it began waits a moment
		s.dueAgain(p)
	}
	again, err := New(s.bot.o)
	done(t, err)
	told := 0
	again.photos.changed = func(context.Context, string, int) error { told++; return nil }
	done(t, again.photos.look(context.Background()))
	for _, p := range s.photosOf(f) {
		if p.State != visit.PhotoKept {
			t.Errorf("a photo is %+v", p)
		}
	}
	if told != 1 {
		t.Errorf("its answer was told %d times", told)
	}
}

// What two want to fetch at once is fetched once in a process, and one after the other.
func TestPhotosAreFetchedOneAtATime(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	var ids []string
	for n := range 5 {
		id := "F" + strconv.Itoa(n)
		ids = append(ids, id)
		slacks.put(id, nil)
		slacks.at(at(id), served{body: picture(40, 30, grey)})
	}
	f := s.found(ids...)
	under, most := 0, 0
	var mu sync.Mutex
	slacks.while = func(string) {
		mu.Lock()
		under++
		most = max(most, under)
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
		under--
		mu.Unlock()
	}
	for range 3 {
		s.bot.photos.fetch(context.Background(), f.Workspace, f.Number)
	}
	s.looked()
	s.bot.Wait()
	if got := slacks.sent(); len(got) != 2*len(ids) {
		t.Errorf("%d requests for %d photos: %q", len(got), len(ids), got)
	}
	if most != 1 {
		t.Errorf("%d at once", most)
	}
}

// A finding that is undone while its photo is fetched keeps none.
func TestAPhotoOfWhatWasUndoneIsNotKept(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	slacks.put("F1", nil)
	slacks.at(at("F1"), served{body: picture(40, 30, grey)})
	f := s.found("F1")
	slacks.while = func(address string) {
		if address == at("F1") {
			_, err := s.bot.o.Store.ChangeFinding(context.Background(), f.Workspace, f.Number, s.bot.o.Now(), func(f *visit.Finding) error {
				_, err := f.Withdraw(mia, "", time.Now())
				return err
			})
			done(t, err)
		}
	}
	if p := s.fetched(f); p.State == visit.PhotoKept {
		t.Errorf("the photo is %+v", p)
	}
	if _, err := s.bot.o.Store.Photo(context.Background(), f.Workspace, f.Photos[0].ID); err == nil {
		t.Error("its copy is kept")
	}
	slacks.while = nil
	slacks.sent()
	s.looked()
	if got := slacks.sent(); len(got) > 0 {
		t.Errorf("it is fetched all the same: %q", got)
	}
}

// Whatever is wrong with one photo, the others are fetched: it comes again later.
func TestOnePhotoStopsNoOthers(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func(*stage, *filesOnSlack){
		"its copy is not taken": func(s *stage, _ *filesOnSlack) {
			must(s.onFile().Exec(`CREATE TRIGGER large BEFORE UPDATE ON photos WHEN NEW.file_id = 'F1' AND NEW.jpeg IS NOT NULL BEGIN SELECT RAISE(FAIL, 'too large'); END`))
		},
		"reading it panics": func(_ *stage, slacks *filesOnSlack) {
			slacks.while = func(address string) {
				if address == at("F1") {
					panic("a decoder")
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, slacks := withFiles(t)
			for n := range 3 {
				id := "F" + strconv.Itoa(n+1)
				slacks.put(id, nil)
				slacks.at(at(id), served{body: picture(40, 30, grey)})
			}
			wrong(s, slacks)
			f, g := s.found("F1", "F2"), s.found("F3")
			s.looked()
			for _, p := range append(s.photosOf(f)[1:], s.photosOf(g)...) {
				if p.State != visit.PhotoKept {
					t.Errorf("another photo is %+v", p)
				}
			}
			if p := s.photosOf(f)[0]; p.State != visit.PhotoWaiting || p.Tries != 1 || p.Why == "" {
				t.Errorf("the photo is %+v", p)
			}
			slacks.sent()
			s.looked()
			if got := slacks.sent(); len(got) > 0 {
				t.Errorf("it is tried again at once: %q", got)
			}
		})
	}
}

// A photo that ends the process is counted before, so it waits longer each time, and is let be
// at last.
func TestAPhotoThatEndsTheProcess(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	slacks.put("F1", nil)
	slacks.at(at("F1"), served{body: picture(40, 30, grey)})
	f := s.found("F1")
	for n := range triesNoReturn {
		ctx, end := context.WithCancel(context.Background())
		slacks.while = func(string) { end() }
		if err := s.bot.photos.look(ctx); err == nil {
			t.Fatal("it did not end")
		}
		p := s.photosOf(f)[0]
		if p.State != visit.PhotoWaiting || p.Tries != n+1 {
			t.Fatalf("after %d ends the photo is %+v", n+1, p)
		}
		slacks.sent()
		s.looked()
		if got := slacks.sent(); len(got) > 0 {
			t.Fatalf("the next process fetches it at once: %q", got)
		}
		s.dueAgain(p)
	}
	slacks.while = nil
	s.looked()
	if p := s.photosOf(f)[0]; p.State != visit.PhotoRefused || p.Why != string(photo.Broken) || len(slacks.sent()) > 0 {
		t.Errorf("the photo is %+v", p)
	}
}

// While the database takes nothing, nothing is lost: the admins hear of it once, and the photo
// is kept as soon as it can be.
func TestAPhotoWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	db := s.onFile()
	slacks.put("F1", nil)
	slacks.at(at("F1"), served{body: picture(40, 30, grey)})
	f := s.found("F1")
	must(db.Exec(`CREATE TRIGGER full BEFORE UPDATE ON photos BEGIN SELECT RAISE(FAIL, 'no room'); END`))
	for range 2 {
		s.bot.photos.fetch(context.Background(), f.Workspace, f.Number)
		s.bot.Wait()
		if err := s.bot.photos.look(context.Background()); err == nil {
			t.Error("the look did not notice, and goes on at once")
		}
	}
	if p := s.photosOf(f)[0]; p.State != visit.PhotoWaiting {
		t.Errorf("the photo is %+v", p)
	}
	s.untilSays(mia, s.direct(mia), "Nothing is lost")
	told := 0
	for _, m := range s.Messages(mia, s.direct(mia)) {
		if strings.Contains(says(m), "Nothing is lost") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the admins were told %d times", told)
	}
	must(db.Exec(`DROP TRIGGER full`))
	s.looked()
	if p := s.photosOf(f)[0]; p.State != visit.PhotoKept {
		t.Errorf("the photo is %+v", p)
	}
}

// The answer to a finding is drawn again once for all that came of its photos, and not for
// what it said before.
func TestTheAnswerIsToldOnce(t *testing.T) {
	t.Parallel()
	s, slacks := withFiles(t)
	var mu sync.Mutex
	var told []int
	s.bot.photos.changed = func(_ context.Context, team string, n int) error {
		mu.Lock()
		defer mu.Unlock()
		if team != s.TeamID() {
			t.Errorf("told for %q", team)
		}
		told = append(told, n)
		return nil
	}
	slacks.put("F1", nil)
	slacks.at(at("F1"), served{body: picture(40, 30, grey)})
	slacks.put("F2", nil)
	slacks.at(at("F2"), served{body: picture(40, 30, white)})
	slacks.put("F3", nil)
	slacks.at(at("F3"), served{status: http.StatusBadGateway})
	f, g := s.found("F1", "F2"), s.found("F3")
	s.fetched(f)
	s.fetched(g)
	if want := []int{f.Number, g.Number}; !slices.Equal(told, want) {
		t.Errorf("told of %v, not of %v", told, want)
	}
	s.dueAgain(s.photosOf(g)[0])
	s.looked()
	if len(told) != 2 {
		t.Errorf("told of what still waits: %v", told)
	}
}

// The answer says that a photo follows until it is drawn again, so where that could not be
// done it is done later, once.
func TestAnAnswerThatCouldNotBeDrawnIsDrawnAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fails error
		drawn int
	}{
		{"it was drawn", nil, 1},
		{"Slack asks to wait", fmt.Errorf("draw: %w", &slack.RateLimitedError{RetryAfter: 5 * time.Second}), 2},
		{"its time was over", context.DeadlineExceeded, 2},
		{"Slack stumbled", slack.SlackErrorResponse{Err: "internal_error"}, 2},
		{"Slack refuses it", slack.SlackErrorResponse{Err: "is_inactive"}, 1},
		{"the finding is gone", fmt.Errorf("draw: %w", visit.ErrNotFound), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, slacks := withFiles(t)
			drawn := 0
			s.bot.photos.changed = func(context.Context, string, int) error {
				if drawn++; drawn == 1 {
					return c.fails
				}
				return nil
			}
			slacks.put("F1", nil)
			slacks.at(at("F1"), served{body: picture(40, 30, grey)})
			s.fetched(s.found("F1"))
			s.looked()
			s.looked()
			if drawn != c.drawn {
				t.Errorf("it was drawn %d times, want %d", drawn, c.drawn)
			}
		})
	}
}

// The status says which permission is missing, what is lost by it and what works all the same.
func TestTheStatusSaysWhichScopeIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		has          []string
		says, denies []string
	}{
		{"all are there", Scopes(), nil, []string{"permission", "reinstall"}},
		{"an optional one was declined", lacking("channels:history"), nil, []string{"permission", "reinstall"}},
		{"files:read", lacking("files:read"), []string{"permission files:read", "I save what people write", "reports come without pictures", "reinstall"}, []string{"these permissions", "im:history"}},
		{"im:history", lacking("im:history"), []string{"permission im:history", "buttons and forms still work", "reinstall"}, []string{"these permissions", "files:read"}},
		{"others", lacking("files:read", "files:write", "users:read"), []string{"permission files:read", "these permissions, so some things do not work: files:write, users:read.", "reinstall"}, nil},
		{"a proxy leaves them out", nil, nil, []string{"permission", "reinstall"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, slacks := withFiles(t)
			slacks.scopes = c.has
			slacks.put("F1", map[string]any{"error": "missing_scope"})
			s.fetched(s.found("F1"))
			got := says(s.command(jonas, sourcing, "/visit-prep status"))
			if !strings.Contains(got, "1 photo of a finding is still to be fetched") {
				t.Errorf("the photo that waits is not counted:\n%s", got)
			}
			for _, w := range c.says {
				if !strings.Contains(got, w) {
					t.Errorf("nothing of %q in:\n%s", w, got)
				}
			}
			for _, w := range c.denies {
				if strings.Contains(got, w) {
					t.Errorf("%q in:\n%s", w, got)
				}
			}
		})
	}
}

// lacking is the scopes that the app asks for, but for some.
func lacking(names ...string) []string {
	return slices.DeleteFunc(Scopes(), func(s string) bool { return slices.Contains(names, s) })
}

// A photo whose time is up is said to be kept no longer, by the finding and in its place in a report.
func TestAFindingSaysThatItsPhotoIsNoLongerKept(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	f := visit.Finding{Text: "two price lists", Kind: visit.RedFlag, By: mia}
	done(t, f.BelongTo(&v))
	f = s.logs(f, 2)
	now := time.Now()
	if d := must(s.bot.o.Store.DropOld(t.Context(), store.Retention{Photos: now.Add(time.Hour)}, now)); d.Photos != 2 {
		t.Fatalf("deleted are %d photos", d.Photos)
	}
	f = must(s.bot.o.Store.Finding(t.Context(), s.TeamID(), f.Number))
	if got := photosSaid(english, &f); !slices.Equal(got, []string{"2 photos are no longer kept, because of their age."}) {
		t.Errorf("it says %q", got)
	}
	f.Photos = f.Photos[:1]
	if got := photosSaid(english, &f); !slices.Equal(got, []string{"1 photo is no longer kept, because of its age."}) {
		t.Errorf("of one it says %q", got)
	}
	pg := pages{p: english}
	if got := pg.picture(&f.Photos[0]); got.JPEG != nil || got.Missing != "This photo is no longer kept: IMG_1.jpg" {
		t.Errorf("a report has %+v", got)
	}
}
