package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/photo/phototest"
	"visitprep/internal/visit"
)

// Who does things, and where; the channel is the one that things happen to.
const (
	leaver = "U0ANASILVA1"
	spare  = localslack.SampleShenzhen
)

// cast is a workspace that a soak runs in: the sample's, and four more colleagues. Several have the
// same people, channels and numbers, and differ by their id.
func cast(team string) localslack.Options {
	o := localslack.Sample()
	for n := range o.People {
		if o.People[n].TeamID == o.TeamID {
			o.People[n].TeamID = team
		}
	}
	o.TeamID = team
	for n, p := range []localslack.Person{
		{ID: leaver, Name: "ana", RealName: "Ana Silva", TZ: "Europe/Lisbon"},
		{ID: "U0OKAFOR001", Name: "ada", RealName: "Ada Okafor", TZ: "Africa/Lagos", Locale: "zh-CN"},
		{ID: "U0TANAKA001", Name: "ken", RealName: "Ken Tanaka", TZ: "Asia/Tokyo"},
		{ID: "U0ROSSI0001", Name: "eva", RealName: "Eva Rossi", TZ: "America/New_York"},
	} {
		p.TeamID = o.TeamID
		o.People = append(o.People, p)
		for i := range o.Channels {
			if c := &o.Channels[i]; !c.ExtShared || n > 1 {
				c.Members = append(slices.Clone(c.Members), p.ID)
			}
		}
	}
	for i := range o.Channels {
		if o.Channels[i].ID == spare && !slices.Contains(o.Channels[i].Members, localslack.DefaultBotUserID) {
			o.Channels[i].Members = append(o.Channels[i].Members, localslack.DefaultBotUserID)
		}
	}
	return o
}

// Reading changes nothing that is due, so people go on with it while the calendar moves.
var questions = []string{
	"what gift should I not bring", "is a clock a good gift?", "which tests for a power bank", "who pays for dinner", "how do I decline baijiu",
	"what to check before shipment", "do I need a visa", "what does guanxi mean", "cracks in the housing", "is 10 October 2026 a working day",
	"pricing of moulds", "how do I greet the owner", "mold or mould", "什么礼物不好", "🦊", "how many pieces do I look at of 3000", "red flags in a factory tour",
}

var readCommands = []string{
	"/visit-prep", "/visit-prep list", "/visit-prep show 1", "/visit-prep show 2", "/visit-prep show 99999", "/visit-prep quality", "/visit-prep help", "/visit-prep gaps",
	"/visit-prep findings", "/visit-prep actions", "/visit-prep brief 1", "/visit-prep ics 1", "/visit-prep letter 1", "/visit-prep \u0000\ufffd x", "/visit-prep show -1", "/visit-prep show 99999999999999999999",
	"/inspection", "/inspection list", "/inspection show 1", "/inspection sample 3000", "/inspection help", "/inspection plans",
	"/etiquette", "/etiquette phrases dinner", "/etiquette phrases", "/etiquette help", "/etiquette tip", "/etiquette list",
	"/factory", "/factory bright", "/factory score", "/factory market", "/factory nothing of that name", "/factory list",
}

// A person does things, one after the other.
type person struct {
	s    *soak
	in   *place
	id   string
	dice *rand.Rand
	n    int
}

// lives does things until ctx ends. What changes anything is done while the calendar stands.
func (p *person) lives(ctx context.Context) {
	type deed struct {
		often  int
		writes bool
		name   string
		do     func(context.Context) error
	}
	deeds := []deed{
		{6, false, "a question by command", func(context.Context) error {
			return p.types([]string{"/visit-prep ", "/etiquette "}[p.dice.IntN(2)] + p.question())
		}},
		{6, false, "a command that reads", func(context.Context) error { return p.types(readCommands[p.dice.IntN(len(readCommands))]) }},
		{2, false, "a mention", func(context.Context) error { return p.says(p.channel(), "@visitprep "+p.question()) }},
		{2, false, "a direct question", func(context.Context) error { return p.says(p.direct(), p.question()) }},
		{1, false, "Home", func(context.Context) error { return p.in.slack.OpenHome(p.id) }},
		{1, true, "a visit planned", func(ctx context.Context) error { return p.form(ctx, "/visit-prep plan") }},
		{1, true, "an inspection scheduled", func(ctx context.Context) error { return p.form(ctx, "/inspection schedule") }},
		{1, true, "a subscription", func(context.Context) error {
			return p.types("/etiquette " + []string{"subscribe weekly", "subscribe daily", "unsubscribe"}[p.dice.IntN(3)])
		}},
		{4, true, "a button of a message", p.presses},
		{3, true, "a button of Home", p.pressesHome},
		{2, true, "a photo", p.photographs},
		{1, true, "an import", p.imports},
	}
	if home, _ := p.in.slack.Person(p.id); home.TeamID != p.in.slack.TeamID() {
		deeds = []deed{
			{1, false, "an outsider's command", func(context.Context) error { return p.types(readCommands[p.dice.IntN(len(readCommands))]) }},
			{1, false, "an outsider's mention", func(context.Context) error {
				return p.says(localslack.SampleShared, "@visitprep "+p.question())
			}},
			{2, true, "an outsider's click", p.presses},
		}
	}
	var lots []deed
	for _, d := range deeds {
		lots = append(lots, slices.Repeat([]deed{d}, d.often)...)
	}
	for ctx.Err() == nil {
		d := lots[p.dice.IntN(len(lots))]
		if d.writes && !p.s.stands.TryRLock() {
			continue
		}
		err := d.do(ctx)
		p.closesForms()
		if d.writes {
			p.s.stands.RUnlock()
		}
		p.s.did(p.in, d.name, err)
		pause(ctx, time.Duration(200+p.dice.IntN(2000))*time.Millisecond)
	}
}

func (p *person) question() string { return questions[p.dice.IntN(len(questions))] }

// channel is one of those that the person is in and where the app may be written to.
func (p *person) channel() string {
	var in []string
	for _, c := range p.in.slack.Channels(p.id) {
		if !c.IM && c.ID != localslack.SampleGeneral {
			in = append(in, c.ID)
		}
	}
	if len(in) == 0 {
		return localslack.SampleSourcing
	}
	return in[p.dice.IntN(len(in))]
}

func (p *person) direct() string {
	for _, c := range p.in.slack.Channels(p.id) {
		if c.IM {
			return c.ID
		}
	}
	return localslack.SampleSourcing
}

func (p *person) types(line string) error { return p.in.slack.Command(p.id, p.channel(), line) }

func (p *person) says(channel, text string) error {
	_, err := p.in.slack.Say(p.id, channel, "", text)
	return err
}

// form opens a form by a command, fills it in and sends it.
func (p *person) form(ctx context.Context, line string) error {
	if err := p.types(line); err != nil {
		return err
	}
	return p.fills(ctx)
}

// presses presses, or chooses something, in a message of the last ones of a channel.
func (p *person) presses(ctx context.Context) error {
	channel := p.channel()
	if p.dice.IntN(3) == 0 {
		channel = p.direct()
	}
	ms := p.in.heard.lately(channel, p.id)
	if len(ms) == 0 {
		return nil
	}
	m := ms[p.dice.IntN(len(ms))]
	cs := controls(m.Blocks)
	if len(cs) == 0 {
		return nil
	}
	return p.uses(ctx, cs[p.dice.IntN(len(cs))], localslack.Action{Channel: channel, MessageTS: m.TS})
}

func (p *person) pressesHome(ctx context.Context) error {
	home, ok := p.in.slack.Home(p.id)
	if !ok {
		return p.in.slack.OpenHome(p.id)
	}
	cs := controls(home.Blocks)
	if len(cs) == 0 {
		return nil
	}
	return p.uses(ctx, cs[p.dice.IntN(len(cs))], localslack.Action{Home: true})
}

// uses presses a button or makes a choice, and goes on with the form that opens.
func (p *person) uses(ctx context.Context, c control, where localslack.Action) error {
	where.BlockID, where.ActionID = c.block, c.action
	p.chooses(c, &where)
	if err := p.in.slack.Act(p.id, where); err != nil {
		return err
	}
	return p.fills(ctx)
}

// chooses gives an action what it needs, by the kind of its element.
func (p *person) chooses(c control, a *localslack.Action) {
	some := func(of []string) string {
		if len(of) == 0 {
			return ""
		}
		return of[p.dice.IntN(len(of))]
	}
	var colleagues []string
	for _, o := range p.in.slack.People() {
		if o.TeamID == p.in.slack.TeamID() && !o.Bot {
			colleagues = append(colleagues, o.ID)
		}
	}
	switch c.kind {
	case "button":
	case "users_select":
		a.Value = some(colleagues)
	case "multi_users_select":
		a.Values = []string{some(colleagues)}
	case "conversations_select":
		a.Value = []string{localslack.SampleSourcing, localslack.SampleSourcing, spare}[p.dice.IntN(3)]
	case "datepicker":
		a.Value = p.s.calendar.Now().AddDate(0, 0, 2+p.dice.IntN(70)).Format(time.DateOnly)
	case "static_select", "radio_buttons":
		a.Value = some(c.options)
	case "checkboxes":
		if v := some(c.options); v != "" {
			a.Values = []string{v}
		}
	case "external_select":
		typed := *a
		typed.Value = []string{"nin", "bright", "su", "a"}[p.dice.IntN(4)]
		if os, err := p.in.slack.Suggest(p.id, typed); err == nil && len(os) > 0 {
			a.Value = os[p.dice.IntN(len(os))].Value
		}
	default:
		p.n++
		a.Value = []string{"Ningbo Bright Metal", "Suzhou Clear Optics", "3", "12", "Ms Zhang, interpreter", "Day 1: tour", "宁波", "a < b & c", strings.Repeat("long ", 40)}[p.dice.IntN(9)]
		if strings.HasPrefix(c.block, "factory_name") {
			a.Value = fmt.Sprintf("Factory %d of %s, %s", p.n%7, p.id[2:6], p.in.name)
		}
	}
}

// fills fills in the form on top, sends it, and answers a question that comes of it.
func (p *person) fills(ctx context.Context) error {
	waiting, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	defer stop()
	if p.in.slack.WaitFor(waiting, func() bool { return len(p.in.slack.Modals(p.id)) > 0 }) != nil {
		return nil // it answered without a form
	}
	for range 3 {
		open := p.in.slack.Modals(p.id)
		if len(open) == 0 {
			return nil
		}
		v := open[len(open)-1]
		p.in.heard.sees(v.Blocks)
		for _, c := range controls(v.Blocks) {
			input := strings.HasPrefix(c.parent, "input")
			if !input && p.dice.IntN(12) > 0 || input && c.optional && p.dice.IntN(3) > 0 || c.kind == "file_input" {
				continue
			}
			a := localslack.Action{View: v.ID, BlockID: c.block, ActionID: c.action}
			p.chooses(c, &a)
			if err := p.in.slack.Act(p.id, a); err != nil {
				return err
			}
			drawn := func() bool {
				now := p.in.slack.Modals(p.id)
				return len(now) != len(open) || now[len(now)-1].Hash != v.Hash
			}
			if c.acts { // as somebody who sees that it is being drawn
				waiting, stop := context.WithTimeout(ctx, time.Second)
				p.in.slack.WaitFor(waiting, drawn)
				stop()
			}
			if drawn() {
				break
			}
		}
		open = p.in.slack.Modals(p.id)
		if len(open) == 0 || open[len(open)-1].Submit == "" {
			return nil
		}
		if err := p.in.slack.Submit(p.id, open[len(open)-1].ID); err != nil {
			return err
		}
	}
	return nil
}

// closesForms closes what is open. What a command that reads opened is only looked at.
func (p *person) closesForms() {
	for {
		open := p.in.slack.Modals(p.id)
		if len(open) == 0 {
			return
		}
		v := open[len(open)-1]
		p.in.heard.sees(v.Blocks)
		if p.in.slack.CloseModal(p.id, v.ID) != nil {
			return
		}
	}
}

// photographs sends a photo with words that are a finding, or none.
func (p *person) photographs(context.Context) error {
	p.n++
	f, err := p.in.slack.Upload(p.id, fmt.Sprintf("IMG_%04d.jpg", p.n), phototest.Draw(p.dice.Uint64()%5, 640, 480, 1+p.dice.IntN(8), time.Now()))
	if err != nil {
		return err
	}
	where := p.direct()
	if p.dice.IntN(3) == 0 {
		where = localslack.SampleSourcing
	}
	caption := []string{"scratch on the housing, major, 3 of 80", "严重 crack 2/50", "", "minor: label crooked", "@visitprep loose screw, carton 12", "idea: a jig for the gluing"}[p.dice.IntN(6)]
	_, err = p.in.slack.Share(p.id, where, "", caption, f.ID)
	return err
}

// imports records visits as the command import does, beside the program that serves. The command
// itself goes by the machine's clock, by which what the calendar has passed would still be sent.
func (p *person) imports(ctx context.Context) error {
	p.n++
	now := p.s.calendar.Now()
	var vs []visit.Visit
	for n := range 1 + p.dice.IntN(3) {
		day := civil.Of(now).AddDays(10 + p.dice.IntN(90))
		v := visit.Visit{Purpose: "first_visit", First: day, Last: day}
		v.Workspace, v.Owner, v.Channel = p.in.slack.TeamID(), p.id, localslack.SampleSourcing
		v.Factory = visit.Factory{Workspace: v.Workspace, Name: fmt.Sprintf("Imported %s %d-%d, %s", p.id[2:6], p.n, n, p.in.name), City: "Ningbo"}
		vs = append(vs, v)
	}
	_, err := p.s.db.Import(ctx, vs, nil, now)
	return err
}

// A control is something that can be pressed, chosen or typed into.
type control struct {
	kind, block, action, parent string
	optional                    bool
	acts                        bool // the program hears of it at once, and may draw the form anew
	options                     []string
}

func controls(blocks []json.RawMessage) (cs []control) {
	for _, raw := range blocks {
		var b struct {
			ID        string `json:"block_id"`
			Type      string
			Optional  bool
			Acts      bool `json:"dispatch_action"`
			Accessory json.RawMessage
			Element   json.RawMessage
			Elements  []json.RawMessage
		}
		json.Unmarshal(raw, &b)
		for _, e := range append([]json.RawMessage{b.Accessory, b.Element}, b.Elements...) {
			var x struct {
				Type    string
				Action  string `json:"action_id"`
				URL     string
				Options []localslack.Option
				Groups  []struct{ Options []struct{ Value string } } `json:"option_groups"`
			}
			var values struct {
				Options []struct{ Value string }
			}
			json.Unmarshal(e, &x)
			json.Unmarshal(e, &values)
			if x.Action == "" || x.URL != "" {
				continue
			}
			c := control{kind: x.Type, block: b.ID, action: x.Action, parent: b.Type, optional: b.Optional, acts: b.Acts || b.Type != "input"}
			for _, o := range values.Options {
				c.options = append(c.options, o.Value)
			}
			for _, g := range x.Groups {
				for _, o := range g.Options {
					c.options = append(c.options, o.Value)
				}
			}
			cs = append(cs, c)
		}
	}
	return cs
}

// cannot reports whether an error is that of a person who tried what cannot be done, as one
// does with a message that has changed meanwhile.
func cannot(err error) bool {
	var a *localslack.ActError
	return errors.As(err, &a)
}
