package bot

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"visitprep/internal/localslack"
	"visitprep/internal/store"
)

// Channels read the language that an admin chose for their workspace, and each person their own.
func TestChannelsReadTheLanguageOfTheirWorkspace(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.speaks(jonas, "zh-CN")
	v := s.visitIn(sourcing)
	shown := func(words string) bool {
		for _, m := range s.Messages(mia, sourcing) {
			if strings.Contains(says(m), words) {
				return true
			}
		}
		return false
	}
	s.bot.live.changed(s.TeamID(), v.Subject())
	s.until("the card in English", func() bool { return shown("Send me the brief") })
	s.settled() // the store knows of it too
	done(t, s.Command(mia, sourcing, "/visit-prep settings"))
	form := s.modal(mia, "Language of channels")
	s.enter(mia, form, fieldLanguage, string(store.Chinese))
	s.send(mia, form)
	s.settled()
	for _, c := range must(s.bot.o.Store.StaleCards(t.Context(), 10)) {
		done(t, s.bot.live.drawCard(t.Context(), c.Workspace, c.Subject))
	}
	if !shown("把简报发给我") || shown("Send me the brief") {
		t.Error("the card does not follow the language of its channel")
	}
	if m := s.command(mia, sourcing, "/visit-prep list"); !strings.Contains(says(m), "Plan a visit") {
		t.Errorf("somebody whose Slack is English reads %s", says(m))
	}
	if p := s.bot.directory.channelPrinter(t.Context(), "TELSEWHERE"); p.T("Send me the brief") != "Send me the brief" {
		t.Error("another workspace reads Chinese")
	}
	if p := s.bot.directory.printerOf(t.Context(), s.TeamID(), jonas); p.T("Send me the brief") == "Send me the brief" {
		t.Error("somebody whose Slack is Chinese does not read it")
	}
	if p := s.bot.directory.printerOf(t.Context(), s.TeamID(), mia); p.T("Send me the brief") != "Send me the brief" {
		t.Error("somebody whose Slack is English reads what the channel reads")
	}
	s.nothingRefused()
}

// Who shares an answer reads it in their language, and the channel in its own.
func TestASharedAnswerIsWordedAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.speaks(mia, "zh-CN")
	m := s.command(mia, sourcing, "/visit-prep what gift should I not bring")
	if !strings.Contains(says(m), "原因") {
		t.Errorf("the answer to one is %s", says(m))
	}
	s.press(mia, m, "分享到频道")
	var shared localslack.Message
	s.until("the shared answer", func() bool {
		ms := s.Messages(jonas, sourcing)
		if len(ms) == 0 {
			return false
		}
		shared = ms[len(ms)-1]
		return strings.Contains(says(shared), "Shared by")
	})
	if !strings.Contains(says(shared), "Why") || strings.Contains(says(shared), "原因") {
		t.Errorf("the channel reads %s", says(shared))
	}
}

// Only admins are asked for the language of channels, and a form that says it all the same is refused.
func TestOnlyAdminsChooseTheLanguageOfChannels(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	done(t, s.Command(jonas, sourcing, "/visit-prep settings"))
	form := s.modal(jonas, "Quiet hours")
	if strings.Contains(blockText(form.Blocks), "Language of channels") {
		t.Error("somebody who is no admin is asked")
	}
	sent := submission{team: s.TeamID(), user: jonas, id: modalSettings, values: values{fieldLanguage: {"v": slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: string(store.Chinese)}}}}, meta: meta{Language: string(store.English)}}
	if _, err := s.bot.settings.submit(context.Background(), sent); !errors.Is(err, errNoAdmin) {
		t.Errorf("a form of somebody who is no admin is answered with %v", err)
	}
	if l := must(s.bot.o.Store.ChannelLanguage(t.Context(), s.TeamID())); l != store.English {
		t.Errorf("the channels read %q", l)
	}
}
