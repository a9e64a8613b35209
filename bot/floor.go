package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What somebody stands in front of becomes a finding by one message, which Slack may deliver
// late, twice, or to another process. It is kept before Slack is told that it arrived: so a
// process that dies in between is sent it again, and one that dies later has it. The answer,
// and what needs Slack, come after.

// A sighting is a message that says what somebody saw, with its pictures.
type sighting struct {
	team, person string
	channel, ts  string // of the message
	thread       string // in which it stands; empty for none
	words        string
	files        []slack.File
	on           guide.Surface
	url          string // where the answer goes, of a message that somebody picked; else empty
}

// source names the message of a sighting.
func (s *sighting) source() string { return s.channel + ":" + s.ts }

// isPicture reports whether a file shows what somebody saw. Of a file of another company
// Slack says no more than its id.
func isPicture(f *slack.File) bool {
	for _, kind := range []string{"image/", "video/"} {
		if strings.HasPrefix(f.Mimetype, kind) {
			return true
		}
	}
	switch strings.ToLower(f.Filetype) {
	case "jpg", "jpeg", "png", "heic", "heif", "gif", "webp", "bmp", "tiff", "mp4", "mov":
		return true
	}
	return f.FileAccess == "check_file_info" || f.Mimetype == "" && f.Filetype == ""
}

func hasPicture(files []slack.File) bool {
	return slices.ContainsFunc(files, func(f slack.File) bool { return isPicture(&f) })
}

// tellsSighting reports whether an event is a message that says what somebody saw.
func tellsSighting(e *slackevents.EventsAPIEvent) bool {
	var c chat
	switch in := e.InnerEvent.Data.(type) {
	case *slackevents.AppMentionEvent:
		c = chat{words: blocks.Incoming(in.Text), files: in.Files}
	case *slackevents.MessageEvent:
		c.words = blocks.Incoming(in.Text)
		if in.Message != nil {
			c.files = in.Message.Files
		}
	default:
		return false
	}
	return isSighting(&c)
}

// isSighting reports whether a message says what somebody saw: it has a picture and asks
// nothing, or it says how bad, and how many or where. Everything else is a question.
func isSighting(c *chat) bool {
	said := visit.ReadCaption(c.words, visit.SeverityWords{})
	if hasPicture(c.files) {
		return !said.Asks() || said.Tells()
	}
	return said.Tells()
}

// keepWithin bounds how long Slack waits for its acknowledgement while a sighting is kept.
const keepWithin = 1500 * time.Millisecond

// keepAgain are the pauses after which it is tried once more to keep a sighting.
var keepAgain = [...]time.Duration{time.Second, 3 * time.Second, 10 * time.Second}

// take keeps a sighting, and answers it after the acknowledgement.
func (fs *findings) take(s sighting) {
	var k kept
	soon, cancel := context.WithTimeout(context.Background(), keepWithin)
	err := guard(func(ctx context.Context) (err error) { k, err = fs.keep(ctx, s); return err }, soon)
	cancel()
	fs.replies.later("log a finding", s.url, func(ctx context.Context) error {
		for _, wait := range keepAgain {
			if err == nil || settled(err) || !pause(ctx, wait) {
				break
			}
			k, err = fs.keep(ctx, s)
		}
		if err == nil {
			return fs.answer(ctx, s, k)
		}
		return fs.tell(ctx, s, fs.unkept(s, err))
	})
}

// settled reports whether it would be said again if it were tried again.
func settled(err error) bool {
	return errors.Is(err, errNotColleague) || errors.Is(err, errGuest) || errors.Is(err, errNotYours) ||
		errors.Is(err, errElsewhere) || errors.Is(err, visit.ErrNotFound) || isInput(err)
}

// unkept says why nothing was made of a sighting. Where it is no fault of its sender's, what
// they sent is still in Slack, and can be logged from there: at once in a direct message, which
// the bot can read again.
func (fs *findings) unkept(s sighting, err error) *blocks.Message {
	if settled(err) {
		return fs.replies.errorTo(s.team, s.person, "log a finding", err)
	}
	p, ref := fs.replies.speaksTo(s.team, s.person), fs.replies.report("log a finding", err)
	m := new(blocks.Message)
	switch n := len(s.files); n {
	case 0:
		m.Say(p.T("I could not save that. Your message is still in Slack: in a minute, choose Log finding in the menu of the message. If it happens again, give the person who runs Visit Prep the reference %s.", ref))
	case 1:
		m.Say(p.T("I could not save that. Your photo is still in Slack: in a minute, choose Log finding in the menu of the message. If it happens again, give the person who runs Visit Prep the reference %s.", ref))
	default:
		m.Say(p.T("I could not save that. Your photos are still in Slack: in a minute, choose Log finding in the menu of the message. If it happens again, give the person who runs Visit Prep the reference %s.", ref))
	}
	if s.on == guide.Direct {
		m.Add(blocks.Actions(blocks.Button(actLogMessage, blocks.Subject(blocks.MustJSON(chosenMessage{Channel: s.channel, TS: s.ts, Words: s.thread})), p.T("Log finding"))))
	}
	return m
}

func isInput(err error) bool {
	var one *visit.InputError
	return errors.As(err, &one)
}

// A kept is a finding that a message was made into.
type kept struct {
	visit.Finding
	note answerNote
	did  bool // it was made now
	// same is set where the finding is another message's: it has the same picture, or this
	// message belongs to it.
	same bool
}

// keep makes a finding of a sighting, for a colleague. Made again it finds the first one.
func (fs *findings) keep(ctx context.Context, s sighting) (k kept, err error) {
	team, err := fs.directory.home(ctx, s.team)
	if err != nil {
		return k, unchecked(err)
	}
	if err := fs.directory.checkColleague(ctx, team, s.person); err != nil {
		return k, err
	}
	words, err := fs.o.Store.SeverityWords(ctx, team, s.channel)
	if err != nil {
		return k, err
	}
	said := visit.ReadCaption(s.words, words)
	k.note = answerNote{Odd: said.Odd, Unsure: said.Unsure}
	if k.Finding, err = fs.o.Store.FindingBySource(ctx, team, s.source()); err == nil {
		return k, nil
	} else if !errors.Is(err, visit.ErrNotFound) {
		return k, err
	}
	f := visit.Finding{
		Workspace: team, Kind: said.Kind, Text: said.Text, Place: said.Place, Bad: said.Bad, Checked: said.Checked,
		ForFactory: true, Source: s.source(), By: s.person, At: fs.o.Now(),
	}
	if !said.Unsure {
		f.Severity = said.Severity
	}
	if visit.HasHan(f.Text) {
		f.TextZH = f.Text
	}
	fs.defects.named(&f)
	for _, file := range s.files {
		if !f.AddPhoto(photoOf(&file)) {
			k.note.Beyond++
		}
	}
	if len(f.Photos) == 0 && f.Text == "" {
		f.Text = strings.TrimSpace(s.words) // "major @packing" says where, and no more
	}
	if first, err := fs.sameAs(ctx, team, s, &said); err != nil || first.Number > 0 {
		// Once its words are there nothing else says that this message is of that finding, and
		// Slack may deliver it again.
		if err == nil {
			err = fs.o.Store.NoteShown(ctx, store.Shown{Workspace: team, About: addedBy(s.source()), Note: string(findingSubject(first.Number))})
		}
		if err == nil {
			first, err = fs.o.Store.ChangeFinding(ctx, team, first.Number, fs.o.Now(), func(had *visit.Finding) error {
				for _, p := range f.Photos {
					if !had.AddPhoto(p) && !slices.ContainsFunc(had.Photos, func(o visit.PhotoRef) bool { return o.FileID == p.FileID }) {
						k.note.Beyond++
					}
				}
				if ofChange(&s) == 0 {
					fs.addCaption(had, &said)
				}
				return nil
			})
		}
		return kept{Finding: first, same: true, note: k.note}, err
	}
	if k.Finding, k.did, err = fs.o.Store.AddFinding(ctx, f, fs.o.Now()); err != nil || s.on != guide.Direct {
		return k, err
	}
	// Whoever fetches its photo may be quicker with the answer, and knows the words no more.
	return k, fs.noted(ctx, &k.Finding, k.note)
}

func photoOf(f *slack.File) visit.PhotoRef {
	return visit.PhotoRef{FileID: f.ID, Permalink: f.Permalink, Name: blocks.Clip(cmp.Or(f.Name, f.Title), 200), State: visit.PhotoWaiting}
}

// soonAfter is how long after a message another one may say more about the same thing: the
// words of a photo, or the photo of words. Slack delivers the two in any order.
const soonAfter = 10 * time.Minute

// addedBy names a message in the store that was added to a finding.
func addedBy(source string) string { return "added/" + source }

// changeWords are the words of a photo that shows a finding after the change: "after 31".
var changeWords = regexp.MustCompile(`(?i)^\s*(?:after|改善后|整改后)\s*#?\s*(\d{1,9})\s*[.。!]?\s*$`)

// ofChange is the finding of which a photo in a direct message shows the change, as its words
// say; 0 for none. The form in which its action is logged as done offers it as a proof.
func ofChange(s *sighting) int {
	words := changeWords.FindStringSubmatch(chars.ASCII(s.words))
	if words == nil || s.on != guide.Direct || !hasPicture(s.files) {
		return 0
	}
	number, _ := strconv.Atoi(words[1])
	return number
}

// sameAs is the finding to which a message belongs that makes none of its own: it was added to
// one before; it stands in the thread of one; it is the words of a photo that came before them; or it has no words, and
// its pictures are known, or it was sent just after words that had none. Without a number it is
// none.
func (fs *findings) sameAs(ctx context.Context, team string, s sighting, said *visit.Caption) (f visit.Finding, err error) {
	noted, err := fs.o.Store.Shown(ctx, team, addedBy(s.source()))
	if err != nil {
		return f, err
	}
	if number, _ := cutFinding(blocks.Subject(noted.Note)); number > 0 { // it was looked at then
		return fs.o.Store.Finding(ctx, team, number)
	}
	if number := ofChange(&s); number > 0 {
		return fs.access.finding(ctx, team, s.person, number)
	}
	if s.on == guide.Direct && s.thread != "" {
		number, err := fs.threadOf(ctx, team, s.channel, s.thread)
		if err == nil && number > 0 {
			if f, err = fs.access.finding(ctx, team, s.person, number); err == nil && f.Withdrawn.IsSet() {
				return visit.Finding{}, nil // nobody would see it there
			}
			return f, err
		}
		if err != nil && !errors.Is(err, visit.ErrNotFound) {
			return f, err
		}
	}
	if len(s.files) == 0 && s.on == guide.Direct {
		if f, err = fs.o.Store.LastFinding(ctx, team, s.person, s.channel+":"); err == nil && fs.waitsForWords(&f) {
			return f, nil
		}
		if errors.Is(err, visit.ErrNotFound) {
			err = nil
		}
		return visit.Finding{}, err
	}
	if said.Text != "" || said.Marked() {
		return f, nil
	}
	known := 0
	for _, file := range s.files {
		had, err := fs.o.Store.FindingWithFile(ctx, team, s.person, file.ID)
		switch {
		case err == nil:
			f = had
			known++
		case !errors.Is(err, visit.ErrNotFound):
			return f, err
		}
	}
	if known == len(s.files) {
		return f, nil
	}
	f, err = fs.o.Store.LastFinding(ctx, team, s.person, s.channel+":")
	if errors.Is(err, visit.ErrNotFound) || err == nil && (len(f.Photos) > 0 || f.Final || !fs.isSoonAfter(&f)) {
		return visit.Finding{}, nil
	}
	return f, err
}

// isSoonAfter reports whether a finding was logged a moment ago.
func (fs *findings) isSoonAfter(f *visit.Finding) bool {
	since := fs.o.Now().Sub(f.At)
	return since >= -time.Minute && since < soonAfter
}

// answer tells whoever sent a message what became of it, and begins what follows from it.
func (fs *findings) answer(ctx context.Context, s sighting, k kept) error {
	p := fs.directory.printer(ctx, s.team, s.person)
	switch {
	case k.same:
		fs.fetch(ctx, k.Workspace, k.Number)
		if k.Subject != "" {
			fs.live.changed(k.Workspace, k.Subject, s.person)
		}
		if err := fs.noted(ctx, &k.Finding, k.note); err != nil {
			return err
		}
		if err := fs.redraw(ctx, k.Workspace, k.Number); err != nil {
			fs.log.Warn("could not draw the answer to a finding again", "err", err)
		}
		m := addedWords(p, &k.Finding, k.note)
		if len(s.files) > 0 && !k.Withdrawn.IsSet() {
			m = blocks.Said(p.T("That belongs to finding %d: %s", k.Number, blocks.Clip(cmp.Or(k.Text, severityWord(p, &k.Finding)), 200)))
			sayBeyond(p, m, k.note.Beyond)
			m.Add(blocks.Actions(openFindingButton(p, k.Number)))
		}
		return fs.tellOnce(ctx, k.Workspace, s, m)
	case !k.did && s.on != guide.Direct:
		return fs.already(ctx, s, k)
	}
	f, err := fs.settle(ctx, s, &k.Finding)
	if err != nil { // it is kept, and belongs to nothing yet
		fs.log.Warn("could not see what a finding belongs to", "err", err)
	}
	if s.on == guide.Direct {
		shown, err := fs.o.Store.Shown(ctx, f.Workspace, string(findingSubject(f.Number)))
		if err != nil {
			return err
		}
		if shown.TS == "" {
			err = fs.answerOnce(ctx, f, k.note)
		}
		if err != nil {
			return err
		}
	} else {
		m, err := fs.card(ctx, s.person, s.channel, f, k.note, false)
		if err == nil {
			err = fs.tell(ctx, s, m)
		}
		if err != nil {
			return err
		}
	}
	fs.fetch(ctx, f.Workspace, f.Number)
	if f.Subject != "" {
		fs.live.changed(f.Workspace, f.Subject, s.person)
	} else {
		fs.live.homesOf(f.Workspace, s.person)
	}
	return nil
}

// already says that a message was made into a finding before.
func (fs *findings) already(ctx context.Context, s sighting, k kept) error {
	p := fs.directory.printer(ctx, s.team, s.person)
	if _, err := fs.access.finding(ctx, k.Workspace, s.person, k.Number); err != nil {
		return fs.tell(ctx, s, blocks.Said(p.T("A colleague has logged that message already.")))
	}
	m := blocks.Said(p.T("That is finding %d already.", k.Number))
	m.Add(blocks.Actions(openFindingButton(p, k.Number)))
	return fs.tell(ctx, s, m)
}

func openFindingButton(p blocks.Printer, number int) *slack.ButtonBlockElement {
	return blocks.Button(actOpenFinding, findingSubject(number), p.T("Open finding %d", number))
}

// tell answers a message: in a direct message where it stands, else to its sender alone.
func (fs *findings) tell(ctx context.Context, s sighting, m *blocks.Message) error {
	if s.url != "" {
		return fs.replies.respond(ctx, s.url, m.EphemeralJSON())
	}
	thread := s.thread
	if thread == s.ts { // it is a mention that nobody has answered: Slack shows nobody a thread of what only they read
		thread = ""
	}
	err := fs.replies.answerPrivately(ctx, chat{channel: s.channel, person: s.person, thread: thread, on: s.on}, m)
	if err != nil && s.on != guide.Direct {
		err = fs.replies.post(ctx, s.team, s.person, "", m)
	}
	return err
}

// tellOnce is tell, once over all deliveries of the message.
func (fs *findings) tellOnce(ctx context.Context, team string, s sighting, m *blocks.Message) error {
	key := "told/" + s.source()
	if s.url != "" { // somebody picked it, and may pick it again
		return fs.tell(ctx, s, m)
	}
	first, err := fs.first(ctx, team, key, keepPost)
	if err != nil || !first {
		return err
	}
	if err := fs.tell(ctx, s, m); err != nil {
		fs.takeBack(ctx, team, key)
		return err
	}
	return nil
}

// floorDays is how many days after its last day something still gets findings: a photo may
// wait for a network.
const floorDays = 3

// What is near is what somebody may be looking at now.
type near struct {
	theirs, others []visit.Appointment
}

// choices are all of them, somebody's own first.
func (n near) choices() []visit.Appointment { return append(slices.Clone(n.theirs), n.others...) }

// near lists the visits and inspections that are on, or were until a few days ago, and that
// somebody may see where they stand; their own are those that they planned or take part in.
func (fs *findings) near(ctx context.Context, team, person, channel string) (n near, err error) {
	channels, err := fs.directory.channelsOf(ctx, team, person)
	if err != nil {
		return n, err
	}
	now := fs.o.Now()
	day := civil.Of(now.UTC())
	f := store.Filter{Channels: append([]string{}, channels...), Own: person, From: day.AddDays(-floorDays - 1)}
	vs, err := fs.o.Store.Visits(ctx, team, f)
	if err != nil {
		return n, err
	}
	is, err := fs.o.Store.Inspections(ctx, team, store.InspectionFilter{Filter: f})
	if err != nil {
		return n, err
	}
	add := func(a visit.Appointment, own bool) {
		first, last := a.Days()
		switch today := a.Common().Today(now); {
		case first.After(today), last.AddDays(floorDays).Before(today), !visibleIn(a.Common().Place, channel):
		case own:
			n.theirs = append(n.theirs, a)
		default:
			n.others = append(n.others, a)
		}
	}
	for i := range vs {
		v := &vs[i].Visit
		add(v, v.Owner == person || slices.ContainsFunc(v.People, func(p visit.Person) bool { return p.User == person }))
	}
	for i := range is {
		add(&is[i].Inspection, is[i].Owner == person || is[i].Inspector == person)
	}
	return n, nil
}

// settle gives a finding to what its message is about: what the thread prepares, or the only
// one of its sender's that is on. Else it belongs to nothing, and its answer asks.
func (fs *findings) settle(ctx context.Context, s sighting, f *visit.Finding) (*visit.Finding, error) {
	if !f.Loose() || f.Withdrawn.IsSet() {
		return f, nil
	}
	channel := s.channel
	if s.on == guide.Direct {
		channel = ""
	}
	n, err := fs.near(ctx, f.Workspace, s.person, channel)
	if err != nil {
		return f, err
	}
	var of []visit.Appointment
	for _, a := range n.choices() {
		if w := a.Common(); s.thread != "" && w.Card == s.thread && w.Channel == s.channel {
			of = []visit.Appointment{a}
		}
	}
	if len(of) == 0 {
		of = n.theirs
	}
	if len(of) == 0 && s.on != guide.Direct { // whoever looks over their shoulder, in their channel
		for _, a := range n.others {
			if a.Common().Channel == s.channel {
				of = append(of, a)
			}
		}
	}
	if len(of) != 1 {
		return f, nil
	}
	now, err := fs.o.Store.ChangeFinding(ctx, f.Workspace, f.Number, fs.o.Now(), func(f *visit.Finding) error {
		if !f.Loose() { // somebody has sorted it meanwhile
			return nil
		}
		return belongTo(f, of[0])
	})
	if err != nil {
		return f, err
	}
	return &now, nil
}

// adds takes a direct message that says more about a finding: words in its thread, or the
// words of a photo that came before them. It reports false where the message is none of them,
// but a question.
func (fs *findings) adds(ctx context.Context, team string, c *chat) (bool, error) {
	// Without the database a question is still answered: what it means is read before what the
	// team calls severe.
	said := visit.ReadCaption(c.words, visit.SeverityWords{})
	if c.words == "" || said.Asks() || c.thread == "" && !said.Marked() {
		return false, nil
	}
	words, err := fs.o.Store.SeverityWords(ctx, team, c.channel)
	if err != nil {
		return false, err
	}
	said = visit.ReadCaption(c.words, words)
	number := 0
	switch {
	case c.thread != "":
		number, err = fs.threadOf(ctx, team, c.channel, c.thread)
	case said.Marked():
		var f visit.Finding
		if f, err = fs.o.Store.LastFinding(ctx, team, c.person, c.channel+":"); err == nil && fs.waitsForWords(&f) {
			number = f.Number
		}
	}
	if errors.Is(err, visit.ErrNotFound) || err == nil && number == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, fs.addWords(ctx, team, c.person, number, &said)
}

// waitsForWords reports whether a finding is a photo to which its sender has said nothing.
func (fs *findings) waitsForWords(f *visit.Finding) bool {
	return f.Text == "" && len(f.Photos) > 0 && !f.Final && fs.isSoonAfter(f)
}

// threadOf is the finding in whose thread a message stands: under the message that it was made
// of, or under the answer. 0 is none.
func (fs *findings) threadOf(ctx context.Context, team, channel, thread string) (int, error) {
	f, err := fs.o.Store.FindingBySource(ctx, team, channel+":"+thread)
	if err == nil || !errors.Is(err, visit.ErrNotFound) {
		return f.Number, err
	}
	shown, err := fs.o.Store.ShownIn(ctx, team, channel, thread)
	if err != nil {
		return 0, err
	}
	number, _ := cutFinding(blocks.Subject(shown.About))
	return number, nil
}

// addCaption adds to a finding what somebody said later. What was said before stays, and a
// severity, a count or a place that comes now fills what was empty.
func (fs *findings) addCaption(f *visit.Finding, said *visit.Caption) {
	if !f.Sorted() && !said.Unsure && (said.Severity != "" || said.Kind != "") {
		f.Sort(cmp.Or(said.Kind, f.Kind), said.Severity)
	}
	if !f.Counted() {
		f.Bad, f.Checked = said.Bad, said.Checked
	}
	f.Place = cmp.Or(f.Place, said.Place)
	if said.Text == "" || strings.Contains(f.Text, said.Text) { // Slack may deliver them again
		return
	}
	f.Text = strings.TrimSpace(f.Text + "\n" + said.Text)
	if visit.HasHan(said.Text) {
		f.TextZH = strings.TrimSpace(f.TextZH + "\n" + said.Text)
	}
	fs.defects.named(f)
}

// addWords adds to a finding what its reader said later.
func (fs *findings) addWords(ctx context.Context, team, person string, number int, said *visit.Caption) error {
	if _, err := fs.access.finding(ctx, team, person, number); err != nil {
		return err
	}
	f, err := fs.o.Store.ChangeFinding(ctx, team, number, fs.o.Now(), func(f *visit.Finding) error { fs.addCaption(f, said); return nil })
	if err != nil {
		return err
	}
	note := answerNote{Odd: said.Odd, Unsure: said.Unsure}
	if err := fs.noted(ctx, &f, note); err != nil {
		return err
	}
	if f.Subject != "" {
		fs.live.changed(team, f.Subject, person)
	}
	if err := fs.redraw(ctx, team, number); err != nil {
		fs.log.Warn("could not draw the answer to a finding again", "err", err)
	}
	return fs.replies.post(ctx, team, person, "", addedWords(fs.directory.printer(ctx, team, person), &f, note))
}

// noted keeps for the answer to a finding what it says besides, whether or not it stands
// already.
func (fs *findings) noted(ctx context.Context, f *visit.Finding, note answerNote) error {
	if note == (answerNote{}) {
		return nil
	}
	shown, err := fs.o.Store.Shown(ctx, f.Workspace, string(findingSubject(f.Number)))
	if err != nil {
		return err
	}
	shown.Note = string(blocks.MustJSON(note))
	return fs.o.Store.NoteShown(ctx, shown)
}

// addedWords says what became of words that came later.
func addedWords(p blocks.Printer, f *visit.Finding, note answerNote) *blocks.Message {
	m := new(blocks.Message)
	switch {
	case f.Withdrawn.IsSet():
		m.Say(p.T("Added to finding %d. It is undone, so it is in no list and no report. To have it back, press Restore finding.", f.Number))
		m.Add(blocks.Actions(blocks.Button(actRestoreIt, findingSubject(f.Number), p.T("Restore finding"))))
		return m
	case note.Unsure && !f.Sorted():
		m.Say(p.T("Added to finding %d. 严重 is critical at many firms, and major in the standard. What is it here?", f.Number))
		about := findingSubject(f.Number)
		m.Add(blocks.Actions(
			blocks.Button(actSort.With("critical"), about+":"+blocks.Subject(visit.Critical)+asUnsure, p.T("Critical")),
			blocks.Button(actSort.With("major"), about+":"+blocks.Subject(visit.Major)+asUnsure, p.T("Major")),
		))
		return m
	case note.Odd != "":
		bad, checked, _ := strings.Cut(note.Odd, "/")
		m.Say(p.T("Added to finding %d. %s of %s cannot be; I kept the words without the count.", f.Number, bad, checked))
	default:
		m.Say(p.T("Added: %s", findingHead(p, f)+"."))
		if f.OfNone() && !f.Final {
			m.Say(p.T("0 of %d pieces is no finding. Open it to undo it, or to write how many are bad.", f.Checked))
		}
	}
	m.Add(blocks.Actions(openFindingButton(p, f.Number)))
	return m
}

// offers adds to the answer to a question how to keep what was meant otherwise: the photo that
// came with it, or the words as those of a photo that came before.
func (fs *findings) offers(ctx context.Context, team string, c *chat, m *blocks.Message) {
	p := fs.directory.printer(ctx, c.team, c.person)
	if hasPicture(c.files) {
		m.Add(blocks.Note(p.M("You sent a photo with that. I have answered the question; press the button to keep the photo, too.")))
		m.Add(blocks.Actions(blocks.Button(actLogMessage, blocks.Subject(blocks.MustJSON(chosenMessage{Channel: c.channel, TS: c.ts, Words: c.thread})), p.T("Log finding"))))
		return
	}
	if c.words == "" || len([]rune(c.words)) > visit.MaxAsk {
		return
	}
	f, err := fs.o.Store.LastFinding(ctx, team, c.person, c.channel+":")
	if err != nil || !fs.waitsForWords(&f) {
		return
	}
	value := blocks.MustJSON(chosenMessage{Channel: string(findingSubject(f.Number)), Words: c.words})
	if len(value) > maxButtonValue {
		return
	}
	m.Add(blocks.Note(p.M("You sent a photo just before. If these were its words, press the button.")))
	m.Add(blocks.Actions(blocks.Button(actThatIsIt, blocks.Subject(value), p.T("Add words to finding %d", f.Number))))
}

// thatIsIt adds words to a finding that were taken for a question.
func (fs *findings) thatIsIt(ctx context.Context, c click) error {
	var of chosenMessage
	if err := json.Unmarshal([]byte(c.about), &of); err != nil {
		return fmt.Errorf("read the button of a photo's words: %w", err)
	}
	if fs.isDouble(ctx, c) {
		return nil
	}
	words, err := fs.o.Store.SeverityWords(ctx, c.team, "")
	if err == nil {
		number, _ := cutFinding(blocks.Subject(of.Channel))
		said := visit.ReadCaption(of.Words, words)
		err = fs.addWords(ctx, c.team, c.user, number, &said)
	}
	if err != nil {
		return fs.replies.sayError(ctx, c, "add words to a finding", err)
	}
	return nil
}

// logClick makes a finding of a message that was answered as a question.
func (fs *findings) logClick(ctx context.Context, c click) error {
	var of chosenMessage
	if err := json.Unmarshal([]byte(c.about), &of); err != nil {
		return fmt.Errorf("read the button of a message: %w", err)
	}
	if of.Channel != c.channel { // of the message above the button, and no other
		return fs.replies.sayError(ctx, c, "log a message", errNotYours)
	}
	m, err := fs.messageAt(ctx, c.team, of.Channel, of.TS, of.Words)
	if err == nil && m.User != c.user {
		err = errNotYours
	}
	if err != nil {
		return fs.replies.sayError(ctx, c, "log a message", err)
	}
	fs.take(sighting{team: c.team, person: c.user, channel: of.Channel, ts: of.TS, words: blocks.Incoming(m.Text), files: m.Files, on: guide.Direct})
	return nil
}

// messageAt reads one message, in a thread where that is not empty.
func (fs *findings) messageAt(ctx context.Context, team, channel, ts, thread string) (slack.Message, error) {
	var ms []slack.Message
	var err error
	if thread != "" && thread != ts {
		ms, _, _, err = fs.api(ctx, team).GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: thread, Oldest: ts, Latest: ts, Inclusive: true, Limit: 10})
	} else {
		var h *slack.GetConversationHistoryResponse
		if h, err = fs.api(ctx, team).GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel, Oldest: ts, Latest: ts, Inclusive: true, Limit: 1}); err == nil {
			ms = h.Messages
		}
	}
	if err != nil {
		return slack.Message{}, fmt.Errorf("read the message: %w", err)
	}
	for _, m := range ms {
		if m.Timestamp == ts {
			return m, nil
		}
	}
	return slack.Message{}, fmt.Errorf("the message %s: %w", ts, visit.ErrNotFound)
}

// logShortcut makes a finding of the message that somebody picked.
func (fs *findings) logShortcut(ctx context.Context, i shortcutUse) error {
	s := sighting{
		team: i.Team.ID, person: i.User.ID, channel: i.Channel.ID, ts: i.Message.Timestamp, thread: i.Message.ThreadTimestamp,
		words: blocks.Incoming(i.Message.Text), files: i.Message.Files, on: onSurface(i.Channel.ID), url: i.ResponseURL,
	}
	if s.on == guide.Direct { // it is answered like any other that was picked
		s.on = guide.Private
	}
	if s.words == "" && len(s.files) == 0 {
		p := fs.directory.printer(ctx, s.team, s.person)
		return fs.tell(ctx, s, blocks.Said(p.T("That message has neither a photo nor words, so there is nothing to log.")))
	}
	fs.take(s)
	return nil
}
