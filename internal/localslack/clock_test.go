package localslack

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A pageClock is a clock with things that fall due, of which some bring a message.
type pageClock struct {
	w    *Workspace
	now  time.Time
	due  []time.Time
	says map[time.Time]bool
}

func (c *pageClock) advance(_ context.Context, to time.Time) error {
	time.Sleep(time.Second) // sending takes a while
	for len(c.due) > 0 && !c.due[0].After(to) {
		if c.says[c.due[0]] {
			c.w.mu.Lock()
			c.w.addLocked(Message{Channel: sourcingID, User: DefaultBotUserID, BotID: DefaultBotID, Text: "due " + c.due[0].String()})
			c.w.mu.Unlock()
		}
		c.due = c.due[1:]
	}
	c.now = to
	return nil
}

func (c *pageClock) page() http.Handler {
	return c.w.Page(PageOptions{Key: pageKey, Clock: c.clock()})
}

func (c *pageClock) clock() *Clock {
	return &Clock{
		Now: func() time.Time { return c.now }, Advance: c.advance,
		Next: func(context.Context) (time.Time, error) {
			if len(c.due) == 0 {
				return time.Time{}, nil
			}
			return c.due[0], nil
		},
		Upcoming: func(context.Context) (time.Time, string, error) {
			i := slices.IndexFunc(c.due, func(t time.Time) bool { return c.says[t] })
			if i < 0 {
				return time.Time{}, "", nil
			}
			return c.due[i], "Visit 2", nil
		},
	}
}

func (c *pageClock) move(page http.Handler, by string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/clock", strings.NewReader(fmt.Sprintf(`{"as":%q,"value":%q}`, miaID, by)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Key", pageKey)
	rw := httptest.NewRecorder()
	page.ServeHTTP(rw, r)
	return rw.Code, rw.Body.String()
}

func newPageClock(t *testing.T) *pageClock {
	t.Helper()
	w, err := New(Sample())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return &pageClock{w: w, now: time.Date(2026, 11, 28, 15, 28, 0, 0, time.UTC), says: map[time.Time]bool{}}
}

// Four quick presses are four steps, however long each takes.
func TestQuickPressesAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newPageClock(t)
		page, start := c.page(), c.now
		var presses sync.WaitGroup
		for range 4 {
			presses.Go(func() { c.move(page, "168h") })
		}
		presses.Wait()
		if got := c.now.Sub(start); got != 28*24*time.Hour {
			t.Errorf("four presses on +1 week moved %v", got)
		}
	})
}

// "To next reminder" passes by what is due and sends nothing.
func TestNextReminderIsOneThatIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newPageClock(t)
		page := c.page()
		for day := range 10 {
			c.due = append(c.due, c.now.AddDate(0, 0, day+1))
		}
		sends := c.due[6]
		c.says[sends] = true
		shown := (&pageServer{w: c.w, o: PageOptions{Clock: c.clock()}}).clockView(c.w.reader(miaID))
		if drawn := draw(clockBar(&pageView{Clock: shown})); !strings.Contains(drawn, "Next: Sat 5 Dec 16:28, Visit 2") ||
			!strings.Contains(drawn, "Sat 28 Nov 2026, 16:28") || !strings.Contains(drawn, "Berlin") {
			t.Errorf("the clock says %s", drawn)
		}
		if code, body := c.move(page, "next"); code != http.StatusNoContent || !c.now.Equal(sends) {
			t.Errorf("moved to %v (%d %s), want %v", c.now, code, body, sends)
		}
		// Nothing of what follows sends anything, and it ends all the same.
		last := c.due[len(c.due)-1]
		if code, body := c.move(page, "next"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "within a year") {
			t.Errorf("with nothing to send: %d %s", code, body)
		}
		if !c.now.Equal(last) {
			t.Errorf("it stands at %v, want %v", c.now, last)
		}
		for day := range 500 {
			c.due = append(c.due, c.now.AddDate(0, 0, day+1))
		}
		end := c.now.AddDate(1, 0, 0)
		if code, _ := c.move(page, "next"); code != http.StatusUnprocessableEntity || c.now.After(end) {
			t.Errorf("with nothing to send for more than a year: %d at %v", code, c.now)
		}
	})
}

func TestClockMovesBy(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 3, 27, 14, 4, 0, 0, berlin) // the next day has 23 hours
	for by, want := range map[string]string{
		"1h": "2027-03-27 15:04", "24h": "2027-03-28 14:04", "168h": "2027-04-03 14:04",
		"2027-03-28": "2027-03-28 09:00", "2027-12-24": "2027-12-24 09:00",
		"2027-03-27": "", "2027-03-26": "", "2040-01-01": "", "0027-03-28": "", "-1h": "", "0s": "", "9000h": "", "soon": "", "": "",
	} {
		to, err := moved(now, by)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q moves the clock to %v", by, to)
		case want != "" && (err != nil || to.Format("2006-01-02 15:04") != want):
			t.Errorf("%q moves the clock to %v (%v), want %s", by, to, err, want)
		}
	}
}
