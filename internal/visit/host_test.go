package visit

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

func TestALineInTwoLanguagesIsReadInAnyOrder(t *testing.T) {
	for line, want := range map[string]Bilingual{
		"到厂 | Arrival":           {"Arrival", "到厂"},
		"Arrival ｜ 到厂":           {"Arrival", "到厂"},
		" 到厂 ":                   {"", "到厂"},
		"Arrival":                {"Arrival", ""},
		"王总 | Mr 王":              {"Mr 王", "王总"},
		"|":                      {},
		"":                       {},
		"到厂 | Arrival | by taxi": {"Arrival, by taxi", "到厂"},
	} {
		got := ParseBilingual(line)
		if got != want {
			t.Errorf("%q is %+v, want %+v", line, got, want)
		}
		if again := ParseBilingual(got.Line()); again != got {
			t.Errorf("%q is written as %q, which is %+v", line, got.Line(), again)
		}
	}
}

func TestADayOfAnAgenda(t *testing.T) {
	d, err := ParseHostDay(0, "12:00 午餐（工作餐即可） | lunch\n\n09.30 Inspection\n８：３０ 到厂，登记 | arrival")
	want := HostDay{[]HostLine{{"8:30", Bilingual{"arrival", "到厂，登记"}}, {"9:30", Bilingual{"Inspection", ""}}, {"12:00", Bilingual{"lunch", "午餐（工作餐即可）"}}}}
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("it is %+v, %v", d, err)
	}
	if again, err := ParseHostDay(0, d.Text()); err != nil || !reflect.DeepEqual(again, d) {
		t.Errorf("written and read again it is %+v, %v", again, err)
	}
	for text, says := range map[string]string{
		"Inspection":         "has no time",
		"25:00 dinner":       "25:00 is not a time of day",
		"9:75 tests":         "9:75 is not a time of day",
		"9:30":               "Please write what happens at 9:30.",
		"9:00 a\n下午 检验":      "“下午 检验” has no time",
		"2027-03-15 at 9:00": "has no time",
	} {
		_, err := ParseHostDay(1, text)
		var wrong InputErrors
		if !errors.As(err, &wrong) || wrong[0].Field != "host_agenda2" || !strings.Contains(wrong.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSizesOfShoes(t *testing.T) {
	for _, text := range []string{"42, 39, 37", "42 39 37", "42、39、37", "42; 39 and 37", "４２，39，37"} {
		if sizes, err := ParseShoes(text); err != nil || !reflect.DeepEqual(sizes, []int{42, 39, 37}) {
			t.Errorf("%q is %v, %v", text, sizes, err)
		}
	}
	for _, text := range []string{"nine", "9", "420", "42.5"} {
		if sizes, err := ParseShoes(text); err == nil {
			t.Errorf("%q is %v", text, sizes)
		}
	}
}

var hostNow = time.Date(2027, 2, 22, 4, 0, 0, 0, time.UTC)

func hosted() (*Visit, Host) {
	v := &Visit{First: civil.On(2027, 3, 15), Last: civil.On(2027, 3, 16)}
	v.Workspace, v.Number, v.Zone, v.Items = "T1", 12, DefaultZone, Checklist{{ID: 1, Milestone: -28, Text: "a"}, {ID: 2, Milestone: -7, Text: "b"}, {ID: 3, Milestone: -1, Text: "c"}}
	return v, Host{
		To: ParseBilinguals("王总"), Purposes: []string{"first"}, Company: Bilingual{EN: "Acme"}, People: ParseBilinguals("Mia Chen"),
		First: v.First, Last: v.Last, Contact: Bilingual{EN: "Mia"}, ReplyBy: civil.On(2027, 3, 8),
	}
}

func TestWhatABriefForAHostNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(*Host)
		field, says string
	}{
		"whom it greets":                {func(h *Host) { h.To = nil }, HostTo, "such as 王总"},
		"a purpose":                     {func(h *Host) { h.Purposes = nil }, HostPurposes, "as the host may know it"},
		"our company":                   {func(h *Host) { h.Company = Bilingual{} }, HostCompany, "your company"},
		"people":                        {func(h *Host) { h.People = nil }, HostPeople, "a line each"},
		"a place where to be fetched":   {func(h *Host) { h.Transport = PickUp }, HostPickup, "where and when"},
		"a contact":                     {func(h *Host) { h.Contact = Bilingual{} }, HostContact, "can call"},
		"a day for the answer":          {func(h *Host) { h.ReplyBy = civil.Date{} }, HostReplyBy, "pick a day"},
		"one that is ahead":             {func(h *Host) { h.ReplyBy = civil.On(2027, 2, 21) }, HostReplyBy, "has already passed"},
		"one before the visit":          {func(h *Host) { h.ReplyBy = civil.On(2027, 3, 16) }, HostReplyBy, "after the visit begins"},
		"lines that fit":                {func(h *Host) { h.Arrival.ZH = strings.Repeat("到", 201) }, HostArrival, "at most 200"},
		"not everybody who can be met":  {func(h *Host) { h.To = ParseBilinguals(strings.Repeat("王总\n", 7)) }, HostTo, "at most 6"},
		"a day that is not overcrowded": {func(h *Host) { h.Days = []HostDay{{make([]HostLine, 17)}}; fill(h) }, "host_agenda1", "at most 16"},
	} {
		t.Run(name, func(t *testing.T) {
			v, h := hosted()
			if err := h.Check(v.Today(hostNow)); err != nil {
				t.Fatal(err)
			}
			c.change(&h)
			var wrong InputErrors
			if err := h.Check(v.Today(hostNow)); !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != c.field || !strings.Contains(wrong.Error(), c.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func fill(h *Host) {
	for i := range h.Days[0].Lines {
		h.Days[0].Lines[i] = HostLine{"9:00", Bilingual{ZH: "检验"}}
	}
}

func TestABriefForAHostIsOfAVisitAhead(t *testing.T) {
	v, h := hosted()
	v.Cancelled = Mark{"U1", hostNow}
	if _, _, err := v.PutHost(h, nil, "U1", hostNow); err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("of a cancelled visit: %v", err)
	}
	v, h = hosted()
	if _, _, err := v.PutHost(h, nil, "U1", time.Date(2027, 3, 17, 4, 0, 0, 0, time.UTC)); err == nil || !strings.Contains(err.Error(), "ended on 16 March 2027") {
		t.Errorf("of a visit that is over: %v", err)
	}
	h.Last = h.Last.AddDays(1)
	if _, _, err := v.PutHost(h, nil, "U1", hostNow); err == nil || !strings.Contains(err.Error(), "moved the visit") {
		t.Errorf("of other days: %v", err)
	}
}

func TestTheHostsAnswersAreItemsOnce(t *testing.T) {
	v, h := hosted()
	first, made, err := v.PutHost(h, nil, "U1", hostNow)
	if err != nil || !made || len(first.Items) != 3 || len(v.Items) != 6 {
		t.Fatalf("it is %+v, %v, %v; the checklist %+v", first, made, err, v.Items)
	}
	one, two := must(v.Items.Find(first.Items[0])), must(v.Items.Find(first.Items[1]))
	if one.Due != h.ReplyBy || one.Owner != "U1" || one.Milestone != -7 || !one.Sensitive {
		t.Errorf("an item is %+v", one)
	}
	// The team rewords one, and gives another a day of its own: a revision leaves both.
	must(v.Items.Reword(one.ID, "Ask Mr Wang about the days", false))
	must(v.Items.SetDue(two.ID, civil.On(2027, 3, 1), v.Today(hostNow)))
	h.ReplyBy = civil.On(2027, 3, 5)
	second, made, err := v.PutHost(h, &first, "U2", hostNow)
	if err != nil || !made || second.Revision != 2 || len(v.Items) != 6 {
		t.Fatalf("the second is %+v, %v, %v; the checklist %+v", second, made, err, v.Items)
	}
	one, two = must(v.Items.Find(one.ID)), must(v.Items.Find(two.ID))
	if one.Due != h.ReplyBy || two.Due != civil.On(2027, 3, 1) {
		t.Errorf("the items are %+v and %+v", one, two)
	}
	// A checklist that is full holds back no brief.
	full, h := hosted()
	for len(full.Items) < MaxItems {
		full.Items = append(full.Items, Item{ID: 100 + len(full.Items), Text: "x"})
	}
	if b, made, err := full.PutHost(h, nil, "U1", hostNow); err != nil || !made || len(b.Items) != 0 {
		t.Errorf("with a full checklist it is %+v, %v, %v", b, made, err)
	}
}

// A revision holds what the factory may read: a field that comes is decided about here.
func TestWhatAHostIsTold(t *testing.T) {
	var fields []string
	for f := range reflect.TypeFor[Host]().Fields() {
		fields = append(fields, f.Name)
	}
	if got, want := strings.Join(fields, " "), "To Purposes Order Company People First Last Arrival Departure Transport Pickup Days Prepare Ready Photos Safety Shoes Lunch Diet NoAlcohol NoGifts Contact ReplyBy"; got != want {
		t.Errorf("a Host has %s; is each of them for the factory? If so, write them here", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
