package bot

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// overview posts the overview of a month to a person, by the clock of the stage.
func (s *stage) overview(who, month string) (visit.Delivery, localslack.Message) {
	s.t.Helper()
	first := must(civil.Parse(month + "-01")).AddMonths(1)
	o := visit.Occurrence{Workspace: s.TeamID(), Key: "overview/" + who + month, Kind: visit.Overview, Subject: visit.SubjectOf(visit.OfPerson, who), To: who, Zone: "Europe/Berlin",
		Day: first, Payload: month, Due: s.bot.o.Now(), Wake: s.bot.o.Now()}
	d := s.posted(o)
	for _, m := range s.Messages(who, s.direct(who)) {
		if d.Outcome == visit.Delivered && m.TS == d.TS {
			return d, m
		}
	}
	return d, localslack.Message{}
}

// inspectedAt records an inspection with its result.
func (s *stage) inspectedAt(factory, channel string, due civil.Date, r visit.Result) {
	s.t.Helper()
	ctx, st := context.Background(), s.bot.o.Store
	i := visit.Inspection{Work: visit.Work{Workspace: s.TeamID(), Factory: visit.Factory{Name: factory}, Place: in(channel), Owner: mia}, Type: "pre_shipment", Due: due}
	i = must(st.AddInspection(ctx, i, due.AddDays(-20).Start(time.UTC)))
	if r == "" {
		return
	}
	at := due.Start(time.UTC).Add(30 * time.Hour)
	must(st.ChangeInspection(ctx, s.TeamID(), i.Number, at, func(i *visit.Inspection) error {
		_, err := i.Report(r, "", mia, at)
		return err
	}))
}

// visitedAt records a visit.
func (s *stage) visitedAt(factory, channel string, first civil.Date) visit.Visit {
	s.t.Helper()
	return must(s.bot.o.Store.PlanVisit(context.Background(), visit.Visit{Work: visit.Work{Workspace: s.TeamID(), Factory: visit.Factory{Name: factory}, Place: in(channel), Owner: mia},
		Purpose: "first_visit", First: first, Last: first.AddDays(1)}, first.AddDays(-30).Start(time.UTC)))
}

// subscribes switches the overview of a person on or off in their settings.
func (s *stage) subscribes(who, how string) {
	s.t.Helper()
	v := s.openSettings(who)
	s.enter(who, v, fieldMonthly, how)
	s.send(who, v)
	s.bot.Wait()
}

func TestAPersonSwitchesTheirOverviewOnAndOff(t *testing.T) {
	s := newStage(t, overHTTP)
	s.at("2027-03-15T08:00:00Z")
	subject := visit.SubjectOf(visit.OfPerson, mia)
	schedule := func() (visit.Schedule, error) {
		return s.bot.o.Store.Schedule(context.Background(), s.TeamID(), visit.RecurOverview, subject)
	}
	if _, err := schedule(); !errors.Is(err, visit.ErrNotFound) {
		t.Fatalf("nobody has asked for it: %v", err)
	}
	s.subscribes(mia, monthlyOff)
	if _, err := schedule(); !errors.Is(err, visit.ErrNotFound) {
		t.Errorf("left off, it is %v", err)
	}
	s.subscribes(mia, monthlyOn)
	sc, err := schedule()
	if err != nil || sc.Zone != "Europe/Berlin" || !sc.Next.Equal(time.Date(2027, 4, 1, 7, 0, 0, 0, time.UTC)) {
		t.Fatalf("on, it is %+v, %v", sc, err)
	}
	v := s.openSettings(mia)
	if text := blockText(v.Blocks); !strings.Contains(text, "Monthly overview") {
		t.Errorf("her settings are\n%s", text)
	}
	s.send(mia, v) // nothing changed: it stays as it is
	s.bot.Wait()
	if again, err := schedule(); err != nil || again.Rev != sc.Rev {
		t.Errorf("sent once more it is %+v, %v", again, err)
	}
	s.subscribes(mia, monthlyOff)
	if _, err := schedule(); !errors.Is(err, visit.ErrNotFound) {
		t.Errorf("off, it is %v", err)
	}
	if d, _ := s.overview(mia, "2027-02"); d.Outcome != visit.NothingSaid {
		t.Errorf("turned off meanwhile, it says %+v", d)
	}
	s.nothingRefused()
}

func TestTheOverviewOfAMonth(t *testing.T) {
	s := newPrivateStage(t)
	now := s.at("2027-03-01T08:00:00Z")
	s.subscribes(mia, monthlyOn)
	s.subscribes(jonas, monthlyOn)
	_, m := s.overview(mia, "2027-02")
	expect(t, m, "Your month: February 2027", "Nothing to report")

	v := s.visitedAt("Ningbo Bright", sourcing, civil.On(2027, 2, 10))
	s.visitedAt("Ningbo Bright", sourcing, civil.On(2027, 1, 12))
	s.visitedAt("Ningbo Bright", sourcing, civil.On(2027, 3, 22))
	s.visitedAt("Secret Works", project, civil.On(2027, 2, 17))
	for _, day := range []civil.Date{civil.On(2026, 12, 3), civil.On(2027, 1, 10), civil.On(2027, 2, 3), civil.On(2027, 2, 12)} {
		s.inspectedAt("Ningbo Bright", sourcing, day, visit.Passed)
	}
	s.inspectedAt("Ningbo Bright", sourcing, civil.On(2027, 2, 20), visit.Failed)
	s.inspectedAt("Ningbo Bright", sourcing, civil.On(2027, 2, 22), "")
	s.inspectedAt("Secret Works", project, civil.On(2027, 2, 21), visit.Failed)
	f := s.logs(visit.Finding{Subject: v.Subject(), Kind: visit.OfProduct, Severity: visit.Critical, Text: "sharp edge", By: mia, At: time.Date(2027, 2, 10, 4, 0, 0, 0, time.UTC)}, 0)
	must(s.bot.o.Store.ChangeAction(context.Background(), s.TeamID(), f.Number, now, func(f *visit.Finding, a *visit.Action) error {
		return a.SetDue(f, civil.On(2027, 2, 24), "", visit.Doer{By: mia, Lead: mia, Now: time.Date(2027, 2, 11, 4, 0, 0, 0, time.UTC), Today: civil.On(2027, 2, 11)})
	}))
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Factory.Name, a.Signed, a.Ends, a.Notice = "Ningbo Bright", civil.On(2026, 5, 1), civil.On(2027, 4, 30), 30
	})
	s.agreed(sourcing, func(a *visit.Agreement) {
		a.Factory.Name, a.Title, a.Signed, a.Ends = "Ningbo Bright", "Far off", civil.On(2026, 5, 1), civil.On(2027, 12, 31)
	})

	_, m = s.overview(mia, "2027-02")
	expect(t, m, "Visits made (2)", "Ningbo Bright: Wed 10 to Thu 11 February 2027", "Secret Works", "Visits in the next 60 days (1)",
		"Inspections: 2 passed, 2 failed, 1 overdue", "was due on 22 February and has no result", "Inspections by month", "Feb 2027 2",
		"Corrective actions: 1 open, 1 overdue", "1 overdue, since 24 February", "Agreements that end in the next 90 days (1)", "Lamp housings",
		"Risk has changed (1)", "Ningbo Bright: high, was new. A critical finding is open.", "It comes on the first working day")
	if strings.Contains(says(m), "Far off") {
		t.Errorf("it tells of an agreement of next winter:\n%s", says(m))
	}
	if charts := strings.Count(fmt.Sprintf("%s", m.Blocks), `"data_visualization"`); charts != 1 {
		t.Errorf("it has %d charts", charts)
	}
	s.golden("overview of a month", m)
	_, theirs := s.overview(jonas, "2027-02")
	expect(t, theirs, "Visits made (1)", "Inspections: 2 passed, 1 failed, 1 overdue")
	if strings.Contains(says(theirs), "Secret Works") || strings.Contains(fmt.Sprintf("%s", theirs.Blocks), "Secret") {
		t.Errorf("who is not in the private channel reads\n%s", says(theirs))
	}
	s.Leave(mia, project)
	s.bot.directory.channels.drop(inTeam(s.TeamID(), project))
	s.bot.Wait()
	if _, m = s.overview(mia, "2027-02"); strings.Contains(says(m), "Secret Works") {
		t.Errorf("who has left the private channel reads\n%s", says(m))
	}
	s.nothingRefused()
}

func TestTheOverviewInChinese(t *testing.T) {
	s := newStage(t, overHTTP)
	s.at("2027-03-01T08:00:00Z")
	s.subscribes(mia, monthlyOn)
	s.speaks(mia, "zh-CN")
	s.visitedAt("Ningbo Bright", sourcing, civil.On(2027, 2, 10))
	s.inspectedAt("Ningbo Bright", sourcing, civil.On(2027, 2, 3), visit.Passed)
	_, m := s.overview(mia, "2027-02")
	expect(t, m, "月度概览：2027年2月", "已拜访（1）", "验货：合格1，不合格0，逾期0")
	s.nothingRefused()
}

// Where Slack does not take the chart, the figures stand there all the same.
func TestTheOverviewWithoutItsChart(t *testing.T) {
	s := newStage(t, overHTTP)
	s.at("2027-03-01T08:00:00Z")
	s.subscribes(mia, monthlyOn)
	s.inspectedAt("Ningbo Bright", sourcing, civil.On(2027, 1, 3), visit.Passed)
	s.inspectedAt("Ningbo Bright", sourcing, civil.On(2027, 2, 3), visit.Passed)
	s.Fail("chat.postMessage", "invalid_blocks", 1)
	d, m := s.overview(mia, "2027-02")
	if d.Outcome != visit.Delivered {
		t.Fatalf("it is %+v", d)
	}
	expect(t, m, "Inspections by month", "Feb 2027 1")
	if strings.Contains(fmt.Sprintf("%s", m.Blocks), "data_visualization") {
		t.Error("it has the chart that Slack refused")
	}
}

// A guest is not asked whether they want it, and does not get it by a form of their own.
func TestWhoIsNoColleagueGetsNoOverview(t *testing.T) {
	s := newStage(t, overHTTP)
	done(t, s.AddPerson(localslack.Person{ID: "U0NOORGUEST", Name: "noor", RealName: "Noor Haddad", TZ: "Europe/Berlin", TeamID: s.TeamID(), Guest: localslack.Restricted}))
	chosen := map[string]any{"type": "static_select", "selected_option": map[string]any{"text": map[string]any{"type": "plain_text", "text": "On"}, "value": monthlyOn}}
	s.slackSends(formType, url.Values{"payload": {string(blocks.MustJSON(map[string]any{
		"type": "view_submission", "team": map[string]any{"id": s.TeamID()}, "user": map[string]any{"id": "U0NOORGUEST", "team_id": s.TeamID()}, "api_app_id": s.AppID(),
		"view": map[string]any{"id": "V0UNSEEN01", "type": "modal", "callback_id": string(modalSettings), "state": map[string]any{"values": map[string]any{fieldMonthly: map[string]any{blocks.InputAction: chosen}}}},
	}))}}.Encode())
	s.bot.Wait()
	if scs := must(s.bot.o.Store.Schedules(context.Background(), s.TeamID(), visit.RecurOverview)); len(scs) != 0 {
		t.Errorf("there is %+v", scs)
	}
}

// Who has left the company gets none any more, and the schedule ends.
func TestWhoIsNoColleagueAnyMoreGetsNoOverview(t *testing.T) {
	s := newStage(t, overHTTP)
	s.at("2027-03-01T08:00:00Z")
	s.subscribes(jonas, monthlyOn)
	done(t, s.SetGuest(jonas, localslack.Restricted))
	s.bot.Wait()
	if d, _ := s.overview(jonas, "2027-02"); d.Outcome != visit.NothingSaid {
		t.Errorf("a guest gets %+v", d)
	}
	if scs := must(s.bot.o.Store.Schedules(context.Background(), s.TeamID(), visit.RecurOverview)); len(scs) != 0 {
		t.Errorf("there still is %+v", scs)
	}
}
