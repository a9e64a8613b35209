package visit

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"visitprep/internal/civil"
)

func TestWhatIsTypedOnAChineseKeyboard(t *testing.T) {
	for _, in := range []string{"14；3", "１４，３", "14、3", "14\u30003", "\u200e14; 3"} {
		if got, err := ParseLeads(in); err != nil || !slices.Equal(got, []int{14, 3}) {
			t.Errorf("the leads %q are %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"09：00", "０９：００", "９：００", "9:00", " 09:00\u3000"} {
		if got, err := ParseTimeOfDay(in); err != nil || got != (TimeOfDay{9, 0}) {
			t.Errorf("the time %q is %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"22：00–07：00", "２２：００－０７：００", "22:00 — 7:00", "22:00〜07:00", "22:00～07:00", "22:00\u3000-\u300007:00"} {
		if got, err := ParseQuiet(in); err != nil || got.String() != "22:00-07:00" {
			t.Errorf("the hours %q are %v, %v", in, got, err)
		}
	}
	if q, err := ParseQuiet("\u3000"); err != nil || !q.None() {
		t.Errorf("a blank is the quiet hours %v, %v", q, err)
	}
	if d, err := civil.Parse("２０２７－０３－１５"); err != nil || d != civil.On(2027, 3, 15) {
		t.Errorf("the day is %v, %v", d, err)
	}
	f := Factory{Name: "宁波（光明）；A，B", Zone: "Ａｓｉａ／Ｓｈａｎｇｈａｉ"}
	f.Normalize()
	if err := f.Check(); err != nil || f.Zone != "Asia/Shanghai" || f.Name != "宁波（光明）；A，B" {
		t.Errorf("the factory is %+v, %v", f, err)
	}
}

func TestPeople(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Person
	}{
		{"nobody", " ;； \n", nil},
		{"with roles", "U0123ABCD: leads; Ms Zhang: interpreter", []Person{{User: "U0123ABCD", Role: "leads"}, {Name: "Ms Zhang", Role: "interpreter"}}},
		{"from a Chinese keyboard", "U0123ABCD：leads；张女士：翻译", []Person{{User: "U0123ABCD", Role: "leads"}, {Name: "张女士", Role: "翻译"}}},
		{"an id in wide letters", "Ｕ０１２３ＡＢＣＤ：leads", []Person{{User: "U0123ABCD", Role: "leads"}}},
		{"each on a line", "U0123ABCD: leads\r\nMs Zhang", []Person{{User: "U0123ABCD", Role: "leads"}, {Name: "Ms Zhang"}}},
		{"Chinese commas between names", "张三、李四，王五", []Person{{Name: "张三"}, {Name: "李四"}, {Name: "王五"}}},
		{"Chinese commas between people with roles", "U0123ABCD：leads，Ms Zhang：interpreter、王五：司机", []Person{{User: "U0123ABCD", Role: "leads"}, {Name: "Ms Zhang", Role: "interpreter"}, {Name: "王五", Role: "司机"}}},
		{"one within a role", "李女士：翻译、司机；王五", []Person{{Name: "李女士", Role: "翻译、司机"}, {Name: "王五"}}},
		{"commas between ids", "U0123ABCD, U0456EFGH，U0789IJKL", []Person{{User: "U0123ABCD"}, {User: "U0456EFGH"}, {User: "U0789IJKL"}}},
		{"commas between people with roles", "U0123ABCD: leads, Ms Zhang: interpreter, quality", []Person{{User: "U0123ABCD", Role: "leads"}, {Name: "Ms Zhang", Role: "interpreter, quality"}}},
		{"an id and a name", "U0123ABCD, Ms Zhang", []Person{{User: "U0123ABCD"}, {Name: "Ms Zhang"}}},
		{"a comma within a name", "Zhang, Wei: interpreter; Acme, Inc.", []Person{{Name: "Zhang, Wei", Role: "interpreter"}, {Name: "Acme, Inc."}}},
		{"a time within a role", "Ms Zhang: interpreter, from 9:30; Mr Li: driver, until 18：00", []Person{{Name: "Ms Zhang", Role: "interpreter, from 9:30"}, {Name: "Mr Li", Role: "driver, until 18：00"}}},
		{"quotes keep a name together", `"Zhang; Wei: the elder": interpreter; "李四、王五"`, []Person{{Name: "Zhang; Wei: the elder", Role: "interpreter"}, {Name: "李四、王五"}}},
		{"a quote within a name is one", `Li "Lee" Wei: driver`, []Person{{Name: `Li "Lee" Wei`, Role: "driver"}}},
		{"quotes that are not closed are part of it", `"Zhang; Li`, []Person{{Name: `"Zhang`}, {Name: "Li"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParsePeople(c.in); !slices.Equal(got, c.want) {
				t.Errorf("%q is %+v, want %+v", c.in, got, c.want)
			}
		})
	}
}

func TestGuests(t *testing.T) {
	for in, want := range map[string]Person{
		"Ms Zhang":                    {Name: "Ms Zhang"},
		" Ms Zhang , interpreter, QC": {Name: "Ms Zhang", Role: "interpreter, QC"},
		"张女士，翻译":                      {Name: "张女士", Role: "翻译"},
		"张女士、翻译":                      {Name: "张女士", Role: "翻译"},
		`"Zhang, Wei", interpreter`:   {Name: "Zhang, Wei", Role: "interpreter"},
	} {
		if got := ParseGuest(in); got != want {
			t.Errorf("the guest %q is %+v, want %+v", in, got, want)
		}
	}
}

// FuzzPeople writes people and reads them back.
func FuzzPeople(f *testing.F) {
	f.Add("Ms Zhang", "interpreter", "Li; Wei", "", "U0123ABCD")
	f.Add(`"a" b`, "x: y", `c"`, `"d"; e`, "U0123ABCD")
	f.Add("张三、李四", "翻译，司机", "U0123ABCD", `","`, "W0123ABCD")
	f.Fuzz(func(t *testing.T, name, role, other, otherRole, user string) {
		v := Visit{People: []Person{{Name: name, Role: role}, {Name: other, Role: otherRole}, {User: user, Role: role}}}
		v.Normalize()
		for _, p := range v.People {
			if p.User != "" && !IsPersonID(p.User) || IsPersonID(p.Name) || p.User != "" && p.Name != "" {
				return // no form and no file makes such a person
			}
		}
		written := FormatPeople(v.People)
		if got := ParsePeople(written); !slices.Equal(got, v.People) {
			t.Errorf("%+v is written as %s and read as %+v", v.People, written, got)
		}
		for _, p := range v.People {
			if p.User != "" {
				continue
			}
			if got := ParseGuest(FormatGuest(p)); got != p {
				t.Errorf("the guest %+v is written as %q and read as %+v", p, FormatGuest(p), got)
			}
		}
	})
}

// nasty has what must not be kept; wantLine and wantProse are what is left of it.
const (
	nasty     = " A\x00B\rC\u2028D\x1b\u202e\xff\tE\ufeff "
	wantLine  = "AB C D\ufffd E"
	wantProse = "AB\nC\nD\ufffd\tE"
)

func TestNothingIsKeptThatCannotBeSeen(t *testing.T) {
	now := at(t, "2027-03-01 09:00", "UTC")
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}
	v := Visit{Agenda: nasty, People: []Person{{Name: nasty, Role: nasty}}}
	v.Factory = Factory{Name: nasty, Chinese: nasty, City: nasty, Address: nasty, Contacts: nasty}
	v.Factory.Normalize()
	v.Normalize()
	is("the agenda", v.Agenda, wantProse)
	is("a person's name", v.People[0].Name, wantLine)
	is("a person's role", v.People[0].Role, wantLine)
	is("the factory's name", v.Factory.Name, wantLine)
	is("its name in Chinese", v.Factory.Chinese, wantLine)
	is("its city", v.Factory.City, wantLine)
	is("its address", v.Factory.Address, wantProse)
	is("its contacts", v.Factory.Contacts, wantProse)
	if err := v.AddNote(Note{Text: nasty}); err != nil {
		t.Fatal(err)
	}
	is("a note", v.Notes[0].Text, wantProse)
	if _, err := v.Items.Add(Item{Text: nasty}, true); err != nil {
		t.Fatal(err)
	}
	is("an item", v.Items[0].Text, wantLine)
	if _, err := v.Items.Skip(1, nasty, "U1", now); err != nil {
		t.Fatal(err)
	}
	is("why it is skipped", v.Items[0].Skipped, wantProse)
	i := Inspection{Order: nasty}
	i.Normalize()
	is("an order", i.Order, wantLine)
	if _, err := i.Report(Failed, nasty, "U1", now); err != nil {
		t.Fatal(err)
	}
	is("a result's note", i.Note, wantProse)
}

func TestATextOfWhichNothingIsSeenIsMissing(t *testing.T) {
	const unseen = "\u200b\u200d\ufe0f \u3000"
	f := Factory{Name: unseen}
	f.Normalize()
	if f.Check() == nil {
		t.Error("a factory is taken whose name cannot be seen")
	}
	var v Visit
	if v.AddNote(Note{Text: unseen}) == nil {
		t.Error("a note is taken that cannot be seen")
	}
	if _, err := v.Items.Add(Item{Text: unseen}, false); err == nil {
		t.Error("an item is taken that cannot be seen")
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add(nasty)
	f.Add("\u2067A\n\u2066B")
	f.Add("１４；３")
	f.Add("Day 1: 09:30-1 pm 开会, 下午2点半 tour; Lunch 12:00")
	f.Fuzz(func(t *testing.T, s string) {
		normal := func(v *Visit) []string {
			v.Factory.Normalize()
			v.Normalize()
			texts := []string{v.Agenda, v.Purpose, v.Factory.Name, v.Factory.Chinese, v.Factory.City, v.Factory.Address, v.Factory.Contacts, v.Factory.Zone}
			for _, p := range v.People {
				texts = append(texts, p.Name, p.Role)
			}
			return texts
		}
		v := Visit{Agenda: s, Purpose: s, People: []Person{{Name: s, Role: s}, {User: "U1", Role: s}}}
		v.Factory = Factory{Name: s, Chinese: s, City: s, Address: s, Contacts: s, Zone: s}
		once := normal(&v)
		for _, text := range once {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Errorf("%q is kept as %q", s, text)
			}
		}
		if twice := normal(&v); !slices.Equal(once, twice) {
			t.Errorf("%q is %q, and %q when it is normalized again", s, once, twice)
		}
		v.First, v.Last = civil.On(2027, 3, 15), civil.On(2027, 3, 17)
		for _, slot := range v.Slots() {
			if slot.Day.Before(v.First) || slot.Day.After(v.Last) || slot.From < 0 || slot.From > 24*60 || slot.To <= slot.From || slot.To > 48*60 || strings.ContainsAny(slot.Text, "\n") || strings.TrimSpace(slot.Text) == "" {
				t.Errorf("the agenda %q has %+v", v.Agenda, slot)
			}
		}
		var notes Visit
		if notes.AddNote(Note{Text: s, At: time.Time{}}) == nil && !utf8.ValidString(notes.Notes[0].Text) {
			t.Errorf("the note %q is kept as %q", s, notes.Notes[0].Text)
		}
	})
}
