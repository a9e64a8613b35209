package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Before a photo goes to a factory somebody looks at it: it may show faces, papers or the
// goods of somebody else, and no program sees that for sure. Nothing is chosen beforehand, so
// nobody waves through what they did not see.

// actLook opens the photos of a visit or an inspection that may go to the factory. Its value
// is "visit/3", or "visit/3:5" for all of them, from one on.
const actLook blocks.ActionID = "look-photos"

// modalLook is the page of photos.
const modalLook modalID = "look-photos"

// looksAtOnce is how many photos one page has: a phone loads each.
const looksAtOnce = 5

// leaveOut is the choice for a photo that stays with us.
const leaveOut = "out"

// cuts are the choices for a photo of which a part goes to the factory. Slack cannot show
// where somebody would draw a line, so the lines are drawn already.
func cuts(p blocks.Printer) []struct {
	crop  visit.Crop
	words string
} {
	return []struct {
		crop  visit.Crop
		words string
	}{
		{visit.Crop{}, p.T("Fine: no faces, no papers, no other brands")},
		{visit.Crop{Left: 25}, p.T("Cut away the left quarter")},
		{visit.Crop{Left: 50}, p.T("Cut away the left half")},
		{visit.Crop{Right: 25}, p.T("Cut away the right quarter")},
		{visit.Crop{Right: 50}, p.T("Cut away the right half")},
		{visit.Crop{Top: 25}, p.T("Cut away the top quarter")},
		{visit.Crop{Top: 50}, p.T("Cut away the top half")},
		{visit.Crop{Bottom: 25}, p.T("Cut away the bottom quarter")},
		{visit.Crop{Bottom: 50}, p.T("Cut away the bottom half")},
		{visit.Crop{Left: 25, Top: 25, Right: 25, Bottom: 25}, p.T("Keep only the middle")},
	}
}

// cropValue is a crop as the value of a choice.
func cropValue(c visit.Crop) string {
	return fmt.Sprintf("%d,%d,%d,%d", c.Left, c.Top, c.Right, c.Bottom)
}

// A look is a photo that may go to the factory.
type look struct {
	finding visit.Finding
	n       int // of its finding, from 1
	photo   visit.PhotoRef
}

// field is the block of the form in which it is chosen what becomes of the photo.
func (l *look) field() string { return "look/" + strconv.Itoa(l.photo.ID) }

// chosen is what somebody chose before.
func (l *look) chosen() string {
	switch {
	case !l.photo.Cleared.IsSet():
		return ""
	case l.photo.LeftOut:
		return leaveOut
	}
	return cropValue(l.photo.Crop)
}

// looks are the photos of findings that are for the factory, those at which nobody has looked
// yet or all of them.
func looks(fs []visit.Finding, all bool) (ls []look) {
	for _, f := range fs {
		if !f.ForFactory || f.Kind == visit.RedFlag || f.Withdrawn.IsSet() {
			continue
		}
		for n, p := range f.Photos {
			if p.ToLookAt() || all && p.State == visit.PhotoKept && !p.AfterChange {
				ls = append(ls, look{f, n + 1, p})
			}
		}
	}
	return ls
}

// lookButton opens the photos that may go to the factory.
func lookButton(p blocks.Printer, s visit.Subject) slack.BlockElement {
	return blocks.Button(actLook, blocks.Subject(s), p.T("Look at photos"))
}

// lookForm shows the photos that may go to the factory.
func (ph *photos) lookForm(ctx context.Context, c click) error {
	about, from, all := strings.Cut(string(c.about), ":")
	first, _ := strconv.Atoi(from)
	return ph.replies.open(ctx, opening{c.caller, actLook, c.about, ph.directory.printerNow(c.team, c.user).T("Photos for the factory")}, func(ctx context.Context, team string) (*modal, error) {
		a, err := ph.access.appointment(ctx, team, c.user, visit.Subject(about))
		if err != nil {
			return nil, err
		}
		return ph.lookPage(ctx, ph.directory.printer(ctx, team, c.user), a, first, all)
	})
}

// lookPage is a page of photos with what can be chosen for each, or what to do when all were
// looked at. In the list of all it begins with one of them.
func (ph *photos) lookPage(ctx context.Context, p blocks.Printer, a visit.Appointment, first int, all bool) (*modal, error) {
	fs, err := ph.o.Store.Findings(ctx, a.Common().Workspace, a.Subject())
	if err != nil {
		return nil, err
	}
	ls := looks(fs, all)
	total := len(ls)
	ls = ls[min(max(first, 0), total):]
	m := &modal{id: modalLook, title: p.T("Photos for the factory"), meta: meta{About: blocks.Subject(a.Subject()), Page: -1}, unshown: map[string]slack.Block{}}
	if all {
		m.meta.Page = first
	}
	if len(ls) == 0 {
		return ph.lookedAt(p, m, a, len(looks(fs, true))), nil
	}
	m.submit = p.T("Save choices")
	m.blocks = append(m.blocks, blocks.Section(p.M("Please look at each photo once: no faces, no papers, no other brands. The factory gets only what you choose here.")))
	if more := len(ls) - looksAtOnce; more > 0 {
		m.blocks = append(m.blocks, blocks.Note(p.M("%d more come after these.", more)))
	}
	ls = ls[:min(len(ls), looksAtOnce)]
	shown := make([]bool, len(ls))
	var asked sync.WaitGroup // side by side: whoever sent the page before waits for this one
	for n := range ls {
		asked.Go(func() {
			err := guard(func(ctx context.Context) (err error) {
				shown[n], err = ph.isShown(ctx, a.Common().Workspace, &ls[n].photo)
				return err
			}, ctx)
			if err != nil {
				ph.log.Info("could not ask whether Slack shows a photo; there is a link to it", "photo", ls[n].photo.ID, "err", withoutURL(err))
			}
		})
	}
	asked.Wait()
	for n := range ls {
		m.blocks = append(m.blocks, ph.lookAt(p, m, &ls[n], shown[n])...)
	}
	return m, nil
}

// lookedAt says that nothing is left to look at.
func (ph *photos) lookedAt(p blocks.Printer, m *modal, a visit.Appointment, photos int) *modal {
	about := blocks.Subject(a.Subject())
	if photos == 0 {
		m.blocks = []slack.Block{blocks.Section(p.M("No finding for the factory has a photo, so there is nothing to look at."))}
		return m
	}
	m.blocks = []slack.Block{
		blocks.Section(p.M("You have looked at all photos for the factory. You can make its version now.")),
		blocks.Actions(
			blocks.Button(actFactoryReport, about, p.T("Version for the factory")),
			blocks.Button(actLook, about+":0", p.T("Change choices")),
		),
	}
	return m
}

// shownInBlocks are the types of files that Slack shows in a page.
var shownInBlocks = []string{"jpg", "jpeg", "png", "gif"}

// isShown reports whether Slack shows a photo in a page.
func (ph *photos) isShown(ctx context.Context, team string, photo *visit.PhotoRef) (bool, error) {
	f, err := ph.ask(ctx, team, photo.FileID)
	return err == nil && f.OriginalW > 0 && slices.Contains(shownInBlocks, f.Filetype), err
}

// lookAt is one photo and the question what becomes of it. Where Slack cannot show the
// picture there, a link leads to it: one that cannot be shown would keep the whole page from
// opening. It stands in m, too, for a picture that Slack refuses all the same.
func (ph *photos) lookAt(p blocks.Printer, m *modal, l *look, shown bool) []slack.Block {
	name := p.T("Photo %d of finding %d", l.n, l.finding.Number)
	bs := []slack.Block{blocks.Section(blocks.Bold(name) + "\n" + blocks.Escape(blocks.Clip(l.finding.Text, 300)))}
	unshown := blocks.Section(p.M("Slack cannot show it here any more. If you have not seen it, please leave it out."))
	if l.photo.Permalink != "" {
		unshown = blocks.Section(p.M("Slack cannot show it here: %s. If you cannot see it, please leave it out.", blocks.Link(l.photo.Permalink, p.T("open the photo"))))
	}
	m.unshown[l.photo.FileID] = unshown
	if shown {
		bs = append(bs, slack.NewImageBlockSlackFile(&slack.SlackFileObject{ID: l.photo.FileID}, name, "", nil))
	} else {
		bs = append(bs, unshown)
	}
	var options []*slack.OptionBlockObject
	for _, c := range cuts(p) {
		options = append(options, blocks.Option(blocks.Subject(cropValue(c.crop)), c.words))
	}
	options = append(options, blocks.Option(leaveOut, p.T("Leave it out")))
	return append(bs, blocks.Input(l.field(), p.T("What goes to the factory?"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), l.chosen(), options)))
}

// submitLook keeps what was chosen, and shows the next photos.
func (ph *photos) submitLook(ctx context.Context, s submission) ([]byte, error) {
	a, err := ph.access.appointment(ctx, s.team, s.user, visit.Subject(s.meta.About))
	if err != nil {
		return nil, err
	}
	fs, err := ph.o.Store.Findings(ctx, s.team, a.Subject())
	if err != nil {
		return nil, err
	}
	p := ph.directory.printer(ctx, s.team, s.user)
	var chosen []store.Look
	for _, l := range looks(fs, true) {
		picked := s.values.picked(l.field())
		if picked == "" || picked == l.chosen() {
			continue
		}
		var crop visit.Crop
		for _, c := range cuts(p) {
			if cropValue(c.crop) == picked {
				crop = c.crop
			}
		}
		chosen = append(chosen, store.Look{Finding: l.finding.Number, Photo: l.photo.ID, LeftOut: picked == leaveOut, Crop: crop})
	}
	if err := ph.o.Store.By(s.user).LookAtPhotos(ctx, s.team, chosen, s.user, ph.o.Now()); err != nil {
		return nil, err
	}
	first, all := 0, s.meta.Page >= 0
	if all {
		first = s.meta.Page + looksAtOnce
	}
	m, err := ph.lookPage(ctx, p, a, first, all)
	if err != nil {
		return nil, err
	}
	return updated(p, m), nil
}
