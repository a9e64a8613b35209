package letter

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"visitprep/internal/visit"
)

func both(line string) visit.Bilingual { return visit.ParseBilingual(line) }

// workedHost is the brief of the design basis: two days at a factory in Ningbo in March 2027.
func workedHost(b *Book) *visit.Host {
	h := &visit.Host{
		To: visit.ParseBilinguals("王总\n李经理"), Purposes: []string{"inspection", "trial"}, Order: "4512",
		Company: both("Acme 照明公司（德国柏林） | Acme Lighting, Berlin"),
		People: visit.ParseBilinguals(`陈女士（Mia Chen），采购经理，带队 | Ms Mia Chen, purchasing manager, leading the team
Jonas Weber 先生，质量工程师 | Mr Jonas Weber, quality engineer
刘女士，翻译（我方安排） | Ms Liu, interpreter, arranged by us`),
		First: march(15), Last: march(16),
		Arrival:   both("3月14日晚到宁波，自行入住酒店 | in Ningbo on the evening of 14 March, hotel arranged by us"),
		Departure: both("16日16:30离厂 | leaving on 16 March at 16:30"),
		Transport: visit.OwnCar,
		Days:      b.Agenda([]string{"inspection", "trial"}, 2),
		Prepare: visit.ParseBilinguals(`{ready}前告知完成数量和已装箱数 | number of pieces made and packed, by {ready}
室内检验场地，光线充足，有桌子和电源 | a place indoors with light, table and power
货物集中摆放，方便抽箱 | the goods together, so that cartons can be drawn
封样、检验标准、首件和出货检验记录 | sealed sample, inspection standard, records of first pieces and of final inspection
量具、测试设备 | gauges and test equipment
一两位同事协助搬箱、开箱、封箱 | one or two people to carry, open and close cartons
{last}上午请工程部同事参加 | your engineers on the morning of {last}`),
		Ready: march(12), Photos: true, Safety: true, Shoes: []int{42, 39, 37},
		Diet: []visit.Bilingual{b.DietPhrase("vegetarian")}, NoAlcohol: true, NoGifts: true,
		Contact: both("陈女士，手机／微信：+49 30 0000 | Ms Chen, phone and WeChat +49 30 0000"), ReplyBy: march(8),
	}
	h.Days[1].Lines[0].ZH = "参观车间（压铸、喷涂、包装）"
	h.Days[1].Lines[0].EN = "tour of the shop floor (die casting, painting, packing)"
	return h
}

func lineByLine(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "", ""
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, a, b)
		}
	}
}

// The Chinese is that of the design basis, word by word.
func TestTheBriefOfTheDesignBasis(t *testing.T) {
	b := loaded(t)
	text := b.Host(workedHost(b), nil)
	for _, in := range Langs() {
		want, err := os.ReadFile("testdata/host." + string(in) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		lineByLine(t, text.In(in)+"\n", string(want))
	}
	if len(text.Missing) > 0 {
		t.Errorf("it lacks Chinese for %q", text.Missing)
	}
}

func TestALaterVersionBeginsWithWhatChanged(t *testing.T) {
	b := loaded(t)
	for name, c := range map[string]struct {
		change func(*visit.Host)
		zh, en string
	}{
		"the days":                    {func(h *visit.Host) { h.First, h.Last = march(16), march(17) }, "日期改为3月16日至17日", "the days, now 16–17 March"},
		"somebody more":               {func(h *visit.Host) { h.People = append(h.People, both("周女士 | Ms Zhou")) }, "来访人员有调整", "who is coming"},
		"an hour":                     {func(h *visit.Host) { h.Days[0].Lines[0].Time = "8:30" }, "日程有调整", "the agenda"},
		"the departure":               {func(h *visit.Host) { h.Departure = both("16日15:00离厂") }, "到达、离开或接送有调整", "arrival, departure or transport"},
		"who drives":                  {func(h *visit.Host) { h.Transport, h.Pickup = visit.PickUp, both("酒店 | hotel") }, "到达、离开或接送有调整", "arrival, departure or transport"},
		"a size":                      {func(h *visit.Host) { h.Shoes = []int{42} }, "个别细节有调整", "some details"},
		"a size and an hour, as told": {func(h *visit.Host) { h.Shoes = nil; h.Days[0].Lines[0].Time = "8:30" }, "日程有调整", "the agenda"},
		"days and people": {func(h *visit.Host) { h.Last = h.First; h.People = h.People[:1] }, "日期改为3月15日，来访人员有调整",
			"the days, now 15 March, who is coming"},
	} {
		t.Run(name, func(t *testing.T) {
			before, h := workedHost(b), workedHost(b)
			c.change(h)
			text := b.Host(h, h.Changes(before))
			zh, _, _ := strings.Cut(text.In(Chinese), "\n")
			en, _, _ := strings.Cut(text.In(English), "\n")
			if want := "与上一版相比有更新：" + c.zh + "。请以这一版为准。"; zh != want {
				t.Errorf("it begins with\n%s\nwant\n%s", zh, want)
			}
			if want := "Changed since the last version: " + c.en + ". Please use this version."; en != want {
				t.Errorf("it begins with\n%s\nwant\n%s", en, want)
			}
		})
	}
	if cs := workedHost(b).Changes(workedHost(b)); len(cs) > 0 {
		t.Errorf("the same brief has changed in %v", cs)
	}
}

// What has no Chinese is left out of the Chinese, and named; names need none, and everybody is
// counted.
func TestWhatHasNoChinese(t *testing.T) {
	b := loaded(t)
	h := workedHost(b)
	h.To = visit.ParseBilinguals("Mr Wang")
	h.Company = both("Acme Lighting")
	h.People = visit.ParseBilinguals("Jonas Weber, quality engineer\nMia Chen")
	h.Arrival = both("evening before, by train")
	h.Days[0].Lines[1] = visit.HostLine{Time: "9:30", Bilingual: both("see the moulds")}
	h.Prepare = visit.ParseBilinguals("the moulds, unpacked\n量具 | gauges")
	h.Diet = visit.ParseBilinguals("no garlic")
	h.Contact = both("Mia Chen, +49 30 0000")
	text := b.Host(h, nil)
	want := []string{"Mr Wang", "Jonas Weber, quality engineer", "evening before, by train", "9:30 see the moulds", "the moulds, unpacked", "no garlic"}
	if !slices.Equal(text.Missing, want) {
		t.Errorf("it names %q, want %q", text.Missing, want)
	}
	zh, en := text.In(Chinese), text.In(English)
	for _, line := range []string{"您好！我们计划", "【来访单位】Acme Lighting\n", "共2人：Jonas Weber；Mia Chen\n", "【到达与离开】16日16:30离厂\n", "9:00 到厂、安全须知 → 10:30 检验", "【烦请提前准备】① 量具\n", "【饮食】工作期间不喝酒，请谅解\n", "【联系人】Mia Chen, +49 30 0000\n"} {
		if !strings.Contains(zh, line) {
			t.Errorf("the Chinese lacks %q:\n%s", line, zh)
		}
	}
	for _, typed := range []string{"Mr Wang", "quality engineer", "by train", "moulds", "garlic"} {
		if strings.Contains(zh, typed) {
			t.Errorf("the Chinese has %q:\n%s", typed, zh)
		}
		if !strings.Contains(en, typed) {
			t.Errorf("the English lacks %q:\n%s", typed, en)
		}
	}
	if !strings.Contains(en, "(1) gauges; (2) the moulds, unpacked") {
		t.Errorf("a number is of another line in English:\n%s", en)
	}
}

func TestAgendasFillTheDays(t *testing.T) {
	b := loaded(t)
	for _, p := range Purposes() {
		for days := 1; days <= visit.MaxHostDays+1; days++ {
			ds := b.Agenda([]string{p.ID}, days)
			if len(ds) != min(days, visit.MaxHostDays) {
				t.Fatalf("%s, %d days: an agenda of %d", p.ID, days, len(ds))
			}
			for i, d := range ds {
				again, err := visit.ParseHostDay(i, d.Text())
				if err != nil || len(again.Lines) < 3 || again.Text() != d.Text() {
					t.Errorf("%s, day %d of %d cannot be read again: %v\n%s", p.ID, i+1, days, err, d.Text())
				}
			}
		}
	}
}

func TestAnAgendaHasTheSameHoursInBothLanguages(t *testing.T) {
	const file = "letters: host\nsentences:\n  - id: agenda-next\n    en: |-\n      9:00 work\n      12:00 lunch\n    zh: |-\n      9:00 工作\n      %s\n"
	for text, want := range map[string]bool{"12:00 午餐": true, "12:30 午餐": false, "午餐": false, "12:00": false} {
		_, err := Load(Folder{"letters", shipped()}, Folder{"own", fstest.MapFS{"host.yaml": {Data: []byte(strings.Replace(file, "%s", text, 1))}}})
		if got := err == nil; got != want {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && !strings.Contains(err.Error(), "own/host.yaml:7: agenda-next does not have the same hours in en and zh: write a line each") {
			t.Errorf("%q: the mistake is %v", text, err)
		}
	}
}

// No sentence of the brief has a word that blames or threatens, and no reader has signed it yet.
func TestTheBriefIsKindAndADraft(t *testing.T) {
	b := loaded(t)
	if !b.Draft(HostBriefs) {
		t.Error("the sentences are signed, and nobody has read them")
	}
	for _, d := range b.Doubts() {
		t.Error(d)
	}
	h := workedHost(b)
	for _, n := range never() {
		if strings.Contains(b.Host(h, nil).In(Chinese), n) {
			t.Errorf("the brief has %q", n)
		}
	}
	for _, id := range []string{"no-alcohol", "no-gifts", "diet-vegetarian", "changed"} {
		if !b.sentences[HostBriefs+"/"+id].check {
			t.Errorf("%s is not marked for a native speaker", id)
		}
	}
}

func shipped() fs.FS { return os.DirFS("../../knowledge/letters") }
