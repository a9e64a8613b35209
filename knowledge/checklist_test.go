package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"visitprep/internal/yamlfile"
)

func templates(t testing.TB) Templates {
	t.Helper()
	ts, err := EmbeddedTemplates(embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func TestTemplatesAreThere(t *testing.T) {
	t.Parallel()
	ts := templates(t)
	for use, want := range map[Use][]string{
		ForVisit:      {"first_visit", "supplier_audit", "process_audit", "social_audit", "negotiation", "relationship", "follow_up", "in_process"},
		ForInspection: {"initial_production", "during_production", "pre_shipment", "container_loading", "routine_audit"},
	} {
		var got []string
		for _, tmpl := range ts.For(use) {
			got = append(got, tmpl.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("templates for a %s: -want +got\n%s", use, diff)
		}
	}
	if tmpl, ok := ts.Template("first_visit"); !ok || tmpl.Title != "First visit" {
		t.Errorf("Template(first_visit) is %v, %v", tmpl, ok)
	}
	if _, ok := ts.Template("travel"); ok {
		t.Error("a part is a template")
	}
}

// TestTemplatesReachEveryMilestone is the promise of a complete list: from
// passport, visa and NNN at eight weeks to the check at ninety days.
func TestTemplatesReachEveryMilestone(t *testing.T) {
	t.Parallel()
	for _, tmpl := range templates(t) {
		least, most := 25, 45
		if tmpl.For == ForInspection {
			least, most = 15, 25
		}
		if n := len(tmpl.Lines); n < least || n > most {
			t.Errorf("%s has %d lines, want %d to %d", tmpl.ID, n, least, most)
		}
		sum := 0
		for _, m := range tmpl.For.Milestones() {
			lines := tmpl.At(m)
			sum += len(lines)
			if len(lines) == 0 {
				t.Errorf("%s has no line at %s", tmpl.ID, m)
			}
			for _, l := range lines {
				if l.Milestone != m {
					t.Errorf("%s: At(%s) has a line of %s", tmpl.ID, m, l.Milestone)
				}
			}
		}
		if sum != len(tmpl.Lines) || !slices.IsSortedFunc(tmpl.Lines, func(a, b Line) int { return int(a.Milestone - b.Milestone) }) {
			t.Errorf("%s is not in the order of its milestones", tmpl.ID)
		}
		if tmpl.For != ForVisit {
			continue
		}
		for id, m := range map[string]Milestone{
			"travel-docs-passport-check":     -56,
			"travel-visa-which-route":        -56,
			"agreements-nnn-before-drawings": -56,
			"travel-dates-official-breaks":   -56,
			"travel-visa-invitation-letter":  -28,
			"travel-way-hotel-near":          -28,
			"travel-interpreter-own":         -28,
			"travel-money-payment-apps":      -14,
			"travel-phone-roaming-esim":      -14,
			"travel-way-taxi-address":        -7,
			"travel-pack-offline":            -7,
			"etiquette-gift-policy":          -7,
			"travel-timeline-1-week":         -7,
			"travel-timeline-day-after":      1,
			"travel-timeline-week-after":     7,
			"travel-timeline-30-days":        30,
			"travel-timeline-90-days":        90,
		} {
			if !slices.ContainsFunc(tmpl.At(m), func(l Line) bool {
				return slices.ContainsFunc(l.Entries, func(e *Entry) bool { return e.ID == id })
			}) {
				t.Errorf("%s does not lead to %s at %s", tmpl.ID, id, m)
			}
		}
	}
}

// TestTemplateItems looks at the wording that a machine can judge.
func TestTemplateItems(t *testing.T) {
	t.Parallel()
	verbs := map[string]bool{}
	for _, tmpl := range templates(t) {
		seen := map[string]bool{}
		for _, l := range tmpl.Lines {
			first, _ := utf8.DecodeRuneInString(l.Item)
			switch {
			case seen[plain(l.Item)]:
				t.Errorf("%s: %q is there twice", tmpl.ID, l.Item)
			case utf8.RuneCountInString(l.Item) > maxItem:
				t.Errorf("%s: %q is too long", tmpl.ID, l.Item)
			case !unicode.IsUpper(first) || strings.HasSuffix(l.Item, "."):
				t.Errorf("%s: %q: begin with a capital letter and end without a full stop", tmpl.ID, l.Item)
			case len(l.Entries) == 0 || len(l.Entries) > maxLineEntries:
				t.Errorf("%s: %q has %d entries", tmpl.ID, l.Item, len(l.Entries))
			}
			seen[plain(l.Item)] = true
			verb, _, _ := strings.Cut(l.Item, " ")
			verbs[verb] = true
			for _, e := range l.Entries {
				if e.Kind == RedFlag && !l.Sensitive {
					t.Errorf("%s: %q shows a red flag to a supplier who reads", tmpl.ID, l.Item)
				}
			}
		}
	}
	// A new verb is added here once somebody has seen that it is one.
	known := strings.Fields(`Agree Answer Arrange Ask Begin Book Brief Charge Check Choose Collect Compare Confirm Count
		Decide Draw Drop E-mail Fill Finish Fix Follow Give Go Hold Invite Keep Leave Let List Look Make Measure Note Open
		Order Pack Photograph Prepare Raise Read Reconfirm Record Refuse Report Run Save Score Send Set Settle Share Show
		Sign Suggest Take Tell Thank Trace Turn Update Walk Watch Write`)
	for _, v := range slices.Sorted(maps.Keys(verbs)) {
		if !slices.Contains(known, v) {
			t.Errorf("an item begins with %q: is it a verb?", v)
		}
	}
}

// TestEmbeddedTemplatesAreProven breaks one reference of each of our own files and
// expects it to be found: the check cannot pass by not looking.
func TestEmbeddedTemplatesAreProven(t *testing.T) {
	t.Parallel()
	base := embedded(t)
	sub, err := fs.Sub(checklists, "checklists")
	if err != nil {
		t.Fatal(err)
	}
	names, _ := fs.Glob(sub, "*.yaml")
	for _, broken := range names {
		folder := fstest.MapFS{}
		for _, name := range names {
			data, err := fs.ReadFile(sub, name)
			if err != nil {
				t.Fatal(err)
			}
			if name == broken {
				before, after, ok := strings.Cut(string(data), "entries: [")
				if !ok {
					t.Fatalf("%s refers to no entry", name)
				}
				data = []byte(before + "entries: [x" + after)
			}
			folder[name] = &fstest.MapFile{Data: data}
		}
		ts, err := LoadTemplates(base, Folder{Path: "checklists", FS: folder})
		if ts != nil || err == nil || !strings.HasPrefix(err.Error(), "checklists/"+broken+":") || !strings.Contains(err.Error(), "there is no entry \"x") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with a broken reference loads with %v", broken, err)
		}
	}
}

// TestTemplatesOfATeam is why a team may hide an entry of ours: its
// checklists go on without it.
func TestTemplatesOfATeam(t *testing.T) {
	t.Parallel()
	base, err := Load(Content(), Folder{"own", files(map[string]string{"travel-logistics.yaml": "topic: travel-logistics\nhide: [travel-docs-passport-check]\n"})})
	if err != nil {
		t.Fatal(err)
	}
	ts, err := EmbeddedTemplates(base)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, _ := ts.Template("first_visit")
	full, _ := templates(t).Template("first_visit")
	if len(tmpl.Lines) != len(full.Lines) {
		t.Errorf("there are %d lines, want %d", len(tmpl.Lines), len(full.Lines))
	}
	for _, l := range tmpl.Lines {
		for _, e := range l.Entries {
			if e.ID == "travel-docs-passport-check" {
				t.Errorf("%q leads to an entry that is hidden", l.Item)
			}
		}
	}
}

func TestLoadTemplatesMistakes(t *testing.T) {
	t.Parallel()
	base, err := Load(files(map[string]string{"tea.yaml": `
topic: tea
title: Tea
summary: Tea.
order: 1
entries:
  - {id: tea-cup, kind: etiquette, phase: during, title: Take the cup, text: Take it., article: CU1, reviewed: 2026-11-22}
  - {id: tea-price, kind: red_flag, phase: during, title: Dear tea, text: Ask., article: CU1, reviewed: 2026-11-22}
`}))
	if err != nil {
		t.Fatal(err)
	}
	const head = "template: a\nfor: visit\ntitle: A\nlines:\n"
	const part = "template: p\nfor: part\ntitle: P\nlines:\n  - {milestone: day, item: Drink it}\n"
	for _, c := range []struct {
		name string
		in   map[string]string
		want string
	}{
		{"an entry that is not there, near one that is",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, entries: [tea-cap]}\n"},
			`lists/a.yaml:5: there is no entry "tea-cap": did you mean tea-cup?`},
		{"an entry that is nowhere near",
			map[string]string{"a.yaml": head + "  - milestone: day\n    item: Drink\n    entries:\n      - tea-cup\n      - elephants-and-castles\n"},
			`lists/a.yaml:9: there is no entry "elephants-and-castles": look the id up with visitprep ask --json`},
		{"an entry twice on a line",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, entries: [tea-cup, tea-cup]}\n"},
			`lists/a.yaml:5: the line has the entry tea-cup twice: keep one of them`},
		{"too many entries",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, entries: [tea-cup, tea-cup, tea-cup, tea-cup]}\n"},
			"lists/a.yaml:5: the line has 4 entries: keep the 3 that explain it best\n" +
				strings.TrimSuffix(strings.Repeat("lists/a.yaml:5: the line has the entry tea-cup twice: keep one of them\n", 3), "\n")},
		{"a red flag that the supplier may read",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, entries: [tea-price]}\n"},
			`lists/a.yaml:5: tea-price is a red flag, and the line may be posted where the supplier reads: add sensitive: true`},
		{"a day that is not a milestone of a visit",
			map[string]string{"a.yaml": head + "  - {milestone: before-21, item: Drink}\n"},
			`lists/a.yaml:5: "before-21" is not a milestone of a visit: write one of before-56, before-28, before-14, before-7, before-1, day, after-1, after-7, after-30, after-90`},
		{"a milestone of visits only in an inspection",
			map[string]string{"a.yaml": "template: a\nfor: inspection\ntitle: A\nlines:\n  - {milestone: before-56, item: Drink}\n"},
			`lists/a.yaml:5: "before-56" is not a milestone of an inspection: write one of before-14, before-3, day, after-1, after-7`},
		{"what a host is to prepare in one language",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, host: {zh: 热水}}\n"},
			`lists/a.yaml:5: host has no en: write what the factory is to prepare in both languages: zh and en`},
		{"what a host is to prepare in the wrong one",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, host: {zh: hot water, en: hot water}}\n"},
			`lists/a.yaml:5: zh is not in its language: write Chinese in zh and English in en`},
		{"what a host is to prepare on a day that is none",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, host: {zh: \"{first}热水\", en: hot water}}\n"},
			`lists/a.yaml:5: {first} is no place of this text: a host's text has {ready} and {last}`},
		{"what a host is to prepare at length",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, host: {zh: 热水, en: " + strings.Repeat("water ", 11) + "}}\n"},
			`lists/a.yaml:5: en has 65 characters: use at most 60`},
		{"a role that nobody has",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink, role: interpretor}\n"},
			`lists/a.yaml:5: "interpretor" is not a role: write one of lead, interpreter, quality, purchasing, engineering, or leave role out`},
		{"a line with nothing in it that counts",
			map[string]string{"a.yaml": head + "  - {sensitive: true}\n"},
			"lists/a.yaml:5: milestone is missing: write one of before-56, before-28, before-14, before-7, before-1, day, after-1, after-7, after-30, after-90\n" +
				"lists/a.yaml:5: item is missing: write what is to be done, beginning with a verb"},
		{"an item that does not fit",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: " + strings.Repeat("茶", 151) + "}\n"},
			`lists/a.yaml:5: item has 151 characters: use at most 150: its entries explain it`},
		{"an item twice, also where capitals differ",
			map[string]string{"a.yaml": head + "  - {milestone: day, item: Drink it}\n  - {milestone: after-1, item: drink it}\n"},
			`lists/a.yaml:6: the item "drink it" is in the list twice (lists/a.yaml:5 and lists/a.yaml:6): keep one of them`},
		{"an item that a part has as well",
			map[string]string{"a.yaml": "template: a\nfor: visit\ntitle: A\ninclude:\n  - p\nlines:\n  - {milestone: day, item: Drink it}\n", "p.yaml": part},
			`lists/a.yaml:5: the item "Drink it" is in the list twice (lists/a.yaml:7 and lists/p.yaml:5): keep one of them`},
		{"a part that is not there",
			map[string]string{"a.yaml": "template: a\nfor: visit\ntitle: A\ninclude: [p, q]\nlines:\n  - {milestone: day, item: Eat}\n", "p.yaml": part},
			`lists/a.yaml:4: there is no part "q": the parts are p`},
		{"a template included as if it were a part",
			map[string]string{"a.yaml": "template: a\nfor: visit\ntitle: A\ninclude: [a]\nlines:\n  - {milestone: day, item: Eat}\n"},
			`lists/a.yaml:4: there is no part "a": there are no parts: write the lines here`},
		{"a part included twice",
			map[string]string{"a.yaml": "template: a\nfor: visit\ntitle: A\ninclude: [p, p]\nlines:\n  - {milestone: day, item: Eat}\n", "p.yaml": part},
			`lists/a.yaml:4: p is included twice: keep one of them`},
		{"a part of visits in an inspection",
			map[string]string{"a.yaml": "template: a\nfor: inspection\ntitle: A\ninclude: [p]\nlines:\n  - {milestone: day, item: Eat}\n",
				"p.yaml": "template: p\nfor: part\ntitle: P\nlines:\n  - {milestone: after-90, item: Drink it}\n"},
			`lists/a.yaml:4: lists/p.yaml:5 has the milestone after-90, which an inspection does not have: divide the part`},
		{"a part that nobody includes, and one that includes",
			map[string]string{"p.yaml": "template: p\nfor: part\ntitle: P\ninclude: [q]\nlines:\n  - {milestone: day, item: Drink it}\n"},
			"lists/p.yaml:2: no template includes this part: include it, or remove the file\n" +
				"lists/p.yaml:4: a part includes other parts: include them in the templates"},
		{"a file under another name, for nothing that we know",
			map[string]string{"a.yaml": "template: b\nfor: trip\ntitle: A\nlines:\n  - {milestone: day, item: Eat}\n"},
			"lists/a.yaml:1: template is \"b\", but the file's name says \"a\": write template: a, or rename the file\n" +
				`lists/a.yaml:2: for is "trip": write one of visit, inspection, part`},
		{"a file with hardly anything",
			map[string]string{"a.yaml": "template: a\nfor: visit\n"},
			"lists/a.yaml:1: title is missing: say in a few words what the list is for\n" +
				"lists/a.yaml:1: lines is missing: write at least one line: a milestone, an item and its entries"},
		{"an unknown field, and the other mistakes of the file",
			map[string]string{"a.yaml": head + "  - {milestone: dya, itm: Drink}\n"},
			`lists/a.yaml:5: unknown field "itm": did you mean item?` + "\n" +
				`lists/a.yaml:5: "dya" is not a milestone of a visit: write one of before-56, before-28, before-14, before-7, before-1, day, after-1, after-7, after-30, after-90`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ts, err := LoadTemplates(base, Folder{Path: "lists", FS: files(c.in)})
			var ms yamlfile.Mistakes
			if ts != nil || !errors.As(err, &ms) {
				t.Fatalf("LoadTemplates gives %v and %v, want Mistakes", ts, err)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestTemplateResolves has the order of a resolved list: by milestone, and on
// each its own lines before those of the parts.
func TestTemplateResolves(t *testing.T) {
	t.Parallel()
	base := embedded(t)
	ts, err := LoadTemplates(base, Folder{FS: files(map[string]string{
		"b.yaml": "template: b\nfor: inspection\ntitle: B\nlines:\n  - {milestone: before-3, item: Ring}\n",
		"a.yaml": "template: a\nfor: visit\ntitle: A\norder: 2\ninclude: [q, p]\nlines:\n  - {milestone: after-1, item: Write}\n  - {milestone: day, item: Look, sensitive: true}\n",
		"c.yaml": "template: c\nfor: visit\ntitle: C\norder: 1\nlines:\n  - {milestone: day, item: Look}\n",
		"p.yaml": "template: p\nfor: part\ntitle: P\nlines:\n  - {milestone: before-56, item: Plan}\n  - {milestone: day, item: Sign}\n",
		"q.yaml": "template: q\nfor: part\ntitle: Q\nlines:\n  - {milestone: day, item: Listen}\n",
	})})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tmpl := range ts {
		for _, l := range tmpl.Lines {
			got = append(got, fmt.Sprint(tmpl.ID, " ", l.Milestone, " ", l.Item, " ", l.Sensitive))
		}
	}
	want := []string{"c day Look false", "a before-56 Plan false", "a day Look true", "a day Listen false", "a day Sign false", "a after-1 Write false", "b before-3 Ring false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Every kind of visit and inspection has something that a host can prepare, and a part gives it
// to those that include it.
func TestEveryTemplateHasSomethingForTheHost(t *testing.T) {
	t.Parallel()
	for _, tmpl := range templates(t) {
		hs := tmpl.HostPhrases()
		if len(hs) == 0 {
			t.Errorf("%s asks a host to prepare nothing", tmpl.ID)
		}
		for _, h := range hs {
			for _, blame := range []string{"你们的工人", "为什么没有", "必须立即", "投诉", "罚款"} {
				if strings.Contains(h.Chinese, blame) {
					t.Errorf("%s: %s", tmpl.ID, h.Chinese)
				}
			}
		}
	}
	pre, _ := templates(t).Template("pre_shipment")
	var got []string
	for _, h := range pre.HostPhrases() {
		got = append(got, h.Chinese)
	}
	want := []string{"{ready}前告知完成数量和已装箱数", "室内检验场地，光线充足，有桌子和电源", "货物集中摆放，方便抽箱", "封样、检验标准、首件和出货检验记录", "量具、测试设备", "一两位同事协助搬箱、开箱、封箱"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("before a pre-shipment inspection: -want +got\n%s", diff)
	}
}
