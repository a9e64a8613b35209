package exchange_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/civil"
	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

const agreementYAML = `- kind: agreement
  factory: Ningbo Bright Metal
  city: Ningbo
  agreement: framework
  title: Lamp housings
  signed: "2027-01-05"
  starts: "2027-02-01"
  ends: "2027-12-31"
  renews: 12
  notice: 60
  notice_how: by courier, to the registered address
  notice_given: "2027-02-20"
  link: https://acme.slack.com/archives/C1/p1
  company: 宁波光明金属制品有限公司
  code: 91350100M000100Y43
  for_us: Mia Chen
  for_them: Mr Wang, general manager
  seal: company
  authority: power of attorney seen
  languages: Chinese and English; the Chinese rules
  talk_by: WeChat group
  answer_hours: 24
  they_turn_to: Jonas Weber
  we_turn_to: Ms Li
  lead_days: 45
  lead_from: the deposit
  minimum: 500 pieces
  payment: a third as deposit
  incoterm: FOB Ningbo
  warranty_months: 24
  claim_days: 30
  spare_years: 5
  sampling: II 2.5 4.0
  reinspection: the factory
  penalty: none
  law: Chinese law
  channel: C0SOURCING1
  owner: U0MIACHEN01
`

// in2027 is when the file is read.
func in2027() exchange.Kinds {
	k := kinds
	k.Today = civil.On(2027, 3, 1)
	return k
}

// What is written of an agreement is read, in every format.
func TestAnAgreementIsWrittenAndRead(t *testing.T) {
	im, err := exchange.Read("team.yaml", []byte(agreementYAML), "T1", in2027(), exchange.Recorded{})
	if err != nil || len(im.Agreements) != 1 || len(im.Doubts) != 0 {
		t.Fatal(err, im.Doubts)
	}
	a := im.Agreements[0]
	if a.Workspace != "T1" || a.State != visit.AgreementSigned || a.ActBy() != civil.On(2027, 11, 1) || a.Terms.AQLMinor != "4.0" || a.Talk.TheirLadder != "Ms Li" || a.Undecided() || a.NoticeGiven.By != "U0MIACHEN01" || a.By != "U0MIACHEN01" {
		t.Errorf("read is %+v", a)
	}
	for _, format := range exchange.Formats() {
		var b strings.Builder
		if err := exchange.Write(&b, format, im.Contents); err != nil {
			t.Fatal(err)
		}
		again, err := exchange.Read("team."+format, []byte(b.String()), "T1", in2027(), exchange.Recorded{})
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if diff := cmp.Diff(im.Contents, again.Contents); diff != "" {
			t.Errorf("%s: what is read is not what was written (-written +read):\n%s", format, diff)
		}
	}
}

// A notice that cannot have been given is a mistake beside it.
func TestANoticeThatWasNotGiven(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a day to come":      {"notice_given: \"2027-02-20\"", "notice_given: 2027-03-02", "2027-03-02 has not come yet"},
		"without a last day": {"  ends: \"2027-12-31\"\n  renews: 12\n", "", "only an agreement that is signed and has a last day"},
		"of a draft":         {"  signed: \"2027-01-05\"\n", "", "only an agreement that is signed and has a last day"},
		"no day":             {"notice_given: \"2027-02-20\"", "notice_given: yes", "notice_given"},
	} {
		if _, err := exchange.Read("team.yaml", []byte(strings.Replace(agreementYAML, c.old, c.new, 1)), "T1", in2027(), exchange.Recorded{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A file without agreements has no columns for them.
func TestAFileWithoutAgreementsHasNoColumnsForThem(t *testing.T) {
	var b strings.Builder
	if err := exchange.Write(&b, "csv", exchange.Contents{Visits: team().Visits[:1]}); err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(b.String(), "\n"); strings.Contains(head, "notice") || !strings.Contains(head, "purpose") {
		t.Errorf("its columns are %s", head)
	}
}

// agreedTeam has agreement 1 with the factory 1 of the team, and agreement 2, which is over.
func agreedTeam(t *testing.T) exchange.Recorded {
	t.Helper()
	r := team()
	im, err := exchange.Read("team.yaml", []byte(agreementYAML), "T1", in2027(), exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	a := im.Agreements[0]
	a.Number, a.Factory, a.Visit = 1, r.Factories[0], 7
	over := a.Clone()
	over.Number, over.State, over.Title = 2, visit.AgreementEnded, "Old"
	r.Agreements = []visit.Agreement{a, over}
	return r
}

func TestARowChangesTheAgreementThatItNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     string
	}{
		"nothing is changed":          {"", "", "1 same"},
		"another last day and notice": {"notice: \"60\"\n", "notice: 30\n", `agreement 1 notice: "60" to "30"`},
		"a title":                     {"title: Lamp housings", "title: Lamps", `agreement 1 title: "Lamp housings" to "Lamps"`},
		"a term is emptied":           {"law: Chinese law\n", "law: \"\"\n", `agreement 1 law: "Chinese law" to ""`},
		"samples":                     {"sampling: II 2.5 4.0", "sampling: III 1.5", `agreement 1 sampling: "II 2.5 4.0" to "III 1.5"`},
		"a kind that is none":         {"agreement: framework", "agreement: framwork", "did you mean framework?"},
		"an AQL that is no step":      {"sampling: II 2.5 4.0", "sampling: II 2.0", "is no level, and no AQL of the table"},
		"an end before its start":     {"ends: \"2027-12-31\"", "ends: \"2027-01-31\"", "It ends before it begins"},
		"notice longer than the term": {"notice: \"60\"", "notice: 600", "more than the 334 days"},
		"notice in words":             {"notice: \"60\"", "notice: two months", "is not a whole number"},
		"a link that is none":         {"link: https://acme.slack.com/archives/C1/p1", "link: contract.pdf", "begins with https://"},
		"a notice of another day":     {"notice_given: \"2027-02-20\"", "notice_given: \"2027-02-21\"", "with End agreement on its card"},
		"a state":                     {"state: signed", "state: ended", "cannot be changed by a file"},
		"another channel":             {"channel: C0SOURCING1", "channel: C0ANOTHER01", "cannot be changed by a file"},
		"another factory":             {"factory_number: \"1\"", "factory_number: 2", "stays at its factory"},
		"a number that is another's":  {"\n  number: \"1\"", "\n  number: 4", "though there is a visit 4"},
		"one that is over":            {"\n  number: \"1\"", "\n  number: 2", "agreement 2 is over"},
		"a wrong code":                {"code: 91350100M000100Y43", "code: 91350100M000100Y44", "code: The code's last character does not fit"},
	} {
		r := agreedTeam(t)
		var b strings.Builder
		if err := exchange.Write(&b, "yaml", exchange.Contents{Agreements: r.Agreements[:1]}); err != nil {
			t.Fatal(err)
		}
		file := b.String()
		if c.old != "" && strings.Count(file, c.old) != 1 {
			t.Fatalf("%s: the file has %q %d times:\n%s", name, c.old, strings.Count(file, c.old), file)
		}
		im, err := exchange.Read("team.yaml", []byte(strings.Replace(file, c.old, c.new, 1)), "T1", in2027(), r)
		got := asked(im)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}

// A change is made to what the file cannot say as it is now, and refused where somebody was
// quicker.
func TestAChangeOfAnAgreementKeepsTheRest(t *testing.T) {
	r := agreedTeam(t)
	var b strings.Builder
	if err := exchange.Write(&b, "yaml", exchange.Contents{Agreements: r.Agreements[:1]}); err != nil {
		t.Fatal(err)
	}
	im, err := exchange.Read("team.yaml", []byte(strings.Replace(b.String(), `notice: "60"`, "notice: 30", 1)), "T1", in2027(), r)
	if err != nil || len(im.Changes) != 1 {
		t.Fatal(err, im.Changes)
	}
	now := r.Agreements[0].Clone()
	now.ChannelZone, now.OwnerZone, now.By, now.Schedule = "Europe/Berlin", "Europe/Berlin", "U0JONASWEB1", 4
	want := now.Clone()
	want.Notice = 30
	if err := im.Changes[0].Agreement(&now); err != nil {
		t.Fatal(err)
	}
	now.Rev, now.Created = want.Rev, want.Created
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	quicker := r.Agreements[0].Clone()
	quicker.Notice = 45
	if err := im.Changes[0].Agreement(&quicker); err == nil || !strings.Contains(err.Error(), "somebody changed agreement 1 meanwhile") {
		t.Errorf("where somebody was quicker: %v", err)
	}
}

// A row that is there already adds nothing.
func TestAnAgreementThatIsThereIsNotAdded(t *testing.T) {
	im, err := exchange.Read("team.yaml", []byte(agreementYAML), "T1", in2027(), agreedTeam(t))
	if err != nil || len(im.Agreements) != 0 || im.Same != 1 {
		t.Errorf("it asks for %s, %v", asked(im), err)
	}
}
