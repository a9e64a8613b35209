package bot

import (
	"context"
	"fmt"
	"time"

	"github.com/slack-go/slack"
)

// openHome publishes the first page of the Home tab. Whatever happens the person
// sees words of ours, never Slack's placeholder.
func (b *Bot) openHome(ctx context.Context, team, person string) error {
	err := guard(func(ctx context.Context) error {
		k := b.book.Load()
		m, _ := k.answer(subjectMenu, home)
		if tip := k.tipOfTheDay(team, person, time.Now()); tip != nil {
			m.add(slack.NewDividerBlock(), note(bold("A tip for today")))
			m.add(k.view(tip).full.blocks...)
		}
		return b.publishHome(ctx, person, m)
	}, ctx)
	if err == nil {
		return nil
	}
	m := new(message)
	m.say("Visit Prep cannot show this page right now. Open it again in a minute; /visit-prep works meanwhile.")
	if err2 := b.publishHome(ctx, person, m); err2 != nil {
		b.log.Warn("could not publish the plain Home tab either", "err", err2)
	}
	return err
}

func (b *Bot) publishHome(ctx context.Context, person string, m *message) error {
	_, err := b.o.Slack.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: person,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: m.blocks}},
	})
	if err != nil {
		return fmt.Errorf("publish the Home tab: %w", err)
	}
	return nil
}
