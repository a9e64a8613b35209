package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"visitprep/internal/blocks"
	"visitprep/internal/civil"
	"visitprep/internal/lang"
	"visitprep/internal/letter"
	"visitprep/internal/localslack"
	"visitprep/internal/visit"
)

// hosted records a visit of two days ahead with people on it.
func (s *stage) hosted(channel, purpose string) visit.Visit {
	s.t.Helper()
	var v visit.Visit
	v.Workspace, v.Owner, v.Purpose, v.Place = s.TeamID(), mia, purpose, in(channel)
	v.Factory = visit.Factory{Name: visited, Contacts: "Mr Wang, gives in on price", City: "Ningbo"}
	v.First, v.Last, v.Agenda = dayAhead(60), dayAhead(61), "09:30 ask about the second set of books"
	v.People = []visit.Person{{User: mia, Role: "leads, purchasing"}, {User: jonas, Role: "quality, wants to stop"}, {Name: "Ms Liu", Role: "interpreter"}}
	v.Items = visit.Checklist{{ID: 1, Milestone: -7, Text: "Look the licence up", Sensitive: true}}
	saved := must(s.bot.o.Store.PlanVisit(s.t.Context(), v, time.Now()))
	s.postCards(s.bot, s.bot.o.Store)
	return saved
}

// tick ticks boxes of the form that somebody has open, those and no others.
func (s *stage) tick(who string, v localslack.View, block string, values ...string) {
	s.t.Helper()
	a := s.find(v.Blocks, "", block)
	a.View, a.Values = v.ID, append([]string{}, values...)
	done(s.t, s.Act(who, a))
}

// typedIn is what stands in an input of a form as it was drawn.
func typedIn(v localslack.View, field string) string {
	for _, raw := range v.Blocks {
		var b struct {
			BlockID string `json:"block_id"`
			Element struct {
				InitialValue   string                   `json:"initial_value"`
				InitialDate    string                   `json:"initial_date"`
				InitialOption  struct{ Value string }   `json:"initial_option"`
				InitialOptions []struct{ Value string } `json:"initial_options"`
			}
		}
		json.Unmarshal(raw, &b)
		if b.BlockID != field {
			continue
		}
		values := []string{}
		for _, o := range b.Element.InitialOptions {
			values = append(values, o.Value)
		}
		return b.Element.InitialValue + b.Element.InitialDate + b.Element.InitialOption.Value + strings.Join(values, ",")
	}
	return ""
}

// hostBrief makes a brief for the host of a visit, as it is proposed, for some greeting.
func (s *stage) hostBrief(who, channel string, number int) {
	s.t.Helper()
	s.command(who, channel, fmt.Sprintf("/visit-prep host %d", number))
	v := s.modal(who, "Who it is for")
	s.enter(who, v, visit.HostTo, "王总 / Mr Wang")
	s.send(who, v)
	s.modal(who, "is on its way")
	s.settled()
	s.closeAll(who)
}

func (s *stage) hostBriefs(number int) []visit.HostBrief {
	s.t.Helper()
	return must(s.bot.o.Store.HostBriefs(s.t.Context(), s.TeamID(), number, 99))
}

// brought are the messages that somebody got directly since there were so many.
func (s *stage) brought(who string, since int) []localslack.Message {
	s.t.Helper()
	s.settled()
	return s.Messages(who, s.direct(who))[since:]
}

// unescape is a text as people read it and copy it.
func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

func TestABriefForTheHostComesToItsPersonAlone(t *testing.T) {
	onBothTransports(t, func(t *testing.T, s *stage) {
		v := s.hosted(sourcing, "first_visit")
		before := len(s.Messages(mia, s.direct(mia)))
		form := s.opens(mia, s.card(sourcing, s.visit(v.Number).Card), "Host brief")
		expectForm(t, form.Blocks, "Visit 1, "+visited, "Contacts at the factory, for you: Mr Wang, gives in on price", "Agenda, ")
		book := s.bot.letters.Load()
		for field, want := range map[string]string{
			visit.HostPurposes:     "first",
			visit.HostPeople:       "Mia Chen，带队，采购 | Mia Chen, leading the team, purchasing\nJonas Weber，质量 | Jonas Weber, quality\nMs Liu，翻译（我方安排） | Ms Liu, interpreter, arranged by us",
			visit.HostArrival:      book.ArrivalOn(v.First).Line(),
			visit.HostDeparture:    book.DepartureOn(v.Last).Line(),
			visit.HostTransport:    "own",
			visit.HostAgendaOn(0):  book.Agenda([]string{"first"}, 2)[0].Text(),
			visit.HostAgendaOn(1):  book.Agenda([]string{"first"}, 2)[1].Text(),
			visit.HostContact:      "Mia Chen",
			fieldTicked + "1":      "营业执照、体系证书和公司介绍,当天安排我们的产品或类似产品在线生产,请一位熟悉工艺的同事陪同参观车间,请业务、质量、生产负责人参加会议",
			fieldSay:               "photos,safety,no-alcohol,no-gifts",
			visit.HostReplyBy:      s.bot.hosts.before(&v, 7).String(),
			visit.HostTo:           "",
			visit.HostAgendaOn(2):  "",
			visit.HostAgenda + "9": "",
		} {
			if got := typedIn(form, field); got != want {
				t.Errorf("in %s stands %q, want %q", field, got, want)
			}
		}
		s.enter(mia, form, visit.HostTo, "王总 / Mr Wang\n李经理")
		s.enter(mia, form, visit.HostOrder, "4512 <A>")
		s.enter(mia, form, visit.HostCompany, "Acme 照明公司 | Acme Lighting")
		s.enter(mia, form, visit.HostShoes, "42, 39、37")
		s.tick(mia, form, fieldDiets, "vegetarian")
		s.enter(mia, form, visit.HostDiet, "no garlic")
		s.send(mia, form)
		s.modal(mia, "Host brief of visit 1, revision 1, is on its way to your direct messages")
		s.closeAll(mia)

		ms := s.brought(mia, before)
		if len(ms) != 4 {
			t.Fatalf("she got %d messages", len(ms))
		}
		expect(t, ms[0], "Host brief of visit 1, revision 1", "no garlic", "Draft wording", "due on")
		b := s.hostBriefs(1)[0]
		text := book.Host(&b.Host, nil)
		for i, in := range letter.Langs() {
			if m := ms[i+1]; unescape(m.Text) != text.In(in) || len(m.Blocks) > 0 || len(m.Files) > 0 {
				t.Errorf("%s is\n%s\nwith %d blocks, want\n%s", in, m.Text, len(m.Blocks), text.In(in))
			}
		}
		for _, line := range []string{"王总、李经理，您好！我们计划", "【来访单位】Acme 照明公司\n", "【来访目的】首次来访\n", "共3人：Mia Chen，带队，采购；Jonas Weber，质量；Ms Liu，翻译（我方安排）\n", "鞋码：42、39、37\n", "【饮食】一位同事吃素；工作期间不喝酒，请谅解\n"} {
			if !strings.Contains(ms[1].Text, line) {
				t.Errorf("the Chinese lacks %q:\n%s", line, ms[1].Text)
			}
		}
		f := ms[3].Files
		if len(f) != 1 || f[0].Name != "host-brief-"+v.First.String()+".pdf" || !strings.HasPrefix(string(f[0].Content), "%PDF-") {
			t.Errorf("the file is %+v", f)
		}

		// Their answers are on the checklist, once, and nothing stands where others read.
		var asked []string
		for _, i := range s.visit(1).Items {
			if i.Custom {
				asked = append(asked, i.Text)
				if i.Owner != mia || i.Due != b.Host.ReplyBy || !i.Sensitive {
					t.Errorf("an item is %+v", i)
				}
			}
		}
		if want := []string{"Ask the host: does the time suit?", "Note the host's contact and phone number", "Save the location of the factory's gate"}; !slices.Equal(asked, want) {
			t.Errorf("on the checklist are %q", asked)
		}
		if text := s.seesAll(jonas); strings.Contains(text, "王总") || strings.Contains(text, "host-brief") || strings.Contains(text, "Mr Wang") {
			t.Errorf("Jonas reads\n%s", text)
		}
		s.nothingRefused()
	})
}

func TestWhatIsWrongInABriefForTheHostStandsBesideItsField(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.hosted(sourcing, "first_visit")
	s.command(mia, sourcing, "/visit-prep host 1")
	form := s.modal(mia, "Who it is for")
	s.send(mia, form)
	if got := s.errorsIn(mia); got[visit.HostTo] == "" {
		t.Errorf("nothing typed: %v", got)
	}
	s.enter(mia, form, visit.HostTo, " / ")
	s.enter(mia, form, visit.HostPeople, "Mia Chen\n"+strings.Repeat("x", 201))
	s.enter(mia, form, visit.HostAgendaOn(0), "到厂 | arrival\n25:00 检验")
	s.enter(mia, form, visit.HostAgendaOn(1), "9:00")
	s.enter(mia, form, visit.HostShoes, "forty-two")
	s.enter(mia, form, visit.HostTransport, string(visit.PickUp))
	s.enter(mia, form, visit.HostReplyBy, inDays(-1))
	s.send(mia, form)
	got := s.errorsIn(mia)
	for field, want := range map[string]string{
		visit.HostTo: "such as 王总", visit.HostPeople: "at most 200", visit.HostAgendaOn(0): "“到厂 | arrival” has no time", visit.HostAgendaOn(1): "Please write what happens at 9:00.",
		visit.HostShoes: "42, 39, 37", visit.HostPickup: "where and when", visit.HostReplyBy: "has already passed",
	} {
		if !strings.Contains(got[field], want) {
			t.Errorf("beside %s stands %q, want %q", field, got[field], want)
		}
	}
	if len(s.hostBriefs(1)) > 0 || len(s.visit(1).Items) != 1 {
		t.Error("something is saved")
	}
	s.closeAll(mia)

	// Nothing typed is lost.
	s.command(mia, sourcing, "/visit-prep host 1")
	form = s.modal(mia, "Filled in with what you entered last time")
	if got := typedIn(form, visit.HostShoes); got != "forty-two" {
		t.Errorf("in the form stands %q", got)
	}
	for field, value := range map[string]string{
		visit.HostTo: "王总", visit.HostPeople: "Mia Chen", visit.HostAgendaOn(0): "9:00 到厂", visit.HostAgendaOn(1): "", visit.HostShoes: "42", visit.HostPickup: "酒店 | hotel", visit.HostReplyBy: inDays(50),
	} {
		s.enter(mia, form, field, value)
	}
	s.send(mia, form)
	s.modal(mia, "is on its way")
	if b := s.hostBriefs(1)[0]; b.Host.Transport != visit.PickUp || b.Host.Pickup.EN != "hotel" || b.Host.Days[0].Text() != "9:00 到厂" {
		t.Errorf("saved is %+v", b.Host)
	}
	s.closeAll(mia)
	s.command(mia, sourcing, "/visit-prep host 1")
	if text := blockText(s.modal(mia, "Who it is for").Blocks); strings.Contains(text, "last time") || !strings.Contains(text, "Revision 1 was made by") {
		t.Errorf("after it is saved the form says\n%s", text)
	}
	s.nothingRefused()
}

func TestARevisionOfABriefForTheHost(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.hosted(sourcing, "first_visit")
	s.hostBrief(mia, sourcing, 1)
	before := len(s.Messages(jonas, s.direct(jonas)))

	// A colleague takes it up where it is, and says the same: it stays revision 1.
	s.command(jonas, sourcing, "/visit-prep host brief 1")
	form := s.modal(jonas, "Revision 1 was made by")
	if got := typedIn(form, visit.HostTo); got != "王总 | Mr Wang" {
		t.Errorf("in the form stands %q", got)
	}
	s.send(jonas, form)
	s.modal(jonas, "Nothing is different from revision 1")
	s.closeAll(jonas)
	if ms := s.brought(jonas, before); len(s.hostBriefs(1)) != 1 || len(ms) != 4 || strings.Contains(ms[1].Text, "与上一版相比") {
		t.Errorf("there are %d revisions, and Jonas got %d messages", len(s.hostBriefs(1)), len(ms))
	}

	// What he changes is told in one sentence, in both languages.
	before = len(s.Messages(jonas, s.direct(jonas)))
	s.command(jonas, sourcing, "/visit-prep host 1")
	form = s.modal(jonas, "Revision 1 was made by")
	s.enter(jonas, form, visit.HostPeople, "Jonas Weber")
	s.enter(jonas, form, visit.HostAgendaOn(0), "9:00 到厂 | arrival")
	s.send(jonas, form)
	s.modal(jonas, "revision 2")
	s.closeAll(jonas)
	ms := s.brought(jonas, before)
	if len(ms) != 4 || !strings.HasPrefix(ms[1].Text, "与上一版相比有更新：来访人员有调整，日程有调整。请以这一版为准。\n王总，您好！") || !strings.HasPrefix(ms[2].Text, "Changed since the last version: who is coming, the agenda.") {
		t.Fatalf("revision 2 is %+v", ms)
	}
	if !strings.Contains(pdfText(t, ms[3].Files[0].Content), "与上一版相比有更新") {
		t.Error("the page lacks what changed")
	}
	items := 0
	for _, i := range s.visit(1).Items {
		if i.Custom {
			items++
		}
	}
	if items != 3 {
		t.Errorf("%d items ask for the factory's answers", items)
	}

	// Either can be had again, as it was.
	s.command(mia, sourcing, "/visit-prep host 1")
	form = s.modal(mia, "Revision 2 was made by")
	since := len(s.Messages(mia, s.direct(mia)))
	s.pressIn(mia, form, "Send revision 2 again", "")
	s.modal(mia, "I've sent you revision 2")
	s.closeAll(mia)
	if again := s.brought(mia, since); len(again) != 4 || again[1].Text != ms[1].Text {
		t.Errorf("again it is %+v", again)
	}

	// The visit moves: the form says so, and names the new days.
	s.changeVisit(v, func(v *visit.Visit) { v.First, v.Last = dayAhead(70), dayAhead(72) })
	now := s.visit(1)
	s.command(mia, sourcing, "/visit-prep host 1")
	form = s.modal(mia, "The visit has other days since then")
	if got, want := typedIn(form, visit.HostArrival), s.bot.letters.Load().ArrivalOn(now.First).Line(); got != want {
		t.Errorf("the arrival is %q, want %q", got, want)
	}
	if typedIn(form, visit.HostAgendaOn(2)) == "" || typedIn(form, visit.HostAgendaOn(0)) != "9:00 到厂 | arrival" {
		t.Error("the agenda does not follow the days")
	}
	since = len(s.Messages(mia, s.direct(mia)))
	s.send(mia, form)
	s.modal(mia, "revision 3")
	days := letter.Days(now.First, now.Last, letter.Chinese)
	if ms := s.brought(mia, since); !strings.HasPrefix(ms[1].Text, "与上一版相比有更新：日期改为"+days+"，") {
		t.Errorf("revision 3 begins with\n%s", ms[1].Text)
	}
	s.closeAll(mia)

	// It moves while somebody types: nothing is made of other days, and nothing typed is lost.
	s.command(mia, sourcing, "/visit-prep host 1")
	form = s.modal(mia, "Revision 3 was made by")
	s.enter(mia, form, visit.HostShoes, "44")
	s.changeVisit(now, func(v *visit.Visit) { v.Last = dayAhead(73) })
	s.send(mia, form)
	if got := s.errorsIn(mia)[visit.HostReplyBy]; !strings.Contains(got, "moved the visit meanwhile") {
		t.Errorf("it says %v", s.errorsIn(mia))
	}
	s.closeAll(mia)
	s.command(mia, sourcing, "/visit-prep host 1")
	if got := typedIn(s.modal(mia, "Filled in with what you entered"), visit.HostShoes); got != "44" {
		t.Errorf("in the form stands %q", got)
	}
	s.nothingRefused()
}

// Who may not see the visit, and what is over or called off, gets no form.
func TestWhatHasNoHostBrief(t *testing.T) {
	t.Parallel()
	const theirs = "C0THEIRS001" // Mia is not in it
	s := newStage(t, overHTTP, localslack.Channel{ID: project, Name: "project-aurora", Private: true, Members: []string{localslack.DefaultBotUserID, mia}},
		localslack.Channel{ID: theirs, Name: "theirs", Private: true, Members: []string{localslack.DefaultBotUserID, jonas}})
	s.hosted(sourcing, "first_visit")                      // 1
	s.hosted(project, "first_visit")                       // 2
	gone, past := s.visitIn(sourcing), s.visitIn(sourcing) // 3, 4
	s.changeVisit(gone, func(v *visit.Visit) { v.Cancelled = visit.Mark{By: mia, At: time.Now()} })
	s.over(past, 3)
	for _, c := range []struct{ who, command, want string }{
		{mia, "/visit-prep host 3", "is cancelled"},
		{mia, "/visit-prep host 4", "ended on"},
		{mia, "/visit-prep host 99", nothingThere},
		{jonas, "/visit-prep host 2", nothingThere},
		{liwei, "/visit-prep host 1", "only members of the workspace"},
	} {
		text := s.types(c.who, acmeFor(c.who), c.command)
		if !strings.Contains(text, c.want) || strings.Contains(text, "Who it is for") {
			t.Errorf("%s: %s reads %q", c.command, c.who, text)
		}
		s.closeAll(c.who)
	}
	if got := says(s.command(mia, sourcing, "/visit-prep host 1?")); !strings.Contains(got, "That was a question") {
		t.Errorf("a question is answered with %s", got)
	}
	if got := says(s.command(mia, sourcing, "/visit-prep host")); strings.Contains(got, "Host brief") {
		t.Errorf("without a number it is no command: %s", got)
	}
	if card := says(s.command(mia, sourcing, "/visit-prep show 4")); strings.Contains(card, "Host brief") {
		t.Error("a visit that is over offers a host brief")
	}
	s.settled()
	// A form that was open when the visit went to a channel of others makes nothing.
	s.command(mia, project, "/visit-prep host 2")
	form := s.modal(mia, "Who it is for")
	s.enter(mia, form, visit.HostTo, "王总")
	v := s.visit(2)
	s.changeVisit(v, func(v *visit.Visit) { v.Channel, v.Card = theirs, "" })
	s.bot.directory.forget("")
	s.send(mia, form)
	s.settled()
	if len(s.hostBriefs(2)) > 0 {
		t.Error("it is made of a visit that its person may not see any more")
	}
}

// In a channel that another company reads, the card does not offer it, and what a colleague makes
// there nobody else reads. What belongs to a private channel is made there, and shows nowhere.
func TestAHostBriefShowsInNoChannel(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{acme, project} {
		s := newPrivateStage(t)
		v := s.hosted(channel, "first_visit")
		s.show(v.Subject())
		if offers := strings.Contains(says(s.card(channel, s.visit(1).Card)), "Host brief"); offers != (channel == project) {
			t.Errorf("in %s the card offers it: %v", channel, offers)
		}
		posts := func() (n int) {
			for _, c := range []string{acme, project, sourcing} {
				n += len(s.Messages(mia, c))
			}
			return n
		}
		before := posts()
		read := s.reads(liwei, func() { s.hostBrief(mia, channel, 1) }) + s.reads(jonas, func() {})
		if strings.Contains(read, "王总") || strings.Contains(read, "Host") || posts() != before {
			t.Errorf("in %s others read\n%s", channel, read)
		}
		if len(s.hostBriefs(1)) != 1 {
			t.Errorf("in %s none was made", channel)
		}
		// Nor is it got by pressing a button that was not offered.
		s.bot.Wait()
		if channel == acme {
			m := blocks.Said("Here")
			m.Add(blocks.Actions(blocks.Button(actHostAgain, "visit/1:1", "Send it again"), blocks.Button(actHost, "visit/1", "Host brief")))
			done(t, s.bot.replies.post(t.Context(), s.TeamID(), acme, "", m))
			posted := s.last(liwei, acme)
			for _, label := range []string{"Send it again", "Host brief"} {
				if got := s.reads(liwei, func() { s.press(liwei, posted, label) }); strings.Contains(got, "王总") || strings.Contains(got, "Who it is for") {
					t.Errorf("the supplier gets it:\n%s", got)
				}
			}
		}
		if channel == project {
			if got := s.reads(jonas, func() { s.clicks(jonas, actHostAgain, "visit/1:1") }); strings.Contains(got, "王总") {
				t.Errorf("who is not in the channel gets it:\n%s", got)
			}
		}
	}
}

func TestTheAgendaFollowsThePurpose(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.hosted(sourcing, "first_visit")
	s.command(mia, sourcing, "/visit-prep host 1")
	form := s.modal(mia, "Who it is for")
	s.enter(mia, form, visit.HostTo, "王总")
	s.enter(mia, form, visit.HostAgendaOn(1), "8:00 早餐 | breakfast")
	s.tick(mia, form, visit.HostPurposes, "inspection", "trial")
	form = s.redrawn(mia, form)
	book := s.bot.letters.Load()
	if got, want := typedIn(form, visit.HostAgendaOn(0)), book.Agenda([]string{"inspection", "trial"}, 2)[0].Text(); got != want {
		t.Errorf("the first day is\n%s\nwant\n%s", got, want)
	}
	if got := typedIn(form, visit.HostAgendaOn(1)); got != "8:00 早餐 | breakfast" {
		t.Errorf("what she typed is\n%s", got)
	}
	ticked := strings.Split(typedIn(form, fieldTicked+"1")+","+typedIn(form, fieldTicked+"2"), ",")
	if !slices.Contains(ticked, "{ready}前告知完成数量和已装箱数") || !slices.Contains(ticked, "{last}上午请工程部同事参加") || !slices.Contains(ticked, "营业执照、体系证书和公司介绍") {
		t.Errorf("ticked are %q", ticked)
	}
	expectForm(t, form.Blocks, "一两位同事协助搬箱、开箱、封箱")
	s.tick(mia, form, fieldTicked+"1", "{ready}前告知完成数量和已装箱数")
	s.tick(mia, form, fieldTicked+"2")
	s.enter(mia, form, visit.HostOrder, "4512")
	s.send(mia, form)
	s.modal(mia, "is on its way")
	s.settled()
	b := s.hostBriefs(1)[0]
	text := book.Host(&b.Host, nil).In(letter.Chinese)
	if !strings.Contains(text, "【来访目的】订单4512验货；新品试产沟通\n") || !strings.Contains(text, "【烦请提前准备】① "+letter.Day(b.Host.Ready, letter.Chinese)+"前告知完成数量和已装箱数\n") || !strings.Contains(text, "8:00 早餐") {
		t.Errorf("it is\n%s", text)
	}
	s.nothingRefused()
}

// What Slack does not take is said, and can be had again.
func TestAHostBriefThatDoesNotComeWhole(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.hosted(sourcing, "first_visit")
	s.Fail("files.getUploadURLExternal", "file_uploads_disabled", 1)
	s.command(mia, sourcing, "/visit-prep host 1")
	form := s.modal(mia, "Who it is for")
	s.enter(mia, form, visit.HostTo, "王总")
	s.send(mia, form)
	m := s.untilSays(mia, s.direct(mia), "Not all of the host brief came")
	since := len(s.Messages(mia, s.direct(mia)))
	s.press(mia, m, "Send host brief again")
	if ms := s.brought(mia, since); len(ms) != 4 || len(ms[3].Files) != 1 {
		t.Errorf("again she gets %d messages", len(ms))
	}
}

func TestAHostBriefInChinese(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	s.speaks(mia, "zh-CN")
	s.hosted(sourcing, "supplier_audit")
	since := len(s.Messages(mia, s.direct(mia)))
	s.command(mia, sourcing, "/visit-prep host 1")
	form := s.modal(mia, "写给谁")
	isChinese(t, "the form", nil, form.Title, form.Submit, form.Close)
	s.enter(mia, form, visit.HostTo, "/")
	s.enter(mia, form, visit.HostShoes, "x")
	s.enter(mia, form, visit.HostAgendaOn(0), "到厂\n25:00 到厂\n9:00")
	s.enter(mia, form, visit.HostReplyBy, inDays(-2))
	s.send(mia, form)
	for field, words := range s.errorsIn(mia) {
		isChinese(t, "a mistake at "+field, nil, words)
	}
	s.enter(mia, form, visit.HostTo, "王总")
	s.enter(mia, form, visit.HostShoes, "")
	s.enter(mia, form, visit.HostAgendaOn(0), "")
	s.enter(mia, form, visit.HostReplyBy, inDays(20))
	s.send(mia, form)
	page := s.modal(mia, "即将发到您")
	isChinese(t, "the page", page.Blocks, page.Title, page.Close)
	if ms := s.brought(mia, since); len(ms) != 4 {
		t.Errorf("she got %d messages", len(ms))
	} else {
		isChinese(t, "what comes with it", ms[0].Blocks, ms[0].Text)
	}
}

// leaves gives each value in v that is no struct, list or pointer, by its path, and makes lists of
// one where they are empty.
func leaves(v reflect.Value, path string, with func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		if t := v.Type(); t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[civil.Date]() {
			with(path, v)
			return
		}
		for i := range v.NumField() {
			leaves(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), with)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		leaves(v.Index(0), path, with)
	default:
		with(path, v)
	}
}

// Nothing of a visit reaches its factory but what leakables names, whatever stands in the rest.
func TestNothingOfAVisitLeaksToItsHost(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	var v visit.Visit
	// To the factory: the days, and the names of who comes. Of a role, words of ours are left.
	told := map[string]bool{"First": true, "Last": true}
	for _, field := range strings.Fields(s.leakables(&v, new(visit.Inspection))[0].both) {
		told[field] = true
	}
	var secrets []string
	n := 0
	leaves(reflect.ValueOf(&v).Elem(), "", func(path string, f reflect.Value) {
		n++
		mark := fmt.Sprintf("SECRET%dX", n)
		switch f.Kind() {
		case reflect.String:
			f.SetString(mark)
		case reflect.Int:
			f.SetInt(int64(770077000 + n))
			mark = fmt.Sprint(f.Int())
		case reflect.Bool:
			f.SetBool(true)
			return
		case reflect.Struct:
			if f.Type() == reflect.TypeFor[time.Time]() {
				f.Set(reflect.ValueOf(time.Date(2098, 8, 7, 0, 0, 0, n, time.UTC)))
				mark = "2098-08-07"
			} else {
				f.Set(reflect.ValueOf(civil.On(2097, 7, 6)))
				mark = "2097-07-06"
			}
		default:
			t.Errorf("%s is of a kind that this test does not fill: %s", path, f.Kind())
		}
		if !told[path] {
			secrets = append(secrets, mark)
		}
	})
	v.First, v.Last, v.Zone, v.Purpose = dayAhead(60), dayAhead(61), visit.DefaultZone, "social_audit"
	v.People = []visit.Person{{Name: "Ms Liu", Role: v.People[0].Role + " quality"}, {User: mia, Name: "SECRETNAME", Role: "SECRETROLE interpreter"}}
	secrets = append(secrets, "SECRETNAME", "SECRETROLE", "social", "Social", "社会", "7 August", "8月7日", "6 July", "7月6日", mia, s.TeamID())

	f := s.bot.hosts.firstForm(t.Context(), s.TeamID(), mia, &v)
	f[visit.HostTo] = "王总"
	h, err := s.bot.hosts.host(&v, f)
	if err != nil {
		t.Fatal(err)
	}
	b := &visit.HostBrief{Workspace: v.Workspace, Visit: v.Number, Revision: 1, Host: *h, Made: visit.Mark{By: v.Owner, At: v.Created}}
	text := s.bot.letters.Load().Host(h, nil)
	plan := hostPlan(b, text)
	var pdf bytes.Buffer
	done(t, plan.WritePDF(&pdf, lang.English()))
	sent := map[string]string{"the form": fmt.Sprint(f), "the Chinese": text.In(letter.Chinese), "the English": text.In(letter.English), "the page": pdfText(t, pdf.Bytes()), "the bytes": pdf.String(), "the title": plan.Title, "the alt text": hostAlt, "what is kept": string(blocks.MustJSON(h))}
	for where, said := range sent {
		for _, secret := range secrets {
			if strings.Contains(said, secret) {
				t.Errorf("%s has %q", where, secret)
			}
		}
	}
	if !strings.Contains(sent["the Chinese"], "Ms Liu，质量；Mia Chen，翻译（我方安排）") {
		t.Errorf("the Chinese is\n%s", sent["the Chinese"])
	}
}

// What is around a visit, its findings, notes and what its factory is like, does not come to its
// host through the whole app either.
func TestNothingAroundAVisitLeaksToItsHost(t *testing.T) {
	t.Parallel()
	s := newStage(t, overHTTP)
	v := s.hosted(sourcing, "first_visit")
	const secret = "SECRET"
	must(s.bot.o.Store.ChangeFactory(t.Context(), s.TeamID(), v.Factory.Number, s.bot.o.Now(), func(f *visit.Factory) error {
		f.Chinese, f.City, f.Address, f.Contacts = "SECRET光明", "SECRET", "SECRET路", "SECRET Wang"
		return nil
	}))
	s.changeVisit(v, func(v *visit.Visit) {
		v.Agenda = "09:00 SECRET"
		v.Notes = []visit.Note{{By: mia, At: time.Now(), Text: "SECRET", Link: "https://SECRET.example"}}
		v.Items[0].Text = "SECRET"
		v.People[1].Role = "SECRET quality"
	})
	s.logs(visit.Finding{Subject: v.Subject(), Source: "x", By: mia, Kind: visit.RedFlag, Text: "SECRET", TextZH: "SECRET两套账", Place: "SECRET", Requirement: "SECRET", Request: "SECRET"}, 0)
	since := len(s.Messages(mia, s.direct(mia)))
	s.hostBrief(mia, sourcing, 1)
	ms := s.brought(mia, since)
	if len(ms) != 4 {
		t.Fatalf("she got %d messages", len(ms))
	}
	for _, m := range ms {
		if strings.Contains(says(m), secret) {
			t.Errorf("a message says\n%s", says(m))
		}
		for _, f := range m.Files {
			if strings.Contains(fmt.Sprint(f.Name, f.Title)+pdfText(t, f.Content)+string(f.Content), secret) {
				t.Errorf("the file %s has it", f.Name)
			}
		}
	}
	s.nothingRefused()
}
