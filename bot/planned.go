package bot

import (
	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// planned is the page that a form becomes once its visit is planned, as one of those who
// may see it reads it: where the visit is now, what comes by itself, and what does not.
func (wd *wording) planned(v *visit.Visit, reader string) *modal {
	m := &modal{title: wd.p.T("Visit %d is planned", v.Number), meta: meta{Page: v.Number}}
	add := func(bs ...slack.Block) { m.blocks = append(m.blocks, bs...) }
	add(blocks.Section(wd.p.M("%s, %s. Its card is in %s.", blocks.Bold(v.Factory.Name), blocks.Days(wd.p, v.First, v.Last), channelName(v.Channel))))
	notes := new(blocks.Message)
	wd.addNotes(notes, wd.daysNotes(v))
	add(notes.Blocks...)
	if os := v.Reminders(&wd.o.Timing, wd.o.Now(), true); len(os) > 0 {
		words := wd.p.T("I'll remind the team, first on %s.", blocks.Time(wd.p, os[0].Due.In(zoneOr(v.ChannelZone)), "Mon 2 January"))
		if os[0].Kind == visit.CatchUp {
			words = wd.p.T("What should be done by now comes in the thread of its card.")
		}
		add(blocks.Section(blocks.Escape(words)))
	}
	add(blocks.Section(blocks.Escape(wd.p.T("Next: add who else is travelling and the agenda, and give the %d checklist items to people.", len(v.Items)))))
	about := visitSubject(v)
	edit := blocks.Button(actEdit, about, wd.editLabel(v))
	edit.Style = slack.StylePrimary
	add(blocks.Actions(edit, blocks.Button(actChecklist, about, wd.p.T("Open checklist"))))
	if v.Travels(reader) {
		add(slack.NewSectionBlock(blocks.Mrkdwn(wd.p.M("You are travelling.")), nil, slack.NewAccessory(blocks.Button(actNotGoing, about, wd.p.T("I'm not going")))))
	} else {
		add(slack.NewSectionBlock(blocks.Mrkdwn(wd.p.M("You are not travelling.")), nil, slack.NewAccessory(blocks.Button(actGoing, about, wd.p.T("I'm going")))))
	}
	return m
}
