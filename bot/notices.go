package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Tell says whom to tell of a message that was given up: whoever planned what it is about,
// then its other people, then the workspace's admins; the first of them whom tried does
// not name and whom Slack still knows as a colleague. It is empty when all were tried, and
// an error when Slack does not say.
func (rm *Reminders) Tell(ctx context.Context, lost visit.Occurrence, tried []string) (string, error) {
	reach := func(people []string) string {
		for _, p := range people {
			if p != "" && !slices.Contains(tried, p) && rm.reachable(ctx, lost.Workspace, p) {
				return p
			}
		}
		return ""
	}
	if c, _ := lost.Change(); lost.Kind == visit.News && c == visit.Closed {
		return "", nil // each of its people is told of their own
	}
	people, err := rm.concerned(ctx, &lost)
	if err != nil && !errors.Is(err, visit.ErrNotFound) {
		return "", err
	}
	if lost.Kind == visit.Tip {
		if told, err := rm.toldLately(ctx, &lost); told || err != nil {
			return "", err
		}
	}
	if p := reach(people); p != "" {
		return p, nil
	}
	admins, err := rm.directory.admins(ctx, lost.Workspace)
	if err != nil {
		return "", fmt.Errorf("ask who the admins are: %w", err)
	}
	return reach(admins), nil
}

// concerned are the people of what a message is about, whoever planned it first. A
// person's own list concerns them, and then whoever planned what they have items of, the
// most urgent first. News of a channel concerns all who have something there; nobody has
// planned a tip.
func (rm *Reminders) concerned(ctx context.Context, o *visit.Occurrence) ([]string, error) {
	kind, id := o.Subject.Cut()
	switch kind {
	case visit.OfVisit, visit.OfInspection:
		a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
		if err != nil {
			return nil, err
		}
		people := peopleOf(a)
		if o.Kind == visit.NewReport {
			r, err := rm.reports.of(ctx, o)
			if err != nil {
				return nil, err
			}
			people = append([]string{r.Made.By}, people...)
		}
		return people, nil
	case visit.OfPerson:
		people := []string{id}
		if o.Kind == visit.Overview { // nobody else waits for it
			return people, nil
		}
		tasks, err := rm.o.Store.Tasks(ctx, o.Workspace, id)
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			owner, _, err := rm.o.Store.OwnerOf(ctx, o.Workspace, t.Subject)
			if err != nil {
				return nil, err
			}
			people = append(people, owner)
		}
		return people, nil
	case visit.OfAgreement:
		a, err := rm.o.Store.Agreement(ctx, o.Workspace, o.Subject.Number())
		return []string{a.Owner, a.By}, err
	case visit.OfFactory:
		return rm.ofFactory(ctx, o)
	case visit.OfContact, visit.OfIntroduction, visit.OfPromise:
		owner, _, err := rm.o.Store.OwnerOf(ctx, o.Workspace, o.Subject)
		return []string{owner}, err
	case visit.OfPlan:
		owner, _, err := rm.o.Store.OwnerOf(ctx, o.Workspace, o.Subject)
		return []string{owner}, err
	case visit.OfChannel:
		switch o.Kind {
		case visit.Tip:
			return rm.subscriber(ctx, o, visit.RecurTip)
		case visit.MarketDigest:
			return rm.subscriber(ctx, o, visit.RecurMarket)
		}
		ws, err := rm.news.in(ctx, rm.english, o.Workspace, id)
		if o.Kind != visit.News || err != nil {
			return nil, err
		}
		return everybodyOf(ws), nil
	}
	return nil, nil
}

// ofFactory are who logged and who reviews the actions that a reminder of a factory alone was to tell of, or
// that a notice of such reminders tells of.
func (rm *Reminders) ofFactory(ctx context.Context, o *visit.Occurrence) (people []string, err error) {
	lost := []visit.Occurrence{*o}
	if o.Kind == visit.Notice {
		if lost, err = rm.noticed(ctx, o); err != nil {
			return nil, err
		}
	}
	var reviewers []string
	for n := range lost {
		due, err := rm.actionsDue(ctx, &lost[n])
		if err != nil {
			return nil, err
		}
		for _, d := range due {
			people, reviewers = append(people, d.Owner), append(reviewers, d.Action.Reviewer)
		}
	}
	return append(people, reviewers...), nil
}

// noticed are the messages that a notice tells of, those that are still kept.
func (rm *Reminders) noticed(ctx context.Context, o *visit.Occurrence) (lost []visit.Occurrence, err error) {
	for _, key := range strings.Split(o.Payload, "\n") {
		l, err := rm.o.Store.Occurrence(ctx, o.Workspace, key)
		if errors.Is(err, visit.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lost = append(lost, l)
	}
	return lost, nil
}

// subscriber is whoever asked for the tips or the digest of a channel, if that is known.
func (rm *Reminders) subscriber(ctx context.Context, o *visit.Occurrence, kind visit.RecurKind) ([]string, error) {
	sc, err := rm.o.Store.Schedule(ctx, o.Workspace, kind, o.Subject)
	if errors.Is(err, visit.ErrNotFound) {
		return nil, nil
	}
	return []string{sc.By}, err
}

// tipNotices is how long after a notice nobody is told again that the tips of the same channel
// cannot come: the next one says no more than the last.
const tipNotices = 7 * 24 * time.Hour

func (rm *Reminders) toldLately(ctx context.Context, lost *visit.Occurrence) (bool, error) {
	ns, err := rm.o.Store.Occurrences(ctx, lost.Workspace, store.OccurrenceFilter{
		Subject: lost.Subject, Kinds: []visit.Kind{visit.Notice}, States: []visit.State{visit.Sent, visit.Pending, visit.Sending}, From: rm.o.Now().Add(-tipNotices),
	})
	return len(ns) > 0, err
}

// peopleOf are whoever planned a visit or an inspection and whoever goes there, if they
// have an account in Slack.
func peopleOf(a visit.Appointment) []string {
	people := []string{a.Common().Owner}
	switch a := a.(type) {
	case *visit.Visit:
		for _, p := range a.People {
			people = append(people, p.User)
		}
	case *visit.Inspection:
		people = append(people, a.Inspector)
	}
	return people
}

// reachable reports whether somebody may be written to about what is the workspace's own.
// Where Slack does not say, it does when they are written to.
func (rm *Reminders) reachable(ctx context.Context, team, id string) bool {
	ours, err := rm.directory.colleague(ctx, team, id)
	return ours || err != nil
}

// errDeactivated is Slack's word for writing to somebody who has left. It says so only where
// they were never written to before; where they were, the message would reach nobody.
var errDeactivated = errors.New("user_disabled")

// gone reports whether a message is for somebody whose account is deactivated.
func (rm *Reminders) gone(ctx context.Context, o *visit.Occurrence) bool {
	if !visit.IsPerson(o.To) {
		return false
	}
	p, err := rm.directory.person(ctx, o.Workspace, o.To)
	return err == nil && p.deactivated
}

// Reason says in plain words, as part of a sentence, why a message was given up.
func Reason(p *lang.Printer, o *visit.Occurrence) string {
	is := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(o.Error, w) })
	}
	switch {
	case is("missing_scope", "not_allowed_token_type", "no_permission", "access_denied", "enterprise_is_restricted"):
		return p.T("Visit Prep lacked a permission")
	case is("token", "auth", "account_inactive", "app_uninstalled", "team_access_not_granted", "org_login_required", "team_added_to_org", "two_factor_setup_required"):
		return p.T("Visit Prep was not connected to this workspace")
	case is(string(visit.Unreachable), string(visit.NoAnswer), "service_unavailable", "request_timeout", "accesslimited", "http_", "deprecated"):
		return p.T("Slack could not be reached in time")
	case o.State == visit.Expired:
		return p.T("it was too late to be useful")
	case is("is_archived"):
		return p.T("the channel is archived")
	case is("not_in_channel"):
		return p.T("I'm not in the channel; type /invite @visitprep there")
	case is("channel_not_found"):
		if visit.IsPerson(o.To) {
			return p.T("its reader can't be reached in Slack")
		}
		return p.T("the channel was deleted, or I'm no longer in it; type /invite @visitprep there")
	case is("user_disabled", "user_not_found", "cannot_dm", "user_not_visible", "users_not_found", "user_is_bot", "is_inactive"):
		return p.T("its reader can't be reached in Slack")
	case is("restricted", "posting_to_general_channel_denied", "not_allowed"):
		return p.T("the workspace doesn't let me post there")
	case is("internal_error", "fatal_error"):
		return p.T("Slack had trouble with it each time")
	}
	return p.T("Slack rejected it")
}

// lostShown is how many messages a notice and the status name; the rest are counted.
const lostShown = 5

// notice tells of messages that reached nobody: one names them all. Who is not of a
// private channel reads no more than a number.
func (rm *Reminders) notice(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	lost, err := rm.noticed(ctx, o)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	m := new(blocks.Message)
	var handed, changed, others []visit.Occurrence
	for _, l := range lost {
		switch l.Kind {
		case visit.News: // it is told to somebody else
			l.To = o.To
			news, err := rm.news.message(ctx, &l)
			if err != nil {
				return nil, err
			}
			if news != nil {
				m.Append(news)
			}
		case visit.NewReport:
			handed = append(handed, l)
		case visit.Changed:
			if had, err := rm.hadDirectly(ctx, o.To, &l); err != nil {
				return nil, err
			} else if !had {
				changed = append(changed, l)
			}
		default:
			others = append(others, l)
		}
	}
	if err := rm.lostReports(ctx, m, o, handed); err != nil {
		return nil, err
	}
	if err := rm.lostChanges(ctx, m, o, changed); err != nil {
		return nil, err
	}
	if err := rm.lostReminders(ctx, m, o, others); err != nil || len(m.Blocks) == 0 {
		return nil, err
	}
	return m, nil
}

// lostReports tells of reports that reached nobody.
func (rm *Reminders) lostReports(ctx context.Context, m *blocks.Message, o *visit.Occurrence, lost []visit.Occurrence) error {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	if len(lost) == 0 {
		return nil
	}
	named, _, err := rm.names(ctx, p, o, &lost[0])
	if err != nil {
		return err
	}
	var said []string
	for n := range lost {
		words := p.T("The report about %s could not be handed in: %s.", named, Reason(p.Printer, &lost[n]))
		if !slices.Contains(said, words) {
			m.Say(words)
			said = append(said, words)
		}
	}
	m.Add(blocks.Actions(blocks.Button(actMakeReport, blocks.Subject(o.Subject), p.T("Make report"))))
	return nil
}

// hadDirectly reports whether somebody was told directly of a change that others were not told of.
func (rm *Reminders) hadDirectly(ctx context.Context, person string, lost *visit.Occurrence) (bool, error) {
	direct, err := rm.o.Store.Occurrence(ctx, lost.Workspace, strings.TrimSuffix(lost.Key, lost.To)+person)
	if errors.Is(err, visit.ErrNotFound) {
		return false, nil
	}
	return direct.State == visit.Sent, err
}

// lostChanges tells of news of a visit or an inspection that reached nobody.
func (rm *Reminders) lostChanges(ctx context.Context, m *blocks.Message, o *visit.Occurrence, lost []visit.Occurrence) error {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	if len(lost) == 0 {
		return nil
	}
	named, theirs, err := rm.names(ctx, p, o, &lost[0])
	if err != nil {
		return err
	}
	m.Say(p.T("What changed about %s could not be told: %s. Please tell those whom it touches yourself.", named, Reason(p.Printer, &lost[0])))
	if theirs {
		m.Add(blocks.Actions(openButton(p, o.Subject)))
	}
	return nil
}

// lostReminders tells of all other messages that reached nobody.
func (rm *Reminders) lostReminders(ctx context.Context, m *blocks.Message, o *visit.Occurrence, lost []visit.Occurrence) error {
	p := rm.directory.printerOf(ctx, o.Workspace, o.To)
	if len(lost) == 0 {
		return nil
	}
	named, theirs, err := rm.names(ctx, p, o, &lost[0])
	if err != nil {
		return err
	}
	if len(lost) == 1 {
		m.Say(p.T("A reminder about %s, due on %s, could not be delivered: %s.", named, rm.dueDay(p, &lost[0]), Reason(p.Printer, &lost[0])))
	} else {
		m.Say(p.T("%d reminders about %s could not be delivered:", len(lost), named))
		for _, l := range lost[:min(len(lost), lostShown)] {
			m.Say(p.T("Due on %s: %s.", rm.dueDay(p, &l), Reason(p.Printer, &l)))
		}
		if more := len(lost) - lostShown; more > 0 {
			m.Say(p.T("And %d more.", more))
		}
	}
	if first, err := rm.concerned(ctx, o); err == nil && len(first) > 0 && first[0] != o.To {
		m.Add(blocks.Note(p.M("I'm telling you because %s can't be reached.", blocks.Mention(first[0]))))
		m.Text.Line(p.T("I'm telling you because whoever should know of it first can't be reached."))
	}
	if b := rm.wayOn(p, o.Subject, lost[0].Kind, theirs); b != nil {
		m.Add(blocks.Actions(b))
	}
	return nil
}

// wayOn is the button below what was lost: it stops what a channel gets, or opens what is the
// reader's. It is nil where there is none.
func (rm *Reminders) wayOn(p blocks.Printer, about visit.Subject, lost visit.Kind, theirs bool) slack.BlockElement {
	kind, id := about.Cut()
	switch {
	case lost == visit.Tip && kind == visit.OfChannel:
		return stopTips(p, id)
	case lost == visit.MarketDigest && kind == visit.OfChannel:
		return stopDigest(p, id)
	case theirs && kind == visit.OfVisit:
		return blocks.Button(actOpen, blocks.Subject(about), p.T("Show visit"))
	case theirs && kind == visit.OfInspection:
		return blocks.Button(actOpen, blocks.Subject(about), p.T("Show inspection"))
	}
	return nil
}

// names says what a notice is about, as its reader may know it, and whether they may open
// it.
func (rm *Reminders) names(ctx context.Context, p blocks.Printer, o, lost *visit.Occurrence) (name string, theirs bool, err error) {
	kind, id := o.Subject.Cut()
	switch kind {
	case visit.OfVisit, visit.OfInspection:
		a, err := rm.o.Store.Appointment(ctx, o.Workspace, o.Subject)
		if err != nil {
			return "", false, err
		}
		switch err := rm.access.canSee(ctx, o.Workspace, o.To, o.Subject, a.Common().Channel); {
		case err == nil:
			return a.Title(p.Printer), true, nil
		case !errors.Is(err, errNotYours):
			return "", false, err
		case kind == visit.OfInspection:
			return p.T("inspection %d", o.Subject.Number()), false, nil
		}
		return p.T("visit %d", o.Subject.Number()), false, nil
	case visit.OfPerson:
		if id == o.To {
			return p.T("your open items"), false, nil
		}
		who := id
		if p, err := rm.directory.person(ctx, o.Workspace, id); err == nil {
			who = p.name
		}
		return p.T("the open items of %s", who), false, nil
	case visit.OfChannel:
		if c, err := rm.directory.channel(ctx, o.Workspace, id); err == nil && !c.private && c.name != "" && lost.Kind == visit.Tip {
			return p.T("the tips for #%s", c.name), false, nil
		}
	}
	return rm.about(ctx, p, lost), false, nil
}

// dueDay is the day on which a message was due, where it was to be read.
func (rm *Reminders) dueDay(p blocks.Printer, o *visit.Occurrence) string {
	return blocks.OnDay(p, civil.Of(o.Due.In(zoneOr(o.Zone))))
}
