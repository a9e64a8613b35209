package bot

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// modal is the form that somebody has open, once it says words.
func (s *stage) modal(who, words string) localslack.View {
	s.t.Helper()
	var top localslack.View
	s.until("a form says "+words, func() bool {
		vs := s.Modals(who)
		if len(vs) == 0 {
			return false
		}
		top = vs[len(vs)-1]
		return strings.Contains(top.Title+"\n"+blockText(top.Blocks), words)
	})
	return top
}

// redrawn waits until a form that somebody has open was drawn again since v was read.
// Without it a late drawing finds the form closed, or another page in its place.
func (s *stage) redrawn(who string, v localslack.View) (now localslack.View) {
	s.t.Helper()
	s.until("the form is drawn again", func() bool {
		for _, now = range s.Modals(who) {
			if now.ID == v.ID {
				return now.Hash != v.Hash
			}
		}
		return false
	})
	return now
}

// noModal waits until somebody has no form open.
func (s *stage) noModal(who string) {
	s.t.Helper()
	s.until("no form is open", func() bool { return len(s.Modals(who)) == 0 })
}

// find looks for the control in a view or message whose text is label, or whose
// block has the id, and gives the ids to act with.
func (s *stage) find(blocks []json.RawMessage, label, block string) localslack.Action {
	s.t.Helper()
	var found *localslack.Action
	var walk func(id string, v any)
	walk = func(id string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if b, ok := v["block_id"].(string); ok {
				id = b
			}
			if a, ok := v["action_id"].(string); ok && found == nil {
				words, _ := v["text"].(map[string]any)
				if block != "" && id == block && (label == "" || words["text"] == label) || block == "" && words["text"] == label {
					found = &localslack.Action{BlockID: id, ActionID: a}
				}
			}
			for _, k := range []string{"accessory", "element", "elements"} {
				walk(id, v[k])
			}
		case []any:
			for _, e := range v {
				walk(id, e)
			}
		}
	}
	for _, raw := range blocks {
		var v any
		json.Unmarshal(raw, &v)
		walk("", v)
	}
	if found == nil {
		s.t.Fatalf("no control %q in block %q of:\n%s", label, block, blockText(blocks))
	}
	return *found
}

// enter fills in a field of the form that somebody has open.
func (s *stage) enter(who string, v localslack.View, field, value string) {
	s.t.Helper()
	a := s.find(v.Blocks, "", field)
	a.View, a.Value = v.ID, value
	if err := s.Act(who, a); err != nil {
		s.t.Fatalf("enter %s: %v", field, err)
	}
	if field == fieldPurpose { // which draws the form again
		s.settled()
	}
}

// pressIn presses a button of the form that somebody has open; block may be empty.
func (s *stage) pressIn(who string, v localslack.View, label, block string) {
	s.t.Helper()
	a := s.find(v.Blocks, label, block)
	a.View = v.ID
	if err := s.Act(who, a); err != nil {
		s.t.Fatalf("press %q: %v", label, err)
	}
}

func (s *stage) send(who string, v localslack.View) {
	s.t.Helper()
	if err := s.Submit(who, v.ID); err != nil {
		s.t.Fatalf("send the form: %v", err)
	}
}

// errorsIn are the mistakes that stand beside the fields of the open form.
func (s *stage) errorsIn(who string) map[string]string {
	vs := s.Modals(who)
	if len(vs) == 0 {
		return nil
	}
	return vs[len(vs)-1].Errors
}

// inDays is a day from today at the factory.
func inDays(n int) string {
	z, _ := time.LoadLocation("Asia/Shanghai")
	return civil.Of(time.Now().In(z)).AddDays(n).String()
}

// planned waits for the page that says that a visit is planned, and closes it.
func (s *stage) planned(who string) {
	s.t.Helper()
	v := s.modal(who, "is planned")
	if err := s.CloseModal(who, v.ID); err != nil {
		s.t.Fatal(err)
	}
}

// plan plans a visit in a channel over its form, and returns the card.
func (s *stage) plan(who, channel string) localslack.Message {
	s.t.Helper()
	s.command(who, channel, "/visit-prep plan")
	v := s.modal(who, "Factory's name")
	s.enter(who, v, fieldName, "Ningbo Bright Metal")
	s.enter(who, v, fieldChinese, "宁波光明金属")
	s.enter(who, v, fieldCity, "Ningbo")
	s.enter(who, v, fieldAddress, "浙江省宁波市江北区")
	s.enter(who, v, fieldPurpose, "first_visit")
	s.enter(who, v, fieldFirst, inDays(60))
	s.enter(who, v, fieldLast, inDays(62))
	s.send(who, v)
	s.planned(who)
	return s.untilSays(who, channel, "Visit 1: Ningbo Bright Metal")
}

func (s *stage) card(channel, ts string) localslack.Message {
	for _, m := range s.Messages(mia, channel) {
		if m.TS == ts {
			return m
		}
	}
	return localslack.Message{}
}

func TestAVisitFromPlanToUndo(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		card := s.plan(mia, sourcing)
		if card.Only != "" {
			t.Fatal("the card is visible to one person only")
		}
		for _, words := range []string{"First visit", "宁波光明金属", "Next: ", "0 of "} {
			if !strings.Contains(says(card), words) {
				t.Errorf("the card lacks %q:\n%s", words, says(card))
			}
		}
		saysNow := func(words string) func() bool {
			return func() bool { return strings.Contains(says(s.card(sourcing, card.TS)), words) }
		}

		// The second person opens the checklist, ticks and takes an item.
		s.press(jonas, card, "Open checklist")
		list := s.modal(jonas, "8 weeks before")
		s.pressIn(jonas, list, "Done", "item-1")
		list = s.redrawn(jonas, list)
		if says := blockText(list.Blocks); !strings.Contains(says, "Done by <@"+jonas+">") {
			t.Errorf("after the tick the list says\n%s", says)
		}
		s.until("the card counts the tick", saysNow("1 of "))
		a := s.find(list.Blocks, "", "item-2")
		a.View, a.ActionID, a.Value = list.ID, string(actOwner), jonas
		if err := s.Act(jonas, a); err != nil {
			t.Fatal(err)
		}
		list = s.redrawn(jonas, list)
		v, err := s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if i, err := v.Items.Find(2); err != nil || i.Owner != jonas {
			t.Errorf("item 2 is %+v, %v; it was given to Jonas", i, err)
		}

		// Not applicable, with a reason; an own item; undo.
		s.pressIn(jonas, list, "Does not apply", "item-3")
		why := s.modal(jonas, "Why doesn't it apply?")
		s.enter(jonas, why, fieldReason, "We own the mould")
		s.send(jonas, why)
		list = s.redrawn(jonas, list)
		s.modal(jonas, "We own the mould")
		s.until("the card counts it", saysNow("done, 1 does not apply"))
		s.pressIn(jonas, list, "Add item", "")
		add := s.modal(jonas, "What needs to be done?")
		s.enter(jonas, add, fieldItem, "Bring two torque wrenches")
		s.send(jonas, add)
		list = s.redrawn(jonas, list)
		if v, err = s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(v.Items, func(i visit.Item) bool { return i.Text == "Bring two torque wrenches" && i.Custom }) {
			t.Errorf("the item is not on the list: %+v", v.Items)
		}
		s.pressIn(jonas, list, "Reopen item", "item-1")
		list = s.redrawn(jonas, list)
		s.until("the card counts the undo", saysNow("0 of "))
		if says := blockText(list.Blocks); strings.Contains(says, "Done by") {
			t.Errorf("after the undo the list says\n%s", says)
		}
		if err := s.CloseModal(jonas, list.ID); err != nil {
			t.Fatal(err)
		}

		// Cancel and bring back; the card changes in place.
		s.press(mia, card, "Cancel visit")
		s.until("the card says cancelled", saysNow("cancelled"))
		s.press(mia, s.card(sourcing, card.TS), "Restore visit")
		s.until("the card is back", saysNow("Open checklist"))
		s.until("without the word", func() bool { return !strings.Contains(says(s.card(sourcing, card.TS)), "cancelled") })

		// Brief and calendar file go to the person directly.
		var dm string
		for _, c := range s.Channels(jonas) {
			if c.IM {
				dm = c.ID
			}
		}
		s.press(jonas, s.card(sourcing, card.TS), "Send me the brief")
		brief := s.untilSays(jonas, dm, "For the driver")
		if !strings.Contains(says(brief), "浙江省宁波市江北区") {
			t.Errorf("the brief lacks the address:\n%s", says(brief))
		}
		s.press(jonas, s.card(sourcing, card.TS), "Calendar file")
		var file string
		s.until("the file is there", func() bool {
			for _, m := range s.Messages(jonas, dm) { // the page of the brief may come after it
				if len(m.Files) == 1 && strings.HasSuffix(m.Files[0].Name, ".ics") {
					file = string(m.Files[0].Content)
				}
			}
			return file != ""
		})
		if !strings.Contains(file, "BEGIN:VCALENDAR\r\n") || !strings.Contains(file, "DTSTART;VALUE=DATE:"+strings.ReplaceAll(inDays(60), "-", "")) {
			t.Errorf("the calendar file is\n%s", file)
		}

		// The command shows it, and the list.
		expect(t, s.command(mia, sourcing, "/visit-prep"), "All visits")
		expect(t, s.command(mia, sourcing, "/visit-prep list"), "Visit 1: Ningbo Bright Metal")
		expect(t, s.command(mia, sourcing, "/visit-prep show 1"), "Planned by")
		expect(t, s.command(mia, sourcing, "/visit-prep show 7"), "can't find that number")
		s.nothingRefused()
	})
}

func TestBadInputOfAVisitForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		enter map[string]string
		field string
		says  string
	}{
		{"the last day before the first", map[string]string{fieldFirst: inDays(9), fieldLast: inDays(3)}, fieldLast, "before the first"},
		{"a day that is over", map[string]string{fieldFirst: inDays(-5)}, fieldFirst, "already passed"},
		{"a name of 500 characters", map[string]string{fieldName: strings.Repeat("长", 500)}, fieldName, "500 characters"},
		{"a visit of a year", map[string]string{fieldFirst: inDays(3), fieldLast: inDays(368)}, fieldLast, "at most 60"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.command(mia, sourcing, "/visit-prep plan")
			v := s.modal(mia, "Factory's name")
			s.enter(mia, v, fieldName, "A")
			s.enter(mia, v, fieldPurpose, "first_visit")
			s.enter(mia, v, fieldFirst, inDays(30))
			for f, value := range c.enter {
				s.enter(mia, v, f, value)
			}
			s.send(mia, v)
			got := s.errorsIn(mia)
			if !strings.Contains(got[c.field], c.says) {
				t.Errorf("the form says %q; want words about %q at %s", got, c.says, c.field)
			}
			if vs, _ := s.bot.o.Store.Visits(context.Background(), s.TeamID(), storeFilter()); len(vs) != 0 {
				t.Errorf("%d visits were saved", len(vs))
			}
			s.nothingRefused()
		})
	}
}

func TestAChannelWithoutTheBotKeepsTheDraft(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	const shenzhen = "C0SHENZHEN1"
	s.command(mia, shenzhen, "/visit-prep plan")
	v := s.modal(mia, "Factory's name")
	s.enter(mia, v, fieldName, "Acme 灯具 🏭")
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, inDays(30))
	s.send(mia, v)
	v = s.modal(mia, "/invite @visitprep")
	s.pressIn(mia, v, "Try again", "")
	v = s.redrawn(mia, v)
	s.modal(mia, "/invite @visitprep") // still not there
	if err := s.Invite(mia, shenzhen); err != nil {
		t.Fatal(err)
	}
	s.pressIn(mia, v, "Try again", "")
	s.modal(mia, "Visit 1 is planned")
	// Invited, the bot greets the channel, before the card or after it.
	s.until("the card is there", func() bool { return s.has(mia, shenzhen, "Visit 1: Acme 灯具 🏭") })
	s.nothingRefused()
}

func TestASharedChannelIsAskedAboutAndSparedSensitiveWords(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.command(mia, acme, "/visit-prep plan")
	v := s.modal(mia, "Factory's name")
	s.enter(mia, v, fieldName, "Acme Lighting")
	s.enter(mia, v, fieldPurpose, "supplier_audit")
	s.enter(mia, v, fieldFirst, inDays(30))
	s.send(mia, v)
	v = s.modal(mia, "shared with another company")
	if n := len(s.Messages(liwei, acme)); n != 0 {
		t.Fatalf("the outsider sees %d messages before anybody agreed", n)
	}
	s.pressIn(mia, v, "Use this channel", "")
	card := s.untilSays(liwei, acme, "Visit 1: Acme Lighting")
	if strings.Contains(strings.ToLower(says(card)), "audit") {
		t.Errorf("the supplier reads about an audit:\n%s", says(card))
	}
	// The supplier's click is refused and shows nothing.
	for _, label := range []string{"Open checklist", "Add people, agenda…"} {
		s.press(liwei, card, label)
		s.modal(liwei, "members of the workspace that installed it")
	}
	for n, label := range []string{"Send me the brief", "Cancel visit"} {
		s.press(liwei, card, label)
		s.until("the click is refused", func() bool { return s.count(liwei, acme, "members of the workspace that installed it") == n+1 })
	}
	v2, err := s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)
	if err != nil || v2.Cancelled.IsSet() {
		t.Errorf("the outsider cancelled the visit: %v %v", v2.Cancelled, err)
	}
	s.nothingRefused()
}

func TestTwoEditsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	card := s.plan(mia, sourcing)
	s.press(mia, card, "Add people, agenda…")
	hers := s.modal(mia, "Agenda")
	s.press(jonas, card, "Add people, agenda…")
	his := s.modal(jonas, "Agenda")
	s.enter(jonas, his, fieldAgenda, "09:00 opening")
	s.enter(jonas, his, fieldFirst, inDays(61))
	s.send(jonas, his)
	s.noModal(jonas)
	s.enter(mia, hers, fieldFirst, inDays(59))
	s.enter(mia, hers, fieldGuests, "Ms Zhang, interpreter")
	s.send(mia, hers)
	if got := s.errorsIn(mia)[fieldFirst]; !strings.Contains(got, "A colleague changed this") {
		t.Fatalf("the second form says %q", s.errorsIn(mia))
	}
	hers = s.modal(mia, "Agenda")
	s.send(mia, hers) // she insists
	s.noModal(mia)
	v, err := s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if v.First.String() != inDays(59) || v.Agenda != "09:00 opening" || len(v.People) != 2 {
		t.Errorf("after both edits: first %s, agenda %q, people %v", v.First, v.Agenda, v.People)
	}
	s.nothingRefused()
}

func TestADoubleClickAndACancelledVisit(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	card := s.plan(mia, sourcing)
	s.press(mia, card, "Open checklist")
	list := s.modal(mia, "8 weeks before")
	s.press(jonas, card, "Open checklist")
	stale := s.modal(jonas, "8 weeks before")
	s.pressIn(mia, list, "Done", "item-1")
	s.modal(mia, "Done by")
	s.pressIn(jonas, stale, "Done", "item-1")
	s.modal(jonas, "A colleague has already ticked this")
	v, _ := s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)
	if i, _ := v.Items.Find(1); i.Done.By != mia {
		t.Errorf("the tick is %s's; the first stands", i.Done.By)
	}
	s.press(mia, s.card(sourcing, card.TS), "Cancel visit")
	s.until("cancelled", func() bool { return strings.Contains(says(s.card(sourcing, card.TS)), "cancelled") })
	stale = s.modal(jonas, "A colleague has already ticked this")
	s.pressIn(jonas, stale, "Done", "item-2")
	s.modal(jonas, "This visit is cancelled")
	s.nothingRefused()
}

func TestAddToVisitAndHome(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.plan(mia, sourcing)
	ts, err := s.Say(jonas, sourcing, "", "The mould was repaired in May")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shortcut(jonas, shortcutAddToVisit, sourcing, ts); err != nil {
		t.Fatal(err)
	}
	form := s.modal(jonas, "Add as")
	s.send(jonas, form)
	s.modal(jonas, "Added to visit 1")
	v, _ := s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)
	if len(v.Notes) != 1 || v.Notes[0].Text != "The mould was repaired in May" || v.Notes[0].Link == "" {
		t.Errorf("the notes are %+v", v.Notes)
	}
	_, err = s.bot.o.Store.ChangeVisit(context.Background(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error {
		_, err := v.Items.Assign(1, mia)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.OpenHome(mia); err != nil {
		t.Fatal(err)
	}
	homeSays := func(words string) func() bool {
		return func() bool {
			h, ok := s.Home(mia)
			return ok && strings.Contains(blockText(h.Blocks), words)
		}
	}
	s.until("Home shows the item", homeSays("Done"))
	s.until("Home shows the visit", homeSays("Visit 1: Ningbo Bright Metal"))
	h, _ := s.Home(mia)
	a := s.find(h.Blocks, "Done", "")
	a.Home = true
	if err := s.Act(mia, a); err != nil {
		t.Fatal(err)
	}
	s.until("nothing is left", homeSays("Nothing is waiting for you"))
	h, _ = s.Home(mia)
	a = s.find(h.Blocks, "Settings", "")
	a.Home = true
	if err := s.Act(mia, a); err != nil {
		t.Fatal(err)
	}
	set := s.modal(mia, "Time zone")
	s.enter(mia, set, fieldZone, "Asia/Shangai")
	s.send(mia, set)
	if got := s.errorsIn(mia)[fieldZone]; !strings.Contains(got, "Asia/Shanghai") {
		t.Errorf("a zone that does not exist: %q", got)
	}
	s.enter(mia, set, fieldZone, "Asia/Shanghai")
	s.send(mia, set)
	s.noModal(mia)
	if p, err := s.bot.o.Store.Person(context.Background(), s.TeamID(), mia); err != nil || !p.Fixed || p.Zone != "Asia/Shanghai" {
		t.Errorf("kept %+v, %v", p, err)
	}
	s.nothingRefused()
}

func TestOpinionsAreKeptAndListedForAdmins(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.press(jonas, s.command(jonas, sourcing, "/visit-prep what gift should I not bring"), "Not helpful")
	s.untilSays(jonas, sourcing, "Thank you")
	expect(t, s.command(mia, sourcing, "/visit-prep status"), "helpful 0, not helpful 1")
	if m := s.command(jonas, sourcing, "/visit-prep status"); strings.Contains(says(m), "not helpful 1") {
		t.Errorf("somebody who is no admin reads\n%s", says(m))
	}
	s.nothingRefused()
}

func TestInspectionsFromScheduleToResult(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.bot.o.SuggestDay = func(d civil.Date) (civil.Date, bool) { return d.AddDays(3), true }
	s.bot.o.CalendarNotes = func(_ *lang.Printer, first, _ civil.Date) []string { return []string{"A holiday is near."} }
	// One order's check, ten days before it ships.
	s.command(mia, sourcing, "/inspection schedule")
	v := s.modal(mia, "How often?")
	s.enter(mia, v, fieldName, "Acme Lighting")
	s.enter(mia, v, fieldType, "pre_shipment")
	s.enter(mia, v, fieldDue, inDays(40))
	s.enter(mia, v, fieldBefore, "ten")
	s.enter(mia, v, fieldOrder, "4512")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldBefore]; !strings.Contains(got, "not a number of days") {
		t.Errorf("the form says %q", s.errorsIn(mia))
	}
	s.enter(mia, v, fieldBefore, "10")
	s.send(mia, v)
	s.noModal(mia)
	card := s.untilSays(mia, sourcing, "Inspection 1: Acme Lighting")
	due := func() string {
		i, err := s.bot.o.Store.Inspection(context.Background(), s.TeamID(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return i.Due.String()
	}
	if due() != inDays(30) {
		t.Errorf("due %s, want ten days before the day: %s", due(), inDays(30))
	}
	better, _ := civil.Parse(inDays(33))
	s.press(mia, card, "Move to "+blocks.OnDay(english, better))
	s.until("it is moved", func() bool { return due() == inDays(33) })
	expect(t, s.command(mia, sourcing, "/inspection move 1 soon"), "Write it like this: /inspection move 1 2027-03-15")
	later, _ := civil.Parse(inDays(34))
	s.command(mia, sourcing, "/inspection move inspection #1 to "+later.Format("2 January 2006"))
	s.until("it is moved as people write a day", func() bool { return due() == inDays(34) })
	s.press(mia, s.card(sourcing, card.TS), "Move inspection")
	v = s.modal(mia, "New day")
	s.enter(mia, v, fieldDue, inDays(-3))
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldDue]; !strings.Contains(got, "already passed at the factory") {
		t.Errorf("the form says %q", s.errorsIn(mia))
	}
	s.enter(mia, v, fieldDue, inDays(35))
	s.send(mia, v)
	s.modal(mia, "Inspection 1 at Acme Lighting is now on")
	if due() != inDays(35) {
		t.Errorf("due %s after it was moved, want %s", due(), inDays(35))
	}

	// A series: the dates are shown before anything is saved.
	s.command(mia, sourcing, "/inspection schedule")
	v = s.modal(mia, "How often?")
	s.enter(mia, v, fieldRepeat, repeatWritten)
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldFactory, "1")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldType, "during_production")
	s.enter(mia, v, fieldRule, "0 9 31 2 *")
	s.send(mia, v)
	if got := s.errorsIn(mia)[fieldRule]; !strings.Contains(got, "does not exist") {
		t.Errorf("the form says %q", s.errorsIn(mia))
	}
	v = s.modal(mia, "When?")
	s.enter(mia, v, fieldRule, "every 2 weeks from "+inDays(30)+" at 09:00")
	s.send(mia, v)
	v = s.modal(mia, "Schedule: every second week")
	if ps, _ := s.bot.o.Store.Plans(context.Background(), s.TeamID(), storeFilter()); len(ps) != 0 {
		t.Error("the plan was saved before its dates were confirmed")
	}
	s.send(mia, v)
	s.noModal(mia)

	// Report, by two people at once: the first stands.
	s.press(mia, s.card(sourcing, card.TS), "Report result")
	hers := s.modal(mia, "Result")
	s.press(jonas, s.card(sourcing, card.TS), "Report result")
	his := s.modal(jonas, "Result")
	s.enter(mia, hers, fieldResult, "failed")
	s.send(mia, hers)
	if got := s.errorsIn(mia)[fieldEarly]; !strings.Contains(got, "Please say whether it has taken place already.") {
		t.Errorf("a result weeks before the inspection is taken: %q", got)
	}
	s.enter(mia, hers, fieldEarly, earlyNo)
	s.send(mia, hers)
	if got := s.errorsIn(mia)[fieldResult]; !strings.Contains(got, "Report it when it has taken place, or pick Skipped.") {
		t.Errorf("a result is taken of what has not taken place: %q", s.errorsIn(mia))
	}
	s.enter(mia, hers, fieldEarly, earlyYes)
	s.send(mia, hers)
	s.enter(jonas, his, fieldResult, "passed")
	s.enter(jonas, his, fieldEarly, earlyYes)
	s.send(jonas, his)
	s.modal(jonas, "A colleague has already reported the result: failed")
	s.until("the card says so", func() bool { return strings.Contains(says(s.card(sourcing, card.TS)), "Result: failed") })
	s.nothingRefused()
}
