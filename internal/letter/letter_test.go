package letter

import (
	"os"
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

const workedEN = `Dear Mr Wang, thank you and your team for receiving us on 15 March, and Manager Li for staying with us all day. Three things stood out: first-piece records were complete at all four stations; the incoming area is clearly divided and labelled; the packing team answered every question precisely.
We also saw three points, listed here so that we can work on them together. If anything differs from what you know, please tell us and we will check it together.
1. Major. We opened 50 cartons; 6 had no corner protection, 2 of them were dented (photos 1, 2). The packing instruction, revision 4, asks for four corners per carton. The risk is damage in transport. Please tell us by Wednesday 17 March, 17:00, what will be done with this lot, and by 26 March the cause and how it will not come back. We can send a sample corner.
2. Major. 4 of 125 pieces have a surface scratch longer than 10 mm (photo 3); limit: defect list no. 12. Please tell us by 26 March at which step it arises. Our engineer can join a call.
3. Minor. On 2 of 13 cartons the side barcode does not scan (photo 4). Please check print and position before the next lot. We attach the correct file.
Photos and papers after the change are welcome on WeChat; we will look at them within one working day. Thank you for the good work together.
Mia Chen`

const workedZH = `王总，您好！
感谢您和各位同事3月15日的接待，也感谢李经理全程陪同。这次有三点给我们印象很深：一是四个工位的首件记录都很完整；二是来料区划分清楚、标识齐全；三是包装组对我们的提问答得很准确。
当天我们也看到三个问题，列在下面，便于双方一起跟进。如有与贵司掌握的情况不一致的地方，请直接告诉我们，我们再一起核实。
1.【严重 MAJ】包装护角。抽查50箱，其中6箱没有装护角，有2箱箱角已变形（照片1、2）。包装作业指导书第4版要求每箱四角加护角，否则运输中容易碰伤产品。烦请在3月17日（周三）17:00前告知这批货怎么处理，3月26日前告知原因和防止再发生的措施。需要的话，我们可以寄护角样品。
2.【严重 MAJ】表面划痕。抽检125件，4件划痕超过10毫米（照片3），超出缺陷清单第12条的限度。请在3月26日前告知划痕出在哪道工序。我们的工程师可以一起开个视频会。
3.【轻微 MIN】侧唛条码。抽查13箱，2箱条码扫不出来（照片4）。请在下一批之前确认印刷和位置，正确的文件附后。
改善后的照片和资料可以直接发微信，我们一个工作日内回复。感谢贵司一直以来的支持与配合！
Mia Chen`

func TestWorkedLetter(t *testing.T) {
	b := loaded(t)
	l := worked()
	if got := b.Letter(l, English); got != workedEN {
		t.Errorf("the English letter is\n%s\nwant\n%s", got, workedEN)
	}
	if got := b.Letter(l, Chinese); got != workedZH {
		t.Errorf("the Chinese letter is\n%s\nwant\n%s", got, workedZH)
	}
}
