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

func plan(rows int) *HostPlan {
	r := &HostPlan{Title: "拜访计划 Visit plan 2027-03-15", Company: "Acme 照明公司"}
	for range rows {
		r.Rows = append(r.Rows,
			HostRow{"王总、李经理，您好！我们计划3月15日至16日拜访贵司，安排如下，请过目。如有不方便的地方，请告诉我，我们来调整。", "We plan to visit on 15–16 March. Please look over the plan and tell me what does not suit; we will adjust."},
			HostRow{"【日程】3月15日（周一） 9:00 到厂、安全须知 → 9:30 清点数量、抽箱 → 10:30 检验 → 12:00 午餐（工作餐即可） → 13:00 检验和测试 → 16:30 沟通当天情况。16日（周二） 9:00 参观车间（压铸、喷涂、包装） → 11:00 试产沟通 → 14:00 总结、确认会议纪要", "Agenda: Monday 15 March: 9:00 arrival and safety briefing"},
			HostRow{"【烦请提前准备】① 3月12日前告知完成数量和已装箱数；⑳ 量具", "Please prepare: (1) by 12 March how many pieces are made"},
			HostRow{"【联系人】陈喆女士，手机／微信：+49 30 0000", ""}, HostRow{"", "only English"})
	}
	return r
}

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
