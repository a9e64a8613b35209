package bot

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"visitprep/internal/blocks"
	"visitprep/internal/visit"
)

// agreementDue words what is to be known of an agreement: that it must be acted on, or that it
// has ended or gone on. It is nil where nothing is to be said any more: somebody has decided, or
// the message is for a channel that another company reads. o.To becomes who reads it.
func (rm *Reminders) agreementDue(ctx context.Context, o *visit.Occurrence) (*blocks.Message, error) {
	a, err := rm.o.Store.Agreement(ctx, o.Workspace, o.Subject.Number())
	if err != nil {
		return nil, err
	}
	now := rm.o.Now()
	if past := a.Clone(); past.RollOver(a.Today(now)) { // its next reminders are made with that
		a, err = rm.o.Store.ChangeAgreement(ctx, o.Workspace, a.Number, now, func(*visit.Agreement) error { return nil })
		if err != nil {
			return nil, err
		}
	}
	if !a.Stands(o) {
		return nil, nil
	}
	if !visit.IsPerson(o.To) {
		o.To = a.Channel // it may have moved meanwhile
		if to, err := rm.directory.readers(ctx, o.Workspace, o.To); err != nil || to == everyone {
			return nil, err
		}
	} else if err := rm.agreementReader(ctx, o, &a); err != nil || o.To == "" {
		return nil, err
	}
	p := rm.directory.printerOf(ctx, o.Workspace, o.To) // of who reads it in the end
	return rm.words(p, "").agreementMessage(p, &a, o), nil
}

// agreementReader has o go to whom it is for: its owner, or whoever recorded it where the owner
// may not see it any more, or the channel if nobody else reads there. With none of them it has
// no reader.
func (rm *Reminders) agreementReader(ctx context.Context, o *visit.Occurrence, a *visit.Agreement) error {
	for _, person := range []string{o.To, a.By} {
		err := rm.access.canSee(ctx, o.Workspace, person, a.Subject(), a.Channel)
		if err == nil || !errors.Is(err, errNotYours) {
			o.To = person
			return err
		}
	}
	o.To = a.Channel
	to, err := rm.directory.readers(ctx, o.Workspace, o.To)
	if to == everyone {
		o.To = ""
	}
	return err
}

// agreementMessage is the reminder of an agreement.
func (wd *wording) agreementMessage(p blocks.Printer, a *visit.Agreement, o *visit.Occurrence) *blocks.Message {
	m := new(blocks.Message)
	head := p.T("%s, with %s", a.Heading(p.Printer), a.Factory.Name)
	about := blocks.Subject(a.Subject())
	if o.Milestone == visit.AfterEnd {
		if last, itself := a.RenewedItself(); itself && a.State != visit.AgreementEnded {
			m.Say(p.T("%s: it renewed itself after %s, until %s.", head, blocks.OnDay(p, last.From), blocks.OnDay(p, a.Ends)))
			m.Say(p.T("Next time notice must arrive by %s.", blocks.OnDay(p, a.ActBy())))
		} else {
			m.Say(p.T("%s: it ended on %s.", head, blocks.OnDay(p, a.Ends)))
			m.Say(p.T("If both sides go on, sign anew and press Renew agreement. Until then it may no longer apply."))
		}
		es := []slack.BlockElement{blocks.Button(actOpen, about, p.T("Show agreement")), blocks.Button(actRenew, about, p.T("Renew agreement"))}
		m.Add(blocks.Actions(es...))
		return m
	}
	today := a.Today(wd.o.Now())
	by, ahead := blocks.OnDay(p, a.ActBy()), blocks.Ahead(p, a.ActBy(), today)
	if a.Renews > 0 {
		m.Say(p.T("%s: it renews itself by %d months unless notice arrives by %s (%s).", head, a.Renews, by, ahead))
	} else {
		m.Say(p.T("%s: it ends on %s. What you decide must arrive by %s (%s).", head, blocks.OnDay(p, a.Ends), by, ahead))
	}
	if send := a.SendBy(&wd.o.Timing); send.Before(today) {
		m.Say(p.T("The day to send it, %s, has passed: use the fastest way that the agreement allows.", blocks.OnDay(p, send)))
	} else {
		m.Say(p.T("Send it by %s.", blocks.OnDay(p, send)))
	}
	if a.NoticeHow != "" {
		m.Say(p.T("How notice must be given: %s", a.NoticeHow))
	}
	if a.Kind == visit.Certificate {
		m.Say(p.T("A certificate: ask for the new one, and verify it with the issuing body."))
	}
	m.Add(blocks.Actions(
		blocks.Button(actRenew, about, p.T("Renew agreement")), blocks.Button(actEndAgreement, about, p.T("End agreement")),
		blocks.Button(actOpen, about, p.T("Show agreement"))))
	m.Add(blocks.Note(blocks.Escape(lawyerWords(p))))
	m.Text.Line(lawyerWords(p))
	return m
}
