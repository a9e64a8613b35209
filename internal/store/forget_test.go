package store

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// TestEveryColleagueOfManyIsForgotten has in each table with a key of ids what collides once the ids are gone.
func TestEveryColleagueOfManyIsForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		people := []string{"UMIA00001", "UJON00001"}
		for _, id := range people {
			if err := s.PauseChannel(ctx, "T1", id, noon, noon.Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			must(s.Handle(ctx, "T1", "click "+id, noon, time.Hour))
			n := visit.NewsOf("T1", visit.SubjectOf(visit.OfChannel, "C1"), visit.Closed, id, id, "Europe/Berlin", noon, noon)
			if err := s.change(ctx, "tell", func(tx *txn) error {
				return tx.insertOccurrences(ctx, []visit.Occurrence{n.PassedOn("UANN00001", noon)})
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range people {
			if _, err := s.Forget(ctx, "T1", id, "", noon); err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			if ks := must(s.RowsAbout(ctx, "T1", id)); len(ks) != 0 {
				t.Errorf("of %s is left %+v", id, ks)
			}
		}
		if news := must(s.Occurrences(ctx, "T1", OccurrenceFilter{Subject: "channel/C1"})); len(news) != 2 {
			t.Errorf("%d of the two that a colleague is told are left", len(news))
		}
	})
}

func TestOneWhoCannotBeForgottenDoesNotKeepTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		again, err := s.ForgetAgain(ctx, []ForgottenPerson{{Workspace: "T1", Who: "nobody"}, {Workspace: "T1", Who: "contact/1"}}, noon)
		if err == nil || again.Forgotten != 1 {
			t.Errorf("forgotten are %+v, and %v", again, err)
		}
		if c := must(s.Contact(ctx, "T1", 1)); c.Name != "" {
			t.Errorf("the second on the list is still %q", c.Name)
		}
	})
}

func TestDeletingAContactDropsOnlyTheFormsAboutIt(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		c := sampleContact("T1")
		c.Name, c.Chinese = "Li", ""
		must(s.AddContact(ctx, c, noon))
		for id, body := range map[string]string{"visit/abc": "quality of the lid, Li", "edit-contact/1/abc": "Li", "edit-contact/11/abc": "Lisa"} {
			if err := s.KeepDraft(ctx, Draft{Workspace: "T1", ID: id, Person: "UJON00001", Kind: "visit", Body: body, Kept: noon}); err != nil {
				t.Fatal(err)
			}
		}
		must(s.Forget(ctx, "T1", "contact/1", "", noon))
		if _, err := s.Draft(ctx, "T1", "edit-contact/1/abc"); err == nil {
			t.Error("the form about the contact is kept")
		}
		for _, id := range []string{"visit/abc", "edit-contact/11/abc"} {
			if _, err := s.Draft(ctx, "T1", id); err != nil {
				t.Errorf("the form %s: %v", id, err)
			}
		}
	})
}

func TestSomebodyOfTheSameNameElsewhereIsNoFormerContact(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		here, there := samplePromise("T1"), samplePromise("T1")
		there.Factory.Name = "Suzhou Lamps"
		must(s.AddPromise(ctx, here, noon))
		must(s.AddPromise(ctx, there, noon))
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		f := must(s.Forget(ctx, "T1", "contact/1", "", noon))
		if a, b := must(s.Promise(ctx, "T1", 1)), must(s.Promise(ctx, "T1", 2)); a.Who != FormerContact || b.Who != "Chen Jie" {
			t.Errorf("the promises are with %q and %q", a.Who, b.Who)
		}
		if !slices.ContainsFunc(f.Named, func(s string) bool { return strings.HasPrefix(s, "promises, who") }) {
			t.Errorf("what has the name elsewhere is not listed: %q", f.Named)
		}
	})
}

// The notice to contacts says so: the lists of promises and gifts stay, without the name.
func TestPromisesAndGiftsLoseTheNameOfAContactThatNobodyUses(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		there := samplePromise("T1")
		there.Factory.Name = "Suzhou Lamps"
		must(s.AddPromise(ctx, samplePromise("T1"), noon))
		must(s.AddPromise(ctx, there, noon))
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		g := sampleGift("T1")
		g.Who = "陈杰"
		must(s.AddGift(ctx, g, noon))
		unused := sampleContact("T1").Used.AddMonths(int(visit.EndsAfter)).At(12, 0, time.UTC)
		who := func() []string {
			return []string{must(s.Promise(ctx, "T1", 1)).Who, must(s.Promise(ctx, "T1", 2)).Who, must(s.Gift(ctx, "T1", 1)).Who}
		}
		for _, c := range []struct {
			at   time.Time
			want []string
		}{
			{unused.AddDate(0, 0, -2), []string{"Chen Jie", "Chen Jie", "陈杰"}},
			{unused, []string{FormerContact, "Chen Jie", FormerContact}},
		} {
			must(s.ChangeContact(ctx, "T1", 1, c.at, func(*visit.Contact) error { return nil }))
			if got := who(); !slices.Equal(got, c.want) {
				t.Errorf("at %s they are with %q, not %q", c.at, got, c.want)
			}
		}
	})
}

func TestTheLineAboutAForgottenColleagueGoesToo(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		must(s.AddIntroduction(ctx, visit.Introduction{Workspace: "T1", Contact: 1, For: "UJON00001", By: "UMIA00001", Zone: "Europe/Berlin",
			Who: visit.Bilingual{EN: "Jonas Weber, engineer", ZH: "韦伯先生"}, Why: visit.Bilingual{EN: "a broker"}}, noon))
		g := sampleGift("T1")
		g.Approved = "Jonas Weber, 3 March"
		must(s.AddGift(ctx, g, noon))
		must(s.Forget(ctx, "T1", "UJON00001", "", noon))
		if i := must(s.Introduction(ctx, "T1", 1)); i.Who != (visit.Bilingual{EN: FormerColleague}) {
			t.Errorf("introduced was %+v", i.Who)
		}
		if named := must(s.NamedIn(ctx, "T1", "Jonas Weber")); !slices.Equal(named, []string{"gifts, approved (1)"}) {
			t.Errorf("the name stands in %q", named)
		}
	})
}

func TestWhoIsForgottenAgainAfterABackupIsForgottenInIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	o := Options{URL: filepath.Join(dir, "team.db"), Logger: nobody, Timing: visit.DefaultTiming()}
	s := must(Open(ctx, o))
	must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
	v := sampleVisit("T1")
	v.Owner = "UMIA00001" // they came back
	must(s.PlanVisit(ctx, v, noon))
	file := filepath.Join(dir, "copy.db")
	if err := s.Backup(ctx, file); err != nil {
		t.Fatal(err)
	}
	must(s.Forget(ctx, "T1", "UMIA00001", "", noon.Add(time.Hour)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	must(Restore(ctx, o, file, noon.Add(2*time.Hour)))
	s = must(Open(ctx, o))
	defer s.Close()
	if people := must(s.ForgottenPeople(ctx)); len(people) != 1 || !people[0].At.IsZero() {
		t.Errorf("the copy knows of %+v, and nobody forgets them in it", people)
	}
}

func TestNobodyIsRemindedInThePlaceOfAFormerColleague(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Owner, v.People = "UMIA00001", nil
		must(s.PlanVisit(ctx, v, noon))
		must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
		must(s.ChangeVisit(ctx, "T1", 1, noon, func(v *visit.Visit) error {
			v.First, v.Last = v.First.AddDays(1), v.Last.AddDays(1)
			return nil
		}))
		for _, o := range must(s.Occurrences(ctx, "T1", OccurrenceFilter{})) {
			if strings.Contains(o.To, FormerColleague) {
				t.Errorf("%s is to be said to %q", o.Key, o.To)
			}
		}
	})
}

func TestAnOldFileBringsNobodyBack(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		c, p, g := sampleContact("T1"), samplePromise("T1"), sampleGift("T1")
		c.Factory = 0
		must(s.AddContact(ctx, c, noon))
		must(s.AddPromise(ctx, p, noon))
		must(s.AddGift(ctx, g, noon))
		file := func() ([]ImportedContact, []visit.Promise, []visit.Gift) {
			c.Number = 1
			other := c.Clone()
			other.Number, other.Name = 2, "Fang Li"
			return []ImportedContact{{c, p.Factory}, {other, p.Factory}}, []visit.Promise{p}, []visit.Gift{g}
		}
		cs, ps, gs := file()
		must(s.Forget(ctx, "T1", "contact/1", "", noon))
		must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
		if _, err := s.ImportPeople(ctx, cs, ps, gs, noon); err != nil {
			t.Fatal(err)
		}
		if ks := must(s.RowsAbout(ctx, "T1", "UMIA00001")); len(ks) != 0 {
			t.Errorf("a colleague is back: %+v", ks)
		}
		if named := must(s.NamedIn(ctx, "T1", "Chen Jie")); slices.ContainsFunc(named, func(s string) bool { return strings.HasPrefix(s, "contacts") }) {
			t.Errorf("a deleted contact is back: %q", named)
		}
		if got := must(s.Contacts(ctx, "T1", false, noon)); len(got) != 1 || got[0].Name != "Fang Li" || got[0].By != FormerColleague || !slices.Equal(got[0].KnownBy, []string{"UJON00001"}) {
			t.Errorf("the contacts are %+v", got)
		}
		if x := must(s.Promises(ctx, "T1", Filter{})); x[len(x)-1].Who != FormerContact || x[len(x)-1].Owner != FormerColleague {
			t.Errorf("the promise is %+v", x[len(x)-1])
		}
	})
}

func TestAContactOfAFileIsWarnedOfBeforeItEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		today := civil.Of(noon)
		for _, c := range []struct {
			name string
			used civil.Date
			want civil.Date // none where it is refused
		}{
			{"used last month", today.AddMonths(-1), today.AddMonths(-1)},
			{"unused for 23 months and a half", today.AddMonths(-24).AddDays(15), today.AddMonths(-22)},
			{"unused for five years", today.AddMonths(-60), today.AddMonths(-22)},
			{"used in 2099", civil.On(2099, 1, 1), civil.Date{}},
		} {
			in := sampleContact("T1")
			in.Name, in.Used = c.name, c.used
			_, err := s.ImportPeople(ctx, []ImportedContact{{Contact: in}}, nil, nil, noon)
			if c.want.IsZero() {
				if err == nil {
					t.Errorf("%s: it is taken", c.name)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			cs := must(s.Contacts(ctx, "T1", false, noon))
			last := cs[len(cs)-1]
			if last.Name != c.name || last.Used != c.want {
				t.Errorf("%s: kept is %q, used %s", c.name, last.Name, last.Used)
			}
			if got := s.due(t, "T1", last.Subject()); len(got) < 2 {
				t.Errorf("%s: to be said is %q", c.name, got)
			}
		}
	})
}

func TestAFileHasEveryPromiseAndGiftThatIsAnother(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		ps := []visit.Promise{samplePromise("T1"), samplePromise("T1"), samplePromise("T1")}
		ps[1].Owner, ps[2].Ours = "UJON00001", false
		gs := []visit.Gift{sampleGift("T1"), sampleGift("T1"), sampleGift("T1"), sampleGift("T1")}
		gs[1].Owner, gs[2].Given, gs[3].Value.Currency = "UJON00001", false, "CNY"
		for n, want := range []int{7, 0} {
			if added := must(s.ImportPeople(ctx, nil, ps, gs, noon)); added != want {
				t.Errorf("import %d adds %d, want %d", n+1, added, want)
			}
		}
	})
}

func TestWhatWouldBeForgotten(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		for range 3 { // alike, and each names them twice
			v := sampleVisit("T1")
			v.Owner, v.People = "UMIA00001", []visit.Person{{User: "UMIA00001", Role: "leads"}}
			must(s.PlanVisit(ctx, v, noon))
		}
		other := sampleVisit("T1")
		other.Owner = "UMIA000011" // has the id in it, and is somebody else
		must(s.PlanVisit(ctx, other, noon))
		f := must(s.WouldForget(ctx, "T1", "UMIA00001", noon))
		if !slices.Contains(f.Rows, Rows{"visits", 3}) || !slices.Contains(f.Still, "visit/1") {
			t.Errorf("it would come to %+v", f)
		}
		sum := 0
		for _, r := range f.Rows {
			sum += r.N
		}
		if f.Changed != sum {
			t.Errorf("%d rows are %d", sum, f.Changed)
		}
		if v := must(s.Visit(ctx, "T1", 1)); v.Owner != "UMIA00001" || len(must(s.ForgottenPeople(ctx))) != 0 {
			t.Errorf("the preview has changed the visit of %q, or the list", v.Owner)
		}
		if did := must(s.Forget(ctx, "T1", "UMIA00001", "", noon)); did.Changed != f.Changed {
			t.Errorf("%d rows were changed, and %d were to be", did.Changed, f.Changed)
		}
		if f := must(s.WouldForget(ctx, "T1", "UNOBODY01", noon)); f.Changed != 0 || len(f.Rows) != 0 {
			t.Errorf("of nobody it says %+v", f)
		}
	})
}

// TestWhatIsStillTheirsIsAllThatNobodyLooksAfterThen: actions that they review, ideas that they own, introductions
// that they make; not those that are over.
func TestWhatIsStillTheirsIsAllThatNobodyLooksAfterThen(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, mia := t.Context(), "UMIA00001"
		v := must(s.PlanVisit(ctx, sampleVisit("T1"), noon))
		for n := range 2 {
			f, _, err := s.AddFinding(ctx, visit.Finding{Workspace: "T1", Source: strconv.Itoa(n), Subject: v.Subject(), Channel: v.Channel, Kind: visit.OfProduct, Severity: visit.Minor, Text: "a dent", By: "UJON00001", At: noon}, noon)
			if err != nil {
				t.Fatal(err)
			}
			doer := visit.Doer{By: "UJON00001", Lead: "UJON00001", Now: noon, Today: civil.Of(noon)}
			must(s.ChangeAction(ctx, "T1", f.Number, noon, func(f *visit.Finding, a *visit.Action) error {
				if err := a.SetReviewer(f, mia, doer); err != nil || n == 0 {
					return err
				}
				return a.Accept(f, "seen", doer)
			}))
			note := sampleMarketNote("T1")
			if note.Idea.Owner = mia; n == 0 {
				note.Idea.State, note.Idea.Closed = visit.IdeaOpen, visit.Mark{}
			}
			must(s.AddMarketNote(ctx, note, noon))
			must(s.AddContact(ctx, sampleContact("T1"), noon))
			must(s.AddIntroduction(ctx, visit.Introduction{Workspace: "T1", Contact: n + 1, For: "UJON00001", By: mia, Zone: "Europe/Berlin", Who: visit.Bilingual{EN: "An engineer"}, Why: visit.Bilingual{EN: "a broker"}}, noon))
		}
		must(s.ChangeIntroduction(ctx, "T1", 2, noon, func(i *visit.Introduction) error { _, err := i.End(visit.IntroDeclined, mia, noon); return err }))
		still := must(s.Forget(ctx, "T1", mia, "", noon)).Still
		for about, want := range map[string]bool{"finding/1": true, "market/1": true, "introduction/1": true, "finding/2": false, "market/2": false, "introduction/2": false} {
			if slices.Contains(still, about) != want {
				t.Errorf("%s is in %q: %v", about, still, !want)
			}
		}
	})
}
