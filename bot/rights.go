package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Rights tell what a person may read, to whatever is not Slack: the same directory and the same
// access decide as for the bot. Nothing of it writes or posts. Its methods are safe for
// concurrent use.
//
// A Rights is beside a process that serves and hears no events. Whether somebody is a colleague it
// asks Slack again after a minute, and who is in a channel after ten, as a replica does of what
// another one heard.
type Rights struct {
	access    *access
	directory *directory
	replies   *replies
}

// NewRights makes a Rights. It calls nothing of Slack's.
func NewRights(o Options) (*Rights, error) {
	b, err := New(o)
	if err != nil {
		return nil, err
	}
	b.directory.changed = func(context.Context, string, channelNow) {} // a process that serves sees it too
	return &Rights{b.access, b.directory, b.replies}, nil
}

// MayAsk is nil for a member of the workspace, guests among them, who may have general advice. It is for
// nobody whose account was deactivated, and for nobody where Slack does not say or the app is not installed. Its error tells IsOutside,
// HasLeft and IsDisconnected.
func (r *Rights) MayAsk(ctx context.Context, team, person string) error {
	if _, err := r.directory.o.Slack.For(ctx, team); err != nil {
		return unchecked(err) // whatever is remembered of the person
	}
	r.recheck(team, person)
	how, err := r.directory.relation(ctx, team, person)
	if err == nil && how == stranger {
		err = errNotColleague
		if p, _ := r.directory.known(team, person); len(p.teams) > 0 && (p.deactivated || !slices.Contains(p.teams, team)) {
			err = errLeft
		}
	}
	return err
}

// errLeft is returned for somebody of whom Slack says that they belong to the workspace no more.
var errLeft = fmt.Errorf("they have left, as Slack says: %w", errNotColleague)

// HasLeft reports whether an error of MayAsk says that Slack names somebody as deactivated or as of other
// workspaces. It is false where Slack knows nobody of that id, or calls them a stranger, as with the token of a wrong app.
func HasLeft(err error) bool { return errors.Is(err, errLeft) }

// IsDisconnected reports whether an error of MayAsk says that the app is in the workspace no more, or that
// Slack takes its token no more.
func IsDisconnected(err error) bool { return isOneOf(err, tokenIsGone) }

// recheck has Slack asked about a person of whom it said nothing for a minute.
func (r *Rights) recheck(team, person string) {
	r.directory.listed.dropOlder(team, person, keepStranger)
	r.directory.asked.dropOlder(inTeam(team, person), keepStranger)
}

// IsOutside reports whether an error of MayAsk says that somebody belongs to the workspace no more.
func IsOutside(err error) bool { return errors.Is(err, errNotColleague) }

// Why words an error of these methods for whoever asked, as the bot does: their own mistake as it
// is, and anything else with a reference that is in the log. Nothing was to be saved.
func (r *Rights) Why(what string, err error) string {
	if isStoreDown(err) {
		return fmt.Sprintf("I can't read this right now. Please try again in a minute. If it keeps happening, give the person who runs Visit Prep the reference %s.", r.replies.report(what, err))
	}
	return r.replies.errorIn(blocks.Printer{Printer: lang.English()}, what, err).Text.String()
}

// NameOf is what somebody is called, and their id where Slack does not say.
func (r *Rights) NameOf(ctx context.Context, team, person string) string {
	if !visit.IsPersonID(person) {
		return person
	}
	p, err := r.directory.person(ctx, team, person)
	if err != nil {
		return person
	}
	return cmp.Or(p.name, person)
}

// Visits are those of a person's channels that wanted takes: what is not over, the next first, or what
// was, the last first. They are so many of them, from one on, and all is how many there are.
func (r *Rights) Visits(ctx context.Context, team, person string, past bool, wanted func(*store.Summary) bool, from, most int) (page []store.Summary, all int, err error) {
	r.recheck(team, person)
	var vs []store.Summary
	if past {
		vs, err = r.access.past(ctx, caller{team: team, user: person}, 0, 0)
	} else {
		vs, err = r.access.upcoming(ctx, team, person, "")
	}
	if err != nil {
		return nil, 0, err
	}
	vs = slices.DeleteFunc(vs, func(v store.Summary) bool { return !wanted(&v) })
	from = min(max(from, 0), len(vs))
	return vs[from:min(len(vs), from+most)], len(vs), nil
}

// Visit is a visit that a person may see.
func (r *Rights) Visit(ctx context.Context, team, person string, number int) (*visit.Visit, error) {
	r.recheck(team, person)
	return r.access.visit(ctx, team, person, visit.SubjectOf(visit.OfVisit, number))
}

// Findings are those of a visit or an inspection that a person may see, or of a factory without
// either; of an empty subject those that the person logged and that belong to nothing yet.
func (r *Rights) Findings(ctx context.Context, team, person string, of visit.Subject) ([]visit.Finding, error) {
	r.recheck(team, person)
	who := caller{team: team, user: person}
	switch kind, _ := of.Cut(); kind {
	case "":
		if err := r.directory.checkColleague(ctx, team, person); err != nil {
			return nil, err
		}
		return r.access.o.Store.LooseFindings(ctx, team, person)
	case visit.OfFactory: // of none where they may see none
		return r.access.ofFactory(ctx, who, of.Number())
	}
	a, err := r.access.appointment(ctx, team, person, of)
	if err != nil {
		return nil, err
	}
	return r.access.o.Store.Findings(ctx, team, a.Subject())
}

// Actions are those that are not closed and that wanted takes, of the findings that a person may see:
// so many of them, from one on, and all is how many there are.
func (r *Rights) Actions(ctx context.Context, team, person string, wanted func(*visit.ActionOf) bool, from, most int) (page []visit.ActionOf, all int, err error) {
	r.recheck(team, person)
	return r.access.followed(ctx, caller{team: team, user: person}, "", wanted, from, most)
}

// Today is the day at a place.
func (r *Rights) Today(p *visit.Place) civil.Date { return p.Today(r.access.o.Now()) }

// Follows reports whether it is for a person to see that an action goes on.
func Follows(a *visit.ActionOf, person string) bool { return isFollowedBy(a, person) }
