package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// factories are the factories that a workspace knows: their list and their form.
type factories struct {
	*core
	directory *directory
	access    *access
	replies   *replies
	live      *live
}

// The verbs of factories.
const (
	actFactories     blocks.ActionID = "factories"      // list them: "20:bright" is from the 20th on, those like "bright"
	actFactory       blocks.ActionID = "factory"        // open the form of one
	actFactoryRemove blocks.ActionID = "remove-factory" // out of the menus
	actFactoryBack   blocks.ActionID = "restore-factory"
)

// modalFactory is the form of a factory. Its fields are those of a new factory in
// the form of a visit.
const modalFactory modalID = "factory"

func factorySubject(number int) blocks.Subject {
	return blocks.Subject("factory/" + strconv.Itoa(number))
}

// factoryNumber undoes factorySubject.
func factoryNumber(s blocks.Subject) int { return visit.Subject(s).Number() }

// matches are the factories whose name or city contains words.
func matches(all []visit.Factory, words string) []visit.Factory {
	plain := func(s string) string { return strings.ToLower(chars.ASCII(s)) }
	var found []visit.Factory
	for _, f := range all {
		if strings.Contains(plain(f.Name+"\n"+f.Chinese+"\n"+f.City), plain(words)) {
			found = append(found, f)
		}
	}
	return found
}

// visible are those of some factories with which a colleague's channels have something
// to do, and those with which nobody's have.
func (fs *factories) visible(ctx context.Context, team, person string, all []visit.Factory) ([]visit.Factory, error) {
	theirs, err := fs.directory.channelsOf(ctx, team, person)
	if err != nil {
		return nil, err
	}
	channels, err := fs.o.Store.FactoryChannels(ctx, team)
	if err != nil {
		return nil, err
	}
	own, err := fs.ofOwn(ctx, team, person)
	if err != nil {
		return nil, err
	}
	var seen []visit.Factory
	for _, f := range all {
		in := channels[f.Number]
		if len(in) == 0 || own[f.Number] || slices.ContainsFunc(in, func(c string) bool { return slices.Contains(theirs, c) }) {
			seen = append(seen, f)
		}
	}
	return seen, nil
}

// ofOwn are the factories of what is a person's own and stands in a closed channel.
func (fs *factories) ofOwn(ctx context.Context, team, person string) (own map[int]bool, err error) {
	closed, err := fs.o.Store.ClosedChannels(ctx, team)
	if err != nil || len(closed) == 0 {
		return nil, err
	}
	f := store.Filter{Channels: []string{}, Own: person, Cancelled: true}
	own = map[int]bool{}
	vs, err := fs.o.Store.Visits(ctx, team, f)
	if err != nil {
		return nil, err
	}
	for _, v := range vs {
		own[v.Factory.Number] = true
	}
	is, err := fs.o.Store.Inspections(ctx, team, store.InspectionFilter{Filter: f})
	if err != nil {
		return nil, err
	}
	for _, i := range is {
		own[i.Factory.Number] = true
	}
	ps, err := fs.o.Store.Plans(ctx, team, f)
	for _, p := range ps {
		own[p.Factory.Number] = true
	}
	return own, err
}

// knownTo are the factories that a person may know of, by name.
func (fs *factories) knownTo(ctx context.Context, team, person string) ([]visit.Factory, error) {
	all, err := fs.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	return fs.visible(ctx, team, person, all)
}

// here are those of some factories that may be named where somebody stands: in a channel its own.
func (fs *factories) here(ctx context.Context, who caller, all []visit.Factory) ([]visit.Factory, error) {
	if strings.HasPrefix(who.channel, "D") {
		return all, nil
	}
	channels, err := fs.o.Store.FactoryChannels(ctx, who.team)
	return slices.DeleteFunc(all, func(f visit.Factory) bool {
		in := channels[f.Number]
		return len(in) > 0 && !slices.Contains(in, who.channel)
	}), err
}

// factory is one, for a person who may see it.
func (fs *factories) factory(ctx context.Context, team, person string, number int) (visit.Factory, error) {
	f, err := fs.o.Store.Factory(ctx, team, number)
	if err != nil {
		return f, err
	}
	seen, err := fs.visible(ctx, team, person, []visit.Factory{f})
	if err == nil && len(seen) == 0 {
		err = errNotYours
	}
	return f, err
}

// list is a page of the factories that a person may see.
func (fs *factories) list(ctx context.Context, who caller, words string, from int) (*blocks.Message, error) {
	p := fs.directory.printer(ctx, who.team, who.user)
	all, err := fs.knownTo(ctx, who.team, who.user)
	if err != nil {
		return nil, err
	}
	found := matches(all, words)
	m := new(blocks.Message)
	m.Title(p.T("Factories"))
	switch {
	case len(all) == 0:
		m.Say(p.T("There are no factories in your channels yet. Plan a visit or schedule an inspection to add one."))
		return m, nil
	case len(found) == 0:
		m.Say(p.T("No factory has %q in its name or city.", blocks.Clip(words, 80)))
		return m, nil
	}
	names, err := fs.access.namesAt(ctx, who)
	if err != nil {
		return nil, err
	}
	from = min(max(from, 0), len(found)-1)
	for _, f := range found[from:min(len(found), from+pageRows)] {
		addFactory(p, m, &f, names[f.Number])
	}
	if len(found) == 1 {
		if err := fs.addHistory(ctx, m, who, found[0].Number); err != nil {
			return nil, err
		}
	}
	var es []slack.BlockElement
	if len(found) > 1 {
		var options []*slack.OptionBlockObject
		for _, f := range found[from:min(len(found), from+pageRows)] {
			options = append(options, blocks.Option(factorySubject(f.Number), blocks.Clip(factoryLabel(p, &f), 70)))
		}
		es = append(es, blocks.Choice(p, string(actFactoryPage), p.T("Open factory"), "", options))
	}
	if from > 0 {
		es = append(es, blocks.Button(actFactories.With("back"), blocks.Subject(fmt.Sprintf("%d:%s", max(0, from-pageRows), words)), p.T("Previous factories")))
	}
	if from+pageRows < len(found) {
		es = append(es, blocks.Button(actFactories.With("on"), blocks.Subject(fmt.Sprintf("%d:%s", from+pageRows, words)), p.T("More factories")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// addFactory adds a factory, with the names of its contacts, to the list.
func addFactory(p blocks.Printer, m *blocks.Message, f *visit.Factory, people []string) {
	m.Add(slack.NewSectionBlock(blocks.Mrkdwn(factoryLines(p, f, people)), nil, slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), p.T("Edit factory")))))
	m.Text.Line(factoryLabel(p, f))
	for _, part := range []string{f.Address, f.Contacts} {
		if part != "" {
			m.Text.Line(blocks.OneLine(part))
		}
	}
	if len(people) > 0 {
		m.Text.Line(strings.Join(people[:min(len(people), namedContacts)], p.Comma()))
	}
}

// namedContacts is how many contacts the list names of a factory; its page has all.
const namedContacts = 4

// namesAt are the names of the contacts of each factory that a person may know of where they
// stand, by its number.
func (acc *access) namesAt(ctx context.Context, who caller) (map[int][]string, error) {
	cs, _, err := acc.contacts(ctx, who)
	if err != nil {
		return nil, err
	}
	names := map[int][]string{}
	for _, c := range cs {
		name := cmp.Or(strings.TrimSpace(c.Name+" "+c.Chinese), c.Firm)
		if c.Factory > 0 && c.State == visit.ContactKept && name != "" {
			names[c.Factory] = append(names[c.Factory], name)
		}
	}
	return names, nil
}

// factoryLines are what is known of a factory: what a driver reads, and whom to call. people are
// its contacts, beside those that somebody has typed into it.
func factoryLines(p blocks.Printer, f *visit.Factory, people []string) blocks.Markup {
	line := blocks.Bold(f.Name) + "\n" + factoryFacts(p, f)
	switch {
	case len(people) == 0 && f.Contacts == "":
		return line + "\n" + blocks.Escape(p.T("No contacts yet"))
	case len(people) == 0:
		return line
	case f.Contacts == "":
		line += "\n" + blocks.Bold(p.T("Contacts"))
	}
	shown := people[:min(len(people), namedContacts)]
	names := make([]blocks.Markup, len(shown))
	for n, name := range shown {
		names[n] = blocks.Escape(name)
	}
	line += "\n" + p.List(names)
	if more := len(people) - len(shown); more > 0 {
		line += "\n" + p.M("And %d more.", more)
	}
	return line
}

// factoryFacts are the lines below the name.
func factoryFacts(p blocks.Printer, f *visit.Factory) (line blocks.Markup) {
	for _, part := range []string{f.Chinese, f.City} {
		if part != "" {
			line += blocks.Escape(part) + "\n"
		}
	}
	if f.Address == "" {
		line += blocks.Escape(p.T("No address for the driver yet"))
	} else {
		line += blocks.Bold(p.T("For the driver")) + "\n" + blocks.Escape(f.Address)
	}
	if f.Contacts != "" {
		line += "\n" + blocks.Bold(p.T("Contacts")) + "\n" + blocks.Escape(f.Contacts)
	}
	return line
}

// addHistory adds what visits of a factory came to, and the way to the results of its
// inspections.
func (fs *factories) addHistory(ctx context.Context, m *blocks.Message, who caller, number int) error {
	p := fs.directory.printer(ctx, who.team, who.user)
	past, err := fs.access.past(ctx, who, number, pastRows)
	if err != nil {
		return err
	}
	fs.words(p, fs.directory.zoneOf(ctx, who.team, who.user)).addPast(fs.guide.Load().In(p), m, past)
	m.Add(blocks.Actions(blocks.Button(actHistory, historySubject(number, 0), p.T("Inspection results")), blocks.Button(actFactoryPage, factorySubject(number), p.T("Open factory"))))
	return nil
}

// editClick opens the form of a factory.
func (fs *factories) editClick(ctx context.Context, c click) error {
	p := fs.directory.printerNow(c.team, c.user)
	return fs.replies.open(ctx, opening{c.caller, actFactory, c.about, p.T("Edit factory")}, func(ctx context.Context, team string) (*modal, error) {
		p := fs.directory.printer(ctx, team, c.user)
		f, err := fs.factory(ctx, team, c.user, factoryNumber(c.about))
		if err != nil {
			return nil, err
		}
		return factoryModal(p, &f), nil
	})
}

func factoryModal(p blocks.Printer, f *visit.Factory) *modal {
	m := &modal{id: modalFactory, title: p.T("Edit factory"), submit: p.T("Save factory"), meta: meta{About: factorySubject(f.Number)}}
	m.blocks = append(m.blocks, factoryFields(p, form{fieldName: f.Name, fieldChinese: f.Chinese, fieldCity: f.City, fieldAddress: f.Address, fieldContact: f.Contacts})...)
	if f.Removed {
		m.blocks = append(m.blocks, blocks.Note(p.M("This factory is hidden from menus.")), blocks.Actions(blocks.Button(actFactoryBack, factorySubject(f.Number), p.T("Restore factory"))))
		return m
	}
	remove := blocks.Confirmed(blocks.Button(actFactoryRemove, factorySubject(f.Number), p.T("Remove factory")), p.T("Remove this factory?"), p.T("It will no longer appear in menus. Its visits, inspections and results stay, and you can restore it here."), p.T("Keep factory"))
	m.blocks = append(m.blocks, blocks.Actions(remove))
	return m
}

// factoryFields are the inputs for what is known of a factory.
func factoryFields(p blocks.Printer, f form) []slack.Block {
	return []slack.Block{
		blocks.Input(fieldName, p.T("Factory's name"), blocks.TextInput(f[fieldName], p.T("Ningbo Bright Metal Co., Ltd."), false)),
		blocks.Optional(blocks.Input(fieldChinese, p.T("Name in Chinese"), blocks.TextInput(f[fieldChinese], "宁波光明金属制品有限公司", false))),
		blocks.Optional(blocks.Input(fieldCity, p.T("City"), blocks.TextInput(f[fieldCity], p.T("Ningbo"), false))),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldAddress, p.T("Address in Chinese"), blocks.TextInput(f[fieldAddress], "浙江省宁波市…", true))), p.T("For the driver. It appears in the brief.")),
		blocks.Optional(blocks.Input(fieldContact, p.T("Contacts at the factory"), blocks.TextInput(f[fieldContact], p.T("Ms Li, sales, +86 …"), true))),
	}
}

// submit saves the form of a factory.
func (fs *factories) submit(ctx context.Context, s submission) ([]byte, error) {
	if _, err := fs.factory(ctx, s.team, s.user, factoryNumber(s.meta.About)); err != nil {
		return nil, err
	}
	f := s.values.form(form{})
	_, err := fs.change(ctx, s.team, s.user, factoryNumber(s.meta.About), func(o *visit.Factory) {
		o.Name, o.Chinese, o.City, o.Address, o.Contacts = f[fieldName], f[fieldChinese], f[fieldCity], f[fieldAddress], f[fieldContact]
	})
	return nil, err
}

// change changes a factory and brings the cards that show it up to date.
func (fs *factories) change(ctx context.Context, team, person string, number int, change func(*visit.Factory)) (visit.Factory, error) {
	f, err := fs.o.Store.ChangeFactory(ctx, team, number, fs.o.Now(), func(f *visit.Factory) error { change(f); return nil })
	if err != nil {
		return f, err
	}
	place := visit.Place{Zone: f.Zone}
	vs, err := fs.o.Store.Visits(ctx, team, store.Filter{Factory: number, From: place.Today(fs.o.Now())})
	if err != nil {
		return f, err
	}
	for _, v := range vs {
		fs.live.changed(team, v.Subject(), person)
	}
	is, err := fs.o.Store.Inspections(ctx, team, store.InspectionFilter{Open: true, Filter: store.Filter{Factory: number}})
	if err != nil {
		return f, err
	}
	for _, i := range is {
		if i.Card != "" {
			fs.live.changed(team, i.Subject(), person)
		}
	}
	return f, nil
}

// listCommand lists the factories of a name; where there is none, the words are a
// question.
func (fs *factories) listCommand(ctx context.Context, q request) (*blocks.Message, error) {
	all, err := fs.knownTo(ctx, q.team, q.user)
	if err == nil && q.rest != "" && len(matches(all, q.rest)) == 0 {
		return nil, errOtherwise
	}
	return fs.list(ctx, q.caller, q.rest, 0)
}

func (fs *factories) listClick(ctx context.Context, c click) error {
	from, words, _ := strings.Cut(string(c.about), ":")
	n, err := strconv.Atoi(from)
	if err != nil {
		return fmt.Errorf("read the button of a list of factories: %w", err)
	}
	m, err := fs.list(ctx, c.caller, words, n)
	return fs.replies.answerClick(ctx, c, fs.replies.orApologyTo(c.team, c.user, "list factories", m, err))
}

// removed takes factories out of the menus, or offers them again.
func (fs *factories) removed(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := fs.directory.printer(ctx, c.team, c.user)
		if _, err := fs.factory(ctx, c.team, c.user, factoryNumber(c.about)); err != nil {
			return fs.replies.sayError(ctx, c, "change a factory", err)
		}
		f, err := fs.change(ctx, c.team, c.user, factoryNumber(c.about), func(f *visit.Factory) { f.Removed = yes })
		if err != nil {
			return fs.replies.sayError(ctx, c, "change a factory", err)
		}
		return fs.replies.redraw(ctx, p, c.team, c.view, factoryModal(p, &f))
	}
}

// complete completes the factory of a form: one that is recorded is read, if the person may
// know of it; one that may be a site they know is that one, with what the form says besides.
// Where the form says otherwise, the person decides, for what is recorded may be wrong.
func (fs *factories) complete(ctx context.Context, team, person string, f visit.Factory) (visit.Factory, error) {
	if f.Number > 0 {
		return fs.factory(ctx, team, person, f.Number)
	}
	f.Workspace = team
	f.Normalize()
	known, err := fs.knownTo(ctx, team, person)
	if err != nil {
		return f, err
	}
	sites := f.Sites(known)
	switch len(sites) {
	case 0:
		return f, nil
	case 1:
	default:
		return f, f.Several(sites)
	}
	site := sites[0]
	site.Complete(&f)
	var wrong visit.InputErrors
	for _, o := range []struct{ field, typed, recorded string }{{fieldChinese, f.Chinese, site.Chinese}, {fieldContact, f.Contacts, site.Contacts}} {
		if o.typed != "" && o.typed != o.recorded {
			wrong = append(wrong, visit.Invalid(o.field, "This factory is in the list with %s. Pick it from the menu, or enter another city or address if it is another site.", blocks.Clip(o.recorded, 200)))
		}
	}
	if len(wrong) > 0 {
		return f, wrong
	}
	return site, nil
}
