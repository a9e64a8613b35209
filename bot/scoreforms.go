package bot

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// The forms of scores.
const (
	modalDelivery modalID = "delivery"
	modalMarks    modalID = "score-marks"
	modalCorrect  modalID = "score-anew"
)

// The fields of the forms, as their InputErrors name them. fieldChannel is that of other forms.
const (
	fieldOrderNo    = "order"
	fieldConfirmed  = "confirmed"
	fieldQuantity   = "quantity"
	fieldShipped    = "shipped"
	fieldSent       = "sent"
	fieldDelayedBy  = "delayed"
	fieldCorrection = "correction"

	fieldQuarter    = "quarter"
	fieldCost       = "cost"
	fieldCompliance = "compliance"
	fieldNeeded     = "needed"
	fieldFlag       = "flag"
	fieldFlagDay    = "flag_day"
	fieldRisk       = "risk"
)

// The values of menus in the forms.
const (
	delayTheirs = "theirs" // the factory's, or nobody's
	delayOurs   = "ours"
	noMark      = "none"  // of a menu of marks
	asCounted   = "rules" // the class is what the rules say
	flagOff     = "off:"  // begins the value that takes a flag back
)

// scoreForm is what stands in a form of scores.
func (v values) scoreForm() form {
	f := form{}
	for block := range v {
		switch block {
		case fieldConfirmed, fieldShipped, fieldFlagDay:
			f[block] = v.day(block)
		case fieldChannel:
			f[block] = v.conversation(block)
		case fieldDelayedBy, fieldQuarter, fieldCost, fieldCompliance, fieldFlag, fieldRisk:
			f[block] = v.picked(block)
		default:
			f[block] = v.text(block)
		}
	}
	return f
}

// pieces reads a number of pieces: "3,000", "3 000".
func pieces(s string) (int, bool) {
	s = strings.NewReplacer(",", "", " ", "", "，", "", "'", "").Replace(chars.ASCII(strings.TrimSpace(s)))
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
}

// deliveryClick opens the form for a delivery: a new one of a factory, or one that is there.
func (sc *scores) deliveryClick(ctx context.Context, c click) error {
	title := sc.directory.printerNow(c.team, c.user).T("Log a delivery")
	return sc.replies.open(ctx, opening{c.caller, actDelivery, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		who := c.caller
		who.team = team
		rd, err := sc.access.scoreReader(ctx, who)
		if err != nil {
			return nil, err
		}
		p := sc.directory.printer(ctx, team, c.user)
		if kind, _ := visit.Subject(c.about).Cut(); kind == visit.OfDelivery {
			d, err := sc.theirDelivery(ctx, rd, visit.Subject(c.about).Number())
			if err != nil {
				return nil, err
			}
			return deliveryForm(p, &d.Factory, formOfDelivery(&d), meta{About: c.about, Channel: who.channel, Page: d.Rev}, ""), nil
		}
		f, err := sc.access.factoryOfTheirs(ctx, rd, factoryNumber(c.about))
		if err != nil {
			return nil, err
		}
		return deliveryForm(p, &f, form{fieldChannel: who.standsIn()}, meta{About: c.about, Channel: who.channel}, ""), nil
	})
}

// formOfDelivery is the form with a delivery in it.
func formOfDelivery(d *visit.OrderDelivery) form {
	f := form{fieldOrderNo: d.Order, fieldConfirmed: d.Confirmed.String(), fieldQuantity: strconv.Itoa(d.Quantity), fieldShipped: d.Shipped.String(), fieldSent: typedNumber(d.Sent),
		fieldDelayedBy: delayTheirs, fieldWhy: d.Why, fieldChannel: d.Channel}
	if d.OurDelay {
		f[fieldDelayedBy] = delayOurs
	}
	return f
}

// deliveryForm is the form with f in it; note, where there is one, stands first.
func deliveryForm(p blocks.Printer, of *visit.Factory, f form, about meta, note string) *modal {
	kind, _ := visit.Subject(about.About).Cut()
	edits := kind == visit.OfDelivery
	m := &modal{id: modalDelivery, title: p.T("Log a delivery"), submit: p.T("Save delivery"), meta: about}
	if edits {
		m.title = p.T("Edit delivery")
	}
	m.blocks = append(m.blocks, blocks.Note(blocks.Escape(of.Name)))
	if note != "" {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(note)))
	}
	if !edits {
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, f[fieldChannel])), p.T("Its members can see the delivery. Nothing is posted there.")))
	}
	sides := []*slack.OptionBlockObject{blocks.Option(delayTheirs, p.T("The factory, or nobody")), blocks.Option(delayOurs, p.T("We did"))}
	m.blocks = append(m.blocks,
		blocks.Input(fieldOrderNo, p.T("Order"), bounded(blocks.TextInput(f[fieldOrderNo], "4512", false), visit.MaxPlace)),
		blocks.Hinted(blocks.Input(fieldConfirmed, p.T("Day first confirmed"), blocks.DayInput(p, f[fieldConfirmed])), p.T("The first day that the factory confirmed, even if it moved later.")),
		blocks.Input(fieldQuantity, p.T("Pieces ordered"), blocks.TextInput(f[fieldQuantity], "3000", false)),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldShipped, p.T("Shipped on"), blocks.DayInput(p, f[fieldShipped]))), p.T("Leave it empty until it is shipped.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldSent, p.T("Pieces shipped"), blocks.TextInput(f[fieldSent], "3000", false))), p.T("Up to that day. What follows later does not count.")),
		blocks.Input(fieldDelayedBy, p.T("Who delayed it, if it is late?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), cmp.Or(f[fieldDelayedBy], delayTheirs), sides)),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldWhy, p.T("What on our side?"), bounded(blocks.TextInput(f[fieldWhy], p.T("Artwork approved a week late"), false), visit.MaxReason))), p.T("Our delay does not count against the factory.")),
	)
	if edits {
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Optional(blocks.Input(fieldCorrection, p.T("Why is it corrected?"), bounded(blocks.TextInput(f[fieldCorrection], p.T("Typed wrongly"), false), visit.MaxReason))),
			p.T("Needed if the first day or the pieces ordered change. The earlier figures stay on record.")))
	}
	return m
}

// applyToDelivery writes the form into a delivery, but for its channel. The error has all its
// mistakes at once.
func (f form) applyToDelivery(d *visit.OrderDelivery) error {
	var errs visit.InputErrors
	day := func(field string) (to civil.Date) {
		if f[field] == "" {
			return to
		}
		to, err := civil.Parse(f[field])
		if err != nil {
			errs = append(errs, visit.Invalid(field, "Please pick a day."))
		}
		return to
	}
	number := func(field string) int {
		if strings.TrimSpace(f[field]) == "" {
			return 0
		}
		n, ok := pieces(f[field])
		if !ok {
			errs = append(errs, visit.Invalid(field, "Please give a whole number of pieces, such as 3000."))
		}
		return n
	}
	d.Order, d.Confirmed, d.Shipped = f[fieldOrderNo], day(fieldConfirmed), day(fieldShipped)
	d.Quantity, d.Sent = number(fieldQuantity), number(fieldSent)
	d.OurDelay, d.Why = f[fieldDelayedBy] == delayOurs, f[fieldWhy]
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// submitDelivery saves a delivery. An order that is recorded already is asked about first.
func (sc *scores) submitDelivery(ctx context.Context, s submission) ([]byte, error) {
	rd, err := sc.access.scoreReader(ctx, caller{team: s.team, user: s.user, channel: s.meta.Channel})
	if err != nil {
		return nil, err
	}
	p, mine := sc.directory.printer(ctx, s.team, s.user), s.values.scoreForm()
	if kind, _ := visit.Subject(s.meta.About).Cut(); kind == visit.OfDelivery {
		was, err := sc.theirDelivery(ctx, rd, visit.Subject(s.meta.About).Number())
		if err != nil {
			return nil, err
		}
		d, err := s.changing(sc.o.Store).ChangeDelivery(ctx, s.team, was.Number, rd.now, func(d *visit.OrderDelivery, today civil.Date) error {
			if d.Rev != s.meta.Page+1 { // this change is one, too
				return visit.Invalid(fieldOrderNo, "A colleague changed this delivery while you were typing. Open the form again to see it.")
			}
			to := *d
			if err := mine.applyToDelivery(&to); err != nil {
				return err
			}
			if err := to.Check(today); err != nil {
				return err
			}
			_, err := d.Correct(to, mine[fieldCorrection], s.user, rd.now)
			return err
		})
		if err != nil {
			return nil, err
		}
		return updated(p, sc.deliverySaved(p, &d, rd)), nil
	}
	f, err := sc.access.factoryOfTheirs(ctx, rd, factoryNumber(s.meta.About))
	if err != nil {
		return nil, err
	}
	d := visit.OrderDelivery{Workspace: s.team, Factory: f, By: s.user}
	var errs visit.InputErrors
	errs.Collect(mine.applyToDelivery(&d))
	if err := sc.readChannel(ctx, s, mine, &d.Channel, &errs); err != nil {
		return nil, err
	}
	if len(errs) == 0 {
		errs.Collect(d.Check(visit.TodayAt(&f, rd.now)))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	again := len(s.meta.Shown) > 0 && s.meta.Shown[0] == d.FoldedOrder()
	if !again {
		known, err := sc.o.Store.Deliveries(ctx, s.team, f.Number, []string{d.Channel}, 0)
		if err != nil {
			return nil, err
		}
		if n := slices.IndexFunc(known, func(o visit.OrderDelivery) bool { return o.FoldedOrder() == d.FoldedOrder() }); n >= 0 {
			s.meta.Shown = []string{d.FoldedOrder()}
			return updated(p, deliveryForm(p, &f, mine, s.meta, p.T("Order %s is recorded already: %s. Save again only if it was shipped in several deliveries.",
				d.Order, deliveryWords(p, &known[n], visit.TodayAt(&f, rd.now))))), nil
		}
	}
	d, did, err := s.making(sc.o.Store).AddDelivery(ctx, d, again, rd.now)
	if err == nil && !did { // a colleague was faster by a moment
		err = visit.Invalid(fieldOrderNo, "A colleague recorded order %s a moment ago. Please close this form and look at the list.", d.Order)
	}
	if err != nil {
		return nil, err
	}
	return updated(p, sc.deliverySaved(p, &d, rd)), nil
}

// readChannel reads the channel to which something about a factory belongs. Nothing is posted
// there, so it may be one that another company reads.
func (sc *scores) readChannel(ctx context.Context, s submission, f form, to *string, errs *visit.InputErrors) error {
	if f[fieldChannel] == "" {
		*errs = append(*errs, visit.Invalid(fieldChannel, "Please pick the channel whose members may see it."))
		return nil
	}
	place, blocked, err := sc.access.place(ctx, s.team, s.user, f[fieldChannel], true)
	if blocked != nil {
		err = visit.Invalid(fieldChannel, "I'm not in this channel. Type /invite @visitprep there first, or pick another one.")
	}
	n := len(*errs)
	if errs.Collect(err); err != nil && len(*errs) == n {
		return err
	}
	*to = place.Channel
	return nil
}

// deliverySaved is the page that says so.
func (sc *scores) deliverySaved(p blocks.Printer, d *visit.OrderDelivery, rd *scoreReader) *modal {
	about := factorySubject(d.Factory.Number)
	m := &modal{title: p.T("Delivery saved"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(p.T("Order %s", d.Order)) + "\n" + blocks.Escape(deliveryWords(p, d, visit.TodayAt(&d.Factory, rd.now)))),
		blocks.Note(p.M("For the members of %s.", channelName(d.Channel))),
	}}
	if q := visit.QuarterOf(d.Confirmed); q.FreezesOn(q.Last()).Before(visit.TodayAt(&d.Factory, rd.now)) {
		m.blocks = append(m.blocks, blocks.Note(blocks.Escape(p.T("If %s is frozen, this counts there only after you press Correct a quarter.", quarterLabel(p, q)))))
	}
	m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actDelivery, about, p.T("Log another delivery")), blocks.Button(actScore, about, p.T("Open scorecard"))))
	return m
}

// marksClick opens the form for marks of a quarter, a flag and the risk class.
func (sc *scores) marksClick(ctx context.Context, c click) error {
	return sc.opened(ctx, c, actMarks, func(p blocks.Printer) string { return p.T("Set marks") }, func(ctx context.Context, p blocks.Printer, rd *scoreReader, f *visit.Factory) (*modal, error) {
		facts, err := sc.o.Store.ScoreFacts(ctx, rd.team, []int{f.Number})
		if err != nil {
			return nil, err
		}
		mine := facts[f.Number].In(rd.in)
		return marksForm(p, rd, f, &mine), nil
	})
}

// opened opens a form about a factory.
func (sc *scores) opened(ctx context.Context, c click, verb blocks.ActionID, title func(blocks.Printer) string, page func(context.Context, blocks.Printer, *scoreReader, *visit.Factory) (*modal, error)) error {
	return sc.replies.open(ctx, opening{c.caller, verb, c.about, title(sc.directory.printerNow(c.team, c.user))}, func(ctx context.Context, team string) (*modal, error) {
		who := c.caller
		who.team = team
		rd, err := sc.access.scoreReader(ctx, who)
		if err != nil {
			return nil, err
		}
		f, err := sc.access.factoryOfTheirs(ctx, rd, factoryNumber(c.about))
		if err != nil {
			return nil, err
		}
		p := sc.directory.printer(ctx, team, c.user)
		m, err := page(ctx, p, rd, &f)
		if err != nil {
			return nil, err
		}
		m.title, m.meta = title(p), meta{About: c.about, Channel: c.channel}
		m.blocks = append([]slack.Block{blocks.Note(blocks.Escape(f.Name))}, m.blocks...)
		return m, nil
	})
}

// marksForm is the form for marks.
func marksForm(p blocks.Printer, rd *scoreReader, f *visit.Factory, mine *visit.ScoreFacts) *modal {
	today := visit.TodayAt(f, rd.now)
	running := visit.QuarterOf(today)
	var quarters, marks, classes, flags []*slack.OptionBlockObject
	for n := range 5 {
		q := running.Add(-n)
		quarters = append(quarters, blocks.Option(blocks.Subject(q.String()), quarterLabel(p, q)))
	}
	marks = append(marks, blocks.Option(noMark, p.T("No mark")))
	for n := 1; n <= 5; n++ {
		marks = append(marks, blocks.Option(blocks.Subject(strconv.Itoa(n)), p.T("%d of 5", n)))
	}
	classes = append(classes, blocks.Option(asCounted, p.T("As the rules say")))
	for _, c := range visit.RiskClasses() {
		classes = append(classes, blocks.Option(blocks.Subject(c), c.Words(p.Printer)))
	}
	standing := mine.Flags(today)
	for _, fl := range visit.RiskFlags() {
		if slices.Contains(standing, fl) {
			flags = append(flags, blocks.Option(flagOff+blocks.Subject(fl), p.T("Take back: %s", fl.Words(p.Printer))))
		} else {
			flags = append(flags, blocks.Option(blocks.Subject(fl), fl.Words(p.Printer)))
		}
	}
	pick := func(field, label, chosen string, options []*slack.OptionBlockObject) *slack.InputBlock {
		return blocks.Optional(blocks.Input(field, label, blocks.Choice(p, blocks.InputAction, p.T("Pick one"), chosen, options)))
	}
	m := &modal{id: modalMarks, submit: p.T("Save marks")}
	m.blocks = []slack.Block{
		blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, rd.standsIn())), p.T("Its members can see the marks. Nothing is posted there.")),
		blocks.Note(blocks.Escape(p.T("What you leave empty stays as it is."))),
		blocks.Input(fieldQuarter, p.T("Quarter"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), running.String(), quarters)),
		blocks.Hinted(pick(fieldCost, p.T("Cost"), "", marks), p.T("5 is best: prices kept, savings offered, no surprises.")),
		blocks.Hinted(pick(fieldCompliance, p.T("Compliance"), "", marks), p.T("Without a mark, valid certificates count against those needed.")),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldNeeded, p.T("Certificates needed"), blocks.TextInput("", "3", false))), p.T("From this quarter on. Record each certificate as an agreement of that kind.")),
		blocks.Hinted(pick(fieldFlag, p.T("What is new or needs care?"), "", flags), p.T("The factory counts as high risk until five lots in a row are accepted and nothing above minor is open.")),
		blocks.Optional(blocks.Input(fieldFlagDay, p.T("Since"), blocks.DayInput(p, ""))),
		blocks.Hinted(pick(fieldRisk, p.T("Risk class"), "", classes), p.T("A lower class needs a reason, and lasts until the rules say something else.")),
		blocks.Optional(blocks.Input(fieldWhy, p.T("Why?"), bounded(blocks.TextInput("", "", false), visit.MaxReason))),
	}
	return m
}

// submitMarks keeps what was said about a factory.
func (sc *scores) submitMarks(ctx context.Context, s submission) ([]byte, error) {
	rd, err := sc.access.scoreReader(ctx, caller{team: s.team, user: s.user, channel: s.meta.Channel})
	if err != nil {
		return nil, err
	}
	f, err := sc.access.factoryOfTheirs(ctx, rd, factoryNumber(s.meta.About))
	if err != nil {
		return nil, err
	}
	facts, err := sc.o.Store.ScoreFacts(ctx, rd.team, []int{f.Number})
	if err != nil {
		return nil, err
	}
	mine := facts[f.Number].In(rd.in)
	said := s.values.scoreForm()
	base := visit.FactoryMark{Workspace: s.team, Factory: f.Number, Why: said[fieldWhy], By: s.user}
	var errs visit.InputErrors
	if err := sc.readChannel(ctx, s, said, &base.Channel, &errs); err != nil {
		return nil, err
	}
	ms, err := said.marks(base, &mine, visit.TodayAt(&f, rd.now))
	errs.Collect(err)
	for n := range ms {
		errs.Collect(ms[n].Check())
	}
	if len(errs) > 0 {
		return nil, errs
	}
	if err := s.making(sc.o.Store).AddMarks(ctx, ms, rd.now); err != nil {
		return nil, err
	}
	p := sc.directory.printer(ctx, s.team, s.user)
	about := factorySubject(f.Number)
	return updated(p, &modal{title: p.T("Marks saved"), blocks: []slack.Block{
		blocks.Section(blocks.Escape(p.T("Saved for %s. A quarter that is frozen counts them only after you press Correct a quarter.", f.Name))),
		blocks.Actions(blocks.Button(actScore, about, p.T("Open scorecard"))),
	}}), nil
}

// marks are what the form says, each like base.
func (f form) marks(base visit.FactoryMark, mine *visit.ScoreFacts, today civil.Date) (ms []visit.FactoryMark, err error) {
	var errs visit.InputErrors
	add := func(change func(*visit.FactoryMark)) {
		m := base
		change(&m)
		ms = append(ms, m)
	}
	// What is taken back is taken back wherever it stands: a mark of one channel does nothing in another.
	takeBack := func(k visit.MarkKind, name string, of visit.Quarter, day civil.Date) {
		channels := mine.StandsIn(k, name, of)
		if len(channels) == 0 {
			channels = []string{base.Channel}
		}
		for _, channel := range channels {
			add(func(m *visit.FactoryMark) { m.Channel, m.Kind, m.Name, m.Quarter, m.Day = channel, k, name, of, day })
		}
	}
	q, ok := visit.ParseQuarter(f[fieldQuarter])
	if !ok {
		errs = append(errs, visit.Invalid(fieldQuarter, "Please pick the quarter."))
	}
	for field, kind := range map[string]visit.MarkKind{fieldCost: visit.MarkCost, fieldCompliance: visit.MarkCompliance} {
		switch n, _ := strconv.Atoi(f[field]); f[field] {
		case "":
		case noMark:
			takeBack(kind, "", q, civil.Date{})
		default:
			add(func(m *visit.FactoryMark) { m.Kind, m.Quarter, m.Points = kind, q, n })
		}
	}
	if f[fieldNeeded] != "" {
		n, ok := pieces(f[fieldNeeded])
		if !ok {
			errs = append(errs, visit.Invalid(fieldNeeded, "Please give a whole number, such as 3."))
		}
		add(func(m *visit.FactoryMark) { m.Kind, m.Quarter, m.Points = visit.MarkNeeded, q, n })
	}
	if flag, off := strings.CutPrefix(f[fieldFlag], flagOff); flag != "" {
		day := today
		if f[fieldFlagDay] != "" {
			if day, err = civil.Parse(f[fieldFlagDay]); err != nil || day.After(today) {
				errs = append(errs, visit.Invalid(fieldFlagDay, "Please pick a day that is not in the future."))
			}
		}
		if off {
			takeBack(visit.MarkFlag, flag, visit.Quarter{}, day)
		} else {
			add(func(m *visit.FactoryMark) { m.Kind, m.Name, m.Day, m.Points = visit.MarkFlag, flag, day, 1 })
		}
	}
	switch class := f[fieldRisk]; class {
	case "":
	case asCounted:
		takeBack(visit.MarkRisk, "", visit.Quarter{}, civil.Date{})
	default:
		counted := mine.Counted(today)
		add(func(m *visit.FactoryMark) {
			m.Kind, m.Name, m.Against = visit.MarkRisk, class, counted.Rule
			if visit.RiskClass(class).Below(counted.Class) {
				m.Points = 1 // which needs a reason
			}
		})
	}
	if len(ms) == 0 && len(errs) == 0 {
		errs = append(errs, visit.Invalid(fieldCost, "Please set at least one of these."))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return ms, nil
}

// correctClick opens the form that counts a frozen quarter anew.
func (sc *scores) correctClick(ctx context.Context, c click) error {
	return sc.opened(ctx, c, actCorrect, func(p blocks.Printer) string { return p.T("Correct a quarter") }, func(ctx context.Context, p blocks.Printer, rd *scoreReader, f *visit.Factory) (*modal, error) {
		years, err := sc.access.scoreYears(ctx, rd, []visit.Factory{*f})
		if err != nil {
			return nil, err
		}
		var options []*slack.OptionBlockObject
		for _, s := range slices.Backward(years[0].Quarters) {
			if s.Version > 0 {
				options = append(options, blocks.Option(blocks.Subject(s.Quarter.String()), scoreHead(p, &s)))
			}
		}
		if len(options) == 0 {
			return &modal{blocks: []slack.Block{blocks.Section(blocks.Escape(p.T("No quarter is frozen yet that you may see.")))}}, nil
		}
		return &modal{id: modalCorrect, submit: p.T("Recalculate quarter"), blocks: []slack.Block{
			blocks.Section(blocks.Escape(p.T("The quarter is recalculated from what is recorded now, and kept as a new version with your name and reason. The earlier version stays."))),
			blocks.Input(fieldQuarter, p.T("Quarter"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), "", options)),
			blocks.Input(fieldWhy, p.T("Why?"), bounded(blocks.TextInput("", p.T("Two deliveries were entered late"), false), visit.MaxReason)),
		}}, nil
	})
}

// submitCorrect counts a frozen quarter anew.
func (sc *scores) submitCorrect(ctx context.Context, s submission) ([]byte, error) {
	rd, err := sc.access.scoreReader(ctx, caller{team: s.team, user: s.user, channel: s.meta.Channel})
	if err != nil {
		return nil, err
	}
	f, err := sc.access.factoryOfTheirs(ctx, rd, factoryNumber(s.meta.About))
	if err != nil {
		return nil, err
	}
	q, _ := visit.ParseQuarter(s.values.picked(fieldQuarter))
	why := s.values.text(fieldWhy)
	if chars.Blank(why) {
		return nil, visit.Invalid(fieldWhy, "Please write why the quarter is corrected.")
	}
	years, err := sc.access.scoreYears(ctx, rd, []visit.Factory{f})
	if err != nil {
		return nil, err
	}
	was := slices.IndexFunc(years[0].Quarters, func(c visit.Scorecard) bool { return c.Quarter == q && c.Version > 0 })
	if was < 0 {
		return nil, visit.Invalid(fieldQuarter, "Please pick the quarter.")
	}
	if err := s.making(sc.o.Store).CorrectScore(ctx, s.team, f.Number, q, s.user, why, rd.now); err != nil {
		return nil, err
	}
	p, before := sc.directory.printer(ctx, s.team, s.user), years[0].Quarters[was].Version
	if years, err = sc.access.scoreYears(ctx, rd, []visit.Factory{f}); err != nil {
		return nil, err
	}
	m := &modal{title: p.T("Quarter corrected")}
	for _, c := range years[0].Quarters {
		if c.Quarter == q && c.Version > 0 {
			if c.Version == before {
				m.blocks = append(m.blocks, blocks.Section(blocks.Escape(p.T("The quarter is recalculated and kept. This is the last version that you may see."))))
			}
			m.blocks = append(m.blocks, blocks.Section(blocks.Bold(scoreHead(p, &c))+"\n"+blocks.Escape(strings.Join(append(scoreLines(p, &c), groupLines(p, &c)...), "\n"))))
		}
	}
	m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actScore, factorySubject(f.Number), p.T("Open scorecard"))))
	return updated(p, m), nil
}
