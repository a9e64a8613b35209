package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/visit"
)

// modalFinding is the form of a finding, new or not.
const modalFinding modalID = "finding"

// The fields of a finding's form.
const (
	fieldSeverity    = "severity" // or the kind of what has none
	fieldSaw         = "text"
	fieldSawZH       = "text_zh"
	fieldPhotos      = "photos"
	fieldCount       = "count" // 6/50
	fieldRequirement = "requirement"
	fieldRequest     = "request"
	fieldForFactory  = "for_factory"
)

// What fieldForFactory can be.
const (
	forFactory = "yes"
	onlyForUs  = "no"
)

// pictures are the files that the form takes; Slack looks at their names only.
var pictures = []string{"jpg", "jpeg", "png", "heic"}

// files are what was uploaded in a form.
func (v values) files(block string) []slack.File { return v.action(block).Files }

// findingForm is what stands in the form of a finding, and is kept as a draft where it cannot
// be saved.
func (v values) findingForm() form {
	f := form{}
	for _, field := range []string{fieldSeverity, fieldDefect, fieldForFactory} {
		f[field] = v.picked(field)
	}
	for _, field := range []string{fieldSaw, fieldSawZH, fieldCount, fieldPlace, fieldRequirement, fieldRequest} {
		f[field] = v.text(field)
	}
	for field, said := range map[string]string{fieldChannel: v.conversation(fieldChannel), fieldSeen: v.picked(fieldSeen), fieldClaim: v.day(fieldClaim)} {
		if v.has(field) {
			f[field] = said
		}
	}
	return f
}

// formOfFinding is the form with a finding in it.
func formOfFinding(f *visit.Finding) form {
	said := form{
		fieldSeverity: sorting(f.Kind, f.Severity), fieldSaw: f.Text, fieldSawZH: f.TextZH, fieldPlace: f.Place,
		fieldRequirement: f.Requirement, fieldRequest: f.Request, fieldDefect: f.Defect,
	}
	if f.Counted() {
		said[fieldCount] = fmt.Sprintf("%d/%d", f.Bad, f.Checked)
	}
	said[fieldForFactory] = onlyForUs
	if f.ForFactory {
		said[fieldForFactory] = forFactory
	}
	if f.OfFactory() {
		said[fieldSeen] = string(f.Seen)
	}
	said[fieldClaim] = f.ClaimBy.String()
	return said
}

// apply writes the form into a finding. The error has all its mistakes at once.
func (f form) applyTo(to *visit.Finding) error {
	var errs visit.InputErrors
	switch picked := f[fieldSeverity]; picked {
	case string(visit.Idea), string(visit.RedFlag):
		to.Sort(visit.FindingKind(picked), "")
	case "", string(visit.OfProduct), string(visit.OfSystem):
		errs.Collect(visit.Invalid(fieldSeverity, "Please pick how bad it is."))
	default:
		kind := to.Kind
		if kind != visit.OfSystem {
			kind = visit.OfProduct
		}
		to.Sort(kind, visit.Severity(picked))
	}
	to.Text, to.TextZH, to.Place, to.Requirement, to.Request = f[fieldSaw], f[fieldSawZH], f[fieldPlace], f[fieldRequirement], f[fieldRequest]
	to.Defect = f[fieldDefect]
	to.ForFactory = f[fieldForFactory] == forFactory && to.Kind != visit.RedFlag
	bad, checked, err := readCount(f[fieldCount])
	errs.Collect(err)
	to.Bad, to.Checked = bad, checked
	if to.OfFactory() {
		to.Seen = visit.SeenIn(f[fieldSeen])
	}
	if _, asked := f[fieldClaim]; asked {
		errs.Collect(f.claimTo(to))
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// readCount reads bad pieces of those checked, 6/50. An empty one is none.
func readCount(s string) (bad, checked int, err error) {
	s = strings.ReplaceAll(chars.ASCII(s), " ", "")
	if s == "" {
		return 0, 0, nil
	}
	first, second, ok := strings.Cut(s, "/")
	bad, err1 := strconv.Atoi(strings.ReplaceAll(first, ",", ""))
	checked, err2 := strconv.Atoi(strings.ReplaceAll(second, ",", ""))
	if !ok || errors.Join(err1, err2) != nil || checked == 0 {
		return 0, 0, visit.Invalid(fieldCount, "Please write bad and checked pieces as 6/50, or leave it empty.")
	}
	return bad, checked, visit.CheckCount(bad, checked)
}

// newFindingDraft is the draft of the finding that a person is writing of something; there is
// one for each, so that one that could not be saved can be opened again.
func newFindingDraft(person string, about visit.Subject) string {
	return "new-finding/" + person + "/" + string(about)
}

// modal is the form with f in it.
func (fs *findings) modal(p blocks.Printer, title string, f form, about meta, notes ...blocks.Markup) *modal {
	m := &modal{id: modalFinding, title: title, submit: p.T("Save finding"), close: p.T("Cancel"), meta: about}
	for _, n := range notes {
		if n != "" {
			m.blocks = append(m.blocks, blocks.Note(n))
		}
	}
	severity := slack.NewRadioButtonsBlockElement(blocks.InputAction,
		blocks.Option(blocks.Subject(visit.Critical), p.T("Critical: unsafe or illegal")), blocks.Option(blocks.Subject(visit.Major), p.T("Major: likely to fail, or not to sell")),
		blocks.Option(blocks.Subject(visit.Minor), p.T("Minor: not as agreed, but usable")), blocks.Option(blocks.Subject(visit.Idea), p.T("Idea: could be better")),
		blocks.Option(blocks.Subject(visit.RedFlag), p.T("Red flag: only for us, never for the factory")))
	for _, o := range severity.Options {
		if o.Value == f[fieldSeverity] {
			severity.InitialOption = o
		}
	}
	reads := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option(forFactory, p.T("It may go to the factory")), blocks.Option(onlyForUs, p.T("Only for us")))
	reads.InitialOption = reads.Options[0]
	if f[fieldForFactory] == onlyForUs {
		reads.InitialOption = reads.Options[1]
	}
	photos := slack.NewFileInputBlockElement(blocks.InputAction).WithFileTypes(pictures...).WithMaxFiles(visit.MaxPhotos)
	m.blocks = append(m.blocks,
		blocks.Input(fieldSeverity, p.T("How bad is it?"), severity),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldDefect, p.T("A common defect"), fs.defects.menu(p, f[fieldDefect]))), p.T("It has its Chinese name with it. Your own words below are enough, too.")),
		blocks.Optional(blocks.Input(fieldSaw, p.T("What did you see?"), bounded(blocks.TextInput(f[fieldSaw], p.T("No corner guard in the carton"), true), visit.MaxFinding))),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldPhotos, p.T("Photos"), photos)), p.T("JPEG or PNG, at most 10 MB each. Photograph the goods, not people.")),
		blocks.Optional(blocks.Input(fieldCount, p.T("Bad and checked pieces"), blocks.TextInput(f[fieldCount], "6/50", false))),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldPlace, p.T("Where?"), bounded(blocks.TextInput(f[fieldPlace], p.T("Packing, line 2"), false), visit.MaxPlace))), p.T("Write the station, not the person.")),
		blocks.Optional(blocks.Input(fieldRequirement, p.T("What is required?"), bounded(blocks.TextInput(f[fieldRequirement], p.T("Packing instruction, revision 4: four corners a carton"), false), visit.MaxAsk))),
		blocks.Optional(blocks.Input(fieldRequest, p.T("What do we ask of the factory?"), bounded(blocks.TextInput(f[fieldRequest], p.T("Add corner guards to this lot"), false), visit.MaxAsk))),
		blocks.Optional(blocks.Input(fieldSawZH, p.T("The same in Chinese"), bounded(blocks.TextInput(f[fieldSawZH], "纸箱没有护角", true), visit.MaxFinding))),
		blocks.Input(fieldForFactory, p.T("For the factory?"), reads),
	)
	return m
}

// bounded has Slack take no more characters than can be kept.
func bounded(e *slack.PlainTextInputBlockElement, most int) *slack.PlainTextInputBlockElement {
	e.MaxLength = most
	return e
}

// addCommand opens the form for a finding of the visit or the inspection that was typed.
func (fs *findings) addCommand(kind visit.SubjectKind) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return nil, fs.newForm(ctx, click{caller: q.caller}, actAddFinding, blocks.Subject(visit.SubjectOf(kind, q.number)))
	}
}

func (fs *findings) addClick(ctx context.Context, c click) error {
	return fs.newForm(ctx, c, actAddFinding, c.about)
}

// notRight answers a line of a checklist that is not all right: with a finding that has it.
func (fs *findings) notRight(ctx context.Context, c click) error {
	return fs.newForm(ctx, c, actNotRight, c.about)
}

// newForm opens the form for a finding of what a control names: a visit, an inspection, or a
// line of the checklist of one.
func (fs *findings) newForm(ctx context.Context, c click, verb blocks.ActionID, about blocks.Subject) error {
	return fs.replies.open(ctx, opening{c.caller, verb, about, fs.directory.printerNow(c.team, c.user).T("Add finding")}, func(ctx context.Context, team string) (*modal, error) {
		s, item := cutItem(about)
		a, err := fs.access.appointment(ctx, team, c.user, s)
		if err != nil {
			return nil, err
		}
		if _, err := a.OpenChecklist(); err != nil {
			return nil, err
		}
		p := fs.directory.printer(ctx, team, c.user)
		f, line, kept := form{}, blocks.Markup(""), blocks.Markup("")
		if d, err := fs.drafts.read(ctx, team, c.user, newFindingDraft(c.user, s)); err == nil && d.Mine != nil {
			f, kept = d.Mine, p.M("Filled in with what you entered last time.")
		}
		if i, err := a.Common().Items.Find(item); item > 0 && err == nil {
			line = p.M("From the checklist: %s", i.Text)
		} else {
			item = 0
		}
		m := meta{About: itemSubject(s, item)}
		if item > 0 && c.meta.About == blocks.Subject(s) { // over the checklist, to be drawn again
			m.Root, m.Page, m.List = c.view, c.meta.Page, c.meta.List
		}
		return fs.modal(p, p.T("Add finding"), f, m, blocks.Escape(a.Title(p.Printer)), line, kept), nil
	})
}

// wordsClick opens the form of a finding.
func (fs *findings) wordsClick(ctx context.Context, c click) error {
	return fs.replies.open(ctx, opening{c.caller, actWords, c.about, fs.directory.printerNow(c.team, c.user).T("Finding")}, func(ctx context.Context, team string) (*modal, error) {
		number, _ := cutFinding(c.about)
		f, err := fs.access.finding(ctx, team, c.user, number)
		if err != nil {
			return nil, err
		}
		p := fs.directory.printer(ctx, team, c.user)
		m := fs.modal(p, p.T("Finding %d", f.Number), formOfFinding(&f), meta{About: findingSubject(f.Number)}, photosNote(p, &f))
		switch {
		case f.OfFactory():
			m.blocks = append(m.blocks, seenInputs(p, formOfFinding(&f))...)
		case !f.ClaimBy.IsZero(): // it came without a visit
			m.blocks = append(m.blocks, claimInput(p, formOfFinding(&f)))
		}
		return m, nil
	})
}

// photosNote says how many photos there are, to which the form adds.
func photosNote(p blocks.Printer, f *visit.Finding) blocks.Markup {
	switch n := len(f.Photos); n {
	case 0:
		return ""
	case 1:
		return p.M("It has 1 photo. More can be added below.")
	default:
		return p.M("It has %d photos. More can be added below.", n)
	}
}

// submit saves a finding: a new one, or what was changed in one.
func (fs *findings) submit(ctx context.Context, s submission) ([]byte, error) {
	if number, _ := cutFinding(s.meta.About); number > 0 {
		return fs.saveChange(ctx, s, number)
	}
	about, item := cutItem(s.meta.About)
	mine := s.values.findingForm()
	var page *modal
	var err error
	if kind, _ := about.Cut(); kind == visit.OfFactory {
		page, err = fs.saveOfFactory(ctx, s, about.Number(), mine)
	} else {
		page, err = fs.saveNew(ctx, s, about, item, mine)
	}
	if err == nil {
		fs.drafts.drop(ctx, s.team, newFindingDraft(s.user, about))
		return updated(fs.directory.printerNow(s.team, s.user), page), nil
	}
	if err2 := fs.drafts.keep(ctx, s.team, s.user, newFindingDraft(s.user, about), draft{Mine: mine}); err2 != nil {
		fs.log.Warn("could not keep what was typed of a finding", "err", err2)
	}
	return nil, err
}

// saveNew makes a finding of the form, and gives the page that says so.
func (fs *findings) saveNew(ctx context.Context, s submission, about visit.Subject, item int, mine form) (*modal, error) {
	a, err := fs.access.appointment(ctx, s.team, s.user, about)
	if err != nil {
		return nil, err
	}
	if _, err := a.OpenChecklist(); err != nil {
		return nil, err
	}
	now := fs.o.Now()
	f := visit.Finding{Workspace: s.team, Kind: visit.OfProduct, Item: item, Source: made(s.view), By: s.user, At: now}
	if isAudit(a) {
		f.Kind = visit.OfSystem
	}
	if err := mine.applyTo(&f); err != nil {
		return nil, err
	}
	if err := f.BelongTo(a); err != nil {
		return nil, err
	}
	f.Item = item
	fs.defects.named(&f)
	if err := addFiles(&f, s.values.files(fieldPhotos)); err != nil {
		return nil, err
	}
	f, _, err = s.making(fs.o.Store).AddFinding(ctx, f, now)
	if err != nil {
		return nil, err
	}
	if item > 0 { // it was looked at, and that is what the line asks for
		_, err := fs.o.Store.By(s.user).ChangeAppointment(ctx, s.team, about, now, func(a visit.Appointment) error {
			items, err := a.OpenChecklist()
			if err == nil {
				_, err = items.Tick(item, s.user, now)
			}
			return err
		})
		if err != nil {
			fs.log.Warn("could not tick a line that has a finding now", "subject", string(about), "err", err)
		}
		s.meta.List.keep(item)
		fs.checklists.redrawBelow(s, about)
	}
	fs.fetch(ctx, s.team, f.Number)
	fs.live.changed(s.team, about, s.user)
	p := fs.directory.printer(ctx, s.team, s.user)
	m := &modal{title: p.T("Finding saved"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(findingHead(p, &f)) + ". " + blocks.Escape(strings.Join(photosSaid(p, &f), " "))),
		blocks.Actions(blocks.Button(actAddFinding, blocks.Subject(about), p.T("Add another finding")), blocks.Button(actOpenFinding, findingSubject(f.Number), p.T("Open finding %d", f.Number))),
	}}
	return m, nil
}

// addFiles adds what was uploaded. Slack looks at names; what is no picture is told beside the
// field.
func addFiles(f *visit.Finding, files []slack.File) error {
	if n := len(f.Photos) + len(files); n > visit.MaxPhotos {
		return visit.Invalid(fieldPhotos, "That would be %d photos; a finding has at most %d.", n, visit.MaxPhotos)
	}
	for _, file := range files {
		if !isPicture(&file) {
			return visit.Invalid(fieldPhotos, "%s is not a photo. Please pick JPEG or PNG.", blocks.Clip(file.Name, 60))
		}
		f.AddPhoto(photoOf(&file))
	}
	return nil
}

// saveChange saves what was changed in a finding. What stands in a final report gets more
// words, and keeps those that it has.
func (fs *findings) saveChange(ctx context.Context, s submission, number int) ([]byte, error) {
	old, err := fs.access.finding(ctx, s.team, s.user, number)
	if err != nil {
		return nil, err
	}
	mine := s.values.findingForm()
	f, err := s.changing(fs.o.Store).ChangeFinding(ctx, s.team, number, fs.o.Now(), func(f *visit.Finding) error {
		if f.Withdrawn.IsSet() {
			return visit.Invalid("", "Finding %d was undone meanwhile. Restore it first.", f.Number)
		}
		if err := mine.applyTo(f); err != nil {
			return err
		}
		fs.defects.named(f)
		return addFiles(f, s.values.files(fieldPhotos))
	})
	if err != nil {
		return nil, err
	}
	if !slices.Equal(old.Photos, f.Photos) {
		fs.fetch(ctx, s.team, number)
	}
	if f.Subject != "" {
		fs.live.changed(s.team, f.Subject, s.user)
	}
	fs.replies.later("draw the answer to a finding again", "", func(ctx context.Context) error {
		shown, err := fs.o.Store.Shown(ctx, s.team, string(findingSubject(number)))
		if err != nil || shown.TS == "" {
			return err
		}
		return fs.redraw(ctx, s.team, number)
	})
	p := fs.directory.printer(ctx, s.team, s.user)
	return updated(p, &modal{title: p.T("Finding saved"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(findingHead(p, &f)) + ". " + blocks.Escape(strings.Join(photosSaid(p, &f), " "))),
	}}), nil
}
