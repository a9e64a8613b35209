package bot

import (
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
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/photo"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// findings are what people see at factories: logged from a message, a form or a line of a
// checklist, sorted, and listed under the card of their visit or inspection.
type findings struct {
	*core
	directory  *directory
	access     *access
	replies    *replies
	live       *live
	drafts     *drafts
	checklists *checklists
	defects    *defects
	factories  *factories
	// isShown reports whether Slack shows a photo in a block.
	isShown func(ctx context.Context, team string, photo *visit.PhotoRef) (bool, error)
	// fetch begins to fetch the photos of a finding that wait. It returns at once.
	fetch func(ctx context.Context, team string, number int)
}

// The verbs of findings. The value of the first ones is "finding/31", of those that choose
// with what was chosen after a colon.
const (
	actSort        blocks.ActionID = "sort-finding"    // gives it a severity: "finding/31:major"
	actYanzhong    blocks.ActionID = "yanzhong"        // the team says what 严重 means
	actBelongs     blocks.ActionID = "finding-belongs" // to a visit or an inspection: "finding/31:visit/12"
	actWords       blocks.ActionID = "finding-words"   // the form of one that is there
	actWithdraw    blocks.ActionID = "undo-finding"
	actRestoreIt   blocks.ActionID = "restore-finding"
	actSplit       blocks.ActionID = "split-finding" // one finding a photo
	actAddFinding  blocks.ActionID = "add-finding"   // the form for a new one; the value is the visit, or a line of its checklist
	actNotRight    blocks.ActionID = "not-right"     // the same, from a line
	actFindings    blocks.ActionID = "findings"      // list them: "visit/12:40" from one on, or those that belong to nothing
	actOpenFinding blocks.ActionID = "open-finding"
	actLogMessage  blocks.ActionID = "log-finding" // of a message that was answered as a question
	actThatIsIt    blocks.ActionID = "that-is-it"  // words that came after a photo
)

// ofFinding is how controls name a finding.
const ofFinding visit.SubjectKind = "finding"

func findingSubject(number int) blocks.Subject {
	return blocks.Subject(visit.SubjectOf(ofFinding, number))
}

// cutFinding is the finding that a control names, and what was chosen; 0 where it names none.
func cutFinding(s blocks.Subject) (number int, chosen string) {
	about, chosen, _ := strings.Cut(string(s), ":")
	if kind, _ := visit.Subject(about).Cut(); kind != ofFinding {
		return 0, ""
	}
	return visit.Subject(about).Number(), chosen
}

// finding is a finding, if the person may see it: what belongs to nothing yet is for whoever
// logged it, and everything else for those who may see what it belongs to.
func (acc *access) finding(ctx context.Context, team, person string, number int) (visit.Finding, error) {
	f, err := acc.o.Store.Finding(ctx, team, number)
	if err == nil {
		err = acc.mayRead(ctx, team, person, &f)
	}
	if err != nil {
		return visit.Finding{}, err
	}
	return f, nil
}

// mayRead is nil where a person may see a finding.
func (acc *access) mayRead(ctx context.Context, team, person string, f *visit.Finding) error {
	switch {
	case f.OfFactory():
		return acc.canSeeOwn(ctx, team, person, f.Channel, func() (bool, error) { return f.By == person, nil })
	case !f.Loose():
		return acc.canSee(ctx, team, person, f.Subject, f.Channel)
	case f.By != person:
		return errNotYours
	}
	return acc.directory.checkColleague(ctx, team, person)
}

// severityWord says how bad a finding is, or what it is instead.
func severityWord(p blocks.Printer, f *visit.Finding) string {
	switch {
	case f.Kind == visit.RedFlag:
		return p.T("Red flag")
	case f.Kind == visit.Idea:
		return p.T("Idea")
	case f.Severity == "":
		return p.T("Not sorted")
	case f.Kind == visit.OfSystem:
		switch f.Severity {
		case visit.Critical:
			return p.T("Critical nonconformity")
		case visit.Major:
			return p.T("Major nonconformity")
		}
		return p.T("Minor nonconformity")
	case f.Severity == visit.Critical:
		return p.T("Critical")
	case f.Severity == visit.Major:
		return p.T("Major")
	}
	return p.T("Minor")
}

// findingHead names a finding in a line: "Finding 31 · Major · 6 of 50 · packing".
func findingHead(p blocks.Printer, f *visit.Finding) string {
	parts := []string{p.T("Finding %d", f.Number), severityWord(p, f)}
	if f.Counted() {
		parts = append(parts, p.T("%d of %d", f.Bad, f.Checked))
	}
	if f.Place != "" {
		parts = append(parts, f.Place)
	}
	return strings.Join(parts, " · ")
}

// photosSaid says in sentences what became of the photos of a finding. One and many are
// sentences of their own, so that each language has its own.
func photosSaid(p blocks.Printer, f *visit.Finding) (said []string) {
	kept, waiting := 0, 0
	for _, ref := range f.Photos {
		switch ref.State {
		case visit.PhotoKept:
			kept++
		case visit.PhotoWaiting:
			waiting++
		}
	}
	switch {
	case kept == 1:
		said = append(said, p.T("1 photo saved."))
	case kept > 1:
		said = append(said, p.T("%d photos saved.", kept))
	case waiting == 1:
		said = append(said, p.T("Words saved; 1 photo follows."))
	case waiting > 1:
		said = append(said, p.T("Words saved; %d photos follow.", waiting))
	}
	switch {
	case kept > 0 && waiting == 1:
		said = append(said, p.T("1 more photo follows."))
	case kept > 0 && waiting > 1:
		said = append(said, p.T("%d more photos follow.", waiting))
	}
	return append(said, withoutCopy(p, f)...)
}

// withoutCopy says why photos of a finding have no copy.
func withoutCopy(p blocks.Printer, f *visit.Finding) (said []string) {
	beyond, old := 0, 0
	for _, ref := range f.Photos {
		switch {
		case ref.State != visit.PhotoRefused:
		case ref.Why == visit.PhotoTooMany:
			beyond++
		case ref.Why == visit.PhotoOld:
			old++
		default:
			said = append(said, refusedPhoto(p, &ref))
		}
	}
	switch {
	case beyond == 1:
		said = append(said, p.T("1 photo stays in Slack: a visit or an inspection keeps at most %d.", visit.MaxPhotosOfWork))
	case beyond > 1:
		said = append(said, p.T("%d photos stay in Slack: a visit or an inspection keeps at most %d.", beyond, visit.MaxPhotosOfWork))
	}
	switch {
	case old == 1:
		said = append(said, p.T("1 photo is no longer kept, because of its age."))
	case old > 1:
		said = append(said, p.T("%d photos are no longer kept, because of their age.", old))
	}
	return said
}

// refusedPhoto says that a photo has no copy, and why.
func refusedPhoto(p blocks.Printer, ref *visit.PhotoRef) string {
	name := blocks.Clip(cmp.Or(ref.Name, p.T("A file")), 60)
	switch photo.Reason(ref.Why) {
	case photo.HEIC:
		return p.T("%s stays in Slack: I can't read HEIC, so it cannot go into the report. Your phone can take JPEG (“Most compatible”).", name)
	case photo.Video:
		return p.T("%s stays in Slack: a video cannot go into the report.", name)
	case photo.PDF, photo.Other:
		return p.T("%s stays in Slack: it is no photo, so it cannot go into the report.", name)
	case photo.Bytes, photo.Pixels:
		return p.T("%s stays in Slack: it is too large for the report. A smaller photo of the same can go there.", name)
	case photo.Broken:
		return p.T("%s stays in Slack: it is damaged, so it cannot go into the report. Please send it again.", name)
	case photoDeleted:
		return p.T("%s is not in Slack any more, so it cannot go into the report.", name)
	case photoElsewhere:
		return p.T("%s is only a link to another place, so it cannot go into the report. Please send me the photo itself.", name)
	case photoUnreadable:
		return p.T("%s stays in Slack: I cannot read it, because it is another company's or stands where I am not. Please send me a photo of your own.", name)
	}
	return p.T("%s stays in Slack; it cannot go into the report.", name)
}

// photosInSlack are links to the photos that have no copy and are still in Slack; empty for none.
func photosInSlack(p blocks.Printer, f *visit.Finding) blocks.Markup {
	var links []string
	for _, ref := range f.Photos {
		if ref.State == visit.PhotoRefused && photo.Reason(ref.Why) != photoDeleted && ref.Permalink != "" {
			links = append(links, string(blocks.Link(ref.Permalink, blocks.Clip(cmp.Or(ref.Name, p.T("A file")), 60))))
		}
	}
	if len(links) == 0 {
		return ""
	}
	return p.M("In Slack: %s", blocks.Markup(strings.Join(links, p.Comma())))
}

// An answerNote is what the answer to a finding says besides the state of the finding. It is
// kept where the answer is.
type answerNote struct {
	Odd    string `json:"odd,omitempty"`    // a count that cannot be
	Unsure bool   `json:"unsure,omitempty"` // its word for the severity has two meanings
	Beyond int    `json:"beyond,omitempty"` // photos of the message that are more than a finding may have
}

// A findingView is a finding as one person sees it.
type findingView struct {
	*visit.Finding
	answerNote
	of      visit.Appointment   // what it belongs to; nil for nothing yet
	choices []visit.Appointment // what else it may belong to
	// always is set where somebody has just said what 严重 means here, and the team has not
	// said it yet.
	always bool
	action *actionView // nil where none is shown
}

// begun reports whether somebody has done something with the action of the finding, so that it
// is not simply undone any more.
func (v *findingView) begun() bool { return v.action != nil && v.action.Action.Begun(v.Finding) }

// findingCard is a finding with what can be done about it. Each branch is a line or a button
// that stands there or not; apart they would have to agree on their order.
func findingCard(p blocks.Printer, v *findingView) *blocks.Message {
	m := new(blocks.Message)
	f, about := v.Finding, findingSubject(v.Number)
	if f.Withdrawn.IsSet() {
		m.Say(p.T("Finding %d is undone. Its words are still here, and its photos are in Slack.", f.Number))
		m.Add(blocks.Actions(blocks.Button(actRestoreIt, about, p.T("Restore finding"))))
		return m
	}
	said := strings.Join(append([]string{findingHead(p, f) + "."}, photosSaid(p, f)...), " ")
	line := blocks.Bold(findingHead(p, f)) + "."
	if rest := strings.Join(photosSaid(p, f), " "); rest != "" {
		line += " " + blocks.Escape(rest)
	}
	m.Text.Line(said)
	if f.Text != "" {
		line += "\n" + blocks.Escape(blocks.Clip(f.Text, 600))
		m.Text.Line(blocks.Clip(f.Text, 600))
	}
	if f.TextZH != "" && f.TextZH != f.Text {
		line += "\n" + blocks.Escape(blocks.Clip(f.TextZH, 600))
	}
	m.Add(blocks.Section(line))
	if links := photosInSlack(p, f); links != "" {
		m.Add(blocks.Note(links))
	}
	notes := findingNotes(p, v)
	m.Add(blocks.Note(blocks.Escape(strings.Join(notes, " · "))))
	m.Text.Line(notes[0])
	if v.action != nil {
		addAction(p, m, v.action)
		if es := stepButtons(p, v.action); len(es) > 0 {
			m.Add(blocks.Actions(es...))
		}
	}
	say := func(s string) {
		m.Add(blocks.Section(blocks.Escape(s)))
		m.Text.Line(s)
	}
	if v.Odd != "" {
		bad, checked, _ := strings.Cut(v.Odd, "/")
		say(p.T("%s of %s cannot be; I kept the words without the count. Press Add words to write it.", bad, checked))
	}
	if f.OfNone() && !f.Final && !v.begun() {
		say(p.T("0 of %d pieces is no finding. Press Undo finding, or Add words to write how many are bad.", f.Checked))
	}
	sayBeyond(p, m, v.Beyond)
	var es []slack.BlockElement
	sorted := func(k visit.FindingKind, s visit.Severity) blocks.Subject {
		return about + ":" + blocks.Subject(sorting(k, s))
	}
	switch {
	case f.Sorted() && f.Final: // and so it stays
	case f.Sorted():
		es = append(es, severityMenu(p, about))
	case v.Unsure:
		say(p.T("严重 is critical at many firms, and major in the standard. What is it here?"))
		m.Add(blocks.Actions(
			blocks.Button(actSort.With("critical"), sorted("", visit.Critical)+asUnsure, p.T("Critical")),
			blocks.Button(actSort.With("major"), sorted("", visit.Major)+asUnsure, p.T("Major")),
		))
	default:
		if f.Text == "" {
			say(p.T("What is it?"))
		} else {
			say(p.T("How bad is it?"))
		}
		m.Add(blocks.Actions(
			blocks.Button(actSort.With("critical"), sorted("", visit.Critical), p.T("Critical")),
			blocks.Button(actSort.With("major"), sorted("", visit.Major), p.T("Major")),
			blocks.Button(actSort.With("minor"), sorted("", visit.Minor), p.T("Minor")),
			blocks.Button(actSort.With("idea"), sorted(visit.Idea, ""), p.T("Idea")),
		))
	}
	if v.always {
		words := p.T("Always read 严重 as major")
		if f.Severity == visit.Critical {
			words = p.T("Always read 严重 as critical")
		}
		say(p.T("Until your team says what 严重 means, I ask each time. Later it can be changed with /visit-prep settings."))
		m.Add(blocks.Actions(blocks.Button(actYanzhong, about+":"+blocks.Subject(f.Severity), words)))
	}
	es = append(es, blocks.Button(actWords, about, p.T("Add words")))
	if len(f.Photos) > 1 && !f.Final && !v.begun() {
		es = append(es, blocks.Button(actSplit, about, p.T("One finding per photo")))
	}
	if !f.Final && !v.begun() {
		es = append(es, blocks.Button(actWithdraw, about, p.T("Undo finding")))
	}
	m.Add(blocks.Actions(es...))
	if menu := belongMenu(p, v); menu != nil {
		m.Add(blocks.Actions(menu))
	}
	return m
}

// findingNotes say what a finding belongs to, and what else is known of it.
func findingNotes(p blocks.Printer, v *findingView) (notes []string) {
	f := v.Finding
	switch {
	case v.of != nil:
		notes = append(notes, v.of.Title(p.Printer))
	case f.OfFactory():
		notes = append(notes, factoryNotes(p, f)...)
	default:
		notes = append(notes, p.T("It belongs to no visit and no inspection yet."))
	}
	if !f.ClaimBy.IsZero() { // also where it moved to a visit since
		notes = append(notes, p.T("Claim by %s", blocks.FullDay(p, f.ClaimBy)))
	}
	if f.Requirement != "" {
		notes = append(notes, p.T("Required: %s", f.Requirement))
	}
	if f.Request != "" {
		notes = append(notes, p.T("We ask: %s", f.Request))
	}
	if f.Kind == visit.RedFlag {
		notes = append(notes, p.T("A red flag never goes to the factory."))
	}
	return notes
}

// sayBeyond says that photos of a message are more than a finding may have.
func sayBeyond(p blocks.Printer, m *blocks.Message, photos int) {
	words := p.T("1 photo of your message stays in Slack: a finding keeps at most %d.", visit.MaxPhotos)
	switch {
	case photos == 0:
		return
	case photos > 1:
		words = p.T("%d photos of your message stay in Slack: a finding keeps at most %d.", photos, visit.MaxPhotos)
	}
	m.Add(blocks.Section(blocks.Escape(words)))
	m.Text.Line(words)
}

// asUnsure follows a severity that was chosen because the word has two meanings.
const asUnsure = ":unsure"

// sorting is a kind and a severity in the value of a control.
func sorting(k visit.FindingKind, s visit.Severity) string {
	if s != "" {
		return string(s)
	}
	return string(k)
}

// severityMenu chooses another severity.
func severityMenu(p blocks.Printer, about blocks.Subject) *slack.SelectBlockElement {
	option := func(what, words string) *slack.OptionBlockObject {
		return blocks.Option(about+":"+blocks.Subject(what), words)
	}
	return blocks.Choice(p, string(actSort), p.T("Change severity"), "", []*slack.OptionBlockObject{
		option(string(visit.Critical), p.T("Critical")), option(string(visit.Major), p.T("Major")), option(string(visit.Minor), p.T("Minor")),
		option(string(visit.Idea), p.T("Idea")), option(string(visit.RedFlag), p.T("Red flag: never for the factory")),
	})
}

// belongMenu chooses what a finding belongs to; nil where there is nothing to choose.
func belongMenu(p blocks.Printer, v *findingView) *slack.SelectBlockElement {
	var options []*slack.OptionBlockObject
	for _, a := range v.choices {
		if a.Subject() == v.Subject || len(options) == blocks.MaxOptions {
			continue
		}
		first, _ := a.Days()
		options = append(options, blocks.Option(findingSubject(v.Number)+":"+blocks.Subject(a.Subject()), p.T("%s, %s", a.Title(p.Printer), blocks.ShortDay(p, first))))
	}
	if len(options) == 0 || v.Final || v.begun() {
		return nil
	}
	words := p.T("Which is it for?")
	if !v.Loose() {
		words = p.T("Move finding to …")
	}
	return blocks.Choice(p, string(actBelongs), words, "", options)
}

// elsewhere reports whether a visit or an inspection is at another factory than a finding. One that
// belongs to nothing yet may be of any.
func elsewhere(f *visit.Finding, a visit.Appointment) bool {
	return !f.Loose() && f.Factory != a.Common().Factory.Name
}

// findingLine is a finding in a list, with how its action stands where that is not empty.
func findingLine(p blocks.Printer, f *visit.Finding, action string) blocks.Markup {
	line := blocks.Bold(strings.TrimPrefix(findingHead(p, f), "")) // on one line, escaped
	if action != "" {
		line += " · " + blocks.Escape(action)
	}
	if f.Text != "" {
		line += "\n" + blocks.Escape(blocks.Clip(blocks.OneLine(f.Text), 200))
	}
	if f.TextZH != "" && f.TextZH != f.Text {
		line += " " + blocks.Escape(blocks.Clip(blocks.OneLine(f.TextZH), 100))
	}
	switch n := len(f.Photos); {
	case n == 1:
		line += " " + p.M("(1 photo)")
	case n > 1:
		line += " " + p.M("(%d photos)", n)
	}
	return line
}

// listedFindings is how many findings a list shows, in a thread or on a page.
const listedFindings = 40

// addFindings adds a part of a list of findings. actions say how the action of each stands, by
// its number, where there is one to show.
func addFindings(p blocks.Printer, m *blocks.Message, fs []visit.Finding, actions map[int]string) {
	// A section holds 3,000 characters, and a list has many lines.
	var text blocks.Markup
	for _, f := range fs {
		line := findingLine(p, &f, actions[f.Number])
		if len([]rune(string(text)))+len([]rune(string(line))) > 2800 {
			m.Add(blocks.Section(text))
			text = ""
		}
		if text != "" {
			text += "\n"
		}
		text += line
		m.Text.Line(strings.TrimSuffix(findingHead(p, &f)+" · "+actions[f.Number], " · "))
	}
	if text != "" {
		m.Add(blocks.Section(text))
	}
}

// counted says how many findings there are of each severity: "2 critical, 5 major".
func counted(p blocks.Printer, fs []visit.Finding) string {
	n := map[string]int{}
	for _, f := range fs {
		switch {
		case f.Kind == visit.RedFlag, f.Kind == visit.Idea:
			n[string(f.Kind)]++
		default:
			n[string(f.Severity)]++
		}
	}
	one := func(of visit.FindingKind, one, many string) string {
		if n[string(of)] == 1 {
			return one
		}
		return many
	}
	var parts []string
	for _, of := range []struct {
		what string
		said string
	}{
		{string(visit.Critical), p.T("%d critical", n[string(visit.Critical)])}, {string(visit.RedFlag), one(visit.RedFlag, p.T("1 red flag"), p.T("%d red flags", n[string(visit.RedFlag)]))},
		{string(visit.Major), p.T("%d major", n[string(visit.Major)])}, {"", p.T("%d not sorted", n[""])},
		{string(visit.Minor), p.T("%d minor", n[string(visit.Minor)])}, {string(visit.Idea), one(visit.Idea, p.T("1 idea"), p.T("%d ideas", n[string(visit.Idea)]))},
	} {
		if n[of.what] > 0 {
			parts = append(parts, of.said)
		}
	}
	return strings.Join(parts, p.Comma())
}

// findingList is the list under a card. Everybody in the channel reads it.
func findingList(p blocks.Printer, a visit.Appointment, fs []visit.Finding, actions map[int]string) *blocks.Message {
	m := new(blocks.Message)
	title := p.T("Findings: %s", counted(p, fs))
	m.Add(blocks.Section(blocks.Bold(title)))
	m.Text.Line(title)
	addFindings(p, m, fs[:min(len(fs), listedFindings)], actions)
	about := blocks.Subject(a.Subject())
	es := []slack.BlockElement{blocks.Button(actAddFinding, about, p.T("Add finding"))}
	if more := len(fs) - listedFindings; more > 0 {
		m.Add(blocks.Note(blocks.Escape(p.T("And %d more.", more))))
		es = append(es, blocks.Button(actFindings, about+":"+blocks.Subject(strconv.Itoa(listedFindings)), p.T("More findings")))
	}
	if may, _ := toTell(fs); len(may) > 0 {
		es = append(es, letterButton(p, a.Subject()))
	}
	m.Add(blocks.Actions(es...))
	return m
}

// looseFindings is what a list shows that belong to nothing yet.
const looseFindings = "loose"

// page is a page of a list of findings for one person, who can open each.
func (fs *findings) pageOf(p blocks.Printer, title, about string, all []visit.Finding, actions map[int]string, from int) *blocks.Message {
	m := new(blocks.Message)
	m.Title(title)
	if len(all) == 0 {
		m.Say(p.T("There are no findings yet. Send me a photo with a few words in a direct message, such as “major 6/50 no corner guard @packing”."))
	}
	from = min(max(from, 0), max(len(all)-1, 0))
	part := all[from:min(len(all), from+listedFindings)]
	if len(part) > 0 {
		m.Add(blocks.Section(blocks.Escape(counted(p, all))))
	}
	addFindings(p, m, part, actions)
	var options []*slack.OptionBlockObject
	for _, f := range part {
		options = append(options, blocks.Option(findingSubject(f.Number), blocks.Clip(findingHead(p, &f), 70)))
	}
	var es []slack.BlockElement
	if len(options) > 0 {
		es = append(es, blocks.Choice(p, string(actOpenFinding), p.T("Open finding"), "", options))
	}
	at := func(n int) blocks.Subject { return blocks.Subject(about + ":" + strconv.Itoa(n)) }
	if from > 0 {
		es = append(es, blocks.Button(actFindings.With("back"), at(max(from-listedFindings, 0)), p.T("Earlier findings")))
	}
	if from+listedFindings < len(all) {
		es = append(es, blocks.Button(actFindings.With("on"), at(from+listedFindings), p.T("More findings")))
	}
	switch kind, _ := visit.Subject(about).Cut(); {
	case kind == visit.OfFactory:
		es = append(es, blocks.Button(actFactoryFinding, blocks.Subject(about), p.T("Add finding")))
	case about != looseFindings:
		es = append(es, blocks.Button(actAddFinding, blocks.Subject(about), p.T("Add finding")))
		if may, _ := toTell(all); len(may) > 0 {
			es = append(es, letterButton(p, visit.Subject(about)))
		}
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m
}

// list is a page of the findings of a visit or an inspection, or of those that somebody has
// logged and that belong to nothing.
func (fs *findings) list(ctx context.Context, who caller, about string, from int) (*blocks.Message, error) {
	p := fs.directory.printer(ctx, who.team, who.user)
	if about == looseFindings {
		if err := fs.directory.checkColleague(ctx, who.team, who.user); err != nil {
			return nil, err
		}
		all, err := fs.o.Store.LooseFindings(ctx, who.team, who.user)
		if err != nil {
			return nil, err
		}
		return fs.pageOf(p, p.T("Findings that belong to no visit"), about, all, nil, from), nil
	}
	if kind, _ := visit.Subject(about).Cut(); kind == visit.OfFactory {
		f, err := fs.factories.factory(ctx, who.team, who.user, visit.Subject(about).Number())
		if err != nil {
			return nil, err
		}
		all, err := fs.access.ofFactory(ctx, who, f.Number)
		if err != nil {
			return nil, err
		}
		actions, err := fs.actionStates(ctx, p, who.team, visit.Subject(about), civil.Of(fs.o.Now().In(zoneOr(f.Zone))), true)
		if err != nil {
			return nil, err
		}
		return fs.pageOf(p, p.T("Findings without a visit, %s", f.Name), about, all, actions, from), nil
	}
	a, err := fs.access.appointment(ctx, who.team, who.user, visit.Subject(about))
	if err != nil {
		return nil, err
	}
	if !visibleIn(a.Common().Place, who.channel) {
		return nil, errElsewhere
	}
	all, err := fs.o.Store.Findings(ctx, who.team, a.Subject())
	if err != nil {
		return nil, err
	}
	actions, err := fs.actionStates(ctx, p, who.team, a.Subject(), a.Common().Today(fs.o.Now()), true)
	if err != nil {
		return nil, err
	}
	return fs.pageOf(p, a.Title(p.Printer), about, all, actions, from), nil
}

// listCommand lists the findings of the visit or the inspection that was typed.
func (fs *findings) listCommand(kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return fs.list(ctx, q.caller, string(visit.SubjectOf(kind, q.number)), 0)
	}
}

// listClick shows a page of findings to whoever clicked, and turns it in its place.
func (fs *findings) listClick(ctx context.Context, c click) error {
	about, from, _ := strings.Cut(string(c.about), ":")
	n, _ := strconv.Atoi(from)
	m, err := fs.list(ctx, c.caller, about, n)
	return fs.showList(ctx, c, fs.replies.orApologyTo(c.team, c.user, "list findings", m, err))
}

// showList shows a page of a list to whoever clicked: in its place where only they see it.
func (fs *findings) showList(ctx context.Context, c click, m *blocks.Message) error {
	if c.on == guide.Public || c.on == guide.Home || c.on == guide.InModal {
		return fs.replies.replyPrivately(ctx, c, m)
	}
	return fs.replies.answerClick(ctx, c, m)
}

// openClick shows one finding to whoever picked it.
func (fs *findings) openClick(ctx context.Context, c click) error {
	number, _ := cutFinding(c.about)
	f, err := fs.access.finding(ctx, c.team, c.user, number)
	var m *blocks.Message
	if err == nil {
		m, err = fs.card(ctx, c.user, c.channel, &f, answerNote{}, false)
	}
	return fs.replies.replyPrivately(ctx, c, fs.replies.orApologyTo(c.team, c.user, "open a finding", m, err))
}

// card is a finding as somebody sees it who may, where they stand: what belongs to a private
// channel is not shown in another one.
func (fs *findings) card(ctx context.Context, person, channel string, f *visit.Finding, note answerNote, always bool) (*blocks.Message, error) {
	v := findingView{Finding: f, answerNote: note, always: always}
	if f.OfFactory() {
		if err := fs.access.mayReadIn(ctx, caller{team: f.Workspace, user: person, channel: channel}, f); err != nil {
			return nil, err
		}
	}
	if f.OfWork() {
		a, err := fs.o.Store.Appointment(ctx, f.Workspace, f.Subject)
		if err != nil {
			return nil, err
		}
		if !visibleIn(a.Common().Place, channel) {
			return nil, errElsewhere
		}
		v.of = a
	}
	if !f.Final && !f.Withdrawn.IsSet() {
		near, err := fs.near(ctx, f.Workspace, person, channel)
		if err != nil { // what it may belong to besides is not what was asked for
			fs.log.Warn("could not see what else a finding may belong to", "err", err)
		}
		v.choices = slices.DeleteFunc(near.choices(), func(a visit.Appointment) bool { return elsewhere(f, a) })
	}
	x, err := fs.o.Store.Action(ctx, f.Workspace, f.Number)
	if err != nil {
		return nil, err
	}
	if hasFollowUp(&x) {
		zone := fs.directory.zoneOf(ctx, f.Workspace, person)
		p := fs.directory.printer(ctx, f.Workspace, person)
		v.action = &actionView{ActionOf: &x, reader: person, today: x.Place.Today(fs.o.Now()), zone: zone, pair: fs.pair(ctx, p, channel, &x)}
	}
	m := findingCard(fs.directory.printer(ctx, f.Workspace, person), &v)
	if help := fs.helpWith(&v); help != nil {
		m.Add(blocks.Actions(help))
	}
	return m, nil
}

// helpWith is the button to the entry that helps with a finding as it stands: how to sort it, or
// what to do where the factory is late; nil where none does.
func (fs *findings) helpWith(v *findingView) slack.BlockElement {
	switch {
	case v.Withdrawn.IsSet():
		return nil
	case !v.Sorted():
		return fs.adviceButton(severityAdvice)
	case v.action != nil && v.action.Action.OverdueOn(v.action.today):
		return fs.adviceButton(escalationAdvice)
	}
	return nil
}

// changed shows everywhere what somebody changed in a finding, and first where they clicked. It
// is the one place that knows all that shows a finding.
func (fs *findings) changed(ctx context.Context, c click, old, f *visit.Finding, wasUnsure bool) error {
	if !slices.Equal(old.Photos, f.Photos) || old.Withdrawn != f.Withdrawn {
		fs.fetch(ctx, f.Workspace, f.Number)
	}
	for _, s := range []visit.Subject{old.Subject, f.Subject} {
		if s != "" {
			fs.live.changed(c.team, s, c.user)
		}
	}
	if old.Loose() || f.Loose() {
		fs.live.homesOf(c.team, f.By)
	}
	shown, err := fs.o.Store.Shown(ctx, c.team, string(findingSubject(f.Number)))
	if err != nil {
		return fs.replies.sayError(ctx, c, "show a finding", err)
	}
	note := noteOf(&shown)
	note.Unsure = note.Unsure && !f.Sorted()
	always := false
	if wasUnsure {
		words, err := fs.o.Store.SeverityWords(ctx, c.team, f.Channel)
		always = err == nil && words.Yanzhong == ""
	}
	m, err := fs.card(ctx, c.user, c.channel, f, note, always)
	if err != nil {
		return fs.replies.sayError(ctx, c, "show a finding", err)
	}
	if shown.TS != "" && (shown.TS != c.messageTS || shown.Channel != c.channel) {
		fs.replies.later("draw the answer to a finding again", "", func(ctx context.Context) error { return fs.redraw(ctx, c.team, f.Number) })
	}
	if c.on == guide.Public || c.url == "" {
		return fs.replies.replyPrivately(ctx, c, m)
	}
	return fs.replies.respondWith(ctx, c.url, blocks.Response{Message: m, ReplaceOriginal: true, ThreadTS: c.threadTS})
}

func noteOf(s *store.Shown) (n answerNote) {
	json.Unmarshal([]byte(s.Note), &n) // ours; what is missing is empty
	return n
}

// sorted gives a finding the severity that was chosen, or makes it something that has none.
func sortedAs(c click, f *visit.Finding, _ string, _ time.Time) error {
	_, chosen := cutFinding(c.about)
	what := strings.TrimSuffix(chosen, asUnsure)
	switch k := visit.FindingKind(what); k {
	case visit.Idea, visit.RedFlag:
		f.Sort(k, "")
		return nil
	}
	s := visit.Severity(what)
	if !slices.Contains(visit.Severities(), s) {
		return fmt.Errorf("read the button of a severity: %q is none", blocks.Clip(what, 40))
	}
	kind := f.Kind
	if kind != visit.OfSystem {
		kind = visit.OfProduct
	}
	f.Sort(kind, s)
	return nil
}

// belongTo gives a finding to a. What is seen in an audit is of the system.
func belongTo(f *visit.Finding, a visit.Appointment) error {
	if err := f.BelongTo(a); err != nil {
		return err
	}
	switch system := isAudit(a); {
	case system && f.Kind == visit.OfProduct:
		f.Kind = visit.OfSystem
	case !system && f.Kind == visit.OfSystem:
		f.Kind = visit.OfProduct
	}
	return nil
}

// fieldYanzhong is the field of the settings for what 严重 means to the team, and askEachTime
// what it has where nobody has said so.
const (
	fieldYanzhong = "yanzhong"
	askEachTime   = "ask"
)

// yanzhongInput chooses what 严重 means to the team.
func yanzhongInput(p blocks.Printer, words visit.SeverityWords) slack.Block {
	e := slack.NewRadioButtonsBlockElement(blocks.InputAction,
		blocks.Option(askEachTime, p.T("Ask each time")), blocks.Option(blocks.Subject(visit.Critical), p.T("Critical")), blocks.Option(blocks.Subject(visit.Major), p.T("Major")))
	for _, o := range e.Options {
		if o.Value == cmp.Or(string(words.Yanzhong), askEachTime) {
			e.InitialOption = o
		}
	}
	return blocks.Hinted(blocks.Input(fieldYanzhong, p.T("What does 严重 mean in your team?"), e),
		p.T("This is for everybody in your team, for findings from now on. It is critical at many firms, and major in the standard."))
}

// yanzhong keeps what 严重 means to the team.
func (fs *findings) yanzhong(ctx context.Context, c click) error {
	number, meaning := cutFinding(c.about)
	f, err := fs.access.finding(ctx, c.team, c.user, number)
	if err == nil {
		err = fs.o.Store.SetSeverityWords(ctx, c.team, "", visit.SeverityWords{Yanzhong: visit.Severity(meaning)}, c.user, fs.o.Now())
	}
	if err != nil {
		return fs.replies.sayError(ctx, c, "keep what a word means", err)
	}
	return fs.changed(ctx, c, &f, &f, false)
}

// redraw brings the answer to a finding up to date, where there is one that can be changed;
// where nobody was answered in their direct message, it answers.
func (fs *findings) redraw(ctx context.Context, team string, number int) error {
	about := string(findingSubject(number))
	defer fs.locks.lock("answer/" + team + "/" + about)()
	f, err := fs.o.Store.Finding(ctx, team, number)
	if err != nil {
		return err
	}
	// It may be of a private channel by now, and then what stands there is not for them.
	if _, err := fs.access.finding(ctx, team, f.By, number); errors.Is(err, errNotYours) {
		return nil
	} else if err != nil {
		return err
	}
	shown, err := fs.o.Store.Shown(ctx, team, about)
	if err != nil {
		return err
	}
	note := noteOf(&shown)
	note.Unsure = note.Unsure && !f.Sorted()
	if shown.TS == "" {
		return fs.answerLeft(ctx, &f, note)
	}
	m, err := fs.card(ctx, f.By, shown.Channel, &f, note, false)
	if err != nil {
		return err
	}
	_, _, _, err = fs.api(ctx, team).UpdateMessageContext(ctx, shown.Channel, shown.TS, postOptions(m, "")...)
	if plain := fs.replies.withoutCharts(m, err); plain != nil {
		_, _, _, err = fs.api(ctx, team).UpdateMessageContext(ctx, shown.Channel, shown.TS, postOptions(plain, "")...)
	}
	if isOneOf(err, cardIsFixed) {
		return nil // somebody deleted it
	}
	if err != nil {
		return fmt.Errorf("draw the answer to a finding again: %w", err)
	}
	return nil
}

// answerLeft answers a finding that nobody has answered: it sees what it belongs to first, as
// whoever took it would have.
func (fs *findings) answerLeft(ctx context.Context, f *visit.Finding, note answerNote) error {
	channel, ts, _ := strings.Cut(f.Source, ":")
	if !strings.HasPrefix(channel, "D") || ts == "" {
		return nil
	}
	f, err := fs.settle(ctx, sighting{team: f.Workspace, person: f.By, channel: channel, ts: ts, on: guide.Direct}, f)
	if err != nil {
		fs.log.Warn("could not see what a finding belongs to", "err", err)
	}
	if f.Subject != "" {
		fs.live.changed(f.Workspace, f.Subject, f.By)
	}
	return fs.answerOnce(ctx, f, note)
}

// answerAgain is after how long it is looked again whether whoever began to answer has ended.
const answerAgain = time.Second

// answerOnce answers a finding that came by direct message, once over all processes.
func (fs *findings) answerOnce(ctx context.Context, f *visit.Finding, note answerNote) error {
	channel, ts, _ := strings.Cut(f.Source, ":")
	if !strings.HasPrefix(channel, "D") || ts == "" {
		return nil
	}
	key := "answer/" + f.Source
	first, err := fs.first(ctx, f.Workspace, key, keepPost)
	if err != nil {
		return err
	}
	if !first { // whoever began to answer may have died over it
		fs.replies.later("answer a finding", "", func(ctx context.Context) error {
			if !pause(ctx, answerAgain) {
				return nil
			}
			return fs.redraw(ctx, f.Workspace, f.Number)
		})
		return nil
	}
	m, err := fs.card(ctx, f.By, channel, f, note, false)
	if err != nil {
		fs.takeBack(ctx, f.Workspace, key)
		return err
	}
	_, posted, err := fs.api(ctx, f.Workspace).PostMessageContext(ctx, channel, postOptions(m, "")...)
	if plain := fs.replies.withoutCharts(m, err); plain != nil {
		_, posted, err = fs.api(ctx, f.Workspace).PostMessageContext(ctx, channel, postOptions(plain, "")...)
	}
	if err != nil {
		fs.takeBack(ctx, f.Workspace, key)
		return fmt.Errorf("answer a finding: %w", err)
	}
	return fs.o.Store.NoteShown(ctx, store.Shown{Workspace: f.Workspace, About: string(findingSubject(f.Number)), Channel: channel, TS: posted, Note: string(blocks.MustJSON(note))})
}

// drawFindings keeps the one list of findings under a card as they are. Where another company
// reads along there is none, and one that stood there before says nothing any more.
func (lv *live) drawFindings(ctx context.Context, a visit.Appointment, to audience) error {
	p := lv.directory.channelPrinter(ctx, a.Common().Workspace)
	w := a.Common()
	about := store.ListOfFindings(a.Subject())
	shown, err := lv.o.Store.Shown(ctx, w.Workspace, about)
	if err == nil && shown.TS != "" && shown.Channel != w.Channel { // it was drawn while somebody moved it
		err = lv.o.Store.LeaveList(ctx, w.Workspace, a.Subject(), shown.Channel)
		shown.TS, shown.Note = "", ""
	}
	if err != nil {
		return err
	}
	var m *blocks.Message
	if to != insiders {
		if shown.TS == "" {
			return nil
		}
		m = blocks.Said(p.T("Findings are not shown here while another company reads along. Type /inspection findings or /visit-prep findings with the number to see them alone."))
	} else {
		fs, err := lv.o.Store.Findings(ctx, w.Workspace, a.Subject())
		switch {
		case err != nil:
			return err
		case len(fs) > 0:
			actions, err := lv.actionStates(ctx, p, w.Workspace, a.Subject(), civil.Date{}, false)
			if err != nil {
				return err
			}
			m = findingList(p, a, fs, actions)
		case shown.TS == "":
			return nil
		default:
			m = blocks.Said(p.T("There are no findings any more."))
		}
	}
	sum := sha256.Sum256(blocks.MustJSON(m.Blocks))
	now := hex.EncodeToString(sum[:8])
	if shown.Note == now {
		return nil
	}
	if shown.TS != "" {
		if _, _, _, err = lv.api(ctx, w.Workspace).UpdateMessageContext(ctx, shown.Channel, shown.TS, postOptions(m, "")...); err != nil && !isOneOf(err, cardIsFixed) {
			return fmt.Errorf("redraw a list of findings: %w", err)
		}
		if err != nil && to != insiders {
			return nil
		}
		if err != nil {
			shown.TS = ""
		}
	}
	if shown.TS == "" {
		first, err := lv.first(ctx, w.Workspace, about+"/"+w.Channel, keepPost)
		if err != nil {
			return err
		}
		if !first {
			return errListBegun
		}
		if _, shown.TS, err = lv.api(ctx, w.Workspace).PostMessageContext(ctx, w.Channel, postOptions(m, w.Card)...); err != nil {
			lv.takeBack(ctx, w.Workspace, about+"/"+w.Channel)
			return fmt.Errorf("post a list of findings: %w", err)
		}
	}
	shown.Channel, shown.Note = w.Channel, now
	return lv.o.Store.NoteShown(ctx, shown)
}

// errListBegun is returned where another process has just begun to post the same list: it is
// brought up to date once that one is there.
var errListBegun = errors.New("another process posts the list")

// homesOf brings somebody's Home tab up to date, if it is open.
func (lv *live) homesOf(team, person string) {
	for _, p := range lv.homes.open(team, []string{person}) {
		lv.replies.later("bring a Home tab up to date", "", func(ctx context.Context) error { return lv.openHome(ctx, team, p) })
	}
}

// homeLoose adds how many findings of a person belong to nothing yet.
func (lv *live) homeLoose(ctx context.Context, m *blocks.Message, team, person string) {
	fs, err := lv.o.Store.LooseFindings(ctx, team, person)
	if err != nil {
		m.Add(lv.replies.errorTo(team, person, "list findings", err).Blocks...)
		return
	}
	if len(fs) == 0 {
		return
	}
	p := lv.directory.printer(ctx, team, person)
	words := p.T("1 finding belongs to no visit.")
	if len(fs) > 1 {
		words = p.T("%d findings belong to no visit.", len(fs))
	}
	m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Escape(words)), nil, slack.NewAccessory(blocks.Button(actFindings, looseFindings+":0", p.T("Show findings")))))
}
