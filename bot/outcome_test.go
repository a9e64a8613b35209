package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// inputOf is the field of an input block.
func inputOf(raw json.RawMessage) (field string, ok bool) {
	var b struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
	}
	return b.BlockID, json.Unmarshal(raw, &b) == nil && b.Type == "input"
}

func jsonOf(v any) ([]byte, error) { return json.Marshal(v) }

// plan2 plans a second visit, at the factory of the first, and returns its card.
func (s *stage) plan2(channel string) localslack.Message {
	s.t.Helper()
	s.command(mia, channel, "/visit-prep plan")
	v := s.modal(mia, "Purpose")
	s.enter(mia, v, fieldFactory, "1")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldPurpose, "first_visit")
	s.enter(mia, v, fieldFirst, inDays(40))
	s.send(mia, v)
	s.planned(mia)
	return s.untilSays(mia, channel, "Visit 2: "+visited)
}

// over puts the days of a visit into the past.
func (s *stage) over(v visit.Visit, ago int) visit.Visit {
	s.t.Helper()
	s.changeVisit(v, func(v *visit.Visit) { v.First, v.Last = dayAhead(-ago-1), dayAhead(-ago) })
	s.bot.Wait()
	return s.visit(v.Number)
}

func TestAVisitEndsWithItsOutcome(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	show := func(who string) localslack.Message { return s.command(who, sourcing, "/visit-prep show 1") }
	if text := says(show(mia)); !strings.Contains(text, "Cancel visit") || strings.Contains(text, "Outcome") {
		t.Errorf("before it ends the card offers\n%s", text)
	}
	old := show(mia) // with Cancel visit on it
	s.over(v, 8)
	if text := says(show(mia)); strings.Contains(text, "Cancel visit") || !strings.Contains(text, "Outcome") {
		t.Errorf("after it the card offers\n%s", text)
	}
	if got := s.reads(mia, func() { s.press(mia, old, "Cancel visit") }); !strings.Contains(got, "can't be cancelled any more. Press Outcome") {
		t.Errorf("an old button says\n%s", got)
	}

	// The form, with what is wrong beside its field.
	hers, his := s.opens(mia, show(mia), "Outcome"), s.opens(jonas, show(jonas), "Outcome")
	s.send(mia, hers)
	if got := s.errorsIn(mia)[fieldVerdict]; got == "" {
		t.Errorf("nothing chosen: the form says %v", s.errorsIn(mia))
	}
	s.enter(mia, hers, fieldVerdict, string(visit.GoConditions))
	s.send(mia, hers)
	if got := s.errorsIn(mia)[fieldWhy]; got != "Please write the conditions." {
		t.Errorf("without conditions: the form says %v", s.errorsIn(mia))
	}
	s.enter(mia, hers, fieldWhy, "Go once line <2> has a gauge")
	s.send(mia, hers)
	s.noModal(mia)

	// A colleague's word comes too late, and changes nothing.
	s.enter(jonas, his, fieldVerdict, string(visit.Stop))
	s.enter(jonas, his, fieldWhy, "No")
	s.send(jonas, his)
	if text := blockText(s.top(jonas).Blocks); !strings.Contains(text, "Outcome: Go with conditions") {
		t.Errorf("Jonas reads\n%s", text)
	}
	s.closeAll(jonas)

	// It stands on the card, in the list, at the factory.
	const outcome, why = "Outcome: Go with conditions", "Go once line &lt;2&gt; has a gauge"
	card := s.card(sourcing, s.visit(1).Card)
	for where, text := range map[string]string{
		"the card":    says(card),
		"show":        says(show(mia)),
		"the list":    says(s.command(mia, sourcing, "/visit-prep list")),
		"the factory": says(s.command(mia, sourcing, "/visit-prep factories ningbo")),
	} {
		if !strings.Contains(text, outcome) || !strings.Contains(text, why) {
			t.Errorf("%s says\n%s", where, text)
		}
	}
	expect(t, show(mia), "said by <@"+mia+">")

	// Undo, once.
	m := show(mia)
	s.press(jonas, card, "Undo outcome")
	s.bot.Wait()
	if s.visit(1).Outcome.IsSet() || strings.Contains(says(s.card(sourcing, card.TS)), outcome) {
		t.Error("it is not taken back")
	}
	s.press(mia, m, "Undo outcome")
	s.bot.Wait()
	if text := says(show(mia)); !strings.Contains(text, "Outcome") || strings.Contains(text, outcome) {
		t.Errorf("now it says\n%s", text)
	}
	s.nothingRefused()
}

func TestTheOtherCompanyReadsNoOutcome(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.over(s.visitIn(acme), 8)
	read := func() string { return says(s.card(acme, s.visit(1).Card)) }
	s.bot.live.changed(s.TeamID(), v.Subject())
	s.bot.Wait()
	was := read()
	if !strings.Contains(was, "Outcome") {
		t.Fatalf("the card is\n%s", was)
	}
	form := s.opens(mia, s.command(mia, acme, "/visit-prep show 1"), "Outcome")
	s.enter(mia, form, fieldVerdict, string(visit.Stop))
	s.enter(mia, form, fieldWhy, "They hid the moulds")
	s.send(mia, form)
	s.bot.Wait()
	if now := read(); now != was {
		t.Errorf("the supplier sees that there is one:\n%s\nit was\n%s", now, was)
	}
	if got := s.seesAll(liwei); strings.Contains(got, "moulds") || strings.Contains(got, "Stop") {
		t.Errorf("the supplier reads\n%s", got)
	}
	expect(t, s.command(mia, acme, "/visit-prep show 1"), "Outcome: Stop", "They hid the moulds")
	// The button that tells the supplier nothing tells a colleague.
	if text := blockText(s.opens(jonas, s.card(acme, s.visit(1).Card), "Outcome").Blocks); !strings.Contains(text, "They hid the moulds") {
		t.Errorf("Jonas reads\n%s", text)
	}
	s.nothingRefused()
}

func TestTheListHasTheLastFiveVisitsThatAreOver(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	for n := range 7 {
		s.over(s.visitIn(sourcing), 10*(n+1)) // visit 1 is the last
	}
	s.over(s.visitIn(project), 1) // 8
	s.changeVisit(s.visit(2), func(v *visit.Visit) { v.Cancelled = visit.Mark{By: mia, At: time.Now()} })
	s.visitIn(sourcing) // 9, ahead
	got := says(s.command(mia, sourcing, "/visit-prep list"))
	at := strings.Index(got, "*Past visits*")
	if at < 0 || !strings.Contains(got[:at], "*Visit 9: ") {
		t.Fatalf("the list is\n%s", got)
	}
	for _, n := range []int{1, 3, 4, 5, 6} {
		next := strings.Index(got[at:], fmt.Sprintf("*Visit %d: ", n))
		if next < 0 {
			t.Fatalf("visit %d is not in its place in\n%s", n, got)
		}
		at += next
	}
	for _, n := range []int{2, 7, 8} {
		if strings.Contains(got, fmt.Sprintf("Visit %d: ", n)) {
			t.Errorf("visit %d is listed", n)
		}
	}
	expect(t, s.command(mia, sourcing, "/visit-prep list"), "First visit · Outcome: none yet")
	if got := says(s.command(mia, s.direct(mia), "/visit-prep list")); !strings.Contains(got, "*Visit 8: ") {
		t.Errorf("directly she reads\n%s", got)
	}
	if got := s.types(jonas, s.direct(jonas), "/visit-prep list"); strings.Contains(got, "Visit 8: ") || !strings.Contains(got, "*Visit 1: ") {
		t.Errorf("Jonas, who is not in that channel, reads\n%s", got)
	}
	expect(t, s.command(mia, sourcing, "/visit-prep show 7"), "Outcome")
	s.nothingRefused()
}

// The list of factories names the contacts that are recorded at each, as far as its reader may know
// of them where they stand, beside what was typed into the factory itself.
func TestTheListOfFactoriesNamesTheirContacts(t *testing.T) {
	t.Parallel()
	s := newContactStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	at := func(name string) func(*visit.Contact) {
		return func(c *visit.Contact) { c.Factory, c.Name, c.Chinese, c.KnownBy = f.Number, name, "", nil }
	}
	s.knows(sourcing, at("Xu Min"))
	s.knows(project, func(c *visit.Contact) { at("Secret Sam")(c); c.Private = true })
	s.knows(sourcing, func(c *visit.Contact) { at("Elsewhere")(c); c.Factory = 0 })
	m := s.command(mia, sourcing, "/visit-prep factories ningbo")
	expect(t, m, "*Contacts*\nXu Min")
	for _, words := range []string{"No contacts yet", "Secret Sam", "Elsewhere"} {
		if strings.Contains(says(m), words) {
			t.Errorf("the list says %q:\n%s", words, says(m))
		}
	}
	expect(t, s.command(mia, s.direct(mia), "/visit-prep factories ningbo"), "Xu Min, Secret Sam")
	for _, name := range []string{"B", "C", "D <d>"} {
		s.knows(sourcing, at(name))
	}
	must(s.bot.o.Store.ChangeFactory(t.Context(), s.TeamID(), f.Number, s.bot.o.Now(), func(f *visit.Factory) error { f.Contacts = "Ms Zhang, sales"; return nil }))
	expect(t, s.command(mia, sourcing, "/visit-prep factories ningbo"), "*Contacts*\nMs Zhang, sales\nXu Min, B, C, D &lt;d&gt;")
	expect(t, s.command(mia, s.direct(mia), "/visit-prep factories ningbo"), "And 1 more.")
	s.nothingRefused()
}

func TestAFactorySaysWhatADriverReadsWhomToCallAndHowItsVisitsEnded(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.over(s.visitIn(sourcing), 9)
	s.over(s.visitIn(project), 20)
	expect(t, s.command(mia, sourcing, "/visit-prep factories ningbo"), "No address for the driver yet", "No contacts yet")
	must(s.bot.o.Store.ChangeFactory(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Factory) error {
		f.Chinese, f.Address, f.Contacts = "宁波光明金属", "浙江省宁波市江北区 <88号>", "Ms Zhang, sales, +86 574 0000 0000"
		return nil
	}))
	m := s.command(mia, sourcing, "/visit-prep factories ningbo")
	expect(t, m, "宁波光明金属", "浙江省宁波市江北区 &lt;88号&gt;", "Ms Zhang, sales, +86 574 0000 0000", "Edit factory", "*Visit 1: "+visited+"*", "Inspection results")
	if strings.Contains(says(m), "Visit 2: ") {
		t.Errorf("a visit of a private channel shows in another:\n%s", says(m))
	}
	expect(t, s.command(mia, s.direct(mia), "/visit-prep factories ningbo"), "*Visit 2: "+visited+"*")
	if got := s.types(jonas, s.direct(jonas), "/visit-prep factories ningbo"); strings.Contains(got, "Visit 2: ") || !strings.Contains(got, "Visit 1: ") {
		t.Errorf("Jonas reads\n%s", got)
	}
	// The list of all has the addresses, and no histories.
	s.inspectionIn(sourcing)
	all := s.command(mia, sourcing, "/visit-prep factories")
	expect(t, all, "浙江省宁波市江北区", inspected)
	if strings.Contains(says(all), "Past visits") {
		t.Errorf("the list is\n%s", says(all))
	}
	s.nothingRefused()
}

func TestANoteOfAVisitIsShownAndCanBeRemoved(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	for n := range 5 {
		ts := must(s.Say(jonas, sourcing, "", fmt.Sprintf("The mould no. %d was <repaired>", n+1)))
		done(t, s.Shortcut(jonas, shortcutAddToVisit, sourcing, ts))
		s.send(jonas, s.top(jonas))
		page := s.top(jonas)
		if text := blockText(page.Blocks); !strings.Contains(text, "*Added to visit 1.*") || !strings.Contains(text, fmt.Sprintf("Notes (%d)", n+1)) {
			t.Fatalf("he reads\n%s", text)
		}
		s.closeAll(jonas)
	}
	m := s.command(mia, sourcing, "/visit-prep show 1")
	expect(t, m, "The mould no. 5 was &lt;repaired&gt;", "by <@"+jonas+">", "Notes (5)")
	if strings.Contains(says(m), "no. 2 ") || strings.Contains(says(s.card(sourcing, s.visit(1).Card)), "mould") {
		t.Errorf("it shows too much:\n%s", says(m))
	}
	page := s.opens(mia, m, "Notes (5)")
	if text := blockText(page.Blocks); !strings.Contains(text, "no. 1 ") || strings.Index(text, "no. 5 ") > strings.Index(text, "no. 1 ") {
		t.Errorf("the page of notes is\n%s", text)
	}
	s.pressIn(mia, page, "Remove note", "") // the last
	page = s.redrawn(mia, page)
	if text := blockText(page.Blocks); strings.Contains(text, "no. 5 ") || !strings.Contains(text, "no. 4 ") || len(s.visit(1).Notes) != 4 {
		t.Errorf("after that it is\n%s", text)
	}
	s.nothingRefused()
}

func TestWhoeverPlannedIsAskedAWeekAfterHowTheVisitEnded(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.visitIn(sourcing) // to the 62nd day from now
	daily := func(who string, day int) (localslack.Message, bool) {
		t.Helper()
		s.goBy(func() time.Time { return time.Now().AddDate(0, 0, day) })
		before := s.last(who, s.direct(who))
		d := s.bot.reminders.Post(t.Context(), visit.Occurrence{
			Workspace: s.TeamID(), Key: fmt.Sprintf("daily %s %d", who, day), Kind: visit.Digest, Subject: visit.SubjectOf(visit.OfPerson, who), To: who, Day: dayAhead(day), Zone: "Europe/Berlin", Due: s.bot.o.Now(),
		})
		if d.Outcome != visit.Delivered && d.Outcome != visit.NothingSaid {
			t.Fatalf("the daily message: %+v", d)
		}
		now := s.last(who, s.direct(who))
		return now, now.TS != before.TS
	}
	const question = "Do you go ahead with this factory?"
	if m, sent := daily(mia, 65); sent && strings.Contains(says(m), question) {
		t.Errorf("three days after she is asked\n%s", says(m))
	}
	m, sent := daily(mia, 72)
	if !sent || !strings.Contains(says(m), question) {
		t.Fatalf("a week after she reads\n%s", says(m))
	}
	if m, sent := daily(jonas, 72); sent && strings.Contains(says(m), question) {
		t.Errorf("Jonas, who did not plan it, is asked\n%s", says(m))
	}
	expect(t, m, "Go", "Go with conditions", "Stop")
	form := s.opens(mia, m, "Stop")
	if raw := string(must(jsonOf(form.Blocks))); !strings.Contains(raw, `"initial_option":{"text":{"text":"Stop"`) {
		t.Errorf("what she pressed is not chosen:\n%s", raw)
	}
	s.enter(mia, form, fieldWhy, "Sampling is not theirs")
	s.send(mia, form)
	s.noModal(mia)
	s.bot.Wait()
	answered := func() string {
		s.bot.Wait()
		for _, now := range s.Messages(mia, s.direct(mia)) {
			if now.TS == m.TS {
				m = now
			}
		}
		return says(m)
	}
	if text := answered(); !strings.Contains(text, "*Outcome: Stop*, said by <@"+mia+">") || !strings.Contains(text, "Sampling is not theirs") || strings.Contains(text, "Go with conditions") {
		t.Errorf("the message that asked her says now\n%s", text)
	}
	s.press(mia, m, "Undo outcome")
	if text := answered(); !strings.Contains(text, "Go with conditions") || s.visit(1).Outcome.IsSet() {
		t.Errorf("she took it back, and it says\n%s", text)
	}
	form = s.opens(mia, m, "Stop")
	s.enter(mia, form, fieldWhy, "Sampling is not theirs")
	s.send(mia, form)
	s.noModal(mia)
	if o := s.visit(1).Outcome; o.Verdict != visit.Stop || o.Why != "Sampling is not theirs" || o.Said.By != mia {
		t.Errorf("the outcome is %+v", o)
	}
	if m, sent := daily(mia, 75); sent && strings.Contains(says(m), question) {
		t.Errorf("she has answered, and is asked\n%s", says(m))
	}
	s.nothingRefused()
}
