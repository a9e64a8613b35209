package bot

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
	"visitprep/internal/holiday"
	"visitprep/internal/report"
	"visitprep/internal/visit"
	"visitprep/knowledge"
)

// The brief comes as a message and as a file that opens without a network, and only to
// whoever asked. Another press on the same message brings neither again.
func TestTheBriefComesAsAFileToo(t *testing.T) {
	t.Parallel()
	onBothTransports(t, func(t *testing.T, s *stage) {
		card := s.plan(mia, sourcing)
		before := len(s.Messages(jonas, sourcing))
		s.press(mia, card, "Send me the brief")
		dm := s.direct(mia)
		s.until("the file is there", func() bool { return len(s.last(mia, dm).Files) == 1 })
		if !s.has(mia, dm, "For the driver") {
			t.Error("the message is not there")
		}
		f := s.last(mia, dm).Files[0]
		if f.Name != "visit-1-brief.pdf" || !bytes.HasPrefix(f.Content, []byte("%PDF-")) {
			t.Errorf("the file is %s, %.20q", f.Name, f.Content)
		}
		if v := must(s.bot.o.Store.Visit(context.Background(), s.TeamID(), 1)); true {
			if !v.Travels(mia) {
				t.Error("whoever planned it does not travel")
			}
			ctx := context.Background()
			page := s.bot.words(s.bot.english, s.bot.directory.zoneOf(ctx, s.TeamID(), mia)).briefPage(s.bot.guide.Load(), &v, s.bot.visits.travellers(ctx, s.bot.english, s.TeamID(), v.People))
			if !bytes.Equal(f.Content, must(page.PDF())) {
				t.Error("it is not the page of the visit")
			}
		}
		if said := says(s.last(mia, dm)); !strings.Contains(said, "without a network") {
			t.Errorf("beside it stands %q", said)
		}
		s.press(mia, card, "Send me the brief")
		s.settled()
		if n := s.count(mia, dm, "For the driver"); n != 1 {
			t.Errorf("the brief is there %d times", n)
		}
		if len(s.Messages(jonas, sourcing)) != before {
			t.Error("others in the channel read something")
		}
		s.nothingRefused()
	})
}

// pageText is what stands on a page, part by part.
func pageText(b *report.Brief) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s\n%s\n[%s]\n%s\n%s\n%s\n%s\n%s\n", b.Title, b.Under, b.Driver.Head, b.Driver.Ask, b.Driver.Name, b.Driver.Address, b.Driver.Contact, b.Driver.Note)
	for _, p := range b.Parts {
		fmt.Fprintf(&w, "[%s]\n%s\n", p.Head, strings.Join(p.Lines, "\n"))
	}
	fmt.Fprintf(&w, "%s\n%s\n%s\n%s\n", b.Foot, b.More(7), b.Gone(2), b.Boxes)
	return w.String()
}

func TestTheBriefOnOnePage(t *testing.T) {
	t.Parallel()
	b := declared()
	g := must(b.newGuide(must(knowledge.Embedded())))
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	china := must(holiday.China())
	wd := &wording{&core{english: english, o: Options{Now: func() time.Time { return now }, CalendarNotes: china.Warnings}}, english, "Europe/Berlin"}
	v := awkward()
	v.First, v.Last = civil.On(2027, 1, 25), civil.On(2027, 1, 26)
	v.Notes = []visit.Note{{Text: "Hotel: 宁波香格里拉, return flight CA 8741 on 27 January"}}
	for n := range 12 {
		v.Items = append(v.Items, visit.Item{ID: n + 1, Milestone: -7, Text: fmt.Sprintf("Thing %d to do", n+1)})
	}
	people := []traveller{{"Jonas Weber", "quality", "+1 312 555 0142"}, {name: "Ms Zhang", role: "interpreter"}}
	page := wd.briefPage(g, v, people)
	text := pageText(page)
	for _, want := range []string{
		"Mon 25 to Tue 26 January 2027", "请送我去这个地址：\n宁波光明\n浙江省", "+86 574 8765 4321", "09:30 opening", "Jonas Weber, quality, +1 312 555 0142", "Ms Zhang, interpreter", "香格里拉",
		"110", "Thing 8 to do\n• And 4 more", "Chinese New Year", "Made on 4 January 2027",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if phrases := strings.Count(text, " – "); phrases != pagePhrases {
		t.Errorf("it has %d phrases:\n%s", phrases, text)
	}
	if pdf, err := page.PDF(); err != nil || len(pdf) < 10_000 {
		t.Errorf("a file of %d bytes, %v", len(pdf), err)
	}
	for _, c := range []struct {
		name   string
		change func(*visit.Visit)
		want   string
	}{
		{"no address", func(v *visit.Visit) { v.Factory.Address = "" }, "请送我去这里：\n宁波光明\n\n"},
		{"neither name nor address", func(v *visit.Visit) { v.Factory.Chinese, v.Factory.Address, v.Factory.Name = "", "", "Bright" }, "[For the driver]\n\nBright, Ningbo\n\n"},
		{"no address says so", func(v *visit.Visit) { v.Factory.Address = "" }, "There is no Chinese address yet."},
		{"an address that is not Chinese", func(v *visit.Visit) { v.Factory.Chinese, v.Factory.Address = "", "158 Changxing Road" }, "The address is not in Chinese."},
		{"a cancelled one", func(v *visit.Visit) { v.Cancel(mia, now) }, "This visit is cancelled."},
	} {
		t.Run(c.name, func(t *testing.T) {
			other := v.Clone()
			c.change(&other)
			if text := pageText(wd.briefPage(g, &other, nil)); !strings.Contains(text, c.want) {
				t.Errorf("it lacks %q:\n%s", c.want, text)
			}
		})
	}
}
