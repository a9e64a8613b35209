package bot

import (
	"context"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// A finding may hang on a factory alone: what a customer complains of, what the warehouse sees,
// what somebody says on a call. It is for the members of the channel that its form names.

// actFactoryFinding opens the form for a new finding of a factory alone.
const actFactoryFinding blocks.ActionID = "factory-finding"

// The fields that only the form of such a finding has, besides its channel.
const (
	fieldSeen  = "seen"
	fieldClaim = "claim_by"
)

// factoryCommand opens the form for a finding of the factory that was typed, or asks which.
func (fs *findings) factoryCommand(pages *factoryPages) func(context.Context, request) (*blocks.Message, error) {
	return func(ctx context.Context, q request) (*blocks.Message, error) {
		return nil, fs.openOfFactory(ctx, q.caller, "", func(ctx context.Context, who caller) (*visit.Factory, *blocks.Message, error) {
			return pages.named(ctx, who, q.rest, actFactoryFinding)
		})
	}
}

// factoryClick opens the form for a finding of the factory that a control names.
func (fs *findings) factoryClick(ctx context.Context, c click) error {
	return fs.openOfFactory(ctx, c.caller, c.about, func(ctx context.Context, who caller) (*visit.Factory, *blocks.Message, error) {
		f, err := fs.factories.factory(ctx, who.team, who.user, factoryNumber(c.about))
		return &f, nil, err
	})
}

// openOfFactory opens the form for a finding of the factory that find finds; where it gives a
// message, that stands in the place of the form.
func (fs *findings) openOfFactory(ctx context.Context, who caller, about blocks.Subject, find func(context.Context, caller) (*visit.Factory, *blocks.Message, error)) error {
	return fs.replies.open(ctx, opening{who, actFactoryFinding, about, fs.directory.printerNow(who.team, who.user).T("Add finding")}, func(ctx context.Context, team string) (*modal, error) {
		who.team = team
		p := fs.directory.printer(ctx, team, who.user)
		f, which, err := find(ctx, who)
		if err != nil {
			return nil, err
		}
		if which != nil {
			return &modal{title: p.T("Add finding"), blocks: which.Blocks}, nil
		}
		said, kept, why := form{fieldChannel: who.standsIn()}, blocks.Markup(""), ""
		if d, err := fs.drafts.read(ctx, team, who.user, newFindingDraft(who.user, visit.SubjectOf(visit.OfFactory, f.Number))); err == nil && d.Mine != nil {
			said, kept = d.Mine, p.M("Filled in with what you entered last time.")
		} else if said[fieldClaim], why, err = fs.claimWindow(ctx, p, who, f); err != nil {
			return nil, err
		}
		m := fs.modal(p, p.T("Add finding"), said, meta{About: factorySubject(f.Number)}, blocks.Escape(p.T("%s, without a visit", f.Name)), kept, blocks.Escape(why))
		channel := blocks.Hinted(blocks.Input(fieldChannel, p.T("Channel"), blocks.ChannelInput(p, said[fieldChannel])), p.T("Its members see the finding, and reminders of it come there."))
		first := slices.IndexFunc(m.blocks, func(b slack.Block) bool { _, input := b.(*slack.InputBlock); return input })
		m.blocks = append(slices.Insert(m.blocks, first, slack.Block(channel)), seenInputs(p, said)...)
		return m, nil
	})
}

// seenInputs are the fields of a finding that no visit tells of.
func seenInputs(p blocks.Printer, f form) []slack.Block {
	var options []*slack.OptionBlockObject
	for _, s := range visit.SeenIns() {
		options = append(options, blocks.Option(blocks.Subject(s), s.Words(p.Printer)))
	}
	return []slack.Block{
		blocks.Optional(blocks.Input(fieldSeen, p.T("Where was it seen?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), f[fieldSeen], options))),
		claimInput(p, f),
	}
}

// claimInput is the field for the day by which a claim must be made.
func claimInput(p blocks.Printer, f form) slack.Block {
	return blocks.Hinted(blocks.Optional(blocks.Input(fieldClaim, p.T("Claim by"), blocks.DayInput(p, f[fieldClaim]))), p.T("The day by which the factory must have the claim. You are reminded before it."))
}

// claimWindow is the day by which a claim about what is seen today must be made, by the
// agreements with a factory that a person may see, and which of them says so. It is empty where
// none does.
func (fs *findings) claimWindow(ctx context.Context, p blocks.Printer, who caller, f *visit.Factory) (day, why string, err error) {
	as, err := fs.access.agreements(ctx, who, f.Number, false)
	if err != nil {
		return "", "", err
	}
	place := visit.Place{Zone: f.Zone}
	c, ok := visit.ClaimBy(as, place.Today(fs.o.Now()))
	if !ok {
		return "", "", nil
	}
	return c.By.String(), p.T("Agreement %d gives %d days for a claim. The document says from when they count.", c.Agreement, c.Days), nil
}

// claimTo reads the day by which a claim must be made. One that is over is an error, unless it
// was there before.
func (f form) claimTo(to *visit.Finding) (err error) {
	was := to.ClaimBy
	to.ClaimBy = civil.Date{}
	if f[fieldClaim] == "" {
		return nil
	}
	if to.ClaimBy, err = civil.Parse(f[fieldClaim]); err != nil {
		return visit.Invalid(fieldClaim, "Please pick a day.")
	}
	if to.ClaimBy != was && to.ClaimBy.Before(civil.Of(to.At)) {
		return visit.Invalid(fieldClaim, "That day is over. Pick a later one, or leave it empty and write what was claimed.")
	}
	return nil
}

// saveOfFactory makes a finding of a factory alone, and gives the page that says so.
func (fs *findings) saveOfFactory(ctx context.Context, s submission, number int, mine form) (*modal, error) {
	factory, err := fs.factories.factory(ctx, s.team, s.user, number)
	if err != nil {
		return nil, err
	}
	place, blocked, err := fs.access.place(ctx, s.team, s.user, mine[fieldChannel], false)
	if err != nil {
		return nil, err
	}
	if blocked != nil {
		return nil, visit.Invalid(fieldChannel, "Please pick a channel that I am in, see /invite @visitprep, and that isn't shared with another company.")
	}
	now := fs.o.Now()
	f := visit.Finding{Workspace: s.team, Kind: visit.OfProduct, Source: made(s.view), By: s.user, At: now}
	f.HangOn(&factory, place.Channel)
	if err := mine.applyTo(&f); err != nil {
		return nil, err
	}
	fs.defects.named(&f)
	if err := addFiles(&f, s.values.files(fieldPhotos)); err != nil {
		return nil, err
	}
	f, _, err = s.making(fs.o.Store).AddFinding(ctx, f, now)
	if err != nil {
		return nil, err
	}
	fs.fetch(ctx, s.team, f.Number)
	p := fs.directory.printer(ctx, s.team, s.user)
	return &modal{title: p.T("Finding saved"), blocks: []slack.Block{
		blocks.Section(blocks.Bold(findingHead(p, &f)) + ". " + blocks.Escape(strings.Join(photosSaid(p, &f), " "))),
		blocks.Note(p.M("For the members of %s.", channelName(f.Channel))),
		blocks.Actions(blocks.Button(actFactoryFinding, factorySubject(factory.Number), p.T("Add another finding")), blocks.Button(actOpenFinding, findingSubject(f.Number), p.T("Open finding %d", f.Number)),
			blocks.Button(actFactoryPage, factorySubject(factory.Number), p.T("Open factory"))),
	}}, nil
}

// mayReadIn is nil where a person may see a finding of a factory alone where they stand.
func (acc *access) mayReadIn(ctx context.Context, who caller, f *visit.Finding) error {
	if err := acc.mayRead(ctx, who.team, who.user, f); err != nil {
		return err
	}
	r, err := acc.directory.channel(ctx, f.Workspace, f.Channel)
	if err != nil {
		return unchecked(err)
	}
	if !visibleIn(visit.Place{Channel: f.Channel, Private: r.private}, who.channel) {
		return errElsewhere
	}
	return nil
}

// ofFactory are the findings of a factory alone that a person may see where they stand, the
// worst first.
func (acc *access) ofFactory(ctx context.Context, who caller, number int) ([]visit.Finding, error) {
	all, err := acc.o.Store.Findings(ctx, who.team, visit.SubjectOf(visit.OfFactory, number))
	if err != nil {
		return nil, err
	}
	var seen []visit.Finding
	for _, f := range all {
		switch err := acc.mayReadIn(ctx, who, &f); {
		case err == nil:
			seen = append(seen, f)
		case !isHidden(err):
			return nil, err
		}
	}
	return seen, nil
}

// factoryNotes say what a finding of a factory alone belongs to.
func factoryNotes(p blocks.Printer, f *visit.Finding) []string {
	notes := []string{p.T("%s, without a visit", f.Factory)}
	if f.Seen != "" {
		notes = append(notes, f.Seen.Words(p.Printer))
	}
	return notes
}
