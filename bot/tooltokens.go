package bot

import (
	"context"
	"crypto/rand"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// toolTokens have people make the tokens with which their tools read what they may read, see [Rights],
// and end them. There are none where the settings name no address for tools.
type toolTokens struct {
	*core
	directory *directory
	replies   *replies
}

const (
	actTools      blocks.ActionID = "tools"       // opens the list
	actToolsMake  blocks.ActionID = "tools-make"  // makes a token, and shows it once
	actToolsLeave blocks.ActionID = "tools-leave" // ends the one of the hash in the value
)

// offer is the button to the list; nothing where tools connect nowhere.
func (tt *toolTokens) offer(p blocks.Printer) []slack.BlockElement {
	if tt.o.ToolsAt == "" {
		return nil
	}
	return []slack.BlockElement{blocks.Button(actTools, "", p.T("Connected tools …"))}
}

// open lists a person's tokens.
func (tt *toolTokens) open(ctx context.Context, c click) error {
	title := tt.directory.printerNow(c.team, c.user).T("Connected tools")
	return tt.replies.open(ctx, opening{c.caller, actTools, "", title}, func(ctx context.Context, team string) (*modal, error) {
		return tt.page(ctx, team, c.user, "")
	})
}

// page lists the tokens of a colleague; made is one that was just made, and is shown now or never.
func (tt *toolTokens) page(ctx context.Context, team, user, made string) (*modal, error) {
	if err := tt.directory.checkColleague(ctx, team, user); err != nil {
		return nil, err
	}
	kept, err := tt.o.Store.ToolTokens(ctx, team, user)
	if err != nil {
		return nil, err
	}
	p, today := tt.directory.printer(ctx, team, user), tt.today(ctx, team, user)
	m := &modal{title: p.T("Connected tools")}
	if made != "" {
		m.blocks = append(m.blocks,
			blocks.Section(p.M("This is your token. Copy it now: it is shown only once.")+"\n"+blocks.Code(made)),
			blocks.Note(p.M("Give it to one tool of yours and to nobody else. Whoever has it can read what you can read.")))
	} else {
		m.blocks = append(m.blocks, blocks.Section(p.M("A tool that speaks MCP can read the advice and, with a token of yours, the visits, findings and actions that you can see. It changes nothing.")))
	}
	m.blocks = append(m.blocks, blocks.Note(p.M("Address: %s", blocks.Code(tt.o.ToolsAt))))
	for _, k := range kept {
		if k.Over(today) {
			continue
		}
		used := p.T("not used yet")
		if !k.Used.IsZero() {
			used = p.T("last used on %s", blocks.FullDay(p, k.Used))
		}
		b := blocks.Button(actToolsLeave.With(k.Hash[:8]), blocks.Subject(k.Hash), p.T("Disconnect"))
		b.Style = slack.StyleDanger
		m.blocks = append(m.blocks, slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(p.T("Token ending in %s", k.Ending))+"\n"+
			blocks.Escape(p.T("Made on %s, %s. Good until %s.", blocks.FullDay(p, k.Made), used, blocks.FullDay(p, k.LastDay())))), nil, slack.NewAccessory(b)))
	}
	m.blocks = append(m.blocks, blocks.Actions(blocks.Button(actToolsMake, "", p.T("Make a token"))))
	return m, nil
}

// today is the day where a person is.
func (tt *toolTokens) today(ctx context.Context, team, user string) civil.Date {
	return civil.Of(tt.o.Now().In(tt.directory.locationOf(ctx, team, user)))
}

// makeClick makes a token and shows it.
func (tt *toolTokens) makeClick(ctx context.Context, c click) error {
	return tt.change(ctx, c, "make a token", func() (string, error) {
		if err := tt.directory.checkColleague(ctx, c.team, c.user); err != nil {
			return "", err
		}
		var random [visit.ToolTokenBytes]byte
		rand.Read(random[:])
		token, kept := visit.NewToolToken(c.team, c.user, random, civil.Of(tt.o.Now().UTC()))
		return token, tt.o.Store.AddToolToken(ctx, kept)
	})
}

// leaveClick ends a token.
func (tt *toolTokens) leaveClick(ctx context.Context, c click) error {
	return tt.change(ctx, c, "disconnect a tool", func() (string, error) {
		return "", tt.o.Store.DropToolToken(ctx, c.team, c.user, string(c.about))
	})
}

func (tt *toolTokens) change(ctx context.Context, c click, what string, f func() (made string, err error)) error {
	if c.view == "" || tt.o.ToolsAt == "" {
		return nil
	}
	defer tt.locks.lock("view/" + c.view)()
	made, err := f()
	var m *modal
	if err == nil {
		m, err = tt.page(ctx, c.team, c.user, made)
	}
	if err != nil {
		return tt.replies.sayError(ctx, c, what, err)
	}
	return tt.replies.redraw(ctx, tt.directory.printer(ctx, c.team, c.user), c.team, c.view, m)
}
