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
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// gifts are the log of what was given to, and received from, people of factories. It is read by one person
// at a time; nothing of it is posted in a channel.
type gifts struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	factories *factories
	pages     *factoryPages
}

// The verbs of gifts.
const (
	actGifts      blocks.ActionID = "gifts"       // list them: "factory/4:20" is those of factory 4 from the 20th on
	actAddGift    blocks.ActionID = "add-gift"    // the form for a new one; the value is a factory
	actRemoveGift blocks.ActionID = "remove-gift" // it was entered by mistake
)

// modalGift is the form of a gift.
const modalGift modalID = "gift"

// The fields of the form, as InputErrors name them. The others are those of other forms.
const (
	fieldCurrency = "currency"
	fieldGiftDay  = "day"
	fieldApproved = "approved"
)

// gifts lists the gifts that a person may see where they stand: at one factory or, with 0, at all.
func (acc *access) gifts(ctx context.Context, who caller, factory int) ([]visit.Gift, error) {
	channels, err := acc.directory.channelsOf(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	gs, err := acc.o.Store.Gifts(ctx, who.team, store.Filter{Channels: append([]string{}, channels...), Own: who.user, Factory: factory})
	return slices.DeleteFunc(gs, func(g visit.Gift) bool { return !visibleIn(g.Place, who.channel) }), err
}

// command lists the gifts, all or those at the factory that was typed.
func (gf *gifts) command(ctx context.Context, q request) (*blocks.Message, error) {
	if q.rest == "" {
		return gf.list(ctx, q.caller, 0, 0)
	}
	f, which, err := gf.pages.named(ctx, q.caller, q.rest, actGifts)
	if f == nil {
		return which, err
	}
	return gf.list(ctx, q.caller, f.Number, 0)
}

func (gf *gifts) listClick(ctx context.Context, c click) error {
	about, from, _ := strings.Cut(string(c.about), ":")
	n, _ := strconv.Atoi(from)
	m, err := gf.list(ctx, c.caller, factoryNumber(blocks.Subject(about)), n)
	m = gf.replies.orApologyTo(c.team, c.user, "list gifts", m, err)
	if c.on == guide.Public || c.on == guide.Home || c.on == guide.InModal {
		return gf.replies.replyPrivately(ctx, c, m)
	}
	return gf.replies.answerClick(ctx, c, m)
}

func giftsSubject(factory, from int) blocks.Subject {
	return blocks.Subject(fmt.Sprintf("factory/%d:%d", factory, from))
}

// giftWords are a gift in a line.
func giftWords(p blocks.Printer, g *visit.Gift) string {
	if g.Given {
		return p.T("Given to %s: %s, %s", g.Who, g.What, g.Value.String())
	}
	return p.T("Received from %s: %s, %s", g.Who, g.What, g.Value.String())
}

// list is a page of the log, the latest first.
func (gf *gifts) list(ctx context.Context, who caller, factory, from int) (*blocks.Message, error) {
	gs, err := gf.access.gifts(ctx, who, factory)
	if err != nil {
		return nil, err
	}
	p := gf.directory.printer(ctx, who.team, who.user)
	m := new(blocks.Message)
	title := p.T("Gifts given and received")
	if factory > 0 {
		f, err := gf.factories.factory(ctx, who.team, who.user, factory)
		if err != nil {
			return nil, err
		}
		title = p.T("Gifts: %s", f.Name)
	}
	m.Title(title)
	m.Add(blocks.Note(blocks.Escape(gf.limitWords(p))))
	m.Text.Line(gf.limitWords(p))
	if len(gs) == 0 {
		m.Say(p.T("No gift is logged here yet."))
	}
	from = min(max(from, 0), max(len(gs)-1, 0))
	from -= from % pageRows // the page before, where the last line of one was removed
	for _, g := range gs[from:min(len(gs), from+pageRows)] {
		line := giftWords(p, &g)
		rest := p.M("%s · %s · %s", blocks.FullDay(p, g.Day), g.Factory.Name, blocks.Mention(g.Owner))
		if g.Approved != "" {
			rest += "\n" + blocks.Escape(p.T("Approved by %s", g.Approved))
		}
		remove := blocks.Confirmed(blocks.Button(actRemoveGift.With(strconv.Itoa(g.Number)), blocks.Subject(g.Subject())+":"+giftsSubject(factory, from), p.T("Remove gift")), p.T("Remove this gift?"), p.T("Only if it was logged by mistake. The export keeps the line, marked as removed."), p.T("Keep gift"))
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(line)+"\n"+rest), nil, slack.NewAccessory(remove)))
		m.Text.Line(line)
	}
	var es []slack.BlockElement
	if factory > 0 {
		es = append(es, blocks.Button(actAddGift, factorySubject(factory), p.T("Log gift")))
	} else if all, err := gf.factories.knownTo(ctx, who.team, who.user); err != nil {
		return nil, err
	} else if all, err = gf.factories.here(ctx, who, all); err != nil {
		return nil, err
	} else if len(all) > 0 {
		var options []*slack.OptionBlockObject
		for _, f := range all {
			options = append(options, blocks.Option(factorySubject(f.Number), blocks.Clip(factoryLabel(p, &f), 70)))
		}
		es = append(es, blocks.Choice(p, string(actAddGift), p.T("Log gift at …"), "", options))
	}
	if from > 0 {
		es = append(es, blocks.Button(actGifts.With("back"), giftsSubject(factory, max(0, from-pageRows)), p.T("Later gifts")))
	}
	if from+pageRows < len(gs) {
		es = append(es, blocks.Button(actGifts.With("on"), giftsSubject(factory, from+pageRows), p.T("Earlier gifts")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// limitWords say what the company allows.
func (gf *gifts) limitWords(p blocks.Printer) string {
	l := gf.set().Gifts
	switch {
	case !l.IsSet():
		return p.T("No limit is set here. Your company's rules on gifts hold; ask who keeps them.")
	case l.Approver != "":
		return p.T("Your company's limit: %s per person and year. What is above it must be approved by %s.", l.Money.String(), l.Approver)
	}
	return p.T("Your company's limit: %s per person and year. What is above it must be approved.", l.Money.String())
}

// addClick opens the form for a gift at the factory that the button names.
func (gf *gifts) addClick(ctx context.Context, c click) error {
	return gf.replies.open(ctx, opening{c.caller, actAddGift, c.about, gf.directory.printerNow(c.team, c.user).T("Log gift")}, func(ctx context.Context, team string) (*modal, error) {
		f, err := gf.factories.factory(ctx, team, c.user, factoryNumber(c.about))
		if err != nil {
			return nil, err
		}
		p := gf.directory.printer(ctx, team, c.user)
		side := slack.NewRadioButtonsBlockElement(blocks.InputAction, blocks.Option("given", p.T("We gave it")), blocks.Option("received", p.T("We received it")))
		place := visit.Place{Zone: f.Zone}
		currency := gf.set().Gifts.Currency
		if currency == "" {
			currency = "CNY"
		}
		return &modal{id: modalGift, title: p.T("Log gift"), submit: p.T("Save gift"), meta: meta{About: factorySubject(f.Number)}, blocks: []slack.Block{
			blocks.Section(blocks.Bold(f.Name)),
			blocks.Note(blocks.Escape(gf.limitWords(p))),
			blocks.Input(fieldSide, p.T("Given or received?"), side),
			blocks.Input(fieldWho, p.T("To or from whom?"), bounded(blocks.TextInput("", p.T("Director Wang, or the firm as a whole"), false), visit.MaxContactText)),
			blocks.Hinted(blocks.Input(fieldPromise, p.T("What was it?"), bounded(blocks.TextInput("", p.T("A book of photographs of Hamburg"), false), visit.MaxGift)), p.T("Money, vouchers and envelopes: refuse them, and log that, too.")),
			blocks.Input(fieldValue, p.T("Value"), blocks.TextInput("", "25", false)),
			blocks.Input(fieldCurrency, p.T("Currency"), blocks.TextInput(currency, "EUR", false)),
			blocks.Input(fieldGiftDay, p.T("Day"), blocks.DayInput(p, place.Today(gf.o.Now()).String())),
			blocks.Optional(blocks.Input(fieldVisit, p.T("On visit (number)"), blocks.TextInput("", "12", false))),
			blocks.Input(fieldOwner, p.T("Which of you gave or received it?"), userInput(p, c.user)),
			blocks.Optional(blocks.Input(fieldApproved, p.T("Approved by"), bounded(blocks.TextInput("", p.T("Jonas Weber, 3 March"), false), visit.MaxContactText))),
			blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, c.standsIn())), p.T("Its members can see the gift.")),
		}}, nil
	})
}

// submit logs a gift, and says whether it is above the limit. It is kept all the same.
func (gf *gifts) submit(ctx context.Context, s submission) ([]byte, error) {
	var errs visit.InputErrors
	f, place, owner, err := gf.access.at(ctx, gf.factories, &s, &errs)
	if err != nil {
		return nil, err
	}
	day, _ := civil.Parse(s.values.day(fieldGiftDay))
	g := visit.Gift{Workspace: s.team, Factory: f, Place: place, By: s.user, Given: s.values.picked(fieldSide) == "given", Who: s.values.text(fieldWho), Owner: owner,
		What: s.values.text(fieldPromise), Value: visit.Money{Currency: s.values.text(fieldCurrency)}, Day: day, Approved: s.values.text(fieldApproved)}
	var ok bool
	if g.Value.Hundredths, ok = visit.ParseAmount(s.values.text(fieldValue)); !ok {
		errs = append(errs, visit.Invalid(fieldValue, "Please give its value, such as 25 or 12.50; 0 where it has none."))
	}
	if typed := strings.TrimSpace(s.values.text(fieldVisit)); typed != "" {
		n, err := strconv.Atoi(typed)
		if err == nil {
			_, err = gf.access.visit(ctx, s.team, s.user, visit.SubjectOf(visit.OfVisit, n))
		}
		if err != nil {
			errs = append(errs, visit.Invalid(fieldVisit, "There is no visit %s in your channels.", typed))
		}
		g.Visit = n
	}
	g.Normalize()
	errs.Collect(g.Check())
	errs.Collect(g.CheckNow(g.Today(gf.o.Now())))
	if len(errs) > 0 {
		return nil, errs
	}
	now := gf.o.Now()
	if g, err = s.making(gf.o.Store).AddGift(ctx, g, now); err != nil {
		return nil, err
	}
	read, err := gf.access.gifts(ctx, caller{team: s.team, user: s.user}, 0)
	if err != nil {
		return nil, err
	}
	all, err := gf.o.Store.Gifts(ctx, s.team, store.Filter{})
	if err != nil {
		return nil, err
	}
	p := gf.directory.printer(ctx, s.team, s.user)
	m := &modal{title: p.T("Gift logged"), blocks: []slack.Block{blocks.Section(blocks.Bold(giftWords(p, &g)))}}
	for _, words := range gf.overWords(p, &g, read, all) {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(words)))
	}
	m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actGifts, giftsSubject(f.Number, 0), p.T("Show gifts"))))
	return updated(p, m), nil
}

// overWords say whether a gift brings its person above the limit, and what of the year could not be added up: with
// amounts of what the reader may read, and without any where only what others logged brings it above.
func (gf *gifts) overWords(p blocks.Printer, g *visit.Gift, read, all []visit.Gift) (words []string) {
	l := gf.set().Gifts
	if !l.IsSet() {
		return nil
	}
	sum, whole := g.SumOf(read, l), g.SumOf(all, l)
	if !sum.Over(l) && whole.Over(l) {
		if l.Approver != "" {
			words = append(words, p.T("With what others have logged it may be above the limit. Ask %s.", l.Approver))
		} else {
			words = append(words, p.T("With what others have logged it may be above the limit. Ask who keeps your company's rules on gifts."))
		}
	}
	if sum.Over(l) {
		if g.Given {
			words = append(words, p.T("This is above the limit: %s was given %s in %d, and %s is allowed.", g.Who, sum.Money.String(), sum.Year, l.Money.String()))
		} else {
			words = append(words, p.T("This is above the limit: %s received in %d, and %s is allowed.", sum.Money.String(), sum.Year, l.Money.String()))
		}
		switch {
		case g.Approved != "":
			words = append(words, p.T("Approved by %s, as you wrote.", g.Approved))
		case l.Approver != "":
			words = append(words, p.T("It must be approved by %s. Ask now, and log who approved it.", l.Approver))
		default:
			words = append(words, p.T("It must be approved. Ask now, and log who approved it."))
		}
	}
	if len(sum.Others) > 0 {
		words = append(words, p.T("What is in %s is not added up: the limit is in %s. Check it yourself.", strings.Join(sum.Others, p.Comma()), l.Currency))
	}
	return words
}

// removeClick notes that a gift was logged by mistake, and shows the page of the list that its button names.
func (gf *gifts) removeClick(ctx context.Context, c click) error {
	about, page, _ := strings.Cut(string(c.about), ":")
	list, from, _ := strings.Cut(page, ":")
	err := gf.remove(ctx, c, visit.Subject(about).Number())
	var m *blocks.Message
	if err == nil {
		n, _ := strconv.Atoi(from)
		m, err = gf.list(ctx, c.caller, factoryNumber(blocks.Subject(list)), n)
	}
	return gf.replies.answerClick(ctx, c, gf.replies.orApologyTo(c.team, c.user, "remove a gift", m, err))
}

func (gf *gifts) remove(ctx context.Context, c click, number int) error {
	g, err := gf.o.Store.Gift(ctx, c.team, number)
	if errors.Is(err, visit.ErrNotFound) {
		return errNotYours
	}
	if err == nil {
		err = gf.access.canSee(ctx, c.team, c.user, g.Subject(), g.Channel)
	}
	if err != nil {
		return err
	}
	_, err = gf.o.Store.By(c.user).ChangeGift(ctx, c.team, g.Number, func(g *visit.Gift) error {
		if !g.Removed.IsSet() {
			g.Removed = visit.Mark{By: c.user, At: gf.o.Now()}
		}
		return nil
	})
	return err
}
