package exchange

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/visit"
)

// samplePeople is a file with something in every field.
func samplePeople(t testing.TB) []byte {
	t.Helper()
	f := visit.Factory{Name: "Ningbo Bright", Chinese: "宁波光明", City: "Ningbo", Zone: "Asia/Shanghai"}
	place := visit.Place{Channel: "C1", Private: true}
	c := visit.Contact{Number: 1, Place: place, By: "U0MIACHEN01", Tier: 2, Name: "Chen Jie", Chinese: "陈杰", Said: "chén jié", Title: "Manager Chen", Firm: "Brokers", Roles: []visit.ContactRole{visit.Broker}, City: "Ningbo",
		Phone: "1", WeChat: "2", Email: "a@b.example", Speaks: "Mandarin", Met: "fair", KnownBy: []string{"U0MIACHEN01"}, PaidBy: "us", Trust: "quick", Consent: visit.ConsentAsk, Used: civil.On(2026, 2, 1)}
	p := visit.Promise{Number: 2, Place: place, By: "U0MIACHEN01", Factory: f, Owner: "U0MIACHEN01", Ours: true, Who: "Chen Jie", What: "send", Due: civil.On(2027, 1, 2)}
	g := visit.Gift{Number: 3, Place: place, By: "U0MIACHEN01", Factory: f, Given: true, Who: "Chen Jie", Owner: "U0MIACHEN01", What: "a book", Value: visit.Money{Hundredths: 1205, Currency: "EUR"}, Day: civil.On(2026, 3, 4), Approved: "Jo"}
	b, err := WritePeople(People{Contacts: []Contact{ContactOf(&c, &f)}, Promises: []Promise{PromiseOf(&p)}, Gifts: []Gift{GiftOf(&g)}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readPeople(t testing.TB, b []byte) (People, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x-people.json")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadPeople(name)
}

func TestPeopleComeBackAsTheyWere(t *testing.T) {
	b := samplePeople(t)
	p, err := readPeople(t, b)
	if err != nil {
		t.Fatal(err)
	}
	c, f := p.Contacts[0].Contact("T1", time.Unix(0, 0))
	x, g := p.Promises[0].Promise("T1"), p.Gifts[0].Gift("T1")
	if f.Name != "Ningbo Bright" || c.Trust != "quick" || c.Used != civil.On(2026, 2, 1) || !c.Private || x.Due != civil.On(2027, 1, 2) || !x.Ours || g.Value.Hundredths != 1205 || g.Approved != "Jo" {
		t.Errorf("read is %+v, %+v, %+v", c, x, g)
	}
	again, err := WritePeople(p)
	if err != nil || !bytes.Equal(again, b) {
		t.Errorf("written again it is\n%s", again)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a value that is no number", `"12.05"`, `"much"`, "gift 3: "},
		{"a role that there is not", `"broker"`, `"spy"`, "contact 1: "},
		{"nobody who recorded it", `"by": "U0MIACHEN01"`, `"by": "Mia"`, "by must be the id of somebody in Slack"},
		{"a field that there is not", `"said"`, `"religion"`, `unknown field "religion"`},
		{"a promise without a factory", `"name": "Ningbo Bright"`, `"name": ""`, "promise 2: the factory is missing"},
	} {
		if _, err := readPeople(t, bytes.ReplaceAll(b, []byte(c.old), []byte(c.new))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// FuzzPeople: whatever a file holds, it is refused, or what was read is written and read again.
func FuzzPeople(f *testing.F) {
	f.Add(samplePeople(f))
	f.Add([]byte(`{"gifts": [{"number": 1, "value": "-1"}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPeople(t, b)
		if err != nil {
			return
		}
		once, err := WritePeople(p)
		if err != nil {
			t.Fatal(err)
		}
		q, err := readPeople(t, once)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, once)
		}
		if twice, err := WritePeople(q); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("it is another file: %v\n%s\n%s", err, once, twice)
		}
	})
}
