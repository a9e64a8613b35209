package exchange_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

const deliveryYAML = `- kind: delivery
  factory: Ningbo Bright Metal
  city: Ningbo
  order: "=4512"
  confirmed: "2027-02-10"
  shipped: "2027-02-15"
  quantity: 3,000
  shipped_pieces: "2900"
  our_delay: yes
  why: artwork a week late
  channel: C0SOURCING1
  owner: U0MIACHEN01
`

// What is written of a delivery is read, in every format, an order that looks like a formula
// too; a file without any has no columns for them.
func TestADeliveryIsWrittenAndRead(t *testing.T) {
	im, err := exchange.Read("team.yaml", []byte(deliveryYAML), "T1", in2027(), exchange.Recorded{})
	if err != nil || len(im.Deliveries) != 1 || len(im.Doubts) != 0 {
		t.Fatal(err, im.Doubts)
	}
	want := visit.OrderDelivery{
		Workspace: "T1", Factory: im.Deliveries[0].Factory, Channel: "C0SOURCING1", Order: "=4512", Confirmed: civil.On(2027, 2, 10), Shipped: civil.On(2027, 2, 15),
		Quantity: 3000, Sent: 2900, OurDelay: true, Why: "artwork a week late", By: "U0MIACHEN01",
	}
	if diff := cmp.Diff(want, im.Deliveries[0]); diff != "" || want.Factory.City != "Ningbo" {
		t.Errorf("what is read is not what was written (-written +read):\n%s", diff)
	}
	for _, format := range exchange.Formats() {
		var b strings.Builder
		if err := exchange.Write(&b, format, im.Contents); err != nil {
			t.Fatal(err)
		}
		if format == "csv" && !strings.Contains(b.String(), ",'=4512,") {
			t.Errorf("a spreadsheet would run the order: %s", b.String())
		}
		again, err := exchange.Read("team."+format, []byte(b.String()), "T1", in2027(), exchange.Recorded{})
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if diff := cmp.Diff(im.Contents, again.Contents); diff != "" {
			t.Errorf("%s: what is read is not what was written (-written +read):\n%s", format, diff)
		}
	}
	var b strings.Builder
	if err := exchange.Write(&b, "csv", exchange.Contents{Visits: team().Visits[:1]}); err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(b.String(), "\n"); strings.Contains(head, "confirmed") || !strings.Contains(head, "purpose") {
		t.Errorf("its columns are %s", head)
	}
}

func TestMistakesInARowOfADelivery(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"no order":                          {"  order: \"=4512\"\n", "", "team.yaml:1: order: Please give the number of the order: write it as 4512"},
		"no day confirmed":                  {"  confirmed: \"2027-02-10\"\n", "", "confirmed: Please pick the day that the factory first confirmed: write it as 2027-03-15"},
		"a day that can be two":             {"2027-02-10", "02/10/2027", "team.yaml:5: confirmed: "},
		"shipped on a day yet to come":      {"2027-02-15", "2027-03-02", "team.yaml:6: shipped: "},
		"no pieces":                         {"3,000", "''", "team.yaml:7: quantity: Please give the number of pieces ordered"},
		"half a piece":                      {"3,000", "3,5", `team.yaml:7: quantity: "3,5" is not a whole number: write it as 3000`},
		"shipped, and nobody says how many": {"  shipped_pieces: \"2900\"\n", "", "shipped_pieces: Please give the number of pieces shipped"},
		"pieces without their day":          {"  shipped: \"2027-02-15\"\n", "", "shipped: Please pick the day on which the 2900 pieces were shipped"},
		"our delay and no reason":           {"  why: artwork a week late\n", "", "why: Please write what on our side delayed it"},
		"neither yes nor no":                {"our_delay: yes", "our_delay: perhaps", `team.yaml:9: our_delay: "perhaps" is not known: write one of yes, no`},
		"nobody logged it":                  {"  owner: U0MIACHEN01\n", "", "owner: who logged it is missing: write it as U0123ABCD"},
		"no channel":                        {"  channel: C0SOURCING1\n", "", "channel: Please pick the channel"},
		"a channel by its name":             {"C0SOURCING1", "'#sourcing'", "which can change hands"},
		"a column misspelt":                 {"confirmed:", "confirmd:", "did you mean confirmed?"},
	} {
		im, err := exchange.Read("team.yaml", []byte(strings.Replace(deliveryYAML, c.old, c.new, 1)), "T1", in2027(), exchange.Recorded{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(im.Deliveries)+len(im.Changes) > 0 {
			t.Errorf("%s: it asks for something all the same", name)
		}
	}
}

// recordedDelivery is a team with one delivery, and its export.
func recordedDelivery(t *testing.T) (exchange.Recorded, string) {
	t.Helper()
	r := team()
	im, err := exchange.Read("team.yaml", []byte(deliveryYAML), "T1", in2027(), exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	d := im.Deliveries[0]
	d.Number, d.Factory = 1, r.Factories[0]
	r.Deliveries = []visit.OrderDelivery{d}
	var b strings.Builder
	if err := exchange.Write(&b, "yaml", exchange.Contents{Deliveries: r.Deliveries}); err != nil {
		t.Fatal(err)
	}
	return r, b.String()
}

// A row with a number corrects the delivery, which keeps how it was. What it is measured by, its
// channel and who logged it stay.
func TestARowCorrectsTheDeliveryThatItNumbers(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want, wrong string }{
		"nothing is changed":      {},
		"the same day, otherwise": {`"2027-02-15"`, "15 Feb 2027", "", ""},
		"its order":               {`order: =4512`, `order: "4513"`, "order: =4512 → 4513", ""},
		"its day":                 {"2027-02-15", "2027-02-16", "shipped: 2027-02-15 → 2027-02-16", ""},
		"its pieces":              {`"2900"`, "3,000", "shipped_pieces: 2900 → 3000", ""},
		"it was not our delay":    {`our_delay: "yes"`, `our_delay: ""`, "our_delay: yes → empty", ""},
		"the day confirmed":       {"2027-02-10", "2027-02-11", "", "with Edit delivery"},
		"the pieces ordered":      {`"3000"`, `"3100"`, "", "with Edit delivery"},
		"who logged it":           {"owner: U0MIACHEN01", "owner: U0JONAS0001", "", "who logged delivery 1 stays"},
		"what it has not":         {"    order:", "    purpose: first_visit\n    order:", "", "a delivery has none"},
		"a number there is not":   {"number: \"1\"", "number: \"9\"", "", "there is no delivery 9: leave number empty to add one"},
	} {
		r, file := recordedDelivery(t)
		if c.old != "" {
			c.old, c.new = strings.ReplaceAll(c.old, "    order:", "  order:"), strings.ReplaceAll(strings.ReplaceAll(c.new, "    order:", "  order:"), "    purpose", "  purpose")
			if !strings.Contains(file, c.old) {
				t.Fatalf("%s: the file is %s", name, file)
			}
			file = strings.Replace(file, c.old, c.new, 1)
		}
		im, err := exchange.Read("team.yaml", []byte(file), "T1", in2027(), r)
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", name, err)
			continue
		case c.want == "":
			if len(im.Changes) != 0 || im.Same != 1 {
				t.Errorf("%s: %+v", name, im.Changes)
			}
			continue
		case len(im.Changes) != 1 || len(im.Changes[0].Cells) != 1 || im.Changes[0].Cells[0].String() != c.want:
			t.Errorf("%s: %+v", name, im.Changes)
			continue
		}
		was, now := r.Deliveries[0], r.Deliveries[0]
		mark := visit.Mark{By: visit.ByImport, At: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
		if err := im.Changes[0].Delivery(&now, mark); err != nil || len(now.Revisions) != 1 || now.Revisions[0].Said != mark || now.Revisions[0].Order != was.Order {
			t.Errorf("%s: it is %+v, %v", name, now, err)
		}
		to := now
		to.Revisions = nil
		if cmp.Equal(to, was) {
			t.Errorf("%s: nothing is changed", name)
		}
		if err := im.Changes[0].Delivery(&now, mark); err == nil {
			t.Errorf("%s: what somebody changed meanwhile is overwritten", name)
		}
	}
}

// A row without a number is the delivery of its order that is there. An order has several where
// the file has each of them.
func TestADeliveryThatIsThereIsNotAdded(t *testing.T) {
	numberless := func(edit ...string) string {
		return strings.NewReplacer(edit...).Replace(deliveryYAML)
	}
	r, numbered := recordedDelivery(t)
	second := numberless("2027-02-15", "2027-02-20", `"2900"`, `"100"`)
	for name, c := range map[string]struct {
		file        string
		added, same int
		told        string
	}{
		"the same again":                   {numberless(), 0, 1, ""},
		"the same, the order in one":       {numberless("=4512", " =4512 "), 0, 1, ""},
		"with another day":                 {numberless("2027-02-15", "2027-02-16"), 0, 1, "shipped: delivery 1 is there already and has 2027-02-15, which stays; write 1 in the column number to change it"},
		"the order's second delivery":      {numberless() + second, 1, 1, ""},
		"a second beside another day":      {numberless("2027-02-15", "2027-02-16") + second, 1, 1, "shipped: delivery 1 is there already"},
		"beside the first with its number": {numbered + second, 1, 1, ""},
		"the same line twice":              {second + second, 0, 2, "shipped_pieces: delivery 1"},
		"a new one twice":                  {numberless("=4512", "4600") + numberless("=4512", "4600"), 1, 1, "the same delivery is on line 1"},
		"another channel":                  {numberless("C0SOURCING1", "C0QUALITY01"), 1, 0, ""},
		"another order":                    {numberless("=4512", "4600"), 1, 0, ""},
	} {
		im, err := exchange.Read("team.yaml", []byte(c.file), "T1", in2027(), r)
		if err != nil || len(im.Deliveries) != c.added || im.Same != c.same || len(im.Changes) != c.added {
			t.Errorf("%s: %d added, %d as they were, %+v, %v", name, len(im.Deliveries), im.Same, im.Changes, err)
		}
		if told := im.Doubts.Error(); !strings.Contains(told, c.told) || c.told == "" && len(im.Doubts) > 0 {
			t.Errorf("%s: it is told %q", name, told)
		}
	}
}
