package bot

import (
	"context"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// defects offers the vocabulary of defects to whoever types a finding. Nothing has to be
// taken from it: the words of a finding are free.
type defects struct {
	*core
	directory *directory
}

// fieldDefect is the field of a form with the menu of defects.
const fieldDefect = "defect"

// offeredDefects is how many defects are offered at a time: more than a phone shows, and few
// to send over a poor network at each letter.
const offeredDefects = 12

// menu picks a defect while somebody types; chosen is the id of the one that is picked, which
// may be none of those that are known.
func (ds *defects) menu(p blocks.Printer, chosen string) *slack.SelectBlockElement {
	least := 1
	e := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, blocks.Plain(p.T("Type a few letters")), blocks.InputAction)
	e.MinQueryLength = &least
	if d, ok := ds.guide.Load().Base.Defects().Defect(chosen); ok {
		e.InitialOption = defectOption(p, d)
	}
	return e
}

// suggest answers what somebody types in the menu.
func (ds *defects) suggest(ctx context.Context, who caller, typed string) []*slack.OptionBlockObject {
	if ds.directory.mayAsk(who.team, who.user) != nil {
		return nil
	}
	return defectOptions(ds.directory.printer(ctx, who.team, who.user), ds.guide.Load().Base.Defects(), typed)
}

// defectOptions are the defects that somebody may mean who has typed so far, in the language
// of p first.
func defectOptions(p blocks.Printer, ds *knowledge.Defects, typed string) (options []*slack.OptionBlockObject) {
	for _, d := range ds.Find(typed, offeredDefects) {
		options = append(options, defectOption(p, d))
	}
	return options
}

func defectOption(p blocks.Printer, d *knowledge.Defect) *slack.OptionBlockObject {
	o := blocks.Option(blocks.Subject(d.ID), p.T("%[1]s · %[2]s", d.Name, d.Chinese))
	o.Description = blocks.Plain(usualClass(p, d))
	return o
}

// named fills in what the vocabulary has of a finding's defect: its name where nobody wrote
// more, and the Chinese for letters. Words that are a defect's name are that defect.
func (ds *defects) named(f *visit.Finding) {
	all := ds.guide.Load().Base.Defects()
	d, ok := all.Defect(f.Defect)
	if !ok && f.Text != "" {
		d, ok = all.Named(f.Text)
	}
	if !ok {
		return
	}
	f.Defect = d.ID
	if f.Text == "" {
		f.Text = d.Name
	}
	if f.TextZH == "" {
		f.TextZH = d.Chinese
	}
}

// usualClass says how bad a defect usually is. What was agreed with the factory decides.
func usualClass(p blocks.Printer, d *knowledge.Defect) string {
	switch d.Class {
	case "critical":
		return p.T("Usually critical")
	case "major":
		return p.T("Usually major")
	}
	return p.T("Usually minor")
}
