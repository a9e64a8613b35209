package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// What these tests hold: who owns an item, inspects or travels is a colleague, whoever
// Slack's menus offer; and nothing goes directly to somebody who may not see it.

func TestWhoIsNoColleagueIsRefusedAtTheField(t *testing.T) {
	people := map[string]struct {
		id     string
		change func(s *stage) error
		says   string
	}{
		"somebody of another company": {liwei, nil, "@Li Wei is not a colleague here. Pick a colleague"},
		"the app":                     {localslack.DefaultBotUserID, nil, "is an app. Pick a colleague"},
		"a guest":                     {jonas, func(s *stage) error { return s.SetGuest(jonas, localslack.Restricted) }, "@Jonas Weber is a guest and counts as another company."},
		"somebody who has left":       {jonas, func(s *stage) error { return s.Deactivate(jonas) }, "@Jonas Weber has left: the account is deactivated. Pick a colleague"},
		"a colleague":                 {jonas, nil, ""},
	}
	fill := func(s *stage, v localslack.View, fields ...string) {
		for n := 0; n < len(fields); n += 2 {
			s.enter(mia, v, fields[n], fields[n+1])
			v = s.top(mia)
		}
	}
	forms := map[string]struct {
		field string
		open  func(s *stage, who string) localslack.View // filled in
	}{
		"a draft of a new visit": {fieldPeople, func(s *stage, who string) localslack.View { // kept by a version that asked for people
			done(s.t, s.bot.visits.drafts.keep(s.t.Context(), s.TeamID(), mia, newVisitDraft(mia), draft{Mine: form{
				fieldFactory: newFactory, fieldName: "Foshan Tiles", fieldPurpose: "first_visit", fieldFirst: inDays(30), fieldPeople: who, fieldChannel: sourcing,
			}}))
			s.command(mia, sourcing, "/visit-prep plan")
			return s.top(mia)
		}},
		"a visit": {fieldPeople, func(s *stage, who string) localslack.View {
			v := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
			fill(s, v, fieldPeople, who)
			return s.top(mia)
		}},
		"an inspection": {fieldInspectors, func(s *stage, who string) localslack.View {
			s.command(mia, sourcing, "/inspection schedule")
			fill(s, s.top(mia), fieldFactory, newFactory, fieldName, "Foshan Tiles", fieldType, "pre_shipment", fieldDue, inDays(30), fieldInspectors, who)
			return s.top(mia)
		}},
		"a plan": {fieldInspectors, func(s *stage, who string) localslack.View {
			v := s.opens(mia, s.command(mia, sourcing, "/inspection plan 1"), "Edit plan")
			fill(s, v, fieldInspectors, who)
			return s.top(mia)
		}},
		"an item": {fieldOwner, func(s *stage, who string) localslack.View {
			v := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add item")
			fill(s, v, fieldItem, "Ask for samples", fieldOwner, who)
			return s.top(mia)
		}},
	}
	for name, p := range people {
		for what, f := range forms {
			t.Run(what+", "+name, func(t *testing.T) {
				s := newStage(t, overHTTP)
				s.visitIn(sourcing)
				s.planIn(sourcing)
				if p.change != nil {
					done(t, p.change(s))
					s.settled()
				}
				v := f.open(s, p.id)
				was := s.state()
				s.send(mia, v)
				s.bot.Wait()
				if got := s.errorsIn(mia)[f.field]; !strings.Contains(got, p.says) || (got == "") != (p.says == "") {
					t.Errorf("beside the field stands %q", got)
				}
				if now := s.state(); (now == was) != (p.says != "") && what != "a plan" {
					t.Errorf("it is now\n%swas\n%s", now, was)
				}
				s.nothingRefused()
			})
		}
		t.Run("the menu of an item, "+name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			s.visitIn(sourcing)
			if p.change != nil {
				done(t, p.change(s))
				s.settled()
			}
			list := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Open checklist")
			a := s.find(list.Blocks, "", "item-1")
			a.View, a.BlockID, a.ActionID, a.Value = list.ID, "item-1", string(actOwner), p.id
			done(t, s.Act(mia, a))
			got := blockText(s.top(mia).Blocks)
			if !strings.Contains(got, p.says) || p.says == "" && (strings.Contains(got, "ick a colleague") || strings.Contains(got, "another company")) {
				t.Errorf("the checklist says\n%s", got)
			}
			owner := s.visit(1).Items[0].Owner
			if want := map[bool]string{true: p.id, false: ""}[p.says == ""]; owner != want {
				t.Errorf("it is owned by %q, want %q", owner, want)
			}
			s.nothingRefused()
		})
	}
}

func TestWhoLeftSinceDoesNotKeepOthersFromEditing(t *testing.T) {
	s := newStage(t, overHTTP)
	v := s.visitIn(sourcing)
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: jonas}} })
	done(t, s.Deactivate(jonas))
	s.settled()
	f := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
	s.enter(mia, f, fieldAgenda, "09:00 opening")
	s.send(mia, f)
	s.bot.Wait()
	if now := s.visit(1); now.Agenda != "09:00 opening" || len(now.People) != 1 {
		t.Errorf("it is %+v, and beside the fields stands %v", now, s.errorsIn(mia))
	}
}

// An item of somebody who is not in its channel would be seen by nobody.
func TestAnItemGoesToWhoIsInItsChannel(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *stage)
		says   string
	}{
		{"a member", func(*stage) {}, ""},
		{"a colleague who is not in the channel", func(s *stage) { done(s.t, s.Leave(jonas, sourcing)) }, "@Jonas Weber is not in #china-sourcing, so they would not see it. Invite them there, or pick somebody else."},
		{"one who left and was invited again", func(s *stage) { done(s.t, s.Leave(jonas, sourcing)); done(s.t, s.Join(jonas, sourcing)) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			s.visitIn(sourcing)
			f := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add item")
			s.enter(mia, f, fieldItem, "Ask for samples")
			s.enter(mia, s.top(mia), fieldOwner, jonas)
			c.change(s)
			s.settled()
			s.send(mia, s.top(mia))
			s.bot.Wait()
			if got := s.errorsIn(mia)[fieldOwner]; got != c.says {
				t.Errorf("beside the field stands %q, want %q", got, c.says)
			}
			if given := slices.ContainsFunc(s.visit(1).Items, func(i visit.Item) bool { return i.Owner == jonas }); given != (c.says == "") {
				t.Errorf("it is given: %t", given)
			}
		})
	}
}

func TestWhoCannotBeCheckedIsNoStranger(t *testing.T) {
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	f := s.opens(mia, s.command(mia, sourcing, "/visit-prep show 1"), "Add item")
	s.enter(mia, f, fieldItem, "Ask for samples")
	s.enter(mia, f, fieldOwner, jonas)
	s.bot.directory.forget(jonas)
	s.bot.directory.person(context.Background(), s.TeamID(), mia)
	s.Fail("users.info", "internal_error", 1)
	s.send(mia, f)
	got := ""
	for _, words := range s.errorsIn(mia) {
		got += words
	}
	if !strings.Contains(got, "could not check that just now") {
		t.Errorf("the form says %q", got)
	}
}

func TestWhoPlannedIsToldOnceOfOwnersWhoAreNoColleaguesAnyMore(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *stage) error
		lost   bool // the event is
		says   string
	}{
		"a guest":                {func(s *stage) error { return s.SetGuest(jonas, localslack.Restricted) }, false, "is a guest now"},
		"deactivated":            {func(s *stage) error { return s.Deactivate(jonas) }, false, "is no longer a colleague here"},
		"deactivated, unnoticed": {func(s *stage) error { return s.Deactivate(jonas) }, true, "is no longer a colleague here"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Book the interpreter", Owner: jonas}, visit.Item{ID: 2, Milestone: -56, Text: "Book the train", Owner: jonas})
			s.inspectionIn(sourcing, visit.Item{ID: 1, Milestone: -3, Text: "Draw the sample", Owner: jonas})
			done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
			if got := says(s.reminded(s.digestOf(jonas, 5), s.direct(jonas))); !strings.Contains(got, "Book the interpreter") {
				t.Fatalf("before, his list says\n%s", got)
			}
			s.LoseEvents(c.lost)
			done(t, c.change(s))
			s.settled()
			if c.lost {
				s.bot.directory.forget(jonas) // an hour has passed
			}
			before := len(s.Messages(jonas, s.direct(jonas)))
			for range 2 {
				if d := s.posted(s.digestOf(jonas, 5)); d.Outcome != visit.NothingSaid {
					t.Errorf("his list: %+v", d)
				}
			}
			told := s.told()
			got := told[mia]
			if !strings.Contains(got, c.says) || !strings.Contains(got, "Visit 1, Ningbo Bright Metal: 2 open items") || !strings.Contains(got, "Inspection 1, Dongguan Plastics: 1 open item") || times(got, "\n---\n") != 1 && name != "a guest" {
				t.Errorf("Mia is told\n%s", got)
			}
			s.posted(s.digestOf(jonas, 6))
			if again := s.told(); len(again) > 0 {
				t.Errorf("again they are told %q", again)
			}
			if now := len(s.Messages(jonas, s.direct(jonas))); now != before {
				t.Errorf("he got %d messages", now-before)
			}
		})
	}
}

func TestNothingGoesDirectlyToWhoMayNotSeeIt(t *testing.T) {
	for name, change := range map[string]func(s *stage) error{
		"has left the channel": func(s *stage) error { return s.Leave(mia, project) },
		"has left the company": func(s *stage) error { return s.Deactivate(mia) },
		"is a guest":           func(s *stage) error { return s.SetGuest(mia, localslack.Restricted) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newPrivateStage(t)
			done(t, s.Join(jonas, project))
			s.visitIn(project, visit.Item{ID: 1, Milestone: -56, Text: "Book the interpreter", Owner: mia})
			s.visitIn(sourcing, visit.Item{ID: 1, Milestone: -56, Text: "Book the train", Owner: mia})
			i := s.inspectionIn(project)
			direct := s.direct(mia)
			card := s.command(mia, direct, "/visit-prep show 1")
			done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
			done(t, change(s))
			s.settled()
			before := s.sees(mia)
			// An inspection nobody has reported on: the channel's other members hear of it.
			if got := says(s.reminded(s.remindOf(i.Subject(), visit.Escalation, 0), project)); !strings.Contains(got, inspected) {
				t.Errorf("the channel reads\n%s", got)
			}
			if d := s.posted(s.digestOf(mia, 5)); d.Outcome != visit.NothingSaid && name != "has left the channel" {
				t.Errorf("her list: %+v", d)
			}
			// What she still has before her gives nothing away.
			s.Act(mia, s.element(card, false, "Send me the brief", ""))
			s.Act(mia, s.element(card, false, "Calendar file", ""))
			s.bot.Wait()
			for place, text := range s.sees(mia) {
				if before[place] != text && (strings.Contains(text, "Book the interpreter") || strings.Contains(text, inspected) || strings.Contains(text, "BEGIN:VCALENDAR")) && !strings.HasPrefix(place, project) {
					t.Errorf("in %s she reads\n%s", place, text)
				}
			}
		})
	}
}

func TestTheGuestsOfOnesChannels(t *testing.T) {
	s := newStage(t, overHTTP)
	s.visitIn(sourcing)
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	if got := s.types(mia, sourcing, "/visit-prep guests"); !strings.Contains(got, "There are no guests") {
		t.Errorf("Mia reads\n%s", got)
	}
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.settled()
	m := s.command(mia, sourcing, "/visit-prep guests")
	if got := says(m); !strings.Contains(got, "Jonas Weber is in one of your channels") {
		t.Errorf("Mia reads\n%s", got)
	}
	s.reads(mia, func() { s.press(mia, m, "Jonas Weber works for us") })
	m = s.command(mia, sourcing, "/visit-prep guests")
	if got := says(m); !strings.Contains(got, "Jonas Weber works for us and sees what colleagues see") {
		t.Errorf("Mia reads\n%s", got)
	}
	if got := s.types(jonas, sourcing, "/visit-prep guests"); !strings.Contains(got, "There are no guests") {
		t.Errorf("Jonas, who planned nothing, reads\n%s", got)
	}
	// An admin hears of those in their own channels.
	done(t, s.AddPerson(localslack.Person{ID: carla, Name: "carla", RealName: "Carla Vega", TZ: "Europe/Berlin", TeamID: s.TeamID(), Admin: true}))
	for _, in := range []bool{false, true} {
		if in {
			done(t, s.Join(carla, sourcing))
		}
		s.settled()
		s.bot.Wait()
		if got := s.types(carla, s.direct(carla), "/visit-prep guests"); strings.Contains(got, "Jonas Weber works for us") != in {
			t.Errorf("Carla, in the channel: %v, reads\n%s", in, got)
		}
	}
}

func TestALossIsToldWithoutANameToWhoMayNotSeeIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *stage) error
		named  bool
	}{
		"in the channel":     {func(*stage) error { return nil }, true},
		"out of the channel": {func(s *stage) error { return s.Leave(mia, project) }, false},
		"a closed channel":   {func(s *stage) error { return s.ArchiveChannel(project) }, true},
	} {
		s := newPrivateStage(t)
		v := s.visitIn(project)
		done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
		lost := s.pending(v.Subject())[0]
		done(t, c.change(s))
		s.settled()
		s.bot.Wait()
		got := says(s.reminded(visit.Occurrence{Workspace: s.TeamID(), Key: "n", Kind: visit.Notice, Subject: v.Subject(), To: mia, Zone: "Europe/Berlin", Payload: lost.Key, Due: time.Now()}, s.direct(mia)))
		if strings.Contains(got, visited) != c.named || strings.Contains(got, "Show visit") != c.named {
			t.Errorf("%s: Mia is told\n%s", name, got)
		}
	}
}

func TestWhoLeftAChannelIsNotToldOfItsOwners(t *testing.T) {
	s := newPrivateStage(t)
	done(t, s.AddPerson(localslack.Person{ID: carla, Name: "carla", RealName: "Carla Vega", TZ: "Europe/Berlin", TeamID: s.TeamID()}))
	done(t, s.Join(carla, project))
	v := s.visitIn(project, visit.Item{ID: 1, Milestone: -56, Text: "Book the interpreter", Owner: jonas})
	s.changeVisit(v, func(v *visit.Visit) { v.People = []visit.Person{{User: carla}} })
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	done(t, s.Leave(mia, project))
	done(t, s.Deactivate(jonas))
	if told := s.told(); len(told) != 1 || !strings.Contains(told[carla], "Visit 1, Ningbo Bright Metal: 1 open item") {
		t.Errorf("told is %q", told)
	}
}

// TestWhoReadsAChannelIsAskedForAFile: another company, or a guest who counts as one; of a channel that
// the app does not see nothing is known.
func TestWhoReadsAChannelIsAskedForAFile(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	asks := func(channel string) (bool, error) {
		return NewColleagues(s.bot.o.Slack, s.bot.o.Store, s.TeamID(), false, s.bot.o.Logger).OthersRead(t.Context(), channel)
	}
	for channel, want := range map[string]bool{acme: true, sourcing: false, general: false, "C0NOWHERE01": false} {
		if got, err := asks(channel); got != want || err != nil {
			t.Errorf("in %s others read: %v, %v", channel, got, err)
		}
	}
	done(t, s.SetGuest(jonas, localslack.Restricted))
	if got, err := asks(sourcing); !got || err != nil {
		t.Errorf("with a guest others read: %v, %v", got, err)
	}
	s.Fail("conversations.info", "ratelimited", 100)
	if _, err := asks(sourcing); err == nil {
		t.Error("Slack did not answer, and there is no error")
	}
}
