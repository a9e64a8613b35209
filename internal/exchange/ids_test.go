package exchange_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

// What is not an id would reach whoever has the name: Slack posts to "#general" by it.
func TestIdsAreCheckedByTheirShape(t *testing.T) {
	const how = "in Slack, open the channel's details, the id is at the bottom"
	for _, c := range []struct{ column, cell, want string }{
		{"channel", "#general", `"#general" is a name, which can change hands: write an id such as C0123ABCD: ` + how},
		{"channel", "general", `"general" is not the id of a channel: write an id such as C0123ABCD: ` + how},
		{"channel", "c0aaaaaaa1", `"c0aaaaaaa1" is not in capitals: write it as C0AAAAAAA1`},
		{"channel", "C1", `"C1" is not the id of a channel`},
		{"channel", "C0AAAAAA-1", `"C0AAAAAA-1" is not the id of a channel`},
		{"channel", "D0AAAAAAA1", `D0AAAAAAA1 is the id of a direct message, not of a channel`},
		{"channel", "U0AAAAAAA1", `U0AAAAAAA1 is the id of a person, not of a channel`},
		{"channel", "T0AAAAAAA1", `T0AAAAAAA1 is the id of a workspace, not of a channel`},
		{"channel", "https://acme.slack.com/archives/C0AAAAAAA1/p1700000000", `is a link, not an id: write the id in it, C0AAAAAAA1`},
		{"channel", "https://app.slack.com/client/T0AAAAAAA1/C0AAAAAAA1", `is a link, not an id: write the id in it, C0AAAAAAA1`},
		{"channel", "slack://channel?team=T0AAAAAAA1&id=C0AAAAAAA1", `is a link, not an id: write the id in it, C0AAAAAAA1`},
		{"channel", "https://acme.slack.com/archives/", `is not the id of a channel`},
		{"channel", "mia@example.com", `"mia@example.com" is an e-mail address, not an id`},
		{"channel", "C0AAAAAAA1", ""},
		{"channel", "G0AAAAAAA1", ""},
		{"channel", "<#C0AAAAAAA1|sourcing>", ""},
		{"channel", "<#C0AAAAAAA1>", ""},
		{"owner", "@mia", `"@mia" is a name, which can change hands: write an id such as U0123ABCD`},
		{"owner", "mia@example.com", `"mia@example.com" is an e-mail address, not an id: write an id such as U0123ABCD`},
		{"owner", "Mia Chen", `"Mia Chen" is not the id of a person`},
		{"owner", "u0miachen01", `is not in capitals: write it as U0MIACHEN01`},
		{"owner", "C0AAAAAAA1", `C0AAAAAAA1 is the id of a channel, not of a person`},
		{"owner", "https://acme.slack.com/team/U0MIACHEN01", `is a link, not an id: write the id in it, U0MIACHEN01`},
		{"owner", "W0MIACHEN01", ""},
		{"owner", "<@U0MIACHEN01>", ""},
		{"owner", "<@U0MIACHEN01|mia>", ""},
		{"owner", "", ""},
		{"inspectors", "U0JONASWEB1; @mia", `"@mia" is a name`},
		{"inspectors", "U0JONASWEB1; jonas@example.com", `"jonas@example.com" is an e-mail address`},
		{"inspectors", "U0JONASWEB1; <@U0MIACHEN01>", ""},
		{"people", "@mia: leads", `"@mia" is a name`},
		{"people", "Ms Zhang; mia@example.com", `"mia@example.com" is an e-mail address`},
		{"people", "u0miachen01: leads", `is not in capitals: write it as U0MIACHEN01`},
		{"people", "<@U0MIACHEN01>: leads; Ms Zhang; MARGARETE", ""},
		{"people", "U0AAAAAAA1 leads", `"U0AAAAAAA1 leads" is an id and more: write it as U0123ABCD: leads; Ms Zhang: interpreter`},
		{"people", "U0AAAAAAA1|leads", `"U0AAAAAAA1|leads" is an id and more`},
		{"people", "U0AAAAAAA1＝leads", `"U0AAAAAAA1＝leads" is an id and more`},
		{"people", "U0AAAAAAA1 U0BBBBBBB2", `is an id and more`},
		{"people", "U0CCCCCCC3/U0DDDDDDD4", `is an id and more`},
		{"people", "Mia Chen U0AAAAAAA1: leads", `"Mia Chen U0AAAAAAA1" is an id and more`},
		{"people", "Ms Zhang; (Ｕ０ＢＢＢＢＢＢＢ２)", `is an id and more`},
		{"people", "UAB1CDEFG leads", `is an id and more`},
		{"people", "U0AAAAAAA1: leads / Ms Zhang: interpreter", `the role "leads / Ms Zhang: interpreter" has somebody else in it: write it as U0123ABCD: leads; Ms Zhang: interpreter`},
		{"people", "Ms Zhang: drives | Mr Wu: 翻译", `has somebody else in it`},
		{"people", "U0AAAAAAA1: leads U0BBBBBBB2: drives", `has somebody else in it`},
		{"people", "U0AAAAAAA1: QA/QC, 9:00 / 17:00; Ms Zhang: WAREHOUSE / 翻译; Head of WORKSHOP12; UNDERWRITERS Ltd", ""},
	} {
		t.Run(c.column+" "+c.cell, func(t *testing.T) {
			cells := map[string]string{"kind": "visit", "factory": "A", "purpose": "first_visit", "first": "2040-01-02", "channel": "C0SOURCING1"}
			if c.column == "inspectors" {
				cells = map[string]string{"kind": "plan", "factory": "A", "type": "pre_shipment", "rule": "every 2 weeks from 2040-03-19", "channel": "C0SOURCING1"}
			}
			cells[c.column] = c.cell
			var data strings.Builder
			for i, column := range []string{"kind", "factory", "purpose", "first", "channel", "type", "rule", "inspectors", "owner", "people"} {
				fmt.Fprintf(&data, "%s%s: %q\n", map[bool]string{true: "- ", false: "  "}[i == 0], column, cells[column])
			}
			im, err := exchange.Read("a.yaml", []byte(data.String()), "T1", kinds, exchange.Recorded{})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatalf("it is read as %+v", im.Contents)
			}
			if got := err.Error(); !strings.HasPrefix(got, "a.yaml:") || !strings.Contains(got, ": "+c.column+": ") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("it says %s\nwant %s", got, c.want)
			}
		})
	}
	im, err := exchange.Read("a.yaml", []byte("- {kind: visit, factory: A, purpose: first_visit, first: 2040-01-02, channel: '<#C0SOURCING1|x>', owner: '<@U0MIACHEN01>', people: '<@U0MIACHEN01|mia>: leads; MARGARETE'}"), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	v := im.Visits[0]
	if v.Channel != "C0SOURCING1" || v.Owner != "U0MIACHEN01" || !slices.Equal(v.People, []visit.Person{{User: "U0MIACHEN01", Role: "leads"}, {Name: "MARGARETE"}}) {
		t.Errorf("mentions are read as %+v", v)
	}
}

// Somebody whose name was recorded like that does not stand in the way of others.
func TestWhoIsRecordedAlreadyIsNoMistake(t *testing.T) {
	r := team()
	r.Visits[0].People = []visit.Person{{Name: "U0AAAAAAA1 leads"}, {Name: "Ms Zhang", Role: "leads / Mr Wu: drives"}}
	s := exported(t, r)
	s.set(2, "people", s[1][slices.Index(s[0], "people")]+"; Mr Ho")
	if im, err := s.read(r); err != nil || len(im.Changes) != 1 {
		t.Errorf("%v\n%s", err, asked(im))
	}
}
