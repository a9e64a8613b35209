package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"visitprep/bot"
	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/scheduler"
)

// sampled is the app of `visitprep try` with its sample, at an instant.
func sampled(t *testing.T, now time.Time) *app {
	t.Helper()
	o := sampleWorkspace()
	o.BaseURL = "http://127.0.0.1:9"
	workspace := must(localslack.New(o))
	t.Cleanup(func() { workspace.Close() })
	api := slack.New(workspace.BotToken(), slack.OptionAPIURL(workspace.APIURL(o.BaseURL)), slack.OptionHTTPClient(workspace.HTTPClient()))
	a, err := newApp(t.Context(), must(loadConfig("")), parts{slack: bot.OneClient(api), apiURL: workspace.APIURL(o.BaseURL), http: http.DefaultClient, database: ":memory:", now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	if err := addSample(t.Context(), a.db, a.bot, now); err != nil {
		t.Fatal(err)
	}
	return a
}

// The two years of the sample tell the same on whatever day it starts: one factory gets better and
// has a quarter without anything, one slips and had a critical fault, one is new; the quarters were
// frozen on their days; and nothing of what is over is sent.
func TestTheHistoryOfTheSample(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2026-11-30", "2026-01-02", "2026-02-18", "2026-04-14", "2026-07-01", "2026-09-29"} {
		t.Run(day, func(t *testing.T) {
			now := must(time.Parse(time.DateOnly, day)).Add(9 * time.Hour)
			a := sampled(t, now)
			this := visit.QuarterOf(visit.TodayAt(&visit.Factory{Zone: visit.DefaultZone}, now))
			scores := must(a.db.Scores(t.Context(), localslack.DefaultTeamID, []int{1, 2, 3}, this.Add(-historyQuarters)))
			of := func(factory int) []store.FrozenScore {
				return slices.DeleteFunc(slices.Clone(scores), func(s store.FrozenScore) bool { return s.Factory != factory })
			}
			better, slips := of(1), of(2)
			bright := func(s store.FrozenScore) bool { return s.Grade == visit.GradeA || s.Grade == visit.GradeB }
			if first, last := better[0], better[len(better)-1]; bright(first) || !bright(last) {
				t.Errorf("the one that gets better goes from %s to %s", first.Grade, last.Grade)
			}
			if first, last := slips[0], slips[len(slips)-1]; !bright(first) || bright(last) {
				t.Errorf("the one that slips goes from %s to %s", first.Grade, last.Grade)
			}
			if len(slips) != len(better)+1 {
				t.Errorf("%d and %d quarters are frozen: the gap is missing", len(better), len(slips))
			}
			if !slices.ContainsFunc(slips, func(s store.FrozenScore) bool { return len(s.Critical) == 1 }) {
				t.Error("no quarter ended with the critical finding open")
			}
			for _, s := range scores {
				if late := s.FrozenAt.Sub(s.Quarter.Last().Start(time.UTC)).Hours() / 24; late < visit.FreezeAfter || late > visit.FreezeAfter+2 {
					t.Errorf("%s of factory %d was frozen %.0f days after its end", s.Quarter, s.Factory, late)
				}
			}
			facts := must(a.db.ScoreFacts(t.Context(), localslack.DefaultTeamID, []int{2, 3}))
			today := visit.TodayAt(&visit.Factory{Zone: visit.DefaultZone}, now)
			if r := facts[2].Risk(today, nil); r.Class != visit.RiskHigh {
				t.Errorf("the one that slips is %+v", r)
			}
			if r := facts[3].Risk(today, nil); r.Class != visit.RiskNew {
				t.Errorf("the new one is %+v", r)
			}
			a.tellsOnlyWhatIsAhead(t, now)
		})
	}
}

// A first visit of the sample is the first to its factory: whoever opens `visitprep try` reads of the
// years before on the next page.
func TestAFirstVisitOfTheSampleIsTheFirst(t *testing.T) {
	t.Parallel()
	a := sampled(t, time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC))
	visits := must(a.db.Visits(t.Context(), localslack.DefaultTeamID, store.Filter{}))
	began := map[int]civil.Date{} // the first visit to each factory
	for _, v := range visits {
		if first, ok := began[v.Factory.Number]; !ok || v.First.Before(first) {
			began[v.Factory.Number] = v.First
		}
	}
	firsts := 0
	for _, v := range visits {
		if v.Purpose != "first_visit" {
			continue
		}
		firsts++
		if before := began[v.Factory.Number]; before.Before(v.First) {
			t.Errorf("visit %d to %s on %s is called its first, and one began on %s", v.Number, v.Factory.Name, v.First, before)
		}
	}
	if len(visits) < 10 || firsts == 0 {
		t.Errorf("%d visits, %d of them first ones", len(visits), firsts)
	}
}

// tellsOnlyWhatIsAhead fails where something of the history is sent that was due before now.
func (a *app) tellsOnlyWhatIsAhead(t *testing.T, now time.Time) {
	t.Helper()
	all := must(scheduler.Forecast(context.Background(), scheduler.Options{Store: a.db, Timing: a.timing, Checklist: a.bot.Checklist, Now: func() time.Time { return now }}, now.AddDate(-3, 0, 0), now.AddDate(0, 1, 0)))
	ahead := map[visit.Kind]bool{}
	for _, e := range all {
		ahead[e.Kind] = true
		if e.Due.Before(now) {
			t.Errorf("%s of %s was due on %s and is sent now", e.Kind, e.Subject, e.Due)
		}
		if e.Kind == visit.Card && e.Subject.Number() > 2 {
			t.Errorf("%s gets a card", e.Subject)
		}
	}
	for _, k := range []visit.Kind{visit.IntroCheck, visit.AgreementDue, visit.Remind} {
		if !ahead[k] {
			t.Errorf("nothing of the kind %s is sent within a month", k)
		}
	}
}
