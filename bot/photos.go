package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/photo"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// photos make the copies of the photos of findings. Which ones are to be fetched from Slack
// stands in the store, so what a process leaves behind that dies, or what Slack cannot give
// yet, is fetched later, by whichever process. One is fetched at a time: a large one takes
// tens of megabytes while it is read.
type photos struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	reader    photo.Reader
	one       chan struct{} // holds something while a photo is fetched
	told      *dedup        // what the admins were told
	// changed is told of a finding of whose photos something else can be said now.
	changed func(ctx context.Context, team string, finding int) error

	mu    sync.Mutex
	stale map[findingOf]bool // of which changed is to be told again, as long as the process lives
}

type findingOf struct {
	team   string
	number int
}

func newPhotos(c *core, d *directory, a *access, r *replies) *photos {
	return &photos{core: c, directory: d, access: a, replies: r, one: make(chan struct{}, 1), told: newDedup(adminsAgain), changed: func(context.Context, string, int) error { return nil }, stale: map[findingOf]bool{}}
}

// Why there is no copy of a photo, besides what its bytes say.
const (
	photoDeleted    photo.Reason = "deleted"    // in Slack, or hidden there by its free plan
	photoUnreadable photo.Reason = "unreadable" // Slack lets the app not have it: of another company, or of where the app is not
	photoElsewhere  photo.Reason = "elsewhere"  // Slack has no more than a link to it
	photoNoAnswer   photo.Reason = "no_answer"  // Slack did not hand it out for days
)

// Why a photo is fetched later.
const (
	laterScope      = "scope"      // the scope files:read is missing
	laterSignIn     = "sign_in"    // a page to sign in came instead of the file
	laterConnection = "connection" // the app is not connected to the workspace
	laterNotReady   = "not_ready"  // Slack has not made its small copies yet
	laterSlack      = "slack"      // Slack, or the way to it, is in trouble
	laterStore      = "store"      // the database does not take it
)

// A notYet is the error of a photo that is fetched later. It does not unwrap: a page that is
// no photo is its cause, and does not refuse the photo.
type notYet struct {
	why   string
	after time.Duration // as Slack asked; 0 where it did not
	err   error
}

// Error says the reason, for the log.
func (n *notYet) Error() string { return fmt.Sprintf("%s: %v", n.why, n.err) }

// pause is how long until the next try, after some that failed.
func (n *notYet) pause(tries int) time.Duration {
	first, most := 5*time.Second, 15*time.Minute
	if n.why == laterNotReady {
		first, most = 2*time.Second, time.Minute
	}
	return max(n.after, min(first<<min(tries, 10), most))
}

// How often a photo is tried for that is not handed out. Where only a person can mend the
// reason it is tried for ever.
const (
	triesNotReady = 6 // two minutes: then it is taken as it is
	triesSignIn   = 12
	triesSlack    = 300 // three days
	triesNoReturn = 12  // two hours, of one of which nothing was ever heard: it may end the process
)

// The pace of what looks for photos that wait.
const (
	photosEvery = 10 * time.Second
	photosMost  = 50 // that one look takes notice of
	photosHold  = time.Minute
)

// keep fetches what waits until ctx ends. Every replica may do so: what two have fetched is
// kept once.
func (ph *photos) keep(ctx context.Context) {
	for {
		wait := photosEvery
		if err := guard(ph.look, unattended(ctx)); err != nil && ctx.Err() == nil {
			ph.log.Warn("could not look for photos to fetch; they wait", "err", err)
			wait = photosHold
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// look fetches once what waits by now.
func (ph *photos) look(ctx context.Context) error {
	ps, err := ph.o.Store.PhotosWaiting(ctx, time.Now(), photosMost)
	if err != nil {
		return err
	}
	of := func(p store.WaitingPhoto) string {
		return p.Workspace + "/" + string(visit.SubjectOf("finding", p.Finding))
	}
	slices.SortStableFunc(ps, func(a, b store.WaitingPhoto) int { return cmp.Compare(of(a), of(b)) })
	for len(ps) > 0 {
		n := 1
		for n < len(ps) && of(ps[n]) == of(ps[0]) {
			n++
		}
		ids := make([]int, n)
		for i, p := range ps[:n] {
			ids[i] = p.ID
		}
		if err := ph.settleAll(ctx, ps[0].Workspace, ps[0].Finding, ids); err != nil {
			return err
		}
		ps = ps[n:]
	}
	ph.mu.Lock()
	stale := slices.Collect(maps.Keys(ph.stale))
	ph.mu.Unlock()
	for _, of := range stale {
		ph.tell(ctx, of)
	}
	return nil
}

// tell has what became of the photos of a finding shown. Where Slack asks to wait, or it is
// not known whether it was done, it is shown again with the next look.
func (ph *photos) tell(ctx context.Context, of findingOf) {
	err := ph.changed(ctx, of.team, of.number)
	limited := new(slack.RateLimitedError)
	again := err != nil && (errors.As(err, &limited) || !definite(err) && !errors.Is(err, visit.ErrNotFound))
	if err != nil {
		ph.log.Warn("could not show what became of photos", "finding", of.number, "again", again, "err", err)
	}
	ph.mu.Lock()
	defer ph.mu.Unlock()
	if again {
		ph.stale[of] = true
	} else {
		delete(ph.stale, of)
	}
}

// fetch begins to fetch the photos of a finding that wait, and returns at once.
func (ph *photos) fetch(_ context.Context, team string, finding int) {
	ph.replies.later("fetch photos", "", func(ctx context.Context) error {
		f, err := ph.o.Store.Finding(ctx, team, finding)
		if err != nil {
			return err
		}
		var ids []int
		for _, p := range f.Photos {
			ids = append(ids, p.ID)
		}
		err = ph.settleAll(ctx, team, finding, ids)
		if ctx.Err() != nil { // the rest is fetched by whoever looks next
			return nil
		}
		return err
	})
}

// settleAll fetches those of some photos of a finding that wait, and tells once what came of
// them.
func (ph *photos) settleAll(ctx context.Context, team string, finding int, ids []int) error {
	news := false
	var failed error
	for _, id := range ids {
		changed, err := ph.settle(ctx, team, finding, id)
		news = news || changed
		if failed = err; err != nil {
			break
		}
	}
	if news {
		ph.tell(ctx, findingOf{team, finding})
	}
	return failed
}

// settle fetches a photo, if it waits, and records what came of it. It reports whether that
// is news. What cannot be recorded waits on. Whatever is wrong with one photo, it is fetched
// later, and the others now: an error is the database's, which takes nothing.
func (ph *photos) settle(ctx context.Context, team string, finding, id int) (news bool, err error) {
	select {
	case ph.one <- struct{}{}:
		defer func() { <-ph.one }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	f, err := ph.o.Store.Finding(ctx, team, finding)
	if errors.Is(err, visit.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(f.Photos, func(p visit.PhotoRef) bool { return p.ID == id })
	if at < 0 {
		return false, nil
	}
	p := f.Photos[at]
	if p.Why == "" && p.Tries >= triesNoReturn {
		return ph.refuse(ctx, &f, &p, &photo.Refused{Reason: photo.Broken, Err: errNoReturn})
	}
	// One that is kept by now, or whose finding was taken back, is not tried.
	if _, did, err := ph.o.Store.TryPhoto(ctx, team, id, time.Now().Add(new(notYet).pause(p.Tries))); err != nil || !did {
		return false, ph.noRoom(ctx, team, err)
	}
	var c *photo.Copy
	err = guard(func(ctx context.Context) (err error) {
		c, err = ph.copyOf(ctx, team, &p, ph.zoneOf(ctx, &f))
		return err
	}, ctx)
	if err != nil && ctx.Err() != nil {
		return false, ctx.Err()
	}
	var refused *photo.Refused
	later := new(notYet)
	switch {
	case err == nil:
		sum := sha256.Sum256(c.JPEG)
		did := false
		_, did, err = ph.o.Store.KeepPhoto(ctx, team, id, store.Copy{JPEG: c.JPEG, W: c.Width, H: c.Height, SHA256: hex.EncodeToString(sum[:]), TakenAt: c.TakenAt})
		if ph.noRoom(ctx, team, err) == nil {
			return did, nil
		}
		later = &notYet{why: laterStore, err: err}
	case errors.As(err, &refused):
		return ph.refuse(ctx, &f, &p, refused)
	case errors.As(err, &later):
	case p.Tries >= triesSlack:
		return ph.refuse(ctx, &f, &p, &photo.Refused{Reason: photoNoAnswer, Err: err})
	default:
		later = &notYet{why: laterSlack, err: err}
	}
	ph.log.Warn("could not fetch a photo; it is tried again", "finding", finding, "photo", id, "why", later.why, "err", withoutURL(err))
	if (later.why == laterScope || later.why == laterSignIn) && p.Why != later.why {
		ph.tellAdmins(ctx, team, later.why, func(p blocks.Printer) string {
			return p.T("I can't fetch the photos that people send me: Slack wants the permission %s for that. What they write with them is saved, and the photos stay in Slack until I can. Ask the person who manages your Slack apps to add it to Visit Prep (OAuth & Permissions) and to reinstall the app.", filesRead)
		})
	}
	_, did, err := ph.o.Store.DelayPhoto(ctx, team, id, later.why, time.Now().Add(later.pause(p.Tries)))
	return did && p.Why != later.why, err
}

// errNoReturn is of a photo that was tried again and again, and never with an end.
var errNoReturn = errors.New("no try came to an end")

// refuse records that there is no copy of a photo.
func (ph *photos) refuse(ctx context.Context, f *visit.Finding, p *visit.PhotoRef, r *photo.Refused) (news bool, err error) {
	ph.log.Info("there is no copy of a photo", "finding", f.Number, "photo", p.ID, "why", string(r.Reason), "err", withoutURL(r))
	_, did, err := ph.o.Store.RefusePhoto(ctx, f.Workspace, p.ID, string(r.Reason))
	return did, err
}

// noRoom tells the admins if the database takes nothing, and returns err.
func (ph *photos) noRoom(ctx context.Context, team string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	ph.tellAdmins(ctx, team, laterStore, func(p blocks.Printer) string {
		return p.T("I can't keep the photos that people send me, because my database takes nothing at the moment. Nothing is lost: the photos are in Slack, and I fetch them as soon as I can. Please tell the person who runs Visit Prep.")
	})
	return err
}

// zoneOf is where a camera is taken to stand that does not say it.
func (ph *photos) zoneOf(ctx context.Context, f *visit.Finding) *time.Location {
	if f.OfWork() {
		if a, err := ph.o.Store.Appointment(ctx, f.Workspace, f.Subject); err == nil {
			return zoneOr(a.Common().Zone)
		}
	}
	return ph.directory.locationOf(ctx, f.Workspace, f.By)
}

// statusPhotos is how many photos that wait the status counts.
const statusPhotos = 1000

// status tells how many photos wait, and why if only a person can mend it.
func (ph *photos) status(ctx context.Context, p blocks.Printer, m *blocks.Message, team string) {
	ps, err := ph.o.Store.PhotosWaiting(ctx, time.Now().AddDate(1, 0, 0), statusPhotos)
	if err != nil {
		return // the status says so below
	}
	switch n := len(slices.DeleteFunc(ps, func(p store.WaitingPhoto) bool { return p.Workspace != team })); n {
	case 0:
	case 1:
		m.Say(p.T("1 photo of a finding is still to be fetched from Slack. Its words are saved."))
	default:
		m.Say(p.T("%d photos of findings are still to be fetched from Slack. Their words are saved.", n))
	}
}

// adminsAgain is how long the admins are not told the same of photos again.
const adminsAgain = 3 * 24 * time.Hour

// tellAdmins tells the workspace's admins what only they can mend.
func (ph *photos) tellAdmins(ctx context.Context, team, why string, words func(blocks.Printer) string) {
	key := "photos/" + why
	_, err := ph.told.do(team+"/"+key, time.Now(), func() error {
		first, err := ph.first(ctx, team, key, adminsAgain)
		switch {
		case err == nil && !first:
			return nil
		case err != nil && why != laterStore: // otherwise that is what they are told
			return err
		}
		admins, err := ph.directory.admins(ctx, team)
		for _, a := range admins {
			err = errors.Join(err, ph.replies.post(ctx, team, a, "", blocks.Said(words(ph.directory.printer(ctx, team, a)))))
		}
		if err != nil {
			ph.takeBack(ctx, team, key)
		}
		return err
	})
	if err != nil {
		ph.log.Warn("could not tell the admins why photos are not fetched", "why", why, "err", err)
	}
}

// copyOf makes the copy of a photo. The error is a *photo.Refused for good and a *notYet for
// later; any other is of Slack's answer, and for later, too.
//
// Slack's own small copy is the first choice: it is upright, and a fiftieth of the bytes.
// Where there is none, or none yet, the original is read; and what cannot be read or is too
// large, such as HEIC, has smaller ones of Slack's, if Slack reads it.
func (ph *photos) copyOf(ctx context.Context, team string, p *visit.PhotoRef, zone *time.Location) (*photo.Copy, error) {
	f, err := ph.ask(ctx, team, p.FileID)
	if err != nil {
		return nil, err
	}
	if f.Mimetype == "text/html" { // its bytes look like the page that Slack sends in place of a file
		return nil, &photo.Refused{Reason: photo.Other}
	}
	original := cmp.Or(f.URLPrivateDownload, f.URLPrivate)
	refused := &photo.Refused{Reason: tooLarge(f)}
	for _, from := range []string{f.Thumb1024, original, f.Thumb960, f.Thumb720, f.Thumb480} {
		if from == "" || from == original && f.Size > photo.MaxBytes {
			continue
		}
		c, err := ph.download(ctx, team, from, zone)
		if err == nil {
			return c, nil
		}
		r := new(photo.Refused)
		if !errors.As(err, &r) {
			return nil, ph.unlessTried(err, p)
		}
		if from == original {
			refused = r
		}
	}
	if f.OriginalW == 0 && strings.HasPrefix(f.Mimetype, "image/") && p.Tries < triesNotReady {
		return nil, &notYet{why: laterNotReady, err: refused}
	}
	return nil, refused
}

// tooLarge says why a file is not even looked at that is larger than photos are.
func tooLarge(f *slack.File) photo.Reason {
	switch {
	case strings.HasPrefix(f.Mimetype, "video/"):
		return photo.Video
	case f.Mimetype == "application/pdf":
		return photo.PDF
	}
	return photo.Bytes
}

// unlessTried gives up what is not handed out after it was tried often enough.
func (ph *photos) unlessTried(err error, p *visit.PhotoRef) error {
	later := new(notYet)
	switch {
	case !errors.As(err, &later) || later.why == laterSlack:
		if p.Tries >= triesSlack {
			return &photo.Refused{Reason: photoNoAnswer, Err: err}
		}
	case later.why == laterSignIn && p.Tries >= triesSignIn:
		return &photo.Refused{Reason: photoUnreadable, Err: err}
	}
	return err
}

// filesRead is the scope without which no file can be fetched.
const filesRead = "files:read"

// ask asks Slack what a file is by now, and where its bytes are: the message that came with
// it may be hours old, and of a file of another company it said no more than to ask.
func (ph *photos) ask(ctx context.Context, team, id string) (*slack.File, error) {
	f, _, _, err := ph.api(ctx, team).GetFileInfoContext(ctx, id, 1, 1)
	var limited *slack.RateLimitedError
	var answer slack.SlackErrorResponse
	switch {
	case errors.As(err, &limited):
		return nil, &notYet{laterSlack, waitFor(limited), err}
	case errors.As(err, &answer):
		switch answer.Err {
		case "missing_scope", "not_allowed_token_type":
			return nil, &notYet{laterScope, 0, err}
		case "file_not_found", "file_deleted":
			return nil, &photo.Refused{Reason: photoDeleted, Err: err}
		case "access_denied", "not_visible", "no_permission", "channel_not_found", "not_in_channel":
			return nil, &photo.Refused{Reason: photoUnreadable, Err: err}
		}
		if wholeFaults[answer.Err] && !unsure[answer.Err] {
			return nil, &notYet{laterConnection, 0, err}
		}
		return nil, fmt.Errorf("ask about a file: %w", err)
	case err != nil:
		return nil, fmt.Errorf("ask about a file: %w", err)
	case f.ID == "":
		return nil, fmt.Errorf("ask about a file: %w", errNotSlacks)
	}
	switch {
	case f.Mode == "tombstone", f.Mode == "hidden_by_limit":
		return nil, &photo.Refused{Reason: photoDeleted}
	case f.FileAccess != "" && f.FileAccess != "visible":
		return nil, &photo.Refused{Reason: photoUnreadable, Err: errors.New(f.FileAccess)}
	case f.IsExternal:
		return nil, &photo.Refused{Reason: photoElsewhere}
	}
	return f, nil
}

// download makes a copy of what stands at an address of Slack's.
func (ph *photos) download(ctx context.Context, team, from string, zone *time.Location) (*photo.Copy, error) {
	u, err := url.Parse(from)
	if err != nil || !ph.isSlacks(u) {
		return nil, &photo.Refused{Reason: photoElsewhere}
	}
	b := photoBytes{most: photo.MaxBytes}
	err = ph.api(ctx, team).GetFileContext(ctx, from, &b)
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	switch {
	case errors.Is(err, errOverlong):
		return nil, &photo.Refused{Reason: photo.Bytes}
	case errors.As(err, &limited):
		return nil, &notYet{laterSlack, waitFor(limited), err}
	case errors.As(err, &status) && (status.Code/100 == 3 || status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden):
		return nil, &notYet{laterSignIn, 0, err} // to where one signs in; nobody goes there with the token
	case errors.As(err, &status) && (status.Code == http.StatusNotFound || status.Code == http.StatusGone):
		return nil, &photo.Refused{Reason: photoDeleted, Err: err}
	case err != nil:
		return nil, fmt.Errorf("download a photo: %w", withoutURL(err))
	}
	c, err := ph.reader.Copy(b.bytes, zone)
	if r := new(photo.Refused); errors.As(err, &r) && r.Reason == photo.Page {
		return nil, &notYet{laterSignIn, 0, err}
	}
	return c, err
}

// errOverlong is returned where more comes than was said.
var errOverlong = errors.New("more bytes than a photo may have")

// photoBytes keep what is written, up to so many bytes.
type photoBytes struct {
	most  int
	bytes []byte
}

func (b *photoBytes) Write(p []byte) (int, error) {
	if len(b.bytes)+len(p) > b.most {
		return 0, errOverlong
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}
