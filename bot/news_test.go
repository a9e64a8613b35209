package bot

import (
	"context"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What these tests hold: when a channel or a person changes, whoever planned what stands
// there hears of it once, directly, and can move it; and what stands in a channel that is
// closed can still be found by its own people, and by nobody else.

// waits are the news that wait to be told.
func (s *stage) waits() (news []visit.Occurrence) {
	s.t.Helper()
	for _, o := range must(s.bot.o.Store.Occurrences(context.Background(), s.TeamID(), store.OccurrenceFilter{States: []visit.State{visit.Pending}})) {
		if o.Kind == visit.News {
			news = append(news, o)
		}
	}
	return news
}

// told is what people are told directly, by person, once all news has gone out.
func (s *stage) told() map[string]string {
	s.t.Helper()
	s.settled()
	s.bot.Wait()
	told := map[string]string{}
	for range 5 { // what is passed on goes out in the next round
		news := s.waits()
		if len(news) == 0 {
			return told
		}
		for _, o := range news {
			before := s.sees(o.To)
			d, sent := s.bot.reminders.Post(context.Background(), o), o
			switch d.Outcome {
			case visit.Delivered:
				sent.State, sent.TS = visit.Sent, d.TS
			case visit.NothingSaid:
				sent.State = visit.Cancelled
			default:
				s.t.Fatalf("telling %s: %+v", o.To, d)
			}
			must(s.bot.o.Store.Settle(context.Background(), o, sent))
			for place, text := range s.sees(o.To) {
				if before[place] != text {
					told[o.To] += text + "\n---\n"
				}
			}
		}
	}
	s.t.Fatal("news goes on for ever")
	return nil
}

// times is how often a text contains words.
func times(text, words string) int { return strings.Count(text, words) }

const movesVisit = "Move visit"

func TestWhoPlannedIsToldOnceThatTheirChannelIsRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *stage)
		says   []string
	}{
		{"shared", func(s *stage) { done(t, s.ShareChannel(sourcing)) }, []string{"<#C0SOURCING1> is now shared with another company."}},
		{"about to be", func(s *stage) { done(t, s.InviteCompany(sourcing)) }, []string{"<#C0SOURCING1> is now shared with another company."}},
		{"a guest", func(s *stage) { done(t, s.SetGuest(jonas, localslack.Restricted)) }, []string{"A guest reads <#C0SOURCING1> now: <@U0JONASWEB1>.", "Jonas Weber works for us"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			s.visitIn(sourcing, price)
			s.visitIn(sourcing)
			v := s.visitIn(acme)
			s.changeVisit(v, func(v *visit.Visit) { v.Shared = true })
			ctx := context.Background()
			look := func() {
				t.Helper()
				s.bot.directory.channels.answers.Purge()
				s.bot.directory.lists.answers.Purge()
				done(t, s.bot.changes.lookAround(ctx, time.Now().Add(25*time.Hour)))
			}
			look()
			if got := s.told(); len(got) > 0 {
				t.Fatalf("before, there is news: %q", got)
			}
			c.change(s)
			s.settled()
			s.bot.Wait()
			look()
			look()
			told := s.told()
			got := told[mia]
			for _, words := range append(c.says, "Visit 1, Ningbo", "Visit 2, Ningbo", "leave out items about audits", "What else was posted before stays readable there", movesVisit) {
				if !strings.Contains(got, words) {
					t.Errorf("%q is missing in\n%s", words, got)
				}
			}
			if len(told) != 1 || times(got, "\n---\n") != 1 || strings.Contains(got, "Visit 3") {
				t.Errorf("told is %q", told)
			}
			look()
			if again := s.told(); len(again) > 0 {
				t.Errorf("again there is news: %q", again)
			}
			s.nothingRefused()
		})
	}
}

func TestNoNewsIsToldOfWhatChangedBack(t *testing.T) {
	for name, c := range map[string]struct{ there, back func(s *stage) error }{
		"shared":   {func(s *stage) error { return s.ShareChannel(sourcing) }, func(s *stage) error { return s.UnshareChannel(sourcing) }},
		"archived": {func(s *stage) error { return s.ArchiveChannel(sourcing) }, func(s *stage) error { return s.UnarchiveChannel(sourcing) }},
		"left":     {func(s *stage) error { return s.RemoveApp(sourcing) }, func(s *stage) error { return s.Invite(mia, sourcing) }},
		"a guest":  {func(s *stage) error { return s.SetGuest(jonas, localslack.Restricted) }, func(s *stage) error { return s.SetGuest(jonas, "") }},
	} {
		s := newStage(t, overHTTP)
		v := s.visitIn(sourcing, price, visit.Item{ID: 2, Milestone: -56, Text: "Book the train", Owner: jonas})
		s.cardAndReminder(mia, v.Subject(), sourcing)
		done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
		done(t, c.there(s))
		s.settled()
		s.bot.Wait()
		if len(s.waits()) == 0 {
			t.Fatalf("%s: no news waits", name)
		}
		done(t, c.back(s))
		if got := s.told(); len(got) > 0 {
			t.Errorf("%s, and back: told is %q", name, got)
		}
		if got := says(s.card(sourcing, s.visit(v.Number).Card)); !strings.Contains(got, "0 of 14 done") {
			t.Errorf("%s, and back: the card says\n%s", name, got)
		}
	}
}

func TestWhatIsOnesOwnIsNoKeyToAChannel(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(project)
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: jonas}} })
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	direct := s.direct(jonas)
	for _, line := range []string{"/visit-prep show 1", "/visit-prep list"} {
		if got := s.types(jonas, direct, line); tellsOf(got) {
			t.Errorf("Jonas, who is not in the channel, by %s reads\n%s", line, got)
		}
	}
}

func TestThatAChannelIsClosedIsToldOfOnesOwn(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: jonas}, {User: liwei}} })
	s.inspectionIn(sourcing)
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	done(t, s.ArchiveChannel(sourcing))
	told := s.told()
	if got := told[jonas]; !strings.Contains(got, visited) || strings.Contains(got, inspected) {
		t.Errorf("Jonas, who goes there, is told\n%s", got)
	}
	if got := told[mia]; !strings.Contains(got, visited) || !strings.Contains(got, inspected) {
		t.Errorf("Mia is told\n%s", got)
	}
	if len(told) != 2 {
		t.Errorf("told is %q", told)
	}
}

func TestOnlyWhoMaySeeAVisitMovesIt(t *testing.T) {
	s := newPrivateStage(t)
	s.visitIn(project)
	s.planIn(project)
	was := s.state()
	for _, about := range []visit.Subject{"visit/1", "plan/1"} {
		if name, err := s.bot.moves.name(context.Background(), s.TeamID(), jonas, about); err == nil {
			t.Errorf("Jonas's form says %q", name)
		}
		if _, err := s.bot.moves.name(context.Background(), s.TeamID(), mia, about); err != nil {
			t.Errorf("Mia's form: %v", err)
		}
		sub := submission{team: s.TeamID(), user: jonas, id: modalRelocate, view: "V1" + string(about), meta: meta{About: blocks.Subject(about)},
			values: values{fieldChannel: {blocks.InputAction: {SelectedConversation: sourcing}}}}
		if _, err := s.bot.moves.submit(context.Background(), sub); err == nil || s.state() != was {
			t.Errorf("Jonas moves %s: %v; it is now\n%s", about, err, s.state())
		}
	}
}

func TestTheNextOfAVisitsPeopleIsToldWhereItsPlannerMayNotBe(t *testing.T) {
	for name, change := range map[string]func(s *stage){
		"has left the channel": func(s *stage) { done(t, s.Leave(mia, sourcing)) },
		"has left the company": func(s *stage) { done(t, s.Deactivate(mia)) },
	} {
		s := newStage(t, overHTTP)
		v := s.visitIn(sourcing, price)
		s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: liwei}, {User: jonas}} })
		done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
		change(s)
		done(t, s.ShareChannel(sourcing))
		told := s.told()
		if len(told) != 1 || !strings.Contains(told[jonas], "Visit 1, Ningbo") {
			t.Errorf("where the planner %s, told is %q", name, told)
		}
		for _, o := range must(s.bot.o.Store.Occurrences(context.Background(), s.TeamID(), store.OccurrenceFilter{})) {
			if o.Kind == visit.News && o.To == liwei {
				t.Errorf("where the planner %s, %s was to be told", name, o.To)
			}
		}
		s.nothingRefused()
	}
}

func TestWhatWasImportedWhereAnotherCompanyReadsIsTold(t *testing.T) {
	s := newStage(t, overHTTP)
	s.visitIn(acme)
	look := func() { t.Helper(); done(t, s.bot.changes.lookAround(t.Context(), time.Now())) }
	look()
	v := s.visitIn(acme, price)
	s.changeVisit(v, func(v *visit.Visit) { v.Shared = false }) // the file did not say
	look()
	got := s.told()
	if len(got) != 1 || !strings.Contains(got[mia], "Visit 2, Ningbo") {
		t.Errorf("told is %q", got)
	}
	look()
	if got := s.told(); len(got) > 0 {
		t.Errorf("again, told is %q", got)
	}
}

// closes are the ways in which a channel closes, and what is said of each.
var closes = map[string]struct {
	do   func(s *stage, channel string) error
	says string
}{
	"archived":        {func(s *stage, ch string) error { return s.ArchiveChannel(ch) }, "archived"},
	"deleted":         {func(s *stage, ch string) error { return s.DeleteChannel(ch) }, "deleted"},
	"the app is gone": {func(s *stage, ch string) error { return s.RemoveApp(ch) }, "no longer in"},
}

const carla = "U0CARLAVEGA"

// closedStage has a visit with an inspector's worth of people in a channel that closes:
// Mia planned it, Jonas goes there and is not in the channel, and Carla has nothing to do
// with it.
func closedStage(t *testing.T, channel, how string) *stage {
	t.Helper()
	s := newPrivateStage(t)
	done(t, s.AddPerson(localslack.Person{ID: carla, Name: "carla", RealName: "Carla Vega", TZ: "Europe/Berlin", TeamID: s.TeamID()}))
	v := s.visitIn(channel, price)
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: jonas}} })
	i := s.inspectionIn(channel)
	s.changeInspection(i, func(i *visit.Inspection) { i.Inspector = jonas })
	s.planIn(channel)
	s.show(v.Subject())
	s.show(i.Subject())
	s.bot.Wait()
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	done(t, closes[how].do(s, channel))
	s.settled()
	s.bot.Wait()
	return s
}

func TestItsOwnPeopleFindAVisitWhoseChannelIsClosed(t *testing.T) {
	for how := range closes {
		for _, channel := range []string{sourcing, project} {
			t.Run(how+", "+channel, func(t *testing.T) {
				s := closedStage(t, channel, how)
				told := s.told()
				for _, who := range []string{mia, jonas} {
					if got := told[who]; !strings.Contains(got, closes[how].says) || !strings.Contains(got, "Visit 1, Ningbo") || !strings.Contains(got, "Inspection 1, Dongguan") || !strings.Contains(got, movesVisit) || times(got, "\n---\n") != 1 {
						t.Errorf("%s is told\n%s", who, got)
					}
					direct := s.direct(who)
					for line, want := range map[string]string{"/visit-prep show 1": visited, "/visit-prep list": visited, "/inspection show 1": inspected, "/inspection": inspected} {
						if got := s.types(who, direct, line); !strings.Contains(got, want) {
							t.Errorf("%s, by %s, reads\n%s", who, line, got)
						}
					}
					if got := s.types(who, direct, "/visit-prep show 1"); !strings.Contains(got, movesVisit) {
						t.Errorf("%s is not offered to move the visit:\n%s", who, got)
					}
					if got := s.reads(who, func() { s.OpenHome(who) }); !strings.Contains(got, visited) || !strings.Contains(got, inspected) || !strings.Contains(got, "channel is") && !strings.Contains(got, "not in its channel") {
						t.Errorf("%s's Home says\n%s", who, got)
					}
				}
				if got := s.types(mia, s.direct(mia), "/inspection plan 1"); !strings.Contains(got, planned) || !strings.Contains(got, "Move plan") {
					t.Errorf("Mia reads of the plan\n%s", got)
				}
				if len(told) != 2 {
					t.Errorf("told is %q", told)
				}
				direct := s.direct(carla)
				for _, line := range []string{"/visit-prep show 1", "/visit-prep list", "/inspection show 1", "/inspection", "/inspection plan 1"} {
					if got := s.types(carla, direct, line); tellsOf(got) {
						t.Errorf("Carla, by %s, reads\n%s", line, got)
					}
				}
				if got := s.reads(carla, func() { s.OpenHome(carla) }); tellsOf(got) {
					t.Errorf("Carla's Home says\n%s", got)
				}
				s.bot.directory.channels.answers.Purge()
				done(t, s.bot.changes.lookAround(t.Context(), time.Now().Add(25*time.Hour)))
				if again := s.told(); len(again) > 0 {
					t.Errorf("again they are told %q", again)
				}
			})
		}
	}
}

func TestAVisitMovesOutOfAClosedChannel(t *testing.T) {
	for how := range closes {
		t.Run(how, func(t *testing.T) {
			s := closedStage(t, project, how)
			s.told()
			for _, c := range []struct{ line, button string }{
				{"/visit-prep show 1", movesVisit}, {"/inspection plan 1", "Move plan"}, {"/inspection show 1", "Change inspection's channel"},
			} {
				m := s.command(mia, s.direct(mia), c.line)
				v := s.opens(mia, m, c.button)
				s.enter(mia, v, fieldChannel, sourcing)
				s.send(mia, v)
				if got := s.top(mia); !strings.Contains(blockText(got.Blocks), "are in <#"+sourcing+"> from now on") {
					t.Errorf("%s: the form says %v\n%s", c.button, got.Errors, blockText(got.Blocks))
				}
			}
			s.settled()
			s.bot.Wait()
			v, i := s.visit(1), s.inspection(1)
			if v.Channel != sourcing || v.Private || i.Channel != sourcing || i.Private {
				t.Fatalf("the visit is in %+v, the inspection in %+v", v.Place, i.Place)
			}
			if p := must(s.bot.o.Store.Plan(context.Background(), s.TeamID(), 1)); p.Channel != sourcing || p.Private {
				t.Errorf("the plan is in %+v", p.Place)
			}
			for _, card := range []string{v.Card, i.Card} {
				if got := says(s.card(sourcing, card)); !tellsOf(got) {
					t.Errorf("the card says\n%s", got)
				}
			}
			for _, about := range []visit.Subject{v.Subject(), i.Subject()} {
				os := s.pending(about)
				if len(os) == 0 {
					t.Errorf("%s has no reminders", about)
				}
				for _, o := range os {
					if o.To != sourcing && !visit.IsPerson(o.To) {
						t.Errorf("a reminder of %s goes to %s", about, o.To)
					}
				}
			}
		})
	}
}

func TestAVisitLeavesAChannelThatIsSharedNow(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing, price)
	s.show(v.Subject())
	old := s.visit(1).Card
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	const other = "C0SHENZHEN1"
	done(t, s.Invite(mia, other))
	done(t, s.ShareChannel(sourcing))
	s.told()
	form := s.opens(mia, s.last(mia, s.direct(mia)), movesVisit)
	s.enter(mia, form, fieldChannel, acme)
	s.send(mia, form)
	if got := s.top(mia); !strings.Contains(got.Errors[fieldChannel], "no other company") {
		t.Errorf("moved to a shared channel: %+v", got.Errors)
	}
	s.enter(mia, form, fieldChannel, other)
	s.send(mia, form)
	s.settled()
	s.bot.Wait()
	if now := s.visit(1); now.Channel != other || now.Shared {
		t.Fatalf("it is in %+v", now.Place)
	}
	if got := says(s.card(sourcing, old)); tellsOf(got) || !strings.Contains(got, "prepared in another channel") {
		t.Errorf("the old card says\n%s", got)
	}
	if got := says(s.card(other, s.visit(1).Card)); !strings.Contains(got, "0 of 14 done") {
		t.Errorf("the card says\n%s", got)
	}
	s.nothingRefused()
}

func TestAChannelThatComesBackIsAsBefore(t *testing.T) {
	s := newPrivateStage(t)
	v := s.visitIn(sourcing, price)
	s.show(v.Subject())
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	done(t, s.ArchiveChannel(sourcing))
	s.settled()
	s.bot.Wait()
	s.changeVisit(v, func(v *visit.Visit) { v.Purpose = "negotiation" })
	done(t, s.UnarchiveChannel(sourcing))
	if got := s.told(); len(got) > 0 {
		t.Errorf("told is %q", got)
	}
	if got := says(s.card(sourcing, s.visit(1).Card)); !strings.Contains(strings.ToLower(got), "negotiation") {
		t.Errorf("the card says\n%s", got)
	}
}

func TestAGuestWhoWorksForUs(t *testing.T) {
	s := newStage(t, overHTTP)
	done(t, s.AddPerson(localslack.Person{ID: carla, Name: "carla", RealName: "Carla Vega", TZ: "Europe/Berlin", TeamID: s.TeamID()}))
	done(t, s.Join(carla, sourcing))
	v := s.visitIn(sourcing, price)
	s.show(v.Subject())
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.told()
	m := s.last(mia, s.direct(mia))
	if got := says(s.card(sourcing, s.visit(1).Card)); !strings.Contains(got, "0 of 13 done") {
		t.Fatalf("before, the card says\n%s", got)
	}
	const button = "Jonas Weber works for us"
	// Neither the guest, nor a colleague who has planned nothing there, may say so.
	for _, who := range []string{jonas, carla} {
		a := s.element(m, false, button, "")
		c := click{caller: caller{team: s.TeamID(), user: who, channel: s.direct(who)}, about: jonas, verb: actVouch}
		if _, err := s.bot.guests.vouch(context.Background(), c, true); err == nil {
			t.Errorf("%s may say that %s works for us (%+v)", who, jonas, a)
		}
	}
	if got := s.reads(mia, func() { s.press(mia, m, button) }); !strings.Contains(got, "Noted: Jonas Weber works for you") {
		t.Errorf("Mia reads\n%s", got)
	}
	s.bot.Wait()
	if got := says(s.card(sourcing, s.visit(1).Card)); !strings.Contains(got, "0 of 14 done") {
		t.Errorf("then the card says\n%s", got)
	}
	if got := s.types(jonas, sourcing, "/visit-prep show 1"); !tellsOf(got) {
		t.Errorf("Jonas reads\n%s", got)
	}
	if got := s.reads(mia, func() { s.press(mia, s.last(mia, s.direct(mia)), "Jonas Weber does not work for us") }); !strings.Contains(got, "counts as another company again") {
		t.Errorf("Mia reads\n%s", got)
	}
	s.bot.Wait()
	if got := says(s.card(sourcing, s.visit(1).Card)); !strings.Contains(got, "0 of 13 done") {
		t.Errorf("at last the card says\n%s", got)
	}
	s.nothingRefused()
}

func TestNewsThatCannotBeDeliveredIsToldToTheNext(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: jonas}} })
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	done(t, s.ShareChannel(sourcing))
	s.settled()
	s.bot.Wait()
	lost := s.waits()[0]
	who, err := s.bot.reminders.Tell(context.Background(), lost, []string{mia})
	if err != nil || who != jonas {
		t.Fatalf("told is %q, %v", who, err)
	}
	notice := visit.Occurrence{Workspace: s.TeamID(), Key: "n", Kind: visit.Notice, Subject: lost.Subject, To: jonas, Zone: "Europe/Berlin", Payload: lost.Key, Due: time.Now()}
	expect(t, s.reminded(notice, s.direct(jonas)), "is now shared with another company", visited, movesVisit)
	// That a channel is closed is told to each of its people anyway.
	if who, err := s.bot.reminders.Tell(context.Background(), visit.Occurrence{Workspace: s.TeamID(), Kind: visit.News, Subject: lost.Subject, To: mia, Payload: string(visit.Closed) + " " + mia}, []string{mia}); who != "" || err != nil {
		t.Errorf("told is %q, %v", who, err)
	}
}
