package bot

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang/zh"
	"visitprep/internal/localslack"
	"visitprep/internal/sampling"
	"visitprep/internal/store"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// speaks has Slack speak a language to somebody.
func (s *stage) speaks(who, locale string) {
	s.t.Helper()
	d := s.bot.directory
	done(s.t, d.list(s.t.Context(), s.TeamID()))
	d.listed.mu.Lock()
	defer d.listed.mu.Unlock()
	p := d.listed.teams[s.TeamID()][who]
	p.locale, p.at = locale, time.Now()
	d.listed.teams[s.TeamID()][who] = p
}

// sameInChinese are what a Chinese inspector reads as it is: commands, marks of standards,
// mentions, what Slack says itself, what was typed, and what people and other companies are
// called.
var sameInChinese = regexp.MustCompile("Please complete this required field.|\"[^\"]*\"|<[^>]*>|`[^`]*`|/(inspection|visit-prep)[ a-zA-Z0-9.-]*|Visit Prep|Slack|WeChat|AQL|\\b(CR|MAJ|MIN|Ac|Re|ISO|GB/T|JPEG|PNG|PDF|MB|II|III|IV|S-[1-4]|DL-3|SHA-256|OAuth)\\b|Acme Lighting|Dongguan Plastics|Ningbo Bright Metal|Mia Chen|Jonas Weber")

var latin = regexp.MustCompile(`[A-Za-z]{2,}( [A-Za-z]+)*`)

// halfWidth is a mark of English between two Chinese characters.
var halfWidth = regexp.MustCompile(`\p{Han}[）”]?[,;:!?] ?\p{Han}|\p{Han} ?\([^)]*\p{Han}`)

// isChinese reports what of the texts is English, in what somebody reads alone: words, and marks
// between Chinese characters.
func isChinese(t *testing.T, what string, blocks []json.RawMessage, more ...string) {
	t.Helper()
	texts := more
	for _, raw := range blocks {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		eachText(v, func(text string) { texts = append(texts, text) })
	}
	if len(texts) == 0 {
		t.Errorf("%s says nothing", what)
	}
	for _, text := range texts {
		if left := latin.FindString(sameInChinese.ReplaceAllString(text, "")); left != "" {
			t.Errorf("%s: %q is left in English in %q", what, left, text)
		}
		if mark := halfWidth.FindString(text); mark != "" {
			t.Errorf("%s: %q is half-width in %q", what, mark, text)
		}
	}
}

// An inspector to whom Slack speaks Chinese reads nothing in English from the sample to the
// result; what stands in a thread for all is in English.
func TestTheFloorInChinese(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.speaks(mia, "zh-CN")
	i := s.inspectionOn(0, "4512")
	for _, line := range []string{
		"3000", "3000 II 2.5 4.0 in 100 cartons", "50000", "90", "3k", "1", "0", "20000000", "2.5", "3000 2", "3000 0", "3000 IV", "3000 II 2.5 4.0 tightened", "3000 reduced", "3000 II 65 100",
		"3000 in x cartons", "3000 II III", "3000 weather", "", "2", "5 III",
	} {
		m := s.command(mia, sourcing, "/inspection sample "+line)
		isChinese(t, "sample "+line, m.Blocks, m.Text)
	}
	m := s.shares(mia, "严重 6/50 无护角 @包装", 1)
	isChinese(t, "a photo with 严重", m.Blocks, m.Text)
	expect(t, m, "问题1", "6/50", "包装")
	s.press(mia, m, "严重 MAJ")
	s.until("it is major", func() bool { return s.finding(1).Severity == visit.Major })
	s.settled()
	m = s.last(mia, s.direct(mia))
	isChinese(t, "a sorted finding", m.Blocks, m.Text)
	for _, words := range []string{"7/5 划伤", "", "轻微 2/50 线头", "建议 加灯", "红旗 两套记录"} {
		m = s.shares(mia, words, 1)
		isChinese(t, "a photo with "+words, m.Blocks, m.Text)
	}
	m = s.command(mia, sourcing, "/inspection findings 1")
	isChinese(t, "the findings", m.Blocks, m.Text)
	s.closeAll(mia)
	done(t, s.Command(mia, sourcing, "/inspection finding 1"))
	v := s.modal(mia, "看到了什么")
	isChinese(t, "the form of a finding", v.Blocks, v.Title, v.Submit, v.Close)
	s.send(mia, v)
	for field, words := range s.errorsIn(mia) {
		isChinese(t, "a mistake at "+field, nil, words)
	}
	s.closeAll(mia)

	v = s.onCard(mia, i.Number, "选择抽样方案")
	isChinese(t, "the form of a sample", v.Blocks, v.Title, v.Submit, v.Close)
	s.send(mia, v)
	for field, words := range s.errorsIn(mia) {
		isChinese(t, "a mistake at "+field, nil, words)
	}
	s.enter(mia, v, fieldProductName, "台灯")
	s.enter(mia, v, fieldLot, "很多")
	s.send(mia, v)
	wrong := s.errorsIn(mia)
	isChinese(t, "a lot that is no number", nil, wrong[fieldLot])
	if wrong[fieldLot] == "" {
		t.Errorf("a lot that is no number is refused with %v", wrong)
	}
	s.enter(mia, v, fieldLot, "3000")
	s.enter(mia, v, fieldCartons, "100")
	s.send(mia, v)
	v = s.top(mia)
	isChinese(t, "the sample", v.Blocks, v.Title, v.Close)
	s.closeAll(mia)
	v = s.onCard(mia, i.Number, "报告结果")
	isChinese(t, "the form of a result", v.Blocks, v.Title, v.Submit, v.Close)
	s.enter(mia, v, fieldBad(visit.Major), "很多")
	s.send(mia, v)
	if got, want := s.errorsIn(mia)[fieldBad(visit.Major)], `"很多"不是数字。没有请填0。`; got != want {
		t.Errorf("a count that is no number is refused with %q, want %q", got, want)
	}
	s.enter(mia, v, fieldBad(visit.Major), "9")
	s.send(mia, v)
	v = s.top(mia)
	isChinese(t, "what the counts propose", v.Blocks, v.Title, v.Submit, v.Close)
	s.send(mia, v)
	s.closeAll(mia)
	s.settled()
	v = s.onCard(mia, i.Number, zh.Printer().T("Decide on the lot"))
	isChinese(t, "the decision", v.Blocks, v.Title, v.Submit, v.Close)
	s.closeAll(mia)

	if text, _ := s.thread(sourcing, s.inspection(1).Card); !strings.Contains(text, "Major") || strings.Contains(text, "问题") {
		t.Errorf("in the thread stands\n%s", text)
	}
	m = s.command(mia, sourcing, "/inspection sample 3000")
	s.speaks(mia, "en-GB")
	if now := s.command(mia, sourcing, "/inspection sample 3000"); says(now) == says(m) || !strings.Contains(says(now), "Draw 125 of 3000 pieces") {
		t.Errorf("after another language they read %s", says(now))
	}
	s.nothingRefused()
}

// The report of an inspection is in Chinese for an inspector who reads Chinese, and what is
// said of it in the thread is in English.
func TestTheInspectionReportInChinese(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.speaks(mia, "zh-CN")
	i := s.inspectedToday(sourcing)
	s.changeInspection(i, func(i *visit.Inspection) { i.Due = civil.Of(time.Now()) })
	m := s.command(mia, sourcing, "/inspection report 1")
	isChinese(t, "that the report is made", m.Blocks, m.Text)
	s.handIn()
	var pdf *localslack.File
	for _, f := range s.files(mia, sourcing) {
		if strings.HasSuffix(f.Name, ".pdf") {
			pdf = &f
		}
	}
	if pdf == nil {
		t.Fatal("no report has come")
	}
	text := pdfText(t, pdf.Content)
	for _, want := range []string{"验货报告", "结果", "订单", "严重问题 MAJ", "纸箱无护角", "未填写项", "出货前验货"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %s", want)
		}
	}
}

// An inspection report in Chinese has nothing in English, in its PDF and its sheet, but what
// people typed: here they typed Chinese, whatever became of the inspection.
func TestNoEnglishIsLeftInTheChineseReport(t *testing.T) {
	t.Parallel()
	p := blocks.Printer{Printer: zh.Printer()}
	day, at := civil.On(2027, 3, 15), time.Date(2027, 3, 15, 9, 5, 0, 0, time.UTC)
	said := visit.Mark{By: mia, At: at}
	lot := func(size int, oneLetter bool, major, minor visit.ClassRule) visit.Lot {
		l := visit.Lot{Series: 1, Product: "台灯", Size: size, Level: "II", OneLetter: oneLetter, Cartons: 100, Opened: 10, Counted: said}
		major.Class, minor.Class = visit.Major, visit.Minor
		done(t, l.Sample([]visit.ClassRule{major, minor}))
		return l
	}
	test := func(id int, limit visit.Limit) visit.Test {
		return visit.Test{ID: id, Name: fmt.Sprintf("测试%d", id), Limit: limit, Level: "S-2", N: 8}
	}
	report := func(n int, i visit.Inspection) (pdf, sheet []byte) {
		i.Number, i.Due, i.Zone, i.ChannelZone, i.Factory = 7, day, "Asia/Shanghai", "Asia/Shanghai", visit.Factory{Name: "宁波光明五金有限公司"}
		m := &material{
			a: &i, company: "灯具公司", names: map[string]string{mia: "陈米雅"}, people: []traveller{{name: "王喆", role: "检验员"}},
			photo: func(id int) ([]byte, error) {
				if id == 2 {
					return nil, visit.ErrNotFound
				}
				return oneCopy(), nil
			},
		}
		if n == 0 { // of nothing else is there anything
			m.names, m.people, m.company = nil, nil, ""
		} else {
			m.series = &visit.Series{Tests: []visit.Test{test(1, visit.Limit{}), test(9, visit.Limit{Words: "无裂纹"})}, Sealed: visit.SealedSample{Version: "第3版", Where: "样品间", Until: day.AddDays(n%3 - 1)}}
			earlier := i
			earlier.Lot.Reinspects = n % 2
			m.lots = []visit.Inspection{earlier}
			for k, f := range []visit.Finding{
				{Kind: visit.OfProduct, Severity: visit.Critical, Photos: []visit.PhotoRef{{ID: 1, State: visit.PhotoKept, TakenAt: at}, {ID: 2, State: visit.PhotoKept}, {State: visit.PhotoWaiting}, {State: visit.PhotoRefused, Name: "照片"}}},
				{Kind: visit.OfProduct, Severity: visit.Major, Item: 1}, {Kind: visit.OfProduct, Severity: visit.Minor}, {Kind: visit.OfSystem}, {Kind: visit.RedFlag}, {Kind: visit.Idea},
			} {
				f.Number, f.Text, f.Place, f.Bad, f.Checked, f.Requirement, f.Request, f.By, f.At = k+1, "无护角", "包装", 6, 50, "每箱四角", "请返工", mia, at
				m.findings = append(m.findings, f)
			}
		}
		pg := &pages{p: p, material: m, r: &visit.Report{Kind: visit.ReportInspection, Made: said}, version: 2, final: n%2 == 1}
		doc := pg.inspectionReport(&knowledge.Template{Title: "Pre-shipment inspection"})
		rp := declared().reports
		return must(rp.drawn(doc.WritePDF, p)), must(rp.drawn(doc.WriteSheet, p))
	}
	is := []visit.Inspection{{}}
	results := []visit.Result{"", visit.Passed, visit.Failed, visit.Undecided, visit.CouldNot, visit.Skipped}
	decisions := append(visit.LotDecisions(), "", "")
	whys := []sampling.Reason{"", visit.Chosen, sampling.TwoOfFive, sampling.FiveAccepted, sampling.Resumed, sampling.OneRefused}
	for n, result := range results {
		i := visit.Inspection{
			Result: result, Note: "说明", Order: "4512", Ordered: visit.Quantities{Ordered: 3000, Made: 3000, Packed: 2400}, Unchecked: "9号托盘",
			Firm: visit.Firm{Name: "港口验货", Booking: "20417", Contact: "刘女士", Cost: "298元", Verdict: result, File: "报告"},
			Lot:  lot(3000, n%2 == 0, visit.ClassRule{AQL: "2.5", Strictness: visit.Tightened, Why: string(whys[n])}, visit.ClassRule{AQL: "4.0", Strictness: visit.Normal}),
		}
		i.Items = visit.Checklist{{ID: 1, Text: "称重三件"}, {ID: 2, Text: "跌落", Skipped: "没有时间"}}
		i.Decision = visit.LotOutcome{Decision: decisions[n], Why: "已商定", Said: said}
		for k, m := range []visit.Measured{
			{Test: test(1, visit.Limit{Lower: "12.5", Upper: "12.7", Unit: "毫米"}), Value: "12.6"}, {Test: test(2, visit.Limit{Lower: "12"}), Value: "11", N: 8, Bad: 2},
			{Test: test(3, visit.Limit{Upper: "13", Words: "无毛刺"}), Result: visit.TestNotDone, Note: "设备被占用"}, {Test: test(4, visit.Limit{}), Value: "合适"},
		} {
			m.Test.ID = k + 1
			done(t, i.Measure(m))
		}
		is = append(is, i)
	}
	is[2].Lot = lot(8, false, visit.ClassRule{AQL: "2.5", Strictness: visit.Normal}, visit.ClassRule{AQL: "4.0", Strictness: visit.Normal})
	is[3].Lot = lot(50000, true, visit.ClassRule{AQL: "2.5", Strictness: visit.Reduced, Why: string(sampling.Score)}, visit.ClassRule{AQL: "65", Strictness: visit.Normal, Why: string(sampling.Irregular)})
	is[4].Lot.Counted = visit.Mark{}
	inChinese := map[string]bool{"AQL": true, "Ac": true, "Re": true, "CR": true, "MAJ": true, "MIN": true, "ISO": true, "GB": true, "II": true, "Slack": true, "CST": true}
	word := regexp.MustCompile(`[A-Za-z]{2,}`)
	for n, i := range is {
		pdf, sheet := report(n, i)
		for _, text := range append(pdfLines(t, pdf), sheetTexts(t, sheet)...) {
			if mark := halfWidth.FindString(text); mark != "" {
				t.Errorf("of an inspection that is %q the report has %q, which is half-width: %q", i.Result, mark, text)
			}
			for _, w := range word.FindAllString(text, -1) {
				if !inChinese[w] {
					t.Errorf("of an inspection that is %q the report has %q in English: %q", i.Result, w, text)
				}
			}
		}
	}
}

// Whoever was forgotten has no id and no name left, and that is said in the reader's language.
func TestAFormerColleagueInChinese(t *testing.T) {
	p := blocks.Printer{Printer: zh.Printer()}
	if got := p.M("Inspector: %s", blocks.Mention(store.FormerColleague)); got != "检验员：一位前同事" {
		t.Errorf("an inspector who was forgotten is %q", got)
	}
	people := []visit.Person{{User: store.FormerColleague, Role: "翻译"}, {Name: store.FormerColleague}}
	if got := who(p, people); got != "一位前同事（翻译）、一位前同事" {
		t.Errorf("those who take part are %q", got)
	}
	if got := knownBy(p, &visit.Contact{KnownBy: []string{mia, store.FormerColleague}}); got != blocks.Mention(mia)+"、一位前同事" {
		t.Errorf("a contact is known by %q", got)
	}
	if got := mentions(p, []person{{id: mia}, {id: store.FormerColleague}}); got != blocks.Mention(mia)+"、一位前同事" {
		t.Errorf("who reads a channel is %q", got)
	}
}
