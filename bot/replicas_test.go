package bot

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/pgtest"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// What these tests hold: what posts or changes something is done once, whichever of
// several processes on one database takes a request, however often it comes, and
// although a process starts anew in between.

// replicas are bots of one workspace on one database.
type replicas struct {
	*stage
	begin func() *Bot // another process

	mu   sync.Mutex
	bots []*Bot
	way  func(n int) []*Bot // who gets the n-th request; the first one's answer counts
	sent []sentRequest
}

// A sentRequest is one of Slack's over HTTP, with the first answer to it.
type sentRequest struct {
	header http.Header
	body   []byte
	answer string
}

// onReplicas runs a conversation with two bots, on each database.
func onReplicas(t *testing.T, talk func(t *testing.T, r *replicas)) {
	t.Helper()
	t.Run("two bots on SQLite", func(t *testing.T) {
		t.Parallel()
		talk(t, newReplicas(t, nil))
	})
	t.Run("two processes on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		url := pgtest.URL(t)
		talk(t, newReplicas(t, func() *store.Store { return opened(t, url) }))
	})
	t.Run("two processes on PostgreSQL behind a pooler", func(t *testing.T) {
		if testing.Short() {
			t.Skip("-short: the program between them has no code of ours, and the store's suite runs behind it")
		}
		t.Parallel()
		url := pgtest.Pooled(t)
		talk(t, newReplicas(t, func() *store.Store { return opened(t, url) }))
	})
}

// opened is a database as another process opens it.
func opened(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: url, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newReplicas(t *testing.T, open func() *store.Store) *replicas {
	t.Helper()
	r := &replicas{stage: newStage(t, overHTTP)}
	o := r.stage.bot.o
	if open == nil {
		open = func() *store.Store { return o.Store }
	}
	r.begin = func() *Bot {
		o := o
		o.Store = open()
		b, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		b.patient()
		t.Cleanup(b.Wait)
		return b
	}
	r.bots = []*Bot{r.begin(), r.begin()}
	r.stage.bot = r.bots[0]
	r.inTurn()
	r.front(r)
	return r
}

// inTurn has requests go to one bot after the other, as a balancer does.
func (r *replicas) inTurn() {
	r.goTo(func(n int) []*Bot { return r.bots[n%2 : n%2+1] })
}

// toBoth has each request go to both at once, as when Slack or a proxy loses patience
// with the one and sends it to the other.
func (r *replicas) toBoth() { r.goTo(func(int) []*Bot { return r.bots }) }

func (r *replicas) goTo(way func(n int) []*Bot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.way = way
}

func (r *replicas) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	n := len(r.sent)
	to := slices.Clone(r.way(n))
	r.sent = append(r.sent, sentRequest{header: in.Header.Clone(), body: body})
	r.mu.Unlock()
	answers := make([]*httptest.ResponseRecorder, len(to))
	var wg sync.WaitGroup
	for i, b := range to {
		wg.Go(func() { answers[i] = again(b, in.Header, body) })
	}
	wg.Wait()
	first := answers[0]
	r.mu.Lock()
	r.sent[n].answer = first.Body.String()
	r.mu.Unlock()
	for k, v := range first.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(first.Code)
	w.Write(first.Body.Bytes())
}

func again(b *Bot, header http.Header, body []byte) *httptest.ResponseRecorder {
	in := httptest.NewRequest(http.MethodPost, "/slack/events", bytes.NewReader(body))
	in.Header = header.Clone()
	w := httptest.NewRecorder()
	b.ServeHTTP(w, in)
	return w
}

// lastForm is the last form that was sent off.
func (r *replicas) lastForm() sentRequest {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range slices.Backward(r.sent) {
		if bytes.Contains(s.body, []byte("view_submission")) {
			return s
		}
	}
	r.t.Fatal("no form was sent off")
	return sentRequest{}
}

// rest waits until nobody has anything left to do.
func (r *replicas) rest() {
	r.t.Helper()
	for _, b := range r.bots {
		b.Wait()
	}
	r.settled()
}

// opens is what a button opens over Slack, whoever gets the click.
func (r *replicas) opens(who string, m localslack.Message, label string) localslack.View {
	r.t.Helper()
	r.press(who, m, label)
	r.rest()
	return r.top(who)
}

func TestOneEventIsAnsweredOnceByAllReplicas(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(r *replicas) error
		who  string
		at   func(r *replicas) string
		says string
	}{
		{"a mention", func(r *replicas) error {
			_, err := r.Say(mia, sourcing, "", "@visitprep is a clock a good gift?")
			return err
		}, jonas, func(*replicas) string { return sourcing }, "Do not bring a clock as a gift"},
		{"a direct message", func(r *replicas) error {
			_, err := r.Say(mia, r.direct(mia), "", "is a clock a good gift?")
			return err
		}, mia, func(r *replicas) string { return r.direct(mia) }, "Do not bring a clock as a gift"},
		{"an invitation", func(r *replicas) error {
			return r.Invite(mia, general)
		}, jonas, func(*replicas) string { return general }, "I help you prepare for factory visits"},
	} {
		t.Run(c.name+", delivered to both at once", func(t *testing.T) {
			t.Parallel()
			onReplicas(t, func(t *testing.T, r *replicas) {
				r.toBoth()
				if err := c.do(r); err != nil {
					t.Fatal(err)
				}
				r.rest()
				if n := r.count(c.who, c.at(r), c.says); n != 1 {
					t.Errorf("answered %d times, want once", n)
				}
			})
		})
		t.Run(c.name+", delivered again to the other and to one that has just begun", func(t *testing.T) {
			t.Parallel()
			onReplicas(t, func(t *testing.T, r *replicas) {
				if err := c.do(r); err != nil {
					t.Fatal(err)
				}
				r.rest()
				sent := r.sent[len(r.sent)-1]
				for _, b := range []*Bot{r.bots[0], r.bots[1], r.begin()} {
					if w := again(b, sent.header, sent.body); w.Code != http.StatusOK {
						t.Errorf("delivered again it is answered %d", w.Code)
					}
					b.Wait()
				}
				r.rest()
				if n := r.count(c.who, c.at(r), c.says); n != 1 {
					t.Errorf("answered %d times, want once", n)
				}
			})
		})
	}
}

func TestOneEventOverTwoSocketsIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, overSocket)
	other := must(New(s.bot.o))
	onSocket(t, other)
	s.until("both are connected", func() bool { return s.sockets() == 2 })
	if _, err := s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?"); err != nil {
		t.Fatal(err)
	}
	s.untilSays(jonas, sourcing, "Do not bring a clock as a gift")
	for range 3 {
		if err := s.Redeliver(); err != nil {
			t.Fatal(err)
		}
	}
	s.bot.Wait()
	other.Wait()
	if n := s.count(jonas, sourcing, "Do not bring a clock as a gift"); n != 1 {
		t.Errorf("answered %d times, want once", n)
	}
}

func TestADoubleClickOverTwoReplicasPostsOnce(t *testing.T) {
	const question = "/visit-prep what gift should I not bring"
	for _, c := range []struct {
		name, label string
		message     func(r *replicas) localslack.Message
		who         string
		at          func(r *replicas) string
		says        string
	}{
		{"an answer that is shared", "Share in channel", func(r *replicas) localslack.Message { return r.command(mia, sourcing, question) },
			jonas, func(*replicas) string { return sourcing }, "Do not bring a clock as a gift"},
		{"the brief", "Send me the brief", func(r *replicas) localslack.Message {
			r.visitIn(sourcing)
			return r.command(mia, sourcing, "/visit-prep show 1")
		}, mia, func(r *replicas) string { return r.direct(mia) }, "For the driver"},
		{"the calendar file", "Calendar file", func(r *replicas) localslack.Message {
			r.visitIn(sourcing)
			return r.command(mia, sourcing, "/visit-prep show 1")
		}, mia, func(r *replicas) string { return r.direct(mia) }, "Open the file to add"},
		{"a page in a direct message", "All topics", func(r *replicas) localslack.Message {
			if _, err := r.Say(mia, r.direct(mia), "", "is a clock a good gift?"); err != nil {
				r.t.Fatal(err)
			}
			r.rest()
			return r.last(mia, r.direct(mia))
		}, mia, func(r *replicas) string { return r.direct(mia) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			onReplicas(t, func(t *testing.T, r *replicas) {
				a := r.element(c.message(r), false, c.label, "")
				r.rest()
				before := r.count(c.who, c.at(r), c.says)
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() {
						if err := r.Act(mia, a); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				r.rest()
				if n := r.count(c.who, c.at(r), c.says) - before; n != 1 {
					t.Errorf("posted %d times, want once", n)
				}
			})
		})
	}
}

func TestAPostThatFailedCanBeTriedAgainAtAnyReplica(t *testing.T) {
	onReplicas(t, func(t *testing.T, r *replicas) {
		r.visitIn(sourcing)
		m := r.command(mia, sourcing, "/visit-prep show 1")
		r.Fail("chat.postMessage", "restricted_action", 1)
		for range 2 {
			r.press(mia, m, "Send me the brief")
			r.rest()
		}
		if n := r.count(mia, r.direct(mia), "For the driver"); n != 1 {
			t.Errorf("sent %d times, want once, by the second click", n)
		}
	})
}

func TestAnItemIsTickedAndReopenedAtOnceOverReplicas(t *testing.T) {
	onReplicas(t, func(t *testing.T, r *replicas) {
		r.visitIn(sourcing)
		list := r.opens(mia, r.command(mia, sourcing, "/visit-prep show 1"), "Open checklist")
		item := func() *visit.Item { return &must(r.bot.o.Store.Visit(t.Context(), r.TeamID(), 1)).Items[0] }
		for n, label := range []string{"Done", "Reopen item", "Done", "Reopen item", "Done"} {
			r.pressIn(mia, list, label, "item-1")
			r.rest()
			list = r.top(mia)
			if ticked := !item().Open(); ticked != (n%2 == 0) {
				t.Fatalf("after %q, number %d, it is ticked: %v", label, n+1, ticked)
			}
		}
	})
}

// forms are those that make or change something, each ready to be sent off.
var sendable = []struct {
	name string
	open func(r *replicas) localslack.View
	made func(r *replicas) int // how many there are of what it makes
	// meanwhile is what a colleague does to what was changed, before the form comes again.
	meanwhile func(r *replicas)
}{
	{"a visit", func(r *replicas) localslack.View { return r.fillVisit() }, func(r *replicas) int {
		return len(must(r.bot.o.Store.Visits(r.t.Context(), r.TeamID(), storeFilter())))
	}, nil},
	{"an inspection", func(r *replicas) localslack.View {
		r.command(mia, sourcing, "/inspection schedule")
		v := r.modal(mia, "How often?")
		r.enter(mia, v, fieldName, "Dongguan Lamp")
		r.enter(mia, v, fieldType, "pre_shipment")
		r.enter(mia, v, fieldDue, inDays(30))
		return v
	}, func(r *replicas) int {
		return len(must(r.bot.o.Store.Inspections(r.t.Context(), r.TeamID(), store.InspectionFilter{})))
	}, nil},
	{"an inspection plan, once its dates were shown", func(r *replicas) localslack.View {
		r.command(mia, sourcing, "/inspection schedule")
		v := r.modal(mia, "How often?")
		r.enter(mia, v, fieldRepeat, repeatWritten)
		v = r.redrawn(mia, v)
		r.rest()
		r.enter(mia, v, fieldName, "Dongguan Lamp")
		r.enter(mia, v, fieldType, "pre_shipment")
		r.enter(mia, v, fieldRule, "every 2 weeks from "+inDays(30)+" at 09:00")
		r.send(mia, v)
		return r.modal(mia, "Next dates")
	}, func(r *replicas) int {
		return len(must(r.bot.o.Store.Plans(r.t.Context(), r.TeamID(), storeFilter())))
	}, nil},
	{"an item", func(r *replicas) localslack.View {
		r.visitIn(sourcing)
		v := r.opens(mia, r.command(mia, sourcing, "/visit-prep show 1"), "Add item")
		r.enter(mia, v, fieldItem, "Ask for the moulds")
		return v
	}, func(r *replicas) int {
		v := must(r.bot.o.Store.Visit(r.t.Context(), r.TeamID(), 1))
		return len(slices.DeleteFunc(v.Items, func(i visit.Item) bool { return i.Text != "Ask for the moulds" }))
	}, nil},
	{"an item from a message", func(r *replicas) localslack.View {
		r.visitIn(sourcing)
		ts := must(r.Say(jonas, sourcing, "", "Ask for the moulds"))
		if err := r.Shortcut(mia, shortcutAddToVisit, sourcing, ts); err != nil {
			r.t.Fatal(err)
		}
		v := r.modal(mia, "An item on the checklist")
		r.enter(mia, v, fieldAs, "item")
		return v
	}, func(r *replicas) int {
		v := must(r.bot.o.Store.Visit(r.t.Context(), r.TeamID(), 1))
		return len(slices.DeleteFunc(v.Items, func(i visit.Item) bool { return i.Text != "Ask for the moulds" }))
	}, nil},
	{"what was edited in a visit", func(r *replicas) localslack.View {
		r.visitIn(sourcing)
		v := r.opens(mia, r.command(mia, sourcing, "/visit-prep show 1"), "Edit visit")
		r.enter(mia, v, fieldAgenda, "09:00 opening meeting")
		return v
	}, func(r *replicas) int {
		return strings.Count(must(r.bot.o.Store.Visit(r.t.Context(), r.TeamID(), 1)).Agenda, "opening meeting")
	}, func(r *replicas) {
		r.changeVisit(must(r.bot.o.Store.Visit(r.t.Context(), r.TeamID(), 1)), func(v *visit.Visit) { v.Agenda = "" })
	}},
	{"a result", func(r *replicas) localslack.View {
		r.inspectionIn(sourcing)
		v := r.opens(mia, r.command(mia, sourcing, "/inspection show 1"), "Report result")
		r.enter(mia, v, fieldResult, string(visit.Passed))
		r.enter(mia, v, fieldEarly, earlyYes)
		return v
	}, func(r *replicas) int { return strings.Count(string(r.inspection(1).Result), string(visit.Passed)) }, func(r *replicas) {
		r.changeInspection(r.inspection(1), func(i *visit.Inspection) { i.Reopen() })
	}},
	{"why an item does not apply", func(r *replicas) localslack.View {
		r.visitIn(sourcing)
		list := r.opens(mia, r.command(mia, sourcing, "/visit-prep show 1"), "Open checklist")
		r.pressIn(mia, list, "Does not apply", "item-1")
		v := r.modal(mia, "Why doesn't it apply?")
		r.enter(mia, v, fieldReason, "We own the mould")
		return v
	}, func(r *replicas) int {
		return strings.Count(must(r.bot.o.Store.Visit(r.t.Context(), r.TeamID(), 1)).Items[0].Skipped, "mould")
	}, func(r *replicas) {
		r.changeVisit(must(r.bot.o.Store.Visit(r.t.Context(), r.TeamID(), 1)), func(v *visit.Visit) { must(v.Items.Reopen(1)) })
	}},
	{"what was edited in a plan, once its dates were shown", func(r *replicas) localslack.View {
		r.planIn(sourcing)
		v := r.opens(mia, r.command(mia, sourcing, "/inspection plan 1"), "Edit plan")
		r.enter(mia, v, fieldRepeat, repeatWritten)
		v = r.redrawn(mia, v)
		r.rest()
		r.enter(mia, v, fieldLeads, "7")
		r.enter(mia, v, fieldRule, "every 2 weeks from "+inDays(30))
		r.send(mia, v)
		return r.modal(mia, "Next dates")
	}, func(r *replicas) int {
		return len(slices.DeleteFunc(must(r.bot.o.Store.Plan(r.t.Context(), r.TeamID(), 1)).LeadDays, func(n int) bool { return n != 7 }))
	}, func(r *replicas) {
		all := func(*visit.Plan, civil.Date) bool { return true }
		if _, _, err := r.bot.o.Store.ChangePlan(r.t.Context(), r.TeamID(), 1, jonas, time.Now(), func(p *visit.Plan) error { p.LeadDays = []int{3}; return nil }, all); err != nil {
			r.t.Fatal(err)
		}
	}},
}

// fillVisit opens and fills in the form for a visit.
func (s *stage) fillVisit() localslack.View {
	s.t.Helper()
	s.command(mia, sourcing, "/visit-prep plan")
	v := s.modal(mia, "Factory's name")
	s.enter(mia, v, fieldName, "Ningbo Bright Metal")
	s.enter(mia, v, fieldPurpose, "first_visit")
	v = s.redrawn(mia, v)
	s.enter(mia, v, fieldFirst, inDays(60))
	return v
}

func TestAFormThatIsSentAgainChangesNothingMore(t *testing.T) {
	for _, c := range sendable {
		t.Run(c.name+", sent to both at once", func(t *testing.T) {
			t.Parallel()
			onReplicas(t, func(t *testing.T, r *replicas) {
				v := c.open(r)
				r.rest()
				r.toBoth()
				r.send(mia, v)
				r.rest()
				if n := c.made(r); n != 1 {
					t.Errorf("there are %d of it, want 1", n)
				}
				if errs := r.errorsIn(mia); len(errs) > 0 {
					t.Errorf("the form is refused: %v", errs)
				}
			})
		})
		t.Run(c.name+", sent again to the other and to one that has just begun", func(t *testing.T) {
			t.Parallel()
			onReplicas(t, func(t *testing.T, r *replicas) {
				r.send(mia, c.open(r))
				r.rest()
				if n := c.made(r); n != 1 {
					t.Fatalf("there are %d of it, want 1", n)
				}
				want := 1
				if c.meanwhile != nil {
					c.meanwhile(r)
					want = 0
				}
				sent := r.lastForm()
				for _, b := range []*Bot{r.bots[0], r.bots[1], r.begin()} {
					w := again(b, sent.header, sent.body)
					b.Wait()
					if w.Code != http.StatusOK || w.Body.Len() != 0 && w.Body.String() != sent.answer {
						t.Errorf("sent again it is answered %d %s, at first it was %q", w.Code, w.Body, sent.answer)
					}
				}
				r.rest()
				if n := c.made(r); n != want {
					t.Errorf("there are %d of it, want %d", n, want)
				}
				if log := r.log.String(); strings.Contains(log, "level=ERROR") {
					t.Errorf("it is logged as an error:\n%s", log)
				}
			})
		})
	}
}

func TestAFormWhoseAnswerWasLostIsSentAgainByItsPerson(t *testing.T) {
	onReplicas(t, func(t *testing.T, r *replicas) {
		v := r.fillVisit()
		r.rest()
		r.DropAcks(1)
		if err := r.Submit(mia, v.ID); err == nil {
			t.Fatal("Slack did not miss the answer")
		}
		if len(r.Modals(mia)) != 1 {
			t.Fatal("the form has closed")
		}
		r.bots[0], r.bots[1] = r.begin(), r.begin()
		r.send(mia, v)
		r.noModal(mia)
		r.rest()
		if n := sendable[0].made(r); n != 1 {
			t.Errorf("%d visits, want 1", n)
		}
	})
}

func TestAFormThatWasMendedIsTakenByAnyReplica(t *testing.T) {
	onReplicas(t, func(t *testing.T, r *replicas) {
		v := r.fillVisit()
		r.enter(mia, v, fieldLast, inDays(50))
		for range 2 { // each of them refuses it once
			r.send(mia, v)
			r.rest()
			if len(r.errorsIn(mia)) == 0 {
				t.Fatal("a visit that ends before it begins is not refused")
			}
		}
		r.enter(mia, v, fieldLast, inDays(61))
		r.send(mia, v)
		r.planned(mia)
		r.rest()
		if n := sendable[0].made(r); n != 1 {
			t.Errorf("%d visits, want 1", n)
		}
	})
}

// TestAFormThatWasSavedAndThenChangedSaysSo: its answer was lost, so it is still open,
// and its person goes on typing. It must not close as if that were saved.
func TestAFormThatWasSavedAndThenChangedSaysSo(t *testing.T) {
	onReplicas(t, func(t *testing.T, r *replicas) {
		v := r.fillVisit()
		r.rest()
		r.DropAcks(1)
		if err := r.Submit(mia, v.ID); err == nil {
			t.Fatal("Slack did not miss the answer")
		}
		r.enter(mia, v, fieldLast, inDays(61))
		r.send(mia, v)
		r.rest()
		errs := r.errorsIn(mia)
		if words := strings.Join(valuesOf(errs), " "); !strings.Contains(words, "already saved") {
			t.Errorf("Mia reads %q beside the form", errs)
		}
		if n := sendable[0].made(r); n != 1 {
			t.Errorf("%d visits, want 1", n)
		}
	})
}

func valuesOf(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// TestAnEditWhoseAnswerWasLostCanBeEditedFurther: what a form changes, rather than
// makes, is what its person sent last.
func TestAnEditWhoseAnswerWasLostCanBeEditedFurther(t *testing.T) {
	onReplicas(t, func(t *testing.T, r *replicas) {
		r.inspectionIn(sourcing)
		v := r.opens(mia, r.command(mia, sourcing, "/inspection show 1"), "Move inspection")
		r.enter(mia, v, fieldDue, inDays(40))
		r.DropAcks(1)
		if err := r.Submit(mia, v.ID); err == nil {
			t.Fatal("Slack did not miss the answer")
		}
		r.enter(mia, v, fieldDue, inDays(41))
		r.send(mia, v)
		r.rest()
		if due := r.inspection(1).Due.String(); due != inDays(41) {
			t.Errorf("it is on %s, want %s", due, inDays(41))
		}
	})
}

func TestWithoutTheDatabaseWhatIsPrivateGoesOnAndWhatPostsSaysSo(t *testing.T) {
	c := pgtest.New(t)
	r := newReplicas(t, func() *store.Store { return opened(t, c.Database(t)) })
	s := r.stage
	r.goTo(func(int) []*Bot { return r.bots[:1] })
	answer := s.command(mia, sourcing, "/visit-prep what gift should I not bring")
	c.Stop()
	const calm = "Please try again in a minute"
	if got := s.types(mia, sourcing, "/visit-prep what gift should I not bring"); !strings.Contains(got, "Do not bring a clock as a gift") {
		t.Errorf("a question is answered\n%s", got)
	}
	if got := s.reads(mia, func() { must(s.Say(mia, s.direct(mia), "", "is a clock a good gift?")) }); !strings.Contains(got, "Do not bring a clock as a gift") {
		t.Errorf("a direct message is answered\n%s", got)
	}
	if got := s.reads(mia, func() { must(s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?")) }); !strings.Contains(got, calm) {
		t.Errorf("a mention is answered\n%s", got)
	}
	if s.has(jonas, sourcing, "Do not bring a clock") {
		t.Error("others read an answer, which may be a second one")
	}
	if got := s.reads(mia, func() { s.press(mia, answer, "Share in channel") }); !strings.Contains(got, calm) {
		t.Errorf("who shares an answer reads\n%s", got)
	}
	if s.has(jonas, sourcing, "Do not bring a clock") {
		t.Error("it was shared all the same")
	}
}
