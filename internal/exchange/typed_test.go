package exchange_test

import (
	"slices"
	"strings"
	"testing"

	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

func TestAFileFromAChineseKeyboard(t *testing.T) {
	const head = "kind,factory,purpose,first,channel,owner,type,rule,leads,inspectors,people,agenda\n"
	c, err := exchange.Read("a.csv", []byte(head+
		"visit,宁波（光明）；A，B,first_visit,２０４０－０１－０２,C0AAAAAAA1,U0AAAAAAA1,,,,,U0AAAAAAA1：leads；Ms Zhang：interpreter、王五：司机,参观：一，二；三\n"+
		"plan,A,,,C0AAAAAAA1,U0AAAAAAA1,pre_shipment,every ２ weeks from 2040－01－02,14；3、１,U0AAAAAAA1、U0AAAAAAA2；U0AAAAAAA3，U0AAAAAAA4,,\n"), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	v, p := c.Visits[0], c.Plans[0]
	if want := []visit.Person{{User: "U0AAAAAAA1", Role: "leads"}, {Name: "Ms Zhang", Role: "interpreter"}, {Name: "王五", Role: "司机"}}; !slices.Equal(v.People, want) {
		t.Errorf("the people are %+v, want %+v", v.People, want)
	}
	if v.Factory.Name != "宁波（光明）；A，B" || v.Agenda != "参观：一，二；三" {
		t.Errorf("prose has become %q, %q", v.Factory.Name, v.Agenda)
	}
	if v.First.String() != "2040-01-02" || p.Rule != "every 2 weeks from 2040-01-02 at 09:00" || !slices.Equal(p.LeadDays, []int{14, 3, 1}) {
		t.Errorf("the days are %s, %s, %v", v.First, p.Rule, p.LeadDays)
	}
	if want := []string{"U0AAAAAAA1", "U0AAAAAAA2", "U0AAAAAAA3", "U0AAAAAAA4"}; !slices.Equal(p.Inspectors, want) {
		t.Errorf("the inspectors are %q, want %q", p.Inspectors, want)
	}
}

// A name or a role with a separator in it comes back as it was.
func TestPeopleWithSeparatorsAreReadBack(t *testing.T) {
	v := visit.Visit{People: []visit.Person{{Name: "Zhang; Wei", Role: "a: b; c"}, {Name: "李四、王五"}, {Name: "Acme, Inc."}}, Purpose: "first_visit", First: civil.On(2040, 1, 2)}
	v.Factory.Name, v.Channel, v.Owner = "A", "C0AAAAAAA1", "U0AAAAAAA1"
	for _, format := range []string{"csv", "yaml"} {
		var b strings.Builder
		if err := exchange.Write(&b, format, exchange.Contents{Visits: []visit.Visit{v}}); err != nil {
			t.Fatal(err)
		}
		c, err := exchange.Read("a."+format, []byte(b.String()), "T1", kinds, exchange.Recorded{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.Visits[0].People, v.People) {
			t.Errorf("as %s they are %+v", format, c.Visits[0].People)
		}
	}
}

func TestControlCharactersInAFile(t *testing.T) {
	c, err := exchange.Read("a.csv", []byte("kind,factory,purpose,first,channel,owner,people,agenda\n"+
		"visit,A\x00B\u202e,first_visit,2040-01-02,C0AAAAAAA1,U0AAAAAAA1,Ms\x07 Zhang,\"one\rtwo\u2028three\"\n"), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	if v := c.Visits[0]; v.Factory.Name != "AB" || v.People[0].Name != "Ms Zhang" || v.Agenda != "one\ntwo\nthree" {
		t.Errorf("they are kept as %q, %q, %q", v.Factory.Name, v.People[0].Name, v.Agenda)
	}
	c, err = exchange.Read("a.yaml", []byte("- {kind: visit, factory: \"A\\0B\\e\", purpose: first_visit, first: 2040-01-02, channel: C0AAAAAAA1, owner: U0AAAAAAA1}"), "T1", kinds, exchange.Recorded{})
	if err != nil || c.Visits[0].Factory.Name != "AB" {
		t.Errorf("in YAML they are kept as %+v, %v", c.Visits, err)
	}
}
