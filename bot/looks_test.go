package bot

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// looksAt posts the button that leads to the photos for the factory, and presses it.
func (s *stage) looksAt(who string, v visit.Visit) localslack.View {
	s.t.Helper()
	m := new(blocks.Message)
	m.Say("A button.")
	m.Add(blocks.Actions(lookButton(english, v.Subject())))
	done(s.t, s.bot.replies.post(context.Background(), s.TeamID(), who, "", m))
	return s.opens(who, s.untilSays(who, s.direct(who), "A button."), "Look at photos")
}

// picturesIn is how many pictures a form shows.
func picturesIn(v localslack.View) (n int) {
	for _, b := range v.Blocks {
		n += bytes.Count(b, []byte(`"slack_file"`))
	}
	return n
}

// Nothing goes to a factory before somebody has looked at it: photo by photo, some as they
// are, some in part, some not at all. What is not for the factory is not among them.
func TestPhotosAreLookedAtBeforeTheyGo(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	s.shares(mia, caption, looksAtOnce+2)
	s.until("the photos are kept", func() bool {
		fs := s.findings(v.Subject())
		return len(fs) == 1 && fs[0].Photos[looksAtOnce+1].State == visit.PhotoKept
	})
	s.shares(mia, "flag two sets of books", 1)
	ids := s.finding(1).Photos
	page := s.looksAt(mia, v)
	if got := picturesIn(page); got != looksAtOnce {
		t.Errorf("%d pictures on the first page", got)
	}
	expectIn(t, page, "no faces, no papers, no other brands", "2 more come after these", "Photo 1 of finding 1")
	field := func(n int) string { l := look{photo: ids[n]}; return l.field() }
	s.enter(mia, page, field(0), "0,0,0,0")
	s.enter(mia, page, field(1), leaveOut)
	s.enter(mia, page, field(2), "0,0,25,0")
	if err := s.Submit(mia, page.ID); err == nil {
		if f := s.finding(1); f.Photos[0].Cleared.IsSet() {
			t.Error("a photo for which nothing was chosen was waved through")
		}
	}
	s.enter(mia, page, field(3), "0,0,0,0")
	s.enter(mia, page, field(4), "0,0,0,0")
	s.send(mia, page)
	page = s.modal(mia, "Photo 7 of finding 1")
	if got := picturesIn(page); got != 2 {
		t.Errorf("%d pictures on the second page", got)
	}
	if text := blockText(page.Blocks); strings.Contains(text, "finding 2") {
		t.Errorf("a red flag is among them:\n%s", text)
	}
	s.enter(mia, page, field(5), "50,0,0,0")
	s.enter(mia, page, field(6), leaveOut)
	s.send(mia, page)
	page = s.modal(mia, "You have looked at all photos")
	expectIn(t, page, "Version for the factory")
	for n, want := range []visit.PhotoRef{{}, {LeftOut: true}, {Crop: visit.Crop{Right: 25}}, {}, {}, {Crop: visit.Crop{Left: 50}}, {LeftOut: true}} {
		p := s.finding(1).Photos[n]
		if p.LeftOut != want.LeftOut || p.Crop != want.Crop || p.Cleared.By != mia || p.ForFactory() == want.LeftOut {
			t.Errorf("photo %d is %+v", n+1, p)
		}
	}
	// What was chosen can be changed, and what is not changed stays whoever's it was.
	s.pressIn(mia, page, "Change choices", "")
	page = s.modal(mia, "Photo 1 of finding 1")
	s.enter(mia, page, field(1), "0,50,0,0")
	before := s.finding(1).Photos[0].Cleared
	s.send(mia, page)
	s.modal(mia, "Photo 6 of finding 1")
	if p := s.finding(1).Photos[1]; p.LeftOut || p.Crop != (visit.Crop{Top: 50}) {
		t.Errorf("photo 2 is %+v", p)
	}
	if got := s.finding(1).Photos[0].Cleared; got != before {
		t.Errorf("photo 1, of which nothing was changed, was cleared by %v, not %v", got, before)
	}
	s.nothingRefused()
}

// What is chosen on a page is kept whole or not at all, and Slack is asked of the photos of the
// next one side by side: there is little time.
func TestAPageOfPhotosIsKeptWhole(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	db := s.onFile()
	v := s.onVisit(sourcing)
	s.shares(mia, caption, looksAtOnce+3)
	s.until("the photos are kept", func() bool {
		fs := s.findings(v.Subject())
		return len(fs) == 1 && fs[0].Photos[looksAtOnce+2].State == visit.PhotoKept
	})
	s.settled()
	page := s.looksAt(mia, v)
	ids := s.finding(1).Photos
	for n := range looksAtOnce {
		l := look{photo: ids[n]}
		s.enter(mia, page, l.field(), "0,0,0,0")
	}
	must(db.Exec(fmt.Sprintf(`CREATE TRIGGER third BEFORE UPDATE ON photos WHEN NEW.id = %d BEGIN SELECT RAISE(FAIL, 'no room'); END`, ids[2].ID)))
	s.send(mia, page)
	s.settled()
	for n, p := range s.finding(1).Photos {
		if p.Cleared.IsSet() {
			t.Errorf("photo %d is kept of a page that was refused", n+1)
		}
	}
	must(db.Exec(`DROP TRIGGER third`))
	together := make(chan struct{})
	var under atomic.Int32
	s.between("/files.info", func() {
		if under.Add(1) == 3 {
			close(together)
		}
		select {
		case <-together:
		case <-time.After(200 * time.Millisecond):
			t.Error("a photo is asked for after another")
		}
	}, "", "")
	s.send(mia, page)
	if got := picturesIn(s.modal(mia, "Photo 8 of finding 1")); got != 3 {
		t.Errorf("%d pictures on the next page", got)
	}
}

// Where a picture cannot be shown, there is a link to it, and the page opens.
func TestAPhotoThatSlackDoesNotShow(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.onVisit(sourcing)
	s.shares(mia, caption, 2)
	s.until("the photos are kept", func() bool { return s.finding(1).Photos[1].State == visit.PhotoKept })
	done(t, s.DeleteFile(mia, s.finding(1).Photos[0].FileID))
	page := s.looksAt(mia, v)
	if got := picturesIn(page); got != 1 {
		t.Errorf("%d pictures", got)
	}
	expectIn(t, page, "Slack cannot show it here", "leave it out")
}

// A picture that Slack refuses, though it said a moment before that it has it, is replaced by
// its link; the page comes, with the others. Where Slack does not say which, none is shown.
func TestAPhotoThatSlackRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		refuse   func(s *stage, n int) // what happens as the page is filled for the nth time
		pictures int
	}{
		{"one of them", func(s *stage, n int) {
			if n == 1 {
				done(s.t, s.DeleteFile(mia, s.finding(1).Photos[1].FileID))
			}
		}, 2},
		{"one, and then another", func(s *stage, n int) {
			if n <= 2 {
				done(s.t, s.DeleteFile(mia, s.finding(1).Photos[n].FileID))
			}
		}, 1},
		{"without saying which", func(s *stage, n int) {
			if n == 1 {
				s.Fail("views.update", "invalid_blocks", 1)
			}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, overHTTP)
			v := s.onVisit(sourcing)
			s.shares(mia, caption, 3)
			s.until("the photos are kept", func() bool {
				fs := s.findings(v.Subject())
				return len(fs) == 1 && fs[0].Photos[2].State == visit.PhotoKept
			})
			n := 0
			s.between("views.update", func() { n++; c.refuse(s, n) }, "", "")
			page := s.looksAt(mia, v)
			if got := picturesIn(page); got != c.pictures {
				t.Errorf("%d pictures, want %d:\n%s", got, c.pictures, blockText(page.Blocks))
			}
			expectIn(t, page, "Photo 1 of finding 1", "Photo 3 of finding 1", "Slack cannot show it here", "open the photo")
			for _, p := range s.finding(1).Photos {
				l := look{photo: p}
				s.enter(mia, page, l.field(), leaveOut)
			}
			s.send(mia, page)
			s.modal(mia, "You have looked at all photos")
		})
	}
}

// Only those who may see a visit look at its photos, and choose what becomes of them.
func TestPhotosAreLookedAtInTheirChannel(t *testing.T) {
	t.Parallel()
	stage := func(t *testing.T) (*stage, visit.Visit) {
		s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia, jonas}})
		v := s.onVisit(project)
		s.shares(mia, caption, 1)
		s.until("the photo is kept", func() bool { return s.finding(1).Photos[0].State == visit.PhotoKept })
		return s, v
	}
	t.Run("opened by somebody who has left", func(t *testing.T) {
		t.Parallel()
		s, v := stage(t)
		done(t, s.Leave(jonas, project))
		s.settled()
		s.looksAt(jonas, v)
		s.until("the form says so", func() bool {
			return len(s.Modals(jonas)) > 0 && strings.Contains(blockText(s.Modals(jonas)[0].Blocks), "I can't find")
		})
		if page := s.Modals(jonas)[0]; picturesIn(page) > 0 || strings.Contains(blockText(page.Blocks), "corner") {
			t.Errorf("he sees %s", blockText(page.Blocks))
		}
	})
	t.Run("sent off by somebody who has left meanwhile", func(t *testing.T) {
		t.Parallel()
		s, v := stage(t)
		s.looksAt(jonas, v)
		page := s.modal(jonas, "Photo 1 of finding 1")
		l := look{photo: s.finding(1).Photos[0]}
		s.enter(jonas, page, l.field(), "0,0,0,0")
		done(t, s.Leave(jonas, project))
		s.settled()
		_ = s.Submit(jonas, page.ID) // it stays open, and says why
		s.settled()
		if p := s.finding(1).Photos[0]; p.Cleared.IsSet() {
			t.Errorf("the photo is %+v", p)
		}
	})
}

// expectIn finds words in a form.
func expectIn(t *testing.T, v localslack.View, words ...string) {
	t.Helper()
	text := blockText(v.Blocks)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("nothing of %q in:\n%s", w, text)
		}
	}
}

// The photos of which nobody has chosen, or that are not for the factory, are none of its.
func TestWhichPhotosAreForTheFactory(t *testing.T) {
	kept := visit.PhotoRef{ID: 1, State: visit.PhotoKept}
	seen := kept
	seen.ID, seen.Cleared = 2, visit.Mark{By: mia, At: time.Now()}
	fs := []visit.Finding{
		{Number: 1, ForFactory: true, Photos: []visit.PhotoRef{kept, seen, {ID: 3, State: visit.PhotoWaiting}, {ID: 4, State: visit.PhotoRefused}}},
		{Number: 2, Photos: []visit.PhotoRef{kept}},
		{Number: 3, ForFactory: true, Kind: visit.RedFlag, Photos: []visit.PhotoRef{kept}},
		{Number: 4, ForFactory: true, Withdrawn: visit.Mark{By: mia, At: time.Now()}, Photos: []visit.PhotoRef{kept}},
	}
	if ls := looks(fs, false); len(ls) != 1 || ls[0].photo.ID != 1 || ls[0].finding.Number != 1 {
		t.Errorf("to be looked at are %+v", ls)
	}
	if ls := looks(fs, true); len(ls) != 2 {
		t.Errorf("all are %+v", ls)
	}
}
