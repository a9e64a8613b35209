package bot

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
)

// A request of a workspace in which the app is not installed, or no more, goes no further than here:
// it is acknowledged, and nothing is read or written for it.

// serves reports whether the app is installed in the workspace of a request. organisation is the one
// whose installation the request is for, or "". At said, unless it is zero, Slack said that the
// workspace is of it: an event does by whom it is authorised. What a click or a command names may be
// the organisation of whoever pressed or typed, so it says nothing of the workspace.
func (c *core) serves(workspace, organisation string, said time.Time) bool {
	if c.o.Serves == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), claimWithin)
	defer cancel()
	return c.o.Serves(ctx, workspace, organisation, said)
}

// servesEvent is serves for an event.
func (c *core) servesEvent(e *slackevents.EventsAPICallbackEvent) bool {
	if len(e.Authorizations) == 0 {
		return c.serves(e.TeamID, "", time.Time{})
	}
	a, said := e.Authorizations[0], time.Unix(int64(e.EventTime), 0)
	switch {
	case a.TeamID != "":
		return c.serves(a.TeamID, a.EnterpriseID, said)
	case a.EnterpriseID == e.EnterpriseID:
		return c.serves(e.TeamID, a.EnterpriseID, said)
	}
	return c.serves(e.TeamID, cmp.Or(a.EnterpriseID, e.EnterpriseID), time.Time{})
}

// servesInteraction is serves for a click, a form or a shortcut. Whoever sends off a form of ours may
// be of another organisation; only what names no workspace has to be of the one that it names.
func (b *Bot) servesInteraction(i *slack.InteractionCallback) bool {
	workspace, organisation := b.workspaceOf(i), ""
	if i.Team.ID == "" && workspace == i.User.TeamID {
		organisation = i.Enterprise.ID
	}
	return b.serves(workspace, organisation, time.Time{})
}

// notInstalled answers a command where the app is not installed any more.
func (c *core) notInstalled() []byte {
	return blocks.Said(c.english.T("Visit Prep is not installed in this workspace any more. An admin can add it again; nothing that was planned is lost until then.")).EphemeralJSON()
}

// installation acts on an event that tells of the installation itself; it reports false for any
// other. Such an event also comes when nothing is installed any more.
func (ch *changes) installation(ctx context.Context, outer *slackevents.EventsAPICallbackEvent, event any) (ours bool, err error) {
	if ch.o.Serves == nil { // one workspace: nothing is kept of its installation
		return false, nil
	}
	whose, organisation := installed(outer), outer.EnterpriseID
	if len(outer.Authorizations) > 0 {
		a := outer.Authorizations[0]
		if organisation = cmp.Or(a.EnterpriseID, organisation); a.IsEnterpriseInstall {
			whose = a.EnterpriseID
		}
	}
	whose = cmp.Or(whose, organisation)
	now, elapsed := ch.o.Now(), time.Now()
	// The second in which it happened is not over before its last millisecond.
	at := time.Unix(int64(outer.EventTime)+1, 0).Add(-time.Millisecond)
	given := time.Unix(int64(outer.EventTime), 0) // of two in one second the ending counts
	if outer.EventTime == 0 {
		at, given = elapsed, elapsed
	}
	ended := func(e store.Ending) error {
		held, err := ch.o.Store.End(ctx, e, now, elapsed)
		ch.heldBy(e, held)
		return err
	}
	switch in := event.(type) {
	case *slackevents.AppUninstalledEvent:
		return true, ended(store.Ending{Workspace: whose, Why: store.Uninstalled, At: at})
	case *slackevents.TokensRevokedEvent:
		for _, bot := range in.Tokens.Bot { // those of people are none of ours
			err = errors.Join(err, ended(store.Ending{Workspace: whose, Bot: bot, Why: store.TokenRevoked, At: at}))
		}
		return true, err
	case *slackevents.TeamAccessRevokedEvent:
		for _, workspace := range in.TeamIDs {
			e := store.Ending{Workspace: workspace, Why: store.Uninstalled, At: at}
			held, failed := ch.o.Store.EndAccess(ctx, organisation, e, now, elapsed)
			ch.heldBy(e, held)
			err = errors.Join(err, failed)
		}
		return true, err
	case *slackevents.TeamAccessGrantedEvent:
		for _, workspace := range in.TeamIDs {
			err = errors.Join(err, ch.o.Store.GiveAccess(ctx, workspace, organisation, given))
		}
		return true, err
	}
	return false, nil
}

// heldBy says for which workspaces an ending begins to hold what waits.
func (ch *changes) heldBy(e store.Ending, held []string) {
	for _, workspace := range held {
		ch.log.Error("the app is not installed any more: reminders wait until it is installed again", "workspace", workspace, "installation", e.Workspace, "because", string(e.Why))
	}
}

// tellsOfInstallation reports whether an event is for installation.
func tellsOfInstallation(event any) bool {
	switch event.(type) {
	case *slackevents.AppUninstalledEvent, *slackevents.TokensRevokedEvent, *slackevents.TeamAccessRevokedEvent, *slackevents.TeamAccessGrantedEvent:
		return true
	}
	return false
}
