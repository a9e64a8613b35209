package bot

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/sampling"
	"visitprep/internal/visit"
)

// The modals of agreements. The form of one has two pages: what it is and its days, then who
// signed it and how both sides talk.
const (
	modalAgreement      modalID = "agreement"
	modalAgreementMore  modalID = "agreement-more"
	modalAgreementTerms modalID = "agreement-terms"
	modalRenew          modalID = "renew-agreement"
	modalEndAgreement   modalID = "end-agreement"
	modalReplace        modalID = "replace-agreement"
)

// The fields of an agreement's forms, as its InputErrors name them. fieldFactory, fieldName,
// fieldChannel and fieldOwner are those of other forms.
const (
	fieldKind      = "kind"
	fieldTitle     = "title"
	fieldSigned    = "signed"
	fieldStarts    = "starts"
	fieldEnds      = "ends"
	fieldRenews    = "renews"
	fieldNotice    = "notice"
	fieldLink      = "link"
	fieldCompany   = "company"
	fieldCode      = "code"
	fieldForUs     = "for_us"
	fieldForThem   = "for_them"
	fieldSeal      = "seal"
	fieldAuthority = "authority"
	fieldLanguages = "languages"
	fieldNoticeHow = "notice_how"
	fieldChannels  = "channels"
	fieldAnswer    = "answer"
	fieldTheirs    = "their_ladder"
	fieldOurs      = "our_ladder"

	fieldLeadDays  = "lead_days"
	fieldLeadFrom  = "lead_from"
	fieldMOQ       = "moq"
	fieldPayment   = "payment"
	fieldIncoterm  = "incoterm"
	fieldWarranty  = "warranty"
	fieldClaimDays = "claim"
	fieldSpare     = "spare"
	fieldSampling  = "sampling"
	fieldReinsp    = "reinspection"
	fieldPenalty   = "penalty"
	fieldLaw       = "law"

	fieldSignedOn = "signed_on" // the visit on which it was signed; in a draft only
	fieldUntil    = "until"
	fieldHow      = "how"
	fieldLastDay  = "last"
	fieldWith     = "with"
)

// sealUnseen is SealUnknown in a menu, whose values are not empty.
const sealUnseen = "unseen"

// agreementForm is what stands in a page of the form, over what was there before.
func (v values) agreementForm(before form) form {
	f := maps.Clone(before)
	if f == nil {
		f = form{}
	}
	for block := range v {
		switch block {
		case fieldFactory, fieldKind, fieldSeal:
			f[block] = v.picked(block)
		case fieldSigned, fieldStarts, fieldEnds:
			f[block] = v.day(block)
		case fieldChannel:
			f[block] = v.conversation(block)
		case fieldOwner:
			f[block] = v.user(block)
		default:
			f[block] = v.text(block)
		}
	}
	return f
}

// typedNumber is a number as a form shows it: nothing for 0.
func typedNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// formOfAgreement is the form with an agreement in it, its terms too.
func formOfAgreement(a *visit.Agreement) form {
	t := &a.Terms
	return form{
		fieldFactory: strconv.Itoa(a.Factory.Number), fieldName: a.Factory.Name, fieldKind: string(a.Kind), fieldTitle: a.Title, fieldChannel: a.Channel, fieldSigned: a.Signed.String(),
		fieldStarts: a.Starts.String(), fieldEnds: a.Ends.String(), fieldRenews: typedNumber(a.Renews), fieldNotice: typedNumber(a.Notice), fieldOwner: a.Owner,
		fieldLink: a.Link, fieldCompany: a.Company, fieldCode: a.Code, fieldForUs: a.ForUs, fieldForThem: a.ForThem, fieldSeal: cmp.Or(string(a.Seal), sealUnseen),
		fieldAuthority: a.Authority, fieldLanguages: a.Languages, fieldNoticeHow: a.NoticeHow, fieldChannels: a.Talk.Channels, fieldAnswer: typedNumber(a.Talk.AnswerHours),
		fieldTheirs: a.Talk.TheirLadder, fieldOurs: a.Talk.OurLadder, fieldLeadDays: typedNumber(t.LeadDays), fieldLeadFrom: t.LeadFrom, fieldMOQ: t.MOQ,
		fieldPayment: t.Payment, fieldIncoterm: t.Incoterm, fieldWarranty: typedNumber(t.WarrantyMonths), fieldClaimDays: typedNumber(t.ClaimDays),
		fieldSpare: typedNumber(t.SpareYears), fieldSampling: samplingTyped(t), fieldReinsp: t.Reinspection, fieldPenalty: t.Penalty, fieldLaw: t.Law,
	}
}

// samplingTyped is the sampling as somebody types it: "II 2.5 4.0".
func samplingTyped(t *visit.AgreementTerms) string {
	return strings.Join(slices.DeleteFunc([]string{t.Level, t.AQLMajor, t.AQLMinor}, func(s string) bool { return s == "" }), " ")
}

// readSampling reads a level and the AQLs for major and minor defects.
func readSampling(s string, t *visit.AgreementTerms) error {
	t.Level, t.AQLMajor, t.AQLMinor = "", "", ""
	for _, word := range strings.Fields(strings.ToUpper(chars.ASCII(s))) {
		v, err := strconv.ParseFloat(word, 64)
		near := sampling.NearestAQLs(v)
		switch {
		case slices.Contains(sampling.Levels(), sampling.Level(word)) && t.Level == "":
			t.Level = word
		case err != nil || v <= 0:
			return visit.Invalid(fieldSampling, "Please type the level and the AQLs for major and minor defects, such as II 2.5 4.0.")
		case len(near) > 1:
			return visit.Invalid(fieldSampling, "%s is not in the AQL table. Did you mean %s or %s?", word, string(near[0]), string(near[1]))
		case near[0].Value() != v || t.AQLMinor != "":
			return visit.Invalid(fieldSampling, "Please type the level and the AQLs for major and minor defects, such as II 2.5 4.0.")
		case t.AQLMajor == "":
			t.AQLMajor = string(near[0])
		default:
			t.AQLMinor = string(near[0])
		}
	}
	return nil
}

// applyToAgreement writes the form into an agreement. Its factory, its channel and its owner are
// not among it: they are asked about first. The error has all its mistakes at once.
func (f form) applyToAgreement(a *visit.Agreement) error {
	var errs visit.InputErrors
	day := func(field string, to *civil.Date) {
		*to = civil.Date{}
		if f[field] == "" {
			return
		}
		d, err := civil.Parse(f[field])
		if err != nil {
			errs = append(errs, visit.Invalid(field, "Please pick a day."))
		}
		*to = d
	}
	number := func(field string, to *int) {
		*to = 0
		s := strings.TrimSpace(chars.ASCII(f[field]))
		if s == "" {
			return
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			errs = append(errs, visit.Invalid(field, "Please give a whole number, such as 30, or leave it empty."))
			return
		}
		*to = n
	}
	a.Kind, a.Title, a.Link = visit.AgreementKind(f[fieldKind]), f[fieldTitle], f[fieldLink]
	day(fieldSigned, &a.Signed)
	day(fieldStarts, &a.Starts)
	day(fieldEnds, &a.Ends)
	number(fieldRenews, &a.Renews)
	number(fieldNotice, &a.Notice)
	a.Company, a.Code, a.ForUs, a.ForThem = f[fieldCompany], f[fieldCode], f[fieldForUs], f[fieldForThem]
	a.Seal = visit.Seal(strings.TrimPrefix(f[fieldSeal], sealUnseen))
	a.Authority, a.Languages, a.NoticeHow = f[fieldAuthority], f[fieldLanguages], f[fieldNoticeHow]
	a.Talk.Channels, a.Talk.TheirLadder, a.Talk.OurLadder = f[fieldChannels], f[fieldTheirs], f[fieldOurs]
	number(fieldAnswer, &a.Talk.AnswerHours)
	t := &a.Terms
	number(fieldLeadDays, &t.LeadDays)
	number(fieldWarranty, &t.WarrantyMonths)
	number(fieldClaimDays, &t.ClaimDays)
	number(fieldSpare, &t.SpareYears)
	t.LeadFrom, t.MOQ, t.Payment, t.Incoterm = f[fieldLeadFrom], f[fieldMOQ], f[fieldPayment], f[fieldIncoterm]
	t.Reinspection, t.Penalty, t.Law = f[fieldReinsp], f[fieldPenalty], f[fieldLaw]
	errs.Collect(readSampling(f[fieldSampling], t))
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// newAgreementDraft is the draft of the agreement that a person is recording; there is one a
// person, so that a form closed by mistake can be opened again.
func newAgreementDraft(person string) string { return "new-agreement/" + person }

// signedOnDraft is that of what was signed on a visit.
func signedOnDraft(person string, on blocks.Subject) string {
	return "signed-on/" + person + "/" + string(on)
}

// agreementDraft is where the form of an agreement is kept from one page to the next.
func agreementDraft(m meta, person string) string { return cmp.Or(m.Draft, newAgreementDraft(person)) }

// addCommand opens the form for a new agreement.
func (ag *agreements) addCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, ag.newForm(ctx, click{caller: q.caller}, actAddAgreement, meta{}, nil)
}

// addClick opens the form for a new agreement, with the factory that the button names.
func (ag *agreements) addClick(ctx context.Context, c click) error {
	return ag.newForm(ctx, c, actAddAgreement, meta{}, func(_ context.Context, _ string, f form, _ blocks.Printer) error {
		if n := factoryNumber(c.about); n > 0 {
			f[fieldFactory] = strconv.Itoa(n)
		}
		return nil
	})
}

// signedOnClick opens the form for what was signed on a visit: its minutes, unless somebody
// says otherwise.
func (ag *agreements) signedOnClick(ctx context.Context, c click) error {
	return ag.newForm(ctx, c, actSignedOn, meta{Draft: signedOnDraft(c.user, c.about)}, func(ctx context.Context, team string, f form, p blocks.Printer) error {
		v, err := ag.access.visit(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return err
		}
		day := v.Last
		if today := v.Today(ag.o.Now()); day.After(today) {
			day = today
		}
		if f[fieldSignedOn] != "" { // it was opened before
			return nil
		}
		f[fieldFactory], f[fieldChannel], f[fieldKind] = strconv.Itoa(v.Factory.Number), v.Channel, string(visit.Minutes)
		f[fieldTitle], f[fieldSigned], f[fieldSignedOn] = p.T("Minutes of visit %d", v.Number), day.String(), strconv.Itoa(v.Number)
		return nil
	})
}

// newForm opens the form for a new agreement, with what was typed before. fill, where there is
// one, says what stands in it instead.
func (ag *agreements) newForm(ctx context.Context, c click, verb blocks.ActionID, about meta, fill func(context.Context, string, form, blocks.Printer) error) error {
	return ag.replies.open(ctx, opening{c.caller, verb, c.about, ag.directory.printerNow(c.team, c.user).T("Add agreement")}, func(ctx context.Context, team string) (*modal, error) {
		p, id := ag.directory.printer(ctx, team, c.user), agreementDraft(about, c.user)
		f, kept := form{fieldChannel: c.standsIn(), fieldOwner: c.user}, false
		if d, err := ag.drafts.read(ctx, team, c.user, id); err == nil && d.Mine != nil {
			f, kept = d.Mine, true
		}
		if fill != nil {
			if err := fill(ctx, team, f, p); err != nil {
				return nil, err
			}
		}
		f[fieldOwner] = cmp.Or(f[fieldOwner], c.user)
		if err := ag.drafts.keep(ctx, team, c.user, id, draft{Mine: f}); err != nil {
			return nil, err
		}
		return ag.form(ctx, p, team, c.user, f, about, kept)
	})
}

// editClick opens the form of an agreement.
func (ag *agreements) editClick(ctx context.Context, c click) error {
	return ag.replies.open(ctx, opening{c.caller, actEditAgreement, c.about, ag.directory.printerNow(c.team, c.user).T("Edit agreement")}, func(ctx context.Context, team string) (*modal, error) {
		a, err := ag.access.agreement(ctx, team, c.user, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		f := formOfAgreement(&a)
		about := meta{About: c.about, Draft: "edit-agreement/" + rand.Text()[:12]}
		if err := ag.drafts.keep(ctx, team, c.user, about.Draft, draft{Base: f, Mine: f}); err != nil {
			return nil, err
		}
		return ag.form(ctx, ag.directory.printer(ctx, team, c.user), team, c.user, f, about, false)
	})
}

// form is the first page of the form: what the agreement is, and its days.
func (ag *agreements) form(ctx context.Context, p blocks.Printer, team, person string, f form, about meta, kept bool) (*modal, error) {
	factories, err := ag.factories.knownTo(ctx, team, person)
	if err != nil {
		return nil, err
	}
	m := &modal{id: modalAgreement, title: p.T("Add agreement"), submit: p.T("Next page"), meta: about}
	if about.About != "" {
		m.title = p.T("Edit agreement")
	}
	if kept {
		m.blocks = append(m.blocks, blocks.Note(p.M("Filled in with what you entered last time.")))
	}
	options := []*slack.OptionBlockObject{}
	chosen := f[fieldFactory]
	for _, o := range factories {
		options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), blocks.Clip(factoryLabel(p, &o), 70)))
	}
	has := slices.ContainsFunc(factories, func(o visit.Factory) bool { return strconv.Itoa(o.Number) == chosen })
	if !has && about.About != "" && chosen != newFactory { // removed from the menus, but still this one's
		options = append(options, blocks.Option(blocks.Subject(chosen), blocks.Clip(cmp.Or(f[fieldName], p.T("Factory %s", chosen)), 70)))
		has = true
	}
	options = append(options, blocks.Option(newFactory, p.T("New factory")))
	if !has && (len(factories) == 0 || chosen != "") {
		chosen = newFactory
	}
	m.blocks = append(m.blocks, blocks.Refilling(blocks.Input(fieldFactory, p.T("Factory"), blocks.Choice(p, string(actRefresh), p.T("Pick a factory"), chosen, options))))
	if chosen == newFactory {
		m.blocks = append(m.blocks, blocks.Input(fieldName, p.T("Factory's name"), blocks.TextInput(f[fieldName], p.T("Ningbo Bright Metal Co., Ltd."), false)))
	}
	kinds := visit.AgreementKinds()
	if f[fieldSignedOn] != "" { // what is signed on a visit is its minutes, most of all
		kinds = append([]visit.AgreementKind{visit.Minutes}, slices.DeleteFunc(kinds, func(k visit.AgreementKind) bool { return k == visit.Minutes })...)
	}
	var kindOptions []*slack.OptionBlockObject
	for _, k := range kinds {
		kindOptions = append(kindOptions, blocks.Option(blocks.Subject(k), k.Words(p.Printer)))
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Pick a person")), blocks.InputAction)
	owner.InitialUser = blocks.Person(f[fieldOwner])
	m.blocks = append(m.blocks,
		blocks.Input(fieldKind, p.T("Kind of agreement"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), f[fieldKind], kindOptions)),
		blocks.Input(fieldTitle, p.T("Title"), bounded(blocks.TextInput(f[fieldTitle], p.T("Lamp housings 2027"), false), visit.MaxName)),
		blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, f[fieldChannel])), p.T("Its members can see the agreement.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldSigned, p.T("Signed on"), blocks.DayInput(p, f[fieldSigned]))), p.T("Leave it empty for a draft.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldStarts, p.T("Begins on"), blocks.DayInput(p, f[fieldStarts]))), p.T("If it is not the day of signing.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldEnds, p.T("Last day"), blocks.DayInput(p, f[fieldEnds]))), p.T("Leave it empty if it is open-ended.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldRenews, p.T("Renews itself by (months)"), blocks.TextInput(f[fieldRenews], "12", false))), p.T("Only if it goes on when nobody gives notice.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldNotice, p.T("Notice (days before the last day)"), blocks.TextInput(f[fieldNotice], "60", false))), p.T("Calendar days. Notice must have arrived by then.")),
		blocks.Hinted(blocks.Input(fieldOwner, p.T("Who is reminded?"), owner), p.T("90, 60, 30 and 7 days before notice must arrive, on the day, and a few days before it must be sent.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldLink, p.T("Link to the document"), bounded(blocks.TextInput(f[fieldLink], "https://", false), visit.MaxLink))), p.T("https, or the link of a message in Slack. I keep no files.")),
	)
	return m, nil
}

// morePage is the second page of the form: who signed, and how both sides talk.
func (ag *agreements) morePage(p blocks.Printer, f form, about meta) *modal {
	m := &modal{id: modalAgreementMore, title: p.T("Who signed, who talks"), submit: p.T("Save agreement"), meta: about}
	var seals []*slack.OptionBlockObject
	for _, s := range visit.Seals() {
		seals = append(seals, blocks.Option(blocks.Subject(cmp.Or(string(s), sealUnseen)), s.Words(p.Printer)))
	}
	text := func(field, label, example string) *slack.InputBlock {
		return blocks.Optional(blocks.Input(field, label, bounded(blocks.TextInput(f[field], example, false), visit.MaxAgreementText)))
	}
	m.blocks = []slack.Block{
		blocks.Note(p.M("All of this may stay empty.")),
		text(fieldCompany, p.T("Their registered name in Chinese"), "宁波光明金属制品有限公司"),
		blocks.Hinted(text(fieldCode, p.T("Their unified social credit code"), "91330200…"), p.T("18 characters, on their business licence. I check the last one.")),
		text(fieldForUs, p.T("Signed for us by"), p.T("Mia Chen, purchasing manager")),
		text(fieldForThem, p.T("Signed for them by"), p.T("Mr Wang, general manager")),
		blocks.Input(fieldSeal, p.T("Seal"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), cmp.Or(f[fieldSeal], sealUnseen), seals)),
		blocks.Hinted(text(fieldAuthority, p.T("Who was authorised?"), p.T("Legal representative; power of attorney seen")), p.T("And what of that have you seen?")),
		text(fieldLanguages, p.T("Languages, and which one rules"), p.T("Chinese and English; the Chinese rules")),
		text(fieldNoticeHow, p.T("How must notice be given?"), p.T("In writing, by courier, to the registered address")),
		text(fieldChannels, p.T("How do both sides talk?"), p.T("WeChat group, decisions by e-mail")),
		blocks.Optional(blocks.Input(fieldAnswer, p.T("Answer within (hours)"), blocks.TextInput(f[fieldAnswer], "24", false))),
		text(fieldTheirs, p.T("If they do not answer, we turn to"), p.T("Ms Li, sales director")),
		text(fieldOurs, p.T("If we do not answer, they turn to"), p.T("Jonas Weber, head of purchasing")),
		blocks.Actions(blocks.Button(actAgreementBack, about.About, p.T("Back to the first page"))),
	}
	return m
}

// read makes an agreement of what was typed, over the one that is edited, and checks it. The
// error has all its mistakes at once.
func (ag *agreements) read(ctx context.Context, team, person string, f form, about meta) (a visit.Agreement, err error) {
	a = visit.Agreement{Workspace: team, By: person, Owner: person}
	if about.About != "" {
		if a, err = ag.access.agreement(ctx, team, person, visit.Subject(about.About).Number()); err != nil {
			return a, err
		}
	}
	was := a.Clone()
	var errs visit.InputErrors
	errs.Collect(f.applyToAgreement(&a))
	if err := ag.readFactory(ctx, team, person, f, &a); err != nil {
		errs.Collect(err)
		if len(errs) == 0 {
			return a, err
		}
	}
	if err := ag.readPlace(ctx, team, person, f, &a, &was); err != nil {
		n := len(errs)
		if errs.Collect(err); len(errs) == n {
			return a, err
		}
	}
	if a.Owner = f[fieldOwner]; a.Owner != was.Owner || about.About == "" {
		wrong, err := ag.directory.noColleagues(ctx, team, fieldOwner, []string{a.Owner})
		if err != nil {
			return a, err
		}
		errs = append(errs, wrong...)
		a.OwnerZone = ag.directory.zoneOf(ctx, team, a.Owner)
	}
	if n, _ := strconv.Atoi(f[fieldSignedOn]); n > 0 {
		v, err := ag.access.visit(ctx, team, person, visit.SubjectOf(visit.OfVisit, n))
		if err != nil {
			return a, err
		}
		if v.Factory.Number == a.Factory.Number { // else somebody has picked another one
			a.Visit = n
		}
	}
	a.Normalize()
	checked := a
	if checked.Factory.Number == 0 {
		checked.Factory.Number = -1 // it is recorded with the agreement
	}
	errs.Collect(checked.Check())
	if len(errs) == 0 {
		errs.Collect(a.CheckNow(a.Today(ag.o.Now())))
	}
	if len(errs) > 0 {
		return a, errs
	}
	return a, nil
}

// readFactory puts the factory of the form into an agreement.
func (ag *agreements) readFactory(ctx context.Context, team, person string, f form, a *visit.Agreement) error {
	n, err := strconv.Atoi(f[fieldFactory])
	entered := visit.Factory{Workspace: team, Number: n, Name: f[fieldName]}
	if f[fieldFactory] != newFactory && (err != nil || n <= 0) {
		return visit.Invalid(fieldFactory, "Please pick a factory, or New factory.")
	}
	if n == a.Factory.Number && n > 0 {
		return nil
	}
	found, err := ag.factories.complete(ctx, team, person, entered)
	if err != nil {
		return err
	}
	found.Normalize()
	a.Factory, a.Zone = found, found.Zone
	if found.Number > 0 {
		return nil
	}
	return found.Check()
}

// readPlace puts the channel of the form into an agreement, of which was is what it was before.
// In a channel that another company reads it may be recorded: nothing of it is posted there.
func (ag *agreements) readPlace(ctx context.Context, team, person string, f form, a, was *visit.Agreement) error {
	channel := f[fieldChannel]
	if channel == "" || channel == was.Channel {
		a.Channel = channel
		return nil
	}
	place, blocked, err := ag.access.place(ctx, team, person, channel, true)
	switch {
	case err != nil:
		return err
	case blocked != nil:
		return visit.Invalid(fieldChannel, "I'm not in this channel. Type /invite @visitprep there first, or pick another one.")
	}
	place.Zone, place.ChannelZone = a.Zone, cmp.Or(a.ChannelZone, ag.directory.zoneOf(ctx, team, person))
	a.Place = place
	return nil
}

// submit takes the first page of the form, and shows the second one.
func (ag *agreements) submit(ctx context.Context, s submission) ([]byte, error) {
	id := agreementDraft(s.meta, s.user)
	d, err := ag.drafts.read(ctx, s.team, s.user, id)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return nil, err
	}
	d.Mine = s.values.agreementForm(d.Mine)
	if err := ag.drafts.keep(ctx, s.team, s.user, id, d); err != nil {
		return nil, err
	}
	_, err = ag.read(ctx, s.team, s.user, d.Mine, s.meta)
	if err = wrongHere(err, s.values); err != nil {
		return nil, err
	}
	p := ag.directory.printer(ctx, s.team, s.user)
	return updated(p, ag.morePage(p, d.Mine, s.meta)), nil
}

// wrongHere is what of the mistakes in a form can be mended on the page that was sent. A draft keeps what was
// typed on the second page also where it is wrong: on the first it would be an error that nobody can get at.
// The name of a new factory counts as shown: its field comes a moment after its factory is picked.
func wrongHere(err error, shown values) error {
	var all visit.InputErrors
	if !errors.As(err, &all) {
		return err
	}
	here := slices.DeleteFunc(slices.Clone(all), func(e *visit.InputError) bool { return !shown.has(e.Field) && e.Field != fieldName })
	if len(here) == 0 {
		return nil
	}
	return here
}

// back shows the first page again, and keeps what was typed on the second.
func (ag *agreements) back(ctx context.Context, c click) error {
	p := ag.directory.printer(ctx, c.team, c.user)
	m, err := ag.redrawn(ctx, c)
	if err != nil {
		m = ag.replies.errorPageTo(c.team, c.user, ag.directory.printerNow(c.team, c.user).T("Add agreement"), "fill a form", err)
	}
	return ag.replies.redraw(ctx, p, c.team, c.view, m)
}

// redrawn keeps what is in the form so far, and gives its first page with that.
func (ag *agreements) redrawn(ctx context.Context, c click) (*modal, error) {
	id := agreementDraft(c.meta, c.user)
	d, err := ag.drafts.read(ctx, c.team, c.user, id)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return nil, err
	}
	d.Mine = c.values.agreementForm(d.Mine)
	if err := ag.drafts.keep(ctx, c.team, c.user, id, d); err != nil {
		return nil, err
	}
	return ag.form(ctx, ag.directory.printer(ctx, c.team, c.user), c.team, c.user, d.Mine, c.meta, false)
}

// submitMore takes the second page of the form, and saves the agreement.
func (ag *agreements) submitMore(ctx context.Context, s submission) ([]byte, error) {
	id := agreementDraft(s.meta, s.user)
	d, err := ag.drafts.read(ctx, s.team, s.user, id)
	if errors.Is(err, visit.ErrNotFound) { // it was saved from another device
		return nil, alreadyMade()
	}
	if err != nil {
		return nil, err
	}
	d.Mine = s.values.agreementForm(d.Mine)
	if err := ag.drafts.keep(ctx, s.team, s.user, id, d); err != nil {
		return nil, err
	}
	saved, err := ag.save(ctx, s, &d)
	if err != nil {
		return nil, err
	}
	ag.drafts.drop(ctx, s.team, id)
	return updated(ag.directory.printerNow(s.team, s.user), ag.savedPage(ag.directory.printer(ctx, s.team, s.user), &saved)), nil
}

// save records a new agreement, or what was changed in one.
func (ag *agreements) save(ctx context.Context, s submission, d *draft) (visit.Agreement, error) {
	typed, err := ag.read(ctx, s.team, s.user, d.Mine, s.meta)
	if err != nil {
		return typed, err
	}
	if s.meta.About == "" {
		return s.making(ag.o.Store).AddAgreement(ctx, typed, ag.o.Now())
	}
	return ag.merge(ctx, s, typed.Number, d, func(a *visit.Agreement, merged, theirs form) {
		if merged[fieldFactory] != theirs[fieldFactory] {
			a.Factory, a.Zone = typed.Factory, typed.Zone
		}
		if merged[fieldChannel] != theirs[fieldChannel] {
			a.Place = typed.Place
		}
		if merged[fieldOwner] != theirs[fieldOwner] {
			a.Owner, a.OwnerZone = typed.Owner, typed.OwnerZone
		}
	})
}

// merge saves what was changed in an agreement. What a colleague has changed meanwhile stays,
// unless this person changed the same: then they are told, and saving again is their decision.
// rest writes what applyToAgreement leaves alone.
func (ag *agreements) merge(ctx context.Context, s submission, number int, d *draft, rest func(a *visit.Agreement, merged, theirs form)) (visit.Agreement, error) {
	var theirs form
	var conflicts []string
	a, err := s.changing(ag.o.Store).ChangeAgreement(ctx, s.team, number, ag.o.Now(), func(a *visit.Agreement) error {
		var merged form
		theirs = formOfAgreement(a)
		if merged, conflicts = merge(d.Base, d.Mine, theirs); len(conflicts) > 0 {
			return errConflict
		}
		if err := merged.applyToAgreement(a); err != nil {
			return err
		}
		rest(a, merged, theirs)
		return nil
	})
	if !errors.Is(err, errConflict) {
		return a, err
	}
	for _, field := range conflicts {
		d.Base[field] = theirs[field]
	}
	if err := ag.drafts.keep(ctx, s.team, s.user, s.meta.Draft, *d); err != nil {
		return a, err
	}
	return a, visit.Invalid(conflicts[0], "A colleague changed this agreement while you were typing. Save again to keep what you entered.")
}

// savedPage says that an agreement is saved, and by when to act.
func (ag *agreements) savedPage(p blocks.Printer, a *visit.Agreement) *modal {
	about := blocks.Subject(a.Subject())
	today := a.Today(ag.o.Now())
	m := &modal{title: p.T("Agreement saved"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(a.Heading(p.Printer)) + "\n" + blocks.Escape(strings.Join(ag.dayLines(p, a, today), "\n"))),
	}}
	if wrong := visit.CheckCreditCode(p.Printer, a.Code); wrong != "" {
		m.blocks = append(m.blocks, blocks.Note(blocks.Bold(p.T("Note:"))+" "+blocks.Escape(wrong)))
	}
	if a.Shared {
		m.blocks = append(m.blocks, blocks.Note(p.M("Another company reads in %s. Nothing about this agreement is posted there.", channelName(a.Channel))))
	}
	m.blocks = append(m.blocks,
		blocks.Actions(blocks.Button(actAgreementTerms, about, p.T("Edit terms")), blocks.Button(actOpen, about, p.T("Show agreement"))),
		blocks.Note(blocks.Escape(lawyerWords(p))))
	return m
}

// opened opens a form about an agreement. page makes it.
func (ag *agreements) opened(ctx context.Context, c click, verb blocks.ActionID, title func(blocks.Printer) string, page func(context.Context, blocks.Printer, *visit.Agreement) (*modal, error)) error {
	return ag.replies.open(ctx, opening{c.caller, verb, c.about, title(ag.directory.printerNow(c.team, c.user))}, func(ctx context.Context, team string) (*modal, error) {
		a, err := ag.access.agreement(ctx, team, c.user, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		p := ag.directory.printer(ctx, team, c.user)
		m, err := page(ctx, p, &a)
		if err != nil {
			return nil, err
		}
		m.title, m.meta.About = title(p), c.about
		m.blocks = append([]slack.Block{blocks.Note(blocks.Escape(a.Heading(p.Printer)))}, m.blocks...)
		return m, nil
	})
}

// changed changes the agreement that a form is about, once, and says what it is now.
func (ag *agreements) changed(ctx context.Context, s submission, change func(*visit.Agreement) error) ([]byte, error) {
	return ag.saved(ctx, s, func(number int) (visit.Agreement, error) {
		return s.changing(ag.o.Store).ChangeAgreement(ctx, s.team, number, ag.o.Now(), change)
	})
}

// saved saves what a form says about an agreement, and says what it is now.
func (ag *agreements) saved(ctx context.Context, s submission, save func(number int) (visit.Agreement, error)) ([]byte, error) {
	old, err := ag.access.agreement(ctx, s.team, s.user, visit.Subject(s.meta.About).Number())
	if err != nil {
		return nil, err
	}
	a, err := save(old.Number)
	if err != nil {
		return nil, err
	}
	p := ag.directory.printer(ctx, s.team, s.user)
	return updated(p, ag.savedPage(p, &a)), nil
}

// termsClick opens the form of the terms.
func (ag *agreements) termsClick(ctx context.Context, c click) error {
	return ag.opened(ctx, c, actAgreementTerms, func(p blocks.Printer) string { return p.T("Terms") }, func(ctx context.Context, p blocks.Printer, a *visit.Agreement) (*modal, error) {
		f, about := formOfAgreement(a), meta{Draft: "agreement-terms/" + rand.Text()[:12]}
		if err := ag.drafts.keep(ctx, a.Workspace, c.user, about.Draft, draft{Base: f}); err != nil {
			return nil, err
		}
		text := func(field, label, example string) *slack.InputBlock {
			return blocks.Optional(blocks.Input(field, label, bounded(blocks.TextInput(f[field], example, false), visit.MaxAgreementText)))
		}
		return &modal{id: modalAgreementTerms, submit: p.T("Save terms"), meta: about, blocks: []slack.Block{
			text(fieldLeadDays, p.T("Lead time (days)"), "45"),
			blocks.Hinted(text(fieldLeadFrom, p.T("Lead time counts from"), p.T("the deposit")), p.T("The deposit, approval of the sample, approval of the artwork …")),
			text(fieldMOQ, p.T("Minimum order"), p.T("500 pieces a colour")),
			text(fieldPayment, p.T("Payment"), p.T("a third as deposit, the rest after the inspection")),
			text(fieldIncoterm, p.T("Incoterm and place"), p.T("FOB Ningbo")),
			text(fieldWarranty, p.T("Warranty (months)"), "24"),
			blocks.Hinted(text(fieldClaimDays, p.T("Claims within (days)"), "30"), p.T("A finding at this factory then shows the day by which a claim must be made.")),
			text(fieldSpare, p.T("Spare parts for (years)"), "5"),
			blocks.Hinted(text(fieldSampling, p.T("Level, AQL major, AQL minor"), "II 2.5 4.0"), p.T("The form for the sample of a new product offers them.")),
			text(fieldReinsp, p.T("Who pays a re-inspection?"), p.T("The factory, if the first one failed")),
			text(fieldPenalty, p.T("Penalty"), p.T("half a percent a day from the eighth day of delay")),
			text(fieldLaw, p.T("Law and forum"), p.T("Chinese law, CIETAC, Shanghai")),
		}}, nil
	})
}

// submitTerms saves the terms.
func (ag *agreements) submitTerms(ctx context.Context, s submission) ([]byte, error) {
	return ag.saved(ctx, s, func(number int) (visit.Agreement, error) {
		d, err := ag.drafts.read(ctx, s.team, s.user, s.meta.Draft)
		if errors.Is(err, visit.ErrNotFound) { // it was saved from another device
			return visit.Agreement{}, alreadyMade()
		}
		if err != nil {
			return visit.Agreement{}, err
		}
		d.Mine = s.values.agreementForm(d.Base)
		a, err := ag.merge(ctx, s, number, &d, func(*visit.Agreement, form, form) {})
		if err == nil {
			ag.drafts.drop(ctx, s.team, s.meta.Draft)
		}
		return a, err
	})
}

// renewClick opens the form for another last day.
func (ag *agreements) renewClick(ctx context.Context, c click) error {
	return ag.opened(ctx, c, actRenew, func(p blocks.Printer) string { return p.T("Renew agreement") }, func(_ context.Context, p blocks.Printer, a *visit.Agreement) (*modal, error) {
		if a.Ends.IsZero() {
			return nil, visit.Invalid("until", "Agreement %d has no last day, so it goes on by itself.", a.Number)
		}
		until := a.EndsAfter(cmp.Or(a.Renews, 12))
		return &modal{id: modalRenew, submit: p.T("Renew agreement"), blocks: []slack.Block{
			blocks.Section(blocks.Escape(p.T("Its last day is %s now. Renewing it records that both sides go on.", blocks.OnDay(p, a.Ends)))),
			blocks.Input(fieldUntil, p.T("New last day"), blocks.DayInput(p, until.String())),
		}}, nil
	})
}

func (ag *agreements) submitRenew(ctx context.Context, s submission) ([]byte, error) {
	until, _ := civil.Parse(s.values.day(fieldUntil))
	return ag.changed(ctx, s, func(a *visit.Agreement) error {
		_, err := a.Renew(until, s.user, ag.o.Now())
		return err
	})
}

// The answers to the question how an agreement ends.
const (
	endsAsAgreed = "agreed"
	endsEarly    = "early"
)

// endClick opens the form that says how an agreement ends.
func (ag *agreements) endClick(ctx context.Context, c click) error {
	return ag.opened(ctx, c, actEndAgreement, func(p blocks.Printer) string { return p.T("End agreement") }, func(_ context.Context, p blocks.Printer, a *visit.Agreement) (*modal, error) {
		early := blocks.Option(endsEarly, p.T("It ends on another day"))
		how := slack.NewRadioButtonsBlockElement(blocks.InputAction, early)
		if a.Undecided() {
			words := p.T("Not renewed: it ends on %s", blocks.OnDay(p, a.Ends))
			if a.Renews > 0 {
				words = p.T("Notice was given: it ends on %s", blocks.OnDay(p, a.Ends))
			}
			how.Options = []*slack.OptionBlockObject{blocks.Option(endsAsAgreed, blocks.Clip(words, 75)), early}
		}
		how.InitialOption = how.Options[0]
		return &modal{id: modalEndAgreement, submit: p.T("End agreement"), blocks: []slack.Block{
			blocks.Input(fieldHow, p.T("How does it end?"), how),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldLastDay, p.T("The day on which it ends"), blocks.DayInput(p, ""))), p.T("Only if it ends on another day.")),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldWhy, p.T("Why?"), bounded(blocks.TextInput("", p.T("We moved the product to another factory"), true), visit.MaxReason))), p.T("Needed if it ends on another day.")),
		}}, nil
	})
}

func (ag *agreements) submitEnd(ctx context.Context, s submission) ([]byte, error) {
	p := ag.directory.printer(ctx, s.team, s.user)
	day, _ := civil.Parse(s.values.day(fieldLastDay))
	now := ag.o.Now()
	return ag.changed(ctx, s, func(a *visit.Agreement) error {
		if s.values.picked(fieldHow) == endsAsAgreed {
			if !day.IsZero() && day != a.Ends {
				return visit.Invalid(fieldLastDay, "It ends on %s. Leave this empty, or pick that it ends on another day.", blocks.OnDay(p, a.Ends))
			}
			_, err := a.GiveNotice(s.values.text(fieldWhy), s.user, now)
			return err
		}
		return a.Terminate(day, a.Today(now), s.values.text(fieldWhy), s.user, now)
	})
}

// replaceClick opens the form that says which agreement stands in the place of another.
func (ag *agreements) replaceClick(ctx context.Context, c click) error {
	return ag.opened(ctx, c, actReplace, func(p blocks.Printer) string { return p.T("Replace agreement") }, func(ctx context.Context, p blocks.Printer, a *visit.Agreement) (*modal, error) {
		who := c.caller
		who.team, who.channel = a.Workspace, ""
		as, err := ag.access.agreements(ctx, who, a.Factory.Number, false)
		if err != nil {
			return nil, err
		}
		var options []*slack.OptionBlockObject
		for _, o := range as {
			if o.Number != a.Number {
				options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(o.Number)), blocks.Clip(o.Heading(p.Printer), 75)))
			}
		}
		if len(options) == 0 {
			return &modal{blocks: []slack.Block{
				blocks.Section(p.M("There is no other agreement with this factory yet. Add the new one first, then come back here.")),
				blocks.Actions(blocks.Button(actAddAgreement, factorySubject(a.Factory.Number), p.T("Add agreement"))),
			}}, nil
		}
		return &modal{id: modalReplace, submit: p.T("Replace agreement"), blocks: []slack.Block{
			blocks.Input(fieldWith, p.T("Which agreement takes its place?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), "", options)),
		}}, nil
	})
}

func (ag *agreements) submitReplace(ctx context.Context, s submission) ([]byte, error) {
	number, _ := strconv.Atoi(s.values.picked(fieldWith))
	with, err := ag.access.agreement(ctx, s.team, s.user, number)
	if err != nil {
		return nil, err
	}
	return ag.changed(ctx, s, func(a *visit.Agreement) error {
		_, err := a.Replace(&with, s.user, ag.o.Now())
		return err
	})
}

// undone takes back that an agreement ends, ended early or was replaced, and shows it.
func (ag *agreements) undone(ctx context.Context, c click) error {
	old, err := ag.access.agreement(ctx, c.team, c.user, visit.Subject(c.about).Number())
	var m *blocks.Message
	if err == nil {
		_, err = ag.o.Store.By(c.user).ChangeAgreement(ctx, c.team, old.Number, ag.o.Now(), func(a *visit.Agreement) error { a.TakeBack(); return nil })
	}
	if err == nil {
		m, err = ag.shown(ctx, c.caller, old.Number)
	}
	return ag.replies.answerClick(ctx, c, ag.replies.orApologyTo(c.team, c.user, "change an agreement", m, err))
}
