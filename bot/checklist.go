package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// checklists are the checklists of visits and inspections: the modal that shows one,
// and what is done to its items.
type checklists struct {
	*core
	access  *access
	replies *replies
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
	actEditItem  blocks.ActionID = "edit-item" // its words, its day and its place
	actGive      blocks.ActionID = "give"      // to somebody, what nobody has taken of a milestone
	actFilter    blocks.ActionID = "filter"    // which items are shown
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

// open opens a checklist: a part of it from its beginning, the whole at the page with the first
// open item.
func (cl *checklists) open(ctx context.Context, c click) error {
	p := cl.access.directory.printerNow(c.team, c.user)
	return cl.replies.open(ctx, opening{c.caller, actChecklist, c.about, p.T("Checklist")}, func(ctx context.Context, team string) (*modal, error) {
		about, show := cutShow(c.about)
		a, err := cl.access.appointment(ctx, team, c.user, about)
		if err != nil {
			return nil, err
		}
		c.team = team
		cl.live.refresh(ctx, c) // the reminder from which it was opened
		v := listView{listState: listState{Show: show}, reader: c.user}
		if show == visit.ShowAll {
			v.page = max(0, slices.IndexFunc(cl.words(p, "").shown(a, v), func(i visit.Item) bool { return i.Open() })) / pageItems
		}
		return cl.page(ctx, p, a, v, ""), nil
	})
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

// itemBlocks are an item and what can be done with it. They keep their ids as long as the item
// stays as it is, so that Slack leaves the focus where it was.
func (wd *wording) itemBlocks(a visit.Appointment, i *visit.Item, v listView) []slack.Block {
	p := wd.p
	about := itemSubject(a.Subject(), i.ID)
	id := fmt.Sprintf("item-%d", i.ID)
	line := blocks.Escape(i.Text)
	if !i.Open() {
		line = "~" + blocks.Markup(strings.ReplaceAll(string(line), "~", "∼")) + "~"
		when := blocks.Time(p, i.Done.At.In(zoneOr(a.Common().ChannelZone)), "2 January")
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
	if day := wd.itemDay(a, i, v); day != "" {
		line += "\n" + blocks.Escape(day)
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(p.T("Who will do it?")), string(v.action(actOwner)))
	owner.InitialUser = blocks.Person(i.Owner)
	es := []slack.BlockElement{blocks.Button(actDone, about, p.T("Done")), owner, blocks.Button(actSkip, about, p.T("Does not apply"))}
	if i.Milestone >= 0 {
		es = append(es, blocks.Button(actNotRight, about, p.T("Not all right")))
	}
	if len(i.Entries) > 0 {
		es = append(es, blocks.Button(actHelp, guide.EntrySubject(i.Entries[0]), p.T("How to")))
	}
	es = append(es, blocks.Button(actEditItem, about, p.T("Edit item")))
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
		p := cl.access.directory.printer(ctx, c.team, c.user)
		s, id := c.item()
		if err := cl.access.checkAccess(ctx, c.team, c.user, s); err != nil {
			return cl.replies.sayError(ctx, c, "find a checklist", err)
		}
		if c.on == guide.InModal { // from the change to the drawing, so that the last change is drawn last
			defer cl.locks.lock("view/" + inTeam(c.team, c.view))()
		}
		if wrong, err := cl.notOwner(ctx, c.team, s, c.chosen); err != nil {
			return cl.replies.sayError(ctx, c, "look who somebody is", err)
		} else if len(wrong) > 0 {
			return cl.ownerRefused(ctx, c, s, wrong[0].Words(p.Printer))
		}
		a, notice, err := cl.changeItem(ctx, c, s, id, do)
		if err != nil {
			return cl.replies.sayError(ctx, c, "change a checklist", err)
		}
		return cl.afterItem(ctx, c, a, notice)
	}
}

// notOwner says why somebody cannot own an item of s, if they cannot. Who is not in its
// channel would not see it. Where Slack does not say who is, they can.
func (cl *checklists) notOwner(ctx context.Context, team string, s visit.Subject, owner string) (visit.InputErrors, error) {
	if owner == "" {
		return nil, nil
	}
	d := cl.access.directory
	if wrong, err := d.noColleagues(ctx, team, fieldOwner, []string{owner}); err != nil || len(wrong) > 0 {
		return wrong, err
	}
	a, err := cl.o.Store.Appointment(ctx, team, s)
	if err != nil {
		return nil, err
	}
	in := a.Common().Channel
	if err := d.canSee(ctx, team, owner, in); !errors.Is(err, errNotYours) {
		return nil, nil
	}
	if members, err := d.membersOf(ctx, team, in); err != nil || len(members) == 0 {
		return nil, nil
	}
	p, err := d.person(ctx, team, owner)
	c, err2 := d.channel(ctx, team, in)
	if err != nil || err2 != nil || c.name == "" {
		return visit.InputErrors{visit.Invalid(fieldOwner, "That person is not in the channel of this checklist, so they would not see it. Invite them there, or pick somebody else.")}, nil
	}
	return visit.InputErrors{visit.Invalid(fieldOwner, "@%s is not in #%s, so they would not see it. Invite them there, or pick somebody else.", p.name, c.name)}, nil
}

// ownerRefused shows the checklist as it is, and why somebody cannot own an item.
func (cl *checklists) ownerRefused(ctx context.Context, c click, s visit.Subject, why string) error {
	p := cl.access.directory.printer(ctx, c.team, c.user)
	a, err := cl.o.Store.Appointment(ctx, c.team, s)
	if err != nil {
		return cl.replies.sayError(ctx, c, "find a checklist", err)
	}
	v := c.listView()
	v.Round++ // by its old name a picker would go on showing who was picked
	return cl.replies.redraw(ctx, p, c.team, c.view, cl.page(ctx, p, a, v, why))
}

// item is the item that a control is about, or the milestone whose items are given.
func (c click) item() (visit.Subject, int) {
	of := ""
	switch c.verb { // a picker has no value: its block says of what it is
	case actOwner:
		of = "item-"
	case actGive:
		of = "give-"
	default:
		return cutItem(c.about)
	}
	id, _ := strconv.Atoi(strings.TrimPrefix(c.block, of))
	return visit.Subject(c.meta.About), id
}

// changeItem changes one item. notice says what happened where it was not what the
// person expected.
func (cl *checklists) changeItem(ctx context.Context, c click, s visit.Subject, id int, do itemChange) (a visit.Appointment, notice string, err error) {
	p := cl.access.directory.printer(ctx, c.team, c.user)
	now := cl.o.Now()
	did, owner := false, ""
	a, err = cl.changeItems(ctx, cl.o.Store.By(c.user), c.team, s, now, func(l *visit.Checklist) error {
		var err error
		if c.verb == actGive {
			n := len(l.Unowned(visit.Milestone(id)))
			if did, err = do(l, id, c, now); did && n > 1 {
				notice = p.T("%d items have been given.", n)
			}
			return err
		}
		old, err := l.Find(id)
		if err != nil {
			return err
		}
		owner = old.Owner
		if did, err = do(l, id, c, now); err == nil && !did && c.verb == actDone && old.Done.By != c.user {
			notice = p.T("A colleague has already ticked this.")
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
		notice = p.T("That item is no longer on the checklist.")
	case errors.As(err, &input):
		notice = input.Words(p.Printer)
	default:
		return nil, "", err
	}
	if c.on == guide.InModal { // which shows the list as it is
		a, err = cl.o.Store.Appointment(ctx, c.team, s)
		return a, notice, err
	}
	return nil, notice, nil
}

// changeItems changes a checklist in a store and returns what it belongs to, as it is then.
func (cl *checklists) changeItems(ctx context.Context, st *store.Store, team string, s visit.Subject, now time.Time, change func(*visit.Checklist) error) (visit.Appointment, error) {
	return cl.changeWork(ctx, st, team, s, now, func(_ *visit.Work, l *visit.Checklist) error { return change(l) })
}

// changeWork is changeItems for a change that depends on what the checklist belongs to.
func (cl *checklists) changeWork(ctx context.Context, st *store.Store, team string, s visit.Subject, now time.Time, change func(*visit.Work, *visit.Checklist) error) (visit.Appointment, error) {
	return st.ChangeAppointment(ctx, team, s, now, func(a visit.Appointment) error {
		items, err := a.OpenChecklist()
		if err != nil {
			return err
		}
		return change(a.Common(), items)
	})
}

// afterItem shows where somebody clicked what became of the item: the checklist, the Home
// tab, or no more than a notice.
func (cl *checklists) afterItem(ctx context.Context, c click, a visit.Appointment, notice string) error {
	p := cl.access.directory.printer(ctx, c.team, c.user)
	switch {
	case c.on == guide.InModal:
		v := c.listView()
		if _, id := c.item(); c.verb == actGive {
			v.Round++ // the pickers of its items show who has them now
		} else {
			v.keep(id)
		}
		return cl.replies.redraw(ctx, p, c.team, c.view, cl.page(ctx, p, a, v, notice))
	case c.on == guide.Home:
		return cl.live.openHome(ctx, c.team, c.user)
	case notice != "":
		cl.live.refresh(ctx, c)
		return cl.replies.replyPrivately(ctx, c, blocks.Said(notice))
	}
	_, id := c.item()
	return cl.live.pressed(ctx, c, itemNow(p, a, id))
}

// turnPage shows another page of the checklist in its place, or other items.
func (cl *checklists) turnPage(ctx context.Context, c click) error {
	p := cl.access.directory.printer(ctx, c.team, c.user)
	v := c.listView()
	v.Kept = nil
	if c.verb == actFilter {
		v.Show, v.page = pickedShow(c.about), 0
	} else {
		number, _, _ := strings.Cut(string(c.about), ".")
		v.page, _ = strconv.Atoi(number)
	}
	defer cl.locks.lock("view/" + inTeam(c.team, c.view))()
	a, err := cl.access.appointment(ctx, c.team, c.user, visit.Subject(c.meta.About))
	if err != nil {
		return cl.replies.sayError(ctx, c, "find a checklist", err)
	}
	return cl.replies.redraw(ctx, p, c.team, c.view, cl.page(ctx, p, a, v, ""))
}

// The fields of an item's form.
const (
	fieldItem      = "item"
	fieldMilestone = "milestone"
	fieldOwner     = "owner"
	fieldReason    = "reason"
	fieldReaders   = "readers" // of an item or a note, where another company reads the channel
)

// What fieldReaders can be.
const (
	readersInsiders = "insiders"
	readersEveryone = "everyone"
)

// readersInput asks who may read what somebody is writing. It stands only in forms about
// a channel that people of another company read; everywhere else the question has no sense
// yet, and what was written stays for insiders if the channel is shared later.
func readersInput(p blocks.Printer, now *channelNow) slack.Block {
	hint := p.T("A guest reads this channel, and guests count as another company.")
	if now.Shared {
		hint = p.T("This channel is shared with another company.")
	}
	return blocks.Hinted(blocks.Input(fieldReaders, p.T("Who may read it?"), blocks.Choice(p, blocks.InputAction, p.T("Pick who may read it"), readersInsiders, []*slack.OptionBlockObject{
		blocks.Option(readersInsiders, p.T("Only my colleagues")),
		blocks.Option(readersEveryone, p.T("Everyone in the channel, the other company too")),
	})), hint)
}

// readBy is what is known at this moment of the channel of a visit or an inspection.
// Where Slack does not say, it is as it was last.
func (acc *access) readBy(ctx context.Context, w *visit.Work) *channelNow {
	now, err := acc.directory.facts(ctx, w.Workspace, w.Channel)
	if err != nil {
		acc.log.Warn("could not see who reads a channel; the form asks as before", "err", err)
		now = channelNow{Channel: w.Channel, Shared: w.Shared}
	}
	return &now
}

// itemForm is the form for an item of the team's own.
func (wd *wording) itemForm(a visit.Appointment, words string, now *channelNow) *modal {
	m := &modal{id: modalAdd, title: wd.p.T("Add item"), submit: wd.p.T("Add item"), meta: meta{About: blocks.Subject(a.Subject())}}
	var options []*slack.OptionBlockObject
	initial := ""
	today := a.Common().Today(wd.o.Now())
	for _, ms := range a.Milestones(&wd.o.Timing) {
		v := strconv.Itoa(int(ms))
		if initial == "" && !a.DueDay(ms).Before(today) {
			initial = v
		}
		options = append(options, blocks.Option(blocks.Subject(v), wd.p.Details(blocks.Sentence(ms.Label(wd.p.Printer)), blocks.ShortDay(wd.p, a.DueDay(ms)))))
	}
	if initial == "" {
		initial = options[len(options)-1].Value
	}
	owner := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, blocks.Plain(wd.p.T("Who will do it?")), blocks.InputAction)
	m.blocks = []slack.Block{
		blocks.Note(blocks.Escape(a.Title(wd.p.Printer))),
		blocks.Input(fieldItem, wd.p.T("What needs to be done?"), blocks.TextInput(blocks.Clip(words, visit.MaxItem), wd.p.T("Ask for the calibration certificates"), false)),
		blocks.Input(fieldMilestone, wd.p.T("By when?"), blocks.Choice(wd.p, blocks.InputAction, wd.p.T("Pick a milestone"), initial, options)),
		blocks.Hinted(blocks.Optional(blocks.Input(fieldDue, wd.p.T("A day of its own"), blocks.DayInput(wd.p, ""))), wd.p.T("Without one, it is due with its milestone.")),
		blocks.Optional(blocks.Input(fieldOwner, wd.p.T("Who will do it?"), owner)),
	}
	if now.ForAll() {
		m.blocks = append(m.blocks, readersInput(wd.p, now))
	}
	return m
}

// addItem opens the form for an item: over the checklist, or by itself.
func (cl *checklists) addItem(ctx context.Context, c click) error {
	p := cl.access.directory.printerNow(c.team, c.user)
	return cl.replies.open(ctx, opening{c.caller, actAdd, c.about, p.T("Add item")}, func(ctx context.Context, team string) (*modal, error) {
		a, err := cl.access.appointment(ctx, team, c.user, visit.Subject(c.about))
		if err != nil {
			return nil, err
		}
		m := cl.words(p, "").itemForm(a, "", cl.access.readBy(ctx, a.Common()))
		m.meta.Root, m.meta.Page, m.meta.List = c.view, c.meta.Page, c.meta.List
		return m, nil
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
	if wrong, err := cl.notOwner(ctx, s.team, about, owner); err != nil {
		return nil, err
	} else if len(wrong) > 0 {
		return nil, wrong
	}
	due, err := s.values.ownDay()
	if err != nil {
		return nil, err
	}
	now := cl.o.Now()
	_, err = cl.changeWork(ctx, s.making(cl.o.Store), s.team, about, now, func(w *visit.Work, l *visit.Checklist) error {
		known := len(*l)
		id, err := l.Add(visit.Item{Milestone: visit.Milestone(n), Text: s.values.text(fieldItem), Owner: owner}, s.values.picked(fieldReaders) == readersEveryone)
		if err == nil && len(*l) > known { // one that was there stays as it is
			_, err = l.SetDue(id, due, w.Today(now))
		}
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
	p := cl.access.directory.printerNow(s.team, s.user)
	if s.meta.Root == "" {
		return
	}
	cl.replies.later("draw a checklist again", "", func(ctx context.Context) error {
		defer cl.locks.lock("view/" + inTeam(s.team, s.meta.Root))()
		a, err := cl.o.Store.Appointment(ctx, s.team, about)
		if err != nil {
			return err
		}
		return cl.replies.redraw(ctx, p, s.team, s.meta.Root, cl.page(ctx, p, a, s.listView(), ""))
	})
}

// skipItem asks why an item does not apply.
func (cl *checklists) skipItem(ctx context.Context, c click) error {
	p := cl.access.directory.printerNow(c.team, c.user)
	s, id := cutItem(c.about)
	return cl.replies.open(ctx, opening{c.caller, actSkip, c.about, p.T("Does not apply")}, func(ctx context.Context, team string) (*modal, error) {
		p := cl.access.directory.printer(ctx, team, c.user)
		a, err := cl.access.appointment(ctx, team, c.user, s)
		if err != nil {
			return nil, err
		}
		m := &modal{id: modalSkip, title: p.T("Does not apply"), submit: p.T("Mark item"), meta: meta{About: c.about, Root: c.view, Page: c.meta.Page, List: c.meta.List}}
		if i, err := a.Common().Items.Find(id); err == nil {
			m.blocks = append(m.blocks, blocks.Section(blocks.Escape(i.Text)))
		}
		m.blocks = append(m.blocks, blocks.Hinted(blocks.Input(fieldReason, p.T("Why doesn't it apply?"), blocks.TextInput("", p.T("We already own the mould"), false)), p.T("Your colleagues will see this on the checklist.")))
		return m, nil
	})
}

// submitSkip marks an item as not applicable.
func (cl *checklists) submitSkip(ctx context.Context, s submission) ([]byte, error) {
	about, id := cutItem(s.meta.About)
	if err := cl.access.checkAccess(ctx, s.team, s.user, about); err != nil {
		return nil, err
	}
	now := cl.o.Now()
	_, err := cl.changeItems(ctx, s.changing(cl.o.Store), s.team, about, now, func(l *visit.Checklist) error {
		_, err := l.Skip(id, s.values.text(fieldReason), s.user, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	cl.live.changed(s.team, about, s.user)
	s.meta.List.keep(id)
	cl.redrawBelow(s, about)
	return nil, nil
}
