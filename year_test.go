package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	godiff "github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// follows does a step of an action, as its form does, and tells of it.
func (m *months) follows(finding int, who, words string, step func(*visit.Finding, *visit.Action, visit.Doer) error) {
	m.t.Helper()
	m.rest()
	p, _ := m.Person(who)
	m.story.WriteString("    > " + first(p.RealName) + " " + words + "\n\n")
	_, err := m.app.db.ChangeAction(m.t.Context(), m.TeamID(), finding, time.Now(), func(f *visit.Finding, a *visit.Action) error {
		return step(f, a, visit.Doer{By: who, Lead: localslack.SampleMia, Now: time.Now(), Today: civil.Of(time.Now())})
	})
	m.no(err)
}

// TestAYearAtOneFactory is a team's whole year at one factory: the first visit, what was found,
// the letter, the answers, an agreement, two inspections, a proof that was not enough and one
// that was. What came of it is testdata/year/story.txt.
func TestAYearAtOneFactory(t *testing.T) {
	t.Parallel()
	const mia, jonas = localslack.SampleMia, localslack.SampleJonas
	m := &months{t: t, team: team{name: "one factory"}, seen: map[string]bool{}, noted: map[string]int{}}
	synctest.Test(t, func(t *testing.T) {
		m.t = t
		m.begin("2027-02-01 09:00")
		m.plans(map[string]string{"factory": "new", "factory_name": "Ningbo Bright Metal", "factory_city": "Ningbo", "purpose": "first_visit", "first": "2027-03-15", "last": "2027-03-15"})

		m.until("2027-03-15 06:00")
		m.form(mia, "/visit-prep finding 1", map[string]string{"severity": "major", "text": "no corner guard", "text_zh": "没有装护角", "count": "6/50", "place": "packing"})
		m.form(mia, "/visit-prep finding 1", map[string]string{"severity": "minor", "text": "the side mark does not scan", "text_zh": "侧唛扫不出来", "count": "2/13"})

		m.until("2027-03-16 09:00")
		m.story.WriteString("    > Mia sends the letter: an answer by 26 March\n\n")
		l, err := m.app.db.AddLetter(t.Context(), visit.Letter{Workspace: m.TeamID(), Subject: "visit/1", To: visit.Bilingual{EN: "Mr Wang", ZH: "王总"}, Strengths: []visit.Bilingual{{EN: "records were complete", ZH: "记录完整"}},
			Findings: []int{1, 2}, ReplyBy: civil.On(2027, 3, 26), English: true, Chinese: true, From: "Mia Chen", Made: visit.Mark{By: mia, At: time.Now()}})
		m.no(err)
		_, due, did, err := m.app.db.SendLetter(t.Context(), m.TeamID(), l.Number, visit.Doer{By: mia, Lead: mia, Now: time.Now(), Today: civil.On(2027, 3, 16)})
		m.no(err)
		if len(due) != 2 || !did {
			t.Errorf("the letter set the days of findings %v", due)
		}
		v, err := m.app.db.Visit(t.Context(), m.TeamID(), 1)
		m.no(err)
		m.story.WriteString("    > Mia records the quality agreement: it ends on 31 December, with 60 days of notice\n\n")
		_, err = m.app.db.AddAgreement(t.Context(), visit.Agreement{Workspace: m.TeamID(), Factory: v.Factory, Place: v.Place, Owner: mia, By: mia, Kind: visit.QualityTerms, Title: "Quality of lamps",
			Visit: 1, Signed: civil.On(2027, 3, 15), Starts: civil.On(2027, 3, 15), Ends: civil.On(2027, 12, 31), Notice: 60, Terms: visit.AgreementTerms{ClaimDays: 30}}, time.Now())
		m.no(err)

		m.until("2027-03-30 09:00")
		m.follows(1, mia, "logs their answer to finding 1", func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.LogAnswer(f, visit.Answer{Proposal: "a card at the station says when to order guards", Cause: "no guards were left", SaidBy: "Mr Wang"}, d)
		})
		m.follows(1, mia, "agrees with it, until 30 April", func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Agree(f, visit.Agreed{Due: civil.On(2027, 4, 30), Reviewer: jonas, Proofs: []visit.ProofKind{visit.ProofRecord, visit.ProofNextLot}}, d)
		})
		m.until("2027-04-28 09:00")
		record := func(words string, day civil.Date) func(*visit.Finding, *visit.Action, visit.Doer) error {
			return func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
				return a.LogDone(f, visit.DoneClaim{Day: day, Proofs: []visit.Proof{{Kind: visit.ProofRecord, Text: words, Day: day}}}, d)
			}
		}
		m.follows(1, mia, "logs that they say it is done", record("training list", civil.On(2027, 4, 27)))
		m.until("2027-05-04 09:00")
		m.follows(1, jonas, "finds that not enough", func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.NotEnough(f, "a training list does not show that guards are there", civil.On(2027, 5, 31), nil, d)
		})
		m.until("2027-05-28 09:00")
		m.follows(1, mia, "logs that it is done", record("order cards of May", civil.On(2027, 5, 27)))
		m.schedules(map[string]string{"factory": "1", "type": "pre_shipment", "due": "2027-06-10", "order": "4600"})
		m.until("2027-06-10 16:00")
		m.form(jonas, "/inspection done 1", map[string]string{"result": "passed"})
		m.follows(1, jonas, "checks the next lot: none of 50 cartons", func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.CheckLot(f, visit.NextLot{LotCheck: visit.LotCheck{Subject: "inspection/1", Checked: 50}, Day: civil.On(2027, 6, 10)}, d)
		})
		m.follows(1, jonas, "verifies finding 1", func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Verify(f, visit.Verification{Day: civil.On(2027, 6, 10)}, d)
		})
		m.follows(2, mia, "accepts finding 2 as it is", func(f *visit.Finding, a *visit.Action, d visit.Doer) error {
			return a.Accept(f, "the customer scans the carton's front", d)
		})

		m.until("2027-09-01 09:00")
		m.schedules(map[string]string{"factory": "1", "type": "pre_shipment", "due": "2027-09-15", "order": "4711"})
		m.until("2027-09-15 16:00")
		m.form(jonas, "/inspection done 2", map[string]string{"result": "failed", "note": "dents"})
		m.form(mia, "/factory bright finding", map[string]string{"severity": "major", "text": "a customer reports dents", "channel": localslack.SampleSourcing, "seen": "customer", "claim_by": "2027-10-15"})

		m.until("2027-12-20 09:00")
		m.types(mia, localslack.SampleSourcing, "/factory bright")
		m.end()
	})
	story := m.story.String()
	for _, words := range []string{"Finding 1", "Open actions: 1", "*Inspection 2* · failed", "Agreement 1", "*Visit 1* · "} {
		if !strings.Contains(story, words) {
			t.Errorf("the story has nothing of %q", words)
		}
	}
	for _, w := range m.wrong {
		t.Error(w)
	}
	file := filepath.Join("testdata", "year", "story.txt")
	if *update {
		m.no(os.WriteFile(file, []byte(story), 0o644))
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := godiff.Diff(string(want), story); diff != "" {
		t.Errorf("%s differs (-want +got); go test . -run TestAYearAtOneFactory -update rewrites it:\n%s", file, diff)
	}
}
