package bot

import (
	"net/http"
	"net/http/httptest"
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
