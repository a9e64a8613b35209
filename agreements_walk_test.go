package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
)

// Over two years of the clock, an agreement that renews itself is told of when it must be acted
// on, and so again in the next year: what the scheduler sends is what the owner and the channel
// read.
func TestAnAgreementOverTwoYears(t *testing.T) {
	m := &months{t: t, seen: map[string]bool{}, noted: map[string]int{}}
	synctest.Test(t, func(t *testing.T) {
		m.t = t
		m.begin("2026-06-01 09:00")
		ctx := context.Background()
		a := visit.Agreement{
			Workspace: m.TeamID(), Factory: visit.Factory{Name: "Ningbo Bright Metal"}, Owner: localslack.SampleMia, OwnerZone: "Europe/Berlin", By: localslack.SampleMia,
			Place: visit.Place{Channel: localslack.SampleSourcing, ChannelZone: "Europe/Berlin"}, Kind: visit.Framework, Title: "Lamp housings",
			Signed: civil.On(2026, 1, 5), Ends: civil.On(2026, 12, 31), Renews: 12, Notice: 60,
		}
		a, err := m.app.db.AddAgreement(ctx, a, time.Now())
		m.no(err)
		m.until("2028-01-10 12:00")
		var sent []string
		os, err := m.app.db.Occurrences(ctx, m.TeamID(), store.OccurrenceFilter{Subject: a.Subject(), States: []visit.State{visit.Sent}})
		m.no(err)
		for _, o := range os {
			sent = append(sent, o.Sent.In(time.UTC).Format(time.DateOnly)+" "+o.To)
		}
		// 2 October is a holiday, 1 November a Sunday; in 2027 the last one falls on a Monday.
		mia, channel := localslack.SampleMia, localslack.SampleSourcing
		want := []string{
			"2026-08-03 " + mia, "2026-09-02 " + mia, "2026-09-30 " + mia, "2026-10-14 " + mia, "2026-10-23 " + mia, "2026-10-30 " + channel, "2026-10-30 " + mia, "2027-01-04 " + mia,
			"2027-08-03 " + mia, "2027-09-02 " + mia, "2027-09-30 " + mia, "2027-10-13 " + mia, "2027-10-25 " + mia, "2027-11-01 " + channel, "2027-11-01 " + mia, "2028-01-03 " + mia,
		}
		if !slices.Equal(sent, want) {
			t.Errorf("sent were\n%s\nwant\n%s", strings.Join(sent, "\n"), strings.Join(want, "\n"))
		}
		read := 0
		for _, c := range m.Channels(mia) {
			for _, msg := range m.Messages(mia, c.ID) {
				if strings.Contains(msg.Text, "Lamp housings") {
					read++
				}
			}
		}
		if read != len(want) {
			t.Errorf("Mia reads of it %d times, want %d", read, len(want))
		}
		if now, err := m.app.db.Agreement(ctx, m.TeamID(), a.Number); err != nil || now.Ends != civil.On(2028, 12, 31) || len(now.Renewals) != 2 {
			t.Errorf("in the end it is %+v, %v", now, err)
		}
	})
}
