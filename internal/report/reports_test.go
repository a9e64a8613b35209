package report

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"visitprep/internal/lang"
	"visitprep/internal/lang/zh"
	"visitprep/internal/photo/phototest"
)

var evening = time.Date(2027, 3, 15, 18, 40, 0, 0, time.FixedZone("CST", 8*60*60))

// drawnPhoto is a photo as the store keeps it.
func drawnPhoto(seed uint64, w, h int) Photo {
	data := phototest.Draw(seed, w, h, 0, evening)
	return Photo{JPEG: func() ([]byte, error) { return data, nil }, Note: fmt.Sprintf("10:%02d", seed%60)}
}

// cartons is a report of an inspection with two findings.
func cartons() *InspectionReport {
	return &InspectionReport{
		Cover: Cover{Title: "Inspection 7", Company: "Acme Lighting GmbH", Factory: "Ningbo Bright Metal", FactoryZH: "宁波光明五金有限公司", Days: "Mon 15 March 2027",
			People: []string{"Mia Chen", "Jonas Weber"}, Version: 2, Final: true, By: "Mia Chen", At: evening},
		Kind: "Pre-shipment inspection", Result: Failed, ResultWhy: "Major: 9 bad pieces of 125, and 7 may be.",
		Decision: Rework, DecisionWhy: "All cartons get corner protection; we come again on 22 March.", DecisionBy: "Jonas Weber",
		Order: "4512", Product: "Desk lamp DL-20", Ordered: 3000, Made: 3000, Packed: 2760, CartonsOpened: 16, Cartons: 250, CartonNumbers: "3, 18, 31, 47, 60, 75, 92, 110, 121, 138, 154, 170, 188, 201, 222, 240",
		Sample: &Sample{Standard: "ISO 2859-1:1999 / GB/T 2828.1-2012", Lot: 3000, Level: "II", Letter: "K", Severity: "Normal: the two lots before were accepted",
			Sees: "A lot with 10 % bad pieces is still accepted 6 times in 100.",
			Classes: []Class{
				{Severity: Critical, Letter: "K", By: "normal", N: 125, Ac: 0, Re: 1, Counted: true, Accepted: true},
				{Severity: Major, AQL: "2.5", Letter: "K", By: "normal", N: 125, Ac: 7, Re: 8, Counted: true, Bad: 9},
				{Severity: Minor, AQL: "4.0", Letter: "K", By: "normal", N: 125, Ac: 10, Re: 11, Counted: true, Bad: 3, Accepted: true},
			}},
		Lots: []Lot{
			{Name: "Inspection 5, 12 January 2027", Size: 2800, Severity: "Normal", Bad: "Major 2, minor 4", Accepted: true},
			{Name: "Inspection 3, 20 November 2026", Size: 3200, Severity: "Normal", Bad: "Major 5, minor 1", Accepted: true},
		},
		Findings: []Finding{
			{Number: 32, Kind: Product, Severity: Minor, Text: "Side barcode does not scan", TextZH: "侧唛条码扫不出来", Place: "packing", Bad: 2, Checked: 13, Requirement: "Every barcode scans at grade C", Request: "Check print and position before the next lot",
				By: "Mia Chen", At: "11:05", Photos: []Photo{drawnPhoto(3, 320, 240), drawnPhoto(4, 240, 320)}},
			{Number: 31, Kind: Product, Severity: Major, Text: "No corner protection in the carton, two corners are dented", TextZH: "包装箱内没有护角，有2箱箱角已变形", Place: "packing", Bad: 6, Checked: 50,
				Requirement: "Packing instruction, revision 4: four corners per carton", Request: "Say what will be done with this lot by Wednesday 17 March", By: "Mia Chen", At: "10:42", Photos: []Photo{drawnPhoto(1, 320, 240)}},
		},
		Tests: []Test{
			{Name: "Hi-pot, 3 kV for 3 s", Limit: "no breakdown", Level: "S-2", N: 8, Value: "none", Result: Passed},
			{Name: "Drop, 76 cm, 10 drops", Limit: "no damage", Level: "1 carton", N: 1, Value: "corner dented", Result: Failed},
			{Name: "Cord length", Limit: "≥ 1,800 mm", Level: "S-2", N: 8, Value: "1,812 to 1,825 mm", Result: Passed},
		},
		Sealed:     Sealed{"C, signed on 2 December 2026", "Sample room, shelf 4", "31 December 2027"},
		NotChecked: []string{"Ageing for 4 hours: the rack was in use.", "Inner boxes of pallet 9: not packed yet."},
		Notes:      []string{"240 pieces were still on the line at 16:00."},
	}
}

// faults are what inspectors write.
var faults = []struct {
	severity    Severity
	text, zh    string
	place, asks string
}{
	{Major, "Surface scratch longer than 10 mm on the base", "底座表面划痕超过10毫米", "final inspection", "No scratch longer than 5 mm on visible surfaces"},
	{Minor, "Carton mark is printed crooked", "箱唛印刷歪斜", "packing", "Within 2 degrees"},
	{Critical, "Earth wire is not connected: the metal housing can carry 230 V", "接地线未连接，金属外壳可能带电", "assembly, station 4", "Earth continuity below 0.1 Ω on every piece"},
	{Major, "Screw of the joint turns without holding", "关节螺丝滑牙", "assembly", "2.0 Nm"},
	{Minor, "Glue is visible at the edge of the shade", "灯罩边缘有溢胶", "assembly", "None visible at 50 cm"},
	{"", "Instruction sheet in another language than ordered", "说明书语言与订单不符", "packing", ""},
}

// many is a report with so many findings and so many photos.
func many(findings, photos int) *InspectionReport {
	r := cartons()
	r.Findings = nil
	for i := range findings {
		f := faults[i%len(faults)]
		r.Findings = append(r.Findings, Finding{Number: 31 + i, Kind: Product, Severity: f.severity, Text: fmt.Sprintf("%s (piece %d)", f.text, 1+i*7%125), TextZH: f.zh, Place: f.place,
			Bad: 1 + i%6, Checked: 125, Requirement: f.asks, By: "Mia Chen", At: "15 March, 11:05"})
	}
	sizes := []image.Point{{128, 96}, {96, 128}, {128, 72}}
	for i := range photos {
		f := &r.Findings[i*7%findings]
		size := sizes[i%len(sizes)]
		f.Photos = append(f.Photos, drawnPhoto(uint64(i), size.X, size.Y))
	}
	critical := 0
	for _, f := range r.Findings {
		if f.Severity == Critical {
			critical++
		}
	}
	if critical > 0 {
		c := &r.Sample.Classes[0]
		c.Bad, c.Accepted, r.ResultWhy = critical, false, fmt.Sprintf("Critical: %d bad pieces, and none may be.", critical)
	}
	r.Findings[1].Photos = append(r.Findings[1].Photos, Photo{Missing: "IMG_0041.heic is in Slack; it cannot go into this file."})
	r.Findings = append(r.Findings, Finding{Number: 901, Kind: RedFlag, Text: "The records of the morning were written in the afternoon", By: "Mia Chen"}, Finding{Number: 902, Kind: Idea, Text: "Two cartons to a layer would save the corner boards"})
	return r
}

// inChinese is a report whose every text is Chinese.
func inChinese() *InspectionReport {
	r := cartons()
	r.Cover = Cover{Title: "验货 7", Company: "艾克米照明公司", Factory: "宁波光明五金有限公司", Days: "2027年3月15日（周一）", People: []string{"陈米雅", "王喆堃", "祎玥"}, Version: 1, By: "陈米雅", At: evening}
	r.Kind, r.ResultWhy, r.DecisionWhy, r.DecisionBy = "出货前验货", "致命缺陷：抽检125件，3件不合格，不允许有。", "全部纸箱加装护角，3月22日复验。", "魏约纳"
	r.Product, r.CartonNumbers = "台灯 DL-20", "第3、18、31、47、60、75、92、110、121、138、154、170、188、201、222、240箱"
	r.Sample.Severity, r.Sample.Sees = "正常检验：前两批均被接收", "若批中有10%不合格品，100次抽样中仍有6次会被接收。"
	r.Sample.Classes[0].Bad, r.Sample.Classes[0].Accepted = 3, false
	for i := range r.Sample.Classes {
		r.Sample.Classes[i].By = "正常"
	}
	r.Lots = []Lot{{Name: "验货5，2027年1月12日", Size: 2800, Severity: "正常", Bad: "严重2，轻微4", Accepted: true}, {Name: "验货3，2026年11月20日", Size: 3200, Severity: "正常", Bad: "严重5，轻微1", Accepted: true, Again: true}}
	r.Findings = nil
	for i, f := range faults {
		r.Findings = append(r.Findings, Finding{Number: 31 + i, Kind: Product, Severity: f.severity, Text: f.zh, Place: "包装", Bad: i + 1, Checked: 125, Requirement: "包装作业指导书第4版要求每箱四角加护角，否则运输中容易碰伤产品。",
			Request: "烦请在3月17日（周三）17:00前告知这批货怎么处理，3月26日前告知原因和防止再发生的措施。需要的话，我们可以寄护角样品。", By: "陈米雅", At: "上午10:42", Photos: []Photo{drawnPhoto(uint64(i), 320, 240)}})
	}
	r.Tests = []Test{{Name: "耐压，3千伏3秒", Limit: "不击穿", Level: "S-2", N: 8, Value: "无", Result: Passed}, {Name: "跌落，76厘米，10次", Limit: "无损坏", Level: "1箱", N: 1, Value: "箱角变形", Result: Failed}}
	r.Sealed = Sealed{"C版，2026年12月2日签封", "样品间4号架", "2027年12月31日"}
	r.NotChecked, r.Notes = []string{"老化4小时：老化架被占用。"}, []string{"16:00仍有240件在线上。"}
	return r
}

func audit() *AuditReport {
	return &AuditReport{Cover: cartons().Cover, Kind: "Quality system audit", Result: Pending, ResultWhy: "The answer to the point of zero tolerance is open.",
		Scores:     []Score{{"Incoming material", 14, 20, 1}, {"Process control", 22, 40, 0}, {"Final inspection", 30, 36, 2}, {"Not at this factory", 0, 0, 5}},
		Findings:   []Finding{{Number: 41, Kind: System, Severity: Critical, Text: "The fire exit of workshop 2 is locked", Place: "workshop 2", Photos: []Photo{drawnPhoto(9, 240, 320)}}, {Number: 42, Kind: System, Severity: Major, Text: "Gauges without a valid calibration", Bad: 3, Checked: 12, Requirement: "Calibrated every 12 months", Line: "Are all gauges calibrated?"}},
		NotChecked: []string{"Night shift"}, Strengths: []string{"First-piece records are complete at all four stations."}, Notes: []string{"The quality manager is new."}}
}

func visited() *VisitReport {
	return &VisitReport{Cover: cartons().Cover, Purpose: "First visit", Decision: "Go on, on conditions", DecisionWhy: "A second source for the base comes first.",
		Strengths: []string{"The incoming area is clearly divided and labelled."}, Findings: cartons().Findings, Actions: []Action{{31, "Corner boards in every carton", "Mr Wang", "26 March", "agreed"}, {0, "Send a sample corner", "Mia Chen", "18 March", "open"}},
		Agreements: []string{"Quality agreement, draft 2: read by both, not signed."}, Market: []string{"Two presses are run by robots since January."}, Open: []string{"Who makes the shade?"}, Next: "June 2027", NotChecked: []string{"Warehouse B"}, Notes: []string{"Mr Li speaks German."}}
}

func feedback() *FactoryReport {
	c := cartons()
	r := &FactoryReport{Company: "Acme Lighting GmbH", Factory: "Ningbo Bright Metal", FactoryZH: "宁波光明五金有限公司", Order: "4512", Product: "Desk lamp DL-20", Day: "15 March 2027", Strengths: []string{"一是四个工位的首件记录都很完整"}, ReplyBy: "26 March 2027", From: "Mia Chen"}
	for _, f := range c.Findings {
		r.Findings = append(r.Findings, FactoryFinding{f.Severity, f.Text, f.TextZH, f.Place, f.Bad, f.Checked, f.Requirement, f.Request, f.Photos})
	}
	return r
}

type pdfReport interface {
	WritePDF(io.Writer, *lang.Printer) error
}

// pages writes a report, and checks what holds of each: its parts are where the file says,
// every text and photo stands within a page, and none stands on another.
func pages(t *testing.T, name string, r pdfReport, p *lang.Printer) ([]byte, []drawn) {
	t.Helper()
	var b bytes.Buffer
	if err := r.WritePDF(&b, p); err != nil {
		t.Fatal(err)
	}
	pdf := b.Bytes()
	if dir := os.Getenv("REPORT_KEEP"); dir != "" { // to look at them
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkParts(t, pdf)
	texts, _ := page(t, pdf)
	s, err := newSheet("")
	if err != nil {
		t.Fatal(err)
	}
	byPage := make(map[int][]drawn)
	for _, d := range texts {
		right := d.x + s.width(d.text, d.size)
		if d.x < margin-0.1 || right > pageWidth-margin+0.1 || d.y-d.size < margin/2 || d.y > pageHeight-margin+1 {
			t.Errorf("outside the page, at %.0f %.0f to %.0f: %q", d.x, d.y, right, d.text)
		}
		for _, o := range byPage[d.page] {
			if d.y-d.size*0.9 < o.y-0.5 && o.y-o.size*0.9 < d.y-0.5 && d.x < o.x+s.width(o.text, o.size) && o.x < right {
				t.Errorf("on page %d %q stands on %q", d.page, d.text, o.text)
			}
		}
		byPage[d.page] = append(byPage[d.page], d)
	}
	for i, p := range pictures(t, pdf) {
		if p.x < margin-0.1 || p.x+p.w > pageWidth-margin+0.1 || p.y < margin-0.1 || p.y+p.h > pageBottom+0.1 || p.w < 1 || p.h < 1 {
			t.Errorf("picture %d stands outside its page: %+v", i, p)
		}
		for _, d := range byPage[p.page] {
			if d.x < p.x+p.w && d.x+s.width(d.text, d.size) > p.x && d.y > p.y+0.5 && d.y-d.size*0.8 < p.y+p.h-0.5 {
				t.Errorf("on page %d %q stands on a picture", d.page, d.text)
			}
		}
	}
	return pdf, texts
}

// checkParts looks up each object of a PDF where its table says it is.
func checkParts(t *testing.T, pdf []byte) {
	t.Helper()
	m := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\s*$`).FindSubmatch(pdf)
	if m == nil {
		t.Fatal("it has no end")
	}
	at, _ := strconv.Atoi(string(m[1]))
	lines := strings.Split(string(pdf[at:]), "\n")
	if lines[0] != "xref" {
		t.Fatalf("the table is not at %d", at)
	}
	for i, l := range lines[3:] {
		if !strings.HasSuffix(l, " n ") {
			if i == 0 {
				t.Fatal("the table is empty")
			}
			return
		}
		from, _ := strconv.Atoi(l[:10])
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(pdf[from:], []byte(want)) {
			t.Fatalf("object %d is not at %d", i+1, from)
		}
	}
}

type picture struct {
	x, y, w, h float64
	page       int
}

// pictures are where a PDF's pages draw them.
func pictures(t *testing.T, pdf []byte) (ps []picture) {
	t.Helper()
	on := 0
	eachStream(pdf, func(content []byte) {
		on++
		for _, m := range regexp.MustCompile(`q ([0-9.]+) 0 0 ([0-9.]+) ([0-9.]+) ([0-9.]+) cm /I`).FindAllSubmatch(content, -1) {
			var n [4]float64
			for i := range n {
				n[i], _ = strconv.ParseFloat(string(m[i+1]), 64)
			}
			ps = append(ps, picture{n[2], pageHeight - n[3] - n[1], n[0], n[1], on})
		}
	})
	return ps
}

// without is text without spaces, which the ends of lines may stand for.
func without(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// textsOf are all the texts that were put into a report; words for states are types of
// their own.
func textsOf(v reflect.Value) (all []string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			all = append(all, v.String())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			all = textsOf(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, textsOf(v.Index(i))...)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return nil
		}
		for i := range v.NumField() {
			all = append(all, textsOf(v.Field(i))...)
		}
	}
	return all
}

// TestTextComesBack: every text of every field of every kind of report stands in it, rune
// by rune, wherever its lines end.
func TestTextComesBack(t *testing.T) {
	firm := cartons()
	firm.Firm = Firm{"Sino Check 中检", "BK-20931", "Ms Zhao, +86 574 5550 0188", "USD 298", Passed, "SC-20931.pdf"}
	firm.Sample.Note = "The letter of the largest sample is used for all classes."
	long := cartons()
	long.Findings[0].Text = strings.Repeat("The seam at the back is open, 后缝开线。", 90) // 3,000 characters
	long.Findings[1].TextZH = strings.Repeat("包装箱内没有护角，", 300)
	long.Factory, long.FactoryZH = strings.Repeat("N", 120), strings.Repeat("宁波光明五金有限公司喆堃", 10)
	long.Product, long.DecisionWhy = strings.Repeat("灯", 120), strings.Repeat("because it is so ", 150)
	long.Tests[0].Value = strings.Repeat("1,812 mm ", 400)
	for _, c := range []struct {
		name string
		r    pdfReport
	}{
		{"two findings", cartons()}, {"40 findings", many(40, 12)}, {"all in Chinese", inChinese()}, {"by a firm", firm}, {"long texts", long},
		{"audit", audit()}, {"visit", visited()}, {"factory", feedback()},
	} {
		t.Run(c.name, func(t *testing.T) {
			printer := lang.English()
			if c.name == "all in Chinese" {
				printer = zh.Printer()
			}
			_, texts := pages(t, c.name, c.r, printer)
			body := slices.DeleteFunc(texts, func(d drawn) bool { return d.y > pageBottom+footSize })
			text := without(all(body))
			for _, s := range textsOf(reflect.ValueOf(c.r)) {
				if c.name == "long texts" && strings.HasPrefix(s, "1,812 mm 1,812") { // a cell of two pages has others between
					if n := strings.Count(text, "1,812mm"); n < 400 {
						t.Errorf("of 400 measurements stand %d", n)
					}
					continue
				}
				if !strings.Contains(text, without(s)) {
					t.Errorf("it lacks %.80q", s)
				}
			}
			for _, d := range texts {
				if strings.ContainsAny(string([]rune(d.text)[:1]), "，。、；：！？）》”") {
					t.Errorf("a line begins with %q", d.text)
				}
			}
			if strings.Contains(text, "□") || strings.Contains(text, "%!") {
				t.Errorf("it has what nobody put in: %s", text)
			}
		})
	}
}

// TestAnswerFirst: the verdict stands on the first page above everything but the cover.
func TestAnswerFirst(t *testing.T) {
	for _, c := range []struct {
		r      pdfReport
		answer string
		before string
	}{
		{many(40, 0), "Failed", "Pre-shipment inspection"}, {many(40, 0), "Rework and inspect again", "Pre-shipment inspection"},
		{audit(), "Points found: 1", "Score of each group"}, {audit(), "Process control", "Score of each group"}, {visited(), "Go on, on conditions", "First visit"},
	} {
		_, texts := pages(t, "answer", c.r, lang.English())
		text := all(texts)
		if i, j := strings.Index(text, c.answer), strings.Index(text, c.before); i < 0 || j < i || texts[0].page != 1 {
			t.Errorf("%q at %d is not before %q at %d", c.answer, i, c.before, j)
		}
	}
}

// TestWorstFirst: findings stand by severity, then by number, and a red flag is marked as
// ours.
func TestWorstFirst(t *testing.T) {
	_, texts := pages(t, "worst", many(12, 0), lang.English())
	text := all(texts)
	last := -1
	for _, s := range []string{"Critical findings (2)", "Finding 33 ·", "Finding 39 ·", "Major findings (4)", "Finding 31 ·", "Finding 34 ·", "Minor findings (4)", "Finding 32 ·", "Findings that nobody has sorted yet (2)", "Finding 36 ·", "Red flags, for us only (1)", "Finding 901", "Ideas (1)", "Finding 902"} {
		i := strings.Index(text, s)
		if i < last {
			t.Errorf("%q at %d does not stand behind the one before at %d", s, i, last)
		}
		last = i
	}
}

// TestBlanksAreNamed: what nobody filled in is said, and what somebody did is not.
func TestBlanksAreNamed(t *testing.T) {
	_, texts := pages(t, "full", cartons(), lang.English())
	if s := all(texts); strings.Contains(s, "Left blank") || strings.Count(s, "–") != 1 {
		t.Errorf("a full report names blanks: %s", s)
	}
	bare := &InspectionReport{Cover: Cover{Title: "Inspection 8", Version: 1}, Sample: &Sample{Classes: []Class{{Severity: Major, AQL: "2.5", N: 20, Re: 1, All: true}, {Severity: Minor, AQL: "4.0", N: 20, Re: 2}}}, Tests: []Test{{Name: "Drop"}},
		Findings: []Finding{{Number: 1, Kind: Product, Text: "x", Photos: []Photo{{Missing: "IMG_1.heic stays in Slack."}, {}}}, {Number: 2, Kind: RedFlag, Text: "y"}}}
	_, texts = pages(t, "bare", bare, lang.English())
	text := all(texts)
	for _, s := range []string{"Draft, version 1", "Not reported yet", "Not decided yet", "not counted", "20 (all)", "Nobody has reported the result.", "Nobody has decided about the lot.", "The quantity ordered is not given.", "The quantity made is not given.", "The quantity packed is not given.",
		"The bad pieces were not counted: Major, Minor.", "How many cartons were opened is not given.", "Tests and measurements without a result: 1.", "There is no sealed sample on record.", "Findings without a severity: 1.", "Findings without a requirement: 1.",
		"Photo 1: IMG_1.heic stays in Slack.", "Photos that stand only in Slack: 1.", "Photo 2 could not be read. The original is in Slack.", "Photos that could not be read: 1."} {
		if !strings.Contains(text, s) {
			t.Errorf("it does not say %q in %s", s, text)
		}
	}
	_, texts = pages(t, "nothing", &InspectionReport{}, lang.English())
	for _, s := range []string{"There is no sampling plan.", "There are no tests or measurements.", "Nothing was found."} {
		if !strings.Contains(all(texts), s) {
			t.Errorf("an empty report does not say %q", s)
		}
	}
	for name, r := range map[string]pdfReport{"no audit": &AuditReport{}, "no visit": &VisitReport{}, "no feedback": &FactoryReport{}} {
		pages(t, name, r, lang.English())
	}
}

// TestEmptyColumns: a column in which nothing stands is left out.
func TestEmptyColumns(t *testing.T) {
	r := cartons()
	for i := range r.Tests {
		r.Tests[i].Level = ""
	}
	for i := range r.Sample.Classes {
		r.Sample.Classes[i].Letter = ""
	}
	_, texts := pages(t, "columns", r, lang.English())
	for _, d := range texts {
		if d.text == "Level" || d.text == "Code letter" {
			t.Errorf("the empty column %q stands there", d.text)
		}
	}
}

// TestWhatCannotBeShownIsNamed: it is a box, and the report says which characters it stands
// for; nothing panics.
func TestWhatCannotBeShownIsNamed(t *testing.T) {
	r := cartons()
	r.Findings[0].Text, r.Findings[1].Place, r.Product = "Scratch 👍🏽 here", "𠮷 line", "\u2067محمد\u2069 lamp ☎️ 40 ℃"
	_, texts := pages(t, "boxes", r, lang.English())
	text := all(texts)
	for _, s := range []string{"Scratch □ here", "□ line", "□ lamp ☎ 40 °C", "□ stands for a character that this file cannot show: ", "U+1F44D", "U+20BB7", "U+0645"} {
		if !strings.Contains(text, s) {
			t.Errorf("it does not say %q in %s", s, text)
		}
	}
	for i := range 60 {
		r.Findings = append(r.Findings, Finding{Number: 50 + i, Text: string(rune(0x1f600 + i))})
	}
	_, texts = pages(t, "many boxes", r, lang.English())
	if !strings.Contains(all(texts), "There are ") {
		t.Error("it does not say that more are missing")
	}
}

// TestManyFindings: 300 of them stand in one report, each once, on pages that are numbered.
func TestManyFindings(t *testing.T) {
	r := many(298, 0)
	_, texts := pages(t, "300 findings", r, lang.English())
	text := all(texts)
	for _, f := range r.Findings {
		if n := strings.Count(text, fmt.Sprintf("Finding %d ·", f.Number)); n != 1 {
			t.Errorf("finding %d stands there %d times", f.Number, n)
		}
	}
	last := texts[len(texts)-1].page
	if !strings.Contains(text, fmt.Sprintf("Page %d of %d", last, last)) || last < 20 {
		t.Errorf("page %d does not say that it is the last", last)
	}
}

// TestPhotosGoIn: the file holds the bytes of each photo as they were given, each once, and
// never two of them at a time are asked for.
func TestPhotosGoIn(t *testing.T) {
	r := many(10, 0)
	var want [][]byte
	calls := 0
	for i := range 8 {
		data := phototest.Draw(uint64(i), 320, 240, 0, evening) // all of one width
		want = append(want, data)
		r.Findings[i].Photos = []Photo{{JPEG: func() ([]byte, error) { calls++; return data, nil }}}
	}
	pdf, _ := pages(t, "photos", r, lang.English())
	for i, data := range want {
		if n := bytes.Count(pdf, data); n != 1 {
			t.Errorf("photo %d stands there %d times", i, n)
		}
	}
	// In the order of the pages, each picture is the photo of the finding that it stands with.
	var drawn [][]byte
	eachStream(pdf, func(content []byte) {
		for _, m := range regexp.MustCompile(`/(I[0-9a-f]+) Do`).FindAllSubmatch(content, -1) {
			number := regexp.MustCompile(`/` + string(m[1]) + ` (\d+) 0 R`).FindSubmatch(pdf)[1]
			_, object, _ := bytes.Cut(pdf, slices.Concat([]byte("\n"), number, []byte(" 0 obj\n")))
			_, data, _ := bytes.Cut(object, []byte("stream\n"))
			drawn = append(drawn, data)
		}
	})
	k := 0
	for _, f := range ranked(r.Findings) {
		for _, photo := range f.Photos {
			if photo.JPEG == nil {
				continue
			}
			data, err := photo.JPEG()
			if err != nil || k >= len(drawn) || !bytes.HasPrefix(drawn[k], data) {
				t.Fatalf("picture %d is not the photo of finding %d (%v)", k+1, f.Number, err)
			}
			k++
		}
	}
	calls -= k
	if calls != 2*len(want) {
		t.Errorf("%d photos were asked for %d times", len(want), calls)
	}
	for range 5 {
		again, _ := pages(t, "photos", r, lang.English())
		if sha256.Sum256(again) != sha256.Sum256(pdf) {
			t.Fatal("the same report is another file")
		}
	}
}

// TestPhotosThatFail: what is broken, or says where it was taken, is named and left out; one
// that is gone while the file is written makes no half file look whole.
func TestPhotosThatFail(t *testing.T) {
	of := func(data []byte, err error) Photo {
		return Photo{JPEG: func() ([]byte, error) { return data, err }}
	}
	plain := phototest.Draw(1, 64, 48, 0, evening)
	var grey bytes.Buffer
	if err := jpeg.Encode(&grey, image.NewGray(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	comment := slices.Concat(plain[:2], []byte{0xff, 0xfe, 0, 6, 'M', 'i', 'a', '!'}, plain[2:])
	r := cartons()
	r.Findings[0].Photos = []Photo{
		of(plain, nil), of(grey.Bytes(), nil),
		of(nil, errors.New("gone")), of([]byte("<html>login"), nil), of(plain[:40], nil), of(append(slices.Clone(plain), "Mia"...), nil),
		of(phototest.Draw(1, 64, 48, 1, evening), nil), of(comment, nil), of(nil, nil),
	}
	pdf, texts := pages(t, "photos that fail", r, lang.English())
	text := all(texts)
	for i := range 9 {
		name := fmt.Sprintf("Photo %d", i+2)
		if drawn := !strings.Contains(text, name+" could not be read."); drawn != (i < 2) {
			t.Errorf("%s is drawn: %v", name, drawn)
		}
	}
	for _, s := range []string{phototest.Model, "2027:03:15", "Mia!"} {
		if bytes.Contains(pdf, []byte(s)) {
			t.Errorf("the file has %q", s)
		}
	}
	calls := 0
	r.Findings[0].Photos = []Photo{{JPEG: func() ([]byte, error) {
		if calls++; calls > 1 {
			return nil, io.ErrUnexpectedEOF
		}
		return plain, nil
	}}}
	if err := r.WritePDF(io.Discard, lang.English()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a photo that is gone meanwhile is %v", err)
	}
	if err := cartons().WritePDF(full{}, lang.English()); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk is %v", err)
	}
}

// TestHeadingsStandOverSomething: none is the last thing on a page.
func TestHeadingsStandOverSomething(t *testing.T) {
	for n := range 12 {
		r := many(2+n, n/2)
		r.Notes = make([]string, n)
		for i := range r.Notes {
			r.Notes[i] = "a note"
		}
		_, texts := pages(t, "headings", r, lang.English())
		for i, d := range texts {
			if d.size == headSize && d.y < pageBottom && (i+1 == len(texts) || texts[i+1].page != d.page || texts[i+1].y > pageBottom+footSize) {
				t.Errorf("with %d findings, %q is the last on page %d", 2+n, d.text, d.page)
			}
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestShapesOfPhotos: what is very wide or very high stays on its page.
func TestShapesOfPhotos(t *testing.T) {
	r := many(4, 0)
	for i, size := range []image.Point{{2000, 10}, {10, 2000}, {1, 1}, {1280, 1280}} {
		r.Findings[i].Photos = []Photo{drawnPhoto(1, size.X, size.Y)}
		for range i {
			r.Findings[i].Photos = append(r.Findings[i].Photos, drawnPhoto(2, size.X, size.Y))
		}
	}
	for range 14 {
		r.Findings[0].Photos = append(r.Findings[0].Photos, drawnPhoto(3, 100, 80))
	}
	pdf, _ := pages(t, "shapes", r, lang.English())
	if n := len(pictures(t, pdf)); n != 1+2+3+4+14 {
		t.Errorf("it has %d pictures", n)
	}
}

// TestWhatAFileSaysOfItself is its title and our company, and neither when it was made nor
// with what.
func TestWhatAFileSaysOfItself(t *testing.T) {
	for name, c := range map[string]struct {
		r    pdfReport
		want []string
	}{
		"inspection": {cartons(), []string{"Inspection report · Inspection 7", "Acme Lighting GmbH"}},
		"factory":    {feedback(), []string{"Feedback", "Acme Lighting GmbH"}},
	} {
		pdf, _ := pages(t, name, c.r, lang.English())
		var said []string
		for _, m := range regexp.MustCompile(`(?s)/(Title|Author|Creator|Producer|Subject|Keywords) \(((?:\\.|[^\\)])*)\)`).FindAllSubmatch(pdf, -1) {
			said = append(said, strings.TrimPrefix(unescaped(m[2]), "\ufeff"))
		}
		if !slices.Equal(said, c.want) {
			t.Errorf("%s: it says %q", name, said)
		}
		if bytes.Contains(pdf, []byte("D:2027")) || bytes.Contains(pdf, []byte("/Metadata")) {
			t.Errorf("%s: it says when it was made", name)
		}
	}
}

// TestWhitelist: what a factory gets can hold this and nothing else. Whoever adds a field
// here has asked whether the factory may read it.
func TestWhitelist(t *testing.T) {
	fields := func(of reflect.Type) (names []string) {
		for i := range of.NumField() {
			names = append(names, of.Field(i).Name)
		}
		return names
	}
	if got, want := fields(reflect.TypeFor[FactoryReport]()), strings.Fields("Company Factory FactoryZH Order Product Day Strengths Findings ReplyBy From"); !slices.Equal(got, want) {
		t.Errorf("a factory's report has %q", got)
	}
	if got, want := fields(reflect.TypeFor[FactoryFinding]()), strings.Fields("Severity Text TextZH Place Bad Checked Requirement Request Photos"); !slices.Equal(got, want) {
		t.Errorf("a factory's finding has %q", got)
	}
}

// TestWeakest compares shares as fractions.
func TestWeakest(t *testing.T) {
	for _, c := range []struct {
		scores []Score
		want   string
	}{
		{nil, ""}, {[]Score{{"none", 0, 0, 3}}, ""}, {[]Score{{"a", 1, 3, 0}, {"b", 333, 1000, 0}}, "b"}, {[]Score{{"a", 5, 10, 0}, {"b", 50, 100, 0}}, "a"}, {[]Score{{"none", 0, 0, 0}, {"a", 9, 9, 0}, {"b", 0, 4, 0}}, "b"},
	} {
		if got, _ := Weakest(c.scores); got.Group != c.want {
			t.Errorf("of %v the weakest is %q", c.scores, got.Group)
		}
	}
}

// FuzzReport puts any text anywhere: there is a report, and all its parts are where it says.
func FuzzReport(f *testing.F) {
	for _, s := range []string{"", "宁波", "a\nb\n\nc", "𠮷", "👨‍👩‍👧‍👦", "\u202eabc", ")\\(", "\xff", "endobj\nxref\n", strings.Repeat("很长", 4000), strings.Repeat("x", 4000)} {
		f.Add(s, s, 3)
	}
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		r := cartons()
		r.Title, r.Factory, r.ResultWhy, r.Product, r.Sample.Severity = a, b, a, b, a
		r.Findings[0].Text, r.Findings[0].Place, r.Findings[1].Request, r.Findings[0].Photos[0].Note = b, a, b, a
		r.Tests[0].Value, r.NotChecked, r.Ordered, r.Sample.Classes[0].Bad = a, []string{b}, n, n
		var out bytes.Buffer
		if err := r.WritePDF(&out, lang.English()); err != nil {
			t.Fatal(err)
		}
		checkParts(t, out.Bytes())
		out.Reset()
		if err := r.WriteSheet(&out, lang.English()); err != nil {
			t.Fatal(err)
		}
	})
}
