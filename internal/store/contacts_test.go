package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// sampleContact has something in every field.
func sampleContact(team string) visit.Contact {
	return visit.Contact{
		Workspace: team, Place: visit.Place{Channel: "C1", Private: true, Shared: true, Zone: "Asia/Shanghai", ChannelZone: "Europe/Berlin"}, By: "UMIA00001", Factory: 1, Tier: 2,
		Name: "Chen Jie", Chinese: "陈杰", Said: "chén jié", Title: "Manager Chen 陈经理", Firm: "Harbour Brokers", Roles: []visit.ContactRole{visit.Broker, visit.Forwarder}, City: "Ningbo",
		Phone: "+86 1", WeChat: "chenj", Email: "chen@example.com", Speaks: "Mandarin", Met: "fair", Visit: 3, KnownBy: []string{"UMIA00001", "UJON00001"}, PaidBy: "us", Trust: "quick",
		Consent: visit.ConsentYes, Used: civil.On(2026, 2, 1),
	}
}

func (s *Store) due(t *testing.T, team string, subject visit.Subject) (days []string) {
	t.Helper()
	for _, o := range must(s.Occurrences(context.Background(), team, OccurrenceFilter{Subject: subject, States: []visit.State{visit.Pending}})) {
		days = append(days, o.Day.String()+" "+o.To)
	}
	slices.Sort(days)
	return days
}

func TestAContactIsKeptWholeAndEndsAfterTwoYears(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := sampleContact("T1")
		in.Used = civil.Of(noon)
		c := must(s.AddContact(ctx, in, noon))
		want := in
		want.Number, want.Rev, want.Schedule, want.Created = 1, 1, 1, noon
		if got := must(s.Contact(ctx, "T1", 1)); !reflect.DeepEqual(got, want) || !reflect.DeepEqual(c, want) {
			t.Errorf("kept is\n%+v, not\n%+v", got, want)
		}
		if _, err := s.Contact(ctx, "T2", 1); !errors.Is(err, visit.ErrNotFound) {
			t.Errorf("another workspace reads %v", err)
		}
		if got := s.due(t, "T1", "contact/1"); len(got) != 3 || !strings.HasSuffix(got[0], "UMIA00001") {
			t.Errorf("to be said is %q", got)
		}
		later := noon.AddDate(1, 0, 0)
		c = must(s.ChangeContact(ctx, "T1", 1, later, func(c *visit.Contact) error { c.Use(civil.Of(later)); c.KnownBy = []string{"UJON00001"}; return nil }))
		if got := s.due(t, "T1", "contact/1"); len(got) != 3 || !strings.HasSuffix(got[0], "UJON00001") || got[0] < c.Used.AddMonths(12).String() {
			t.Errorf("after somebody said that it is right, to be said is %q", got)
		}
		if cs := must(s.Contacts(ctx, "T1", false, later.AddDate(1, 11, 0))); len(cs) != 1 || cs[0].Name == "" {
			t.Errorf("before the end there is %+v", cs)
		}
		end := later.AddDate(2, 0, 1)
		if cs := must(s.Contacts(ctx, "T1", false, end)); len(cs) != 0 {
			t.Errorf("after two years it is still %+v", cs)
		}
		c = must(s.ChangeContact(ctx, "T1", 1, end, func(*visit.Contact) error { return nil }))
		if got := must(s.Contact(ctx, "T1", 1)); got.State != visit.ContactUnused || got.Name+got.Chinese+got.Said+got.Title+got.Phone+got.WeChat+got.Email+got.Speaks+got.Met+got.PaidBy+got.Trust != "" {
			t.Errorf("what is left is %+v", got)
		}
	})
}

func TestAnIntroductionIsAskedAboutTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		i := must(s.AddIntroduction(ctx, visit.Introduction{Workspace: "T1", Contact: 1, For: "UJON00001", By: "UMIA00001", Zone: "Europe/Berlin",
			Who: visit.Bilingual{EN: "Jonas"}, Why: visit.Bilingual{EN: "a broker"}}, noon))
		if got := s.due(t, "T1", i.Subject()); len(got) != 1 {
			t.Errorf("when it is asked for, to be said is %q", got)
		}
		make := func(i *visit.Introduction) error { _, err := i.Make("UMIA00001", noon); return err }
		if _, err := s.ChangeIntroduction(ctx, "T1", i.Number, noon, make); err == nil {
			t.Error("it is made although nobody agreed")
		}
		must(s.ChangeIntroduction(ctx, "T1", i.Number, noon, func(i *visit.Introduction) error { _, err := i.Agree(true, true, "UMIA00001", noon); return err }))
		must(s.ChangeIntroduction(ctx, "T1", i.Number, noon, make))
		if got := s.due(t, "T1", i.Subject()); len(got) != 3 || !strings.HasSuffix(got[0], "UJON00001") || got[1][:10] < civil.Of(noon).AddDays(7).String() || got[2][:10] < civil.Of(noon).AddDays(21).String() {
			t.Errorf("once it is made, to be said is %q", got)
		}
		if c := must(s.Contact(ctx, "T1", 1)); c.Used != civil.Of(noon) {
			t.Errorf("the contact was last used on %s", c.Used)
		}
		must(s.ChangeIntroduction(ctx, "T1", i.Number, noon, func(i *visit.Introduction) error { _, err := i.End(visit.IntroUseful, "UMIA00001", noon); return err }))
		if got := s.due(t, "T1", i.Subject()); len(got) != 0 {
			t.Errorf("once it is over, to be said is %q", got)
		}
	})
}

func samplePromise(team string) visit.Promise {
	return visit.Promise{Workspace: team, Factory: visit.Factory{Name: "Ningbo Bright"}, Place: visit.Place{Channel: "C1", Private: true, ChannelZone: "Europe/Berlin"}, Owner: "UMIA00001",
		OwnerZone: "Europe/Berlin", By: "UJON00001", Ours: true, Who: "Chen Jie", What: "send the sample", Due: civil.On(2027, 5, 4), Visit: 2}
}

func sampleGift(team string) visit.Gift {
	return visit.Gift{Workspace: team, Factory: visit.Factory{Name: "Ningbo Bright"}, Place: visit.Place{Channel: "C1", ChannelZone: "Europe/Berlin"}, By: "UJON00001", Given: true, Who: "Chen Jie",
		Owner: "UMIA00001", What: "a book", Value: visit.Money{Hundredths: 2550, Currency: "EUR"}, Day: civil.On(2026, 2, 1), Visit: 2, Approved: "Jo"}
}

func TestAPromiseIsAskedAboutUntilItIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := samplePromise("T1")
		p := must(s.AddPromise(ctx, in, noon))
		want := in
		want.Number, want.Rev, want.Created, want.Factory, want.Zone = 1, 1, noon, p.Factory, "Asia/Shanghai"
		if got := must(s.Promise(ctx, "T1", 1)); !reflect.DeepEqual(got, want) {
			t.Errorf("kept is\n%+v, not\n%+v", got, want)
		}
		asked := func() int { return len(must(s.Daily(ctx, "T1", "UMIA00001", noon)).Asks) }
		if asked() != 1 {
			t.Errorf("%d things are asked", asked())
		}
		must(s.ChangePromise(ctx, "T1", 1, noon, func(p *visit.Promise) error { p.Settle(true, "UMIA00001", noon); return nil }))
		if asked() != 0 || len(must(s.Promises(ctx, "T1", Filter{}))) != 0 || len(must(s.Promises(ctx, "T1", Filter{Cancelled: true}))) != 1 {
			t.Error("a promise that was kept is asked about")
		}
		must(s.ChangePromise(ctx, "T1", 1, noon, func(p *visit.Promise) error { p.Reopen(); return nil }))
		if asked() != 1 {
			t.Error("a promise that is open again is not asked about")
		}
	})
}

// TestAPromiseThatMovesWhileItIsAskedAboutIsAskedAboutAgain: the daily message that is on its way tells of the day before.
func TestAPromiseThatMovesWhileItIsAskedAboutIsAskedAboutAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddPromise(ctx, samplePromise("T1"), noon))
		asks := func() []visit.Ask { return must(s.Daily(ctx, "T1", "UMIA00001", noon)).Asks }
		onItsWay := asks()
		must(s.ChangePromise(ctx, "T1", 1, noon.Add(time.Minute), func(p *visit.Promise) error { p.Due = civil.On(2027, 5, 11); return nil }))
		if err := s.ToldInDaily(ctx, onItsWay, civil.On(2027, 5, 4)); err != nil {
			t.Fatal(err)
		}
		if as := asks(); len(onItsWay) != 1 || len(as) != 1 || as[0].Day != civil.On(2027, 5, 11) {
			t.Errorf("after the message %+v waits", as)
		}
		if err := s.ToldInDaily(ctx, asks(), civil.On(2027, 5, 11)); err != nil {
			t.Fatal(err)
		}
		if as := asks(); len(as) != 1 || as[0].Day != civil.On(2027, 5, 17) { // it is asked about each week
			t.Errorf("told on the new day, %+v waits, and not the Monday after", as)
		}
	})
}

func TestAGiftIsKeptWhole(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		in := sampleGift("T1")
		g := must(s.AddGift(ctx, in, noon))
		want := in
		want.Number, want.Rev, want.Created, want.Factory, want.Zone = 1, 1, noon, g.Factory, "Asia/Shanghai"
		if got := must(s.Gift(ctx, "T1", 1)); !reflect.DeepEqual(got, want) {
			t.Errorf("kept is\n%+v, not\n%+v", got, want)
		}
		must(s.ChangeGift(ctx, "T1", 1, func(g *visit.Gift) error { g.Removed = visit.Mark{By: "UMIA00001", At: noon}; return nil }))
		if len(must(s.Gifts(ctx, "T1", Filter{}))) != 0 || len(must(s.Gifts(ctx, "T1", Filter{Cancelled: true}))) != 1 {
			t.Error("a gift that was entered by mistake is listed, or lost")
		}
	})
}

func TestAForgottenColleagueIsAFormerColleagueEverywhere(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		v := sampleVisit("T1")
		v.Owner, v.People = "UMIA00001", []visit.Person{{User: "UMIA00001", Role: "leads"}, {User: "UMIA000012"}}
		v.Notes = []visit.Note{{By: "UMIA00001", At: noon, Text: "ask <@UMIA00001>"}}
		for _, team := range []string{"T1", "T2"} {
			v.Workspace = team
			must(s.PlanVisit(ctx, v, noon))
		}
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		must(s.AddPromise(ctx, samplePromise("T1"), noon))
		must(s.AddGift(ctx, sampleGift("T1"), noon))
		if err := s.PutPerson(ctx, Person{Workspace: "T1", ID: "UMIA00001", Zone: "Europe/Berlin"}, noon); err != nil {
			t.Fatal(err)
		}
		f := must(s.Forget(ctx, "T1", "UMIA00001", "", noon))
		if f.Changed == 0 || !slices.Contains(f.Still, "visit/1") || !slices.Contains(f.Still, "promise/1") {
			t.Errorf("forgotten is %+v", f)
		}
		if ks := must(s.RowsAbout(ctx, "T1", "UMIA00001")); len(ks) != 0 {
			t.Errorf("left is %+v", ks)
		}
		got := must(s.Visit(ctx, "T1", 1))
		if got.Owner != FormerColleague || got.People[0].Name != FormerColleague || got.People[0].User != "" || got.People[1].User != "UMIA000012" || got.Notes[0].Text != "ask "+FormerColleague {
			t.Errorf("the visit is %+v", got)
		}
		if c := must(s.Contact(ctx, "T1", 1)); c.By != FormerColleague || !slices.Equal(c.KnownBy, []string{"UJON00001"}) {
			t.Errorf("the contact is %+v", c)
		}
		if due := s.due(t, "T1", "contact/1"); len(due) == 0 || !strings.HasSuffix(due[0], "UJON00001") {
			t.Errorf("whoever still knows the contact is told %q", due)
		}
		if other := must(s.Visit(ctx, "T2", 1)); other.Owner != "UMIA00001" {
			t.Errorf("in another workspace the owner is %q", other.Owner)
		}
		if again := must(s.Forget(ctx, "T1", "UMIA00001", "", noon)); again.Changed != 0 {
			t.Errorf("the second time %d rows change", again.Changed)
		}
		if _, err := s.Forget(ctx, "T1", "Mia", "", noon); err == nil {
			t.Error("a name is no id, and is forgotten")
		}
	})
}

func TestAForgottenContactIsCleared(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(s.AddContact(ctx, sampleContact("T1"), noon))
		must(s.AddPromise(ctx, samplePromise("T1"), noon))
		must(s.AddGift(ctx, sampleGift("T1"), noon))
		a := sampleAgreement("T1")
		a.ForThem = "Chen Jie, manager"
		must(s.AddAgreement(ctx, a, noon))
		f := must(s.Forget(ctx, "T1", "contact/1", "UJON00001", noon))
		if !slices.ContainsFunc(f.Named, func(s string) bool { return strings.HasPrefix(s, "agreements, signing") }) {
			t.Errorf("the agreement with the name is not listed: %q", f.Named)
		}
		if c := must(s.Contact(ctx, "T1", 1)); c.State != visit.ContactForgotten || c.Name+c.Chinese+c.Firm+c.Phone+c.Trust != "" || c.Cleared.By != "UJON00001" {
			t.Errorf("left is %+v", c)
		}
		if p, g := must(s.Promise(ctx, "T1", 1)), must(s.Gift(ctx, "T1", 1)); p.Who != FormerContact || g.Who != FormerContact {
			t.Errorf("the promise is with %q, the gift to %q", p.Who, g.Who)
		}
		if got := s.due(t, "T1", "contact/1"); len(got) != 0 {
			t.Errorf("to be said is %q", got)
		}
	})
}

func TestACopyThatIsPutBackForgetsOnceMore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	o := Options{URL: filepath.Join(dir, "team.db"), Logger: nobody, Timing: visit.DefaultTiming()}
	s := must(Open(ctx, o))
	v := sampleVisit("T1")
	v.Owner = "UMIA00001"
	must(s.PlanVisit(ctx, v, noon))
	must(s.AddContact(ctx, sampleContact("T1"), noon))
	file := filepath.Join(dir, "copy.db")
	if err := s.Backup(ctx, file); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"UMIA00001", "contact/1"} {
		must(s.Forget(ctx, "T1", who, "", noon))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	must(Restore(ctx, o, file, noon.Add(time.Hour)))
	s = must(Open(ctx, o))
	defer s.Close()
	if got := must(s.Visit(ctx, "T1", 1)); got.Owner != "UMIA00001" {
		t.Fatalf("the copy has %q", got.Owner)
	}
	people := must(s.ForgottenPeople(ctx))
	if len(people) != 2 || !people[0].At.IsZero() {
		t.Fatalf("the copy knows of %+v", people)
	}
	if n := must(s.ForgetAgain(ctx, people, noon)).Forgotten; n != 2 {
		t.Errorf("%d people are forgotten once more", n)
	}
	if got, c := must(s.Visit(ctx, "T1", 1)), must(s.Contact(ctx, "T1", 1)); got.Owner != FormerColleague || c.Name != "" {
		t.Errorf("there is still %q, %q", got.Owner, c.Name)
	}
	if people := must(s.ForgottenPeople(ctx)); people[0].At.IsZero() {
		t.Error("it is done at every start")
	}
}
