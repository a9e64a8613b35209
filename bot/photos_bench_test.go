package bot

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
	"visitprep/internal/visit"
)

// BenchmarkPhotoMessage is a photo with words in a direct message, the whole way: the event,
// the finding, its answer, the photo from Slack, its copy, and the answer drawn again. It is
// run with the small copy that Slack makes, and with an original of 12 megapixels of which
// there is none yet. The answer does not wait for the photo; "saved" is when the person reads
// that it is kept.
func BenchmarkPhotoMessage(b *testing.B) {
	sent := phototest.Draw(1, 4000, 3000, 6, time.Date(2027, 3, 15, 10, 20, 30, 0, time.UTC))
	for _, c := range []struct {
		name string
		lag  time.Duration // of Slack's small copy
	}{{"with Slack's copy", 0}, {"12 megapixels", time.Hour}} {
		b.Run(c.name, func(b *testing.B) {
			var bot http.Handler
			o := localslack.Sample()
			o.Scopes, o.Events, o.ThumbLag, o.BaseURL = Scopes(), Events(), c.lag, "http://slack.invalid"
			o.Deliver = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { bot.ServeHTTP(w, r) })
			w := must(localslack.New(o))
			b.Cleanup(func() { w.Close() })
			client := w.HTTPClient()
			api := slack.New(w.BotToken(), slack.OptionAPIURL(w.APIURL(o.BaseURL)), slack.OptionHTTPClient(client))
			it := must(New(Options{
				Knowledge: testBase(b), Slack: OneClient(api), APIURL: w.APIURL(o.BaseURL), HTTP: client, Store: testStore(b), Timing: visit.DefaultTiming(),
				Logger: slog.New(slog.DiscardHandler), SigningSecret: w.SigningSecret(),
			}))
			b.Cleanup(it.Wait)
			bot = it
			dm := ""
			for _, ch := range w.Channels(mia) {
				if ch.IM {
					dm = ch.ID
				}
			}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			wait := func(cond func(string) bool) {
				err := w.WaitFor(ctx, func() bool {
					ms := w.Messages(mia, dm)
					return len(ms) > 0 && cond(says(ms[len(ms)-1]))
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			var answered, saved []time.Duration
			for b.Loop() {
				file := must(w.Upload(mia, "IMG_1.jpg", sent))
				words := "major 6/50 no corner guard @packing"
				from := time.Now()
				must(w.Share(mia, dm, "", words, file.ID))
				wait(func(s string) bool { return strings.Contains(s, "Undo finding") })
				answered = append(answered, time.Since(from))
				wait(func(s string) bool { return strings.Contains(s, "1 photo saved") })
				saved = append(saved, time.Since(from))
				it.Wait()
			}
			slices.Sort(answered)
			slices.Sort(saved)
			b.ReportMetric(float64(answered[len(answered)/2].Milliseconds()), "p50-ms-to-answer")
			b.ReportMetric(float64(saved[len(saved)/2].Milliseconds()), "p50-ms-to-saved")
		})
	}
}
