package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/civil"
	"visitprep/internal/letter"
	"visitprep/internal/role"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// modalHost is the form of a brief for a host.
const modalHost modalID = "host"

// The fields of the form besides those of a [visit.Host].
const (
	fieldTicked = "host_ticked" // what is to be prepared, as the checklists have it; with a number behind it, a group of boxes each
	fieldLunch  = "host_lunch"
	fieldDiets  = "host_diets" // ids; whatever else people eat is typed
	fieldSay    = "host_say"   // sentences that are always the same, see hostSay
)

// nothingSaid is the choice that leaves something open.
const nothingSaid = "none"

// The values of fieldSay.
const (
	sayPhotos    = "photos"
	saySafety    = "safety"
	sayNoAlcohol = "no-alcohol"
	sayNoGifts   = "no-gifts"
)

func hostSay() []string { return []string{sayPhotos, saySafety, sayNoAlcohol, sayNoGifts} }

// boxesAGroup is how many boxes Slack takes in one group.
const boxesAGroup = 10

// ticked are the values of the boxes that are ticked in a block.
func (v values) ticked(block string) (all []string) {
	for _, o := range v.action(block).SelectedOptions {
		all = append(all, o.Value)
	}
	return all
}

// hostForm takes the form out of the modal's inputs, lists with a line for each.
func (v values) hostForm() form {
	f := form{}
	var ticked []string
	for block := range v {
		switch {
		case strings.HasPrefix(block, fieldTicked):
			ticked = append(ticked, v.ticked(block)...)
		case block == visit.HostPurposes, block == fieldDiets, block == fieldSay:
			f[block] = strings.Join(v.ticked(block), "\n")
		case block == visit.HostTransport, block == fieldLunch:
			f[block] = v.picked(block)
		case block == visit.HostReplyBy:
			f[block] = v.day(block)
		default:
			f[block] = v.text(block)
		}
	}
	f[fieldTicked] = strings.Join(ticked, "\n")
	return f
}

// list is a field with a line for each.
func (f form) list(field string) []string {
	return strings.FieldsFunc(f[field], func(r rune) bool { return r == '\n' })
}

// shown is what the meta of a form keeps of it: the days for which it was drawn, and its purposes.
func (hf *hostForm) shown() []string {
	return append([]string{hf.v.First.String() + ".." + hf.v.Last.String()}, hf.f.list(visit.HostPurposes)...)
}

func shownPurposes(shown []string) []string { return shown[min(len(shown), 1):] }

// sameDays reports whether a form was drawn for the days of v.
func sameDays(shown []string, v *visit.Visit) bool {
	return len(shown) > 0 && shown[0] == v.First.String()+".."+v.Last.String()
}

// hostDays is how many days of v have an agenda.
func hostDays(v *visit.Visit) int { return min(v.Last.Sub(v.First)+1, visit.MaxHostDays) }

// hostPurpose is what a host is told at first of a visit's own purpose: what is most usual.
func hostPurpose(purpose string) string {
	switch purpose {
	case "first_visit":
		return "first"
	case "in_process":
		return "inspection"
	case "follow_up":
		return "follow-up"
	}
	if strings.Contains(purpose, "audit") {
		return "audit"
	}
	return "exchange"
}

// before is a working day so many days before v, but not before today, and not after it begins.
func (hs *hosts) before(v *visit.Visit, days int) civil.Date {
	d, today := hs.o.Timing.Earlier(v.First.AddDays(-days), v.Zone), v.Today(hs.o.Now())
	if d.Before(today) {
		return today
	}
	return d
}

// firstForm is what the form of the first brief begins with. Of a visit it takes the days, who
// comes, and which part they play, in words of ours: what a team writes about its own visit is not
// for a factory.
func (hs *hosts) firstForm(ctx context.Context, team, person string, v *visit.Visit) form {
	p := hs.directory.printer(ctx, team, person)
	book := hs.letters.Load()
	purposes := []string{hostPurpose(v.Purpose)}
	f := form{
		visit.HostPurposes: strings.Join(purposes, "\n"), visit.HostTransport: string(visit.OwnCar), fieldLunch: nothingSaid,
		visit.HostArrival: book.ArrivalOn(v.First).Line(), visit.HostDeparture: book.DepartureOn(v.Last).Line(),
		fieldSay: strings.Join(hostSay(), "\n"), visit.HostReplyBy: hs.before(v, 7).String(),
	}
	for i, d := range book.Agenda(purposes, hostDays(v)) {
		f[visit.HostAgendaOn(i)] = d.Text()
	}
	f[fieldTicked] = strings.Join(phraseValues(hs.asked(purposes, "")), "\n")
	var lines []string
	for _, t := range hs.visits.travellers(ctx, p, team, v.People) {
		lines = append(lines, hostPerson(book, &t))
	}
	f[visit.HostPeople] = strings.Join(lines, "\n")
	if to, err := hs.access.addressee(ctx, team, person, &v.Work); err == nil { // else they type it
		f[visit.HostTo] = to.Both()
	}
	if last, err := hs.o.Store.LastHostOf(ctx, team, person); err == nil {
		f[visit.HostCompany], f[visit.HostContact] = last.Host.Company.Line(), last.Host.Contact.Line()
		return f
	}
	if us, err := hs.api(ctx, team).AuthTestContext(ctx); err == nil {
		f[visit.HostCompany] = us.Team
	}
	if me, err := hs.directory.person(ctx, team, person); err == nil {
		f[visit.HostContact] = me.name
	}
	return f
}

// hostPerson is a line for somebody who comes, with the parts that they play.
func hostPerson(book *letter.Book, t *traveller) string {
	zh, en := []string{t.name}, []string{t.name}
	for _, r := range role.Of(t.role) {
		title := book.RolePhrase(r)
		zh, en = append(zh, title.ZH), append(en, title.EN)
	}
	if len(zh) == 1 {
		return t.name
	}
	return strings.Join(zh, "，") + " | " + strings.Join(en, ", ")
}

// formOf is the form with the last revision in it. Where the visit has other days since, what
// named the old ones by itself names the new ones.
func (hs *hosts) formOf(v *visit.Visit, h *visit.Host) form {
	book := hs.letters.Load()
	f := form{
		visit.HostTo: visit.BilingualLines(h.To), visit.HostPurposes: strings.Join(h.Purposes, "\n"), visit.HostOrder: h.Order,
		visit.HostCompany: h.Company.Line(), visit.HostPeople: visit.BilingualLines(h.People),
		visit.HostArrival: h.Arrival.Line(), visit.HostDeparture: h.Departure.Line(),
		visit.HostTransport: string(h.Transport), visit.HostPickup: h.Pickup.Line(), fieldLunch: h.Lunch,
		visit.HostContact: h.Contact.Line(), visit.HostReplyBy: h.ReplyBy.String(),
	}
	if h.Transport == "" {
		f[visit.HostTransport] = nothingSaid
	}
	if h.Lunch == "" {
		f[fieldLunch] = nothingSaid
	}
	if h.Arrival == book.ArrivalOn(h.First) {
		f[visit.HostArrival] = book.ArrivalOn(v.First).Line()
	}
	if h.Departure == book.DepartureOn(h.Last) {
		f[visit.HostDeparture] = book.DepartureOn(v.Last).Line()
	}
	if today := v.Today(hs.o.Now()); h.ReplyBy.Before(today) || h.First != v.First {
		f[visit.HostReplyBy] = hs.before(v, 7).String()
	}
	usual := book.Agenda(h.Purposes, hostDays(v))
	for i := range hostDays(v) {
		d := usual[i]
		if i < len(h.Days) && (h.First == v.First && h.Last == v.Last || i+1 < len(h.Days)) {
			d = h.Days[i]
		}
		f[visit.HostAgendaOn(i)] = d.Text()
	}
	asked := phraseValues(hs.asked(h.Purposes, v.Purpose))
	var ticked []string
	var more []visit.Bilingual
	for _, p := range h.Prepare {
		if slices.Contains(asked, p.ZH) {
			ticked = append(ticked, p.ZH)
		} else {
			more = append(more, p)
		}
	}
	f[fieldTicked], f[visit.HostPrepare] = strings.Join(ticked, "\n"), visit.BilingualLines(more)
	var diets []string
	more = nil
	for _, p := range h.Diet {
		if i := slices.IndexFunc(letter.Diets(), func(id string) bool { return book.DietPhrase(id) == p }); i >= 0 {
			diets = append(diets, letter.Diets()[i])
		} else {
			more = append(more, p)
		}
	}
	f[fieldDiets], f[visit.HostDiet] = strings.Join(diets, "\n"), visit.BilingualLines(more)
	var sizes, say []string
	for _, n := range h.Shoes {
		sizes = append(sizes, strconv.Itoa(n))
	}
	for id, yes := range map[string]bool{sayPhotos: h.Photos, saySafety: h.Safety, sayNoAlcohol: h.NoAlcohol, sayNoGifts: h.NoGifts} {
		if yes {
			say = append(say, id)
		}
	}
	f[visit.HostShoes], f[fieldSay] = strings.Join(sizes, ", "), strings.Join(say, "\n")
	return f
}

// asked is what a host can be asked to prepare: by the checklists that go with the purposes that
// it is told, then by that of the visit's own.
func (hs *hosts) asked(purposes []string, own string) (all []knowledge.HostPhrase) {
	templates, err := hs.guide.Load().Templates()
	if err != nil { // whoever loaded them has said so
		return nil
	}
	var ids []string
	for _, id := range purposes {
		p, _ := letter.PurposeOf(id)
		ids = append(ids, p.From...)
	}
	for _, id := range append(ids, own) {
		t, ok := templates.Template(id)
		if !ok {
			continue
		}
		for _, h := range t.HostPhrases() {
			if !slices.ContainsFunc(all, func(o knowledge.HostPhrase) bool { return o.Chinese == h.Chinese }) {
				all = append(all, h)
			}
		}
	}
	return all
}

// phraseValues are what tells the boxes of what is to be prepared apart.
func phraseValues(hs []knowledge.HostPhrase) (vs []string) {
	for _, h := range hs {
		vs = append(vs, h.Chinese)
	}
	return vs
}

// host reads the form. The error has all its mistakes at once, but for those of [visit.Host.Check].
func (hs *hosts) host(v *visit.Visit, f form) (*visit.Host, error) {
	var errs visit.InputErrors
	book := hs.letters.Load()
	h := &visit.Host{
		Purposes: f.list(visit.HostPurposes), Order: chars.Line(f[visit.HostOrder]), First: v.First, Last: v.Last, Ready: hs.before(v, 3),
		Company: visit.ParseBilingual(f[visit.HostCompany]), People: visit.ParseBilinguals(f[visit.HostPeople]),
		Arrival: visit.ParseBilingual(f[visit.HostArrival]), Departure: visit.ParseBilingual(f[visit.HostDeparture]),
		Contact: visit.ParseBilingual(f[visit.HostContact]),
	}
	for line := range strings.Lines(chars.Prose(f[visit.HostTo])) {
		if to := visit.Forms(strings.TrimSpace(line)); !to.IsZero() {
			h.To = append(h.To, to)
		}
	}
	switch t := visit.Transport(f[visit.HostTransport]); t {
	case visit.PickUp:
		h.Pickup = visit.ParseBilingual(f[visit.HostPickup])
		fallthrough
	case visit.OwnCar:
		h.Transport = t
	}
	for i := range hostDays(v) {
		d, err := visit.ParseHostDay(i, f[visit.HostAgendaOn(i)])
		errs.Collect(err)
		h.Days = append(h.Days, d)
	}
	ticked := f.list(fieldTicked)
	for _, p := range hs.asked(h.Purposes, v.Purpose) {
		if slices.Contains(ticked, p.Chinese) {
			h.Prepare = append(h.Prepare, visit.Bilingual{EN: p.English, ZH: p.Chinese})
		}
	}
	h.Prepare = append(h.Prepare, visit.ParseBilinguals(f[visit.HostPrepare])...)
	say := f.list(fieldSay)
	h.Photos, h.Safety = slices.Contains(say, sayPhotos), slices.Contains(say, saySafety)
	h.NoAlcohol, h.NoGifts = slices.Contains(say, sayNoAlcohol), slices.Contains(say, sayNoGifts)
	var err error
	h.Shoes, err = visit.ParseShoes(f[visit.HostShoes])
	errs.Collect(err)
	if slices.Contains(letter.Lunches(), f[fieldLunch]) {
		h.Lunch = f[fieldLunch]
	}
	for _, id := range letter.Diets() {
		if slices.Contains(f.list(fieldDiets), id) {
			h.Diet = append(h.Diet, book.DietPhrase(id))
		}
	}
	h.Diet = append(h.Diet, visit.ParseBilinguals(f[visit.HostDiet])...)
	if f[visit.HostReplyBy] != "" {
		if h.ReplyBy, err = civil.Parse(f[visit.HostReplyBy]); err != nil {
			errs.Collect(visit.Invalid(visit.HostReplyBy, "Please pick a day."))
		}
	}
	errs.Collect(h.Check(v.Today(hs.o.Now())))
	if len(errs) == 0 {
		errs.Collect(hs.tooLongAgain(v, h))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return h, nil
}

// tooLongAgain reports fields that Slack would not take when the form is opened with h in it: what
// was typed is tidied, and gets a little longer by it.
func (hs *hosts) tooLongAgain(v *visit.Visit, h *visit.Host) error {
	var errs visit.InputErrors
	for field, text := range hs.formOf(v, h) {
		if n := len([]rune(text)); n > mostTyped && field != fieldTicked {
			errs.Collect(visit.Invalid(field, "That is %d characters; please use at most %d.", n, mostTyped))
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// mostTyped is how many characters Slack takes in a field.
const mostTyped = 3_000

// A hostForm is the form on its way into a modal.
type hostForm struct {
	*hosts
	p    blocks.Printer
	v    *visit.Visit
	f    form
	last *visit.HostBrief // the last revision; nil where there is none
	kept bool             // f is a draft
}

// repurpose has the form follow its purposes, which were others before: what nobody has changed in
// the agenda, and what goes with a purpose.
func (hf *hostForm) repurpose(before []string) {
	book := hf.letters.Load()
	now := hf.f.list(visit.HostPurposes)
	was, is := book.Agenda(before, hostDays(hf.v)), book.Agenda(now, hostDays(hf.v))
	for i := range is {
		field := visit.HostAgendaOn(i)
		if d, err := visit.ParseHostDay(i, hf.f[field]); err == nil && d.Text() == was[i].Text() {
			hf.f[field] = is[i].Text()
		}
	}
	added := slices.DeleteFunc(slices.Clone(now), func(id string) bool { return slices.Contains(before, id) })
	offered := phraseValues(hf.asked(now, hf.v.Purpose))
	ticked := append(hf.f.list(fieldTicked), phraseValues(hf.asked(added, ""))...)
	hf.f[fieldTicked] = strings.Join(slices.DeleteFunc(offered, func(v string) bool { return !slices.Contains(ticked, v) }), "\n")
}

// boxes are boxes to be ticked.
func boxes(action string, ticked []string, options ...*slack.OptionBlockObject) *slack.CheckboxGroupsBlockElement {
	e := slack.NewCheckboxGroupsBlockElement(action, options...)
	for _, o := range options {
		if slices.Contains(ticked, o.Value) {
			e.InitialOptions = append(e.InitialOptions, o)
		}
	}
	return e
}

// radio are choices of which one is made.
func radio(chosen string, options ...*slack.OptionBlockObject) *slack.RadioButtonsBlockElement {
	e := slack.NewRadioButtonsBlockElement(blocks.InputAction, options...)
	for _, o := range options {
		if o.Value == chosen {
			e.InitialOption = o
		}
	}
	return e
}

// modal is the form.
func (hf *hostForm) modal(about meta) *modal {
	p := hf.p
	m := &modal{id: modalHost, title: p.T("Host brief"), submit: p.T("Make host brief"), close: p.T("Cancel"), meta: about}
	m.blocks = append(m.blocks, hf.head()...)
	m.blocks = append(m.blocks, hf.whoFields()...)
	m.blocks = append(m.blocks, hf.travelFields()...)
	m.blocks = append(m.blocks, hf.agendaFields()...)
	m.blocks = append(m.blocks, hf.prepareFields()...)
	m.blocks = append(m.blocks, hf.mannerFields()...)
	return m
}

// head says what the form is about, and how it is written.
func (hf *hostForm) head() (bs []slack.Block) {
	p := hf.p
	bs = append(bs, blocks.Note(blocks.Escape(p.Details(hf.v.Title(p.Printer), blocks.Days(p, hf.v.First, hf.v.Last)))),
		blocks.Note(p.M("What you write here goes to the factory. Write both languages in a line with | between: 检验 | inspection. A line without Chinese is left out of the Chinese, and I name it.")))
	if hf.v.Factory.Contacts != "" {
		bs = append(bs, blocks.Note(p.M("Contacts at the factory, for you: %s", blocks.Clip(blocks.OneLine(hf.v.Factory.Contacts), 300))))
	}
	if hf.kept {
		bs = append(bs, blocks.Note(p.M("Filled in with what you entered last time.")))
	}
	if hf.last == nil {
		return bs
	}
	b := hf.last
	bs = append(bs, blocks.Note(p.M("Revision %d was made by %s on %s. What you change makes revision %d.", b.Revision, blocks.Mention(b.Made.By), blocks.Time(p, b.Made.At.In(zoneOr(hf.v.ChannelZone)), "2 January 2006"), b.Revision+1)))
	if b.Host.First != hf.v.First || b.Host.Last != hf.v.Last {
		bs = append(bs, blocks.Note(p.M("The visit has other days since then. Please look at arrival, departure, agenda and the day of the answer.")))
	}
	return append(bs, blocks.Actions(blocks.Button(actHostAgain, hostRevision(b), p.T("Send revision %d again", b.Revision))))
}

func (hf *hostForm) text(field, label, example string, multiline bool) *slack.InputBlock {
	return blocks.Input(field, label, bounded(blocks.TextInput(hf.f[field], example, multiline), mostTyped))
}

func (hf *hostForm) whoFields() []slack.Block {
	p, book := hf.p, hf.letters.Load()
	var purposes []*slack.OptionBlockObject
	for _, o := range letter.Purposes() {
		purposes = append(purposes, both(o.ID, book.PurposePhrase(o.ID)))
	}
	return []slack.Block{
		blocks.Hinted(hf.text(visit.HostTo, p.T("Who it is for"), "王总 / Mr Wang", true), p.T("One per line, as you address them: 王总 / Mr Wang.")),
		blocks.Refilling(blocks.Input(visit.HostPurposes, p.T("What the visit is for, as the host may know it"), boxes(string(actRefresh), hf.f.list(visit.HostPurposes), purposes...))),
		blocks.Optional(hf.text(visit.HostOrder, p.T("Number of the order, if it may be named"), "4512", false)),
		hf.text(visit.HostCompany, p.T("Your company, in Chinese too"), "Acme 照明公司（德国柏林） | Acme Lighting, Berlin", false),
		blocks.Hinted(hf.text(visit.HostPeople, p.T("Who is coming"), "陈女士（Mia Chen），采购经理 | Ms Mia Chen, purchasing manager", true), p.T("One per line: name, title, language.")),
	}
}

// both is a choice that reads in both languages.
func both(value string, b visit.Bilingual) *slack.OptionBlockObject {
	o := blocks.Option(blocks.Subject(value), blocks.Clip(b.ZH, 75))
	o.Description = blocks.Plain(blocks.Clip(b.EN, 75))
	return o
}

func (hf *hostForm) travelFields() []slack.Block {
	p := hf.p
	return []slack.Block{
		blocks.Optional(hf.text(visit.HostArrival, p.T("Arrival"), "3月14日晚到宁波 | evening of 14 March in Ningbo", false)),
		blocks.Optional(hf.text(visit.HostDeparture, p.T("Departure"), "16日16:30离厂 | leaving on 16 March at 16:30", false)),
		blocks.Input(visit.HostTransport, p.T("How you get to the factory"), radio(hf.f[visit.HostTransport],
			blocks.Option(blocks.Subject(visit.OwnCar), p.T("By our own car")), blocks.Option(blocks.Subject(visit.PickUp), p.T("Please pick us up")), blocks.Option(nothingSaid, p.T("Say nothing about it")))),
		blocks.Optional(hf.text(visit.HostPickup, p.T("Where and when to pick you up"), "15日8:30 君悦酒店 | 15 March, 8:30, Grand Hyatt", false)),
	}
}

func (hf *hostForm) agendaFields() (bs []slack.Block) {
	p := hf.p
	for i := range hostDays(hf.v) {
		label := p.T("Agenda, %s", blocks.OnDay(p, hf.v.First.AddDays(i)))
		in := hf.text(visit.HostAgendaOn(i), label, "9:30 检验 | inspection", true)
		hf.reset(in)
		bs = append(bs, blocks.Optional(in))
	}
	if days := hf.v.Last.Sub(hf.v.First) + 1; days > visit.MaxHostDays {
		bs = append(bs, blocks.Note(p.M("The visit has %d days; the brief has an agenda for the first %d.", days, visit.MaxHostDays)))
	}
	return bs
}

// reset gives an input that follows the purposes another action id with other purposes: Slack
// keeps what stands in it where the id is the same.
func (hf *hostForm) reset(in *slack.InputBlock) {
	id := blocks.InputAction + "." + strings.Join(hf.f.list(visit.HostPurposes), ".")
	switch e := in.Element.(type) {
	case *slack.PlainTextInputBlockElement:
		e.ActionID = id
	case *slack.CheckboxGroupsBlockElement:
		e.ActionID = id
	}
}

func (hf *hostForm) prepareFields() (bs []slack.Block) {
	p := hf.p
	h := &visit.Host{First: hf.v.First, Last: hf.v.Last, Ready: hf.before(hf.v, 3)}
	var options []*slack.OptionBlockObject
	for _, a := range hf.asked(hf.f.list(visit.HostPurposes), hf.v.Purpose) {
		o := both(a.Chinese, letter.Prepared(visit.Bilingual{EN: a.English, ZH: a.Chinese}, h))
		options = append(options, o)
	}
	n := 0
	for group := range slices.Chunk(options, boxesAGroup) {
		n++
		label := p.T("What the factory is asked to prepare")
		if n > 1 {
			label = p.T("What the factory is asked to prepare, %d", n)
		}
		in := blocks.Input(fieldTicked+strconv.Itoa(n), label, boxes(blocks.InputAction, hf.f.list(fieldTicked), group...))
		hf.reset(in)
		bs = append(bs, blocks.Optional(in))
	}
	return append(bs, blocks.Hinted(blocks.Optional(hf.text(visit.HostPrepare, p.T("What else to prepare"), "模具清单 | the list of moulds", true)), p.T("One per line.")))
}

func (hf *hostForm) mannerFields() []slack.Block {
	p, book := hf.p, hf.letters.Load()
	var diets, say []*slack.OptionBlockObject
	for _, id := range letter.Diets() {
		diets = append(diets, both(id, book.DietPhrase(id)))
	}
	for _, s := range []struct{ id, words string }{
		{sayPhotos, p.T("We photograph only our product")}, {saySafety, p.T("Ask for safety shoes and goggles")},
		{sayNoAlcohol, p.T("No alcohol during work")}, {sayNoGifts, p.T("Inspectors take no gifts")},
	} {
		say = append(say, blocks.Option(blocks.Subject(s.id), s.words))
	}
	lunch := radio(hf.f[fieldLunch], blocks.Option(nothingSaid, p.T("As the agenda says")), blocks.Option("canteen", p.T("In the canteen is welcome")), blocks.Option("own", p.T("We take care of it ourselves")))
	return []slack.Block{
		blocks.Input(fieldLunch, p.T("Lunch"), lunch),
		blocks.Optional(blocks.Input(fieldDiets, p.T("What people eat"), boxes(blocks.InputAction, hf.f.list(fieldDiets), diets...))),
		blocks.Optional(hf.text(visit.HostDiet, p.T("What else about food"), "两位同事吃素 | two vegetarians", true)),
		blocks.Optional(blocks.Input(fieldSay, p.T("Say this too"), boxes(blocks.InputAction, hf.f.list(fieldSay), say...))),
		blocks.Optional(hf.text(visit.HostShoes, p.T("Sizes of safety shoes"), "42, 39, 37", false)),
		blocks.Hinted(hf.text(visit.HostContact, p.T("Whom the factory can call"), "陈女士，手机／微信：+49 … | Ms Chen, +49 …", false), p.T("Name and number, as the factory sees them.")),
		blocks.Hinted(blocks.Input(visit.HostReplyBy, p.T("Please answer by"), blocks.DayInput(p, hf.f[visit.HostReplyBy])), p.T("The factory is asked: does the time suit, whom to call, where is the gate? The answers come on the checklist.")),
	}
}
