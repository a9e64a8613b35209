package bot

import (
	"context"
	"log/slog"

	"visitprep/internal/blocks"
	"visitprep/internal/lang"
	"visitprep/internal/store"
)

// Colleagues asks Slack of people in a file whether they are colleagues, as the forms ask of
// those who are picked. It is safe for concurrent use.
type Colleagues struct {
	directory *directory
	team      string
}

// NewColleagues knows the people of a workspace, whose client is one of clients. st says which guests
// work for the team.
func NewColleagues(clients *Clients, st *store.Store, team string, guestsAreColleagues bool, log *slog.Logger) *Colleagues {
	c := &core{
		o:       Options{Slack: clients, Store: st, GuestsAreColleagues: guestsAreColleagues, Logger: log},
		english: blocks.Printer{Printer: lang.English()}, chinese: blocks.Printer{Printer: lang.English()}, log: log, ackWithin: ackWithin, languageWithin: languageWithin, unverified: newUnverified(),
	}
	return &Colleagues{newDirectory(c), team}
}

// Refuses says in a sentence why somebody cannot own or take part in what is the team's; empty of a
// colleague. The error says that Slack did not answer.
func (cs *Colleagues) Refuses(ctx context.Context, id string) (why string, err error) {
	if err := cs.directory.list(ctx, cs.team); err != nil {
		cs.directory.log.Debug("could not list the people of a workspace; each is asked about alone", "err", err)
	}
	wrong, err := cs.directory.noColleagues(ctx, cs.team, fieldOwner, []string{id})
	if err != nil || len(wrong) == 0 {
		return "", err
	}
	return wrong[0].Words(cs.directory.english.Printer), nil
}

// OthersRead reports whether another company reads in a channel. Of one that Slack does not show, or in
// which the app is not, it knows nothing. The error says that Slack did not answer.
func (cs *Colleagues) OthersRead(ctx context.Context, channel string) (bool, error) {
	now, err := cs.directory.look(ctx, cs.team, channel)
	if noAnswer(err) {
		return false, err
	}
	return err == nil && now.ForAll(), nil
}
