package bot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// pauses have people choose what comes to them by itself. It is about their own messages: what
// others get, and what stands in a channel, stays.
type pauses struct {
	*core
	access  *access
	replies *replies
	live    *live
}

const (
	actFewer  blocks.ActionID = "fewer"  // opens the choice; about the subject of a message
	actPause  blocks.ActionID = "pause"  // what is in the value
	actResume blocks.ActionID = "resume" // the same
)

// fewer adds to a message that comes by itself the button to get fewer of them.
func fewer(p blocks.Printer, m *blocks.Message, about blocks.Subject) {
	if m == nil {
		return
	}
	b := blocks.Button(actFewer, about, p.T("Fewer of these"))
	if len(m.Blocks) > 0 {
		if last, ok := m.Blocks[len(m.Blocks)-1].(*slack.ActionBlock); ok && last.Elements != nil && len(last.Elements.ElementSet) < maxActions {
			last.Elements.ElementSet = append(last.Elements.ElementSet, b)
			return
		}
	}
	m.Add(blocks.Actions(b))
}

// maxActions is how many buttons stand in a row; Slack takes more and folds them.
const maxActions = 5

// open shows what can be paused because of a message, and what is paused already.
func (ps *pauses) open(ctx context.Context, c click) error {
	p := ps.access.directory.printerNow(c.team, c.user)
	title := p.T("Fewer of these")
	return ps.replies.open(ctx, opening{c.caller, actFewer, c.about, title}, func(ctx context.Context, team string) (*modal, error) {
		return ps.page(ctx, team, c.user, c.about)
	})
}

// page lists what a person can pause. about is the subject of a message; anything else is
// no choice of its own.
func (ps *pauses) page(ctx context.Context, team, user string, about blocks.Subject) (*modal, error) {
	p := ps.access.directory.printer(ctx, team, user)
	of, err := ps.o.Store.Pauses(ctx, team, []string{user})
	if err != nil {
		return nil, err
	}
	paused := of[user]
	m := &modal{title: p.T("Fewer of these"), meta: meta{About: about}}
	m.blocks = append(m.blocks, blocks.Section(p.M("Choose what comes to you by itself. It changes only your own messages; your colleagues get theirs.")))
	whats := visit.PauseKinds()
	if kind, _ := visit.Subject(about).Cut(); kind == visit.OfVisit || kind == visit.OfInspection {
		whats = append([]string{string(about)}, whats...)
	}
	for what := range paused {
		if !slices.Contains(whats, what) {
			whats = append(whats, what)
		}
	}
	slices.SortStableFunc(whats, func(a, b string) int { // one visit or inspection first
		return strings.Compare(slashFirst(a), slashFirst(b))
	})
	for _, what := range whats {
		words, err := ps.words(ctx, team, user, what)
		if err != nil {
			return nil, err
		}
		if words.title == "" && !paused[what] {
			continue
		}
		b := blocks.Button(actPause.With(what), blocks.Subject(what), p.T("Pause %s", words.name))
		state := words.does
		if paused[what] {
			b = blocks.Button(actResume.With(what), blocks.Subject(what), p.T("Resume %s", words.name))
			state = p.T("Paused.")
		}
		m.blocks = append(m.blocks, slack.NewSectionBlock(blocks.Mrkdwn(blocks.Bold(words.title)+"\n"+blocks.Escape(state)), nil, slack.NewAccessory(b)))
	}
	if kind, _ := visit.Subject(about).Cut(); kind == visit.OfChannel {
		m.blocks = append(m.blocks, blocks.Note(p.M("Tips in a channel are for everybody there: %s stops them.", blocks.Code("/etiquette subscribe off"))))
	}
	m.blocks = append(m.blocks, blocks.Note(p.M("You are always told when dates change, on the days of a visit, when something is given to you, when an inspection failed, when a channel or a colleague that your work rests on is gone, and when something could not be delivered.")))
	return m, nil
}

// slashFirst sorts subjects before kinds, and each in its order.
func slashFirst(what string) string {
	if strings.Contains(what, "/") {
		return "0"
	}
	return "1"
}

// A pauseWords says what can be paused.
type pauseWords struct {
	title string // empty for what the person may not see
	name  string // behind "Pause"
	does  string
}

// words says what pausing something does.
func (ps *pauses) words(ctx context.Context, team, user, what string) (pauseWords, error) {
	p := ps.access.directory.printer(ctx, team, user)
	switch what {
	case visit.PauseMentions:
		return pauseWords{p.T("Being named in threads"), p.T("naming me"), p.T("Reminders then stand in your daily message only.")}, nil
	case visit.PauseItems:
		return pauseWords{p.T("My items that are due"), p.T("my items"), p.T("You are then neither named nor written to when an item of yours is due. The checklist has it.")}, nil
	case visit.PauseUnowned:
		return pauseWords{p.T("Items that nobody owns"), p.T("unowned items"), p.T("You are then not told when they are due, of what you planned.")}, nil
	case visit.PauseQuestions:
		return pauseWords{p.T("Questions about what I planned"), p.T("questions"), p.T("You are then not asked who does what, how it ended, or for a missing result.")}, nil
	case visit.PauseTips:
		return pauseWords{p.T("My tips"), p.T("my tips"), p.T("Your daily message then has no tip.")}, nil
	}
	s := visit.Subject(what)
	name := p.T("visit %d", s.Number())
	if kind, _ := s.Cut(); kind == visit.OfInspection {
		name = p.T("inspection %d", s.Number())
	}
	a, err := ps.access.appointment(ctx, team, user, s)
	if errors.Is(err, errNotYours) || errors.Is(err, visit.ErrNotFound) {
		return pauseWords{name: name}, nil
	}
	if err != nil {
		return pauseWords{}, err
	}
	return pauseWords{a.Title(p.Printer), name, p.T("You are then neither named nor written to about it.")}, nil
}

// change pauses what a button names, or has it come again.
func (ps *pauses) change(pause bool) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		p := ps.access.directory.printer(ctx, c.team, c.user)
		what := string(c.about)
		kind, _ := visit.Subject(what).Cut()
		if !slices.Contains(visit.PauseKinds(), what) && kind != visit.OfVisit && kind != visit.OfInspection {
			return nil
		}
		if err := ps.o.Store.Pause(ctx, c.team, c.user, what, pause, ps.o.Now()); err != nil {
			return ps.replies.sayError(ctx, c, "pause reminders", err)
		}
		ps.replies.later("bring a Home tab up to date", "", func(ctx context.Context) error { return ps.live.openHome(ctx, c.team, c.user) })
		if c.view == "" {
			return nil
		}
		defer ps.locks.lock("view/" + inTeam(c.team, c.view))()
		m, err := ps.page(ctx, c.team, c.user, c.meta.About)
		if err != nil {
			return ps.replies.sayError(ctx, c, "pause reminders", err)
		}
		return ps.replies.redraw(ctx, p, c.team, c.view, m)
	}
}
