package scheduler_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
	"visitprep/scheduler"
)

// A life is what a workspace has to send for some days: visits with milestones and cards, a
// plan that makes inspections, somebody's own items, and tips.
type life struct {
	*stage
	file string
	base *knowledge.Base
}

func newLife(t *testing.T, base *knowledge.Base) *life {
	t.Helper()
	file := filepath.Join(t.TempDir(), "v.db")
	l := &life{newStage(t, file), file, base}
	ctx, today := context.Background(), civil.Of(time.Now())
	visitIn := func(days int, milestones ...visit.Milestone) {
		v := visit.Visit{Purpose: "first_visit", First: today.AddDays(days), Last: today.AddDays(days)}
		v.Workspace, v.Owner, v.Factory.Name, v.Channel, v.ChannelZone = team, mia, "Ningbo Bright Metal", sourcing, "Europe/Berlin"
		for n, m := range milestones {
			v.Items = append(v.Items, visit.Item{ID: n + 1, Milestone: m, Text: "Book the interpreter", Owner: mia})
		}
		if _, err := l.kept.PlanVisit(ctx, v, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	visitIn(8, -7)            // reminded on the second day
	visitIn(15, -14, -7)      // the same
	visitIn(3, -28, -1, 0, 1) // there is something to catch up with, and each day has a reminder
	plan := func(first int, leads ...int) {
		p := visit.Plan{Workspace: team, Factory: visit.Factory{Name: "Dongguan Plastics"}, Type: "pre_shipment", Rule: "every 1 weeks from " + today.AddDays(first).String() + " at 09:00", Owner: mia, LeadDays: leads}
		p.Channel, p.ChannelZone = sourcing, "Europe/Berlin"
		if _, err := l.kept.AddPlan(ctx, p, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	plan(2, 2, 1)
	plan(4, 3)
	for _, s := range []visit.Schedule{{Subject: visit.SubjectOf(visit.OfChannel, sourcing), Rule: "0 10 * * *"}} {
		s.Workspace, s.Kind, s.Zone, s.Next = team, visit.RecurTip, "Europe/Berlin", time.Now().Truncate(time.Hour).Add(24*time.Hour)
		if err := l.kept.PutSchedule(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// numbered is the number in the name of an inspection: that which is made once more has
// another.
var numbered = regexp.MustCompile(`(?i)inspection \d+`)

// known begins every message but a tip. Which tip comes is chosen by those that the
// database knows to have been seen.
var known = regexp.MustCompile(`^(inspection|Visit \d+|For you today|A reminder|\d+ reminders)`)

// said are the messages of the app, in order, and how often each key is among them.
func (l *life) said() (texts []string, keys map[string]int) {
	keys = map[string]int{}
	var all []localslack.Message
	for _, c := range l.slack.Channels(mia) {
		for _, m := range l.slack.Messages(mia, c.ID) {
			if m.Metadata != nil && !slices.ContainsFunc(all, func(o localslack.Message) bool { return o.TS == m.TS && o.Text == m.Text }) {
				all = append(all, m)
			}
		}
	}
	for _, m := range all {
		first, _, _ := strings.Cut(m.Text, "\n")
		if first = numbered.ReplaceAllString(first, "inspection"); !known.MatchString(first) {
			first = "a tip"
		}
		texts = append(texts, first)
		keys[string(m.Metadata)]++
	}
	slices.Sort(texts)
	return texts, keys
}

// runFrom has a process work from an instant on: before, nothing is due.
func (l *life) runFrom(at time.Time, d time.Duration) {
	l.t.Helper()
	time.Sleep(time.Until(at))
	l.run(l.base, d)
}

func (l *life) options() store.Options {
	return store.Options{URL: l.file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), Owner: true}
}

// reopen ends the process and has another serve what lies in the file by then.
func (l *life) reopen(between func()) {
	l.t.Helper()
	if err := l.kept.Close(); err != nil {
		l.t.Fatal(err)
	}
	between()
	kept, err := store.Open(context.Background(), l.options())
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { kept.Close() })
	l.kept = kept
}

// put writes the copy in the place of the database, as people do by hand.
func (l *life) put(copied string) {
	l.t.Helper()
	data, err := os.ReadFile(copied)
	if err == nil {
		err = os.WriteFile(l.file, data, 0o600)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestACopyThatIsPutBackSendsNothingTwice lets some days pass, takes a copy at night, lets
// days pass of which the copy knows nothing, and goes on from the copy. Slack then has what
// it has where nothing happened.
func TestACopyThatIsPutBackSendsNothingTwice(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	before, after, spans := 15*time.Hour, 60*time.Hour, 2
	if underRace {
		after, spans = 20*time.Hour, 1
	}
	for _, c := range []struct {
		name string
		lost time.Duration // of what the copy knows nothing
	}{
		{"an afternoon later", 14 * time.Hour},
		{"three days later", 62*time.Hour + 30*time.Minute},
	}[:spans] {
		var undisturbed []string
		t.Run(c.name+", undisturbed", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLife(t, base)
				l.run(base, before+c.lost+after)
				undisturbed, _ = l.said()
			})
		})
		for how, put := range map[string]func(t *testing.T, l *life, copied string){
			"by hand": func(_ *testing.T, l *life, copied string) { l.put(copied) },
			"by restore": func(t *testing.T, l *life, copied string) {
				r, err := store.Restore(context.Background(), l.options(), copied, time.Now())
				if err != nil || r.Looked == 0 || r.Jumped || !slices.Contains(r.Kept, l.file+".before-"+time.Now().Format("20060102T150405Z")) {
					t.Fatalf("restored: %+v, %v", r, err)
				}
			},
			"by restore, the database is gone": func(t *testing.T, l *life, copied string) {
				if err := os.Remove(l.file); err != nil {
					t.Fatal(err)
				}
				r, err := store.Restore(context.Background(), l.options(), copied, time.Now())
				if err != nil || !r.Jumped || len(r.Kept) > 0 {
					t.Fatalf("restored: %+v, %v", r, err)
				}
			},
		} {
			t.Run(c.name+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLife(t, base)
					l.run(base, before)
					copied := filepath.Join(t.TempDir(), "copy.db")
					if err := l.kept.Backup(context.Background(), copied); err != nil {
						t.Fatal(err)
					}
					l.run(base, c.lost)
					sofar, _ := l.said()
					l.reopen(func() { put(t, l, copied) })
					log := l.run(base, after)
					texts, keys := l.said()
					for k, n := range keys {
						if n > 1 {
							t.Errorf("the key %s was sent %d times", k, n)
						}
					}
					if !slices.Equal(texts, undisturbed) {
						t.Errorf("Slack has\n%s\nand would have\n%s\nof which before the copy was put back\n%s\nthe log:\n%s", strings.Join(texts, "\n"), strings.Join(undisturbed, "\n"), strings.Join(sofar, "\n"), log)
					}
				})
			})
		}
	}
}

// TestNothingNewIsTakenForSomethingLost: what is planned after a restore has other numbers
// and keys than what was planned since the copy, of which cards and buttons are in Slack.
func TestNothingNewIsTakenForSomethingLost(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		gone  bool
		wants int
	}{{"the old database can be read", false, 7}, {"it is gone", true, 10001}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, l := context.Background(), newLife(t, base)
				copied := filepath.Join(t.TempDir(), "copy.db")
				if err := l.kept.Backup(ctx, copied); err != nil {
					t.Fatal(err)
				}
				l.planSoon()
				lost := l.planSoon()
				moved, err := l.kept.ChangeVisit(ctx, team, 1, time.Now(), func(v *visit.Visit) error { v.Last = v.Last.AddDays(1); return nil })
				if err != nil || lost.Number != 6 {
					t.Fatal(lost.Number, err)
				}
				l.run(base, time.Minute)
				l.reopen(func() {
					if c.gone {
						if err := os.Remove(l.file); err != nil {
							t.Fatal(err)
						}
					}
					if _, err := store.Restore(ctx, l.options(), copied, time.Now()); err != nil {
						t.Fatal(err)
					}
				})
				// At once, so that a look back by minutes reaches into the gap.
				v := l.planSoon()
				if v.Number != c.wants {
					t.Errorf("the new visit is number %d, want %d", v.Number, c.wants)
				}
				again, err := l.kept.ChangeVisit(ctx, team, 1, time.Now(), func(v *visit.Visit) error { v.Last = v.Last.AddDays(1); return nil })
				if err != nil || v.Schedule <= lost.Schedule || again.Schedule <= moved.Schedule {
					t.Errorf("the revisions are %d after %d and %d after %d, %v", v.Schedule, lost.Schedule, again.Schedule, moved.Schedule, err)
				}
				l.slack.LoseAnswer("chat.postMessage", 1)
				l.run(base, 5*time.Minute)
				kept, err := l.kept.Visit(ctx, team, v.Number)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range l.slack.Messages(mia, sourcing) {
					if m.TS == kept.Card && strings.HasPrefix(m.Text, fmt.Sprintf("Visit %d:", v.Number)) {
						return
					}
				}
				t.Errorf("the card of the new visit is %q", kept.Card)
			})
		})
	}
}

// TestWhatCannotBeLookedUpAfterARestore: visits and inspections are repeated and say so,
// tips are not.
func TestWhatCannotBeLookedUpAfterARestore(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, base)
		l.run(base, 15*time.Hour)
		copied := filepath.Join(t.TempDir(), "copy.db")
		if err := l.kept.Backup(context.Background(), copied); err != nil {
			t.Fatal(err)
		}
		l.run(base, 10*time.Hour)
		sofar, _ := l.said()
		l.reopen(func() { l.put(copied) })
		l.slack.Fail("conversations.history", "missing_scope", 1000)
		l.slack.Fail("conversations.replies", "missing_scope", 1000)
		l.run(base, 30*time.Minute)
		texts, _ := l.said()
		count := func(texts []string, beginning string) (n int) {
			for _, s := range texts {
				if strings.HasPrefix(s, beginning) {
					n++
				}
			}
			return n
		}
		if n := count(texts, "a tip") - count(sofar, "a tip"); n != 0 {
			t.Errorf("%d tips were repeated", n)
		}
		again := 0
		for _, m := range l.slack.Messages(mia, sourcing) {
			if strings.Contains(m.Text, "You may have seen this before.") {
				again++
			}
		}
		if n := count(texts, "Visit 2, ") - count(sofar, "Visit 2, "); n != 1 || again < 2 {
			t.Errorf("visit 2 was reminded of %d times more, and %d messages say that they may be a repeat:\n%s\nbefore:\n%s", n, again, strings.Join(texts, "\n"), strings.Join(sofar, "\n"))
		}
	})
}

// TestADumpThatIsPutBackSendsNothingTwice is the same on PostgreSQL, where the copy is a
// database of its own and restore without a file says so. Calendar time is moved.
func TestADumpThatIsPutBackSendsNothingTwice(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	begin := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	var at atomic.Int64
	at.Store(begin.UnixMilli())
	now := func() time.Time { return time.UnixMilli(at.Load()).UTC() }
	set := func(to time.Time) { at.Store(to.UnixMilli()) }
	w, api := serveSlack(t, 0, 0, func(o *localslack.Options) { o.Now = now })
	cluster, timing := pgtest.Shared(t), visit.DefaultTiming()
	live := cluster.Database(t)

	// serve has one process serve a database until an instant and until all is looked for.
	serve := func(url string, until time.Time) {
		t.Helper()
		kept, err := store.Open(ctx, store.Options{URL: url, Timing: timing, Logger: slog.New(slog.DiscardHandler), Faster: 40})
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		b, err := bot.New(bot.Options{Knowledge: base, Slack: bot.OneClient(slack.New(w.BotToken(), slack.OptionAPIURL(api))), HTTP: http.DefaultClient, Store: kept, Timing: timing, Now: now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s, err := scheduler.New(scheduler.Options{Store: kept, Post: b.Reminders().Post, Find: b.Reminders().Find, Check: b.Reminders().Check, Tell: b.Reminders().Tell, Checklist: b.Checklist,
			Timing: timing, Now: now, Logger: slog.New(slog.DiscardHandler), PostTimeout: time.Second, Lease: 1500 * time.Millisecond, Quarantine: -1})
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patience); ; pause(50 * time.Millisecond) {
			if _, err := s.RunDue(ctx, now()); err != nil {
				t.Fatal(err)
			}
			left, err := kept.Occurrences(ctx, team, store.OccurrenceFilter{States: []visit.State{visit.Pending, visit.Sending, visit.Uncertain}, Until: now().Add(time.Millisecond)})
			if err != nil || time.Now().After(deadline) {
				t.Fatal(left, err)
			}
			if len(left) > 0 {
				continue
			}
			if !now().Before(until) {
				return
			}
			next, err := s.Next(ctx, now())
			if err != nil {
				t.Fatal(err)
			}
			if next.IsZero() || next.After(until) {
				next = until
			}
			set(next)
		}
	}
	said := func() (texts []string) {
		for _, c := range w.Channels(mia) {
			for _, m := range w.Messages(mia, c.ID) {
				if m.Metadata != nil {
					first, _, _ := strings.Cut(m.Text, "\n")
					texts = append(texts, c.ID+" "+numbered.ReplaceAllString(first, "inspection"))
				}
			}
		}
		slices.Sort(texts)
		return texts
	}

	kept := openStore(t, live)
	v := visit.Visit{Purpose: "first_visit", First: civil.On(2027, 3, 9), Last: civil.On(2027, 3, 9)} // reminded on the second day
	v.Workspace, v.Owner, v.Factory.Name, v.Channel, v.ChannelZone = team, mia, "Ningbo Bright Metal", sourcing, "Europe/Berlin"
	v.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "Book the interpreter", Owner: mia}}
	if err := kept.Pause(ctx, team, mia, visit.PauseMentions, true, now()); err != nil {
		t.Fatal(err)
	}
	_, err = kept.PlanVisit(ctx, v, now())
	p := visit.Plan{Workspace: team, Factory: visit.Factory{Name: "Dongguan Plastics"}, Type: "pre_shipment", Rule: "every 1 weeks from 2027-04-12 at 09:00", Owner: mia, Inspectors: []string{mia}, LeadDays: []int{2}}
	p.Channel, p.ChannelZone, p.Zone = sourcing, "Europe/Berlin", "Asia/Shanghai" // it is made on the second day
	if _, planErr := kept.AddPlan(ctx, p, now()); err != nil || planErr != nil {
		t.Fatal(err, planErr)
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	serve(live, begin.Add(15*time.Hour))
	copied := cluster.Copy(t, live)
	serve(live, begin.Add(39*time.Hour))
	sofar := said()
	if len(sofar) < 3 {
		t.Fatalf("Slack has only\n%s", strings.Join(sofar, "\n"))
	}
	r, err := store.TakeForRestored(ctx, store.Options{URL: copied, Timing: timing, Logger: slog.New(slog.DiscardHandler)}, false, now())
	if err != nil || r.Looked == 0 || !r.Jumped {
		t.Fatal(r, err)
	}
	serve(copied, now())
	if texts := said(); !slices.Equal(texts, sofar) {
		t.Errorf("Slack has\n%s\nand had\n%s", strings.Join(texts, "\n"), strings.Join(sofar, "\n"))
	}
	serve(copied, begin.Add(9*24*time.Hour))
	texts := said()
	if twice := slices.Compact(slices.Clone(texts)); len(texts) <= len(sofar) || len(twice) != len(texts)-strings.Count(strings.Join(texts, "\n"), "For you today")+1 {
		t.Errorf("Slack has\n%s", strings.Join(texts, "\n"))
	}
}

// TestAPlanMakesOnceMoreWhatItMadeSinceTheCopy: an inspection that a plan made, and whose
// card and reminders are in Slack, has another number after a restore and no other messages.
func TestAPlanMakesOnceMoreWhatItMadeSinceTheCopy(t *testing.T) {
	t.Parallel()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("the old database is gone %v", gone), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, file := context.Background(), filepath.Join(t.TempDir(), "v.db")
				l := &life{newStage(t, file), file, base}
				first := civil.Of(time.Now()).AddDays(45) // made on the third day
				p := visit.Plan{Workspace: team, Factory: visit.Factory{Name: "Dongguan Plastics"}, Type: "pre_shipment", Rule: "every 8 weeks from " + first.String() + " at 09:00", Owner: mia, LeadDays: []int{3, 2}, Inspectors: []string{mia}}
				p.Channel, p.ChannelZone = sourcing, "Europe/Berlin"
				p.Next = first
				if _, err := l.kept.AddPlan(ctx, p, time.Now()); err != nil {
					t.Fatal(err)
				}
				sc, err := l.kept.Schedule(ctx, team, visit.RecurPlan, "plan/1")
				if err == nil { // as after an earlier firing
					sc.Next = p.Ahead(first).Start(time.UTC)
					err = l.kept.PutSchedule(ctx, sc)
				}
				if err != nil {
					t.Fatal(err)
				}
				l.run(base, time.Hour)
				copied := filepath.Join(t.TempDir(), "copy.db")
				if err := l.kept.Backup(ctx, copied); err != nil {
					t.Fatal(err)
				}
				// A person plans one, so that the plan's is number 2.
				i := visit.Inspection{Type: "pre_shipment", Due: first.AddDays(200)}
				i.Workspace, i.Owner, i.Factory.Name, i.Channel, i.ChannelZone = team, mia, "Foshan Clear Glass", sourcing, "Europe/Berlin"
				if _, err := l.kept.AddInspection(ctx, i, time.Now()); err != nil {
					t.Fatal(err)
				}
				l.runFrom(sc.Next.Add(-time.Hour), 2*time.Hour)
				remind := first.AddDays(-3).Start(time.UTC)
				l.runFrom(remind.Add(7*time.Hour), 4*time.Hour)
				sofar, _ := l.said()
				lost, err := l.kept.Inspection(ctx, team, 2)
				if err != nil || lost.Card == "" || len(sofar) != 3 {
					t.Fatalf("%+v, %v; Slack has\n%s", lost, err, strings.Join(sofar, "\n"))
				}
				l.reopen(func() {
					if gone {
						if err := os.Remove(file); err != nil {
							t.Fatal(err)
						}
					}
					if _, err := store.Restore(ctx, l.options(), copied, time.Now()); err != nil {
						t.Fatal(err)
					}
				})
				l.run(base, 10*time.Minute)
				if texts, _ := l.said(); !slices.Equal(texts, sofar) {
					t.Errorf("Slack has\n%s\nand had\n%s", strings.Join(texts, "\n"), strings.Join(sofar, "\n"))
				}
				l.runFrom(remind.Add(30*time.Hour), 5*time.Hour)
				is, err := l.kept.Inspections(ctx, team, store.InspectionFilter{Plan: 1, Planned: first})
				if err != nil || len(is) != 1 || is[0].Number == lost.Number || is[0].Card != lost.Card {
					t.Errorf("the inspection is %+v, %v; its card was %s", is, err, lost.Card)
				}
				// The card shows what it is now, and the next reminder came under it.
				title := fmt.Sprintf("Inspection %d:", is[0].Number)
				now, _ := l.said()
				if ms := l.slack.Messages(mia, sourcing); len(now) != len(sofar)+1 || !slices.ContainsFunc(ms, func(m localslack.Message) bool { return m.TS == lost.Card && strings.HasPrefix(m.Text, title) }) {
					t.Errorf("Slack has\n%s\nand nothing of %q in %+v", strings.Join(now, "\n"), title, ms)
				}
			})
		})
	}
}
