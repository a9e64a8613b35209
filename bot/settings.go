package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/chars"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// settings are what people choose for themselves: their zone, their quiet hours, the overview of
// each month, and that nothing that they ask is kept; and what a word means to their team.
type settings struct {
	*core
	directory *directory
	replies   *replies
	live      *live
	monthly   *monthly
	tools     *toolTokens
}

const actSettings blocks.ActionID = "settings"

// The fields of a person's settings.
const (
	fieldZone  = "zone"
	fieldQuiet = "quiet"
	fieldKeep  = "keep"
	// fieldLanguage is the language of the workspace's channels, which admins choose.
	fieldLanguage = "language"
)

// What stands behind the choices of fieldKeep.
const (
	mayKeep  = "keep"
	keepNone = "none"
)

// kept is what is kept of a person.
func (st *settings) kept(ctx context.Context, team, id string) (store.Person, error) {
	p, err := st.o.Store.Person(ctx, team, id)
	if errors.Is(err, visit.ErrNotFound) {
		return store.Person{Quiet: store.DefaultQuiet}, nil
	}
	return p, err
}

// open opens a person's settings: the zone, the hours without messages, and whether
// questions may be kept.
func (st *settings) open(ctx context.Context, c caller) error {
	return st.replies.open(ctx, opening{c, actSettings, "", st.directory.printerNow(c.team, c.user).T("Your settings")}, func(ctx context.Context, team string) (*modal, error) {
		p := st.directory.printer(ctx, c.team, c.user)
		own, err := st.kept(ctx, team, c.user)
		if err != nil {
			return nil, err
		}
		zone, quiet := "", own.Quiet
		if own.Fixed {
			zone = own.Zone
		}
		if quiet == store.DefaultQuiet {
			quiet = st.o.Timing.Quiet.String()
		}
		follows := cmp.Or(st.directory.slackZone(ctx, c.team, c.user), visit.DefaultZone)
		m := &modal{id: modalSettings, title: p.T("Your settings"), submit: p.T("Save settings"), blocks: []slack.Block{
			blocks.Hinted(blocks.Optional(blocks.Input(fieldZone, p.T("Time zone"), blocks.TextInput(zone, follows, false))), p.T("Leave it empty to use your time zone in Slack, %s. Otherwise use a name such as Asia/Shanghai or Europe/Berlin.", follows)),
			blocks.Hinted(blocks.Optional(blocks.Input(fieldQuiet, p.T("Quiet hours"), blocks.TextInput(quiet, "20:00-08:00", false))), p.T("You get no direct messages in these hours, except what is due on a visit day. Leave it empty for none.")),
		}}
		if st.set().KeepMissed > 0 {
			choice := mayKeep
			if own.Unkept {
				choice = keepNone
			}
			options := []*slack.OptionBlockObject{
				blocks.Option(mayKeep, p.T("May be kept, without my name")),
				blocks.Option(keepNone, p.T("Do not keep mine")),
			}
			m.blocks = append(m.blocks, blocks.Hinted(
				blocks.Input(fieldKeep, p.T("Questions without a good answer"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), choice, options)),
				p.T("They help to complete the advice. Names and numbers are struck out, and admins see them after %d days, without who asked. After %d days they are deleted.", ShownAfter, st.set().KeepMissed)))
		}
		var more []slack.BlockElement
		if st.directory.checkColleague(ctx, team, c.user) == nil {
			words, err := st.o.Store.SeverityWords(ctx, team, "")
			if err != nil {
				return nil, err
			}
			on, err := st.monthly.gets(ctx, team, c.user)
			if err != nil {
				return nil, err
			}
			m.blocks = append(m.blocks, yanzhongInput(p, words), monthlyInput(p, on))
			m.meta.Shown = []string{string(words.Yanzhong)}
			more = st.tools.offer(p)
		}
		if st.directory.checkAdmin(ctx, team, c.user) == nil {
			l, err := st.o.Store.ChannelLanguage(ctx, team)
			if err != nil {
				return nil, err
			}
			m.blocks = append(m.blocks, languageInput(p, l))
			m.meta.Language = string(l)
		}
		m.blocks = append(m.blocks, blocks.Actions(append([]slack.BlockElement{blocks.Button(actFewer, "", p.T("Fewer reminders …"))}, more...)...))
		return m, nil
	})
}

// languageInput asks an admin for the language of channels. Each language is called as its readers
// call it.
func languageInput(p blocks.Printer, l store.Language) slack.Block {
	options := []*slack.OptionBlockObject{blocks.Option(blocks.Subject(store.English), p.T("English")), blocks.Option(blocks.Subject(store.Chinese), p.T("中文（简体）"))}
	return blocks.Hinted(blocks.Input(fieldLanguage, p.T("Language of channels"), blocks.Choice(p, blocks.InputAction, p.T("Pick one"), string(l), options)),
		p.T("For admins. Cards, reminders and shared answers in all channels of this workspace are in it. What one person alone reads is in the language of their Slack."))
}

// submit keeps a person's settings, and what was changed in those of the team.
func (st *settings) submit(ctx context.Context, s submission) ([]byte, error) {
	p := store.Person{Workspace: s.team, ID: s.user, Zone: strings.TrimSpace(chars.ASCII(s.values.text(fieldZone)))}
	var errs visit.InputErrors
	p.Fixed = p.Zone != ""
	if !p.Fixed {
		p.Zone = st.directory.slackZone(ctx, s.team, s.user)
	} else if _, err := visit.Zone(p.Zone); err != nil {
		errs = append(errs, visit.Invalid(fieldZone, "I don't know the time zone %q. Use a name such as Asia/Shanghai or Europe/Berlin.", blocks.Clip(p.Zone, 60)))
	}
	q, err := visit.ParseQuiet(s.values.text(fieldQuiet))
	if err != nil {
		errs = append(errs, visit.Invalid(fieldQuiet, "Please write the hours as 20:00-08:00, or leave the field empty."))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	p.Quiet = q.String()
	if s.values.has(fieldKeep) {
		p.Unkept = s.values.picked(fieldKeep) == keepNone
	} else { // a form without the choice changes nothing of it
		before, err := st.kept(ctx, s.team, s.user)
		if err != nil {
			return nil, err
		}
		p.Unkept = before.Unkept
	}
	said := visit.SeverityWords{}
	if picked := s.values.picked(fieldYanzhong); picked != askEachTime {
		said.Yanzhong = visit.Severity(picked)
	}
	// What was not changed is not said again: a colleague may have changed it meanwhile.
	says := s.values.has(fieldYanzhong) && !slices.Equal(s.meta.Shown, []string{string(said.Yanzhong)})
	if says {
		if err := st.directory.checkColleague(ctx, s.team, s.user); err != nil {
			return nil, err
		}
	}
	speaks := store.Language(s.values.picked(fieldLanguage))
	other := s.values.has(fieldLanguage) && s.meta.Language != string(speaks)
	if other {
		if err := st.directory.checkAdmin(ctx, s.team, s.user); err != nil {
			return nil, err
		}
	}
	if err := st.o.Store.PutPerson(ctx, p, st.o.Now()); err != nil {
		return nil, err
	}
	if s.values.has(fieldMonthly) { // which a guest is not asked; by the zone that was just kept
		if err := st.monthly.set(ctx, s.team, s.user, s.values.picked(fieldMonthly) == monthlyOn); err != nil {
			return nil, err
		}
	}
	if says {
		if err := st.o.Store.SetSeverityWords(ctx, s.team, "", said, s.user, st.o.Now()); err != nil {
			return nil, err
		}
	}
	if other {
		if err := st.o.Store.SetChannelLanguage(ctx, s.team, speaks, s.user, st.o.Now()); err != nil {
			return nil, err
		}
	}
	st.replies.later("bring a Home tab up to date", "", func(ctx context.Context) error { return st.live.openHome(ctx, s.team, s.user) })
	return nil, nil
}
