package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/letter"
	"visitprep/internal/visit"
)

// introductions bring colleagues and contacts together. They are read by the two colleagues alone.
type introductions struct {
	*core
	directory *directory
	access    *access
	replies   *replies
}

// The verbs of introductions. The value is "introduction/3" where nothing else is said.
const (
	actAskIntro    blocks.ActionID = "ask-introduction" // the form for one; the value is the contact
	actIntroAgreed blocks.ActionID = "introduction-agreed"
	actIntroText   blocks.ActionID = "introduction-text"
	actIntroMade   blocks.ActionID = "introduction-made"
	actIntroEnd    blocks.ActionID = "introduction-end" // "introduction/3:useful"
)

// The forms of introductions.
const (
	modalIntro       modalID = "introduction"
	modalIntroAgreed modalID = "introduction-agreed"
)

// The fields of those forms, as InputErrors name them. fieldWhy is that of another form.
const (
	fieldFor    = "for"
	fieldWho    = "who"
	fieldWhoZH  = "who_zh"
	fieldWhyZH  = "why_zh"
	fieldAgreed = "agreed"
)

// introduction finds one for the two colleagues whom it is about.
func (acc *access) introduction(ctx context.Context, team, person string, number int) (visit.Introduction, error) {
	i, err := acc.o.Store.Introduction(ctx, team, number)
	if errors.Is(err, visit.ErrNotFound) || err == nil && person != i.By && person != i.For {
		return visit.Introduction{}, errNotYours
	}
	if err == nil {
		err = acc.directory.checkColleague(ctx, team, person)
	}
	return i, err
}

// introduces is nil where a person is the one who introduces: only they know what the contact said.
func introduces(i *visit.Introduction, person string) error {
	if person == i.By {
		return nil
	}
	return visit.Invalid("", "Only the colleague who introduces you can say this.")
}

// askClick opens the form for an introduction to the contact of the button. Whoever knows the contact
// says whom they introduce; anybody else asks for themselves.
func (in *introductions) askClick(ctx context.Context, c click) error {
	p := in.directory.printerNow(c.team, c.user)
	return in.replies.open(ctx, opening{c.caller, actAskIntro, c.about, p.T("Introduction")}, func(ctx context.Context, team string) (*modal, error) {
		who := c.caller
		who.team, who.channel = team, ""
		k, _, err := in.access.contact(ctx, who, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		p := in.directory.printer(ctx, team, c.user)
		head, _ := contactLine(p, &k, "")
		m := &modal{id: modalIntro, title: p.T("Introduction"), submit: p.T("Ask for introduction"), meta: meta{About: c.about}}
		m.blocks = append(m.blocks, blocks.Section(blocks.Bold(head)))
		first := p.T("Who are you, in a line?")
		if known(&k, c.user) {
			m.submit, first = p.T("Save introduction"), p.T("Who are they, in a line?")
			pick := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Pick a person")), blocks.InputAction)
			m.blocks = append(m.blocks, blocks.Input(fieldFor, p.T("Who are you introducing?"), pick))
		} else {
			asked, err := in.asked(ctx, &k)
			if err != nil {
				return nil, err
			}
			m.blocks = append(m.blocks, blocks.Note(p.M("%s is asked. The name is passed on only if both of you agree.", blocks.Mention(asked))))
		}
		text := func(field, label, example string) *slack.InputBlock {
			return blocks.Input(field, label, bounded(blocks.TextInput("", example, false), visit.MaxIntroText))
		}
		var steps []*slack.OptionBlockObject
		for _, s := range visit.NextSteps() {
			steps = append(steps, blocks.Option(blocks.Subject(s), s.Words(p.Printer)))
		}
		m.blocks = append(m.blocks,
			blocks.Hinted(text(fieldWho, first, p.T("Jonas Weber, quality engineer at Acme Lighting")), p.T("The contact reads this. Nothing confidential: no orders, no prices, no other suppliers.")),
			blocks.Optional(text(fieldWhoZH, p.T("The same in Chinese"), "韦伯先生，照明公司质量工程师")),
			blocks.Hinted(text(fieldWhy, p.T("Why now, in a line?"), p.T("We are looking for a customs broker for our next shipments from Ningbo")), p.T("The contact reads this, too.")),
			blocks.Optional(text(fieldWhyZH, p.T("The same in Chinese"), "我们想为宁波出口的货物找一家报关行")),
			blocks.Input(fieldNext, p.T("How will they get in touch?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), string(visit.WriteWeChat), steps)))
		return m, nil
	})
}

// asked is who introduces somebody to a contact that they do not know themselves.
func (in *introductions) asked(ctx context.Context, c *visit.Contact) (string, error) {
	id, err := in.access.asker(ctx, c)
	if err == nil && id == "" {
		err = visit.Invalid("", "Nobody who knows this contact is here any more.")
	}
	return id, err
}

// submit records that somebody asks for an introduction; whoever knows the contact is told.
func (in *introductions) submit(ctx context.Context, s submission) ([]byte, error) {
	k, _, err := in.access.contact(ctx, caller{team: s.team, user: s.user}, visit.Subject(s.meta.About).Number())
	if err != nil {
		return nil, err
	}
	if k.State != visit.ContactKept {
		return nil, visit.Invalid("", "This contact was deleted.")
	}
	now := in.o.Now()
	i := visit.Introduction{Workspace: s.team, Contact: k.Number, For: s.user,
		Who: visit.Bilingual{EN: s.values.text(fieldWho), ZH: s.values.text(fieldWhoZH)}, Why: visit.Bilingual{EN: s.values.text(fieldWhy), ZH: s.values.text(fieldWhyZH)},
		Next: visit.NextStep(s.values.picked(fieldNext))}
	if known(&k, s.user) {
		i.For, i.By = s.values.user(fieldFor), s.user
		wrong, err := in.directory.noColleagues(ctx, s.team, fieldFor, []string{i.For})
		if err != nil {
			return nil, err
		}
		if len(wrong) > 0 {
			return nil, wrong
		}
	} else {
		if i.By, err = in.asked(ctx, &k); err != nil {
			return nil, err
		}
		i.Ours = visit.Mark{By: s.user, At: now} // they ask for it themselves
	}
	i.Zone = in.directory.zoneOf(ctx, s.team, i.By)
	if i, err = s.making(in.o.Store).AddIntroduction(ctx, i, now); err != nil {
		return nil, err
	}
	p := in.directory.printer(ctx, s.team, s.user)
	m := &modal{title: p.T("Introduction"), blocks: []slack.Block{blocks.Section(p.M("%s is asked. I tell you when the introduction is made.", blocks.Mention(i.By)))}}
	if i.By == s.user {
		m.blocks = []slack.Block{blocks.Section(p.M("Ask both whether their name may be given to the other, then note here who agreed. The text appears when both have.")),
			blocks.Actions(blocks.Button(actIntroAgreed, blocks.Subject(i.Subject()), p.T("Note who agreed")), blocks.Button(actOpen, blocks.Subject(i.Subject()), p.T("Show introduction")))}
	}
	return updated(p, m), nil
}

// shown is the card of an introduction.
func (in *introductions) shown(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	i, err := in.access.introduction(ctx, who.team, who.user, number)
	if err != nil {
		return nil, err
	}
	return in.card(ctx, who.team, who.user, &i)
}

// nameFor is how a contact is called to one of the two colleagues.
func (in *introductions) nameFor(ctx context.Context, p blocks.Printer, team, person string, i *visit.Introduction) (string, *visit.Contact, error) {
	k, _, err := in.access.contact(ctx, caller{team: team, user: person}, i.Contact)
	if isHidden(err) {
		return p.T("contact %d", i.Contact), nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	head, _ := contactLine(p, &k, "")
	return head, &k, nil
}

func (in *introductions) card(ctx context.Context, team, person string, i *visit.Introduction) (*blocks.Message, error) {
	p := in.directory.printer(ctx, team, person)
	name, _, err := in.nameFor(ctx, p, team, person, i)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	m.Title(p.T("Introduction %d", i.Number))
	m.Add(blocks.Section(p.M("%s introduces %s to %s.", blocks.Mention(i.By), blocks.Mention(i.For), name)))
	m.Text.Line(p.T("Introduction %d to %s", i.Number, name))
	m.Say(p.T("Who: %s\nWhy: %s\nState: %s", i.Who.EN, i.Why.EN, i.State.Words(p.Printer)))
	yes := func(m visit.Mark) string {
		if m.IsSet() {
			return p.T("yes")
		}
		return p.T("not yet")
	}
	m.Say(p.T("The contact agreed: %s. The colleague agreed: %s.", yes(i.Theirs), yes(i.Ours)))
	if es := in.buttons(p, person, i); len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// buttons are what a person can do with an introduction.
func (in *introductions) buttons(p blocks.Printer, person string, i *visit.Introduction) (es []slack.BlockElement) {
	about := blocks.Subject(i.Subject())
	if person != i.By || i.Over() {
		return nil
	}
	if !i.Made.IsSet() {
		es = append(es, blocks.Button(actIntroAgreed, about, p.T("Note who agreed")))
	}
	if i.Ready() {
		es = append(es, blocks.Button(actIntroText, about, p.T("Text for contact")))
	}
	switch {
	case i.Made.IsSet():
		es = append(es, blocks.Button(actIntroEnd.With("useful"), about+":"+blocks.Subject(visit.IntroUseful), p.T("It was useful")),
			blocks.Button(actIntroEnd.With("none"), about+":"+blocks.Subject(visit.IntroNoAnswer), p.T("No answer came")))
	case i.Ready():
		es = append(es, blocks.Button(actIntroMade, about, p.T("Introduction made")))
	}
	if !i.Made.IsSet() {
		es = append(es, blocks.Button(actIntroEnd.With("declined"), about+":"+blocks.Subject(visit.IntroDeclined), p.T("Drop introduction")))
	}
	return es
}

// agreedClick opens the form that notes who agreed.
func (in *introductions) agreedClick(ctx context.Context, c click) error {
	p := in.directory.printerNow(c.team, c.user)
	return in.replies.open(ctx, opening{c.caller, actIntroAgreed, c.about, p.T("Who agreed?")}, func(ctx context.Context, team string) (*modal, error) {
		i, err := in.access.introduction(ctx, team, c.user, visit.Subject(c.about).Number())
		if err == nil {
			err = introduces(&i, c.user)
		}
		if err != nil {
			return nil, err
		}
		p := in.directory.printer(ctx, team, c.user)
		options := []*slack.OptionBlockObject{
			blocks.Option("theirs", p.T("The contact agrees that my colleague gets their name")), blocks.Option("ours", p.T("My colleague agrees that the contact gets their name"))}
		boxes := slack.NewCheckboxGroupsBlockElement(blocks.InputAction, options...)
		for n, yes := range []bool{i.Theirs.IsSet(), i.Ours.IsSet()} {
			if yes {
				boxes.InitialOptions = append(boxes.InitialOptions, options[n])
			}
		}
		return &modal{id: modalIntroAgreed, title: p.T("Who agreed?"), submit: p.T("Save who agreed"), meta: meta{About: c.about}, blocks: []slack.Block{
			blocks.Hinted(blocks.Optional(blocks.Input(fieldAgreed, p.T("Who agreed?"), boxes)), p.T("Ask both first. The text appears when both are ticked.")),
		}}, nil
	})
}

// submitAgreed notes who agreed.
func (in *introductions) submitAgreed(ctx context.Context, s submission) ([]byte, error) {
	i, err := in.access.introduction(ctx, s.team, s.user, visit.Subject(s.meta.About).Number())
	if err == nil {
		err = introduces(&i, s.user)
	}
	if err != nil {
		return nil, err
	}
	ticked := func(value string) bool {
		return slices.ContainsFunc(s.values.action(fieldAgreed).SelectedOptions, func(o slack.OptionBlockObject) bool { return o.Value == value })
	}
	now := in.o.Now()
	i, err = s.changing(in.o.Store).ChangeIntroduction(ctx, s.team, i.Number, now, func(i *visit.Introduction) error {
		_, err := i.Agree(ticked("theirs"), ticked("ours"), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := in.directory.printer(ctx, s.team, s.user)
	m, err := in.card(ctx, s.team, s.user, &i)
	if err != nil {
		return nil, err
	}
	return updated(p, &modal{title: p.T("Introduction"), blocks: m.Blocks}), nil
}

// textClick shows the text for the contact in both languages, once both have agreed. Each is a message of
// its own with nothing else in it, so that a phone copies exactly it.
func (in *introductions) textClick(ctx context.Context, c click) error {
	texts, m, err := in.texts(ctx, c)
	if err != nil {
		return in.replies.sayError(ctx, c, "make the text of an introduction", err)
	}
	return in.replies.inBoth(ctx, c, in.directory.printer(ctx, c.team, c.user).T("Text for contact"), m, texts)
}

func (in *introductions) texts(ctx context.Context, c click) (texts []string, m *blocks.Message, err error) {
	i, err := in.access.introduction(ctx, c.team, c.user, visit.Subject(c.about).Number())
	if err == nil {
		err = introduces(&i, c.user)
	}
	if err == nil && !i.Ready() {
		err = visit.Invalid("", "Both must have agreed first. Note who agreed, and the text appears.")
	}
	if err != nil {
		return nil, nil, err
	}
	p, book := in.directory.printer(ctx, c.team, c.user), in.letters.Load()
	_, k, err := in.nameFor(ctx, p, c.team, c.user, &i)
	if err != nil {
		return nil, nil, err
	}
	if k == nil || k.State != visit.ContactKept {
		return nil, nil, visit.Invalid("", "This contact was deleted.")
	}
	m = new(blocks.Message)
	m.Say(p.T("For the contact, in Chinese and in English. Copy one, change it as you like, and send it yourself. Then press Introduction made."))
	if book.Draft(letter.Introductions) {
		m.Add(blocks.Note(blocks.Escape(draftWording(p))))
	}
	if i.Who.ZH == "" || i.Why.ZH == "" {
		m.Add(blocks.Note(p.M("Some of it is in English only: ask a colleague who writes Chinese.")))
	}
	text := letter.Introduction{To: addressedAs(k), Who: letter.Text{EN: i.Who.EN, ZH: i.Who.ZH}, Why: letter.Text{EN: i.Why.EN, ZH: i.Why.ZH}, Next: string(i.Next)}
	for _, l := range letter.Langs() {
		texts = append(texts, book.Introduce(text, l))
	}
	m.Add(blocks.Actions(blocks.Button(actIntroMade, blocks.Subject(i.Subject()), p.T("Introduction made"))))
	return texts, m, nil
}

// inBoth shows a message and then some texts alone to whoever clicked.
func (r *replies) inBoth(ctx context.Context, c click, title string, m *blocks.Message, texts []string) error {
	if err := r.replyPrivately(ctx, c, m); err != nil {
		return err
	}
	for _, text := range texts {
		if err := r.onlyText(ctx, c, text); err != nil {
			return err
		}
	}
	if c.view == "" {
		return nil
	}
	p := r.speaksTo(c.team, c.user)
	return r.redraw(ctx, p, c.team, c.view, &modal{title: title, blocks: []slack.Block{blocks.Section(p.M("It stands in our direct message, in Chinese and in English, so that you can copy it there."))}})
}

// addressedAs is how a contact is addressed in each language: "Director Wang 王总" has both.
func addressedAs(c *visit.Contact) (t letter.Text) {
	var en []string
	for _, w := range strings.Fields(c.Title) {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.ZH += w
		} else {
			en = append(en, w)
		}
	}
	t.EN = strings.Join(en, " ")
	for _, o := range []string{c.Name, c.Chinese, c.Firm} {
		if t.EN == "" {
			t.EN = o
		}
	}
	for _, o := range []string{c.Chinese, c.Name, c.Firm} {
		if t.ZH == "" {
			t.ZH = o
		}
	}
	return t
}

// madeClick notes that an introduction was made.
func (in *introductions) madeClick(ctx context.Context, c click) error {
	return in.change(ctx, c, visit.Subject(c.about), func(i *visit.Introduction) error {
		_, err := i.Make(c.user, in.o.Now())
		return err
	})
}

// endClick notes what an introduction came to.
func (in *introductions) endClick(ctx context.Context, c click) error {
	about, as, _ := strings.Cut(string(c.about), ":")
	state := visit.IntroState(as)
	if state != visit.IntroUseful && state != visit.IntroNoAnswer {
		state = visit.IntroDeclined
	}
	return in.change(ctx, c, visit.Subject(about), func(i *visit.Introduction) error {
		_, err := i.End(state, c.user, in.o.Now())
		return err
	})
}

func (in *introductions) change(ctx context.Context, c click, s visit.Subject, f func(*visit.Introduction) error) error {
	i, err := in.access.introduction(ctx, c.team, c.user, s.Number())
	if err == nil {
		err = introduces(&i, c.user)
	}
	var m *blocks.Message
	if err == nil {
		i, err = in.o.Store.By(c.user).ChangeIntroduction(ctx, c.team, i.Number, in.o.Now(), f)
	}
	if err == nil {
		m, err = in.card(ctx, c.team, c.user, &i)
	}
	return in.replies.answerClick(ctx, c, in.replies.orApologyTo(c.team, c.user, "change an introduction", m, err))
}

// introCheck tells whoever introduces that somebody asks for it, or asks how it went. It is nil where
// nothing is to be said any more.
func (rm *Reminders) introCheck(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	i, err := rm.o.Store.Introduction(ctx, o.Workspace, o.Subject.Number())
	if err != nil {
		return nil, err
	}
	if !i.Stands(o) || !visit.IsPerson(i.By) {
		return nil, nil
	}
	if err := rm.directory.checkColleague(ctx, o.Workspace, i.By); err != nil {
		if errors.Is(err, errNotColleague) || errors.Is(err, errGuest) {
			return nil, nil
		}
		return nil, err
	}
	if o.Milestone == visit.IntroTold {
		return rm.introduced(ctx, o, &i)
	}
	o.To = i.By
	in := &introductions{rm.core, rm.directory, rm.access, rm.replies}
	p := rm.directory.printer(ctx, i.Workspace, i.By)
	card, err := in.card(ctx, o.Workspace, i.By, &i)
	if err != nil {
		return nil, err
	}
	m := new(blocks.Message)
	switch {
	case o.Milestone != visit.IntroWanted:
		m.Say(p.T("How did this introduction go?"))
	case i.Ours.IsSet():
		m.Say(p.T("A colleague asks you for an introduction. Ask the contact first whether the name may be given; then note who agreed."))
	default:
		m.Say(p.T("You want to introduce a colleague. Ask both whether their name may be given; then note who agreed."))
	}
	m.Append(card)
	return m, nil
}

// introduced tells whoever was introduced that it is made: both have agreed, so with the name.
func (rm *Reminders) introduced(ctx context.Context, o *visit.Occurrence, i *visit.Introduction) (*blocks.Message, error) {
	c, err := rm.o.Store.Contact(ctx, o.Workspace, i.Contact)
	if err != nil || c.State != visit.ContactKept || !i.Theirs.IsSet() || !visit.IsPerson(i.For) {
		return nil, err
	}
	switch err := rm.directory.checkColleague(ctx, o.Workspace, i.For); {
	case errors.Is(err, errNotColleague) || errors.Is(err, errGuest):
		return nil, nil
	case err != nil:
		return nil, err
	}
	o.To = i.For
	p := rm.directory.printer(ctx, i.Workspace, i.For)
	m := new(blocks.Message)
	m.Add(blocks.Section(p.M("%s has introduced you to %s.", blocks.Mention(i.By), c.Heading(p.Printer))))
	m.Text.Line(p.T("You were introduced to %s.", c.Heading(p.Printer)))
	m.Say(p.T("Please tell them how it goes: I'll ask them in a week."))
	return m, nil
}

// contactDue asks whoever knows a contact whether it is still right, or says that it ends or has. It is nil
// where nothing is to be said any more.
func (rm *Reminders) contactDue(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	now := rm.o.Now()
	c, err := rm.o.Store.Contact(ctx, o.Workspace, o.Subject.Number())
	if err != nil {
		return nil, err
	}
	if past := c.Clone(); past.RollOver(c.Today(now)) { // it is cleared with the message that says so
		if c, err = rm.o.Store.ChangeContact(ctx, o.Workspace, c.Number, now, func(*visit.Contact) error { return nil }); err != nil {
			return nil, err
		}
	}
	if !c.Stands(o) {
		return nil, nil
	}
	to, err := rm.access.asker(ctx, &c)
	if err != nil || to == "" { // nobody is left who may read it; time clears it
		return nil, err
	}
	o.To = to
	p := rm.directory.printer(ctx, o.Workspace, o.To)
	m, about := new(blocks.Message), blocks.Subject(c.Subject())
	switch {
	case c.State != visit.ContactKept:
		m.Say(p.T("Contact %d has not been used for 24 months, so what it said about the person is deleted.", c.Number))
		named, err := rm.o.Store.StillNamed(ctx, o.Workspace, c.Subject())
		if err != nil {
			return nil, err
		}
		sayNamed(p, m, named)
		return m, nil
	case o.Milestone == visit.StillRightAfter:
		m.Say(p.T("Is this contact still right? %s. Nobody has used it for a year.", c.Heading(p.Printer)))
	default:
		m.Say(p.T("This contact is deleted on %s unless somebody uses it: %s.", blocks.OnDay(p, c.EndsOn()), c.Heading(p.Printer)))
	}
	m.Add(blocks.Actions(blocks.Button(actStillRight, about, p.T("Still right")), blocks.Button(actEditContact, about, p.T("Edit contact")), blocks.Button(actOpen, about, p.T("Show contact"))))
	return m, nil
}
