package letter

import (
	"os"
	"strings"
	"testing"
	"time"

	"visitprep/internal/civil"
)

func loaded(t testing.TB) *Book {
	t.Helper()
	b, err := Load(Folder{"letters", os.DirFS("../../knowledge/letters")})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func march(day int) civil.Date { return civil.On(2027, time.March, day) }

// worked is the letter of the design basis: three findings of Monday 15 March 2027. What the
// fixed sentences cannot say is what people typed.
func worked() *Letter {
	return &Letter{
		To: Text{"Mr Wang", "王总"}, Escort: Text{"Manager Li", "李经理"}, First: march(15), Last: march(15),
		Strengths: []Text{
			{"first-piece records were complete at all four stations", "四个工位的首件记录都很完整"},
			{"the incoming area is clearly divided and labelled", "来料区划分清楚、标识齐全"},
			{"the packing team answered every question precisely", "包装组对我们的提问答得很准确"},
		},
		Points: []Point{
			{
				Severity: Major, Bad: 6, Checked: 50, Photos: []int{1, 2}, AnswerBy: march(26), LotBy: march(17),
				Seen:        Text{"We opened 50 cartons; 6 had no corner protection, 2 of them were dented", "包装护角。抽查50箱，其中6箱没有装护角，有2箱箱角已变形"},
				Requirement: Text{"The packing instruction, revision 4, asks for four corners per carton. The risk is damage in transport", "包装作业指导书第4版要求每箱四角加护角，否则运输中容易碰伤产品"},
				Request:     Text{"We can send a sample corner", "需要的话，我们可以寄护角样品"},
			},
			{
				Severity: Major, Bad: 4, Checked: 125, Photos: []int{3}, AnswerBy: march(26), LotBy: march(17),
				Seen:        Text{"4 of 125 pieces have a surface scratch longer than 10 mm", "表面划痕。抽检125件，4件划痕超过10毫米"},
				Requirement: Text{"; limit: defect list no. 12", "，超出缺陷清单第12条的限度"},
				Request:     Text{"Please tell us by 26 March at which step it arises. Our engineer can join a call", "请在3月26日前告知划痕出在哪道工序。我们的工程师可以一起开个视频会"},
			},
			{
				Severity: Minor, Bad: 2, Checked: 13, Photos: []int{4}, AnswerBy: march(26),
				Seen:    Text{"On 2 of 13 cartons the side barcode does not scan", "侧唛条码。抽查13箱，2箱条码扫不出来"},
				Request: Text{"Please check print and position before the next lot. We attach the correct file", "请在下一批之前确认印刷和位置，正确的文件附后"},
			},
		},
		From: "Mia Chen",
	}
}

func TestWorkedLetter(t *testing.T) {
	b := loaded(t)
	l := worked()
	for _, in := range Langs() {
		want, err := os.ReadFile("testdata/letter." + string(in) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Letter(l, in) + "\n"; got != string(want) {
			t.Errorf("the letter in %s is\n%s\nwant\n%s", in, got, want)
		}
	}
	if ms := l.MissingChinese(); len(ms) > 0 {
		t.Errorf("it lacks the Chinese of %+v", ms)
	}
}

func TestLettersOfOtherFindings(t *testing.T) {
	b := loaded(t)
	for _, c := range []struct {
		name    string
		change  func(*Letter)
		en, zh  string // a part of the letter
		notEN   string // what is no part of it
		missing int
	}{
		{"one strength", func(l *Letter) { l.Strengths = l.Strengths[:1] }, "One thing stood out: first-piece records were complete at all four stations.\n", "这次给我们印象很深的是：四个工位的首件记录都很完整。\n", "things stood", 0},
		{"two strengths", func(l *Letter) { l.Strengths = l.Strengths[:2] }, "Two things stood out: ", "这次有两点给我们印象很深：一是四个工位的首件记录都很完整；二是来料区划分清楚、标识齐全。", "", 0},
		{"one point", func(l *Letter) { l.Points = l.Points[:1] }, "We also saw one point, ", "同时我们也看到一个问题，", "2. ", 0},
		{"two points", func(l *Letter) { l.Points = l.Points[:2] }, "We also saw two points, ", "看到两个问题", "3. ", 0},
		{"nobody looked after us", func(l *Letter) { l.Escort = Text{} }, "receiving us on 15 March. Three", "感谢您和各位同事3月15日的接待。这次", "staying", 0},
		{"two days", func(l *Letter) { l.Last = march(16) }, "receiving us on 15–16 March,", "各位同事3月15日至16日的接待", "", 0},
		{"days in two months", func(l *Letter) { l.First = march(0) }, "on 28 February – 15 March,", "2月28日至3月15日的接待", "", 0},
		{"a critical finding", func(l *Letter) { l.Points[0].Severity = Critical }, "1. Critical. We opened", "1.【致命 CR】包装护角。", "", 0},
		{"a suggestion asks for nothing", func(l *Letter) {
			l.Points[0] = Point{Severity: Idea, Seen: Text{"A gauge would help", "建议用量规"}, AnswerBy: march(26)}
		}, "1. Suggestion. A gauge would help.\n2.", "1.【建议】建议用量规。\n2.", "", 0},
		{"a minor one without a request", func(l *Letter) { l.Points[2].Request = Text{} }, "(photo 4). Please check this before the next lot.", "（照片4）。请在下一批之前确认。", "", 0},
		{"a major one without a lot", func(l *Letter) { l.Points[0].LotBy = civil.Date{} }, "Please tell us by 26 March the cause and how it will be kept from coming back. We can", "烦请在3月26日前告知原因和防止再发生的措施。需要的话", "17 March", 0},
		{"a count that its words do not have", func(l *Letter) { l.Points[2].Seen = Text{"The barcode does not scan", "条码扫不出来"} }, "3. Minor. 2 of 13 pieces: The barcode does not scan (photo 4).", "抽检13件，其中2件：条码扫不出来（照片4）。", "", 0},
		{"its numbers within others are not its count", func(l *Letter) { l.Points[2].Seen.EN = "Carton 1302 does not scan" }, "2 of 13 pieces: Carton 1302 does not scan", "", "", 0},
		{"without a photo", func(l *Letter) { l.Points[2].Photos = nil }, "does not scan. Please", "条码扫不出来。请", "photo 4", 0},
		{"without Chinese", func(l *Letter) {
			l.Points[2].Seen.ZH, l.Points[2].Request.ZH, l.To.ZH, l.Strengths[1].ZH = "", "", "", ""
		}, "", "3.【轻微 MIN】On 2 of 13 cartons the side barcode does not scan（照片4）。Please check print", "", 4},
		{"several lines", func(l *Letter) {
			l.Points[2].Seen = Text{"On 2 of 13 cartons\nthe label is torn.\n, too", "13箱2箱\n标签破损"}
		}, "3. Minor. On 2 of 13 cartons (photo 4). The label is torn, too. Please check", "13箱2箱（照片4）。标签破损。请在", "", 0},
		{"a value with braces", func(l *Letter) { l.To = Text{"Mr {days}", "{days}总"} }, "Dear Mr {days}, thank", "{days}总，您好！", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := worked()
			c.change(l)
			en, zh := b.Letter(l, English), b.Letter(l, Chinese)
			if !strings.Contains(en, c.en) || c.notEN != "" && strings.Contains(en, c.notEN) {
				t.Errorf("the English letter is\n%s\nwant %q in it, and no %q", en, c.en, c.notEN)
			}
			if !strings.Contains(zh, c.zh) {
				t.Errorf("the Chinese letter is\n%s\nwant %q in it", zh, c.zh)
			}
			if ms := l.MissingChinese(); len(ms) != c.missing {
				t.Errorf("it lacks the Chinese of %+v, want %d", ms, c.missing)
			}
		})
	}
}

func TestTextsForWeChat(t *testing.T) {
	b := loaded(t)
	topic := Topic{To: Text{"Mr Wang", "王总"}, Day: march(15), N: 1, About: Text{"corner guards", "包装护角"}, Due: march(26)}
	without := topic
	without.About = Text{}
	agreed, open, lot := topic, topic, topic
	agreed.Agreed = true
	open.Due, open.N = civil.Date{}, 0
	lot.Lot, lot.Due, lot.N = true, civil.Date{}, 0
	for _, c := range []struct{ got, want string }{
		{b.Reminder(topic, march(26), Chinese), "王总，您好！关于3月15日反馈的第1项（包装护角），原定今天回复，想跟您了解一下进展。如果需要我们配合，请随时告诉我。谢谢！"},
		{b.Reminder(without, march(26), Chinese), "王总，您好！关于3月15日反馈的第1项，原定今天回复，想跟您了解一下进展。如果需要我们配合，请随时告诉我。谢谢！"},
		{b.Reminder(topic, march(23), Chinese), "王总，您好！关于3月15日反馈的第1项（包装护角），原定3月26日回复，想跟您了解一下进展。如果需要我们配合，请随时告诉我。谢谢！"},
		{b.Reminder(topic, march(26), English), "Hello Mr Wang, about point 1 of our feedback of 15 March (corner guards), whose answer was planned for today: how is it going? Tell me if we can help. Thank you!"},
		{b.Reminder(topic, march(23), English), "Hello Mr Wang, about point 1 of our feedback of 15 March (corner guards), whose answer is planned for 26 March: how is it going? Tell me if we can help. Thank you!"},
		{b.Reminder(topic, march(29), English), "Hello Mr Wang, about point 1 of our feedback of 15 March (corner guards), whose answer was planned for 26 March: how is it going? Tell me if we can help. Thank you!"},
		{b.AskAgain(Text{"what keeps it from being left out again?", "工序上怎样防止再次漏装？"}, Chinese), "谢谢您的回复。麻烦再补充一点：工序上怎样防止再次漏装？"},
		{b.Reminder(agreed, march(23), English), "Hello Mr Wang, about point 1 of our feedback of 15 March (corner guards): we agreed that the change will be in place by 26 March. How is it going? Tell me if we can help. Thank you!"},
		{b.Reminder(agreed, march(26), English), "Hello Mr Wang, about point 1 of our feedback of 15 March (corner guards): we agreed that the change would be in place today. How is it going? Tell me if we can help. Thank you!"},
		{b.Reminder(agreed, march(29), Chinese), "王总，您好！关于3月15日反馈的第1项（包装护角），双方约定的改善原定3月26日前完成，想跟您了解一下进展。如果需要我们配合，请随时告诉我。谢谢！"},
		{b.Reminder(open, march(26), English), "Hello Mr Wang, about what we found on 15 March (corner guards): how is it going? Tell me if we can help. Thank you!"},
		{b.Reminder(open, march(26), Chinese), "王总，您好！关于3月15日发现的问题（包装护角），想跟您了解一下进展。如果需要我们配合，请随时告诉我。谢谢！"},
		{b.Reminder(lot, march(26), English), "Hello Mr Wang, about what we found on 15 March (corner guards): how is it going? May we also ask what you plan to do with this lot, for example sort it, rework it or hold it? Tell me if we can help. Thank you!"},
		{b.Reminder(lot, march(26), Chinese), "王总，您好！关于3月15日发现的问题（包装护角），想跟您了解一下进展。另外想请教一下，这批货您打算怎么处理，比如挑选、返工或者暂缓出货？如果需要我们配合，请随时告诉我。谢谢！"},
		{b.Verified(topic, Chinese), "关于3月15日反馈的第1项（包装护角），我们已确认改善有效，可以关闭。大家辛苦了！"},
		{b.Verified(topic, English), "About point 1 of our feedback of 15 March (corner guards): we have seen that the change works, and it is closed. Thank you all."},
		{b.NotEnough(open, Text{"a photo?", "有照片吗？"}, English), "About what we found on 15 March (corner guards): thank you for what you sent. May I ask for one more thing: a photo?"},
	} {
		if c.got != c.want {
			t.Errorf("it says\n%s\nwant\n%s", c.got, c.want)
		}
	}
}
