package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// plans has a visit in a channel, of which the bot has posted nothing.
func (tn *tenant) plans(channel string) {
	var v visit.Visit
	v.Workspace, v.Owner, v.Purpose, v.Place = tn.TeamID(), mia, "supplier_audit", in(channel)
	v.Factory.Name, v.First, v.Last = "Acme", dayAhead(60), dayAhead(60)
	must(tn.bot.o.Store.PlanVisit(context.Background(), v, time.Now()))
}

// isLookedAt reports whether a channel was ever looked at.
func (tn *tenant) isLookedAt(channel string) bool {
	f, err := tn.bot.o.Store.ChannelFacts(context.Background(), tn.TeamID(), channel)
	return err == nil && !f.Checked.IsZero()
}

// unanswered is how many calls its Slack has not answered.
func (tn *tenant) unanswered() int {
	tn.mu.Lock()
	defer tn.mu.Unlock()
	return tn.calls
}

func (tn *tenant) silence(is bool) {
	tn.mu.Lock()
	defer tn.mu.Unlock()
	tn.silent = is
}

// goesOn runs one of the bot's loops until stop.
func goesOn(loop func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); loop(ctx) }()
	return func() { cancel(); <-ended }
}

// TestASlackThatDoesNotAnswerHoldsUpNoOtherWorkspace, though more of them are silent than are looked
// at side by side: every other one is looked at each minute. The silent ones are asked once at a
// time, and looked at as soon as they answer. A program that stops does not wait for their answers.
func TestASlackThatDoesNotAnswerHoldsUpNoOtherWorkspace(t *testing.T) {
	for _, silent := range []int{1, 2*teamsAtOnce + 1} {
		t.Run(fmt.Sprintf("%d silent", silent), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ts := newTenants(t, silent+3)
				for n, tn := range ts.all {
					tn.plans(sourcing)
					tn.silence(n < silent)
				}
				stop := goesOn(ts.bot.Watch)
				time.Sleep(lookEvery / 2)
				for _, channel := range []string{acme, general} {
					for _, tn := range ts.all[silent:] {
						if !tn.isLookedAt(sourcing) {
							t.Errorf("%s was not looked at in %s", sourcing, tn.TeamID())
						}
						tn.plans(channel)
					}
					time.Sleep(lookEvery)
					for _, tn := range ts.all[silent:] {
						if !tn.isLookedAt(channel) {
							t.Errorf("after a minute %s was not looked at in %s", channel, tn.TeamID())
						}
					}
				}
				for _, tn := range ts.all[:silent] {
					if tn.isLookedAt(sourcing) || tn.unanswered() != 1 {
						t.Errorf("%s was asked %d times", tn.TeamID(), tn.unanswered())
					}
					tn.silence(false)
				}
				time.Sleep(listLimit + lookEvery)
				for _, tn := range ts.all[:silent] {
					if !tn.isLookedAt(sourcing) {
						t.Errorf("%s answers again, and was not looked at", tn.TeamID())
					}
					tn.silence(true)
				}
				time.Sleep(keepList) // so that they are listed again, in vain
				begun := time.Now()
				stop()
				ts.bot.Wait()
				if took := time.Since(begun); took > time.Second {
					t.Errorf("it stopped after %s", took)
				}
				time.Sleep(listLimit) // until the questions have ended
			})
		})
	}
}

// TestACardIsDrawnThoughTheSlackOfAnotherWorkspaceDoesNotAnswer: neither the cards that are behind
// there nor what was left in another channel holds up others.
func TestACardIsDrawnThoughTheSlackOfAnotherWorkspaceDoesNotAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		behind func(tn *tenant) // what cannot be done in the workspace that is silent
	}{
		{"more cards than are drawn at a time", func(tn *tenant) {
			for range healAtOnce + 2 {
				tn.behind()
			}
		}},
		{"what was left in another channel", func(tn *tenant) {
			tn.shows()
			must(tn.bot.o.Store.ChangeVisit(context.Background(), tn.TeamID(), 1, time.Now(), func(v *visit.Visit) error { v.Place = in(general); return nil }))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ts := newTenants(t, 2)
				a, b := ts.all[0], ts.all[1]
				c.behind(a)
				a.silence(true)
				b.behind()
				stop := goesOn(ts.bot.KeepCards)
				time.Sleep(2*healEvery + time.Second)
				if text := says(b.visitCard()); !strings.Contains(text, "cancelled") || a.unanswered() == 0 {
					t.Errorf("%d questions are on their way there; here the card says\n%s", a.unanswered(), text)
				}
				stop()
				time.Sleep(listLimit) // until the questions have ended
			})
		})
	}
}

// shows plans a visit and shows its card.
func (tn *tenant) shows() (number int) {
	tn.plans(sourcing)
	vs := must(tn.bot.o.Store.Visits(context.Background(), tn.TeamID(), storeFilter()))
	number = vs[len(vs)-1].Number
	if err := tn.bot.Show(context.Background(), tn.TeamID(), visit.SubjectOf(visit.OfVisit, number)); err != nil {
		tn.t.Error(err)
	}
	return number
}

// behind has the card of a new visit show less than it should.
func (tn *tenant) behind() {
	must(tn.bot.o.Store.ChangeVisit(context.Background(), tn.TeamID(), tn.shows(), time.Now(), func(v *visit.Visit) error { v.Cancel(mia, time.Now()); return nil }))
}

// remembers is what the bot keeps in memory of a workspace.
func (b *Bot) remembers(team string) (what []string) {
	d := b.directory
	people := 0
	if d.listed.each(team, func(*person) { people++ }); people > 0 {
		what = append(what, fmt.Sprintf("%d people", people))
	}
	what = slices.Concat(what, keptOf(d.asked, team, "person"), keptOf(d.lists, team, "list"), keptOf(d.zones, team, "zone"),
		keptOf(d.channels, team, "channel"), keptOf(d.members, team, "members"))
	b.live.homes.mu.Lock()
	defer b.live.homes.mu.Unlock()
	for key := range b.live.homes.seen {
		if strings.HasPrefix(key, team) {
			what = append(what, "home "+key)
		}
	}
	for _, key := range b.advice.talks.last.Keys() {
		if strings.HasPrefix(key, team) {
			what = append(what, "conversation "+key)
		}
	}
	if b.o.Slack.kept.Contains(team) {
		what = append(what, "client")
	}
	return what
}

func keptOf[T any](c *cache[T], team, kind string) (what []string) {
	for _, key := range c.answers.Keys() {
		if a, ok := c.answers.Peek(key); ok && strings.HasPrefix(key, team) && !a.asked.IsZero() {
			what = append(what, kind+" "+key)
		}
	}
	return what
}

// uninstalls takes the tokens of workspaces away, and gives them back.
func (ts *tenants) uninstalls() (gone map[string]bool) {
	gone = map[string]bool{}
	token := ts.bot.o.Slack.token
	ts.bot.o.Slack.token = func(ctx context.Context, workspace string) (string, error) {
		if gone[workspace] {
			return "", ErrNotInstalled
		}
		return token(ctx, workspace)
	}
	return gone
}

// TestPeopleAreListedWhereSomethingIsOpen: of many workspaces nothing is kept of those that plan
// nothing, and whoever an event names there is forgotten again.
func TestPeopleAreListedWhereSomethingIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts := newTenants(t, 20)
		busy := ts.all[0]
		busy.plans(sourcing)
		for _, tn := range ts.all {
			tn.isKnown()
		}
		defer goesOn(ts.bot.Watch)()
		time.Sleep(lookEvery / 2)
		for _, tn := range ts.all {
			if _, listed := ts.bot.directory.lists.kept(tn.TeamID()); listed != (tn == busy) {
				t.Errorf("the people of %s are listed: %v", tn.TeamID(), listed)
			}
		}
		idle := ts.all[1:]
		if err := ts.bot.directory.mayAsk(idle[0].TeamID(), liwei); !errors.Is(err, errNotColleague) {
			t.Errorf("another company's person who asks where nobody is listed: %v", err)
		}
		ts.each("somebody moves", false, func(tn *tenant) { done(t, tn.MoveZone(jonas, "Asia/Shanghai")) })
		for _, tn := range idle {
			if _, known := ts.bot.directory.known(tn.TeamID(), jonas); !known {
				t.Error("an event named somebody who is not known")
			}
		}
		time.Sleep(2*keepList + lookEvery)
		for _, tn := range idle {
			if what := ts.bot.remembers(tn.TeamID()); len(what) > 1 || len(what) == 1 && what[0] != "client" {
				t.Errorf("of %s is kept %q", tn.TeamID(), what)
			}
		}
		if n := len(ts.bot.directory.listed.workspaces()); n != 1 {
			t.Errorf("people are kept of %d workspaces", n)
		}
		if _, known := ts.bot.directory.known(busy.TeamID(), jonas); !known {
			t.Error("where something is open, nobody is known any more")
		}
	})
}

// isKnown has the database know the workspace, and nothing be open there.
func (tn *tenant) isKnown() {
	must(tn.bot.o.Store.PutMissed(context.Background(), store.Missed{Workspace: tn.TeamID(), Question: "who sews", Day: dayAhead(0), Got: store.GotNone}, mia))
}

// TestThePeopleOfTheOneWorkspaceAreListed before anything is planned there.
func TestThePeopleOfTheOneWorkspaceAreListed(t *testing.T) {
	s := newStage(t, overHTTP)
	s.bot.directory.forget("")
	done(t, s.bot.changes.lookAround(t.Context(), time.Now()))
	if _, listed := s.bot.directory.lists.kept(s.TeamID()); !listed {
		t.Error("they are not listed")
	}
	// Slack has revoked the token, and somebody has installed the app anew.
	before := must(s.bot.directory.admins(t.Context(), s.TeamID()))
	done(t, s.bot.changes.disconnected(t.Context(), s.TeamID(), "token_revoked"))
	if admins := must(s.bot.directory.admins(t.Context(), s.TeamID())); len(before) == 0 || !slices.Equal(admins, before) {
		t.Errorf("the admins are %q, and were %q", admins, before)
	}
}

// TestAWorkspaceThatIsGoneIsForgotten by the next round, and Slack is asked anew where it comes back.
func TestAWorkspaceThatIsGoneIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts, a, b := strangers(t)
		gone := ts.uninstalls()
		look := func() { t.Helper(); done(t, ts.bot.changes.lookAround(unattended(t.Context()), time.Now())) }
		look()
		ts.each("a question", false, func(tn *tenant) {
			done(t, tn.OpenHome(mia))
			must(tn.Say(mia, sourcing, "", "@visitprep is a clock a good gift?"))
		})
		for _, tn := range ts.all {
			ts.bot.directory.noteZones(t.Context(), tn.TeamID(), []string{mia})
			must(ts.bot.directory.ask(t.Context(), tn.TeamID(), liwei))
			what := strings.Join(ts.bot.remembers(tn.TeamID()), ", ")
			for _, kind := range []string{"people", "person ", "list ", "zone ", "channel ", "members ", "home ", "conversation ", "client"} {
				if !strings.Contains(what, kind) {
					t.Errorf("there is no %s in %s", kind, what)
				}
			}
		}
		gone[a.TeamID()], gone["T0DELETED01"] = true, true // which the database does not know
		ts.bot.directory.listed.put("T0DELETED01", person{id: mia}, time.Now())
		look()
		if what := ts.bot.remembers("T0DELETED01"); len(what) > 0 {
			t.Errorf("of what was deleted is kept %q", what)
		}
		if what := ts.bot.remembers(a.TeamID()); len(what) > 0 {
			t.Errorf("of what is gone is kept %q", what)
		}
		if what := ts.bot.remembers(b.TeamID()); len(what) < 8 {
			t.Errorf("of the other is kept %q", what)
		}
		delete(gone, a.TeamID())
		look()
		if _, known := ts.bot.directory.known(a.TeamID(), jonas); !known {
			t.Error("the people of what has come back were not listed")
		}
	})
}

// TestNothingIsBegunTwiceInAWorkspace while it is under way, or waits for a place.
func TestNothingIsBegunTwiceInAWorkspace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var work group
		r, last := newRounds(&work, 1), make(chan struct{})
		var begun [2]atomic.Int32
		begin := func() {
			for n := range begun {
				r.begin(t.Context(), fmt.Sprint("T", n), func() { begun[n].Add(1); <-last })
			}
			synctest.Wait()
		}
		for range 3 {
			begin()
		}
		if n := begun[0].Load() + begun[1].Load(); n != 1 {
			t.Errorf("with one place %d are begun", n)
		}
		time.Sleep(placeFor)
		synctest.Wait()
		for n := range begun {
			if n := begun[n].Load(); n != 1 {
				t.Errorf("it is begun %d times", n)
			}
		}
		close(last)
		work.Wait()
		begin()
		for n := range begun {
			if n := begun[n].Load(); n != 2 {
				t.Errorf("what has ended is begun again: %d times in all", n)
			}
		}
	})
}

// TestWhatCouldNotBeTakenDownIsForgotten once nobody asks for it any more.
func TestWhatCouldNotBeTakenDownIsForgotten(t *testing.T) {
	var r redraws
	failed, now := errors.New("no answer"), time.Now()
	for key, at := range map[string]time.Time{"long ago": now.Add(-closedRedraw - time.Minute), "a while ago": now.Add(-closedRedraw), "now": now} {
		r.begin(key, at)
		r.ends(key, failedRedraw{}, failed, at)
	}
	r.begin("again", now)
	r.ends("again", failedRedraw{}, failed, now)
	if _, kept := r.failed["long ago"]; kept || len(r.failed) != 3 {
		t.Errorf("kept are %v", r.failed)
	}
}
