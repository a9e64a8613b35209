package bot

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// addressed notes where it was sent, and takes all.
type addressed struct{ to []string }

func (a *addressed) Do(r *http.Request) (*http.Response, error) {
	a.to = append(a.to, r.URL.String())
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

func TestAnswersGoToSlackOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, api, to string
		goes          bool
	}{
		{"Slack's", "", "https://hooks.slack.com/commands/T1/2/SECRET", true},
		{"Slack's, in capitals", "", "https://HOOKS.Slack.com/commands/T1/2/SECRET", true},
		{"that of Slack for governments", "", "https://hooks.slack-gov.com/commands/T1/2/SECRET", true},
		{"that of the API in use", "http://127.0.0.1:8080/api/", "http://127.0.0.1:8080/response/SECRET", true},
		{"Slack's beside another API", "http://127.0.0.1:8080/api/", "https://hooks.slack.com/actions/SECRET", true},
		{"another port of the API's host", "http://127.0.0.1:8080/api/", "http://127.0.0.1:9090/response/SECRET", false},
		{"the API's host without its encryption", "https://slack.example/api/", "http://slack.example/response/SECRET", false},
		{"Slack's without encryption", "", "http://hooks.slack.com/commands/T1/2/SECRET", false},
		{"one that ends like Slack's", "", "https://evilslack.com/commands/SECRET", false},
		{"one that begins like Slack's", "", "https://hooks.slack.com.evil.example/SECRET", false},
		{"one with Slack's for a name", "", "https://hooks.slack.com@evil.example/SECRET", false},
		{"Slack's with a name before it", "", "https://evil@hooks.slack.com/SECRET", false},
		{"another port of Slack's", "", "https://hooks.slack.com:6379/SECRET", false},
		{"the machine itself", "", "http://127.0.0.1:9090/SECRET", false},
		{"the cloud's", "", "http://169.254.169.254/latest/SECRET", false},
		{"no host", "", "https:///SECRET", false},
		{"a file", "", "file:///etc/SECRET", false},
		{"no address", "", "https://hooks.slack.com/%zzSECRET", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, log := botAlone(t, testBase(t))
			a := new(addressed)
			b.o.APIURL, b.o.HTTP = c.api, a
			b.replies.later("answer", c.to, func(context.Context) error { return b.replies.respond(t.Context(), c.to, []byte(`{"text":"Hello"}`)) })
			b.Wait()
			if goes := len(a.to) > 0; goes != c.goes {
				t.Errorf("asked %q, want it asked: %v", a.to, c.goes)
			}
			if said := log.String(); (said == "") != c.goes || strings.Contains(said, "SECRET") {
				t.Errorf("the log says %q", said)
			}
		})
	}
}
