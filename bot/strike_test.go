package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"visitprep/internal/store"
	"visitprep/knowledge"
)

// theirNames are what the workspace of these tests has recorded.
var theirNames = store.Names{
	Factories: []string{"Ningbo Bright Metal Co., Ltd.", "宁波光明金属制品有限公司", "dongfu plastics", "Kestrel"},
	Channels:  []string{"project-aurora", "sourcing"},
	People:    []string{"Ms Halloran"},
	Contacts:  []string{"Xiaoling (quality), Mr Tobler: +86 574 8765 4321"},
}

func ourStriker(t testing.TB) *striker {
	t.Helper()
	base, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return newStriker(base, theirNames, []string{"Jonas Weber", "mia.chen"})
}

func TestWhatIsStruckOutOfAQuestion(t *testing.T) {
	t.Parallel()
	s := ourStriker(t)
	for _, c := range []struct{ asked, want string }{
		// Numbers.
		{"how many pieces from a lot of 3000", "how many pieces from a lot of …"},
		{"is AQL 2.5 right for a lot of 3,200 pieces", "is AQL 2.5 right for a lot of … pieces"},
		{"what does AQL 0.65 or 0.010 mean", "what does AQL 0.65 or 0.010 mean"},
		{"are 2 days and 12 people enough in 2027", "are 2 days and 12 people enough in 2027"},
		{"deposit 30/70 or 30 70", "deposit 30/70 or 30 70"},
		{"order 4711 is late", "order … is late"},
		{"PO-88123 is late, and so is SKU_77b", "PO-… is late, and so is …"},
		{"part no AB1234-5 has burrs", "part no …-5 has burrs"},
		{"call +86 138 0013 8000 at 9:30", "call … at 9:30"},
		{"his phone is 0574-8765 4321, is that a mobile", "his phone is …, is that a mobile"},
		{"my number is 12 34 56 78 90", "my number is …"},
		{"电话一三八零零一三八零零零 is that a mobile", "电话… is that a mobile"},
		{"their price is 12.50 USD per piece", "their price is … USD per piece"},
		{"is ISO 9001 enough", "is ISO 9001 enough"},
		{"the visit is on 12/10/2027", "the visit is on …"},
		{"my passport E12345678 is expired", "my passport … is expired"},
		// What leads to somebody.
		{"can I write to zhang.wei@brightmetal.cn about burrs", "can I write to … about burrs"},
		{"write to sales (at) bright-metal.com", "write to …"},
		{"is https://www.alibaba.com/x?id=1 genuine", "is … genuine"},
		{"is www.brightmetal.cn/about genuine", "is … genuine"},
		{"ask @mia and #project-aurora about burrs", "ask … and … about burrs"},
		{"can <@U123|mia> sign", "can … sign"},
		{"her wechat: mia_chen88, may I add it", "her … may I add it"},
		{"wxid_abc added me", "… added me"},
		// People.
		{"what does it mean when Mr Wang smiles", "what does it mean when Mr … smiles"},
		{"what does it mean when mr. wang smiles", "what does it mean when mr. … smiles"},
		{"may Ms Li Na sign it", "may Ms … sign it"},
		{"Manager Zhang never answers", "Manager … never answers"},
		{"manager zhang never answers", "manager … never answers"},
		{"can the manager he sent sign", "can the manager he sent sign"},
		{"王总 never answers", "… never answers"},
		{"does 李经理 decide or 张伟", "does … decide or …"},
		{"小李 wants a commission", "… wants a commission"},
		{"I asked Brigitte whether the seal is real", "I asked … whether the seal is real"},
		{"why does Wang not answer", "why does … not answer"},
		{"Jonas Weber says the seal is real", "… says the seal is real"},
		{"ask jonas whether the seal is real", "ask … whether the seal is real"},
		{"ask halloran whether the seal is real", "ask … whether the seal is real"},
		{"xiaoling and tobler have left", "… and … have left"},
		{"Thorsten wants to see the moulds. Annegret agrees", "… wants to see the moulds. … agrees"},
		{"Wang's team is late", "…'s team is late"},
		// Companies and channels.
		{"bright metal refuses an inspection", "… refuses an inspection"},
		{"is Ningbo Bright Metal a real factory", "is … a real factory"},
		{"the moulds of dongfu are worn", "the moulds of … are worn"},
		{"the moulds of Kestrel are worn", "the moulds of … are worn"},
		{"宁波光明金属制品有限公司 on the licence", "… on the licence"},
		{"上海东方机械有限公司 on the licence", "… on the licence"},
		{"Brightwaymetal refuses an inspection", "… refuses an inspection"},
		{"is BRIGHTWAYMETAL a real factory", "is … a real factory"},
		{"tell Siemensqx about DDP and FOB", "tell … about DDP and FOB"},
		{"is project-aurora late", "is … late"},
		// What says nothing of anybody stays as it is.
		{"What gift should I not bring? I'm new", "What gift should I not bring? I'm new"},
		{"Is Monday 4 October a working day in China", "Is Monday 4 October a working day in China"},
		{"what does 没有问题 mean", "what does 没有问题 mean"},
		{"Zeppelin moulds: who tests them", "Zeppelin moulds: who tests them"},
	} {
		if got := s.strike(c.asked); got != c.want {
			t.Errorf("%q\n became %q\n   want %q", c.asked, got, c.want)
		}
	}
}

// Whatever is asked, no number of three digits that is dialled or written on an order is left.
func FuzzStrike(f *testing.F) {
	s := ourStriker(f)
	f.Add("call +86 138 0013 8000")
	f.Add("…@…#1")
	f.Add("王12３45")
	f.Fuzz(func(t *testing.T, asked string) {
		asked = strings.ToValidUTF8(asked, "…") // as Slack's JSON is read
		if got := s.strike(asked); strings.Contains(got, "13800138") || !utf8.ValidString(got) {
			t.Errorf("%q became %q", asked, got)
		}
	})
}
