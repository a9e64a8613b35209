package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/guide"
	"visitprep/internal/visit"
)

// A findingChange changes a finding for whoever clicked.
type findingChange func(c click, f *visit.Finding, lead string, now time.Time) error

// change changes the finding that a click names, and shows it as it is then.
func (fs *findings) change(do findingChange) func(context.Context, click) error {
	return fs.changeIf(do, func(ctx context.Context, team string, number int, f func(*visit.Finding) error) (visit.Finding, error) {
		return fs.o.Store.ChangeFinding(ctx, team, number, fs.o.Now(), f)
	})
}

// unlessBegun is change while nobody has done anything because of the finding. After that the
// button of an old card gives instead, which says what to do now.
func (fs *findings) unlessBegun(do findingChange, instead func(number int) *visit.InputError) func(context.Context, click) error {
	return fs.changeIf(do, func(ctx context.Context, team string, number int, f func(*visit.Finding) error) (visit.Finding, error) {
		a, err := fs.o.Store.ChangeAction(ctx, team, number, fs.o.Now(), func(x *visit.Finding, a *visit.Action) error {
			if a.Begun(x) {
				return instead(number)
			}
			return f(x)
		})
		return a.Finding, err
	})
}

// changeIf is change with the transaction in which it is made. Where it cannot be, the card that
// offered it is drawn as it is now.
func (fs *findings) changeIf(do findingChange, in func(context.Context, string, int, func(*visit.Finding) error) (visit.Finding, error)) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		number, chosen := cutFinding(c.about)
		old, err := fs.access.finding(ctx, c.team, c.user, number)
		if err != nil {
			return fs.replies.sayError(ctx, c, "find a finding", err)
		}
		lead := ""
		if old.OfWork() {
			a, err := fs.o.Store.Appointment(ctx, c.team, old.Subject)
			if err != nil {
				return fs.replies.sayError(ctx, c, "find a finding", err)
			}
			lead = a.Common().Owner
		}
		f, err := in(ctx, c.team, number, func(f *visit.Finding) error { return do(c, f, lead, fs.o.Now()) })
		if err != nil {
			return fs.refused(ctx, c, &old, "change a finding", err)
		}
		return fs.changed(ctx, c, &old, &f, strings.HasSuffix(chosen, asUnsure))
	}
}

// refused says why a finding is not changed. Where only whoever clicked sees the card, or it is the
// answer to them, it is drawn as it is now: it does not offer the same again.
func (fs *findings) refused(ctx context.Context, c click, f *visit.Finding, what string, err error) error {
	if said := fs.replies.sayError(ctx, c, what, err); said != nil || !errors.As(err, new(*visit.InputError)) || c.on == guide.Public || c.url == "" {
		return said
	}
	now, err := fs.access.finding(ctx, c.team, c.user, f.Number)
	if err != nil {
		return nil // it is not for them any more
	}
	return fs.changed(ctx, c, f, &now, false)
}

func notUndone(number int) *visit.InputError {
	return visit.Invalid("finding", "Finding %d already has an action, so it can't be undone. Press More steps, then Withdraw finding: what was done stays on record.", number)
}

func notMoved(number int) *visit.InputError {
	return visit.Invalid("finding", "Finding %d already has an action, so it stays where it is. Log it again where it belongs, then withdraw this one.", number)
}

func withdrawn(c click, f *visit.Finding, lead string, now time.Time) error {
	_, err := f.Withdraw(c.user, lead, now)
	return err
}

func restoredFinding(c click, f *visit.Finding, lead string, _ time.Time) error {
	_, err := f.Restore(c.user, lead)
	return err
}

// belongs gives a finding to the visit or the inspection that was picked.
func (fs *findings) belongs(ctx context.Context, c click) error {
	_, to := cutFinding(c.about)
	a, err := fs.access.appointment(ctx, c.team, c.user, visit.Subject(to))
	if err == nil {
		_, err = a.OpenChecklist() // nothing is added to a visit that is cancelled
	}
	if err != nil {
		return fs.replies.sayError(ctx, c, "find what a finding belongs to", err)
	}
	return fs.unlessBegun(func(_ click, f *visit.Finding, _ string, _ time.Time) error {
		if elsewhere(f, a) { // the menu of an old card
			return visit.Invalid("subject", "Finding %d is of another factory, so it stays where it is. Log it again where it belongs, then undo this one.", f.Number)
		}
		return belongTo(f, a)
	}, notMoved)(ctx, c)
}

// split makes one finding of each photo.
func (fs *findings) split(ctx context.Context, c click) error {
	number, _ := cutFinding(c.about)
	old, err := fs.access.finding(ctx, c.team, c.user, number)
	if err != nil {
		return fs.replies.sayError(ctx, c, "find a finding", err)
	}
	all, err := fs.o.Store.SplitFinding(ctx, c.team, number, fs.o.Now())
	if err != nil {
		return fs.refused(ctx, c, &old, "split a finding", err)
	}
	for _, f := range all {
		fs.fetch(ctx, c.team, f.Number)
	}
	if err := fs.changed(ctx, c, &old, &all[0], false); err != nil || len(all) == 1 {
		return err
	}
	p := fs.directory.printer(ctx, c.team, c.user)
	m := new(blocks.Message)
	m.Say(p.T("Each photo has a finding of its own now."))
	addFindings(p, m, all[1:], nil)
	var options []*slack.OptionBlockObject
	for _, f := range all[1:] {
		options = append(options, blocks.Option(findingSubject(f.Number), blocks.Clip(findingHead(p, &f), 70)))
	}
	m.Add(blocks.Actions(blocks.Choice(p, string(actOpenFinding), p.T("Open finding"), "", options)))
	return fs.replies.replyPrivately(ctx, c, m)
}
