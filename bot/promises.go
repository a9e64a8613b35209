package bot

import (
	"context"
	"errors"
	"slices"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// promises are what both sides of a relationship have said that they do. They are read by one person at a
// time; nothing of them is posted in a channel.
type promises struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	factories *factories
}

// The verbs of promises. The value is "promise/3" where nothing else is said.
const (
	actAddPromise    blocks.ActionID = "add-promise" // the form for a new one; the value is a factory
	actEditPromise   blocks.ActionID = "edit-promise"
	actPromiseKept   blocks.ActionID = "promise-kept"
	actPromiseDrop   blocks.ActionID = "promise-dropped"
	actPromiseReopen blocks.ActionID = "promise-open"
)

// modalPromise is the form of a promise.
const modalPromise modalID = "promise"

// The fields of the form, as InputErrors name them. The others are those of other forms.
const (
	fieldSide    = "side"
	fieldPromise = "what"
)

// promise finds a promise that a person may see.
func (acc *access) promise(ctx context.Context, who caller, number int) (visit.Promise, error) {
	p, err := acc.o.Store.Promise(ctx, who.team, number)
	if errors.Is(err, visit.ErrNotFound) {
		return p, errNotYours
	}
	if err == nil {
		err = acc.canSee(ctx, who.team, who.user, p.Subject(), p.Channel)
	}
	if err == nil && !visibleIn(p.Place, who.channel) {
		err = errElsewhere
	}
	if err != nil {
		return visit.Promise{}, err
	}
	return p, nil
}

// promisesAt lists the open promises at a factory that a person may see where they stand.
func (acc *access) promisesAt(ctx context.Context, who caller, factory int) ([]visit.Promise, error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	ps, err := acc.o.Store.Promises(ctx, who.team, store.Filter{Channels: append([]string{}, channels...), Own: who.user, Factory: factory})
	return slices.DeleteFunc(ps, func(p visit.Promise) bool { return !visibleIn(p.Place, who.channel) }), err
}

// promiseWords are a promise in a line: who promised what.
func promiseWords(p blocks.Printer, x *visit.Promise) string {
	switch {
	case x.Ours && x.Who != "":
		return p.T("We promised %s: %s", x.Who, x.What)
	case x.Ours:
		return p.T("We promised: %s", x.What)
	case x.Who != "":
		return p.T("%s promised: %s", x.Who, x.What)
	}
	return p.T("They promised: %s", x.What)
}

// promiseDue says by when it is to be kept.
func promiseDue(p blocks.Printer, x *visit.Promise, today civil.Date) string {
	switch {
	case x.Due.Before(today) && x.Due.Year != today.Year:
		return p.T("was due %s", blocks.FullDay(p, x.Due))
	case x.Due.Before(today):
		return p.T("was due %s", blocks.ShortDay(p, x.Due))
	}
	return p.T("by %s", blocks.ShortDay(p, x.Due))
}

// promisesPart are the open promises on the page of a factory, the first due first.
func (ps *factoryPages) promisesPart(ctx context.Context, rd *factoryReader) (*factoryPart, error) {
	xs, err := ps.access.promisesAt(ctx, rd.caller, rd.f.Number)
	if err != nil {
		return nil, err
	}
	p := rd.p
	pt := &factoryPart{id: partPromises, all: p.T("All open promises"), open: actOpen, menu: p.T("Open a promise")}
	for _, x := range xs {
		if x.Due.Before(rd.today) {
			pt.first++
		}
		pt.add(x.Subject(), promiseWords(p, &x), promiseDue(p, &x, rd.today))
	}
	pt.title = p.T("Open promises: %d", len(pt.lines))
	return pt, nil
}

// shown is the card of a promise.
func (pr *promises) shown(ctx context.Context, who caller, number int) (*blocks.Message, error) {
	x, err := pr.access.promise(ctx, who, number)
	if err != nil {
		return nil, err
	}
	p := pr.directory.printer(ctx, who.team, who.user)
	m := new(blocks.Message)
	m.Title(p.T("Promise %d", x.Number))
	m.Say(promiseWords(p, &x))
	switch {
	case x.Kept.IsSet():
		m.Say(p.T("Kept."))
	case x.Dropped.IsSet():
		m.Say(p.T("Dropped."))
	default:
		m.Say(p.T("With %s, %s", x.Factory.Name, promiseDue(p, &x, x.Today(pr.o.Now()))))
	}
	m.Add(blocks.Note(p.M("%s looks after it. The members of %s can see it.", blocks.Mention(x.Owner), channelName(x.Channel))))
	m.Add(blocks.Actions(promiseButtons(p, &x)...))
	return m, nil
}

func promiseButtons(p blocks.Printer, x *visit.Promise) []slack.BlockElement {
	about := blocks.Subject(x.Subject())
	if !x.Open() {
		return []slack.BlockElement{blocks.Button(actPromiseReopen, about, p.T("Reopen promise"))}
	}
	return []slack.BlockElement{blocks.Button(actPromiseKept, about, p.T("Promise kept")), blocks.Button(actPromiseDrop, about, p.T("Drop promise")),
		blocks.Button(actEditPromise, about, p.T("Edit promise"))}
}

// addClick opens the form for a promise at the factory that the button names.
func (pr *promises) addClick(ctx context.Context, c click) error {
	return pr.replies.open(ctx, opening{c.caller, actAddPromise, c.about, pr.directory.printerNow(c.team, c.user).T("Add promise")}, func(ctx context.Context, team string) (*modal, error) {
		f, err := pr.factories.factory(ctx, team, c.user, factoryNumber(c.about))
		if err != nil {
			return nil, err
		}
		p := pr.directory.printer(ctx, team, c.user)
		x := visit.Promise{Factory: f, Owner: c.user, Place: visit.Place{Channel: c.standsIn()}}
		return promiseForm(p, p.T("Add promise"), &x, "", meta{About: factorySubject(f.Number)}), nil
	})
}

// editClick opens the same form with a promise in it, for whoever may see it.
func (pr *promises) editClick(ctx context.Context, c click) error {
	return pr.replies.open(ctx, opening{c.caller, actEditPromise, c.about, pr.directory.printerNow(c.team, c.user).T("Edit promise")}, func(ctx context.Context, team string) (*modal, error) {
		who := c.caller
		who.team = team
		x, err := pr.access.promise(ctx, who, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		side := blocks.Subject("theirs")
		if x.Ours {
			side = "ours"
		}
		p := pr.directory.printer(ctx, team, c.user)
		return promiseForm(p, p.T("Edit promise"), &x, side, meta{About: blocks.Subject(x.Subject()), Page: x.Rev}), nil
	})
}

// promiseForm is the form of a promise with x in it.
func promiseForm(p blocks.Printer, title string, x *visit.Promise, side blocks.Subject, about meta) *modal {
	sides := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option("ours", p.T("We did")), blocks.Option("theirs", p.T("They did")))
	for _, o := range sides.Options {
		if o.Value == string(side) {
			sides.InitialOption = o
		}
	}
	due := ""
	if !x.Due.IsZero() {
		due = x.Due.String()
	}
	return &modal{id: modalPromise, title: title, submit: p.T("Save promise"), meta: about, blocks: []slack.Block{
		blocks.Section(blocks.Bold(x.Factory.Name)),
		blocks.Note(blocks.Escape(asTheyRead(p))),
		blocks.Input(fieldSide, p.T("Who promised?"), sides),
		blocks.Hinted(blocks.Input(fieldPromise, p.T("What was promised?"), bounded(blocks.TextInput(x.What, p.T("Send the sealed sample of the new colour"), false), visit.MaxPromise)), p.T("Business only: nothing of family, health or opinions.")),
		blocks.Optional(blocks.Input(fieldWho, p.T("Which of them?"), bounded(blocks.TextInput(x.Who, p.T("Director Wang"), false), visit.MaxContactText))),
		blocks.Input(fieldDue, p.T("By when?"), blocks.DayInput(p, due)),
		blocks.Hinted(blocks.Input(fieldOwner, p.T("Which of you looks after it?"), userInput(p, x.Owner)), p.T("They are asked in their daily message on the day.")),
		blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, x.Channel)), p.T("Its members can see the promise.")),
	}}
}

// userInput picks one person of the workspace.
func userInput(p blocks.Printer, initial string) *slack.SelectBlockElement {
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Pick a person")), blocks.InputAction)
	e.InitialUser = blocks.Person(initial)
	return e
}

// at is the factory of a form, the channel that was picked in it, and who of us it names; what is wrong with
// them is among the mistakes.
func (acc *access) at(ctx context.Context, fs *factories, s *submission, errs *visit.InputErrors) (f visit.Factory, place visit.Place, owner string, err error) {
	if f, err = fs.factory(ctx, s.team, s.user, factoryNumber(s.meta.About)); err != nil {
		return f, place, owner, err
	}
	place, err = acc.placeOf(ctx, s.team, s.user, s.values.conversation(fieldChannel), visit.Place{Zone: f.Zone})
	if n := len(*errs); err != nil {
		if errs.Collect(err); len(*errs) == n {
			return f, place, owner, err
		}
	}
	owner = s.values.user(fieldOwner)
	wrong, err := acc.directory.noColleagues(ctx, s.team, fieldOwner, []string{owner})
	*errs = append(*errs, wrong...)
	return f, place, owner, err
}

// submit saves a promise, or what was corrected in one.
func (pr *promises) submit(ctx context.Context, s submission) ([]byte, error) {
	var errs visit.InputErrors
	number, had := 0, civil.Date{} // of the one that is corrected
	if kind, _ := visit.Subject(s.meta.About).Cut(); kind == visit.OfPromise {
		was, err := pr.access.promise(ctx, caller{team: s.team, user: s.user}, visit.Subject(s.meta.About).Number())
		if err != nil {
			return nil, err
		}
		number, had, s.meta.About = was.Number, was.Due, factorySubject(was.Factory.Number)
	}
	f, place, owner, err := pr.access.at(ctx, pr.factories, &s, &errs)
	if err != nil {
		return nil, err
	}
	due, _ := civil.Parse(s.values.day(fieldDue))
	x := visit.Promise{Workspace: s.team, Factory: f, Place: place, Owner: owner, OwnerZone: pr.directory.zoneOf(ctx, s.team, owner), By: s.user,
		Ours: s.values.picked(fieldSide) == "ours", Who: s.values.text(fieldWho), What: s.values.text(fieldPromise), Due: due}
	x.Normalize()
	errs.Collect(x.Check())
	// It is late where whoever picks the day is. One that was late before is corrected all the same.
	if today := civil.Of(pr.o.Now().In(pr.directory.locationOf(ctx, s.team, s.user))); !due.IsZero() && due.Before(today) && due != had {
		errs.Collect(visit.Invalid(fieldDue, "That day has passed. Please pick today or a later day."))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	if number == 0 {
		x, err = s.making(pr.o.Store).AddPromise(ctx, x, pr.o.Now())
	} else {
		x, err = s.changing(pr.o.Store).ChangePromise(ctx, s.team, number, pr.o.Now(), func(p *visit.Promise) error { return correct(p, &x, s.meta.Page) })
	}
	if err != nil {
		return nil, err
	}
	p := pr.directory.printer(ctx, s.team, s.user)
	return updated(p, &modal{title: p.T("Promise saved"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(promiseWords(p, &x)) + "\n" + blocks.Escape(promiseDue(p, &x, x.Today(pr.o.Now())))),
		blocks.Actions(blocks.Button(actFactoryPage, factorySubject(f.Number), p.T("Open factory"))),
	}}), nil
}

// correct puts what was typed into a promise, unless somebody has changed it since the form was drawn.
func correct(p, typed *visit.Promise, rev int) error {
	if p.Rev != rev+1 { // this change is one, too
		return visit.Invalid(fieldPromise, "A colleague changed this promise while you were typing. Open the form again to see it.")
	}
	if p.Channel != typed.Channel {
		p.Place = typed.Place
	}
	p.Owner, p.OwnerZone = typed.Owner, typed.OwnerZone
	p.Ours, p.Who, p.What, p.Due = typed.Ours, typed.Who, typed.What, typed.Due
	return nil
}

// change says what became of a promise, and shows it.
func (pr *promises) change(f func(x *visit.Promise, by string)) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		x, err := pr.access.promise(ctx, c.caller, visit.Subject(c.about).Number())
		var m *blocks.Message
		if err == nil {
			_, err = pr.o.Store.By(c.user).ChangePromise(ctx, c.team, x.Number, pr.o.Now(), func(x *visit.Promise) error { f(x, c.user); return nil })
		}
		if err == nil {
			m, err = pr.shown(ctx, c.caller, x.Number)
		}
		m = pr.replies.orApologyTo(c.team, c.user, "change a promise", m, err)
		return pr.replies.replyPrivately(ctx, c, m)
	}
}

// promised asks in the daily message about promises whose day it is, and each week about those that are past it.
func (dl *daily) promised(ctx context.Context, d *dailyOf, m *blocks.Message) error {
	p := d.words.p
	var open []visit.Promise
	head := p.T("Promised for today")
	for _, ask := range d.of(visit.AskPromise) {
		x, err := dl.access.promise(ctx, caller{team: d.team, user: d.person}, ask.Subject.Number())
		if isHidden(err) {
			continue
		}
		if err != nil {
			return err
		}
		if !x.Open() {
			continue
		}
		open = append(open, x)
		if x.Due.Before(d.on) {
			head = p.T("Promised, and open")
		}
	}
	for n, x := range open {
		if n == 0 {
			heading(m, head)
		}
		m.Say(p.T("%s. With %s, %s.", promiseWords(p, &x), x.Factory.Name, promiseDue(p, &x, d.on)))
		m.Add(blocks.Actions(promiseButtons(p, &x)...))
	}
	return nil
}

// addPromises adds to the brief of a visit what was promised and is open, for whoever reads it.
func (vis *visits) addPromises(ctx context.Context, m *blocks.Message, who caller, v *visit.Visit) error {
	xs, err := vis.access.promisesAt(ctx, who, v.Factory.Number)
	if err != nil || len(xs) == 0 {
		return err
	}
	p, today := vis.directory.printer(ctx, who.team, who.user), v.Today(vis.o.Now())
	var lines []blocks.Markup
	m.Text.Line(p.T("Promised, and open"))
	for _, x := range xs[:min(len(xs), briefItems)] {
		line := p.T("%s (%s)", promiseWords(p, &x), promiseDue(p, &x, today))
		lines = append(lines, "• "+blocks.Escape(line))
		m.Text.Line(line)
	}
	m.Add(blocks.Section(blocks.Bold(p.T("Promised, and open")) + "\n" + blocks.ClipLines(blocks.Join(lines, "\n"), 2900)))
	return nil
}
