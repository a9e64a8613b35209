package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// checklists are the checklists of visits and inspections: the modal that shows one,
// and what is done to its items.
type checklists struct {
	*core
	access  *access
	replies *replies
	words   *wording
	live    *live
}

// The verbs of checklists. Those of an item carry "visit/12:7", the item's id after
// the colon.
const (
	actChecklist blocks.ActionID = "checklist"
	actPage      blocks.ActionID = "page"
	actAdd       blocks.ActionID = "add-item"
	actDone      blocks.ActionID = "done"
	actUndo      blocks.ActionID = "undo"
	actOwner     blocks.ActionID = "owner"
	actSkip      blocks.ActionID = "skip"
	actRemove    blocks.ActionID = "remove"
)

// pageItems is how many items one page of a checklist shows: each takes two
// blocks of the hundred that a modal may have, and a page should not be endless.
const pageItems = 12

// itemSubject is what the controls of an item carry: "visit/12:7".
func itemSubject(s visit.Subject, id int) blocks.Subject {
	return blocks.Subject(fmt.Sprintf("%s:%d", s, id))
}

// cutItem undoes itemSubject.
func cutItem(s blocks.Subject) (visit.Subject, int) {
	about, id, _ := strings.Cut(string(s), ":")
	n, _ := strconv.Atoi(id)
	return visit.Subject(about), n
}

// open opens a checklist at the page with the first open item.
func (cl *checklists) open(ctx context.Context, c click) error {
	return cl.replies.open(ctx, c.trigger, cl.p.T("Checklist"), func(ctx context.Context) (*modal, error) {
		a, err := cl.access.appointment(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		page := 0
		for n, i := range standing(a.Common().Items) {
			if i.Open() {
				page = n / pageItems
				break
			}
		}
		return cl.words.checklist(a, page, ""), nil
	})
}

// standing are the items that are on the list.
func standing(items visit.Checklist) []visit.Item {
	var out []visit.Item
	for _, i := range items {
		if !i.Removed {
			out = append(out, i)
		}
	}
	return out
}

// checklist is one page of the checklist of a visit or an inspection. notice says what just happened,
// where it was not what the person expected.
func (wd *wording) checklist(a visit.Appointment, page int, notice string) *modal {
	m := &modal{id: modalList, title: wd.p.T("Checklist"), meta: meta{About: blocks.Subject(a.Subject())}}
	list := a.Common().Items
	items := standing(list)
	pages := max((len(items)+pageItems-1)/pageItems, 1)
	page = min(max(page, 0), pages-1)
	m.meta.Page = page
	done, all := list.Progress()
	head := wd.p.M("%s · %d of %d done", a.Title(wd.p.Printer), done, all)
	if pages > 1 {
		head = wd.p.M("%s · %d of %d done · page %d of %d", a.Title(wd.p.Printer), done, all, page+1, pages)
	}
	m.blocks = append(m.blocks, blocks.Note(head))
	if notice != "" {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(notice)))
	}
	if len(items) == 0 {
		m.blocks = append(m.blocks, blocks.Section(wd.p.M("This checklist is empty. Add what your team mustn't forget.")))
	}
	for n := page * pageItems; n < min(len(items), (page+1)*pageItems); n++ {
		i := items[n]
		if n == page*pageItems || items[n-1].Milestone != i.Milestone {
			m.blocks = append(m.blocks, blocks.Header(blocks.Sentence(milestoneLabel(wd.p, a, i.Milestone))))
		}
		m.blocks = append(m.blocks, itemBlocks(wd.p, a.Subject(), &i)...)
	}
	var nav []slack.BlockElement
	if page > 0 {
		nav = append(nav, blocks.Button(actPage.With("back"), blocks.Subject(strconv.Itoa(page-1)), wd.p.T("Previous page")))
	}
	if page < pages-1 {
		nav = append(nav, blocks.Button(actPage.With("on"), blocks.Subject(strconv.Itoa(page+1)), wd.p.T("Next page")))
	}
	nav = append(nav, blocks.Button(actAdd, blocks.Subject(a.Subject()), wd.p.T("Add item")))
	if ms := list.Milestones(); len(ms) > 1 && pages > 1 {
		var options []*slack.OptionBlockObject
		for _, ms := range ms {
			for n, i := range items {
				if i.Milestone == ms {
					options = append(options, blocks.Option(blocks.Subject(fmt.Sprintf("%d.%d", n/pageItems, int(ms))), blocks.Sentence(ms.Label(wd.p.Printer))))
					break
				}
			}
		}
		nav = append(nav, blocks.Menu(actPage.With("go"), wd.p.T("Go to …"), options))
	}
	m.blocks = append(m.blocks, slack.NewDividerBlock(), blocks.Actions(nav...))
	return m
}

// milestoneLabel says in words when the items of a milestone are due.
func milestoneLabel(p blocks.Printer, a visit.Appointment, m visit.Milestone) string {
	first, last := a.Days()
	switch {
	case m == 0 && first != last:
		return p.T("on the visit days, %s to %s", blocks.ShortDay(p, first), blocks.ShortDay(p, last))
	case m == 0:
		return p.T("%s, %s", m.Label(p.Printer), blocks.ShortDay(p, last))
	}
	return p.T("%s, by %s", m.Label(p.Printer), blocks.ShortDay(p, a.DueDay(m)))
}

// itemBlocks are an item and what can be done with it.
func itemBlocks(p blocks.Printer, s visit.Subject, i *visit.Item) []slack.Block {
	about := itemSubject(s, i.ID)
	id := fmt.Sprintf("item-%d", i.ID)
	line := blocks.Escape(i.Text)
	if !i.Open() {
		line = "~" + blocks.Markup(strings.ReplaceAll(string(line), "~", "∼")) + "~"
		when := blocks.Time(p, i.Done.At, "2 January")
		if i.Skipped != "" {
			line += "\n" + p.M("Does not apply, says %s on %s: %s", blocks.Mention(i.Done.By), when, i.Skipped)
		} else {
			line += "\n" + p.M("Done by %s on %s", blocks.Mention(i.Done.By), when)
		}
		return []slack.Block{
			blocks.Section(line),
			slack.NewActionBlock(id, blocks.Button(actUndo, about, p.T("Reopen item"))),
		}
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Who will do it?")), string(actOwner))
	owner.InitialUser = i.Owner
	es := []slack.BlockElement{blocks.Button(actDone, about, p.T("Done")), owner, blocks.Button(actSkip, about, p.T("Does not apply"))}
	if len(i.Entries) > 0 {
		es = append(es, blocks.Button(actHelp, guide.EntrySubject(i.Entries[0]), p.T("How to")))
	}
	if i.Custom {
		es = append(es, blocks.Button(actRemove, about, p.T("Remove item")))
	}
	return []slack.Block{blocks.Section(line), slack.NewActionBlock(id, es...)}
}

// An itemChange does to one item what a button says, and reports whether that changed
// it.
type itemChange func(l *visit.Checklist, id int, c click, now time.Time) (bool, error)

func tick(l *visit.Checklist, id int, c click, now time.Time) (bool, error) {
	return l.Tick(id, c.user, now)
}

func reopen(l *visit.Checklist, id int, _ click, _ time.Time) (bool, error) { return l.Reopen(id) }

func assign(l *visit.Checklist, id int, c click, _ time.Time) (bool, error) {
	return l.Assign(id, c.chosen)
}

func remove(l *visit.Checklist, id int, _ click, _ time.Time) (bool, error) {
	return true, l.Remove(id)
}

// change does something to one item and shows the checklist as it is then.
func (cl *checklists) change(do itemChange) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		s, id := c.item()
		if err := cl.access.checkAccess(ctx, c.team, c.user, s); err != nil {
			return cl.replies.sayError(ctx, c, "find a checklist", err)
		}
		if c.on == guide.InModal { // from the change to the drawing, so that the last change is drawn last
			defer cl.locks.lock("view/" + c.view)()
		}
		a, notice, err := cl.changeItem(ctx, c, s, id, do)
		if err != nil {
			return cl.replies.sayError(ctx, c, "change a checklist", err)
		}
		return cl.afterItem(ctx, c, a, notice)
	}
}

// item is the item that a control is about.
func (c click) item() (visit.Subject, int) {
	if c.verb != actOwner {
		return cutItem(c.about)
	}
	id, _ := strconv.Atoi(strings.TrimPrefix(c.block, "item-")) // a picker has no value: its block says which item
	return visit.Subject(c.meta.About), id
}

// changeItem changes one item. notice says what happened where it was not what the
// person expected.
func (cl *checklists) changeItem(ctx context.Context, c click, s visit.Subject, id int, do itemChange) (a visit.Appointment, notice string, err error) {
	now := cl.o.Now()
	did, owner := false, ""
	a, err = cl.changeItems(ctx, c.team, s, now, func(l *visit.Checklist) error {
		old, err := l.Find(id)
		if err != nil {
			return err
		}
		owner = old.Owner
		if did, err = do(l, id, c, now); err == nil && !did && c.verb == actDone && old.Done.By != c.user {
			notice = cl.p.T("A colleague has already ticked this.")
		}
		return err
	})
	var input *visit.InputError
	switch {
	case err == nil && did:
		cl.live.changed(c.team, s, c.user, owner, c.chosen)
		return a, notice, nil
	case err == nil:
		return a, notice, nil
	case errors.Is(err, visit.ErrNotFound):
		notice = cl.p.T("That item is no longer on the checklist.")
	case errors.As(err, &input):
		notice = input.Words(cl.p.Printer)
	default:
		return nil, "", err
	}
	if c.on == guide.InModal { // which shows the list as it is
		a, err = cl.o.Store.Appointment(ctx, c.team, s)
		return a, notice, err
	}
	return nil, notice, nil
}

// changeItems changes a checklist and returns what it belongs to, as it is then.
func (cl *checklists) changeItems(ctx context.Context, team string, s visit.Subject, now time.Time, change func(*visit.Checklist) error) (visit.Appointment, error) {
	return cl.o.Store.ChangeAppointment(ctx, team, s, now, func(a visit.Appointment) error {
		items, err := a.OpenChecklist()
		if err != nil {
			return err
		}
		return change(items)
	})
}

// afterItem shows where somebody clicked what became of the item: the checklist, the Home
// tab, or no more than a notice.
func (cl *checklists) afterItem(ctx context.Context, c click, a visit.Appointment, notice string) error {
	switch {
	case c.on == guide.InModal:
		return cl.replies.redraw(ctx, c.view, cl.words.checklist(a, c.meta.Page, notice))
	case c.on == guide.Home:
		return cl.live.openHome(ctx, c.team, c.user)
	case notice != "":
		return cl.replies.replyPrivately(ctx, c, blocks.Said(notice))
	}
	return nil
}

// turnPage shows another page of the checklist in its place.
func (cl *checklists) turnPage(ctx context.Context, c click) error {
	number, _, _ := strings.Cut(string(c.about), ".")
	page, _ := strconv.Atoi(number)
	defer cl.locks.lock("view/" + c.view)()
	a, err := cl.access.appointment(ctx, c.team, c.user, visit.Subject(c.meta.About))
	if err != nil {
		return cl.replies.sayError(ctx, c, "find a checklist", err)
	}
	return cl.replies.redraw(ctx, c.view, cl.words.checklist(a, page, ""))
}

// The fields of an item's form.
const (
	fieldItem      = "item"
	fieldMilestone = "milestone"
	fieldOwner     = "owner"
	fieldReason    = "reason"
)

// itemForm is the form for an item of the team's own.
func (wd *wording) itemForm(a visit.Appointment, words string) *modal {
	m := &modal{id: modalAdd, title: wd.p.T("Add item"), submit: wd.p.T("Add item"), meta: meta{About: blocks.Subject(a.Subject())}}
	var options []*slack.OptionBlockObject
	initial := ""
	today := a.Common().Today(wd.o.Now())
	for _, ms := range a.Milestones(&wd.o.Timing) {
		v := strconv.Itoa(int(ms))
		if initial == "" && !a.DueDay(ms).Before(today) {
			initial = v
		}
		options = append(options, blocks.Option(blocks.Subject(v), blocks.Sentence(ms.Label(wd.p.Printer))+", "+blocks.ShortDay(wd.p, a.DueDay(ms))))
	}
	if initial == "" {
		initial = options[len(options)-1].Value
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(wd.p.T("Who will do it?")), blocks.InputAction)
	m.blocks = []slack.Block{
		blocks.Note(blocks.Escape(a.Title(wd.p.Printer))),
		blocks.Input(fieldItem, wd.p.T("What needs to be done?"), blocks.TextInput(blocks.Clip(words, visit.MaxItem), wd.p.T("Ask for the calibration certificates"), false)),
		blocks.Input(fieldMilestone, wd.p.T("By when?"), blocks.Choice(wd.p, blocks.InputAction, wd.p.T("Pick a milestone"), initial, options)),
		blocks.Optional(blocks.Input(fieldOwner, wd.p.T("Who will do it?"), owner)),
	}
	return m
}

// addItem opens the form for an item: over the checklist, or by itself.
func (cl *checklists) addItem(ctx context.Context, c click) error {
	if c.on == guide.InModal {
		a, err := cl.access.appointment(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return cl.replies.sayError(ctx, c, "find a checklist", err)
		}
		m := cl.words.itemForm(a, "")
		m.meta.Root, m.meta.Page = c.view, c.meta.Page
		return cl.replies.push(ctx, c.trigger, m)
	}
	return cl.replies.open(ctx, c.trigger, cl.p.T("Add item"), func(ctx context.Context) (*modal, error) {
		a, err := cl.access.appointment(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		return cl.words.itemForm(a, ""), nil
	})
}

// submitItem puts an item on the list.
func (cl *checklists) submitItem(ctx context.Context, s submission) ([]byte, error) {
	about := visit.Subject(s.meta.About)
	if err := cl.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(s.values.picked(fieldMilestone))
	owner := s.values.user(fieldOwner)
	_, err := cl.changeItems(ctx, s.team, about, cl.o.Now(), func(l *visit.Checklist) error {
		_, err := l.Add(visit.Item{Milestone: visit.Milestone(n), Text: s.values.text(fieldItem), Owner: owner})
		return err
	})
	if err != nil {
		return nil, err
	}
	cl.live.changed(s.team, about, s.user, owner)
	cl.redrawBelow(s, about)
	return nil, nil
}

// redrawBelow draws the checklist below a form that was sent off.
func (cl *checklists) redrawBelow(s submission, about visit.Subject) {
	if s.meta.Root == "" {
		return
	}
	cl.replies.later("draw a checklist again", "", func(ctx context.Context) error {
		defer cl.locks.lock("view/" + s.meta.Root)()
		a, err := cl.o.Store.Appointment(ctx, s.team, about)
		if err != nil {
			return err
		}
		return cl.replies.redraw(ctx, s.meta.Root, cl.words.checklist(a, s.meta.Page, ""))
	})
}

// skipItem asks why an item does not apply.
func (cl *checklists) skipItem(ctx context.Context, c click) error {
	s, id := cutItem(c.about)
	m := &modal{id: modalSkip, title: cl.p.T("Does not apply"), submit: cl.p.T("Mark item"), meta: meta{About: c.about, Root: c.view, Page: c.meta.Page}}
	if a, err := cl.access.appointment(ctx, c.team, c.user, s); err != nil {
		return cl.replies.sayError(ctx, c, "find a checklist", err)
	} else if i, err := a.Common().Items.Find(id); err == nil {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(i.Text)))
	}
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldReason, cl.p.T("Why doesn't it apply?"), blocks.TextInput("", cl.p.T("We already own the mould"), false)), cl.p.T("Your colleagues will see this on the checklist.")))
	return cl.replies.push(ctx, c.trigger, m)
}

// submitSkip marks an item as not applicable.
func (cl *checklists) submitSkip(ctx context.Context, s submission) ([]byte, error) {
	about, id := cutItem(s.meta.About)
	if err := cl.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := cl.o.Now()
	_, err := cl.changeItems(ctx, s.team, about, now, func(l *visit.Checklist) error {
		_, err := l.Skip(id, s.values.text(fieldReason), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	cl.live.changed(s.team, about, s.user)
	cl.redrawBelow(s, about)
	return nil, nil
}
