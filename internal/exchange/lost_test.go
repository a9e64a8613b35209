package exchange_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"visitprep/internal/exchange"
	"visitprep/internal/visit"
)

const lost = `its letters were lost when the file was saved: save it as "CSV UTF-8" or .xlsx`

// savedAs is s as a program saves it in an encoding that lacks some of its letters.
func savedAs(t *testing.T, s string, e encoding.Encoding) string {
	t.Helper()
	b, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(s)
	if err != nil {
		t.Fatal(err)
	}
	b = strings.ReplaceAll(b, "\x1a", "?")
	s, err = e.NewDecoder().String(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readAs is s when its UTF-8 is read as another encoding.
func readAs(t *testing.T, s string, e encoding.Encoding) string {
	t.Helper()
	s, err := e.NewDecoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written are the bytes of s in an encoding.
func written(t *testing.T, s string, e encoding.Encoding) string {
	t.Helper()
	b, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// boxed has a sign for each question mark that stands for a letter.
func boxed(s, sign string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(s, "Who?", "Who\x00"), "?", sign), "Who\x00", "Who?")
}

// chinese is a team of which everything is in Chinese that can be.
func chinese() exchange.Recorded {
	r := team()
	f := visit.Factory{Workspace: "T1", Number: 1, Name: "宁波光明金属制品有限公司 (Alpha)", Chinese: "宁波光明金属制品有限公司", City: "宁波", Address: "江北区长兴路1号，3楼", Contacts: "李经理 (Ms Li) +86 574 5550 0188", Zone: "Asia/Shanghai"}
	r.Factories[0] = f
	for i := range r.Visits[:3] {
		r.Visits[i].Factory = f
	}
	r.Plans[0].Factory = f
	r.Visits[0].Agenda = "Who? 参观工厂\nTour of Müller 车间"
	r.Visits[0].People = []visit.Person{{User: "U0MIACHEN01", Role: "leads"}, {Name: "张伟", Role: "翻译"}}
	return r
}

func TestLettersThatWereLostOverwriteNothing(t *testing.T) {
	turned := func(t *testing.T, s string) string { return savedAs(t, s, charmap.Windows1252) }
	for _, c := range []struct {
		name string
		lose func(*testing.T, string) string
	}{
		{"saved as Windows-1252", turned},
		{"a run of letters is one sign", func(t *testing.T, s string) string {
			for strings.Contains(s, "? ") || strings.Contains(turned(t, s), "??") {
				if next := strings.ReplaceAll(turned(t, s), "??", "?"); next != s {
					s = next
					continue
				}
				break
			}
			return s
		}},
		{"the sign of what cannot be read", func(t *testing.T, s string) string {
			return strings.ReplaceAll(strings.ReplaceAll(turned(t, s), "Who?", "Who\x00"), "?", "\ufffd")
		}},
		{"wide signs become narrow ones", func(t *testing.T, s string) string { return turned(t, strings.ReplaceAll(s, "，", ",")) }},
		{"UTF-8 read as Windows-1252", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows1252) }},
		{"UTF-8 read as Latin-1", func(t *testing.T, s string) string { return readAs(t, s, charmap.ISO8859_1) }},
		{"UTF-8 read on a Mac", func(t *testing.T, s string) string { return readAs(t, s, charmap.Macintosh) }},
		{"UTF-8 read as GBK", func(t *testing.T, s string) string { return readAs(t, s, simplifiedchinese.GBK) }},
		{"UTF-8 read as GB18030, broken letters left out", func(t *testing.T, s string) string {
			return strings.ReplaceAll(readAs(t, s, simplifiedchinese.GB18030), "\ufffd", "")
		}},
		{"UTF-8 read as in Poland", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows1250) }},
		{"UTF-8 read as in Russia", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows1251) }},
		{"UTF-8 read as in Greece", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows1253) }},
		{"UTF-8 read as in Israel", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows1255) }},
		{"UTF-8 read as in Egypt", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows1256) }},
		{"UTF-8 read as in Thailand", func(t *testing.T, s string) string { return readAs(t, s, charmap.Windows874) }},
		{"UTF-8 read by DOS", func(t *testing.T, s string) string { return readAs(t, s, charmap.CodePage437) }},
		{"UTF-8 read by DOS in Western Europe", func(t *testing.T, s string) string { return readAs(t, s, charmap.CodePage850) }},
		{"UTF-8 read as KOI8", func(t *testing.T, s string) string { return readAs(t, s, charmap.KOI8R) }},
		{"UTF-8 read as in Japan", func(t *testing.T, s string) string { return readAs(t, s, japanese.ShiftJIS) }},
		{"UTF-8 read as in Korea", func(t *testing.T, s string) string { return readAs(t, s, korean.EUCKR) }},
		{"UTF-8 read as in Taiwan", func(t *testing.T, s string) string { return readAs(t, s, traditionalchinese.Big5) }},
		{"UTF-8 read as in Korea, broken letters left out", func(t *testing.T, s string) string {
			return strings.ReplaceAll(readAs(t, s, korean.EUCKR), "\ufffd", "")
		}},
		{"GBK read as in Russia", func(t *testing.T, s string) string {
			return readAs(t, written(t, s, simplifiedchinese.GBK), charmap.Windows1251)
		}},
		{"GBK read as UTF-8, and saved and read as GBK", func(t *testing.T, s string) string {
			return readAs(t, strings.ToValidUTF8(written(t, s, simplifiedchinese.GBK), "\ufffd\ufffd"), simplifiedchinese.GBK)
		}},
		{"boxes", func(t *testing.T, s string) string { return boxed(turned(t, s), "□") }},
		{"underscores", func(t *testing.T, s string) string { return boxed(turned(t, s), "_") }},
		{"numbers of letters, as in a page", func(t *testing.T, s string) string {
			s, err := encoding.HTMLEscapeUnsupported(charmap.Windows1252.NewEncoder()).String(s)
			if err != nil {
				t.Fatal(err)
			}
			return readAs(t, s, charmap.Windows1252)
		}},
		{"numbers of letters, as in a program", func(_ *testing.T, s string) string { return strings.Trim(strconv.QuoteToASCII(s), `"`) }},
	} {
		for _, column := range []string{"factory", "factory_chinese", "city", "address", "contacts", "agenda", "people"} {
			t.Run(c.name+"/"+column, func(t *testing.T) {
				r := chinese()
				s := exported(t, r)
				is := s[1][slices.Index(s[0], column)]
				here := strings.ReplaceAll(c.lose(t, is), "Who\x00", "Who?")
				if here == is {
					t.Fatal("nothing was lost")
				}
				s.set(2, column, here)
				im, err := s.read(r)
				if err == nil {
					t.Fatalf("it asks for\n%s", asked(im))
				}
				if got := err.Error(); strings.Contains(got, "\n") || !strings.HasPrefix(got, "a.csv:2: "+column+": visit 1 has ") || !strings.HasSuffix(got, lost) {
					t.Errorf("it says\n%s", got)
				}
			})
		}
	}
	t.Run("a whole file", func(t *testing.T) {
		r := chinese()
		s := exported(t, r)
		for _, row := range s[1:] {
			for i := range row {
				row[i] = turned(t, row[i])
			}
		}
		im, err := s.read(r)
		if err == nil {
			t.Fatalf("it asks for\n%s", asked(im))
		}
		for _, m := range strings.Split(err.Error(), "\n") {
			if !strings.HasSuffix(m, lost) {
				t.Errorf("it says %s", m)
			}
		}
		if !strings.Contains(err.Error(), "a.csv:2: factory_chinese: visit 1 has 宁波光明金属制品有限公司, and ???????????? is here: "+lost) {
			t.Errorf("it says\n%s", err)
		}
	})
	t.Run("as another program reads what is broken", func(t *testing.T) {
		r := chinese()
		s := exported(t, r)
		s.set(2, "factory_chinese", "若곫끼뀎삇뇫掠욃댍뱚쐣솏뀶뤈")
		if im, err := s.read(r); err == nil || !strings.HasSuffix(err.Error(), lost) {
			t.Errorf("%v\n%s", err, asked(im))
		}
	})
	t.Run("text behind an apostrophe", func(t *testing.T) {
		r := chinese()
		r.Visits[0].Agenda = "3月4日"
		s := exported(t, r)
		s.set(2, "agenda", "'3?4?")
		if im, err := s.read(r); err == nil || !strings.HasSuffix(err.Error(), lost) {
			t.Errorf("%v\n%s", err, asked(im))
		}
	})
}

func TestLettersThatWereLostAddNothing(t *testing.T) {
	add := func(r exchange.Recorded, cells ...string) (exchange.Import, error) {
		s := sheet{{"kind", "factory_number", "factory", "factory_chinese", "city", "address", "contacts", "people", "agenda", "purpose", "first", "channel"}}
		return s.added(append([]string{"kind", "visit", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1"}, cells...)...).read(r)
	}
	for _, c := range []struct{ name, column, here string }{
		{"a name", "factory", "????????"},
		{"a Chinese name with signs", "factory_chinese", "??(??)????"},
		{"a city", "city", "??"},
		{"an address", "address", "???88?, 3?"},
		{"somebody", "people", "U0MIACHEN01: leads; ??: interpreter"},
		{"what somebody does", "people", "Ms Zhang: ??"},
		{"an agenda", "agenda", "10:00 ????\n14:00 ??"},
		{"signs of what cannot be read", "factory_chinese", "\ufffd\ufffd\ufffd"},
		{"UTF-8 read as Windows-1252", "factory_chinese", readAs(t, "宁波", charmap.Windows1252)},
		{"of which a blank at the end was taken away", "city", strings.TrimSpace(readAs(t, "宁波渠", charmap.Windows1252))},
		{"French read as Windows-1252", "factory", readAs(t, "Société Générale", charmap.Windows1252)},
		{"UTF-8 read as GBK", "factory_chinese", readAs(t, "宁波光明金属制品有限公司", simplifiedchinese.GBK)},
		{"an odd number of letters", "factory_chinese", readAs(t, "佛山市南海玻璃厂有限公司的", simplifiedchinese.GBK)},
		{"what stood for lost letters, read as GBK", "factory_chinese", "锟斤拷锟斤拷品"},
		{"that, read as in Korea", "city", "占쏙옙占쏙옙"},
		{"a sign of what cannot be read among letters", "address", "江北区\ufffd路"},
		{"boxes", "city", "□□"},
		{"numbers of letters", "city", "&#23425;&#27874;"},
		{"beside letters of ours", "address", readAs(t, "Alpha 江北区长兴路", simplifiedchinese.GBK)},
	} {
		t.Run(c.name, func(t *testing.T) {
			cells := []string{c.column, c.here}
			if c.column != "factory" {
				cells = append(cells, "factory", "Yiwu Toys")
			}
			im, err := add(exchange.Recorded{}, cells...)
			if err == nil {
				t.Fatalf("it asks for\n%s", asked(im))
			}
			if got := err.Error(); strings.Contains(got, "\n") || !strings.HasPrefix(got, "a.csv:2: "+c.column+": ") || !strings.HasSuffix(got, lost) {
				t.Errorf("it says\n%s", got)
			}
		})
	}
	for name, cells := range map[string][]string{
		"by its number": {"factory_number", "1", "contacts", "??? (Ms Li) +86 574 5550 0188"},
		"by its name":   {"factory", "宁波光明金属制品有限公司 (Alpha)", "contacts", "??? (Ms Li) +86 574 5550 0188"},
	} {
		t.Run("at a factory that is recorded, "+name, func(t *testing.T) {
			im, err := add(chinese(), cells...)
			if err == nil || !strings.HasPrefix(err.Error(), "a.csv:2: contacts: factory 1 has 李经理 (Ms Li) +86 574 5550 0188, and ") || !strings.HasSuffix(err.Error(), lost) {
				t.Errorf("%v\n%s", err, asked(im))
			}
		})
	}
}

// Letters that were left out look like what somebody emptied, but for the file as a whole.
func TestLettersThatWereLeftOutOverwriteNothing(t *testing.T) {
	leftOut := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c >= 0x80 {
				return -1
			}
			return c
		}, s)
	}
	plainly := func() exchange.Recorded { // of which the names are in ASCII, as the people are
		r := chinese()
		r.Factories[0].Name = "Alpha"
		for i := range r.Visits[:3] {
			r.Visits[i].Factory = r.Factories[0]
		}
		r.Plans[0].Factory, r.Visits[0].People = r.Factories[0], nil
		r.Visits[0].Agenda = "参观工厂"
		return r
	}
	for _, c := range []struct {
		name string
		edit func(sheet)
		want string // how a mistake ends; empty where there is none
	}{
		{"everywhere", func(s sheet) {
			for _, row := range s[1:] {
				for i := range row {
					row[i] = leftOut(row[i])
				}
			}
		}, lost + "; what is to be empty, empty in Slack"},
		{"in a cell that somebody emptied", func(s sheet) { s.set(2, "city", "") }, ""},
		{"in two", func(s sheet) { s.set(2, "city", ""); s.set(2, "factory_chinese", "") }, ""},
		{"beside what is written in Latin letters", func(s sheet) {
			for i := range s[1:] {
				for _, column := range []string{"factory_chinese", "address", "contacts"} {
					s.set(i+2, column, leftOut(s[i+1][slices.Index(s[0], column)]))
				}
				s.set(i+2, "city", "Ningbo")
			}
			s.set(2, "agenda", "")
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := plainly()
			s := exported(t, r)
			c.edit(s)
			im, err := s.read(r)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
				t.Errorf("%v\n%s", err, asked(im))
			}
		})
	}
}

// Nobody takes a letter out of a word and leaves the rest.
func TestALetterThatWasLeftOutOfAWord(t *testing.T) {
	r := chinese()
	s := exported(t, r)
	s.set(2, "agenda", "Who? \nTour of Mller ")
	if im, err := s.read(r); err == nil || !strings.HasSuffix(err.Error(), lost) {
		t.Errorf("%v\n%s", err, asked(im))
	}
}

// What people write is no letter that was lost, be it new or in the place of something else.
func TestTextThatOnlyLooksLost(t *testing.T) {
	for _, here := range []string{
		"Who? When??", "Really??", "Tour?", "?", "Ñandú", "联通", "Müller & Söhne", "DÉJÀ VU“", "Ø½, Ø¾ and Ø¼", "“L’Été”", "Đà Nẵng", "Łódź", "Завод Точность", "東京精密",
		"宁波光明金属制品有限公司", "瀹", "佛山市南海区玻璃厂", "喆鑫精密模具厂", "参观？？", "为什么??", "江北区长兴路1号", "浙江省宁波市鄞州区", "温州永嘉县瓯北镇", "嵊州", "鑫淼焱垚", "Ms Zhang (张)",
		"Ningbo_2", "R&D &#9; x", "https://example.com/?q=%E5%AE%81", "_", "Петров и сыновья", "Ελλάδα", "แดงแดง โรงงาน", "공장 방문", "工場視察", "مصنع", "מפעל", "Zürich", "眉山", "宁波光明金属制品厂",
	} {
		for _, column := range []string{"factory", "factory_chinese", "city", "agenda"} {
			for _, r := range []exchange.Recorded{team(), chinese()} {
				s := exported(t, r)
				s.set(2, column, here)
				im, err := s.read(r)
				if (here == "?" || here == "_") && err != nil && strings.HasSuffix(err.Error(), lost) { // of Chinese, that may be what is left
					continue
				}
				if err != nil || len(im.Changes) != 1 && r.Factories[0].Chinese != here {
					t.Errorf("%q as %s: %v\n%s", here, column, err, asked(im))
				}
			}
			s := sheet{{"kind", "factory", "factory_chinese", "city", "agenda", "purpose", "first", "channel"}}.added("kind", "visit", "factory", "A", "purpose", "first_visit", "first", "2027-07-01", "channel", "C0SOURCING1")
			s.set(2, column, here)
			if _, err := s.read(exchange.Recorded{}); err != nil {
				t.Errorf("%q as %s of what is new: %v", here, column, err)
			}
		}
	}
	// What is recorded like that comes back.
	r := team()
	r.Visits[0].Agenda, r.Visits[1].Agenda = "????", readAs(t, "宁波光明", charmap.Windows1252)
	if im, err := exported(t, r).read(r); err != nil || len(im.Changes) > 0 {
		t.Errorf("%v\n%s", err, asked(im))
	}
	// Wide signs may be made narrow beside a question.
	r.Visits[0].Agenda = "Ａ? B"
	s := exported(t, r)
	s.set(2, "agenda", "A? B")
	if im, err := s.read(r); err != nil || len(im.Changes) != 1 {
		t.Errorf("%v\n%s", err, asked(im))
	}
}
