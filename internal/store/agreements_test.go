package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// sampleAgreement has something in every field. Its act-by is 1 November 2027.
func sampleAgreement(team string) visit.Agreement {
	return visit.Agreement{
		Workspace: team, Factory: visit.Factory{Name: "Ningbo Bright", Chinese: "宁波光明"}, Place: visit.Place{Channel: "C1", Private: true, ChannelZone: "Europe/Berlin"},
		Owner: "U1", OwnerZone: "Europe/Berlin", By: "U2", Kind: visit.Framework, Title: "Lamps", Visit: 7, Signed: civil.On(2027, 1, 2),
		Signing: visit.Signing{Company: "宁波光明", Code: "91350100M000100Y43", ForUs: "Mia", ForThem: "Mr Wang", Seal: visit.SealCompany, Authority: "seen", Languages: "Chinese"},
		Starts:  civil.On(2027, 1, 3), Ends: civil.On(2027, 12, 31), Renews: 12, Notice: 60, NoticeHow: "courier", Link: "https://x.example/1",
		Terms: visit.AgreementTerms{LeadDays: 45, LeadFrom: "the deposit", MOQ: "500", Payment: "deposit", Incoterm: "FOB Ningbo", WarrantyMonths: 24, ClaimDays: 30, SpareYears: 5,
			Level: "II", AQLMajor: "2.5", AQLMinor: "4.0", Reinspection: "factory", Penalty: "none", Law: "China"},
		Talk: visit.Talk{Channels: "WeChat", AnswerHours: 24, TheirLadder: "Ms Li", OurLadder: "Jonas"},
	}
}

// waiting says what is to be sent about an agreement: on which day, to whom and for which
// milestone.
func (s *Store) waiting(t *testing.T, team string, number int) (days []string) {
	t.Helper()
	for _, o := range must(s.Occurrences(context.Background(), team, OccurrenceFilter{Subject: visit.SubjectOf(visit.OfAgreement, number), States: []visit.State{visit.Pending}})) {
		days = append(days, fmt.Sprintf("%s %s %d", o.Day, o.To, int(o.Milestone)))
	}
	slices.Sort(days)
	return days
}

func TestAnAgreementIsKeptWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := sampleAgreement("T1")
		a, err := s.AddAgreement(ctx, in, noon)
		if err != nil || a.Number != 1 || a.State != visit.AgreementSigned {
			t.Fatalf("the agreement is %+v, %v", a, err)
		}
		want := in
		want.Number, want.Rev, want.Schedule, want.Created, want.State, want.Factory, want.Zone = 1, 1, 1, noon, visit.AgreementSigned, a.Factory, "Asia/Shanghai"
		if got := must(s.Agreement(ctx, "T1", 1)); !reflect.DeepEqual(got, want) {
			t.Errorf("kept is\n%+v, not\n%+v", got, want)
		}
		if other := must(s.AddAgreement(ctx, sampleAgreement("T2"), noon)); other.Number != 1 {
			t.Errorf("the first of another workspace is %d", other.Number)
		}
		if _, err := s.Agreement(ctx, "T1", 2); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("a number that nobody gave is %v", err)
		}
		closed := must(s.ChangeAgreement(ctx, "T1", 1, noon, func(a *visit.Agreement) error {
			if _, err := a.Renew(civil.On(2028, 12, 31), "U3", noon); err != nil {
				return err
			}
			return a.Terminate(civil.On(2027, 6, 30), civil.On(2027, 6, 30), "quality", "U3", noon)
		}))
		if got := must(s.Agreement(ctx, "T1", 1)); !reflect.DeepEqual(got, closed) || got.State != visit.AgreementTerminated || len(got.Renewals) != 1 || got.LastDay != civil.On(2028, 12, 31) {
			t.Errorf("kept is\n%+v, not\n%+v", got, closed)
		}
		if owner, channel, err := s.OwnerOf(ctx, "T1", "agreement/1"); err != nil || owner != "U1" || channel != "C1" {
			t.Errorf("it is owned by %s in %s, %v", owner, channel, err)
		}
		for person, want := range map[string]bool{"U1": true, "U2": true, "U3": false} {
			if theirs := must(s.Theirs(ctx, "T1", person, "agreement/1")); theirs != want {
				t.Errorf("it is %s's: %v", person, theirs)
			}
		}
	})
}

// What is refused changes nothing, and a mistake says where it is.
func TestAnAgreementThatCannotBeIsNotKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		bad := sampleAgreement("T1")
		bad.Ends = civil.On(2026, 1, 1)
		var es visit.InputErrors
		if _, err := s.AddAgreement(ctx, bad, noon); !errors.As(err, &es) || es[0].Field != "ends" {
			t.Errorf("it ends before it begins: %v", err)
		}
		a := must(s.AddAgreement(ctx, sampleAgreement("T1"), noon))
		if a.Number != 1 {
			t.Errorf("what was refused took a number: the next is %d", a.Number)
		}
		before := s.waiting(t, "T1", 1)
		_, err := s.ChangeAgreement(ctx, "T1", 1, noon, func(a *visit.Agreement) error { a.Owner, a.Title = "U9", ""; return nil })
		if !errors.As(err, &es) || es[0].Field != "title" {
			t.Errorf("without a title: %v", err)
		}
		if got := must(s.Agreement(ctx, "T1", 1)); got.Owner != "U1" || !slices.Equal(s.waiting(t, "T1", 1), before) {
			t.Errorf("what was refused has changed it: %s, %q", got.Owner, s.waiting(t, "T1", 1))
		}
	})
}

// The reminders of an agreement are written with it and replaced with its changes, in one
// transaction, and are there after a restart.
func TestTheRemindersOfAnAgreementAreItsOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddAgreement(ctx, sampleAgreement("T1"), noon))
		want := []string{"2027-08-03 U1 -90", "2027-09-02 U1 -60", "2027-10-01 U1 -30", "2027-10-13 U1 -19", "2027-10-25 U1 -7", "2027-11-01 C1 0", "2027-11-01 U1 0", "2028-01-03 U1 1"}
		if got := s.waiting(t, "T1", 1); !slices.Equal(got, want) {
			t.Errorf("what is to come is %q, want %q", got, want)
		}
		later := time.Date(2027, 8, 20, 8, 0, 0, 0, time.UTC)
		change := func(f func(*visit.Agreement)) visit.Agreement {
			t.Helper()
			return must(s.ChangeAgreement(ctx, "T1", 1, later, func(a *visit.Agreement) error { f(a); return nil }))
		}
		if a := change(func(a *visit.Agreement) { a.Title = "Lamps and shades" }); a.Schedule != 1 {
			t.Errorf("another title gives it schedule %d", a.Schedule)
		}
		change(func(a *visit.Agreement) { a.Notice = 90 })
		want = []string{"2027-08-03 U1 -90", "2027-09-02 U1 -30", "2027-09-15 U1 -17", "2027-09-24 U1 -7", "2027-10-01 C1 0", "2027-10-01 U1 0", "2028-01-03 U1 1"}
		if got := s.waiting(t, "T1", 1); !slices.Equal(got, want[1:]) {
			t.Errorf("with 90 days of notice it is %q, want %q", got, want[1:])
		}
		change(func(a *visit.Agreement) { a.GiveNotice("", "U1", later) })
		if got := s.waiting(t, "T1", 1); !slices.Equal(got, want[6:]) {
			t.Errorf("after notice it is %q", got)
		}
		change(func(a *visit.Agreement) { a.TakeBack() })
		if got := s.waiting(t, "T1", 1); !slices.Equal(got, want[1:]) {
			t.Errorf("after it was taken back it is %q, want %q", got, want[1:])
		}
		change(func(a *visit.Agreement) { a.Renews = 0 })
		if got := s.waiting(t, "T1", 1); slices.Contains(got, "2027-10-01 C1 0") || len(got) != 5 {
			t.Errorf("one that does not renew itself tells its channel: %q", got)
		}
	})
}

// What has passed counts when something is read, and when it is changed: the next reminders of
// one that renewed itself are made then.
func TestAnAgreementThatHasEndedReadsAsEnded(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		ends := sampleAgreement("T1")
		ends.Renews = 0
		must(s.AddAgreement(ctx, ends, noon))
		must(s.AddAgreement(ctx, sampleAgreement("T1"), noon))
		draft := sampleAgreement("T1")
		draft.Signed = civil.Date{}
		must(s.AddAgreement(ctx, draft, noon))
		later := time.Date(2028, 1, 2, 8, 0, 0, 0, time.UTC) // a Sunday
		list := func(f Filter) (ns []int) {
			for _, a := range must(s.Agreements(ctx, "T1", f, later)) {
				ns = append(ns, a.Number)
			}
			return ns
		}
		if got := list(Filter{}); !slices.Equal(got, []int{2, 3}) {
			t.Errorf("what holds is %v", got)
		}
		if got := list(Filter{Cancelled: true}); !slices.Equal(got, []int{2, 3, 1}) {
			t.Errorf("with what is over it is %v", got)
		}
		if got := list(Filter{Cancelled: true, Limit: 1, Offset: 1}); !slices.Equal(got, []int{3}) {
			t.Errorf("the second page is %v", got)
		}
		if got := list(Filter{Channels: []string{"C2"}, Own: "U1"}); len(got) != 0 {
			t.Errorf("in another channel there is %v", got)
		}
		if got := list(Filter{Factory: 99}); len(got) != 0 {
			t.Errorf("with another factory there is %v", got)
		}
		a := must(s.ChangeAgreement(ctx, "T1", 2, later, func(*visit.Agreement) error { return nil }))
		if a.Ends != civil.On(2028, 12, 31) || a.State != visit.AgreementRenewed {
			t.Errorf("it is %s until %s", a.State, a.Ends)
		}
		if got := s.waiting(t, "T1", 2); !slices.Contains(got, "2028-11-01 U1 0") || !slices.Contains(got, "2028-01-03 U1 1") {
			t.Errorf("what is to come is %q: the next round, and that it went on", got)
		}
		b := must(s.ChangeAgreement(ctx, "T1", 1, later, func(a *visit.Agreement) error { a.Title = "x"; return nil }))
		if got := s.waiting(t, "T1", 1); b.State != visit.AgreementEnded || !slices.Contains(got, "2028-01-03 U1 1") || len(got) == 0 {
			t.Errorf("it is %s, and nobody is told: %q", b.State, got)
		}
		c := must(s.ChangeAgreement(ctx, "T1", 1, later, func(a *visit.Agreement) error { a.Ends = civil.On(2028, 6, 30); return nil }))
		if c.State != visit.AgreementSigned {
			t.Errorf("with another last day it is %s", c.State)
		}
	})
}

// A channel that moves, is shared or closes takes its agreements along.
func TestAgreementsFollowTheirChannel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := sampleAgreement("T1")
		in.Private = false
		must(s.AddAgreement(ctx, in, noon))
		if _, changed, err := s.NoteChannel(ctx, "T1", ChannelFacts{Channel: "C1", Name: "x", Private: true, Shared: true, Checked: noon}, noon); err != nil || !changed {
			t.Fatal(changed, err)
		}
		if a := must(s.Agreement(ctx, "T1", 1)); !a.Private || !a.Shared {
			t.Errorf("its channel is %+v", a.Place)
		}
		if cs := must(s.Channels(ctx, "T1")); !slices.Equal(cs, []string{"C1"}) {
			t.Errorf("the channels with something are %q", cs)
		}
		if hidden := must(s.HiddenFactories(ctx, "T1")); len(hidden) != 1 {
			t.Errorf("hidden are %v: the factory is known from a private channel only", hidden)
		}
		if err := s.MoveChannel(ctx, "T1", "C1", "C9"); err != nil {
			t.Fatal(err)
		}
		if a := must(s.Agreement(ctx, "T1", 1)); a.Channel != "C9" {
			t.Errorf("it is in %s", a.Channel)
		}
		if got := s.waiting(t, "T1", 1); !slices.Contains(got, "2027-11-01 C9 0") || slices.Contains(got, "2027-11-01 C1 0") {
			t.Errorf("what is to come is %q", got)
		}
	})
}

// A form that arrives twice records one agreement.
func TestAnAgreementIsMadeOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		once := s.Once("T1", noon, "form/V1")
		must(once.AddAgreement(ctx, sampleAgreement("T1"), noon))
		if _, err := once.AddAgreement(ctx, sampleAgreement("T1"), noon); !errors.Is(err, ErrHandled) {
			t.Errorf("the second one: %v", err)
		}
		if as := must(s.Agreements(ctx, "T1", Filter{}, noon)); len(as) != 1 {
			t.Errorf("there are %d", len(as))
		}
	})
}

func TestTheRemindersOfAnAgreementSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "v.db")
	s := must(open(t, file, true))
	must(s.AddAgreement(context.Background(), sampleAgreement("T1"), noon))
	before := s.waiting(t, "T1", 1)
	s.Close()
	again := must(Open(context.Background(), Options{URL: file, Timing: visit.DefaultTiming(), Logger: slog.New(slog.DiscardHandler), Owner: true}))
	defer again.Close()
	if got := again.waiting(t, "T1", 1); len(before) != 8 || !slices.Equal(got, before) {
		t.Errorf("after a restart %q, before %q", got, before)
	}
}
