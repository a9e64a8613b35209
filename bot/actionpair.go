package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// pair is the first photo of the fault with the first one after the change; none where one of them
// is missing or cannot be shown, or where another company reads.
//
// They stand one below the other, each with its title: no layout of Block Kit has two large pictures
// in a row. A section takes one picture as its accessory and a context block shows them as high as a
// line of text, too small to see a scratch. A picture of ours with both in it would be one more copy
// of the photos in Slack, which nobody deletes when a photo is deleted there.
func (fs *findings) pair(ctx context.Context, p blocks.Printer, channel string, x *visit.ActionOf) (bs []slack.Block) {
	before, after := x.Action.PhotosOf(&x.Finding)
	if len(before) == 0 || len(after) == 0 {
		return nil
	}
	if !strings.HasPrefix(channel, "D") && !visit.IsPerson(channel) {
		if to, err := fs.directory.readers(ctx, x.Finding.Workspace, channel); err != nil || to != insiders {
			return nil
		}
	}
	for _, one := range []struct {
		photo      *visit.PhotoRef
		title, alt string
	}{
		{&before[0], p.T("Before"), p.T("Finding %d before the change: %s", x.Finding.Number, blocks.Clip(blocks.OneLine(x.Finding.Text), 300))},
		{&after[0], p.T("After"), p.T("Finding %d after the change: %s", x.Finding.Number, blocks.Clip(blocks.OneLine(x.Finding.Text), 300))},
	} {
		if shown, err := fs.isShown(ctx, x.Finding.Workspace, one.photo); err != nil || !shown {
			return nil // the links above lead to both
		}
		bs = append(bs, slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: one.photo.FileID}, one.alt, "", slack.NewTextBlockObject(slack.PlainTextType, one.title, false, false)))
	}
	return bs
}
