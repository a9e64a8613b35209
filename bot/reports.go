package bot

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/photo"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// reports hand in what a visit or an inspection has found: a PDF and a sheet, and a message
// that stands without them. Each is a message of the outbox, drawn from the state of the moment
// in which it is sent, so that a process that dies leaves it to another. What has been done
// of it stands in its row: nothing is shared twice, and what could not be shared is said.
type reports struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
	visits    *visits // who knows what people are called, and draws one file at a time
	cutter    photo.Reader
	looks     []time.Duration // see shareLooks
}

// The verbs of reports. The value of the last two is the subject and the version: "visit/3:1".
const (
	actMakeReport    blocks.ActionID = "make-report"
	actFinalReport   blocks.ActionID = "final-report"
	actFactoryReport blocks.ActionID = "factory-report"
)

// shareLooks are how long after Slack said that it shares a file is looked whether it does: it
// says so of files, too, that never appear.
func shareLooks() []time.Duration {
	return []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second}
}

// fileTries is how often a file is tried to be sent that nobody refuses: files go to another
// host than messages, and a proxy may let us reach only one of the two.
const fileTries = 5

// A handing is how far the handing in of a report has come, as its row keeps it.
type handing struct {
	Sheet   string    `json:"sheet,omitempty"`   // id of the sheet's file in Slack
	Said    time.Time `json:"said,omitzero"`     // elapsed time at which Slack said that it shares the files
	Looks   int       `json:"looks,omitempty"`   // how often was looked since
	Again   bool      `json:"again,omitempty"`   // they were sent a second time
	Refused string    `json:"refused,omitempty"` // why there are no files
	Final   bool      `json:"final,omitempty"`   // it is to become final
	Without int       `json:"without,omitempty"` // photos on their way that it may lack then
	Version int       `json:"version,omitempty"` // the one that it is to make final; 0 of a draft
	Off     bool      `json:"off,omitempty"`     // there is none, and the message says why
	// The message, as it was worded when the files were drawn.
	Text   string       `json:"text,omitempty"`
	Blocks slack.Blocks `json:"blocks,omitzero"`
}

// words keeps the message of the report.
func (h *handing) words(m *blocks.Message) {
	h.Text, h.Blocks = m.Text.Escaped(), slack.Blocks{BlockSet: m.Blocks}
}

// handingOf is how far a report has come.
func handingOf(r *visit.Report) (h handing, err error) {
	if err := json.Unmarshal([]byte(cmp.Or(r.Detail, "{}")), &h); err != nil {
		return h, fmt.Errorf("read how far a report has come: %w", err)
	}
	return h, nil
}

// A wish is a report that somebody asks for.
type wish struct {
	about visit.Subject
	kind  visit.ReportKind // empty: the one that the subject comes to
	final int              // the version that is to be final; 0 for a draft
	// without is how many photos that are still on their way a final one may lack.
	without int
}

// command makes the report of what a command names.
func (rp *reports) command(kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return rp.ask(ctx, q.caller, wish{about: visit.SubjectOf(kind, q.number)})
	}
}

// makeClick makes a report.
func (rp *reports) makeClick(ctx context.Context, c click) error {
	m, err := rp.ask(ctx, c.caller, wish{about: visit.Subject(c.about)})
	return rp.replies.replyPrivately(ctx, c, rp.replies.orApologyTo(c.team, c.user, "make a report", m, err))
}

// finalClick makes a report that does not change any more.
func (rp *reports) finalClick(ctx context.Context, c click) error {
	s, version, _ := strings.Cut(string(c.about), ":")
	version, without, _ := strings.Cut(version, ":")
	n, err := strconv.Atoi(version)
	lacks, badly := strconv.Atoi(cmp.Or(without, "0"))
	if err = cmp.Or(err, badly); err != nil {
		return fmt.Errorf("read the button of a report: %w", err)
	}
	m, err := rp.ask(ctx, c.caller, wish{about: visit.Subject(s), final: n, without: lacks})
	return rp.replies.replyPrivately(ctx, c, rp.replies.orApologyTo(c.team, c.user, "make a report final", m, err))
}

// reportButton makes the report of a.
func (wd *wording) reportButton(a visit.Appointment) slack.BlockElement {
	return blocks.Button(actMakeReport, blocks.Subject(a.Subject()), wd.p.T("Make report"))
}

func versionSubject(s visit.Subject, version int) blocks.Subject {
	return blocks.Subject(fmt.Sprintf("%s:%d", s, version))
}

// ask has a report made, and says where it comes.
func (rp *reports) ask(ctx context.Context, who caller, of wish) (*blocks.Message, error) {
	a, err := rp.access.appointment(ctx, who.team, who.user, of.about)
	if err != nil {
		return nil, err
	}
	now := rp.o.Now()
	if err := visit.MayReport(a, of.final > 0, now); err != nil {
		return nil, err
	}
	defer rp.locks.lock("report/" + who.team + "/" + string(of.about))()
	old, err := rp.o.Store.Reports(ctx, who.team, of.about)
	if err != nil {
		return nil, err
	}
	for n := range old {
		if v := versionOf(old, &old[n]); of.final > 0 && old[n].Counts() && v >= of.final {
			return rp.finalAlready(ctx, who.user, &old[n], v), nil
		}
	}
	if of.final > 0 {
		fs, err := rp.o.Store.Findings(ctx, who.team, of.about)
		if err != nil {
			return nil, err
		}
		if n := photosToCome(fs); n > of.without {
			return rp.waitsForPhotos(ctx, who.team, who.user, of, n), nil
		}
	}
	r := visit.Report{Workspace: who.team, Subject: of.about, Kind: cmp.Or(of.kind, reportKind(a)), State: visit.ReportMaking, Made: visit.Mark{By: who.user, At: now}}
	h := handing{Final: of.final > 0, Version: of.final, Without: of.without}
	to, why, err := rp.destination(ctx, a, &r)
	if err != nil {
		return nil, err
	}
	r.Channel, r.Detail = to, string(blocks.MustJSON(h))
	p := rp.directory.printer(ctx, who.team, who.user)
	for n := range old {
		o := &old[n]
		is, err := handingOf(o)
		if err != nil || o.Settled() || o.Stale(now) || o.Kind != r.Kind || is.Final != h.Final || o.Channel != to {
			continue
		}
		if over, err := rp.over(ctx, o, is, a.Common()); over || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		// Whoever asked first may have died before it was in the outbox.
		return rp.comes(p, a, o, why, true), rp.o.Store.AddOccurrence(ctx, visit.HandIn(o, a.Common(), to, now))
	}
	// Two may ask at once, each at another process, and see as many reports.
	key := fmt.Sprintf("report/%s/%d/%s/%t/%s", of.about, len(old), r.Kind, h.Final, to)
	first, err := rp.first(ctx, who.team, key, keepPost)
	if err != nil {
		return nil, err
	}
	if first {
		if r, err = rp.o.Store.AddReport(ctx, r); err != nil {
			rp.takeBack(ctx, who.team, key)
			return nil, err
		}
		if err := rp.o.Store.AddOccurrence(ctx, visit.HandIn(&r, a.Common(), to, now)); err != nil {
			return nil, err
		}
	}
	return rp.comes(p, a, &r, why, !first), nil
}

// over settles a report whose row says that it is under way, though its message is out or was given
// up: the row could not be written then. It reports whether it was so.
func (rp *reports) over(ctx context.Context, r *visit.Report, h handing, w *visit.Work) (bool, error) {
	o, err := rp.o.Store.Occurrence(ctx, r.Workspace, visit.HandIn(r, w, r.Channel, rp.o.Now()).Key)
	if errors.Is(err, visit.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch o.State {
	case visit.Sent:
		state := visit.ReportShown
		if r.TS = o.TS; h.Refused != "" { // without its files
			state = visit.ReportLost
		}
		return true, rp.keep(ctx, r, &h, state)
	case visit.Dead, visit.Expired:
		return true, rp.keep(ctx, r, &h, visit.ReportLost)
	}
	return false, nil
}

// The reasons for which a report does not come into the thread.
type privately int

const (
	inThread  privately = iota
	forPerson           // it is the asker's alone
	readAlong           // another company reads there
	closedOff           // nobody can post there
)

// destination is where a report goes: the channel of what it is about, or whoever asked for it.
// A report never goes where another company reads, whoever asks.
func (rp *reports) destination(ctx context.Context, a visit.Appointment, r *visit.Report) (to string, why privately, err error) {
	w := a.Common()
	if r.Kind == visit.ReportFactory {
		return r.Made.By, forPerson, nil
	}
	who, err := rp.directory.readers(ctx, r.Workspace, w.Channel)
	if err != nil {
		return "", 0, err
	}
	if who == insiders {
		return w.Channel, inThread, nil
	}
	why = readAlong
	if now, err := rp.directory.facts(ctx, r.Workspace, w.Channel); err != nil || now.State != store.ChannelOpen {
		why = closedOff
	}
	return r.Made.By, why, nil
}

// comes says that a report is being made, and where it will stand. It is asked for already
// where somebody was quicker.
func (rp *reports) comes(p blocks.Printer, a visit.Appointment, r *visit.Report, why privately, already bool) *blocks.Message {
	m := new(blocks.Message)
	about := a.Title(p.Printer)
	switch {
	case r.Kind == visit.ReportFactory:
		m.Say(p.T("Making the version for the factory… It comes to you alone, in your direct messages with Visit Prep, and you pass it on."))
	case already && why == inThread:
		m.Say(p.T("The report is being made already: %s. It comes in its thread in a moment.", about))
	case already:
		m.Say(p.T("Your report is being made already: %s. It comes in your direct messages with Visit Prep in a moment.", about))
	case why == inThread:
		m.Say(p.T("Making the report… %s. It comes in its thread in a moment.", about))
	case why == readAlong:
		m.Say(p.T("Making the report… %s. Another company reads in its channel, so it comes to you alone, in your direct messages with Visit Prep.", about))
	default:
		m.Say(p.T("Making the report… %s. I can't post in its channel, so it comes to you alone, in your direct messages with Visit Prep.", about))
	}
	if i, ok := a.(*visit.Inspection); ok && i.Open() && r.Kind != visit.ReportFactory {
		m.Say(p.T("It has no result yet, and the report says so."))
		m.Add(blocks.Actions(blocks.Button(actReport, blocks.Subject(i.Subject()), p.T("Report result"))))
	}
	return m
}

// photosToCome is how many photos of findings are still to be fetched from Slack.
func photosToCome(fs []visit.Finding) (n int) {
	for i := range fs {
		if fs[i].Withdrawn.IsSet() {
			continue
		}
		for _, ph := range fs[i].Photos {
			if ph.State == visit.PhotoWaiting {
				n++
			}
		}
	}
	return n
}

// waitsForPhotos is what somebody reads who makes final what would lack photos for good.
func (rp *reports) waitsForPhotos(ctx context.Context, team, person string, of wish, photos int) *blocks.Message {
	p := rp.directory.printer(ctx, team, person)
	m := new(blocks.Message)
	about := versionSubject(of.about, of.final)
	again := blocks.Button(actFinalReport, about, p.T("Make report final"))
	about += blocks.Subject(":" + strconv.Itoa(photos))
	var without *slack.ButtonBlockElement
	if photos == 1 {
		m.Say(p.T("1 photo is still on its way from Slack, and what is final changes no more. Please try again in a minute, or make the report final without it."))
		without = blocks.Button(actFinalReport.With("without"), about, p.T("Make final without 1 photo"))
	} else {
		m.Say(p.T("%d photos are still on their way from Slack, and what is final changes no more. Please try again in a minute, or make the report final without them.", photos))
		without = blocks.Button(actFinalReport.With("without"), about, p.T("Make final without %d photos", photos))
	}
	m.Add(blocks.Actions(again, without))
	return m
}

// finalAlready is what somebody reads who makes final what a colleague has made final before.
func (rp *reports) finalAlready(ctx context.Context, person string, r *visit.Report, version int) *blocks.Message {
	p := rp.directory.printer(ctx, r.Workspace, person)
	m := new(blocks.Message)
	m.Add(blocks.Section(p.M("Version %d is final already. %s made it so. If something has changed since, make the report again: that is version %d.", version, blocks.Mention(r.Final.By), version+1)))
	m.Text.Line(p.T("Version %d is final already. If something has changed since, make the report again: that is version %d.", version, version+1))
	m.Add(blocks.Actions(blocks.Button(actMakeReport, blocks.Subject(r.Subject), p.T("Make report"))))
	return m
}

// versionOf is the version that a report of a subject is, or is a draft of: each final one
// ends a version.
func versionOf(all []visit.Report, r *visit.Report) int {
	n := 1
	for _, o := range all {
		if o.Number < r.Number && o.Counts() {
			n++
		}
	}
	return n
}

// send takes the next step of handing in a report, and says when the one after it is due.
func (rp *reports) send(ctx context.Context, o *visit.Occurrence) visit.Delivery {
	r, err := rp.of(ctx, o)
	if err != nil {
		return lostOr(err)
	}
	a, err := rp.o.Store.Appointment(ctx, o.Workspace, o.Subject)
	if err != nil {
		return lostOr(err)
	}
	if r.Settled() {
		return visit.Delivery{Outcome: visit.NothingSaid}
	}
	h, err := handingOf(&r)
	if err != nil {
		return visit.Delivery{Outcome: visit.Refused, Err: err}
	}
	at, err := rp.spotOf(ctx, o, a, &r)
	if err != nil || at == nil {
		return lostOr(err)
	}
	switch {
	case h.Off, h.Refused != "":
	case r.State == visit.ReportMaking:
		return rp.share(ctx, at, a, &r, &h)
	default:
		shown, err := rp.shown(ctx, at.channel, &r, &h)
		if err != nil {
			return rp.later(err, rp.looks[0])
		}
		if !shown {
			return rp.lookAgain(ctx, &r, &h)
		}
	}
	return rp.say(ctx, o, at, a, &r, &h)
}

// of is the report that a message hands in.
func (rp *reports) of(ctx context.Context, o *visit.Occurrence) (visit.Report, error) {
	number, err := strconv.Atoi(o.Payload)
	if err != nil {
		return visit.Report{}, fmt.Errorf("which report is it: %w", err)
	}
	return rp.o.Store.Report(ctx, o.Workspace, o.Subject, number)
}

// lostOr is for what could not be read: what is there no more has nothing to say.
func lostOr(err error) visit.Delivery {
	if err == nil || errors.Is(err, visit.ErrNotFound) {
		return visit.Delivery{Outcome: visit.NothingSaid, Err: err}
	}
	return notWorded(err)
}

// later is a step that comes again after a pause. A fault of the files' methods stops no
// messages.
func (rp *reports) later(err error, pause time.Duration) visit.Delivery {
	d := visit.Delivery{Outcome: visit.NotSent, RetryAfter: pause, Err: withoutURL(err)}
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		d.RetryAfter = waitFor(limited)
	}
	return d
}

// A spot is where a report is posted.
type spot struct {
	channel, thread string
	person          string // whose direct message it is; empty in a channel
}

// spotOf is where a report is posted now; nil where it goes elsewhere, or nowhere. Since it was
// asked for another company may have come to read the channel, the visit may have moved, and
// the person may have left.
func (rp *reports) spotOf(ctx context.Context, o *visit.Occurrence, a visit.Appointment, r *visit.Report) (*spot, error) {
	w := a.Common()
	if visit.IsPerson(o.To) {
		err := rp.access.canSee(ctx, o.Workspace, o.To, o.Subject, w.Channel)
		if errors.Is(err, errNotYours) {
			return nil, rp.keep(ctx, r, &handing{}, visit.ReportLost)
		}
		if err != nil {
			return nil, err
		}
		dm, err := rp.directory.direct(ctx, o.Workspace, o.To)
		return &spot{channel: dm, person: o.To}, err
	}
	to, _, err := rp.destination(ctx, a, r)
	if err != nil {
		return nil, err
	}
	if to != o.To { // and nothing of it stays where it was on its way
		if err := rp.live.takeDownReport(ctx, r); err != nil {
			return nil, err
		}
		return nil, rp.o.Store.AddOccurrence(ctx, visit.HandIn(r, w, to, rp.o.Now()))
	}
	if w.Card == "" {
		if wait, err := rp.live.cardFirst(ctx, o.Workspace, o.Subject); wait || err != nil {
			return nil, cmp.Or(err, errCardFirst)
		}
	}
	return &spot{channel: o.To, thread: w.Card}, nil
}

// share draws a report and has Slack share its files. Nobody sees anything of them before
// Slack has both and the row says so.
func (rp *reports) share(ctx context.Context, at *spot, a visit.Appointment, r *visit.Report, h *handing) visit.Delivery {
	// A result may have been undone, or a visit cancelled, since it was asked for.
	if why := visit.MayReport(a, h.Final, rp.o.Now()); why != nil && !r.IsFinal() {
		p := rp.directory.channelPrinter(ctx, r.Workspace)
		if at.person != "" {
			p = rp.directory.printer(ctx, a.Common().Workspace, at.person)
		}
		return rp.off(ctx, r, h, rp.replies.errorIn(p, "make a report", why))
	}
	d, err := rp.draw(ctx, at, a, r, h)
	if err != nil {
		return rp.later(err, 0)
	}
	if h.Final && !r.IsFinal() && photosToCome(d.findings) > h.Without { // somebody has sent one meanwhile
		return rp.later(nil, rp.looks[0])
	}
	var ids []slack.FileSummary
	for _, f := range d.files {
		up, err := rp.upload(ctx, r.Workspace, f)
		if err != nil {
			return rp.notTaken(ctx, r, h, d, err)
		}
		ids = append(ids, slack.FileSummary{ID: up, Title: f.title})
	}
	if h.Final && !r.IsFinal() {
		now, did, err := rp.o.Store.FinishReport(ctx, r.Workspace, r.Subject, r.Number, store.Drawn{SHA256: d.sha256, Rev: a.Common().Rev, Findings: d.findings, Version: h.Version}, r.Made.By, rp.o.Now())
		if now.IsFinal() && now.Number != r.Number { // a colleague was first
			return rp.off(ctx, r, h, rp.finalAlready(ctx, r.Made.By, &now, h.Version))
		}
		if err != nil || !did { // somebody changed something meanwhile: it is drawn again
			return rp.later(err, rp.looks[0])
		}
		*r = now
	}
	r.FileID, r.Name, r.SHA256, r.Channel = ids[0].ID, d.files[0].name, d.sha256, cmp.Or(at.person, at.channel)
	h.Sheet, h.Said, h.Looks = "", time.Now(), 0
	if len(ids) > 1 {
		h.Sheet = ids[1].ID
	}
	h.words(d.says(h.Final))
	if err := rp.keep(ctx, r, h, visit.ReportPosted); err != nil {
		return rp.later(err, 0)
	}
	_, err = rp.api(ctx, r.Workspace).CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Files: ids, Channel: at.channel, ThreadTimestamp: at.thread})
	if err != nil && notDone(err) {
		return rp.notTaken(ctx, r, h, d, err)
	}
	return rp.later(err, rp.looks[0])
}

// off gives a report up before anybody has seen anything of it; m says why.
func (rp *reports) off(ctx context.Context, r *visit.Report, h *handing, m *blocks.Message) visit.Delivery {
	h.Off = true
	h.words(m)
	return rp.later(rp.keep(ctx, r, h, visit.ReportMaking), 0)
}

// notDone reports whether err says for certain that Slack did nothing.
func notDone(err error) bool {
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		return !unsure[answer.Err]
	}
	var limited *slack.RateLimitedError
	return errors.As(err, &limited) || errors.Is(err, errNotWritten) || isTooLate(err)
}

// notTaken is what comes of files that Slack does not take: they are tried again, or the message
// comes without them and says so.
func (rp *reports) notTaken(ctx context.Context, r *visit.Report, h *handing, d *drawnReport, err error) visit.Delivery {
	var answer slack.SlackErrorResponse
	refused := errors.As(err, &answer) && !unsure[answer.Err] && answer.Err != "ratelimited" && answer.Err != "rate_limited"
	if wholeFaults[answer.Err] {
		return notWorded(err) // nothing can be posted at all
	}
	r.Tries++
	if refused || r.Tries >= fileTries {
		h.Refused = cmp.Or(answer.Err, string(visit.NoAnswer))
		h.words(d.says(r.IsFinal()))
		rp.log.Error("Slack did not take the files of a report", "subject", string(r.Subject), "report", r.Number, "err", withoutURL(err))
	}
	if err := rp.keep(ctx, r, h, visit.ReportMaking); err != nil {
		return rp.later(err, 0)
	}
	return rp.later(err, rp.looks[0])
}

// keep records how far a report has come.
func (rp *reports) keep(ctx context.Context, r *visit.Report, h *handing, s visit.ReportState) error {
	r.State, r.Detail = s, string(blocks.MustJSON(h))
	now, err := rp.o.Store.ChangeReport(ctx, r.Workspace, r.Subject, r.Number, func(kept *visit.Report) error {
		*kept = *r
		return nil
	})
	if err == nil {
		*r = now
	}
	return err
}

// shown reports whether the files of a report stand where they were shared. Where Slack does
// not let us look, its word is taken.
func (rp *reports) shown(ctx context.Context, channel string, r *visit.Report, h *handing) (bool, error) {
	for _, id := range []string{r.FileID, h.Sheet} {
		if id == "" {
			continue
		}
		f, _, _, err := rp.api(ctx, r.Workspace).GetFileInfoContext(ctx, id, 0, 0)
		var answer slack.SlackErrorResponse
		switch {
		case errors.As(err, &answer) && postFaults[answer.Err]:
			rp.log.Warn("could not look whether a report stands where it was shared", "err", err)
			return true, nil
		case isSlackError(err, "file_deleted"): // by somebody who saw it
			continue
		case isSlackError(err, "file_not_found"):
			return false, nil
		case err != nil:
			return false, err
		}
		if len(f.Shares.Public[channel])+len(f.Shares.Private[channel]) == 0 {
			return false, nil
		}
	}
	return true, nil
}

// lookAgain waits for files that do not stand there yet, has them sent once more, and at last
// gives them up.
func (rp *reports) lookAgain(ctx context.Context, r *visit.Report, h *handing) visit.Delivery {
	h.Looks++
	state := visit.ReportPosted
	wait := rp.looks[0]
	switch {
	case h.Looks < len(rp.looks):
		wait = max(time.Until(h.Said.Add(rp.looks[h.Looks])), 0)
	case !h.Again:
		h.Again, state = true, visit.ReportMaking
	default:
		h.Refused = fileNotShown
	}
	if err := rp.keep(ctx, r, h, state); err != nil {
		return rp.later(err, 0)
	}
	return rp.later(nil, wait)
}

// fileNotShown is why a report has no files that Slack took and never showed.
const fileNotShown = "not_shown"

// say posts the message of a report, once it is known what became of its files.
func (rp *reports) say(ctx context.Context, o *visit.Occurrence, at *spot, a visit.Appointment, r *visit.Report, h *handing) visit.Delivery {
	m := &blocks.Message{Blocks: slices.Clone(h.Blocks.BlockSet)}
	p := rp.directory.channelPrinter(ctx, r.Workspace)
	if at.person != "" {
		p = rp.directory.printer(ctx, o.Workspace, at.person)
	}
	text := h.Text
	state := visit.ReportShown
	if h.Off || h.Refused != "" {
		state = visit.ReportLost
	}
	if h.Refused != "" {
		words := p.T("The files of this report are missing: Slack did not take them (%s). What stands here is complete without them. Please make the report again.", h.Refused)
		m.Add(blocks.Section(blocks.Escape(words)), blocks.Actions(blocks.Button(actMakeReport, blocks.Subject(r.Subject), p.T("Make report"))))
		text += "\n" + string(blocks.Escape(words))
	}
	options := []slack.MsgOption{
		slack.MsgOptionText(text, false), slack.MsgOptionBlocks(m.Blocks...), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataEvent, EventPayload: map[string]any{"key": metadataKey(o.Key)}}),
	}
	if at.thread != "" {
		options = append(options, slack.MsgOptionTS(at.thread))
	}
	_, ts, err := rp.api(ctx, r.Workspace).PostMessageContext(ctx, at.channel, options...)
	rp.directory.refused(o.Workspace, at.channel, err)
	d := posted(ts, err)
	switch d.Outcome {
	case visit.Delivered:
		r.TS = ts
	case visit.Refused:
		state = visit.ReportLost
	default:
		return d
	}
	if err := rp.keep(ctx, r, h, state); err != nil {
		rp.log.Warn("could not note that a report was handed in", "subject", string(r.Subject), "report", r.Number, "err", err)
	}
	return d
}

// upload gives Slack the bytes of a file, which nobody sees yet.
func (rp *reports) upload(ctx context.Context, team string, f reportFile) (id string, err error) {
	up, err := rp.api(ctx, team).GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: f.name, FileSize: len(f.content), AltTxt: f.alt})
	if err == nil && (up.UploadURL == "" || up.FileID == "") {
		err = errNotSlacks
	}
	if err != nil {
		return "", err
	}
	return up.FileID, rp.api(ctx, team).UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: up.UploadURL, Reader: bytes.NewReader(f.content), Filename: f.name})
}

// A reportFile is a file of a report.
type reportFile struct {
	name, title string
	alt         string // for those who do not see it
	content     []byte
}

// A drawnReport is a report with all that is sent of it.
type drawnReport struct {
	files    []reportFile    // the PDF, and the sheet where there is one
	sha256   string          // of the PDF
	findings []visit.Finding // of its subject, as they were read
	says     func(final bool) *blocks.Message
}

// digest is the SHA-256 of a file in hex.
func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// withoutPhotos in the value of a button makes the version for the factory without the photos at
// which nobody has looked.
const withoutPhotos = ":unseen"

// factoryClick makes the version for the factory. Photos at which nobody has looked do not go
// there, so whoever asks is asked to look at them first.
func (rp *reports) factoryClick(ctx context.Context, c click) error {
	about, sure := strings.CutSuffix(string(c.about), withoutPhotos)
	m, err := rp.askFactory(ctx, c.caller, visit.Subject(about), sure)
	return rp.replies.replyPrivately(ctx, c, rp.replies.orApologyTo(c.team, c.user, "make the version for the factory", m, err))
}

func (rp *reports) askFactory(ctx context.Context, who caller, s visit.Subject, sure bool) (*blocks.Message, error) {
	if err := rp.access.checkAccess(ctx, who.team, who.user, s); err != nil {
		return nil, err
	}
	fs, err := rp.o.Store.Findings(ctx, who.team, s)
	if err != nil {
		return nil, err
	}
	if unseen := looks(fs, false); len(unseen) > 0 && !sure {
		p := rp.directory.printer(ctx, who.team, who.user)
		m := blocks.Said(p.T("Photos at which nobody has looked yet: %d. Please look at them first: no faces, no papers, no other brands. Then press Version for the factory again.", len(unseen)))
		m.Add(blocks.Actions(lookButton(p, s), blocks.Button(actFactoryReport, blocks.Subject(s)+withoutPhotos, p.T("Make it without them"))))
		return m, nil
	}
	return rp.ask(ctx, who, wish{about: s, kind: visit.ReportFactory})
}
