package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// factories are the factories that a workspace knows: their list and their form.
type factories struct {
	*core
	directory *directory
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
	var found []visit.Factory
	for _, f := range all {
		if strings.Contains(strings.ToLower(f.Name+"\n"+f.Chinese+"\n"+f.City), strings.ToLower(words)) {
			found = append(found, f)
		}
	}
	return found
}

// list is a page of the factories that the workspace knows.
func (fs *factories) list(ctx context.Context, team, person, words string, from int) (*blocks.Message, error) {
	if !fs.directory.insider(ctx, team, person) {
		return nil, errNotYours
	}
	all, err := fs.o.Store.Factories(ctx, team)
	if err != nil {
		return nil, err
	}
	found := matches(all, words)
	m := new(blocks.Message)
	m.Title(fs.p.T("Factories"))
	switch {
	case len(all) == 0:
		m.Say(fs.p.T("There are no factories yet. Plan a visit or schedule an inspection to add one."))
		return m, nil
	case len(found) == 0:
		m.Say(fs.p.T("No factory has %q in its name or city.", blocks.Clip(words, 80)))
		return m, nil
	}
	from = min(max(from, 0), len(found)-1)
	for _, f := range found[from:min(len(found), from+pageRows)] {
		line := blocks.Bold(f.Name)
		for _, part := range []string{f.Chinese, f.City} {
			if part != "" {
				line += "\n" + blocks.Escape(part)
			}
		}
		if f.Address == "" {
			line += "\n" + blocks.Escape(fs.p.T("No address for the driver yet"))
		}
		m.Add(slack.NewSectionBlock(blocks.Mrkdwn(line), nil, slack.NewAccessory(blocks.Button(actFactory, factorySubject(f.Number), fs.p.T("Edit factory")))))
		m.Text.Line(factoryLabel(&f))
	}
	var es []slack.BlockElement
	if from > 0 {
		es = append(es, blocks.Button(actFactories.With("back"), blocks.Subject(fmt.Sprintf("%d:%s", max(0, from-pageRows), words)), fs.p.T("Previous factories")))
	}
	if from+pageRows < len(found) {
		es = append(es, blocks.Button(actFactories.With("on"), blocks.Subject(fmt.Sprintf("%d:%s", from+pageRows, words)), fs.p.T("More factories")))
	}
	if len(es) > 0 {
		m.Add(blocks.Actions(es...))
	}
	return m, nil
}

// editClick opens the form of a factory.
func (fs *factories) editClick(ctx context.Context, c click) error {
	return fs.replies.open(ctx, c.trigger, fs.p.T("Edit factory"), func(ctx context.Context) (*modal, error) {
		if !fs.directory.insider(ctx, c.team, c.user) {
			return nil, errNotYours
		}
		f, err := fs.o.Store.Factory(ctx, c.team, factoryNumber(c.about))
		if err != nil {
			return nil, err
		}
		return factoryModal(fs.p, &f), nil
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
	if !fs.directory.insider(ctx, s.team, s.user) {
		return nil, errNotYours
	}
	f := s.values.form(form{})
	_, err := fs.change(ctx, s.team, s.user, factoryNumber(s.meta.About), func(o *visit.Factory) {
		o.Name, o.Chinese, o.City, o.Address, o.Contacts = f[fieldName], f[fieldChinese], f[fieldCity], f[fieldAddress], f[fieldContact]
	})
	return nil, err
}

// change changes a factory and brings the cards that show it up to date.
func (fs *factories) change(ctx context.Context, team, person string, number int, change func(*visit.Factory)) (visit.Factory, error) {
	f, err := fs.o.Store.ChangeFactory(ctx, team, number, func(f *visit.Factory) error { change(f); return nil })
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
	all, err := fs.o.Store.Factories(ctx, q.team)
	if err == nil && q.rest != "" && len(matches(all, q.rest)) == 0 {
		return nil, errOtherwise
	}
	return fs.list(ctx, q.team, q.user, q.rest, 0)
}

func (fs *factories) listClick(ctx context.Context, c click) error {
	from, words, _ := strings.Cut(string(c.about), ":")
	n, err := strconv.Atoi(from)
	if err != nil {
		return fmt.Errorf("read the button of a list of factories: %w", err)
	}
	m, err := fs.list(ctx, c.team, c.user, words, n)
	return fs.replies.answerClick(ctx, c, fs.replies.orApology("list factories", m, err))
}

// removed takes factories out of the menus, or offers them again.
func (fs *factories) removed(yes bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		if !fs.directory.insider(ctx, c.team, c.user) {
			return fs.replies.sayError(ctx, c, "change a factory", errNotYours)
		}
		f, err := fs.change(ctx, c.team, c.user, factoryNumber(c.about), func(f *visit.Factory) { f.Removed = yes })
		if err != nil {
			return fs.replies.sayError(ctx, c, "change a factory", err)
		}
		return fs.replies.redraw(ctx, c.view, factoryModal(fs.p, &f))
	}
}

// complete completes the factory of a form: one that is recorded is read.
func (fs *factories) complete(ctx context.Context, team string, f visit.Factory) (visit.Factory, error) {
	if f.Number > 0 {
		return fs.o.Store.Factory(ctx, team, f.Number)
	}
	f.Workspace = team
	f.Normalize()
	return f, nil
}
