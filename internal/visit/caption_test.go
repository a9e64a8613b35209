package visit

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestReadCaption: what a person types with gloves on, in English, in Chinese, on either
// keyboard. The severity is the first word or none, and a count is a count or no count.
func TestReadCaption(t *testing.T) {
	long := strings.Repeat("无护角，", 750)
	for _, c := range []struct {
		name, in string
		want     Caption
	}{
		{"all of it", "major 6/50 no corner guard @packing", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "no corner guard", Place: "packing"}},
		{"in Chinese, which means two things", "严重 6/50 无护角", Caption{Severity: Major, Unsure: true, Bad: 6, Checked: 50, Text: "无护角"}},
		{"with the place", "严重 6/50 无护角 @包装", Caption{Severity: Major, Unsure: true, Bad: 6, Checked: 50, Text: "无护角", Place: "包装"}},
		{"without any blank", "严重6/50无护角@包装", Caption{Severity: Major, Unsure: true, Bad: 6, Checked: 50, Text: "无护角", Place: "包装"}},
		{"full-width", "主要：６／５０　无护角＠包装线 2。", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "无护角", Place: "包装线 2"}},
		{"full-width letters", "ＭＡＪ ６／５０ dents", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents"}},
		{"traditional characters", "嚴重 6/50 無護角", Caption{Severity: Major, Unsure: true, Bad: 6, Checked: 50, Text: "無護角"}},
		{"as on their forms", "【严重 MAJ】6/50 无护角", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "无护角"}},
		{"the abbreviation says which", "严重CR 1/50 漏电", Caption{Severity: Critical, Bad: 1, Checked: 50, Text: "漏电"}},
		{"and joined to the word for a defect", "致命缺陷 1/125 漏电 @测试", Caption{Severity: Critical, Bad: 1, Checked: 125, Text: "漏电", Place: "测试"}},
		{"pieces", "轻微 2/13件 条码扫不出", Caption{Severity: Minor, Bad: 2, Checked: 13, Text: "条码扫不出"}},
		{"cartons stay, they say of what", "maj 6/50 cartons without corner protection", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "cartons without corner protection"}},
		{"capitals and no count", "MIN label crooked", Caption{Severity: Minor, Text: "label crooked"}},
		{"an abbreviation with its point", "Min. label crooked", Caption{Severity: Minor, Text: "label crooked"}},
		{"a colon", "Critical: live part can be touched", Caption{Severity: Critical, Text: "live part can be touched"}},
		{"no severity", "6/50 dents", Caption{Bad: 6, Checked: 50, Text: "dents"}},
		{"nothing but words", "dents on the lid", Caption{Text: "dents on the lid"}},
		{"nothing at all", "  ", Caption{}},
		{"a severity alone", "major", Caption{Severity: Major}},
		{"an idea", "idea foam instead of paper @packing", Caption{Kind: Idea, Text: "foam instead of paper", Place: "packing"}},
		{"an idea in Chinese", "建议：用珍珠棉", Caption{Kind: Idea, Text: "用珍珠棉"}},
		{"a red flag", "flag double records @office", Caption{Kind: RedFlag, Text: "double records", Place: "office"}},
		{"in two words", "Red flag: trader poses as a factory", Caption{Kind: RedFlag, Text: "trader poses as a factory"}},

		{"in words", "major 6 of 50 dent", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dent"}},
		{"in more words", "major 6 out of 50 dent @packing", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dent", Place: "packing"}},
		{"in words and pieces", "Minor 2 of 1,250 pcs scratched", Caption{Severity: Minor, Bad: 2, Checked: 1250, Text: "scratched"}},
		{"in words behind a preposition", "dents on 6 of 50", Caption{Bad: 6, Checked: 50, Text: "dents on"}},
		{"more bad than looked at, in words", "major 7 out of 5 x", Caption{Severity: Major, Text: "x", Odd: "7/5"}},
		{"which carton it was", "major carton 3 of 50 dent", Caption{Severity: Major, Text: "carton 3 of 50 dent"}},
		{"of something that is no number", "major 6 of them dented", Caption{Severity: Major, Text: "6 of them dented"}},
		{"a word that begins alike", "major 6 offcuts 50 mm", Caption{Severity: Major, Text: "6 offcuts 50 mm"}},
		{"a quotation of all", "“major 6/50 dent”", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dent"}},
		{"a quotation that ends in the place", "“major 6/50 dent @packing”", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dent", Place: "packing"}},

		{"more bad than looked at", "major 7/5 x", Caption{Severity: Major, Text: "x", Odd: "7/5"}},
		{"less than none, behind a dash", "major: -1/50 x", Caption{Severity: Major, Text: "x", Odd: "-1/50"}},
		{"a dash that is none", "major - 6/50 x", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "x"}},
		{"a dash that is joined", "major -6 mm", Caption{Severity: Major, Text: "6 mm"}},
		{"of none", "major 3/0 x", Caption{Severity: Major, Text: "x", Odd: "3/0"}},
		{"less than none", "major -1/50 x", Caption{Severity: Major, Text: "x", Odd: "-1/50"}},
		{"more than there are", "major 1/1000001 x", Caption{Severity: Major, Text: "x", Odd: "1/1000001"}},
		{"more digits than a number has", "major 1/99999999999999999999999 x", Caption{Severity: Major, Text: "x", Odd: "1/99999999999999999999999"}},
		{"a million", "major 0/1,000,000 x", Caption{Severity: Major, Checked: 1000000, Text: "x"}},
		{"none bad", "minor 0/125 scratches", Caption{Severity: Minor, Checked: 125, Text: "scratches"}},
		{"a blank on either side", "major 6 / 50 dents", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents"}},
		{"the first of two", "major 6/50 dents, 2/13 scratches", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents, 2/13 scratches"}},
		{"at the end", "major dents 6/50", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents"}},
		{"behind the place", "major dents @packing 6/50", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents", Place: "packing"}},

		{"a day", "seen 3/15/2027", Caption{Text: "seen 3/15/2027"}},
		{"a day, the year first", "seen 2027/3/15 6/50 dents", Caption{Text: "seen 2027/3/15 dents", Bad: 6, Checked: 50}},
		{"a day without its year", "seen on 3/15 at line 2", Caption{Text: "seen on 3/15 at line 2"}},
		{"a day and its year", "3/15 2027 dents", Caption{Text: "3/15 2027 dents"}},
		{"a Chinese day", "3/15日 无护角", Caption{Text: "3/15日 无护角"}},
		{"inches", `major 1/4" gap at the lid`, Caption{Severity: Major, Text: `1/4" gap at the lid`}},
		{"inches as a word", "major 1/4 inch gap", Caption{Severity: Major, Text: "1/4 inch gap"}},
		{"inches and a half", "scratch 1 1/2 inch", Caption{Text: "scratch 1 1/2 inch"}},
		{"inches that end", "scratch of 1/4 in.", Caption{Text: "scratch of 1/4 in."}},
		{"in a place", "minor 1/4 in carton 3", Caption{Severity: Minor, Bad: 1, Checked: 4, Text: "in carton 3"}},
		{"in cartons", "major 6/50 in cartons", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "in cartons"}},
		{"Chinese inches", "划痕 1/2寸", Caption{Text: "划痕 1/2寸"}},
		{"their longer name", "划痕 3/8 英寸 6/50", Caption{Text: "划痕 3/8 英寸", Bad: 6, Checked: 50}},
		{"metres", "cable 3/4M short", Caption{Text: "cable 3/4M short"}},
		{"metres apart", "cable 3/4 M short", Caption{Text: "cable 3/4 M short"}},
		{"no unit, a word that begins like one", "major 6/50 missing screws", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "missing screws"}},
		{"nor a full carton", "major 6/50 full cartons wet", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "full cartons wet"}},
		{"a quotation", `major 6/50 "made in" missing`, Caption{Severity: Major, Bad: 6, Checked: 50, Text: `"made in" missing`}},
		{"a thread", "thread 1/4-20 stripped", Caption{Text: "thread 1/4-20 stripped"}},
		{"a part number", "part A4/50 cracked", Caption{Text: "part A4/50 cracked"}},
		{"a point", "gap 1.5/20", Caption{Text: "gap 1.5/20"}},

		{"a longer word", "majority is fine", Caption{Text: "majority is fine"}},
		{"a dimension", "critical dimension 6/50 out", Caption{Bad: 6, Checked: 50, Text: "critical dimension out"}},
		{"dimensions", "Major dimensions wrong", Caption{Text: "Major dimensions wrong"}},
		{"a path", "critical path is late", Caption{Text: "critical path is late"}},
		{"joined to it", "critical-path is late", Caption{Text: "critical-path is late"}},
		{"what is missing", "critical missing label", Caption{Text: "critical missing label"}},
		{"a thread's diameter", "minor diameter 3/50 too small", Caption{Bad: 3, Checked: 50, Text: "minor diameter too small"}},
		{"a minimum", "min 2 mm wall", Caption{Text: "min 2 mm wall"}},
		{"a minimum of something", "Min. order 500", Caption{Text: "Min. order 500"}},
		{"but a count", "min 2/13 barcodes", Caption{Severity: Minor, Bad: 2, Checked: 13, Text: "barcodes"}},
		{"somebody's name", "Ma Wei showed the mould", Caption{Text: "Ma Wei showed the mould"}},
		{"the abbreviation", "ma 6/50 dents", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents"}},
		{"not the first word", "this is major 6/50", Caption{Bad: 6, Checked: 50, Text: "this is major"}},
		{"a bad scratch is no major defect", "严重划痕 6/50", Caption{Bad: 6, Checked: 50, Text: "严重划痕"}},
		{"a main part", "主要 尺寸 6/50 超差", Caption{Bad: 6, Checked: 50, Text: "主要 尺寸 超差"}},

		{"several words of place", "minor scratch @line 2, left side", Caption{Severity: Minor, Text: "scratch", Place: "line 2, left side"}},
		{"the place first", "@packing no corner guard", Caption{Place: "packing", Text: "no corner guard"}},
		{"an address is no place", "ask mia@acme.example about it", Caption{Text: "ask mia@acme.example about it"}},
		{"a price is no place", "6/50 dents @ 5 USD each", Caption{Bad: 6, Checked: 50, Text: "dents @ 5 USD each"}},
		{"a blank behind the sign", "dents @ packing", Caption{Text: "dents", Place: "packing"}},
		{"more than a place can be", "dents @" + strings.Repeat("x", MaxPlace+1), Caption{Text: "dents @" + strings.Repeat("x", MaxPlace+1)}},
		{"three thousand characters", "严重 6/50 " + long, Caption{Severity: Major, Unsure: true, Bad: 6, Checked: 50, Text: long}},
		{"what nobody sees", "ma\u200bjor\u202e 6/50 dents", Caption{Severity: Major, Bad: 6, Checked: 50, Text: "dents"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ReadCaption(c.in, SeverityWords{}); got != c.want {
				t.Errorf("%q is\n%+v, want\n%+v", c.in, got, c.want)
			}
		})
	}
}

// TestYanzhong: a team says once what it means by 严重, and is asked until then. What
// other words say stays.
func TestYanzhong(t *testing.T) {
	for _, c := range []struct {
		in      string
		serious Severity
		want    Severity
		unsure  bool
	}{
		{"严重 6/50 无护角", "", Major, true},
		{"严重 6/50 无护角", Major, Major, false},
		{"严重 6/50 无护角", Critical, Critical, false},
		{"严重缺陷 6/50", Critical, Critical, false},
		{"主要 6/50", Critical, Major, false},
		{"严重 MAJ 6/50", Critical, Major, false},
		{"轻微 6/50", Critical, Minor, false},
	} {
		got := ReadCaption(c.in, SeverityWords{c.serious})
		if got.Severity != c.want || got.Unsure != c.unsure {
			t.Errorf("%q, where 严重 is %q, is %q and unsure %v, want %q and %v", c.in, c.serious, got.Severity, got.Unsure, c.want, c.unsure)
		}
	}
}

// TestCaptionTells: without a photo a text is a finding only where it says so; a question
// stays one.
func TestCaptionTells(t *testing.T) {
	for in, want := range map[string]bool{
		"major 6/50 no corner guard":             true,
		"严重 6/50 无护角":                            true,
		"minor label crooked @packing":           true,
		"major 6 of 50 dent":                     true,
		"major 7/5 dents":                        true, // and is told that it cannot be
		"idea foam instead of paper @packing":    true,
		"major":                                  false,
		"major dents":                            false, // what would a question about dents look like?
		"6/50 dents":                             false,
		"what is a major defect":                 false,
		"major 6/50 - what do we do?":            false,
		"major 6/50 what do we do":               false,
		"严重 6/50 怎么办":                            false,
		"严重 6/50 要返工吗":                           false,
		"critical 2/50 should we stop":           false,
		"critical dimension 6/50 out @line 2":    false,
		"majority of 6/50 @packing":              false,
		"min 500 pieces @factory":                false,
		"is a clock a good gift":                 false,
		"minor 6/50 what to do @packing":         false,
		"flag double records":                    false,
		"critical live part can be touched @QC？": false,
	} {
		c := ReadCaption(in, SeverityWords{})
		if got := c.Tells(); got != want {
			t.Errorf("%q tells a finding: %v, want %v (%+v)", in, got, want, c)
		}
	}
}

// FuzzCaption: whatever is read, a count is possible, a place fits, and every letter of the
// text was in the caption.
func FuzzCaption(f *testing.F) {
	for _, s := range []string{"major 6/50 no corner guard @packing", "严重 6/50 无护角 @包装", "-1/50", "1/4\"", "@", "@@", "6/", "/50", "1,000/1,000,000", "red flag", "min 2", "ma\u200bjor", "１／２寸", "3/15/2027/", "\xff6/50", "【】", "1,2,3/4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := ReadCaption(s, SeverityWords{})
		if c.Checked < 0 || c.Checked > MaxChecked || c.Bad < 0 || c.Bad > c.Checked {
			t.Errorf("%q has %d of %d", s, c.Bad, c.Checked)
		}
		if utf8.RuneCountInString(c.Place) > MaxPlace {
			t.Errorf("%q has the place %q", s, c.Place)
		}
		if c.Text != strings.TrimSpace(c.Text) || !utf8.ValidString(c.Text) {
			t.Errorf("%q has the text %q", s, c.Text)
		}
		if len(c.Text)+len(c.Place) > 3*len(s)+1 { // U+FFFD is longer than the byte that it stands for
			t.Errorf("%q has more in it than was typed: %+v", s, c)
		}
		c.Tells()
	})
}
