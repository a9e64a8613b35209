package localslack_test

import (
	"fmt"
	"io"
	"net/http"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
)

// A bot and a workspace in one process, without a network: Mia sends a command,
// the bot answers in its acknowledgement and posts into the channel.
func Example() {
	var api *slack.Client
	bot := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		command, _ := slack.SlashCommandParse(r)
		_, _, _ = api.PostMessage(command.ChannelID, slack.MsgOptionText("Mia asks about "+command.Text, false))
		_, _ = io.WriteString(rw, "One moment.")
	})

	options := localslack.Sample()
	options.Deliver = bot
	workspace, err := localslack.New(options)
	if err != nil {
		panic(err)
	}
	defer func() { _ = workspace.Close() }()
	api = slack.New(workspace.BotToken(), slack.OptionAPIURL(workspace.APIURL("http://slack.invalid")), slack.OptionHTTPClient(workspace.HTTPClient()))

	if err := workspace.Command(localslack.SampleMia, localslack.SampleSourcing, "/visit-prep quality"); err != nil {
		panic(err)
	}
	for _, m := range workspace.Messages(localslack.SampleMia, localslack.SampleSourcing) {
		fmt.Println(m.Text, m.Only != "")
	}
	// Output:
	// Mia asks about quality false
	// One moment. true
}
