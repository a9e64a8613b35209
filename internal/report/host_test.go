package report

import (
	"bytes"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"visitprep/internal/lang"
)

func hostPDF(t *testing.T, r *HostPlan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.WritePDF(&b, lang.English()); err != nil {
		t.Fatal(err)
	}
	checkParts(t, b.Bytes())
	return b.Bytes()
}

// seen is text without white space: where its lines break is the page's affair.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// plan is the brief of the design basis so many times, with a name whose characters are rare and
// paragraphs that one language lacks.
func plan(times int) *HostPlan {
	r := &HostPlan{Title: "拜访计划 Visit plan 2027-03-15", Company: "Acme 照明公司"}
	zh, en := strings.Split(hostZH, "\n"), strings.Split(hostEN, "\n")
	for range times {
		for i := range zh {
			r.Rows = append(r.Rows, HostRow{zh[i], en[i]})
		}
		r.Rows = append(r.Rows, HostRow{"陈喆、李堃祎", ""}, HostRow{"", "only English"})
	}
	return r
}

const hostZH = `王总、李经理，您好！我们计划3月15日至16日拜访贵司，安排如下，请过目。如有不方便的地方，请告诉我，我们来调整。
【来访单位】Acme 照明公司（德国柏林）
【来访目的】订单4512验货；新品试产沟通
【来访人员】共3人：陈女士（Mia Chen），采购经理，带队；Jonas Weber 先生，质量工程师；刘女士，翻译（我方安排）
【到达与离开】3月14日晚到宁波，自行入住酒店；16日16:30离厂
【接送】我们自己安排车辆，不用麻烦贵司接送
【日程】3月15日（周一） 9:00 到厂、安全须知 → 9:30 清点数量、抽箱 → 10:30 检验 → 12:00 午餐（工作餐即可） → 13:00 检验和测试 → 16:30 沟通当天情况。16日（周二） 9:00 参观车间（压铸、喷涂、包装） → 11:00 试产沟通 → 14:00 总结、确认会议纪要
【烦请提前准备】① 3月12日前告知完成数量和已装箱数；② 室内检验场地，光线充足，有桌子和电源；③ 货物集中摆放，方便抽箱；④ 封样、检验标准、首件和出货检验记录；⑤ 量具、测试设备；⑥ 一两位同事协助搬箱、开箱、封箱；⑦ 16日上午请工程部同事参加
【拍照】我们只拍自己的产品和检验现场，不方便拍的地方请当场说一声
【劳保用品】如需安全鞋、护目镜，请告知；鞋码：42、39、37
【饮食】一位同事吃素；工作期间不喝酒，请谅解
【说明】按公司规定，检验人员不收礼品和红包，谢谢理解
【联系人】陈女士，手机／微信：+49 30 0000
麻烦3月8日前回复三点：① 时间是否合适；② 贵司联系人和手机；③ 工厂定位（大门位置）。谢谢，期待见面！`

const hostEN = `We plan to visit on 15–16 March. Please look over the plan and tell me what does not suit; we will adjust.
Visiting company: Acme Lighting, Berlin
Purpose: inspection of order 4512; talk about the trial run
Visitors (3): Ms Mia Chen, purchasing manager, leading the team; Mr Jonas Weber, quality engineer; Ms Liu, interpreter, arranged by us
Arrival and departure: in Ningbo on the evening of 14 March, hotel arranged by us; leaving on 16 March at 16:30
Transport: we will come in our own car
Agenda: Monday 15 March: 9:00 arrival and safety briefing; 9:30 counting the goods and drawing cartons; 10:30 inspection; 12:00 lunch (a simple working lunch); 13:00 inspection and tests; 16:30 talk about the day. Tuesday 16 March: 9:00 tour of the shop floor (die casting, painting, packing); 11:00 talk about the trial run; 14:00 summary and minutes
Please prepare: (1) number of pieces made and packed, by 12 March; (2) a place indoors with light, table and power; (3) the goods together, so that cartons can be drawn; (4) sealed sample, inspection standard, records of first pieces and of final inspection; (5) gauges and test equipment; (6) one or two people to carry, open and close cartons; (7) your engineers on the morning of 16 March
Photos: we photograph only our own products and the inspection; please tell us where photos are not wanted
Safety: please tell us if we need safety shoes or goggles; sizes 42, 39, 37
Food: one colleague is vegetarian; no alcohol during working hours; thank you for understanding
Note: by company policy our inspectors do not accept gifts or red envelopes; thank you for understanding
Contact: Ms Chen, phone and WeChat +49 30 0000
Please answer three things by 8 March: whether the time suits you; your contact and phone number; where the gate is. Thank you; we look forward to meeting you!`

// The text of the file is that of the plan, rune by rune, in each of its columns.
func TestAHostPlanLosesNoCharacter(t *testing.T) {
	for _, rows := range []int{1, 12} {
		r := plan(rows)
		texts, pages := page(t, hostPDF(t, r))
		if rows > 1 && pages < 2 {
			t.Errorf("it has %d pages", pages)
		}
		var zh, en, wantZH, wantEN strings.Builder
		for _, d := range texts {
			switch {
			case d.size == titleSize || d.size == footSize:
			case d.x < pageWidth/2:
				zh.WriteString(d.text)
			default:
				en.WriteString(d.text)
			}
		}
		for _, row := range r.Rows {
			wantZH.WriteString(row.ZH)
			wantEN.WriteString(row.EN)
		}
		if got, want := seen(zh.String()), seen(wantZH.String()); got != want {
			t.Errorf("the Chinese is\n%s\nwant\n%s", got, want)
		}
		if got, want := seen(en.String()), seen(wantEN.String()); got != want {
			t.Errorf("the English is\n%s\nwant\n%s", got, want)
		}
	}
}

func TestAHostPlanSaysOfItselfItsTitleAndOurCompany(t *testing.T) {
	pdf := hostPDF(t, plan(1))
	var said []string
	for _, m := range regexp.MustCompile(`(?s)/(Title|Author|Creator|Producer|Subject|Keywords) \(((?:\\.|[^\\)])*)\)`).FindAllSubmatch(pdf, -1) {
		said = append(said, strings.TrimPrefix(unescaped(m[2]), "\ufeff"))
	}
	if want := []string{"拜访计划 Visit plan 2027-03-15", "Acme 照明公司"}; !slices.Equal(said, want) {
		t.Errorf("it says %q", said)
	}
	if !bytes.Equal(pdf, hostPDF(t, plan(1))) {
		t.Error("the same plan is other bytes")
	}
}

func TestAHostPlanHoldsNothingElse(t *testing.T) {
	var fields []string
	for f := range reflect.TypeFor[HostPlan]().Fields() {
		fields = append(fields, f.Name)
	}
	if want := []string{"Title", "Company", "Rows"}; !slices.Equal(fields, want) {
		t.Errorf("it has %q: may the factory read each of them?", fields)
	}
}
