package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// The modals of market notes.
const (
	modalMarket modalID = "market"
	modalPursue modalID = "pursue"
)

// The fields of the forms, as their InputErrors name them. The others are those of other forms.
const (
	fieldQuestion = "question"
	fieldTags     = "tags"
	fieldState    = "state"
	fieldNext     = "next"
)

// onlyOn refuses what is not done while market notes are off.
func (mk *market) onlyOn() error {
	if !mk.set().MarketNotes {
		return visit.Invalid("", "Market notes are off. Whoever runs Visit Prep turns them on with market.notes: true in config.yaml.")
	}
	return nil
}

// addCommand opens the form for a new note.
func (mk *market) addCommand(ctx context.Context, q request) (*blocks.Message, error) {
	return nil, mk.addClick(ctx, click{caller: q.caller, about: factorySubject(0)})
}

// addClick opens the form for a new note, with the factory that the button names.
func (mk *market) addClick(ctx context.Context, c click) error {
	return mk.open(ctx, c, actAddMarket, func(ctx context.Context, team string, p blocks.Printer) (*modal, error) {
		known, err := mk.factories.knownTo(ctx, team, c.user)
		if err != nil {
			return nil, err
		}
		if len(known) == 0 {
			return &modal{title: p.T("Add market note"), blocks: []slack.Block{
				blocks.Section(p.M("There are no factories in your channels yet. Plan a visit or schedule an inspection to add one.")),
			}}, nil
		}
		var options []*slack.OptionBlockObject
		for _, f := range known {
			options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(f.Number)), blocks.Clip(factoryLabel(p, &f), 70)))
		}
		m := mk.form(p, &visit.MarketNote{})
		m.blocks = append([]slack.Block{
			blocks.Input(fieldFactory, p.T("Factory"), blocks.Choice(p, blocks.InputAction, p.T("Pick a factory"), strconv.Itoa(factoryNumber(c.about)), options)),
			blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, c.standsIn())), p.T("Its members can see the note.")),
		}, m.blocks...)
		return m, nil
	})
}

// answerClick opens the form for the answer to a question of a visit.
func (mk *market) answerClick(ctx context.Context, c click) error {
	return mk.open(ctx, c, actNoteAnswer, func(ctx context.Context, team string, p blocks.Printer) (*modal, error) {
		about, id, _ := strings.Cut(string(c.about), ":")
		v, err := mk.access.visit(ctx, team, c.user, visit.Subject(about))
		if err != nil {
			return nil, err
		}
		m := mk.form(p, &visit.MarketNote{Question: id})
		m.title = p.T("Note answer")
		m.blocks = append([]slack.Block{blocks.Note(blocks.Escape(v.Title(p.Printer)))}, m.blocks...)
		return m, nil
	})
}

// editClick opens the form of a note for whoever wrote it.
func (mk *market) editClick(ctx context.Context, c click) error {
	return mk.open(ctx, c, actEditMarket, func(ctx context.Context, team string, p blocks.Printer) (*modal, error) {
		n, err := mk.access.marketNote(ctx, team, c.user, visit.Subject(c.about).Number())
		if err == nil {
			err = n.MayChange(c.user)
		}
		if err != nil {
			return nil, err
		}
		m := mk.form(p, &n)
		m.title = p.T("Edit note")
		m.blocks = append([]slack.Block{blocks.Note(blocks.Escape(n.Factory.Name))}, m.blocks...)
		return m, nil
	})
}

// open opens a form of market notes, which goes back to the message or the checklist that it was
// opened from. page makes it.
func (mk *market) open(ctx context.Context, c click, verb blocks.ActionID, page func(context.Context, string, blocks.Printer) (*modal, error)) error {
	title := mk.directory.printerNow(c.team, c.user).T("Market note")
	return mk.replies.open(ctx, opening{c.caller, verb, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		if err := mk.onlyOn(); err != nil {
			return nil, err
		}
		m, err := page(ctx, team, mk.directory.printer(ctx, team, c.user))
		if err != nil {
			return nil, err
		}
		m.meta.About, m.meta.Spot = c.about, c.spot()
		if about, _, _ := strings.Cut(string(c.about), ":"); c.meta.About == blocks.Subject(about) { // over the checklist of the visit
			m.meta.Root, m.meta.Page, m.meta.List = c.view, c.meta.Page, c.meta.List
		}
		return m, nil
	})
}

// form is the form with a note in it.
func (mk *market) form(p blocks.Printer, n *visit.MarketNote) *modal {
	m := &modal{id: modalMarket, title: p.T("Add market note"), submit: p.T("Save note")}
	var questions []*slack.OptionBlockObject
	for _, id := range append(mk.questionIDs(), n.Question) {
		known := slices.ContainsFunc(questions, func(o *slack.OptionBlockObject) bool { return o.Value == id })
		if title := mk.questionTitle(id); title != "" && !known {
			questions = append(questions, blocks.Option(blocks.Subject(id), blocks.Clip(title, 75)))
		}
	}
	if len(questions) > 0 {
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Optional(blocks.Input(fieldQuestion, p.T("Question"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), n.Question, questions))),
			p.T("Leave it empty if nobody asked.")))
	}
	var tags []*slack.OptionBlockObject
	var ticked []string
	for _, t := range visit.MarketTags() {
		tags = append(tags, blocks.Option(blocks.Subject(t), t.Words(p.Printer)))
		if n.Has(t) {
			ticked = append(ticked, string(t))
		}
	}
	m.blocks = append(m.blocks,
		blocks.Hinted(blocks.Input(fieldNote, p.T("What did they say?"), bounded(blocks.TextInput(n.Text, p.T("Two robots at the press since May; lots of 300 now pay off"), true), visit.MaxMarketNote)),
			p.T("What they told you openly. No names of people, no secrets of their other customers.")),
		blocks.Input(fieldTags, p.T("What is it about?"), boxes(blocks.InputAction, ticked, tags...)),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldLink, p.T("Link to a photo"), bounded(blocks.TextInput(n.Link, "https://", false), visit.MaxLink))), p.T("https, or the link of a message in Slack. I keep no files.")),
	)
	return m
}

// readMarket puts what was typed into a note.
func (v values) readMarket(n *visit.MarketNote) {
	n.Text, n.Link, n.Tags = v.text(fieldNote), v.text(fieldLink), nil
	if v.has(fieldQuestion) {
		n.Question = v.picked(fieldQuestion)
	}
	for _, o := range v.action(fieldTags).SelectedOptions {
		n.Tags = append(n.Tags, visit.MarketTag(o.Value))
	}
}

// submit saves a note: a new one, or what was changed in one.
func (mk *market) submit(ctx context.Context, s submission) ([]byte, error) {
	if err := mk.onlyOn(); err != nil {
		return nil, err
	}
	about, _, _ := strings.Cut(string(s.meta.About), ":")
	subject := visit.Subject(about)
	var n visit.MarketNote
	var err error
	switch kind, _ := subject.Cut(); kind {
	case visit.OfMarket:
		n, err = mk.saveChange(ctx, s, subject.Number())
	case visit.OfVisit:
		n, err = mk.saveAnswer(ctx, s, subject)
	default:
		n, err = mk.saveNew(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	mk.redraw(s, subject)
	p := mk.directory.printer(ctx, s.team, s.user)
	return updated(p, mk.saved(p, &n)), nil
}

// redraw shows what was saved where its form was opened.
func (mk *market) redraw(s submission, about visit.Subject) {
	mk.live.refreshSpot(s.team, s.user, s.meta.Spot)
	mk.checklists.redrawBelow(s, about)
}

func (mk *market) saveChange(ctx context.Context, s submission, number int) (visit.MarketNote, error) {
	if _, err := mk.access.marketNote(ctx, s.team, s.user, number); err != nil {
		return visit.MarketNote{}, err
	}
	return s.changing(mk.o.Store).ChangeMarketNote(ctx, s.team, number, func(n *visit.MarketNote) error {
		if err := n.MayChange(s.user); err != nil {
			return err
		}
		s.values.readMarket(n)
		return nil
	})
}

// saveAnswer saves what was heard on a visit.
func (mk *market) saveAnswer(ctx context.Context, s submission, about visit.Subject) (visit.MarketNote, error) {
	v, err := mk.access.visit(ctx, s.team, s.user, about)
	if err != nil {
		return visit.MarketNote{}, err
	}
	n := visit.MarketNote{Workspace: s.team, Factory: v.Factory, Place: v.Place, Visit: v.Number, By: s.user}
	s.values.readMarket(&n)
	return s.making(mk.o.Store).AddMarketNote(ctx, n, mk.o.Now())
}

// saveNew saves a note of the factory that was picked, in the channel that was picked. All its
// mistakes stand beside their fields at once.
func (mk *market) saveNew(ctx context.Context, s submission) (visit.MarketNote, error) {
	n := visit.MarketNote{Workspace: s.team, By: s.user}
	s.values.readMarket(&n)
	var es visit.InputErrors
	collect := func(err error) error {
		had := len(es)
		if es.Collect(err); err != nil && len(es) == had {
			return err
		}
		return nil
	}
	number, _ := strconv.Atoi(s.values.picked(fieldFactory))
	f, err := mk.factories.factory(ctx, s.team, s.user, number)
	if errors.Is(err, visit.ErrNotFound) {
		err = nil // Check says so beside the field
	}
	if err := collect(err); err != nil {
		return n, err
	}
	n.Factory, n.Zone = f, f.Zone
	if channel := s.values.conversation(fieldChannel); channel != "" {
		place, blocked, err := mk.access.place(ctx, s.team, s.user, channel, true)
		if blocked != nil {
			err = visit.Invalid(fieldChannel, "I'm not in this channel. Type /invite @visitprep there first, or pick another one.")
		}
		if err := collect(err); err != nil {
			return n, err
		}
		n.Channel, n.Private, n.Shared, n.ChannelZone = channel, place.Private, place.Shared, mk.directory.zoneOf(ctx, s.team, s.user)
	}
	checked := n.Clone()
	checked.Normalize()
	if err := collect(checked.Check()); err != nil {
		return n, err
	}
	if len(es) > 0 {
		return n, es
	}
	return s.making(mk.o.Store).AddMarketNote(ctx, n, mk.o.Now())
}

// saved is the page that says that a note is saved.
func (mk *market) saved(p blocks.Printer, n *visit.MarketNote) *modal {
	line, _ := mk.line(p, n, true)
	m := &modal{title: p.T("Market note saved"), blocks: []slack.Block{blocks.Section(line)}}
	if n.Shared {
		m.blocks = append(m.blocks, blocks.Note(p.M("Another company reads in %s. Nothing of this note is posted there.", channelName(n.Channel))))
	}
	m.blocks = append(m.blocks, blocks.Actions(pursueButton(p, n), blocks.Button(actOpen, blocks.Subject(n.Subject()), p.T("Open note"))))
	return m
}

// pursueClick opens the form of the idea that a note is, or becomes.
func (mk *market) pursueClick(ctx context.Context, c click) error {
	return mk.open(ctx, c, actPursue, func(ctx context.Context, team string, p blocks.Printer) (*modal, error) {
		n, err := mk.access.marketNote(ctx, team, c.user, visit.Subject(c.about).Number())
		if err != nil {
			return nil, err
		}
		m := &modal{id: modalPursue, title: p.T("Make it an idea"), submit: p.T("Save idea"), meta: meta{Shown: []string{strconv.Itoa(n.Rev)}}, blocks: []slack.Block{
			blocks.Note(blocks.Escape(n.Factory.Name)), blocks.Section(blocks.Escape(n.Text)),
		}}
		owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Pick a person")), blocks.InputAction)
		owner.InitialUser = c.user
		if n.Idea.State != "" {
			m.title, owner.InitialUser = p.T("Update idea"), blocks.Person(n.Idea.Owner)
			var states []*slack.OptionBlockObject
			for _, state := range visit.IdeaStates() {
				states = append(states, blocks.Option(blocks.Subject(state), state.Words(p.Printer)))
			}
			m.blocks = append(m.blocks, blocks.Input(fieldState, p.T("How far has it come?"), radio(string(n.Idea.State), states...)))
		}
		m.blocks = append(m.blocks,
			blocks.Hinted(blocks.Optional(blocks.Input(fieldNext, p.T("Next step"), bounded(blocks.TextInput(n.Idea.Next, p.T("Ask for a sample with a price"), false), visit.MaxNextStep))), p.T("Needed while it is open.")),
			blocks.Input(fieldOwner, p.T("Who looks after it?"), owner),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldDue, p.T("By when?"), blocks.DayInput(p, n.Idea.Due.String()))), p.T("It is also asked about on the next visit.")),
		)
		return m, nil
	})
}

// submitPursue makes an idea of a note, or says how far it has come.
func (mk *market) submitPursue(ctx context.Context, s submission) ([]byte, error) {
	if err := mk.onlyOn(); err != nil {
		return nil, err
	}
	old, err := mk.access.marketNote(ctx, s.team, s.user, visit.Subject(s.meta.About).Number())
	if err != nil {
		return nil, err
	}
	due, _ := civil.Parse(s.values.day(fieldDue))
	in := visit.MarketIdea{State: visit.IdeaOpen, Owner: s.values.user(fieldOwner), Next: s.values.text(fieldNext), Due: due}
	if s.values.has(fieldState) {
		in.State = visit.IdeaState(s.values.picked(fieldState))
	}
	if in.Owner != "" && in.Owner != old.Idea.Owner {
		wrong, err := mk.directory.noColleagues(ctx, s.team, fieldOwner, []string{in.Owner})
		if err != nil {
			return nil, err
		}
		if len(wrong) > 0 {
			return nil, wrong
		}
	}
	now := mk.o.Now()
	n, err := s.changing(mk.o.Store).ChangeMarketNote(ctx, s.team, old.Number, func(n *visit.MarketNote) error {
		if !slices.Equal(s.meta.Shown, []string{strconv.Itoa(n.Rev - 1)}) { // this change is one, too
			return visit.Invalid(fieldNext, "A colleague changed this market note while you were typing. Open the form again to see it.")
		}
		return n.Pursue(in, s.user, n.Today(now), now)
	})
	if err != nil {
		return nil, err
	}
	mk.redraw(s, n.Subject())
	p := mk.directory.printer(ctx, s.team, s.user)
	m := mk.saved(p, &n)
	m.title = p.T("Idea saved")
	return updated(p, m), nil
}
