package bot

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// drawn is a small picture that no other is like.
func drawn(t testing.TB, n int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			m.Set(x, y, color.RGBA{uint8(x*n + y), uint8(y * 8), uint8(40 * n), 255})
		}
	}
	var b bytes.Buffer
	done(t.(*testing.T), jpeg.Encode(&b, m, nil))
	return b.Bytes()
}

// uploaded are the ids of so many pictures that somebody has picked and not sent.
func (s *stage) uploaded(who string, n int) (ids []string) {
	s.t.Helper()
	for i := range n {
		f, err := s.Upload(who, fmt.Sprintf("line %d.jpg", i+1), drawn(s.t, i+1))
		done(s.t, err)
		ids = append(ids, f.ID)
	}
	return ids
}

// shares sends pictures with words to the bot directly, and waits for the answer.
func (s *stage) shares(who, words string, pictures int) localslack.Message {
	s.t.Helper()
	return s.sharesFiles(who, words, s.uploaded(who, pictures)...)
}

func (s *stage) sharesFiles(who, words string, ids ...string) localslack.Message {
	s.t.Helper()
	dm := s.direct(who)
	before := len(s.Messages(who, dm))
	must(s.Share(who, dm, "", words, ids...))
	s.until("the photo is answered", func() bool { return len(s.Messages(who, dm)) > before+1 })
	s.settled()
	return s.last(who, dm)
}

// on are a visit of Mia's from today on, in a channel, with its card.
func (s *stage) onVisit(channel string) visit.Visit {
	s.t.Helper()
	return s.visitOn(channel, 0, 1)
}

func (s *stage) visitOn(channel string, first, last int) visit.Visit {
	s.t.Helper()
	v := s.visitIn(channel)
	v = must(s.bot.o.Store.ChangeVisit(context.Background(), s.TeamID(), v.Number, time.Now(), func(v *visit.Visit) error {
		v.First, v.Last = dayAhead(first), dayAhead(last)
		return nil
	}))
	s.postCards(s.bot, s.bot.o.Store)
	s.settled()
	return must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), v.Number))
}

func (s *stage) findings(about visit.Subject) []visit.Finding {
	s.t.Helper()
	return must(s.bot.o.Store.Findings(context.Background(), s.TeamID(), about))
}

func (s *stage) finding(number int) visit.Finding {
	s.t.Helper()
	return must(s.bot.o.Store.Finding(context.Background(), s.TeamID(), number))
}

// thread is what Mia reads under a card, besides the card.
func (s *stage) thread(channel, card string) (text string, messages int) {
	for _, m := range s.Messages(mia, channel) {
		if m.ThreadTS == card && m.TS != card {
			text += says(m) + "\n"
			messages++
		}
	}
	return text, messages
}

const caption = "major 6/50 no corner guard @packing"

// TestAPhotoWithWordsIsAFinding: one message on the floor, and it is on record: what, how
// bad, how many and where, with its photo, at the visit that is on; and in the thread there
// is one list that grows.
func TestAPhotoWithWordsIsAFinding(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		v := s.onVisit(sourcing)
		s.shares(mia, caption, 2)
		s.until("the photos are fetched", func() bool { return strings.Contains(says(s.last(mia, s.direct(mia))), "2 photos saved") })
		m := s.last(mia, s.direct(mia))
		expect(t, m, "Finding 1 · Major · 6 of 50 · packing", "no corner guard", "Visit 1, "+visited, "Add words", "Undo finding", "One finding per photo")
		fs := s.findings(v.Subject())
		if len(fs) != 1 {
			t.Fatalf("%d findings", len(fs))
		}
		f := fs[0]
		if f.Severity != visit.Major || f.Bad != 6 || f.Checked != 50 || f.Place != "packing" || f.Text != "no corner guard" || f.By != mia || !f.ForFactory {
			t.Errorf("it is %+v", f)
		}
		if len(f.Photos) != 2 || f.Photos[0].State != visit.PhotoKept || f.Photos[0].FileID == "" || f.Photos[0].Permalink == "" || f.Photos[0].Name != "line 1.jpg" {
			t.Errorf("its photos are %+v", f.Photos)
		}
		text, n := s.thread(sourcing, v.Card)
		if n != 1 || !strings.Contains(text, "Findings: 1 major") || !strings.Contains(text, "Finding 1 · Major · 6 of 50 · packing") {
			t.Errorf("the thread has %d messages:\n%s", n, text)
		}
		expect(t, s.shares(mia, "轻微 2/13 条码扫不出 @包装", 1), "Finding 2 · Minor · 2 of 13 · 包装")
		text, n = s.thread(sourcing, v.Card)
		if n != 1 || !strings.Contains(text, "Findings: 1 major, 1 minor") || strings.Index(text, "Finding 1 ·") > strings.Index(text, "Finding 2 ·") {
			t.Errorf("the thread has %d messages:\n%s", n, text)
		}
		if f := s.finding(2); f.TextZH != "条码扫不出" {
			t.Errorf("in Chinese it says %q", f.TextZH)
		}
		s.nothingRefused()
	})
}

// TestOneMessageIsOneFinding: whatever Slack does with a message, and wherever the process
// that took it dies, there is one finding of it and one answer.
func TestOneMessageIsOneFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	s.shares(mia, caption, 1)
	answers := s.count(mia, dm, "Finding 1 ·")

	done(t, s.Redeliver()) // to the same process
	s.settled()
	// And to one that knows nothing of the first delivery: memory is all that a restart loses.
	s.bot.requests = newDedup(keepDelivery)
	done(t, s.Redeliver())
	s.settled()
	if n := len(s.findings("visit/1")); n != 1 {
		t.Errorf("%d findings of one message", n)
	}
	if n := s.count(mia, dm, "Finding 1 ·"); n != answers {
		t.Errorf("answered %d times, want %d", n, answers)
	}

	// The one that took it died before it answered: the next delivery is answered.
	s.Fail("chat.postMessage", "fatal_error", 1)
	must(s.Share(mia, dm, "", "minor scratch @line 2", s.uploaded(mia, 1)...))
	s.settled()
	if n := s.count(mia, dm, "Finding 2 ·"); n != 0 {
		t.Fatalf("answered %d times although Slack refused it", n)
	}
	if f := s.finding(2); f.Text != "scratch" {
		t.Fatalf("what was kept is %+v", f)
	}
	s.bot.requests = newDedup(keepDelivery)
	done(t, s.Redeliver())
	s.settled()
	if n, all := s.count(mia, dm, "Finding 2 ·"), len(s.findings("visit/1")); n != 1 || all != 2 {
		t.Errorf("answered %d times and %d findings, want 1 and 2", n, all)
	}
}

// TestAnAnswerThatWasBegunIsEnded: a process that was killed while it answered leaves the answer
// to whoever looks at the finding next.
func TestAnAnswerThatWasBegunIsEnded(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	s.Fail("chat.postMessage", "fatal_error", 1)
	must(s.Share(mia, dm, "", caption, s.uploaded(mia, 1)...))
	s.settled()
	f := s.finding(1)
	if first, err := s.bot.o.Store.Handle(t.Context(), f.Workspace, "answer/"+f.Source, time.Now().Add(time.Second/2-keepPost), keepPost); err != nil || !first {
		t.Fatalf("the answer was begun already: %v", err)
	}
	done(t, s.bot.findings.redraw(t.Context(), f.Workspace, f.Number))
	if n := s.count(mia, dm, "Finding 1 ·"); n != 0 {
		t.Fatalf("answered %d times although another process may be about to", n)
	}
	s.settled()
	if n := s.count(mia, dm, "Finding 1 ·"); n != 1 {
		t.Errorf("answered %d times, want once", n)
	}
}

// TestAFindingThatWasLeftIsSettled: a process that was killed once it had kept a finding leaves
// the rest to whoever looks at it next.
func TestAFindingThatWasLeftIsSettled(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	_, err := s.bot.findings.keep(t.Context(), sighting{team: s.TeamID(), person: mia, channel: dm, ts: "1700000000.000100", words: caption, on: guide.Direct})
	done(t, err)
	done(t, s.bot.findings.redraw(t.Context(), s.TeamID(), 1))
	s.settled()
	if f := s.finding(1); f.Subject != "visit/1" {
		t.Errorf("it belongs to %q", f.Subject)
	}
	if n := s.count(mia, dm, "Finding 1 ·"); n != 1 {
		t.Errorf("answered %d times, want once", n)
	}
	if n := s.count(mia, sourcing, "no corner guard"); n != 1 {
		t.Errorf("%d lists have it, want one", n)
	}
}

// TestAFindingIsKeptBeforeSlackIsToldSo: what Slack is told has arrived is in the database,
// so that a process that is killed the moment after loses nothing.
func TestAFindingIsKeptBeforeSlackIsToldSo(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	must(s.bot.directory.relation(t.Context(), s.TeamID(), mia))
	s.AnswerSlowly("chat.postMessage", 300*time.Millisecond)
	payload := fmt.Sprintf(`{"type":"event_callback","team_id":%q,"event_id":"Ev1","event":{"type":"message","subtype":"file_share","channel":%q,"channel_type":"im","user":%q,"text":%q,"ts":"1700000000.000100","files":[{"id":"F1","name":"a.jpg","mimetype":"image/jpeg","filetype":"jpg"}]}}`,
		s.TeamID(), s.direct(mia), mia, caption)
	intake{s.bot}.event([]byte(payload))
	// event has returned: the acknowledgement goes out now.
	if f, err := s.bot.o.Store.Finding(t.Context(), s.TeamID(), 1); err != nil || f.Text != "no corner guard" {
		t.Errorf("kept is %+v, %v", f, err)
	}
	s.bot.Wait()
}

// TestAFindingIsKeptBeforeASocketIsToldSo is the same over Socket Mode, with a photo and
// without.
func TestAFindingIsKeptBeforeASocketIsToldSo(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]string{
		"words":           "",
		"words and photo": `,"subtype":"file_share","files":[{"id":"F1","name":"a.jpg","mimetype":"image/jpeg","filetype":"jpg"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newBareSocket(t)
			w := newWire(t, s.URL)
			looking, answer := make(chan struct{}, 20), make(chan struct{})
			w.asked = func(method string) {
				if method == "users.info" {
					looking <- struct{}{}
					<-answer
				}
			}
			onSocket(t, w.bot)
			<-s.connected
			s.out <- fmt.Sprintf(`{"envelope_id":"E1","type":"events_api","payload":{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","channel":"D1","channel_type":"im","user":"U1","text":%q,"ts":"1700000000.000100"%s}}}`, caption, more)
			<-looking
			select {
			case <-s.in:
				t.Error("it is acknowledged before it is kept")
				close(answer)
			case <-time.After(50 * time.Millisecond):
				close(answer)
				<-s.in
			}
			if f, err := w.bot.o.Store.Finding(t.Context(), "T1", 1); err != nil || f.Text != "no corner guard" {
				t.Errorf("kept is %+v, %v", f, err)
			}
			w.bot.Wait()
		})
	}
}

// TestASightingIsTriedAgain while the database takes nothing. Where it could not be kept at all,
// its sender hears that nothing is lost, and what to do.
func TestASightingIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		full  time.Duration // how long the database takes nothing
		until time.Duration // when it is kept; 0 for never
	}{
		"at once":             {0, 0},
		"after a second":      {500 * time.Millisecond, time.Second},
		"after four seconds":  {3 * time.Second, 4 * time.Second},
		"after fourteen":      {13 * time.Second, 14 * time.Second},
		"after a minute":      {time.Minute, 0},
		"after a minute, two": {time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, inProcess)
				file := filepath.Join(t.TempDir(), "visits.db")
				kept := must(store.Open(t.Context(), store.Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler)}))
				t.Cleanup(func() { kept.Close() })
				s.bot.o.Store = kept
				db := must(sql.Open("sqlite", "file:"+file))
				t.Cleanup(func() { db.Close() })
				dm, photos := s.direct(mia), 1
				if strings.HasSuffix(name, "two") {
					photos = 2
				}
				if c.full > 0 {
					must(db.Exec(`CREATE TRIGGER full BEFORE INSERT ON findings BEGIN SELECT RAISE(FAIL, 'no room'); END`))
					go func() {
						time.Sleep(c.full)
						must(db.Exec(`DROP TRIGGER full`))
					}()
				}
				sent := must(s.Share(mia, dm, "", caption, s.uploaded(mia, photos)...))
				there := func() bool { _, err := kept.Finding(t.Context(), s.TeamID(), 1); return err == nil }
				if c.until > 0 {
					time.Sleep(c.until - 100*time.Millisecond)
					if there() {
						t.Errorf("it is kept before %v", c.until)
					}
					time.Sleep(200 * time.Millisecond)
					if !there() {
						t.Errorf("it is not kept at %v", c.until)
					}
				}
				if c.until == 0 {
					time.Sleep(20 * time.Second)
				}
				s.settled()
				if c.full <= 14*time.Second {
					expect(t, s.last(mia, dm), "Finding 1 · Major")
					return
				}
				m := s.last(mia, dm)
				if photos == 1 {
					expect(t, m, "I could not save that. Your photo is still in Slack", "choose Log finding in the menu of the message", "the reference ")
				} else {
					expect(t, m, "I could not save that. Your photos are still in Slack", "choose Log finding in the menu of the message", "the reference ")
				}
				time.Sleep(time.Minute) // there is room again
				if there() {
					t.Fatal("it was kept all the same")
				}
				if photos == 1 {
					s.press(mia, m, "Log finding")
				} else {
					done(t, s.Shortcut(mia, shortcutLogFinding, dm, sent))
				}
				s.settled()
				if f := s.finding(1); f.Text != "no corner guard" || len(f.Photos) != photos || f.Source != dm+":"+sent {
					t.Errorf("it is %+v", f)
				}
			})
		})
	}
}

// TestWhatIsAFindingAndWhatAQuestion: a photo is a finding unless something is asked, and
// words without a photo are a question unless they say how bad, and how many or where.
func TestWhatIsAFindingAndWhatAQuestion(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	for _, c := range []struct {
		words    string
		pictures int
		finding  bool
	}{
		{caption, 0, true},
		{"严重 6/50 无护角 @包装", 0, true},
		{"major", 0, false},
		{"what is a major defect", 0, false},
		{"is a clock a good gift?", 0, false},
		{"critical dimension 6/50 out @line 2", 0, false},
		{"what gift should I not bring", 0, false},
		{"customs limit for gifts", 0, false},
		{"is this a good gift?", 1, false},
		{"这样可以吗？", 1, false},
		{"scratch on the lid", 1, true},
		{"", 1, true},
	} {
		before := len(s.findings("visit/1"))
		s.shares(mia, c.words, c.pictures)
		if got := len(s.findings("visit/1"))-before == 1; got != c.finding {
			t.Errorf("%q with %d pictures is a finding: %v, want %v", c.words, c.pictures, got, c.finding)
		}
		// Nothing waits for words in the next case.
		for _, f := range s.findings("visit/1") {
			must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), f.Number, s.bot.o.Now(), func(f *visit.Finding) error { f.Text = "x"; return nil }))
		}
	}
}

// TestAQuestionWithAPhotoCanBeLogged: it was answered, and one press makes the photo a
// finding all the same.
func TestAQuestionWithAPhotoCanBeLogged(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	m := s.shares(mia, "is a clock a good gift?", 1)
	expect(t, m, "Do not bring a clock as a gift", "You sent a photo with that")
	s.press(mia, m, "Log finding")
	s.untilSays(mia, s.direct(mia), "Finding 1 · Not sorted")
	if f := s.finding(1); len(f.Photos) != 1 || f.Text != "is a clock a good gift?" {
		t.Errorf("it is %+v", f)
	}
	s.nothingRefused()
}

// TestWordsAfterTheirPhoto: on a bad network the photo comes first. Its words find it when
// they say how bad, how many or where; a question stays one, and one press makes it the words.
func TestWordsAfterTheirPhoto(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	m := s.shares(mia, "", 1)
	expect(t, m, "Finding 1 · Not sorted", "What is it?", "Critical", "Major", "Minor", "Idea")
	must(s.Say(mia, dm, "", "customs limit for gifts"))
	q := s.untilSays(mia, dm, "Customs limits for gifts change")
	expect(t, q, "You sent a photo just before", "Add words to finding 1")
	must(s.Say(mia, dm, "", caption))
	s.untilSays(mia, dm, "Added: Finding 1 · Major · 6 of 50 · packing.")
	if f := s.finding(1); f.Severity != visit.Major || f.Text != "no corner guard" || f.Checked != 50 || len(f.Photos) != 1 {
		t.Errorf("it is %+v", f)
	}
	// Slack delivers them again, to a process that knows nothing of the first time.
	s.settled()
	s.bot.requests = newDedup(keepDelivery)
	done(t, s.Redeliver())
	s.settled()
	if s.count(mia, dm, "Finding 2") != 0 || len(s.findings("visit/1")) != 1 {
		t.Error("the words made a finding of their own")
	}
	if n := s.count(mia, dm, "Added: Finding 1"); n != 1 {
		t.Errorf("answered %d times, want once", n)
	}
	s.until("the answer says so, too", func() bool {
		return strings.Contains(says(s.card(dm, m.TS)), "Finding 1 · Major · 6 of 50 · packing")
	})

	// The press, for words that looked like a question.
	s.shares(mia, "", 1)
	must(s.Say(mia, dm, "", "broken clock gift"))
	q = s.untilSays(mia, dm, "Add words to finding 2")
	s.press(mia, q, "Add words to finding 2")
	s.untilSays(mia, dm, "Added: Finding 2")
	if f := s.finding(2); f.Text != "broken clock gift" {
		t.Errorf("it says %q", f.Text)
	}

	// In the thread of the answer, words are its words, and a photo its photo.
	m = s.shares(mia, "", 1)
	must(s.Say(mia, dm, m.TS, "loose screws"))
	s.untilSays(mia, dm, "Added: Finding 3")
	must(s.Share(mia, dm, m.TS, "", s.uploaded(mia, 1)...))
	s.settled()
	if f := s.finding(3); f.Text != "loose screws" || len(f.Photos) != 2 {
		t.Errorf("it is %+v", f)
	}
	s.nothingRefused()
}

// TestADefectIsNamedInChinese also when its words come after their photo: in a message of their
// own, in the thread, by a press, or with a photo that words in the thread had.
func TestADefectIsNamedInChinese(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	named := func(number int) {
		t.Helper()
		if f := s.finding(number); f.Text != "no corner guard" || f.TextZH != "无护角" || f.Defect != "no-corner-guard" {
			t.Errorf("finding %d says %q, %q, of %q", number, f.Text, f.TextZH, f.Defect)
		}
	}
	s.shares(mia, "", 1)
	must(s.Say(mia, dm, "", caption))
	s.untilSays(mia, dm, "Added: Finding 1")
	named(1)

	m := s.shares(mia, "", 1)
	must(s.Say(mia, dm, m.TS, "no corner guard"))
	s.untilSays(mia, dm, "Added: Finding 2")
	named(2)
	// What is said besides takes nothing away.
	must(s.Say(mia, dm, m.TS, "in each carton"))
	s.until("more is said", func() bool { return s.finding(2).Text == "no corner guard\nin each carton" })
	s.settled()
	if f := s.finding(2); f.TextZH != "无护角" || f.Defect != "no-corner-guard" {
		t.Errorf("then it says %q of %q", f.TextZH, f.Defect)
	}

	m = s.shares(mia, "", 1)
	must(s.Share(mia, dm, m.TS, "no corner guard", s.uploaded(mia, 1)...))
	s.until("a photo with words is added", func() bool { return len(s.finding(3).Photos) == 2 })
	named(3)
	s.nothingRefused()
}

// TestWordsAfterTheirPhotoSayWhatCannotBe as those do that came with one.
func TestWordsAfterTheirPhotoSayWhatCannotBe(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	m := s.shares(mia, "", 1)
	must(s.Say(mia, dm, "", "major 7/5 dents"))
	s.untilSays(mia, dm, "Added to finding 1. 7 of 5 cannot be; I kept the words without the count.")
	expect(t, s.card(dm, m.TS), "7 of 5 cannot be", "dents")

	s.shares(mia, "", 1)
	must(s.Say(mia, dm, "", "严重 6/50 无护角"))
	ask := s.untilSays(mia, dm, "Added to finding 2. 严重 is critical at many firms")
	s.press(mia, ask, "Critical")
	s.until("it is critical", func() bool { return s.finding(2).Severity == visit.Critical })

	m = s.shares(mia, "major dents @lab", visit.MaxPhotos-1)
	must(s.Share(mia, dm, m.TS, "", s.uploaded(mia, 3)...))
	s.untilSays(mia, dm, "That belongs to finding 3")
	expect(t, s.last(mia, dm), "2 photos of your message stay in Slack: a finding keeps at most 10.")
	s.nothingRefused()
}

// TestNoPieceIsNoFinding: a count in which nothing is bad is kept as it was written, and the
// answer says so, whether the words come with a photo, after it or alone.
func TestNoPieceIsNoFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	expect(t, s.shares(mia, "critical 0/125 live part", 1), "0 of 125 pieces is no finding. Press Undo finding")
	m := s.shares(mia, "", 1)
	must(s.Say(mia, dm, "", "minor 0/13 scratches"))
	s.untilSays(mia, dm, "0 of 13 pieces is no finding. Open it to undo it, or to write how many are bad.")
	expect(t, s.card(dm, m.TS), "scratches", "0 of 13 pieces is no finding. Press Undo finding")
	must(s.Say(mia, dm, "", "major 0 out of 50 dent @packing"))
	expect(t, s.untilSays(mia, dm, "Finding 3"), "dent", "0 of 50 pieces is no finding. Press Undo finding")
	must(s.Say(mia, dm, "", "major 6 of 50 dent"))
	if m := s.untilSays(mia, dm, "Finding 4 · Major · 6 of 50"); strings.Contains(says(m), "is no finding") {
		t.Errorf("of six pieces it says\n%s", says(m))
	}
	s.nothingRefused()
}

// TestAPhotoAfterItsWords is the other order: words that told a finding, and then its photo.
func TestAPhotoAfterItsWords(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	s.shares(mia, caption, 0)
	m := s.shares(mia, "", 1)
	expect(t, m, "That belongs to finding 1", "no corner guard", "Open finding 1")
	if fs := s.findings("visit/1"); len(fs) != 1 || len(fs[0].Photos) != 1 {
		t.Errorf("there are %+v", fs)
	}
	// A photo of something else comes later, and is of its own.
	s.bot.o.Now = func() time.Time { return time.Now().Add(soonAfter + time.Minute) }
	s.shares(mia, caption, 0)
	s.bot.o.Now = func() time.Time { return time.Now().Add(3 * soonAfter) }
	s.shares(mia, "", 1)
	if fs := s.findings("visit/1"); len(fs) != 3 {
		t.Errorf("there are %d findings, want 3", len(fs))
	}
}

// TestTheSamePhotoTwice: a photo that is sent again without words makes nothing; with other
// words it shows something else.
func TestTheSamePhotoTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	ids := s.uploaded(mia, 1)
	s.sharesFiles(mia, caption, ids...)
	expect(t, s.sharesFiles(mia, "", ids...), "That belongs to finding 1")
	if n := len(s.findings("visit/1")); n != 1 {
		t.Errorf("%d findings of one photo", n)
	}
	expect(t, s.sharesFiles(mia, "minor label crooked", ids...), "Finding 2 · Minor")
	s.nothingRefused()
}

// TestWhichVisitAFindingIsOf: the only one that is on; of several the person chooses; and with
// none it is kept, and stands on Home.
func TestWhichVisitAFindingIsOf(t *testing.T) {
	t.Parallel()
	home := func(s *stage, words string) bool {
		h, ok := s.Home(mia)
		return ok && strings.Contains(blockText(h.Blocks), words)
	}
	t.Run("none, and later one", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, overHTTP)
		s.visitIn(sourcing) // in two months
		done(t, s.OpenHome(mia))
		m := s.shares(mia, caption, 1)
		expect(t, m, "Finding 1 · Major", "It belongs to no visit and no inspection yet.")
		s.shares(mia, "minor x @y", 1)
		s.until("Home says so", func() bool { return home(s, "2 findings belong to no visit.") })
		if f := s.finding(1); !f.Loose() {
			t.Errorf("it is of %s", f.Subject)
		}
		must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { v.First, v.Last = dayAhead(0), dayAhead(0); return nil }))
		h, _ := s.Home(mia)
		a := s.find(h.Blocks, "Show findings", "")
		a.Home = true
		done(t, s.Act(mia, a))
		list := s.untilSays(mia, s.direct(mia), "Findings that belong to no visit")
		s.pick(mia, list, "Open finding", "Finding 1 · Major · 6 of 50 · packing")
		card := s.untilSays(mia, s.direct(mia), "Which is it for?")
		s.pick(mia, card, "Which is it for?", visitChoice(s, 1))
		s.until("it is of the visit", func() bool { return s.finding(1).Subject == "visit/1" })
		s.until("Home counts one less", func() bool { return home(s, "1 finding belongs to no visit.") })
		s.nothingRefused()
	})
	t.Run("until three days after the last", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, overHTTP)
		s.visitOn(sourcing, -4, -3)
		s.shares(mia, caption, 1)
		if f := s.finding(1); f.Subject != "visit/1" {
			t.Errorf("three days after it is of %q", f.Subject)
		}
		must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { v.First, v.Last = dayAhead(-5), dayAhead(-4); return nil }))
		s.shares(mia, "minor y @z", 1)
		if f := s.finding(2); !f.Loose() {
			t.Errorf("four days after it is of %q", f.Subject)
		}
	})
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, overHTTP)
		s.inspectionAt(s.onVisit(sourcing).Factory.Name)
		m := s.shares(mia, caption, 1)
		expect(t, m, "It belongs to no visit and no inspection yet.", "Which is it for?")
		s.pick(mia, m, "Which is it for?", must(inspectionChoice(s, 1)))
		s.until("it is of the inspection", func() bool { return s.finding(1).Subject == "inspection/1" })
		s.settled()
		// One that is cancelled meanwhile is refused, and the finding stays where it is.
		m = s.last(mia, s.direct(mia))
		a := s.element(m, false, "Move finding to …", visitChoice(s, 1))
		must(s.bot.o.Store.ChangeVisit(t.Context(), s.TeamID(), 1, time.Now(), func(v *visit.Visit) error { _, err := v.Cancel(mia, time.Now()); return err }))
		done(t, s.Act(mia, a))
		s.untilSays(mia, s.direct(mia), "This visit is cancelled")
		if f := s.finding(1); f.Subject != "inspection/1" {
			t.Errorf("it is of %q", f.Subject)
		}
		s.nothingRefused()
	})
	t.Run("of the same factory alone", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, overHTTP)
		v := s.onVisit(sourcing)
		other, same := s.inspectionAt("Other Works"), s.inspectionAt(v.Factory.Name)
		s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "no corner guard", By: mia, At: time.Now()}, 0)
		f := s.finding(1)
		card := must(s.bot.findings.card(t.Context(), mia, s.direct(mia), &f, answerNote{}, false))
		said := string(must(json.Marshal(card.Blocks)))
		if !strings.Contains(said, "Move finding to …") || !strings.Contains(said, "finding/1:"+string(same.Subject())) || strings.Contains(said, string(other.Subject())) {
			t.Errorf("its card offers\n%s", said)
		}
		// The card of a program before this one offers it, and it stays where it is.
		read := s.reads(mia, func() {
			s.clicks(mia, actBelongs, "finding/1:"+blocks.Subject(other.Subject()))
			s.settled()
		})
		if !strings.Contains(read, "is of another factory, so it stays where it is") || s.finding(1).Subject != v.Subject() {
			t.Errorf("it is of %s, and she reads\n%s", s.finding(1).Subject, read)
		}
		s.clicks(mia, actBelongs, "finding/1:"+blocks.Subject(same.Subject()))
		s.settled()
		if got := s.finding(1).Subject; got != same.Subject() {
			t.Errorf("it is of %s", got)
		}
	})
	t.Run("of a colleague's, chosen", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, overHTTP)
		s.onVisit(sourcing) // Mia's; Jonas is in the channel
		expect(t, s.shares(jonas, caption, 1), "It belongs to no visit", "Which is it for?")
	})
}

// inspectionAt is an inspection at a factory that is on.
func (s *stage) inspectionAt(factory string) visit.Inspection {
	s.t.Helper()
	i := visit.Inspection{Type: "pre_shipment", Due: dayAhead(0)}
	i.Workspace, i.Owner, i.Factory, i.Place = s.TeamID(), mia, visit.Factory{Name: factory}, in(sourcing)
	return must(s.bot.o.Store.AddInspection(s.t.Context(), i, time.Now()))
}

func visitChoice(s *stage, n int) string {
	v := must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), n))
	return english.T("%s, %s", v.Title(english.Printer), blocks.ShortDay(english, v.First))
}

func inspectionChoice(s *stage, n int) (string, error) {
	i, err := s.bot.o.Store.Inspection(context.Background(), s.TeamID(), n)
	return english.T("%s, %s", i.Title(english.Printer), blocks.ShortDay(english, i.Due)), err
}

// TestTheShortcutLogsAMessage: a colleague's photo in the thread becomes a finding of what the
// thread prepares, and once.
func TestTheShortcutLogsAMessage(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		v := s.onVisit(sourcing)
		s.visitOn(sourcing, 0, 0) // another one is on, too
		ts := must(s.Share(jonas, sourcing, v.Card, caption, s.uploaded(jonas, 1)...))
		done(t, s.Shortcut(mia, shortcutLogFinding, sourcing, ts))
		m := s.untilTold(mia, sourcing, "Finding 1 · Major · 6 of 50 · packing")
		if m.Only != mia {
			t.Errorf("the answer is visible to %q", m.Only)
		}
		if f := s.finding(1); f.Subject != v.Subject() || f.By != mia || len(f.Photos) != 1 {
			t.Errorf("it is %+v", f)
		}
		done(t, s.Shortcut(mia, shortcutLogFinding, sourcing, ts))
		s.untilTold(mia, sourcing, "That is finding 1 already.")
		done(t, s.Shortcut(jonas, shortcutLogFinding, sourcing, ts))
		s.untilTold(jonas, sourcing, "That is finding 1 already.")
		if n := len(s.findings(v.Subject())); n != 1 {
			t.Errorf("%d findings of one message", n)
		}
		s.nothingRefused()
	})
}

// TestAPhotoOfAnotherCompany that a colleague logs: of what Slack hands out there is a copy, and
// of what it does not the words are kept, and the reason is said to whoever asked.
func TestAPhotoOfAnotherCompany(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	ids := s.uploaded(liwei, 2)
	ts := must(s.Share(liwei, acme, "", "major 6/50 burrs @packing", ids[0]))
	done(t, s.Shortcut(mia, shortcutLogFinding, acme, ts))
	m := s.untilTold(mia, acme, "Finding 1 · Major · 6 of 50 · packing")
	s.until("it has a copy", func() bool { return s.finding(1).Photos[0].State == visit.PhotoKept })

	s.DenyFile(ids[1])
	ts = must(s.Share(liwei, acme, "", "major 2/50 dents @packing", ids[1]))
	done(t, s.Shortcut(mia, shortcutLogFinding, acme, ts))
	m = s.untilTold(mia, acme, "Finding 2 · Major · 2 of 50 · packing")
	if m.Only != mia {
		t.Errorf("the answer is visible to %q", m.Only)
	}
	s.until("it is known that there is none", func() bool { return s.finding(2).Photos[0].State == visit.PhotoRefused })
	s.settled()
	m = s.command(mia, sourcing, "/visit-prep findings 1")
	s.pick(mia, m, "Open finding", "Finding 2 · Major · 2 of 50 · packing")
	m = s.untilSays(mia, sourcing, "A file stays in Slack: I cannot read it, because it is another company's or stands where I am not. Please send me a photo of your own.")
	expect(t, m, "dents")
	s.nothingRefused()
}

// TestAMentionWithAPhotoIsAFinding, which its sender alone is told of.
func TestAMentionWithAPhotoIsAFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	must(s.Share(mia, sourcing, v.Card, "@visitprep "+caption, s.uploaded(mia, 1)...))
	m := s.untilTold(mia, sourcing, "Finding 1 · Major · 6 of 50 · packing")
	if m.Only != mia {
		t.Errorf("the answer is visible to %q", m.Only)
	}
	if f := s.finding(1); f.Subject != v.Subject() {
		t.Errorf("it is of %q", f.Subject)
	}
	must(s.Say(mia, sourcing, "", "@visitprep is a clock a good gift?"))
	s.untilSays(jonas, sourcing, "Do not bring a clock as a gift")
	s.nothingRefused()
}

// TestNoFindingIsPostedWhereAnotherCompanyReads: neither an answer nor a list, and a list that
// stands there says nothing any more once they read along.
func TestNoFindingIsPostedWhereAnotherCompanyReads(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(acme)
	must(s.Share(mia, acme, v.Card, "@visitprep major 6/50 secretive burrs @packing", s.uploaded(mia, 1)...))
	s.untilSays(mia, acme, "Finding 1 · Major")
	s.settled()
	for _, m := range s.Messages(liwei, acme) {
		if strings.Contains(says(m), "Finding") && m.User != mia {
			t.Errorf("the other company reads:\n%s", says(m))
		}
	}
	// Whoever asks there alone sees them.
	m := s.command(mia, acme, "/visit-prep findings 1")
	expect(t, m, "Finding 1 · Major · 6 of 50 · packing")

	w := s.onVisit(sourcing)
	s.shares(jonas, "major x @y", 1)
	done(t, s.Act(jonas, s.element(s.last(jonas, s.direct(jonas)), false, "Which is it for?", visitChoice(s, w.Number))))
	s.until("the list is there", func() bool { text, _ := s.thread(sourcing, w.Card); return strings.Contains(text, "Finding 2") })
	done(t, s.ShareChannel(sourcing))
	s.bot.directory.forget(s.TeamID())
	s.show(w.Subject())
	s.until("the list says nothing", func() bool {
		text, _ := s.thread(sourcing, w.Card)
		return !strings.Contains(text, "Finding 2") && strings.Contains(text, "Findings are not shown here")
	})
	s.nothingRefused()
}

// TestOfAnotherCompanyNobodyLogs anything.
func TestOfAnotherCompanyNobodyLogs(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ts := must(s.Share(liwei, acme, "", "major 6/50 burrs @packing", s.uploaded(liwei, 1)...))
	done(t, s.Shortcut(liwei, shortcutLogFinding, acme, ts))
	s.untilSays(liwei, acme, "answers only members of the workspace")
	if _, err := s.bot.o.Store.Finding(t.Context(), s.TeamID(), 1); !errors.Is(err, visit.ErrNotFound) {
		t.Errorf("a finding of another company's: %v", err)
	}
}

// hiddenFinding is one of Mia's, of a visit in a private channel or, where loose is set, of
// nothing yet. Jonas may see neither.
func (s *stage) hiddenFinding(loose bool) visit.Finding {
	s.t.Helper()
	v := s.onVisit(project)
	f := visit.Finding{Workspace: s.TeamID(), Kind: visit.OfProduct, Severity: visit.Major, Text: "hidden burrs", Source: "form/V0", By: mia, Photos: []visit.PhotoRef{{FileID: "F1"}, {FileID: "F2"}}}
	if !loose {
		f.Subject = v.Subject()
	}
	f, _, err := s.bot.o.Store.AddFinding(s.t.Context(), f, time.Now())
	done(s.t, err)
	return f
}

const notYours = "I can't find that number in your channels"

// TestAFindingIsForThoseWhoMaySeeIt: a control names a finding by its number, which anybody can
// guess. Of nothing yet, it is for who logged it alone.
func TestAFindingIsForThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	words := blocks.Subject(blocks.MustJSON(chosenMessage{Channel: "finding/1", Words: "mine"}))
	for verb, about := range map[blocks.ActionID]blocks.Subject{
		actOpenFinding: "finding/1", actSort: "finding/1:minor", actSplit: "finding/1", actYanzhong: "finding/1:critical", actThatIsIt: words, actFindings: "visit/1:0",
		actWords: "finding/1", actAddFinding: "visit/1",
	} {
		for name, loose := range map[string]bool{"": false, "_of_nothing": true} {
			if loose && (verb == actFindings || verb == actAddFinding) {
				continue
			}
			t.Run(string(verb)+name, func(t *testing.T) {
				t.Parallel()
				s := newPrivateStage(t)
				was := s.hiddenFinding(loose)
				dm := s.direct(jonas)
				m := blocks.Said("Here")
				m.Add(blocks.Actions(blocks.Button(verb, about, "Use it")))
				done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", m))
				s.press(jonas, s.last(jonas, dm), "Use it")
				var read string
				if verb == actWords || verb == actAddFinding {
					s.settled()
					for _, v := range s.Modals(jonas) {
						read += blockText(v.Blocks)
					}
				} else {
					s.settled()
					read = says(s.last(jonas, dm))
				}
				if !strings.Contains(read, notYours) || strings.Contains(read, "hidden burrs") {
					t.Errorf("Jonas reads\n%s", read)
				}
				if now := s.finding(1); now.Rev != was.Rev {
					t.Error("he has changed it")
				}
				if w := must(s.bot.o.Store.SeverityWords(t.Context(), s.TeamID(), "")); w.Yanzhong != "" {
					t.Error("he has set the team's words by it")
				}
			})
		}
	}
}

// TestAFindingGoesNowhereThatItsOwnerMayNotSee, by a menu that was made before or by hand.
func TestAFindingGoesNowhereThatItsOwnerMayNotSee(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.onVisit(project)
	dm := s.direct(jonas)
	m := s.shares(jonas, "minor mine @here", 1)
	if strings.Contains(says(m), visited) {
		t.Errorf("he is offered what he may not see:\n%s", says(m))
	}
	b := blocks.Said("Here")
	b.Add(blocks.Actions(blocks.Button(actBelongs, "finding/1:visit/1", "Use it")))
	done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", b))
	s.press(jonas, s.last(jonas, dm), "Use it")
	s.untilSays(jonas, dm, notYours)
	if f := s.finding(1); !f.Loose() {
		t.Errorf("it went to %q", f.Subject)
	}
}

// TestAPrivateVisitIsNotNamedElsewhere: in another channel its findings are not listed, and
// what is logged there is not said to be of it.
func TestAPrivateVisitIsNotNamedElsewhere(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.hiddenFinding(false)
	expect(t, s.command(mia, sourcing, "/visit-prep findings 1"), "That belongs to a private channel.")
	must(s.Share(mia, sourcing, "", "@visitprep minor scratch @line", s.uploaded(mia, 1)...))
	m := s.untilSays(mia, sourcing, "Finding 2 · Minor")
	if strings.Contains(says(m), visited) {
		t.Errorf("it is named in another channel:\n%s", says(m))
	}
}

// TestWordsInSomebodysThread: the thread of a finding is its owner's, and who may not see it
// any more adds nothing.
func TestWordsInSomebodysThread(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(*stage) error{
		"who is a guest by now":    func(s *stage) error { return s.SetGuest(mia, "restricted") },
		"who has left its channel": func(s *stage) error { return s.Leave(mia, project) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			s.onVisit(project)
			dm := s.direct(mia)
			m := s.shares(mia, "", 1)
			done(t, happens(s))
			s.settled()
			must(s.Share(mia, dm, m.TS, "late words", s.uploaded(mia, 1)...))
			s.settled()
			if f := s.finding(1); f.Text != "" || len(f.Photos) != 1 {
				t.Errorf("it is %+v", f)
			}
		})
	}
}

// TestThatIsFindingAlreadyTellsNothing of one that somebody may not see.
func TestThatIsFindingAlreadyTellsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	ts := must(s.Share(jonas, sourcing, "", "minor scratch", s.uploaded(jonas, 1)...))
	done(t, s.Shortcut(mia, shortcutLogFinding, sourcing, ts)) // of nothing yet: hers alone
	s.untilSays(mia, sourcing, "Finding 1 · Minor")
	done(t, s.Shortcut(jonas, shortcutLogFinding, sourcing, ts))
	s.untilSays(jonas, sourcing, "A colleague has logged that message already.")
}

// TestAFormIsCheckedWhenItIsSent: who has left the channel meanwhile saves nothing.
func TestAFormIsCheckedWhenItIsSent(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{"a new one": "/visit-prep finding 1", "one that is there": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			s.hiddenFinding(false)
			if command != "" {
				s.command(mia, project, command)
			} else {
				m := s.command(mia, project, "/visit-prep findings 1")
				s.pick(mia, m, "Open finding", "Finding 1 · Major")
				s.press(mia, s.untilSays(mia, project, "Undo finding"), "Add words")
			}
			form := s.modal(mia, "What did you see?")
			s.enter(mia, form, fieldSeverity, string(visit.Minor))
			s.enter(mia, form, fieldSaw, "late words")
			done(t, s.Leave(mia, project))
			s.settled()
			s.bot.directory.forget(s.TeamID())
			s.send(mia, form)
			s.settled()
			if _, err := s.bot.o.Store.Finding(t.Context(), s.TeamID(), 2); !errors.Is(err, visit.ErrNotFound) || s.finding(1).Text != "hidden burrs" {
				t.Errorf("it was saved: %v", err)
			}
		})
	}
}

// TestAGuestIsToldWhoMayLog.
func TestAGuestIsToldWhoMayLog(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	done(t, s.SetGuest(jonas, "restricted"))
	s.settled()
	m := s.shares(jonas, caption, 1)
	expect(t, m, "for members of this workspace")
	if n := len(s.findings("visit/1")); n != 0 {
		t.Errorf("%d findings of a guest", n)
	}
}

// TestWhatCannotBeIsSaid: a count that is none, more photos than a finding keeps, three
// thousand characters.
func TestWhatCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	expect(t, s.shares(mia, "major 7/5 dents", 1), "Finding 1 · Major", "7 of 5 cannot be; I kept the words without the count", "dents")
	if f := s.finding(1); f.Counted() || f.Text != "dents" {
		t.Errorf("it is %+v", f)
	}
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Finding) error { f.Place = "line 1"; return nil }))
	done(t, s.bot.findings.redraw(t.Context(), s.TeamID(), 1))
	expect(t, s.last(mia, s.direct(mia)), "line 1", "7 of 5 cannot be") // it is still to be mended

	long := strings.Repeat("无护角。", 740)
	expect(t, s.shares(mia, "主要 6/50 "+long, 1), "Finding 2 · Major · 6 of 50")
	if f := s.finding(2); f.Text != long {
		t.Errorf("%d of %d characters are kept", len([]rune(f.Text)), len([]rune(long)))
	}
	if fs := s.findings("visit/1"); len(fs) != 2 {
		t.Errorf("%d findings", len(fs))
	}

	// What is no picture stays in Slack, and the words are saved: the fetching says so.
	pdf, err := s.Upload(mia, "report.pdf", []byte("%PDF-1.4\n%%EOF"))
	done(t, err)
	expect(t, s.sharesFiles(mia, "major wrong colour @lab", pdf.ID), "Finding 3 · Major · lab", "report.pdf stays in Slack: it is no photo")
	if f := s.finding(3); len(f.Photos) != 1 || f.Photos[0].FileID != pdf.ID {
		t.Errorf("it is %+v", f)
	}
	s.nothingRefused()
}

// TestUnsortedIsAskedAbout: nothing is lost without a severity, and one press gives it.
func TestUnsortedIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	m := s.shares(mia, "6/50 dents", 1)
	expect(t, m, "Finding 1 · Not sorted · 6 of 50", "How bad is it?")
	s.press(mia, m, "Minor")
	s.until("it is minor", func() bool { return s.finding(1).Severity == visit.Minor })
	s.until("the same message says so", func() bool {
		return strings.Contains(says(s.card(s.direct(mia), m.TS)), "Finding 1 · Minor · 6 of 50")
	})
	m = s.card(s.direct(mia), m.TS)
	s.pick(mia, m, "Change severity", "Red flag: never for the factory")
	s.until("it is a red flag", func() bool { f := s.finding(1); return f.Kind == visit.RedFlag && !f.ForFactory && f.Severity == "" })
	s.until("the list says so", func() bool {
		text, _ := s.thread(sourcing, v.Card)
		return strings.Contains(text, "Finding 1 · Red flag")
	})
	s.settled()
	m = s.card(s.direct(mia), m.TS)
	s.pick(mia, m, "Change severity", "Critical")
	s.until("it is critical", func() bool { f := s.finding(1); return f.Kind == visit.OfProduct && f.Severity == visit.Critical })
	s.nothingRefused()
}

// TestYanzhongIsAskedUntilTheTeamHasSaid what it means.
func TestYanzhongIsAskedUntilTheTeamHasSaid(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	m := s.shares(mia, "严重 6/50 无护角", 1)
	expect(t, m, "Finding 1 · Not sorted · 6 of 50", "严重 is critical at many firms, and major in the standard. What is it here?")
	done(t, s.bot.findings.redraw(t.Context(), s.TeamID(), 1))
	m = s.card(dm, m.TS)
	expect(t, m, "What is it here?") // still, when a photo has come
	s.press(mia, m, "Critical")
	s.until("it is critical", func() bool { return s.finding(1).Severity == visit.Critical })
	s.until("it offers to remember", func() bool { return strings.Contains(says(s.card(dm, m.TS)), "Always read 严重 as critical") })
	// Until then it is asked again.
	expect(t, s.shares(mia, "严重 2/50 漏电", 1), "What is it here?")
	s.press(mia, s.card(dm, m.TS), "Always read 严重 as critical")
	s.until("the team has said", func() bool {
		return must(s.bot.o.Store.SeverityWords(t.Context(), s.TeamID(), "")).Yanzhong == visit.Critical
	})
	expect(t, s.shares(mia, "严重 1/50 漏油", 1), "Finding 3 · Critical · 1 of 50")
	expect(t, s.shares(mia, "主要 1/50 划痕", 1), "Finding 4 · Major · 1 of 50")
	s.nothingRefused()
}

// TestTheTeamChangesWhatYanzhongMeans where other settings are changed: one wrong press is not
// for ever.
func TestTheTeamChangesWhatYanzhongMeans(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	means := func() visit.Severity {
		return must(s.bot.o.Store.SeverityWords(t.Context(), s.TeamID(), "")).Yanzhong
	}
	chosen := func(v localslack.View) string {
		t.Helper()
		for _, raw := range v.Blocks {
			var b struct {
				ID      string `json:"block_id"`
				Element struct {
					Initial struct{ Value string } `json:"initial_option"`
				}
			}
			done(t, json.Unmarshal(raw, &b))
			if b.ID == fieldYanzhong {
				return b.Element.Initial.Value
			}
		}
		return "no field"
	}
	older := s.openSettings(jonas)
	v := s.openSettings(mia)
	if text := blockText(v.Blocks); !strings.Contains(text, "What does 严重 mean in your team?") || chosen(v) != askEachTime {
		t.Errorf("%q is chosen in\n%s", chosen(v), text)
	}
	s.enter(mia, v, fieldYanzhong, string(visit.Critical))
	s.send(mia, v)
	s.noModal(mia)
	if is := means(); is != visit.Critical {
		t.Errorf("it means %q", is)
	}
	expect(t, s.shares(mia, "严重 1/50 漏油", 1), "Finding 1 · Critical · 1 of 50")

	// A form that was open before, and changed nothing of it.
	s.enter(jonas, older, fieldQuiet, "21:00-07:00")
	s.send(jonas, older)
	s.noModal(jonas)
	if is := means(); is != visit.Critical {
		t.Errorf("a form in which it was not changed made it %q", is)
	}

	v = s.openSettings(jonas)
	if chosen(v) != string(visit.Critical) {
		t.Errorf("%q is chosen", chosen(v))
	}
	s.enter(jonas, v, fieldYanzhong, askEachTime)
	s.send(jonas, v)
	s.noModal(jonas)
	expect(t, s.shares(mia, "严重 2/50 漏电", 1), "What is it here?")

	// A guest has settings, and none that are the team's.
	done(t, s.SetGuest(jonas, "restricted"))
	s.settled()
	s.command(jonas, sourcing, "/visit-prep settings")
	if is := chosen(s.modal(jonas, "Quiet hours")); is != "no field" {
		t.Errorf("a guest may choose, and %q is chosen", is)
	}
	answer := s.slackSends(formType, url.Values{"payload": {string(blocks.MustJSON(map[string]any{
		"type": "view_submission", "team": map[string]any{"id": s.TeamID()}, "user": map[string]any{"id": jonas, "team_id": s.TeamID()}, "api_app_id": s.AppID(),
		"view": map[string]any{"id": "V0UNSEEN01", "type": "modal", "callback_id": modalSettings, "state": map[string]any{"values": map[string]any{
			fieldYanzhong: map[string]any{blocks.InputAction: map[string]any{"type": "radio_buttons", "selected_option": map[string]any{"value": visit.Major}}},
		}}},
	}))}}.Encode())
	if !strings.Contains(answer, "for members of this workspace") || means() != "" {
		t.Errorf("a guest made it %q and reads\n%s", means(), answer)
	}
	s.nothingRefused()
}

// TestUndoAndRestore: until a final report has it, whoever logged it can take it back; then
// nobody can.
func TestUndoAndRestore(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	dm := s.direct(mia)
	m := s.shares(mia, caption, 1)
	s.press(mia, m, "Undo finding")
	s.until("it is undone", func() bool { return s.finding(1).Withdrawn.By == mia })
	s.until("the list is empty", func() bool {
		text, _ := s.thread(sourcing, v.Card)
		return strings.Contains(text, "There are no findings any more.")
	})
	s.until("the answer offers it back", func() bool { return strings.Contains(says(s.card(dm, m.TS)), "Restore finding") })
	s.press(mia, s.card(dm, m.TS), "Restore finding")
	s.until("it is back", func() bool {
		text, _ := s.thread(sourcing, v.Card)
		return strings.Contains(text, "Finding 1 · Major")
	})
	s.settled()

	// Somebody else's is not theirs to undo.
	s.command(jonas, sourcing, "/visit-prep findings 1")
	s.pick(jonas, s.last(jonas, sourcing), "Open finding", "Finding 1 · Major · 6 of 50 · packing")
	s.press(jonas, s.untilSays(jonas, sourcing, "Undo finding"), "Undo finding")
	s.untilSays(jonas, sourcing, "Finding 1 is somebody else's")

	m = s.card(dm, m.TS)
	undo := s.element(m, false, "Undo finding", "")
	must(s.bot.o.Store.ChangeFinding(t.Context(), s.TeamID(), 1, s.bot.o.Now(), func(f *visit.Finding) error { f.Final = true; return nil }))
	done(t, s.Act(mia, undo))
	s.untilSays(mia, dm, "stands in a final report")
	done(t, s.bot.findings.redraw(t.Context(), s.TeamID(), 1))
	if m = s.card(dm, m.TS); strings.Contains(says(m), "Undo finding") {
		t.Error("a finding in a final report still offers Undo")
	}
	if strings.Contains(says(m), "Change severity") {
		t.Error("a finding in a final report still offers another severity")
	}
	s.press(mia, m, "Add words")
	form := s.modal(mia, "What did you see?")
	s.enter(mia, form, fieldSaw, "all is well")
	s.send(mia, form)
	if got := s.errorsIn(mia)[fieldSaw]; !strings.Contains(got, "stands in a final report, so this stays as it is") {
		t.Errorf("written over: %v", s.errorsIn(mia))
	}
	s.enter(mia, form, fieldSaw, "no corner guard\nrepaired on Friday")
	s.send(mia, form)
	s.modal(mia, "Finding 1 · Major")
	if f := s.finding(1); f.Text != "no corner guard\nrepaired on Friday" {
		t.Errorf("it says %q", f.Text)
	}
	s.nothingRefused()
}

// TestAPhotoThatIsFetchedBeforeTheAnswer: the answer asks all the same what it has to ask of the
// words, whoever posts it.
func TestAPhotoThatIsFetchedBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	for words, asks := range map[string]string{"6/5 no corner guard @packing": "6 of 5 cannot be", "严重 漏油 2/50": "严重 is critical at many firms"} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			s.onVisit(sourcing)
			dm := s.direct(mia)
			ctx := t.Context()
			of := sighting{team: s.TeamID(), person: mia, channel: dm, ts: "1700000000.000100", words: words, on: guide.Direct}
			for _, id := range s.uploaded(mia, 1) {
				of.files = append(of.files, slack.File{ID: id, Mimetype: "image/jpeg"})
			}
			k := must(s.bot.findings.keep(ctx, of))
			done(t, s.bot.findings.redraw(ctx, k.Workspace, k.Number)) // what the photo's fetching does
			done(t, s.bot.findings.answer(ctx, of, k))
			s.settled()
			m := s.last(mia, dm)
			expect(t, m, "Finding 1", asks)
			if n := s.count(mia, dm, "Finding 1"); n != 1 {
				t.Errorf("answered %d times", n)
			}
			done(t, s.bot.findings.redraw(ctx, k.Workspace, k.Number))
			expect(t, s.card(dm, m.TS), asks)
		})
	}
}

// TestWhatIsSaidOfAnUndoneFinding: another photo in its thread is a finding of its own, and
// whoever adds words is told that nobody reads them.
func TestWhatIsSaidOfAnUndoneFinding(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	dm := s.direct(mia)
	m := s.shares(mia, caption, 1)
	s.press(mia, m, "Undo finding")
	s.until("it is undone", func() bool { return s.finding(1).Withdrawn.By == mia })
	s.settled()
	must(s.Share(mia, dm, m.TS, "6/50 major corner guard is there, but loose @packing", s.uploaded(mia, 1)...))
	expect(t, s.untilSays(mia, dm, "Finding 2"), "6 of 50 · packing")
	if f := s.finding(1); len(f.Photos) != 1 || f.Text != "no corner guard" {
		t.Errorf("the undone one got more: %+v", f)
	}
	must(s.Say(mia, dm, m.TS, "the left ones too"))
	said := s.untilSays(mia, dm, "in no list and no report")
	if f := s.finding(1); !strings.Contains(f.Text, "the left ones too") {
		t.Errorf("the words are lost: %+v", f)
	}
	s.press(mia, said, "Restore finding")
	s.until("it is back", func() bool { return !s.finding(1).Withdrawn.IsSet() })
	s.nothingRefused()
}

// TestOneFindingPerPhoto.
func TestOneFindingPerPhoto(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.onVisit(sourcing)
	var fetched []int
	s.bot.findings.fetch = func(_ context.Context, _ string, n int) { fetched = append(fetched, n) }
	m := s.shares(mia, caption, 3)
	s.press(mia, m, "One finding per photo")
	s.untilSays(mia, s.direct(mia), "Each photo has a finding of its own now.")
	fs := s.findings("visit/1")
	if len(fs) != 3 {
		t.Fatalf("%d findings", len(fs))
	}
	for _, f := range fs {
		if len(f.Photos) != 1 || f.Text != "no corner guard" || f.Severity != visit.Major {
			t.Errorf("finding %d is %+v", f.Number, f)
		}
	}
	done(t, s.bot.findings.split(t.Context(), click{caller: caller{team: s.TeamID(), user: mia, channel: s.direct(mia)}, about: "finding/1"})) // the second click of two
	s.settled()
	if n := len(s.findings("visit/1")); n != 3 {
		t.Errorf("pressed twice it makes %d findings", n)
	}
	if !slices.Contains(fetched, 3) {
		t.Errorf("fetched are %v", fetched)
	}
}

// TestTheListIsHealed: a process that dies between a finding and its list leaves the list to
// the next.
func TestTheListIsHealed(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	f := visit.Finding{Workspace: s.TeamID(), Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Major, Text: "left behind", Source: "form/V1", By: mia}
	_, _, err := s.bot.o.Store.AddFinding(t.Context(), f, time.Now())
	done(t, err)
	behind := s.bot.live.heal(t.Context(), nil)
	s.bot.live.heal(t.Context(), behind)
	s.until("the list has it", func() bool { text, _ := s.thread(sourcing, v.Card); return strings.Contains(text, "left behind") })
	s.settled()
	// It is drawn for a change of the findings, not for each of the card.
	calls := s.Calls()["chat.update"]
	s.show(v.Subject())
	if n := s.Calls()["chat.update"] - calls; n != 1 {
		t.Errorf("%d messages are drawn for a card, want the card alone", n)
	}
}

// TestTheListHasFortyLines, the worst first, and the rest is a press away.
func TestTheListHasFortyLines(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	for n := range 45 {
		f := visit.Finding{Workspace: s.TeamID(), Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Minor, Text: fmt.Sprintf("thing %d %s", n+1, strings.Repeat("x", 200)), Source: fmt.Sprintf("form/%d", n), By: mia}
		if n == 44 {
			f.Severity = visit.Critical
		}
		_, _, err := s.bot.o.Store.AddFinding(t.Context(), f, time.Now())
		done(t, err)
	}
	s.show(v.Subject())
	text, n := s.thread(sourcing, v.Card)
	if n != 1 || strings.Count(text, "*Finding ") != 40 || !strings.Contains(text, "Findings: 1 critical, 44 minor") || !strings.Contains(text, "And 5 more.") {
		t.Errorf("%d messages, %d lines:\n%s", n, strings.Count(text, "*Finding "), blocks.Clip(text, 600))
	}
	if strings.Index(text, "Finding 45") > strings.Index(text, "Finding 1 ·") {
		t.Error("the critical one does not stand first")
	}
	var list localslack.Message
	for _, m := range s.Messages(mia, sourcing) {
		if strings.Contains(says(m), "And 5 more.") {
			list = m
		}
	}
	s.press(mia, list, "More findings")
	m := s.untilSays(mia, sourcing, "thing 44")
	if m.Only != mia || strings.Contains(says(m), "thing 39 ") {
		t.Errorf("visible to %q:\n%s", m.Only, blocks.Clip(says(m), 300))
	}
	s.press(mia, m, "Earlier findings")
	s.untilSays(mia, sourcing, "thing 39")
	s.nothingRefused()
}

// TestWhoIsAGuestByNow sees nothing any more of what they logged as a colleague.
func TestWhoIsAGuestByNow(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.shares(jonas, "minor hidden burrs @here", 1)
	done(t, s.SetGuest(jonas, "restricted"))
	s.settled()
	dm := s.direct(jonas)
	for verb, about := range map[blocks.ActionID]blocks.Subject{actOpenFinding: "finding/1", actFindings: "loose:0"} {
		m := blocks.Said("Here")
		m.Add(blocks.Actions(blocks.Button(verb, about, "Use it")))
		done(t, s.bot.replies.post(t.Context(), s.TeamID(), dm, "", m))
		s.press(jonas, s.last(jonas, dm), "Use it")
		s.settled()
		if m := s.last(jonas, dm); !strings.Contains(says(m), "for members of this workspace") || strings.Contains(says(m), "hidden burrs") {
			t.Errorf("%s: he reads\n%s", verb, says(m))
		}
	}
}

// TestAFindingOfAPrivateVisitIsNotShownElsewhere, whoever may see it.
func TestAFindingOfAPrivateVisitIsNotShownElsewhere(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	s.hiddenFinding(false)
	m := blocks.Said("Here")
	m.Add(blocks.Actions(blocks.Button(actOpenFinding, "finding/1", "Use it")))
	done(t, s.bot.replies.post(t.Context(), s.TeamID(), sourcing, "", m))
	s.press(mia, s.last(mia, sourcing), "Use it")
	got := s.untilSays(mia, sourcing, "That belongs to a private channel.")
	if strings.Contains(says(got), "hidden burrs") {
		t.Errorf("it is shown:\n%s", says(got))
	}
}

// TestHowManyFindingsThereAre of each class, in the head of a list: one is said as one.
func TestHowManyFindingsThereAre(t *testing.T) {
	t.Parallel()
	critical, flag, idea := visit.Finding{Kind: visit.OfProduct, Severity: visit.Critical}, visit.Finding{Kind: visit.RedFlag}, visit.Finding{Kind: visit.Idea}
	for want, fs := range map[string][]visit.Finding{
		"":                               {},
		"1 critical, 1 red flag, 1 idea": {critical, flag, idea},
		"2 critical, 2 red flags":        {critical, critical, flag, flag},
		"1 red flag, 1 not sorted":       {flag, {Kind: visit.OfProduct}},
		"1 critical, 3 ideas":            {idea, idea, idea, critical},
	} {
		if got := counted(english, fs); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
