package bot

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// behind is a transport to a Slack whose clock is behind ours.
type behind struct{ by time.Duration }

func (b behind) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		res.Header.Set("Date", time.Now().Add(-b.by).UTC().Format(http.TimeFormat))
	}
	return res, err
}

// A machine whose clock is ahead dates its requests later than Slack dates its messages: one
// whose answer was lost is found all the same, and not sent twice.
func TestAMessageIsFoundThoughOurClockIsAhead(t *testing.T) {
	t.Parallel()
	const ahead = 3 * time.Hour // our clock dates a post so, and Slack's answers are as much behind it
	o := localslack.Sample()
	o.Scopes = Scopes()
	w := must(localslack.New(o))
	t.Cleanup(func() { w.Close() })
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	client := &http.Client{Transport: DeadlineTransport(behind{ahead})}
	s := newStage(t, overHTTP)
	bo := s.bot.o
	bo.HTTP, bo.Slack = client, &Clients{one: slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL(server.URL)), slack.OptionHTTPClient(client))}
	b := must(New(bo))
	t.Cleanup(b.Wait)
	lost := visit.Occurrence{Workspace: w.TeamID(), Key: "tip", Kind: visit.Tip, Subject: visit.SubjectOf(visit.OfChannel, sourcing), To: sourcing, Posted: time.Now().Add(ahead)}
	if _, _, err := bo.Slack.one.PostMessageContext(t.Context(), sourcing, slack.MsgOptionText("A tip", false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataEvent, EventPayload: map[string]any{"key": metadataKey(lost.Key)}})); err != nil {
		t.Fatal(err)
	}
	if d := b.Reminders().Find(t.Context(), lost); d.Outcome != visit.Delivered {
		t.Errorf("looked for it is %s, %v", d.Outcome, d.Err)
	}
	lost.Key = "another tip"
	if d := b.Reminders().Find(t.Context(), lost); d.Outcome != visit.NotFound {
		t.Errorf("one that was not sent is %s, %v", d.Outcome, d.Err)
	}
}

// What went to another reader than the one it was made for is looked for there: a process that dies between
// the post and the note of it does not have it come twice.
func TestWhatWentToAnotherReaderIsFoundThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		made    func(*stage) visit.Occurrence
		at      string
		reader  string
		arrives string
	}{
		{"an agreement whose owner may not see it goes to whoever recorded it", func(s *stage) visit.Occurrence {
			s.agreed(project, func(a *visit.Agreement) { a.Owner, a.By, a.Private = jonas, mia, true })
			return s.pending("agreement/1")[0]
		}, "2026-08-03T08:00:00Z", mia, ""},
		{"an agreement whose people may not see it goes to its channel", func(s *stage) visit.Occurrence {
			s.agreed(project, func(a *visit.Agreement) { a.Owner, a.By, a.Private = jonas, jonas, true })
			return s.pending("agreement/1")[0]
		}, "2026-08-03T08:00:00Z", "", project},
		{"a contact whose first colleague may not see it goes to the next", func(s *stage) visit.Occurrence {
			s.knows(project, func(c *visit.Contact) { c.KnownBy, c.By, c.Private = []string{jonas, mia}, mia, true })
			return s.pending("contact/1")[0]
		}, "2027-02-01T08:00:00Z", mia, ""},
		{"a plan that has moved begins where it is now", func(s *stage) visit.Occurrence {
			plan := s.planIn(project)
			o := visit.SeriesOf(&plan, s.bot.o.Now())
			o.To = sourcing
			return o
		}, "2026-02-02T08:00:00Z", "", project},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newPrivateStage(t)
			s.at("2026-02-01T08:00:00Z")
			o := c.made(s)
			if o.To == c.reader || o.To == c.arrives {
				t.Fatalf("it is for %s anyway", o.To)
			}
			s.at(c.at)
			o.Posted = time.Now()
			d := s.posted(o) // and here the process dies
			channel := c.arrives
			if c.reader != "" {
				channel = s.direct(c.reader)
			}
			if !slices.ContainsFunc(s.Messages("", channel), func(m localslack.Message) bool { return m.TS == d.TS }) {
				t.Fatalf("it did not arrive there: %+v", d)
			}
			if found := s.bot.reminders.Find(t.Context(), o); found.Outcome != visit.Delivered || found.TS != d.TS {
				t.Errorf("looked for it is %+v, and it is %s", found, d.TS)
			}
		})
	}
}
