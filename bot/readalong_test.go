package bot

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// handedIn is an inspection that failed, in a channel, with a draft and a final report of it.
func (s *stage) handedIn(channel string) visit.Inspection {
	s.t.Helper()
	i := s.inspectedToday(channel)
	s.changeInspection(i, func(i *visit.Inspection) { must(i.Report(visit.Failed, "6 of 50", jonas, time.Now())) })
	s.command(mia, channel, fmt.Sprintf("/inspection report %d", i.Number))
	s.handIn()
	s.press(mia, s.last(mia, channel), "Make report final")
	s.handIn()
	if text := s.reportsUnder(channel, i.Card); strings.Count(text, "corner protection") < 2 || !strings.Contains(text, "final report, version 1") || strings.Count(text, "[file") != 4 {
		s.t.Fatalf("in the thread stands\n%s", text)
	}
	return s.inspection(i.Number)
}

// reportsUnder is what everybody reads under a card, with the files that are there.
func (s *stage) reportsUnder(channel, card string) (text string) {
	for _, m := range s.under(mia, channel, card) {
		text += says(m) + "\n"
		for _, f := range m.Files {
			if !f.Deleted {
				text += "[file " + f.Name + "]\n"
			}
		}
	}
	return text
}

// TestNoReportStaysWhereAnotherCompanyComesToRead: neither its message nor its files, of a draft
// or a final one; and where Slack does not take that at once, it is tried again, by whichever
// process. Whoever asks again gets it alone, and in the channel once nobody reads along.
func TestNoReportStaysWhereAnotherCompanyComesToRead(t *testing.T) {
	t.Parallel()
	again := func(s *stage) {
		s.bot.Wait()
		s.bot.live.left.mu.Lock()
		clear(s.bot.live.left.failed) // the pause is over
		s.bot.live.left.mu.Unlock()
		s.bot.live.takeDownReports(s.t.Context(), healAtOnce)
	}
	for name, c := range map[string]struct {
		channel string
		opens   func(s *stage) error
	}{
		"it is shared":       {sourcing, func(s *stage) error { return s.ShareChannel(sourcing) }},
		"it gets another id": {project, func(s *stage) error { return s.ShareChannel(project) }},
		"a company is invited": {sourcing, func(s *stage) error {
			done(s.t, s.InviteCompany(sourcing))
			return s.bot.changes.ask(s.t.Context(), s.TeamID(), sourcing)
		}},
		"a guest reads it": {sourcing, func(s *stage) error { return s.SetGuest(jonas, localslack.Restricted) }},
		"by a process that dies": {sourcing, func(s *stage) error {
			_, _, err := s.bot.o.Store.NoteChannel(s.t.Context(), s.TeamID(), store.ChannelFacts{Channel: sourcing, Name: "china-sourcing", Shared: true, Checked: time.Now()}, time.Now())
			ctx, cancel := context.WithCancel(s.t.Context())
			defer cancel()
			go s.bot.KeepCards(ctx)
			s.until("nothing is to be taken down", func() bool { return len(must(s.bot.o.Store.ReportsReadAlong(ctx, 9))) == 0 })
			return err
		}},
		"while Slack changes no message": {sourcing, func(s *stage) error {
			s.Fail("chat.update", "internal_error", 6)
			err := s.ShareChannel(sourcing)
			for range 6 {
				again(s)
			}
			return err
		}},
		"while Slack deletes no file": {sourcing, func(s *stage) error {
			s.Fail("files.delete", "internal_error", 6)
			err := s.ShareChannel(sourcing)
			for range 6 {
				again(s)
			}
			return err
		}},
		"whose files somebody deleted": {sourcing, func(s *stage) error {
			for _, f := range s.files(mia, sourcing)[:3] {
				done(s.t, s.DeleteFile(mia, f.ID))
			}
			return s.ShareChannel(sourcing)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			i := s.handedIn(c.channel)
			done(t, c.opens(s))
			s.settled()
			s.bot.Wait()
			channel := s.inspection(i.Number).Channel
			text := s.reportsUnder(channel, i.Card)
			for _, words := range []string{"corner protection", "6 of 50", "version 1", "[file"} {
				if strings.Contains(text, words) {
					t.Errorf("%q still stands in\n%s", words, text)
				}
			}
			if n := strings.Count(text, "A report is not shown here while another company reads along. Type /inspection report 1 to get it alone."); n < 2 {
				t.Errorf("%d messages say why in\n%s", n, text)
			}
			if rs := must(s.bot.o.Store.ReportsReadAlong(t.Context(), 9)); len(rs) > 0 {
				t.Errorf("still to be taken down are %+v", rs)
			}
		})
	}
}

// TestAReportComesAgainAsBefore: to whoever asks while another company reads along, and into the
// thread once it does not; and there it stays.
func TestAReportComesAgainAsBefore(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	i := s.handedIn(sourcing)
	done(t, s.ShareChannel(sourcing))
	s.settled()
	s.bot.Wait()
	s.command(mia, sourcing, "/inspection report 1")
	s.handIn()
	s.bot.live.takeDownReports(t.Context(), healAtOnce)
	s.settled()
	dm := s.direct(mia)
	if fs := s.files(mia, dm); len(fs) != 2 || fs[0].Deleted || !s.has(mia, dm, "Cartons without corner protection") {
		t.Errorf("she has the files %+v", fs)
	}
	done(t, s.UnshareChannel(sourcing))
	s.settled()
	s.command(mia, sourcing, "/inspection report 1")
	s.handIn()
	s.bot.live.takeDownReports(t.Context(), healAtOnce)
	s.settled()
	if text := s.reportsUnder(sourcing, i.Card); !strings.Contains(text, "draft report, version 2") || strings.Count(text, "[file") != 2 {
		t.Errorf("in the thread stands\n%s", text)
	}
	s.nothingRefused()
}

// TestNoFileStaysWhereAReportNoLongerGoes: its files are shared before its message, and its visit may
// move between the two.
func TestNoFileStaysWhereAReportNoLongerGoes(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	i := s.inspectedToday(sourcing)
	s.command(mia, sourcing, "/inspection report 1")
	if s.handInStep(); !strings.Contains(s.reportsUnder(sourcing, i.Card), "[file") {
		t.Fatal("no file is shared")
	}
	done(t, s.bot.moves.carry(t.Context(), s.bot.o.Store, s.TeamID(), i.Subject(), in(project), mia))
	s.settled()
	s.postCards(s.bot, s.bot.o.Store)
	s.handIn()
	if text := s.reportsUnder(sourcing, i.Card); strings.Contains(text, "[file") {
		t.Errorf("in the old thread stands\n%s", text)
	}
	if text := s.reportsUnder(project, s.inspection(1).Card); strings.Count(text, "[file") != 2 || !strings.Contains(text, "draft report") {
		t.Errorf("in the new thread stands\n%s", text)
	}
}

// TestAListOfFindingsGoesBeforeItsCard: Slack lets so many messages be changed in a minute, and what
// nobody else may read at all comes first.
func TestAListOfFindingsGoesBeforeItsCard(t *testing.T) {
	t.Parallel()
	s := newPrivateStage(t)
	v := s.listed(sourcing)
	list := must(s.bot.o.Store.Shown(t.Context(), s.TeamID(), store.ListOfFindings(v.Subject()))).TS
	var mu sync.Mutex
	var changed []string
	s.bot.o.Slack = &Clients{one: slack.New(s.BotToken(), slack.OptionAPIURL(s.bot.o.APIURL), slack.OptionHTTPClient(doer(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/chat.update") {
			body := must(io.ReadAll(r.Body))
			r.Body = io.NopCloser(bytes.NewReader(body))
			mu.Lock()
			changed = append(changed, must(url.ParseQuery(string(body))).Get("ts"))
			mu.Unlock()
		}
		return http.DefaultClient.Do(r)
	})))}
	done(t, s.ShareChannel(sourcing))
	s.settled()
	s.bot.Wait()
	mu.Lock()
	defer mu.Unlock()
	if first, card := slices.Index(changed, list), slices.Index(changed, v.Card); first < 0 || card < first {
		t.Errorf("changed are %q, the list is %s and the card %s", changed, list, v.Card)
	}
}
