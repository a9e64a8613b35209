package bot

import (
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestGoldenFactory: the page of a factory with something in each part, and the form of a
// finding without a visit.
func TestGoldenFactory(t *testing.T) {
	onAMonday(t, func(t *testing.T, s *stage) {
		ctx, st, team, now := t.Context(), s.bot.o.Store, s.TeamID(), s.bot.o.Now()
		f := must(st.AddFactory(ctx, visit.Factory{Workspace: team, Name: "Ningbo Bright Metal", Chinese: "宁波光明金属制品有限公司", City: "Ningbo", Address: "浙江省宁波市江北区 88号", Contacts: "Ms Li, sales"}, now))
		s.golden("factory page empty", s.command(mia, sourcing, "/factory bright"))
		of := func(first civil.Date) visit.Work {
			w := visit.Work{Workspace: team, Owner: mia, Factory: f, Place: in(sourcing)}
			w.Place.Zone = f.Zone
			return w
		}
		days := []civil.Date{civil.On(2026, 6, 1), civil.On(2026, 8, 3), civil.On(2026, 10, 12), civil.On(2026, 12, 7), civil.On(2027, 1, 11), civil.On(2027, 4, 6)}
		var last visit.Visit
		for _, d := range days {
			v := must(st.PlanVisit(ctx, visit.Visit{Work: of(d), Purpose: "first_visit", First: d, Last: d.AddDays(1)}, now))
			if d.Before(civil.Of(now)) {
				last = v
			}
		}
		for n, d := range days {
			i := must(st.AddInspection(ctx, visit.Inspection{Work: of(d), Type: "pre_shipment", Order: "4512", Due: d, LeadDays: []int{3}}, now))
			if n < 4 {
				must(st.ChangeInspection(ctx, team, i.Number, now, func(i *visit.Inspection) error {
					_, err := i.Report([]visit.Result{visit.Passed, visit.Failed}[n%2], "note", mia, now)
					return err
				}))
			}
		}
		for n, words := range []string{"no corner guard", "scratched *lid* <10 mm>", "hinge breaks"} {
			x := visit.Finding{Workspace: team, Severity: visit.Severities()[n], Text: words, Source: "form/" + words, By: mia, Bad: n, Checked: 50}
			if n == 2 {
				x.HangOn(&f, sourcing)
				x.Seen, x.ClaimBy = visit.SeenByCustomer, civil.On(2027, 3, 20)
			} else {
				done(t, x.BelongTo(&last))
			}
			x, _, err := st.AddFinding(ctx, x, now.Add(-40*24*time.Hour))
			done(t, err)
			if n == 0 {
				must(st.ChangeAction(ctx, team, x.Number, now, func(f *visit.Finding, a *visit.Action) error {
					return a.SetDue(f, civil.On(2027, 2, 10), "agreed on the phone", visit.Doer{By: mia, Lead: mia, Now: now, Today: civil.On(2027, 2, 1)})
				}))
			}
		}
		m := s.command(mia, sourcing, "/factory bright")
		s.golden("factory page", m)
		s.press(mia, m, "All visits of this factory")
		s.golden("factory page all visits", s.untilTold(mia, sourcing, "Visit 1 ·"))
		s.goldenForm("factory finding form", s.opensForm(mia, m, "Add finding", "Claim by"))
	})
}
