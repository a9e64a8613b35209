package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"visitprep/internal/guide"

	"visitprep/internal/blocks"

	"github.com/slack-go/slack"

	"visitprep/internal/visit"
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

// openChecklist opens a checklist at the page with the first open item.
func (b *Bot) openChecklist(ctx context.Context, c click) error {
	return b.open(ctx, c.trigger, b.p.T("Checklist"), func(ctx context.Context) (*modal, error) {
		a, err := b.appointment(ctx, c.team, c.user, visit.Subject(c.about))
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
		return b.checklist(a, page, ""), nil
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
func (b *Bot) checklist(a visit.Appointment, page int, notice string) *modal {
	m := &modal{id: modalList, title: b.p.T("Checklist"), meta: meta{About: blocks.Subject(a.Subject())}}
	list := a.Common().Items
	items := standing(list)
	pages := max((len(items)+pageItems-1)/pageItems, 1)
	page = min(max(page, 0), pages-1)
	m.meta.Page = page
	done, all := list.Progress()
	head := blocks.Escape(a.Title()) + " · " + blocks.Escape(b.p.T("%d of %d done", done, all))
	if pages > 1 {
		head += blocks.Escape(b.p.T(" · page %d of %d", page+1, pages))
	}
	m.blocks = append(m.blocks, blocks.Note(head))
	if notice != "" {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(notice)))
	}
	if len(items) == 0 {
		m.blocks = append(m.blocks, blocks.Section(b.p.M("Nothing is on this list yet. Add what your team should not forget.")))
	}
	for n := page * pageItems; n < min(len(items), (page+1)*pageItems); n++ {
		i := items[n]
		if n == page*pageItems || items[n-1].Milestone != i.Milestone {
			m.blocks = append(m.blocks, blocks.Header(blocks.Sentence(milestoneLabel(b.p, a, i.Milestone))))
		}
		m.blocks = append(m.blocks, itemBlocks(b.p, a.Subject(), &i)...)
	}
	var nav []slack.BlockElement
	if page > 0 {
		nav = append(nav, blocks.Button(actPage.With("back"), blocks.Subject(strconv.Itoa(page-1)), b.p.T("Previous page")))
	}
	if page < pages-1 {
		nav = append(nav, blocks.Button(actPage.With("on"), blocks.Subject(strconv.Itoa(page+1)), b.p.T("Next page")))
	}
	nav = append(nav, blocks.Button(actAdd, blocks.Subject(a.Subject()), b.p.T("Add item")))
	if ms := list.Milestones(); len(ms) > 1 && pages > 1 {
		var options []*slack.OptionBlockObject
		for _, ms := range ms {
			for n, i := range items {
				if i.Milestone == ms {
					options = append(options, blocks.Option(blocks.Subject(fmt.Sprintf("%d.%d", n/pageItems, int(ms))), blocks.Sentence(ms.Label())))
					break
				}
			}
		}
		nav = append(nav, blocks.Menu(actPage.With("go"), b.p.T("Go to …"), options))
	}
	m.blocks = append(m.blocks, slack.NewDividerBlock(), blocks.Actions(nav...))
	return m
}

// milestoneLabel says in words when the items of a milestone are due.
func milestoneLabel(p blocks.Printer, a visit.Appointment, m visit.Milestone) string {
	first, last := a.Days()
	switch {
	case m == 0 && first != last:
		return p.T("on the days, %s to %s", blocks.ShortDay(first), blocks.ShortDay(last))
	case m == 0:
		return m.Label() + ", " + blocks.ShortDay(last)
	}
	return p.T("%s, by %s", m.Label(), blocks.ShortDay(a.DueDay(m)))
}

// itemBlocks are an item and what can be done with it.
func itemBlocks(p blocks.Printer, s visit.Subject, i *visit.Item) []slack.Block {
	about := itemSubject(s, i.ID)
	id := fmt.Sprintf("item-%d", i.ID)
	line := blocks.Escape(i.Text)
	if !i.Open() {
		line = "~" + blocks.Markup(strings.ReplaceAll(string(line), "~", "∼")) + "~"
		when := p.T(" on %s", i.Done.At.Format("2 January"))
		if i.Skipped != "" {
			line += p.M("\nDoes not apply, says %s%s: %s", blocks.Mention(i.Done.By), when, i.Skipped)
		} else {
			line += p.M("\nDone by %s%s", blocks.Mention(i.Done.By), when)
		}
		return []slack.Block{
			blocks.Section(line),
			slack.NewActionBlock(id, blocks.Button(actUndo, about, p.T("Open again"))),
		}
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Who does it?")), string(actOwner))
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

// actHelp shows the advice that explains an item, over the checklist.
const actHelp blocks.ActionID = "how-to"

// showHow lays the advice over the checklist.
func (b *Bot) showHow(ctx context.Context, c click) error {
	k := b.book.Load()
	m := &modal{title: b.p.T("How to")}
	if e, ok := k.Base.Entry(strings.TrimPrefix(string(c.about), "advice/")); ok {
		m.blocks = k.Full(e).Blocks
	} else {
		m.blocks = gone(b.p, k, guide.Private).Blocks[:1]
	}
	return b.push(ctx, c.trigger, m)
}

// onItem does something to one item and shows the checklist as it is then.
func (b *Bot) onItem(ctx context.Context, c click) error {
	s, id := cutItem(c.about)
	if c.verb == actOwner { // a picker has no value: its block says which item
		s = visit.Subject(c.meta.About)
		id, _ = strconv.Atoi(strings.TrimPrefix(c.block, "item-"))
	}
	if err := b.checkAccess(ctx, c.team, c.user, s); err != nil {
		return b.sayError(ctx, c, "find a checklist", err)
	}
	if c.on == guide.InModal { // from the change to the drawing, so that the last change is drawn last
		defer b.locks.lock("view/" + c.view)()
	}
	now := b.o.Now()
	notice, did, owner := "", false, ""
	a, err := b.changeItems(ctx, c.team, s, now, func(l *visit.Checklist) error {
		old, err := l.Find(id)
		if err != nil {
			return err
		}
		owner = old.Owner
		if did, err = changeItem(l, id, c, now); err == nil && !did && c.verb == actDone && old.Done.By != c.user {
			notice = b.p.T("A colleague was faster: that item is done already.")
		}
		return err
	})
	var input *visit.InputError
	switch {
	case err == nil && did:
		b.changed(c.team, s, c.user, owner, c.chosen)
	case err == nil:
	case errors.Is(err, visit.ErrNotFound):
		notice = b.p.T("That item is no longer on the list.")
	case errors.As(err, &input):
		notice = input.Words(b.p.Printer)
	default:
		return b.sayError(ctx, c, "change a checklist", err)
	}
	if err != nil && c.on == guide.InModal {
		if a, err = b.o.Store.Appointment(ctx, c.team, s); err != nil {
			return b.sayError(ctx, c, "find a checklist", err)
		}
	}
	return b.afterItem(ctx, c, a, notice)
}

// afterItem shows where somebody clicked what became of the item: the checklist, the Home
// tab, or no more than a notice.
func (b *Bot) afterItem(ctx context.Context, c click, a visit.Appointment, notice string) error {
	switch {
	case c.on == guide.InModal:
		return b.redraw(ctx, c.view, b.checklist(a, c.meta.Page, notice))
	case c.on == guide.Home:
		return b.openHome(ctx, c.team, c.user)
	case notice != "":
		m := new(blocks.Message)
		m.Say(notice)
		return b.whisperTo(ctx, c, m)
	}
	return nil
}

// changeItem does to one item what a button says, and reports whether that changed it.
func changeItem(l *visit.Checklist, id int, c click, now time.Time) (bool, error) {
	switch c.verb {
	case actDone:
		return l.Tick(id, c.user, now)
	case actUndo:
		return l.Reopen(id)
	case actOwner:
		return l.Assign(id, c.chosen)
	case actRemove:
		return true, l.Remove(id)
	}
	return false, fmt.Errorf("%q is nothing that is done to an item", blocks.Clip(string(c.verb), 100))
}

// turnPage shows another page of the checklist in its place.
func (b *Bot) turnPage(ctx context.Context, c click) error {
	number, _, _ := strings.Cut(string(c.about), ".")
	page, _ := strconv.Atoi(number)
	defer b.locks.lock("view/" + c.view)()
	a, err := b.appointment(ctx, c.team, c.user, visit.Subject(c.meta.About))
	if err != nil {
		return b.sayError(ctx, c, "find a checklist", err)
	}
	return b.redraw(ctx, c.view, b.checklist(a, page, ""))
}

// sayError tells the person who clicked what was wrong, where they look.
func (b *Bot) sayError(ctx context.Context, c click, what string, err error) error {
	m := b.sorryFor(what, err)
	if c.on == guide.InModal {
		return b.redraw(ctx, c.view, &modal{title: b.p.T("Visit Prep"), blocks: m.Blocks})
	}
	return b.whisperTo(ctx, c, m)
}

// whisperTo shows m to the person who clicked alone, and leaves what they clicked on.
func (b *Bot) whisperTo(ctx context.Context, c click, m *blocks.Message) error {
	if c.on == guide.Home || c.url == "" {
		return b.post(ctx, c.user, "", m)
	}
	return b.respond(ctx, c.url, blocks.Response{Message: m, ThreadTS: c.threadTS}.Encode())
}

// The fields of an item's form.
const (
	fieldItem      = "item"
	fieldMilestone = "milestone"
	fieldOwner     = "owner"
	fieldReason    = "reason"
)

// itemForm is the form for an item of the team's own.
func (b *Bot) itemForm(a visit.Appointment, words string) *modal {
	m := &modal{id: modalAdd, title: b.p.T("Add item"), submit: b.p.T("Add item"), meta: meta{About: blocks.Subject(a.Subject())}}
	var options []*slack.OptionBlockObject
	initial := ""
	today := a.Common().Today(b.o.Now())
	for _, ms := range a.Milestones(&b.o.Timing) {
		v := strconv.Itoa(int(ms))
		if initial == "" && !a.DueDay(ms).Before(today) {
			initial = v
		}
		options = append(options, blocks.Option(blocks.Subject(v), blocks.Sentence(ms.Label())+", "+blocks.ShortDay(a.DueDay(ms))))
	}
	if initial == "" {
		initial = options[len(options)-1].Value
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(b.p.T("Who does it?")), blocks.InputAction)
	m.blocks = []slack.Block{
		blocks.Note(blocks.Escape(a.Title())),
		blocks.Input(fieldItem, b.p.T("What is to be done?"), blocks.TextInput(blocks.Clip(words, visit.MaxItem), b.p.T("Ask for the calibration certificates"), false)),
		blocks.Input(fieldMilestone, b.p.T("By when?"), blocks.Choice(b.p, blocks.InputAction, b.p.T("Pick a milestone"), initial, options)),
		blocks.Optional(blocks.Input(fieldOwner, b.p.T("Who does it?"), owner)),
	}
	return m
}

// addItem opens the form for an item: over the checklist, or by itself.
func (b *Bot) addItem(ctx context.Context, c click) error {
	if c.on == guide.InModal {
		a, err := b.appointment(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return b.sayError(ctx, c, "find a checklist", err)
		}
		m := b.itemForm(a, "")
		m.meta.Root, m.meta.Page = c.view, c.meta.Page
		return b.push(ctx, c.trigger, m)
	}
	return b.open(ctx, c.trigger, b.p.T("Add item"), func(ctx context.Context) (*modal, error) {
		a, err := b.appointment(ctx, c.team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		return b.itemForm(a, ""), nil
	})
}

// submitItem puts an item on the list.
func (b *Bot) submitItem(ctx context.Context, s submission) ([]byte, error) {
	about := visit.Subject(s.meta.About)
	if err := b.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(s.values.picked(fieldMilestone))
	owner := s.values.user(fieldOwner)
	_, err := b.changeItems(ctx, s.team, about, b.o.Now(), func(l *visit.Checklist) error {
		_, err := l.Add(visit.Item{Milestone: visit.Milestone(n), Text: s.values.text(fieldItem), Owner: owner})
		return err
	})
	if err != nil {
		return nil, err
	}
	b.changed(s.team, about, s.user, owner)
	b.redrawRoot(s, about)
	return nil, nil
}

// redrawRoot draws the checklist below a form that was sent off.
func (b *Bot) redrawRoot(s submission, about visit.Subject) {
	if s.meta.Root == "" {
		return
	}
	b.later("draw a checklist again", "", func(ctx context.Context) error {
		defer b.locks.lock("view/" + s.meta.Root)()
		a, err := b.o.Store.Appointment(ctx, s.team, about)
		if err != nil {
			return err
		}
		return b.redraw(ctx, s.meta.Root, b.checklist(a, s.meta.Page, ""))
	})
}

// skipItem asks why an item does not apply.
func (b *Bot) skipItem(ctx context.Context, c click) error {
	s, id := cutItem(c.about)
	m := &modal{id: modalSkip, title: b.p.T("Does not apply"), submit: b.p.T("Mark item"), meta: meta{About: c.about, Root: c.view, Page: c.meta.Page}}
	if a, err := b.appointment(ctx, c.team, c.user, s); err != nil {
		return b.sayError(ctx, c, "find a checklist", err)
	} else if i, err := a.Common().Items.Find(id); err == nil {
		m.blocks = append(m.blocks, blocks.Section(blocks.Escape(i.Text)))
	}
	m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldReason, b.p.T("Why does it not apply?"), blocks.TextInput("", b.p.T("The mould is ours already"), false)), b.p.T("Your colleagues read it on the checklist.")))
	return b.push(ctx, c.trigger, m)
}

// submitSkip marks an item as not applicable.
func (b *Bot) submitSkip(ctx context.Context, s submission) ([]byte, error) {
	about, id := cutItem(s.meta.About)
	if err := b.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := b.o.Now()
	_, err := b.changeItems(ctx, s.team, about, now, func(l *visit.Checklist) error {
		_, err := l.Skip(id, s.values.text(fieldReason), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	b.changed(s.team, about, s.user)
	b.redrawRoot(s, about)
	return nil, nil
}
