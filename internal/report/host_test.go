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
func plan(t *testing.T, times int) *HostPlan {
	t.Helper()
	r := &HostPlan{Title: "拜访计划 Host brief 2027-03-15", Company: "Acme 照明公司"}
	texts := workedTexts(t, "host")
	zh, en := strings.Split(strings.TrimSpace(texts[0]), "\n"), strings.Split(strings.TrimSpace(texts[1]), "\n")
	for range times {
		for i := range zh {
			r.Rows = append(r.Rows, HostRow{zh[i], en[i]})
		}
		r.Rows = append(r.Rows, HostRow{"陈喆、李堃祎", ""}, HostRow{"", "only English"})
	}
	return r
}

// The text of the file is that of the plan, rune by rune, in each of its columns.
func TestAHostPlanLosesNoCharacter(t *testing.T) {
	for _, rows := range []int{1, 12} {
		r := plan(t, rows)
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
	pdf := hostPDF(t, plan(t, 1))
	var said []string
	for _, m := range regexp.MustCompile(`(?s)/(Title|Author|Creator|Producer|Subject|Keywords) \(((?:\\.|[^\\)])*)\)`).FindAllSubmatch(pdf, -1) {
		said = append(said, strings.TrimPrefix(unescaped(m[2]), "\ufeff"))
	}
	if want := []string{"拜访计划 Host brief 2027-03-15", "Acme 照明公司"}; !slices.Equal(said, want) {
		t.Errorf("it says %q", said)
	}
	if !bytes.Equal(pdf, hostPDF(t, plan(t, 1))) {
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
