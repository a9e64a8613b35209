package bot

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/guide"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// welcomes tell whoever first uses the app what it does, once, in a direct message: a
// colleague who opens it, types a command or writes to it, and not at night.
type welcomes struct {
	*core
	directory *directory
	replies   *replies
	known     *dedup // who need not be looked up again
}

// keepWelcome is how long somebody is known to be welcomed without asking the database.
const keepWelcome = 24 * time.Hour

// actExample shows a visit that nobody has planned.
const actExample blocks.ActionID = "example"

// errLater says that now is no time for a welcome, or that nobody knows whether it is.
var errLater = errors.New("not now")

// meet welcomes somebody in the background, unless that was done. It never delays an answer.
func (wl *welcomes) meet(team, person string) {
	if !wl.set().Welcome {
		return
	}
	wl.replies.later("welcome a person", "", func(ctx context.Context) error {
		_, err := wl.known.do(team+"/"+person, time.Now(), func() error { return wl.welcome(ctx, team, person) })
		if errors.Is(err, errLater) {
			return nil
		}
		return err
	})
}

func (wl *welcomes) welcome(ctx context.Context, team, person string) error {
	p := wl.directory.printer(ctx, team, person)
	team, err := wl.directory.home(ctx, team)
	if err != nil {
		return errLater
	}
	if err := wl.directory.checkColleague(ctx, team, person); errors.Is(err, errUnchecked) {
		return errLater
	} else if err != nil {
		return nil // a guest may become a colleague tomorrow
	}
	now := wl.o.Now()
	quiet := wl.o.Timing.Quiet
	if p, err := wl.o.Store.Person(ctx, team, person); err == nil && p.Quiet != store.DefaultQuiet {
		if own, err := visit.ParseQuiet(p.Quiet); err == nil {
			quiet = own
		}
	}
	if quiet.Over(now, wl.directory.locationOf(ctx, team, person)).After(now) {
		return errLater
	}
	first, err := wl.o.Store.Welcome(ctx, team, person, now)
	if err != nil || !first {
		return err
	}
	if err := wl.replies.post(ctx, team, person, "", wl.message(p)); err != nil {
		return errors.Join(err, wl.o.Store.Unwelcome(context.WithoutCancel(ctx), team, person))
	}
	return nil
}

// message says what the app does, and offers three ways to begin.
func (wl *welcomes) message(p blocks.Printer) *blocks.Message {
	m := blocks.Said(p.T("Hello. I help your team prepare visits to factories in China: a shared checklist, reminders of what is due, and a brief to carry along. I also answer questions: what to check, what to agree, how to be a good guest."))
	m.Add(blocks.Actions(
		blocks.Button(actPlan, "", p.T("Plan a visit")),
		exampleButton(p),
		blocks.Button(guide.ActShow.With("menu"), guide.SubjectMenu, p.T("Show topics")),
	))
	m.Add(blocks.Note(p.M("Or type a question here, such as %s", blocks.Code(p.T("what gift should I not bring")))))
	m.Text.Line(p.T("Or type a question here, such as: what gift should I not bring"))
	return m
}

func exampleButton(p blocks.Printer) *slack.ButtonBlockElement {
	return blocks.Button(actExample, "", p.T("Show example visit"))
}

// An example begins in some weeks, so that all that comes before a visit lies ahead.
const (
	exampleAhead = 60 // days
	exampleLines = 5
)

// exampleClick shows what a planned visit looks like to whoever asked, and saves nothing.
func (wl *welcomes) exampleClick(ctx context.Context, c click) error {
	p := wl.directory.printer(ctx, c.team, c.user)
	if wl.isDouble(ctx, c) {
		return nil
	}
	zone := wl.directory.zoneOf(ctx, c.team, c.user)
	return wl.replies.replyPrivately(ctx, c, wl.example(p, wl.guide.Load().In(p), c.user, zone))
}

func (wl *welcomes) example(p blocks.Printer, g *guide.Guide, person, zone string) *blocks.Message {
	first := civil.Of(wl.o.Now().UTC()).AddDays(exampleAhead)
	if better, ok := wl.o.SuggestDay(first); ok {
		first = better
	}
	v := visit.Visit{
		Work: visit.Work{
			Owner: person, Place: visit.Place{Zone: visit.DefaultZone, ChannelZone: zone},
			Factory: visit.Factory{Name: p.T("Example Metal Works"), Chinese: "示例金属制品厂", City: p.T("Ningbo")},
		},
		Purpose: "first_visit", First: first, Last: first.AddDays(1),
		People: []visit.Person{{User: person, Role: "leads"}, {Name: p.T("Ms Zhang"), Role: "interpreter"}},
	}
	v.Items = lines(g, v.Purpose)
	m := new(blocks.Message)
	m.Title(p.T("Example: a first visit to a factory"))
	m.Add(blocks.Note(p.M("Only you see this. Nothing is planned or saved.")))
	m.Text.Line(p.T("Only you see this. Nothing is planned or saved."))
	card := wl.words(p, zone).visitCard(g, &v, insiders)
	for _, block := range card.Blocks[1:] { // its title has a number, which a visit gets when it is saved
		if _, ok := block.(*slack.ActionBlock); !ok {
			m.Add(block)
		}
	}
	m.Say(p.T("Its checklist has %d items. The first are:", len(v.Items)))
	for _, it := range v.Items[:min(len(v.Items), exampleLines)] {
		m.Say(p.T("%s: %s", blocks.ShortDay(p, v.DueDay(it.Milestone)), it.Text))
	}
	m.Say(p.T("I remind whoever owns an item, in the visit's thread. On the day there is a card with the address in Chinese, the phone numbers and the agenda."))
	m.Add(blocks.Actions(blocks.Button(actPlan, "", p.T("Plan a visit"))))
	return m
}
