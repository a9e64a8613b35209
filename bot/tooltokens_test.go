package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// openTools opens a person's list of connected tools from their settings.
func (s *stage) openTools(who string) localslack.View {
	s.t.Helper()
	v := s.openSettings(who)
	s.pressIn(who, v, "Connected tools …", "")
	return s.modal(who, "Address: ")
}

func TestAPersonConnectsATool(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.bot.o.ToolsAt = "https://visitprep.example.com/mcp"
	kept := func() []visit.ToolToken {
		return must(s.bot.o.Store.ToolTokens(context.Background(), s.TeamID(), mia))
	}
	v := s.openTools(mia)
	if text := blockText(v.Blocks); !strings.Contains(text, "https://visitprep.example.com/mcp") || strings.Contains(text, "visitprep-T") {
		t.Errorf("before there is a token the list says\n%s", text)
	}
	s.pressIn(mia, v, "Make a token", "")
	v = s.modal(mia, "only once")
	_, after, _ := strings.Cut(blockText(v.Blocks), "visitprep-"+s.TeamID()+"-")
	token := "visitprep-" + s.TeamID() + "-" + after[:43]
	workspace, hash, ok := visit.ReadToolToken(token)
	if k := kept(); !ok || workspace != s.TeamID() || len(k) != 1 || k[0].Hash != hash || k[0].Person != mia {
		t.Fatalf("%q is shown, kept is %+v", token, k)
	}
	if strings.Contains(s.log.String(), token) {
		t.Error("the token is in the log")
	}

	s.closeAll(mia)
	v = s.openTools(mia)
	text := blockText(v.Blocks)
	if strings.Contains(text, token) || !strings.Contains(text, "Token ending in "+token[len(token)-4:]) || !strings.Contains(text, "not used yet") {
		t.Errorf("a second time the list says\n%s", text)
	}
	s.pressIn(mia, v, "Disconnect", "")
	if v = s.redrawn(mia, v); len(kept()) != 0 || strings.Contains(blockText(v.Blocks), "Token ending") {
		t.Errorf("a token that was ended is kept: %+v", kept())
	}
	s.nothingRefused()
}

func TestNobodyIsOfferedATokenThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	if text := blockText(s.openSettings(mia).Blocks); strings.Contains(text, "Connected tools") {
		t.Errorf("without an address the settings offer %s", text)
	}
	s.closeAll(mia)
	s.bot.o.ToolsAt = "https://visitprep.example.com/mcp"
	done(t, s.SetGuest(jonas, "restricted"))
	s.settled()
	s.command(jonas, sourcing, "/visit-prep settings")
	if text := blockText(s.modal(jonas, "Quiet hours").Blocks); strings.Contains(text, "Connected tools") {
		t.Errorf("a guest is offered %s", text)
	}
}

func TestWhoBecameAGuestMakesNoToken(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.bot.o.ToolsAt = "https://visitprep.example.com/mcp"
	settings := s.openSettings(jonas)
	s.pressIn(jonas, settings, "Connected tools …", "")
	v := s.modal(jonas, "Address: ")
	done(t, s.SetGuest(jonas, "restricted"))
	s.settled()
	s.pressIn(jonas, v, "Make a token", "")
	s.modal(jonas, "for members of this workspace")
	s.pressIn(jonas, settings, "Connected tools …", "")
	s.until("the list is refused", func() bool {
		vs := s.Modals(jonas)
		return len(vs) == 3 && strings.Contains(blockText(vs[2].Blocks), "for members of this workspace")
	})
	if kept := must(s.bot.o.Store.ToolTokens(context.Background(), s.TeamID(), jonas)); len(kept) != 0 {
		t.Errorf("a guest has the tokens %+v", kept)
	}
}

// TestRightsHearOfWhoLeftWithinAMinute: a process beside the one that serves hears no events.
func TestRightsHearOfWhoLeftWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, inProcess)
		rights := func() *Rights {
			r, err := NewRights(s.bot.o)
			done(t, err)
			return r
		}
		ofList, ofOne := rights(), rights()
		done(t, ofList.directory.list(t.Context(), s.TeamID()))
		for _, r := range []*Rights{ofList, ofOne} {
			done(t, r.MayAsk(t.Context(), s.TeamID(), mia))
			done(t, r.MayAsk(t.Context(), s.TeamID(), jonas))
		}
		done(t, s.Deactivate(jonas))
		time.Sleep(keepStranger + time.Second)
		for name, r := range map[string]*Rights{"knows a list": ofList, "asked about one": ofOne} {
			if err := r.MayAsk(t.Context(), s.TeamID(), jonas); !IsOutside(err) {
				t.Errorf("who left a minute ago may ask, where it %s: %v", name, err)
			}
			if _, _, err := r.Visits(t.Context(), s.TeamID(), jonas, false, func(*store.Summary) bool { return true }, 0, 9); !IsOutside(err) {
				t.Errorf("who left a minute ago reads visits, where it %s: %v", name, err)
			}
			done(t, r.MayAsk(t.Context(), s.TeamID(), mia))
		}
	})
}

// TestTheTokensOfWhoIsDeactivatedEnd with the event that tells of it, whether or not the person was known.
func TestTheTokensOfWhoIsDeactivatedEnd(t *testing.T) {
	for _, c := range []struct {
		name   string
		known  bool
		before func(s *stage)
		change func(s *stage) error
		kept   int
	}{
		{"somebody who is deactivated has none", true, nil, func(s *stage) error { return s.Deactivate(jonas) }, 0},
		{"nor has somebody of whom nothing was known", false, nil, func(s *stage) error { return s.Deactivate(jonas) }, 0},
		{"nor has a guest", true, func(s *stage) { done(t, s.SetGuest(jonas, localslack.Restricted)) }, func(s *stage) error { return s.Deactivate(jonas) }, 0},
		{"somebody who becomes a guest keeps them, for the advice", true, nil, func(s *stage) error { return s.SetGuest(jonas, localslack.Restricted) }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, overHTTP)
			if c.before != nil {
				c.before(s)
			}
			s.settled()
			if c.known {
				must(s.bot.directory.person(t.Context(), s.TeamID(), jonas))
			} else {
				s.bot.directory.listed.drop(s.TeamID(), jonas)
				s.bot.directory.asked.drop(inTeam(s.TeamID(), jonas))
			}
			for n, k := range []struct{ team, person string }{{s.TeamID(), jonas}, {s.TeamID(), jonas}, {s.TeamID(), mia}, {"T0ELSEWHERE", jonas}} {
				_, kept := visit.NewToolToken(k.team, k.person, [visit.ToolTokenBytes]byte{byte(n)}, civil.On(2027, 1, 4))
				done(t, s.bot.o.Store.AddToolToken(t.Context(), kept))
			}
			done(t, c.change(s))
			s.settled()
			s.bot.Wait()
			count := func(team, person string) int { return len(must(s.bot.o.Store.ToolTokens(t.Context(), team, person))) }
			if his, hers, elsewhere := count(s.TeamID(), jonas), count(s.TeamID(), mia), count("T0ELSEWHERE", jonas); his != c.kept || hers != 1 || elsewhere != 1 {
				t.Errorf("there are %d of his, %d of Mia's, %d in another workspace", his, hers, elsewhere)
			}
		})
	}
}

// Who has left is somebody of whom Slack says so. Whom it calls a stranger, as to the token of another
// workspace, may be a colleague there.
func TestWhoHasLeftIsSaidBySlack(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	const far = "U0FARAWAY01"
	done(t, s.AddPerson(localslack.Person{ID: far, Name: "far", RealName: "Far", TeamID: "T0FARAWAY01", TZ: "Europe/Berlin"}))
	done(t, s.Deactivate(jonas))
	s.settled()
	r := must(NewRights(s.bot.o))
	for person, want := range map[string]bool{jonas: true, liwei: true, far: false} {
		if err := r.MayAsk(t.Context(), s.TeamID(), person); !IsOutside(err) || HasLeft(err) != want {
			t.Errorf("of %s it says %v; that they have left: %v, want %v", person, err, HasLeft(err), want)
		}
	}
}

func TestAToolIsNotToldThatNothingWasSaved(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	r := must(NewRights(s.bot.o))
	for _, err := range []error{store.ErrBusy, store.ErrFull, store.ErrReadOnly, store.ErrUnavailable} {
		said := r.Why("read a visit", fmt.Errorf("read it: %w", err))
		if strings.Contains(said, "save") || !strings.Contains(said, "try again in a minute") || !strings.Contains(said, "the reference ") {
			t.Errorf("of %v a tool is told %q", err, said)
		}
	}
}
