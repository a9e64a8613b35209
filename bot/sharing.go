package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// How a checklist is shown and shared out: which of its items, page by page, a milestone's items
// to one person at once, and the form in which an item gets other words, a day or a place.

// A listState is how somebody looks at a checklist. The modal carries it from one request to the
// next.
type listState struct {
	Show visit.Show `json:"s,omitempty"`
	// Kept are the items that somebody acted on since they chose what to see: these stay where
	// they are, ticked or given away, so that it can be undone.
	Kept []int `json:"k,omitempty"`
	// Round counts what changed the pickers other than by picking: those of a new round have
	// other ids, for Slack goes on showing what was picked in the old ones.
	Round int `json:"r,omitempty"`
}

// mostKept bounds what a modal carries.
const mostKept = 60

// keep keeps an item where it is shown.
func (l *listState) keep(id int) {
	l.Kept = append(l.Kept[max(0, len(l.Kept)-mostKept+1):len(l.Kept):len(l.Kept)], id)
}

// A listView is a page of a checklist as somebody looks at it.
type listView struct {
	listState
	reader string
	page   int
}

func (c click) listView() listView { return listView{c.meta.List, c.user, c.meta.Page} }

func (s submission) listView() listView { return listView{s.meta.List, s.user, s.meta.Page} }

// action is the id of a picker in this round.
func (v listView) action(id blocks.ActionID) blocks.ActionID {
	if v.Round == 0 {
		return id
	}
	return id.With(strconv.Itoa(v.Round))
}

// showSubject is what a button carries that opens only some items of a checklist.
func showSubject(s visit.Subject, show visit.Show) blocks.Subject {
	if show == visit.ShowAll {
		return blocks.Subject(s)
	}
	return blocks.Subject(string(s) + "|" + string(show))
}

// cutShow undoes showSubject.
func cutShow(s blocks.Subject) (visit.Subject, visit.Show) {
	about, show, _ := strings.Cut(string(s), "|")
	return visit.Subject(about), pickedShow(blocks.Subject(show))
}

// seen is who looks at a checklist today, for its rules.
func (wd *wording) seen(a visit.Appointment, reader string) visit.View {
	first, last := a.Days()
	return visit.View{Reader: reader, First: first, Last: last, Today: wd.today(&a.Common().Place).here}
}

// shown are the items that somebody sees.
func (wd *wording) shown(a visit.Appointment, v listView) (items []visit.Item) {
	by := wd.seen(a, v.reader)
	kept := make(map[int]bool, len(v.Kept))
	for _, id := range v.Kept {
		kept[id] = true
	}
	for _, i := range a.Common().Items {
		if by.Shown(&i, v.Show) || kept[i.ID] && !i.Removed {
			items = append(items, i)
		}
	}
	return items
}

// showLabel names what somebody sees, with how many items that are.
func showLabel(p blocks.Printer, show visit.Show, n int) string {
	switch show {
	case visit.ShowMine:
		return p.T("Mine (%d)", n)
	case visit.ShowOpen:
		return p.T("Open (%d)", n)
	case visit.ShowLate:
		return p.T("Late (%d)", n)
	case visit.ShowUnowned:
		return p.T("Nobody's (%d)", n)
	}
	return p.T("All items (%d)", n)
}

// nothingShown says that there is no item of those that somebody wants to see.
func nothingShown(p blocks.Printer, show visit.Show) string {
	switch show {
	case visit.ShowMine:
		return p.T("No item is yours. To take one, show all items and pick yourself beside it.")
	case visit.ShowOpen:
		return p.T("Nothing is open.")
	case visit.ShowLate:
		return p.T("Nothing is late.")
	case visit.ShowUnowned:
		return p.T("Every open item has somebody who will do it.")
	}
	return p.T("This checklist is empty. Add what your team mustn't forget.")
}

// showMenu chooses which items are shown.
func (wd *wording) showMenu(a visit.Appointment, v listView) slack.BlockElement {
	by := wd.seen(a, v.reader)
	var options []*slack.OptionBlockObject
	var chosen *slack.OptionBlockObject
	for _, show := range visit.Shows() {
		n := 0
		for _, i := range a.Common().Items {
			if by.Shown(&i, show) {
				n++
			}
		}
		value := blocks.Subject(show)
		if show == visit.ShowAll {
			value = "all" // Slack takes no empty value
		}
		o := blocks.Option(value, showLabel(wd.p, show, n))
		options = append(options, o)
		if show == v.Show {
			chosen = o
		}
	}
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, blocks.Plain(wd.p.T("Which items?")), string(actFilter), options...)
	menu.InitialOption = chosen
	return menu
}

// pickedShow reads a choice of the menu. What it does not know is everything.
func pickedShow(value blocks.Subject) visit.Show {
	if slices.Contains(visit.Shows(), visit.Show(value)) {
		return visit.Show(value)
	}
	return visit.ShowAll
}

// checklist is one page of the checklist of a visit or an inspection. notice says what just
// happened, where it was not what the person expected.
func (wd *wording) checklist(a visit.Appointment, v listView, notice string) *modal {
	m := &modal{id: modalList, title: wd.p.T("Checklist"), meta: meta{About: blocks.Subject(a.Subject()), List: v.listState}}
	list := a.Common().Items
	items := wd.shown(a, v)
	pages := max((len(items)+pageItems-1)/pageItems, 1)
	page := min(max(v.page, 0), pages-1)
	m.meta.Page = page
	head := wd.p.M("%s · %s", a.Title(wd.p.Printer), list.Progress().Words(wd.p.Printer))
	if pages > 1 {
		head = wd.p.M("%s · %s · page %d of %d", a.Title(wd.p.Printer), list.Progress().Words(wd.p.Printer), page+1, pages)
	}
	m.blocks = append(m.blocks, blocks.Note(head))
	if list.Progress() != (visit.Progress{}) {
		m.blocks = append(m.blocks, slack.NewActionBlock("show", wd.showMenu(a, v)))
	}
	if notice != "" {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(notice)))
	}
	if len(items) == 0 {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(nothingShown(wd.p, v.Show))))
	}
	for n := page * pageItems; n < min(len(items), (page+1)*pageItems); n++ {
		i := items[n]
		if n == page*pageItems || items[n-1].Milestone != i.Milestone {
			m.blocks = append(m.blocks, blocks.Header(blocks.Sentence(milestoneLabel(wd.p, a, i.Milestone))))
			m.blocks = append(m.blocks, wd.giveBlocks(list, i.Milestone, v)...)
		}
		m.blocks = append(m.blocks, wd.itemBlocks(a, &i, v)...)
	}
	m.blocks = append(m.blocks, slack.NewDividerBlock(), slack.NewActionBlock("pages", wd.pageButtons(a, items, page, pages)...))
	return m
}

// giveBlocks give what nobody has taken of a milestone to one person.
func (wd *wording) giveBlocks(list visit.Checklist, ms visit.Milestone, v listView) []slack.Block {
	n := len(list.Unowned(ms))
	if n == 0 {
		return nil
	}
	label := wd.p.T("Give the item that nobody has taken to …")
	if n > 1 {
		label = wd.p.T("Give all %d that nobody has taken to …", n)
	}
	picker := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(label), string(v.action(actGive)))
	return []slack.Block{slack.NewActionBlock(fmt.Sprintf("give-%d", int(ms)), picker)}
}

// pageButtons turn the pages of a list, and add to it.
func (wd *wording) pageButtons(a visit.Appointment, items []visit.Item, page, pages int) (nav []slack.BlockElement) {
	if page > 0 {
		nav = append(nav, blocks.Button(actPage.With("back"), blocks.Subject(strconv.Itoa(page-1)), wd.p.T("Previous page")))
	}
	if page < pages-1 {
		nav = append(nav, blocks.Button(actPage.With("on"), blocks.Subject(strconv.Itoa(page+1)), wd.p.T("Next page")))
	}
	nav = append(nav, blocks.Button(actAdd, blocks.Subject(a.Subject()), wd.p.T("Add item")))
	var options []*slack.OptionBlockObject
	for n, i := range items {
		if len(options) < blocks.MaxOptions && (n == 0 || items[n-1].Milestone != i.Milestone) {
			options = append(options, blocks.Option(blocks.Subject(fmt.Sprintf("%d.%d", n/pageItems, int(i.Milestone))), blocks.Sentence(i.Milestone.Label(wd.p.Printer))))
		}
	}
	if len(options) > 1 && pages > 1 {
		nav = append(nav, blocks.Menu(actPage.With("go"), wd.p.T("Go to …"), options))
	}
	return nav
}

// itemDay says by when an open item is to be done, where its heading does not.
func (wd *wording) itemDay(a visit.Appointment, i *visit.Item, v listView) string {
	day := blocks.ShortDay(wd.p, i.DueDay(a.Days()))
	switch {
	case wd.seen(a, v.reader).Late(i):
		return wd.p.T("Late: was due %s", day)
	case !i.Due.IsZero():
		return wd.p.T("By %s", day)
	}
	return ""
}

// give gives what nobody has taken of a milestone to one person.
func give(l *visit.Checklist, milestone int, c click, _ time.Time) (bool, error) {
	return c.chosen != "" && l.AssignAll(visit.Milestone(milestone), c.chosen) > 0, nil
}

// The fields of an item's form that the one for a new item has not.
const (
	fieldPlace = "place" // where it stands among those of its milestone
	fieldStays = "keep"  // whether it stays with who has it
)

// What fieldStays can be.
const (
	keepOwner = "stays"
	freeItem  = "nobody"
)

// ownDay is the day of an item's form; none where it has none.
func (v values) ownDay() (d civil.Date, err error) {
	if v.day(fieldDue) == "" {
		return d, nil
	}
	if d, err = civil.Parse(v.day(fieldDue)); err != nil {
		return d, visit.Invalid(fieldDue, "Please pick a day.")
	}
	return d, nil
}

// editForm is the form in which an item gets other words, a day or a place.
func (wd *wording) editForm(a visit.Appointment, i *visit.Item, about blocks.Subject, now *channelNow) *modal {
	m := &modal{id: modalEditItem, title: wd.p.T("Edit item"), submit: wd.p.T("Save item"), meta: meta{About: about}}
	place, of := a.Common().Items.Place(i.ID)
	m.meta.Shown = []string{i.Text, i.Due.String(), strconv.Itoa(place)}
	m.blocks = []slack.Block{
		blocks.Note(blocks.Escape(a.Title(wd.p.Printer))),
		blocks.Input(fieldItem, wd.p.T("What needs to be done?"), blocks.TextInput(i.Text, "", false)),
	}
	if i.Original != "" {
		m.blocks = append(m.blocks, blocks.Note(wd.p.M("It came with the checklist as “%s”.", i.Original)))
	}
	if now.ForAll() {
		m.blocks = append(m.blocks, readersInput(wd.p, now))
	}
	due := blocks.ShortDay(wd.p, i.Milestone.DueDay(a.Days()))
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Optional(blocks.Input(fieldDue, wd.p.T("A day of its own"), blocks.DayInput(wd.p, i.Due.String()))),
		wd.p.T("Without one, it is due with its milestone, by %s.", due)))
	if i.Owner != "" { // a picker of people can't be emptied
		stays := blocks.Option(keepOwner, wd.p.T("It stays with who has it"))
		keep := slack.NewRadioButtonsBlockElement(blocks.InputAction, stays, blocks.Option(freeItem, wd.p.T("Nobody, for now")))
		keep.InitialOption = stays
		m.blocks = append(m.blocks, blocks.Input(fieldStays, wd.p.T("Who will do it?"), keep))
	}
	if of > 1 {
		var options []*slack.OptionBlockObject
		for n := 1; n <= of; n++ {
			options = append(options, blocks.Option(blocks.Subject(strconv.Itoa(n)), wd.p.T("%d of %d", n, of)))
		}
		m.blocks = append(m.blocks, blocks.Input(fieldPlace, blocks.Clip(wd.p.T("Place on the list, %s", i.Milestone.Label(wd.p.Printer)), 150), blocks.Choice(wd.p, blocks.InputAction, wd.p.T("Pick a place"), strconv.Itoa(place), options)))
	}
	return m
}

// editItem opens the form of an item over the checklist.
func (cl *checklists) editItem(ctx context.Context, c click) error {
	p := cl.access.directory.printerNow(c.team, c.user)
	s, id := cutItem(c.about)
	return cl.replies.open(ctx, opening{c.caller, actEditItem, c.about, p.T("Edit item")}, func(ctx context.Context, team string) (*modal, error) {
		a, err := cl.access.appointment(ctx, team, c.user, s)
		if err != nil {
			return nil, err
		}
		i, err := a.Common().Items.Find(id)
		if err != nil {
			return nil, err
		}
		m := cl.words(p, "").editForm(a, i, c.about, cl.access.readBy(ctx, a.Common()))
		m.meta.Root, m.meta.Page, m.meta.List = c.view, c.meta.Page, c.meta.List
		return m, nil
	})
}

// submitEdit changes of an item what was changed in its form, and leaves the rest as colleagues
// may have made it meanwhile.
func (cl *checklists) submitEdit(ctx context.Context, s submission) ([]byte, error) {
	about, id := cutItem(s.meta.About)
	if err := cl.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	due, err := s.values.ownDay()
	if err != nil {
		return nil, err
	}
	if len(s.meta.Shown) != 3 {
		return nil, fmt.Errorf("the form of an item shows %d fields", len(s.meta.Shown))
	}
	text, place := s.values.text(fieldItem), s.values.picked(fieldPlace)
	owner, now := "", cl.o.Now()
	_, err = cl.changeWork(ctx, s.changing(cl.o.Store), s.team, about, now, func(w *visit.Work, l *visit.Checklist) error {
		i, err := l.Find(id)
		if err != nil {
			return err
		}
		owner = i.Owner
		var wrong visit.InputErrors
		if text != s.meta.Shown[0] {
			_, err := l.Reword(id, text, s.values.picked(fieldReaders) == readersEveryone)
			wrong.Collect(err)
		}
		if due.String() != s.meta.Shown[1] {
			_, err := l.SetDue(id, due, w.Today(now))
			wrong.Collect(err)
		}
		if len(wrong) > 0 {
			return wrong
		}
		if s.values.picked(fieldStays) == freeItem {
			if _, err := l.Assign(id, ""); err != nil {
				return err
			}
		}
		if n, err := strconv.Atoi(place); err == nil && place != s.meta.Shown[2] {
			_, err := l.Move(id, n)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	cl.live.changed(s.team, about, s.user, owner)
	s.meta.List.keep(id)
	cl.redrawBelow(s, about)
	return nil, nil
}
