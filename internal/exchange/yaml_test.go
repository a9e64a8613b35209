package exchange_test

import (
	"slices"
	"strings"
	"testing"

	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

func TestYAMLAsPeopleWriteIt(t *testing.T) {
	const rest = "  purpose: first_visit\n  first: 2040-01-02\n  channel: C0AAAAAAA1\n  owner: U0AAAAAAA1\n"
	for _, c := range []struct {
		name, data, want string // as inWords says it
	}{
		{"an alias", "- kind: visit\n  factory: A\n  purpose: first_visit\n  first: &d 2040-01-02\n  channel: &c C0AAAAAAA1\n  owner: U0AAAAAAA1\n" +
			"- kind: visit\n  factory: B\n  purpose: first_visit\n  first: *d\n  channel: *c\n  owner: U0AAAAAAA1\n", "A from 2040-01-02 to 2040-01-02; B from 2040-01-02 to 2040-01-02"},
		{"a merge key", "- &a\n  kind: visit\n  factory: A\n" + rest + "- <<: *a\n  factory: B\n- {<<: [*a], first: 2040-02-03}\n", "A from 2040-01-02 to 2040-01-02; B from 2040-01-02 to 2040-01-02; A from 2040-02-03 to 2040-02-03"},
		{"several documents", "---\n- kind: visit\n  factory: A\n" + rest + "---\n# nothing\n---\n- kind: visit\n  factory: B\n" + rest, "A from 2040-01-02 to 2040-01-02; B from 2040-01-02 to 2040-01-02"},
		{"nothing in three ways", "- kind: visit\n  factory: A\n  city: ~\n  address: null\n  last:\n" + rest, "A from 2040-01-02 to 2040-01-02"},
		{"words that YAML takes for nothing or for yes, in quotes and with a tag", "- kind: visit\n  factory: \"null\"\n" + rest + "- kind: visit\n  factory: !!str ~\n" + rest + "- kind: visit\n  factory: No\n" + rest, "null from 2040-01-02 to 2040-01-02; ~ from 2040-01-02 to 2040-01-02; No from 2040-01-02 to 2040-01-02"},
		{"numbers as they are written", "- kind: visit\n  factory: 007\n" + rest + "- kind: visit\n  factory: !!str 1_000\n" + rest + "- kind: visit\n  factory: 1e3\n" + rest, "007 from 2040-01-02 to 2040-01-02; 1_000 from 2040-01-02 to 2040-01-02; 1e3 from 2040-01-02 to 2040-01-02"},
		{"a block of text", "- kind: visit\n  factory: >-\n    A and\n    B\n" + rest, "A and B from 2040-01-02 to 2040-01-02"},
		{"as Windows writes it", "\ufeff- kind: visit\r\n  factory: A\r\n" + strings.ReplaceAll(rest, "\n", "\r\n"), "A from 2040-01-02 to 2040-01-02"},
		{"leads as a list", "- {kind: plan, factory: A, type: pre_shipment, rule: 0 9 * * 1, leads: [14, 3], channel: C0AAAAAAA1, owner: U0AAAAAAA1}", "A 0 9 * * 1 with leads of [14 3]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read("a.yaml", []byte(c.data), "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			if got := inWords(contents); got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}

func TestListsInYAML(t *testing.T) {
	want := []visit.Person{{User: "U0AAAAAAA1", Role: "leads"}, {Name: "Ms Zhang", Role: "interpreter; driver"}, {Name: "Mr Wu"}}
	for name, people := range map[string]string{
		"as text":                     `"U0AAAAAAA1: leads; Ms Zhang: \"interpreter; driver\"; Mr Wu"`,
		"as a list":                   "\n    - U0AAAAAAA1: leads\n    - Ms Zhang: interpreter; driver\n    - Mr Wu",
		"as a list in brackets":       `[U0AAAAAAA1: leads, Ms Zhang: "interpreter; driver", Mr Wu]`,
		"as a list of texts":          `["U0AAAAAAA1：leads", 'Ms Zhang: "interpreter; driver"', Mr Wu]`,
		"as fields":                   "\n    U0AAAAAAA1: leads\n    Ms Zhang: interpreter; driver\n    Mr Wu:",
		"as a list without roles too": "\n    - U0AAAAAAA1: leads\n    - Ms Zhang: interpreter; driver\n    - Mr Wu: ~\n    - ~",
	} {
		c, err := exchange.Read("a.yaml", []byte("- kind: visit\n  factory: A\n  purpose: first_visit\n  first: 2040-01-02\n  channel: C0AAAAAAA1\n  owner: U0AAAAAAA1\n  people: "+people+"\n"), "T1", kinds, exchange.Recorded{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := c.Visits[0].People; !slices.Equal(got, want) {
			t.Errorf("%s they are %+v, want %+v", name, got, want)
		}
	}
	c, err := exchange.Read("a.yaml", []byte("- {kind: plan, factory: A, type: pre_shipment, rule: 0 9 * * 1, leads: 14, inspectors: [&u U0AAAAAAA1, U0AAAAAAA2], channel: C0AAAAAAA1, owner: *u}\n"+
		"- {kind: plan, factory: B, type: pre_shipment, rule: 0 9 * * 1, leads: [], inspectors: [*u], channel: C0AAAAAAA1, owner: *u}\n"), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := c.Plans[0], c.Plans[1]; !slices.Equal(a.Inspectors, []string{"U0AAAAAAA1", "U0AAAAAAA2"}) || !slices.Equal(a.LeadDays, []int{14}) || !slices.Equal(b.Inspectors, []string{"U0AAAAAAA1"}) || len(b.LeadDays) > 0 {
		t.Errorf("they are %+v and %+v", a, b)
	}
}

func TestYAMLThatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"a list in a list", "- kind: plan\n  leads: [14, [3]]\n", `a.yaml:2: leads: an item is a list itself: write what it holds as items of the one list, such as [14, 3]`},
		{"several fields in a list", "- kind: visit\n  people:\n    - name: Ms Zhang\n      role: interpreter\n", `a.yaml:3: people: an item has several fields: write people: [U0123ABCD: leads, Ms Zhang: interpreter]`},
		{"a list where one value is wanted", "- kind: visit\n  agenda: [tour, lunch]\n", `a.yaml:2: agenda needs text, not a list`},
		{"a tag", "- kind: visit\n  factory: !A\n", `a.yaml:2: factory starts with !A`},
		{"a key twice", "- kind: visit\n  factory: A\n  factory: B\n", `a.yaml:3: factory appears twice (first on line 2)`},
		{"a tab", "- kind: visit\n\tfactory: A\n", `a.yaml:2: `},
		{"UTF-16", "\xff\xfe-\x00 \x00", `a.yaml:1: the file is UTF-16 text: save it as UTF-8`},
		{"a second document that is no list", "- kind: visit\n---\nkind: visit\n", `a.yaml:3: the file needs a list`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := exchange.Read("a.yaml", []byte(c.data), "T1", kinds, exchange.Recorded{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it is refused as\n%v\nwant\n%s", err, c.want)
			}
		})
	}
	// What a merge key brings stands on the line where it is written.
	_, err := exchange.Read("a.yaml", []byte("- &a\n  kind: visit\n  factory: A\n  purpose: first_visit\n  first: soon\n  channel: C0AAAAAAA1\n  owner: U0AAAAAAA1\n- <<: *a\n  first: 2040-01-02\n  purpose: party\n---\n- kind: party\n"), "T1", kinds, exchange.Recorded{})
	if err == nil || !strings.Contains(err.Error(), "a.yaml:5: first") || !strings.Contains(err.Error(), "a.yaml:10: purpose") || !strings.Contains(err.Error(), "a.yaml:12: kind") {
		t.Errorf("the mistakes are\n%v", err)
	}
}

func TestAValueThatACommentCutsOffIsDoubted(t *testing.T) {
	c, err := exchange.Read("a.yaml", []byte("- kind: visit # the first\n  factory: Hall # 3\n  purpose: first_visit # or another\n  first: 2040-01-02 # a Monday\n  channel: C0AAAAAAA1 # sourcing\n  owner: U0AAAAAAA1 # Mia\n"+
		"  people:\n    - U0AAAAAAA1 # Mia\n  address: Gate # 2\n  agenda: \"gate # 2\" # in quotes\n"), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range c.Doubts {
		got = append(got, d.String())
	}
	want := []string{`a.yaml:2: factory ends before "# 3"`, `a.yaml:9: address ends before "# 2"`}
	if len(got) != len(want) {
		t.Fatalf("the doubts are\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("a doubt is\n%s\nwant\n%s", got[i], want[i])
		}
	}
}
