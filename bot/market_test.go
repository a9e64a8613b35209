package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// marketStage is a stage on which market notes are on.
func marketStage(t *testing.T) *stage {
	t.Helper()
	s := newPrivateStage(t)
	s.asksMarket()
	return s
}

// asksMarket turns market notes on, with the questions of the advice.
func (s *stage) asksMarket() {
	s.bot.set().MarketNotes = true
	s.bot.Reload(must(knowledge.Embedded()), nil)
}

// noted records a market note about a factory, in a channel, by Mia.
func (s *stage) noted(f visit.Factory, channel, text string, change func(*visit.MarketNote)) visit.MarketNote {
	s.t.Helper()
	n := visit.MarketNote{Workspace: s.TeamID(), Factory: f, Place: in(channel), Text: text, Tags: []visit.MarketTag{visit.TagAutomation}, By: mia}
	if change != nil {
		change(&n)
	}
	return must(s.bot.o.Store.AddMarketNote(context.Background(), n, s.bot.o.Now()))
}

func (s *stage) marketNotes() []visit.MarketNote {
	s.t.Helper()
	return must(s.bot.o.Store.MarketNotes(context.Background(), s.TeamID(), store.MarketFilter{}))
}

// tags ticks what a note is about.
func (s *stage) tags(who string, form localslack.View, tags ...string) {
	s.t.Helper()
	a := s.find(form.Blocks, "", fieldTags)
	a.View, a.Values = form.ID, tags
	done(s.t, s.Act(who, a))
}

// visitDay sends the card of a visit's first day.
func (s *stage) visitDay(v visit.Visit) localslack.Message {
	s.t.Helper()
	return s.reminded(s.remindOf(v.Subject(), visit.Remind, 0), v.Channel)
}

// TestMarketQuestionsFromTheCardToAnIdea: three questions are on the card of a visit day, the
// brief and the checklist; an answer becomes an idea, which the next visit asks about.
func TestMarketQuestionsFromTheCardToAnIdea(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	v := s.onVisit(sourcing)
	card := s.visitDay(v)
	expect(t, card, "Ask about their market", "Which step did you automate last, and what did it bring?", "What will you buy or build in the next two years?")
	if n := strings.Count(blockText(card.Blocks), "Note answer"); n != visit.MarketQuestionsAVisit {
		t.Errorf("the card has %d questions:\n%s", n, says(card))
	}
	s.press(mia, card, "Send me the brief")
	expect(t, s.untilSays(mia, s.direct(mia), "Ask about their market"), "Which step did you automate last")

	s.press(jonas, card, "Note answer")
	form := s.modal(jonas, "What did they say?")
	s.send(jonas, form)
	if errs := s.errorsIn(jonas); errs[fieldNote] == "" || errs[fieldTags] == "" {
		t.Errorf("without anything: %q", errs)
	}
	s.enter(jonas, form, fieldNote, "two *robots* <since May>")
	s.tags(jonas, form, "automation", "price")
	s.enter(jonas, form, fieldLink, "ftp://photo")
	s.send(jonas, form)
	if errs := s.errorsIn(jonas); !strings.Contains(errs[fieldLink], "https://") {
		t.Errorf("with a link that is none: %q", errs)
	}
	s.enter(jonas, form, fieldLink, "https://acme.slack.com/files/1")
	s.send(jonas, form)
	saved := s.modal(jonas, "Market note saved")
	ns := s.marketNotes()
	if len(ns) != 1 || ns[0].By != jonas || ns[0].Visit != v.Number || ns[0].Question != "trends-ask-robot-payback" || ns[0].Channel != sourcing || len(ns[0].Tags) != 2 || ns[0].Factory.Name != visited {
		t.Fatalf("noted is %+v", ns)
	}
	s.until("the card says who noted it", func() bool { return strings.Contains(blockText(s.now(card).Blocks), "Noted by <@"+jonas+">") })
	if s.count(mia, sourcing, "since May") != 0 {
		t.Error("what was noted is posted in the channel")
	}

	// It becomes an idea.
	s.pressIn(jonas, saved, "Make it an idea", "")
	form = s.modal(jonas, "Who looks after it?")
	s.send(jonas, form)
	if errs := s.errorsIn(jonas); errs[fieldNext] == "" || errs[fieldDue] == "" {
		t.Errorf("an idea without a next step: %q", errs)
	}
	s.enter(jonas, form, fieldNext, "Ask for a sample")
	s.enter(jonas, form, fieldOwner, mia)
	s.enter(jonas, form, fieldDue, inDays(40))
	s.send(jonas, form)
	s.modal(jonas, "Idea saved")
	s.closeAll(jonas)
	if i := s.marketNotes()[0].Idea; i.State != visit.IdeaOpen || i.Owner != mia || i.Due.String() != inDays(40) {
		t.Errorf("the idea is %+v", i)
	}

	// The next visit of the same factory asks about it, and other questions.
	next := s.visitIn(sourcing, visit.Item{ID: 1, Text: "Walk the line", Owner: mia})
	s.changeVisit(next, func(v *visit.Visit) { v.First, v.Last = dayAhead(0), dayAhead(1) })
	card = s.visitDay(next)
	expect(t, card, "Ideas to come back to", "Ask for a sample", "What are customers in other markets asking for?")
	if strings.Contains(blockText(card.Blocks), "automate last") {
		t.Errorf("the next visit asks what was answered:\n%s", says(card))
	}
	s.press(mia, card, "Update idea")
	form = s.modal(mia, "How far has it come?")
	s.enter(mia, form, fieldState, string(visit.IdeaDone))
	s.send(mia, form)
	s.modal(mia, "Idea saved")
	s.closeAll(mia)
	s.until("the card says that it is done", func() bool { return strings.Contains(blockText(s.now(card).Blocks), "Idea: Done") })

	// The checklist has the questions too, and takes an answer.
	s.pressAgain(mia, actChecklist, showSubject(next.Subject(), visit.ShowMine))
	list := s.modal(mia, "Walk the line")
	expectForm(t, list.Blocks, "Ask about their market", "What are customers in other markets asking for?")
	s.pressIn(mia, list, "Note answer", "")
	form = s.modal(mia, "What did they say?")
	s.enter(mia, form, fieldNote, "smaller lots")
	s.tags(mia, form, "other_markets")
	s.send(mia, form)
	s.until("the checklist says who noted it", func() bool {
		for _, v := range s.Modals(mia) {
			if v.ID == list.ID && strings.Contains(blockText(v.Blocks), "Noted by") {
				return true
			}
		}
		return false
	})
	s.nothingRefused()
}

// TestNoMarketQuestions: none in an audit, none while they are off, none where another company
// reads.
func TestNoMarketQuestions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		channel string
		on      bool
		change  func(*visit.Visit)
		asks    bool
	}{
		"a visit asks":                     {sourcing, true, func(*visit.Visit) {}, true},
		"an audit does not":                {sourcing, true, func(v *visit.Visit) { v.Purpose = "supplier_audit" }, false},
		"none while they are off":          {sourcing, false, func(*visit.Visit) {}, false},
		"none where another company reads": {acme, true, func(*visit.Visit) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.asksMarket()
			s.bot.set().MarketNotes = c.on
			v := s.onVisit(c.channel)
			s.changeVisit(v, c.change)
			s.noted(v.Factory, c.channel, "two robots", func(n *visit.MarketNote) {
				n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Next: "ask", Due: dayAhead(3)}
			})
			if text := says(s.visitDay(s.visit(v.Number))); strings.Contains(text, "market") != c.asks || strings.Contains(text, "two robots") != c.asks {
				t.Errorf("the card says\n%s", text)
			}
		})
	}
}

// TestMarketNotesAreOffUntilASettingTurnsThemOn: then nothing is noted, by whatever button, and
// what was noted before can be read, and deleted by whoever wrote it.
func TestMarketNotesAreOffUntilASettingTurnsThemOn(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	v := s.onVisit(sourcing)
	expect(t, s.command(mia, sourcing, "/factory market"), "Market notes are off", "ask counsel first", "market.notes: true")
	n := s.noted(v.Factory, sourcing, "two robots since May", nil)
	list := s.command(mia, sourcing, "/factory market")
	expect(t, list, "Market notes are off", "two robots since May")
	if strings.Contains(blockText(list.Blocks), "Add market note") {
		t.Error("it offers to add one")
	}
	for verb, about := range map[blocks.ActionID]blocks.Subject{
		actAddMarket: factorySubject(v.Factory.Number), actNoteAnswer: visitSubject(&v) + ":trends-ask-roadmap", actEditMarket: "market/1", actPursue: "market/1",
	} {
		s.pressAgain(mia, verb, about)
		s.modal(mia, "Market notes are off")
		s.closeAll(mia)
	}
	if got := s.types(mia, sourcing, "/factory market subscribe monthly"); !strings.Contains(got, "Market notes are off") {
		t.Errorf("subscribed she reads\n%s", got)
	}
	s.press(mia, s.command(mia, sourcing, "/factory market note 1"), "Delete note")
	s.untilSays(mia, sourcing, "Market note 1 is deleted")
	if ns := s.marketNotes(); len(ns) != 0 {
		t.Errorf("deleted there is still %+v, once %+v", ns, n)
	}
}

// TestWhoChangesAMarketNote: its author edits and deletes it, a colleague of the channel reads it
// and makes an idea of it.
func TestWhoChangesAMarketNote(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	f := s.inFactory(visit.Factory{Name: visited, City: "Ningbo"}, sourcing)
	expect(t, s.command(mia, sourcing, "/factory market ningbo"), "Market notes of "+visited, "Nothing is noted here yet")
	s.press(mia, s.command(mia, sourcing, "/factory ningbo"), "Add market note")
	form := s.modal(mia, "What did they say?")
	s.enter(mia, form, fieldChannel, sourcing)
	s.enter(mia, form, fieldNote, "resin gets scarce")
	s.tags(mia, form, "materials")
	s.enter(mia, form, fieldQuestion, "trends-ask-materials")
	s.send(mia, form)
	s.modal(mia, "Market note saved")
	s.closeAll(mia)
	expect(t, s.command(jonas, sourcing, "/factory ningbo"), "Market notes: 1", "resin gets scarce")
	card := s.command(jonas, sourcing, "/factory market note 1")
	expect(t, card, "resin gets scarce", "This may be out of date: verify it", "Which material will be scarce")
	if text := blockText(card.Blocks); strings.Contains(text, "Edit note") || strings.Contains(text, "Delete note") || !strings.Contains(text, "Make it an idea") {
		t.Errorf("Jonas is offered\n%s", text)
	}
	s.pressAgain(jonas, actEditMarket, "market/1")
	s.modal(jonas, "Somebody else wrote market note 1")
	s.closeAll(jonas)
	s.pressAgain(jonas, actDeleteMarket, "market/1")
	if len(s.marketNotes()) != 1 {
		t.Fatal("Jonas has deleted it")
	}
	s.press(mia, s.command(mia, sourcing, "/factory market note 1"), "Edit note")
	form = s.modal(mia, "What did they say?")
	s.enter(mia, form, fieldNote, "resin gets scarce and dear")
	s.tags(mia, form, "materials", "price")
	s.send(mia, form)
	s.modal(mia, "Market note saved")
	s.closeAll(mia)
	if n := s.marketNotes()[0]; n.Text != "resin gets scarce and dear" || len(n.Tags) != 2 || n.Question != "trends-ask-materials" || n.Factory.Number != f.Number {
		t.Errorf("edited it is %+v", n)
	}
	// A factory, and a channel that she is in.
	s.command(jonas, sourcing, "/factory add market note")
	form = s.modal(jonas, "What did they say?")
	s.enter(jonas, form, fieldNote, "wages rise")
	s.tags(jonas, form, "people")
	s.enter(jonas, form, fieldChannel, project)
	s.send(jonas, form)
	if errs := s.errorsIn(jonas); errs[fieldFactory] == "" {
		t.Errorf("without a factory: %q", errs)
	}
	s.enter(jonas, form, fieldFactory, "1")
	s.send(jonas, form)
	if errs := s.errorsIn(jonas); !strings.Contains(errs[fieldChannel], "not in this channel") {
		t.Errorf("in a channel that is not his: %q", errs)
	}
	s.nothingRefused()
}

// TestMarketNotesOfAPrivateChannelStayThere: a colleague who is not in it does not see them, by
// whatever button, nor that there are some; and nobody elsewhere.
func TestMarketNotesOfAPrivateChannelStayThere(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	v := s.onVisit(sourcing)
	f := v.Factory
	s.noted(f, project, "hidden robots", func(n *visit.MarketNote) {
		n.Idea = visit.MarketIdea{State: visit.IdeaOpen, Owner: mia, Next: "hidden step", Due: dayAhead(3)}
	})
	for verb, about := range map[blocks.ActionID]blocks.Subject{
		actOpen: "market/1", actMarket: marketList{}.value(), actFactoryPage: factorySubject(f.Number), actEditMarket: "market/1", actPursue: "market/1", actDeleteMarket: "market/1",
	} {
		read := s.reads(jonas, func() { s.pressAgain(jonas, verb, about) })
		if strings.Contains(read, "hidden") || strings.Contains(read, "Market notes: 1") {
			t.Errorf("%s: Jonas reads\n%s", verb, read)
		}
		s.closeAll(jonas)
	}
	if len(s.marketNotes()) != 1 {
		t.Error("he has deleted it")
	}
	for channel, sees := range map[string]bool{sourcing: false, project: true, s.direct(mia): true} {
		for _, line := range []string{"/factory market", "/factory market note 1", "/factory ningbo"} {
			if text := says(s.command(mia, channel, line)); strings.Contains(text, "hidden robots") != sees {
				t.Errorf("%s in %s: she reads\n%s", line, channel, text)
			}
		}
	}
	if text := says(s.visitDay(v)); strings.Contains(text, "hidden") {
		t.Errorf("the card of a visit in another channel says\n%s", text)
	}
}

// digestOn sends the digest of a channel on a day.
func (s *stage) digestOn(channel string, rhythm visit.Rhythm, day civil.Date) visit.Delivery {
	s.t.Helper()
	sc := visit.Schedule{Workspace: s.TeamID(), Subject: visit.SubjectOf(visit.OfChannel, channel), Kind: visit.RecurMarket, Rule: rhythm.Rule(s.bot.o.Timing.At), Zone: "Europe/Berlin"}
	return s.posted(visit.MarketDigestOf(sc, day.At(9, 0, must(time.LoadLocation("Europe/Berlin"))), &s.bot.o.Timing))
}

// TestTheDigestOfMarketNotes sums up a month of a channel, and says nothing where nothing is new,
// where another company reads by now, and while market notes are off.
func TestTheDigestOfMarketNotes(t *testing.T) {
	t.Parallel()
	s := marketStage(t)
	s.at("2027-04-01T08:00:00Z")
	for channel, words := range map[string]string{
		sourcing: "every month, first on Thu 1 April 2027", acme: "Guests or another company read", general: "Type /invite @visitprep", s.direct(mia): "Type /factory market subscribe in the one",
	} {
		if channel == sourcing {
			s.at("2027-03-20T08:00:00Z")
		}
		if got := s.types(mia, channel, "/factory market subscribe monthly"); !strings.Contains(got, words) {
			t.Errorf("in %s she reads\n%s", channel, got)
		}
	}
	if scs := must(s.bot.o.Store.Schedules(t.Context(), s.TeamID(), visit.RecurMarket)); len(scs) != 1 || scs[0].Rule != "0 9 1 * *" || scs[0].Subject != "channel/"+visit.Subject(sourcing) {
		t.Errorf("subscribed are %+v", scs)
	}
	april := civil.On(2027, 4, 1)
	if d := s.digestOn(sourcing, visit.Monthly, april); d.Outcome != visit.NothingSaid {
		t.Errorf("with nothing new it is %+v", d)
	}
	other := visit.Factory{Name: "Wenzhou Steel"}
	at := func(day string) func(*visit.MarketNote) {
		return func(n *visit.MarketNote) { n.At = must(time.Parse(time.RFC3339, day+"T10:00:00Z")) }
	}
	f := s.noted(visit.Factory{Name: visited}, sourcing, "of February", at("2027-02-28")).Factory
	s.noted(f, sourcing, "first of March", at("2027-03-01"))
	s.noted(f, sourcing, "two *robots* <fast>", at("2027-03-10"))
	s.noted(other, sourcing, "resin is dear", func(n *visit.MarketNote) {
		at("2027-03-11")(n)
		n.Tags, n.Question = []visit.MarketTag{visit.TagAutomation, visit.TagPrice}, "trends-ask-materials"
	})
	s.noted(f, sourcing, "last of March", at("2027-03-31"))
	s.noted(f, sourcing, "of April", at("2027-04-01"))
	s.noted(f, project, "hidden robots", at("2027-03-12"))
	s.at("2027-04-01T08:00:00Z")
	d := s.digestOn(sourcing, visit.Monthly, april)
	m := s.last(mia, sourcing)
	if d.Outcome != visit.Delivered || m.TS != d.TS {
		t.Fatalf("the digest is %+v", d)
	}
	expect(t, m, "Automation: 2 factories", "Price: 1 factory", "last of March – "+visited+", March 2027", "And 1 more.", "What we did not ask:", "Which step did you automate last", "without conclusions")
	for _, not := range []string{"of February", "of April", "hidden", "Which material will be scarce"} {
		if strings.Contains(says(m), not) {
			t.Errorf("it says %q:\n%s", not, says(m))
		}
	}
	if d := s.digestOn(sourcing, visit.Quarterly, april); d.Outcome != visit.Delivered || !strings.Contains(says(s.last(mia, sourcing)), "And 2 more.") {
		t.Errorf("that of a quarter is %+v:\n%s", d, says(s.last(mia, sourcing)))
	}
	if got := s.reads(jonas, func() { s.press(jonas, m, "Stop digest") }); !strings.Contains(got, "No digest of market notes comes here any more") {
		t.Errorf("stopped he reads\n%s", got)
	}
	if scs := must(s.bot.o.Store.Schedules(t.Context(), s.TeamID(), visit.RecurMarket)); len(scs) != 0 {
		t.Errorf("subscribed are %+v", scs)
	}
	s.bot.set().MarketNotes = false
	if d := s.digestOn(sourcing, visit.Monthly, april); d.Outcome != visit.NothingSaid {
		t.Errorf("while they are off it is %+v", d)
	}
	s.bot.set().MarketNotes = true
	s.noted(f, acme, "for nobody else", at("2027-03-10"))
	if d := s.digestOn(acme, visit.Monthly, april); d.Outcome != visit.NothingSaid || s.has("", acme, "for nobody else") {
		t.Errorf("where another company reads it is %+v", d)
	}
}
